"""Lessons, and the pack for where there is no signal: the quiet-time use of the cards."""

from dataclasses import replace

from flows.engine.messages import Line, Moment, Passage, Value
from flows.engine.model import (
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Lane,
    Person,
    Role,
    Say,
    Signal,
    Step,
    Where,
)
from flows.guidance import messages as m
from flows.guidance.cards import CardStep
from flows.guidance.place import ask, is_lesson, library, stay

LISTED = 6  #: topics in one list
PEOPLE = 7  #: people in one list
SHOWN = 30  #: lines of who has finished


def lessons(data: Data, event: Event, facts: Facts) -> Step:
    """All of them; those that were finished are marked."""
    known = data.get("lessons", {})
    choices = [
        Choice(
            m.LESSON_DONE if known.get(c.id, {}).get("done") else m.LESSON,
            "lessons",
            c.id,
            {"topic": Passage(c.id)},
            always=True,
        )
        for c in library(facts).lessons()
    ]
    if facts.person.role is Role.TRAINER:
        choices.append(Choice(m.ASSIGN, "assign", always=True))
        choices.append(Choice(m.PROGRESS, "progress", always=True))
    return stay(data, ask(m.LESSONS, *choices))


def lesson_kept(
    data: Data, event: Event, facts: Facts, step: CardStep
) -> tuple[Data, tuple[Effect, ...]]:
    """The place in a lesson is kept for good; its end is told to whoever gave it."""
    if not is_lesson(data, facts):
        return data, ()
    name, kept = data["card"], data.get("lessons", {})
    mine = kept.get(name, {})
    if not step.end:
        return {**data, "lessons": {**kept, name: {**mine, "at": step.id}}}, ()
    ended = {"done": event.at, "by": mine.get("by", "")}
    data = {**data, "lessons": {**kept, name: ended}}
    told = {"lesson": name, "who": event.person, "to": ended["by"]}
    return data, (Signal("guidance", ended["by"], "finished", told),) if ended["by"] else ()


# ---------------------------------------------------------------- a trainer's


def assign(data: Data, event: Event, facts: Facts) -> Step:
    """Which lesson, to whom. `arg`: "", "lesson/0" (from which person on), "lesson/=id,id"."""
    if facts.person.role is not Role.TRAINER or not facts.person.enrolled:
        return lessons(data, replace(event, arg=""), facts)
    name, _, rest = event.arg.partition("/")
    if rest.startswith("="):
        return _give(data, event, name, rest[1:].split(","))
    if rest:
        return _whom(data, facts, name, int(rest))
    choices = [
        Choice(m.LESSON, "assign", f"{c.id}/0", {"topic": Passage(c.id)}, always=True)
        for c in library(facts).lessons()
    ]
    return stay(data, ask(m.ASSIGN_WHICH, *choices))


def _whom(data: Data, facts: Facts, name: str, at: int) -> Step:
    people = _trainees(facts)
    page = people[at : at + PEOPLE]
    if not page:
        return stay(data, ask(m.NO_PEOPLE))
    choices = [
        Choice(m.PERSON, "assign", f"{name}/={p.id}", {"name": p.name}, always=True) for p in page
    ]
    if len(page) > 1:
        everyone = ",".join(p.id for p in page)
        choices.append(Choice(m.EVERYBODY, "assign", f"{name}/={everyone}", always=True))
    if at + PEOPLE < len(people):
        choices.append(Choice(m.MORE, "assign", f"{name}/{at + PEOPLE}", always=True))
    return stay(data, ask(m.ASSIGN_WHOM, *choices))


def _trainees(facts: Facts) -> list[Person]:
    """All who take part: of them a trainer sees the name."""
    known = [p for p in facts.people.values() if p.role is not Role.GUEST]
    people = [p for p in known if p.enrolled and p.name]
    others = [p for p in people if p.id != facts.person.id]
    return sorted(others, key=lambda p: (p.role is not Role.JOURNALIST, p.name.casefold(), p.id))


def _give(data: Data, event: Event, name: str, people: list[str]) -> Step:
    given = [g for g in data.get("given", []) if g["lesson"] != name or g["who"] not in people]
    given += [{"lesson": name, "who": whom} for whom in people]
    told = [Signal("guidance", whom, "assigned", {"lesson": name, "to": whom}) for whom in people]
    said = ask(m.GIVEN, Choice(m.PROGRESS, "progress", always=True), topic=Passage(name))
    return stay({**data, "given": given}, *told, said)


def assigned(data: Data, event: Event, facts: Facts) -> Step:
    """A trainer gave this person a lesson; it waits until they want it."""
    name, whom = event.args["lesson"], event.args["to"]
    kept = data.get("lessons", {})
    mine = {"by": event.person, "at": kept.get(name, {}).get("at", "")}
    begin = (Choice(m.START, "lessons", name, always=True),)
    about: dict[str, Value] = {"topic": Passage(name)}
    said = Say(m.ASSIGNED, about, begin, to=whom, lane=Lane.ROUTINE, where=Where.FIRST)
    return stay({**data, "lessons": {**kept, name: mine}}, said)


def finished(data: Data, event: Event, facts: Facts) -> Step:
    """To the trainer who gave it."""
    name, whom = event.args["lesson"], event.args["who"]
    given = [
        {**g, "done": event.at} if (g["lesson"], g["who"]) == (name, whom) else g
        for g in data.get("given", [])
    ]
    about: dict[str, Value] = {"name": _name(whom, facts), "topic": Passage(name)}
    trainer = event.args["to"]
    said = Say(m.TRAINEE_DONE, about, to=trainer, lane=Lane.ROUTINE, where=Where.FIRST)
    return stay({**data, "given": given}, said)


def progress(data: Data, event: Event, facts: Facts) -> Step:
    to_lessons = Choice(m.MY_LESSONS, "lessons", always=True)
    given = data.get("given", [])[-SHOWN:]
    if not given:
        return stay(data, ask(m.PROGRESS_NONE, to_lessons))
    return stay(data, ask(m.PROGRESS_OF, to_lessons, lines=tuple(_row(g, facts) for g in given)))


def _row(given: Data, facts: Facts) -> Line:
    name, topic = _name(given["who"], facts), Passage(given["lesson"])
    if "done" not in given:
        return Line(m.NOT_FINISHED, {"topic": topic, "name": name})
    at = Moment(given["done"], "full")
    return Line(m.HAS_FINISHED, {"topic": topic, "name": name, "at": at})


def _name(person: str, facts: Facts) -> str:
    known = facts.people.get(person)
    return known.name if known else "?"


# ---------------------------------------------------------------- the offline pack


def pack(data: Data, event: Event, facts: Facts) -> Step:
    """`pack`, `pack burns`; from a button "=burns", "=" (all of it), "+6" (from which one on)."""
    typed = event.arg.strip()
    if typed.startswith("="):
        return _packed(data, typed[1:])
    if typed.startswith("+"):
        return _pack_list(data, facts, int(typed[1:]))
    name = library(facts).named(typed) or next(iter(library(facts).match(typed)), "")
    return _packed(data, name) if name else _pack_list(data, facts, 0)


def _pack_list(data: Data, facts: Facts, at: int) -> Step:
    topics = library(facts).topics()
    choices = [Choice(m.PACK_ALL, "pack", "=", always=True)]
    choices += [
        Choice(m.TOPIC, "pack", f"={c.id}", {"topic": Passage(c.id)}, always=True)
        for c in topics[at : at + LISTED]
    ]
    following = at + LISTED if at + LISTED < len(topics) else 0
    choices.append(Choice(m.MORE, "pack", f"+{following}", always=True))
    return stay(data, ask(m.PACK, *choices))


def _packed(data: Data, name: str) -> Step:
    what: Value = Passage(name) if name else m.ALL_TOPICS
    return stay(
        data,
        Say(m.PACK_PDF, {"what": what}, file=Enclosed("pdf", name)),
        Say(m.PACK_TEXT, file=Enclosed("text", name)),
    )
