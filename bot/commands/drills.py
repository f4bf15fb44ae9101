"""Drills, from the command line: which there are, begin one, end one, what came of it."""

from typing import Any

from sqlalchemy import select

from bot.batch import Batch
from bot.commands import shell
from bot.commands.shell import Opened, Refusal
from bot.drill import report as figures
from bot.drill import scripts
from bot.inbox import own_row
from bot.languages import LOCALES
from bot.outbox import encode
from bot.store import tables as t
from bot.store.store import Row, Store, insert_new
from bot.strangers import draw_code
from bot.text import Text
from flows.drill.script import Script, ScriptError
from flows.engine.model import Role


def _scripts(opened: Opened) -> dict[str, Script]:
    try:
        return dict(scripts.load(opened.settings.drills.scripts))
    except ScriptError as error:
        raise Refusal(f"{error}. No drill can be given until that is mended.") from None


async def list_drills(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        text = Text.load(LOCALES)
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
            for script in _scripts(opened).values()
        ]
    if as_json:
        shell.show_json({"scripts": known, "drills": given})
        return
    lines = [(s["name"], s["title"], f"{s['minutes']} min", ", ".join(s["parts"])) for s in known]
    shell.show_table(("name", "title", "length", "parts"), lines, "No drills.")
    shell.show("")
    begun = [(g["id"], g["script"], g["state"], f"{g['pace']} x") for g in given]
    shell.show_table(("id", "drill", "state", "pace"), begun, "None was given yet.")


async def start(name: str, trainer: str, participants: str, pace: int, tell: bool) -> None:
    """`participants`: ids between commas; each plays the part that fits their role."""
    async with shell.opened() as opened:
        script = _scripts(opened).get(name)
        if script is None:
            raise Refusal(f"there is no drill {name}. For the list: onbelay drill list")
        who = [each.strip() for each in participants.split(",") if each.strip()]
        c = t.persons.c
        on_duty = select(c.id).where(c.role == Role.COORDINATOR, c.on_duty.is_(True))
        async with opened.store.read() as conn:
            found = await conn.execute(select(c.id, c.role).where(c.id.in_([trainer, *who])))
            roles = {row.id: row.role for row in found}
            duty = [row.id for row in await conn.execute(on_duty)] if tell else []
        if roles.get(trainer) != Role.TRAINER:
            raise Refusal(f"{trainer} is no trainer: only a trainer gives drills.")
        if unknown := [each for each in who if each not in roles]:
            raise Refusal(f"nobody here is {unknown[0]}. For the ids: onbelay person list")
        people = {w: part for w in who if (part := _part(script, roles.get(w, "")))}
        if not people:
            raise Refusal("none of these can play a part in it.")
        seed = opened.vault.seed(f"drill/{opened.clock.now()}/{trainer}")
        drill, code = f"X{draw_code(seed[:6] + seed[:4])[:6]}", draw_code(seed[6:16])
        args = {"id": drill, "script": name, "people": people, "pace": pace, "duty": duty,
                "code": code, "trainer": trainer}  # fmt: skip
        await _order(opened, {"drill": drill, "kind": "start", "trainer": trainer, "args": args})
    shell.show(f"{drill}: {len(people)} people are asked. {trainer} begins it in the chat.")


def _part(script: Script, role: str) -> str:
    wanted = "coordinator" if role == Role.COORDINATOR else "journalist"
    return next((part.name for part in script.parts if part.role == wanted), "")


async def recall(drill: str) -> None:
    async with shell.opened() as opened:
        row = await _row(opened, drill)
        if row["state"] == "over":
            raise Refusal(f"{row['id']} is over.")
        await _order(opened, {"drill": row["id"], "kind": "recall", "trainer": row["trainer"]})
    shell.show(f"{row['id']} ends now. Everybody who got anything of it is told.")


async def report(drill: str, as_json: bool) -> None:
    async with shell.opened() as opened:
        row = await _row(opened, drill)
        script = _scripts(opened).get(row["script"])
        place = figures.kept(opened.settings.drills_folder, row["id"])
        if script is None or place is None:
            raise Refusal(f"nothing of {row['id']} is kept any more.")
        async with opened.store.read() as conn:
            batch = Batch(conn, opened.vault, opened.clock.now())
            instance = await batch.instance("drill", row["id"])
        if instance is None:
            raise Refusal(f"nothing of {row['id']} is kept any more.")
        own = Store.open(f"sqlite+aiosqlite:///{place}")
        try:
            found = await figures.report(own, opened.vault, row, instance.data, script)
        finally:
            await own.close()
    if as_json:
        shell.show_json(dict(found))
        return
    shell.show(f"{found['id']} {found['script']}: {found['done']} of {found['expected']} steps")
    for each in found["missing"]:
        shell.show(f"did not happen: {each['step']} ({each['part']})")
    lines = [_line(case) for case in found["cases"]]
    shell.show_table(("case", "kind", "at", "acknowledged", "closed"), lines, "No case was opened.")


def _line(case: dict[str, Any]) -> tuple[str, ...]:
    def after(end: int | None) -> str:
        return "never" if end is None else f"after {(end - case['event']) / 60_000:.1f} min"

    at = f"{case['event'] / 60_000:.1f} min"
    return (case["id"], case["kind"], at, after(case["acknowledged"]), after(case["closed"]))


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
