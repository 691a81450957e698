"""The mixed model for repeated measures: restricted maximum likelihood of a covariance within subjects.

y = X b + e, with independent subjects and one covariance matrix over the planned visits, of which each
subject shows the part of its visits that were seen. After one pass over the rows (cross products by pattern
of visits seen) nothing depends on the number of subjects any more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.covariance_structures import Covariance, Structure, covariance, start
from trialist.kernels.linear import orthogonal, without_error

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Visits seen together, subjects that show exactly these, and cross products over them.

    crossed   (s, s, q, q) sums of the outer products of rows of [X, y] at two of the visits
    """

    visits: Integers
    subjects: int
    crossed: Floats


@dataclass(frozen=True, slots=True)
class RepeatedFit:
    """Coefficients with their covariance, the covariance of visits, and what tests need.

    coefficient, covariance    b (p,) and its model-based covariance (p, p)
    sigma                      (m, m) covariance of the visits; `theta` its parameters
    log_likelihood             restricted; no term in X'X, as in SAS PROC MIXED and R's nlme
    gradients                  (k, p, p): derivatives of `covariance` by theta
    theta_covariance           inverse of the observed information of theta
    adjusted, adjusted_linear  Kenward and Roger's covariance of b, with and without second derivatives
    within                     (r, p): the combinations that differences within subjects tell of
    status    ok; too_few: no more rows than columns, or no row at a planned visit; dependent: columns of X
              are not independent; no_variance: the model fits without error; singular: the covariance is at
              the edge of what is possible, or too rich for the data; not_converged
    """

    status: Literal["ok", "too_few", "dependent", "no_variance", "singular", "not_converged"]
    rows: int
    subjects: int
    coefficient: Floats | None = None
    covariance: Floats | None = None
    sigma: Floats | None = None
    theta: Floats | None = None
    log_likelihood: float | None = None
    gradients: Floats | None = None
    theta_covariance: Floats | None = None
    adjusted: Floats | None = None
    adjusted_linear: Floats | None = None
    within: Floats | None = None
    steps: int = 0


def repeated_measures(
    y: ArrayLike,
    x: ArrayLike,
    subject: ArrayLike,
    visit: ArrayLike,
    visits: int,
    structure: Structure = "unstructured",
    *,
    information: Literal["observed", "expected"] = "observed",
) -> RepeatedFit:
    """Fit by REML; Newton's method on the natural parameters, expected information where it fails.

    Parameters
        y           values, one per row (subject and visit)
        x           (rows, p) columns of the model
        subject     code of the subject; visit: 0 to `visits` - 1, at most one row of each subject and visit
        information of theta behind Satterthwaite's and Kenward and Roger's methods: `observed` as SAS PROC
                    MIXED and R's mmrm take it, `expected` as R's pbkrtest does
    Source: Patterson and Thompson 1971, Biometrika 58:545; Jennrich and Schluchter 1986, Biometrics 42:805;
    Kenward and Roger 1997, Biometrics 53:983; Lindstrom and Bates 1988, JASA 83:1014 (derivatives)
    """
    values, design = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    who, when = np.asarray(subject, dtype=np.int64), np.asarray(visit, dtype=np.int64)
    n, p = design.shape
    subjects = int(np.unique(who).size)
    if n <= p or p == 0:
        return RepeatedFit("too_few", n, subjects)
    found = orthogonal(design)
    if found is None:
        return RepeatedFit("dependent", n, subjects)
    basis, upper, order, norm = found
    flat = basis.T @ values
    left = values - basis @ flat
    if without_error(values, left):
        return RepeatedFit("no_variance", n, subjects)
    unit = math.sqrt(float(left @ left) / (n - p))
    seen = np.bincount(when, minlength=visits)
    if bool((seen < 1).any()):
        return RepeatedFit("singular", n, subjects)
    patterns = _patterns(np.column_stack([basis, left / unit]), who, when, visits)
    mean_square = np.bincount(when, weights=(left / unit) ** 2, minlength=visits) / seen
    fitted = _maximise(patterns, structure, visits, start(structure, np.maximum(mean_square, 1e-2)))
    if fitted is None:
        return RepeatedFit("singular", n, subjects)
    theta, parts, steps, still = fitted
    if not still:
        return RepeatedFit("not_converged", n, subjects, steps=steps)
    bent = parts.expected if information == "expected" else parts.observed
    bent = (bent + bent.T) / 2
    if not _determined(bent):
        return RepeatedFit("singular", n, subjects, steps=steps)
    theta_covariance: Floats = np.asarray(2 * np.linalg.inv(bent))
    back = np.zeros((p, p))
    back[order] = np.linalg.inv(upper)
    back /= norm[:, None]
    linear = _adjusted(patterns, parts, theta_covariance, second=False)
    full = _adjusted(patterns, parts, theta_covariance, second=True)
    scale = unit * unit
    whole = back @ (flat + unit * parts.coefficient)

    def in_units(matrix: Floats) -> Floats:
        return np.asarray(scale * (back @ matrix @ back.T))

    units = _units(structure, visits, theta.size, scale)
    return RepeatedFit(
        "ok",
        n,
        subjects,
        whole,
        in_units(parts.phi),
        scale * parts.model.sigma,
        theta * units,
        -0.5 * (parts.deviance + (n - p) * math.log(2 * math.pi * scale))
        - float(np.log(np.abs(np.diag(upper))).sum() + np.log(norm).sum()),
        np.stack([in_units(parts.phi @ g @ parts.phi) for g in parts.slopes]) / units[:, None, None],
        theta_covariance * np.outer(units, units),
        in_units(full),
        in_units(linear),
        _seen_within(design, who),
        steps,
    )


# --- the restricted likelihood ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Parts:
    """-2 log likelihood with gradient, observed and expected second derivatives, and the generalised fit.

    slopes    (k, q, q): X' S^-1 D_h S^-1 X
    """

    model: Covariance
    deviance: float
    gradient: Floats
    observed: Floats
    expected: Floats
    coefficient: Floats
    phi: Floats
    slopes: Floats
    inverses: tuple[Floats, ...]


def _patterns(rows: Floats, who: Integers, when: Integers, visits: int) -> tuple[_Pattern, ...]:
    """Cross products of the rows of subjects that were seen at the same visits."""
    _, code = np.unique(who, return_inverse=True)
    subjects = int(code.max()) + 1
    place = np.full((subjects, visits), -1, dtype=np.int64)
    place[code, when] = np.arange(code.size)
    shown, which = np.unique(place >= 0, axis=0, return_inverse=True)
    which = which.ravel()
    found = []
    for number, seen in enumerate(shown):
        visit = np.flatnonzero(seen)
        taken = rows[place[which == number][:, visit]]  # (subjects, s, q)
        side = taken.shape[1] * taken.shape[2]
        flat = taken.reshape(len(taken), side)
        crossed = (flat.T @ flat).reshape(visit.size, rows.shape[1], visit.size, rows.shape[1])
        found.append(_Pattern(visit, len(taken), np.ascontiguousarray(crossed.transpose(0, 2, 1, 3))))
    return tuple(found)


def _evaluate(patterns: tuple[_Pattern, ...], model: Covariance) -> _Parts | None:
    """The restricted likelihood and its derivatives; None where a covariance is not positive definite."""
    k = model.first.shape[0]
    q = patterns[0].crossed.shape[2]
    p = q - 1
    inverses, log_det = [], 0.0
    total = np.zeros((q, q))
    for pattern in patterns:
        part = model.sigma[np.ix_(pattern.visits, pattern.visits)]
        try:
            root = np.linalg.cholesky(part)
        except np.linalg.LinAlgError:
            return None
        half = np.linalg.inv(root)
        inverse = half.T @ half
        inverses.append(inverse)
        log_det += 2 * pattern.subjects * float(np.log(np.diag(root)).sum())
        total += np.einsum("ab,abij->ij", inverse, pattern.crossed)
    try:
        root = np.linalg.cholesky(total[:p, :p])
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.inv(root)
    phi = half.T @ half
    gamma = phi @ total[:p, p]
    fit = np.concatenate([-gamma, [1.0]])  # [X, y] @ fit: residuals
    deviance = log_det + 2 * float(np.log(np.diag(root)).sum()) + float(total[p] @ fit)
    slopes, pull = np.zeros((k, p, p)), np.zeros((k, p))
    gradient, observed, expected = np.zeros(k), np.zeros((k, k)), np.zeros((k, k))
    for pattern, inverse in zip(patterns, inverses, strict=True):
        here = np.ix_(np.arange(k), pattern.visits, pattern.visits)
        first = model.first[here]
        left = inverse @ first  # S^-1 D
        both = left @ inverse  # S^-1 D S^-1
        spread = np.einsum("abij,ij->ab", pattern.crossed[:, :, :p, :p], phi)
        residual = np.einsum("abij,i,j->ab", pattern.crossed, fit, fit)
        slopes += np.einsum("kab,abij->kij", both, pattern.crossed[:, :, :p, :p])
        pull += np.einsum("kab,abij,j->ki", both, pattern.crossed[:, :, :p], fit)
        apart = spread + residual
        gradient += pattern.subjects * np.einsum("kaa->k", left) - np.einsum("kab,ab->k", both, apart)
        twice = np.einsum("hab,jbc->hjac", left, both)  # S^-1 D S^-1 D S^-1
        trace = pattern.subjects * np.einsum("hab,jba->hj", left, left)
        by_spread = np.einsum("hjac,ac->hj", twice, spread)
        by_residual = np.einsum("hjac,ac->hj", twice, residual)
        expected += trace - 2 * by_spread
        observed += -trace + 2 * by_spread + 2 * by_residual
        if model.second is not None:
            second = model.second[np.ix_(np.arange(k), np.arange(k), pattern.visits, pattern.visits)]
            bent = inverse @ second
            observed += pattern.subjects * np.einsum("hjaa->hj", bent)
            observed -= np.einsum("hjab,bc,ac->hj", bent, inverse, apart)
    crossed = np.einsum("hab,jba->hj", slopes @ phi, slopes @ phi)
    expected += crossed
    observed -= crossed + 2 * pull @ phi @ pull.T
    return _Parts(
        model, deviance, gradient, observed, (expected + expected.T) / 2, gamma, phi, slopes, tuple(inverses)
    )


def _maximise(
    patterns: tuple[_Pattern, ...], structure: Structure, visits: int, theta: Floats
) -> tuple[Floats, _Parts, int, bool] | None:
    """Newton steps, halved until the likelihood rises; None where the covariance ends up singular."""
    parts = _evaluate(patterns, covariance(structure, visits, theta))
    if parts is None:
        return None
    for step in range(1, MOST_STEPS + 1):
        move = _step(parts)
        if move is None:
            return None
        decrement = float(-parts.gradient @ move) / 2
        share, tried = 1.0, None
        while share > 1e-10:
            ahead = theta + share * move
            if _possible(structure, visits, ahead):
                tried = _evaluate(patterns, covariance(structure, visits, ahead))
                slack = 1e-11 * (abs(parts.deviance) + 1)
                if tried is not None and tried.deviance <= parts.deviance - 1e-4 * share * decrement + slack:
                    break
            tried = None
            share /= 2
        if tried is None:
            return theta, parts, step, decrement < 1e-10
        theta, parts = theta + share * move, tried
        if decrement < 1e-20 * (1 + abs(parts.deviance)) or (decrement < 1e-13 and share == 1 and step > 3):
            return (theta, parts, step, True) if _regular(parts) else None
    return theta, parts, MOST_STEPS, False


def _step(parts: _Parts) -> Floats | None:
    """Newton's step where the likelihood is concave, else Fisher's scoring."""
    for bent in (parts.observed, parts.expected):
        try:
            np.linalg.cholesky(bent)
            return np.asarray(-np.linalg.solve(bent, parts.gradient))
        except np.linalg.LinAlgError:
            continue
    return None


def _possible(structure: Structure, visits: int, theta: Floats) -> bool:
    if not np.isfinite(theta).all():
        return False
    single = structure in ("toeplitz", "ar1", "compound_symmetry")
    variances = theta[:1] if single or visits == 1 else theta[:visits]
    if bool((variances <= 0).any()):
        return False
    if structure.endswith("ar1") and visits > 1:
        return abs(float(theta[-1])) < 1
    return True


def _regular(parts: _Parts) -> bool:
    """Whether the matrix is well inside what is possible."""
    sd = np.sqrt(np.diag(parts.model.sigma))
    return bool(np.linalg.eigvalsh(parts.model.sigma / np.outer(sd, sd))[0] > 1e-8)


def _determined(bent: Floats) -> bool:
    """Whether second derivatives tell every parameter apart: positive definite, by a margin."""
    diagonal = np.diag(bent)
    if not np.isfinite(bent).all() or bool((diagonal <= 0).any()):
        return False
    size = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(bent / np.outer(size, size))[0] > 1e-10)


def _adjusted(patterns: tuple[_Pattern, ...], parts: _Parts, w: Floats, *, second: bool) -> Floats:
    """Kenward and Roger's covariance of the coefficients: phi + 2 phi sum W (Q - P phi P - R / 4) phi."""
    k, p = parts.slopes.shape[:2]
    inner = np.zeros((p, p))
    for pattern, inverse in zip(patterns, parts.inverses, strict=True):
        here = np.ix_(np.arange(k), pattern.visits, pattern.visits)
        first = parts.model.first[here]
        both = inverse @ first @ inverse
        weighted = np.einsum("hj,hab->jab", w, both)
        middle = np.einsum("jab,jbc,cd->ad", weighted, first, inverse)
        if second and parts.model.second is not None:
            bent = parts.model.second[np.ix_(np.arange(k), np.arange(k), pattern.visits, pattern.visits)]
            middle = middle - inverse @ np.einsum("hj,hjab->ab", w, bent) @ inverse / 4
        inner += np.einsum("ab,abij->ij", middle, pattern.crossed[:, :, :p, :p])
    inner -= np.einsum("hj,hab,bc,jcd->ad", w, parts.slopes, parts.phi, parts.slopes, optimize=True)
    inner = (inner + inner.T) / 2
    return np.asarray(parts.phi + 2 * parts.phi @ inner @ parts.phi)


def _units(structure: Structure, visits: int, size: int, scale: float) -> Floats:
    """Factors of the parameters into the unit of y; those of correlations are 1."""
    units = np.full(size, scale)
    if structure == "ar1" and visits > 1:
        units[1:] = 1
    elif structure.startswith("heterogeneous"):
        units[visits:] = 1
    return units


def _seen_within(design: Floats, who: Integers) -> Floats:
    """(r, p) orthonormal rows: the combinations of coefficients that differences within subjects tell of."""
    _, code, count = np.unique(who, return_inverse=True, return_counts=True)
    means = np.stack(
        [np.bincount(code, weights=column, minlength=count.size) / count for column in design.T], axis=1
    )
    apart = (design - means[code]) / np.sqrt(np.einsum("ij,ij->j", design, design))
    _, size, rows = np.linalg.svd(apart, full_matrices=False)
    rows = rows[size > 1e-9] * np.sqrt(np.einsum("ij,ij->j", design, design))
    return np.asarray(np.linalg.qr(rows.T)[0].T) if rows.size else np.zeros((0, design.shape[1]))
