"""The finding of origin `claimed` that a quantity is; what the text does not say is empty in it."""

from __future__ import annotations

import re
from types import MappingProxyType

from trialist.evidence.claims.binding import Scene
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Bound, Claim, Document, Span
from trialist.findings.model import Finding, Interval, Method, Origin, PValue

_KINDS = {
    "ratio": "ratio",
    "percent": "share",
    "share": "share",
    "time": "time",
    "p": "p_value",
    "total": "total",
}
_MONTHS = {
    "month": 1.0,
    "mo": 1.0,
    "week": 7 / 30.4375,
    "wk": 7 / 30.4375,
    "day": 1 / 30.4375,
    "year": 12.0,
    "yr": 12.0,
}


def finding_of(
    document: Document, text: str, span: Span, item: Item, bound: Bound, seen: Scene
) -> Finding | None:
    measure = _measure(text, item, bound, seen)
    if measure is None:
        return None
    numbers = item.numbers
    factor = _factor(item)
    estimate = numbers["estimate"].value * factor if "estimate" in numbers else None
    count, n = numbers.get("count"), numbers.get("n")
    if estimate is None and count is not None and n is not None and n.value > 0:
        estimate = count.value / n.value
    return Finding(
        trial=bound.trial or "",
        endpoint=bound.endpoint or "",
        measure=measure,
        estimate=estimate,
        origin=Origin("claimed", source=document.name, place=_place(span)),
        method=Method("as claimed"),
        unit="months" if item.kind == "time" else None,
        population=bound.population or "",
        subgroup=bound.subgroup,
        timepoint=bound.timepoint,
        groups=bound.groups,
        interval=_interval(item, factor),
        p_value=_p_value(item),
        n=int(n.value) if n is not None else None,
        events=int(count.value) if count is not None else None,
        definition=tuple((k, v) for k, v in (("term", bound.term), ("grade", bound.grade)) if v is not None),
        reported=document.said(span),
    )


def _measure(text: str, item: Item, bound: Bound, seen: Scene) -> str | None:
    if item.kind == "ratio":
        return str(item.said["measure"])
    if item.kind in ("percent", "share"):
        survival = (
            bound.endpoint in ("os", "pfs", "rpfs", "dfs", "efs", "mfs") and bound.timepoint is not None
        )
        return "survival_probability" if survival else "proportion"
    if item.kind == "time":
        before = text[seen.start : item.start]
        if item.said.get("median") or re.search(r"\bmedian\b", before, re.I):
            return "median_follow_up" if bound.endpoint == "followup" else "median_time"
    return None


def _factor(item: Item) -> float:
    if item.kind in ("percent", "share"):
        return 0.01
    if item.kind == "time":
        unit = str(item.said.get("unit", "months")).lower().rstrip("s")
        return _MONTHS.get(unit, 1.0)
    return 1.0


def _interval(item: Item, factor: float) -> Interval | None:
    low, high = item.numbers.get("low"), item.numbers.get("high")
    if (low is None and high is None) or item.said.get("spread"):
        return None
    level = item.numbers.get("level")
    share = level.value / 100 if level is not None and 0 < level.value < 100 else 0.95
    return Interval(low.value * factor if low else None, high.value * factor if high else None, share)


def _p_value(item: Item) -> PValue | None:
    p = item.numbers.get("p")
    if p is None:
        return None
    return PValue(p.value, item.said.get("bound", "="), 1 if item.said.get("sided") == "one" else 2)


def _place(span: Span) -> str:
    if span.page is not None:
        return f"page {span.page}"
    if span.paragraph is not None:
        return f"paragraph {span.paragraph}"
    return f"line {span.line}" if span.line is not None else f"offset {span.start}"


def claim_of(document: Document, text: str, sentence: Span, item: Item, bound: Bound, seen: Scene) -> Claim:
    """An item as a claim, with its finding where it is a result."""
    kind = _KINDS.get(item.kind, item.kind)
    span = document.span(min(item.first, item.start), max(item.last, item.end))
    finding = finding_of(document, text, span, item, bound, seen)
    said = MappingProxyType({key: value for key, value in item.said.items() if value is not None})
    return Claim(kind, span, sentence, MappingProxyType(dict(item.numbers)), said, bound, finding)  # type: ignore[arg-type]
