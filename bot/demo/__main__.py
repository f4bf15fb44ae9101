"""`python -m bot.demo engine FOLDER FD MS`: the process of the demo's engine."""

import sys
from pathlib import Path

from bot.demo import engine

if __name__ == "__main__":
    raise SystemExit(engine.main(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
