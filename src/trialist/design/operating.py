"""Operating characteristics of a protocol: how its planned analysis performs over many simulated trials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.design.characteristics import characteristics
from trialist.design.fast_gear import Calibration, FastTrial, fast_plan
from trialist.design.fast_plan import Changes, FastPlan
from trialist.design.replicates import Mapper, Replicates, Running, run_batches
from trialist.design.simulated_findings import Simulated
from trialist.findings.model import Finding
from trialist.problems import Problem, errors
from trialist.protocol.model import Protocol

MOST = 10_000_000
_BATCH = 5_000
_RARE = 0.99
"""Below this share of trials in which the events of a look come, a note says so."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a simulation is run; what is found does not depend on `workers`, `batch` and `backend`.

    replicates  how many, or how many at most when `error` is given
    error       Monte Carlo standard error of the power at which to stop
    backend     see `design.replicates.run_batches`; threads where code is compiled, else processes
    progress    told how far the run is
    """

    seed: int
    replicates: int = 10_000
    error: float | None = None
    workers: int = 1
    batch: int = _BATCH
    backend: str | Mapper | None = None
    progress: Callable[[Running], None] | None = None
    way: Literal["compiled", "arrays"] | None = None


@dataclass(frozen=True, slots=True)
class Operating:
    """Findings of origin simulated, the problems met, and the replicates they come from."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    plan: FastPlan
    replicates: Replicates


def operating_characteristics(
    protocol: Protocol, run: Run, *, calibrate: Calibration = "published", changes: Changes | None = None
) -> tuple[Operating | None, tuple[Problem, ...]]:
    """Simulate the protocol in the fast gear and say how its analysis performs.

    Parameters
        protocol   with `simulation:` and an analysis of two arms by time
        run        seed, replicates, workers
        calibrate  whose effect is true: `published`, `design`, or `null` (none: rejections are type I errors)
        changes    what to take instead of what the protocol says
    Returns   findings, one for each number: the interval shows the Monte Carlo error (95 %), the options hold
              `replicates`, `gear`, `monte_carlo_error` and the true hazard ratio, the origin the seed. None
              when an error says why there are none
    Problems  those of `fast_gear.fast_plan`; E522 a seed or number that is not possible; N523 the error asked
              for was not reached, N524 events of a look often do not come, N525 trials without an estimate
    """
    wrong = impossible(run)
    if wrong:
        return None, wrong
    plan, problems = fast_plan(protocol, calibrate, changes)
    if plan is None or errors(problems):
        return None, problems
    backend = run.backend or ("threading" if _compiled(run) else "loky")
    done = run_batches(
        FastTrial(plan.model, run.way),
        seed=run.seed,
        replicates=run.replicates,
        batch=run.batch,
        workers=run.workers,
        backend=backend,
        stop_error=run.error,
        progress=run.progress,
    )
    notes = (*problems, *run_notes(protocol, done, run), *_without_estimate(protocol, done))
    numbers = characteristics(done.arrays, truth=plan.truth, level=plan.level, null=plan.null)
    options = (*plan.options, ("replicates", done.count))
    of = plan.analysis, plan.endpoint, plan.population, plan.compare
    simulated = Simulated(protocol, *of, options, done.seed)
    findings = tuple(simulated.finding(number) for number in numbers)
    return Operating(findings, notes, plan, done), notes


def _compiled(run: Run) -> bool:
    from trialist.kernels.trial_batches.simulate import compiler_found

    return run.way == "compiled" or (run.way is None and compiler_found())


def impossible(run: Run) -> tuple[Problem, ...]:
    """E522 for each number of a run, of either gear, that is not possible."""
    found = []
    if not 0 <= run.seed < 2**64:
        found.append((f"the seed {run.seed} is not within 0 to 2^64 - 1", "choose another seed"))
    if not 1 <= run.replicates <= MOST:
        found.append((f"{run.replicates} replicates can't be simulated", f"choose 1 to {MOST:,}"))
    if run.error is not None and not run.error > 0:
        found.append((f"a Monte Carlo error of {run.error} can't be reached", "choose one above 0"))
    if run.workers == 0 or run.workers < -1:
        found.append((f"{run.workers} workers can't work", "choose 1 or more, or -1 for as many as cores"))
    return tuple(Problem("E522", message, remedy) for message, remedy in found)


def run_notes(protocol: Protocol, done: Replicates, run: Run) -> tuple[Problem, ...]:
    """Of a run of either gear: N523 the error asked for was not reached, N524 events often do not come."""
    found = []
    place = protocol.place("simulation")
    if done.reached is False:
        what = f"the Monte Carlo error of {run.error:g} was not reached with {done.count} replicates"
        found.append(Problem("N523", what, "allow more replicates, or accept the error that is shown", place))
    last = done.arrays["last"].astype(np.int64)
    share = float(np.mean(done.arrays["reached"][np.arange(done.count), last]))
    if share < _RARE:
        what = f"the events of the last look come in {share:.1%} of the trials; others end as planned in time"
        found.append(Problem("N524", what, "plan more patients, fewer events or longer follow-up", place))
    return tuple(found)


def _without_estimate(protocol: Protocol, done: Replicates) -> tuple[Problem, ...]:
    last = done.arrays["last"].astype(np.int64)
    lacking = int(np.count_nonzero(~np.isfinite(done.arrays["log_hr"][np.arange(done.count), last])))
    if not lacking:
        return ()
    what = f"{lacking} of {done.count} trials have no estimate of the hazard ratio"
    remedy = "read means of estimates as those of the other trials"
    return (Problem("N525", what, remedy, protocol.place("simulation")),)
