"""Comparisons of a trial's arms on an endpoint, and whether each shows a difference."""

from __future__ import annotations

from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.said import STRONG_SUBGROUP, subgroup_said
from trialist.evidence.audit.known.scenes import Scene
from trialist.evidence.model import Store
from trialist.findings.model import Finding

Compared = list[tuple[Finding, bool]]


def compared(store: Store, one: Scene, endpoint: str) -> Compared:
    """Ratios and shares of the patients that a sentence speaks of, with whether each shows a difference."""
    return clear_ratios(store, one, endpoint) or clear_shares(store, one, endpoint)


def clear_ratios(store: Store, one: Scene, endpoint: str, trial: str | None = None) -> Compared:
    """Hazard ratios on an endpoint: of all patients, or of the part that the sentence names."""
    held = []
    ids = set(one.arm_ids)
    for f in store.of(trial or one.trial or ""):
        if f.endpoint != endpoint or f.measure != "hazard_ratio" or f.origin.kind != "published":
            continue
        if not reliable(f) or not of_patients(one, f) or not _of_arms(ids, f):
            continue
        sure = excludes_one(f)
        if sure is not None:
            held.append((f, sure))
    return held


def clear_shares(store: Store, one: Scene, endpoint: str) -> Compared:
    """Shares with a P value against another arm. `endpoint`: an id, or `ae:neutropenia` for every grade."""
    held = []
    for f in store.of(one.trial or ""):
        same = f.endpoint == endpoint or f.endpoint.startswith(f"{endpoint}:")
        if (
            same
            and f.measure == "proportion"
            and f.p_value is not None
            and reliable(f)
            and of_patients(one, f)
        ):
            held.append((f, f.p_value.bound != ">" and f.p_value.value <= 0.05))
    return held


def of_patients(one: Scene, finding: Finding) -> bool:
    """Whether a finding is of all patients, or of the part of them that the sentence names."""
    if STRONG_SUBGROUP.search(one.text) is None:
        return finding.subgroup is None
    return finding.subgroup is not None and subgroup_said(finding.subgroup, one.text)


def _of_arms(ids: set[str], finding: Finding) -> bool:
    if len(ids) >= 2:
        return set(finding.groups) <= ids
    return not ids or not finding.groups or bool(ids & set(finding.groups))


def excludes_one(finding: Finding) -> bool | None:
    """Whether a ratio's interval leaves out 1; by its p value where no interval is held; None for neither."""
    interval, p = finding.interval, finding.p_value
    if interval is not None and interval.low is not None and interval.high is not None:
        return not interval.low <= 1 <= interval.high
    if p is not None:
        return p.bound != ">" and p.value <= 0.05
    return None
