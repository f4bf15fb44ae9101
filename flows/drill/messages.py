"""What trainers and those who take part in a drill are told. The drill mark stands before each."""

from flows.engine.messages import message, plural

# ---------------------------------------------------------------- trainers

LIST = message("drill.list", "Which drill?")
ONE = message("drill.one", "{title}", note="A button: a drill's title.")
NO_SCRIPT = message("drill.no_script", "There is no drill of that name. For the list, type: drills")
WHO = message(
    "drill.who", "{title}\n{goal}\nWho plays: {part}? Choose, choosing again takes away.\n{lines}"
)
NAMED = message("drill.named", "{name}", note="One line of a list, and a button: a person's name.")
EVERYBODY = message("drill.everybody", "All of these", note="A button.")
THAT_IS_ALL = message("drill.that_is_all", "That is all", note="A button.")
PACE = message("drill.pace", "How fast? At full speed it takes {length}.")
FASTER = plural(
    "drill.faster", "{n} time as fast", "{n} times as fast", count="n", note="A button."
)
AS_IT_IS = message("drill.as_it_is", "As it is", note="A button.")
DUTY = message("drill.duty", "Shall those on duty know of it beforehand?")
TELL = message("drill.tell", "Tell them", note="A button.")
DONT_TELL = message("drill.dont_tell", "Don't tell them", note="A button.")
WARNED = message(
    "drill.warned",
    "A drill is being prepared: {title}. It may call you. What isn't marked as a drill is real.",
)
ASKED = plural(
    "drill.asked",
    "{n} person has been asked. Whoever sends me this code can take part as well, also who isn't "
    "enrolled: {code}\n{lines}",
    "{n} people have been asked. Whoever sends me this code can take part as well, also who isn't "
    "enrolled: {code}\n{lines}",
    count="n",
)
LINK_WITH_CODE = message("drill.link", "{link}", note="A link that brings the code with it.")
LINK_THEN_CODE = message("drill.link_then", "{link} (then send the code)")
MAY_ENROL = message("drill.may_enrol", "Guests may enrol afterwards", note="A button.")
OFFERS = message(
    "drill.offers",
    "When it is over, guests are asked whether they want to enrol. To take that back, press the "
    "button again.",
)
OFFERS_NOT = message("drill.offers_not", "Guests are not asked to enrol.")
WHEN = message("drill.when", "When? This one may also come by surprise.")
NOW = message("drill.now", "Now", note="A button.")
EVERY_MONTH = message(
    "drill.every_month",
    "Monthly, from {from}:00 to {until}:00",
    note="A button. from, until: hours of the day.",
)
PLANNED = message(
    "drill.planned",
    "{title}: {n} people are asked whether they agree. It comes once a month, at a moment that "
    "nobody knows. To see or to end that, type: surprises",
    note="surprises is typed.",
)
SURPRISES = message("drill.surprises", "Every month, by surprise:\n{lines}")
SURPRISE = message(
    "drill.surprise", "{title} ({id}): {n} of {of} agree. Held: {held}.", note="One line of a list."
)
UNPLAN = message("drill.unplan", "End {id}", note="A button. id: letters and digits.")
NO_SURPRISES = message("drill.no_surprises", "No surprise is planned.")
UNPLANNED = message("drill.unplanned", "{title} comes no more by surprise.")
HAS_AGREED = message("drill.has_agreed", "{name} agrees: {title}, once a month.")
HAS_DISAGREED = message("drill.has_disagreed", "{name} doesn't want it: {title}, once a month.")
NOT_HELD = message(
    "drill.not_held", "{title} is not held this month. It comes again in another month."
)
BEGIN = message("drill.begin", "Begin now", note="A button.")
RECALL = message("drill.recall", "End it for everybody", note="A button.")
JOINED = message("drill.joined", "{name} takes part. {n} of {of}.")
REFUSED = message("drill.refused", "{name} doesn't take part.")
NO_WORDS = message(
    "drill.no_words",
    "Have no code words yet, which their part needs:\n{lines}\nThey can choose them: menu, then "
    "“My two words”.",
    note="menu is typed; the button is home.words.",
)
NO_WORDS_GUEST = message(
    "drill.no_words_guest",
    "Guests have no code words, which their part needs:\n{lines}\nAll else of it they can do.",
)
RUNS = message("drill.runs", "It has begun. To end it for everybody, type: recall")
SURPRISE_RUNS = message(
    "drill.surprise_runs",
    "{title}: this month's surprise has begun. To end it for everybody, type: recall",
    note="recall is typed.",
)
WATCHED = message("drill.watched", "Somebody only watches. Watching: {n}.")
NOBODY_JOINED = message("drill.nobody_joined", "Nobody takes part yet.")
PART = message("drill.part", "{part}", note="One line of a list: a part, such as coordinator.")
NOBODY_PLAYS = message(
    "drill.nobody_plays",
    "This drill can't be played like that. Still without anybody:\n{lines}\nAsk more people, or "
    "have them come in with the code.",
    note="lines: parts, such as coordinator.",
)
BEGIN_ANYWAY = message("drill.begin_anyway", "Begin all the same", note="A button.")
BEHIND = message(
    "drill.behind",
    "The drill can't go on at the moment: what happens in it can't be kept. Whoever calls for "
    "help now calls for real. Tell the person who runs this system. To end the drill for "
    "everybody, type: recall",
    note="To the trainer. recall is typed.",
)
GOES_ON = message(
    "drill.goes_on", "The drill goes on. Calls that it waits for are part of it again."
)
SCRIPT_GONE = message(
    "drill.script_gone",
    "The drill is over: its script is no longer there. Everybody who got anything of it is told.",
)
UNTITLED = message("drill.untitled", "a drill", note="In place of a title that nobody knows.")
STOPPED = message(
    "drill.stopped",
    "{name} may need help for real. The drill leaves them alone. Please look after them now.",
)
STILL_OPEN = message(
    "drill.still_open",
    "The real call of {name} is still open. When it is closed, you can go on with them.",
)
RESUME = message("drill.resume", "Go on with {name}", note="A button.")
RESUMED = message("drill.resumed", "{name} takes part again.")
HAS_LEFT = message("drill.has_left", "{name} has left.")
UNREACHED = message("drill.unreached", "{name} can't be reached.")
RECALLED = message("drill.recalled", "Ended. Everybody who got anything of it is told.")
NOTHING_RUNS = message("drill.nothing_runs", "No drill of yours is going on.")
OVER = message("drill.over", "{title}: the drill is over.\n{lines}")
WENT_WELL = message("drill.went_well", "All that it was for has happened.")
NOT_DONE = message("drill.not_done", "Did not happen: {what} ({part})", note="One line of a list.")
RESULT = message("drill.result", "{done} of {of} expected steps happened.", note="One line.")

NO_TRAINER = message(
    "drill.no_trainer",
    "Drills are given by trainers. To see what you can do here, type: menu",
    note="menu is typed.",
)
IN_NONE = message("drill.in_none", "You take part in no drill.")

# ---------------------------------------------------------------- who takes part

INVITE = message(
    "drill.invite",
    "{trainer} invites you to a drill: {title}. Nothing in it is real, and every message of it "
    "begins with these words. What you write in it is kept for the report.\nReal danger? Type sos, "
    "or: no duff. To leave the drill at any time, type: leave",
    note="sos, no duff and leave are typed.",
)
MONTHLY = message(
    "drill.monthly",
    "{trainer} would like to surprise you once a month with a short drill: {title}. Nothing in it "
    "is real, every message of it begins with these words, and you can leave it at any time. Do "
    "you agree?",
)
AGREE = message("drill.agree", "Yes, once a month", note="A button.")
DISAGREE = message("drill.disagree", "No surprises", note="A button.")
AGREED = message(
    "drill.agreed",
    "Thank you. You can take that back at any time. Type: surprises",
    note="surprises is typed.",
)
SURPRISES_MINE = message("drill.surprises_mine", "You have agreed to, once a month:\n{lines}")
NO_MORE = message("drill.no_more", "No more surprises", note="A button.")
DISAGREED = message("drill.disagreed", "Fine. No surprise comes to you.")
NO_LONGER = message("drill.no_longer", "{title} comes no more by surprise.")
JOIN = message("drill.join", "Take part", note="A button.")
DECLINE = message("drill.decline", "Not now", note="A button.")
WATCH = message("drill.watch", "Only watch", note="A button.")
LEAVE = message("drill.leave", "Leave the drill", note="A button.")
DECLINED = message("drill.declined", "Fine. You get nothing of it.")
WELCOME = message(
    "drill.welcome",
    "You take part. Your part: {part}. It begins when the trainer says so. To leave at any time, "
    "type: leave",
    note="leave is typed.",
)
PART_NOW = message(
    "drill.part_now",
    "It begins. Your part: {part}. To leave at any time, type: leave",
    note="leave is typed.",
)
SURPRISED = message(
    "drill.surprised",
    "A surprise, as you have agreed: {title}. Your part: {part}. Real danger? Type sos, or: no "
    "duff. To leave at any time, type: leave",
    note="sos, no duff and leave are typed.",
)
LEFT = message("drill.left", "You have left the drill. What is real goes on as before.")
REAL = message("drill.real", "This is real", note="A button under what a drill says.")

# ---------------------------------------------------------------- who only watches

WATCHING = message(
    "drill.watching",
    "You watch. You see how it goes, without names, and nothing is expected of you. To leave at "
    "any time, type: leave",
    note="leave is typed.",
)
WATCH_NOW = message("drill.watch_now", "It begins. Here you see how it goes.")
PROGRESS = message("drill.progress", "{lines}")
SEEN_TOLD = message("drill.seen_told", "Told ({part}): {text}", note="part: journalist.")
SEEN = message(
    "drill.seen", "Happened ({part}): {what}, {n}", note="what: call for help. n: how many did."
)

# ---------------------------------------------------------------- guests

CONSENT = message(
    "drill.consent",
    "With this code you can take part in a drill: {title}. A drill is an exercise. Nothing in it "
    "is real, and every message of it begins with the words above.\nWhat you write in it is kept "
    "for its report for {kept}. What you are called, and that you can be reached here, is erased "
    "{span} after its end. The trainer, and those who play with you, see what you do.\nReal "
    "danger? Type sos, or: no duff. Then people on duty are called for real. To leave at any time, "
    "type: leave",
    note="To somebody who isn't enrolled. sos, no duff and leave are typed.",
)
OWN_NAME = message("drill.own_name", "{name}", note="A button: a language's own name.")
SPOKEN = message("drill.spoken", "This is how I write to you now.", note="In the language chosen.")
CALLED = message(
    "drill.called", "What are you called in the drill? Any name will do, it needn't be yours."
)
CALLED_AGAIN = message("drill.called_again", "A name of letters, please, of {most} at most.")
NO_ROOM = message("drill.no_room", "Nobody else can take part in that drill.")
DECLINED_GUEST = message(
    "drill.declined_guest", "Fine. You get nothing of it, and nothing of you is kept."
)
OFFER = message(
    "drill.offer",
    "The drill is over. This one is real: you can enrol here. Then you plan when you write, and "
    "people look for you when you don't.",
)
ENROL = message("drill.enrol", "Enrol", note="A button.")
NO_THANKS = message("drill.no_thanks", "No, thank you", note="A button.")

# ---------------------------------------------------------------- its end, and its parts

ENDED = message("drill.ended", "The drill is over: {title}. From here on everything is real.")
ENDED_UNTITLED = message(
    "drill.ended_untitled", "The drill is over. From here on everything is real."
)
ENDED_PERHAPS = message(
    "drill.ended_perhaps",
    "If a drill has just reached you here ({title}): it has been called off. If not, all is as "
    "before. From here on everything is real.",
    note="Nobody knows whether its messages have arrived.",
)
ENDED_PERHAPS_UNTITLED = message(
    "drill.ended_perhaps_untitled",
    "If a drill has just reached you here: it has been called off. If not, all is as before. From "
    "here on everything is real.",
    note="Nobody knows whether its messages have arrived.",
)
IS_OVER = message("drill.is_over", "That drill is over.")
CALL_FIRST = message(
    "drill.call_first",
    "Your call for help is real, and still open. When it is closed, you can take part here.",
)
FULL = message("drill.in_one", "You take part in another drill. To leave it, type: leave")
P_REPORTER = message("drill.p_journalist", "journalist", note="A part in a drill.")
P_DESK = message("drill.p_coordinator", "coordinator", note="A part in a drill.")
#: Where a script has several parts for the same role.
P_REPORTER_2 = message("drill.p_journalist_2", "second journalist", note="A part in a drill.")
P_DESK_2 = message("drill.p_coordinator_2", "second coordinator", note="A part in a drill.")

# ---------------------------------------------------------------- what is expected

VERBS = {
    verb: message(f"drill.v_{verb}", text, note="What is expected of somebody in a drill.")
    for verb, text in {
        "checkin": "plan a check-in",
        "ok": "answer: all good",
        "extend": "ask for more time",
        "not_good": "say: not good",
        "sos": "call for help",
        "stand_down": "take the call back",
        "duress": "give the duress word",
        "place": "send the place",
        "words": "write what happens",
        "human": "ask for a human",
        "bye": "end the chat",
        "first_aid": "open first aid",
        "step": "go through the steps",
        "ack": "take the case",
        "note": "note what is known",
        "say": "write to the person",
        "handover": "hand the case over",
        "escalate": "call more people",
        "close": "close the case",
        "request": "open a request",
        "send": "send the request",
        "report": "open a report",
        "nothing": "stay silent",
        "alert": "be called",
        "question": "be asked",
        "reminder": "be reminded",
        "message": "get a message",
    }.items()
}
