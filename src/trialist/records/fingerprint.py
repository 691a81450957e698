"""One number for the content of records: the same records give it again, any other value changes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from trialist.records.domains import DOMAINS
from trialist.records.shape import in_key_order


def fingerprint(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over the captured values of all domains.

    Parameters
        tables  domain -> table in the domain's full shape (`records.shape.conform`)
    Returns   64 hexadecimal digits. They do not depend on the order of domains, files or rows (rows are
              taken in the order of the domain's key), on the file format, or on columns without a value.
              Of a date only the captured text counts, so filling partial dates changes nothing here.
    """
    whole = hashlib.sha256()
    for name in sorted(tables):
        table = in_key_order(name, _captured(name, tables[name]))
        whole.update(f"\n{name} {table.num_rows}".encode())
        for column in sorted(table.column_names):
            values = table[column]
            if values.null_count < len(values):
                whole.update(f"\n{column} ".encode() + _digest(values))
    return whole.hexdigest()


def _captured(name: str, table: pa.Table) -> pa.Table:
    read = {c.name for c in DOMAINS[name].columns if c.kind == "date"}
    return table.select([n for n in table.column_names if n not in read])


def _digest(column: pa.ChunkedArray) -> bytes:
    """Digest of one column, whatever its chunks: which values are there, their lengths, their bytes."""
    present, sizes, content = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for chunk in column.chunks:
        present.update(chunk.is_valid().to_numpy(zero_copy_only=False).tobytes())
        if pa.types.is_string(chunk.type):
            filled = chunk.fill_null("")
            offsets = np.frombuffer(filled.buffers()[1], np.int32)[filled.offset :][: len(filled) + 1]
            sizes.update(np.diff(offsets).astype("<i4").tobytes())
            if offsets[-1] > offsets[0]:
                content.update(memoryview(filled.buffers()[2])[offsets[0] : offsets[-1]])
        elif pa.types.is_floating(chunk.type):
            content.update((chunk.fill_null(0.0).to_numpy() + 0.0).astype("<f8").tobytes())
        else:
            content.update(chunk.fill_null(0).to_numpy().astype("<i8").tobytes())
    return present.digest() + sizes.digest() + content.digest()
