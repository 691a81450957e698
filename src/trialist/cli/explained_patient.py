"""One patient of a trial: on the terminal, as JSON, or as a picture."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from trialist.cli.output import expect_room, print_json, print_problems, put, refuse
from trialist.cli.pipeline import Job, Settings, prepare_job
from trialist.cli.progress import working
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.findings.model import Origin
    from trialist.patients.model import Patient

_PICTURES = (".html", ".svg")


class Asked(NamedTuple):
    """A patient of a trial, the records to look in, and the file for the picture."""

    trial: str
    subject: str
    records: Path | None
    subjects: int | None
    seed: int | None
    picture: Path | None
    as_json: bool


def explain_patient(asked: Asked) -> None:
    """Show one patient. Ends with exit code 2 for an id that is not there (E090) and a file that can't be."""
    from trialist.patients.gather import gather, not_there
    from trialist.report.patient_text import patient_json, patient_text
    from trialist.study import derive_study, origin

    if asked.picture is not None:
        _expect_picture(asked.picture, asked.as_json)
    folder = asked.picture.parent if asked.picture else None
    settings = Settings(asked.trial, asked.records, asked.subjects, asked.seed, folder, asked.as_json)
    job = prepare_job(settings, writes=False)
    with working(f"{job.trial.id}: deriving endpoints"):
        result = derive_study(job.trial.protocol, job.records)
    missing = not_there(result, asked.subject)
    if missing:
        refuse([missing], as_json=asked.as_json)
    patient = gather(result, [asked.subject])[0]
    came_from = origin(result.protocol, result.records)
    if asked.picture is not None:
        _draw(patient, job, came_from, asked.picture, asked.as_json)
    if asked.as_json:
        print_json(patient_json(patient, job.trial.protocol.plan, came_from))
    elif asked.picture is not None:
        print_problems(p for p in job.problems if p.severity == "warning")
        click.echo(asked.picture)
    else:
        width = max(60, min(shutil.get_terminal_size((80, 24)).columns, 100))
        click.echo(patient_text(patient, job.trial.protocol.plan, came_from, width=width))


def _expect_picture(file: Path, as_json: bool) -> None:
    """E091 for a file that is neither a page nor a drawing, or is a folder."""
    if file.suffix.lower() not in _PICTURES or file.is_dir():
        wrong = Problem(
            "E091",
            f"'{file.name}' is no file that a patient can be drawn into",
            f"name a file that ends in {' or '.join(_PICTURES)}",
            Place(str(file)),
        )
        refuse([wrong], as_json=as_json)
    expect_room(file.parent, as_json=as_json)


def _draw(patient: Patient, job: Job, came_from: Origin, file: Path, as_json: bool) -> None:
    from trialist.report.patient_drawing import timeline_svg
    from trialist.report.patient_page import render_patient_page

    if file.suffix.lower() == ".svg":
        text = timeline_svg(patient, job.trial.protocol.plan, came_from, name="timeline")
    else:
        text = render_patient_page(patient, job.trial.protocol, came_from)

    def fill(folder: Path) -> None:
        (folder / file.name).write_text(text, encoding="utf-8")

    put(file.parent, fill, as_json=as_json)
