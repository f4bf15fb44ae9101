"""What a turn keeps beside instances: the rows that are read by others than flows.

A case's row is what its instance says; so is a request's, a record's, a drill's. The log of a case
is a chain: a line taken out or changed shows.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select

from bot import codes
from bot import notices as n
from bot.batch import Batch, Instance
from bot.outbox import encode, short_id
from bot.store import beside
from bot.store import tables as t
from bot.store.store import Row
from bot.world import World
from flows import registry
from flows.engine.model import Data, Event, Facts, Keep, Log, OpenCase, Role, SetProfile
from flows.engine.rehearsal import CASE_PREFIX

#: No look-alikes (0 O, 1 I L); an id has a letter and a digit, so it is never a number or a word.
CASE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Kept:
    def __init__(self, batch: Batch, world: World) -> None:
        self.batch, self.world = batch, world

    def project(self, instance: Instance) -> None:
        """A case's row is what its instance says; nothing else writes it. So is a request's, a
        report's and a drill's."""
        match instance.flow:
            case "escalation":
                self._case(instance)
            case "application":
                self._request(instance)
            case "record":
                self._record(instance)
            case "drill":
                shown = registry.drill_row(instance.state, instance.data)
                self.batch.put_drill({"id": instance.subject, **shown})

    def _case(self, instance: Instance) -> None:
        shown = registry.case_row(instance.state, instance.data)
        outcome = encode({"outcome": shown.pop("outcome", "")})
        row = {
            "id": instance.subject,
            "person_id": instance.person,
            **shown,
            "sealed": self.world.vault.seal(instance.person, outcome, "case"),
        }
        if self.batch.cases.get(instance.subject) != row:
            self.batch.put_case(row)

    def _request(self, instance: Instance) -> None:
        shown = registry.application_row(instance.state, instance.data)
        known = self.batch.applications.get(instance.subject)
        about = known["about"] if known else self._whom(instance.data)
        about = about if "answers" in instance.data else ""
        row = {"id": instance.subject, "person_id": instance.person, **shown, "about": about}
        if self.batch.applications.get(instance.subject) != row:
            self.batch.put_application(row)

    def _whom(self, data: Data) -> str:
        return beside.about(self.world.vault, *beside.named(data.get("answers", {})))

    def _record(self, instance: Instance) -> None:
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

    def opened(self, case_id: str, event: Event, effect: OpenCase) -> None:
        """The row of a case whose flow hasn't spoken yet: others in this turn see it."""
        row = {
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
        self.batch.put_case(row)
        # A new case has no log yet: its first line need not look for the one before.
        self.batch.set("chain", self.batch.chains, case_id, "")

    async def log(self, event: Event, by: Instance, effect: Log) -> None:
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

    def files(self, event: Event, keep: Keep) -> None:
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

    def noted(self, event: Event, by: Instance) -> None:
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

    def profile(self, event: Event, change: SetProfile) -> None:
        """What is known of a person, and the codes that they ask for."""
        someone = self.batch.people.get(event.person)
        assert someone is not None
        if change.field in ("risk", "on_duty", "enrolled", "role"):
            self.batch.put_person(replace(someone, **{change.field: change.value}))
            return
        if code := self._code(change, someone.id, event.received):
            self.batch.set("code", self.batch.codes, code["hash"], code)
            return
        value = change.value
        if change.field == "words":
            value = [self.world.vault.word_digest(someone.id, w).hex() for w in value]
        profile = {**someone.profile, change.field: value}
        self.batch.put_person(replace(someone, profile=profile))

    def _code(self, change: SetProfile, person: str, now: int) -> Row | None:
        vault = self.world.vault
        match change.field:
            case "link":
                return codes.link(vault, change.value, person, now)
            case "invite":
                # Whoever uses it is a guest, in the language that they choose.
                lang = self.world.default_lang
                return codes.invitation(vault, change.value, Role.GUEST, lang, now)
            case "status" | "drill":
                return codes.row(vault, change.field, *change.value)
            case "referee":
                code, application, number, turn, until = change.value
                which = f"{number}:{turn}"
                return codes.row(vault, "referee", code, application, until, which)
        return None

    async def draw_case_id(self, event: Event) -> str:
        """Short, unambiguous, unguessable; a taken one draws again, longer after a while."""
        for case_id in drawn_case_ids(self.world, event.id):
            if not await self.batch.case_id_taken(case_id):
                return case_id
        raise RuntimeError("no free case id")


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
