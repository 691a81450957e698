"""`trialist analyse`: every planned result as findings."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.output import print_json
from trialist.cli.pipeline import Settings, records_options
from trialist.cli.trial import trial_argument


@click.command("analyse")
@trial_argument
@records_options
def command(
    trial: str, records: Path | None, subjects: int | None, seed: int, out: Path | None, as_json: bool
) -> None:
    """Derive the endpoints and compute every planned result; writes findings.json."""
    from trialist.cli.pipeline import compute, findings_document, prepare_job, write_findings
    from trialist.cli.run import show
    from trialist.formats.staged import staged

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json))
    result = compute(job)
    document = findings_document(job, result)
    with staged(job.out) as folder:
        write_findings(document, folder)
    if as_json:
        print_json(document)
        return
    show(job, result, report=False)
