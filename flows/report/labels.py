"""What people read for each entry of the lists in classes.py: on a button, in a table."""

from collections.abc import Mapping

from flows.engine.messages import Message, message
from flows.report.classes import (
    Class,
    Gender,
    Kind,
    Medium,
    Perpetrator,
    PlacePrecision,
    Role,
    State,
    TimePrecision,
)


def _label(name: str, text: str, note: str = "") -> Message:
    said = "A button, and a heading in a table."
    return message(f"report.{name}", text, note=f"{said} {note}".strip())


CLASSES: Mapping[str, Message] = {
    Class.KILLING: _label("killing", "Killing"),
    Class.DISAPPEARANCE: _label(
        "enforced_disappearance",
        "Enforced disappearance",
        "The term of the UN: taken by the state or with its consent, which denies it.",
    ),
    Class.TORTURE: _label("torture", "Torture"),
    Class.DETENTION: _label("arbitrary_detention", "Arbitrary detention", "The UN's term."),
    Class.KIDNAPPING: _label("kidnapping", "Kidnapping", "By anybody but the state."),
    Class.OTHER: _label("other_harmful_act", "Another harmful act"),
}
KINDS: Mapping[str, Message] = {
    Kind.THREAT: _label("threat", "Threat"),
    Kind.ASSAULT: _label("assault", "Physical attack"),
    Kind.RAID: _label("raid", "Raid or search"),
    Kind.SEIZURE: _label("equipment_seized", "Equipment seized or destroyed"),
    Kind.LEGAL: _label("legal_harassment", "Legal harassment"),
    Kind.ONLINE: _label("online_attack", "Online attack"),
    Kind.SURVEILLANCE: _label("surveillance", "Surveillance"),
    Kind.MOVEMENT: _label("access_or_travel_denied", "Access or travel denied"),
    Kind.GENDER_BASED: _label("gender_based", "Gender-based", "Of an attack."),
    Kind.ELSE: _label("kind_other", "Something else"),
}
PERPETRATORS: Mapping[str, Message] = {
    Perpetrator.POLICE: _label("police", "Police or security service"),
    Perpetrator.MILITARY: _label("military", "Armed forces"),
    Perpetrator.OFFICIAL: _label("official", "Official or politician"),
    Perpetrator.ARMED_GROUP: _label("armed_group", "Armed group, not the state"),
    Perpetrator.POLITICAL_GROUP: _label("political_group", "Political group or supporters"),
    Perpetrator.CRIMINAL_GROUP: _label("criminal_group", "Organised crime"),
    Perpetrator.COMMUNITY: _label("community", "Religious or community group"),
    Perpetrator.BUSINESS: _label("business", "Company or its people"),
    Perpetrator.INDIVIDUAL: _label("individual", "One person alone"),
    Perpetrator.UNKNOWN: _label("perpetrator_unknown", "Not known by whom"),
}
GENDERS: Mapping[str, Message] = {
    Gender.WOMAN: _label("woman", "Woman"),
    Gender.MAN: _label("man", "Man"),
    Gender.NON_BINARY: _label("non_binary", "Non-binary"),
    Gender.OTHER: _label("gender_other", "Other gender"),
    Gender.NOT_SAID: _label("gender_not_said", "Gender not said"),
}
MEDIA: Mapping[str, Message] = {
    Medium.PRINT: _label("print", "Print"),
    Medium.RADIO: _label("radio", "Radio"),
    Medium.TV: _label("tv", "Television"),
    Medium.ONLINE: _label("online", "Online media"),
    Medium.FREELANCE: _label("freelance", "Freelance"),
    Medium.PHOTO_VIDEO: _label("photo_video", "Photo or video"),
    Medium.OTHER: _label("medium_other", "Another medium"),
}
STATES: Mapping[str, Message] = {
    State.REPORTED: _label("reported", "Reported, not checked"),
    State.ONE_SOURCE: _label("one_source", "One source"),
    State.TWO_SOURCES: _label("two_sources", "Two independent sources"),
    State.VERIFIED: _label("verified", "Verified"),
    State.DISPUTED: _label("disputed", "Disputed"),
    State.WITHDRAWN: _label("withdrawn", "Withdrawn"),
}
ROLES: Mapping[str, Message] = {
    Role.JOURNALIST: _label("journalist", "It happened to me"),
    Role.WITNESS: _label("witness", "I saw it or know of it"),
    Role.COORDINATOR: _label("coordinator", "I record it for somebody"),
}
PLACES: Mapping[str, Message] = {
    PlacePrecision.EXACT: _label("place_exact", "The exact place"),
    PlacePrecision.CITY: _label("place_city", "The town only"),
    PlacePrecision.REGION: _label("place_region", "The region only"),
    PlacePrecision.COUNTRY: _label("place_country", "The country only"),
}
TIMES: Mapping[str, Message] = {
    TimePrecision.DAY: _label("time_day", "The day"),
    TimePrecision.MONTH: _label("time_month", "The month only"),
    TimePrecision.YEAR: _label("time_year", "The year only"),
    TimePrecision.UNKNOWN: _label("time_unknown", "Not the time at all"),
}
