"""Looking at a data file before it is read: is it there, is it a file, what is it, how large is it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from trialist.problems import Place, Problem

MAX_BYTES = 2 * 1024**3

_SUFFIXES = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xpt": "xpt",
    ".parquet": "parquet",
    ".json": "dataset-json",
    ".ndjson": "dataset-json",
}
_MAGIC = (
    (b"PAR1", "parquet", "Parquet"),
    (b"HEADER RECORD*******LIB", "xpt", "SAS transport (XPT)"),
    (b"PK\x03\x04", "zip", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "ole", "an old Excel workbook"),
    (b"%PDF", "pdf", "PDF"),
    (b"SQLite format 3", "sqlite", "an SQLite database"),
    (b"<?xml", "xml", "XML"),
)


def look(path: Path, max_bytes: int = MAX_BYTES) -> tuple[str | None, tuple[Problem, ...]]:
    """The format of a data file (csv, xpt, parquet, dataset-json), or why it can't be read.

    Parameters
        path       the file
        max_bytes  files larger than this are refused: all formats are read into memory
    Problems  E030 not there, E031 a folder, E032 can't be read, E033 empty, E034 too large,
              E035 no format of that suffix, E036 the content is of another format
    """
    here = Place(str(path))
    try:
        if path.is_dir():
            problem = Problem(
                "E031", f"{path.name} is a folder, not a data file", "name one file in it", here
            )
            return None, (problem,)
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):  # opening a named pipe would wait for ever
            return None, (unreadable(path, "it is not a regular file"),)
        size = seen.st_size
        with path.open("rb") as file:
            start = file.read(64)
    except FileNotFoundError:
        return None, (_missing(path),)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is not valid"
        return None, (unreadable(path, why),)
    if size == 0:
        return None, (
            Problem(
                "E033",
                f"{path.name} is empty (0 bytes)",
                "export it again; even without rows it has a header",
                here,
            ),
        )
    if size > max_bytes:
        return None, (too_large(path, size, max_bytes),)
    return _format(path, start)


def file_bytes(path: Path) -> tuple[bytes | None, tuple[Problem, ...]]:
    """All bytes of a file, or E032 when the system refuses them."""
    try:
        return path.read_bytes(), ()
    except OSError as error:
        return None, (unreadable(path, error.strerror or "the system refused it"),)


def unreadable(path: Path, why: str) -> Problem:
    name = path.name[:100]
    return Problem("E032", f"{name} can't be read: {why}", "check its name and permissions", Place(str(path)))


def too_large(path: Path, size: int, max_bytes: int) -> Problem:
    return Problem(
        "E034",
        f"{path.name} has {_bytes(size)}; at most {_bytes(max_bytes)} are read into memory",
        "split it by domain or by site, or raise the limit where the machine has the memory",
        Place(str(path)),
    )


def format_of_name(path: Path) -> tuple[str | None, tuple[Problem, ...]]:
    """The format that a file's suffix states, or E035."""
    suffix = _suffix(path)
    return (_SUFFIXES[suffix], ()) if suffix else (None, (_no_format(path, None),))


def _suffix(path: Path) -> str | None:
    name = path.name.lower()
    return next((s for s in sorted(_SUFFIXES, key=len, reverse=True) if name.endswith(s)), None)


def _format(path: Path, start: bytes) -> tuple[str | None, tuple[Problem, ...]]:
    suffix = _suffix(path)
    seen = next(((kind, text) for magic, kind, text in _MAGIC if start.startswith(magic)), None)
    if suffix is None:
        return None, (_no_format(path, seen[1] if seen else None),)
    if seen is not None and seen[0] != _SUFFIXES[suffix]:
        return None, (
            Problem(
                "E036",
                f"{path.name} is named {suffix} but holds {seen[1]}",
                "give the file the suffix of its format, or export it as what its name says",
                Place(str(path)),
            ),
        )
    return _SUFFIXES[suffix], ()


def _no_format(path: Path, holds: str | None) -> Problem:
    return Problem(
        "E035",
        f"{path.name} is in no format that is known here" + (f" (it holds {holds})" if holds else ""),
        "use CSV (.csv, .csv.gz), SAS transport (.xpt), Parquet (.parquet) or Dataset-JSON (.json, .ndjson)",
        Place(str(path)),
    )


def _missing(path: Path) -> Problem:
    from difflib import get_close_matches

    try:
        beside = os.listdir(path.parent)
    except OSError:
        beside = []
    lower = {name.lower(): name for name in beside}
    near = get_close_matches(path.name.lower(), lower, n=1)
    hint = f"did you mean {lower[near[0]]}?" if near else "check the path and the file's name"
    return Problem("E030", f"there is no file {path.name} in {path.parent}", hint, Place(str(path)))


def _bytes(size: int) -> str:
    amount, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.3g} {units[0]}" if units[0] != "bytes" else f"{size} bytes"
