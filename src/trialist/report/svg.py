"""SVG as text: escaped, self-contained, readable by a screen reader. Coordinates are user units (px)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape

FONT = "Helvetica Neue,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"
INK = "#1b1b1b"
MUTED = "#5c5c5c"
RULE = "#c9c9c9"
FAINT = "#e8e8e8"
ALERT = "#a4262c"
COLOURS = ("#00558c", "#c4501b", "#00735c", "#8a4f7d", "#6b6b00", "#333333")
DASHES = ("", "7 3", "2 2", "9 3 2 3", "4 2", "1 3")


def dashes(index: int) -> str:
    """The pattern of a line; with its colour it is its own for the first 36 lines."""
    return DASHES[(index + index // len(COLOURS)) % len(DASHES)]


_NARROW_LETTERS = frozenset("iljI.,:;'|!()[] ft-/")
_WIDE_LETTERS = frozenset("mwMW@%—")


def text_width(content: str, size: float, *, bold: bool = False) -> float:
    """An upper estimate of the width of a line in any of the fonts of `FONT`."""
    ems = 0.0
    for letter in content:
        if letter in _NARROW_LETTERS:
            ems += 0.36
        elif letter in _WIDE_LETTERS:
            ems += 0.95
        elif letter.isupper():
            ems += 0.70
        else:
            ems += 0.61
    return ems * size * (1.09 if bold else 1.0)


def wrap(content: str, size: float, width: float, *, lines: int | None = None) -> tuple[str, ...]:
    """The text in lines that fit `width`; with `lines`, the last one ends in an ellipsis when cut."""
    characters = max(4, len(content))
    while characters > 4:
        found = textwrap.wrap(content, characters, break_long_words=False, break_on_hyphens=True)
        if all(text_width(line, size) <= width for line in found):
            break
        characters -= 1
    found = textwrap.wrap(content, characters, break_on_hyphens=True) or [""]
    if lines is not None and len(found) > lines:
        last = found[lines - 1].rstrip()
        while last and text_width(f"{last}…", size) > width:
            last = last[:-1].rstrip()
        found = [*found[: lines - 1], f"{last}…"]
    return tuple(found)


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def tag(name: str, content: str | None = None, /, **attributes: object) -> str:
    """One element. Attribute names use _ for -, values are escaped; `content` is markup already."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_attribute(value))}"'
        for key, value in attributes.items()
        if value is not None and value != ""
    )
    return f"<{name}{shown}/>" if content is None else f"<{name}{shown}>{content}</{name}>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 12,
    anchor: str = "start",
    fill: str = INK,
    bold: bool = False,
    italic: bool = False,
    halo: bool = False,
    **more: object,
) -> str:
    """One line of text with its baseline at y; `halo` keeps it readable over lines."""
    return tag(
        "text",
        escape(content),
        x=x,
        y=y,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        fill=fill,
        font_weight="600" if bold else None,
        font_style="italic" if italic else None,
        stroke="#fff" if halo else None,
        stroke_width=3 if halo else None,
        stroke_linejoin="round" if halo else None,
        paint_order="stroke" if halo else None,
        **more,
    )


def lines_of_text(
    x: float, y: float, content: Iterable[str], *, size: float = 12, leading: float = 1.25, **more: object
) -> str:
    """Several lines below each other, the first with its baseline at y."""
    return "".join(
        text(x, y + i * size * leading, line, size=size, **more)  # type: ignore[arg-type]
        for i, line in enumerate(content)
    )


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    stroke: str = INK,
    width: float = 1,
    dash: str = "",
    **more: object,
) -> str:
    return tag(
        "line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_dasharray=dash, **more
    )


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "none",
    stroke: str = "none",
    **more: object,
) -> str:
    return tag("rect", x=x, y=y, width=width, height=height, fill=fill, stroke=stroke, **more)


def path(d: str, *, fill: str = "none", stroke: str = "none", **more: object) -> str:
    return tag("path", d=d, fill=fill, stroke=stroke, **more)


def polyline(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of a path through points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def arrow(
    points: Iterable[tuple[float, float]], *, stroke: str = MUTED, dash: str = "", width: float = 1.2
) -> str:
    """A path that ends in an arrow head drawn as a shape of its own (no marker: copies stay whole)."""
    route = list(points)
    (x0, y0), (x1, y1) = route[-2], route[-1]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-9)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    back_x, back_y = x1 - 7 * ux, y1 - 7 * uy
    head = [(x1, y1), (back_x - 3.5 * uy, back_y + 3.5 * ux), (back_x + 3.5 * uy, back_y - 3.5 * ux)]
    shaft = polyline([*route[:-1], (back_x, back_y)])
    return path(shaft, stroke=stroke, stroke_width=width, stroke_dasharray=dash) + path(
        f"{polyline(head)}Z", fill=stroke
    )


def tooltip(content: str) -> str:
    """What a pointer or a screen reader is told of the element that it is put into."""
    return tag("title", escape(content))


def document(
    width: float,
    height: float,
    body: str,
    *,
    title: str,
    description: str = "",
    name: str = "",
    css: str = "",
) -> str:
    """A whole SVG. It scales with its container and never grows beyond its own width."""
    parts = [tag("title", escape(title))]
    if description:
        parts.append(tag("desc", escape(description)))
    parts.append(rect(0, 0, width, height, fill="#fff"))
    return tag(
        "svg",
        "".join(parts) + body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=number(width),
        height=number(height),
        role="img",
        aria_label=title,
        font_family=FONT,
        id=name,
        class_=css,
    )


def _attribute(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
