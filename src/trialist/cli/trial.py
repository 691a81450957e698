"""TRIAL on the command line: a shipped id, a folder with `protocol.yaml`, or a protocol file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from trialist.cli.output import refuse
from trialist.problems import Place, Problem, errors
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol
from trialist.protocol.parse import read_protocol
from trialist.trials import shipped


class Trial(NamedTuple):
    id: str
    folder: Path
    protocol: Protocol
    problems: tuple[Problem, ...]


trial_argument = click.argument("trial", metavar="TRIAL")


def find(trial: str) -> tuple[str, Path] | Problem:
    """The trial's id and its protocol file, or the Problem that says why there is none."""
    path = Path(trial)
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
    return Problem(
        "E001",
        f"'{trial}' is neither a shipped trial nor a folder with protocol.yaml",
        f"name one of {', '.join(known)}, or give the path of a folder or protocol file",
        Place(trial),
    )


def _from_here(folder: Path) -> Path:
    """The folder as seen from the working directory when it lies below it: shorter places in problems."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def open_trial(trial: str, *, as_json: bool, strict: bool = True) -> Trial:
    """Read and check a protocol. Ends with exit code 2 when it can't be used (`strict`: any error)."""
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
    return Trial(name, file.parent, protocol, problems)
