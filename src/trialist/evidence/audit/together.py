"""Several documents at once: one bound place, other numbers. What agrees; what the store does not hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialist.evidence.audit.known.binding import Placed
from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.known.places import at_place, reliable
from trialist.evidence.audit.known.results import is_result
from trialist.evidence.audit.known.values import Fit
from trialist.evidence.audit.known.weighing import supports
from trialist.evidence.audit.known.words import known
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.checks.same import may_be_one
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store
from trialist.findings.model import Finding


@dataclass(frozen=True, slots=True)
class Unknown:
    """A claim on which the store holds nothing, and why: never an alarm."""

    claim: Claim
    why: str


def not_in_store(reading: Reading, store: Store) -> tuple[Unknown, ...]:
    """Results of a document that were read but not bound, or bound to a place of which nothing is held."""
    names, text = known(store), plain(reading.document.text)
    held: list[Unknown] = []
    for one in placed(reading, store):
        if one.claim.kind not in ("ratio", "share", "time") or one.hedged:
            continue
        if one.trial is None:
            held.append(Unknown(one.claim, "no trial of the store is named, and no numbers tell one"))
        elif not one.endpoints:
            held.append(Unknown(one.claim, f"{one.trial}: no endpoint was read"))
        elif is_result(text, one) and not at_place(names, one):
            what = one.endpoints[0] if one.term is None else f"{one.term} {one.grade or ''}".strip()
            held.append(Unknown(one.claim, f"{one.trial}: nothing is held on {what} so"))
    return tuple(held)


def supported(reading: Reading, store: Store) -> tuple[tuple[Claim, tuple[str, ...]], ...]:
    """Claims whose numbers findings of their place agree with, and the ids of those findings."""
    names, text = known(store), plain(reading.document.text)
    held = []
    for one in placed(reading, store):
        if one.claim.kind in ("ratio", "share", "time", "value", "count") and is_result(text, one):
            good = [f.finding for f in supports(text, one, names)[0]]
            if good:
                held.append((one.claim, tuple(f.origin.entry or f.id for f in good)))
    return tuple(held)


def sources_differ(reading: Reading, store: Store) -> tuple[tuple[Claim, Finding, Finding], ...]:
    """Claims that one source of the store supports and another contradicts on the same result."""
    names, text = known(store), plain(reading.document.text)
    held = []
    for one in placed(reading, store):
        if one.claim.kind in ("ratio", "share", "time", "value", "count") and is_result(text, one):
            good, bad = supports(text, one, names)
            agreeing = {id(fit.finding) for fit in good}
            against = [fit for fit in bad if reliable(fit.finding) and id(fit.finding) not in agreeing]
            pair = next(((g.finding, b.finding) for g in good for b in against if _of_one(g, b)), None)
            if pair is not None:
                held.append((one.claim, *pair))
    return tuple(held)


def _of_one(good: Fit, bad: Fit) -> bool:
    """Whether two sources speak of one result, and the value itself differs."""
    a, b = good.finding, bad.finding
    alike = [(f.endpoint, f.measure, f.groups, f.population, f.subgroup, f.timepoint) for f in (a, b)]
    wrong = any(part.word in ("value", "count") for part in bad.wrong)
    return (
        reliable(a)
        and alike[0] == alike[1]
        and wrong
        and a.origin.source != b.origin.source
        and may_be_one(a, b)
    )


def between(readings: Sequence[Reading], store: Store) -> dict[int, list[Verdict]]:
    """Verdicts by the place of a reading: the same result with other numbers in another document."""
    held: dict[tuple[object, ...], list[tuple[int, Placed]]] = defaultdict(list)
    for place, reading in enumerate(readings):
        for one in placed(reading, store):
            key = _key(reading, one)
            if key is not None:
                held[key].append((place, one))
    made: dict[int, list[Verdict]] = defaultdict(list)
    told: set[tuple[int, int]] = set()
    for claims in held.values():
        for place, one in claims:
            for other, two in claims:
                if (
                    other == place
                    or (place, one.claim.span.start) in told
                    or not _differ(one.claim, two.claim)
                ):
                    continue
                told.add((place, one.claim.span.start))
                made[place].append(_verdict(readings, place, one, other, two, store))
    return made


def of_one_result(reading: Reading, store: Store, found: Sequence[Verdict]) -> Iterator[Verdict]:
    """Verdicts without those on one result said two ways that the store shows to be two results."""
    places = {id(one.claim): one for one in placed(reading, store)}
    names, text = known(store), plain(reading.document.text)
    for verdict in found:
        if verdict.rule == "two_ways":
            sides = [places[id(c)] for c in (verdict.claim, *verdict.others) if id(c) in places]
            trials = {one.trial for one in sides}
            right = [one for one in sides if one.trial and any(f.main for f in supports(text, one, names)[0])]
            if len(trials - {None}) > 1 or (len(right) == len(sides) and len(sides) > 1):
                continue
        yield verdict


def _key(reading: Reading, one: Placed) -> tuple[object, ...] | None:
    if one.claim.kind not in ("ratio", "share", "time") or not is_result(plain(reading.document.text), one):
        return None
    if one.subgroup or one.parted or (one.claim.kind != "ratio" and len(one.arms) != 1):
        return None
    kind = one.claim.said.get("measure", one.claim.kind)
    return one.trial, one.endpoints, one.term, one.grade, one.arms, one.population, one.months, kind


def _differ(a: Claim, b: Claim) -> bool:
    first = a.numbers.get("estimate") or a.numbers.get("percent")
    second = b.numbers.get("estimate") or b.numbers.get("percent")
    if first is None or second is None or a.said.get("unit") != b.said.get("unit"):
        return False
    return not values(first).meets(values(second))


def _verdict(
    readings: Sequence[Reading], place: int, one: Placed, other: int, two: Placed, store: Store
) -> Verdict:
    names = known(store)
    mine, theirs = readings[place], readings[other]
    lines = [
        f"{mine.text(one.claim.span)} ({one.claim.span})",
        f"{theirs.text(two.claim.span)} ({two.claim.span})",
    ]
    ids: list[str] = []
    for reading, which in ((mine, one), (theirs, two)):
        good = [f.finding for f in supports(plain(reading.document.text), which, names)[0]]
        for finding in good[:1]:
            name = finding.origin.entry or finding.id
            ids.append(name)
            lines.append(f"{name} ({finding.origin.source}) agrees with {reading.document.name}")
    return Verdict(
        "between_documents",
        "documents do not agree",
        "B",
        one.claim,
        f"{theirs.document.name} gives another number for the same result",
        tuple(lines),
        "look up which is right, or say what makes the two differ",
        findings=tuple(dict.fromkeys(ids)),
    )
