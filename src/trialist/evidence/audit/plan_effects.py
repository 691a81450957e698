"""The effects that a plan may mean: ratios, falls of the risk, medians, shares, differences of means."""

from __future__ import annotations

import re
from itertools import pairwise, product

from trialist.evidence.audit.plan_frame import Frame
from trialist.evidence.audit.plan_scope import Scope
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.claims.plans import Statement

Effect = tuple[float, tuple[Number, ...]]  # its value, and the numbers that it rests on

_FALL = re.compile(r"\b(?:risk|hazard|death|dying|mortality|progress\w*|relapse|recurrence|event)s?\b", re.I)
_UP = re.compile(r"\b(?:improve\w*|increase\w*|gain|rise|higher|raise\w*|better)\b", re.I)
_CHANGE_DOWN = re.compile(
    r"\b(?:reduc\w+|cut\w*|lower\w*|decreas\w+|fall\w*|mortality|deaths?|relapse\w*|infection\w*"
    r"|recurrence\w*"
    r"|failure\w*|complication\w*|toxicity|events?)\b",
    re.I,
)
_CHANGE = re.compile(
    r"\b(?:down|fewer|reduc\w+|cut\w*|lower\w*|decreas\w+|fall\w*|halv\w+|improvement|drop)\b", re.I
)


def ratios_of(frame: Frame) -> list[Effect]:
    """Hazard ratios that the plan may mean: written, of a fall of the risk, of two medians."""
    scope = frame.scope
    for statement in scope.near():
        written: list[Effect] = [(one.value, (one,)) for one in statement.of("ratio") if one.value != 1]
        if written:
            return written
        text = str(scope.claim.said["text"])[statement.start : statement.end]
        falls = [
            one for one in statement.numbers
            if one.unit == "share" and one.role in ("reduction", "incidence", "") and 0.05 <= one.value < 0.9
        ]  # fmt: skip
        near = [one for one in falls if _is_fall(scope, one)]
        if len(near) == 1:
            return [(1 - near[0].value, (near[0],))]
        if not re.search(r"\bmedian", text, re.I):
            continue
        times = [one for one in two_times(scope, statement) if one.value > 0]
        if len(times) == 2 and times[0].value != times[1].value and 0.2 < times[0].value / times[1].value < 5:
            return [(times[0].value / times[1].value, (times[0], times[1]))]
    return []


def _is_fall(scope: Scope, one: Number) -> bool:
    text = str(scope.claim.said["text"])
    around = text[max(scope.statements[0].start, one.start - 40) : one.end + 45]
    return bool(_FALL.search(around) and _CHANGE.search(around)) and "absolute" not in around


def two_times(scope: Scope, statement: Statement) -> list[Number]:
    """The two times of a statement, the unit of the last of them being that of a bare number before."""
    numbers = list(statement.numbers)
    text = str(scope.claim.said["text"])
    times = [one for one in numbers if one.unit == "days"]
    if len(times) == 1:
        before = [
            one for one in numbers if one.end <= times[0].start and one.unit in ("", "count") and not one.role
        ]
        if before and re.fullmatch(
            r"\s*(?:to|v\.?|vs\.?|versus|against|and|compared (?:with|to)|-)\s*",
            text[before[-1].end : times[0].start],
        ):
            scale = times[0].value / times[0].printed.value
            first = Number(before[-1].printed, before[-1].value * scale, "days")
            return [first, times[0]]
    follow = re.compile(r"follow|accru|recruit|enrol|interim|within|over\b", re.I)
    return [one for one in times if not follow.search(text[max(0, one.start - 30) : one.end + 14])]


def shares_of(frame: Frame) -> list[Number]:
    """Shares without another role of the nearest statement that has them; of two where each has one."""
    held: list[Number] = []
    for statement in frame.scope.near():
        found = [
            one for one in statement.numbers
            if (one.unit == "share" and one.role in ("", "null", "alternative", "incidence", "kept"))
            or (not one.unit and one.role in ("null", "alternative"))
        ]  # fmt: skip
        held += [one for one in found if 0 < one.value < 1]
        if len(held) >= 2 or (held and points_of(frame)):
            break
    return held


def points_of(frame: Frame) -> list[Number]:
    return next(
        (held for s in frame.scope.near() if (held := [n for n in s.numbers if n.unit == "points"])), []
    )


def pairs_of_rates(frame: Frame) -> list[tuple[Number, Number, float, float]]:
    """Two shares of one plan: both written, or one and the points between them."""
    rates = shares_of(frame)
    if len(rates) >= 2:
        return [
            (a, b, a.value, b.value)
            for k, a in enumerate(rates)
            for b in rates[k + 1 :]
            if a.value != b.value
        ]
    points = [one for one in points_of(frame) if one.role in ("", "difference", "reduction")]
    signs: tuple[int, ...] = (1, -1)
    if bool(_UP.search(frame.words)) != bool(_CHANGE_DOWN.search(frame.words)):
        signs = (1,) if _UP.search(frame.words) else (-1,)
    return [
        (rate, gap, rate.value, rate.value + sign * gap.value)
        for rate, gap, sign in product(rates, points, signs)
        if 0 < rate.value + sign * gap.value < 1
    ]


def _against(scope: Scope, first: Number, second: Number) -> bool:
    """Whether two means stand against each other: `mean change 8 v 5`."""
    text = str(scope.claim.said["text"])
    units = {first.unit, second.unit}
    gap = text[first.end : second.start]
    joined = re.fullmatch(r"\s*(?:[a-z]+\s)?(?:v|vs|versus|and|against|to)\.?\s*-?\s*", gap) is not None
    return (
        joined
        and units <= {"", "count", "measured"}
        and bool(
            re.search(
                r"\bmean|\bchange"
                r"|\bscore",
                text[max(0, first.start - 40) : first.start],
            )
        )
    )


def effect_sizes(frame: Frame) -> list[Effect]:
    scope = frame.scope
    effects = scope.find("effect")
    if effects:
        return [(one.value, (one,)) for one in effects]
    spread = scope.find("sd")
    if not scope.find("difference") and spread:
        pairs = [(a, b) for s in scope.near() for a, b in pairwise(s.numbers) if _against(scope, a, b)]
        return [
            (abs(a.printed.value - b.printed.value) / c.value, (a, b, c))
            for a, b in pairs[:1]
            for c in spread
        ]
    gaps = [one for one in scope.find("difference") if one.unit in ("", "count", "points", "measured")]
    return [(a.printed.value / b.printed.value, (a, b)) for a, b in product(gaps, spread) if b.value > 0]
