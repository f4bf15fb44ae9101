"""`run`: the engine and its local pages, until SIGTERM or Ctrl-C."""

import asyncio
import signal
import socket
from contextlib import suppress

from sqlalchemy import func, select

from bot import doctor
from bot.app import App, assemble
from bot.commands import shell
from bot.commands.shell import Refusal
from bot.config import Settings
from bot.doctor import Look
from bot.store import tables as t
from bot.web import listen, serving

READY_EVERY = 0.05  #: seconds between two looks whether the doors are open


async def run() -> None:
    """Ends by itself only with an error. Raises Refusal, ConfigError, StoreError, VaultError."""
    settings = shell.settings_of_this_place()
    _refuse_mute(settings)
    for warning in settings.warnings:
        shell.say(f"onbelay: {warning}")
    _stop_on_signals()
    door = _door(settings)
    app = assemble(settings)
    announcing = asyncio.create_task(_announce(app, door.getsockname()))
    try:
        async with serving(app, door):
            await app.run()
    except asyncio.CancelledError:
        shell.say("Stopped. Everything that waits goes on at the next start.")
    finally:
        announcing.cancel()
        with suppress(asyncio.CancelledError):
            await announcing
        await app.close()


def _refuse_mute(settings: Settings) -> None:
    if not settings.channels:
        raise Refusal(
            "no channel is configured, so nobody could be watched or called. Set "
            "ONBELAY_TELEGRAM_TOKEN for Telegram, or ONBELAY_SIGNAL_ACCOUNT and "
            "ONBELAY_SIGNAL_API_URL for Signal. To look around without them: onbelay demo"
        )


def _door(settings: Settings) -> socket.socket:
    try:
        return listen(settings.http_host, settings.http_port)
    except OSError as error:
        raise Refusal(
            f"the local pages can't be opened on {settings.http} ({error.strerror}). Perhaps "
            "Onbelay runs here already: look with `onbelay doctor`. Otherwise choose a free "
            "address with ONBELAY_HTTP, like 127.0.0.1:8471; nothing was touched."
        ) from None


def _stop_on_signals() -> None:
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)


async def _announce(app: App, pages: tuple[str, int]) -> None:
    """One line for whoever started it, once the doors are open."""
    while not app.ready:  # noqa: ASYNC110 - a line for a human may come a moment later
        await asyncio.sleep(READY_EVERY)
    cases, timers = t.cases.c, t.timers.c
    async with app.store.read() as conn:
        people = await conn.scalar(select(func.count()).select_from(t.persons))
        still_open = await conn.scalar(select(func.count(cases.id)).where(cases.state != "closed"))
        waiting = await conn.scalar(select(func.count(timers.name)))
    shell.show(
        f"On belay: {', '.join(app.channels)}; {people} people, {still_open} open cases, "
        f"{waiting} timers; pages on http://{_place(*pages[:2])}"
    )
    if app.settings.policy.funds:
        look = Look(app.settings, app.store, app.vault, app.clock, app.world.text, app.channels)
        with suppress(Exception):
            for finding in await doctor.at_start(look):
                shell.say(f"onbelay: {finding.check}: {finding.text}")
    for name, channel in app.channels.items():
        with suppress(Exception):
            for problem in await channel.check():
                shell.say(f"onbelay: {name}: {problem} Until then nobody is heard or called there.")


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
