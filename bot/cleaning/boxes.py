"""HEIC, AVIF, MP4, MOV, M4A: boxes in boxes. What isn't needed to show them becomes a free box of
the same size, full of zeros, so that nothing else moves.

- A film: its picture and its sound stay. Other tracks (a camera's GPS, a telemetry subtitle) go
  with what they point to; times and names of devices become zeros.
- A still picture (ISO 23008-12): its items are listed in `iinf`, their places in `iloc`. Where no
  image lies there are zeros afterwards: over EXIF, XMP, and whatever nobody points to.

What a codec hides in the coded picture itself is not looked at.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.cleaning.unsound import Unsound, number

#: More than any real file has; what is walked is bounded by it, not by what a file claims.
MOST_BOXES, MOST_MEDIA, MOST_PIECES, MOST_EXTENTS = 5_000, 64, 300_000, 20_000
HEAD = 8
FREE = b"free"
#: Box -> what may stay in it; a box that isn't a key here is taken or left as a whole.
KEPT: Mapping[bytes, frozenset[bytes]] = {
    b"film": frozenset(b"ftyp styp moov moof mdat sidx mfra".split()),
    b"picture": frozenset(b"ftyp moov mdat meta".split()),
    b"moov": frozenset(b"mvhd trak mvex iods".split()),
    b"mvex": frozenset(b"mehd trex trep leva".split()),
    b"trak": frozenset(b"tkhd edts tref mdia tapt".split()),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset(b"mdhd hdlr minf elng".split()),
    b"minf": frozenset(b"vmhd smhd nmhd hmhd gmhd dinf stbl hdlr".split()),
    b"stbl": frozenset(
        b"stsd stts stss ctts stsc stsz stz2 stco co64 sdtp sbgp sgpd subs cslg stdp stsh padb "
        b"stps saiz saio".split()
    ),
    b"moof": frozenset(b"mfhd traf".split()),
    b"traf": frozenset(b"tfhd tfdt trun sbgp sgpd subs saiz saio senc".split()),
    b"meta": frozenset(b"hdlr pitm iinf iloc iprp iref idat dinf grpl".split()),
}
DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
SHOWN = frozenset({b"vide", b"soun"})  #: tracks that stay
#: Items that are a picture, or how pictures are put together.
IMAGES = frozenset(b"hvc1 hev1 lhv1 av01 avc1 vvc1 unci grid iden iovl tmap".split())
IN_FILE, IN_IDAT = 0, 1  #: where `iloc` says that an item lies
CODER_NAME, CODER_NAME_END = 50, 82  #: in a description of coded pictures


class Box(NamedTuple):
    """From `at` to `end`; what is in it from `start`."""

    name: bytes
    at: int
    start: int
    end: int


class Extent(NamedTuple):
    start: int
    end: int


class Boxes:
    """Those of one file: walked once, changed in place. `found` has those that stay, by name."""

    def __init__(self, body: bytes, top: bytes) -> None:
        self.out = bytearray(body)
        self.found: dict[bytes, list[Box]] = {}
        self._boxes = 0
        self._walk(top, 0, len(body))

    def _walk(self, parent: bytes, at: int, end: int) -> None:
        for box in self.each(at, end):
            if box.name not in KEPT[parent]:
                self.free(box)
                continue
            self.found.setdefault(box.name, []).append(box)
            if box.name in KEPT:
                self._walk(box.name, box.start + (4 if box.name == b"meta" else 0), box.end)

    def each(self, at: int, end: int) -> Iterator[Box]:
        while at < end:
            size, head = number(self.out, at, 4), HEAD
            if size == 1:
                size, head = number(self.out, at + HEAD, 8), HEAD + 8
            elif size == 0:
                size = end - at
            self._boxes += 1
            if size < head or at + size > end or self._boxes > MOST_BOXES:
                raise Unsound
            yield Box(bytes(self.out[at + 4 : at + 8]), at, at + head, at + size)
            at += size

    def inside(self, outer: Box, name: bytes) -> list[Box]:
        return [box for box in self.found.get(name, ()) if outer.at < box.at < outer.end]

    def free(self, box: Box) -> None:
        self.out[box.at + 4 : box.at + 8] = FREE
        self.zero(box.start, box.end)

    def zero(self, start: int, end: int) -> None:
        if not start <= end <= len(self.out):
            raise Unsound
        self.out[start:end] = bytes(end - start)

    def only(self, name: bytes) -> Box:
        found = self.found.get(name, [])
        if len(found) != 1:
            raise Unsound
        return found[0]

    def media(self) -> list[Box]:
        """Where pictures and sound lie."""
        found = self.found.get(b"mdat", []) + self.found.get(b"idat", [])
        if len(found) > MOST_MEDIA:
            raise Unsound
        return found

    def undate(self) -> None:
        """When it was begun and changed; who made the program that wrote it."""
        for box in (box for name in DATED for box in self.found.get(name, ())):
            size = 16 if number(self.out, box.start, 1) == 1 else 8
            self.zero(min(box.end, box.start + 4), min(box.end, box.start + 4 + size))
        for box in self.found.get(b"hdlr", ()):
            self.zero(min(box.end, box.start + 12), box.end)


# ---------------------------------------------------------------- films


def film(body: bytes) -> bytes:
    """MP4, MOV, 3GP, M4A."""
    made = Boxes(body, b"film")
    if b"moov" not in made.found:
        raise Unsound
    tracks = made.found.get(b"trak", [])
    gone = [track for track in tracks if not _shown(made, track)]
    if gone and b"moof" in made.found:
        raise Unsound  # where its pieces lie is said piece by piece
    for start, end in _pieces(made, tracks, gone) if gone else ():
        made.zero(start, end)
    for track in tracks:
        _unname(made, track)
    for track in gone:
        made.free(track)
    made.undate()
    return bytes(made.out)


def _shown(made: Boxes, track: Box) -> bool:
    handlers = made.inside(track, b"hdlr")
    return any(bytes(made.out[box.start + 8 : box.start + 12]) in SHOWN for box in handlers)


def _unname(made: Boxes, track: Box) -> None:
    """ "Such and such camera's encoder"."""
    if not made.inside(track, b"vmhd"):
        return
    for box in made.inside(track, b"stsd"):
        entry = box.start + 8
        end = entry + CODER_NAME_END
        if end <= box.end and entry + number(made.out, entry, 4) >= end:
            made.zero(entry + CODER_NAME, end)


def _pieces(made: Boxes, tracks: Sequence[Box], gone: Sequence[Box]) -> Iterator[Extent]:
    """Where the pieces of those lie that go: each reaches to the next one of any track."""
    pieces = sorted((at, track in gone) for track in tracks for at in _offsets(made, track))
    if len(pieces) > MOST_PIECES:
        raise Unsound
    for box in made.media():
        first, last = (bisect_left(pieces, (at, False)) for at in (box.start, box.end))
        here = pieces[first:last]
        ends = [*(at for at, _ in here[1:]), box.end]
        yield from (Extent(at, end) for (at, goes), end in zip(here, ends, strict=False) if goes)


def _offsets(made: Boxes, track: Box) -> Iterator[int]:
    for name, size in ((b"stco", 4), (b"co64", 8)):
        for box in made.inside(track, name):
            count = number(made.out, box.start + 4, 4)
            if box.start + 8 + count * size > box.end or count > MOST_PIECES:
                raise Unsound
            for place in range(count):
                yield number(made.out, box.start + 8 + place * size, size)


# ---------------------------------------------------------------- still pictures


def picture(body: bytes) -> bytes:
    """HEIC and AVIF. One that also moves isn't taken apart."""
    made = Boxes(body, b"picture")
    if b"moov" in made.found:
        raise Unsound
    kept, others = _extents(made)
    joined = _joined(kept)
    media = made.media()
    for where in others:
        if _overlaps(joined, where) or not any(_within(where, box) for box in media):
            raise Unsound
    for box in media:
        for start, end in _gaps(joined, box):
            made.zero(start, end)
    made.undate()
    return bytes(made.out)


def _extents(made: Boxes) -> tuple[list[Extent], list[Extent]]:
    """Where images lie, and where everything else does, from the beginning of the file."""
    kept: list[Extent] = []
    others: list[Extent] = []
    kinds = _items(made, made.only(b"iinf"))
    for item, way, extents in _places(made.out, made.only(b"iloc")):
        if way not in (IN_FILE, IN_IDAT):
            raise Unsound
        begins = made.only(b"idat").start if way == IN_IDAT else 0
        to = kept if kinds.get(item) in IMAGES else others
        to += [Extent(begins + start, begins + end) for start, end in extents]
        if len(kept) + len(others) > MOST_EXTENTS:
            raise Unsound
    return kept, others


def _items(made: Boxes, box: Box) -> dict[int, bytes]:
    """What each item is. Names of items go, and what isn't a picture is of no type any more: some
    readers refuse a file whose EXIF they can't read."""
    out, kinds = made.out, {}
    first = box.start + (6 if number(out, box.start, 1) == 0 else 8)
    for entry in made.each(first, box.end):
        edition = number(out, entry.start, 1)
        if entry.name != b"infe" or edition not in (2, 3):
            raise Unsound
        kind = entry.start + (8 if edition == 2 else 10)
        named = bytes(out[kind : kind + 4])
        kinds[number(out, entry.start + 4, 2 * edition - 2)] = named
        if named not in IMAGES and kind + 4 <= entry.end:
            out[kind : kind + 4] = FREE
        made.zero(min(entry.end, kind + 4), entry.end)
    return kinds


def _places(out: bytearray, box: Box) -> Iterator[tuple[int, int, list[Extent]]]:
    """Of each item its number, in what it lies, and where."""
    version, sizes = number(out, box.start, 1), number(out, box.start + 4, 2)
    if version > 2:
        raise Unsound
    offset, length, base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    reading = _Reading(out, box.start + 6, box.end)
    for _ in range(reading.next(wide)):
        item = reading.next(wide)
        way = reading.next(2) & 15 if version else IN_FILE
        reading.next(2)
        begins = reading.next(base)
        extents = []
        for _extent in range(min(reading.next(2), MOST_EXTENTS + 1)):
            reading.next(index)
            start = begins + reading.next(offset)
            size = reading.next(length)
            if not size:
                raise Unsound  # "the rest of the file"
            extents.append(Extent(start, start + size))
        yield item, way, extents


class _Reading:
    """Numbers one after the other, none from behind the end of the box."""

    def __init__(self, out: bytearray, at: int, end: int) -> None:
        self.out, self.at, self.end = out, at, end

    def next(self, size: int) -> int:
        if self.at + size > self.end:
            raise Unsound
        self.at += size
        return number(self.out, self.at - size, size)


def _joined(extents: Sequence[Extent]) -> list[Extent]:
    """In order, none touching another."""
    joined: list[Extent] = []
    for start, end in sorted(extents):
        if joined and start <= joined[-1].end:
            joined[-1] = Extent(joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Extent(start, end))
    return joined


def _overlaps(joined: Sequence[Extent], where: Extent) -> bool:
    before = bisect_left(joined, Extent(where.end, 0)) - 1
    return before >= 0 and joined[before].end > where.start


def _within(where: Extent, box: Box) -> bool:
    return box.start <= where.start and where.end <= box.end


def _gaps(joined: Sequence[Extent], box: Box) -> Iterator[Extent]:
    """What of this box none of these covers."""
    at = box.start
    for start, end in joined:
        if start < box.end and end > box.start:
            if start > at:
                yield Extent(at, start)
            at = max(at, end)
    if at < box.end:
        yield Extent(at, box.end)
