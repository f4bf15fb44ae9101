"""What stands in a row of the outbox becomes what is sent: words, buttons and a file in the
reader's language; and what stays of it once it was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import notices as n
from bot.channels.base import Button, Outgoing
from bot.clock import Clock
from bot.enclosing import Enclosing
from bot.outbox import SILENT_RANKS, button_data, decode, encode, known, unpack_args
from bot.store.store import Row
from bot.text import Text
from bot.vault import Erased, Vault, VaultError
from flows.engine.messages import Message, Moment

WITHOUT_DRAWING = 2  #: failures after which a step goes without its drawing
WITHOUT_FILE = 8  #: failures after which the words go without any other file
#: A file that goes with a message: kind, name, and the language and zone of what is said beside it.
Named = tuple[str, str, str, str]


@dataclass
class Wording:
    vault: Vault
    text: Text
    clock: Clock
    enclosing: Enclosing | None = None

    def render(self, row: Row) -> tuple[Outgoing | None, Named | None]:
        """What is sent, without its file, and what that is called; nothing when its key is gone."""
        try:
            payload = self._payload(row)
        except Erased:
            return None, None
        if "redact" in payload:
            target = {"target": payload["redact"], "target_of": payload["of"]}
            return Outgoing(payload["to"], kind="redact", **target), None
        file = payload.get("f")
        named = (*file, str(payload["lang"]), str(payload["tz"])) if file else None
        return self._words(row, payload), named

    def _payload(self, row: Row) -> dict[str, Any]:
        return decode(self.vault.open(row["key"] or row["person_id"], row["sealed"], "outbox"))

    def left(self, row: Row, upstream: str) -> bytes:
        """What stays of a message that was accepted: what its buttons mean, for whoever presses or
        answers them; of one that is to be deleted again, the platform's ids. Nothing of what it
        said, nor where it went."""
        try:
            payload = self._payload(row)
        except VaultError:
            return b""
        left: dict[str, Any] = {}
        if payload.get("c"):
            # Its name, where that says nothing of anybody's: a number may have to be asked about.
            left["c"] = [
                [label * (not args), {}, *meaning] for label, args, *meaning in payload["c"]
            ]
        if "q" in payload:
            left["q"] = payload["q"]
        if payload.get("fleeting") or "row" in payload.get("d", {}):
            left["shown"] = upstream.split()  # whatever a drill deletes, it deletes by its own ids
        if "d" in payload:
            left["d"] = payload["d"]  # which message of which drill it was
        sealed_for = row["key"] or row["person_id"]
        return self.vault.seal(sealed_for, encode(left), "outbox") if left else b""

    def _words(self, row: Row, payload: Mapping[str, Any]) -> Outgoing:
        lang, tz = str(payload["lang"]), str(payload["tz"])
        now = int(payload.get("now") or self.clock.now())  # a drill has a time of its own
        args = unpack_args(payload["a"])
        text = self.text.render(lang, tz, known(str(payload["m"])), args, now)
        if (drill := payload.get("d")) is not None:
            text = f"{drill_mark(self.text, lang, tz, drill.get('at'))}\n{text}"
        buttons = tuple(
            Button(
                self.text.render(lang, tz, known(c[0]), unpack_args(c[1]), now),
                button_data(row["id"], i),
            )
            for i, c in enumerate(payload["c"])
        )
        return Outgoing(
            str(payload["to"]),
            text,
            buttons,
            silent=row["rank"] >= SILENT_RANKS,
            rtl=self.text.rtl(lang),
            rank=row["rank"],
        )

    async def with_file(
        self, row: Row, out: Outgoing | None, named: Named | None
    ) -> Outgoing | None:
        """After a few failures the words go alone: they matter more."""
        if out is None or named is None or self.enclosing is None:
            return out
        if row["attempts"] >= (WITHOUT_DRAWING if named[0] == "drawing" else WITHOUT_FILE):
            return self.bare(out, *named)
        file = await self.enclosing.file(*named, self.clock.now())
        if file is None:
            return self.bare(out, *named)
        said = self._beside(out, n.NOT_CLEANED, *named[2:]) if file.uncleaned else out
        return replace(said, file=file)

    def _beside(self, out: Outgoing, said: Message, lang: str, tz: str) -> Outgoing:
        """A sentence about its file, below the words."""
        line = self.text.render(lang, tz, said, {}, self.clock.now())
        return replace(out, text=f"{out.text}\n{line}")

    def bare(self, out: Outgoing, kind: str, name: str, lang: str, tz: str) -> Outgoing:
        """Without its file, and saying so; of a drawing, what it shows."""
        if kind == "drawing":
            shown = self.text.library.alternative(name, lang)
            return replace(out, text=f"{out.text}\n\n({shown})", file=None) if shown else out
        return replace(self._beside(out, n.NO_FILE, lang, tz), file=None)


def drill_mark(text: Text, lang: str, tz: str, at: int | None) -> str:
    """What stands before every message of a drill; with the drill's own time where it has one."""
    if at is None:
        return text.render(lang, tz, n.DRILL, {}, 0)
    return text.render(lang, tz, n.DRILL_AT, {"at": Moment(at)}, at)
