"""Kaplan-Meier, stratified log-rank and stratified Cox (Efron) beside R's survival, as ratios in one run.

    python benchmarks/survival.py                       # 255, 10,000 and 1,000,000 patients
    python benchmarks/survival.py 10000000              # the last row of README.md

R works on vectors in its memory, trialist on a Parquet file or on arrays, through the public function.
Medians, chi-square and hazard ratio are compared before any time is told. Every size runs in a process of its
own; peak memory is that of the process, less what it took to load the tool and to run it on a few patients.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
SIZES = (255, 10_000, 100_000, 1_000_000)
RUNS = 5
FEW = 255
STRATA = ("ecog", "progression", "timing")
FIVE = ("x1", "x2", "x3", "x4", "x5")
FROM = {
    "arrays": "from arrays",
    "five": "from arrays, and a model of five covariates more",
    "file": "from a file",
}
Arrays = dict[str, Any]


def patients(n: int, seed: int = 20260103) -> Arrays:
    """Times in days with ties, two arms, three strata factors of two levels, five continuous covariates."""
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, n)
    factors = {name: rng.integers(0, 2, n) for name in STRATA}
    hazard = np.exp(-0.4 * arm + 0.3 * factors["ecog"] - 0.2 * factors["timing"])
    time_to_event = np.ceil(rng.exponential(300 / hazard))
    cut = np.ceil(rng.uniform(200, 1200, n))
    found: Arrays = {
        "days": np.minimum(time_to_event, cut).astype(np.int32),
        "event": (time_to_event <= cut).astype(np.int8),
        "arm": np.where(arm == 1, "new", "old"),
    }
    found |= {name: np.where(codes == 1, "yes", "no") for name, codes in factors.items()}
    return found | {f"x{i}": rng.normal(size=n) for i in range(1, 6)}


def write(data: Arrays, folder: Path, five: bool) -> None:
    """The Parquet file that trialist reads, and the binary columns that R reads."""
    pq.write_table(
        pa.table({k: v for k, v in data.items() if not k.startswith("x")}), folder / "trial.parquet"
    )
    data["days"].tofile(folder / "days")
    data["event"].tofile(folder / "event")
    (data["arm"] == "new").astype(np.int8).tofile(folder / "arm")
    stratum = sum((data[name] == "yes").astype(np.int8) * 2**i for i, name in enumerate(STRATA))
    np.asarray(stratum, dtype=np.int8).tofile(folder / "stratum")
    if five:
        for i in range(1, 6):
            data[f"x{i}"].tofile(folder / f"x{i}")


def ours(folder: Path) -> dict[str, float]:
    """All three through the public function, from the file; in this process."""
    from trialist import analyse_times, connect

    connection = connect()

    def run(file: Path) -> Any:
        return analyse_times(
            connection.read_parquet(str(file)), time="days", unit="days", event="event", arm="arm",
            reference="old", strata=STRATA,
        )  # fmt: skip

    with tempfile.TemporaryDirectory() as small:
        write(patients(FEW), Path(small), False)
        for _ in range(3):
            run(Path(small) / "trial.parquet")
    empty = peak_memory()
    best = least(lambda: run(folder / "trial.parquet"), RUNS)
    found = run(folder / "trial.parquet").findings
    return {"seconds": best, "peak": peak_memory() - empty, **results(found)}


def small(n: int, covariates: Sequence[str]) -> dict[str, float]:
    """From arrays, warm: all three; with covariates a second Cox model, and what belongs to it."""
    from trialist import analyse_times

    data = patients(n)

    def run() -> Any:
        return analyse_times(
            data, time="days", unit="days", event="event", arm="arm", reference="old", strata=STRATA,
            covariates=covariates,
        )  # fmt: skip

    found = {"seconds": per_call(run), **results(run().findings)}
    return found


def per_call(run: Callable[[], Any], calls: int = 200) -> float:
    run()

    def many() -> None:
        for _ in range(calls):
            run()

    return least(many, RUNS) / calls


def least(run: Callable[[], Any], runs: int) -> float:
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


def results(findings: Any) -> dict[str, float]:
    by = {(f.measure, f.groups): f for f in reversed(findings)}  # of two ratios the first, without covariates
    days = 30.4375
    ratio = by["hazard_ratio", ("new", "old")]
    return {
        "median old": by["median_time", ("old",)].estimate * days,
        "median new": by["median_time", ("new",)].estimate * days,
        "chi square": by["log_rank", ("new", "old")].estimate,
        "log ratio": float(np.log(ratio.estimate)),
    }


def by_r(folder: Path, n: int, runs: int) -> dict[str, float] | None:
    """Seconds of the three, their sum, and what they found; None where R or survival is missing."""
    if shutil.which("Rscript") is None:
        return None
    command = ["Rscript", str(HERE / "survival_peer.R"), str(folder), str(n), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"R: left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    word = [float("nan") if w == "NA" else float(w) for w in done.stdout.split()]
    return {
        "survfit": word[0], "survdiff": word[1], "coxph": word[2], "seconds": sum(word[:3]), "five": word[3],
        "median old": word[4], "median new": word[5], "chi square": word[6], "log ratio": word[7],
        "peak": word[9],
    }  # fmt: skip


def compared(here: dict[str, float], r: dict[str, float]) -> float:
    """The largest relative difference of the results."""
    keys = ("median old", "median new", "chi square", "log ratio")
    worst = max(abs(here[key] - r[key]) / abs(r[key]) for key in keys)
    if worst > 1e-6:
        raise SystemExit(f"results differ by {worst:.2g}: {here} {r}")
    return worst


def peak_memory() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main(sizes: tuple[int, ...]) -> None:
    print("    patients   trialist          R   ratio  peak MB   R MB  survfit/survdiff/coxph")
    for n in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(patients(n), folder, n <= 10_000)
            r = by_r(folder, n, RUNS if n <= 1_000_000 else 1)
            for way in ("arrays", "five", "file") if n <= 10_000 else ("file",):
                here = one(folder, n, way)
                if r is None:
                    print(f"{n:>12,} {here['seconds']:>10.4f}")
                    continue
                compared(here, r)
                keys = ("survfit", "survdiff", "coxph", *(("five",) if way == "five" else ()))
                parts, there = "/".join(f"{r[key]:.3g}" for key in keys), sum(r[key] for key in keys)
                memory = f"{here.get('peak', 0) / 1e6:>8.0f} {r['peak'] / 1e6:>6.0f}"
                shown = f"{n:>12,} {here['seconds']:>10.5f} {there:>10.4f}"
                print(f"{shown} {there / here['seconds']:>7.1f} {memory}  {parts}  {FROM[way]}")


def one(folder: Path, n: int, way: str) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "one", str(folder), str(n), way]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        folder, n, way = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        print(json.dumps(ours(folder) if way == "file" else small(n, FIVE if way == "five" else ())))
    else:
        main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
