"""`trialist report`: one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.options import trial_argument
from trialist.cli.output import print_json, print_problems, put
from trialist.cli.pipeline import Settings, records_options


@click.command("report")
@trial_argument
@records_options
def command(
    trial: str, records: Path | None, subjects: int | None, seed: int | None, out: Path | None, as_json: bool
) -> None:
    """Write report.html: what was planned, published and found here, with figures and methods."""
    from trialist.cli.pipeline import compute, prepare_job, replaced, write_report

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json))
    result = compute(job)
    put(
        job.out,
        lambda folder: write_report(job, result, folder, "report"),
        as_json=as_json,
        replaces=replaced(job),
    )
    problems = (*job.problems, *result.problems)
    if as_json:
        print_json({"written": [str(job.out / "report.html")], "problems": [p.as_json() for p in problems]})
        return
    print_problems(problems)
    click.echo(job.out / "report.html")
