"""What trainers type: `drills`, `drill NAME`, `recall`, `findings`; and those in a drill: `leave`,
`no duff`.

A trainer chooses who plays which part, how fast it goes, and whether those on duty know of it.
"""

from enum import StrEnum

from flows.drill import cast
from flows.drill import messages as m
from flows.drill import report_messages as r
from flows.drill.results import part_name
from flows.drill.script import Script
from flows.drill.state import title_of
from flows.engine.draft import drawn
from flows.engine.flow import Flow, Handler, Table, edge
from flows.engine.messages import Line, Moment, Span
from flows.engine.model import (
    Choice,
    Data,
    Drilling,
    Effect,
    Event,
    Facts,
    Person,
    Role,
    Say,
    SetProfile,
    Signal,
    StartFlow,
    Step,
)

DAY = 86_400_000
NUMBER = 6  #: letters of a drill's id
CODE = 10  #: letters of the code with which others join, as of every code
SHOWN = 40  #: people in one list
PACES = (1, 4, 10, 60)
HOURS = ((9, 17), (0, 24))  #: of the day, in which a surprise may come


class State(StrEnum):
    LOBBY = "lobby"


S = State


def _trains(facts: Facts) -> bool:
    return facts.person.role is Role.TRAINER and facts.person.enrolled


def listed(data: Data, event: Event, facts: Facts) -> Step:
    if not _trains(facts):
        return Step(S.LOBBY, {}, (Say(m.NO_TRAINER),))
    each = tuple(
        Choice(m.ONE, "drill", name, {"title": script.title}, always=True)
        for name, script in facts.scripts.items()
    )
    return Step(S.LOBBY, {}, (Say(m.LIST, choices=each),))


def chosen(data: Data, event: Event, facts: Facts) -> Step:
    """`drill NAME`, its title or a part of that, or one of the list. Without a name: the list."""
    typed = facts.words.normal(event.arg)
    name = typed.replace(" ", "_").replace("-", "_")
    if typed and name not in facts.scripts:
        name = _titled(typed, facts) or name
    if not _trains(facts) or not name:
        return listed(data, event, facts)
    if name not in facts.scripts:
        return Step(S.LOBBY, {}, (Say(m.NO_SCRIPT),))
    return _who({"script": name, "at": 0, "people": {}}, facts)


def _titled(typed: str, facts: Facts) -> str:
    """The one drill in whose title, in the trainer's language, these words stand; "": none, or
    several."""
    wanted = f" {typed} "
    found = [name for title, name in facts.titles.items() if wanted in f" {title} "]
    return facts.titles.get(typed) or (found[0] if len(found) == 1 else "")


def _who(data: Data, facts: Facts) -> Step:
    """Each part in turn; then how fast."""
    script: Script = facts.scripts[data["script"]]
    if data["at"] >= len(script.parts):
        return _pace(data, script)
    part = script.parts[data["at"]]
    fitting = _fitting(part.role, data, facts)
    inside = [p.name for p in fitting if data["people"].get(p.id) == part.name]
    lines = tuple(Line(m.NAMED, {"name": name}) for name in inside)
    each = tuple(Choice(m.NAMED, "one", p.id, {"name": p.name}) for p in fitting[:SHOWN])
    all_of_them = (Choice(m.EVERYBODY, "all"),) if len(fitting) > 1 else ()
    args = {
        "title": script.title, "goal": script.goal, "lines": lines,
        **part_name(script, part.name),
    }  # fmt: skip
    done = Choice(m.THAT_IS_ALL, "next")
    return Step(S.LOBBY, data, (Say(m.WHO, args, (*each, *all_of_them, done)),))


def _fitting(role: str, data: Data, facts: Facts) -> list[Person]:
    found = [
        p
        for p in facts.people.values()
        if p.role == role and p.enrolled and p.reachable and p.id != facts.person.id
    ]
    return sorted(found, key=lambda p: (p.name, p.id))


def choosing(handler: Handler) -> Handler:
    """A button of a list that is no longer being chosen from shows the drills again."""

    def chooses(data: Data, event: Event, facts: Facts) -> Step:
        script = facts.scripts.get(data.get("script", ""))
        lists = event.trigger in ("one", "all", "next")
        if script is None or (lists and data["at"] >= len(script.parts)):
            return listed({}, event, facts)
        return handler(data, event, facts)

    return chooses


def one(data: Data, event: Event, facts: Facts) -> Step:
    part = facts.scripts[data["script"]].parts[data["at"]]
    people = dict(data["people"])
    if people.pop(event.arg, "") != part.name and event.arg in facts.people:
        people[event.arg] = part.name
    return _who({**data, "people": people}, facts)


def everybody(data: Data, event: Event, facts: Facts) -> Step:
    """Who has no part yet. Where several are for the same people, they are dealt out in turn; the
    next list shows it, and can be changed."""
    parts = facts.scripts[data["script"]].parts[data["at"] :]
    same = [part for part in parts if part.role == parts[0].role]
    fitting = [p.id for p in _fitting(parts[0].role, data, facts)]
    dealt = cast.dealt(same, fitting, data["people"])
    people = {who: dealt[who] for who in fitting} | dealt
    return _who({**data, "people": people, "at": data["at"] + 1}, facts)


def next_part(data: Data, event: Event, facts: Facts) -> Step:
    return _who({**data, "at": data["at"] + 1}, facts)


def _pace(data: Data, script: Script) -> Step:
    own = (script.pace,) if script.pace not in PACES else ()
    each = tuple(
        Choice(m.FASTER if n > 1 else m.AS_IT_IS, "pace", str(n), {"n": n} if n > 1 else {})
        for n in sorted({*PACES, *own})
    )
    return Step(S.LOBBY, data, (Say(m.PACE, {"length": Span(script.length)}, each),))


def paced(data: Data, event: Event, facts: Facts) -> Step:
    new = {**data, "pace": int(event.arg)}
    choices = (Choice(m.TELL, "tell"), Choice(m.DONT_TELL, "quiet"))
    return Step(S.LOBBY, new, (Say(m.DUTY, choices=choices),))


def told(data: Data, event: Event, facts: Facts) -> Step:
    return _when({**data, "duty": True}, event, facts)


def untold(data: Data, event: Event, facts: Facts) -> Step:
    return _when({**data, "duty": False}, event, facts)


def _when(data: Data, event: Event, facts: Facts) -> Step:
    """Now; or every month, where the script is made for that."""
    if "pace" not in data:
        return listed({}, event, facts)
    if not facts.scripts[data["script"]].surprise:
        return now(data, event, facts)
    choices = (
        Choice(m.NOW, "now"),
        *(Choice(m.EVERY_MONTH, "monthly", f"{a}-{b}", {"from": a, "until": b}) for a, b in HOURS),
    )
    return Step(S.LOBBY, data, (Say(m.WHEN, choices=choices),))


def now(data: Data, event: Event, facts: Facts) -> Step:
    if "duty" not in data:
        return listed({}, event, facts)
    duty = [c.id for c in facts.coordinators if c.on_duty] if data["duty"] else []
    number, code = drawn(facts, "drill", NUMBER, "X"), drawn(facts, "drill code", CODE)
    args = {
        "id": number, "script": data["script"], "people": data["people"], "pace": data["pace"],
        "duty": duty, "code": code, "trainer": event.person,
    }  # fmt: skip
    kept = SetProfile("drill", [code, number, event.received + DAY])
    return Step(S.LOBBY, {}, (kept, StartFlow("drill", number, args)))


def monthly(data: Data, event: Event, facts: Facts) -> Step:
    """See monthly.py: those who were chosen are asked once."""
    if "duty" not in data:
        return listed({}, event, facts)
    script = facts.scripts[data["script"]]
    if lacks := cast.empty(script, data["people"].values()):
        lines = tuple(Line(m.PART, part_name(script, part.name)) for part in lacks)
        return Step(S.LOBBY, data, (Say(m.NOBODY_PLAYS, {"lines": lines}),))
    begins, _, ends = event.arg.partition("-")
    number = drawn(facts, "surprise", NUMBER, "Y")
    args = {
        **{k: data[k] for k in ("script", "people", "pace", "duty")},
        "id": number, "trainer": event.person, "hours": [int(begins), int(ends)],
    }  # fmt: skip
    return Step(S.LOBBY, {}, (StartFlow("surprise", number, args),))


def surprises(data: Data, event: Event, facts: Facts) -> Step:
    """What comes every month: for who gives it, with a button that ends it; for who has agreed,
    with one that takes that back."""
    known = [(each, title_of({"script": each.script}, facts)) for each in facts.planned]
    lines = tuple(
        Line(
            m.SURPRISE,
            {"title": title, "n": each.agreed, "of": each.asked, "held": each.held,
             "id": each.id},
        )
        for each, title in known if each.trainer == event.person
    )  # fmt: skip
    ends = tuple(
        Choice(m.UNPLAN, "cancel", args={"id": each.id}, always=True, to=("surprise", each.id))
        for each in facts.planned
        if each.trainer == event.person
    )
    mine = tuple(Line(m.ONE, {"title": title}) for each, title in known if each.mine)
    backs = tuple(
        Choice(m.NO_MORE, "no", always=True, to=("surprise", each.id))
        for each in facts.planned
        if each.mine
    )
    given = (Say(m.SURPRISES, {"lines": lines}, ends),) if lines else ()
    taken = (Say(m.SURPRISES_MINE, {"lines": mine}, backs),) if mine else ()
    return Step(S.LOBBY, {}, (*given, *taken) or (Say(m.NO_SURPRISES),))


def recall(data: Data, event: Event, facts: Facts) -> Step:
    """Of all that this trainer has going on."""
    mine = [d for d in facts.drills if d.trainer == event.person and d.state != "over"]
    if not mine and any(d.mine for d in facts.drills):
        return leave(data, event, facts)  # who only takes part means their own part
    if not mine:
        return Step(S.LOBBY, {}, (Say(m.NOTHING_RUNS if _trains(facts) else m.NO_TRAINER),))
    each: tuple[Effect, ...] = tuple(Signal("drill", d.id, "recall") for d in mine)
    return Step(S.LOBBY, {}, each)


def findings(data: Data, event: Event, facts: Facts) -> Step:
    """What is still to be mended after the last drill, or the one that is named."""
    over = _over(event, facts)
    if not over:
        return Step(S.LOBBY, {}, (Say(r.NONE_OVER if _trains(facts) else m.NO_TRAINER),))
    named = event.arg.strip("# ").upper()
    chosen = next((d for d in over if d.id == named), None if named else over[0])
    if chosen is None:
        return earlier(data, event, facts)
    others = {"others": len(over) > 1}
    return Step(S.LOBBY, {}, (Signal("drill", chosen.id, "findings", others),))


def earlier(data: Data, event: Event, facts: Facts) -> Step:
    """All that are over, to choose from."""
    each = tuple(
        Choice(
            r.ONE_OVER, "findings", d.id,
            {"title": facts.scripts[d.script].title, "at": Moment(d.ended, "full"), "id": d.id},
            always=True,
        )
        for d in _over(event, facts)[:SHOWN]
        if d.script in facts.scripts
    )  # fmt: skip
    return Step(S.LOBBY, {}, (Say(r.WHICH_OVER, choices=each),))


def _over(event: Event, facts: Facts) -> list[Drilling]:
    """The newest first."""
    over = [d for d in facts.drills if d.trainer == event.person and d.state == "over"]
    return sorted(over, key=lambda d: (d.ended, d.id), reverse=True)


def leave(data: Data, event: Event, facts: Facts) -> Step:
    mine = [d for d in facts.drills if d.mine]
    if not mine:
        return Step(S.LOBBY, {}, (Say(m.IN_NONE),))
    return Step(S.LOBBY, {}, tuple(Signal("drill", d.id, "leave") for d in mine))


def no_duff(data: Data, event: Event, facts: Facts) -> Step:
    """ "No duff": whatever it was until now, somebody needs help."""
    return Step(S.LOBBY, {}, (Signal("panic", event.person, "sos", {"text": event.text}),))


TABLE: Table = {
    S.LOBBY: {
        trigger: edge(handler, S.LOBBY)
        for trigger, handler in {
            "drills": listed,
            "drill": chosen,
            "one": choosing(one),
            "all": choosing(everybody),
            "next": choosing(next_part),
            "pace": choosing(paced),
            "tell": choosing(told),
            "quiet": choosing(untold),
            "now": choosing(now),
            "monthly": choosing(monthly),
            "surprises": surprises,
            "recall": recall,
            "findings": findings,
            "earlier": earlier,
            "leave": leave,
            "no_duff": no_duff,
        }.items()
    }
}


def recover(data: Data, event: Event, facts: Facts) -> Step:
    return listed({}, event, facts)


FLOW = Flow("trainer", TABLE, S.LOBBY, recover, lobby=frozenset({S.LOBBY}))
