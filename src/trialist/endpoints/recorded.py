"""From domains to the inputs of derivations: PSA, responses, therapies, measurements, adverse events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.bone_scans import recorded_bone_scans
from trialist.endpoints.doses import recorded_doses
from trialist.endpoints.filled import read_by_some
from trialist.endpoints.laboratory_values import laboratory_values
from trialist.endpoints.lesions import recorded_lesions
from trialist.endpoints.lesions_told import selection_problems, unlinked, without_method, without_role
from trialist.endpoints.measured import measurement_results, specimens_asked, specimens_taken
from trialist.endpoints.palliation_records import palliation_tables
from trialist.endpoints.recorded_events import recorded_events
from trialist.endpoints.subjects import days_between
from trialist.endpoints.therapies import new_therapies
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import accepted
from trialist.records.asked import PSA, RESPONSE_TEST_OF, graded
from trialist.records.columns import column
from trialist.records.computed import computed_once
from trialist.records.model import Records
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table


def recorded_tables(
    records: Records, protocol: Protocol, subjects: Table
) -> tuple[dict[str, Table], tuple[Problem, ...]]:
    """The inputs beside `subjects` that the records hold.

    Problems  W312 PSA in an unknown unit (not used), N313 PSA without a unit (read as ng/mL), N317 PSA
              above quantification (read as the limit), W381 therapies
              that may be new anticancer therapies but are not said to be, W384 to W387 targets that the
              criteria would not have chosen, W386 targets that can't be told apart, N333 lesions
              without a role, N334 no lesion seen, by no method that is known, W388 no bone scan among
              lesions, W389 new bone lesions that are not followed, N335 bone lesions not judged
    """
    domains = records.tables
    made = {"deaths": subjects.filter(subjects.death_day.notnull()).select("subject", day="death_day")}
    problems: tuple[Problem, ...] = ()
    if "lb" in domains:
        made["psa"], problems = _psa(domains["lb"], subjects, protocol)
        if tests := graded(protocol):
            made["laboratory"] = laboratory_values(_dated(domains["lb"], subjects), tests)
    measured = {name: _dated(domains[name], subjects) for name in ("lb", "qs") if name in domains}
    if measured:
        made["measurements"] = measurement_results(measured, protocol)
    if "rs" in domains:
        rs = _accepted(domains, protocol)
        for name, test in RESPONSE_TEST_OF.items():
            rows = _dated(rs.filter(compared(rs.test_code) == test), subjects)
            made[name] = rows.select("subject", "day", "sequence", response=rows.result.strip().upper())
    if "tr" in domains and read_by_some(protocol.plan, "lesions"):
        made["lesions"] = computed_once(recorded_lesions(domains, subjects, protocol))
        problems += selection_problems(made["lesions"], subjects, protocol)
        for told in (unlinked, without_role, without_method):
            problems += told(domains, protocol)
    if ("tu" in domains or "tr" in domains) and read_by_some(protocol.plan, "bone_scans"):
        made["bone_scans"], unseen = recorded_bone_scans(domains, subjects, protocol)
        problems += unseen
    palliative, unseen = palliation_tables(domains, subjects, protocol)
    made |= palliative
    problems += unseen
    if "rs" in domains or "ds" in domains:
        made["progressions"] = _progressions(domains, subjects, protocol)
    if "cm" in domains:
        made["therapies"], unread = new_therapies(domains["cm"], subjects, protocol)
        problems += unread
    if "be" in domains and (asked := specimens_asked(protocol)):
        made["specimens"] = specimens_taken(_dated(domains["be"], subjects), asked, protocol)
    if "ex" in domains and read_by_some(protocol.plan, "doses"):
        made["doses"], unread = recorded_doses(domains, subjects, protocol)
        problems += unread
    if "ae" in domains:
        made["adverse_events"] = recorded_events(domains["ae"], subjects, protocol)
    return made, problems


def _dated(rows: Table, subjects: Table, column: str = "date") -> Table:
    """Adds `day`; rows without a full date, or of subjects not allocated, are dropped."""
    seen = rows.inner_join(subjects.select("subject", "reference_date"), "subject")
    seen = seen.mutate(day=days_between(seen[column], seen.reference_date))
    return seen.filter(seen.day.notnull()).drop("reference_date")


def _psa(lb: Table, subjects: Table, protocol: Protocol) -> tuple[Table, tuple[Problem, ...]]:
    """PSA in ng/mL. A result `<x` is the value x below quantification; `>x` is read as x."""
    rows = _dated(lb.filter(compared(lb.test_code) == PSA), subjects)
    text = ibis.coalesce(column(rows, "result"), column(rows, "original")).strip()
    below = text.startswith("<").fill_null(False)
    limit = text.re_replace("[<>=]", "").strip().try_cast("float64")
    above = text.startswith(">").fill_null(False) & rows.value.isnull()
    number = ibis.coalesce(rows.value.cast("float64"), ibis.ifelse(above, limit, text.try_cast("float64")))
    unit = ibis.coalesce(column(rows, "unit"), column(rows, "original_unit")).strip().lower().nullif("")
    factors = pairs("psa_units")
    factor = ibis.cases(
        (unit.isnull(), ibis.literal(1.0)),
        *((unit == name, ibis.literal(float(value))) for name, value in factors.items()),
        else_=ibis.null("float64"),
    )
    rows = rows.mutate(
        read=ibis.ifelse(below, limit, number), below=below, above=above, unit_read=unit, factor=factor
    )
    rows = rows.filter((rows.read.notnull() & ~rows.read.isnan()).fill_null(False))
    counts = rows.aggregate(
        unknown=rows.factor.isnull().cast("int64").sum(),
        example=rows.unit_read.max(where=rows.factor.isnull()),
        without=rows.unit_read.isnull().cast("int64").sum(),
        above=rows.above.cast("int64").sum(),
    )
    kept = rows.filter(rows.factor.notnull())
    psa = kept.select("subject", "day", "sequence", value=kept.read * kept.factor, below=kept.below)
    return psa, _unit_problems(counts, protocol)


def _unit_problems(counts: Table, protocol: Protocol) -> tuple[Problem, ...]:
    found = counts.to_pyarrow().to_pylist()[0]
    problems = []
    place = protocol.place("endpoints")
    if found["unknown"]:
        problems.append(
            Problem(
                "W312",
                f"{found['unknown']} PSA values are in a unit that is not known to be a mass concentration "
                f"('{found['example']}'); they were not used",
                "give PSA in ng/mL (or ug/L, which is the same)",
                place,
            )
        )
    if found["without"]:
        problems.append(
            Problem(
                "N313",
                f"{found['without']} PSA values have no unit; they were read as ng/mL",
                "fill LBSTRESU in the records",
                place,
            )
        )
    if found["above"]:
        problems.append(
            Problem(
                "N317",
                f"{found['above']} PSA values are known only as above a limit of quantification; they were "
                "read as the limit",
                "give the value of a diluted sample where there is one",
                place,
            )
        )
    return tuple(problems)


def _accepted(domains: Mapping[str, Table], protocol: Protocol) -> Table:
    return domains["rs"].filter(accepted(domains["rs"], protocol.plan.records))


def _progressions(domains: Mapping[str, Table], subjects: Table, protocol: Protocol) -> Table:
    """subject, day, sequence, kind: pain and clinical progression as recorded in RS and DS."""
    found = []
    if "rs" in domains:
        rs = _accepted(domains, protocol)
        kinds = pairs("progression_tests")
        rs = rs.mutate(test_code=compared(rs.test_code))
        said = compared(rs.result).isin(words("progression_results"))
        rows = _dated(rs.filter(rs.test_code.isin(list(kinds)) & said), subjects)
        kind = rows.test_code.cases(*kinds.items(), else_=None)
        found.append(rows.select("subject", "day", rows.sequence.cast("int64").name("sequence"), kind=kind))
    if "ds" in domains:
        ds = domains["ds"]
        terms = words("clinical_progression")
        rows = _dated(ds.filter(compared(ds.term).isin(terms)), subjects)
        found.append(
            rows.select(
                "subject",
                "day",
                rows.sequence.cast("int64").name("sequence"),
                kind=ibis.literal("CLINICAL"),
            )
        )
    return ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
