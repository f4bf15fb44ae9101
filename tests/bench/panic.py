"""(a) A panic while ten thousand routine messages wait: from the moment Telegram has it to the
moment it has taken the alert to the third of three coordinators."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.house import COORDINATORS, FIRST_USER, House, Platform, bot, platform
from tests.bench.shown import Line, percentile

WAITING, PANICS = 12_000, 60
LEAST_WAITING = 10_000
PAUSE = (1.2, 1.8)  #: seconds between two panics: Telegram takes one a second per coordinator
PATIENCE = 20.0


def measure(folder: Path) -> Iterator[Line]:
    house = House(folder)
    journalists = range(FIRST_USER, FIRST_USER + PANICS)
    readers = range(FIRST_USER + PANICS, FIRST_USER + PANICS + WAITING)
    house.add_people(COORDINATORS, "coordinator")
    house.add_people([*journalists, *readers])
    house.add_routine(readers, "checkin.remind", {"name": "Person", "due": {"t": 0, "f": "time"}})
    with platform([*journalists, *readers]) as telegram, bot(house, telegram.url) as running:
        running.ready()
        time.sleep(3)  # the first burst is over, the routine lane runs at its rate
        sent = {}
        for user in journalists:
            sent[user] = telegram.ask(do="send", user=user, text="SOS")
            time.sleep(random.uniform(*PAUSE))
        taken = _alerts(telegram)
        left = house.one("SELECT count(*) FROM outbox WHERE state = 'waiting' AND rank = 4")
        refused = telegram.ask(do="refused")
    complete = {u: [t - sent[u] for t in taken.get(u, [])] for u in sent}
    missing = sum(len(times) != len(COORDINATORS) for times in complete.values())
    last = [max(times) / 1000 for times in complete.values() if times]
    first = [min(times) / 1000 for times in complete.values() if times]
    yield Line(f"panics sent, {len(COORDINATORS)} alerts each", len(sent), "")
    yield Line("routine messages still waiting at the end", left, "", at_least=LEAST_WAITING)
    yield Line("panics whose alerts did not all arrive", missing, "", at_most=0)
    yield Line("first coordinator, p50", percentile(first, 0.5), "s")
    yield Line("third coordinator, p50", percentile(last, 0.5), "s")
    yield Line("third coordinator, p99", percentile(last, 0.99), "s", at_most=1.0)
    yield Line("third coordinator, longest", max(last), "s")
    yield Line("429 answers", refused.get("429", 0), "", at_most=0)
    house.close()


def _alerts(telegram: Platform) -> dict[int, list[float]]:
    """By journalist: when each coordinator's first message naming them was taken."""
    end = time.monotonic() + PATIENCE
    while True:
        found: dict[int, dict[int, float]] = {}
        for chat, text, at in telegram.ask(do="accepted", since=0):
            if chat in COORDINATORS:
                for user in range(FIRST_USER, FIRST_USER + PANICS):
                    if f"Person {user}" in text:
                        found.setdefault(user, {}).setdefault(chat, at)
        done = sum(len(chats) for chats in found.values()) == PANICS * len(COORDINATORS)
        if done or time.monotonic() > end:
            return {user: list(chats.values()) for user, chats in found.items()}
        time.sleep(0.5)
