"""From a Response or Category table to counts by stratum, arm and covariates, grouped where the data lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.findings.reduction import Responders

if TYPE_CHECKING:
    from ibis.expr.types import Table

Levels = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class InStrata:
    """Levels of the factors -> arm -> responders, sorted by levels.

    without_level   subjects left out for want of a factor's level
    """

    strata: Mapping[Levels, Mapping[str, Responders]]
    without_level: int

    def over_all(self, arms: Sequence[str]) -> dict[str, Responders]:
        """Arm -> responders of all strata."""
        empty = Responders(0, 0, 0, 0)
        return {
            arm: _added([by_arm.get(arm, empty) for by_arm in self.strata.values()] or [empty])
            for arm in arms
        }


def responders_in_strata(table: Table, arms: Sequence[str], factors: Sequence[str]) -> InStrata:
    """Counts of a Response table by the levels of `factors`, which are columns beside it."""
    found: dict[Levels, dict[str, list[int]]] = {}
    without = 0
    for row in _counted(table, arms, ["responder", "reason", *factors]):
        levels = tuple(row[name] for name in factors)
        n = int(row["n_"])
        if any(_unknown(level) for level in levels):
            without += n
            continue
        responder = row["responder"]
        kind = 3 if responder is None else 0 if responder else 2 if row["reason"] == NO_POSTBASELINE else 1
        counts = found.setdefault(levels, {}).setdefault(row["arm"], [0, 0, 0, 0])
        counts[kind] += n
    ordered = sorted(found, key=lambda levels: tuple(str(level) for level in levels))
    return InStrata(
        {levels: {arm: Responders(*counts) for arm, counts in found[levels].items()} for levels in ordered},
        without,
    )


def category_counts(
    table: Table, arms: Sequence[str], factors: Sequence[str]
) -> dict[Levels, dict[str, Any]]:
    """Levels -> arm -> category -> subjects of a Category table; None is a level and a category too."""
    found: dict[Levels, dict[str, Any]] = {}
    for row in _counted(table, arms, ["value", *factors]):
        levels = tuple(row[name] for name in factors)
        counts = found.setdefault(levels, {}).setdefault(row["arm"], {})
        counts[row["value"]] = counts.get(row["value"], 0) + int(row["n_"])
    return {levels: found[levels] for levels in sorted(found, key=str)}


def paired_answers(table: Table, arms: Sequence[str]) -> dict[str, dict[tuple[Any, Any, Any, Any], int]]:
    """Arm -> (responder, reason, other_responder, other_reason) -> subjects."""
    found: dict[str, dict[tuple[Any, Any, Any, Any], int]] = {arm: {} for arm in arms}
    for row in _counted(table, arms, ["responder", "reason", "other_responder", "other_reason"]):
        answers = (row["responder"], row["reason"], row["other_responder"], row["other_reason"])
        found[row["arm"]][answers] = found[row["arm"]].get(answers, 0) + int(row["n_"])
    return found


def _counted(table: Table, arms: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
    chosen = table.filter(table.arm.isin(list(arms)))
    keys = list(dict.fromkeys(["arm", *columns]))
    counted = chosen.select(*keys).group_by(keys).agg(n_=lambda t: t.count())
    rows: list[dict[str, Any]] = counted.to_pyarrow().to_pylist()
    return rows


def _unknown(level: Any) -> bool:
    return level is None or level != level


def _added(counts: Sequence[Responders]) -> Responders:
    return Responders(
        sum(one.yes for one in counts),
        sum(one.no for one in counts),
        sum(one.unassessed for one in counts),
        sum(one.not_evaluable for one in counts),
    )
