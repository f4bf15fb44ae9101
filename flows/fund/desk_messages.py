"""What officers read about a request; to coordinators only that one waits."""

from flows.engine.messages import message

# ---------------------------------------------------------------- what comes in and what is owed

CAME_IN = message(
    "request.desk.came_in",
    "#{id} A new request. {fund}: {case}\nThe first answer is due {due}. Complete: "
    "{done} of {of}\n{lines}",
    note="To officers. lines: what the rules found, briefly.",
)
STANDS_IN = message(
    "request.desk.stands_in",
    "Conflict of interest: {who} is named in it, and doesn't see it.",
    note="who: an officer, whose name or address stands in the request.",
)
ONE_LEFT = message(
    "request.desk.one_left",
    "Two people must decide, and nobody is left to be the second. Coordinators are asked to find "
    "another officer.",
)
TAKE = message("request.desk.take", "Take it", note="A button.")
OPEN = message("request.desk.open", "#{id}", note="A button: shows this request.")
AND_MORE = message("request.desk.and_more", "And more: {n}")
NO_FINDINGS = message("request.desk.no_findings", "The rules found nothing.")
UNKNOWN = message(
    "request.desk.unknown",
    "I don't know a request with that id. Type: applications",
    note="The same words as desk.no_request.",
)
YOURS = message(
    "request.desk.yours",
    "#{id} is yours. {told} The first answer is what you write to them.",
    note="told: what the applicant has learned of it.",
)
TOLD_TAKEN = message("request.desk.told_taken", "The applicant knows that somebody has it.")
TOLD_WROTE = message("request.desk.told_wrote", "sent to the applicant, without your name.")
TOLD_APPROVED = message(
    "request.desk.told_approved", "The applicant is told, and asked where to pay."
)
TOLD_DECLINED = message(
    "request.desk.told_declined", "The applicant is told kindly, with both reasons."
)
TOLD_REPORT = message("request.desk.told_report", "The applicant was asked again.")
TOLD_PERMIT = message(
    "request.desk.told_permit", "The applicant was asked whether this referee may be contacted."
)
TOLD_HAND = message(
    "request.desk.told_hand", "The applicant has the code for this referee, to hand on."
)
TOLD_NEWS = message(
    "request.desk.told_news",
    "The applicant was told only that there is news, because contact may be dangerous. They read "
    "this when they ask how it stands.",
)
TOLD_NO_SIGNAL = message(
    "request.desk.told_no_signal",
    "The applicant was told only that there is news, because we know no Signal address of theirs "
    "any more. They read this when they ask how it stands.",
)
YOURS_ALREADY = message("request.desk.yours_already", "#{id} is yours already.")
TAKEN = message("request.desk.taken", "#{id}: {who} has it now.")
REMINDER = message("request.desk.reminder", "#{id} {what} is due {due}.")
OVERDUE = message("request.desk.overdue", "#{id} {what} was due {due}, and is late.")
FIRST_ANSWER = message("request.desk.first_answer", "The first answer to the applicant")
A_DECISION = message("request.desk.a_decision", "The decision")
WAITS = message(
    "request.desk.waits",
    "A request to a fund waits since {since} and is late. Please see that a fund "
    "officer looks at it.",
    note="To coordinators, who learn nothing else of it.",
)
WAITS_ONE = message(
    "request.desk.waits_one",
    "A request to a fund waits since {since}. Two fund officers must decide, and only one can see "
    "it. Please ask those who run this system to invite another fund officer.",
    note="To coordinators, who learn nothing else of it.",
)
WAITS_NOBODY = message(
    "request.desk.waits_nobody",
    "A request to a fund waits since {since}, and no fund officer can see it. "
    "Please ask those who run this system to invite one.",
    note="To coordinators, who learn nothing else of it.",
)
AGAIN_TOLD = message(
    "request.desk.again_told",
    "#{id} The applicant asks that it be looked at again: {text}",
)
ANSWERED_TOLD = message("request.desk.answered_told", "#{id} The applicant answers: {text}")
ADDED_TOLD = message("request.desk.added_told", "#{id} The applicant adds: {text}")
CONSENT_GIVEN_TOLD = message(
    "request.desk.consent_given_told",
    "#{id} The applicant now allows this. To: {name}. What: {kind}",
)
CONSENT_TAKEN_BACK_TOLD = message(
    "request.desk.consent_taken_back_told",
    "#{id} The applicant takes this back. From: {name}. What: {kind}\nPass nothing more of it on. "
    "If they have it already, ask them to erase it, and press the button once you have.",
)
ERASE_ASKED = message(
    "request.desk.erase_asked",
    "Asked to erase: {who}",
    note="A button: a partner organisation was asked to erase something.",
)
ERASE_NOTED = message("request.desk.erase_noted", "#{id}: noted that {who} was asked to erase it.")
ERASE_OPEN = message("request.desk.erase_open", "{who} is still to be asked to erase: {kind}")
ERASE_DONE = message("request.desk.erase_done", "{who} was asked to erase: {kind}. By {by}, {at}")
FILE_TOLD = message("request.desk.file_told", "#{id} The applicant has sent a document.")
RECORD_LINKED = message(
    "request.desk.record_linked",
    "#{id} Report #{record} in the record of attacks is linked to this request.",
)
RECORD_ADDED = message(
    "request.desk.record_added", "#{id} Something was added to report #{record}."
)
RECORD_WITHDRAWN = message(
    "request.desk.record_withdrawn", "#{id} Report #{record} was withdrawn and erased."
)
RECORDED = message("request.desk.recorded", "Linked report: #{record}")
WITHDRAWN_TOLD = message(
    "request.desk.withdrawn_told",
    "#{id} was withdrawn by the applicant, and nothing of it is left here. Please delete what "
    "stands in this chat about it, and any copies.",
)

# ---------------------------------------------------------------- the desk: words

NOTED = message("request.desk.noted", "#{id}: noted.")
WROTE = message("request.desk.wrote", "#{id}: {told}")
ASK_NOTE = message("request.desk.ask_note", "#{id}: write your note. It goes into the log.")
ASK_VERIFIED = message(
    "request.desk.ask_verified",
    "#{id}: what did you verify, and how? It goes into the log.",
)
ASK_WRITE = message(
    "request.desk.ask_write",
    "#{id}: write to the applicant. They read it without your name, and can answer.",
)
TOO_LATE = message(
    "request.desk.too_late",
    "#{id} has gone on meanwhile. Nothing of this was recorded.",
)
NOT_ASKED = message(
    "request.desk.not_asked",
    "I did not ask for words just now, so nothing was kept. Use the buttons.",
)
ONLY_WORDS = message(
    "request.desk.only_words",
    "Only words here, please. Nothing was kept of what you sent.",
)
IN_WORDS = message("request.desk.in_words", "Please write that in words.")
CONFLICT_SURE = message(
    "request.desk.conflict_sure",
    "#{id}: if you know the people or gain from the outcome, you should not work on"
    " this. From then on you see nothing of it, and chat can't take that back.",
)
CONFLICT_WHY = message(
    "request.desk.conflict_why",
    "#{id}: this goes into the log as your reason: {why}\nPress the button, and you see nothing "
    "more of it.",
)
CONFLICT_DONE = message(
    "request.desk.conflict_done",
    "Thank you. You will hear nothing more of #{id}.",
)
CONFLICT_TOLD = message(
    "request.desk.conflict_told",
    "#{id}: {who} has a conflict of interest and no longer sees it. What they "
    "recommended or decided doesn't count.",
)
CONFLICT_TOLD_FEW = message(
    "request.desk.conflict_told_few",
    "#{id}: {who} has a conflict of interest and no longer sees it. What they "
    "recommended or decided doesn't count.\n{lines}",
    note="lines: that another officer is needed.",
)
CONFLICT_UNDONE = message(
    "request.desk.conflict_undone",
    "#{id}: {who} has a conflict of interest and no longer sees it. They had a part in the "
    "decision, so it counts for nothing, and nothing is paid. Somebody has to take it again.",
)
CONFLICT_PAID = message(
    "request.desk.conflict_paid",
    "#{id}: {who} has a conflict of interest and no longer sees it. They had a part in the "
    "decision, and it is paid. Please look at it again, and note what you find.",
)
CONFLICT_PAYER = message(
    "request.desk.conflict_payer",
    "#{id}: {who} has a conflict of interest and doesn't pay it. {then}",
)
NOBODY_PAYS = message(
    "request.desk.nobody_pays",
    "Nobody else pays for this fund: the operator must add one to the fund's file.",
)
OTHERS_PAY = message("request.desk.others_pay", "Others who pay for this fund were told.")

# ---------------------------------------------------------------- referees, to officers

REFEREES = message("request.desk.referees", "#{id} Referees\n{lines}")
REFEREE = message("request.desk.referee", "{n}. {name}, {reach}: {state}")
REF_NOT_ALLOWED = message("request.desk.ref_not_allowed", "may not be contacted")
ALLOWED = message("request.desk.allowed", "may be contacted")
REF_NOT_ASKED = message("request.desk.ref_not_asked", "not asked yet")
REF_WAITING = message("request.desk.ref_waiting", "asked, no answer yet")
REF_ANSWERED = message("request.desk.ref_answered", "has answered")
REF_REFUSED = message("request.desk.ref_refused", "did not want to answer")
NO_REFEREES = message("request.desk.no_referees", "#{id}: no such referee is named.")
REF_NO_PERMISSION = message(
    "request.desk.ref_no_permission",
    "#{id}\n{lines}\nThe applicant has not allowed us to contact this referee. You "
    "may ask them for it.",
)
REF_HOW_TO = message(
    "request.desk.ref_how_to",
    "#{id}\n{lines}\nOver this bot: where we know their address, or with a code that is handed "
    "to them. Or call them and write down what they say.",
)
REF_PERMIT = message("request.desk.ref_permit", "Ask for it", note="A button.")
REF_PERMIT_SENT = message(
    "request.desk.ref_permit_sent",
    "#{id}, referee {n}: {told}",
)
REF_ALLOWED_TOLD = message(
    "request.desk.ref_allowed_told",
    "#{id}: the applicant says that referee {n} may be contacted.",
)
REF_KEPT_TOLD = message(
    "request.desk.ref_kept_told",
    "#{id}: the applicant says that referee {n} may not be contacted. Please don't.",
)
REF_CODE_BUTTON = message("request.desk.ref_code_button", "Make a code", note="A button.")
REF_HAND = message("request.desk.ref_hand", "Let the applicant hand on a code", note="A button.")
REF_FIRST = message("request.desk.ref_first", "Write first on Signal", note="A button.")
REF_CODE = message(
    "request.desk.ref_code",
    "#{id}: a code for referee {n}. Hand it on, best by voice:\n{code}{links}\nWhoever sends it "
    "to me, on Telegram or Signal, is asked five questions about this person's work and learns "
    "nothing else. It works once, until {until}. A new code makes it void.",
)
REF_HANDED = message(
    "request.desk.ref_handed",
    "#{id}, referee {n}: {told}",
)
REF_FIRST_SENT = message(
    "request.desk.ref_first_sent",
    "#{id}: I am writing to referee {n} on Signal, in neutral words, with a code. Signal may hold "
    "back a stranger's message unseen: until they answer, count on nothing. You can call them, "
    "too.",
)
REF_UNKNOWN = message(
    "request.desk.ref_unknown",
    "#{id}: I can't write to that referee. You may call them instead.",
)
REF_SENT = message("request.desk.ref_sent", "#{id}: referee {n} was asked, in neutral words.")
REF_REFUSED_TOLD = message(
    "request.desk.ref_refused_told",
    "#{id}: referee {n} does not want to answer.",
)
REF_AGREED_TOLD = message(
    "request.desk.ref_agreed_told",
    "#{id}: referee {n}, who did not want to answer, answers now.",
)
REF_TOLD = message("request.desk.ref_told", "#{id}: referee {n} has answered.")
REF_SILENT = message(
    "request.desk.ref_silent",
    "#{id}: no answer yet from referee {who}.",
    note="who: numbers, like 1, 2",
)

# ---------------------------------------------------------------- partner organisations

PARTNERS_BUTTON = message("request.desk.partners_button", "Partners", note="A button.")
PARTNER = message("request.desk.partner", "{who}", note="A button: the name of an organisation.")
PARTNERS = message("request.desk.partners", "#{id} Partners\n{lines}")
NO_PARTNERS = message(
    "request.desk.no_partners",
    "#{id}: the applicant has not agreed that any partner is asked.",
)
P_THREE = message(
    "request.desk.p_three",
    "#{id}: ask {who} three things. Have they heard of this person? Have they helped? Can they add "
    "funds? Tell them nothing but what the applicant agreed to.",
)
P_HAVE_ASKED = message("request.desk.p_have_asked", "I have asked them", note="A button.")
P_HEAR = message("request.desk.p_hear", "Their answers", note="A button.")
P_HEARD = message("request.desk.p_heard", "Has {who} heard of this person?")
P_HELPED = message("request.desk.p_helped", "Has {who} helped this person?")
P_ON = message("request.desk.p_on", "When did {who} help? Like this: May 2026")
P_AMOUNT = message("request.desk.p_amount", "With how much? Like this: 1500 {currency}")
P_ADDS = message("request.desk.p_adds", "Can {who} add funds?")
P_UP_TO = message("request.desk.p_up_to", "How much can they add? Like this: 1500 {currency}")
P_AGAIN = message("request.desk.p_again", "{why}")
P_TOLD = message("request.desk.p_told", "#{id}: what {who} answered is noted.")
P_MATCH = message(
    "request.desk.p_match",
    "#{id}: {who} may have a request of the same person. Ask each other. They call theirs {theirs} "
    "and know ours as {ours}. It is a question, no proof, and no reason to decline.",
)
P_HIT = message(
    "request.desk.p_hit", "{who} may have a request of the same person: {theirs}. Ask each other."
)
P_NOT_ASKED = message("request.desk.p_not_asked", "{who}: not asked yet")
P_ASKED = message("request.desk.p_asked", "{who}: asked {at} by {by}")
P_SAID_HEARD = message("request.desk.p_said_heard", "- Have heard of them: {text}")
P_SAID_HELPED = message("request.desk.p_said_helped", "- Have helped: {text}")
P_SAID_ON = message("request.desk.p_said_on", "- When: {text}")
P_SAID_AMOUNT = message("request.desk.p_said_amount", "- With: {text}")
P_SAID_ADDS = message("request.desk.p_said_adds", "- Can add funds: {text}")
P_SAID_UP_TO = message("request.desk.p_said_up_to", "- Up to: {text}")
DETAIL_PARTNERS = message("request.desk.detail_partners", "#{id} Partners\n{lines}")
LOG_PARTNER_ASKED = message("request.desk.log_partner_asked", "{at} {who} has asked {text}")
LOG_PARTNER_ANSWERED = message(
    "request.desk.log_partner_answered", "{at} {who} notes what {text} answered"
)
LOG_PARTNER_HIT = message(
    "request.desk.log_partner_hit", "{at} {text} may have a request of the same person"
)

# ---------------------------------------------------------------- a dossier takes two people

PAPER_ASKED = message(
    "request.desk.paper_asked",
    "#{id}: {who} wants a dossier for {role}: {reason}\nIf that is "
    "right, show the word and read it to {who} yourself. If not, talk to them first.",
    note="role: the committee, an officer, …; reason: what somebody wrote",
)
PAPER_YOURS = message(
    "request.desk.paper_yours",
    "#{id}: in your name a dossier for {role} was asked for: {reason}\nIf that was not "
    "you, tell the others now.",
)
ROLE_COMMITTEE = message("request.desk.role_committee", "the committee")
ROLE_OFFICER = message("request.desk.role_officer", "officers")
ROLE_PAYER = message("request.desk.role_payer", "who pays")
ROLE_PARTNER = message("request.desk.role_partner", "a partner")
SHOW_WORD = message("request.desk.show_word", "Show the word", note="A button.")
PAPER_WORD = message(
    "request.desk.paper_word",
    "#{id}: {word}\nRead it to {who} yourself, not in writing. It makes one file, until {until}.",
)
PAPER_OWN = message("request.desk.paper_own", "#{id}: it takes another officer than you.")
PAPER_OVER = message("request.desk.paper_over", "#{id}: this was made or is too long ago.")
LOG_PAPER_ASKED = message("request.desk.log_paper_asked", "{at} {who} wants a dossier: {text}")
LOG_PAPER_SHOWN = message("request.desk.log_paper_shown", "{at} {who} allows a dossier: {text}")
LOG_PAPER_MADE = message("request.desk.log_paper_made", "{at} A dossier was made by {who}: {text}")

# ---------------------------------------------------------------- recommending and deciding

ASK_AMOUNT = message(
    "request.desk.ask_amount",
    "#{id}: how much do you recommend? Like this: 1500 {currency}",
)
ASK_AMOUNT_AGAIN = message(
    "request.desk.ask_amount_again",
    "#{id}: {why}\nHow much do you recommend? Like this: 1500 {currency}",
)
OVER_CEILING = message(
    "request.desk.over_ceiling",
    "{amount} is more than this fund gives: {ceiling} at most.",
)
OVER_ASKED = message(
    "request.desk.over_asked",
    "{amount} is more than was asked for: {asked}.",
)
ASK_CONDITIONS = message(
    "request.desk.ask_conditions",
    "#{id}: {amount}. Under which conditions? The applicant will read them.",
)
ASK_REASON = message("request.desk.ask_reason", "#{id}: for which reason?")
RECOMMENDED_TOLD = message(
    "request.desk.recommended_told",
    "#{id}: {who} has made a recommendation. Two different people decide.\n{lines}",
)
RECOMMENDED_SAID = message(
    "request.desk.recommended_said",
    "#{id}: your recommendation is recorded. Two different people decide; you may be one of them.",
)
PROPOSES = message("request.desk.proposes", "{who} recommends {amount}: {reason}")
PROPOSES_DECLINE = message("request.desk.proposes_decline", "{who} recommends to decline: {reason}")
CONDITIONS = message("request.desk.conditions", "Conditions: {conditions}")
DECISION = message("request.desk.decision", "{who} {verdict}: {reason}")
APPROVES = message("request.desk.approves", "approves")
DECLINES = message("request.desk.declines", "declines")
WHY_APPROVE = message("request.desk.why_approve", "#{id}: you approve {amount}. For which reason?")
WHY_ALL_THE_SAME = message(
    "request.desk.why_all_the_same",
    "#{id}: you approve {amount}. Before you do, please read this:\n{lines}\nFor which reason do "
    "you approve it all the same?",
    note="lines: what the rules found.",
)
WHY_DECLINE = message(
    "request.desk.why_decline",
    "#{id}: you decline. For which reason? The applicant will read it.",
)
REASON_AGAIN = message(
    "request.desk.reason_again",
    "#{id}: that alone is no reason that anybody can understand later. Please write the reason in "
    "a few words. Nothing is recorded yet.",
)
SURE_RECOMMEND = message(
    "request.desk.sure_recommend",
    "#{id}: this will be recorded, and two people decide about it:\n{lines}\nIs it right? To "
    "change the reason, write it again.",
)
SURE_APPROVE = message(
    "request.desk.sure_approve",
    "#{id}: you approve {amount}. Your reason, for the log:\n{reason}\nIs it right? To change the "
    "reason, write it again.",
)
SURE_DECLINE = message(
    "request.desk.sure_decline",
    "#{id}: you decline. The applicant will read:\nThis is why:\n{reason}\nIs it right? To change "
    "the reason, write it again.",
)
LEFT_IT = message("request.desk.left_it", "#{id}: all right, nothing is recorded.")
ALREADY = message(
    "request.desk.already",
    "#{id}: you have decided already. The second decision must be another person's.",
)
NO_AMOUNT = message(
    "request.desk.no_amount",
    "#{id}: no amount is recommended, so there is nothing to approve.",
)
ONE_DECIDED = message(
    "request.desk.one_decided",
    "#{id}: the first of two decisions. The second must be another person's.\n{lines}",
)
FIRST_OF_TWO = message(
    "request.desk.first_of_two",
    "#{id}: recorded as the first of two decisions. The second must be another person's.",
)
FIRST_OF_ONE = message(
    "request.desk.first_of_one",
    "#{id}: recorded as the first of two decisions. The second must be another person's.\n{lines}",
    note="lines: that another officer is needed.",
)
DIFFER = message(
    "request.desk.differ",
    "#{id}: the two decisions differ, so it goes back to vetting.\n{lines}",
)
SENT_BACK = message("request.desk.sent_back", "#{id} goes back to vetting.\n{lines}")
ASK_REVISE = message("request.desk.ask_revise", "#{id}: why should it go back to vetting?")
APPROVED_TOLD = message(
    "request.desk.approved_told",
    "#{id} is approved. {told}\n{lines}",
)
DECLINED_TOLD = message(
    "request.desk.declined_told",
    "#{id} is declined. {told}\n{lines}",
)
NO_PAYER = message(
    "request.desk.no_payer",
    "#{id} is approved, and this fund has nobody who pays. The operator must add "
    "one to the fund's file.",
)

# ---------------------------------------------------------------- paying, the report

PAID_TOLD = message("request.desk.paid_told", "#{id} was paid on {on}. Where to is forgotten.")
PAYOUT_TO_CHECK = message(
    "request.desk.payout_to_check",
    "#{id}: the applicant has changed where to pay. Somebody else could have done it with their "
    "phone. Before it is paid, please ask them another way, best by voice, whether they wanted "
    "that.",
)
PAYOUT_DOUBTED = message(
    "request.desk.payout_doubted",
    "#{id}: where to pay was given at a time of which something is unclear. Before it is paid, "
    "please ask the applicant again another way, best by voice and when they are alone, whether "
    "they want to be paid there.",
    note="It must not say why.",
)
PAYOUT_CHECKED = message("request.desk.payout_checked", "They wanted it", note="A button.")
PAYOUT_CHECKED_SAID = message(
    "request.desk.payout_checked_said",
    "#{id}: noted that you made sure. Who pays is told.",
)
NOT_PAID = message("request.desk.not_paid", "#{id} is approved and still not paid.")
NOT_ARRIVED_TOLD = message(
    "request.desk.not_arrived_told",
    "#{id}: the applicant says that the money has not arrived. Please find out where it is before "
    "anything is paid again.",
)
CAME_BACK_TOLD = message(
    "request.desk.came_back_told",
    "#{id}: {who} says that the payment came back. The applicant is asked where to pay.",
)
ASK_CLOSE_WHY = message(
    "request.desk.ask_close_why",
    "#{id}: why is it closed without a payment? The applicant will read it.",
)
ASK_UNDO = message(
    "request.desk.ask_undo",
    "#{id}: why should the decision be taken back? Another officer has to confirm it.",
)
UNDO_SAID = message(
    "request.desk.undo_said", "#{id}: the others were asked. One of them has to confirm it."
)
UNDO_TOLD = message(
    "request.desk.undo_told",
    "#{id}: {who} wants to take the decision back: {reason}\nIf you agree, confirm it. Then it is "
    "vetted once more, and nothing is paid.",
)
UNDO_OWN = message("request.desk.undo_own", "#{id}: it takes another officer than you.")
UNDONE_TOLD = message(
    "request.desk.undone_told",
    "#{id}: the decision is taken back, and {who} has confirmed it. It is vetted once more.",
)
REPORT_TOLD = message("request.desk.report_told", "#{id} The report about the grant is here.")
REPORT_WAITS = message(
    "request.desk.report_waits",
    "#{id} The report about the grant waits to be read. Then this can be finished.",
)
REPORT_LATE = message(
    "request.desk.report_late",
    "#{id} The report about the grant has not come. {told}",
)
CLOSE_SURE = message("request.desk.close_sure", "#{id}: there is no report yet. Finish it without?")
CLOSED_SAID = message("request.desk.closed_said", "#{id} is finished. Thank you.")
CLOSED_TOLD = message("request.desk.closed_told", "#{id}: {who} has finished it.")

# ---------------------------------------------------------------- the detail view

SHORT = message("request.desk.short", "#{id} {lines}")
NEXT = message("request.desk.next", "What next", note="A button: what can be done now.")
DETAIL = message("request.desk.detail", "#{id} {fund}: {case}\n{lines}")
DETAIL_PERSON = message("request.desk.detail_person", "#{id} Who it is about\n{lines}")
DETAIL_STORY = message("request.desk.detail_story", "#{id} What happened\n{lines}")
DETAIL_BUDGET = message("request.desk.detail_budget", "#{id} Budget\n{lines}")
DETAIL_REFEREES = message("request.desk.detail_referees", "#{id} Referees and consents\n{lines}")
DETAIL_LOG = message("request.desk.detail_log", "#{id} Decision and log\n{lines}")
WHOLE = message("request.desk.whole", "#{id} {part}\n{text}", note="The whole of a long answer.")
WHOLE_LOG = message("request.desk.whole_log", "#{id} The whole log\n{lines}")
CONTACT = message("request.desk.contact", "how to contact them")
THE_REPORT = message("request.desk.the_report", "the report about the grant")
READ_ALL = message(
    "request.desk.read_all",
    "Read all of it",
    note="A button: the long answers and the whole log.",
)
DOCUMENT = message("request.desk.document", "#{id} Document {n}")
THAT_IS_ALL = message("request.desk.that_is_all", "#{id}: that is all.")
PART = message("request.desk.part", "{part}: {text}")
NOTHING = message("request.desk.nothing", "Nothing yet.")
HELD_BY = message("request.desk.held_by", "{who} has it.")
SUBMITTED_AT = message("request.desk.submitted_at", "Came in {at}")
DUE_AT = message("request.desk.due_at", "Next answer due {due}")
GRANTED = message("request.desk.granted", "Granted: {amount}")
PAID_ON = message("request.desk.paid_on", "Paid on {on}, reference {reference}")
REPORT_IS = message("request.desk.report_is", "Report: {text}")
HOW_TO_CONTACT = message("request.desk.how_to_contact", "How to contact: {text}")
DANGER = message(
    "request.desk.danger",
    "Contact may be dangerous: what I write unasked says nothing of this.",
)
APPLICANT = message("request.desk.applicant", "Who asks for them: {text}")
COMPLETE = message("request.desk.complete", "Complete: {done} of {of}")
MISSING = message("request.desk.missing", "Missing: {part}")
AGAINST = message("request.desk.against", "Against it:")
TO_ASK = message("request.desk.to_ask", "To be asked about:")
TO_KNOW = message("request.desk.to_know", "Worth knowing:")
IS_ALIVE = message("desk.fund.is_alive", "the journalist is alive: {fate}")
FATE_KILLED = message("desk.fund.fate_killed", "no, was killed")
FATE_UNKNOWN = message("desk.fund.fate_unknown", "not known")
LINKED = message("desk.fund.linked", "open cases that belong to it: {cases}")
FILES = message("request.desk.files", "Documents: {n}")
TOTAL = message("request.desk.total", "Total: {amount}")
CONVERTED = message("request.desk.converted", "In the fund's currency: {amount} (rates of {on})")
CONVERTED_OLD = message(
    "request.desk.converted_old",
    "In the fund's currency: {amount} (old rates, of {on})",
)
NO_RATE = message(
    "request.desk.no_rate",
    "No exchange rate for {currencies}: please work out the sum yourself.",
)
CEILING = message("request.desk.ceiling", "This fund gives at most {amount}")
ITEM = message("request.desk.item", "- {item}: {amount} ({how})")
ITEM_MONTHS = message(
    "request.desk.item_months",
    "- {item}: {amount} each month, {months} months ({how})",
)
REF_VIA_BOT = message("request.desk.ref_via_bot", "Wrote to us:")
REF_VIA_CALL = message("request.desk.ref_via_call", "Said on the phone:")
SAID_HOW = message("request.desk.said_how", "Knows them: {text}")
SAID_SINCE = message("request.desk.said_since", "Since: {text}")
SAID_INCIDENT = message("request.desk.said_incident", "Confirms what happened: {text}")
SAID_JOURNALISM = message("request.desk.said_journalism", "Confirms the journalism: {text}")
SAID_WORDS = message("request.desk.said_words", "In their words: {text}")
CONSENT = message("request.desk.consent", "{who} may be given: {kind}")
NO_CONSENT = message("request.desk.no_consent", "Nothing may be shared with anybody.")
WHO_ME = message("request.desk.who_me", "the journalist")
WHO_RELATIVE = message("request.desk.who_relative", "a relative")
WHO_COLLEAGUE = message("request.desk.who_colleague", "a colleague")
STATE_SUBMITTED = message("request.desk.state_submitted", "Nobody has it.")
STATE_VETTING = message("request.desk.state_vetting", "It is being vetted.")
STATE_RECOMMENDED = message("request.desk.state_recommended", "It waits for two decisions.")
STATE_APPROVED = message(
    "request.desk.state_approved",
    "Approved. The applicant has not said yet where to pay.",
)
STATE_PAYOUT = message("request.desk.state_payout", "Approved. It is being paid.")
STATE_PAID = message("request.desk.state_paid", "Paid. A report is due later.")
STATE_REPORT = message("request.desk.state_report", "Paid. A report is due.")
STATE_DECLINED = message("request.desk.state_declined", "Declined.")
STATE_CLOSED = message("request.desk.state_closed", "Finished.")
LOG_SUBMITTED = message("request.desk.log_submitted", "{at} Came in")
LOG_TAKEN = message("request.desk.log_taken", "{at} {who} takes it")
LOG_NOTE = message("request.desk.log_note", "{at} {who} notes: {text}")
LOG_VERIFIED = message("request.desk.log_verified", "{at} {who} has verified: {text}")
LOG_WROTE = message("request.desk.log_wrote", "{at} {who} to the applicant: {text}")
LOG_ANSWERED = message("request.desk.log_answered", "{at} The applicant answers: {text}")
LOG_ADDED = message("request.desk.log_added", "{at} The applicant adds: {text}")
LOG_FILE = message("request.desk.log_file", "{at} The applicant sends a document")
LOG_LOOKED = message("request.desk.log_looked", "{at} {who} looks at the documents")
LOG_CONSENT_GIVEN = message(
    "request.desk.log_consent_given", "{at} The applicant allows: {name}, {kind}"
)
LOG_ERASE_ASKED = message(
    "request.desk.log_erase_asked", "{at} {who} has asked {text} to erase what was taken back"
)
LOG_CONSENT_TAKEN_BACK = message(
    "request.desk.log_consent_taken_back", "{at} The applicant takes back: {name}, {kind}"
)
LOG_RECORD = message("request.desk.log_record", "{at} Report #{text} is linked")
LOG_CONFLICT = message("request.desk.log_conflict", "{at} {who} has a conflict of interest")
LOG_CONFLICT_WHY = message(
    "request.desk.log_conflict_why", "{at} {who} has a conflict of interest: {text}"
)
LOG_ASKED = message("request.desk.log_asked", "{at} {who} asks referee {text}")
LOG_REFUSED = message("request.desk.log_refused", "{at} Referee {text} does not want to answer")
LOG_AGREED = message("request.desk.log_agreed", "{at} Referee {text} answers after all")
LOG_PERMIT = message(
    "request.desk.log_permit", "{at} {who} asks whether referee {text} may be asked"
)
LOG_ALLOWED = message("request.desk.log_allowed", "{at} The applicant allows referee {text}")
LOG_KEPT_FROM = message(
    "request.desk.log_kept_from", "{at} The applicant doesn't want referee {text} to be asked"
)
LOG_PROPOSED = message("request.desk.log_proposed", "{at} {who} recommends to decline: {text}")
LOG_REFERENCE = message("request.desk.log_reference", "{at} Referee {text} has answered")
LOG_RECOMMENDED = message("request.desk.log_recommended", "{at} {who} recommends {amount}: {text}")
LOG_APPROVE = message("request.desk.log_approve", "{at} {who} approves: {text}")
LOG_DECLINE = message("request.desk.log_decline", "{at} {who} declines: {text}")
LOG_REVISE = message("request.desk.log_revise", "{at} {who} sends it back: {text}")
LOG_AGAIN = message("request.desk.log_again", "{at} The applicant asks to look again: {text}")
LOG_PAYOUT = message("request.desk.log_payout", "{at} The applicant has said where to pay")
LOG_PAYOUT_CHANGED = message(
    "request.desk.log_payout_changed", "{at} The applicant has changed where to pay"
)
LOG_CHECKED = message("request.desk.log_checked", "{at} {who} has made sure of where to pay")
LOG_PAID_APPROVER = message(
    "request.desk.log_paid_approver", "{at} Paid by somebody who also approved: {who}"
)
LOG_PAID = message("request.desk.log_paid", "{at} {who} has paid: {text}")
LOG_NOT_ARRIVED = message(
    "request.desk.log_not_arrived", "{at} The applicant says that the money has not arrived"
)
LOG_CAME_BACK = message("request.desk.log_came_back", "{at} {who} says that the money came back")
LOG_UNDO = message("request.desk.log_undo", "{at} {who} wants to take the decision back: {text}")
LOG_UNDONE = message("request.desk.log_undone", "{at} {who} confirms: the decision is taken back")
LOG_CLOSED_WHY = message("request.desk.log_closed_why", "{at} {who} closes it: {text}")
LOG_REPORT = message("request.desk.log_report", "{at} The applicant reports")
LOG_CLOSED = message("request.desk.log_closed", "{at} {who} finishes it")

# ---------------------------------------------------------------- buttons

NOTE = message("request.desk.note", "Write a note", note="A button.")
WRITE = message("request.desk.write", "Ask the applicant", note="A button.")
REFEREES_BUTTON = message("request.desk.referees_button", "Referees", note="A button.")
REFEREE_BUTTON = message("request.desk.referee_button", "Referee {n}", note="A button.")
REF_SEND = message("request.desk.ref_send", "Write to them", note="A button.")
REF_CALLED = message("request.desk.ref_called", "I called them", note="A button.")
VERIFIED = message("request.desk.verified", "I verified something", note="A button.")
DOCUMENTS = message("request.desk.documents", "Documents", note="A button.")
RECOMMEND = message("request.desk.recommend", "Recommend an amount", note="A button.")
RECOMMEND_DECLINE = message(
    "request.desk.recommend_decline",
    "Recommend to decline",
    note="A button.",
)
CONFLICT = message("request.desk.conflict", "Conflict of interest", note="A button.")
CONFLICT_YES = message("request.desk.conflict_yes", "I have a conflict", note="A button.")
INSIST = message("request.desk.insist", "{amount} all the same", note="A button.")
THIS_AMOUNT = message("request.desk.this_amount", "{amount}", note="A button.")
NO_CONDITIONS = message("request.desk.no_conditions", "No conditions", note="A button.")
CONFIRM = message("request.desk.confirm", "Confirm", note="A button.")
CANCEL = message("request.desk.cancel", "Record nothing", note="A button: leaves a question.")
APPROVE = message("request.desk.approve", "Approve", note="A button.")
DECLINE = message("request.desk.decline", "Decline", note="A button.")
REVISE = message("request.desk.revise", "Back to vetting", note="A button.")
UNDO = message("request.desk.undo", "Take the decision back", note="A button.")
UNDO_YES = message("request.desk.undo_yes", "Confirm it", note="A button.")
CLOSE_WHY = message("request.desk.close_why", "It can't be paid", note="A button.")
CLOSE = message("request.desk.close", "Finish it", note="A button.")
CLOSE_YES = message("request.desk.close_yes", "Finish without a report", note="A button.")
