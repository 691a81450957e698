"""TRIAL on the command line: a shipped id, a folder with `protocol.yaml`, or a protocol file."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trialist.cli.output import refuse
from trialist.problems import Place, Problem, errors
from trialist.trials import shipped

if TYPE_CHECKING:
    from trialist.protocol.model import Protocol


class Trial(NamedTuple):
    """`named` is what a reader of a report calls it by: as typed, unless that is a path of one machine."""

    id: str
    named: str
    folder: Path
    protocol: Protocol
    problems: tuple[Problem, ...]


def find(trial: str) -> tuple[str, Path] | Problem:
    """The trial's id and its protocol file, or the Problem that says why there is none."""
    try:
        return _found(Path(trial), trial)
    except (OSError, ValueError):  # a text that can't be a path on this system
        return _unknown(trial)


def _found(path: Path, trial: str) -> tuple[str, Path] | Problem:
    known = shipped()
    if (path / "protocol.yaml").is_file():
        return path.resolve().name, path / "protocol.yaml"
    if path.is_file():
        return path.resolve().parent.name, path
    if trial in known:
        return trial.lower().replace("_", "-"), _from_here(known[trial]) / "protocol.yaml"
    if path.is_dir():
        return path.resolve().name, path / "protocol.yaml"
    if path.suffix in {".yaml", ".yml"}:
        return path.stem, path
    return _unknown(trial)


def _unknown(trial: str) -> Problem:
    shown = trial if len(trial) <= 100 else f"{trial[:97]}..."
    return Problem(
        "E001",
        f"'{shown}' is neither a shipped trial nor a folder with protocol.yaml",
        f"name one of {', '.join(shipped())}, or give the path of a folder or protocol file",
        Place(shown),
    )


def _from_here(folder: Path) -> Path:
    """The folder as seen from the working directory when it lies below it: shorter places in problems."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def open_trial(trial: str, *, as_json: bool, strict: bool = True) -> Trial:
    """Read and check a protocol. Ends with exit code 2 when it can't be used (`strict`: any error)."""
    from trialist.protocol.check import check_protocol
    from trialist.protocol.parse import read_protocol

    found = find(trial)
    if isinstance(found, Problem):
        refuse([found], as_json=as_json)
    name, file = found
    protocol, problems = read_protocol(file)
    if protocol is None:
        refuse(problems, as_json=as_json)
    problems = (*problems, *check_protocol(protocol))
    if strict and errors(problems):
        refuse(problems, as_json=as_json)
    named = name if Path(trial).is_absolute() else trial
    return Trial(name, named, file.parent, protocol, problems)


def copy_plan(trial: Trial, folder: Path) -> None:
    """The protocol with its lists of terms, and what is published, into a folder of records made from it."""
    shutil.copyfile(trial.protocol.file, folder / "protocol.yaml")
    for listed in trial.protocol.plan.term_lists.values():
        file = folder / listed.file
        if file.resolve() != (trial.folder / listed.file).resolve():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(trial.folder / listed.file, file)
    published = trial.folder / "published.yaml"
    if published.is_file():
        shutil.copyfile(published, folder / "published.yaml")


def expect_same(out: Path, trial: Trial, origin: str, *, as_json: bool) -> None:
    """End with exit code 2 when `out` holds another trial, or records of another origin (E088)."""
    from trialist.formats.folder import ABOUT
    from trialist.formats.trial_records import STORED

    why = _other_trial(out / "protocol.yaml", trial) or _other_origin(out / STORED / ABOUT, origin)
    if why is None:
        return
    clash = Problem(
        "E088",
        f"{out} holds {why}, which would be replaced",
        "name another folder with --out, or remove this one",
        Place(str(out)),
    )
    refuse([clash], as_json=as_json)


def _other_trial(file: Path, trial: Trial) -> str | None:
    from trialist.protocol.parse import read_protocol

    if not file.is_file() or file.resolve() == Path(trial.protocol.file).resolve():
        return None
    there, _ = read_protocol(file)
    if there is None:
        return "a protocol that can't be read"
    name = there.plan.trial
    return None if name == trial.protocol.plan.trial else f"the protocol of another trial, {name}"


def _other_origin(file: Path, origin: str) -> str | None:
    try:
        there = json.loads(file.read_text(encoding="utf-8")).get("origin")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, AttributeError, RecursionError):
        return "records that can't be read"
    return None if there in (origin, "simulated") else f"{there} records"


def beside(problem: Problem, folder: Path) -> Problem:
    """The problem with a place in the trial's folder as seen from beside it: `card/protocol.yaml`."""
    if problem.place is None:
        return problem
    home = Path(os.path.abspath(folder))
    file = Path(os.path.abspath(problem.place.file))
    if not file.is_relative_to(home):
        return problem
    return replace(problem, place=replace(problem.place, file=file.relative_to(home.parent).as_posix()))
