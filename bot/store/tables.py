"""The tables. All times are UTC milliseconds; `sealed` columns are encrypted by the vault for the
person whom they are about; hashes are keyed. Nothing personal stands here in clear."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()
Ms = BigInteger
#: SQLite only counts up by itself on INTEGER, PostgreSQL wants 64 bits.
Seq = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", String, primary_key=True),
    Column("role", String, nullable=False, index=True),
    Column("risk", String, nullable=False),
    Column("on_duty", Boolean, nullable=False),
    Column("enrolled", Boolean, nullable=False),
    #: name, language, time zone, code word verifiers
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", Ms, nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    Column("channel", String, nullable=False),
    #: keyed hash of what identifies the account for good (Telegram id, Signal UUID); null: unknown
    Column("hash", String, nullable=True),
    #: keyed hash of the phone number, where one was given
    Column("number_hash", String, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    #: ok, or why nothing can be delivered there (a channels.base.Reason)
    Column("state", String, nullable=False),
    Column("proven_at", Ms, nullable=True),
    Column("used_at", Ms, nullable=False),
    UniqueConstraint("channel", "hash"),
    UniqueConstraint("channel", "number_hash"),
)

strangers = Table(
    "strangers",
    metadata,
    Column("hash", String, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Ms, nullable=False),
)

codes = Table(
    "codes",
    metadata,
    #: keyed hash of the code; kind: invite, link (a second address), status (of a request, whose
    #: id stands for the person's), referee (of a request; role: which one, and how many codes they
    #: had)
    Column("hash", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("role", String, nullable=False),
    Column("lang", String, nullable=False),
    Column("person_id", String, nullable=False),
    Column("expires_at", Ms, nullable=False),
    Column("used_at", Ms, nullable=True),
)

instances = Table(
    "instances",
    metadata,
    Column("flow", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    #: whose key seals it; "": the person's
    Column("key", String, nullable=False, default="", index=True),
    Column("sealed", LargeBinary, nullable=False),
)

timers = Table(
    "timers",
    metadata,
    Column("flow", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    Column("due", Ms, nullable=False, index=True),
    #: the instance's revision when it was set: a timer of an older life is stale
    Column("revision", Integer, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("received_at", Ms, nullable=False),
    #: which of the inbox keys seals it; "" once its bytes are gone
    Column("sealed_by", String, nullable=False, default=""),
    Column("sealed", LargeBinary, nullable=False),
    #: waiting, done, aside
    Column("state", String, nullable=False),
    Column("error", String, nullable=True),
    Column("done_at", Ms, nullable=True),
    sqlite_autoincrement=True,
)
Index("inbox_waiting", inbox.c.state, inbox.c.urgent, inbox.c.seq)
Index("inbox_sender", inbox.c.state, inbox.c.sender)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("address_id", String, nullable=False),
    Column("person_id", String, nullable=False),
    #: lane and whether it repeats, as one number: lower goes first (see bot.outbox.rank)
    Column("rank", Integer, nullable=False),
    Column("case_id", String, nullable=False),
    #: a waiting row with the same non-null key is replaced
    Column("replaces", String, nullable=True, unique=True),
    #: whose key seals it; "": the person's; a stranger's has an inbox key
    Column("key", String, nullable=False, default="", index=True),
    #: the drill that it is of; "": it is real
    Column("drill", String, nullable=False, default="", index=True),
    #: empty, or what its buttons mean, once it was accepted
    Column("sealed", LargeBinary, nullable=False),
    #: waiting, sent, failed, replaced
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Ms, nullable=False),
    Column("created_at", Ms, nullable=False),
    Column("done_at", Ms, nullable=True),
    #: keyed hash of the platform's id of the accepted message, for quotes and reactions
    Column("upstream", String, nullable=True),
    Column("error", String, nullable=True),
    #: goes nowhere from then on
    Column("expires_at", Ms, nullable=True),
    sqlite_autoincrement=True,
)
Index("outbox_waiting", outbox.c.state, outbox.c.channel, outbox.c.rank, outbox.c.seq)
Index("outbox_upstream", outbox.c.address_id, outbox.c.upstream)

#: The earlier parts of a long message: a reply to one of them is a reply to the message.
parts = Table(
    "parts",
    metadata,
    Column("address_id", String, primary_key=True),
    #: keyed hash of the platform's id, as in outbox
    Column("upstream", String, primary_key=True),
    Column("outbox_id", String, nullable=False, index=True),
)

focus = Table(
    "focus",
    metadata,
    Column("person_id", String, primary_key=True),
    #: whose key seals it; "": the person's
    Column("key", String, nullable=False, default="", index=True),
    Column("sealed", LargeBinary, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("phase", String, nullable=False),
    #: open, acknowledged, closed
    Column("state", String, nullable=False, index=True),
    Column("silent", Boolean, nullable=False),
    #: the one coordinator whom it may be known to, "" for all
    Column("only", String, nullable=False, default=""),
    #: what a coordinator replies goes to the person
    Column("line", Boolean, nullable=False, default=False),
    #: captors may hold the phone
    Column("discreet", Boolean, nullable=False, default=False),
    #: somebody has it, or the person has answered
    Column("quiet", Boolean, nullable=False),
    Column("opened_at", Ms, nullable=False),
    Column("acknowledged_by", String, nullable=False),
    Column("acknowledged_at", Ms, nullable=True),
    Column("closed_at", Ms, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
)

case_log = Table(
    "case_log",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("case_id", String, nullable=False, index=True),
    Column("at", Ms, nullable=False),
    Column("kind", String, nullable=False),
    Column("by", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    #: keyed hash over the previous line's and this one: tampering shows
    Column("chain", String, nullable=False),
    sqlite_autoincrement=True,
)

#: What somebody sent beside their words, on its way into the encrypted folder or in it.
attachments = Table(
    "attachments",
    metadata,
    Column("id", String, primary_key=True),
    #: whose key seals it: the person whom the case is about, or an application's own
    Column("person_id", String, nullable=False, index=True),
    Column("case_id", String, nullable=False, index=True),
    #: the instance that is told of it
    Column("flow", String, nullable=False),
    Column("subject", String, nullable=False),
    #: who sent it, and where it is fetched from
    Column("by", String, nullable=False),
    Column("channel", String, nullable=False),
    #: keyed hash of where it is fetched from: two cases may want the same file
    Column("source", String, nullable=False, default="", index=True),
    #: the platform's reference and what it says of it; once it is here, what it is
    Column("sealed", LargeBinary, nullable=False),
    #: wanted, kept, lost
    Column("state", String, nullable=False),
    #: bytes, once it is here
    Column("size", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Ms, nullable=False),
    Column("created_at", Ms, nullable=False),
    Column("error", String, nullable=True),
)
Index("attachments_wanted", attachments.c.state, attachments.c.next_at)

#: Requests to a fund. What they say is in their instance, sealed under a key of their own.
applications = Table(
    "applications",
    metadata,
    Column("id", String, primary_key=True),
    Column("person_id", String, nullable=False, index=True),
    Column("fund", String, nullable=False),
    #: family, protection, legal_medical
    Column("kind", String, nullable=False),
    #: see flows/fund/application.py
    Column("state", String, nullable=False, index=True),
    #: the officer who works on it
    Column("holder", String, nullable=False),
    #: ids of officers who must not see it, between spaces
    Column("conflicts", String, nullable=False),
    Column("submitted_at", Ms, nullable=False),
    #: when the next answer is owed; null: none is
    Column("due_at", Ms, nullable=True),
    #: when money was given
    Column("granted_at", Ms, nullable=True),
    Column("ended_at", Ms, nullable=True),
    #: what who asked is asked for: a question, where to pay, the report; "": nothing
    Column("asks", String, nullable=False, default=""),
    #: whom it is about, as keyed hashes between spaces: see bot/store/beside.py
    Column("about", String, nullable=False, default=""),
)

#: Organisations that are asked whether the same person asked them, without naming anybody.
partners = Table(
    "partners",
    metadata,
    #: as a fund's file calls it
    Column("id", String, primary_key=True),
    #: what seals its secret and its file; another one each time it is added
    Column("key", String, nullable=False),
    #: the secret of the partnership
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", Ms, nullable=False),
)

#: The newest file of each partner, as it came.
partner_files = Table(
    "partner_files",
    metadata,
    Column("partner", String, primary_key=True),
    Column("made_at", Ms, nullable=False),
    Column("expires_at", Ms, nullable=False),
    Column("imported_at", Ms, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

#: Reports of attacks, each sealed under a key of its own.
records = Table(
    "records",
    metadata,
    Column("id", String, primary_key=True),
    #: who reported it
    Column("person_id", String, nullable=False, index=True),
    #: a Record of flows/report/classes.py, and what was said in words; empty once it is withdrawn
    Column("sealed", LargeBinary, nullable=False),
    #: how far it is verified (flows/report/classes.py: State); the operator's word, as are the next
    Column("state", String, nullable=False, index=True),
    #: the same for all records of one event; "": none other is known
    Column("event", String, nullable=False, default=""),
    #: what it was verified by, and corrected to; empty: nothing yet
    Column("checked", LargeBinary, nullable=False),
    Column("created_at", Ms, nullable=False),
    #: when it was withdrawn
    Column("ended_at", Ms, nullable=True),
)

#: Who has read a record or changed what is said of it, and why; sealed under the record's key.
record_log = Table(
    "record_log",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("record_id", String, nullable=False, index=True),
    Column("at", Ms, nullable=False),
    #: shown, verified, corrected, linked, parted, exported, hashes
    Column("kind", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    #: as in case_log
    Column("chain", String, nullable=False),
    sqlite_autoincrement=True,
)

#: Drills: who gives them, who takes part. What happens in one has a database of its own.
drills = Table(
    "drills",
    metadata,
    Column("id", String, primary_key=True),
    Column("trainer", String, nullable=False, index=True),
    Column("script", String, nullable=False),
    #: see flows/drill/flow.py
    Column("state", String, nullable=False, index=True),
    #: times as fast as the clock
    Column("pace", Integer, nullable=False),
    Column("began_at", Ms, nullable=True),
    Column("ended_at", Ms, nullable=True),
    #: "person:part:state:since:gone" between spaces, see flows/drill/state.py
    Column("people", String, nullable=False),
)

#: What people wrote for a drill, on its way into that drill's own database.
drill_inbox = Table(
    "drill_inbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("drill", String, nullable=False, index=True),
    Column("person_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("key", String, nullable=False),
    Column("received_at", Ms, nullable=False),
    #: the frame, under the person's key
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

#: Every step of a drill, in its own database: what was done by whom, what was said to whom.
happened = Table(
    "happened",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    #: in the drill's own time
    Column("at", Ms, nullable=False),
    Column("person_id", String, nullable=False),
    #: "flow.trigger", "escalation.start/KIND", or "say.KEY" of a message
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("state", String, nullable=False),
    Column("urgent", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

#: What is counted of records whose time is over: nothing that they said, and nobody's name.
old_records = Table(
    "old_records",
    metadata,
    #: drawn anew: not the number that the reporter knows
    Column("id", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

#: Keys to be destroyed: written with the turn that decided it, done after it, or at the next start.
forgotten = Table(
    "forgotten",
    metadata,
    Column("key", String, primary_key=True),
)
