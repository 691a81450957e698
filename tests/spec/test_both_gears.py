"""Where no visit decides, the fast gear and the full gear give the same operating characteristics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from two_arm_simulation import protocol

from trialist.design.full_gear import full_gear, replicate_results
from trialist.engines.duckdb import connect

operating: Any = pytest.importorskip("trialist.design.operating")
fast_plan: Any = pytest.importorskip("trialist.design.fast_plan")
replicates: Any = pytest.importorskip("trialist.design.replicates")

COUNT, FAST = 120, 3000
CHANGES: dict[str, Any] = {
    "analyses": {"os_hr": {"method": "cox_ph", "estimand": "survival", "strata": ["ecog"]}},
    "simulation__times": {
        "os": {
            "medians": {"chemo": 15.0, "hormone": 10.0},
            "hazard_ratio": 2 / 3,
            "versus": "hormone",
            "source": "paper",
        }
    },
    "simulation__cut_at_events": {"os": 170},
}


def test_overall_survival_performs_alike_in_both_gears() -> None:
    trial = protocol(**CHANGES)
    full, problems = full_gear(trial, connect, analysis="os_hr", subjects=255)
    assert full is not None, problems
    ours = replicate_results(full, seed=3, replicates=COUNT)
    run = operating.Run(seed=4, replicates=FAST, way="arrays")
    fast, problems = operating.operating_characteristics(trial, run)
    assert fast is not None, problems
    theirs = fast.replicates.arrays
    pairs = {
        "z": (ours["z"][:, -1], theirs["z"][:, -1]),
        "log_hr": (ours["log_hr"][:, -1], theirs["log_hr"][:, -1]),
        "std_err": (ours["std_err"][:, -1], theirs["std_err"][:, -1]),
        "day": (ours["day"][:, -1].astype(float), theirs["day"][:, -1].astype(float)),
        "events": (ours["events"][:, -1, 0].astype(float), theirs["events"][:, -1, 0].astype(float)),
    }
    for name, (one, other) in pairs.items():
        error = math.hypot(one.std() / math.sqrt(one.size), other.std() / math.sqrt(other.size))
        assert one.mean() == pytest.approx(other.mean(), abs=4 * error + 1e-9), name
        assert one.std() == pytest.approx(other.std(), rel=0.3), name
    assert np.all(ours["events"][:, -1].sum(axis=1) >= 170)


def test_the_full_gear_runs_in_the_batches_of_the_fast_one() -> None:
    full, problems = full_gear(protocol(**CHANGES), connect, analysis="os_hr", subjects=40)
    assert full is not None, problems
    found = replicates.run_batches(full, seed=3, replicates=5, batch=3)
    alone = replicate_results(full, seed=3, replicates=5)
    for name, values in alone.items():
        np.testing.assert_array_equal(found.arrays[name], values, err_msg=name)
