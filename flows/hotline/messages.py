"""The line to a human. What coordinators write is passed on without their name."""

from flows.engine.messages import message

WHOM = message("line.whom", "Whom would you like to write with? Only the one you choose is asked.")
WHOM_STILL = message(
    "line.whom_still", "Nobody has been asked yet. Whom would you like to write with?"
)
WHOM_FIRST = message(
    "line.whom_first",
    "Please choose first, then send that again. Whom would you like to write with?",
)
ANYBODY = message("line.anybody", "Anybody on duty", note="A button.")
SOMEBODY = message(
    "line.somebody", "{about}", note="A button: how a coordinator describes themself."
)
ASKED = message(
    "line.asked",
    "Somebody is being asked now. Write what it is about: whoever comes will read it.\n"
    "In danger? Type sos. To end this, type bye.",
    note="sos, bye are typed by people. Use the words of your words.toml.",
)
ASKED_LED = message(
    "line.asked_led",
    "Somebody is being asked now. Write what it is about: whoever comes will read it.\n"
    "To go on with the steps, type firstaid. In danger? Type sos. To end this, type bye.",
    note="firstaid, sos, bye are typed by people. Use the words of your words.toml.",
)
STILL = message(
    "line.still",
    "Nobody has answered yet, for {span} now. They are asked again and again. I'll tell you as "
    "soon as somebody is here.",
)
STILL_CHOSEN = message(
    "line.still_chosen",
    "The one you chose has not answered yet, for {span} now. You can wait, or ask anybody.",
)
NOBODY = message(
    "line.nobody",
    "Nobody can be reached right now. I keep trying. In danger? Type sos, and call people you "
    "trust too.",
    note="sos is typed by people. Use the word of your words.toml.",
)
CHOSEN_LOST = message(
    "line.chosen_lost", "The one you chose can't be reached now. You can wait, or ask anybody."
)
WAITING = message("line.waiting", "You are on the list. Nobody has answered yet.")
TALKING = message("line.talking", "Somebody is here. Just write.")
KEPT = message("line.kept", "Passed on. I'll tell you as soon as somebody has read it.")
HERE = message("line.here", "Somebody is here now, and reads what you write.")
GONE = message(
    "line.gone", "They had to leave. Somebody else is being asked now. What you wrote is kept."
)
FROM_HUMAN = message("line.from_human", "{text}", note="What a human wrote to the person.")
PLACE_FROM_HUMAN = message("line.place_from_human", "{place}", note="A place that was sent.")
FILE_FROM_HUMAN = message("line.file_from_human", "This was sent to you.")
OVER = message(
    "line.over",
    "This chat is over now. To write again, type human.",
    note="human is typed by people. Use the word of your words.toml.",
)
LEFT = message("line.left", "Good. I no longer pass on what you write.")
LEFT_CALLING = message(
    "line.left_calling",
    "This chat has ended. What you write goes to those who were called for you.",
    note="Said while a call for help is open. Must look harmless to a stranger.",
)
LEAVE = message("line.leave", "End this chat", note="A button.")
NOT_PASSED = message(
    "line.not_passed", "I could not pass on what you sent: {why} Your words were passed on."
)
TOO_BIG = message("line.too_big", "it is too large.")
TOO_MANY = message("line.too_many", "there are too many files already.")
NOT_LOADED = message("line.not_loaded", "it could not be loaded. Please send it again.")
