"""Every transcript, run straight; and its first beats (CRASHED) with a fresh process between all
steps, and with a crash at every commit and send boundary."""

from collections import Counter
from pathlib import Path

import pytest

from tests.transcript import Transcript, by_person, compared, masked, play, read, rewritten
from tests.world import Crash, world

FOLDER = Path(__file__).parent / "transcripts"
PATHS = sorted(FOLDER.rglob("*.txt"))


#: Beats of a story that are run with restarts and crashes. Only a walk through a form is longer:
#: question after question the same boundaries, with other words.
CRASHED = 120


def _config(script: Transcript) -> str:
    return "\n".join(script.config) + "\n"


def _expected(script: Transcript) -> list[list[str]]:
    return [beat.expected for beat in script.beats]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_straight(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    script = read(path)
    async with world(tmp_path / "w", _config(script), script.begin) as here:
        said = await play(script, here)
    if request.config.getoption("--update"):
        path.write_text(rewritten(script, said), "utf-8")  # noqa: ASYNC240
        return
    assert compared(script, said) == compared(script, _expected(script))


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_with_a_fresh_process_between_all_steps(path: Path, tmp_path: Path) -> None:
    script = read(path)
    script.beats = script.beats[:CRASHED]
    async with world(tmp_path / "w", _config(script), script.begin) as here:
        said = await play(script, here, between=here.restart)
    assert compared(script, said) == compared(script, _expected(script))


class Killer:
    """Kills at every boundary. What is done again after it (a commit that didn't happen, a send
    whose outcome wasn't kept, a message that wasn't confirmed) is let pass the second time, with
    what was survived on the way there, so that the story goes on."""

    def __init__(self) -> None:
        self.crashes: Counter[str] = Counter()
        self.again = ""
        self._sent = 0

    def __call__(self, name: str) -> None:
        if self.again:
            self.again = "" if name == self.again else self.again
            return
        if self._same(name):
            return
        if not name.endswith("after_commit") or name.startswith("inbox"):
            self.again = name
        self.crashes[name] += 1
        raise Crash

    def _same(self, name: str) -> bool:
        """After a send, and before its outcome is kept: the store is the same at both, so each send
        dies at one of the two, in turn."""
        self._sent += name.endswith("after_send")
        at = ("after_send", "before_commit")
        passed = at[self._sent % 2]
        return not name.startswith(("inbox", "turn", "keeper")) and name.endswith(passed)

    async def rest(self) -> None:
        """Between two steps: what was not done again has been overtaken by something else."""
        self.again = ""


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
async def test_with_a_crash_at_every_boundary(path: Path, tmp_path: Path) -> None:
    """Before and after each commit of the inbox, of a turn and of what became of a send, or after
    the send itself: survived once each. A message may double, nothing is lost."""
    script = read(path)
    script.beats = script.beats[:CRASHED]
    killer, plain = Killer(), masked if script.recorded else str
    async with world(tmp_path / "w", _config(script), script.begin) as here:
        here.boundary = killer
        said = await play(script, here, between=killer.rest)
    for beat, heard in zip(script.beats, said, strict=True):
        shown = by_person([plain(line) for line in heard])
        assert shown == by_person([plain(line) for line in beat.expected]), beat.line
    assert killer.crashes["inbox/before_commit"]
    assert killer.crashes["inbox/after_commit"]
    assert killer.crashes["turn/before_commit"]
    assert killer.crashes["turn/after_commit"]
