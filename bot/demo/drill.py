"""What happened in the simulator, as the start of a drill script: who is expected to do what by
when. What no script can expect (a photo, a free sentence) stands there as a comment.

    title    Amina doesn't answer
    goal     Say here what everybody has learned when it is over.
    people   amina: journalist   omar: coordinator
    at 0m
      amina > checkin within 10m              # checkin 1h
    at 75m
      bot > omar alert within 10m             # #K7Q2 Amina
      omar > ack within 10m                   # ack K7Q2
"""

from collections.abc import Iterable, Iterator, Sequence

from bot.demo.cast import Member
from bot.demo.phones import ISOLATES, Bubble, Happened
from bot.demo.record import MINUTE, moments, titled
from bot.languages import LOCALES, load_words
from bot.text import Text
from flows.engine.words import Words

WITHIN = "10m"
COMMENT = 42  #: columns before what was really typed
PLAYED = ("journalist", "coordinator")
GOAL = "Say here what everybody has learned when it is over."
#: Commands that a script expects by their own name, and by another.
SAME = frozenset(
    {"checkin", "ok", "extend", "not_good", "ack", "note", "say", "handover", "escalate", "close"}
    | {"human", "bye", "report", "sos"}
)
OTHER = {"firstaid": "first_aid", "fund": "request", "cancel": "stand_down"}


def script(title: str, cast: Sequence[Member], begin: int, log: Iterable[Happened]) -> str:
    parts = {member.where: member for member in cast if member.role in PLAYED}
    people = "   ".join(f"{who}: {member.role}" for who, member in parts.items())
    lines = [f"title    {titled(title).replace('#', '')}", f"goal     {GOAL}", f"people   {people}"]
    words = load_words(Text.load(LOCALES))
    at, called = -1, set[tuple[int, str]]()
    for happened in moments(log, {member.where: member for member in cast}):
        bubble = happened.bubble
        if bubble is None or (bubble.who not in parts and not bubble.mine):
            continue
        minute = (happened.at - begin) // MINUTE
        told = list(_told(bubble, parts, words))
        if not bubble.mine and (minute, bubble.who) in called:
            continue
        if told and minute != at:
            lines.append(f"at {minute}m")
            at = minute
        if told and not bubble.mine:
            called.add((minute, bubble.who))
        lines += told
    return "\n".join(lines) + "\n"


def _told(bubble: Bubble, parts: dict[str, Member], words: Words) -> Iterator[str]:
    first = (bubble.act if bubble.mine else bubble.words).translate(ISOLATES).partition("\n")[0]
    if not bubble.mine:
        if bubble.urgent and parts[bubble.who].role == "coordinator":
            yield f"  bot > {bubble.who} alert within {WITHIN}".ljust(COMMENT) + f"# {first}"
        return
    verb = _verb(bubble, words)
    if verb and bubble.who in parts:
        yield f"  {bubble.who} > {verb} within {WITHIN}".ljust(COMMENT) + f"# {first}"
    else:
        yield f"  # {bubble.who} > {first}"


def _verb(bubble: Bubble, words: Words) -> str:
    if bubble.kind == "location":
        return "place"
    if bubble.kind not in ("text", "choice"):
        return ""
    text = bubble.text.translate(ISOLATES)
    if words.panic(text) == "whole":
        return "sos"
    found = (words.command(text, lang) for lang in words.tables)
    command = next((command for command, _ in filter(None, found)), "")
    return command if command in SAME else OTHER.get(command, "")
