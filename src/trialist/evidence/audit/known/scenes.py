"""Sentences and what of the store they name: for claims that have no number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from trialist.evidence.audit.known.arms import PRIOR
from trialist.evidence.audit.known.blocks import block_of
from trialist.evidence.audit.known.bound import bindings, is_dropped
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.audit.known.trials import trial_of
from trialist.evidence.audit.known.words import Known, main_drugs
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim, Reading, Span
from trialist.evidence.claims.passages import passages
from trialist.evidence.claims.voice import claims_nothing
from trialist.evidence.model import Store, TrialCard

_NO_CLAIM = re.compile(
    r"[\s\W\d]*(?:That|Whether|If)\s+(?!is\b|was\b|would\b|means\b)(?![^.]*\b(?:being|awaited"
    r"|expected|under way|to be seen)\b)"
)  # of a list of what is not known
_IT = re.compile(
    r"(?:It|The (?:trial|study)|This (?:trial|study)|That (?:trial|study))"
    r"\s+(?:\w+\s+)?(?:show|prov|demonstrat|establish|found|confirm|tell|teach|mean|make)\w*\b"
)
_CLAUSES = re.compile(
    r";|,\s+(?:just\s+)?as\s+(?:the|did|was|with)\b|,\s+and\b|,?\s+(?:but|whereas|while"
    r"|although|though)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence: its trial, the arms of that trial, and every name in it."""

    sight: Sight
    span: Span
    text: str
    trial: str | None
    how: str
    mentions: tuple[Mention, ...]
    arms: tuple[Mention, ...]
    behind: str = ""
    framed: bool = False

    @property
    def asks(self) -> bool:
        """Whether the sentence claims nothing: a question, an aim, a limit, what others wrongly say."""
        return self.framed or claims_nothing(self.text, self.behind)

    def of(self, *kinds: str) -> list[Mention]:
        return [m for m in self.mentions if m.kind in kinds]

    def claim(self, start: int, end: int) -> Claim:
        """A claim of kind superiority at a stretch of the sentence: what a verdict hangs on."""
        return Claim("superiority", self.sight.reading.document.span(start, end), self.span)

    @property
    def arm_ids(self) -> list[str]:
        return list(dict.fromkeys(m.id for m in self.arms if "|" not in m.id))

    def clause(self, at: int) -> Scene:
        """The clause around an offset of the sentence's text: what is named in it alone."""
        cuts = [0, *(m.start() for m in _CLAUSES.finditer(self.text)), len(self.text)]
        first = self.span.start + max(cut for cut in cuts if cut <= at)
        last = self.span.start + min(cut for cut in cuts if cut > at or cut == len(self.text))
        within = [tuple(m for m in held if first <= m.start < last) for held in (self.mentions, self.arms)]
        return replace(self, mentions=within[0], arms=within[1])


_LAST: list[tuple[Reading, Store, tuple[Scene, ...]]] = []


def scenes(reading: Reading, store: Store) -> tuple[Scene, ...]:
    """Every sentence that claims something; made once for a reading."""
    for one, at, made in _LAST:
        if one is reading and at is store:
            return made
    made = tuple(_scenes(reading, store))
    _LAST.append((reading, store, made))
    del _LAST[:-8]
    return made


def _scenes(reading: Reading, store: Store) -> Iterator[Scene]:
    found = bindings(reading, store)
    sight = replace(found.sight, reading=reading)
    around = {p.span.start: p for p in passages(reading)}
    last: Scene | None = None
    for span in reading.sentences:
        if _NO_CLAIM.match(sight.text, span.start, span.end):
            continue
        block = block_of(sight, span.start)
        one = scene(sight, span, found.told.get(None))
        if is_dropped(found.dropped, one, block):
            one = replace(one, trial=None, how="", arms=())
        if one.trial is None and block in found.told:
            one = scene(sight, span, found.told[block])
        passage = around[span.start]
        if one.trial is None and last is not None and last.trial and _IT.match(one.text):
            one = replace(scene(sight, span, last.trial), how="paragraph")
        last = one if passage.behind else None
        yield replace(one, behind=passage.behind, framed=passage.framed)


def scene(sight: Sight, span: Span, taken: str | None = None) -> Scene:
    trial, how = trial_of(sight, Claim("superiority", span, span)) if taken is None else (taken, "numbers")
    here = sight.mentions(span.start, span.end)
    named = tuple(sight.names.arms[trial].find(sight.text, span.start, span.end)) if trial else ()
    arms = tuple(m for m in named if not PRIOR.search(sight.text[span.start : m.start])) or named
    return Scene(sight, span, sight.text[span.start : span.end], trial, how, here, arms)


def drugs_named(one: Scene) -> list[str]:
    """Drugs of a sentence in their order; of a treatment what it is made of; of a class its drugs."""
    terms = one.sight.names.store.words.terms
    held: list[str] = []
    for m in one.mentions:
        if m.kind == "drug":
            held.append(m.id)
        elif m.kind == "treatment":
            held += [g.drug for g in terms("treatment")[m.id].drugs]
        elif m.kind == "class":
            held += [d.id for d in terms("drug").values() if d.drug_class == m.id]
    return list(dict.fromkeys(held))


def trials_comparing(names: Known, first: str, second: str) -> list[TrialCard]:
    """Trials with one arm of the one drug and another arm of the other."""
    held = []
    for card in names.store.trials.values():
        a = [x.name for x in card.arms.values() if first in main_drugs(x) and second not in main_drugs(x)]
        b = [x.name for x in card.arms.values() if second in main_drugs(x) and first not in main_drugs(x)]
        if card.randomised and a and b:
            held.append(card)
    return held
