"""Families of `multiplicity:` can be tested: each analysis once, shares of its analyses, at most 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trialist.problems import Problem
from trialist.protocol.model import Path, Protocol
from trialist.protocol.multiplicity import Family

_ROUNDING = 1e-9


def families_can_be_tested(protocol: Protocol) -> Iterator[Problem]:
    """E487: an analysis twice, weights and transitions that do not fit, or an analysis by levels."""
    for name, family in protocol.plan.multiplicity.items():
        here: Path = ("multiplicity", name)
        for number, analysis in enumerate(family.analyses):
            entry = protocol.plan.analyses.get(analysis)
            if entry is not None and entry.by is not None:
                what = f"'{analysis}' has a result per level of '{entry.by}', and none of all subjects"
                remedy = "name an analysis without 'by:'"
                place = protocol.place(*here, "analyses", number)
                yield Problem("E487", f"family '{name}': {what}", remedy, place)
        for path, what, remedy in _faults(family):
            yield Problem("E487", f"family '{name}': {what}", remedy, protocol.place(*here, *path))


def _faults(family: Family) -> Iterator[tuple[Path, str, str]]:
    known = set(family.analyses)
    for number, analysis in enumerate(family.analyses):
        if analysis in family.analyses[:number]:
            yield ("analyses", number), f"'{analysis}' is there twice", "name each analysis once"
    if family.weights and family.procedure not in ("fallback", "graph"):
        yield (
            ("weights",),
            f"{family.procedure} has no weights",
            "use 'fallback' or 'graph', or take them out",
        )
    if family.transitions and family.procedure != "graph":
        what = f"{family.procedure} has no transitions"
        yield ("transitions",), what, "write 'procedure: graph', or take them out"
    if family.procedure == "graph" and not family.transitions and len(known) > 1:
        yield ("procedure",), "a graph without transitions", "add 'transitions:', or use 'bonferroni'"
    yield from _shares(family.weights, ("weights",), known)
    for start, shares in family.transitions.items():
        path: Path = ("transitions", start)
        if start not in known:
            yield path, f"'{start}' is no analysis of it", "name analyses of the family"
        if start in shares:
            yield (*path, start), f"'{start}' hands on to itself", "name others"
        yield from _shares(shares, path, known)


def _shares(shares: Mapping[str, float], path: Path, known: set[str]) -> Iterator[tuple[Path, str, str]]:
    for name in shares:
        if name not in known:
            yield (*path, name), f"'{name}' is no analysis of it", "name analyses of the family"
    total = sum(shares.values())
    if total > 1 + _ROUNDING:
        yield path, f"{'.'.join(str(step) for step in path)} add up to {total:g}", "together at most 1"
