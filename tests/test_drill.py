"""Drills on the real engine: nothing of one is in the real tables, nothing real is lost in one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, true

from bot.channels.base import Retry
from bot.drill.report import Targets, as_data, seen_in
from bot.store import tables as t
from bot.store.store import Store
from flows.engine.model import Event, Facts, Kind, Person, Role
from flows.engine.rehearsal import Belongs, Part, belongs
from tests.world import ISOLATES, Player, World, world

#: Tables in which a drill may leave something: who gives it, what it says, what it must forget.
OF_DRILLS = {"drills", "drill_inbox", "instances", "timers", "outbox", "parts", "focus", "codes"}
#: What the real engine keeps of every message, whatever it is for.
OF_MESSAGES = {"inbox", "meta", "alembic_version", "addresses", "persons"}
MARKS = ("DRILL", "EXERCICE", "تمرين")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Tara", "trainer"))
        await made.add(Player("Amina", words=("river", "lantern")))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await made.add(Player("Lina", "coordinator"))
        yield made


async def begin(here: World, name: str = "panic") -> None:
    await here.says("Tara", f"drill {name}")
    for who in ("Amina", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Amina", "Take part")
    await here.presses("Omar", "Take part")
    await here.presses("Tara", "Begin now")


async def counts(store: Store) -> dict[str, int]:
    async with store.read() as conn:
        return {
            name: int(await conn.scalar(select(func.count()).select_from(table)) or 0)
            for name, table in t.metadata.tables.items()
        }


async def real_rows(store: Store) -> dict[str, list[str]]:
    """Every row of every table that a drill has nothing in; and of the others, what isn't a
    drill's."""
    not_of_drills = {
        "instances": t.instances.c.flow.not_in(("drill", "trainer", "surprise")),
        "timers": t.timers.c.flow.not_in(("drill", "trainer", "surprise")),
    }
    async with store.read() as conn:
        return {
            name: sorted(map(repr, (await conn.execute(select(table).where(which))).all()))
            for name, table in t.metadata.tables.items()
            if name not in OF_DRILLS | OF_MESSAGES or name in not_of_drills
            for which in [not_of_drills.get(name, true())]
        }


async def test_nothing_of_a_drill_is_in_the_real_tables(here: World) -> None:
    assert here.app is not None
    before = await counts(here.app.store)
    await begin(here)
    await here.says("Amina", "sos")
    await here.presses("Omar", "I have it")
    await here.says("Omar", "note (id) she is at home")
    after = await counts(here.app.store)
    hall = next(iter(here.app.halls.halls.values()))
    assert (await counts(hall.store))["cases"] == 1
    changed = {name for name, n in after.items() if n != before[name]}
    assert changed <= OF_DRILLS | OF_MESSAGES
    assert after["cases"] == after["case_log"] == after["records"] == after["attachments"] == 0
    async with here.app.store.read() as conn:
        rows = (await conn.execute(select(t.instances.c.flow, t.instances.c.subject))).all()
    flows = {row.flow for row in rows}
    assert flows & {"checkin", "panic", "escalation"} == set()


async def test_every_message_of_it_begins_with_the_mark(here: World) -> None:
    await begin(here)
    before = len(here.said)
    await here.says("Amina", "sos")
    await here.after(10 * 60_000)
    await here.says("Tara", "recall")
    said = here.said[before:]
    assert len(said) > 5
    for each in said:
        assert each.text.translate(ISOLATES).startswith(MARKS), each.text
        assert each.lane == "bulk"


async def test_a_real_checkin_goes_on_beside_a_drill(here: World) -> None:
    await here.says("Amina", "checkin 30m")
    await begin(here, "missed_checkin")
    await here.says("Amina", "checkin 45m")
    await here.after(31 * 60_000)
    real = [s for s in here.said if s.to == "Amina" and s.lane == "routine"]
    assert "How is your day" in real[-1].text
    await here.says("Amina", "ok")
    assert (await here.states())["Amina.checkin"] == "waiting"


async def test_a_duress_word_that_no_script_waits_for_is_real_and_shows_nothing(
    tmp_path: Path,
) -> None:
    """The same words, once with the ordinary word, once with the duress word."""
    phones = {}
    for word in ("river", "lantern"):
        async with world(tmp_path / word) as here:
            await here.add(Player("Tara", "trainer"))
            await here.add(Player("Amina", words=("river", "lantern")))
            await here.add(Player("Omar", "coordinator", ("signal",), duty=True))
            await begin(here, "missed_checkin")
            await here.says("Amina", "checkin 30m")
            await here.after(35 * 60_000)
            await here.says("Amina", word)
            await here.says("Amina", "thanks")
            await here.says("Tara", "recall")
            seen = [(s.lane, s.text, s.labels) for s in here.said if s.to == "Amina"]
            trainer = [(s.lane, s.text) for s in here.said if s.to == "Tara"]
            called = [s for s in here.said if s.to == "Omar" and s.lane == "urgent"]
            phones[word] = (seen, trainer, bool(called))
    assert phones["river"][0] == phones["lantern"][0]
    assert phones["river"][1] == phones["lantern"][1]
    assert not phones["river"][2]
    assert phones["lantern"][2]


async def test_whoever_got_nothing_is_not_told_that_it_is_over(here: World) -> None:
    await begin(here)
    await here.says("Tara", "recall")
    told = [s.to for s in here.said if "The drill is over" in s.text]
    assert sorted(told) == ["Amina", "Omar"]


async def test_a_drill_whose_database_is_gone_does_not_keep_the_rest_from_starting(
    here: World,
) -> None:
    await begin(here)
    assert here.app is not None
    folder = here.app.settings.drills_folder
    await here.stop()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    await here.start()
    await here.says("Amina", "sos")
    assert any(s.to == "Omar" and s.lane == "urgent" for s in here.said)


@pytest.mark.parametrize(
    ("ending", "well"), [("safe, spoken to", 1_200_000), ("nothing more to do", None)]
)
async def test_the_figures_of_the_report_are_those_of_the_case_log(
    here: World, ending: str, well: int | None
) -> None:
    """Counted again from the drill's own case log, by other code. That a case is closed doesn't
    say that somebody is well."""
    await begin(here)
    assert here.app is not None
    began = here.clock.now()
    await here.after(60_000)
    await here.says("Amina", "sos")
    await here.after(4 * 60_000)
    await here.presses("Omar", "I have it")
    await here.after(16 * 60_000)
    found = here.last("Omar").text.translate(ISOLATES)
    case = found.partition("#")[2][:7]
    await here.says("Omar", f"close {case} {ending}")
    app = here.app
    hall = next(iter(app.halls.halls.values()))
    async with hall.store.read() as conn:
        log = (await conn.execute(select(t.case_log).order_by(t.case_log.c.seq))).all()
    async with app.store.read() as conn:
        row = (await conn.execute(select(t.drills))).one()._mapping
    script, targets = app.world.scripts["panic"], Targets(300_000, 600_000)
    seen = await seen_in(hall.store, app.vault, row, script, targets)
    figures = as_data(row, seen, [], targets)
    at = {line.kind: line.at for line in reversed(log)}
    (one,) = figures["cases"]
    assert one["event"] == 60_000
    assert one["acknowledged"] == at["acknowledged"] - began == 5 * 60_000
    assert one["closed"] == at["closed"] - began == 21 * 60_000
    assert figures["times"] == {"to_acknowledgement": 240_000, "to_welfare": well}
    assert [p["name"] for p in figures["people"]] == ["Amina", "Omar"]
    assert {m["step"] for m in figures["missing"]} == {"stand_down"}


async def test_what_happened_in_a_drill_is_deleted_in_time(here: World) -> None:
    await begin(here)
    await here.says("Tara", "recall")
    assert here.app is not None
    folder = here.app.settings.drills_folder
    assert list(folder.iterdir())
    await here.app.halls.tidy(here.clock.now())
    assert list(folder.iterdir())
    await here.app.halls.tidy(here.clock.now() + 1)
    assert not list(folder.iterdir())
    assert await here.count("drills") == await here.count("instances", flow="drill") == 0


# ---------------------------------------------------------------- a real call, however it falls


async def real_calls(here: World) -> int:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(t.cases)) or 0)


@pytest.mark.parametrize("first", ["sos", "help me", "sos they are here"])
async def test_whoever_calls_twice_before_the_drill_has_looked_calls_for_real(
    here: World, first: str
) -> None:
    await begin(here, "panic")
    with here.held():
        await here.says("Amina", first)
        await here.says("Amina", "sos")
    await here.run()
    assert await real_calls(here) == 1


async def test_a_second_call_is_real_after_the_first_was_closed(here: World) -> None:
    await begin(here)
    await here.says("Amina", "sos")
    await here.presses("Omar", "I have it")
    await here.says("Omar", "close (id) safe, spoken to")
    await here.says("Amina", "sos")
    assert await real_calls(here) == 1


@pytest.mark.parametrize("gone", [("Amina", "leave"), ("Tara", "recall")])
async def test_whoever_has_left_a_moment_ago_calls_for_real(
    here: World, gone: tuple[str, str]
) -> None:
    await begin(here)
    with here.held():
        await here.says(*gone)
        here.clock.set(here.clock.now() + 20_000)
        await here.says("Amina", "sos")
    await here.run()
    assert await real_calls(here) == 1


async def test_a_call_is_real_where_the_prompt_has_not_arrived(here: World) -> None:
    await here.says("Tara", "drill panic")
    for who in ("Amina", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Amina", "Take part")
    await here.presses("Omar", "Take part")
    here.phone("Amina").fault = Retry("down")
    await here.presses("Tara", "Begin now")
    await here.says("Amina", "sos")
    assert await real_calls(here) == 1


async def test_a_number_is_for_the_real_call_that_waits(here: World) -> None:
    await here.add(Player("Paul"))
    await begin(here)
    await here.says("Paul", "sos")
    await here.says("Amina", "sos")
    await here.says("Omar", "1")
    assert here.app is not None
    async with here.app.store.read() as conn:
        assert await conn.scalar(select(t.cases.c.acknowledged_by)) == here.players["Omar"].id


@pytest.mark.parametrize(
    ("real", "whose"), [({}, Belongs.DRILL), ({"panic": "active"}, Belongs.STOPS)]
)
async def test_the_script_takes_no_call_while_a_real_one_is_open(
    here: World, real: dict[str, str], whose: Belongs
) -> None:
    assert here.app is not None
    world = here.app.world
    amina = Person("a", Role.JOURNALIST, "Amina")
    facts = Facts(world.policy, amina, words=world.words, states=real)
    said = Event("e", Kind.TEXT, "text", 0, 0, "a", text="sos")
    assert belongs(said, facts, world.flows, Part("X", expects=frozenset({"sos"}))) is whose


async def test_a_call_is_real_while_a_real_one_is_open(here: World) -> None:
    """She comes late, and the script waits for a call."""
    await here.add(Player("Paul"))
    await here.says("Tara", "drill panic")
    for who in ("Amina", "Paul", "That is all", "Omar", "That is all", "As it is"):
        await here.presses("Tara", who)
    await here.presses("Tara", "Don't tell them")
    await here.presses("Paul", "Take part")
    await here.presses("Omar", "Take part")
    await here.presses("Tara", "Begin now")
    await here.says("Amina", "sos")
    await here.presses("Amina", "Take part")
    assert "When it is closed, you can take part" in here.last("Amina").text
    before = len(here.said)
    await here.says("Amina", "sos")
    said = here.said[before:]
    assert {"Omar", "Amina"} <= {s.to for s in said if s.lane == "urgent"}
    assert not [s for s in said if s.text.startswith(MARKS)]


@pytest.mark.parametrize("quoted", [True, False])
async def test_this_is_real_is_a_number_where_there_are_no_buttons(
    here: World, quoted: bool
) -> None:
    await here.add(Player("Paul", channels=("signal",)))
    await here.says("Tara", "drill arrest")
    for who in ("Paul", "That is all", "Omar", "That is all", "As it is", "Don't tell them"):
        await here.presses("Tara", who)
    await here.presses("Paul", "Take part")
    await here.presses("Tara", "Begin now")
    await here.presses("Tara", "Begin all the same")
    await here.after(16 * 60_000)
    await here.says("Paul", "sos")
    answer = here.last("Paul")
    assert answer.labels == ("This is real",)
    await here.after(5 * 60_000)
    assert "In one line" in here.last("Paul").text
    assert await real_calls(here) == 0
    await here.says("Paul", "1", **({"target": answer.shown.upstream} if quoted else {}))
    assert await real_calls(here) == 1


async def test_a_number_is_not_for_the_drill_after_a_real_question(here: World) -> None:
    """Its choices are the newest that stand there."""
    await begin(here)
    await here.says("Amina", "sos")
    await here.says("Amina", "menu")
    assert len(here.last("Amina").labels) > 1
    await here.says("Amina", "1")
    assert await real_calls(here) == 0


async def test_who_is_left_alone_is_not_called_in_it(here: World) -> None:
    await here.add(Player("Dana", "coordinator"))
    await here.add(Player("Paul"))
    await here.says("Tara", "drill panic")
    for who in ("Amina", "Paul", "That is all", "Dana", "Omar", "That is all", "As it is"):
        await here.presses("Tara", who)
    await here.presses("Tara", "Don't tell them")
    for who in ("Amina", "Paul", "Dana", "Omar"):
        await here.presses(who, "Take part")
    await here.presses("Tara", "Begin now")
    await here.says("Dana", "no duff")
    called = next(s for s in reversed(here.said) if s.to == "Omar" and s.lane == "urgent")
    before = len(here.said)
    await here.says("Amina", "sos")
    assert {s.to for s in here.said[before:] if "#D" in s.text} == {"Omar"}
    await here.says("Omar", f"close {called.text.partition('#')[2][:4]} safe")
    await here.presses("Tara", "Go on with Dana")
    before = len(here.said)
    await here.says("Paul", "sos")
    assert {s.to for s in here.said[before:] if "#D" in s.text} == {"Omar", "Dana"}
