"""Files on Telegram, in and out, over real HTTP against the stand-in Bot API."""

import asyncio
import json
import logging
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.base import (
    Attachment,
    Button,
    File,
    In,
    Incoming,
    Outgoing,
    Reason,
    Refused,
    Retry,
    SendError,
)
from bot.channels.telegram import Telegram, client
from bot.channels.telegram.parse import MAX_FETCH, parse
from bot.channels.telegram.render import MAX_PHOTO, MAX_UPLOAD, render, units
from tests.standins.telegram import Fault, Phone, TelegramStandIn
from tests.standins.telegram_files import JPEG, PNG
from tests.standins.telegram_rules import Upload

AMINA = 7_001
PICTURE = JPEG + bytes(range(256)) * 40 + b"\r\n--x\r\n\r"
PHOTO = File("scene.jpg", "image/jpeg", PICTURE)
VOICE = File("voice.ogg", "audio/ogg", b"OggS\0rest")
REPORT = File("report.pdf", "application/pdf", b"%PDF-1.4\r\n\0")
BUTTONS = (Button("Take it", "t"), Button("Open", "o"))
MB = 1 << 20


@pytest.fixture
async def server() -> AsyncIterator[TelegramStandIn]:
    server = TelegramStandIn()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def channel(server: TelegramStandIn) -> AsyncIterator[Telegram]:
    channel = Telegram(server.token, server.url, poll_seconds=1)
    yield channel
    await channel.close()


@pytest.fixture
async def hasty(
    server: TelegramStandIn, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Telegram]:
    """One that waits for half a second, for a text or for a file."""
    monkeypatch.setattr(client, "SEND_TIMEOUT", 0.5)
    monkeypatch.setattr(client, "FILE_TIMEOUT", 0.5)
    channel = Telegram(server.token, server.url)
    yield channel
    await channel.close()


@pytest.fixture
async def known(server: TelegramStandIn) -> Phone:
    """Somebody who has written to the bot, so that it may write to them."""
    phone = server.phone(AMINA, name="Amina")
    phone.send("/start")
    return phone


def to(phone: Phone, text: str = "Look.", file: File = PHOTO, **more: Any) -> Outgoing:
    return Outgoing(str(phone.id), text, file=file, **more)


def png(width: int, height: int) -> File:
    return File("wide.png", "image/png", PNG + b"\0\0\0\rIHDR" + struct.pack(">II", width, height))


# ---------------------------------------------------------------- out


@pytest.mark.parametrize(
    ("file", "shape"),
    [
        (PHOTO, "photo"),
        (png(800, 600), "photo"),
        (VOICE, "voice"),
        (File("v.oga", "Audio/Ogg; codecs=opus", b"OggS"), "voice"),
        (REPORT, "document"),
        (File("a.webp", "image/webp", b"RIFF"), "document"),
        (File("film.mp4", "video/mp4", b"ftyp"), "document"),
        (File("what", "nonsense", b"x"), "document"),
    ],
)
async def test_a_file_goes_out_with_its_caption_and_buttons_in_one_message(
    channel: Telegram, known: Phone, file: File, shape: str
) -> None:
    sent = await channel.send(to(known, "#K7Q2 from Amina 🧗", file, buttons=BUTTONS, silent=True))
    (shown,) = known.inbox
    assert (sent, shown.shape, shown.text) == (str(shown.id), shape, "#K7Q2 from Amina 🧗")
    assert shown.buttons == [("Take it", "t"), ("Open", "o")]
    assert shown.silent
    assert shown.file is not None
    assert shown.file.body == file.body
    assert not {"parse_mode", "protect_content"} & set(shown.params)


async def test_a_file_needs_no_text(channel: Telegram, known: Phone) -> None:
    for text in ("", " \n", " " * 2_000):
        await channel.send(to(known, text))
    assert [(shown.shape, shown.text) for shown in known.inbox] == [("photo", "")] * 3


async def test_a_caption_of_1024_units_fits_and_one_more_goes_before_the_file(
    channel: Telegram, known: Phone
) -> None:
    fits, longer = "🧗" * 512, "🧗" * 512 + "!"
    await channel.send(to(known, fits, buttons=BUTTONS))
    sent = await channel.send(to(known, longer, buttons=BUTTONS))
    whole, text, photo = known.inbox
    assert (whole.text, whole.shape, len(whole.buttons)) == (fits, "photo", 2)
    assert (text.text, text.shape, text.buttons) == (longer, "", [])
    assert (photo.text, photo.shape, len(photo.buttons)) == ("", "photo", 2)
    assert sent == f"{text.id} {photo.id}"


async def test_a_very_long_text_goes_in_parts_before_the_file(
    channel: Telegram, known: Phone
) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "rope " * 60 for n in range(20))
    sent = await channel.send(to(known, text, buttons=BUTTONS))
    assert sent.split() == [str(shown.id) for shown in known.inbox]
    assert [bool(shown.buttons) for shown in known.inbox] == [False, False, True]
    assert "".join("".join(m.text.split()) for m in known.inbox) == "".join(text.split())


def test_a_caption_is_directed_like_a_text() -> None:
    (part,) = render(Outgoing("7", "Amina: نعم", file=PHOTO, rtl=True))
    assert part.text == "\u200fAmina: نعم"
    assert units(part.text) <= 1024


@pytest.mark.parametrize(
    "why", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "PHOTO_SAVE_FILE_INVALID"]
)
async def test_a_photo_that_telegram_refuses_goes_out_as_a_document_at_once(
    server: TelegramStandIn, channel: Telegram, known: Phone, why: str
) -> None:
    server.shelf.no_photos = why
    sent = await channel.send(to(known, "Look.", buttons=BUTTONS))
    (shown,) = known.inbox
    assert (sent, shown.shape, shown.text) == (str(shown.id), "document", "Look.")
    assert len(shown.buttons) == 2
    assert shown.file is not None
    assert (shown.file.body, shown.file.upload.name) == (PICTURE, "scene.jpg")


@pytest.mark.parametrize(
    "file",
    [png(9_000, 1_001), png(2_001, 100), File("broken.jpg", "image/jpeg", b"no picture")],
)
async def test_what_is_no_photo_by_its_bytes_is_a_document(
    channel: Telegram, known: Phone, file: File
) -> None:
    await channel.send(to(known, file=file))
    assert [shown.shape for shown in known.inbox] == ["document"]


async def test_a_photo_that_is_too_big_for_one_is_not_even_tried_as_one(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    await channel.send(to(known, file=File("big.jpg", "image/jpeg", JPEG + bytes(MAX_PHOTO))))
    assert [shown.shape for shown in known.inbox] == ["document"]
    assert not server.requests["sendphoto"]


async def test_a_voice_message_to_somebody_who_refuses_them_is_a_document(
    channel: Telegram, known: Phone
) -> None:
    known.no_voice = True
    await channel.send(to(known, file=VOICE))
    (shown,) = known.inbox
    assert shown.shape == "document"
    assert shown.params["disable_content_type_detection"] in ("true", "True")


async def refused(channel: Telegram, out: Outgoing) -> Refused:
    with pytest.raises(Refused) as error:
        await channel.send(out)
    return error.value


async def test_refusals_say_whether_the_address_or_the_file_is_at_fault(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    big = File("film.mp4", "video/mp4", bytes(MAX_UPLOAD + 1))
    assert (await refused(channel, to(known, file=big))).detail == "too large"
    assert not server.requests["senddocument"]
    empty = File("empty.pdf", "application/pdf", b"")
    assert (await refused(channel, to(known, file=empty))).reason is Reason.REJECTED
    server.requests.clear()
    assert (await refused(channel, Outgoing("404", "hi", file=PHOTO))).reason is Reason.GONE
    known.block()
    assert (await refused(channel, to(known))).reason is Reason.BLOCKED
    assert server.requests == {"sendphoto": 2}


async def test_a_server_that_takes_less_refuses_for_good(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    """413 is a network error to the library, and would be tried again for ever."""
    server.shelf.most = 5
    assert (await refused(channel, to(known, file=REPORT))).reason is Reason.REJECTED
    assert server.errors[413] == 1


@pytest.mark.parametrize("fault", list(Fault))
async def test_an_upload_of_unknown_fate_is_tried_again(
    server: TelegramStandIn, hasty: Telegram, known: Phone, fault: Fault
) -> None:
    server.fail(fault, "sendPhoto")
    with pytest.raises(Retry):
        await hasty.send(to(known))
    assert len(known.inbox) == (1 if fault is Fault.ACCEPTED_DROP else 0)
    await hasty.send(to(known))
    assert known.inbox[-1].shape == "photo"


async def test_a_flood_limit_is_no_refusal_of_the_photo(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    server.throttle(AMINA, 7)
    with pytest.raises(Retry) as error:
        await channel.send(to(known))
    assert error.value.after == 7.0
    assert not server.requests["senddocument"]


async def test_an_upload_may_take_longer_than_a_text(
    server: TelegramStandIn, known: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SEND_TIMEOUT", 0.2)
    channel = Telegram(server.token, server.url)
    server.fail(Fault.HANG, "sendPhoto")
    sending = asyncio.create_task(channel.send(to(known)))
    await asyncio.sleep(0.5)
    assert not sending.done()
    server.release()
    with pytest.raises(Retry):
        await sending
    await channel.close()


NAMES = {
    "../../etc/passwd": "etc_passwd.jpg",
    'a"b;c\r\nX: y.jpg': "a_b_c__X_ y.jpg",
    "\u202egpj.exe": "gpj.exe",
    "a\ud800b": "a_b.jpg",
    "": "file.jpg",
    "صورة.png": "صورة.png",
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_only_a_name(channel: Telegram, known: Phone, name: str) -> None:
    await channel.send(to(known, file=File(name, "image/jpeg", PICTURE)))
    file = known.inbox[0].file
    assert file is not None
    assert file.upload.name == NAMES[name]


# ---------------------------------------------------------------- in


def received(server: TelegramStandIn) -> Incoming:
    return parse(list(server.updates.values())[-1])


SENT: list[tuple[str, Upload, dict[str, Any], tuple[str, str]]] = [
    ("photo", Upload("a.jpg", "", PICTURE), {}, ("photo", "image/jpeg")),
    ("voice", Upload("v.ogg", "audio/ogg", b"OggS"), {}, ("voice", "audio/ogg")),
    ("video", Upload("v.mp4", "video/MP4", b"v"), {}, ("video", "video/mp4")),
    ("video_note", Upload("n.mp4", "", b"n"), {"length": 240}, ("video", "video/mp4")),
    ("audio", Upload("s.mp3", "audio/mpeg", b"s"), {}, ("audio", "audio/mpeg")),
    ("animation", Upload("g.mp4", "video/mp4", b"g"), {}, ("video", "video/mp4")),
    ("document", Upload("r.pdf", "application/pdf", b"%PDF"), {}, ("document", "application/pdf")),
    ("document", Upload("x", "a/b\r\nX: y", b"x"), {}, ("document", "")),
    ("document", Upload("x", "", b"x"), {"mime_type": 7}, ("document", "")),
]


@pytest.mark.parametrize(("kind", "upload", "more", "seen"), SENT)
async def test_what_people_send_is_described_and_fetched(
    server: TelegramStandIn,
    channel: Telegram,
    known: Phone,
    kind: str,
    upload: Upload,
    more: dict[str, Any],
    seen: tuple[str, str],
) -> None:
    known.attach(kind, upload, "checkpoint", **more)
    incoming = received(server)
    assert (incoming.kind, incoming.note, incoming.text) == (In.MEDIA, kind, "checkpoint")
    (file,) = incoming.files
    assert (file.kind, file.mime, file.size) == (*seen, len(upload.body))
    assert await fetched(channel, file) == upload.body


async def test_a_gif_is_one_file_although_it_comes_as_two(
    server: TelegramStandIn, known: Phone
) -> None:
    known.media("animation", {"file_id": "g"})
    update = json.loads(list(server.updates.values())[-1])
    update["message"]["document"] = {"file_id": "d"}
    assert parse(json.dumps(update).encode()).files == (Attachment("g", "video", "video/mp4"),)


def of_photo(*sizes: Any) -> tuple[Attachment, ...]:
    person = {"id": AMINA, "is_bot": False}
    message = {"chat": {"id": AMINA, "type": "private"}, "from": person, "photo": sizes}
    return parse(json.dumps({"update_id": 1, "message": message}).encode()).files


def size(ref: object, side: object, file_size: object = 9) -> dict[str, object]:
    return {"file_id": ref, "width": side, "height": side, "file_size": file_size}


@pytest.mark.parametrize(
    ("sizes", "ref"),
    [
        ([size("s", 90), size("l", 1280), size("m", 320)], "l"),
        ([size("l", 1280, MAX_FETCH + 1), size("m", 320, MAX_FETCH)], "m"),
        ([size("l", 1280, None), size("m", 320)], "l"),
        ([size("l", "wide"), size("m", 1)], "m"),
        ([7, None, size("m", -5)], "m"),
        ([size("l" * 256, 9)], ""),
        ([size("", 9)], ""),
        ([size(7, 9)], ""),
        ([size("l", 9, MAX_FETCH + 1)], ""),
        ([], ""),
    ],
)
def test_of_a_photo_the_largest_that_can_be_fetched(sizes: list[Any], ref: str) -> None:
    assert [file.ref for file in of_photo(*sizes)] == ([ref] if ref else [])


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "s", "emoji": "🆘"}},
        {"contact": {"file_id": "c"}},
        {"text": "hi", "document": {"file_id": "d"}},
        {"document": "d"},
        {"photo": {"file_id": "p"}},
    ],
)
async def test_what_is_no_file_has_none(
    server: TelegramStandIn, known: Phone, content: dict[str, Any]
) -> None:
    known._write("", **content)
    assert received(server).files == ()


async def fetched(channel: Telegram, file: Attachment, most: int = MAX_FETCH) -> bytes:
    return b"".join([piece async for piece in channel.fetch(file, most)])


async def failure(channel: Telegram, file: Attachment, most: int = MAX_FETCH) -> SendError:
    with pytest.raises(SendError) as error:
        await fetched(channel, file, most)
    return error.value


def document(known: Phone, body: bytes, claimed: int | None = None) -> Attachment:
    known.attach("document", Upload("r.pdf", "application/pdf", body), claimed=claimed)
    return received(known.server).files[0]


async def test_a_file_comes_in_pieces(channel: Telegram, known: Phone) -> None:
    file = document(known, bytes(MB))
    pieces = [piece async for piece in channel.fetch(file, MB)]
    assert len(pieces) > 4
    assert sum(map(len, pieces)) == MB


@pytest.mark.parametrize("claimed", [0, 10, 2 * MB, None])
async def test_more_than_agreed_is_refused_whatever_was_said_before(
    channel: Telegram, known: Phone, claimed: int | None
) -> None:
    file = document(known, bytes(2 * MB), claimed)
    assert await fetched(channel, file, 2 * MB)
    pieces = []
    with pytest.raises(Refused) as error:
        async for piece in channel.fetch(file, MB):
            pieces.append(piece)  # noqa: PERF401 - what came before it broke off counts
    assert (error.value.reason, error.value.detail) == (Reason.REJECTED, "too large")
    assert sum(map(len, pieces)) <= MB


async def test_a_file_that_the_bot_api_gives_nobody_is_too_large(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    error = await failure(channel, document(known, b"x", claimed=MAX_FETCH + 1), MAX_FETCH * 2)
    assert isinstance(error, Refused)
    assert (error.reason, error.detail) == (Reason.REJECTED, "too large")
    assert not server.requests["file"]


@pytest.mark.parametrize("ref", ["", "nobody", "../../bot/getMe", "a/b", "?x=1#y", "\ud800", "é"])
async def test_an_id_that_is_none_is_refused_and_leads_nowhere(
    server: TelegramStandIn, channel: Telegram, ref: str
) -> None:
    error = await failure(channel, Attachment(ref, "document"))
    assert isinstance(error, Refused | Retry)
    assert set(server.requests) <= {"getfile"}


async def test_a_file_that_is_gone_is_refused(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    file = document(known, b"body")
    kept = server.shelf.kept[file.ref]
    server.shelf.at = lambda path: None  # type: ignore[method-assign]
    assert (await failure(channel, file)).args == ("rejected: gone",)
    del server.shelf.at
    del server.shelf.kept[kept.id]
    assert (await failure(channel, file)).args == ("rejected: gone",)


async def test_an_empty_file_is_refused(channel: Telegram, known: Phone) -> None:
    assert (await failure(channel, document(known, b""))).args == ("rejected: empty",)


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.ACCEPTED_DROP, Fault.HANG, Fault.SERVER_ERROR])
async def test_a_broken_download_is_tried_again_from_the_start(
    server: TelegramStandIn, hasty: Telegram, known: Phone, method: str, fault: Fault
) -> None:
    file = document(known, bytes(MB))
    server.fail(fault, method)
    assert isinstance(await failure(hasty, file), Retry)
    server.release()
    assert await fetched(hasty, file) == bytes(MB)


async def test_fetching_while_the_platform_is_down_or_the_token_refused_can_be_repeated(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    file = document(known, b"body")
    await server.down()
    assert isinstance(await failure(channel, file), Retry)
    await server.up()
    server.token = "123456:another"
    error = await failure(channel, file)
    assert isinstance(error, Retry)
    assert error.scope == "platform"


async def test_whoever_stops_reading_leaves_no_connection_behind(
    channel: Telegram, known: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = document(known, bytes(4 * MB))
    for _ in range(client.DOWNLOADS * 2):
        pieces = channel.fetch(file, MAX_FETCH)
        async for _piece in pieces:
            break
        await pieces.aclose()
    assert len(await fetched(channel, file)) == 4 * MB


async def test_a_path_on_the_servers_own_disk_is_not_opened(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    """So answers a server that runs with --local."""
    file = document(known, b"body")
    real = server.shelf.get_file
    server.shelf.get_file = lambda params: real(params) | {"file_path": __file__}  # type: ignore[method-assign]
    assert (await failure(channel, file)).args == ("rejected: not offered",)
    server.shelf.get_file = lambda params: {"file_id": "x", "file_unique_id": "x"}  # type: ignore[method-assign]
    assert (await failure(channel, file)).args == ("rejected: not offered",)


async def test_no_log_line_has_the_token_or_a_path(
    server: TelegramStandIn, hasty: Telegram, known: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    file = document(known, bytes(MB))
    with caplog.at_level(logging.DEBUG):
        await fetched(hasty, file)
        for fault in (Fault.DROP, Fault.ACCEPTED_DROP, Fault.HANG, Fault.SERVER_ERROR):
            server.fail(fault, "file")
            error = await failure(hasty, file)
            assert server.token not in f"{error!r} {error}"
        await hasty.send(to(known, "my-secret-caption"))
    for word in (server.token, "documents/", "my-secret", "scene.jpg"):
        assert word not in caplog.text
