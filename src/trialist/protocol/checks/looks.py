"""The boundaries that the words of a design say, and what is wrong where they say none."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from trialist.kernels import sequential_bounds as kernel
from trialist.kernels.sequential import exits
from trialist.kernels.sequential_bounds import Boundaries
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import Looked

MOST_LOOKS = 50
LEVELS_SLACK = 0.03  # levels are printed with two or three digits: so much of alpha may come of it


def boundaries_of(
    a: Looked, place: Place, events: int | None = None
) -> tuple[Boundaries | None, tuple[Problem, ...]]:
    """The boundaries of a design, or the problems that say why there are none; (None, ()) without looks.

    Parameters
        events  what the looks are shares of, where they are stated as events
    Problems  W126 levels that spend another alpha than stated, W129 looks or words that give no boundary,
              W132 futility that leaves no room for success
    """
    if a.looks is None or a.alpha is None:
        return None, _unread(a, place)
    information = information_of(a, events)
    problem = _faults(a, information)
    if problem is not None:
        return None, (replace(problem, place=place),)
    bounds = _bounds(a, information, a.alpha)
    if bounds.status != "ok":
        return None, (replace(_reason(a, bounds.status), place=place),)
    crossed = bounds.sides == 1 and bool(np.any(bounds.lower[:-1] >= bounds.upper[:-1]))
    if crossed:
        told = Problem("W132", "a futility bound is as high as the bound for success: the trial ends there",
                       "lower futility, or look later", place)  # fmt: skip
        return None, (told,)
    return bounds, _spent_otherwise(a, bounds, place)


def information_of(a: Looked, events: int | None = None) -> tuple[float, ...]:
    """Looks as shares of the planned information: as stated, or events over those planned (or the last)."""
    looks = a.looks or ()
    if counted(a):
        whole = float(events or looks[-1])
        return tuple(look / whole for look in looks)
    return looks


def counted(a: Looked) -> bool:
    """Whether the looks are numbers of events, not shares."""
    return bool(a.looks) and max(a.looks or ()) > 2


# --- parts ------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _bounds(a: Looked, t: tuple[float, ...], alpha: float) -> Boundaries:
    """The boundaries of words that passed `_faults`; the last few are kept, since verdict and numbers ask."""
    futility = a.futility
    if a.levels is not None:
        return _of_levels(a, t, alpha)
    if a.futility_spending is not None:
        return _both_spent(a, t, alpha)
    if a.futility_conditional_power is not None:
        from trialist.kernels.sequential_power import futility_at

        without = _bounds(a.model_copy(update={"futility_conditional_power": None}), t, alpha)
        if without.status != "ok":
            return without
        futility = tuple(float(z) for z in futility_at(without, a.futility_conditional_power))
    options = {"sides": a.sides, "parameter": a.parameter, "futility": futility, "binding": a.binding}
    if a.alpha_spent is not None:
        return kernel.spending(t, alpha, "user", user=a.alpha_spent, **options)  # type: ignore[arg-type]
    if a.spending is not None:
        return kernel.spending(t, alpha, a.spending, **options)  # type: ignore[arg-type]
    return kernel.shaped(t, alpha, a.boundary or "obrien_fleming", **options)  # type: ignore[arg-type]


def _both_spent(a: Looked, t: tuple[float, ...], alpha: float) -> Boundaries:
    kind: Literal["user"] | str = a.spending or "user"
    return kernel.beta_spending(
        t,
        alpha,
        1 - (a.power or 0.0),
        kind,  # type: ignore[arg-type]
        a.futility_spending or "obrien_fleming",
        parameter=a.parameter,
        futility_parameter=a.futility_parameter,
        user=a.alpha_spent,
        binding=a.binding,
    )


def _of_levels(a: Looked, t: tuple[float, ...], alpha: float) -> Boundaries:
    from scipy.special import ndtri

    up = np.array([-float(ndtri(level / a.sides)) if level > 0 else np.inf for level in a.levels or ()])
    low = np.full(len(up), -np.inf)
    if a.futility is not None:
        low[:-1] = a.futility
    low = -up if a.sides == 2 else np.append(low[:-1], up[-1])
    return Boundaries(np.asarray(t, dtype=float), up, low, alpha, a.sides, a.binding)


def _faults(a: Looked, t: tuple[float, ...]) -> Problem | None:
    """Words that can't go together, before anything is computed."""
    looks = len(t)
    if looks == 0 or looks > MOST_LOOKS:
        return _unusable(f"{looks} looks are stated", f"state between 1 and {MOST_LOOKS} looks")
    if any(later <= earlier for earlier, later in pairwise(t)):
        return _unusable("the looks do not rise", "write them in order, each later than the one before")
    if counted(a) and t[-1] < 1 - 1e-3:
        return _unusable(
            f"the last look is at {max(a.looks or ()):g} events, before those that are planned",
            "make the last look that of the planned events, or correct events",
        )
    if not counted(a) and abs(t[-1] - 1) > 1e-9:
        return _unusable(
            f"the last look is at {t[-1]:g} of the planned information", "make it 1, or state looks as events"
        )
    ways = [w for w in ("boundary", "spending", "alpha_spent", "levels") if getattr(a, w) is not None]
    if not ways and looks > 1:
        return _unusable(
            f"{looks} looks are stated, but no word says where they stop",
            "state boundary, spending, alpha_spent or levels",
        )
    if len(ways) > 1:
        return _unusable(f"{' and '.join(ways)} both say where to stop", f"keep one of {', '.join(ways)}")
    for word in ("levels", "alpha_spent"):
        given = getattr(a, word)
        if given is not None and len(given) != looks:
            return _unusable(f"{looks} looks have {len(given)} {word}", f"state one of {word} per look")
    if a.futility is not None and len(a.futility) != looks - 1:
        return _unusable(
            f"{looks} looks have {len(a.futility)} futility bounds", "state one per look but the last"
        )
    futile = [
        w
        for w in ("futility", "futility_spending", "futility_conditional_power")
        if getattr(a, w) is not None
    ]
    if len(futile) > 1:
        return _unusable(f"{' and '.join(futile)} both say when to stop in vain", "keep one of them")
    if futile and a.sides == 2:
        return _unusable(
            "stopping for futility is stated of a two-sided test", "state sides: 1 and half the alpha"
        )
    if a.futility_spending is not None and a.power is None:
        return _unusable("beta can't be spent without power", "state power")
    unused = _unused_parameter(a)
    if unused is not None:
        return _unusable(f"{unused} is stated, but nothing takes it", f"leave {unused} out")
    if a.futility_spending is not None and (a.boundary is not None or a.levels is not None):
        return _unusable("beta is spent, but alpha is not", "state spending instead of boundary or levels")
    return None


def _unused_parameter(a: Looked) -> str | None:
    takers = ("wang_tsiatis", "haybittle_peto", "kim_demets", "hwang_shih_decani")
    if a.parameter is not None and a.boundary not in takers and a.spending not in takers:
        return "parameter"
    return (
        "futility_parameter"
        if a.futility_parameter is not None and a.futility_spending not in takers
        else None
    )


def _unread(a: Looked, place: Place) -> tuple[Problem, ...]:
    said = [
        w
        for w in ("boundary", "spending", "alpha_spent", "levels", "futility", "futility_spending",
                  "futility_conditional_power")
        if getattr(a, w) is not None
    ]  # fmt: skip
    if not said or a.looks is not None:
        return ()
    return (Problem("W129", f"{said[0]} is stated without looks", "state looks, or leave it out", place),)


def _unusable(message: str, remedy: str) -> Problem:
    return Problem("W129", message, remedy)


def _reason(a: Looked, status: str) -> Problem:
    reasons = {
        "too_close": ("two looks are at almost the same information", "leave one of them out"),
        "bad_level": ("alpha (or power) leaves no room for a test", "correct alpha, sides or power"),
        "bad_spending": (
            "the alpha spent is no rising sequence up to alpha, or the function has no parameter",
            "correct alpha_spent, or state parameter",
        ),
        "bad_parameter": (
            f"{a.boundary} has no parameter, or one that it can't have",
            "state parameter: from -1 to 1 for wang_tsiatis, the early bound (often 3) for haybittle_peto",
        ),
        "no_boundary": (
            "no boundary of this shape has this level",
            "correct parameter (Haybittle and Peto: a higher early bound), looks, futility or alpha",
        ),
    }
    message, remedy = reasons.get(status, ("the looks can't be used", "correct looks"))
    return Problem("W129", message, remedy)


def _spent_otherwise(a: Looked, bounds: Boundaries, place: Place) -> tuple[Problem, ...]:
    stated = "levels" if a.levels is not None else "alpha_spent"
    if a.levels is None and a.alpha_spent is None:
        return ()
    spent = level_of(bounds)
    if abs(spent - bounds.alpha) <= LEVELS_SLACK * bounds.alpha:
        return ()
    told = Problem(
        "W126",
        f"the {stated} of the looks spend {spent:.4f} together, not the stated alpha {bounds.alpha:g}"
        if stated == "levels"
        else f"the looks spend {spent:.4f} by {stated}, not the stated alpha {bounds.alpha:g}",
        f"correct {stated}, looks or alpha",
        place,
    )
    return (told,)


def level_of(bounds: Boundaries) -> float:
    """The level of a whole test with these boundaries."""
    low = bounds.lower.copy()
    if bounds.sides == 1:
        low = np.full(len(low), -np.inf) if not bounds.binding else np.append(low[:-1], -np.inf)
    found = exits(bounds.information, bounds.upper, low)
    return float(found.above.sum() + (found.below.sum() if bounds.sides == 2 else 0.0))
