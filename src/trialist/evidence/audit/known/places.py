"""The findings of the place that a claim is bound to, and those of the places beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.said import TWO_PARTS, months_of, severe, subgroup_said
from trialist.evidence.audit.known.words import Known
from trialist.evidence.filter import is_endpoint
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding

Dimension = Literal["arm", "population", "subgroup", "grade", "timepoint", "endpoint", "trial"]
DIMENSIONS: tuple[Dimension, ...] = (
    "arm",
    "population",
    "subgroup",
    "grade",
    "timepoint",
    "endpoint",
    "trial",
)
_MEASURES = {
    "share": frozenset({"proportion", "survival_probability", "count"}),
    "time": frozenset({"median_time", "median", "restricted_mean", "mean", "quantile_time"}),
    "count": frozenset({"count", "n_at_risk"}),
    "value": frozenset({"median", "mean", "count", "n_at_risk"}),
}
_BEST = frozenset({"read", "transcribed", "computed", "computed by source", "digitised"})
_MEAN = re.compile(r"\bmeans?\b|\brmst\b|\brestricted\b|\baveraged\b", re.I)
_NEAR = 0.26  # months between a time that is said and one that is held


def measured_so(placed: Placed, finding: Finding) -> bool:
    """Whether a claim's kind of number is the finding's."""
    claim = placed.claim
    if claim.kind in ("ratio", "reduction"):
        name = str(claim.said.get("measure", "hazard_ratio"))
        return finding.measure == name or finding.measure == f"{name}_prognostic"
    if finding.measure in _MEASURES.get(claim.kind, ()):
        if claim.kind == "time":
            around = placed.around.casefold()
            mean, median = _MEAN.search(around) is not None, "median" in around
            if mean and median:
                return True
            return (finding.measure in ("restricted_mean", "mean")) == mean
        if claim.kind == "share" and finding.measure == "count":
            return "count" in claim.numbers
        if claim.kind in ("count", "value") and "at risk" in placed.around:
            return finding.measure == "n_at_risk"
        return finding.measure != "n_at_risk"
    return False


def reliable(finding: Finding) -> bool:
    return finding.origin.reliability in _BEST


def at_place(names: Known, placed: Placed, *, free: Iterable[Dimension] = ()) -> list[Finding]:
    """Findings that all that is said allows, without looking at numbers; `free`: what need not agree."""
    open_to = frozenset(free)
    trials = list(names.store.trials) if "trial" in open_to else [placed.trial] if placed.trial else []
    tests: list[tuple[Dimension, Callable[[Placed, Finding], bool]]] = [
        ("endpoint", _endpoint),
        ("grade", _grade),
        ("arm", _arm if "trial" not in open_to else _treatment(names, placed)),
        ("population", _population),
        ("timepoint", _timepoint),
        ("subgroup", _subgroup),
    ]
    return [
        finding
        for trial in trials
        for finding in names.of_trial[trial]
        if measured_so(placed, finding) and all(d in open_to or test(placed, finding) for d, test in tests)
    ]


def _endpoint(placed: Placed, finding: Finding) -> bool:
    if placed.endpoints == ("ae",):
        parts = finding.endpoint.split(":")
        return parts[0] == "ae" and len(parts) > 1 and parts[1] == placed.term
    return any(is_endpoint(finding.endpoint, name) for name in placed.endpoints) and not (
        finding.endpoint.startswith("ae:") and placed.term is None
    )


def _grade(placed: Placed, finding: Finding) -> bool:
    if not finding.endpoint.startswith("ae:") or placed.grade is None:
        return True
    held = finding.endpoint.split(":")[2]
    if held == placed.grade or (severe(held) and severe(placed.grade)):
        return True
    return held.startswith("leading_to") and held == placed.grade


def _arm(placed: Placed, finding: Finding) -> bool:
    if not placed.arms:
        return True
    if placed.claim.kind in ("ratio", "reduction", "difference"):
        return not finding.groups or set(placed.arms) == set(finding.groups)
    return not finding.groups or finding.groups == placed.arms


def _treatment(names: Known, placed: Placed) -> Callable[[Placed, Finding], bool]:
    """Arms of another trial: those that are given the same drugs."""
    card = names.store.trials.get(placed.trial or "")
    wanted = {d for a in placed.arms if card for d in card.arms[a].drugs}

    def alike(_: Placed, finding: Finding) -> bool:
        arms = names.store.arms(finding)
        return not wanted or any(wanted.intersection(arm.drugs) for arm in arms)

    return alike


def _population(placed: Placed, finding: Finding) -> bool:
    if placed.population is None or placed.population == finding.population:
        return True
    n = placed.claim.numbers.get("n")
    if n is not None and n.value == finding.n:
        return True  # the same patients, however they are called
    if ":" in finding.endpoint or (finding.subgroup or "").startswith(placed.population):
        return True
    same = {"itt", "all", "treated"}
    return (placed.population in same and finding.population in same) or (
        placed.population == "evaluable" and finding.population.endswith("evaluable")
    )


def _timepoint(placed: Placed, finding: Finding) -> bool:
    if finding.measure not in ("survival_probability", "n_at_risk"):
        return True
    held = months_of(finding.timepoint)
    return placed.months is None or held is None or abs(held - placed.months) < _NEAR


def _subgroup(placed: Placed, finding: Finding) -> bool:
    if finding.subgroup is None or (
        placed.parted and (not placed.subgroup or TWO_PARTS.search(placed.around))
    ):
        return True
    return subgroup_said(finding.subgroup, placed.around)


def scale_of(finding: Finding) -> str:
    measure = MEASURES.get(finding.measure)
    return measure.scale if measure else "value"
