"""What became of patients, from allocation to analysis, as far as it is published."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.model import Flow, FlowArm, Section
from trialist.evidence.guide.trials import sources_of
from trialist.evidence.guide.wording import detail
from trialist.evidence.model import Arm, Store, TrialCard
from trialist.findings.model import Finding

_SCREENED_OUT = "screen_failures"
_STOPPED = "disposition:discontinued_"


def flows(store: Store, asked: Asked) -> Section:
    """Patients from allocation to analysis, trial by trial."""
    return Section("flow", "Flow of patients", tuple(_flow(store, card) for card in asked.trials))


def _flow(store: Store, card: TrialCard) -> Flow:
    found = store.of(card.trial)
    arms, used = [], []
    analysed, of = _analysed(card, found)
    for arm in card.arms.values():
        reasons = _stopped(arm, found)
        used += [
            printed.id_of(f) for f in (*reasons, *([analysed[arm.name]] if arm.name in analysed else []))
        ]
        counted = analysed[arm.name].n if arm.name in analysed else None
        stopped = tuple((_reason(store, f), _count(f) or 0) for f in reasons) or None
        arms.append(FlowArm(arm.name, arm.label, arm.n, arm.treated, stopped, counted))
    out = next((f for f in found if f.endpoint == _SCREENED_OUT and not f.groups), None)
    used += [printed.id_of(out)] if out else []
    enrolled = card.n
    if enrolled is None and arms and all(arm.allocated is not None for arm in arms):
        enrolled = sum(arm.allocated or 0 for arm in arms)
    return Flow(
        trial=card.trial,
        enrolled=enrolled,
        randomised=card.randomised,
        arms=tuple(arms),
        analysis=store.words.label("endpoint", of) if of else None,
        screened_out=_count(out) if out else None,
        ids=tuple(used),
        cites=sources_of(store, card),
        missing=_missing(enrolled, arms),
    )


def _missing(enrolled: int | None, arms: Iterable[FlowArm]) -> str | None:
    arms = tuple(arms)
    unknown = [
        word
        for word, known in (
            ("allocated", all(arm.allocated is not None for arm in arms)),
            ("treated", all(arm.treated is not None for arm in arms)),
            ("analysed", all(arm.analysed is not None for arm in arms)),
        )
        if not known
    ]
    if not arms or unknown:
        return f"how many were {' and '.join(unknown) or 'in an arm'} is not stated for every arm"
    allocated = sum(arm.allocated or 0 for arm in arms)
    if enrolled != allocated:
        return f"{enrolled} are in the trial and {allocated} in its arms"
    return None


def _analysed(card: TrialCard, found: Iterable[Finding]) -> tuple[dict[str, Finding], str | None]:
    """The findings that say how many of each arm were analysed for a primary endpoint."""
    for endpoint in card.primary:
        by_arm = {
            f.groups[0]: f
            for f in reversed(list(found))
            if f.endpoint == endpoint
            and len(f.groups) == 1
            and f.population == "itt"
            and f.subgroup is None
            and f.n is not None
        }
        if by_arm:
            return by_arm, endpoint
    return {}, None


def _stopped(arm: Arm, found: Iterable[Finding]) -> list[Finding]:
    """Why patients of an arm stopped, where the reasons of one source add up to all who stopped."""
    by_source: dict[str | None, dict[str, Finding]] = {}
    for f in found:
        if f.endpoint.startswith(_STOPPED) and f.groups == (arm.name,) and _count(f) is not None:
            by_source.setdefault(f.origin.source, {}).setdefault(f.endpoint, f)
    for by_endpoint in by_source.values():
        total = by_endpoint.pop(f"{_STOPPED}any", None)
        reasons = [f for f in by_endpoint.values() if _count(f)]
        if total is not None and sum(_count(f) or 0 for f in reasons) == _count(total):
            return reasons
    return []


def _count(finding: Finding) -> int | None:
    if finding.events is not None:
        return finding.events
    return round(finding.estimate) if finding.measure == "count" and finding.estimate is not None else None


def _reason(store: Store, finding: Finding) -> str:
    said = detail(store.words, finding.endpoint.partition(":")[2])
    return said.removeprefix("discontinued for ").removeprefix("discontinued at ")
