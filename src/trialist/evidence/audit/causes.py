"""Causal words for what a trial without a comparison, or without allocation at random, can't show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.labels import endpoint_words
from trialist.evidence.audit.known.scenes import scenes
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_CAUSE = re.compile(
    r"\b(?:improv(?:es|ed|ing)|prolong(?:s|ed|ing)|extend(?:s|ed)|lengthen(?:s|ed)|delay(?:s|ed)"
    r"|increas(?:es|ed) (?:overall |the )?"
    r"survival|reduc(?:es|ed) (?:the )?risk|caus(?:es|ed)|led to (?:longer|better|improved)|resulted in "
    r"(?:longer|better|improved)"
    r"|because of|thanks to|due to (?:treatment|the)|superior|better than|more effective|outperform\w*"
    r"|benefit(?:s|ed)? survival"
    r"|survival benefit|lowered the risk)\b",
    re.I,
)
_DENIED = re.compile(
    r"\b(?:not|no|never|cannot|can't|whether|may|might|could|if|would|suggest\w*)\b[^.;]{0,60}$", re.I
)
_ENDPOINTS = frozenset(
    {
        "os",
        "pfs",
        "rpfs",
        "psa50",
        "orr",
        "pain_response",
        "ttpsa",
        "ttp",
        "death",
        "time_to_sse",
        "time_to_sre",
    }
)


@entry("causes", needs="store", gives="stronger than the evidence", source="design of the trial")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.trial is None or one.how not in ("sentence", "paragraph") or one.text.rstrip().endswith("?"):
            continue
        card = store.trials[one.trial]
        if card.randomised or len({m.id for m in one.of("trial")}) > 1:
            continue
        found = _CAUSE.search(one.text)
        named = [m for m in one.of("endpoint") if m.id in _ENDPOINTS]
        if found is None or not named or _DENIED.search(one.text[: found.start()]):
            continue
        design = "one arm" if len(card.arms) == 1 else "no allocation at random"
        start = one.span.start
        yield Verdict(
            "causes",
            "stronger than the evidence",
            "B",
            one.claim(start + found.start(), start + found.end()),
            f"{one.trial} had {design}: it can't show what '{' '.join(found[0].split())}' says "
            f"of {endpoint_words(store, named[0].id)}",
            (
                f"{one.trial}: phase {card.phase or 'not stated'}, {design}, {card.n or 'unknown'} patients: "
                f"{card.title}",
            ),
            "say what was observed, and that nothing was compared",
        )
