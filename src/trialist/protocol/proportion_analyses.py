"""The words of `analyses:` entries that work on responders and counts, every option spelt out."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from trialist.protocol.analysis_part import AnalysisPart


class ExactProportion(AnalysisPart):
    method: Literal["proportion"]
    interval: Literal["clopper_pearson", "wilson", "wald"] = "clopper_pearson"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


class CompareProportions(AnalysisPart):
    method: Literal["compare_proportions"]
    test: Literal["chi_square", "chi_square_corrected", "fisher"] = "chi_square"
    denominator: Literal["all", "with_baseline", "evaluable"] = "all"


ProportionAnalysis = ExactProportion | CompareProportions

PROPORTION_NEEDS = MappingProxyType({"proportion": ("Response",), "compare_proportions": ("Response",)})
