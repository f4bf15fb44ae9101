"""What the person does while their case is open, and what is heard of them."""

from flows.engine.messages import Line, Moment, Passage, Place, Value
from flows.engine.model import (
    Alert,
    CancelTimer,
    Choice,
    Data,
    Effect,
    Enclosed,
    Event,
    Facts,
    Keep,
    Lane,
    Log,
    Phase,
    Signal,
    Step,
)
from flows.escalation import lines
from flows.escalation import messages as m
from flows.escalation.calling import begin_phase, renew, repeat_later
from flows.escalation.state import (
    TIMERS,
    State,
    args_of,
    facts_known,
    pass_on,
    state_of,
    tell,
    to_line,
)

#: What was sent that isn't text, by what the channel calls it.
SENT = {
    "call": m.CALLED_US,
    "voice": m.VOICE_FROM_THEM,
    "sticker": m.STICKER_FROM_THEM,
    "form": m.FORM_FROM_THEM,
}
WHY_LOST = {"big": m.TOO_BIG, "many": m.TOO_MANY, "gone": m.NOT_LOADED}
MOVED_EVERY = 5 * 60_000  #: ms between two places of a live location that are told
KEPT_AGAIN = 400  #: characters of what was written over several calls for help


def heard(data: Data, event: Event, facts: Facts) -> Step:
    """Straight to whoever has the case, or to everybody who was told."""
    data = {**data, **facts_known(event.args, event)}
    at = Moment(event.at)
    text = str(event.args.get("text", ""))
    words: tuple[Effect, ...] = ()
    if event.args.get("lat") or event.args.get("lon"):
        if text:  # what was written beside a place goes as well
            words = pass_on(data, facts, m.FROM_THEM, {"at": at, "text": text})
        spot = Place(event.args["lat"], event.args["lon"])
        more: dict[str, Value] = {"place": spot}
        said, logged = m.PLACE_FROM_THEM, f"{spot.lat}, {spot.lon}"
    elif text:
        said, more, logged = m.FROM_THEM, {"text": text}, text
    else:
        logged = str(event.args.get("note") or "media")
        said, more = SENT.get(logged, m.MEDIA_FROM_THEM), {}
    passed: tuple[Effect, ...] = (*words, *pass_on(data, facts, said, {"at": at, **more}))
    if event.files:
        # The file itself follows as soon as it is here; what was written goes at once.
        keep = Keep("escalation", data["id"], data["id"], data["person"], data["person"])
        passed = (*(passed if more else ()), keep)
    return Step(state_of(data), data, (Log("heard", logged, data["person"]), *passed))


def kept(data: Data, event: Event, facts: Facts) -> Step:
    """What the person sent is here: to whoever has the case."""
    file = Enclosed("kept", str(event.args["file"]))
    passed = pass_on(data, facts, m.FILE_FROM_THEM, {"at": Moment(event.at)}, file)
    return Step(state_of(data), data, (Log("file", file.name, data["person"]), *passed))


def lost(data: Data, event: Event, facts: Facts) -> Step:
    """It didn't come through. Both sides are told, except that a silent case tells them nothing."""
    why = str(event.args["why"])
    passed = pass_on(data, facts, m.FILE_LOST, {"why": WHY_LOST.get(why, m.NOT_LOADED)})
    told = {"person": data["person"], "why": why}
    theirs = () if data["silent"] else (Signal("hotline", data["person"], "not_passed", told),)
    return Step(state_of(data), data, (Log("file lost", why, data["person"]), *passed, *theirs))


def guided(data: Data, event: Event, facts: Facts) -> Step:
    """The step of a card that the person is at. Told when it matters, shown to whoever looks."""
    back = event.args.get("back")
    quiet = {"quiet": False} if back else {}
    data = {**data, "guide": event.args["guide"], **quiet}
    if not event.args.get("aloud"):
        return Step(state_of(data), data)
    again = (Line(m.ANSWERS_AGAIN, {"name": lines.name(data, facts)}),) if back else ()
    body = lines.guided(data, lines.name(data, facts), answers=False)
    return Step(state_of(data), data, pass_on(data, facts, m.AT_STEP, {"body": (*again, *body)}))


def fell_silent(data: Data, event: Event, facts: Facts) -> Step:
    """Hurt, being led, and no longer answering: whoever has the case is told, or all who were."""
    guide = event.args["guide"]
    data = {**data, "guide": guide, "quiet": True}
    told = pass_on(
        data, facts, m.FELL_SILENT, {"step": Passage(guide["card"], "gist", guide["step"])}
    )
    return Step(state_of(data), data, (Log("silent", "", data["person"]), *told))


def wants(data: Data, event: Event, facts: Facts) -> Step:
    """In this case the person would now like to write with a human: no second case for that.
    After they had ended it, it begins anew."""
    data = {**data, "line": True, **facts_known(event.args, event)}
    if data.get("answered"):
        data = {**data, "answered": False, "since": event.at}
        logged = Log("line", "", data["person"])
        return begin_phase(data, event, facts, Phase.UNCERTAINTY, (logged,), m.ALERT)
    known = lines.known(data, lines.name(data, facts))
    body = (*known, *lines.to_do(data["id"], data, facts))
    passed = pass_on(data, facts, m.WANTS_LINE, {"body": body})
    seen = to_line(data, "seen") if data.get("holder") else ()
    return Step(state_of(data), data, (Log("line", "", data["person"]), *passed, *seen))


def left(data: Data, event: Event, facts: Facts) -> Step:
    """The person has ended the chat: where that was all, nobody is called any more."""
    if data["kind"] != "hotline":
        told = pass_on(data, facts, m.LEFT_LINE, {})
        return Step(
            state_of(data), {**data, "line": False}, (Log("left", "", data["person"]), *told)
        )
    data = {**data, "answered": True}
    told = tell(data, facts, m.LEFT, {})
    stop = tuple(CancelTimer(name) for name in TIMERS)
    return Step(State.ANSWERED, data, (Log("left", "", data["person"]), *told, *stop))


def widened(data: Data, event: Event, facts: Facts) -> Step:
    """They no longer wait for the one they chose: everybody is called as usual."""
    told = tell(data, facts, m.WIDENED, {})
    data = {k: v for k, v in data.items() if k != "only"}
    logged = Log("widened", "", data["person"])
    phase = Phase(data["phase"])
    return begin_phase(data, event, facts, phase, (logged, *told), m.ALERT)


def moved(data: Data, event: Event, facts: Facts) -> Step:
    """A live location: the last place is always known, and told now and then."""
    data = {**data, **facts_known(event.args, event)}
    if event.received - data.get("moved_at", 0) < MOVED_EVERY:
        return Step(state_of(data), data)
    spot = Place(event.args["lat"], event.args["lon"])
    passed = pass_on(data, facts, m.PLACE_FROM_THEM, {"at": Moment(event.at), "place": spot})
    logged = Log("heard", f"{spot.lat}, {spot.lon}", data["person"])
    return Step(state_of(data), {**data, "moved_at": event.received}, (logged, *passed))


def again(data: Data, event: Event, facts: Facts) -> Step:
    """A further call for help alerts everybody again, at once, in the same case."""
    known = facts_known(event.args, event)
    if "text" in known and data.get("text"):
        # What they wrote before stays: one such alert may take the place of another.
        said = dict.fromkeys([*data["text"][0].split("\n"), *known["text"][0].split("\n")])
        known["text"] = ["\n".join(said)[-KEPT_AGAIN:], event.at]
    data = {**data, **known, "answered": False}
    data.pop("cancelled", None)
    if data.get("perhaps"):
        # No longer perhaps: from here on it is a call for help like any other.
        data = {**data, "perhaps": False, "since": event.at}
        logged = Log("again", str(event.args.get("text", "")), data["person"])
        return begin_phase(data, event, facts, Phase.DISTRESS, (logged,), m.ALERT)
    everybody = [c for c in facts.coordinators if c.id != data["person"]]
    args = args_of(data, facts, at=Moment(event.at), body=lines.body(data["id"], data, facts))
    take = (Choice(m.TAKE, "ack", always=True),)
    # However often somebody calls, one such alert waits at most: others' first calls go before.
    calls = [Alert(c.id, m.AGAIN, args, take, data["id"], repeat=True) for c in everybody]
    data["told"] = list(dict.fromkeys([*data["told"], *(c.id for c in everybody)]))
    logged = Log("again", str(event.args.get("text", "")), data["person"])
    if data.get("holder"):
        return Step(State.ACKNOWLEDGED, data, (logged, *calls))
    return Step(State.OPEN, data, (logged, *calls, repeat_later(event, facts)))


def missed(data: Data, event: Event, facts: Facts) -> Step:
    """The next check-in of the same plan was missed too: the same case, called anew.

    Whoever holds it hears it; after an answer nobody holds it any more, and it starts again.
    """
    since = event.args["since"]
    stood_down = bool(data.get("answered"))
    data = {**data, **facts_known(event.args, event), "since": since, "answered": False}
    logged = Log("missed", str(since))
    if data.get("holder") and not stood_down:
        args: dict[str, Value] = {"body": lines.body(data["id"], data, facts)}
        passed = pass_on(data, facts, m.MISSED_AGAIN, args)
        data, timers = renew(data, event, facts)
        return Step(State.ACKNOWLEDGED, data, (logged, *passed, *timers))
    phase = Phase.UNCERTAINTY if stood_down else Phase(data["phase"])
    return begin_phase(data, event, facts, phase, (logged,), m.MISSED_AGAIN)


def answered(data: Data, event: Event, facts: Facts) -> Step:
    """All good, they say: everybody who was told stands down. A human still closes.

    With the duress word, now or in a case that is still open, nothing stands down.
    """
    at = Moment(event.args["at"])
    forced = event.duress or any(c.silent and c.kind == "duress" for c in facts.cases)
    if forced:
        told = tell(data, facts, m.NOT_TRUSTED, {"at": at}, lane=Lane.URGENT)
        return Step(state_of(data), data, (Log("not trusted", "", data["person"]), *told))
    data = {**data, "answered": True}
    told = tell(data, facts, m.ANSWERED, {"at": at}, lane=Lane.URGENT)
    stop = tuple(CancelTimer(name) for name in TIMERS)
    return Step(State.ANSWERED, data, (Log("answered", "", data["person"]), *told, *stop))


def cancelled(data: Data, event: Event, facts: Facts) -> Step:
    data = {**data, "cancelled": event.at}
    told = tell(data, facts, m.CANCELLED, {"at": Moment(event.at)}, lane=Lane.URGENT)
    logged = Log("cancelled", str(event.args.get("text", "")), data["person"])
    return Step(state_of(data), data, (logged, *told))


def silenced(data: Data, event: Event, facts: Facts) -> Step:
    what = str(event.args["what"])
    data = {**data, "silenced": what}
    told = pass_on(data, facts, m.UNVERIFIED, {"what": what, "at": Moment(event.at)})
    return Step(state_of(data), data, (Log("silenced", what, data["person"]), *told))
