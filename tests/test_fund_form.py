"""The form of a request to a fund: what survives, and what can be destroyed."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.batch import Batch
from bot.store import tables as t
from bot.store.store import Row
from bot.vault import Erased, Tampered
from flows import registry
from flows.engine.questionnaire import DONE
from flows.fund.flow import FLOW
from flows.fund.form import MOST_LINES, MOST_REFEREES, State
from tests.transcript import read, rewritten
from tests.world import Player, World, world

CONFIG = '[fund]\nfolder = "{root}/deploy/funds"\n'
STORY = "Two men came to my flat."
TO_WHEN = ("fund", "1", "2", "1", "2", "1", "Amina", "no", "1986", "Georgia", "Radio", STORY)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", CONFIG) as made:
        await made.add(Player("Amina", channels=("signal",)))
        yield made


async def tells(here: World, *words: str) -> str:
    for each in words:
        await here.says("Amina", each)
    return here.last("Amina").text


async def draft(here: World) -> Row:
    assert here.app is not None
    async with here.app.store.read() as conn:
        query = select(t.instances).where(t.instances.c.flow == "fund")
        row = (await conn.execute(query)).mappings().one()
    return row


async def test_a_draft_has_a_key_of_its_own(here: World) -> None:
    await tells(here, *TO_WHEN)
    row = await draft(here)
    assert here.app is not None
    vault = here.app.vault
    assert row["key"].startswith("F")
    assert STORY.encode() in vault.open(row["key"], row["sealed"], "instance/fund")
    with pytest.raises(Tampered):
        vault.open(row["person_id"], row["sealed"], "instance/fund")


async def test_an_abandoned_form_goes_on_after_a_restart(here: World) -> None:
    asked = await tells(here, *TO_WHEN)
    assert "When was it" in asked
    await here.restart()
    assert await tells(here, "hello") != asked
    assert "You have begun a request" in await tells(here, "fund")
    assert await tells(here, "1") == asked


async def test_a_full_list_says_so_and_asks_for_no_more(here: World) -> None:
    said = await tells(here, *TO_WHEN, "yesterday", "at home", "the police", "my report")
    await tells(here, *(f"https://example.org/{n}" for n in range(MOST_LINES - 1)))
    said = await tells(here, "https://example.org/last")
    assert said.startswith("Noted. These are 30, and no more fit here.")
    assert "This one is not kept" in (await _both(here, "https://example.org/more"))
    await tells(here, "1", "2")
    for n in range(MOST_LINES):
        said = await tells(here, f"Item {n}", "5 EUR", "1", "a bill")
    assert "These are 30 lines, and no more fit here." in said
    assert "This one is not kept" in (await _both(here, "Item 31"))
    await tells(here, "1", "no", "1")
    for n in range(MOST_REFEREES):
        await tells(here, *(() if n == 0 else ("1",)), f"Person {n}", f"p{n}@example.org", "1")
    assert here.last("Amina").text == "Noted: Person 5. These are 6 people, and no more fit here."
    assert "One more" not in str(here.last("Amina"))


async def _both(here: World, text: str) -> str:
    before = len(here.said)
    await tells(here, text)
    return "\n".join(each.text for each in here.said[before:])


def newer(state: str, data: dict[str, Any], version: int) -> tuple[str, dict[str, Any]]:
    """Of version 2: the question where somebody stopped has another name, and the outlet is asked
    for the first time."""
    assert version == 1
    journalist = {k: v for k, v in data["answers"]["journalist"].items() if k != "outlet"}
    data = {
        **data,
        DONE: [each for each in data[DONE] if each != "outlet"],
        "answers": {**data["answers"], "journalist": journalist},
    }
    if data.get("at") == "when":
        data["at"] = "no_longer"
    return ("no_longer" if state == "when" else state), data


@pytest.mark.parametrize("left", [(), ("fund",)], ids=["at a question", "left aside"])
async def test_an_abandoned_form_goes_on_in_a_newer_version(
    here: World, monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...]
) -> None:
    """Only what is new is asked: neither what was answered nor what was left out, again."""
    await tells(here, *TO_WHEN, *left)
    monkeypatch.setitem(registry.FLOWS, "fund", replace(FLOW, version=2, upgrade=newer))
    await here.restart()
    said = await tells(here, *(("1",) if left else ("fund",)))
    assert said == "Whom do you work for? Outlets, or: freelance."
    changed, _asked = (each.text for each in here.said[-2:])
    assert changed.startswith("The questions have changed since you began.")
    row = await draft(here)
    assert (row["state"], row["version"]) == (State.OUTLET, 2)
    assert await tells(here, "Radio Two") == "When was it? The day, the month or the year."
    assert (await tells(here, "yesterday")).startswith("Where was it?")
    assert (await tells(here, "at home")).startswith("Who did it")
    rest = ("no", "my work", "x.org", "1", "0", "1", "no", "no", "1", "2", "no")
    await tells(here, *rest, "13", "1")
    review = next(each.text for each in here.said if "what you have answered" in each.text)
    assert "Works for: Radio Two" in review
    assert "When: yesterday (2026-11-20)" in review
    assert f"What happened: {STORY}" in review
    assert "Works under: No" in review


async def test_an_erased_draft_cannot_be_read_from_a_copy_of_the_database(here: World) -> None:
    await tells(here, *TO_WHEN)
    key = (await draft(here))["key"]
    await here.close()
    database = here.folder / "world.sqlite3"
    copy = here.folder / "copy.sqlite3"
    shutil.copy(database, copy)
    await here.start()
    await tells(here, "fund", "2", "1")
    assert here.app is not None
    assert await here.count("outbox", key=key) == await here.count("forgotten") == 0
    with pytest.raises(Erased):
        here.app.vault.open(key, b"", "instance/fund")
    # The copy is put back: everything of the draft is in it, and nothing of it can be read.
    await here.close()
    for name in ("world.sqlite3-wal", "world.sqlite3-shm"):
        (here.folder / name).unlink(missing_ok=True)
    shutil.copy(copy, database)
    await here.start()
    row = await draft(here)
    assert row["key"] == key
    assert here.app is not None
    with pytest.raises(Erased):
        here.app.vault.open(key, row["sealed"], "instance/fund")
    async with here.app.store.read() as conn:
        batch = Batch(conn, here.app.vault, here.clock.now())
        assert await batch.instance("fund", row["person_id"]) is None
    assert "It takes about 20 minutes" in await tells(here, "fund")


async def test_a_key_is_destroyed_at_the_next_start_when_the_process_died_before(
    here: World,
) -> None:
    await tells(here, *TO_WHEN, "fund", "2")
    key = (await draft(here))["key"]
    assert here.app is not None
    died: list[str] = []

    def dies(name: str) -> None:
        if name == "turn/after_commit" and not died:
            died.append(name)
            raise KeyboardInterrupt

    here.boundary = dies
    with pytest.raises(KeyboardInterrupt):
        await tells(here, "1")
    assert await here.count("forgotten") == 1
    here.app.vault.open(key, here.app.vault.seal(key, b"x", "y"), "y")
    await here.close()
    await here.start()
    assert here.app is not None
    assert await here.count("forgotten") == 0
    with pytest.raises(Erased):
        here.app.vault.seal(key, b"x", "y")


async def test_a_file_that_is_too_large_loses_no_answer(here: World) -> None:
    script = read(Path("tests/transcripts/fund/protection.txt"))
    said = rewritten(script, [beat.expected for beat in script.beats])
    acts = [line.split(" > ")[1] for line in said.splitlines() if line.startswith("  amina > ")]
    await tells(here, *acts[: acts.index("(photo 40KB)")])
    ref = here.signal.keep("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(21 * 1024 * 1024), "photo")
    await here.acts("Amina", "media", note="photo", files=[ref])
    told = [s.text for s in here.said if "did not arrive" in s.text]
    limit = "it is larger than 20 MB, the most I can keep."
    assert told == [f"One file did not arrive: {limit} What else you sent is safe."]
    assert "This is what you have answered" in await tells(here, "1")


async def test_whoever_has_the_code_may_ask_from_any_phone_and_learns_nothing_else(
    here: World,
) -> None:
    script = read(Path("tests/transcripts/fund/protection.txt"))
    said = rewritten(script, [beat.expected for beat in script.beats])
    acts = [line.split(" > ")[1] for line in said.splitlines() if line.startswith("  amina > ")]
    acts = [act for act in acts if not act.startswith("(")]
    text = await tells(here, *acts[: acts.index("13") + 1], "1", "1")
    code = text.split("status ")[1].split("\n")[0].strip("\u2066\u2067\u2068\u2069 ")
    await here.add(Player("Somebody", stranger=True))
    await here.says("Somebody", f"status {code}")
    answer = here.last("Somebody").text
    assert "received; nobody has taken it on yet." in answer
    assert "Amina" not in answer
    assert "fund" not in answer.lower()
    await here.says("Somebody", "status 2222222222")
    assert "received" not in here.last("Somebody").text
