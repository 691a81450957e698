"""Analyses of times say all that they need, and nothing that they do not read: weights, pairs, times."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.problems import Problem
from trialist.protocol.competing_risk_analyses import CumulativeIncidenceFunction
from trialist.protocol.model import Path, Protocol
from trialist.protocol.time_analyses import EventWeight, LogRank, LogRankTrend, MaxCombo


def weights_of_events_are_complete(protocol: Protocol) -> Iterator[Problem]:
    """E489: rho and gamma of another kind, a modest weight without (or with two) limits, a word not read."""
    for name, analysis in protocol.plan.analyses.items():
        here: Path = ("analyses", name)
        given: list[tuple[Path, EventWeight]] = []
        if isinstance(analysis, LogRank | LogRankTrend):
            given = [((*here, "weight"), analysis.weight)]
        elif isinstance(analysis, MaxCombo):
            given = [((*here, "weights", number), weight) for number, weight in enumerate(analysis.weights)]
        for path, weight in given:
            for what, remedy in _faults(weight):
                yield Problem("E489", f"analysis '{name}': {what}", remedy, protocol.place(*path))
        if isinstance(analysis, CumulativeIncidenceFunction) and not (
            analysis.at_months or analysis.quantiles
        ):
            what, remedy = "no times and no quantiles are asked for", "add 'at_months:' or 'quantiles:'"
            yield Problem("E489", f"analysis '{name}': {what}", remedy, protocol.place(*here))
        if isinstance(analysis, LogRank):
            for what, remedy in _unread(analysis):
                yield Problem("E489", f"analysis '{name}': {what}", remedy, protocol.place(*here))


def _faults(weight: EventWeight) -> Iterator[tuple[str, str]]:
    if weight.kind != "fleming_harrington" and (weight.rho or weight.gamma):
        yield f"{weight.kind} reads no rho and no gamma", "write 'kind: fleming_harrington', or take them out"
    limits = (weight.until_months is not None) + (weight.floor is not None)
    if weight.kind == "modestly_weighted" and limits != 1:
        yield "a modest weight needs one limit", "write 'until_months:' or 'floor:', one of them"
    if weight.kind != "modestly_weighted" and limits:
        yield f"{weight.kind} reads no until_months and no floor", "write 'kind: modestly_weighted'"


def _unread(analysis: LogRank) -> Iterator[tuple[str, str]]:
    if analysis.adjust != "none" and analysis.pairs == "none":
        yield "there are no pairs to adjust", "write 'pairs: all' or 'pairs: against_last'"
    if analysis.pairs != "none" and (len(analysis.compare) == 2 or len(set(analysis.arms)) == 2):
        yield "two arms are one pair", "take 'pairs' out, or name three arms or more in 'arms'"
    if analysis.pairs != "none" and analysis.distribution != "asymptotic":
        yield "pairs have asymptotic p values only", "take one of 'pairs' and 'distribution' out"
    if analysis.ratios and len(set(analysis.arms)) > 2 and not analysis.compare:
        yield "a ratio is of two arms", "write 'compare: [first, second]', or take 'ratios' out"
    if analysis.alternative != "two_sided" and len(set(analysis.arms)) > 2 and not analysis.compare:
        yield "a one-sided test is of two arms", "write 'compare: [first, second]'"
