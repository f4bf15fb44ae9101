"""Primitives: AES-256-GCM, HKDF, keyed BLAKE2b. Sealed bytes are

    version (1) | nonce (12) | ciphertext | tag (16)        29 bytes more than clear

A nonce is never used twice with one key: 12 random bytes each, also after a fork.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.vault.errors import Tampered

KEY = 32  #: bytes of every key
NONCE = 12
VERSION = b"\x01"

_nonces: list[bytes] = []
# A forked child must not walk through the same nonces as its parent.
os.register_at_fork(after_in_child=_nonces.clear)


def nonce() -> bytes:
    """One system call for a thousand nonces. `pop` is atomic: no nonce goes to two threads."""
    while True:
        try:
            return _nonces.pop()
        except IndexError:
            block = os.urandom(NONCE * 1024)
            _nonces.extend(block[at : at + NONCE] for at in range(0, len(block), NONCE))


def derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY, salt=None, info=f"onbelay/{purpose}/1".encode()).derive(key)


def bound(person: str, context: str) -> bytes:
    return f"{len(context)}/{context}/{person}".encode()


def opened(key: AESGCM, sealed: bytes, aad: bytes, what: str) -> bytes:
    try:
        if sealed[:1] != VERSION:
            raise InvalidTag
        return key.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], aad)
    except (InvalidTag, ValueError):
        raise Tampered(
            f"Stored bytes ({what}) don't fit their key: they were changed outside Onbelay, or "
            "come from another installation. They can't be read and are not used. Restore the "
            "database and the key ring that belong together."
        ) from None


def keyed(key: bytes, size: int, *parts: bytes) -> bytes:
    """Each part with its length before it, so that ("ab", "c") is not ("a", "bc")."""
    state = hashlib.blake2b(key=key, digest_size=size)
    for part in parts:
        state.update(len(part).to_bytes(4, "big"))
        state.update(part)
    return state.digest()
