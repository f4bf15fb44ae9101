"""Codes that somebody can type or open: the rows of the table, each kind in one place."""

from typing import Any

from bot.vault import Vault
from flows.engine.model import LINK_LASTS

INVITATION = 7 * 24 * 3_600_000  #: ms in which an invitation can be used


def code_hash(vault: Vault, code: str) -> str:
    return vault.digest("code", code).hex()


def row(
    vault: Vault, kind: str, code: str, about: str, until: int, role: str = "", lang: str = ""
) -> dict[str, Any]:
    """kind   invite, link, status, referee, drill
    about  whom or what it is for: a person, a request, a drill; "" for whoever comes
    until  ms since 1970, after which it is nothing
    role   of an invite: the Role that is given; of a referee: which of them, and which turn
    """
    return {
        "hash": code_hash(vault, code),
        "kind": kind,
        "role": role,
        "lang": lang,
        "person_id": about,
        "expires_at": until,
        "used_at": None,
    }


def invitation(
    vault: Vault, code: str, role: str, lang: str, now: int, person: str = ""
) -> dict[str, Any]:
    """The row of a code that lets one person in. With `person`: whoever uses it is that person."""
    return row(vault, "invite", code, person, now + INVITATION, role, lang)


def link(vault: Vault, code: str, person: str, now: int) -> dict[str, Any]:
    """Another app or phone of the same person."""
    return row(vault, "link", code, person, now + LINK_LASTS)
