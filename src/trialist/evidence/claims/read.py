"""A document -> what it claims. Deterministic: the same text gives the same claims."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.claims import (
    accruals,
    acronyms,
    amounts,
    comparisons,
    designs,
    lengths,
    lists,
    moments,
    periods,
    standards,
    table_amounts,
    tables,
    wordings,
)
from trialist.evidence.claims.binding import against, bind, scene, trials_in
from trialist.evidence.claims.findings import claim_of
from trialist.evidence.claims.items import Taken
from trialist.evidence.claims.lexicon import Lexicon, shipped
from trialist.evidence.claims.model import Bound, Claim, Document, Reading, Reference, Span
from trialist.evidence.claims.plain import flattened, plain, sentences
from trialist.evidence.claims.quantities import items_of
from trialist.evidence.claims.references import references
from trialist.evidence.claims.stated import stated
from trialist.evidence.claims.totals import counts, totals


def read_claims(document: Document, names: Lexicon | None = None) -> Reading:
    """Every claim of a document, in order of the text.

    Parameters
        names  the lexicon of a store; without it that of the store that ships
    """
    known = names or shipped()
    text = plain(document.text)
    found: list[Claim] = []
    held: list[Span] = []
    listed = references(document)
    for start, end, part in sentences(document, text):
        if any(entry.start < end and start < entry.end for entry in listed):
            continue
        span = document.span(start, end)
        held.append(span)
        if not flattened(text, start, end):
            before = (
                (held[-2].start, held[-2].end) if len(held) > 1 and held[-2].start >= part.start else None
            )
            found += _of_sentence(document, text, span, (part.start, part.end), known, before)
    for part in document.parts:
        if part.kind == "table":
            found += tables.claims(document, text, part, known)
            found += table_amounts.claims(document, text, part)
            found += moments.table_dates(document, text, part)
    for item in lists.lists(text, _lines(document)):
        sentence = document.span(item.start, item.end)
        found.append(
            claim_of(document, text, sentence, item, Bound(), scene(text, item.start, item.start, known))
        )
    found += acronyms.claims(document, text, held)
    found = list(_of_trials(document, text, known, found, listed))
    found.sort(key=lambda claim: (claim.span.start, claim.span.end))
    return Reading(document, tuple(held), tuple(found), listed)


_BULLET = re.compile(r"\s*(?:[-*+.]|\d{1,2}[.)])\s")


def _list_of(document: Document, part: tuple[int, int]) -> tuple[int, int]:
    """From the first to the last item of the list that an item stands in; any other part by itself."""
    parts = document.parts
    place = bisect_right(parts, part[0], key=lambda one: one.start) - 1
    first = last = place
    while first > 0 and _is_item(document, first) and _is_item(document, first - 1):
        first -= 1
    while last + 1 < len(parts) and _is_item(document, last) and _is_item(document, last + 1):
        last += 1
    return (parts[first].start, parts[last].end) if last > first else part


def _is_item(document: Document, place: int) -> bool:
    part = document.parts[place]
    return part.kind == "item" or bool(_BULLET.match(document.text, part.start))


def _lines(document: Document) -> Iterator[tuple[int, int]]:
    """The lines of a document outside tables that are not empty."""
    for part in document.parts:
        if part.kind != "table":
            for line in re.finditer(r"[^\n]+", document.text[part.start : part.end]):
                if line[0].strip():
                    yield part.start + line.start(), part.start + line.end()


def _of_trials(
    document: Document, text: str, known: Lexicon, found: list[Claim], listed: tuple[Reference, ...]
) -> Iterator[Claim]:
    """Claims bound to the trial of their sentence, else the only one of their part, else of the document."""
    first = min((entry.start for entry in listed), default=len(text))
    named = [trials_in(text, part.start, min(part.end, first), known) for part in document.parts]
    whole = {trial for trials in named for trial in trials}
    starts = [part.start for part in document.parts]
    for claim in found:
        place = bisect_right(starts, claim.span.start) - 1
        own = named[place] if place >= 0 else ()
        around = own if len(own) == 1 else tuple(whole) if len(whole) == 1 else ()
        if claim.bound.trial is not None or not around:
            yield claim
            continue
        finding = None if claim.finding is None else replace(claim.finding, trial=around[0])
        yield replace(claim, bound=replace(claim.bound, trial=around[0]), finding=finding)


def _of_sentence(
    document: Document,
    text: str,
    sentence: Span,
    part: tuple[int, int],
    known: Lexicon,
    before: tuple[int, int] | None,
) -> Iterator[Claim]:
    start, end = sentence.start, sentence.end
    taken = Taken()
    seen = scene(text, start, end, known)
    apart = [
        *designs.designs(text, start, end, part),
        *accruals.accruals(text, start, end, _list_of(document, part)),
        *amounts.amounts(text, start, end, _list_of(document, part)),
        *periods.periods(text, start, end, before, _list_of(document, part)[0]),
        *lengths.lengths(text, start, end),
        *totals(text, start, end, before),
    ]
    items = items_of(text, start, end, taken, before)
    estimates = [item for item in items if item.kind in ("ratio", "percent", "time", "share")]
    for item in items:
        if item.kind in ("interval", "spread") or (item.kind == "p" and item.said.get("given")):
            continue
        bound = bind(text, item, estimates, seen, None) if item in estimates else Bound()
        yield claim_of(document, text, sentence, item, bound, seen)
    for item in apart:
        yield claim_of(document, text, sentence, item, Bound(), seen)
    numbers = list(counts(text, start, end))
    numbers += stated(text, start, end, (*items, *apart, *numbers))
    for item in numbers:
        yield claim_of(document, text, sentence, item, bind(text, item, (item,), seen, None), seen)
    for item in comparisons.comparisons(text, start, end, estimates, against):
        yield claim_of(document, text, sentence, item, Bound(), seen)
    for item in (*standards.standards(text, start, end), *wordings.wordings(text, start, end)):
        yield claim_of(document, text, sentence, item, Bound(), seen)
