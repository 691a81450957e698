"""P values of a family of analyses adjusted together, with the decision on each hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trialist.findings.model import Finding, Method, PValue
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.kernels.counts import Floats
    from trialist.protocol.multiplicity import Family


def adjusted_p_values(
    name: str, family: Family, findings: Iterable[Finding], place: Place, tested: Mapping[str, str | None]
) -> tuple[Finding, ...]:
    """One finding of measure `adjusted_p_value` per analysis of a family, beside the finding it adjusts.

    Parameters
        findings   of the whole study; the p value of an analysis is its first in all its subjects
        tested     analysis -> its own condition on subjects (`where`): levels of `by` are not taken
    Returns   nothing for an analysis without any finding
    Problems  N488 no p value (its hypothesis is not rejected), or p values of one and of two sides together
    """
    chosen = [_first(analysis, findings, tested.get(analysis)) for analysis in family.analyses]
    p_values = [None if found is None or found.p_value is None else found.p_value for found in chosen]
    raw = [1.0 if p is None else p.value for p in p_values]
    sides = {p.sides for p in p_values if p is not None}
    corrected = _corrected(family, raw)
    made = []
    for analysis, found, p, new in zip(family.analyses, chosen, p_values, corrected.tolist(), strict=True):
        if found is None:
            continue
        problems = []
        if p is None:
            problems.append(_no_p_value(analysis, place))
        elif len(sides) > 1:
            problems.append(_mixed_sides(name, place))
        elif p.bound != "=":
            problems.append(_not_exact(analysis, p, place))
        given = not problems
        options: tuple[tuple[str, Any], ...] = (
            ("family", name),
            ("analyses", tuple(family.analyses)),
            ("procedure", family.procedure),
            ("alpha", family.alpha),
            *_words(family),
            ("of", found.measure),
            ("p_value", None if p is None else p.value),
            ("rejected", bool(new <= family.alpha) if given else False),
        )
        made.append(
            Finding(
                trial=found.trial,
                endpoint=found.endpoint,
                measure="adjusted_p_value",
                estimate=new if given else None,
                origin=found.origin,
                method=Method("multiplicity", options),
                population=found.population,
                subgroup=found.subgroup,
                groups=found.groups,
                p_value=PValue(new, sides=p.sides) if given and p is not None else None,
                n=found.n,
                events=found.events,
                analysis=analysis,
                definition=found.definition,
                problems=tuple(problems),
            )
        )
    return tuple(made)


def _first(analysis: str, findings: Iterable[Finding], where: str | None) -> Finding | None:
    """The first finding with a p value in all subjects of an analysis, else its first of all."""
    mine = [found for found in findings if found.analysis == analysis]
    whole = [found for found in mine if found.subgroup == where]
    without = [found for found in whole or mine if found.p_value is None]
    return next((found for found in whole if found.p_value is not None), without[0] if without else None)


def _corrected(family: Family, p_values: Sequence[float]) -> Floats:
    from trialist.kernels import multiplicity

    if family.procedure != "fallback" and family.procedure != "graph":
        return multiplicity.adjusted(p_values, family.procedure)
    names = family.analyses
    size = len(names)
    weights = [family.weights.get(name, 0.0) if family.weights else 1 / size for name in names]
    if family.procedure == "fallback":
        return multiplicity.graphical(p_values, weights, multiplicity.chain(size))
    shares = [[family.transitions.get(start, {}).get(end, 0.0) for end in names] for start in names]
    return multiplicity.graphical(p_values, weights, shares)


def _words(family: Family) -> tuple[tuple[str, Any], ...]:
    told: tuple[tuple[str, Any], ...] = ()
    if family.procedure in ("fallback", "graph"):
        told += (("weights", tuple(family.weights.items()) or "equal"),)
    if family.procedure == "graph":
        edges = [(a, b, share) for a, to in family.transitions.items() for b, share in to.items()]
        told += (("transitions", tuple(edges)),)
    return told


def _no_p_value(analysis: str, place: Place) -> Problem:
    return Problem(
        "N488",
        f"'{analysis}' has no p value: its hypothesis is not rejected, and the others are tested beside it",
        "See the problems of that analysis, or name one that tests.",
        place,
    )


def _mixed_sides(name: str, place: Place) -> Problem:
    return Problem(
        "N488",
        f"family '{name}' has p values of one side and of two: one alpha can't hold for both",
        "Make all its tests one-sided, or all two-sided.",
        place,
    )


def _not_exact(analysis: str, p: PValue, place: Place) -> Problem:
    return Problem(
        "N488",
        f"the p value of '{analysis}' is only known to be {p.bound} {p.value:g}",
        "Adjust p values as computed.",
        place,
    )
