"""Somebody who isn't enrolled: learns nothing about what this is, and is limited. A code that
somebody gave them lets them in; it works once."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot import notices as n
from bot.batch import Address, Batch, Someone
from bot.carry import Carrier
from bot.channels.base import Incoming
from bot.codes import code_hash
from bot.outbox import Order, encode, pack_args, rank, short_id, waiting
from bot.store.store import Row
from flows.engine.asked import Route
from flows.engine.messages import Message, Moment, Value
from flows.engine.model import Event, Kind, Lane, Role, Signal

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  #: no look-alikes
CODE_LENGTH = 10  #: 31^10: not guessed within the limit below
ANSWERS_A_DAY = 3
CODES_A_DAY = 20
DAY = 24 * 3_600_000
#: Marks of direction, which stand around what we insert into a sentence.
MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))


def code_in(text: str) -> str:
    """The code that a text consists of ("/start CODE", "code", with spaces or dashes), or ""."""
    if len(text) > 60:
        return ""
    # What we showed may come back as it was copied: with marks of direction, or a full stop.
    bare = re.sub(r"[^\w/]|_", " ", text.upper().translate(MARKS)).replace("/START", " ")
    words = bare.split()
    # "status CODE": whatever stands before it, in any language.
    for code in ("".join(words), "".join(words[1:]), "".join(words[-1:])):
        if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET):
            return code
    return ""


def own_code(carrier: Carrier, text: str, person: str, now: int) -> bool:
    """Whether a known person opened the link that was made for them. It is used up with that:
    nobody else gets in with it."""
    code = code_in(text)
    batch = carrier.batch
    row = batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    if row is None or row["kind"] != "invite" or row["person_id"] != person:
        return False
    batch.set("code", batch.codes, row["hash"], {**row, "used_at": row["used_at"] or now})
    return True


def status(carrier: Carrier, row: Row) -> tuple[Message, dict[str, Value]]:
    """What became of a request, for whoever has its code. Nothing that the request says."""
    known = carrier.batch.applications.get(row["person_id"])
    if known is None or row["expires_at"] < carrier.batch.now:
        return n.EXPIRED, {}
    state = n.STATUS.get(known["state"], n.STATUS_WORKED_ON)
    if known["due_at"] and known["ended_at"] is None:
        return n.STATUS_DUE, {
            "id": known["id"],
            "state": state,
            "due": Moment(known["due_at"], "full"),
        }
    return n.STATUS_IS, {"id": known["id"], "state": state}


def asked_status(carrier: Carrier, text: str) -> tuple[Message, dict[str, Value]] | None:
    """A known person, or somebody on another's phone, typed a request's code."""
    code = code_in(text)
    row = carrier.batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    return status(carrier, row) if row is not None and row["kind"] == "status" else None


def joins(carrier: Carrier, text: str) -> str:
    """The drill that a known person joins with the code that they typed, or ""."""
    code = code_in(text)
    row = carrier.batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    fits = row is not None and row["kind"] == "drill" and row["expires_at"] >= carrier.batch.now
    return str(row["person_id"]) if row is not None and fits else ""


def own_request(carrier: Carrier, text: str, person: str) -> str:
    """The request whose code this is, if it is theirs: they are shown all of how it stands."""
    code = code_in(text)
    row = carrier.batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    known = carrier.batch.applications.get(row["person_id"]) if row is not None else None
    good = row is not None and row["kind"] == "status" and row["expires_at"] >= carrier.batch.now
    mine = known is not None and known["person_id"] == person and known["state"] != "withdrawn"
    return str(known["id"]) if good and mine and known is not None else ""


def _good(row: Row, now: int) -> bool:
    return row["used_at"] is None and now <= row["expires_at"]


# ---------------------------------------------------------------- referees


def referee_code(carrier: Carrier, text: str) -> Row | None:
    code = code_in(text)
    row = carrier.batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    return row if row is not None and row["kind"] == "referee" else None


async def known_referee(carrier: Carrier, event: Event, row: Row) -> Message | None:
    """A known person has a referee's code: they are asked like anybody else, unless they are the
    one who should hand it on. Returns what to tell them instead."""
    request = await carrier.batch.instance("application", row["person_id"])
    card = carrier.batch.card(event.person)
    if card is None or card.role is Role.OFFICER or (request and request.person == event.person):
        return n.HAND_ON
    if not await _asks(carrier, row, event.received):
        return n.EXPIRED
    await _refers(carrier, event, row)
    return None


async def _asks(carrier: Carrier, row: Row, now: int) -> bool:
    """Whether the code is good, and the request that it belongs to still asks."""
    request = await carrier.batch.instance("application", row["person_id"])
    flow = carrier.world.flows["application"]
    return _good(row, now) and request is not None and flow.accepts(request.state, "refer")


async def _refers(carrier: Carrier, event: Event, row: Row) -> None:
    """It is used up with that."""
    batch = carrier.batch
    batch.set("code", batch.codes, row["hash"], {**row, "used_at": event.received})
    number, turn = map(int, row["role"].split(":"))
    named = {"n": number, "turn": turn}
    came = replace(event, kind=Kind.SIGNAL, trigger="refer", text="", arg="", args=named)
    await carrier.step(Route("application", row["person_id"], came))


async def _visitor(
    carrier: Carrier, channel: str, key: str, received_at: int, message: Incoming, role: Role
) -> Event:
    """Somebody who is here for one thing, and is forgotten with it. No number is noted."""
    batch, vault = carrier.batch, carrier.world.vault
    person = short_id(vault.digest("person", key))
    vault.new_people([person])
    profile = {"name": "", "lang": _written_in(carrier, message), "tz": "UTC"}
    batch.put_person(Someone(person, role, "medium", False, False, received_at, profile))
    address = _address(carrier, person, channel, received_at, replace(message, number=""))
    batch.put_address(address)
    return Event(
        key, Kind.SIGNAL, "", received_at, received_at, person,
        channel=channel, address=address.id,
    )  # fmt: skip


def _written_in(carrier: Carrier, message: Incoming) -> str:
    """What stands beside the code says which language they write, if anything does."""
    beside = " ".join(w for w in message.text.split() if not code_in(w) and w != "/start")
    if "ar" in carrier.world.text.languages and any("\u0600" <= c <= "\u06ff" for c in beside):
        return "ar"
    return _guessed(carrier, replace(message, text=beside))


def _gathers(batch: Batch, row: Row) -> bool:
    """The drill that this code is for can still be joined."""
    drill = batch.drills.get(row["person_id"])
    return row["expires_at"] >= batch.now and drill is not None and drill["state"] != "over"


async def promoted(carrier: Carrier, event: Event, text: str) -> bool:
    """A guest of a drill got an invitation of their own: they are enrolled with it."""
    batch, code = carrier.batch, code_in(text)
    row = batch.codes.get(code_hash(carrier.world.vault, code)) if code else None
    someone = batch.people.get(event.person)
    free = row is not None and row["kind"] == "invite" and not row["person_id"]
    if row is None or someone is None or not free or not _good(row, batch.now):
        return False
    batch.set("code", batch.codes, row["hash"], {**row, "used_at": event.received})
    batch.put_person(replace(someone, role=row["role"]))
    welcome = replace(event, kind=Kind.SIGNAL, trigger="start", text="", args={"lang": row["lang"]})
    await carrier.step(Route("enrolment", event.person, welcome))
    return True


def draw_code(entropy: bytes) -> str:
    """A fresh code from at least 10 random bytes."""
    return "".join(ALPHABET[b % len(ALPHABET)] for b in entropy[:CODE_LENGTH])


async def answer(
    carrier: Carrier, channel: str, key: str, received_at: int, message: Incoming
) -> None:
    batch, vault = carrier.batch, carrier.world.vault
    where = vault.digest("address", channel, message.where).hex()
    count, since = batch.strangers.get(where, (0, received_at))
    if received_at - since > DAY:
        count, since = 0, received_at
    code = code_in(message.text)
    # Only what could be a code counts as a try of one: who chats first can still come in.
    tries = count + 1 if code or count < ANSWERS_A_DAY else count
    batch.set("stranger", batch.strangers, where, (tries, since))
    row = batch.codes.get(code_hash(vault, code)) if code and count < CODES_A_DAY else None
    if row is not None and row["kind"] == "referee" and await _asks(carrier, row, received_at):
        visitor = await _visitor(carrier, channel, key, received_at, message, Role.REFEREE)
        await _refers(carrier, visitor, row)
    elif row is not None and row["kind"] == "drill" and _gathers(batch, row):
        visitor = await _visitor(carrier, channel, key, received_at, message, Role.TRAINEE)
        await carrier.step(Route("drill", row["person_id"], replace(visitor, trigger="join")))
    elif row is not None and row["kind"] == "status":
        told = status(carrier, row)
        _reply(carrier, channel, where, key, message, told[0], row["lang"], told[1])
    elif row is not None:
        if row["kind"] in ("invite", "link") and _good(row, received_at):
            await _let_in(carrier, channel, key, received_at, message, row)
            return
        _reply(carrier, channel, where, key, message, n.EXPIRED, row["lang"])
    elif count < ANSWERS_A_DAY:
        _reply(carrier, channel, where, key, message, n.STRANGER)


def _reply(
    carrier: Carrier,
    channel: str,
    where: str,
    key: str,
    message: Incoming,
    text: Message,
    lang: str = "",
    args: Mapping[str, Value] | None = None,
) -> None:
    """Sealed under an inbox key: there is no person whose key could be used."""
    vault = carrier.world.vault
    sealed_by = vault.inbox_key(carrier.batch.now)
    payload = {
        "m": text.key,
        "a": pack_args(args or {}),
        "c": [],
        "lang": lang or _guessed(carrier, message),
        "tz": "UTC",
        "to": message.where,
    }
    carrier.batch.append(
        carrier.batch.outbox,
        {
            **waiting(carrier.batch.now),
            "id": short_id(vault.digest("outbox", key, "stranger")),
            "channel": channel,
            "address_id": where,
            "person_id": "",
            "rank": rank(Lane.BULK, Order.PASSED),
            "key": sealed_by,
            "sealed": vault.seal(sealed_by, encode(payload), "outbox"),
        },
    )


def _free_number(carrier: Carrier, channel: str, number: str) -> str | None:
    """A shown number is bound too, so that another identity on it is noticed later."""
    if not number:
        return None
    digest = carrier.world.vault.digest("address", channel, number).hex()
    return None if (channel, digest) in carrier.batch.by_hash else digest


def _guessed(carrier: Carrier, message: Incoming) -> str:
    """The language of which the text is a command or a greeting; otherwise the one of their app,
    if we speak it, or the configured one."""
    named = carrier.world.words.command(message.text, "en")
    if named and named[0] == "lang" and named[1] in carrier.world.text.languages:
        return named[1]
    text, app = message.text, message.lang.partition("-")[0].lower()
    known = [lang for lang in carrier.world.text.languages if lang != "en"]
    fallback = app if app in carrier.world.text.languages else carrier.world.default_lang
    words = carrier.world.words
    english = words.command(text, "en")
    return next(
        (lang for lang in known if words.command(text, lang) != english),
        fallback,
    )


def _address(
    carrier: Carrier, person: str, channel: str, received_at: int, message: Incoming
) -> Address:
    vault = carrier.world.vault
    return Address(
        id=short_id(vault.digest("address id", channel, message.where)),
        person=person,
        channel=channel,
        where=message.where,
        number=message.number,
        hash=vault.digest("address", channel, message.where).hex(),
        number_hash=_free_number(carrier, channel, message.number),
        state="ok",
        proven_at=received_at,
        used_at=received_at,
    )


async def _let_in(
    carrier: Carrier, channel: str, key: str, received_at: int, message: Incoming, row: Row
) -> None:
    batch, vault = carrier.batch, carrier.world.vault
    batch.set("code", batch.codes, row["hash"], {**row, "used_at": received_at})
    person = row["person_id"]
    if not person:
        person = short_id(vault.digest("person", key))
        vault.new_people([person])
        profile = {"name": "", "lang": row["lang"], "tz": "UTC"}
        newcomer = Someone(person, row["role"], "medium", False, False, received_at, profile)
        batch.put_person(newcomer)
        if row["role"] == "coordinator":
            batch.coordinators.append(person)
    else:
        await batch.load_people([person])
        await batch.load_subjects([person])
    address = _address(carrier, person, channel, received_at, message)
    batch.put_address(address)
    event = Event(
        key,
        Kind.SIGNAL,
        "start",
        received_at,
        received_at,
        person,
        channel=channel,
        address=address.id,
        args={"lang": row["lang"]},
    )
    card = batch.card(person)
    if row["kind"] == "link":
        carrier.out.put(
            address,
            {"m": n.LINKED.key, "a": {}, "c": [], "lang": card.lang, "tz": card.tz},
            rank(Lane.REPLY),
            "",
            key,
        ) if card else None
        await carrier.signal(event, Signal("enrolment", person, "linked"), False)
        await carrier.drain()
    elif card and card.enrolled:
        await carrier.step(Route("home", person, event))
    else:
        await carrier.step(Route("enrolment", person, event))
