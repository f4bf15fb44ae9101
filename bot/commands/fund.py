"""Requests to funds, as the operator sees them, and as a committee gets them."""

import io
import json
import secrets
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import dossier as paper
from bot import dossier_page
from bot.cleaning import cleaned
from bot.commands import shell
from bot.commands.people import cards
from bot.commands.shell import Opened, Refusal
from bot.commands.tell import tell
from bot.facts import application
from bot.files import Folder, neutral_name
from bot.languages import LOCALES
from bot.outbox import decode
from bot.store import tables as t
from bot.store.beside import beside
from bot.store.store import Row, by
from bot.text import Text
from bot.vault import VaultError
from bot.vault.guarded import write_new
from flows.engine.model import Role
from flows.fund import grants
from flows.fund.terms import Fund, said

FORMATS = ("json", "pdf", "zip")


async def list_requests(as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        c = t.applications.c
        rows = [
            row._mapping
            for row in await conn.execute(select(t.applications).order_by(c.submitted_at, c.id))
        ]
        shown = await _shown(conn, opened, rows)
    if as_json:
        shell.show_json(shown)
        return
    head = ("id", "fund", "case", "state", "deadline", "requested", "granted", "decisions")
    funds = opened.settings.policy.funds
    shell.show_table(head, [_line(each, funds) for each in shown], "No requests.")


def _called(fund: str, funds: Mapping[str, Fund]) -> str:
    """Its name; the id only where it is no longer configured."""
    return said(funds[fund].name, "en") if fund in funds else fund


def _line(each: dict[str, Any], funds: Mapping[str, Fund]) -> tuple[str, ...]:
    sums = each["amounts"]
    verdicts = ", ".join(one["verdict"] for one in each["decisions"])
    fund = _called(each["fund"], funds)
    named = (f"#{each['id']}", fund, each["case"], each["state"], each["deadline"] or "")
    return (*named, sums.get("requested") or "", sums.get("granted") or "", verdicts)


async def show_request(typed: str, as_json: bool) -> None:
    async with shell.opened() as opened, opened.store.read() as conn:
        (shown,) = await _shown(conn, opened, [await _row(conn, typed)])
    if as_json:
        shell.show_json(shown)
        return
    shown["fund"] = _called(shown["fund"], opened.settings.policy.funds)
    for field, value in shown.items():
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        shell.show(f"{field}: {'' if text is None else text}")


# ---------------------------------------------------------------- a dossier takes two people


async def ask_dossier(typed: str, role: str, partner: str, by: str, reason: str) -> None:
    """Officers are told; another one than `by` shows the word with which the file is made."""
    _known(role, partner)
    if not reason.strip():
        raise Refusal("say why, with --reason: every dossier is logged with its reason.")
    async with shell.opened() as opened, opened.store.write() as conn:
        row = await _row(conn, typed)
        data = await _opened(conn, opened, row)
        if data is None:
            raise Refusal(_gone(row))
        _agreed(data, opened, role, partner)
        officer = await _officer(conn, opened, by, row)
        number = secrets.token_hex(4)
        said = {"number": number, "by": officer, "role": role, "partner": partner}
        await tell(
            conn, opened, f"paper/{row['id']}/{number}", row["id"], "wanted", reason=reason, **said
        )
    shell.show(f"asked: {number}")
    shell.say(
        "Nothing is made yet. The officers are told in chat; another than you shows a word and "
        "reads it to you. Then run this again with --word WORD, within 24 hours."
    )


async def write_dossier(
    typed: str, role: str, partner: str, form: str, out: Path, lang: str, word: str,
    with_uncleaned: bool = False,
) -> None:  # fmt: skip
    """`out` is made for its owner only, and never written over."""
    if form not in FORMATS:
        raise Refusal(f"there is no format {form}. Use one of: {', '.join(FORMATS)}.")
    _known(role, partner)
    async with shell.opened() as opened:
        async with opened.store.read() as conn:
            row = await _row(conn, typed)
            data = await _opened(conn, opened, row)
            if data is None:
                raise Refusal(_gone(row))
            _agreed(data, opened, role, partner)
            now, policy = opened.clock.now(), opened.settings.policy
            number = allowed(data, role, partner, word, now)
            people, names = await _people(conn, opened, data), await _names(conn, row["id"])
            found = paper.dossier(data, policy, people, len(names), now, role, partner, lang)
            body, left = await _body(conn, opened, found, names, form, lang, with_uncleaned)
        key = f"paper made/{row['id']}/{number}"
        async with opened.store.write() as conn:
            if not await tell(conn, opened, key, row["id"], "made", number=number):
                raise Refusal("that word was used already. Ask for another dossier.")
            _written(out, body)
    shell.show(str(out))
    for name in left:
        what = "is in it all the same" if with_uncleaned else "was left out"
        shell.say(f"{name} {what}: it may tell where and with what it was made.")
    shell.say("Whoever has this file can read it. Delete it when it is no longer needed.")


def _known(role: str, partner: str) -> None:
    if role not in paper.ROLES:
        raise Refusal(f"there is no role {role}. Use one of: {', '.join(paper.ROLES)}.")
    if (role == "partner") != bool(partner):
        raise Refusal("--partner goes with --role partner: say which one will read it.")


def _agreed(data: dict[str, Any], opened: Opened, role: str, partner: str) -> None:
    """To a partner of this fund, and only with the applicant's consent. Raises Refusal."""
    if role != "partner":
        return
    known = sorted(each.id for each in paper.fund_of(data, opened.settings.policy).partners)
    if partner not in known:
        raise Refusal(
            f'"{partner}" is no partner in this fund\'s file. Use one of: {", ".join(known)}.'
        )
    if not paper.consented(data, partner):
        raise Refusal(
            f"the applicant of #{data['id']} has agreed to nothing for {partner}, so there is "
            "nothing to pass on. They can change that in chat."
        )


def _gone(row: Row) -> str:
    return f"#{row['id']} was withdrawn: nothing of it can be read any more."


def _written(out: Path, body: bytes) -> None:
    try:
        write_new(out, body)
    except FileExistsError:
        raise Refusal(f"{out} is there already, and is not written over.") from None
    except OSError as error:
        raise Refusal(f"{out} can't be written ({error.strerror}). No file was made.") from None


async def _officer(conn: AsyncConnection, opened: Opened, typed: str, row: Row) -> str:
    """By id or name; one to whom the request exists."""
    ids = [r["id"] for r in await by(conn, t.persons, "role", [str(Role.OFFICER)])]
    kept_from = {row["person_id"], *row["conflicts"].split()}
    batch = await cards(conn, opened.vault, [each for each in ids if each not in kept_from])
    wanted = typed.strip().casefold()
    for who in batch.people:
        card = batch.card(who)
        if card and card.role is Role.OFFICER and wanted in (who, card.name.casefold()):
            return who
    raise Refusal(
        f'"{typed}" is no officer who may see this request. Say with --by who asks: an id or a '
        "name, as `onbelay person list` shows it."
    )


def allowed(data: dict[str, Any], role: str, partner: str, word: str, now: int) -> str:
    """The number of what was asked for and allowed by people who still may. Raises Refusal."""
    kept_from = {data["person"], *data["conflicts"]}
    typed = "".join(word.split()).upper()
    for number, each in data.get("papers", {}).items():
        same = (each["role"], each["partner"]) == (role, partner)
        if typed and each["word"] == typed and same:
            if each["made"] or now > each["until"]:
                raise Refusal("that word was used already, or is too old. Ask for another dossier.")
            if {each["by"], each["shown_by"]} & kept_from:
                raise Refusal(
                    "whoever asked for this dossier or allowed it has declared a conflict of "
                    "interest since. Two others have to do it."
                )
            return str(number)
    raise Refusal(
        "that is not the word of a dossier for this role. It is shown to an officer in chat, once "
        "somebody has asked for the dossier without --word."
    )


async def _body(
    conn: AsyncConnection, opened: Opened, found: dict[str, Any], names: Sequence[str], form: str,
    lang: str, with_uncleaned: bool,
) -> tuple[bytes, list[str]]:  # fmt: skip
    """And the names of documents that could not be cleaned."""
    written = (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()
    if form == "json":
        return written, []
    headings = {name: heading for name, (heading, _) in paper.FIELDS.items()}
    page = dossier_page.pdf(found, headings, Text.load(LOCALES), lang, opened.clock.now())
    if form == "pdf":
        return page, []
    whole, left = io.BytesIO(), []
    with zipfile.ZipFile(whole, "w") as packed:
        packed.writestr("notes.pdf", page)
        packed.writestr("notes.json", written)
        for n, each in enumerate(names if "documents" in found else (), 1):
            said, body, clean = await _file(conn, opened, each)
            name = f"{n:02}-{said}" if clean else f"{n:02}-uncleaned-{said}"
            if not clean:
                left.append(name)
            if clean or with_uncleaned:
                packed.writestr(f"documents/{name}", body)
    return whole.getvalue(), left


async def _file(conn: AsyncConnection, opened: Opened, name: str) -> tuple[str, bytes, bool]:
    """What is passed on doesn't tell where and with what it was made. False: that can't be done."""
    (row,) = await by(conn, t.attachments, "id", [name])
    folder = Folder(opened.settings.files, opened.vault)
    what = decode(opened.vault.open(row["person_id"], row["sealed"], "attachment"))
    body = folder.read(row["person_id"], name)
    clean, said = cleaned(what["mime"], body), neutral_name(what["mime"])
    return said, body if clean is None else clean, clean is not None


# ---------------------------------------------------------------- opened rows


async def _row(conn: AsyncConnection, typed: str) -> Row:
    request = typed.strip().removeprefix("#").upper()
    rows = await by(conn, t.applications, "id", [request])
    if not rows:
        raise Refusal(f"there is no request #{request}. `onbelay fund list` shows all.")
    return rows[0]


async def _shown(
    conn: AsyncConnection, opened: Opened, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    return [await _one(conn, opened, row) for row in rows]


async def _one(conn: AsyncConnection, opened: Opened, row: Row) -> dict[str, Any]:
    """What was withdrawn, or can't be read, has only what its row says."""
    bare = {
        "id": row["id"],
        "fund": row["fund"],
        "state": row["state"],
        "case": row["kind"],
        "submitted_at": shell.iso(row["submitted_at"]),
        "deadline": shell.iso(row["due_at"]),
    }
    data = await _opened(conn, opened, row)
    if data is None:
        return {
            **bare,
            "amounts": {},
            "complete": {},
            "findings": [],
            "decisions": [],
            "partners": [],
            "erasing": [],
            "records": [],
        }
    policy, people = opened.settings.policy, await _people(conn, opened, data)
    files = await _files(conn, row["id"])
    found = paper.findings(data, policy, files, opened.clock.now())
    return {
        **bare,
        "amounts": paper.amounts(data, policy),
        "complete": paper.complete(data, policy, files),
        "findings": [{"rule": f.rule, "weight": f.weight, **f.args} for f in found],
        "decisions": paper.decisions(data, people),
        "partners": paper.asked_partners(data, policy, people),
        "erasing": paper.erasing(data, policy, people),
        #: linked reports of attacks; what they say: `onbelay record show`
        "records": data.get("records", []),
    }


async def _opened(conn: AsyncConnection, opened: Opened, row: Row) -> dict[str, Any] | None:
    """With the grants that we know of now."""
    vault = opened.vault
    c = t.instances.c
    query = select(t.instances).where(c.flow == "application", c.subject == row["id"])
    kept = (await conn.execute(query)).mappings().first()
    if kept is None or not kept["key"]:
        return None
    try:
        data: dict[str, Any] = json.loads(
            vault.open(kept["key"], kept["sealed"], "instance/application")
        )
    except VaultError:
        return None
    person, told = row["person_id"], data.get("answers", {})
    others = await beside(conn, vault, row["id"], person, told, {})
    known = grants.beside(person, map(application, others), opened.clock.now())
    return {**data, "earlier": known}


async def _people(conn: AsyncConnection, opened: Opened, data: dict[str, Any]) -> dict[str, str]:
    """Names of the officers that it mentions."""
    asked = {each.get("asked_by", "") for each in data.get("partners", {}).values()}
    ids = sorted(({by for _, _, by, _ in data["log"]} | set(_deciders(data)) | asked) - {""})
    batch = await cards(conn, opened.vault, ids)
    return {who: card.name for who in ids if (card := batch.card(who)) is not None}


def _deciders(data: dict[str, Any]) -> Iterable[str]:
    made = [each["recommendation"] for each in data["past"]] + [data.get("recommendation")]
    yield from (each["by"] for each in made if each)
    yield from (each["by"] for part in data["past"] for each in part["decisions"])
    yield from (each["by"] for each in data["decisions"])


async def _names(conn: AsyncConnection, request: str) -> list[str]:
    c = t.attachments.c
    query = select(c.id).where(c.case_id == request, c.state == "kept")
    return [row[0] for row in await conn.execute(query.order_by(c.created_at, c.id))]


async def _files(conn: AsyncConnection, request: str) -> int:
    return len(await _names(conn, request))
