"""Every input is hostile until parsed: whatever arrives, through the real parsers, the router and
all flows, has one outcome, and nothing raises."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import Frame
from bot.channels.signal.parse import parse as parse_signal
from bot.channels.telegram.parse import parse as parse_telegram
from tests.world import NOON, Player, World, world

ID = 4711
UUID = "6a5c3a52-94a6-4d6b-9f3c-0b6f0e6d1c11"
FUZZ = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
COMMANDS = st.sampled_from(
    [
        "menu", "sos", "ok", "checkin", "extend", "stop", "cancel", "back", "help", "lang", "cases",
        "ack", "note", "escalate", "close", "duty", "aidez-moi", "النجدة", "🆘", "/start", "1",
    ]
)  # fmt: skip
TEXT = st.one_of(
    st.text(max_size=60),
    COMMANDS,
    st.builds(lambda a, b: f"{a} {b}", COMMANDS, st.text(max_size=40)),
    st.builds(
        lambda a, b: f"{a}{b}", COMMANDS, st.sampled_from(["!!!", " #ZZZZ", " 9" * 30, "\u202e"])
    ),
    st.builds(lambda a, n: a * n, st.text(min_size=1, max_size=3), st.integers(1000, 5000)),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([])
)
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


#: What describes a file, anything in it.
FILE = st.dictionaries(
    st.sampled_from(["file_id", "file_size", "mime_type", "width", "contentType", "id", "size"]),
    ANY,
)
EXTRA = ANY | st.dictionaries(
    st.sampled_from(["photo", "document", "voice", "attachments", "caption", "text", "message"]),
    ANY | FILE | st.lists(FILE, max_size=12),
)


def telegram(n: int, text: Any, extra: Any) -> dict[str, Any]:
    chat = {"id": ID, "type": "private"}
    user = {"id": ID, "is_bot": False, "first_name": "x"}
    message = {"message_id": n, "date": NOON // 1000, "chat": chat, "from": user, "text": text}
    if isinstance(extra, dict):
        message |= extra
    return {"update_id": n, "message": message}


def signal(n: int, text: Any, extra: Any) -> dict[str, Any]:
    content = {"timestamp": NOON + n, "message": text, **(extra if isinstance(extra, dict) else {})}
    envelope = {
        "source": UUID,
        "sourceUuid": UUID,
        "timestamp": NOON + n,
        "serverReceivedTimestamp": NOON + n,
        "serverDeliveredTimestamp": NOON + n,
        "dataMessage": content,
    }
    return {"envelope": envelope, "account": "+4700000001"}


FRAMES = st.lists(
    st.one_of(
        st.tuples(st.just("telegram"), st.builds(telegram, st.integers(1, 9**9), TEXT, EXTRA)),
        st.tuples(st.just("signal"), st.builds(signal, st.integers(1, 9**9), TEXT, EXTRA)),
        st.tuples(st.sampled_from(["telegram", "signal"]), ANY),
    ),
    min_size=10,
    max_size=40,
)


async def deliver(here: World, frames: list[tuple[str, Any]]) -> None:
    assert here.app is not None
    here.app.world.parsers = {
        "telegram": parse_telegram,
        "signal": lambda raw: parse_signal(raw, "+4700000001"),
    }
    for n, (channel, frame) in enumerate(frames):
        raw = json.dumps(frame).encode("utf-8", "surrogatepass")
        text = str(frame)[:200]
        await here.app.inbox.commit(channel, [Frame(raw, (channel, str(n)), "", text)], None)
    await here.run()


async def outcome(frames: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder) / "w") as here:
            await here.add(Player("Amina", words=("lantern", "marble"), where=str(ID)))
            await here.add(Player("Omar", "coordinator", ("signal",), duty=True, where=UUID))
            # Not vacuous: both of them are known, and answered.
            plain = [
                ("telegram", telegram(10**10, "menu", {})),
                ("signal", signal(10**10, "menu", {})),
            ]
            await deliver(here, [*plain, *frames])
            assert {s.to for s in here.said} >= {"Amina", "Omar"}
            await here.after(30 * 60_000)
            assert await here.count("inbox", state="done") == len(frames) + 2
            assert await here.count("cases", kind="unhandled") == 0


@FUZZ
@given(FRAMES)
def test_whatever_arrives_has_one_outcome(frames: list[tuple[str, Any]]) -> None:
    asyncio.run(outcome(frames))
