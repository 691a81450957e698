"""A percent is a count of its whole: 41 of 115 is 35.7%; no count of 129 is 36.5%."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import percent, values
from trialist.evidence.claims.model import Claim, Printed, Reading
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range, counts_for, denominators_for
from trialist.registry import entry

LARGEST_WHOLE = 100_000
AGREEING_CELLS = 2  # of a column, before a cell that does not agree is told


@entry(
    "percent_of_count",
    needs="percent, n, count",
    gives="percent, count and whole",
    source="GRIM: Brown and Heathers 2017, Soc Psychol Personal Sci 8:363",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    agreeing = _agreeing(reading)
    for claim in reading.of("share"):
        if _denied(reading, claim):
            continue
        count, n, share = (claim.numbers.get(word) for word in ("count", "n", "percent"))
        if (
            n is not None
            and count is not None
            and count.value > n.value
            and claim.said.get("form") != "cell of column"
        ):
            yield Verdict(
                "percent_of_count", "more than the whole", "A", claim,
                f"{count.text} of {n.text} is more than all",
                (f"{count.text} > {n.text}",), "look up both counts",
            )  # fmt: skip
            continue
        if share is None or (n is None and count is None) or _modelled(reading, claim):
            continue
        if claim.said.get("form") == "cell of column" and not _trusted(agreeing, claim):
            continue
        if n is not None and count is not None:
            yield from _of_whole(reading, claim, int(count.value), int(n.value), share)
        elif n is not None:
            yield from _no_count(reading, claim, int(n.value), share)
        elif count is not None and claim.said.get("form") == "x (p)":
            alone = not _whole_itself(reading, claim)
            told = list(_no_whole(claim, int(count.value), share)) if alone else []
            yield from told or _beside(reading, claim, int(count.value), share)
    for claim in reading.of("fraction"):
        if _denied(reading, claim):
            continue
        yield from _said(reading, claim)


_DENIAL = re.compile(
    r"[\s\"']*(?:That|This|Which|It|The (?:figure|number|claim|statement))\s+(?:is"
    r"|was)\s+(?:\w+\s+)?(?:wrong|not (?:true|right|correct)|false|incorrect|an? (?:error|slip"
    r"|mistake))",
    re.I,
)


def _denied(reading: Reading, claim: Claim) -> bool:
    """Whether the sentence after calls a claim wrong."""
    return _DENIAL.match(reading.document.text, claim.sentence.end) is not None


def _said(reading: Reading, claim: Claim) -> Iterator[Verdict]:
    """A share, in words or digits, against its count and whole; or against the same share in other words."""
    low, high, words = claim.said["low"], claim.said["high"], claim.said["share"]
    if claim.said["form"] == "sum":
        yield Verdict(
            "percent_of_count", "shares do not make the whole", "B", claim, f"{words} is not the whole",
            (f"{percent(low)} to {percent(high)}",), "look up the shares; name a part that is left out",
        )  # fmt: skip
        return
    if claim.said["form"] == "shares":
        other = claim.said["other"]
        if low <= other[1] + 1e-9 and other[0] <= high + 1e-9:
            return
        told, line = (
            f"{words} is not {claim.numbers['percent'].text}%",
            f"{words}: {percent(low)} to {percent(high)}",
        )
    else:
        count, n = int(claim.numbers["count"].value), int(claim.numbers["n"].value)
        if low - 1e-9 <= count / n <= high + 1e-9 or _modelled(reading, claim):
            return
        told, line = (
            f"{count} of {n} is {percent(count / n)}, not {words}",
            f"{count} / {n} = {percent(count / n, 2)}",
        )
    yield Verdict(
        "percent_of_count", "share is not that of its count", "A", claim, told, (line,),
        "look up count, whole and share; two of them give the third",
    )  # fmt: skip


_MODELLED = re.compile(
    r"cumulative|kaplan|actuarial|adjusted|weighted|imput|predict|estimated|modelled|modeled|projected"
    r"|incidence rate",
    re.I,
)


def _modelled(reading: Reading, claim: Claim) -> bool:
    """Whether the percent may be of a curve or a model and not of the count."""
    return _MODELLED.search(reading.text(claim.sentence)) is not None


def _allowed(share: Printed) -> Range:
    """Shares that print so; cut off instead of rounded is let pass."""
    held = values(share, 0.01)
    return Range(held.low, held.high + (held.high - held.low) / 2)


def _far(count: int, n: int, share: Printed) -> bool:
    """Whether count and percent differ by more than one in the last digit (rounded twice, or up)."""
    return n == 0 or abs(100 * count / n - share.value) > 10.0**-share.decimals


def _agrees(count: int, n: int, share: Printed) -> bool:
    return n > 0 and _allowed(share).low - 1e-12 <= count / n <= _allowed(share).high + 1e-12


def _trusted(agreeing: Counter[object], claim: Claim) -> bool:
    """Whether the whole of a cell is that of its column: others of the column agree, or those beside it."""
    if agreeing[claim.said.get("column")] >= AGREEING_CELLS:
        return True
    table, row = claim.said.get("table"), claim.said.get("row")
    return agreeing[("table", table)] >= AGREEING_CELLS and agreeing[("row", row)] > 0


def _agreeing(reading: Reading) -> Counter[object]:
    """How many cells agree with the whole of their column, by column, table and row."""
    held: Counter[object] = Counter()
    for claim in reading.of("share"):
        count, n, share = (claim.numbers.get(word) for word in ("count", "n", "percent"))
        if (
            claim.said.get("column")
            and count
            and n
            and share
            and _agrees(int(count.value), int(n.value), share)
        ):
            held[claim.said["column"]] += 1
            held[("table", claim.said.get("table"))] += 1
            held[("row", claim.said.get("row"))] += 1
    return held


def _of_whole(reading: Reading, claim: Claim, count: int, n: int, share: Printed) -> Iterator[Verdict]:
    if _agrees(count, n, share):
        return
    decimals = share.decimals
    lines = [f"{count} / {n} = {percent(count / n, decimals + 1)}; printed {share.text}%"] if n else []
    found = counts_for(*values(share, 0.01), n)
    if found is not None:
        those = str(found[0]) if found[0] == found[1] else f"{found[0]} to {found[1]}"
        lines.append(f"{share.text}% of {n} would be {those}")
    wholes = _wholes(reading, claim, count, share)
    if wholes:
        lines.append(f"{count} is {share.text}% of {', '.join(map(str, wholes))}, which the text names")
    yield Verdict(
        "percent_of_count", "percent is not that of its count", "A" if _far(count, n, share) else "C", claim,
        f"{count} of {n} is {percent(count / n, decimals)}, not {share.text}%",
        tuple(lines), "look up count, whole and percent; two of them give the third",
    )  # fmt: skip


def _no_count(reading: Reading, claim: Claim, n: int, share: Printed) -> Iterator[Verdict]:
    allowed = _allowed(share)
    if counts_for(allowed.low, allowed.high, n) is not None:
        return
    below = int(share.value / 100 * n)
    lines = [f"{k} / {n} = {percent(k / n, share.decimals + 1)}" for k in (below, below + 1) if 0 <= k <= n]
    others = [whole for whole in _named(reading) if whole != n and counts_for(*allowed, whole) is not None]
    if 0 < len(others) <= 6:
        told = [f"{counts_for(*allowed, whole)[0]} of {whole}" for whole in others]  # type: ignore[index]
        lines.append(f"wholes of the text that give {share.text}%: {', '.join(told)}")
    yield Verdict(
        "percent_of_count", "no count gives the percent", "A", claim,
        f"no count of {n} is {share.text}%", tuple(lines),
        "say of how many the percent is, or correct it",
    )  # fmt: skip


_LABEL = re.compile(
    r"\b(?:groups?|weeks?|grades?|stages?|days?|arms?|cohorts?|types?|phases?|levels?|visits?|doses?"
    r"|tables?|years?|versions?)(?:\s+\d+(?:,|\s+and|\s+or))*\W*$",
    re.I,
)


_ROW = re.compile(r"\s+(?:and|v|vs\.?|versus)\s+\d+\s*\(\s*[\d.]+\s*%")


def _whole_itself(reading: Reading, claim: Claim) -> bool:
    """Whether the count may be the whole: `34 of the remaining 39 (87%)`; or stands in a row of numbers."""
    before = reading.document.text[claim.sentence.start : claim.span.start][-40:]
    count, share = claim.numbers["count"], claim.numbers["percent"]
    words = reading.document.text[count.end : share.start]
    if _LABEL.search(before) or (count.value < 10 and not re.search(r"[a-z]", words)):
        return True  # a number of something, not a count
    if re.search(r"[\d)%]\W*$|\bblocks?\b|\bn\s*=\s*$", before, re.I):
        return True
    led = re.search(r"\b(?P<by>of|in|among|from|for)\s+(?P<the>(?:[a-z]+\s+){0,3})$", before, re.I)
    if led is None:
        return False
    two_arms = _ROW.match(reading.document.text, claim.span.end)  # `in 14 (41.7%) and 9 (25.7%)`
    return not (two_arms and led["by"].lower() == "in" and not led["the"])


def _no_whole(claim: Claim, count: int, share: Printed) -> Iterator[Verdict]:
    """A count and a percent whose whole is not said: some whole must give both."""
    allowed = _allowed(share)
    if count == 0 or allowed.low <= 0 or share.value > 100:
        return
    first, last = count / allowed.high, count / max(allowed.low, 1e-9)
    if last > LARGEST_WHOLE or (int(last + 1e-9) >= first - 1e-9 and int(last + 1e-9) >= count):
        return
    yield Verdict(
        "percent_of_count", "no whole gives the percent", "A", claim,
        f"{count} is {share.text}% of no whole number",
        (f"the whole would lie between {first:.2f} and {last:.2f}",),
        "look up the count and the percent, and say of how many they are",
    )  # fmt: skip


_OF_SOME = re.compile(
    r"\b(?:of|among) (?:those|these|whom|them|which|responders)\b|\bof (?:the|whom)\b", re.I
)


_COMPARED = re.compile(
    r"\b(?:pre|post|before|after|groups?|arms?|versus|vs?|controls?|placebo|baseline|weeks?|months?"
    r"|years?|respectively"
    r"|compared|than|day)\b",
    re.I,
)


def _beside(reading: Reading, claim: Claim, count: int, share: Printed) -> Iterator[Verdict]:
    """`31 (15.1%) ... and 18 (12.3%)`: the first is of a whole that is named before, the second of none."""
    part = reading.document.part_of(claim.span.start)
    if part is None or _OF_SOME.search(reading.text(claim.sentence)) or share.decimals == 0:
        return
    if _COMPARED.search(reading.text(claim.sentence)):
        return
    wholes = _named(reading)
    if not wholes or _wholes(reading, claim, count, share):
        return
    for other in reading.of("share"):
        if other is claim or other.sentence != claim.sentence or other.said.get("form") != "x (p)":
            continue
        a, b = other.numbers.get("count"), other.numbers.get("percent")
        fits = _wholes(reading, other, int(a.value), b) if a and b and b.decimals else []
        if len(fits) == 1 and part.start <= _place(reading, fits[0]) < claim.span.start:
            whole = fits[0]
            yield Verdict(
                "percent_of_count", "percent of another whole", "B", claim,
                f"{count} of {whole} is {percent(count / whole, share.decimals)}, not {share.text}%",
                (f"beside it {reading.text(other.span)} is of {whole}",
                 f"{count} is {share.text}% of no whole that the text names"),
                "say of how many the percent is, or correct it", others=(other,),
            )  # fmt: skip
            return


def _place(reading: Reading, whole: int) -> int:
    """Where a whole is named first; -1 where it is not."""
    spots = [
        number.start
        for claim in reading.of("share", "total", "count")
        for number in claim.numbers.values()
        if number.value == whole
    ]
    return min(spots, default=-1)


def _named(reading: Reading) -> list[int]:
    """Counts that the text names and that a percent may be of, ascending."""
    held = {
        int(number.value)
        for claim in reading.of("share", "total", "count")
        for word, number in claim.numbers.items()
        if (word in ("n", "total") or word.startswith("part"))
        and number.value == int(number.value) and number.value > 1
        and claim.said.get("form") != "percents"
    }  # fmt: skip
    return sorted(held)


def _wholes(reading: Reading, claim: Claim, count: int, share: Printed) -> list[int]:
    named = _named(reading)
    if not named:
        return []
    fitting = set(denominators_for(*values(share, 0.01), max(named)).tolist())
    return [whole for whole in named if whole in fitting and _agrees(count, whole, share)]
