"""Transcripts: plain text that a trainer or a translator can read, and pytest runs.

    title   A missed check-in reaches the duty coordinator
    people  amina: journalist, telegram, en   omar: coordinator, signal, en, duty
    at 12:00
      bot > amina            How is your day, Amina? ...
                             [All good] [Not good]
    after 15m
      bot > omar   urgent    #K7Q2 Amina ...
    crash
      amina > [All good]
    end     checkin=SAFE, no timers, outbox empty

Left column: what moves time or the world (at, after, crash, asleep, fault, invite, risk).
Indented: what people do, and after it everything that the bot says; what is not listed fails.
People options: role, channels (telegram+signal), language, risk, duty, stranger, unproven,
tz:Zone, words:ordinary/duress. `config` lines add to the TOML file;
`spoken en fr` leaves only these languages installed. `recorded 2026-12-31` stands in what the
simulator has recorded: it begins on that day, and ids and codes, drawn anew each time, are compared
only by which of them is meant, and messages person by person.

Acts: text, [label], (location 41.7 44.8), (live 41.7 44.8),
(photo), (photo 2KB) caption, (long 3100) text, (reply) (voice 9KB), (react 👍), (reply) text,
(edit) text, (sent 11:50) text or [label], (text) (words) that only look like an act.
`name@signal` speaks from another address. A button may stand in an older message: the last one of
that label is pressed. Within a text, (code) is the last code that the bot showed this person, (code
of olga) the last one that it showed Olga, (id Amina) the case about Amina that they last heard of.

`invite CODE journalist fr` makes an invitation, `invite CODE amina` one for somebody known.
`apply amina protection F7K2QM` is a request to the fund in tests/funds with that id, filled in as
in tests/applications.py; words after it change what is there. `together olga oscar > [Approve]` is
done by both in the same turn. `links`: from here on the platforms have told where we are reached.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bot.inbox import own_row
from bot.outbox import encode
from bot.store import tables as t
from tests.applications import answers
from tests.world import ISOLATES, NOON, Player, Said, World

INDENT = 25
DURATION = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass
class Beat:
    """One line that does something, and the lines expected after it."""

    line: str
    expected: list[str] = field(default_factory=list)


@dataclass
class Transcript:
    path: Path
    title: str = ""
    people: list[Player] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    config: list[str] = field(default_factory=list)
    #: The day on which it begins, where it was recorded.
    recorded: str = ""
    head: list[str] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)

    @property
    def begin(self) -> int:
        """UTC ms: noon of its day."""
        if not self.recorded:
            return NOON
        noon = datetime.fromisoformat(self.recorded).replace(hour=12, tzinfo=UTC)
        return int(noon.timestamp() * 1000)


def read(path: Path) -> Transcript:
    made = Transcript(path)
    for line in path.read_text("utf-8").splitlines():
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        if not made.beats and word in ("", "title", "people", "spoken", "config", "recorded", "#"):
            made.head.append(line)
            rest = line.split(maxsplit=1)[1] if len(line.split(maxsplit=1)) > 1 else ""
            if word == "title":
                made.title = rest
            elif word == "people":
                made.people += _people(rest)
            elif word == "spoken":
                made.spoken = rest.split()
            elif word == "config":
                made.config.append(rest)
            elif word == "recorded":
                made.recorded = rest
        elif line.startswith(("  bot >", " " * 12)) or not line.strip():
            made.beats[-1].expected.append(line.rstrip())
        else:
            made.beats.append(Beat(line.rstrip()))
    return made


def _people(line: str) -> list[Player]:
    found = []
    for name, options in re.findall(r"(\w+): (.*?)(?=\s{2,}\w+:|$)", line):
        player = Player(name.capitalize() if name.isascii() else name)
        for option in (o.strip() for o in options.split(",")):
            _option(player, option)
        found.append(player)
    return found


def _option(player: Player, option: str) -> None:
    if option in ("journalist", "coordinator", "trainer", "officer"):
        player.role = option
    elif option in ("low", "medium", "high"):
        player.risk = option
    elif option in ("duty", "stranger", "unproven"):
        setattr(player, option, True)
    elif option.startswith("tz:"):
        player.tz = option[3:]
    elif option.startswith("words:"):
        ordinary, duress = option[6:].split("/")
        player.words = (ordinary, duress)
    elif option.split("+")[0] in ("telegram", "signal"):
        player.channels = tuple(option.split("+"))
    elif len(option) == 2:
        player.lang = option
    else:
        raise ValueError(f"unknown option {option!r}")


# ---------------------------------------------------------------- running


async def play(
    script: Transcript, world: World, between: Callable[[], object] | None = None
) -> list[list[str]]:
    """Runs it; returns what the bot said after each beat, as lines of a transcript."""
    world.speaks(*script.spoken)
    for player in script.people:
        await world.add(player)
    said: list[list[str]] = []
    for beat in script.beats:
        before = len(world.said)
        if between is not None:
            await between()  # type: ignore[misc]
        ended = await _beat(world, beat.line)
        heard = world.said[before:]
        said.append([*ended, *(line for s in heard for line in show(s, world))])
    return said


def show(said: Said, world: World) -> list[str]:
    player = world.players[said.to]
    who = player.name.lower()
    if said.channel != player.channels[0]:
        who += f"@{said.channel}"
    lines = said.text.translate(ISOLATES).splitlines()
    if said.shown.file:
        lines.append(f"({said.shown.file.name})")
    if said.labels:
        lines.append(" ".join(f"[{x.translate(ISOLATES)}]" for x in said.labels))
    first = f"  bot > {who:<8} {said.lane:<8}"
    shown = [f"{first:<{INDENT}}{lines[0]}", *(" " * INDENT + line for line in lines[1:])]
    return [line.rstrip() for line in shown]


async def _beat(world: World, line: str) -> list[str]:
    if line.startswith("  "):
        who, _, act = line.strip().partition(" > ")
        name, _, channel = who.partition("@")
        await _act(world, name.capitalize() if name.isascii() else name, channel, act.strip())
        return []
    verb, _, rest = line.partition(" ")
    rest = rest.strip()
    if verb == "end":
        return await _end(world, rest)
    await WORLD_ACTS[verb](world, rest)
    return []


async def _act(world: World, name: str, channel: str, act: str) -> None:
    act = _filled(world, name, act)
    button = re.fullmatch(r"\[(.+)\]", act)
    special = re.match(r"\((\w+)\s*([^)]*)\)\s*(.*)", act)
    if button:
        await world.presses(name, button[1], channel)
    elif special:
        await _special(world, name, channel, *special.groups())
    else:
        await world.says(name, act, channel)


def _filled(world: World, name: str, act: str) -> str:
    """With what the bot drew in place of (code), (code of olga) and (id Amina)."""

    def shown(wanted: str, to: str = name) -> str:
        heard = (s.text.translate(ISOLATES) for s in reversed(world.said) if s.to == to)
        return next(found[1] for text in heard if (found := re.search(wanted, text)))

    coded = r"\b([2-9A-HJKMNP-Z]{10})\b"
    act = re.sub(r"\(code\)", lambda _: shown(coded), act)
    if handed := re.search(r"\(code of (\w+)\)", act):
        act = act.replace(handed[0], shown(coded, handed[1].capitalize()))
    return re.sub(r"\(id (\w+)\)", lambda m: shown(rf"#(\w+) {m[1]}"), act)


async def _special(world: World, name: str, channel: str, what: str, args: str, rest: str) -> None:
    if what == "location":
        lat, lon = map(float, args.split())
        await world.acts(name, "location", channel, lat=lat, lon=lon)
    elif what == "live":
        lat, lon = map(float, args.split())
        await world.acts(name, "location", channel, lat=lat, lon=lon, edited=True)
    elif what == "react":
        target = _last(world, name, channel)
        await world.acts(name, "reaction", channel, emoji=args, target=target)
    elif what == "reply" and (special := re.match(r"\((\w+)\s*([^)]*)\)\s*(.*)", rest)):
        target = _last(world, name, channel)
        if special[1] == "location":
            lat, lon = map(float, special[2].split())
            await world.acts(name, "location", channel, lat=lat, lon=lon, target=target)
        elif special[1] == "text":
            await world.says(name, special[3], channel, target=target)
        else:
            await _sends(world, name, channel, *special.groups(), target=target)
    elif what == "reply":
        target = _last(world, name, channel)
        await world.says(name, rest, channel, target=target)
    elif what == "text":
        await world.says(name, rest, channel)
    elif what == "edit":
        await world.says(name, rest, channel, edited=True)
    elif what == "sent" and (button := re.fullmatch(r"\[(.+)\]", rest)):
        await world.presses(name, button[1], channel, sent_ms=_clock(world, args, past=True))
    elif what == "long":
        times = int(args) // (len(rest) + 1) + 1
        await world.says(name, " ".join([rest] * times), channel)
    elif what == "sent":
        await world.says(name, rest, channel, sent_ms=_clock(world, args, past=True))
    else:
        await _sends(world, name, channel, what, args, rest)


#: What a file begins with: its type is read from its bytes.
BEGINS = {
    "photo": b"\xff\xd8\xff\xda\0\2", "voice": b"OggS", "video": b"\0\0\0\x18ftypmp42",
    "document": b"%PDF-1.4",
}  # fmt: skip


async def _sends(
    world: World, name: str, channel: str, what: str, args: str, rest: str, **more: object
) -> None:
    """`(photo 2KB) caption`: a file of that size; `(photo)`, `(sticker)`: nothing to load."""
    files = []
    if args:
        size = int(args.removesuffix("MB").removesuffix("KB"))
        size *= 1024 * 1024 if args.endswith("MB") else 1024
        body = BEGINS[what].ljust(size, b"\0")
        files = [world.phone(name, channel).simulator.keep("", body, what)]
    await world.acts(name, "media", channel, note=what, text=rest, files=files, **more)


def _last(world: World, name: str, channel: str) -> str:
    """The last message about a case, or else the last one."""
    try:
        return world.last(name, channel, case=True).shown.upstream
    except AssertionError:
        return world.last(name, channel).shown.upstream


def _clock(world: World, text: str, past: bool = False) -> int:
    """HH:MM (UTC): the next such time, or the last one."""
    hour, minute = map(int, text.split(":"))
    now = datetime.fromtimestamp(world.clock.now() / 1000, UTC)
    found = int(now.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() * 1000)
    day = DURATION["d"]
    if past:
        return found if found <= world.clock.now() else found - day
    return found if found >= world.clock.now() else found + day


def _span(text: str) -> int:
    return sum(int(n) * DURATION[u] for n, u in re.findall(r"(\d+)([smhd])", text))


async def _at(world: World, rest: str) -> None:
    await world.to(_clock(world, rest))


async def _after(world: World, rest: str) -> None:
    await world.after(_span(rest))


async def _crash(world: World, rest: str) -> None:
    await world.restart()


async def _asleep(world: World, rest: str) -> None:
    """The process is down for a while: time passes and nobody watches."""
    await _sign_of_life(world)
    await world.stop()
    world.clock.advance(_span(rest))
    await world.start()
    await world.run()


async def _sign_of_life(world: World) -> None:
    assert world.app is not None
    await world.app.scheduler.sweep()


async def _fault(world: World, rest: str) -> None:
    """`fault amina blocked`, `fault omar@signal down`, `fault omar none`; of a platform also
    `fault signal torn`: files don't come through; `fault drill full`: drills can't write."""
    from bot.channels.base import Challenge, Reason, Refused, Retry

    who, what = rest.split()
    if who == "drill":
        await _starved(world, what == "full")
        return
    name, _, channel = who.partition("@")
    faults = {
        "none": None,
        "down": Retry("down"),
        "challenge": Challenge("challenge"),
        **{str(r): Refused(r) for r in Reason},
    }
    if name in world.platforms:
        world.platforms[name].torn = Retry("torn") if what == "torn" else None
        world.platforms[name].down = faults.get(what)
    else:
        world.phone(name.capitalize(), channel).fault = faults[what]
    await world.run()


async def _starved(world: World, full: bool) -> None:
    assert world.app is not None
    world.full = full
    await world.app.halls.close()
    await world.run()


async def _invite(world: World, rest: str) -> None:
    code, *who = rest.split()
    if len(who) == 1:
        player = world.players[who[0].capitalize()]
        await world.invite(code, player.role, player.lang, player.id)
    else:
        await world.invite(code, *who)


async def _risk(world: World, rest: str) -> None:
    """`risk nadia high`, as `onbelay person set --risk` does."""
    assert world.app is not None
    name, risk = rest.split()
    where = world.phone(name.capitalize()).where
    digest = world.app.turn.hears.where_hash(world.players[name.capitalize()].channels[0], where)
    owner = select(t.addresses.c.person_id).where(t.addresses.c.hash == digest)
    async with world.app.store.write() as conn:
        chosen = t.persons.c.id == owner.scalar_subquery()
        await conn.execute(t.persons.update().where(chosen).values(risk=risk))


async def _links(world: World, rest: str) -> None:
    assert world.app is not None
    world.contacts = {
        "telegram": "https://t.me/belay_bot?start={code}",
        "signal": "https://signal.me/#p/+4700000000",
    }
    world.app.world.contacts.update(world.contacts)


async def _end(world: World, rest: str) -> list[str]:
    """Checks what is left; the line itself is the expectation."""
    states = await world.states()
    for claim in (c.strip() for c in rest.split(",")):
        if claim == "no timers":
            assert await world.count("timers") == 0, "timers are left"
        elif claim == "outbox empty":
            assert await world.count("outbox", state="waiting") == 0, "the outbox is not empty"
        elif "=" in claim:
            key, _, wanted = claim.partition("=")
            owner, _, flow = key.rpartition(".")
            found = [
                v
                for k, v in states.items()
                if k == key or (k.lower().endswith(f".{flow}") and k.lower().startswith(owner))
            ]
            assert wanted.lower() in found, f"{claim}: {states}"
        elif claim:
            raise ValueError(f"unknown claim {claim!r}")
    return []


async def _apply(world: World, rest: str) -> None:
    """`apply amina@signal protection F7K2QM danger`: the form was sent off."""
    who, case, request, *options = rest.split()
    name, _, channel = who.partition("@")
    await world.applies(name.capitalize(), request, case, answers(case, *options), channel)


async def _operator(world: World, rest: str) -> None:
    """`operator F7K2QM match cpj 7K2Q-X0M4`, `operator F7K2QM asked cpj`, `operator F7K2QM heard
    cpj`: as `onbelay jid` does. `operator F7K2QM dossier olga 01`, then `made 01`: as `onbelay fund
    dossier` does."""
    assert world.app is not None
    request, what, *rest_ = rest.split()
    said: dict[str, object] = {"application": request, "what": what}
    if what == "match":
        more = {"ours": "1111-2222", "strength": "name"}
        said |= {"partner": rest_[0], "theirs": rest_[1], **more}
    elif what in ("asked", "heard"):
        known = {"heard": "yes", "helped": "yes", "on": "May 2026", "amount": "300.00 EUR"}
        got = {**known, "adds": "no"} if what == "heard" else {}
        said |= {"what": "noted", "partner": rest_[0], "answers": got}
    elif what == "dossier":
        by = world.players[rest_[0].capitalize()].id
        said |= {"what": "wanted", "by": by, "number": rest_[1], "role": "committee"}
        said |= {"partner": "", "reason": "The meeting on Monday"}
    else:
        said |= {"number": rest_[0]}
    world.upstreams += 1
    key = f"operator/{world.upstreams}"
    row = own_row(world.app.vault, world.clock.now(), key, encode(said), urgent=False)
    async with world.app.store.write() as conn:
        await conn.execute(t.inbox.insert(), row)
    await world.run()


async def _together(world: World, rest: str) -> None:
    """`together olga oscar > text`: both of them before anything is decided."""
    who, _, act = rest.partition(" > ")
    with world.held():
        for name in who.split():
            await _act(world, name.capitalize(), "", act.strip())
    await world.run()


WORLD_ACTS = {
    "apply": _apply,
    "operator": _operator,
    "together": _together,
    "links": _links,
    "at": _at,
    "after": _after,
    "crash": _crash,
    "asleep": _asleep,
    "fault": _fault,
    "invite": _invite,
    "risk": _risk,
}


# ---------------------------------------------------------------- comparing and rewriting


def rewritten(script: Transcript, said: list[list[str]]) -> str:
    """The transcript with the bot's lines as they are now."""
    lines = [*script.head]
    for beat, heard in zip(script.beats, said, strict=True):
        lines += [beat.line, *heard]
    return "\n".join(lines) + "\n"


#: Numbers of cases, drills and requests, and codes.
DRAWN = re.compile(r"\b(?:[2-9A-HJKMNP-Z]{10}|[2-9A-HJKMNP-Z]{4,7})\b")


def compared(script: Transcript, said: list[list[str]]) -> str:
    """As it is compared. Of what was recorded: what is drawn anew each time is the first, the
    second, ...; and each person for themselves, as a picture is drawn while others are written to.
    """
    if not script.recorded:
        return rewritten(script, said)
    return masked(rewritten(script, [_each_for_themselves(heard) for heard in said]))


def _each_for_themselves(lines: list[str]) -> list[str]:
    """The messages of a beat, sorted by who gets them; each person's stay in their order."""
    found: dict[str, list[str]] = {}
    who = ""
    for line in lines:
        who = line.split()[2] if line.startswith("  bot >") else who
        found.setdefault(who, []).append(line)
    return [line for reader in sorted(found) for line in found[reader]]


def masked(text: str) -> str:
    numbers: dict[str, int] = {}
    return DRAWN.sub(lambda found: f"ID{numbers.setdefault(found[0], len(numbers))}", text)


def by_person(lines: list[str]) -> dict[str, list[str]]:
    """Messages per person, doubles left out: what a crash may change is only that."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in lines:
        if line.startswith("  bot >"):
            current = line.split()[2]
            found.setdefault(current, []).append(line)
        else:
            found[current][-1] += "\n" + line
    return {who: list(dict.fromkeys(said)) for who, said in found.items()}
