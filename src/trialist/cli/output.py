"""Printing problems and JSON, and the exit codes that follow from them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import click

from trialist.cli import EXIT_BAD_INPUT
from trialist.problems import Problem, errors

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Findings or problems as JSON on standard output."
)


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


def summarise(problems: Iterable[Problem]) -> None:
    """Warnings in full, notes as a count per code: the report and --json hold them all."""
    found = list(problems)
    notes = Counter(p.code for p in found if p.severity == "note")
    print_problems(p for p in found if p.severity != "note")
    if notes:
        listed = ", ".join(f"{code} x{n}" if n > 1 else code for code, n in sorted(notes.items()))
        click.echo(f"Notes: {listed} (in full in the report and with --json)", err=True)


def refuse(problems: Sequence[Problem], *, as_json: bool) -> NoReturn:
    """End with exit code 2: the input can't be worked on."""
    if as_json:
        print_json({"problems": [p.as_json() for p in problems]})
    else:
        print_problems(problems)
        count = len(errors(problems))
        click.echo(f"Nothing was written: {count} error{'s' if count != 1 else ''} in the input.", err=True)
    sys.exit(EXIT_BAD_INPUT)
