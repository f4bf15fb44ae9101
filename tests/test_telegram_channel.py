"""The Telegram channel against a Bot API server, over real HTTP. Nothing here waits for a clock:
every wait is for something that the other side did."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from bot.channels.base import Button, Frame, In, Incoming, Menu, Outgoing, Reason, Refused, Retry
from bot.channels.telegram import Telegram, client
from bot.channels.telegram.parse import parse
from tests.standins.telegram import Fault, Message, Phone, TelegramStandIn

AMINA = 7_001
DAY_MS = 86_400_000


class Inbox:
    """What a bot commits: frames by dedupe key, and the cursor with them. Survives crashes."""

    def __init__(self) -> None:
        self.frames: dict[tuple[str, ...], Frame] = {}
        self.cursor: str | None = None
        self.batches: list[list[str]] = []
        self.broken = 0
        self._news = asyncio.Event()

    async def receive(self, frames: Sequence[Frame], cursor: str | None) -> None:
        self.batches.append([frame.dedupe[1] for frame in frames])
        self._news.set()
        if self.broken:
            self.broken -= 1
            raise OSError("disk full")
        self.frames |= {frame.dedupe: frame for frame in frames}
        self.cursor = cursor

    @property
    def parsed(self) -> list[Incoming]:
        return [parse(frame.raw) for frame in self.frames.values()]

    async def holds(self, count: int) -> None:
        await self.until(lambda: len(self.frames) >= count)

    async def until(self, predicate: Any) -> None:
        async with asyncio.timeout(60):
            while not predicate():
                self._news.clear()
                await self._news.wait()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(client, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(client, "TOKEN_PAUSE", 0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before `channel`: it reads its timeouts when it is made."""
    monkeypatch.setattr(client, "SEND_TIMEOUT", 0.7)
    monkeypatch.setattr(client, "POLL_TIMEOUT", 0.7)


class Heard(logging.Handler):
    """Waits for the channel's next line in the log."""

    def __init__(self) -> None:
        super().__init__()
        self.line = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.line.set()


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
def amina(server: TelegramStandIn) -> Phone:
    return server.phone(AMINA, name="Amina")


@pytest.fixture
async def known(amina: Phone) -> Phone:
    """Somebody who has written to the bot, so that it may write to them."""
    amina.send("/start")
    return amina


@contextlib.asynccontextmanager
async def running(channel: Telegram, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(channel.run(inbox.receive, inbox.cursor))
    yield task
    assert not task.done(), "run() returned or raised"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def to(phone: Phone, text: str = "How is your day?", **more: Any) -> Outgoing:
    return Outgoing(str(phone.id), text, **more)


# ---------------------------------------------------------------- received means committed


async def test_a_message_arrives_as_one_raw_frame(channel: Telegram, amina: Phone) -> None:
    inbox = Inbox()
    async with running(channel, inbox):
        sent = amina.send("I am safe")
        await inbox.holds(1)
    (frame,) = inbox.frames.values()
    number = str(json.loads(frame.raw)["update_id"])
    assert (frame.dedupe, frame.sender, frame.hint) == (
        ("telegram", number),
        str(AMINA),
        "I am safe",
    )
    assert inbox.cursor == str(int(number) + 1)
    assert channel.parse(frame.raw) == Incoming(
        In.TEXT,
        where=str(AMINA),
        sent_ms=sent.ms // 1000 * 1000,
        upstream=str(sent.id),
        text="I am safe",
        lang="en",
    )


async def test_the_offset_is_confirmed_only_after_the_commit(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    entered, commit = asyncio.Event(), asyncio.Event()

    async def receive(frames: Sequence[Frame], cursor: str | None) -> None:
        entered.set()
        await commit.wait()

    amina.send("one")
    task = asyncio.create_task(channel.run(receive, None))
    await asyncio.wait_for(entered.wait(), 5)
    assert len(server.updates) == 1
    assert server.requests["getupdates"] == 1
    commit.set()
    await server.until(lambda: not server.updates)
    task.cancel()


async def test_a_crash_between_commit_and_confirm_delivers_again_under_the_same_key(
    server: TelegramStandIn, amina: Phone
) -> None:
    inbox, committed = Inbox(), asyncio.Event()

    async def commit_and_die(frames: Sequence[Frame], cursor: str | None) -> None:
        await inbox.receive(frames, None)
        committed.set()
        await asyncio.Event().wait()

    amina.send("one")
    first = Telegram(server.token, server.url, poll_seconds=1)
    task = asyncio.create_task(first.run(commit_and_die, None))
    await asyncio.wait_for(committed.wait(), 5)
    task.cancel()
    await first.close()
    second = Telegram(server.token, server.url, poll_seconds=1)
    async with running(second, inbox):
        await inbox.until(lambda: len(inbox.batches) == 2)
    await second.close()
    assert inbox.batches[0] == inbox.batches[1]
    assert len(inbox.frames) == 1


async def test_a_restart_goes_on_from_the_committed_cursor(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    first, _ = amina.send("one"), amina.send("two")
    inbox = Inbox()
    inbox.cursor = str(min(server.updates) + 1)
    async with running(channel, inbox):
        await inbox.holds(1)
    assert [item.text for item in inbox.parsed] == ["two"]
    assert first.text == "one"


async def test_a_failing_receive_does_not_move_the_offset(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    inbox = Inbox()
    inbox.broken = 3
    amina.send("one")
    async with running(channel, inbox):
        await inbox.holds(1)
    assert len(inbox.batches) == 4
    assert set(map(tuple, inbox.batches)) == {tuple(inbox.batches[0])}
    assert server.offsets[:4] == [0, 0, 0, 0]


async def test_more_than_one_answer_holds_arrives_in_order(channel: Telegram, amina: Phone) -> None:
    inbox = Inbox()
    for number in range(250):
        amina.send(str(number))
    async with running(channel, inbox):
        await inbox.holds(250)
    assert [item.text for item in inbox.parsed] == [str(number) for number in range(250)]
    assert [len(batch) for batch in inbox.batches] == [100, 100, 50]


MALFORMED = [
    b'{"update_id": %d, "message": {"from": [], "chat": 7, "text": {"a": 1}}}',
    b'{"update_id": %d, "message": null}',
    b'{"update_id": %d, "message": {"date": 1e999, "message_id": NaN, "text": "\\ud800"}}',
    b'{"update_id": %d, "callback_query": {"id": {}, "from": {"id": -0.5}}}',
    b'{"update_id": %d, "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"update_id": %d, "message": {"message_id": ' + b"9" * 5_000 + b"}}",
    b'{"update_id": "x%d", "message": {}}',
    b'{"update_id": %d, "message": {"text": "],[{\\"}"}}',
    b"%d",
]


@pytest.mark.parametrize("bad", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_update_does_not_hurt_its_neighbours(
    server: TelegramStandIn, channel: Telegram, amina: Phone, bad: bytes
) -> None:
    inbox = Inbox()
    amina.send("before")
    number = max(server.updates) + 1
    raw = bad % number
    server.inject(raw)
    amina.send("after")
    async with running(channel, inbox):
        await inbox.holds(3)
        await server.until(lambda: not server.updates)
    assert [item.text for item in inbox.parsed if item.kind is not In.IGNORE] == ["before", "after"]
    assert raw in [frame.raw for frame in inbox.frames.values()]


async def test_updates_without_any_readable_id_are_kept_and_the_next_message_still_comes(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    inbox = Inbox()
    server.inject(b'{"no": "id"}')
    async with running(channel, inbox):
        await inbox.holds(1)
        amina.send("sos")
        await inbox.holds(2)
    assert [item.text for item in inbox.parsed] == ["", "sos"]


async def test_ids_that_start_again_lower_are_followed(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    inbox = Inbox()
    inbox.cursor = "2000000000"
    amina.send("after a week of silence")
    async with running(channel, inbox):
        await inbox.holds(1)
        await server.until(lambda: not server.updates)
    assert int(inbox.cursor) < 2_000


# ---------------------------------------------------------------- trouble while receiving


@pytest.mark.parametrize("fault", list(Fault))
async def test_receiving_survives(
    impatient: None, server: TelegramStandIn, amina: Phone, fault: Fault
) -> None:
    channel = Telegram(server.token, server.url, poll_seconds=0)
    inbox = Inbox()
    server.fail(fault, "getUpdates", times=2)
    amina.send("sos")
    async with running(channel, inbox):
        await inbox.holds(1)
    await channel.close()
    assert [item.text for item in inbox.parsed] == ["sos"]


async def test_a_platform_that_was_down_is_found_again(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    inbox = Inbox()
    async with running(channel, inbox):
        amina.send("one")
        await inbox.holds(1)
        client.log.addHandler(heard := Heard())
        await server.down()
        await asyncio.wait_for(heard.line.wait(), 5)
        client.log.removeHandler(heard)
        amina.send("two")
        await server.up()
        await inbox.holds(2)


async def test_a_second_poller_is_survived_and_reported(
    server: TelegramStandIn, channel: Telegram, amina: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    other = Telegram(server.token, server.url, poll_seconds=1)
    inbox = Inbox()
    async with running(channel, inbox), running(other, inbox):
        await server.until(lambda: server.errors[409] >= 1)
        amina.send("sos")
        await inbox.holds(1)
    await other.close()
    assert "another program receives" in caplog.text


async def test_a_stale_webhook_is_removed_and_its_updates_kept(
    server: TelegramStandIn, channel: Telegram, amina: Phone
) -> None:
    server.webhook = "https://old.example/hook"
    amina.send("sos")
    inbox = Inbox()
    assert len(await channel.check()) == 1
    async with running(channel, inbox):
        await inbox.holds(1)
    assert not server.webhook
    assert await channel.check() == []


async def test_a_refused_token_is_reported_tried_on_and_never_logged(
    server: TelegramStandIn, amina: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    channel = Telegram("123456:wrong-secret", server.url, poll_seconds=1)
    inbox = Inbox()
    amina.send("sos")
    with caplog.at_level(logging.DEBUG, client.__name__):
        async with running(channel, inbox):
            await server.until(lambda: server.errors[401] >= 2)
            server.token = "123456:wrong-secret"
            await inbox.holds(1)
    await channel.close()
    assert "token is refused" in caplog.text
    assert "wrong-secret" not in caplog.text


async def test_neither_words_nor_token_are_logged(
    server: TelegramStandIn, channel: Telegram, known: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()
    with caplog.at_level(logging.DEBUG, client.__name__):
        async with running(channel, inbox):
            known.send("my-secret-words")
            await inbox.holds(2)
            server.fail(Fault.GARBAGE)
            with pytest.raises(Retry):
                await channel.send(to(known, "my-secret-reply"))
            server.fail(Fault.SERVER_ERROR, "getUpdates")
            known.send("my-secret-words")
            await inbox.holds(3)
    assert not any(word in caplog.text for word in ("my-secret", server.token))


# ---------------------------------------------------------------- what people do


async def happens(server: TelegramStandIn, channel: Telegram, *acts: Any) -> list[Incoming]:
    """What the channel makes of these acts (the bot's message is there already)."""
    inbox = Inbox()
    async with running(channel, inbox):
        await server.until(lambda: bool(server.offsets))
        before = server.update_id
        for act in acts:
            act()
        await inbox.until(lambda: inbox.cursor == str(server.update_id + 1))
    assert server.update_id > before
    return [item for item in inbox.parsed if item.text != "/start"]


@pytest.fixture
async def asked(channel: Telegram, known: Phone) -> Message:
    buttons = (Button("All good", "k1"), Button("Not good", "k2"))
    await channel.send(to(known, buttons=buttons))
    return known.inbox[-1]


async def test_a_button_is_a_choice_and_answered_once(
    server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    inbox = Inbox()
    async with running(channel, inbox):
        query = known.press(asked, "Not good")
        await server.until(lambda: bool(server.answered))
        await inbox.holds(2)
    assert server.answered == [query]
    choice = inbox.parsed[-1]
    assert (choice.kind, choice.data, choice.target) == (In.CHOICE, "k2", str(asked.id))
    assert choice.upstream == query
    assert list(inbox.frames.values())[-1].hint == "k2"


async def test_an_answer_that_fails_or_hangs_stops_nothing(
    impatient: None, server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    inbox = Inbox()
    server.fail(Fault.HANG, "answerCallbackQuery")
    server.fail(Fault.SERVER_ERROR, "answerCallbackQuery")
    async with running(channel, inbox):
        known.press(asked, "All good")
        known.press(asked, "All good")
        last = known.press(asked, "All good")
        await server.until(lambda: server.answered == [last])
        known.send("sos")
        await inbox.holds(5)


async def test_a_button_is_not_answered_before_its_frame_is_committed(
    server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    inbox = Inbox()
    inbox.broken = 2
    known.press(asked, "All good")
    async with running(channel, inbox):
        await inbox.until(lambda: len(inbox.batches) == 2)
        assert not server.answered
        await server.until(lambda: len(server.answered) == 1)


async def test_what_people_send(
    server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    seen = await happens(
        server,
        channel,
        lambda: known.edit(known.send("lunch"), "sos"),
        lambda: known.location(48.85, 2.35),
        lambda: known.sticker("🆘"),
        lambda: known.media("photo", [{"file_id": "p"}], caption="checkpoint"),
        lambda: known.media("voice", {"file_id": "v"}),
        lambda: known.media("something_new", {}),
        lambda: known.reply(asked, "ok"),
        lambda: known.send("/menu@climbing_notes_bot now"),
        lambda: known.send("look", forward_origin={"type": "user"}),
        lambda: known.react(asked, "👍"),
    )
    lunch, edit, place, sticker, photo, voice, new, reply, menu, forward, thumb = seen
    assert (edit.kind, edit.text, edit.edited, lunch.edited) == (In.TEXT, "sos", True, False)
    assert edit.upstream == lunch.upstream
    assert edit.sent_ms >= lunch.sent_ms > 0
    assert (place.kind, place.lat, place.lon) == (In.LOCATION, 48.85, 2.35)
    assert (sticker.kind, sticker.emoji, sticker.note) == (In.MEDIA, "🆘", "sticker")
    assert (photo.kind, photo.text, photo.note) == (In.MEDIA, "checkpoint", "photo")
    assert (voice.note, new.kind, new.note) == ("voice", In.MEDIA, "unknown")
    assert (reply.kind, reply.target) == (In.TEXT, str(asked.id))
    assert menu.text == "/menu now"
    assert (forward.kind, forward.note) == (In.TEXT, "forwarded")
    assert (thumb.kind, thumb.emoji, thumb.target) == (In.REACTION, "👍", str(asked.id))


async def test_blocking_is_noticed_and_a_withdrawn_reaction_is_nothing(
    server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    seen = await happens(
        server,
        channel,
        lambda: known.react(asked, "", before="👍"),
        known.block,
        known.unblock,
    )
    assert [(item.kind, item.note) for item in seen] == [
        (In.IGNORE, ""),
        (In.IGNORE, "blocked"),
        (In.IGNORE, "unblocked"),
    ]
    assert seen[1].where == str(AMINA)


# ---------------------------------------------------------------- sending


async def test_a_message_arrives_with_its_buttons_and_comes_back_with_its_id(
    channel: Telegram, known: Phone
) -> None:
    buttons = (Button("All good", "k1"), Button("N" * 200, "k2"), Button(" ", "k3"))
    sent = await channel.send(to(known, buttons=buttons, silent=True))
    (shown,) = known.inbox
    assert (sent, shown.text) == (str(shown.id), "How is your day?")
    assert [data for _, data in shown.buttons] == ["k1", "k2", "k3"]
    assert [len(label) for label, _ in shown.buttons] == [8, 64, 1]
    assert shown.silent
    assert not shown.preview
    assert "parse_mode" not in shown.params


async def test_a_button_that_would_be_refused_does_not_stop_the_text(
    channel: Telegram, known: Phone
) -> None:
    await channel.send(
        to(known, buttons=(Button("a", "é" * 33), Button("b", ""), Button("c", "c")))
    )
    assert known.inbox[0].buttons == [("c", "c")]


async def test_a_long_text_is_split_and_the_last_part_has_the_buttons(
    channel: Telegram, known: Phone
) -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "🧗 rope " * 60 for n in range(14))
    sent = await channel.send(to(known, text, buttons=(Button("Go", "go"),)))
    shown = known.inbox
    assert len(shown) > 1
    assert sent.split() == [str(part.id) for part in shown]
    assert [bool(message.buttons) for message in shown] == [False] * (len(shown) - 1) + [True]
    assert "".join("".join(m.text.split()) for m in shown) == "".join(text.split())
    assert all(message.text.startswith("Paragraph") for message in shown)


async def test_unsendable_characters_are_replaced(channel: Telegram, known: Phone) -> None:
    await channel.send(to(known, "a\ud800b", buttons=(Button("x\udfff", "x"),)))
    assert (known.inbox[0].text, known.inbox[0].buttons) == ("a?b", [("x?", "x")])


async def test_redaction_takes_both_sides_messages_and_does_not_mind_a_second_time(
    channel: Telegram, known: Phone, asked: Message
) -> None:
    word = known.send("my code word")
    for target, whose in ((word.id, "theirs"), (asked.id, "own"), (asked.id, "own"), (1, "own")):
        out = Outgoing(str(AMINA), kind="redact", target=str(target), target_of=whose)
        assert await channel.send(out) == str(target)
    assert {word.id, asked.id}.isdisjoint(known.chat)


async def refused(channel: Telegram, out: Outgoing) -> Reason:
    with pytest.raises(Refused) as error:
        await channel.send(out)
    return error.value.reason


async def test_refusals_say_whether_the_address_or_the_message_is_at_fault(
    server: TelegramStandIn, channel: Telegram, known: Phone, asked: Message
) -> None:
    asked.ms -= 3 * DAY_MS
    old = Outgoing(str(AMINA), kind="redact", target=str(asked.id))
    assert await refused(channel, old) is Reason.REJECTED
    assert await refused(channel, to(known, " \n ")) is Reason.REJECTED
    assert await refused(channel, Outgoing("404", "hi")) is Reason.GONE
    assert await refused(channel, Outgoing("someone", "hi")) is Reason.GONE
    assert await refused(channel, Outgoing("9" * 5_000, "hi")) is Reason.GONE
    assert await refused(channel, to(server.phone(8))) is Reason.BLOCKED
    known.block()
    assert await refused(channel, to(known)) is Reason.BLOCKED
    known.deactivated = True
    assert await refused(channel, to(known)) is Reason.GONE


async def test_a_flood_limit_holds_its_chat_only(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    other = server.phone(8)
    other.send("hi")
    server.throttle(AMINA, 7)
    with pytest.raises(Retry) as error:
        await channel.send(to(known))
    assert (error.value.after, error.value.scope) == (7.0, "chat")
    await channel.send(to(other))
    assert not known.inbox
    assert server.errors[429] == 1


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_send_of_unknown_fate_is_tried_again(
    impatient: None, server: TelegramStandIn, channel: Telegram, known: Phone, fault: Fault
) -> None:
    server.fail(fault)
    with pytest.raises(Retry) as error:
        await channel.send(to(known))
    assert error.value.scope == "chat"
    assert len(known.inbox) == (1 if fault is Fault.ACCEPTED_DROP else 0)
    await channel.send(to(known))
    assert len(known.inbox) == (2 if fault is Fault.ACCEPTED_DROP else 1)


async def test_sending_while_the_platform_is_down_or_the_token_refused_can_be_repeated(
    server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    await server.down()
    with pytest.raises(Retry):
        await channel.send(to(known))
    await server.up()
    server.token = "123456:another"
    with pytest.raises(Retry) as error:
        await channel.send(to(known))
    assert error.value.scope == "platform"


async def test_hanging_sends_do_not_keep_others_from_going_out(
    impatient: None, server: TelegramStandIn, channel: Telegram, known: Phone
) -> None:
    server.fail(Fault.HANG, times=20)
    hanging = [asyncio.create_task(channel.send(to(known, "hangs"))) for _ in range(20)]
    await server.until(lambda: server.requests["sendmessage"] == 20)
    await channel.send(to(known, "arrives"))
    assert [shown.text for shown in known.inbox] == ["arrives"]
    ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(end, Retry) for end in ended)


# ---------------------------------------------------------------- around it


async def test_doctor_hears_what_is_wrong(server: TelegramStandIn, channel: Telegram) -> None:
    assert await channel.check() == []
    server.token = "123456:another"
    assert "token" in (await channel.check())[0]
    await server.down()
    assert "reached" in (await channel.check())[0]
    await server.up()


async def test_menus_are_set_per_language_and_per_chat(
    server: TelegramStandIn, channel: Telegram
) -> None:
    french = (("menu", "Menu"), ("réglages", "Telegram refuses this word"))
    await channel.commands(
        [
            Menu("fr", french),
            Menu("en", (("menu", "Menu"),)),
            Menu("en", (("cases", "Notes"),), where=str(AMINA)),
        ]
    )
    private = "all_private_chats"
    assert server.menus == {
        (private, "fr"): [("menu", "Menu")],
        (private, "en"): [("menu", "Menu")],
        (private, ""): [("menu", "Menu")],
        (str(AMINA), ""): [("cases", "Notes")],
    }


async def test_an_invitation_is_a_link_or_what_to_send(
    server: TelegramStandIn, channel: Telegram
) -> None:
    await server.down()
    assert await channel.invite_link("K7Q2") == "/start K7Q2"
    await server.up()
    for _ in range(2):
        assert await channel.invite_link("K7Q2") == "https://t.me/climbing_notes_bot?start=K7Q2"
    assert server.requests["getme"] == 1


# ---------------------------------------------------------------- the stand-in is a fair one


async def test_the_stand_in_keeps_the_platforms_limits(channel: Telegram) -> None:
    server = TelegramStandIn(per_second=0.01, burst=4, chat_per_second=0.01, chat_burst=2)
    await server.start()
    channel = Telegram(server.token, server.url)
    one, two, three = (server.phone(user) for user in (1, 2, 3))
    ends: list[float | str | None] = []
    for phone in (one, two, three):
        phone.send("hi")
    for phone in (one, one, one, two, two, three):
        try:
            await channel.send(to(phone))
            ends.append("sent")
        except Retry as error:
            ends.append(error.after)
    await channel.close()
    await server.stop()
    assert ends[:2] + ends[3:5] == ["sent"] * 4
    assert all(isinstance(end, float) and end > 1 for end in (ends[2], ends[5]))
    assert (len(server.accepted), server.errors[429]) == (4, 2)


async def ask(server: TelegramStandIn, method: str, **params: Any) -> Any:
    """The result, or the description of the refusal."""
    async with httpx.AsyncClient() as wire:
        answer = await wire.post(f"{server.url}/bot{server.token}/{method}", json=params)
    found = answer.json()
    assert found["ok"] == answer.is_success
    return found["result"] if found["ok"] else found["description"]


def keyboard(data: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"text": "\n "}, "text is empty"),
    ("sendMessage", {"text": "🧗" * 2049}, "too long"),
    ("sendMessage", {"text": "a", "reply_markup": keyboard("é" * 33)}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"text": "a", "reply_markup": keyboard("")}, "BUTTON_DATA_INVALID"),
    ("editMessageText", {"text": "a", "message_id": 1}, "edit not found"),
    ("deleteMessage", {"message_id": 1}, "delete not found"),
    ("forwardMessage", {}, "Not Found"),
]


@pytest.mark.parametrize(("method", "params", "words"), REFUSED)
async def test_the_stand_in_refuses_what_the_bot_api_refuses(
    server: TelegramStandIn, known: Phone, method: str, params: dict[str, Any], words: str
) -> None:
    assert words in await ask(server, method, chat_id=AMINA, **params)
    assert not known.inbox
    assert sum(server.errors.values()) == 1


async def test_the_stand_in_edits_once(
    server: TelegramStandIn, known: Phone, asked: Message
) -> None:
    new = {"chat_id": AMINA, "text": "New", "message_id": asked.id}
    assert (await ask(server, "editMessageText", **new))["text"] == "New"
    assert "not modified" in await ask(server, "editMessageText", **new)
    assert known.inbox[0].text == "New"
    assert not known.inbox[0].buttons


async def test_the_stand_ins_offset_deletes_for_good(server: TelegramStandIn, amina: Phone) -> None:
    for text in ("one", "two", "three"):
        amina.send(text)
    first, *_ = server.updates

    async def poll(**params: Any) -> list[int]:
        return [update["update_id"] for update in await ask(server, "getUpdates", **params)]

    assert await poll(limit=2) == [first, first + 1]
    assert await poll(offset=first + 1) == [first + 1, first + 2]
    assert await poll(offset=first) == [first + 1, first + 2]
    assert await poll(offset=-1) == [first + 2]
    assert await poll(offset=first + 1_000) == [first + 2]
    assert await poll(offset=first + 3) == [] == await poll()
