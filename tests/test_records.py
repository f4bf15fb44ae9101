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
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.clock import SystemClock
from bot.commands.erasing import erase_rows
from bot.config import Settings
from bot.outbox import decode, encode
from bot.record.summary import BELOW
from bot.store import tables as t
from bot.store.forgetting import forget
from bot.vault import Erased
from flows.engine.days import written_day
from flows.report.asking import cleaned
from flows.report.classes import Record, problems
from tests.test_commands import environment
from tests.world import NOON, Player, World, world

Do = Callable[..., Result]
JPEG = b"\xff\xd8\xff\xe0" + b"a broken camera" * 30_000
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
    await report(here, "Amina", JPEG, b"%PDF-1.7 a warrant")
    (row,) = await rows(here)
    hashes = [sha256(body).hexdigest() for body in (JPEG, b"%PDF-1.7 a warrant")]
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


# ---------------------------------------------------------------- withdrawn, erased


@asynccontextmanager
async def restored(here: World, copy: Path) -> AsyncIterator[None]:
    """The engine on an older copy of the database; keys aren't in it."""
    await here.stop()
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
    await types(here, "report", "2", "1")
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
    assert cleaned("a\n b\x00\ud800c", 10) == "a bc"


# ---------------------------------------------------------------- the command line


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    for key, value in environment(tmp_path).items():
        if key.startswith("ONBELAY_"):
            monkeypatch.setenv(key, value)
    runner = CliRunner()

    def done(*args: str) -> Result:
        return runner.invoke(app, args)

    assert done("init").exit_code == 0
    return done


def stored(*records: dict[str, Any]) -> None:
    """Records as a turn would have written them."""
    import asyncio

    from bot.store.store import Store
    from bot.vault import KeyRing, Vault

    async def write() -> None:
        settings = Settings.load()
        vault, store = (
            Vault(KeyRing.load(settings.keyring)),
            Store.open(settings.async_database_url),
        )
        now = SystemClock().now()
        vault.new_people([each["id"] for each in records])
        async with store.write() as conn:
            for each in records:
                kept = {"cls": "killing", "country": "KE", "when": "2026-05-13", "role": "witness",
                        "time_precision": "day", "reported_at": now, **each}  # fmt: skip
                clear = encode({"record": kept, "words": {"words": "what was seen"}})
                row = {"id": each["id"], "person_id": "somebody", "state": "reported", "event": "",
                       "sealed": vault.seal(each["id"], clear, "record"), "checked": b"",
                       "created_at": now, "ended_at": None}  # fmt: skip
                await conn.execute(t.records.insert().values(row))
        await store.close()
        vault.close()

    asyncio.run(write())


def answer(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def refused(result: Result, why: str) -> None:
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr


FILE = [["photo", "ab" * 32, 1]]


def test_the_list_tells_no_words_and_no_town(do: Do) -> None:
    stored({"id": "RA", "city": "Mombasa", "region": "Coast", "gender": "woman"})
    (line,) = answer(do("record", "list", "--json"))
    assert (line["id"], line["class"], line["state"]) == ("RA", "killing", "reported")
    assert line["month"] == "2026-05"
    shown = do("record", "list").stdout + json.dumps(line)
    assert not any(word in shown for word in ("Mombasa", "Coast", "woman", "seen"))


def test_one_record_is_shown_for_a_reason_that_stays(do: Do) -> None:
    stored({"id": "RA"})
    assert do("record", "show", "RA").exit_code == 2
    refused(do("record", "show", "RA", "--reason", " "), "for a reason only")
    refused(do("record", "show", "RB", "--reason", "checking"), "no record RB")
    found = answer(do("record", "show", "#ra", "--reason", "asked by the UN", "--json"))
    assert found["words"] == "what was seen"
    (entry,) = found["log"]
    assert (entry["kind"], entry["reason"]) == ("shown", "asked by the UN")
    again = do("record", "show", "RA", "--reason", "once more")
    assert "asked by the UN" in again.stdout
    assert "what was seen" in again.stdout


def test_why_somebody_looked_is_sealed(do: Do, tmp_path: Path) -> None:
    stored({"id": "RA"})
    answer(do("record", "show", "RA", "--reason", "asked by the UN", "--json"))
    clear = b"".join(path.read_bytes() for path in tmp_path.glob("onbelay.sqlite3*"))
    assert b"asked by" not in clear
    assert b"what was seen" not in clear


def test_verified_takes_sources_evidence_and_a_reason(do: Do) -> None:
    stored({"id": "RA"}, {"id": "RB", "evidence": FILE})
    verify = ("record", "verify", "RA", "--state")
    refused(do(*verify, "certain"), "is none of reported")
    refused(do(*verify, "two_sources", "--source", "the editor"), "more independent sources")
    assert do(*verify, "one_source", "--source", "the editor").exit_code == 0
    refused(do(*verify, "two_sources", "--source", "the editor"), "more independent sources")
    assert do(*verify, "two_sources", "--source", "the hospital").exit_code == 0
    refused(do(*verify, "verified", "--reason", "all agree"), "a file that shows it")
    both = ("--source", "the editor", "--source", "the hospital")
    other = ("record", "verify", "RB", "--state", "verified", *both)
    refused(do(*other), "why you say so")
    assert do(*other, "--reason", "all agree").exit_code == 0
    listed = {line["id"]: line for line in answer(do("record", "list", "--json"))}
    assert (listed["RA"]["state"], listed["RA"]["sources"]) == ("two_sources", 2)
    assert listed["RB"]["state"] == "verified"
    found = answer(do("record", "show", "RB", "--reason", "for the report", "--json"))
    assert found["sources"] == ["the editor", "the hospital"]
    assert [entry["kind"] for entry in found["log"]] == ["verified", "shown"]


def test_one_event_is_suggested_linked_and_counted_once(do: Do) -> None:
    stored(*({"id": f"R{n}", "journalist": "x" if n < 2 else f"y{n}"} for n in range(7)))
    pairs = answer(do("record", "duplicates", "--json"))
    assert [pair["ids"] for pair in pairs] == [["R0", "R1"]]
    before = answer(do("record", "summary", "--json"))
    assert do("record", "same", "R0", "R1").exit_code == 0
    assert answer(do("record", "duplicates", "--json")) == []
    after = answer(do("record", "summary", "--json"))
    assert (before["total"]["events"], after["total"]["events"]) == (7, 6)
    refused(do("record", "same", "R0", "r0"), "one and the same")
    assert do("record", "apart", "R1").exit_code == 0
    refused(do("record", "apart", "R1"), "linked to no other")
    assert answer(do("record", "summary", "--json"))["total"]["events"] == 7


def test_two_linked_groups_become_one(do: Do) -> None:
    stored(*({"id": f"R{n}"} for n in range(4)))
    for pair in (("R0", "R1"), ("R2", "R3"), ("R1", "R2")):
        assert do("record", "same", *pair).exit_code == 0
    assert {line["event"] for line in answer(do("record", "list", "--json"))} == {"R0"}


def test_a_summary_in_every_form(do: Do, tmp_path: Path) -> None:
    stored(*({"id": f"R{n}"} for n in range(6)))
    assert "Killing" in do("record", "summary").stdout
    page, sheet = tmp_path / "page.html", tmp_path / "sheet.csv"
    made = do("record", "summary", "--format", "html", "--lang", "ar", "--out", str(page))
    assert (made.exit_code, made.stdout) == (0, "")
    assert 'dir="rtl"' in page.read_text("utf-8")
    assert "http" not in page.read_text("utf-8").replace("http-equiv", "")
    do("record", "summary", "--out", str(sheet), "--coarse", "--by", "country")
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbf")
    refused(do("record", "summary", "--format", "pdf"), "none of csv, json, html")
    refused(do("record", "summary", "--lang", "xx"), "xx")
    refused(do("record", "summary", "--by", "name"), "name")


def test_more_may_be_hidden_than_is_configured_never_less(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(*({"id": f"R{n}"} for n in range(6)))
    assert answer(do("record", "summary", "--json"))["suppress_below"] == BELOW
    assert answer(do("record", "summary", "--json", "--below", "9"))["total"]["suppressed"]
    config = tmp_path / "onbelay.toml"
    config.write_text("[record]\nsuppress_below = 8\n")
    monkeypatch.setenv("ONBELAY_CONFIG", str(config))
    assert answer(do("record", "summary", "--json"))["total"]["suppressed"]
    refused(do("record", "summary", "--below", "5"), "hide more, not less")


def test_what_was_erased_is_left_out_and_said_so(do: Do, tmp_path: Path) -> None:
    from bot.vault import KeyRing, Vault

    stored({"id": "RA"}, {"id": "RB"})
    vault = Vault(KeyRing.load(Settings.load().keyring))
    vault.erase("RA")
    vault.close()
    listed = do("record", "list", "--json")
    assert [line["id"] for line in answer(listed)] == ["RB"]
    assert "1 records can't be read" in listed.stderr
    refused(do("record", "show", "RA", "--reason", "why not"), "withdrawn and erased")
