"""The words of `analyses:` entries that test times to an event by ranks: log-rank and its weighted kin."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trialist.protocol.of_times import AtLandmark
from trialist.protocol.part import Part
from trialist.protocol.quantities import Months, Share


class EventWeight(Part):
    """How much the events of a time count in a log-rank test; S is the Kaplan-Meier estimate of all arms."""

    kind: Literal[
        "log_rank",
        "gehan_breslow",
        "tarone_ware",
        "peto_peto",
        "modified_peto_peto",
        "fleming_harrington",
        "modestly_weighted",
    ] = "fleming_harrington"
    rho: float = Field(default=0.0, ge=0, le=10, description="fleming_harrington: S^rho (1 - S)^gamma")
    gamma: float = Field(
        default=0.0, ge=0, le=10, description="fleming_harrington: above 0 weighs late events"
    )
    until_months: Months | None = Field(
        default=None, description="modestly_weighted: 1 / S up to these months, and no more after"
    )
    floor: Share | None = Field(default=None, description="modestly_weighted: 1 / max(S, floor) instead")


Alternative = Literal["two_sided", "less", "greater"]
WeightsFrom = Literal["stratum", "pooled"]


class _Tested(AtLandmark):
    """A test of the log-rank kind."""

    strata: tuple[str, ...] = ()
    weights_from: WeightsFrom = Field(
        default="stratum", description="where S and the numbers at risk of a weight come from"
    )


class LogRank(_Tested):
    method: Literal["log_rank"]
    weight: EventWeight = Field(default=EventWeight(kind="log_rank"), description="every event alike")
    alternative: Alternative = Field(
        default="two_sided",
        description="one-sided `less`: that the hazard of the first arm is less than that of the second",
    )
    ratios: tuple[Literal["peto", "pike"], ...] = Field(
        default=(), description="hazard ratios without iteration, of two arms and of weight log_rank"
    )
    pairs: Literal["none", "all", "against_last"] = Field(
        default="none", description="besides the test of all arms, tests of two at a time"
    )
    adjust: Literal["none", "bonferroni", "holm", "hochberg", "hommel"] = Field(
        default="none", description="of the p values of the pairs"
    )
    distribution: Literal["asymptotic", "monte_carlo", "exact"] = Field(
        default="asymptotic", description="the p value: chi-square, or arms permuted within strata"
    )
    draws: int = Field(default=10_000, ge=100, le=1_000_000, description="monte_carlo: permutations drawn")
    seed: int = Field(default=1, ge=0, description="monte_carlo: the seed")


class MaxCombo(_Tested):
    method: Literal["max_combo"]
    weights: tuple[EventWeight, ...] = Field(
        default=(
            EventWeight(),
            EventWeight(gamma=1.0),
            EventWeight(rho=1.0),
            EventWeight(rho=1.0, gamma=1.0),
        ),
        min_length=2,
        max_length=8,
        description="the weights whose largest statistic is the test",
    )
    alternative: Alternative = "two_sided"


class LogRankTrend(_Tested):
    method: Literal["log_rank_trend"]
    scores: tuple[float, ...] = Field(
        default=(), description="one per arm, in their order; 0, 1, 2 ... when omitted"
    )
    weight: EventWeight = EventWeight(kind="log_rank")
    alternative: Alternative = Field(
        default="two_sided", description="`greater`: the hazard rises with the score"
    )


RankTest = LogRank | MaxCombo | LogRankTrend
