"""Codes that let somebody in: single use, they expire, only their keyed hash is stored."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot import strangers
from bot.app import real_channels
from bot.channels.base import Channel
from bot.codes import invitation
from bot.commands import newcomer as n
from bot.commands import shell
from bot.commands.shell import Opened, right, shipped
from bot.store import tables as t

LINK_SECONDS = 5.0  #: how long the platform may take to tell the bot's name


def draw(opened: Opened, role: str, lang: str, person: str = "") -> tuple[str, dict[str, Any]]:
    """A fresh code, and its row. With `person`: whoever uses it is that person."""
    code = strangers.draw_code(os.urandom(16))
    return code, invitation(opened.vault, code, role, lang, opened.clock.now(), person)


@asynccontextmanager
async def channels(opened: Opened) -> AsyncIterator[dict[str, Channel]]:
    """The channels that are on, for their links; nothing is received."""
    found = {c.name: c for c in real_channels(opened.settings, opened.clock)}
    try:
        yield found
    finally:
        for channel in found.values():
            await channel.close()


async def link(channel: Channel | None, code: str) -> str:
    """What to send to the person: a link, or the words to type when there is none."""
    try:
        if channel is not None:
            async with asyncio.timeout(LINK_SECONDS):
                return await channel.invite_link(code)
    except Exception as error:
        shell.say(f"The link couldn't be made ({type(error).__name__}); the code works typed.")
    return f"/start {code}"


async def invite(role: str, lang: str, as_json: bool) -> None:
    role, lang = right(n.role, role), right(n.language, lang, shipped())
    async with shell.opened() as opened, channels(opened) as on:
        code, row = draw(opened, role, lang)
        links = {name: await link(channel, code) for name, channel in on.items()}
        async with opened.store.write() as conn:
            await conn.execute(t.codes.insert(), [row])
        if as_json:
            shell.show_json({"code": code, "expires_at": shell.iso(row["expires_at"])} | links)
            return
        shell.show(f"code: {code}")
        for name, found in links.items():
            shell.show(f"{name}: {found}")
        shell.show(f"valid until: {shell.short_time(row['expires_at'])}, once")
        shell.say(_advice(list(links)))


def _advice(on: Sequence[str]) -> str:
    if not on:
        return (
            "No channel is configured yet, so nobody can use it: set ONBELAY_TELEGRAM_TOKEN, or "
            "ONBELAY_SIGNAL_ACCOUNT and ONBELAY_SIGNAL_API_URL."
        )
    return "Send it to one person, by a way you trust: whoever uses it first is let in."
