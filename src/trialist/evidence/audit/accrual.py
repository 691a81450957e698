"""Those accrued give the evaluable that are expected of them, and a rate brings its number in its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

SLOW, FAST = 0.6, 1.1  # of what a rate brings: slower at first, or rounded
SHORT, LONG = 0.97, 1.2  # of the evaluable that are wanted


@entry("accrual", needs="accrued, evaluable, share", gives="accrual and evaluable", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("accrual"):
        if claim.said.get("form") == "pace":
            yield from _pace(_whole_passage(reading, claim))
            continue
        accrued, evaluable = (int(claim.numbers[word].value) for word in ("accrued", "evaluable"))
        share = float(claim.said["evaluable share"])
        expected = accrued * share
        if abs(accrued * (1 - share) - evaluable) <= 1:
            continue  # those who are lost
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


def _whole_passage(reading: Reading, claim: Claim) -> Claim:
    """A claim whose rate stands in one sentence and its number in another, with both as its sentence."""
    start, end = claim.sentence.start, claim.sentence.end
    for number in claim.numbers.values():
        held = [one for one in reading.sentences if one.start <= number.start < one.end]
        start, end = min([start, *(one.start for one in held)]), max([end, *(one.end for one in held)])
    return replace(claim, sentence=reading.document.span(start, end))


def _pace(claim: Claim) -> Iterator[Verdict]:
    """No target of the sentence is what its rate brings in one of its times."""
    low, high = claim.said["a day"]
    targets = [number for word, number in claim.numbers.items() if word.startswith("target")]
    least = 0.0 if claim.said.get("ramp") else SLOW
    for days in claim.said["days"]:
        if any(least * low * days <= number.value <= FAST * high * days + 1 for number in targets):
            return
    days, target = max(claim.said["days"]), targets[0]
    brought = f"{low * days:.0f}" if low == high else f"{low * days:.0f} to {high * days:.0f}"
    yield Verdict(
        "accrual", "rate, time and number", "B", claim,
        f"the rate brings {brought} in {days / 30.4375:.0f} months, not {target.text}",
        (
            f"{30.4375 * low:.3g} a month x {days / 30.4375:.1f} months = {low * days:.0f}",
            f"{target.text} take {target.value / high / 30.4375:.1f} months",
        ),
        "correct the rate, the time or the number",
    )  # fmt: skip
