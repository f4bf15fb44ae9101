"""What `make check` asks beyond format, lint, types and import rules.

    python -m tests.checks            every check; prints what is wrong, exits 1 if anything is
    python -m tests.checks --update   writes the catalogs (translations kept) and diagrams anew

A check is a function that yields sentences, one per problem, each saying where and what to do. Add
it to CHECKS.
"""

import ast
import asyncio
import logging
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import structlog
from babel.core import Locale
from packaging.requirements import Requirement

from bot.text import Language, Text, plural_rule, source
from flows.engine.check import Transition, edges, problems
from flows.engine.diagram import mermaid
from flows.engine.messages import Message, declared
from flows.engine.route import COMMANDS
from flows.engine.words import Words
from flows.registry import FLOWS, listeners
from tests import cards, catalogs, transcript
from tests.catalogs import LOCALES, ROOT
from tests.world import world

TRANSCRIPTS = Path(__file__).parent / "transcripts"

LONGEST = 600  #: characters of a message; people read it on a small, cheap phone
LONGEST_BUTTON = 40
LEAST_POOL = 300  #: words to draw code words from, per language
#: Of the standard library, what a flow may use: no clock, no I/O, no randomness, nothing to await.
PURE = """
    __future__ bisect collections dataclasses datetime decimal enum functools hashlib heapq hmac
    html itertools json math operator re string textwrap tomllib types typing unicodedata zoneinfo
""".split()


def shipped() -> Text:
    return Text.load(LOCALES)


# ---------------------------------------------------------------- texts


def catalogs_are_fresh() -> Iterator[str]:
    for path, wanted in catalogs.files():
        if not path.exists() or path.read_text("utf-8") != wanted:
            yield f"{path.relative_to(ROOT)} is stale: make catalogs"


def translations_are_complete() -> Iterator[str]:
    text = shipped()
    for lang in text.languages:
        for key, why in text.gaps(lang):
            yield f"locales/{lang}: {key} {why}"
        path = catalogs.po_path(lang)
        if lang != "en" and path.exists():
            for key in catalogs.obsolete(path):
                yield f"locales/{lang}: {key} is translated but no longer said: make catalogs"


def placeholders_survive_translation() -> Iterator[str]:
    """The translate-toolkit's opinion, beside our own in `Text.gaps`."""
    pofilter = Path(sys.executable).with_name("pofilter")
    with tempfile.TemporaryDirectory() as place:
        asked, answered = Path(place, "in"), Path(place, "out")
        asked.mkdir()
        for lang in shipped().languages:
            if lang != "en":
                (asked / f"{lang}.po").write_text(catalogs.po(counted(lang)), "utf-8")
        command = [pofilter, "--progress=none", "-t", "pythonbraceformat", asked, answered]
        ran = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
        if ran.returncode:
            yield f"pofilter failed: {ran.stderr.strip()[-400:]}"
        for path in sorted(answered.glob("*.po")):
            for line in path.read_text("utf-8").splitlines():
                if line.startswith("msgctxt"):
                    yield f"locales/{path.stem}: placeholders differ: {line}"


def counted(lang: str) -> Language:
    """With the number written into plural forms that spell it out ("one case"): pofilter would
    have it everywhere."""
    language = shipped().language(lang)
    entries = dict(language.entries)
    for key, said in declared().items():
        if said.count and key in entries:
            number = f"{{{said.count}}}"
            forms = (f if number in f or not f else f"{f} {number}" for f in entries[key].forms)
            entries[key] = replace(entries[key], forms=tuple(forms))
    return replace(language, entries=entries)


def texts_are_short_and_calm() -> Iterator[str]:
    text = shipped()
    for key, said in sorted(declared().items()):
        if "{" in key or key != key.lower():
            yield f"{key}: keys are lower case with dots"
        for lang in text.languages:
            for form in forms(text.language(lang), said):
                yield from wording(f"{lang}: {key}", form, said.note.startswith("A button"))


def forms(language: Language, said: Message) -> tuple[str, ...]:
    entry = language.entries.get(said.key)
    return source(said) if language.code == "en" or entry is None else entry.forms


def wording(where: str, form: str, button: bool) -> Iterator[str]:
    if set("!¡！") & set(form):
        yield f"{where} has an exclamation mark: nothing we say shouts"
    if len(form) > (LONGEST_BUTTON if button else LONGEST):
        yield f"{where} is too long ({len(form)} characters)"
    if form != form.strip():
        yield f"{where} begins or ends with a space"


# ---------------------------------------------------------------- languages


def languages_are_whole() -> Iterator[str]:
    """Everything that en/ has is in the other folders too."""
    tables = words_tables()
    english = tables["en"]
    for lang, language in ((code, shipped().language(code)) for code in shipped().languages):
        yield from plural_is_right(language)
        table = tables.get(lang)
        if table is None:
            yield f"locales/{lang}/words.toml is missing"
            continue
        for section in english:
            if not table.get(section):
                yield f"locales/{lang}/words.toml: [{section}] is missing or empty"
        for part in ("commands", "units"):
            for name in english[part].keys() ^ table.get(part, {}).keys():
                yield f"locales/{lang}/words.toml: {name} is in one [{part}] only, here or in en"


def plural_is_right(language: Language) -> Iterator[str]:
    """Two numbers have the same form exactly when CLDR gives them the same category."""
    rule = plural_rule(language.plural)
    cldr = Locale.parse(str(language.locale)).plural_form
    pairs = {(cldr(n), rule(n)) for n in range(1_000)}
    if not len(pairs) == len({c for c, _ in pairs}) == len({i for _, i in pairs}):
        yield f"locales/{language.code}/language.toml: plural differs from CLDR's rule"
    if len(pairs) != language.forms:
        yield f"locales/{language.code}/language.toml: nplurals isn't {len(pairs)}"


def words_tables() -> dict[str, dict[str, dict[str, list[str]]]]:
    return {
        path.parent.name: tomllib.loads(path.read_text("utf-8"))
        for path in sorted(LOCALES.glob("*/words.toml"))
    }


def words_do_not_collide() -> Iterator[str]:
    """A panic phrase is nothing else; a typed word is one command only."""
    yield from Words(words_tables()).collisions()


#: Buttons whose label is also a command, and which one: they must do the same.
LABELS = {
    "All good": "ok", "I have it": "ack", "Stop check-ins": "stop", "Language": "lang",
    "Menu": "menu", "Open cases": "cases", "Skip": "skip", "Yes": "yes", "No": "no",
    "I have arrived": "arrived", "Not good": "not_good", "Back": "back", "Lessons": "lessons",
    "Get me a human": "human", "End this chat": "bye", "Emergency numbers": "numbers",
    "Report an attack": "report", "First aid": "firstaid", "Write to a person": "human",
    "This is real": "no_duff",
}  # fmt: skip


def cards_are_sound() -> Iterator[str]:
    """Every way walked, every text short, every source named, every translation up to date."""
    yield from cards.wrong()
    words = Words(words_tables())
    for lang, its in cards.shelf()[0].items():
        for card in its.values():
            for step in card.steps.values():
                for option in step.options:
                    command = words.command(option.label, lang)
                    if (command and command[0] in COMMANDS) or words.panic(option.label):
                        yield (
                            f"{lang}/guidance/{card.id}.md: step {step.id}: the choice "
                            f"{option.label!r} does something else when it is typed"
                        )


def labels_are_no_other_command() -> Iterator[str]:
    """A label typed back must do what the button does."""
    words, text = Words(words_tables()), shipped()
    for key, said in sorted(declared().items()):
        for lang in text.languages if "button" in said.note.lower() else ():
            for form in forms(text.language(lang), said):
                command = words.command(form, lang)
                if command and LABELS.get(said.text) != command[0]:
                    yield f"{lang}: {key} {form!r} is the command {command[0]} when typed"


def code_words_can_be_drawn() -> Iterator[str]:
    words = Words(words_tables(), tuple(shipped().everything()))
    for lang, table in words_tables().items():
        pool = table["code_words"]["pool"]
        if len(words.pool(lang)) < LEAST_POOL:
            yield f"locales/{lang}: {len(words.pool(lang))} code words, fewer than {LEAST_POOL}"
        for word in pool:
            if why := words.refuse_code_word(word):
                yield f"locales/{lang}: code word {word!r} would be refused: {why}"
        normal = [words.normal(word) for word in pool]
        for word in sorted({w for w in normal if normal.count(w) > 1}):
            yield f"locales/{lang}: code word {word!r} is listed twice"


# ---------------------------------------------------------------- code


def flows_are_pure() -> Iterator[str]:
    for path in sorted((ROOT / "flows").rglob("*.py")):
        where = path.relative_to(ROOT)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in imported(node):
                if name.split(".")[0] not in [*PURE, "flows"]:
                    yield f"{where} imports {name}: flows decide, the bot does"
            if isinstance(node, ast.Await | ast.AsyncFunctionDef):
                yield f"{where}:{node.lineno} awaits: flows are pure"
            if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
                yield f"{where}:{node.lineno} reads the clock: flows see event.at"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def tables_are_sound() -> Iterator[str]:
    for flow in FLOWS.values():
        yield from problems(flow)


#: Flows that live in the room of another.
DIAGRAMS = {
    "application": "fund/APPLICATION.md",
    "record": "report/RECORD.md",
    "trainer": "drill/TRAINER.md",
    "surprise": "drill/SURPRISE.md",
}


def _diagrams() -> Iterator[tuple[Path, str]]:
    for flow in FLOWS.values():
        yield ROOT / "flows" / DIAGRAMS.get(flow.name, f"{flow.name}/DIAGRAM.md"), mermaid(flow)


def diagrams_are_fresh() -> Iterator[str]:
    for path, wanted in _diagrams():
        if not path.exists() or path.read_text("utf-8") != wanted:
            yield f"{path.relative_to(ROOT)} is stale: make catalogs"


def every_edge_has_a_transcript() -> Iterator[str]:
    """Counted on the real engine: which edges the transcripts walk when they run straight."""
    longest_first = sorted(TRANSCRIPTS.rglob("*.txt"), key=lambda p: -p.stat().st_size)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        walked = set[Transition]().union(*pool.map(_walked, longest_first))
    declared = {edge for flow in FLOWS.values() for edge in edges(flow)}
    for flow, state, trigger, target in sorted(declared - walked):
        yield f"{flow}: {state} --{trigger}--> {target} has no transcript"
    jumped = {edge for edge in walked if edge[3] in FLOWS[edge[0]].jumps}
    for flow, state, trigger, target in sorted(walked - declared - jumped):
        yield f"{flow}: {state} --{trigger}--> {target} happens and isn't in the table"


#: Thousands of commits, and nothing has to survive them.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def _walked(path: Path) -> set[Transition]:
    """The edges that one story walks. In a process of its own: one core alone takes minutes."""
    walked: set[Transition] = set()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    listeners.append(lambda *edge: walked.add(edge))
    try:
        asyncio.run(_play(path))
    finally:
        listeners.pop()
    return walked


async def _play(path: Path) -> None:
    script = transcript.read(path)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        async with world(
            Path(folder) / "world", "\n".join(script.config) + "\n", script.begin
        ) as here:
            await transcript.play(script, here)


def lock_fits_the_project() -> Iterator[str]:
    """Every dependency is locked in a version it allows, with hashes and from no fixed index."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(
        line.split(" ")[0].split("==") for line in lock.splitlines() if line[:1].isalnum()
    )
    for line in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        wanted = Requirement(line)
        version = locked.get(wanted.name.lower())
        if version is None or version not in wanted.specifier:
            yield f"requirements.lock: {line} is locked as {version}: make lock"
    if any(option in lock for option in ("index-url", "find-links", "trusted-host")):
        yield "requirements.lock names an index"


CHECKS: list[Callable[[], Iterable[str]]] = [
    catalogs_are_fresh,
    translations_are_complete,
    placeholders_survive_translation,
    texts_are_short_and_calm,
    languages_are_whole,
    words_do_not_collide,
    labels_are_no_other_command,
    cards_are_sound,
    code_words_can_be_drawn,
    flows_are_pure,
    tables_are_sound,
    diagrams_are_fresh,
    every_edge_has_a_transcript,
    lock_fits_the_project,
]


def main(args: list[str]) -> int:
    if args == ["--update"]:
        cards.stamp()
        for path in catalogs.update():
            print(f"wrote {path.relative_to(ROOT)}")
        for path, wanted in _diagrams():
            path.write_text(wanted, "utf-8")
        return 0
    catalogs.declare_all()
    for line in cards.levels():
        print(line)
    found = 0
    for check in CHECKS:
        for problem in check():
            print(f"{check.__name__}: {problem}")
            found += 1
    print(f"{len(CHECKS)} checks, {found or 'no'} problem{'' if found == 1 else 's'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
