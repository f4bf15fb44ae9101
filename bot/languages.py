"""What the languages of locales/ give to the engine: texts, words, places, command menus."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from bot.carry import World
from bot.channels.base import Channel, Menu
from bot.config import Settings
from bot.places import load as load_places
from bot.text import Text
from bot.vault import Vault
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


def load_words() -> Words:
    tables = {
        path.parent.name: tomllib.loads(path.read_text("utf-8"))
        for path in sorted(LOCALES.glob("*/words.toml"))
    }
    return Words(tables)


def world(
    settings: Settings, vault: Vault, channels: Mapping[str, Channel], flows: Mapping[str, Flow]
) -> World:
    return World(
        vault=vault,
        text=Text.load(LOCALES),
        words=load_words(),
        places=load_places(),
        policy=settings.policy,
        flows=flows,
        parsers={name: channel.parse for name, channel in channels.items()},
    )


def menus(text: Text) -> list[Menu]:
    return [
        Menu(lang, tuple((name, text.render(lang, "UTC", said, {}, 0)) for name, said in MENU))
        for lang in text.languages
    ]
