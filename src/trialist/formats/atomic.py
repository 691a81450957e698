"""Files appear whole or not at all: they are written under a temporary name and then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from trialist.problems import Place, Problem


def write_whole(path: Path, write: Callable[[Path], None]) -> tuple[Problem, ...]:
    """Let `write` fill a temporary file in the same folder, then give it its name.

    The target keeps its old content, and no other file stays behind, when anything fails.

    Parameters
        path   where the file shall be; its folder must exist
        write  is given the temporary path; an OSError it raises becomes a problem
    Problems   E070 the place can't be written
    """
    wrong = unwritable(path)
    if wrong:
        return wrong
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        return (_refused(path, error.strerror or "the system refused it"),)
    finally:
        temporary.unlink(missing_ok=True)
    return ()


def unwritable(path: Path) -> tuple[Problem, ...]:
    """E070 where it can be told beforehand that a file can't be written."""
    try:
        if path.is_dir():
            return (_refused(path, "a folder of that name is there"),)
        if not path.parent.is_dir():
            return (_refused(path, f"the folder {path.parent} does not exist"),)
    except (OSError, ValueError):
        return (_refused(path, "its name is not valid"),)
    return ()


def write_text(path: Path, text: str) -> tuple[Problem, ...]:
    """A UTF-8 text file with `\\n` line ends, written whole."""
    return write_whole(path, lambda place: _put(place, text.encode("utf-8")))


def write_bytes(path: Path, content: bytes) -> tuple[Problem, ...]:
    """A file of these bytes, written whole."""
    return write_whole(path, lambda place: _put(place, content))


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _refused(path: Path, why: str) -> Problem:
    return Problem(
        "E070",
        f"{path.name[:100]} can't be written: {why}",
        "choose a folder that exists and that you may write to, with room on its disk",
        Place(str(path)),
    )
