"""What the bot itself has to say, outside any flow."""

from flows.engine.messages import message
from flows.engine.model import Person, Role

NOBODY = Person("", Role.JOURNALIST, "")

SORRY = message(
    "bot.sorry",
    "I couldn't handle that message. A person has been asked to read it.",
)
STRANGER = message(
    "bot.stranger",
    "Sorry, I can't help with that. Please check with the person who sent you here.",
    note="To somebody unknown: it must not say what this is.",
)
TRAINEE = message(
    "bot.trainee",
    "Here you can only take part in the drill. To leave it, type: leave. Real danger? Type: sos",
    note="leave and sos are typed. To a guest of a drill, who is not enrolled.",
)
IDENTITY_CHANGED = message(
    "bot.identity_changed",
    "Somebody writes from {name}'s number with a new Signal identity: a new phone, or another "
    "person. Reach {name} another way before you trust it.",
)
TOO_LONG = message(
    "bot.too_long",
    "That was very long: {n} characters of it were read. The last words of them: {last}\nPlease "
    "send what comes after them once more.",
)
WHICH = message(
    "bot.which",
    "Two questions came close together. Which of them do you mean?",
    note="After a number that may answer either.",
)
ASKED_AT = message("bot.asked_at", "{label} ({at})", note="A button, and when it was shown.")
UNDELIVERED = message(
    "bot.undelivered",
    "Messages to {name} are not arriving on one of their addresses. Try to reach {name} another "
    "way.",
)
KEYLESS = message(
    "bot.keyless",
    "Somebody who is enrolled writes to us, but the key to their data is missing here. They are "
    "not being watched. Their message: {text}. Call the people who run this system now, with this "
    "number: {person}.",
)
DELETE_IT = message(
    "bot.delete_it",
    "I couldn't delete your last message. Please delete it yourself.",
    note="It held a code word. Whoever reads over the shoulder must not learn that from us.",
)
LINKED = message("bot.linked", "This is now a second way to reach you here.")
EXPIRED = message(
    "bot.expired", "That code no longer works. Ask the person who sent it for a new one."
)
HAND_ON = message(
    "bot.hand_on", "This code is for somebody else. Please hand it on to the person it is for."
)
NO_FILE = message("notice.no_file", "The file itself could not be sent.")
NOT_CLEANED = message(
    "notice.not_cleaned",
    "This file may still show where, when and by whom it was made: that could not be taken out.",
)

STATUS_IS = message("status.is", "#{id}: {state}")
STATUS_DUE = message("status.due", "#{id}: {state} You hear of it by {due}.")
STATUS_WORKED_ON = message("status.worked_on", "somebody works on it.")
#: State of a request -> what whoever has its code is told.
STATUS = {
    "submitted": message("status.submitted", "received; nobody has taken it on yet."),
    "approved": message(
        "status.approved", "approved. We need to know where to pay: please tell us on Signal."
    ),
    "payout": message("status.payout", "approved. What comes next is the payment."),
    "paid": message("status.paid", "paid."),
    "report": message("status.report", "paid. We would like to hear how it helped."),
    "closed": message("status.closed", "decided. The person who asked knows how."),
    "declined": message("status.declined", "decided. The person who asked knows how."),
    "withdrawn": message("status.withdrawn", "withdrawn and erased."),
}

DRILL = message("drill.mark", "DRILL. Not real.", note="Stands before every message of a drill.")
DRILL_AT = message(
    "drill.mark_at",
    "DRILL, {at}. Not real.",
    note="As the last one, with the time that it is in the drill.",
)
