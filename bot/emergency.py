"""Emergency numbers per country, from the short numbers that phonenumbers knows (libphonenumber's
metadata: short numbers that are emergency ones). They aren't told apart there: police, ambulance
and fire brigade stand together, and a mobile network may know fewer of them.
"""

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

SHOWN = 4  #: numbers; a longer list can't be tried out by somebody in need
#: Of several, these first: GSM's own, which most networks pass on, and the widest known ones.
FIRST = ("112", "911", "999")
LENGTHS = range(2, 6)


@cache
def numbers() -> dict[str, tuple[str, ...]]:
    """Country (ISO 3166 alpha-2) -> its numbers, the likeliest to answer first."""
    found = ((code, _of(code)) for code in phonenumbers.SUPPORTED_SHORT_REGIONS)
    return {code: its for code, its in found if its}


def _of(country: str) -> tuple[str, ...]:
    data = PhoneMetadata.short_metadata_for_region(country)
    wanted = data.emergency if data else None
    if wanted is None or not wanted.national_number_pattern:
        return ()
    pattern = re.compile(wanted.national_number_pattern)
    lengths = [n for n in wanted.possible_length if n in LENGTHS]
    its = (str(n) for length in lengths for n in range(10 ** (length - 1), 10**length))
    matching = [n for n in its if pattern.fullmatch(n)]
    known = [n for n in FIRST if n in matching]
    short_first = sorted((n for n in matching if n not in known), key=lambda n: (len(n), n))
    return tuple([*known, *short_first][:SHOWN])
