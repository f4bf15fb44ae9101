"""What the report of a drill says, in chat and on its page."""

from collections.abc import Mapping

from flows.engine.messages import Message, message, plural

# ---------------------------------------------------------------- in chat, to the trainer

REPORT = message("drill.report", "{title}: the report.\n{lines}")
TAKEN = message(
    "drill.r_taken",
    "Calls were taken after {span} (median). {within} of {of} within {target}.",
    note="within, of: numbers. target: a length of time.",
)
NOT_TAKEN = message("drill.r_not_taken", "Calls that nobody took: {of}.", note="of: a number.")
WELL = message(
    "drill.r_well",
    "Known to be well after {span} (median). {within} of {of} within {target}.",
    note="within, of: numbers. target: a length of time.",
)
NOT_WELL = message(
    "drill.r_not_well", "People never confirmed to be well: {of}.", note="of: a number."
)
NO_CASE = message("drill.r_no_case", "Nobody had to be called.")
NOBODY = message("drill.r_nobody", "Rounds of calls that reached nobody: {n}.")
BEFORE = message(
    "drill.r_before",
    "The drill before: taken after {taken}, known to be well after {well}.",
    note="taken, well: a length of time, or “never”.",
)
NEVER = message("drill.r_never", "never", note="In the place of a length of time.")
TO_MEND = message(
    "drill.r_to_mend", "Things to mend: {n}. To see them, type: findings", note="findings is typed."
)

# ---------------------------------------------------------------- in chat, to who took part

OWN = message("drill.own", "{title}: how it went for you.\n{lines}")
OWN_STEPS = message("drill.own_steps", "{done} of {of} of your steps happened.")
OWN_TAKEN = message("drill.own_taken", "A colleague took your call after {span}.")
OWN_NOT_TAKEN = message("drill.own_not_taken", "Nobody took your call.")
OWN_WELL = message("drill.own_well", "That you are well was known after {span}.")
OWN_NOT_WELL = message("drill.own_not_well", "That you are well was not confirmed before the end.")
OWN_NO_CASE = message("drill.own_no_case", "Nobody had to be called for you.")
OWN_TOOK = plural(
    "drill.own_took",
    "You took {n} case, the first after {span}.",
    "You took {n} cases, the first after {span}.",
    count="n",
)
OWN_TOOK_NONE = message("drill.own_took_none", "You took no case.")
OWN_CLOSED = plural("drill.own_closed", "You closed {n} case.", "You closed {n} cases.", count="n")

# ---------------------------------------------------------------- what can be mended

FINDINGS = message("drill.findings", "{title}. To mend:\n{lines}")
ALL_MENDED = message("drill.all_mended", "{title}. Nothing is left to mend.")
NONE_OVER = message("drill.none_over", "No drill of yours is over yet.")
EARLIER = message("drill.earlier", "Other drills", note="A button.")
WHICH_OVER = message("drill.which_over", "Which drill?")
ONE_OVER = message("drill.one_over", "{title}, {at} ({id})", note="A button: one drill of a list.")
MENDED = message(
    "drill.mended", "Done: {n}", note="A button: one finding of a list, by its number."
)
FOUND: Mapping[str, Message] = {
    kind: message(f"drill.f_{kind}", text, note="One line of a list.")
    for kind, text in {
        "nobody": "{n}. Round {step} of the calls found nobody to call.",
        "unreached": "{n}. Round {step} of the calls reached nobody whom it called.",
        "silent": "{n}. {name} never answered on {channel}.",
        "unproven": "{n}. {name} has never written to us on {channel}.",
        "no_words": "{n}. {name} has no code words.",
        "one_address": "{n}. {name} has no second address.",
    }.items()
}

# ---------------------------------------------------------------- on its page

PAGE = message("drill.page", "Report of a drill", note="A heading.")
GIVEN = message("drill.p_given", "Began: {at}. Drill {id}.", note="id: letters and digits.")
OBSERVERS = message("drill.p_observers", "Only watched: {n}.")
PACED = plural(
    "drill.p_paced",
    "It went {n} time as fast as the clock. All times here are those of the drill.",
    "It went {n} times as fast as the clock. All times here are those of the drill.",
    count="n",
)
HIDDEN = message("drill.p_hidden", "participant {n}", note="In the place of a name.")
TRAINER_HIDES = message("drill.p_names_hidden", "Names are hidden.")
STEPS_DONE = message("drill.p_steps", "Expected steps that happened", note="Beside “5 of 7”.")
N_OF = message("drill.p_n_of", "{n} of {of}")
TAKEN_AFTER = message("drill.p_taken", "Taken after (median)", note="Beside a length of time.")
WELL_AFTER = message("drill.p_well", "Known to be well after (median)")
WITHIN = message("drill.p_within", "{n} of {of} within {target}")
MISSING = message("drill.p_missing", "Expected, but did not happen", note="A heading.")
LADDER = message("drill.p_ladder", "Rounds of calls that reached nobody", note="A heading.")
RUNG = message("drill.p_rung", "{case}, phase {phase}, round {n}, after {at}", note="case: #K7Q2.")
CASE = message("drill.p_case", "{case} {name}", note="case: #K7Q2.")
CASES = message("drill.p_cases", "Cases", note="A heading, and of a column.")
EVERYBODY = message("drill.p_everybody", "Everybody’s time", note="A heading.")
STRIP = message(
    "drill.p_strip",
    "Filled: what they did. Open: what came to them. The tables below say the same.",
)
COMPARED = message("drill.p_compared", "Compared with earlier drills", note="A heading.")
THIS = message("drill.p_this", "this drill")
MEND = message("drill.p_mend", "To mend", note="A heading.")
TICKED = message("drill.p_ticked", "{what} (done)", note="what: one finding.")
EMPTY = message("drill.p_none", "None.")
COLUMNS: Mapping[str, Message] = {
    name: message(f"drill.p_c_{name}", text, note="Heading of a column.")
    for name, text in {
        "who": "Who",
        "event": "Began",
        "taken": "Taken",
        "answered": "Answered",
        "closed": "Closed",
        "well": "Known to be well",
        "step": "Step",
        "at": "At",
        "did": "What they did meanwhile",
        "drill": "Drill",
    }.items()
}
LATE = message("drill.p_late", "{at}, late", note="at: a length of time since the beginning.")
CAME = message("drill.p_came", "came: {what}", note="what: “be called”, “be asked”.")
SPAN = message("drill.p_span", "{span}", note="A length of time.")
AFTER = message("drill.p_after", "after {span}", note="span: a length of time.")
ON = message("drill.p_on", "{at}", note="A day and a time.")
OWN_ENTRY = message("drill.p_own", "did: {what}", note="what: “call for help”, “take the case”.")
TAKEN_MINUTES = message("drill.p_taken_minutes", "Until a case was taken, in minutes.")
MEDIAN_OF = message(
    "drill.p_median_of",
    "{what}: {span}. Wanted: {target}.",
    note="span, target: lengths of time; span may be “never”.",
)
