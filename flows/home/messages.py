"""What home says. Neutral: a stranger who reads it sees a small helper for plans and messages."""

from flows.engine.messages import message

MENU = message("home.menu", "What would you like to do?")
WELCOME = message(
    "home.welcome",
    "Hello {name}. You can write here at any time.\nNo answer within a minute? Send it again.",
    note="To somebody known who opens their link.",
)
UNFINISHED = message("home.unfinished", "The first steps are not finished yet.")
HELP = message(
    "home.help",
    "sos: somebody is called now.\n"
    "ok: you are fine.\n"
    "checkin 4h: I ask how you are every 4 hours.\n"
    "human: write with a person.\n"
    "firstaid: step by step, when somebody is hurt.\n"
    "menu: everything else.",
    note="sos, ok, checkin 4h, human, firstaid, menu are typed by people: the words of words.toml.",
)
HELP_DESK = message(
    "home.help_desk",
    "cases: who is waiting.\n"
    "ack K7Q2: you have that case.\n"
    "say K7Q2 hello: I pass it on to them.\n"
    "close K7Q2 safe: it is over.\n"
    "duty on, duty off: when you are called.",
    note="To coordinators. cases, ack, say, close, duty are typed by people; K7Q2 is a case's id.",
)
HELP_OFFICER = message(
    "home.help_officer",
    "applications: which requests are open.\n"
    "application F7K2QM: one of them, and what can be done now.",
    note="To fund officers. Both words are typed by people; F7K2QM is a request's id.",
)
HELP_GUEST = message(
    "home.help_guest",
    "sos: somebody is called now.\n"
    "fund: ask for money.\n"
    "withdraw: take back what you asked for, and delete it.\n"
    "report: tell what was done to somebody.\n"
    "human: write with a person.\n"
    "firstaid: step by step, when somebody is hurt.",
    note="sos, fund, withdraw, report, human, firstaid are typed by people: words.toml.",
)
NOTHING_SENT = message(
    "home.nothing_sent",
    "I know of no request of yours. What you haven't sent yet you can delete when you type: fund",
    note="fund is typed by people: the word of words.toml.",
)
WITHDRAW_WHICH = message("home.withdraw_which", "Which request do you want to withdraw?")
WITHDRAW_IT = message("home.withdraw_it", "#{id}", note="A button: a request's id.")
THANKS = message("home.thanks", "You're welcome.", note="To somebody who thanks us.")
UNKNOWN = message(
    "home.unknown", "Sorry, I didn't understand that. You can choose one of these, or type menu."
)
ONLY_WORDS = message(
    "home.only_words",
    "Sorry, I can't use pictures, voice or places here. Please write it in words.",
)
STALE = message("home.stale", "That choice is from an older message. Here is what you can do now.")
STALE_OPEN = message(
    "home.stale_open",
    "That choice is from an older message, and changes nothing. What I asked you last is still "
    "open: write your answer here.",
)
FILE_LOST = message("home.file_lost", "One file did not arrive: {why} What else you sent is safe.")
TOO_BIG = message("home.too_big", "it is larger than {megabytes} MB, the most I can keep.")
TOO_MANY = message("home.too_many", "there are too many already.")
NOT_LOADED = message("home.not_loaded", "it could not be loaded. Please send it again.")
EDITED = message("home.edited", "Edits are not read. Please send it as a new message.")
NOT_AN_ANSWER = message(
    "home.not_an_answer", "I can't take that as an answer. Please choose one, or write it."
)

GOOD = message("home.good", "All good", note="A button.")
NOT_GOOD = message("home.not_good", "Not good", note="A button.")
GO_ON = message("home.go_on", "Go on where I was", note="A button: back to a form.")
SOMEONE = message(
    "home.someone", "I need someone", note="A button: people are called. Must look harmless."
)
HUMAN = message("home.human", "Write to a person", note="A button: a chat with a human begins.")
FIRST_AID = message("home.first_aid", "First aid", note="A button: guidance, step by step.")
LESSONS = message("home.lessons", "Lessons", note="A button.")
PACK = message("home.pack", "Keep offline", note="A button: files for where there is no signal.")
SUPPORT = message(
    "home.support", "Ask for support", note="A button: asks a fund for money. Must look harmless."
)
HAPPENED = message(
    "home.happened",
    "Write down an event",
    note="A button: reports an attack. Must look harmless.",
)
PLANS = message("home.plans", "Check-ins", note="A button: when I ask how you are.")
MORE = message("home.more", "More", note="A button.")
SETTINGS = message("home.settings", "Settings", note="A button.")
TO_MENU = message("home.to_menu", "Menu", note="A button.")
CASES = message("home.cases", "Open cases", note="A coordinator's button.")
REQUESTS = message("home.requests", "Open requests", note="A fund officer's button.")
DUTY_ON = message("home.duty_on", "Go on duty", note="A coordinator's button.")
DUTY_OFF = message("home.duty_off", "Go off duty", note="A coordinator's button.")
CONTINUE = message("home.continue", "Go on", note="A button: goes on with the first steps.")

PLAN = message(
    "home.plan",
    "How often shall I ask how you are?\n"
    "You can also type it: checkin 4h, or once at a time: checkin 18:30",
    note="checkin 4h and checkin 18:30 are typed by people. Use the words of your words.toml.",
)
PLANNED = message("home.planned", "Check-ins are on. Choose another interval, or stop them.")
ASKED = message("home.asked", "How are you?")
EVERY = message("home.every", "Every {span}", note="A button: how often to check in.")
STOP = message("home.stop", "Stop check-ins", note="A button.")

MORE_HERE = message("home.more_here", "What else would you like to do?")
CHANGE = message("home.change", "What would you like to change?")
LANGUAGE = message("home.language", "Language", note="A button.")
WORDS = message("home.words", "My two words", note="A button: sets the two code words.")
SECOND = message("home.second", "Another app", note="A button: adds Signal or Telegram.")

LANGUAGES = message("home.languages", "Which language would you like?")
NO_LANGUAGE = message(
    "home.no_language", "I don't speak that language yet. Please choose one of these."
)
OWN_NAME = message("home.own_name", "{name}", note="A button: a language in its own name.")
LANGUAGE_SET = message("home.language_set", "Good. I'll write to you like this from now on.")
