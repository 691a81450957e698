"""The words of a Cox model: what is in it, whom it is stratified by, how ties are handled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.part import Part

Ties = Literal["efron", "breslow", "discrete", "marginal"]


class Covariate(Part):
    """A covariate of a model: a factor of the protocol, or another column of the subjects."""

    name: str = Field(min_length=1)
    reference: str | None = Field(
        default=None,
        description="of a factor: the level that others are held against; its first when omitted",
    )
    per: float = Field(default=1.0, gt=0, description="of a number: its ratio is per so many units")


def _named(value: object) -> object:
    """`age` stands for `{name: age}`; one covariate for a list of one."""
    if isinstance(value, str | dict):
        value = [value]
    if isinstance(value, list | tuple):
        return tuple({"name": each} if isinstance(each, str) else each for each in value)
    return value


Covariates = Annotated[tuple[Covariate, ...], BeforeValidator(_named)]


class CoxModel(AnalysisPart):
    """What a Cox model is made of."""

    ties: Ties = Field(
        default="efron",
        description="discrete: given how many die, R's exact; marginal: over every order, SAS's EXACT",
    )
    strata: tuple[str, ...] = ()
    treatment: bool = Field(default=True, description="the arms are in the model")
    reference: str | None = Field(
        default=None,
        description="the arm that the others are held against; the last of `compare` when omitted",
    )
    covariates: Covariates = ()
    time_varying: Mapping[str, str] = Field(
        default_factory=dict,
        description="name: the endpoint after whose event (or response) the covariate is 1, until then 0",
    )
    offset: str | None = Field(default=None, description="a column that is added to the log hazard")
    weights: str | None = Field(default=None, description="a column of case weights, above 0")
    cluster: str | None = Field(
        default=None, description="a column; the robust variance sums over those who share its value"
    )
