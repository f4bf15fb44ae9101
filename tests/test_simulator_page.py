"""The simulator over HTTP: who may ask at all, what is answered, and how it ends."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.demo.pages import FOLDER, stream
from bot.demo.session import Session
from tests.simulator import PATIENCE, Driver, Site, driven, site
from tests.test_demo import ROOT, environment


@pytest.fixture
async def sim(tmp_path: Path) -> AsyncIterator[Driver]:
    async with driven(tmp_path) as found:
        yield found


# ---------------------------------------------------------------- who may ask


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    """Nothing runs behind it: enough to be refused, and for the page itself."""
    async with site(Session(tmp_path)) as found:
        yield found


async def test_only_who_knows_the_token_gets_the_page(here: Site) -> None:
    assert (await here.http.get(here.url())).status_code == 200
    for path in ("", "x/", f"{here.guard.token[:-1]}/", "app.js", "events", "act", "open/"):
        assert (await here.http.get(f"{here.root}/{path}")).status_code == 404, path


async def test_the_address_for_the_browser_works_once(here: Site) -> None:
    """A command line is shown to everybody on the machine."""
    once = f"{here.root}/open/{here.guard.key}"
    answer = await here.http.get(once)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{here.guard.token}/")
    assert (await here.http.get(once)).status_code == 404
    assert (await here.http.get(f"{here.root}/open/")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_is_refused_even_with_the_token(
    here: Site, headers: dict[str, str]
) -> None:
    for method, path in (("GET", ""), ("GET", "events"), ("POST", "act"), ("POST", "tour")):
        sent = {**(here.own if method == "POST" else {}), **headers}
        answer = await here.http.request(method, here.url(path), headers=sent, json={})
        assert answer.status_code in (403, 421), path
        assert "access-control-allow-origin" not in answer.headers


async def test_who_follows_the_link_from_another_page_is_let_in(here: Site) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (await here.http.get(here.url(), headers=followed)).status_code == 200
    followed |= here.own
    assert (await here.http.post(here.url("act"), headers=followed, json={})).status_code == 403


async def test_an_act_says_where_it_comes_from(here: Site) -> None:
    kill = {"do": "kill"}
    assert (await here.http.post(here.url("act"), json=kill)).status_code == 403
    plain = {**here.own, "Content-Type": "text/plain"}
    answer = await here.http.post(here.url("act"), content=json.dumps(kill), headers=plain)
    assert answer.status_code == 415


async def test_every_answer_carries_the_policy(here: Site) -> None:
    for url in (here.url(), here.url("app.js"), here.url("nothing"), f"{here.root}/x"):
        headers = (await here.http.get(url)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["../session.py", "..%2fsession.py", "%2e%2e/pages.py", "session.py"]
)
async def test_nothing_but_the_page_is_served(here: Site, path: str) -> None:
    assert (await here.http.get(here.url(path))).status_code == 404


def test_the_page_asks_nobody_else_and_makes_no_markup_of_text() -> None:
    found = {entry.name: entry.read_text("utf-8") for entry in FOLDER.iterdir()}
    assert set(found) >= {"index.html", "app.js", "look.css"}
    for name, text in found.items():
        outside = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", re.sub(r"(?m)^\s*//.*$", "", text))
        assert set(outside) <= {"http://www.w3.org"}, name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
    page = found["index.html"]
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|\sstyle=|<style", page)


# ---------------------------------------------------------------- over HTTP


async def test_acts_files_records_and_events_over_http(sim: Driver) -> None:
    async with site(sim.session) as here:

        async def post(body: Any) -> httpx.Response:
            return await here.http.post(here.url("act"), json=body, headers=here.own)

        assert (await post({"do": "photo", "who": "amina"})).json() == {"said": ""}
        assert (await post({"do": "fly"})).status_code == 400
        assert (await post([])).status_code == 400
        assert (await post({"do": "x" * 70_000})).status_code == 413
        picture = await here.http.get(here.url("file/0"))
        assert picture.headers["content-type"] == "image/jpeg"
        assert "sandbox" in picture.headers["content-security-policy"]
        assert (await here.http.get(here.url("file/99"))).status_code == 404
        await post({"do": "type", "who": "amina", "text": "pack"})
        await post(
            {"do": "press", "who": "amina", "message": len(sim.session.bubbles()) - 1, "button": 0}
        )
        pdf = next(b for b in sim.on("amina") if b["file"] and not b["file"]["picture"])
        saved = await here.http.get(here.url(f"file/{pdf['n']}"))
        assert saved.headers["content-disposition"].startswith("attachment")
        assert saved.headers["content-type"] == "application/octet-stream"
        record = await here.http.get(here.url("record?as=transcript&title=A%0Atitle"))
        first, second, third = record.text.splitlines()[:3]
        assert (first, third) == ("title   A title", "people  amina: journalist, telegram, en")
        assert re.fullmatch(r"recorded \d{4}-\d\d-\d\d", second)
        assert (await here.http.get(here.url("record?as=novel"))).status_code == 400
        async with here.http.stream("GET", here.url("events")) as events:
            lines = events.aiter_lines()
            assert await anext(lines) == "event: now"
            assert json.loads((await anext(lines)).removeprefix("data: "))["round"] == 0


async def test_the_page_is_told_all_of_it_then_what_changes_and_of_a_new_start(sim: Driver) -> None:
    events = stream(sim.session)

    async def told() -> tuple[str, Any]:
        async with asyncio.timeout(PATIENCE):
            name, data, *rest = (await anext(events)).splitlines()
        assert rest == [""]
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    await sim.type("amina", "one\n\ndata: two")
    name, _ = await told()
    assert name == "now"
    name, first = await told()
    assert (name, first["fresh"], first["bubbles"][0]["text"]) == (
        "bubbles",
        True,
        "one\n\ndata: two",
    )
    await sim.do("over")
    while (found := await told())[0] != "bubbles":
        pass
    assert found[1] == {"fresh": True, "bubbles": []}
    assert sim.now["round"] == 1
    sim.session.leave()
    with pytest.raises(StopAsyncIteration):
        await told()


# ---------------------------------------------------------------- its life


def test_it_listens_on_this_machine_only_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--no-browser"],
        cwd=ROOT,
        env={**environment(), "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:(\d+)/[\w-]{32}/", process.stdout.readline())
        assert address
        running = psutil.Process(process.pid)
        doors = [c for c in running.net_connections() if c.status == psutil.CONN_LISTEN]
        assert [(c.laddr.ip, c.laddr.port) for c in doors] == [("127.0.0.1", int(address[1]))]
        assert httpx.get(address[0]).status_code == 200
        (engine,) = running.children()
        (kept,) = tmp_path.iterdir()
        assert kept.stat().st_mode & 0o077 == 0
        taken = subprocess.run(
            [sys.executable, "-m", "bot", "demo", "--port", address[1]],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert (taken.returncode, "onbelay demo:" in taken.stderr) == (1, True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        psutil.wait_procs([engine], PATIENCE)
        assert not engine.is_running()
        assert not os.listdir(tmp_path)
    finally:
        process.kill()
        process.communicate()
