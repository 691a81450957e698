"""Generated assessments of two evaluators through a whole study and through the plain second reading."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from reading_agreement import Patient, agreed, cross_table, verdicts
from sizes import PATIENTS

from trialist.engines.duckdb import connect
from trialist.findings.model import Finding
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

ARMS = ("a", "b")
DAY_0 = date(2020, 1, 1)
PROTOCOL = """
trial: TWO-EYES
title: Two evaluators
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  bor: {derive: best_overall_response, confirmed: false}
  pfs:
    derive: progression_free_survival
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: fda, interval: 63 d}
  ttr: {derive: time_to_response, of: bor}
  dor: {derive: duration_of_response, of: bor, until: pfs}
populations: {all: {label: All, where: randomised}}
analyses:
  bor: {endpoint: bor, population: all, method: agreement, evaluator: SITE}
  pfs: {endpoint: pfs, population: all, method: agreement, evaluator: SITE}
  ttr: {endpoint: ttr, population: all, method: agreement, evaluator: SITE}
  dor: {endpoint: dor, population: all, method: agreement, evaluator: SITE}
  bor_accepted: {endpoint: bor, population: all, method: agreement, evaluator: SITE, accepted_only: true}
  pfs_accepted: {endpoint: pfs, population: all, method: agreement, evaluator: SITE, accepted_only: true}
records: {origin: simulated, note: made up, evaluator: CENTRAL, accepted_only: false}
"""


@cache
def patients() -> tuple[Patient, ...]:
    """The same patients in every run: the second evaluator copies, differs, comes later or sees nothing."""
    draw = np.random.default_rng(404)
    words = ["CR", "PR", "SD", "SD", "NE", "PD"]
    made = []
    for _ in range(PATIENTS):
        days = sorted(
            {int(d) for d in draw.choice([20, 42, 56, 84, 112, 168, 224, 300], int(draw.integers(0, 6)))}
        )
        central = [(day, str(draw.choice(words)), "N") for day in days]
        site = []
        for day, word, _ in central if draw.random() < 0.9 else []:
            other = word if draw.random() < 0.7 else str(draw.choice(words))
            later = int(draw.choice([0, 0, 0, 7]))
            site.append((day + later, other, str(draw.choice(["Y", "Y", "N"]))))
        made.append(
            {
                "arm": ARMS[int(draw.integers(2))],
                "death": int(draw.choice([150, 260, 400])) if draw.random() < 0.3 else None,
                "therapy": int(draw.choice([56, 90, 200])) if draw.random() < 0.2 else None,
                "responses": {"CENTRAL": central, "SITE": site},
            }
        )
    return tuple(made)


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "eyes.yaml")
    assert protocol is not None, problems
    rows: dict[str, list[dict[str, Any]]] = {"dm": [], "ds": [], "rs": [], "cm": []}
    for number, p in enumerate(patients()):
        own = {"subject": f"{number:06d}"}
        died = None if p["death"] is None else DAY_0 + timedelta(p["death"])
        rows["dm"].append(
            own | {"arm_code": p["arm"], "actual_arm_code": p["arm"], "reference_start": DAY_0, "death": died}
        )
        rows["ds"].append(own | {"sequence": 1, "term": "RANDOMIZED", "date": DAY_0})
        read = [(who, *row) for who, seen in p["responses"].items() for row in seen]
        for sequence, (who, day, word, accepted) in enumerate(read, 1):
            rows["rs"].append(
                own
                | {"sequence": sequence, "test_code": "OVRLRESP", "result": word, "evaluator": who}
                | {"accepted": accepted, "date": DAY_0 + timedelta(day)}
            )
        if p["therapy"] is not None:
            given = {"sequence": 1, "reported_treatment": "Y", "category": "ANTICANCER"}
            rows["cm"].append(own | given | {"start": DAY_0 + timedelta(p["therapy"])})
    tables = {name: pa.Table.from_pylist(made) for name, made in rows.items()}
    return run_study(
        protocol, records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    )


def of(result: Result, analysis: str, arm: str, measure: str) -> list[tuple[Finding, dict[str, Any]]]:
    wanted = [f for f in result.findings if (f.analysis, f.measure, f.groups) == (analysis, measure, (arm,))]
    return [(f, dict(f.method.options)) for f in wanted]


@pytest.mark.parametrize("analysis", ["bor", "pfs", "ttr", "dor", "bor_accepted", "pfs_accepted"])
def test_every_cell_and_every_proportion_agree(result: Result, analysis: str) -> None:
    endpoint, _, accepted = analysis.partition("_")
    every = set()
    for arm in ARMS:
        pairs = [
            (verdicts(p, "CENTRAL")[endpoint], verdicts(p, "SITE", bool(accepted))[endpoint])
            for p in patients()
            if p["arm"] == arm
        ]
        cells = {(o["main"], o["other"]): f for f, o in of(result, analysis, arm, "count")}
        expected = cross_table(pairs)
        assert {key: f.estimate for key, f in cells.items() if f.estimate} == expected
        assert {f.n for f in cells.values()} == {sum(expected.values())}
        shares = {}
        for f, o in of(result, analysis, arm, "proportion"):
            assert f.n is not None
            shares[o["of"]] = (round(f.n * f.estimate, 9), f.n)
        if endpoint == "bor":
            assert list(shares.values()) == [agreed(pairs, with_day=False)]
        else:
            both = {"event": agreed(pairs, with_day=False), "event and day": agreed(pairs, with_day=True)}
            assert shares == both
            assert shares["event"] > shares["event and day"]
        every |= set(expected)
    assert len(every) >= {"bor": 20, "pfs": 4, "ttr": 2, "dor": 4}[endpoint]


def test_every_time_to_a_response_agrees(result: Result) -> None:
    rows = result.endpoints["ttr"].to_pyarrow().to_pylist()
    found = {r["subject"]: (r["event"], r["day"], r["time_days"], r["reason"]) for r in rows}
    begins = {f"{n:06d}": verdicts(p, "CENTRAL")["ttr"] for n, p in enumerate(patients())}
    # both days are counted: a response on the day after the reference date took 2 days
    assert found == {
        s: (True, day, day + 1.0, "RESPONSE") for s, told in begins.items() if told for _, day in [told]
    }
    assert 100 < len(found) < PATIENTS


def test_the_patients_hold_every_response() -> None:
    seen = Counter(verdicts(p, "CENTRAL")["bor"] for p in patients())
    assert min(seen[word] for word in ("CR", "PR", "SD", "PD", "NE", "MISSING")) > 10
