"""Pooled numbers as findings: the effect, its heterogeneity, and the effect in a new trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trialist.evidence.pooling.effects import Effect, printer, scale_of
from trialist.evidence.pooling.question import Options
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.kernels.meta_analysis import Pooled
from trialist.problems import Problem

TRIAL = "pooled"


def findings_of(
    effects: Sequence[Effect],
    measure: str,
    options: Options,
    result: Pooled,
    *,
    endpoint: str,
    sides: tuple[str, str] | None,
    definition: tuple[tuple[str, object], ...] = (),
    population: str = "itt",
    problems: tuple[Problem, ...] = (),
    subgroup: str | None = None,
) -> tuple[Finding, ...]:
    """The effect first; then tau2, I2, H2, Q and the effect in a new trial, where there are any.

    `definition` of each names the findings that went in, by id; `method` every option.
    """
    make = _Maker(effects, options, endpoint, sides, definition, population, subgroup)
    level = options.level
    shown = printer(measure, effects, options.proportions)
    interval = _interval(shown(result.low), shown(result.high), level)
    p = None if result.p_value is None else PValue(result.p_value)
    counted: dict[str, Any] = {
        "n": _total([e.n for e in effects]),
        "events": _total([e.events for e in effects]),
    }
    estimate = shown(result.estimate)
    found = [make(measure, estimate, interval=interval, p_value=p, problems=problems, **counted)]
    if result.k < 2:
        return tuple(found)
    if result.tau2 is not None:
        ends = Interval(result.tau2_low, result.tau2_high, level)
        note = (
            "its interval is empty: the effects are closer than chance makes them"
            if result.tau2_empty
            else None
        )
        found.append(make("tau_squared", result.tau2, interval=ends, note=note))
    if result.i2 is not None and result.h2 is not None:
        i2 = None if result.i2_low is None else Interval(result.i2_low / 100, _part(result.i2_high), level)
        h2 = None if result.h2_low is None else Interval(result.h2_low, result.h2_high, level)
        found += [make("i_squared", result.i2 / 100, interval=i2), make("h_squared", result.h2, interval=h2)]
    if result.q is not None and result.q_p_value is not None:
        df = (("df", result.q_df),)
        found.append(make("heterogeneity", result.q, p_value=PValue(result.q_p_value), more=df))
    if result.prediction_low is not None:
        new = _interval(shown(result.prediction_low), shown(result.prediction_high), level)
        name = "predicted_ratio" if scale_of(measure) == "log" else "predicted_difference"
        name = "predicted_proportion" if measure == "proportion" else name
        found.append(make(name, estimate, interval=new))
    return tuple(found)


def pooled_origin() -> Origin:
    """Who pooled is the software; what was pooled stands in the definition."""
    return Origin("pooled")


class _Maker:
    """What all findings of one pool have in common."""

    def __init__(
        self,
        effects: Sequence[Effect],
        options: Options,
        endpoint: str,
        sides: tuple[str, str] | None,
        definition: tuple[tuple[str, object], ...],
        population: str,
        subgroup: str | None,
    ) -> None:
        self.options = options
        self.endpoint, self.population, self.subgroup = endpoint, population, subgroup
        self.groups = sides or ()
        ids = tuple(f.id for e in effects for f in e.findings)
        entries = tuple(f.origin.entry for e in effects for f in e.findings if f.origin.entry)
        self.definition = (
            *definition,
            ("trials", tuple(e.trial for e in effects)),
            ("findings", ids or None),
            ("entries", entries or None),
            ("effects", tuple(e.how for e in effects)),
            ("reversed", tuple(e.trial for e in effects if e.flipped) or None),
        )
        self.k = len(effects)

    def __call__(
        self,
        measure: str,
        estimate: float | None,
        *,
        interval: Interval | None = None,
        p_value: PValue | None = None,
        n: int | None = None,
        events: int | None = None,
        note: str | None = None,
        problems: tuple[Problem, ...] = (),
        more: tuple[tuple[str, Any], ...] = (),
    ) -> Finding:
        return Finding(
            trial=TRIAL,
            endpoint=self.endpoint,
            measure=measure,
            estimate=estimate,
            origin=pooled_origin(),
            method=Method("meta_analysis", (*self.options.as_options(), ("k", self.k), *more)),
            population=self.population,
            subgroup=self.subgroup,
            groups=tuple(self.groups),
            interval=interval,
            p_value=p_value,
            n=n,
            events=events,
            definition=tuple((key, value) for key, value in self.definition if value is not None),
            note=note,
            problems=problems,
        )


def _interval(low: float | None, high: float | None, level: float) -> Interval | None:
    if low is None and high is None:
        return None
    return Interval(low, high, level)


def _total(counts: Sequence[int | None]) -> int | None:
    """The sum, where every trial has its count."""
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _part(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
