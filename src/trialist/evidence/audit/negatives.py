"""Absolute negatives (`no`, `never`, `none`) against what the store holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.compared import clear_ratios
from trialist.evidence.audit.known.labels import endpoint_words, line_of
from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.said import GRADE, STRONG_SUBGROUP, grade_of, severe
from trialist.evidence.audit.known.scenes import Scene, drugs_named, scenes, trials_comparing
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.known.words import main_drugs
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.assertions import Assertion, absences
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.voice import clause_at
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_EXCEPT = re.compile(
    r"\b(?:unexpected|new|additional|other|further|increase|increased|difference|significant\w*|higher"
    r"|lower|more|less|fewer"
    r"|measured|endpoint|if|unless|history|baseline|prior|before|except|apart from"
    r"|between|need|dose reduction|who had no|with no|excluded|randomi\w+|allocated)\b",
    re.I,
)
_NO_TRIAL = re.compile(
    r"\b(?:no|not a single)\s+(?:randomi[sz]ed\s+|head-to-head\s+|phase\s+\w+\s+|prospective\s+"
    r"|controlled\s+)*(?:trials?|stud(?:y|ies)|data"
    r"|evidence|comparison)\b|\bnever been (?:compared|tested|studied|examined)\b|\bnot been (?:compared"
    r"|tested|studied)\b",
    re.I,
)
_ANY_TRIAL = re.compile(r"\b(?:trials?|stud(?:y|ies)|never)\b", re.I)
_COMPARED = re.compile(r"\b(?:compar\w+|head-to-head|versus|against|v\.?|vs\.?|randomi[sz]ed)\b", re.I)
_EVENTS = ("psa50", "orr", "pain_response", "complete_response", "death", "sse", "pcr", "qol_response")
_NOT_TOLD = re.compile(  # `no report of X gives`, `none of the trials has a result on`: what is not told
    r"\s*(?:of\s+(?:the|these|those|its|our)\s+)?(?:[a-z]+\s+){0,2}"
    r"(?:trials?|reports?|papers?|sources?|publications?|findings?|results?|figures?|numbers?|entr(?:y|ies)"
    r"|data|information|estimates?|tables?)\b",
    re.I,
)
_EFFECT = re.compile(
    r"\bno\s+(?:overall\s+)?(?:survival\s+)?(?:benefit|effect|difference|improvement|advantage|gain)\b"
    r"|\b(?:did|does|do) not\s+(?:improve|prolong|extend|increase|delay|reduce|differ|change"
    r"|affect)\w*\b|\bfail(?:s|ed) to\s+"
    r"(?:improve|prolong|extend|delay|reduce)\b",
    re.I,
)


@entry("negatives", needs="store", gives="stronger than the evidence", source="findings with events")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.asks:
            continue
        yield from _no_trial(one)
        yield from _no_effect(one, store)
        yield from _none(one, store)


def _none(one: Scene, store: Store) -> Iterator[Verdict]:
    """`No patient had febrile neutropenia`, `neuropathy was never seen`, `eliminates the risk of`."""
    for said in absences(one.text, one.behind):
        named = _spoken_of(one, said)
        if _NOT_TOLD.match(one.text, said.end):
            continue
        if named is None or _EXCEPT.search(GRADE.sub(" ", one.text[slice(*clause_at(one.text, said.start))])):
            continue
        near = one.clause(said.start)
        treated = named.id == "death" and _on_treatment(one.text, said.start)
        name = "deaths:on treatment" if treated else named.id
        against = _with_events(near if near.arm_ids else one, store, named.kind, name)
        if against:
            yield _verdict(one, said, against)
            return


def _spoken_of(one: Scene, said: Assertion) -> Mention | None:
    """What is said to be absent: in its clause behind `no`, before `was not seen`, else on the other side."""
    first, last = (one.span.start + at for at in clause_at(one.text, said.start))
    at, end = one.span.start + said.start, one.span.start + said.end
    held = [m for m in one.of("toxicity", "endpoint") if first <= m.start < last]
    held = [m for m in held if m.kind == "toxicity" or m.id in _EVENTS]
    behind = [
        m
        for m in held
        if m.start >= end - 1 and not _LIST_END.search(one.text[said.end : m.start - one.span.start])
    ]
    before = [m for m in held if m.end <= at]
    if said.words.startswith(_ABOUT_BEFORE) and not _BRINGS.search(said.words):
        return before[-1] if before else behind[0] if behind else None
    if behind:
        return behind[0]
    if not held:  # `seizures: nobody had one`, `seizures: not a case`
        label = [m for m in one.of("toxicity") if m.end <= at][-1:]
        stands = _STANDS_FOR.search(one.text, said.end) or (
            label and re.fullmatch(r"\W*:\W*", one.sight.text[label[0].end : at])
        )
        return label[0] if label and stands else None
    nothing_told = not before or said.words not in _PRONOUNS or re.search(r"\d", one.text[: said.start])
    return None if nothing_told else before[-1]  # `in 3% with A and in none with B`


_BRINGS = re.compile(r"\b(?:cause|lead|led|bring|induce|produce|provoke|trigger|result)")
_STANDS_FOR = re.compile(r"\b(?:ones?|any|it|them|this|that)\b", re.I)
_ABOUT_BEFORE = (
    "never",
    "absent",
    "entirely",
    "completely",
    "wholly",
    "unheard",
    "spared",
    "non-ex",
    "nonex",
    "vanish",
    "no longer",
    "disappear",
    "become",
    "became",
    "a non",
    "not once",
    "at no",
    "does",
    "did",
    "do",
    "was",
    "were",
    "is",
    "are",
    "has",
    "have",
    "could",
)
_TREATED = re.compile(
    r"\b(?:while|whilst|when|still)\s+(?:(?:still|being|they\s+were)\s+)*(?:on|receiving|taking|treated|under)\b"
    r"|\b(?:on|during|under)\s+(?:the\s+)?(?:study\s+)?(?:treatment|therapy)\b|\bon-treatment\b",
    re.I,
)
_OF_CAUSE = re.compile(r"\b(?:died|deaths?)\s+(?:of|from|due\s+to|because\s+of|related\s+to)\b", re.I)


def _on_treatment(text: str, at: int) -> bool:
    """Whether the stretch between semicolons denies deaths under treatment, whatever their cause."""
    end = text.find(";", at)
    clause = text[text.rfind(";", 0, at) + 1 : end if end >= 0 else len(text)]
    return _TREATED.search(clause) is not None and _OF_CAUSE.search(clause) is None


_PRONOUNS = ("none", "nobody", "no one", "not one", "not a single", "nil", "zero")
_LIST_END = re.compile(r"[.;,]|\bbut\b|\band\b")


def _stop(text: str, start: int) -> int:
    found = re.search(r"[.;,]|\bbut\b|\band\b", text[start:])
    return start + found.start() if found else len(text)


def _with_events(one: Scene, store: Store, kind: str, name: str) -> list[Finding]:
    drugs = set(drugs_named(one))
    arms = set(one.arm_ids)
    grades = {grade_of(g) for g in GRADE.finditer(one.text)}
    if not grades and re.search(r"\bsever(?:e|ely)\b", one.text, re.I):
        grades = {"3+"}
    held = []
    related = re.search(r"\b(?:treatment|drug)[\s-]related\b", one.text, re.I) is not None
    if related and kind == "endpoint" and name == "death":
        name = "deaths:treatment-related"
    elif related:
        return []
    for f in store.findings:
        if one.trial is not None and f.trial != one.trial:
            continue
        if one.trial is None and not (
            drugs and any(drugs.intersection(main_drugs(a)) for a in store.arms(f))
        ):
            continue
        if arms and f.groups and not arms.intersection(f.groups):
            continue
        if (
            f.measure not in ("proportion", "count")
            or not reliable(f)
            or not f.estimate
            or f.subgroup is not None
        ):
            continue
        if kind == "toxicity":
            parts = f.endpoint.split(":")
            if parts[0] != "ae" or parts[1] != name:
                continue
            if grades and not any(g == parts[2] or (severe(g) and severe(parts[2])) for g in grades):
                continue
        elif f.endpoint != name:
            continue
        held.append(f)
    if STRONG_SUBGROUP.search(one.text) and one.trial is None:
        return []
    return sorted(held, key=lambda f: -(f.estimate or 0.0))


def _verdict(one: Scene, said: Assertion, against: list[Finding]) -> Verdict:
    top = against[:4]
    start = one.span.start + said.start
    return Verdict(
        "negatives",
        "stronger than the evidence",
        "A",
        one.claim(start, one.span.start + said.end),
        f"'{said.words}' is contradicted: {endpoint_words(one.sight.names.store, top[0].endpoint)} was seen "
        f"in {shown(top[0])} of an arm of {top[0].trial}",
        tuple(line_of(one.sight.names.store, f) for f in top),
        "say how often it was seen instead of never",
        findings=tuple(name_of(f) for f in top),
    )


def _no_trial(one: Scene) -> Iterator[Verdict]:
    """`No trial compared X with Y`, where one did."""
    found = _NO_TRIAL.search(one.text)
    drugs = drugs_named(one)
    if one.trial is not None and found is not None and not _ANY_TRIAL.search(found[0]):
        return  # of that trial alone
    if found is None or not _COMPARED.search(one.text) or one.of("trial") or not 2 <= len(drugs) <= 3:
        return
    if one.of("endpoint", "condition") and not one.of("condition"):
        return
    between = one.of("drug", "treatment", "class")
    if len(between) > 1 and re.search(r"\bor\b", one.sight.text[between[0].end : between[-1].start]):
        return  # neither is compared with the other
    conditions = {m.id for m in one.of("condition")}
    words = one.sight.names.store.words
    cards = [
        c
        for c in trials_comparing(one.sight.names, drugs[0], drugs[1])
        if not conditions or any(c.condition in words.under("condition", x) for x in conditions)
    ]
    if cards:
        start = one.span.start + found.start()
        listed = ", ".join(c.trial for c in cards)
        yield Verdict(
            "negatives",
            "stronger than the evidence",
            "B",
            one.claim(start, one.span.start + found.end()),
            f"{listed} compared {drugs[0]} with {drugs[1]} at random",
            tuple(f"{c.trial}: {c.title}" for c in cards),
            f"name {listed}",
        )


def _no_effect(one: Scene, store: Store) -> Iterator[Verdict]:
    """`No difference in survival`, where the interval leaves out no difference."""
    found = _EFFECT.search(one.text)
    if found is None or one.trial is None:
        return
    start = one.span.start
    end = start + _stop(one.text, found.end())
    named = [m for m in one.of("endpoint") if start + found.start() - 60 <= m.start < end]
    if not named:
        return
    inside = [m for m in named if m.start >= start + found.start()]
    endpoint = (inside or named)[0].id
    ratios = clear_ratios(store, one, endpoint)
    if not ratios or any(not sure for _, sure in ratios):
        return
    top = [f for f, _ in ratios][:3]
    yield Verdict(
        "negatives",
        "contradicted",
        "A",
        one.claim(start + found.start(), start + found.end()),
        f"{top[0].trial} found a difference in {endpoint_words(store, endpoint)}: {shown(top[0])}",
        tuple(line_of(store, f) for f in top),
        "give the estimate with its interval",
        findings=tuple(name_of(f) for f in top),
    )
