"""What a report is handed: the protocol, the findings, and the counts and curves that its figures draw.

The report computes no statistic. Everything here was computed below it; a report picks, joins, formats
and draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from trialist.findings.model import Finding, Origin
from trialist.findings.sensitivity import Sensitivity
from trialist.patients.model import Example, Spider, Swimmer
from trialist.problems import Problem
from trialist.protocol.model import Protocol, Source

if TYPE_CHECKING:
    from trialist.findings.methods.kaplan_meier import Curve as Estimated

Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm's Kaplan-Meier curve: a right-continuous step function, 1 before the first time.

    time_months    every distinct observed time, events and censorings alike, ascending
    survival       probability at and after each of these times
    low, high      pointwise interval; None where not defined
    at_risk        number at risk just before each time
    censor_months  times of censoring, for the ticks on the curve
    median, published_median   months, None when not reached or not known
    """

    arm: str
    label: str
    time_months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    censor_months: tuple[float, ...] = ()
    median: float | None = None
    published_median: float | None = None
    level: float = 0.95

    @classmethod
    def of(cls, curve: Estimated) -> Curve:
        return cls(
            arm=curve.arm,
            label=curve.label,
            time_months=curve.time_months,
            survival=curve.survival,
            low=curve.low,
            high=curve.high,
            at_risk=curve.at_risk,
            censor_months=curve.censor_months,
            median=curve.median,
            level=curve.level,
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """One subject of a waterfall: `percent_change` -62.0 is a fall by 62 %; `category` flags the bar."""

    subject: str
    arm: str
    percent_change: float
    category: str | None = None


@dataclass(frozen=True, slots=True)
class FlowArm:
    """One arm's column of the participant flow.

    `lost` are those who left after the start, by reason; None where nobody says how many.
    """

    arm: str
    label: str
    allocated: int
    treated: int
    not_treated: Reasons = ()
    lost: Reasons | None = ()
    analysed: int = 0
    not_analysed: Reasons = ()
    population: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Participants from screening to analysis (CONSORT 2010); `screened` is None when nobody counted."""

    enrolled: int
    arms: tuple[FlowArm, ...]
    screened: int | None = None
    excluded: Reasons = ()
    randomised: bool = True


Verdict = Literal["agrees", "differs", "not stated"]


@dataclass(frozen=True, slots=True)
class DesignRow:
    """A design statement checked: what is stated, what follows from the rest, whether the two agree."""

    label: str
    stated: str
    follows: str
    verdict: Verdict
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a reader needs to get the same numbers again.

    origin       of the records: kind, source, seed, fingerprints
    software     name and version
    records_note what a reader must know of the records
    records_files domain -> file as read
    """

    origin: Origin
    software: str
    records_note: str | None = None
    records_files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of the records as they are, the first column the subject; `all`: how many there are."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    all: int
    note: str
    origin: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything one report shows.

    findings    computed here (observed, reconstructed, simulated)
    published   findings of the literature, joined only where they measure the same thing
    design      design statements and what follows from them
    curves      analysis id -> one curve per arm
    waterfalls  endpoint id -> one bar per subject
    thresholds  endpoint id -> percent changes marked by a line (-50.0 for a fall by half)
    sources     source id -> citation, for sources that the protocol does not list itself
    dated       date of the analysis, ISO 8601
    swimmer     one lane per subject, or an even selection of them
    spiders     endpoint id -> percent change over time, one line per subject
    examples    patients chosen by rule
    listings    serious adverse events and deaths, one by one
    sensitivity  analyses repeated under other readings of their endpoint
    """

    protocol: Protocol
    findings: tuple[Finding, ...]
    provenance: Provenance
    dated: str
    published: tuple[Finding, ...] = ()
    design: tuple[DesignRow, ...] = ()
    curves: Mapping[str, tuple[Curve, ...]] = field(default_factory=lambda: MappingProxyType({}))
    waterfalls: Mapping[str, tuple[Bar, ...]] = field(default_factory=lambda: MappingProxyType({}))
    thresholds: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    flow: Flow | None = None
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    swimmer: Swimmer | None = None
    spiders: Mapping[str, Spider] = field(default_factory=lambda: MappingProxyType({}))
    examples: tuple[Example, ...] = ()
    listings: tuple[Listing, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
