"""Whether a row is a subject: told where the table has a column USUBJID."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trialist.problems import Place, Problem
from trialist.quick.columns import column_names, in_engine, numbers_in

SUBJECT = "USUBJID"


def rows_of_subjects(data: Any, place: Place, interval: tuple[str, str] | None = None) -> tuple[Problem, ...]:
    """What is to be said of subjects with several rows among those that are analysed.

    Parameters
        interval   columns of start and end of the time at risk, where a subject may have several
    Problems  W425 several rows of a subject, each analysed as a subject; of intervals: N426 rows are counted
              and not subjects, W427 intervals of a subject that overlap
    """
    name = next((name for name in column_names(data) if name.upper() == SUBJECT), None)
    if name is None:
        return ()
    rows, subjects, repeated = _counted(data, name)
    if not repeated:
        return ()
    if interval is None:
        return (_repeated(name, rows, subjects, repeated, place),)
    overlapping = _overlapping(data, name, *interval)
    return (
        _rows_told(name, rows, subjects, place),
        *((_overlap(name, overlapping, place),) if overlapping else ()),
    )


def _counted(data: Any, name: str) -> tuple[int, int, int]:
    """Rows with a subject, subjects, and those of them that have several rows."""
    if in_engine(data):
        each = data.filter(data[name].notnull()).group_by(name).agg(rows=lambda t: t.count())
        found = each.aggregate(
            rows=each.rows.sum(), subjects=each.count(), repeated=(each.rows > 1).cast("int64").sum()
        ).to_pyarrow()
        return tuple(int(found[key][0].as_py() or 0) for key in ("rows", "subjects", "repeated"))  # type: ignore[return-value]
    counts = np.unique(_codes(_column(data, name)), return_counts=True)[1]
    return int(counts.sum()), int(counts.size), int((counts > 1).sum())


def _column(data: Any, name: str) -> Any:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data[name]
    given = np.asarray(data[name]) if isinstance(data, Mapping) else data[name]
    try:
        return pa.chunked_array([pa.array(given, from_pandas=True)])
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and texts in one column
        known = [None if value is None or value != value else str(value) for value in given]
        return pa.chunked_array([pa.array(known, pa.string())])


def _codes(column: Any) -> Any:
    """A number for each value that is known."""
    whole = column.combine_chunks()
    coded = whole if hasattr(whole, "indices") else whole.dictionary_encode()
    return coded.indices.drop_null().to_numpy(zero_copy_only=False)


def _overlapping(data: Any, name: str, start: str, end: str) -> int:
    """Rows that begin before the row before them of the same subject ends."""
    import pyarrow as pa

    if in_engine(data):
        import ibis

        known = data.filter(data[name].notnull())
        number = ibis.dense_rank().over(order_by=known[name])  # the names themselves stay in the engine
        table = known.select(subject_=number, start_=known[start], end_=known[end]).to_pyarrow()
        subject, begun, ended = (table[key] for key in ("subject_", "start_", "end_"))
    else:
        subject, begun, ended = (_column(data, key) for key in (name, start, end))
        known = subject.is_valid()
        subject, begun, ended = (some.filter(known) for some in (subject, begun, ended))
    first, last = numbers_in(begun), numbers_in(ended)
    if first is None or last is None:
        return 0
    code = _codes(pa.chunked_array([subject.combine_chunks()]) if subject.num_chunks != 1 else subject)
    usable = first < last
    code, first, last = code[usable], first[usable], last[usable]
    order = np.lexsort((first, code))
    same = code[order][1:] == code[order][:-1]
    return int(np.sum(same & (first[order][1:] < last[order][:-1])))


def _repeated(name: str, rows: int, subjects: int, repeated: int, place: Place) -> Problem:
    return Problem(
        "W425",
        f"{repeated} of {subjects} subjects ({name}) have more than one of the {rows} rows;"
        " each row is analysed as a subject",
        "choose one row of each subject with a condition: --where \"PARAMCD = 'OS'\"",
        place,
    )


def _rows_told(name: str, rows: int, subjects: int, place: Place) -> Problem:
    return Problem(
        "N426",
        f"{rows} rows of {subjects} subjects ({name}) are read as intervals at risk; n counts rows",
        "nothing, if a subject may have several intervals; say in the report how many subjects there are",
        place,
    )


def _overlap(name: str, overlapping: int, place: Place) -> Problem:
    noun = "row begins" if overlapping == 1 else "rows begin"
    return Problem(
        "W427",
        f"{overlapping} {noun} before the row before of the same subject ({name}) ends",
        "mend the intervals: while they overlap a subject is at risk twice",
        place,
    )
