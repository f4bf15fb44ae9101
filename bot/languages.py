"""What the languages of locales/ give to the engine: texts, words, places, command menus."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot import emergency
from bot.batch import Batch
from bot.channels.base import Channel, Menu
from bot.config import Settings
from bot.drill import scripts
from bot.guidance import Shelf
from bot.places import load as load_places
from bot.store.store import Store
from bot.text import Text
from bot.vault import Vault
from bot.world import World
from flows.drill.script import Script
from flows.engine.flow import Flow
from flows.engine.messages import message
from flows.engine.words import Words

LOCALES = Path(__file__).parents[1] / "locales"

#: The platform's command menu: neutral words, the same for everybody.
MENU = (
    ("menu", message("menu.menu", "What you can do here")),
    ("ok", message("menu.ok", "All good")),
    ("checkin", message("menu.checkin", "Plan when to write next")),
    ("lang", message("menu.lang", "Language")),
    ("help", message("menu.help", "Help")),
)


def load_words(text: Text) -> Words:
    """No code word can be chosen that one of our own texts holds."""
    tables = {
        path.parent.name: tomllib.loads(path.read_text("utf-8"))
        for path in sorted(LOCALES.glob("*/words.toml"))
    }
    return Words(tables, tuple(text.everything()))


def _read(own: Path | None) -> tuple[Text, Words]:
    text = Text.load(LOCALES)
    text.library = Shelf(LOCALES, own).load()
    return text, load_words(text)


@cache
def _shipped() -> tuple[Text, Words]:
    """What comes with Onbelay doesn't change while a process lives."""
    return _read(None)


def world(
    settings: Settings, vault: Vault, channels: Mapping[str, Channel], flows: Mapping[str, Flow]
) -> World:
    own = settings.guidance.folder
    text, words = _read(own) if own else _shipped()
    known = scripts.load(settings.drills.scripts)
    return World(
        vault=vault,
        text=text,
        words=words,
        places=load_places(),
        guidance=text.library,
        emergency=emergency.numbers(),
        scripts=known,
        titles={lang: _titles(known, text, words, lang) for lang in text.languages},
        policy=settings.policy,
        flows=flows,
        parsers={name: channel.parse for name, channel in channels.items()},
    )


def _titles(known: Mapping[str, Script], text: Text, words: Words, lang: str) -> dict[str, str]:
    """What a trainer may type in place of a drill's name."""
    return {
        words.normal(text.render(lang, "UTC", script.title, {}, 0)): name
        for name, script in known.items()
    }


#: For coordinators, in their own chat only.
DESK_MENU = (
    ("cases", message("menu.cases", "Open cases")),
    ("duty", message("menu.duty", "On or off duty")),
)


async def role_menus(store: Store, vault: Vault, text: Text) -> list[Menu]:
    """A menu for each coordinator's Telegram chat, in their language."""
    now = 0
    async with store.read() as conn:
        batch = Batch(conn, vault, now)
        await batch.load_coordinators()
    found = []
    for person in batch.coordinators:
        card, someone = batch.card(person), batch.people.get(person)
        if card is None or someone is None:
            continue
        entries = tuple(
            (name, text.render(card.lang, "UTC", said, {}, now)) for name, said in DESK_MENU + MENU
        )
        chats = [a for a in someone.addresses.values() if a.channel == "telegram" and a.counts]
        found += [Menu(card.lang, entries, a.where) for a in chats]
    return found


def menus(text: Text) -> list[Menu]:
    return [
        Menu(lang, tuple((name, text.render(lang, "UTC", said, {}, 0)) for name, said in MENU))
        for lang in text.languages
    ]
