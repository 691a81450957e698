"""The audit of an answer: each sentence read as one of a document, in the scope of the findings it cites.

Sentences on one result stand together under the name of their trial, as they would in a document
(`On placebo it was 10.9 months.` is read behind the sentence that it goes on). What the audit holds against a
sentence at severity A or B says more than the evidence, or other things: an error of ours. C is imprecise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from trialist.evidence.answers.named import AUDIENCES, group_name
from trialist.evidence.answers.passages import id_of
from trialist.evidence.audit import audit
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.together import supported
from trialist.evidence.claims.lexicon import Lexicon, lexicon_of
from trialist.evidence.claims.model import Document, Part, Span
from trialist.evidence.claims.read import read_claims
from trialist.evidence.model import Store

Said = tuple[str, tuple[str, ...]]  # a sentence and its ids
GRAVE = ("A", "B")
ANOTHER_GROUP = "right for another group of patients"


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence as the audit sees it: whether findings agree with a number of it, and what is against it."""

    supported: bool
    verdicts: tuple[Verdict, ...]

    @property
    def grave(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.severity in GRAVE)


def complaints(sentences: Iterable[Said], store: Store) -> tuple[tuple[str, Verdict], ...]:
    """Sentences that can't be shown, each with the verdict that says why."""
    held = list(sentences)
    found = zip(held, judged(held, store), strict=True)
    return tuple((text, verdict) for (text, _), one in found for verdict in one.grave)


def judged(sentences: Sequence[Said], store: Store) -> Iterator[Judged]:
    """What the audit says of each sentence, in their order."""
    desk = _desk(store)
    for (trial, _), group in groupby(sentences, key=lambda said: desk.about(said[1])):
        held = list(group)
        for said, one in zip(held, desk.read(trial, tuple(text for text, _ in held)), strict=True):
            against = tuple(v for v in one.verdicts if not desk.names_its_group(said, v))
            yield Judged(one.supported or len(against) < len(one.verdicts), against)


@dataclass
class _Desk:
    """A store with what its sentences are read by; the same paragraph is read once in a process."""

    store: Store
    seen: dict[tuple[str, tuple[str, ...]], tuple[Judged, ...]] = field(default_factory=dict)

    @cached_property
    def lexicon(self) -> Lexicon:
        return lexicon_of(self.store)

    @cached_property
    def places(self) -> dict[str, tuple[str, str]]:
        """Ids -> the trial and the result that they are of; a statement about one trial is of that trial."""
        held = {id_of(f): (f.trial, f"{f.endpoint} {f.subgroup or ''}") for f in self.store.findings}
        for statement in self.store.statements:
            of = [name for name in statement.about if name in self.store.trials]
            held[statement.id] = (of[0] if len(of) == 1 else "", statement.id)
        return held

    def about(self, ids: Sequence[str]) -> tuple[str, str]:
        """The one trial, and the one result, of what a sentence cites; empty where there are several."""
        found = {
            self.places.get(name, ("", name))
            for name in ids
            if name in self.places or name in self.store.trials
        }
        trials, results = {trial for trial, _ in found if trial}, {result for _, result in found}
        return trials.pop() if len(trials) == 1 else "", results.pop() if len(results) == 1 else ""

    @cached_property
    def groups(self) -> dict[str, str]:
        """Findings in a part of the patients, and the part."""
        return {id_of(f): f.subgroup for f in self.store.findings if f.subgroup}

    def names_its_group(self, said: Said, verdict: Verdict) -> bool:
        """Whether a number is `right for another group` only by a name that the audit can't read.

        The sentence cites the finding that the verdict calls right, and says its part in our words.
        """
        text, ids = said
        cited = [self.groups[name] for name in ids if name in self.groups and name in verdict.findings]
        return verdict.kind == ANOTHER_GROUP and any(
            group_name(part, audience).lower() in text.lower() for part in cited for audience in AUDIENCES
        )

    def read(self, trial: str, texts: tuple[str, ...]) -> tuple[Judged, ...]:
        if (trial, texts) not in self.seen:
            self.seen[(trial, texts)] = tuple(self._read(trial, texts))
        return self.seen[(trial, texts)]

    def _read(self, trial: str, texts: tuple[str, ...]) -> Iterator[Judged]:
        """One paragraph under the name of its trial."""
        body = len(trial) + 1 if trial else 0
        text = f"{trial}\n" if trial else ""
        spans = []
        for said in texts:
            text += " " if len(text) > body else ""
            spans.append((len(text), len(text) + len(said)))
            text += said
        heading = (Part("heading", 0, len(trial)),) if trial else ()
        document = Document("answer", text, (*heading, Part("text", body, len(text))))
        reading = read_claims(document, self.lexicon)
        against = audit(reading, self.store)
        agreeing = [claim.span for claim, _ in supported(reading, self.store)]
        for place in spans:
            yield Judged(
                any(_inside(span, place) for span in agreeing),
                tuple(verdict for verdict in against if _inside(verdict.claim.span, place)),
            )


def _inside(span: Span, place: tuple[int, int]) -> bool:
    return place[0] <= span.start < place[1]


_DESKS: list[_Desk] = []


def _desk(store: Store) -> _Desk:
    for one in _DESKS:
        if one.store is store:
            return one
    _DESKS.append(_Desk(store))
    del _DESKS[:-2]
    return _DESKS[-1]
