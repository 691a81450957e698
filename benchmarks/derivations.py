"""Derivations and the adverse event table beside other tools: seconds and memory, as ratios, in one run.

    python benchmarks/derivations.py                      # 20,000 patients, 200,000 events
    python benchmarks/derivations.py 1000000 10000000     # the table of README.md

Every tool runs in a process of its own, from records in its memory to its result: best of the runs, reading
left out. CPU seconds add up all threads, and tell more than seconds on a machine that others use. Results are
compared record by record before any time is printed. Peak memory is that of the process, less what it took
to load the tool and run it on a few patients; records, result and all between count.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import patients
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
RUNS = 3
PLAIN = 20_000  # patients of the plain reading; its time is scaled to all of them
INPUTS = {
    "psa": ("subjects", "therapies", "psa"),
    "best": ("subjects", "therapies", "responses"),
    "incidence": ("safety", "events"),
}
TITLES = {
    "psa": "confirmed PSA progression, PCWG3",
    "best": "confirmed best overall response, RECIST 1.1",
    "incidence": "adverse events by class, term and worst grade x arm",
}
FEW = 200  # patients of the first run, which loads and compiles what a tool needs
Measured = tuple[float, ...]  # seconds, CPU seconds, peak memory in bytes (0: not measured)
TOOLS = ("trialist", "pandas", "polars", "data.table", "plain")


def incidence(safety: Any, events: Any, rule: Any) -> dict[str, Any]:
    """Distinct subjects by arm, class, term and worst grade, as the method `incidence` counts them."""
    from trialist.endpoints.event_selection import treatment_emergent
    from trialist.findings.event_counts import worst_grades

    rows = events.inner_join(safety, "subject")
    rows = rows.filter(treatment_emergent(rows, rule.window))
    counted = worst_grades(rows, patients.ARMS.tolist(), ["any", "system_organ_class", "term"])
    made: dict[str, list[dict[str, Any]]] = {"any": [], "system_organ_class": [], "term": []}
    for row, by_arm in counted.items():
        named = {"system_organ_class": row.system_organ_class or "", "term": row.term or ""}
        for arm, worst in by_arm.items():
            made[row.level] += [{"arm": arm, **named, "grade": grade, "n": n} for grade, n in worst.items()]
    return {level: pa.Table.from_pylist(rows) for level, rows in made.items()}


def by_trialist(folder: Path, what: str) -> Callable[[], Any]:
    import ibis
    from pydantic import TypeAdapter

    from trialist.endpoints.filled import rule_for
    from trialist.endpoints.inputs import INPUT_COLUMNS
    from trialist.endpoints.psa import psa_progression
    from trialist.endpoints.response import best_overall_response
    from trialist.engines.duckdb import connect
    from trialist.protocol.endpoints import Endpoint

    words = {
        "psa": {"derive": "psa_progression"},
        "best": {"derive": "best_overall_response", "confirmed": True},
        "incidence": {"derive": "adverse_event"},
    }
    rule: Any = rule_for(TypeAdapter[Any](Endpoint).validate_python(words[what]))
    connection = connect()
    tables = {}
    for name in INPUTS[what]:
        read = connection.read_parquet(folder / f"{name}.parquet")
        if name == "events":
            days = ("start_earliest_day", "start_latest_day", "end_latest_day")
            read = read.mutate(**{day: ibis.null("int64") for day in days})
        if name == "safety":
            read = read.mutate(treated=ibis.literal(True), first_dose_earliest_day=read.first_dose_day)
        tables[name] = connection.create_table(f"kept_{name}", read, temp=True)

    def none_of(name: str) -> Any:
        nothing = {column: ibis.null(kind) for column, kind in INPUT_COLUMNS[name].items()}
        return tables["subjects"].limit(0).select(**nothing)

    def run() -> Any:
        if what == "incidence":
            return incidence(**tables, rule=rule)
        if what == "psa":
            return psa_progression(**tables, rule=rule).select("subject", "event", "day").to_pyarrow()
        unread = {name: none_of(name) for name in ("lesions", "bone_scans")}
        found = best_overall_response(**tables, **unread, rule=rule)
        return found.select("subject", "value", "day").to_pyarrow()

    return run


def by_pandas(folder: Path, what: str) -> Callable[[], Any]:
    import peers

    tables = peers.load(folder, *INPUTS[what])
    run = {"psa": peers.pandas_psa, "best": peers.pandas_best, "incidence": peers.pandas_incidence}[what]
    return lambda: run(tables)


def by_polars(folder: Path, what: str) -> Callable[[], Any]:
    import polars as pl

    if what != "incidence":
        raise ModuleNotFoundError(what)
    safety, events = (pl.read_parquet(folder / f"{name}.parquet") for name in INPUTS[what])

    def run() -> dict[str, Any]:
        start, end = pl.col("start_day"), pl.col("end_day")
        on_time = (start >= 0) & (start <= pl.col("last_dose_day") + 30)
        worse = (start < 0) & (pl.col("grade") > pl.col("initial_grade"))
        seen = events.lazy().join(safety.lazy(), on="subject")
        seen = seen.filter(~(end < 0) & (start.is_null() | on_time | worse))
        keys = ["subject", "arm", "system_organ_class", "term"]
        worst = seen.group_by(keys).agg(pl.col("grade").max()).collect().lazy()
        found = {}
        for name, level in (("any", keys[2:2]), ("class", keys[2:3]), ("term", keys[2:])):
            rows = worst.group_by(*keys[:2], *level).agg(pl.col("grade").max())
            found[name] = rows.group_by("arm", *level, "grade").agg(n=pl.len()).collect().to_arrow()
        return found

    return run


def one(tool: str, folder: Path, what: str, result: Path) -> None:
    """Runs one tool in this process; prints seconds and peak memory, writes the result."""
    load = {"trialist": by_trialist, "pandas": by_pandas, "polars": by_polars}[tool]
    with every_row_counts_as_many():
        load(folder / "few", what)()
    empty = peak_memory()
    run = load(folder, what)
    taken, worked = [], []
    for _ in range(RUNS):
        start, before = time.perf_counter(), time.process_time()
        found = run()
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - before)
    peak = peak_memory() - empty
    pq.write_table(canonical(found, folder, what), result)
    print(json.dumps([min(taken), min(worked), peak]))


def peak_memory() -> int:
    """Bytes, of this process since it began its program: getrusage would tell its parent's as well."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def every_row_counts_as_many() -> Iterator[None]:
    """What trialist does with many rows, it does with few."""
    from trialist.records import streamed

    many, streamed.MANY = streamed.MANY, 0
    yield
    streamed.MANY = many


def canonical(found: Any, folder: Path, what: str) -> pa.Table:
    """Every tool's result as one table of the same columns in the same order of rows."""
    import pandas as pd

    if what == "incidence":
        parts = []
        for table in found.values():
            frame = table.to_pandas() if isinstance(table, pa.Table) else table
            frame = frame.rename(columns={"system_organ_class": "class"})
            for column in ("class", "term"):
                frame[column] = frame[column].astype(str) if column in frame else ""
            parts.append(frame[["arm", "class", "term", "grade", "n"]])
        every = pd.concat(parts).astype({"grade": "int64", "n": "int64"})
        return pa.Table.from_pandas(every.sort_values(list(every.columns)), preserve_index=False)
    if isinstance(found, pa.Table):
        frame = found.to_pandas().sort_values("subject").drop(columns="subject")
    else:
        frame = pd.DataFrame(found)
    frame["day"] = frame["day"].fillna(-1).astype("int64")
    return pa.Table.from_pandas(frame, preserve_index=False)


def by_data_table(folder: Path, what: str, result: Path) -> Measured | None:
    """Seconds, CPU seconds and peak of data.table; None where R or the package is missing."""
    if shutil.which("Rscript") is None:
        return None
    for place in (folder, folder / "few"):
        for name in INPUTS[what]:
            if not (place / f"{name}.csv").exists():
                pa.csv.write_csv(pq.read_table(place / f"{name}.parquet"), place / f"{name}.csv")
    raw = result.with_suffix(".csv")
    command = ["Rscript", str(HERE / "peers.R"), str(folder), what, str(raw), str(RUNS)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"data.table: left out: {done.stderr.strip().splitlines()[-1]}")
        return None
    options = pa.csv.ConvertOptions(
        column_types={"day": pa.int64(), "event": pa.bool_()},
        true_values=["TRUE"],
        false_values=["FALSE"],
    )
    table = pa.csv.read_csv(raw, convert_options=options)
    found: Any = {"every": table.to_pandas().fillna("")} if what == "incidence" else table.to_pydict()
    pq.write_table(canonical(found, folder, what), result)
    return tuple(float(word) for word in done.stdout.split()[:3])


def by_python(folder: Path, what: str, n: int, expected: pa.Table) -> Measured:
    """The plain reading for all `n`, scaled up from a part that is compared as well."""
    import peers

    part = min(n, PLAIN)
    start, before = time.perf_counter(), time.process_time()
    found = peers.plain(folder, what, part)
    taken, worked = time.perf_counter() - start, time.process_time() - before
    names = expected.column_names
    rows = list(zip(*(expected.slice(0, part)[name].to_pylist() for name in names), strict=True))
    agree([(first, -1 if day is None else day) for first, day in found], rows, f"plain reading, {what}")
    return taken * n / part, worked * n / part, 0.0


def agree(mine: Any, theirs: Any, of: str) -> None:
    if mine != theirs:
        raise SystemExit(f"{of}: the results differ, so no time is told")


def measure(folder: Path, what: str, n: int) -> None:
    """Runs every tool, compares their results, then prints the lines of one derivation."""
    size = patients.bytes_of(folder, INPUTS[what])
    results: dict[str, Measured] = {}
    tables = {}
    for tool in TOOLS[:-1]:
        out = folder / f"{what}_{tool.replace('.', '_')}.parquet"
        if tool == "data.table":
            found = by_data_table(folder, what, out)
        else:
            command = [sys.executable, __file__, "--one", tool, str(folder), what, str(out)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode and "ModuleNotFoundError" in done.stderr:
                found = None
            elif done.returncode:
                raise SystemExit(done.stderr)
            else:
                found = tuple(json.loads(done.stdout))
        if found is not None:
            results[tool] = found
            tables[tool] = pq.read_table(out).replace_schema_metadata(None)
    mine = tables["trialist"]
    for tool, table in tables.items():
        agree(table.cast(mine.schema).equals(mine), True, f"{tool}, {what}")
    if what != "incidence":
        results["plain"] = by_python(folder, what, n, mine)
    counted = f"{n:,} {'events' if what == 'incidence' else 'patients'}"
    print(f"\n{TITLES[what]}: {counted}, {mine.num_rows:,} results agree")
    print(f"{'tool':<12}{'seconds':>9}{'ratio':>7}{'CPU s':>9}{'ratio':>7}{'peak / input':>14}")
    seconds, worked, _ = results["trialist"]
    for tool, (taken, cpu, peak) in results.items():
        memory = f"{peak / size:.1f}" if peak else "-"
        print(f"{tool:<12}{taken:>9.2f}{taken / seconds:>7.1f}{cpu:>9.2f}{cpu / worked:>7.1f}{memory:>14}")


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        one(arguments[1], Path(arguments[2]), arguments[3], Path(arguments[4]))
        return
    n = int(arguments[0]) if arguments else 20_000
    rows = int(arguments[1]) if len(arguments) > 1 else 10 * n
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        patients.write_patients(folder, n)
        patients.write_events(folder, rows)
        patients.write_patients(folder / "few", FEW)
        patients.write_events(folder / "few", 20 * FEW)
        for what in INPUTS:
            measure(folder, what, rows if what == "incidence" else n)


if __name__ == "__main__":
    main(sys.argv[1:])
