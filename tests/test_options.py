"""Words that stand for a choice of a form, in three languages."""

import pytest

from flows.engine.options import Offer, meant
from flows.fund.budget import MONTHLY
from tests.test_words import WORDS

REVIEW = (
    Offer("fund", "a", "review", "confirm", "@3"),
    Offer("fund", "a", "review", "change", "@3"),
)
SENT = ("Send it", "Change something")
WHO = tuple(Offer("fund", "a", "who", "pick", f"{who}@2") for who in ("me", "relative"))
DANGER = tuple(Offer("fund", "a", "danger", "pick", arg) for arg in ("yes", "no", "unsure"))
LINES = tuple(Offer("fund", "a", "review", "change", arg) for arg in ("name", "used", "country"))
LABELS = ("Name", "Name at work", "Country")


@pytest.mark.parametrize(
    ("typed", "offers", "labels", "index"),
    [
        ("yes", REVIEW, SENT, 0), ("oui", REVIEW, SENT, 0), ("نعم", REVIEW, SENT, 0),
        ("envoie", REVIEW, SENT, 0), ("oui, envoie", REVIEW, SENT, 0), ("أرسل", REVIEW, SENT, 0),
        ("non", REVIEW, SENT, 1), ("لا", REVIEW, SENT, 1), ("hm", REVIEW, SENT, None),
        ("moi", WHO, ("The journalist", "A relative"), 0), ("أنا", WHO, ("", ""), 0),
        ("relative", WHO, ("The journalist", "A relative"), 1),
        ("je ne sais pas", DANGER, ("Oui", "Non", "Incertain"), 2),
        ("لا أعرف", DANGER, ("", "", ""), 2), ("no", DANGER, ("Yes", "No", "Unsure"), 1),
        ("the name", LINES, LABELS, 0), ("work", LINES, LABELS, 1), ("country!", LINES, LABELS, 2),
        ("the", LINES, LABELS, None), ("", LINES, LABELS, None),
    ],
)  # fmt: skip
def test_the_choice_that_words_stand_for(
    typed: str, offers: tuple[Offer, ...], labels: tuple[str, ...], index: int | None
) -> None:
    assert meant(typed, offers, labels, WORDS, True) == (None if index is None else offers[index])


def test_no_to_sending_a_report_leaves_it() -> None:
    offers = tuple(Offer("report", "a", "review", does, "@3") for does in ("confirm", "change"))
    found = meant("non", offers, SENT, WORDS, True)
    assert found is not None
    assert (found.trigger, found.arg) == ("report", "")


def test_yes_to_a_beginning_and_to_what_is_known() -> None:
    begin = (Offer("fund", "a", "begin", "pick", "@1"), Offer("fund", "a", "begin", "leave", "@1"))
    assert meant("oui", begin, ("", ""), WORDS, True) == begin[0]
    use = (Offer("fund", "a", "name", "use", "@1"), Offer("fund", "a", "name", "skip", "@1"))
    assert meant("oui", use, ("", ""), WORDS, False) == use[0]


def test_where_words_are_an_answer_no_label_is_guessed() -> None:
    assert meant("country", LINES, LABELS, WORDS, False) is None


@pytest.mark.parametrize(
    ("typed", "months"),
    [
        ("3", 3), ("٣", 3), ("three months", 3), ("deux mois", 2), ("شهرين", 2), ("٣ أشهر", 3),
        ("once", 1), ("une fois", 1), ("un an", 12), ("mois", None), ("soon", None),
    ],
)  # fmt: skip
def test_how_many_months(typed: str, months: int | None) -> None:
    assert WORDS.months(typed) == months


def test_two_months_in_arabic_is_no_rest_of_a_word() -> None:
    assert MONTHLY.sub(" ", "شهرين") == "شهرين"
    assert MONTHLY.sub(" ", "500 شهريا").strip() == "500"


@pytest.mark.parametrize(
    "typed", ["merci", "Merci beaucoup !", "شكرًا", "شكرا جزيلا", "thanks", "thank you"]
)
def test_thanks(typed: str) -> None:
    assert WORDS.thanks(typed)


@pytest.mark.parametrize(
    "typed", ["", "merci de venir me chercher", "please", "شكرا لا أستطيع التنفس"]
)
def test_no_thanks(typed: str) -> None:
    assert not WORDS.thanks(typed)
