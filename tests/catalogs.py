"""locales/messages.pot and the .po files, written from what the modules declare.

    python -m tests.checks --update

keeps every translation; one whose English changed stays, marked fuzzy, and shows as English until
somebody has looked at it.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.drill import scripts
from bot.text import Entry, Language, Text, source
from flows.engine.messages import Message, declared

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "locales"
POT = LOCALES / "messages.pot"
DOMAIN = "onbelay"


def declare_all() -> Mapping[str, Message]:
    """All messages: imports every module that declares one."""
    for path in sorted([*(ROOT / "flows").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]):
        if declares(path):
            module = path.relative_to(ROOT).with_suffix("")
            importlib.import_module(".".join(module.parts).removesuffix(".__init__"))
    scripts.load()  # the texts of drills are declared by their scripts
    return declared()


def declares(path: Path) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "flows.engine.messages"
        and {"message", "plural"} & {alias.name for alias in node.names}
        for node in ast.parse(path.read_text("utf-8")).body
    )


def pot() -> str:
    return header("") + body({}, forms=2)


def po(language: Language) -> str:
    return header(language.plural) + body(known(language), language.forms)


def po_path(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def known(language: Language) -> Mapping[str, Entry]:
    """Also keys that no module declares any more: `obsolete` finds them."""
    return language.entries


def obsolete(path: Path) -> list[str]:
    with path.open("rb") as file:
        catalog = read_po(file)
    kept = [str(m.context) for m in catalog if m.id and m.context not in declared()]
    return kept + ["(obsolete entry)" for _ in catalog.obsolete]


def header(plural: str) -> str:
    forms = plural or "nplurals=INTEGER; plural=EXPRESSION;"
    return (
        "# What Onbelay says. Written by `make catalogs` from the messages.py files.\n"
        'msgid ""\nmsgstr ""\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {forms}\\n"\n\n'
    )


def body(entries: Mapping[str, Entry], forms: int) -> str:
    catalog = Catalog(fuzzy=False)
    # Babel counts plural forms by its own table, in which Arabic is wrong.
    catalog._num_plurals = forms  # type: ignore[assignment]
    for key, said in sorted(declared().items()):
        add(catalog, key, said, entries.get(key), forms)
    out = BytesIO()
    write_po(out, catalog, width=0, omit_header=True)
    return out.getvalue().decode().strip() + "\n"


def add(catalog: Catalog, key: str, said: Message, entry: Entry | None, forms: int) -> None:
    wanted = forms if said.plural is not None else 1
    shown = entry.forms if entry and len(entry.forms) == wanted else ("",) * wanted
    stale = entry is not None and entry.source != source(said)
    flags = ("fuzzy",) if any(shown) and entry and (entry.fuzzy or stale) else ()
    catalog.add(
        source(said) if said.plural is not None else said.text,
        shown if said.plural is not None else shown[0],
        auto_comments=notes(said),
        flags=flags,
        context=key,
    )


def notes(said: Message) -> list[str]:
    return [said.note] if said.note else []


def files() -> Iterator[tuple[Path, str]]:
    """Every catalog and what it should say."""
    yield POT, pot()
    text = Text.load(LOCALES)
    for lang in text.languages:
        if lang != "en":
            yield po_path(lang), po(text.language(lang))


def update() -> list[Path]:
    """Write what differs; returns the files written."""
    declare_all()
    written = []
    for path, wanted in files():
        if not path.exists() or path.read_text("utf-8") != wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, "utf-8")
            written.append(path)
    return written
