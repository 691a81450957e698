"""The words of `analyses:` entries that work on measured values, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from trialist.protocol.analysis_part import AnalysisPart


class PairedT(AnalysisPart):
    method: Literal["paired_t"]


class WilcoxonSignedRank(AnalysisPart):
    method: Literal["wilcoxon_signed_rank"]
    exact: Literal["auto", "yes", "no"] = "auto"
    correct: bool = True


class Spearman(AnalysisPart):
    method: Literal["spearman"]
    exact: Literal["auto", "yes", "no"] = "auto"


ValueAnalysis = PairedT | WilcoxonSignedRank | Spearman

VALUE_NEEDS = MappingProxyType(
    {
        "paired_t": ("Measurement",),
        "wilcoxon_signed_rank": ("Measurement",),
        "spearman": ("Pair",),
    }
)
