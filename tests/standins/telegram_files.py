"""Files at the stand-in Bot API: what is kept, what is refused, how it describes them.

A file that is too big for a bot is known and can't be fetched; one whose path is not known (any
more) answers 404; what a person's app says of its size, type and name is passed on as it is.
"""

import asyncio
import struct
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from aiohttp.web import BaseRequest

from tests.standins.telegram_rules import Params, Refusal, Upload, units

MB = 1 << 20
MAX_DOWNLOAD, MAX_UPLOAD, MAX_PHOTO, MAX_CAPTION = 20 * MB, 50 * MB, 10 * MB, 1024
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
FOLDERS = {"photo": "photos", "voice": "voice", "document": "documents"}


@dataclass(frozen=True, slots=True)
class Kept:
    """`claimed`: how big it is said to be."""

    id: str
    path: str
    upload: Upload
    claimed: int

    @property
    def body(self) -> bytes:
        return self.upload.body


class Shelf:
    """All files of the platform. `no_photos`: why every photo is refused, "" when none is."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.no_photos = ""
        self.most = MAX_UPLOAD

    def must_fit(self, params: Params) -> None:
        if sum(len(upload.body) for upload in params.uploads.values()) > self.most:
            raise Refusal(413, "Request Entity Too Large")

    def keep(self, shape: str, upload: Upload, claimed: int | None = None) -> Kept:
        number = len(self.kept) + 1
        ending = PurePath(upload.name).suffix or ".bin"
        path = f"{FOLDERS.get(shape, 'files')}/file_{number}{ending}"
        size = len(upload.body) if claimed is None else claimed
        kept = Kept(f"AgACAgIAAx-{number}", path, upload, size)
        self.kept[kept.id] = kept
        return kept

    def take(self, shape: str, params: Params) -> Kept:
        """What a bot sends, or in the Bot API's words why not."""
        upload = params.uploads.get(params.get(shape, "").removeprefix("attach://") or shape)
        if upload is None:
            raise Refusal(400, f"Bad Request: there is no {shape} in the request")
        if not upload.body:
            raise Refusal(400, "Bad Request: file must be non-empty")
        if shape == "photo":
            self._must_be_photo(upload.body)
        return self.keep(shape, upload)

    def _must_be_photo(self, body: bytes) -> None:
        if self.no_photos:
            raise Refusal(400, f"Bad Request: {self.no_photos}")
        if len(body) > MAX_PHOTO:
            text = f"file of size {len(body)} bytes is too big for a photo"
            raise Refusal(400, f"Bad Request: {text}; the maximum size is {MAX_PHOTO} bytes")
        if not body.startswith((JPEG, PNG)):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if body.startswith(PNG):
            width, height = struct.unpack(">II", body[16:24])
            if width + height > 10_000 or max(width, height) > 20 * min(width, height):
                raise Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")

    def get_file(self, params: Params) -> dict[str, Any]:
        kept = self.kept.get(params.get("file_id", ""))
        if kept is None:
            text = "wrong file_id or the file is temporarily unavailable"
            raise Refusal(400, f"Bad Request: {text}")
        if max(kept.claimed, len(kept.body)) > MAX_DOWNLOAD:
            raise Refusal(400, "Bad Request: file is too big")
        return described(kept) | {"file_path": kept.path}

    def at(self, path: str) -> Kept | None:
        return next((kept for kept in self.kept.values() if kept.path == path), None)


def roomy_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> BaseRequest:
    """aiohttp's own limit is 1 MB."""
    loop, most = asyncio.get_running_loop(), 2 * MAX_UPLOAD
    return BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=most)


def described(kept: Kept) -> dict[str, Any]:
    ids = {"file_id": kept.id, "file_unique_id": f"u{kept.id}"}
    return ids | ({"file_size": kept.claimed} if kept.claimed else {})


def content(shape: str, kept: Kept, **more: Any) -> Any:
    """As it stands in a message. A photo has several sizes, the small ones first."""
    whole = described(kept)
    if shape == "photo":
        small = {"file_id": f"{kept.id}-s", "file_unique_id": "s", "file_size": 90}
        sizes = [small | {"width": 90, "height": 60}, whole | {"width": 1280, "height": 853}]
        return [*sizes[:1], sizes[1] | more]
    named = {"file_name": kept.upload.name, "mime_type": kept.upload.mime}
    lasting = {"duration": 3} if shape in ("voice", "audio", "video", "animation") else {}
    return whole | named | lasting | more


def caption_of(params: Params) -> str:
    caption = params.get("caption", "").strip()
    if units(caption) > MAX_CAPTION:
        raise Refusal(400, "Bad Request: message caption is too long")
    return caption
