"""Ranks of treatments: P-scores from the estimates, rank probabilities by draws, SUCRA and mean ranks.

A rank says which treatment is ahead, never by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.draws import stream


@dataclass(frozen=True, slots=True)
class Rankogram:
    """Rank probabilities of n treatments from `draws` draws.

    probability  (n, n) of a treatment (row) to have a rank (column), the best first
    cumulative   (n, n) to have this rank or a better one
    sucra        (n,) mean of the cumulative probabilities but the last
    mean_rank    (n,) from 1
    error        (n, n) Monte Carlo standard error of `probability`
    """

    draws: int
    seed: int
    probability: Floats
    cumulative: Floats
    sucra: Floats
    mean_rank: Floats
    error: Floats


def p_scores(effect: ArrayLike, std_err: ArrayLike, *, lower_is_better: bool) -> Floats:
    """(n,) mean one-sided certainty that a treatment is better than another: SUCRA without draws.

    Parameters
        effect, std_err  (n, n) of row against column
    Source: Ruecker and Schwarzer 2015, BMC Med Res Methodol 15:58
    """
    from scipy.special import ndtr

    value, error = np.asarray(effect, dtype=float), np.asarray(std_err, dtype=float)
    n = len(value)
    if n < 2:
        return np.full(n, np.nan)
    z = np.divide(value, error, out=np.zeros_like(value), where=error > 0)
    better = ndtr(-z if lower_is_better else z)
    np.fill_diagonal(better, 0)
    return np.asarray(better.sum(axis=1) / (n - 1), dtype=float)


def rankogram(
    effect: ArrayLike, covariance: ArrayLike, *, lower_is_better: bool, draws: int, seed: int
) -> Rankogram:
    """Ranks of draws from the normal distribution of the treatments' effects.

    Parameters
        effect, covariance  (n,) and (n, n), about any common value
    Source: Salanti 2011, J Clin Epidemiol 64:163
    """
    mean, spread = np.asarray(effect, dtype=float), np.asarray(covariance, dtype=float)
    n = len(mean)
    value, axes = np.linalg.eigh(spread)
    root = axes * np.sqrt(np.maximum(value, 0))
    rng = stream(seed, "rankogram")
    counts = np.zeros((n, n))
    done = 0
    while done < draws:
        size = min(draws - done, 100_000)
        drawn = mean + rng.standard_normal((size, n)) @ root.T
        order = np.argsort(drawn if lower_is_better else -drawn, axis=1, kind="stable")
        for rank in range(n):
            counts[:, rank] += np.bincount(order[:, rank], minlength=n)
        done += size
    probability = counts / draws
    cumulative = np.cumsum(probability, axis=1)
    return Rankogram(
        draws,
        seed,
        probability,
        cumulative,
        cumulative[:, :-1].sum(axis=1) / max(n - 1, 1),
        probability @ np.arange(1, n + 1),
        np.sqrt(probability * (1 - probability) / draws),
    )


def mean_ranks(score: ArrayLike) -> Floats:
    """Mean ranks (the best is 1) that belong to P-scores or SUCRA."""
    values = np.asarray(score, dtype=float)
    return np.asarray(1 + (len(values) - 1) * (1 - values), dtype=float)
