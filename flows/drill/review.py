"""A drill, looked at afterwards: figures from what its own engine wrote down. Pure.

    happened, case log, people ── review ──▶ Review ──▶ lines in chat, a picture, a page, a table

All times are ms of the drill's own time since it began. What each figure means:

event      when a case was opened: somebody called for help, or hadn't answered by the time they
           had to
acknowledged, answered, closed   the first line of that kind in the case's log after that
well       that somebody is well is confirmed when a coordinator closes their case, and the log says
           how it is known: they have said so themselves before (and not under duress), or whoever
           closed it has spoken to them or to somebody they trust. Closed in any other words, it is
           not confirmed
a rung     one step of the ladder, each time that it is called. It reached nobody if it found nobody
           whom a call can reach, or if everybody whom it called turned out to be unreachable
a step     what the script expects of somebody who was in the drill at that time. What coordinators
           do for a case, one of them does for all: the others' report says who
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.drill.results import done_by, matched, owed, shared, there
from flows.drill.script import DOES, NOTHING, OWES, Act, Script
from flows.engine.model import Data

VERB_OF: Mapping[str, str] = {step: verb for verb, steps in DOES.items() for step in steps}
#: Lines of a case's log after which its ladder begins anew.
BEGINS = frozenset({"opened", "phase", "escalated", "recovered", "expired", "handover"})
#: Their own word that it is over; and what shows that it may not be meant.
OWN_WORD = frozenset({"answered", "cancelled"})
DOUBTS = frozenset({"not trusted", "again", "missed", "escalated"})
#: Endings that say how it is known, as flows/escalation writes them.
CONFIRMED = frozenset({"safe, spoken to", "safe, confirmed", "mistake, confirmed"})
STEP = re.compile(r"step (\d+)(?:.*, (\w+))?")  #: of the ladder, and of which phase
DESK = "coordinator"
WATCHES = "watches"

# ---------------------------------------------------------------- what is looked at


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of `happened`. `urgent`: said in the urgent lane."""

    at: int
    who: str
    what: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of a case's log."""

    at: int
    kind: str
    by: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    person: str
    kind: str
    opened: int
    log: tuple[Logged, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """An address. `tried`: something of the drill went there. `answered`: something came back."""

    channel: str
    proven: bool
    tried: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who was asked to take part. `words`: has two code words. No addresses: never got in.
    `since`, `gone`: see state.Playing. `guest`: isn't enrolled."""

    id: str
    name: str
    part: str
    state: str
    words: bool = False
    addresses: tuple[Reach, ...] = ()
    since: int = 0
    guest: bool = False
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Targets:
    """What the organisation wants of itself, in ms."""

    acknowledge: int
    welfare: int


# ---------------------------------------------------------------- what is found


@dataclass(frozen=True, slots=True)
class Entry:
    """`own`: they did it; otherwise it came to them."""

    at: int
    verb: str
    own: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """A step of the script, for one person. `at` None: it didn't happen; a silence has happened
    when it was over. `did`: what they did from its beginning to its end. `done_by`: the colleague
    who did it for all of the desk; "": they did it themselves, or nobody has."""

    verb: str
    by: str
    start: int
    until: int
    at: int | None
    late: bool
    did: tuple[str, ...]
    done_by: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    id: str
    name: str
    part: str
    role: str
    state: str
    steps: tuple[Expected, ...]
    timeline: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    at: int
    phase: str
    number: int
    called: tuple[str, ...]
    lost: tuple[str, ...]
    skipped: bool = False

    @property
    def reached(self) -> bool:
        return not self.skipped and bool(set(self.called) - set(self.lost))


@dataclass(frozen=True, slots=True)
class Looked:
    """A case. `called`: who, and when first."""

    id: str
    person: str
    kind: str
    event: int
    called: Mapping[str, int]
    acknowledged: int | None
    by: str
    answered: int | None
    closed: int | None
    closed_by: str
    well: int | None
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """The median of those cases that came so far; how many of all came within the target."""

    median: int | None
    target: int
    within: int
    of: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What can be mended. `about`: whom; `detail`: a channel, or the number of a step."""

    kind: str
    about: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    expected: int
    done: int
    #: (verb, part) of what was expected of somebody and didn't happen
    missing: tuple[tuple[str, str], ...]
    people: tuple[Played, ...]
    cases: tuple[Looked, ...]
    acknowledgement: Measure
    welfare: Measure
    findings: tuple[Finding, ...]
    #: How many only watched.
    observers: int = 0

    @property
    def nobody(self) -> tuple[tuple[Looked, Rung], ...]:
        """Steps of the ladder that reached nobody."""
        return tuple((c, rung) for c in self.cases for rung in c.rungs if not rung.reached)


# ---------------------------------------------------------------- looking


def review(
    script: Script,
    asked: Sequence[Somebody],
    happened: Iterable[Happening],
    cases: Sequence[Case],
    targets: Targets,
    lasted: int = 0,
) -> Review:
    """`lasted`: ms of its own time that it has gone on."""
    rows, people = list(happened), [one for one in asked if one.state != WATCHES]
    parts = {one.id: one.part for one in people}
    did = matched(script, parts, {}, ((r.who, r.what, r.urgent, r.at, 0) for r in rows))
    data: Data = {
        "people": {one.id: (one.part, one.state) for one in people},
        "late": {one.id: one.since for one in people},
        "gone": {one.id: one.gone for one in people},
    }
    wanted = [(act, each) for act in script.acts for each in owed(data, script, act)]
    lost = [act for act, each in wanted if not done_by(did, act, each, lasted)]
    seen = tuple(_looked(case) for case in cases)
    played = tuple(_played(one, people, script, rows, did, lasted) for one in people)
    return Review(
        expected=len(wanted),
        done=len(wanted) - len(lost),
        missing=tuple(dict.fromkeys((act.verb, act.to) for act in lost)),
        people=played,
        cases=seen,
        acknowledgement=measure([_after(c, c.acknowledged) for c in seen], targets.acknowledge),
        welfare=measure([_after(c, c.well) for c in seen], targets.welfare),
        findings=tuple(findings(people, seen, script)),
        observers=len(asked) - len(people),
    )


def measure(spans: Sequence[int | None], target: int) -> Measure:
    came = [span for span in spans if span is not None]
    return Measure(_median(came), target, sum(span <= target for span in came), len(spans))


def _median(spans: Sequence[int]) -> int | None:
    ordered, half = sorted(spans), len(spans) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def _played(
    one: Somebody,
    people: Sequence[Somebody],
    script: Script,
    rows: Sequence[Happening],
    did: Mapping[str, Sequence[int]],
    lasted: int,
) -> Played:
    part = script.part(one.part)
    timeline = tuple(timeline_of(one.id, rows))
    steps = []
    for act in script.acts:
        mine = act.to == one.part and act.by != "trainer"
        if not mine or not there(act, one.state, one.since, one.gone):
            continue
        for_all = shared(script, act)
        alike = [p.id for p in people if p.part == one.part] if for_all else [one.id]
        at, late, by = _when(act, alike, did, lasted)
        meanwhile = (e.verb for e in timeline if e.own and act.at <= e.at <= act.until)
        doing = tuple(dict.fromkeys(meanwhile))
        other = by if by != one.id else ""
        steps.append(Expected(act.verb, act.by, act.at, act.until, at, late, doing, other))
    role = part.role if part else ""
    return Played(one.id, one.name, one.part, role, one.state, tuple(steps), timeline)


def _when(
    act: Act, who: Sequence[str], did: Mapping[str, Sequence[int]], lasted: int
) -> tuple[int | None, bool, str]:
    """When it happened, whether late, and which of these did it."""
    if act.verb == NOTHING:
        return (act.until if done_by(did, act, tuple(who), lasted) else None), False, ""
    for one in who:
        if found := did.get(f"{act.number}/{one}"):
            return found[0], bool(found[2]), one
    return None, False, ""


def timeline_of(who: str, rows: Iterable[Happening]) -> Iterable[Entry]:
    """What they did and what called for them, in its order, each once."""
    seen = set()
    for row in rows:
        if row.who != who or row.at < 0:
            continue
        own = not row.what.startswith("say.")
        verb = VERB_OF.get(row.what, "") if own else _came(row)
        entry = Entry(row.at, verb, own)
        if verb and entry not in seen:
            seen.add(entry)
            yield entry


def _came(row: Happening) -> str:
    """Alerts, questions and reminders; what else is said only answers."""
    key = row.what.removeprefix("say.")
    if row.urgent:
        return "alert"
    return next((v for v, (start, _) in OWES.items() if start and key.startswith(start)), "")


def _looked(case: Case) -> Looked:
    def first(kind: str) -> Logged | None:
        return next((line for line in case.log if line.kind == kind), None)

    called: dict[str, int] = {}
    for line in case.log:
        if line.kind == "called":
            called.setdefault(line.by, line.at)
    taken, answered, closed = first("acknowledged"), first("answered"), first("closed")
    return Looked(
        case.id,
        case.person,
        case.kind,
        case.opened,
        called,
        taken.at if taken else None,
        taken.by if taken else "",
        answered.at if answered else None,
        closed.at if closed else None,
        closed.by if closed else "",
        _well(case.log),
        tuple(rungs(case.log)),
    )


def _well(log: Sequence[Logged]) -> int | None:
    """When it was confirmed that they are well; see above."""
    said = False
    for line in log:
        said = (said or line.kind in OWN_WORD) and line.kind not in DOUBTS
        if line.kind == "closed":
            return line.at if said or line.text in CONFIRMED else None
    return None


def rungs(log: Sequence[Logged]) -> Iterable[Rung]:
    """The ladder as it was climbed: a step for each moment at which it was called, or found
    nobody. Of a step that the log says was skipped, whoever was called all the same was not
    reached."""
    found = list[Rung]()
    since = 0  # the first rung of this climb
    for line in log:
        if line.kind in BEGINS:
            since = len(found)
        elif step := STEP.match(line.text) if line.kind in ("skipped", "called") else None:
            new = Rung(line.at, step[2] or "", int(step[1]), (), (), line.kind == "skipped")
            same = (n for n, r in enumerate(found) if (r.at, r.number) == (new.at, new.number))
            at = next((n for n in same if n >= since), len(found))
            found[at:] = found[at:] or [new]
            if line.kind == "called":
                found[at] = replace(found[at], called=(*found[at].called, line.by))
        elif line.kind == "unreachable":
            found[since:] = [
                replace(r, lost=(*r.lost, line.by)) if line.by in r.called else r
                for r in found[since:]
            ]
    return sorted(found, key=lambda r: (r.at, r.number))


# ---------------------------------------------------------------- what can be mended


def findings(
    people: Sequence[Somebody], cases: Sequence[Looked], script: Script
) -> Iterable[Finding]:
    for step in sorted({r.number for c in cases for r in c.rungs if not r.called}):
        yield Finding("nobody", "", str(step))
    for step in sorted({r.number for c in cases for r in c.rungs if r.called and not r.reached}):
        yield Finding("unreached", "", str(step))
    # A guest is here for this one drill: nothing about them can be mended.
    for one in (each for each in people if not each.guest):
        for reach in one.addresses:
            if reach.tried and not reach.answered:
                yield Finding("silent", one.id, reach.channel)
            elif not reach.proven:
                yield Finding("unproven", one.id, reach.channel)
        part = script.part(one.part)
        if one.addresses and not one.words and part and part.role != DESK:
            yield Finding("no_words", one.id)
        if len(one.addresses) == 1:
            yield Finding("one_address", one.id)


# ---------------------------------------------------------------- for others to read


def renamed(seen: Review, names: Mapping[str, str]) -> Review:
    """With other names in the place of ids and names, everywhere the same ones."""

    def all_of(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(who, who) for who in ids)

    cases = tuple(
        replace(
            c,
            person=names.get(c.person, c.person),
            by=names.get(c.by, c.by),
            closed_by=names.get(c.closed_by, c.closed_by),
            called={names.get(who, who): at for who, at in c.called.items()},
            rungs=tuple(replace(r, called=all_of(r.called), lost=all_of(r.lost)) for r in c.rungs),
        )
        for c in seen.cases
    )
    people = tuple(
        replace(
            p,
            id=names.get(p.id, p.id),
            name=names.get(p.id, p.name),
            steps=tuple(replace(s, done_by=names.get(s.done_by, s.done_by)) for s in p.steps),
        )
        for p in seen.people
    )
    found = tuple(replace(f, about=names.get(f.about, f.about)) for f in seen.findings)
    return replace(seen, people=people, cases=cases, findings=found)


def only(seen: Review, who: str) -> Review:
    """What is theirs: their steps, the cases about them and those that they took or closed."""
    cases = tuple(c for c in seen.cases if who in (c.person, c.by, c.closed_by))
    people = tuple(p for p in seen.people if p.id == who)
    steps = [step for p in people for step in p.steps]
    lost = [step for step in steps if step.at is None]
    part = people[0].part if people else ""
    return replace(
        seen,
        people=people,
        cases=cases,
        expected=len(steps),
        done=len(steps) - len(lost),
        missing=tuple(dict.fromkeys((step.verb, part) for step in lost)),
        acknowledgement=measure([_after(c, c.acknowledged) for c in cases],
                                seen.acknowledgement.target),
        welfare=measure([_after(c, c.well) for c in cases], seen.welfare.target),
        findings=tuple(f for f in seen.findings if f.about == who),
    )  # fmt: skip


def _after(case: Looked, at: int | None) -> int | None:
    return None if at is None else at - case.event
