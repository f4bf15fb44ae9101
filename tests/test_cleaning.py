"""What is taken out of a file before it is passed on, and that what it shows stays."""

import struct
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from bot.cleaning import CLEANERS, boxes, chunks, cleaned, document, jpeg, sound, turning
from bot.cleaning.unsound import Unsound
from bot.files import HEAD, kind_of

SECRET = b"SECRET"  #: stands in everything that must go
TURNED = 6  #: lies on its side
SIZE = (48, 32)


def picture() -> Image.Image:
    """Every pixel another one, so that nothing can be lost unseen."""
    made = Image.new("RGB", SIZE)
    made.putdata([(x * 5, y * 7, x * y % 256) for y in range(SIZE[1]) for x in range(SIZE[0])])
    return made


def exif() -> Image.Exif:
    made = Image.Exif()
    made[turning.TAG] = TURNED
    made[0x010F] = "SECRET camera"
    made.get_ifd(0x8825)[1] = "N"  # GPS
    made.get_ifd(0x8825)[2] = (50.0, 27.0, 0.0)
    made.get_ifd(0x8825)[29] = "SECRET day"
    return made


def saved(kind: str, **more: object) -> bytes:
    out = BytesIO()
    picture().save(out, kind, **more)
    return out.getvalue()


def pixels(body: bytes) -> bytes:
    return Image.open(BytesIO(body)).convert("RGB").tobytes()


PHOTO = saved("JPEG", exif=exif(), comment=SECRET, icc_profile=b"the colours")


def pdf() -> bytes:
    made = FPDF()
    made.set_author("SECRET author")
    made.set_xmp_metadata('<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET</x:xmpmeta>')
    made.add_page()
    made.set_font("helvetica", size=12)
    made.cell(text="what it says")
    made.image(BytesIO(PHOTO))
    made.text_annotation(20, 20, "remark", title="SECRET name")
    return bytes(made.output())


# ---------------------------------------------------------------- films, box by box


def box(name: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + name + body


def track(handler: bytes, at: int, *more: bytes) -> bytes:
    kind = box(b"hdlr", bytes(8), handler, bytes(12), b"SECRET handler\0")
    entry = box(b"avc1", bytes(42), b"\x0eSECRET encoder".ljust(32, b"\0"), bytes(4))
    described = box(b"stsd", bytes(4), struct.pack(">I", 1), entry)
    places = box(b"stco", bytes(4), struct.pack(">II", 1, at))
    inner = box(b"minf", box(b"vmhd", bytes(12)), box(b"stbl", described, places))
    dated = box(b"mdhd", bytes(4), b"SECRET!!", bytes(12))
    head = box(b"tkhd", bytes(4), b"SECRET!!", bytes(72))
    return box(b"trak", head, box(b"mdia", dated, kind, inner), *more)


GPS = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7SECRET+50.4501+030.5234/"))
SHOWN, TOLD = b"the picture itself", b"SECRET where I was"


def film(*after: bytes, handler: bytes = b"meta") -> bytes:
    begin = box(b"ftyp", b"mp42", bytes(4), b"isom")
    media = box(b"mdat", SHOWN, TOLD, SHOWN)
    at = len(begin) + 8
    dated = box(b"mvhd", bytes(4), b"SECRET!!", bytes(88))
    apple = box(b"meta", box(b"keys", SECRET))
    tracks = [track(b"vide", at, GPS), track(handler, at + len(SHOWN))]
    tracks.append(track(b"soun", at + len(SHOWN + TOLD)))
    return b"".join((begin, media, box(b"moov", dated, *tracks, GPS, apple), *after))


def test_a_film_keeps_its_picture_and_its_sound_where_they_are() -> None:
    body = film(box(b"uuid", bytes(16), SECRET), box(b"free", SECRET))
    clean = cleaned("video/mp4", body)
    assert clean is not None
    assert SECRET in body
    assert SECRET not in clean
    assert len(clean) == len(body)
    at = body.index(SHOWN)
    assert clean[at : at + len(SHOWN + TOLD + SHOWN)] == SHOWN + bytes(len(TOLD)) + SHOWN
    assert clean.count(b"trak") == 2
    assert boxes.film(clean) == clean


def test_a_film_in_pieces_is_cleaned_unless_something_else_runs_along() -> None:
    piece = box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", box(b"uuid", bytes(16), SECRET)))
    clean = cleaned("video/mp4", film(piece, handler=b"vide").replace(TOLD, SHOWN))
    assert clean is not None
    assert SECRET not in clean
    assert cleaned("video/mp4", film(piece)) is None


# ---------------------------------------------------------------- pictures

PICTURES: dict[str, bytes] = {
    "image/jpeg": PHOTO,
    "image/png": saved("PNG", exif=exif()),
    "image/webp": saved("WEBP", exif=exif(), xmp=b"<x>SECRET</x>", lossless=True),
    "image/avif": saved("AVIF", exif=exif(), xmp=b"<x>SECRET</x>"),
    "image/gif": saved("GIF", comment=SECRET),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_shows_what_it_showed_and_tells_nothing_else(kind: str) -> None:
    body = PICTURES[kind]
    clean = cleaned(kind, body)
    assert clean is not None
    assert kind_of(body[:HEAD]) == kind_of(clean[:HEAD]) == kind
    assert SECRET in body
    assert SECRET not in clean
    assert pixels(clean) == pixels(body)
    known = Image.open(BytesIO(clean)).getexif()
    assert dict(known) == ({} if kind == "image/gif" else {turning.TAG: TURNED})
    assert not known.get_ifd(0x8825)
    assert cleaned(kind, clean) == clean


@pytest.mark.parametrize("fill", [1, 2, 500])
def test_fill_bytes_hide_nothing(fill: int) -> None:
    """FF FF E1 is E1 with a legal fill byte before it."""
    body = PHOTO.replace(b"\xff\xe1", b"\xff" * (fill + 1) + b"\xe1")
    assert body != PHOTO
    assert cleaned("image/jpeg", body) == cleaned("image/jpeg", PHOTO)


@pytest.mark.parametrize("behind", [PHOTO, film(), b"SECRET"])
def test_nothing_lies_behind_the_end_of_a_picture(behind: bytes) -> None:
    """A film of the moment, a second picture: each with a place of its own."""
    for kind in ("image/jpeg", "image/png", "image/webp", "image/gif"):
        assert cleaned(kind, PICTURES[kind] + behind) == cleaned(kind, PICTURES[kind])


def test_the_colours_stay_and_small_pictures_within_go() -> None:
    small = b"\xff\xe0" + struct.pack(">H", 25) + b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"SECRET..."
    assert b"the colours" in jpeg.cleaned(PHOTO)
    begins = jpeg.cleaned(b"\xff\xd8" + small + PHOTO[2:])[:20]
    assert begins == b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"


def test_a_progressive_picture_has_several_scans() -> None:
    body = saved("JPEG", exif=exif(), progressive=True)
    assert body.count(b"\xff\xda") > 1
    assert pixels(jpeg.cleaned(body)) == pixels(body)


def test_a_picture_that_was_cut_short_still_shows_its_part() -> None:
    cut = jpeg.cleaned(PHOTO[:-40])
    assert SECRET not in cut
    assert Image.open(BytesIO(cut)).size == SIZE


def test_an_animation_keeps_its_frames() -> None:
    for kind in ("GIF", "WEBP", "PNG"):
        frames = [picture(), picture().rotate(180)]
        out = BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:], loop=0)
        clean = cleaned(f"image/{kind.lower()}", out.getvalue())
        assert clean is not None
        made = Image.open(BytesIO(clean))
        assert made.n_frames == 2  # type: ignore[attr-defined]
        made.seek(1)
        assert made.convert("RGB").tobytes()


def still(way: int, *, hidden: bytes = SECRET, length: int | None = None) -> bytes:
    """A HEIC as phones write it: an image in `mdat`, an EXIF item there (0), in `idat` (1), or made
    of another item (2)."""
    begin = box(b"ftyp", b"heic", bytes(4), b"mif1")

    def made(at: int) -> bytes:
        infos = [
            box(b"infe", b"\2\0\0\0", struct.pack(">HH", item, 0), name, b"\0")
            for item, name in ((1, b"hvc1"), (2, b"Exif"))
        ]
        size = len(hidden) if length is None else length
        where = 0 if way else at + len(SHOWN)
        places = struct.pack(">HHHHIIHHHHII", 1, 0, 0, 1, at, len(SHOWN), 2, way, 0, 1, where, size)
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(12), b"SECRET\0"),
            box(b"iinf", bytes(4), struct.pack(">H", 2), *infos),
            box(b"iloc", b"\1\0\0\0\x44\0", struct.pack(">H", 2), places),
            box(b"idat", hidden if way else bytes(len(hidden))),
            box(b"uuid", bytes(16), SECRET),
        )

    at = len(begin) + len(made(0)) + 8
    return begin + made(at) + box(b"mdat", SHOWN, hidden) + box(b"mpvd", film())


@pytest.mark.parametrize("way", [0, 1])
def test_a_still_of_a_phone_keeps_its_image_alone(way: int) -> None:
    body = still(way)
    clean = cleaned(kind_of(body[:HEAD]), body)
    assert clean is not None
    assert len(clean) == len(body)
    assert SHOWN in clean
    assert SECRET not in clean
    assert b"Exif" not in clean


def test_a_still_that_cannot_be_taken_apart_is_unsound() -> None:
    for body in (still(2), still(0, length=0), still(0, length=1 << 20), film()):
        with pytest.raises(Unsound):
            boxes.picture(body)


# ---------------------------------------------------------------- sound, documents


def page(flags: int, number: int, packet: bytes) -> bytes:
    table = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, 0, 7, number, 0) + bytes((len(table),))
    return head + table + packet


VOICE = (
    page(2, 0, b"OpusHead" + bytes(11))
    + page(0, 1, b"OpusTags\x06\0\0\0SECRET" + bytes(300))
    + page(4, 2, b"the voice")
)
MUSIC = b"ID3\4\0\0\0\0\0\x06SECRET" + b"\xff\xfbthe music" + b"TAGSECRET".ljust(128, b"\0")


def test_a_voice_message_keeps_the_voice() -> None:
    clean = cleaned("audio/ogg", VOICE)
    assert clean is not None
    assert SECRET not in clean
    assert len(clean) == len(VOICE)
    assert clean.endswith(VOICE[-40:])
    assert cleaned("audio/ogg", VOICE + page(2, 0, SECRET)) is None


def test_the_checksum_of_a_page_is_the_one_that_ogg_has() -> None:
    """CRC-32/CKSUM has the same polynomial, inverted at its end; its check value is published."""
    assert sound.checksum(b"123456789") ^ 0xFFFFFFFF == 0x765E7680


def test_music_keeps_the_music() -> None:
    assert cleaned("audio/mpeg", MUSIC) == b"\xff\xfbthe music"
    assert cleaned("audio/mpeg", MUSIC[:16]) is None


def test_a_document_says_what_it_said_and_not_who_wrote_it() -> None:
    body = pdf()
    clean = cleaned("application/pdf", body)
    assert clean is not None
    assert SECRET in body
    for told in (SECRET, b"/ID", b"pypdf", b"Date", b"/Author"):
        assert told not in clean
    shown = PdfReader(BytesIO(clean)).pages[0]
    assert "what it says" in shown.extract_text()
    inside = Image.open(BytesIO(shown.images[0].data))
    assert dict(inside.getexif()).get(0x010F) is None


def test_what_was_deleted_from_a_document_is_not_in_it() -> None:
    """A PDF that was changed keeps its earlier edition in front of the later one."""
    made = PdfWriter(BytesIO(pdf()), incremental=True)
    made.remove_page(0)
    made.add_blank_page(72, 72)
    out = BytesIO()
    made.write(out)
    assert b"SECRET author" in out.getvalue()
    clean = document.cleaned(out.getvalue())
    assert SECRET not in clean
    assert len(PdfReader(BytesIO(clean)).pages) == 1


def locked(body: bytes) -> bytes:
    made = PdfWriter(clone_from=BytesIO(body))
    made.encrypt("secret", algorithm="RC4-40")
    out = BytesIO()
    made.write(out)
    return out.getvalue()


def holding(body: bytes) -> bytes:
    made = PdfWriter(clone_from=BytesIO(body))
    made.add_attachment("draft.docx", SECRET)
    out = BytesIO()
    made.write(out)
    return out.getvalue()


@pytest.mark.parametrize("change", [locked, holding, lambda body: body[: len(body) // 2]])
def test_a_document_that_cannot_be_looked_through_is_unsound(
    change: Callable[[bytes], bytes],
) -> None:
    assert cleaned("application/pdf", change(pdf())) is None


def test_a_document_that_takes_too_long_or_is_no_reader_s_is_unsound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(document, "SECONDS", 0.0)
    with pytest.raises(Unsound):
        document.cleaned(pdf())
    monkeypatch.undo()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(Unsound):
        document.cleaned(pdf())


# ---------------------------------------------------------------- hostile ones

#: Not the PDF: its reader runs in a process of its own, one each time.
FAST = {kind: clean for kind, clean in CLEANERS.items() if kind != "application/pdf"}
SAMPLES = {
    **PICTURES,
    "image/heic": still(0),
    "video/mp4": film(),
    "audio/mp4": film(),
    "audio/ogg": VOICE,
    "audio/mpeg": MUSIC,
}


@settings(max_examples=60)
@given(st.sampled_from(sorted(FAST)), st.binary(max_size=200))
def test_any_bytes_are_cleaned_or_unsound(kind: str, body: bytes) -> None:
    whole = cleaned(kind, body)
    begun = cleaned(kind, SAMPLES[kind][:24] + body)
    assert whole is None or isinstance(whole, bytes)
    assert begun is None or isinstance(begun, bytes)


@settings(max_examples=150)
@given(st.sampled_from(sorted(FAST)), st.data())
def test_a_damaged_file_is_cleaned_or_unsound_and_never_grows(
    kind: str, data: st.DataObject
) -> None:
    body = bytearray(SAMPLES[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))
    for one in (bytes(body), bytes(body[:cut]), bytes(body[:cut]) * 2):
        clean = cleaned(kind, one)
        assert clean is None or len(clean) <= len(one) + 64


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("video/mp4", box(b"ftyp", b"mp42") + box(b"moov") * 6_000),
        ("video/mp4", b"\0\0\0\1mdat" + b"\xff" * 8),
        ("video/mp4", b"\0\0\0\7free"),
        ("image/heic", still(0).replace(b"\1\0\0\0\x44\0", b"\1\0\0\0\0\0")),
        ("image/webp", b"RIFF\xff\xff\xff\xffWEBP"),
        ("image/png", chunks.PNG_HEAD + b"\xff\xff\xff\xffIDAT"),
        ("image/jpeg", b"\xff\xd8" + b"\xff" * 100_000),
        ("image/jpeg", b"\xff\xd8\xff\xe1\0\0"),
        ("image/gif", b"GIF89a" + bytes(7) + b"\x2c" * 50),
        ("audio/mpeg", b"ID3\4\0\0\0\0\0\0" * 100_000),
        ("audio/ogg", page(2, 0, b"OpusHead") + page(0, 1, b"OpusTags".ljust(255, b"x"))[:-1] * 2),
        ("application/pdf", b"%PDF-1.7 startxref 0"),
        ("application/zip", b"PK\3\4"),
        ("application/octet-stream", b""),
    ],
)
def test_what_claims_too_much_is_unsound(kind: str, body: bytes) -> None:
    assert cleaned(kind, body) is None
