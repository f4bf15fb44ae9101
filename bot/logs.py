"""Logs carry ids only: what may be said is listed here, everything else is left out.

Rules for whoever writes a log line:
- The event is a literal ("turn_failed"), never put together; a test reads the whole bot for it.
- Everything else goes in by a key that is listed below. A key that isn't listed is left out and
  counted in `withheld`; a value that doesn't look like an id or a name of ours likewise.
- Exceptions are told by type and `module:line`. Their messages quote what people wrote, rows of
  the database, and URLs with the bot token in them.
- Of libraries only logger, place and exception type are told, for the same reason.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Keys whose values are words of ours: ids, states, names of types and of places in the code.
WORDS = {
    "event", "level", "time", "logger", "at", "channel", "lane", "state", "reason", "error",
    "frames", "causes", "flow", "subject", "trigger", "case", "id", "person", "address", "phase",
    "drill", "kind", "role", "lang", "risk", "step", "job", "task", "signal", "backend", "mode",
    "version", "revision", "file",
}  # fmt: skip
#: Keys whose values are plain numbers.
NUMBERS = {
    "count", "ms", "seconds", "seq", "rows", "waiting", "due", "port", "pid", "attempt", "ordinal",
    "round", "size", "limit", "status", "failures", "people", "cases", "version", "revision",
    "withheld", "line",
}  # fmt: skip

WITHHELD = "(withheld)"
MOST_FRAMES, MOST_CAUSES = 20, 10
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.:#/-]{0,79}|#?[A-Za-z0-9]{4,26}|[0-9]{1,4}")
#: Phone numbers and chat ids; account ids of Signal.
_SOMEBODY = re.compile(r"[0-9]{6}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-")
_EVENT = re.compile(r"[A-Za-z][A-Za-z0-9 _.,:;()'#/-]{0,139}")

OURS = ("bot", "flows", "onbelay", "__main__")
#: signalbot logs whole messages at INFO, httpx the URL with the bot token, aiosqlite every row,
#: fontTools the letters of a file.
QUIET = (
    "httpx", "httpcore", "telegram", "signalbot", "websockets", "aiohttp", "apscheduler",
    "sqlalchemy", "aiosqlite", "asyncio", "uvicorn", "alembic",
    "fpdf", "fontTools", "PIL",
)  # fmt: skip


def setup(style: str = "auto", level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sets logging up for the whole process; may be called again.

    style   "json" (a line each), "console", or "auto": console where a person is looking
    stream  standard error unless given: standard output is for answers
    """
    out = stream or sys.stderr
    lowest = logging.getLevelNamesMapping()[level.upper()]
    if style == "auto":
        style = "console" if out.isatty() else "json"
    structlog.configure(
        processors=[*_filters(), _renderer(style, out.isatty())],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Tough(out))),
        # Loggers are made at import, before `setup`.
        cache_logger_on_first_use=False,
    )
    _take_over_logging(lowest)
    _take_over_crashes()


def _filters() -> list[Processor]:
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
    return [structlog.stdlib.add_log_level, stamp, tell_exception, only_safe]


def _renderer(style: str, colors: bool) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=colors, timestamp_key="time", pad_event_to=0)


class _Tough:
    """A log that can't be written (disk full, pipe closed) must not end a turn."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


# ---------------------------------------------------------------- what may be said


def only_safe(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Leaves out what isn't listed, and counts it."""
    safe: EventDict = {}
    withheld = 0
    for key, value in line.items():
        kept = _safe_event(value) if key == "event" else _safe(key, value)
        if kept is not None:
            safe[key] = kept
        if value is not None and (kept is None or kept == WITHHELD):
            withheld += 1
    if withheld:
        safe["withheld"] = withheld
    return safe


def _safe_event(value: object) -> str:
    text = str(value)
    return text if _EVENT.fullmatch(text) and not _SOMEBODY.search(text) else WITHHELD


def _safe(key: str, value: object) -> object:
    if isinstance(value, bool):
        return value if key in WORDS | NUMBERS else None
    if isinstance(value, int | float):
        return value if key in NUMBERS else None
    if key not in WORDS:
        return None
    if isinstance(value, list | tuple):
        return [_safe(key, each) for each in value[:MOST_FRAMES]]
    if key == "time":
        return str(value)
    return safe_word(value)


def safe_word(value: object) -> str:
    """The value when it can only be an id or a name of ours, else "(withheld)"."""
    text = str(value)
    return text if _WORD.fullmatch(text) and not _SOMEBODY.search(text) else WITHHELD


# ---------------------------------------------------------------- exceptions


def tell_exception(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """`exc_info` → error, frames, causes: types and places, no messages, no values."""
    given = line.pop("exc_info", None)
    for key in ("exception", "stack_info", "stack"):
        line.pop(key, None)
    error = _exception(given)
    if error is not None:
        line["error"] = type(error).__name__
        line["frames"] = list(_places(error.__traceback__))[-MOST_FRAMES:]
        if causes := list(_causes(error))[:MOST_CAUSES]:
            line["causes"] = causes
    return line


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _places(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield _place(traceback.tb_frame, traceback.tb_lineno)
        traceback = traceback.tb_next


def _place(frame: FrameType, line: int) -> str:
    return f"{frame.f_globals.get('__name__', '')}:{line}"


def _causes(error: BaseException, deep: int = 0) -> Iterator[str]:
    """What it came from, and what a group holds, each with its last place."""
    inner = list(error.exceptions) if isinstance(error, BaseExceptionGroup) else []
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in (*inner, *([before] if before else [])):
        last = list(_places(each.__traceback__))[-1:]
        yield ":".join((type(each).__name__, *last))
        if deep < MOST_CAUSES:
            yield from _causes(each, deep + 1)


# ---------------------------------------------------------------- the standard library's logging


class _Bridge(logging.Handler):
    """Everything that uses the standard library's logging comes out here, or not at all."""

    def emit(self, record: logging.LogRecord) -> None:
        family = record.name.partition(".")[0]
        if family in QUIET and record.levelno < logging.WARNING:
            return
        structlog.get_logger().log(
            record.levelno,
            _ours(record) if family in OURS else "library",
            logger=record.name,
            at=f"{record.module}:{record.lineno}",
            exc_info=record.exc_info,
        )


def _ours(record: logging.LogRecord) -> str:
    """Our own template, with what goes into it checked like a value."""
    template = str(record.msg)
    args = record.args if isinstance(record.args, tuple) else ()
    try:
        return template % tuple(_number_or_word(arg) for arg in args) if args else template
    except (TypeError, ValueError):
        return template


def _number_or_word(value: object) -> object:
    small = isinstance(value, int | float) and abs(value) < 1e5
    return value if small else safe_word(value)


class _Kept(logging.Logger):
    """A library's logger that stays at WARNING and has no outlet of its own, whatever it wants."""

    def setLevel(self, level: int | str) -> None:
        wanted = logging.getLevelNamesMapping()[level] if isinstance(level, str) else level
        super().setLevel(max(wanted, logging.WARNING))

    def addHandler(self, hdlr: logging.Handler) -> None:
        """Its lines reach the bridge, through the root."""


def _take_over_logging(lowest: int) -> None:
    logging.raiseExceptions = False  # it would print the arguments of a line that fails
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [_Bridge()]
    root.setLevel(lowest)
    for name in QUIET:
        _keep_quiet(logging.getLogger(name))


def _keep_quiet(logger: logging.Logger) -> None:
    logger.__class__ = _Kept
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)


# ---------------------------------------------------------------- crashes


def _take_over_crashes() -> None:
    """What nobody caught would otherwise be printed with its message."""
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed
    sys.unraisablehook = _unraisable


def _crashed(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("crashed", exc_info=error.with_traceback(traceback))


def _thread_crashed(args: threading.ExceptHookArgs) -> None:
    structlog.get_logger().critical("thread_crashed", exc_info=args.exc_value)


def _unraisable(args: Any) -> None:
    structlog.get_logger().error("unraisable", exc_info=args.exc_value)
