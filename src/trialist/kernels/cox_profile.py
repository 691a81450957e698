"""Intervals and tests of a Cox fit from its likelihood: profile intervals, tests of one or more terms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trialist.kernels.counts import Floats
from trialist.kernels.cox import ChiSquare, CoxFit, chi_square
from trialist.kernels.cox_firth import maximise_penalised, penalised
from trialist.kernels.cox_likelihood import Derivatives, Derive, derivatives
from trialist.kernels.cox_newton import maximise

Ends = tuple[float | None, float | None]


def profile_interval(fit: CoxFit, index: int, level: float = 0.95) -> Ends:
    """Ends of the profile likelihood interval of a coefficient (log ratio); None where there is no end.

    Twice the log likelihood falls by the chi-square quantile (1 df) from its top, the other coefficients at
    their best. Of a penalised fit the penalised likelihood, its penalty that of all coefficients.
    Source: Venzon and Moolgavkar 1988, Applied Statistics 37:87; Heinze and Schemper 2001, Biometrics 57:114.
    """
    from scipy.special import chdtri

    profile = _Profile(fit, [index])
    target = math.sqrt(float(chdtri(1, 1 - level)))
    return profile.end(-target), profile.end(target)


def term_test(fit: CoxFit, terms: Sequence[int], kind: str = "likelihood_ratio") -> ChiSquare | None:
    """That the coefficients of `terms` are 0, the others at their best: wald, score or likelihood_ratio.

    wald uses the variance of the fit, the others its likelihood. None where the smaller model has no fit.
    """
    chosen = list(terms)
    if kind == "wald":
        part = fit.coefficient[chosen]
        inner = fit.covariance[np.ix_(chosen, chosen)]
        return chi_square(float(part @ np.linalg.solve(inner, part)), len(chosen))
    without = _Profile(fit, chosen).at(np.zeros(len(chosen)))
    if without is None or fit.log_likelihood is None:
        return None
    _, here = without
    if kind == "score":
        if fit.penalised:
            return None
        statistic = float(here.score @ np.linalg.solve(here.information, here.score))
    else:
        statistic = 2 * (fit.log_likelihood[1] - here.log_likelihood)
    return chi_square(statistic, len(chosen))


class _Profile:
    """The likelihood with some coefficients held, from which the others start where the fit ended."""

    def __init__(self, fit: CoxFit, held: Sequence[int]) -> None:
        if fit.rows is None or fit.log_likelihood is None:
            raise ValueError("a profile needs a fit")
        rows = fit.rows
        self.held = list(held)
        self.free = np.ones(rows.covariates, dtype=bool)
        self.free[self.held] = False
        self.derive: Derive = penalised(rows) if fit.penalised else derivatives(rows)
        self.maximise = maximise_penalised if fit.penalised else maximise
        self.best, self.top = fit.scaled, fit.log_likelihood[1]
        self.scale = rows.scale
        self.covariance = fit.model_covariance * np.outer(rows.scale, rows.scale)
        self.events = float(rows.weight[rows.dying].sum())

    def at(self, values: Floats) -> tuple[Floats, Derivatives] | None:
        """The best of the others with the held ones (scaled) at `values`; None where there is none."""
        rest = np.flatnonzero(self.free)
        beta = self.best.copy()
        if rest.size:  # along the ridge of the fit's quadratic
            inner = self.covariance[np.ix_(self.held, self.held)]
            along = np.linalg.solve(inner, values - beta[self.held])
            beta[rest] += self.covariance[rest][:, self.held] @ along
        beta[self.held] = values
        start = self.derive(beta)
        if not np.isfinite(start.log_likelihood):
            beta = np.zeros(beta.size)
            beta[self.held] = values
            start = self.derive(beta)
        if not rest.size or not np.isfinite(start.log_likelihood):
            return (beta, start) if np.isfinite(start.log_likelihood) else None
        status, beta, here, _ = self.maximise(self.derive, beta, start, self.events, self.free)
        return (beta, here) if status == "ok" else None

    def end(self, target: float) -> float | None:
        """Where the signed root of the deviance of the one held coefficient is `target`.

        Newton steps on the root, which is close to a straight line, inside a bracket. None where it does not
        get there within 100 standard errors: the likelihood stays above.
        """
        index, side, wanted = self.held[0], math.copysign(1.0, target), abs(target)
        middle, error = float(self.best[index]), math.sqrt(float(self.covariance[index, index]))
        near, far, place = middle, math.inf * side, middle + target * error
        for _ in range(100):
            found = self.at(np.array([place]))
            step = math.nan
            if found is None:
                far = place
            else:
                root = math.sqrt(max(2 * (self.top - found[1].log_likelihood), 0.0))
                near, far = (near, place) if root > wanted else (place, far)
                slope = -side * float(found[1].score[index])
                if root > 0 and slope > 0:
                    step = (wanted - root) * root / slope
            if math.isfinite(step) and abs(step) < 1e-10 * max(1.0, abs(place)):
                return (place + side * step) / float(self.scale[index])
            tried = place + side * step
            inside = math.isfinite(step) and (near - tried) * side < 0 and (tried - far) * side < 0
            if math.isinf(far):
                if abs(near - middle) > 100 * error:
                    return None
                reach = 2 * max(error, abs(near - middle))
                place = tried if inside and abs(tried - near) < reach else near + side * reach
            elif abs(far - near) <= 1e-12 * max(1.0, abs(far)):
                return None if found is None else near / float(self.scale[index])
            else:
                place = tried if inside else (near + far) / 2
        return None
