"""Fetches what people send beside their words, into the encrypted folder.

One loop for all channels:
    1. rows that are wanted and may be tried now, the oldest first, a few at a time
    2. too large by what is said of it, or too many in its case: lost, without asking for it
    3. streamed into the folder; more bytes than were said, and it is dropped
    4. what became of it is committed together with an event of the bot's own, so that the flow
       which waits for it learns it exactly once
    5. where that is asked for, what stays is a copy that doesn't tell where it was made; one that
       can't be made, or would still tell, is lost. So it is with those that are here already
    6. whatever became of it, it is deleted where it was fetched from, if that is ours

A platform that can't be reached is tried again, for a quarter of an hour; then the file is lost and
both sides are told. The words that came with it were passed on long before.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import func, select

from bot.channels.base import Attachment, Channel, Refused, Retry
from bot.cleaning import cleaned
from bot.clock import Clock
from bot.files import PART, Broken, Folder, Stored, TooBig
from bot.inbox import own_row
from bot.outbox import decode, encode
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new, update
from bot.vault import Erased, Vault, VaultError

log = structlog.get_logger()

AT_ONCE = 3  #: files that are fetched side by side
IDLE = 5.0  #: seconds between two looks when nothing wakes us
ATTEMPTS = 11  #: with BACKOFF_MS a quarter of an hour
LONGEST = 300.0  #: seconds that one file may take; a trickle would keep its place for ever
BACKOFF_MS = (2_000, 240_000)  #: first and longest wait after a failure


@dataclass(frozen=True)
class Bounds:
    """most: bytes of one file; files: of one case; total: bytes of all files of one case."""

    most: int
    files: int
    total: int


class Keeper:
    def __init__(
        self,
        channels: Mapping[str, Channel],
        store: Store,
        vault: Vault,
        folder: Path,
        bounds: Bounds,
        clock: Clock,
        happened: Callable[[], None],
    ) -> None:
        self.channels, self.store, self.vault = channels, store, vault
        self.folder, self.bounds, self.clock = Folder(folder, vault), bounds, clock
        self.happened = happened
        self._wake = asyncio.Event()
        #: Tests stop the process at its boundaries; None in production.
        self.boundary: Callable[[str], None] = lambda _name: None

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            try:
                found = await self.pass_once()
            except Exception as error:
                log.error("keeper_failed", error=type(error).__name__)
                found = 0
                await asyncio.sleep(1)
            if not found:
                try:
                    async with asyncio.timeout(IDLE):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def pass_once(self) -> int:
        """Tries what may be tried now; how many there were. Of each case one at a time: what it
        may still have is known only when the one before is here."""
        c = t.attachments.c
        turn = func.row_number().over(partition_by=c.case_id, order_by=(c.next_at, c.id))
        ready = select(t.attachments, turn.label("turn")).where(
            c.state == "wanted", c.next_at <= self.clock.now()
        )
        found = ready.subquery()
        query = select(found).where(found.c.turn == 1).order_by(found.c.next_at, found.c.id)
        async with self.store.read() as conn:
            rows = [row._mapping for row in await conn.execute(query.limit(AT_ONCE))]
        # All of them end before anything is raised: none may still run when it is tried again.
        for ended in await asyncio.gather(*map(self._one, rows), return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
        return len(rows)

    async def tidy(self) -> None:
        """Files whose case is forgotten, or that were left behind by a crash."""
        there = self.folder.names()  # first: a file that comes meanwhile isn't one of them
        async with self.store.read() as conn:
            known = {row[0] for row in await conn.execute(select(t.attachments.c.id))}
        if gone := [name for name in there if name.removesuffix(PART) not in known]:
            self.folder.forget(gone)
            log.info("files_forgotten", count=len(gone))

    async def _one(self, row: Row) -> None:
        try:
            claim = decode(self.vault.open(row["person_id"], row["sealed"], "attachment"))
            if not row["channel"]:
                await self._clean_here(row, claim)
                return
            wanted = Attachment(claim["ref"], claim["kind"], claim["mime"], int(claim["size"]))
        except Erased:
            await self._mark(row, {"state": "lost", "error": "erased"}, None)
            return
        except (VaultError, ValueError, KeyError, TypeError):
            log.error("file_unreadable", id=row["id"])
            await self._lost(row, "gone")
            return
        channel = self.channels.get(row["channel"])
        if channel is None:
            await self._lost(row, "gone")
        elif await self._ended(
            row, wanted, channel, bool(claim.get("clean"))
        ) and not await self._still_wanted(row):
            await channel.forget(wanted)

    async def _still_wanted(self, row: Row) -> bool:
        """For another case. One that is silent must not make a difference for the other."""
        c = t.attachments.c
        others = select(func.count()).where(
            c.source == row["source"], c.state == "wanted", c.id != row["id"]
        )
        async with self.store.read() as conn:
            return bool(await conn.scalar(others))

    async def _clean_here(self, row: Row, known: Mapping[str, object]) -> None:
        """Of a file that was kept as it came. Its hash was told then, and stays; the hash of what
        is here from now on is beside it."""
        try:
            stored = await self._cleaned(row, str(known["mime"]))
        except Broken:
            stored = None  # it was cut, or is gone
        if stored is None:
            await self._lost(row, "told")
            return
        clear = encode({**known, "kept": stored.sha256})
        sealed = self.vault.seal(row["person_id"], clear, "attachment")
        await self._mark(row, {"state": "kept", "size": stored.size, "sealed": sealed}, None)

    async def _cleaned(self, row: Row, mime: str) -> Stored | None:
        """Puts the clean copy in the file's place; None when there is none any more."""
        body = await asyncio.to_thread(self.folder.read, row["person_id"], row["id"])
        clean = await asyncio.to_thread(cleaned, mime, body)
        if clean is None:
            self.folder.forget([row["id"]])
            return None

        async def pieces() -> AsyncIterator[bytes]:
            yield clean

        most = len(clean)
        return await self.folder.write(row["person_id"], row["id"], pieces(), most)

    async def _ended(self, row: Row, wanted: Attachment, channel: Channel, clean: bool) -> bool:
        """False when it will be tried again."""
        room = await self._room(row)
        if wanted.size > self.bounds.most:
            return await self._lost(row, "big")
        if room <= 0 or wanted.size > room:
            return await self._lost(row, "many")
        most = min(self.bounds.most, room)
        too_big = "big" if most == self.bounds.most else "many"
        try:
            async with asyncio.timeout(LONGEST):
                stored = await self.folder.write(
                    row["person_id"], row["id"], channel.fetch(wanted, most), most
                )
            here = await self._cleaned(row, stored.kind) if clean else stored
            if here is None:
                return await self._lost(row, "told")
            known = {"kind": wanted.kind, "mime": stored.kind, "sha256": stored.sha256}
            clear = encode({**known, "kept": here.sha256, "at": self.clock.now()})
            sealed = self.vault.seal(row["person_id"], clear, "attachment")
        except TooBig:
            return await self._lost(row, too_big)
        except Refused as refused:
            return await self._lost(row, too_big if "large" in refused.detail else "gone")
        except Erased:
            return await self._mark(row, {"state": "lost", "error": "erased"}, None)
        except Exception as error:
            after = error.after if isinstance(error, Retry) else None
            return await self._again(row, after, type(error).__name__)
        kept = {"state": "kept", "size": here.size, "sealed": sealed, "error": None}
        return await self._mark(row, kept, "kept")

    async def _room(self, row: Row) -> int:
        """Bytes that its case may still have; 0 when it has as many files as it may."""
        c = t.attachments.c
        kept = select(func.count(), func.coalesce(func.sum(c.size), 0)).where(
            c.case_id == row["case_id"], c.state == "kept"
        )
        async with self.store.read() as conn:
            files, total = (await conn.execute(kept)).one()
        return self.bounds.total - int(total) if files < self.bounds.files else 0

    async def _again(self, row: Row, after: float | None, error: str) -> bool:
        attempts = row["attempts"] + 1
        if attempts >= ATTEMPTS:
            log.warning("file_lost", id=row["id"], error=error)
            return await self._lost(row, "gone")
        first, longest = BACKOFF_MS
        wait = int(after * 1000) if after else min(longest, first * 2 ** (attempts - 1))
        later = {"attempts": attempts, "next_at": self.clock.now() + wait, "error": error}
        await self._mark(row, later, None)
        return False

    async def _lost(self, row: Row, why: str) -> bool:
        return await self._mark(row, {"state": "lost", "error": why}, "lost", why)

    async def _mark(
        self, row: Row, change: Mapping[str, object], kind: str | None, why: str = ""
    ) -> bool:
        """True: callers return it where nothing more will become of the file."""
        self.boundary("before_commit")
        async with self.store.write() as conn:
            await update(conn, t.attachments, "id", [{"id": row["id"], **change}])
            if kind:
                raw = encode({"kind": kind, "attachment": row["id"], "reason": why})
                key = f"{kind}/{row['id']}"
                event = own_row(self.vault, self.clock.now(), key, raw, urgent=False)
                await conn.execute(insert_new(conn, t.inbox), [event])
        self.boundary("after_commit")
        if kind:
            self.happened()
        return True
