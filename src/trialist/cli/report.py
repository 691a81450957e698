"""`trialist report`: one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.output import print_json, print_problems
from trialist.cli.pipeline import Settings, records_options
from trialist.cli.trial import trial_argument


@click.command("report")
@trial_argument
@records_options
def command(
    trial: str, records: Path | None, subjects: int | None, seed: int, out: Path | None, as_json: bool
) -> None:
    """Write report.html: what was planned, published and found here, with figures and methods."""
    from trialist.cli.pipeline import compute, prepare_job, write_report
    from trialist.formats.staged import staged

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json))
    result = compute(job)
    with staged(job.out) as folder:
        write_report(job, result, folder, f"trialist report {trial}")
    problems = (*job.problems, *result.problems)
    if as_json:
        print_json({"written": [str(job.out / "report.html")], "problems": [p.as_json() for p in problems]})
        return
    print_problems(problems)
    click.echo(job.out / "report.html")
