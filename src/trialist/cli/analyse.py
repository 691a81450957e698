"""`trialist analyse`: every planned result as findings."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.options import trial_argument
from trialist.cli.output import print_json, put
from trialist.cli.pipeline import Settings, records_options


@click.command("analyse")
@trial_argument
@records_options
def command(
    trial: str, records: Path | None, subjects: int | None, seed: int | None, out: Path | None, as_json: bool
) -> None:
    """Derive the endpoints and compute every planned result; writes findings.json and ars.json."""
    from trialist.cli.pipeline import (
        compute,
        findings_document,
        prepare_job,
        replaced,
        write_ars,
        write_findings,
    )
    from trialist.cli.run import show

    job = prepare_job(Settings(trial, records, subjects, seed, out, as_json))
    result = compute(job)
    document = findings_document(job, result)

    def fill(folder: Path) -> None:
        write_findings(document, folder)
        write_ars(result, folder)

    put(job.out, fill, as_json=as_json, replaces=replaced(job))
    if as_json:
        print_json(document)
        return
    show(job, result, report=False)
