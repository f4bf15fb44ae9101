"""The scripts of drills: those that are shipped, and the operator's own."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flows.drill.script import Script, ScriptError, read

SHIPPED = Path(__file__).parents[2] / "locales" / "en" / "drills"
SUFFIX = ".txt"


def load(folder: Path | None = None) -> Mapping[str, Script]:
    """By name, in the order of their names. Raises ScriptError. An operator's script may not take
    the name of a shipped one: its texts would be another's."""
    found = dict(_shipped())
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder else ():
        if path.stem in found:
            raise ScriptError(
                f"{path}: a drill of that name is shipped already. Give it another one."
            )
        found[path.stem] = _read(path)
    return found


@cache
def _shipped() -> Mapping[str, Script]:
    return {path.stem: _read(path) for path in sorted(SHIPPED.glob(f"*{SUFFIX}"))}


def _read(path: Path) -> Script:
    try:
        return read(path.stem, path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(f"{path} can't be read: {error}") from None
