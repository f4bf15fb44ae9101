"""What all channels do with files; the simulated phones', here and at the end of a wire; and how
files lie on the disk."""

import asyncio
import json
import os
import random
import socket
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import (
    Attachment,
    Button,
    Channel,
    File,
    Frame,
    In,
    Incoming,
    Outgoing,
    Reason,
    Refused,
    Retry,
    SendError,
)
from bot.channels.files import MIME, plain_mime, plain_name, within
from bot.channels.simulator import Phone, Simulator
from bot.channels.simulator.remote import Remote
from bot.channels.simulator.wire import Body, Wire
from bot.clock import ManualClock
from bot.demo import cast
from bot.demo.phones import picture
from bot.demo.stage import Stage
from bot.files import ENDINGS, LENGTH, MAGIC, UNKNOWN, Broken, Folder, TooBig, neutral_name
from bot.files import PIECE as CHUNK
from bot.vault import Erased, Tampered, Vault

MB = 1 << 20
PHOTO = File("scene.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(5 * MB))


# ---------------------------------------------------------------- names, types, sizes


@pytest.mark.parametrize(
    ("name", "mime", "plain"),
    [
        ("scene.jpg", "image/jpeg", "scene.jpg"),
        ("scene", "image/png", "scene.png"),
        ("voice", "audio/ogg; codecs=opus", "voice.ogg"),
        ("report", "application/pdf", "report.pdf"),
        ("what", "nonsense", "what"),
        ("", "", "file"),
        ("...", "image/jpeg", "file.jpg"),
        (".htaccess", "", "htaccess"),
        ("a/../b\\c.txt", "text/plain", "a_.._b_c.txt"),
        ("x." + "y" * 300, "", "x.yyyyyyy"),
    ],
)
def test_a_name_stays_a_name(name: str, mime: str, plain: str) -> None:
    assert plain_name(File(name, mime, b"")) == plain


@given(st.text(), st.text())
def test_no_name_leaves_its_folder_its_header_or_its_field(name: str, mime: str) -> None:
    plain = plain_name(File(name, mime, b""))
    assert 0 < len(plain.encode()) <= 255
    assert not set(plain) & set('/\\;,:"\r\n\0')
    assert not plain.startswith(".")


@given(st.text() | st.integers() | st.just("image/" + "x" * 500))
def test_a_type_is_one_or_nothing(found: object) -> None:
    mime = plain_mime(found)
    assert not mime or MIME.fullmatch(mime)


async def pieces(*sizes: int) -> AsyncGenerator[bytes, None]:
    for size in sizes:
        yield bytes(size)


@pytest.mark.parametrize("sizes", [(3, 3), (6,), (0, 6)])
async def test_as_much_as_agreed_comes(sizes: Sequence[int]) -> None:
    assert [len(piece) async for piece in within(pieces(*sizes), 6)] == list(sizes)


@pytest.mark.parametrize(
    ("sizes", "most", "end"),
    [((3, 3), 5, "too large"), ((7,), 6, "too large"), ((), 6, "empty"), ((0, 0), 6, "empty")],
)
async def test_no_more_than_agreed_comes_and_not_nothing(
    sizes: Sequence[int], most: int, end: str
) -> None:
    seen = []
    with pytest.raises(Refused) as error:
        async for piece in within(pieces(*sizes), most):
            seen.append(len(piece))  # noqa: PERF401 - what came before it broke off counts
    assert (error.value.reason, error.value.detail) == (Reason.REJECTED, end)
    assert sum(seen) <= most


async def test_what_is_left_unread_is_closed() -> None:
    closed = []

    async def endless() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    with pytest.raises(Refused):
        async for _ in within(endless(), 3):
            pass
    async with aclosing(within(endless(), 3)) as reading:
        async for _ in reading:
            break
    assert closed == [True, True]


def test_a_file_does_not_show_its_bytes() -> None:
    assert "secret" not in repr(Outgoing("7", file=File("a", "b", b"secret")))


# ---------------------------------------------------------------- simulated phones


class Heard:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    async def __call__(self, frames: Sequence[Frame], cursor: str | None) -> None:
        self.frames += frames


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def simulator(heard: Heard) -> Simulator:
    simulator = Simulator("signal", ManualClock(0), buttons=False)
    simulator.attach(heard)
    return simulator


@pytest.fixture
def amina(simulator: Simulator) -> Phone:
    return simulator.phone("amina")


async def fetched(channel: Channel, file: Attachment, most: int = 20 * MB) -> bytes:
    return b"".join([piece async for piece in channel.fetch(file, most)])


async def failure(channel: Channel, file: Attachment, most: int = 20 * MB) -> SendError:
    with pytest.raises(SendError) as error:
        await fetched(channel, file, most)
    return error.value


async def test_a_simulated_phone_sends_files(
    simulator: Simulator, heard: Heard, amina: Phone
) -> None:
    await amina.media("photo", [("image/png", b"one"), ("text/plain", b"two!")], text="look")
    await amina.media("voice", [("audio/ogg", b"three")])
    album, voice = (simulator.parse(frame.raw) for frame in heard.frames)
    assert (album.kind, album.note, album.text) == (In.MEDIA, "photo", "look")
    assert [(file.kind, file.mime, file.size) for file in album.files] == [
        ("photo", "image/png", 3),
        ("document", "text/plain", 4),
    ]
    assert [file.kind for file in voice.files] == ["voice"]
    every = (*album.files, *voice.files)
    assert [await fetched(simulator, file) for file in every] == [b"one", b"two!", b"three"]


async def test_a_simulated_message_carries_its_file(simulator: Simulator, amina: Phone) -> None:
    await simulator.send(Outgoing("amina", "From Omar", (Button("Open", "o"),), file=PHOTO))
    (shown,) = amina.shown
    assert (shown.text, shown.file) == ("From Omar\n\n1  Open", PHOTO)


async def test_a_simulated_platform_can_fail_to_give_a_file(
    simulator: Simulator, heard: Heard, amina: Phone
) -> None:
    await amina.media("photo", [("image/png", bytes(MB))])
    (file,) = simulator.parse(heard.frames[0].raw).files
    assert (await failure(simulator, file, MB - 1)).args == ("rejected: too large",)
    simulator.torn = Retry("the network")
    assert await failure(simulator, file) is simulator.torn
    simulator.down, simulator.torn = Retry("down"), None
    assert await failure(simulator, file) is simulator.down
    simulator.down = None
    assert len(await fetched(simulator, file)) == MB
    del simulator.files[file.ref]
    assert (await failure(simulator, file)).args == ("rejected: gone",)


@pytest.mark.parametrize("files", [7, [7], [{"ref": "x"}], {"a": 1}, [{"ref": 1, "kind": []}]])
def test_a_simulated_frame_may_hold_anything(simulator: Simulator, files: object) -> None:
    frame = {"kind": "media", "where": "amina", "files": files}
    assert isinstance(simulator.parse(json.dumps(frame).encode()), Incoming)


# ---------------------------------------------------------------- at the end of a wire


@asynccontextmanager
async def remote(stage: Stage) -> AsyncIterator[Remote]:
    """The engine's side; the other one answers as the demo's phones do."""
    ours, theirs = socket.socketpair()
    near, far = await Wire.on(ours), await Wire.on(theirs)

    async def nothing(what: str, body: Body) -> Mapping[str, Any]:
        return {}

    tasks = [
        asyncio.create_task(near.serve(nothing)),
        asyncio.create_task(far.serve(stage._answer)),
    ]
    yield Remote("telegram", near)
    near.cut()
    await asyncio.gather(*tasks)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    await cast.install(tmp_path, cast.noon())
    stage = Stage(tmp_path, cast.noon())
    yield stage
    await stage.close()


async def test_a_file_goes_over_the_wire_both_ways(stage: Stage) -> None:
    platform = stage.platforms["telegram"]
    file = Attachment(**platform.keep("video/mp4", bytes(20 * MB)))
    async with remote(stage) as channel:
        await channel.send(Outgoing("amina", "Look", (Button("Open", "o"),), file=PHOTO))
        pieces = [piece async for piece in channel.fetch(file, 20 * MB)]
        assert (await failure(channel, file, MB)).args == ("rejected: too large",)
        assert (await failure(channel, Attachment("x", "photo"))).args == ("rejected",)
        platform.torn = Retry("the network")
        assert (await failure(channel, file)).args == ("the network",)
    assert len(pieces) > 20
    assert sum(map(len, pieces)) == 20 * MB
    (shown,) = platform.phones["amina"].shown
    assert (shown.text, shown.file) == ("Look", PHOTO)
    assert (stage.journal[-1].text, stage.journal[-1].file) == ("Look", PHOTO)
    assert isinstance(await failure(channel, file), Retry)


async def test_the_demos_phones_take_real_photos(stage: Stage) -> None:
    bubble = stage.phones["amina"].photographs()
    assert bubble.frame is not None
    (file,) = (
        stage.platforms["telegram"]
        .parse(json.dumps({**bubble.frame, "where": "amina"}).encode())
        .files
    )
    async with remote(stage) as channel:
        assert await fetched(channel, file) == picture()


# ---------------------------------------------------------------- on disk, sealed

PERSON, NAME = "aminaaaaaaaaaaaa", "k7q2wxyzabcdefgh"


async def these(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.fixture
def folder(tmp_path: Path, vault: Vault) -> Folder:
    vault.new_people([PERSON, "bela"])
    return Folder(tmp_path / "deep" / "files", vault)


async def stored(folder: Folder, body: bytes, name: str = NAME, person: str = PERSON) -> Path:
    await folder.write(person, name, these(body), len(body))
    return folder.path / name


#: Around the length of a piece, where the last one begins.
SIZES = [0, 1, 511, 512, 513, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1000, CHUNK, 10 * CHUNK])
async def test_what_is_written_is_read(folder: Folder, size: int, step: int) -> None:
    body = random.Random(size).randbytes(size)
    pieces = [body[at : at + step] for at in range(0, size, step)]
    stored = await folder.write(PERSON, NAME, these(*pieces), size)
    assert stored == (size, UNKNOWN, sha256(body).hexdigest())
    assert folder.read(PERSON, NAME) == body
    assert [path.name for path in folder.path.iterdir()] == [NAME]


async def test_a_file_on_disk_is_its_owners_and_shows_nothing(folder: Folder) -> None:
    umask = os.umask(0)
    try:
        path = await stored(folder, b"the house of Amina" * 1000)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"Amina" not in path.read_bytes()


async def test_one_byte_too_many_leaves_nothing(folder: Folder) -> None:
    await folder.write(PERSON, "exactly", these(b"x" * 9, b"y"), 10)
    with pytest.raises(TooBig):
        await folder.write(PERSON, NAME, these(b"x" * 9, b"yz"), 10)
    assert [path.name for path in folder.path.iterdir()] == ["exactly"]


async def test_what_breaks_off_leaves_nothing_and_may_be_tried_again(folder: Folder) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"x" * 2 * CHUNK
        raise Retry("the network")

    with pytest.raises(Retry):
        await folder.write(PERSON, NAME, torn(), 3 * CHUNK)
    assert list(folder.path.iterdir()) == []
    (folder.path / f"{NAME}.part").write_bytes(b"of a process that was killed" * CHUNK)
    await stored(folder, b"whole")
    assert folder.read(PERSON, NAME) == b"whole"


def pieces_of(path: Path) -> list[bytes]:
    """The sealed pieces of a stored file, each with its length before it."""
    sealed, found, at = path.read_bytes(), [], 0
    while at < len(sealed):
        size = LENGTH + int.from_bytes(sealed[at : at + LENGTH], "big")
        found.append(sealed[at : at + size])
        at += size
    return found


Change = Callable[[list[bytes]], list[bytes]]
CHANGES: dict[str, Change] = {
    "its end is missing": lambda p: p[:-1],
    "its beginning is missing": lambda p: p[1:],
    "a piece is missing": lambda p: [p[0], *p[2:]],
    "two pieces are exchanged": lambda p: [p[1], p[0], *p[2:]],
    "a piece comes twice": lambda p: [p[0], *p],
    "its last piece comes twice": lambda p: [*p, p[-1]],
    "nothing is left": lambda p: [],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_pieces_cannot_be_left_out_or_moved(folder: Folder, change: Change) -> None:
    path = await stored(folder, bytes(3 * CHUNK))
    path.write_bytes(b"".join(change(pieces_of(path))))
    with pytest.raises((Tampered, Broken)):
        folder.read(PERSON, NAME)


async def test_a_file_that_was_cut_anywhere_is_noticed(folder: Folder) -> None:
    path = await stored(folder, b"a short one")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises((Tampered, Broken)):
            folder.read(PERSON, NAME)


async def test_every_bit_counts(folder: Folder) -> None:
    path = await stored(folder, b"a short one")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((Tampered, Broken)):
            folder.read(PERSON, NAME)


async def test_what_follows_the_end_is_noticed(folder: Folder) -> None:
    path = await stored(folder, b"a short one")
    whole = path.read_bytes()
    for more in (b"\0", bytes(LENGTH), b"\0\0\0\1x", b"\xff" * 9):
        path.write_bytes(whole + more)
        with pytest.raises((Tampered, Broken)):
            folder.read(PERSON, NAME)


async def test_a_file_belongs_to_its_place_and_its_person(folder: Folder) -> None:
    """Also piece by piece: none of another file fits, not even of the same person."""
    path = await stored(folder, bytes(2 * CHUNK))
    other = await stored(folder, bytes(2 * CHUNK), "other")
    hers, its = pieces_of(path), pieces_of(other)
    for mixed in (its, [hers[0], its[1]], [its[0], hers[1]]):
        path.write_bytes(b"".join(mixed))
        with pytest.raises(Tampered):
            folder.read(PERSON, NAME)
    path.write_bytes(b"".join(hers))
    with pytest.raises(Tampered):
        folder.read("bela", NAME)
    assert folder.read(PERSON, NAME) == bytes(2 * CHUNK)


async def test_a_file_that_is_not_there_is_broken(folder: Folder) -> None:
    with pytest.raises(Broken):
        folder.read(PERSON, NAME)


async def test_whose_key_is_gone_their_files_are_gone(folder: Folder) -> None:
    await stored(folder, b"hers")
    await stored(folder, b"another's", "other", "bela")
    folder.vault.erase(PERSON)
    with pytest.raises(Erased):
        folder.read(PERSON, NAME)
    with pytest.raises(Erased):
        await folder.write(PERSON, NAME, these(b"more"), 10)
    assert not (folder.path / f"{NAME}.part").exists()
    assert folder.read("bela", "other") == b"another's"


@pytest.mark.parametrize(
    ("head", "kind", "name"),
    [
        (b"\xff\xd8\xff\xe0....JFIF", "image/jpeg", "file.jpg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png", "file.png"),
        (b"RIFF....WEBPVP8 ", "image/webp", "file.webp"),
        (b"RIFF....WAVEfmt ", "audio/wav", "file.wav"),
        (b"\0\0\0\x18ftypheic", "image/heic", "file.heic"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4", "file.m4a"),
        (b"\0\0\0\x18ftypisom", "video/mp4", "file.mp4"),
        (b"OggS\0\2", "audio/ogg", "file.ogg"),
        (b"%PDF-1.7", "application/pdf", "file.pdf"),
        (b"PK\3\4", "application/zip", "file.zip"),
        (b"MZ\x90\0", UNKNOWN, "file.bin"),
        (b"<html><script>", UNKNOWN, "file.bin"),
        (b"\xff\xd8", UNKNOWN, "file.bin"),
        (b"", UNKNOWN, "file.bin"),
    ],
)
async def test_what_a_file_is_is_read_from_its_bytes(
    folder: Folder, head: bytes, kind: str, name: str
) -> None:
    """However small the pieces are in which they come."""
    one_by_one = (bytes([byte]) for byte in head)
    assert (await folder.write(PERSON, NAME, these(*one_by_one), 100)).kind == kind
    assert neutral_name(kind) == name


def test_every_type_that_is_told_has_a_name() -> None:
    assert {kind for _, _, kind in MAGIC} == set(ENDINGS)
