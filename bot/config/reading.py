"""Reads file and environment, remembers where each setting stands, and says what is wrong there.

A problem is one line: where, what, and the fix. All problems are told at once.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

PREFIX = "ONBELAY_"
NESTED = "__"
CONFIG = "ONBELAY_CONFIG"

KEY = "[key]"  #: how pydantic points at a name in a table of one's own words

Loc = tuple[str | int, ...]
Tree = dict[str, Any]


class ConfigError(Exception):
    """The settings are refused; `problems` has one line each, with place and fix."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Origin:
    """What was read, and where."""

    path: Path | None
    file: Tree
    env: Tree
    lines: Mapping[Loc, int]
    warnings: tuple[str, ...] = field(default=())
    #: Where every setting of such a file can be seen.
    sample: str = "`onbelay init`'s file"

    @property
    def folder(self) -> Path:
        return self.path.parent if self.path else Path.cwd()

    def at(self, loc: Loc) -> str:
        """ "onbelay.toml, line 3: ", or the name of the environment variable."""
        if loc and _holds(self.env, loc):
            names = NESTED.join(str(part) for part in loc if isinstance(part, str))
            return f"environment, {PREFIX}{names.upper()}: "
        if self.path is None:
            return ""
        known = (loc[:n] for n in range(len(loc), 0, -1) if loc[:n] in self.lines)
        nearest = next(known, None)
        return f"{self.path}, line {self.lines[nearest]}: " if nearest else f"{self.path}: "


def _holds(tree: Any, loc: Loc) -> bool:
    """A variable with JSON in it (ONBELAY_ESCALATION) answers for all that is inside."""
    for part in loc:
        if not isinstance(tree, dict):
            break
        if part not in tree:
            return False
        tree = tree[part]
    return True


# ---------------------------------------------------------------- reading


def read(model: type[BaseSettings], env: Mapping[str, str], path: Path | None) -> Origin:
    """Raises ConfigError for what can't be read at all."""
    named = env.get(CONFIG)
    if path is None and named:
        path = Path(named).expanduser()
    path = path.absolute() if path else None
    text = _text(path) if path else ""
    file = anchored(_parse(path, text), path.parent) if path else {}
    found = {name.upper(): value for name, value in env.items() if value}
    given = anchored(_environment(model, found), Path.cwd())
    return Origin(path, file, given, lines_of(text), tuple(_misspelt(model, found)))


def other(path: Path, sample: str) -> Origin:
    """A file beside the settings. Raises ConfigError for what can't be read at all."""
    text = _text(path)
    return Origin(path, _parse(path, text), {}, lines_of(text), sample=sample)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            [f"{path}: there is no such file. Correct {CONFIG}, or make one: onbelay init"]
        ) from None
    except OSError as error:
        raise ConfigError(
            [f"{path}: can't be read ({error.strerror}). Give it to the user who runs Onbelay."]
        ) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}, line {line}: not UTF-8. Save the file as UTF-8."]) from None


def _parse(path: Path | None, text: str) -> Tree:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = str(error).split(" (at ")[0]
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        raise ConfigError(
            [
                f"{path}, line {line}: this is not TOML ({what}). Write name = value, text and "
                "durations in double quotes, every name once."
            ]
        ) from None


class _Given(EnvSettingsSource):
    """The environment that `load` was given, which in tests isn't os.environ."""

    def __init__(self, model: type[BaseSettings], given: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in given.items()}
        super().__init__(model)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._given)


def _environment(model: type[BaseSettings], given: Mapping[str, str]) -> Tree:
    try:
        return dict(_Given(model, given)())
    except SettingsError as error:
        section = re.search(r'"(\w+)"', str(error))
        name = f"{PREFIX}{section[1].upper()}" if section else f"{PREFIX}…"
        raise ConfigError(
            [f"environment, {name}: not JSON. A section is easier to set in the TOML file."]
        ) from None


def _misspelt(model: type[BaseSettings], given: Mapping[str, str]) -> Iterator[str]:
    """A variable that looks like a setting and is none: nearly one is refused, others warned of
    (an outer script may have ONBELAY_ variables of its own)."""
    names = {f"{PREFIX}{name.upper()}" for name in model.model_fields} | {CONFIG}
    for name in given:
        section = name.split(NESTED)[0]
        if not name.startswith(PREFIX) or section in names:
            continue
        near = difflib.get_close_matches(section, sorted(names), n=1, cutoff=0.85)
        if near:
            raise ConfigError([f"environment, {name}: unknown setting. Did you mean {near[0]}?"])
        yield f"environment, {name}: not a setting of Onbelay, ignored."


def anchored(tree: Tree, folder: Path) -> Tree:
    """Relative paths start at `folder`; what isn't even text is left for the checks."""
    out = dict(tree)
    url = tree.get("database_url")
    for name in ("keyring", "files"):
        if isinstance(path := tree.get(name), str) and path:
            out[name] = os.path.normpath(folder.absolute() / Path(path).expanduser())
    for section, name in (
        ("guidance", "folder"),
        ("fund", "folder"),
        ("fund", "rates"),
        ("drills", "scripts"),
    ):
        given = out.get(section)
        if isinstance(given, dict) and isinstance(path := given.get(name), str) and path:
            own = os.path.normpath(folder.absolute() / Path(path).expanduser())
            out[section] = {**given, name: own}
    if isinstance(url, str) and url.startswith("sqlite:///") and ":memory:" not in url:
        file = url.removeprefix("sqlite:///")
        if file:
            place = os.path.normpath(folder.absolute() / Path(file).expanduser())
            out["database_url"] = f"sqlite:///{place}"
    return out


def merged(*trees: Tree) -> Tree:
    """Later trees win, section by section."""
    out: Tree = {}
    for tree in trees:
        for name, value in tree.items():
            both = isinstance(value, dict) and isinstance(out.get(name), dict)
            out[name] = merged(out[name], value) if both else value
    return out


# ---------------------------------------------------------------- lines

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?")
_SETTING = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str) -> dict[Loc, int]:
    """Setting → line, good enough to point at (a text over several lines could fool it)."""
    lines: dict[Loc, int] = {}
    counts: dict[Loc, int] = {}
    section: Loc = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            section = _parts(header[2])
            if header[1] == "[[":
                counts[section] = counts.get(section, -1) + 1
                lines.setdefault(section, number)
                section = (*section, counts[section])
            else:
                section = _of_the_last(section, counts)
            lines.setdefault(section, number)
        elif setting := _SETTING.match(line):
            for n in range(1, len(parts := _parts(setting[1])) + 1):
                lines.setdefault((*section, *parts[:n]), number)
    return lines


def _of_the_last(section: Loc, counts: Mapping[Loc, int]) -> Loc:
    """[a.b] below [[a]] is the b of the last a."""
    n = next((n for n in range(len(section) - 1, 0, -1) if section[:n] in counts), 0)
    return (*section[:n], counts[section[:n]], *section[n:]) if n else section


def _parts(dotted: str) -> Loc:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, dotted))


# ---------------------------------------------------------------- what is wrong


def problems(model: type[BaseModel], origin: Origin, error: ValidationError) -> list[str]:
    """One line per problem, in the order of the file."""
    found = error.errors(include_url=False, include_input=False)
    told = [(origin.lines.get(e["loc"], 0), _told(model, origin, e)) for e in found]
    return [text for _, text in sorted(told, key=lambda pair: pair[0])]


def _told(model: type[BaseModel], origin: Origin, error: Mapping[str, Any]) -> str:
    loc, kind = error["loc"], error["type"]
    name = ".".join(str(part) for part in loc if isinstance(part, str) and part != KEY)
    if kind == "extra_forbidden":
        return f"{origin.at(loc)}unknown setting {name}. {_suggestion(model, loc)}"
    if kind == "missing":
        section = origin.at(loc[:-1])
        return f"{section}{name} is missing. Add {loc[-1]} = … here; see {origin.sample}."
    what = str(error["msg"]).removeprefix("Value error, ")
    return f"{origin.at(loc)}{name}: {what}" + ("" if what.endswith((".", "?")) else ".")


def _suggestion(model: type[BaseModel], loc: Loc) -> str:
    wrong, section = str(loc[-1]), _section(model, loc[:-1])
    elsewhere = [known for known in _all_names(model) if known.split(".")[-1] == wrong]
    if elsewhere:
        return f"It belongs elsewhere: {' or '.join(elsewhere)}."
    if near := difflib.get_close_matches(wrong, section, n=1, cutoff=0.6):
        return f"Did you mean {near[0]}?"
    return f"Delete it. Known here: {', '.join(section)}."


def _section(model: type[BaseModel], loc: Loc) -> list[str]:
    for part in loc:
        if isinstance(part, str):
            model = _inner(model, part) or model
    return [name for name in model.model_fields if (model.__name__, name) != ("LowRisk", "alert")]


def _inner(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The section (or the list of sections) that a field holds."""
    kind = model.model_fields[name].annotation
    for candidate in (kind, *get_args(kind)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _all_names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name in model.model_fields:
        inner = _inner(model, name)
        yield from _all_names(inner, f"{prefix}{name}.") if inner else [prefix + name]
