"""Every transcript, run straight, with a fresh process between all steps, and with a crash at
every commit and send boundary."""

from pathlib import Path

import pytest

from tests.transcript import Transcript, by_person, play, read, rewritten
from tests.world import Crash, world

FOLDER = Path(__file__).parent / "transcripts"
PATHS = sorted(FOLDER.rglob("*.txt"))


def _config(script: Transcript) -> str:
    return "\n".join(script.config) + "\n"


def _expected(script: Transcript) -> list[list[str]]:
    return [beat.expected for beat in script.beats]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_straight(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    script = read(path)
    async with world(tmp_path / "w", _config(script)) as here:
        said = await play(script, here)
    if request.config.getoption("--update"):
        path.write_text(rewritten(script, said), "utf-8")  # noqa: ASYNC240
        return
    assert rewritten(script, said) == rewritten(script, _expected(script))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_with_a_fresh_process_between_all_steps(path: Path, tmp_path: Path) -> None:
    script = read(path)
    async with world(tmp_path / "w", _config(script)) as here:
        said = await play(script, here, between=here.restart)
    assert rewritten(script, said) == rewritten(script, _expected(script))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_with_a_crash_at_every_boundary(path: Path, tmp_path: Path) -> None:
    """Each boundary (a commit, a send) is survived once; a message may double, nothing is lost."""
    script = read(path)
    crashes = 0
    async with world(tmp_path / "w", _config(script)) as here:
        alternate = {"crash": True}

        def boundary(_name: str) -> None:
            nonlocal crashes
            alternate["crash"] = not alternate["crash"]
            if not alternate["crash"]:
                crashes += 1
                raise Crash

        here.boundary = boundary
        said = await play(script, here)
    assert crashes
    for beat, heard in zip(script.beats, said, strict=True):
        assert by_person(heard) == by_person(beat.expected), beat.line
