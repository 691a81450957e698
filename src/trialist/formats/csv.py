"""CSV: read with every column as text, because typing is the domain's work; written by fixed rules."""

from __future__ import annotations

import codecs
import csv as rows
import gzip
import io
import zlib
from itertools import islice
from pathlib import Path

import pyarrow as pa

from trialist.formats.atomic import write_whole
from trialist.formats.source import MAX_BYTES, file_bytes, too_large
from trialist.problems import Place, Problem

_BLOCK = 64 * 1024**2
_PIECE = 16 * 1024**2
_SHOWN = 5
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_csv(
    path: Path, *, max_bytes: int = MAX_BYTES, encoding: str = "utf-8"
) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    """A CSV file as a table of text columns; empty fields are null.

    Parameters
        path       plain or gzipped; names in the first line; fields between commas, semicolons, tabs or bars
        max_bytes  limit on the unpacked size
        encoding   of the text
    Returns   the table (its metadata say on which line its rows begin) and what is to be said
    Problems  E037 damaged gzip, E038 not in that encoding, E039 NUL bytes, E040 names missing or twice,
              E041 a quotation mark left open, E042 rows of another length, E043 rows that can't be told
              apart, N041 another separator than the comma, W040 no rows
    """
    content, trouble = _content(path, max_bytes)
    if content is None:
        return None, trouble
    text, trouble = _utf8(path, content, encoding)
    if text is None:
        return None, trouble
    names, separator, trouble = _header(path, text)
    problems = (*trouble, *_open_quote(path, text))
    if names is None or problems:
        return None, problems
    table, problems = _parse(path, text, names, separator)
    if table is None:
        return None, problems
    if separator != ",":
        problems = (_other_separator(path, separator),)
    if table.num_rows == 0:
        problems = (*problems, no_rows(path))
    lines = text.count(b"\n") + (0 if text.endswith(b"\n") else 1)
    first_line = {"first_line": "2"} if lines == table.num_rows + 1 else None
    return table.replace_schema_metadata(first_line), problems


def write_csv(table: pa.Table, path: Path) -> tuple[Problem, ...]:
    """UTF-8, commas, `\\n`; quotation marks where needed, null as nothing, ISO 8601 dates; `.gz` packs it."""
    from pyarrow import csv

    flat = _without_nan(table)

    def write(place: Path) -> None:
        buffer = io.BytesIO()
        csv.write_csv(flat, buffer, csv.WriteOptions(quoting_style="needed"))
        content = buffer.getvalue()
        place.write_bytes(gzip.compress(content, mtime=0) if path.name.endswith(".gz") else content)

    try:
        return write_whole(path, write)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):  # told, and nothing is written
        return (
            Problem(
                "E072",
                f"{path.name}: a column holds lists or structures, which CSV can't hold",
                "write Parquet, or keep only columns of text, numbers and dates",
                Place(str(path)),
            ),
        )


def no_rows(path: Path) -> Problem:
    return Problem(
        "W040",
        f"{path.name} has column names but no rows",
        "if the domain should hold records, export it again",
        Place(str(path)),
    )


def _content(path: Path, max_bytes: int) -> tuple[bytes | None, tuple[Problem, ...]]:
    content, trouble = file_bytes(path)
    if content is None or not content.startswith(b"\x1f\x8b"):
        return content, trouble
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(max_bytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None, (
            Problem(
                "E037",
                f"{path.name} is damaged: it can't be unpacked to its end",
                "copy or export it again; a transfer that broke off leaves such a file",
                Place(str(path)),
            ),
        )
    if len(unpacked) > max_bytes:
        return None, (too_large(path, len(unpacked), max_bytes),)
    return unpacked, ()


def _utf8(path: Path, content: bytes, encoding: str) -> tuple[bytes | None, tuple[Problem, ...]]:
    """The content as UTF-8 bytes without a byte order mark."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if content.startswith(mark):
            encoding = "utf-16"
    if encoding.lower() not in {"utf-8", "utf8"}:
        try:
            content = content.decode(encoding).encode("utf-8")
        except UnicodeError as error:
            return None, (not_encoded(path, content[: getattr(error, "start", 0)], encoding),)
    content = content.removeprefix(codecs.BOM_UTF8)
    good = _good_until(content)
    if good is not None:
        return None, (not_encoded(path, content[:good], "UTF-8"),)
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        return None, (
            Problem(
                "E039",
                f"{path.name} holds NUL bytes, first on line {line}: it is no text file, or it is damaged",
                "copy or export it again as UTF-8 text",
                Place(str(path), line),
            ),
        )
    return content, ()


def _good_until(content: bytes) -> int | None:
    """The position of the first byte that is not UTF-8, looked for in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, max(len(content), 1), _PIECE):
        piece = content[start : start + _PIECE]
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + _PIECE >= len(content))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def not_encoded(path: Path, before: bytes, encoding: str) -> Problem:
    """E038, with the line of the first byte that is no text; `before` is all that comes before that byte."""
    line = before.count(b"\n") + 1
    return Problem(
        "E038",
        f"{path.name} is not {encoding} text: line {line} holds a byte that {encoding} has no character for",
        "save it as UTF-8 (in Excel: 'CSV UTF-8'), or name its encoding, often windows-1252",
        Place(str(path), line),
    )


def _header(path: Path, text: bytes) -> tuple[list[str] | None, str, tuple[Problem, ...]]:
    """The names in the first line and the separator between them."""
    start = io.StringIO(text[: 1024**2].decode("utf-8", "ignore"), newline="")
    line = next((line for line in start if line.strip("\r\n")), "")
    counts = {mark: line.count(mark) for mark in _SEPARATORS}
    separator = "," if counts[","] else max(counts, key=lambda mark: counts[mark])
    start.seek(0)
    try:
        read = next((row for row in islice(rows.reader(start, delimiter=separator), 1000) if row), [])
    except rows.Error:
        read = []
    names = [name.strip() for name in read]
    here = Place(str(path), 1)
    if not any(names):
        problem = Problem("E040", f"{path.name} has no column names", "write them in the first line", here)
        return None, separator, (problem,)
    problems = []
    if "" in names:
        count, first = names.count(""), names.index("") + 1
        problems.append(
            Problem(
                "E040",
                f"{path.name}: {count} of {len(names)} columns have no name, the first is column {first}",
                "name every column in the first line, or remove the empty ones at the end",
                here,
            )
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        problems.append(
            Problem(
                "E040",
                f"{path.name}: more than one column is named {', '.join(twice[:_SHOWN])}",
                "keep one column of each name",
                here,
            )
        )
    return (None if problems else names), separator, tuple(problems)


def _open_quote(path: Path, text: bytes) -> tuple[Problem, ...]:
    if text.count(b'"') % 2 == 0:
        return ()
    odd = [number for number, line in enumerate(text.split(b"\n"), 1) if line.count(b'"') % 2]
    where = (
        f"on line {odd[0]}" if len(odd) == 1 else f"on one of the lines {', '.join(map(str, odd[:_SHOWN]))}"
    )
    return (
        Problem(
            "E041",
            f'{path.name}: a quotation mark (") is opened and never closed, {where}',
            'close it; a mark inside quoted text is written twice ("")',
            Place(str(path), odd[0]),
        ),
    )


def _parse(
    path: Path, text: bytes, names: list[str], separator: str
) -> tuple[pa.Table | None, tuple[Problem, ...]]:
    bad: list[tuple[int | None, int]] = []
    try:
        table = _table(text, len(names), separator, bad, threads=True)
        if bad:
            bad.clear()
            _table(text, len(names), separator, bad, threads=False)
    except pa.ArrowInvalid:
        return None, (
            Problem(
                "E043",
                f"{path.name}: its rows can't be told apart",
                "look for a quotation mark out of place or a row of many megabytes",
                Place(str(path)),
            ),
        )
    if bad:
        return None, (_ragged(path, len(names), bad),)
    return table.rename_columns(names), ()


def _table(
    text: bytes, width: int, separator: str, bad: list[tuple[int | None, int]], *, threads: bool
) -> pa.Table:
    from pyarrow import csv

    def note(row: csv.InvalidRow) -> str:
        bad.append((row.number, row.actual_columns))
        return "skip"

    codes = [f"c{number}" for number in range(width)]
    return csv.read_csv(
        pa.BufferReader(text),
        csv.ReadOptions(column_names=codes, skip_rows_after_names=1, block_size=_BLOCK, use_threads=threads),
        csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=note),
        csv.ConvertOptions(
            column_types=dict.fromkeys(codes, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _ragged(path: Path, width: int, bad: list[tuple[int | None, int]]) -> Problem:
    shown = ", ".join(f"row {number} has {count}" for number, count in bad[:_SHOWN])
    more = f" and {len(bad) - _SHOWN} more rows" if len(bad) > _SHOWN else ""
    return Problem(
        "E042",
        f"{path.name}: {len(bad)} rows do not have the {width} fields of the first line: {shown}{more}",
        "a comma inside a text needs quotation marks around that text; the first line is row 1",
        Place(str(path), bad[0][0]),
    )


def _other_separator(path: Path, separator: str) -> Problem:
    return Problem(
        "N041",
        f"{path.name} is read with the {_SEPARATORS[separator]} as separator",
        "nothing, if that is right; numbers need a decimal point, not a comma",
        Place(str(path), 1),
    )


def _without_nan(table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    for position, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(position)
            whole = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
            table = table.set_column(position, field, whole)
    return table
