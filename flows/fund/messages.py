"""What a fund's rules are called in words: to the applicant, kindly and with the reason
("fund.rule.<id>"), and to officers, briefly ("fund.finding.<id>"). Also the names of cases, causes,
documents, kinds of data and parts of an application, and why an amount can't be read.

    reason(finding), brief(finding)    a line to show, its ids turned into names
"""

from collections.abc import Mapping

from flows.engine.messages import Country, Line, Message, Scalar, message
from flows.fund import money
from flows.fund.money import Unread
from flows.fund.rules import Finding

# ---------------------------------------------------------------- names

CASES = {
    "family": message(
        "fund.case.family",
        "Support for the family",
        note="A button and a name: a journalist was killed or can't sustain the family any more.",
    ),
    "protection": message(
        "fund.case.protection",
        "Protection from a direct threat",
        note="A button and a name: relocation, safe house, evacuation.",
    ),
    "legal_medical": message(
        "fund.case.legal_medical",
        "Urgent legal or medical help",
        note="A button and a name.",
    ),
}
CASES["other"] = message("fund.case.other", "Something else", note="A button and a name.")
CAUSES = {
    "work": message(
        "fund.cause.work", "The journalistic work", note="A button and a name: what caused it."
    ),
    "disaster": message(
        "fund.cause.disaster", "A natural disaster", note="A button and a name: what caused it."
    ),
    "other": message(
        "fund.cause.other", "Another cause", note="A button and a name: what caused it."
    ),
    "unsure": message(
        "fund.cause.unsure", "I am not sure", note="A button: whether it was the work."
    ),
}
DOCUMENTS = {
    "identity": message("fund.document.identity", "Proof of identity"),
    "press_proof": message("fund.document.press_proof", "Proof of the journalistic work"),
    "threat_proof": message("fund.document.threat_proof", "Proof of the threat or attack"),
    "medical": message("fund.document.medical", "Medical papers"),
    "legal": message("fund.document.legal", "Papers of a court, the police or a lawyer"),
    "budget_proof": message("fund.document.budget_proof", "Proof of the costs"),
}
KINDS = {
    "check": message(
        "fund.kind.check",
        "Whether they know this person",
        note="A button and a name: what a partner organisation may be asked.",
    ),
    "story": message(
        "fund.kind.story",
        "What happened, and the budget",
        note="A button and a name: what a partner organisation may see.",
    ),
    "documents": message(
        "fund.kind.documents",
        "Documents and photos",
        note="A button and a name: what a partner organisation may see.",
    ),
    "contact": message(
        "fund.kind.contact",
        "How to reach me",
        note="A button and a name: what a partner organisation may see.",
    ),
}
PARTS = {
    "who": message("fund.part.who", "who applies", note="Part of an application, in a list."),
    "applicant": message("fund.part.applicant", "the applicant's own name"),
    "case": message("fund.part.case", "what help is needed"),
    "fate": message("fund.part.fate", "whether the journalist is alive"),
    "cause": message("fund.part.cause", "what caused it"),
    "name": message("fund.part.name", "the journalist's name"),
    "used_name": message("fund.part.used_name", "the name they work under"),
    "birth_year": message("fund.part.birth_year", "year of birth"),
    "country": message("fund.part.country", "country"),
    "outlet": message("fund.part.outlet", "media or employer"),
    "what": message("fund.part.what", "what happened"),
    "when": message("fund.part.when", "when it happened"),
    "where": message("fund.part.where", "where it happened"),
    "whom": message("fund.part.whom", "who did it"),
    "link": message("fund.part.link", "the link to the work"),
    "evidence": message("fund.part.evidence", "proof of the journalistic work"),
    "dependants": message("fund.part.dependants", "dependants"),
    "budget": message("fund.part.budget", "the budget"),
    "others": message("fund.part.others", "other applications"),
    "granted": message("fund.part.granted", "the last grant"),
    "referees": message("fund.part.referees", "referees who may be asked"),
    "consent": message("fund.part.consent", "what may be shared"),
    "danger": message("fund.part.danger", "whether contact is dangerous"),
    "contact": message("fund.part.contact", "how to contact the applicant"),
    "files": message("fund.part.files", "documents"),
}

# ---------------------------------------------------------------- findings

_TO_APPLICANT = "To the applicant, who may go on all the same."
_TO_OFFICERS = "To fund officers, beside an application."

REASONS: dict[str, Message] = {}
BRIEF: dict[str, Message] = {}


def _rule(rule: str, reason: str, brief: str) -> None:
    REASONS[rule] = message(f"fund.rule.{rule}", reason, note=_TO_APPLICANT)
    BRIEF[rule] = message(f"fund.finding.{rule}", brief, note=_TO_OFFICERS)


_rule(
    "case_not_accepted",
    "This fund doesn't usually help with this: {case}.",
    "Not a case of this fund: {case}",
)
_rule(
    "cause_excluded",
    "This fund is for harm that comes from journalism, and doesn't usually cover this: {cause}.",
    "Excluded cause: {cause}",
)
_rule(
    "country_excluded",
    "This fund doesn't usually work in this country: {country}.",
    "Country excluded: {country}",
)
_rule(
    "granted_recently",
    "There was a grant in {month}, and this fund can usually give the next one from {next} on.",
    "Granted in {month}, next from {next}",
)
_rule(
    "over_ceiling",
    "Your budget comes to {total}, and this fund gives {ceiling} at most.",
    "Over the ceiling: {total}, at most {ceiling}",
)
_rule(
    "over_months",
    "Your budget counts more months ({months}) than this fund can cover ({most}).",
    "Too many months: {months}, at most {most}",
)
_rule(
    "granted_perhaps",
    "There may have been a grant for the same person in {month}, so you may be asked about it.",
    "Another's request for perhaps the same person was granted in {month}. Please ask",
)
_rule(
    "cause_other",
    "This fund is for harm that comes directly from journalism, so you may be asked about the "
    "link.",
    "Cause to be asked about: {cause}",
)
_rule(
    "cause_unsure",
    "It isn't sure yet that the work is the cause, so you may be asked more about it.",
    "Not sure that the work is the cause",
)
_rule(
    "no_link",
    "It isn't said yet how this is linked to the journalistic work, so you may be asked about it.",
    "No link to the work",
)
_rule(
    "not_close",
    "This fund hears from journalists, their relatives and colleagues, so you may be asked how "
    "you know each other.",
    "Applicant is neither the journalist nor close",
)
_rule(
    "granted_unclear",
    "The month of the earlier grant isn't clear yet, so you may be asked about it.",
    "Month of the earlier grant unclear",
)
_rule(
    "incident_future",
    "The date of what happened is still to come ({when}), so please look at it again.",
    "Date of the incident in the future: {when}",
)
_rule(
    "no_press_proof",
    "Something that shows the journalistic work, such as a published piece, would help here.",
    "No proof of journalism",
)
_rule(
    "few_referees",
    "More people who can confirm what happened would help: you have named {have}, and this fund "
    "asks for {need}.",
    "Referees: {have} of {need}",
)
_rule(
    "referees_not_allowed",
    "Referees are asked only with your permission: you have given it for {have}, and this fund "
    "needs {need}.",
    "Referees who may be asked: {have} of {need}",
)
_rule(
    "budget_empty",
    "The budget is still empty, so nobody can see yet what the money is for.",
    "Budget empty",
)
_rule(
    "budget_unclear",
    "The amount in this line of the budget can't be read, so please look at it again: {item}",
    "Amount can't be read: line {n} of the budget",
)
_rule(
    "budget_no_how",
    "It would help to say how you know the cost of this line of the budget: {item}",
    "Cost not explained: line {n} of the budget",
)
_rule(
    "over_usual",
    "Your budget comes to {total}, more than this fund usually gives ({usual}), so you may be "
    "asked about it.",
    "More than usual: {total}, usual {usual}",
)
_rule(
    "document_missing",
    "More documents would help: {have} are here, and this fund asks for {want}.",
    "Documents: {have} of {want}",
)
_rule(
    "no_rate",
    "There is no exchange rate here yet for {currencies}, so a human will work out the sum.",
    "No exchange rate: {currencies}",
)
_rule(
    "incident_old",
    "It happened some time ago ({when}), so you may be asked why help is needed now.",
    "Incident long ago: {when}",
)


def reason(finding: Finding) -> Line:
    """For the applicant."""
    return Line(REASONS[finding.rule], _named(finding))


#: Where a platform can read it: no sum, no date and no country of the applicant's.
BARE = {
    "country_excluded": message("fund.bare.country_excluded", "Country excluded"),
    "over_ceiling": message("fund.bare.over_ceiling", "Over the ceiling"),
    "over_usual": message("fund.bare.over_usual", "More than usual"),
    "incident_future": message("fund.bare.incident_future", "Date of the incident in the future"),
    "incident_old": message("fund.bare.incident_old", "Incident long ago"),
}


def brief(finding: Finding, everywhere: bool = False) -> Line:
    """For officers; `everywhere`: also where a platform can read it."""
    if everywhere and finding.rule in BARE:
        return Line(BARE[finding.rule], {})
    return Line(BRIEF[finding.rule], _named(finding))


SUMS = {"total", "ceiling", "usual"}  #: arguments of a finding that are sums of money


def _named(finding: Finding) -> Mapping[str, Scalar]:
    names = {"case": CASES, "cause": CAUSES}
    args: dict[str, Scalar] = dict(finding.args)
    for name in args.keys() & names.keys():
        args[name] = names[name].get(str(args[name]), args[name])
    args |= {name: money.shown(args[name]) for name in args.keys() & SUMS}
    if "country" in args:
        args["country"] = Country(str(args["country"]))
    return args


# ---------------------------------------------------------------- amounts

AMOUNTS = {
    "empty": message(
        "fund.money.empty", "Please write the amount in digits, with its currency: 300 USD"
    ),
    "several": message(
        "fund.money.several", "I see more than one number. Please write one amount: 300 USD"
    ),
    "number": message(
        "fund.money.number", "I can't read that number. Please write it like this: 1200.50 USD"
    ),
    "which_number": message("fund.money.which_number", "Which of these do you mean?"),
    "too_fine": message(
        "fund.money.too_fine",
        "This currency has fewer decimals. Please write the amount without them: 1200 USD",
    ),
    "negative": message(
        "fund.money.negative", "I see a minus or a bracket. Please write only the amount: 300 USD"
    ),
    "zero": message("fund.money.zero", "That is nothing. Please write what it costs: 300 USD"),
    "too_large": message(
        "fund.money.too_large", "That number is too large for me. Please look at it again."
    ),
    "currency": message(
        "fund.money.currency",
        "Which currency is it? For one that is not listed, write its three letters too: 300 CHF",
    ),
    "two_currencies": message(
        "fund.money.two_currencies", "I see two currencies. Please write one amount: 300 USD"
    ),
    "unknown": message(
        "fund.money.unknown",
        "I don't understand this: {word}. Please write only the amount and its currency: 300 USD",
    ),
    "too_long": message(
        "fund.money.too_long", "That is too long. Please write only the amount: 300 USD"
    ),
}


def amount_reason(unread: Unread) -> Line:
    """Why an amount couldn't be read. The flow shows `unread.choices` as its own."""
    return Line(AMOUNTS[unread.why], {"word": unread.word} if unread.word else {})
