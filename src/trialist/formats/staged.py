"""Results appear whole: a folder is filled under a temporary name, then its files are moved in place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from trialist.problems import Place, Problem, errors

Fill = Callable[[Path], tuple[Problem, ...] | None]


def writable(folder: Path) -> tuple[Problem, ...]:
    """Why results can't be put into this folder (E071), if so, before any work is done."""
    try:
        _stage(folder).rmdir()
    except (OSError, ValueError) as error:
        return (_refused(folder, _reason(error)),)
    return ()


def write_results(folder: Path, fill: Fill, *, replaces: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Let `fill` write into a temporary folder, then move its files into `folder`, all of them or none.

    Files of the same name are replaced, others stay, except `replaces`. `folder` is as it was when `fill`
    fails or returns an error, or when one of the files has no place.

    Parameters
        folder    where the results shall be; made when it does not exist
        fill      is given the temporary folder; returns the problems it met
        replaces  patterns of files under `folder` that belong to the same set as the new ones: they go when
                  they are not written again, so that no set is half of one run and half of an earlier one
    Returns   the problems of `fill`, and E071 where the results can't be put there
    """
    stage: Path | None = None
    try:
        stage = _stage(folder)
        problems = fill(stage) or ()
        if errors(problems):
            return problems
        _no_clash(stage, folder)
        there = {path.relative_to(folder) for pattern in replaces for path in folder.glob(pattern)}
        old = [folder / path for path in there if not (stage / path).exists() and (folder / path).is_file()]
        _move(stage, folder)
        for path in old:
            path.unlink()
    except OSError as error:
        return (_refused(folder, _reason(error)),)
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
    return problems


def _stage(folder: Path) -> Path:
    """A new folder on the disk that `folder` is on: inside it when it exists, else in the nearest above."""
    near = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not near.is_dir():
        raise NotADirectoryError(f"{near} is a file")
    return Path(tempfile.mkdtemp(prefix=".trialist-", dir=near))


def _no_clash(stage: Path, folder: Path) -> None:
    """Raises where a folder of that name is in a file's place, or a file in a folder's."""
    for path in stage.rglob("*"):
        target = folder / path.relative_to(stage)
        if os.path.lexists(target) and target.is_dir() != path.is_dir():
            raise FileExistsError(f"{target} is a {'folder' if target.is_dir() else 'file'}")
        if target.is_dir() and not os.access(target, os.W_OK):
            raise PermissionError(f"{target} may not be written to")


def _move(stage: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(stage.rglob("*")):
        target = folder / path.relative_to(stage)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            os.replace(path, target)


def _reason(error: OSError | ValueError) -> str:
    """What the system says, as the end of a sentence."""
    said: str | None = getattr(error, "strerror", None)
    return f"{said[:1].lower()}{said[1:]}" if said else str(error)


def _refused(folder: Path, why: str) -> Problem:
    shown = str(folder) if len(str(folder)) <= 100 else f"{str(folder)[:97]}..."
    return Problem(
        "E071",
        f"results can't be written to {shown}: {why}",
        "name another folder with --out",
        Place(shown),
    )
