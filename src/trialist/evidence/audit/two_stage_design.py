"""A two-stage design of the stated size exists for the stated proportions, alpha and power."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.kernels.two_stage import Found, search
from trialist.registry import entry

LARGEST = 110  # patients up to which every design is looked at
APART = 0.08  # proportions that lie closer need more patients than are looked at


@entry(
    "two_stage_design",
    needs="two proportions, alpha, power, size",
    gives="no such design",
    source="Simon 1989",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("design"):
        if claim.said.get("test") == "two_stage":
            found = _verdict(claim)
            if found is not None:
                yield found


def _verdict(claim: Claim) -> Verdict | None:
    numbers = claim.numbers
    if not {"first", "second", "alpha", "power"} <= set(numbers):
        return None
    null, alternative = sorted((numbers["first"].value / 100, numbers["second"].value / 100))
    sizes = [int(number.value) for word, number in numbers.items() if word.startswith("size")]
    if not 0 < null < alternative - APART or alternative >= 1 or not sizes or not 5 <= max(sizes) <= LARGEST:
        return None
    n = max(sizes)
    alpha, power = _most(claim, "alpha"), _least(claim, "power")
    if not (0 < alpha < 0.5 < power < 1) or search(null, alternative, alpha, power, n).designs:
        return None
    stated = f"{100 * null:g}% against {100 * alternative:g}%, alpha {numbers['alpha'].text}"
    stated += f", power {numbers['power'].text}"
    return Verdict(
        "two_stage_design", "no two-stage design of that size", "B", claim,
        f"no two-stage design of {n} patients tests {stated}",
        (_smallest(search(null, alternative, alpha, power, LARGEST)),),
        "correct the size, the proportions, alpha or the power",
    )  # fmt: skip


def _smallest(found: Found) -> str:
    if not found.designs:
        return f"none up to {LARGEST} patients does"
    best = found.designs[found.minimax]
    first = f"stop at {best.r1} of {best.n1} or fewer"
    return f"the smallest has {best.n}: {first}, promising above {best.r} of {best.n}"


def _most(claim: Claim, word: str) -> float:
    return values(claim.numbers[word], 0.01 if claim.numbers[word].text.endswith("%") else 1.0).high


def _least(claim: Claim, word: str) -> float:
    number = claim.numbers[word]
    return values(number, 0.01 if number.text.endswith("%") or number.value >= 1 else 1.0).low
