"""PARAMCD and PARAM of every endpoint, and the columns that all parameters share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from trialist.endpoints.verbs import beside, new_therapy_start
from trialist.study import planned

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol.endpoints import Endpoint
    from trialist.study import Result

ABOUT = b"trialist"
"""The key of a table's metadata under which it says, as JSON, what its codes and flags mean."""

PARAMCD_WIDTH = 8
_OF_SUBJECTS = ("subject", "arm", "actual_arm", "reference_date", "last_alive_day")


@dataclass(frozen=True)
class Parameter:
    """One PARAMCD: an endpoint under its own rule, or as an estimand's strategies read it."""

    code: str
    label: str
    name: str
    endpoint: Endpoint
    estimand: str | None
    analyses: tuple[str, ...]
    table: Table

    def as_json(self) -> dict[str, Any]:
        return {
            "paramcd": self.code,
            "param": self.label,
            "endpoint": self.name,
            "estimand": self.estimand,
            "analyses": list(self.analyses),
        }


class Source:
    """A result as a data set reads it: prepared inputs, and subjects with treatment names and dates."""

    def __init__(self, result: Result) -> None:
        self.plan = result.protocol.plan
        self.inputs = result.inputs

    @cached_property
    def subjects(self) -> Table:
        """One row per subject: the prepared input, and therapy_day (null where nobody can know)."""
        subjects = self.inputs.tables["subjects"]
        return beside(subjects, new_therapy_start(self.inputs.tables["therapies"], subjects))

    def arm_label(self, arm: Any) -> Any:
        """The printed name of an arm id."""
        arms = self.plan.arms.items()
        return arm.cases(*((name, shown.label or name) for name, shown in arms), else_=None)

    def arm_number(self, arm: Any) -> Any:
        """The arm's place in the protocol, counted from 1."""
        numbered = ((name, place) for place, name in enumerate(self.plan.arms, start=1))
        return arm.cases(*numbered, else_=None).cast("int64")

    def joined(self, parameter: Parameter) -> Table:
        """The rows of a parameter beside what its columns need of the subjects."""
        return self.beside_subjects(parameter.table)

    def beside_subjects(self, rows: Table) -> Table:
        """The rows, of any number per subject, beside the same."""
        return rows.join(self.subjects.select(*_OF_SUBJECTS), "subject")

    def identity(self, rows: Table, parameter: Parameter) -> dict[str, Any]:
        """The columns that begin every data set of parameters."""
        return {
            "STUDYID": text(self.plan.trial),
            "USUBJID": rows.subject,
            "TRTP": self.arm_label(rows.arm),
            "TRTPN": self.arm_number(rows.arm),
            "TRTA": self.arm_label(rows.actual_arm),
            "TRTAN": self.arm_number(rows.actual_arm),
            "PARAMCD": text(parameter.code),
            "PARAM": text(parameter.label),
        }


def parameters(result: Result) -> tuple[Parameter, ...]:
    """Every derived endpoint in the protocol's order, then every estimand that reads one differently.

    A PARAMCD is the protocol's `paramcd`, else the endpoint's id; no code is given twice.
    """
    plan = result.protocol.plan
    asked: dict[tuple[str, str | None], list[str]] = {}
    for item in planned(result.protocol):
        reading = item.analysis.estimand if item.analysis.estimand in result.estimands else None
        asked.setdefault((item.endpoint, reading), []).append(item.id)
    wanted: list[tuple[str, str | None, str, str]] = []
    for name, endpoint in plan.endpoints.items():
        code = endpoint.paramcd or name.upper().replace("_", "")
        wanted.append((name, None, code, endpoint.label or name))
    for estimand in result.estimands:
        name = plan.estimands[estimand].endpoint
        _, _, code, label = next(item for item in wanted if item[0] == name)
        told = plan.estimands[estimand].label or estimand
        wanted.append((name, estimand, code, f"{label} (estimand: {told})"))
    codes = unique_names([code for _, _, code, _ in wanted], PARAMCD_WIDTH)
    made = []
    for (name, reading, _, label), code in zip(wanted, codes, strict=True):
        if reading is not None:
            table, endpoint = result.estimands[reading]
        elif name in result.endpoints:
            table, endpoint = result.endpoints[name], plan.endpoints[name]
        else:
            continue
        analyses = tuple(asked.get((name, reading), ()))
        made.append(Parameter(code, label, name, endpoint, reading, analyses, table))
    return tuple(made)


def unique_names(names: Sequence[str], width: int) -> list[str]:
    """Each name cut to `width` characters; one that is taken already ends in a number instead."""
    taken: list[str] = []
    for name in names:
        cut, number = name[:width], 2
        while cut in taken:
            cut = f"{name[: width - 2]}{number:02d}"
            number += 1
        taken.append(cut)
    return taken


def text(value: str | None) -> Any:
    """A literal text, or a null one."""
    import ibis

    return ibis.null("string") if value is None else ibis.literal(value)


def date_of(rows: Table, day: Any) -> Any:
    """Date of a day: the reference date plus that many days; null where there is no date to count from."""
    return rows.reference_date + day.cast("int64").as_interval("D")
