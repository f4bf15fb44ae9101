"""Card files: how they are read and refused, whose go first, what a signature is worth."""

import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.guidance import Shelf, _signed
from bot.languages import LOCALES
from flows.guidance.cards import BadCard, Card, CardStep, Option, Source, parse
from tests.test_logs import Written, out

__all__ = ["out"]

DAY = date(2026, 11, 21)
#: What a review writes.
SIGNED = ("status", "reviewed_by", "qualification", "reviewed_on", "reviewed_text")
#: Each line stands where the errors below say it does.
CARD = """\
+++
id = "frost"
order = 90
title = "Frost"
see = "Frozen fingers"
words = ["frost*", "frozen .. finger*"]
# a comment of ours
source_revision = "12345678"
status = "unreviewed"
reviewed_by = ""
qualification = ""
reviewed_on = ""
reviewed_text = ""
unverified = ["That it hurts."]
self = "alone"

[[source]]
title = "A book"
year = 2021
section = "Cold"
+++

## cold
Come in from the cold. Is the skin white?

![A hand between two hands](warm-hand)

- [Yes](#warm)
- [No](#end)

## alone
Get in.

And call.

## warm
Warm it slowly.

Fails: burns#cool
After 3m: #cold
Record: warmed

## end
Rest.

End: human
"""


def card(text: str = CARD, lang: str = "en") -> Card:
    return parse(text, lang, "some/frost.md")


def shelf(folder: Path, own: bool = False, text: str = CARD) -> Shelf:
    """Ours in English and French; `own`: with a folder of the organisation's, empty."""
    for lang in ("en", "fr"):
        path = folder / "locales" / lang / "guidance" / "frost.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Shelf(folder / "locales", folder / "own" if own else None)


def ours(its: Shelf, lang: str = "en") -> Path:
    return its.locales / lang / "guidance" / "frost.md"


def put(its: Shelf, text: str, lang: str = "en", name: str = "frost") -> Path:
    """A card of the organisation's own."""
    assert its.own
    path = its.own / lang / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def sign(its: Shelf, lang: str = "en", by: str = "Dr Sana Haddad") -> Path:
    return its.sign("frost", lang, by, "emergency physician", DAY)


def title(its: Shelf, lang: str = "en") -> str:
    found = its.load().card("frost", lang)
    assert found
    return found.title


# ---------------------------------------------------------------- reading


def test_a_card_is_read_whole() -> None:
    read = card()
    assert (read.id, read.lang, read.title, read.see) == ("frost", "en", "Frost", "Frozen fingers")
    assert (read.order, read.kind, read.group, read.reviewer) == (90, "topic", "hurt", "clinician")
    assert (read.first, read.first_self, read.talk) == ("cold", "alone", "")
    assert read.sources == (Source("A book", 2021, "Cold"),)
    assert read.unverified == ("That it hurts.",)
    assert dict(read.steps) == {
        "cold": CardStep(
            "cold",
            "Come in from the cold. Is the skin white?",
            (Option("Yes", "frost#warm"), Option("No", "frost#end")),
            drawing="warm-hand",
            alt="A hand between two hands",
        ),
        "alone": CardStep("alone", "Get in.\n\nAnd call.", done="frost#warm"),
        "warm": CardStep(
            "warm",
            "Warm it slowly.",
            done="frost#end",
            fails="burns#cool",
            after=180_000,
            then="frost#cold",
            record="warmed",
        ),
        "end": CardStep("end", "Rest.", end=True, human=True),
    }


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("Look. Is it deep? Then press.", "Look."),
        ("Press hard. Do not let go.", "Press hard."),
        ("انظر. هل ينزف؟", "هل ينزف؟"),
        ("No stop", "No stop"),
    ],
)
def test_the_gist_is_the_question_or_the_first_sentence(text: str, gist: str) -> None:
    assert CardStep("x", text).gist == gist


def test_lines_may_end_as_windows_ends_them() -> None:
    assert card(CARD.replace("\n", "\r\n")).steps == card().steps


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("+++\nid", "id", "some/frost.md: begins with front matter"),
        ("+++\n\n## cold", "\n## cold", "some/frost.md: begins with front matter"),
        ('id = "frost"', "id = frost", "some/frost.md: the front matter isn't TOML: "),
        ('id = "frost"\n', "", "some/frost.md: id is missing"),
        ("order = 90", 'order = "9"', "some/frost.md: order is missing, or isn't a int"),
        ("order = 90", "order = true", "some/frost.md: order is missing, or isn't a int"),
        ('status = "unreviewed"\n', "", "some/frost.md: status is missing"),
        ('words = ["frost*", "frozen .. finger*"]', 'words = "frost"', "frost.md: words"),
        ("year = 2021\n", "", "some/frost.md: each [[source]] has title, year and section"),
        ("year = 2021", "year = inf", "some/frost.md: each [[source]] has title, year"),
        ("year = 2021", 'year = "new"', "some/frost.md: each [[source]] has title, year"),
        ("\n## cold", "\nHello\n## cold", "some/frost.md:23: text before the first step"),
        ("## alone", "# alone", "some/frost.md:31: can't be read: '# alone'"),
        ("## alone", "## Alone!", "some/frost.md:31: can't be read: '## Alone!'"),
        ("- [No](#end)", "- [No] (#end)", "some/frost.md:29: can't be read: '- [No] (#end)'"),
        ("](warm-hand)", "] (warm-hand)", "some/frost.md:26: can't be read"),
        ("Get in.", "> Get in.", "some/frost.md:32: can't be read"),
        ("Get in.", "| a | b |", "some/frost.md:32: can't be read"),
        ("Fails: burns#cool", "Fails:", "some/frost.md:39: Fails needs what follows it"),
        ("After 3m: #cold", "After 3m:", "some/frost.md:40: After needs what follows it"),
        ("End: human", "End: robot", "some/frost.md:46: End, or End: human"),
        ("## end", "## cold", "some/frost.md: two steps are called cold"),
        ("Rest.\n", "", "some/frost.md: step end says nothing"),
        ("End: human", "", "some/frost.md: the last step, end, leads nowhere"),
        (CARD[CARD.index("## cold") :], "", "some/frost.md: has no steps"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_and_line(
    before: str, after: str, says: str
) -> None:
    assert before in CARD
    with pytest.raises(BadCard) as error:
        card(CARD.replace(before, after, 1))
    assert says in str(error.value)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(BadCard):
        card("")


@given(st.text(st.sampled_from('+#-![]()" \n\r\tabcid=.:3mEndDoneFails\u2028\0'), max_size=200))
def test_any_text_is_a_card_or_refused(text: str) -> None:
    for tried in (text, CARD[: CARD.index("## cold")] + text, f"+++\n{text}\n+++\n## a\nb\nEnd"):
        with suppress(BadCard):
            assert card(tried).steps


# ---------------------------------------------------------------- what a review covers


def reviewed(text: str = CARD) -> str:
    """The same card, signed as it stands."""
    return (
        text.replace('status = "unreviewed"', 'status = "reviewed"')
        .replace('reviewed_by = ""', 'reviewed_by = "Dr Sana Haddad"')
        .replace('reviewed_on = ""', 'reviewed_on = "2026-11-21"')
        .replace('reviewed_text = ""', f'reviewed_text = "{card(text).revision}"')
    )


def test_a_review_counts_as_long_as_nothing_changes() -> None:
    assert not card().reviewed
    assert card(reviewed()).reviewed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Warm it slowly", "warm it slowly"),
        ("Warm it slowly.", "Warm it slowly"),
        ('title = "Frost"', 'title = "Frosts"'),
        ('see = "Frozen fingers"', 'see = "Frozen finger"'),
        ("- [No](#end)", "- [No.](#end)"),
        ("- [No](#end)", "- [No](#warm)"),
        ("Fails: burns#cool", "Fails: burns#cold"),
        ("After 3m", "After 4m"),
        ("After 3m: #cold", "After 3m: #alone"),
        ("Record: warmed", "Record: warm"),
        ("(warm-hand)", "(cold-hand)"),
        ("![A hand", "![A fist"),
        ("End: human", "End"),
        ("## alone", "## on-ones-own"),
    ],
)
def test_a_change_of_one_letter_makes_it_void(before: str, after: str) -> None:
    assert before in CARD
    changed = card(reviewed().replace(before, after, 1))
    assert changed.revision != card().revision
    assert not changed.reviewed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"frost*", ', '"frost*", "cold*", '),
        ("order = 90", "order = 91"),
        ("year = 2021", "year = 2022"),
        ("# a comment of ours", "# another"),
        ("Get in.\n", "Get in.  \n"),
    ],
)
def test_what_no_reader_sees_leaves_it_standing(before: str, after: str) -> None:
    assert before in CARD
    assert card(reviewed().replace(before, after, 1)).reviewed


@pytest.mark.parametrize("lacking", ["status", "reviewed_by", "reviewed_on"])
def test_half_a_signature_is_none(lacking: str) -> None:
    lines = reviewed().splitlines()
    found = [f'{lacking} = ""' if x.startswith(f"{lacking} =") else x for x in lines]
    assert not card("\n".join(found)).reviewed


# ---------------------------------------------------------------- the shelf


def test_ours_are_all_there_and_none_is_wrong() -> None:
    its = Shelf(LOCALES)
    library = its.load()
    assert its.wrong() == []
    assert set(its.files()) == {
        (lang, name) for lang, cards in library.cards.items() for name in cards
    }
    assert {"en", "fr", "ar"} <= set(library.cards)
    assert all(path.name == f"{name}.md" for (_, name), path in its.files().items())


def test_an_organisations_own_card_goes_before_ours(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    put(its, CARD.replace('"Frost"', '"Cold feet"'))
    assert (title(its), title(its, "fr")) == ("Cold feet", "Frost")


def test_an_organisations_own_card_may_be_about_something_else(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    put(its, CARD.replace('"frost"', '"snow"').replace('"Frost"', '"Snow"'), name="snow")
    assert {card.title for card in its.load().topics()} == {"Frost", "Snow"}
    assert its.load().named("snow") == "snow"


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert title(shelf(tmp_path, own=True)) == "Frost"


BROKEN: dict[str, bytes] = {
    "a slip": CARD.replace("order = 90", "order = ").encode(),
    "another id": CARD.replace('id = "frost"', 'id = "snow"').encode(),
    "not UTF-8": CARD.encode("utf-16"),
    "empty": b"",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_an_own_card_that_is_broken_gives_way_to_ours(
    tmp_path: Path, body: bytes, out: Written
) -> None:
    its = shelf(tmp_path, own=True)
    path = put(its, "")
    path.write_bytes(body)
    assert title(its) == "Frost"
    (wrong,) = its.wrong()
    assert wrong.startswith(f"{path}: ")
    assert [line["event"] for line in out.lines] == ["card_refused"]


def test_an_own_card_that_is_broken_and_not_ours_is_left_out(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    put(its, "rubbish", name="snow")
    assert its.load().card("snow") is None
    assert len(its.wrong()) == 1


def test_an_own_card_without_its_english_one_is_left_out(tmp_path: Path) -> None:
    """The English card says what leads where: nobody could be led."""
    its = shelf(tmp_path, own=True)
    path = put(its, CARD.replace('id = "frost"', 'id = "snow"'), "fr", "snow")
    library = its.load()
    assert library.card("snow", "fr") is None
    assert library.named("snow") == ""
    (wrong,) = its.wrong()
    assert wrong.startswith(f"{path}: ")
    assert "English" in wrong


def test_ours_that_is_broken_is_refused(tmp_path: Path) -> None:
    its = shelf(tmp_path)
    ours(its, "fr").write_text("rubbish")
    with pytest.raises(BadCard, match=r"fr/guidance/frost\.md"):
        its.load()


# ---------------------------------------------------------------- signing


def unsigned(text: str) -> list[str]:
    """Without the lines that a review writes."""
    return [x for x in text.split("\n") if x.split("=")[0].strip() not in SIGNED]


def test_a_signature_is_written_into_the_file_and_nothing_else_is(tmp_path: Path) -> None:
    its = shelf(tmp_path)
    before = ours(its, "fr").read_text("utf-8")
    path = sign(its, "fr")
    after = path.read_text("utf-8")
    assert path == ours(its, "fr")
    assert unsigned(after) == unsigned(before)
    signed = its.load().card("frost", "fr")
    assert signed
    assert signed.reviewed
    assert (signed.reviewed_by, signed.qualification, signed.reviewed_on) == (
        "Dr Sana Haddad",
        "emergency physician",
        "2026-11-21",
    )
    assert ours(its).read_text("utf-8") == before


def test_signed_again_the_new_name_stands_alone(tmp_path: Path) -> None:
    its = shelf(tmp_path)
    first = sign(its).read_bytes()
    assert sign(its, by="Another One").read_bytes() == first.replace(
        b"Dr Sana Haddad", b"Another One"
    )


@pytest.mark.parametrize("own", [False, True])
def test_line_ends_stay_as_they_are(tmp_path: Path, own: bool) -> None:
    its = shelf(tmp_path, own)
    source = put(its, "") if own else ours(its)
    source.write_bytes(CARD.replace("\n", "\r\n").encode())
    after = sign(its).read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n") == CARD.count("\n")
    assert card(after.decode()).reviewed


def test_a_card_may_lack_lines_and_sources(tmp_path: Path) -> None:
    lean = CARD.replace('reviewed_text = ""\n', "").replace('qualification = ""\n', "")
    lean = lean[: lean.index("\n[[source]]")] + lean[lean.index("+++\n\n## cold") :]
    its = shelf(tmp_path, text=lean)
    assert card(lean).sources == ()
    after = sign(its).read_text("utf-8")
    assert card(after).reviewed
    assert unsigned(after) == unsigned(lean)


def test_all_of_ours_can_be_signed_and_change_in_nothing_else(tmp_path: Path) -> None:
    its = Shelf(LOCALES, tmp_path / "own")
    before = {path: path.read_bytes() for path in its.files().values()}
    for (lang, name), path in Shelf(LOCALES).files().items():
        signed = its.sign(name, lang, "Dr Sana Haddad", "physician", DAY)
        assert signed == tmp_path / "own" / lang / f"{name}.md"
        assert unsigned(signed.read_text("utf-8")) == unsigned(path.read_text("utf-8"))
    assert all(c.reviewed for cards in its.load().cards.values() for c in cards.values())
    assert {path: path.read_bytes() for path in before} == before


def test_in_a_folder_of_its_own_the_organisations_text_is_signed(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    put(its, CARD.replace('"Frost"', '"Cold feet"'))
    sign(its)
    signed = its.load().card("frost")
    assert signed
    assert (signed.title, signed.reviewed) == ("Cold feet", True)
    assert "unreviewed" in ours(its).read_text("utf-8")


def test_while_an_own_card_is_broken_nothing_is_signed(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    path = put(its, "rubbish")
    with pytest.raises(BadCard):
        sign(its)
    assert path.read_text() == "rubbish"


NAMES = [
    'Dr "Sana" Haddad',
    "back\\slash",
    "two\nlines",
    "د. سناء حدّاد",
    "می\u200cخواهم",
    "a\0b\x1b[31m\x7f",
    "latin \udcfc",
    '"\nstatus = "x',
    "'''",
]


@pytest.mark.parametrize("by", NAMES)
def test_no_name_breaks_the_file(tmp_path: Path, by: str) -> None:
    its = shelf(tmp_path)
    sign(its, by=by)
    signed = its.load().card("frost")
    assert signed
    assert signed.reviewed
    assert signed.reviewed_by
    assert set(signed.reviewed_by) <= set(by) | {" ", "'"}


@given(st.text(min_size=1))
def test_any_name_is_written_so_that_it_can_be_read(by: str) -> None:
    text = _signed(CARD, {"status": "reviewed", "reviewed_by": by})
    assert card(text).status == "reviewed"
    assert card(text).revision == card().revision


def test_what_cannot_be_written_leaves_the_card_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle of it: a card cut short would be none."""
    its = shelf(tmp_path)
    before = ours(its).read_bytes()
    full: Callable[..., int] = _full
    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        sign(its)
    assert ours(its).read_bytes() == before


def _full(path: Path, *_: object) -> int:
    with path.open("wb") as file:
        file.write(b"+++\nid")
    raise OSError(28, "No space left on device")


def test_who_may_read_a_card_may_read_it_when_it_is_signed(tmp_path: Path) -> None:
    its = shelf(tmp_path)
    ours(its).chmod(0o640)
    assert stat.S_IMODE(sign(its).stat().st_mode) == 0o640
    assert [path.name for path in ours(its).parent.iterdir()] == ["frost.md"]


def test_a_name_of_nothing_signs_nothing(tmp_path: Path) -> None:
    its = shelf(tmp_path)
    with pytest.raises(BadCard, match="can't be written"):
        sign(its, by="\x1b\x7f")
    assert "unreviewed" in ours(its).read_text("utf-8")


def test_a_card_that_is_not_there_cannot_be_signed(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        shelf(tmp_path).sign("snow", "en", "Dr Sana Haddad", "physician", DAY)


def test_a_way_of_an_own_card_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    its = shelf(tmp_path, own=True)
    path = put(its, CARD.replace("- [No](#end)", "- [No](#nowhere)"))
    assert any(line.startswith(f"{path}: step ") and "#nowhere" in line for line in its.wrong())
