"""Data files: CSV, SAS transport (XPT), Parquet, Dataset-JSON. `formats.folder` holds records in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from trialist.problems import Problem

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["parquet", "csv", "xpt", "dataset-json"]
SUFFIXES: dict[Format, str] = {
    "parquet": ".parquet",
    "csv": ".csv",
    "xpt": ".xpt",
    "dataset-json": ".json",
}


def read_table(
    path: Path | str, *, max_bytes: int = 2 * 1024**3, encoding: str | None = None
) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """A data file as a table, by suffix and content.

    Parameters
        path       .csv, .csv.gz, .tsv, .txt, .xpt, .parquet, .json or .ndjson (Dataset-JSON 1.1)
        max_bytes  larger files are refused: every format is read into memory
        encoding   of the text in CSV and XPT when it is not UTF-8
    Returns   (table, notes and warnings) or (None, problems). CSV gives text columns; the others their types.
              The data set's name and label and the columns' labels are in the schema's metadata
              (`formats.labels`). Empty text is null.
    Problems  E030-E049, W040, W049, N041; nothing is raised for what a file holds
    """
    from trialist.formats.source import look

    path = Path(path)
    kind, problems = look(path, max_bytes)
    if kind == "csv":
        from trialist.formats.csv import read_csv

        return read_csv(path, max_bytes=max_bytes, encoding=encoding or "utf-8")
    if kind == "xpt":
        from trialist.formats.xpt import read_xpt

        return read_xpt(path, encoding=encoding)
    if kind == "parquet":
        from trialist.formats.parquet import read_parquet

        return read_parquet(path)
    if kind == "dataset-json":
        from trialist.formats.dataset_json import read_dataset_json

        return read_dataset_json(path)
    return None, problems


def write_table(
    table: pa.Table, path: Path | str, *, name: str | None = None, label: str | None = None
) -> tuple[Problem, ...]:
    """Write a table in the format of the file's suffix: whole or not at all, the same bytes every time.

    Parameters
        name, label  of the data set (XPT, Dataset-JSON); those in the table's metadata when omitted
    Problems  E035 no format of that suffix, E070 the place can't be written, E072 the format can't hold it
    """
    from trialist.formats.source import format_of_name

    path = Path(path)
    kind, problems = format_of_name(path)
    if kind == "csv":
        from trialist.formats.csv import write_csv

        return write_csv(table, path)
    if kind == "xpt":
        from trialist.formats.xpt import write_xpt

        return write_xpt(table, path, name=name, label=label)
    if kind == "parquet":
        from trialist.formats.parquet import write_parquet

        return write_parquet(table, path)
    if kind == "dataset-json":
        from trialist.formats.dataset_json import write_dataset_json

        return write_dataset_json(table, path, name=name, label=label)
    return problems
