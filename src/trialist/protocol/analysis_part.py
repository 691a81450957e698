"""What every entry of `analyses:` may say."""

from __future__ import annotations

from pydantic import Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Fraction


class AnalysisPart(Part):
    """What every analysis may say.

    Either an `estimand`, or an `endpoint` with its `population` (and arms to `compare`).
    """

    estimand: str | None = None
    endpoint: str | None = None
    population: str | None = None
    compare: tuple[str, ...] = ()
    arms: tuple[str, ...] = Field(default=(), description="arms described; all when omitted")
    by: str | None = Field(default=None, description="a factor: one result per level")
    where: str | None = Field(default=None, description="a further condition on subjects")
    level: Fraction = Field(default=0.95, ge=0.5, lt=1)
    note: str | None = None
