"""What Signal sends us: one raw frame of signal-cli-rest-api in, one `Incoming` out.

Rules for whoever edits this file:
- Total: any bytes give an answer, nothing raises. A frame is written by strangers.
- signalbot's generated models read the envelope. What a model rejects is mended where it is wrong
  and read again: a panic isn't lost because a server timestamp is missing or a preview is broken.
- Only a direct message counts: groups, stories, receipts, typing and our other devices are IGNORE.
- What a person sent and we can't use is MEDIA, never IGNORE: they must get an answer.
- signal-cli puts all of a long text into the message, and still lists the attachment that brought
  the rest (LONG_TEXT): that one is no file, and no reason to call the message MEDIA.
- A message is known by its sender's timestamp (ms): Signal has no other message id.
- Strings leave here without NUL (PostgreSQL refuses it) and without lone surrogates (UTF-8 does).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from signalbot._generated import Attachment as Sent
from signalbot._generated import DataMessage, MessageEnvelope

from bot.channels.base import LONGEST_TEXT, Attachment, Frame, In, Incoming
from bot.channels.files import MAX_REF, plain_mime

MAX_HINT = 200
MAX_ID = 128
MAX_MS = 2**53
#: Files of one message; the rest is left where it is.
MAX_FILES = 10
LONG_TEXT = "text/x-signal-plain"
#: Rounds of mending before only sender, time and text of a message are read.
MAX_MENDS = 4

IGNORED = Incoming(In.IGNORE)

#: Contents of an envelope, the telling name first.
CONTENTS = (
    "dataMessage",
    "editMessage",
    "callMessage",
    "syncMessage",
    "storyMessage",
    "receiptMessage",
    "typingMessage",
)
GROUPS = ("groupInfo", "groupV2", "group")

#: Signal's apps share a place as a link of Google Maps, often under a name and an address.
PLACE = re.compile(
    r"(?:https?://(?:maps\.google\.[a-z.]{2,6}|(?:www\.)?google\.[a-z.]{2,6}/maps|maps\.apple\.com)"
    r"[^\s?]{0,100}\?(?:[^\s#]{0,200}&)?(?:q|ll|query)=|geo:)"
    r"(-?\d{1,3}(?:\.\d{1,20})?)(?:%2C|,)(?:%20|\+)?(-?\d{1,3}(?:\.\d{1,20})?)(?!\d)\S{0,200}",
    re.IGNORECASE | re.ASCII,
)

Json = Mapping[str, Any]


def parse(raw: bytes, account: str = "") -> Incoming:
    """`account`: our own number; without it the frame's word for it is taken."""
    frame = _load(raw)
    envelope = _at(frame, "envelope")
    if not envelope:
        return replace(IGNORED, note="error" if "error" in frame else "unreadable")
    ours = account or _text(frame.get("account"), MAX_ID)
    base = _base(envelope)
    if not base.where or ours in _names(envelope) or _elsewhere(envelope):
        return replace(base, kind=In.IGNORE)
    if not any(_at(envelope, name) for name in CONTENTS):
        return _unreadable(base, _at(frame, "exception"))
    return _content(base, _read(envelope), ours)


def to_frame(raw: bytes) -> Frame:
    """What the inbox needs to know of a frame before it is parsed. See `base.Frame`."""
    envelope = _at(_load(raw), "envelope")
    sender, sent = _sender(envelope), _positive(envelope.get("timestamp"))
    if not sender or not sent:
        return Frame(raw, ("signal", hashlib.sha256(raw).hexdigest()), sender, _hint(envelope))
    return Frame(raw, ("signal", sender, str(sent), *_kind(envelope)), sender, _hint(envelope))


# ---------------------------------------------------------------- before parsing


def _kind(envelope: Json) -> tuple[str, ...]:
    """Tells apart what may carry one timestamp.

    A message that signal-cli couldn't decrypt has no content; the sender's phone sends it again
    by itself, with the same timestamp, and that second one must not be taken for the first.
    """
    name = next((name for name in CONTENTS if _at(envelope, name)), "none")
    content = _at(envelope, name)
    reaction = _at(content, "reaction")
    if name == "editMessage":
        return (name, str(_positive(content.get("targetSentTimestamp"))))
    if reaction:
        emoji, removed = _text(reaction.get("emoji"), 16), bool(reaction.get("isRemove"))
        return (name, str(_positive(reaction.get("targetSentTimestamp"))), emoji, str(removed))
    return (name,)


def _hint(envelope: Json) -> str:
    message = _at(envelope, "dataMessage") or _at(_at(envelope, "editMessage"), "dataMessage")
    return _text(message.get("message"), MAX_HINT)


def _base(envelope: Json) -> Incoming:
    sent = _positive(envelope.get("timestamp"))
    return Incoming(
        In.IGNORE,
        where=_sender(envelope),
        number=_number(envelope),
        sent_ms=sent,
        upstream=str(sent) if sent else "",
    )


def _sender(envelope: Json) -> str:
    """UUID, or the number of somebody who has none (very old apps)."""
    for name in ("sourceUuid", "sourceNumber", "source"):
        if found := _text(envelope.get(name), MAX_ID).strip():
            return found
    return ""


def _number(envelope: Json) -> str:
    """The phone number, where the person shows it. `source` is the number or the UUID."""
    for name in ("sourceNumber", "source"):
        if (found := _text(envelope.get(name), MAX_ID).strip()).startswith("+"):
            return found
    return ""


def _names(envelope: Json) -> set[str]:
    return {_sender(envelope), _number(envelope)} - {""}


def _elsewhere(envelope: Json) -> bool:
    """Groups, our other devices and stories, looked up before anything is mended away."""
    data = _at(envelope, "dataMessage")
    edit = _at(_at(envelope, "editMessage"), "dataMessage")
    if envelope.get("syncMessage") is not None or envelope.get("storyMessage") is not None:
        return True
    return any(part.get(name) is not None for part in (data, edit) for name in GROUPS)


def _unreadable(base: Incoming, exception: Json) -> Incoming:
    """signal-cli couldn't decrypt it (new phone, broken session), or it is nothing at all."""
    what = _text(exception.get("type"), MAX_ID)
    if not what or "Duplicate" in what:
        return base
    return replace(base, kind=In.MEDIA, note="unreadable")


# ---------------------------------------------------------------- reading with the models


def _read(envelope: dict[str, Any]) -> MessageEnvelope:
    for _ in range(MAX_MENDS):
        try:
            return MessageEnvelope.model_validate(envelope)
        except ValidationError as error:
            for flaw in error.errors(include_url=False, include_context=False, include_input=False):
                _mend(envelope, flaw["loc"], flaw["type"] == "missing")
    return MessageEnvelope.model_validate(_plain(envelope))


def _mend(part: Any, loc: tuple[int | str, ...], missing: bool) -> None:
    """Puts 0 where a field is missing, takes away what is of the wrong type."""
    for step in loc[:-1]:
        try:
            part = part[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(part, dict) and isinstance(loc[-1], str):
        part.pop(loc[-1], None)
        if missing:
            part[loc[-1]] = 0
    elif isinstance(part, list) and isinstance(loc[-1], int) and loc[-1] < len(part):
        part[loc[-1]] = {}


def _plain(envelope: Json) -> dict[str, Any]:
    """Time and text alone, edited or not."""
    bare: dict[str, Any] = dict.fromkeys(
        ("timestamp", "serverReceivedTimestamp", "serverDeliveredTimestamp"), 0
    )
    edit = _at(envelope, "editMessage")
    message = _at(envelope, "dataMessage") or _at(edit, "dataMessage")
    data = {"timestamp": 0, "message": _text(message.get("message"))}
    if edit:
        return bare | {"editMessage": {"targetSentTimestamp": 0, "dataMessage": data}}
    return bare | {"dataMessage": data}


# ---------------------------------------------------------------- the kinds of content


def _content(base: Incoming, envelope: MessageEnvelope, ours: str) -> Incoming:
    if message := envelope.data_message:
        return _message(base, message, ours)
    if edit := envelope.edit_message:
        edited = _message(base, edit.data_message, ours) if edit.data_message else base
        return replace(edited, edited=True, target="")
    call = envelope.call_message
    if call and call.offer_message:
        return replace(base, kind=In.MEDIA, note="call")
    return base


def _message(base: Incoming, message: DataMessage, ours: str) -> Incoming:
    if message.reaction:
        return _reaction(base, message, ours)
    if message.remote_delete or message.admin_delete:
        return base
    text = _text(message.message)
    base = replace(base, text=text, target=_quoted(base, message, ours), files=_files(message))
    if found := _place(text):
        lat, lon, words = found
        return replace(base, kind=In.LOCATION, lat=lat, lon=lon, text=words)
    if what := _medium(message):
        return replace(base, kind=In.MEDIA, note=what)
    # Without text: a new disappearing-message timer, a profile key, a pin, a vote. Nobody waits.
    return replace(base, kind=In.TEXT) if text.strip() else replace(base, kind=In.IGNORE)


def _reaction(base: Incoming, message: DataMessage, ours: str) -> Incoming:
    reaction = message.reaction
    emoji = _text(reaction.emoji, 16) if reaction else ""
    if reaction is None or reaction.is_remove or not emoji:
        return base
    authors = (reaction.target_author, reaction.target_author_uuid, reaction.target_author_number)
    target = _target(base, reaction.target_sent_timestamp, authors, ours)
    return replace(base, kind=In.REACTION, emoji=emoji, target=target)


def _quoted(base: Incoming, message: DataMessage, ours: str) -> str:
    quote = message.quote
    if quote is None:
        return ""
    return _target(base, quote.id, (quote.author, quote.author_uuid, quote.author_number), ours)


def _target(base: Incoming, sent: int, authors: tuple[str | None, ...], ours: str) -> str:
    """The id of the message answered, "" when it isn't ours.

    In a direct chat it is theirs or ours. We know our number, not our UUID: whatever doesn't name
    the sender, or another number than ours, is ours.
    """
    named = {author for author in authors if author}
    if ours not in named:
        numbers = {author for author in named if author.startswith("+")}
        if named & {base.where, base.number} or (ours and numbers):
            return ""
    return str(sent) if 0 < sent < MAX_MS else ""


def _medium(message: DataMessage) -> str:
    if attached := _attached(message):
        return _attachment(attached[0])
    present = {
        "sticker": message.sticker,
        "contact": message.contacts,
        "payment": message.payment,
        "poll": message.poll_create,
    }
    return next((name for name, found in present.items() if found), "")


def _attached(message: DataMessage) -> list[Sent]:
    every = message.attachments or []
    return [one for one in every if plain_mime(one.content_type) != LONG_TEXT]


def _files(message: DataMessage) -> tuple[Attachment, ...]:
    """What signal-cli has no name for can't be fetched."""
    named = [(_ref(one.local_filename), one) for one in _attached(message)]
    files = [
        Attachment(ref, _attachment(one), plain_mime(one.content_type), _positive(one.size))
        for ref, one in named
        if ref
    ]
    return tuple(files[:MAX_FILES])


def _attachment(attachment: Sent) -> str:
    if attachment.is_voice_note:
        return "voice"
    kind = (attachment.content_type or "").partition("/")[0].lower()
    return {"image": "photo", "video": "video", "audio": "audio"}.get(kind, "document")


def _place(text: str) -> tuple[float, float, str] | None:
    """(lat, lon, the words beside the link)"""
    for link in PLACE.finditer(text):
        lat, lon = float(link[1]), float(link[2])
        if abs(lat) <= 90 and abs(lon) <= 180:
            return lat, lon, (text[: link.start()] + text[link.end() :]).strip()
    return None


# ---------------------------------------------------------------- reading what may be anything


def _load(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _at(parent: Json, name: str) -> dict[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def _text(found: object, most: int = LONGEST_TEXT) -> str:
    if not isinstance(found, str):
        return ""
    return found[:most].replace("\0", "").encode("utf-8", "ignore").decode()


def _ref(found: object) -> str:
    ref = _text(found, MAX_REF + 1)
    return ref if len(ref) <= MAX_REF else ""


def _positive(found: object) -> int:
    if not isinstance(found, int) or isinstance(found, bool):
        return 0
    return found if 0 < found < MAX_MS else 0
