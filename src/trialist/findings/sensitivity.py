"""What an alternative reading of a time to event changes: the findings under it, and who moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis

from trialist.findings.model import Finding, Method

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.findings.context import Context

KINDS = ("event to censored", "censored to event", "earlier", "later", "other reason")
_SIDES = ("day", "event", "reason")


@dataclass(frozen=True, slots=True)
class Move:
    """One subject under the main and the alternative rule; days from the reference date."""

    subject: str
    arm: str
    kind: str
    day: int | None
    event: bool
    reason: str
    other_day: int | None
    other_event: bool
    other_reason: str

    def as_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "arm": self.arm,
            "kind": self.kind,
            "main": {"day": self.day, "event": self.event, "reason": self.reason},
            "alternative": {
                "day": self.other_day,
                "event": self.other_event,
                "reason": self.other_reason,
            },
        }


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One analysis under one alternative reading.

    analysis, name, means   the planned analysis, the reading by name and in words
    findings   of the method under that reading, then the numbers of moved subjects by arm and kind
    moves      the subjects whose time, event or reason differs, by subject
    """

    analysis: str
    endpoint: str
    name: str
    means: str
    findings: tuple[Finding, ...]
    moves: tuple[Move, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "analysis": self.analysis,
            "endpoint": self.endpoint,
            "alternative": self.name,
            "means": self.means,
            "findings": [finding.as_json() for finding in self.findings],
            "moved": [move.as_json() for move in self.moves],
        }


def moves(main: Table, other: Table) -> tuple[Move, ...]:
    """The subjects of two readings of one time to event whose day, event or reason is not the same.

    Parameters
        main, other  TimeToEvent with the column arm, one row per subject: the main and the alternative
    Returns   by subject; kind is one of `KINDS`, the first that holds
    Problems  none
    Source    -
    """
    left = main.select("subject", "arm", *_SIDES)
    right = other.select("subject", **{f"other_{name}": name for name in _SIDES})
    rows = left.inner_join(right, "subject")
    rows = rows.select(name for name in rows.columns if name != "subject_right")
    earlier = (rows.other_day < rows.day).fill_null(False)
    later = (rows.other_day > rows.day).fill_null(False)
    rows = rows.mutate(
        kind=ibis.cases(
            (rows.event & ~rows.other_event, KINDS[0]),
            (~rows.event & rows.other_event, KINDS[1]),
            (earlier, KINDS[2]),
            (later, KINDS[3]),
            ((rows.reason != rows.other_reason).fill_null(False), KINDS[4]),
            else_=ibis.null("string"),
        )
    )
    found = rows.filter(rows.kind.notnull()).to_pyarrow().to_pylist()
    return tuple(Move(**row) for row in sorted(found, key=lambda row: str(row["subject"])))


def labelled(finding: Finding, name: str, means: str) -> Finding:
    """The finding as one of a sensitivity analysis: its definition and its note say so."""
    note = f"sensitivity: {means}" + (f"; {finding.note}" if finding.note else "")
    return replace(finding, definition=(("sensitivity", name), *finding.definition), note=note)


def counts(found: tuple[Move, ...], sizes: Mapping[str, int], context: Context) -> tuple[Finding, ...]:
    """Numbers of moved subjects by arm and kind, 0 where nobody of an arm moved so; `n` is the arm's size."""
    made = []
    for arm in context.arms:
        for kind in KINDS:
            moved = sum(move.arm == arm and move.kind == kind for move in found)
            method = Method("moved", (("category", kind),))
            made.append(
                context.finding("count", float(moved), method, [arm], n=sizes.get(arm, 0), events=moved)
            )
    return tuple(made)
