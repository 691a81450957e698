"""Events are no more than patients, and patients no more than the arm has."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding
from trialist.registry import entry

_OF_PATIENTS = frozenset({"count", "n_at_risk"})
_NOT_OF_THE_TRIAL = frozenset({"cycles_given", "reference_cohort", "label_pharmacokinetics"})


@entry("limits", needs="store", gives=("W615",), source="arithmetic")
def limits(store: Store) -> Iterator[Found]:
    """W615 more events than patients, or more patients counted or at risk than the arm or the trial has."""
    for finding in store.findings:
        name = (finding.origin.entry or finding.id,)
        counted_events = dict(finding.definition).get("counted") == "events"
        if finding.n is not None and finding.events is not None and finding.events > finding.n:
            message = f"{finding.endpoint}: {finding.events} events among {finding.n} patients"
            yield Found("W615", finding.trial, name, message, "look up both")
        most = None if counted_events else _most(finding, store)
        if most is not None and finding.n is not None and finding.n > most:
            message = f"{finding.endpoint}: n {finding.n} of an arm or trial that has {most}"
            yield Found("W615", finding.trial, name, message, "look up the population")
        patients = finding.measure in _OF_PATIENTS and not finding.endpoint.startswith("exposure:")
        if counted_events or not patients or finding.estimate is None:
            continue
        known = min((size for size in (finding.n, most) if size is not None), default=None)
        if known is not None and finding.estimate > known:
            message = f"{finding.endpoint}, {finding.measure}: {finding.estimate:g} of {known} patients"
            yield Found(
                "W615", finding.trial, name, message, "look up both, and whether patients were counted"
            )


def _most(finding: Finding, store: Store) -> int | None:
    card: TrialCard = store.trials[finding.trial]
    if finding.population in _NOT_OF_THE_TRIAL:
        return None
    arms = store.arms(finding)
    if not arms:
        return card.n
    sizes = [
        arm.treated if finding.population == "safety" and arm.treated is not None else arm.n for arm in arms
    ]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return card.n
    return sum(known)
