"""Two organisations, each with its own installation, ask each other without naming anybody."""

import asyncio
import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.batch import Address, Batch, Instance, Someone
from bot.clock import ManualClock
from bot.commands import askable, partners
from bot.commands.shell import Opened
from bot.config import Settings
from bot.jid import file as files
from bot.jid.protocol import Subject
from bot.jid.secret import parse_secret, say_secret
from bot.store import tables as t
from bot.store.retention import purge
from bot.store.store import Store
from bot.vault import KeyRing, Vault
from flows.fund.terms import Fund, Partner
from tests.test_commands import environment
from tests.transcript import play, read
from tests.world import World

FORMS = Path(__file__).parent / "transcripts" / "fund"
SECRET = say_secret(bytes(range(32)))
OTHER = say_secret(bytes(range(1, 33)))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = 86_400_000
ALL = ["check", "story", "documents", "contact"]

FUND = """
name = "Fund of {us}"
currency = "EUR"
[consent]
check = "They may be asked."
story = "They may read it."
documents = "They may have them."
contact = "They may write."
[[partner]]
id = "{them}"
name = "{called}"
[[partner]]
id = "third"
name = "Third Trust"
"""

AMINA = {"name": "Amina Qandil", "used_name": "", "birth_year": 1988, "outlet": "Al-Hayat"}
AMINA_THERE = {"name": "أمينة قنديل", "used_name": "", "birth_year": 1988, "outlet": ""}
OMAR = {"name": "Omar Zerrouki", "used_name": "", "birth_year": 1979, "outlet": "Radio Example"}
LENA = {"name": "Lena Fischer", "used_name": "Lena Sommer", "birth_year": "", "outlet": ""}


@dataclass
class Place:
    """One installation: its command line, and applications put straight into its store."""

    folder: Path
    partner: str
    clock: ManualClock
    monkeypatch: pytest.MonkeyPatch
    database: str = ""
    people: int = 0

    @property
    def env(self) -> dict[str, str]:
        more = {"ONBELAY_CONFIG": str(self.folder / "onbelay.toml")}
        if self.database:
            more["ONBELAY_DATABASE_URL"] = self.database
        found = environment(self.folder, **more)
        return {k: v for k, v in found.items() if k.startswith("ONBELAY_")}

    def do(self, *args: str, typed: str | None = None) -> Result:
        for key in [k for k in os.environ if k.startswith("ONBELAY_")]:
            self.monkeypatch.delenv(key)
        for key, value in self.env.items():
            self.monkeypatch.setenv(key, value)
        self.monkeypatch.setattr("bot.commands.shell.SystemClock", lambda: self.clock)
        return CliRunner().invoke(app, args, input=typed)

    def jid(self, what: str, *args: str, partner: str = "") -> Result:
        return self.do("jid", what, "--partner", partner or self.partner, *args)

    def answer(self, what: str, *args: str) -> Any:
        result = self.jid(what, *args, "--json")
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    def add(self, secret: str = SECRET, name: str = "") -> Result:
        return self.do("jid", "partner", "add", name or self.partner, typed=secret + "\n")

    def export(self, *args: str, name: str = "ours.jid") -> Path:
        out = self.folder / name
        self.answer("export", "--out", str(out), *args)
        return out

    def hits(self, theirs: Path) -> list[dict[str, Any]]:
        self.answer("import", str(theirs))
        found = self.answer("match")["hits"]
        assert isinstance(found, list)
        return found

    def applies(self, ref: str, journalist: object, consent: object = None, **more: Any) -> None:
        asyncio.run(self._applies(ref, journalist, consent, **more))

    async def _applies(
        self, ref: str, journalist: object, consent: object = None, **more: Any
    ) -> None:
        vault = Vault(KeyRing.load(self.folder / "onbelay.keyring"))
        settings = Settings.load(self.env)
        store = Store.open(settings.async_database_url)
        try:
            async with store.write() as conn:
                batch = Batch(conn, vault, self.clock.now())
                self._put(batch, ref, journalist, consent, **more)
                await batch.write()
        finally:
            await store.close()
            vault.close()

    def _put(
        self,
        batch: Batch,
        ref: str,
        journalist: object,
        consent: object = None,
        *,
        who: str = "me",
        number: str = "",
        proven: bool = True,
        state: str = "submitted",
        ended: int | None = None,
        fund: str = "safety",
    ) -> None:
        self.people += 1
        person, now = f"person{self.people}", self.clock.now()
        batch.vault.new_people([person])
        profile = {"name": "N", "lang": "en", "tz": "UTC"}
        batch.put_person(Someone(person, "journalist", "medium", False, True, now, profile))
        if number:
            at, since = f"address{self.people}", now if proven else None
            uuid = f"uuid-{self.people}"
            batch.put_address(
                Address(at, person, "signal", uuid, number, at, f"n{at}", "ok", since, now)
            )
        agreed = {self.partner: ALL} if consent is None else consent
        answers = {"who": who, "journalist": journalist, "consent": agreed}
        data = {"id": ref, "fund": fund, "case": "protection", "answers": answers}
        one = Instance("application", ref, person, state, 1, 1, data, ref)
        batch.set("instance", batch.instances, ("application", ref), one)
        batch.put_application(
            {
                "id": ref, "person_id": person, "fund": fund, "kind": "protection",
                "state": state, "holder": "", "conflicts": "", "submitted_at": now,
                "due_at": None, "ended_at": ended,
            }
        )  # fmt: skip

    def withdraws(self, ref: str) -> None:
        """As the flow leaves it: the row says so, what it said is gone."""
        with sqlite3.connect(self.folder / "onbelay.sqlite3") as db:
            db.execute("UPDATE applications SET state = 'withdrawn' WHERE id = ?", (ref,))

    def stored(self) -> bytes:
        return b"".join(p.read_bytes() for p in self.folder.glob("onbelay.sqlite3*"))

    def rows(self, table: str) -> int:
        with sqlite3.connect(self.folder / "onbelay.sqlite3") as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def made(
    folder: Path, us: str, them: str, clock: ManualClock, patch: Any, database: str = ""
) -> Place:
    (folder / "funds").mkdir(parents=True)
    (folder / "funds" / "safety.toml").write_text(
        FUND.format(us=us, them=them.lower(), called=f"{them} Trust")
    )
    config = f'organisation = "{us} Trust"\n[fund]\nfolder = "funds"\n'
    (folder / "onbelay.toml").write_text(config)
    place = Place(folder, them.lower(), clock, patch, database)
    assert place.do("init").exit_code == 0
    return place


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(int(NOW.timestamp() * 1000))


@pytest.fixture
def two(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, Place]:
    """North and South, who share a secret."""
    monkeypatch.setattr("bot.logs.setup", lambda *_: None)
    both = (
        made(tmp_path / "north", "North", "South", clock, monkeypatch),
        made(tmp_path / "south", "South", "North", clock, monkeypatch),
    )
    for place in both:
        assert place.add().exit_code == 0
    return both


@pytest.fixture
def north(two: tuple[Place, Place]) -> Place:
    return two[0]


@pytest.fixture
def south(two: tuple[Place, Place]) -> Place:
    return two[1]


PROMPT = "Secret, all groups (not shown):"  #: the runner puts on stdout what is asked on stderr


def refused(result: Result, *told: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout.strip() in ("", PROMPT)
    assert "Traceback" not in result.stderr
    for words in told:
        assert words in result.stderr


# ---------------------------------------------------------------- there and back


def test_both_learn_that_one_person_asked_them_and_whom_they_did_not_ask_stays_unknown(
    north: Place, south: Place
) -> None:
    north.applies("FAMIN", AMINA)
    north.applies("FOMAR", OMAR)
    south.applies("FTHEM", AMINA_THERE, {"north": ["check"]})
    south.applies("FLENA", LENA)
    (here,) = north.hits(south.export())
    (there,) = south.hits(north.export())
    assert here == {
        "application": "FAMIN",
        "known_to_them_as": there["theirs"],
        "theirs": there["known_to_them_as"],
        "strength": "name and year",
        "do": "ask each other",
        "may_pass": ["story", "documents", "contact"],
    }
    assert (there["application"], there["may_pass"]) == ("FTHEM", [])
    assert here["strength"] == there["strength"]


def test_who_is_asked_about_is_found_by_what_the_partner_calls_it(
    north: Place, south: Place
) -> None:
    north.applies("FAMIN", AMINA)
    south.applies("FTHEM", AMINA_THERE, {"north": ["check", "story"]})
    (hit,) = north.hits(south.export())
    said = hit["theirs"].lower().replace("-", " ")
    found = south.answer("whose", said)
    assert found == {"partner": "north", "application": "FTHEM", "may_pass": ["story"]}
    shown = south.jid("whose", said)
    assert shown.stdout == "application: FTHEM\nmay pass: story\n"
    refused(north.jid("whose", said), "withdrawn since")


def test_a_match_says_what_to_do_and_what_may_pass(north: Place, south: Place) -> None:
    north.applies("FAMIN", AMINA, {"south": ["check", "contact"]})
    north.applies("FOMAR", OMAR, {"south": ["check"]})
    south.applies("F1", AMINA)
    south.applies("F2", OMAR)
    assert north.jid("import", str(south.export())).exit_code == 0
    shown = north.jid("match")
    assert shown.exit_code == 0
    lines = {line.split()[0]: line for line in shown.stdout.splitlines() if " F" in line}
    assert lines["FAMIN"].rstrip().endswith("ask each other   contact")
    assert lines["FOMAR"].rstrip().endswith("ask each other   nothing")
    assert "2 to ask South Trust about" in shown.stderr
    assert "never a reason to refuse" in shown.stderr


def test_nobody_in_common_is_said(north: Place, south: Place) -> None:
    north.applies("FAMIN", AMINA)
    south.applies("FOMAR", OMAR)
    assert north.hits(south.export()) == []
    shown = north.jid("match")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "Nobody in common with South Trust" in shown.stderr


def test_seventy_hits(north: Place, south: Place) -> None:
    async def all_apply(place: Place) -> None:
        for n in range(70):
            one = {"name": f"{NAMES[n // 10]} {NAMES[n % 10]}ov", "birth_year": 1950 + n % 50}
            await place._applies(f"F{place.partner[0]}{n:03}", one)

    asyncio.run(all_apply(north))
    asyncio.run(all_apply(south))
    found = north.hits(south.export())
    assert {hit["application"] for hit in found} == {f"Fs{n:03}" for n in range(70)}
    assert len({hit["theirs"] for hit in found}) == 70
    assert len(found) == 70
    assert north.jid("match").stdout.count("ask each other") == 70


NAMES = (
    "Baldur", "Cosima", "Dragan", "Fintan", "Gudrun", "Hortense", "Jaroslav", "Kunigunde",
    "Lubomir", "Philippa",
)  # fmt: skip


def test_nothing_personal_is_printed_or_stands_in_a_file_or_in_the_store(
    north: Place, south: Place
) -> None:
    north.applies("FAMIN", AMINA, number="+201001234567")
    south.applies("FTHEM", AMINA, number="+201001234567")
    file = south.export()
    said = [
        *(north.jid("import", str(file)), north.jid("match"), north.jid("match", "--json")),
        *(north.do("jid", "partner", "list"), south.jid("whose", "7K2Q-X0M4")),
    ]
    written = "".join(result.output for result in said).encode() + north.stored() + south.stored()
    for word in (b"Amina", b"Qandil", b"1988", b"Hayat", b"201001234567"):
        assert word not in written
        assert word not in file.read_bytes()
    assert bytes(range(32)) not in north.stored()
    assert json.loads(file.read_bytes())["entries"][0].encode() not in north.stored()


# ---------------------------------------------------------------- who is in a file


def exported(place: Place) -> int:
    number = place.answer("export", "--out", str(place.folder / f"{os.urandom(4).hex()}.jid"))
    return int(number["applications"])


@pytest.mark.parametrize(
    "consent",
    [
        {},
        {"third": ALL},
        {"south": []},
        {"south": ["story", "documents", "contact"]},
        {"south": "check"},
        {"south": {"check": True}},
        ["south"],
        "check",
    ],
)
def test_who_did_not_agree_that_this_partner_is_asked_is_in_no_file_and_is_not_looked_for(
    north: Place, south: Place, consent: object
) -> None:
    north.applies("FAMIN", AMINA, consent)
    south.applies("FTHEM", AMINA)
    assert exported(north) == 0
    assert south.hits(north.export()) == []
    assert north.hits(south.export()) == []


def test_consent_for_another_partner_is_used_for_that_one_alone(north: Place) -> None:
    north.applies("FAMIN", AMINA, {"third": ["check"], "south": ["story"]})
    assert north.add(OTHER, "third").exit_code == 0
    out = str(north.folder / "third.jid")
    told = json.loads(north.jid("export", "--out", out, "--json", partner="third").stdout)
    assert (told["applications"], exported(north)) == (1, 0)


def test_who_has_withdrawn_is_in_no_file_and_no_match(north: Place, south: Place) -> None:
    north.applies("FAMIN", AMINA)
    south.applies("FTHEM", AMINA)
    file = south.export()
    assert len(north.hits(file)) == 1
    north.withdraws("FAMIN")
    assert exported(north) == 0
    assert north.answer("match")["hits"] == []


def test_who_has_withdrawn_and_came_back_with_a_restored_database_stays_out(north: Place) -> None:
    north.applies("FAMIN", AMINA)
    north.applies("FOMAR", OMAR)
    vault = Vault(KeyRing.load(north.folder / "onbelay.keyring"))
    vault.erase("FAMIN")
    vault.close()
    assert exported(north) == 1


def test_a_person_who_was_erased_is_in_no_file(north: Place) -> None:
    north.applies("FAMIN", AMINA)
    assert north.do("person", "erase", "person1", "--force").exit_code == 0
    assert exported(north) == 0


@pytest.mark.parametrize(
    ("ended", "inside"), [(0, True), (300, True), (340, True), (366, False), (800, False)]
)
def test_what_was_decided_is_asked_about_while_it_counts_against_another_grant(
    north: Place, clock: ManualClock, ended: int, inside: bool
) -> None:
    north.applies("FAMIN", AMINA, state="closed", ended=clock.now() - ended * DAY)
    assert exported(north) == inside


def test_a_fund_that_gives_as_often_as_needed_asks_about_open_ones_only() -> None:
    fund = Fund("f", {"en": "F"}, "EUR", once_in_months=0, partners=(Partner("south", "S"),))
    now = int(NOW.timestamp() * 1000)
    assert askable.counts({"ended_at": None}, fund, "south", now)
    assert not askable.counts({"ended_at": now}, fund, "south", now)
    assert not askable.counts({"ended_at": None}, fund, "north", now)
    assert not askable.counts({"ended_at": None}, None, "south", now)


def test_a_fund_that_no_longer_names_the_partner_has_nobody_asked_about(north: Place) -> None:
    north.applies("FAMIN", AMINA)
    path = north.folder / "funds" / "safety.toml"
    path.write_text(path.read_text().replace('"south"', '"west"'))
    assert exported(north) == 0
    assert "(in no fund)" in north.do("jid", "partner", "list").stdout


@pytest.mark.parametrize(
    ("here", "there", "strength"),
    [
        ({"number": "+20 100 123 4567"}, {"number": "+201001234567"}, "phone"),
        ({"number": "+201001234567", "who": "relative"}, {"number": "+201001234567"}, ""),
        ({"number": "+201001234567", "who": "colleague"}, {"number": "+201001234567"}, ""),
        ({"number": "+201001234567", "proven": False}, {"number": "+201001234567"}, ""),
        ({}, {"number": "+201001234567"}, ""),
    ],
)
def test_a_phone_counts_where_it_is_the_journalists_own(
    north: Place, south: Place, here: Any, there: Any, strength: str
) -> None:
    """The same two people under names that have nothing in common."""
    north.applies("FAMIN", AMINA, **here)
    south.applies("FTHEM", OMAR, **there)
    found = [hit["strength"] for hit in north.hits(south.export())]
    assert found == ([strength] if strength else [])


def test_a_name_that_is_used_in_public_is_found_too(north: Place, south: Place) -> None:
    north.applies("F1", LENA | {"birth_year": "1990"})
    south.applies("F2", {"name": "Lena Sommer", "birth_year": 1991})
    assert [hit["strength"] for hit in north.hits(south.export())] == ["name and year"]


@pytest.mark.parametrize("journalist", [None, "Amina", [], {"name": 7, "birth_year": True}, {}])
def test_answers_of_another_shape_leave_nothing_to_compare(
    north: Place, south: Place, journalist: object
) -> None:
    north.applies("FAMIN", journalist)
    south.applies("FTHEM", journalist)
    assert north.hits(south.export()) == []


def test_subjects_hold_what_is_known_and_no_more() -> None:
    assert askable.subject("F1", AMINA) == Subject("F1", ("Amina Qandil",), 1988, ("Al-Hayat",))
    typed = {"name": " A B ", "used_name": " ", "birth_year": "١٩٨٨", "country": "EG"}
    assert askable.subject("F1", typed) == Subject("F1", ("A B",), 1988)


# ---------------------------------------------------------------- what the form really asks


async def test_whoever_agreed_in_the_chat_is_asked_about_and_nobody_else_is_asked(
    tmp_path: Path,
) -> None:
    """The answers are those that the form gives, up to its review; then it is sent."""
    script = read(FORMS / "protection.txt")
    script.people[0].where = "+995555000009"
    world = World(tmp_path / "world", "\n".join(script.config))
    await world.start()
    try:
        script.beats = script.beats[: 1 + [b.line for b in script.beats].index(LAST_FILE)]
        await play(script, world)
        await world.presses("Amina", "That is all")
        assert await asked(world, "rsf") == []
        await world.presses("Amina", "Send it")
        (one,) = await asked(world, "rsf")
        assert await asked(world, "cpj") == []
    finally:
        await world.stop()
    told = "Radio Example, freelance"
    phones = ("+995555000009",)
    assert one.subject == Subject(one.subject.ref, ("Amina",), 1986, (told,), phones)
    assert one.may_pass == ("story",)


LAST_FILE = "  amina > (document 3KB)"


async def asked(world: World, partner: str) -> list[askable.Askable]:
    assert world.app is not None
    store, vault = world.app.store, world.app.vault
    settings = Settings.load({}, world.folder / "onbelay.toml")
    async with store.read() as conn:
        return await askable.askable(Opened(settings, store, vault, world.clock), conn, partner)


# ---------------------------------------------------------------- partners


def added(place: Place) -> list[dict[str, Any]]:
    result = place.do("jid", "partner", "list", "--json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_a_secret_is_drawn_for_reading_it_out(north: Place) -> None:
    first, second = (north.do("jid", "secret") for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout != second.stdout
    assert len(parse_secret(first.stdout)) == 32
    assert "over the phone" in first.stderr
    north.do("jid", "partner", "remove", "south")
    assert north.add(first.stdout.strip().lower().replace("-", "")).exit_code == 0


def test_partners_are_listed_with_their_files(
    north: Place, south: Place, clock: ManualClock
) -> None:
    expected = {"partner": "south", "name": "South Trust", "readable": True, "file": None}
    (one,) = added(north)
    assert one == expected | {"added_at": "2026-11-21T12:00:00.000Z"}
    file = south.export("--days", "3")
    clock.set(clock.now() + DAY)
    north.answer("import", str(file))
    assert added(north)[0]["file"] == {
        "made_at": "2026-11-21T12:00:00.000Z",
        "expires_at": "2026-11-24T12:00:00.000Z",
        "imported_at": "2026-11-22T12:00:00.000Z",
        "expired": False,
    }
    shown = north.do("jid", "partner", "list").stdout
    assert all(word in shown for word in ("south", "South Trust", "2026-11-21", "2026-11-24"))
    clock.set(clock.now() + 2 * DAY)
    assert added(north)[0]["file"]["expired"] is True
    assert "expired" in north.do("jid", "partner", "list").stdout


def test_the_secret_is_shown_neither_while_it_is_typed_nor_later(north: Place) -> None:
    added_third = north.add(OTHER, "third")
    assert added_third.exit_code == 0
    assert "Third Trust" in added_third.stdout
    assert OTHER not in added_third.output
    assert OTHER not in north.do("jid", "partner", "list", "--json").output


def test_a_secret_comes_from_a_file_too(north: Place) -> None:
    path = north.folder / "secret.txt"
    path.write_text(f"\ufeff{OTHER}\n", "utf-8")
    path.chmod(0o600)
    args = ("jid", "partner", "add", "third", "--secret-file", str(path))
    result = north.do(*args)
    assert result.exit_code == 0, result.stderr
    assert f"Now delete {path}" in result.stderr
    assert "can be read by others" not in result.stderr
    north.do("jid", "partner", "remove", "third")
    path.chmod(0o644)
    assert "can be read by others" in north.do(*args).stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a whole secret"),
        (b"\xff\xfe\x00", "not text"),
        (None, "No such file"),
        (OTHER.replace(OTHER[0], "Z", 1).encode(), "Group 1 of the secret"),
    ],
)
def test_a_secret_that_is_not_right_is_refused(
    north: Place, content: bytes | None, told: str
) -> None:
    path = north.folder / "secret.txt"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    result = north.do("jid", "partner", "add", "third", "--secret-file", str(path))
    refused(result, told, "Nothing was stored")
    assert len(added(north)) == 1


def test_a_partner_of_no_fund_is_refused(north: Place) -> None:
    refused(north.add(OTHER, "west"), 'no fund has a partner "west"', "Use one of: south, third.")
    (north.folder / "funds" / "safety.toml").unlink()
    refused(north.add(OTHER, "third"), "Add [[partner]] to the fund's file")


def test_a_partner_who_is_there_already_keeps_its_secret(north: Place, south: Place) -> None:
    refused(north.add(OTHER), "is a partner already", "onbelay jid partner remove south")
    north.answer("import", str(south.export()))


def test_two_partners_with_one_secret_are_refused(north: Place) -> None:
    refused(north.add(SECRET, "third"), "south has the same secret", "onbelay jid secret")
    assert len(added(north)) == 1


def test_without_a_name_of_our_own_nothing_is_signed(north: Place) -> None:
    config = north.folder / "onbelay.toml"
    config.write_text(config.read_text().replace("North Trust", ""))
    told = "`organisation` is not set"
    refused(north.add(OTHER, "third"), told)
    out = north.folder / "x.jid"
    refused(north.jid("export", "--out", str(out)), told)
    assert not out.exists()


@pytest.mark.parametrize("what", ["export", "import", "match", "whose"])
def test_nothing_is_done_with_somebody_who_is_no_partner(north: Place, what: str) -> None:
    (north.folder / "any").write_text("any")
    more = {"export": ("--out", str(north.folder / "x.jid")), "match": ()}
    args = more.get(what, (str(north.folder / "any"),))
    refused(north.jid(what, *args, partner="third"), '"third" is no partner yet')
    assert not (north.folder / "x.jid").exists()


# ---------------------------------------------------------------- partners go


def test_a_partner_who_is_removed_leaves_nothing_that_can_be_read(
    north: Place, south: Place
) -> None:
    north.answer("import", str(south.export()))
    copy = sqlite3.connect(":memory:")
    with sqlite3.connect(north.folder / "onbelay.sqlite3") as db:
        db.backup(copy)
        (key,) = db.execute("SELECT key FROM partners").fetchone()
    result = north.do("jid", "partner", "remove", "south")
    assert result.exit_code == 0, result.stderr
    assert "ask them to delete these" in result.stderr
    assert [north.rows(t) for t in ("partners", "partner_files", "forgotten")] == [0, 0, 0]
    assert key.startswith("jid:south:")
    vault = Vault(KeyRing.load(north.folder / "onbelay.keyring"))
    assert key in vault.erased()
    vault.close()
    refused(north.jid("match"), "is no partner yet")
    refused(north.do("jid", "partner", "remove", "south"), "is no partner yet")

    with sqlite3.connect(north.folder / "onbelay.sqlite3") as db:
        copy.backup(db)
    assert added(north)[0]["readable"] is False
    listed = north.do("jid", "partner", "list")
    assert "came back with an older copy" in listed.stderr
    refused(north.jid("match"), "is no partner yet")


def test_a_partner_comes_back_with_another_secret_and_knows_applications_by_the_same_names(
    north: Place, south: Place
) -> None:
    north.applies("FAMIN", AMINA)
    south.applies("FTHEM", AMINA)
    old = south.export()
    (before,) = north.hits(old)
    for place in (north, south):
        assert place.do("jid", "partner", "remove", place.partner).exit_code == 0
        assert place.add(OTHER).exit_code == 0
    refused(north.jid("match"), "there is no file of south")
    refused(north.jid("import", str(old)), "another secret than yours")
    (after,) = north.hits(south.export(name="new.jid"))
    assert after == before


def test_two_partners_know_an_application_by_different_names(north: Place) -> None:
    vault = Vault(KeyRing.load(north.folder / "onbelay.keyring"))
    first, second = partners.own(vault, "south"), partners.own(vault, "third")
    assert len(first) == 32
    assert first != second
    assert first == partners.own(vault, "south")
    vault.close()


# ---------------------------------------------------------------- the file that is made


def test_a_file_is_its_owners_alone_and_never_overwrites(north: Place) -> None:
    north.applies("FAMIN", AMINA)
    out = north.folder / "for-south.jid"
    result = north.jid("export", "--out", str(out), "--days", "14")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"file: {out}", "applications: 1", "good until: 2026-12-05 12:00 UTC",
    ]  # fmt: skip
    assert "give it to that partner alone" in result.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    content = out.read_bytes()
    refused(north.jid("export", "--out", str(out)), "exists already and is not overwritten")
    assert out.read_bytes() == content
    link = north.folder / "link.jid"
    link.symlink_to(north.folder / "elsewhere")
    refused(north.jid("export", "--out", str(link)), "exists already")
    assert not (north.folder / "elsewhere").exists()
    nowhere = str(north.folder / "none" / "x.jid")
    refused(north.jid("export", "--out", nowhere), "No file was made")


def test_a_file_says_who_made_it_and_nothing_of_the_partner(north: Place) -> None:
    head = json.loads(north.export().read_bytes())
    assert (head["partnership"], head["maker"]) == ("JID", "North Trust")
    assert (head["made"], head["expires"]) == ("2026-11-21T12:00:00Z", "2026-12-21T12:00:00Z")
    assert "outh" not in json.dumps(head)


def test_a_file_of_nobody_looks_like_one_of_a_few(north: Place) -> None:
    assert north.answer("export", "--out", str(north.folder / "x.jid")) == {
        "partner": "south",
        "file": str(north.folder / "x.jid"),
        "applications": 0,
        "expires_at": "2026-12-21T12:00:00.000Z",
    }
    assert len(json.loads((north.folder / "x.jid").read_bytes())["entries"]) == 16


@pytest.mark.parametrize("days", ["0", "-1", "91", "soon"])
def test_a_file_is_good_for_a_day_to_ninety(north: Place, days: str) -> None:
    out = north.folder / "x.jid"
    assert north.jid("export", "--out", str(out), "--days", days).exit_code == 2
    assert not out.exists()


# ---------------------------------------------------------------- files that are refused


def untouched(place: Place, path: Path, *told: str) -> None:
    """Refused, and what was there before is still compared with."""
    before = place.rows("partner_files")
    refused(place.jid("import", str(path)), *told)
    assert place.rows("partner_files") == before


def test_a_file_made_with_another_secret_is_refused(north: Place, south: Place) -> None:
    south.do("jid", "partner", "remove", "north")
    south.add(OTHER)
    untouched(north, south.export(), "another secret than yours", "over the phone")


def test_a_file_that_was_changed_is_refused(north: Place, south: Place) -> None:
    path = south.export()
    body = json.loads(path.read_bytes())
    for change in (
        {"expires": "2027-11-21T12:00:00Z"},
        {"maker": "South Trus"},
        {"made": "2026-11-20T12:00:00Z"},
        {"entries": list(reversed(body["entries"]))},
    ):
        path.write_text(json.dumps(body | change))
        untouched(north, path, "was changed after it was made")
    path.write_text(json.dumps(body | {"version": 2}))
    untouched(north, path, "newer version")
    path.write_text(json.dumps(body)[:-9])
    untouched(north, path, "cut off on its way")
    path.write_text(json.dumps(body, indent=4))
    assert north.jid("import", str(path)).exit_code == 0


def test_an_expired_file_is_refused_also_after_it_was_stored(
    north: Place, south: Place, clock: ManualClock
) -> None:
    file = south.export("--days", "2")
    north.answer("import", str(file))
    clock.set(clock.now() + 2 * DAY)
    refused(north.jid("match"), "was good until 2026-11-23T12:00:00Z only", "a new one")
    untouched(north, file, "was good until")


def test_our_own_file_is_refused(north: Place) -> None:
    untouched(north, north.export(), 'made by "North Trust", which is you')


def test_the_newest_file_counts(north: Place, south: Place, clock: ManualClock) -> None:
    north.applies("FAMIN", AMINA)
    older = south.export(name="older.jid")
    south.applies("FTHEM", AMINA)
    clock.set(clock.now() + 60_000)
    newer = south.export(name="newer.jid")
    assert north.hits(older) == []
    assert len(north.hits(newer)) == 1
    untouched(north, older, "a newer one of 2026-11-21 12:01 UTC is here", "Delete this one")
    assert len(north.hits(newer)) == 1
    assert north.rows("partner_files") == 1


def test_a_file_from_the_future_does_not_stand_before_all_others(
    north: Place, south: Place, clock: ManualClock
) -> None:
    clock.set(clock.now() + 2 * DAY)
    file = south.export()
    clock.jump(-2 * DAY)
    untouched(north, file, "has not come yet", "One of the two clocks is wrong")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a file that `onbelay jid export` makes"),
        (b"{}", "not a file that `onbelay jid export` makes"),
        (b"\x89PNG", "not a file that `onbelay jid export` makes"),
        (None, "No such file"),
    ],
)
def test_what_is_no_file_of_a_partner_is_refused(
    north: Place, content: bytes | None, told: str
) -> None:
    path = north.folder / "theirs.jid"
    if content is not None:
        path.write_bytes(content)
    untouched(north, path, told)


def test_a_file_that_is_far_too_large_is_not_read_to_its_end(north: Place) -> None:
    path = north.folder / "theirs.jid"
    with path.open("wb") as file:
        file.truncate(files.LARGEST * 100)
    untouched(north, path, "too large")


def test_a_file_of_somebody_else_under_a_partners_name_is_refused(
    north: Place, south: Place
) -> None:
    assert north.add(OTHER, "third").exit_code == 0
    result = north.jid("import", str(south.export()), partner="third")
    refused(result, "another secret than yours")


def test_what_was_changed_in_the_store_is_refused(north: Place, south: Place) -> None:
    north.answer("import", str(south.export()))
    with sqlite3.connect(north.folder / "onbelay.sqlite3") as db:
        db.execute("UPDATE partner_files SET sealed = substr(sealed, 1, 400)")
    refused(north.jid("match"), "Stored bytes (partner file) don't fit their key")


async def test_expired_files_are_deleted_with_the_rest_that_is_over(
    store: Store, vault: Vault
) -> None:
    kinds = Settings.load({}).retention_ms
    keep = dict.fromkeys(kinds, DAY)
    made = {"made_at": 1, "imported_at": 1, "sealed": b""}
    async with store.write() as conn:
        rows = [{"partner": f"p{at}", "expires_at": at, **made} for at in (10, 20)]
        await conn.execute(t.partner_files.insert(), rows)
    await purge(store, vault, 15, keep)
    async with store.read() as conn:
        left = [row.partner for row in await conn.execute(select(t.partner_files))]
    assert left == ["p20"]


def test_a_partner_on_either_database(
    database_url: str, south: Place, tmp_path: Path, clock: ManualClock, monkeypatch: Any
) -> None:
    url = database_url.replace("+aiosqlite", "").replace("+asyncpg", "")
    west = made(tmp_path / "west", "West", "South", clock, monkeypatch, url)
    assert west.add().exit_code == 0
    west.applies("FAMIN", AMINA, number="+201001234567")
    south.applies("FTHEM", AMINA, number="+201001234567")
    for name in ("first.jid", "second.jid"):
        assert [hit["strength"] for hit in west.hits(south.export(name=name))] == ["phone"]
    assert added(west)[0]["file"]["expired"] is False
    assert west.do("jid", "partner", "remove", "south").exit_code == 0
    assert added(west) == []
    assert west.add().exit_code == 0
    refused(west.jid("match"), "there is no file of south")
