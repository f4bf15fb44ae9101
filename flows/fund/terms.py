"""What a fund says of itself: whom it helps, with what, how fast. From one TOML file per fund
(bot/config/funds.py), never from code. Texts are by language, and English is always there.

Nothing in here decides: rules.py reads it and finds, a human decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

HOUR, DAY = 3_600_000, 86_400_000

#: What help is asked for.
CASES = (
    "family",  # a journalist was killed, or can no longer sustain the family
    "protection",  # from a direct threat, now: relocation, safe house, evacuation
    "legal_medical",  # urgent legal or medical assistance
)
#: What may be asked for all the same: no fund names it, a human decides.
OTHER = "other"
#: What it comes from.
CAUSES = ("work", "disaster", "other", "unsure")
#: What may be shared with a partner, each with a consent of its own.
KINDS = (
    "check",  # whether they know or have helped this person
    "story",  # what happened, and the budget
    "documents",
    "contact",  # how to reach the applicant
)
#: The documents that we have words for; a fund may ask for others and name them itself.
DOCUMENTS = ("identity", "press_proof", "threat_proof", "medical", "legal", "budget_proof")

#: Language -> text.
Texts = Mapping[str, str]


def said(texts: Texts, lang: str) -> str:
    """In that language ("fr-CA" takes "fr"), or in English; "" only where there is no text."""
    base = lang.replace("_", "-").split("-")[0]
    return texts.get(lang) or texts.get(base) or texts.get("en", "")


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that an application may be checked with and, with consent, shared with."""

    id: str
    name: str
    description: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Another place to ask for help, and how to reach it."""

    name: Texts
    reach: Texts


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Milliseconds: the first answer to the applicant, the referees' answers, the decision, and
    the report after the grant."""

    first_answer: int = 24 * HOUR
    referees: int = 3 * DAY
    decision: int = 7 * DAY
    report: int = 90 * DAY


@dataclass(frozen=True, slots=True)
class Fund:
    id: str
    name: Texts
    #: ISO 4217. Ceiling and usual amount are in it.
    currency: str
    cases: tuple[str, ...] = CASES
    causes_excluded: frozenset[str] = frozenset()
    #: The most it gives; None: no limit of its own.
    ceiling: Decimal | None = None
    #: Above it somebody asks why, and nothing more.
    usual: Decimal | None = None
    #: The most months that it covers.
    months: int = 6
    #: At most one grant in so many months; 0: as often as needed.
    once_in_months: int = 12
    #: An incident longer ago is mentioned; 0: never.
    incident_months: int = 12
    #: How many people must be named who can confirm what happened.
    referees: int = 2
    #: ISO 3166 alpha-2. Empty `allowed`: every country that isn't denied.
    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    #: Case -> ids of documents, and what each of them is.
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    document_texts: Mapping[str, Texts] = field(default_factory=dict)
    partners: tuple[Partner, ...] = ()
    #: Kind of data -> the consent with its consequence, one sentence each.
    consents: Mapping[str, Texts] = field(default_factory=dict)
    deadlines: Deadlines = Deadlines()
    elsewhere: tuple[Source, ...] = ()
    #: Ids of the people who pay and see where to.
    payers: frozenset[str] = frozenset()
    #: Who approved a request may not pay it. None: where somebody else can.
    separate_payer: bool | None = None
    #: Where officers read what a request says: "signal" only, or on "any" channel.
    details: str = "signal"
    #: Still the example as it was shipped: nobody has confirmed it.
    example: bool = False

    def helps_in(self, country: str) -> bool:
        return country not in self.denied and (not self.allowed or country in self.allowed)

    def languages(self) -> frozenset[str]:
        """Those in which every sentence of the fund can be read. Names and addresses of others are
        mostly the same in all."""
        texts = [self.name, *self.document_texts.values(), *self.consents.values()]
        texts += [p.description for p in self.partners if p.description]
        return frozenset(self.name).intersection(*texts)
