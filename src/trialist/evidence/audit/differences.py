"""A stated difference is that of its two values, and a stated reduction of risk that of its ratio."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import upto, values
from trialist.evidence.claims.model import Claim, Printed, Reading
from trialist.evidence.model import Store
from trialist.registry import entry


@entry(
    "differences", needs="difference, first, second", gives="difference of other values", source="subtraction"
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("difference"):
        found = _difference(claim)
        if found is not None:
            yield found
    yield from _turned(reading)
    for claim in reading.of("reduction"):
        found = _reduction(claim)
        if found is not None:
            yield found


_TURNED = re.compile(
    r"\breciprocal|\bother way (?:round|around)|\bother direction|\binver(?:se|t\w*)\b|\brevers\w+"
    r"|\bturned (?:round|around|over)"
    r"|\bbecomes?\b|\bflipp\w+|\bswapp\w+",
    re.I,
)


_RATIO = re.compile(r"(?<![\d.,])\d\.\d{1,3}(?![\d%]|\s?%|\.\d)")


def _turned(reading: Reading) -> Iterator[Verdict]:
    """A ratio told in both directions: each is one over the other."""
    for span in reading.sentences:
        text = reading.document.text[span.start : span.end]
        held = list(_RATIO.finditer(reading.document.text, span.start, span.end))
        if len(held) != 2 or not _TURNED.search(text) or not re.search(r"\bratios?\b|\bHRs?\b", text):
            continue
        if re.search(r"\bCI\b|\binterval\b|\b[Pp]\s*[=<]", text):
            continue
        first, second = (Printed(m[0], float(m[0]), *m.span()) for m in held)
        a, b = values(first), values(second)
        if a.low <= 0 or b.low <= 0 or (1 / a.high <= b.high and b.low <= 1 / a.low):
            continue
        place = reading.document.span(first.start, second.end)
        yield Verdict(
            "differences", "ratio turned round", "B",
            Claim("ratio", place, span, {"first": first, "second": second}),
            f"{first.text} the other way round is {1 / first.value:.2f}, not {second.text}",
            (f"1 / {first.text} = {1 / first.value:.3f}",), "look up both ratios",
        )  # fmt: skip


def _difference(claim: Claim) -> Verdict | None:
    told, first, second = (claim.numbers[word] for word in ("difference", "first", "second"))
    a, b, printed = values(first), values(second), values(told)
    low, high = sorted((a, b), key=lambda one: one.low)
    least, most = max(high.low - low.high, 0.0), high.high - low.low
    slack = 1e-9 + 0.5 * 10.0**-told.decimals * 0.0
    if printed.low <= most + slack and least <= printed.high + slack:
        return None
    decimals = max(first.decimals, second.decimals)
    gap = abs(first.value - second.value)
    return Verdict(
        "differences", "difference of other values", "B", claim,
        f"{first.text} and {second.text} differ by {gap:.{decimals}f}, not {told.text}",
        (f"|{first.text} - {second.text}| = {gap:.{decimals}f}; rounded {upto(least, most, decimals + 1)}",),
        "look up the difference and both values",
    )  # fmt: skip


ABOUT = 2.5  # points of percent that `about` allows


def _reduction(claim: Claim) -> Verdict | None:
    told, ratio = claim.numbers["percent"], claim.numbers["ratio"]
    here = values(ratio)
    ends = (
        (100 * (1 - here.high), 100 * (1 - here.low))
        if claim.said.get("less")
        else (100 * (here.low - 1), 100 * (here.high - 1))
    )
    printed, slack = values(told), ABOUT if claim.said.get("about") else 1e-9
    if printed.low <= ends[1] + slack and ends[0] <= printed.high + slack:
        return None
    change = abs(1 - ratio.value) * 100
    word = "reduction" if claim.said.get("less") else "increase"
    return Verdict(
        "differences", "change that is not that of the ratio", "B", claim,
        f"a ratio of {ratio.text} is a {word} of {change:.0f}%, not {told.text}%",
        (f"100 x |1 - {ratio.text}| = {change:.{max(ratio.decimals - 2, 0)}f}; rounded {upto(*ends, 1)}",),
        "look up the ratio; a reduction of risk that is read from percents is another number",
    )  # fmt: skip
