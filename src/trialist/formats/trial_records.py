"""Where a trial's records come from: files that its protocol names, curves, a folder, or a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from trialist.formats.folder import ABOUT, read_folder, read_records
from trialist.problems import Place, Problem, errors
from trialist.protocol.model import Protocol
from trialist.records.model import Records
from trialist.records.reconstructed import reconstruct_records
from trialist.records.registered import records_from_tables
from trialist.records.simulated import simulate

STORED = "records"


class Simulation(NamedTuple):
    """What a simulation is asked for when a trial has no records: subjects, seed, calibration."""

    subjects: int
    seed: int
    calibrate: str = "published"


def trial_records(
    protocol: Protocol, folder: Path, connection: Any, simulation: Simulation
) -> tuple[Records | None, tuple[Problem, ...]]:
    """The records of the trial in `folder`.

    Taken, in this order: a folder `records/` with a manifest (imported or simulated before), the files under
    `records: domains:`, the curves under `records: curves:`; where there are none, they are simulated and a
    note says so.

    Problems  those of the way that was taken; N510 no records are public, so they are simulated
    """
    stored = folder / STORED
    if (stored / ABOUT).is_file():
        return read_folder(stored, connection)
    plan = protocol.plan.records
    if plan is not None and plan.domains:
        return read_records(
            {domain: folder / file for domain, file in plan.domains.items()},
            origin=plan.origin,
            source=plan.source,
            note=plan.note,
            partial_dates=plan.partial_dates,
            connection=connection,
        )
    if plan is not None and plan.curves:
        return _reconstructed(protocol, connection)
    return _simulated(protocol, connection, simulation)


def records_stated(protocol: Protocol, folder: Path) -> Path | None:
    """What `trial_records` would read: the stored folder or the protocol's own file; None: it simulates."""
    if (folder / STORED / ABOUT).is_file():
        return folder / STORED
    plan = protocol.plan.records
    return Path(protocol.file) if plan is not None and (plan.domains or plan.curves) else None


def _reconstructed(protocol: Protocol, connection: Any) -> tuple[Records | None, tuple[Problem, ...]]:
    from trialist.formats import read_table

    plan = protocol.plan.records
    assert plan is not None
    tables, problems = reconstruct_records(protocol, read_table)
    if tables is None or errors(problems):
        return None, problems
    records = records_from_tables(
        tables, origin="reconstructed", source=plan.source, note=plan.note, connection=connection
    )
    return records, problems


def _simulated(
    protocol: Protocol, connection: Any, asked: Simulation
) -> tuple[Records | None, tuple[Problem, ...]]:
    made, problems = simulated_records(protocol, connection, asked)
    note = Problem(
        "N510",
        f"no records of {protocol.plan.trial} are public: {asked.subjects} subjects were simulated "
        f"(seed {asked.seed}, {calibration(protocol, asked.calibrate)})",
        "read every number as simulated; give your own records with --records",
        protocol.place("records") if protocol.plan.records else Place(protocol.file),
    )
    return made, (*problems, *(() if made is None else (note,)))


def simulated_records(
    protocol: Protocol, connection: Any, asked: Simulation
) -> tuple[Records | None, tuple[Problem, ...]]:
    """Records simulated from the protocol's `simulation:` block, in the engine of `connection`."""
    calibrate: Any = asked.calibrate
    tables, problems = simulate(protocol, subjects=asked.subjects, seed=asked.seed, calibrate=calibrate)
    if tables is None or errors(problems):
        return None, problems
    records = records_from_tables(
        tables,
        origin="simulated",
        source="trialist",
        seed=asked.seed,
        note=f"simulated from the protocol, {calibration(protocol, asked.calibrate)}",
        connection=connection,
    )
    return records, problems


def calibration(protocol: Protocol, calibrate: str) -> str:
    """What the simulated times were made to follow, in words; published only where every law is."""
    if calibrate == "design":
        return "calibrated to its design assumptions"
    plan = protocol.plan.simulation
    laws = plan.times.values() if plan else ()
    if laws and not any(law.assumed for law in laws):
        return "calibrated to its published results, totals over adverse events excepted"
    return "on the assumptions that its protocol file lists"


def planned_subjects(protocol: Protocol) -> int:
    """How many subjects the trial had, or planned: allocated numbers, else planned ones, else 200."""
    arms = protocol.plan.arms.values()
    for numbers in ([a.allocated_n for a in arms], [a.planned_n for a in arms]):
        known = [n for n in numbers if n]
        if known:
            return sum(known)
    return 200
