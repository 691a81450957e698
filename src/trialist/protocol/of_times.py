"""What every analysis of a time to an event may say: other readings of the endpoint, and a landmark."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.quantities import Months


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class OfTimes(AnalysisPart):
    """An analysis of a time to event, which may be repeated under other readings of the endpoint."""

    sensitivity: Annotated[
        tuple[
            Literal[
                "standard",
                "fda",
                "fda_inclusive",
                "ema",
                "new_therapy_as_event",
                "new_therapy_followed",
                "missed_as_event",
                "missed_censored",
                "unresolved_as_progression",
                "first_day_of_visit",
            ],
            ...,
        ],
        BeforeValidator(_one_or_more),
    ] = Field(
        default=(),
        description="of a progression-free time: repeated under these readings, or the standard set of them "
        "(criteria/pfs_sensitivity.yaml), with the subjects who moved",
    )


class AtLandmark(OfTimes):
    """An analysis that may start at a landmark: of those still at risk then, timed from then."""

    landmark_months: Months | None = Field(
        default=None,
        description="only subjects whose time is longer are analysed, and their time counts from here",
    )
    landmark_by: str | None = Field(
        default=None,
        description="groups by this factor or column, known at the landmark, instead of arms; with "
        "`landmark_levels`",
    )
    landmark_levels: tuple[str, ...] = Field(
        default=(), description="levels that are the groups; of two, the first is compared with the second"
    )

    @model_validator(mode="after")
    def _groups_at_a_landmark(self) -> Self:
        if (self.landmark_by is None) != (not self.landmark_levels):
            raise ValueError(
                "landmark_by and landmark_levels go together (write both: the factor and its levels)"
            )
        if self.landmark_by is not None and self.landmark_months is None:
            raise ValueError(
                "landmark_by needs a landmark (write landmark_months: groups are those known by then)"
            )
        if len(set(self.landmark_levels)) != len(self.landmark_levels):
            raise ValueError("a level is there twice in landmark_levels (write each of them once)")
        return self
