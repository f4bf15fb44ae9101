"""`onbelay demo`: the simulator, the whole product with phones in a browser; nothing is kept.

The engine is a real process of its own (`python -m bot.demo engine FOLDER FD MS`): the App of
bot/app.py on a database in a temporary folder. Only two things are made up: the phones, which live
in this process at the other end of a wire, and the clock, which can be told to jump. So a `kill` is
a real SIGKILL, and what comes back after `start` comes from the store.

    cast.py    who takes part; makes the database     engine.py   both ends of the engine's process
    phones.py  the phones and what stands on them     stage.py    phones, engine and clock together
    story.py   what happens, act by act               acts.py     a line of the story
    show.py    the story as plain lines               tour.py     the story at a reader's pace
    session.py what can be asked for on the page      view.py     what the page is told
    record.py  what happened, as a transcript         drill.py    or as a drill script's start
    guard.py   who may ask at all                     pages.py    requests and answers
    serve.py   its life, from port to Ctrl-C          page/       the page itself
"""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

__all__ = ["main"]


def main(text: bool = False, port: int | None = None, browser: bool = True) -> int:
    """Serve the page until Ctrl-C. With `text`, or when nobody looks (no terminal, and nothing said
    of a port or a browser), play the story by itself: 0 when it ended as it should."""
    from bot.demo import serve, story
    from bot.demo.engine import EngineFailed

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    with tempfile.TemporaryDirectory(prefix="onbelay-demo-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        try:
            if text or by_itself(sys.stdout.isatty(), port, browser):
                return asyncio.run(story.alone(folder))
            return asyncio.run(serve.serve(folder, port or 0, browser))
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            return 141
        except (EngineFailed, OSError) as failed:
            sys.stderr.write(f"onbelay demo: {failed}\n")
            return 1


def by_itself(at_a_terminal: bool, port: int | None, browser: bool) -> bool:
    """Nobody is there to open a page, and nobody has asked for one."""
    return not at_a_terminal and port is None and browser
