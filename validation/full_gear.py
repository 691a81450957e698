"""What the conduct of a trial does to its primary analysis: the table of docs/explanation/full-gear.md.

    python validation/full_gear.py [replicates]

Every row simulates one trial (CARD) from raw records, with other words under `simulation: conduct:`.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import replace
from typing import Any

import numpy as np

from trialist.design.full_findings import full_findings
from trialist.design.full_gear import full_gear, replicate_results
from trialist.engines.duckdb import connect
from trialist.protocol.model import Protocol, SimulationPlan
from trialist.protocol.parse import read_protocol
from trialist.trials import shipped
from trialist.units import DAYS_PER_MONTH

SEED = 20261128
ON_SCANS = {"progression_seen": "next_scan"}
ARMS = ("cabazitaxel", "arta")
BOTH = dict.fromkeys(ARMS, 0.1)
ROWS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("latent times: progression seen on its own day", "rpfs_hr", "published", {}),
    ("seen at the next scan, every 56 days", "rpfs_hr", "published", ON_SCANS),
    ("10 % of scans missed in both arms", "rpfs_hr", "published", {**ON_SCANS, "missed_assessments": BOTH}),
    ("scans every 84 days in the first arm", "rpfs_hr", "published",
     {**ON_SCANS, "scan_interval": {"cabazitaxel": "84 d"}}),
    ("every scan 14 days later in the first arm", "rpfs_hr", "published",
     {**ON_SCANS, "scan_delay": {"cabazitaxel": "14 d"}}),
    ("20 % of progressions missed by a scan, first arm", "rpfs_hr", "published",
     {**ON_SCANS, "read_late": {"cabazitaxel": 0.2}}),
    ("2 % of scans read as progression, second arm", "rpfs_hr", "published",
     {**ON_SCANS, "read_early": {"arta": 0.02}}),
    ("10 % leave the day before progression, first arm", "rpfs_hr", "published",
     {**ON_SCANS, "dropout_before_progression": {"cabazitaxel": 0.1}}),
    ("no effect, own day", "rpfs_hr", "null", {}),
    ("no effect, next scan", "rpfs_hr", "null", ON_SCANS),
    ("no effect, scans every 84 days in the first arm", "rpfs_hr", "null",
     {**ON_SCANS, "scan_interval": {"cabazitaxel": "84 d"}}),
    ("no effect, 2 % read as progression, second arm", "rpfs_hr", "null",
     {**ON_SCANS, "read_early": {"arta": 0.02}}),
    ("OS", "os_hr", "published", {}),
    ("OS, 33 % of the second arm cross over, ratio 0.6", "os_hr", "published",
     {"crossover": {"arta": {"share": 0.33, "hazard_ratio": 0.6}}}),
)  # fmt: skip


def with_conduct(protocol: Protocol, words: dict[str, Any]) -> Protocol:
    plan = protocol.plan.simulation
    assert plan is not None
    content = plan.model_dump(by_alias=True, exclude_unset=True)
    changed = SimulationPlan.model_validate({**content, "conduct": words} if words else content)
    return replace(protocol, plan=protocol.plan.model_copy(update={"simulation": changed}))


def main() -> None:
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    protocol, problems = read_protocol(shipped()["card"] / "protocol.yaml")
    assert protocol is not None, problems
    print(
        "| conduct | medians, months | median HR | HR over the truth | rejected | events | months | CPU s |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for title, analysis, calibrate, words in ROWS:
        gear, problems = full_gear(
            with_conduct(protocol, words),
            connect,
            analysis=analysis,
            calibrate=calibrate,  # type: ignore[arg-type]
        )
        assert gear is not None, problems
        begin = time.process_time()
        arrays = replicate_results(gear, seed=SEED, replicates=replicates)
        spent = time.process_time() - begin
        found = {finding.measure: finding for finding in reversed(full_findings(gear, arrays, seed=SEED))}
        days = [float(np.median(arrays["median_days"][:, arm])) for arm in (0, 1)]
        medians = " and ".join(f"{value / DAYS_PER_MONTH:.1f}" for value in days)
        power = found.get("power") or found["type_one_error"]
        ratio, bias = found["hazard_ratio_median"].estimate, found["bias_log_hazard_ratio"].estimate
        shown = f"{ratio:.3f} | {math.exp(bias or 0.0):.3f} | {power.estimate:.3f}"
        events, duration = found["expected_events"].estimate, found["expected_duration"].estimate
        row = f"| {title} | {medians} | {shown} | {events:.1f} | {duration:.1f} | {spent:.0f} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
