"""From a report in chat to the record: hashes of what arrived, who may read what, and erasure that
reaches every copy."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import Result

from bot.cleaning import cleaned
from bot.commands.evidence import evidence
from bot.commands.shell import Opened
from bot.files import Folder
from bot.outbox import decode
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget
from bot.vault import Erased
from flows.engine.days import written_day
from flows.report.classes import Record, problems
from flows.report.form import cleaned as plain
from tests.test_cleaning import PHOTO, pdf
from tests.world import NOON, Player, World, world

Do = Callable[..., Result]
JPEG = b"\xff\xd8\xff\xda\0\2" + b"a broken camera" * 30_000
#: Another harmful act, assault, today, in a town of Kenya; ends before evidence.
TYPED = ("1", "6", "2", "11", "1", "2", "Kenya", "Mombasa", "1", "1", "2")
WORDS = "They broke my camera and took the card."


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Amina", channels=("signal",)))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


async def types(here: World, *acts: str, who: str = "Amina") -> None:
    for act in acts:
        await here.says(who, act)


async def report(here: World, who: str = "Amina", *bodies: bytes) -> str:
    """Sends one and returns its id."""
    await types(here, "report", *TYPED, WORDS, who=who)
    for body in bodies:
        await here.phone(who).media("photo", [("image/jpeg", body)])
        await here.run()
    await types(here, "1", "1", who=who)
    return str((await rows(here))[-1]["id"])


async def rows(here: World) -> list[dict[str, Any]]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        found = await conn.execute(select(t.records).order_by(t.records.c.created_at))
        return [dict(row._mapping) for row in found]


def opened(here: World, row: dict[str, Any]) -> dict[str, Any]:
    assert here.app is not None
    return decode(here.app.turn.world.vault.open(row["id"], row["sealed"], "record"))


# ---------------------------------------------------------------- what is stored


async def test_a_report_is_a_record_that_says_nothing_in_clear(here: World) -> None:
    name = await report(here)
    (row,) = await rows(here)
    assert (row["state"], row["event"], row["ended_at"]) == ("reported", "", None)
    kept = opened(here, row)
    assert kept["words"] == {"words": WORDS}
    record = kept["record"]
    assert (record["cls"], record["kinds"]) == ("other_harmful_act", ["assault"])
    assert (record["country"], record["city"], record["when"]) == ("KE", "Mombasa", "2026-11-21")
    assert record["journalist"]
    assert here.players["Amina"].id not in json.dumps(kept)
    clear = b"".join(path.read_bytes() for path in here.folder.glob("world.sqlite3*"))
    assert name.encode() in clear
    assert b"Mombasa" not in clear
    assert b"camera" not in clear


async def test_a_record_from_chat_has_no_problem(here: World) -> None:
    await report(here, "Amina", JPEG)
    (row,) = await rows(here)
    said = opened(here, row)["record"]
    assert not problems(Record(**said), here.clock.now())


async def test_the_hash_is_that_of_the_bytes_as_they_came(here: World) -> None:
    await report(here, "Amina", JPEG, warrant := pdf())
    (row,) = await rows(here)
    hashes = [sha256(body).hexdigest() for body in (JPEG, warrant)]
    evidence = opened(here, row)["record"]["evidence"]
    assert [sha for _, sha, _ in evidence] == hashes
    assert all(at == NOON for _, _, at in evidence)
    assert here.app is not None
    async with here.app.store.read() as conn:
        files = [dict(f._mapping) for f in await conn.execute(select(t.attachments))]
    vault = here.app.turn.world.vault
    sealed = [decode(vault.open(f["person_id"], f["sealed"], "attachment")) for f in files]
    assert sorted(each["sha256"] for each in sealed) == sorted(hashes)
    assert {f["person_id"] for f in files} == {row["id"]}


async def test_a_point_is_kept_only_where_it_was_allowed(here: World) -> None:
    await types(here, "report", *TYPED[:5], "2")
    await here.acts("Amina", "location", lat=-4.05, lon=39.66)
    await here.acts("Amina", "location", lat=-4.05, lon=39.66)
    await types(here, "Mombasa", "1", "1", "2", "1", "1", "1")
    (row,) = await rows(here)
    assert "4.05" not in json.dumps(opened(here, row))
    assert opened(here, row)["record"]["country"] == "KE"


async def test_less_precision_afterwards_takes_the_place_away(here: World) -> None:
    await types(here, "report", *TYPED, "1", "1")
    await types(here, "2", "5", "4", "Kenya", "1")
    (row,) = await rows(here)
    assert "Mombasa" not in json.dumps(opened(here, row))


async def test_a_coordinator_reports_about_somebody_without_being_them(here: World) -> None:
    await types(here, "report", "3", *TYPED[1:], "1", "1", "1", who="Omar")
    (row,) = await rows(here)
    said = opened(here, row)["record"]
    assert (said["role"], said["journalist"]) == ("coordinator", "")


async def test_a_journalist_is_not_offered_to_record_for_others(here: World) -> None:
    await types(here, "report")
    (begun,) = [s for s in here.said if s.to == "Amina"]
    assert "I record it for somebody" not in begun.labels


async def test_the_operators_word_stays_when_a_late_file_comes(here: World) -> None:
    name = await report(here)
    assert here.app is not None
    async with here.app.store.write() as conn:
        await conn.execute(t.records.update().values(state="one_source", event="RX"))
    told = {"kind": "photo", "mime": "image/jpeg", "sha256": "ab" * 32, "at": NOON}
    await _signal(here, name, {"person": name, "is": told})
    (row,) = await rows(here)
    assert (row["state"], row["event"]) == ("one_source", "RX")
    assert len(opened(here, row)["record"]["evidence"]) == 1


async def _signal(here: World, name: str, args: dict[str, Any]) -> None:
    from bot.batch import Batch
    from bot.carry import Carrier
    from flows.engine.model import Event, Kind, Signal

    assert here.app is not None
    person = here.players["Amina"].id
    async with here.app.store.write() as conn:
        batch = Batch(conn, here.app.turn.world.vault, here.clock.now())
        await batch.load_people([person])
        carrier = Carrier(batch, here.app.turn.world, None)
        event = Event("late", Kind.SIGNAL, "kept", NOON, here.clock.now(), person)
        await carrier.signal(event, Signal("record", name, "kept", args), False)
        await carrier.drain()
        await batch.write()


# ---------------------------------------------------------------- added later


async def test_what_is_added_stands_beside_what_was_said(here: World) -> None:
    name = await report(here)
    await types(here, "report", "2", "They came back.", "1", "https://example.org/a")
    await types(here, "2", "3", "It was the 19th.")
    (row,) = await rows(here)
    kept = opened(here, row)
    assert kept["words"]["words"] == WORDS
    assert kept["record"]["when"] == "2026-11-21"
    assert kept["words"]["added"] == [
        [NOON, "words", "", "They came back."],
        [NOON, "source", "", "https://example.org/a"],
        [NOON, "wrong", "when", "It was the 19th."],
    ]
    clear = b"".join(path.read_bytes() for path in here.folder.glob("world.sqlite3*"))
    assert b"came back" not in clear
    assert name.encode() in clear


async def test_a_file_that_is_added_has_its_hash_and_its_time(here: World) -> None:
    await report(here)
    await types(here, "report", "2")
    await here.after(3_600_000)
    await here.phone("Amina").media("photo", [("image/jpeg", JPEG)])
    await here.run()
    (row,) = await rows(here)
    ((kind, sha, at),) = opened(here, row)["record"]["evidence"]
    assert (kind, sha, at) == ("photo", sha256(JPEG).hexdigest(), NOON + 3_600_000)


async def test_there_is_an_end_to_additions(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.report.adding.MOST_ADDED", 1)
    await report(here)
    await types(here, "report", "2", "one", "two")
    (row,) = await rows(here)
    assert [text for *_, text in opened(here, row)["words"]["added"]] == ["one"]
    assert "no room for more words" in here.said[-1].text


async def test_what_was_added_goes_with_the_report(here: World) -> None:
    name = await report(here)
    await types(here, "report", "2", "They came back.", "3", "report", "3", "1")
    (row,) = await rows(here)
    assert (row["id"], row["sealed"]) == (name, b"")


# ---------------------------------------------------------------- withdrawn, erased


@asynccontextmanager
async def restored(here: World, copy: Path) -> AsyncIterator[None]:
    """The engine on an older copy of the database; keys aren't in it."""
    await here.close()
    for path in here.folder.glob("world.sqlite3*"):
        path.unlink()
    shutil.copy(copy, here.folder / "world.sqlite3")
    await here.start()
    yield


def copied(here: World, to: Path) -> Path:
    with sqlite3.connect(here.folder / "world.sqlite3") as db, sqlite3.connect(to) as backup:
        db.backup(backup)
    return to


async def test_withdrawn_means_gone_from_every_copy(here: World, tmp_path: Path) -> None:
    name = await report(here, "Amina", JPEG)
    backup = copied(here, tmp_path / "backup.sqlite3")
    await types(here, "report", "3", "1")
    (row,) = await rows(here)
    assert (row["id"], row["state"], row["sealed"]) == (name, "withdrawn", b"")
    assert row["ended_at"]
    for table in ("attachments", "record_log"):
        assert await here.count(table) == 0
    assert here.app is not None
    await here.app.keeper.tidy()
    assert not list(here.app.settings.files.iterdir())
    async with restored(here, backup):
        (old,) = await rows(here)
        with pytest.raises(Erased):
            opened(here, old)
        await types(here, "report")


async def test_a_draft_that_is_erased_takes_its_files_with_it(here: World, tmp_path: Path) -> None:
    await types(here, "report", *TYPED, WORDS)
    await here.phone("Amina").media("photo", [("image/jpeg", JPEG)])
    await here.run()
    assert await here.count("attachments") == 1
    await types(here, "report", "2", "1")
    assert await here.count("attachments") == 0
    assert await here.count("instances", flow="record") == 0
    assert not await rows(here)


async def files(here: World) -> list[bytes]:
    """What lies in the folder."""
    assert here.app is not None
    async with here.app.store.read() as conn:
        kept = (await conn.execute(select(t.attachments))).mappings().all()
    folder = Folder(here.app.settings.files, here.app.vault)
    return [folder.read(row["person_id"], row["id"]) for row in kept if row["state"] == "kept"]


async def test_where_a_photo_was_taken_is_stored_only_with_the_exact_place(here: World) -> None:
    """The hash stays that of what came."""
    await report(here, "Amina", PHOTO)
    assert await files(here) == [cleaned("image/jpeg", PHOTO)]
    (row,) = await rows(here)
    ((_, sha, _),) = opened(here, row)["record"]["evidence"]
    assert sha == sha256(PHOTO).hexdigest()


async def handed_out(here: World, to: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `record evidence` writes of the only record."""
    assert here.app is not None
    monkeypatch.setattr("bot.commands.shell.opened", lambda: _as_opened(here))
    (row,) = await rows(here)
    assert await evidence(row["id"], to, "the court asked", "Omar", as_json=False) == 0
    (file,) = json.loads((to / f"{row['id']}-manifest.json").read_text())["files"]
    body = (to / file["file"]).read_bytes()
    assert (file["intact"], file["sha256"]) == (True, sha256(body).hexdigest())
    assert file["sha256_as_sent"] == sha256(PHOTO).hexdigest()
    return {**file, "body": body}


@asynccontextmanager
async def _as_opened(here: World) -> AsyncIterator[Opened]:
    assert here.app is not None
    app = here.app
    yield Opened(app.settings, app.store, app.vault, here.clock)


async def test_a_cleaned_file_is_handed_out_with_both_hashes(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(here, "Amina", PHOTO)
    file = await handed_out(here, tmp_path / "out", monkeypatch)
    assert (file["cleaned"], file["body"]) == (True, cleaned("image/jpeg", PHOTO))


async def test_with_less_of_the_place_it_goes_out_of_what_was_sent_before(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = (*TYPED[:5], "1", "Kenya", "Mombasa, Moi Avenue 1", *TYPED[8:])
    await types(here, "report", *exact, WORDS)
    await here.phone("Amina").media("photo", [("image/jpeg", PHOTO)])
    await here.run()
    assert await files(here) == [PHOTO]
    await types(here, "1")
    for label in ("Change an answer", "Kept of the place", "The country only"):
        await here.presses("Amina", label)
    await types(here, "Kenya")
    await here.run()
    assert await files(here) == [cleaned("image/jpeg", PHOTO)]
    await here.presses("Amina", "Send it")
    (row,) = await rows(here)
    ((_, sha, _),) = opened(here, row)["record"]["evidence"]
    assert sha == sha256(PHOTO).hexdigest()
    assert (await handed_out(here, tmp_path / "out", monkeypatch))["cleaned"]


async def test_a_file_that_would_still_tell_is_not_kept(here: World) -> None:
    await types(here, "report", *TYPED, WORDS)
    await here.phone("Amina").media("document", [("", b"PK\3\4 a letter")])
    await here.run()
    assert "may tell where it was made" in here.last("Amina").text
    assert not await files(here)
    assert here.app is not None
    assert not list(here.app.settings.files.iterdir())


async def test_erasing_the_reporter_erases_the_record(here: World) -> None:
    await report(here, "Amina", JPEG)
    (row,) = await rows(here)
    assert here.app is not None
    person = here.players["Amina"].id
    async with here.app.store.write() as conn:
        await erase_rows(conn, here.app.vault, person)
    await forget(here.app.store, here.app.vault)
    assert {person, row["id"]} <= here.app.vault.erased()
    assert not await rows(here)
    assert await here.count("attachments") == 0


# ---------------------------------------------------------------- small parts


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2026-11-19", "2026-11-19"),
        ("19.11.2026", "2026-11-19"),
        ("19/1/2026", "2026-01-19"),
        ("2026-11", "2026-11"),
        ("11/2026", "2026-11"),
        ("2026", "2026"),
        ("٢٠٢٦-١١-١٩", "2026-11-19"),
        ("last week", None),
        ("19-11-26", None),
        ("2026-11-19 12:00:00", None),
        ("²⁰²⁶", None),
        ("", None),
    ],
)
def test_days_as_people_write_them(typed: str, read: str | None) -> None:
    assert written_day(typed) == read


def test_text_is_one_readable_line() -> None:
    assert plain("a\n b\x00\ud800c", 10) == "a bc"
