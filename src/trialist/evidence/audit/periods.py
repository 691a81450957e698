"""A period ends after it begins and lasts as long as its dates; a date exists."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_DAYS = {"year": 365.25, "month": 30.4375, "week": 7.0, "day": 1.0}
ABOUT = {None: 0.0, "just over": 0.2, "just under": 0.2, "almost": 0.15, "nearly": 0.15, "close to": 0.15}
OVER = frozenset({"more than", "over", "well over"})
UNDER = frozenset({"less than", "fewer than", "under", "up to"})
ROUGH = 0.15  # of a length that is called `about`


@entry("periods", needs="dates, length", gives="dates and lengths", source="calendar")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("date"):
        if "wrong" not in claim.said:
            continue
        yield Verdict(
            "periods", "date that does not exist", "A", claim,
            f"there is no {reading.text(claim.span)}", (str(claim.said["wrong"]),), "look up the date",
        )  # fmt: skip
    for claim in reading.of("period"):
        yield from _period(claim)


def _period(claim: Claim) -> Iterator[Verdict]:
    begin, stop = claim.said["from"], claim.said["to"]
    if stop.last < begin.first:
        yield Verdict(
            "periods", "end before the beginning", "A", claim,
            f"{stop.text} lies before {begin.text}", (f"{stop.text} < {begin.text}",), "look up both dates",
        )  # fmt: skip
        return
    lasted = claim.numbers.get("lasted")
    if lasted is None:
        return
    day = _DAYS[str(claim.said["unit"])]
    least, most = max(stop.first - begin.last - 1, 0) / day, (stop.last - begin.first + 1) / day
    printed = values(lasted)
    about = claim.said.get("about")
    slack = (
        ROUGH * lasted.value
        if about in ("about", "approximately", "around", "some", "roughly", "ca.", "ca", "circa")
        else ABOUT.get(about, 0.0) * max(lasted.value, 1)
    )
    if (about in OVER and most >= lasted.value) or (about in UNDER and least <= lasted.value):
        return
    if printed.low - slack <= most + 0.05 and least - 0.05 <= printed.high + slack:
        return
    unit = f"{claim.said['unit']}s"
    yield Verdict(
        "periods", "length that is not that of its dates", "B", claim,
        f"{begin.text} to {stop.text} is {least:.1f} to {most:.1f} {unit}, not {lasted.text}",
        (f"from {begin.text} to {stop.text}: {least:.1f} to {most:.1f} {unit}; printed {lasted.text}",),
        "correct the dates or the length",
    )  # fmt: skip
