"""Superiority where no trial is named: what trials of one drug, or of two, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.better import endpoint_of
from trialist.evidence.audit.known.compared import clear_ratios, excludes_one
from trialist.evidence.audit.known.labels import endpoint_words, line_of
from trialist.evidence.audit.known.said import STRONG_SUBGROUP
from trialist.evidence.audit.known.scenes import Scene, trials_comparing
from trialist.evidence.audit.known.scope import not_studied
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.model import Store

_NO_RIVALS = ("corticosteroid", "growth_factor", "inactive", "supportive")


def anywhere(one: Scene, store: Store, found: re.Match[str]) -> Iterator[Verdict]:
    """No trial is named: two drugs, and what trials compared them."""
    plain = [m.id for m in one.of("drug") if m.id not in _beside(store)]
    drugs = list(dict.fromkeys(plain))
    if len(drugs) == 1 and not STRONG_SUBGROUP.search(one.text):
        yield from _alone(one, store, found, drugs[0])
    if len(drugs) != 2 or STRONG_SUBGROUP.search(one.text):
        return
    names = one.sight.names
    cards = trials_comparing(names, drugs[0], drugs[1])
    start = one.span.start
    claim = one.claim(start + found.start(), start + found.end())
    if not cards:
        if not _across(one, found, drugs, store):
            return
        if not all(
            any(d in {g.drug for a in c.arms.values() for g in a.give} for c in store.trials.values())
            for d in drugs
        ):
            return
        mine = [c.trial for c in store.trials.values() if any(drugs[0] in a.drugs for a in c.arms.values())]
        other = [c.trial for c in store.trials.values() if any(drugs[1] in a.drugs for a in c.arms.values())]
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "B",
            claim,
            f"no trial of the store compares {drugs[0]} with {drugs[1]}",
            (f"{drugs[0]}: {', '.join(mine)}", f"{drugs[1]}: {', '.join(other)}"),
            "say that it is a comparison across trials, or name the trial",
        )
        return
    yield from not_studied(one, found, cards, store)
    endpoint = endpoint_of(one, found)
    if endpoint is None:
        return
    ratios = [
        f
        for c in cards
        for f in store.of(c.trial)
        if f.endpoint == endpoint
        and f.measure == "hazard_ratio"
        and f.subgroup is None
        and len(f.groups) == 2
        and f.origin.reliability not in ("memory", "unreliable", "digitised")
        and f.origin.kind == "published"
        and excludes_one(f) is not None
        and {drugs[0], drugs[1]} <= {d for a in store.arms(f) for d in a.drugs}
    ]
    if ratios and not any(excludes_one(f) for f in ratios):
        yield Verdict(
            "superiority",
            "stronger than the evidence",
            "A",
            claim,
            f"the interval of {endpoint_words(store, endpoint)} holds no difference: {shown(ratios[0])} "
            f"({ratios[0].trial})",
            tuple(line_of(store, f) for f in ratios[:3]),
            "give the estimate and its interval, and do not call it better",
            findings=tuple(name_of(f) for f in ratios[:3]),
        )


def _alone(one: Scene, store: Store, found: re.Match[str], drug: str) -> Iterator[Verdict]:
    """One drug and no comparison named: what every trial at random of it shows on the endpoint."""
    endpoint = endpoint_of(one, found)
    cards = [
        c for c in store.trials.values() if c.randomised and any(drug in a.drugs for a in c.arms.values())
    ]
    ratios = [
        f
        for card in cards
        for f, _ in clear_ratios(store, one, endpoint or "", card.trial)
        if any(drug in a.drugs for a in store.arms(f))
    ]
    if not ratios or any(excludes_one(f) for f in ratios):
        return
    start = one.span.start
    yield Verdict(
        "superiority",
        "stronger than the evidence",
        "A",
        one.claim(start + found.start(), start + found.end()),
        f"every interval of {endpoint_words(store, endpoint or '')} that is held of {drug} holds no "
        f"difference: {shown(ratios[0])}",
        tuple(line_of(store, f) for f in ratios[:3]),
        "give the estimate and its interval, and do not call it better",
        findings=tuple(name_of(f) for f in ratios[:3]),
    )


_CITED = re.compile(r"\[\d|\bet al\b|\b(?:19|20)\d\d\b|\b[A-Z]{4,}\b|[a-z)][.,]\d")
_THAN = re.compile(r"\b(?:than|to|over|versus|vs\.?|compared with|compared to|against)\b", re.I)


def _across(one: Scene, found: re.Match[str], drugs: list[str], store: Store) -> bool:
    """Whether a sentence that cites nothing sets one drug over another in a condition of the store."""
    start = one.span.start
    named = [next(m for m in one.of("drug") if m.id == d) for d in drugs]
    between = one.text[found.start() : max(named[1].start - start, found.start())]
    if named[0].end - start > found.start() or named[1].start - start < found.end():
        return False
    if not _THAN.search(between) or _CITED.search(one.text):
        return False
    asked = [store.words.under("condition", m.id) for m in one.of("condition")]
    for drug in drugs:
        given = {c.condition for c in store.trials.values() if any(drug in a.drugs for a in c.arms.values())}
        if not given or (asked and not any(given & under for under in asked)):
            return False
    return True


def _beside(store: Store) -> frozenset[str]:
    terms = store.words.terms("drug")
    return frozenset(d.id for d in terms.values() if d.drug_class in _NO_RIVALS)
