"""All claims of a reading, bound; a document that names no trial by numbers that only one trial has."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from trialist.evidence.audit.known.binding import KINDS, Placed, place
from trialist.evidence.audit.known.more import more_claims
from trialist.evidence.audit.known.results import is_result, telling
from trialist.evidence.audit.known.trials import ABOVE, CITED, Sight
from trialist.evidence.audit.known.values import LOOSE
from trialist.evidence.audit.known.weighing import supports
from trialist.evidence.audit.known.words import Known, known, main_drugs
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plain import plain
from trialist.evidence.model import Store

_ENOUGH = 3  # numbers that fit one trial
_FAR = ("document", "list", ABOVE, CITED)  # a trial that neither sentence, paragraph nor heading names
Unfounded = tuple[str | None, str]
_LAST: list[tuple[Reading, Store, tuple[Placed, ...], frozenset[Unfounded]]] = []


def placed(reading: Reading, store: Store) -> tuple[Placed, ...]:
    """Every claim with a number, bound as far as the text allows; made once for a reading."""
    return _bound(reading, store)[0]


def unfounded(reading: Reading, store: Store) -> frozenset[Unfounded]:
    """(trial, how) of bindings from afar that the numbers speak against: it is another study."""
    return _bound(reading, store)[1]


def _bound(reading: Reading, store: Store) -> tuple[tuple[Placed, ...], frozenset[Unfounded]]:
    for one, at, found, dropped in _LAST:
        if one is reading and at is store:
            return found, dropped
    names = known(store)
    sight = Sight(reading, plain(reading.document.text), names)
    claims = [claim for claim in reading.claims if claim.kind in KINDS]
    more = tuple(more_claims(reading, sight.text))
    if more:
        sight.reading = replace(reading, claims=tuple(sorted((*reading.claims, *more), key=_start)))
        claims = [claim for claim in sight.reading.claims if claim.kind in KINDS]
    made = tuple(place(sight, claim) for claim in claims)
    if not sight.whole() and not any(one.trial for one in made):
        trial = _by_numbers(sight, claims, names)
        if trial is not None:
            made = tuple(place(sight, claim, trial) for claim in claims)
    dropped = _against(sight.text, made, names)
    made = tuple(
        replace(one, trial=None, arms=()) if (one.trial, one.how) in dropped else one for one in made
    )
    _LAST.append((reading, store, made, dropped))
    del _LAST[:-8]
    return made, dropped


def _against(text: str, made: tuple[Placed, ...], names: Known) -> frozenset[Unfounded]:
    """Bindings from afar under which more numbers disagree than agree."""
    counted: Counter[tuple[Unfounded, bool]] = Counter()
    for one in made:
        if one.how in _FAR and is_result(text, one):
            good, bad = supports(text, one, names)
            if good or bad:
                counted[((one.trial, one.how), bool(good))] += 1
    keys = {key for key, _ in counted}
    return frozenset(key for key in keys if counted[(key, True)] < max(counted[(key, False)], 1))


def _start(claim: Claim) -> int:
    return claim.span.start


def _candidates(sight: Sight, names: Known) -> list[str]:
    """Trials of which a document names every drug that the arms were given for the disease, or its class."""
    drugs: set[str] = set()
    terms = names.store.words.terms
    for part in sight.reading.document.parts:
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


def _by_numbers(sight: Sight, claims: list[Claim], names: Known) -> str | None:
    """The one trial that at least three different numbers of the document fit, others not half as well."""
    text = sight.text
    counted: dict[str, int] = {}
    for trial in _candidates(sight, names):
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
