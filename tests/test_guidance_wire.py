"""Guidance, the line to a human and their files on the real process, both wires and SIGKILL: a
drawing comes with its step, what somebody sends is fetched, kept encrypted and passed on, and none
of it is lost when the process dies in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.process import Installation, Person, Run, until
from tests.standins import signal_phone, telegram_phone
from tests.standins.signal_phone import Attached

PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40 + b"\xff\xd9"
CONFIG = '[escalation]\nrepeat_every = "6h"\n[[escalation.step]]\nafter = "0m"\nnotify = ["all"]\n'


def said(person: Person, words: str) -> bool:
    return any(words in text for text in person.texts)


async def again(place: Installation, run: Run) -> Run:
    """Killed, and begun anew."""
    await run.kill()
    run = await place.start()
    await run.ready()
    return run


def on_telegram(person: Person) -> telegram_phone.Phone:
    assert person.telegram
    return person.telegram


def on_signal(person: Person) -> signal_phone.Phone:
    assert person.signal
    return person.signal


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation.made(tmp_path, config=CONFIG) as made:
        yield made


async def test_guidance_and_a_line_to_a_human_survive_the_death_of_the_process(
    place: Installation,
) -> None:
    amina = place.person("Amina", "journalist", "telegram", 1)
    salma = place.person("Salma", "journalist", "signal", 2)
    omar = place.person("Omar", "coordinator", "signal", 3)
    lina = place.person("Lina", "coordinator", "telegram", 4)
    everybody = [amina, salma, omar, lina]
    await place.import_people(everybody)
    run = await place.start()
    await run.ready()
    for one in everybody:
        one.send("menu")
    await until(lambda: all(one.texts for one in everybody), what="menus")

    # French, on Telegram: the step comes as one message, with its drawing, words and buttons.
    phone = on_telegram(amina)
    amina.send("français")
    await until(lambda: len(amina.texts) > 1, what="French")
    amina.send("il s'est brûlé avec de l'huile bouillante")
    await until(lambda: said(amina, "Brûlures"), what="the card")
    card = next(m for m in phone.inbox if "Brûlures" in m.text)
    phone.press(card, next(label for label, _ in card.buttons if "eau chaude" in label))
    await until(lambda: phone.inbox[-1].shape == "photo", what="the drawing")
    step = phone.inbox[-1]
    assert "eau" in step.text
    assert step.file
    assert step.file.upload.body.startswith(b"\x89PNG")
    assert step.buttons

    # Killed in the middle: the person goes on where they were, and gets the pack.
    run = await again(place, run)
    amina.send("fiches brûlures")
    await until(lambda: said(amina, "Brûlures. "), 60, what="the pack's words")
    await until(
        lambda: any(m.file and m.file.upload.body[:5] == b"%PDF-" for m in phone.inbox),
        60,
        what="the pack",
    )
    amina.send("premiers secours")
    await until(lambda: "Brûlures" in amina.texts[-1], what="where they were")

    # Arabic, on Signal: a line to a human, and a picture around whose arrival the process dies.
    salma.send("العربية")
    salma.send("إنسان")
    await until(lambda: said(omar, "Salma"), what="the alert")
    on_signal(salma).attach(Attached("image/jpeg", "IMG_1234.jpg", PICTURE), text="هذا هو البيت")
    await until(lambda: said(omar, "هذا هو البيت"), what="the words")
    run = await again(place, run)
    await until(
        lambda: any(PICTURE in [f.body for f in m.files] for m in on_signal(omar).inbox),
        60,
        what="the picture",
    )

    # And back: what a coordinator sends reaches her without a name.
    alert = next(m for m in on_signal(omar).inbox if "Salma" in m.text)
    on_signal(omar).quote(alert, "I am here with you")
    await until(lambda: said(salma, "I am here with you"), what="the answer")
    assert not said(salma, "Omar")

    # At rest nothing of it can be read, nor in the logs.
    kept = list((place.folder / "onbelay.files").iterdir())
    assert kept
    assert all(PICTURE[:64] not in path.read_bytes() for path in kept)
    assert "البيت".encode() not in (place.folder / "onbelay.sqlite3").read_bytes()
    assert "Salma" not in place.output()
    await run.stop()
