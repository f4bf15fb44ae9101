"""One event, one outcome: what happens to the neighbours of an event that can't be handled."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.base import Outgoing, Reason, Refused, Retry
from bot.channels.simulator.client import Phone
from bot.store import tables as t
from bot.strangers import CODES_A_DAY
from bot.vault.people import closing_file
from flows.engine.flow import Edge
from flows.engine.model import Data, Event, Facts, Step
from tests.world import NOON, Player, World, world

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        for name in ("Amina", "Bela", "Cira"):
            await made.add(Player(name))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


def breaks_on(here: World, text: str, flow: str = "home") -> None:
    """From now on this flow raises, in its first state, when somebody types this."""
    assert here.app is not None
    flows = dict(here.app.world.flows)
    found = flows[flow]

    def broken(good: Edge) -> Edge:
        def handler(data: Data, event: Event, facts: Facts) -> Step:
            if event.text.startswith(text):
                raise RuntimeError("broken")
            return good.handler(data, event, facts)

        return replace(good, handler=handler)

    edges = {trigger: broken(edge) for trigger, edge in found.table[found.initial].items()}
    flows[flow] = replace(found, table={**found.table, found.initial: edges})
    here.app.world.flows = flows


async def together(here: World, *said: tuple[str, str]) -> None:
    """Several messages that wait for the same turn."""
    for name, text in said:
        await here.phone(name).send(text, upstream=here.next_upstream())
    await here.run()


async def states(here: World) -> list[str]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return list(await conn.scalars(select(t.inbox.c.state).order_by(t.inbox.c.seq)))


async def test_a_message_that_breaks_its_flow_reaches_a_human_and_harms_no_neighbour(
    here: World,
) -> None:
    breaks_on(here, "boom")
    await together(here, ("Amina", "checkin 1h"), ("Bela", "boom"), ("Cira", "checkin 2h"))
    found = await here.states()
    assert found["Amina.checkin"] == found["Cira.checkin"] == "waiting"
    assert await states(here) == ["done"] * 3
    assert "couldn't handle" in here.last("Bela").text
    assert "could not handle" in here.last("Omar", case=True).text
    assert await here.count("cases", kind="unhandled") == 1


async def test_a_timer_that_breaks_its_flow_becomes_a_case(here: World) -> None:
    await together(here, ("Amina", "checkin 1h"))
    assert here.app is not None
    flows = dict(here.app.world.flows)
    checkin = flows["checkin"]

    def broken(data: Data, event: Event, facts: Facts) -> Step:
        raise RuntimeError("broken")

    table = {state: dict(row) for state, row in checkin.table.items()}
    for row in table.values():
        if "timer.due" in row:
            row["timer.due"] = Edge(broken, row["timer.due"].targets)
    flows["checkin"] = replace(checkin, table=table)
    here.app.world.flows = flows
    await here.after(61 * 60_000)
    assert await here.count("cases", kind="unhandled") == 1
    assert "#" in here.last("Omar", case=True).text


async def test_a_commit_that_fails_runs_its_events_again_one_by_one(here: World) -> None:
    """Messages and what has fallen due alike, each in a transaction of its own, in this turn."""
    assert here.app is not None
    await here.says("Cira", "checkin 1h")
    await here.after(60 * MINUTE)
    here.clock.advance(15 * MINUTE)  # her grace is over
    for name, text in (("Amina", "checkin 1h"), ("Bela", "checkin 2h")):
        await here.phone(name).send(text, upstream=here.next_upstream())
    seen = []

    def boundary(name: str) -> None:
        if name.startswith("turn/"):
            seen.append(name.removeprefix("turn/"))
            if len(seen) == 1:
                raise OSError("disk")

    here.boundary = boundary
    assert await here.app.turn.run() == 3
    assert seen == ["before_commit", *["before_commit", "after_commit"] * 3]
    assert await states(here) == ["done"] * 3
    found = await here.states()
    assert found["Amina.checkin"] == found["Bela.checkin"] == "waiting"
    assert found["Cira.checkin"] == "overdue"
    assert await here.count("cases", kind="overdue") == 1
    await here.run()
    assert sum(s.to == "Amina" for s in here.said) == 1
    assert "#" in here.last("Omar", case=True).text


async def test_who_calls_for_help_goes_before_everybody_who_waits(here: World) -> None:
    """With what the same person wrote before it, in its order; the others keep theirs."""
    assert here.app is not None
    for n in range(10):
        await here.phone(("Amina", "Cira")[n % 2]).send("hello", upstream=f"x{n}")
    await here.phone("Bela").send("at the bridge", upstream="b1")
    await here.phone("Bela").send("sos", upstream="b2")
    assert await here.app.turn.run(limit=3) == 3
    assert await here.count("cases", kind="panic") == 1
    assert await states(here) == ["done", *["waiting"] * 9, "done", "done"]


async def test_only_what_fails_alone_is_set_aside(here: World) -> None:
    seen = 0

    def boundary(name: str) -> None:
        nonlocal seen
        if name == "turn/before_commit":
            seen += 1
            if seen in (1, 3):  # all together, then the second one alone
                raise OSError("disk")

    here.boundary = boundary
    await together(here, ("Amina", "hello"), ("Bela", "hello"), ("Cira", "hello"))
    assert await states(here) == ["done", "aside", "done"]
    assert "couldn't handle" in here.last("Bela").text
    assert await here.count("cases", kind="unhandled") == 1


async def test_a_frame_that_comes_again_is_one_event(here: World) -> None:
    phone = here.phone("Amina")
    for _ in range(3):
        await phone.send("checkin 1h", upstream="same")
    await here.run()
    assert await here.count("inbox") == 1
    assert sum(s.to == "Amina" for s in here.said) == 1


async def test_a_blocked_journalist_is_told_to_coordinators_once(here: World) -> None:
    await here.says("Amina", "checkin 10m")
    here.phone("Amina").fault = Refused(Reason.BLOCKED)
    await here.after(11 * 60_000)
    told = [s for s in here.said if s.to == "Omar" and "not arriving" in s.text]
    assert len(told) == 1
    here.phone("Amina").fault = None
    await here.says("Amina", "ok")
    assert "Next" in here.last("Amina").text


@pytest.mark.parametrize(
    ("app", "text", "said"),
    [
        ("fr", "hello", "Désolé"),
        ("ar-EG", "?", "عذرًا"),
        ("", "bonjour", "Désolé"),
        ("xx", "hello", "Sorry"),
    ],
)
async def test_strangers_are_answered_in_a_language_they_may_read(
    here: World, app: str, text: str, said: str
) -> None:
    await here.add(Player("Zed", stranger=True))
    await here.acts("Zed", "text", text=text, lang=app)
    assert here.last("Zed").text.startswith(said)


async def test_strangers_learn_nothing_and_are_limited(here: World) -> None:
    await here.add(Player("Zed", stranger=True))
    for _ in range(6):
        await here.says("Zed", "sos")
    told = [s.text for s in here.said if s.to == "Zed"]
    assert len(told) == 3
    assert len(set(told)) == 1
    assert await here.count("cases") == 0
    await here.says("Zed", "ABCDEFGHJK")
    assert sum(s.to == "Zed" for s in here.said) == 3


async def test_a_code_after_too_many_guesses_lets_nobody_in_before_the_next_day(
    here: World,
) -> None:
    for name in ("Zed", "Yara"):
        await here.add(Player(name, stranger=True))
    wrong = [f"ABCDEFGH{a}{b}" for a in "JKMNP" for b in "QRST"]
    assert len(wrong) == CODES_A_DAY == 20
    for code in ("GH23456789", "JK23456789"):
        await here.invite(code, "journalist", "en")
    for code in wrong[:-1]:
        await here.says("Yara", code)
    await here.says("Yara", "GH23456789")
    assert await here.count("persons", enrolled=False) == 1
    for code in wrong:
        await here.says("Zed", code)
    heard = sum(s.to == "Zed" for s in here.said)
    for _ in range(2):
        await here.says("Zed", "JK23456789")
    assert sum(s.to == "Zed" for s in here.said) == heard
    assert await here.count("persons", enrolled=False) == 1
    here.clock.advance(DAY + 1)
    await here.invite("KM23456789", "journalist", "en")
    await here.says("Zed", "KM23456789")
    assert await here.count("persons", enrolled=False) == 2


async def test_a_trainer_has_no_part_in_anybodys_case(here: World) -> None:
    """Not even in a turn that has a coordinator's list before it."""
    await here.add(Player("Tara", "trainer"))
    await here.says("Amina", "sos")
    case = next(key[1:] for key in await here.states() if key.startswith("#"))
    await together(here, ("Omar", "cases"), ("Tara", "cases"))
    assert case in here.last("Omar").text
    assert here.last("Tara").text == "No open cases."
    for verb in ("ack", f"ack {case}", f"note {case} she is fine", f"close {case} safe"):
        await together(here, ("Omar", "cases"), ("Tara", verb))
        assert "don't know an open case" in here.last("Tara").text
    assert await here.count("cases", state="open", acknowledged_by="") == 1
    assert not [s for s in here.said if s.to == "Tara" and (case in s.text or "Amina" in s.text)]


async def test_what_was_moved_in_the_same_turn_does_not_ring_at_its_old_time(here: World) -> None:
    """Written before it fell due, found together with it after the process was away."""
    await here.says("Amina", "checkin 1h")
    await here.to(NOON + 57 * MINUTE)
    here.clock.advance(2 * MINUTE)
    await here.phone("Amina").send("extend 30m", upstream="x1")
    here.clock.advance(3 * MINUTE)
    before = len(here.said)
    await here.run()
    told = [s.text for s in here.said[before:]]
    assert len(told) == 1
    assert "13:30" in told[0]
    assert (await here.states())["Amina.checkin"] == "waiting"
    assert await here.count("timers", name="due", due=NOON + 90 * MINUTE) == 1


async def test_a_timer_of_an_older_life_does_not_ring(here: World) -> None:
    """Its plan was begun anew since, so its revision is one that the plan hasn't reached."""
    await here.says("Amina", "checkin 1h")
    assert here.app is not None
    async with here.app.store.write() as conn:
        chosen = t.timers.c.flow == "checkin"
        await conn.execute(t.timers.update().where(chosen).values(revision=99))
    before = len(here.said)
    await here.after(2 * 60 * MINUTE)
    assert here.said[before:] == []
    assert (await here.states())["Amina.checkin"] == "waiting"
    assert await here.count("timers") == 0


async def another_account(here: World, name: str) -> Phone:
    """Signal: somebody writes from the person's number with another identity."""
    assert here.app is not None
    player = here.players[name]
    number_hash = here.app.vault.digest("address", "signal", "+4700000000").hex()
    async with here.app.store.write() as conn:
        await conn.execute(
            t.addresses.update()
            .where(t.addresses.c.person_id == player.id)
            .values(number_hash=number_hash)
        )
    here.signal.names["another-account"] = name
    return here.signal.phone("another-account", "+4700000000")


async def test_an_identity_that_changed_sees_nothing_but_can_call(here: World) -> None:
    phone = here.phone("Omar")
    await here.add(Player("Lena", "coordinator"))
    other = await another_account(here, "Omar")
    before = len(here.said)
    await other.send("cases", upstream="x1")
    await here.run()
    told = {s.to: s.text for s in here.said[before:]}
    assert "new Signal identity" in told["Lena"]
    assert "can't help with that" in told["Omar"]
    await here.says("Omar", "cases")
    assert "No open cases" in here.last("Omar").text
    await other.send("sos", upstream="x2")
    await here.run()
    assert "Called for help" in here.last("Lena").text
    assert phone.where != other.where


async def test_the_duress_word_of_an_identity_that_changed_opens_the_silent_case(
    here: World,
) -> None:
    await here.add(Player("Dina", channels=("signal",), words=("harbour", "marble")))
    other = await another_account(here, "Dina")
    for n, word in enumerate(("harbour", "marble")):
        await other.send(f"ok {word}", upstream=f"x{n}")
        await here.run()
        assert "can't help with that" in here.last("Dina").text
        assert await here.count("cases", kind="duress") == n
    assert "#" in here.last("Omar", case=True).text


async def test_the_link_made_for_somebody_is_used_up_by_them(here: World) -> None:
    """`person add` knows the address already; the link that it printed must let nobody else in."""
    await here.invite("ABCDEFGHJK", "journalist", "en")
    assert here.app is not None
    async with here.app.store.write() as conn:
        await conn.execute(t.codes.update().values(person_id=here.players["Amina"].id))
    await here.says("Amina", "/start ABCDEFGHJK")
    welcome = here.last("Amina").text
    assert "didn't understand" not in welcome
    await here.add(Player("Zed", stranger=True))
    await here.says("Zed", "ABCDEFGHJK")
    assert "Amina" not in here.last("Zed").text
    assert await here.count("addresses", person_id=here.players["Amina"].id) == 1


@pytest.mark.parametrize("word", ["lantern", "marble"])
async def test_a_code_word_is_not_left_lying_in_the_chat(here: World, word: str) -> None:
    await here.add(Player("Dina", words=("lantern", "marble")))
    await here.says("Dina", "checkin 1h")
    await here.says("Dina", f"all is well, {word}.")
    assert here.phone("Dina").deleted == {f"p{here.upstreams}"}
    assert "Next" in here.last("Dina").text


async def test_a_broken_message_with_the_duress_word_still_opens_the_silent_case(
    here: World,
) -> None:
    await here.add(Player("Dina", words=("harbour", "marble")))
    breaks_on(here, "boom", "checkin")
    await here.says("Dina", "boom marble")
    assert "couldn't handle" in here.last("Dina").text
    assert await here.count("cases", kind="unhandled", silent=False) == 1
    assert await here.count("cases", kind="duress", silent=True) == 1
    heard = [s.text for s in here.said if s.to == "Dina"]
    await here.says("Dina", "boom harbour")
    assert [s.text for s in here.said if s.to == "Dina"] == heard * 2
    assert await here.count("cases", kind="duress") == 1


async def test_a_code_word_that_the_platform_wont_delete_is_left_to_the_person(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.add(Player("Dina", words=("harbour", "marble")))
    send = here.telegram.send

    async def refusing(out: Outgoing) -> str:
        if out.kind == "redact":
            raise Refused(Reason.REJECTED, "message can't be deleted for everyone")
        return await send(out)

    monkeypatch.setattr(here.telegram, "send", refusing)
    for word in ("harbour", "marble"):
        await here.says("Dina", f"ok {word}")
        assert here.last("Dina").text.endswith("Please delete it yourself.")


async def test_somebody_whose_key_is_missing_is_heard(here: World) -> None:
    """Nothing about them can be read; that they wrote, and what, reaches every coordinator."""
    await here.close()
    with closing_file(here.folder / "test.keyring.people") as file:
        file.execute("DELETE FROM people WHERE id = ?", (here.players["Bela"].id,))
    await here.start()
    await here.says("Bela", "sos")
    told = here.last("Omar")
    assert "the key to their data is missing" in told.text
    assert "sos" in told.text
    assert told.lane == "urgent"
    assert "Bela" not in told.text
    assert here.players["Bela"].id in told.text


async def test_a_thumbs_up_on_any_part_of_a_long_alert_takes_the_case(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = here.signal.send

    async def in_parts(out: Outgoing) -> str:
        last = await send(out)
        return f"{last}-first {last}-second {last}"

    monkeypatch.setattr(here.signal, "send", in_parts)
    await here.says("Amina", "sos")
    alert = here.last("Omar", case=True).shown.upstream
    assert await here.count("cases", state="open") == 1
    await here.acts("Omar", "reaction", emoji="👍", target=f"{alert}-first")
    assert await here.count("cases", state="acknowledged") == 1


async def test_a_thumbs_up_on_something_else_asks_which_case(here: World) -> None:
    await here.says("Amina", "sos")
    await here.acts("Omar", "reaction", emoji="👍", target="unheard-of")
    assert here.last("Omar").text.startswith("Open cases: 1")
    assert await here.count("cases", state="open") == 1
    await here.says("Omar", "ack")
    said = len(here.said)
    await here.acts("Omar", "reaction", emoji="👍", target="unheard-of")
    assert len(here.said) == said


async def test_a_plan_in_a_state_nobody_knows_becomes_a_case(here: World) -> None:
    await here.says("Amina", "checkin 1h")
    assert here.app is not None
    async with here.app.store.write() as conn:
        instances = t.instances.c
        await conn.execute(
            t.instances.update().where(instances.flow == "checkin").values(state="travelling")
        )
    await here.after(3_600_000)
    assert "start again" in here.last("Amina").text
    assert "#" in here.last("Omar", case=True).text


async def test_what_is_due_does_not_wait_behind_a_crowd(here: World) -> None:
    await here.says("Amina", "checkin 1h")
    await here.to(here.clock.now() + 3_600_000)
    here.clock.advance(15 * 60_000)
    crowd = here.phone("Bela")
    for n in range(50):
        await crowd.send(f"hello {n}", upstream=f"crowd{n}")
    assert here.app is not None
    await here.app.turn.run(limit=20)
    assert await here.count("cases", kind="overdue") == 1


async def test_help_typed_at_the_question_is_a_call(here: World) -> None:
    await here.says("Amina", "I think sos they come")
    await here.says("Amina", "help")
    assert await here.count("cases", kind="panic", phase="distress") == 1


async def test_a_thumbs_up_answers_ones_own_check_in_first(here: World) -> None:
    await here.says("Amina", "sos")
    await here.says("Omar", "checkin 1h")
    await here.after(3_600_000)
    asked = next(s for s in reversed(here.said) if s.to == "Omar" and "your day" in s.text)
    await here.acts("Omar", "reaction", emoji="👍", target=asked.shown.upstream)
    assert (await here.states())["Omar.checkin"] == "waiting"


async def test_a_lost_plan_is_about_whose_it_is(here: World) -> None:
    await here.says("Amina", "checkin 1h")
    await here.after(2 * 3_600_000)
    assert here.app is not None
    async with here.app.store.write() as conn:
        instances = t.instances.c
        await conn.execute(
            t.instances.update().where(instances.flow == "checkin").values(state="travelling")
        )
    case = re.findall(r"#(\w+)", here.last("Omar", case=True).text)[0]
    await here.says("Omar", f"close {case} safe, spoken to")
    assert "start again" in here.last("Amina").text
    assert "Amina" in here.last("Omar", case=True).text
    assert await here.count("cases", kind="unhandled", person_id=here.players["Amina"].id) == 1


async def test_a_holder_who_cant_be_reached_has_everybody_called_at_once(here: World) -> None:
    await here.add(Player("Lena", "coordinator", ("signal",)))
    await here.says("Amina", "checkin 1h")
    await here.after(76 * 60_000)
    await here.says("Omar", "ack")
    here.phone("Omar").fault = Refused(Reason.GONE)
    await here.says("Amina", "something here is odd")
    assert "Nobody could be reached at step 1" in here.last("Lena", case=True).text


@pytest.mark.parametrize("word", ["harbour", "marble"])
async def test_nobody_reachable_is_said_in_both_worlds(here: World, word: str) -> None:
    await here.add(Player("Dina", words=("harbour", "marble")))
    await here.says("Dina", "checkin 6h")
    await here.says("Dina", word)
    await here.after(100 * 60_000)
    await here.says("Dina", "sos")
    here.phone("Omar").fault = Refused(Reason.GONE)
    await here.after(6 * 60_000)
    assert "can't reach anybody" in here.last("Dina").text


async def test_an_edited_caption_is_no_answer(here: World) -> None:
    await here.add(Player("Dina", risk="high", words=("harbour", "marble")))
    await here.says("Dina", "checkin 1h")
    await here.after(3_600_000)
    await here.acts("Dina", "media", note="photo", text="old caption harbour", edited=True)
    assert (await here.states())["Dina.checkin"] == "asked"


async def test_a_turn_that_is_taken_back_drops_no_call(here: World) -> None:
    assert here.app is not None
    here.signal.down = Retry("down")
    await here.says("Amina", "sos")
    flows = dict(here.app.world.flows)
    table = {state: dict(row) for state, row in flows["panic"].table.items()}

    def broken(data: Data, event: Event, facts: Facts) -> Step:
        raise RuntimeError("broken")

    row = next(row for state, row in table.items() if state == "active")
    row["case_closed"] = replace(row["case_closed"], handler=broken)
    flows["panic"] = replace(flows["panic"], table=table)
    here.app.world.flows = flows
    async with here.app.store.read() as conn:
        case = await conn.scalar(select(t.cases.c.id))
    await here.says("Omar", f"close {case} safe, spoken to")
    assert await here.count("cases", id=case, state="closed") == 0
    assert await here.count("outbox", case_id=case, state="waiting", rank=0) == 1
