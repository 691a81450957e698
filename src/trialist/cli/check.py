"""`trialist check`: what is wrong in a protocol."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from trialist.cli import EXIT_DONE, EXIT_PROBLEMS
from trialist.cli.options import json_option, trial_argument
from trialist.cli.output import print_json, print_problems
from trialist.cli.trial import open_trial
from trialist.problems import Problem, in_order

if TYPE_CHECKING:
    from trialist.protocol.model import Protocol


@click.command("check")
@trial_argument
@json_option
def command(trial: str, as_json: bool) -> None:
    """What is wrong in a protocol: every problem at once, with its line, the arithmetic and the remedy.

    Exit code 0 when there is nothing to say, 1 when there is, 2 when the file is no protocol.
    """
    opened = open_trial(trial, as_json=as_json, strict=False)
    problems = _with_strategies(opened.protocol, opened.problems)
    if as_json:
        print_json(
            {
                "trial": opened.protocol.plan.trial,
                "file": opened.protocol.file,
                "problems": [p.as_json() for p in problems],
            }
        )
    else:
        print_problems(problems, err=False)
        plan = opened.protocol.plan
        parts = (("arm", plan.arms), ("endpoint", plan.endpoints), ("estimand", plan.estimands))
        counted = [f"{len(held)} {name}{'' if len(held) == 1 else 's'}" for name, held in parts]
        analyses = f"{len(plan.analyses)} analys{'is' if len(plan.analyses) == 1 else 'es'}"
        click.echo(f"{plan.trial}: {', '.join(counted)}, {analyses}. {_verdict(len(problems))}")
    sys.exit(EXIT_PROBLEMS if problems else EXIT_DONE)


def _with_strategies(protocol: Protocol, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems and, in order of line, each strategy that no option carries out, if not told already."""
    from trialist.endpoints.intercurrent import conflicts

    told = {p.place for p in problems if p.code == "E207"}
    more = (p for p in conflicts(protocol) if p.severity == "warning" and p.place not in told)
    return in_order((*problems, *more))


def _verdict(count: int) -> str:
    return "Nothing to say." if count == 0 else f"{count} problem{'s' if count != 1 else ''}."
