"""The command line: what `onbelay` can be told. Each command's work stands in bot/commands/."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.shell import run as do

app = typer.Typer(
    name="onbelay",
    help="Check-ins and calls for help on Telegram and Signal, watched until a human answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
drill = typer.Typer(
    help="Drills: which there are, begin one, end one, what came of it.", no_args_is_help=True
)
person = typer.Typer(help="People: add, import, list, change, erase.", no_args_is_help=True)
case = typer.Typer(help="Cases: list, show.", no_args_is_help=True)
checkin = typer.Typer(help="Check-ins that are running.", no_args_is_help=True)
record = typer.Typer(help="The record of attacks.", no_args_is_help=True)
guidance = typer.Typer(help="First aid and safety cards, and their reviews.", no_args_is_help=True)
fund = typer.Typer(help="Requests to funds: list, show, dossier.", no_args_is_help=True)
jid = typer.Typer(
    help="Ask partners whether the same person asked them, naming nobody.", no_args_is_help=True
)
partner = typer.Typer(help="Partners, and the secrets shared with them.", no_args_is_help=True)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(person, name="person")
app.add_typer(case, name="case")
app.add_typer(checkin, name="checkin")
app.add_typer(record, name="record")
app.add_typer(guidance, name="guidance")
app.add_typer(fund, name="fund")
app.add_typer(jid, name="jid")
jid.add_typer(partner, name="partner")
app.add_typer(drill, name="drill")
app.add_typer(db, name="db")

Json = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
ReadsOption = Annotated[
    str, typer.Option("--by", help="Who reads it, by id or name; kept in its log")
]
RoleOption = Annotated[
    str, typer.Option("--role", help="journalist, coordinator, trainer, officer or guest")
]
PartnerOption = Annotated[
    str, typer.Option("--partner", help="Its id, as `jid partner list` shows it")
]
PartnerName = Annotated[str, typer.Argument(metavar="NAME", help="Its id in a fund's file")]
PLAYERS = (
    "ids, between commas: each gets a part of their role, in turn. Or who plays what: "
    "reporter=ID,desk=ID"
)
LangOption = Annotated[str, typer.Option("--lang", help="Language, like en, fr or ar")]


@app.command()
def init() -> None:
    """Make key ring and schema. Asks nothing; what is there already is kept."""
    from bot.commands import setup

    do(setup.init())


@app.command("run")
def run_command() -> None:
    """Watch: receive, decide, send, until stopped."""
    from bot.commands import run

    do(run.run())


@app.command()
def demo(
    text: Annotated[
        bool, typer.Option("--text", help="The story as plain lines; ends by itself.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Of the page; any that is free otherwise."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the page's address only.")
    ] = False,
) -> None:
    """The simulator: phones side by side in a browser, on this machine; nothing is kept."""
    from bot.demo import main as play

    raise typer.Exit(play(text, port, browser=not no_browser))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look for whatever could leave somebody unwatched. Exit code 1: something does."""
    from bot.commands import health

    raise typer.Exit(do(health.doctor(as_json)))


@app.command()
def invite(role: RoleOption, lang: LangOption, as_json: Json = False) -> None:
    """Draw a code that lets one person in."""
    from bot.commands import invites

    do(invites.invite(role, lang, as_json))


@person.command("add")
def person_add(
    role: RoleOption,
    name: Annotated[str, typer.Option(help="What to call them, up to 40 characters")],
    lang: LangOption,
    tz: Annotated[str, typer.Option(help="Time zone, like Europe/Oslo")],
    channel: Annotated[str, typer.Option(help="telegram or signal")],
    address: Annotated[str, typer.Option(help="Telegram: numeric id. Signal: number or UUID")],
    risk: Annotated[str, typer.Option(help="low, medium or high")] = "medium",
    on_duty: Annotated[bool, typer.Option("--on-duty", help="Coordinators: called first")] = False,
    as_json: Json = False,
) -> None:
    """Add a person who can use everything at once. Prints their id and the link to send them."""
    from bot.commands import people

    typed = {
        "role": role,
        "name": name,
        "lang": lang,
        "tz": tz,
        "channel": channel,
        "address": address,
    }
    do(people.add(typed, risk, on_duty, as_json))


@drill.command("list")
def drill_list(as_json: Json = False) -> None:
    """The scripts, and the drills that were given."""
    from bot.commands import drills

    do(drills.list_drills(as_json))


@drill.command("start")
def drill_start(
    name: str,
    trainer: Annotated[str, typer.Option("--trainer", help="the id of who gives it")],
    participants: Annotated[str, typer.Option("--participants", help=PLAYERS)],
    pace: Annotated[
        int, typer.Option("--pace", min=0, max=60, help="times as fast; 0: as the script says")
    ] = 0,
    tell: Annotated[bool, typer.Option("--tell-duty/--surprise-duty")] = True,
    others: Annotated[
        bool, typer.Option("--others-come", help="who is missing comes in with the code")
    ] = False,
) -> None:
    """Ask people to take part. The trainer begins it in the chat."""
    from bot.commands import drills

    do(drills.start(name, trainer, participants, pace, tell, others))


@drill.command("schedule")
def drill_schedule(
    name: Annotated[str, typer.Argument(help="A script; without: what is planned.")] = "",
    trainer: Annotated[str, typer.Option(help="Id of who gives it.")] = "",
    participants: Annotated[str, typer.Option(help=PLAYERS)] = "",
    hours: Annotated[
        str, typer.Option(help="Of the trainer's day, in which it may come.")
    ] = "9-17",
    pace: Annotated[
        int, typer.Option(min=0, max=60, help="Times as fast; 0: as the script says.")
    ] = 0,
    tell_duty: Annotated[bool, typer.Option(help="Tell those on duty each time.")] = False,
    cancel: Annotated[str, typer.Option(help="Id of a surprise that shall come no more.")] = "",
    as_json: Json = False,
) -> None:
    """A surprise for one team every month; list them, or end one."""
    from bot.commands import drills

    if cancel:
        do(drills.unschedule(cancel))
    elif name:
        do(drills.schedule(name, trainer, participants, pace, hours, tell_duty))
    else:
        do(drills.schedules(as_json))


@drill.command("recall")
def drill_recall(drill: str) -> None:
    """End a drill for everybody who got anything of it."""
    from bot.commands import drills

    do(drills.recall(drill))


@drill.command("report")
def drill_report(
    drill: str,
    how: Annotated[str, typer.Option("--format", help="json, csv, html or pdf")] = "",
    out: Annotated[Path | None, typer.Option("--out", dir_okay=False, help="a file")] = None,
    hide: Annotated[bool, typer.Option("--hide-names", help="participant 1, …")] = False,
    lang: LangOption = "en",
    person: Annotated[str, typer.Option("--person", help="only what is theirs: an id")] = "",
    as_json: Json = False,
) -> None:
    """What came of it. Times are those of the drill, in ms in JSON and CSV."""
    from bot.commands import drills

    do(drills.report(drill, "json" if as_json else how, out, hide, lang, person))


@drill.command("findings")
def drill_findings(
    drill: str,
    done: Annotated[int, typer.Option("--done", min=0, help="the number of one that is done")] = 0,
    as_json: Json = False,
) -> None:
    """What can be mended after it, and what is done of it."""
    from bot.commands import drills

    do(drills.findings(drill, done, as_json))


@person.command("import")
def person_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    as_json: Json = False,
) -> None:
    """Add everybody in a CSV file (role,name,lang,tz,channel,address), or nobody."""
    from bot.commands import people

    do(people.import_file(file, as_json))


@person.command("list")
def person_list(
    as_json: Json = False,
    show_addresses: Annotated[
        bool, typer.Option("--show-addresses", help="Ids and phone numbers too")
    ] = False,
) -> None:
    """Everybody who is known."""
    from bot.commands import people

    do(people.list_people(as_json, show_addresses))


@person.command("set")
def person_set(
    person_id: Annotated[str, typer.Argument(metavar="ID")],
    name: Annotated[str | None, typer.Option()] = None,
    lang: Annotated[str | None, typer.Option()] = None,
    tz: Annotated[str | None, typer.Option()] = None,
    risk: Annotated[str | None, typer.Option(help="low, medium or high")] = None,
    on_duty: Annotated[bool | None, typer.Option("--on-duty/--off-duty")] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust-identity", help="You have confirmed their new Signal identity"),
    ] = False,
) -> None:
    """Change what is known of a person."""
    from bot.commands import people

    changes = {"name": name, "lang": lang, "tz": tz, "risk": risk, "on_duty": on_duty}
    do(people.change(person_id, changes, trust))


@person.command("erase")
def person_erase(
    person_id: Annotated[str, typer.Argument(metavar="ID")],
    force: Annotated[
        bool, typer.Option("--force", help="Even while a case or check-in is open")
    ] = False,
) -> None:
    """Forget a person for good: their rows and their key."""
    from bot.commands import erasing

    do(erasing.erase(person_id, force))


@case.command("list")
def case_list(as_json: Json = False) -> None:
    """All cases, the newest last."""
    from bot.commands import cases

    do(cases.list_cases(as_json))


@case.command("show")
def case_show(case_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """One case with its log."""
    from bot.commands import cases

    do(cases.show_case(case_id, as_json))


@checkin.command("list")
def checkin_list(as_json: Json = False) -> None:
    """Whose check-in is running, and when it is due."""
    from bot.commands import cases

    do(cases.list_checkins(as_json))


@record.command("list")
def record_list(as_json: Json = False) -> None:
    """All records that were not withdrawn, without what would tell whose they are."""
    from bot.commands import records

    do(records.list_records(as_json))


@record.command("show")
def record_show(
    record_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why you need to read it; kept in its log")],
    by: ReadsOption,
    role: Annotated[
        str, typer.Option(help="reader: no words, no sources, no town; verifier: all of it")
    ] = "reader",
    as_json: Json = False,
) -> None:
    """One record, as much of it as the role needs, and who has read it before. A trainer reads as
    reader; a coordinator or an officer as verifier, too."""
    from bot.commands import records

    do(records.show_record(record_id, role, reason, by, as_json))


@record.command("evidence")
def record_evidence(
    record_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why you need its files; kept in its log")],
    by: ReadsOption,
    to: Annotated[
        Path | None, typer.Option(help="A folder to write them to; without it only hashes")
    ] = None,
    as_json: Json = False,
) -> None:
    """The files of a record: whether they are still what was kept, and with --to the files. For a
    coordinator or an officer."""
    from bot.commands import evidence as files

    raise typer.Exit(do(files.evidence(record_id, to, reason, by, as_json)))


@record.command("summary")
def record_summary(
    form: Annotated[str, typer.Option("--format", help="csv, json or html")] = "csv",
    lang: LangOption = "en",
    out: Annotated[Path | None, typer.Option(help="A file instead of stdout")] = None,
    below: Annotated[
        int | None, typer.Option(help="Hide smaller counts; not less than is configured")
    ] = None,
    coarse: Annotated[
        bool, typer.Option("--coarse", help="Round all counts down to multiples of that")
    ] = False,
    ask: Annotated[
        list[str] | None, typer.Option("--by", help="A table: cls, month, year, country, ...")
    ] = None,
    as_json: Json = False,
) -> None:
    """Counts that may be published, each event once, small numbers hidden."""
    from bot.commands import records

    do(records.summary("json" if as_json else form, lang, out, below, coarse, ask or ()))


@record.command("verify")
def record_verify(
    record_id: Annotated[str, typer.Argument(metavar="ID")],
    state: Annotated[
        str,
        typer.Option(help="reported, one_source, two_sources, verified, disputed or withdrawn"),
    ],
    source: Annotated[
        list[str] | None,
        typer.Option(help="One beside the reporter, independent of the others; may be repeated"),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why you say so; kept in its log")] = "",
) -> None:
    """Say how far a record is verified."""
    from bot.commands import record_checks

    do(record_checks.verify(record_id, state, source or (), reason))


@record.command("correct")
def record_correct(
    record_id: Annotated[str, typer.Argument(metavar="ID")],
    given: Annotated[
        list[str], typer.Option("--set", help="when=2026-11-19, city=Mombasa; may be repeated")
    ],
    reason: Annotated[str, typer.Option(help="Who said that it was so; kept in its log")],
) -> None:
    """Count a record as its reporter has corrected it; what was said first stays in its log."""
    from bot.commands import record_checks

    do(record_checks.correct(record_id, given, reason))


@record.command("same")
def record_same(
    first: Annotated[str, typer.Argument(metavar="ID")],
    second: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[
        str, typer.Option(help="How you know, when they don't look alike; kept in their logs")
    ] = "",
) -> None:
    """Two records tell of one event: it is counted once."""
    from bot.commands import record_checks

    do(record_checks.same(first, second, reason))


@record.command("apart")
def record_apart(record_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Undo `same` for one record."""
    from bot.commands import record_checks

    do(record_checks.apart(record_id))


@record.command("duplicates")
def record_duplicates(as_json: Json = False) -> None:
    """Pairs of records that may tell of one event."""
    from bot.commands import record_checks

    do(record_checks.duplicates(as_json))


@guidance.command("list")
def guidance_list(as_json: Json = False) -> None:
    """All cards in all languages, and who has reviewed them."""
    from bot.commands import guidance as cards

    do(cards.list_cards(as_json))


@guidance.command("show")
def guidance_show(
    topic: Annotated[str, typer.Argument(help="A card's id, like burns")],
    lang: LangOption = "en",
    as_json: Json = False,
) -> None:
    """One card, step by step, with its sources."""
    from bot.commands import guidance as cards

    do(cards.show_card(topic, lang, as_json))


@guidance.command("review")
def guidance_review(
    topic: Annotated[str, typer.Argument(help="A card's id, like burns")],
    lang: LangOption,
    by: Annotated[str, typer.Option(help="The reviewer's name, as people will read it")],
    qualification: Annotated[str, typer.Option(help="Like: emergency physician")],
    on: Annotated[str, typer.Option(help="The day of the review; today unless given")] = "",
) -> None:
    """Sign a card's text as it stands now. Any change of the text makes the review void."""
    from bot.commands import guidance as cards

    do(cards.review(topic, lang, by, qualification, on))


@fund.command("list")
def fund_list(as_json: Json = False) -> None:
    """All requests, the newest last."""
    from bot.commands import fund as funds

    do(funds.list_requests(as_json))


@fund.command("show")
def fund_show(
    request_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False
) -> None:
    """One request: amounts, deadline, what the rules found, decisions."""
    from bot.commands import fund as funds

    do(funds.show_request(request_id, as_json))


@fund.command("dossier")
def fund_dossier(
    request_id: Annotated[str, typer.Argument(metavar="ID")],
    role: Annotated[
        str, typer.Option(help="Who will read it: committee, officer, payer or partner")
    ],
    by: Annotated[str, typer.Option(help="The officer who asks for it: name or id")] = "",
    reason: Annotated[str, typer.Option(help="What it is for; kept in the log")] = "",
    word: Annotated[str, typer.Option(help="What another officer has read to you")] = "",
    out: Annotated[Path, typer.Option(help="The file to make")] = Path("dossier"),
    form: Annotated[
        str, typer.Option("--format", help="json, pdf, or zip: both, with the documents")
    ] = "pdf",
    partner: Annotated[
        str, typer.Option(help="Which partner: what the applicant agreed to for them")
    ] = "",
    with_uncleaned: Annotated[
        bool, typer.Option(help="Also documents that may tell where and with what they were made")
    ] = False,
    lang: LangOption = "en",
) -> None:
    """A request for a committee, as far as that role may read it. It takes two people: first ask
    with --by and --reason; then, with the word that another officer has read to you, --word."""
    from bot.commands import fund as funds

    if word:
        do(funds.write_dossier(request_id, role, partner, form, out, lang, word, with_uncleaned))
    else:
        do(funds.ask_dossier(request_id, role, partner, by, reason))


@jid.command("secret")
def jid_secret() -> None:
    """Draw a secret for one partnership, to be read out over the phone."""
    from bot.commands import partners

    partners.secret()


@partner.command("add")
def partner_add(
    name: PartnerName,
    secret_file: Annotated[
        Path | None,
        typer.Option("--secret-file", help="A file with the secret; asked for unless given"),
    ] = None,
) -> None:
    """Share a secret with a partner of a fund."""
    from bot.commands import partners

    do(partners.add(name, secret_file))


@partner.command("list")
def partner_list(as_json: Json = False) -> None:
    """All partners, and until when their files are good."""
    from bot.commands import partners

    do(partners.list_partners(as_json))


@partner.command("remove")
def partner_remove(name: PartnerName) -> None:
    """Forget a partner's secret and its file, for good."""
    from bot.commands import partners

    do(partners.remove(name))


@jid.command("export")
def jid_export(
    partner: PartnerOption,
    out: Annotated[Path, typer.Option(help="The file to make; never overwritten")],
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it is good for")] = 30,
    as_json: Json = False,
) -> None:
    """Make a file for a partner: of those who agreed that it is asked, and nobody else."""
    from bot.commands import jid

    do(jid.export(partner, out, days, as_json))


@jid.command("import")
def jid_import(
    partner: PartnerOption,
    file: Annotated[Path, typer.Argument(help="What the partner has sent")],
    as_json: Json = False,
) -> None:
    """Check a partner's file and keep it, sealed. The newest one counts."""
    from bot.commands import jid

    do(jid.import_file(partner, file, as_json))


@jid.command("match")
def jid_match(partner: PartnerOption, as_json: Json = False) -> None:
    """Who asked both: our application, what they call theirs, and what may pass."""
    from bot.commands import jid

    do(jid.match(partner, as_json))


@jid.command("answer")
def jid_answer(
    partner: PartnerOption,
    request_id: Annotated[str, typer.Argument(metavar="ID", help="Our application")],
    heard: Annotated[str, typer.Option(help="Have they heard of them? yes, no or unknown")] = "",
    helped: Annotated[str, typer.Option(help="Have they helped? yes, no or unknown")] = "",
    on: Annotated[str, typer.Option(help="When they helped, like 2026-05")] = "",
    amount: Annotated[str, typer.Option(help="With how much, like 1500 EUR")] = "",
    adds: Annotated[str, typer.Option(help="Can they add funds? yes, no or unknown")] = "",
    up_to: Annotated[str, typer.Option(help="How much they can add, like 500 EUR")] = "",
) -> None:
    """Note what a partner answered; without answers, that they were asked now."""
    from bot.commands import jid

    do(jid.answer(partner, request_id, heard, helped, on, amount, adds, up_to))


@jid.command("whose")
def jid_whose(
    partner: PartnerOption,
    pseudonym: Annotated[str, typer.Argument(help="What the partner calls it, like 7K2Q-X0M4")],
    as_json: Json = False,
) -> None:
    """Which application of ours a partner asks about."""
    from bot.commands import jid

    do(jid.whose(partner, pseudonym, as_json))


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to this version."""
    from bot.commands import setup

    do(setup.db_upgrade())


def main() -> None:
    app()


if __name__ == "__main__":
    main()
