"""A bound claim against the findings of its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.places import at_place
from trialist.evidence.audit.known.values import Fit, weigh, weigh_turned
from trialist.evidence.audit.known.words import Known
from trialist.findings.model import Finding


def supports(text: str, one: Placed, names: Known) -> tuple[list[Fit], list[Fit]]:
    """The findings of a claim's place: those whose numbers agree, those whose numbers do not."""
    fits = [fit for f in at_place(names, one) if (fit := weighed(one, f, text)).parts]
    if not one.arms and one.claim.kind == "share":
        fits += [fit for f in _together(at_place(names, one)) if (fit := weigh(one.claim, f, text)).agrees]
    return [fit for fit in fits if fit.agrees], [fit for fit in fits if not fit.agrees]


def _together(found: list[Finding]) -> Iterator[Finding]:
    """Both arms of a trial as one: 741 deaths of 1,088 patients."""
    for place, first in enumerate(found):
        for second in found[place + 1 :]:
            alike = [
                (f.trial, f.endpoint, f.measure, f.population, f.subgroup, f.timepoint)
                for f in (first, second)
            ]
            if alike[0] != alike[1] or first.measure != "proportion" or first.groups == second.groups:
                continue
            if None in (first.events, second.events, first.n, second.n):
                continue
            events, n = (first.events or 0) + (second.events or 0), (first.n or 0) + (second.n or 0)
            yield replace(
                first,
                events=events,
                n=n,
                estimate=events / n,
                interval=None,
                p_value=None,
                groups=(*first.groups, *second.groups),
                reported=f"{events}/{n}",
                origin=replace(first.origin, entry=f"{first.origin.entry}+{second.origin.entry}"),
            )


def weighed(one: Placed, finding: Finding, text: str) -> Fit:
    turned = one.claim.kind == "ratio" and len(one.arms) == 2 and one.arms == finding.groups[::-1]
    if turned:
        return weigh_turned(one.claim, finding, text)
    fit = weigh(one.claim, finding, text)
    if one.claim.kind == "ratio" and not one.arms and not fit.agrees:
        other = weigh_turned(one.claim, finding, text)
        return other if other.agrees else fit
    return fit
