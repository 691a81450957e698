"""Tables through a map (`records.map_file`): other people's columns become CDISC variables.

The result goes through `records.imported` like any other data set. Where the map names no sequence number,
records are numbered within the subject in the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pyarrow as pa

from trialist.problems import Problem, errors
from trialist.records.domains import DOMAINS
from trialist.records.map_file import Map, MappedTable, Melt, Source
from trialist.records.typed import as_text

Read = Callable[[Path], tuple[pa.Table | None, tuple[Problem, ...]]]

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "MON": r"(?P<name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
}
_SHOWN = 5


def mapped_tables(mapping: Map, read: Read) -> tuple[dict[str, pa.Table] | None, tuple[Problem, ...]]:
    """The tables of a map with CDISC names, ready for `records.imported.import_domain`.

    Parameters
        mapping  from `parse_map`
        read     reads one file (relative to the map): path -> (table, problems)
    Returns   domain -> table of text columns; several files of one domain follow one another
    Problems  those of `read`; E082 a column that the file lacks, E084 values that the map does not cover
    """
    parts: dict[str, list[pa.Table]] = {}
    problems: list[Problem] = []
    for item in mapping.tables:
        table, said = read(Path(mapping.file).parent / item.file)
        problems.extend(said)
        if table is not None:
            made, trouble = _mapped(mapping, item, table)
            problems.extend(trouble)
            parts.setdefault(item.domain, []).append(made)
    if errors(problems):
        return None, tuple(problems)
    whole = {domain: _numbered(domain, _joined(tables)) for domain, tables in parts.items()}
    return whole, tuple(problems)


def _mapped(mapping: Map, item: MappedTable, table: pa.Table) -> tuple[pa.Table, list[Problem]]:
    problems: list[Problem] = []
    melt = item.melt
    known = [*table.column_names, *((melt.name, melt.value) if melt else ())]
    wanted = [(source.column, ("columns", name)) for name, source in item.columns.items() if source.column]
    wanted += [(column, ("melt", "columns")) for column in (melt.columns if melt else ())]
    for column, path in wanted:
        if column not in known:
            near = get_close_matches(column, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(known[:12])}"
            where = mapping.place(*item.path, *path)
            problems.append(Problem("E082", f"{item.file} has no column '{column}'", hint, where))
    if problems:
        return table, problems
    long = table if melt is None else _melted(table, melt)
    made: dict[str, pa.Array] = {}
    for name, source in item.columns.items():
        place = mapping.place(*item.path, "columns", name)
        if source.column is None:
            made[name] = pa.array([source.constant] * long.num_rows, pa.string())
            continue
        texts = as_text(long.column(source.column))
        if texts is None:
            message = f"column '{source.column}' holds lists, structures or bytes"
            problems.append(Problem("E082", message, "map a column of single values", place))
            continue
        made[name], lost = _rewritten(texts, source)
        if lost:
            rows = ", ".join(str(row + 1) for row in lost[:_SHOWN]) + (" ..." if len(lost) > _SHOWN else "")
            how = f"the date format {source.date}" if source.date else "'values'"
            problems.append(
                Problem(
                    "E084",
                    f"{name}: {len(lost)} values of '{source.column}' are not covered by {how} (rows {rows})",
                    "add them to the map, or correct them in the file; row 1 is the first below the header",
                    place,
                )
            )
        if source.unit is not None:
            there = made[name].is_valid().to_pylist()
            units = [source.unit if present else None for present in there]
            made.setdefault(name[:-1] + "U", pa.array(units, pa.string()))
    return pa.table(made), problems


def _melted(table: pa.Table, melt: Melt) -> pa.Table:
    """Rows in the order of the file, and within each in the order of the melted columns; empty cells go."""
    kept = [n for n in table.column_names if n not in melt.columns]
    parts = []
    for number, column in enumerate(melt.columns):
        part = table.select(kept)
        part = part.append_column(melt.name, pa.array([column] * table.num_rows, pa.string()))
        part = part.append_column(melt.value, as_text(table.column(column)))
        order = np.arange(table.num_rows, dtype=np.int64) * len(melt.columns) + number
        parts.append(part.append_column("\0order", pa.array(order)))
    long = pa.concat_tables(parts).sort_by("\0order").drop_columns(["\0order"])
    return long.filter(long.column(melt.value).is_valid())


def _rewritten(texts: pa.Array, source: Source) -> tuple[pa.Array, list[int]]:
    """The values as the map rewrites them, and the rows that it does not cover."""
    if not source.values and source.date is None:
        return texts, []
    coded = texts.dictionary_encode()
    words = coded.dictionary.to_pylist()
    if source.date is not None:
        pattern = _pattern(source.date)
        new = [_iso(pattern, word) for word in words]
    else:
        new = [source.values.get(word) for word in words]
    bad = pa.array([value is None for value in new], pa.bool_()).take(coded.indices).fill_null(False)
    lost = np.flatnonzero(bad.to_numpy(zero_copy_only=False)).tolist()
    return pa.array(new, pa.string()).take(coded.indices), lost


def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.split(f"({'|'.join(_PARTS)})", text)
    return re.compile("".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces))


def _iso(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    named = (parts.get("name") or "").upper()
    month = _MONTHS.index(named) + 1 if named in _MONTHS else int(parts.get("month") or 0)
    try:
        return date(int(parts["year"]), month, int(parts["day"])).isoformat()
    except ValueError:
        return None


def _joined(tables: list[pa.Table]) -> pa.Table:
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables, promote_options="default")


def _numbered(domain: str, table: pa.Table) -> pa.Table:
    """Adds the sequence number within the subject where the domain wants one and the map gives none."""
    name = f"{domain.upper()}SEQ"
    declared = [column.cdisc for column in DOMAINS[domain].columns]
    if name not in declared or name in table.column_names or "USUBJID" not in table.column_names:
        return table
    subjects = table.column("USUBJID").combine_chunks().fill_null("")
    codes = subjects.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    sorted_codes = codes[order]
    starts = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]])[: len(codes)]
    within = np.arange(len(codes)) - np.repeat(starts, np.diff(np.r_[starts, len(codes)]))
    numbers = np.empty(len(codes), dtype=np.int64)
    numbers[order] = within + 1
    return table.append_column(name, pa.array(numbers))
