"""A column of differences between the two other columns of numbers of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.grid import head
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Cell, Part, Printed
from trialist.evidence.claims.plain import NUMBER, printed

_DIFFERENCE = re.compile(
    r"^\W*(?:absolute\s+|mean\s+|median\s+)?(?:differences?|change|gain|improvement|delta|\u0394|benefit)"
    r"(?:\W*(?:in\s+)?(?:months|weeks|points|percentage points|pp|mo|%))?\W*$",
    re.I,
)
_ALONE = re.compile(rf"^\W*(?P<x>{NUMBER})\s*(?:%|months?|mo|weeks?|points?|pp)?\s*(?:\([^()]*\))?\W*$")
_RATIO = re.compile(r"\b(?:HR|OR|RR|ratio|P|p)\b")


def differences_of(text: str, part: Part, row: tuple[Cell, ...]) -> Iterator[Item]:
    """The difference that a row tells of its two other numbers."""
    heads = [head(text, part, place) for place in range(len(row))]
    told = [place for place, said in enumerate(heads) if place and _DIFFERENCE.match(said)]
    others = [place for place, said in enumerate(heads) if place and place not in told]
    label = text[row[0].start : row[0].end]
    if len(told) != 1 or len(others) != 2 or _RATIO.search(" ".join((label, *heads))):
        return
    found = [_alone(text, row[place]) for place in (*told, *others)]
    numbers = [number for number in found if number is not None]
    if len(numbers) == len(found):
        held = dict(zip(("difference", "first", "second"), numbers, strict=True))
        yield Item("difference", row[0].start, row[-1].end, row[0].start, held, {"unit": "of the row"})


def _alone(text: str, cell: Cell) -> Printed | None:
    found = _ALONE.match(text[cell.start : cell.end])
    return (
        printed(text, cell.start + found.start("x"), cell.start + found.end("x"), decimal=True)
        if found
        else None
    )
