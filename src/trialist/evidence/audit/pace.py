"""So many patients a month give so many in the time that accrual is said to take."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

NEAR = 1.3  # how many times longer or shorter accrual may be than its pace makes it


@entry("pace", needs="rate, length, total", gives="pace and length of accrual", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("pace"):
        rate, months, total = (
            float(claim.said["a month"]),
            float(claim.said["months"]),
            claim.numbers["total"],
        )
        need = total.value / rate
        if need / NEAR <= months <= need * NEAR + 1:
            continue
        yield Verdict(
            "pace", "pace and length of accrual", "B", claim,
            f"{rate:g} a month make {rate * months:g} in {months:g} months, not {total.text}",
            (f"{rate:g} x {months:g} = {rate * months:g}", f"{total.text} / {rate:g} = {need:.1f} months"),
            "correct the pace, the length of accrual or the number of patients",
        )  # fmt: skip
