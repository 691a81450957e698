"""Which analysis of a trial the words around a number name: by its follow-up, or as the first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.results import telling
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.values import Fit
from trialist.evidence.audit.known.weighing import supports
from trialist.evidence.audit.known.words import Known
from trialist.evidence.checks.same import analysis

_CUES = re.compile(
    r"\b(?:interim|updated?|final|extended|later|earlier|previous(?:ly)?|subsequent(?:ly)?|since|now)\b"
    r"|\bhad\s+been\b|\b(?:up|down|rose|fell|grew)\s+(?:from|to)\b|\b(?:first|last)\b",
    re.I,
)
_FIRST = re.compile(
    r"\b(?:first|initial|original)\s+(?:\w+\s+)?(?:look|analysis|report|interim|readout|data\s+cut|publication)\b",
    re.I,
)
_FOLLOWED = re.compile(r"\bfollow(?:ed)?[\s-]?up\b|\bf/u\b|\bfollowed\b|\bFU\b", re.I)
_ORDER = ("interim", "updated interim", "final")


def of_another(sight: Sight, one: Placed, good: Iterable[Fit], bad: Iterable[Fit]) -> Fit | None:
    """The finding of the analysis that is named, where a number is right of another one alone."""
    mains = [fit for fit in good if fit.main]
    if not mains or not telling(one.claim) or one.trial is None:
        return None
    named = _named(sight, one)
    if named is None or any(analysis(fit.finding) in (named, None) for fit in mains):
        return None
    held = [fit for fit in bad if analysis(fit.finding) == named and reliable(fit.finding)]
    held = [fit for fit in held if fit.finding.groups == mains[0].finding.groups and not fit.main]
    return held[0] if held else None


def beside_another(
    sight: Sight, one: Placed, everything: Iterable[Placed], good: Iterable[Fit], bad: Iterable[Fit]
) -> Fit | None:
    """Where a ratio is of one analysis alone and the medians of its sentence are of another: its ratio."""
    mains = {str(analysis(fit.finding)) for fit in good if fit.main}
    sentence = sight.text[one.claim.sentence.start : one.claim.sentence.end]
    if one.claim.kind != "ratio" or not mains or _CUES.search(sentence):
        return None
    told = _analyses_beside(sight, one, everything)
    if len(told) != 1 or told & mains or "None" in mains:
        return None
    held = [fit for fit in bad if str(analysis(fit.finding)) in told and reliable(fit.finding)]
    return held[0] if held else None


def not_held(sight: Sight, one: Placed, everything: Iterable[Placed], against: Iterable[Fit]) -> bool:
    """Whether the numbers beside one are of an analysis for which nothing is held that it could be."""
    told = _analyses_beside(sight, one, everything)
    published = [fit.finding for fit in against if fit.finding.origin.kind != "reconstructed"]
    return len(told) == 1 and not any(str(analysis(f)) in {*told, "None"} for f in published)


def _analyses_beside(sight: Sight, one: Placed, everything: Iterable[Placed]) -> set[str]:
    """The analyses that medians beside a ratio, or the ratio beside medians, may be of; of two none."""
    told: set[str] | None = None
    if sight.in_table(one.claim):
        return set()
    for other in everything:
        alike = other.claim.sentence == one.claim.sentence and other.trial == one.trial
        if other is one or not alike or not set(other.endpoints) & set(one.endpoints):
            continue
        if other.claim.kind == one.claim.kind:
            if one.claim.kind == "ratio":
                return set()
            continue
        good, bad = supports(sight.text, other, sight.names)
        may_be = {str(analysis(fit.finding)) for fit in good if fit.main and reliable(fit.finding)}
        if bad and may_be and other.claim.kind in ("ratio", "time") and "None" not in may_be:
            told = may_be if told is None else told & may_be
    return told or set()


def _named(sight: Sight, one: Placed) -> str | None:
    """The analysis of the sentence, else the only one of its paragraph; None where several may be meant."""
    sentence = sight.text[one.claim.sentence.start : one.claim.sentence.end]
    part = sight.reading.document.part_of(one.claim.span.start)
    if part is None or part.kind == "table" or one.trial is None:
        return None
    here = _followed(sentence, one.trial, sight.names)
    if not here and _FIRST.search(sentence):
        here = _earliest(one.trial, sight.names)
    around = sight.text[part.start : part.end]
    found = here or _followed(around, one.trial, sight.names)
    if len(found) != 1 or len({*found, *_followed(around, one.trial, sight.names)}) != 1:
        return None
    named = found.pop()
    own = set(named.split()) | ({"first"} if {named} == _earliest(one.trial, sight.names) else set())
    cues = {cue.casefold().rstrip() for cue in _CUES.findall(sentence)}
    return named if {"updated" if cue == "update" else cue for cue in cues} <= own else None


def _followed(text: str, trial: str, names: Known) -> set[str]:
    """The analyses whose median follow-up a stretch gives."""
    if not _FOLLOWED.search(text):
        return set()
    return {
        str(analysis(f))
        for f in names.of_trial[trial]
        if f.endpoint == "followup"
        and f.estimate is not None
        and analysis(f) is not None
        and re.search(rf"(?<![\d.]){re.escape(f'{f.estimate:g}')}(?![\d%]|\.\d)", text)
    }


def _earliest(trial: str, names: Known) -> set[str]:
    held = {str(analysis(f)) for f in names.of_trial[trial] if analysis(f) is not None}
    first = next((name for name in _ORDER if name in held), None)
    return {first} if first is not None and len(held) > 1 else set()
