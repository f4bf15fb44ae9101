"""What happens first when a message arrives: its raw form is committed, then it is confirmed.

Parsing comes later, in a turn, one frame at a time: a malformed frame can't hurt its neighbours.
Waiting `receive` calls share one commit. The same frame coming again is known by its keyed hash.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Frame, Receive
from bot.clock import Clock
from bot.store import tables as t
from bot.store.store import Store, insert_new, set_meta
from bot.turn import BOT
from bot.vault import Vault
from flows.engine.words import Words

log = structlog.get_logger()


class Inbox:
    """`wake` is called after each commit: something waits."""

    def __init__(
        self, store: Store, vault: Vault, words: Words, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self.store, self.vault, self.words, self.clock = store, vault, words, clock
        self.wake = wake
        self._waiting: list[tuple[str, Sequence[Frame], str | None, asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None

    def door(self, channel: str) -> Receive:
        async def receive(frames: Sequence[Frame], cursor: str | None) -> None:
            await self.commit(channel, frames, cursor)

        return receive

    async def commit(self, channel: str, frames: Sequence[Frame], cursor: str | None) -> None:
        """Returns when the frames and the cursor are durable; raises when they are not."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((channel, frames, cursor, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        await done

    async def _commit_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                async with self.store.write() as conn:
                    for channel, frames, cursor, _ in group:
                        await self._insert(conn, channel, frames, cursor)
            except Exception as error:
                log.error("inbox_commit_failed", error=type(error).__name__)
                for *_, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            for *_, done in group:
                if not done.done():
                    done.set_result(None)
            self.wake()

    async def _insert(
        self, conn: AsyncConnection, channel: str, frames: Sequence[Frame], cursor: str | None
    ) -> None:
        now = self.clock.now()
        rows = [row(self.vault, self.words, channel, frame, now) for frame in frames]
        if rows:
            await conn.execute(insert_new(conn, t.inbox), rows)
        if cursor is not None:
            await set_meta(conn, f"cursor/{channel}", cursor)


def row(
    vault: Vault, words: Words, channel: str, frame: Frame, now: int
) -> dict[str, str | bytes | int | bool]:
    return {
        "key": vault.digest("inbox", channel, *frame.dedupe).hex(),
        "channel": channel,
        "sender": vault.digest("sender", channel, frame.sender).hex() if frame.sender else "",
        "urgent": _urgent(words, frame.hint),
        "received_at": now,
        **_sealed(vault, frame.raw, now),
        "state": "waiting",
    }


def _urgent(words: Words, hint: str) -> bool:
    """Only decides who goes first; what the message means is decided in the turn."""
    try:
        return bool(hint) and words.panic(hint) is not None
    except Exception:
        return False


def own_row(
    vault: Vault, now: int, key: str, raw: bytes, urgent: bool = True
) -> dict[str, str | bytes | int | bool]:
    """An event of the bot's own: a delivery that failed, for one. Made inside the transaction that
    writes it, as every row is (`Vault.inbox_key`)."""
    return {
        "key": vault.digest("inbox", BOT, key).hex(),
        "channel": BOT,
        "sender": "",
        "urgent": urgent,
        "received_at": now,
        **_sealed(vault, raw, now),
        "state": "waiting",
    }


def _sealed(vault: Vault, raw: bytes, now: int) -> dict[str, str | bytes]:
    key = vault.inbox_key(now)
    return {"sealed_by": key, "sealed": vault.seal(key, raw, "inbox")}
