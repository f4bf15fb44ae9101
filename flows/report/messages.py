"""What somebody who reports an attack is asked and told. One thing per message."""

from flows.engine.messages import message

ON_TELEGRAM = message(
    "tell.on_telegram",
    "Telegram can read what you write here. Signal is safer for this: the questions are about an "
    "attack and about people. Where would you like to go on?",
)
SIGNAL_KNOWN = message(
    "tell.signal_known",
    "Good. Open our chat on Signal and type report. Your answers go on there.",
    note="report is typed.",
)
SIGNAL_CODE = message(
    "tell.signal_code",
    "Good. Send this code to us on Signal, from your own account: {code}\n{link}\nThen type report "
    "there. The code works for {span}.",
    note="report is typed.",
)
BEGIN = message(
    "tell.begin",
    "You report an attack on a journalist or on their work. It takes about five minutes. You say "
    "how much of time and place is kept; every answer is sealed. Only counts are published. To go "
    "on later, type report. You can withdraw and erase it for {span}; then all but what is "
    "counted, without names, is deleted.\n"
    "Who are you in this?",
    note="report is typed.",
)
NOT_NOW = message("tell.not_now", "Not now", note="A button.")
CLASS = message("tell.class", "What happened?")
ABOUT_WHOM = message("tell.about_whom", "I am sorry. Whom was it about?")
ABOUT_ANOTHER = message("tell.about_another", "Somebody else, who was killed", note="A button.")
SURVIVED = message("tell.survived", "Me: I survived it", note="A button.")
KINDS = message(
    "tell.kinds", "What kind was it? Choose all that fit; choosing again takes it away.\n{lines}"
)
KINDS_NONE = message("tell.kinds_none", "What kind was it? Choose all that fit.")
GENDERED = message(
    "tell.gendered", "Was it gender-based: sexual violence, or because of their gender?"
)
KIND = message("tell.kind", "{kind}", note="One line of a list: a kind of attack.")
CHOSEN = message("tell.chosen", "That is all", note="A button.")
YES = message("tell.yes", "Yes", note="A button.")
NO = message("tell.no", "No", note="A button.")
WHEN = message(
    "tell.when",
    "When was it? Write no more than may be kept: a day like 2026-11-19, a month like 2026-11, or "
    "a year.",
)
TODAY = message("tell.today", "Today", note="A button.")
YESTERDAY = message("tell.yesterday", "Yesterday", note="A button.")
NOT_TOLD = message("tell.not_told", "I don't know, or won't say", note="A button.")
NOT_A_DAY = message(
    "tell.not_a_day",
    "I can't read that as a day. Please write it like 2026-11-19, 2026-11 or 2026.",
)
PRECISION = message(
    "tell.precision", "How much of the place may be kept? What you don't choose is never stored."
)
COUNTRY = message("tell.country", "In which country? A city is enough, or send a location.")
NO_PLACE = message("tell.no_place", "I don't know that place. Please write a country.")
REGION = message("tell.region", "Which region?")
CITY = message("tell.city", "Which town?")
EXACT = message(
    "tell.exact",
    "Where exactly? The town first, like: Mombasa, Moi Avenue 1. Or send the location.",
)
WHOM = message("tell.whom", "Who did it, as far as you know?")
GENDER = message("tell.gender", "The gender of the person it happened to?")
MEDIUM = message("tell.medium", "What do they mostly work for?")
WORDS = message(
    "tell.words",
    "What happened, in your words? A few sentences are enough. They are never published.",
)
WORDS_CUT = message(
    "tell.words_cut",
    "I keep {n} characters of this. The last words that are kept: {last}\nThe rest can be sent "
    "now, as a document or as words.",
)
PLACE_CUT = message(
    "tell.place_cut",
    "I keep {n} characters of a place. The last words that are kept: {last}\nThe rest can go into "
    "your own words, later on.",
)
SOURCES_FULL = message(
    "tell.sources_full",
    "{n} sources are kept, and no more fit here. This one is not kept. Once the report is sent, it "
    "can be added: type report.",
    note="report is typed.",
)
SKIP = message("tell.skip", "Leave it out", note="A button.")
EVIDENCE = message(
    "tell.evidence",
    "What can show it? Send photos, videos or documents, as files if you can, so that they stay as "
    "they are. Or write who else knows of it, and links. One by one.",
)
EVIDENCE_CLEANED = message(
    "tell.evidence_cleaned",
    "What can show it? Send photos, videos or documents, as files if you can. Since the exact "
    "place isn't kept, where and when they were made is taken out of them. Or write who else knows "
    "of it, and links. One by one.",
)
GO_AHEAD = message("tell.go_ahead", "Yes, please write or send it.", note='"Anything else?" "Yes."')
NOTED = message(
    "tell.noted", "Noted. Files kept: {files}. Other sources: {sources}. Anything else?"
)
FILE_COMES = message(
    "tell.file_comes",
    "It is being fetched. Files kept so far: {files}. Other sources: {sources}. Anything else?",
)
ANEW = message("tell.anew", "Begin the sources anew", note="A button: what was written, not files.")
LINK = message(
    "tell.link",
    "May this be linked to what is known here already? Whoever works on the record then sees that "
    "they belong together.",
)
LINK_OTHER = message(
    "tell.link_other",
    "Does it belong to an open case? Link it only if the person it happened to agrees.",
)
LINK_CASE = message("tell.link_case", "Case #{id}", note="A button.")
LINK_REQUEST = message("tell.link_request", "Request #{id}", note="A button: to a fund.")
NO_LINK = message("tell.no_link", "Don't link it", note="A button.")

AGAIN = message(
    "tell.again",
    "I'm sorry, I can't read an answer in that. A few plain words are enough. To stop, type "
    "report.",
    note="report is typed.",
)
REVIEW = message("tell.review", "Please check:\n{lines}\nIt is kept as it stands here. Send it?")
LINE = message("tell.line", "{label}: {answer}")
SEND = message("tell.send", "Send it", note="A button.")
CHANGE = message("tell.change", "Change an answer", note="A button.")
WHICH = message("tell.which", "Which answer?")
CHANGE_ONE = message("tell.change_one", "{label}", note="A button: the name of a question.")
EMPTY = message("tell.empty", "not said", note="An answer that was left out.")
SEVERAL = message("tell.several", "several kinds", note="In a list of answers.")
L_ROLE = message("tell.l_role", "You", note="Before an answer: who reports.")
L_CLASS = message("tell.l_class", "What", note="Before an answer: what happened.")
L_KINDS = message("tell.l_kinds", "Kind", note="Before an answer.")
L_WHEN = message("tell.l_when", "When", note="Before an answer.")
L_PRECISION = message("tell.l_precision", "Kept of the place", note="Before an answer.")
L_COUNTRY = message("tell.l_country", "Country", note="Before an answer.")
L_PLACE = message("tell.l_place", "Place", note="Before an answer.")
L_WHOM = message("tell.l_whom", "By whom", note="Before an answer.")
L_GENDER = message("tell.l_gender", "Gender", note="Before an answer.")
L_MEDIUM = message("tell.l_medium", "Work", note="Before an answer: the kind of medium.")
L_WORDS = message("tell.l_words", "In words", note="Before an answer.")
L_EVIDENCE = message("tell.l_evidence", "Files and sources", note="Before a number.")
L_LINK = message("tell.l_link", "Linked to", note="Before an answer.")

UNFINISHED = message(
    "tell.unfinished",
    "You have begun a report. Nobody has seen it yet. It is erased {span} after your last answer.",
)
ERASED = message("tell.erased", "Erased. To begin anew, type report.", note="report is typed.")
RECEIPT = message(
    "tell.receipt",
    "Thank you. Your report is kept under the number #{id}. It is not checked yet. To add to it, "
    "or to withdraw and erase it, type report. That is possible for {span}; then all but what is "
    "counted, without names, is deleted.",
    note="report is typed.",
)
YOURS = message("tell.yours", "Your reports:\n{lines}")
ONE = message("tell.one", "#{id}, sent on {at}")
WITHDRAW = message("tell.withdraw", "Withdraw #{id}", note="A button.")
NEW = message("tell.new", "New report", note="A button.")
REALLY_WITHDRAW = message(
    "tell.really_withdraw",
    "Withdraw #{id} and erase all of it, with its files? It can't be brought back. What was "
    "published before as a number stays.",
)
WITHDRAWN = message(
    "tell.withdrawn", "#{id} is withdrawn and erased. Nobody can read it any more, nor can we."
)
ALL_OLD = message(
    "tell.all_old",
    "What you sent is older than {span}: it is only counted by now, without names, and can't be "
    "found again.",
)
TOO_OLD = message(
    "tell.too_old",
    "#{id} was deleted after {span}: its words, its files, and whose it was. What is counted "
    "stays, without names. Nobody can find it again to take it out.",
)
SENT = message("tell.sent", "What I have sent", note="A button: the list of one's own reports.")
ADD = message("tell.add", "Add to #{id}", note="A button.")
ADD_ASK = message(
    "tell.add_ask",
    "What would you like to add to #{id}? Write it, or send photos, videos or documents, as files "
    "if you can. What you said before stays as it is.",
)
ADD_SOURCE = message("tell.add_source", "Who else knows, or a link", note="A button.")
ADD_WRONG = message("tell.add_wrong", "Something was wrong", note="A button.")
ADD_DONE = message("tell.add_done", "That is all", note="A button.")
ADD_WHO = message("tell.add_who", "Who else knows of it, or where does it stand?")
ADD_WHICH = message("tell.add_which", "Which answer in #{id} was wrong?")
ADD_RIGHT = message(
    "tell.add_right",
    "{label}: how was it? Write no more than may be kept. Whoever works on the record sees both, "
    "what you said first and this.",
    note="label: a question, like When, Place, By whom.",
)
ADD_NOTED = message("tell.add_noted", "Added to #{id}. Anything else?")
ADD_FULL = message("tell.add_full", "There is no room for more words in #{id}. Files still fit.")
ADD_END = message(
    "tell.add_end", "Good. To add something to #{id} later, type report.", note="report is typed."
)
FILE_LOST = message("tell.file_lost", "A file that you sent could not be kept: {why}.")
TOO_BIG = message(
    "tell.too_big",
    "it is larger than {megabytes} MB, the most I can keep",
    note="Why a file can't be kept.",
)
TOO_MANY = message("tell.too_many", "there are too many already", note="Why a file can't be kept.")
STILL_TELLS = message(
    "tell.still_tells",
    "it may tell where it was made, and that can't be taken out of it. Send a photo of it instead",
    note="Why a file can't be kept.",
)
NOT_LOADED = message(
    "tell.not_loaded", "it could not be loaded, please send it again", note="Why a file isn't kept."
)
KEPT_LATER = message(
    "tell.kept_later",
    "It is kept for {span}. To go on, type report.",
    note="report is typed.",
)
