"""The file that goes with a message: made or opened as it is sent; the words never wait for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import drawings, enclosing
from bot.channels.base import File, Outgoing, Reason, Refused, Retry
from bot.enclosing import Enclosing
from bot.guidance import Shelf
from bot.languages import LOCALES
from bot.outbox import encode, rank
from bot.sender import Sender
from bot.store import tables as t
from bot.wording import WITHOUT_DRAWING
from flows.engine.model import Lane
from flows.guidance.messages import SEEN
from tests.test_logs import Written, out
from tests.world import Player, World, world

__all__ = ["out"]

JPEG = b"\xff\xd8\xff\xe0 a house"
DRAWING = next(iter(drawings.names()))
#: What it shows, as the card says it.
ALT = Shelf(LOCALES).load().alternative(DRAWING, "en")
WORDS = SEEN.text


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "w") as made:
        await made.add(Player("Amina"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        yield made


def sender_of(here: World, channel: str = "telegram") -> Sender:
    assert here.app is not None
    return here.app.senders[channel]


def enclosing_of(here: World) -> Enclosing:
    made = sender_of(here).wording.enclosing
    assert made is not None
    return made


async def file(here: World, kind: str, name: str, lang: str = "en", tz: str = "UTC") -> File | None:
    return await enclosing_of(here).file(kind, name, lang, tz, here.clock.now())


async def kept(here: World) -> str:
    """The id of a photo that Amina has sent."""
    assert here.app is not None
    await here.says("Amina", "human")
    await here.phone("Amina").media("photo", [("image/jpeg", JPEG)])
    await here.run()
    async with here.app.store.read() as conn:
        return str(await conn.scalar(select(t.attachments.c.id)))


def on_disk(here: World, name: str) -> Path:
    assert here.app is not None
    return here.app.settings.files / name


# ---------------------------------------------------------------- made or opened


async def test_a_drawing_is_a_picture(here: World) -> None:
    made = await file(here, "drawing", DRAWING)
    assert made == File("drawing.png", "image/png", drawings.png(DRAWING))


async def test_what_was_sent_is_opened_and_named_for_what_it_is(here: World) -> None:
    assert await file(here, "kept", await kept(here)) == File("file.jpg", "image/jpeg", JPEG)


@pytest.mark.parametrize(
    ("kind", "name", "mime", "begins"),
    [
        ("pdf", "notes.pdf", "application/pdf", b"%PDF-"),
        ("text", "notes.txt", "text/plain", b"Burns"),
    ],
)
async def test_a_pack_is_made_under_a_name_that_says_nothing(
    here: World, kind: str, name: str, mime: str, begins: bytes
) -> None:
    made = await file(here, kind, "burns")
    assert made is not None
    assert (made.name, made.mime) == (name, mime)
    assert made.body.startswith(begins)


async def test_a_pack_without_a_topic_has_all_of_them(here: World) -> None:
    assert here.app is not None
    whole = await file(here, "text", "")
    assert whole is not None
    for card in here.app.world.guidance.topics():
        assert card.title in whole.body.decode()


async def test_a_pack_is_in_the_readers_language_and_made_once(here: World) -> None:
    english = await file(here, "text", "burns")
    again = await file(here, "text", "burns", "en-GB")
    french = await file(here, "text", "burns", "fr")
    assert english is not None
    assert again is not None
    assert french is not None
    assert again.body is english.body
    assert french.body != english.body


async def test_only_so_many_packs_stay_in_memory(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those asked for last."""
    monkeypatch.setattr(enclosing, "KEPT", 2)
    first = await file(here, "text", "burns")
    assert first is not None
    await file(here, "text", "bleeding")
    assert (await file(here, "text", "burns") or first).body is first.body
    await file(here, "text", "gunshot")
    assert [key[1] for key in enclosing_of(here)._made] == ["burns", "gunshot"]


# ---------------------------------------------------------------- what isn't there


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("kept", "abcdefghijklmnop"),
        ("drawing", "nothing"),
        ("text", "nothing"),
        ("pdf", "nothing"),
    ],
)
async def test_what_is_not_there_is_no_file(here: World, kind: str, name: str) -> None:
    assert await file(here, kind, name) is None


async def test_what_was_lost_is_no_file(here: World) -> None:
    name = await kept(here)
    assert here.app is not None
    async with here.app.store.write() as conn:
        await conn.execute(t.attachments.update().values(state="lost"))
    assert await file(here, "kept", name) is None


@pytest.mark.parametrize("body", [None, b"", b"\0\0\0\5hello"])
async def test_what_was_changed_on_disk_is_no_file(
    here: World, body: bytes | None, out: Written
) -> None:
    name = await kept(here)
    on_disk(here, name).unlink()
    if body is not None:
        on_disk(here, name).write_bytes(body)
    assert await file(here, "kept", name) is None
    (line,) = [line for line in out.lines if line["event"] == "file_not_enclosed"]
    assert line["error"] in ("Broken", "Tampered")


async def test_of_whoever_was_erased_there_is_no_file(here: World) -> None:
    name = await kept(here)
    assert here.app is not None
    here.app.vault.erase(here.players["Amina"].id)
    assert await file(here, "kept", name) is None


# ---------------------------------------------------------------- and sent


async def put(
    here: World, kind: str, name: str, who: str = "Amina", lane: Lane = Lane.REPLY
) -> None:
    """A message with a file that waits for that person."""
    assert here.app is not None
    player = here.players[who]
    channel = player.channels[0]
    payload = {
        "m": SEEN.key, "a": {}, "c": [], "lang": "en", "tz": "UTC",
        "to": here.where(player, channel), "f": [kind, name],
    }  # fmt: skip
    row = {
        "id": "m" * 16,
        "channel": channel,
        "address_id": "an address",
        "person_id": player.id,
        "rank": rank(lane),
        "case_id": "",
        "replaces": None,
        "sealed": here.app.vault.seal(player.id, encode(payload), "outbox"),
        "state": "waiting",
        "attempts": 0,
        "next_at": here.clock.now(),
        "created_at": here.clock.now(),
    }
    async with here.app.store.write() as conn:
        await conn.execute(t.outbox.insert(), row)


def refusing(here: World, reason: Reason, files_only: bool = True) -> list[Outgoing]:
    """The platform takes no files; what it was asked to take."""
    platform, tried = here.telegram, list[Outgoing]()
    send = platform.send

    async def refused(out: Outgoing) -> str:
        tried.append(out)
        if out.file or not files_only:
            raise Refused(reason)
        return await send(out)

    platform.send = refused  # type: ignore[method-assign]
    return tried


async def test_words_and_file_are_one_message(here: World) -> None:
    await put(here, "drawing", DRAWING)
    await here.run()
    (said,) = here.said
    assert (said.text, said.shown.file) == (WORDS, await file(here, "drawing", DRAWING))


@pytest.mark.parametrize("kind", ["kept", "drawing", "pdf"])
async def test_a_file_that_is_missing_does_not_keep_the_words_from_arriving(
    here: World, kind: str
) -> None:
    """Where somebody was promised a file, they are told that there is none."""
    await put(here, kind, "nothing")
    await here.run()
    sorry = "" if kind == "drawing" else "\nThe file itself could not be sent."
    assert [(s.text, s.shown.file) for s in here.said] == [(WORDS + sorry, None)]
    assert await here.count("outbox", state="sent") == 1


async def test_a_file_that_is_refused_does_not_keep_the_words_from_arriving(
    here: World, out: Written
) -> None:
    tried = refusing(here, Reason.REJECTED)
    await put(here, "drawing", DRAWING)
    await here.run()
    assert [bool(one.file) for one in tried] == [True, False]
    assert [s.text for s in here.said] == [f"{WORDS}\n\n({ALT})"]
    assert await here.count("outbox", state="sent") == 1
    assert [line["channel"] for line in out.lines if line["event"] == "file_refused"] == [
        "telegram"
    ]


async def test_words_that_are_refused_too_are_refused(here: World) -> None:
    tried = refusing(here, Reason.REJECTED, files_only=False)
    await put(here, "drawing", DRAWING)
    await sender_of(here).drain()
    assert [bool(one.file) for one in tried] == [True, False]
    assert await here.count("outbox", state="failed", error="rejected") == 1


async def test_whoever_has_blocked_us_is_not_tried_without_the_file(here: World) -> None:
    tried = refusing(here, Reason.BLOCKED)
    await put(here, "drawing", DRAWING)
    await sender_of(here).drain()
    assert len(tried) == 1
    assert await here.count("outbox", state="failed", error="blocked") == 1


async def failing(here: World, times: int) -> list[bool]:
    """Whether the file was there at each try, and in the end."""
    tried = list[bool]()
    send = here.telegram.send

    async def slow(out: Outgoing) -> str:
        if out.text.startswith(WORDS):
            tried.append(bool(out.file))
            if len(tried) <= times:
                raise Retry("timeout")
        return await send(out)

    here.telegram.send = slow  # type: ignore[method-assign]
    await here.after(600_000)
    return tried


async def test_a_drawing_is_left_out_after_some_failures(here: World) -> None:
    """On a bad line the words matter more; what it shows is said in words."""
    await put(here, "drawing", DRAWING)
    assert await failing(here, WITHOUT_DRAWING) == [True] * WITHOUT_DRAWING + [False]
    assert [s.text for s in here.said] == [f"{WORDS}\n\n({ALT})"]


async def test_a_drawing_goes_along_when_it_failed_less_often(here: World) -> None:
    await put(here, "drawing", DRAWING)
    assert await failing(here, WITHOUT_DRAWING - 1) == [True] * WITHOUT_DRAWING


async def test_what_somebody_sent_is_never_left_out(here: World) -> None:
    """It is what the message is about."""
    name = await kept(here)
    before = len(here.said)
    await put(here, "kept", name)
    assert await failing(here, 5) == [True] * 6
    assert [s.shown.file for s in here.said[before:] if s.shown.file] == [
        File("file.jpg", "image/jpeg", JPEG)
    ]
