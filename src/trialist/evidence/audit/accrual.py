"""Those accrued give the evaluable that are expected of them."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

SHORT, LONG = 0.97, 1.2  # of the evaluable that are wanted


@entry("accrual", needs="accrued, evaluable, share", gives="accrual and evaluable", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("accrual"):
        accrued, evaluable = (int(claim.numbers[word].value) for word in ("accrued", "evaluable"))
        share = float(claim.said["evaluable share"])
        expected = accrued * share
        if evaluable - 1 <= expected or expected >= SHORT * evaluable:
            if expected <= max(LONG * evaluable, evaluable + 2):
                continue
            word = "more"
        else:
            word = "fewer"
        need = evaluable / share if share > 0 else None
        lines = [f"{accrued} x {100 * share:g}% = {expected:g}; wanted {evaluable}"]
        if need is not None:
            lines.append(f"{evaluable} / {100 * share:g}% = {need:.1f} to be accrued")
        yield Verdict(
            "accrual", "accrual and evaluable", "B", claim,
            f"{accrued} accrued give {expected:g} evaluable where {evaluable} are wanted: {word} than stated",
            tuple(lines), "correct the accrual, the share or the number of evaluable",
        )  # fmt: skip
