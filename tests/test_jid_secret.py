"""The secret of a partnership, read out by one and typed by another."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jid.errors import JidError
from bot.jid.secret import ALPHABET, new_secret, parse_secret, say_secret

SECRET = bytes(range(32))


@given(st.binary(min_size=32, max_size=32))
def test_a_secret_that_is_read_out_and_typed_is_the_same(secret: bytes) -> None:
    said = say_secret(secret)
    assert parse_secret(said) == secret
    assert parse_secret(said.lower().replace(" ", "").replace("0", "o").replace("1", "l")) == secret


@given(st.binary(min_size=32, max_size=32), st.data())
def test_a_letter_misheard_is_noticed_and_its_group_named(
    secret: bytes, data: st.DataObject
) -> None:
    said = say_secret(secret).replace("-", "").replace(" ", "")
    at = data.draw(st.integers(0, len(said) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(said[at], "")))
    with pytest.raises(JidError, match=f"Group {at // 5 + 1} of"):
        parse_secret(said[:at] + other + said[at + 1 :])


def test_letters_and_groups_that_change_places_are_noticed() -> None:
    groups = say_secret(SECRET).split()
    for at in range(12):
        swapped = [*groups[:at], groups[at + 1], groups[at], *groups[at + 2 :]]
        with pytest.raises(JidError, match=f"Group {at + 1}, {at + 2} of"):
            parse_secret(" ".join(swapped))
    for at in range(3):
        group = groups[5][:at] + groups[5][at + 1] + groups[5][at] + groups[5][at + 2 :]
        assert groups[5][at] != groups[5][at + 1]
        with pytest.raises(JidError, match="Group 6 of"):
            parse_secret(" ".join([*groups[:5], group, *groups[6:]]))


@pytest.mark.parametrize("typed", ["", "hello", say_secret(SECRET)[:-1], say_secret(SECRET) * 2])
def test_half_a_secret_is_refused(typed: str) -> None:
    with pytest.raises(JidError, match="not a whole secret"):
        parse_secret(typed)


def test_a_new_secret_has_256_bits() -> None:
    assert len({new_secret(secrets.token_bytes) for _ in range(100)}) == 100
    assert len(new_secret(bytes)) == 32
