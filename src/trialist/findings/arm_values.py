"""The values of the arms that an analysis compares, and what their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable, value_problems
from trialist.findings.context import Context
from trialist.findings.counted import Floats
from trialist.findings.reduction import Values, values
from trialist.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class Samples:
    """The evaluable values of each arm, what was said about those left out, and problems found on the way."""

    values: tuple[Floats, ...]
    note: str | None
    problems: tuple[Problem, ...]


def samples(
    table: Table, context: Context, of: str, *, positive: bool = False, arms: tuple[str, ...] | None = None
) -> Samples:
    """Values of a column by arm (those compared, when omitted).

    Parameters
        positive  values that are not above 0 are left out, and told
    Problems  N401 an arm with nobody, N435 values not above 0
    """
    from trialist.findings.methods.paired_t import missing_note

    chosen = context.compare if arms is None else arms
    found = values(table, chosen, [of])
    kept, problems = [], []
    for arm in chosen:
        mine = found[arm].columns[0]
        if positive and bool((mine <= 0).any()):
            problems.append(value_problems.not_positive(context, arm, int((mine <= 0).sum())))
            mine = mine[mine > 0]
        kept.append(mine)
    absent = [arm for arm in chosen if found[arm].n + found[arm].missing == 0]
    if absent:
        problems.append(not_estimable.no_subjects(context, absent))
    notes = [f"{context.label(arm)}: {said}" for arm in chosen if (said := missing_note(found[arm]))]
    return Samples(tuple(kept), "; ".join(notes) or None, tuple(problems))


def options_of(of: str, context: Context) -> tuple[tuple[str, Any], ...]:
    """Of what, as options of a method: of a change also between which visits."""
    rule = dict(context.definition)
    said: tuple[tuple[str, Any], ...] = (("of", of),)
    if of == "change" and rule.get("at") and rule.get("baseline"):
        return (*said, ("change", f"{rule['at']} minus {rule['baseline']}"))
    return said


def unit_of(of: str, context: Context) -> str | None:
    """The unit in which a column is counted; None when the protocol names none."""
    from trialist.findings.methods.paired_t import unit_of_change

    if of == "percent_change":
        return "%"
    if of == "change":
        scale = dict(context.definition).get("scale")
        return "%" if scale == "percent" else unit_of_change(context)
    unit = dict(context.definition).get("unit")
    return str(unit) if unit else None


def paired_samples(
    table: Table, arms: tuple[str, ...], columns: tuple[str, str]
) -> dict[str, tuple[Values, Floats, Floats]]:
    """Arm -> its evaluable pairs, as (what was found, first column, second column)."""
    found = values(table, arms, list(columns))
    return {arm: (found[arm], found[arm].columns[0], found[arm].columns[1]) for arm in arms}
