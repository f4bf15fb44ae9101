"""The real process for tests: `onbelay run` beside both stand-ins, killed and started again.

    async with Installation.made(folder) as place:
        await place.import_people(people)
        run = await place.start(); await run.ready()
        await run.kill()
        facts = await place.facts()

What the process wrote to stdout and stderr, over all its lives, is in `place.output()`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.batch import Address, Batch
from bot.outbox import short_id
from bot.store import tables as t
from bot.store.store import Row, Store
from bot.vault import KeyRing, Vault
from tests.standins import signal as signals
from tests.standins import telegram as telegrams

ROOT = Path(__file__).parents[1]
OPEN = b"On belay:"  #: what the process says once its doors are open
QUICK = """
[checkin]
minimum_interval = "2s"
reminder_before = "1s"
[risk.medium]
grace = "1s"
uncertainty = "2s"
alert = "3s"
[escalation]
acknowledgement_expires = "1h"
repeat_every = "3s"
[[escalation.step]]
after = "0s"
notify = ["on_duty"]
[[escalation.step]]
after = "1s"
notify = ["all"]
[signal]
per_second = 20
"""


class Telegram(telegrams.TelegramStandIn):
    """Also keeps what people have sent: every update that was queued, by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[int, bytes] = {}

    def inject(self, raw: bytes, number: int | None = None) -> int:
        number = super().inject(raw, number)
        self.sent[number] = raw
        return number


class Signal(signals.SignalStandIn):
    """Also keeps every frame that went to a listening socket, by sender and timestamp."""

    def __init__(self) -> None:
        super().__init__()
        self.pushed: set[tuple[str, int]] = set()

    def deliver(self, frame: object) -> bool:
        pushed = super().deliver(frame)
        if pushed and isinstance(frame, dict):
            envelope = frame["envelope"]
            self.pushed.add((envelope["sourceUuid"], envelope["timestamp"]))
        return pushed


@dataclass
class Person:
    """Somebody with one phone. The number of their address tells them apart."""

    name: str
    role: str
    channel: str
    number: int
    telegram: telegrams.Phone | None = None
    signal: signals.Phone | None = None

    @property
    def address(self) -> str:
        return (
            str(self.number)
            if self.channel == "telegram"
            else f"+479{1_000_000 + self.number % 10**6}"
        )

    @property
    def line(self) -> str:
        return f"{self.role},{self.name},en,UTC,{self.channel},{self.address}"

    @property
    def texts(self) -> list[str]:
        """What the bot has written, in order."""
        inbox = self.telegram.inbox if self.telegram else self.signal.inbox if self.signal else []
        return [message.text for message in inbox]

    def send(self, text: str) -> None:
        phone = self.telegram or self.signal
        assert phone
        phone.send(text)

    def location(self, lat: float, lon: float) -> None:
        phone = self.telegram or self.signal
        assert phone
        phone.location(lat, lon)

    def saw(self, case: str) -> bool:
        return any(f"#{case}" in text for text in self.texts)


@dataclass
class Run:
    """One life of the process."""

    process: asyncio.subprocess.Process
    out: Path
    began: int  #: where in `out` this life begins
    signal: "Signal"

    async def ready(self, seconds: float = 120.0) -> None:
        """Returns once the doors are open, and Signal, where it is up, is listened to: what is sent
        there before is lost. Fails with its last words when it ends instead."""
        async with asyncio.timeout(seconds):
            while OPEN not in self.out.read_bytes()[self.began :] or self.signal.unheard:
                assert self.process.returncode is None, self.last_words()
                await asyncio.sleep(0.02)

    def alive(self) -> bool:
        return self.process.returncode is None

    async def kill(self) -> None:
        """SIGKILL. It must have been alive: a process that ends by itself is a failure."""
        assert self.alive(), self.last_words()
        self.process.kill()
        assert await self.process.wait() == -signal.SIGKILL, self.last_words()

    async def stop(self) -> None:
        self.process.terminate()
        assert await asyncio.wait_for(self.process.wait(), 30) == 0, self.last_words()

    def last_words(self) -> str:
        return self.out.with_name("stderr").read_text("utf-8")[-2_000:]


@dataclass
class Facts:
    """What the store holds, opened."""

    inbox: list[Row] = field(default_factory=list)
    raws: list[dict[str, Any]] = field(default_factory=list)  #: of `inbox`, in its order
    outbox: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  #: by person id
    #: (case id, kind of entry, its text)
    log: list[tuple[str, str, str]] = field(default_factory=list)


class Installation:
    def __init__(self, folder: Path, database: str = "", config: str = QUICK) -> None:
        self.folder = folder
        self.database = database or f"sqlite:///{folder}/onbelay.sqlite3"
        self.telegram, self.signal = Telegram(), Signal()
        self.config = folder / "onbelay.toml"
        self.config.write_text(config)
        self.runs: list[Run] = []

    @classmethod
    @asynccontextmanager
    async def made(
        cls, folder: Path, database: str = "", config: str = QUICK
    ) -> AsyncIterator["Installation"]:
        """Initialised, with both platforms up; nothing of it lives on afterwards."""
        place = cls(folder, database, config)
        await place.telegram.start()
        await place.signal.start()
        try:
            await place.command("init")
            yield place
        finally:
            for run in place.runs:
                if run.alive():
                    run.process.kill()
                    await run.process.wait()
            await place.signal.stop()
            await place.telegram.stop()

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ONBELAY_")}
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]),
            "ONBELAY_CONFIG": str(self.config),
            "ONBELAY_DATABASE_URL": self.database,
            "ONBELAY_KEYRING": str(self.folder / "onbelay.keyring"),
            "ONBELAY_TELEGRAM_TOKEN": self.telegram.token,
            "ONBELAY_TELEGRAM_API_URL": self.telegram.url,
            "ONBELAY_SIGNAL_ACCOUNT": self.signal.account,
            "ONBELAY_SIGNAL_API_URL": self.signal.url,
            "ONBELAY_HTTP": "127.0.0.1:0",
        }

    async def command(self, *args: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *args),
            env=self.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return out.decode()

    async def import_people(self, people: Iterable[Person]) -> None:
        file = self.folder / "people.csv"
        lines = ["role,name,lang,tz,channel,address", *(person.line for person in people)]
        file.write_text("\n".join(lines))
        await self.command("person", "import", str(file))
        file.unlink()

    def person(self, name: str, role: str, channel: str, number: int) -> Person:
        one = Person(name, role, channel, 7_000_000_000 + number)
        if channel == "telegram":
            one.telegram = self.telegram.phone(one.number)
        else:
            one.signal = self.signal.phone(one.address)
        return one

    async def start(self) -> Run:
        out = self.folder / "stdout"
        began = out.stat().st_size if out.exists() else 0
        with out.open("ab") as said, out.with_name("stderr").open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                env=self.environment(),
                stdout=said,
                stderr=errors,
            )
        run = Run(process, out, began, self.signal)
        self.runs = [*(r for r in self.runs if r.alive()), run]
        return run

    def output(self) -> str:
        return "".join((self.folder / name).read_text("utf-8") for name in ("stdout", "stderr"))

    # ------------------------------------------------------------ what is stored

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Store, Vault]]:
        """Beside a running process, as commands do."""
        vault = Vault(KeyRing.load(self.folder / "onbelay.keyring"))
        url = self.database.replace("sqlite:", "sqlite+aiosqlite:", 1)
        store = Store.open(url.replace("postgresql:", "postgresql+asyncpg:", 1))
        try:
            yield store, vault
        finally:
            await store.close()
            vault.close()

    async def waiting(self) -> tuple[int, int]:
        """How much waits in the inbox and in the outbox."""
        counts = []
        async with self.opened() as (store, _), store.read() as conn:
            for table in (t.inbox, t.outbox):
                query = select(func.count()).select_from(table).where(table.c.state == "waiting")
                counts.append(int(await conn.scalar(query) or 0))
        return counts[0], counts[1]

    async def facts(self) -> Facts:
        found = Facts()
        async with self.opened() as (store, vault):
            async with store.read() as conn:
                found.inbox = [r._mapping for r in await conn.execute(select(t.inbox))]
                found.outbox = [r._mapping for r in await conn.execute(select(t.outbox))]
                found.cases = [r._mapping for r in await conn.execute(select(t.cases))]
                people = [r._mapping for r in await conn.execute(select(t.persons))]
                log = [r._mapping for r in await conn.execute(select(t.case_log))]
            found.raws = [
                json.loads(vault.open(row["sealed_by"], row["sealed"], "inbox"))
                for row in found.inbox
            ]
            for row in people:
                profile = json.loads(vault.open(row["id"], row["sealed"], "person"))
                found.names[row["id"]] = profile["name"]
            about = {case["id"]: case["person_id"] for case in found.cases}
            for row in log:
                clear = vault.open(about[row["case_id"]], row["sealed"], "log")
                entry = (row["case_id"], row["kind"], str(json.loads(clear).get("text", "")))
                found.log.append(entry)
        return found

    async def second_address(self, person: Person, other: Person) -> None:
        """`person` also has the phone of `other`, who is nobody else."""
        async with self.opened() as (store, vault), store.write() as conn:
            first = vault.digest("address", person.channel, person.address).hex()
            c = t.addresses.c
            known = (c.hash == first) | (c.number_hash == first)
            row = (await conn.execute(select(t.addresses).where(known))).one()
            batch = Batch(conn, vault, row.used_at)
            await batch.load_people([row.person_id])
            digest = vault.digest("address", other.channel, other.address).hex()
            by_number = other.channel == "signal"
            batch.put_address(
                Address(
                    id=short_id(vault.digest("address id", other.channel, other.address)),
                    person=row.person_id,
                    channel=other.channel,
                    where=other.address,
                    number=other.address if by_number else "",
                    hash=None if by_number else digest,
                    number_hash=digest if by_number else None,
                    state="ok",
                    proven_at=None,
                    used_at=row.used_at - 1,
                )
            )
            await batch.write()


async def until(found: Callable[[], bool], seconds: float = 120.0, what: str = "") -> None:
    """Waits for a condition, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not found():  # noqa: ASYNC110 - what people see is looked at, like people do
                await asyncio.sleep(0.05)
    assert found(), what or "it never came"
