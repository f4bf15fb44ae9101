"""The file that goes from one organisation to another, by whatever way they trust.

One JSON object, for people to see what it is and for machines to check that it is whole:

    file, version    "onbelay jid", 1
    partnership      what both call it
    maker            who made it
    made, expires    UTC, ISO 8601; an expired file isn't read
    id               16 random bytes, hex: two files have nothing in common
    check            tells a wrong secret from a changed file, tells nothing else
    entries          texts of one length: base64 of a covered pseudonym and of sorted tokens
    seal             HMAC-SHA256 over all of the above

Reading takes any bytes and gives an accepted file or a JidError.
"""

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.jid.errors import JidError
from bot.jid.protocol import (
    COUNTS,
    MOST,
    PSEUDONYM,
    SIZES,
    TOKEN,
    Entropy,
    Partnership,
    Shared,
    Subject,
    cover,
    derive,
    entries,
    file_key,
    plain,
    uncover,
)

WHAT, VERSION = "onbelay jid", 1
LARGEST = MOST * (SIZES[-1] * TOKEN + PSEUDONYM + 8) * 4 // 3 + 10_000  #: bytes
HEAD = ("file", "version", "partnership", "maker", "made", "expires", "id", "check")


def export(
    subjects: Sequence[Subject], partnership: Partnership, made: datetime, expires: datetime,
    entropy: Entropy,
) -> bytes:  # fmt: skip
    """A file for the partner. Both times have a zone. JidError for more than MOST subjects."""
    if len(subjects) > MOST:
        raise JidError(
            f"A file holds {MOST} applications at most, and these are {len(subjects)}. No file was "
            "made. Leave out the oldest ones."
        )
    file = entropy(16)
    known = entries(subjects, partnership, file, entropy)
    key = file_key(partnership, "pseudonyms", file)
    packed = [cover(one.pseudonym, key, at) + b"".join(one.tokens) for at, one in enumerate(known)]
    body = _head(partnership, made, expires, file)
    body["entries"] = [base64.b64encode(entry).decode() for entry in packed]
    return json.dumps(body | {"seal": _seal(body, partnership, file)}, indent=0).encode()


def _head(
    partnership: Partnership, made: datetime, expires: datetime, file: bytes
) -> dict[str, Any]:
    values = (
        WHAT, VERSION, partnership.name, partnership.us, _iso(made), _iso(expires), file.hex(),
        _check(partnership, file),
    )  # fmt: skip
    return dict(zip(HEAD, values, strict=True))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _check(partnership: Partnership, file: bytes) -> str:
    """Of the secret alone: a partnership called differently has its own message."""
    return derive(partnership.secret, "check", file)[:8].hex()


def _seal(body: dict[str, Any], partnership: Partnership, file: bytes) -> str:
    """Over the values, however the JSON is set: whoever mails it may break lines anew."""
    said = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(file_key(partnership, "seal", file), said, hashlib.sha256).hex()


# ---------------------------------------------------------------- reading


def read(data: bytes, partnership: Partnership, now: datetime) -> Shared:
    """A partner's file, once everything about it is right. Raises JidError."""
    body = _parsed(data)
    _refuse_other_versions(body)
    _refuse_other_shapes(body)
    file = bytes.fromhex(body["id"])
    _refuse_others_files(body, partnership, file)
    _refuse_changed(body, partnership, file)
    _refuse_ours(body, partnership)
    _refuse_expired(body, now)
    key = file_key(partnership, "pseudonyms", file)
    known = tuple(_entry(text, key, at) for at, text in enumerate(body["entries"]))
    return Shared(partnership.name, body["maker"], body["made"], file, known)


_AGAIN = "Nothing was read. Ask your partner to make it again and to send it as it is."


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise JidError(
            f"This file is too large: {len(data)} bytes, and no file of a partner has more than "
            f"{LARGEST}. Nothing was read. Check that it is the right file."
        )
    try:
        body = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or body.get("file") != WHAT:
        raise JidError(
            "This is not a file that `onbelay jid export` makes, or it was cut off on its way. "
            + _AGAIN
        )
    return body


def _refuse_other_versions(body: dict[str, Any]) -> None:
    version = body.get("version")
    if type(version) is not int:
        raise _damaged()
    if version != VERSION:
        raise JidError(
            f"This file was made by {'an older' if version < VERSION else 'a newer'} version of "
            "Onbelay, which writes names down otherwise: comparing would miss people. Nothing was "
            "read. Update the older of the two installations and export again."
        )


def _refuse_other_shapes(body: dict[str, Any]) -> None:
    """Before the seal is looked at, so that only what is plain and bounded is hashed."""
    head = [body.get(name) for name in HEAD if name != "version"]
    texts = body.get("entries")
    if set(body) != {*HEAD, "entries", "seal"} or not all(_short(text) for text in head):
        raise _damaged()
    if not re.fullmatch("[0-9a-f]{32}", body["id"]) or not _short(body["seal"]):
        raise _damaged()
    if not isinstance(texts, list) or len(texts) not in COUNTS:
        raise _damaged()
    if not all(isinstance(text, str) and len(text) == len(texts[0]) for text in texts):
        raise _damaged()


def _refuse_others_files(body: dict[str, Any], partnership: Partnership, file: bytes) -> None:
    if body["partnership"] != partnership.name:
        raise JidError(
            f'This file was not made for the partnership "{partnership.name}". Nothing was read. '
            "Choose the partnership it was made for, or agree on one way to write its name."
        )
    if not _same(body["check"], _check(partnership, file)):
        raise JidError(
            f'This file was made with another secret than yours for "{partnership.name}": one of '
            "you has typed it wrong or changed it since. Nothing was read. Compare your secrets "
            "over the phone, then export again."
        )


def _refuse_changed(body: dict[str, Any], partnership: Partnership, file: bytes) -> None:
    said = {name: value for name, value in body.items() if name != "seal"}
    if not _same(body["seal"], _seal(said, partnership, file)):
        raise JidError(
            "This file was changed after it was made, on its way or on purpose: its seal doesn't "
            "fit. " + _AGAIN
        )


def _refuse_ours(body: dict[str, Any], partnership: Partnership) -> None:
    if _folded(body["maker"]) == _folded(partnership.us):
        raise JidError(
            f'This file was made by "{partnership.us}", which is you: matching it would only find '
            "your own applications. Nothing was read. Import your partner's file. If it is theirs, "
            "the two of you have the same name in the settings: change one."
        )


def _refuse_expired(body: dict[str, Any], now: datetime) -> None:
    made, expires = _time(body["made"]), _time(body["expires"])
    if not made < expires:
        raise _damaged()
    if now >= expires:
        raise JidError(
            f"This file was good until {_iso(expires)} only: who is in it may have withdrawn since "
            "then. Nothing was read. Delete it and ask your partner for a new one."
        )


def _entry(text: str, key: bytes, at: int) -> tuple[str, tuple[bytes, ...]]:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise _damaged() from None
    covered, rest = raw[:PSEUDONYM], raw[PSEUDONYM:]
    if len(rest) % TOKEN or len(rest) // TOKEN not in SIZES:
        raise _damaged()
    tokens = tuple(rest[start : start + TOKEN] for start in range(0, len(rest), TOKEN))
    return uncover(covered, key, at), tokens


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError("which zone?")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _damaged() from None


def _short(text: object) -> bool:
    return isinstance(text, str) and plain(text)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _same(said: str, right: str) -> bool:
    return said.isascii() and hmac.compare_digest(said, right)


def _damaged() -> JidError:
    return JidError("This file is damaged, or another program made it. " + _AGAIN)
