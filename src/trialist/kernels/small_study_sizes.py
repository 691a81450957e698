"""Whether small studies show other effects, asked of what does not depend on the effect: sizes and scores.

The error of a log odds ratio, a risk ratio or a standardised difference depends on the effect itself, so
that Egger's regression finds asymmetry where there is none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.small_study_effects import Asymmetry, weighted_line


def peters(y: ArrayLike, events: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Asymmetry:
    """Regression of a log odds (or risk) ratio on 1 / n, weighted by events x others / n of both arms
    together.

    Studies in which nobody, or everybody, had the event weigh nothing and are left out.
    Source: Peters, Sutton, Jones, Abrams and Rushton 2006, JAMA 295:676
    """
    effect, x, total = (np.asarray(part, dtype=float) for part in (y, events, n))
    if not effect.shape == x.shape == total.shape or effect.ndim != 1:
        return Asymmetry("lengths")
    weight = np.divide(x * (total - x), total, out=np.zeros_like(x), where=total > 0)
    return _on(effect, np.divide(1.0, total, out=np.zeros_like(x), where=total > 0), weight, level)


def harbord(a: ArrayLike, n1: ArrayLike, c: ArrayLike, n2: ArrayLike, *, level: float = 0.95) -> Asymmetry:
    """Regression of score over information on 1 / square root of information, weighted by information.

    Of the log odds ratio at no effect, given the margins: score a - (a + c) n1 / n, information
    n1 n2 (a + c) (b + d) / (n^2 (n - 1)). `limit` is the log odds ratio (Peto's) where that error is 0.
    Source: Harbord, Egger and Sterne 2006, Stat Med 25:3443
    """
    one, first, other, second = (np.asarray(part, dtype=float) for part in (a, n1, c, n2))
    if not one.shape == first.shape == other.shape == second.shape or one.ndim != 1:
        return Asymmetry("lengths")
    n, events = first + second, one + other
    below = n**2 * (n - 1)
    information = np.divide(
        first * second * events * (n - events), below, out=np.zeros_like(n), where=below > 0
    )
    usable = information > 0
    score = np.where(usable, one - np.divide(events * first, n, out=np.zeros_like(n), where=n > 0), 0.0)
    safe = np.where(usable, information, 1.0)
    return _on(score / safe, 1 / np.sqrt(safe), np.where(usable, information, 0.0), level)


def by_size(y: ArrayLike, v: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Asymmetry:
    """Regression on 1 / square root of the size, weighted by 1 / v; of standardised differences.

    Source: Pustejovsky and Rodgers 2019, Res Synth Methods 10:57; R's metafor::regtest(model = "lm",
    predictor = "sqrtninv")
    """
    effect, variance, total = (np.asarray(part, dtype=float) for part in (y, v, n))
    if not effect.shape == variance.shape == total.shape or effect.ndim != 1:
        return Asymmetry("lengths")
    if not bool((np.isfinite(variance) & (variance > 0) & (total > 0)).all()):
        return Asymmetry("variance")
    return _on(effect, 1 / np.sqrt(total), 1 / variance, level)


def _on(y: np.ndarray, x: np.ndarray, weight: np.ndarray, level: float) -> Asymmetry:
    kept = np.isfinite(y) & np.isfinite(x) & (weight > 0)
    if int(kept.sum()) < 3:
        return Asymmetry("too_few")
    if float(np.ptp(x[kept])) <= 1e-10 * float(np.abs(x[kept]).max()):
        return Asymmetry("dependent")
    design = np.column_stack([np.ones(int(kept.sum())), x[kept]])
    return weighted_line(y[kept], design, weight[kept], level)
