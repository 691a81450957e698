"""Tables whose cells make one another: tubes x mL = volume, and a last row or column `Total`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from trialist.evidence.claims.model import Cell, Claim, Document, Part, Printed
from trialist.evidence.claims.plain import NUMBER, printed

_CELL = re.compile(rf"^\W*(?P<x>{NUMBER})\s*(?P<unit>mL|ml|mg(?:/m2)?|g|GBq|MBq|Gy|days?|weeks?|x)?\W*$")
_WHOLE = re.compile(
    r"\b(?:total|volume|sum|dose|amount|cumulative|overall|all|blood|per (?:visit|cycle|day))\b", re.I
)
_EACH = re.compile(r"\b(?:per|each|every)\b|/", re.I)
_TOTAL = re.compile(r"^\W*(?:total|sum|all|altogether|overall|cumulative)\b", re.I)
Row = list["Printed | None"]


def claims(document: Document, text: str, part: Part) -> Iterator[Claim]:
    if len(part.rows) < 2 or len(part.rows[0]) < 2:
        return
    heads = [text[cell.start : cell.end] for cell in part.rows[0]]
    body = [row for row in part.rows[1:] if len(row) == len(heads)]
    summed = [row for row in body if _TOTAL.match(text[row[0].start : row[0].end])]
    rows = [row for row in body if row not in summed]
    grid = [[_number(text, cell) for cell in row] for row in rows]
    yield from _products(document, heads, rows, grid)
    yield from _across(document, heads, rows, grid)
    if len(summed) == 1 and summed[0] is body[-1] and len(rows) > 1:
        yield from _down(document, text, rows, grid, summed[0])


def _number(text: str, cell: Cell) -> Printed | None:
    found = _CELL.match(text[cell.start : cell.end])
    return printed(text, cell.start + found.start("x"), cell.start + found.end("x")) if found else None


def _products(
    document: Document, heads: Sequence[str], rows: Sequence[Sequence[Cell]], grid: Sequence[Row]
) -> Iterator[Claim]:
    """A column that is the product of two or three others in all rows but one, or by its head in any."""
    for place, head in enumerate(heads):
        if not _WHOLE.search(head) or (
            _EACH.search(head) and not re.search(r"per (?:visit|cycle|day)", head, re.I)
        ):
            continue
        others = [k for k in range(len(heads)) if k != place and any(row[k] for row in grid)]
        for some in (c for size in (2, 3) for c in combinations(others, size)):
            full = [k for k, row in enumerate(grid) if row[place] and all(row[c] for c in some)]
            wrong = [k for k in full if not _same(grid[k][place], prod(_value(grid[k][c]) for c in some))]
            told = any(_EACH.search(heads[c]) for c in some) and len(full) > len(wrong)
            if len(wrong) == 1 and (len(full) > 2 or (told and len(full) > 1)):
                row = grid[wrong[0]]
                yield _made(document, rows[wrong[0]], row[place], [row[c] for c in some], product=True)
                return


def _across(
    document: Document, heads: Sequence[str], rows: Sequence[Sequence[Cell]], grid: Sequence[Row]
) -> Iterator[Claim]:
    """A last column `Total` that is the sum of the others in all rows but one."""
    if len(heads) < 4 or not _TOTAL.match(heads[-1]):
        return
    full = [k for k, row in enumerate(grid) if row[-1] and sum(one is not None for one in row[1:-1]) > 1]
    wrong = [k for k in full if not _same(grid[k][-1], sum(_value(one) for one in grid[k][1:-1] if one))]
    if len(wrong) == 1 and len(full) > 2:
        row = grid[wrong[0]]
        yield _made(document, rows[wrong[0]], row[-1], row[1:-1], product=False)


def _down(
    document: Document, text: str, rows: Sequence[Sequence[Cell]], grid: Sequence[Row], total: Sequence[Cell]
) -> Iterator[Claim]:
    """A last row `Total` of amounts with their units; whole numbers alone are read as totals of patients."""
    for place in range(1, len(total)):
        whole, column = _number(text, total[place]), [row[place] for row in grid]
        units = [re.sub(r"[\d.,\s]", "", text[row[place].start : row[place].end]) for row in (*rows, total)]
        if whole is None or any(one is None for one in column) or len(set(units)) != 1 or not units[0]:
            continue
        yield _made(document, total, whole, column, product=False)


def _value(one: Printed | None) -> float:
    return one.value if one is not None else 0.0


def _same(printed_: Printed | None, made: float) -> bool:
    return printed_ is not None and abs(printed_.value - made) <= 0.5 * 10**-printed_.decimals + 1e-9


def _made(
    document: Document,
    row: Sequence[Cell],
    whole: Printed | None,
    parts: Sequence[Printed | None],
    *,
    product: bool,
) -> Claim:
    held = [one for one in parts if one is not None]
    assert whole is not None
    numbers = {"total": whole} | {f"part {k}": one for k, one in enumerate(held, 1)}
    values = [one.value for one in held]
    factor = prod(values[:-1])
    said = {
        "total": (whole.value,),
        "terms": ((values[-1], (factor, factor)),) if product else tuple((v, (1.0, 1.0)) for v in values),
        "factors": (), "lists": (), "each": False, "rough": False, "cue": "cell", "unit": "", "size": 1.0,
    }  # fmt: skip
    span = document.span(row[0].start, row[-1].end)
    return Claim("dose", document.span(whole.start, whole.end), span, numbers=numbers, said=said)
