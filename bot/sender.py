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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import bindparam, exists, select

from bot import notices as n
from bot.channels.base import Button, Challenge, Channel, Limits, Outgoing, Reason, Refused, Retry
from bot.clock import Clock
from bot.enclosing import Enclosing
from bot.inbox import own_row
from bot.outbox import (
    SILENT_RANKS,
    UNDER_WAY,
    URGENT_RANKS,
    button_data,
    decode,
    encode,
    known,
    unpack_args,
)
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new, set_meta, update
from bot.text import Text
from bot.vault import Erased, Vault, VaultError
from flows.engine.messages import Message, Moment

log = structlog.get_logger()

FRUITLESS = 0.05  #: seconds between two looks that found nothing to send
FETCH = 40  #: rows looked at in one go
BACKOFF_MS = (500, 60_000)  #: first and longest wait after a failure
#: After this many failures an urgent message also goes round: next address, or next person.
ROUND_AFTER = 2
ROUND_WAIT = 2_000  #: ms: an urgent message that must wait longer goes round at once
WITHOUT_DRAWING = 2  #: failures after which a step goes without its drawing
WITHOUT_FILE = 8  #: failures after which the words go without any other file
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
    t.outbox.c.drill.in_((t.drills.c.id, t.drills.c.id + "/in")),
)


@dataclass
class Bucket:
    """Tokens of a platform's rate. The `reserve` is for the urgent lane alone."""

    limits: Limits
    tokens: float = 0.0
    at: float = 0.0

    def take(self, now: float, urgent: bool) -> float:
        """0 when a token was taken, otherwise the seconds until one may be there."""
        rate = self.limits.per_second
        self.tokens = min(self.limits.burst, self.tokens + (now - self.at) * rate)
        self.at = now
        floor = 0 if urgent else self.limits.reserve
        if self.tokens - 1 >= floor:
            self.tokens -= 1
            return 0.0
        return (1 + floor - self.tokens) / rate


@dataclass
class Holds:
    """Until when (monotonic seconds) a chat, or the platform, is left alone.

    chats   the platform said so
    resting  when a chat has all of its room again; until then the rest of it is for what is urgent
    """

    chats: dict[str, float] = field(default_factory=dict)
    resting: dict[str, float] = field(default_factory=dict)
    platform: float = 0.0

    def until(self, address: str, limits: Limits, urgent: bool) -> float:
        spared = (limits.chat_burst - 1) * limits.per_chat if urgent else 0.0
        return max(self.chats.get(address, 0.0), self.resting.get(address, 0.0) - spared)

    def sent(self, address: str, now: float, limits: Limits) -> None:
        self.resting[address] = max(self.resting.get(address, 0.0), now) + limits.per_chat

    def held(self, now: float, limits: Limits, urgent: bool) -> list[str]:
        known = {**self.chats, **self.resting}
        return [each for each in known if self.until(each, limits, urgent) > now]

    def soonest(self, now: float) -> float:
        both = (*self.chats.values(), *self.resting.values())
        return min((at for at in both if at > now), default=now + 1.0) - now

    def tidy(self, now: float) -> None:
        if len(self.chats) + len(self.resting) > 10_000:
            self.chats = {a: at for a, at in self.chats.items() if at > now}
            self.resting = {a: at for a, at in self.resting.items() if at > now}


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
        self.text, self.clock, self.happened = text, clock, happened
        self.enclosing = enclosing
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
        #: Rows that are being sent -> (kind, name, language, zone) of their file.
        self._enclosed: dict[str, tuple[str, str, str, str]] = {}
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
        c = t.outbox.c
        ready = (
            select(t.outbox)
            .where(c.state == "waiting", c.channel == self.channel.name)
            .where(c.next_at <= self.clock.now())
            .where((c.drill == "") | ~RECALLED)
            .order_by(c.rank, c.seq)
            .limit(FETCH)
        )
        now, limits = self.clock.monotonic(), self.channel.limits
        busy = [*self.busy, *self.holds.held(now, limits, urgent=True)]
        resting = self.holds.held(now, limits, urgent=False)
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
            rendered = self._render(row)
            named = self._enclosed.pop(row["id"], None)
            out = await self._with_file(row, rendered, named)
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

    async def _with_file(
        self, row: Row, out: Outgoing | None, named: tuple[str, str, str, str] | None
    ) -> Outgoing | None:
        """After a few failures the words go alone: they matter more."""
        if out is None or named is None or self.enclosing is None:
            return out
        if row["attempts"] >= (WITHOUT_DRAWING if named[0] == "drawing" else WITHOUT_FILE):
            return self._bare(out, *named)
        file = await self.enclosing.file(*named, self.clock.now())
        if file is None:
            return self._bare(out, *named)
        said = self._beside(out, n.NOT_CLEANED, *named[2:]) if file.uncleaned else out
        return replace(said, file=file)

    def _beside(self, out: Outgoing, said: Message, lang: str, tz: str) -> Outgoing:
        """A sentence about its file, below the words."""
        line = self.text.render(lang, tz, said, {}, self.clock.now())
        return replace(out, text=f"{out.text}\n{line}")

    def _bare(self, out: Outgoing, kind: str, name: str, lang: str, tz: str) -> Outgoing:
        """Without its file, and saying so; of a drawing, what it shows."""
        if kind == "drawing":
            shown = self.text.library.alternative(name, lang)
            return replace(out, text=f"{out.text}\n\n({shown})", file=None) if shown else out
        return replace(self._beside(out, n.NO_FILE, lang, tz), file=None)

    async def _sent(self, out: Outgoing, named: tuple[str, str, str, str] | None) -> str:
        """A file that the platform won't take doesn't keep the words from arriving."""
        try:
            return await self.channel.send(out)
        except Refused as refused:
            if out.file is None or refused.reason is not Reason.REJECTED:
                raise
            log.warning("file_refused", channel=self.channel.name)
            bare = self._bare(out, *named) if named else out
            return await self.channel.send(replace(bare, file=None))

    def _note_challenge(self, tokens: tuple[str, ...] | None) -> None:
        """Kept for `doctor`: what the operator must solve, until something is accepted again."""
        self._challenged = tokens is not None
        kept = {"at": self.clock.now(), "tokens": list(tokens or ())}
        self._challenge = json.dumps(kept) if self._challenged else ""

    def _render(self, row: Row) -> Outgoing | None:
        try:
            payload = self._payload(row)
        except Erased:
            return None
        if "redact" in payload:
            return Outgoing(
                payload["to"], kind="redact", target=payload["redact"], target_of=payload["of"]
            )
        return self._words(row, payload)

    def _payload(self, row: Row) -> dict[str, Any]:
        return decode(self.vault.open(row["key"] or row["person_id"], row["sealed"], "outbox"))

    def _left(self, row: Row, upstream: str) -> bytes:
        """What stays of a message that was accepted: what its buttons mean, for whoever presses or
        answers them; of one that is to be deleted again, the platform's ids. Nothing of what it
        said, nor where it went."""
        try:
            payload = self._payload(row)
        except VaultError:
            return b""
        left: dict[str, Any] = {}
        if payload.get("c"):
            # Its name, where that says nothing of anybody's: a number may have to be asked about.
            left["c"] = [
                [label * (not args), {}, *meaning] for label, args, *meaning in payload["c"]
            ]
        if "q" in payload:
            left["q"] = payload["q"]
        if payload.get("fleeting") or "row" in payload.get("d", {}):
            left["shown"] = upstream.split()  # whatever a drill deletes, it deletes by its own ids
        if "d" in payload:
            left["d"] = payload["d"]  # which message of which drill it was
        sealed_for = row["key"] or row["person_id"]
        return self.vault.seal(sealed_for, encode(left), "outbox") if left else b""

    def _words(self, row: Row, payload: Mapping[str, Any]) -> Outgoing:
        lang, tz = str(payload["lang"]), str(payload["tz"])
        now = int(payload.get("now") or self.clock.now())  # a drill has a time of its own
        if "f" in payload:
            self._enclosed[row["id"]] = (*payload["f"], lang, tz)
        args = unpack_args(payload["a"])
        text = self.text.render(lang, tz, known(str(payload["m"])), args, now)
        if (drill := payload.get("d")) is not None:
            text = f"{drill_mark(self.text, lang, tz, drill.get('at'))}\n{text}"
        buttons = tuple(
            Button(
                self.text.render(lang, tz, known(c[0]), unpack_args(c[1]), now),
                button_data(row["id"], i),
            )
            for i, c in enumerate(payload["c"])
        )
        return Outgoing(
            str(payload["to"]),
            text,
            buttons,
            silent=row["rank"] >= SILENT_RANKS,
            rtl=self.text.rtl(lang),
            rank=row["rank"],
        )

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
                "sealed": self._left(row, upstream) if state == "sent" else row["sealed"],
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


def drill_mark(text: Text, lang: str, tz: str, at: int | None) -> str:
    """What stands before every message of a drill; with the drill's own time where it has one."""
    if at is None:
        return text.render(lang, tz, n.DRILL, {}, 0)
    return text.render(lang, tz, n.DRILL_AT, {"at": Moment(at)}, at)


def _backoff(attempts: int) -> int:
    """Doubling with jitter, in ms."""
    first, longest = BACKOFF_MS
    ceiling = min(longest, first * 2 ** min(attempts - 1, 20))
    return int(ceiling * (0.5 + random.random() / 2))
