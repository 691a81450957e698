"""Trials told as if they were still running or had not reported, whose results are held."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.labels import line_of
from trialist.evidence.audit.known.places import reliable
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.voice import clause_at
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding
from trialist.registry import entry

_RUNS = re.compile(
    r"\b(?:is|are|remains?|still|now|currently)\b[^.;]{0,30}?\b(?:ongoing|on-going|under ?way"
    r"|recruiting|enrolling|accruing|awaited|in progress|pending|open (?:to|for)"
    r"|outstanding|being (?:compared|tested|studied|investigated|evaluated|examined)"
    r"|follow(?:ed|ing)|running|anticipated|expected|eagerly|testing|investigating|evaluating"
    r"|examining|looking)\b"
    r"|\b(?:has|have|had)\s+(?:not\s+yet|yet\s+to|still\s+to|still\s+not|not)"
    r"\s+(?:been\s+)?(?:report|read\s*out|publish|present|complet|clos|finish|announc|releas"
    r"|mature)\w*"
    r"|\b(?:is|are)\s+(?:not\s+yet|yet\s+to\s+be|still\s+to\s+be)\s+(?:\w+\s+)?(?:reported"
    r"|published|known|available|presented|announced|mature|out)\b"
    r"|\bremains?\s+to\s+be\s+(?:seen|shown|tested)\b|\b(?:we|doctors|clinicians|readers|all)"
    r"\s+(?:still\s+|now\s+)?(?:await|wait for)\b|\bawait(?:s|ing)\b|\bawaited\b(?!\s+until)"
    r"|\b(?:ongoing|on-going|current|unfinished|unreported)\s+(?:[\w-]+\s+){0,3}(?:trial|study)\b"
    r"|\bwill\s+(?:soon\s+)?(?:report|show|tell|reveal|answer|compare|test|read out"
    r"|be (?:reported|published|known|presented))\b"
    r"|\b(?:results?|data|findings?|read-?out)\s+(?:[\w-]+\s+){0,3}(?:is|are|will be)"
    r"\s+(?:[\w-]+\s+){0,2}(?:due|awaited|expected|anticipated|pending|outstanding)\b"
    r"|\bno results? (?:has|have|is|are)\b|\bunder ?way\b",
    re.I,
)
_THEN = re.compile(
    r"\b(?:was|were|had been|at the time|at that time|then|until|before|when|in (?:19|20)\d\d"
    r"|as of (?:\w+ )?(?:19|20)\d\d|used to|no longer|not (?:ongoing|recruiting))\b",
    re.I,
)
_MORE = re.compile(
    r"\b(?:final|long(?:er)?-?term|longer|mature|further|additional|updat\w+|five-year|5-year"
    r"|sub-?groups?|biomarkers?|quality|cost\w*|other|another|new|next|follow-?up"
    r"|translational|real-world|meta-analy\w+)\b",
    re.I,
)


@entry("awaited", needs="store", gives="outdated", source="findings of the trial")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.trial is None or one.asks or one.how not in ("sentence", "paragraph"):
            continue
        found = next((f for f in _RUNS.finditer(one.text) if not _other_time(one, f)), None)
        of = _reported(store, store.trials[one.trial]) if found is not None and _of_it(one, found) else []
        if found is not None and of:
            start = one.span.start
            yield Verdict(
                "awaited", "outdated", "B",
                one.claim(start + found.start(), start + found.end()),
                f"{one.trial} has reported: {shown(of[0])}",
                tuple(line_of(store, f) for f in of[:3]),
                "give the result, or say of what time this is",
                findings=tuple(name_of(f) for f in of[:3]),
            )  # fmt: skip


def _other_time(one: Scene, found: re.Match[str]) -> bool:
    start, end = clause_at(one.text, found.start())
    return bool(_THEN.search(one.text[: found.end()])) or bool(_MORE.search(one.text, start, end))


def _of_it(one: Scene, found: re.Match[str]) -> bool:
    """Whether the trial, or its drugs' results, stand in the sentence that says so."""
    named = {m.id for m in one.of("trial")}
    return named == {one.trial} or (
        not named
        and re.search(r"\b(?:the|this|its) (?:trial|study|results?)\b|\bresults?\b", one.text, re.I)
        is not None
    )


def _reported(store: Store, card: TrialCard) -> list[Finding]:
    """Published comparisons of a trial's arms, its primary endpoint first."""
    held = [
        f
        for f in store.of(card.trial)
        if f.measure in ("hazard_ratio", "median_time", "proportion")
        and f.subgroup is None
        and f.origin.kind == "published"
        and reliable(f)
        and (f.endpoint in card.primary or f.endpoint in ("os", "pfs", "rpfs"))
    ]
    return sorted(held, key=lambda f: (f.endpoint not in card.primary, f.measure != "hazard_ratio"))
