"""The network drawn: circles are treatments, lines comparisons, shades trials of several arms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from trialist.evidence.pooling.network import NetworkEdge, NetworkPart
from trialist.report import svg


@dataclass(frozen=True, slots=True)
class NetworkLayout:
    """`label` is the width that a name may take beside its circle."""

    width: float
    height: float
    size: float
    label: float
    largest: float


WIDE = NetworkLayout(860, 430, 13, 210, 30)
NARROW = NetworkLayout(358, 440, 11.5, 96, 22)
_SEARCHED = 7  # treatments up to which every order around the ring is tried


def network_svg(
    part: NetworkPart,
    labels: Mapping[str, str],
    *,
    title: str,
    layout: NetworkLayout = WIDE,
    name: str = "",
) -> str:
    """Areas of circles by patients, widths of lines by trials (more than one: with their number)."""
    order = ring(part.treatments, part.edges)
    key = "Circles: patients. Lines: trials, thicker where more. Shaded: one trial of several arms."
    lines = svg.wrap(key, layout.size - 2, layout.width)
    room = 4 * 1.25 * layout.size + 10  # three lines of a name above and below, and its patients
    foot = 14 * len(lines) + 8
    down = (layout.height - foot) / 2 - room - layout.largest
    centre_x, centre_y = layout.width / 2, room + layout.largest + down
    across = centre_x - layout.label - layout.largest - 10
    place: dict[str, tuple[float, float]] = {}
    for i, treatment in enumerate(order):
        turn = -math.pi / 2 + 2 * math.pi * i / len(order)
        place[treatment] = centre_x + across * math.cos(turn), centre_y + down * math.sin(turn)
    if len(order) == 2:
        place = {order[0]: (centre_x - across, centre_y), order[1]: (centre_x + across, centre_y)}
    body = [
        _shade(trial.trial, [place[t] for t in _around(trial.treatments, order)], colour)
        for trial, colour in zip(_several(part), _colours(len(_several(part))), strict=True)
    ]
    body += [_edge(edge, place, labels, layout) for edge in part.edges]
    most = max((n or 0 for n in part.patients), default=0)
    for treatment, patients in zip(part.treatments, part.patients, strict=True):
        radius = 7.0 if not patients or not most else max(7.0, layout.largest * math.sqrt(patients / most))
        body.append(
            _node(labels.get(treatment, treatment), patients, place[treatment], radius, layout, centre_x)
        )
    body.append(
        svg.lines_of_text(
            0, layout.height - 6 - 14 * (len(lines) - 1), lines, size=layout.size - 2, fill=svg.MUTED
        )
    )
    described = "; ".join(
        f"{labels.get(e.first, e.first)} and {labels.get(e.second, e.second)}: {', '.join(e.trials)}"
        for e in part.edges
    )
    return svg.document(
        layout.width, layout.height, "".join(body), title=title, description=described, name=name
    )


def ring(treatments: Sequence[str], edges: Sequence[NetworkEdge]) -> tuple[str, ...]:
    """An order around the ring in which few lines cross."""
    if len(treatments) > _SEARCHED:
        return _walked(treatments, edges)
    first, *rest = treatments
    pairs = [(e.first, e.second) for e in edges]

    def crossings(order: tuple[str, ...]) -> int:
        at = {t: i for i, t in enumerate(order)}
        spans = [tuple(sorted((at[a], at[b]))) for a, b in pairs]
        return sum(a < c < b < d or c < a < d < b for (a, b), (c, d) in combinations(spans, 2))

    return min(((first, *order) for order in permutations(rest)), key=crossings)


def _walked(treatments: Sequence[str], edges: Sequence[NetworkEdge]) -> tuple[str, ...]:
    """From neighbour to neighbour, those with fewest other lines first."""
    near: dict[str, set[str]] = {t: set() for t in treatments}
    for edge in edges:
        near[edge.first].add(edge.second)
        near[edge.second].add(edge.first)
    left = set(treatments)
    order: list[str] = []
    while left:
        last = near[order[-1]] & left if order else set()
        chosen = min(last or left, key=lambda t: (len(near[t] & left), t))
        order.append(chosen)
        left.remove(chosen)
    return tuple(order)


def _several(part: NetworkPart) -> list[_Several]:
    return [_Several(t.trial, t.treatments) for t in part.trials if len(t.treatments) > 2]


@dataclass(frozen=True, slots=True)
class _Several:
    trial: str
    treatments: tuple[str, ...]


def _colours(n: int) -> list[str]:
    return [svg.COLOURS[i % len(svg.COLOURS)] for i in range(n)]


def _around(treatments: Sequence[str], order: Sequence[str]) -> list[str]:
    return sorted(treatments, key=order.index)


def _shade(trial: str, corners: list[tuple[float, float]], colour: str) -> str:
    shape = svg.path(
        f"{svg.polyline(corners)}Z", fill=colour, fill_opacity=0.10, stroke=colour, stroke_opacity=0.35
    )
    return svg.tag("g", svg.tooltip(f"{trial}, {len(corners)} arms") + shape)


def _edge(
    edge: NetworkEdge,
    place: Mapping[str, tuple[float, float]],
    labels: Mapping[str, str],
    layout: NetworkLayout,
) -> str:
    (x1, y1), (x2, y2) = place[edge.first], place[edge.second]
    k = len(edge.trials)
    names = labels.get(edge.first, edge.first), labels.get(edge.second, edge.second)
    told = f"{', '.join(names)}: {', '.join(edge.trials)}"
    parts = [svg.tooltip(told), svg.line(x1, y1, x2, y2, stroke=svg.MUTED, width=min(1.5 + 2 * (k - 1), 11))]
    if k > 1:
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        size = layout.size - 1
        parts.append(
            svg.rect(x - size * 0.75, y - size * 0.75, size * 1.5, size * 1.5, fill="#fff", rx=size * 0.75)
        )
        parts.append(svg.text(x, y + size * 0.36, str(k), size=size, anchor="middle", bold=True))
    return svg.tag("g", "".join(parts))


def _node(
    label: str,
    patients: int | None,
    at: tuple[float, float],
    radius: float,
    layout: NetworkLayout,
    centre: float,
) -> str:
    x, y = at
    shown = f"n {patients:,}" if patients is not None else "n not stated"
    parts = [
        svg.tooltip(f"{label}: {shown}"),
        svg.tag("circle", cx=x, cy=y, r=radius, fill=svg.COLOURS[0], stroke="#fff", stroke_width=1.5),
    ]
    beside = x - centre
    alone = abs(beside) < 8  # at the top or the bottom: the name has room to both sides
    width = layout.width * 0.6 if alone else layout.label
    lines = [*svg.wrap(label, layout.size, width, lines=3 if alone else 4), shown]
    step = layout.size * 1.25
    if alone:
        above = y < layout.height / 2 - 20
        top = y - radius - 8 - step * (len(lines) - 1) if above else y + radius + layout.size + 4
        where, anchor = x, "middle"
        parts.append(_named(lines, where, top, layout.size, anchor))
    else:
        where = x + (radius + 8 if beside > 0 else -radius - 8)
        top = y - step * len(lines) / 2 + layout.size * 0.95
        parts.append(_named(lines, where, top, layout.size, "start" if beside > 0 else "end"))
    return svg.tag("g", "".join(parts))


def _named(lines: Sequence[str], x: float, y: float, size: float, anchor: str) -> str:
    step = size * 1.25
    name = svg.lines_of_text(x, y, lines[:-1], size=size, anchor=anchor, halo=True)
    n = svg.text(
        x, y + step * (len(lines) - 1), lines[-1], size=size - 1.5, anchor=anchor, fill=svg.MUTED, halo=True
    )
    return name + n
