// One phone: its owner above it, what stands on its screen, what can be typed into it.

import { made, put, tell } from "./made.js";
import { LANGUAGES, PLATFORMS, RTL, ideas, words } from "./words.js";

const NEAR = 80; // pixels from the end of a conversation within which new messages are followed
const PLACE = { lat: 41.6938, lon: 44.8015 }; // Tbilisi, as good as any

export class Phone {
  constructor(view, act) {
    this.who = view.who;
    this.view = {};
    this.rows = new Map();
    this.answering = null;
    this.unread = 0;
    this.act = (body) => act({ who: this.who, ...body });
    this.element = this.build(view);
    this.show(view);
  }

  // ------------------------------------------------------------ the frame

  build(view) {
    const id = `phone-${view.who}`;
    this.role = made("span", { class: "role" });
    this.language = made(
      "select",
      { "aria-label": `Language of ${view.name}`, onchange: () => this.speak() },
      ...Object.entries(LANGUAGES).map(([code, name]) => made("option", { value: code, lang: code }, name)),
    );
    this.connection = made(
      "button",
      { type: "button", class: "fault", onclick: () => this.act({ do: "offline", on: !this.view.offline }) },
      "Offline",
    );
    put(this.connection, "aria-label", `${view.name}'s phone offline`);
    const owner = made(
      "header",
      { class: "owner" },
      made("div", {}, made("h2", { id: `${id}-name` }, view.name), this.role),
      made("div", { class: "hand" }, this.language, this.connection),
    );
    this.clock = made("span", { class: "hour", dir: "ltr" });
    this.signal = made("span", { class: "bars", "aria-hidden": "true" }, made("i"), made("i"), made("i"));
    this.platform = made("small");
    this.log = made("div", { class: "log", role: "log", tabindex: "0" });
    this.ideas = made("p", { class: "ideas" });
    this.frame = made(
      "div",
      { class: "frame" },
      made("div", { class: "status" }, this.clock, this.signal),
      made(
        "div",
        { class: "head" },
        made("span", { class: "face", "aria-hidden": "true" }, "C"),
        made("span", {}, made("bdi", { class: "bot" }, "Climbing notes"), this.platform),
      ),
      this.log,
      this.composer(id),
    );
    const role = { id, class: "phone", "data-channel": view.channel, "data-role": view.role };
    return made("section", { ...role, "aria-labelledby": `${id}-name` }, owner, this.frame);
  }

  composer(id) {
    this.input = made("input", {
      id: `${id}-text`, dir: "auto", maxlength: 4096, autocomplete: "off", enterkeyhint: "send",
      onkeydown: (event) => event.key === "Escape" && this.answer(null),
    });
    this.submit = made("button", { type: "submit", class: "send" }, made("span", { "aria-hidden": "true" }, "➤"));
    this.photo = made("button", { type: "button", onclick: () => this.chosen({ do: "photo" }) });
    this.place = made("button", { type: "button", onclick: () => this.chosen({ do: "place", ...PLACE }) });
    this.react = made("button", { type: "button", onclick: () => this.chosen({ do: "react" }) });
    this.plus = made("summary", {}, made("span", { "aria-hidden": "true" }, "+"));
    this.more = made(
      "details",
      { class: "menu more" },
      this.plus,
      made("div", {}, this.photo, this.place, this.react),
    );
    this.cancel = made("button", { type: "button", onclick: () => this.answer(null) }, "✕");
    this.quoted = made("span", { dir: "auto" });
    this.quote = made("div", { class: "answering", hidden: true }, this.quoted, this.cancel);
    return made(
      "form",
      { class: "composer", onsubmit: (event) => this.send(event) },
      this.ideas, this.quote, this.more, this.input, this.submit,
    );
  }

  // ------------------------------------------------------------ what is done on it

  async send(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    const message = this.answering;
    this.input.value = "";
    this.answer(null);
    if (!(await this.act({ do: "type", text, message }))) this.input.value ||= text;
  }

  chosen(body) {
    this.more.open = false;
    this.act(body);
  }

  speak() {
    this.act({ do: "language", lang: this.language.value });
  }

  answer(bubble) {
    this.answering = bubble ? bubble.n : null;
    this.quote.hidden = bubble === null;
    tell(this.quoted, bubble ? bubble.text : "");
    if (bubble) this.input.focus();
  }

  // ------------------------------------------------------------ what it shows

  show(view, time = "") {
    const spoke = this.view.lang;
    const said = words(view.lang);
    this.view = view;
    tell(this.role, `${view.role}${view.duty ? ", on duty" : ""}`);
    put(this.element, "data-offline", view.offline);
    put(this.connection, "aria-pressed", String(view.offline));
    tell(this.clock, time.slice(0, 5));
    const waiting = view.unseen ? ` (${view.unseen})` : "";
    tell(this.platform, view.offline ? said.offline + waiting : PLATFORMS[view.channel]);
    if (spoke !== view.lang) this.translate(view, said);
  }

  translate(view, said) {
    put(this.frame, "dir", RTL.has(view.lang) ? "rtl" : "ltr");
    put(this.frame, "lang", view.lang);
    this.language.value = view.lang;
    put(this.log, "aria-label", `${said.messages}, ${view.name}`);
    put(this.input, "placeholder", said.write);
    put(this.input, "aria-label", `${said.write}, ${view.name}`);
    put(this.submit, "aria-label", said.send);
    put(this.plus, "aria-label", said.more);
    put(this.cancel, "aria-label", said.noreply);
    tell(this.photo, said.photo);
    tell(this.place, said.place);
    tell(this.react, said.react);
    this.ideas.replaceChildren(
      made("span", {}, said.ideas),
      ...ideas(view.role, view.lang).map((text) =>
        made("button", { type: "button", onclick: () => this.act({ do: "type", text }) }, text)),
    );
    for (const [number, { bubble }] of this.rows) this.put(number, bubble);
  }

  clear() {
    this.rows.clear();
    this.log.replaceChildren();
    this.ideas.hidden = false;
    this.unread = 0;
    this.answer(null);
  }

  // `seen`: somebody looks at this phone; what comes is not counted as unread.
  add(bubble, seen) {
    const follows = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    const isNew = !this.rows.has(bubble.n);
    this.put(bubble.n, bubble);
    this.ideas.hidden = true;
    if (isNew && !bubble.mine && !seen) this.unread += 1;
    if (follows || bubble.mine) this.end();
  }

  end() {
    requestAnimationFrame(() => { this.log.scrollTop = this.log.scrollHeight; });
  }

  put(number, bubble) {
    const element = row(bubble, words(this.view.lang), this);
    const before = this.rows.get(number);
    this.rows.set(number, { bubble, element });
    if (before) before.element.replaceWith(element);
    else this.log.append(element);
  }
}

// ---------------------------------------------------------------- a message

function row(bubble, said, phone) {
  const side = bubble.mine ? "mine" : "theirs";
  const marks = ["urgent", "waits", "deleted"].filter((mark) => bubble[mark]);
  const element = made("div", { class: ["row", side, bubble.kind, ...marks].join(" "), "data-n": bubble.n });
  element.append(inside(bubble, said));
  if (bubble.mine || bubble.deleted) return element;
  if (bubble.buttons.length) element.append(keys(bubble, phone));
  element.append(
    made(
      "div",
      { class: "tools" },
      made("button", { type: "button", "aria-label": said.reply, title: said.reply, onclick: () => phone.answer(bubble) }, "↩"),
      made("button", { type: "button", "aria-label": said.react, title: said.react, onclick: () => phone.act({ do: "react", message: bubble.n }) }, "👍"),
    ),
  );
  return element;
}

function inside(bubble, said) {
  const found = made("div", { class: "bubble" });
  if (bubble.urgent) found.append(made("span", { class: "mark" }, said.urgent));
  if (bubble.deleted) found.append(made("p", { class: "text" }, said.deleted));
  else {
    if (bubble.quote) found.append(made("blockquote", { dir: "auto" }, bubble.quote));
    if (bubble.file) found.append(file(bubble, said));
    if (bubble.text) found.append(made("p", { class: "text", dir: "auto" }, bubble.text));
  }
  found.append(foot(bubble, said));
  return found;
}

function foot(bubble, said) {
  const foot = made("footer", {}, made("time", { dir: "ltr" }, bubble.time));
  const state = bubble.waits ? `◷ ${said.waits}`
    : bubble.late ? `✓ ${said.late} ${bubble.late}`
    : bubble.mine ? "✓" : "";
  if (state) foot.append(made("span", { class: "sent", title: bubble.waits ? said.waits : said.sent }, state));
  return foot;
}

function file(bubble, said) {
  const { name, size, picture } = bubble.file;
  const address = `file/${bubble.n}`;
  if (picture) {
    return made("a", { href: address, target: "_blank", rel: "noopener" },
      made("img", { src: address, alt: `${said.picture}: ${name}`, loading: "lazy" }));
  }
  return made("a", { class: "file", href: address, download: name },
    made("span", { class: "kind", "aria-hidden": "true" }, name.split(".").pop()),
    made("span", {}, made("bdi", {}, name), made("small", { dir: "ltr" }, `${Math.max(1, Math.round(size / 1024))} kB`)));
}

function keys(bubble, phone) {
  return made("div", { class: "keys" },
    ...bubble.buttons.map((label, button) =>
      made("button", { type: "button", dir: "auto", onclick: () => phone.act({ do: "press", message: bubble.n, button }) }, label)));
}
