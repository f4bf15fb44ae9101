"""What people send beside their words, on disk: encrypted piece by piece, one file each.

A file is pieces, each its length (4 bytes, big endian) and its sealed bytes. A piece is bound to
the person, the file, its place in it and whether it is the last: none can be left out, moved or
taken from elsewhere without that showing. The key is the person's, so erasing them erases these.

Nothing of a name is stored, and what the file is, is read from its bytes, not from what somebody
said of it.
"""

import hashlib
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bot.vault import Vault

PIECE = 256 * 1024  #: bytes of one sealed piece, before sealing
HEAD = 512  #: bytes by which a file's type is told
LENGTH = 4
PART = ".part"  #: ends the name of a file that isn't whole yet
NAME = re.compile(rf"[a-z2-7]{{16}}({re.escape(PART)})?")  #: as bot.outbox.short_id makes them
UNKNOWN = "application/octet-stream"
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
#: (where, the bytes there) -> type. The first that fits; what isn't listed is passed on as bytes.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    *((4, b"ftyp" + brand, "image/heic") for brand in HEIC),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypavis", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"#!AMR", "audio/amr"),
    (8, b"WAVE", "audio/wav"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)
#: Ending of the neutral name under which a file is passed on.
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "image/heic": "heic", "image/avif": "avif",
    "audio/mp4": "m4a", "video/mp4": "mp4", "audio/ogg": "ogg",
    "audio/mpeg": "mp3", "audio/aac": "aac", "audio/amr": "amr", "audio/wav": "wav",
    "video/webm": "webm", "application/pdf": "pdf", "application/zip": "zip",
}  # fmt: skip


class Stored(NamedTuple):
    """`size` in bytes, `kind` as its bytes show, `sha256` in hex of the bytes as they came."""

    size: int
    kind: str
    sha256: str


class TooBig(Exception):
    """More bytes came than a file may have, whatever was said before."""


class Broken(Exception):
    """The file isn't here, or not whole."""


def kind_of(head: bytes) -> str:
    """The type that its first bytes show."""
    for at, magic, kind in MAGIC:
        if head[at : at + len(magic)] == magic:
            return kind
    return UNKNOWN


def neutral_name(kind: str) -> str:
    """Says nothing of who sent it, nor from where."""
    return f"file.{ENDINGS.get(kind, 'bin')}"


class Folder:
    """The folder of one installation. Made when it is first needed, readable by its owner only."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path, self.vault = path, vault

    async def write(
        self, person: str, name: str, pieces: AsyncIterator[bytes], most: int
    ) -> Stored:
        """Whole and on disk when it returns; nothing stays of what fails. Raises TooBig, and
        whatever `pieces` raises."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        part, size, head, sha = self.path / f"{name}{PART}", 0, b"", hashlib.sha256()
        try:
            with open(part, "wb", opener=_private) as file:  # noqa: ASYNC230
                number, waiting = 0, b""
                async for piece in pieces:
                    size += len(piece)
                    if size > most:
                        raise TooBig
                    sha.update(piece)
                    head = (head + piece)[:HEAD] if len(head) < HEAD else head
                    waiting += piece
                    while len(waiting) > PIECE:
                        file.write(self._sealed(person, name, number, False, waiting[:PIECE]))
                        number, waiting = number + 1, waiting[PIECE:]
                file.write(self._sealed(person, name, number, True, waiting))
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.path / name)
            _sync(self.path)
        finally:
            part.unlink(missing_ok=True)
        return Stored(size, kind_of(head), sha.hexdigest())

    def read(self, person: str, name: str) -> bytes:
        """All of it. Raises Broken when it isn't here or was cut; Tampered, Erased."""
        try:
            sealed = (self.path / name).read_bytes()
        except OSError:
            raise Broken(f"file {name} can't be read") from None
        pieces = list(_pieces(sealed, name))
        last = len(pieces) - 1
        return b"".join(
            self.vault.open(person, piece, _place(name, number, number == last))
            for number, piece in enumerate(pieces)
        )

    def _sealed(self, person: str, name: str, number: int, last: bool, clear: bytes) -> bytes:
        sealed = self.vault.seal(person, clear, _place(name, number, last))
        return len(sealed).to_bytes(LENGTH, "big") + sealed

    def names(self) -> list[str]:
        """Of the files that are ours: whole ones, and those that are being written. Others that lie
        here, should the folder be a shared one, are none of our business."""
        there = self.path.iterdir() if self.path.is_dir() else ()
        return [path.name for path in there if NAME.fullmatch(path.name) and path.is_file()]

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink(missing_ok=True)


def _place(name: str, number: int, last: bool) -> str:
    return f"file/{name}/{number}/{'last' if last else 'more'}"


def _pieces(sealed: bytes, name: str) -> Iterator[bytes]:
    at = 0
    while at < len(sealed):
        size = int.from_bytes(sealed[at : at + LENGTH], "big")
        piece = sealed[at + LENGTH : at + LENGTH + size]
        if len(piece) < size or not size:
            raise Broken(f"file {name} was cut")
        yield piece
        at += LENGTH + size
    if at == 0:
        raise Broken(f"file {name} is empty")


def _sync(folder: Path) -> None:
    """Without it a machine that loses power may forget the file's name."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
