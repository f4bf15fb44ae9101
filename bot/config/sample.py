"""The file that `onbelay init` writes: every setting, with its default and what it is for.

A line that starts with # and a letter right after it is a setting that is off or has its default.
"""

SAMPLE = """\
# Onbelay's settings. Everything here has a default; a line like `#name = value` shows it, or an
# example. Each setting can also be given by the environment, which wins: ONBELAY_TELEGRAM_TOKEN,
# ONBELAY_HTTP, …; in a section with two underlines: ONBELAY_CHECKIN__MINIMUM_INTERVAL.
# Durations: "90s", "15m", "4h", "1h30m", "2d". Paths start at this file's folder.

# Shown to people in the privacy text: who is it that keeps what they send?
#organisation = "The Daily Example"

# Where everything is stored: a file, or "postgresql://user:password@host:5432/name".
#database_url = "sqlite:///onbelay.sqlite3"

# What people send beside their words (pictures, voice, documents), encrypted.
#files = "onbelay.files"

# The key ring (and the file .people beside it) that opens what is stored. Keep a copy of both,
# elsewhere than the copies of the database.
#keyring = "onbelay.keyring"

# Telegram: the token from @BotFather. Without it, Telegram is off. A secret: chmod 600 this file.
#telegram_token = "123456789:replace-me"
# Another base address: a Bot API server of your own, a proxy. /bot<token>/ is appended.
#telegram_api_url = "https://api.telegram.org"

# Signal: the number registered in signal-cli-rest-api (json-rpc mode), and the latter's address.
# Without both, Signal is off.
#signal_account = "+4915112345678"
#signal_api_url = "http://127.0.0.1:8080"

# Health, readiness and metrics. Keep it on this machine.
#http = "127.0.0.1:8900"

[checkin]
# The shortest check-in that people can ask for.
minimum_interval = "5m"
# The reminder, before the answer is due. Not longer than minimum_interval.
reminder_before = "5m"

# Risk profiles: low, medium (the default), high.
# grace        after the due time, only the person is written to
# uncertainty  then the case opens: length of this phase, then alert
# alert        length of this phase, then distress
[risk.low]
# No `alert` here: at low risk a case never goes beyond alert by itself.
grace = "30m"
uncertainty = "30m"
[risk.medium]
grace = "15m"
uncertainty = "15m"
alert = "30m"
[risk.high]
grace = "5m"
uncertainty = "5m"
alert = "10m"

[escalation]
# Who has acknowledged a case and does nothing more with it loses it after this time.
acknowledgement_expires = "15m"
# Until somebody acknowledges, all who were called are called again.
repeat_every = "5m"

# The ladder: who is called, how long after the case has opened. A panic calls every step at once.
# notify: "on_duty" (nobody on duty: all), "all", or ids from `onbelay person list`.
[[escalation.step]]
after = "0m"
notify = ["on_duty"]
[[escalation.step]]
after = "5m"
notify = ["all"]

[retention]
# What is done with is deleted after this time. The privacy text tells people these numbers.
# Messages as received:
#inbox = "6h"
# Messages as sent. Shorter than two days, and older buttons no longer know what they are for:
#outbox = "72h"
# Closed cases with their log:
#closed_cases = "90d"
# That somebody unknown has written (needed to limit them):
#strangers = "24h"
# Invitations and linking codes, after they have expired:
#codes = "7d"
# Guests (relatives, colleagues, witnesses) who have sent neither a request nor a report, after they
# last wrote:
#guests = "30d"
# Requests to a fund, with their documents, after they were closed, declined or withdrawn. What your
# accounts need longer, write out before: `onbelay fund list --json`. Shorter than a fund's
# `once_in_months`, and an earlier grant is not noticed any more:
#requests = "400d"
# Reports of attacks, with their files and who sent them. What is counted of them stays: class,
# month, country, gender, medium, by whom, how far verified:
#records = "730d"

[attachments]
# Pictures, voice messages and documents that people send to a case: kept encrypted in `files`.
# The largest one, in megabytes. Telegram lets a bot load 20 at most.
#most_megabytes = 20
# As many of one case, and as many megabytes of one case.
#files_per_case = 60
#megabytes_per_case = 200

[drills]
# A folder with drills of your own, NAME.txt, beside ours (grammar: flows/drill/script.py).
#scripts = "drills"
# How long what happened in a drill is kept after its end, for its report.
#kept = "90d"
# How long guests, who came with a drill's code and are not enrolled, are kept after its end.
#guests_kept = "24h"
# A monthly surprise, while a real case is open about somebody in the team: "skip" (it isn't held
# this month) or "without" (it is held without them).
#during_a_case = "skip"
# What you want of yourselves; a drill's report says how often it was so. From a call for help, or
# from a check-in that was missed, until a colleague has it; until it is known that they are well.
#acknowledge_within = "5m"
#welfare_within = "1h"

[guidance]
# A folder with cards of your own, <language>/<id>.md. They are used instead of ours, and what you
# review is signed there. `onbelay guidance list` shows all.
#folder = "guidance"
# Countries where no ambulance comes: people are told to go to a hospital by themselves.
#no_ambulance = ["SS"]
# Whom people can call about thoughts of suicide, by country; "" stands for every other country.
#crisis_lines = {UA = "7333", "" = "+44 20 0000 0000"}

[fund]
# A folder with one file per safety fund that people can apply to, <id>.toml. Begin with a copy of
# deploy/funds/ims-dj.toml. Without it nobody can apply.
#folder = "funds"
# Exchange rates with their dates, as you looked them up; bot/config/funds.py shows how to write it.
#rates = "rates.toml"

[record]
# The record of attacks: counts smaller than this are hidden in `onbelay record summary`, so that
# nobody can be recognised by them.
#suppress_below = 5

[signal]
# How many messages Signal takes per second. Too many, and it asks for a captcha.
#per_second = 1.0

[languages]
# Spoken to those whose language isn't known yet.
#default = "en"

[safety]
# With fewer coordinators who can be reached, `onbelay doctor` fails and enrolment says so.
#minimum_coordinators = 2
"""
