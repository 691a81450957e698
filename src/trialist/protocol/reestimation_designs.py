"""The words of `design:` entries that compute a size again at a look."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from trialist.protocol.design_part import Assumed


class Reestimation(Assumed):
    """A size computed again at a look: promising zone (unblinded), or from a variance or rate of all
    together."""

    test: Literal["reestimation"]
    of: Literal["promising_zone", "mean_difference", "proportion_difference"] = "promising_zone"
    seen_z: float | None = Field(default=None, ge=-50, le=50, description="promising_zone: z at the look")
    seen: float | None = Field(default=None, gt=0, description="subjects or events at the look")
    planned: float | None = Field(default=None, gt=0, description="subjects or events planned in all")
    most: float | None = Field(default=None, gt=0, description="promising_zone: the most that there can be")
    critical: float | None = Field(
        default=None, gt=0, le=20, description="promising_zone: z needed at the end; that of alpha if omitted"
    )
    least: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="promising_zone: conditional power from which the zone begins; if omitted the least at "
        "which the usual final test keeps the level",
    )
    difference: float | None = Field(
        default=None, description="assumed difference, experimental less control"
    )
    pooled_variance: float | None = Field(
        default=None, gt=0, description="mean_difference: of all values together"
    )
    pooled_rate: float | None = Field(
        default=None, gt=0, lt=1, description="proportion_difference: of all together"
    )

    @model_validator(mode="after")
    def what_it_needs(self) -> Self:
        needs = {
            "promising_zone": ("seen_z", "seen", "planned", "most"),
            "mean_difference": ("seen", "difference", "pooled_variance"),
            "proportion_difference": ("difference", "pooled_rate"),
        }[self.of]
        lacking = [word for word in (*needs, "power", "alpha") if getattr(self, word) is None]
        if lacking:
            raise ValueError(f"{self.of} needs {', '.join(lacking)}")
        if self.of == "promising_zone" and not (self.seen or 0) < (self.planned or 0) <= (self.most or 0):
            raise ValueError("it must hold that seen < planned <= most")
        return self
