"""Operating characteristics from the results of replicates, as findings with their Monte Carlo errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.full_gear import Arrays, FullGear
from trialist.findings.model import Finding, Interval, Method, Origin
from trialist.problems import Problem
from trialist.software import software
from trialist.units import DAYS_PER_MONTH

Floats = NDArray[np.float64]

_MEDIAN_ERROR = math.sqrt(math.pi / 2)
"""Standard error of a median over that of the mean, of values that are about normal."""
_SAME = 1e-6


def true_ratio(gear: FullGear) -> float | None:
    """The ratio of the two arms' simulated hazards of the endpoint; None where there is no single one.

    It is that of the latent times: what the conduct of the trial and the rules of the endpoint make of it is
    for the replicates to show.
    """
    laws, endpoint = gear.model.laws, gear.one.item.endpoint
    pairs = {laws.progression: laws.free, laws.survival: laws.alive, laws.composite: laws.first}
    by_arm = pairs.get(endpoint)
    if not by_arm or endpoint is None:
        return None
    arms = tuple(gear.model.protocol.plan.arms)
    first, second = (by_arm[arms.index(arm)] for arm in gear.arms)
    if first is None or second is None:
        return None
    days = np.linspace(1.0, 60 * DAYS_PER_MONTH, 500)
    ratio = np.diff(first.at(days)) / np.diff(second.at(days))
    return float(ratio[0]) if np.ptp(ratio) < _SAME * ratio[0] else None


def stopped(
    arrays: Mapping[str, NDArray[Any]], efficacy: Sequence[float], futility: Sequence[float] = ()
) -> Arrays:
    """The same replicates of a trial that may stop at its interim looks.

    Parameters
        arrays    with `look_z` and the rest of the looks (`FullGear.simulate`)
        efficacy  critical values of -z (the first arm fares better) at each look, and at the final analysis
        futility  at each look the value of -z at or below which the trial stops without rejection
    Returns   rejected, stop (0, 1, ... the look; the number of looks: the final analysis), and duration
              (days), n and events of the analysis at which each replicate ends
    Raises    ValueError for numbers of boundaries that do not go with the looks
    """
    z = np.concatenate([arrays["look_z"], arrays["z"][:, None]], axis=1)
    looks = z.shape[1] - 1
    if len(efficacy) != looks + 1 or len(futility) not in (0, looks):
        raise ValueError(f"{looks} looks need {looks + 1} efficacy and {looks} (or no) futility boundaries")
    better = np.nan_to_num(-z, nan=-np.inf)
    crossed = better >= np.asarray(efficacy)
    ended = crossed.copy()
    if futility:
        ended[:, :-1] |= better[:, :-1] <= np.asarray(futility)
    ended[:, -1] = True
    stop = ended.argmax(axis=1)
    rows = np.arange(len(stop))
    days = np.concatenate([arrays["look_day"], arrays["duration"][:, None]], axis=1)
    made = {"rejected": crossed[rows, stop], "stop": stop, "duration": days[rows, stop]}
    for name in ("n", "events"):
        every = np.concatenate([arrays[f"look_{name}"], arrays[name][:, None]], axis=1)
        made[name] = every[rows, stop]
    return made


def characteristics(
    gear: FullGear,
    arrays: Mapping[str, NDArray[Any]],
    *,
    seed: int,
    efficacy: Sequence[float] = (),
    futility: Sequence[float] = (),
) -> tuple[Finding, ...]:
    """Findings of origin `simulated` on how the planned analysis performs.

    Parameters
        gear, arrays  the model and the results of its replicates
        seed          they came from
        efficacy, futility  boundaries of a trial that may stop at its looks (see `stopped`)
    Returns   power (`type_1_error` under `null`); of times median_hazard_ratio, bias_hazard_ratio (geometric
              mean over the true ratio), coverage (of the interval), median_time of each arm (months; median
              over replicates); of responses risk_difference (mean); expected_events, expected_duration
              (months); with boundaries stop_probability at each look. The interval is the estimate -+ 1.96
              Monte Carlo errors; `n` are the subjects of a replicate, and the options hold replicates, seed,
              gear and the truth.
    Problems  N530 replicates without an estimate, N531 no single true ratio
    """
    count = len(arrays["rejected"])
    truth = true_ratio(gear)
    ended = stopped(arrays, efficacy, futility) if efficacy else dict(arrays)
    say = _Saying(gear, count, seed, truth)
    power = "type_1_error" if gear.calibrate == "null" else "power"
    found = [say.mean(power, ended["rejected"])]
    if "log_ratio" in arrays:
        found += _of_times(say, arrays, truth)
    else:
        found.append(say.mean("risk_difference", arrays["difference"]))
    found.append(say.mean("expected_events", ended["events"].sum(axis=1).astype(float)))
    found.append(say.mean("expected_duration", ended["duration"] / DAYS_PER_MONTH, unit="months"))
    if efficacy:
        for look in range(len(efficacy)):
            when = f"look {look + 1}" if look < len(efficacy) - 1 else "final"
            found.append(say.mean("stop_probability", ended["stop"] == look, timepoint=when))
    return tuple(found)


def _of_times(say: _Saying, arrays: Mapping[str, NDArray[Any]], truth: float | None) -> Iterator[Finding]:
    ratio, error = arrays["log_ratio"], arrays["std_err"]
    known = np.isfinite(ratio)
    lost = int((~known).sum())
    notes = (say.lost(lost),) if lost else ()
    middle, spread = (float(np.median(ratio[known])), _error(ratio[known])) if known.any() else (None, None)
    around = None if spread is None else _MEDIAN_ERROR * spread
    yield say.logged("median_hazard_ratio", middle, around, notes)
    if truth is None:
        none = (*notes, say.no_truth())
        yield say.logged("bias_hazard_ratio", None, None, none)
        yield replace(say.mean("coverage", np.empty(0)), problems=none)
    else:
        gap = None if middle is None else float(np.mean(ratio[known])) - math.log(truth)
        yield say.logged("bias_hazard_ratio", gap, spread, notes)
        half = NormalDist().inv_cdf(0.5 + say.gear.one.item.analysis.level / 2) * error[known]
        inside = np.abs(ratio[known] - math.log(truth)) <= half
        yield replace(say.mean("coverage", inside), problems=notes)
    for number, arm in enumerate(say.gear.arms):
        yield say.median(arm, arrays["medians"][:, number] / DAYS_PER_MONTH)


class _Saying:
    """Findings of one analysis over these replicates."""

    def __init__(self, gear: FullGear, count: int, seed: int, truth: float | None) -> None:
        self.gear, self.count = gear, count
        item, protocol = gear.one.item, gear.model.protocol
        options = (
            ("gear", "full"),
            ("replicates", count),
            ("seed", seed),
            ("calibrate", gear.calibrate),
            ("analysis", item.analysis.method),
            ("strata", tuple(getattr(item.analysis, "strata", ()))),
            ("test", getattr(item.analysis, "test", item.analysis.method)),
            ("alpha", gear.alpha),
            ("sides", gear.sides),
            ("true_ratio", truth),
        )
        self.method = Method("operating_characteristics", options)
        self.origin = Origin(
            kind="simulated",
            source="trialist",
            seed=seed,
            protocol=protocol.fingerprint,
            software=software(),
        )

    def finding(
        self, measure: str, estimate: float | None, interval: Interval | None, **more: Any
    ) -> Finding:
        item = self.gear.one.item
        return Finding(
            trial=self.gear.model.protocol.plan.trial,
            endpoint=item.endpoint,
            measure=measure,
            estimate=estimate,
            origin=self.origin,
            method=self.method,
            population=item.population,
            interval=interval,
            n=self.gear.model.size,
            analysis=item.id,
            **{"groups": self.gear.arms, **more},
        )

    def mean(self, measure: str, values: NDArray[Any], **more: Any) -> Finding:
        """A mean over replicates: of truth values the proportion."""
        known = values[np.isfinite(values)].astype(float)
        if not known.size:
            return self.finding(measure, None, None, **more)
        estimate = float(known.mean())
        if values.dtype != np.bool_:
            return self.finding(measure, estimate, _around(estimate, _error(known)), **more)
        half = 1.96 * math.sqrt(estimate * (1 - estimate) / known.size)
        ends = Interval(max(0.0, estimate - half), min(1.0, estimate + half))
        return self.finding(measure, estimate, ends, **more)

    def logged(
        self, measure: str, estimate: float | None, error: float | None, problems: tuple[Problem, ...]
    ) -> Finding:
        """A ratio, from its logarithm."""
        if estimate is None:
            return self.finding(measure, None, None, problems=problems)
        ends = _around(estimate, error)
        interval = None
        if ends is not None and ends.low is not None and ends.high is not None:
            interval = Interval(math.exp(ends.low), math.exp(ends.high), ends.level)
        return self.finding(measure, math.exp(estimate), interval, problems=problems)

    def median(self, arm: str, months: Floats) -> Finding:
        """The median over replicates of an arm's median time, with the ends of order statistics."""
        more = {"groups": (arm,), "unit": "months"}
        if not months.size:
            return self.finding("median_time", None, None, **more)
        ordered = np.sort(months)
        centre, half = months.size / 2, 1.96 * math.sqrt(months.size) / 2
        at = [int(np.clip(place, 0, months.size - 1)) for place in (centre - half, centre + half)]
        low, high = (float(v) if np.isfinite(v) else None for v in ordered[at])
        middle = float(np.median(ordered)) if np.isfinite(ordered[months.size // 2]) else None
        return self.finding("median_time", middle, Interval(low, high), **more)

    def lost(self, count: int) -> Problem:
        return Problem(
            "N530",
            f"'{self.gear.one.item.id}': in {count} of {self.count} replicates there is no estimate; they "
            "count as not rejected and are left out of the rest",
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


def _error(values: Floats) -> float | None:
    return float(np.std(values, ddof=1)) / math.sqrt(values.size) if values.size > 1 else None


def _around(estimate: float, error: float | None) -> Interval | None:
    return None if error is None else Interval(estimate - 1.96 * error, estimate + 1.96 * error)
