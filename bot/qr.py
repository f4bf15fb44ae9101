"""A link as a picture that phones read. Drawn here: what it says goes to nobody."""

from io import BytesIO

import segno

SCALE, BORDER = 12, 4  #: pixels of a square; squares around it, which readers need


def png(link: str) -> bytes:
    """Black on white. A tenth of it may be hidden or smudged."""
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="png", scale=SCALE, border=BORDER)
    return drawn.getvalue()
