"""What doctor finds: each test makes a healthy installation ill in one way."""

import json
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, Table

from bot.batch import Address, Batch, Someone
from bot.channels.base import Channel
from bot.channels.simulator.client import Simulator
from bot.clock import ManualClock
from bot.config import Settings
from bot.doctor import CHECKS, Finding, Look, Severity, examine
from bot.files import Folder
from bot.languages import LOCALES
from bot.outbox import rank
from bot.store import migrate
from bot.store import tables as t
from bot.store.store import Store, set_meta
from bot.text import Text
from bot.vault import KeyRing, Vault
from flows.engine.model import Lane
from tests.test_funds_config import SMALL
from tests.world import Player, world

NOON = 1_795_262_400_000
MINUTE = 60_000
HOUR = 60 * MINUTE


class Platform(Simulator):
    wrong: tuple[str, ...] = ()

    async def check(self) -> list[str]:
        if self.wrong == ("gone",):
            raise ConnectionError("a secret url")
        return list(self.wrong)


@dataclass
class Patient:
    look: Look
    platform: Platform

    async def findings(self, check: str = "") -> list[Finding]:
        """All that isn't well, or what one check says."""
        self.look.people.clear()
        self.look.cards.clear()
        found = await examine(self.look)
        if check:
            return [f for f in found if f.check == check]
        return [f for f in found if f.severity is not Severity.OK]

    async def only(self, check: str, severity: Severity = Severity.ERROR) -> Finding:
        """The one thing that is wrong."""
        (found,) = await self.findings()
        assert (found.check, found.severity) == (check, severity)
        return found

    async def put(self, table: Table, *rows: dict[str, Any]) -> None:
        async with self.look.store.write() as conn:
            await conn.execute(table.insert(), list(rows))

    async def alive(self, ms: int) -> None:
        async with self.look.store.write() as conn:
            await set_meta(conn, "alive_at", str(ms))

    async def person(self, name: str, **more: Any) -> str:
        """`name` is also the id."""
        vault = self.look.vault
        vault.new_people([name])
        where = f"{name}-where"
        fields = {"proven_at": NOON, "state": "ok", "channel": "telegram"}
        given = {k: more.pop(k) for k in list(more) if k in fields}
        profile = {"name": f"Name of {name}", "lang": "en", "tz": "UTC", **more.pop("profile", {})}
        someone = Someone(name, "journalist", "medium", False, True, NOON, profile)
        address = Address(
            id=f"{name}-a",
            person=name,
            where=where,
            number="",
            hash=vault.digest("address", "telegram", where).hex(),
            number_hash=None,
            used_at=NOON,
            **{**fields, **given},
        )
        async with self.look.store.write() as conn:
            batch = Batch(conn, vault, NOON)
            batch.put_person(replace(someone, **more))
            batch.put_address(address)
            await batch.write()
        return name

    async def checkin(self, person: str, state: str, *timers: str) -> None:
        row = {"flow": "checkin", "subject": person, "person_id": person}
        sealed = self.look.vault.seal(person, b"{}", "instance/checkin")
        await self.put(
            t.instances, {**row, "state": state, "version": 1, "revision": 1, "sealed": sealed}
        )
        for name in timers:
            await self.put(t.timers, {**row, "name": name, "due": NOON + HOUR, "revision": 1})

    async def case(self, person: str, state: str, *timers: str, **more: Any) -> str:
        """With its instance, its timers, and a log of one line as the engine writes it."""
        case, vault = "K7Q2", self.look.vault
        row = {"flow": "escalation", "subject": case, "person_id": person}
        await self.put(
            t.instances, {**row, "state": state, "version": 1, "revision": 1, "sealed": b""}
        )
        for name in timers:
            await self.put(t.timers, {**row, "name": name, "due": NOON + HOUR, "revision": 1})
        await self.put(
            t.cases,
            {
                "id": case,
                "person_id": person,
                "kind": "overdue",
                "phase": "alert",
                "state": "acknowledged" if state == "answered" else state,
                "silent": False,
                "only": "",
                "line": False,
                "quiet": False,
                "opened_at": NOON - MINUTE,
                "acknowledged_by": "",
                "sealed": b"",
                **more,
            },
        )
        chain = vault.digest("chain", "", case, str(NOON), "opened", "", "overdue").hex()
        await self.put(
            t.case_log,
            {
                "case_id": case,
                "at": NOON,
                "kind": "opened",
                "by": "",
                "sealed": vault.seal(person, b'{"text":"overdue"}', "log"),
                "chain": chain,
            },
        )
        return case


def english() -> Text:
    """Other languages may be behind while somebody works on them."""
    return Text({"en": Text.load(LOCALES).language("en")})


def owners_alone(folder: Path) -> None:
    for file in folder.glob("patient.*"):
        file.chmod(0o600)


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    """Healthy: two coordinators who can be reached, an engine that lives."""
    store = Store.open(f"sqlite+aiosqlite:///{tmp_path}/patient.sqlite3")
    await migrate.upgrade(store)
    owners_alone(tmp_path)
    vault = Vault(KeyRing.create(tmp_path / "patient.keyring"))
    clock = ManualClock(NOON)
    platform = Platform("telegram", clock)
    channels: dict[str, Channel] = {"telegram": platform}
    look = Look(Settings.load({}), store, vault, clock, english(), channels)
    made = Patient(look, platform)
    await made.alive(NOON - 3_000)
    for name in ("omar", "lina"):
        await made.person(name, role="coordinator", profile={"about": "speaks English"})
    yield made
    await store.close()
    vault.close()


async def test_a_healthy_installation(patient: Patient) -> None:
    await patient.person("amina")
    await patient.checkin("amina", "waiting", "remind", "due")
    await patient.case("amina", "open", "repeat", "phase")
    assert await patient.findings() == []
    assert {f.check for f in await examine(patient.look)} >= {"database", *CHECKS}


async def test_no_finding_names_anybody(patient: Patient) -> None:
    await patient.person("amina", proven_at=None, state="blocked", risk="high")
    await patient.checkin("amina", "asked")
    for finding in await patient.findings():
        assert "Name of" not in finding.text
        assert "-where" not in finding.text


@pytest.mark.parametrize(
    ("day", "days", "says"),
    [
        ("2026-10-22", 30, ""),
        ("2026-10-21", 30, "2026-10-21 (EUR, USD) are older than 30 days"),
        ("2026-11-22", 1, ""),
        ("2026-11-23", 1, "in the future"),
    ],
)
async def test_exchange_rates_of_another_time(
    patient: Patient, tmp_path: Path, day: str, days: int, says: str
) -> None:
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "small.toml").write_text(SMALL, "utf-8")
    for date in (day, "2026-01-01"):  # an older table, which nothing goes by any more
        with (tmp_path / "rates.toml").open("a") as file:
            file.write(f'[[table]]\ndate = "{date}"\nbase = "EUR"\ndays = {days}\n')
            file.write('rates = {USD = "1.08"}\n')
    config = tmp_path / "onbelay.toml"
    config.write_text('[fund]\nfolder = "funds"\nrates = "rates.toml"\n', "utf-8")
    patient.look.settings = Settings.load({}, config)
    found = [f for f in await patient.findings("rates") if f.severity is not Severity.OK]
    assert [f.severity for f in found] == [Severity.WARN] * bool(says)
    assert says in "".join(f.text for f in found)


@pytest.mark.parametrize(("details", "said"), [("signal", 1), ("any", 0)])
async def test_an_officer_who_has_no_signal_can_read_no_request(
    patient: Patient, tmp_path: Path, details: str, said: int
) -> None:
    await patient.person("olga", role="officer")
    (tmp_path / "funds").mkdir()
    fund = tmp_path / "funds" / "small.toml"
    fund.write_text(f'details = "{details}"\n{SMALL}', "utf-8")
    config = tmp_path / "onbelay.toml"
    config.write_text('[fund]\nfolder = "funds"\n', "utf-8")
    patient.look.settings = Settings.load({}, config)
    found = [f for f in await patient.findings("officers") if f.severity is Severity.WARN]
    assert [f.about for f in found] == [("olga",)] * said


async def test_a_check_that_fails_is_a_finding(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: Look) -> list[Finding]:
        raise ValueError("Name of amina")

    monkeypatch.setitem(CHECKS, "inbox", fails)
    found = await patient.only("inbox")
    assert "ValueError" in found.text
    assert "amina" not in found.text


# ---------------------------------------------------------------- machine


async def test_another_key_ring(patient: Patient, tmp_path: Path) -> None:
    await patient.findings()  # the first look ties ring and database together
    other = Vault(KeyRing.create(tmp_path / "other.keyring"))
    patient.look = replace(patient.look, vault=other)
    assert (await patient.only("database")).text.startswith("this key ring is not the one")
    other.close()


async def test_a_database_that_others_can_open(patient: Patient) -> None:
    assert patient.look.store.path
    patient.look.store.path.chmod(0o644)
    assert "chmod 600" in (await patient.only("files", Severity.WARN)).text


@pytest.fixture
def configured(patient: Patient, tmp_path: Path) -> Callable[[str], None]:
    """The same installation with these lines in its configuration."""

    def configured(lines: str) -> None:
        path = tmp_path / "patient.toml"
        path.write_text(lines)
        path.chmod(0o600)
        patient.look = replace(patient.look, settings=Settings.load({}, path))

    return configured


async def test_a_folder_of_files_that_is_not_there_yet(
    patient: Patient, configured: Callable[[str], None]
) -> None:
    configured('files = "not yet"')
    assert await patient.findings() == []


async def test_a_folder_of_files_as_the_engine_makes_it(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    configured('files = "kept"')
    patient.look.vault.new_people(["amina"])

    async def bytes_of_it() -> AsyncIterator[bytes]:
        yield b"a photo"

    await Folder(tmp_path / "kept", patient.look.vault).write("amina", "f", bytes_of_it(), 99)
    assert patient.look.settings.files == tmp_path / "kept"
    assert await patient.findings() == []


async def test_a_folder_of_files_that_others_can_open(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    configured('files = "kept"')
    (tmp_path / "kept").mkdir(mode=0o755)
    found = await patient.only("attachments", Severity.WARN)
    assert f"chmod 700 {tmp_path / 'kept'}" in found.text


async def test_a_folder_of_files_that_is_none(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    configured('files = "kept"')
    (tmp_path / "kept").write_text("a file in its place")
    assert "can't be written to" in (await patient.only("attachments")).text


async def test_own_cards_that_are_well(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    configured('[guidance]\nfolder = "cards"')
    (missing,) = await patient.findings()
    assert "there is no such folder" in missing.text
    own = tmp_path / "cards" / "fr" / "burns.md"
    own.parent.mkdir(parents=True)
    shutil.copy(LOCALES / "fr" / "guidance" / "burns.md", own)
    assert await patient.findings() == []


async def test_an_own_card_that_cannot_be_read(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    """The file is named, and the line."""
    configured('[guidance]\nfolder = "cards"')
    own = tmp_path / "cards" / "en" / "burns.md"
    own.parent.mkdir(parents=True)
    text = (LOCALES / "en" / "guidance" / "burns.md").read_text("utf-8")
    own.write_text(text.replace("\n## fire\n", "\n### fire\n"), "utf-8")
    found = await patient.only("guidance", Severity.WARN)
    line = text[: text.index("## fire")].count("\n") + 1
    assert found.text.startswith(f"{own}:{line}: ")
    assert "our card instead" in found.text


async def test_a_disk_that_fills_up(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 50_000_000))
    assert "50 MB" in (await patient.only("disk")).text


async def test_a_clock_that_was_set_back(patient: Patient) -> None:
    await patient.alive(NOON + HOUR)
    assert "3600 s behind" in (await patient.only("clock")).text


async def test_a_time_zone_that_nobody_knows(patient: Patient) -> None:
    await patient.person("amina", profile={"tz": "Mars/Olympus"})
    assert (await patient.only("time zones")).about == ("amina",)


async def test_an_engine_that_stopped(patient: Patient) -> None:
    await patient.alive(NOON - HOUR)
    await patient.only("engine", Severity.WARN)
    await patient.person("amina")
    await patient.checkin("amina", "waiting", "due")
    assert "1 timers are set" in (await patient.only("engine")).text


async def test_timers_that_nobody_claims(patient: Patient) -> None:
    await patient.person("amina")
    await patient.checkin("amina", "waiting", "due")
    patient.look.clock.advance(2 * HOUR)  # type: ignore[attr-defined]
    await patient.alive(NOON + 2 * HOUR)
    assert "overdue" in (await patient.only("engine")).text


async def test_a_channel_that_is_ill(patient: Patient) -> None:
    patient.platform.wrong = ("The token is refused.",)
    assert "telegram: The token is refused." in (await patient.only("channels")).text
    patient.platform.wrong = ("gone",)
    found = await patient.only("channels")
    assert "ConnectionError" in found.text
    assert "secret" not in found.text


async def test_a_channel_that_is_off_but_has_people(patient: Patient) -> None:
    await patient.person("amina", channel="signal")
    assert (await patient.only("channels")).about == ("amina",)


async def test_a_language_that_is_behind(patient: Patient) -> None:
    spoken = patient.look.text.language("en")
    patient.look.text = Text({"en": spoken, "xx": replace(spoken, code="xx", entries={})})
    found = await patient.only("languages", Severity.WARN)
    assert found.text.startswith("xx: ")


# ---------------------------------------------------------------- people


async def test_coordinators_of_whom_nobody_can_choose(patient: Patient) -> None:
    for name in ("omar", "lina"):
        await patient.person(name, role="coordinator")
    finding = await patient.only("coordinators", Severity.WARN)
    assert "about me" in finding.text
    await patient.person("lina", role="coordinator", profile={"about": "speaks French"})
    assert await patient.findings() == []


async def test_too_few_coordinators(patient: Patient) -> None:
    async with patient.look.store.write() as conn:
        await conn.execute(
            t.addresses.update().where(t.addresses.c.id == "omar-a").values(state="blocked")
        )
    found = {f.check: f for f in await patient.findings()}
    assert set(found) == {"coordinators", "addresses"}
    assert "1 of at least 2" in found["coordinators"].text


async def test_a_ladder_that_reaches_nobody(patient: Patient, tmp_path: Path) -> None:
    config = tmp_path / "onbelay.toml"
    config.write_text('[[escalation.step]]\nafter = "0m"\nnotify = ["nobody-here"]\n')
    patient.look.settings = Settings.load({}, config)
    found = await patient.findings("ladder")
    assert [f.severity for f in found] == [Severity.ERROR] * 2
    assert "nobody-here" in found[0].text


async def test_addresses_that_never_wrote(patient: Patient) -> None:
    await patient.person("amina", proven_at=None)
    assert (await patient.only("addresses", Severity.WARN)).about == ("amina",)


async def test_somebody_who_can_not_be_reached_at_all(patient: Patient) -> None:
    await patient.person("amina", state="blocked")
    found = await patient.findings("addresses")
    assert [f.severity for f in found] == [Severity.WARN, Severity.ERROR]
    assert "(blocked)" in found[0].text


async def test_a_new_identity_waits_for_a_human(patient: Patient) -> None:
    await patient.person("amina", profile={"changed": True})
    assert (await patient.only("identities")).about == ("amina",)


async def test_high_risk_without_code_words(patient: Patient) -> None:
    await patient.person("amina", risk="high")
    assert (await patient.only("code words", Severity.WARN)).about == ("amina",)


async def test_somebody_erased_who_came_back_with_a_backup(patient: Patient) -> None:
    await patient.person("amina")
    patient.look.vault.erase("amina")
    found = await patient.only("people")
    assert found.about == ("amina",)
    assert "erased" in found.text


async def test_somebody_whose_key_is_missing(patient: Patient) -> None:
    await patient.person("amina")
    async with patient.look.store.write() as conn:
        await conn.execute(t.persons.update().where(t.persons.c.id == "amina").values(sealed=b"x"))
    assert (await patient.only("people")).about == ("amina",)


async def a_verified_record(patient: Patient) -> None:
    """With two lines in its log."""
    vault = patient.look.vault
    vault.new_people(["RA"])
    record = {"id": "RA", "person_id": "amina", "state": "verified", "checked": b"", "sealed": b""}
    await patient.put(t.records, {**record, "created_at": NOON, "ended_at": None})
    chain = ""
    for kind in ("shown", "verified"):
        clear = b'{"reason":"checked"}'
        chain = vault.chained(chain, "RA", str(NOON), kind, clear.decode())
        line = {"record_id": "RA", "at": NOON, "kind": kind, "chain": chain}
        await patient.put(t.record_log, {**line, "sealed": vault.seal("RA", clear, "record_log")})


@pytest.mark.parametrize(
    "tampered",
    [
        t.record_log.update().where(t.record_log.c.seq == 2).values(at=NOON - 1),
        t.record_log.update().where(t.record_log.c.seq == 2).values(kind="linked"),
        t.record_log.update().where(t.record_log.c.seq == 1).values(sealed=b""),
        t.record_log.delete().where(t.record_log.c.seq == 1),
        t.record_log.delete(),
    ],
    ids=["time", "kind", "text", "missing line", "no line"],
)
async def test_the_log_of_a_record_that_was_tampered_with(
    patient: Patient, tampered: Executable
) -> None:
    await a_verified_record(patient)
    assert not [f for f in await patient.findings() if f.check == "record log"]
    async with patient.look.store.write() as conn:
        await conn.execute(tampered)
    found = await patient.only("record log")
    assert found.about == ("RA",)


# ---------------------------------------------------------------- what waits


async def test_messages_set_aside_or_stuck(patient: Patient) -> None:
    row = {"channel": "telegram", "sender": "", "urgent": False, "sealed": b""}
    await patient.put(
        t.inbox,
        {**row, "key": "1", "received_at": NOON - HOUR, "state": "aside", "error": "KeyError"},
        {**row, "key": "2", "received_at": NOON - HOUR, "state": "waiting", "error": None},
    )
    await patient.put(
        t.inbox,
        {**row, "key": "3", "received_at": NOON - HOUR, "state": "aside", "error": "Erased"},
    )
    old, aside, stuck = await patient.findings()
    assert old.severity is Severity.WARN
    assert "older copy of the database" in old.text
    assert "1 received messages could not be handled" in aside.text
    assert "(KeyError)" in aside.text
    assert "1 received messages have waited" in stuck.text


async def test_messages_that_do_not_arrive(patient: Patient) -> None:
    def row(n: int, lane: Lane, **more: Any) -> dict[str, Any]:
        ids = {"id": f"m{n}", "channel": "telegram", "address_id": "a", "person_id": "omar"}
        state = {"rank": rank(lane), "case_id": "", "sealed": b"", "state": "waiting"}
        times = {"attempts": 0, "next_at": NOON, "created_at": NOON, "error": None, "drill": ""}
        return {**ids, **state, **times, **more}

    await patient.put(
        t.outbox,
        row(1, Lane.URGENT, created_at=NOON - 2 * MINUTE),
        row(2, Lane.ROUTINE, created_at=NOON - 2 * HOUR),
        row(3, Lane.ROUTINE, attempts=9),
        row(4, Lane.REPLY, state="failed", error="blocked"),
        row(5, Lane.REPLY, state="sent", attempts=9, created_at=NOON - 9 * HOUR),
        row(6, Lane.BULK, drill="X7/in", attempts=9, created_at=NOON - 9 * HOUR),
        row(7, Lane.BULK, drill="X7", state="failed", error="blocked", person_id="noor"),
    )
    urgent, old, stubborn, failed = await patient.findings("outbox")
    assert (urgent.severity, urgent.about) == (Severity.ERROR, ("m1",))
    assert [f.about for f in (old, stubborn, failed)] == [("m2",), ("m3",), ("omar",)]


# ---------------------------------------------------------------- nobody forgotten


@pytest.mark.parametrize(
    ("state", "timers", "fine"),
    [
        ("waiting", ("remind",), True),
        ("waiting", ("due",), True),
        ("waiting", (), False),
        ("waiting", ("grace",), False),
        ("reminded", ("due",), True),
        ("reminded", ("remind",), False),
        ("asked", ("grace",), True),
        ("asked", (), False),
        ("overdue", (), False),
        ("safe", (), True),
        ("new", (), True),
    ],
)
async def test_a_check_in_without_its_timer(
    patient: Patient, state: str, timers: tuple[str, ...], fine: bool
) -> None:
    await patient.person("amina")
    await patient.checkin("amina", state, *timers)
    assert [f.about for f in await patient.findings()] == ([] if fine else [("amina",)])


async def test_an_overdue_check_in_whose_case_is_open(patient: Patient) -> None:
    await patient.person("amina")
    await patient.checkin("amina", "overdue")
    await patient.case("amina", "acknowledged", "ack")
    assert await patient.findings() == []


@pytest.mark.parametrize(
    ("state", "timers", "fine"),
    [
        ("open", ("repeat",), True),
        ("open", ("phase",), False),
        ("acknowledged", ("ack",), True),
        ("acknowledged", (), False),
        ("answered", (), True),
        ("closed", (), True),
    ],
)
async def test_a_case_that_nobody_hears_of_any_more(
    patient: Patient, state: str, timers: tuple[str, ...], fine: bool
) -> None:
    await patient.person("amina")
    await patient.case("amina", state, *timers)
    assert [f.about for f in await patient.findings()] == ([] if fine else [("K7Q2",)])


async def test_a_case_that_nobody_takes(patient: Patient) -> None:
    await patient.person("amina")
    await patient.case("amina", "open", "repeat", opened_at=NOON - 2 * HOUR)
    assert "#K7Q2" in (await patient.only("cases")).text


@pytest.mark.parametrize("change", [{"at": NOON + 1}, {"kind": "closed"}, {"by": "omar"}])
async def test_a_case_log_that_was_changed(patient: Patient, change: dict[str, Any]) -> None:
    await patient.person("amina")
    await patient.case("amina", "closed")
    assert await patient.findings() == []
    async with patient.look.store.write() as conn:
        await conn.execute(t.case_log.update().values(**change))
    assert (await patient.only("case log")).about == ("K7Q2",)


async def test_a_case_log_whose_text_was_replaced_or_deleted(patient: Patient) -> None:
    await patient.person("amina")
    await patient.case("amina", "closed")
    sealed = patient.look.vault.seal("amina", json.dumps({"text": "all good"}).encode(), "log")
    async with patient.look.store.write() as conn:
        await conn.execute(t.case_log.update().values(sealed=sealed))
    await patient.only("case log")
    async with patient.look.store.write() as conn:
        await conn.execute(t.case_log.delete())
    await patient.only("case log")


async def test_what_the_engine_leaves_behind_is_consistent(tmp_path: Path) -> None:
    """A missed check-in and a call for help on the real engine; then somebody meddles."""
    async with world(tmp_path / "world") as w:
        for name in ("omar", "lina"):
            await w.add(Player(name, "coordinator"))
        await w.add(Player("amina"))
        await w.says("amina", "checkin 1h")
        await w.after(2 * HOUR)
        await w.says("amina", "sos")
        assert w.app
        channels: dict[str, Channel] = {"telegram": Simulator("telegram", w.clock)}
        look = Look(w.app.settings, w.app.store, w.app.vault, w.clock, english(), channels)
        quiet = ("engine", "files")
        found = [f for f in await examine(look) if f.severity is Severity.ERROR]
        assert [f for f in found if f.check not in quiet] == []
        async with w.app.store.write() as conn:
            first = t.case_log.select().order_by(t.case_log.c.seq)
            row = (await conn.execute(first)).first()
            assert row
            await conn.execute(t.case_log.delete().where(t.case_log.c.seq == row.seq))
        found = [f for f in await examine(look) if f.check == "case log"]
        assert found[0].about == (row.case_id,)


async def test_a_drill_script_with_a_mistake(
    patient: Patient, configured: Callable[[str], None], tmp_path: Path
) -> None:
    configured('[drills]\nscripts = "own"')
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "walk.txt").write_text("title A walk\npeoples a: journalist\n")
    found = await patient.only("drill scripts")
    assert found.text.startswith("walk.txt, line 2: 'peoples' is not known here. ")
    assert "restart" in found.text


async def test_a_drill_that_cannot_go_on(patient: Patient) -> None:
    row = {"trainer": "tara", "script": "panic", "pace": 1, "began_at": NOON, "people": ""}
    await patient.put(t.drills, {"id": "XK7Q2AB", "state": "running", **row})
    async with patient.look.store.write() as conn:
        await set_meta(conn, "drill_failed/XK7Q2AB", str(NOON))
    found = await patient.only("drills going on")
    assert "XK7Q2AB" in found.about
    assert "onbelay drill recall XK7Q2AB" in found.text
