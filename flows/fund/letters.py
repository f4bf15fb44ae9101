"""What is written about a request to the applicant, to who pays, to referees."""

from flows.engine.messages import message

# ---------------------------------------------------------------- what is written to the applicant

TAKEN_LETTER = message(
    "request.taken_letter",
    "About your request #{id}: somebody is reading it now.",
)
LATE_LETTER = message(
    "request.late_letter",
    "About your request #{id}: you should have had a first answer by {due}, and it is late. I am "
    "sorry. I have called those who decide again, and go on until somebody answers you.",
)
UNDONE_LETTER = message(
    "request.undone_letter",
    "About your request #{id}: what was decided doesn't count, because one of those who decided "
    "should have had no part in it. Others look at it anew and answer you by {due}. I am sorry "
    "for the wait.",
)
WROTE_LETTER = message("request.wrote_letter", "About your request #{id}:\n{text}")
APPROVED_LETTER = message(
    "request.approved_letter",
    "About your request #{id}: good news, it is approved. You receive {amount}. "
    "Conditions: {conditions}\nNow I need to know where to pay. Only who pays will "
    "see it, and it is deleted afterwards. We ask for it on Signal only.",
)
APPROVED_BARE = message(
    "request.approved_bare",
    "About your request #{id}: good news, it is approved. You receive {amount}.\n"
    "Now I need to know where to pay. Only who pays will see it, and it is deleted afterwards. We "
    "ask for it on Signal only.",
)
WHERE_LETTER = message(
    "request.where_letter",
    "About your request #{id}: {amount} is waiting for you. I only need to know where to pay.",
)
DECLINED_LETTER = message(
    "request.declined_letter",
    "About your request #{id}: we are sorry that this fund can't help this time. "
    "Two people have looked at it. This is why:\n{reason}\nYou may ask that it be "
    "looked at again. Others who may help:\n{elsewhere}",
)
PAID_LETTER = message(
    "request.paid_letter",
    "About your request #{id}: {amount} was paid on {on}. Where it went to is "
    "deleted here. On {report} I will ask you how it helped.",
)
REPORT_LETTER = message(
    "request.report_letter",
    "About your request #{id}: please tell us in a few lines how the money helped, "
    "and what it was spent on.",
)
CLOSED_LETTER = message(
    "request.closed_letter",
    "About your request #{id}: everything is done. Thank you, and take care.",
)
CLOSED_WHY_LETTER = message(
    "request.closed_why_letter",
    "About your request #{id}: it is closed, and nothing is paid. This is why:\n{reason}",
)
REOPENED_LETTER = message(
    "request.reopened_letter",
    "About your request #{id}: what was decided is taken back, and nothing is paid for now. It is "
    "looked at once more, and somebody answers you by {due}. I am sorry for the wait.",
)
RETURNED_LETTER = message(
    "request.returned_letter",
    "About your request #{id}: {amount} did not arrive. It is still yours. Please tell us once "
    "more where to pay.",
)
OPEN_QUESTION = message(
    "request.open_question",
    "This was written to you about #{id}, and waits for your answer:\n{text}",
)
IS_ANSWER = message(
    "request.is_answer", "Is this your answer to what was written to you about #{id}?"
)
IS_REPORT = message("request.is_report", "Is this your report about #{id}: how the money helped?")
SEND_IT = message("request.send_it", "Yes, send it", note="A button.")
NOT_SENT = message(
    "request.not_sent", "All right. It was not sent, and nothing of it is kept with #{id}."
)
NEWS = message("request.news", "There is news for you. Look when you are alone.")
SOURCE = message("request.source", "- {name}: {reach}")

# ---------------------------------------------------------------- the applicant asks or acts

STATUS = message("request.status", "How it stands", note="A button.")
ANSWER = message("request.answer", "Answer", note="A button.")
ADD = message("request.add", "Add something", note="A button.")
WITHDRAW = message("request.withdraw", "Withdraw it", note="A button.")
WITHDRAW_YES = message("request.withdraw_yes", "Yes, delete everything", note="A button.")
KEEP_IT = message("request.keep_it", "Keep it", note="A button.")
LOOK_AGAIN = message("request.look_again", "Please look again", note="A button.")
WRITE_REPORT = message("request.write_report", "Write the report", note="A button.")
WHERE_TO_PAY = message("request.where_to_pay", "Where to pay", note="A button.")
OTHER_APP = message("request.other_app", "Another app", note="A button: adds Signal.")
NOT_ARRIVED = message("request.not_arrived", "The money has not arrived", note="A button.")
NOT_ARRIVED_YES = message("request.not_arrived_yes", "It has not arrived", note="A button.")
NOT_ARRIVED_SURE = message(
    "request.not_arrived_sure",
    "#{id}: money can take some days. Has {amount} really not arrived? Then I tell who pays, and "
    "ask you once more where to pay.",
)
NOT_ARRIVED_SAID = message(
    "request.not_arrived_said",
    "#{id}: I have told who pays, and they look where it is. Please tell us once more where to "
    "pay.",
)
STANDS_SUBMITTED = message(
    "request.stands_submitted",
    "#{id} came in on {since}. Nobody has taken it on yet; somebody will answer you "
    "by {due}. You can add to it at any time.",
)
STANDS_LATE = message(
    "request.stands_late",
    "#{id} came in on {since}. The answer was due by {due}, and is late. I am sorry. Those who "
    "decide have been called again. You can add to it at any time.",
)
STANDS_VETTING = message(
    "request.stands_vetting",
    "#{id} came in on {since}. Somebody is working on it and may ask you questions."
    " The next answer is due by {due}.",
)
STANDS_RECOMMENDED = message(
    "request.stands_recommended",
    "#{id} came in on {since}. Two people are deciding about it now. The answer is due by {due}.",
)
STANDS_APPROVED = message(
    "request.stands_approved",
    "#{id} is approved. The next step is yours: tell us where to pay.",
)
STANDS_PAYOUT = message(
    "request.stands_payout",
    "#{id} is approved. The next step is yours: tell us on Signal where to pay.",
)
STANDS_PAYING = message(
    "request.stands_paying",
    "#{id} is approved, and who pays knows where to. You need to do nothing; I'll "
    "tell you when it is paid. If something has changed, tell us where to pay once "
    "more.",
)
STANDS_PAID = message(
    "request.stands_paid",
    "#{id} is paid. On {due} I will ask you how it helped. Until then there is nothing to do.",
)
STANDS_REPORT = message(
    "request.stands_report",
    "#{id} is paid. Please tell us in a few lines how it helped.",
)
STANDS_REPORTED = message(
    "request.stands_reported",
    "#{id}: your report is here. Somebody will read it; there is nothing more to "
    "do. You may add to it.",
)
STANDS_DECLINED = message(
    "request.stands_declined",
    "#{id} was declined. You may read why, add something, ask that it be looked at again, or ask "
    "anew.",
)
STANDS_CLOSED = message("request.stands_closed", "#{id} is finished.")
WHY = message("request.why", "Why", note="A button: why a request was declined.")
OTHER_HELP = message("request.other_help", "Who else may help", note="A button.")
NEW_REQUEST = message("request.new_request", "New request", note="A button.")
A_HUMAN = message("request.a_human", "Write to a person", note="A button: a chat with a human.")
WHY_DECLINED = message(
    "request.why_declined",
    "#{id} was declined. Two people have looked at it. This is why:\n{reason}",
)
ELSEWHERE = message("request.elsewhere", "Others who may help:\n{elsewhere}")
ELSEWHERE_NONE = message(
    "request.elsewhere_none", "I know of no others. A person can look for help with you."
)
ASK_MORE = message(
    "request.ask_more",
    "What would you like to add to #{id}? Write it, or send documents and photos.",
)
ASK_ANSWER = message(
    "request.ask_answer",
    "Please write your answer about #{id}. You may send documents and photos too.",
)
ASK_AGAIN = message(
    "request.ask_again",
    "What should we look at again, or what has changed? Write it in your own words.",
)
ASK_REPORT = message(
    "request.ask_report",
    "How did the money help, and what was it spent on? A few lines are enough.",
)
ADDED = message("request.added", "Added to #{id}. You may send more.")
ADDED_FILE = message(
    "request.added_file",
    "Thank you. It is being added to #{id}. You may send more.",
)
AGAIN_SAID = message(
    "request.again_said",
    "Thank you. #{id} will be looked at again. Somebody will answer you by {due}.",
)
REPORT_KEPT = message(
    "request.report_kept",
    "Thank you. Your report about #{id} is here, and somebody will read it.",
)
FILE_BIG = message(
    "request.file_big",
    "I could not keep what you sent for #{id}: it is larger than {megabytes} MB, the most I can "
    "keep. A smaller photo or a part of it would help.",
)
FILE_MANY = message(
    "request.file_many",
    "I could not keep what you sent for #{id}: there are too many files already.",
)
FILE_GONE = message(
    "request.file_gone",
    "I could not keep what you sent for #{id}: it did not come through. Please send it again.",
)
WITHDRAW_SURE = message(
    "request.withdraw_sure",
    "If you withdraw #{id}, all that it says is deleted for good, with its "
    "documents, and nobody decides about it. Withdraw it?",
)
WITHDRAW_PAID = message(
    "request.withdraw_paid",
    "#{id} is paid. If you withdraw it, all that it says is deleted for good, the "
    "record of the grant too; only its month stays. Withdraw it?",
)
KEPT = message("request.kept", "All right, nothing is deleted. #{id} goes on as before.")
WITHDRAWN = message(
    "request.withdrawn",
    "#{id} is withdrawn. What is kept here of it can no longer be read, nor in any backup. What "
    "was shown to officers before may still be on their phones; we ask them to delete it.",
)

ON_TELEGRAM = message(
    "request.on_telegram",
    "#{id}: you asked on Signal. Telegram can read what you write here. Where would you like to "
    "write?",
)
WRITE_ON_SIGNAL = message(
    "request.write_on_signal", "#{id}: I have written to you on Signal. Go on there."
)
NO_SIGNAL = message(
    "request.no_signal",
    "I know no Signal address of yours any more. Once you have Signal, add it here, then press the "
    "button again.",
)

# ---------------------------------------------------------------- who may learn what

MAY_SHARE = message("request.may_share", "What may be shared", note="A button.")
CONSENTS = message(
    "request.consents",
    "Which organisations may learn something of #{id}, and how much. Choose one to change it.\n"
    "{lines}",
)
CONSENT = message(
    "request.consent",
    "#{id}, {name}. Press one to allow it or to take it back. It counts at once.\n{lines}",
    note="name: of an organisation, or all of them.",
)
CONSENT_GIVEN = message(
    "request.consent_given",
    "#{id}, {name}. Allowed from now on: {kind}. You can take it back at any time.\n{lines}",
    note="name: of an organisation, or all of them.",
)
CONSENT_TAKEN_BACK = message(
    "request.consent_taken_back",
    "#{id}, {name}. Not shared any more from now on: {kind}. What they may have already can't be "
    "called back; we ask them to erase it.\n{lines}",
    note="name: of an organisation, or all of them.",
)
CONSENT_DONE = message("request.consent_done", "Done", note="A button.")

# ---------------------------------------------------------------- where to pay

ASK_PAYOUT = message(
    "request.ask_payout",
    "Where should {amount} go? Write the account, or how you can be paid safely. "
    "Only who pays will see it, and it is deleted afterwards.",
)
ON_SIGNAL = message(
    "request.on_signal",
    "We ask for this on Signal only, because others can read along here. I have written to you "
    "there.",
)
COME_TO_SIGNAL = message(
    "request.come_to_signal",
    "We ask for this on Signal only, because others can read along here. Once you have Signal, add "
    "it here, then press this again: Where to pay",
)
NOT_HERE = message(
    "request.not_here",
    "I did not keep that: this chat is not safe enough for it. I try to delete your message here; "
    "please look whether it is gone. Write it in our chat on Signal.",
)
PAYOUT_QUESTION = message(
    "request.payout_question",
    "#{id}: that reads like a question, so I have not passed it on. Only who pays sees where the "
    "money goes, and it is deleted afterwards. Write here where to pay, or ask a person first.",
)
PAYOUT_SURE = message(
    "request.payout_sure",
    "#{id}: this is what who pays will see:\n{to}\nIs it right? Then I delete it here.",
)
PAYOUT_DOUBT = message(
    "request.payout_doubt",
    "#{id}: I find no account and no number in this:\n{to}\nIs this really how you can be paid? "
    "Then I pass it on, and delete it here.",
)
PAYOUT_RIGHT = message("request.payout_right", "Yes, it is right", note="A button.")
PAYOUT_AGAIN = message("request.payout_again", "Write it again", note="A button.")
WHERE_OPEN = message(
    "request.where_open",
    "I am not sure what this is about. #{id} waits for where to pay: to write that, press the "
    "button. For anything else, type menu.",
)
PAYOUT_KEPT = message(
    "request.payout_kept",
    "Thank you. Only who pays sees this. I'll tell you when it is paid. Please "
    "delete your message, too.",
)

# ---------------------------------------------------------------- to who pays

PAYOUT_HERE = message(
    "request.payout_here",
    "#{id}: a payment is to be made. I show where to on Signal only.",
)
PAYOUT_CHANGED = message(
    "request.payout_changed",
    "#{id}: where to pay has changed. Before it is paid, somebody else than you must make sure "
    "that the applicant wanted it. I show it on Signal only.",
)
PAYOUT_LOOKED_INTO = message(
    "request.payout_looked_into",
    "#{id}: {who} has made sure that the applicant wants to be paid there.",
)
PAY_UNCHECKED = message(
    "request.pay_unchecked",
    "#{id}: where to pay has changed. Please wait until somebody else has made sure that the "
    "applicant wanted that. I tell you then.",
)
NOT_TO_BE_PAID = message(
    "request.not_to_be_paid",
    "#{id}: this is not to be paid any more. Please delete what I showed you of it.",
    note="To who pays.",
)
PAY_DOUBTED = message(
    "request.pay_doubted",
    "#{id}: where to pay was given at a time of which something is unclear. Before it is paid, "
    "somebody else than you must ask the applicant again. I tell you then.",
    note="It must not say why.",
)
PAY_CHECKED_IT = message(
    "request.pay_checked_it",
    "#{id}: you have asked the applicant about where to pay, so somebody else pays it.",
)
PAY_HELD = message(
    "request.pay_held",
    "#{id}: please don't pay this now. Speak with a coordinator first, not in writing. If it is "
    "paid already, tell them that.",
    note="It must not say why.",
)
PAY_NOT_YOU = message(
    "request.pay_not_you",
    "#{id}: you have approved this, so somebody else pays it.",
)
PAY_APPROVED_IT = message(
    "request.pay_approved_it",
    "#{id}: you have approved this, too. Two different people are safer. If you pay it, the log "
    "says so.",
)
PAY_REMINDER = message("request.pay_reminder", "#{id}: this payment is still to be made.")
SEE_PAYOUT = message("request.see_payout", "See where to pay", note="A button.")
PAYER_ON_SIGNAL = message(
    "request.payer_on_signal", "#{id}: I show this on Signal only. Look there."
)
PAYER_NEEDS_SIGNAL = message(
    "request.payer_needs_signal",
    "#{id}: I show this on Signal only, and know no Signal address of yours. Add it in the menu, "
    "under settings.",
)
PAY_TO = message(
    "request.pay_to",
    "#{id}: please pay {amount} to:\n{to}\nTell nobody where it goes. When it is "
    "done, press the button; then I forget it.",
)
PAID = message("request.paid", "It is paid", note="A button.")
ASK_PAID = message(
    "request.ask_paid",
    "#{id}: recorded as paid on {on}. Which reference does it have? If it was another day, write "
    "that too. Like this: yesterday AB123",
)
ASK_PAID_AGAIN = message(
    "request.ask_paid_again",
    "#{id}: {on} can't be right: it is before the decision, or still to come. On which day was it "
    "paid, and with which reference?",
)
PAID_NOTED = message("request.paid_noted", "#{id}: noted. Paid on {on}, reference {reference}.")
PAID_NOTED_BARE = message("request.paid_noted_bare", "#{id}: noted. Paid on {on}.")
CAME_BACK = message("request.came_back", "It came back", note="A button: the payment.")
CAME_BACK_YES = message("request.came_back_yes", "Yes, it came back", note="A button.")
CAME_BACK_SURE = message(
    "request.came_back_sure",
    "#{id}: has the payment come back? Then the applicant is asked once more where to pay.",
)
CAME_BACK_SAID = message(
    "request.came_back_said", "#{id}: noted. The applicant is asked once more where to pay."
)
PAID_SAID = message(
    "request.paid_said",
    "#{id}: recorded as paid today, {on}. Where it went to is forgotten here, and I try to delete "
    "what I showed you of it. Please look whether it is gone from your phone, too.\nWhich "
    "reference does it have? If it was another day, write that too. Like this: yesterday AB123",
)

# ---------------------------------------------------------------- an old button

NOT_NEEDED = message(
    "request.not_needed",
    "That is no longer needed for #{id}. Nothing was changed.",
    note="To the applicant, who presses an old button.",
)
OVER = message(
    "request.over",
    "Thank you. This is no longer open, and there is nothing that you need to do.",
    note="To a referee or to who pays, who presses an old button. It must not say what it is.",
)

# ---------------------------------------------------------------- the referees, to the applicant

PERMIT_LETTER = message(
    "request.permit_letter",
    "About your request #{id}: may we ask {whom}, whom you have named? They learn your name and "
    "that you asked for help, and nothing else.",
)
HAND_LETTER = message(
    "request.hand_letter",
    "About your request #{id}: please give {whom} this code, best by voice: {code}{links}\n"
    "They send it to us on Telegram or Signal and are asked five short questions about your work. "
    "It works once, until {until}.",
)
MAY_ASK = message("request.may_ask", "Referee {n} may be asked", note="A button.")
MAY_NOT = message("request.may_not", "Rather not", note="A button.")
MAY_NOT_ONE = message("request.may_not_one", "Rather not ask referee {n}", note="A button.")
MAY_ASK_SURE = message(
    "request.may_ask_sure",
    "May we ask {name} about #{id}? Only if they know that we may call, and it is safe for them.",
)
MAY_ASK_YES = message("request.may_ask_yes", "Yes, they know", note="A button: ask the referee.")
MAY_ASK_SAID = message("request.may_ask_said", "Thank you. We may now ask {name} about #{id}.")
MAY_NOT_SAID = message("request.may_not_said", "All right. We don't ask {name} about #{id}.")

# ---------------------------------------------------------------- to referees

OWN_NAME = message("request.own_name", "{name}", note="A button: a language in its own name.")
REF_FIRST_LETTER = message(
    "request.ref_first_letter",
    "Hello. Somebody who trusts you has named you as a person who knows their work. May I ask you "
    "five short questions? If so, please answer with this code: {code}",
    note="The first message to somebody who doesn't know us. It must not say what it is about.",
)

REF_LETTER = message(
    "request.ref_letter",
    "Somebody who trusts you has named you as a person who knows their work. May I "
    "ask you five short questions? You may say no.",
)
REF_AGREE = message("request.ref_agree", "You may ask", note="A button.")
REF_REFUSE = message("request.ref_refuse", "Rather not", note="A button.")
REF_SURE = message(
    "request.ref_sure",
    "You had said: rather not. Answer now only if it is safe for you. Shall I ask the five "
    "questions?",
)
REF_SURE_YES = message("request.ref_sure_yes", "Yes, it is safe", note="A button.")
REF_ON_TELEGRAM = message(
    "request.ref_on_telegram",
    "Telegram can read what you write here. Signal is safer for this: I will name a person and ask "
    "about them. Where would you like to go on?",
)
REF_THERE = message("request.ref_there", "I have written to you on Signal. Go on there.")
REF_TO_SIGNAL = message(
    "request.ref_to_signal",
    "Write this code to me on Signal, and I ask you there:\n{code}{link}\nIt works once, until "
    "{until}.",
)
REF_ABOUT = message(
    "request.ref_about",
    "Thank you. It is about {name}. Please tell nobody that you were asked.",
)
REF_HOW = message("request.ref_how", "How do you know this person?")
REF_SINCE = message("request.ref_since", "Since when?")
REF_INCIDENT = message(
    "request.ref_incident",
    "Can you confirm that something happened to them because of their work?",
)
REF_JOURNALISM = message(
    "request.ref_journalism",
    "Can you confirm that they work as a journalist?",
)
REF_WORDS = message("request.ref_words", "Is there anything else that we should know?")
REF_THANKS = message("request.ref_thanks", "Thank you. That is all.")
YES = message("request.yes", "Yes", note="A button.")
PARTLY = message("request.partly", "Partly", note="A button.")
NO = message("request.no", "No", note="A button.")
UNSURE = message("request.unsure", "I don't know", note="A button.")
NOTHING_MORE = message("request.nothing_more", "Nothing more", note="A button.")
TOO_LONG = message(
    "request.too_long",
    "#{id}: this has {n} characters; {most} fit. It was not taken and went to nobody. Please send "
    "it shorter.",
)
CUT = message(
    "request.cut",
    "#{id}: {n} characters fit into one message. The last words that are kept: {last}\n"
    "The rest can be sent after this.",
)
REPORT_FULL = message(
    "request.report_full",
    "#{id}: there is no room for more in this report. The last words that are kept: {last}",
)
