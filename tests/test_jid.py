"""Two organisations, one applicant: what a file says to its partner, and to nobody else."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jid import file, protocol
from bot.jid.errors import JidError
from bot.jid.file import export, read
from bot.jid.protocol import SIZES, TOKEN, Hit, Partnership, Subject, match, pseudonym, whose

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=60)
SECRET = bytes(range(32))
OURS = Partnership("North and South", "North Fund", SECRET, b"n" * 32)
THEIRS = Partnership("North and South", "South Fund", SECRET, b"s" * 32)

AMINA = Subject("#K7Q2", ("Amina Qandil",), 1988, ("Al-Hayat",), ("+20 100 123 4567",))
OMAR = Subject("#M3P9", ("Omar Zerrouki", "عمر زروقي"), 1979)
SAME = replace(AMINA, ref="#Z9X8")


def noise(seed: int = 0) -> Callable[[int], bytes]:
    return Random(seed).randbytes


def made(subjects: Sequence[Subject], by: Partnership = THEIRS, seed: int = 0) -> bytes:
    return export(subjects, by, NOW, LATER, noise(seed))


def hits(ours: Sequence[Subject], theirs: Sequence[Subject]) -> list[Hit]:
    return match(ours, read(made(theirs), OURS, NOW), OURS)


def strengths(one: Subject, other: Subject) -> list[str]:
    """What the two sides are told; it must not matter who exports."""
    there, back = hits([one], [other]), hits([other], [one])
    assert [hit.strength for hit in there] == [hit.strength for hit in back]
    return [hit.strength for hit in there]


# ---------------------------------------------------------------- what a hit says


def test_a_hit_names_our_reference_their_pseudonym_and_how_strong_it_is_and_nothing_else() -> None:
    (hit,) = hits([AMINA, OMAR], [SAME])
    assert hit == Hit("#K7Q2", pseudonym("#Z9X8", THEIRS), "phone")
    assert whose(hit.pseudonym.lower().replace("-", " "), ["#A", "#Z9X8"], THEIRS) == "#Z9X8"
    assert whose(hit.pseudonym, ["#Z9X8"], OURS) is None


@pytest.mark.parametrize(
    ("change", "strength"),
    [
        ({}, "phone"),
        ({"phones": ()}, "name and year"),
        ({"phones": (), "birth_year": 1989}, "name and year"),
        ({"phones": (), "birth_year": 1987}, "name and year"),
        ({"phones": (), "birth_year": 1990}, "name and outlet"),
        ({"phones": (), "birth_year": None}, "name and outlet"),
        ({"phones": (), "birth_year": None, "outlets": ("الحياة",)}, "name"),
        ({"phones": (), "birth_year": None, "outlets": ()}, "name"),
        ({"names": ("Anonymous",)}, "phone"),
    ],
)
def test_the_strongest_reason_is_told(change: dict[str, Any], strength: str) -> None:
    assert strengths(AMINA, replace(SAME, **change)) == [strength]


def test_nobody_in_common_is_no_hit() -> None:
    assert hits([AMINA, OMAR], [Subject("#1", ("Lena Fischer",), 1988)]) == []
    assert hits([], [AMINA]) == hits([AMINA], []) == hits([Subject("#1")], [Subject("#2")]) == []


def test_two_common_names_are_a_hit_only_with_something_else() -> None:
    """There are thousands of Mohamed Alis: the name alone says nothing."""
    one, other = Subject("#1", ("Mohamed Ali",)), Subject("#2", ("محمد علي",))
    assert strengths(one, other) == []
    assert strengths(replace(one, birth_year=1985), replace(other, birth_year=1986)) == [
        "name and year"
    ]
    paper, same_paper = ("Al-Masry Al-Youm",), ("جريدة المصري اليوم",)
    assert strengths(replace(one, outlets=paper), replace(other, outlets=same_paper)) == [
        "name and outlet"
    ]
    assert strengths(Subject("#1", ("Mohamed Ali Hassan",)), Subject("#2", ("محمد علي حسن",)))


def test_parts_of_two_longer_names_are_a_hit_only_with_something_else() -> None:
    """Brothers and cousins share parts, but not the year as well."""
    one, other = Subject("#1", ("Rana Saleh Qandil",)), Subject("#2", ("رنا عمر قنديل",))
    assert strengths(one, other) == []
    assert strengths(replace(one, birth_year=1990), replace(other, birth_year=1990))
    one, other = Subject("#1", ("Ahmed Mahmoud Qandil",)), Subject("#2", ("أحمد محمود صالح",))
    assert strengths(replace(one, birth_year=1990), replace(other, birth_year=1990)) == []


def test_several_entries_about_one_person_are_all_found() -> None:
    theirs = [replace(SAME, ref=f"#{at}") for at in range(5)]
    found = hits([AMINA], theirs)
    assert {hit.pseudonym for hit in found} == {pseudonym(one.ref, THEIRS) for one in theirs}


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("+20 100 123 4567", "+201001234567", True),
        ("0020 (0)100-123 4567", "+20 100 123 4567", True),
        ("00 20 100 123 4567", "+20 100 123 4567", True),
        ("٠١٠٠١٢٣٤٥٦٧", "+20 100 123 4567", True),
        ("0100 123 4567", "100 1234567", True),
        ("+216 20 123 456", "20123456", True),
        ("+216 20 123 456", "+213 20 123 456", False),
        ("+20 100 123 4567", "+966 100 123 4567", False),
        ("712 3456", "712 3456", False),
        ("03 712 345", "+961 3 712 345", False),
        ("no phone", "no phone", False),
        ("", "", False),
    ],
)
def test_phones_meet_however_they_are_typed(ours: str, theirs: str, same: bool) -> None:
    found = strengths(Subject("#1", phones=(ours,)), Subject("#2", phones=(theirs,)))
    assert found == (["phone"] if same else [])


# ---------------------------------------------------------------- what a file shows


def entries(data: bytes) -> list[bytes]:
    return [base64.b64decode(text) for text in json.loads(data)["entries"]]


def test_all_entries_are_of_one_size_and_their_number_is_rounded_up() -> None:
    many = Subject("#1", tuple(f"Kateryna Hrytsenko-{end}" for end in ("Ode", "Ree", "Gee")), 1990)
    for subjects, count in (([], 16), ([AMINA], 16), ([AMINA, many], 16)):
        sizes = Counter(map(len, entries(made(subjects))))
        assert list(sizes.values()) == [count]
    crowd = [replace(OMAR, ref=f"#{at}") for at in range(17)]
    assert len(entries(made(crowd))) == 32


def test_how_many_names_somebody_has_does_not_show() -> None:
    little = Subject("#1", ("Lena Fischer",))
    assert len(protocol.facts(little)) < len(protocol.facts(AMINA)) <= SIZES[0]
    assert len(made([little])) == len(made([AMINA]))


def test_whatever_is_known_of_somebody_fits() -> None:
    full = Subject(
        "#1",
        tuple(f"Abdelghafour Benyoussef Chehrazade Oulmekki {at}ghee" for at in "bdfgklm"),
        1980,
        tuple(f"Outlet {at}" for at in "bdfgk"),
        tuple(f"+20 100 123 456{at}" for at in range(9)),
    )
    assert len(protocol.facts(full)) == SIZES[-1]
    assert hits([full], [replace(full, ref="#2")])[0].strength == "phone"


def test_nothing_in_a_file_repeats_itself_or_another_file() -> None:
    """Without the secret there is noise, even about the same person twice."""
    seen: set[bytes] = set()
    for seed in range(2):
        for entry in entries(made([AMINA, SAME], seed=seed)):
            pieces = {entry[at : at + TOKEN] for at in range(5, len(entry), TOKEN)} | {entry[:5]}
            assert seen.isdisjoint(pieces)
            seen |= pieces


def test_neither_names_nor_references_nor_pseudonyms_stand_in_a_file() -> None:
    data = made([AMINA])
    assert b"Amina" not in data
    assert b"K7Q2" not in data
    assert pseudonym(AMINA.ref, THEIRS).encode() not in data


def test_a_pseudonym_is_the_same_in_all_files_for_a_partner_and_another_for_another() -> None:
    elsewhere = replace(THEIRS, name="South and East", secret=b"e" * 32)
    assert pseudonym("#1", THEIRS) == pseudonym("#1", replace(THEIRS, secret=b"x" * 32))
    known = {pseudonym("#1", one) for one in (THEIRS, elsewhere, OURS)}
    assert len(known) == 3, "our own key and the partnership make it, never the shared secret"


def test_an_entry_that_fills_up_looks_the_same_from_file_to_file() -> None:
    first, second = (read(made([AMINA], seed=seed), OURS, NOW) for seed in range(2))
    assert [name for name, _ in first.entries] == [name for name, _ in second.entries]


def test_the_same_entropy_gives_the_same_file() -> None:
    assert made([AMINA, OMAR], seed=1) == made([OMAR, AMINA], seed=1) != made([AMINA, OMAR], seed=2)


def test_a_traceback_shows_no_name_and_no_secret() -> None:
    shown = repr([AMINA, OURS, read(made([AMINA]), OURS, NOW)])
    assert "Amina" not in shown
    assert "1988" not in shown
    assert repr(SECRET)[2:-1] not in shown
    assert "nnnn" not in shown


def test_callers_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="same ref"):
        made([AMINA, AMINA])
    with pytest.raises(ValueError, match="32 bytes"):
        replace(OURS, secret=b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        replace(OURS, own=SECRET)
    with pytest.raises(ValueError, match="one line"):
        replace(OURS, name="two\nlines")
    with pytest.raises(ValueError, match="another partnership"):
        match([], read(made([]), OURS, NOW), replace(OURS, name="Other"))
    with pytest.raises(JidError, match="at most"):
        made([Subject(str(at)) for at in range(protocol.MOST + 1)])


# ---------------------------------------------------------------- what is refused


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(made([AMINA])) | fields).encode()


def resealed(**fields: object) -> bytes:
    """As a partner's faulty or hostile program may write it."""
    body = json.loads(made([AMINA])) | fields
    del body["seal"]
    seal = file._seal(body, THEIRS, bytes.fromhex(body["id"]))
    return json.dumps(body | {"seal": seal}).encode()


ENTRY = base64.b64encode(bytes(5 + TOKEN * SIZES[0])).decode()
REFUSED = {
    "nothing": (b"", "not a file that"),
    "no text": (b"\xff\xfe\x00", "not a file that"),
    "cut off": (made([AMINA])[:-200], "not a file that"),
    "other JSON": (b'{"file": "something"}', "not a file that"),
    "no object": (b"[1, 2]", "not a file that"),
    "deep": (b"[" * 100_000, "not a file that"),
    "deep inside": (b'{"file":' + b'{"a":' * 50_000, "not a file that"),
    "huge number": (b'{"file": ' + b"9" * 5000 + b"}", "not a file that"),
    "too large": (b" " * (file.LARGEST + 1), "too large"),
    "older": (resealed(version=0), "an older version"),
    "newer": (resealed(version=2), "a newer version"),
    "no version": (changed(version=None), "damaged"),
    "odd version": (changed(version=True), "damaged"),
    "more fields": (changed(note="x"), "damaged"),
    "other partnership": (changed(partnership="East and West"), "not made for the partnership"),
    "other maker": (changed(maker="Somebody"), "was changed"),
    "later expiry": (changed(expires="2030-01-01T00:00:00Z"), "was changed"),
    "other id": (changed(id="0" * 32), "another secret"),
    "no id": (changed(id="zz"), "damaged"),
    "odd id": (changed(id=7), "damaged"),
    "one entry changed": (changed(entries=[ENTRY] * 16), "was changed"),
    "no entries": (changed(entries=[]), "damaged"),
    "odd number of entries": (changed(entries=[ENTRY] * 17), "damaged"),
    "entries of two sizes": (changed(entries=[ENTRY] * 15 + [ENTRY[4:]]), "damaged"),
    "numbers for entries": (changed(entries=[1] * 16), "damaged"),
    "deep entries": (changed(entries=[[[[[]]]]] * 16), "damaged"),
    "seal of another kind": (changed(seal=None), "damaged"),
    "seal in other letters": (changed(seal="é" * 64), "was changed"),
    "two lines for a maker": (changed(maker="a\nb"), "damaged"),
    "half a letter": (changed(maker="\ud800"), "damaged"),
    "sealed, no base64": (resealed(entries=["é" * 9] * 16), "damaged"),
    "sealed, odd size": (resealed(entries=["AAAA" * 9] * 16), "damaged"),
    "sealed, no date": (resealed(expires="soon"), "damaged"),
    "sealed, no zone": (resealed(expires="2027-01-01T00:00:00"), "damaged"),
    "sealed, before all time": (resealed(made="0001-01-01T00:00:00+14:00"), "damaged"),
    "sealed, expired when made": (resealed(expires="2026-01-01T00:00:00Z"), "damaged"),
    "ours": (made([AMINA], by=OURS), "which is you"),
    "ours, written otherwise": (made([], by=replace(OURS, us="NORTH  fund")), "which is you"),
    "another secret": (made([], by=replace(THEIRS, secret=b"x" * 32)), "another secret"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_refused_and_says_why_what_it_means_and_what_to_do(case: str) -> None:
    data, why = REFUSED[case]
    with pytest.raises(JidError, match=why) as refused:
        read(data, OURS, NOW)
    said = str(refused.value)
    assert "Nothing was read." in said
    assert len(said.split(". ")) >= 3
    assert "Amina" not in said


def test_an_expired_file_is_refused_from_its_last_second_on() -> None:
    assert read(made([]), OURS, LATER - timedelta(seconds=1)).maker == THEIRS.us
    with pytest.raises(JidError, match="good until 2027-01-20T12:00:00Z only"):
        read(made([]), OURS, LATER)


def test_every_changed_byte_is_noticed_and_a_file_set_otherwise_is_read() -> None:
    data = made([AMINA])
    for at in Random(1).sample(range(len(data)), 60):
        broken = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(JidError):
            read(broken, OURS, NOW)
    again = json.dumps(json.loads(data), indent=4, sort_keys=True).encode("utf-8-sig")
    assert read(again, OURS, NOW) == read(data, OURS, NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda body: json.dumps(body).encode()))
def test_whatever_is_handed_to_us_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(JidError):
        read(data, OURS, NOW)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*file.HEAD, "entries", "seal"]), JSON, st.booleans())
def test_whatever_stands_in_a_field_is_read_or_refused(name: str, value: Any, seal: bool) -> None:
    if seal and name not in ("id", "seal"):
        data = resealed(**{name: value})
    else:
        data = changed(**{name: value})
    try:
        read(data, OURS, NOW)
    except JidError:
        return
    assert json.loads(made([AMINA]))[name] == value or name in ("made", "maker")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            Subject,
            st.text(max_size=8),
            st.tuples(st.text(max_size=40)),
            st.none() | st.integers(-9999, 9999),
            st.tuples(st.text(max_size=20)),
            st.tuples(st.text(max_size=20)),
        ),
        max_size=3,
        unique_by=lambda subject: subject.ref,
    )
)
def test_whatever_is_known_about_people_can_be_exported_and_finds_itself(
    people: list[Subject],
) -> None:
    found = hits(people, people)
    assert len({(hit.ref, hit.pseudonym) for hit in found}) == len(found)
    for subject in people:
        itself = (subject.ref, pseudonym(subject.ref, THEIRS))
        if {*protocol.facts(subject)} & {*protocol.wanted(subject)}:
            assert itself in {(hit.ref, hit.pseudonym) for hit in found}
