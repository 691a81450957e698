"""The one shape of a domain in code: every declared column under its plain name, typed, null where absent."""

from __future__ import annotations

import pyarrow as pa

from trialist.dates import Fill, read_dates
from trialist.records.domains import DOMAINS

TYPES = {"text": pa.string(), "flag": pa.string(), "integer": pa.int64(), "number": pa.float64()}


def domain_schema(name: str) -> pa.Schema:
    """Plain column names and types of a domain.

    A date is two columns: `x` (date32) and `x_text` (as captured). A flag is text, Y or N. Raises KeyError
    for a domain that is not known.
    """
    fields: list[pa.Field] = []
    for column in DOMAINS[name].columns:
        if column.kind == "date":
            fields += [pa.field(column.name, pa.date32()), pa.field(f"{column.name}_text", pa.string())]
        else:
            fields.append(pa.field(column.name, TYPES[column.kind]))
    return pa.schema(fields)


def conform(name: str, table: pa.Table, *, partial_dates: Fill = "leave") -> pa.Table:
    """A table with plain names in the full shape of its domain.

    Parameters
        name           of the domain
        table          some or all of the domain's columns; a date may come as `x`, as `x_text` or as both
        partial_dates  as in the protocol, where only `x_text` is given
    Returns   every column of `domain_schema`, in its order
    Raises    ValueError for a column that the domain does not have: only our own tables come this way
    """
    schema = domain_schema(name)
    unknown = sorted(set(table.column_names) - set(schema.names))
    if unknown:
        raise ValueError(f"domain {name} has no column {', '.join(unknown)}")
    given = {n: table.column(n) for n in table.column_names}
    for column in DOMAINS[name].columns:
        text = f"{column.name}_text"
        if column.kind != "date":
            continue
        if column.name in given and text not in given:
            given[text] = given[column.name].cast(pa.date32()).cast(pa.string())
        elif text in given and column.name not in given:
            whole = given[text].cast(pa.string()).combine_chunks()
            given[column.name] = pa.chunked_array([read_dates(whole, partial_dates).dates])
    arrays = [
        given[f.name].cast(f.type) if f.name in given else pa.nulls(table.num_rows, f.type) for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def in_key_order(name: str, table: pa.Table) -> pa.Table:
    """The rows ordered by the domain's key, then by all other columns."""
    import pyarrow.compute as pc

    keys = [k for k in DOMAINS[name].key if k in table.column_names]
    if _is_ordered(table, keys):
        return table
    others = [n for n in table.column_names if n not in keys and table[n].null_count < table.num_rows]
    order = [(n, "ascending") for n in (*keys, *others)]
    return table.take(pc.sort_indices(table, sort_keys=order))


def _is_ordered(table: pa.Table, keys: list[str]) -> bool:
    """True when each row's key is greater than the one before."""
    import pyarrow.compute as pc

    if table.num_rows < 2:
        return True
    greater: pa.ChunkedArray | None = None
    for key in reversed(keys):
        before, after = table[key].slice(0, table.num_rows - 1), table[key].slice(1)
        more = pc.greater(after, before)
        greater = more if greater is None else pc.or_(more, pc.and_(pc.equal(after, before), greater))
    return greater is not None and greater.null_count == 0 and bool(pc.all(greater).as_py())
