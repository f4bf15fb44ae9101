// The page around the phones: what the simulator says, and what is asked of it.

import { made, put, tell } from "./made.js";
import { Phone } from "./phone.js";
import { PLATFORMS } from "./words.js";

const at = (id) => document.getElementById(id);
const phones = new Map();
const narrow = matchMedia("(max-width: 759px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const FLIGHT = 550; // ms in which the hands of the clock turn after a jump
let now = null;
let chosen = "";
let asked = 0;

// ---------------------------------------------------------------- asking

async function ask(path, body) {
  put(document.body, "data-busy", String(++asked > 0));
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const { said, wrong } = await answer.json();
    say(wrong ?? said ?? "", Boolean(wrong));
    return answer.ok;
  } catch {
    say("That did not get through.", true);
    return false;
  } finally {
    asked -= 1;
    put(document.body, "data-busy", asked > 0 ? "true" : false);
  }
}

const act = (body) => ask("act", body);

function say(text, wrong = false) {
  put(at("said"), "data-wrong", wrong);
  tell(at("said"), text);
}

// ---------------------------------------------------------------- around the phones

function show(next) {
  const before = now;
  now = next;
  turn(before?.now ?? next.now, next.now);
  tell(at("day"), `${next.day}, UTC`);
  tell(at("due"), next.due ? `Next due ${next.due.slice(0, 5)}` : "Next due");
  at("due").disabled = next.due === null;
  for (const button of document.querySelectorAll("[data-speed]")) {
    put(button, "aria-pressed", String(Number(button.dataset.speed) === next.speed));
  }
  for (const button of document.querySelectorAll("[data-down]")) {
    put(button, "aria-pressed", String(next.down[button.dataset.down]));
  }
  engine(next);
  tour(next.tour, before?.tour);
  if (next.said !== before?.said) say(next.said);
  for (const view of next.phones) {
    if (!phones.has(view.who)) join(view);
    phones.get(view.who).show(view, next.time);
    put(phones.get(view.who).element, "data-focus", next.tour.state !== "over" && next.tour.focus.includes(view.who));
  }
  if (!chosen) look(next.phones[0].who);
  tabs();
}

function engine({ engine: state, pid, dies, waiting, cases }) {
  const alive = state === "running";
  const said = alive ? (dies ? "dies at the next message" : `running, process ${pid}`) : state;
  tell(at("engine"), said);
  put(at("engine"), "data-state", alive && dies ? "dies" : state);
  at("kill").hidden = !alive;
  at("start").hidden = alive;
  const held = Object.entries(waiting).filter(([, count]) => count);
  tell(at("waiting"), held.map(([name, count]) => `${PLATFORMS[name]} ${count}`).join(", ") || "nothing");
  const list = cases.map((c) => made("span", { class: "case", "data-state": c.state },
    made("b", {}, `#${c.id}`), ` ${c.about}: ${c.kind}, ${c.phase}, ${c.by && c.state === "acknowledged" ? `${c.by} has it` : "nobody has it"}`));
  const text = list.map((element) => element.textContent).join("|");
  if (at("cases").dataset.shown !== text) {
    at("cases").dataset.shown = text;
    at("cases").replaceChildren(...(list.length ? list : ["none"]));
  }
}

function tour(next, before) {
  const { state, step, steps } = next;
  tell(at("play"), state === "playing" ? "Pause" : step ? "Go on" : "Start the tour");
  at("play").hidden = state === "over";
  at("next").hidden = state === "over";
  at("progress").style.setProperty("inline-size", `${(100 * step) / steps}%`);
  if (!step) return;
  tell(at("step"), state === "over" ? "The tour is over. Now it is yours."
    : `Guided tour, ${step} of ${steps}${state === "waiting" ? ", paused" : ""}`);
  tell(at("caption"), next.caption);
  if (before && step !== before.step && next.focus.length) look(next.focus[0]);
}

// The clock's hands turn; where no motion is wanted, they jump.
function turn(from, to) {
  const clock = (ms) => new Date(ms).toISOString().slice(11, 19);
  if (still.matches || to - from < 2000) return tell(at("time"), clock(to));
  const began = performance.now();
  const draw = (moment) => {
    const part = Math.min(1, (moment - began) / FLIGHT);
    if (now.now !== to) return;
    tell(at("time"), clock(from + (to - from) * (1 - (1 - part) ** 3)));
    if (part < 1) requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

// ---------------------------------------------------------------- phones, and their tabs

function join(view) {
  const phone = new Phone(view, act);
  phones.set(view.who, phone);
  at("phones").append(phone.element);
  at("tabs").append(made("button", {
    type: "button", role: "tab", id: `tab-${view.who}`, "aria-controls": `phone-${view.who}`,
    onclick: () => look(view.who), onkeydown: (event) => along(event, view.who),
  }));
}

function look(who) {
  chosen = who;
  phones.get(who).unread = 0;
  for (const [other, phone] of phones) put(phone.element, "data-shown", other === who);
  phones.get(who).end();
  tabs();
}

function along(event, who) {
  const order = [...phones.keys()];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  look(order[(order.indexOf(who) + step + order.length) % order.length]);
  at(`tab-${chosen}`).focus();
}

function tabs() {
  for (const [who, phone] of phones) {
    const tab = at(`tab-${who}`);
    const count = narrow.matches && who !== chosen ? phone.unread : 0;
    put(tab, "aria-selected", String(who === chosen));
    put(tab, "tabindex", who === chosen ? "0" : "-1");
    put(tab, "data-unread", count || null);
    put(tab, "aria-label", count ? `${phone.view.name}, ${count} new` : null);
    tell(tab, phone.view.name);
    put(phone.element, "role", narrow.matches ? "tabpanel" : null);
  }
}

function receive({ fresh, bubbles }) {
  if (fresh) for (const phone of phones.values()) phone.clear();
  for (const bubble of bubbles) {
    phones.get(bubble.who)?.add(bubble, !narrow.matches || bubble.who === chosen);
  }
  tabs();
}

// ---------------------------------------------------------------- controls

function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    const { speed, jump, down, record } = button?.dataset ?? {};
    if (speed) act({ do: "run", speed: Number(speed) });
    if (jump) act({ do: "jump", seconds: Number(jump) });
    if (down) act({ do: "down", channel: down, on: !now.down[down] });
    if (record) save(record);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  at("due").addEventListener("click", () => act({ do: "due" }));
  at("kill").addEventListener("click", () => act({ do: "kill" }));
  at("start").addEventListener("click", () => act({ do: "start" }));
  at("over").addEventListener("click", () => act({ do: "over" }));
  at("play").addEventListener("click", () =>
    ask("tour", { do: now.tour.state === "playing" ? "pause" : "play" }));
  at("next").addEventListener("click", () => ask("tour", { do: "next" }));
  narrow.addEventListener("change", tabs);
}

function save(form) {
  at("save").open = false;
  const title = encodeURIComponent(at("title").value.trim());
  made("a", { href: `record?as=${form}&title=${title}`, download: `${form}.txt` }).click();
}

function connect() {
  const events = new EventSource("events");
  events.addEventListener("now", ({ data }) => {
    at("lost").hidden = true;
    show(JSON.parse(data));
  });
  events.addEventListener("bubbles", ({ data }) => {
    receive(JSON.parse(data));
    put(document.body, "data-ready", "true");
  });
  events.addEventListener("error", () => { at("lost").hidden = false; });
}

listen();
connect();
