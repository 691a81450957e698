"""The two-arm protocol simulated, and a plain reading of its records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from trialist.problems import Problem
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.simulated import simulate

TEXT = (Path(__file__).parent / "protocols_simulated" / "two_arm.yaml").read_text(encoding="utf-8")
MONTH = 30.4375
NEVER = 10**9


def protocol(**changes: Any) -> Protocol:
    """The two-arm protocol; `simulation__x=...` changes one word of a block, None removes it."""
    content: dict[str, Any] = yaml.safe_load(TEXT)
    for path, value in changes.items():
        *blocks, word = path.split("__")
        part = content
        for block in blocks:
            part = part[block]
        if value is None:
            part.pop(word)
        else:
            part[word] = value
    return Protocol(TrialProtocol.model_validate(content), "two_arm.yaml", "0", {})


def made(
    subjects: int = 500, seed: int = 1, calibrate: Any = "published", **changes: Any
) -> dict[str, pa.Table]:
    tables, problems = simulate(protocol(**changes), subjects=subjects, seed=seed, calibrate=calibrate)
    assert tables is not None, problems
    return tables


def said(**changes: Any) -> list[Problem]:
    return list(simulate(protocol(**changes), subjects=60, seed=1)[1])


def days(table: pa.Table, column: str) -> np.ndarray:
    """Days since 1970, missing as NEVER."""
    return table[column].cast(pa.int32()).fill_null(NEVER).to_numpy().astype(np.int64)


def owner(table: pa.Table, tables: Mapping[str, pa.Table]) -> np.ndarray:
    return pc.index_in(table["subject"], value_set=tables["dm"]["subject"].combine_chunks()).to_numpy()


def only(table: pa.Table, column: str, value: str) -> pa.Table:
    return table.filter(pc.equal(table[column], value))


def flags(table: pa.Table, column: str, value: str) -> np.ndarray:
    return np.array([v == value for v in table[column].to_pylist()])


def times(tables: Mapping[str, pa.Table]) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(days, event, experimental) of rPFS and OS by a plain reading of the records."""
    dm = tables["dm"]
    start, end, death = (days(dm, c) for c in ("reference_start", "reference_end", "death"))
    arm = flags(dm, "arm_code", "chemo").astype(float)
    scans = only(tables["rs"], "test_code", "OVRLRESP")
    who, when = owner(scans, tables), days(scans, "date")
    progressed = flags(scans, "result", "PD")
    event = death.copy()
    np.minimum.at(event, who[progressed], when[progressed])
    last = start.copy()
    np.maximum.at(last, who, when)
    rpfs = np.where(event < NEVER, event, last) - start + 1
    os = np.where(death < NEVER, death, end) - start + 1
    return {"rpfs": (rpfs, event < NEVER, arm), "os": (os, death < NEVER, arm)}


def median_months(time: np.ndarray, event: np.ndarray) -> float:
    unique, index = np.unique(time, return_inverse=True)
    risk = len(time) - np.concatenate([[0], np.cumsum(np.bincount(index))[:-1]])
    curve = np.cumprod(1 - np.bincount(index, weights=event) / risk)
    return float(unique[np.argmax(curve <= 0.5)] / MONTH)


def hazard_ratio(time: np.ndarray, event: np.ndarray, arm: np.ndarray) -> float:
    """Cox, Breslow ties, one binary covariate, on counts per day."""
    _, index = np.unique(time, return_inverse=True)
    dead, leaving = np.bincount(index, weights=event), np.bincount(index)
    exposed = np.bincount(index, weights=arm)
    risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]])
    ours = arm.sum() - np.concatenate([[0], np.cumsum(exposed)[:-1]])
    beta = 0.0
    for _ in range(20):
        mean = ours * np.exp(beta) / (ours * np.exp(beta) + risk - ours)
        beta += ((event * arm).sum() - (dead * mean).sum()) / (dead * mean * (1 - mean)).sum()
    return float(np.exp(beta))
