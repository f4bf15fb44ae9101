"""What two organisations may learn from one another's files: that both were asked by one person.

    ours ── tokens: keyed hashes of names, years, outlets, phones ──▶ file ──▶ partner
    theirs ──▶ match: the same hashes of ours, looked up in it ──▶ Hit: "ask each other"

What the file looks like, and when it is refused, is in bot/jid/file.py.

**Tokens.** A fact ("name and year", "va*ahmed+Sarif|1988") is hashed with HMAC-SHA256 under a key
made from the partnership's secret, its name and the file's random id, after a word for its kind: a
hash of a phone is never that of a name, nor is one file's that of another. 96 bits are kept; among
a million million comparisons none agrees by chance. The same fact in a second entry of a file is
hashed with a number, so all tokens of a file differ, and who lacks the secret sees noise.

**Entries.** All of a file have the same number of tokens, and their own number is rounded up:
random ones fill the rest. Who knows the secret, and guesses what was hashed, can tell them apart
as far as the guesses go.

**References.** An entry is called by a pseudonym, made with a key of ours that the partner doesn't
have: the same for the same application in all files for that partner, another one for another
partner. In the file it is covered, so that a stolen file doesn't show it either.
"""

import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal, get_args

import phonenumbers

from bot.jid import names
from bot.jid.secret import clean, from_letters, to_letters

TOKEN = 12  #: bytes
PSEUDONYM = 5  #: bytes, eight letters: short enough to be said
SIZES = (256, 512, 1024)  #: tokens of each entry of a file: the least that holds the longest
FEWEST, MOST = 16, 2048  #: entries of a file: FEWEST doubled until all have room

MOST_NAMES, MOST_OUTLETS, MOST_PHONES = 4, 4, 6  #: of one subject that are used
SPAN = 1  #: years that a birth year may be off: other calendars, and age instead of birthday

Strength = Literal["phone", "name and year", "name and outlet", "name"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)  #: the strongest first

Fact = tuple[Strength, str]
Entropy = Callable[[int], bytes]  #: secrets.token_bytes, or what a test has instead


@dataclass(frozen=True, slots=True)
class Subject:
    """What one of our applications knows about its applicant. `ref` is its id with us. Names, legal
    ones and those used, outlets and phones as they were typed. Only `ref` shows in a traceback."""

    ref: str
    names: tuple[str, ...] = field(default=(), repr=False)
    birth_year: int | None = field(default=None, repr=False)
    outlets: tuple[str, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Partnership:
    """Two organisations that share a secret. `name` is what both call it, `us` what our files are
    signed with. `secret`: 32 bytes, the same on both sides. `own`: 32 bytes that never leave us."""

    name: str
    us: str
    secret: bytes = field(repr=False)
    own: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if min(len(self.secret), len(self.own)) < 32 or self.secret == self.own:
            raise ValueError("a partnership has two different keys of 32 bytes or more")
        if not all(plain(text) for text in (self.name, self.us)):
            raise ValueError("names of partnerships and organisations are one line, 100 at most")


@dataclass(frozen=True, slots=True)
class Shared:
    """A partner's file that was accepted. `entries`: pseudonym and tokens of each."""

    partnership: str
    maker: str
    made: str
    id: bytes
    entries: tuple[tuple[str, tuple[bytes, ...]], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """Ask each other: our application `ref` and what the partner calls `pseudonym` may be about one
    person. Nothing else is known, and nothing is passed on without the applicant's consent."""

    ref: str
    pseudonym: str
    strength: Strength


def plain(text: str) -> bool:
    """May stand in a file's head."""
    return 0 < len(text) <= 100 and text.isprintable() and text == text.strip()


# ---------------------------------------------------------------- facts


def facts(subject: Subject) -> tuple[Fact, ...]:
    """What is hashed about somebody, the most telling first, at most SIZES[-1]."""
    found = dict.fromkeys(_facts(subject, _told, (0,)))
    return tuple(found)[: SIZES[-1]]


def wanted(subject: Subject) -> Iterator[Fact]:
    """What is looked for in a partner's file, in any order, perhaps twice."""
    return _facts(subject, _asked, range(-SPAN, SPAN + 1))


@dataclass(frozen=True, slots=True)
class _Side:
    """How a form, an anchor and a number are written on one of the two sides."""

    form: Callable[[str], Iterable[str]]
    anchor: Callable[[str], Iterable[str]]
    phone: Callable[[str], Iterable[str]]


def _facts(subject: Subject, side: _Side, off: Iterable[int]) -> Iterator[Fact]:
    known = subject.names[:MOST_NAMES]
    forms = sorted({form for name in known for form in names.variants(name)})
    anchors = sorted({anchor for name in known for anchor in names.anchors(name)})
    written = [anchor for ours in anchors for anchor in side.anchor(ours)]
    outlets = {names.outlet(outlet) for outlet in subject.outlets[:MOST_OUTLETS]} - {""}
    years = [subject.birth_year + by for by in off] if subject.birth_year else []
    for phone in subject.phones[:MOST_PHONES]:
        yield from (("phone", number) for number in side.phone(phone))
    yield from (("name and year", f"{anchor}|{year}") for year in years for anchor in written)
    for form in filter(names.telling, forms):
        yield from (("name", their) for their in side.form(form))
    yield from (("name and outlet", f"{one}|{it}") for it in sorted(outlets) for one in written)


def _itself(text: str) -> tuple[str, ...]:
    return (text,)


# ---------------------------------------------------------------- phones


def phone_told(typed: str) -> tuple[str, ...]:
    """A number with its country is told whole, and by its end for those who have it without one
    ("t"); a number without a country by its end only ("e")."""
    whole, end = _number(typed)
    return (whole, f"t{end}") if whole else (f"e{end}",) if end else ()


def phone_asked(typed: str) -> tuple[str, ...]:
    """Two ends meet unless both numbers are known whole: then they are compared whole."""
    whole, end = _number(typed)
    return (whole, f"e{end}") if whole else (f"t{end}", f"e{end}") if end else ()


def _number(typed: str) -> tuple[str, str]:
    """E.164, "" without a country; and the last nine digits, without zeros before them, "" if there
    are fewer than eight: without area or country such a number is not one person's."""
    digits = "".join(str(unicodedata.decimal(char)) for char in typed[:60] if char.isdecimal())
    international = bool(re.match(r"\W*(?:\+|＋|00)", unicodedata.normalize("NFKC", typed[:60])))
    try:
        parsed = phonenumbers.parse("+" + digits.lstrip("0")) if international else None
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return "", _end(digits)
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return whole, _end(str(parsed.national_number))


def _end(digits: str) -> str:
    end = digits.lstrip("0")[-9:]
    return end if len(end) >= 8 else ""


_told = _Side(_itself, _itself, phone_told)
_asked = _Side(names.lookups, names.anchor_lookups, phone_asked)


# ---------------------------------------------------------------- keys


def derive(secret: bytes, purpose: str, *context: bytes) -> bytes:
    """A key for one purpose. Lengths are hashed too, so that no two contexts read the same."""
    parts = (b"onbelay jid 1", purpose.encode(), *context)
    framed = b"".join(len(part).to_bytes(4) + part for part in parts)
    return hmac.digest(secret, framed, hashlib.sha256)


def file_key(partnership: Partnership, purpose: str, file: bytes) -> bytes:
    return derive(partnership.secret, purpose, partnership.name.encode(), file)


def token(key: bytes, fact: Fact, nth: int = 0) -> bytes:
    """`nth`: how many entries of the file had this fact before."""
    kind, value = fact
    said = f"{kind}\0{nth}\0{value}".encode("utf-8", "replace")
    return hmac.digest(key, said, hashlib.sha256)[:TOKEN]


def pseudonym(ref: str, partnership: Partnership) -> str:
    """What this partner knows an application of ours by: eight letters, "7K2Q-X0M4"."""
    said = ref.encode("utf-8", "surrogatepass")
    return _letters(derive(partnership.own, "pseudonym", partnership.name.encode(), said))


def decoy(at: int, partnership: Partnership) -> str:
    """As a pseudonym, for an entry that fills up. It stays the same from file to file: one that is
    new each time would be known for what it is."""
    said = str(at).encode()
    return _letters(derive(partnership.own, "decoy", partnership.name.encode(), said))


def whose(said: str, refs: Iterable[str], partnership: Partnership) -> str | None:
    """Which of our applications a partner asks about."""
    asked = clean(said)
    return next((ref for ref in refs if clean(pseudonym(ref, partnership)) == asked), None)


def _letters(digest: bytes) -> str:
    letters = to_letters(digest[:PSEUDONYM])
    return f"{letters[:4]}-{letters[4:]}"


def cover(pseudonym: str, key: bytes, at: int) -> bytes:
    """Hides the pseudonym of the entry at this place of a file. `key` is for nothing else."""
    return _xor(from_letters(clean(pseudonym), PSEUDONYM), derive(key, "at", at.to_bytes(4)))


def uncover(covered: bytes, key: bytes, at: int) -> str:
    return _letters(_xor(covered, derive(key, "at", at.to_bytes(4))))


def _xor(short: bytes, long: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(short, long, strict=False))


# ---------------------------------------------------------------- entries


@dataclass(frozen=True, slots=True)
class Entry:
    """One application as it leaves: `tokens` in the order of their bytes."""

    pseudonym: str
    tokens: tuple[bytes, ...] = field(repr=False)


def entry(
    subject: Subject, partnership: Partnership, file: bytes, size: int, seen: Counter[Fact],
    entropy: Entropy,
) -> Entry:  # fmt: skip
    """Filled up to `size`, one of SIZES. `seen`: the facts of the file's entries so far; those of
    this one are added."""
    key = file_key(partnership, "tokens", file)
    known = facts(subject)
    tokens = [token(key, fact, seen[fact]) for fact in known]
    seen.update(known)
    return Entry(pseudonym(subject.ref, partnership), filled(tokens, size, entropy))


def entries(
    subjects: Sequence[Subject], partnership: Partnership, file: bytes, entropy: Entropy
) -> list[Entry]:
    """All of a file's, decoys too, in the order of their pseudonyms. Two subjects with one `ref`
    are the caller's mistake: ValueError."""
    if len({subject.ref for subject in subjects}) < len(subjects):
        raise ValueError("two subjects have the same ref")
    size = fitting((len(facts(subject)) for subject in subjects), SIZES)
    count = fitting([len(subjects)], COUNTS)
    known = sorted(subjects, key=lambda subject: pseudonym(subject.ref, partnership))
    seen: Counter[Fact] = Counter()
    real = [entry(subject, partnership, file, size, seen, entropy) for subject in known]
    names_ = (decoy(at, partnership) for at in range(count - len(real)))
    fake = [Entry(name, filled([], size, entropy)) for name in names_]
    return sorted(real + fake, key=lambda entry: entry.pseudonym)


COUNTS = tuple(FEWEST << at for at in range((MOST // FEWEST).bit_length()))


def fitting(counts: Iterable[int], sizes: Sequence[int]) -> int:
    """The least size that holds the greatest count."""
    most = max(counts, default=0)
    return next(size for size in sizes if size >= most)


def filled(tokens: Sequence[bytes], size: int, entropy: Entropy) -> tuple[bytes, ...]:
    noise = entropy(TOKEN * (size - len(tokens)))
    random = (noise[at : at + TOKEN] for at in range(0, len(noise), TOKEN))
    return tuple(sorted([*tokens, *random]))


# ---------------------------------------------------------------- match


def match(ours: Iterable[Subject], shared: Shared, partnership: Partnership) -> list[Hit]:
    """At most one hit, the strongest, for an application of ours and one of theirs; the strongest
    first, then by our ref and their pseudonym."""
    if shared.partnership != partnership.name:
        raise ValueError("the file belongs to another partnership")
    key = file_key(partnership, "tokens", shared.id)
    index = {one: name for name, tokens in shared.entries for one in tokens}
    hits = (
        Hit(subject.ref, name, strength)
        for subject in ours
        for name, strength in _strongest(subject, key, index).items()
    )
    return sorted(hits, key=lambda hit: (STRENGTHS.index(hit.strength), hit.ref, hit.pseudonym))


def _strongest(subject: Subject, key: bytes, index: dict[bytes, str]) -> dict[str, Strength]:
    found: dict[str, Strength] = {}
    for fact in dict.fromkeys(wanted(subject)):
        for name in _holders(fact, key, index):
            best = min(fact[0], found.get(name, fact[0]), key=STRENGTHS.index)
            found[name] = best
    return found


def _holders(fact: Fact, key: bytes, index: dict[bytes, str]) -> Iterator[str]:
    """The entries with this fact: the first, the second and so on, as long as there is one."""
    tokens = (token(key, fact, nth) for nth in range(MOST))
    return takewhile(bool, (index.get(one, "") for one in tokens))
