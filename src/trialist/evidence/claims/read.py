"""A document -> what it claims. Deterministic: the same text gives the same claims."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace

from trialist.evidence.claims import (
    acronyms,
    amounts,
    beside,
    comparisons,
    enumerations,
    everybody,
    fractions,
    kind_shares,
    lengths,
    line_lists,
    listed_amounts,
    lists,
    mentions,
    moments,
    outnumbered,
    periods,
    plans,
    population,
    restated,
    sets,
    standards,
    table_amounts,
    table_sums,
    tables,
    wholes,
    wordings,
)
from trialist.evidence.claims.binding import against, bind, scene, trials_in
from trialist.evidence.claims.facts import facts
from trialist.evidence.claims.findings import claim_of
from trialist.evidence.claims.grid import body
from trialist.evidence.claims.items import Item, Taken
from trialist.evidence.claims.lexicon import Lexicon, shipped
from trialist.evidence.claims.model import Bound, Cell, Claim, Document, Printed, Reading, Reference, Span
from trialist.evidence.claims.own_names import with_own_names
from trialist.evidence.claims.plain import flattened, plain, sentences
from trialist.evidence.claims.quantities import continued, items_of
from trialist.evidence.claims.references import references
from trialist.evidence.claims.stated import stated
from trialist.evidence.claims.totals import counts, totals


def read_claims(document: Document, names: Lexicon | None = None) -> Reading:
    """Every claim of a document, in order of the text.

    Parameters
        names  the lexicon of a store; without it that of the store that ships
    """
    text = plain(document.text)
    known = with_own_names(document, text, names or shipped())
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
            _go_on(document, text, found, before, span)
    for part in document.parts:
        if part.kind == "table":
            found += tables.claims(document, text, part, known)
            found += table_amounts.claims(document, text, part)
            found += moments.table_dates(document, text, part)
            for row in body(text, part):
                if tables.is_prose(text, row):
                    held.append(document.span(row[0].start, row[-1].end))
                    found += _of_sentence(document, text, held[-1], (part.start, part.end), known, None)
    held.sort(key=lambda span: span.start)
    for item in _across(document, text, held, found):
        sentence = _sentence_of(item, held) or document.span(item.first, item.last)
        found.append(
            claim_of(document, text, sentence, item, Bound(), scene(text, item.first, item.first, known))
        )
    for item in _beside(document, text, found):
        sentence = document.span(item.first, item.last)
        found.append(
            claim_of(document, text, sentence, item, Bound(), scene(text, item.first, item.first, known))
        )
    for item in lists.lists(text, _lines(document)):
        sentence = document.span(item.start, item.end)
        found.append(
            claim_of(document, text, sentence, item, Bound(), scene(text, item.start, item.start, known))
        )
    found += plans.claims(document, text, held)
    found += acronyms.claims(document, text, held)
    found = list(_of_trials(document, text, known, found, listed))
    found.sort(key=lambda claim: (claim.span.start, claim.span.end))
    return Reading(document, tuple(held), tuple(found), listed)


def _go_on(
    document: Document, text: str, found: list[Claim], before: tuple[int, int] | None, span: Span
) -> None:
    """Give the only ratio of the sentence before its interval and p value, where this one tells them."""
    places = [
        k for k, claim in enumerate(found)
        if claim.kind == "ratio" and before is not None
        and (before[0] <= claim.span.start < before[1] or claim.sentence.end == before[1])
    ]  # fmt: skip
    if len(places) != 1:
        return
    claim = found[places[0]]
    numbers, said = dict(claim.numbers), dict(claim.said)
    for kind, item in continued(text, span.start, span.end).items():
        word = "low" if kind == "interval" else "p"
        if word not in numbers:
            numbers |= item.numbers
            said |= {key: value for key, value in item.said.items() if value is not None}
    if len(numbers) > len(claim.numbers):
        both = document.span(claim.sentence.start, span.end)
        found[places[0]] = replace(claim, numbers=numbers, said=said, sentence=both)


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
    for item in facts(text, start, end, seen.mentions):
        yield claim_of(document, text, sentence, item, bind(text, item, (item,), seen, None), seen)
    numbers = list(counts(text, start, end))
    numbers += stated(text, start, end, (*items, *apart, *numbers))
    for item in numbers:
        yield claim_of(document, text, sentence, item, bind(text, item, (item,), seen, None), seen)
    for item in fractions.fractions(text, start, end, before):
        if not any(_holds(one, item) for one in items) and not _two_sizes(text, item):
            yield claim_of(document, text, sentence, item, Bound(), seen)
    hundreds = any(item.said.get("form") == "percents" for item in apart)
    for item in (
        *(() if hundreds else kind_shares.percents(text, start, end)),
        *kind_shares.names(text, start, end),
    ):
        yield claim_of(document, text, sentence, item, Bound(), seen)
    for item in comparisons.comparisons(text, start, end, estimates, against):
        yield claim_of(document, text, sentence, item, Bound(), seen)
    for item in (*standards.standards(text, start, end), *wordings.wordings(text, start, end)):
        yield claim_of(document, text, sentence, item, Bound(), seen)


def _two_sizes(text: str, item: Item) -> bool:
    """`52.7% (n=529) and 38.0% (n=205)`: each is the size of a group, none a part of another; `[3]` cites."""
    sizes = [item.numbers[word] for word in ("count", "n") if word in item.numbers]
    if any(text[one.start - 1 : one.start] == "[" and text[one.end : one.end + 1] == "]" for one in sizes):
        return True
    return len(sizes) == 2 and all(re.search(r"\b[nN]\s*=\s*$", text[: one.start][-6:]) for one in sizes)


def _holds(item: Item, other: Item) -> bool:
    """Whether a share with count, whole and percent is read already."""
    mine = {number.start for number in item.numbers.values()}
    return len(other.numbers) > 2 and all(number.start in mine for number in other.numbers.values())


def _beside(document: Document, text: str, found: list[Claim]) -> Iterator[Item]:
    """Counts of a paragraph whose percents are not of the whole that all others of it are of."""
    named = {int(n.value): n for claim in found for n in claim.numbers.values() if n.value == int(n.value)}
    named |= {one.value: one.number for one in mentions.counts(text, 0, len(text))}
    stretches = {
        _list_of(document, (part.start, part.end))
        for part in document.parts
        if part.kind != "table" and not flattened(text, part.start, part.end)
    }
    for stretch in sorted(stretches):
        yield from beside.beside(text, stretch, named)


def _across(document: Document, text: str, held: list[Span], found: list[Claim]) -> Iterator[Item]:
    """Wholes and parts that stand in one or several sentences of a paragraph, and are not read already."""
    known = {_numbers(claim.numbers) for claim in found if claim.kind == "total"}
    everyone = population.population(text, [(one.start, one.end) for one in held])
    items: list[Item] = []
    for part in document.parts:
        if part.kind == "table":
            items += table_sums.sums(text, [[(cell.start, cell.end) for cell in row] for row in part.rows])
            continue
        laid = table_sums.laid_out(document.text, part.start, part.end)
        if laid:
            items += (*table_sums.sums(text, laid), *table_sums.percents(text, laid))
        if laid or flattened(text, part.start, part.end):
            continue
        inside = [(one.start, one.end) for one in held if part.start <= one.start < part.end]
        items += wholes.wholes(text, inside)
        items += enumerations.enumerations(text, inside)
        items += outnumbered.outnumbered(text, inside)
        items += line_lists.segments(text, inside)
    items += line_lists.line_lists(text, document.text, _lines(document), everyone)
    cells = {
        number
        for part in document.parts
        for row in part.rows
        for cell in row
        for number in _whole_numbers(text, cell)
    }
    stretches = [(one.start, one.end) for one in held]
    items += everybody.everybody(text, stretches, frozenset(cells))
    items += sets.sets(text, stretches, frozenset(cells))
    items += restated.restated(text, stretches)
    items += listed_amounts.listed(document, text)
    for item in items:
        if item.kind != "total":
            yield item
        elif _numbers(item.numbers) not in known:
            known.add(_numbers(item.numbers))
            yield item


def _numbers(numbers: Mapping[str, Printed]) -> frozenset[int]:
    return frozenset(number.start for number in numbers.values())


def _sentence_of(item: Item, held: list[Span]) -> Span | None:
    """The sentence that the last number of an item stands in."""
    last = max(number.start for number in item.numbers.values())
    return next((one for one in held if one.start <= last < one.end), None)


def _whole_numbers(text: str, cell: Cell) -> Iterator[int]:
    for found in re.finditer(r"(?<![\d.,])\d[\d,]*(?![\d.])", text[cell.start : cell.end]):
        yield int(found[0].replace(",", ""))
