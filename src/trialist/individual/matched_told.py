"""What a reader of a matched comparison must know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from trialist.problems import Problem

if TYPE_CHECKING:
    from trialist.individual.comparison import Comparison
    from trialist.kernels.matching import Matched

_HALF = 0.5  # of own patients: below it more than half of what they could tell is given up
_SHARE, _CARRIED = 0.1, 0.5  # one patient in ten carries half of all weight
MADE = {
    "simulated": "simulated: they follow assumptions and are no patients",
    "reconstructed": "reconstructed from a published curve, with its reading error",
}


def told(made: Comparison, matched: Matched | None, failed: int = 0) -> tuple[Problem, ...]:
    """All that is to be said, what stops the comparison first."""
    if matched is None:
        return (_nothing(made),)
    if matched.weight is None:
        return (_no_weights(made, matched.status),)
    return tuple(_said(made, matched.weight, failed))


def _nothing(made: Comparison) -> Problem:
    why = f"; published are {', '.join(made.target.unmatched)}" if made.target.unmatched else ""
    return Problem(
        "E651",
        f"nothing is matched: no characteristic of {made.target.trial} is joined to one of "
        f"{made.own.name}{why}",
        "name them with --match PUBLISHED OWN, or give a table with --target",
    )


def _no_weights(made: Comparison, status: str) -> Problem:
    outside = [
        f"{each.own} is {each.mean:g} there, {x.min():g} to {x.max():g} here"
        for each, x in zip(made.target.characteristics, made.own.covariates.T, strict=True)
        if not x.min() < each.mean < x.max()
    ]
    why = "; ".join(outside) or "each could be had by itself, and all of them together can't"
    if status == "not_finite":
        why = "a number is not finite"
    return Problem(
        "E652",
        f"no weights give own patients the characteristics of {made.target.trial}: {why}",
        "the populations do not overlap there; match on fewer characteristics and say which were given up",
    )


def _said(made: Comparison, weight: np.ndarray, failed: int) -> Iterator[Problem]:
    if any(f.estimate is None for f in made.findings if f.method.name == "maic"):
        yield Problem(
            "E655",
            "weighted patients give no effect with an error: an arm has all events or none, or all are alike",
            "ask for another outcome, or match on fewer characteristics",
        )
    if not made.anchored:
        yield Problem(
            "W666",
            "UNANCHORED: without a common comparator the result holds only if every prognostic "
            "factor and effect "
            "modifier was matched, which nobody can know",
            "compare through a common arm where there is one; else say how large the bias could be",
        )
    sides = ((made.own.name, made.own.origin), (made.other.trial, made.other.origin))
    for name, origin in sides:
        if origin is None or origin.kind not in MADE:
            continue
        yield Problem(
            "W668",
            f"the patients of {name} are {MADE[origin.kind]}",
            "read the numbers as a rehearsal of the analysis and not as evidence"
            if origin.kind == "simulated"
            else "say so beside every number",
        )
    assert made.effective_n is not None
    if made.effective_n < _HALF * made.own.n:
        yield Problem(
            "W667",
            f"of {made.own.n} patients as many as {made.effective_n:.1f} unweighted ones are left",
            "give the effective sample size with the result; the populations overlap little",
        )
    carried = np.sort(weight)[::-1][: max(1, int(_SHARE * weight.size))].sum() / weight.sum()
    if carried > _CARRIED:
        yield Problem(
            "N675",
            f"a tenth of the patients carries {100 * carried:.0f}% of the weight",
            "look at the weights, and at the result without those patients",
        )
    yield from _not_matched(made)
    stc = [f.method.name for f in made.findings if f.method.name == "stc"]
    if made.anchored and not stc:
        yield Problem(
            "N674",
            f"no simulated comparison is given as {made.measure.replace('_', ' ')}, or its model has no fit",
            "ask for the odds ratio of responses; see whether an arm has events at every level of a "
            "covariate",
        )
    elif stc and made.measure == "hazard_ratio":
        yield Problem(
            "N674",
            "the simulated comparison is a hazard ratio between patients of the same "
            "characteristics, the matched one "
            "between populations: they differ without either being wrong",
            "give one of them as the result, with its name",
        )
    if failed:
        yield Problem(
            "N676",
            f"{failed} of {made.options.draws} bootstrap samples gave no effect and are left out",
            "read the bootstrap interval with care: samples without overlap are not drawn at random",
        )


def _not_matched(made: Comparison) -> Iterator[Problem]:
    if made.target.unmatched:
        yield Problem(
            "N657",
            f"published of {made.target.trial} and not matched: {', '.join(made.target.unmatched)}",
            "match them where own patients have them; else say that they may differ",
        )
    means = [
        each.own
        for each, x in zip(made.target.characteristics, made.own.covariates.T, strict=True)
        if (each.sd is None or not made.options.spread) and not np.isin(x, (0.0, 1.0)).all()
    ]
    if means:
        yield Problem(
            "N659",
            f"matched by the mean alone: {', '.join(means)}",
            "give the standard deviation where it was published; the spread may differ",
        )
