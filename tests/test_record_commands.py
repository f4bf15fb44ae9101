"""`onbelay record`: what the operator reads, says and hands out, each with its reason."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.clock import SystemClock
from bot.config import Settings
from bot.outbox import encode
from bot.record.summary import BELOW
from bot.store import tables as t
from tests.test_commands import environment

Do = Callable[..., Result]
JPEG = b"\xff\xd8\xff\xe0" + b"a broken camera" * 30_000


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    for key, value in environment(tmp_path).items():
        if key.startswith("ONBELAY_"):
            monkeypatch.setenv(key, value)
    monkeypatch.setenv("ONBELAY_FILES", str(tmp_path / "files"))
    runner = CliRunner()

    def done(*args: str) -> Result:
        return runner.invoke(app, args)

    assert done("init").exit_code == 0
    return done


def stored(*records: dict[str, Any]) -> None:
    """Records as a turn would have written them."""
    from bot.store.store import Store, insert_new
    from bot.vault import KeyRing, Vault

    async def write() -> None:
        settings = Settings.load()
        vault, store = (
            Vault(KeyRing.load(settings.keyring)),
            Store.open(settings.async_database_url),
        )
        now = SystemClock().now()
        vault.new_people(
            [*(each["id"] for each in records), *(f"id-of-{each[0]}" for each in STAFF)]
        )
        async with store.write() as conn:
            for name, role, enrolled in STAFF:
                who = f"id-of-{name}"
                card = vault.seal(who, encode({"name": name}), "person")
                row = {"id": who, "role": role, "enrolled": enrolled, "created_at": now,
                       "risk": "medium", "on_duty": False, "sealed": card}  # fmt: skip
                await conn.execute(insert_new(conn, t.persons), [row])
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
BY = ("--by", "Zuri")
VERIFIER = ("--role", "verifier", *BY)
#: Who works here: name, role, whether they are enrolled.
STAFF = (
    ("Zuri", "coordinator", True), ("Olu", "officer", True), ("Tano", "trainer", True),
    ("Nia", "coordinator", False), ("Amina", "journalist", True),
    ("Juma", "officer", True), ("juma", "coordinator", True),
)  # fmt: skip


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
    assert do("record", "show", "RA", *BY).exit_code == 2
    refused(do("record", "show", "RA", "--reason", " ", *BY), "for a reason only")
    refused(do("record", "show", "RB", "--reason", "checking", *BY), "no record RB")
    found = answer(do("record", "show", "#ra", "--reason", "asked by the UN", *VERIFIER, "--json"))
    assert found["words"] == "what was seen"
    (entry,) = found["log"]
    assert (entry["kind"], entry["reason"]) == ("shown", "asked by the UN")
    again = do("record", "show", "RA", "--reason", "once more", *VERIFIER)
    assert "asked by the UN" in again.stdout
    assert "what was seen" in again.stdout


def test_a_reader_sees_no_words_no_town_and_no_sources(do: Do) -> None:
    stored({"id": "RA", "city": "Mombasa", "region": "Coast"})
    state = ("--state", "one_source", "--source", "the hospital", "--reason", "they called")
    assert do("record", "verify", "RA", *state).exit_code == 0
    looks = ("record", "show", "RA", "--reason", "yearly count")
    shown = do(*looks, *BY, "--json")
    found = answer(shown)
    assert (found["region"], found["sources"]) == ("Coast", 1)
    both = shown.stdout + do(*looks, *BY).stdout
    assert not any(w in both for w in ("Mombasa", "what was seen", "hospital", "they called"))
    found = answer(do(*looks, *VERIFIER, "--json"))
    assert (found["city"], found["words"]) == ("Mombasa", "what was seen")
    assert found["sources"] == ["the hospital"]
    seen = [e for e in found["log"] if e["kind"] == "shown"]
    assert [(e["role"], e["named"], e["reason"]) for e in seen] == [
        ("reader", "Zuri", "yearly count"),
        ("reader", "Zuri", "yearly count"),
        ("verifier", "Zuri", "yearly count"),
    ]
    refused(do("record", "show", "RA", "--reason", "x", *BY, "--role", "boss"), "none of reader")


@pytest.mark.parametrize(
    ("who", "role", "why"),
    [
        ("", "reader", "is nobody who works here"),
        (" ", "reader", "is nobody who works here"),
        ("Somebody", "reader", "is nobody who works here"),
        ("Nia", "reader", "is nobody who works here and is enrolled"),
        ("Amina", "reader", "is nobody who works here"),
        ("id-of-Amina", "verifier", "is nobody who works here"),
        ("juma", "reader", 'more than one person is called "juma"'),
        ("Tano", "verifier", "a trainer can't read as verifier: that takes a coordinator or offic"),
    ],
)
def test_nobody_reads_a_record_whose_part_it_is_not(do: Do, who: str, role: str, why: str) -> None:
    stored({"id": "RA"})
    refused(do("record", "show", "RA", "--reason", "x", "--by", who, "--role", role), why)
    if who != "Tano":  # that a reader may read, and these files a verifier
        refused(do("record", "evidence", "RA", "--reason", "x", "--by", who), why)
    log = answer(do("record", "show", "RA", "--reason", "to see", *VERIFIER, "--json"))["log"]
    assert [entry["who"] for entry in log] == ["id-of-Zuri"]


def test_what_somebody_may_read_follows_from_what_they_are(do: Do) -> None:
    """And who read it, as what and why, is in its log, by an id that outlives the name."""
    stored({"id": "RA", "city": "Mombasa"})
    look = ("record", "show", "ra", "--json", "--reason")
    assert "city" not in answer(do(*look, "for a lesson", "--by", " tano "))
    assert answer(do(*look, "the grant", "--by", "id-of-Olu", "--role", "verifier"))["city"]
    refused(do("record", "evidence", "RA", "--reason", "x", "--by", "Tano"), "can't read as verif")
    assert answer(do("record", "evidence", "RA", "--reason", "for the court", *BY, "--json"))
    log = answer(do(*look, "to count", "--by", "id-of-juma"))["log"]
    assert [(e["kind"], e["who"], e["named"], e["role"]) for e in log] == [
        ("shown", "id-of-Tano", "Tano", "reader"),
        ("shown", "id-of-Olu", "Olu", "verifier"),
        ("hashes", "id-of-Zuri", "Zuri", "verifier"),
        ("shown", "id-of-juma", "juma", "reader"),
    ]
    assert do("person", "erase", "id-of-Tano").exit_code == 0
    log = answer(do(*look, "to count", *VERIFIER))["log"]
    assert (log[0]["named"], log[0]["reason"]) == ("id-of-Tano", "for a lesson")


def test_nobody_reads_about_themselves_nor_what_they_have_a_conflict_with(
    do: Do, tmp_path: Path
) -> None:
    from bot.vault import KeyRing, Vault

    vault = Vault(KeyRing.load(Settings.load().keyring))
    about = vault.digest("attacked", "id-of-Zuri").hex()
    vault.close()
    stored({"id": "RA", "journalist": about}, {"id": "RB", "application": "F7K2QM"})
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        db.execute(
            "INSERT INTO applications (id, person_id, fund, kind, state, holder, conflicts, "
            "submitted_at, asks, about) VALUES ('F7K2QM', 'p', 'safety', 'family', 'vetting', '', "
            "'id-of-Olu', 1, '', '')"
        )
    for record, kept_from, other in (("RA", "Zuri", "Olu"), ("RB", "Olu", "Zuri")):
        for command in ("show", "evidence"):
            asked = ("record", command, record, "--reason", "x", "--by")
            refused(do(*asked, kept_from), "Somebody else has to read it")
            assert do(*asked, other).exit_code == 0


def test_why_somebody_looked_is_sealed(do: Do, tmp_path: Path) -> None:
    stored({"id": "RA"})
    answer(do("record", "show", "RA", "--reason", "asked by the UN", *VERIFIER, "--json"))
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
    found = answer(do("record", "show", "RB", "--reason", "for the report", *VERIFIER, "--json"))
    assert found["sources"] == ["the editor", "the hospital"]
    assert [entry["kind"] for entry in found["log"]] == ["verified", "shown"]


def test_what_was_corrected_is_counted_so_and_the_old_stays_in_the_log(do: Do) -> None:
    stored({"id": "RA"})
    correct = ("record", "correct", "ra", "--reason", "the reporter wrote")
    refused(do(*correct, "--set", "when=2026-05-14T10"), "when: no date")
    refused(do(*correct, "--set", "city=Mombasa"), "more exact than its reporter allowed")
    refused(do(*correct, "--set", "cls=murder"), "cls: unknown")
    refused(do(*correct, "--set", "kinds=raid"), "not of this class")
    refused(do(*correct, "--set", "state=verified"), "write one of cls")
    refused(do("record", "correct", "RA", "--set", "when=2026", "--reason", " "), "for a reason")
    done = do(*correct, "--set", "when=2026-04-30", "--set", "cls=torture")
    assert done.exit_code == 0
    assert do("record", "verify", "RA", "--state", "one_source", "--source", "a").exit_code == 0
    (line,) = answer(do("record", "list", "--json"))
    assert (line["class"], line["month"], line["state"]) == ("torture", "2026-04", "one_source")
    found = answer(do("record", "show", "RA", "--reason", "to see", *VERIFIER, "--json"))
    assert (found["when"], found["corrected"]) == ("2026-04-30", ["cls", "when"])
    changes = [(e["field"], e["was"], e["now"]) for e in found["log"] if e["kind"] == "corrected"]
    assert changes == [("when", "2026-05-13", "2026-04-30"), ("cls", "killing", "torture")]
    assert "corrected" in do("record", "show", "RA", "--reason", "to see", *VERIFIER).stdout


def test_what_is_new_since_somebody_looked_is_counted(do: Do) -> None:
    late = SystemClock().now() - 1_000
    stored({"id": "RA", "reported_at": late - 1, "evidence": [["photo", "ab" * 32, late]]})
    assert answer(do("record", "list", "--json"))[0]["new"] == 1
    assert do("record", "show", "RA", "--reason", "to see", *BY).exit_code == 0
    assert answer(do("record", "list", "--json"))[0]["new"] == 0


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
    stored(*({"id": f"R{n}", "journalist": "x"} for n in range(4)))
    for pair in (("R0", "R1"), ("R2", "R3"), ("R1", "R2")):
        assert do("record", "same", *pair).exit_code == 0
    (event,) = {line["event"] for line in answer(do("record", "list", "--json"))}
    assert event


def test_what_was_taken_out_of_an_event_is_not_joined_again_by_its_name(do: Do) -> None:
    stored(*({"id": f"R{n}", "journalist": "x"} for n in range(3)))
    for act in (("same", "R0", "R1"), ("apart", "R0"), ("same", "R0", "R2")):
        assert do("record", *act).exit_code == 0
    event = {line["id"]: line["event"] for line in answer(do("record", "list", "--json"))}
    assert event["R0"] == event["R2"] != event["R1"]


def test_every_record_of_a_group_is_compared_before_groups_are_joined(do: Do) -> None:
    stored(
        {"id": "RA", "journalist": "x"},
        {"id": "RB", "journalist": "y"},
        {"id": "RC", "journalist": "x"},
    )
    why = ("--reason", "two names of one person")
    assert do("record", "same", "RA", "RB", *why).exit_code == 0
    told = do("record", "same", "RA", "RC")
    refused(told, "other journalist")
    assert "RB and RC" in told.stderr


def test_what_does_not_look_like_one_event_is_linked_for_a_reason_only(do: Do) -> None:
    stored({"id": "RA", "journalist": "x"}, {"id": "RB", "journalist": "y"})
    refused(do("record", "same", "RA", "RB"), "other journalist")
    assert {line["event"] for line in answer(do("record", "list", "--json"))} == {None}
    told = do("record", "same", "RA", "RB", "--reason", "two names of one person")
    assert told.exit_code == 0
    log = answer(do("record", "show", "RA", "--reason", "to see", *VERIFIER, "--json"))["log"]
    assert "two names of one person" in json.dumps(log)


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
    refused(do("record", "show", "RA", "--reason", "why not", *BY), "withdrawn and erased")


# ---------------------------------------------------------------- files, handed out

PDF = b"%PDF-1.7 a warrant"


def sent(*bodies: bytes, record: str = "RA") -> list[Path]:
    """A record with these files, stored as they would be; where they lie."""
    from bot.files import Folder
    from bot.store.store import Store
    from bot.vault import KeyRing, Vault

    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        yield body

    paths, rows, told = [], [], []

    async def write() -> None:
        settings, now = Settings.load(), SystemClock().now()
        vault = Vault(KeyRing.load(settings.keyring))
        vault.new_people([record])
        folder, store = Folder(settings.files, vault), Store.open(settings.async_database_url)
        for n, body in enumerate(bodies):
            name = "abcdefghijklmno" + chr(ord("a") + n)
            kept = await folder.write(record, name, pieces(body), 10**7)
            seen = {"kind": "photo", "mime": kept.kind, "sha256": kept.sha256, "at": now}
            told.append(["photo", kept.sha256, now])
            paths.append(folder.path / name)
            rows.append({"id": name, "person_id": record, "case_id": record, "flow": "record",
                         "subject": record, "by": "somebody", "channel": "signal", "source": name,
                         "sealed": vault.seal(record, encode(seen), "attachment"),
                         "state": "kept", "size": kept.size, "attempts": 0, "next_at": now,
                         "created_at": now + n, "error": None})  # fmt: skip
        async with store.write() as conn:
            await conn.execute(t.attachments.insert(), rows)
        await store.close()
        vault.close()

    asyncio.run(write())
    stored({"id": record, "evidence": told})
    return paths


def test_evidence_is_handed_out_as_it_came(do: Do, tmp_path: Path) -> None:
    sent(JPEG, PDF)
    to = tmp_path / "out"
    export = ("record", "evidence", "ra", "--reason", "the court asked", *BY, "--to", str(to))
    made = answer(do(*export, "--json"))
    assert (to / "RA-001.jpg").read_bytes() == JPEG
    assert (to / "RA-002.pdf").read_bytes() == PDF
    assert json.loads((to / "RA-manifest.json").read_text()) == made
    assert sorted(path.name for path in to.iterdir()) == [
        "RA-001.jpg", "RA-002.pdf", "RA-manifest.json",
    ]  # fmt: skip
    assert all(path.stat().st_mode & 0o077 == 0 for path in (to, *to.iterdir()))
    first = made["files"][0]
    assert first["sha256"] == sha256(JPEG).hexdigest()
    assert (first["size"], first["type"], first["sent_by"]) == (len(JPEG), "image/jpeg", "witness")
    assert "somebody" not in json.dumps(made)
    refused(do(*export), "RA-001.jpg is there already")
    log = answer(do("record", "show", "RA", "--reason", "to see", *VERIFIER, "--json"))["log"]
    assert [(e["kind"], e["reason"]) for e in log[:1]] == [("exported", "the court asked")]
    assert len(log) == 2


def test_no_file_is_written_where_one_of_the_names_is_taken(do: Do, tmp_path: Path) -> None:
    sent(JPEG)
    (tmp_path / "RA-manifest.json").symlink_to(tmp_path / "nowhere")
    export = ("record", "evidence", "RA", "--reason", "x", *BY, "--to", str(tmp_path))
    refused(do(*export), "is there already")
    assert not (tmp_path / "RA-001.jpg").exists()


def test_files_are_read_for_a_reason_only(do: Do, tmp_path: Path) -> None:
    sent(JPEG)
    assert do("record", "evidence", "RA").exit_code == 2
    out = str(tmp_path / "out")
    refused(do("record", "evidence", "RA", "--reason", " ", *BY, "--to", out), "for a reason only")
    refused(do("record", "evidence", "RB", "--reason", "x", *BY, "--to", out), "no record RB")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_longer_what_arrived_is_found(do: Do, tmp_path: Path) -> None:
    ours, cut, lost, other = sent(JPEG, PDF, b"GIF89a", b"OggS")
    cut.write_bytes(cut.read_bytes()[:-1])
    lost.unlink()
    flipped = bytearray(other.read_bytes())
    flipped[-1] ^= 1
    other.write_bytes(flipped)
    check = do("record", "evidence", "RA", "--reason", "once a year", *BY, "--json")
    assert check.exit_code == 1
    found = json.loads(check.stdout)["files"]
    assert [each["intact"] for each in found] == [True, False, False, False]
    assert [each.get("why") for each in found[1:]] == [
        "not here, or cut", "not here, or cut", "other bytes than were kept",
    ]  # fmt: skip
    to = tmp_path / "out"
    export = do("record", "evidence", "RA", "--reason", "x", *BY, "--to", str(to))
    assert export.exit_code == 1
    assert sorted(path.name for path in to.iterdir()) == ["RA-001.jpg", "RA-manifest.json"]
    assert ours.exists()


def test_a_file_whose_hash_was_another_is_not_left_lying(do: Do, tmp_path: Path) -> None:
    """Sealed rightly, and yet not what was noted when it was kept."""
    from bot.vault import KeyRing, Vault

    sent(JPEG)
    settings = Settings.load()
    vault = Vault(KeyRing.load(settings.keyring))
    seen = {"kind": "photo", "mime": "image/jpeg", "sha256": "ab" * 32, "at": 1}
    sealed = vault.seal("RA", encode(seen), "attachment")
    vault.close()
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        db.execute("UPDATE attachments SET sealed = ?", (sealed,))
    made = do(
        "record", "evidence", "RA", "--reason", "x", *BY, "--to", str(tmp_path / "o"), "--json"
    )
    assert made.exit_code == 1
    first, noted = json.loads(made.stdout)["files"]
    assert (first["intact"], first["why"]) == (False, "other bytes than were kept")
    assert noted["sha256_as_sent"] == sha256(JPEG).hexdigest()
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["RA-manifest.json"]
