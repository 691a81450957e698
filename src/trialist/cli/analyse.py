"""`trialist analyse`: every planned result of a trial as findings, or the columns of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from trialist.cli.analyse_file import analyse_file, column_options, given
from trialist.cli.options import NAME
from trialist.cli.output import print_json, put
from trialist.cli.pipeline import Settings, records_options


@click.command("analyse")
@click.argument("trial", metavar="TRIAL|FILE", type=NAME)
@records_options
@column_options
def command(
    trial: str,
    records: Path | None,
    subjects: int | None,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    **columns: Any,
) -> None:
    """Every planned result of a TRIAL, or an analysis of the columns of a FILE without any protocol.

    Of a TRIAL: derives the endpoints, computes every planned result, writes findings.json and ars.json.

    Of a FILE (CSV, Parquet, XPT, Dataset-JSON, DuckDB, SQLite) or postgresql://...: name its columns. Prints
    the findings; with --out it writes findings.json and figure.svg.

    \b
    trialist analyse adtte.xpt --time AVAL --unit days --censored CNSR --arm TRTP --where "PARAMCD = 'OS'"
    trialist analyse trial.csv --time months --event died --arm arm --strata ecog,region --at 6,12
    trialist analyse trial.csv --response responder --arm arm --covariates age
    trialist analyse trial.csv --value psa_week9 --baseline psa_day1 --arm arm
    trialist analyse trial.csv --first psa_day1 --second psa_week9 --arm arm
    """
    from trialist.formats.any_table import is_source

    options = given(columns)
    if is_source(trial) or "table" in options:
        _expect_none({"--records": records, "--subjects": subjects, "--seed": seed}, "a file")
        analyse_file(trial, options, out, as_json)
        return
    _expect_none({f"--{name.replace('_', '-')}": value for name, value in options.items()}, "a trial")
    _of_trial(Settings(trial, records, subjects, seed, out, as_json))


def _expect_none(options: dict[str, Any], what: str) -> None:
    idle = [name for name, value in options.items() if value is not None]
    if idle:
        raise click.UsageError(f"{', '.join(idle)} does not go with {what}.")


def _of_trial(settings: Settings) -> None:
    from trialist.cli.pipeline import (
        compute,
        findings_document,
        prepare_job,
        replaced,
        write_ars,
        write_findings,
    )
    from trialist.cli.run import show

    job = prepare_job(settings)
    result = compute(job)
    document = findings_document(job, result)

    def fill(folder: Path) -> None:
        write_findings(document, folder)
        write_ars(result, folder)

    put(job.out, fill, as_json=settings.as_json, replaces=replaced(job))
    if settings.as_json:
        print_json(document)
        return
    show(job, result, report=False)
