"""A result of an interim analysis, told as if it were the last, where a later one is known."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.known.places import at_place, reliable
from trialist.evidence.audit.known.results import is_result
from trialist.evidence.audit.known.said import INTERIM
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.known.weighing import supports
from trialist.evidence.audit.known.words import known
from trialist.evidence.audit.model import Verdict
from trialist.evidence.checks.same import analysis
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_ORDER = ("interim", "updated interim", "final", "updated", "extended", "5 years")


@entry("outdated", needs="store", gives="outdated", source="analysis and cut-off of the findings")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    names, text = known(store), plain(reading.document.text)
    if INTERIM.search(text):
        return  # the document says which analysis it tells
    for one in placed(reading, store):
        if one.claim.kind not in ("ratio", "time", "share") or not is_result(text, one):
            continue
        if one.endpoints == ("followup",):
            continue
        good = [fit.finding for fit in supports(text, one, names)[0] if fit.main]
        if not good or not all(str(analysis(f)).endswith("interim") for f in good):
            continue
        later = [f for f in at_place(names, one) if reliable(f) and all(_later(f, g) for g in good)]
        if later and not any(f"{f.estimate:g}" in text for f in later if f.estimate is not None):
            held = max(later, key=lambda f: _rank(f) or (0, ""))
            yield Verdict(
                "outdated",
                "outdated",
                "C",
                one.claim,
                f"this is the result of the {analysis(good[0])} analysis; the {analysis(held)} one "
                f"gives {shown(held)}",
                tuple(
                    f"{name_of(f)} ({f.origin.source}, {analysis(f)}): {shown(f)}" for f in (good[0], held)
                ),
                "say which analysis it is, or give the later one",
                findings=(name_of(good[0]), name_of(held)),
            )


def _rank(finding: Finding) -> tuple[int, str] | None:
    what = analysis(finding)
    if what is None:
        return None
    word = str(what)
    return (_ORDER.index(word), "") if word in _ORDER else (-1, word)


def _later(finding: Finding, other: Finding) -> bool:
    """Whether a finding is of a later analysis of the same result."""
    a, b = _rank(finding), _rank(other)
    same = (
        finding.trial,
        finding.endpoint,
        finding.measure,
        finding.groups,
        finding.population,
        finding.subgroup,
    )
    return (
        a is not None
        and b is not None
        and (a[0] >= 0) == (b[0] >= 0)
        and a > b
        and same
        == (other.trial, other.endpoint, other.measure, other.groups, other.population, other.subgroup)
        and finding.timepoint == other.timepoint
    )
