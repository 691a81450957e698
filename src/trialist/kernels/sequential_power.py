"""What a group-sequential test does: power, drift, inflation, expected information; conditional power.

The drift is E Z at information 1: (z_alpha + z_power) for a single look, sqrt(events p1 p2) |log HR| for
a log-rank test. Information is a share of the planned maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.sequential import Exits, Going, exits
from trialist.kernels.sequential_bounds import Boundaries

Values = NDArray[np.float64]

FARTHEST = 100.0  # no drift beyond is looked for


@dataclass(frozen=True, slots=True)
class Characteristics:
    """What follows from boundaries and a power.

    drift        E Z at information 1 with this power; drift^2 is the shift of some programs
    fixed_drift  of a test with one look, level and power
    inflation    maximum information over that of the one look
    reject, futility  chance of stopping so at each look under the alternative
    average_*    expected information over that of the one look: under the alternative, half-way, none
    """

    drift: float
    fixed_drift: float
    inflation: float
    reject: Values
    futility: Values
    average_alternative: float
    average_halfway: float
    average_null: float


def outcome(bounds: Boundaries, drift: float) -> Exits:
    """Chance of stopping above and below at each look; the lower boundary is kept to."""
    return exits(bounds.information, bounds.upper, bounds.lower, drift)


def power(bounds: Boundaries, drift: float, *, both_tails: bool = False) -> float:
    """Chance of rejecting in favour of a positive drift; of two sides, both count with `both_tails`."""
    found = outcome(bounds, drift)
    return float(found.above.sum() + (found.below.sum() if both_tails and bounds.sides == 2 else 0.0))


def drift_for(bounds: Boundaries, wanted: float, *, both_tails: bool = False) -> float | None:
    """The positive drift with this power; None where none has it (power not above the level)."""
    from scipy.optimize import brentq

    def short(drift: float) -> float:
        return power(bounds, drift, both_tails=both_tails) - wanted

    if bounds.status != "ok" or not 0 < wanted < 1 or short(0.0) >= 0:
        return None
    high = 4.0
    while short(high) < 0:
        high *= 2
        if high > FARTHEST:
            return None
    return float(brentq(short, 0.0, high, xtol=1e-13, rtol=1e-14))


def expected_information(bounds: Boundaries, drift: float) -> float:
    """Expected information at the stop, as a share of the planned maximum."""
    return _expected(bounds.information, outcome(bounds, drift))


def characteristics(bounds: Boundaries, wanted: float) -> Characteristics | None:
    """Drift, inflation and expected information of boundaries at a power; None where there are none.

    Source: Jennison and Turnbull 2000, chapters 2 to 5; the averages as Wassmer and Brannath 2016, chapter 2.
    """
    from scipy.special import ndtri

    drift = drift_for(bounds, wanted)
    if drift is None:
        return None
    fixed = float(ndtri(wanted) - ndtri(bounds.alpha / bounds.sides))
    inflation = (drift / fixed) ** 2 * float(bounds.information[-1])
    share = inflation / float(bounds.information[-1])
    there = outcome(bounds, drift)
    return Characteristics(
        drift,
        fixed,
        inflation,
        there.above,
        there.below[:-1] if bounds.sides == 1 else np.zeros(len(there.below) - 1),
        share * _expected(bounds.information, there),
        share * expected_information(bounds, drift / 2),
        share * expected_information(bounds, 0.0),
    )


def conditional_power(
    bounds: Boundaries, look: int, z: float, drift: float, *, keep_futility: bool = False
) -> float | None:
    """Chance of rejecting at a later look (upwards), given z at look `look` (1 is the first).

    None after the last look. With `keep_futility` later lower boundaries end the trial.
    Source: Lan, Simon and Halperin 1982; Jennison and Turnbull 2000, chapter 10.
    """
    if not 1 <= look < len(bounds.information):
        return None
    start = Going(np.array([z]), np.ones(1), float(bounds.information[look - 1]))
    low = bounds.lower[look:] if keep_futility else np.full(len(bounds.upper) - look, -math.inf)
    return float(exits(bounds.information[look:], bounds.upper[look:], low, drift, start).above.sum())


def predictive_power(
    bounds: Boundaries, look: int, z: float, *, prior_mean: float = 0.0, prior_variance: float = math.inf
) -> float | None:
    """Conditional power averaged over what is believed of the drift after a look.

    The prior of the drift is normal; without it (infinite variance) the posterior is what was observed:
    mean z / sqrt(t), variance 1 / t. Source: Spiegelhalter, Freedman and Blackburn 1986, Controlled
    Clinical Trials 7:8.
    """
    if not 1 <= look < len(bounds.information) or prior_variance < 0:
        return None
    t = float(bounds.information[look - 1])
    if prior_variance == 0:
        return conditional_power(bounds, look, z, prior_mean)
    variance = 1 / (1 / prior_variance + t)
    mean = variance * (prior_mean / prior_variance + z * math.sqrt(t))
    if look + 1 == len(bounds.information):
        from scipy.special import ndtr

        gained = float(bounds.information[-1]) - t
        apart = z * math.sqrt(t) + mean * gained - bounds.upper[-1] * math.sqrt(bounds.information[-1])
        return float(ndtr(apart / math.sqrt(gained + variance * gained**2)))
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    powers = [conditional_power(bounds, look, z, mean + math.sqrt(variance) * x) or 0.0 for x in nodes]
    return float(np.dot(weights, powers) / math.sqrt(2 * math.pi))


def futility_at(bounds: Boundaries, conditional: Any, drift: float | None = None) -> Values:
    """Lower bounds of all looks but the last at which the conditional power is so low.

    Parameters
        conditional  conditional power below which to stop, one number or one per look
        drift        under which it is computed; the observed one if not given
    """
    from scipy.optimize import brentq

    looks = len(bounds.information)
    wanted = np.broadcast_to(np.asarray(conditional, dtype=float), (looks - 1,))
    low = np.empty(looks - 1)
    for k in range(looks - 1):
        root = math.sqrt(bounds.information[k])

        def short(z: float, k: int = k, root: float = root) -> float:
            there = z / root if drift is None else drift
            return (conditional_power(bounds, k + 1, z, there) or 0.0) - float(wanted[k])

        low[k] = brentq(short, -20.0, 20.0, xtol=1e-12) if short(-20.0) * short(20.0) < 0 else -math.inf
    return low


def _expected(information: Values, found: Exits) -> float:
    stopped = (found.above + found.below)[:-1]
    last = float(information[-1])
    return float(np.dot(information[:-1], stopped) + last * (1 - stopped.sum()))
