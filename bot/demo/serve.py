"""The simulator in a browser: a page on this machine only, until Ctrl-C."""

import asyncio
import os
import signal
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path

from bot.demo.guard import Guard
from bot.demo.pages import pages
from bot.demo.session import Session
from bot.web import hosting, listen

HOST = "127.0.0.1"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def serve(folder: Path, port: int, browser: bool) -> int:
    """`port` 0: any that is free. Raises OSError when it is taken."""
    door = listen(HOST, port)
    port = door.getsockname()[1]
    session = Session(folder)
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, session.leave)
    guard = Guard(pages(session), (f"{HOST}:{port}", f"localhost:{port}"))
    try:
        await session.open()
        async with hosting(guard, door):
            say(f"http://{HOST}:{port}/{guard.token}/")
            if browser and has_screen():
                await asyncio.to_thread(show, f"http://{HOST}:{port}/open/{guard.key}")
            await session.leaving.wait()
    finally:
        door.close()
        await session.close()
    return 0


def say(address: str) -> None:
    sys.stdout.write(
        f"The simulator: {address}\n"
        "Whoever has this address can drive it, on this machine only. Nothing of it is kept, and "
        "nothing\nis sent to anybody. Ctrl-C ends it.\n"
    )
    sys.stdout.flush()


def show(address: str) -> None:
    """No browser at all is no fault: the address has been printed."""
    with suppress(webbrowser.Error):
        webbrowser.open(address)


def has_screen() -> bool:
    return sys.platform == "darwin" or any(os.environ.get(name) for name in SCREENS)
