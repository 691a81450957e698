"""Numbers made of findings: a reduction of risk from a hazard ratio, a difference of medians or percents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.known.labels import endpoint_words
from trialist.evidence.audit.known.said import ABOUT, HEDGED, STRONG_SUBGROUP, subgroup_said
from trialist.evidence.audit.known.scenes import Scene, scenes
from trialist.evidence.audit.known.values import name_of, shown
from trialist.evidence.audit.model import Verdict
from trialist.evidence.checks import printed
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.plain import NUMBER
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.kernels.coherence import Range, rounding
from trialist.registry import entry

_OF = r"(?:risk|hazard|rate|chance|odds|likelihood)\s+(?:of|for)\s+(?P<{0}>[a-z -]{{4,60}}?)"
_RISK = re.compile(
    rf"(?P<x>{NUMBER})\s?%\s+(?:relative\s+)?(?P<less>reduction|decrease|lower|reduced|less|fall|drop"
    rf"|increase|higher|increased"
    rf"|greater)\b[^.;%\d]{{0,30}}?{_OF.format('a')}(?=[\s,.;)(]|$)"
    rf"|\b(?P<verb>reduc\w+|lower\w*|cut\w*|decreas\w+|increas\w+|rais\w+)\s+(?:the\s+"
    rf"|their\s+)?{_OF.format('b')}\s+by\s+"
    rf"(?P<lead>(?:about|approximately|nearly|almost|roughly|some|over|more than)\s+)?(?P<y>{NUMBER})\s?%"
    rf"|\b{_OF.format('c')}\s+(?:(?:was|is|were)\s+)?(?:(?:fell|fall|dropped|reduced|cut|lowered|down"
    rf"|falls)\s+(?:by\s+)?)"
    rf"(?:about\s+)?(?P<z>{NUMBER})\s?%"
    rf"|\b{_OF.format('d')}\s+(?:was|is|were)\s+(?P<w>{NUMBER})\s?%\s*(?P<less2>lower|higher|less)",
    re.I,
)
_TIME = re.compile(
    rf"\b(?:by|of)\s+(?P<x>{NUMBER})\s+(?P<u>months?|weeks)\b|(?P<y>{NUMBER})\s+(?P<v>months?"
    rf"|weeks)\s+(?:longer|shorter"
    rf"|later|more)\b|(?P<z>{NUMBER})[\s-](?P<w>month|week)\s+(?:improvement|difference|gain|advantage"
    rf"|benefit|prolongation"
    rf"|increase|extension)",
    re.I,
)
_GAINED = re.compile(
    r"\b(?:improv\w+|prolong\w+|extend\w+|longer|shorter|gain\w*|differ\w+|advantage|benefit|increas\w+"
    r"|add\w*|later)\b",
    re.I,
)
_POINTS = re.compile(
    rf"(?P<x>{NUMBER})\s?(?:%\s+absolute|percentage[\s-]points?|%-points?)|\babsolute (?:difference"
    rf"|risk reduction|increase)"
    rf"\s+(?:of|was)\s+(?P<y>{NUMBER})\s?%",
    re.I,
)
_DEATHS = re.compile(r"\b(?:death|dying|mortality)\b", re.I)
_PROGRESSION = re.compile(r"radiographic|radiological|imaging", re.I)


@entry(
    "derived_findings",
    needs="store",
    gives="a reduction or difference that the findings do not make",
    source="1 - ratio; differences of ranges of rounding",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if store is None:
        return
    for one in scenes(reading, store):
        if one.trial is None or HEDGED.search(one.text):
            continue
        yield from _risks(one, store)
        yield from _times(one, store)
        yield from _points(one, store)


def _risks(one: Scene, store: Store) -> Iterator[Verdict]:
    for found in _RISK.finditer(one.text):
        word = next(g for g in ("x", "y", "z", "w") if found[g])
        of = found[{"x": "a", "y": "b", "z": "c", "w": "d"}[word]] or ""
        endpoint = _endpoint_of(one, of)
        said = rounding(found[word].replace(",", "."))
        if endpoint is None or said is None:
            continue
        direction = (found["less"] or found["verb"] or found["less2"] or "less").casefold()
        more = direction.startswith(("incre", "high", "great", "rais"))
        wide = (
            2.0
            if found["lead"] or ABOUT.search(one.text[max(0, found.start(word) - 26) : found.start(word)])
            else 0.0
        )
        ratios = [
            f
            for f in _main(store, one, endpoint)
            if f.measure == "hazard_ratio"
            and len(f.groups) == 2
            and f.estimate is not None
            and _arms_fit(one, f)
        ]
        changes = []
        for f in ratios:
            held = printed.estimate(f)
            if held is not None:
                low, high = (
                    (100 * (held.low - 1), 100 * (held.high - 1))
                    if more
                    else (100 * (1 - held.high), 100 * (1 - held.low))
                )
                changes.append((f, Range(low, high)))
        wanted = Range(said.low - wide, said.high + wide)
        if not changes or any(wanted.low <= c.high + 0.5 and c.low - 0.5 <= wanted.high for _, c in changes):
            continue
        if STRONG_SUBGROUP.search(one.text) and not any(f.subgroup for f, _ in changes):
            continue
        lines = tuple(
            f"{name_of(f)} ({f.origin.source}): {shown(f)}: {'+' if more else '-'}{_round(c.low)} "
            f"to {_round(c.high)}%"
            for f, c in changes[:3]
        )
        start = one.span.start + found.start()
        yield Verdict(
            "derived_findings",
            "contradicted",
            "A",
            one.claim(start, one.span.start + found.end()),
            f"the hazard ratio of {endpoint_words(store, endpoint)} in {one.trial} makes "
            f"{_round(changes[0][1].low)} "
            f"to {_round(changes[0][1].high)}%, "
            f"not {found[word]}%",
            lines,
            "take the percent from the hazard ratio, or say of which endpoint it is",
            findings=tuple(name_of(f) for f, _ in changes[:3]),
        )


def _endpoint_of(one: Scene, of: str) -> str | None:
    named = one.sight.names.find(of, 0, len(of))
    endpoints = [m.id for m in named if m.kind == "endpoint"]
    if _PROGRESSION.search(of):
        return "rpfs"
    if _DEATHS.search(of) and not re.search(r"progression", of, re.I):
        return "os"
    if re.search(r"\bPSA\b", of):
        return "ttpsa"
    if re.search(r"progression", of, re.I):
        own = [m.id for m in one.of("endpoint") if m.id in ("rpfs", "pfs")]
        return own[0] if own else "pfs"
    return endpoints[0] if endpoints else None


def _main(store: Store, one: Scene, endpoint: str) -> list[Finding]:
    return [
        f
        for f in store.of(one.trial or "")
        if f.endpoint == endpoint
        and (f.subgroup is None or subgroup_said(f.subgroup, one.text))
        and f.origin.reliability not in ("memory", "unreliable")
    ]


def _arms_fit(one: Scene, finding: Finding) -> bool:
    ids = set(one.arm_ids)
    return len(ids) < 2 or set(finding.groups) <= ids


def _times(one: Scene, store: Store) -> Iterator[Verdict]:
    if not _GAINED.search(one.text):
        return
    for found in _TIME.finditer(one.text):
        word, unit = next(p for p in (("x", "u"), ("y", "v"), ("z", "w")) if found[p[0]])
        before = [m for m in one.of("endpoint") if m.start < one.span.start + found.start()]
        after = [m for m in one.of("endpoint") if m.start >= one.span.start + found.end()]
        endpoint = before[-1].id if before else after[0].id if after else _of_before(one)
        said = rounding(found[word].replace(",", "."))
        lead = one.text[max(0, found.start() - 34) : found.start()]
        if endpoint is None or said is None or (word == "x" and not _leads(lead)):
            continue
        if re.search(r"follow", one.text[found.end() : found.end() + 12]):
            continue
        factor = 7 / 30.4375 if found[unit].lower().startswith("w") else 1.0
        wide = 0.3 if ABOUT.search(one.text[max(0, found.start(word) - 26) : found.start(word)]) else 0.0
        wanted = Range(said.low * factor - wide, said.high * factor + wide)
        pairs = _pairs(_main(store, one, endpoint), one, "median_time")
        if not pairs or any(wanted.low <= d.high + 1e-9 and d.low - 1e-9 <= wanted.high for _, _, d in pairs):
            continue
        if STRONG_SUBGROUP.search(one.text) and not any(a.subgroup for a, _, _ in pairs):
            continue
        yield _difference(one, found, f"{found[word]} {found[unit]}", endpoint, pairs, "months")


def _of_before(one: Scene) -> str | None:
    """The endpoint of the sentence before, for one that says only how much: `That is 2 months more.`"""
    reading = one.sight.reading
    part = reading.document.part_of(one.span.start)
    earlier = [s for s in reading.sentences if part and part.start <= s.start < one.span.start]
    named = (
        [m.id for m in one.sight.mentions(earlier[-1].start, earlier[-1].end) if m.kind == "endpoint"]
        if earlier
        else []
    )
    words = one.sight.names.store.words
    ids = {words.timed(name) for name in named}
    return ids.pop() if len(ids) == 1 else None


def _leads(lead: str) -> bool:
    return bool(
        re.search(
            r"(?:improv\w+|prolong\w+|extend\w+|increas\w+|longer|gain|differ\w+|benefit|advantage|survival"
            r"|lengthen\w+|delay\w+)"
            r"[^.;,\d]{0,30}$",
            lead,
            re.I,
        )
    )


def _points(one: Scene, store: Store) -> Iterator[Verdict]:
    for found in _POINTS.finditer(one.text):
        word = "x" if found["x"] else "y"
        named = one.of("endpoint")
        said = rounding(found[word].replace(",", "."))
        if not named or said is None:
            continue
        endpoint = min(named, key=lambda m: abs(m.start - one.span.start - found.start())).id
        wanted = Range(said.low / 100, said.high / 100)
        pairs = _pairs(_main(store, one, endpoint), one, "proportion")
        if pairs and not any(
            wanted.low <= d.high + 1e-9 and d.low - 1e-9 <= wanted.high for _, _, d in pairs
        ):
            yield _difference(one, found, f"{found[word]} percentage points", endpoint, pairs, "points")


def _pairs(found: list[Finding], one: Scene, measure: str) -> list[tuple[Finding, Finding, Range]]:
    held = []
    of = [f for f in found if f.measure == measure and len(f.groups) == 1]
    for place, a in enumerate(of):
        for b in of[place + 1 :]:
            same = (a.population, a.subgroup, a.timepoint) == (b.population, b.subgroup, b.timepoint)
            first, second = printed.estimate(a), printed.estimate(b)
            if not same or a.groups == b.groups or first is None or second is None:
                continue
            ids = set(one.arm_ids)
            if len(ids) >= 2 and not {*a.groups, *b.groups} <= ids:
                continue
            low, high = first.low - second.high, first.high - second.low
            held.append((a, b, Range(low, high) if low + high >= 0 else Range(-high, -low)))
    return held


def _difference(
    one: Scene,
    found: re.Match[str],
    said: str,
    endpoint: str,
    pairs: list[tuple[Finding, Finding, Range]],
    unit: str,
) -> Verdict:
    by = 100.0 if unit == "points" else 1.0
    lines = tuple(
        f"{name_of(a)} {shown(a)} and {name_of(b)} {shown(b)} differ by {by * d.low:.2f} "
        f"to {by * d.high:.2f} {unit}"
        for a, b, d in pairs[:3]
    )
    start = one.span.start + found.start()
    return Verdict(
        "derived_findings",
        "contradicted",
        "A",
        one.claim(start, one.span.start + found.end()),
        f"the arms of {one.trial} do not differ by {said} in "
        f"{endpoint_words(one.sight.names.store, endpoint)}",
        lines,
        "subtract the two numbers again, or say of which arms and endpoint they are",
        findings=tuple(dict.fromkeys(name_of(f) for a, b, _ in pairs[:3] for f in (a, b))),
    )


def _round(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
