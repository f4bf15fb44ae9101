"""python -m tests.bench [a] [b] [c] [d] [e] [f] [g]    all of them: about twelve minutes"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot import logs
from tests.bench import drill, machine, many, panic, texts, turns
from tests.bench.shown import Line

ALL: dict[str, tuple[str, Callable[[Path], Iterator[Line]]]] = {
    "a": ("panic to acceptance while 10,000 routine messages wait", panic.measure),
    "b": ("durable turns: 10,000 people answer a check-in, SQLite synchronous=FULL", turns.measure),
    "c": ("100,000 active check-ins, 10,000 fall due", many.measure_due),
    "d": ("start with 100,000 active check-ins", many.measure_start),
    "e": ("idle: one falls due now and then", many.measure_idle),
    "f": ("texts of any length: what reading them costs", texts.measure),
    "g": ("real panics beside a drill with 300 participants, and without", drill.measure),
}


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(ALL)
    if unknown:
        print(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}")
        return 2
    logs.setup()
    folder = Path(tempfile.mkdtemp(prefix="onbelay-bench-"))
    missed = 0
    try:
        print("\n".join(machine.described(folder)))
        print("process   bot: `onbelay run` in its own process (b: in this one), platform: a")
        print("          stand-in in a third, over loopback HTTP, 30/s overall and 1/s per chat")
        for name in chosen or ALL:
            missed += _measure(name, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\n{missed} goals missed" if missed else "\nevery goal holds")
    return 0


def _measure(name: str, folder: Path) -> int:
    title, measure = ALL[name]
    print(f"\n({name}) {title}", flush=True)
    start, missed = time.monotonic(), 0
    for line in measure(folder / name):
        print(line, flush=True)
        missed += not line.holds
    print(f"  took {time.monotonic() - start:.0f} s", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
