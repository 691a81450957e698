"""The words of `multiplicity:`: analyses that are tested together, at one alpha, by a procedure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from trialist.protocol.part import Part
from trialist.protocol.quantities import Share


class Family(Part):
    """Analyses whose p values are adjusted together; a hypothesis is rejected when its p is at most `alpha`.

    The p value of an analysis is the first that it finds in all its subjects.
    """

    analyses: tuple[str, ...] = Field(
        min_length=1, max_length=200, description="in the order of a fixed sequence or fallback"
    )
    procedure: Literal[
        "bonferroni",
        "holm",
        "hochberg",
        "hommel",
        "benjamini_hochberg",
        "benjamini_yekutieli",
        "fixed_sequence",
        "fallback",
        "graph",
    ]
    alpha: float = Field(default=0.05, gt=0, lt=1, description="of the family, for p values as they are")
    weights: Mapping[str, Share] = Field(
        default_factory=dict,
        description="fallback, graph: analysis -> its share of alpha, together at most 1; equal when omitted",
    )
    transitions: Mapping[str, Mapping[str, Share]] = Field(
        default_factory=dict,
        description="graph: analysis -> to whom its share goes when it is rejected, together at most 1",
    )
    note: str | None = None
