"""What a step may know: gathered from the turn's working set, a flow's own share beside it.

The two worlds of duress begin here: a flow that speaks to the person gets facts without silent
cases; see Gathered.about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from unicodedata import decimal

from sqlalchemy import select

from bot.batch import Batch, Instance
from bot.store import tables as t
from bot.store.beside import beside
from bot.store.store import Row
from bot.world import World
from flows.desk.flow import SHOWN, WORKED_ON
from flows.drill.state import playing
from flows.engine.asked import PANIC_LISTENS
from flows.engine.flow import Flow
from flows.engine.model import (
    Application,
    Case,
    Drilling,
    Event,
    Facts,
    Kind,
    Person,
    Phase,
    Planned,
    Role,
)
from flows.fund.judging import weighed

DRAFTED = ("fund", "report")  #: flows with a draft, of which they count the files
FOREVER = 2**53  #: ms: the end of what is still going on
#: What comes again and again in a drill, and speaks to one of them, its trainer and who watches.
QUIET = frozenset(
    {
        "called",
        "happened",
        "behind",
        "real",
        "tap",
        "resume",
        "join",
        "watch",
        "decline",
        "leave",
        "text",
        "speak",
        "unreachable",
    }
)
LATE = 30_000  #: ms after which a timer is told as late


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


class Gathered:
    """`outage`: when nobody was watching last (from, to), if it is worth telling."""

    def __init__(self, batch: Batch, world: World, outage: tuple[int, int] | None) -> None:
        self.batch, self.world, self.outage = batch, world, outage

    def about(self, event: Event, person: str, own: bool, timed: bool) -> Facts:
        """`own`: for a flow that speaks to this person, who must not learn of silent cases.
        `timed`: a timer began this; what it opens or signals is as late as the timer was."""
        card = self.batch.card(person)
        assert card is not None
        about = _shown(self.batch.cases_about(person))
        working = card.role is Role.COORDINATOR and card.enrolled
        desk = _shown(self.batch.cases.values()) if working else []
        late = timed and event.late > LATE
        outage = self.outage if late and self.outage and event.at <= self.outage[1] else None
        return Facts(
            policy=self.world.policy,
            person=card,
            coordinators=self.coordinators(),
            applications=self.applications(card),
            officers=self._cards(self.batch.officers),
            drills=self._drills(person),
            scripts=self.world.scripts,
            titles=self.world.titles.get(card.lang, {}),
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
            begun=self._begun(person),
            seed=self.world.vault.seed(event.id),
        )

    def _drills(self, person: str) -> tuple[Drilling, ...]:
        """Those that this person gives or takes part in; once they are over, those they gave."""
        return tuple(
            Drilling(
                row["id"], row["trainer"], row["script"], row["state"], mine, row["ended_at"] or 0
            )
            for row in self.batch.drills.values()
            for going in [row["state"] != "over"]
            for mine in [going and f"{person}:" in row["people"] and _inside(row, person)]
            if row["trainer"] == person or mine
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

    def _begun(self, person: str) -> str:
        """See Facts.begun."""
        for name in DRAFTED:
            one = self.batch.instances.get((name, person))
            if one and one.data.get("id") and not one.data.get("later"):
                return name
        return ""

    def coordinators(self) -> tuple[Person, ...]:
        return self._cards(self.batch.coordinators)

    def _cards(self, people: Iterable[str]) -> tuple[Person, ...]:
        cards = (self.batch.card(i) for i in people)
        return tuple(c for c in cards if c is not None and c.enrolled)

    def applications(self, card: Person) -> tuple[Application, ...]:
        """To an officer with a conflict, and to everybody else, another's request isn't there: but
        for who pays, while it is to be paid."""
        works = card.role is Role.OFFICER and card.enrolled
        found = (application(row) for row in self.batch.applications.values())
        return tuple(
            each
            for each in found
            if each.person == card.id
            or ((works or self._pays(card, each)) and card.id not in each.conflicts)
        )

    def _pays(self, card: Person, each: Application) -> bool:
        fund = self.world.policy.funds.get(each.fund)
        return each.state == "payout" and fund is not None and card.id in fund.payers

    def silent_cases(self, person: str) -> list[Case]:
        return [c for c in _shown(self.batch.cases_about(person)) if c.silent]

    async def beside(
        self, facts: Facts, flow: Flow, subject: str, event: Event, by: Instance | None
    ) -> Facts:
        """What only this flow is told; loads what its step may touch."""
        match flow.name:
            case "application":
                return await self._beside_application(facts, flow, subject, event, by)
            case "desk" if event.trigger == "applications":
                facts = replace(facts, applications=await self._weighed(facts, event))
            case "fund":
                facts = replace(facts, mine=await self._mine(facts))
            case "drill":
                await self._beside_drill(event, by)
                if event.trigger in ("begin", "resume") and by is not None:
                    facts = replace(facts, engaged=self._calling(by.data["people"]))
            case "trainer" if event.trigger == "surprises":
                facts = replace(facts, planned=await self._planned(event.person))
            case "surprise":
                facts = replace(facts, engaged=await self._engaged(event, by))
        if flow.name in DRAFTED and by and (draft := by.data.get("id")):
            facts = replace(facts, files=await self._files(draft))
        return facts

    async def _beside_application(
        self, facts: Facts, flow: Flow, subject: str, event: Event, by: Instance | None
    ) -> Facts:
        person = by.person if by else event.person
        reach = await self._reach(flow.reaches(by.data if by else dict(event.args)))
        silent = await self._silent(event, person)
        held = any(until == FOREVER for _, until in silent)
        files = await self._files(subject)
        # Whom it speaks to unasked may be busy with something else.
        await self.batch.load_focus([person, *self.batch.officers, *reach.values()])
        await self.batch.instance("checkin", person)
        await self.batch.instance("panic", person)
        others = await self._others(subject, person, by.data if by else event.args)
        return replace(facts, reach=reach, files=files, held=held, silent=silent, beside=others)

    async def _weighed(self, facts: Facts, event: Event) -> tuple[Application, ...]:
        """With what each says of itself, of those that come first: not hundreds are opened."""
        listed = [
            a for a in facts.applications if a.state in WORKED_ON and a.person != event.person
        ]
        first = {each.id for each in sorted(listed, key=lambda each: each.turn)[:SHOWN]}
        return tuple(
            [
                await self._weigh(each, facts, event) if each.id in first else each
                for each in facts.applications
            ]
        )

    async def _weigh(self, each: Application, facts: Facts, event: Event) -> Application:
        known = await self.batch.instance("application", each.id)
        if known is None or "answers" not in known.data:
            return each  # withdrawn
        files = await self._files(each.id)
        others = await self._others(each.id, each.person, known.data)
        seen = replace(facts, files=files, beside=others)
        return replace(each, weighed=weighed(known.data, seen, event.received))

    async def _others(
        self, request: str, person: str, told: Mapping[str, Any]
    ) -> tuple[Application, ...]:
        """See Facts.beside. What is withdrawn says no more whom it was about."""
        answers = told.get("answers", {})
        rows = await beside(
            self.batch.conn, self.world.vault, request, person, answers, self.batch.applications
        )
        return tuple(map(application, rows))

    async def _beside_drill(self, event: Event, by: Instance | None) -> None:
        """Whom this step speaks to, and whom it must be able to name; of those to whom it speaks
        unasked, what they are busy with. Hundreds may take part: not all of them each time."""
        people = (event.args if by is None else by.data).get("people", {})
        wanted = [] if event.trigger in QUIET else list(people)
        if by is not None:
            wanted += [who for who, (_, state) in people.items() if state == "watches"]
            wanted += [found[1] for found in by.data.get("findings", ()) if found[1]]
            wanted += [event.args.get("to", ""), event.arg if event.arg in people else ""]
        await self.batch.load_people(wanted)
        if event.trigger == "resume":
            await self.batch.load_subjects([event.arg])
        if event.trigger in ("start", "begin"):
            await self.batch.load_subjects(people)
            asks = (self.batch.focus.get(who) or {} for who in people)
            cases = [each["subject"] for each in asks if each.get("flow") == "escalation"]
            await self.batch.load_cases((), cases)

    def _calling(self, people: Iterable[str]) -> dict[str, str]:
        """See Facts.engaged."""
        found = {who: self.states(who).get("panic") for who in people}
        return {who: "call" for who, state in found.items() if state in PANIC_LISTENS}

    async def _engaged(self, event: Event, by: Instance | None) -> dict[str, str]:
        """See Facts.engaged."""
        people = (by.data if by else event.args).get("people", {})
        await self.batch.load_people(people)
        if by is None:
            await self.batch.load_subjects(people)  # whom it asks may be busy with something else
            return {}
        await self.batch.load_cases(people, ())
        going = [row for row in self.batch.drills.values() if row["state"] != "over"]
        found = {who: "drill" for who in people for row in going if _inside(row, who)}
        return found | {who: "case" for who in people if self.batch.cases_about(who)}

    async def _planned(self, person: str) -> tuple[Planned, ...]:
        i = t.instances.c
        rows = await self.batch.conn.execute(select(i.subject).where(i.flow == "surprise"))
        found = []
        for (subject,) in rows.all():
            plan = await self.batch.instance("surprise", subject)
            if plan and plan.data:
                asked = plan.data["people"]
                agreed = [who for who, (_, state) in asked.items() if state == "yes"]
                counts = len(asked), len(agreed), plan.data["held"]
                mine = person in agreed
                found.append(Planned(subject, plan.person, plan.data["script"], *counts, mine))
        return tuple(each for each in found if each.mine or each.trainer == person)

    async def _reach(self, named: Iterable[str]) -> dict[str, str]:
        """Whose these numbers or addresses are, of those that have written to us or were added."""
        digest = self.world.vault.digest
        keys = {
            (channel, digest("address", channel, where).hex()): said
            for said in named
            for where in (said.strip(), "".join(said.split()), _number(said))
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

    async def _silent(self, event: Event, person: str) -> tuple[tuple[int, int], ...]:
        """See Facts.silent. What somebody does with their own request can't depend on it."""
        if event.kind is not Kind.TIMER and event.person == person:
            return ()
        await self.batch.load_cases([person], ())
        c = t.cases.c
        over = select(c.opened_at, c.closed_at).where(
            c.person_id == person, c.silent.is_(True), c.state == "closed"
        )
        found = await self.batch.conn.execute(over.order_by(c.opened_at))
        still = [(case.opened_at, FOREVER) for case in self.silent_cases(person)]
        return (*((began, ended) for began, ended in found if ended), *still)

    async def _files(self, request: str) -> tuple[str, ...]:
        c = t.attachments.c
        query = select(c.id).where(c.case_id == request, c.state == "kept")
        found = await self.batch.conn.execute(query.order_by(c.created_at, c.id))
        return tuple(row[0] for row in found)


def _number(said: str) -> str:
    """As a phone writes it: "+249 (99) 555-0101", in any digits."""
    digits = "".join(str(decimal(char)) for char in said if char.isdecimal())
    return f"+{digits}"


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


def _inside(row: Row, person: str) -> bool:
    """In it, watching it, or left alone by it: not who has left."""
    known = playing(row["people"]).get(person)
    return known is not None and known.state in ("in", "watches", "real")


def application(row: Row) -> Application:
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
