"""What every `design:` entry may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Fraction

Ratio = Annotated[int, Field(ge=1, le=1000)]


class Statement(Part):
    """Whose design it is, and who states it."""

    for_: str | None = Field(default=None, alias="for", description="the estimand it sizes")
    source: str | None = None
    reliability: Literal["read", "transcribed", "memory", "computed"] | None = None
    note: str | None = None


class Assumed(Statement):
    """What every sized design may state."""

    power: Fraction | None = Field(default=None, gt=0, lt=1)
    power_above: bool = Field(default=False, description="stated as 'more than'")
    alpha: float | None = Field(default=None, gt=0, lt=1)
    sides: Literal[1, 2] = 2
