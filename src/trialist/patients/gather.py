"""Patients from the result of a study: nothing is derived here, everything is looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from trialist.endpoints.filled import rule_for
from trialist.endpoints.planned import planned_scans
from trialist.patients.entries import dated_entries, rows_of
from trialist.patients.model import Entry, Paragraph, Patient, Verdict
from trialist.patients.paragraphs import paragraph
from trialist.problems import Problem
from trialist.protocol.endpoints import READS, SHAPES, Endpoint, OfResponse, ProgressionFreeSurvival
from trialist.protocol.model import TrialProtocol
from trialist.study import NOT_DERIVED, Result

_NEAREST = 5
_SCANS = frozenset({"responses", "soft_tissue", "bone"})
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def gather(result: Result, subjects: Sequence[str]) -> tuple[Patient, ...]:
    """These subjects, in their order.

    Parameters
        result    endpoint tables and inputs of a study; its findings are not read
        subjects  ids that the study has; `not_there` tells of one that it has not
    Returns   verdicts from the endpoint tables, entries from the inputs and doses from EX
    """
    people = {row["subject"]: row for row in rows_of(result.inputs.tables["subjects"], subjects)}
    entries = dated_entries(result, subjects)
    derived = _derived(result, subjects)
    return tuple(
        Patient(
            subject=subject,
            arm=people[subject]["arm"],
            person=people[subject],
            reference_date=people[subject]["reference_date"],
            entries=tuple(entries[subject]),
            verdicts=tuple(
                _verdict(item, result, subject, entries[subject])
                for item in derived
                if item.rows is None or not result.inputs.reconstructed or subject in item.rows
            ),
            reconstructed=result.inputs.reconstructed,
        )
        for subject in subjects
    )


def not_there(result: Result, subject: str) -> Problem | None:
    """E090 when the study has no such subject, with the nearest ids; None when it has."""
    table = result.inputs.tables["subjects"]
    known = table.select("subject").order_by("subject").to_pyarrow().column("subject").to_pylist()
    if subject in known:
        return None
    near = sorted(known, key=lambda name: (-_likeness(name, subject), name))[:_NEAREST]
    shown = subject if len(subject) <= 60 else f"{subject[:57]}..."
    said = f"the nearest of {len(known)} are {', '.join(near)}" if near else "there are no subjects"
    return Problem(
        "E090",
        f"{result.protocol.plan.trial} has no allocated subject '{shown}' in these records",
        f"{said}; copy the id from the records (USUBJID)",
    )


def _likeness(one: str, other: str) -> float:
    """How alike two ids are, 0 to 1; letter case and zeros before a number tell nothing."""
    first, second = (_LEADING_ZEROS.sub("", text.upper()) for text in (one, other))
    return float(SequenceMatcher(None, first, second).ratio())


class _Derived(NamedTuple):
    """An endpoint under its own rule, or under that of an estimand; `rows` by subject, null: not derived."""

    name: str
    endpoint: Endpoint
    estimand: str | None
    rows: Mapping[str, Sequence[Mapping[str, Any]]] | None


def _derived(result: Result, subjects: Sequence[str]) -> tuple[_Derived, ...]:
    """Every endpoint in the protocol's order, each followed by the estimands that read it otherwise."""
    plan = result.protocol.plan
    found = []
    for name, endpoint in plan.endpoints.items():
        table = result.endpoints.get(name)
        rows = None if table is None else _by_subject(rows_of(table, subjects))
        found.append(_Derived(name, endpoint, None, rows))
        for estimand, (changed, asked) in result.estimands.items():
            if plan.estimands[estimand].endpoint == name:
                found.append(_Derived(name, asked, estimand, _by_subject(rows_of(changed, subjects))))
    return tuple(found)


def _by_subject(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["subject"], []).append(row)
    return found


def _verdict(item: _Derived, result: Result, subject: str, entries: Sequence[Entry]) -> Verdict:
    plan = result.protocol.plan
    own = plan.endpoints[item.name]
    rows = () if item.rows is None else item.rows.get(subject, ())
    ordered = tuple(sorted(rows, key=lambda row: row.get("day") or 0))
    only = ordered[0] if len(ordered) == 1 else {}
    day = only.get("day")
    reads = _reads(item.endpoint, plan)
    rule: Paragraph | None = None
    if not result.inputs.reconstructed:
        rule = paragraph(item.endpoint, plan, only.get("reason"))
    label = own.label or item.name
    return Verdict(
        endpoint=item.name,
        label=label if item.estimand is None else f"{label}, as estimand '{item.estimand}' reads it",
        derive=own.derive,
        shape=SHAPES[own.derive],
        rows=ordered,
        absent=_why_absent(item.name, result) if item.rows is None else None,
        seen=tuple(e for e in entries if e.day == day and e.input in reads) if day is not None else (),
        paragraph=rule,
        estimand=item.estimand,
    )


def _why_absent(name: str, result: Result) -> str:
    place = result.protocol.place("endpoints", name)
    said = [p.message for p in result.problems if p.code in NOT_DERIVED and p.place == place]
    return "; ".join(said) or "it was not derived from these records"


def _reads(endpoint: Endpoint, plan: TrialProtocol) -> frozenset[str]:
    """The inputs that an endpoint looks at, those of the endpoints it is read off among them."""
    found = rule_for(endpoint, planned_scans(plan)).reads
    if isinstance(endpoint, ProgressionFreeSurvival) and "radiographic_progression" in endpoint.first_of:
        found |= _SCANS
    for word in READS:
        named = getattr(endpoint, word, None) if isinstance(endpoint, OfResponse) else None
        if named is not None:
            found |= _reads(plan.endpoints[named], plan)
    return found
