"""What people type: commands, panic phrases, numbers, lengths, times, code words. Pure and total.

Everything is compared in a normal form: NFKC, case folded, accents and Arabic diacritics dropped,
letter variants unified, punctuation and invisible marks turned into spaces. Stretched letters
("soooos") are compared with all runs shortened on both sides. Digits of any script are digits.

The words themselves come from locales/<lang>/words.toml, so that a language is one folder.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

LONGEST_COMMAND = 200  #: characters after which a text is no command; panic is still looked for
SHORTEST_CODE_WORD = 4
LONGEST_CODE_WORD = 24
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
#: Letters that people and keyboards use for one another (Arabic, Persian, Urdu).
VARIANTS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و",
        "ة": "ه", "ک": "ك", "ـ": None, "œ": "oe", "æ": "ae", "ß": "ss", "ı": "i",
    }
)  # fmt: skip
KEYCAP = "\u20e3"
RUN = re.compile(r"(.)\1+")


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """The form in which texts are compared: words in lower case, one space between them."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = []
    for char in folded.translate(VARIANTS):
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.digit(char)))
        elif category[0] in "LN" or category == "So":
            kept.append(char)
        elif category[0] == "M" or category == "Cf":
            continue
        else:
            kept.append(" ")
    spaced = "".join(f" {c} " if unicodedata.category(c) == "So" else c for c in kept)
    return " ".join(spaced.split())


def short(normalised: str) -> str:
    """Runs of one letter as one: "soooos" and "sos" are the same."""
    return RUN.sub(r"\1", normalised)


@dataclass(frozen=True, slots=True)
class _Panic:
    whole: frozenset[str]
    inside: re.Pattern[str]


@dataclass
class Words:
    """`tables`: language -> parsed words.toml (commands, panic, everyday, code_words, units)."""

    tables: Mapping[str, Mapping[str, Any]]
    _commands: dict[str, dict[str, str]] = field(init=False, repr=False)
    _units: dict[str, int] = field(init=False, repr=False)
    _panic: _Panic = field(init=False, repr=False)
    _refused: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._commands = {lang: _command_index(table) for lang, table in self.tables.items()}
        self._units = _unit_index(self.tables.values())
        self._panic = _panic_index(self.panic_phrases())
        self._refused = frozenset(self._all_known())

    # ------------------------------------------------------------ what was typed

    def normal(self, text: str) -> str:
        return normal(text)

    def tokens(self, text: str) -> list[str]:
        """Normalised words, in order: a code word is looked for among them."""
        return normal(text[:8_000]).split()

    def command(self, text: str, lang: str) -> tuple[str, str] | None:
        """(command, the rest as typed). English and the person's language, with or without "/".

        A command that takes nothing must stand alone, so that a sentence isn't one by accident.
        """
        stripped = text.strip()
        if not stripped or len(stripped) > LONGEST_COMMAND:
            return None
        typed = stripped.lstrip("/\u061c\u200e\u200f\u2066\u2067\u2068").split()
        for index in (self._commands.get(lang, {}), self._commands.get("en", {})):
            for taken in (3, 2, 1):
                found = index.get(normal(" ".join(typed[:taken]))) if len(typed) >= taken else None
                if found and (taken == len(typed) or found in TAKES_REST):
                    rest = " ".join(typed[taken:])
                    if not rest or found not in SHORT_REST or _short_rest(rest):
                        return found, rest
        return None

    def panic(self, text: str) -> str | None:
        """ "whole" when a phrase of any language is all there is (also repeated), "inside" when
        one stands within other words."""
        typed = normal(text[:8_000])
        if not typed:
            return None
        if typed in self._panic.whole or short(typed) in self._panic.whole:
            return "whole"
        found = self._panic.inside.findall(f" {short(typed)} ")
        if not found:
            return None
        rest = self._panic.inside.sub(" ", self._panic.inside.sub(" ", f" {short(typed)} "))
        return "inside" if rest.strip() else "whole"

    def number(self, text: str) -> int | None:
        """ "1", "1.", "#1", "1️⃣", in the digits of any script."""
        if len(text) > 12:
            return None
        typed = normal(text.replace(KEYCAP, ""))
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 4 else None

    def duration(self, text: str) -> int | None:
        """Milliseconds of "90s", "15m", "4h", "1h30m", "2 hours"; None when it isn't one."""
        typed = normal(text[:60]).replace(" ", "")
        if not typed or not typed[0].isdigit():
            return None
        total, at = 0, 0
        for part in re.finditer(r"(\d{1,6})([^\d]*)", typed):
            unit = self._units.get(part[2]) if part[2] else (UNITS_MS["m"] if at else None)
            if unit is None or part.start() != at:
                return None
            total, at = total + int(part[1]) * unit, part.end()
        return total if at == len(typed) and total > 0 else None

    def clock_time(self, text: str) -> tuple[int, int] | None:
        """(hour, minute) of "18:30", "18h30", "18.30", "6:30pm", "٢٠:١٥"."""
        typed = normal(text[:40].replace("h", ":").replace("H", ":"))
        found = re.fullmatch(r"(\d{1,2}) (\d{2})(?: ?(am|pm|a m|p m|ص|م))?", typed)
        alone = re.fullmatch(r"(\d{1,2}) ?(am|pm|a m|p m)", typed)
        if found:
            hour, minute, half = int(found[1]), int(found[2]), found[3]
        elif alone:
            hour, minute, half = int(alone[1]), 0, alone[2]
        else:
            return None
        if half:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if half[0] in "pم" else 0)
        return (hour, minute) if hour < 24 and minute < 60 else None

    # ------------------------------------------------------------ code words

    def refuse_code_word(self, word: str) -> str | None:
        """Why a word can't be a code word: "several", "short", "long", "digits", "common"."""
        tokens = self.tokens(word)
        if len(tokens) != 1:
            return "several"
        token = tokens[0]
        if token.isdigit():
            return "digits"
        if len(token) < SHORTEST_CODE_WORD or len(set(token)) < 3:
            return "short"
        if len(token) > LONGEST_CODE_WORD:
            return "long"
        return "common" if token in self._refused or short(token) in self._refused else None

    def generate(self, entropy: bytes, lang: str) -> tuple[str, str]:
        """Two different words of the language's pool. Needs 8 bytes."""
        pool = self.pool(lang) or self.pool("en")
        first = int.from_bytes(entropy[:4], "big") % len(pool)
        second = int.from_bytes(entropy[4:8], "big") % (len(pool) - 1)
        return pool[first], pool[second if second < first else second + 1]

    def pool(self, lang: str) -> list[str]:
        table = self.tables.get(lang, {}).get("code_words", {})
        return [w for w in table.get("pool", []) if self.refuse_code_word(w) is None]

    # ------------------------------------------------------------ for checks

    def panic_phrases(self) -> list[tuple[str, str]]:
        """(language, phrase) of every language."""
        return [
            (lang, phrase)
            for lang, table in self.tables.items()
            for phrase in table.get("panic", {}).get("phrases", [])
        ]

    def collisions(self) -> list[str]:
        """Panic phrases that are also a command or an everyday word of some language."""
        found = []
        for lang, phrase in self.panic_phrases():
            typed = normal(phrase)
            for other, index in self._commands.items():
                known = index.get(typed) or index.get(short(typed))
                if known and known != "sos":
                    found.append(f"{lang}: panic phrase {phrase!r} is the command {known} in {other}")
            for other, table in self.tables.items():
                everyday = {normal(w) for w in table.get("everyday", {}).get("words", [])}
                if typed in everyday:
                    found.append(f"{lang}: panic phrase {phrase!r} is an everyday word in {other}")
        return found

    def _all_known(self) -> Iterable[str]:
        """No code word may be a word that people type anyway."""
        for table in self.tables.values():
            for word in table.get("everyday", {}).get("words", []):
                yield normal(word)
            for typed in table.get("commands", {}).values():
                for word in typed:
                    yield from normal(word).split()
        for _, phrase in self.panic_phrases():
            yield from normal(phrase).split()
        yield from ("password", "duress", "secret", "danger", "codeword", "azerty", "qwerty")


#: Commands that may be followed by something.
TAKES_REST = frozenset(
    {"checkin", "extend", "stop", "cancel", "ok", "lang", "ack", "note", "escalate", "close", "duty",
     "firstaid", "say", "drill", "status", "application"}
)  # fmt: skip
#: Of those, commands that are everyday words too: only followed by a word or two.
SHORT_REST = frozenset({"ok", "stop", "cancel", "lang", "duty", "extend", "checkin"})


def _short_rest(rest: str) -> bool:
    return len(rest.split()) <= 3


def _command_index(table: Mapping[str, Any]) -> dict[str, str]:
    return {
        normal(typed): command
        for command, words in table.get("commands", {}).items()
        for typed in words
    }


def _unit_index(tables: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    index = dict(UNITS_MS)
    for table in tables:
        for unit, words in table.get("units", {}).items():
            index |= {normal(word).replace(" ", ""): UNITS_MS[unit] for word in words}
    return index


def _panic_index(phrases: Iterable[tuple[str, str]]) -> _Panic:
    whole = {short(normal(phrase)) for _, phrase in phrases} | {
        normal(phrase) for _, phrase in phrases
    }
    longest_first = sorted((w for w in whole if w), key=len, reverse=True)
    pattern = "|".join(f"(?<= ){re.escape(w)}(?= )" for w in longest_first) or "(?!)"
    return _Panic(frozenset(whole), re.compile(pattern))
