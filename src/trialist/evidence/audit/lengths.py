"""A length is what its parts make: three cycles of 21 days are 63 days."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.amounts import told
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.lengths import DAYS
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

LOOSE = 0.09  # between units: a month is four weeks to some


@entry("lengths", needs="parts, length", gives="length that its parts do not make", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("length"):
        if "terms" in claim.said:
            yield from told(claim, "lengths", "length that its parts do not make")
            continue
        unit, whole = str(claim.said["unit"]), claim.numbers["total"]
        made = sum(claim.said["days"]) / DAYS[unit]
        printed = values(whole)
        slack = 0.0 if claim.said["exact"] else LOOSE * made
        if printed.low - slack <= made <= printed.high + slack:
            continue
        parts = [number.text for word, number in claim.numbers.items() if word.startswith("part")]
        shown = " + ".join(parts)
        if claim.said["form"] == "course":
            said = f"one so often makes {made:.3g} in that time, not {whole.text}"
            yield Verdict(
                "lengths", "number that is not that of its rhythm", "B", claim, said, (said,),
                "correct how often, how many or how long",
            )  # fmt: skip
            continue
        yield Verdict(
            "lengths", "length that its parts do not make", "B", claim,
            f"{shown} is {made:.3g} {unit}s, not {whole.text}",
            (f"{shown}: {made:.4g} {unit}s; printed {whole.text}",),
            "correct the length or its parts",
        )  # fmt: skip
