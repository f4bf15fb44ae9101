"""Sends what waits: the most urgent first, within each platform's limits, until it is accepted.

One loop per channel:
    1. rows that may go now, by rank and age; chats that are held or busy are passed over
    2. a token of the platform's rate for each (the last few only for the urgent lane)
    3. send, at most `limits.concurrency` at once
    4. what was accepted is marked, several in one commit; what failed waits (backoff and jitter),
       or becomes an event: refused for good, or held back too long

A row is done only when the platform accepted it; after an ambiguous failure it is sent again.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import replace

import structlog
from sqlalchemy import bindparam, exists, select

from bot.channels.base import Challenge, Channel, Outgoing, Reason, Refused, Retry
from bot.clock import Clock
from bot.enclosing import Enclosing
from bot.inbox import own_row
from bot.outbox import (
    IN_DRILL,
    UNDER_WAY,
    URGENT_RANKS,
    encode,
)
from bot.pace import Bucket, Holds
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new, set_meta, update
from bot.text import Text
from bot.vault import Vault
from bot.wording import Named, Wording

log = structlog.get_logger()

FRUITLESS = 0.05  #: seconds between two looks that found nothing to send
FETCH = 40  #: rows looked at in one go
BACKOFF_MS = (500, 60_000)  #: first and longest wait after a failure
#: After this many failures an urgent message also goes round: next address, or next person.
ROUND_AFTER = 2
ROUND_WAIT = 2_000  #: ms: an urgent message that must wait longer goes round at once
CHALLENGE_MS = 60_000  #: how long the whole platform is left alone after a challenge


#: What failed for now waits on, unless it was replaced, or its case closed, while it was sent.
WAITS_ON = (
    t.outbox.update()
    .where(t.outbox.c.id == bindparam("waits"), t.outbox.c.state == "waiting")
    .values({name: bindparam(name) for name in ("attempts", "next_at", "error")})
)


#: What still waits of a drill that is over goes nowhere, from the moment that somebody ended it.
RECALLED = exists().where(
    t.drills.c.state == "over",
    t.outbox.c.drill.in_((t.drills.c.id, t.drills.c.id + IN_DRILL)),
)


class Sender:
    """One channel's loop. `wake()` after anything was committed that may wait for it."""

    def __init__(
        self,
        channel: Channel,
        store: Store,
        vault: Vault,
        text: Text,
        clock: Clock,
        happened: Callable[[], None],
        enclosing: Enclosing | None = None,
    ) -> None:
        self.channel, self.store, self.vault = channel, store, vault
        self.clock, self.happened = clock, happened
        self.wording = Wording(vault, text, clock, enclosing)
        self.bucket = Bucket(channel.limits, channel.limits.burst, clock.monotonic())
        self.holds = Holds()
        self.busy: dict[str, asyncio.Task[None]] = {}
        self._wake, self._urgent = asyncio.Event(), asyncio.Event()
        self._marks: list[dict[str, object]] = []
        self._parts: list[dict[str, object]] = []
        self._waits: list[dict[str, object]] = []
        #: Rows of drills that are about to go: a recall must know what may have arrived.
        self._going: list[str] = []
        #: Keys and bytes of events of the bot's own; sealed when they are written.
        self._events: list[tuple[str, bytes]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._started = 0
        self._told: set[tuple[str, str]] = set()
        self._challenged = False
        self._challenge: str | None = None
        #: Tests stop the process at its boundaries; None in production.
        self.boundary: Callable[[str], None] = lambda _name: None

    def wake(self, urgent: bool = False) -> None:
        """`urgent`: it doesn't wait for anything but its turn."""
        self._wake.set()
        if urgent:
            self._urgent.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            self._urgent.clear()
            before = self._started
            try:
                wait = await self.pass_once()
            except Exception as error:
                log.error("sender_failed", channel=self.channel.name, error=type(error).__name__)
                wait = 1.0
            if self._started == before:
                # Thousands of rows for a few held chats: looking again at every wake costs more
                # than this moment.
                await _until(self._urgent, FRUITLESS)
            if wait > 0:
                await _until(self._wake, wait)

    async def drain(self) -> None:
        """Send what may go now and wait for it (tests, demo)."""
        while True:
            await self.pass_once()
            if not self.busy:
                await self.flush()
                return
            await asyncio.gather(*self.busy.values())
            await self.flush()

    async def pass_once(self) -> float:
        """Start what may go now; returns the seconds until it is worth looking again."""
        mono = self.clock.monotonic()
        if mono < self.holds.platform:
            await self._go_round()
            return self.holds.platform - mono
        rows = await self._waiting()
        for row in rows:
            if len(self.busy) >= self._slots(row):
                return 1.0
            if row["id"] in self._sent_unmarked or not self._may_go(row, mono):
                continue
            wait = self.bucket.take(self.clock.monotonic(), row["rank"] < URGENT_RANKS)
            if wait:
                # Rows are in order of rank: whoever comes later has no better claim.
                return wait
            self._start(row)
        return min(1.0, self.holds.soonest(mono))

    def _slots(self, row: Row) -> int:
        """A quarter of the connections is kept for the urgent lane: others may hang in theirs."""
        all_slots = self.channel.limits.concurrency
        return all_slots if row["rank"] < URGENT_RANKS else max(1, all_slots * 3 // 4)

    @property
    def _sent_unmarked(self) -> set[object]:
        return {mark["id"] for mark in self._marks} | {wait["waits"] for wait in self._waits}

    def _may_go(self, row: Row, mono: float) -> bool:
        address, urgent = row["address_id"], row["rank"] < URGENT_RANKS
        until = self.holds.until(address, self.channel.limits, urgent)
        return address not in self.busy and until <= mono

    async def _go_round(self) -> None:
        """The whole platform is held: what is urgent is tried elsewhere now, each row once.

        All of them are looked at: a hundred that went round can't hide a new one.
        """
        c = t.outbox.c
        query = (
            select(c.id)
            .where(c.state == "waiting", c.channel == self.channel.name, c.rank < URGENT_RANKS)
            .order_by(c.rank, c.seq)
        )
        async with self.store.read() as conn:
            rows = [row._mapping for row in await conn.execute(query)]
        for row in rows:
            self._own(row, "held", "platform held")
        await self.flush()

    async def _waiting(self) -> list[Row]:
        """Urgent rows on their own first: ten thousand others can't hide one behind a held chat."""
        c, now = t.outbox.c, self.clock.now()
        ready = (
            select(t.outbox)
            .where(c.state == "waiting", c.channel == self.channel.name)
            .where(c.next_at <= now, c.expires_at.is_(None) | (c.expires_at > now))
            .where((c.drill == "") | ~RECALLED)
            .order_by(c.rank, c.seq)
            .limit(FETCH)
        )
        mono, limits = self.clock.monotonic(), self.channel.limits
        busy = [*self.busy, *self.holds.held(mono, limits, urgent=True)]
        resting = self.holds.held(mono, limits, urgent=False)
        if busy:
            ready = ready.where(c.address_id.not_in(busy[:500]))
        if resting:
            ready = ready.where((c.rank < URGENT_RANKS) | c.address_id.not_in(resting[:500]))
        async with self.store.read() as conn:
            rows = [row._mapping for row in await conn.execute(ready)]
        # What has gone round already lets newer ones of its rank try: while a platform is down
        # they would otherwise never fail, and so never go to the next address or person.
        return sorted(rows, key=lambda row: (row["rank"], row["attempts"] >= ROUND_AFTER))

    def _start(self, row: Row) -> None:
        self._started += 1
        address = row["address_id"]
        task = asyncio.create_task(self._send(row))
        self.busy[address] = task

        def finished(_: asyncio.Task[None]) -> None:
            self.busy.pop(address, None)
            self.wake()

        task.add_done_callback(finished)

    async def _send(self, row: Row) -> None:
        address = row["address_id"]
        try:
            rendered, named = self.wording.render(row)
            out = await self.wording.with_file(row, rendered, named)
            if row["drill"] and row["error"] != UNDER_WAY:
                self._going.append(row["id"])
                await self.flush()
            upstream = await self._sent(out, named) if out else ""
        except Refused as refused:
            await self._refused(row, refused.reason)
        except Challenge as challenge:
            self._note_challenge(challenge.tokens)
            self.holds.platform = self.clock.monotonic() + CHALLENGE_MS / 1000
            log.error("challenge", channel=self.channel.name)
            await self._again(row, None, "challenge", round_now=True)
        except Retry as retry:
            if retry.scope == "platform":
                self.holds.platform = self.clock.monotonic() + (retry.after or 1.0)
            await self._again(row, retry.after, "retry")
        except Exception as error:
            log.error("send_failed", id=row["id"], error=type(error).__name__)
            await self._again(row, None, type(error).__name__)
        else:
            self.boundary("after_send")
            self._mark(row, "sent", upstream)
            if self._challenged:
                self._note_challenge(None)
        finally:
            now = self.clock.monotonic()
            self.holds.sent(address, now, self.channel.limits)
            self.holds.tidy(now)
        await self.flush()

    async def _sent(self, out: Outgoing, named: Named | None) -> str:
        """A file that the platform won't take doesn't keep the words from arriving."""
        try:
            return await self.channel.send(out)
        except Refused as refused:
            if out.file is None or refused.reason is not Reason.REJECTED:
                raise
            log.warning("file_refused", channel=self.channel.name)
            bare = self.wording.bare(out, *named) if named else out
            return await self.channel.send(replace(bare, file=None))

    def _note_challenge(self, tokens: tuple[str, ...] | None) -> None:
        """Kept for `doctor`: what the operator must solve, until something is accepted again."""
        self._challenged = tokens is not None
        kept = {"at": self.clock.now(), "tokens": list(tokens or ())}
        self._challenge = json.dumps(kept) if self._challenged else ""

    # ------------------------------------------------------------ outcomes

    def _mark(self, row: Row, state: str, upstream: str = "", error: str = "") -> None:
        *parts, digest = [
            self.vault.digest("upstream", self.channel.name, one).hex() for one in upstream.split()
        ] or [""]
        self._parts += [
            {"address_id": row["address_id"], "upstream": part, "outbox_id": row["id"]}
            for part in parts
        ]
        self._marks.append(
            {
                "id": row["id"],
                "state": state,
                # What was refused is needed whole: it goes to the next address.
                "sealed": self.wording.left(row, upstream) if state == "sent" else row["sealed"],
                "attempts": row["attempts"] + 1,
                "next_at": self.clock.now(),
                "done_at": self.clock.now(),
                "upstream": digest or None,
                "error": error or None,
                "replaces": None,
            }
        )

    async def _refused(self, row: Row, reason: Reason) -> None:
        log.warning("refused", id=row["id"], reason=str(reason), channel=self.channel.name)
        self._mark(row, "failed", error=str(reason))
        self._own(row, "refused", str(reason))

    async def _again(
        self, row: Row, after: float | None, error: str, round_now: bool = False
    ) -> None:
        attempts = row["attempts"] + 1
        wait = int(after * 1000) if after else _backoff(attempts)
        if after:
            self.holds.chats[row["address_id"]] = self.clock.monotonic() + after
        self._waits.append(
            {
                "waits": row["id"],
                "attempts": attempts,
                "next_at": self.clock.now() + wait,
                "error": error,
            }
        )
        long = wait > ROUND_WAIT
        # Whom a drill calls is called in the bulk lane; its engine goes round all the same.
        calls = row["rank"] < URGENT_RANKS or (row["drill"] and row["case_id"])
        if calls and (round_now or long or attempts >= ROUND_AFTER):
            self._own(row, "held", error)

    def _own(self, row: Row, kind: str, reason: str) -> None:
        """An event of the bot's own, once per row and kind: its key makes it so."""
        if (row["id"], kind) in self._told:
            return
        self._told.add((row["id"], kind))
        raw = encode({"kind": kind, "outbox": row["id"], "reason": reason})
        self._events.append((f"{kind}/{row['id']}", raw))

    async def flush(self) -> None:
        """Marks and events in one commit; those that come meanwhile share the next one."""
        while self._marks or self._waits or self._events or self._going:
            if self._flushing is not None and not self._flushing.done():
                await asyncio.shield(self._flushing)
                continue
            self._flushing = asyncio.create_task(self._flush())
            await asyncio.shield(self._flushing)

    async def _flush(self) -> None:
        marks, events, challenge = list(self._marks), list(self._events), self._challenge
        parts, waits, going = list(self._parts), list(self._waits), list(self._going)
        try:
            async with self.store.write() as conn:
                if going:
                    c = t.outbox.c
                    await conn.execute(
                        t.outbox.update()
                        .where(c.id.in_(going), c.state == "waiting")
                        .values(error=UNDER_WAY)
                    )
                await update(conn, t.outbox, "id", marks)
                if waits:
                    await conn.execute(WAITS_ON, waits)
                if parts:
                    await conn.execute(insert_new(conn, t.parts), parts)
                if events:
                    now = self.clock.now()
                    rows = [own_row(self.vault, now, key, raw) for key, raw in events]
                    await conn.execute(insert_new(conn, t.inbox), rows)
                if challenge is not None:
                    await set_meta(conn, f"challenge/{self.channel.name}", challenge)
                self.boundary("before_commit")
        except Exception as error:
            # Not marked: it will be sent again. A double is better than a miss.
            log.error("marks_failed", error=type(error).__name__, count=len(marks))
            await asyncio.sleep(0.2)
            return
        self.boundary("after_commit")
        del self._marks[: len(marks)]
        del self._parts[: len(parts)]
        del self._waits[: len(waits)]
        del self._going[: len(going)]
        del self._events[: len(events)]
        if self._challenge is challenge:
            self._challenge = None
        if events:
            self.happened()


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Not wait_for: in Python 3.11 it loses a cancellation that comes with the event."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _backoff(attempts: int) -> int:
    """Doubling with jitter, in ms."""
    first, longest = BACKOFF_MS
    ceiling = min(longest, first * 2 ** min(attempts - 1, 20))
    return int(ceiling * (0.5 + random.random() / 2))
