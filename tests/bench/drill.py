"""(g) Real panics while a drill with 300 participants goes on, and the same ones without it: from
the moment Telegram has one to the moment it has taken the alert to the third of three coordinators.

One of these plays the drill's desk: whoever takes part calls for help in it, and all of these calls
go to that coordinator too. Both halves run one after the other, each in a house of its own.
"""

import random
import re
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

from tests.bench.house import COORDINATORS, FIRST_USER, House, Platform, bot, platform
from tests.bench.shown import Line, percentile

PARTICIPANTS, PANICS = 300, 100
TRAINER, DESK = 99, COORDINATORS[-1]
PAUSE = (1.2, 1.8)  #: seconds between two panics: Telegram takes one a second per coordinator
JOINING = 20.0  #: seconds in which all come in with the code
PATIENCE = 30.0
RATIO = 1.2
#: Messages of the drill while the panics come: whoever takes part does two things, both answered.
LEAST = 3 * PARTICIPANTS // 2
CODE = re.compile(r": ([2-9A-HJKMNP-Z]{10})\b")
CALLERS = range(FIRST_USER, FIRST_USER + PANICS)
INSIDE = range(FIRST_USER + PANICS, FIRST_USER + PANICS + PARTICIPANTS)


def measure(folder: Path) -> Iterator[Line]:
    folder.mkdir(parents=True, exist_ok=True)
    alone = yield from _half(folder / "without", "without", _nothing, 0)
    beside = yield from _half(folder / "with", "with", _drill, LEAST)
    ratio = percentile(beside, 0.99) / percentile(alone, 0.99)
    yield Line("panic p99 with the drill, over without", ratio, "", at_most=RATIO)


Beside = Callable[["Phones", Flag], Iterator[Line]]


class Phones:
    """The stand-in, asked by one at a time."""

    def __init__(self, telegram: Platform) -> None:
        self._telegram, self._lock = telegram, Lock()

    def ask(self, **what: object) -> object:
        with self._lock:
            return self._telegram.ask(**what)

    def types(self, user: int, text: str) -> float:
        at = self.ask(do="send", user=user, text=text)
        assert isinstance(at, float)
        return at

    def got(self, since: int = 0) -> list[tuple[int, str, float]]:
        found = self.ask(do="accepted", since=since)
        assert isinstance(found, list)
        return [(chat, text, at) for chat, text, at in found]

    def wait(self, chat: int, wanted: str, many: int = 1) -> str:
        """The text in which it stands, as often as that."""
        end = time.monotonic() + 10 * PATIENCE
        while time.monotonic() < end:
            found = [text for to, text, _ in self.got() if to == chat and wanted in text]
            if len(found) >= many:
                return found[-1]
            time.sleep(0.2)
        raise RuntimeError(f"{wanted!r} never came to {chat}")

    def wait_all(self, chats: range, wanted: str) -> None:
        end = time.monotonic() + 10 * PATIENCE
        while missing := set(chats) - {to for to, text, _ in self.got() if wanted in text}:
            if time.monotonic() > end:
                raise RuntimeError(f"{wanted!r} never came to {len(missing)} of them")
            time.sleep(0.5)


def _half(
    folder: Path, name: str, beside: Beside, least: int
) -> Generator[Line, None, list[float]]:
    """Yields its lines; returns how long each panic took, in seconds. `least`: messages of
    the drill that Telegram takes between the first of them and the last."""
    house = House(folder)
    house.add_people(COORDINATORS, "coordinator")
    house.add_people([TRAINER], "trainer")
    house.add_people([*CALLERS, *INSIDE])
    with platform([TRAINER, *CALLERS, *INSIDE]) as telegram, bot(house, telegram.url) as running:
        running.ready()
        phones, stop = Phones(telegram), Flag()
        time.sleep(1)
        yield from beside(phones, stop)
        sent = {}
        for user in CALLERS:
            sent[user] = phones.types(user, "SOS")
            time.sleep(random.uniform(*PAUSE))
        taken = _alerts(phones)
        stop.set()
        first, ends = min(sent.values()), max(sent.values())
        drilled = sum("DRILL" in text and first <= at <= ends for _, text, at in phones.got())
        refused = telegram.ask(do="refused")
    house.close()
    complete = {u: [t - sent[u] for t in taken.get(u, [])] for u in sent}
    missing = sum(len(times) != len(COORDINATORS) for times in complete.values())
    last = [max(times) / 1000 for times in complete.values() if times]
    yield Line(
        f"{name}: messages of the drill taken meanwhile", drilled, "", at_least=least or None
    )
    yield Line("  panics whose alerts did not all arrive", missing, "", at_most=0)
    yield Line("  third coordinator, p50", percentile(last, 0.5), "s")
    yield Line("  third coordinator, p99", percentile(last, 0.99), "s", at_most=1.0)
    yield Line("  429 answers", refused.get("429", 0), "", at_most=0)
    return last


def _alerts(phones: Phones) -> dict[int, list[float]]:
    """By caller: when each coordinator's first real message naming them was taken."""
    end = time.monotonic() + PATIENCE
    while True:
        found: dict[int, dict[int, float]] = {}
        for chat, text, at in phones.got():
            named = re.search(r"Person (\d+)", text) if chat in COORDINATORS else None
            if named and "DRILL" not in text and int(named[1]) in CALLERS:
                found.setdefault(int(named[1]), {}).setdefault(chat, at)
        done = sum(len(chats) for chats in found.values()) == PANICS * len(COORDINATORS)
        if done or time.monotonic() > end:
            return {user: list(chats.values()) for user, chats in found.items()}
        time.sleep(0.5)


# ---------------------------------------------------------------- what goes on beside them


def _nothing(_phones: Phones, _stop: Flag) -> Iterator[Line]:
    return iter(())


def _drill(phones: Phones, stop: Flag) -> Iterator[Line]:
    """All of them are in it when this returns, and have been told what to do: who calls for help
    before that calls for real. From then on they call for help and write."""
    for typed, answer in (
        ("drill panic", "Who plays"),
        ("That is all", "coordinator"),
        (f"Person {DESK}", f"Person {DESK}\n"),
        ("That is all", "How fast"),
        ("As it is", "Shall those"),
        ("Don't tell them", "can take part"),
    ):
        phones.types(TRAINER, typed)
        phones.wait(TRAINER, answer.strip())
        time.sleep(0.3)
    found = CODE.search(phones.wait(TRAINER, "can take part"))
    assert found
    phones.types(DESK, f"/start {found[1]}")
    for user in INSIDE:
        phones.types(user, f"/start {found[1]}")
        time.sleep(JOINING / PARTICIPANTS)
    phones.wait(TRAINER, f"{PARTICIPANTS + 1} of {PARTICIPANTS + 1}")
    phones.types(TRAINER, "Begin now")
    phones.wait(TRAINER, "It has begun")
    phones.wait_all(INSIDE, "Please call for help")
    Thread(target=_play, args=(phones, stop), daemon=True).start()
    yield Line("with: participants of the drill", PARTICIPANTS, "", at_least=PARTICIPANTS)


def _play(phones: Phones, stop: Flag) -> None:
    """Two or three of them do something in every second."""
    length = PANICS * sum(PAUSE) / 2
    for typed in ("sos", "at the station, by the clock"):
        for user in INSIDE:
            if stop.wait(length / PARTICIPANTS / 2):
                return
            phones.types(user, typed)
