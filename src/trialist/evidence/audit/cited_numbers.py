"""Which trial a sentence that cites a source and names no trial tells the numbers of."""

from __future__ import annotations

import re

from trialist.evidence.audit.known.scenes import Scene
from trialist.evidence.audit.known.sources import Cited, one_author, trials_of
from trialist.evidence.audit.known.trials import could
from trialist.evidence.audit.known.words import main_drugs
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding

_NUMBER = re.compile(r"(?<![\d.,-])(?P<x>\d+\.\d+|\d{2,3}(?=\s?%))(?!\d|\.\d)")
ENOUGH = 2


def told_by_numbers(one: Scene, cited: Cited, store: Store) -> set[str]:
    """The one trial whose drugs the sentence names, which its author reported or whose numbers they are.

    At least two of the numbers, or the only one.
    """
    said = {found["x"] for found in _NUMBER.finditer(one.text)}
    if cited.said.author is None:
        return set()
    drugs = {m.id for m in one.of("drug", "treatment")}
    names = one.sight.names
    by_author = [k for k, d in names.cited_as.items() if d.author and one_author(d.author, cited.said.author)]
    theirs = trials_of(by_author, names.trial_of_source)
    of_year = [k for k in by_author if names.cited_as[k].year == cited.said.year]
    own = trials_of(of_year, names.trial_of_source)
    if len(own) == 1 and drugs & _given(store.trials[min(own)]) and could(one.sight, one.span, min(own)):
        return own
    if not said:
        return set()
    parts = one.sight.reading.document.parts if not drugs else ()
    everywhere = {
        m.id for p in parts for m in one.sight.mentions(p.start, p.end) if m.kind in ("drug", "treatment")
    }
    fits: dict[str, int] = {}
    for trial, card in store.trials.items():
        named = drugs & _given(card) if drugs else trial in theirs or everywhere & _given(card)
        if named and could(one.sight, one.span, trial):
            held = {text for f in names.of_trial[trial] if _main(f) for text in _printed(f)}
            fits[trial] = len(said & held)
    best = max(fits.values(), default=0)
    top = {trial for trial, size in fits.items() if size == best}
    top = top & theirs or top
    return top if len(top) == 1 and best >= min(ENOUGH, len(said)) else set()


def _given(card: TrialCard) -> set[str | None]:
    return {d for arm in card.arms.values() for d in (*main_drugs(arm), arm.treatment)}


def _main(finding: Finding) -> bool:
    return finding.estimate is not None and ":" not in finding.endpoint and finding.subgroup is None


def _printed(finding: Finding) -> set[str]:
    """How the value of a finding may be printed."""
    value = finding.estimate or 0.0
    if finding.measure in ("proportion", "survival_probability"):
        return {f"{100 * value:.1f}", f"{100 * value:.0f}"}
    if finding.measure == "hazard_ratio":
        return {f"{value:.2f}", f"{value:.3f}", f"{100 * abs(1 - value):.0f}"}
    return {f"{value:.1f}", f"{value:.2f}"} if value >= 2 else {f"{value:.2f}", f"{value:.3f}"}
