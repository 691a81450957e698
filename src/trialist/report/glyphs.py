"""Marks of events and responses. Shape and filling tell them apart, so that they survive without colour."""

from __future__ import annotations

from types import MappingProxyType

from trialist.report import svg

# response -> shape; what is not listed is drawn as not evaluable
RESPONSE_SHAPES = MappingProxyType(
    {
        "CR": "square",
        "PR": "triangle",
        "SD": "open circle",
        "NON-CR/NON-PD": "open circle",
        "NON-PD": "open circle",
        "NED": "open circle",
        "PDU": "open diamond",
        "PD": "diamond",
    }
)
RESPONSE_KEY = (
    ("CR", "square"),
    ("PR", "triangle"),
    ("neither response nor progression", "open circle"),
    ("progression not confirmed", "open diamond"),
    ("PD", "diamond"),
    ("not evaluable", "cross"),
)


def response_shape(word: str) -> str:
    return RESPONSE_SHAPES.get(word, "cross")


def glyph(
    shape: str, x: float, y: float, *, size: float = 5, fill: str = svg.INK, told: str = "", role: str = ""
) -> str:
    """One mark centred on (x, y); `open` ones are white inside; `told` to pointers and screen readers."""
    hollow = shape.startswith("open ")
    kind = shape.removeprefix("open ")
    inside = svg.tooltip(told) if told else ""
    look = {"fill": "#fff" if hollow else fill, "stroke": fill, "stroke_width": 1.4, "data_role": role}
    look["data_shape"] = shape
    if kind == "circle":
        return svg.tag("circle", inside, cx=x, cy=y, r=size * 0.85, **look)
    if kind == "cross":
        d = f"M{svg.number(x - size * 0.7)} {svg.number(y - size * 0.7)}l{svg.number(size * 1.4)} "
        d += f"{svg.number(size * 1.4)}m0 -{svg.number(size * 1.4)}l-{svg.number(size * 1.4)} "
        d += f"{svg.number(size * 1.4)}"
        return svg.tag("path", inside, d=d, **(look | {"fill": "none", "stroke_width": 1.8}))
    return svg.tag("path", inside, d=f"{svg.polyline(_corners(kind, x, y, size))}Z", **look)


def arrow_right(
    x: float, y: float, *, size: float = 6, fill: str = svg.INK, told: str = "", role: str = ""
) -> str:
    """A head that points on: what goes on beyond the end of a line."""
    points = [(x, y - size * 0.8), (x + size * 1.4, y), (x, y + size * 0.8)]
    inside = svg.tooltip(told) if told else ""
    return svg.tag(
        "path", inside, d=f"{svg.polyline(points)}Z", fill=fill, data_role=role, data_shape="arrow"
    )


def _corners(kind: str, x: float, y: float, s: float) -> list[tuple[float, float]]:
    if kind == "diamond":
        return [(x, y - s * 1.15), (x + s * 1.15, y), (x, y + s * 1.15), (x - s * 1.15, y)]
    if kind == "triangle":
        return [(x, y - s), (x + s, y + s * 0.8), (x - s, y + s * 0.8)]
    s *= 0.85
    return [(x - s, y - s), (x + s, y - s), (x + s, y + s), (x - s, y + s)]
