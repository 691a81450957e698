"""Rows and columns of a table that name a trial, and its author, journal and year in other cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from trialist.evidence.audit.known.scenes import Scene, scene
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.sources import Cited, held_as
from trialist.evidence.audit.known.words import Known, known
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.grid import body, head
from trialist.evidence.claims.model import Cell, Part, Reading
from trialist.evidence.claims.plain import plain
from trialist.evidence.claims.references import Described, described, folded, journals
from trialist.evidence.model import Store

_YEAR = re.compile(r"^\W*((?:19|20)\d\d)\W*$")
_YEARS = re.compile(r"\b(?:years?|published|publication|report\w*|reference|citation|source)\b", re.I)
Judge = Callable[[Scene, Cited, set[str], Store], Iterator[Verdict]]


def of_tables(reading: Reading, store: Store, judged: Judge) -> Iterator[Verdict]:
    sight = Sight(reading, plain(reading.document.text), known(store))
    for part in reading.document.parts:
        if part.kind == "table" and part.rows:
            yield from _of_table(sight, part, judged)


def _of_table(sight: Sight, part: Part, judged: Judge) -> Iterator[Verdict]:
    text, rows = sight.text, body(sight.text, part)
    trials = [_trial(sight, [row[0]]) for row in rows]
    if any(trials):
        heads = [head(text, part, k) for k in range(max(map(len, rows)))]
        records = [(t, row, heads) for t, row in zip(trials, rows, strict=True) if t]
    else:
        labels = [text[row[0].start : row[0].end] for row in rows]
        wide = max(map(len, rows), default=0)
        columns = [
            (k, _trial(sight, [row[k] for row in part.rows[:1] if k < len(row)])) for k in range(1, wide)
        ]
        records = [(t, tuple(row[k] for row in rows if k < len(row)), labels) for k, t in columns if t]
    for trial, cells, names in records:
        cited = _cited(text, cells, names, sight.names)
        if cited is not None:
            one = scene(sight, sight.reading.document.span(cited.start, cited.end))
            yield from judged(one, cited, {trial}, sight.names.store)


def _trial(sight: Sight, cells: Sequence[Cell]) -> str | None:
    found = {m.id for cell in cells for m in sight.mentions(cell.start, cell.end) if m.kind == "trial"}
    return found.pop() if len(found) == 1 else None


def _cited(text: str, cells: Sequence[Cell], names: Sequence[str], known_names: Known) -> Cited | None:
    """What the cells of a record say of a source, where they say two things of it."""
    author = journal = year = None
    used: list[Cell] = []
    for cell, name in zip(cells, names, strict=False):
        said = text[cell.start : cell.end]
        whole = described(said)
        if None not in (whole.author, whole.journal, whole.year):
            return Cited(held_as(whole, known_names), cell.start, cell.end, "a cell of its row", whole)
        words = [w for w in known_names.authors if re.search(rf"(?<!\w){re.escape(w)}(?!\w)", folded(said))]
        of = [journal_id for journal_id, _, _ in journals(said)]
        found = _YEAR.match(said) if _YEARS.search(name) else None
        if len(words) == 1 and author is None:
            author = words[0]
        if len(of) == 1 and journal is None:
            journal = of[0]
        if found is not None and year is None:
            year = int(found[1])
        if words or of or found:
            used.append(cell)
    if year is None or (author is None and journal is None):
        return None
    made = Described(author, year, journal)
    first, last = min(c.start for c in used), max(c.end for c in used)
    return Cited(held_as(made, known_names), first, last, "the cells of its row", made)
