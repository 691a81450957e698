"""Parquet, read whole and written so that the same table gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from trialist.formats.atomic import write_whole
from trialist.formats.csv import no_rows
from trialist.problems import Place, Problem


def read_parquet(path: Path) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """A Parquet file as a table, with its own types and the labels it carries.

    Problems  E047 damaged or no Parquet, W040 no rows
    """
    from pyarrow import parquet

    try:
        with path.open("rb") as file:
            table = parquet.read_table(file)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None, (
            Problem(
                "E047",
                f"{path.name} is damaged or no Parquet file",
                "copy or write it again; a transfer that broke off leaves such a file",
                Place(str(path)),
            ),
        )
    return table, (no_rows(path),) if table.num_rows == 0 else ()


def write_parquet(table: pa.Table, path: Path) -> tuple[Problem, ...]:
    """Zstandard, row groups of 1,048,576 rows, labels in the metadata; the same table, the same bytes."""
    from pyarrow import parquet

    def write(place: Path) -> None:
        parquet.write_table(table, str(place), compression="zstd", row_group_size=1024**2)

    return write_whole(path, write)
