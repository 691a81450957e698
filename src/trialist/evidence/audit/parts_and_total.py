"""Parts make their whole: arms the randomised, categories the patients, percents a hundred."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Printed, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

LEFT_OUT = 0.5  # of the smallest part: a gap of more may be an arm that is not named
FAR_OFF = 0.6  # of the whole: numbers of something else
SHORT = 0.35  # of the whole: a list that misses more, of kinds that need not be all
_WHOLE_KINDS = re.compile(r"\b(?:positive|negative|undetermined|men|women|male|female)\b")
OPEN_LIST = 0.12  # of the whole: a list that misses more may be no full list


FAR = 35  # of a hundred: such percents are not of one whole
SMALLEST = 20  # patients, below which a number before the parts is hardly their whole


_RATE = re.compile(r"\s+(?:[a-z]+\s+)?(?:an?|per|each|every)\s+(?:week|month|quarter|year)\b")


@entry("parts_and_total", needs="total, parts", gives="parts do not make the whole", source="addition")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("total"):
        form = claim.said.get("form")
        parts = [number for word, number in claim.numbers.items() if word.startswith("part")]
        if form == "percents":
            yield from _hundred(claim, parts)
            continue
        total = claim.numbers["total"]
        if _RATE.match(reading.document.text, total.end):
            continue  # `in all eight a month`
        if claim.said.get("sure"):
            yield from _sure(claim, total, parts)
            continue
        whole, summed = int(total.value), sum(int(part.value) for part in parts)
        if whole == summed or not _told(claim, whole, [int(part.value) for part in parts], summed):
            continue
        noun = {"allocated": "arms", "events": "events by arm"}.get(str(form), "parts")
        yield Verdict(
            "parts_and_total", "parts do not make the whole", "A" if form != "categories" else "B", claim,
            f"the {noun} make {summed}, not {total.text}",
            (f"{' + '.join(part.text for part in parts)} = {summed}; printed {total.text}",),
            "look up the whole and its parts; name a part that is left out",
        )  # fmt: skip


def _sure(claim: Claim, total: Printed, parts: list[Printed]) -> Iterator[Verdict]:
    """Parts that leave nothing out by their own words."""
    if claim.said["form"] == "names":
        named = claim.said["named"]
        yield Verdict(
            "parts_and_total", "names do not make the number", "B", claim,
            f"{named} are named, not {total.text}",
            (f"named: {named}; printed {total.text}",), "look up the number; name one that is left out",
        )  # fmt: skip
        return
    if claim.said["form"] == "more":
        yield Verdict(
            "parts_and_total", "more than the whole", "A", claim,
            f"{parts[0].text} of {total.text} is more than all",
            (f"{parts[0].text} > {total.text}",), "look up both counts",
        )  # fmt: skip
        return
    times = int(claim.said.get("times", 1))
    summed = times * sum(int(part.value) for part in parts)
    if summed == total.value:
        return
    shown = f"{times} x {parts[0].text}" if times > 1 else " + ".join(part.text for part in parts)
    yield Verdict(
        "parts_and_total", "parts do not make the whole", "B", claim,
        f"the parts make {summed}, not {total.text}", (f"{shown} = {summed}; printed {total.text}",),
        "look up the whole and its parts; name a part that is left out",
    )  # fmt: skip


def _told(claim: Claim, whole: int, parts: list[int], summed: int) -> bool:
    partition = claim.said.get("rest") and not _sums_what_follows(parts)
    if (
        not partition
        and len(parts) <= 6
        and any(sum(some) == whole for k in range(2, len(parts)) for some in combinations(parts, k))
    ):
        return False  # parts of parts
    if len(parts) > 2 and any(2 * part == summed for part in parts):
        return False  # a part and what makes it
    if any(2 * part == whole + summed for part in parts):
        return False  # a part is the sum of the others and of the whole: the whole is no whole
    if claim.said.get("form") == "allocated":
        if len(parts) > 4 or whole < SMALLEST or min(parts) > whole:
            return False
        if summed > whole:
            return max(parts) < whole or len(parts) == 2
        return bool(claim.said.get("all_named")) or whole - summed <= LEFT_OUT * min(parts)
    if claim.said.get("form") == "events":
        return True if summed > whole else whole - summed <= max(LEFT_OUT * min(parts), 1)
    if claim.said.get("open") == "row":  # a category may not be named: only more than all can't be
        return summed > whole and summed - whole <= FAR_OFF * whole
    names = " ".join(claim.said.get("names", ()))
    if (
        _WHOLE_KINDS.search(names)
        or claim.said.get("open") == ":"
        or re.search(r"\bcomplete\b.*\bpartial\b", names)
    ):
        return (
            summed - whole <= FAR_OFF * whole
            and whole - summed <= (FAR_OFF if _WHOLE_KINDS.search(names) else SHORT) * whole
        )
    return abs(whole - summed) <= max(OPEN_LIST * whole, 1)


def _sums_what_follows(parts: list[int]) -> bool:
    """Whether a part is the sum of those directly behind it: they are parts of a part."""
    return any(
        parts[k] == sum(parts[k + 1 : stop])
        for k in range(len(parts))
        for stop in range(k + 3, len(parts) + 1)
    )


def _hundred(claim: Claim, parts: list[Printed]) -> Iterator[Verdict]:
    summed = sum(part.value for part in parts)
    slack = sum(0.5 * 10.0**-part.decimals for part in parts)
    if abs(summed - 100) <= slack + 1e-9 or abs(summed - 100) > FAR:
        return
    yield Verdict(
        "parts_and_total", "percents do not make a hundred", "B", claim,
        f"the percents make {summed:g}%",
        (
            f"{' + '.join(part.text for part in parts)} = {summed:g}",
            f"with rounding {100 - slack:g} to {100 + slack:g} make a hundred",
        ),
        "look up the percents; name a category that is left out",
    )  # fmt: skip
