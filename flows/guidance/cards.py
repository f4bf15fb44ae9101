"""A card: one topic or one lesson, led step by step. What a card file is, and how it is read.

A card file is Markdown with TOML front matter between two lines of `+++`:

    +++
    id = "burns"                  # the file's name
    order = 5                     # of use; lists are in this order
    kind = "topic"                # or "lesson"
    group = "hurt"                # topics: "hurt" or "safety", the list that it is offered in
    also = "safety"               # topics: a further list, at whose end it stands
    title = "Burns"               # at most 40 characters, also what people type
    see = "A burn"                # what somebody would say they see, at most 40 characters
    words = ["burn*", "on fire", "not .. breath*"]
    reviewer = "clinician"        # who must look at it: "clinician" or "specialist"
    source_revision = "3f2a91bc"  # revision of the English text that this is, or translates
    status = "unreviewed"         # or "reviewed"; the four below are empty until then
    reviewed_by = ""
    qualification = ""
    reviewed_on = ""              # 2026-11-21
    reviewed_text = ""            # revision of the text that was reviewed, in this language
    unverified = ["..."]          # facts not yet read in their primary source, one sentence each
    self = "cool-self"            # optional: first step when the reader is the one who is hurt
    talk = "choose"               # optional: the reader chooses whom to talk to

    [[source]]
    title = "..."
    year = 2023
    section = "..."
    +++

    ## cool
    Hold the burn under cool running water. Start now.

    ![A hand under a running tap](cool-water)

    - [Clothes stick to it](#stuck)
    - [No water here](#no-water)
    Done: #cover
    Fails: #no-water
    After 20m: #cover
    Record: tourniquet

A step is its heading (an id), one or more paragraphs, perhaps a drawing of locales/drawings with
its text alternative, and where it goes. `- [label](#step)` is a choice; `#step` is in this card,
`other#step` in another, `other` its beginning. Without choices, "Done" leads to `Done:`, or to the
next step. `Fails:` is where "Doesn't work" leads. `After 3m:` starts a timer when the step is
shown (s, m). `Record:` writes down the time at which the person said Done, under a name that
coordinators are told. `Discreet` (alone): captors may hold the phone now; coordinators are told not
to call it, and nothing is sent back to it. `End` (alone) makes it a last step; `End: human` one
that offers a human first.

In `words` a star stands for any ending, `..` for up to three words between.

All languages have the same steps, choices and timers: the English card says what leads where, the
others only how it is said.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flows.engine.normal import anywhere

FENCE = "+++"
HEADING = re.compile(r"##\s+([a-z0-9-]+)\s*")
CHOICE = re.compile(r"-\s+\[([^\]]+)\]\(([a-z0-9#-]+)\)\s*")
DRAWING = re.compile(r"!\[([^\]]+)\]\(([a-z0-9-]+)\)\s*")
LEADS = re.compile(r"(Done|Fails|After (\d+)([sm])|Record|Discreet|End):?\s*([a-z0-9#-]*)\s*")
UNITS_MS = {"s": 1_000, "m": 60_000}
SENTENCE = re.compile(r"[^.?!؟\n]+[.?!؟]?")
KINDS = ("topic", "lesson")
GROUPS = ("hurt", "safety")
REVIEWERS = ("clinician", "specialist")


class BadCard(Exception):
    """A card file that can't be read: where, what, and the fix."""


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    goes: str


@dataclass(frozen=True, slots=True)
class CardStep:
    """`done`, `fails`, `then`: "card#step", or "" for nowhere. `after`: ms of its timer."""

    id: str
    text: str
    options: tuple[Option, ...] = ()
    done: str = ""
    fails: str = ""
    after: int = 0
    then: str = ""
    record: str = ""
    drawing: str = ""
    alt: str = ""
    end: bool = False
    human: bool = False
    discreet: bool = False

    @property
    def shape(self) -> tuple[object, ...]:
        """What all languages have in common."""
        goes = tuple(option.goes for option in self.options)
        leads = (self.done, self.fails, self.after, self.then, self.record, self.drawing)
        return (self.id, goes, *leads, self.end, self.human)

    @property
    def gist(self) -> str:
        """The question that ends the step, or else its first sentence: for whoever looks on."""
        sentences: list[str] = [s.strip() for s in SENTENCE.findall(self.text) if s.strip()]
        if sentences and sentences[-1].endswith(("?", "؟")):
            return sentences[-1]
        return next(iter(sentences), self.text)

    def targets(self) -> Iterator[str]:
        yield from (option.goes for option in self.options)
        yield from filter(None, (self.done, self.fails, self.then))


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    year: int
    section: str


@dataclass(frozen=True)
class Card:
    """One card in one language."""

    id: str
    lang: str
    title: str
    order: int
    steps: Mapping[str, CardStep]
    kind: str = "topic"
    group: str = "hurt"
    also: str = ""
    see: str = ""
    words: tuple[str, ...] = ()
    reviewer: str = "clinician"
    sources: tuple[Source, ...] = ()
    source_revision: str = ""
    status: str = "unreviewed"
    reviewed_by: str = ""
    qualification: str = ""
    reviewed_on: str = ""
    reviewed_text: str = ""
    unverified: tuple[str, ...] = ()
    first_self: str = ""
    talk: str = ""
    _known: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def first(self) -> str:
        return next(iter(self.steps))

    @cached_property
    def revision(self) -> str:
        """Changes whenever anything that a reader sees or that leads them changes."""
        parts = [self.title, self.see]
        for step in self.steps.values():
            labels = "\n".join(option.label for option in step.options)
            parts += [repr(step.shape), step.text, labels, step.alt]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]

    @property
    def reviewed(self) -> bool:
        """By somebody, and nothing was changed since."""
        signed = self.status == "reviewed" and bool(self.reviewed_by and self.reviewed_on)
        return signed and self.reviewed_text == self.revision

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds what the card's words say in a normalised text."""
        return anywhere(self.words)


# ---------------------------------------------------------------- reading a file


def parse(text: str, lang: str, where: str) -> Card:
    """Raises BadCard, which names `where` and the line."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != FENCE or FENCE not in (x.strip() for x in lines[1:]):
        raise BadCard(f"{where}: begins with front matter between two lines of {FENCE}")
    fence = 1 + [line.strip() for line in lines[1:]].index(FENCE)
    try:
        head = tomllib.loads("\n".join(lines[1:fence]))
    except tomllib.TOMLDecodeError as error:
        raise BadCard(f"{where}: the front matter isn't TOML: {error}") from None
    steps = _steps(lines[fence + 1 :], head.get("id", ""), where, fence + 2)
    return _card(head, steps, lang, where)


def _card(head: dict[str, Any], steps: dict[str, CardStep], lang: str, where: str) -> Card:
    def one(name: str, kind: type, default: object = None) -> Any:
        found = head.get(name, default)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise BadCard(f"{where}: {name} is missing, or isn't a {kind.__name__}")
        return found

    def several(name: str) -> tuple[str, ...]:
        return tuple(str(each) for each in one(name, list, []))

    sources = []
    for given in one("source", list, []):
        try:
            sources.append(Source(str(given["title"]), int(given["year"]), str(given["section"])))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise BadCard(f"{where}: each [[source]] has title, year and section") from None
    if not steps:
        raise BadCard(f"{where}: has no steps")
    return Card(
        id=one("id", str),
        lang=lang,
        title=one("title", str),
        order=one("order", int),
        steps=steps,
        kind=one("kind", str, "topic"),
        group=one("group", str, "hurt"),
        also=one("also", str, ""),
        see=one("see", str, ""),
        words=several("words"),
        reviewer=one("reviewer", str, "clinician"),
        sources=tuple(sources),
        source_revision=one("source_revision", str),
        status=one("status", str),
        reviewed_by=one("reviewed_by", str),
        qualification=one("qualification", str, ""),
        reviewed_on=str(head.get("reviewed_on", "")),
        reviewed_text=one("reviewed_text", str, ""),
        unverified=several("unverified"),
        first_self=one("self", str, ""),
        talk=one("talk", str, ""),
    )


def _steps(lines: list[str], card: str, where: str, number: int) -> dict[str, CardStep]:
    blocks: list[tuple[str, list[tuple[int, str]]]] = []
    for n, line in enumerate(lines, number):
        if found := HEADING.fullmatch(line):
            blocks.append((found[1], []))
        elif blocks:
            blocks[-1][1].append((n, line))
        elif line.strip():
            raise BadCard(f"{where}:{n}: text before the first step; a step begins with ## its-id")
    ids = [name for name, _ in blocks]
    if doubled := next((name for name in ids if ids.count(name) > 1), None):
        raise BadCard(f"{where}: two steps are called {doubled}")
    following = [*ids[1:], ""]
    return {
        name: _step(name, block, after, card, where)
        for (name, block), after in zip(blocks, following, strict=False)
    }


def _step(
    name: str, lines: list[tuple[int, str]], following: str, card: str, where: str
) -> CardStep:
    found: dict[str, Any] = {"options": [], "text": []}
    for number, line in lines:
        place = f"{where}:{number}"
        if choice := CHOICE.fullmatch(line):
            found["options"].append(Option(choice[1].strip(), _target(choice[2], card)))
        elif drawing := DRAWING.fullmatch(line):
            found |= {"alt": drawing[1].strip(), "drawing": drawing[2]}
        elif leads := LEADS.fullmatch(line):
            found |= _leads(leads, card, place)
        elif line.startswith(("#", "- ", "![", "|", ">")):
            raise BadCard(f"{place}: can't be read: {line[:40]!r}")
        else:
            found["text"].append(line.strip())
    found["text"] = re.sub(r"\n{3,}", "\n\n", "\n".join(found["text"])).strip()
    found["options"] = tuple(found["options"])
    if not found["text"]:
        raise BadCard(f"{where}: step {name} says nothing")
    if not (found["options"] or found.get("done") or found.get("end")):
        if not following:
            raise BadCard(f"{where}: the last step, {name}, leads nowhere: End, Done: or choices")
        found["done"] = _target(f"#{following}", card)
    return CardStep(name, **found)


def _leads(match: re.Match[str], card: str, place: str) -> dict[str, object]:
    what, value = match[1].split()[0], match[4]
    if what == "Discreet":
        return {"discreet": True}
    if what == "End":
        if value not in ("", "human"):
            raise BadCard(f"{place}: End, or End: human")
        return {"end": True, "human": value == "human"}
    if not value:
        raise BadCard(f"{place}: {what} needs what follows it")
    if what == "Record":
        return {"record": value}
    if what == "After":
        return {"after": int(match[2]) * UNITS_MS[match[3]], "then": _target(value, card)}
    return {what.lower(): _target(value, card)}


def _target(written: str, card: str) -> str:
    other, _, step = written.partition("#")
    return f"{other or card}#{step}"
