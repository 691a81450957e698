"""How much each direct comparison contributes to a contrast of a network: evidence walked at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.network_weights import Fitted


@dataclass(frozen=True, slots=True)
class Flow:
    """How evidence comes to the contrast of two treatments.

    edges         (e, 2) direct comparisons of the network
    flow          (e,) share of the contrast's evidence that goes through a comparison, from its first
                  treatment to its second (negative: the other way); a row of the hat matrix
    contribution  (e,) shares that sum to 1: a path's flow parted equally among its comparisons
    length        mean number of comparisons on the way: 1 is all direct
    """

    edges: Integers
    flow: Floats
    contribution: Floats
    length: float


def flow(fit: Fitted, first: int, second: int) -> Flow:
    """The evidence that goes from `first` to `second`, by the weights of a fit.

    Source: Koenig 2013, Stat Med 32:5414 (flow); Davies 2022, Stat Med 41:2091 (random walk)
    """
    weight = -np.triu(fit.laplacian, 1)
    scale = float(np.trace(fit.laplacian))
    one, two = np.nonzero(np.abs(weight) > 1e-12 * scale)
    turn = fit.covariance[first] - fit.covariance[second]
    through = weight[one, two] * (turn[one] - turn[two])
    through[np.abs(through) < 1e-12] = 0.0
    shares, length = _walked(len(fit.effect), one, two, through, first, second)
    return Flow(np.column_stack([one, two]), through, shares, length)


def _walked(
    n: int, one: Integers, two: Integers, through: Floats, first: int, second: int
) -> tuple[Floats, float]:
    """Shares of comparisons over all paths of the flow, by the number of steps before and after."""
    out = np.zeros((n, n))
    ahead = through > 0
    out[one[ahead], two[ahead]] = through[ahead]
    out[two[~ahead], one[~ahead]] = -through[~ahead]
    leaving = out.sum(axis=1)
    leaving[second] = 0
    step = np.divide(out, leaving[:, None], out=np.zeros_like(out), where=leaving[:, None] > 0)
    before, after = (
        np.zeros((n, n)),
        np.zeros((n, n)),
    )  # by steps: chance to be here, chance to arrive from here
    before[0, first] = after[0, second] = 1
    for k in range(1, n):
        before[k] = before[k - 1] @ step
        after[k] = step @ after[k - 1]
    steps = np.arange(n)
    part = 1 / (steps[:, None] + steps[None, :] + 1)
    share = step * (before.T @ part @ after)
    length = float(steps @ before[:, second])
    return share[one, two] + share[two, one], length
