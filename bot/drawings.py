"""The drawings of the guidance, as pictures that any channel and any reader can show.

They are SVG in locales/drawings/, without words, so that one serves all languages. Nothing of the
machine is used: no fonts, no other files. A picture has few colours and a white ground: it is
small on a bad line, and readable on a dark screen.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image

DRAWINGS = Path(__file__).parents[1] / "locales" / "drawings"
WIDTH = 480
COLOURS = 16  #: greys, a red, and the steps between them at the edges


class NoDrawing(Exception):
    """A drawing that isn't there or can't be drawn: names the file and says why."""


def names() -> list[str]:
    return sorted(path.stem for path in DRAWINGS.glob("*.svg"))


@lru_cache(maxsize=128)
def png(name: str, width: int = WIDTH) -> bytes:
    """The drawing as a PNG of that many pixels across. Raises NoDrawing."""
    path = DRAWINGS / f"{name}.svg"
    try:
        svg = path.read_text("utf-8")
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg, width=width, background="#ffffff", skip_system_fonts=True
        )
    except (OSError, ValueError) as error:
        raise NoDrawing(f"{path}: {error}") from error
    return small(drawn)


def small(drawn: bytes) -> bytes:
    """A PNG with few colours."""
    found = BytesIO()
    with Image.open(BytesIO(drawn)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            found, "PNG", optimize=True
        )
    return found.getvalue()
