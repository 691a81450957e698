"""Covariance matrices of repeated measures in their own parameters, with first and second derivatives.

`m` visits in planned order. Parameters are natural ones, in the order of `names`: variances by visit (one
where they are equal), covariances, or correlations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats

Structure = Literal[
    "unstructured", "toeplitz", "heterogeneous_toeplitz", "ar1", "heterogeneous_ar1", "compound_symmetry",
    "heterogeneous_compound_symmetry",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Covariance:
    """sigma (m, m), its first (k, m, m) and second (k, k, m, m; None where all are 0) derivatives."""

    sigma: Floats
    first: Floats
    second: Floats | None


def parameters(structure: Structure, m: int) -> int:
    """How many parameters the structure has at `m` visits."""
    counts = {
        "unstructured": m * (m + 1) // 2,
        "toeplitz": m,
        "heterogeneous_toeplitz": 2 * m - 1,
        "ar1": 2,
        "heterogeneous_ar1": m + 1,
        "compound_symmetry": 2,
        "heterogeneous_compound_symmetry": m + 1,
    }
    found = counts[structure]
    return min(found, 1) if m == 1 else found


def covariance(structure: Structure, m: int, theta: Floats) -> Covariance:
    """The matrix and its derivatives.

    unstructured, toeplitz and compound_symmetry are linear in variances and covariances; ar1 has a variance
    and a correlation; the heterogeneous ones have variances by visit and correlations, as SAS PROC MIXED's
    CSH, ARH(1) and TOEPH have. Source: Jennrich and Schluchter 1986, Biometrics 42:805; Wolfinger 1996,
    JABES 1:205.
    """
    if m == 1:
        return Covariance(theta.reshape(1, 1).copy(), np.ones((1, 1, 1)), None)
    if structure == "unstructured":
        return _linear(_unstructured(m), theta)
    if structure in ("toeplitz", "compound_symmetry"):
        return _linear(_bands(m, structure == "compound_symmetry"), theta)
    if structure == "ar1":
        variance, rho = theta
        matrix, first, second = _correlations("ar1", m, np.array([rho]))
        crossed = np.zeros((2, 2, m, m))
        crossed[0, 1] = crossed[1, 0] = first[0]
        crossed[1, 1] = variance * second[0, 0]
        return Covariance(variance * matrix, np.stack([matrix, variance * first[0]]), crossed)
    return _heterogeneous(structure, m, theta)


def start(structure: Structure, variances: Floats) -> Floats:
    """Parameters to begin from: the variances by visit, and no correlation."""
    m = variances.size
    mean = float(variances.mean())
    if m == 1:
        return variances.copy()
    if structure == "unstructured":
        found = np.zeros(m * (m + 1) // 2)
        found[:m] = variances
        return found
    size = parameters(structure, m)
    found = np.zeros(size)
    if structure.startswith("heterogeneous"):
        found[:m] = variances
    else:
        found[0] = mean
    return found


def _linear(basis: Floats, theta: Floats) -> Covariance:
    return Covariance(np.einsum("k,kab->ab", theta, basis), basis, None)


def _unstructured(m: int) -> Floats:
    """Variances first, then covariances by row."""
    basis = np.zeros((m * (m + 1) // 2, m, m))
    basis[np.arange(m), np.arange(m), np.arange(m)] = 1
    rows, columns = np.tril_indices(m, -1)
    place = np.arange(m, basis.shape[0])
    basis[place, rows, columns] = basis[place, columns, rows] = 1
    return basis


def _lags(m: int) -> Floats:
    return np.abs(np.subtract.outer(np.arange(m), np.arange(m))).astype(float)


def _bands(m: int, one: bool) -> Floats:
    lag = _lags(m)
    if one:
        return np.stack([lag == 0, lag > 0]).astype(float)
    return np.stack([lag == d for d in range(m)]).astype(float)


def _correlations(kind: str, m: int, rho: Floats) -> tuple[Floats, Floats, Floats]:
    """The correlation matrix and its first and second derivatives in its correlations."""
    lag = _lags(m)
    if kind == "ar1":
        r = float(rho[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            matrix = np.where(lag == 0, 1.0, np.sign(r) ** lag * np.abs(r) ** lag)
            first = np.where(lag == 0, 0.0, lag * _power(r, lag - 1))
            second = np.where(lag <= 1, 0.0, lag * (lag - 1) * _power(r, lag - 2))
        return matrix, first[None], second[None, None]
    bands = _bands(m, kind == "compound_symmetry")
    matrix = bands[0] + np.einsum("k,kab->ab", rho, bands[1:])
    k = rho.size
    return matrix, bands[1:], np.zeros((k, k, m, m))


def _power(r: float, exponent: Floats) -> Floats:
    """r to whole exponents; 0 to the 0 is 1, and exponents below 0 give 0: they are not used."""
    whole = np.maximum(exponent, 0)
    return np.where(exponent < 0, 0.0, np.where(whole == 0, 1.0, np.sign(r) ** whole * np.abs(r) ** whole))


def _heterogeneous(structure: Structure, m: int, theta: Floats) -> Covariance:
    variance, rho = theta[:m], theta[m:]
    matrix, first, second = _correlations(structure.removeprefix("heterogeneous_"), m, rho)
    k = theta.size
    sd = np.sqrt(np.maximum(variance, 0))
    scale = np.outer(sd, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_variance = np.where(sd > 0, 0.5 / sd, 0.0)
        twice = np.where(sd > 0, -0.25 / sd**3, 0.0)
    unit = np.eye(m)
    of_scale = np.empty((m, m, m))
    for a in range(m):
        of_scale[a] = by_variance[a] * (np.outer(unit[a], sd) + np.outer(sd, unit[a]))
    one = np.concatenate([of_scale * matrix, scale * first])
    two = np.zeros((k, k, m, m))
    for a in range(m):
        for b in range(m):
            both = by_variance[a] * by_variance[b]
            two[a, b] = both * (np.outer(unit[a], unit[b]) + np.outer(unit[b], unit[a])) * matrix
        two[a, a] += twice[a] * (np.outer(unit[a], sd) + np.outer(sd, unit[a])) * matrix
        two[a, m:] = two[m:, a] = of_scale[a] * first
    two[m:, m:] = scale * second
    return Covariance(scale * matrix, one, two)
