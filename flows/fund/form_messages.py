"""What somebody who asks a fund for help is asked. One thing per message, and why it is asked."""

from flows.engine.messages import message

NO_FUND = message(
    "apply.no_fund",
    "There is no fund here that you could apply to. A human can tell you who else helps.",
)
WHICH = message("apply.which", "Which fund would you like to ask?")
FUND = message("apply.fund", "{name}", note="A button: the name of a fund.")
UNFINISHED = message(
    "apply.unfinished",
    "You have begun a request to {name}. Nobody has seen it yet. It is erased {span} after your "
    "last answer.",
)
UNFINISHED_BARE = message(
    "apply.unfinished_bare",
    "You have begun a request. Nobody has seen it yet. It is erased {span} after your last answer.",
)
ERASED = message("apply.erased", "Erased. To begin anew, type fund.", note="fund is typed.")
YOURS = message("apply.yours", "Your requests:\n{lines}")
ONE = message("apply.one", "#{id}, sent on {at}: {state}")
NONE_YET = message(
    "apply.none_yet", "You have sent no request. To begin one, type fund.", note="fund is typed."
)
NO_CODE = message(
    "apply.no_code",
    "I don't know that code. Please look at it again: it has ten letters and digits, like "
    "{example}. I, L and O, 0 and 1 are in no code.",
)
SHOW = message("apply.show", "#{id}", note="A button: what happens with this request.")
NEW = message("apply.new", "New request", note="A button.")
HUMAN = message("apply.human", "Get me a human", note="A button.")

ON_TELEGRAM = message(
    "apply.on_telegram",
    "Telegram can read what you write here. Signal is safer for this: the questions are about your "
    "life and your money. Where would you like to go on?",
)
SIGNAL_KNOWN = message(
    "apply.signal_known",
    "Good. Open our chat on Signal and type fund. Your answers go on there.",
    note="fund is typed.",
)
SIGNAL_CODE = message(
    "apply.signal_code",
    "Good. Send this code to us on Signal, from your own account: {code}\n{link}\nThen type fund "
    "there. The code works for {span}.",
    note="fund is typed.",
)
BEGIN = message(
    "apply.begin",
    "You ask: {name}. It takes about {span}. Every answer is kept, sealed. Once you have sent "
    "them, and until you agree to more, only the fund's officers and whoever decides with them "
    "read them.\nTo stop, type menu. To go on later, type "
    "fund. You can withdraw and erase everything at any time.",
    note="menu and fund are typed.",
)
START = message("apply.start", "Begin", note="A button.")
NOT_NOW = message("apply.not_now", "Not now", note="A button.")
KNOWN = message(
    "apply.known",
    "May I start from what is known here? You see each piece first, and use it or not.\n{lines}",
)
KNOWN_NAME = message("apply.known_name", "- the name you go by here: {name}")
KNOWN_COUNTRY = message("apply.known_country", "- your country: {country}")
KNOWN_CASE = message(
    "apply.known_case", "- your open case #{id}: what you wrote then. Officers see its number."
)
KNOWN_REQUEST = message("apply.known_request", "- your request #{id}: what has not changed since")
OFFERED = message(
    "apply.offered", "{asked}\nKnown: {known}", note="A question, and a known answer under it."
)
USE = message("apply.use", "Use this", note="A button: takes the known answer.")
YES = message("apply.yes", "Yes", note="A button.")
NO = message("apply.no", "No", note="A button.")
UNSURE = message("apply.unsure", "I am not sure", note="A button.")
SKIP = message("apply.skip", "Leave it out", note="A button.")
THAT_IS_ALL = message("apply.that_is_all", "That is all", note="A button.")
ANEW = message("apply.anew", "Begin this list anew", note="A button.")
ANOTHER = message("apply.another", "One more", note="A button.")

WHO = message("apply.who", "Who is asking?")
ME = message("apply.me", "I am the journalist", note="A button.")
RELATIVE = message("apply.relative", "A relative", note="A button: of the journalist.")
COLLEAGUE = message("apply.colleague", "A colleague", note="A button: of the journalist.")
OWN_NAME = message(
    "apply.own_name", "Your own name, as in a passport? Officers need to know who asks."
)
OWN_REACH = message(
    "apply.own_reach", "How can we reach you, beside this chat? A phone number, an address."
)
RELATION = message(
    "apply.relation", "What are you to the journalist? For example: sister, husband, father."
)
CASE = message("apply.case", "What is needed?")
FATE = message("apply.fate", "I am sorry that I have to ask: is the journalist alive?")
KILLED = message("apply.killed", "No, they were killed", note="A button.")
ALIVE = message("apply.alive", "Yes", note="A button: the journalist is alive.")
UNKNOWN = message("apply.unknown", "We don't know", note="A button: whether they are alive.")
CAUSE = message("apply.cause", "What did it come from?")
NAME = message("apply.name", "The journalist's name, as in a passport?")
NAME_PAST = message(
    "apply.name_past", "I am sorry for your loss. What was their name, as in a passport?"
)
NAME_MINE = message(
    "apply.name_mine", "Your real name, as in a passport? Officers need it for a payment."
)
USED_MINE = message("apply.used_mine", "The name you work under, if it is another one?")
COUNTRY_MINE = message("apply.country_mine", "In which country are you now? A city is enough.")
OUTLET_MINE = message("apply.outlet_mine", "Whom do you work for? Outlets, or: freelance.")
DEPENDANTS_MINE = message(
    "apply.dependants_mine", "How many people depend on you? Write a number, 0 for none."
)
CUT = message(
    "apply.cut",
    "I keep {n} characters of this. The last words that are kept: {last}\nThe rest can be sent at "
    "the end, as a document.",
)
CUT_MORE = message(
    "apply.cut_more",
    "I keep {n} characters of one message. The last words that are kept: {last}\nTo add the rest, "
    "send it now.",
)
LIST_FULL = message(
    "apply.list_full",
    "{n} are kept here, and no more fit. This one is not kept. It can be sent at the end, as a "
    "document.",
)
ITEM_FULL = message(
    "apply.item_full",
    "Noted: {item}, {amount}. In all: {total}. These are {n} lines, and no more fit here. Others "
    "can be sent at the end, as a document.",
)
EVIDENCE_FULL = message(
    "apply.evidence_full",
    "Noted. These are {n}, and no more fit here. Others can be sent at the end, as a document.",
)
REFEREE_FULL = message(
    "apply.referee_full",
    "Noted: {name}. These are {n} people, and no more fit here.",
)
USED_PAST = message("apply.used_past", "The name they worked under, if it was another one?")
USED = message("apply.used", "The name they work under, if it is another one?")
BORN = message("apply.born", "The year of birth? It helps to tell people of one name apart.")
NOT_A_YEAR = message(
    "apply.not_a_year", "Please write the year with four digits, like 1986, or leave it out."
)
COUNTRY = message("apply.country", "In which country are they now? A city is enough.")
COUNTRY_PAST = message("apply.country_past", "In which country did they live? A city is enough.")
NO_PLACE = message("apply.no_place", "I don't know that place. Please write a country.")
OUTLET = message("apply.outlet", "Whom do they work for? Outlets, or: freelance.")
OUTLET_PAST = message("apply.outlet_past", "Whom did they work for? Outlets, or: freelance.")
WHAT = message("apply.what", "What happened? A few sentences are enough.")
WHEN = message("apply.when", "When was it? The day, the month or the year.")
WHERE = message("apply.where", "Where was it? As exactly as you want to say.")
WHOM = message("apply.whom", "Who did it, as far as you know?")
LINK = message("apply.link", "What has it to do with the journalistic work?")
EVIDENCE = message(
    "apply.evidence",
    "How can we see the journalistic work? Links to published work, employers, dates. Write one, "
    "or several.",
)
EVIDENCE_MORE = message("apply.evidence_more", "Noted. Another one?")
WITH_FILES = message("apply.with_files", "- files that show it: {n}", note="Under an answer.")
DEPENDANTS = message(
    "apply.dependants", "How many people depend on them? Write a number, 0 for none."
)
DEPENDANTS_PAST = message(
    "apply.dependants_past", "How many people depended on them? Write a number, 0 for none."
)
NOT_A_NUMBER = message(
    "apply.not_a_number", "Please write how many people, from 0 to 99. For example: 3"
)

ITEM = message(
    "apply.item", "What would the money be for? One thing first, like: rent, a plane ticket."
)
AMOUNT = message(
    "apply.amount",
    "How much is that: {item}? With the currency, like: 300 USD. Per month, if it is paid monthly.",
)
AMOUNT_WRONG = message("apply.amount_wrong", "{why}", note="Why an amount can't be read.")
SUM = message("apply.sum", "{sum}", note="A button: an amount or a currency.")
MONTHS_MORE = message("apply.months_more", "For how many months? Write a number, like 3.")
NOT_MONTHS = message("apply.not_months", "Please write the number of months, from 1 to 99.")
CHANGE_LINE = message("apply.change_line", "Change a line", note="A button: of the budget.")
WHICH_LINE = message("apply.which_line", "Which line would you like to change?")
ONE_LINE = message("apply.one_line", "{item}: {amount}", note="A button: a line of the budget.")
LINE_IS = message("apply.line_is", "{item}: {amount} × {months}. What should happen with it?")
LINE_OUT = message("apply.line_out", "Take it out", note="A button: a line of the budget.")
LINE_ANEW = message("apply.line_anew", "Write it anew", note="A button: a line of the budget.")
KEEP_LINE = message("apply.keep_line", "Leave it as it is", note="A button.")
BUDGET_LINE = message("apply.budget_line", "- {item}: {amount}")
BUDGET_LINE_MONTHS = message("apply.budget_line_months", "- {item}: {amount} × {months}")
MONTHS = message("apply.months", "For how many months? Write 1 if it is paid once.")
HOW = message(
    "apply.how", "How do you know the amount? For example: an offer, a bill, last month's rent."
)
ITEM_NOTED = message(
    "apply.item_noted", "Noted: {item}, {amount}. In all so far: {total}. Anything else?"
)
ITEM_NOTED_SUM = message(
    "apply.item_noted_sum",
    "Noted: {item}, {amount}. In all so far: {total}. That is {sum}, at the rates of {on}. "
    "Anything else?",
    note="{sum} is in the fund's own currency; {on} is a date.",
)
IN_FUND = message(
    "apply.in_fund", "That is {sum}, at the rates of {on}.", note="Under the sum of a budget."
)
OTHERS = message(
    "apply.others",
    "Have you asked other organisations? Which, and what did they say? If not, write: no.",
)
GRANTED = message(
    "apply.granted", "Has this fund helped before? If so, write the month, like 2026-03."
)
NOT_A_MONTH = message(
    "apply.not_a_month", "Please write the month like 2026-03, or choose the answer below."
)
NEVER = message("apply.never", "No, never", note="A button.")

REFEREE = message(
    "apply.referee", "Who else can confirm what happened? The name of the first person, please."
)
REFEREE_NEXT = message("apply.referee_next", "The name of the next person?")
REACH = message("apply.reach", "How can we reach {name}? A phone number, an address, Signal.")
MAY_ASK = message(
    "apply.may_ask",
    "May we ask {name}? Only if they know that we may call, and it is safe for them.",
)
NOT_YET = message("apply.not_yet", "Not yet", note="A button.")
NOT_ALLOWED = message("apply.not_allowed", "{name} may not be asked")
REFEREE_NOTED = message("apply.referee_noted", "Noted: {name}. Two people are best. Another one?")
DANGER = message("apply.danger", "Is it dangerous for you if we contact you?")
DANGER_BOTH = message(
    "apply.danger_both",
    "Is it dangerous for you, or for the journalist, if we contact you?",
    note="To a relative or a colleague of the journalist.",
)
CONTACT = message(
    "apply.contact", "How and when should we contact you? For example: only here, in the evening."
)

PARTNERS = message(
    "apply.partners",
    "Other organisations may have heard of you, or add money. Whom may we ask? Nobody is asked "
    "whom you don't choose.\n{lines}",
)
PARTNER = message(
    "apply.partner", "{name}: {n} of {of}", note="A line: how many kinds of data it may learn."
)
NOTHING = message("apply.nothing", "nothing")
SHARED = message("apply.shared", "- {name}: {kind}", note="What an organisation may learn.")
ORGANISATION = message("apply.organisation", "{name}", note="A button.")
ALL_OF_THEM = message("apply.all_of_them", "All of them", note="A button.")
MAY_LEARN = message("apply.may_learn", "What may {name} learn?\n{lines}")
MAY_ALL_LEARN = message("apply.may_all_learn", "What may all of them learn?\n{lines}")
CONSENT = message(
    "apply.consent", "{mark} {text}", note="A line: whether it is allowed, and its consequence."
)
KIND = message("apply.kind", "{mark} {kind}", note="A button: allow or take back one kind of data.")
DONE = message("apply.done", "Done", note="A button.")

FILES = message(
    "apply.files",
    "Now documents and photos, if you have them. Send one after the other. This helps most:\n"
    "{lines}",
)
FILES_BARE = message(
    "apply.files_bare", "Now documents and photos, if you have them. Send one after the other."
)
DOCUMENT = message("apply.document", "- {name}")
FILE_COMES = message(
    "apply.file_comes", "It is being fetched. Files kept so far: {n}. One more, or is that all?"
)
FILES_HERE = message("apply.files_here", "Files kept: {n}. One more, or is that all?")

AGAINST = message(
    "apply.against",
    "{reason}\nYou can go on: a human decides, not this machine. Others who may help:\n{lines}",
)
AGAINST_BARE = message(
    "apply.against_bare", "{reason}\nYou can go on: a human decides, not this machine."
)
WORTH_KNOWING = message("apply.worth_knowing", "{reason}\nYou can go on all the same.")
SOURCE = message("apply.source", "- {name}: {reach}")

REVIEW = message("apply.review", "This is what you have answered:\n{lines}\nIs it right?")
LINE = message("apply.line", "{label}: {answer}")
SEND = message("apply.send", "Send it", note="A button.")
CHANGE = message("apply.change", "Change something", note="A button.")
WHICH_ONE = message("apply.which_one", "What would you like to change?")
CHANGE_ONE = message("apply.change_one", "{label}", note="A button.")
AGAIN = message(
    "apply.again",
    "I'm sorry, I can't read an answer in that. A few plain words are enough.",
    note="Before a question that is asked once more.",
)
GO_AHEAD = message("apply.go_ahead", "Yes, please write it.", note='"Anything else?" "Yes."')
RECEIPT = message(
    "apply.receipt",
    "Sent. Your number is #{id}. The first answer comes by {due}.\nYour private code: {code}\nWith "
    "it you can ask from any phone. Type: status {code}\nKeep it where nobody else finds it.",
    note="status is typed.",
)

L_FUND = message("apply.l.fund", "Fund")
L_WHO = message("apply.l.who", "Who asks")
L_APPLICANT = message("apply.l.applicant", "You")
L_LINKED = message(
    "apply.l.linked",
    "Start from what is known",
    note="A button, and before the open cases that are linked.",
)
L_FATE = message("apply.l.fate", "Alive")
L_CASE = message("apply.l.case", "Needed")
L_CAUSE = message("apply.l.cause", "Cause")
L_NAME = message("apply.l.name", "Name")
L_USED = message("apply.l.used", "Works under")
L_BORN = message("apply.l.born", "Born")
L_COUNTRY = message("apply.l.country", "Country")
L_OUTLET = message("apply.l.outlet", "Works for")
L_WHAT = message("apply.l.what", "What happened")
L_WHEN = message("apply.l.when", "When")
L_WHERE = message("apply.l.where", "Where")
L_WHOM = message("apply.l.whom", "By whom")
L_LINK = message("apply.l.link", "Link to the work")
L_EVIDENCE = message("apply.l.evidence", "The work")
L_DEPENDANTS = message("apply.l.dependants", "Dependants")
L_BUDGET = message("apply.l.budget", "Money")
L_OTHERS = message("apply.l.others", "Others asked")
L_GRANTED = message("apply.l.granted", "Helped before")
L_REFEREES = message("apply.l.referees", "Who can confirm it")
L_DANGER = message("apply.l.danger", "Contact is dangerous")
L_CONTACT = message("apply.l.contact", "Contact")
L_PARTNERS = message("apply.l.partners", "Who may be asked")
L_FILES = message("apply.l.files", "Files")
EMPTY = message("apply.empty", "-", note="Nothing was answered.")

STATE_SENT = message("apply.state.sent", "received; nobody has taken it on yet.")
STATE_READ = message("apply.state.read", "somebody works on it.")
STATE_ASKED = message("apply.state.asked", "somebody works on it, and has written to you.")
ANSWER_IT = message("apply.answer_it", "Answer: #{id}", note="A button.")
STATE_APPROVED = message(
    "apply.state.approved", "approved. We need to know where to pay: please tell us on Signal."
)
STATE_PAYOUT = message("apply.state.payout", "approved. What comes next is the payment.")
STATE_PAID = message("apply.state.paid", "paid.")
STATE_REPORT = message("apply.state.report", "paid. We would like to hear how it helped.")
STATE_DECIDED = message("apply.state.decided", "decided.")
STATE_WITHDRAWN = message("apply.state.withdrawn", "withdrawn and erased.")
KEPT_LATER = message(
    "apply.kept_later",
    "It is kept for {span}. To go on, type fund.",
    note="fund is typed.",
)
