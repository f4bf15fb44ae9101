"""What was withdrawn, paid, or is long over can't be read: not here, not in a copy made before."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import Frame, Reason, Refused
from bot.outbox import encode
from bot.record.kept import FIGURES, read, read_figures
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget, forget_received
from bot.vault import Erased
from tests import test_fund_desk as fund
from tests import test_records as attacks
from tests.readable import everything, readable
from tests.world import ISOLATES, Crash, Player, World, world

HOUR = 3_600_000
DAY = 24 * HOUR
REQUEST = "F7K2QM"
BURN = "burn it"  #: of what is asked for in tests/applications.py


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w", fund.CONFIG) as made:
        for player in (*fund.PEOPLE, Player("Omar", "coordinator", ("signal",), duty=True)):
            await made.add(Player(player.name, player.role, player.channels))
        yield made


async def purged(here: World, ms: int = 0) -> None:
    """`ms` go by, in which nothing else is done; then retention is enforced, as the engine does."""
    assert here.app is not None
    here.clock.advance(ms)
    await here.app.enforce_retention()


async def said(here: World) -> str:
    assert here.app is not None
    return await everything(here.app.store, here.app.vault)


async def table(here: World, name: str) -> list[dict[str, Any]]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return [dict(r._mapping) for r in await conn.execute(select(t.metadata.tables[name]))]


async def back_again(here: World, copy: Path) -> None:
    """The database is as it was when the copy was made; the key ring is today's."""
    await here.close()
    for path in here.folder.glob("world.sqlite3*"):
        path.unlink()
    shutil.copy(copy, here.folder / "world.sqlite3")
    await here.start()


def copied(here: World) -> Path:
    copy = here.folder / "copy.sqlite3"
    with sqlite3.connect(here.folder / "world.sqlite3") as db, sqlite3.connect(copy) as to:
        db.backup(to)
    return copy


async def withdrawn(here: World) -> None:
    await fund.applied(here)
    await here.says("Amina", "status")
    for label in (f"#{REQUEST}", "Withdraw it", "Yes, delete everything"):
        await here.presses("Amina", label)


# ---------------------------------------------------------------- requests that are long over


async def test_a_request_that_ended_is_purged_with_its_key_after_its_time(here: World) -> None:
    assert here.app is not None
    await fund.applied(here)
    copy = copied(here)
    async with here.app.store.write() as conn:
        ended = {"state": "closed", "ended_at": here.clock.now()}
        await conn.execute(t.applications.update().values(ended))
        code = {"kind": "status", "role": "", "lang": "", "person_id": REQUEST, "used_at": None}
        until = here.clock.now() + 500 * DAY
        await conn.execute(t.codes.insert().values(hash="h", expires_at=until, **code))
    await purged(here, 400 * DAY)
    assert BURN in await said(here)
    await purged(here, 1)
    assert REQUEST not in await said(here)
    for name in ("applications", "case_log", "attachments", "codes", "forgotten"):
        assert await here.count(name) == 0, name
    assert await here.count("instances", flow="application") == 0
    assert await here.count("timers", flow="application") == 0
    await back_again(here, copy)
    assert BURN not in await said(here)


async def test_an_open_request_is_kept_however_old(here: World) -> None:
    await fund.applied(here)
    await purged(here, 3000 * DAY)
    assert BURN in await said(here)


async def test_that_one_was_withdrawn_is_forgotten_in_time(here: World) -> None:
    await withdrawn(here)
    await purged(here, 400 * DAY)
    assert await here.count("applications", state="withdrawn") == 1
    await purged(here, 1)
    assert await here.count("applications") == 0
    assert await here.count("instances", flow="application") == 0


# ---------------------------------------------------------------- reports that are old


async def test_of_an_old_report_only_what_is_counted_stays(here: World) -> None:
    assert here.app is not None
    name = await attacks.report(here, "Omar", attacks.JPEG)
    copy = copied(here)
    await purged(here, 730 * DAY)
    assert await here.count("records") == 1
    await purged(here, 1)
    for gone in ("records", "attachments", "record_log"):
        assert await here.count(gone) == 0, gone
    assert await here.count("instances", flow="record") == 0
    (row,) = await table(here, "old_records")
    left = read_figures(here.app.vault, row)
    assert left is not None
    assert (left.cls, left.kinds, left.country) == ("other_harmful_act", ("assault",), "KE")
    assert (left.when, left.gender, left.state) == ("2026-11", "woman", "reported")
    assert (left.city, left.evidence, left.journalist, left.reported_at) == ("", (), "", 0)
    kept = json.loads(here.app.vault.open("old records", row["sealed"], "figures"))
    assert set(kept) == set(FIGURES)
    everywhere = "\n".join(str(value) for value in kept.values()) + row["id"]
    assert not any(word in everywhere for word in ("camera", "Mombasa", name))
    await here.app.keeper.tidy()
    assert not list(here.app.keeper.folder.names())
    await back_again(here, copy)
    assert here.app is not None
    assert attacks.WORDS not in await said(here)


async def test_a_withdrawn_report_is_not_counted_when_it_is_old(here: World) -> None:
    await attacks.report(here, "Omar")
    await here.says("Omar", "report")
    (label,) = [x for x in here.last("Omar").labels if "Withdraw" in x]
    await here.presses("Omar", label.translate(ISOLATES))
    await here.presses("Omar", label.translate(ISOLATES))
    assert await here.count("records", state="withdrawn") == 1
    await purged(here, 731 * DAY)
    assert await here.count("records") == await here.count("old_records") == 0
    assert await here.count("instances", flow="record") == 0


# ---------------------------------------------------------------- what was received

SECRET = "Two men follow me to Mombasa"


async def test_what_was_received_cannot_be_read_from_a_copy_when_its_time_is_over(
    here: World,
) -> None:
    await here.says("Amina", SECRET)
    copy = copied(here)
    await purged(here, 6 * HOUR)
    assert SECRET in await said(here)
    await purged(here, 1)
    await back_again(here, copy)
    assert await here.count("inbox", state="done") == 1
    assert SECRET not in await said(here)


async def test_what_waits_is_not_lost_however_long(here: World) -> None:
    """Its key is not destroyed, and a new one has been begun meanwhile."""
    with here.held():
        await here.says("Amina", "sos")
        await purged(here, DAY)
        await here.says("Amina", SECRET)
    await here.run()
    assert await here.count("inbox", state="done") == 2
    assert len({row["sealed_by"] for row in await table(here, "inbox")}) == 2
    assert SECRET in "".join(each.text for each in here.said)


async def test_the_same_message_under_another_key_is_still_the_same(here: World) -> None:
    assert here.app is not None
    frame = Frame(b"{}", ("telegram", "7"), "", "")
    await here.app.inbox.commit("telegram", [frame], None)
    await purged(here, 2 * HOUR)
    await here.app.inbox.commit("telegram", [frame], None)
    assert await here.count("inbox") == 1


async def test_a_key_that_a_crash_left_unused_is_destroyed(here: World) -> None:
    assert here.app is not None
    name = here.app.vault.inbox_key(here.clock.now())
    await here.restart()
    with pytest.raises(Erased):
        here.app.vault.seal(name, b"", "inbox")
    await here.says("Amina", "hello")
    assert here.said


async def test_what_waited_in_an_old_copy_is_set_aside_and_the_rest_goes_on(here: World) -> None:
    assert here.app is not None
    with here.held():
        await here.says("Amina", SECRET)
        copy = copied(here)
    await here.run()
    await purged(here, 6 * HOUR + 1)
    await back_again(here, copy)
    await here.run()
    assert await here.count("inbox", state="aside", error="Erased") == 1
    before = len(here.said)
    await here.says("Amina", "hello")
    assert len(here.said) > before


# ---------------------------------------------------------------- withdrawn, paid


async def test_nothing_of_a_withdrawn_request_is_left_nor_in_a_copy(here: World) -> None:
    """Also not the messages as they came, at once: not only after some hours."""
    await fund.approved(here)
    await here.presses("Amina", "Where to pay")
    await here.says("Amina", fund.ACCOUNT, "signal")
    await here.presses("Amina", "Yes, it is right", "signal")
    await here.presses("Paula", "See where to pay")
    copy = copied(here)
    assert fund.ACCOUNT in await said(here)
    await here.says("Amina", "status")
    for label in (f"#{REQUEST}", "Withdraw it", "Yes, delete everything"):
        await here.presses("Amina", label)
    for _ in range(2):
        told = await said(here)
        assert not [each for each in (fund.ACCOUNT, BURN, "It fits the rules") if each in told]
        await back_again(here, copy)


@pytest.mark.parametrize("at", ["turn/before_commit", "turn/after_commit"])
async def test_a_crash_while_withdrawing_leaves_nothing_readable(here: World, at: str) -> None:
    await fund.applied(here)
    copy = copied(here)
    await here.says("Amina", "status")
    for label in (f"#{REQUEST}", "Withdraw it"):
        await here.presses("Amina", label)

    def boundary(name: str) -> None:
        if name == at:
            here.boundary = lambda _name: None
            raise Crash

    here.boundary = boundary
    await here.presses("Amina", "Yes, delete everything")
    for _ in range(2):
        assert BURN not in await said(here)
        await back_again(here, copy)


async def test_of_a_message_that_was_accepted_only_its_buttons_are_kept(here: World) -> None:
    await fund.asked_to_pay(here)
    assert here.app is not None
    told = await readable(here.app.store, here.app.vault)
    assert fund.ACCOUNT in "".join(each.text for each in here.said if each.to == "Paula")
    assert fund.ACCOUNT not in told["outbox"]
    assert BURN not in told["outbox"]
    assert '"paid"' in told["outbox"]
    assert fund.ACCOUNT in told["inbox"]
    await here.presses("Paula", "It is paid")
    told = await readable(here.app.store, here.app.vault)
    assert [name for name, each in told.items() if fund.ACCOUNT in each] == []


async def test_a_message_that_was_refused_is_kept_whole_for_another_address(here: World) -> None:
    here.phone("Paula", "signal").fault = Refused(Reason.BLOCKED)
    await here.says("Paula", "hello", "signal")
    assert await here.count("outbox", state="failed") == 1
    assert [each.channel for each in here.said if each.to == "Paula"] == ["telegram"]


# ---------------------------------------------------------------- who is erased


async def erased(here: World, name: str) -> None:
    assert here.app is not None
    async with here.app.store.write() as conn:
        await erase_rows(conn, here.app.vault, here.players[name].id)
    await forget(here.app.store, here.app.vault)
    await forget_received(here.app.store, here.app.vault)


async def test_what_an_erased_officer_noted_in_a_request_stays(here: World) -> None:
    assert here.app is not None
    await fund.approved(here)
    before = await fund.data(here)
    await erased(here, "Olga")
    assert await fund.data(here) == before
    told = await readable(here.app.store, here.app.vault)
    assert "It fits the rules." in told["case_log"]
    assert "Olga" not in "".join(told.values())


async def test_what_an_erased_coordinator_wrote_in_a_case_stays(here: World) -> None:
    assert here.app is not None
    await here.says("Amina", "sos")
    case = next(row["id"] for row in await table(here, "cases"))
    await here.says("Omar", f"ack {case}")
    await here.says("Omar", f"note {case} her brother has the key")
    await erased(here, "Omar")
    told = await readable(here.app.store, here.app.vault)
    assert "her brother has the key" in told["case_log"]


async def reported(here: World, name: str, more: dict[str, str]) -> None:
    """A killing, by Omar, as a turn would have written it."""
    assert here.app is not None
    vault, by, now = here.app.vault, here.players["Omar"].id, here.clock.now()
    record = {"cls": "killing", "country": "SD", **more}
    answers = {**record, "about": here.players["Amina"].id}
    said = encode({"record": record, "words": {"words": "what was seen"}})
    data = encode({"id": name, "person": by, "answers": answers})
    vault.new_people([name])
    row: dict[str, Any] = {
        "id": name,
        "person_id": by,
        "state": "reported",
        "event": "",
        "checked": b"",
    }
    row |= {"sealed": vault.seal(name, said, "record"), "created_at": now, "ended_at": None}
    kept: dict[str, Any] = {
        "flow": "record",
        "subject": name,
        "person_id": by,
        "key": name,
        "state": "kept",
    }
    kept |= {"version": 1, "revision": 1, "sealed": vault.seal(name, data, "instance/record")}
    async with here.app.store.write() as conn:
        await conn.execute(t.records.insert().values(row))
        await conn.execute(t.instances.insert().values(kept))


async def test_what_an_erased_coordinator_reported_for_others_stays_without_them(
    here: World,
) -> None:
    assert here.app is not None
    for name, role in (("RA", "witness"), ("RB", "journalist")):
        await reported(here, name, {"role": role})
    person = here.players["Omar"].id
    await erased(here, "Omar")
    (row,) = await table(here, "records")
    assert (row["id"], row["person_id"]) == ("RA", "")
    known = read(here.app.vault, row)
    assert known is not None
    assert known.words["words"] == "what was seen"
    told = await readable(here.app.store, here.app.vault)
    assert person not in "".join(
        told[name] for name in ("records", "record_log", "attachments", "instances")
    )


async def test_of_an_erased_applicant_no_request_is_left_and_no_report_leads_to_them(
    here: World,
) -> None:
    assert here.app is not None
    person = here.players["Amina"].id
    await fund.applied(here)
    copy = copied(here)
    whom = here.app.vault.digest("attacked", person).hex()
    await reported(here, "RA", {"role": "witness", "journalist": whom, "application": REQUEST})
    await erased(here, "Amina")
    told = await said(here)
    assert "what was seen" in told
    assert not [each for each in (REQUEST, whom, person, BURN) if each in told]
    await back_again(here, copy)
    assert BURN not in await said(here)
