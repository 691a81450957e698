"""Printed numbers against all findings of their place: contradicted, or right for another place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.analyses import beside_another, not_held, of_another
from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.bound import bindings
from trialist.evidence.audit.known.labels import arms_words, endpoint_words, line_of, place_words
from trialist.evidence.audit.known.left_open import directed, explained
from trialist.evidence.audit.known.own_words import own_words
from trialist.evidence.audit.known.places import DIMENSIONS, Dimension, at_place, reliable
from trialist.evidence.audit.known.results import is_result, telling
from trialist.evidence.audit.known.said import (
    INTERIM,
    TWO_PARTS,
    subgroup_said,
)
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.values import LOOSE, Fit, name_of, shown, weigh, weigh_turned
from trialist.evidence.audit.known.weighing import supports, weighed
from trialist.evidence.audit.known.words import Known
from trialist.evidence.audit.model import Severity, Verdict
from trialist.evidence.checks import printed
from trialist.evidence.checks.same import analysis
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_WORDS: dict[Dimension, str] = {
    "arm": "another arm",
    "population": "another population",
    "subgroup": "another group of patients",
    "grade": "another grade",
    "timepoint": "another time",
    "endpoint": "another endpoint",
    "trial": "another trial",
}
_SHOWN = 4


@entry(
    "against_findings",
    needs="store",
    gives="supported, contradicted, right for another place",
    source="ranges of rounding, kernels.coherence",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    found = bindings(reading, store)
    everything, text = found.made, found.sight.text
    named = frozenset(one.trial for one in everything if one.trial is not None)
    for one in everything:
        if one.claim.kind in ("ratio", "share", "time", "value", "count") and is_result(text, one):
            yield from _judged(found.sight, one, named, everything)


def _judged(
    sight: Sight, one: Placed, named: frozenset[str], everything: tuple[Placed, ...]
) -> Iterator[Verdict]:
    """Contradicted is a number that no finding has of anything that its sentence may be about."""
    names = sight.names
    good, bad = supports(sight.text, one, names)
    if good:
        named_so = of_another(sight, one, good, bad) or beside_another(sight, one, everything, good, bad)
        if named_so is not None:
            yield _another_analysis(names.store, one, good[0], named_so)
            return
        later = _of_later(sight, one, good, bad)
        if later is not None:
            yield later_verdict(names.store, one, good[0], later)
            return
        group = _of_group(one, good, bad)
        if group:
            yield _verdict(names.store, one, group, ("subgroup", good[0]))
        return
    against = [fit for fit in bad if reliable(fit.finding)]
    if one.inherited and not one.arms:
        return
    if explained(sight, one, named) or not_held(sight, one, everything, against):
        return
    other = _elsewhere(sight, one, named)
    if not against and not _no_estimate(names, one):
        return  # the place is not in the store: nothing is known against it
    yield _verdict(names.store, one, against or _no_estimate(names, one) or bad, other)


def _no_estimate(names: Known, one: Placed) -> list[Fit]:
    """Findings of the place that have no estimate (`not reached`), where a time is said."""
    if one.claim.kind != "time":
        return []
    return [Fit(f, ()) for f in at_place(names, one) if f.estimate is None and reliable(f)]


_FINAL = re.compile(
    r"\bfinal\s+(?:\w+\s+)?analysis\b|\b(?:updated|final)\s+(?:results?|survival|report)\b", re.I
)


def _of_later(sight: Sight, one: Placed, good: list[Fit], bad: list[Fit]) -> Fit | None:
    """The finding of the final analysis, where a sentence on it gives a number of the interim one."""
    own = own_words(sight, one.claim)
    found = _FINAL.search(sight.text, one.claim.sentence.start, own.behind[1])
    if found is None or INTERIM.search(one.around) or not telling(one.claim):
        return None
    if not all(str(analysis(fit.finding)).endswith("interim") for fit in good if fit.main):
        return None
    final = [fit for fit in bad if analysis(fit.finding) in ("final", "updated")]
    return final[0] if final and any(fit.main and reliable(fit.finding) for fit in good) else None


def later_verdict(store: Store, one: Placed, good: Fit, later: Fit) -> Verdict:
    return Verdict(
        "against_findings",
        "right for an earlier analysis",
        "A",
        one.claim,
        f"this is the result of the interim analysis; the final one gives {shown(later.finding)}",
        (_said(store, one), line_of(store, good.finding), line_of(store, later.finding)),
        "give the result of the analysis that is named",
        findings=(name_of(good.finding), name_of(later.finding)),
    )


def _another_analysis(store: Store, one: Placed, good: Fit, named: Fit) -> Verdict:
    return Verdict(
        "against_findings",
        "right for another analysis",
        "A",
        one.claim,
        f"this is the result of the {analysis(good.finding)} analysis; the {analysis(named.finding)} one, "
        f"of which the text speaks, gives {shown(named.finding)}",
        (_said(store, one), line_of(store, good.finding), line_of(store, named.finding)),
        "give the result of the analysis that is named",
        findings=(name_of(good.finding), name_of(named.finding)),
    )


_IN_GROUP = re.compile(
    r"\b(?:in|among|for|of)\s+(?:the\s+)?(?:men|patients|those|women|subgroup|people"
    r"|participants)\s+(?:who\s+were\s+|of\s+)?"
    r"(?:aged|older|younger|over|under|with|\d)",
    re.I,
)


def _of_group(one: Placed, good: list[Fit], bad: list[Fit]) -> list[Fit]:
    """Where a sentence is of a part of the patients and its number of all: the findings of that part."""
    if not one.subgroup or TWO_PARTS.search(one.around) or not _IN_GROUP.search(one.around):
        return []
    if any(fit.finding.subgroup for fit in good) or not telling(one.claim):
        return []
    return [
        fit
        for fit in bad
        if fit.finding.subgroup and reliable(fit.finding) and subgroup_said(fit.finding.subgroup, one.around)
    ]


def _elsewhere(sight: Sight, one: Placed, named: frozenset[str]) -> tuple[Dimension, Fit] | None:
    """The nearest reading that makes the numbers true: what one word must change."""
    names, text = sight.names, sight.text
    if not telling(one.claim):
        return None
    here = {id(f) for f in at_place(names, one)}
    if one.claim.kind == "ratio" and one.arms and directed(sight, one):
        for finding in at_place(names, one):
            fit = (weigh if one.arms == finding.groups[::-1] else weigh_turned)(one.claim, finding, text)
            if fit.agrees and fit.main and len(finding.groups) == 2:
                return "arm", fit
    for dimension in DIMENSIONS:
        if dimension == "subgroup" and one.parted:
            continue
        fits = [
            fit
            for finding in at_place(names, one, free=(dimension,))
            if id(finding) not in here
            and finding.origin.reliability not in LOOSE
            and (fit := weighed(one, finding, text)).agrees
            and fit.main
            and (dimension != "endpoint" or _as_exact(one.claim, finding))
            and (
                dimension != "trial"
                or (finding.trial in named and _as_exact(one.claim, finding))
                or len(fit.parts) > 2
            )
        ]
        if fits:
            return dimension, max(fits, key=lambda fit: (reliable(fit.finding), len(fit.parts)))
    return None


def _as_exact(claim: Claim, finding: Finding) -> bool:
    """Whether a finding is printed as exactly as the claim, with three digits: no chance agreement."""
    number = claim.numbers.get("estimate") or claim.numbers.get("percent")
    if number is None:
        return "count" in claim.numbers and "n" in claim.numbers
    held = printed.estimate(finding)
    digits = len(number.text.replace(".", "").strip("0%"))
    scale = 100 if printed.scale(finding) == "proportion" else 1
    exact = held is not None and scale * (held.high - held.low) <= 10.0**-number.decimals * 1.01
    enough = 2 if claim.kind == "ratio" else 3
    return (digits >= enough or {"low", "high"} <= set(claim.numbers)) and exact


def _verdict(store: Store, one: Placed, against: list[Fit], other: tuple[Dimension, Fit] | None) -> Verdict:
    nearest = sorted(against, key=lambda fit: (-sum(p.agrees for p in fit.parts), not reliable(fit.finding)))
    lines = [_said(store, one)]
    for fit in nearest[:_SHOWN]:
        wrong = ", ".join(p.told(" is not") for p in fit.wrong)
        lines.append(f"{line_of(store, fit.finding)}; {wrong}" if wrong else line_of(store, fit.finding))
    ids = [name_of(fit.finding) for fit in nearest[:_SHOWN]]
    if other is not None:
        dimension, fit = other
        lines.append(f"nearest reading that is true: {line_of(store, fit.finding)}")
        ids.append(name_of(fit.finding))
        what = (
            "the arms the other way round"
            if dimension == "arm" and len(fit.finding.groups) == 2
            else _WORDS[dimension]
        )
        severity: Severity = "A" if nearest else "B"
        return Verdict(
            "against_findings",
            f"right for {what}",
            severity,
            one.claim,
            f"this is the result of {what}: {place_words(store, fit.finding)}",
            tuple(lines),
            "correct the number, or say what it is of",
            findings=tuple(dict.fromkeys(ids)),
        )
    best = nearest[0]
    only = {p.word for p in best.wrong}
    kind = "contradicted"
    grave: Severity = "A"
    if only == {"n"}:
        kind, grave = "another denominator", "B"
    elif not _grave(one, best):
        grave = "B"
    wrong = ", ".join(p.told(", not") for p in best.wrong)
    return Verdict(
        "against_findings",
        kind,
        grave,
        one.claim,
        f"{one.trial} says otherwise: {wrong}",
        tuple(lines),
        f"look it up in {best.finding.origin.source}",
        findings=tuple(dict.fromkeys(ids)),
    )


MUCH = 0.1  # of a value, beyond which a wrong one misleads
POINTS = 0.05  # of a share


def _grave(one: Placed, fit: Fit) -> bool:
    """Whether a wrong number would mislead about a result: far off, or on the other side of no difference."""
    numbers, held = one.claim.numbers, fit.finding
    wrong = {part.word for part in fit.wrong}
    main = numbers.get("percent") or numbers.get("estimate")
    if wrong & {"value", "count"} and main is not None and held.estimate is not None:
        said = main.value / 100 if one.claim.kind == "share" else main.value
        if one.claim.kind == "ratio" and (said < 1) != (held.estimate < 1):
            return True
        scale = abs(held.estimate) * MUCH if one.claim.kind != "share" else max(POINTS, 0.0)
        if abs(said - held.estimate) > scale or (one.claim.kind == "share" and said > 2 * held.estimate):
            return True
    elif wrong & {"value", "count"}:
        return True
    if one.claim.kind == "ratio" and held.interval is not None:
        low, high = numbers.get("low"), numbers.get("high")
        ends = [(low, held.interval.low), (high, held.interval.high)]
        if any(a is not None and b is not None and (a.value < 1) != (b < 1) for a, b in ends):
            return True
    p = numbers.get("p")
    if "p" in wrong and p is not None and held.p_value is not None:
        return (p.value <= 0.05) != (held.p_value.value <= 0.05)
    return False


def _said(store: Store, one: Placed) -> str:
    """What the claim was bound to, and by what."""
    named = [endpoint_words(store, endpoint) for endpoint in one.endpoints[:3]]
    if one.term is not None:
        named = [store.words.label("toxicity", one.term)]
    parts = [str(one.trial), " or ".join(named)]
    if one.grade and one.term:
        parts.append(f"grade {one.grade}")
    if one.arms:
        parts.append(arms_words(store, str(one.trial), one.arms))
    if one.population:
        parts.append(store.words.label("population", one.population))
    if one.months is not None:
        parts.append(f"{one.months:g} months")
    by = {
        "sentence": "its sentence",
        "paragraph": "its paragraph",
        "heading": "what stands over it",
        "document": "the only trial of the document",
        "table": "its table",
        "row": "its row",
        "list": "what stands over its list",
        "numbers": "numbers that only this trial has",
    }
    return f"read as {', '.join(parts)} (trial by {by.get(one.how, one.how)})"
