"""`trialist derive`: the endpoints of every subject."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.options import trial_argument
from trialist.cli.output import print_json, print_problems, put
from trialist.cli.pipeline import Settings, records_options


@click.command("derive")
@trial_argument
@records_options
def command(
    trial: str, records: Path | None, subjects: int | None, seed: int | None, out: Path | None, as_json: bool
) -> None:
    """Derive every endpoint and write it in ADaM shape: adam/adsl, adtte, adrs, adtr, adchg, adaesum."""
    from trialist.cli.pipeline import compute, prepare_job, replaced, write_adam

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json))
    result = compute(job)
    own = replaced(job, "adam/ad*.parquet")
    put(job.out, lambda folder: write_adam(result, folder), as_json=as_json, replaces=own)
    written = sorted(str(path) for path in (job.out / "adam").glob("ad*.parquet"))
    problems = (*job.problems, *result.problems)
    if as_json:
        print_json({"written": written, "problems": [p.as_json() for p in problems]})
        return
    print_problems(problems)
    for path in written:
        click.echo(path)
