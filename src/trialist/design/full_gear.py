"""The full gear: replicates of the trial as the protocol runs it, from raw records through its rules.

Every replicate has records of its own (subjects, scans, values), its own cut-off and looks; the endpoint is
derived by the rules that analyse the real trial, once for a whole batch; the planned analysis follows by
replicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.replicate_study import Analysed, OneAnalysis, analysed, one_analysis
from trialist.findings.replicate_counts import ReplicateTimes, replicate_responders, replicate_times
from trialist.kernels import binomial
from trialist.kernels.batched_times import (
    BatchedFits,
    BatchedSets,
    batched_cox,
    batched_log_rank,
    batched_medians,
    batched_sets,
)
from trialist.kernels.replicate_draws import Replicates
from trialist.problems import Problem
from trialist.protocol.assumptions import LogRankEvents, TwoProportions
from trialist.protocol.model import Protocol
from trialist.protocol.proportion_analyses import CompareProportions
from trialist.protocol.time_analyses import CoxPh, LogRank
from trialist.records.simulated.cutoff import planned_total
from trialist.records.simulated.laws import Calibration
from trialist.records.simulated.replicates import Model, replicate_model

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
Batch = tuple[int, int]
"""(first replicate, number of replicates)"""

BATCH = 500
"""Replicates whose records are made and derived at a time: bounds the memory, and moves no number."""
_METHODS = (CoxPh, LogRank, CompareProportions)


@dataclass(frozen=True, slots=True)
class FullGear:
    """One planned analysis, ready to be simulated in batches. It can be pickled where `connect` can.

    alpha, sides   of the test: a replicate is rejected when p is not above alpha (one-sided: of the half
                   on the side where the first arm does better)
    calibrate      what the simulated times follow: published, design or null
    connect        opens an engine for a batch
    """

    model: Model
    one: OneAnalysis
    alpha: float
    sides: int
    calibrate: Calibration
    connect: Callable[[], Any]

    @property
    def arms(self) -> tuple[str, ...]:
        """First against second."""
        return self.one.item.compare

    def simulate(self, seed: int, first: int, count: int) -> Arrays:
        """Results of the replicates first..first+count-1: name -> array with the replicate as leading axis.

        duration (days from the first possible entry to the cut-off), n and events (by arm), p_value,
        rejected; of times also z (above 0: the first arm fares worse), log_ratio, std_err, medians (days, by
        arm, infinite where not reached), and with interim looks look_day, look_n, look_events, look_z,
        look_p_value, look_log_ratio, look_std_err, with the look as second axis; of responses difference.
        NaN where a number does not exist. The same for a replicate in every batch.
        """
        replicates = Replicates(seed, tuple(range(first, first + count)), self.model.size)
        found = analysed(self.model, self.one, replicates, self.connect)
        if isinstance(self.one.item.analysis, CompareProportions):
            made = self._responses(found, self.one.item.analysis, count)
        else:
            made = self._times(found, count)
        made["duration"] = found.batch.cutoff.astype(float)
        if found.looks:
            made["look_day"] = found.batch.looks.astype(float)
        p = made["p_value"]
        if self.sides == 1:
            better = made["z"] < 0 if "z" in made else made["difference"] > 0
            p = np.where(better, p / 2, 1 - p / 2)
        made["rejected"] = np.where(np.isnan(p), 1.0, p) <= self.alpha
        return made

    def _times(self, found: Analysed, count: int) -> Arrays:
        analysis = self.one.item.analysis
        assert isinstance(analysis, (CoxPh, LogRank))
        counts = replicate_times(found.table, self.arms, analysis.strata)
        each = found.looks + 1
        size = count * each
        sets = _sets(counts, size)
        tests, fits = batched_log_rank(sets), batched_cox(sets, getattr(analysis, "ties", "efron"))
        p = tests.p_value
        if isinstance(analysis, CoxPh) and analysis.test != "log_rank":
            p = _p_value(fits, analysis.test)
        medians = [
            batched_medians(mine.replicate, mine.time, mine.deaths, mine.censored, size)
            for mine in (counts.of(0), counts.of(1))
        ]
        every = {
            "z": tests.z,
            "p_value": p,
            "log_ratio": fits.log_ratio,
            "std_err": fits.std_err,
            "n": np.rint(sets.n).astype(np.int64),
            "events": np.rint(sets.events).astype(np.int64),
        }
        apart = {name: values.reshape(count, each, *values.shape[1:]) for name, values in every.items()}
        made = {name: values[:, -1] for name, values in apart.items()}
        made["medians"] = np.stack(medians, axis=1).reshape(count, each, 2)[:, -1]
        if found.looks:
            made |= {f"look_{name}": values[:, :-1] for name, values in apart.items()}
        return made

    def _responses(self, found: Analysed, analysis: CompareProportions, count: int) -> Arrays:
        each = found.looks + 1
        counted = replicate_responders(found.table, self.arms, analysis.denominator, count * each)
        yes, n = (values.reshape(count, each, 2)[:, -1] for values in counted)
        rows, place = np.unique(np.concatenate([yes, n], axis=1), axis=0, return_inverse=True)
        tests = [_test((int(a), int(b)), (int(c), int(d)), analysis.test) for a, b, c, d in rows]
        p = np.array([np.nan if p is None else p for p in tests])[place.ravel()]
        share = np.divide(yes, n, out=np.full(yes.shape, np.nan), where=n > 0)
        return {"p_value": p, "difference": share[:, 0] - share[:, 1], "n": n, "events": yes}


def full_gear(
    protocol: Protocol,
    connect: Callable[[], Any],
    *,
    analysis: str | None = None,
    subjects: int | None = None,
    calibrate: Calibration = "published",
    alpha: float | None = None,
    sides: int | None = None,
) -> tuple[FullGear | None, tuple[Problem, ...]]:
    """The full gear of one planned analysis.

    Parameters
        protocol   with a `simulation:` block
        connect    opens an engine (`engines.duckdb.connect`)
        analysis   its id: log_rank, cox_ph or compare_proportions of two arms; that of the primary estimand
                   when omitted
        subjects   of each replicate; those allocated, else planned, when omitted
        calibrate  `published`, `design` or `null` (see `simulate`)
        alpha, sides  of the test; as the design of the estimand says, else 0.05 on two sides, when omitted
    Problems  E530 an analysis or a size that has no full gear, and the problems of a simulation
    """
    chosen = _chosen(protocol) if analysis is None else analysis
    problem = _unfit(protocol, chosen)
    size = subjects if subjects is not None else planned_total(protocol)
    if problem is None and size is None:
        what = "the protocol states no number of subjects"
        problem = Problem("E530", what, "state how many subjects a replicate has", protocol.place("design"))
    if problem is not None or size is None or chosen is None:
        return None, (problem,) if problem is not None else ()
    model, problems = replicate_model(protocol, subjects=size, calibrate=calibrate)
    if model is None:
        return None, problems
    stated = _stated(protocol, chosen)
    return FullGear(
        model,
        one_analysis(protocol, chosen),
        alpha if alpha is not None else stated[0],
        sides if sides is not None else stated[1],
        calibrate,
        connect,
    ), problems


def replicate_results(
    gear: FullGear,
    *,
    seed: int,
    replicates: int,
    batch: int = BATCH,
    mapped: Callable[[Callable[[Batch], Arrays], Iterable[Batch]], Iterable[Arrays]] = map,
) -> Arrays:
    """Results of replicates 0..replicates-1, batch by batch; `mapped` may spread the batches over workers.

    The numbers do not depend on `batch` or `mapped`. Raises ValueError for fewer than one replicate or a
    negative seed.
    """
    if replicates < 1 or batch < 1 or seed < 0:
        raise ValueError("replicates and batch are at least 1, and the seed is not negative")
    cut = [(first, min(batch, replicates - first)) for first in range(0, replicates, batch)]
    parts = list(mapped(_Task(gear, seed), cut))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@dataclass(frozen=True, slots=True)
class _Task:
    gear: FullGear
    seed: int

    def __call__(self, batch: Batch) -> Arrays:
        return self.gear.simulate(self.seed, *batch)


def _sets(counts: ReplicateTimes, size: int) -> BatchedSets:
    cells = (counts.replicate, counts.stratum, counts.time, counts.deaths, counts.censored, counts.arm)
    return batched_sets(*cells, size)


def _p_value(fits: BatchedFits, test: str) -> Floats:
    from scipy.special import chdtrc, ndtr

    if test == "wald":
        return np.asarray(2 * ndtr(-np.abs(fits.log_ratio / fits.std_err)))
    chi = {"score": fits.score, "likelihood_ratio": fits.likelihood_ratio}[test]
    return np.asarray(chdtrc(1, np.where(fits.ok, chi, np.nan)))


def _test(yes: tuple[int, int], n: tuple[int, int], name: str) -> float | None:
    if min(n) == 0:
        return None
    if name == "fisher":
        return binomial.fisher_exact(yes, n).p_value
    return binomial.chi_square(yes, n, correct=name == "chi_square_corrected").p_value


def _chosen(protocol: Protocol) -> str | None:
    """The first analysis of the primary estimand that has a full gear, else the first of any."""
    plan = protocol.plan
    primary = {name for name, e in plan.estimands.items() if e.objective == "primary"}
    fit = [name for name in plan.analyses if _unfit(protocol, name) is None]
    return next((n for n in fit if plan.analyses[n].estimand in primary), fit[0] if fit else None)


def _unfit(protocol: Protocol, analysis: str | None) -> Problem | None:
    """E530 where an analysis has no form by replicate."""
    plan = protocol.plan
    remedy = "name an analysis of two arms by log_rank, cox_ph or compare_proportions, without 'by'"
    if analysis is None or analysis not in plan.analyses:
        named = "the protocol plans none" if analysis is None else f"'{analysis}' is no analysis of it"
        what = f"no analysis can be simulated from raw records: {named}"
        return Problem("E530", what, remedy, protocol.place("analyses"))
    entry: Any = plan.analyses[analysis]
    estimand = plan.estimands.get(entry.estimand or "")
    compared = entry.compare or (estimand.compare if estimand else ())
    if isinstance(entry, _METHODS) and entry.by is None and len(compared) == 2:
        return None
    what = f"'{analysis}' ({entry.method}) has no full gear"
    return Problem("E530", what, remedy, protocol.place("analyses", analysis))


def _stated(protocol: Protocol, analysis: str) -> tuple[float, int]:
    """(alpha, sides) of the design of the analysis' estimand, else 0.05 on two sides."""
    estimand = protocol.plan.analyses[analysis].estimand
    for entry in protocol.plan.design:
        if isinstance(entry, (LogRankEvents, TwoProportions)) and entry.for_ == estimand and estimand:
            return (entry.alpha if entry.alpha is not None else 0.05), entry.sides
    return 0.05, 2
