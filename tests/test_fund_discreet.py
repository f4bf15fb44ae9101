"""A fund whose details are read on Signal only: what officers and payers read on Telegram says
nothing of what somebody wrote, of sums or of references."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flows.engine.messages import Message
from flows.fund import desk_messages, letters
from flows.fund.discreet import PRIVATE
from tests.applications import answers
from tests.test_fund_officers import funds
from tests.world import ISOLATES, Player, World, world

#: What people write in this story, and what must never stand on Telegram, however it is written.
SAID = (
    "Amina Haddad", "1990", "Radio Nile", "Sudan", "Khartoum", "Two men", "militia", "example.org",
    "Rent", "Bus", "Rafik", "Dalia", "+249", "in the evening", "9,000", "9000", "9,002", "House",
    "Goat", "marker", "TX 991", "IBAN", "2024-02",
)  # fmt: skip
#: Parts of messages that hold such things.
WORDS = frozenset(
    "text reason conditions amount reference reach to why item how theirs word part currencies "
    "ceiling".split()
)
#: Messages to whoever asks, or that are only parts of PRIVATE ones, or sent on Signal anyway.
ELSEWHERE = re.compile(
    r"request\.desk\.(log_|said_|p_said_|proposes|conditions|decision|part|granted|paid_on|report_is"
    r"|how_to_contact|applicant|total|converted|no_rate|ceiling|item|referee$|over_ceiling|insist"
    r"|this_amount|missing|p_hit)"
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    config = funds(tmp_path / "funds", details='"signal"')
    async with world(tmp_path / "w", config) as made:
        await made.add(Player("Amina", channels=("signal",)))
        for name in ("Olga", "Oscar", "Paula"):
            await made.add(Player(name, "officer", ("telegram", "signal")))
        await made.add(Player("Ines", "officer"))
        yield made


def test_every_message_that_holds_words_or_sums_is_private() -> None:
    known = [each for each in vars(desk_messages).values() if isinstance(each, Message)]
    holding = [m.key for m in known if WORDS & set(re.findall(r"{(\w+)}", m.text))]
    assert [key for key in holding if key not in PRIVATE and not ELSEWHERE.match(key)] == []
    assert letters.PAID_NOTED.key in PRIVATE


async def does(here: World, who: str, words: str) -> None:
    """On Telegram as far as it goes: a button where it was shown last, words where asked."""
    if words.startswith("["):
        label = words[1:-1]
        shown = [said for said in here.said if said.to == who and label in plain(said.labels)]
        assert shown, f"{who} has no button {words}"
        await here.presses(who, label, shown[-1].channel)
        return
    mine = [said for said in here.said if said.to == who]
    command = words.startswith(("application", "status"))
    await here.says(who, words, "" if command else mine[-1].channel)


def plain(labels: tuple[str, ...]) -> list[str]:
    return [each.translate(ISOLATES) for each in labels]


async def test_telegram_reads_none_of_it(here: World) -> None:
    given = answers("protection", "big") | {"when": "2024-02-01"}
    await here.applies("Amina", "F7K2QM", "protection", given)
    story = (
        ("Olga", "[Take it]"), ("Olga", "application F7K2QM"), ("Olga", "[Referees]"),
        ("Olga", "application F7K2QM"), ("Olga", "[Ask the applicant]"), ("Olga", "marker one?"),
        ("Amina", "marker two"), ("Amina", "status"), ("Amina", "[#F7K2QM]"),
        ("Amina", "[Add something]"), ("Amina", "marker three"),
        ("Olga", "application F7K2QM"), ("Olga", "[Write a note]"), ("Olga", "marker four"),
        ("Olga", "application F7K2QM"), ("Olga", "[Recommend an amount]"), ("Olga", "9000 EUR"),
        ("Olga", "[9,000 EUR all the same]"), ("Olga", "marker five"), ("Olga", "marker six"),
        ("Olga", "[Confirm]"),
        ("Oscar", "application F7K2QM"), ("Oscar", "[Approve]"), ("Oscar", "marker seven"),
        ("Oscar", "[Confirm]"),
        ("Paula", "application F7K2QM"), ("Paula", "[Approve]"), ("Paula", "marker eight"),
        ("Paula", "[Confirm]"),
        ("Olga", "application F7K2QM"), ("Olga", "[Take the decision back]"),
        ("Olga", "marker nine"),
        ("Amina", "[Where to pay]"), ("Amina", "IBAN marker"), ("Amina", "[Yes, it is right]"),
        ("Paula", "[See where to pay]"), ("Paula", "[It is paid]"), ("Paula", "TX 991"),
        ("Oscar", "application F7K2QM"),
        ("Ines", "application F7K2QM"), ("Oscar", "[Conflict of interest]"),
        ("Oscar", "marker ten"), ("Oscar", "[I have a conflict]"),
    )  # fmt: skip
    for who, words in story:
        await does(here, who, words)
    shown = [each for each in here.said if each.channel == "telegram"]
    assert len(shown) > 30
    for each in shown:
        text = f"{each.text} {each.labels}".translate(ISOLATES)
        assert not [word for word in SAID if word in text], text
    there = " ".join(each.text for each in here.said if each.channel == "signal")
    assert all(word in there.translate(ISOLATES) for word in ("TX 991", "9,000", "marker nine"))
