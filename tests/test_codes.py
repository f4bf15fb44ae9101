"""Codes as people send them: copied from one of our messages, with a word before, spelled out."""

import pytest

from bot.strangers import code_in


@pytest.mark.parametrize(
    "typed",
    [
        "FQPV52H8FA", "fqpv5 2h8fa", "FQPV5-2H8FA", "/start FQPV52H8FA", "status FQPV52H8FA",
        "\u2068FQPV52H8FA\u2069", "حالة الطلب \u2068FQPV52H8FA\u2069", "statut fqpv52h8fa.",
        "«FQPV52H8FA»", "(fqpv52h8fa)",
    ],
)  # fmt: skip
def test_a_code_is_found(typed: str) -> None:
    assert code_in(typed) == "FQPV52H8FA"


@pytest.mark.parametrize("typed", ["", "hello", "FQPV52H8F", "my code is lost", "F" * 61, "/start"])
def test_what_is_no_code(typed: str) -> None:
    assert code_in(typed) == ""
