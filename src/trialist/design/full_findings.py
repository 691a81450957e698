"""Operating characteristics of the full gear as findings, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.characteristics import characteristics
from trialist.design.full_gear import FullGear
from trialist.design.simulated_findings import Simulated
from trialist.findings.model import Finding
from trialist.problems import Problem
from trialist.units import DAYS_PER_MONTH

Results = Mapping[str, NDArray[Any]]
_SAME = 1e-6


def full_findings(gear: FullGear, arrays: Results, *, seed: int) -> tuple[Finding, ...]:
    """How the planned analysis performs, as findings of origin `simulated`.

    Parameters
        gear, arrays  the model and the results of its replicates
        seed          they came from
    Returns   power (type_one_error under `null`), power_in_favour; of times hazard_ratio_median,
              hazard_ratio_geometric_mean, bias_log_hazard_ratio, coverage and median_time of each arm
              (months; the median over replicates); of responses risk_difference (mean); expected_events
              (responders), of both arms and of each, expected_duration (months), expected_enrolled; with
              interim looks stop_for_efficacy and stop_for_futility; events_reached. The interval shows the
              Monte Carlo error; the options hold gear, replicates, monte_carlo_error, true_hazard_ratio and
              the test
    Problems  N530 replicates without an estimate, N531 no single true ratio
    Source    interval of a proportion: Wilson 1927, JASA 22:209; of a median: order statistics
    """
    item, truth, count = gear.one.item, true_ratio(gear), len(arrays["last"])
    notes: dict[str, tuple[Problem, ...]] = {}
    if "log_hr" in arrays:
        last = arrays["last"].astype(np.int64)
        lost = int(np.count_nonzero(~np.isfinite(arrays["log_hr"][np.arange(count), last])))
        told = (_lost(gear, lost, count),) if lost else ()
        of_truth = (*told, _no_truth(gear)) if truth is None else told
        notes = dict.fromkeys(("hazard_ratio_median", "hazard_ratio_geometric_mean"), told)
        notes |= dict.fromkeys(("bias_log_hazard_ratio", "coverage"), of_truth)
    of = item.id, item.endpoint, item.population, gear.arms
    simulated = Simulated(gear.model.protocol, *of, _options(gear, count, truth), seed)
    null = gear.calibrate == "null"
    numbers = characteristics(arrays, truth=truth, level=item.analysis.level, null=null)
    return tuple(simulated.finding(number, notes.get(number.measure, ())) for number in numbers)


def true_ratio(gear: FullGear) -> float | None:
    """The ratio of the two arms' simulated hazards of the endpoint; None where there is no single one.

    It is that of the latent times: what the conduct of the trial and the rules of the endpoint make of it is
    for the replicates to show.
    """
    laws, endpoint = gear.model.laws, gear.one.item.endpoint
    pairs = {laws.progression: laws.free, laws.survival: laws.alive, laws.composite: laws.first}
    by_arm = pairs.get(endpoint)
    if not by_arm:
        return None
    arms = tuple(gear.model.protocol.plan.arms)
    first, second = (by_arm[arms.index(arm)] for arm in gear.arms)
    if first is None or second is None:
        return None
    days = np.linspace(1.0, 60 * DAYS_PER_MONTH, 500)
    ratio = np.diff(first.at(days)) / np.diff(second.at(days))
    return float(ratio[0]) if np.ptp(ratio) < _SAME * ratio[0] else None


def _options(gear: FullGear, count: int, truth: float | None) -> tuple[tuple[str, Any], ...]:
    analysis = gear.one.item.analysis
    return (
        ("gear", "full"),
        ("replicates", count),
        ("calibrate", gear.calibrate),
        ("subjects", gear.model.size),
        ("analysis", analysis.method),
        ("strata", tuple(getattr(analysis, "strata", ()))),
        ("test", getattr(analysis, "test", analysis.method)),
        ("ties", "efron" if analysis.method == "log_rank" else getattr(analysis, "ties", None)),
        ("alpha", gear.alpha),
        ("sides", gear.sides),
        ("efficacy", gear.efficacy),
        ("futility", gear.futility),
        ("true_hazard_ratio", truth),
    )


def _lost(gear: FullGear, lost: int, count: int) -> Problem:
    name = gear.one.item.id
    return Problem(
        "N530",
        f"'{name}': in {lost} of {count} replicates there is no estimate; they are left out of what is said "
        "of estimates",
        "simulate more subjects or events where this is often",
        gear.model.protocol.place("analyses", name),
    )


def _no_truth(gear: FullGear) -> Problem:
    return Problem(
        "N531",
        f"'{gear.one.item.endpoint}' has no single true hazard ratio: its simulated hazards are not "
        "proportional, or it has no law of its own",
        "compare the median hazard ratio with that of another model, not with one truth",
        gear.model.protocol.place("simulation", "times"),
    )
