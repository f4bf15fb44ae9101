"""Requests to funds: can somebody decide them, can they be paid, are they answered in time?"""

from sqlalchemy import select

from bot.doctor.look import Finding, Look, error, named, warn
from bot.doctor.people import reaches
from bot.store import tables as t
from bot.store.store import Row
from flows.engine.model import Role
from flows.fund.request import OPEN
from flows.fund.terms import Fund

TWO = 2  #: different people decide
SIGNAL = "signal"  #: where to pay is shown there, and nowhere else


async def officers(look: Look) -> list[Finding]:
    """Whether every request can be decided."""
    if not look.settings.policy.funds:
        return []
    ready = _ready(look)
    if len(ready) < TWO:
        return [
            error(
                "fund officers",
                f"{len(ready)} of at least {TWO} fund officers can be reached, and two different "
                "people decide. Requests come in and are never decided: applicants wait in vain. "
                "Invite more (onbelay invite --role officer --lang en), and have those who were "
                "added write to the bot once.",
                ready,
            )
        ]
    stuck = [row["id"] for row in await _open(look) if len(_deciders(row, ready)) < TWO]
    if not stuck:
        return []
    return [
        error(
            "fund officers",
            f"{_numbers(stuck)} can be decided by fewer than {TWO} officers: the others have a "
            "conflict of interest, or asked for it themselves. These applicants wait in vain. "
            "Invite another officer: onbelay invite --role officer --lang en",
            stuck,
        )
    ]


async def late(look: Look) -> list[Finding]:
    rows = await _open(look) if look.settings.policy.funds else []
    waiting = [row["id"] for row in rows if (row["due_at"] or look.now) < look.now]
    if not waiting:
        return []
    return [
        warn(
            "requests",
            f"{_numbers(waiting)} wait longer than their applicants were told. Somebody may be in "
            "danger meanwhile. Officers and coordinators are reminded every day; call an officer, "
            "who types: applications",
            waiting,
        )
    ]


async def payers(look: Look) -> list[Finding]:
    """Of each fund somebody must be able to read where to pay. That a fund names nobody at all is
    said of its file."""
    funds = look.settings.policy.funds
    if any(fund.payers for fund in funds.values()) and SIGNAL not in look.channels:
        return [
            error(
                "payers",
                "Signal is not switched on. Where to pay is asked for and shown there only: what "
                "is approved can't be paid, and the applicants wait. Set signal_account and "
                "signal_api_url.",
            )
        ]
    return [found for fund in funds.values() for found in _payers(look, fund)]


def _payers(look: Look, fund: Fund) -> list[Finding]:
    lost = sorted(each for each in fund.payers if not _on_signal(look, each))
    if not lost:
        return []
    says = error if len(lost) == len(fund.payers) else warn
    return [
        says(
            "payers",
            f"{named(lost)}, named as payers in the file of fund {fund.id}, are not here or have "
            "no proven address on Signal. They are not shown where to pay: what is approved stays "
            "unpaid, and the applicant waits. Have them write to the bot on Signal once, or name "
            "others (ids: onbelay person list).",
            lost,
        )
    ]


async def apart(look: Look) -> list[Finding]:
    """Whether two can approve and a third can pay."""
    ready = set(_ready(look))
    return [
        found for fund in look.settings.policy.funds.values() for found in _apart(look, fund, ready)
    ]


def _apart(look: Look, fund: Fund, ready: set[str]) -> list[Finding]:
    paying = [each for each in fund.payers if _on_signal(look, each)]
    short = len(ready) < TWO or not paying  # which is said already
    if short or any(len(ready - {each}) >= TWO for each in paying):
        return []
    says = error if fund.separate_payer else warn
    then = "nothing is ever paid" if fund.separate_payer else "whoever pays has approved it, too"
    return [
        says(
            "separate payer",
            f"Fund {fund.id} is paid by officers only, and without them fewer than {TWO} are left "
            f"to approve: {then}. Name somebody else as a payer in its file, or invite another "
            "officer: onbelay invite --role officer --lang en",
            sorted(paying),
        )
    ]


def _on_signal(look: Look, person: str) -> bool:
    known = look.people.get(person)
    mine = known.addresses.values() if known else ()
    return any(each.counts and each.channel == SIGNAL for each in mine)


def _ready(look: Look) -> list[str]:
    here = (card for card in look.cards.values() if card.role is Role.OFFICER and card.enrolled)
    return [card.id for card in here if reaches(look, card)]


def _deciders(row: Row, ready: list[str]) -> set[str]:
    return set(ready) - {row["person_id"], *row["conflicts"].split()}


async def _open(look: Look) -> list[Row]:
    c = t.applications.c
    async with look.store.read() as conn:
        query = select(t.applications).where(c.state.in_(sorted(OPEN))).order_by(c.submitted_at)
        return list((await conn.execute(query)).mappings())


def _numbers(ids: list[str]) -> str:
    return f"Requests {named([f'#{each}' for each in ids])}"
