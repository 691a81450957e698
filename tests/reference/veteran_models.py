"""The Veterans' lung cancer trial as the clauses on Cox models ask it."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from analysed import context
from reference_cases import cases, columns

BOTH = ("2", "1")
AT = context(*BOTH, compare=BOTH)


def veteran(**more: Any) -> Any:
    """The Veterans' lung cancer trial as a TimeToEvent table: arms 2 (test) and 1 (standard)."""
    data = columns("veteran", ["trt", "celltype", "karno", "age", "prior"])
    n = data["time"].size
    table = {
        "subject": [f"{i:03d}" for i in range(n)],
        "arm": [f"{trt:.0f}" for trt in data["trt"]],
        "time_days": data["time"],
        "event": data["event"] == 1,
        "celltype": data["celltype"].tolist(),
        "karno": data["karno"],
        "age": data["age"],
        "prior": [f"{p:.0f}" for p in data["prior"]],
        "wt": 0.5 + (np.arange(1, n + 1) % 4) / 4,
        "ahead": data["karno"] / 100,
        "group": [f"{i % 40}" for i in range(1, n + 1)],
    }
    return ibis.memtable(pa.table(table | more))


def pinned(data: str, ties: str, covariates: list[str], **options: Any) -> dict[str, Any]:
    return next(
        c["expect"]
        for c in cases("cox_models")
        if c["data"] == data
        and c["options"]["ties"] == ties
        and c["options"]["covariates"] == covariates
        and all(c["options"][key] == value for key, value in options.items())
    )
