"""Printing problems and JSON, and the exit codes that follow from them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from trialist.cli import EXIT_BAD_INPUT
from trialist.problems import Problem, errors

if TYPE_CHECKING:
    from trialist.formats.staged import Fill


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_problems(problems: Iterable[Problem], *, err: bool = True) -> None:
    """Errors first, then warnings, then notes; each with its remedy and where to read more."""
    order = {"error": 0, "warning": 1, "note": 2}
    for problem in sorted(problems, key=lambda p: (order[p.severity], str(p.place or ""))):
        colour = {"error": "red", "warning": "yellow", "note": "cyan"}[problem.severity]
        head, _, rest = str(problem).partition(problem.code)
        code = click.style(problem.code, fg=colour, bold=True)
        click.echo(f"{head}{code}{rest}   More: trialist explain {problem.code}", err=err)


def summarise(problems: Iterable[Problem], *, held: str = "in the report and with --json") -> None:
    """Warnings in full, notes as a count per code; `held` says where they are in full."""
    found = list(problems)
    notes = Counter(p.code for p in found if p.severity == "note")
    print_problems(p for p in found if p.severity != "note")
    if notes:
        listed = ", ".join(f"{code} x{n}" if n > 1 else code for code, n in sorted(notes.items()))
        click.echo(f"Notes: {listed} (in full {held})", err=True)


def refuse(problems: Sequence[Problem], *, as_json: bool) -> NoReturn:
    """End with exit code 2: the input can't be worked on."""
    if as_json:
        print_json({"problems": [p.as_json() for p in problems]})
    else:
        print_problems(problems)
        count = len(errors(problems))
        click.echo(f"Stopped, nothing was written: {count} error{'s' if count != 1 else ''}.", err=True)
    sys.exit(EXIT_BAD_INPUT)


def expect_room(folder: Path, *, as_json: bool) -> None:
    """End with exit code 2 when results can't be put into `folder`, before any work is done."""
    from trialist.formats.staged import writable

    blocked = writable(folder)
    if blocked:
        refuse(blocked, as_json=as_json)


def put(folder: Path, fill: Fill, *, as_json: bool, replaces: Iterable[str] = ()) -> None:
    """Put into `folder` what `fill` writes, all of it or nothing; ends with exit code 2 when that fails."""
    from trialist.formats.staged import write_results

    problems = write_results(folder, fill, replaces=replaces)
    if errors(problems):
        refuse(problems, as_json=as_json)
