"""Entry into a simulated trial: accrual, factor levels and allocation."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.draws import categories, stream
from trialist.kernels.replicate_draws import Replicates, Seed, each, streams
from trialist.problems import Problem
from trialist.protocol.allocation import by_blocks, by_minimisation, decide
from trialist.protocol.model import BiomarkerRules, Fixed, Minimisation, PermutedBlocks, Protocol

Integers = NDArray[np.int64]


def accrual(months_days: float, subjects: int, seed: Seed) -> Integers:
    """Days of entry, ascending in each replicate, uniform over the accrual period."""
    day = np.floor(streams(seed, "accrual").random(subjects) * months_days).astype(np.int64)
    return np.sort(day.reshape(-1, each(seed, subjects)), axis=1).ravel()


def level_names(protocol: Protocol, factor: str) -> tuple[str, ...]:
    """The levels of a factor, or of a biomarker input, in the order their numbers mean."""
    declared = protocol.plan.factors.get(factor)
    if declared is not None:
        return declared.levels
    assert protocol.plan.simulation is not None
    return tuple(protocol.plan.simulation.factor_levels.get(factor, ()))


def factor_levels(
    protocol: Protocol, size: int, seed: Seed
) -> tuple[dict[str, Integers], tuple[Problem, ...]]:
    """Level numbers of every factor (and biomarker input), each from its own stream.

    Shares come from the plan; a factor without shares gets equal ones, and an N503 says so.
    """
    plan = protocol.plan
    assert plan.simulation is not None
    shares = plan.simulation.factor_levels
    wanted = list(plan.factors)
    if isinstance(plan.allocation, BiomarkerRules):
        wanted += [name for name in plan.allocation.inputs if name not in wanted and name in shares]
    equal = [factor for factor in wanted if factor not in shares]
    drawn = {}
    for factor in wanted:
        names = level_names(protocol, factor)
        weights = (
            [shares[factor].get(name, 0.0) for name in names] if factor in shares else [1.0] * len(names)
        )
        if sum(weights) <= 0:
            weights = [1.0] * len(names)
        drawn[factor] = categories(streams(seed, "factor", factor), weights, size)
    if not equal:
        return drawn, ()
    return drawn, (
        Problem(
            "N503",
            f"levels of {', '.join(equal)} are drawn with equal shares because the plan states none",
            "state the shares under 'simulation: factor_levels:'",
            protocol.place("simulation"),
        ),
    )


def allocate(
    protocol: Protocol, levels: Mapping[str, Integers], size: int, seed: Seed
) -> tuple[Integers | None, tuple[Problem, ...]]:
    """Arm positions in order of entry (-1: not allocated), by the protocol's own method.

    Each replicate of a batch has a list of its own.
    """
    if not isinstance(seed, Replicates):
        return _allocate(protocol, levels, size, stream(seed, "allocation"))
    arms: list[Integers] = []
    problems: tuple[Problem, ...] = ()
    for place, number in enumerate(seed.numbers):
        mine = {name: codes[place * seed.size : (place + 1) * seed.size] for name, codes in levels.items()}
        rng = stream(seed.seed, "replicate", number, "allocation")
        arm, problems = _allocate(protocol, mine, seed.size, rng)
        if arm is None:
            return None, problems
        arms.append(arm)
    return np.concatenate(arms), problems


def _allocate(
    protocol: Protocol, levels: Mapping[str, Integers], size: int, rng: np.random.Generator
) -> tuple[Integers | None, tuple[Problem, ...]]:
    plan = protocol.plan
    arms = tuple(plan.arms)
    method = plan.allocation
    place = protocol.place("allocation")
    if isinstance(method, BiomarkerRules):
        return _by_rules(protocol, method, levels, size)
    if len(arms) == 1:
        return np.zeros(size, dtype=np.int64), ()
    ratio, notes = _ratio(protocol, arms)
    if isinstance(method, Minimisation):
        position = np.array([arms.index(arm) for arm in method.ratio], dtype=np.int64)
        return position[by_minimisation(method, levels, size, rng)], notes
    if isinstance(method, Fixed) and method.method == "simple_random":
        return categories(rng, ratio, size), notes
    sizes: tuple[int, ...] = method.block_sizes if isinstance(method, PermutedBlocks) else ()
    if not sizes:
        total = sum(ratio)
        sizes = (2 * total, 3 * total)
        stated = "no block sizes" if isinstance(method, PermutedBlocks) else f"allocation '{method.method}'"
        notes = (
            *notes,
            Problem(
                "N503",
                f"allocation is simulated by permuted blocks of {sizes[0]} and {sizes[1]} because the "
                f"protocol states {stated}",
                "state the block sizes, or keep in mind that they are assumed",
                place,
            ),
        )
    return by_blocks(_strata(levels, method.strata, size), ratio, sizes, rng), notes


def _ratio(protocol: Protocol, arms: tuple[str, ...]) -> tuple[list[int], tuple[Problem, ...]]:
    method = protocol.plan.allocation
    stated = getattr(method, "ratio", {})
    if all(arm in stated for arm in arms):
        return [stated[arm] for arm in arms], ()
    return [1] * len(arms), (
        Problem(
            "N503",
            "arms are allocated in equal numbers because the protocol states no ratio",
            "state the ratio under 'allocation:'",
            protocol.place("allocation"),
        ),
    )


def _strata(levels: Mapping[str, Integers], factors: tuple[str, ...], size: int) -> Integers:
    number = np.zeros(size, dtype=np.int64)
    for factor in factors:
        if factor in levels:
            number = number * (int(levels[factor].max(initial=0)) + 1) + levels[factor]
    return number


def _by_rules(
    protocol: Protocol, method: BiomarkerRules, levels: Mapping[str, Integers], size: int
) -> tuple[Integers | None, tuple[Problem, ...]]:
    lacking = [name for name in method.inputs if name not in levels]
    if lacking:
        return None, (
            Problem(
                "E505",
                f"nobody can be allocated: the plan states no distribution of {', '.join(lacking)}",
                "state the shares of its values under 'simulation: factor_levels:'",
                protocol.place("simulation"),
            ),
        )
    arms = tuple(protocol.plan.arms)
    inputs = tuple(method.inputs)
    names = [level_names(protocol, name) for name in inputs]
    table = np.full([len(n) for n in names], -1, dtype=np.int64)
    for cell in product(*(range(len(n)) for n in names)):
        row = {name: read_level(names[k][cell[k]], method.inputs[name]) for k, name in enumerate(inputs)}
        arm = decide(method, row).arm
        table[cell] = arms.index(arm) if arm in arms else -1
    return table[tuple(levels[name] for name in inputs)], ()


def read_level(text: str, kind: str) -> object:
    """The value a level stands for; an empty level, `missing` and `null` are no value."""
    if text.strip().lower() in ("", "missing", "null", "none", "unknown"):
        return None
    if kind == "number":
        return float(text)
    if kind == "boolean":
        return text.strip().lower() in ("true", "yes", "y", "1")
    return text
