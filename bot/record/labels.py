"""Words around the numbers of the record, and the name of each answer in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from babel.dates import format_date

from bot.record.summary import OTHER, UNKNOWN, YEAR_ONLY, Count
from bot.text import Text
from flows.engine.messages import Message, Value, message
from flows.report import labels
from flows.report.classes import moment

TITLE = message("record.title", "Attacks on journalists")
#: Of a table of one question.
TABLES: Mapping[str, Message] = {
    "cls": message("record.by_class", "By what happened"),
    "month": message("record.by_month", "By month"),
    "year": message("record.by_year", "By year"),
    "country": message("record.by_country", "By country"),
    "gender": message("record.by_gender", "By gender"),
    "state": message("record.by_state", "By how far it is checked"),
    "medium": message("record.by_medium", "By medium"),
    "perpetrator": message("record.by_perpetrator", "By who did it"),
    "gender_based": message("record.by_gender_based", "By whether gender was a reason"),
}
CROSS = message("record.cross", "What happened, by country")
MADE = message("record.made", "As of {on}.", note="on: a day.")
TOTAL = message("record.total", "Events")
DISPUTED = message("record.disputed", "Disputed, not counted")
UNVERIFIED = message("record.unverified", "Of these, not verified")
SUM = message("record.sum", "All", note="The sum of a row or a column.")
HIDDEN = message(
    "record.hidden",
    "fewer than {n}, or hidden",
    note="In place of a number. Both cases must look the same.",
)
AT_LEAST = message(
    "record.coarse", "Numbers are rounded down to multiples of {n}, so sums don't add up."
)
METHOD = message("record.method", "How this was counted")
ONCE = message(
    "record.once",
    "An event is what happened to one person at one time. However many people reported it, it is "
    "counted once, as in its best checked report. Classes are those of SDG indicator 16.10.1. What "
    "was withdrawn is left out.",
)
SMALL = message(
    "record.small",
    "Numbers below {n} are hidden, so that nobody can be recognised by them, and so are others "
    "from which they could be worked out. Countries with few events are counted together.",
)
LIMITS = message(
    "record.limits",
    "These are the events that reached us: not all that happened. Few in one place may mean that "
    "few could report.",
)
DIFFERENCE = message(
    "record.difference",
    "Comparing this with an earlier or a later edition can show more than either: please publish "
    "no differences.",
)
PLOT = message("record.plot", "{title}. The table below says the same.", note="Read out loud.")
COUNTRIES_REST = message("record.countries_rest", "Other countries")
COUNTRY_UNKNOWN = message("record.country_unknown", "Country not known")
TIME_REST = message("record.time_rest", "Other or unknown times")
MONTH_UNKNOWN = message("record.month_unknown", "{year}, month not known")
YES = message("record.gender_based_yes", "Gender-based")
NO = message("record.gender_based_no", "Not marked so", note="Not marked as gender-based.")

NAMES: Mapping[str, Mapping[str, Message]] = {
    "cls": labels.CLASSES,
    "gender": labels.GENDERS,
    "state": labels.STATES,
    "medium": labels.MEDIA,
    "perpetrator": labels.PERPETRATORS,
    "gender_based": {"yes": YES, "no": NO},
    "country": {OTHER: COUNTRIES_REST, UNKNOWN: COUNTRY_UNKNOWN},
    "month": {OTHER: TIME_REST},
    "year": {OTHER: TIME_REST},
}


@dataclass(frozen=True, slots=True)
class Words:
    """What one reader reads. `now`: ms, the day of the summary."""

    text: Text
    lang: str
    now: int
    below: int

    def say(self, what: Message, **args: Value) -> str:
        return self.text.render(self.lang, "UTC", what, args, self.now)

    @property
    def hidden(self) -> str:
        return self.say(HIDDEN, n=self.below)

    def count(self, n: Count) -> str:
        return self.hidden if n is None else str(n)

    @property
    def made(self) -> str:
        return self._date(day_of(self.now), "d MMMM y")

    def answer(self, question: str, value: str) -> str:
        """The name of an answer."""
        known = NAMES[question].get(value)
        if known is not None:
            return self.say(known)
        if question == "country":
            return str(self.text.language(self.lang).locale.territories.get(value) or value)
        if question == "month" and len(value) == YEAR_ONLY:
            return self.say(MONTH_UNKNOWN, year=int(value))
        if question == "month":
            return self._date(date(int(value[:4]), int(value[5:7]), 1), "LLLL y")
        return value

    def _date(self, day: date, pattern: str) -> str:
        return format_date(day, pattern, locale=self.text.language(self.lang).locale)


def day_of(ms: int) -> date:
    return (moment(ms) or datetime.fromtimestamp(0, UTC)).date()
