"""Emergency numbers per country, from the short numbers that phonenumbers knows (libphonenumber's
metadata: short numbers that are emergency ones). They aren't told apart there: police, ambulance
and fire brigade stand together, and a mobile network may know fewer of them.
"""

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata

SHOWN = 4  #: numbers; a longer list can't be tried out by somebody in need
#: Of several, these first: Australia's own, where a landline knows no other; GSM's, which most
#: networks pass on; and the widest known ones.
FIRST = ("000", "112", "911", "999")
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
    its = (f"{n:0{length}}" for length in lengths for n in range(10**length))
    matching = [n for n in its if pattern.fullmatch(n)]
    known = [n for n in FIRST if n in matching]
    others = sorted((n for n in matching if n not in known), key=_from_a_mobile_first)
    return tuple([*known, *others][:SHOWN])


def _from_a_mobile_first(number: str) -> tuple[bool, int, str]:
    """Short ones first; "01" is what landlines know where mobiles have "101"."""
    return number.startswith("0"), len(number), number
