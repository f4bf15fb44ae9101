"""What is said around the words of the cards, which are in locales/<lang>/guidance/."""

from flows.engine.messages import message

SAFE = message("guide.safe", "Are you safe where you are now?")
GET_SAFE = message(
    "guide.get_safe",
    "First get out of danger, if you can: behind a wall, away from windows and crowds.\n"
    "Then we go on.",
)
WHO = message("guide.who", "Who needs help?")
WHAT_ME = message("guide.what_me", "What is it? Choose, or write it.")
WHAT = message("guide.what", "What do you see? Choose, or write it.")
WHAT_SAFETY = message("guide.what_safety", "What is it about? Choose, or write it.")
WHICH = message("guide.which", "Which of these is it?")
NOT_KNOWN = message("guide.not_known", "I don't have that one. Let me ask you.")

FIRST = message("guide.first", "{title}\n{review}\n\n{text}", note="The first step of a card.")
STEP = message("guide.step", "{text}", note="A step of a card.")
BEFORE = message("guide.before", "{before}\n\n{text}", note="A step, and a line before it.")
LATE = message("guide.late", "This comes {late} late.")
QUIET = message("guide.quiet", "I won't write again by myself now. Choose below to go on.")
EARLIER = message("guide.earlier", "That was an earlier step. You are here:")
NOT_FOUND = message("guide.not_found", "I didn't understand that. You are here:")
STEP_GONE = message(
    "guide.step_gone", "These steps have been renewed meanwhile. Please begin again."
)
NO_OTHER_WAY = message("guide.no_other_way", "Leave this and go on, or ask a human.")
NOTED = message("guide.noted", "Time noted: {at}. Write it on the skin or on paper too.")
NOTED_TELL = message(
    "guide.noted_tell",
    "Time noted: {at}. Write it on the skin or on paper too. Tell your coordinators: whoever "
    "treats this must know the time.",
)
TOLD = message(
    "guide.told", "Your coordinators are called now, and see the step you are at. Go on:"
)
TOLD_ALREADY = message("guide.told_already", "Your coordinators see the step you are at. Go on:")
SEEN = message("guide.seen", "Somebody has read it, and knows where you are in this.")
ALONE = message(
    "guide.alone",
    "Your coordinators can't be reached right now. I keep trying. Go on here, and call people you "
    "trust too.",
)
GO_ON = message("guide.go_on", "You were here:")
UNFINISHED = message("guide.unfinished", "You were at: {title}")

YES = message("guide.yes", "Yes", note="A button.")
NO = message("guide.no", "No", note="A button.")
SAFER = message("guide.safer", "I am safer now", note="A button.")
ME = message("guide.me", "Me", note="A button: I am hurt.")
SOMEBODY = message("guide.somebody", "Somebody else", note="A button: somebody else is hurt.")
NOBODY = message("guide.nobody", "Nobody is hurt", note="A button.")
TOPIC = message("guide.topic", "{topic}", note="A button: a topic.")
OPTION = message("guide.option", "{label}", note="A button: a choice of a card.")
ELSE = message("guide.else", "Something else", note="A button: shows further topics.")
DONE = message("guide.done", "Done", note="A button: this step is done.")
NEXT = message("guide.next", "Next", note="A button: the lesson goes on.")
FAILS = message("guide.fails", "Doesn't work", note="A button: this step doesn't work.")
BACK = message("guide.back", "Back", note="A button.")
HUMAN = message("guide.human", "Get me a human", note="A button: starts a chat with a human.")
IT_IS_ME = message("guide.it_is_me", "It is me", note="A button: I am the one who is hurt.")
IT_IS_ANOTHER = message(
    "guide.it_is_another", "It is somebody else", note="A button: another one is hurt."
)
BACK_TO = message("guide.back_to", "Back to: {topic}", note="A button.")
PASSED = message("guide.passed", "Passed on to your coordinators.")
NO_PICTURES = message("guide.no_pictures", "I can't look at pictures or hear voices. A human can.")
QUIET_TOLD = message(
    "guide.quiet_told", "You didn't answer, so your coordinators are called for you."
)
TELL = message("guide.tell", "Tell my coordinators", note="A button: opens a case.")
OTHER = message("guide.other", "Another topic", note="A button.")
RESUME = message("guide.resume", "Go on", note="A button: goes on where they stopped.")
NEW = message("guide.new", "Something new", note="A button: another topic.")
NUMBERS = message("guide.numbers", "Emergency numbers", note="A button.")

NUMBERS_OF = message(
    "guide.numbers_of",
    "Emergency numbers in {country}: {numbers}. Which of them brings an ambulance differs.\n"
    "Nobody comes, or it takes too long? Have somebody drive you to a hospital.\n"
    "In another country? Send your location, or type: numbers and the country.",
)
NO_AMBULANCE = message(
    "guide.no_ambulance",
    "In {country} mostly no ambulance comes. Have somebody drive you to a hospital, or ask a "
    "human here. The numbers are: {numbers}.",
)
NO_NUMBERS = message(
    "guide.no_numbers",
    "I don't know the emergency numbers where you are. Send your location, or ask a human. "
    "Don't wait: have somebody drive you to a hospital.",
)

CRISIS = message(
    "guide.crisis",
    "Thank you for telling me. You don't have to be alone with this: a human can write with you "
    "now.",
    note="To somebody who writes of suicide. One calm line.",
)
CRISIS_LINE = message("guide.crisis_line", "{before}\nYou can also call: {line}")

UNREVIEWED_CLINICIAN = message("guide.unreviewed_clinician", "Not yet reviewed by a clinician.")
UNREVIEWED_SPECIALIST = message("guide.unreviewed_specialist", "Not yet reviewed by a specialist.")
REVIEWED = message("guide.reviewed", "Reviewed by {by}, {on}.")
OLDER = message("guide.older", "{review} The English text is newer.")
SOURCES = message("guide.sources", "Where this comes from:\n{lines}")
SOURCE = message("guide.source", "{title}, {year}, {section}")
WHERE_FROM = message(
    "guide.where_from", "Sources", note="A button: where a card's facts come from."
)
UNVERIFIED = message("guide.unverified", "Not checked in its source: {fact}")

LESSONS = message("guide.lessons", "Short lessons, for quiet times. Stop and go on when you like.")
LESSON = message("guide.lesson", "{topic}", note="A button: a lesson.")
LESSON_DONE = message("guide.lesson_done", "{topic} ✓", note="A button: a lesson that is finished.")
FINISHED = message("guide.finished", "You have finished this lesson.")
ASSIGNED = message(
    "guide.assigned", "Here is a lesson for you: {topic}. It takes about ten minutes."
)
START = message("guide.start", "Begin", note="A button: begins a lesson.")
MY_LESSONS = message("guide.my_lessons", "Lessons", note="A button.")
ASSIGN = message("guide.assign", "Give a lesson", note="A trainer's button.")
ASSIGN_WHICH = message("guide.assign_which", "Which lesson?")
ASSIGN_WHOM = message("guide.assign_whom", "To whom?")
PERSON = message("guide.person", "{name}", note="A button: a person.")
EVERYBODY = message("guide.everybody", "All of these", note="A trainer's button.")
MORE = message("guide.more", "More", note="A button.")
GIVEN = message("guide.given", "{topic}: sent.")
NO_PEOPLE = message("guide.no_people", "There is nobody to give a lesson to yet.")
PROGRESS = message("guide.progress", "Who has finished", note="A trainer's button.")
PROGRESS_NONE = message("guide.progress_none", "You have not given anybody a lesson yet.")
PROGRESS_OF = message("guide.progress_of", "Lessons you have given:\n{lines}")
HAS_FINISHED = message("guide.has_finished", "{topic}: {name} finished, {at}")
NOT_FINISHED = message("guide.not_finished", "{topic}: {name}, not yet")
TRAINEE_DONE = message("guide.trainee_done", "{name} has finished the lesson {topic}.")

PACK = message(
    "guide.pack",
    "Going where there is no signal? I can send you these to keep on your phone. Which?",
)
PACK_ALL = message("guide.pack_all", "All of it", note="A button: sends all topics as a file.")
PACK_PDF = message("guide.pack_pdf", "To keep: {what}. Open it once, so that it stays here.")
PACK_TEXT = message("guide.pack_text", "The same as plain text.")
ALL_TOPICS = message("guide.all_topics", "all topics")
