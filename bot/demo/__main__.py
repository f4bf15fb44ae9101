"""`python -m bot.demo`: the demo; `... engine FOLDER FD MS`: its engine's process."""

import sys
from pathlib import Path


def run(argv: list[str]) -> int:
    if argv[:1] == ["engine"] and len(argv) == 4:
        from bot.demo import engine

        return engine.main(Path(argv[1]), int(argv[2]), int(argv[3]))
    from bot.demo import main

    return main(text="--text" in argv)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
