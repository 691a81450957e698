"""What the reader must know of subjects' treatment and reference dates, counted with the subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import BooleanValue, IntegerScalar, Table


def treatment_counts(rows: Table, mine: BooleanValue, protocol: Protocol) -> dict[str, IntegerScalar]:
    """What `treatment_problems` needs to be counted of the subjects (`mine`) of the trial.

    Where times count from the first dose, only a treated subject lacks a reference date.
    """
    known = rows.reference.notnull()
    marked = {
        "no_reference": ~known & (rows.treated | ibis.literal(protocol.plan.reference != "first_dose")),
        "only_omitted": rows.only_omitted,
        "dosed_late": rows.dosed_late,
        "no_first_dose": rows.treated & rows.first_dose_date.isnull(),
        "ongoing": rows.treated & rows.last_dose_date.isnull(),
        "ended_partial": rows.treated & rows.last_dose_partial,
        "unplanned": rows.treated & rows.actual.isnull(),
    }
    return {name: (mine & when).cast("int64").sum() for name, when in marked.items()}


def treatment_problems(found: Mapping[str, Any], protocol: Protocol) -> tuple[Problem, ...]:
    """W306 to W308 and N301 to N304, each where its count is not 0."""
    plan = protocol.plan
    problems: list[Problem] = []

    def tell(count: str, code: str, message: str, remedy: str, *place: str) -> None:
        if found[count]:
            said = f"{found[count]} {message}"
            problems.append(Problem(code, said, remedy, protocol.place(*place)))

    tell(
        "only_omitted",
        "W306",
        "subjects have records in EX, but of doses of 0 alone; they count as not treated",
        "name a placebo PLACEBO in EXTRT; else correct EXDOSE",
        "populations",
    )
    if any(population.by == "actual" for population in plan.populations.values()):
        tell(
            "unplanned",
            "W307",
            "treated subjects have an actual arm (ACTARMCD) that is no arm of the protocol; they are in no "
            "arm of results by the treatment received",
            "give the treatment an arm in the protocol, or report these subjects apart",
            "populations",
        )
    tell(
        "no_reference",
        "W308",
        f"subjects have no reference date ({plan.reference}); they stay in every denominator, but no day of "
        "theirs can be placed: none of their results or times counts, and adverse events of those treated "
        "are taken as on treatment",
        "complete the date (RFSTDTC, or RANDOMIZED in DS)",
        "populations",
    )
    tell(
        "no_first_dose",
        "N301",
        "treated subjects have no full date of the first dose; events are compared with the earliest day "
        "that it can be, and no time at risk is known",
        "complete RFXSTDTC, or EXSTDTC",
        "populations",
    )
    tell(
        "ongoing",
        "N302",
        "treated subjects have no known last dose: treatment goes on, or its end is not recorded; what is "
        "treatment-emergent has no end for them",
        "nothing, if treatment goes on; else complete RFXENDTC, or EXENDTC",
        "populations",
    )
    tell(
        "ended_partial",
        "N303",
        "treated subjects have a last dose without a full date; the latest day that it can be was taken",
        "complete RFXENDTC, or EXENDTC",
        "populations",
    )
    tell(
        "dosed_late",
        "N304",
        f"subjects had their first dose after the cut-off {plan.dates.get('cut_off')}; at it they count as "
        "not treated",
        "nothing, if the cut-off is right",
        "dates",
        "cut_off",
    )
    return tuple(problems)
