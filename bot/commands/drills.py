"""Drills, from the command line: which there are, begin one, end one, what came of it."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.batch import Batch, Instance
from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.drill import report as figures
from bot.drill import scripts
from bot.drill.page import Report, Words, as_csv, as_html, blocks, without_names
from bot.inbox import own_row
from bot.languages import LOCALES
from bot.outbox import encode
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new
from bot.strangers import draw_code
from bot.text import Text
from flows.drill import cast
from flows.drill.review import Targets, only
from flows.drill.script import Script
from flows.engine.model import Role

FORMATS = ("json", "csv", "html", "pdf")


def _scripts(opened: Opened) -> dict[str, Script]:
    return dict(scripts.look(opened.settings.drills.scripts).known)


async def list_drills(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        text, looked = Text.load(LOCALES), scripts.look(opened.settings.drills.scripts)
        found = await conn.execute(select(t.drills).order_by(t.drills.c.id))
        given = [
            {k: row._mapping[k] for k in ("id", "script", "state", "pace", "began_at", "ended_at")}
            for row in found
        ]
        known: list[dict[str, Any]] = [
            {
                "name": script.name,
                "title": text.render("en", "UTC", script.title, {}, 0),
                "minutes": script.length // 60_000,
                "parts": {part.name: part.role for part in script.parts},
            }
            for script in looked.known.values()
        ]
    wrong = [{"file": w.file, "line": w.line, "what": w.what} for w in looked.mistakes]
    if as_json:
        shell.show_json({"scripts": known, "left_out": wrong, "drills": given})
        return
    lines = [(s["name"], s["title"], f"{s['minutes']} min", ", ".join(s["parts"])) for s in known]
    shell.show_table(("name", "title", "length", "parts"), lines, "No drills.")
    for mistake in looked.mistakes:
        shell.show(f"left out: {mistake}")
    shell.show("")
    begun = [(g["id"], g["script"], g["state"], f"{g['pace']} x") for g in given]
    shell.show_table(("id", "drill", "state", "pace"), begun, "None was given yet.")


async def start(
    name: str, trainer: str, participants: str, pace: int, tell: bool, others: bool
) -> None:
    """`participants`: see `_team`. `pace`: 0, the script's own. `others`: who is missing comes with
    the code."""
    async with shell.opened() as opened:
        script, people, on_duty = await _team(opened, name, trainer, participants)
        if not others:
            more = " Or let others come in with the code: --others-come"
            _refuse_empty(script, people, more)
        drill, code = _drawn(opened, trainer, "X"), draw_code(secrets.token_bytes(10))
        duty = on_duty if tell else []
        args = {"id": drill, "script": script.name, "people": people, "trainer": trainer,
                "pace": pace or script.pace, "duty": duty, "code": code}  # fmt: skip
        await _order(opened, {"drill": drill, "kind": "start", "trainer": trainer, "args": args})
    shell.show(f"{drill}: {len(people)} people are asked. {trainer} begins it in the chat.")


async def _team(
    opened: Opened, name: str, trainer: str, participants: str
) -> tuple[Script, dict[str, str], list[str]]:
    """The script, who plays which part, who is on duty. `participants`: ids between commas, or
    PART=ID; who is named without a part gets one of their role, in turn. Raises Refusal."""
    looked = scripts.look(opened.settings.drills.scripts)
    script = looked.known.get(name)
    if script is None:
        wrong = next((w for w in looked.mistakes if w.file == f"{name}{scripts.SUFFIX}"), None)
        if wrong:
            raise Refusal(f"this drill is left out until it is mended. {wrong}")
        raise Refusal(f"there is no drill {name}. For the list: onbelay drill list")
    chosen = _chosen(script, participants)
    who = list(chosen)
    c = t.persons.c
    async with opened.store.read() as conn:
        found = await conn.execute(select(c.id, c.role).where(c.id.in_([trainer, *who])))
        roles = {row.id: row.role for row in found}
        on_duty = select(c.id).where(c.role == Role.COORDINATOR, c.on_duty.is_(True))
        duty = [row.id for row in await conn.execute(on_duty)]
    if roles.get(trainer) != Role.TRAINER:
        raise Refusal(f"{trainer} is no trainer: only a trainer gives drills.")
    if unknown := [each for each in who if each not in roles]:
        raise Refusal(f"nobody here is {unknown[0]}. For the ids: onbelay person list")
    if trainer in who:
        raise Refusal(f"{trainer} gives the drill and can't play in it. Who else does?")
    if not who:
        raise Refusal("nobody takes part: name them with --participants ID,ID")
    people = {w: part for w, part in chosen.items() if part}
    for role in ("journalist", "coordinator"):
        parts = [part for part in script.parts if part.role == role]
        theirs = [w for w in who if roles[w] == role]
        people = cast.dealt(parts, theirs, people)
    for each in who:
        _refuse_misfit(script, each, roles[each], people.get(each, ""))
    return script, people, duty


def _chosen(script: Script, participants: str) -> dict[str, str]:
    """id -> the part that is named for them, or "". Raises Refusal."""
    found = {}
    for each in filter(None, (each.strip() for each in participants.split(","))):
        part, named, who = (x.strip() for x in each.rpartition("="))
        if named and script.part(part) is None:
            parts = ", ".join(p.name for p in script.parts)
            raise Refusal(f"{script.name} has no part {part!r}. It has: {parts}")
        if who in found:
            raise Refusal(f"{who} is named twice.")
        found[who] = part
    return found


def _refuse_misfit(script: Script, who: str, role: str, name: str) -> None:
    part = script.part(name)
    if part is None:
        can = " and ".join(dict.fromkeys(f"{p.role}s" for p in script.parts))
        raise Refusal(f"{who} is {_a(role)}, and has no part in {script.name}: {can} play in it.")
    if part.role != role:
        raise Refusal(f"{who} is {_a(role)}; the part {name} is for {_a(part.role)}.")


def _a(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"


def _refuse_empty(script: Script, people: Mapping[str, str], more: str = "") -> None:
    if lacks := cast.empty(script, people.values()):
        parts = ", ".join(f"{part.name} ({part.role})" for part in lacks)
        raise Refusal(
            f"{script.name} can't be played like that: nobody plays {parts}. Name one person for "
            f"each: --participants {lacks[0].name}=ID{more}"
        )


def _drawn(opened: Opened, trainer: str, prefix: str) -> str:
    seed = opened.vault.seed(f"drill/{opened.clock.now()}/{trainer}")
    return prefix + draw_code(seed[:6] + seed[:4])[:6]


# ---------------------------------------------------------------- every month


async def schedule(
    name: str, trainer: str, participants: str, pace: int, hours: str, tell: bool
) -> None:
    """`hours`: of the trainer's day, "9-17"."""
    begins, _, ends = hours.partition("-")
    if not (begins.isdecimal() and ends.isdecimal() and 0 <= int(begins) < int(ends) <= 24):
        raise Refusal(f"{hours} are no hours of a day. For example: --hours 9-17")
    async with shell.opened() as opened:
        script, people, _ = await _team(opened, name, trainer, participants)
        _refuse_empty(script, people)
        if not script.surprise:
            raise Refusal(f"{name} is not made to be a surprise: its script doesn't say so.")
        plan = _drawn(opened, trainer, "Y")
        args = {"id": plan, "script": name, "people": people, "pace": pace or script.pace,
                "duty": tell, "trainer": trainer, "hours": [int(begins), int(ends)]}  # fmt: skip
        await _order(opened, {"drill": plan, "kind": "plan", "trainer": trainer, "args": args})
    shell.show(
        f"{plan}: {len(people)} people are asked whether they agree. Once a month from then."
    )


async def schedules(as_json: bool) -> None:
    """When the next one comes is shown to nobody."""
    async with shell.opened() as opened:
        found = [
            {
                "id": plan.subject,
                "script": plan.data["script"],
                "trainer": plan.data["trainer"],
                "asked": len(plan.data["people"]),
                "agreed": sum(state == "yes" for _, state in plan.data["people"].values()),
                "held": plan.data["held"],
            }
            for plan in await _plans(opened)
        ]
    if as_json:
        shell.show_json(found)
        return
    cells = [tuple(str(value) for value in each.values()) for each in found]
    heads = ("id", "drill", "trainer", "asked", "agreed", "held")
    shell.show_table(heads, cells, "No surprise is planned.")


async def unschedule(plan: str) -> None:
    async with shell.opened() as opened:
        wanted = plan.strip("# ").upper()
        found = next((p for p in await _plans(opened) if p.subject == wanted), None)
        if found is None:
            raise Refusal(f"no surprise {plan} is planned. For the list: onbelay drill schedule")
        trainer = found.data["trainer"]
        await _order(opened, {"drill": wanted, "kind": "unplan", "trainer": trainer})
    shell.show(f"{wanted} comes no more. Whoever had agreed is told.")


async def _plans(opened: Opened) -> list[Instance]:
    i = t.instances.c
    async with opened.store.read() as conn:
        batch = Batch(conn, opened.vault, opened.clock.now())
        named = await conn.scalars(
            select(i.subject).where(i.flow == "surprise").order_by(i.subject)
        )
        found = [await batch.instance("surprise", each) for each in named.all()]
    return [each for each in found if each is not None and each.data]


async def recall(drill: str) -> None:
    async with shell.opened() as opened:
        row = await _row(opened, drill)
        if row["state"] == "over":
            raise Refusal(f"{row['id']} is over.")
        await _order(opened, {"drill": row["id"], "kind": "recall", "trainer": row["trainer"]})
    shell.show(f"{row['id']} ends now. Everybody who got anything of it is told.")


async def report(
    drill: str, how: str, out: Path | None, hide: bool, lang: str, person: str
) -> None:
    """`how`: "", or one of FORMATS. `person`: an id, or the number that stands for it when names
    are hidden; "": everybody."""
    if how not in ("", *FORMATS):
        raise Refusal(f"{how} is not one of: {', '.join(FORMATS)}")
    if how == "pdf" and out is None:
        raise Refusal("a PDF goes into a file: --out FILE")
    async with shell.opened() as opened:
        text = Text.load(LOCALES)
        if lang not in text.languages:
            raise Refusal(f"{lang} is not one of: {', '.join(text.languages)}")
        found, targets = await _report(opened, drill, person)
        words = Words(text, lang, opened.clock.now())
    if hide:
        found = without_names(found, words)
    if how == "json":
        body = json.dumps(_as_data(found, targets), indent=2, ensure_ascii=False) + "\n"
    elif how == "csv":
        body = as_csv(found)
    elif how == "html":
        body = as_html(found, words)
    elif how == "pdf" and out is not None:
        from bot.drill.paper import pdf  # draws: not loaded for the others

        await asyncio.to_thread(out.write_bytes, pdf(found, words))
        return
    else:
        body = _shown(found, words)
    if out is None:
        shell.show(body.rstrip("\n"))
    else:
        # A spreadsheet takes a file without the mark for one of an older alphabet.
        coded = body.encode("utf-8-sig" if how == "csv" else "utf-8")
        await asyncio.to_thread(out.write_bytes, coded)


def _as_data(found: Report, targets: Targets) -> dict[str, Any]:
    whole = figures.as_data(found.row, found.seen, [*found.past], targets)
    return {**whole, "names_hidden": found.hidden, "findings": _findings(found)}


def _findings(found: Report) -> list[dict[str, Any]]:
    names = found.named
    return [
        {"n": n, "kind": kind, "about": about, "name": names.get(about, ""), "detail": detail,
         "done_at": mended or None}
        for n, (kind, about, detail, mended) in enumerate(found.found, 1)
    ]  # fmt: skip


async def _report(opened: Opened, drill: str, person: str) -> tuple[Report, Targets]:
    row, known = await _row(opened, drill), _scripts(opened)
    script = known.get(row["script"])
    place = figures.kept(opened.settings.drills_folder, row["id"])
    wanted = opened.settings.drills
    targets = Targets(wanted.acknowledge_within, wanted.welfare_within)
    if script is None or place is None:
        raise Refusal(f"nothing of {row['id']} is kept any more.")
    own = Store.open(f"sqlite+aiosqlite:///{place}")
    try:
        seen = await figures.seen_in(own, opened.vault, row, script, targets)
    finally:
        await own.close()
    async with opened.store.read() as conn:
        batch = Batch(conn, opened.vault, opened.clock.now())
        past = await figures.earlier(batch, row)
        kept = await _kept(batch, row)
    found = kept or [[f.kind, f.about, f.detail, 0] for f in seen.findings]
    if person and person not in {one.id for one in seen.people}:
        raise Refusal(f"{person} was not asked to take part in {row['id']}.")
    if person:
        seen, found = only(seen, person), [each for each in found if each[1] == person]
    titles = {name: each.title for name, each in known.items()}
    return Report(row, script, seen, past, found, titles), targets


async def _kept(batch: Batch, row: Row) -> list[list[Any]]:
    """Findings as they were told, with what is done of them; none before it is over."""
    instance = await batch.instance("drill", row["id"])
    return [list(each) for each in instance.data.get("findings", ())] if instance else []


async def findings(drill: str, done: int, as_json: bool) -> None:
    """What can be mended. `done`: the number of one that is; 0: none."""
    async with shell.opened() as opened:
        found, _ = await _report(opened, drill, "")
        row, listed = found.row, _findings(found)
        if done:
            if row["state"] != "over":
                raise Refusal(f"{row['id']} is not over yet.")
            if done > len(listed):
                raise Refusal(f"there is no finding {done}. For the list: onbelay drill findings")
            order = {"drill": row["id"], "kind": "ticked", "args": {"n": done}}
            await _order(opened, {**order, "trainer": row["trainer"]})
            listed[done - 1]["done_at"] = listed[done - 1]["done_at"] or opened.clock.now()
    if as_json:
        shell.show_json(listed)
        return
    cells = [
        (
            str(f["n"]),
            f["kind"],
            f["name"] or f["about"],
            f["detail"],
            "yes" if f["done_at"] else "",
        )
        for f in listed
    ]
    shell.show_table(("n", "finding", "who", "detail", "done"), cells, "Nothing to mend.")


def _shown(found: Report, words: Words) -> str:
    """The page as plain lines, without its plots: the tables say the same."""
    told = []
    for block in blocks(found, words):
        figures = [f"{what}: {' '.join(filter(None, said))}" for what, *said in block.figures]
        rows = ["  ".join(" ".join(cell.split()) for cell in row).rstrip() for row in block.rows]
        head = ["  ".join(block.head)] if rows else []
        inside = [*block.sentences, *figures, *head, *rows]
        told.append("\n".join([block.heading, *(f"  {line}" for line in inside)]))
    return "\n\n".join(told)


async def _row(opened: Opened, drill: str) -> Row:
    wanted = drill.strip().lstrip("#").upper()
    async with opened.store.read() as conn:
        found = await conn.execute(select(t.drills).where(t.drills.c.id == wanted))
        row = found.first()
    if row is None:
        raise Refusal(f"there is no drill {drill}. For the list: onbelay drill list")
    return row._mapping


async def _order(opened: Opened, order: dict[str, Any]) -> None:
    """The running engine does it, within a second; a stopped one when it starts again."""
    now = opened.clock.now()
    key = f"drill/{order['kind']}/{order['drill']}/{now}"
    row = own_row(opened.vault, now, key, encode(order), urgent=False)
    async with opened.store.write() as conn:
        await conn.execute(insert_new(conn, t.inbox), [row])
