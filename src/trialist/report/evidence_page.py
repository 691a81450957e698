"""One trial of the store as an HTML page in the style of the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trialist.evidence.model import Statement, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding
from trialist.problems import Problem
from trialist.report import evidence_text, evidence_words, words
from trialist.report.page import environment

_CONDUCT = frozenset(
    {
        *("baseline", "exposure", "disposition", "subsequent", "received", "concomitant", "outcome", "pk"),
        *("randomised", "randomised_not_treated", "screen_failures", "arv7_positive_not_included"),
        *("no_switch", "switched", "stopped_before_switch", "followup"),
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The findings of one endpoint, and the curves that were traced or read point by point."""

    id: str
    label: str
    findings: tuple[Finding, ...]
    curves: tuple[tuple[Finding, ...], ...]


def render_trial(
    store: Store, card: TrialCard, statements: Sequence[Statement], problems: Sequence[Problem]
) -> str:
    """What the trial is, its arms, findings by endpoint, statements, sources and contradictions."""
    findings = store.of(card.trial)
    by_family = [(f.endpoint.partition(":")[0], f) for f in findings]
    cited = evidence_text.sources_of(store, card, statements)
    return (
        environment()
        .get_template("evidence.html")
        .render(
            card=card,
            store=store,
            facts=evidence_words.facts(store.words, card),
            results=_shown(
                store.words, (f for family, f in by_family if family not in _CONDUCT and family != "ae")
            ),
            adverse=_shown(store.words, (f for family, f in by_family if family == "ae")),
            conduct=_shown(store.words, (f for family, f in by_family if family in _CONDUCT)),
            findings=findings,
            reason=store.reasons.get(card.trial),
            statements=statements,
            problems=problems,
            cited=[(name, store.sources[name]) for name in cited],
            cited_ids=frozenset(cited),
            recalled=any(words.recalled(f.origin) for f in findings),
            evidence=evidence_words,
            told=evidence_text,
        )
    )


def _shown(known: Vocabulary, findings: Iterable[Finding]) -> tuple[Shown, ...]:
    shown = []
    for name, some in evidence_words.in_reading_order(known, findings):
        alone, curves = evidence_words.curves_apart(some)
        kept = tuple(tuple(points) for points in curves)
        shown.append(Shown(name, evidence_words.endpoint(known, name), tuple(alone), kept))
    return tuple(shown)
