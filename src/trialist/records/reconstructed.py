"""Records from published Kaplan-Meier curves: the `xt` domain, one pseudo-patient per row.

Times and events come out close to the trial's; the people do not. Subjects of two curves can't be linked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from trialist.kernels.reconstruction import Fit, Reconstruction, reconstruct
from trialist.problems import Place, Problem, errors
from trialist.protocol.model import Curve, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

ReadCsv = Callable[[Path], tuple[pa.Table | None, tuple[Problem, ...]]]


@dataclass(frozen=True, slots=True)
class _Read:
    points: tuple[NDArray[np.float64], NDArray[np.float64]]
    at_risk: tuple[NDArray[np.float64], NDArray[np.int64]]


def reconstruct_records(
    protocol: Protocol, read_csv: ReadCsv
) -> tuple[dict[str, pa.Table] | None, tuple[Problem, ...]]:
    """The `xt` table of all curves under `records: curves:`, or None with the reasons.

    Parameters
        protocol  whose `records.curves` name CSV files (relative to the protocol file): points with
                  columns time (months) and surv (probability), numbers at risk with time and nrisk
        read_csv  reads one file: path -> (table or None, problems)
    Returns   {"xt": table} with the plain columns of `records.domains.xt`, and one N501 per curve that
              says how well it fits. One curve refused refuses all: a comparison of arms needs each.
    Problems  E501 a curve that can't be reconstructed, E502 a file without the columns, E503 no curves
    Source    Guyot 2012, BMC Med Res Methodol 12:9 (`kernels.reconstruction`)
    """
    plan = protocol.plan.records
    curves = plan.curves if plan else ()
    place = protocol.place("records", "curves")
    if not curves:
        return None, (
            Problem(
                "E503",
                "the protocol names no published curve to reconstruct records from",
                "list the curves under 'records: curves:', each with points and at_risk files",
                place,
            ),
        )
    problems: list[Problem] = []
    tables: list[pa.Table] = []
    for number, curve in enumerate(curves):
        here = protocol.place("records", "curves", number)
        read, trouble = _read(Path(protocol.file).parent, curve, read_csv, here)
        problems.extend(trouble)
        if read is None:
            continue
        made = reconstruct(read.points, read.at_risk, curve.events)
        problems.extend(_report(curve, made, here))
        if not made.refused:
            tables.append(_table(protocol, curve, made))
    if errors(problems):
        return None, tuple(problems)
    return {"xt": pa.concat_tables(tables)}, tuple(problems)


def _read(
    folder: Path, curve: Curve, read_csv: ReadCsv, place: Place
) -> tuple[_Read | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    columns: list[NDArray[np.float64]] = []
    for name, value in ((curve.points, "surv"), (curve.at_risk, "nrisk")):
        table, trouble = read_csv(folder / name)
        problems.extend(trouble)
        if table is None:
            continue
        for column in ("time", value):
            numbers = _numbers(table, column)
            if numbers is None:
                problems.append(
                    Problem(
                        "E502",
                        f"{name} has no numeric column '{column}'",
                        f"write the columns time,{value} in months and "
                        + ("probabilities" if value == "surv" else "patients"),
                        place,
                    )
                )
            else:
                columns.append(numbers)
    if len(columns) < 4:
        return None, tuple(problems)
    time, surv, risk_time, risk = columns
    return _Read((time, surv), (risk_time, np.rint(risk).astype(np.int64))), tuple(problems)


def _numbers(table: pa.Table, column: str) -> NDArray[np.float64] | None:
    if column not in table.column_names:
        return None
    try:
        values = table[column].combine_chunks().cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    if values.null_count:
        return None
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _report(curve: Curve, made: Reconstruction, place: Place) -> tuple[Problem, ...]:
    name = f"curve of '{curve.endpoint}' in arm '{curve.arm}'"
    if made.refused:
        return (
            Problem(
                "E501",
                f"the {name} can't be reconstructed: " + "; ".join(made.refused),
                "check the digitised points, the numbers at risk and the stated events against the figure",
                place,
            ),
        )
    assert made.fit is not None
    return (
        Problem(
            "N501",
            f"the {name} is reconstructed: {describe(made.fit)}",
            "treat its times as approximate, and never as those of real people",
            place,
        ),
    )


def describe(fit: Fit) -> str:
    """The fit in one sentence."""
    risk = ", ".join(
        f"{rebuilt} of {printed} at {when:g}"
        for when, printed, rebuilt in zip(fit.times_at_risk, fit.printed, fit.rebuilt, strict=True)
    )
    stated = f" ({fit.stated} stated)" if fit.stated is not None else ""
    return (
        f"root mean square error {fit.rmse:.4f}, largest {fit.largest:.4f}; "
        f"{fit.events} events{stated}; at risk {risk} months"
    )


def _table(protocol: Protocol, curve: Curve, made: Reconstruction) -> pa.Table:
    arm = protocol.plan.arms.get(curve.arm)
    code = (arm.code if arm else None) or curve.arm
    size = len(made.time)
    names = [f"{curve.endpoint}-{curve.arm}-{number:04d}" for number in range(1, size + 1)]
    return pa.table(
        {
            "subject": pa.array(names, pa.string()),
            "endpoint": pa.array([curve.endpoint] * size, pa.string()),
            "arm_code": pa.array([code] * size, pa.string()),
            "time_months": pa.array(made.time, pa.float64()),
            "event": pa.array(made.event, pa.int64()),
        }
    )
