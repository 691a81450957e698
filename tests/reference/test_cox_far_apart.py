"""The Cox model where relative hazards are many powers of ten apart: rounding must not hide the maximum."""

from __future__ import annotations

import numpy as np
import pytest

from trialist.kernels.cox import cox

# time, event, stratum, two covariates; R: survival 3.5-3, coxph(control = coxph.control(eps = 1e-15))
STEEP = """
11.728 0 0 0 0.766328;5623.135 1 0 1 -1.596086;2.674 0 0 1 0.823562;1221.547 0 0 1 -0.625566
185.822 0 1 1 -0.54594;10256.012 0 1 0 -1.350847;109.02 1 1 1 -0.144242;289.582 1 0 0 -0.247662
85.363 0 1 0 0.191456;357.52 1 1 1 -0.533774;190.99 1 0 0 0.093756;0.148 1 0 1 1.819692
12.248 1 0 1 0.409;928.354 0 0 1 -0.57369;4.347 0 1 1 0.95311;66.928 1 1 1 -0.128801
17.193 0 0 0 0.593874;4.8 0 1 1 0.612747;336.296 1 1 1 -0.391066;32577.947 0 1 0 -1.930287
386.542 1 0 0 -0.347654;106.774 1 0 0 0.551455;954.508 1 0 0 -0.38011;31.995 1 0 1 0.438969
27.684 1 1 0 0.97954;704.085 0 0 0 -0.544113;6.059 0 0 0 1.231352"""
OF_AGE = """
84.335 0 1 1 70;148.564 0 0 1 53;110.57 0 0 1 75;648.769 1 1 1 67;643.61 0 0 0 51;703.052 1 1 0 62
29.445 1 0 0 80;480.03 1 0 0 61;542.097 0 1 0 48;102.65 1 1 0 66;88.685 1 1 0 80;327.063 0 1 1 65
115.819 0 1 0 64;229.428 1 0 0 62;313.986 0 1 1 63;290.944 0 1 1 62;95.147 1 0 0 70;111.272 1 0 0 73
179.472 0 1 0 45"""

R_COEFFICIENT, R_ERROR = (4.4848311724225, 19.5899222696127), (2.66161470523247, 10.31422622095410)


def _table(text: str) -> np.ndarray:
    return np.array([row.split() for row in text.strip().replace("\n", ";").split(";")], dtype=float)


def _log_likelihood(table: np.ndarray, beta: np.ndarray) -> float:
    """Cox's partial likelihood, written out: nobody dies together here."""
    time, event, stratum, x = table[:, 0], table[:, 1], table[:, 2], table[:, 3:]
    eta, total = x @ beta, 0.0
    for place in np.flatnonzero(event):
        at_risk = (stratum == stratum[place]) & (time >= time[place])
        total += float(eta[place] - np.logaddexp.reduce(eta[at_risk]))
    return total


@pytest.mark.parametrize("text", [STEEP, OF_AGE], ids=["steep", "of_age"])
def test_a_steep_stratified_model_ends_at_the_maximum(text):
    table = _table(text)
    event = table[:, 1]
    fit = cox(
        table[:, 0], event, 1 - event, np.arange(event.size), table[:, 3:], stratum=table[:, 2].astype(int)
    )
    assert fit.status == "ok"
    top = _log_likelihood(table, fit.coefficient)
    assert fit.log_likelihood[1] == pytest.approx(top, rel=1e-9)
    for index in range(2):
        for way in (-0.01, 0.01):
            aside = fit.coefficient.copy()
            aside[index] += way * fit.std_err[index]
            assert _log_likelihood(table, aside) < top


def test_its_coefficients_and_errors_are_those_of_r():
    table = _table(STEEP)
    event = table[:, 1]
    fit = cox(
        table[:, 0], event, 1 - event, np.arange(event.size), table[:, 3:], stratum=table[:, 2].astype(int)
    )
    assert fit.coefficient == pytest.approx(R_COEFFICIENT, rel=1e-8)
    assert fit.std_err == pytest.approx(R_ERROR, rel=1e-8)


def test_hazards_too_far_apart_for_floating_point_are_told_as_infinite():
    time = np.arange(1.0, 9.0)
    event = np.array([1.0, 1, 1, 1, 1, 1, 0, 0])
    covariate = np.array([[-(time[place] ** 3)] for place in range(8)])
    assert cox(time, event, 1 - event, np.arange(8), covariate).status == "infinite"
