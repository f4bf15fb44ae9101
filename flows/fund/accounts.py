"""Where to pay, as the applicant wrote it: each time under a key of its own (`APART`).

One rule: an account that nothing in the request names any more is destroyed. Paid, withdrawn,
closed, taken back to vetting, written anew: whatever a step leaves out goes with its key, with the
messages that showed it, and from the chats where that is possible. A copy of the database made
before can't be read either.
"""

from dataclasses import replace

from flows.engine.draft import drawn
from flows.engine.flow import Edge
from flows.engine.model import APART, Data, Event, Facts, Forget, Step

LETTERS = 16  #: of a key's name: it is never used again


def written(data: Data, facts: Facts, text: str) -> tuple[Data, str]:
    """With the account in it, and the name of its key."""
    key = f"{data['id']}/{drawn(facts, 'account', LETTERS)}"
    return {**data, APART: {**data.get(APART, {}), key: text}}, key


def account(data: Data, key: str) -> str:
    text: str = data[APART][key]
    return text


def _named(data: Data) -> set[str]:
    """The keys that something still needs: what is to be paid to, and what waits for a yes."""
    given = [data.get("payout", {}), *data.get("asks", {}).values()]
    return {each["account"] for each in given if "account" in each}


def _readable(data: Data) -> Data:
    """An old copy of the database may name an account whose key is gone: then it isn't known."""
    lost = _named(data) - set(data.get(APART, {}))
    if not lost:
        return data
    asks = {who: each for who, each in data["asks"].items() if each.get("account") not in lost}
    payout = data.get("payout", {}).get("account")
    return {k: v for k, v in data.items() if k != "payout" or payout not in lost} | {"asks": asks}


def destroying(edge: Edge) -> Edge:
    def handler(data: Data, event: Event, facts: Facts) -> Step:
        step = edge.handler(_readable(data), event, facts)
        kept, had = _named(step.data), step.data.get(APART, {})
        gone = sorted({*data.get(APART, {}), *had} - kept)
        if not gone:
            return step
        left = {key: text for key, text in had.items() if key in kept}
        rest = {k: v for k, v in step.data.items() if k != APART}
        new = {**rest, APART: left} if left else rest
        return replace(step, data=new, effects=(*map(Forget, gone), *step.effects))

    return Edge(handler, edge.targets)


def parted(state: str, data: Data, version: int) -> tuple[str, Data]:
    """Of version 1: it stood among the rest of the request."""
    asks: Data = {}
    found: dict[str, str] = {}
    for who, each in data.get("asks", {}).items():
        asks[who], text = _without_text(each, f"{data['id']}/asked", each["what"] == "where_sure")
        found |= text
    payout, text = _without_text(data.get("payout", {}), f"{data['id']}/given", True)
    found |= text
    new = {**data, **({"asks": asks} if asks else {}), **({"payout": payout} if payout else {})}
    return state, {**new, APART: found} if found else new


def _without_text(given: Data, key: str, one: bool) -> tuple[Data, dict[str, str]]:
    if not one or "text" not in given:
        return given, {}
    return {k: v for k, v in given.items() if k != "text"} | {"account": key}, {key: given["text"]}
