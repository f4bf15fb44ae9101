"""The vault on real files: what it protects, and what it says when it can't."""

import json
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot import vault as module
from bot.vault import (
    Erased,
    KeyRing,
    KeyRingBroken,
    KeyRingExists,
    KeyRingMissing,
    KeyRingUnsafe,
    NoKey,
    Tampered,
    Vault,
    sealing,
)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.create(tmp_path / "ring")


@pytest.fixture
def vault(ring: KeyRing) -> Vault:
    vault = Vault(ring)
    vault.new_people(["amina", "omar"])
    return vault


def test_what_is_sealed_opens_again_and_only_for_the_same_person_and_context(vault: Vault) -> None:
    sealed = vault.seal("amina", "مرحبا".encode(), "person.name")
    assert vault.open("amina", sealed, "person.name").decode() == "مرحبا"
    for person, context in (("omar", "person.name"), ("amina", "person.tz")):
        with pytest.raises(Tampered):
            vault.open(person, sealed, context)


def test_any_altered_byte_is_noticed(vault: Vault) -> None:
    sealed = vault.seal("amina", b"secret", "x")
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(Tampered):
            vault.open("amina", altered, "x")
    for short in (b"", sealed[:5], sealed[:20]):
        with pytest.raises(Tampered):
            vault.open("amina", short, "x")


def test_equal_texts_never_look_equal_and_nothing_is_in_clear(vault: Vault) -> None:
    sealed = {vault.seal("amina", b"the same text", "x") for _ in range(3000)}
    assert len({each[:13] for each in sealed}) == 3000
    assert not any(b"same" in each for each in sealed)


def test_a_forked_child_uses_other_nonces(vault: Vault) -> None:
    vault.seal("amina", b"", "x")
    expected = sealing._nonces[-1]
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, sealing.nonce())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 12) != expected


def test_a_new_key_is_there_after_a_restart_and_adding_again_changes_nothing(ring: KeyRing) -> None:
    first = Vault(ring)
    first.new_people(["amina"])
    sealed = first.seal("amina", b"x", "c")
    first.new_people(["amina", "omar"])
    again = Vault(KeyRing.load(ring.path))
    again.new_people(["amina"])
    assert again.open("amina", sealed, "c") == b"x"


def test_a_person_added_by_another_process_is_seen(ring: KeyRing) -> None:
    here, there = Vault(ring), Vault(ring)
    with pytest.raises(NoKey):
        here.seal("amina", b"x", "c")
    there.new_people(["amina"])
    assert there.open("amina", here.seal("amina", b"x", "c"), "c") == b"x"


def test_a_person_erased_by_another_process_is_gone_from_the_next_batch_on(ring: KeyRing) -> None:
    here, there = Vault(ring), Vault(ring)
    here.new_people(["amina", "omar"])
    sealed = here.seal("amina", b"x", "c")
    there.erase("amina")
    here.preload(["amina", "omar"])
    with pytest.raises(Erased):
        here.open("amina", sealed, "c")


def test_an_erasure_is_for_good_whatever_is_replayed(vault: Vault, ring: KeyRing) -> None:
    sealed = vault.seal("amina", b"x", "c")
    vault.erase("amina")
    vault.new_people(["amina"])
    for each in (vault, Vault(ring)):
        with pytest.raises(Erased) as caught:
            each.open("amina", sealed, "c")
        assert not isinstance(caught.value, NoKey)
        with pytest.raises(Erased):
            each.seal("amina", b"x", "c")
        assert each.erased() == {"amina"}
    assert vault.seal("omar", b"x", "c")


def test_erased_keys_are_in_no_byte_of_the_files(ring: KeyRing) -> None:
    vault = Vault(ring)
    people = [f"person-{n * 7919 % 3000}" for n in range(3000)]
    for start in range(0, 3000, 300):
        vault.new_people(people[start : start + 300])
    with sqlite3.connect(ring.people_path) as db:
        keys = dict(db.execute("SELECT id, wrapped FROM people").fetchall())
    gone = people[::7]
    for start in range(0, len(gone), 60):
        vault.erase(*gone[start : start + 60])
        vault.new_people([f"later-{start}-{n}" for n in range(20)])
    vault.erase(gone[0])
    files = [*ring.path.parent.glob("ring.people*")]
    everything = b"".join(path.read_bytes() for path in files)
    assert len(files) == 2, "the journal stays, so that it can be wiped"
    assert keys[people[1]][-32:] in everything
    assert [person for person in gone if keys[person][-32:] in everything] == []
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def test_preload_brings_many_keys_with_one_query_and_the_cache_is_bounded(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHED_PEOPLE", 50)
    people = [f"p{n}" for n in range(200)]
    vault.new_people(people)
    queries: list[str] = []
    vault._file._db.set_trace_callback(queries.append)
    vault.preload([*people[:40], "nobody"])
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
    queries.clear()
    sealed = [vault.seal(person, b"x", "c") for person in people[:40]]
    assert queries == []
    assert [vault.open(person, vault.seal(person, b"x", "c"), "c") for person in people]
    assert len(vault._cache) == 50
    assert vault.open("p0", sealed[0], "c") == b"x"


def test_many_threads_can_share_one_vault(vault: Vault) -> None:
    wrong: set[int] = set()

    def work(n: int) -> None:
        vault.new_people([f"t{n}"])
        for _ in range(200):
            if vault.open(f"t{n}", vault.seal(f"t{n}", b"%d" % n, "c"), "c") != b"%d" % n:
                wrong.add(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == set()


def test_what_is_received_has_another_key_each_hour_and_when_the_clock_jumps(vault: Vault) -> None:
    hour = 3_600_000
    first = vault.inbox_key(hour)
    assert vault.inbox_key(2 * hour - 1) == first
    second = vault.inbox_key(2 * hour)
    third = vault.inbox_key(hour)
    assert len({first, second, third}) == 3
    sealed = vault.seal(first, b"raw update", "inbox")
    assert vault.open(first, sealed, "inbox") == b"raw update"
    with pytest.raises(Tampered):
        vault.open(second, sealed, "inbox")


def test_an_inbox_key_is_on_disk_before_it_is_used(vault: Vault, ring: KeyRing) -> None:
    """Another process, which knows only what is on disk, opens what this one has sealed."""
    name = vault.inbox_key(0)
    assert Vault(ring).open(name, vault.seal(name, b"raw", "inbox"), "inbox") == b"raw"


def test_inbox_keys_that_nothing_needs_are_destroyed_and_leave_no_trace(
    vault: Vault, ring: KeyRing
) -> None:
    kept, gone = vault.inbox_key(0), vault.inbox_key(4_000_000)
    sealed = vault.seal(gone, b"raw", "inbox")
    wrapped = _wrapped_key(ring, gone)
    assert vault.drop_inbox_keys([kept]) == 1
    assert vault.inbox_key(4_000_000) not in (kept, gone)
    for each in (vault, Vault(ring)):
        with pytest.raises(Erased):
            each.open(gone, sealed, "inbox")
        assert each.open(kept, each.seal(kept, b"x", "inbox"), "inbox") == b"x"
    assert vault.erased() == frozenset()
    for path in (ring.people_path, Path(f"{ring.people_path}-journal")):
        assert wrapped not in path.read_bytes()


def _wrapped_key(ring: KeyRing, name: str) -> bytes:
    with closing(sqlite3.connect(ring.people_path)) as db:
        found = db.execute("SELECT wrapped FROM people WHERE id = ?", (name,)).fetchone()
    return bytes(found[0])


def test_keyed_hashes_are_stable_and_kept_apart(
    vault: Vault, ring: KeyRing, tmp_path: Path
) -> None:
    again, other = Vault(ring), Vault(KeyRing.create(tmp_path / "other"))
    assert len(vault.digest("address", "telegram", "17")) == 16
    assert vault.digest("address", "a", "b") == again.digest("address", "a", "b")
    assert vault.digest("address", "ab", "c") != vault.digest("address", "a", "bc")
    assert vault.digest("address", "a") != vault.digest("dedupe", "a")
    assert vault.digest("address", "a") != other.digest("address", "a")
    assert vault.seed("e1") == again.seed("e1") != vault.seed("e2")
    assert len(vault.seed("e1")) == 32
    assert vault.word_digest("amina", "heron") == again.word_digest("amina", "heron")
    assert vault.word_digest("amina", "heron") != vault.word_digest("omar", "heron")
    assert vault.fingerprint == again.fingerprint == KeyRing.load(ring.path).fingerprint
    assert vault.fingerprint != other.fingerprint


# ---------------------------------------------------------------- files


def test_a_ring_is_written_for_its_owner_only_and_never_overwritten(ring: KeyRing) -> None:
    assert ring.path.stat().st_mode & 0o777 == 0o600
    assert KeyRing.load(ring.path) == ring
    written = ring.path.read_bytes()
    with pytest.raises(KeyRingExists, match="not overwritten"):
        KeyRing.create(ring.path)
    assert ring.path.read_bytes() == written


def test_the_keys_of_people_outlive_a_lost_ring(vault: Vault, ring: KeyRing) -> None:
    ring.path.unlink()
    with pytest.raises(KeyRingExists, match="people"):
        KeyRing.create(ring.path)


def test_an_interrupted_init_can_be_run_again(tmp_path: Path) -> None:
    for left in (b"", None):
        ring = KeyRing.create(tmp_path / f"ring-{left!r}")
        ring.path.unlink()
        if left is not None:
            ring.people_path.write_bytes(left)
        again = KeyRing.create(ring.path)
        Vault(again).new_people(["amina"])


def test_secrets_are_in_no_repr(ring: KeyRing, vault: Vault) -> None:
    for shown in (repr(ring), str(ring), repr(vault)):
        assert not any(
            key.hex()[:8] in shown or repr(key) in shown for key in (ring.master, ring.hash)
        )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o700])
def test_files_that_others_may_read_are_refused(ring: KeyRing, mode: int) -> None:
    for path in (ring.path, ring.people_path):
        path.chmod(mode)
        with pytest.raises(KeyRingUnsafe, match=f"chmod 600 {path}"):
            Vault(KeyRing.load(ring.path))
        path.chmod(0o600)
    ring.path.chmod(0o400)
    assert KeyRing.load(ring.path) == ring


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_another_user_are_refused(ring: KeyRing) -> None:
    os.chown(ring.path, 12345, 12345)
    with pytest.raises(KeyRingUnsafe, match="12345"):
        KeyRing.load(ring.path)


def test_a_missing_ring_or_people_file_says_what_to_do_and_nothing_is_made(ring: KeyRing) -> None:
    ring.people_path.unlink()
    with pytest.raises(KeyRingMissing, match="Put back"):
        Vault(ring)
    ring.path.unlink()
    with pytest.raises(KeyRingMissing, match="onbelay init"):
        KeyRing.load(ring.path)
    assert not ring.path.exists()
    assert not ring.people_path.exists()


def test_a_damaged_ring_is_told_from_a_wrong_one(ring: KeyRing) -> None:
    whole = json.loads(ring.path.read_text())
    flipped = {**whole, "hash": whole["master"]}
    short = {**whole, "inbox": "AAAA"}
    for broken in ("", "{", "[]", "7", json.dumps(flipped), json.dumps(short), "{}"):
        ring.path.write_text(broken)
        with pytest.raises(KeyRingBroken, match="damaged"):
            KeyRing.load(ring.path)
    ring.path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KeyRingBroken):
        KeyRing.load(ring.path)


def test_the_people_file_of_another_ring_is_refused(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing.create(tmp_path / "other")
    with pytest.raises(KeyRingBroken, match="another key ring"):
        Vault(ring, other.people_path)
    ring.people_path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(KeyRingBroken, match="damaged"):
        Vault(ring)
