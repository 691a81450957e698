"""A drawing of ours as an enhanced metafile (EMF): lines, areas and words that every Word can draw.

Reads the elements that `report.svg` writes (rect, line, path of straight parts, text, g); records as in
[MS-EMF] of Microsoft's open specifications.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

_SCALE = 20  # logical units to a pixel
_WIDTHS = (  # of Helvetica, 1/1000 of its size, from the blank on (Adobe's metrics)
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 "
    "556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 "
    "556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_ADVANCE = {chr(32 + i): int(width) for i, width in enumerate(_WIDTHS.split())} | {"\xa0": 278}
_BOLD = 1.07
_BASELINE = 24
_ANCHORS = {"start": 0, "middle": 6, "end": 2}
_NULL_PEN, _NULL_BRUSH = 0x80000008, 0x80000005
_Point = tuple[float, float]


def emf_of(drawing: str) -> tuple[bytes, float, float]:
    """(the metafile, width, height in pixels) of an SVG of this package."""
    root = ElementTree.fromstring(drawing)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    made = _Metafile(width, height)
    for element in _flat(root):
        made.draw(element)
    return made.whole(), width, height


def _flat(element: Any) -> Iterator[Any]:
    for child in element:
        if _name(child) == "g":
            yield from _flat(child)
        else:
            yield child


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


class _Metafile:
    """Collects records; sizes are known when all are there."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.records: list[bytes] = []
        wide, high = round(width * _SCALE), round(height * _SCALE)
        self.add(17, struct.pack("<I", 8))  # anisotropic
        self.add(10, struct.pack("<ii", 0, 0))
        self.add(9, struct.pack("<ii", wide, high))
        self.add(12, struct.pack("<ii", 0, 0))
        self.add(11, struct.pack("<ii", round(width), round(height)))
        self.add(18, struct.pack("<I", 1))  # words without a ground of their own

    def add(self, kind: int, content: bytes = b"") -> None:
        self.records.append(struct.pack("<II", kind, 8 + len(content)) + content)

    def draw(self, element: Any) -> None:
        name, given = _name(element), element.attrib
        if name == "rect":
            x, y = float(given.get("x", 0)), float(given.get("y", 0))
            right, low = x + float(given["width"]), y + float(given["height"])
            self._shape([(x, y), (right, y), (right, low), (x, low)], given, closed=True)
        elif name == "line":
            ends = [(float(given["x1"]), float(given["y1"])), (float(given["x2"]), float(given["y2"]))]
            self._shape(ends, given, closed=False)
        elif name == "path":
            route = given["d"]
            points = [
                (float(x), float(y))
                for x, y in (part.split() for part in route.strip("MZ").replace("M", "L").split("L"))
            ]
            self._shape(points, given, closed=route.endswith("Z"))
        elif name == "text":
            self._text(element.text or "", given)

    def _shape(self, points: list[_Point], given: Any, *, closed: bool) -> None:
        fill, stroke = _colour(given.get("fill")), _colour(given.get("stroke"))
        thick = max(1, round(float(given.get("stroke-width", 1)) * _SCALE))
        if closed and fill is not None:
            self.add(39, struct.pack("<IIII", 1, 0, fill, 0))
            self._with(1, _NULL_PEN, lambda: self._points(3, points))
        if stroke is None:
            return
        route = [*points, points[0]] if closed else points
        dash = [float(part) for part in given.get("stroke-dasharray", "").split()]
        pieces = _dashed(route, dash) if dash else [route]
        self.add(38, struct.pack("<IIiiI", 1, 0, thick, 0, stroke))
        self._with(1, _NULL_BRUSH, lambda: self._lines(pieces))

    def _lines(self, pieces: Iterable[list[_Point]]) -> None:
        for piece in pieces:
            self._points(4, piece)

    def _with(self, handle: int, other: int, draw: Any) -> None:
        self.add(37, struct.pack("<I", handle))
        self.add(37, struct.pack("<I", other))
        draw()
        self.add(37, struct.pack("<I", 0x80000007))  # the pen and brush that are always there
        self.add(37, struct.pack("<I", 0x80000000))
        self.add(40, struct.pack("<I", handle))

    def _points(self, kind: int, points: Iterable[_Point]) -> None:
        placed = [(round(x * _SCALE), round(y * _SCALE)) for x, y in points]
        xs, ys = [x for x, _ in placed], [y for _, y in placed]
        head = struct.pack("<iiiiI", min(xs), min(ys), max(xs), max(ys), len(placed))
        self.add(kind, head + b"".join(struct.pack("<ii", x, y) for x, y in placed))

    def _text(self, said: str, given: Any) -> None:
        if not said:
            return
        size = float(given.get("font-size", 12))
        bold = given.get("font-weight") == "600"
        face = "Arial".encode("utf-16-le").ljust(64, b"\0")
        font = (
            struct.pack("<iiiii8B", -round(size * _SCALE), 0, 0, 0, 700 if bold else 400, *([0] * 8)) + face
        )
        self.add(82, struct.pack("<I", 1) + font.ljust(320, b"\0"))
        self.add(37, struct.pack("<I", 1))
        self.add(24, struct.pack("<I", _colour(given.get("fill")) or 0))
        self.add(22, struct.pack("<I", _BASELINE | _ANCHORS[given.get("text-anchor", "start")]))
        x, y = round(float(given["x"]) * _SCALE), round(float(given["y"]) * _SCALE)
        words = said.encode("utf-16-le")
        units = len(words) // 2
        padded = words.ljust((len(words) + 3) // 4 * 4, b"\0")
        per = size * _SCALE * (_BOLD if bold else 1.0) / 1000
        steps = [round(_ADVANCE.get(said[i] if i < len(said) else "", 556) * per) for i in range(units)]
        start = 76
        head = struct.pack("<iiiiIff", 0, 0, -1, -1, 1, 1.0, 1.0)
        body = struct.pack("<iiIIIiiiiI", x, y, units, start, 0, 0, 0, -1, -1, start + len(padded))
        self.add(84, head + body + padded + struct.pack(f"<{units}I", *steps))
        self.add(37, struct.pack("<I", 0x8000000D))
        self.add(40, struct.pack("<I", 1))

    def whole(self) -> bytes:
        self.add(14, struct.pack("<III", 0, 16, 20))
        body = b"".join(self.records)
        wide, high = round(self.width), round(self.height)
        per_pixel = 2540 / 96  # hundredths of a millimetre
        header = struct.pack(
            "<IIiiiiiiiiIIIIHHIIIiiii",
            *(1, 88, 0, 0, wide - 1, high - 1),
            *(0, 0, round(self.width * per_pixel), round(self.height * per_pixel)),
            *(0x464D4520, 0x10000, 88 + len(body), len(self.records) + 1, 2, 0, 0, 0, 0),
            *(1920, 1080, 508, 286),
        )
        return header + body


def _colour(text: str | None) -> int | None:
    """`#1b2a3c` or `#fff` as 0x00bbggrr; None where nothing is drawn."""
    if text is None or text == "none":
        return None
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return red | green << 8 | blue << 16


def _dashed(route: list[_Point], pattern: list[float]) -> list[list[_Point]]:
    """The pieces of a route that a pattern of dashes and gaps leaves."""
    pieces: list[list[_Point]] = []
    place, left = 0, pattern[0]
    for (x0, y0), (x1, y1) in pairwise(route):
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        done = 0.0
        while length - done > 1e-6:
            step = min(left, length - done)
            if place % 2 == 0:
                ends = (done / length, (done + step) / length)
                pieces.append([(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t) for t in ends])
            done += step
            left -= step
            if left <= 1e-9:
                place += 1
                left = pattern[place % len(pattern)]
    return pieces
