"""A printed percent is a count of its patients, and a printed number the estimate beside it."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.kernels.coherence import counts_for
from trialist.registry import entry


@entry("percents", needs="store", gives=("W614",), source="Brown and Heathers 2017, GRIM")
def percents(store: Store) -> Iterator[Found]:
    """W614 an estimate that is not what is printed; a percent that no count, or not its own, gives."""
    for finding in store.findings:
        share, said, own = printed.estimate(finding), printed.reported(finding), printed.own_digits(finding)
        if said is not None and own is not None and not said.meets(own):
            yield Found(
                "W614",
                finding.trial,
                (finding.origin.entry or finding.id,),
                f"{finding.endpoint}, {finding.measure}: the estimate is {finding.estimate:g}, "
                f"printed as {finding.reported}",
                "look up which of the two is right",
            )
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
