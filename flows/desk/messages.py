from flows.engine.messages import message

NONE = message("desk.none", "No open cases.")
LIST = message("desk.list", "Open cases: {n}\n{lines}")
CASE = message("desk.case", "#{id} {name}, since {since}. {held}")
HELD = message("desk.held", "Somebody has it.")
FREE = message("desk.free", "Nobody has it.")
ANSWERED = message("desk.answered", "They have answered; to be closed.")
OPEN = message("desk.open", "#{id}", note="A button: shows this case.")
NO_CASE = message("desk.no_case", "I don't know an open case with that id. Type: cases")
OVER = message("desk.over", "#{id} is closed already. There is nothing to do any more.")
WHICH = message("desk.which", "Which case? Type the id too, for example: {verb} {id}")
ON = message("desk.on", "You are on duty.")
OFF = message("desk.off", "You are off duty.")
GO_ON = message("desk.go_on", "Go on duty", note="A button.")
GO_OFF = message("desk.go_off", "Go off duty", note="A button.")
ABOUT_NONE = message(
    "desk.about_none",
    "People who want to choose whom they write with see no name, only a line like: a woman, "
    "speaks French. Type: about me, and your line.",
)
ABOUT_NOW = message("desk.about_now", "You are described as: {about}. To change it, type: about me")
ABOUT_SET = message("desk.about_set", "You are described as: {about}")
LAST_OFF = message(
    "desk.last_off", "You are off duty. Nobody else is on duty, so everybody will be called."
)
NO_REQUESTS = message("desk.no_requests", "No open requests.")
OFFICERS_ONLY = message(
    "desk.officers_only",
    "Only fund officers see requests for money. To reach one, ask whoever runs Onbelay for you.",
)
NO_REQUEST = message("desk.no_request", "I don't know a request with that id. Type: applications")
REQUESTS = message("desk.requests", "Open requests: {n}\n{lines}")
FIRST_REQUESTS = message("desk.first_requests", "Open requests: {n}. Due first:\n{lines}")
LATE = message("desk.late", "Requests that are late: {n}\n{lines}")
REQUEST = message("desk.request", "#{id} {state}. {held} Since {since}")
REQUEST_DUE = message("desk.request_due", "#{id} {state}. {held} Due {due}")
REQUEST_LATE = message("desk.request_late", "#{id} {state}. {held} Late, was due {due}")
REQUEST_CLEAR = message("desk.request_clear", "Complete: {done} of {of}. The rules found nothing.")
REQUEST_ASK = message("desk.request_ask", "Complete: {done} of {of}. To be asked about: {ask}")
REQUEST_AGAINST = message(
    "desk.request_against",
    "Complete: {done} of {of}. Against it: {against}; to be asked about: {ask}",
    note="How many rules of the fund speak against a request, and how many things are to be asked.",
)
SUBMITTED = message("desk.submitted", "New", note="State of a request, in a list.")
VETTING = message("desk.vetting", "Being vetted", note="State of a request, in a list.")
RECOMMENDED = message("desk.recommended", "To be decided", note="State of a request, in a list.")
APPROVED = message("desk.approved", "Approved", note="State of a request, in a list.")
PAYOUT = message("desk.payout", "Being paid", note="State of a request, in a list.")
PAID = message("desk.paid", "Paid", note="State of a request, in a list.")
REPORT = message("desk.report", "Report due", note="State of a request, in a list.")

INVITED = message(
    "desk.invited",
    "For one relative, colleague or witness. Whoever uses it can ask a fund, report an attack, "
    "write with a person and call for help. It works once, for 7 days. Send it by a way that you "
    "trust:\n{lines}",
    note="To coordinators and officers. {lines}: a code, and links, one on each line.",
)
INVITE_LINK = message("desk.invite_link", "{link}")
NO_INVITING = message("desk.no_inviting", "Please ask whoever runs this to invite people.")
