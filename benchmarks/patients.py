"""Seeded patients for the benchmarks, written as Parquet in the columns that the derivations read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Numbers = NDArray[Any]

PSA_VISITS = 11
SCANS = 6
RESPONSES = np.array(["CR", "PR", "SD", "NON-CR/NON-PD", "NE", "PD"])
ARMS = np.array(["A", "B", "C"])
CLASSES = 26
TERMS = 800


def write_patients(folder: Path, n: int, seed: int = 20260101) -> None:
    """`n` patients: subjects, psa, responses and therapies, each one file.

    PSA falls, then rises, with noise, every 21 days; 6 tumour assessments every 56 days, each response drawn
    beside the one before; a fifth start a new therapy; one in twenty has no baseline PSA.
    """
    rng = np.random.default_rng(seed)
    subject = _names(n)
    subjects = pa.table({"subject": subject, "cutoff_day": _some(rng.integers(200, 500, n), rng, n, 0.3)})
    _write(folder, "subjects", subjects)
    started = np.flatnonzero(rng.random(n) < 0.2)
    days = rng.integers(30, 300, started.size)
    _write(folder, "therapies", pa.table({"subject": subject.take(pa.array(started)), "day": pa.array(days)}))
    _write(folder, "psa", _psa(rng, n, subject))
    _write(folder, "responses", _responses(rng, n, subject))


def write_events(folder: Path, rows: int, seed: int = 20260102) -> None:
    """`rows` adverse events, 20 for each subject on average, with their subjects; sorted by subject."""
    rng = np.random.default_rng(seed)
    n = max(rows // 20, 3)
    subject = _names(n)
    arm = rng.integers(0, len(ARMS), n)
    first = np.zeros(n, dtype=np.int64)
    last = rng.integers(20, 400, n)
    _write(
        folder,
        "safety",
        pa.table(
            {
                "subject": subject,
                "arm": ARMS[arm],
                "first_dose_day": first,
                "last_dose_day": last,
                "cutoff_day": pa.nulls(n, pa.int64()),
            }
        ),
    )
    owner = np.sort(rng.integers(0, n, rows))
    term = np.minimum((rng.pareto(0.8, rows) * 8).astype(np.int64), TERMS - 1)
    of_class = rng.integers(0, CLASSES, TERMS)
    start = rng.integers(-20, 430, rows)
    names = pa.array([f"PREFERRED TERM {i:03d}" for i in range(TERMS)])
    classes = pa.array([f"SYSTEM ORGAN CLASS {i:02d}" for i in range(CLASSES)])
    grade = rng.choice(np.arange(1, 6), rows, p=[0.45, 0.3, 0.17, 0.06, 0.02])
    _write(
        folder,
        "events",
        pa.table(
            {
                "subject": subject.take(pa.array(owner)),
                "sequence": np.arange(rows),
                "term": names.take(pa.array(term)),
                "system_organ_class": classes.take(pa.array(of_class[term])),
                "grade": grade,
                "initial_grade": np.maximum(grade - rng.integers(0, 2, rows), 1),
                "start_day": _some(start, rng, rows, 0.98),
                "end_day": start + rng.integers(0, 40, rows),
            }
        ),
    )


def bytes_of(folder: Path, names: tuple[str, ...]) -> int:
    """The size of those tables in memory, as Arrow holds them."""
    return sum(pq.read_table(folder / f"{name}.parquet").nbytes for name in names)


def _names(n: int) -> pa.Array:
    return pa.array([f"TRIAL-{i:07d}" for i in range(n)])


def _some(values: Numbers, rng: np.random.Generator, n: int, share: float) -> pa.Array:
    """Those values, null but for a share of them."""
    return pa.array(values, mask=rng.random(n) >= share)


def _psa(rng: np.random.Generator, n: int, subject: pa.Array) -> pa.Table:
    at = np.arange(PSA_VISITS + 1) * 21
    day = np.where(at == 0, -rng.integers(0, 14, (n, 1)), at + rng.integers(-3, 4, (n, PSA_VISITS + 1)))
    start = np.exp(rng.normal(3.5, 1.1, (n, 1)))
    fall, rise = rng.gamma(2.0, 0.004, (n, 1)), rng.gamma(2.0, 0.0025, (n, 1))
    turn = rng.integers(20, 200, (n, 1))
    course = -fall * np.minimum(day, turn) + rise * np.maximum(day - turn, 0)
    value = np.round(start * np.exp(course + rng.normal(0, 0.12, day.shape)), 2)
    kept = rng.random(day.shape) < 0.93
    kept &= np.arange(PSA_VISITS + 1) <= rng.integers(1, PSA_VISITS + 6, (n, 1))
    owner, visit = np.nonzero(kept)
    return pa.table(
        {
            "subject": subject.take(pa.array(owner)),
            "day": day[kept].astype(np.int64),
            "sequence": visit.astype(np.int64),
            "value": value[kept],
            "below": value[kept] < 0.05,
        }
    )


def _responses(rng: np.random.Generator, n: int, subject: pa.Array) -> pa.Table:
    # an assessment mostly repeats or improves on the last; later ones progress more often
    word = np.empty((n, SCANS), dtype=np.int64)
    word[:, 0] = rng.choice(6, n, p=[0.05, 0.2, 0.45, 0.08, 0.07, 0.15])
    moves = rng.choice(3, (n, SCANS), p=[0.55, 0.25, 0.20])
    drawn = rng.choice(6, (n, SCANS), p=[0.12, 0.27, 0.25, 0.06, 0.12, 0.18])
    for i in range(1, SCANS):
        better = np.maximum(word[:, i - 1] - 1, 0)
        word[:, i] = np.choose(moves[:, i], [word[:, i - 1], better, drawn[:, i]])
    day = (np.arange(SCANS) + 1) * 56 + rng.integers(-7, 8, (n, SCANS))
    kept = (np.arange(SCANS) < rng.integers(1, SCANS + 4, (n, 1))) & (rng.random((n, SCANS)) < 0.95)
    owner, visit = np.nonzero(kept)
    return pa.table(
        {
            "subject": subject.take(pa.array(owner)),
            "day": day[kept].astype(np.int64),
            "sequence": visit.astype(np.int64),
            "response": pa.array(RESPONSES).take(pa.array(word[kept])),
        }
    )


def _write(folder: Path, name: str, table: pa.Table) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"{name}.parquet")
