"""`onbelay demo`: the whole product with phones in the terminal; nothing is kept.

The engine is a real process of its own (`python -m bot.demo engine FOLDER FD MS`): the App of
bot/app.py on a database in a temporary folder. Only two things are made up: the phones, which live
in this process at the other end of a wire, and the clock, which can be told to jump. So a `kill` is
a real SIGKILL, and what comes back after `start` comes from the store.

    cast.py    who takes part; makes the database     engine.py   both ends of the engine's process
    phones.py  the phones and what stands on them     stage.py    phones, engine and clock together
    story.py   what happens, act by act               show.py     what it looks like
    acts.py    what can be typed                      terminal.py a person at the keyboard
"""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

__all__ = ["main"]


def main(text: bool = False) -> int:
    """Play. Without a terminal (or with `text`) by itself; 0 when the story ended as it should."""
    from bot.demo import story, terminal
    from bot.demo.engine import EngineFailed

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    alone = text or not (sys.stdin.isatty() and sys.stdout.isatty())
    with tempfile.TemporaryDirectory(prefix="onbelay-demo-", ignore_cleanup_errors=True) as made:
        try:
            return asyncio.run((story.alone if alone else terminal.play)(Path(made)))
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            return 141
        except EngineFailed as failed:
            sys.stderr.write(f"onbelay demo: {failed}\n")
            return 1
