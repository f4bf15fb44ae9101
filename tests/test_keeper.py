"""From a phone into the encrypted folder and on: once, whatever fails, and within bounds."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import keeper
from bot.app import assemble
from bot.channels.base import Attachment, Retry
from bot.channels.simulator.client import Simulator
from bot.config import Settings
from bot.keeper import ATTEMPTS
from bot.store import retention
from bot.store import tables as t
from bot.store.erasing import erase_rows
from bot.store.forgetting import forget
from bot.store.store import StoreError
from tests.test_logs import Written, out
from tests.world import Crash, Player, Said, World, world

__all__ = ["out"]

MB = 1 << 20
MINUTE = 60_000
JPEG = b"\xff\xd8\xff\xe0"
BOUNDS = """
[attachments]
most_megabytes = 1
files_per_case = 4
megabytes_per_case = 3
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    """Amina writes with Omar, who has her case."""
    async with world(tmp_path / "w", BOUNDS) as made:
        await made.add(Player("Amina"))
        await made.add(Player("Omar", "coordinator", ("signal",), duty=True))
        await made.says("Amina", "human")
        await made.presses("Omar", "I have it")
        yield made


async def sends(here: World, *bodies: bytes, who: str = "Amina", **more: object) -> list[str]:
    """One message with these files; their refs."""
    phone = here.phone(who)
    before = set(phone.simulator.files)
    await phone.media("photo", [("image/jpeg", body) for body in bodies], **more)
    await here.run()
    return [ref for ref in phone.simulator.files if ref not in before]


def passed(here: World, who: str = "Omar") -> list[tuple[str, str, bytes]]:
    """What came: name, type, bytes."""
    files = [s.shown.file for s in here.said if s.to == who]
    return [(file.name, file.mime, file.body) for file in files if file]


def told(here: World, who: str, words: str) -> list[Said]:
    return [s for s in here.said if s.to == who and words in s.text]


async def rows(here: World) -> list[tuple[str, str | None]]:
    """(state, error) of every file."""
    assert here.app is not None
    c = t.attachments.c
    async with here.app.store.read() as conn:
        found = await conn.execute(select(c.state, c.error).order_by(c.created_at, c.state))
        return [(row[0], row[1]) for row in found]


def on_disk(here: World) -> list[Path]:
    assert here.app is not None
    folder = here.app.settings.files
    return sorted(folder.iterdir()) if folder.is_dir() else []


# ---------------------------------------------------------------- there


async def test_what_is_sent_is_kept_sealed_and_passed_on(here: World) -> None:
    body = JPEG + b"the house of Amina" * 20_000
    (ref,) = await sends(here, body)
    (path,) = on_disk(here)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"Amina" not in path.read_bytes()
    assert await here.count("attachments", id=path.name, state="kept", size=len(body)) == 1
    assert passed(here) == [("file.jpg", "image/jpeg", body)]
    assert here.telegram.forgotten == {ref}


async def test_no_name_and_no_claim_is_believed(here: World) -> None:
    """It is called a photo; what it is, its bytes say."""
    await sends(here, b"%PDF-1.7 and so on")
    await sends(here, b"MZ, a program")
    assert [(name, kind) for name, kind, _ in passed(here)] == [
        ("file.pdf", "application/pdf"),
        ("file.bin", "application/octet-stream"),
    ]


async def test_what_a_coordinator_sends_reaches_the_person(here: World) -> None:
    target = here.last("Omar", case=True).shown.upstream
    (ref,) = await sends(here, JPEG, who="Omar", target=target, text="is it this one?")
    assert passed(here, "Amina") == [("file.jpg", "image/jpeg", JPEG)]
    assert here.signal.forgotten == {ref}
    assert len(told(here, "Amina", "is it this one?")) == 1


@pytest.mark.parametrize("boundary", ["keeper/before_commit", "keeper/after_commit"])
@pytest.mark.parametrize("body", [JPEG, b"", JPEG + bytes(MB)], ids=["kept", "empty", "big"])
async def test_killed_at_any_boundary_a_file_is_told_of_once(
    here: World, boundary: str, body: bytes
) -> None:
    deaths: list[str] = []

    def killed(name: str) -> None:
        if name == boundary and not deaths:
            deaths.append(name)
            raise Crash

    here.boundary = killed
    await sends(here, body)
    assert deaths == [boundary]
    kept = body == JPEG
    assert [state for state, _ in await rows(here)] == ["kept" if kept else "lost"]
    assert passed(here) == ([("file.jpg", "image/jpeg", JPEG)] if kept else [])
    assert len(told(here, "Omar", "could not pass on")) == (0 if kept else 1)
    assert len(told(here, "Amina", "could not pass on")) == (0 if kept else 1)
    assert len(on_disk(here)) == (1 if kept else 0)


async def test_a_process_that_dies_in_the_middle_fetches_again(here: World) -> None:
    """Half of it stayed on the disk under another name."""
    assert here.app is not None
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG)
    half = here.app.settings.files / f"{await the_file(here)}.part"
    half.write_bytes(b"half of it")
    here.telegram.torn = None
    await here.restart()
    await here.after(MINUTE)
    assert passed(here) == [("file.jpg", "image/jpeg", JPEG)]
    assert not half.exists()


async def the_file(here: World) -> str:
    assert here.app is not None
    async with here.app.store.read() as conn:
        return str(await conn.scalar(select(t.attachments.c.id)))


# ---------------------------------------------------------------- bounds


async def test_a_file_of_exactly_the_limit_is_kept_and_one_byte_more_is_not(here: World) -> None:
    await sends(here, JPEG.ljust(MB, b"x"))
    await sends(here, JPEG.ljust(MB + 1, b"x"))
    assert await rows(here) == [("kept", None), ("lost", "big")]
    assert [len(body) for _, _, body in passed(here)] == [MB]
    assert len(told(here, "Omar", "it is too large")) == 1
    assert len(told(here, "Amina", "it is too large")) == 1


async def test_a_size_that_was_a_lie_is_found_out(here: World) -> None:
    """As it comes, not when all of it is here."""
    claim = {**here.telegram.keep("image/jpeg", bytes(3 * MB)), "size": 7}
    await here.acts("Amina", "media", note="photo", files=[claim])
    assert await rows(here) == [("lost", "big")]
    assert on_disk(here) == []


async def test_a_file_of_nothing_is_lost_and_said_so(here: World) -> None:
    await sends(here, b"", text="look")
    assert await rows(here) == [("lost", "gone")]
    assert len(told(here, "Omar", "look")) == len(told(here, "Omar", "could not pass on")) == 1
    assert len(told(here, "Amina", "could not pass on")) == 1


async def test_what_is_too_large_by_its_own_word_is_never_asked_for(here: World) -> None:
    asked = spied(here.telegram)
    (ref,) = await sends(here, bytes(MB + 1))
    assert asked == []
    assert here.telegram.forgotten == {ref}


def spied(platform: Simulator) -> list[str]:
    """Refs, in the order in which they are asked for."""
    asked, fetch = [], platform.fetch

    def heard(attachment: Attachment, most: int) -> AsyncIterator[bytes]:
        asked.append(attachment.ref)
        return fetch(attachment, most)

    platform.fetch = heard  # type: ignore[method-assign, assignment]
    return asked


async def test_a_case_has_so_many_files_and_no_more(here: World) -> None:
    """Also when they come in one message; and what wasn't kept isn't left with the platform."""
    refs = await sends(here, *(JPEG + bytes([n]) for n in range(6)))
    assert sorted(await rows(here)) == [("kept", None)] * 4 + [("lost", "many")] * 2
    assert len(passed(here)) == len(on_disk(here)) == 4
    assert here.telegram.forgotten == set(refs)


async def test_a_case_has_so_many_bytes_and_no_more(here: World) -> None:
    await sends(here, *(JPEG.ljust(MB - 5, bytes([n])) for n in range(3)))
    await sends(here, b"x" * 16)
    claim = {**here.telegram.keep("image/jpeg", b"y" * 16), "size": 0}
    await here.acts("Amina", "media", note="photo", files=[claim])
    await sends(here, b"z" * 15)
    assert sorted(await rows(here)) == [("kept", None)] * 4 + [("lost", "many")] * 2
    assert sum(len(body) for _, _, body in passed(here)) == 3 * MB


async def test_one_persons_files_leave_room_for_anothers(here: World) -> None:
    await here.add(Player("Bela"))
    await here.says("Bela", "human")
    await sends(here, *(JPEG + bytes([n]) for n in range(5)))
    await sends(here, JPEG + b"hers", who="Bela")
    assert [body[4:] for _, _, body in passed(here)[4:]] == [b"hers"]


# ---------------------------------------------------------------- what fails


async def test_words_do_not_wait_for_the_file_that_came_with_them(here: World) -> None:
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG, text="they are at the door")
    assert len(told(here, "Omar", "they are at the door")) == 1
    assert passed(here) == []
    assert on_disk(here) == []
    here.telegram.torn = None
    await here.after(10_000)
    assert passed(here) == [("file.jpg", "image/jpeg", JPEG)]


async def test_a_platform_that_is_down_is_asked_for_a_quarter_of_an_hour(here: World) -> None:
    here.telegram.torn = Retry("the network")
    asked = spied(here.telegram)
    (ref,) = await sends(here, JPEG)
    await here.after(12 * MINUTE)
    assert [state for state, _ in await rows(here)] == ["wanted"]
    assert told(here, "Amina", "could not pass on") == []
    await here.after(8 * MINUTE)
    assert await rows(here) == [("lost", "gone")]
    assert asked == [ref] * ATTEMPTS
    for name in ("Amina", "Omar"):
        assert len(told(here, name, "could not pass on")) == 1
    assert here.telegram.forgotten == {ref}


async def test_a_platform_that_says_when_is_asked_then(here: World) -> None:
    here.telegram.torn = Retry("429", after=90)
    asked = spied(here.telegram)
    await sends(here, JPEG)
    here.telegram.torn = None
    await here.after(89_000)
    assert len(asked) == 1
    await here.after(1_000)
    assert len(asked) == 2
    assert len(passed(here)) == 1


async def test_what_is_gone_is_not_asked_for_again(here: World) -> None:
    asked = spied(here.telegram)
    claim = here.telegram.keep("image/jpeg", JPEG)
    del here.telegram.files[claim["ref"]]
    await here.acts("Amina", "media", note="photo", files=[claim])
    await here.after(30 * MINUTE)
    assert await rows(here) == [("lost", "gone")]
    assert asked == [claim["ref"]]


async def test_a_file_that_trickles_is_given_up_for_now(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves its place to others, and nothing of it stays."""
    monkeypatch.setattr(keeper, "LONGEST", 0.1)
    fetch = here.telegram.fetch

    async def trickle(attachment: Attachment, most: int) -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    here.telegram.fetch = trickle  # type: ignore[method-assign, assignment]
    await sends(here, JPEG)
    assert await rows(here) == [("wanted", "TimeoutError")]
    assert on_disk(here) == []
    here.telegram.fetch = fetch  # type: ignore[method-assign]
    await here.after(10_000)
    assert len(passed(here)) == 1


async def test_a_disk_that_takes_nothing_is_tried_again(here: World) -> None:
    assert here.app is not None
    folder = here.app.settings.files
    folder.write_bytes(b"a file where the folder should be")
    await sends(here, JPEG)
    assert await rows(here) == [("wanted", "FileExistsError")]
    folder.unlink()
    await here.after(10_000)
    assert len(passed(here)) == 1


async def test_a_channel_that_was_switched_off_meanwhile_has_lost_it(here: World) -> None:
    assert here.app is not None
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG)
    here.app.keeper.channels = {}
    await here.after(10_000)
    assert await rows(here) == [("lost", "gone")]
    assert len(told(here, "Omar", "could not pass on")) == 1


async def test_a_row_that_cannot_be_read_holds_back_no_other(here: World) -> None:
    """Nor is anything asked for twice because of it."""
    assert here.app is not None
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG)
    async with here.app.store.write() as conn:
        await conn.execute(t.attachments.update().values(sealed=b"rubbish"))
    here.telegram.torn = None
    await here.add(Player("Bela"))
    await here.says("Bela", "human")
    asked = spied(here.telegram)
    (ref,) = await sends(here, JPEG, who="Bela")
    await here.after(MINUTE)
    assert sorted(await rows(here)) == [("kept", None), ("lost", "gone")]
    assert asked == [ref]
    assert len(told(here, "Omar", "could not pass on")) == 1


# ---------------------------------------------------------------- who was erased meanwhile


async def erase(here: World, name: str) -> None:
    """As `onbelay person erase --force` does, beside a running engine."""
    assert here.app is not None
    person = here.players[name].id
    async with here.app.store.write() as conn:
        await erase_rows(conn, here.app.vault, person)
    await forget(here.app.store, here.app.vault)


def in_the_middle(platform: Simulator, act: Callable[[], Awaitable[None]]) -> None:
    """`act` happens once, when half of a file has come."""
    fetch, done = platform.fetch, list[bool]()

    async def interrupted(attachment: Attachment, most: int) -> AsyncIterator[bytes]:
        async for piece in fetch(attachment, most):
            yield piece[: len(piece) // 2]
            if not done:
                done.append(True)
                await act()
            yield piece[len(piece) // 2 :]

    platform.fetch = interrupted  # type: ignore[method-assign, assignment]


async def test_whoever_was_erased_meanwhile_leaves_no_file(here: World) -> None:
    in_the_middle(here.telegram, lambda: erase(here, "Amina"))
    (ref,) = await sends(here, JPEG)
    await here.after(MINUTE)
    assert await rows(here) == []
    assert on_disk(here) == []
    assert passed(here) == []
    assert here.telegram.forgotten == {ref}
    assert await here.count("inbox", state="aside") == 0


async def test_whose_key_alone_is_gone_has_lost_it_without_a_word(here: World) -> None:
    """Their rows came back with a backup: nothing can be opened, and nothing is said."""
    assert here.app is not None
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG)
    here.app.vault.erase(here.players["Amina"].id)
    before = len(here.said)
    await here.after(MINUTE)
    assert await rows(here) == [("lost", "erased")]
    assert [s.to for s in here.said[before:] if "pass on" in s.text] == []


async def test_what_an_erased_coordinator_sent_still_arrives(here: World) -> None:
    """It is the case's, and under the person's key."""
    target = here.last("Omar", case=True).shown.upstream
    in_the_middle(here.signal, lambda: erase(here, "Omar"))
    await sends(here, JPEG, who="Omar", target=target, text="go there")
    assert passed(here, "Amina") == [("file.jpg", "image/jpeg", JPEG)]


async def test_a_case_that_was_closed_meanwhile_takes_its_file_with_it(here: World) -> None:
    assert here.app is not None
    here.telegram.torn = Retry("the network")
    await sends(here, JPEG)
    case = next(key[1:] for key in await here.states() if key.startswith("#"))
    await here.says("Omar", f"close {case} safe")
    here.telegram.torn = None
    await here.after(MINUTE)
    assert passed(here) == []
    assert await rows(here) == [("kept", None)]
    assert await here.count("inbox", state="aside") == 0


# ---------------------------------------------------------------- one fetches, once


async def test_a_second_engine_on_the_same_database_never_fetches(here: World) -> None:
    assert here.app is not None
    path = here.folder / "onbelay.toml"
    second = assemble(Settings.load({}, path), here.clock, here._channels)
    with pytest.raises(StoreError):
        await second.prepare()
    await second.store.close()


async def test_a_commit_that_fails_waits_for_the_others_before_it_is_tried_again(
    here: World,
) -> None:
    """Two passes that overlap would write one file twice at the same time."""
    assert here.app is not None
    await here.add(Player("Bela"))
    await here.says("Bela", "human")
    fetch, began, release = here.telegram.fetch, [], asyncio.Event()

    async def slow(attachment: Attachment, most: int) -> AsyncIterator[bytes]:
        began.append(attachment.ref)
        if len(began) == 1:
            await release.wait()
        async for piece in fetch(attachment, most):
            yield piece

    here.telegram.fetch = slow  # type: ignore[method-assign, assignment]
    for name in ("Amina", "Bela"):
        await here.phone(name).media("photo", [("image/jpeg", JPEG)])
    await here.app.turn.run()
    failed = asyncio.Event()

    def full(name: str) -> None:
        if name == "before_commit" and not failed.is_set():
            failed.set()
            raise OSError("disk")

    here.app.keeper.boundary = full
    running = asyncio.create_task(here.app.keeper.pass_once())
    async with asyncio.timeout(60):
        await failed.wait()
    await asyncio.sleep(0.05)
    assert not running.done()
    release.set()
    with pytest.raises(OSError, match="disk"):
        await running
    await here.run()
    assert len(began) == 3
    assert len(passed(here)) == 2


@asynccontextmanager
async def running(here: World) -> AsyncIterator[asyncio.Event]:
    """The keeper's loop in real time; the event is set when something has become of a file."""
    assert here.app is not None
    happened = asyncio.Event()
    here.app.keeper.happened = happened.set
    loop = asyncio.create_task(here.app.keeper.run())
    await asyncio.sleep(0.05)
    yield happened
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_the_loop_is_woken(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself it would not look before an hour has gone."""
    assert here.app is not None
    monkeypatch.setattr(keeper, "IDLE", 3600)
    async with running(here) as happened, asyncio.timeout(60):
        await here.phone("Amina").media("photo", [("image/jpeg", JPEG)])
        await here.app.turn.run()
        here.app.keeper.wake()
        await happened.wait()
    assert await rows(here) == [("kept", None)]


async def test_the_loop_survives_what_fails(
    here: World, out: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here.app is not None
    monkeypatch.setattr(keeper, "IDLE", 0.05)
    failures: list[str] = []

    def full(name: str) -> None:
        if name == "before_commit" and not failures:
            failures.append(name)
            raise OSError("disk")

    here.app.keeper.boundary = full
    async with running(here) as happened, asyncio.timeout(60):
        await here.phone("Amina").media("photo", [("image/jpeg", JPEG)])
        await here.app.turn.run()
        await happened.wait()
    assert [line["error"] for line in out.lines if line["event"] == "keeper_failed"] == ["OSError"]
    assert await rows(here) == [("kept", None)]


# ---------------------------------------------------------------- tidied up


async def forgotten(here: World) -> None:
    """What the engine does every ten minutes."""
    assert here.app is not None
    await retention.purge(
        here.app.store, here.app.vault, here.clock.now(), here.app.settings.retention_ms
    )
    await here.app.keeper.tidy()


async def test_files_go_with_their_case(here: World) -> None:
    await sends(here, JPEG)
    case = next(key[1:] for key in await here.states() if key.startswith("#"))
    await here.says("Omar", f"close {case} safe")
    here.clock.advance(90 * 24 * 60 * MINUTE)
    await forgotten(here)
    assert len(on_disk(here)) == 1
    here.clock.advance(1)
    await forgotten(here)
    assert on_disk(here) == []
    assert await rows(here) == []


async def test_files_of_an_open_case_stay_however_old(here: World) -> None:
    await sends(here, JPEG)
    here.clock.advance(400 * 24 * 60 * MINUTE)
    await forgotten(here)
    assert len(on_disk(here)) == 1


async def test_files_of_whoever_was_erased_go(here: World) -> None:
    await sends(here, JPEG)
    await erase(here, "Amina")
    await forgotten(here)
    assert on_disk(here) == []


async def test_what_is_not_ours_is_left_alone(here: World) -> None:
    """A folder that also holds other things: a database, for one."""
    assert here.app is not None
    await sends(here, JPEG)
    (kept,) = on_disk(here)
    others = ["onbelay.sqlite3", "onbelay.keyring.people", "README", ".hidden", "a" * 15]
    for name in others:
        (kept.parent / name).write_bytes(b"precious")
    (kept.parent / ("b" * 16)).mkdir()
    left_over = ["c" * 16, "d" * 16 + ".part"]
    for name in left_over:
        (kept.parent / name).write_bytes(b"of a crash")
    await forgotten(here)
    assert {path.name for path in on_disk(here)} == {kept.name, *others, "b" * 16}


async def test_half_of_what_is_still_coming_is_left_alone(here: World) -> None:
    assert here.app is not None
    seen: list[str] = []

    async def tidied() -> None:
        assert here.app is not None
        await here.app.keeper.tidy()
        seen.extend(path.name for path in on_disk(here))

    in_the_middle(here.telegram, tidied)
    await sends(here, JPEG)
    assert seen == [f"{await the_file(here)}.part"]
    assert len(passed(here)) == 1


async def test_nothing_to_tidy_is_no_error(here: World) -> None:
    await forgotten(here)
    assert on_disk(here) == []


# ---------------------------------------------------------------- logs


async def test_no_log_line_says_whose_it_is_or_what(here: World, out: Written) -> None:
    here.telegram.torn = Retry("the secret network")
    (ref,) = await sends(here, JPEG + b"secret", text="a secret caption")
    await here.after(20 * MINUTE)
    here.telegram.torn = None
    await sends(here, bytes(2 * MB))
    await sends(here, JPEG)
    case = next(key[1:] for key in await here.states() if key.startswith("#"))
    await here.says("Omar", f"close {case} safe")
    here.clock.advance(91 * 24 * 60 * MINUTE)
    await forgotten(here)
    events = [line["event"] for line in out.lines]
    assert {"file_lost", "files_forgotten"} <= set(events)
    for word in ("secret", "Amina", "amina", ref, here.players["Amina"].id, "jpeg"):
        assert word not in out.getvalue()
