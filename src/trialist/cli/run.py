"""`trialist run`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.options import NAME, adam_format_option
from trialist.cli.output import print_json, put, summarise
from trialist.cli.pipeline import RESULTS, Job, Settings, records_options

if TYPE_CHECKING:
    from trialist.formats.adam.written import AdamFormat
    from trialist.problems import Problem
    from trialist.study import Result


@click.command("run")
@click.argument("trial", metavar="TRIAL", required=False, type=NAME)
@click.option("--list", "listing", is_flag=True, help="List the shipped trials and stop.")
@adam_format_option
@records_options
def command(
    trial: str | None,
    listing: bool,
    records: Path | None,
    subjects: int | None,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    format_: AdamFormat,
) -> None:
    """Check, take records, derive, analyse and report; prints planned, published and here side by side.

    Takes the records that the trial names, or simulates them where none are public and says so.
    Writes report.html, findings.json, ars.json, and the ADaM data sets with define.xml in adam/.
    """
    if listing:
        list_trials(as_json)
        return
    if trial is None:
        raise click.UsageError("Name a TRIAL, or use --list.")
    job, result = run_trial(Settings(trial, records, subjects, seed, out, as_json, format_))
    if as_json:
        from trialist.cli.pipeline import findings_document

        print_json(findings_document(job, result))
        return
    show(job, result)


def run_trial(settings: Settings) -> tuple[Job, Result]:
    """The whole job; results are in place when it returns."""
    from trialist.cli.pipeline import (
        compute,
        findings_document,
        prepare_job,
        write_adam,
        write_ars,
        write_findings,
        write_report,
    )

    job = prepare_job(settings)
    result = compute(job)

    def fill(folder: Path) -> tuple[Problem, ...]:
        write_findings(findings_document(job, result), folder)
        write_ars(result, folder)
        problems = write_adam(job, result, folder)
        write_report(job, result, folder, "run")
        return problems

    put(job.out, fill, as_json=settings.as_json, replaces=RESULTS)
    return job, result


def show(job: Job, result: Result, *, notes: bool = True, report: bool = True) -> None:
    """Planned, published and here on the terminal, then where the results are."""
    import shutil

    from trialist.report.text import side_by_side_text
    from trialist.study import not_derived

    if notes:
        summarise((*job.problems, *result.problems))
    width = min(shutil.get_terminal_size((110, 24)).columns, 140)
    plan = job.trial.protocol.plan
    click.echo(f"\n{plan.trial}: {plan.title}")
    click.echo(f"Records: {job.records.origin}" + (f" ({job.records.note})" if job.records.note else ""))
    click.echo()
    shown = [finding for finding in result.findings if not not_derived(finding)]
    click.echo(side_by_side_text(job.trial.protocol, job.published, shown, width=width))
    click.echo(f"\nWritten: {job.out / ('report.html' if report else 'findings.json')}")


def list_trials(as_json: bool) -> None:
    from trialist.trials import shipped

    known = shipped()
    if as_json:
        print_json({"trials": list(known)})
        return
    for name in known:
        click.echo(name)
