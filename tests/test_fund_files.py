"""What somebody sends for a request to a fund: what officers get of it, and what is known of it."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.outbox import decode
from bot.store import tables as t
from tests.test_cleaning import PHOTO, SECRET, film, pdf, still
from tests.transcript import read, rewritten
from tests.world import ISOLATES, Player, World, world

CONFIG = '[fund]\nfolder = "%s"\n[safety]\nminimum_coordinators = 1\n'
FUND = Path("deploy/funds/ims-dj.toml")
STORY = Path("tests/transcripts/fund/protection.txt")
SENT = {
    "file.jpg": ("image/jpeg", PHOTO),
    "file.pdf": ("application/pdf", pdf()),
    "file.mp4": ("video/mp4", film()),
    "file.heic": ("image/heic", still(0)),
}
SORRY = "that could not be taken out"


def read_anywhere(tmp_path: Path) -> Path:
    """A folder with the shipped fund, whose officers may read on either platform."""
    folder = tmp_path / "funds"
    folder.mkdir()
    anywhere = FUND.read_text("utf-8").replace('details = "signal"', 'details = "any"')
    (folder / FUND.name).write_text(anywhere, "utf-8")
    return folder


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    """Officers read on both platforms, so that both wires are looked at."""
    async with world(tmp_path / "w", CONFIG % read_anywhere(tmp_path)) as made:
        await made.add(Player("Amina", channels=("signal",)))
        await made.add(Player("Olga", "officer", ("telegram",)))
        await made.add(Player("Oscar", "officer", ("signal",)))
        yield made


async def applied(here: World, files: list[tuple[str, bytes]]) -> None:
    """The form, answered as in the transcript, with these files."""
    script = read(STORY)
    said = rewritten(script, [beat.expected for beat in script.beats])
    acts = [line.split(" > ")[1] for line in said.splitlines() if line.startswith("  amina > ")]
    first = acts.index("(photo 40KB)")
    for act in acts[:first]:
        await here.says("Amina", act)
    for kind, body in files:
        await here.phone("Amina").media("document", [(kind, body)])
        await here.run()
    await here.presses("Amina", "That is all")
    await here.presses("Amina", "Send it")


async def opens(here: World, name: str) -> None:
    """What came with the request, as this officer is shown it."""
    labels = (label.translate(ISOLATES) for label in here.last(name).labels)
    await here.presses(name, next(label for label in labels if label.startswith("#")))
    await here.presses(name, "Documents")


def got(here: World, who: str) -> dict[str, bytes]:
    shown = [s.shown.file for s in here.said if s.to == who]
    return {file.name: file.body for file in shown if file}


async def hashes(here: World) -> set[str]:
    assert here.app is not None
    async with here.app.store.read() as conn:
        rows = (await conn.execute(select(t.attachments))).mappings().all()
    opened = (here.app.vault.open(row["person_id"], row["sealed"], "attachment") for row in rows)
    return {str(decode(each)["sha256"]) for each in opened}


async def test_officers_get_what_it_shows_and_not_where_it_was_made(here: World) -> None:
    """On both wires. That it is the same as what came, its hash can prove."""
    await applied(here, list(SENT.values()))
    for name in ("Olga", "Oscar"):
        await opens(here, name)
        files = got(here, name)
        assert set(files) == set(SENT)
        assert all(SECRET in body for _, body in SENT.values())
        assert not [known for known, body in files.items() if SECRET in body]
        assert not [s for s in here.said if s.to == name and SORRY in s.text]
    assert await hashes(here) == {sha256(body).hexdigest() for _, body in SENT.values()}


async def test_officers_are_told_of_what_could_not_be_taken_out(here: World) -> None:
    letter = b"PK\x03\x04 a letter, as a word processor writes it"
    await applied(here, [("application/zip", letter), ("image/jpeg", PHOTO)])
    await opens(here, "Olga")
    assert got(here, "Olga")["file.zip"] == letter
    told = [s.shown.file.name for s in here.said if SORRY in s.text and s.shown.file]
    assert told == ["file.zip"]
