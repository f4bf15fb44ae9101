"""What the check-in says. Neutral: nothing here shows what this is to whoever holds the phone."""

from flows.engine.messages import message

GOOD = message("checkin.good", "All good", note="A button.")
NOT_GOOD = message("checkin.not_good", "Not good", note="A button.")
ARRIVED = message("checkin.arrived", "I have arrived", note="A button: ends the check-ins.")
LATER = message("checkin.later", "30 minutes more", note="A button.")
EVERY = message("checkin.every", "Every {span}", note="A button: how often to check in.")

HOW = message(
    "checkin.how",
    "When will you write next? Choose, or type a time like 18:30, or a length like 4h: checkin 4h",
)
NOT_A_TIME = message(
    "checkin.not_a_time",
    "I couldn't read that time. Type for example: checkin 4h, or: checkin 18:30",
)
TOO_SHORT = message("checkin.too_short", "The shortest is {least}. Please choose a longer time.")
TOO_LONG = message("checkin.too_long", "The longest is {most}. Please choose a shorter time.")
TAKE_ALONG = message(
    "checkin.take_along", "No signal there?", note="A button: offers files to keep on the phone."
)
EVERY_STARTED = message(
    "checkin.every_started", "Good. I'll ask you every {span}. Next: {due}.", note="due: full time"
)
ONCE_STARTED = message("checkin.once_started", "Good. I'll ask you once: {due}.")
TOMORROW = message("checkin.tomorrow", "That time has passed today, so it is tomorrow: {due}.")
INSTEAD = message("checkin.instead", "It takes the place of the one at {due}.")
REMIND = message("checkin.remind", "Hello {name}. I'll ask how you are at {due}.")
ASK = message("checkin.ask", "How is your day, {name}? Please answer by {by}.")
ASK_WORD = message(
    "checkin.ask_word", "How is your day, {name}? Please answer with your word by {by}."
)
ASK_LATE = message(
    "checkin.ask_late",
    "I was away from {start} to {end}. How is your day, {name}? Please answer now.",
)
STILL = message("checkin.still", "How are you, {name}? I haven't heard from you since {since}.")
NEED_WORD = message("checkin.need_word", "Please answer with your word.")
NEXT = message("checkin.next", "Thank you. Next: {due}.")
THANKS = message("checkin.thanks", "Thank you, {name}. Noted at {at}.")
STANDS = message("checkin.stands", "Noted at {at}. I'll still ask you: {due}.")
NOTHING = message(
    "checkin.nothing", "Noted. Nothing is planned. To plan something, type: checkin 4h"
)
SENT_BEFORE = message(
    "checkin.sent_before", "Your answer was sent at {at}, before I asked. How are you now?"
)
STOPPED = message("checkin.stopped", "Stopped. I won't ask again.")
STOPPED_BY = message(
    "checkin.stopped_by",
    "{name} stopped their check-ins at {at}. Nobody is watching {name} now. Ask them another way.",
    note="To coordinators, about somebody at high risk.",
)
KEPT = message("checkin.kept", "Nothing has changed. Next: {due}. To stop, type: stop")
EXTENDED = message("checkin.extended", "Good. The new time is {due}.")
PASSED_ON = message("checkin.passed_on", "Noted. How are you?")
UNCHANGED = message("checkin.unchanged", "Noted. Nothing has changed yet. How are you?")
PLACE_KEPT = message("checkin.place_kept", "Thank you. I've noted where you are.")
GOES_ON = message("checkin.goes_on", "Thank you. We go on as before. Next: {due}.")
RECOVER = message("checkin.recover", "Your plan couldn't be continued. Please start again.")
