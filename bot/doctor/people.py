"""People: can they be read, asked and called; is there anybody to call."""

from bot.doctor.look import Finding, Look, error, named, warn
from flows.engine.model import Person, Role


async def readable(look: Look) -> list[Finding]:
    gone = look.vault.erased()
    back = [p for p in look.unreadable if p in gone]
    lost = [p for p in look.unreadable if p not in gone]
    found = []
    if back:
        found.append(
            error(
                "people",
                f"{named(back)} were erased, but their rows are in the database again: an older "
                "copy was restored. They stop the engine from reading its people. Run for each: "
                "onbelay person erase ID --force",
                back,
            )
        )
    if lost:
        found.append(
            error(
                "people",
                f"What is stored about {named(lost)} can't be read: their key is missing, or the "
                "bytes were changed outside Onbelay. They are not watched. Put back the newest "
                "copy of the .people file beside the key ring, or the database that belongs to it.",
                lost,
            )
        )
    return found


async def coordinators(look: Look) -> list[Finding]:
    """DESIGN 6: two coordinators reachable is the least."""
    least = look.settings.safety.minimum_coordinators
    ready = [c.id for c in _coordinators(look) if _reaches(look, c)]
    if len(ready) >= least:
        return []
    return [
        error(
            "coordinators",
            f"{len(ready)} of at least {least} coordinators can be reached. A call for help "
            "may find nobody, and nobody receives a case about themselves. Invite more (onbelay "
            "invite --role coordinator --lang en), and have those who were added write to the bot "
            "once.",
            ready,
        )
    ]


async def described(look: Look) -> list[Finding]:
    """Guidance about sexual violence lets people choose whom they write with."""
    ready = _coordinators(look)
    if not ready or any(card.about for card in ready):
        return []
    return [
        warn(
            "coordinators",
            "No coordinator has said how they are described. After sexual violence people can "
            "then not choose whom they write with, only ask anybody on duty. Have each of them "
            "type, for example: about me a woman, speaks French",
            [card.id for card in ready],
        )
    ]


def _coordinators(look: Look) -> list[Person]:
    return [c for c in look.cards.values() if c.role is Role.COORDINATOR and c.enrolled]


def _reaches(look: Look, card: Person) -> bool:
    """Proven, working, and on a channel that is on."""
    found = look.people[card.id].addresses.values()
    return any(a.counts and a.channel in look.channels for a in found)


async def ladder(look: Look) -> list[Finding]:
    found = []
    everybody = {c.id: c for c in _coordinators(look)}
    for number, step in enumerate(look.settings.policy.ladder, 1):
        people = [w for w in step.notify if w not in ("on_duty", "all")]
        strange = [w for w in people if w not in everybody]
        if strange:
            found.append(
                error(
                    "ladder",
                    f"Step {number} of the ladder names {named(strange)}, who is no coordinator "
                    "here. That call would reach nobody. Correct [[escalation.step]] notify: "
                    "on_duty, all, or ids from onbelay person list.",
                    strange,
                )
            )
        called = [everybody[w] for w in people if w in everybody]
        if len(people) < len(step.notify):
            duty = [c for c in everybody.values() if c.on_duty]
            called += list(everybody.values()) if "all" in step.notify or not duty else duty
        if not any(_reaches(look, c) for c in called):
            found.append(
                error(
                    "ladder",
                    f"Step {number} of the ladder reaches nobody whose address is proven. It would "
                    "be skipped when somebody is missed. Have those coordinators write to the bot "
                    "once, or name others.",
                    sorted({c.id for c in called}),
                )
            )
    return found


async def addresses(look: Look) -> list[Finding]:
    found = []
    unproven = sorted(
        {p.id for p in look.people.values() for a in p.addresses.values() if not a.proven_at}
    )
    if unproven:
        found.append(
            warn(
                "addresses",
                f"{named(unproven)} have addresses that never wrote to us. They are tried, but may "
                "never arrive. Send them their link again, or ask them to write to the bot once.",
                unproven,
            )
        )
    broken: dict[str, list[str]] = {}
    for someone in look.people.values():
        for address in someone.addresses.values():
            if address.state != "ok":
                broken.setdefault(address.state, []).append(someone.id)
    for state, ids in sorted(broken.items()):
        found.append(
            warn(
                "addresses",
                f"Messages to {named(ids)} are refused for good at one address ({state}). They "
                "are not tried there any more. Reach them another way; once they write to the "
                "bot again it counts again.",
                ids,
            )
        )
    return found + _unreachable(look)


def _unreachable(look: Look) -> list[Finding]:
    broken = [p.id for p in look.people.values() if p.enrolled and not p.best()]
    if not broken:
        return []
    return [
        error(
            "addresses",
            f"{named(broken)} have no address left that takes messages. They can't be asked or "
            "called. Reach them another way and send a new link: onbelay invite",
            broken,
        )
    ]


async def identities(look: Look) -> list[Finding]:
    changed = [p for p, card in look.cards.items() if card.changed]
    if not changed:
        return []
    return [
        error(
            "identities",
            f"A new Signal identity writes from the number of {named(changed)}. Until a human has "
            "confirmed it, they are shown nothing and only their calls for help are taken. Speak "
            "to them another way, then: onbelay person set ID --trust-identity",
            changed,
        )
    ]


async def officers(look: Look) -> list[Finding]:
    """What a request to a fund says, officers read on Signal only, unless the fund says more."""
    strict = sorted(f.id for f in look.settings.policy.funds.values() if f.details == "signal")
    people = [c for c in look.cards.values() if c.role is Role.OFFICER and c.enrolled]
    blind = [c.id for c in people if not _on_signal(look, c)]
    if not strict or not blind:
        return []
    return [
        warn(
            "officers",
            f"{named(blind)} work on requests to a fund and can't be written to on Signal, where "
            f"alone what requests say is shown ({', '.join(strict)}): they can't read any. Have "
            "them add Signal in the menu, under settings. To show it on Telegram too, which can "
            'read along: details = "any" in the fund\'s file.',
            blind,
        )
    ]


def _on_signal(look: Look, card: Person) -> bool:
    found = look.people[card.id].addresses.values()
    return any(a.counts and a.channel == "signal" and "signal" in look.channels for a in found)


async def code_words(look: Look) -> list[Finding]:
    bare = [p for p, card in look.cards.items() if card.risk == "high" and not card.has_words]
    if not bare:
        return []
    return [
        warn(
            "code words",
            f"{named(bare)} are at high risk and have no code words: whoever holds their phone can "
            "answer for them. Have them set their words with the bot.",
            bare,
        )
    ]
