"""Firth's penalised Cox model beside coxphf, whose iterations end at changes of 1e-10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from reference_cases import Pair

from trialist.kernels.cox import cox
from trialist.kernels.cox_profile import profile_interval, term_test

FILES = ("cox_firth",)
TITLES = {"cox_firth": "Cox model with Firth's penalty: estimates, profile intervals and tests"}
FUNCTIONS = {"cox_firth": "coxphf (package coxphf 1.13.1)"}


def _cox_firth(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = {key: np.array(values, dtype=float) for key, values in options["columns"].items()}
    matrix = np.column_stack([data[name] for name in options["covariates"]])
    fit = cox(
        data["time"],
        data["event"],
        1 - data["event"],
        np.arange(matrix.shape[0]),
        matrix,
        entry=data["entry"] if options["entry"] else None,
        ties=options["ties"],
        firth=True,
    )
    assert fit.status == "ok"
    for i in range(matrix.shape[1]):
        yield "coefficient", expect["coefficient"][i], float(fit.coefficient[i])
        yield "std_err", expect["std_err"][i], float(fit.std_err[i])
        low, high = profile_interval(fit, i)
        yield "profile low", expect["low"][i], low
        yield "profile high", expect["high"][i], high
        yield "p_value", expect["p_value"][i], term_test(fit, [i]).p_value
    # the penalty of coxphf is in standard deviations of the covariates: a constant that a ratio does not see
    ratio = 2 * (expect["log_likelihood"][1] - expect["log_likelihood"][0])
    yield "likelihood ratio", ratio, fit.likelihood_ratio.statistic


COMPARE = {"cox_firth": _cox_firth}
