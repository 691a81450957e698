"""Which words of a planned analysis a gear of simulation carries out; any other is told, never passed
over."""

from __future__ import annotations

from types import MappingProxyType

from trialist.protocol.analysis_part import AnalysisPart
from trialist.protocol.proportion_analyses import CompareProportions
from trialist.protocol.time_analyses import CoxPh, LogRank

_OF_EVERY = frozenset(
    {"method", "estimand", "endpoint", "population", "compare", "arms", "by", "where", "level", "note"}
)
_CARRIED_OUT = MappingProxyType(
    {
        CoxPh: frozenset({"strata", "test", "interval", "sensitivity"}),
        LogRank: frozenset({"strata", "ratios", "sensitivity"}),
        CompareProportions: frozenset(
            {"denominator", "difference", "odds_ratio", "risk_ratio", "number_needed_to_treat"}
        ),
    }
)
_TIES = ("efron", "breslow")
_TESTS = (None, "chi_square", "chi_square_corrected", "fisher")


def not_simulated(analysis: AnalysisPart) -> tuple[str, ...]:
    """The words of the analysis that say something no gear does; empty when all is carried out."""
    kept = _OF_EVERY | _CARRIED_OUT.get(type(analysis), frozenset())
    found = []
    for word, field in type(analysis).model_fields.items():
        value = getattr(analysis, word)
        if word in kept or value == field.get_default(call_default_factory=True):
            continue
        if (word == "ties" and value in _TIES) or (word == "test" and value in _TESTS):
            continue
        found.append(f"{word}: {value}" if isinstance(value, str) else word)
    return tuple(found)
