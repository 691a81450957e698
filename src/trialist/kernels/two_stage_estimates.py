"""After a two-stage trial of one proportion: exact p value and interval, and estimates without the early
stop's bias.

Results are ordered by stage: any result of stage 2 speaks more for the treatment than an early stop, and in
each stage more responders do (Jung and Kim 2004, Statistics in Medicine 23:881). The proportion of responders
itself is biased downwards, since trials with few responders in stage 1 end there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialist.kernels.two_stage import TwoStage, _above, _chances


@dataclass(frozen=True, slots=True)
class Estimates:
    """After the trial: how many responded, of how many, in which stage it ended.

    proportion       responders / subjects
    unbiased         uniformly minimum variance unbiased (Jung and Kim 2004)
    median_unbiased  the proportion at which the p value is one half
    adjusted         the proportion whose expected `proportion` is the observed one (Whitehead 1986)
    low, high        exact interval at `level`, by the same order as the p value
    p_value          one-sided, against the null; None without a null

    `unbiased` and `adjusted` are None where stage 2 had another size than planned: nothing says what other
    sizes it might have had.
    """

    proportion: float
    unbiased: float | None
    median_unbiased: float
    adjusted: float | None
    low: float
    high: float
    p_value: float | None


def estimates(
    design: TwoStage, responders: int, stage: int, null: float | None, level: float = 0.95
) -> Estimates:
    """Estimates after a stop in `stage` 1 (of n1) or 2 (of n) with so many responders.

    Sources: Jung and Kim 2004, Statistics in Medicine 23:881 (unbiased, interval); Koyama and Chen 2008,
    Statistics in Medicine 27:3145 (p value, median unbiased; their upper end takes 'as many' for 'more' and
    is shorter); Whitehead 1986, Biometrika 73:573 (adjusted).
    Raises ValueError for a result that the design can't have.
    """
    size = design.n1 if stage == 1 else design.n
    if stage == 1 and not 0 <= responders <= design.r1:
        raise ValueError(f"stage 1 ends the trial with at most {design.r1} responders")
    if stage == 2 and not design.r1 < responders <= design.n:
        raise ValueError(f"stage 2 is reached with more than {design.r1} responders")
    tail = (1 - level) / 2

    def at_least(p: float) -> float:
        return as_extreme(design, responders, stage, p)

    def above(p: float) -> float:
        return _more_extreme(design, responders, stage, p)

    return Estimates(
        responders / size,
        unbiased(design, responders, stage),
        _solved(at_least, 0.5) if responders else 0.0,
        _adjusted(design, responders / size),
        _solved(at_least, tail) if responders else 0.0,
        _solved(above, 1 - tail) if responders < design.n else 1.0,
        None if null is None else min(1.0, at_least(null)),
    )


def estimates_of_another_size(
    design: TwoStage, first: int, size: int, second: int, null: float | None, level: float = 0.95
) -> Estimates:
    """Estimates after `first` responders in stage 1 and `second` of `size` in a stage 2 not as planned.

    Each result is worth the proportion pi at which the planned stage 2 would need its responders with the
    conditional p value seen, P(X2 >= planned number | pi) = P(X2 >= second | p); the p value is the chance
    under p of a result worth no more. The size may depend on stage 1. The upper end of the interval takes
    'more than' for 'at least' and so keeps its level.
    Source: Koyama and Chen 2008, Statistics in Medicine 27:3145, sections 4.1 and 4.2.
    Raises ValueError for a result that the design can't have.
    """
    if not design.r1 < first <= design.n1:
        raise ValueError(f"stage 2 is reached with more than {design.r1} responders of {design.n1}")
    if not 0 <= second <= size:
        raise ValueError(f"stage 2 had {size} subjects")
    tail = (1 - level) / 2

    def at_least(p: float) -> float:
        return _worth_no_more(design, first, _tail(size, second, p), p)

    def above(p: float) -> float:
        return _worth_no_more(design, first, _tail(size, second + 1, p), p)

    return Estimates(
        (first + second) / (design.n1 + size),
        None,
        _solved(at_least, 0.5),
        None,
        _solved(at_least, tail),
        _solved(above, 1 - tail),
        None if null is None else min(1.0, at_least(null)),
    )


def _worth_no_more(design: TwoStage, first: int, conditional: float, p: float) -> float:
    """Chance under p of going on with a conditional p value of no more worth than this one after `first`."""
    from scipy.special import betaincinv

    planned, needed = design.n - design.n1, design.r + 1 - first
    if needed > planned:
        worth = 1.0  # the plan has no way to be promising from here
    else:
        worth = 0.0 if needed <= 0 else float(betaincinv(needed, planned - needed + 1, conditional))
    return _stage_two(design, design.r + 1, p, worth)


def _tail(n: int, least: int, p: float) -> float:
    """P(X >= least) of n."""
    return min(1.0, float(_above(n, p)[min(least, n + 1)]))


def as_extreme(design: TwoStage, responders: int, stage: int, p: float) -> float:
    """Probability of a result that speaks at least as much for the treatment."""
    if stage == 1:
        return float(np.sum(_chances(design.n1, p)[responders:]))
    return _stage_two(design, responders, p)


def _more_extreme(design: TwoStage, responders: int, stage: int, p: float) -> float:
    if stage == 1:
        return float(np.sum(_chances(design.n1, p)[responders + 1 :]))
    return _stage_two(design, responders + 1, p)


def _stage_two(design: TwoStage, responders: int, p: float, later: float | None = None) -> float:
    """Stage 2 reached, and at least so many responders in all; `later` is p of stage 2 where it differs."""
    first, second = _chances(design.n1, p), _above(design.n - design.n1, p if later is None else later)
    seen = np.arange(design.r1 + 1, design.n1 + 1)
    left = np.clip(responders - seen, 0, design.n - design.n1 + 1)
    return float(np.sum(first[seen] * second[left]))


def unbiased(design: TwoStage, responders: int, stage: int) -> float:
    """The expected share of responders in stage 1 given the end: unbiased, of least variance."""
    if stage == 1:
        return responders / design.n1
    from scipy.special import gammaln

    n1, n2 = design.n1, design.n - design.n1
    seen = np.arange(max(design.r1 + 1, responders - n2), min(responders, n1) + 1)

    def ways(n: int, k: np.ndarray) -> np.ndarray:
        return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

    logs = ways(n1, seen) + ways(n2, responders - seen)
    weight = np.exp(logs - logs.max())
    return float(np.sum(weight * seen / n1) / np.sum(weight))


def expected_proportion(design: TwoStage, p: float) -> float:
    """The mean of responders / subjects when the true proportion is p."""
    first = _chances(design.n1, p)
    n2 = design.n - design.n1
    stopped = np.arange(design.r1 + 1)
    on = np.arange(design.r1 + 1, design.n1 + 1)
    early = float(np.sum(first[stopped] * stopped / design.n1))
    return early + float(np.sum(first[on] * (on + n2 * p) / design.n))


def critical_value(design: TwoStage, stage_one: int, second: int, null: float) -> int | None:
    """Responders needed in stage 2 when it has `second` subjects instead of those planned; None: can't reach.

    The smallest number that keeps the conditional type I error of the plan given stage 1, and so alpha.
    Source: Mueller and Schaefer 2001, Biometrics 57:886; Koyama and Chen 2008.
    """
    planned = _above(design.n - design.n1, null)
    allowed = planned[int(np.clip(design.r - stage_one, -1, design.n - design.n1)) + 1]
    tails = _above(second, null)[: second + 1]
    enough = np.flatnonzero(tails <= allowed * (1 + 1e-12))
    return int(enough[0]) if enough.size else None


def _adjusted(design: TwoStage, proportion: float) -> float:
    if proportion <= 0 or proportion >= 1:
        return proportion
    return _solved(lambda p: expected_proportion(design, p), proportion)


def _solved(rising: Callable[[float], float], target: float) -> float:
    """Where a rising function of a proportion reaches the target."""
    from scipy.optimize import brentq

    if rising(1.0) <= target:
        return 1.0
    return float(brentq(lambda p: rising(p) - target, 0.0, 1.0, xtol=1e-14, rtol=1e-13))
