"""What frightened people really write, from tests/phrases/<lang>.toml, and what is made of it.

The phrases say how people write; the `words` of the cards and [crisis] in words.toml have to find
them. When one isn't found, the lists are made better, never the phrase.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.guidance import Shelf
from bot.languages import LOCALES, load_words
from bot.text import Text
from flows.engine.normal import normal
from flows.engine.words import Words
from flows.guidance.flow import LIKELY
from flows.guidance.library import Library

TABLES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "phrases").glob("*.toml"))
}
#: How many a language has at least.
TOPICS, OF_EACH, CRISIS, NO_CRISIS, NOTHING = 60, 3, 20, 20, 40


def _about(section: str) -> Iterator[tuple[str, str]]:
    """(card, phrase) of every language."""
    for table in TABLES.values():
        for name, phrases in table[section].items():
            for phrase in phrases:
                yield name, phrase


ABOUT = list(_about("topics"))
AMONG = list(_about("among"))
CRISIS_YES = [phrase for table in TABLES.values() for phrase in table["crisis"]["yes"]]
CRISIS_NO = [phrase for table in TABLES.values() for phrase in table["crisis"]["no"]]
NO_TOPIC = [phrase for table in TABLES.values() for phrase in table["nothing"]]


@pytest.fixture(scope="module")
def library() -> Library:
    return Shelf(LOCALES).load()


@pytest.fixture(scope="module")
def words() -> Words:
    return load_words(Text.load(LOCALES))


@pytest.mark.parametrize("lang", TABLES)
def test_every_topic_has_phrases_in_every_language(lang: str, library: Library) -> None:
    table = TABLES[lang]
    assert set(table["topics"]) == {card.id for card in library.topics()}
    assert set(table["among"]) <= set(table["topics"])
    assert all(len(phrases) >= OF_EACH for phrases in table["topics"].values())
    assert sum(map(len, table["topics"].values())) >= TOPICS
    assert len(table["crisis"]["yes"]) >= CRISIS
    assert len(table["crisis"]["no"]) >= NO_CRISIS
    assert len(table["nothing"]) >= NOTHING


def test_every_language_has_a_file_of_phrases(library: Library) -> None:
    assert set(TABLES) == set(library.cards)


def test_no_phrase_says_two_things() -> None:
    once = [*(phrase for _, phrase in ABOUT), *dict.fromkeys(phrase for _, phrase in AMONG)]
    typed = [normal(phrase) for phrase in [*once, *CRISIS_YES]]
    assert sorted(typed) == sorted(set(typed))
    assert not set(typed) & {normal(phrase) for phrase in NO_TOPIC}
    assert not {normal(p) for p in CRISIS_YES} & {normal(p) for p in CRISIS_NO}


@pytest.mark.parametrize(("card", "phrase"), ABOUT)
def test_what_somebody_writes_leads_to_its_card(card: str, phrase: str, library: Library) -> None:
    assert library.match(phrase)[:1] == [card], library.match(phrase)


@pytest.mark.parametrize(("card", "phrase"), AMONG)
def test_what_can_mean_several_things_is_asked_about(
    card: str, phrase: str, library: Library
) -> None:
    found = library.match(phrase)
    assert card in found
    assert 1 < len(found) <= LIKELY


@pytest.mark.parametrize("phrase", NO_TOPIC)
def test_small_talk_leads_to_nothing(phrase: str, library: Library, words: Words) -> None:
    assert library.match(phrase) == []
    assert library.named(phrase) == ""
    assert not words.crisis(phrase)


@pytest.mark.parametrize("phrase", [phrase for _, phrase in [*ABOUT, *AMONG]])
def test_what_happened_reaches_the_cards(phrase: str, words: Words) -> None:
    """Nothing else takes it first: no command, no panic at once, no thoughts of suicide."""
    assert words.command(phrase, "en") is None
    assert words.panic(phrase) != "whole"
    assert not words.crisis(phrase)


@pytest.mark.parametrize("phrase", CRISIS_YES)
def test_thoughts_of_suicide_are_heard(phrase: str, words: Words) -> None:
    assert words.crisis(phrase)
    assert words.panic(phrase) != "whole"


@pytest.mark.parametrize("phrase", CRISIS_NO)
def test_death_in_the_news_is_no_thought_of_suicide(phrase: str, words: Words) -> None:
    assert not words.crisis(phrase)
