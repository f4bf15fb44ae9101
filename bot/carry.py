"""Carries out what a flow decided, exactly as written, inside the turn's working set.

Every effect has one place here. Signals and started flows are stepped in the same turn, in order.
The two worlds of duress are kept here by construction: a flow that speaks to the person gets an
event without the duress mark and facts without silent cases; the silent case is opened beside it.
"""

from collections import deque
from dataclasses import replace
from typing import assert_never

import structlog

from bot.batch import Batch, Instance, Timer
from bot.facts import Gathered
from bot.kept import Kept
from bot.outgoing import Outgoing
from bot.world import World
from flows import registry
from flows.engine.asked import FORMS, Focus, Route
from flows.engine.model import (
    Alert,
    CancelTimer,
    Effect,
    EndFlow,
    Event,
    Facts,
    Forget,
    Keep,
    Kind,
    Log,
    OpenCase,
    Phase,
    Redact,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    StartFlow,
    Unsay,
    Write,
)
from flows.engine.offered import stale

log = structlog.get_logger()

#: Signals that one event may set off in all; more is a loop between flows, which is a bug.
MAX_STEPS = 64
#: Effects that come before whatever else a step does.
FIRST = (Forget, Unsay)
#: What is said in passing, not chosen: it is also for whoever is on an open line.
OVERHEARD = frozenset({"text", "location", "media", "maybe", "again", "not_good"})
#: Flows whose subject is no person.
ABOUT = frozenset({"escalation", "application", "record", "drill", "surprise"})


class Carrier:
    def __init__(self, batch: Batch, world: World, outage: tuple[int, int] | None) -> None:
        self.batch, self.world = batch, world
        self.known = Gathered(batch, world, outage)
        self.out = Outgoing(batch, world, self.known)
        self.kept = Kept(batch, world)
        self.ordinal = 0
        self.queue: deque[tuple[Route, bool]] = deque()
        self.steps = 0
        #: A timer began this; what it opens or signals is as late as the timer was.
        self.timed = False

    def facts(self, event: Event, person: str, own: bool) -> Facts:
        return self.known.about(event, person, own, self.timed)

    # ------------------------------------------------------------ stepping

    async def message(self, target: Route, duress: bool) -> None:
        """A person's event: the silent case first, so that nothing visible depends on it."""
        event = target.event
        about = self.batch.cases.get(target.subject) if target.flow == "escalation" else None
        if about is not None and about["person_id"] == event.person:
            # To the person concerned a case doesn't exist, silent or not.
            target = Route("home", event.person, replace(event, trigger="stale"))
        if duress:
            await self.duress(event)
        else:
            # What nobody has said yet to be an answer is heard like other words.
            answers = target.flow in FORMS and target.event.trigger != "reply"
            await self.heard(event, answers or bool(event.args.get("form")))
        if self._overheard(target):
            said = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
            await self.signal(event, Signal("hotline", event.person, "overheard", said), False)
        await self.step(target, duress)
        if event.word and not self.world.rehearsing:  # the real turn has done it
            # Neither word is left lying in the chat; the same for both.
            self.out.redact(event, Redact())

    async def heard(self, event: Event, sealed: bool = False) -> None:
        """What somebody says reaches the silent cases about them. `sealed`: it is for a form that
        only others may read, so that they learn no more than that something was written."""
        heard = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
        if sealed:
            event, heard = replace(event, files=()), {"note": "form"}
        for case in self.known.silent_cases(event.person):
            live = event.edited and event.kind is Kind.LOCATION
            name = "moved" if live and not sealed else "heard"
            if event.kind is Kind.CHOICE:
                continue  # a button says nothing that the case could use
            await self.signal(event, Signal("escalation", case.id, name, heard), False)

    def _overheard(self, target: Route) -> bool:
        """Words for a call for help or a check-in: who is writing with them reads them too."""
        event = target.event
        line = self.known.states(event.person).get("hotline") in ("waiting", "open")
        said = event.kind is not Kind.CHOICE and event.trigger in OVERHEARD
        said = said and not event.args.get("form")  # sealed: for the form's own readers
        return line and said and target.flow in ("panic", "checkin")

    async def duress(self, event: Event) -> None:
        args = {"text": event.text, "lat": event.lat, "lon": event.lon}
        kind = [c for c in self.known.silent_cases(event.person) if c.kind == "duress"]
        if kind:
            await self.signal(event, Signal("escalation", kind[0].id, "again", args), True)
        else:
            await self.open_case(event, OpenCase("duress", Phase.ALERT, event.at, True, args))
        await self.drain()

    async def step(self, target: Route, duress: bool = False) -> None:
        self.timed = target.event.kind is Kind.TIMER
        self.queue.append((target, duress))
        await self.drain()

    async def drain(self) -> None:
        while self.queue:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise RuntimeError("flows signal one another in circles")
            target, duress = self.queue.popleft()
            await self._one(target, duress)

    async def _one(self, target: Route, duress: bool) -> None:
        flow = self.world.flows[target.flow]
        instance = await self.batch.instance(target.flow, target.subject)
        event = replace(target.event, duress=duress and flow.sees_silent)
        # A flow of a person's is theirs, whoever's word begins it; a case is about who caused it,
        # and a request is theirs who made it.
        owner = event.person if flow.name in ABOUT else target.subject
        person = instance.person if instance else owner
        if instance is None and not await self._still_here(person):
            return
        facts = self.facts(event, event.person or person, own=not flow.sees_silent)
        facts = await self.known.beside(facts, flow, target.subject, event, instance)
        state, data, revision = str(flow.initial), {}, 0
        if instance is not None:
            revision = instance.revision
            if not flow.final(instance.state):
                state, data = instance.state, instance.data
                if instance.version != flow.version:
                    state, data = flow.upgrade(state, data, instance.version)
        if instance is not None and flow.state(state) is None and flow.name != "escalation":
            # It is about whose plan it is, whoever's word has brought it to light.
            event = replace(event, person=person)
            facts = self.facts(event, person, own=not flow.sees_silent)
        decided = flow.step(state, dict(data), event, facts)
        if decided is None:
            self._nobody_listens(target, event)
            return
        if flow.state(state) is None:
            log.error("state_unknown", flow=flow.name, state=state)
        fresh = Instance(
            flow.name,
            target.subject,
            person,
            str(decided.state),
            flow.version,
            revision + 1,
            decided.data,
            flow.key(decided.data),
        )
        registry.stepped(flow.name, state, event.trigger, str(decided.state))
        if self.world.rehearsing:
            self.kept.noted(event, fresh)
        self.batch.set("instance", self.batch.instances, (flow.name, target.subject), fresh)
        if flow.final(fresh.state):
            self._clear_timers(flow.name, target.subject)
        for effect in sorted(decided.effects, key=lambda each: not isinstance(each, FIRST)):
            await self._carry(event, fresh, effect, duress)
        if flow.name == "application":
            self._answered(event.person, fresh)
        self.kept.project(fresh)

    def _answered(self, person: str, by: Instance) -> None:
        """Nothing is asked of them there any more: the next words are for something else."""
        focus = self.batch.focus.get(person) or {}
        here = (focus.get("flow"), focus.get("subject")) == (by.flow, by.subject)
        if here and focus["expects"] and person not in by.data.get("asks", {}):
            self.batch.set("focus", self.batch.focus, person, {**focus, "expects": False})

    async def _still_here(self, person: str) -> bool:
        """Not whoever was erased since somebody else's flow noted whom to tell."""
        await self.batch.load_people([person])
        return self.batch.people.get(person) is not None

    def _nobody_listens(self, target: Route, event: Event) -> None:
        """What a person did is always answered; what flows tell one another may fall through."""
        if event.kind in (Kind.TIMER, Kind.SIGNAL):
            return
        if target.flow == "escalation":
            told = replace(event, trigger="over", arg=target.subject)
            self.queue.append((Route("desk", event.person, told), False))
        elif target.flow != "home":
            self.queue.append((self._to_home(event), False))

    def _to_home(self, event: Event) -> Route:
        if event.kind is not Kind.CHOICE:
            return Route("home", event.person, replace(event, trigger="unknown"))
        kept = self.batch.focus.get(event.person) or {"flow": "", "subject": "", "expects": False}
        focus = Focus(kept["flow"], kept["subject"], bool(kept["expects"]))
        facts = self.facts(event, event.person, own=True)
        return stale(event, facts, self.world.flows, focus)

    async def signal(self, event: Event, signal: Signal, duress: bool) -> None:
        """Told within the same turn, with the original sender and times."""
        self.ordinal += 1
        told = replace(
            event,
            id=f"{event.id}/{self.ordinal}",
            kind=Kind.SIGNAL,
            trigger=signal.name,
            args=dict(signal.args),
            text=signal.text or event.text,
        )
        self.queue.append((Route(signal.flow, signal.subject, told), duress))

    # ------------------------------------------------------------ effects

    async def _carry(self, event: Event, by: Instance, effect: Effect, duress: bool) -> None:
        match effect:
            case Say():
                self.out.say(event, by, effect)
            case Write():
                self.out.write(event, by, effect)
            case Alert():
                self.out.alert(event, by, effect)
            case SetTimer(name, at):
                self._set_timer(by, name, Timer(at, by.revision, by.person))
            case CancelTimer(name):
                self._set_timer(by, name, None)
            case OpenCase():
                await self.open_case(event, effect)
            case Signal():
                await self.signal(event, effect, duress)
            case Keep():
                self.kept.files(event, effect)
            case Forget(key):
                self.batch.append(self.batch.forgotten, {"key": key})
                if "/" in key:  # of APART: an instance that is gone has no key any more
                    await self.out.redact_shown(event, by, key)
            case Unsay(to):
                self.out.unsay(by, to)
            case Log():
                await self.kept.log(event, by, effect)
            case StartFlow(flow, subject, args):
                await self.signal(event, Signal(flow, subject, "start", args), duress)
            case EndFlow():
                self._end(by)
            case SetProfile():
                self.kept.profile(event, effect)
            case Redact():
                self.out.redact(event, effect)
                if effect.ours and by.key:
                    await self.out.redact_shown(event, by)
            case _:
                assert_never(effect)

    def _set_timer(self, by: Instance, name: str, timer: Timer | None) -> None:
        self.batch.set("timer", self.batch.timers, (by.flow, by.subject, name), timer)

    def _clear_timers(self, flow: str, subject: str) -> None:
        for key in [k for k in self.batch.timers if k[:2] == (flow, subject)]:
            self.batch.set("timer", self.batch.timers, key, None)

    def _end(self, by: Instance) -> None:
        self._clear_timers(by.flow, by.subject)
        self.batch.set("instance", self.batch.instances, (by.flow, by.subject), None)

    async def open_case(self, event: Event, effect: OpenCase) -> None:
        case_id = await self.kept.draw_case_id(event)
        start = replace(
            event,
            id=f"{event.id}/{case_id}",
            kind=Kind.SIGNAL,
            trigger="start",
            args={
                "kind": effect.kind,
                "phase": str(effect.phase),
                "since": effect.since,
                "silent": effect.silent,
                **effect.args,
            },
        )
        self.batch.instances[("escalation", case_id)] = None
        self.kept.opened(case_id, event, effect)
        self.queue.append((Route("escalation", case_id, start), effect.silent))
