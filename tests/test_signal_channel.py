"""Signal over real HTTP and websockets, against the stand-in of signal-cli-rest-api."""

import asyncio
import copy
import hashlib
import json
import logging
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signalbot._client import SignalAPI
from signalbot._generated import SendMessageV2

from bot.channels.base import (
    LONGEST_TEXT,
    Button,
    Challenge,
    Frame,
    In,
    Incoming,
    Outgoing,
    Reason,
    Refused,
    Retry,
)
from bot.channels.signal import Signal, answers
from bot.channels.signal.parse import MAX_FILES, parse, to_frame
from bot.channels.signal.render import MAX_BYTES, render, split
from tests.standins.signal import NO_REASON, Attached, Fault, Message, Phone, SignalStandIn

ACCOUNT, AMINA = "+4700000000", "+4712345678"


@dataclass
class Inbox:
    """A `receive` that can fail, or be slow."""

    batches: list[list[Frame]] = field(default_factory=list)
    failures: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, frames: Sequence[Frame], cursor: str | None) -> None:
        assert cursor is None
        self.entered.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.batches.append(list(frames))
        self.news.set()

    @property
    def frames(self) -> list[Frame]:
        return [frame for batch in self.batches for frame in batch]

    @property
    def hints(self) -> list[str]:
        return [frame.hint for frame in self.frames]

    async def until(self, hint: str) -> None:
        async with asyncio.timeout(60):
            while hint not in self.hints:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def server() -> AsyncIterator[SignalStandIn]:
    server = SignalStandIn(ACCOUNT)
    await server.start()
    yield server
    await server.stop()
    assert server.invalid == []


@pytest.fixture
async def channel(server: SignalStandIn) -> AsyncIterator[Signal]:
    channel = Signal(ACCOUNT, server.url, timeout=0.5)
    yield channel
    await channel.close()


@pytest.fixture
def amina(server: SignalStandIn) -> Phone:
    return server.phone(AMINA)


@asynccontextmanager
async def running(channel: Signal, server: SignalStandIn, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(channel.run(inbox, None))
    await server.listening()
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


# ---------------------------------------------------------------- what is used of signalbot


async def test_the_internals_of_signalbot_that_we_use_are_there() -> None:
    api = SignalAPI("host:1", ACCOUNT, download_attachments=False)
    try:
        assert api.messages._uris.send_uri() == "https://host:1/v2/send"
        assert (
            api.messages._uris.remote_delete_uri() == f"https://host:1/v1/remote-delete/{ACCOUNT}"
        )
        assert api.messages._uris.receive_ws_uri() == f"wss://host:1/v1/receive/{ACCOUNT}"
        assert api.general._uris.health_check_uri() == "https://host:1/v1/health"
        assert api.general._uris.about_uri() == "https://host:1/v1/about"
        assert api.general._uris._base.http_uri("/v1/accounts") == "https://host:1/v1/accounts"
        assert api.messages._add_auth({"a": "b"}) == {"a": "b"}
        assert isinstance(await api.messages._sessions.get(), aiohttp.ClientSession)
        assert isinstance(api.messages.receive(), AsyncIterator)
        assert set(SendMessageV2.model_fields) >= {"number", "recipients", "message", "notify_self"}
    finally:
        await api.close()


def test_libraries_that_log_messages_stay_quiet() -> None:
    Signal(ACCOUNT, "http://127.0.0.1:1")
    for name in ("signalbot", "websockets", "aiohttp"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_the_scheme_of_the_address_decides_tls() -> None:
    assert Signal(ACCOUNT, "https://h/p/")._api.messages._uris.send_uri() == "https://h/p/v2/send"
    assert Signal(ACCOUNT, "http://h:1")._api.messages._uris.receive_ws_uri().startswith("ws://h:1")


# ---------------------------------------------------------------- receiving


async def test_a_message_arrives_as_its_bytes(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    inbox = Inbox()
    async with running(channel, server, inbox):
        assert amina.send("النجدة")
        await inbox.until("النجدة")
    (frame,) = inbox.frames
    assert json.loads(frame.raw)["envelope"]["dataMessage"]["message"] == "النجدة"
    assert frame.dedupe == ("signal", amina.uuid, str(amina.sent[0]), "dataMessage")
    assert frame.sender == amina.uuid
    assert channel.parse(frame.raw).text == "النجدة"


async def _clean(server: SignalStandIn) -> None:
    await server.close_clean()


async def _unclean(server: SignalStandIn) -> None:
    server.abort()


async def _restart(server: SignalStandIn) -> None:
    await server.down()
    await server.up()


Outage = Callable[[SignalStandIn], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("outage", [_clean, _unclean, _restart])
async def test_every_end_of_the_connection_is_followed_by_another(
    channel: Signal, server: SignalStandIn, amina: Phone, outage: Outage
) -> None:
    inbox = Inbox()
    async with running(channel, server, inbox):
        for n in range(3):
            await outage(server)
            await server.listening()
            assert amina.send(f"after {n}")
            await inbox.until(f"after {n}")
    assert server.connections == 4


async def test_what_comes_while_nobody_listens_is_dropped_by_the_server(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    assert not amina.send("lost")
    inbox = Inbox()
    async with running(channel, server, inbox):
        assert amina.send("kept")
        await inbox.until("kept")
    assert (inbox.hints, server.dropped) == (["kept"], 1)


async def test_what_signal_held_while_signal_cli_was_stopped_arrives(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    server.hold = True
    assert not amina.send("held")
    inbox = Inbox()
    async with running(channel, server, inbox):
        await inbox.until("held")
    assert server.dropped == 0


async def test_malformed_frames_hurt_no_neighbour(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    inbox = Inbox()
    broken = ["{", "[]", "null", '"x"', '{"envelope": 7}', "[" * 50_000, '{"envelope": {}}']
    async with running(channel, server, inbox):
        amina.send("before")
        for text in broken:
            server.deliver(text)
        server.error("something went wrong")
        amina.send("after")
        await inbox.until("after")
    assert len(inbox.frames) == len(broken) + 3
    kinds = [channel.parse(frame.raw).kind for frame in inbox.frames]
    assert kinds == [In.TEXT, *[In.IGNORE] * (len(broken) + 1), In.TEXT]


async def test_frames_that_wait_are_committed_together(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    inbox = Inbox()
    async with running(channel, server, inbox):
        inbox.gate.clear()
        amina.send("first")
        await inbox.entered.wait()
        for n in range(50):
            amina.send(f"m{n}")
        await asyncio.sleep(0.2)  # let the reader take them while the commit hangs
        inbox.gate.set()
        await inbox.until("m49")
    assert inbox.hints == ["first", *(f"m{n}" for n in range(50))]
    assert len(inbox.batches) == 2


async def test_a_failing_store_loses_nothing_and_keeps_the_order(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    inbox = Inbox(failures=3)
    async with running(channel, server, inbox):
        for n in range(5):
            amina.send(f"m{n}")
        await inbox.until("m4")
    assert inbox.hints == [f"m{n}" for n in range(5)]


async def test_what_was_read_is_committed_when_the_channel_stops(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    inbox = Inbox()
    inbox.gate.clear()
    async with running(channel, server, inbox):
        amina.send("first")
        await inbox.entered.wait()
        amina.send("second")
        await asyncio.sleep(0.1)  # let the reader take it
        asyncio.get_running_loop().call_later(0.1, inbox.gate.set)
    assert inbox.hints == ["first", "second"]


async def test_a_store_that_hangs_does_not_stop_the_channel_from_stopping(
    channel: Signal, server: SignalStandIn, amina: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.signal.client.GRACE", 0.1)
    inbox = Inbox()
    inbox.gate.clear()
    async with running(channel, server, inbox):
        amina.send("first")
        await inbox.entered.wait()
    assert inbox.frames == []


# ---------------------------------------------------------------- sending


async def test_a_message_is_accepted_and_its_timestamp_returned(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    buttons = (Button("All good", "a"), Button("Not good", "b"))
    sent = await channel.send(Outgoing(amina.uuid, "How are you?", buttons))
    (message,) = amina.inbox
    assert message.text == "How are you?\n\n1  All good\n2  Not good"
    assert sent == str(message.timestamp)
    assert server.requests == [
        {
            "number": ACCOUNT,
            "recipients": [amina.uuid],
            "message": message.text,
            "text_mode": "normal",
            "notify_self": False,
        }
    ]


async def test_the_timer_of_the_chat_is_kept(channel: Signal, amina: Phone) -> None:
    amina.set_expiration(3600)
    await channel.send(Outgoing(amina.number, "Hello"))
    assert amina.inbox[0].expires == 3600


async def test_a_long_text_arrives_whole_in_parts_that_signal_shows(
    channel: Signal, amina: Phone
) -> None:
    text = "\n".join(f"سطر رقم {n} من النص الطويل" for n in range(150))
    sent = await channel.send(Outgoing(amina.uuid, text, (Button("نعم", "y"),)))
    assert len(amina.inbox) > 1
    assert all(len(m.text.encode()) <= MAX_BYTES for m in amina.inbox)
    assert "\n".join(m.text for m in amina.inbox).replace("\n\n", "\n") == f"{text}\n1  نعم"
    assert sent.split() == [str(part.timestamp) for part in amina.inbox]
    assert amina.inbox[-1].text.endswith("1  نعم")


async def _refused(channel: Signal, where: str) -> Reason:
    with pytest.raises(Refused) as caught:
        await channel.send(Outgoing(where, "x"))
    return caught.value.reason


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("UNREGISTERED_FAILURE", Reason.UNREGISTERED),
        ("IDENTITY_FAILURE", Reason.IDENTITY),
        ("INVALID_PRE_KEY_FAILURE", Reason.REJECTED),
        ("SOMETHING_NEW", Reason.REJECTED),
    ],
)
async def test_an_error_inside_201_is_no_success(
    channel: Signal, server: SignalStandIn, amina: Phone, failure: str, reason: Reason
) -> None:
    server.inside_201, amina.failure = True, failure
    assert await _refused(channel, amina.uuid) == reason


async def test_a_network_failure_inside_201_is_tried_again(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    server.inside_201, amina.failure = True, "NETWORK_FAILURE"
    with pytest.raises(Retry):
        await channel.send(Outgoing(amina.uuid, "x"))


@pytest.mark.parametrize("inside", [True, False])
async def test_a_rate_limit_is_gone_round(
    channel: Signal, server: SignalStandIn, amina: Phone, inside: bool
) -> None:
    server.inside_201, amina.failure = inside, "RATE_LIMIT_FAILURE"
    with pytest.raises(Challenge) as caught:
        await channel.send(Outgoing(amina.uuid, "x"))
    assert caught.value.tokens == ()


async def test_a_429_hands_on_its_challenge_tokens(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    server.limited = ["token-1", "token-2"]
    with pytest.raises(Challenge) as caught:
        await channel.send(Outgoing(amina.uuid, "x"))
    assert caught.value.tokens == ("token-1", "token-2")
    server.limited = None
    assert await channel.send(Outgoing(amina.uuid, "x"))


async def test_a_changed_identity_is_refused_until_it_is_trusted(
    channel: Signal, amina: Phone
) -> None:
    amina.change_identity()
    assert await _refused(channel, amina.uuid) == Reason.IDENTITY
    amina.trust()
    assert await channel.send(Outgoing(amina.uuid, "x"))


async def test_a_failure_without_a_reason_is_the_network_until_others_get_through(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    omar = server.phone("+4787654321")
    amina.failure = "UNREGISTERED_FAILURE"
    for _ in range(answers.DOUBTS * 2):
        with pytest.raises(Retry):
            await channel.send(Outgoing(amina.uuid, "x"))
    await channel.send(Outgoing(omar.uuid, "x"))
    assert await _refused(channel, amina.uuid) == Reason.UNREGISTERED
    amina.failure = ""
    assert await channel.send(Outgoing(amina.uuid, "x"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Failed to send message due to untrusted identities", Reason.IDENTITY),
        ("The user +4712345678 is not registered.", Reason.UNREGISTERED),
        ("Invalid phone number 'x': nope", Reason.UNREGISTERED),
        ("Sending empty message is not allowed", Reason.REJECTED),
        ("something new", Reason.REJECTED),
        ("", Reason.REJECTED),
        (NO_REASON, Retry),
        ("Failed to send message: timeout (IOException) (UnexpectedErrorException)", Retry),
        ("write tcp 127.0.0.1:6001: write: broken pipe", Retry),
        ("Number not registered with JSON-RPC", Retry),
        ("unexpected end of JSON input", Retry),
        ("Specified account does not exist", Challenge),
        ("Failed to send message due to rate limiting (Couldn't parse JSON", Challenge),
        ("[401] Authorization failed! (AuthorizationFailedException)", Challenge),
    ],
)
def test_the_texts_of_a_400_are_understood(text: str, kind: Any) -> None:
    with pytest.raises((Refused, Retry, Challenge)) as caught:
        answers.sent(400, {"error": text})
    if isinstance(kind, Reason):
        assert isinstance(caught.value, Refused)
        assert caught.value.reason == kind
    else:
        assert isinstance(caught.value, kind)


async def test_an_account_that_the_server_does_not_know_is_gone_round(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    server.accounts = []
    with pytest.raises(Challenge):
        await channel.send(Outgoing(amina.uuid, "x"))


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_is_ambiguous_is_tried_again(
    channel: Signal, server: SignalStandIn, amina: Phone, fault: Fault
) -> None:
    server.faults.append(fault)
    with pytest.raises(Retry):
        await channel.send(Outgoing(amina.uuid, "x"))
    server.release()
    assert await channel.send(Outgoing(amina.uuid, "x"))
    assert len(amina.inbox) == (2 if fault is Fault.ACCEPTED_DROP else 1)


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_a_server_that_is_not_itself_holds_the_platform(
    channel: Signal, server: SignalStandIn, amina: Phone, status: int
) -> None:
    server.faults.append((status, {}))
    with pytest.raises(Retry) as caught:
        await channel.send(Outgoing(amina.uuid, "x"))
    assert caught.value.scope == "platform"


async def test_a_server_that_is_down_holds_the_platform_and_comes_back(
    channel: Signal, server: SignalStandIn, amina: Phone
) -> None:
    await server.down()
    with pytest.raises(Retry) as caught:
        await channel.send(Outgoing(amina.uuid, "x"))
    assert caught.value.scope == "platform"
    assert await channel.check()
    await server.up()
    assert await channel.send(Outgoing(amina.uuid, "x"))


@pytest.mark.parametrize("answer", [[], {}, None, "x", [{"timestamp": ""}], [7]])
def test_an_acceptance_that_cannot_be_read_is_tried_again(answer: object) -> None:
    with pytest.raises(Retry):
        answers.sent(201, answer)


@pytest.mark.parametrize("errors", [None, {}, {"recipients": []}, {"recipients": None}])
def test_an_acceptance_without_an_error_about_us_is_one(errors: object) -> None:
    assert answers.sent(201, [{"timestamp": "7", "errors": errors}]) == "7"
    assert answers.sent(201, {"timestamp": "7"}) == "7"


async def test_our_own_message_is_deleted_and_theirs_cannot_be(
    channel: Signal, amina: Phone
) -> None:
    sent = await channel.send(Outgoing(amina.uuid, "secret"))
    own = Outgoing(amina.uuid, kind="redact", target=sent, target_of="own")
    assert await channel.send(own)
    assert amina.inbox[0].deleted
    assert await channel.send(Outgoing(amina.uuid, kind="redact", target="1")) == ""


async def test_nothing_is_not_sent(channel: Signal) -> None:
    with pytest.raises(Refused):
        await channel.send(Outgoing("u", "\n"))
    with pytest.raises(Refused):
        await channel.send(Outgoing("u", kind="redact", target="x", target_of="own"))


# ---------------------------------------------------------------- around


async def test_a_healthy_server_has_nothing_wrong(channel: Signal) -> None:
    assert await channel.check() == []
    await channel.commands([])
    assert await channel.invite_link("CODE") == f"https://signal.me/#p/{ACCOUNT} CODE"


async def test_check_says_what_is_wrong(channel: Signal, server: SignalStandIn) -> None:
    server.version, server.mode, server.accounts = "0.99", "native", ["+1"]
    mode, version, account = await channel.check()
    assert "MODE=json-rpc" in mode
    assert "0.101" in version
    assert "not registered" in account


def test_versions_are_compared_as_numbers() -> None:
    assert answers.version("0.101") > answers.version("0.99")
    assert answers.version("v1.0-rc1") == (1, 0)
    assert answers.version("unset") == ()


# ---------------------------------------------------------------- parsing


class Envelopes(SignalStandIn):
    """Keeps every frame instead of pushing it."""

    def __init__(self) -> None:
        super().__init__(ACCOUNT)
        self.frames: list[bytes] = []

    def deliver(self, frame: object) -> bool:
        self.frames.append(json.dumps(frame).encode())
        return True

    @property
    def last(self) -> Incoming:
        return parse(self.frames[-1], ACCOUNT)


@pytest.fixture
def offline() -> Envelopes:
    return Envelopes()


@pytest.fixture
def journalist(offline: Envelopes) -> Phone:
    return offline.phone(AMINA)


OURS = Message("ours", 1_700_000_000_000, 0.0)


def test_a_text_says_who_sent_it_when(offline: Envelopes, journalist: Phone) -> None:
    journalist.send("hi")
    sent = journalist.sent[0]
    assert offline.last == Incoming(
        In.TEXT, journalist.uuid, AMINA, sent, upstream=str(sent), text="hi"
    )


def test_a_hidden_number_is_a_uuid_only(offline: Envelopes) -> None:
    phone = offline.phone(AMINA, hidden=True)
    phone.send("hi")
    assert (offline.last.where, offline.last.number) == (phone.uuid, "")


def test_a_quote_or_reaction_names_our_message(offline: Envelopes, journalist: Phone) -> None:
    journalist.quote(OURS, "ack")
    assert (offline.last.kind, offline.last.target) == (In.TEXT, str(OURS.timestamp))
    journalist.react(OURS, "👍")
    assert (offline.last.kind, offline.last.emoji) == (In.REACTION, "👍")
    assert offline.last.target == str(OURS.timestamp)


def test_a_quote_or_reaction_on_their_own_message_names_none(
    offline: Envelopes, journalist: Phone
) -> None:
    for author in (journalist.uuid, journalist.number, "+4799999999"):
        journalist.quote(OURS, "x", author=author)
        assert (offline.last.kind, offline.last.target) == (In.TEXT, "")
        journalist.react(OURS, "👍", author=author)
        assert (offline.last.kind, offline.last.target) == (In.REACTION, "")
    journalist.quote(OURS, "x", author=offline.uuid)  # ours, its number hidden
    assert offline.last.target == str(OURS.timestamp)


def test_an_edit_is_its_new_text_and_answers_nothing(offline: Envelopes, journalist: Phone) -> None:
    journalist.send("ok")
    journalist.edit("sos")
    assert (offline.last.kind, offline.last.text, offline.last.edited) == (In.TEXT, "sos", True)
    assert offline.last.target == ""
    assert offline.last.upstream == str(journalist.sent[-1])


@pytest.mark.parametrize(
    ("act", "note", "text"),
    [
        (lambda p: p.sticker(), "sticker", ""),
        (lambda p: p.voice(), "voice", ""),
        (lambda p: p.photo("look"), "photo", "look"),
        (lambda p: p.call(), "call", ""),
        (lambda p: p.data(contacts=[{"name": {"givenName": "B"}}]), "contact", ""),
        (lambda p: p.data(payment={"receipt": "x"}), "payment", ""),
        (lambda p: p.data(pollCreate={"allowMultiple": False, "question": "?"}), "poll", ""),
        (lambda p: p.push({}, exception={"type": "UntrustedIdentityException"}), "unreadable", ""),
    ],
)
def test_what_we_cannot_use_is_media_and_gets_an_answer(
    offline: Envelopes, journalist: Phone, act: Callable[[Phone], Any], note: str, text: str
) -> None:
    act(journalist)
    incoming = offline.last
    assert (incoming.kind, incoming.note, incoming.text) == (In.MEDIA, note, text)
    assert incoming.where == journalist.uuid


@pytest.mark.parametrize(
    "act",
    [
        lambda p: p.group("sos"),
        lambda p: p.send("sos", groupInfo="broken"),
        lambda p: p.typing(),
        lambda p: p.react(OURS, "👍", remove=True),
        lambda p: p.remote_delete(7),
        lambda p: p.set_expiration(60),
        lambda p: p.data(),
        lambda p: p.push({"receiptMessage": {"when": 1, "isDelivery": True, "timestamps": [1]}}),
        lambda p: p.push({"storyMessage": {"allowsReplies": True}}),
        lambda p: p.push({"syncMessage": {}}),
        lambda p: p.push({"callMessage": {"hangupMessage": {"id": 7}}}),
        lambda p: p.push({}),
        lambda p: p.push({}, exception={"type": "ProtocolDuplicateMessageException"}),
    ],
)
def test_what_is_not_for_us_is_ignored(
    offline: Envelopes, journalist: Phone, act: Callable[[Phone], Any]
) -> None:
    act(journalist)
    assert offline.last.kind == In.IGNORE


def test_our_own_account_is_ignored(offline: Envelopes) -> None:
    offline.phone(ACCOUNT).send("echo")
    assert offline.last.kind == In.IGNORE


@pytest.mark.parametrize(
    ("text", "lat", "lon", "words"),
    [
        ("https://maps.google.com/maps?q=37.422%2C-122.084", 37.422, -122.084, ""),
        ("Sos\nhttps://maps.google.com/maps?q=-1.5,36.8&z=1", -1.5, 36.8, "Sos"),
        ("https://www.google.com/maps/search/?api=1&query=59.9%2C10.7", 59.9, 10.7, ""),
        ("here https://maps.apple.com/?ll=59.9,10.7 come", 59.9, 10.7, "here  come"),
        ("geo:59.9,10.7", 59.9, 10.7, ""),
    ],
)
def test_a_link_of_a_map_is_a_place(
    offline: Envelopes, journalist: Phone, text: str, lat: float, lon: float, words: str
) -> None:
    journalist.send(text)
    place = offline.last
    assert (place.kind, place.lat, place.lon, place.text) == (In.LOCATION, lat, lon, words)


@pytest.mark.parametrize(
    "text",
    [
        "https://maps.google.com/maps?q=91%2C0",
        "https://maps.google.com/maps?q=Oslo",
        "https://google.com/search?q=1,2",
    ],
)
def test_a_link_without_a_place_is_text(offline: Envelopes, journalist: Phone, text: str) -> None:
    journalist.send(text)
    assert (offline.last.kind, offline.last.text) == (In.TEXT, text)


def test_the_phone_shares_a_place_with_a_picture_of_the_map(
    offline: Envelopes, journalist: Phone
) -> None:
    journalist.location(59.9, 10.7, "Cafe")
    assert (offline.last.kind, offline.last.text) == (In.LOCATION, "Cafe")


@pytest.mark.parametrize(
    "broken",
    [
        {"serverDeliveredTimestamp": None, "serverReceivedTimestamp": "x"},
        {"sourceDevice": "one", "sourceName": 7},
        {"callMessage": 7},
        {"timestamp": None},
    ],
)
def test_a_panic_survives_a_broken_envelope(
    offline: Envelopes, journalist: Phone, broken: dict[str, Any]
) -> None:
    journalist.send("sos")
    frame = json.loads(offline.frames[-1])
    frame["envelope"] |= broken
    incoming = parse(json.dumps(frame).encode(), ACCOUNT)
    assert (incoming.kind, incoming.where, incoming.text) == (In.TEXT, journalist.uuid, "sos")
    del frame["envelope"]["serverDeliveredTimestamp"], frame["account"]
    assert parse(json.dumps(frame).encode()).text == "sos"


@pytest.mark.parametrize(
    "broken",
    [
        {"previews": [{"url": 7}, 7], "mentions": "x"},
        {"quote": {"id": "abc"}},
        {"quote": 7, "textStyles": [[]], "timestamp": "x"},
        {"payment": {"receipt": 7}, "expiresInSeconds": "x", "sticker": []},
    ],
)
def test_a_panic_survives_a_broken_message(
    offline: Envelopes, journalist: Phone, broken: dict[str, Any]
) -> None:
    journalist.send("sos", **broken)
    assert offline.last.text == "sos"
    assert offline.last.kind in (In.TEXT, In.MEDIA)


def test_text_is_cut_and_clean(offline: Envelopes, journalist: Phone) -> None:
    journalist.send("sos\ud800\0!")
    assert offline.last.text == "sos!"
    journalist.send("x" * 20_000)
    assert len(offline.last.text) == LONGEST_TEXT


def test_a_message_sent_again_after_it_was_unreadable_is_another_frame(
    offline: Envelopes, journalist: Phone
) -> None:
    journalist.push({}, 7, exception={"type": "ProtocolNoSessionException"})
    journalist.push({"dataMessage": {"timestamp": 7, "message": "sos"}}, 7)
    first, second = (to_frame(raw).dedupe for raw in offline.frames)
    assert first != second


def test_a_reaction_and_its_removal_are_two_frames(offline: Envelopes, journalist: Phone) -> None:
    journalist.react(OURS, "👍")
    frame = json.loads(offline.frames[0])
    frame["envelope"]["dataMessage"]["reaction"]["isRemove"] = True
    assert to_frame(offline.frames[0]).dedupe != to_frame(json.dumps(frame).encode()).dedupe


def test_a_frame_that_cannot_be_read_is_known_by_its_bytes() -> None:
    assert to_frame(b"{").dedupe == ("signal", hashlib.sha256(b"{").hexdigest())


# ---------------------------------------------------------------- fuzz

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)


def _real() -> list[bytes]:
    server = Envelopes()
    phone = server.phone(AMINA)
    phone.send("sos")
    phone.quote(OURS, "ack")
    phone.react(OURS, "👍")
    phone.edit("sos")
    phone.location(1.5, 2.5)
    phone.photo("look")
    phone.long_text("sos " * 700)
    phone.attach(*[Attached("image/png", "a.png", b"p")] * 3)
    phone.call()
    phone.send("x", previews=[{"url": "u", "image": {"isVoiceNote": False}}], mentions=[])
    return server.frames


REAL = _real()


def _places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of every value within."""
    if not isinstance(part, dict | list):
        return [path]
    inner = part.items() if isinstance(part, dict) else enumerate(part)
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real frame with some of its values replaced or removed."""
    frame = copy.deepcopy(json.loads(draw(st.sampled_from(REAL))))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([place for place in _places(frame) if place]))
        part = frame
        for key in way:
            part = part[key]
        if draw(st.booleans()):
            del part[last]
        else:
            part[last] = draw(JSON)
        if not frame:
            break
    return json.dumps(frame).encode()


def _legal(raw: bytes) -> None:
    incoming, frame = parse(raw, ACCOUNT), to_frame(raw)
    files = [part for file in incoming.files for part in (file.ref, file.kind, file.mime)]
    for text in (incoming.text, incoming.where, incoming.emoji, frame.hint, *frame.dedupe, *files):
        assert "\0" not in text
        text.encode()
    assert len(incoming.text) <= LONGEST_TEXT
    assert len(frame.hint) <= 200
    assert 0 <= incoming.sent_ms < 2**53
    assert abs(incoming.lat) <= 90
    assert abs(incoming.lon) <= 180
    assert incoming.kind == In.IGNORE or incoming.where
    assert len(incoming.files) <= MAX_FILES
    assert all(file.ref and 0 <= file.size < 2**53 for file in incoming.files)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(mutated())
def test_parse_is_total_on_mutated_frames(raw: bytes) -> None:
    _legal(raw)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary() | JSON.map(lambda found: json.dumps(found).encode()))
def test_parse_is_total_on_anything(raw: bytes) -> None:
    _legal(raw)
    _legal(b'{"envelope": %s}' % raw)
    _legal(b'{"envelope": {"sourceUuid": "u", "timestamp": 1, "dataMessage": %s}}' % raw)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(), st.integers(8, 40))
def test_split_loses_only_space_and_keeps_the_limit(text: str, limit: int) -> None:
    parts = list(split(text, limit))
    assert all(len(part.encode()) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_choices_follow_the_text_and_a_joined_character_is_not_torn() -> None:
    assert render(Outgoing("u", "", (Button("Yes", "y"),))) == ["1  Yes"]
    assert render(Outgoing("u", "\ud800")) == ["?"]
    family = "👨\u200d👩\u200d👧"
    assert list(split("abcdefgh" + family, 24)) == ["abcdefgh", family]


def test_no_proxy_stands_between_us_and_our_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """websockets would follow HTTP_PROXY for the receiving socket alone, and hear nothing."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.delenv("no_proxy", raising=False)
    Signal("+4700000001", "http://10.1.2.3:8080")
    assert urllib.request.proxy_bypass("10.1.2.3")
