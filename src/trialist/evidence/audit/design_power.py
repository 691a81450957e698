"""A stated power is that of the stated size, effect and alpha."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.kernels import power as kernels
from trialist.registry import entry

NEAR = {
    "log_rank": 0.03,
    "paired_t": 0.04,
    "two_proportions": 0.06,
    "one_proportion": 0.08,
    "two_sample_t": 0.05,
}  # of power
LARGEST = 100_000
CLOSE = 0.03  # proportions so close that the exact size is not looked for


@dataclass(frozen=True, slots=True)
class Stated:
    """A design as it is stated; what is not said has several options."""

    power: float
    alphas: tuple[float, ...]
    sides: tuple[int, ...]
    allocations: tuple[tuple[int, int], ...]
    effect: tuple[float, ...]
    sizes: tuple[tuple[int, str], ...]


@entry(
    "design_power",
    needs="power, size, effect",
    gives="power, size and effect",
    source="Schoenfeld 1981; noncentral t; Fleiss 2003; exact binomial",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("design"):
        test = claim.said.get("test")
        stated = _stated(claim)
        if test not in NEAR or stated is None or not claim.said.get("effect here"):
            continue  # of several designs in one paragraph
        paired = test == "paired_t" and "pairs" in claim.said.get("sizes", ())
        if test != "log_rank" and not paired and not claim.said.get("size here"):
            continue
        found = _verdict(reading, claim, str(test), stated)
        if found is not None:
            yield found


def _stated(claim: Claim) -> Stated | None:
    numbers = claim.numbers
    kinds = claim.said.get("sizes", ())
    sizes = [
        (int(numbers[f"size {k}"].value), kind) for k, kind in enumerate(kinds, 1) if f"size {k}" in numbers
    ]
    if not sizes or any(n > LARGEST for n, _ in sizes):
        return None
    if "effect_size" in numbers and claim.said.get("test") in ("paired_t", "two_sample_t"):
        effect: tuple[float, ...] = (numbers["effect_size"].value,)
    elif "ratio" in numbers:
        effect = (numbers["ratio"].value,)
    elif "reduction" in numbers:
        effect = (1 - numbers["reduction"].value / 100,)
    elif "median 1" in numbers:
        effect = (numbers["median 1"].value / numbers["median 2"].value,)
    elif "second" in numbers:
        effect = (numbers["first"].value / 100, numbers["second"].value / 100)
    else:
        return None
    alpha = numbers["alpha"].value if "alpha" in numbers else None
    if alpha is not None and not 0 < alpha < 0.5:
        return None
    sides = (int(claim.said["sides"]),) if claim.said.get("sides") else (1, 2) if alpha else (2,)
    allocations = (claim.said["allocation"],) if claim.said.get("allocation") else ((1, 1), (2, 1), (1, 2))
    power = numbers["power"].value
    return Stated(
        power if power < 1 else power / 100,
        (alpha,) if alpha else (0.05, 0.025) if claim.said.get("sides") else (0.05,),
        sides,
        allocations,
        effect,
        tuple(sizes),
    )


def _verdict(reading: Reading, claim: Claim, test: str, stated: Stated) -> Verdict | None:
    if any(not one > 0 for one in stated.effect) or (test == "log_rank" and stated.effect[0] == 1):
        return None
    options = _OPTIONS[test](claim, stated)
    if not options.powers:
        return None
    near, text = NEAR[test], reading.text(claim.sentence)
    shown = values(claim.numbers["power"], 0.01 if _percent(claim) else 1.0)
    low, high = shown.low - near, shown.high + near
    least = (
        test not in ("log_rank", "paired_t") or re.search(r"at least|more than|minimum|>", text) is not None
    )
    if any(low <= power <= high or (least and power >= low) for power, _ in options.powers):
        return None
    if options.bound and max(power for power, _ in options.powers) >= low:
        return None
    power, how = min(options.powers, key=lambda one: abs(one[0] - stated.power))
    return Verdict(
        "design_power", "power, size and effect", "B", claim,
        f"{how} has power {power:.2f}, not {stated.power:.2f}",
        (*options.lines, *(f"stated power {stated.power:.2f}; computed {power:.3f}" for _ in [0])),
        "correct power, size or effect; each of them follows from the other two",
    )  # fmt: skip


def _percent(claim: Claim) -> bool:
    power = claim.numbers["power"]
    return power.text.endswith("%") or power.value >= 1


@dataclass(frozen=True, slots=True)
class Options:
    """Powers that the stated numbers may mean; `bound`: they are the largest that can be."""

    powers: list[tuple[float, str]]
    lines: tuple[str, ...]
    bound: bool = False


def _log_rank(claim: Claim, stated: Stated) -> Options:
    ratio = stated.effect[0]
    events = [n for n, kind in stated.sizes if kind == "events"]
    bound = not events
    sizes = events or [
        n * (2 if "per" in kind else 1) for n, kind in stated.sizes if kind.startswith("patients")
    ]
    powers: list[tuple[float, str]] = []
    for n, alpha, sides, allocation in product(sizes, stated.alphas, stated.sides, stated.allocations):
        what = "patients, all with an event," if bound else "events"
        label = f"a log-rank test with {n} {what} for a hazard ratio of {ratio:.3g}"
        powers.append((kernels.log_rank_power(n, ratio, alpha, sides, allocation), label))
        freedman = kernels.log_rank_events_freedman(ratio, stated.power, alpha, sides, allocation)
        if abs(freedman / n - 1) < 0.05:
            powers.append((stated.power, label))
    alpha, sides, allocation = stated.alphas[0], stated.sides[-1], stated.allocations[0]
    need = kernels.log_rank_events(ratio, stated.power, alpha, sides, allocation)
    detectable = (
        kernels.log_rank_hazard_ratio(sizes[0], stated.power, alpha, sides, allocation) if sizes else None
    )
    lines = [
        f"power {stated.power:g} at a hazard ratio of {ratio:.3g}, alpha {alpha:g} ({_sided(sides)}): "
        f"{math.ceil(need)} events (Schoenfeld)"
    ]
    if detectable is not None:
        lines.append(f"{sizes[0]} events have that power at a hazard ratio of {detectable:.2f}")
    return Options(powers, tuple(lines), bound)


def _paired_t(claim: Claim, stated: Stated) -> Options:
    effect = stated.effect[0]
    powers = [
        (
            kernels.paired_t_power(n, effect, alpha, sides),
            f"a paired t test of {n} pairs at effect size {effect:g}",
        )
        for (n, kind), alpha, sides in product(stated.sizes, stated.alphas, stated.sides)
        if kind != "events"
    ]
    alpha, sides = stated.alphas[0], stated.sides[-1]
    need = kernels.paired_t_pairs(effect, stated.power, alpha, sides)
    n = min(size for size, _ in stated.sizes)
    reach = kernels.paired_t_effect(n, stated.power, alpha, sides)
    lines = [f"{need} pairs reach {stated.power:g} at {effect:g} (alpha {alpha:g}, {_sided(sides)})"]
    if reach is not None:
        lines.append(f"{n} pairs reach it at {reach:.2f}")
    return Options(powers, tuple(lines))


def _two(claim: Claim, stated: Stated) -> Options:
    first, second = stated.effect
    if first == second or not (0 < first < 1 and 0 < second < 1):
        return Options([], ())
    powers: list[tuple[float, str]] = []
    for (n, kind), alpha, sides, (a, b) in product(
        stated.sizes, stated.alphas, stated.sides, stated.allocations
    ):
        if kind == "events":
            continue
        ways = {(n / 2 if a == b else n * b / (a + b), n / 2 if a == b else n * a / (a + b))}
        if "per group" in kind or (claim.said.get("per group") and _said_once(stated)):
            ways.add((float(n), float(n)))
        for n0, n1 in ways:
            label = f"a test of {100 * first:g}% against {100 * second:g}% with {n0:g} and {n1:g} patients"
            for variance in ("pooled", "unpooled"):
                powers.append(
                    (
                        kernels.two_proportions_power(n0, n1, first, second, alpha, sides, variance=variance),
                        label,
                    )
                )
            powers.append((_corrected(n0, n1, first, second, alpha, sides), label))
    need = kernels.two_proportions_n(first, second, stated.power, stated.alphas[0], stated.sides[-1])
    lines = (
        f"power {stated.power:g} at alpha {stated.alphas[0]:g} ({_sided(stated.sides[-1])}): {need} "
        f"patients in all (1:1)",
    )
    return Options(powers, lines)


def _said_once(stated: Stated) -> bool:
    """Whether no size is called that of each group, so that any may be."""
    return not any("per group" in kind for _, kind in stated.sizes)


def _corrected(n0: float, n1: float, first: float, second: float, alpha: float, sides: int) -> float:
    """The power of the test with continuity correction, by the size that it takes away (Fleiss)."""
    gap = abs(first - second)
    taken = (1 / n0 + 1 / n1) / 2 / gap
    factor = max(1 - taken, 0.05) ** 2
    return kernels.two_proportions_power(n0 * factor, n1 * factor, first, second, alpha, sides)


def _one(claim: Claim, stated: Stated) -> Options:
    null, alternative = stated.effect
    if null == alternative or not (0 < null < 1 and 0 < alternative < 1):
        return Options([], ())
    label = f"an exact test of {100 * null:g}% against {100 * alternative:g}%"
    powers = [
        (kernels.one_proportion_power(n, null, alternative, alpha, sides), f"{label} with {n} patients")
        for (n, kind), alpha, sides in product(stated.sizes, stated.alphas, stated.sides)
        if kind != "events"
    ]  # fmt: skip
    if abs(alternative - null) < CLOSE:
        return Options(powers, ())
    need = kernels.one_proportion_n(null, alternative, stated.power, stated.alphas[0], stated.sides[0])
    at = f"power {stated.power:g} at alpha {stated.alphas[0]:g} ({_sided(stated.sides[0])})"
    return Options(powers, (f"{at}: {need} patients (exact)",))


def _means(claim: Claim, stated: Stated) -> Options:
    from trialist.kernels.power_values import size_of, two_sample_t_power

    effect = stated.effect[0]
    powers: list[tuple[float, str]] = []
    for (n, kind), alpha, sides in product(stated.sizes, stated.alphas, stated.sides):
        per_group = "per group" in kind or (claim.said.get("per group") and _said_once(stated))
        for each in (n, n / 2) if per_group else (n / 2,):
            label = f"a t test of two groups of {each:g} at effect size {effect:g}"
            powers.append((two_sample_t_power(each, each, effect, alpha, sides), label))
    alpha, sides = stated.alphas[0], stated.sides[-1]
    need = size_of(lambda n: two_sample_t_power(n, n, effect, alpha, sides), stated.power, 2.0)
    if need is None:
        return Options(powers, ())
    at = f"power {stated.power:g} at {effect:g} (alpha {alpha:g}, {_sided(sides)})"
    return Options(powers, (f"{at}: {math.ceil(need)} in each group",))


_OPTIONS = {
    "log_rank": _log_rank,
    "paired_t": _paired_t,
    "two_proportions": _two,
    "one_proportion": _one,
    "two_sample_t": _means,
}


def _sided(sides: int) -> str:
    return "one-sided" if sides == 1 else "two-sided"
