"""The file that goes with a message, made or opened at the moment it is sent.

Drawings and packs are made of what is in locales/, and kept in memory once made; what people sent
comes from the encrypted folder. A file that can't be had never holds back the words.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import select

from bot import drawings
from bot.channels.base import File
from bot.cleaning import cleaned
from bot.files import Folder, neutral_name
from bot.outbox import decode
from bot.store import tables as t
from bot.store.store import Store
from bot.text import Text

log = structlog.get_logger()

KEPT = 60  #: packs in memory: each language's whole one, and those asked for last
PDF, PLAIN = "application/pdf", "text/plain"
#: Says nothing of what is inside to whoever looks through a phone.
NAMES = {
    "pdf": "notes.pdf", "text": "notes.txt", "drawing": "drawing.png", "drill": "drawing.png",
    "qr": "drawing.png",
}  # fmt: skip


class Enclosing:
    def __init__(self, store: Store, folder: Folder, text: Text) -> None:
        self.store, self.folder, self.text = store, folder, text
        self._made: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        #: Draws how a drill went: its id, language, time zone, now. It is made where drills are.
        self.of_drill: Callable[[str, str, str, int], Awaitable[bytes]] | None = None

    async def file(self, kind: str, name: str, lang: str, tz: str, now: int) -> File | None:
        """None, and a line in the log, when there is no such file (any more)."""
        try:
            if kind == "kept":
                return await self._kept(name)
            if kind == "drill" and self.of_drill is not None:
                return File(NAMES[kind], "image/png", await self.of_drill(name, lang, tz, now))
            if kind == "qr":
                return File(NAMES[kind], "image/png", await asyncio.to_thread(_qr, name))
            if kind == "drawing":
                return File(NAMES[kind], "image/png", drawings.png(name))
            body = await self._pack(kind, name, lang, tz, now)
            return File(NAMES[kind], PDF if kind == "pdf" else PLAIN, body)
        except Exception as error:
            log.error("file_not_enclosed", kind=kind, error=type(error).__name__)
            return None

    async def _kept(self, name: str) -> File | None:
        query = select(t.attachments).where(t.attachments.c.id == name)
        async with self.store.read() as conn:
            row = (await conn.execute(query)).mappings().first()
        if row is None or row["state"] != "kept":
            return None
        person = row["person_id"]
        what = decode(self.folder.vault.open(person, row["sealed"], "attachment"))
        body = await asyncio.to_thread(self.folder.read, person, name)
        mime = what["mime"]
        if row["by"] == person:
            return File(neutral_name(mime), mime, body)  # their own may be evidence
        # What others send, and what is sent for a request, doesn't tell where they are.
        clean = await asyncio.to_thread(cleaned, mime, body)
        return File(neutral_name(mime), mime, clean or body, uncleaned=clean is None)

    async def _pack(self, kind: str, name: str, lang: str, tz: str, now: int) -> bytes:
        key = (kind, name, self.text.language(lang).code)
        if key not in self._made:
            make: Callable[[], bytes] = lambda: self._packed(kind, name, lang, tz, now)  # noqa: E731
            self._made[key] = await asyncio.to_thread(make)
        self._made.move_to_end(key)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return self._made[key]

    def _packed(self, kind: str, name: str, lang: str, tz: str, now: int) -> bytes:
        # What draws takes long to load: a start that people wait for needs none of it.
        from bot import pack as packs

        library = self.text.library
        wanted = [name] if name else [card.id for card in library.topics()]
        cards = [card for each in wanted if (card := library.card(each, lang))]
        if not cards:
            raise LookupError(name)  # of an older edition of the cards
        if kind == "pdf":
            return packs.pdf(cards, self.text, lang, tz, now)
        return packs.plain(cards, self.text, lang, tz, now).encode()


def _qr(link: str) -> bytes:
    from bot import qr  # draws: not loaded at a start

    return qr.png(link)
