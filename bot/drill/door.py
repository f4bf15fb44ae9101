"""Between a drill and the real engine: words go in, messages come out, and both sides may die at
any moment. Everything that passes has an id of its own, so that what passes twice counts once.

in    the real turn writes `drill_inbox` in the commit that says the message is dealt with; here it
      goes into the drill's inbox (a key that is known adds nothing), and then away
out   what waits in the drill's outbox goes into the real one (an id that is known adds nothing),
      marked, in the bulk lane; then it is done in here, and the real sender has it. What is for
      somebody who has left goes nowhere. In here the platform's id of a message is its id in the
      real outbox; what is deleted in here is deleted out there by what the platform calls it
back  what can't be delivered out there comes back in, and the drill's engine tries the next address
      or person, as the real one would
told  what happened since goes to the drill's own flow, as an event of the bot's
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bot.channels.base import Frame
from bot.drill.hall import Hall
from bot.inbox import own_row
from bot.outbox import (
    URGENT_RANKS,
    Order,
    encode,
    inside_drill,
    pack_args,
    rank,
    short_id,
    waiting,
)
from bot.store import tables as t
from bot.store.store import Row, Store, by, get_meta, insert_new, set_meta
from bot.vault import Vault, VaultError
from flows.drill import messages as m
from flows.engine.model import Lane
from flows.engine.rehearsal import CALLS

AT_ONCE = 40  #: rows in one go: the real engine waits for no more than these
#: Messages under which "This is real" stands: what a call for help is answered with.
AFTER_CALL = ("panic.",)


async def take_in(hall: Hall, store: Store, vault: Vault) -> int:
    """What people wrote for this drill, in its order."""
    c = t.drill_inbox.c
    query = select(t.drill_inbox).where(c.drill == hall.id).order_by(c.seq).limit(AT_ONCE)
    async with store.read() as conn:
        rows = [row._mapping for row in await conn.execute(query)]
    for row in rows:
        try:
            raw = vault.open(row["person_id"], row["sealed"], "drill")
        except VaultError:
            continue  # erased meanwhile
        frame = json.loads(raw)
        if "own" in frame:
            await _came_back(hall, row["key"], frame["own"])
        else:
            frame["sent_ms"] = hall.clock.story(int(frame["sent_ms"]))
            sealed = json.dumps(frame, ensure_ascii=False).encode()
            sent = Frame(sealed, (row["key"],), str(frame["where"]), str(frame.get("text", "")))
            await hall.inbox.commit(row["channel"], [sent], None)
    if rows:
        async with store.write() as conn:
            gone = [row["seq"] for row in rows]
            await conn.execute(t.drill_inbox.delete().where(c.seq.in_(gone)))
    return len(rows)


async def _came_back(hall: Hall, key: str, own: Mapping[str, Any]) -> None:
    """What was brought out has not arrived: in here it isn't sent any more, and somebody else is
    tried. What only waits is left alone where the real engine wouldn't take it round."""
    c = t.outbox.c
    mine = c.id == own["outbox"]
    event = own_row(hall.world.vault, hall.clock.now(), key, encode(own))
    async with hall.store.write() as conn:
        order = await conn.scalar(select(c.rank).where(mine))
        if order is None or (own["kind"] == "held" and order >= URGENT_RANKS):
            return
        sent = mine & (c.state == "sent")
        await conn.execute(t.outbox.update().where(sent).values(state="failed"))
        await conn.execute(insert_new(conn, t.inbox), [event])


async def bring_out(hall: Hall, store: Store, now: int) -> int:
    """What the drill says, into the real outbox. `now`: by the clock on the wall."""
    c = t.outbox.c
    query = select(t.outbox).where(c.state == "waiting").order_by(c.rank, c.seq).limit(AT_ONCE)
    async with hall.store.read() as conn:
        found = [row._mapping for row in await conn.execute(query)]
    rows = await _spared(hall, found)
    deleted, kept = await _deletions(hall, store, rows, now) if rows else ([], set())
    hall.waits = bool(kept)
    rows = [row for row in rows if row["id"] not in kept]
    if not rows:
        return 0
    made = [*deleted, *(out for row in rows if (out := _outgoing(hall, row, now)))]
    async with store.write() as conn:
        if keys := [row["replaces"] for row in made if row["replaces"]]:
            await conn.execute(
                t.outbox.update()
                .where(c.replaces.in_(keys), c.state == "waiting")
                .values(state="replaced", replaces=None, done_at=now)
            )
        if made:
            await conn.execute(insert_new(conn, t.outbox), _last_of_each(made))
    story = hall.clock.now()
    async with hall.store.write() as conn:
        for row in rows:
            upstream = hall.turn.hears.upstream_hash(row["channel"], outer_id(hall, row["id"]))
            done = {"state": "sent", "done_at": story, "replaces": None, "upstream": upstream}
            done |= _shown(hall, row)
            await conn.execute(t.outbox.update().where(c.id == row["id"]).values(done))
        if said := [line for row in rows if (line := _said(row, hall))]:
            await conn.execute(t.happened.insert(), said)
    return len(rows)


async def _spared(hall: Hall, rows: Sequence[Row]) -> list[Row]:
    """Those that aren't for whom it leaves alone: these go nowhere."""
    gone = [row["id"] for row in rows if row["person_id"] in hall.left]
    if gone:
        dropped = t.outbox.update().where(t.outbox.c.id.in_(gone))
        async with hall.store.write() as conn:
            await conn.execute(dropped.values({"state": "replaced", "replaces": None}))
    return [row for row in rows if row["id"] not in gone]


def _shown(hall: Hall, row: Row) -> dict[str, Any]:
    """A fleeting message remembers in here what it is called out there, to be deleted again."""
    payload = hall.open_payload(row)
    if payload is None or not payload.get("fleeting"):
        return {}
    shown = encode({**payload, "shown": [outer_id(hall, row["id"])]})
    return {"sealed": hall.world.vault.seal(row["key"] or row["person_id"], shown, "outbox")}


async def _deletions(
    hall: Hall, store: Store, rows: Sequence[Row], now: int
) -> tuple[list[dict[str, Any]], set[str]]:
    """What the drill deletes, as rows of the real outbox: not marked, and never recalled. And those
    of `rows` that wait: what they delete is still on its way."""
    wanted = {
        row["id"]: payload
        for row in rows
        if (payload := hall.open_payload(row)) is not None and "redact" in payload
    }
    ours = {payload["redact"] for payload in wanted.values() if payload["of"] == "own"}
    async with store.read() as conn:
        sent = {row["id"]: row for row in await by(conn, t.outbox, "id", ours)}
    made, waits = [], set()
    for row in (row for row in rows if row["id"] in wanted):
        payload = wanted[row["id"]]
        target = sent.get(payload["redact"])
        if target is not None and target["state"] == "waiting":
            waits.add(row["id"])
            continue
        theirs = [payload["redact"]] if payload["of"] == "theirs" else _ids(hall, target)
        for n, upstream in enumerate(theirs):
            sealed = encode({**payload, "redact": upstream})
            made.append(
                {
                    **waiting(now),
                    "id": outer_id(hall, f"{row['id']}/{n}"),
                    "channel": row["channel"],
                    "address_id": row["address_id"],
                    "person_id": row["person_id"],
                    "rank": rank(Lane.BULK, Order.FIRST),
                    "sealed": hall.world.vault.seal(row["person_id"], sealed, "outbox"),
                }
            )
    return made, waits


def _ids(hall: Hall, target: Row | None) -> list[str]:
    """What the platform calls a message of ours that has arrived."""
    left = hall.open_payload(target) if target is not None and target["sealed"] else None
    return list(left.get("shown", ())) if left else []


def outer_id(hall: Hall, inner: str) -> str:
    return short_id(hall.world.vault.digest("drill outbox", hall.id, inner))


def _outgoing(hall: Hall, row: Row, now: int) -> dict[str, Any] | None:
    payload = hall.open_payload(row)
    if payload is None or "redact" in payload:
        return None  # see _deletions
    outer = outer_id(hall, row["id"])
    replaces = row["replaces"]
    payload["d"] = {"id": hall.id, "row": row["id"]}
    if hall.clock.pace > 1:
        payload["d"]["at"] = payload["now"] = hall.clock.now()
    if _may_be_real(hall, row, payload):
        payload["c"] = [*payload["c"], _real_button(hall)]
    vault = hall.world.vault
    return {
        **waiting(now),
        "id": outer,
        "channel": row["channel"],
        "address_id": row["address_id"],
        "person_id": row["person_id"],
        "rank": rank(Lane.BULK, Order(row["rank"] % len(Order))),
        "case_id": f"{hall.id}/{row['case_id']}" if row["case_id"] else "",
        "replaces": vault.digest("drill", hall.id, replaces).hex() if replaces else None,
        "drill": inside_drill(hall.id),
        "sealed": vault.seal(row["person_id"], encode(payload), "outbox"),
    }


def _may_be_real(hall: Hall, row: Row, payload: Mapping[str, Any]) -> bool:
    """An answer to a call for help; and, where the script waits for a duress word, every answer,
    so that the two words look the same."""
    waits = bool(hall.expects(row["person_id"]) & CALLS)
    answer = str(payload["m"]).startswith(AFTER_CALL)
    return answer or (waits and str(payload["m"]).startswith("checkin."))


def _real_button(hall: Hall) -> list[Any]:
    return [m.REAL.key, pack_args({}), "drill", hall.id, "", "tap", "", 1]


def _last_of_each(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    last = {row["replaces"]: n for n, row in enumerate(rows) if row["replaces"]}
    return [r for n, r in enumerate(rows) if not r["replaces"] or last[r["replaces"]] == n]


def _said(row: Row, hall: Hall) -> dict[str, Any] | None:
    payload = hall.open_payload(row)
    if payload is None or "m" not in payload:
        return None
    return {
        "at": row["created_at"],
        "person_id": row["person_id"],
        "what": f"say.{payload['m']}",
        "subject": row["case_id"],
        "state": "",
        "urgent": row["rank"] < rank(Lane.REPLY),
    }


async def tell(hall: Hall, store: Store, vault: Vault, now: int) -> int:
    """What happened since, to the drill's flow. How far it was told stands in the drill's own
    database: told twice, the event's key makes it once."""
    async with hall.store.read() as conn:
        told = int(await get_meta(conn, "told") or 0)
        query = select(t.happened).where(t.happened.c.seq > told).order_by(t.happened.c.seq)
        rows = [row._mapping for row in await conn.execute(query.limit(AT_ONCE))]
    if not rows:
        return 0
    began, wall = hall.clock.began, hall.clock.wall
    lines = [
        [r["person_id"], r["what"], bool(r["urgent"]), r["at"] - began, wall(r["at"])] for r in rows
    ]
    last = rows[-1]["seq"]
    own = {"kind": "happened", "drill": hall.id, "rows": lines}
    async with store.write() as conn:
        event = own_row(vault, now, f"drill/{hall.id}/{last}", encode(own), urgent=False)
        await conn.execute(insert_new(conn, t.inbox), [event])
    async with hall.store.write() as conn:
        await set_meta(conn, "told", str(last))
    return len(rows)
