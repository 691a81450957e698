"""Two arms called equal, where an interval leaves a difference open, or non-inferiority was tested."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.audit.known.compared import clear_ratios, excludes_one
from trialist.evidence.audit.known.labels import endpoint_words, line_of
from trialist.evidence.audit.known.said import STRONG_SUBGROUP
from trialist.evidence.audit.known.scenes import Scene, drugs_named, scenes, trials_comparing
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.assertions import assertions
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry


@entry(
    "equality",
    needs="store",
    gives="stronger than the evidence",
    source="intervals; claims/assertions.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.asks or STRONG_SUBGROUP.search(one.text):
            continue
        for found in assertions(one.text, "equal", behind=one.behind):
            if found.voice != "told":
                continue
            of = _compared(one, store)
            if not of:
                continue
            first = of[0]
            clear = excludes_one(first)
            why = (
                "the interval leaves out no difference"
                if clear
                else "an interval that holds 1 is no proof of equality"
            )
            start = one.span.start
            yield Verdict(
                "equality",
                "contradicted" if clear else "stronger than the evidence",
                "A" if clear else "B",
                one.claim(start + found.start, start + found.end),
                f"{why}: {endpoint_words(store, first.endpoint)} in {first.trial}, {shown(first)}",
                tuple(line_of(store, f) for f in of[:3]),
                "say what was tested (superiority, non-inferiority), and give the interval",
                findings=tuple(name_of(f) for f in of[:3]),
            )
            break


def _compared(one: Scene, store: Store) -> list[Finding]:
    """Hazard ratios of the arms of a sentence: of the endpoint it names, else of the primary one."""
    trials = [store.trials[one.trial]] if one.trial else []
    drugs = drugs_named(one)
    if not trials and len(drugs) == 2 and not one.of("trial"):
        trials = trials_comparing(one.sight.names, drugs[0], drugs[1])
    held: list[Finding] = []
    for card in trials:
        if not card.randomised:
            continue
        named = [m.id for m in one.of("endpoint")]
        if named and not any(name in card.primary or name == "os" for name in named):
            continue
        for endpoint in (
            [name for name in named if name in card.primary or name == "os"] or list(card.primary) or ["os"]
        ):
            held += [f for f, _ in clear_ratios(store, one, endpoint, card.trial)]
    return held
