"""What coordinators read about a case: the most important first, then what to do next."""

from flows.engine.messages import message

ALERT = message("case.alert", "#{id} {name}\n{body}", note="body: the lines below.")
REPEAT = message("case.repeat", "#{id} {name}: nobody has this yet.\n{body}")
RESUMED = message("case.resumed", "#{id} {name}: {who} has gone quiet, so nobody has this.\n{body}")

OVERDUE = message("case.overdue", "No answer to the {since} check-in.")
PANIC = message("case.panic", "Called for help at {since}.")
PERHAPS = message(
    "case.perhaps",
    "At {since} wrote words that may be a call for help. I asked, and got no clear answer.",
)
DURESS = message(
    "case.duress",
    "Gave the duress word at {since}. Somebody may be holding the phone. Never show in any chat "
    "with {name} that you know.",
)
MEDICAL = message("case.medical", "Asked for help from the guidance, at {since}.")
MEDICAL_QUIET = message(
    "case.medical_quiet", "Is hurt, was being led through the guidance, and stopped answering."
)
HOTLINE = message("case.hotline", "Would like to write with a human, since {since}.")
UNHANDLED = message("case.unhandled", "At {since} something arrived that I could not handle.")
UNCERTAINTY = message("case.uncertainty", "Phase 1 of 3: we don't know yet.")
PHASE_ALERT = message("case.phase_alert", "Phase 2 of 3: this is serious.")
DISTRESS = message("case.distress", "Phase 3 of 3: act as if {name} is in danger.")
LAST_TEXT = message("case.last_text", "Last words, {at}: {text}")
SEALED = message(
    "case.sealed",
    "What was written at {at} answers a form. Only the call for help in it is passed on; the rest "
    "stays sealed.",
    note="Who works on the case may not read a request to a fund or a report of an attack.",
)
LAST_PLACE = message("case.last_place", "Last place, {at}: {place}")
SILENCED = message("case.silenced", "Typed «{what}» after the due time. Not verified.")
CANCELLED_AT = message("case.cancelled_at", "Cancelled at {at}, not verified.")
NAMELESS = message("case.nameless", "Somebody just invited, no name yet")
OF_A_DRILL = message(
    "case.of_a_drill",
    "They came to a drill with its code, and aren't enrolled. This is no part of the drill.",
)
LATE = message("case.late", "Nobody was watching from {start} to {end}. This call is {late} late.")
SENT_LATE = message("case.sent_late", "It was sent at {at} and arrived {late} later.")
SKIPPED = message("case.skipped", "Nobody could be reached at step {step}, so you are called now.")
DO_REACH = message(
    "case.do_reach", "Next: try to reach {name}. Then type: note {id} and what you learned."
)
FELL_SILENT = message(
    "case.fell_silent", "#{id} {name} is hurt and no longer answers. Is at: {step}"
)
ANSWERS_AGAIN = message("case.answers_again", "{name} answers again.")
DO_CAREFUL = message(
    "case.do_careful",
    "Don't call or write to {name}: somebody else may hold the phone. Next: plan with your "
    "colleagues. Then type: note {id} and what you know.",
)
DO_SILENT = message(
    "case.do_silent",
    "Never show {name} that you know. Next: plan with your colleagues. Then type: note {id} and "
    "what you know.",
)
ALSO = message("case.also", "Also open about {name}: #{other}")
DO_TAKE = message("case.do_take", "To take it, press the button, reply to this, or type: ack {id}")

TAKE = message("case.take", "I have it", note="A button: the coordinator takes the case.")
TAKE_OVER = message("case.take_over", "I take over", note="A button.")
STILL_MINE = message("case.still_mine", "Still mine", note="A button.")
SHOW = message("case.show", "Show")

GUIDED = message(
    "case.guided", "Guidance: {title}. Is at: {text}", note="title, text: of a guidance card."
)
FOR_THEMSELF = message("case.for_themself", "It is {name} who is hurt.")
GUIDE_ANSWER = message("case.guide_answer", "- {question} → {answer}")
GUIDE_FAILED = message("case.guide_failed", "- {question} → doesn't work")
TOURNIQUET = message("case.tourniquet", "Tourniquet on since {at}.")
STEP_TIME = message("case.step_time", "Done at {at}: {what}")
AT_STEP = message("case.at_step", "#{id} {name}\n{body}")
WANTS_LINE = message(
    "case.wants_line", "#{id} {name} would like to write with a human now.\n{body}"
)
ONLY_YOU = message("case.only_you", "{name} chose you. Only you are asked; please tell nobody.")
DO_SAY = message(
    "case.do_say",
    "Next: reply to this and write. {name} reads it without your name. Or type: say {id} and "
    "your words.",
)
SAID = message("case.said", "#{id}: passed on to {name}.")
SAID_BY = message("case.said_by", "#{id} {who} to {name}: {text}")
NO_WORDS = message("case.no_words", "What should I pass on? Type: say {id} and your words.")
NEVER_SAY = message(
    "case.never_say",
    "#{id}: I pass nothing on in this case. {name} must never see that you know.",
)
SAID_CAREFULLY = message(
    "case.said_carefully",
    "#{id}: passed on to {name}. Another case about {name} is open: never show that you know.",
)
FILE_FROM_THEM = message("case.file_from_them", "#{id} {name}, {at}: this was sent.")
FILE_LOST = message("case.file_lost", "#{id} {name} sent a file that I could not pass on: {why}")
RECORD_LINKED = message(
    "case.record_linked",
    "#{id} {name}: report #{record} in the record of attacks is linked to this case.",
)
RECORD_ADDED = message(
    "case.record_added", "#{id} {name}: something was added to report #{record}."
)
RECORD_WITHDRAWN = message(
    "case.record_withdrawn", "#{id} {name}: report #{record} was withdrawn and erased."
)
RECORDED = message("case.recorded", "Linked report: #{record}")
TOO_BIG = message("case.too_big", "it is too large.")
TOO_MANY = message("case.too_many", "there are too many files in this case.")
NOT_LOADED = message("case.not_loaded", "it could not be loaded.")
LEFT = message(
    "case.left",
    "#{id} {name} has ended the chat. When you are sure that nothing is open, type: close {id}",
)
LEFT_LINE = message("case.left_line", "#{id} {name} no longer writes here. The case goes on.")
HANDED = message("case.handed", "#{id} {name}: {who} asks somebody to take over. {text}\n{body}")
HANDING = message(
    "case.handing", "#{id}: the others are asked. It stays yours until somebody takes it."
)
HANDING_CHOSEN = message(
    "case.handing_chosen",
    "#{id}: {name} chose you alone, so nobody else is asked. It stays yours. If you can't go on, "
    "tell {name}: they can ask anybody.",
)
HANDING_NOBODY = message(
    "case.handing_nobody", "#{id}: there is nobody else to ask. It stays yours."
)
NO_HANDOVER = message(
    "case.no_handover", "What should the next one know? Type: handover {id} and your words."
)
WIDENED = message("case.widened", "#{id}: {name} no longer waits for you alone.")

YOURS = message("case.yours", "#{id} {name} is yours until {until}.\n{body}")
RENEWED = message("case.renewed", "#{id} stays yours until {until}.")
TO_CLOSE = message(
    "case.to_close", "#{id} {name} has answered: all good. When you are sure, type: close {id}"
)
TAKEN = message("case.taken", "{who} has #{id} {name} now.")
HAS_IT = message("case.has_it", "{who} has #{id} since {since}.")
FOLLOW_UP = message(
    "case.follow_up",
    "#{id} {name}: what is happening? Yours until {until}. Type: note {id} and what you know.",
)
FROM_THEM = message("case.from_them", "#{id} {name}, {at}: {text}")
PLACE_FROM_THEM = message("case.place_from_them", "#{id} {name}, {at}: {place}")
MEDIA_FROM_THEM = message(
    "case.media_from_them",
    "#{id} {name}, {at}: sent a picture or a file. It can't be opened here.",
)
VOICE_FROM_THEM = message(
    "case.voice_from_them", "#{id} {name}, {at}: sent a voice message. It can't be heard here."
)
STICKER_FROM_THEM = message("case.sticker_from_them", "#{id} {name}, {at}: sent a sticker.")
FORM_FROM_THEM = message(
    "case.form_from_them",
    "#{id} {name}, {at}: wrote into a form that only others may read.",
)
CALLED_US = message("case.called_us", "#{id} {name}, {at}: tried to call. I can't take calls.")
AGAIN = message("case.again", "#{id} {name} called for help again at {at}.\n{body}")
CANCELLED = message(
    "case.cancelled",
    "#{id} Cancelled by {name} at {at}, not verified. Please confirm another way that {name} is "
    "safe, then type: close {id}",
)
UNVERIFIED = message(
    "case.unverified", "#{id} {name} typed «{what}» at {at}. Not verified, the case goes on."
)
ANSWERED = message(
    "case.answered",
    "#{id} {name} answered at {at}: all good. You can stand down. When you are sure, type: "
    "close {id}",
)
NOT_TRUSTED = message(
    "case.not_trusted",
    "#{id} {name} answered at {at}, but the duress word was used. Don't stand down. Never show "
    "that you know.",
)
MISSED_AGAIN = message("case.missed_again", "#{id} {name} has missed again.\n{body}")
NOTED = message("case.noted", "Noted in #{id}.")
NOTE = message("case.note", "#{id} note by {who}: {text}")
NO_NOTE = message("case.no_note", "What should I note? Type: note {id} and your words.")
HOW_ENDED = message("case.how_ended", "How did #{id} end, and who confirmed it?")
SPOKE = message("case.spoke", "Safe: I spoke to them", note="A button.")
CONFIRMED = message("case.confirmed", "Safe: somebody I trust confirmed", note="A button.")
FALSE_ALARM = message("case.false_alarm", "A mistake, confirmed", note="A button.")
HANDED_OVER = message("case.handed_over", "Others handle it now", note="A button.")
CLOSE_SO = message("case.close_so", "Close #{id} with these words?\n{outcome}")
CLOSE_IT = message("case.close_it", "Yes, with these words", note="A button.")
CLOSED = message("case.closed", "#{id} {name} is closed by {who}: {outcome}")
UNREACHABLE = message(
    "case.unreachable", "#{id}: {who} could not be reached, so I go on to the next person."
)
DETAIL = message("case.detail", "#{id} {name}\n{body}")
HELD_BY = message("case.held_by", "{who} has it.")
STANDS_DOWN = message(
    "case.stands_down", "{name} has answered: all good. When you are sure, type: close {id}"
)
NOBODY_HAS = message("case.nobody_has", "Nobody has it yet.")
