"""Simulated trials beside rpact in one run on one machine: CPU seconds, as ratios.

    python benchmarks/simulation.py                 # 10,000 trials of each kind
    python benchmarks/simulation.py 10000 5         # trials, and runs of which the best counts

CPU time of one thread is what is compared; powers are printed beside it, for both simulate the same trial.
The floor is a compiled loop that draws an event and a dropout time for each patient, takes the earlier, and
sorts them (and days of entry, where these are drawn): no randomisation, no cut and no test.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np

from trialist.kernels.compiled import compiled
from trialist.kernels.multistate import PiecewiseHazard, exponential
from trialist.kernels.trial_batches import course_loops
from trialist.kernels.trial_batches.inversion import Weibull
from trialist.kernels.trial_batches.model import Accrual, BatchModel, Look, Randomisation, tables
from trialist.kernels.trial_batches.simulate import simulate

MONTH = 30.4375
FOLDER = Path(__file__).parent
_words, _places_by_group = course_loops._words, course_loops._places_by_group


def models() -> dict[str, BatchModel]:
    """The trials of simulation.R, and one like CARD: 255 patients in 8 strata, permuted blocks."""
    dropout = exponential(math.log(2) / (-math.log(0.8) / 12) * MONTH)
    control = exponential(3.7 * MONTH)
    later = PiecewiseHazard((0.0, 3 * MONTH, 6 * MONTH), (0.0, 0.75, 1.2), 0.08 / MONTH)
    weibull = Weibull(1.5, MONTH / 0.18)
    simple = BatchModel(
        patients=256,
        accrual=Accrual(((24 * MONTH, 1.0),), "planned"),
        event=((control.scaled(0.67),), (control,)),
        looks=(Look(196, efficacy=1.959964),),
        randomisation=Randomisation(planned=True),
        dropout=(dropout, dropout),
        sides=1,
        horizon=3000,
    )
    critical = (3.471091, 2.454432, 2.004036)
    cells = tuple(range(8))
    return {
        "exponential": simple,
        "three looks": replace(
            simple, looks=tuple(Look(k, efficacy=z) for k, z in zip((66, 131, 196), critical, strict=True))
        ),
        "piecewise hazards": replace(simple, event=((later.scaled(0.67),), (later,))),
        "Weibull": replace(simple, event=((weibull.scaled(0.67),), (weibull,))),
        "like CARD": replace(
            simple,
            patients=255,
            accrual=Accrual(((12 * MONTH, 1.0), (12 * MONTH, 2.0))),
            randomisation=Randomisation((1, 1), (4, 6), cells),
            cells=(0.19, 0.19, 0.285, 0.285, 0.01, 0.01, 0.015, 0.015),
            strata=cells,
        ),
    }


@compiled
def _draw(first: Any, event_law: Any, dropout_law: Any, group: Any, laws: Any, rows: Any) -> Any:
    patients = rows.shape[1]
    a, b = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    c, d = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    event, dropout = np.empty(patients, np.int32), np.empty(patients, np.int32)
    for r in range(rows.shape[0]):
        _words(0, np.uint32(first + r), np.uint32(0), np.uint32(1), np.uint32(0), a, b, c, d)
        _places_by_group(a, group, event_law, laws, event)
        _places_by_group(b, group, dropout_law, laws, dropout)
        for i in range(patients):
            ended = np.uint32(min(event[i], dropout[i]))
            rows[r, i] = (ended << np.uint32(2)) + np.uint32(event[i] <= dropout[i])


def floor(model: BatchModel, trials: int, rows: Any) -> None:
    """Draw and sort the times of so many trials, in batches that fit the cache."""
    made = tables(model)
    group = np.arange(model.patients, dtype=np.uint64) % np.uint64(2)
    laws = course_loops._flat(made)
    event = np.ascontiguousarray(made.event[:, 0])
    entered = np.empty(rows.shape, dtype=np.int16)
    for first in range(0, trials, rows.shape[0]):
        part = rows[: min(rows.shape[0], trials - first)]
        if made.entry >= 0:
            replicate = np.arange(first, first + len(part), dtype=np.uint64)
            course_loops._entry_words(replicate, np.uint32(1), np.uint32(0), part)
            part.sort(axis=1)
            course_loops._entry_days(part, np.int64(made.entry), laws, entered[: len(part)])
        _draw(first, event, made.dropout, group, laws, part)
        part.sort(axis=1)


def ziggurat(patients: int, trials: int) -> None:
    """The same by numpy's own exponential draws, two for each patient, and its sort."""
    rng = np.random.Generator(np.random.SFC64(1))
    for first in range(0, trials, 250):
        part = rng.standard_exponential((2, min(250, trials - first), patients), dtype=np.float32)
        np.minimum(part[0], part[1]).sort(axis=1)


def best(runs: int, work: Callable[[], object]) -> float:
    """CPU seconds of the fastest of so many runs."""
    found = math.inf
    for _ in range(runs):
        start = time.process_time()
        work()
        found = min(found, time.process_time() - start)
    return found


def peer(trials: int, runs: int) -> dict[str, Any]:
    """What simulation.R measured; nothing where R or rpact is not there."""
    if shutil.which("Rscript") is None:
        return {"version": "not found", "R": "not found"}
    done = subprocess.run(
        ["Rscript", str(FOLDER / "simulation.R"), str(trials), str(max(2, runs // 2))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found: dict[str, Any] = (
        json.loads(done.stdout) if done.returncode == 0 else {"version": "not found", "R": ""}
    )
    return found


def main(trials: int, runs: int) -> None:
    rpact = peer(trials, runs)
    print(f"rpact {rpact['version']}, R {rpact['R']}, numpy {np.__version__}, numba {numba.__version__}")
    print(f"CPU seconds of {trials:,} trials on one thread, best of {runs} runs\n")
    print("| | rpact | log-rank | ratio | with Cox | ratio | floor | with Cox / floor | power: rpact, here |")
    print("| --- " * 9 + "|")
    for name, model in models().items():
        rows = np.empty((254, model.patients), dtype=np.uint32)
        simulate(model, 1, 0, 300)
        plain = best(runs, lambda model=model: simulate(model, 1, 0, trials, cox=False))  # type: ignore[misc]
        full = best(runs, lambda model=model: simulate(model, 1, 0, trials))  # type: ignore[misc]
        floor(model, 300, rows)
        least = best(runs, lambda model=model, rows=rows: floor(model, trials, rows))  # type: ignore[misc]
        power = float(np.mean(simulate(model, 1, 0, trials, cox=False).rejected))
        theirs = rpact.get(name)
        seconds, ratios, powers = "-", ("-", "-"), f"-, {power:.3f}"
        if theirs is not None:
            seconds = f"{theirs['seconds']:.3f}"
            ratios = (f"{theirs['seconds'] / plain:.0f}", f"{theirs['seconds'] / full:.0f}")
            powers = f"{theirs['power']:.3f}, {power:.3f}"
        print(
            f"| {name} | {seconds} | {plain:.4f} | {ratios[0]} | {full:.4f} | {ratios[1]} | {least:.4f} "
            f"| {full / least:.2f} | {powers} |"
        )
    other = best(runs, lambda: ziggurat(256, trials))
    print(f"\nTwo exponential draws for each patient by numpy, and the sort: {other:.4f}")
    print("\nLinear cost, like CARD, with Cox, microseconds of CPU for each trial:")
    card = models()["like CARD"]
    for count in (1_000, 10_000, 100_000, 1_000_000):
        spent = best(3 if count < 1_000_000 else 1, lambda count=count: simulate(card, 1, 0, count))  # type: ignore[misc]
        print(f"{count:>9,}  {spent / count * 1e6:.2f}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [10_000, 5][len(given) :]))
