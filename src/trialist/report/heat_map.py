"""The heat map of adverse events: the share of subjects per term and period, one block of columns per arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialist.report import svg


@dataclass(frozen=True, slots=True)
class Cell:
    """`percent` 0 to 100, None where nobody was at risk; `printed` as the page tells it."""

    percent: float | None
    printed: str


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of one arm: their labels, and for each a cell per row."""

    label: str
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    size: float
    blocks_beside: bool


WIDE = Layout(860, 12.5, True)
NARROW = Layout(358, 11, False)
_ROW = 21.0


def heat_map_svg(
    rows: Sequence[str],
    blocks: Sequence[Block],
    *,
    title: str,
    origin: str,
    layout: Layout = WIDE,
    name: str = "",
) -> str:
    """Draw the blocks beside each other on a wide page, below each other on a narrow one.

    Parameters
        rows    labels of the rows, top to bottom
        blocks  `cells[column][row]`
    Returns   a whole SVG. A cell is the darker the larger its share, and holds the share in percent; a cell
              where nobody was at risk is crossed out
    Raises    ValueError without a row or a column
    """
    if not rows or not any(block.columns for block in blocks):
        raise ValueError("a heat map needs a row and a column")
    size, narrow = layout.size, layout.width < 500
    label_width = 118.0 if narrow else 200.0
    labels = [svg.wrap(label, size, label_width - 6, lines=2) for label in rows]
    heights = [max(_ROW, len(lines) * size * 1.25 + 4) for lines in labels]
    groups = [list(blocks)] if layout.blocks_beside else [[block] for block in blocks]
    most = max((c.percent or 0.0 for b in blocks for column in b.cells for c in column), default=0.0)
    parts = [
        svg.text(0, 14, origin, size=9.5, bold=True, fill=svg.ALERT)
        if narrow
        else svg.text(layout.width, 14, origin, size=10.5, bold=True, fill=svg.ALERT, anchor="end")
    ]
    y = 28.0
    for group in groups:
        columns = sum(len(block.columns) for block in group)
        room = layout.width - label_width - 14 * (len(group) - 1)
        width = min(46.0, room / columns)
        x = label_width
        headings = [svg.wrap(b.label, size, max(60.0, width * len(b.columns) + 8)) for b in group]
        tall = max(len(lines) for lines in headings) * size * 1.25
        for block, heading in zip(group, headings, strict=True):
            parts.append(svg.lines_of_text(x, y + size, heading, size=size, bold=True))
            for index, label in enumerate(block.columns):
                middle = x + width * (index + 0.5)
                parts.append(
                    svg.text(middle, y + tall + size, label, size=size - 1.5, anchor="middle", fill=svg.MUTED)
                )
                top = y + tall + size + 6
                for row, height in enumerate(heights):
                    cell = block.cells[index][row]
                    told = f"{block.label}, {rows[row]}, {label}: {cell.printed}"
                    parts.append(_cell(cell, x + width * index, top, width, height, most, size, told))
                    top += height
            x += width * len(block.columns) + 14
        top = y + tall + size + 6
        for lines, height in zip(labels, heights, strict=True):
            first = top + height / 2 + size * 0.35 - (len(lines) - 1) * size * 0.625
            parts.append(svg.lines_of_text(0, first, lines, size=size))
            top += height
        y = top + 14
    described = "; ".join(
        f"{block.label}: "
        + ", ".join(
            f"{rows[row]} {label} {block.cells[index][row].printed}"
            for index, label in enumerate(block.columns)
            for row in range(len(rows))
            if block.cells[index][row].percent
        )
        for block in blocks
    )
    return svg.document(
        layout.width, y, "".join(parts), title=f"{title}. {origin}.", description=described, name=name
    )


def _cell(
    cell: Cell, x: float, y: float, width: float, height: float, most: float, size: float, told: str
) -> str:
    box = (x + 0.5, y + 0.5, width - 1, height - 1)
    if cell.percent is None:
        crossed = svg.rect(*box, fill="#fff", stroke=svg.FAINT) + svg.line(
            x + 3, y + height - 3, x + width - 3, y + 3, stroke=svg.RULE
        )
        return svg.tag("g", svg.tooltip(told) + crossed, data_role="cell")
    share = cell.percent / most if most else 0.0
    colour = _shade(share)
    shown = svg.rect(*box, fill=colour, stroke=svg.FAINT)
    if cell.percent:
        ink = "#fff" if share > 0.55 else svg.INK
        number = f"{cell.percent:.0f}" if cell.percent >= 1 else "<1"
        shown += svg.text(
            x + width / 2, y + height / 2 + size * 0.35, number, size=size - 1.5, anchor="middle", fill=ink
        )
    return svg.tag("g", svg.tooltip(told) + shown, data_role="cell")


def _shade(share: float) -> str:
    """From white to the first colour of the page; lightness falls evenly, so it survives grey print."""
    low, high = (255, 255, 255), (0, 85, 140)
    mixed = (round(a + (b - a) * min(max(share, 0.0), 1.0)) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
