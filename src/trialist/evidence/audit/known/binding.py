"""Claims bound to the store: which trial, arm, endpoint, grade, population and time a number is of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trialist.evidence.audit.known.arms import AGAINST, arms_of, pair_of
from trialist.evidence.audit.known.endpoints import endpoint_of, of_sentence_before
from trialist.evidence.audit.known.own_words import own_words
from trialist.evidence.audit.known.said import (
    DENIED,
    GRADE,
    HEDGED,
    STRONG_SUBGROUP,
    TWO_PARTS,
    detail_said,
    grade_near,
    grade_of,
    months_said,
)
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.trials import trial_of
from trialist.evidence.audit.known.words import Known
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim
from trialist.evidence.claims.number_words import WORD


@dataclass(frozen=True, slots=True)
class Placed:
    """A claim and what of the store it speaks of. What the text does not say is None or empty.

    how        where the trial was read: sentence, paragraph, heading, document, source
    endpoints  ids in the store that the words may stand for
    arms       of the trial, in the order in which they are compared
    inherited  whether the endpoint is that of the sentence before
    subgroup   whether the sentence speaks of a part of the patients; parted: whether its paragraph, what
               stands over it or the title may; apart: whether they surely do
    paired     whether it stands against another number of its kind: `8.0 v 3.7 months`
    hedged     whether it speaks of a plan, an assumption or a pooled result
    """

    claim: Claim
    trial: str | None = None
    how: str = ""
    endpoints: tuple[str, ...] = ()
    term: str | None = None
    grade: str | None = None
    arms: tuple[str, ...] = ()
    population: str | None = None
    months: float | None = None
    subgroup: bool = False
    hedged: bool = False
    around: str = ""
    parted: bool = False
    apart: bool = False
    inherited: bool = False
    paired: bool = False
    mentions: tuple[Mention, ...] = field(default=())


KINDS = ("ratio", "share", "time", "count", "reduction", "difference", "value")


def place(sight: Sight, claim: Claim, taken: str | None = None) -> Placed:
    """What a claim is of. `taken`: the trial, where no name of one but its numbers tell it."""
    names, text = sight.names, sight.text
    trial, how = trial_of(sight, claim) if taken is None else (taken, "numbers")
    start, end = claim.sentence.start, claim.sentence.end
    heads = sight.heads(claim)
    sentence = text[start:end] if heads else piece(sight, claim)
    mentions = sight.mentions(start, end)
    endpoints, term = endpoint_of(sight, claim, mentions, heads)
    inherited = not endpoints and not heads and _OBJECT.match(text, claim.span.end, end) is None
    if inherited:
        endpoints, term = of_sentence_before(sight, claim)
    if trial is not None:
        window = heads or text[slice(*_window(sight, claim))]
        detailed = _detailed(
            names, trial, f"{text[start:end]} {heads}", f"{window} {text[start:end] if heads else ''}"
        )
        if not detailed and (not endpoints or term == "any"):
            over = sight.over(claim)
            detailed = (
                _detailed(names, trial, f"{over} discontinued", window) if _REASONS.search(over) else ()
            )
        leading = re.search(r"\b(?:leading|led)\s+to\b", sentence) is not None and term is not None
        if detailed and not leading and not (endpoints and detailed[0].startswith("received")):
            endpoints, term, inherited = detailed, None, False
    grade = _grade_of(sight, claim)
    if grade is None and heads:
        found = GRADE.search(heads)
        grade = grade_of(found) if found else None
    if grade is None and inherited and term is not None:
        grade = _grade_before(sight, claim)
    arms: tuple[str, ...] = ()
    if trial is not None:
        arms = arms_of(sight, claim, trial, heads)
    reach = _window(sight, claim)
    first = min((c.span.start for c in sight.reading.claims if c.sentence == claim.sentence), default=start)
    left = text.rfind(";", start, claim.span.start)
    right = text.find(";", claim.span.end, end)
    populations = {
        m.id
        for m in mentions
        if m.kind == "population"
        and not m.id.startswith("received")
        and m.start > left
        and (right < 0 or m.end <= right)
        and (m.start < first or reach[0] <= m.start < reach[1])
        and not _CLAUSE.search(text, m.end, max(m.end, claim.span.start))
    }
    number = claim.numbers.get("estimate")
    skip = (number.start, number.end) if number else (claim.span.start, claim.span.start)
    return Placed(
        claim,
        trial,
        how,
        endpoints,
        term,
        grade,
        arms,
        populations.pop() if len(populations) == 1 else None,
        months_said(text, start, end, skip) or (months_said(heads, 0, len(heads), (0, 0)) if heads else None),
        bool(STRONG_SUBGROUP.search(f"{sentence} {heads}")),
        any(said.search(f"{sentence} {heads}") for said in (HEDGED, DENIED)) or sight.of_plan(claim),
        f"{sentence} {heads}".strip(),
        sight.parted(claim) or bool(TWO_PARTS.search(sentence)),
        sight.apart(claim) or bool(TWO_PARTS.search(sentence)),
        inherited,
        claim.kind == "time" and pair_of(sight, claim) is not None,
        mentions,
    )


_REASONS = re.compile(r"\breasons?\s+(?:for|why)\b|\bwhy\b[^.]*\b(?:stopp|discontinu)", re.I)


def _grade_of(sight: Sight, claim: Claim) -> str | None:
    """The grade of a number's own words, else the one that leads its sentence, before every number."""
    own = own_words(sight, claim)
    found = list(GRADE.finditer(sight.text, own.before[0], own.behind[1]))
    first = min(
        (c.span.start for c in sight.reading.claims if c.sentence == claim.sentence), default=own.before[1]
    )
    found = found or list(GRADE.finditer(sight.text, claim.sentence.start, min(first, own.before[1])))
    held = {grade_of(one) for one in found}
    if len(held) > 1:
        return grade_near(sight.text, found[0].start(), found[-1].end(), claim.span.start)
    return held.pop() if held else None


def _grade_before(sight: Sight, claim: Claim) -> str | None:
    """The grade of the sentence before, whose event a sentence is of."""
    before = [s for s in sight.reading.sentences if s.end <= claim.sentence.start]
    return grade_near(sight.text, before[-1].start, before[-1].end, before[-1].end) if before else None


_CLAUSE = re.compile(r";|,\s*(?:and|while|whereas|but)\b")
_OBJECT = re.compile(
    r"[^.;:\d]{0,60}?\b(?:had|have|experienced|developed|reported|suffered|got|needed)\s+(?:an?\s+|any\s+"
    r"|some\s+)?(?!(?:it|this|one|died)\b)[a-z]{3,}"
)


def piece(sight: Sight, claim: Claim) -> str:
    """The stretch between semicolons that a claim stands in, with what leads the sentence up to a colon.

    The whole sentence, where no other stretch of it has a number of its own.
    """
    start, end = claim.sentence.start, claim.sentence.end
    text = sight.text[start:end]
    cuts = [
        m.start()
        for m in re.finditer(r";", text)
        if text.count("(", 0, m.start()) <= text.count(")", 0, m.start())
    ]
    edges = [0, *cuts, len(text)]
    at = claim.span.start - start
    places = {
        sum(cut <= c.span.start - start for cut in cuts)
        for c in sight.reading.claims
        if c.sentence == claim.sentence and c.kind in ("ratio", "share", "time")
    }
    if len(places) < 2:
        return text
    mine = sum(cut <= at for cut in cuts)
    lead = text[: text.find(":") + 1] if 0 <= text.find(":") < edges[mine] else ""
    return f"{lead} {text[edges[mine] : edges[mine + 1]]}"


def _window(sight: Sight, claim: Claim) -> tuple[int, int]:
    """From the number before a claim to that behind it: where the words of its own place stand in a list."""
    start, end = claim.sentence.start, claim.sentence.end
    kinds = (claim.kind,) if claim.kind in ("ratio", "time") else ("share", "value", "count")
    like = sorted(
        {
            c.span.start: c
            for c in sight.reading.claims
            if c.sentence == claim.sentence and c.kind in kinds and c is not claim
        }.values(),
        key=lambda c: c.span.start,
    )
    before = [
        max([c.span.end, *(n.end for n in c.numbers.values())])
        for c in like
        if c.span.start < claim.span.start
    ]
    last = max([claim.span.end, *(n.end for n in claim.numbers.values())])
    joined = {
        id(c) for c in like if c.span.start >= last and AGAINST.fullmatch(sight.text[last : c.span.start])
    }
    joined |= {
        id(c)
        for c in like
        if c.span.end <= claim.span.start and AGAINST.fullmatch(sight.text[c.span.end : claim.span.start])
    }
    first = max((b for c, b in zip(like, before, strict=False) if id(c) not in joined), default=start)
    stop = min((c.span.start for c in like if c.span.start >= last and id(c) not in joined), default=end)
    closed = sight.text.find(";", last, stop)
    if closed >= 0 and _NUMBERED.search(sight.text, closed, end):
        stop = closed  # `0 in ten; the median number of cycles was five`
    behind = sight.text[last:stop]
    cut = re.search(r",|;|\band\b", behind)
    if cut and stop < end and re.search(r"[a-z]{3,}", behind[cut.end() :]):
        stop = last + cut.start()  # what follows is the label of the next number
    colon = sight.text.find(": ", last, stop)
    stop = colon if colon >= 0 else stop
    clause = [m.end() for m in _CLAUSE.finditer(sight.text, first, claim.span.start)]
    if clause and re.search(r"\b(?:median|mean)\b", sight.text[clause[-1] : claim.span.start], re.I):
        first = clause[-1]  # `a dose reduction, and the median intensity was 96.1%`
    led = sight.text[first : claim.span.start]
    return (claim.span.start if first > start and _CONJUNCTION.search(led) else first), stop


_NUMBERED = re.compile(rf"\d|\b{WORD}\b", re.I)
_CONJUNCTION = re.compile(r"(?:,|;|\band|,\s*and)\s*$")


def _detailed(names: Known, trial: str, sentence: str, window: str) -> tuple[str, ...]:
    """Endpoints of one trial that a family and a detail name: `baseline:visceral metastases`.

    The word of the family may stand anywhere in the sentence, the detail stands beside the number.
    """
    best: list[tuple[int, str]] = []
    for endpoint in {f.endpoint for f in names.of_trial[trial] if ":" in f.endpoint}:
        if not endpoint.startswith("ae:"):
            size = detail_said(endpoint, sentence, window)
            if size:
                best.append((size, endpoint))
    top = max((size for size, _ in best), default=0)
    return tuple(sorted(endpoint for size, endpoint in best if size >= 0.85 * top))
