"""From a protocol to a batch model: the fast gear of simulation.

One time per patient is drawn by the law of the endpoint, randomised, cut and analysed as the protocol says;
no records are made. What a protocol says and the fast gear can't do is told (N521).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

from trialist.design.fast_plan import Changes, FastPlan, constant, geometric_ratio, numbered, scaled
from trialist.design.simulated_analyses import not_simulated
from trialist.kernels.trial_batches.inversion import LONGEST, Law, RatioByPeriod
from trialist.kernels.trial_batches.model import Accrual, BatchModel, Look, Randomisation, faults
from trialist.problems import Problem, errors
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.model import (
    BiomarkerRules,
    Fixed,
    Minimisation,
    PermutedBlocks,
    Protocol,
    SimulatedTime,
)
from trialist.protocol.time_analyses import CoxPh, LogRank
from trialist.records.simulated.laws import law_of_endpoint
from trialist.units import DAYS_PER_MONTH, DAYS_PER_YEAR

if TYPE_CHECKING:
    from trialist.design.replicates import Arrays

Calibration = Literal["published", "design", "null"]
_LATEST = 20 * 365
"""How long after the planned follow-up a number of events is waited for, days."""


@dataclass(frozen=True, slots=True)
class FastTrial:
    """A batch model as `design.replicates.run_batches` wants it."""

    model: BatchModel
    way: Literal["compiled", "arrays"] | None = None

    def simulate(self, seed: int, first: int, count: int) -> Arrays:
        """The arrays of `kernels.trial_batches.simulate.Outcomes` by name."""
        from trialist.kernels.trial_batches.simulate import simulate

        out = simulate(self.model, seed, first, count, way=self.way)
        return vars(out)


def fast_plan(
    protocol: Protocol, calibrate: Calibration = "published", changes: Changes | None = None
) -> tuple[FastPlan | None, tuple[Problem, ...]]:
    """The model of the protocol's primary (or the asked) analysis.

    `calibrate`: `published`, medians and ratio of `simulation: times:`; `design`, the ratio and control
    median of `design:`; `null`, both arms follow the law of the second.
    Problems  E520 nothing that can be simulated, E521 impossible numbers, E504 to E506 laws that can't be;
              N520 a control median taken from elsewhere, N521 what is left out, N522 what is assumed
    """
    return _Plan(protocol, calibrate, changes or Changes()).made()


class _Plan:
    """One translation, with the problems it meets."""

    def __init__(self, protocol: Protocol, calibrate: Calibration, changes: Changes) -> None:
        self.protocol, self.plan, self.calibrate, self.changes = protocol, protocol.plan, calibrate, changes
        self.problems: list[Problem] = []

    def made(self) -> tuple[FastPlan | None, tuple[Problem, ...]]:
        found = self._analysis()
        if found is None or self.plan.simulation is None:
            return None, tuple(self.problems)
        name, analysis, endpoint, population, compare = found
        laws = self._laws(endpoint, compare)
        sized = self._patients(compare, analysis.estimand)
        if laws is None or sized is None or errors(self.problems):
            return None, tuple(self.problems)
        patients, scale = sized
        if not self._factors_known(analysis.strata):
            return None, tuple(self.problems)
        cells, shares, factors = self._cells(analysis.strata)
        hazards = [
            math.prod(self._ratio(f, level) for f, level in zip(factors, cell, strict=True)) for cell in cells
        ]
        plan = self.plan.simulation
        rate = -math.log1p(-plan.dropout_per_year) / DAYS_PER_YEAR
        alpha, sides = self._alpha(analysis)
        accrual = plan.accrual_months * DAYS_PER_MONTH
        planned = round((plan.accrual_months + plan.follow_up_months) * DAYS_PER_MONTH)
        model = BatchModel(
            patients=patients,
            accrual=Accrual(((max(accrual, 1.0), 1.0),)),
            event=(scaled(laws[0], hazards), scaled(laws[1], hazards)),
            looks=self._looks(endpoint, planned, scale, alpha, sides),
            randomisation=self._randomisation(compare, factors, cells),
            cells=shares,
            strata=numbered(cells, [factors.index(f) for f in analysis.strata]) if analysis.strata else (),
            dropout=None if rate == 0 else (constant(rate), constant(rate)),
            visits=self._visits(planned),
            sides=2 if sides == 2 else 1,
            ties="breslow" if isinstance(analysis, CoxPh) and analysis.ties == "breslow" else "efron",
            test="wald" if isinstance(analysis, CoxPh) and self._by_wald(analysis) else "score",
            horizon=min(planned + _LATEST, 30_000),
        )
        for what in faults(model):
            self._say("E521", f"this can't be simulated: {what}", "correct the numbers", "simulation")
        if errors(self.problems):
            return None, tuple(self.problems)
        truth = geometric_ratio(laws, planned)
        null = self.calibrate == "null"
        options = (
            ("gear", "fast"), ("analysis", analysis.method), ("strata", tuple(analysis.strata)),
            ("test", model.test), ("ties", model.ties), ("alpha", alpha), ("sides", sides),
            ("calibrate", self.calibrate), ("patients", patients),
            ("looks", tuple((k.events, k.efficacy, k.futility) for k in model.looks)),
            ("true_hazard_ratio", round(truth, 6)),
        )  # fmt: skip
        made = FastPlan(model, truth, null, name, endpoint, population, compare, analysis.level, options)
        return made, tuple(self.problems)

    def _say(self, code: str, message: str, remedy: str, *path: str | int) -> None:
        self.problems.append(Problem(code, message, remedy, self.protocol.place(*path)))

    def _analysis(self) -> tuple[str, CoxPh | LogRank, str, str, tuple[str, str]] | None:
        """The analysis: as named, else the first of the primary estimand that can be simulated."""
        wanted = self.changes.analysis
        if self.plan.simulation is None:
            what = f"{self.plan.trial} has no 'simulation:' block, so nothing says what to simulate"
            self._say("E520", what, "add one with accrual_months, follow_up_months and times")
            return None
        ordered = sorted(self.plan.analyses.items(), key=lambda item: not self._primary(item[1].estimand))
        for name, analysis in ordered:
            if wanted not in (None, name) or not isinstance(analysis, CoxPh | LogRank):
                continue
            estimand = self.plan.estimands.get(analysis.estimand or "")
            compare = analysis.compare or (estimand.compare if estimand else ())
            endpoint = analysis.endpoint or (estimand.endpoint if estimand else None)
            population = analysis.population or (estimand.population if estimand else "itt")
            if wanted is None and (analysis.by or analysis.where):
                continue
            beyond = not_simulated(analysis)
            if beyond and wanted is None:
                continue
            known = len(compare) == 2 and set(compare) <= set(self.plan.arms)
            if endpoint is not None and known and self._has_law(endpoint):
                if beyond:
                    self._say("E520", f"no simulation does what '{name}' says: {', '.join(beyond)}",
                              "name another analysis with --analysis", "analyses", name)  # fmt: skip
                    return None
                if analysis.by or analysis.where:
                    self._left_out("subgroups (`by`, `where`); all patients are analysed", "analyses", name)
                return name, analysis, endpoint, population, (compare[0], compare[1])
        asked = f"'{wanted}' is no such analysis" if wanted else "no analysis is one"
        what = f"{asked}: log_rank or cox_ph of two arms, of an endpoint with a law in 'simulation: times:'"
        self._say(
            "E520",
            what,
            "name another with --analysis, or add the endpoint to 'simulation: times:'",
            "analyses",
        )
        return None

    def _primary(self, estimand: str | None) -> bool:
        found = self.plan.estimands.get(estimand or "")
        return found is not None and found.objective == "primary"

    def _has_law(self, endpoint: str) -> bool:
        assert self.plan.simulation is not None
        if endpoint in self.plan.simulation.times:
            return True
        designed = self._designed(endpoint) if self.calibrate != "published" else None
        return designed is not None and designed.control_median_months is not None

    def _designed(self, endpoint: str) -> LogRankEvents | None:
        """The design's assumption about the estimand of this endpoint."""
        for assumption in self.plan.design:
            if isinstance(assumption, LogRankEvents) and assumption.for_ is not None:
                estimand = self.plan.estimands.get(assumption.for_)
                if estimand is not None and estimand.endpoint == endpoint:
                    return assumption
        return None

    def _laws(self, endpoint: str, compare: tuple[str, str]) -> tuple[Law, Law] | None:
        """Laws of the first and the second arm, in days."""
        assert self.plan.simulation is not None
        stated = self.plan.simulation.times.get(endpoint)
        time = stated
        if self.calibrate == "design" or time is None:
            time = self._by_design(endpoint, compare, stated)
        if time is None:
            return None
        arms, problems = law_of_endpoint(self.protocol, endpoint, time)
        self.problems += problems
        if arms is None:
            return None
        by_arm = dict(zip(self.plan.arms, arms, strict=True))
        first: Law = by_arm[compare[0]]
        second: Law = by_arm[compare[1]]
        if self.changes.effect:
            starts = tuple(month * DAYS_PER_MONTH for month, _ in self.changes.effect)
            ratios = tuple(ratio for _, ratio in self.changes.effect)
            if starts[0] != 0 or any(b <= a for a, b in itertools.pairwise(starts)) or min(ratios) <= 0:
                what = "the periods of the effect do not rise from month 0 with ratios above 0"
                self._say("E521", what, "give (0, ratio), (month, ratio), ...", "simulation")
                return None
            first = RatioByPeriod(second, starts, ratios)
        return (second, second) if self.calibrate == "null" else (first, second)

    def _by_design(
        self, endpoint: str, compare: tuple[str, str], stated: SimulatedTime | None
    ) -> SimulatedTime | None:
        """Exponential: the control median, and the other by the ratio of the design."""
        designed = self._designed(endpoint)
        if designed is None or designed.hazard_ratio is None:
            what = f"the design states no hazard ratio for '{endpoint}'"
            self._say(
                "E506", what, "add a log_rank assumption under 'design:', or calibrate otherwise", "design"
            )
            return None
        median = designed.control_median_months
        if median is None and stated is not None and compare[1] in stated.medians:
            median = stated.medians[compare[1]]
            what = (
                f"the design states no control median for '{endpoint}'; {median:g} months of 'times:' taken"
            )
            self._say("N520", what, "state control_median_months where a source does", "design")
        if median is None:
            what = f"the design of '{endpoint}' states no control median, and 'times:' has none"
            self._say("E506", what, "state it where a source does", "design")
            return None
        medians = dict.fromkeys(self.plan.arms, median) | {compare[0]: median / designed.hazard_ratio}
        two = len(self.plan.arms) == 2
        return SimulatedTime(
            medians=medians,
            hazard_ratio=designed.hazard_ratio if two else None,
            versus=compare[1],
            source=designed.source or "design",
        )

    def _patients(self, compare: tuple[str, str], estimand: str | None) -> tuple[int, float] | None:
        """How many patients, and the factor by which numbers of events scale."""
        arms = [self.plan.arms[arm] for arm in compare if arm in self.plan.arms]
        designs = [d for d in self.plan.design if isinstance(d, LogRankEvents) and d.for_ == estimand and d.n]
        stated = None
        if self.calibrate == "design" and designs:
            stated = designs[0].n
        for numbers in ([a.allocated_n for a in arms], [a.planned_n for a in arms]):
            if stated is None and len(numbers) == 2 and all(numbers):
                stated = sum(n or 0 for n in numbers)
        if stated is None and designs:
            stated = designs[0].n
        wanted = stated if self.changes.patients is None else self.changes.patients
        if wanted is None:
            what = "nothing says how many patients: no allocated_n, planned_n or design"
            self._say("E520", what, "name a number with --patients", "arms")
            return None
        others = len(self.plan.arms) - 2
        if others > 0:
            self._left_out(f"{others} arm(s) that are not compared", "arms")
        return wanted, wanted / stated if stated else 1.0

    def _factors_known(self, strata: tuple[str, ...]) -> bool:
        """Whether factors and levels that are named are those of the protocol, with ratios above 0 (E521)."""
        factors = self.plan.factors
        lacking = [name for name in (*strata, *(self.changes.prognostic or {})) if name not in factors]
        wrong = [
            f"{name} {level}"
            for name, ratios in (self.changes.prognostic or {}).items()
            for level, ratio in ratios.items()
            if name in factors and not (level in factors[name].levels and ratio > 0)
        ]
        if lacking or wrong:
            what = f"no such factor or level, or no ratio above 0: {', '.join(lacking + wrong)}"
            self._say("E521", what, "name factors and levels of the protocol", "factors")
        return not lacking and not wrong

    def _cells(self, strata: tuple[str, ...]) -> tuple[list[tuple[int, ...]], tuple[float, ...], list[str]]:
        """Every combination of levels of the factors in use, and its share."""
        assert self.plan.simulation is not None
        allocated = getattr(self.plan.allocation, "strata", ())
        wanted = dict.fromkeys((*allocated, *strata, *(self.changes.prognostic or {})))
        factors = [f for f in wanted if f in self.plan.factors]
        shares = []
        equal = []
        for factor in factors:
            levels = self.plan.factors[factor].levels
            stated = self.plan.simulation.factor_levels.get(factor, {})
            weights = [stated.get(level, 0.0) for level in levels]
            if sum(weights) <= 0:
                equal.append(factor)
                weights = [1.0] * len(levels)
            shares.append([w / sum(weights) for w in weights])
        if equal:
            what = f"levels of {', '.join(equal)} are drawn with equal shares because the plan states none"
            self._say("N522", what, "state the shares under 'simulation: factor_levels:'", "simulation")
        cells = list(itertools.product(*(range(len(s)) for s in shares)))
        mass = tuple(math.prod(s[k] for s, k in zip(shares, cell, strict=True)) for cell in cells)
        return cells, mass, factors

    def _ratio(self, factor: str, level: int) -> float:
        by_level = (self.changes.prognostic or {}).get(factor, {})
        return by_level.get(self.plan.factors[factor].levels[level], 1.0)

    def _randomisation(
        self, compare: tuple[str, str], factors: list[str], cells: list[tuple[int, ...]]
    ) -> Randomisation:
        rule = self.plan.allocation
        stated = getattr(rule, "ratio", {})
        ratio = (stated.get(compare[0], 1), stated.get(compare[1], 1))
        common = math.gcd(*ratio)
        if isinstance(rule, Fixed) and rule.method == "simple_random":
            return Randomisation(ratio)
        places = [factors.index(f) for f in getattr(rule, "strata", ()) if f in factors]
        lists = numbered(cells, places) if places else ()
        sizes = rule.block_sizes if isinstance(rule, PermutedBlocks) else ()
        if any(size % sum(ratio) for size in sizes):
            sizes = ()
        if isinstance(rule, BiomarkerRules):
            self._left_out("allocation by rules: permuted blocks take its place", "allocation")
        if isinstance(rule, Minimisation):
            self._left_out("minimisation: permuted blocks within strata take its place", "allocation")
        if not sizes:
            total = sum(ratio) // common
            sizes = (2 * total, 3 * total)
            what = f"allocation is by permuted blocks of {sizes[0]} and {sizes[1]}: no block sizes are stated"
            self._say(
                "N522", what, "state the block sizes, or keep in mind that they are assumed", "allocation"
            )
            ratio = (ratio[0] // common, ratio[1] // common)
        return Randomisation(ratio, tuple(sizes), lists)

    def _alpha(self, analysis: CoxPh | LogRank) -> tuple[float, int]:
        for assumption in self.plan.design:
            if (
                isinstance(assumption, LogRankEvents)
                and assumption.for_ == analysis.estimand
                and assumption.alpha
            ):
                return assumption.alpha, assumption.sides
        return 0.05, 2

    def _by_wald(self, analysis: CoxPh) -> bool:
        if analysis.test in ("log_rank", "score"):
            if analysis.test == "score":
                self._left_out(
                    "the score test of the Cox model where times are tied: the log-rank test stands for it"
                )
            return False
        if analysis.test == "likelihood_ratio":
            self._left_out("the likelihood ratio test: Wald's stands for it")
        return True

    def _looks(self, endpoint: str, planned: int, scale: float, alpha: float, sides: int) -> tuple[Look, ...]:
        assert self.plan.simulation is not None
        critical = NormalDist().inv_cdf(1 - alpha / sides)
        last = min(planned + _LATEST, LONGEST)
        if self.changes.looks:
            asked = self.changes.looks
            return tuple(
                Look(k.events, not_after=last, otherwise=planned, efficacy=k.efficacy, futility=k.futility)
                for k in asked
            )
        cuts = self.plan.simulation.cut_at_events
        events = cuts.get(endpoint)
        others = [name for name in cuts if name != endpoint]
        if others:
            what = f"the cut-off does not wait for events of {', '.join(others)}: one endpoint is simulated"
            self._say("N521", what, "read durations with that in mind", "simulation", "cut_at_events")
        designed = self._designed(endpoint)
        if self.calibrate == "design" and designed is not None and designed.events is not None:
            events = designed.events
        if events is None:
            return (Look(not_after=planned, efficacy=critical),)
        wanted = max(1, round(events * scale))
        return (Look(wanted, not_after=last, otherwise=planned, all_in=True, efficacy=critical),)

    def _visits(self, planned: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        every = self.changes.visits_days
        if every is None:
            return None
        if min(every) < 1:
            self._say("E521", "an interval of visits is shorter than a day", "give whole days from 1")
            return None
        last = min(planned + _LATEST, LONGEST)
        return tuple(range(every[0], last, every[0])), tuple(range(every[1], last, every[1]))

    def _left_out(self, what: str, *path: str) -> None:
        message = f"the fast gear leaves out {what}"
        self._say("N521", message, "use the full gear where it matters", *path)
