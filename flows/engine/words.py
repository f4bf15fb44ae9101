"""What people type: commands, panic phrases, numbers, lengths, times, code words. Pure and total.

Everything is compared in a normal form: NFKC, case folded, accents and Arabic diacritics dropped,
letter variants unified, punctuation and invisible marks turned into spaces. Stretched letters
("soooos") are compared with all runs shortened on both sides. Digits of any script are digits.

The words themselves come from locales/<lang>/words.toml, so that a language is one folder.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flows.engine import days
from flows.engine.normal import ARTICLE, LONGEST, anywhere, longest_first, normal, short
from flows.engine.spans import Spans

LONGEST_COMMAND = 200  #: characters after which a text is no command; panic is still looked for
WORDS_OF_A_COMMAND = 7
SHORTEST_CODE_WORD = 4
LONGEST_CODE_WORD = 24
MARKS = "\u061c\u200e\u200f\u2066\u2067\u2068"  #: of direction, that keyboards put first
BEFORE_COMMAND = MARKS + "/"
KEYCAP = "\u20e3"
PICTURE = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff]+")  #: emoji, most of them
AFTER_YES = frozenset({"send", "erase", "paid"})  #: what may be said after a yes
ACCOUNT_DIGITS = 5  #: of an account, a card, a phone, at least
CASE_ID = re.compile(r"[2-9A-HJKMNP-Z]{4,6}")  #: how the ids of cases look


@dataclass(frozen=True, slots=True)
class _Panic:
    """locales/en/words.toml says what its four lists are."""

    whole: frozenset[str]  # phrases and alone
    joined: re.Pattern[str]
    inside: re.Pattern[str]  # phrases
    ask: re.Pattern[str]
    cries: re.Pattern[str]  # alone and ask_alone
    help: re.Pattern[str]


@dataclass
class Words:
    """`tables`: language -> parsed words.toml; locales/en/words.toml says what its sections are.
    `prompts`: what we say ourselves, in any language: none of its words can be a code word."""

    tables: Mapping[str, Mapping[str, Any]]
    prompts: Iterable[str] = ()
    _commands: dict[str, dict[str, str]] = field(init=False, repr=False)
    _before_id: dict[str, dict[str, str]] = field(init=False, repr=False)
    _lang_words: frozenset[str] = field(init=False, repr=False)
    _names: dict[str, str] = field(init=False, repr=False)
    _spans: Spans = field(init=False, repr=False)
    _panic: _Panic = field(init=False, repr=False)
    _refused: frozenset[str] = field(init=False, repr=False)
    _thanks: frozenset[str] = field(init=False, repr=False)
    _crisis: re.Pattern[str] = field(init=False, repr=False)
    _no_crisis: re.Pattern[str] = field(init=False, repr=False)
    _real: re.Pattern[str] = field(init=False, repr=False)
    _me: Mapping[str, re.Pattern[str]] = field(init=False, repr=False)
    _at_step: Mapping[str, str] = field(init=False, repr=False)
    _days: days.Days = field(init=False, repr=False)
    _answers: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    _account: re.Pattern[str] = field(init=False, repr=False)
    _yes: frozenset[str] = field(init=False, repr=False)
    _grateful: re.Pattern[str] = field(init=False, repr=False)
    _counts: Mapping[str, int] = field(init=False, repr=False)
    _months: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tables = self.tables.items()
        self._commands = {lang: _command_index(table, "commands") for lang, table in tables}
        self._before_id = {lang: _command_index(table, "before_id") for lang, table in tables}
        self._lang_words = frozenset(
            typed
            for index in self._commands.values()
            for typed, command in index.items()
            if command == "lang"
        )
        self._names = {
            normal(name): code
            for table in self.tables.values()
            for code, names in table.get("names", {}).items()
            for name in names
            if code in self.tables
        }
        self._spans = Spans.of(self.tables.values())
        self._panic = _panic_index(self)
        self._refused = frozenset(self._all_known())
        self._crisis, self._no_crisis = (
            anywhere(
                p for table in self.tables.values() for p in table.get("crisis", {}).get(k, [])
            )
            for k in ("phrases", "not")
        )
        self._real = anywhere(
            p
            for t in self.tables.values()
            for p in (*t.get("commands", {}).get("no_duff", []), *t.get("real", {}).get("says", []))
        )
        self._me = {
            kind: anywhere(p for t in self.tables.values() for p in t.get("me", {}).get(kind, []))
            for kind in ("words", "sure", "others")
        }
        self._at_step = {
            normal(typed): verb
            for table in self.tables.values()
            for verb, words in table.get("at_step", {}).items()
            for typed in words
        }
        self._days = days.index(self.tables.values(), normal)
        self._answers = {
            kind: frozenset(
                normal(said)
                for table in self.tables.values()
                for said in table.get("answers", {}).get(kind, [])
            )
            for kind in ("none", "passes", "unsure", "me", "send", "small", "erase", "paid")
        }
        counts = [
            (name, normal(said))
            for table in self.tables.values()
            for name, words in table.get("counts", {}).items()
            for said in words
        ]
        self._counts = {said: int(name) for name, said in counts if name != "months"}
        self._months = frozenset(said for name, said in counts if name == "months")
        self._yes = frozenset(
            typed
            for index in self._commands.values()
            for typed, command in index.items()
            if command == "yes"
        )
        self._grateful = anywhere(
            said
            for table in self.tables.values()
            for said in table.get("thanks", {}).get("says", [])
        )
        self._account = anywhere(
            p for table in self.tables.values() for p in table.get("answers", {}).get("account", [])
        )
        self._thanks = frozenset(
            word
            for table in self.tables.values()
            for thanks in table.get("thanks", {}).get("words", [])
            for word in normal(thanks).split()
        )

    # ------------------------------------------------------------ what was typed

    def normal(self, text: str) -> str:
        return normal(text)

    def tokens(self, text: str) -> list[str]:
        """Normalised words, in order: a code word is looked for among them. Arabic ones without
        the article and what is joined to it: a word is the same word with "the" before it."""
        return [
            ARTICLE.sub("", word, count=1) if ARTICLE.match(word) else word
            for word in normal(text[:LONGEST]).split()
        ]

    def command(self, text: str, lang: str) -> tuple[str, str] | None:
        """(command, the rest as typed). English and the person's language, with or without "/".

        A command that takes nothing must stand alone, so that a sentence isn't one by accident.
        To change the language works in every language, also by its name: ("lang", its code).
        """
        stripped = text.strip()
        if not stripped or len(stripped) > LONGEST_COMMAND:
            return None
        apart = PICTURE.sub(r" \g<0> ", stripped)
        return self._command(stripped, lang) or (
            self._command(apart.strip(), lang) if apart != stripped else None
        )

    def _command(self, stripped: str, lang: str) -> tuple[str, str] | None:
        typed = stripped.lstrip(BEFORE_COMMAND).split()
        if typed and stripped.lstrip(MARKS).startswith("/"):
            typed[0] = typed[0].partition("@")[0]  # Telegram: /menu@the_bot
        longest = min(WORDS_OF_A_COMMAND, len(typed))
        starts = [(normal(" ".join(typed[:n])), " ".join(typed[n:])) for n in range(longest, 0, -1)]
        for index in (self._before_id.get(lang, {}), self._before_id.get("en", {})):
            for start, rest in starts:
                if start in index and _names_a_case(rest, stripped.isupper()):
                    return index[start], rest
        for index in (self._commands.get(lang, {}), self._commands.get("en", {})):
            for start, rest in starts:
                found = index.get(start)
                if found and (not rest or (found in TAKES_REST and self._may_follow(found, rest))):
                    return found, self._code_of(rest) if found == "lang" else rest
        for start, rest in starts:
            if start in self._lang_words and self._may_follow("lang", rest):
                return "lang", self._code_of(rest)
        code = self._code_of(stripped)
        return ("lang", code) if code != stripped else None

    def _code_of(self, text: str) -> str:
        """A language's name as its code, whatever language it is said in; else the text."""
        said = normal(text).split()
        while said and normal(" ".join(said)) not in self._names and self._polite(said[-1]):
            said.pop()
        return self._names.get(" ".join(said), text)

    def _may_follow(self, command: str, rest: str) -> bool:
        """ "ok thanks" is an answer; "ok handcuffed" and "safe house raided" must not be. A code
        word never comes here: it was taken out of the text before."""
        if command in ALONE:
            return not self.panic(rest) and all(map(self._polite, normal(rest).split()))
        if command not in SHORT_REST or len(rest.split()) <= 3:
            return True
        return self.duration(rest) is not None or self.clock_time(rest) is not None

    def _polite(self, word: str) -> bool:
        return word in self._thanks or not word.isalnum()

    def panic(self, text: str) -> str | None:
        """ "whole" when a phrase of any language is all there is (also repeated): help is called.
        "inside" when one stands within other words, or is one that is always asked about."""
        typed = normal(text[:LONGEST])
        if not typed:
            return None
        known, shortened = self._panic, short(typed)
        if typed in known.whole or shortened in known.whole:
            return "whole"
        if len(typed) <= LONGEST_COMMAND and any(
            known.joined.fullmatch(each.replace(" ", "")) for each in (typed, shortened)
        ):
            return "whole"
        rest, phrases = known.inside.subn(" ", f" {shortened} ")
        rest, asks = known.ask.subn(" ", rest)
        inside = bool(phrases or asks)
        # What is left may be more of the same: emoji, "emergency", "help". Then it's no sentence.
        cries = set(known.cries.findall(rest))
        rest = known.cries.sub(" ", rest)
        if any(map(str.isalnum, known.help.sub(" ", rest))):
            return "inside" if inside else None
        if phrases or cries & known.whole:
            return "whole"
        return "inside" if inside or cries else None

    def names_case(self, word: str) -> bool:
        """Whether a word can only be the id of a case."""
        return _names_a_case(word, False)

    def crisis(self, text: str) -> bool:
        """Whether somebody writes of suicide, in any language."""
        typed = self._no_crisis.sub(" ", normal(text[:LONGEST]))
        return self._crisis.search(typed) is not None

    def real(self, text: str) -> bool:
        """Whether "no duff", "this is real" stands anywhere in it, in any language."""
        return self._real.search(normal(text[:LONGEST])) is not None

    def at_step(self, text: str) -> str:
        """ "done", "fails" or "tell", when somebody types that at a step of a card; else ""."""
        return self._at_step.get(normal(text[:LONGEST_COMMAND]), "")

    def first_person(self, text: str) -> bool:
        """Whether somebody writes of their own wound ("i was shot", "my leg"), in any language."""
        typed = normal(text[:LONGEST])
        weak = self._me["words"].search(typed) and not self._me["others"].search(typed)
        return bool(weak or self._me["sure"].search(typed))

    def number(self, text: str) -> int | None:
        """ "1", "1.", "#1", "1️⃣", in the digits of any script."""
        if len(text) > 12:
            return None
        typed = normal(text.replace(KEYCAP, ""))
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 4 else None

    def duration(self, text: str) -> int | None:
        """Milliseconds of a length."""
        return self._spans.duration(text)

    def once(self, text: str) -> int | None:
        """Milliseconds of "in 20 min": one time, not a rhythm."""
        return self._spans.once(text)

    def clock_time(self, text: str) -> tuple[int, int] | None:
        """(hour, minute) of a time of day."""
        return self._spans.clock_time(text)

    def day(self, text: str, today: date) -> str | None:
        """The day, month or year of "19.11.2026", "12 November", "yesterday", "last week", as
        exact as it was written; None when it can't be read for certain."""
        found = days.written_day(text) or self._days.read(normal(text[:LONGEST_COMMAND]), today)
        return found if found and days.exists(found) else None

    def none(self, text: str) -> bool:
        """ "No", "never", "nothing", in any language."""
        said, none = normal(text[:LONGEST_COMMAND]), self._answers["none"]
        return said in none or bool(said and none.issuperset(said.split()))

    def passes(self, text: str) -> bool:
        """ "Skip", "I don't know", "that is all", or a no, in any language: no answer to keep."""
        said = normal(text[:LONGEST_COMMAND])
        return said in self._answers["passes"] | self._answers["unsure"] or self.none(text)

    def months(self, text: str) -> int | None:
        """ "3", "three months", "شهرين", "once"."""
        if (plain := self.number(text)) is not None:
            return plain
        said = normal(text[:LONGEST_COMMAND])
        count, _, unit = said.rpartition(" ")
        if said in self._counts or unit not in self._months:
            return self._counts.get(said)
        numbered = self.number(count)
        return self._spans.numbers.get(count) if numbered is None else numbered

    def means(self, kind: str, text: str) -> bool:
        """Whether it is all that somebody says: "yes", "unsure" ("I don't know"), "me" (asks for
        themself), "none", or with a yes before it "send", "erase" ("delete everything"), "paid"."""
        said = normal(text[:LONGEST_COMMAND])
        if kind == "none":
            return self.none(text)
        if kind == "yes":
            return said in self._yes or bool(said and self._yes.issuperset(said.split()))
        others = self._yes | self._thanks if kind in AFTER_YES else frozenset()
        apart = " ".join(word for word in said.split() if word not in others)
        return apart in self._answers[kind]

    def bare(self, text: str) -> frozenset[str]:
        """What is said without "the", "my", "of": words by which a choice can be named."""
        return frozenset(self.tokens(text)) - self._answers["small"]

    def thanks(self, text: str) -> bool:
        """ "Thank you very much", and nothing else."""
        typed = normal(text[:LONGEST_COMMAND])
        rest, said = self._grateful.subn(" ", typed)
        return bool(said) and all(map(self._polite, rest.split()))

    def names_account(self, text: str) -> bool:
        """Whether it may say where to pay: enough digits for a number, or a word for one."""
        typed = normal(text[:LONGEST])
        digits = sum(map(str.isdigit, typed))
        return digits >= ACCOUNT_DIGITS or self._account.search(typed) is not None

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

    def panic_phrases(self, kind: str = "phrases") -> list[tuple[str, str]]:
        """(language, phrase) of every language, of one of the lists under [panic]."""
        return [
            (lang, phrase)
            for lang, table in self.tables.items()
            for phrase in table.get("panic", {}).get(kind, [])
        ]

    def collisions(self) -> list[str]:
        """Panic phrases that are also a command or an everyday word of some language. What is
        asked about only when it stands alone may be an everyday word."""
        found = []
        every = [
            (kind, lang, phrase)
            for kind in PANIC_LISTS
            for lang, phrase in self.panic_phrases(kind)
        ]
        for kind, lang, phrase in every:
            typed = normal(phrase)
            for other, index in self._commands.items():
                known = index.get(typed) or index.get(short(typed))
                if known and known != "sos":
                    found.append(
                        f"{lang}: panic phrase {phrase!r} is the command {known} in {other}"
                    )
            for other, table in self.tables.items():
                everyday = {normal(w) for w in table.get("everyday", {}).get("words", [])}
                if typed in everyday and kind != "ask_alone":
                    found.append(f"{lang}: panic phrase {phrase!r} is an everyday word in {other}")
        return found

    def _all_known(self) -> Iterable[str]:
        """No code word may be a word that people type anyway."""
        for table in self.tables.values():
            for word in table.get("everyday", {}).get("words", []):
                yield from self.tokens(word)
                yield from normal(word).split()
            for typed in table.get("commands", {}).values():
                for word in typed:
                    yield from self.tokens(word)
                    yield from normal(word).split()
        for kind in PANIC_LISTS:
            for _, phrase in self.panic_phrases(kind):
                yield from normal(phrase).split()
        for name in self._names:
            yield from name.split()
        for prompt in self.prompts:
            yield from self.tokens(prompt)
            yield from normal(prompt).split()
        yield from ("password", "duress", "secret", "danger", "codeword", "azerty", "qwerty")


PANIC_LISTS = ("phrases", "alone", "ask", "ask_alone")
#: Commands that may be followed by something.
TAKES_REST = frozenset(
    {"checkin", "extend", "stop", "cancel", "ok", "arrived", "lang", "ack", "note", "escalate",
     "close", "duty", "firstaid", "say", "lessons", "pack", "handover", "about", "drill", "status",
     "application", "numbers", "findings"}
)  # fmt: skip
#: Of those, commands that are everyday words too: only followed by a few words, or by a time.
SHORT_REST = frozenset({"lang", "duty", "extend", "checkin", "numbers", "findings"})
#: Of those, answers: nothing may be taken for one that goes on to say something else.
ALONE = frozenset({"ok", "stop", "cancel", "arrived"})


def _command_index(table: Mapping[str, Any], section: str) -> dict[str, str]:
    return {
        normal(typed): command
        for command, words in table.get(section, {}).items()
        for typed in words
    }


def _names_a_case(rest: str, shouted: bool) -> bool:
    """It begins with what can only be an id: "#ABCD", "k7q2", "KTQM". "care" is a word, and so
    may be every word of a text that is all capitals."""
    first = rest.partition(" ")[0]
    typed = normal(first).replace(" ", "").upper()
    sure = first.startswith("#") or any(map(str.isdigit, typed))
    sure = sure or (first.isupper() and not shouted)
    return bool(sure and CASE_ID.fullmatch(typed))


def _panic_index(words: Words) -> _Panic:
    def forms(*kinds: str) -> set[str]:
        typed = {normal(phrase) for kind in kinds for _, phrase in words.panic_phrases(kind)}
        return typed | {short(phrase) for phrase in typed}

    def anywhere(phrases: Iterable[str]) -> re.Pattern[str]:
        listed = "|".join(map(re.escape, longest_first(phrases)))
        return re.compile(f"(?<= )[وف]?({listed})(?= )" if listed else "(?!)")

    whole = forms("phrases", "alone")
    helps = {
        short(typed)
        for index in words._commands.values()
        for typed, command in index.items()
        if command == "help"
    }
    # Said again and again, also without spaces. Atomic: no text makes it try again.
    joined = "|".join(map(re.escape, longest_first({w.replace(" ", "") for w in whole})))
    return _Panic(
        frozenset(whole),
        re.compile(f"(?>{joined})+" if joined else "(?!)"),
        anywhere(forms("phrases")),
        anywhere(forms("ask")),
        anywhere(forms("alone", "ask_alone")),
        anywhere(helps),
    )
