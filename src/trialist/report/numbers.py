"""How a number is printed, by what it measures. Nothing else in the report formats a number.

Ratios have two decimals (three below 0.1, fewer from 10 on), months one; proportions are percentages with
their counts. A p value below 0.001 is printed as p<0.001; one between 0.045 and 0.055 keeps three decimals,
so that rounding never moves it across 0.05. A minus sign is U+2212, and a range with a negative end is
joined by "to". A published time, share or value keeps the digits that it was printed with.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from trialist.findings.measures import MEASURES, Measure
from trialist.findings.model import Finding, Interval, PValue

MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
NOT_REACHED = "not reached"
NOT_ESTIMABLE = "not estimable"
_PRINTED_SHARE = re.compile(r"[<>]?\d+(?:\.(\d+))?%")
_PRINTED_VALUE = re.compile(r"-?\d+(?:\.(\d+))?")

IN_POINTS = frozenset({"risk_difference", "survival_difference"})
"""Differences of proportions that are printed in percentage points."""


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals, half rounded away from zero as a reader would: 0.125 -> 0.13."""
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP)
    text = f"{abs(rounded):,f}"
    return f"{MINUS}{text}" if rounded < 0 else text


def count(value: float) -> str:
    """A whole number, thousands separated."""
    return f"{round(value):,}".replace("-", MINUS)


def percent(value: float, decimals: int = 1) -> str:
    """A fraction as a percentage: 0.392 -> 39.2%."""
    return f"{fixed(value * 100, decimals)}%"


def p_value(p: PValue) -> str:
    """`p<0.001`, `p=0.004`, `p=0.048`, `p=0.31`, with the printed bound of a published one."""
    if p.bound == "<":
        return f"p<{p.value:.4g}"
    if p.bound == ">":
        return f"p>{p.value:.4g}"
    if p.value < 0.001:
        return "p<0.001"
    if p.value > 0.99:
        return "p>0.99"
    decimals = 3 if p.value < 0.01 or 0.045 <= p.value < 0.055 else 2
    return f"p={fixed(p.value, decimals)}"


def estimate(finding: Finding) -> str:
    """The estimate alone, in its measure's form; `not reached` or `not estimable` when there is none."""
    if finding.estimate is None:
        return _absent(finding)
    printed = _printed(finding)
    return printed[0].replace("-", MINUS) if printed else _value(finding.estimate, finding)


def interval(finding: Finding) -> str | None:
    """`0.59–0.83`; an end that is not there is NR (a time not reached) or NE (not estimable)."""
    ends = finding.interval
    if ends is None or (ends.low is None and ends.high is None):
        return None
    time = _scale(finding) == "time"
    low = "NE" if ends.low is None else _end(ends.low, finding)
    high = ("NR" if time else "NE") if ends.high is None else _end(ends.high, finding)
    joined = " to " if MINUS in low + high else EN_DASH
    return f"{low}{joined}{high}"


def level(interval: Interval) -> str:
    """`95% CI`."""
    return f"{interval.level * 100:g}% CI"


def with_interval(finding: Finding) -> str:
    """`0.70 (0.59–0.83)`, `39.2% (90% CI 34.2–44.3)`, `not reached`; one line for text tables."""
    shown = in_brackets(finding)
    return estimate(finding) + (f" {shown}" if shown else "")


def in_brackets(finding: Finding) -> str:
    """`(0.59–0.83)`, with its level when not 95 %: `(90% CI 0.61–0.80)`; empty without an interval."""
    shown = interval(finding)
    if shown is None or finding.interval is None:
        return ""
    return f"({shown})" if finding.interval.level == 0.95 else f"({level(finding.interval)} {shown})"


def denominator(finding: Finding) -> str | None:
    """Who is behind the number: `147/375`, `n 378, 234 events`, `n 378`."""
    if finding.n is None:
        return None if finding.events is None else events(finding.events)
    if finding.events is None:
        return f"n {count(finding.n)}"
    if _scale(finding) == "proportion" and finding.measure == "proportion":
        return f"{count(finding.events)}/{count(finding.n)}"
    return f"n {count(finding.n)}, {events(finding.events)}"


def events(value: int) -> str:
    """`1 event`, `234 events`."""
    return f"{count(value)} event{'' if value == 1 else 's'}"


def months(value: float) -> str:
    """A time in months: one decimal."""
    return fixed(value, 1)


def stated(value: float) -> str:
    """A ratio as a design states it: two decimals, or as many as it has."""
    return fixed(value, max(2, -int(Decimal(repr(float(value))).as_tuple().exponent)))


def axis(value: float) -> str:
    """A tick on an axis: no more decimals than needed."""
    return f"{value:g}".replace("-", MINUS)


def _printed(finding: Finding) -> re.Match[str] | None:
    """The figure of a share, time or value as its source printed it; its group 1 are the decimals."""
    scale = _scale(finding)
    form = _PRINTED_SHARE if scale == "proportion" else _PRINTED_VALUE if scale in ("time", "value") else None
    return form.fullmatch(finding.reported) if form and finding.reported else None


def _end(value: float, finding: Finding) -> str:
    """An end of an interval: as the estimate, with the decimals of a printed interval."""
    printed, ends = _printed(finding), finding.interval
    if printed is None or ends is None:
        return _value(value, finding, bare=True)
    factor = 100 if _scale(finding) == "proportion" else 1
    exact = [Decimal(repr(float(v))) * factor for v in (ends.low, ends.high) if v is not None]
    given = [-int(v.normalize().as_tuple().exponent) for v in exact]
    return fixed(float(Decimal(repr(float(value))) * factor), max(len(printed[1] or ""), *given))


def _measure(finding: Finding) -> Measure | None:
    return MEASURES.get(finding.measure)


def _scale(finding: Finding) -> str:
    measure = _measure(finding)
    return measure.scale if measure else "value"


def _value(value: float, finding: Finding, *, bare: bool = False) -> str:
    measure = _measure(finding)
    if measure is None:
        return _plain(value)
    if measure.scale == "count":
        return count(value)
    if measure.scale == "proportion":
        return percent(value).rstrip("%") if bare else percent(value)
    if measure.name in IN_POINTS:
        return fixed(value * 100, 1)
    if measure.scale == "ratio":
        return fixed(value, 3 if 0 < value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0)
    if dict(finding.method.options).get("of") == "percent_change":
        return fixed(value, 1)
    return fixed(value, measure.decimals)


def _plain(value: float) -> str:
    """Three significant figures, never in exponents."""
    if value == 0:
        return "0"
    exponent = Decimal(repr(float(value))).adjusted()
    return fixed(value, max(0, 2 - exponent))


def _absent(finding: Finding) -> str:
    words = f"{finding.reported or ''} {finding.note or ''}"
    inestimable = "not estimable" in words.lower() or finding.reported == "NE" or finding.n == 0
    if _scale(finding) == "time" and not inestimable:
        return NOT_REACHED
    return NOT_ESTIMABLE
