"""The glossary: what happens (Event), what is known (Facts), what is decided (Step, Effects).

Rules for whoever edits this file:
- Everything is frozen, and checked when built: an event that exists is legal.
- Nothing here knows a channel, a database or a clock. Times are UTC milliseconds (int), `at` is
  given, randomness is given (`Facts.draw`).
- A flow's data is a plain JSON dict, so that it can be written out between any two steps.
- Effects are a closed union: the bot matches them with `assert_never`.

An event reaches exactly one instance of one flow (plus, for a person with a silent case, that
case). The flow answers with a Step; the bot carries out its effects in one transaction.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from flows.engine.messages import Message, Value

MAX_TEXT = 12_000  #: characters of a person's message that flows see; the rest is cut, and said so.

LINK_LASTS = 24 * 3_600_000  #: ms in which a code for a second address works

Data = dict[str, Any]

#: In an instance's data: what is sealed once more, each entry under the key that it is named by,
#: so that it can be destroyed alone (`Forget`). Only of an instance with a key of its own
#: (`Flow.key`): theirs are called KEY/..., and go with it. What can't be read any more is left out.
APART = "apart"


class Kind(StrEnum):
    """What a person, a timer or another instance did."""

    TEXT = "text"  #: typed words
    CHOICE = "choice"  #: a button, or the number or word that stands for one
    LOCATION = "location"
    REACTION = "reaction"  #: an emoji on one of our messages
    MEDIA = "media"  #: photo, voice, document, sticker: not understood, but never ignored
    TIMER = "timer"
    SIGNAL = "signal"  #: from another instance, or from the bot itself (delivery failed, ...)


class Lane(IntEnum):
    """Who goes first. Lower goes first; within urgent a first alert goes before any repeat."""

    URGENT = 0
    REPLY = 1
    ROUTINE = 2
    BULK = 3


class Where(StrEnum):
    """Which of the person's addresses a message goes to."""

    HERE = "here"  #: where the event came from; without one, as FIRST
    FIRST = "first"  #: the preferred proven address; the next one when it fails
    EVERY = "every"


class Role(StrEnum):
    JOURNALIST = "journalist"
    COORDINATOR = "coordinator"
    TRAINER = "trainer"
    #: Works on requests to a fund.
    OFFICER = "officer"
    #: A relative, colleague or witness: asks a fund, reports, calls. Nobody watches over them.
    GUEST = "guest"
    #: Asked about somebody's work, once, with a code; not enrolled. See flows/engine/visitor.py.
    REFEREE = "referee"
    #: Came to a drill with its code; not enrolled. See flows/engine/visitor.py.
    TRAINEE = "trainee"


#: Who works for others here: they have a desk.
STAFF = frozenset({Role.COORDINATOR, Role.TRAINER, Role.OFFICER})


class Phase(StrEnum):
    """ICAO Annex 12: INCERFA, ALERFA, DETRESFA. People are shown plain words."""

    UNCERTAINTY = "uncertainty"
    ALERT = "alert"
    DISTRESS = "distress"


PHASES = tuple(Phase)


@dataclass(frozen=True, slots=True)
class Claim:
    """A file that somebody sent, as their platform describes it. Nothing of it is proven.

    ref   what the channel fetches it by; flows don't look at it
    kind  photo, video, voice, audio, document
    """

    ref: str
    kind: str
    mime: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, already parsed, its sender known.

    trigger  the word under which tables list it: a global word ("ok", "stop"), a choice's trigger,
             "text", "location", "media", "timer.<name>", or a signal's name
    at       when it happened: the phone's claim bounded by receipt, or the timer's due time
    received when it reached us; `received - at` is how late it is
    word     True when the text holds one of the person's two code words (flows can't tell which)
    duress   True only for what reaches a case: the word was the duress word
    """

    id: str
    kind: Kind
    trigger: str
    at: int
    received: int
    person: str = ""
    text: str = ""
    arg: str = ""
    choice_state: str = ""
    lat: float = 0.0
    lon: float = 0.0
    word: bool = False
    duress: bool = False
    edited: bool = False
    channel: str = ""
    address: str = ""
    upstream: str = ""
    target: str = ""  #: the platform's id of the message of ours that it answers
    files: tuple[Claim, ...] = ()
    args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at > self.received:
            raise ValueError("an event can't have happened after it was received")
        if len(self.text) > MAX_TEXT:
            raise ValueError("text is cut to MAX_TEXT before an event is built")

    @property
    def late(self) -> int:
        return self.received - self.at


@dataclass(frozen=True, slots=True)
class Person:
    """What flows may know of a person. `reachable`: has a proven, working address."""

    id: str
    role: Role
    name: str
    lang: str = "en"
    tz: str = "UTC"
    risk: str = "medium"
    on_duty: bool = False
    reachable: bool = False
    enrolled: bool = True
    has_words: bool = False
    channels: tuple[str, ...] = ()
    #: A Signal identity that changed: nothing personal is shown to it until a human confirmed.
    changed: bool = False
    #: How a coordinator describes themself to people who choose whom to write with, without a name.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much of a request is there, and how many findings of the rules speak against it or have
    to be asked about."""

    done: int
    of: int
    against: int
    ask: int


@dataclass(frozen=True, slots=True)
class Application:
    """A request to a fund, as others than its own instance may know it. Nothing that it says."""

    id: str
    person: str
    fund: str
    kind: str
    state: str
    holder: str
    #: Officers who must not see it.
    conflicts: frozenset[str]
    submitted_at: int
    due_at: int | None
    #: When money was given.
    granted_at: int | None = None
    #: What the person is asked for, and may be reminded of: "question", "payout", "report" or "".
    asks: str = ""
    #: Only of those that stand first in the list for which an officer asks.
    weighed: Weighed | None = None

    @property
    def turn(self) -> tuple[bool, int, str]:
        """Sorted by it, what is due next comes first."""
        return self.due_at is None, self.due_at or self.submitted_at, self.id


@dataclass(frozen=True, slots=True)
class Drilling:
    """A drill. `mine`: the person of these facts takes part in it. One that is over (`ended`: UTC
    ms) is there for who gave it, for a while."""

    id: str
    trainer: str
    script: str
    state: str
    mine: bool = False
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A surprise drill that comes every month: how many were asked, how many have agreed, how often
    it was held. `mine`: the person of these facts has agreed to it."""

    id: str
    trainer: str
    script: str
    asked: int
    agreed: int
    held: int
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """An open case, as others than its own instance may know it."""

    id: str
    person: str
    kind: str
    phase: Phase
    state: str
    silent: bool
    opened_at: int
    acknowledged_by: str = ""
    #: Somebody has it, or the person has answered: no repeat is due from it.
    quiet: bool = False
    #: The one coordinator whom the person wants it to be known to; empty: all.
    only: str = ""
    #: The person asked to write with a human: what a coordinator replies goes to them.
    line: bool = False
    #: Captors may hold the phone: nobody calls it.
    discreet: bool = False


@dataclass(frozen=True, slots=True)
class Risk:
    """Lengths in ms of a risk profile. distress is None where it is never reached by itself."""

    grace: int
    uncertainty: int
    alert: int | None


@dataclass(frozen=True, slots=True)
class LadderStep:
    after: int
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The organisation's rules, from its TOML file. Durations in ms."""

    minimum_interval: int
    reminder_before: int
    risks: Mapping[str, Risk]
    ladder: tuple[LadderStep, ...]
    acknowledgement_expires: int
    repeat_every: int
    #: What the privacy text says: generated from configuration, never typed twice.
    retention: Mapping[str, int] = field(default_factory=dict)
    organisation: str = ""
    #: Whom to call about thoughts of suicide, by country; "" stands for every other one.
    crisis_lines: Mapping[str, str] = field(default_factory=dict)
    #: Countries where no ambulance comes.
    no_ambulance: frozenset[str] = frozenset()
    #: Safety funds by id: see `flows.fund.terms`.
    funds: Mapping[str, Any] = field(default_factory=dict)
    #: The operator's dated exchange rates: see `flows.fund.money.RateTable`.
    rates: tuple[Any, ...] = ()
    #: Of a file that people send: the most that is kept.
    megabytes: int = 20
    #: A surprise drill, while a real case is open about somebody in the team: "skip" (not held this
    #: month) or "without" (held without them).
    surprise: str = "skip"


@dataclass(frozen=True, slots=True)
class Facts:
    """A frozen snapshot, loaded by the turn for one event.

    `cases` are the open cases about the person; silent ones are left out for every flow that
    talks to that person, so that the two worlds of duress can't be told apart.
    """

    policy: Policy
    person: Person
    coordinators: tuple[Person, ...] = ()
    cases: tuple[Case, ...] = ()
    #: All open cases, for coordinators' lists; only loaded for coordinators.
    desk: tuple[Case, ...] = ()
    #: The person's own requests to funds; to an officer, all that are open and not kept from them.
    applications: tuple[Application, ...] = ()
    #: To a request: the others for which money was given or is to be given, of the same applicant
    #: or, by name and birth year, about the same person. Whoever works on them.
    beside: tuple[Application, ...] = ()
    #: Who works on requests to funds.
    officers: tuple[Person, ...] = ()
    #: Of the numbers and addresses that the instance names (`Flow.reaches`): whose they are.
    reach: Mapping[str, str] = field(default_factory=dict)
    #: Drills that this person gives or takes part in.
    drills: tuple[Drilling, ...] = ()
    #: Surprises that this person has planned, or has agreed to; where they ask for them.
    planned: tuple[Planned, ...] = ()
    #: What keeps people from taking part in a surprise: person -> "case" (a real one about them is
    #: open, silent or not) or "drill". Of those who take part in a drill that begins, or goes on
    #: with one of them: "call" (they have called for help, and nobody has closed that). Only there.
    engaged: Mapping[str, str] = field(default_factory=dict)
    #: All scripts of drills by name: see `flows.drill.script`.
    scripts: Mapping[str, Any] = field(default_factory=dict)
    #: Titles of these, in the person's language and as words are compared -> name.
    titles: Mapping[str, str] = field(default_factory=dict)
    #: What the person has written elsewhere: of their open cases the last words and place ("text",
    #: "place": [value, at]), of their requests to funds the answers. Only for the form of a fund,
    #: which asks before it uses any of it.
    mine: Mapping[str, Data] = field(default_factory=dict)
    #: The form that the person is in the midst of, on whichever channel: neither sent nor kept for
    #: later. "": none.
    begun: str = ""
    #: What was kept for this request or draft, in the order in which it came: names for `Enclosed`.
    files: tuple[str, ...] = ()
    #: Nothing is to be paid to whoever made this request, for a reason that is not told: a silent
    #: case is open about them. Never set in a step that they have caused themselves.
    held: bool = False
    #: When silent cases were open about them, from and to in ms, closed ones too. As `held`: never
    #: in a step that they have caused themselves.
    silent: tuple[tuple[int, int], ...] = ()
    #: Ids of closed cases that this event names.
    closed: frozenset[str] = frozenset()
    people: Mapping[str, Person] = field(default_factory=dict)
    #: When nobody was watching, if that matters to this event: (from, to) in ms.
    outage: tuple[int, int] | None = None
    #: Everyday words, commands and phrases of every language: see `flows.engine.words`.
    words: Any = None
    places: Any = None
    #: All cards: see `flows.guidance.library`.
    guidance: Any = None
    #: Emergency numbers by country (ISO 3166 alpha-2), the most useful first.
    emergency: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    #: Channel names that are switched on, and where each can be written to, as far as known.
    channels: tuple[str, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    #: What the person's check-in and other instances are doing: flow -> state.
    states: Mapping[str, str] = field(default_factory=dict)
    seed: bytes = b""

    def on_duty(self, about: str) -> list[Person]:
        """Who is called first: those on duty, or with nobody on duty everybody; never the person
        whom it is about."""
        others = [c for c in self.coordinators if c.id != about]
        return [c for c in others if c.on_duty] or others

    def draw(self, label: str, n: int = 16) -> bytes:
        """Fresh bytes for this event: the same on replay, unguessable without the key."""
        out = b""
        while len(out) < n:
            out += hmac.new(self.seed, f"{label}/{len(out)}".encode(), hashlib.sha256).digest()
        return out[:n]


# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a number on channels without. `trigger` and `arg` come back with the event."""

    label: Message
    trigger: str
    arg: str = ""
    #: Arguments of the label.
    args: Mapping[str, Value] = field(default_factory=dict)
    #: Works in whatever state the instance is by then (acknowledge, all good, menu).
    always: bool = False
    #: The instance that gets it, when not the one that says it: (flow, subject).
    to: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that goes with a message, made or opened when it is sent.

    kind  "drawing" (`name`: of locales/drawings), "pdf" or "text" (`name`: a card's id, or "" for
          all cards), "kept" (`name`: what somebody sent, stored for the case), "drill" (`name`: the
          id of one that is over; a picture of how it went), "qr" (`name`: a link, as a QR code)
    """

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Say:
    """A message to a person. `expects`: free text that follows comes back to this instance."""

    message: Message
    args: Mapping[str, Value] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    to: str = ""  #: a person's id; empty: the event's person
    lane: Lane = Lane.REPLY
    where: Where = Where.HERE
    expects: bool = False
    #: The case it belongs to: a quote or reaction finds it, a failure is signalled to it.
    case: str = ""
    file: Enclosed | None = None
    #: Only to an address of this channel, whatever happens; without one it isn't said.
    via: str = ""
    #: `Redact(ours=True)` of this instance finds it again, however it was answered. Only of an
    #: instance with a key of its own (`Flow.key`).
    fleeting: bool = False
    #: The key of `APART` that seals it, in place of the instance's.
    apart: str = ""
    #: Said by a drill, and no part of it: the drill mark doesn't stand before it.
    real: bool = False
    #: It takes the place of what this instance has said to them under the same name and is still
    #: waiting: the newest count, of many.
    latest: str = ""
    #: UTC ms after which it goes nowhere: nobody waits any more for what it asks for. 0: never.
    until: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """A first message to somebody who isn't known here, to their number or address there. It may
    not arrive, and nobody is told."""

    channel: str
    where: str
    message: Message
    args: Mapping[str, Value] = field(default_factory=dict)
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class Alert:
    """An urgent message about a case to a coordinator. A waiting repeat is replaced."""

    to: str
    message: Message
    args: Mapping[str, Value] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    case: str = ""
    repeat: bool = False
    #: The person whom the case is about: one person's open cases share one repeat. Without it a
    #: repeat takes the place of one of the same case only.
    about: str = ""


@dataclass(frozen=True, slots=True)
class SetTimer:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    name: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Starts an escalation about the event's person; the bot draws its id."""

    kind: str
    phase: Phase
    since: int
    silent: bool = False
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """An event to another instance, stepped in the same turn. Nobody there: ignored. `text`: words
    of the person's that were held back, given on; without it those of the event stay."""

    flow: str
    subject: str
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    """Stores the event's files, encrypted, and then tells `flow`/`subject` of each: the signal
    "kept" (args: file, is: kind, mime, sha256 of the bytes as received, at: when they were here in
    ms), or "lost" (file, why: "big", "many", "gone", "told"). `case`: what they are stored for and
    forgotten with. `about`: the person with whose key they are sealed. `by`: who sent them.
    `files`: those, which came before, in place of the event's.
    `clean`: where, when and by whom they were made is not stored, and what would still tell it is
    lost ("told"); without files in the event, so it is for those of this case that are here."""

    flow: str
    subject: str
    case: str
    about: str
    by: str
    clean: bool = False
    files: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Destroys a key of `Flow.key`, with all that it seals: instances, messages, files, log. What
    this step says beside it is kept under the keys of those to whom it is said.

    Of one of `APART` also the messages that it has sealed (`Say.apart`), and those of them that are
    `fleeting` are deleted from the chats of all to whom they were shown."""

    key: str


@dataclass(frozen=True, slots=True)
class Unsay:
    """What this instance has said to somebody under its own key, and what has not gone out yet, is
    not sent any more. What this step says to them is."""

    to: str


@dataclass(frozen=True, slots=True)
class Log:
    """A line in this case's log (escalation only). `by`: a person's id, or "" for the bot."""

    kind: str
    text: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class StartFlow:
    """Steps a new instance of `flow` with the trigger "start" (replaces a finished one)."""

    flow: str
    subject: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndFlow:
    """Forgets this instance and its timers."""


@dataclass(frozen=True, slots=True)
class SetProfile:
    """Changes the event's person: name, lang, tz, risk, on_duty, enrolled, words, changed, about,
    link, status, drill.

    drill  (code, id of the drill, until when in ms): who sends the code takes part
    words  (ordinary, duress) as typed; only keyed hashes are stored
    link     a fresh code for a second address; the bot stores its hash, as of the others
    invite   a fresh code that lets one guest in
    status   (code, request, until in ms): whoever has it may ask what became of the request
    referee  (code, request, number of the referee, how many codes they had, until in ms)
    """

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Redact:
    """Deletes messages from the person's chat where the platform can.

    upstream  that message of the person; empty: the event's own
    ours      instead messages of ours: the one that the event answers (its button was pressed), and
              those that this instance has said to the person as `fleeting`
    """

    upstream: str = ""
    ours: bool = False


Effect = (
    Say
    | Write
    | Alert
    | SetTimer
    | CancelTimer
    | OpenCase
    | Signal
    | Keep
    | Forget
    | Unsay
    | Log
    | StartFlow
    | EndFlow
    | SetProfile
    | Redact
)


@dataclass(frozen=True, slots=True)
class Step:
    """What a handler decides: the next state, the instance's data, and the effects in order.
    `jump`: on purpose to one of `Flow.jumps`, which the edge doesn't list."""

    state: StrEnum
    data: Data
    effects: tuple[Effect, ...] = ()
    jump: bool = False
