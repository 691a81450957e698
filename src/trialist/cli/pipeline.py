"""The steps that `run`, `derive`, `analyse` and `report` share: open, take records, compute, write."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from trialist.cli.options import FOLDER, json_option
from trialist.cli.output import expect_room, refuse
from trialist.cli.progress import working
from trialist.cli.trial import Trial, beside, open_trial
from trialist.problems import Place, Problem, errors

if TYPE_CHECKING:  # a help screen must not wait for the engines
    from trialist.evidence.published import Evidence
    from trialist.findings.model import Finding
    from trialist.formats.adam.written import AdamFormat
    from trialist.records.model import Records
    from trialist.study import Result

ADAM = ("adam/ad*.parquet", "adam/ad*.xpt", "adam/ad*.json", "adam/define.*")
RESULTS = ("findings.json", "ars.json", "report.html", *ADAM)
Command = TypeVar("Command", bound=Callable[..., Any])


class Settings(NamedTuple):
    """The options that these commands share."""

    trial: str
    records: Path | None
    subjects: int | None
    seed: int | None
    out: Path | None
    as_json: bool
    format: AdamFormat = "parquet"

    @property
    def simulation(self) -> str:
        """The options that only a simulation reads, as they were given: empty when none was."""
        given = (("--subjects", self.subjects), ("--seed", self.seed))
        return " ".join(f"{option} {value}" for option, value in given if value is not None)


class Job(NamedTuple):
    """A trial with its records, checked, and what was found on the way."""

    trial: Trial
    records: Records
    problems: tuple[Problem, ...]
    evidence: Evidence | None
    out: Path
    settings: Settings

    @property
    def published(self) -> tuple[Finding, ...]:
        return self.evidence.findings if self.evidence else ()


def records_options(command: Command) -> Command:
    """--records, --subjects, --seed, --out, --json."""
    for option in (
        json_option,
        click.option("--out", type=FOLDER, help="Folder for results. [default: out/TRIAL]"),
        click.option("--seed", type=int, help="Seed, where records are simulated. [default: 1]"),
        click.option(
            "--subjects", type=int, help="Subjects, where records are simulated. [default: as in the trial]"
        ),
        click.option("--records", type=FOLDER, help="Folder of records, not the trial's own."),
    ):
        command = option(command)
    return command


def prepare_job(settings: Settings, *, writes: bool = True) -> Job:
    """Open the trial, take its records and check them. Ends with exit code 2 when that can't be done.

    `writes`: results will be put into the job's folder, so that there must be room.
    """
    from trialist.engines.duckdb import connect
    from trialist.evidence.published import read_evidence
    from trialist.formats.folder import ABOUT, read_folder
    from trialist.formats.trial_records import Simulation, planned_subjects, trial_records
    from trialist.records.check import check_records

    trial = open_trial(settings.trial, as_json=settings.as_json)
    expect_simulation(settings, trial)
    out = settings.out or Path("out") / trial.id
    if writes:
        expect_room(out, as_json=settings.as_json)
    connection = connect()
    with working(f"{trial.id}: taking the records"):
        if settings.records is not None:
            plan = trial.protocol.plan.records
            stated = os.path.isfile(settings.records / ABOUT)
            rule = None if stated or plan is None else plan.partial_dates
            records, found = read_folder(settings.records, connection, partial_dates=rule)
        else:
            subjects = planned_subjects(trial.protocol) if settings.subjects is None else settings.subjects
            simulation = Simulation(subjects, 1 if settings.seed is None else settings.seed)
            records, found = trial_records(trial.protocol, trial.folder, connection, simulation)
    if records is None or errors(found):
        refuse(found, as_json=settings.as_json)
    with working(f"{trial.id}: checking the records"):
        checked = check_records(records, trial.protocol)
    if errors(checked):
        refuse((*found, *checked), as_json=settings.as_json)
    evidence = None
    known = trial.folder / "published.yaml"
    if known.is_file():
        evidence, trouble = read_evidence(known)
        if evidence is None or errors(trouble):
            refuse(trouble, as_json=settings.as_json)
        found = (*found, *trouble)
    return Job(trial, records, (*trial.problems, *found, *checked), evidence, out, settings)


def expect_simulation(settings: Settings, trial: Trial) -> None:
    """End with exit code 2 when --subjects or --seed are given and there are records to take (E087)."""
    from trialist.formats.trial_records import records_stated

    stated = settings.records or records_stated(trial.protocol, trial.folder)
    if stated is None or not settings.simulation:
        return
    unused = Problem(
        "E087",
        f"{settings.simulation} would act on nothing: the records of {trial.id} are not simulated here, they "
        "are read",
        "leave these options out; 'trialist simulate' makes records from the protocol instead",
        Place(str(stated)),
    )
    refuse([unused], as_json=settings.as_json)


def compute(job: Job) -> Result:
    """Every endpoint and finding of the job."""
    from trialist.study import run_study

    with working(f"{job.trial.id}: deriving endpoints and computing findings"):
        return run_study(job.trial.protocol, job.records)


def findings_document(job: Job, result: Result) -> dict[str, Any]:
    """What findings.json and --json hold."""
    from trialist.software import software

    def placed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(beside(p, job.trial.folder) for p in problems)

    records = job.records
    return {
        "trial": job.trial.protocol.plan.trial,
        "software": software(),
        "protocol": {"fingerprint": job.trial.protocol.fingerprint},
        "records": {
            "origin": records.origin,
            "source": records.source,
            "seed": records.seed,
            "note": records.note,
            "fingerprint": records.fingerprint,
        },
        "findings": [replace(f, problems=placed(f.problems)).as_json() for f in result.findings],
        "sensitivity": [other.as_json() for other in result.sensitivity],
        "problems": [p.as_json() for p in placed((*job.problems, *result.problems))],
    }


def replaced(job: Job, *own: str) -> tuple[str, ...]:
    """Patterns of results of an earlier run that go when new ones come.

    Those of the kind that is written (`own`), and all of them when the findings in the folder are of other
    records or of another protocol: an old report must not stand beside new findings.
    """
    try:
        before = json.loads((job.out / "findings.json").read_text(encoding="utf-8"))
        seen = (before["protocol"]["fingerprint"], before["records"]["fingerprint"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return own
    same = seen == (job.trial.protocol.fingerprint, job.records.fingerprint)
    return own if same else RESULTS


def write_findings(document: dict[str, Any], folder: Path) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "findings.json").write_text(text + "\n", encoding="utf-8")


def write_ars(result: Result, folder: Path) -> None:
    """ars.json: the findings as CDISC Analysis Results Standard JSON."""
    from trialist.formats.ars import reporting_event
    from trialist.software import software

    made = reporting_event(result, software=software())
    text = json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "ars.json").write_text(text + "\n", encoding="utf-8")


def write_adam(job: Job, result: Result, folder: Path) -> tuple[Problem, ...]:
    """The ADaM data sets and their description under `folder`/adam."""
    from trialist.cli.calendar import today
    from trialist.formats.adam.written import write_adam

    return write_adam(result, folder, created=f"{today()}T00:00:00", format=job.settings.format)


def write_report(job: Job, result: Result, folder: Path, verb: str) -> None:
    """report.html, which names the command (`verb`) that made it."""
    from trialist.cli.calendar import today
    from trialist.report.assemble import assemble
    from trialist.report.page import render_report

    sources = job.evidence.sources if job.evidence else {}
    asked = job.settings
    named = () if asked.records is None else ("--records", asked.records.name)
    command = shlex.join(["trialist", verb, job.trial.named, *named, *asked.simulation.split()])
    data = assemble(result, job.published, job.problems, sources=sources, dated=today(), command=command)
    (folder / "report.html").write_text(render_report(data), encoding="utf-8")
