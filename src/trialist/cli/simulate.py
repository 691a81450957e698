"""`trialist simulate`: records that follow the protocol, from a seed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.output import json_option, print_json, print_problems, refuse
from trialist.cli.progress import working
from trialist.cli.trial import open_trial, trial_argument
from trialist.problems import errors

if TYPE_CHECKING:
    from trialist.formats import Format


@click.command("simulate")
@trial_argument
@click.option("--subjects", type=int, help="How many subjects. [default: as in the trial]")
@click.option("--seed", type=int, required=True, help="The same seed gives the same bytes.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for protocol and records."
)
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
    from trialist.formats.folder import write_records
    from trialist.formats.staged import staged, writable
    from trialist.formats.trial_records import Simulation, planned_subjects, simulated_records

    opened = open_trial(trial, as_json=as_json)
    blocked = writable(out)
    if blocked:
        refuse(blocked, as_json=as_json)
    count = planned_subjects(opened.protocol) if subjects is None else subjects
    with working(f"{opened.id}: simulating {count} subjects"):
        records, problems = simulated_records(opened.protocol, connect(), Simulation(count, seed, calibrate))
    if records is None:
        refuse(problems, as_json=as_json)
    with staged(out) as folder:
        shutil.copyfile(opened.protocol.file, folder / "protocol.yaml")
        known = opened.folder / "published.yaml"
        if known.is_file():
            shutil.copyfile(known, folder / "published.yaml")
        (folder / "records").mkdir()
        trouble = write_records(records, folder / "records", format_)
        if errors(trouble):
            refuse(trouble, as_json=as_json)
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
    click.echo(f"{count} simulated subjects (seed {seed}) in {out}; next: trialist analyse {out}")
