"""Operating characteristics of the full gear as findings, each with its Monte Carlo error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.full_gear import FullGear
from trialist.findings.model import Finding, Interval, Method, Origin
from trialist.kernels.binomial import proportion_interval
from trialist.problems import Problem
from trialist.software import software
from trialist.units import DAYS_PER_MONTH

Floats = NDArray[np.float64]
Results = Mapping[str, NDArray[Any]]

LEVEL = 0.95
"""Of the intervals that show the Monte Carlo error."""
_QUANTILE = NormalDist().inv_cdf(0.5 + LEVEL / 2)
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
    say = _Saying(gear, len(arrays["last"]), seed, true_ratio(gear))
    return tuple(_every(say, arrays))


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


def _every(say: _Saying, arrays: Results) -> Iterator[Finding]:
    last = arrays["last"]
    rows = np.arange(last.size)
    yield say.share("type_one_error" if say.gear.calibrate == "null" else "power", arrays["rejected"])
    yield say.share("power_in_favour", arrays["favours"])
    if "log_hr" in arrays:
        yield from _ratios(say, arrays["log_hr"][rows, last], arrays["std_err"][rows, last])
        for number, arm in enumerate(say.gear.arms):
            yield say.median(
                "median_time", arrays["median_days"][:, number] / DAYS_PER_MONTH, (arm,), "months"
            )
    else:
        yield say.mean("risk_difference", arrays["difference"][rows, last])
    events = arrays["events"][rows, last].astype(float)
    yield say.mean("expected_events", events.sum(axis=1))
    for number, arm in enumerate(say.gear.arms):
        yield say.mean("expected_events", events[:, number], groups=(arm,))
    yield say.mean("expected_duration", arrays["day"][rows, last] / DAYS_PER_MONTH, unit="months")
    yield say.mean("expected_enrolled", arrays["enrolled"][rows, last].astype(float))
    looks = arrays["day"].shape[1]
    for look in range(looks):
        name = f"look {look + 1}"
        if looks > 1:
            here = last == look
            yield say.share("stop_for_efficacy", here & arrays["rejected"], name)
            yield say.share("stop_for_futility", here & arrays["futile"], name)
        yield say.share("events_reached", arrays["reached"][last >= look, look], name)


def _ratios(say: _Saying, log_hr: Floats, std_err: Floats) -> Iterator[Finding]:
    there = np.isfinite(log_hr)
    known, error = log_hr[there], std_err[there]
    lost = int((~there).sum())
    notes = (say.lost(lost),) if lost else ()
    yield say.median("hazard_ratio_median", np.exp(known), problems=notes)
    yield say.geometric("hazard_ratio_geometric_mean", known, notes)
    if say.truth is None:
        none = (*notes, say.no_truth())
        for measure in ("bias_log_hazard_ratio", "coverage"):
            yield say.finding(measure, _Number(None, None, None), problems=none)
        return
    gap = known - math.log(say.truth)
    yield say.mean("bias_log_hazard_ratio", gap, problems=notes)
    half = NormalDist().inv_cdf(0.5 + say.gear.one.item.analysis.level / 2) * error
    yield say.share("coverage", np.abs(gap) <= half, problems=notes)


@dataclass(frozen=True, slots=True)
class _Number:
    estimate: float | None
    error: float | None
    interval: Interval | None


class _Saying:
    """Findings of one analysis over these replicates."""

    def __init__(self, gear: FullGear, count: int, seed: int, truth: float | None) -> None:
        self.gear, self.count, self.truth = gear, count, truth
        analysis = gear.one.item.analysis
        self.options: tuple[tuple[str, Any], ...] = (
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
        fingerprint = gear.model.protocol.fingerprint
        self.origin = Origin("simulated", seed=seed, protocol=fingerprint, software=software())

    def finding(self, measure: str, number: _Number, **more: Any) -> Finding:
        item = self.gear.one.item
        told: dict[str, Any] = {"groups": self.gear.arms, **more}
        return Finding(
            trial=self.gear.model.protocol.plan.trial,
            endpoint=item.endpoint,
            measure=measure,
            estimate=number.estimate,
            origin=self.origin,
            method=Method("operating_characteristics", (*self.options, ("monte_carlo_error", number.error))),
            population=item.population,
            interval=number.interval,
            analysis=item.id,
            **told,
        )

    def share(
        self, measure: str, values: NDArray[np.bool_], timepoint: str | None = None, **more: Any
    ) -> Finding:
        """The proportion of replicates."""
        n = values.size
        if not n:
            return self.finding(measure, _Number(None, None, None), timepoint=timepoint, **more)
        yes = int(np.count_nonzero(values))
        error = math.sqrt(yes / n * (1 - yes / n) / n)
        ends = Interval(*proportion_interval(yes, n, LEVEL, "wilson"), LEVEL)
        return self.finding(measure, _Number(yes / n, error, ends), timepoint=timepoint, **more)

    def mean(self, measure: str, values: Floats, **more: Any) -> Finding:
        return self.finding(measure, _mean(values), **more)

    def geometric(self, measure: str, logs: Floats, problems: tuple[Problem, ...]) -> Finding:
        """The geometric mean, with the error of its logarithm times itself."""
        number = _mean(logs)
        if number.estimate is None or number.error is None or number.interval is None:
            return self.finding(measure, _Number(None, None, None), problems=problems)
        low, high = (
            None if end is None else math.exp(end) for end in (number.interval.low, number.interval.high)
        )
        middle = math.exp(number.estimate)
        made = _Number(middle, middle * number.error, Interval(low, high, LEVEL))
        return self.finding(measure, made, problems=problems)

    def median(
        self,
        measure: str,
        values: Floats,
        groups: tuple[str, ...] | None = None,
        unit: str | None = None,
        problems: tuple[Problem, ...] = (),
    ) -> Finding:
        """The median, and order statistics around it; infinite values are not reached."""
        told: dict[str, Any] = {"unit": unit, "problems": problems}
        told |= {} if groups is None else {"groups": groups}
        if not values.size:
            return self.finding(measure, _Number(None, None, None), **told)
        ordered = np.sort(values)
        centre, spread = values.size / 2, _QUANTILE * math.sqrt(values.size) / 2
        at = (max(0, math.floor(centre - spread) - 1), min(values.size - 1, math.ceil(centre + spread)))
        low, high = (float(v) if np.isfinite(v) else None for v in ordered[list(at)])
        middle = float(np.median(ordered)) if np.isfinite(ordered[values.size // 2]) else None
        error = None if low is None or high is None else (high - low) / (2 * _QUANTILE)
        return self.finding(measure, _Number(middle, error, Interval(low, high, LEVEL)), **told)

    def lost(self, count: int) -> Problem:
        return Problem(
            "N530",
            f"'{self.gear.one.item.id}': in {count} of {self.count} replicates there is no estimate; they "
            "are left out of what is said of estimates",
            "simulate more subjects or events where this is often",
            self.gear.model.protocol.place("analyses", self.gear.one.item.id),
        )

    def no_truth(self) -> Problem:
        return Problem(
            "N531",
            f"'{self.gear.one.item.endpoint}' has no single true hazard ratio: its simulated hazards are not "
            "proportional, or it has no law of its own",
            "compare the median hazard ratio with that of another model, not with one truth",
            self.gear.model.protocol.place("simulation", "times"),
        )


def _mean(values: Floats) -> _Number:
    """The mean of the finite values, its standard error, and the interval by the normal distribution."""
    known = values[np.isfinite(values)]
    if not known.size:
        return _Number(None, None, None)
    estimate = float(np.mean(known))
    if known.size < 2:
        return _Number(estimate, None, None)
    error = float(np.std(known, ddof=1)) / math.sqrt(known.size)
    ends = Interval(estimate - _QUANTILE * error, estimate + _QUANTILE * error, LEVEL)
    return _Number(estimate, error, ends)
