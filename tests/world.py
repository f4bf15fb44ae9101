"""The whole product in one process: people, phones, a virtual clock, crash().

The engine, the store and the outbox are the real ones; only the platforms are simulated, and time
moves when it is told to. Everything is deterministic: a fixed key ring, a fixed day.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import App, assemble
from bot.batch import Address, Batch, Someone
from bot.carry import Carrier
from bot.channels.base import Channel, Frame, Outgoing, Receive
from bot.channels.simulator.client import Phone, Shown, Simulator
from bot.clock import Clock, ManualClock
from bot.codes import code_hash
from bot.config import Settings
from bot.outbox import Order, short_id
from bot.store import tables as t
from bot.store.migrate import upgrade
from bot.store.sqlite import Connection, prepared
from bot.store.store import Store
from bot.vault import KeyRing
from bot.vault.people import make_people_file
from flows.engine.asked import Route
from flows.engine.model import Event, Kind

ROOT = Path(__file__).resolve().parent.parent
HELD_STEP = 50  #: ms between two looks at rows that are due and held
NOON = int(datetime(2026, 11, 21, 12, 0, tzinfo=UTC).timestamp() * 1000)
#: Marks around inserted values, for right-to-left text; left out of what people read here.
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))
LANGUAGES = ("en", "ar", "fr")  #: in the order in which they are offered
LANES = ("urgent", "", "routine", "bulk")


class Crash(BaseException):
    """The process is gone at this point. Not an Exception: nothing may catch it."""


@dataclass
class Said:
    """What landed on somebody's phone. `lane` is empty for replies."""

    to: str
    channel: str
    lane: str
    text: str
    labels: tuple[str, ...]
    shown: Shown


@dataclass
class Player:
    name: str
    role: str = "journalist"
    channels: tuple[str, ...] = ("telegram",)
    lang: str = "en"
    tz: str = "UTC"
    risk: str = "medium"
    duty: bool = False
    words: tuple[str, str] | None = None
    stranger: bool = False
    unproven: bool = False
    id: str = ""
    #: What the platform calls the account; made from the name when empty.
    where: str = ""


class Recorder(Simulator):
    """A simulator that keeps what was sent with its labels, whether it has buttons or not."""

    def __init__(self, name: str, clock: Clock, buttons: bool, heard: Callable[[Said], None]):
        super().__init__(name, clock, buttons)
        self.heard = heard
        self.names: dict[str, str] = {}

    async def send(self, out: Outgoing) -> str:
        upstream = await super().send(out)
        if out.kind == "redact":
            return upstream
        shown = self.phones[out.where].shown[-1]
        labels = tuple(b.label for b in out.buttons)
        lane = LANES[out.rank // len(Order)]
        self.heard(Said(self.names[out.where], self.name, lane, out.text, labels, shown))
        return upstream


@dataclass
class World:
    folder: Path
    config: str = ""
    #: When it begins, UTC ms.
    begin: int = NOON
    said: list[Said] = field(default_factory=list)
    players: dict[str, Player] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.begin)
        self.telegram = Recorder("telegram", self.clock, True, self.said.append)
        self.signal = Recorder("signal", self.clock, False, self.said.append)
        self.platforms = {"telegram": self.telegram, "signal": self.signal}
        #: Where the process is killed; called with the name of each boundary.
        self.boundary: Callable[[str], None] = lambda _name: None
        #: Links to us by channel, as platforms tell them at a start.
        self.contacts: dict[str, str] = {}
        #: Languages of this installation; empty: all that are shipped.
        self.spoken: tuple[str, ...] = ()
        #: No disk for the databases of drills.
        self.full = False
        self.app: App | None = None
        self.upstreams = 0
        self._held = False
        #: Read once, and SQL compiled once: what a fresh process does again and again is only slow.
        self._settings: Settings | None = None
        self._engine: AsyncEngine | None = None
        #: Those of drills, by the file of each.
        self._engines: dict[Path, AsyncEngine] = {}

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """A fresh process on the same store."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ring = self.folder / "test.keyring"
        if not ring.exists():
            write_fixed_ring(ring)
        self._settings = self._settings or self._read(ring)
        # Its connections were closed with the last process; what it still knows is compiled SQL.
        self._engine = self._engine or Store.open(self._settings.async_database_url, inline).engine
        store = Store(self._engine, self._path)
        self.app = assemble(self._settings, self.clock, self._channels, store)
        self.app.halls.database = self._of_drill
        self._speak(self.app)
        self.app.world.contacts.update(self.contacts)
        write_database(self._path, await empty_database())
        await self.app.prepare()
        self.app.turn.boundary = lambda name: self.boundary(f"turn/{name}")
        self.app.keeper.boundary = lambda name: self.boundary(f"keeper/{name}")
        for name, sender in self.app.senders.items():
            sender.boundary = lambda at, n=name: self.boundary(f"{n}/{at}")  # type: ignore[misc]
        for name, platform in self.platforms.items():
            platform.attach(self._door(self.app.inbox.door(name)))

    async def _of_drill(self, path: Path) -> Store:
        if self.full:
            raise OSError("no space left")
        write_database(path, await empty_database())
        if path not in self._engines:
            self._engines[path] = Store.open(f"sqlite+aiosqlite:///{path}", inline).engine
        return Store(self._engines[path], path)

    @property
    def _path(self) -> Path:
        return self.folder / "world.sqlite3"

    def _read(self, ring: Path) -> Settings:
        path = self.folder / "onbelay.toml"
        path.write_text(
            f'database_url = "sqlite:///{self._path}"\n'
            f'keyring = "{ring}"\n{self.config.replace("{root}", str(ROOT))}'
        )
        return Settings.load({}, path)

    def _door(self, receive: Receive) -> Receive:
        async def commit(frames: Sequence[Frame], cursor: str | None) -> None:
            self.boundary("inbox/before_commit")
            await receive(frames, cursor)
            self.boundary("inbox/after_commit")

        return commit

    def _speak(self, app: App) -> None:
        """As if only these folders stood in locales/."""
        text = app.world.text
        every = {code: text.language(code).name for code in LANGUAGES}
        text.languages = {code: every[code] for code in self.spoken or every}

    def speaks(self, *spoken: str) -> None:
        assert self.app is not None
        self.spoken = spoken
        self._speak(self.app)

    def _channels(self, _settings: Settings, _clock: Clock) -> list[Channel]:
        return [self.telegram, self.signal]

    async def stop(self) -> None:
        """What was not committed is rolled back by now; the connection itself knows nothing."""
        if self.app is not None:
            app, self.app = self.app, None
            # Nothing of it goes on: not a picture that is still drawn, nor the message with it.
            tasks = [task for each in app.senders.values() for task in each.busy.values()]
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            await app.halls.close()
            await app.store.release()

    async def close(self) -> None:
        await self.stop()
        if self._engine is not None:
            await self._engine.dispose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()
        await self.run()

    @contextmanager
    def held(self) -> Iterator[None]:
        """What people do meanwhile is received, and waits for the same turn."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    async def run(self) -> None:
        """Until nothing is left to do at this moment. Survives crashes at boundaries."""
        again, moved = False, 0
        while not self._held:
            assert self.app is not None
            try:
                # What was sent, fetched or rehearsed leaves something to do, or nothing is left.
                if not await self.app.turn.run() and again and not moved:
                    return
                again = True
                await self.app.keeper.pass_once()
                for sender in self.app.senders.values():
                    await sender.drain()
                moved = await self.app.halls.pass_once()
            except Crash:
                again = False
                await self.stop()
                await self.start()

    async def to(self, ms: int) -> None:
        """Move time, stopping wherever something falls due."""
        while True:
            await self.run()
            soonest = await self._soonest()
            if soonest is None or soonest > ms:
                break
            self.clock.set(max(soonest, self.clock.now()))
        self.clock.set(max(ms, self.clock.now()))
        await self.run()

    async def after(self, ms: int) -> None:
        await self.to(self.clock.now() + ms)

    async def _soonest(self) -> int | None:
        assert self.app is not None
        async with self.app.store.read() as conn:
            due = await conn.scalar(select(func.min(t.timers.c.due)))
            # What has expired goes nowhere: nothing of it falls due.
            c, now = t.outbox.c, self.clock.now()
            goes = (c.state == "waiting") & (c.expires_at.is_(None) | (c.expires_at > now))
            waiting = await conn.scalar(select(func.min(c.next_at)).where(goes))
            wanted = await conn.scalar(
                select(func.min(t.attachments.c.next_at)).where(t.attachments.c.state == "wanted")
            )
        rehearsed = await self.app.halls.due()
        found = [x for x in (due, waiting, wanted, rehearsed) if x is not None]
        # What is held is looked at again a step later; nothing else that falls due is stepped over.
        return min((x if x > now else now + HELD_STEP for x in found), default=None)

    # ------------------------------------------------------------ people

    async def add(self, player: Player) -> Player:
        """As `onbelay person add` does, with a proven address unless told otherwise."""
        assert self.app is not None
        app = self.app
        player.id = short_id(app.vault.digest("test person", player.name))
        for channel in player.channels:
            self._phone(player, channel)
        self.players[player.name] = player
        if player.stranger:
            return player
        app.vault.new_people([player.id])
        profile: dict[str, object] = {"name": player.name, "lang": player.lang, "tz": player.tz}
        if player.words:
            words = [next(iter(app.world.words.tokens(w))) for w in player.words]
            profile["words"] = [app.vault.word_digest(player.id, w).hex() for w in words]
        async with app.store.write() as conn:
            batch = Batch(conn, app.vault, self.clock.now())
            someone = Someone(
                player.id,
                player.role,
                player.risk,
                player.duty,
                True,
                self.begin - 1000 + len(self.players),
                profile,
            )
            batch.put_person(someone)
            for order, channel in enumerate(player.channels):
                where = self.where(player, channel)
                batch.put_address(
                    Address(
                        id=short_id(app.vault.digest("address id", channel, where)),
                        person=player.id,
                        channel=channel,
                        where=where,
                        number="",
                        hash=app.vault.digest("address", channel, where).hex(),
                        number_hash=None,
                        state="ok",
                        proven_at=None if player.unproven else self.begin,
                        used_at=self.begin - order,
                    )
                )
            await batch.write()
        return player

    async def invite(self, code: str, role: str, lang: str, person: str = "") -> None:
        assert self.app is not None
        async with self.app.store.write() as conn:
            await conn.execute(
                t.codes.insert(),
                {
                    "hash": code_hash(self.app.vault, code),
                    "kind": "invite",
                    "role": role,
                    "lang": lang,
                    "person_id": person,
                    "expires_at": self.clock.now() + 86_400_000,
                },
            )

    @staticmethod
    def where(player: Player, channel: str) -> str:
        return player.where or f"{player.name}-{channel}"

    def _phone(self, player: Player, channel: str) -> Phone:
        where = self.where(player, channel)
        self.platforms[channel].names[where] = player.name
        return self.platforms[channel].phone(where)

    def phone(self, name: str, channel: str = "") -> Phone:
        player = self.players[name]
        return self._phone(player, channel or player.channels[0])

    # ------------------------------------------------------------ what people do

    async def does(self, act: Callable[[], object]) -> None:
        """An act of a person: if the process dies before it is committed, they try again."""
        while True:
            try:
                await act()  # type: ignore[misc]
                break
            except Crash:
                await self.stop()
                await self.start()
        await self.run()

    async def applies(
        self, name: str, request: str, case: str, given: dict[str, object], channel: str = ""
    ) -> None:
        """A request to a fund has come in, as the form hands it over."""
        assert self.app is not None
        app, person, now = self.app, self.players[name], self.clock.now()
        args = {"id": request, "fund": "safety", "case": case, "answers": given}
        args["lang"] = person.lang
        event = Event(
            f"apply/{request}", Kind.SIGNAL, "start", now, now, person=person.id, args=args,
            channel=channel,
        )  # fmt: skip
        async with app.store.write() as conn:
            batch = Batch(conn, app.vault, now)
            await batch.load_coordinators()
            await batch.load_people([person.id])
            await batch.load_applications([person.id], [request])
            await batch.load_subjects([person.id])
            await Carrier(batch, app.world, None).step(Route("application", request, event))
            await batch.write()
        await self.run()

    def next_upstream(self) -> str:
        self.upstreams += 1
        return f"p{self.upstreams}"

    async def says(self, name: str, text: str, channel: str = "", **more: object) -> None:
        phone, upstream = self.phone(name, channel), self.next_upstream()
        sent = {"upstream": upstream, "sent_ms": self.clock.now(), **more}
        await self.does(lambda: phone.send(text, **sent))

    async def acts(self, name: str, kind: str, channel: str = "", **more: object) -> None:
        phone, upstream = self.phone(name, channel), self.next_upstream()
        frame = {"kind": kind, "upstream": upstream, "sent_ms": self.clock.now(), **more}
        await self.does(lambda: phone.simulator.put(phone, frame))

    async def presses(self, name: str, label: str, channel: str = "", **more: object) -> None:
        """The last shown button of this label; its number where there are no buttons."""
        channel = channel or self.players[name].channels[0]
        for said in reversed(self.said):
            labels = [shown.translate(ISOLATES) for shown in said.labels]
            if said.to == name and said.channel == channel and label in labels:
                index = labels.index(label)
                if not said.shown.buttons:
                    await self.says(name, str(index + 1), channel, **more)
                    return
                pressed = {"data": said.shown.buttons[index][1], "target": said.shown.upstream}
                await self.acts(name, "choice", channel, **pressed, **more)
                return
        raise AssertionError(f"{name} has no button [{label}]")

    def last(self, name: str, channel: str = "", case: bool = False) -> Said:
        channel = channel or self.players[name].channels[0]
        for said in reversed(self.said):
            if said.to == name and said.channel == channel and (not case or "#" in said.text):
                return said
        raise AssertionError(f"nothing was sent to {name}")

    # ------------------------------------------------------------ what is left

    async def states(self) -> dict[str, str]:
        """{"amina.checkin": "waiting", "#K7Q2": "open"}."""
        assert self.app is not None
        names = {p.id: p.name for p in self.players.values()}
        async with self.app.store.read() as conn:
            rows = (await conn.execute(select(t.instances))).all()
        found = {}
        for row in rows:
            about = names.get(row.person_id, row.person_id)
            case = row.flow in ("escalation", "application")
            key = f"#{row.subject}" if case else f"{about}.{row.flow}"
            found[key] = row.state
        return found

    async def count(self, table: str, **where: object) -> int:
        assert self.app is not None
        chosen = t.metadata.tables[table]
        query = select(func.count()).select_from(chosen)
        for name, value in where.items():
            query = query.where(chosen.c[name] == value)
        async with self.app.store.read() as conn:
            return int(await conn.scalar(query) or 0)


class Now:
    """In the place of the queue to a connection's thread: what is put here is done at once. People
    in a story act one after another; a thread would only be waited for."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, act = item
        try:
            done = act()
        except BaseException as error:
            if future:
                future.set_exception(error)
        else:
            if future:
                future.set_result(done)

    def empty(self) -> bool:
        return True

    def start(self) -> None:
        """There is no thread."""


async def inline(path: Path) -> Connection:
    now = Now()
    connection = prepared(path)
    connection._tx = connection._thread = now  # type: ignore[assignment]
    await connection
    return connection


_EMPTY: list[bytes] = []


async def empty_database() -> bytes:
    """Made once in this process, by the real migrations."""
    if not _EMPTY:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "empty.sqlite3"
            store = Store.open(f"sqlite+aiosqlite:///{path}")
            await upgrade(store)
            await store.close()
            _EMPTY.append(path.read_bytes())
    return _EMPTY[0]


def write_database(path: Path, empty: bytes) -> None:
    if not path.exists():
        path.write_bytes(empty)
        path.chmod(0o600)


def write_fixed_ring(path: Path) -> None:
    """A key ring like `KeyRing.create` makes, with known keys: transcripts show the same ids."""
    ring = KeyRing(path, "0" * 16, *(bytes([n]) * 32 for n in (1, 2, 3)))
    make_people_file(ring.people_path, ring.fingerprint)
    path.write_text(ring._written())
    path.chmod(0o600)


@asynccontextmanager
async def world(folder: Path, config: str = "", begin: int = NOON) -> AsyncIterator[World]:
    made = World(folder, config, begin)
    await made.start()
    try:
        yield made
    finally:
        await made.close()
        shutil.rmtree(folder, ignore_errors=True)
