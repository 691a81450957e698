"""`trialist evidence check`: what of the store contradicts itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trialist.cli import EXIT_PROBLEMS
from trialist.cli.evidence import opened, store_option
from trialist.cli.options import NAME, json_option
from trialist.cli.output import print_json, print_problems


@click.command("check")
@click.argument("trial", required=False, type=NAME)
@store_option
@json_option
@click.pass_context
def command(ctx: click.Context, trial: str | None, folders: tuple[Path, ...], as_json: bool) -> None:
    """What of the store, or of one TRIAL, contradicts itself: both sides of every contradiction.

    Exit code 1 when a contradiction has no explanation; those whose reason is known are notes.
    """
    from trialist.cli.output import refuse
    from trialist.evidence.checks import check_store, check_trial
    from trialist.evidence.filter import read_filter

    store = opened((*(ctx.obj or ()), *folders), as_json=as_json)
    if trial is None:
        found = check_store(store)
    else:
        wanted, problems = read_filter(store, {"trial": trial})
        if wanted.trial is None:
            refuse(problems, as_json=as_json)
        found = check_trial(store, wanted.trial)
    unexplained = [problem for problem in found if problem.severity != "note"]
    if as_json:
        print_json({"problems": [problem.as_json() for problem in found]})
    else:
        print_problems(found, err=False)
        click.echo(f"{len(unexplained)} unexplained, {len(found) - len(unexplained)} notes", err=True)
    if unexplained:
        sys.exit(EXIT_PROBLEMS)
