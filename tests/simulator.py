"""The simulator as tests drive it: as its page does, and as the page asks it over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.demo.guard import Guard
from bot.demo.pages import pages
from bot.demo.session import Session
from bot.web import hosting, listen
from tests.world import NOON

PATIENCE = 180.0  #: seconds after which a test gives up; nothing is measured by it


class Driver:
    """A session on a real engine, as the page drives it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def do(self, do: str, **more: Any) -> str:
        return await self.session.act({"do": do, **more})

    async def type(self, who: str, text: str, **more: Any) -> None:
        await self.do("type", who=who, text=text, **more)

    def on(self, who: str) -> list[dict[str, Any]]:
        return [b for b in self.session.bubbles().values() if b["who"] == who]

    def theirs(self, who: str) -> list[str]:
        return [b["text"] for b in self.on(who) if not b["mine"]]

    async def press(self, who: str, label: str) -> None:
        found = next(b for b in reversed(self.on(who)) if label in b.get("buttons", ()))
        await self.do("press", who=who, message=found["n"], button=found["buttons"].index(label))

    def phone(self, who: str) -> dict[str, Any]:
        return next(p for p in self.session.now()["phones"] if p["who"] == who)

    @property
    def now(self) -> dict[str, Any]:
        return self.session.now()


@asynccontextmanager
async def driven(folder: Path, begin: int = NOON) -> AsyncIterator[Driver]:
    session = Session(folder, begin)
    try:
        await session.open()
        yield Driver(session)
    finally:
        await session.close()


@dataclass
class Site:
    http: httpx.AsyncClient
    guard: Guard
    root: str

    @property
    def own(self) -> dict[str, str]:
        return {"Origin": self.root}

    def url(self, path: str = "") -> str:
        return f"{self.root}/{self.guard.token}/{path}"


@asynccontextmanager
async def site(session: Session) -> AsyncIterator[Site]:
    door = listen("127.0.0.1", 0)
    host = f"127.0.0.1:{door.getsockname()[1]}"
    guard = Guard(pages(session), [host])
    async with hosting(guard, door), httpx.AsyncClient(timeout=PATIENCE) as http:
        yield Site(http, guard, f"http://{host}")
        session.leave()
