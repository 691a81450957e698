"""How an endpoint reads a measurement at a visit, and the words of a marker's status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from trialist.protocol.endpoint_part import EndpointPart


def _in_order(days: tuple[int, int] | None) -> tuple[int, int] | None:
    if days is not None and days[0] > days[1]:
        raise ValueError(f"the first day, {days[0]}, lies after the last, {days[1]}")
    return days


Window = Annotated[tuple[int, int] | None, AfterValidator(_in_order)]
Factor = Annotated[float, Field(gt=0)]


class ReadResult(EndpointPart):
    """How a result is read. What can't be read is not evaluable, with the reason."""

    censored: Literal["limit", "half", "zero", "exclude"] = Field(
        default="limit",
        description="a result <x is read as x, half of x or 0, and >x as x; `exclude` leaves both out",
    )
    same_visit: Literal["last", "first", "mean"] = Field(
        default="last", description="of several results at one visit"
    )
    specimen: str | None = Field(
        default=None, description="what the records call the specimen (BESPEC): tells why a result is missing"
    )


class ReadAtVisit(ReadResult):
    """How a result at a visit is read. What can't be read is not evaluable, with the reason."""

    at_days: Window = Field(
        default=None, description="first and last day, from day 0, on which a result at the visit `at` counts"
    )


class ReadAtTwoVisits(ReadAtVisit):
    """The same for two visits, and for results in more than one unit."""

    convert: Mapping[str, Factor] = Field(
        default_factory=dict, description="unit of a result -> its factor into `unit`; others are not read"
    )
    baseline_days: Window = Field(default=None, description="the same for the visit `baseline`")


class ReadOverVisits(ReadResult):
    """The same for a baseline and several visits."""

    convert: Mapping[str, Factor] = Field(
        default_factory=dict, description="unit of a result -> its factor into `unit`; others are not read"
    )
    baseline_days: Window = Field(
        default=None,
        description="first and last day, from day 0, on which a result at the visit `baseline` counts",
    )
    days: Mapping[str, Window] = Field(
        default_factory=dict, description="visit -> first and last day on which a result at it counts"
    )


class RepeatedMeasurement(ReadOverVisits):
    """One measurement at several visits of the same subject, each beside the same baseline."""

    derive: Literal["repeated_measurement"]
    measurement: str = Field(description="test code of the records (LBTESTCD, QSTESTCD)")
    unit: str | None = None
    baseline: str = Field(description="visit id")
    at: tuple[str, ...] = Field(min_length=1, description="visit ids, in the order of the plan")
    scale: Literal["natural", "log", "percent"] = Field(
        default="natural",
        description="of a change: a difference, a difference of natural logarithms, or 100 x difference / "
        "baseline",
    )

    @model_validator(mode="after")
    def _visits_differ(self) -> RepeatedMeasurement:
        twice = [visit for visit in dict.fromkeys(self.at) if self.at.count(visit) > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' is there twice (write each visit once)")
        if self.baseline in self.at:
            raise ValueError(f"'{self.baseline}' is the baseline (take it out of 'at:')")
        unknown = [visit for visit in self.days if visit not in self.at]
        if unknown:
            raise ValueError(f"'days' names '{unknown[0]}', which is not among the visits of 'at:'")
        return self


class MarkerStatus(EndpointPart):
    """Status of a marker at a visit: positive, negative or undetermined; or its change from another visit.

    `undetermined` is a result, and is neither negative nor missing.
    """

    derive: Literal["marker_status"]
    measurement: str = Field(description="test code of the records (LBTESTCD)")
    at: str = Field(description="visit id")
    baseline: str | None = Field(
        default=None, description="visit id; with it the category is the change, `positive to negative`"
    )
    positive: tuple[str, ...] | None = Field(default=None, description="results that say so, in any case")
    negative: tuple[str, ...] | None = None
    undetermined: tuple[str, ...] | None = None
