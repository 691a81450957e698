"""A number told again with a wrong digit: none of those of its endpoint, and one digit from one of them.

Here no arm need be known: a number that is told of an endpoint again is that of one of the arms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from trialist.evidence.audit.known.said import APART, STRONG_SUBGROUP, TWO_PARTS
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Part, Printed, Reading

ANALYSES = re.compile(
    r"\b(?:interim|final|update\w*|follow-?up was|second|later|unadjusted|adjusted|after adjust\w+"
    r"|sensitivity|multivaria\w+|univaria\w+"
    r"|per[\s-]protocol|originally|first|extended|blinded|review|confirmed|unconfirmed|weeks? \d"
    r"|cycles? \d)\b",
    re.I,
)
MOST = 10  # numbers of one endpoint, time and measure


def slips(reading: Reading, claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """(first, second): the second has a wrong digit. `claims`: of one place but the arm."""
    kept = [claim for claim in claims if not _listed(reading, claim, claims)]
    if not 2 <= len(kept) <= MOST:
        return
    for one in kept[1:]:
        others = [claim for claim in kept if claim is not one]
        if any(_meet(one, other) for other in others):
            continue
        before = [o for o in others if o.span.start < one.span.start and not _meet_any(o, kept, one)]
        first = next((o for o in before if _slip(o, one) and _comparable(reading, o, one)), None)
        if first is not None:
            yield first, one
            return


def _number(claim: Claim) -> Printed | None:
    return claim.numbers.get("estimate") or claim.numbers.get("percent")


def _meet(first: Claim, second: Claim) -> bool:
    a, b = _number(first), _number(second)
    return a is not None and b is not None and values(a).meets(values(b))


def _meet_any(first: Claim, kept: Sequence[Claim], one: Claim) -> bool:
    """Whether a number is told again in the sentence of the one that may be a slip."""
    return any(_meet(first, other) for other in kept if other is not first and other.sentence == one.sentence)


def _slip(first: Claim, second: Claim) -> bool:
    """One digit of two or more is another, or two beside each other are turned round."""
    a, b = _number(first), _number(second)
    if a is None or b is None or first.said.get("unit") != second.said.get("unit"):
        return False
    return slipped(a, b)


def slipped(first: Printed, second: Printed) -> bool:
    """Whether two numbers of two digits or more differ in one of them, or in the order of two."""
    x, y = first.text, second.text
    if len(x) != len(y) or x.find(".") != y.find("."):
        return False
    x, y = x.replace(".", ""), y.replace(".", "")
    if len(x.lstrip("0")) < 2:
        return False
    wrong = [place for place, (p, q) in enumerate(zip(x, y, strict=True)) if p != q]
    turned = len(wrong) == 2 and x[wrong[0]] == y[wrong[1]] and x[wrong[1]] == y[wrong[0]]
    return len(wrong) == 1 or (turned and any((p, q) == tuple(wrong) for p, q in pairwise(range(len(x)))))


def _comparable(reading: Reading, first: Claim, second: Claim) -> bool:
    if first.sentence == second.sentence:
        return False
    ends = [
        (one.numbers["low"].text, one.numbers["high"].text)
        for one in (first, second)
        if {"low", "high"} <= set(one.numbers)
    ]
    if len(set(ends)) > 1:
        return False  # another interval: another result
    a, b = first.bound.groups, second.bound.groups
    if len(a) == len(b) == 1 and a != b:
        return False
    said = " ".join(reading.text(claim.sentence) for claim in (first, second))
    return not any(words.search(said) for words in (ANALYSES, APART, STRONG_SUBGROUP, TWO_PARTS))


def _table(reading: Reading, claim: Claim) -> Part | None:
    part = reading.document.part_of(claim.span.start)
    return part if part is not None and part.kind == "table" else None


def _listed(reading: Reading, claim: Claim, claims: Sequence[Claim]) -> bool:
    """Whether a claim is one of several rows of a table: what tells the rows apart is not known."""
    part = _table(reading, claim)
    rows = {one.sentence for one in claims if part is not None and _table(reading, one) == part}
    return len(rows) > 2
