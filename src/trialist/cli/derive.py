"""`trialist derive`: the endpoints of every subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.options import adam_format_option, trial_argument
from trialist.cli.output import print_json, print_problems, put
from trialist.cli.pipeline import Settings, records_options

if TYPE_CHECKING:
    from trialist.formats.adam.written import AdamFormat


@click.command("derive")
@trial_argument
@adam_format_option
@records_options
def command(
    trial: str,
    records: Path | None,
    subjects: int | None,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    format_: AdamFormat,
) -> None:
    """Derive every endpoint and write the ADaM data sets, with define.xml and define.json, in adam/."""
    from trialist.cli.pipeline import ADAM, compute, prepare_job, replaced, write_adam

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json, format_))
    result = compute(job)
    own = replaced(job, *ADAM)
    put(job.out, lambda folder: write_adam(job, result, folder), as_json=as_json, replaces=own)
    written = sorted(str(path) for path in (job.out / "adam").glob("*.*"))
    problems = (*job.problems, *result.problems)
    if as_json:
        print_json({"written": written, "problems": [p.as_json() for p in problems]})
        return
    print_problems(problems)
    for path in written:
        click.echo(path)
