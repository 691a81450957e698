"""Numbers of findings as an answer prints them: with the digits of their source, never with others."""

from __future__ import annotations

import re
from decimal import Decimal

from trialist.evidence.answers.results import is_ratio
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?")


def value(finding: Finding) -> str:
    """`13.6`, `0.64`, `35.7%`, `41`; why there is no estimate where there is none."""
    if finding.estimate is None:
        return missing(finding)
    scale = MEASURES[finding.measure].scale
    if scale == "proportion":
        return f"{percent(finding.estimate, finding.reported)}%"
    if finding.reported and _PLAIN.fullmatch(finding.reported):
        return finding.reported
    if scale == "count":
        return str(round(finding.estimate))
    return decimal(finding.estimate, 2 if is_ratio(finding) else 0)


def missing(finding: Finding) -> str:
    """Why there is no estimate, as its source says: not reached, not estimable, or not seen."""
    note = finding.note or ""
    for said in ("not estimable", "not reached"):
        if said in note:
            return said
    return "not seen"


def decimal(number: float, least: int = 0) -> str:
    """A number with the decimals it has, `least` at least."""
    held = Decimal(repr(number)).normalize()
    exponent = held.as_tuple().exponent
    have = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"{held:.{max(have, least)}f}"


def percent(share: float, reported: str | None = None) -> str:
    """A share as a percentage: as printed where it was printed so, else with at most one decimal."""
    if reported and re.fullmatch(r"\d+(?:\.\d+)?%", reported):
        return reported.rstrip("%")
    return decimal(float((Decimal(repr(share)) * 100).quantize(Decimal("0.1"))))


def interval(finding: Finding, *, as_percent: bool = False) -> str | None:
    """`95% CI 0.46 to 0.89`; an end that is none says so."""
    ends = finding.interval
    if ends is None or (ends.low is None and ends.high is None):
        return None
    least = 2 if is_ratio(finding) else 0

    def end(number: float | None) -> str:
        if number is None:
            return "no end"
        return percent(number) + "%" if as_percent else decimal(number, least)

    level = decimal(float(Decimal(repr(ends.level)) * 100))
    return f"{level}% CI {end(ends.low)} to {end(ends.high)}"


def p_value(finding: Finding) -> str | None:
    if finding.p_value is None:
        return None
    return f"p {finding.p_value.bound} {Decimal(repr(finding.p_value.value)):f}"


def of_arm(finding: Finding) -> str:
    """`median 13.6 months (95% CI 11.5 to 17.5)`, `35.7% (41 of 115)`."""
    scale = MEASURES[finding.measure].scale
    if scale == "proportion":
        counted = f"{finding.events} of {finding.n}" if finding.events is not None and finding.n else None
        ends = interval(finding, as_percent=True)
        inside = "; ".join(part for part in (counted, ends) if part)
        at = f" at {finding.timepoint}" if finding.timepoint else ""
        return f"{value(finding)}{at}" + (f" ({inside})" if inside else "")
    if scale == "count":
        return f"{value(finding)} of {finding.n}" if finding.n else value(finding)
    name = {
        "median_time": "median ",
        "restricted_mean": "restricted mean ",
        "mean": "mean ",
        "median": "median ",
    }.get(finding.measure, "")
    unit = f" {finding.unit}" if finding.unit and finding.estimate is not None else ""
    to = f" up to {finding.timepoint}" if finding.measure == "restricted_mean" and finding.timepoint else ""
    ends = interval(finding)
    return f"{name}{value(finding)}{unit}{to}" + (f" ({ends})" if ends else "")


def of_contrast(finding: Finding, *, counted: bool = False) -> str:
    """`hazard ratio 0.64 (95% CI 0.46 to 0.89), p = 0.008`, and the events that it stands on."""
    label = MEASURES[finding.measure].label
    ends, p = interval(finding), p_value(finding)
    at = f" at {finding.timepoint}" if finding.timepoint else ""
    told = f"{label}{at} {value(finding)}" + (f" ({ends})" if ends else "") + (f", {p}" if p else "")
    events = f", {finding.events} events" if counted and finding.events is not None else ""
    return told + events


def of_people(share: float, out_of: int) -> str:
    """`about 36 of 100`."""
    return f"{'about ' if share else ''}{round(share * out_of)} of {out_of}"


def denominator(shares: list[float]) -> int:
    """The same for all that are told side by side: 100, or 1000 where one is rarer than 1 of 100."""
    return 1000 if any(0 < share < 0.01 for share in shares) else 100
