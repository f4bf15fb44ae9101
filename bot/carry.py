"""Carries out what a flow decided, exactly as written, inside the turn's working set.

Every effect has one place here. Signals and started flows are stepped in the same turn, in order.
The two worlds of duress are kept here by construction: a flow that speaks to the person gets an
event without the duress mark and facts without silent cases; the silent case is opened beside it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import structlog
from sqlalchemy import select

from bot import notices as n
from bot.batch import Address, Batch, Instance, Someone, Timer
from bot.channels.base import Incoming
from bot.outbox import Order, decode, encode, known, pack_args, rank, short_id, unpack_args, waiting
from bot.store import tables as t
from bot.store.store import Row
from bot.text import Text
from bot.vault import Vault
from flows import registry
from flows.engine.flow import Flow
from flows.engine.messages import Message, Value
from flows.engine.model import (
    LINK_LASTS,
    Alert,
    Application,
    CancelTimer,
    Case,
    Choice,
    Drilling,
    Effect,
    EndFlow,
    Event,
    Facts,
    Forget,
    Keep,
    Kind,
    Lane,
    Log,
    OpenCase,
    Person,
    Phase,
    Policy,
    Redact,
    Role,
    Say,
    SetProfile,
    SetTimer,
    Signal,
    StartFlow,
    Where,
    Write,
)
from flows.engine.places import Places
from flows.engine.rehearsal import CASE_PREFIX
from flows.engine.route import ASKING, FORMS, PANIC_LISTENS, Route
from flows.engine.words import Words
from flows.guidance.library import Library

log = structlog.get_logger()

#: Signals that one event may set off in all; more is a loop between flows, which is a bug.
MAX_STEPS = 64
#: No look-alikes (0 O, 1 I L); an id has a letter and a digit, so it is never a number or a word.
CASE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
#: What is said in passing, not chosen: it is also for whoever is on an open line.
OVERHEARD = frozenset({"text", "location", "media", "maybe", "again", "not_good"})
#: Flows whose subject is no person.
ABOUT = frozenset({"escalation", "application", "record", "drill"})
DRAFTED = frozenset({"fund", "report"})  #: flows that count the files of a draft
INVITATION = 7 * 24 * 3_600_000  #: ms in which an invitation can be used
LATE = 30_000  #: ms after which a timer is told as late


@dataclass
class World:
    """What every turn needs and none changes."""

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
    #: This is the engine of a drill: see bot/drill.
    rehearsing: bool = False


class Cards(Mapping[str, Person]):
    """The people of this turn, opened when asked for; not those whose key is gone."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __getitem__(self, person: str) -> Person:
        found = self._batch.card(person)
        if found is None:
            raise KeyError(person)
        return found

    def __iter__(self) -> Iterator[str]:
        return (person for person, known in self._batch.people.items() if known is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Carrier:
    def __init__(self, batch: Batch, world: World, outage: tuple[int, int] | None) -> None:
        self.batch, self.world, self.outage = batch, world, outage
        self.ordinal = 0
        self.queue: deque[tuple[Route, bool]] = deque()
        #: What the case says that this event opened or touched; tests count edges by it.
        self.steps = 0
        #: A timer began this; what it opens or signals is as late as the timer was.
        self.timed = False

    # ------------------------------------------------------------ facts

    def facts(self, event: Event, person: str, own: bool) -> Facts:
        """`own`: for a flow that speaks to this person, who must not learn of silent cases."""
        card = self.batch.card(person)
        assert card is not None
        about = _shown(self.batch.cases_about(person))
        working = card.role is Role.COORDINATOR and card.enrolled
        desk = _shown(self.batch.cases.values()) if working else []
        late = self.timed and event.late > LATE
        outage = self.outage if late and self.outage and event.at <= self.outage[1] else None
        return Facts(
            policy=self.world.policy,
            person=card,
            coordinators=self.coordinators(),
            applications=self.applications(card),
            officers=self._cards(self.batch.officers),
            drills=self._drills(person),
            scripts=self.world.scripts,
            cases=tuple(c for c in about if not (own and c.silent)),
            desk=tuple(desk),
            closed=frozenset(self.batch.closed if working else ()),
            people=Cards(self.batch),
            outage=outage,
            words=self.world.words,
            places=self.world.places,
            guidance=self.world.guidance,
            emergency=self.world.emergency,
            languages=self.world.text.languages,
            channels=tuple(self.world.parsers),
            contacts=self.world.contacts,
            states=self.states(person),
            seed=self.world.vault.seed(event.id),
        )

    def _drills(self, person: str) -> tuple[Drilling, ...]:
        """Those that this person gives or takes part in."""
        return tuple(
            Drilling(row["id"], row["trainer"], row["script"], row["state"], mine)
            for row in self.batch.drills.values()
            for mine in [f"{person}:" in row["people"] and _inside(row, person)]
            if row["state"] != "over" and (mine or row["trainer"] == person)
        )

    def states(self, person: str) -> dict[str, str]:
        """What the person's own flows are doing; finished ones are left out."""
        flows = self.world.flows
        found = {}
        for name, flow in flows.items():
            instance = self.batch.instances.get((name, person))
            if instance is not None and not flow.final(instance.state):
                found[name] = instance.state
        return found

    def coordinators(self) -> tuple[Person, ...]:
        return self._cards(self.batch.coordinators)

    def _cards(self, people: Iterable[str]) -> tuple[Person, ...]:
        cards = (self.batch.card(i) for i in people)
        return tuple(c for c in cards if c is not None and c.enrolled)

    def applications(self, card: Person) -> tuple[Application, ...]:
        """To an officer with a conflict, and to everybody else, another's request isn't there: but
        for who pays, while it is to be paid."""
        works = card.role is Role.OFFICER and card.enrolled
        found = (_application(row) for row in self.batch.applications.values())
        return tuple(
            each
            for each in found
            if each.person == card.id
            or ((works or self._pays(card, each)) and card.id not in each.conflicts)
        )

    def _pays(self, card: Person, each: Application) -> bool:
        fund = self.world.policy.funds.get(each.fund)
        return each.state == "payout" and fund is not None and card.id in fund.payers

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
        if event.word:
            # Neither word is left lying in the chat; the same for both.
            self.redact(event, Redact())

    async def heard(self, event: Event, sealed: bool = False) -> None:
        """What somebody says reaches the silent cases about them. `sealed`: it is for a form that
        only others may read, so that they learn no more than that something was written."""
        heard = {"text": event.text, "lat": event.lat, "lon": event.lon, "note": event.arg}
        if sealed:
            event, heard = replace(event, files=()), {"note": "form"}
        for case in self.silent_cases(event.person):
            live = event.edited and event.kind is Kind.LOCATION
            name = "moved" if live and not sealed else "heard"
            if event.kind is Kind.CHOICE:
                continue  # a button says nothing that the case could use
            await self.signal(event, Signal("escalation", case.id, name, heard), False)

    def _overheard(self, target: Route) -> bool:
        """Words for a call for help or a check-in: who is writing with them reads them too."""
        event = target.event
        line = self.states(event.person).get("hotline") in ("waiting", "open")
        said = event.kind is not Kind.CHOICE and event.trigger in OVERHEARD
        said = said and not event.args.get("form")  # sealed: for the form's own readers
        return line and said and target.flow in ("panic", "checkin")

    def silent_cases(self, person: str) -> list[Case]:
        return [c for c in _shown(self.batch.cases_about(person)) if c.silent]

    async def duress(self, event: Event) -> None:
        args = {"text": event.text, "lat": event.lat, "lon": event.lon}
        kind = [c for c in self.silent_cases(event.person) if c.kind == "duress"]
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
        if instance is None and not await self._known(person):
            return
        facts = self.facts(event, event.person or person, own=not flow.sees_silent)
        if flow.name == "application":
            reach = await self._reach(flow.reaches(instance.data) if instance else ())
            held = await self._held(event, person)
            files = await self._files(target.subject)
            facts = replace(facts, reach=reach, files=files, held=held)
            # Whom it speaks to unasked may be busy with something else.
            await self.batch.load_focus([person, *self.batch.officers, *reach.values()])
            await self.batch.instance("checkin", person)
            await self.batch.instance("panic", person)
        if flow.name == "fund":
            facts = replace(facts, mine=await self._mine(facts))
        if flow.name in DRAFTED and instance and (draft := instance.data.get("id")):
            facts = replace(facts, files=await self._files(draft))
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
            self._noted(event, fresh)
        self.batch.set("instance", self.batch.instances, (flow.name, target.subject), fresh)
        if flow.final(fresh.state):
            self._clear_timers(flow.name, target.subject)
        for effect in sorted(decided.effects, key=lambda each: not isinstance(each, Forget)):
            await self._carry(event, fresh, effect, duress)
        if flow.name == "application":
            self._answered(event.person, fresh)
        self._project(fresh)

    def _noted(self, event: Event, by: Instance) -> None:
        """In a drill every step is kept, for its report."""
        what = f"{by.flow}.{event.trigger}"
        if by.flow == "escalation" and event.trigger == "start":
            what += f"/{event.args.get('kind', '')}"
        self.batch.append(
            self.batch.happened,
            {
                "at": event.at,
                "person_id": event.person,
                "what": what,
                "subject": by.subject,
                "state": by.state,
                "urgent": False,
            },
        )

    def _answered(self, person: str, by: Instance) -> None:
        """Nothing is asked of them there any more: the next words are for something else."""
        focus = self.batch.focus.get(person) or {}
        here = (focus.get("flow"), focus.get("subject")) == (by.flow, by.subject)
        if here and focus["expects"] and person not in by.data.get("asks", {}):
            self.batch.set("focus", self.batch.focus, person, {**focus, "expects": False})

    async def _reach(self, named: Iterable[str]) -> dict[str, str]:
        """Whose these numbers or addresses are, of those that have written to us or were added."""
        digest = self.world.vault.digest
        keys = {
            (channel, digest("address", channel, where).hex()): said
            for said in named
            for where in (said.strip(), "".join(said.split()))
            for channel in self.world.parsers
        }
        await self.batch.load_addresses(keys)
        found = ((said, self.batch.by_hash.get(key)) for key, said in keys.items())
        return {said: address.person for said, address in found if address is not None}

    async def _mine(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """See Facts.mine. Silent cases aren't among the facts of a flow that speaks to them."""
        found: dict[str, dict[str, Any]] = {}
        for case in facts.cases:
            if known := await self.batch.instance("escalation", case.id):
                found[case.id] = {k: known.data[k] for k in ("text", "place") if k in known.data}
        for each in facts.applications:
            if each.person == facts.person.id:
                known = await self.batch.instance("application", each.id)
                found[each.id] = dict(known.data.get("answers", {})) if known else {}
        return found

    async def _held(self, event: Event, person: str) -> bool:
        """See Facts.held. What somebody does with their own request can't depend on it."""
        if event.kind is not Kind.TIMER and event.person == person:
            return False
        await self.batch.load_cases([person], ())
        return bool(self.silent_cases(person))

    async def _files(self, request: str) -> tuple[str, ...]:
        c = t.attachments.c
        query = select(c.id).where(c.case_id == request, c.state == "kept")
        found = await self.batch.conn.execute(query.order_by(c.created_at, c.id))
        return tuple(row[0] for row in found)

    async def _known(self, person: str) -> bool:
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
            stale = "stale" if event.kind is Kind.CHOICE else "unknown"
            self.queue.append((Route("home", event.person, replace(event, trigger=stale)), False))

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
                self.say(event, by, effect)
            case Write():
                self.write(event, by, effect)
            case Alert():
                self.alert(event, by, effect)
            case SetTimer(name, at):
                self._set_timer(by, name, Timer(at, by.revision, by.person))
            case CancelTimer(name):
                self._set_timer(by, name, None)
            case OpenCase():
                await self.open_case(event, effect)
            case Signal():
                await self.signal(event, effect, duress)
            case Keep():
                self._keep(event, effect)
            case Forget(key):
                self.batch.append(self.batch.forgotten, {"key": key})
            case Log():
                await self._log(event, by, effect)
            case StartFlow(flow, subject, args):
                await self.signal(event, Signal(flow, subject, "start", args), duress)
            case EndFlow():
                self._end(by)
            case SetProfile():
                self.profile(event, effect)
            case Redact():
                self.redact(event, effect)
                if effect.ours and by.key:
                    await self._redact_shown(event, by)
            case _:
                assert_never(effect)

    def say(self, event: Event, by: Instance, say: Say) -> None:
        to = say.to or event.person
        someone = self.batch.people.get(to)
        if someone is None:
            return
        card = self.batch.card(to)
        assert card is not None
        payload = self.payload(card, by, say.message, say.args, say.choices)
        if say.file:
            payload["f"] = [say.file.kind, say.file.name]
        # What somebody did is answered before words that are only passed on.
        order = rank(say.lane, Order.NEXT if to == event.person else Order.PASSED)
        if say.via:
            payload["via"] = say.via
        if say.fleeting:
            payload["fleeting"] = True
        for address in self._where(event, someone, say):
            self.put(address, payload, order, say.case, event.id, key=self._seals(by))
        if (say.choices or say.expects) and not self._comes_between(event, say, to):
            kept = {
                "flow": by.flow,
                "subject": by.subject,
                "expects": say.expects,
                "c": payload["c"],
                "at": self.batch.now,
                "key": self._seals(by),
            }
            self.batch.set("focus", self.batch.focus, to, kept)

    def write(self, event: Event, by: Instance, effect: Write) -> None:
        """Nobody's address: it is not theirs until they have written to us."""
        where = effect.where
        digest = self.world.vault.digest("address", effect.channel, where).hex()
        stranger = Address(digest, "", effect.channel, where, where, None, None, "ok", None, 0)
        said = {"m": effect.message.key, "a": pack_args(effect.args), "c": []}
        payload = {**said, "lang": effect.lang, "tz": "UTC"}
        self.put(stranger, payload, rank(Lane.ROUTINE), "", event.id, key=by.key)

    def _seals(self, by: Instance) -> str:
        gone = any(row["key"] == by.key for row in self.batch.forgotten)
        return "" if gone else by.key

    def _comes_between(self, event: Event, say: Say, to: str) -> bool:
        """What nobody asked for doesn't take the answer of a check-in that waits for one, the words
        of somebody who has called for help, nor those that are written into a request or a report
        at this moment."""
        unasked = to != event.person and say.lane is Lane.ROUTINE
        focus = self.batch.focus.get(to) or {}
        writing = focus.get("flow") in ("application", "record") and focus["expects"]
        states = self.states(to)
        calling = states.get("panic") in PANIC_LISTENS
        return unasked and (writing or calling or states.get("checkin") in ASKING)

    def _keep(self, event: Event, keep: Keep) -> None:
        """Noted with the turn; fetched afterwards (bot.keeper), however long that takes."""
        if keep.about not in self.batch.people:
            self.world.vault.new_people([keep.about])
        if keep.clean and not event.files:
            self.batch.append(self.batch.to_clean, {"case": keep.case})
        for number, claim in enumerate(keep.files or event.files):
            key = ("file", event.id.partition("/")[0], keep.case, keep.flow, str(number))
            name = short_id(self.world.vault.digest(*key))
            sealed = {"ref": claim.ref, "kind": claim.kind, "mime": claim.mime, "size": claim.size}
            sealed |= {"clean": True} if keep.clean else {}
            self.batch.append(
                self.batch.attachments,
                {
                    "id": name,
                    "person_id": keep.about,
                    "case_id": keep.case,
                    "flow": keep.flow,
                    "subject": keep.subject,
                    "by": keep.by,
                    "channel": event.channel,
                    "source": self.world.vault.digest("source", event.channel, claim.ref).hex(),
                    "sealed": self.world.vault.seal(keep.about, encode(sealed), "attachment"),
                    "state": "wanted",
                    "size": 0,
                    "attempts": 0,
                    "next_at": self.batch.now,
                    "created_at": event.at,
                    "error": None,
                },
            )

    def alert(self, event: Event, by: Instance, alert: Alert) -> None:
        someone, card = self.batch.people.get(alert.to), self.batch.card(alert.to)
        if someone is None or card is None:
            return
        payload = self.payload(card, by, alert.message, alert.args, alert.choices)
        replaces, place = None, Order.NEXT if alert.repeat else Order.FIRST
        if alert.repeat:
            key = ("repeat", alert.about) if alert.about else ("again", alert.case)
            replaces = self.world.vault.digest(*key, alert.to).hex()
        addresses = someone.best()[:1] or list(someone.addresses.values())[:1]
        for address in addresses:
            self.put(address, payload, rank(Lane.URGENT, place), alert.case, event.id, replaces)
        if alert.choices:
            kept = {
                "flow": by.flow,
                "subject": by.subject,
                "expects": False,
                "c": payload["c"],
                "at": self.batch.now,
            }
            self.batch.set("focus", self.batch.focus, alert.to, kept)

    def payload(
        self,
        card: Person,
        by: Instance | None,
        message: Message,
        args: Mapping[str, Value],
        choices: Sequence[Choice] = (),
    ) -> dict[str, Any]:
        packed = [
            [
                c.label.key,
                pack_args(c.args),
                *(c.to or ((by.flow, by.subject) if by else ("home", card.id))),
                by.state if by else "",
                c.trigger,
                c.arg,
                int(c.always),
            ]
            for c in choices
        ]
        packed_up = {
            "m": message.key,
            "a": pack_args(args),
            "c": packed,
            "lang": card.lang,
            "tz": card.tz,
        }
        if by is None or by.flow != "drill":
            return packed_up
        over = {"over": 1} if by.state == "over" else {}  # the recall doesn't take that back
        return {**packed_up, "d": {"id": by.subject, **over}}

    def _where(self, event: Event, someone: Someone, say: Say) -> list[Address]:
        where, best = say.where, someone.best()
        if say.via:
            return [address for address in best if address.channel == say.via][:1]
        if where is Where.EVERY:
            return best or list(someone.addresses.values())[:1]
        if where is Where.HERE and event.address in someone.addresses:
            return [someone.addresses[event.address]]
        return best[:1] or list(someone.addresses.values())[:1]

    def put(
        self,
        address: Address,
        payload: Mapping[str, Any],
        order: int,
        case: str,
        event_id: str,
        replaces: str | None = None,
        key: str = "",
    ) -> None:
        """One outbox row. Its id comes from (event, ordinal): a replay adds nothing."""
        if key:
            self.world.vault.new_people([key])
        self.ordinal += 1
        digest = self.world.vault.digest("outbox", event_id, str(self.ordinal))
        self.batch.append(
            self.batch.outbox,
            {
                **waiting(self.batch.now),
                "id": short_id(digest),
                "channel": address.channel,
                "address_id": address.id,
                "person_id": address.person,
                "rank": order,
                "case_id": case,
                "replaces": replaces,
                "key": key,
                "drill": _of_drill(payload.get("d", {})),
                "sealed": self.world.vault.seal(
                    key or address.person, encode({**payload, "to": address.where}), "outbox"
                ),
            },
        )

    def _set_timer(self, by: Instance, name: str, timer: Timer | None) -> None:
        self.batch.set("timer", self.batch.timers, (by.flow, by.subject, name), timer)

    def _clear_timers(self, flow: str, subject: str) -> None:
        for key in [k for k in self.batch.timers if k[:2] == (flow, subject)]:
            self.batch.set("timer", self.batch.timers, key, None)

    def _end(self, by: Instance) -> None:
        self._clear_timers(by.flow, by.subject)
        self.batch.set("instance", self.batch.instances, (by.flow, by.subject), None)

    async def open_case(self, event: Event, effect: OpenCase) -> None:
        case_id = await self._draw_case_id(event)
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
        instance = Instance("escalation", case_id, event.person, "new", 1, 0, {})
        self.batch.instances[("escalation", case_id)] = None
        placeholder = {
            "id": case_id,
            "person_id": event.person,
            "kind": effect.kind,
            "phase": str(effect.phase),
            "state": "open",
            "silent": effect.silent,
            "only": str(effect.args.get("only", "")),
            "line": False,
            "discreet": False,
            "quiet": False,
            "opened_at": event.received,
            "acknowledged_by": "",
            "acknowledged_at": None,
            "closed_at": None,
            "sealed": b"",
        }
        self.batch.put_case(placeholder)
        # A new case has no log yet: its first line need not look for the one before.
        self.batch.set("chain", self.batch.chains, case_id, "")
        self.queue.append((Route("escalation", instance.subject, start), effect.silent))

    async def _draw_case_id(self, event: Event) -> str:
        """Short, unambiguous, unguessable; a taken one draws again, longer after a while."""
        for case_id in drawn_case_ids(self.world, event.id):
            if not await self.batch.case_id_taken(case_id):
                return case_id
        raise RuntimeError("no free case id")

    def _project(self, instance: Instance) -> None:
        """A case's row is what its instance says; nothing else writes it. So is a request's."""
        if instance.flow == "application":
            shown = registry.application_row(instance.state, instance.data)
            row = {"id": instance.subject, "person_id": instance.person, **shown}
            if self.batch.applications.get(instance.subject) != row:
                self.batch.put_application(row)
        if instance.flow == "record":
            self._project_record(instance)
        if instance.flow == "drill":
            shown = registry.drill_row(instance.state, instance.data)
            self.batch.put_drill({"id": instance.subject, **shown})
        if instance.flow != "escalation":
            return
        shown = registry.case_row(instance.state, instance.data)
        before = self.batch.cases.get(instance.subject)
        outcome = encode({"outcome": shown.pop("outcome", "")})
        row = {
            "id": instance.subject,
            "person_id": instance.person,
            **shown,
            "sealed": self.world.vault.seal(instance.person, outcome, "case"),
        }
        if before != row:
            self.batch.put_case(row)

    def _project_record(self, instance: Instance) -> None:
        """Whom it happened to is there as a keyed hash only."""
        shown = registry.record_row(instance.state, instance.data)
        if shown is None:
            return
        record, words, about = (shown.pop(part) for part in ("record", "words", "about"))
        sealed = b""
        if record is not None:
            whom = self.world.vault.digest("attacked", about).hex() if about else ""
            self.world.vault.new_people([instance.key])
            clear = encode({"record": {**record, "journalist": whom}, "words": words})
            sealed = self.world.vault.seal(instance.key, clear, "record")
        head = {"id": instance.subject, "person_id": instance.person}
        self.batch.put_record({**head, **shown, "sealed": sealed})

    async def _log(self, event: Event, by: Instance, effect: Log) -> None:
        case_id = by.subject
        chain = self.batch.chains.get(case_id)
        if chain is None:
            chain = await self.batch.conn.scalar(
                select(t.case_log.c.chain)
                .where(t.case_log.c.case_id == case_id)
                .order_by(t.case_log.c.seq.desc())
                .limit(1)
            )
        clear = encode({"text": effect.text})
        if by.key:
            self.world.vault.new_people([by.key])
        line = (case_id, str(self.batch.now), effect.kind, effect.by)
        chained = self.world.vault.chained(chain or "", *line, effect.text)
        self.batch.set("chain", self.batch.chains, case_id, chained)
        self.batch.append(
            self.batch.log,
            {
                "case_id": case_id,
                "at": self.batch.now,
                "kind": effect.kind,
                "by": effect.by,
                "sealed": self.world.vault.seal(by.key or by.person, clear, "log"),
                "chain": chained,
            },
        )

    def profile(self, event: Event, change: SetProfile) -> None:
        someone = self.batch.people.get(event.person)
        assert someone is not None
        if change.field in ("risk", "on_duty", "enrolled", "role"):
            self.batch.put_person(replace(someone, **{change.field: change.value}))
            return
        value = change.value
        if change.field == "words":
            value = [self.world.vault.word_digest(someone.id, w).hex() for w in value]
        if change.field == "link":
            digest = self.world.vault.digest("code", value).hex()
            row = {
                "hash": digest,
                "kind": "link",
                "role": "",
                "lang": "",
                "person_id": someone.id,
                "expires_at": event.received + LINK_LASTS,
                "used_at": None,
            }
            self.batch.set("code", self.batch.codes, digest, row)
            return
        if change.field == "invite":
            self._invitation(change.value, event.received)
            return
        if change.field in ("status", "drill"):
            self._code(change.field, *value)
            return
        if change.field == "referee":
            code, application, n, turn, until = value
            self._code("referee", code, application, until, f"{n}:{turn}")
            return
        profile = {**someone.profile, change.field: value}
        self.batch.put_person(replace(someone, profile=profile))

    def _invitation(self, code: str, now: int) -> None:
        """Whoever uses it is a guest, in the language that they choose."""
        row = invitation(self.world.vault, code, Role.GUEST, self.world.default_lang, now)
        self.batch.set("code", self.batch.codes, row["hash"], row)

    def _code(self, kind: str, code: str, about: str, until: int, role: str = "") -> None:
        """Whoever has it may ask, from any address, what became of a request, or is its referee,
        or joins a drill."""
        digest = self.world.vault.digest("code", code).hex()
        row = {
            "hash": digest,
            "kind": kind,
            "role": role,
            "lang": "",
            "person_id": about,
            "expires_at": until,
            "used_at": None,
        }
        self.batch.set("code", self.batch.codes, digest, row)

    def redact(self, event: Event, effect: Redact) -> None:
        # What a button press calls its own id is no message.
        own = "" if event.kind is Kind.CHOICE else event.upstream
        upstream = event.target if effect.ours else effect.upstream or own
        someone = self.batch.people.get(event.person)
        address = someone.addresses.get(event.address) if someone else None
        if address is not None and upstream:
            payload = {"redact": upstream, "of": "own" if effect.ours else "theirs"}
            self.put(address, payload, rank(Lane.REPLY), "", event.id)

    async def _redact_shown(self, event: Event, by: Instance) -> None:
        """What this instance has said to the person as fleeting, and the sender has noted."""
        someone, c = self.batch.people.get(event.person), t.outbox.c
        query = select(c.address_id, c.sealed).where(
            c.key == by.key, c.person_id == event.person, c.state == "sent"
        )
        found = await self.batch.conn.execute(query.order_by(c.seq))
        for address_id, sealed in found.all():
            left = decode(self.world.vault.open(by.key, sealed, "outbox")) if sealed else {}
            address = someone.addresses.get(address_id) if someone else None
            for upstream in left.get("shown", ()) if address else ():
                if upstream != event.target and address is not None:
                    payload = {"redact": upstream, "of": "own"}
                    self.put(address, payload, rank(Lane.REPLY), "", event.id)

    def labels(self, packed: Sequence[Sequence[Any]], card: Person) -> tuple[str, ...]:
        text, now = self.world.text, self.batch.now
        return tuple(
            text.render(card.lang, card.tz, known(c[0]), unpack_args(c[1]), now) for c in packed
        )


def invitation(
    vault: Vault, code: str, role: str, lang: str, now: int, person: str = ""
) -> dict[str, Any]:
    """The row of a code that lets one person in. With `person`: whoever uses it is that person."""
    return {
        "hash": vault.digest("code", code).hex(),
        "kind": "invite",
        "role": role,
        "lang": lang,
        "person_id": person,
        "expires_at": now + INVITATION,
        "used_at": None,
    }


def drawn_case_ids(world: World, event_id: str) -> Iterator[str]:
    """The ids that a case opened by this event may get, in order: a replay draws the same."""
    facts = Facts(policy=world.policy, person=n.NOBODY, seed=world.vault.seed(event_id))
    for attempt in range(10_000):
        drawn = facts.draw(f"case/{attempt}", 6)
        letters = (CASE_ALPHABET[b % len(CASE_ALPHABET)] for b in drawn)
        case_id = "".join(letters)[: 4 + min(2, attempt // 100)]
        if world.rehearsing:
            case_id = CASE_PREFIX + "".join(CASE_ALPHABET[b % len(CASE_ALPHABET)] for b in drawn)
        if any(c.isdigit() for c in case_id) and any(c.isalpha() for c in case_id):
            yield case_id


def _shown(rows: Iterable[Row]) -> list[Case]:
    return [
        Case(
            row["id"],
            row["person_id"],
            row["kind"],
            Phase(row["phase"]),
            row["state"],
            row["silent"],
            row["opened_at"],
            row["acknowledged_by"],
            row["quiet"],
            row["only"],
            row["line"],
            row["discreet"],
        )
        for row in rows
        if row["state"] != "closed"
    ]


def _of_drill(said: Mapping[str, Any]) -> str:
    return f"{said['id']}/over" if said.get("over") else str(said.get("id", ""))


def _inside(row: Row, person: str) -> bool:
    """Asked, in it, or left alone by it: not who has left."""
    parts = {one.split(":")[0]: one.split(":")[2] for one in row["people"].split()}
    return parts.get(person) in ("in", "real")


def _application(row: Row) -> Application:
    return Application(
        row["id"],
        row["person_id"],
        row["fund"],
        row["kind"],
        row["state"],
        row["holder"],
        frozenset(row["conflicts"].split()),
        row["submitted_at"],
        row["due_at"],
        row["granted_at"],
        row["asks"],
    )
