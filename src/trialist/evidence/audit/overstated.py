"""Cure, safety without exception, and `all patients`, against what the store holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from trialist.evidence.audit.known.labels import endpoint_words, line_of
from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.said import GRADE, STRONG_SUBGROUP, grade_of, severe
from trialist.evidence.audit.known.scenes import Scene, drugs_named, scenes
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.known.words import main_drugs
from trialist.evidence.audit.model import Severity, Verdict
from trialist.evidence.claims.assertions import Assertion, assertions
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Reading
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.registry import entry

_RESPONSES = (
    "psa50",
    "orr",
    "pain_response",
    "complete_response",
    "pcr",
    "qol_response",
    "alive",
    "sse",
    "death",
)
_NEARLY = 0.995  # of a share that `all` is said of
_WITH_ALL = re.compile(
    r"\b(?:had (?:received|had|been)|received|who|with|were (?:given|treated|randomi[sz]ed|followed))\b", re.I
)


@entry("overstated", needs="store", gives="stronger than the evidence", source="claims/assertions.yaml")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.asks:
            continue
        yield from _cure(one, store)
        yield from _safe(one, store)
        yield from _all(one, store)


def _told(
    one: Scene, found: Assertion, severity: Severity, message: str, of: Sequence[Finding], remedy: str
) -> Verdict:
    store, start = one.sight.names.store, one.span.start
    lines = tuple(line_of(store, f) for f in of[:4])
    claim = one.claim(start + found.start, start + found.end)
    ids = tuple(name_of(f) for f in of[:4])
    return Verdict(
        "overstated", "stronger than the evidence", severity, claim, message, lines, remedy, findings=ids
    )


def _firmly(one: Scene, kind: str) -> Iterator[Assertion]:
    return (said for said in assertions(one.text, kind, behind=one.behind) if said.voice == "told")


def _cure(one: Scene, store: Store) -> Iterator[Verdict]:
    """`X cures`: no trial that the store holds has cure as an endpoint."""
    if not (one.trial or drugs_named(one)):
        return
    for found in _firmly(one, "cure"):
        of = _of(one, store, lambda f: f.endpoint in ("os", "death", "complete_response"))
        message = f"'{found.words}': no trial that is held measured cure or the disappearance of metastases"
        yield _told(
            one,
            found,
            "A",
            message,
            of or list(store.findings[:1]),
            "say what was measured: survival, progression, response",
        )
        return


def _safe(one: Scene, store: Store) -> Iterator[Verdict]:
    for found in _firmly(one, "harmless"):
        of = _of(one, store, lambda f: f.endpoint.startswith("ae:any:") and (f.estimate or 0) > 0)
        if of:
            seen = f"adverse events were seen in {shown(of[0])} of an arm of {of[0].trial}"
            message = f"'{found.words}': {seen}"
            yield _told(one, found, "A", message, of, "give the share of patients with adverse events")
            return


def _all(one: Scene, store: Store) -> Iterator[Verdict]:
    """`All patients responded`, where a share of them did."""
    if STRONG_SUBGROUP.search(one.text):
        return
    for found in _firmly(one, "every"):
        start = one.span.start
        behind = one.text[found.end :]
        stop = re.search(r"[.;,:]|\bbut\b|\band\b", behind)
        end = start + found.end + (stop.start() if stop else len(behind))
        named = [m for m in one.of("toxicity", "endpoint") if start + found.end <= m.start < end]
        if not named or _WITH_ALL.match(behind.lstrip()) or re.match(r"\s+(?:with|who|whose)\b", behind):
            continue
        of = _seen(one, store, named[0])
        if of and all((f.estimate or 0.0) < _NEARLY for f in of):
            share = f"{endpoint_words(store, of[0].endpoint)} was {shown(of[0])} in an arm of {of[0].trial}"
            message = f"'{found.words}' is contradicted: {share}"
            yield _told(one, found, "A", message, of, "give the share instead of all")
            return


def _seen(one: Scene, store: Store, mention: Mention) -> list[Finding]:
    """Shares of patients with a response or an adverse event."""
    if mention.kind == "endpoint":
        return _of(one, store, lambda f: f.endpoint == mention.id and mention.id in _RESPONSES)
    grades = {grade_of(g) for g in GRADE.finditer(one.text)}
    return _of(one, store, lambda f: _event(f, mention.id, grades))


def _event(finding: Finding, term: str, grades: set[str]) -> bool:
    parts = finding.endpoint.split(":")
    if parts[0] != "ae" or len(parts) < 3 or parts[1] != term:
        return False
    return not grades or any(g == parts[2] or (severe(g) and severe(parts[2])) for g in grades)


def _of(one: Scene, store: Store, fits: Callable[[Finding], bool]) -> list[Finding]:
    """Reliable shares of whole arms of the trial or drugs of a sentence, the largest first."""
    drugs, arms = set(drugs_named(one)), set(one.arm_ids)
    held = [
        f
        for f in store.findings
        if f.measure in ("proportion", "median_time", "hazard_ratio")
        and f.subgroup is None
        and reliable(f)
        and (
            f.trial == one.trial
            if one.trial
            else any(drugs.intersection(main_drugs(a)) for a in store.arms(f))
        )
        and (not arms or not f.groups or arms.intersection(f.groups))
        and fits(f)
    ]
    return sorted(held, key=lambda f: -(f.estimate or 0.0))
