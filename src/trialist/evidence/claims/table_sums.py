"""Sums and shares in tables, of bars or laid out by blanks: a row or column `Total`, columns with `N = 125`.

A table is told only where it shows by its other cells how it is meant: the sum of most rows or columns is
their total, or most of the percents of a column are of the number in its head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import INTEGER, NUMBER, printed
from trialist.evidence.claims.wholes import item

Cell = tuple[int, int]
Row = list[Cell]
_TOTAL = re.compile(
    r"^\W*(?:(?:grand |over)?total|all|sum|overall|altogether|both)\b(?!\s+(?:death|event|response"
    r"|surviv|dose|cause|cycles)\w*)",
    re.I,
)
_VALUE = re.compile(rf"^\W*(?P<x>{INTEGER})\s*(?:\(\s*(?P<p>{NUMBER})\s?(?P<sign>%?)\s*\))?\W*$")
_WHOLE = re.compile(r"\b[nN]\s*=\s*(?P<n>\d[\d,]*)|^\W*\(?(?P<bare>\d[\d,]*)\)?\W*$")
_GAP = re.compile(r"[ \t]{2,}|\t")
AGREE = 2  # cells that must agree before another is told
NEAR = 0.25


def laid_out(text: str, start: int, end: int) -> list[Row]:
    """The rows of a table by blanks: lines of two cells or more, two blanks apart. `text`: the original."""
    rows: list[Row] = []
    for line in re.finditer(r"[^\n]+", text[start:end]):
        cells: Row = []
        at = 0
        for gap in [*_GAP.finditer(line[0].rstrip()), None]:
            stop = gap.start() if gap else len(line[0].rstrip())
            if line[0][at:stop].strip():
                cells.append((start + line.start() + at, start + line.start() + stop))
            at = gap.end() if gap else stop
        rows.append(cells)
    return rows if sum(len(row) > 1 for row in rows) > 2 else []


def sums(text: str, rows: Sequence[Row]) -> Iterator[Item]:
    wide = max((len(row) for row in rows), default=0)
    body = [row for row in rows if len(row) == wide and wide > 1]
    numbers = [[_number(text, cell) for cell in row[1:]] for row in body]
    held = [(row, ns) for row, ns in zip(body, numbers, strict=True) if all(n is not None for n in ns)]
    heads = [row for row in rows if row not in [row for row, _ in held]]
    if len(held) < AGREE:
        return
    values: list[list[Printed]] = [[n for n in ns if n is not None] for _, ns in held]
    labels = [text[row[0][0] : row[0][1]] for row, _ in held]
    yield from _columns(values, labels)
    if wide > 3 and any(_TOTAL.match(text[row[-1][0] : row[-1][1]]) for row in heads if len(row) > 2):
        yield from _rows(values)


def _columns(values: list[list[Printed]], labels: list[str]) -> Iterator[Item]:
    """A last or first row `Total`: each column makes its own."""
    place = next((k for k in (len(labels) - 1, 0) if _TOTAL.match(labels[k])), None)
    if place is None or len(labels) < 3:
        return
    parts = [row for k, row in enumerate(values) if k != place]
    columns = [(total, [row[k] for row in parts]) for k, total in enumerate(values[place])]
    odd = [one for one in columns if sum(n.value for n in one[1]) != one[0].value and not _rounded(*one)]
    yield from (item("sum", *one) for one in columns if one not in odd and not _rounded(*one))
    if len(odd) == 1 and _near(*odd[0]):
        yield item("sum", *odd[0])


def _rounded(total: Printed, parts: Sequence[Printed]) -> bool:
    """Whether a column may be of percents, which make a hundred but for rounding."""
    return total.value == 100 and abs(sum(n.value for n in parts) - 100) <= len(parts) / 2


def _rows(values: list[list[Printed]]) -> Iterator[Item]:
    odd = [row for row in values if sum(n.value for n in row[:-1]) != row[-1].value]
    if len(values) > len(odd) == 1 and _near(odd[0][-1], odd[0][:-1]):
        yield item("sum", odd[0][-1], odd[0][:-1])


def _near(total: Printed, parts: Sequence[Printed]) -> bool:
    summed = sum(part.value for part in parts)
    return abs(summed - total.value) <= max(NEAR * total.value, 2)


def _number(text: str, cell: Cell) -> Printed | None:
    found = _VALUE.match(text[cell[0] : cell[1]])
    return printed(text, cell[0] + found.start("x"), cell[0] + found.end("x")) if found else None


def percents(text: str, rows: Sequence[Row]) -> Iterator[Item]:
    """`100 (80%)` under `N = 125`: a cell that does not agree where two others of its column do."""
    heads: list[Printed] = []
    columns: dict[int, list[tuple[Printed, Printed, Cell]]] = {}
    for row in rows:
        found = [_WHOLE.search(text[a:b]) for a, b in row]
        wholes = [
            n
            for (a, _), m in zip(row, found, strict=True)
            if m and m["n"] and (n := printed(text, a + m.start("n"), a + m.end("n"))) is not None
        ]
        if wholes and not heads and not columns:
            heads = wholes
            continue
        for k, (a, b) in enumerate(row[1:]):
            m = _VALUE.match(text[a:b])
            if m and m["p"]:
                x, p = (
                    printed(text, a + m.start("x"), a + m.end("x")),
                    printed(text, a + m.start("p"), a + m.end("p")),
                )
                if x is not None and p is not None:
                    columns.setdefault(k, []).append((x, p, (a, b)))
    if len(heads) != len(columns):
        return
    for whole, k in zip(heads, sorted(columns), strict=True):
        odd = [one for one in columns[k] if not _agrees(one[0], whole, one[1])]
        if len(odd) == 1 and len(columns[k]) > AGREE:
            x, p, (a, b) = odd[0]
            step = 0.5 * 10.0**-p.decimals
            said = {
                "low": (p.value - step) / 100,
                "high": (p.value + step) / 100,
                "share": f"{p.text}%",
                "form": "fraction",
            }
            yield Item("fraction", a, b, a, {"count": x, "n": whole, "percent": p}, said)


def _agrees(count: Printed, whole: Printed, percent: Printed) -> bool:
    return (
        abs(100 * count.value / whole.value - percent.value) <= 10.0**-percent.decimals
        if whole.value
        else False
    )
