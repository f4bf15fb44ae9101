"""Neutral lines: whoever holds the phone reads nothing that shows what was set off."""

from flows.engine.messages import message

RECEIVED = message(
    "panic.received",
    "Thank you, noted. You can go on writing here: where you are, what you see.",
    note="The answer to a call for help. Must look harmless to a stranger.",
)
AGAIN = message("panic.again", "Noted again. Keep writing if you can.")
PASSED = message("panic.passed", "Noted.")
WIDER = message(
    "panic.wider",
    "What you write now is read by everybody who can come, not only by the one you chose.",
)
ALONE = message(
    "panic.alone",
    "I can't reach anybody just now. I keep trying. If you can, ask somebody near you too.",
    note="Nobody can be called at this moment. Must look harmless to a stranger.",
)
SEEN = message("panic.seen", "Somebody has received your messages.")
CANCELLED = message("panic.cancelled", "Noted. Somebody may still write to you.")
CLOSED = message(
    "panic.closed", "Thank you. This is finished now. Type menu to see what you can do."
)
MAYBE = message("panic.maybe", "Do you need somebody now?")
YES = message("panic.yes", "Yes", note="A button.")
NO = message("panic.no", "No", note="A button.")
FINE = message("panic.fine", "Good. Type menu to see what you can do.")
GO_ON = message("panic.go_on", "Good. Then we go on.")
ASK_AGAIN = message("panic.ask_again", "Do you need somebody now? Answer yes or no.")
