"""All claims of a reading, bound; a document that names no trial by numbers that only one trial has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from trialist.evidence.audit.known.binding import KINDS, Placed, place
from trialist.evidence.audit.known.blocks import block_of, headed
from trialist.evidence.audit.known.more import more_claims
from trialist.evidence.audit.known.results import is_result, telling
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.trials import ABOVE, CITED
from trialist.evidence.audit.known.values import LOOSE
from trialist.evidence.audit.known.weighing import supports
from trialist.evidence.audit.known.words import Known, known, main_drugs
from trialist.evidence.claims.model import Claim, Part, Reading
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store

_ENOUGH = 3  # numbers that fit one trial
_FAR = ("document", ABOVE, CITED)  # a trial that neither sentence, paragraph nor heading names
Unfounded = tuple[str | None, str, int | None]


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a reading was bound to.

    made     every claim with a number
    dropped  (trial, how, block) of bindings from afar that the numbers speak against: it is another study
    told     block -> the trial that its numbers alone tell; of None: all blocks
    sight    the names that were found on the way
    """

    made: tuple[Placed, ...]
    dropped: frozenset[Unfounded]
    told: Mapping[int | None, str]
    sight: Sight


_LAST: list[tuple[Reading, Store, Bindings]] = []


def placed(reading: Reading, store: Store) -> tuple[Placed, ...]:
    """Every claim with a number, bound as far as the text allows; made once for a reading."""
    return bindings(reading, store).made


def bindings(reading: Reading, store: Store) -> Bindings:
    for one, at, found in _LAST:
        if one is reading and at is store:
            return found
    made = _bound(reading, store)
    _LAST.append((reading, store, made))
    del _LAST[:-8]
    return made


def _bound(reading: Reading, store: Store) -> Bindings:
    names = known(store)
    sight = Sight(reading, plain(reading.document.text), names)
    claims = [claim for claim in reading.claims if claim.kind in KINDS]
    more = tuple(more_claims(reading, sight.text))
    if more:
        sight.reading = replace(reading, claims=tuple(sorted((*reading.claims, *more), key=_start)))
        claims = [claim for claim in sight.reading.claims if claim.kind in KINDS]
    made = tuple(place(sight, claim) for claim in claims)
    if not sight.whole() and not any(one.trial for one in made):
        trial = _by_numbers(sight, claims, names, reading.document.parts)
        if trial is not None:
            return Bindings(
                tuple(place(sight, claim, trial) for claim in claims), frozenset(), {None: trial}, sight
            )
    dropped = _against(sight, made, names)
    made = tuple(
        replace(one, trial=None, arms=()) if is_dropped(dropped, one, block_of(sight, _at(one))) else one
        for one in made
    )
    told = _told_by_blocks(sight, made, names)
    dropped |= {(one.trial, one.how, block) for one in made if (block := block_of(sight, _at(one))) in told}
    made = tuple(
        place(sight, one.claim, told[block])
        if (block := block_of(sight, _at(one))) in told and not _names(sight, one)
        else one
        for one in made
    )
    return Bindings(made, dropped, told, sight)


def _at(one: Placed) -> int:
    return one.claim.span.start


class _Found(Protocol):
    @property
    def trial(self) -> str | None: ...
    @property
    def how(self) -> str: ...


def is_dropped(dropped: frozenset[Unfounded], one: _Found, block: int) -> bool:
    return (one.trial, one.how, None) in dropped or (one.trial, one.how, block) in dropped


def _against(sight: Sight, made: tuple[Placed, ...], names: Known) -> frozenset[Unfounded]:
    """Bindings from afar under which more numbers disagree than agree, or all of two sentences of a block."""
    counted: Counter[tuple[Unfounded, bool]] = Counter()
    said: dict[tuple[Unfounded, bool], set[int]] = defaultdict(set)
    for one in made:
        block = block_of(sight, _at(one))
        far = one.how in _FAR
        if not (far or (one.how == "heading" and not headed(sight, block))) or not is_result(sight.text, one):
            continue
        good, bad = supports(sight.text, one, names)
        if good or bad:
            said[((one.trial, one.how, block), bool(good))].add(one.claim.sentence.start)
            counted[((one.trial, one.how, None), bool(good))] += far
    whole = {key for key, _ in tuple(counted) if counted[(key, True)] < counted[(key, False)]}
    here = {key for key, _ in tuple(said) if not said[(key, True)] and len(said[(key, False)]) > 1}
    return frozenset(whole | here)


def _names(sight: Sight, one: Placed) -> bool:
    """Whether the part that a claim stands in names a trial."""
    part = sight.reading.document.part_of(_at(one))
    return part is not None and bool(sight.written(part.start, part.end))


def _founded(sight: Sight, one: Placed, names: Known) -> bool:
    """Whether a claim is of a trial that stands beside it, or with which its numbers agree."""
    if one.trial is None:
        return False
    return one.how not in _FAR or bool(is_result(sight.text, one) and supports(sight.text, one, names)[0])


def _told_by_blocks(sight: Sight, made: tuple[Placed, ...], names: Known) -> dict[int | None, str]:
    """Blocks without a trial, or with one from afar that no number is of, whose numbers are those of one."""
    held: dict[int, list[Placed]] = defaultdict(list)
    for one in made:
        if not _names(sight, one):
            held[block_of(sight, _at(one))].append(one)
    told: dict[int | None, str] = {}
    for block, ones in held.items():
        if len(ones) < _ENOUGH or any(_founded(sight, one, names) for one in ones):
            continue
        parts = {part for one in ones if (part := sight.reading.document.part_of(_at(one))) is not None}
        trial = _by_numbers(sight, [one.claim for one in ones], names, parts)
        if trial is not None:
            told[block] = trial
    return told


def _start(claim: Claim) -> int:
    return claim.span.start


def _candidates(sight: Sight, names: Known, parts: Iterable[Part]) -> list[str]:
    """Trials of which some parts name every drug that the arms were given for the disease, or its class."""
    drugs: set[str] = set()
    terms = names.store.words.terms
    for part in parts:
        for m in sight.mentions(part.start, part.end):
            if m.kind == "drug":
                drugs.add(m.id)
            elif m.kind == "treatment":
                drugs.update(g.drug for g in terms("treatment")[m.id].drugs)
    held = []
    for name, card in names.store.trials.items():
        arms = [set(main_drugs(arm)) for arm in card.arms.values()]
        if len(arms) > 1 and all(arm & drugs for arm in arms):
            held.append(name)
    return held


def _by_numbers(sight: Sight, claims: Sequence[Claim], names: Known, parts: Iterable[Part]) -> str | None:
    """The one trial that at least three different numbers fit, others not half as well."""
    text = sight.text
    counted: dict[str, int] = {}
    for trial in _candidates(sight, names, parts):
        fitting: set[tuple[str, str]] = set()
        for claim in claims:
            if claim.kind not in ("ratio", "share", "time") or not telling(claim):
                continue
            one = place(sight, claim, trial)
            fits = supports(text, one, names)[0] if is_result(text, one) else []
            if any(fit.main and fit.finding.origin.reliability not in LOOSE for fit in fits):
                number = claim.numbers.get("estimate") or claim.numbers["count"]
                fitting.add((one.endpoints[0], number.text))
        counted[trial] = len(fitting)
    ranked = sorted(counted.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _ENOUGH or (len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    return ranked[0][0]
