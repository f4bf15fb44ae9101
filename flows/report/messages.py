"""What somebody who reports an attack is asked and told. One thing per message."""

from flows.engine.messages import message

TELEGRAM = message(
    "tell.telegram", "Telegram can read what you write here. If you can, report on Signal."
)
BEGIN = message(
    "tell.begin",
    "You report an attack on a journalist or on their work. It takes about five minutes. You say "
    "how much of time and place is kept; every answer is sealed. Only counts are published. To go "
    "on later, type report. You can withdraw and erase it at any time.\n"
    "Who are you in this?",
    note="report is typed.",
)
NOT_NOW = message("tell.not_now", "Not now", note="A button.")
CLASS = message("tell.class", "What happened?")
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
    "I can't read that, or it has not come yet. Please write 2026-11-19, 2026-11 or 2026.",
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
SKIP = message("tell.skip", "Leave it out", note="A button.")
EVIDENCE = message(
    "tell.evidence",
    "What can show it? Send photos, videos or documents, as files if you can, so that they stay as "
    "they are. Or write who else knows of it, and links. One by one.",
)
NOTED = message("tell.noted", "Noted. Files: {files}. Other sources: {sources}. Anything else?")
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
    "tell.again", "I can't use that here. Please answer the question, or type report to stop."
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
    "Thank you. Your report is kept under the number #{id}. It is not checked yet. To withdraw and "
    "erase it, type report.",
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
FILE_LOST = message("tell.file_lost", "A file that you sent could not be kept: {why}.")
TOO_BIG = message("tell.too_big", "it is too large", note="Why a file can't be kept.")
TOO_MANY = message("tell.too_many", "there are too many already", note="Why a file can't be kept.")
NOT_LOADED = message(
    "tell.not_loaded", "it could not be loaded, please send it again", note="Why a file isn't kept."
)
