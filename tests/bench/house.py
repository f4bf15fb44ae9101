"""An installation of many people, written in bulk, and the real process that runs on it.

Rows are sealed by the real vault and look like those that turns write: a person, an address, the
check-in's instance, its timers. What stands on whose phone is the platform's, in its own process.
"""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.outbox import short_id
from bot.store.migrate import upgrade
from bot.store.store import Store
from bot.vault import KeyRing, Vault

TOKEN = "123456:stand-in"
HOUR = 3_600_000
FIRST_USER = 1_000_000  #: Telegram id of the first journalist; coordinators come before
COORDINATORS = tuple(range(101, 104))
PYTHON = sys.executable


def now() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class House:
    folder: Path
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.ring = self.folder / "bench.keyring"
        self.database = self.folder / "bench.sqlite3"
        KeyRing.create(self.ring)
        self.vault = Vault(KeyRing.load(self.ring))
        asyncio.run(self._schema())

    async def _schema(self) -> None:
        store = Store.open(f"sqlite+aiosqlite:///{self.database}")
        await upgrade(store)
        await store.close()

    def env(self, api: str = "http://127.0.0.1:9") -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("ONBELAY_")},
            "ONBELAY_DATABASE_URL": f"sqlite:///{self.database}",
            "ONBELAY_KEYRING": str(self.ring),
            "ONBELAY_TELEGRAM_TOKEN": TOKEN,
            "ONBELAY_TELEGRAM_API_URL": api,
            "ONBELAY_HTTP": "127.0.0.1:0",
        }

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.database, timeout=30)
        try:
            with db:
                yield db
        finally:
            db.close()

    def one(self, sql: str, *values: object) -> Any:
        with self.open() as db:
            return db.execute(sql, values).fetchone()[0]

    # ------------------------------------------------------------ people and what they do

    def person(self, user: int) -> str:
        return short_id(self.vault.digest("bench person", str(user)))

    def address(self, user: int) -> str:
        return short_id(self.vault.digest("address id", "telegram", str(user)))

    def seal(self, person: str, value: object, context: str) -> bytes:
        clear = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return self.vault.seal(person, clear, context)

    def add_people(self, users: Iterable[int], role: str = "journalist") -> None:
        """Enrolled, with a proven Telegram address. Coordinators are on duty."""
        users, at = list(users), now() - HOUR
        ids = [self.person(user) for user in users]
        self.vault.new_people(ids)
        persons, addresses = [], []
        for user, person in zip(users, ids, strict=True):
            profile = {"name": f"Person {user}", "lang": "en", "tz": "Europe/Oslo"}
            sealed = self.seal(person, profile, "person")
            persons.append((person, role, "medium", role == "coordinator", True, sealed, at))
            where = self.seal(person, {"where": str(user), "number": ""}, "address")
            digest = self.vault.digest("address", "telegram", str(user)).hex()
            row = (self.address(user), person, "telegram", digest, None, where, "ok", at, at)
            addresses.append(row)
        with self.open() as db:
            db.executemany("INSERT INTO persons VALUES (?,?,?,?,?,?,?)", persons)
            db.executemany("INSERT INTO addresses VALUES (?,?,?,?,?,?,?,?,?)", addresses)

    def add_checkins(self, users: Iterable[int], due: int) -> None:
        """Plans that wait, repeating every four hours, with both of their timers."""
        instances, timers = [], []
        for user in users:
            person = self.person(user)
            data = {"person": person, "interval": 4 * HOUR, "due": due}
            sealed = self.seal(person, data, "instance/checkin")
            instances.append(("checkin", person, person, "waiting", 1, 1, sealed))
            timers.append(("checkin", person, "remind", person, due - 300_000, 1))
            timers.append(("checkin", person, "due", person, due, 1))
        self._write_checkins(instances, timers)

    def add_asked(self, users: Iterable[int], graces: Iterable[int]) -> None:
        """Plans whose person was asked; when the grace is over, people are called."""
        instances, timers, focus = [], [], []
        for user, grace in zip(users, graces, strict=True):
            person = self.person(user)
            data = {"person": person, "interval": 4 * HOUR, "due": grace - 15 * 60_000}
            sealed = self.seal(person, data, "instance/checkin")
            instances.append(("checkin", person, person, "asked", 1, 3, sealed))
            timers.append(("checkin", person, "grace", person, grace, 3))
            buttons = [
                ["checkin.good", {}, "checkin", person, "asked", "ok", "", 1],
                ["checkin.not_good", {}, "checkin", person, "asked", "not_good", "", 1],
            ]
            kept = {"flow": "checkin", "subject": person, "expects": True, "c": buttons}
            focus.append((person, self.seal(person, kept, "focus")))
        self._write_checkins(instances, timers, focus)

    def _write_checkins(
        self, instances: list[Any], timers: list[Any], focus: Iterable[Any] = ()
    ) -> None:
        with self.open() as db:
            db.executemany("INSERT INTO instances VALUES (?,?,?,?,?,?,'',?)", instances)
            db.executemany("INSERT INTO timers VALUES (?,?,?,?,?,?)", timers)
            db.executemany("INSERT INTO focus VALUES (?,'',?)", focus)

    def add_routine(self, users: Iterable[int], key: str, args: dict[str, Any]) -> None:
        """Routine messages that wait in the outbox, one to each person."""
        at = now()
        rows = []
        for user in users:
            person = self.person(user)
            payload = {"m": key, "a": args, "c": [], "lang": "en", "tz": "UTC", "to": str(user)}
            sealed = self.seal(person, payload, "outbox")
            ident = short_id(self.vault.digest("bench outbox", str(user)))
            rows.append((ident, "telegram", self.address(user), person, 4, "", sealed, at, at))
        with self.open() as db:
            db.executemany(
                "INSERT INTO outbox (id, channel, address_id, person_id, rank, case_id, sealed, "
                "next_at, created_at, state, attempts) VALUES (?,?,?,?,?,?,?,?,?,'waiting',0)",
                rows,
            )

    def close(self) -> None:
        self.vault.close()
        shutil.rmtree(self.folder, ignore_errors=True)


# ---------------------------------------------------------------- processes


class Bot:
    """`onbelay run` as operators run it: its own process."""

    def __init__(self, house: House, api: str) -> None:
        self.log = (house.folder / "run.log").open("ab")
        self.process = subprocess.Popen(
            [PYTHON, "-m", "bot", "run"],
            env=house.env(api),
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def ready(self) -> None:
        assert self.process.stdout is not None
        if not self.process.stdout.readline().startswith("On belay"):
            raise RuntimeError(f"the bot did not start: {Path(self.log.name).read_text()[-2000:]}")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()


class Platform:
    """The Telegram stand-in in its own process, so that it doesn't share our interpreter lock."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [PYTHON, "-m", "tests.bench.platform", TOKEN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url: str = self.ask(do="url")

    def ask(self, **what: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the stand-in is gone")
        return json.loads(answer)

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextmanager
def platform(users: Iterable[int]) -> Iterator[Platform]:
    """With phones that have started the bot: the coordinators' and these."""
    made = Platform()
    try:
        made.ask(do="phones", users=[*COORDINATORS, *users])
        yield made
    finally:
        made.stop()


@contextmanager
def bot(house: House, api: str) -> Iterator[Bot]:
    made = Bot(house, api)
    try:
        yield made
    finally:
        made.stop()
