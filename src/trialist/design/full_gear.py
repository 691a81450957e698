"""The full gear: replicates of the trial as the protocol runs it, from raw records through its rules.

Every replicate has records of its own (subjects, scans, values), its own cut-off and looks; the endpoint is
derived by the rules that analyse the real trial, once for a whole batch; the planned analysis follows by
replicate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.replicate_study import Analysed, OneAnalysis, analysed, lacking, one_analysis
from trialist.design.simulated_analyses import not_simulated
from trialist.findings.replicate_counts import replicate_responders, replicate_times
from trialist.kernels import binomial
from trialist.kernels.batched_times import (
    BatchedFits,
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
from trialist.protocol.simulated_conduct import SimulatedConduct
from trialist.protocol.time_analyses import CoxPh, LogRank
from trialist.records.simulated.cutoff import planned_total
from trialist.records.simulated.laws import Calibration
from trialist.records.simulated.replicates import Model, replicate_model

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
Batch = tuple[int, int]
"""(first replicate, number of replicates)"""

BATCH = 250
"""Replicates whose records are made and derived at a time: bounds the memory, and moves no number."""
_METHODS = (CoxPh, LogRank, CompareProportions)


@dataclass(frozen=True, slots=True)
class FullGear:
    """One planned analysis, ready to be simulated in batches. It can be pickled where `connect` can.

    alpha, sides   of the test at the end
    calibrate      what the simulated times follow: published, design or null
    connect        opens an engine for a batch; it is closed after the batch
    efficacy       for each look, the final one included, how far from 0 z must be to reject (on the side of
                   the first arm, when one-sided); empty: only the end decides, by p and alpha
    futility       for each interim look, the z in favour of the first arm at or below which the trial stops
    """

    model: Model
    one: OneAnalysis
    alpha: float
    sides: int
    calibrate: Calibration
    connect: Callable[[], Any]
    efficacy: tuple[float, ...] = ()
    futility: tuple[float, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """First against second."""
        return self.one.item.compare

    def simulate(self, seed: int, first: int, count: int) -> Arrays:
        """Results of the replicates first..first+count-1: name -> array with the replicate as leading axis.

        By look (interim looks, then the final analysis): day (from the first possible entry), enrolled,
        reached (whether the events came), p_value (two-sided); of times z of the log-rank test (above 0: the
        first arm fares worse), log_hr, std_err; of responses difference. By look and arm: n (analysed),
        events (responders). By arm: median_days (at the end; infinite where not reached). By replicate: last
        (the look at which it ends), rejected, favours (rejected in favour of the first arm), futile.
        NaN where a number does not exist. A replicate has the same numbers in every batch.
        """
        replicates = Replicates(seed, tuple(range(first, first + count)), self.model.size)
        found = analysed(self.model, self.one, replicates, self.connect)
        responses = isinstance(self.one.item.analysis, CompareProportions)
        made = self._responses(found, count) if responses else self._times(found, count)
        found.close()
        batch = found.batch
        made["day"] = np.concatenate([batch.looks, batch.cutoff[:, None]], axis=1)
        entered = batch.entered.reshape(count, -1)
        first_day = entered[:, :1] - batch.first_entry[:, None]
        made["enrolled"] = (entered[:, None, :] - first_day[:, None] <= made["day"][:, :, None]).sum(axis=2)
        made["reached"] = batch.reached
        return made | self._decided(made)

    def _decided(self, made: Arrays) -> Arrays:
        """last, rejected, favours and futile. A statistic that does not exist decides nothing."""
        favour = -made["z"] if "z" in made else made["difference"]
        favour = np.nan_to_num(favour)
        count, looks = favour.shape
        rejects, stops = np.zeros((count, looks), dtype=bool), np.zeros((count, looks), dtype=bool)
        if self.efficacy:
            rejects = favour >= np.asarray(self.efficacy)
            if self.sides == 2:
                rejects |= -favour >= np.asarray(self.efficacy)
        else:
            p = made["p_value"][:, -1]
            if self.sides == 1:
                p = np.where(favour[:, -1] > 0, p / 2, 1 - p / 2)
            rejects[:, -1] = np.where(np.isnan(p), 1.0, p) <= self.alpha
        if self.futility:
            stops[:, :-1] = ~rejects[:, :-1] & (favour[:, :-1] <= np.asarray(self.futility))
        ended = rejects | stops
        ended[:, -1] = True
        last, rows = ended.argmax(axis=1), np.arange(count)
        rejected = rejects[rows, last]
        favours = rejected & (favour[rows, last] > 0)
        return {"last": last, "rejected": rejected, "favours": favours, "futile": stops[rows, last]}

    def _times(self, found: Analysed, count: int) -> Arrays:
        analysis = self.one.item.analysis
        assert isinstance(analysis, (CoxPh, LogRank))
        counts = replicate_times(found.table, self.arms, analysis.strata)
        each = found.looks + 1
        size = count * each
        cells = (counts.replicate, counts.stratum, counts.time, counts.deaths, counts.censored, counts.arm)
        sets = batched_sets(*cells, size)
        tests, fits = batched_log_rank(sets), batched_cox(sets, getattr(analysis, "ties", "efron"))
        p = tests.p_value
        if isinstance(analysis, CoxPh) and analysis.test != "log_rank":
            p = _p_value(fits, analysis.test)
        medians = [
            batched_medians(mine.replicate, mine.time, mine.deaths, mine.censored, size)
            for mine in (counts.of(0), counts.of(1))
        ]
        every: Arrays = {
            "z": tests.z,
            "p_value": p,
            "log_hr": fits.log_ratio,
            "std_err": fits.std_err,
            "n": np.rint(sets.n).astype(np.int64),
            "events": np.rint(sets.events).astype(np.int64),
        }
        made = {name: values.reshape(count, each, *values.shape[1:]) for name, values in every.items()}
        made["median_days"] = np.stack(medians, axis=1).reshape(count, each, 2)[:, -1]
        return made

    def _responses(self, found: Analysed, count: int) -> Arrays:
        analysis = self.one.item.analysis
        assert isinstance(analysis, CompareProportions)
        each = found.looks + 1
        yes, n = replicate_responders(found.table, self.arms, analysis.denominator, count * each)
        rows, place = np.unique(np.concatenate([yes, n], axis=1), axis=0, return_inverse=True)
        tests = [_test((int(a), int(b)), (int(c), int(d)), analysis.test) for a, b, c, d in rows]
        p = np.array([np.nan if p is None else p for p in tests])[place.ravel()]
        share = np.divide(yes, n, out=np.full(yes.shape, np.nan), where=n > 0)
        every: Arrays = {"p_value": p, "difference": share[:, 0] - share[:, 1], "n": n, "events": yes}
        return {name: values.reshape(count, each, *values.shape[1:]) for name, values in every.items()}


def full_gear(
    protocol: Protocol,
    connect: Callable[[], Any],
    *,
    analysis: str | None = None,
    subjects: int | None = None,
    calibrate: Calibration = "published",
    alpha: float | None = None,
    sides: int | None = None,
    looks: Mapping[str, tuple[int, ...]] | None = None,
    efficacy: tuple[float, ...] = (),
    futility: tuple[float, ...] = (),
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
        looks      endpoint -> events of the interim looks, in place of `simulation: conduct: looks:`
        efficacy, futility  boundaries of z at the looks (see `FullGear`)
    Problems  E530 an analysis or a size that has no full gear, and the problems of a simulation
    """
    protocol = protocol if looks is None else _with_looks(protocol, looks)
    chosen = _chosen(protocol) if analysis is None else analysis
    problem = _unfit(protocol, chosen)
    size = subjects if subjects is not None else planned_total(protocol)
    if problem is None and size is None:
        what = "the protocol states no number of subjects"
        problem = Problem("E530", what, "state how many subjects a replicate has", protocol.place("design"))
    problem = problem or _boundaries(protocol, chosen, efficacy, futility)
    if problem is not None or size is None or chosen is None:
        return None, (problem,) if problem is not None else ()
    model, problems = replicate_model(protocol, subjects=size, calibrate=calibrate)
    if model is None:
        return None, problems
    stated, one = _stated(protocol, chosen), one_analysis(protocol, chosen)
    if domains := lacking(model, one):
        named = " and ".join(domains).upper()
        what = f"'{chosen}' needs {named}, which the simulation of this protocol does not make"
        place = protocol.place("simulation")
        remedy = "state under 'simulation:' what its endpoint is made from"
        return None, (*problems, Problem("E530", what, remedy, place))
    return FullGear(
        model,
        one,
        alpha if alpha is not None else stated[0],
        sides if sides is not None else stated[1],
        calibrate,
        connect,
        efficacy,
        futility,
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


def _p_value(fits: BatchedFits, test: str) -> Floats:
    from scipy.special import chdtrc, ndtr

    if test == "wald":
        return np.asarray(2 * ndtr(-np.abs(fits.log_ratio / fits.std_err)))
    chi = {"score": fits.score, "likelihood_ratio": fits.likelihood_ratio}[test]
    return np.asarray(chdtrc(1, np.where(fits.ok, chi, np.nan)))


def _test(yes: tuple[int, int], n: tuple[int, int], name: str | None) -> float | None:
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
        named = (
            "the protocol plans none of two arms"
            if analysis is None
            else f"'{analysis}' is no analysis of it"
        )
        what = f"no analysis can be simulated from raw records: {named}"
        return Problem("E530", what, remedy, protocol.place("analyses"))
    entry: Any = plan.analyses[analysis]
    estimand = plan.estimands.get(entry.estimand or "")
    compared = entry.compare or (estimand.compare if estimand else ())
    unknown = [name for name in getattr(entry, "strata", ()) if name not in plan.factors]
    beyond = not_simulated(entry) if isinstance(entry, _METHODS) else ()
    if isinstance(entry, _METHODS) and entry.by is None and len(compared) == 2 and not unknown and not beyond:
        return None
    why = f", and {', '.join(unknown)} is no factor" if unknown else ""
    why += f": no simulation does {', '.join(beyond)}" if beyond else ""
    what = f"'{analysis}' ({entry.method}) has no full gear{why}"
    return Problem("E530", what, remedy, protocol.place("analyses", analysis))


def _with_looks(protocol: Protocol, looks: Mapping[str, tuple[int, ...]]) -> Protocol:
    plan = protocol.plan.simulation
    if plan is None:
        return protocol
    conduct = (plan.conduct or SimulatedConduct()).model_copy(update={"looks": dict(looks)})
    simulation = plan.model_copy(update={"conduct": conduct})
    return replace(protocol, plan=protocol.plan.model_copy(update={"simulation": simulation}))


def _boundaries(
    protocol: Protocol, analysis: str | None, efficacy: tuple[float, ...], futility: tuple[float, ...]
) -> Problem | None:
    """E530 where looks can't be, or boundaries do not go with them or with a test that has no z."""
    plan = protocol.plan.simulation
    planned = plan.conduct.looks if plan is not None and plan.conduct is not None else {}
    looks = max((len(events) for events in planned.values()), default=0)
    rising = all(list(events) == sorted({max(1, n) for n in events}) for events in planned.values())
    if len(planned) > 1 or not rising:
        what = "interim looks are at rising numbers of events, 1 or more, of one endpoint"
        place = protocol.place("simulation")
        return Problem("E530", what, "write the looks of one endpoint, each number once, in order", place)
    if not efficacy and not futility:
        return None
    remedy = (
        "give one efficacy boundary for each look and one for the end, and futility for each look or none"
    )
    place = protocol.place("simulation", "conduct", "looks")
    if analysis is None or isinstance(protocol.plan.analyses[analysis], CompareProportions):
        return Problem("E530", f"'{analysis}' has no z to compare with boundaries", remedy, place)
    if len(efficacy) not in (0, looks + 1) or len(futility) not in (0, looks):
        numbers = f"{len(efficacy)} boundaries of efficacy and {len(futility)} of futility"
        what = f"{looks} interim looks do not go with {numbers}"
        return Problem("E530", what, remedy, place)
    return None


def _stated(protocol: Protocol, analysis: str) -> tuple[float, int]:
    """(alpha, sides) of the design of the analysis' estimand, else 0.05 on two sides."""
    estimand = protocol.plan.analyses[analysis].estimand
    for entry in protocol.plan.design:
        if isinstance(entry, (LogRankEvents, TwoProportions)) and entry.for_ == estimand and estimand:
            return (entry.alpha if entry.alpha is not None else 0.05), entry.sides
    return 0.05, 2
