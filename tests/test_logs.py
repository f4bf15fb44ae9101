"""What comes out of the logs, whoever writes them: ids, states, numbers, places; nothing else."""

import ast
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot import logs

SECRET = "Amina"
TOKEN_URL = "https://api.telegram.org/bot123456789:AAsecret/getUpdates"
HOOKS = ("excepthook", "unraisablehook")


class Written(io.StringIO):
    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def out() -> Iterator[Written]:
    root, hooks = logging.getLogger(), [getattr(sys, name) for name in HOOKS]
    before = (root.handlers[:], root.level, threading.excepthook)
    classes = {name: logging.getLogger(name).__class__ for name in logs.QUIET}
    written, configured = Written(), structlog.get_config()
    logs.setup("json", "INFO", written)
    yield written
    structlog.configure(**configured)
    logging.captureWarnings(False)
    logging.raiseExceptions = True
    root.handlers[:], threading.excepthook = before[0], before[2]
    root.setLevel(before[1])
    for name, kind in classes.items():
        logging.getLogger(name).__class__ = kind
        logging.getLogger(name).setLevel(logging.NOTSET)
    for name, hook in zip(HOOKS, hooks, strict=True):
        setattr(sys, name, hook)


def test_ids_states_and_numbers_are_told(out: Written) -> None:
    log = structlog.get_logger()
    log.info("turn_done", count=3, ms=1.5, flow="checkin", state="SAFE", case="K7Q2", seq=123456789)
    log.warning("refused", id="abcd2efghijklmnop", channel="signal", reason="blocked", error=None)
    first, second = out.lines
    assert (first["event"], first["level"], first["count"]) == ("turn_done", "info", 3)
    assert (first["flow"], first["state"], first["case"]) == ("checkin", "SAFE", "K7Q2")
    assert first["seq"] == 123456789
    assert first["time"].endswith("Z")
    assert second["id"] == "abcd2efghijklmnop"
    assert "withheld" not in first | second


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("text", SECRET),
        ("name", SECRET),
        ("count", SECRET),
        ("reason", f"{SECRET} has blocked us"),
        ("reason", "امينة"),
        ("id", 4915112345678),
        ("id", "4915112345678"),
        ("id", "+4915112345678"),
        ("address", "tg:123456789"),
        ("person", "0b9d5f3a-1111-4222-8333-444455556666"),
        ("error", TOKEN_URL),
        ("frames", [SECRET + " x", "bot.turn:3"]),
        ("state", {"name": SECRET}),
        ("lat", 52.52),
        ("lane", b"Amina"),
    ],
)
def test_what_may_be_personal_is_left_out_and_counted(out: Written, key: str, value: Any) -> None:
    structlog.get_logger().info("something", **{key: value})
    written = out.getvalue()
    for secret in (SECRET, "امينة", "491511", "0b9d5f3a", "AAsecret", "123456789", "52.5"):
        assert secret not in written
        assert json.dumps(secret)[1:-1] not in written
    assert ("withheld" in out.lines[0]) == (key != "frames")


def test_an_event_that_was_put_together_is_withheld(out: Written) -> None:
    for event in (
        "sent to +4915112345678",
        "sent to 123456789",
        "hallo\nzwei",
        TOKEN_URL,
        "x" * 500,
    ):
        structlog.get_logger().info(event)
    assert {line["event"] for line in out.lines} == {logs.WITHHELD}


def test_an_exception_is_type_and_places_without_its_message(out: Written) -> None:
    try:
        try:
            int(f"{SECRET} says")
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError:
        structlog.get_logger().exception("step_failed", id="abcd")
    try:
        raise ExceptionGroup(SECRET, [OSError(SECRET)])
    except ExceptionGroup as group:
        structlog.get_logger().error("group_failed", exc_info=group)
    assert SECRET not in out.getvalue()
    single, grouped = out.lines
    assert single["error"] == "KeyError"
    assert "test_logs:" in single["frames"][0]
    assert single["causes"][0].startswith("ValueError:")
    assert grouped["causes"] == ["OSError"]


def test_our_own_lines_through_the_standard_library_keep_their_template(out: Written) -> None:
    log = logging.getLogger("bot.channels.telegram.client")
    log.warning("telegram: receiving failed (%s), trying on", "TimedOut")
    log.error("signal: %s, %d frames wait", "OSError", 17)
    log.error("wrote to %s (%d)", "+4915112345678", 491511234567)
    log.debug("not at this level")
    events = [line["event"] for line in out.lines]
    assert events[0] == "telegram: receiving failed (TimedOut), trying on"
    assert events[1] == "signal: OSError, 17 frames wait"
    assert len(events) == 3
    assert "491511" not in out.getvalue()


def test_of_libraries_only_the_place_is_told(out: Written) -> None:
    logging.getLogger("signalbot").error("[Bot] can't parse %s", f'{{"message": "{SECRET}"}}')
    logging.getLogger("telegram.ext.Updater").warning(TOKEN_URL)
    logging.getLogger("httpx").info(TOKEN_URL)
    logging.getLogger("somebody.new").info(SECRET)
    assert SECRET not in out.getvalue()
    assert "AAsecret" not in out.getvalue()
    assert [(line["event"], line["logger"]) for line in out.lines] == [
        ("library", "signalbot"),
        ("library", "telegram.ext.Updater"),
        ("library", "somebody.new"),
    ]


@pytest.mark.parametrize(
    "name",
    "httpx httpcore telegram signalbot websockets aiohttp apscheduler fontTools".split(),
)
def test_libraries_are_kept_at_warning_whatever_they_try(out: Written, name: str) -> None:
    logger, own = logging.getLogger(name), io.StringIO()
    logger.setLevel("DEBUG")
    logger.addHandler(logging.StreamHandler(own))
    assert logger.level == logging.WARNING
    logger.info(SECRET)
    child = logging.getLogger(f"{name}.inside")
    child.setLevel(logging.DEBUG)
    child.info(SECRET)
    child.setLevel(logging.NOTSET)
    logger.warning(SECRET)
    assert own.getvalue() == ""
    assert [line["level"] for line in out.lines] == ["warning"]
    logger.setLevel(logging.ERROR)
    assert logger.level == logging.ERROR


def test_a_log_that_cannot_be_written_ends_nothing(out: Written) -> None:
    out.close()
    structlog.get_logger().error("still_alive")
    logging.getLogger("bot").error("still alive")


def test_the_console_tells_the_same_and_no_more() -> None:
    written, configured = io.StringIO(), structlog.get_config()
    logs.setup("console", "INFO", written)
    try:
        structlog.get_logger().info("turn_done", count=3, text=SECRET)
    finally:
        structlog.configure(**configured)
    assert "turn_done" in written.getvalue()
    assert "count=3" in written.getvalue()
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize(
    "crash",
    [
        "raise ValueError('Amina')",
        "import threading; t = threading.Thread(target=int, args=('Amina',)); t.start(); t.join()",
        "import asyncio\nasync def f(): asyncio.create_task(g()); await asyncio.sleep(0.01)\n"
        "async def g(): int('Amina')\nasyncio.run(f())",
        "import warnings; warnings.warn('Amina')",
    ],
)
def test_a_crash_says_where_and_not_what(crash: str) -> None:
    code = f"from bot import logs; logs.setup()\n{crash}\n"
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False
    )
    assert done.stdout == ""
    assert "Amina" not in done.stderr
    line = json.loads(done.stderr.splitlines()[0])
    assert line["event"] in ("crashed", "thread_crashed", "library")


# ---------------------------------------------------------------- how they are written

LEVELS = ("debug", "info", "warning", "error", "critical", "exception")


def _log_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in LEVELS and ast.unparse(node.func.value) in ("log", "logger"):
            yield node


def test_every_log_line_of_the_bot_is_a_literal_with_listed_keys() -> None:
    wrong = []
    for path in sorted((Path(__file__).parent.parent / "bot").rglob("*.py")):
        for call in _log_calls(path):
            literal = bool(call.args) and isinstance(call.args[0], ast.Constant)
            keys = {keyword.arg for keyword in call.keywords} - {"exc_info"}
            unlisted = keys - logs.WORDS - logs.NUMBERS
            if not literal or unlisted:
                wrong.append(f"{path.name}:{call.lineno} {unlisted or 'not a literal'}")
    assert wrong == []
