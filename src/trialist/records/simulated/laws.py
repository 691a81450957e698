"""Which law of progression and death each arm follows, from the protocol's simulation plan or its design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from trialist.kernels.multistate import (
    PiecewiseHazard,
    changing_ratio,
    exponential,
    proportional_hazards,
)
from trialist.problems import Problem, errors
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.endpoints import ProgressionFreeSurvival
from trialist.protocol.model import Protocol, SimulatedTime
from trialist.units import DAYS_PER_MONTH

Calibration = Literal["published", "design", "null"]
"""`null`: the published times, with every arm under the law of the arm in the denominator."""
_IMAGING = frozenset({"radiographic_progression", "soft_tissue_progression", "bone_progression"})


@dataclass(frozen=True, slots=True)
class Laws:
    """Per arm (in the protocol's order) the law in days, or None when the plan has none.

    `progression` and `survival` are the endpoints calibrated to; `composite` one that adds PSA progression
    to the imaging of `progression`, with its own laws in `first`. `pain` and `skeletal` are the laws of pain
    progression and of the first skeletal event, which depend on no other time.
    """

    progression: str | None
    survival: str | None
    free: tuple[PiecewiseHazard | None, ...]
    alive: tuple[PiecewiseHazard | None, ...]
    composite: str | None = None
    first: tuple[PiecewiseHazard | None, ...] = ()
    pain: tuple[PiecewiseHazard | None, ...] = ()
    skeletal: tuple[PiecewiseHazard | None, ...] = ()


def laws(protocol: Protocol, calibrate: Calibration) -> tuple[Laws | None, tuple[Problem, ...]]:
    """The laws to simulate, or why there are none (E504, E505, E506), and what is left out (N502)."""
    plan = protocol.plan
    assert plan.simulation is not None
    times: Mapping[str, SimulatedTime] = plan.simulation.times
    problems: list[Problem] = []
    if calibrate == "design":
        designed, trouble = _designed(protocol)
        problems += trouble
        times = {**times, **designed}
    progression = _chosen(protocol, times)
    survival = _first(protocol, times, "overall_survival")
    composite = _composite(protocol, times, progression)
    pain = _first(protocol, times, "pain_progression") if plan.simulation.pain else None
    skeletal = _first(protocol, times, "skeletal_event")
    for endpoint in times:
        if endpoint not in (progression, survival, composite, pain, skeletal):
            problems.append(
                Problem(
                    "N502",
                    f"'{endpoint}' is not simulated by its own law because one time to progression and "
                    f"one survival time are drawn per subject; it is derived from the other records",
                    f"read '{endpoint}' of a simulated trial as a by-product, not as calibrated",
                    protocol.place("simulation", "times", endpoint),
                )
            )
    made: list[tuple[PiecewiseHazard | None, ...]] = []
    for calibrated in (progression, survival, composite, pain, skeletal):
        if calibrated is None:
            made.append(tuple(None for _ in plan.arms))
            continue
        by_arm, trouble = _law(protocol, calibrated, times[calibrated])
        problems += trouble
        if calibrate == "null":
            same = by_arm[tuple(plan.arms).index(_against(protocol, times[calibrated]))]
            by_arm = tuple(same for _ in plan.arms)
        made.append(by_arm)
    if errors(problems):
        return None, tuple(problems)
    free, alive, first, painful, broken = made
    return Laws(progression, survival, free, alive, composite, first, painful, broken), tuple(problems)


def _derive(protocol: Protocol, endpoint: str) -> str | None:
    entry = protocol.plan.endpoints.get(endpoint)
    return entry.derive if entry else None


def _first(protocol: Protocol, times: Mapping[str, SimulatedTime], rule: str) -> str | None:
    """The first endpoint of the plan that is derived by this rule."""
    return next((endpoint for endpoint in times if _derive(protocol, endpoint) == rule), None)


def _chosen(protocol: Protocol, times: Mapping[str, SimulatedTime]) -> str | None:
    """The calibrated progression endpoint: imaging only before composites, else the first of the plan."""
    found: list[tuple[int, int, str]] = []
    for endpoint in times:
        entry = protocol.plan.endpoints.get(endpoint)
        if isinstance(entry, ProgressionFreeSurvival):
            imaging_only = set(entry.first_of) <= _IMAGING | {"death"}
            found.append((0 if imaging_only else 1, len(found), endpoint))
    return min(found)[2] if found else None


def _composite(protocol: Protocol, times: Mapping[str, SimulatedTime], progression: str | None) -> str | None:
    """An endpoint that adds PSA progression to a calibrated imaging endpoint, where PSA is simulated."""
    plan = protocol.plan.simulation
    assert plan is not None
    base = protocol.plan.endpoints.get(progression or "")
    if not isinstance(base, ProgressionFreeSurvival) or plan.psa_baseline_median is None:
        return None
    if not plan.psa_response or not set(base.first_of) <= _IMAGING | {"death"}:
        return None
    for endpoint in times:
        entry = protocol.plan.endpoints.get(endpoint)
        if (
            isinstance(entry, ProgressionFreeSurvival)
            and "psa_progression" in entry.first_of
            and set(entry.first_of) >= set(base.first_of)
        ):
            return endpoint
    return None


def law_of_endpoint(
    protocol: Protocol, endpoint: str, time: SimulatedTime
) -> tuple[tuple[PiecewiseHazard, ...] | None, tuple[Problem, ...]]:
    """The law of one endpoint by arm of the protocol, in days, or why there is none (E504, E505)."""
    by_arm, problems = _law(protocol, endpoint, time)
    known = tuple(law for law in by_arm if law is not None)
    return (known if len(known) == len(by_arm) and not problems else None), problems


def _law(
    protocol: Protocol, endpoint: str, time: SimulatedTime
) -> tuple[tuple[PiecewiseHazard | None, ...], tuple[Problem, ...]]:
    place = protocol.place("simulation", "times", endpoint)
    arms = tuple(protocol.plan.arms)
    if time.hazard_ratios:
        return _by_period(protocol, endpoint, time)
    missing = [arm for arm in arms if arm not in time.medians]
    if missing:
        return tuple(None for _ in arms), (
            Problem(
                "E505",
                f"'{endpoint}' has no median for arm {', '.join(repr(a) for a in missing)}",
                "give each arm a median in months under 'simulation: times:'",
                place,
            ),
        )
    days = {arm: time.medians[arm] * DAYS_PER_MONTH for arm in arms}
    if time.hazard_ratio is None:
        return tuple(exponential(days[arm]) for arm in arms), ()
    if len(arms) != 2:
        return tuple(None for _ in arms), (
            Problem(
                "E505",
                f"'{endpoint}' has one hazard ratio for {len(arms)} arms; it needs exactly two",
                "leave the hazard ratio out to simulate each arm through its own median",
                place,
            ),
        )
    against = _against(protocol, time)
    compared = next(arm for arm in arms if arm != against)
    pair = proportional_hazards(days[against], days[compared], time.hazard_ratio)
    if pair is None:
        return tuple(None for _ in arms), (
            Problem(
                "E504",
                f"'{endpoint}': hazard ratio {time.hazard_ratio:g} ({compared} against {against}) does not "
                f"go with medians {time.medians[compared]:g} and {time.medians[against]:g} months",
                "correct the ratio, the medians or 'versus'; a ratio below 1 needs the longer median in the "
                "compared arm",
                place,
            ),
        )
    control, other = pair
    return tuple(control if arm == against else other for arm in arms), ()


def _by_period(
    protocol: Protocol, endpoint: str, time: SimulatedTime
) -> tuple[tuple[PiecewiseHazard | None, ...], tuple[Problem, ...]]:
    """An exponential arm, and one whose hazard is a ratio of it that changes from period to period."""
    arms, against = tuple(protocol.plan.arms), _against(protocol, time)
    if len(arms) != 2 or against not in time.medians:
        return tuple(None for _ in arms), (
            Problem(
                "E505",
                f"'{endpoint}' has hazard ratios by period, which need two arms (it has {len(arms)}) and "
                f"a median of the arm in their denominator, '{against}'",
                f"state the median of '{against}' in months, or leave the ratios out",
                protocol.place("simulation", "times", endpoint),
            ),
        )
    control = exponential(time.medians[against] * DAYS_PER_MONTH)
    starts = [month * DAYS_PER_MONTH for month, _ in time.hazard_ratios]
    other = changing_ratio(control.after, starts, [ratio for _, ratio in time.hazard_ratios])
    return tuple(control if arm == against else other for arm in arms), ()


def _against(protocol: Protocol, time: SimulatedTime) -> str:
    """The arm in the denominator: as written, else the control arm, else the last."""
    arms = protocol.plan.arms
    if time.versus in arms:
        return str(time.versus)
    return next((name for name, arm in arms.items() if arm.role == "control"), tuple(arms)[-1])


def _designed(protocol: Protocol) -> tuple[dict[str, SimulatedTime], tuple[Problem, ...]]:
    """Times under the design's own assumptions: exponential, control median, hazard ratio."""
    plan = protocol.plan
    found: dict[str, SimulatedTime] = {}
    problems: list[Problem] = []
    for number, assumption in enumerate(plan.design):
        if not isinstance(assumption, LogRankEvents) or assumption.for_ is None:
            continue
        estimand = plan.estimands.get(assumption.for_)
        if estimand is None or len(estimand.compare) != 2:
            continue
        compared, against = estimand.compare
        median = assumption.control_median_months
        stated = plan.simulation.times.get(estimand.endpoint) if plan.simulation else None
        if median is None and stated is not None and against in stated.medians:
            median = stated.medians[against]
            problems.append(
                Problem(
                    "N520",
                    f"the design states no control median for '{estimand.endpoint}'; {median:g} months of "
                    "'times:' taken",
                    "state control_median_months where a source does",
                    protocol.place("design", number),
                )
            )
        lacking = [
            word
            for word, value in (
                ("hazard_ratio", assumption.hazard_ratio),
                ("control_median_months", median),
            )
            if value is None
        ]
        changes = assumption.delay_months is not None or assumption.hazard_ratios is not None
        if lacking or changes:
            why = (
                "states an effect that changes over time"
                if changes
                else f"does not state {' and '.join(lacking)}"
            )
            problems.append(
                Problem(
                    "E506",
                    f"the design of '{assumption.for_}' {why}",
                    "state it where a source does, or simulate with the published values",
                    protocol.place("design", number),
                )
            )
            continue
        ratio = assumption.hazard_ratio
        assert ratio is not None
        assert median is not None
        found[estimand.endpoint] = SimulatedTime(
            medians={compared: median / ratio, against: median},
            hazard_ratio=ratio,
            versus=against,
            source=assumption.source or "design",
            assumed=True,
        )
    if not found and not problems:
        problems.append(
            Problem(
                "E506",
                "the design states no hazard ratio and control median for any endpoint",
                "add a log_rank assumption under 'design:', or simulate with the published values",
                protocol.place("design"),
            )
        )
    return found, tuple(problems)
