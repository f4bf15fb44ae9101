"""The simulator's page in a real Chromium: what people see, click and read. Only in
`make test-browser`; the screenshots stay in build/screenshots."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect, sync_playwright

from bot.demo.story import STORY
from tests.simulator import PATIENCE
from tests.test_demo import ROOT, environment
from tests.transcript import read

pytestmark = pytest.mark.browser

SCREENSHOTS = ROOT / "build" / "screenshots"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Nothing but the page: no updates, no look-ups, no sandbox where root runs it.
FLAGS = (
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    *(["--no-sandbox"] if os.getuid() == 0 else []),
)
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>&amp; "\'`${1}'


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A simulator, as `onbelay demo` starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--no-browser"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found
    yield found[0]
    process.terminate()
    process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "no Chromium: make test-browser installs it, or says what to install"
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Simulator:
    """Somebody before the page. `wrong`: what no page of ours may do."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text))
        page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.address):
            self.wrong.append(request.url)

    def open(self) -> None:
        self.page.goto(self.address)
        expect(self.page.locator("body")).to_have_attribute("data-ready", "true")

    def click(self, name: str, path: str = "act") -> None:
        """A button of the simulator; until what it asked for is done."""
        with self.page.expect_response(f"**/{path}"):
            self.page.get_by_role("button", name=name, exact=True).click()

    def phone(self, who: str) -> Locator:
        return self.page.locator(f"#phone-{who}")

    def bubbles(self, who: str, side: str = "theirs") -> Locator:
        return self.phone(who).locator(f".row.{side}")

    def type(self, who: str, text: str) -> None:
        box = self.phone(who).get_by_role("textbox")
        box.fill(text)
        with self.page.expect_response("**/act"):
            box.press("Enter")

    def press(self, who: str, label: str) -> None:
        with self.page.expect_response("**/act"):
            self.phone(who).locator(".keys").get_by_role("button", name=label).last.click()

    def keep(self, name: str) -> None:
        """Once everything has come to rest."""
        self.page.wait_for_timeout(700)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def sim(chromium: Browser, address: str) -> Iterator[Simulator]:
    """Everybody as at noon."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    sim = Simulator(context.new_page(), address)
    sim.open()
    sim.click("Start over")
    yield sim
    context.close()
    assert sim.wrong == []


def test_a_story_is_played_by_clicks_and_saved(sim: Simulator, tmp_path: Path) -> None:
    page = sim.page
    page.get_by_role("button", name="checkin 1h").click()
    expect(sim.bubbles("amina").last).to_contain_text("13:00")
    sim.click("Next due 12:55")
    sim.click("+15 min")
    sim.click("+15 min")
    expect(page.locator("#cases")).to_contain_text("Amina: overdue, uncertainty, nobody has it")
    expect(page.locator("#time")).to_have_text("13:25:00")
    expect(sim.phone("omar").locator(".urgent").first).to_contain_text("Urgent")
    expect(sim.phone("amina").locator(".urgent")).to_have_count(0)
    sim.type("omar", "1")
    expect(page.locator("#cases")).to_contain_text("Omar has it")
    sim.press("amina", "All good")
    expect(sim.bubbles("amina", "mine").last).to_contain_text("All good")
    sim.phone("omar").locator(".row.theirs").last.hover()
    sim.phone("omar").get_by_role("button", name="Reply").last.click()
    sim.type("omar", "thank you")
    expect(sim.bubbles("omar", "mine").last.locator("blockquote")).not_to_be_empty()
    sim.keep("story")
    page.get_by_text("Save", exact=True).click()
    page.get_by_label("Title").fill("By clicks")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Transcript for the tests").click()
    path = tmp_path / "saved.txt"
    saved.value.save_as(path)
    script = read(path)
    assert (script.title, len(script.people)) == ("By clicks", 5)
    assert "  amina > [All good]" in [beat.line for beat in script.beats]


def test_the_engine_is_killed_and_started_again(sim: Simulator) -> None:
    page = sim.page
    engine = page.locator("#engine")
    expect(engine).to_contain_text("running, process")
    before = engine.text_content()
    sim.click("Kill engine")
    expect(engine).to_have_text("killed")
    sim.type("omar", "cases")
    expect(sim.bubbles("omar", "mine").last).to_contain_text("waits")
    sim.click("Telegram down")
    sim.click("Amina's phone offline")
    sim.keep("faults")
    sim.click("Start engine")
    expect(engine).to_contain_text("running, process")
    assert engine.text_content() != before
    expect(sim.bubbles("omar", "mine").last).to_contain_text("arrived")
    expect(sim.bubbles("omar").last).to_contain_text("No open cases")
    sim.type("bilal", "النجدة")
    expect(page.locator("#waiting")).to_contain_text("Telegram")
    expect(sim.bubbles("lena")).to_have_count(0)
    sim.click("Telegram down")
    sim.click("+15 min")
    expect(sim.bubbles("lena").first).to_contain_text("Bilal")


def box(found: Locator) -> Any:
    return found.bounding_box()


def test_an_arabic_phone_is_mirrored_and_reads_from_the_right(sim: Simulator) -> None:
    sim.type("bilal", "موعد")
    frame = sim.phone("bilal").locator(".frame")
    expect(frame).to_have_attribute("dir", "rtl")
    expect(frame).to_have_attribute("lang", "ar")
    log, mine, theirs = (
        box(found)
        for found in (
            frame.locator(".log"),
            sim.bubbles("bilal", "mine").last.locator(".bubble"),
            sim.bubbles("bilal").last.locator(".bubble"),
        )
    )
    middle = log["x"] + log["width"] / 2
    assert mine["x"] + mine["width"] < middle < theirs["x"] + theirs["width"]
    assert mine["x"] - log["x"] < 20 < theirs["x"] - log["x"]
    send, more = frame.locator(".send"), frame.locator(".more")
    assert box(send)["x"] < box(more)["x"]
    with sim.page.expect_response("**/act"):
        sim.phone("amina").get_by_label("Language of Amina").select_option("ar")
    amina = sim.phone("amina").locator(".frame")
    expect(amina).to_have_attribute("dir", "rtl")
    expect(sim.bubbles("amina").last).to_contain_text(re.compile("[\u0600-\u06ff]"))
    # Latin words on an Arabic phone still read from the left, inside a mirrored conversation.
    sim.type("amina", "hello there")
    said = sim.bubbles("amina", "mine").last.locator(".text")
    expect(said).to_have_text("hello there")
    expect(said).to_have_css("text-align", "start")
    assert said.evaluate("element => element.matches(':dir(ltr)')")
    sim.type("bilal", "١")
    sim.keep("arabic")


CONTRAST = """() => {
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const ground = (element) => {
    const above = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    pen.fillStyle = `rgb(${above})`; pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(element).backgroundColor; pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const ink = (element, under) => {
    pen.fillStyle = `rgb(${under})`; pen.fillRect(0, 0, 1, 1);
    pen.globalAlpha = Number(getComputedStyle(element).opacity);
    pen.fillStyle = getComputedStyle(element).color; pen.fillRect(0, 0, 1, 1);
    pen.globalAlpha = 1;
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility({opacityProperty: true}) || element.disabled) continue;
    if (element.closest('.skip, .tools, [data-offline] .log')) continue;
    const under = ground(element), over = ink(element, under);
    const [a, b] = [light(under), light(over)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.textContent}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


def test_light_and_dark_are_legible(sim: Simulator) -> None:
    sim.type("amina", "sos")
    sim.type("bilal", "موعد")
    sim.type("lena", "menu")
    sim.click("Kill engine")
    sim.type("omar", "cases")
    grounds = []
    for scheme in ("light", "dark"):
        sim.page.emulate_media(color_scheme=scheme)
        sim.keep(scheme)
        assert sim.page.evaluate(CONTRAST) == [], scheme
        grounds.append(
            sim.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0]")
        )
    assert int(grounds[0]) > 200 > 60 > int(grounds[1])


def test_hostile_text_stays_text(sim: Simulator) -> None:
    sim.type("amina", HOSTILE)
    sim.type("amina", "\u202eevil\u2066 " + "x" * 300)
    sim.type("amina", "sos")
    written = sim.bubbles("amina", "mine")
    expect(written.first.locator(".text")).to_have_text(HOSTILE)
    expect(written.locator("img, script")).to_have_count(0)
    expect(sim.page).to_have_title("Onbelay simulator")
    # What was said last goes to whoever is called, and the page there shows it as it is, too.
    sim.type("amina", HOSTILE)
    expect(sim.bubbles("omar").last).to_contain_text("<img src=x")
    frame = box(sim.phone("amina").locator(".frame"))
    for bubble in written.all():
        around = box(bubble)
        assert frame["x"] <= around["x"]
        assert around["x"] + around["width"] <= frame["x"] + frame["width"]


def test_on_a_phones_width_the_phones_are_tabs(sim: Simulator) -> None:
    page = sim.page
    page.set_viewport_size({"width": 390, "height": 844})
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["Amina", "Bilal", "Omar", "Lena", "Nino"])
    expect(page.locator(".phone:visible")).to_have_count(1)
    sim.type("amina", "sos")
    expect(page.get_by_role("tab", name=re.compile("Omar, 1 new"))).to_be_visible()
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Omar")).to_be_focused()
    expect(sim.phone("omar")).to_be_visible()
    expect(sim.phone("amina")).to_be_hidden()
    expect(sim.bubbles("omar").last).to_contain_text("Amina")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sim.keep("narrow")


def test_pictures_and_files_are_shown(sim: Simulator) -> None:
    phone = sim.phone("amina")
    phone.locator("summary").click()
    with sim.page.expect_response("**/act"):
        phone.get_by_role("button", name="Photo").click()
    picture = sim.bubbles("amina", "mine").locator("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 320
    sim.keep("picture")
    sim.type("amina", "pack")
    expect(sim.bubbles("amina").last).to_contain_text("Which?")
    with sim.page.expect_response("**/act"):
        phone.locator(".keys").last.get_by_role("button").first.click()
    expect(phone.locator(".file").last).to_contain_text(re.compile(r"\.(pdf|txt)"))
    sim.keep("files")


def test_the_tour_plays_and_waits_for_who_takes_over(sim: Simulator) -> None:
    page = sim.page
    sim.click("Start the tour", "tour")
    expect(page.locator("#caption")).to_contain_text("Amina is a journalist")
    expect(sim.phone("amina")).to_have_attribute("data-focus", "")
    expect(sim.bubbles("amina").last).to_contain_text("13:00")
    sim.type("lena", "garde")
    expect(page.locator("#said")).to_contain_text("You have taken over")
    expect(page.locator("#step")).to_contain_text("paused")
    for _ in range(5):
        sim.click("Next", "tour")
    expect(page.locator("#engine")).to_have_text("killed")
    for _ in range(4):
        sim.click("Next", "tour")
    sim.keep("tour")
    page.reload()
    expect(page.locator("#step")).to_contain_text(f"Guided tour, 10 of {len(STORY)}, paused")
    expect(sim.phone("lena").locator(".urgent").first).to_be_visible()


NAMELESS = """() => [...document.querySelectorAll('button, input, select, summary, a[href]')]
  .filter((e) => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent.trim()
    || e.labels?.length)).map((e) => e.outerHTML)"""


def test_everything_can_be_reached_and_named_without_a_mouse(sim: Simulator) -> None:
    page = sim.page
    sim.type("amina", "menu")
    sim.type("bilal", "menu")
    assert page.evaluate(NAMELESS) == []
    expect(page.get_by_role("log", name="Messages, Amina")).to_have_attribute("tabindex", "0")
    sim.open()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#phones")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Language of Amina")).to_be_focused()
