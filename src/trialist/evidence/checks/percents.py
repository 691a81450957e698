"""A printed percent is a count of its patients."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.kernels.coherence import counts_for
from trialist.registry import entry


@entry("percents", needs="store", gives=("W614",), source="Brown and Heathers 2017, GRIM")
def percents(store: Store) -> Iterator[Found]:
    """W614 a percent that its count and denominator, or no count of the denominator, give."""
    for finding in store.findings:
        share = printed.estimate(finding)
        if finding.measure != "proportion" or share is None or not finding.n:
            continue
        counts = counts_for(share.low, share.high, finding.n)
        name, shown = finding.origin.entry or finding.id, finding.reported or f"{finding.estimate:g}"
        if finding.events is None:
            if counts is None:
                yield Found(
                    "W614",
                    finding.trial,
                    (name,),
                    f"{finding.endpoint}: no count of {finding.n} patients gives {shown}",
                    "look up the denominator",
                )
        elif counts is None or not counts[0] <= finding.events <= counts[1]:
            real = finding.events / finding.n
            yield Found(
                "W614",
                finding.trial,
                (name,),
                f"{finding.endpoint}: {finding.events}/{finding.n} is {real * 100:.2f}%, printed as {shown}",
                "look up numerator and denominator",
            )
