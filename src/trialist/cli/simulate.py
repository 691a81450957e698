"""`trialist simulate`: records that follow the protocol, from a seed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.options import FOLDER, json_option, trial_argument
from trialist.cli.output import expect_room, print_json, print_problems, put, refuse
from trialist.cli.progress import working
from trialist.cli.trial import copy_plan, expect_same, open_trial

if TYPE_CHECKING:
    from trialist.formats import Format
    from trialist.problems import Problem


@click.command("simulate")
@trial_argument
@click.option("--subjects", type=int, help="How many subjects. [default: as in the trial]")
@click.option("--seed", type=int, required=True, help="The same seed gives the same bytes.")
@click.option("--out", type=FOLDER, required=True, help="Folder for protocol and records.")
@click.option(
    "--calibrate",
    type=click.Choice(["published", "design"]),
    default="published",
    show_default=True,
    help="Whether medians and ratios are those of the results or of the design assumptions.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["parquet", "csv", "xpt", "dataset-json"]),
    default="parquet",
    show_default=True,
    help="File format of the records.",
)
@json_option
def command(
    trial: str, subjects: int | None, seed: int, out: Path, calibrate: str, format_: Format, as_json: bool
) -> None:
    """Simulate SDTM records of a trial; the folder can then be given as TRIAL to every other command."""
    from trialist.engines.duckdb import connect
    from trialist.formats.folder import files_of_records, write_records
    from trialist.formats.trial_records import Simulation, planned_subjects, simulated_records

    opened = open_trial(trial, as_json=as_json)
    expect_room(out, as_json=as_json)
    expect_same(out, opened, "simulated", as_json=as_json)
    count = planned_subjects(opened.protocol) if subjects is None else subjects
    with working(f"{opened.id}: simulating {count} subjects"):
        records, problems = simulated_records(opened.protocol, connect(), Simulation(count, seed, calibrate))
    if records is None:
        refuse(problems, as_json=as_json)

    def fill(folder: Path) -> tuple[Problem, ...]:
        copy_plan(opened, folder)
        return write_records(records, folder / "records", format_)

    put(out, fill, as_json=as_json, replaces=files_of_records())
    if as_json:
        print_json(
            {
                "out": str(out),
                "subjects": count,
                "seed": seed,
                "origin": "simulated",
                "fingerprint": records.fingerprint,
                "problems": [p.as_json() for p in problems],
            }
        )
        return
    print_problems(problems)
    click.echo(
        f"{count} simulated subjects (seed {seed}) in {out}; next: trialist analyse {shlex.quote(str(out))}"
    )
