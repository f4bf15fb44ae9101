"""What Telegram may send and what we may send it, without a wire: cases, then anything at all."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import LONGEST_TEXT, Button, In, Incoming, Outgoing
from bot.channels.telegram.parse import head, parse, split
from bot.channels.telegram.render import render, split_text, units

AMINA = 7_001
USER = {"id": AMINA, "is_bot": False, "first_name": "Amina"}
PRIVATE = {"id": AMINA, "type": "private"}
GROUP = {"id": -100, "type": "supergroup", "title": "Family"}
BASE: dict[str, Any] = {
    "message_id": 5,
    "date": 1_700_000_000,
    "from": USER,
    "chat": PRIVATE,
    "text": "sos",
}

NOT_FOR_US: dict[str, dict[str, Any]] = {
    "group": {"message": BASE | {"chat": GROUP}},
    "channel": {"channel_post": BASE | {"chat": {"id": -1, "type": "channel"}}},
    "bot": {"message": BASE | {"from": USER | {"is_bot": True}}},
    "someone else's chat": {"message": BASE | {"chat": PRIVATE | {"id": 9}}},
    "nobody": {"message": {key: BASE[key] for key in BASE if key != "from"}},
    "group button": {
        "callback_query": {"id": "1", "from": USER, "data": "k", "message": BASE | {"chat": GROUP}}
    },
    "inline button": {
        "callback_query": {"id": "1", "from": USER, "data": "k", "inline_message_id": "x"}
    },
    "inline query": {"inline_query": {"id": "1", "from": USER, "query": "sos"}},
    "group reaction": {
        "message_reaction": {
            "chat": GROUP,
            "user": USER,
            "message_id": 1,
            "date": 1,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        }
    },
    "pinned": {"message": BASE | {"pinned_message": BASE}},
    "nothing": {},
}


@pytest.mark.parametrize("name", NOT_FOR_US)
def test_it_is_not_for_us(name: str) -> None:
    assert parse(json.dumps({"update_id": 1, **NOT_FOR_US[name]}).encode()).kind is In.IGNORE


def message(**more: Any) -> Incoming:
    return parse(json.dumps({"update_id": 1, "message": {**BASE, **more}}).encode())


def test_places_that_do_not_exist_are_media() -> None:
    for lat, lon in ((91, 0), (0, 181), (float("nan"), 0), (10**400, 0), ("1", 2), (True, False)):
        assert message(text=None, location={"latitude": lat, "longitude": lon}).kind is In.MEDIA


def test_a_venue_is_a_location_with_words() -> None:
    place = {"latitude": 1, "longitude": 2}
    venue = {"location": place, "title": "Hotel", "address": "1 Road"}
    seen = message(text=None, venue=venue, location=place)
    assert (seen.kind, seen.lat, seen.text) == (In.LOCATION, 1.0, "Hotel\n1 Road")


def test_text_leaves_short_and_storable() -> None:
    assert len(message(text="a" * 20_000).text) == LONGEST_TEXT
    assert message(text="a\x00b\ud800c").text == "ab?c"


# ---------------------------------------------------------------- fuzz

words = st.text() | st.sampled_from(["private", "sos", "\ud800", "\x00", "/a@b"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | words
leaves |= st.sampled_from([AMINA, 10**400, -(10**30), 2**63])
FILE = {"photo", "document", "file_id", "file_size", "width", "mime_type"}
keys = st.sampled_from(sorted({*BASE, *FILE, "location", "latitude", "sticker", "id", "type"}))
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | words, inner, max_size=5),
    max_leaves=20,
)
kinds = st.sampled_from(
    ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
)


def storable(seen: Incoming) -> None:
    """Every text can be written to any database, every number is one."""
    texts = [seen.where, seen.upstream, seen.text, seen.data, seen.emoji, seen.target, seen.note]
    for file in seen.files:
        texts += [file.ref, file.kind, file.mime]
        assert file.ref
        assert 0 <= file.size < 2**63
    for text in texts:
        assert "\x00" not in text
        text.encode()
    assert 0 <= seen.sent_ms < 2**63
    assert abs(seen.lat) <= 90
    assert abs(seen.lon) <= 180
    assert seen.kind is In.IGNORE or seen.where.isdecimal()


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


@given(st.binary() | anything.map(dumped))
def test_any_bytes_parse(raw: bytes) -> None:
    storable(parse(raw))
    top = head(raw)
    assert len(top.hint.encode("utf-16-le")) <= 800


@given(kinds, anything)
def test_any_content_of_an_update_parses(kind: str, content: object) -> None:
    storable(parse(dumped({"update_id": 1, kind: content})))


REAL: list[dict[str, Any]] = [
    *(update for update in NOT_FOR_US.values()),
    {"message": BASE | {"reply_to_message": BASE}},
    {"edited_message": BASE | {"edit_date": 1_700_000_100, "text": "sos"}},
    {"message": BASE | {"location": {"latitude": 1.5, "longitude": 2.5}}},
    {"message": BASE | {"sticker": {"emoji": "🆘"}, "text": None}},
    {"message": BASE | {"photo": [{"file_id": "p", "width": 9, "height": 9}], "text": None}},
    {"message": BASE | {"document": {"file_id": "d", "mime_type": "a/b"}, "text": None}},
    {"callback_query": {"id": "9", "from": USER, "data": "k", "message": BASE}},
    {"my_chat_member": {"chat": PRIVATE, "from": USER, "new_chat_member": {"status": "kicked"}}},
]


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    return [path, *(found for key, item in inner for found in places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    return {**value, path[0]: put(value[path[0]], path[1:], new)} if path else new


@given(st.data())
def test_a_real_update_with_something_else_somewhere_parses(data: st.DataObject) -> None:
    update = data.draw(st.sampled_from(REAL))
    for _ in range(data.draw(st.integers(1, 3))):
        update = put(update, data.draw(st.sampled_from(places(update))), data.draw(anything))
    storable(parse(dumped(update)))
    head(dumped(update))


@given(st.lists(anything.map(dumped)))
def test_an_answer_is_split_where_its_updates_end(raws: list[bytes]) -> None:
    assert split(b'{"ok":true,"result":[' + b",".join(raws) + b"]}") == raws


@given(st.binary())
def test_a_broken_answer_is_a_value_error_or_a_list(payload: bytes) -> None:
    for whole in (payload, b'{"ok":true,"result":[' + payload):
        with contextlib.suppress(ValueError):
            assert isinstance(split(whole), list)


def test_an_answer_with_its_fields_turned_round_is_split_too() -> None:
    assert split(b'{"result": [{"update_id": 1}], "ok": true}') == [b'{"update_id": 1}']


@given(st.text(st.sampled_from("ab🧗é.\n !?")), st.integers(2, 20))
def test_no_part_is_too_long_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.text(max_size=50), st.text(max_size=100), st.text(max_size=80), st.booleans())
def test_anything_renders(text: str, label: str, data: str, rtl: bool) -> None:
    parts = render(Outgoing("7", text, (Button(label, data),), rtl=rtl))
    parts[-1].text.encode()


def test_a_line_of_a_right_to_left_text_that_starts_with_a_name_is_marked() -> None:
    out = Outgoing("7", "Amina: نعم\n\u2068Amina\u2069 نعم\nنعم", rtl=True)
    assert render(out)[0].text == "\u200fAmina: نعم\n\u2068Amina\u2069 نعم\nنعم"
