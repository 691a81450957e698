"""Results appear whole: a folder is filled under a temporary name, then its files are moved in place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trialist.problems import Place, Problem


def writable(folder: Path) -> tuple[Problem, ...]:
    """Why results can't be put into this folder, if so, before any work is done."""
    for path in (folder, *folder.parents):
        if path.exists():
            if not path.is_dir():
                return (_refused(folder, f"{path} is a file"),)
            if not os.access(path, os.W_OK):
                return (_refused(folder, f"{path} may not be written to"),)
            break
    return ()


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`; its files replace those of the same name when the block ends well.

    Other files in `folder` stay. After an exception `folder` is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield temporary
        for path in sorted(temporary.rglob("*")):
            target = folder / path.relative_to(temporary)
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refused(folder: Path, why: str) -> Problem:
    return Problem(
        "E071",
        f"results can't be written to {folder}: {why}",
        "name another folder with --out",
        Place(str(folder)),
    )
