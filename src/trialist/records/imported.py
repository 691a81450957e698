"""From a data set with CDISC names to a domain with plain names, typed; each bad value a problem.

A problem is stated once per kind and column, with the number of values, the first few records (line of a
CSV file, subject and sequence number) and never a captured value: those may be a patient's own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trialist.dates import Fill, read_dates
from trialist.problems import Place, Problem, errors
from trialist.records.domains import DOMAINS, Column, Domain
from trialist.records.rows import Rows
from trialist.records.shape import domain_schema
from trialist.records.subjects import in_several_arms
from trialist.records.typed import Typed, as_text, typed

_SHOWN = 12
_LARGEST_COLUMN = 2**31
_LARGEST_NUMBER = 1e15
_FIRST_DATE, _LAST_DATE = date(1900, 1, 1), date(2100, 1, 1)
_OF_EVERY_DOMAIN = {"DOMAIN"}


def import_domain(
    name: str, table: pa.Table, place: Place, *, partial_dates: Fill = "leave"
) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """One domain, checked and typed.

    Parameters
        name           dm, lb ...
        table          columns under their CDISC names (upper or lower case), as a format's reader gives them
        place          the file, for problems
        partial_dates  what to do with a date whose day is missing: leave it null, take the first or the last
                       day of its month. A date without month stays null.
    Returns   the table in the full shape of its domain (`records.shape.domain_schema`) and notes, or None
              and every problem there is. Empty text is null, blanks around text are dropped.
    Problems  E320 column missing, E321 value missing, E322 not a number, E323 not a date, E324 out of
              range, E325 not an allowed term, E326 one key twice, E353 one subject in two arms, E327 domain
              not known, E328 column twice or of a kind that no value has, E329 rows of another domain,
              N330 columns not used, N331 partial dates left, N332 partial dates filled, E034 too large
    """
    domain = DOMAINS.get(name.lower())
    if domain is None:
        return None, (_unknown_domain(name, place),)
    large = [n for n in table.column_names if table.column(n).nbytes >= _LARGEST_COLUMN]
    if large:
        return None, (_too_large(large, place),)
    found, problems = _columns(domain, table, place)
    rows = Rows(domain.name, place, table, found)
    problems += _foreign_rows(domain, table, rows)
    arrays: dict[str, pa.Array] = {}
    for column in domain.columns:
        if column.cdisc in found:
            values, trouble = _read(column, table.column(found[column.cdisc]), rows, partial_dates)
            arrays.update(values)
            problems += trouble
    problems += _repeated(domain, arrays, rows)
    if errors(problems):
        return None, tuple(problems)
    schema = domain_schema(domain.name)
    whole = [arrays[f.name] if f.name in arrays else pa.nulls(table.num_rows, f.type) for f in schema]
    return pa.Table.from_arrays(whole, schema=schema), tuple(problems)


def _too_large(columns: list[str], place: Place) -> Problem:
    return Problem(
        "E034",
        f"the column {columns[0]} holds 2 GiB or more, which can't be checked in memory",
        "split the file by site or by test",
        place,
    )


def _unknown_domain(name: str, place: Place) -> Problem:
    near = get_close_matches(name.lower(), list(DOMAINS), n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return Problem(
        "E327",
        f"there is no domain '{name}'",
        f"{hint}known are {', '.join(sorted(DOMAINS))}; leave out what the protocol does not need",
        place,
    )


def _columns(domain: Domain, table: pa.Table, place: Place) -> tuple[dict[str, int], list[Problem]]:
    """CDISC name -> position, for the columns that the domain declares."""
    declared = {column.cdisc: column for column in domain.columns}
    found: dict[str, int] = {}
    unused: list[str] = []
    problems: list[Problem] = []
    for position, written in enumerate(table.column_names):
        cdisc = written.strip().upper()
        if cdisc in found:
            problems.append(
                Problem(
                    "E328",
                    f"{domain.name}: two columns are both {cdisc}",
                    "keep one of them; upper and lower case are the same name",
                    place,
                )
            )
        elif cdisc in declared:
            found[cdisc] = position
        elif cdisc not in _OF_EVERY_DOMAIN:
            unused.append(written)
    for column in domain.columns:
        if column.required and column.cdisc not in found:
            near = get_close_matches(column.cdisc, [n.strip().upper() for n in unused], n=1)
            hint = f"is it the column {near[0]}? " if near else ""
            problems.append(
                Problem(
                    "E320",
                    f"{domain.name}: the column {column.cdisc} ({column.label}) is missing",
                    f"{hint}name it {column.cdisc} in the file, or in a map.yaml",
                    place,
                )
            )
    if unused:
        shown = ", ".join(unused[:_SHOWN]) + (" ..." if len(unused) > _SHOWN else "")
        problems.append(
            Problem(
                "N330",
                f"{domain.name}: {len(unused)} of {table.num_columns} columns are not used: {shown}",
                "nothing, unless one of them is a declared column under another name",
                place,
            )
        )
    return found, problems


def _foreign_rows(domain: Domain, table: pa.Table, rows: Rows) -> list[Problem]:
    names = [n.strip().upper() for n in table.column_names]
    if domain.name == "xt" or names.count("DOMAIN") != 1:
        return []
    texts = as_text(table.column(names.index("DOMAIN")))
    if texts is None:
        return []
    other = pc.not_equal(pc.utf8_upper(texts), domain.name.upper()).fill_null(False)
    if not pc.any(other).as_py():
        return []
    return [
        rows.problem(
            "E329",
            other,
            f"{domain.name}: {{count}} state another domain in DOMAIN",
            f"give the file of {domain.name.upper()}, with its own rows only",
        )
    ]


def _read(
    column: Column, values: pa.ChunkedArray, rows: Rows, partial_dates: Fill
) -> tuple[dict[str, pa.Array], list[Problem]]:
    """The arrays of one column under their plain names, and what is wrong with its values."""
    read = typed(column, values)
    if read is None:
        problem = Problem(
            "E328",
            f"{rows.domain}: the column {column.cdisc} holds {values.type}, not single values",
            "write one text, number or date per row",
            rows.place,
        )
        return {}, [problem]
    problems = list(_wrong(column, read, rows))
    if column.required:
        missing = pc.is_null(read.given)
        if pc.any(missing).as_py():
            message = f"{column.cdisc}: {{count}} have no value"
            problems.append(
                rows.problem("E321", missing, message, "fill it in, or remove records that hold nothing")
            )
    if column.kind != "date":
        return {column.name: read.values}, problems
    texts = read.values
    dates = read_dates(texts, partial_dates)
    if pc.any(dates.bad).as_py():
        message = f"{column.cdisc}: {{count}} have no possible date: {'; '.join(dates.reasons)}"
        problems.append(rows.problem("E323", dates.bad, message, "correct the date in the source"))
    problems += _beyond_calendar(column, dates.dates, dates.partial, rows)
    problems += _partial(column, dates.partial, dates.filled, rows, partial_dates)
    return {column.name: dates.dates, f"{column.name}_text": texts}, problems


def _wrong(column: Column, read: Typed, rows: Rows) -> Iterator[Problem]:
    """Values that are not of the column's kind, outside its range or not among its terms."""
    if pc.any(read.bad).as_py():
        what = "whole numbers" if column.kind == "integer" else "numbers"
        yield rows.problem(
            "E322",
            read.bad,
            f"{column.cdisc}: {{count}} hold what is not {what}",
            "write the number alone, with a decimal point; leave it empty when it was not measured",
        )
    terms = ("Y", "N") if column.kind == "flag" else column.allowed
    if terms:
        texts = read.values.cast(pa.string())
        other = pc.and_(pc.is_valid(texts), pc.invert(pc.is_in(texts, pa.array(terms))))
        if pc.any(other).as_py():
            message = f"{column.cdisc}: {{count}} hold none of the terms {', '.join(terms)}"
            yield rows.problem("E325", other, message, "use these terms, in upper case; empty when not known")
    if column.kind in {"integer", "number"}:
        limits = []
        outside = pa.nulls(len(read.values), pa.bool_()).fill_null(False)
        if column.minimum is not None:
            limits.append(f"below {column.minimum:g}")
            outside = pc.or_(outside, pc.less(read.values, column.minimum).fill_null(False))
        if column.maximum is not None:
            limits.append(f"above {column.maximum:g}")
            outside = pc.or_(outside, pc.greater(read.values, column.maximum).fill_null(False))
        huge = pc.greater(pc.abs(read.values.cast(pa.float64())), _LARGEST_NUMBER).fill_null(False)
        if pc.any(huge).as_py():
            limits.append(f"larger than {_LARGEST_NUMBER:g} in magnitude, which no measurement is")
            outside = pc.or_(outside, huge)
        if pc.any(outside).as_py():
            message = f"{column.cdisc} ({column.label}): {{count}} are {' or '.join(limits)}"
            yield rows.problem("E324", outside, message, "correct the value in the source")


def _beyond_calendar(column: Column, dates: pa.Array, partial: pa.Array, rows: Rows) -> Iterator[Problem]:
    """Full dates in a year that no trial has seen: a typing error, or a placeholder for 'not known'."""
    beyond = pc.or_(pc.less(dates, pa.scalar(_FIRST_DATE)), pc.greater(dates, pa.scalar(_LAST_DATE)))
    beyond = pc.and_(beyond.fill_null(False), pc.invert(partial))
    if pc.any(beyond).as_py():
        message = f"{column.cdisc} ({column.label}): {{count}} are before {_FIRST_DATE} or after {_LAST_DATE}"
        yield rows.problem(
            "E324", beyond, message, "correct the date in the source; leave it empty when it is not known"
        )


def _partial(
    column: Column, partial: pa.Array, filled: pa.Array, rows: Rows, rule: Fill
) -> Iterator[Problem]:
    left = pc.and_(partial, pc.invert(filled))
    if pc.any(filled).as_py():
        yield rows.problem(
            "N332",
            filled,
            f"{column.cdisc}: {{count}} have no day; the {rule} day of the month is taken",
            "look at results that hang on these dates; 'records: partial_dates: leave' keeps them missing",
        )
    if pc.any(left).as_py():
        yield rows.problem(
            "N331",
            left,
            f"{column.cdisc}: {{count}} have a partial date, which counts as missing",
            "complete them in the source, or choose 'records: partial_dates: first' or 'last' (day only)",
        )


def _repeated(domain: Domain, arrays: Mapping[str, pa.Array], rows: Rows) -> Iterator[Problem]:
    """E326: keys that name several records; E353 where they put one subject into several arms.

    Looked at beside wrong values, so that one run tells both; a record without a key has its own problem.
    """
    keys = list(domain.key)
    if any(key not in arrays for key in keys):
        return
    table = pa.table({key: arrays[key] for key in keys})
    count = table.num_rows
    named = pa.array(np.ones(count, dtype=bool))
    for key in keys:
        if domain.column(key).required:
            named = pc.and_(named, pc.is_valid(arrays[key]))
    numbered = table.append_column("row", _numbers(count)).filter(named)
    groups = numbered.group_by(keys).aggregate([("row", "count"), ("row", "min")])
    if groups.num_rows == numbered.num_rows:
        return
    twice = groups.filter(pc.greater(groups["row_count"], 1))
    cdisc = ", ".join(domain.column(k).cdisc for k in keys)
    yield rows.problem(
        "E326",
        pc.is_in(_numbers(count), twice["row_min"].combine_chunks()),
        f"{domain.name}: {{count}} have a key ({cdisc}) that a later record repeats",
        "a key names one record: remove the copies, or number them anew",
    )
    if domain.name == "dm" and "arm_code" in arrays:
        yield from _two_arms(arrays["subject"], arrays["arm_code"], rows)


def _two_arms(subject: pa.Array, arm: pa.Array, rows: Rows) -> Iterator[Problem]:
    said = pa.table({"subject": subject, "arm": pc.utf8_upper(arm)}).group_by("subject")
    counted = said.aggregate([("arm", "count_distinct")]).filter(pc.is_valid(pc.field("subject")))
    several = counted.filter(pc.greater(counted["arm_count_distinct"], 1))["subject"].combine_chunks()
    plural = "s" if len(several) > 1 else ""
    if len(several):
        code, message, remedy = in_several_arms(f"dm: {{count}} belong to {len(several)} subject{plural}")
        yield rows.problem(code, pc.is_in(subject, several), f"{message} (ARMCD)", remedy)


def _numbers(count: int) -> pa.Array:
    return pa.array(np.arange(count, dtype=np.int64))
