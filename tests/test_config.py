"""Settings from files and environments; what is refused, where, and with which fix."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.config import ConfigError, Settings
from bot.config import sections as s
from bot.config.reading import _all_names, lines_of
from flows.engine.model import LadderStep, Risk
from tests.test_funds_config import RATES
from tests.test_funds_config import SMALL as FUND

Write = Callable[[str], Path]
TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"

#: The complete file of issue 2, section 5.
COMPLETE = """\
[checkin]
minimum_interval = "5m"
reminder_before = "5m"
[risk.medium]            # low, medium, high; medium is the default
grace = "15m"            # after the due time, only the person is written to
uncertainty = "15m"      # length of the phase, then alert
alert = "30m"            # length of the phase, then distress
[escalation]
acknowledgement_expires = "15m"
repeat_every = "5m"
[[escalation.step]]
after = "0m"
notify = ["on_duty"]     # on_duty, all, or person ids
[[escalation.step]]
after = "5m"
notify = ["all"]
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "onbelay.toml"
        path.write_text(text, "utf-8")
        path.chmod(0o600)
        return path

    return write


def refusal(path: Path | None = None, env: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        Settings.load(env or {}, path)
    return str(caught.value)


# ---------------------------------------------------------------- what it gives


def test_without_anything_the_defaults_are_those_of_the_complete_file(write: Write) -> None:
    policy = Settings.load({}).policy
    assert policy == Settings.load({}, write(COMPLETE)).policy
    assert policy.risks == {
        "low": Risk(30 * s.MINUTE, 30 * s.MINUTE, None),
        "medium": Risk(15 * s.MINUTE, 15 * s.MINUTE, 30 * s.MINUTE),
        "high": Risk(5 * s.MINUTE, 5 * s.MINUTE, 10 * s.MINUTE),
    }
    assert policy.ladder == (LadderStep(0, ("on_duty",)), LadderStep(5 * s.MINUTE, ("all",)))
    assert (policy.minimum_interval, policy.reminder_before) == (300_000, 300_000)
    assert (policy.acknowledgement_expires, policy.repeat_every) == (900_000, 300_000)
    assert policy.retention["closed_cases"] == 90 * s.DAY


def test_every_setting_is_documented_in_the_sample() -> None:
    documented, section = set(), ""
    for line in Settings.sample().splitlines():
        if header := re.fullmatch(r"\[\[?([a-z._]+)\]\]?", line):
            section = header[1] + "."
            documented |= {header[1]} & set(_all_names(Settings))  # a table of one's own words
        elif setting := re.match(r"#?([a-z_]+) = ", line):
            documented.add(section + setting[1])
    # Refused when set; the sample says so.
    assert set(_all_names(Settings)) - documented == {"risk.low.alert"}
    assert documented - set(_all_names(Settings)) == set()


def test_the_sample_changes_nothing_and_is_legal_with_everything_switched_on(
    write: Write, tmp_path: Path
) -> None:
    sample = Settings.sample()
    plain = Settings.load({}, write(sample))
    assert plain.policy == Settings.load({}).policy
    assert plain.channels == ()
    (tmp_path / "funds").mkdir()
    (tmp_path / "funds" / "small.toml").write_text(FUND, "utf-8")
    (tmp_path / "rates.toml").write_text(RATES, "utf-8")
    on = re.sub(r"(?m)^#(?=[a-z_]+ = )", "", sample).replace("123456789:replace-me", TOKEN)
    full = Settings.load({}, write(on))
    assert full.channels == ("telegram", "signal")
    assert full.retention == plain.retention
    assert (full.database_url, full.keyring, full.http) == (
        plain.database_url,
        plain.keyring,
        plain.http,
    )
    assert full.warnings == ()


def test_the_environment_wins_over_the_file_and_empty_is_not_set(write: Write) -> None:
    path = write('http = "127.0.0.1:1"\norganisation = "File"\n' + COMPLETE)
    env = {
        "ONBELAY_CONFIG": str(path),
        "ONBELAY_HTTP": "127.0.0.1:2",
        "ONBELAY_ORGANISATION": "",
        "ONBELAY_RISK__HIGH__GRACE": "90s",
        "ONBELAY_SIGNAL__PER_SECOND": "0.5",
        "HOME": "/root",
    }
    settings = Settings.load(env)
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 2)
    assert settings.organisation == "File"
    assert settings.policy.risks["high"] == Risk(90_000, 5 * s.MINUTE, 10 * s.MINUTE)
    assert settings.signal.per_second == 0.5
    assert settings.path == path


def test_the_real_environment_counts_only_when_no_other_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONBELAY_ORGANISATION", "Real")
    assert Settings.load().organisation == "Real"
    assert Settings.load({}).organisation == ""


def test_paths_start_at_the_file_or_where_the_command_was_typed(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    alone = Settings.load({})
    assert alone.keyring == here / "onbelay.keyring"
    assert alone.async_database_url == f"sqlite+aiosqlite:///{here}/onbelay.sqlite3"
    beside = Settings.load({}, write('database_url = "sqlite:///x/db"'))
    assert beside.keyring == tmp_path / "onbelay.keyring"
    assert beside.async_database_url == f"sqlite+aiosqlite:///{tmp_path}/x/db"
    env = {"ONBELAY_KEYRING": "../k", "ONBELAY_DATABASE_URL": "sqlite:////var/db"}
    given = Settings.load(env, tmp_path / "onbelay.toml")
    assert given.keyring == tmp_path / "k"
    assert given.async_database_url == "sqlite+aiosqlite:////var/db"


def test_postgresql_gets_its_asyncio_driver_and_the_drivers_name_for_tls() -> None:
    env = {"ONBELAY_DATABASE_URL": "postgresql://u:p%40ss@db:5432/onbelay?sslmode=require"}
    settings = Settings.load(env)
    url = "postgresql+asyncpg://u:p%40ss@db:5432/onbelay?ssl=require"
    assert settings.async_database_url == url
    assert "p%40ss" not in repr(settings)
    socket = Settings.load({"ONBELAY_DATABASE_URL": "postgresql:///onbelay?host=/tmp/pg"})
    assert make_url(socket.async_database_url).query == {"host": "/tmp/pg"}
    assert make_url(socket.async_database_url).database == "onbelay"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("90s", 90_000),
        ("15m", 900_000),
        ("4h", 14_400_000),
        ("1h30m", 5_400_000),
        ("2d", 2 * s.DAY),
    ],
)
def test_durations(write: Write, text: str, ms: int) -> None:
    path = write(f'[escalation]\nrepeat_every = "{text}"')
    assert Settings.load({}, path).policy.repeat_every == ms


def test_the_ladder_is_in_the_order_of_its_times_and_may_name_people(write: Write) -> None:
    step = '[[escalation.step]]\nafter = "{}"\nnotify = {}\n'
    path = write(step.format("5m", '["all"]') + step.format("0m", '["abcdefghijklmnop"]'))
    ladder = Settings.load({}, path).policy.ladder
    assert ladder == (LadderStep(0, ("abcdefghijklmnop",)), LadderStep(300_000, ("all",)))


def test_crisis_lines_and_countries_without_ambulances_reach_the_flows(write: Write) -> None:
    lines = 'no_ambulance = ["SS", "YE"]\n[guidance.crisis_lines]\nUA = "7333"\n"" = "+44 20"\n'
    policy = Settings.load({}, write(f"[guidance]\n{lines}")).policy
    assert policy.no_ambulance == {"SS", "YE"}
    assert policy.crisis_lines == {"UA": "7333", "": "+44 20"}
    assert Settings.load({}).policy.no_ambulance == frozenset()
    assert Settings.load({}).policy.crisis_lines == {}


def test_files_are_bounded_unless_told_otherwise(write: Write) -> None:
    plain, set_ = Settings.load({}), "[attachments]\nmost_megabytes = 3\nfiles_per_case = 1000"
    assert dict(plain.attachments) == {
        "most_megabytes": 20,
        "files_per_case": 60,
        "megabytes_per_case": 200,
    }
    less = Settings.load({}, write(set_)).attachments
    assert (less.most_megabytes, less.files_per_case) == (3, 1000)


def test_a_short_interval_alone_takes_the_default_reminder_with_it(write: Write) -> None:
    policy = Settings.load({}, write('[checkin]\nminimum_interval = "2s"')).policy
    assert (policy.minimum_interval, policy.reminder_before) == (2000, 2000)


def test_a_channel_without_its_settings_is_off() -> None:
    assert Settings.load({"ONBELAY_TELEGRAM_TOKEN": TOKEN}).channels == ("telegram",)
    signal = {
        "ONBELAY_SIGNAL_ACCOUNT": "+49 151 1234-5678",
        "ONBELAY_SIGNAL_API_URL": "http://127.0.0.1:8080/",
    }
    settings = Settings.load(signal)
    assert settings.channels == ("signal",)
    assert settings.signal_account == "+4915112345678"
    assert settings.signal_api_url == "http://127.0.0.1:8080"


def test_a_stand_in_may_have_a_short_token() -> None:
    env = {"ONBELAY_TELEGRAM_TOKEN": "1:test", "ONBELAY_TELEGRAM_API_URL": "http://127.0.0.1:9"}
    token = Settings.load(env).telegram_token
    assert token is not None
    assert token.get_secret_value() == "1:test"


# ---------------------------------------------------------------- what it refuses


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[checkin]\nminimal_interval = "5m"', 2, "unknown setting checkin.minimal_interval. Did"),
        ('\n\nkeyrings = "x"', 3, "Did you mean keyring?"),
        ('grace = "5m"', 1, "It belongs elsewhere: risk.low.grace or"),
        ('[risk.medium]\nfrobnicate = "5m"', 2, "Known here: grace, uncertainty, alert."),
        ('[risk.medum]\ngrace = "5m"', 1, "Did you mean medium?"),
        ('[escalation]\n\nrepeat_every = "5 mins"', 3, 'for example "90s"'),
        ("[escalation]\nrepeat_every = 5", 2, "5 is not a duration"),
        ('[escalation]\nrepeat_every = ""', 2, '"" is not a duration'),
        ('[escalation]\nrepeat_every = "-5m"', 2, '"-5m" is not a duration'),
        ('[escalation]\nrepeat_every = "٥m"', 2, "is not a duration"),
        ('[escalation]\nrepeat_every = "0m"', 2, "no time at all"),
        ('[escalation]\nrepeat_every = "99999d"', 2, "ten years"),
        ("[escalation]\nstep = []", 2, "ladder is empty"),
        ('[[escalation.step]]\nafter = "0m"\nnotify = []', 3, "calls nobody"),
        ('[[escalation.step]]\nafter = "0m"\nnotify = "all"', 3, 'Write ["all"]'),
        ('[[escalation.step]]\nafter = "0m"', 1, "escalation.step.notify is missing"),
        ('[[escalation.step]]\nafter = "0m"\nnotify = ["onduty"]', 3, 'mean "on_duty"'),
        ('[[escalation.step]]\nafter = "0m"\nnotify = ["Omar B"]', 3, "onbelay person list"),
        ('[[escalation.step]]\nafter = "0m"\nnotify = ["everyone"]', 3, "nobody is called"),
        ('[risk.low]\nalert = "1h"', 2, "never goes beyond alert"),
        ('[checkin]\nreminder_before = "6m"', 2, "before the shortest check-in"),
        ('http = "8900"', 1, "not host:port"),
        ('http = "127.0.0.1:99999"', 1, "not host:port"),
        ('telegram_api_url = "api.telegram.org"', 1, "not a base address"),
        ('telegram_api_url = "http://x:y/"', 1, "not a base address"),
        ('signal_account = "0151 123"', 1, "international form"),
        ('signal_account = "+4915112345678"', 1, "signal_api_url is not: Signal needs both"),
        ('signal_api_url = "http://x:8080"', 1, "signal_account is not: Signal needs both"),
        ('database_url = "mysql://u:geheim@h/d"', 1, "not a database address"),
        ('database_url = "postgres://u:geheim@h/d"', 1, "postgresql://user"),
        ('database_url = "sqlite://x"', 1, "not a database file"),
        ('database_url = "sqlite:///:memory:"', 1, "forget everybody"),
        ("database_url = 3", 1, "database_url"),
        ("keyring = 3", 1, "keyring"),
        ("[signal]\nper_second = 0", 2, "greater than 0"),
        ("[safety]\nminimum_coordinators = 0", 2, "greater than or equal to 1"),
        ('[languages]\ndefault = "English please"', 2, "languages.default"),
        ("[attachments]\nmost_megabytes = 21", 2, "less than or equal to 20"),
        ("[attachments]\nmost_megabytes = 0", 2, "greater than or equal to 1"),
        ("[attachments]\nfiles_per_case = 0", 2, "greater than or equal to 1"),
        ("[attachments]\n\nmegabytes_per_case = 0", 3, "greater than or equal to 1"),
        ('[attachments]\nmost_megabytes = "20MB"', 2, "attachments.most_megabytes"),
        ("[attachments]\nmost = 5", 2, "Known here: most_megabytes"),
        ("[guidance]\nfolder = 3", 2, "guidance.folder"),
        ("[fund]\nfolder = 3", 2, "fund.folder"),
        ('[fund]\nrate = "r.toml"', 2, "Did you mean rates?"),
        ('[guidance]\nno_ambulance = "SS"', 2, 'Write ["SS"]'),
        ('[guidance]\nno_ambulance = ["SS", "Sudan"]', 2, '"Sudan" is not a country'),
        ('[guidance]\nno_ambulance = ["ss"]', 2, '"ss" is not a country'),
        ('[guidance]\nno_ambulance = [""]', 2, '"" is not a country'),
        ('[guidance.crisis_lines]\nUkraine = "7333"', 2, '"Ukraine" is not a country'),
        ('[guidance.crisis_lines]\nua = "7333"', 2, '"ua" is not a country'),
        ("[guidance.crisis_lines]\nUA = 7333", 2, "guidance.crisis_lines"),
        ("files = 3", 1, "files"),
        ("checkin = 3", 1, "checkin"),
        ('x = "1\ny = 2', 1, "this is not TOML"),
        ('http = "a:1"\nhttp = "a:2"', 2, "every name once"),
        ('[checkin]\nminimum_interval = "5m"\n[checkin]', 3, "this is not TOML"),
        ("x = [1,", 1, "this is not TOML"),
    ],
)
def test_refused_with_file_line_and_fix(write: Write, text: str, line: int, says: str) -> None:
    path = write(text)
    told = refusal(path)
    assert told.startswith(f"{path}, line {line}: ")
    assert says in told
    assert "geheim" not in told


def test_all_problems_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    path = write('[escalation]\nrepeat_every = "x"\n[checkin]\nminimum_interval = "y"\nz = 1\n')
    lines = refusal(path).splitlines()
    assert [re.search(r"line (\d)", line)[1] for line in lines] == ["2", "4", "5"]  # type: ignore[index]


def test_in_the_environment_the_variable_is_named(write: Write) -> None:
    told = refusal(write(COMPLETE), {"ONBELAY_CHECKIN__MINIMUM_INTERVAL": "soon"})
    assert told.startswith("environment, ONBELAY_CHECKIN__MINIMUM_INTERVAL: ")
    told = refusal(env={"ONBELAY_CHECKIN__MAXIMUM": "1h"})
    assert told.startswith("environment, ONBELAY_CHECKIN__MAXIMUM: unknown setting")
    assert "ONBELAY_HTTP: " in refusal(env={"ONBELAY_HTTP": "x"})
    assert "ONBELAY_ESCALATION: not JSON" in refusal(env={"ONBELAY_ESCALATION": "soon"})


def test_a_misspelt_variable_is_refused_a_foreign_one_only_mentioned() -> None:
    told = refusal(env={"ONBELAY_TELEGRAM_TOKN": TOKEN})
    assert "Did you mean ONBELAY_TELEGRAM_TOKEN?" in told
    assert TOKEN not in told
    settings = Settings.load({"ONBELAY_DEATHS": "30", "ONBELAY_TELEGRAM_TOKEN": TOKEN})
    assert settings.warnings == ("environment, ONBELAY_DEATHS: not a setting of Onbelay, ignored.",)


def test_a_wrong_token_is_never_shown(write: Write) -> None:
    for wrong in ("Bot 123:SECRET", "12345-SECRETSECRET", "123:SECRET", TOKEN.replace("A", " ")):
        for told in (
            refusal(write(f'telegram_token = "{wrong}"')),
            refusal(env={"ONBELAY_TELEGRAM_TOKEN": wrong}),
        ):
            assert "not a bot token" in told
            assert "SECRET" not in told
    with pytest.raises(ConfigError) as caught:
        Settings.load({"ONBELAY_TELEGRAM_TOKEN": "SECRET"})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_secrets_are_in_no_repr() -> None:
    env = {"ONBELAY_TELEGRAM_TOKEN": TOKEN, "ONBELAY_DATABASE_URL": "postgresql://u:geheim@h/d"}
    settings = Settings.load(env)
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert TOKEN not in shown
        assert "geheim" not in shown


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    assert f"{missing}: there is no such file" in refusal(env={"ONBELAY_CONFIG": str(missing)})
    latin = tmp_path / "latin.toml"
    latin.write_bytes('http = "a:1"\norganisation = "é"'.encode("latin-1"))
    assert f"{latin}, line 2: not UTF-8" in refusal(latin)
    assert "can't be read" in refusal(tmp_path)
    marked = tmp_path / "bom.toml"
    marked.write_bytes(b'\xef\xbb\xbforganisation = "x"')
    assert Settings.load({}, marked).organisation == "x"


# ---------------------------------------------------------------- what it mentions


def test_what_is_allowed_but_deserves_a_second_look(write: Write) -> None:
    path = write(f'telegram_token = "{TOKEN}"\nhttp = "0.0.0.0:80"')
    path.chmod(0o644)
    env = {"ONBELAY_TELEGRAM_API_URL": "http://proxy.example.org"}
    told = Settings.load(env, path).warnings
    assert [text.split()[0] for text in told] == ["http", "telegram_api_url", str(path)]
    assert "chmod 600" in told[-1]
    assert TOKEN not in "".join(told)
    assert "no channel" in Settings.load({}).warnings[0]
    local = {"ONBELAY_TELEGRAM_TOKEN": TOKEN, "ONBELAY_TELEGRAM_API_URL": "http://bot-api:81"}
    assert Settings.load(local).warnings == ()


def test_lines_are_found_in_every_way_of_writing_toml() -> None:
    text = """a.b = 1
[x."y z"]
  k=2 # c
[[l.m]]
q = [
  1,
]
[[ l.m ]] # d
q = 1
[l.m.n]
r=1
"""
    tomllib.loads(text)
    lines = lines_of(text)
    assert lines["a", "b"] == 1
    assert lines["x", "y z", "k"] == 3
    assert (lines["l", "m", 0, "q"], lines["l", "m", 1, "q"]) == (5, 9)
    assert lines["l", "m", 1, "n", "r"] == 11
