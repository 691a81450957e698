"""Volumes and doses are what their parts make."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

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
    """No product of its factors, nor any sum of such products, is the total."""
    total = claim.numbers["total"].value
    if "summed" in claim.said:
        yield from _summed(claim, total, claim.said["summed"])
        return
    parts = [number.value for word, number in claim.numbers.items() if word.startswith("part")]
    factors, lists, own = claim.said["factors"], claim.said["lists"], claim.said["own"]
    if parts and all(
        k is not None for k in own
    ):  # `2 x 7.5 mL and 1 x 5 mL`: what is left may multiply the sum
        left = list(factors)
        for k in own:
            if k in left:
                left.remove(k)
        parts, factors = [sum(k * part for k, part in zip(own, parts, strict=True))], (*left, 1)
    products = _products(factors, lists)
    if not products and len(parts) > 2:
        yield from _summed(claim, total, tuple(parts))
    if not products or len(parts) > MOST_PARTS:
        return
    each = claim.said["each"]
    if each and any(
        abs(total / (part * k) % 1) < 1e-9 and total > part * k for part in parts for k in products
    ):
        return  # of each visit, whose number is not said
    made = {0.0}
    for part in parts:
        made |= {have + part * k for have in made for k in {1, *products}}
    if any(abs(total - one) < 1e-6 for one in made):
        return
    shown = " and ".join(f"{part:g}" for part in parts)
    times = ", ".join(str(k) for k in (*factors, *lists))
    most = max(products)
    yield Verdict(
        "amounts", "total that its parts do not make", "B", claim,
        f"the parts do not make {claim.numbers['total'].text} mL",
        (f"{shown} mL, times as stated: {times}; for example {most} x {parts[0]:g} = {most * parts[0]:g} mL",
         f"printed {claim.numbers['total'].text} mL"),
        "correct the total, or say how often and how much is drawn",
    )  # fmt: skip


def _summed(claim: Claim, total: float, parts: tuple[float, ...]) -> Iterator[Verdict]:
    """The total of a paragraph is no sum of what its sentences end with."""
    sums = {sum(some) for k in range(1, len(parts) + 1) for some in combinations(parts, k)}
    if len(parts) > MOST_PARTS or any(abs(total - one) < 1e-6 for one in sums):
        return
    if abs(total - sum(parts)) > NEAR * sum(parts):
        return  # of more than is listed, or of one visit
    yield Verdict(
        "amounts", "total that its parts do not make", "B", claim,
        f"the parts make {sum(parts):g}, not {claim.numbers['total'].text} mL",
        (f"{' + '.join(f'{part:g}' for part in parts)} = {sum(parts):g} mL; printed {total:g}",),
        "correct the total, or say what else is drawn",
    )  # fmt: skip


NEAR = 0.35  # of the sum
MOST_PARTS, MOST_FACTORS = 5, 6


def _products(factors: tuple[int, ...], lists: tuple[int, ...]) -> set[int]:
    """Every product of some of the stated factors, and every sum of some times a product of others."""
    stated = (*factors, *lists)[:MOST_FACTORS]
    held = _multiplied(stated)
    for size in range(2, len(factors) + 1):
        for some in combinations(range(min(len(factors), MOST_FACTORS)), size):
            left = tuple(k for place, k in enumerate(stated) if place not in some)
            held |= {sum(stated[place] for place in some) * k for k in _multiplied(left)}
    return {k for k in held if k > 1 or k in factors}


def _multiplied(factors: tuple[int, ...]) -> set[int]:
    held = {1}
    for k in factors:
        held |= {one * k for one in held}
    return held


def _dose(claim: Claim) -> Iterator[Verdict]:
    one, whole, times = claim.numbers["part 1"], claim.numbers["total"], claim.said["times"][0]
    area = claim.numbers.get("area")
    if area is not None:
        yield from _of_area(claim, one.value * area.value, whole.value)
        return
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


ROUNDED = 0.05  # to whole vials or tablets


def _of_area(claim: Claim, expected: float, stated: float) -> Iterator[Verdict]:
    if abs(stated / expected - 1) <= ROUNDED:
        return
    one, area = claim.numbers["part 1"].text, claim.numbers["area"].text
    yield Verdict(
        "amounts", "dose that its parts do not make", "B", claim,
        f"{one} mg/m2 for {area} m2 is {expected:g} mg, not {claim.numbers['total'].text}",
        (f"{one} x {area} = {expected:g}; printed {claim.numbers['total'].text}",),
        "correct the dose, the surface or the dose per surface",
    )  # fmt: skip
