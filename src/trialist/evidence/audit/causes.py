"""Causal words for what a trial without a comparison, or without allocation at random, can't show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.labels import endpoint_words, line_of
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.known.values import name_of
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.registry import entry

_CAUSES = (  # the verb: a noun stands behind a preposition or an adjective, or before `of`
    r"(?<!of )(?<!from )(?<!by )(?<!all )(?<!any )(?<!the )(?<!these )(?<!other )(?<!main )(?<!ed )(?<!al )"
    r"(?<!common )(?<!and )(?<!-)"
    r"caus(?:es(?! (?:of|related|unrelated|other|not|were|are|such|included))|ed(?! by))"
)
_CAUSE = re.compile(
    r"\b(?:prove[sdn]?|improv(?:es|ed|ing)|prolong(?:s|ed|ing)|extend(?:s|ed)|lengthen(?:s|ed)|delay(?:s|ed)"
    r"|increas(?:es|ed) (?:overall |the )?"
    rf"survival|reduc(?:es|ed) (?:the )?risk|{_CAUSES}|led to (?:longer|better|improved)|resulted in "
    r"(?:longer|better|improved)"
    r"|because of|thanks to|due to (?:treatment|the)|superior|better than|more effective|outperform\w*"
    r"|benefit(?:s|ed)? survival"
    r"|survival benefit|lowered the risk)\b",
    re.I,
)
_SPARES = re.compile(r"\b(?:prevent|reduc|lower|cut|protect|fall|fewer|less|drop|decreas)\w*\b", re.I)
_LIFE = re.compile(
    r"\b(?:prolong|extend|lengthen|save)\w*\s+(?:\w+\s+)?(?:life|lives)\b|\bliv\w+ longer\b", re.I
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
        "time_to_tumour_progression",
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
        yield from _of_marker(one, store)
        if one.trial is None or one.how not in ("sentence", "paragraph", "heading") or one.asks:
            continue
        card = store.trials[one.trial]
        if card.randomised or len({m.id for m in one.of("trial")}) > 1:
            continue
        found = _CAUSE.search(one.text)
        harms = [m.id for m in one.of("toxicity") if m.id not in ("pain", "any")]
        named = [m.id for m in one.of("endpoint") if m.id in _ENDPOINTS] or (
            ["os"] if _LIFE.search(one.text) else []
        )
        if found is not None and not named and _SPARES.search(one.text):
            named = [f"ae:{harm}" for harm in harms]
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
            f"of {endpoint_words(store, named[0])}",
            (
                f"{one.trial}: phase {card.phase or 'not stated'}, {design}, {card.n or 'unknown'} patients: "
                f"{card.title}",
            ),
            "say what was observed, and that nothing was compared",
        )


_MAKES = re.compile(
    r"\b(?:caus(?:es|ed|ing)|leads? to|led to|shorten(?:s|ed)|worsen(?:s|ed)|drives?|drove|results? in"
    r"|resulted in"
    r"|responsible for|because of|due to|makes?|made)\b",
    re.I,
)


def _of_marker(one: Scene, store: Store) -> Iterator[Verdict]:
    """A cause made of what sets groups of patients apart: `AR-V7 shortens survival`."""
    found = _MAKES.search(one.text)
    named = [m for m in one.of("endpoint") if m.id in _ENDPOINTS]
    if found is None or not named or _DENIED.search(one.text[: found.start()]) or one.asks:
        return
    flat = re.sub(r"[^a-z0-9]", "", one.text.casefold())
    of = [
        f
        for f in store.findings
        if f.measure.endswith("_prognostic")
        and re.sub(r"[^a-z0-9]", "", (f.subgroup or "-").partition(":")[0].casefold()) in flat
        and (one.trial is None or f.trial == one.trial)
    ]
    if of:
        start = one.span.start
        yield Verdict(
            "causes",
            "stronger than the evidence",
            "B",
            one.claim(start + found.start(), start + found.end()),
            f"'{' '.join(found[0].split())}': groups of patients were compared, which shows no cause",
            tuple(line_of(store, f) for f in of[:3]),
            "say that the two went together",
            findings=tuple(name_of(f) for f in of[:3]),
        )
