"""A treatment that is called the standard, or the only one, after a trial showed another to be better."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.audit.known.compared import excludes_one
from trialist.evidence.audit.known.labels import line_of
from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.scenes import Scene, drugs_named, scenes
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.known.words import main_drugs
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_STANDARD = re.compile(
    r"\b(?:is|remains?|are|stays?|should (?:be|remain)|continues? to be)\s+(?:still\s+)?(?:the\s+|a\s+)?"
    r"(?:(?:current|only|best|preferred|recommended|established|main|usual)\s+)*"
    r"(?:standard(?:\s+of\s+care|\s+treatment|\s+therapy|\s+choice|\s+option)?|treatment of choice|option"
    r"|choice)\b",
    re.I,
)
_NAMED_LAST = re.compile(
    r"\bstandard\b(?! (?:dose|error|deviation))[^.;,]{0,60}?\b(?:is|remains?|stays?"
    r"|continues to be)\s+(?:still\s+)?(?:the\s+)?",
    re.I,
)
_LONGER = re.compile(
    r"\b(?:prolong|extend|lengthen|improv|increas|add|chang)\w*\b[^.;]{0,30}?\b(?:surviv\w+"
    r"|li(?:fe|ves))\b|\b(?:liv\w+|surviv\w+) longer\b|\blonger (?:survival|life)\b"
    r"|\bsurvival (?:benefit|advantage|gain)\b|\bsav\w+ lives\b",
    re.I,
)
_NONE = re.compile(
    r"\b(?:no(?:\s+other)?|none\s+of\s+the|not\s+(?:a\s+single|one|any)|lack\s+of\s+(?:any|an)"
    r"|without\s+(?:any|an))\s+(?:[\w-]+\s+){0,3}?"
    r"(?:drugs?|treatments?|therap(?:y|ies)|agents?|medicines?|regimens?|chemotherap(?:y|ies)"
    r"|options?|anything|substances?)\b|\bnothing\b(?:\s+else\b)?|\black\s+of\s+anything\b",
    re.I,
)
_ONLY = re.compile(
    r"\b(?:the\s+(?:first\s+and\s+)?(?:only|sole|one)|alone\s+among)"
    r"\s+(?:[\w-]+\s+){0,3}?(?:drugs?|treatments?|therap(?:y|ies)|agents?|medicines?|regimens?"
    r"|chemotherap(?:y|ies)|options?|one)\b",
    re.I,
)
_THEN = re.compile(
    r"\b(?:was|were|had been|used to|until|before|then|at the time|in (?:19|20)\d\d|for years|no longer"
    r"|not|never|if|whether)\b",
    re.I,
)


@entry("standard_of_care", needs="store", gives="outdated", source="trials with longer survival than with it")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.asks:
            continue
        found = _STANDARD.search(one.text)
        if found is not None and not _THEN.search(one.text[: found.start()]):
            yield from _beaten(one, found, store)
        found = _NAMED_LAST.search(one.text)
        if found is not None and not _THEN.search(one.text[: found.start()]):
            yield from _named_last(one, found, store)
        yield from _nothing(one, store)


def _named_last(one: Scene, found: re.Match[str], store: Store) -> Iterator[Verdict]:
    """`The standard remains X`."""
    end = one.span.start + found.end()
    drugs = drugs_named(replace(one, mentions=tuple(m for m in one.mentions if m.start == end)))
    if len(drugs) == 1:
        yield from _told(one, found, _won(store, drugs[0], _prior(one)), store)


def _nothing(one: Scene, store: Store) -> Iterator[Verdict]:
    """`No drug is known to lengthen life`, `the only one that does`, said of the present."""
    longer = _LONGER.search(one.text)
    if longer is None or not _of_store(one, store):
        return
    for pattern in (_NONE, _ONLY):
        found = pattern.search(one.text)
        if found is None or _THEN.search(_THEN_LIFE.sub(" ", one.text)) or _COMPARED.search(one.text):
            continue
        own = set(drugs_named(one)) - _prior(one) if pattern is _ONLY else set()
        if pattern is _ONLY and not own:
            continue
        of = [f for f in _won(store, None, _prior(one)) if not own & set(_winner(store, f))]
        yield from _told(one, found, of, store)
        return


_THEN_LIFE = re.compile(r"\bnever\b|\bnot yet\b|\bno longer\b")
_COMPARED = re.compile(
    r"\b(?:in (?:this|the|our) (?:trial|study)|over|compared (?:with|to)|versus|than|dose"
    r"|arms?|groups?)\b",
    re.I,
)


def _of_store(one: Scene, store: Store) -> bool:
    """Whether a sentence names no disease, or one that trials of the store are of."""
    words = store.words
    named = [m.id for m in one.of("condition") if m.id not in ("cancer", "bone_metastases")]
    held = {c.condition for c in store.trials.values()}
    return all(held & words.under("condition", name) for name in named)


def _winner(store: Store, finding: Finding) -> tuple[str, ...]:
    card = store.trials[finding.trial]
    return tuple(main_drugs(card.arms[finding.groups[0 if (finding.estimate or 0) < 1 else 1]]))


def _prior(one: Scene) -> set[str]:
    """Drugs and classes after which a sentence speaks of treatment."""
    start = one.span.start
    return {
        m.id
        for m in one.of("drug", "class")
        if re.search(
            r"\b(?:after|following|on|progress\w*)\s+(?:\w+\s+){0,2}$", one.text[: m.start - start], re.I
        )
    }


def _beaten(one: Scene, found: re.Match[str], store: Store) -> Iterator[Verdict]:
    prior = _prior(one)
    end = one.span.start + found.start()
    told = one.of("drug", "treatment")
    named: list[Mention] = [
        m for m in told if m.end <= end and m.id not in prior and not _beside(one, told, m)
    ]
    drugs = drugs_named(replace(one, mentions=tuple(named[-1:])))
    if len(drugs) == 1:
        yield from _told(one, found, _won(store, drugs[0], prior), store)


_WITH = re.compile(r"\s*(?:with|plus|\+|combined with|together with)\s+(?:low-dose\s+|daily\s+)?", re.I)


def _beside(one: Scene, told: list[Mention], mention: Mention) -> bool:
    """Whether a drug is given with the one named before it: `mitoxantrone with prednisone`."""
    return any(
        m.end <= mention.start and _WITH.fullmatch(one.sight.text[m.end : mention.start]) for m in told
    )


def _won(store: Store, drug: str | None, prior: set[str]) -> list[Finding]:
    """Hazard ratios for death that leave out 1, of trials after `prior`, with `drug` in the arm that lost."""
    held = []
    terms = store.words.terms("drug")
    for f in store.findings:
        if f.endpoint != "os" or f.measure != "hazard_ratio" or f.subgroup is not None or not reliable(f):
            continue
        if f.estimate is None or len(f.groups) != 2 or not excludes_one(f) or f.origin.kind != "published":
            continue
        card = store.trials[f.trial]
        had = {*card.prior, *(terms[d].drug_class for d in card.prior if d in terms)}
        loser = card.arms[f.groups[1 if f.estimate < 1 else 0]]
        winner = card.arms[f.groups[0 if f.estimate < 1 else 1]]
        if prior and not prior & had:
            continue
        if drug is None or (drug in main_drugs(loser) and drug not in main_drugs(winner)):
            held.append(f)
    return held


def _told(one: Scene, found: re.Match[str], of: list[Finding], store: Store) -> Iterator[Verdict]:
    if not of:
        return
    start = one.span.start
    yield Verdict(
        "standard_of_care",
        "outdated",
        "B",
        one.claim(start + found.start(), start + found.end()),
        f"{of[0].trial} showed longer survival with another treatment: {shown(of[0])}",
        tuple(line_of(store, f) for f in of[:3]),
        "say of what time this is, or name the treatments that were better",
        findings=tuple(name_of(f) for f in of[:3]),
    )
