"""What enrolment says: one thing per message, and what to do next. Calm, for a second language.

Only the privacy text and the one about the two words say what this is for, and the person is asked
to delete the latter.
"""

from flows.engine.messages import message

AGAIN = message("enrolment.again", "I didn't understand that. Let me ask once more.")
RECOVER = message("enrolment.recover", "Something went wrong here, not with you. Let's go on.")
OWN_NAME = message("enrolment.own_name", "{name}", note="A button: a language, name or city.")
SKIP = message("enrolment.skip", "Skip", note="A button.")

LANGUAGE = message("enrolment.language", "Hello. Which language would you like?")

PRIVACY = message("enrolment.privacy", "Before we start:\n{lines}\nDo you agree?")
PRIVACY_OF = message(
    "enrolment.privacy_of",
    "This is run by {organisation}. Before we start:\n{lines}\nDo you agree?",
)
KEPT_PROFILE = message(
    "enrolment.kept_profile",
    "- While you are with us we keep your name, language, time zone and where to write to you.",
)
KEPT_INBOX = message("enrolment.kept_inbox", "- What you write is deleted {span} after we read it.")
KEPT_OUTBOX = message("enrolment.kept_outbox", "- What we write is deleted after {span}.")
KEPT_CASES = message(
    "enrolment.kept_cases", "- If people had to help you, their notes are deleted {span} later."
)
KEPT_REQUESTS = message(
    "enrolment.kept_requests",
    "- If you ask a fund for help, all of it is deleted {span} after it has ended.",
)
KEPT_RECORDS = message(
    "enrolment.kept_records",
    "- If you report an attack, your report is deleted after {span}. Only what is counted stays, "
    "without your name.",
)
WHO_READS = message(
    "enrolment.who_reads", "- The people who help you can read what you write then. So can we."
)
TELEGRAM_READS = message("enrolment.telegram_reads", "- Telegram can read what is in Telegram.")
AGREE = message("enrolment.agree", "I agree", note="A button.")
NOT_NOW = message("enrolment.not_now", "Not now", note="A button.")
WAITING = message(
    "enrolment.waiting",
    "That is fine. Nothing happens until you agree. To go on later, write anything here.",
)

NAME = message("enrolment.name", "What shall I call you? It need not be your real name.")
NAME_LENGTH = message("enrolment.name_length", "That name is too long. {most} letters at most.")
NAME_LETTERS = message(
    "enrolment.name_letters", "I can't use that as a name. Please send letters only."
)

ZONE = message(
    "enrolment.zone",
    "{name}, which city are you in, or near? I need it for the right time.\n"
    "You can also send your location, or the time on your clock.",
)
ZONE_UNKNOWN = message(
    "enrolment.zone_unknown",
    "I don't know that place. Please send a larger city, or the time on your clock, like 14:05.",
)
ZONE_WHICH = message("enrolment.zone_which", "Which one is it? You can also send another city.")
ZONE_CHECK = message("enrolment.zone_check", "Is it {now} where you are?")
YES = message("enrolment.yes", "Yes", note="A button.")
NO = message("enrolment.no", "No", note="A button.")

SECOND = message(
    "enrolment.second",
    "Do you also use {app}? Then we can still reach you when this app doesn't work.\n"
    "Write to us in {app} and send this code. It works for one day:\n{code}\n{where}",
)
SECOND_HERE = message(
    "enrolment.second_here", "Please send the code in {app}, not here. Or choose Skip."
)
SECOND_NONE = message("enrolment.second_none", "You can already be reached in every app we have.")

WORDS = message(
    "enrolment.words",
    "Now two words that only you know.\n"
    "The first one means: all is well.\n"
    "The second one means: somebody is forcing me. I answer just the same, and people are called "
    "without a sound. Never send it to try it.\n"
    "Tell nobody.",
)
PAIR = message(
    "enrolment.pair",
    "First: {first}\nSecond: {second}\n"
    "Use these, or send two words of your own in this order, with a space between.",
)
USE = message("enrolment.use", "Use these", note="A button.")
OTHERS = message("enrolment.others", "Show others", note="A button.")
TWO_WORDS = message(
    "enrolment.two_words", "Please send exactly two words, with a space between them."
)
TOO_SHORT = message("enrolment.too_short", "One word is too short or too simple. Choose another.")
TOO_LONG = message("enrolment.too_long", "One word is too long. Choose a shorter one.")
DIGITS = message("enrolment.digits", "A number is easy to guess. Choose a word.")
COMMON = message(
    "enrolment.common", "One word is too common: you might type it by accident. Choose another."
)
ALIKE = message("enrolment.alike", "The two words are too much alike. Choose another one.")
NEW_WORDS = message("enrolment.new_words", "Please choose words that you haven't used here.")
WORDS_SET = message(
    "enrolment.words_set",
    "Saved. Remember both words. Now delete the messages about them from this chat.",
)

PRACTICE = message(
    "enrolment.practice",
    "Practice. If you need somebody, you send: sos\nPlease try it now. Nobody is called this time.",
    note="sos is typed by people.",
)
REAL = message("enrolment.real", "I need someone, for real", note="A button: not a practice.")
PRACTISED = message(
    "enrolment.practised",
    "That was practice, nobody was called. When it is real, you get a short line like "
    "“Thank you, noted”, and people are called at once.\nFrom now on, sos is real.",
)
SKIPPED = message("enrolment.skipped", "From now on, sos is real.")
PRACTICE_OVER = message(
    "enrolment.practice_over", "The practice is over. From now on, sos is real."
)

PRACTICE_ASK = message(
    "enrolment.practice_ask",
    "Practice. This is how I ask:\nHow is your day, {name}? Please answer.",
)
PRACTICE_ASK_WORD = message(
    "enrolment.practice_ask_word",
    "Practice. This is how I ask:\nHow is your day, {name}? Please answer with your first word.",
)
GOOD = message("enrolment.good", "All good", note="A button.")
NOT_GOOD = message("enrolment.not_good", "Not good", note="A button.")
ANSWERED = message("enrolment.answered", "Thank you. That is all you need to do each time.")
ANSWERED_BAD = message(
    "enrolment.answered_bad",
    "That was practice, nobody was called. When it is real, people are called at once.",
)

COORDINATOR = message(
    "enrolment.coordinator",
    "You will get calls about other people. When one comes, choose “I have it”. "
    "Choose “Go on duty” when you can answer.",
    note="To coordinators. The names of the buttons as in desk and escalation.",
)
TRAINER = message(
    "enrolment.trainer", "You prepare people: let each of them try sos and one check-in with you."
)
NOBODY = message(
    "enrolment.nobody",
    "Please know: nobody can be called for you yet. Tell the person who invited you.",
)
ONE_ONLY = message(
    "enrolment.one_only",
    "Please know: only one person can be called for you yet. Tell the person who invited you.",
)
DONE = message(
    "enrolment.done",
    "You are ready, {name}.\nNo answer within a minute? Send it again.",
)
