"""Numbers of results that the reader of claims leaves out: values without unit, ratios after long names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from trialist.evidence.claims.grid import body, head
from trialist.evidence.claims.model import Cell, Claim, ClaimKind, Printed, Reading, Span
from trialist.evidence.claims.number_words import WORD, digits
from trialist.evidence.claims.plain import COUNT, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE

_RATIO = re.compile(
    r"\b(?:[Hh]azards? [Rr]atios?|HR|(?P<odds>[Oo]dds [Rr]atio))\b(?P<bridge>[^.;]{0,240}?)\b(?:was|is"
    r"|of|were|at|:|=)\s+"
    r"(?P<x>\d+\.\d+)(?![\d%])(?!\s*(?:months?|mg|GBq|to\b|-\s*\d))"
)
_VALUE = re.compile(
    rf"\b(?:was|were|of|is|at|had|stood at)\s+(?:a\s+)?(?:(?:median|mean)\s+(?:of\s+)?)?(?P<x>{NUMBER})"
    rf"(?!\s*(?:%|percent|months?|weeks?|days?|years?|mg/m2|mg\b|kBq|GBq))(?![\d/])",
    re.I,
)
_ONE_IN = re.compile(  # `[1 in 2]` is a source
    rf"(?<![\d.,/\[-])\b(?P<x>\d{{1,3}}|{WORD})\s+(?:(?:man|woman|patient|person|men|women|patients"
    rf"|people)\s+)?(?:(?:in|out of)\s+(?:every\s+)?|of\s+every\s+)(?P<n>\d{{1,4}}|{WORD})\b"
    rf"(?!\s*(?:mg|months?|weeks?|days?|years?|trials?|studies|arms?|doses?|%)|[.,]?\d)",
    re.I,
)
_TWO = re.compile(rf"\s*(?P<x>{NUMBER})\s?%?\s*(?:v\.?|vs\.?|versus|/|against)\s*(?P<y>{NUMBER})\s?%?\s*")
_MEDIAN = re.compile(r"\b(?:median|mean|average|number|count|at risk)\b", re.I)


def more_claims(reading: Reading, text: str) -> Iterator[Claim]:
    """Claims of kind ratio and value that stand in no claim of the reading."""
    taken = [(n.start, n.end) for claim in reading.claims for n in claim.numbers.values()]
    firm = [(n.start, n.end) for c in reading.claims if c.kind != "count" for n in c.numbers.values()]
    yield from _cells(reading, text, taken)
    for span in reading.sentences:
        yield from _shares(reading, text, span, firm)
        yield from _led(reading, text, span, taken)
        for found in _RATIO.finditer(text, span.start, span.end):
            number = printed(text, *found.span("x"), decimal=True)
            if number is not None and _free(number.start, number.end, taken) and 0 < number.value < 20:
                taken.append((number.start, number.end))
                said = {"measure": "odds_ratio" if found["odds"] else "hazard_ratio"}
                where = reading.document.span(found.start(), number.end)
                yield Claim(
                    "ratio", where, span, MappingProxyType({"estimate": number}), MappingProxyType(said)
                )
        yield from _more_ratios(reading, text, span, taken)
        if not _MEDIAN.search(text, span.start, span.end):
            continue
        for found in _VALUE.finditer(text, span.start, span.end):
            number = printed(text, *found.span("x"))
            if number is not None and _free(number.start, number.end, taken):
                taken.append((number.start, number.end))
                where = reading.document.span(number.start, number.end)
                yield Claim("value", where, span, MappingProxyType({"estimate": number}))


_NEXT_RATIO = re.compile(
    r"\b(?:it|that|one|for|on|of|in|v|vs|versus|against)\b[^.;:%\d]{0,60}?(?:\d+\s*mg/m2[^.;:%\d]{0,40}?)*\b(?:was|were|is|at)\s+(?P<x>\d\.\d\d)(?![\d%])(?!\s*(?:months?|weeks?|mg))"
)


def _more_ratios(reading: Reading, text: str, span: Span, taken: list[tuple[int, int]]) -> Iterator[Claim]:
    """`the hazard ratio for death was 0.70; that for progression 0.74`: ratios behind one that is named."""
    named = [c for c in reading.claims if c.kind == "ratio" and c.sentence == span]
    first = _RATIO.search(text, span.start, span.end)
    if not named and first is None:
        return
    start = named[0].span.end if named else first.end() if first else span.end
    for found in _NEXT_RATIO.finditer(text, start, span.end):
        number = printed(text, *found.span("x"), decimal=True)
        if number is not None and _free(number.start, number.end, taken):
            taken.append((number.start, number.end))
            where = reading.document.span(number.start, number.end)
            measure = str(named[0].said.get("measure", "hazard_ratio")) if named else "hazard_ratio"
            yield Claim(
                "ratio",
                where,
                span,
                MappingProxyType({"estimate": number}),
                MappingProxyType({"measure": measure}),
            )


def _shares(reading: Reading, text: str, span: Span, taken: list[tuple[int, int]]) -> Iterator[Claim]:
    """`1 in 5`, `two out of three`: a count of a round whole."""
    for found in _ONE_IN.finditer(text, span.start, span.end):
        numbers = {}
        for word, group in (("count", "x"), ("n", "n")):
            shown = digits(found[group])
            numbers[word] = Printed(shown, float(shown), *found.span(group))
        if _free(found.start(), found.end(), taken) and 0 < numbers["count"].value < numbers["n"].value:
            taken.append(found.span())
            where = reading.document.span(found.start(), found.end())
            yield Claim("share", where, span, MappingProxyType(numbers), MappingProxyType({"form": "one in"}))


_LEAD = re.compile(
    rf"\W*(?:(?:Of|Among|For|Out\s+of)\s+(?:every\s+|the\s+|all\s+)?)(?P<n>{COUNT})\s+{PEOPLE}\b[^,;:.]{{0,80}},",
    re.I,
)
_OF_THEM = re.compile(
    rf"(?<![\d.,/-])\b(?P<x>{COUNT})\s+(?:had|developed|experienced|responded|reported|died|suffered|achieved)\b",
    re.I,
)


def _led(reading: Reading, text: str, span: Span, taken: list[tuple[int, int]]) -> Iterator[Claim]:
    """`Of the 371 men who were given X, 173 had diarrhoea`: counts of the whole that leads their clause."""
    lead = _LEAD.match(text, span.start, span.end)
    whole = printed(text, *lead.span("n")) if lead else None
    if lead is None or whole is None:
        return
    stop = text.find(";", lead.end(), span.end)
    for found in _OF_THEM.finditer(text, lead.end(), stop if stop >= 0 else span.end):
        count = printed(text, *found.span("x"))
        if count is not None and _free(count.start, count.end, taken) and count.value <= whole.value:
            taken.append((count.start, count.end))
            where = reading.document.span(count.start, count.end)
            numbers = MappingProxyType({"count": count, "n": whole})
            yield Claim("share", where, span, numbers, MappingProxyType({"form": "of n, x"}))


def _cells(reading: Reading, text: str, taken: list[tuple[int, int]]) -> Iterator[Claim]:
    """Cells of a table that hold two numbers: `15.1 v 12.7` under a median in months, or under percents."""
    for part in reading.document.parts:
        for row in body(text, part) if part.kind == "table" else ():
            span = reading.document.span(row[0].start, row[-1].end)
            for place, cell in enumerate(row[1:], 1):
                found = _TWO.fullmatch(text, cell.start, cell.end)
                heads = part.rows[0]
                counted = _counted(reading, text, row[0], cell, heads[place] if place < len(heads) else None)
                if counted is not None and _free(cell.start, cell.end, taken):
                    yield Claim("share", reading.document.span(cell.start, cell.end), span, counted, _IN_CELL)
                around = f"{text[row[0].start : row[0].end]} | {head(text, part, place)}"
                unit = re.search(r"\b(months|weeks)\b", around)
                percent = "%" in around or "%" in text[cell.start : cell.end]
                if found is None or (unit is None and not percent) or not _free(*found.span("x"), taken):
                    continue
                for turn, group in enumerate(("x", "y")):
                    number = printed(text, *found.span(group))
                    if number is None:
                        continue
                    said = {
                        "pair": turn,
                        **({} if percent or unit is None else {"unit": unit[1], "median": True}),
                    }
                    where = reading.document.span(number.start, number.end)
                    kind: ClaimKind = "share" if percent else "time"
                    yield Claim(
                        kind, where, span, MappingProxyType({"estimate": number}), MappingProxyType(said)
                    )


_WHOLE = re.compile(r"\b[nN]\s*=\s*(?P<n>\d[\d,]*)")
_MEASURED = re.compile(
    r"\b(?:median|mean|months?|weeks?|years?|age|ratio|score|dose|number of|cycles|HR)\b|%", re.I
)
_IN_CELL = MappingProxyType({"form": "cell of column"})


def _counted(
    reading: Reading, text: str, label: Cell, cell: Cell, head: Cell | None
) -> Mapping[str, Printed] | None:
    """A whole number in a column whose head gives its patients: `Deaths | 234` under `X (n=378)`."""
    found = _WHOLE.search(text, head.start, head.end) if head is not None else None
    number = re.fullmatch(r"\s*(\d[\d,]*)\s*", text[cell.start : cell.end])
    if found is None or number is None or _MEASURED.search(text, label.start, label.end):
        return None
    at = cell.start + number.start(1)
    count, n = printed(text, at, at + len(number[1])), printed(text, *found.span("n"))
    return MappingProxyType({"count": count, "n": n}) if count and n and count.value <= n.value else None


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= a or start >= b for a, b in taken)
