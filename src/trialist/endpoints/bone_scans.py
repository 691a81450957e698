"""Bone scans out of TU and TR: which records are of one, and which lesions it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.combined_rules import CombinedResponseRule
from trialist.endpoints.filled import rule_for
from trialist.endpoints.imaging import first_imaging, of_bone_scan
from trialist.endpoints.rules import (
    BestResponseRule,
    BoneRule,
    ProgressionRule,
)
from trialist.endpoints.subjects import days_between
from trialist.problems import Problem
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.model import Protocol
from trialist.records.accepted import accepted
from trialist.records.columns import column
from trialist.records.telling import words_of
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import Table

_COLUMNS = ("imaging", "lesion", "result")


def recorded_bone_scans(
    domains: Mapping[str, Table], subjects: Table, protocol: Protocol
) -> tuple[Table, tuple[Problem, ...]]:
    """The bone scans of allocated subjects: one row per record of TU and TR made by a bone scan.

    Parameters
        domains   has tu, tr or both
        subjects  subject, reference_date, first_dose_day
        protocol  `records:` names the evaluator and whether only accepted records count; its endpoints say
                  whether bone scans matter
    Returns   subject, day, sequence, lesion, readable
    Problems  where an endpoint reads bone scans: W388 no record of TU and TR was made by one, W389 no new
              lesion was recorded again on a later scan, N335 new lesions that a scan could not judge

    A record is of a bone scan when its method (TUMETHOD, TRMETHOD) says so; a record without a method is,
    when the first record of its lesion that names one, TU before TR, is of a bone scan. Words:
    `bone_scan_methods` of records/words.yaml.

    A scan without a new lesion is any record of it that shows none: of a lesion of the baseline (TARGET or
    NON-TARGET), of a new lesion that is gone (ABSENT), or of TR without a lesion (TRLNKID empty, a result
    such as NONE). A record whose result is NE or NOT DONE, or empty, is not readable: of a new
    lesion it says neither that it is there nor that it is gone. A new lesion is shown on a later scan only
    where a record of that scan says so; one without an identifier is seen only once.
    """
    found = [_with_columns(domains[name], name, protocol) for name in ("tu", "tr") if name in domains]
    rows = ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
    rows = _by_bone_scan(rows)
    start = subjects.select("subject", "reference_date", "first_dose_day")
    dated = rows.filter(rows.by_bone_scan).inner_join(start, "subject")
    dated = dated.mutate(day=days_between(dated.date, dated.reference_date))
    dated = dated.filter(dated.day.notnull())
    roles = _roles(rows)
    dated = dated.left_join(roles, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    unread = dated.word.isnull() | dated.word.isin(words("not_readable"))
    later = (dated.day > 0) & (dated.day > dated.first_dose_day).fill_null(True)
    old = dated.of_baseline.fill_null(False) & later
    hidden = old | dated.word.isin(words("not_shown"))
    scans = dated.select(
        "subject",
        "day",
        "sequence",
        lesion=ibis.ifelse(hidden.fill_null(False), ibis.null("string"), dated.lesion),
        readable=~unread,
    )
    return scans, (*_told(domains, rows, protocol), *_unread_lesions(scans, protocol))


def _with_columns(table: Table, name: str, protocol: Protocol) -> Table:
    """subject, sequence, place, date, method, lesion, role, word of the accepted records of TU or TR."""
    rows = table.filter(accepted(table, protocol.plan.records, by=("evaluator",)))
    of = {said: compared(column(rows, said)) for said in _COLUMNS}
    role = of["result"] if name == "tu" else compared(column(rows, "group"))
    unnamed = ibis.ifelse(
        role.isin(words("new_lesion")).fill_null(False),
        ibis.literal(f"{name.upper()} RECORD ") + rows.sequence.cast("int64").cast("string"),
        ibis.null("string"),
    )
    return rows.select(
        "subject",
        "date",
        sequence=rows.sequence.cast("int64"),
        place=ibis.literal(int(name == "tr"), "int64"),
        method=of["imaging"],
        lesion=ibis.coalesce(of["lesion"], unnamed),
        role=role,
        word=of["result"],
    )


def _by_bone_scan(rows: Table) -> Table:
    """Adds by_bone_scan: by the method of the record or, where it has none, by the first of its lesion."""
    first = first_imaging(rows)
    rows = rows.left_join(first, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    linked = rows.method.isnull() & rows.bone_scan_first.fill_null(False)
    return rows.mutate(by_bone_scan=of_bone_scan(rows.method) | linked).drop("bone_scan_first")


def _roles(rows: Table) -> Table:
    """subject, lesion, of_baseline: lesions that are called TARGET or NON-TARGET, and NEW nowhere."""
    named = rows.filter(rows.lesion.notnull())
    old = named.role.isin(words("baseline_lesion")).fill_null(False).cast("int64").max()
    new = named.role.isin(words("new_lesion")).fill_null(False).cast("int64").max()
    return named.group_by("subject", "lesion").aggregate(of_baseline=(old == 1) & (new == 0))


def _told(domains: Mapping[str, Table], rows: Table, protocol: Protocol) -> tuple[Problem, ...]:
    read = {name: _rule_of_bone(endpoint) for name, endpoint in protocol.plan.endpoints.items()}
    asking = [name for name, rule in read.items() if rule is not None]
    if not asking or "tr" not in domains:
        return ()
    place = protocol.place("endpoints", asking[0])
    persisting = any(rule.persisting_lesions for rule in read.values() if rule is not None)
    counts = rows.aggregate(every=rows.count(), scanned=rows.by_bone_scan.cast("int64").sum())
    seen = counts.to_pyarrow().to_pylist()[0]
    if not seen["every"]:
        return ()
    if not seen["scanned"]:
        methods = words_of(rows.filter(rows.method.notnull()), "method")
        return (
            Problem(
                "W388",
                f"endpoint '{asking[0]}' reads bone scans, but none of {seen['every']} records of TU and TR "
                f"was made by one; TUMETHOD and TRMETHOD hold {methods or 'nothing'}",
                "write BONE SCAN in TUMETHOD and TRMETHOD of what bone scans show, by a map.yaml if need be",
                place,
            ),
        )
    new = _followed(rows)
    if not new["due"] or new["again"] or not persisting:
        return ()
    return (
        Problem(
            "W389",
            f"endpoint '{asking[0]}' asks whether new bone lesions persist, but none of {new['due']} new "
            "lesions was recorded on a later bone scan of its subject",
            "add a record in TR for each new lesion at each later bone scan (PRESENT or ABSENT): a lesion "
            "that a scan does not name counts as gone",
            place,
        ),
    )


def _unread_lesions(scans: Table, protocol: Protocol) -> tuple[Problem, ...]:
    """N335: lesions absent at baseline of which a scan that could be read says nothing."""
    read = {name: _rule_of_bone(endpoint) for name, endpoint in protocol.plan.endpoints.items()}
    asking = [name for name, rule in read.items() if rule is not None]
    if not asking:
        return ()
    readable = scans.filter(scans.readable).select("subject", "day").distinct()
    rows = scans.filter(~scans.readable & scans.lesion.notnull() & (scans.day > 0))
    rows = rows.semi_join(readable, ["subject", "day"]).select("subject", "day", "lesion").distinct()
    found = rows.aggregate(n=rows.count(), example=rows.subject.min()).to_pyarrow().to_pylist()[0]
    if not found["n"]:
        return ()
    return (
        Problem(
            "N335",
            f"{found['n']} times a bone scan could not judge a lesion absent at baseline, though the rest of "
            f"it was read (for example subject {found['example']}); such a lesion was taken as neither there "
            "nor gone, so progression that hangs on it is unconfirmed",
            "correct the result in TR to PRESENT or ABSENT where the scan can tell",
            protocol.place("endpoints", asking[0]),
        ),
    )


def _rule_of_bone(endpoint: Endpoint) -> BoneRule | None:
    """The rule by which an endpoint reads bone scans, None where it does not."""
    rule = rule_for(endpoint)
    if isinstance(rule, BoneRule):
        return rule
    if isinstance(rule, ProgressionRule):
        return rule.bone_scans
    if isinstance(rule, BestResponseRule):
        rule = rule.combined or rule
    return rule.bone if isinstance(rule, CombinedResponseRule) else None


def _followed(rows: Table) -> dict[str, int]:
    """due: new lesions whose subject had a later bone scan; again: those with a record on a later one."""
    scans = rows.filter(rows.by_bone_scan & rows.date.notnull())
    last = scans.group_by("subject").aggregate(last=scans.date.max())
    named = scans.filter(scans.lesion.notnull())
    is_new = named.role.isin(words("new_lesion")).fill_null(False).cast("int64")
    lesions = named.group_by("subject", "lesion").aggregate(
        new=is_new.max(), first=named.date.min(), latest=named.date.max()
    )
    lesions = lesions.filter(lesions.new == 1).inner_join(last, "subject")
    due = lesions.filter(lesions.first < lesions.last)
    again = (due.latest > due.first).cast("int64").sum().fill_null(0)
    found: dict[str, int] = due.aggregate(due=due.count(), again=again).to_pyarrow().to_pylist()[0]
    return found
