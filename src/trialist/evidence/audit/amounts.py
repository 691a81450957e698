"""Volumes and doses are what their parts make."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry


@entry(
    "amounts", needs="parts, times, total", gives="total that its parts do not make", source="multiplication"
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("volume"):
        yield from _volume(claim)
    for claim in reading.of("dose"):
        if "total" in claim.numbers:
            yield from _dose(claim)


def _volume(claim: Claim) -> Iterator[Verdict]:
    total = claim.numbers["total"].value
    parts = [number for word, number in claim.numbers.items() if word.startswith("part")]
    times = claim.said["times"]
    drawn = sum(k * part.value for k, part in zip(times, parts, strict=True))
    draws = claim.said.get("draws")
    made = {drawn}
    if draws is not None:
        made |= {drawn * draws}
        if len(parts) == 1 and times[0] == draws:
            made.add(drawn)
    else:
        if drawn > 0 and abs(total / drawn - round(total / drawn)) < 1e-9 and total >= drawn:
            return
        if (
            len(parts) == 1
            and abs(total / parts[0].value - round(total / parts[0].value)) < 1e-9
            and total >= drawn
        ):
            return
    if any(abs(total - one) < 1e-6 for one in made):
        return
    shown = " + ".join(f"{k} x {part.text}" for k, part in zip(times, parts, strict=True))
    lines = [f"{shown} = {drawn:g} mL"]
    if draws is not None and draws > 1:
        lines = [f"{shown} mL, {draws} times = {drawn * draws:g} mL"]
    lines.append(f"printed {claim.numbers['total'].text} mL")
    yield Verdict(
        "amounts", "total that its parts do not make", "B", claim,
        f"the parts do not make {claim.numbers['total'].text} mL", tuple(lines),
        "correct the total, or say how often and how much is drawn",
    )  # fmt: skip


def _dose(claim: Claim) -> Iterator[Verdict]:
    one, whole, times = claim.numbers["part 1"], claim.numbers["total"], claim.said["times"][0]
    here, printed = values(one), values(whole)
    exact = abs(one.value * times - whole.value) < 1e-9
    if exact or (
        ("." in one.text or "." in whole.text)
        and printed.low <= here.high * times
        and here.low * times <= printed.high
    ):
        return
    unit = claim.said["unit"]
    yield Verdict(
        "amounts", "dose that its parts do not make", "B", claim,
        f"{times} x {one.text} {unit} is {one.value * times:g} {unit}, not {whole.text}",
        (f"{times} x {one.text} = {one.value * times:g}; printed {whole.text}",),
        "correct the single dose, how often it is given, or the total",
    )  # fmt: skip
