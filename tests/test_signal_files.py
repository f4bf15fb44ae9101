"""Files on Signal, in and out, over real HTTP against the stand-in of signal-cli-rest-api."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from signalbot._client import SignalAPI
from signalbot._generated import SendMessageV2

from bot.channels.base import (
    Attachment,
    Button,
    Challenge,
    File,
    In,
    Incoming,
    Outgoing,
    Reason,
    Refused,
    Retry,
    SendError,
)
from bot.channels.signal import Signal, client
from bot.channels.signal.parse import MAX_FILES, parse
from bot.channels.signal.render import MAX_BYTES, data_uri
from tests.standins.signal import Attached, Fault, Phone, SignalStandIn

ACCOUNT, AMINA = "+4700000000", "+4712345678"
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40
PHOTO = File("scene.jpg", "image/jpeg", PICTURE)
BUTTONS = (Button("Take it", "t"), Button("Open", "o"))
MB = 1 << 20


@pytest.fixture
async def server() -> AsyncIterator[SignalStandIn]:
    server = SignalStandIn(ACCOUNT)
    await server.start()
    yield server
    await server.stop()
    assert server.invalid == []


@pytest.fixture
async def channel(server: SignalStandIn) -> AsyncIterator[Signal]:
    channel = Signal(ACCOUNT, server.url, timeout=0.5, uploading=0.5)
    yield channel
    await channel.close()


@pytest.fixture
def amina(server: SignalStandIn) -> Phone:
    return server.phone(AMINA)


async def test_the_internals_of_signalbot_that_files_need_are_there() -> None:
    api = SignalAPI("host:1", ACCOUNT, download_attachments=False)
    try:
        assert api.attachments._uris.attachment_uri() == "https://host:1/v1/attachments"
        assert "base64_attachments" in SendMessageV2.model_fields
    finally:
        await api.close()


# ---------------------------------------------------------------- out


async def test_a_file_goes_out_in_one_message_with_its_text_and_choices(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    sent = await channel.send(Outgoing(amina.uuid, "From Amina 🧗", BUTTONS, file=PHOTO))
    (message,) = amina.inbox
    assert sent == str(message.timestamp)
    assert message.text == "From Amina 🧗\n\n1  Take it\n2  Open"
    assert message.files == [Attached("image/jpeg", "scene.jpg", PICTURE)]
    (uri,) = server.requests[0]["base64_attachments"]
    assert uri.startswith("data:image/jpeg;filename=scene.jpg;base64,")


async def test_a_file_needs_no_text(channel: Signal, amina: Phone) -> None:
    await channel.send(Outgoing(amina.uuid, "\n", file=PHOTO))
    assert [(message.text, len(message.files)) for message in amina.inbox] == [("", 1)]


async def test_of_a_long_text_the_last_part_has_the_file(channel: Signal, amina: Phone) -> None:
    text = "\n".join(f"سطر رقم {n} من النص الطويل" for n in range(150))
    sent = await channel.send(Outgoing(amina.uuid, text, BUTTONS, file=PHOTO))
    *before, last = amina.inbox
    assert before
    assert sent.split() == [str(message.timestamp) for message in amina.inbox]
    assert all(len(message.text.encode()) <= MAX_BYTES for message in amina.inbox)
    assert [len(message.files) for message in amina.inbox] == [0] * len(before) + [1]
    assert last.text.endswith("2  Open")


NAMES = {
    "../../etc/cron.d/x": "etc_cron.d_x",
    "a;b,c:d.jpg": "a_b_c_d.jpg",
    "base64,": "base64.jpg",
    "": "file.jpg",
    "\u202egpj.exe\0": "gpj.exe",
    "ص" * 300 + ".jpg": "ص" * 55 + ".jpg",
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_only_a_name(channel: Signal, amina: Phone, name: str) -> None:
    """The server makes a file of that name."""
    await channel.send(Outgoing(amina.uuid, "x", file=File(name, "image/jpeg", PICTURE)))
    assert amina.inbox[0].files == [Attached("image/jpeg", NAMES[name], PICTURE)]


@pytest.mark.parametrize(
    ("mime", "shown"),
    [
        ("Audio/OGG; codecs=opus", "data:audio/ogg;filename=a.ogg;"),
        ("a/b;filename=../x", "data:a/b;filename=a;"),
        ("nonsense", "data:application/octet-stream;filename=a;"),
    ],
)
def test_a_type_is_only_a_type(mime: str, shown: str) -> None:
    assert data_uri(File("a", mime, b"x")) == f"{shown}base64,eA=="


async def failed(channel: Signal, where: str, file: File = PHOTO) -> SendError:
    with pytest.raises(SendError) as error:
        await channel.send(Outgoing(where, "x", file=file))
    return error.value


async def test_errors_mean_what_they_mean_for_texts(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    amina.change_identity()
    error = await failed(channel, amina.uuid)
    assert isinstance(error, Refused)
    assert error.reason is Reason.IDENTITY
    amina.trust()
    server.limited = ["token"]
    assert isinstance(await failed(channel, amina.uuid), Challenge)
    server.limited = None
    server.faults.append((400, {"error": "open /tmp/x/scene.jpg: no space left on device"}))
    error = await failed(channel, amina.uuid)
    assert isinstance(error, Retry)
    assert "scene" not in str(error)


@pytest.mark.parametrize("fault", list(Fault))
async def test_an_upload_of_unknown_fate_is_tried_again(
    channel: Signal, server: SignalStandIn, amina: Phone, fault: Fault
) -> None:
    server.faults.append(fault)
    assert isinstance(await failed(channel, amina.uuid), Retry)
    server.release()
    assert await channel.send(Outgoing(amina.uuid, "x", file=PHOTO))
    assert len(amina.inbox) == (2 if fault is Fault.ACCEPTED_DROP else 1)


async def test_an_upload_may_take_longer_than_a_text(server: SignalStandIn, amina: Phone) -> None:
    channel = Signal(ACCOUNT, server.url, timeout=0.1, uploading=5.0)
    server.faults.extend([Fault.HANG, Fault.HANG])
    with pytest.raises(Retry):
        await channel.send(Outgoing(amina.uuid, "x"))
    sending = asyncio.create_task(failed(channel, amina.uuid))
    await asyncio.sleep(0.3)
    assert not sending.done()
    server.release()
    await sending
    await channel.close()


async def test_what_signal_takes_from_nobody_is_refused_unsent(
    channel: Signal, server: SignalStandIn, amina: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_UPLOAD", 10)
    error = await failed(channel, amina.uuid)
    assert isinstance(error, Refused)
    assert (error.reason, error.detail) == (Reason.REJECTED, "too large")
    assert not server.requests


# ---------------------------------------------------------------- in


class Envelopes(SignalStandIn):
    """Keeps every frame instead of pushing it."""

    def deliver(self, frame: object) -> bool:
        self.held.append(json.dumps(frame))
        return True

    @property
    def last(self) -> Incoming:
        return parse(self.held[-1].encode(), ACCOUNT)


@pytest.fixture
def offline() -> Envelopes:
    return Envelopes(ACCOUNT)


@pytest.fixture
def journalist(offline: Envelopes) -> Phone:
    return offline.phone(AMINA)


@pytest.mark.parametrize(
    ("mime", "kind", "shown"),
    [
        ("image/jpeg", "photo", "image/jpeg"),
        ("video/mp4", "video", "video/mp4"),
        ("audio/aac", "audio", "audio/aac"),
        ("application/pdf", "document", "application/pdf"),
        ("Text/Plain; charset=utf-8", "document", "text/plain"),
        ("nonsense\r\n", "document", ""),
    ],
)
def test_an_attachment_is_described(
    offline: Envelopes, journalist: Phone, mime: str, kind: str, shown: str
) -> None:
    journalist.attach(Attached(mime, "a.bin", b"body"), text="checkpoint")
    incoming = offline.last
    assert (incoming.kind, incoming.note, incoming.text) == (In.MEDIA, kind, "checkpoint")
    (ref,) = offline.attachments
    assert incoming.files == (Attachment(ref, kind, shown, 4),)


def test_a_voice_note_is_no_music(offline: Envelopes, journalist: Phone) -> None:
    journalist.attach(Attached("audio/aac", "v.aac", b"v"), isVoiceNote=True)
    assert [file.kind for file in offline.last.files] == ["voice"]


def test_all_files_of_a_message_in_their_order(offline: Envelopes, journalist: Phone) -> None:
    album = [Attached("image/jpeg", f"{n}.jpg", bytes(n + 1)) for n in range(MAX_FILES + 5)]
    journalist.attach(*album)
    assert [file.size for file in offline.last.files] == list(range(1, MAX_FILES + 1))


def test_the_rest_of_a_long_text_is_text(offline: Envelopes, journalist: Phone) -> None:
    journalist.long_text("sos " * 1_000)
    incoming = offline.last
    assert (incoming.kind, incoming.note, incoming.files) == (In.TEXT, "", ())
    assert incoming.text == "sos " * 1_000


def test_a_long_text_beside_a_photo_is_its_caption(offline: Envelopes, journalist: Phone) -> None:
    rest = Attached("text/x-signal-plain", "long-text.txt", b"x")
    journalist.attach(rest, Attached("image/png", "a.png", b"p"), text="long")
    incoming = offline.last
    assert (incoming.kind, incoming.note, incoming.text) == (In.MEDIA, "photo", "long")
    assert [file.kind for file in incoming.files] == ["photo"]


def test_a_place_keeps_the_picture_that_came_with_it(offline: Envelopes, journalist: Phone) -> None:
    journalist.location(59.9, 10.7)
    assert (offline.last.kind, len(offline.last.files)) == (In.LOCATION, 1)


@pytest.mark.parametrize(
    "act",
    [
        lambda p: p.sticker(),
        lambda p: p.send("hi"),
        lambda p: p.call(),
        lambda p: p.send("hi", quote={"id": 1, "attachments": [{"contentType": "image/png"}]}),
        lambda p: p.attach(Attached("image/png", "a.png", b"p"), id=None),
        lambda p: p.attach(Attached("image/png", "a.png", b"p"), id=""),
        lambda p: p.attach(Attached("image/png", "a.png", b"p"), id="x" * 256),
        lambda p: p.attach(Attached("image/png", "a.png", b"p"), id=7),
    ],
)
def test_what_cannot_be_fetched_is_no_file(offline: Envelopes, journalist: Phone, act: Any) -> None:
    act(journalist)
    assert offline.last.files == ()


@pytest.mark.parametrize(
    "claims", [{"size": -1}, {"size": "big"}, {"size": None}, {"size": 2**70}, {"size": True}]
)
def test_a_size_that_is_none_is_unknown(
    offline: Envelopes, journalist: Phone, claims: dict[str, Any]
) -> None:
    journalist.attach(Attached("image/png", "a.png", b"p"), **claims)
    assert [file.size for file in offline.last.files] in ([0], [1])


async def fetched(channel: Signal, file: Attachment, most: int = 20 * MB) -> bytes:
    return b"".join([piece async for piece in channel.fetch(file, most)])


async def failure(channel: Signal, file: Attachment, most: int = 20 * MB) -> SendError:
    with pytest.raises(SendError) as error:
        await fetched(channel, file, most)
    return error.value


def kept(server: SignalStandIn, body: bytes, ending: str = ".jpg") -> Attachment:
    return Attachment(server.keep(body, ending), "photo", "image/jpeg", 1)


async def test_what_was_sent_is_fetched_in_pieces(channel: Signal, server: SignalStandIn) -> None:
    file = kept(server, bytes(MB))
    pieces = [piece async for piece in channel.fetch(file, MB)]
    assert len(pieces) > 4
    assert sum(map(len, pieces)) == MB


async def test_more_than_agreed_is_refused_whatever_was_said_before(
    channel: Signal, server: SignalStandIn
) -> None:
    pieces = []
    with pytest.raises(Refused) as error:
        async for piece in channel.fetch(kept(server, bytes(4 * MB)), MB):
            pieces.append(piece)  # noqa: PERF401 - what came before it broke off counts
    assert (error.value.reason, error.value.detail) == (Reason.REJECTED, "too large")
    assert sum(map(len, pieces)) <= MB


async def test_a_file_that_was_deleted_is_refused(channel: Signal, server: SignalStandIn) -> None:
    file = kept(server, b"body")
    server.attachments.clear()
    assert (await failure(channel, file)).args == ("rejected: gone",)


async def test_what_signal_cli_could_not_download_is_refused(
    channel: Signal, server: SignalStandIn
) -> None:
    assert (await failure(channel, kept(server, b""))).args == ("rejected: empty",)


ENDINGS = [".jpg", ".b c", ".документ", ".50%25", ".a?b#c", ".a;b&c=d+e", ".a%2f..%2fb", ".a:b@c"]


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_ending_may_be_anything_that_a_name_can_have(
    channel: Signal, server: SignalStandIn, ending: str
) -> None:
    assert await fetched(channel, kept(server, b"body", ending)) == b"body"


@pytest.mark.parametrize(
    "ref", ["", ".", "..", "../accounts", "a/../../accounts", "/v1/about", "a\\b", "x" * 256]
)
async def test_an_id_that_leads_elsewhere_is_never_asked_for(
    channel: Signal, server: SignalStandIn, ref: str
) -> None:
    assert (await failure(channel, Attachment(ref, "photo"))).args == ("rejected: not an id",)
    assert server.asked == []


@pytest.mark.parametrize("ref", ["%2e%2e", "%2e%2e%2faccounts", "a%2Fb", "\ud800", "a\0b", "\n"])
async def test_an_id_is_one_step_of_a_path(
    channel: Signal, server: SignalStandIn, ref: str
) -> None:
    assert (await failure(channel, Attachment(ref, "photo"))).args == ("rejected: gone",)
    assert [path.count("/") for path in server.asked] == [3]


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.HANG, (500, {}), (503, {}), (302, {})])
async def test_a_broken_download_is_tried_again_from_the_start(
    channel: Signal, server: SignalStandIn, fault: Any
) -> None:
    file = kept(server, bytes(MB))
    server.torn.append(fault)
    assert isinstance(await failure(channel, file), Retry)
    server.release()
    assert await fetched(channel, file) == bytes(MB)


@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_what_the_server_refuses_is_gone(
    channel: Signal, server: SignalStandIn, status: int
) -> None:
    server.torn.append((status, {"error": "Please provide a valid attachment name"}))
    assert (await failure(channel, kept(server, b"x"))).args == ("rejected: gone",)


async def test_a_server_that_is_down_is_asked_again(channel: Signal, server: SignalStandIn) -> None:
    file = kept(server, b"body")
    await server.down()
    error = await failure(channel, file)
    assert isinstance(error, Retry)
    assert error.scope == "platform"
    await server.up()
    assert await fetched(channel, file) == b"body"


# ---------------------------------------------------------------- forgotten


async def test_what_was_fetched_is_deleted_at_signal_cli(
    channel: Signal, server: SignalStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """It lies there in clear."""
    file, other = kept(server, b"body"), kept(server, b"another's")
    await channel.forget(file)
    assert list(server.attachments) == [other.ref]
    assert (await failure(channel, file)).args == ("rejected: gone",)
    await channel.forget(file)  # already gone is as good
    assert caplog.text == ""


@pytest.mark.parametrize("ending", ENDINGS)
async def test_whatever_its_ending_it_is_deleted(
    channel: Signal, server: SignalStandIn, ending: str
) -> None:
    await channel.forget(kept(server, b"body", ending))
    assert server.attachments == {}


@pytest.mark.parametrize(
    "faults",
    # Of a dropped connection aiohttp makes another by itself, once.
    [[Fault.DROP, Fault.DROP], [Fault.HANG], [(500, {})], [(503, {})], [(401, {})]],
)
async def test_that_it_could_not_be_deleted_is_logged_and_stops_nobody(
    channel: Signal, server: SignalStandIn, faults: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    file = kept(server, b"body")
    server.torn.extend(faults)
    await channel.forget(file)
    server.release()
    assert "stays on its disk" in caplog.text
    assert file.ref not in caplog.text
    await channel.forget(file)
    assert server.attachments == {}


async def test_with_a_server_that_is_down_nothing_is_raised(
    channel: Signal, server: SignalStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    file = kept(server, b"body")
    await server.down()
    await channel.forget(file)
    assert "stays on its disk" in caplog.text
    await server.up()


@pytest.mark.parametrize("ref", ["", "..", "../accounts", "/v1/about", "a\\b"])
async def test_an_id_that_leads_elsewhere_deletes_nothing(
    channel: Signal, server: SignalStandIn, ref: str
) -> None:
    file = kept(server, b"body")
    await channel.forget(Attachment(ref, "photo"))
    assert list(server.attachments) == [file.ref]
    assert server.asked == []


async def test_no_log_line_has_an_id_or_a_word(
    channel: Signal, server: SignalStandIn, amina: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    file = kept(server, bytes(MB))
    with caplog.at_level(logging.DEBUG):
        server.torn.extend([Fault.DROP, Fault.HANG, (404, {})])
        for _ in range(3):
            await failure(channel, file)
        await channel.send(Outgoing(amina.uuid, "my-secret-caption", file=PHOTO))
    for word in (file.ref, amina.uuid, "my-secret", "scene.jpg"):
        assert word not in caplog.text


async def test_the_stand_in_refuses_what_the_server_refuses(
    server: SignalStandIn, amina: Phone
) -> None:
    body = {"number": ACCOUNT, "recipients": [amina.uuid], "message": ""}
    async with aiohttp.ClientSession() as wire:
        async with wire.post(f"{server.url}/v2/send", json=body) as answer:
            assert answer.status == 400
        async with wire.get(f"{server.url}/v1/attachments/nothing") as answer:
            assert answer.status == 404
