"""The dated entries of some subjects, read from the inputs of the derivations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trialist.endpoints.subjects import days_between
from trialist.patients.model import Entry
from trialist.records.asked import PSA, measured
from trialist.records.columns import column

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.study import Result

_RESPONSES = (("responses", "response"), ("soft_tissue", "soft tissue"), ("bone", "bone"))


def dated_entries(result: Result, subjects: Sequence[str]) -> dict[str, list[Entry]]:
    """Subject -> entries, in the order of their days; what has no full date comes last.

    Doses are those of EX; everything else is read from the inputs, as the derivations see it.
    """
    found: dict[str, list[Entry]] = {subject: [] for subject in subjects}
    for subject, entry in _entries(result, subjects):
        found[subject].append(entry)
    return {subject: sorted(entries, key=_order) for subject, entries in found.items()}


def rows_of(table: Table, subjects: Sequence[str], *order: str) -> list[dict[str, Any]]:
    """The rows of these subjects in one query, in the order of `order`."""
    kept = table.filter(table.subject.isin(list(subjects)))
    rows: list[dict[str, Any]] = (
        (kept.order_by(["subject", *order]) if order else kept).to_pyarrow().to_pylist()
    )
    return rows


def doses_of(result: Result, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """(subject, dose) of every dose in EX of these subjects; nothing where the records lack EX."""
    if "ex" not in result.records.tables:
        return
    ex = result.records.tables["ex"]
    seen = ex.inner_join(result.inputs.tables["subjects"].select("subject", "reference_date"), "subject")
    rows = seen.select(
        "subject",
        "sequence",
        "treatment",
        day=days_between(seen.start, seen.reference_date),
        end_day=days_between(column(seen, "end", "date"), seen.reference_date),
        dose=column(seen, "dose", "float64"),
        unit=column(seen, "dose_unit"),
    )
    for row in rows_of(rows, subjects, "sequence"):
        end = row["end_day"] if row["end_day"] != row["day"] else None
        yield (
            row["subject"],
            Entry("doses", "dose", row["day"], row["treatment"], row["dose"], row["unit"], end),
        )


def _order(entry: Entry) -> tuple[bool, int, str, str]:
    return entry.day is None, entry.day or 0, entry.kind, entry.what


def _entries(result: Result, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    tables = result.inputs.tables
    yield from doses_of(result, subjects)
    for row in rows_of(tables["psa"], subjects, "day", "sequence"):
        below = bool(row["below"])
        yield row["subject"], Entry("psa", "psa", row["day"], "PSA", row["value"], "ng/mL", below=below)
    yield from _measurements(result, subjects)
    yield from _observed(result, subjects)
    for name, kind in _RESPONSES:
        for row in rows_of(tables[name], subjects, "day", "sequence"):
            yield row["subject"], Entry(name, kind, row["day"], row["response"] or "not read")  # type: ignore[arg-type]
    yield from _lesions(tables["lesions"], subjects)
    yield from _bone_scans(tables["bone_scans"], tables["subjects"], subjects)
    for row in rows_of(tables["progressions"], subjects, "day", "sequence"):
        yield row["subject"], Entry("progressions", "progression", row["day"], row["kind"])
    for row in rows_of(tables["adverse_events"], subjects, "start_day", "sequence"):
        yield (
            row["subject"],
            Entry(
                "adverse_events",
                "adverse event",
                row["start_day"],
                row["term"] or "term missing",
                end_day=row["end_day"],
                grade=row["grade"],
                serious=row["serious"],
                related=row["related"],
            ),
        )
    for row in rows_of(tables["therapies"], subjects, "day"):
        yield row["subject"], Entry("therapies", "new therapy", row["day"], "new anticancer therapy")
    for row in rows_of(tables["subjects"], subjects):
        if row["death_day"] is not None:
            yield row["subject"], Entry("subjects", "death", row["death_day"], "death")
        if row["last_alive_day"] is not None:
            alive = Entry("subjects", "last known alive", row["last_alive_day"], "last known alive")
            yield row["subject"], alive
        if row["cutoff_day"] is not None:
            yield row["subject"], Entry("subjects", "data cut-off", row["cutoff_day"], "data cut-off")


def _measurements(result: Result, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """Values of the tests that endpoints measure; PSA stands apart."""
    tests = [test for test in dict.fromkeys(measured(result.protocol)) if test.strip().upper() != PSA]
    if not tests:
        return
    table = result.inputs.tables["measurements"]
    for row in rows_of(table.filter(table.test.isin(tests)), subjects, "day", "sequence"):
        entry = Entry("measurements", "measurement", row["day"], row["test"], row["value"], row["unit"])
        yield row["subject"], entry


def _observed(result: Result, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """Scores, grades and laboratory values that endpoints read, skeletal events, palliative radiotherapy."""
    tables, missing = result.inputs.tables, result.inputs.missing
    apart = {PSA, *(test.strip().upper() for test in measured(result.protocol))}
    for name in ("pain", "performance", "laboratory", "skeletal_events", "radiotherapies"):
        if name in missing:
            continue
        for row in rows_of(tables[name], subjects, "day", "sequence"):
            if row.get("test") in apart:
                continue
            below = (row.get("comparator") or "").startswith("<")
            value = row.get("ecog") if name == "performance" else row.get("value")
            what = _observed_as(name, row)
            entry = Entry(name, "measurement", row["day"], what, value, row.get("unit"), below=below)
            yield row["subject"], entry


def _observed_as(name: str, row: Mapping[str, Any]) -> str:
    """What a row of that input is called: its test, or what happened."""
    if name == "skeletal_events":
        return f"skeletal event: {(row['kind'] or 'kind not said').lower()}"
    if name == "radiotherapies":
        return "palliative radiotherapy"
    if name == "performance":
        return f"{row['test']} grade"
    above = (row.get("comparator") or "").startswith(">")
    return f"{row['test']} above" if above else str(row["test"])


def _lesions(table: Table, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """One entry per lesion, or part of one, on the day it was read: its size, else what was seen of it."""
    for row in rows_of(table, subjects, "day", "sequence"):
        day = row["day"] if row["read_day"] is None else row["read_day"]
        if row["lesion"] is None:
            yield row["subject"], Entry("lesions", "lesion", day, "no lesion of soft tissue")
            continue
        named, size = f"{row['role'].lower()} lesion {row['lesion']}", row["diameter"]
        if size is None:
            named += f" {row['state'].lower()}" if row["state"] else " not read"
        yield row["subject"], Entry("lesions", "lesion", day, named, size, None if size is None else "mm")


def _bone_scans(table: Table, people: Table, subjects: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    """One entry per scan: its lesions at baseline, later how many that were absent then."""
    ends = {row["subject"]: max(0, row["first_dose_day"] or 0) for row in rows_of(people, subjects)}
    scans: dict[tuple[str, int], tuple[set[str], bool]] = {}
    for row in rows_of(table, subjects, "day", "sequence"):
        lesions, readable = scans.get((row["subject"], row["day"]), (set(), False))
        shown = {row["lesion"]} if row["lesion"] is not None and row["readable"] is not False else set()
        scans[row["subject"], row["day"]] = (lesions | shown, readable or row["readable"] is not False)
    known: dict[str, set[str]] = {}
    for (subject, day), (lesions, readable) in sorted(scans.items()):
        early = day <= ends[subject]
        if early:
            known.setdefault(subject, set()).update(lesions)
        new = lesions - known.get(subject, set())
        n = len(lesions if early else new)
        told = f"{n} lesion{'' if n == 1 else 's'} {'at' if early else 'not seen at'} baseline"
        value = float(len(new)) if readable else None
        what = told if readable else "not readable"
        yield subject, Entry("bone_scans", "bone scan", day, what, value, "new lesions")
