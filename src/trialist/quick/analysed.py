"""What an analysis without a protocol gives, and the context that its methods are told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trialist.findings.context import Context
from trialist.findings.methods.kaplan_meier import Curve
from trialist.findings.model import Finding, Origin
from trialist.findings.rows import Rows, same_rows, words_of
from trialist.problems import Place, Problem, errors
from trialist.software import software

ALL = "all"


@dataclass(frozen=True, slots=True)
class Analysed:
    """Findings, what is to be said beside them, the curves of a time to an event, labels of arms.

    `refused`: the input can't be worked on; there are no findings, or only some without an estimate.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    curves: tuple[Curve, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return bool(errors(self.problems))


def arms_of(rows: Rows, reference: str | None, place: Place) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The arms in rising order with the reference last, and what is wrong with them.

    The reference is the lowest level (by number where all are numbers) unless it is named.
    Problems  E096 nobody has an arm, E097 a reference that is no arm, or more arms than can be compared
    """
    levels = sorted(words_of(rows, "arm").levels, key=_by_number)
    if reference is not None and reference not in levels:
        shown = ", ".join(levels[:12])
        return (), (
            Problem(
                "E097",
                f"'{reference}' is no arm; the arms are {shown}",
                "name one of them as the reference",
                place,
            ),
        )
    if len(levels) > _MOST_ARMS:
        return (), (
            Problem(
                "E097",
                f"the column of arms has {len(levels)} different values, more than {_MOST_ARMS}",
                "name the column that holds the arm, not a subject's number or a measurement",
                place,
            ),
        )
    if not levels:
        return (), (
            Problem("E096", "no row has a value in the column of arms", "name another column", place),
        )
    last = reference if reference is not None else levels[0]
    return (*(level for level in levels if level != last), last), ()


_MOST_ARMS = 20


def _by_number(level: str) -> tuple[int, float, str]:
    try:
        return (0, float(level), level)
    except ValueError:
        return (1, 0.0, level)


def without_arm(rows: Rows, place: Place) -> tuple[Problem, ...]:
    """N412 for the subjects whose arm is missing; N428 where the column of arms names one arm alone."""
    arm = words_of(rows, "arm")
    alone = (_one_arm(arm.levels[0], place),) if len(arm.levels) == 1 and arm.levels != (ALL,) else ()
    missing = int(rows.n[arm.code < 0].sum())
    if not missing:
        return alone
    noun = "subject is" if missing == 1 else "subjects are"
    return (
        *alone,
        Problem(
            "N412",
            f"{missing} {noun} left out: no arm",
            "complete the records, or say in the report how many were left out and why",
            place,
        ),
    )


def _one_arm(level: str, place: Place) -> Problem:
    return Problem(
        "N428",
        f"'{level}' is the only arm of the rows analysed, so nothing is compared",
        "nothing, if one arm is meant; else check the column of arms and the condition",
        place,
    )


def factor_columns(*names: Sequence[str]) -> dict[str, str]:
    """The columns of factors under names of their own: those of other parts are taken."""
    return {name: name for some in names for name in some if name not in TAKEN}


def clashes(place: Place, *names: Sequence[str]) -> tuple[Problem, ...]:
    """E097 for factors that are named as a part of the analysis is."""
    taken = [name for some in names for name in some if name in TAKEN]
    return tuple(
        Problem(
            "E097",
            f"a column named '{name}' can't be a stratum or covariate here: the analysis uses that name",
            "rename the column",
            place,
        )
        for name in dict.fromkeys(taken)
    )


TAKEN = frozenset(
    {"arm", "event", "time_days", "start_days", "n", "subject", "responder", "reason", "value", "baseline",
     "change", "percent_change", "evaluable", "first", "second"}
)  # fmt: skip


def context_of(
    rows: Rows,
    *,
    name: str,
    endpoint: str,
    arms: Sequence[str],
    column: str | None,
    place: Place,
    rule: Mapping[str, object],
) -> Context:
    """The context of an analysis of observed rows; its records are known by the fingerprint of the rows.

    An arm that is a number is labelled with the name of its column.
    """
    digest = hashlib.sha256()
    for piece in same_rows(rows):
        digest.update(piece)
    return Context(
        trial=name,
        endpoint=endpoint,
        analysis=endpoint,
        population=ALL,
        subgroup=None,
        arms=tuple(arms),
        compare=tuple(arms) if len(arms) > 1 else (),
        labels={arm: f"{column} {arm}" for arm in arms if column and _by_number(arm)[0] == 0},
        origin=Origin("observed", records=digest.hexdigest()[:16], software=software()),
        place=place,
        definition=tuple(rule.items()),
    )
