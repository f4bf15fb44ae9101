"""A PDF: written anew from what its pages need, without who wrote it, when and with what.

Reading a PDF means running a large parser over bytes that anybody may have made: it runs in a
process of its own, which is given the bytes and gives back others, may use so much memory and
time, and writes no file. Earlier editions of the document, which stay in a PDF that was changed,
are gone afterwards. One that is locked, or has files inside, is Unsound.
"""

import os
import subprocess
import sys
from io import BytesIO
from typing import Any

from bot.cleaning import jpeg
from bot.cleaning.unsound import Unsound

SECONDS = 30  #: that it may take
MEMORY = 1 << 30  #: bytes that it may use
FAILED = 3  #: exit code
#: Of any object: XMP, what programs keep for themselves, when it was changed.
NAMED = ("/Metadata", "/PieceInfo", "/LastModified")
ANNOTATED = ("/M", "/CreationDate")  #: of a remark: when it was written
AUTHOR = "/T"  #: of a remark; of a form's field it is its name
INSIDE = ("/EmbeddedFiles", "/EF")


def cleaned(body: bytes) -> bytes:
    if b"startxref" not in body:
        raise Unsound  # cut short; a parser would try to guess the rest
    command = [sys.executable, "-m", "bot.cleaning.document"]
    env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, input=body, capture_output=True, timeout=SECONDS, env=env, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise Unsound from None
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise Unsound
    return done.stdout


def rewritten(body: bytes) -> bytes:
    """Raises whatever the parser does. Only to be called in the process that is made for it."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

    reader = PdfReader(BytesIO(body), strict=False)
    if reader.is_encrypted:
        raise Unsound
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    writer._ID = None
    waiting: list[Any] = list(writer._objects)
    while waiting:
        found = waiting.pop()
        if isinstance(found, ArrayObject):
            waiting += found
        if isinstance(found, DictionaryObject):
            _clean(found)
            waiting += dict.values(found)  # as they stand: what is pointed to is an object itself
        if isinstance(found, StreamObject) and _filters(found)[:1] == ["/DCTDecode"]:
            found._data = jpeg.cleaned(found._data)
    # What nobody points to any more doesn't come along.
    writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _clean(found: Any) -> None:
    if any(name in found for name in INSIDE):
        raise Unsound
    remark = "/Subtype" in found and "/Rect" in found
    author = (AUTHOR,) if found.get("/Subtype") != "/Widget" else ()
    for name in (*NAMED, *((*ANNOTATED, *author) if remark else ())):
        found.pop(name, None)


def _filters(stream: Any) -> list[str]:
    found = stream.get("/Filter", [])
    return [str(each) for each in (found if isinstance(found, list) else [found])]


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    _limit()
    try:
        made = rewritten(sys.stdin.buffer.read())
    except Exception:
        sys.exit(FAILED)
    sys.stdout.buffer.write(made)
