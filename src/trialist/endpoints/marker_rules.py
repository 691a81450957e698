"""The rules by which measurements at visits are read: frozen, every option filled."""

from __future__ import annotations

from dataclasses import dataclass

from trialist.endpoints.criteria import first, stated
from trialist.protocol.endpoints import LinkedMeasurements, PairedChange
from trialist.protocol.marker_endpoints import MarkerStatus, ReadResult, RepeatedMeasurement

Days = tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementReading:
    """How a result at a visit is read.

    below_factor  what a result `<x` counts as, in units of x; None leaves results below and above
                  quantification out
    same_visit    which of several results counts: last, first or their mean
    at_days       first and last day of results that count at the visit; None: any day
    specimen      name of the specimen (BESPEC)
    """

    censored: str
    below_factor: float | None
    same_visit: str
    at_days: Days
    specimen: str | None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "measurements"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedChangeRule(MeasurementReading):
    """`convert` holds (unit, factor into the rule's `unit`)."""

    measurement: str
    unit: str | None
    convert: tuple[tuple[str, float], ...]
    baseline: str
    baseline_days: Days
    at: str
    scale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedMeasurementRule:
    """The change at several visits: `at` in planned order, `days` as (visit, first and last day)."""

    censored: str
    below_factor: float | None
    same_visit: str
    specimen: str | None
    measurement: str
    unit: str | None
    convert: tuple[tuple[str, float], ...]
    baseline: str
    baseline_days: Days
    at: tuple[str, ...]
    days: tuple[tuple[str, Days], ...]
    scale: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "measurements"})

    def at_visit(self, visit: str) -> PairedChangeRule:
        """The rule of the change from the baseline to one visit."""
        return PairedChangeRule(
            censored=self.censored,
            below_factor=self.below_factor,
            same_visit=self.same_visit,
            at_days=dict(self.days).get(visit),
            specimen=self.specimen,
            measurement=self.measurement,
            unit=self.unit,
            convert=self.convert,
            baseline=self.baseline,
            baseline_days=self.baseline_days,
            at=visit,
            scale=self.scale,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedMeasurementsRule(MeasurementReading):
    first: str
    second: str
    at: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerStatusRule:
    """Results in upper case that stand for each status; `baseline`: the visit that a change starts from."""

    measurement: str
    baseline: str | None
    at: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    undetermined: tuple[str, ...]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "measurements"})


MarkerRule = PairedChangeRule | RepeatedMeasurementRule | LinkedMeasurementsRule | MarkerStatusRule


def marker_rule(
    endpoint: PairedChange | RepeatedMeasurement | LinkedMeasurements | MarkerStatus,
) -> MarkerRule:
    """The rule of an entry that reads results at visits, every option filled."""
    if isinstance(endpoint, MarkerStatus):
        asked = {
            status: getattr(endpoint, status) or stated("marker_status", status)
            for status in ("positive", "negative", "undetermined")
        }
        return MarkerStatusRule(
            measurement=endpoint.measurement,
            baseline=endpoint.baseline,
            at=endpoint.at,
            **{status: tuple(word.strip().upper() for word in said) for status, said in asked.items()},
        )
    if isinstance(endpoint, LinkedMeasurements):
        return LinkedMeasurementsRule(
            censored=endpoint.censored,
            below_factor=_below(endpoint),
            same_visit=endpoint.same_visit,
            at_days=endpoint.at_days,
            specimen=endpoint.specimen,
            first=endpoint.first,
            second=endpoint.second,
            at=endpoint.at,
            of=endpoint.of,
        )
    if isinstance(endpoint, RepeatedMeasurement):
        return RepeatedMeasurementRule(
            censored=endpoint.censored,
            below_factor=_below(endpoint),
            same_visit=endpoint.same_visit,
            specimen=endpoint.specimen,
            measurement=endpoint.measurement,
            unit=endpoint.unit,
            convert=tuple(endpoint.convert.items()),
            baseline=endpoint.baseline,
            baseline_days=endpoint.baseline_days,
            at=endpoint.at,
            days=tuple(endpoint.days.items()),
            scale=endpoint.scale,
        )
    return PairedChangeRule(
        censored=endpoint.censored,
        below_factor=_below(endpoint),
        same_visit=endpoint.same_visit,
        at_days=endpoint.at_days,
        specimen=endpoint.specimen,
        measurement=endpoint.measurement,
        unit=endpoint.unit,
        convert=tuple(endpoint.convert.items()),
        baseline=endpoint.baseline,
        baseline_days=endpoint.baseline_days,
        at=endpoint.at,
        scale=endpoint.scale,
    )


def _below(endpoint: ReadResult) -> float | None:
    if endpoint.censored == "exclude":
        return None
    return float(first(None, "psa_reading", "below_factor")[endpoint.censored])
