"""Batch models for the clauses: a trial of 255 patients in eight strata, and one change at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trialist.kernels.multistate import exponential
from trialist.kernels.trial_batches.inversion import RatioByPeriod, Weibull
from trialist.kernels.trial_batches.model import Accrual, BatchModel, Course, Look, Randomisation
from trialist.kernels.trial_batches.simulate import Way, compiler_found

MONTH = 30.4375
CELLS = tuple(range(8))
CONTROL = exponential(3.7 * MONTH)
DROPOUT = exponential(36 * MONTH)

TRIAL = BatchModel(
    patients=255,
    accrual=Accrual(((12 * MONTH, 1.0), (12 * MONTH, 2.0))),
    event=((CONTROL.scaled(0.67),), (CONTROL,)),
    looks=(Look(196, efficacy=1.959964),),
    randomisation=Randomisation((1, 1), (4, 6), CELLS),
    cells=(0.2, 0.3, 0.1, 0.05, 0.05, 0.1, 0.1, 0.1),
    strata=CELLS,
    dropout=(DROPOUT, DROPOUT),
    horizon=4000,
)

_EVERY_8, _EVERY_6 = tuple(range(56, 3000, 56)), tuple(range(42, 3000, 42))
_BEFORE = ((exponential(900.0),), (exponential(900.0),))
_AFTER = ((exponential(200.0),), (exponential(300.0),))

MODELS: dict[str, BatchModel] = {
    "stratified": TRIAL,
    "three looks": replace(
        TRIAL,
        looks=(Look(98, efficacy=2.96, futility=0.0), Look(147, efficacy=2.36), Look(196, efficacy=2.01)),
    ),
    "visits": replace(TRIAL, visits=(_EVERY_8, _EVERY_6)),
    "late weights": replace(TRIAL, rho_gamma=(0.0, 1.0)),
    "Breslow": replace(TRIAL, ties="breslow"),
    "simple randomisation, 2 to 1": replace(TRIAL, randomisation=Randomisation((2, 1)), strata=()),
    "survival with a switch": replace(TRIAL, course=Course(_BEFORE, _AFTER, (0.0, 0.33), "survival")),
    "progression or death at visits": replace(
        TRIAL, course=Course(_BEFORE, _AFTER, (0.0, 0.33)), visits=(_EVERY_8, _EVERY_6)
    ),
    "all patients in": replace(TRIAL, looks=(Look(60, all_in=True, efficacy=2.0, not_after=1400),)),
    "planned accrual and arms": replace(
        TRIAL, accrual=Accrual(((300.0, 1.0),), "planned"), randomisation=Randomisation(planned=True)
    ),
    "a calendar day, nobody drops out": replace(
        TRIAL, dropout=None, looks=(Look(not_after=900, efficacy=1.9),)
    ),
    "Weibull": replace(TRIAL, event=((Weibull(1.5, 150.0),), (Weibull(1.5, 110.0),))),
    "a late effect": replace(TRIAL, event=((RatioByPeriod(CONTROL, (0.0, 90.0), (1.0, 0.5)),), (CONTROL,))),
    "prognostic strata": replace(
        TRIAL,
        event=tuple(tuple(law.scaled(1 + k / 8) for k in CELLS) for law in (CONTROL.scaled(0.67), CONTROL)),
    ),
    "many deaths a day": replace(TRIAL, event=((exponential(9.0),), (exponential(6.0),))),
    "many deaths a day, Breslow, unstratified": replace(
        TRIAL, event=((exponential(9.0),), (exponential(6.0),)), ties="breslow", strata=()
    ),
    "forty cells in eight strata and ten lists": replace(
        TRIAL,
        cells=tuple(1.0 + k for k in range(40)),
        strata=tuple(k // 5 for k in range(40)),
        randomisation=Randomisation((1, 2), (3, 6, 9), tuple(k // 4 for k in range(40))),
    ),
    "twelve patients": replace(TRIAL, patients=12, looks=(Look(5, efficacy=2.0),)),
    "a margin": replace(TRIAL, test="wald", margin=1.3, sides=1, looks=(Look(196, efficacy=1.96),)),
}  # fmt: skip

# numba is an extra, which `make test` installs: without it the arrays are asked alone
FORMS: list[Any] = [
    pytest.param("compiled", marks=pytest.mark.skipif(not compiler_found(), reason="no numba")),
    "arrays",
]


def ways() -> list[Way]:
    return ["compiled", "arrays"] if compiler_found() else ["arrays"]
