"""Files that only their owner may read, written whole and to the disk."""

import os
import stat
from pathlib import Path

from bot.vault.errors import KeyRingMissing, KeyRingUnsafe


def write_new(path: Path, content: bytes) -> None:
    """Whole and on disk, or not there. Raises FileExistsError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def read_guarded(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeyRingMissing(
            f"There is no key ring at {path}. Without it nothing stored about people can be read, "
            "so nobody can be watched. If this installation had people: put back your copy of the "
            "key ring and of its .people file. If it is new: run `onbelay init`."
        ) from None
    except OSError as error:
        raise KeyRingUnsafe(unreadable(path, error)) from None
    with os.fdopen(fd, "rb") as file:
        refuse_unsafe(path, os.fstat(file.fileno()))
        return file.read()


def unreadable(path: Path, error: OSError) -> str:
    return (
        f"{path} can't be opened ({error.strerror}). Nothing stored about people can be read, so "
        "nobody can be watched. Run Onbelay as the user who owns that file, and give that user "
        "the folder too."
    )


def refuse_unsafe(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        raise KeyRingUnsafe(f"{path} is not a file. Point ONBELAY_KEYRING at the key ring itself.")
    if mode not in (0o600, 0o400):
        raise KeyRingUnsafe(
            f"{path} has mode {mode:04o}: other users of this machine may read it, and with it "
            "everything stored about people. Onbelay does not start with it. If only you had "
            f"access so far, run: chmod 600 {path}"
        )
    # root's file (a mounted secret) is fine: root can read everything anyway.
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyRingUnsafe(
            f"{path} belongs to another user (uid {status.st_uid}), who can read everything "
            "stored about people. Onbelay does not start with it. Run Onbelay as that user, or "
            f"make the file your own: chown {os.geteuid()} {path}"
        )


def already_there(path: Path) -> str:
    return (
        f"{path} exists already and is not overwritten: everything that it protects would be lost "
        "for good. To go on with it, just start Onbelay; for a new installation choose another "
        "place with ONBELAY_KEYRING."
    )
