"""How drugs act, as a picture with words: wide, the drug beside what it acts on; narrow, one arrow a line."""

from __future__ import annotations

from collections.abc import Mapping

from trialist.evidence.guide.model import Graph
from trialist.evidence.guide.statements import VERBS
from trialist.evidence.model import Edge, Node
from trialist.report import svg

_FILL = {
    "drug": "#eaf1f6",
    "target": "#f4f3f0",
    "process": "#f4f3f0",
    "effect": "#fdf1ea",
    "place": "#eef5ef",
    "marker": "#f6eef4",
}
_NARROW = 500.0


def mechanism_svg(graph: Graph, *, width: float = 860.0, size: float = 13.0, name: str = "") -> str:
    """Draw the graph. Below 500 px every arrow is a line of its own, so that nothing shrinks."""
    nodes = {node.id: node for node in graph.nodes}
    body, height = _narrow(graph, nodes, width, size) if width < _NARROW else _wide(graph, nodes, width, size)
    described = "; ".join(f"{nodes[e.start].label} {VERBS[e.kind]} {nodes[e.end].label}" for e in graph.edges)
    return svg.document(width, height, body, title=graph.title, description=described, name=name)


def _wide(graph: Graph, nodes: Mapping[str, Node], width: float, size: float) -> tuple[str, float]:
    """Three columns: what the guide is of, what it acts on, and what else acts on that."""
    own = [e for e in graph.edges if e.start in graph.subjects or e.end in graph.subjects]
    middle = list(dict.fromkeys(n for e in own for n in (e.start, e.end) if n not in graph.subjects))
    rest = [e for e in graph.edges if e not in own]
    right = list(dict.fromkeys(n for e in rest for n in (e.start, e.end) if n not in middle))
    middle.sort(key=lambda n: _weight(n, right, rest))
    box = 200.0 if right else 260.0
    preclinical = graph.preclinical
    left_x, middle_x = 0.0, (width - box) / 2 if right else width - box
    right_x = width - box
    step = 66.0
    places: dict[str, tuple[float, float]] = {}
    y = 10.0
    for n in middle:
        places[n] = (middle_x, y)
        y += step
    bottom = max(y - step + 46.0, 56.0)
    tall: dict[str, tuple[float, float]] = {}
    share = (bottom - 10.0 + 20.0) / max(len(graph.subjects), 1)
    for i, n in enumerate(graph.subjects):
        tall[n] = (10.0 + i * share, 10.0 + (i + 1) * share - 20.0)
    parts: list[str] = []
    for n, (top, end) in tall.items():
        parts.append(_box(nodes[n], left_x, top, box, size, height=end - top, strong=True))
    spans = _spans(right, rest, places, bottom)
    for n, (top, end) in spans.items():
        parts.append(_box(nodes[n], right_x, top, box, size, height=end - top))
    for n, (x, top) in places.items():
        parts.append(_box(nodes[n], x, top, box, size, height=46.0))
    for e in own:
        subject, other = (e.start, e.end) if e.start in graph.subjects else (e.end, e.start)
        if other in places:
            at = places[other][1] + 23.0
            low, high = tall[subject]
            from_y = min(max(at, low + 8.0), high - 8.0)
            ends = ((left_x + box, from_y), (middle_x, at))
            parts.append(_arrow(e, ends if e.start == subject else ends[::-1], size, preclinical))
    for other, (_, top) in places.items():
        here = [e for e in rest if other in (e.start, e.end) and _beside(e, other) in spans]
        here.sort(key=lambda e: spans[_beside(e, other)])
        for place, e in enumerate(here, 1):
            at = top + 46.0 * place / (len(here) + 1)
            low, high = spans[_beside(e, other)]
            from_y = min(max(at, low + 8.0), high - 8.0)
            ends = ((right_x, from_y), (middle_x + box, at))
            parts.append(_arrow(e, ends if e.start != other else ends[::-1], size, preclinical))
    return "".join(parts), bottom + 12.0


def _beside(edge: Edge, name: str) -> str:
    return edge.end if edge.start == name else edge.start


def _weight(name: str, right: list[str], rest: list[Edge]) -> tuple[float, int]:
    """Things that the same others act on stand together; those that nothing else acts on come first."""
    by = [right.index(n) for e in rest for n in (e.start, e.end) if name in (e.start, e.end) and n in right]
    return (sum(by) / len(by) if by else -1.0), -len(by)


def _spans(
    right: list[str], rest: list[Edge], places: Mapping[str, tuple[float, float]], bottom: float
) -> dict[str, tuple[float, float]]:
    """Where the boxes on the right stand: beside what they act on, below each other."""
    wanted = {}
    for n in right:
        at = [
            places[m][1] for e in rest for m in (e.start, e.end) if n in (e.start, e.end) and m in places
        ] or [10.0]
        wanted[n] = (min(at), max(at) + 46.0)
    found: dict[str, tuple[float, float]] = {}
    ordered = sorted(right, key=lambda n: (sum(wanted[n]) / 2, wanted[n]))
    room = (bottom - 10.0) / max(len(right), 1)
    free = 10.0
    for i, n in enumerate(ordered):
        left = len(ordered) - i - 1
        top = max(free, min(wanted[n][0], bottom - 46.0 - left * 58.0))
        limit = bottom - left * 58.0
        end = min(max(wanted[n][1], top + 46.0), limit) if left == 0 or room > 46.0 else top + 46.0
        end = max(end, top + 46.0)
        found[n] = (top, end)
        free = end + 12.0
    return found


def _narrow(graph: Graph, nodes: Mapping[str, Node], width: float, size: float) -> tuple[str, float]:
    parts: list[str] = []
    side = (width - 78.0) / 2
    y = 6.0
    for e in graph.edges:
        pair = (nodes[e.start], nodes[e.end])
        height = max(_needed(node, side, size) for node in pair)
        strong = [node.id in graph.subjects for node in pair]
        parts.append(_box(pair[0], 0.0, y, side, size, height=height, strong=strong[0]))
        parts.append(_box(pair[1], width - side, y, side, size, height=height, strong=strong[1]))
        middle = y + height / 2
        parts.append(_arrow(e, ((side, middle), (width - side, middle)), size, graph.preclinical))
        y += height + 10.0
    return "".join(parts), y


def _needed(node: Node, width: float, size: float) -> float:
    return len(svg.wrap(node.label, size, width - 14)) * size * 1.25 + 14.0


def _box(
    node: Node, x: float, y: float, width: float, size: float, *, height: float, strong: bool = False
) -> str:
    lines = svg.wrap(node.label, size, width - 14)
    first = y + height / 2 - len(lines) * size * 1.25 / 2 + size
    stroke = svg.COLOURS[0] if strong else svg.MUTED
    return svg.rect(
        x + 1,
        y,
        width - 2,
        height,
        fill=_FILL[node.kind],
        stroke=stroke,
        stroke_width=2 if strong else 1,
        rx=4,
    ) + svg.lines_of_text(x + width / 2, first, lines, size=size, anchor="middle", bold=strong)


def _arrow(
    edge: Edge, ends: tuple[tuple[float, float], ...], size: float, preclinical: frozenset[str]
) -> str:
    (x0, y0), (x1, y1) = ends
    inner = 3.0 if x1 > x0 else -3.0
    dash = "4 3" if edge.statement in preclinical else ""
    drawn = svg.arrow([(x0 + inner / 3, y0), (x1 - inner, y1)], dash=dash)
    near = 0.36 if y0 != y1 else 0.5  # of a slanted arrow the word stands where it begins
    label = svg.text(
        x0 + (x1 - x0) * near,
        y0 + (y1 - y0) * near - 4,
        VERBS[edge.kind],
        size=size - 1.5,
        anchor="middle",
        fill=svg.MUTED,
        halo=True,
    )
    return svg.tag("g", svg.tooltip(edge.statement) + drawn + label, data_statement=edge.statement)
