"""Scripts of drills: what may stand in them, and what is said of what may not."""

import pytest

from bot.drill import scripts
from flows.drill.script import ScriptError, read, span

GOOD = """title A title
goal A goal
people a: journalist   b: coordinator
at 1m
  trainer > a   Go.   # and stay
  a > sos       within 5m
  bot > b       alert within 10m
done b > ack
"""
BARE = GOOD.replace("done b > ack\n", "")


def test_a_script_is_read() -> None:
    script = read(
        "reads_well", GOOD.replace("done b > ack\n", "  b > ack within 10m\ndone b > ack\n")
    )
    assert [(a.at, a.by, a.to, a.verb, a.until) for a in script.acts] == [
        (60_000, "trainer", "a", "", 60_000),
        (60_000, "a", "a", "sos", 360_000),
        (60_000, "bot", "b", "alert", 660_000),
        (60_000, "b", "b", "ack", 660_000),
    ]
    assert script.acts[0].text is not None
    assert script.acts[0].text.text == "Go."
    assert script.done == {3}
    assert script.length == 660_000
    assert script.expected("a", 60_000) == {"sos"}
    assert script.expected("a", 360_001) == frozenset()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("", "has no `title`"),
        (GOOD, "'b > ack' is not expected"),
        (BARE.replace("people", "peoples"), "'peoples' is not known"),
        (BARE.replace("journalist", "judge"), "a is judge"),
        (BARE.replace("at 1m", "at soon"), "'soon' is no time"),
        (BARE.replace("at 1m", "at 8d"), "a week at most"),
        (BARE.replace("trainer > a", "trainer > c"), "nobody here is 'c'"),
        (BARE.replace("a > sos", "a > fly"), "'fly' is not one of"),
        (BARE.replace("within 5m", "soon"), "is not one of"),
        (BARE.replace("sos       within 5m", "sos"), "within what time"),
        (BARE.replace("  a > sos", "  a sos"), "who does what"),
        (BARE.replace("title A title", "pace fast\ntitle A title"), "`pace` is a number"),
        (BARE.replace("a: journalist", "bot: journalist"), "'bot' is taken"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(wrong: str, why: str) -> None:
    with pytest.raises(ScriptError, match="drill wrong_one") as raised:
        read("wrong_one", wrong)
    assert why in str(raised.value)


@pytest.mark.parametrize("name", ["", "Ünder", "a b", "../x", "X"])
def test_a_name_that_nobody_can_type_is_refused(name: str) -> None:
    with pytest.raises(ScriptError):
        read(name, GOOD)


def test_what_must_happen_is_named_as_it_stands_above() -> None:
    twice = BARE + "  bot > a       alert within 5m\n"
    assert read("names_it", twice + "done bot > b alert\n").done == {2}
    assert read("names_it", twice + "done bot > a alert\n").done == {3}


def test_a_span() -> None:
    assert span("1h30m") == 90 * 60_000
    with pytest.raises(ValueError, match="soon"):
        span("soon")


def test_every_shipped_script_has_something_that_must_happen() -> None:
    found = scripts.load()
    assert found
    assert all(script.done for script in found.values())


def test_an_operators_script_may_not_take_a_shipped_name(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "panic.txt").write_text(GOOD)
    found = scripts.look(folder)
    assert found.known["panic"] == scripts.load()["panic"]
    (wrong,) = found.mistakes
    assert "shipped already" in str(wrong)
