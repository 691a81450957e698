"""A two-stage design: its stages add up, it keeps alpha and has its power, it stops as often as is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.plan_scope import Scope, scopes
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plan_limits import Limit, limits
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.model import Store
from trialist.kernels.two_stage import Found, TwoStage, characteristics, search
from trialist.registry import entry

LARGEST = 110  # patients up to which every design is looked at
APART = 0.08  # proportions that lie closer need more patients than are looked at
SLACK = 0.006  # of alpha and power, beyond their digits
_STAGES = re.compile(
    r"\btwo[- ]stage|\bSimon|\bstage (?:1|one|I)\b|\b(?:first|second) stage\b|\bminimax|\bH0\b", re.I
)
_MORE = re.compile(r"^\W*(?:[a-z]+\s+){0,2}?(?:more|further|additional|others?)\b", re.I)
_MORE_BEFORE = re.compile(
    r"\b(?:further|additional|another|second stage[:,]?|stage (?:2|two|II),?)\s*(?:of\s+)?$", re.I
)
_DONE = re.compile(
    r"\b(?:had responded|responded\b(?! or)|were treated|was observed|amend\w*|instead|but \d+)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a passage says of a two-stage design."""

    scope: Scope
    sizes: tuple[Number, ...]
    further: tuple[Number, ...]
    limits: tuple[Limit, ...]
    rates: tuple[Number, ...]
    alpha: Number | None
    power: Number | None


@entry(
    "two_stage_design",
    needs="two proportions, alpha, power, size",
    gives="no such design",
    source="Simon 1989",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("plan"):
        plan = _plan(claim)
        if plan is None:
            continue
        for rule in (_sum, _early, _kept, _exists):
            found = rule(reading, plan)
            if found is not None:
                yield found
                break


def _plan(claim: Claim) -> Plan | None:
    text = str(claim.said["text"])
    around = text[claim.span.start : claim.span.end]
    if not _STAGES.search(around) or _DONE.search(around):
        return None
    held = scopes(claim)
    numbers = [one for scope in held for one in scope.own.numbers]
    found = tuple(one for s in held for one in limits(text, s.own.start, s.own.end))
    limited = {one.printed.start for one in found}
    wholes = {
        one.n.start: Number(one.n, one.n.value, "count", "people") for one in found if one.n is not None
    }
    sizes = {
        one.start: one for one in numbers
        if (one.role in ("people", "responses") or one.bare) and one.value >= 5 and one.start not in limited
        and one.role != "responses"
    }  # fmt: skip
    sizes |= wholes
    further = tuple(
        one for one in sizes.values()
        if _MORE.match(text[one.end : one.end + 40])
        or _MORE_BEFORE.search(text[max(0, one.start - 24) : one.start])
        or re.match(r"[^.;\d]{0,30}\bin the second", text[one.end : one.end + 50])
    )  # fmt: skip
    rates = tuple(one for one in numbers if one.role in ("null", "alternative") and 0 < one.value < 1)
    if len({one.value for one in rates}) < 2:
        rates = tuple(
            one for one in numbers
            if one.unit == "share" and one.role in ("", "null", "alternative", "kept") and 0 < one.value < 1
        )  # fmt: skip
    one_of = {role: [one for one in numbers if one.role == role] for role in ("alpha", "power", "beta")}
    if len({one.value for one in rates}) != 2 or not sizes:
        return Plan(held[0], tuple(sizes.values()), further, found, rates, None, None) if sizes else None
    power = next(iter([*one_of["power"], *one_of["beta"]]), None)
    return Plan(
        held[0], tuple(sizes.values()), further, found, rates, next(iter(one_of["alpha"]), None), power
    )


def _told(
    reading: Reading, plan: Plan, held: list[Number], kind: str, said: str, lines: tuple[str, ...]
) -> Verdict:
    return Verdict(
        "two_stage_design", kind, "B", plan.scope.claimed(reading, held), said, lines,
        "correct the stages, the limits, the proportions, alpha or the power",
    )  # fmt: skip


def _values(plan: Plan) -> list[int]:
    return sorted({int(one.value) for one in plan.sizes})


def _sum(reading: Reading, plan: Plan) -> Verdict | None:
    """First and second stage make the whole."""
    sizes = _values(plan)
    if plan.further and len(sizes) == 2 and len(plan.sizes) == 3:
        sizes = sorted(int(one.value) for one in plan.sizes)
    if not plan.further or len(sizes) != 3:
        return None
    a, b, c = sizes
    if a + b == c:
        return None
    return _told(
        reading, plan, list(plan.sizes), "stages and whole", f"stages of {a} and {b} make {a + b}, not {c}",
        (f"{a} + {b} = {a + b}",),
    )  # fmt: skip


def _null(plan: Plan) -> tuple[float, float] | None:
    values = sorted({one.value for one in plan.rates})
    return (values[0], values[1]) if len(values) == 2 else None


def _early(reading: Reading, plan: Plan) -> Verdict | None:
    """The chance of an early stop is that of the first limit."""
    early = [one for scope in scopes(plan.scope.claim) for one in scope.own.of("early")]
    largest = max(_values(plan), default=0)
    rates, firsts = _null(plan), [
        one for one in plan.limits if one.n is not None and one.r < one.n.value and one.n.value != largest
    ]  # fmt: skip
    told = rates or tuple(one.value for one in plan.rates if one.role != "early")
    if len(early) != 1 or not told or not firsts:
        return None
    shown = [
        (characteristics(TwoStage(one.r, n, one.r + 1, n + 1), rate).stopped, one)
        for one in firsts if one.n is not None for n in [int(one.n.value)] for rate in told
    ]  # fmt: skip
    stated = early[0]
    if any(abs(value - stated.value) <= 0.012 for value, _ in shown):
        return None
    value, one = shown[0]
    return _told(
        reading, plan, [stated], "chance of an early stop",
        f"{one.r} or fewer of {one.n.value if one.n else 0:.0f} at {100 * told[0]:g}% have a chance of "
        f"{value:.2f}, not {stated.printed.text}",
        (f"binomial: {value:.3f}",),
    )  # fmt: skip


def _designs(plan: Plan) -> list[TwoStage]:
    """Every design that the limits and sizes may mean."""
    sizes = _values(plan)
    n = max(sizes)
    later = {int(one.value) for one in plan.further}
    firsts = [size for size in sizes if size not in later or len(sizes) == 1]
    out = []
    for first in plan.limits:
        for last in plan.limits:
            for n1 in firsts:
                whole = None if first.n is None else int(first.n.value)
                if not first.r < last.r < n or not first.r < n1 < n or whole not in (None, n1):
                    continue
                if last.n is not None and int(last.n.value) != n:
                    continue
                if last.r - first.r <= n - n1:
                    out.append(TwoStage(max(first.r, 0), n1, last.r, n))
    return out


def _kept(reading: Reading, plan: Plan) -> Verdict | None:
    """The design that is told keeps its alpha and has its power."""
    rates = _null(plan)
    if rates is None or (plan.alpha is None and plan.power is None) or len(plan.limits) < 2:
        return None
    alpha = 1.0 if plan.alpha is None else plan.alpha.value + _digits(plan.alpha)
    power = 0.0
    if plan.power is not None:
        power = (plan.power.value if plan.power.role == "power" else 1 - plan.power.value) - _digits(
            plan.power
        )
    shown = [
        (characteristics(design, rates[0]).positive, characteristics(design, rates[1]).positive, design)
        for design in _designs(plan)
    ]
    if not shown or any(size <= alpha + SLACK and reach >= power - SLACK for size, reach, _ in shown):
        return None
    size, reach, d = shown[0]
    held = [*plan.rates, *(one for one in (plan.alpha, plan.power) if one is not None), *plan.sizes]
    held += [Number(one.printed, one.printed.value, "count") for one in plan.limits]
    return _told(
        reading, plan, held, "alpha and power of the limits",
        f"stopping at {d.r1} of {d.n1} and promising above {d.r} of {d.n} have alpha {size:.3f} and power "
        f"{reach:.3f}",
        (f"exact, {100 * rates[0]:g}% against {100 * rates[1]:g}%",),
    )  # fmt: skip


def _digits(one: Number) -> float:
    return 0.5 * 10.0**-one.printed.decimals / (100 if one.printed.text.endswith("%") else 1)


def _exists(reading: Reading, plan: Plan) -> Verdict | None:
    """Some design of the stated size has that alpha and power."""
    rates, alpha, power = _null(plan), plan.alpha, plan.power
    if rates is None or alpha is None or power is None or power.role != "power":
        return None
    n = max(_values(plan))
    null, alternative = rates
    most, least = alpha.value + _digits(alpha), power.value - _digits(power)
    if not 5 <= n <= LARGEST or alternative - null < APART or not most < 0.5 < least:
        return None
    if search(null, alternative, most, least, n).designs:
        return None
    stated = (
        f"{100 * null:g}% against {100 * alternative:g}%, alpha {alpha.printed.text}, power "
        f"{power.printed.text}"
    )
    return _told(
        reading, plan, [*plan.rates, alpha, power, *plan.sizes], "no two-stage design of that size",
        f"no two-stage design of {n} patients tests {stated}",
        (_smallest(search(null, alternative, most, least, LARGEST)),),
    )  # fmt: skip


def _smallest(found: Found) -> str:
    if not found.designs:
        return f"none up to {LARGEST} patients does"
    best = found.designs[found.minimax]
    first = f"stop at {best.r1} of {best.n1} or fewer"
    return f"the smallest has {best.n}: {first}, promising above {best.r} of {best.n}"
