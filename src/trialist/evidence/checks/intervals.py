"""An estimate lies in its interval, and the interval of a ratio is symmetric about it on the log scale."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks import printed
from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.kernels.coherence import estimate_range
from trialist.registry import entry

_WALD = frozenset({"hazard_ratio", "hazard_ratio_prognostic", "odds_ratio", "risk_ratio"})


@entry("intervals", needs="store", gives=("W611", "W612"), source="Altman and Bland 2011, BMJ 343:d2090")
def intervals(store: Store) -> Iterator[Found]:
    """W611 an estimate outside its interval, W612 an interval that is not centred on the estimate."""
    for finding in store.findings:
        at, ends = printed.estimate(finding), printed.ends(finding)
        if at is None or ends is None or finding.interval is None:
            continue
        low, high = ends
        name = finding.origin.entry or finding.id
        shown = f"{finding.estimate:g} ({finding.interval.low:g} to {finding.interval.high:g})"
        if at.high < low.low or at.low > high.high:
            yield Found(
                "W611",
                finding.trial,
                (name,),
                f"{_what(finding)}: the estimate lies outside its interval, {shown}",
                "look up both in the source",
            )
        elif finding.measure in _WALD:
            middle = estimate_range(low, high)
            if middle is not None and not middle.meets(at):
                yield Found(
                    "W612",
                    finding.trial,
                    (name,),
                    f"{_what(finding)}: {shown} is not centred on its estimate; the middle of the interval "
                    f"prints as {middle.low:.3f} to {middle.high:.3f}",
                    "look up the interval in the source",
                )


def _what(finding: Finding) -> str:
    where = f" ({finding.subgroup})" if finding.subgroup else ""
    return f"{finding.endpoint}, {finding.measure}{where}"
