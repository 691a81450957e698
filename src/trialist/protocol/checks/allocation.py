"""The allocation reaches every arm, blocks are whole, and a decision list decides every case.

A decision list is tried on every combination of values at and between the thresholds its own conditions
name, missing values included. That is exact when each comparison is of one input with a constant; lists
with arithmetic or functions in them are tried for gaps only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from trialist.problems import Problem
from trialist.protocol.model import (
    BiomarkerRules,
    Fixed,
    Minimisation,
    Path,
    PermutedBlocks,
    Protocol,
    Rule,
)
from trialist.protocol.predicate import Condition, Node, parse_condition
from trialist.protocol.remainder import lacks, touched

MOST_CASES = 20_000


def ratios_and_blocks_are_whole(protocol: Protocol) -> Iterator[Problem]:
    """E219: an arm that gets nobody. E220: a block size that is no multiple of the ratio's sum."""
    plan, allocation = protocol.plan, protocol.plan.allocation
    if not isinstance(allocation, (PermutedBlocks, Minimisation)):
        return
    for arm in plan.arms:
        if arm not in allocation.ratio:
            yield Problem(
                "E219",
                f"arm '{arm}' is not in the ratio, so nobody is allocated to it",
                f"add '{arm}:' to the ratio, or remove the arm",
                protocol.place("allocation", "ratio"),
            )
    if isinstance(allocation, PermutedBlocks) and set(allocation.ratio) == set(plan.arms):
        total = sum(allocation.ratio.values())
        ratio = ":".join(map(str, allocation.ratio.values()))
        for number, size in enumerate(allocation.block_sizes):
            if total and (size < 1 or size % total):
                near = max(total, round(size / total) * total)
                yield Problem(
                    "E220",
                    f"a block of {size} can't hold the ratio {ratio}",
                    f"use multiples of {total}, such as {near}",
                    protocol.place("allocation", "block_sizes", number),
                )


BY_CHANCE = frozenset({"permuted_blocks", "minimisation", "simple_random", "dynamic"})
NOT_BY_CHANCE = frozenset({"single_arm", "biomarker_rules"})


def the_method_fits_the_trial(protocol: Protocol) -> Iterator[Problem]:
    """W221: randomised or not, one arm or several, against the method of allocation."""
    plan, allocation = protocol.plan, protocol.plan.allocation
    if lacks(protocol, "randomised") or touched(protocol, "arms"):
        return
    place = protocol.place("allocation", "method")
    if allocation.method == "single_arm" and len(plan.arms) > 1:
        yield Problem("W221", f"the allocation is single_arm, but there are {len(plan.arms)} arms",
                      "name how subjects come to an arm (not_public is a method)", place)  # fmt: skip
    if allocation.method in BY_CHANCE and not plan.randomised:
        yield Problem("W221", f"subjects are allocated by {allocation.method}, but 'randomised' is false",
                      "correct 'randomised' or the method", place)  # fmt: skip
    if allocation.method in NOT_BY_CHANCE and plan.randomised:
        yield Problem("W221", f"'randomised' is true, but subjects are allocated by {allocation.method}",
                      "correct 'randomised' or the method", place)  # fmt: skip


def strata_are_not_empty(protocol: Protocol) -> Iterator[Problem]:
    """W222: more strata than subjects to fill one block in each."""
    plan, allocation = protocol.plan, protocol.plan.allocation
    if not isinstance(allocation, (Fixed, PermutedBlocks, Minimisation)):
        return
    for number, name in enumerate(allocation.strata):
        factor = plan.factors.get(name)
        if factor is not None and len(factor.levels) < 2:
            yield Problem(
                "W222",
                f"the stratum '{name}' has {len(factor.levels) or 'no'} level: it separates nobody",
                "list its levels, or take it out of 'strata:'",
                protocol.place("allocation", "strata", number),
            )


def decision_lists_decide(protocol: Protocol) -> Iterator[Problem]:
    """E223: a rule with no result or two. W224: one that never decides. W225: a case that no rule decides."""
    allocation = protocol.plan.allocation
    if not isinstance(allocation, BiomarkerRules):
        return
    kinds: dict[str, str] = dict(allocation.inputs)
    yield from _list(protocol, ("allocation", "rules"), allocation.rules, kinds)
    if allocation.rescreening is not None:
        rules = allocation.rescreening.rules
        yield from _list(protocol, ("allocation", "rescreening", "rules"), rules, kinds)


def _list(
    protocol: Protocol, path: Path, rules: Sequence[Rule], kinds: Mapping[str, str]
) -> Iterator[Problem]:
    for number, rule in enumerate(rules):
        if (rule.arm is None) == (rule.outcome is None):
            what = "neither an arm nor an outcome" if rule.arm is None else "an arm and an outcome"
            yield Problem(
                "E223",
                f"rule {number + 1} ('{rule.when}') gives {what}",
                "give each rule either 'arm:' or 'outcome:'",
                protocol.place(*path, number),
            )
    parsed = [parse_condition(rule.when)[0] for rule in rules]
    conditions = [c for c in parsed if c is not None]
    if len(conditions) < len(rules) or not all(c.columns <= set(kinds) for c in conditions):
        return
    reached: set[int] = set()
    gap: Mapping[str, object] | None = None
    cases = _cases(conditions, kinds)
    if cases is None:
        return
    for case in cases:
        first = next((n for n, c in enumerate(conditions) if c.evaluate(case) is True), None)
        if first is not None:
            reached.add(first)
        elif gap is None:
            gap = case
    if all(_simple(c.root) for c in conditions):
        for number in sorted(set(range(len(rules))) - reached):
            yield Problem(
                "W224",
                f"rule {number + 1} ('{rules[number].when}') never decides: earlier rules take its cases",
                "remove it, or move it up",
                protocol.place(*path, number),
            )
    if gap is not None:
        yield Problem(
            "W225",
            f"no rule decides when {_spoken(gap)}; such a subject stays pending without a reason",
            "end the list with {when: 'true', outcome: pending, reason: ...}",
            protocol.place(*path),
        )


def _cases(conditions: Sequence[Condition], kinds: Mapping[str, str]) -> Iterator[dict[str, object]] | None:
    """Every combination of telling values of the inputs; None when there are too many to try."""
    used = sorted(set().union(*(c.columns for c in conditions)))
    literals = {value for c in conditions for value in _literals(c.root)}
    values = {name: _telling(kinds[name], literals) for name in used}
    size = 1
    for several in values.values():
        size *= len(several)
    if size > MOST_CASES:
        return None
    return (dict(zip(used, case, strict=True)) for case in itertools.product(*values.values()))


def _telling(kind: str, literals: set[object]) -> tuple[object, ...]:
    """Values at, between and beyond the constants of one sort, and a missing one."""
    if kind == "boolean":
        return True, False, None
    if kind == "text":
        texts = sorted(v for v in literals if isinstance(v, str))
        return (*texts, "another", None)
    points = sorted(v for v in literals if isinstance(v, (int, float)) and not isinstance(v, bool))
    between = [(low + high) / 2 for low, high in itertools.pairwise(points)]
    ends = [points[0] - 1, points[-1] + 1] if points else [0]
    return (*sorted({*points, *between, *ends}), None)


def _literals(node: Node) -> Iterator[object]:
    if node.name == "literal" and node.value is not None:
        yield node.value
    for part in node.parts:
        yield from _literals(part)


def _simple(node: Node) -> bool:
    """Only comparisons of one column with a constant, joined by and, or, not."""
    if node.name in ("and", "or", "not"):
        return all(_simple(part) for part in node.parts)
    if node.name in ("column", "literal"):
        return True
    names = sorted(part.name for part in node.parts)
    return names in (["column"], ["column", "literal"])


def _spoken(case: Mapping[str, object]) -> str:
    said = (f"{name} is missing" if value is None else f"{name} = {value!r}" for name, value in case.items())
    return " and ".join(said)
