"""Which of the choices that a form has shown somebody's words mean, where they typed no number and
no whole label.

- "Yes" and "no" are answers by what each choice does; "send it" is one where something is sent.
- "I don't know" is the choice that says so, "me" the one who asks for themself.
- Where only the choices are an answer (`Flow.picks`), a part of one label is enough, if it is part
  of no other: "the name" is "Name", "protection" is "Protection from a direct threat".

Nothing else is guessed: two that fit are none. Words for a question that takes words are its
answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.engine.draft import OF
from flows.engine.words import Words

UNSURE = frozenset({"unsure", "unknown", "not_said"})  #: args of what says that they can't say
ME = frozenset({"me", "journalist"})  #: args of who asks, or reports, for themself
DOES = frozenset({"confirm", "another", "use"})  #: triggers that do what was asked about
DOES_NOT = frozenset({"leave", "never"})  #: triggers that don't
LONGEST = 60  #: characters in which a label is looked for
#: Triggers of what a question is about, beside "not now": with one of them, "yes" is that.
BEGINS = frozenset({"pick"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice that was shown: what it does when it is taken."""

    flow: str
    subject: str
    state: str
    trigger: str
    arg: str = ""
    always: bool = False


Fits = Callable[[Offer], bool]


def _arg(offer: Offer) -> str:
    return offer.arg.rpartition(OF)[0] if OF in offer.arg else offer.arg


def _yes(offer: Offer) -> bool:
    return _arg(offer) == "yes" or offer.trigger in DOES


def _no(offer: Offer) -> bool:
    return _arg(offer) == "no" or offer.trigger in DOES_NOT


#: What is said -> the choice that it stands for.
SAID: Mapping[str, Fits] = {
    "yes": _yes,
    "send": lambda offer: offer.trigger == "confirm",
    "unsure": lambda offer: offer.trigger == "pick" and _arg(offer) in UNSURE,
    "me": lambda offer: offer.trigger == "pick" and _arg(offer) in ME,
    "none": _no,
}


def meant(
    text: str, offers: Sequence[Offer], labels: Sequence[str], words: Words, picks: bool
) -> Offer | None:
    """`picks`: nothing but one of the choices is an answer."""
    for kind, fits in SAID.items():
        if words.means(kind, text) and (found := _only(filter(fits, offers))):
            return found
    if words.none(text) and (end := _only(o for o in offers if o.trigger == "change")):
        # "Is it right?" of a request: something is to be changed. "Send it?" of a report: not now.
        return end if end.flow == "fund" else replace(end, trigger=end.flow, arg="")
    if not picks or len(text) > LONGEST:
        return None
    if words.means("yes", text) and (found := _begun(offers)):
        return found
    shown, said = list(zip(offers, labels, strict=False)), words.bare(text)
    if not said:
        return None
    whole = _only(offer for offer, label in shown if words.bare(label) == said)
    return whole or _only(offer for offer, label in shown if said <= words.bare(label))


def _begun(offers: Sequence[Offer]) -> Offer | None:
    """ "Yes" to [Begin] [Not now]."""
    left = any(offer.trigger == "leave" for offer in offers)
    return _only(o for o in offers if o.trigger in BEGINS) if left else None


def _only(found: Iterable[Offer]) -> Offer | None:
    each = list(found)
    return each[0] if len(each) == 1 else None
