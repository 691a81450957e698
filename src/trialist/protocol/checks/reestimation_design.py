"""What a size computed again comes to; nothing in it is stated that could differ."""

from __future__ import annotations

import math
from statistics import NormalDist

from trialist.kernels import reestimation as kernel
from trialist.problems import Place, Problem
from trialist.protocol.checks.design_row import DesignRow, stated_words
from trialist.protocol.reestimation_designs import Reestimation


def critical_of(a: Reestimation) -> float:
    """The z needed at the end: as stated, else that of alpha with one look."""
    return a.critical or -NormalDist().inv_cdf((a.alpha or 0.05) / a.sides)


def least_of(a: Reestimation) -> float | None:
    """The conditional power from which the zone begins; None where the usual test has no such zone."""
    if a.least is not None:
        return a.least
    numbers = (a.seen or 0.0, a.planned or 0.0, a.most or 0.0)
    return kernel.least_promising(*numbers, critical_of(a), a.power or 0.0)


def zone_of(a: Reestimation) -> kernel.Promising | None:
    """What the promising zone says; a zone without a beginning starts where the power is reached."""
    least = least_of(a)
    begin = a.power or 0.0 if least is None else least
    return kernel.promising_zone(
        a.seen_z or 0.0, a.seen or 0.0, a.planned or 0.0, a.most or 0.0, critical_of(a),
        least=begin, power=a.power or 0.0,
    )  # fmt: skip


def again_of(a: Reestimation) -> kernel.Again:
    """The size again from a variance or rate of both groups together."""
    difference, power, alpha = a.difference or 0.0, a.power or 0.0, a.alpha or 0.05
    if a.of == "mean_difference":
        return kernel.values_again(
            a.pooled_variance or 0.0, round(a.seen or 0), difference, power, alpha, a.sides
        )
    return kernel.proportions_again(a.pooled_rate or 0.0, difference, power, alpha, a.sides)


def reestimation_row(a: Reestimation, place: Place) -> DesignRow:
    """The zone or the new size in a sentence; W143 where no size does what is asked."""
    label = f"{a.for_ or 'design'}: size computed again"
    if a.of == "promising_zone":
        stated = stated_words(a, f"z {a.seen_z:g} at {a.seen:g} of {a.planned:g}", f"at most {a.most:g}")
        zone = zone_of(a)
        assert zone is not None
        follows = (
            f"{zone.zone}: conditional power {zone.conditional:.3f}; "
            f"go on to {math.ceil(zone.total - 1e-9)}, which has {zone.reached:.3f}"
        )
        return DesignRow(label, stated, follows, "not stated", a.source)
    pooled = f"pooled variance {a.pooled_variance:g}" if a.pooled_variance else f"rate {a.pooled_rate}"
    stated = stated_words(a, f"difference {a.difference:g}", f"{pooled} of all together")
    found = again_of(a)
    if found.status == "ok":
        return DesignRow(label, stated, f"{found.subjects} subjects in all", "not stated", a.source)
    why = {
        "no_effect": "without a difference no number of subjects is enough",
        "variance_too_small": "the variance of all together is smaller than the assumed difference makes it",
    }.get(found.status, "no proportions have this rate together and this difference")
    told = Problem("W143", why, "correct the difference, or what was seen of all together", place)
    return DesignRow(label, stated, "no size", "differs", a.source, (told,))
