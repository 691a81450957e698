"""Planned, published and found here: joined only where they measure the same thing in the same people.

Two numbers share a row when endpoint, measure, groups, population, subgroup and timepoint agree. A
published number of another population, or of the groups the other way round, is named beside the row
with the reason why it is not joined; so is one whose method has the option `not_joined`, a reason of its own
(another model, another start of time).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from trialist.findings.model import Finding, Method, Origin
from trialist.protocol.assumptions import LogRankEvents, OneProportion, PairedT, TwoProportions
from trialist.protocol.endpoints import AdverseEvents
from trialist.protocol.model import TrialProtocol
from trialist.protocol.single_arm_designs import Simon, SingleStage
from trialist.report import numbers, words
from trialist.report.event_tables import tabulated

_NOT_HEADLINE = frozenset({"n_at_risk", "count"})
_DESCRIBING = frozenset({"describe", "exposure"})
_ONLY_BESIDE = frozenset(
    {
        *("survival_probability", "log_rank", "survival_band", "quantile_time", "restricted_mean_lost"),
        *("follow_up_quantile", "observed_follow_up", "weibull_shape"),
        *("interaction", "proportional_hazards", "model_test", "concordance"),
    }
)


@dataclass(frozen=True, slots=True)
class Key:
    endpoint: str
    measure: str
    groups: tuple[str, ...]
    population: str
    subgroup: str | None
    timepoint: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What the design assumed for a row, as text, with what it was assumed for."""

    text: str
    details: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Apart:
    """A published finding that a reader might compare with a row, and why it is not joined."""

    finding: Finding
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    key: Key
    objective: str | None
    planned: tuple[Planned, ...]
    published: tuple[Finding, ...]
    here: tuple[Finding, ...]
    apart: tuple[Apart, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """`rows` have a planned number or one found here; `elsewhere`: published, with no counterpart here."""

    rows: tuple[Row, ...]
    elsewhere: tuple[Finding, ...]


def side_by_side(
    plan: TrialProtocol, published: Iterable[Finding], here: Iterable[Finding], *, subgroups: bool = False
) -> SideBySide:
    """Join by `Key`. Rows follow the protocol: primary estimands first, then its order.

    Findings of subgroups get rows only with `subgroups`; numbers at risk and category counts never do.
    Probabilities at a time, log-rank tests and descriptions get one only beside a planned or published
    number, or when an estimand asks for them; every one of them stands in its endpoint's own table.
    """
    published, here = tuple(published), tuple(f for f in here if not tabulated(f))
    assumed = _assumed(plan)
    found: dict[Key, list[Finding]] = {}
    for finding in here:
        found.setdefault(key(plan, finding), []).append(finding)
    printed: dict[Key, list[Finding]] = {}
    for finding in published:
        if why_not_joined(finding) is None:
            printed.setdefault(key(plan, finding), []).append(finding)

    objectives = _objectives(plan)
    wanted = {
        each for each in found if objectives.get((each.endpoint, each.measure, each.population)) is not None
    }
    rows = []
    for each in sorted({**assumed, **found}, key=lambda k: _order(plan, objectives, k)):
        if each.measure in _NOT_HEADLINE or (each.subgroup is not None) != subgroups:
            continue
        alone = each not in assumed and each not in printed and each not in wanted
        if alone and (each.measure in _ONLY_BESIDE or all(f.method.name in _DESCRIBING for f in found[each])):
            continue
        rows.append(
            Row(
                each,
                objectives.get((each.endpoint, each.measure, each.population)),
                tuple(assumed.get(each, ())),
                tuple(printed.get(each, ())),
                tuple(found.get(each, ())),
                tuple(_apart(plan, each, published)),
                _caution(plan, each, found.get(each, ())),
            )
        )
    shown = {f.id for row in rows for f in (*row.published, *(a.finding for a in row.apart))}
    elsewhere = tuple(
        f for f in published if f.id not in shown and (key(plan, f) not in found or why_not_joined(f))
    )
    return SideBySide(tuple(rows), elsewhere)


def any_recalled(joined: SideBySide) -> bool:
    """Whether a number in these rows was recalled and not read, so that the page must say what that means."""
    planned = (item.origin for row in joined.rows for item in row.planned)
    published = (f.origin for row in joined.rows for f in (*row.published, *(a.finding for a in row.apart)))
    return any(words.recalled(origin) for origin in (*planned, *published))


def told_apart(findings: Sequence[Finding]) -> tuple[tuple[Finding, str], ...]:
    """Each result of one cell with what tells it from the others: the options that differ, the analysis.

    The text is empty where a result stands alone.
    """
    if len(findings) < 2:
        return tuple((finding, "") for finding in findings)
    options = [dict(finding.method.options) for finding in findings]
    keys = [
        key
        for key in dict.fromkeys(key for each in options for key in each)
        if len({repr(each.get(key)) for each in options}) > 1
    ]
    said = []
    for finding, each in zip(findings, options, strict=True):
        how = words.method(Method(finding.method.name, tuple((key, each.get(key)) for key in keys)))
        said.append((finding, f"{how} ({words.plain(finding.analysis)})" if finding.analysis else how))
    return tuple(said)


def why_not_joined(finding: Finding) -> str | None:
    """Why a published number can be held against no other of its endpoint, where the file says so."""
    reason = dict(finding.method.options).get("not_joined")
    return None if reason is None else str(reason)


def key(plan: TrialProtocol, finding: Finding) -> Key:
    """What a finding measures and in whom. With one arm, no group named means that arm."""
    groups = finding.groups or (tuple(plan.arms) if len(plan.arms) == 1 else ())
    return Key(
        finding.endpoint,
        finding.measure,
        groups,
        finding.population.lower(),
        finding.subgroup,
        _timepoint(finding.timepoint),
    )


def _timepoint(text: str | None) -> str | None:
    """`12`, `12.0`, `12 months` are one time."""
    if text is None:
        return None
    number = text.lower().removesuffix("months").removesuffix("mo").removesuffix("month").strip()
    try:
        return f"{float(number):g}"
    except ValueError:
        return text.strip().lower()


def _objectives(plan: TrialProtocol) -> dict[tuple[str, str, str], str]:
    rank = {"primary": 0, "secondary": 1, "exploratory": 2}
    found: dict[tuple[str, str, str], str] = {}
    for estimand in sorted(plan.estimands.values(), key=lambda e: rank[e.objective]):
        found.setdefault(
            (estimand.endpoint, estimand.summary, estimand.population.lower()), estimand.objective
        )
    return found


def _order(plan: TrialProtocol, objectives: dict[tuple[str, str, str], str], k: Key) -> tuple[object, ...]:
    primary = {e for (e, _, _), objective in objectives.items() if objective == "primary"}
    measures = (
        *("hazard_ratio", "log_rank", "odds_ratio", "risk_difference", "median_time", "proportion"),
        *("mean_change", "standardised_mean_change", "median_change"),
    )
    endpoints = list(plan.endpoints)
    return (
        k.endpoint not in primary,
        objectives.get((k.endpoint, k.measure, k.population)) != "primary"
        if k.endpoint in primary
        else False,
        endpoints.index(k.endpoint) if k.endpoint in endpoints else len(endpoints),
        k.endpoint,
        k.population,
        measures.index(k.measure) if k.measure in measures else len(measures),
        k.measure,
        _level(plan, k.subgroup),
        _number(k.timepoint),
        len(k.groups),
        [list(plan.arms).index(g) if g in plan.arms else len(plan.arms) for g in k.groups],
        k.groups,
    )


def _level(plan: TrialProtocol, subgroup: str | None) -> tuple[int, int, str]:
    """Factors and their levels in the protocol's order, others after them by name."""
    factor, _, level = (subgroup or "").partition(": ")
    factors = list(plan.factors)
    if factor not in factors:
        return len(factors), 0, subgroup or ""
    levels = list(plan.factors[factor].levels)
    return factors.index(factor), levels.index(level) if level in levels else len(levels), level


def _number(timepoint: str | None) -> tuple[float, str]:
    try:
        return (float(timepoint or -1), "")
    except ValueError:
        return (0.0, timepoint or "")


def _caution(plan: TrialProtocol, each: Key, here: Iterable[Finding]) -> str | None:
    """What a reader must know of a simulated total over adverse events: each term is drawn on its own."""
    endpoint = plan.endpoints.get(each.endpoint)
    if not isinstance(endpoint, AdverseEvents) or endpoint.term is not None:
        return None
    drawn = any(f.origin.kind == "simulated" and f.origin.seed is not None for f in here)
    return "total over terms, not calibrated" if drawn else None


def _apart(plan: TrialProtocol, wanted: Key, published: Iterable[Finding]) -> Iterable[Apart]:
    for finding in published:
        other, reason = key(plan, finding), why_not_joined(finding)
        same = (other.endpoint, other.measure, other.subgroup, other.timepoint) == (
            wanted.endpoint,
            wanted.measure,
            wanted.subgroup,
            wanted.timepoint,
        )
        if not same or (other == wanted and reason is None):
            continue
        if reason is not None and other.groups == wanted.groups:
            why = reason
        elif other.groups == wanted.groups:
            why = (
                f"population {words.population(plan, other.population)}, "
                f"not {words.population(plan, wanted.population)}"
            )
        elif len(wanted.groups) == 2 and other.groups == wanted.groups[::-1]:
            why = "the groups are compared the other way round"
        else:
            continue
        yield Apart(finding, why)


_Shown = LogRankEvents | OneProportion | TwoProportions | PairedT | Simon | SingleStage
_SHOWN = get_args(_Shown)


def _assumed(plan: TrialProtocol) -> dict[Key, list[Planned]]:
    """The design's assumptions, each under the result that it was made for."""
    found: dict[Key, list[Planned]] = {}
    for item in plan.design:
        estimand = plan.estimands.get(item.for_ or "")
        if estimand is None or not isinstance(item, _SHOWN):
            continue
        arms = estimand.compare or (tuple(plan.arms) if len(plan.arms) == 1 else ())
        population = estimand.population.lower()
        origin = Origin("designed", source=item.source, reliability=item.reliability)
        sized = _sized(plan, item)

        def put(measure: str, groups: tuple[str, ...], text: str) -> None:
            at = Key(estimand.endpoint, measure, groups, population, None, None)  # noqa: B023
            found.setdefault(at, []).append(Planned(text, sized, origin))  # noqa: B023

        if isinstance(item, LogRankEvents):
            if item.hazard_ratio is not None:
                put("hazard_ratio", arms, numbers.stated(item.hazard_ratio))
            if item.control_median_months is not None and len(arms) == 2:
                put("median_time", arms[1:], numbers.months(item.control_median_months))
        elif isinstance(item, OneProportion | Simon | SingleStage) and item.alternative is not None:
            null = "" if item.null is None else f" against {numbers.percent(item.null)}"
            put("proportion", arms[:1], numbers.percent(item.alternative) + null)
        elif isinstance(item, TwoProportions) and len(arms) == 2:
            for arm, value in zip(arms, (item.experimental, item.control), strict=True):
                if value is not None:
                    put("proportion", (arm,), numbers.percent(value))
        elif isinstance(item, PairedT) and item.effect_size is not None:
            put("standardised_mean_change", arms, f"{numbers.stated(item.effect_size)}, either direction")
    return found


def _sized(plan: TrialProtocol, item: _Shown) -> str:
    def said(text: str, value: float) -> str:
        return f"{text} (disputed)" if _disputed(plan, item.source, value) else text

    parts = []
    if isinstance(item, LogRankEvents) and item.events is not None:
        parts.append(said(f"{numbers.count(item.events)} events", item.events))
    if isinstance(item, PairedT):
        if item.pairs is not None:
            parts.append(said(f"{numbers.count(item.pairs)} pairs", item.pairs))
    elif item.n is not None:
        parts.append(said(f"n {numbers.count(item.n)}", item.n))
    if item.power is not None:
        parts.append(f"power {'>' if item.power_above else ''}{item.power * 100:g}%")
    if item.alpha is not None:
        parts.append(f"{'one' if item.sides == 1 else 'two'}-sided alpha {item.alpha:g}")
    return ", ".join(parts)


def _disputed(plan: TrialProtocol, source: str | None, value: float) -> bool:
    """Whether other sources state this number differently than the source of the design does."""
    return any(
        len(set(stated.values.values())) > 1 and stated.values.get(source or "") == f"{value:g}"
        for stated in plan.stated_otherwise
    )
