"""The columns of a caller's table, typed: numbers, words, or whichever they are, counted when they are many.

A table is an engine's (Ibis), an Arrow or pandas table, or a mapping of names to arrays. In text, an empty
field, `NA`, `N/A`, `NaN`, `null` and a full stop are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from trialist.findings.counting import by_counting
from trialist.findings.rows import Column, Rows, Words, coded, rows_from_arrow
from trialist.problems import Place, Problem
from trialist.protocol.predicate import parse_condition

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", ".")
COUNTED_FROM = 20_000  # rows: from here on they are counted before anything else
_NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$|^\s*[+-]?[iI]nf(inity)?\s*$"
_WHOLE = re.compile(r"-?[0-9]+(\.0*)?")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which column plays which part. A part of `either` is numbers where all its values are, else words."""

    numbers: Mapping[str, str]
    words: Mapping[str, str]
    either: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.numbers.values(), *self.words.values(), *self.either.values()]))


def take(
    data: Any, wanted: Wanted, place: Place, where: str | None = None
) -> tuple[Rows | None, tuple[Problem, ...]]:
    """The wanted columns under the names of their parts, the subjects of each row, and what is to
    be said of them.

    Problems  E092 a column that is not there, E093 a column that is no numbers, E095 the condition `where`
              can't be read, E096 no rows; W425, N426, W427 several rows of a subject
    """
    names = column_names(data)
    absent = [name for name in wanted.columns if name not in names]
    if absent:
        return None, tuple(_no_column(name, names, place) for name in absent)
    if where is not None:
        data, problem = _chosen(data, where, names, place)
        if problem is not None:
            return None, (problem,)
    if isinstance(data, Mapping):
        rows, problems = _from_arrays(data, wanted, place)
    else:
        rows, problems = _from_arrow(_arrow(data, wanted.columns), wanted, place)
    if rows is None:
        return None, problems
    from trialist.quick.subjects import rows_of_subjects

    started = wanted.numbers.get("start_days")
    interval = None if started is None else (started, wanted.numbers["time_days"])
    return rows, rows_of_subjects(data, place, interval)


def column_names(data: Any) -> tuple[str, ...]:
    """The names of a table's columns, whatever kind of table it is."""
    if isinstance(data, Mapping):
        return tuple(data)
    return tuple(str(name) for name in getattr(data, "column_names", data.columns))


def in_engine(data: Any) -> bool:
    """Whether a table is an expression of an engine, of which only counts are fetched."""
    return hasattr(data, "to_pyarrow") and hasattr(data, "group_by")


def _arrow(data: Any, columns: Sequence[str]) -> Any:
    """The columns as an Arrow table, with a count `n` where they come from an engine."""
    import pyarrow as pa

    if in_engine(data):
        keys = list(columns)
        return data.select(*keys).group_by(keys).agg(**{_COUNT: lambda t: t.count()}).to_pyarrow()
    if isinstance(data, pa.Table):
        return data.select(list(columns))
    return pa.Table.from_pandas(data[list(columns)], preserve_index=False)


_COUNT = "n\x1fsubjects"


def _chosen(data: Any, where: str, names: Sequence[str], place: Place) -> tuple[Any, Problem | None]:
    condition, message = parse_condition(where)
    if condition is None:
        return None, _no_condition(where, str(message), place, names)
    for name in condition.columns:
        if name not in names:
            return None, _no_column(name, names, place)
    data = as_expression(data, condition.columns)
    try:
        return data.filter(condition.to_ibis(data)), None
    except (TypeError, ValueError) as error:  # a number compared with a text
        return None, _no_condition(where, str(error).splitlines()[0], place)


def as_expression(data: Any, columns: Iterable[str]) -> Any:
    """A table as an engine's expression, those of these columns that hold numbers only as numbers."""
    if in_engine(data):
        return data
    import ibis
    import pyarrow as pa

    if isinstance(data, Mapping):
        data = pa.table({key: np.asarray(data[key]) for key in data})
    return ibis.memtable(_typed(data, columns))


def _typed(data: Any, columns: Iterable[str]) -> Any:
    """The Arrow (or pandas) table with those of these text columns made numbers that hold numbers only."""
    import pyarrow as pa

    table = data if isinstance(data, pa.Table) else pa.Table.from_pandas(data, preserve_index=False)
    for name in columns:
        numbers, _ = _numbers(table[name]) if pa.types.is_string(table[name].type) else (None, [])
        if numbers is not None and not np.isnan(numbers).all():
            at = table.column_names.index(name)
            table = table.set_column(at, name, pa.array(numbers, mask=np.isnan(numbers)))
    return table


def _from_arrays(
    data: Mapping[str, Any], wanted: Wanted, place: Place
) -> tuple[Rows | None, tuple[Problem, ...]]:
    """Arrays of numbers, truths or words, one value per subject."""
    found: dict[str, Column] = {}
    problems: list[Problem] = []
    for part, name in wanted.numbers.items():
        given = np.asarray(data[name])
        if given.dtype.kind not in "biuf":
            return _from_arrow(_table(data, wanted), wanted, place)
        found[part] = given.astype(np.float64)
    for part, name in wanted.words.items():
        found[part] = _named(data[name])
    for part, name in wanted.either.items():
        given = np.asarray(data[name])
        found[part] = given.astype(np.float64) if given.dtype.kind in "biuf" else _named(given)
    lengths = {name: np.asarray(data[name]).size for name in wanted.columns}
    if len(set(lengths.values())) > 1:
        problems.append(_uneven(lengths, place))
    size = next(iter(lengths.values()), 0)
    if size == 0:
        problems.append(_no_rows(place))
    if problems:
        return None, tuple(problems)
    rows = Rows(found, np.ones(size))
    return (_counted(rows) if size >= COUNTED_FROM else rows), ()


def _named(given: Any) -> Words:
    """Levels of an array: those of text as in a file, without what means a missing value."""
    values = np.asarray(given)
    if values.dtype.kind == "U":
        return _as_in_a_file(coded(values))
    if values.dtype.kind != "O":
        return coded(values)
    import pyarrow as pa

    try:
        found = _words(pa.chunked_array([pa.array(values, from_pandas=True)]))
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and texts in one array
        found = None
    return coded(values) if found is None else found


def _table(data: Mapping[str, Any], wanted: Wanted) -> Any:
    import pyarrow as pa

    return pa.table({name: np.asarray(data[name]) for name in wanted.columns})


def _from_arrow(found: Any, wanted: Wanted, place: Place) -> tuple[Rows | None, tuple[Problem, ...]]:
    weighted = _COUNT in found.column_names
    columns: dict[str, Column] = {}
    problems: list[Problem] = []
    for part, name in wanted.numbers.items():
        numbers, wrong = _numbers(found[name])
        if numbers is None:
            problems.append(_no_numbers(name, wrong, None if weighted else place, place))
        else:
            columns[part] = numbers
    for part, name in (*wanted.words.items(), *wanted.either.items()):
        numbers, _ = _numbers(found[name]) if part in wanted.either else (None, [])
        named = _words(found[name]) if numbers is None else numbers
        if named is None:
            problems.append(_no_words(name, found[name].type, place))
        else:
            columns[part] = named
    if found.num_rows == 0:
        problems.append(_no_rows(place))
    if problems:
        return None, tuple(problems)
    n = np.asarray(found[_COUNT].to_numpy(), dtype=float) if weighted else np.ones(found.num_rows)
    rows = Rows(columns, n)
    return (rows if weighted or found.num_rows < COUNTED_FROM else _counted(rows)), ()


def _numbers(column: Any) -> tuple[Any, list[tuple[int, str]]]:
    """The numbers of an Arrow column, null as NaN; or None and the first (row, value) that are no numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_temporal(kind):
        return None, [(0, str(value)) for value in column[:1].to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = pc.utf8_trim_whitespace(column)
        known = pc.if_else(pc.is_in(text, value_set=pa.array(MISSING, text.type)), None, text)
        wrong = pc.invert(pc.match_substring_regex(known, _NUMBER))
        places = np.flatnonzero(np.asarray(pc.fill_null(wrong, False).to_numpy()))
        if places.size:
            return None, [(int(row), str(column[int(row)].as_py())) for row in places[:_SHOWN]]
        column = known
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
              or pa.types.is_decimal(kind) or pa.types.is_null(kind)):  # fmt: skip
        return None, [(0, str(value)[:40]) for value in column[:1].to_pylist()]
    numbers = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(numbers.to_numpy(), dtype=np.float64), []


def numbers_in(column: Any) -> Any:
    """The numbers of an Arrow column as an array, null as NaN; None where it holds something else."""
    return _numbers(column)[0]


def _words(column: Any) -> Words | None:
    """The levels of an Arrow column; None where it holds bytes, lists or structures."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        numbers, _ = _numbers(column)
        return coded(numbers)
    found = rows_from_arrow(pa.table({"it": column}), (), ("it",)).data["it"]
    return _as_in_a_file(found if isinstance(found, Words) else coded(found))


def _as_in_a_file(words: Words) -> Words:
    """Levels without the spaces around them and without what means a missing value; where all are whole
    numbers, some with a decimal point (`1.0`), without the point."""
    read = [level.strip() for level in words.levels]
    known = [level for level in read if level not in MISSING]
    if any("." in level for level in known) and all(_WHOLE.fullmatch(level) for level in known):
        read = [level.partition(".")[0] for level in read]
        known = [level.partition(".")[0] for level in known]
    if read == known == list(words.levels):
        return words
    levels = tuple(sorted(set(known)))
    place = {level: number for number, level in enumerate(levels)}
    codes = np.array([place.get(level, -1) for level in read] + [-1], dtype=np.int64)
    return Words(levels, codes[words.code])


def _counted(rows: Rows) -> Rows:
    """The same rows, those that are alike put together: their order no longer tells anything."""
    import pyarrow as pa

    codes = {name: column.code if isinstance(column, Words) else column for name, column in rows.data.items()}
    cells = by_counting(np.arange(rows.size), rows.n, tuple(codes.values()))
    if cells is not None:
        kept, n = cells
        taken: dict[str, Column] = {
            name: Words(column.levels, column.code[kept]) if isinstance(column, Words) else column[kept]
            for name, column in rows.data.items()
        }
        return Rows(taken, n)
    found = pa.table(codes | {_COUNT: rows.n}).group_by(list(codes)).aggregate([(_COUNT, "sum")])
    made: dict[str, Column] = {}
    for name, column in rows.data.items():
        values = np.asarray(found[name].to_numpy())
        made[name] = Words(column.levels, values.astype(np.int64)) if isinstance(column, Words) else values
    return Rows(made, np.asarray(found[f"{_COUNT}_sum"].to_numpy(), dtype=float))


def _no_column(name: str, names: Sequence[str], place: Place) -> Problem:
    lower = {other.lower(): other for other in names}
    near = get_close_matches(name.lower(), lower, n=1)
    listed = ", ".join(names[:12]) + (" ..." if len(names) > 12 else "")
    hint = f"did you mean '{lower[near[0]]}'?" if near else "name one of its columns"
    return Problem("E092", f"there is no column '{name}'; the columns are {listed}", hint, place)


def _no_numbers(name: str, wrong: Sequence[tuple[int, str]], lines: Place | None, place: Place) -> Problem:
    shown = ", ".join(f"'{value}'" + (f" (row {row + 1})" if lines else "") for row, value in wrong)
    return Problem(
        "E093",
        f"column '{name}' must hold numbers, but has {shown}",
        "name another column, or mend these values; an empty field or NA is a missing value",
        place,
    )


def _no_words(name: str, kind: Any, place: Place) -> Problem:
    return Problem(
        "E093",
        f"column '{name}' holds neither numbers nor text (its type is {kind})",
        "name another column, or take the value out of it into a column of its own",
        place,
    )


def _no_condition(where: str, why: str, place: Place, names: Sequence[str] = ()) -> Problem:
    odd = [name for name in names if not name.isidentifier() and name in where and f'"{name}"' not in where]
    remedy = (
        f"write the name '{odd[0]}' between double quotes" if odd else "write it as in \"PARAMCD = 'OS'\""
    )
    return Problem("E095", f"the condition {where!r} can't be used: {why}", remedy, place)


def _no_rows(place: Place) -> Problem:
    return Problem("E096", "there are no rows to analyse", "check the file and the condition", place)


def _uneven(lengths: Mapping[str, int], place: Place) -> Problem:
    shown = ", ".join(f"{name} {size}" for name, size in lengths.items())
    return Problem(
        "E096", f"the columns have different lengths: {shown}", "give one value per subject in each", place
    )
