"""The scripts of drills: those that are shipped, and the operator's own.

They are read once, at the start. One with a mistake is left out, and everything else goes on: who
is watched must not depend on a trainer's file. The log, `onbelay doctor` and `onbelay drill list`
say what is wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structlog

from flows.drill.script import Script, ScriptError, read

log = structlog.get_logger()

SHIPPED = Path(__file__).parents[2] / "locales" / "en" / "drills"
SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class Mistake:
    """`line`: 0, the whole file. `reason`: a word of ours, for a log; `what`: for who mends it."""

    file: str
    line: int
    reason: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.what}"


@dataclass(frozen=True, slots=True)
class Scripts:
    """`known`: by name, in the order of their names."""

    known: Mapping[str, Script] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()


def load(folder: Path | None = None) -> Mapping[str, Script]:
    """For the engine: what is left out is logged."""
    found = look(folder)
    for wrong in found.mistakes:
        log.error("script_left_out", file=wrong.file, line=wrong.line, reason=wrong.reason)
    return found.known


def look(folder: Path | None = None) -> Scripts:
    """An operator's script may not take the name of a shipped one: its texts would be another's.
    What begins with a dot an editor has left."""
    known, mistakes = dict(_shipped()), []
    try:
        inside = sorted(folder.iterdir()) if folder else []
    except OSError as error:
        what = f"the folder of drills can't be read: {_why(error)}"
        return Scripts(known, (Mistake(str(folder), 0, "folder", what),))
    for path in inside:
        if not path.name.endswith(SUFFIX) or path.name.startswith("."):
            continue
        try:
            known[path.stem] = _own(path, known)
        except ScriptError as error:
            mistakes.append(Mistake(path.name, error.line, error.reason, error.what))
    return Scripts(known, tuple(mistakes))


@cache
def _shipped() -> Mapping[str, Script]:
    return {path.stem: _read(path) for path in sorted(SHIPPED.glob(f"*{SUFFIX}"))}


def _own(path: Path, known: Mapping[str, Script]) -> Script:
    if path.stem in known:
        what = "a drill of that name is shipped already; give it another one"
        raise ScriptError(path.stem, 0, "name", what)
    return _read(path)


def _read(path: Path) -> Script:
    """Raises ScriptError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ScriptError(path.stem, 0, "file", f"can't be read: {_why(error)}") from None
    try:
        return read(path.stem, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = "is not in UTF-8; save it again with that encoding"
        raise ScriptError(path.stem, line, "encoding", what) from None


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
