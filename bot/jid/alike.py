"""Whether two of our own requests may be about one person, without keeping a name: forms of it with
the birth year, as keyed hashes. Somebody whose birth year isn't given is not looked for: the name
alone is thousands of people's.
"""

from collections.abc import Callable, Iterable
from itertools import chain

from bot.jid import names

Keyed = Callable[[str], str]


def marks(called: Iterable[str], year: str, keyed: Keyed) -> frozenset[str]:
    """What is kept of a request."""
    forms = chain.from_iterable(map(names.anchors, called))
    return frozenset(keyed(f"{year} {form}") for form in forms) if year else frozenset()


def looked_for(called: Iterable[str], year: str, keyed: Keyed) -> frozenset[str]:
    """What it may meet among the marks of others."""
    forms = chain.from_iterable(map(names.anchors, called))
    met = chain.from_iterable(map(names.anchor_lookups, forms))
    return frozenset(keyed(f"{year} {form}") for form in met) if year else frozenset()
