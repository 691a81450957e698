"""A trial of several arms: its contrasts, and the covariance of those that share an arm."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trialist.evidence.model import Arm, TrialCard
from trialist.evidence.pooling.network_question import Shared
from trialist.findings.model import Finding
from trialist.kernels import network_trials
from trialist.kernels.counts import Floats

_ROUNDING = 0.03  # of logarithms of ratios with two digits, around a loop
REASONS: Mapping[str, str] = {
    "one_arm": "it compares nothing",
    "same_treatment": "two of its arms have one treatment",
    "missing_contrast": "not every pair of its arms is compared",
    "repeated_contrast": "a pair of its arms is compared twice",
    "bad_number": "an effect or error is no number",
    "inconsistent_effects": "its effects contradict each other: A on B and B on C do not give A on C",
    "negative_arm_variance": "its errors contradict each other: an arm would have a variance below 0",
    "not_a_covariance": "its errors contradict each other",
    "no_events": "no arm has an event (or everybody had one)",
}


@dataclass(frozen=True, slots=True)
class JoinedTrial:
    """A trial of the network.

    treatments  ids of its arms, the first the one that the others are set against
    effects, covariance  of the others against the first, on the scale on which effects are pooled
    shared      how the covariance of contrasts with a common arm came about (several arms only)
    correlation between the first two of its contrasts (several arms only)
    patients    allocated to each arm, where known; events: of each arm, where counts are joined
    """

    trial: str
    treatments: tuple[str, ...]
    effects: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    findings: tuple[Finding, ...]
    patients: tuple[int | None, ...]
    shared: str | None = None
    correlation: float | None = None
    derived: tuple[str, ...] = ()
    corrected: bool = False
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    finding: Finding
    one: Arm
    two: Arm
    effect: float
    error: float
    printed: bool


def entry(finding: Finding) -> str:
    """The id of a finding that a reader can look up."""
    return finding.origin.entry or finding.id


def joined(
    card: TrialCard, chosen: list[Contrast], findings: Sequence[Finding], shared: Shared
) -> JoinedTrial | str:
    named = [arm.name for c in chosen for arm in (c.one, c.two)]
    arms = sorted(dict.fromkeys(named), key=named.count, reverse=True)  # first the arm that most share
    k = len(arms)
    if k == 2:
        only = chosen[0]
        return _joined(card, (only.two, only.one), [only.effect], np.array([[only.error**2]]), chosen, None)
    if len({card.arms[a].treatment for a in arms}) < k:
        return REASONS["same_treatment"]
    if len(chosen) == k * (k - 1) // 2:
        place = {a: i for i, a in enumerate(arms)}
        found = network_trials.from_contrasts(
            [0] * len(chosen),
            [place[c.one.name] for c in chosen],
            [place[c.two.name] for c in chosen],
            [c.effect for c in chosen],
            [c.error for c in chosen],
            tolerance=_ROUNDING,
        )
        if found.refused:
            return REASONS[found.refused[0].reason]
        in_order = [card.arms[a] for a in arms]
        return _joined(card, in_order, found.effect[0, 1:], found.covariance[0], chosen, "all contrasts")
    tree = _tree(chosen, arms)
    if tree is None:
        return "its arms are not all compared with one another, even by way of others"
    return _of_tree(card, tree, arms, findings, shared)


def _tree(chosen: list[Contrast], arms: list[str]) -> list[Contrast] | None:
    """Contrasts that join all arms without a loop; those with the arm that most share come first."""
    often = {a: sum(a in (c.one.name, c.two.name) for c in chosen) for a in arms}
    part = {a: a for a in arms}
    kept = []
    for c in sorted(chosen, key=lambda c: -max(often[c.one.name], often[c.two.name])):
        one, two = part[c.one.name], part[c.two.name]
        if one != two:
            kept.append(c)
            part = {a: (one if p == two else p) for a, p in part.items()}
    return kept if len(set(part.values())) == 1 else None


def _of_tree(
    card: TrialCard, tree: list[Contrast], arms: list[str], findings: Sequence[Finding], shared: Shared
) -> JoinedTrial | str:
    """k - 1 contrasts of k arms. The variance of a shared arm is, up to its sign, their covariance."""
    place = {a: i for i, a in enumerate(arms)}
    sign = np.zeros((len(tree), len(arms)))
    for row, c in enumerate(tree):
        sign[row, place[c.one.name]], sign[row, place[c.two.name]] = 1, -1
    for name, variances in _arm_variances(card, tree, arms, findings):
        if shared not in ("auto", name) or variances is None:
            continue
        spread = sign @ np.diag(variances) @ sign.T
        np.fill_diagonal(spread, [c.error**2 for c in tree])
        back = np.linalg.inv(sign[:, 1:])  # contrasts of the tree -> arms against the first
        effects, covariance = back @ [c.effect for c in tree], back @ spread @ back.T
        tried = network_trials.from_blocks([(0, list(range(len(arms))), effects, covariance)])
        if not tried.refused:
            return _joined(card, [card.arms[a] for a in arms], effects, covariance, tree, name)
    return f"the covariance of its contrasts can't be had ({shared})"


def _arm_variances(
    card: TrialCard, tree: list[Contrast], arms: list[str], findings: Sequence[Finding]
) -> Iterator[tuple[Shared, list[float] | None]]:
    """Variances of the arms' log hazards (or means), by each way that the trial allows."""
    common = [a for a in arms if sum(a in (c.one.name, c.two.name) for c in tree) > 1]
    events = _events(tree[0].finding, findings)
    log_hazards = tree[0].finding.measure == "hazard_ratio"
    known = log_hazards and all(events.get(a) for a in common)
    yield "events", [1 / events[a] if events.get(a) else 0.0 for a in arms] if known else None
    for way in ("patients", "halves"):
        sizes = {a: card.arms[a].n for a in arms}
        if way == "patients" and not all(sizes.values()):
            yield "patients", None
            continue
        found: dict[str, list[float]] = {a: [] for a in arms}
        for c in tree:
            for mine, other in ((c.one.name, c.two.name), (c.two.name, c.one.name)):
                n, m = (sizes[mine] or 1, sizes[other] or 1) if way == "patients" else (1, 1)
                found[mine].append(c.error**2 * m / (n + m))
        yield ("patients" if way == "patients" else "halves"), [sum(v) / len(v) for v in found.values()]


def _events(like: Finding, findings: Iterable[Finding]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in findings:
        if len(each.groups) == 1 and each.events and each.population == like.population and not each.subgroup:
            found.setdefault(each.groups[0], each.events)
    return found


def _joined(
    card: TrialCard,
    arms: Sequence[Arm],
    effects: Iterable[float],
    covariance: Floats,
    used: Sequence[Contrast],
    shared: str | None,
) -> JoinedTrial:
    correlation = None
    if len(arms) > 2:
        correlation = float(covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1]))
    return JoinedTrial(
        card.trial,
        tuple(str(arm.treatment) for arm in arms),
        tuple(float(e) for e in effects),
        tuple(tuple(float(v) for v in row) for row in covariance),
        tuple(c.finding for c in used),
        tuple(arm.n for arm in arms),
        shared,
        correlation,
        tuple(entry(c.finding) for c in used if not c.printed),
    )
