"""What Telegram sends us: one raw update in, one `Incoming` out.

Rules for whoever edits this file:
- Total: any bytes give an answer, nothing raises. An update is written by strangers.
- Only a private chat with a person counts: chat.type is "private", chat.id is the sender's id and
  the sender is no bot. Groups, channels and bots are IGNORE, whatever they say.
- What a person sent and we can't use is MEDIA, never IGNORE: they must get an answer.
- Strings leave here without NUL (PostgreSQL refuses it) and without lone surrogates (UTF-8 does).
- `sent_ms` is 0 where Telegram doesn't say when: a button press carries no time of its own.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.base import LONGEST_TEXT, Attachment, In, Incoming
from bot.channels.files import MAX_REF, plain_mime

MAX_HINT = 200
#: Ids of Telegram have at most 52 significant bits; more is not an id.
MAX_ID = 2**53
MAX_SECONDS = 2**40
MAX_LANG = 12
#: The Bot API gives nobody a file of more bytes (MAX_DOWNLOAD_FILE_SIZE of tdlib/telegram-bot-api).
MAX_FETCH = 20 << 20

IGNORED = Incoming(In.IGNORE)

MESSAGES = ("message", "edited_message")

#: The kinds that we ask for: `allowed_updates` of getUpdates.
UPDATES = (*MESSAGES, "callback_query", "my_chat_member", "message_reaction")

#: Kinds of content, the telling name first: a GIF is also a document, a game has a text.
MEDIA = (
    "sticker",
    "photo",
    "voice",
    "video_note",
    "video",
    "audio",
    "animation",
    "document",
    "contact",
    "poll",
    "dice",
    "story",
    "game",
    "invoice",
    "paid_media",
    "checklist",
)

#: Of these, what can be fetched: (what it is to us, its type where Telegram doesn't say it).
FILES = {
    "photo": ("photo", "image/jpeg"),
    "voice": ("voice", "audio/ogg"),
    "video_note": ("video", "video/mp4"),
    "video": ("video", "video/mp4"),
    "audio": ("audio", "audio/mpeg"),
    "animation": ("video", "video/mp4"),
    "document": ("document", ""),
}

#: Notices that the app makes by itself: nobody is waiting for an answer.
SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "connected_website",
    "chat_background_set",
    "proximity_alert_triggered",
    "boost_added",
)

#: "/command@bot", as apps write it for us.
ADDRESSED = re.compile(r"\A(/\w{1,64})@\w+")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """What receiving needs of an update, as far as it can be read.

    callback  id of the button press that wants an answer at once, "" where it is none
    """

    number: int | None
    sender: str
    hint: str
    callback: str


def parse(raw: bytes) -> Incoming:
    update = _load(raw)
    for name in MESSAGES:
        if name in update:
            return _message(_at(update, name), edited=name == "edited_message")
    if "callback_query" in update:
        return _press(_at(update, "callback_query"))
    if "message_reaction" in update:
        return _reaction(_at(update, "message_reaction"))
    if "my_chat_member" in update:
        return _member(_at(update, "my_chat_member"))
    return IGNORED


# ---------------------------------------------------------------- what receive reads


def split(payload: bytes) -> list[bytes]:
    """The elements of `result` of a getUpdates answer, each as its bytes came.

    Finds the borders without decoding anything: an update that no JSON reader takes (nested too
    deep, a number of 5,000 digits) must not hurt its neighbours. ValueError: not such an answer.
    """
    start = re.match(rb'\s*\{(?:\s*"ok"\s*:\s*true\s*,)?\s*"result"\s*:\s*\[', payload)
    if not start:
        return _split_decoded(payload)
    begin, found = start.end(), []
    for kind, at in _borders(payload, begin):
        if piece := payload[begin:at].strip():
            found.append(piece)
        begin = at + 1
        if kind == b"]":
            return found
    raise ValueError("the answer ends before its list does")


def head(raw: bytes) -> Head:
    update = _load(raw)
    number = _int(update.get("update_id"))
    found = next((_at(update, name) for name in UPDATES if name in update), {})
    person = _id((_at(found, "from") or _at(found, "user")).get("id"))
    words = found.get("text") or found.get("caption") or found.get("data")
    callback = _text(_at(update, "callback_query").get("id"), MAX_HINT)
    return Head(number if number >= 0 else None, person, _text(words, MAX_HINT), callback)


def next_offset(heads: Sequence[Head], offset: int | None) -> int:
    """The offset that confirms these updates and none besides.

    Ids only grow within an answer, so an update whose id can't be read has at least the one after
    its neighbour's. The last id counts also where it is lower than the stored offset: after a week
    of silence Telegram starts again at a random number.
    """
    last = (offset or 1) - 1
    for top in heads:
        last = last + 1 if top.number is None else top.number
    return last + 1


#: A string (skipped whole), or a character that opens, closes or parts.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def _borders(payload: bytes, begin: int) -> Iterator[tuple[bytes, int]]:
    """Commas between the elements of the list that starts at `begin`, and its closing bracket."""
    depth = 0
    for token in TOKEN.finditer(payload, begin):
        kind = token.group()
        if depth == 0 and kind in (b",", b"]"):
            yield kind, token.start()
        elif kind in (b"[", b"{"):
            depth += 1
        elif kind in (b"]", b"}"):
            depth -= 1


def _split_decoded(payload: bytes) -> list[bytes]:
    """The same for an answer whose fields come in another order."""
    result = _load(payload).get("result")
    if not isinstance(result, list):
        raise ValueError("not an answer to getUpdates")
    return [json.dumps(update).encode() for update in result]


# ---------------------------------------------------------------- the kinds of update


def _message(message: Json, edited: bool) -> Incoming:
    where = _private(_at(message, "chat"), _at(message, "from"))
    if not where or any(name in message for name in SERVICE):
        return replace(IGNORED, where=where)
    base = Incoming(
        In.TEXT,
        where=where,
        sent_ms=_ms(message.get("edit_date") if edited else None) or _ms(message.get("date")),
        upstream=_id(message.get("message_id")),
        text=ADDRESSED.sub(r"\1", _text(message.get("text") or message.get("caption"))),
        target=_id(_at(message, "reply_to_message").get("message_id")),
        edited=edited,
        lang=_text(_at(message, "from").get("language_code"), MAX_LANG),
        note="forwarded" if "forward_origin" in message or "forward_date" in message else "",
    )
    return _content(base, message)


def _content(base: Incoming, message: Json) -> Incoming:
    place = _place(_at(message, "location") or _at(_at(message, "venue"), "location"))
    if place:
        venue = _at(message, "venue")
        words = [_text(venue.get("title"), MAX_HINT), _text(venue.get("address"), MAX_HINT)]
        lat, lon = place
        text = base.text or "\n".join(word for word in words if word)
        return replace(base, kind=In.LOCATION, lat=lat, lon=lon, text=text)
    if base.text and isinstance(message.get("text"), str):
        return base
    what = next((name for name in MEDIA if name in message), "unknown")
    emoji = _text((_at(message, "sticker") or _at(message, "dice")).get("emoji"), 16)
    note = f"{what}, {base.note}" if base.note else what
    return replace(base, kind=In.MEDIA, note=note, emoji=emoji, files=_files(what, message))


def _files(what: str, message: Json) -> tuple[Attachment, ...]:
    """One at most: the pictures of an album are messages of their own."""
    if what not in FILES:
        return ()
    kind, usual = FILES[what]
    found = _largest(message["photo"]) if what == "photo" else _at(message, what)
    ref, size = _ref(found.get("file_id")), max(0, _int(found.get("file_size")))
    mime = plain_mime(found.get("mime_type")) or usual
    return (Attachment(ref, kind, mime, size),) if ref else ()


def _largest(sizes: object) -> Json:
    """A photo comes in several sizes: the largest that may be fetched."""
    every = [size for size in sizes if isinstance(size, dict)] if isinstance(sizes, list) else []
    fitting = [size for size in every if _int(size.get("file_size")) <= MAX_FETCH]
    return max(fitting, key=_pixels, default={})


def _pixels(size: Json) -> int:
    return max(0, _int(size.get("width"))) * max(0, _int(size.get("height")))


def _press(query: Json) -> Incoming:
    message = _at(query, "message")
    where = _private(_at(message, "chat"), _at(query, "from"))
    data, upstream = _text(query.get("data")), _text(query.get("id"), MAX_HINT)
    if not where or not data:
        return replace(IGNORED, where=where)
    target = _id(message.get("message_id"))
    return Incoming(
        In.CHOICE, where=where, data=data, upstream=upstream, target=target, note=upstream
    )


def _reaction(change: Json) -> Incoming:
    where = _private(_at(change, "chat"), _at(change, "user"))
    before = _emojis(change.get("old_reaction"))
    added = [emoji for emoji in _emojis(change.get("new_reaction")) if emoji not in before]
    if not where or not added:
        return replace(IGNORED, where=where)
    return Incoming(
        In.REACTION,
        where=where,
        sent_ms=_ms(change.get("date")),
        emoji=added[0],
        target=_id(change.get("message_id")),
    )


def _member(change: Json) -> Incoming:
    """The person blocked the bot, or let it in again."""
    where = _private(_at(change, "chat"), _at(change, "from"))
    status = _at(change, "new_chat_member").get("status")
    note = {"kicked": "blocked", "member": "unblocked"}.get(_text(status, MAX_HINT), "")
    return replace(IGNORED, where=where, sent_ms=_ms(change.get("date")), note=note)


# ---------------------------------------------------------------- reading what can't be trusted


def _load(raw: bytes) -> Json:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _at(value: Json, key: str) -> Json:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _int(value: object) -> int:
    """-1 for everything that isn't a whole number of a sensible size."""
    good = isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_ID
    return value if good else -1  # type: ignore[return-value]


def _id(value: object) -> str:
    return str(_int(value)) if _int(value) > 0 else ""


def _ms(value: object) -> int:
    seconds = _int(value)
    return seconds * 1000 if 0 < seconds < MAX_SECONDS else 0


def _text(value: object, limit: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        return ""
    return value[:limit].encode("utf-8", "replace").decode().replace("\x00", "")


def _ref(value: object) -> str:
    found = _text(value, MAX_REF + 1)
    return found if len(found) <= MAX_REF else ""


def _private(chat: Json, person: Json) -> str:
    """Where to answer, "" unless it is a person's own private chat with us."""
    mine = chat.get("type") == "private" and person.get("is_bot") is not True
    who = _id(person.get("id"))
    return who if mine and who == _id(chat.get("id")) else ""


def _place(location: Json) -> tuple[float, float] | None:
    lat, lon = location.get("latitude"), location.get("longitude")
    for value, most in ((lat, 90), (lon, 180)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not -most <= value <= most:
            return None
    return float(lat), float(lon)  # type: ignore[arg-type]


def _emojis(reactions: object) -> list[str]:
    """Custom and paid reactions have no emoji: one sign stands for them all."""
    if not isinstance(reactions, list):
        return []
    found = [item for item in reactions if isinstance(item, dict)]
    return [_text(item.get("emoji"), 16) or "⭐" for item in found]
