"""Operating characteristics beside rpact's simulations of the same trials, within Monte Carlo error."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_models import MONTH

from trialist.design.replicates import mean_and_error
from trialist.kernels.multistate import PiecewiseHazard, exponential
from trialist.kernels.power import log_rank_power
from trialist.kernels.trial_batches.inversion import RatioByPeriod, Weibull
from trialist.kernels.trial_batches.model import Accrual, BatchModel, Look, Randomisation
from trialist.kernels.trial_batches.simulate import compiler_found, simulate

RPACT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "reference" / "simulation.json").read_text(encoding="utf-8")
)
REPLICATES = 30_000 if compiler_found() else 3_000
FAR = 3.9
"""Differences are held against this many standard errors (0.01 %)."""

_DROPOUT = exponential(math.log(2) / (-math.log(0.8) / 12) * MONTH)
_CONTROL = exponential(3.7 * MONTH)
_LATER = PiecewiseHazard((0.0, 3 * MONTH, 6 * MONTH), (0.0, 0.75, 1.2), 0.08 / MONTH)
_DELAYED = exponential(math.log(2) / 0.19 * MONTH)
_WEIBULL = Weibull(1.5, MONTH / 0.18)
_CRITICAL = 1.959963984540054
_ONE = (Look(196, efficacy=_CRITICAL),)

EXPONENTIAL = BatchModel(
    patients=256,
    accrual=Accrual(((24 * MONTH, 1.0),), "planned"),
    event=((_CONTROL.scaled(0.67),), (_CONTROL,)),
    looks=_ONE,
    randomisation=Randomisation(planned=True),
    dropout=(_DROPOUT, _DROPOUT),
    sides=1,
    horizon=4000,
)
MODELS = {
    "exponential": EXPONENTIAL,
    "null": replace(EXPONENTIAL, event=((_CONTROL,), (_CONTROL,))),
    "three_looks": replace(
        EXPONENTIAL,
        looks=tuple(Look(k, efficacy=z) for k, z in zip((66, 131, 196), RPACT["critical"], strict=True)),
    ),
    "piecewise": replace(EXPONENTIAL, event=((_LATER.scaled(0.67),), (_LATER,))),
    "weibull": replace(EXPONENTIAL, event=((_WEIBULL.scaled(0.67),), (_WEIBULL,))),
    "delayed": replace(
        EXPONENTIAL,
        event=((RatioByPeriod(_DELAYED, (0.0, 3 * MONTH), (1.0, 0.09 / 0.19)),), (_DELAYED,)),
    ),
}


def as_list(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]


def expect_close(ours: np.ndarray, theirs: float, count: int) -> None:
    p, error = mean_and_error(ours)
    assert p is not None
    assert error is not None
    both = math.hypot(error, math.sqrt(theirs * (1 - theirs) / count))
    assert abs(p - theirs) < FAR * both


@pytest.mark.parametrize("name", MODELS)
def test_power_and_durations_are_those_of_rpact(name: str) -> None:
    theirs = RPACT[name]
    out = simulate(MODELS[name], 20261128, 0, REPLICATES)
    expect_close(out.rejected, theirs["power"], theirs["replicates"])
    for look, share in enumerate(as_list(theirs["reject"])):
        expect_close(out.rejected & (out.last == look), share, theirs["replicates"])
    rows = np.arange(REPLICATES)
    events = out.events[rows, out.last].sum(axis=1)
    # ours are the events up to the day of the look, that day included
    assert float(np.mean(events)) == pytest.approx(theirs["expected_events"], abs=0.8)
    for look, months in enumerate(as_list(theirs["analysis_time"])):
        held = out.last >= look
        day, error = mean_and_error(out.day[held, look] / MONTH)
        # there patient i of 256 enters at i / 256 of the accrual, here half a place earlier
        assert day == pytest.approx(months - 12 / 256, abs=0.03 + FAR * math.sqrt(2) * (error or 0.0))


def test_power_is_near_schoenfelds_and_the_duration_near_the_expected_one() -> None:
    out = simulate(EXPONENTIAL, 5, 0, REPLICATES)
    planned = log_rank_power(196, 0.67, 0.025, sides=1)
    assert planned == pytest.approx(RPACT["analytic"]["power"], abs=1e-6)
    assert float(np.mean(out.rejected)) == pytest.approx(planned, abs=0.015)
    assert float(np.mean(out.day)) / MONTH == pytest.approx(RPACT["analytic"]["duration"], abs=0.1)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_type_one_error_is_alpha(stratified: bool) -> None:
    model = replace(
        MODELS["null"], randomisation=Randomisation(), sides=2, accrual=Accrual(((24 * MONTH, 1.0),))
    )
    if stratified:
        cells = tuple(range(4))
        law = tuple(_CONTROL.scaled(ratio) for ratio in (0.6, 0.8, 1.2, 1.8))
        model = replace(
            model,
            event=(law, law),
            cells=(0.2, 0.3, 0.3, 0.2),
            strata=cells,
            randomisation=Randomisation((1, 1), (4, 6), cells),
        )
    out = simulate(model, 77, 0, REPLICATES)
    p, error = mean_and_error(out.rejected)
    assert p == pytest.approx(0.05, abs=FAR * (error or 0.0) + 0.001)


def test_a_margin_is_rejected_by_chance_when_it_is_the_truth() -> None:
    harm = ((_CONTROL.scaled(1.214),), (_CONTROL,))
    model = replace(EXPONENTIAL, test="wald", margin=1.214, event=harm)
    p, error = mean_and_error(simulate(model, 78, 0, REPLICATES).rejected)
    assert p == pytest.approx(0.025, abs=FAR * (error or 0.0) + 0.002)
