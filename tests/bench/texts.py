"""(f) Whatever somebody sends, of any length, is read in a time that grows with the text and no
faster: a turn reads it while others wait."""

import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.places import load
from flows.engine.words import Words
from tests.bench.shown import Line

LOCALES = Path(__file__).resolve().parents[2] / "locales"
AT_LEAST = 0.005  #: seconds that one measurement takes; what is done sooner is repeated
TIMES = 3  #: as long for twice the text, at most: linear, with room for a busy machine
LENGTH = 20_000  #: characters, more than any platform passes on
REPEATED = (
    "sos", "so", "s o s ", "a", "1h", "🆘", "help ", "ال", "\u0301", "aidez", "ﷺ", " ",
    "i want ", "x ", "بدي ", "took all ", "khart", "Goma ",
)  # fmt: skip


def measure(_folder: Path) -> Iterator[Line]:
    tables = {p.parent.name: tomllib.loads(p.read_text()) for p in LOCALES.glob("*/words.toml")}
    words, places = Words(tables), load()
    reads: dict[str, Callable[[str], object]] = {
        "a call for help": words.panic,
        "words one by one": words.tokens,
        "a number": words.number,
        "a length": words.duration,
        "a time of day": words.clock_time,
        "a plan for once": words.once,
        "a command": lambda text: words.command(text, "fr"),
        "somebody in a crisis": words.crisis,
        "a place": places.find,
    }
    for name, read in reads.items():
        once, worst = max((_taken(read, _text(part, LENGTH), 2), part) for part in REPEATED)
        once = _seconds(read, _text(worst, LENGTH))
        twice = _seconds(read, _text(worst, 2 * LENGTH))
        yield Line(f"{name}: {LENGTH:,} characters of {worst!r}", once * 1000, "ms")
        yield Line("  twice as many take", twice / once, "times", TIMES)


def _text(part: str, length: int) -> str:
    return part * (length // len(part))


def _seconds(read: Callable[[str], object], text: str) -> float:
    """Of this processor for one reading, the best of three."""
    times = 1
    while True:
        taken = min(_taken(read, text, times) for _ in range(3))
        if taken * times >= AT_LEAST:
            return taken
        times *= 4


def _taken(read: Callable[[str], object], text: str, times: int) -> float:
    started = time.process_time()
    for n in range(times):
        read(text + " " * (n % 2))  # nothing is remembered from the last time
    return (time.process_time() - started) / times
