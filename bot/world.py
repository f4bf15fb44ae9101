"""What every turn needs and none changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import Incoming
from bot.text import Text
from bot.vault import Vault
from flows.engine.flow import Flow
from flows.engine.model import Policy
from flows.engine.places import Places
from flows.engine.words import Words
from flows.guidance.library import Library


@dataclass
class World:
    vault: Vault
    text: Text
    words: Words
    places: Places
    guidance: Library
    policy: Policy
    parsers: Mapping[str, Callable[[bytes], Incoming]]
    flows: Mapping[str, Flow]
    default_lang: str = "en"
    #: channel -> a link to us there; "{code}" in it stands for a code that it can carry.
    #: Filled at start, when the platforms answer.
    contacts: dict[str, str] = field(default_factory=dict)
    #: Emergency numbers by country.
    emergency: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Scripts of drills by name.
    scripts: Mapping[str, Any] = field(default_factory=dict)
    #: Their titles, as words are compared -> name, by language.
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: This is the engine of a drill: see bot/drill.
    rehearsing: bool = False
