"""Numbers as their sources printed them, and who is behind them.

A figure that was printed is repeated as it stands (`reported`); another has the decimals that it was given
with: ratios two at least, months one at least.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Interval

EN_DASH = "\N{EN DASH}"
RECALLED = "recalled, not read"
UNUSABLE = "the interval that its source prints is not centred on it and is left out"
_FIGURE = re.compile(r"[<>]?-?\d+(?:\.(\d+))?%?")
_COUNTED = re.compile(r"\d+/\d+")
_LEAST = {"ratio": 2, "time": 1, "difference": 2}


def value(finding: Finding) -> str:
    """`15.1 months (95% CI 14.1–16.3)`, `0.70 (95% CI 0.59–0.83), p<0.0001`, `39.2% (33.9–44.5)`."""
    p = p_value(finding)
    if finding.measure == "p_value":
        return p or "no p value"
    ends = interval(finding)
    parts = " ".join(part for part in (estimate(finding), f"({ends})" if ends else "") if part)
    against = dict(finding.method.options).get("p_value_against")
    return parts if p is None or against else f"{parts}, {p}"


def estimate(finding: Finding) -> str:
    """The estimate alone, with its unit."""
    if finding.estimate is None:
        return _absent(finding)
    unit = f" {finding.unit}" if finding.unit and finding.unit != "%" else ""
    printed = finding.reported
    if printed and _COUNTED.fullmatch(printed):
        counted, of = (int(part) for part in printed.split("/"))
        return f"{printed} ({_share(counted / of, 1)}%)" if of else printed
    if printed and _FIGURE.fullmatch(printed):
        return f"{printed}{unit}"
    if _scale(finding) == "proportion":
        return f"{_share(finding.estimate, 1)}%"
    return f"{_fixed(finding.estimate, _decimals_of(finding))}{unit}"


def interval(finding: Finding) -> str | None:
    """`95% CI 14.1–16.3`."""
    ends = finding.interval
    if ends is None or (ends.low is None and ends.high is None):
        return None
    low, high = _ends(finding, ends)
    plain = not any(word in low + high for word in ("-", "not"))
    joined = EN_DASH if plain else " to "
    return f"{ends.level * 100:g}% CI {low}{joined}{high}"


def p_value(finding: Finding) -> str | None:
    """A p value with the digits and the bound that it was printed with."""
    if finding.p_value is None:
        return None
    return f"p{finding.p_value.bound}{Decimal(repr(finding.p_value.value)):f}"


def against(finding: Finding) -> str | None:
    """The arm that the p value beside the number of one arm is against."""
    return dict(finding.method.options).get("p_value_against")


def behind(finding: Finding) -> str | None:
    """`129/329`, `n=378, 234 events`; nothing where the figure says it."""
    if finding.reported and _COUNTED.fullmatch(finding.reported):
        return None
    if finding.n is None:
        return None if finding.events is None else _events(finding.events)
    if finding.events is None:
        return f"n={finding.n}"
    if finding.measure == "proportion":
        return f"{finding.events}/{finding.n}"
    return f"n={finding.n}, {_events(finding.events)}"


def analysis(finding: Finding) -> str | None:
    """Which analysis it is of, where a trial has several: `cut-off 2009-09-25`, `multivariable model`."""
    options = dict(finding.method.options)
    parts = (
        options.get("analysis"),
        f"cut-off {options['cut_off']}" if options.get("cut_off") else None,
        options.get("not_joined"),
        options.get("unusable"),
    )
    return ", ".join(str(part) for part in parts if part) or None


def marks(finding: Finding) -> tuple[str, ...]:
    """How the number was taken, where it was not simply read on the page."""
    how = finding.origin.reliability
    kind = finding.origin.kind
    said = [RECALLED if how == "memory" else how] if how not in (None, "read") else []
    return (*([kind] if kind != "published" else []), *(each for each in said if each))


def cites(finding: Finding) -> tuple[str, ...]:
    """Sources of a finding: the paper that a page reports, then the page that was read."""
    origin = finding.origin
    place = origin.place or ""
    paper = place.removeprefix("reporting ") if place.startswith("reporting ") else None
    named = (paper, origin.source)
    return tuple(dict.fromkeys(name for name in named if name and name != "memory"))


def id_of(finding: Finding) -> str:
    return finding.origin.entry or finding.id


def measure(finding: Finding) -> str:
    """`median`, `hazard ratio`, `probability at 12 months`."""
    known = MEASURES.get(finding.measure)
    label = (known.label if known else finding.measure).removesuffix(" at a time")
    when = finding.timepoint
    if when is None:
        return label
    return f"{label} at {when}" if when[:1].isdigit() else f"{label}, {when}"


def _absent(finding: Finding) -> str:
    said = finding.reported or finding.note or "no number was seen"
    return said.split(";")[0].strip().removeprefix("median ")


def _scale(finding: Finding) -> str:
    known = MEASURES.get(finding.measure)
    return known.scale if known else "value"


def _ends(finding: Finding, ends: Interval) -> tuple[str, str]:
    time = _scale(finding) == "time"
    there = [end for end in (ends.low, ends.high) if end is not None]
    if _scale(finding) == "proportion":
        scaled = [Decimal(repr(end)) * 100 for end in there]
        decimals = max([_own(each) for each in scaled] + [_printed_decimals(finding)])
        shown = {end: _share(end, decimals) for end in there}
    else:
        decimals = max([_own(Decimal(repr(end))) for end in there] + [_LEAST.get(_scale(finding), 0)])
        shown = {end: _fixed(end, decimals) for end in there}
    missing = "not reached" if time else "not estimable"
    low, high = (missing if end is None else shown[end] for end in (ends.low, ends.high))
    return low, high


def _decimals_of(finding: Finding) -> int:
    least = _LEAST.get(_scale(finding), 0)
    own = 0 if finding.estimate is None else _own(Decimal(repr(finding.estimate)))
    return max(least, own, _printed_decimals(finding))


def _printed_decimals(finding: Finding) -> int:
    found = _FIGURE.fullmatch(finding.reported or "")
    return len(found[1] or "") if found else 0


def _own(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))


def _share(share: float, decimals: int) -> str:
    scaled = Decimal(repr(share)) * 100
    return _fixed(float(scaled), min(decimals, _own(scaled)) if decimals == 1 else decimals)


def _fixed(number: float, decimals: int) -> str:
    return str(Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"
