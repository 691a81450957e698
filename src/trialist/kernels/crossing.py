"""Where a continuous function changes its sign, to the last digit."""

from __future__ import annotations

from collections.abc import Callable

_STEPS = 200


def crossing(function: Callable[[float], float], inside: float, outside: float) -> float:
    """A root of `function` between two places at which its signs differ.

    A value of 0 at `inside` counts as of the other sign than that at `outside`, so that the root sought is
    one further out. Where the signs are the same, the place with the smaller absolute value.
    Source: Chandrupatla 1997, Advances in Engineering Software 28:145
    """
    a, b = inside, outside
    fa, fb = function(a), function(b)
    fa = -fb if fa == 0 else fa
    if fb == 0 or (fa > 0) == (fb > 0):
        return a if abs(fa) <= abs(fb) else b
    share = 0.5
    for _ in range(_STEPS):
        at = a + share * (b - a)
        here = function(at)
        if (here > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, fc, b, fb = b, fb, a, fa
        a, fa = at, here
        best, smallest = (a, fa) if abs(fa) < abs(fb) else (b, fb)
        span = abs(b - a)
        near = 2e-16 * abs(best) + 1e-300
        if smallest == 0 or span <= 2 * near:
            return best
        share = _next_share(a, b, c, fa, fb, fc)
        least = min(0.5, near / span)
        share = min(1 - least, max(least, share))
    return best


def _next_share(a: float, b: float, c: float, fa: float, fb: float, fc: float) -> float:
    """How far to go from a to b: by inverse quadratic interpolation where it is safe, else half the way."""
    xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
    if phi * phi < xi and (1 - phi) ** 2 < 1 - xi:
        return fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return 0.5
