"""Asking partners without naming anybody: `onbelay jid export|import|match|whose`.

Who is asked about is decided in askable.py, with whom in partners.py, how in bot/jid/.
"""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands import shell
from bot.commands.askable import Askable, askable
from bot.commands.partners import FILE, Partner, about, partner
from bot.commands.shell import Opened, Refusal
from bot.commands.tell import tell
from bot.jid import file as files
from bot.jid import protocol
from bot.jid.protocol import Hit, Shared
from bot.store import tables as t
from bot.store.store import Row, by, upsert
from bot.vault.guarded import write_new
from flows.fund import money

AHEAD = 86_400_000  #: ms that a partner's clock may be ahead of ours


# ---------------------------------------------------------------- export


async def export(name: str, out: Path, days: int, as_json: bool) -> None:
    async with shell.opened() as opened:
        async with opened.store.read() as conn:
            who = await partner(opened, conn, name)
            found = await askable(opened, conn, name)
        made = _time(opened.clock.now())
        until = made + timedelta(days=days)
        subjects = [one.subject for one in found]
        _write(out, files.export(subjects, who.partnership, made, until, secrets.token_bytes))
    told = {
        "partner": name,
        "file": str(out),
        "applications": len(found),
        "expires_at": shell.iso(int(until.timestamp()) * 1000),
    }
    if as_json:
        shell.show_json(told)
        return
    shell.show(f"file: {out}")
    shell.show(f"applications: {len(found)}")
    shell.show(f"good until: {until:%Y-%m-%d %H:%M} UTC")
    shell.say(
        "In it are those whose applicants agreed that this partner is asked, and nobody else's. "
        "Whoever has the secret can guess who they are: give it to that partner alone, and delete "
        "it when they have it."
    )


def _write(out: Path, content: bytes) -> None:
    """For its owner only. What is there already stays."""
    try:
        write_new(out, content)
    except FileExistsError:
        raise Refusal(
            f"{out} exists already and is not overwritten. No file was made. Choose another name, "
            "or delete that one."
        ) from None
    except OSError as error:
        raise Refusal(
            f"{out} can't be written ({error.strerror}). No file was made. Choose a folder that "
            "is there and that is yours."
        ) from None


# ---------------------------------------------------------------- import


async def import_file(name: str, path: Path, as_json: bool) -> None:
    data = _read(path)
    async with shell.opened() as opened:
        async with opened.store.write() as conn:
            who = await partner(opened, conn, name)
            shared = files.read(data, who.partnership, _time(opened.clock.now()))
            row = _row(opened, who, data)
            _refuse_from_tomorrow(row, opened.clock.now())
            await _refuse_older(conn, row)
            await upsert(conn, t.partner_files, [row])
        told = {"partner": name, "maker": shared.maker, **about(row, opened.clock.now())}
    if as_json:
        shell.show_json(told)
        return
    shell.show(f"stored: {name}, made by {shared.maker} on {_minute(row['made_at'])}")
    shell.show(f"good until: {_minute(row['expires_at'])}")
    shell.say(f"Now delete {path}, then compare: onbelay jid match --partner {name}")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(files.LARGEST + 1)
    except OSError as error:
        raise Refusal(
            f"{path} can't be read ({error.strerror}). Nothing was stored. Name the file that "
            "your partner sent."
        ) from None


def _row(opened: Opened, who: Partner, data: bytes) -> dict[str, Any]:
    """Of a file that was accepted: its times are right."""
    head = json.loads(data.decode("utf-8-sig"))
    return {
        "partner": who.id,
        "made_at": _ms(head["made"]),
        "expires_at": _ms(head["expires"]),
        "imported_at": opened.clock.now(),
        "sealed": opened.vault.seal(who.key, data, FILE),
    }


def _refuse_from_tomorrow(row: Row, now: int) -> None:
    if row["made_at"] > now + AHEAD:
        raise Refusal(
            f"this file says that it was made on {_minute(row['made_at'])}, which has not come "
            "yet: it would go before every newer one. Nothing was stored. One of the two clocks "
            "is wrong: put it right, and have the file made again."
        )


async def _refuse_older(conn: AsyncConnection, row: Row) -> None:
    for kept in await by(conn, t.partner_files, "partner", [row["partner"]]):
        if row["made_at"] < kept["made_at"]:
            raise Refusal(
                f"this file was made on {_minute(row['made_at'])}, and a newer one of "
                f"{_minute(kept['made_at'])} is here: whoever is in the older one only may have "
                "withdrawn since. Nothing was stored, the newer one stays. Delete this one."
            )


# ---------------------------------------------------------------- match


async def match(name: str, as_json: bool) -> None:
    """What is found reaches the officers in chat, too, once."""
    async with shell.opened() as opened, opened.store.write() as conn:
        who = await partner(opened, conn, name)
        row = await _file(conn, name)
        shared = _opened(opened, who, row)
        ours = await askable(opened, conn, name)
        hits = protocol.match([one.subject for one in ours], shared, who.partnership)
        shown = _shown(hits, ours, who)
        times = about(row, opened.clock.now())
        for hit in shown:
            ours_, theirs = hit["known_to_them_as"], hit["theirs"]
            said = {"partner": name, "ours": ours_, "theirs": theirs, "strength": hit["strength"]}
            key = f"match/{name}/{hit['application']}/{theirs}"
            await tell(conn, opened, key, hit["application"], "match", **said)
    if as_json:
        shell.show_json({"partner": name, "maker": shared.maker, "file": times, "hits": shown})
        return
    _show(shown, shared)


async def _file(conn: AsyncConnection, name: str) -> Row:
    rows = await by(conn, t.partner_files, "partner", [name])
    if not rows:
        raise Refusal(
            f"there is no file of {name}, so nothing can be compared; a file that has expired is "
            f"deleted. Ask them for one, then: onbelay jid import --partner {name} FILE"
        )
    return rows[0]


def _opened(opened: Opened, who: Partner, row: Row) -> Shared:
    """Looked at like the day it came: it may have expired since."""
    data = opened.vault.open(who.key, row["sealed"], FILE)
    return files.read(data, who.partnership, _time(opened.clock.now()))


def _shown(hits: Sequence[Hit], ours: Sequence[Askable], who: Partner) -> list[dict[str, Any]]:
    passes = {one.subject.ref: list(one.may_pass) for one in ours}
    return [
        {
            "application": hit.ref,
            "known_to_them_as": protocol.pseudonym(hit.ref, who.partnership),
            "theirs": hit.pseudonym,
            "strength": hit.strength,
            "do": "ask each other",
            "may_pass": passes[hit.ref],
        }
        for hit in hits
    ]


def _show(shown: Sequence[dict[str, Any]], shared: Shared) -> None:
    shell.show_table(
        ("application", "they know it as", "theirs", "agrees by", "do", "may pass"),
        [
            (*(str(value) for value in list(one.values())[:5]), _kinds(one["may_pass"]))
            for one in shown
        ],
        f"Nobody in common with {shared.maker}, as far as names and phones show.",
    )
    if shown:
        shell.say(
            f"{len(shown)} to ask {shared.maker} about, by their reference. A hit is a question, "
            'not a proof, and never a reason to refuse. Under "may pass" stands what the applicant '
            "lets them have; nothing else may be told."
        )


def _kinds(kinds: Sequence[str]) -> str:
    return ", ".join(kinds) or "nothing"


# ---------------------------------------------------------------- what they answered

PICKS = ("yes", "no", "unknown")


async def answer(
    name: str, request: str, heard: str, helped: str, on: str, amount: str, adds: str, up_to: str
) -> None:
    """Noted with the request, as from chat. Nothing answered: they were asked, now."""
    got = {
        "heard": heard, "helped": helped, "on": on, "amount": amount, "adds": adds, "up_to": up_to,
    }  # fmt: skip
    for what in ("heard", "helped", "adds"):
        if got[what] and got[what] not in PICKS:
            raise Refusal(f"--{what} is one of: {', '.join(PICKS)}. Nothing was noted.")
    if any(got.values()) and not (heard and helped and adds):
        raise Refusal("note all three: --heard, --helped and --adds. Nothing was noted.")
    ref = request.strip().removeprefix("#").upper()
    async with shell.opened() as opened, opened.store.write() as conn:
        found = {one.subject.ref for one in await askable(opened, conn, name)}
        if ref not in found:
            raise Refusal(
                f"#{ref} is no application that {name} may be asked about. Nothing was noted."
            )
        rows = await by(conn, t.applications, "id", [ref])
        got |= {k: _amount(opened, rows[0]["fund"], got[k]) for k in ("amount", "up_to") if got[k]}
        said = {k: v[:80] for k, v in got.items() if v}
        key = f"answer/{ref}/{secrets.token_hex(8)}"
        await tell(conn, opened, key, ref, "noted", partner=name, answers=said)
    shell.show(f"noted: {ref}")


def _amount(opened: Opened, fund: str, typed: str) -> str:
    """Exact, with its currency."""
    known = opened.settings.policy.funds.get(fund)
    read = money.read(typed, known.currency if known else "USD", "en")
    if isinstance(read, money.Unread):
        raise Refusal(f'"{typed}" is no amount. Write it like 1500 EUR. Nothing was noted.')
    return str(read)


# ---------------------------------------------------------------- whose


async def whose(name: str, pseudonym: str, as_json: bool) -> None:
    """Which application of ours the partner asks about."""
    async with shell.opened() as opened, opened.store.read() as conn:
        who = await partner(opened, conn, name)
        ours = {one.subject.ref: one for one in await askable(opened, conn, name)}
    ref = protocol.whose(pseudonym, ours, who.partnership)
    if ref is None:
        raise Refusal(
            "no application that this partner may ask about is called so. It was misheard, or the "
            "applicant has withdrawn since, or it is long decided. Tell them only that you have "
            "nothing to say, and have them read it out again."
        )
    may_pass = ours[ref].may_pass
    if as_json:
        shell.show_json({"partner": name, "application": ref, "may_pass": list(may_pass)})
        return
    shell.show(f"application: {ref}")
    shell.show(f"may pass: {_kinds(may_pass)}")


# ---------------------------------------------------------------- times


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _ms(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1000)


def _minute(ms: int) -> str:
    return shell.short_time(ms)
