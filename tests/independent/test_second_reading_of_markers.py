"""Generated results at visits through the package and through the plain second reading: all must agree."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
import reading_markers as second
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.marker_status import marker_status
from trialist.endpoints.measurements import paired_change
from trialist.protocol.endpoints import Endpoint

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
LEVELS = np.array([0.0, 0.5, 1.0, 2.0, 8.0, 10.0, 30.0])
WORDS = ["POS", "Neg", "NEG", "UNDETERMINED", "QNS"]
Patient = dict[str, Any]


@cache
def patients() -> tuple[Patient, ...]:
    """Results at two visits, some marked, some in other units, some failed; specimens of some."""
    rng = np.random.default_rng(20260101)

    def result(visit: str, around: int) -> second.Result:
        u = rng.random(4)
        value = None if u[0] < 0.15 else float(rng.choice(LEVELS))
        mark = None if value is None or u[1] < 0.7 else "<" if u[1] < 0.85 else ">"
        unit = "nmol/L" if u[2] < 0.6 else ["NMOL / L", "ng/dL", "ug/L", None][int(rng.integers(0, 4))]
        return around + int(rng.integers(-8, 9)), visit, value, mark, unit, bool(u[3] < 0.1)

    found = []
    for _ in range(PATIENTS):
        results = [result("screening", -8) for _ in range(int(rng.choice([0, 1, 1, 1, 2])))]
        results += [result("week_9", 63) for _ in range(int(rng.choice([0, 1, 1, 1, 2, 3])))]
        specimens = [(v, bool(rng.random() < 0.3)) for v in ("screening", "week_9") if rng.random() < 0.6]
        words = [
            (int(day), str(visit), str(rng.choice(WORDS)))
            for visit, day in (("screening", 0), ("screening", 5), ("week_9", 63), ("week_9", 64))
            if rng.random() < 0.5
        ]
        results.sort(key=lambda row: row[0])
        found.append({"results": results, "specimens": specimens, "words": words})
    return tuple(found)


def tables() -> dict[str, Any]:
    rows: dict[str, list[dict[str, Any]]] = {"subjects": [], "measurements": [], "specimens": []}
    for number, patient in enumerate(patients()):
        who = {"subject": f"{number:06d}"}
        rows["subjects"].append(who)
        for sequence, (day, visit, value, mark, unit, failed) in enumerate(patient["results"]):
            row = {"day": day, "sequence": sequence, "visit": visit, "test": "T", "value": value}
            rows["measurements"].append(who | row | {"comparator": mark, "unit": unit, "failed": failed})
        for sequence, (day, visit, word) in enumerate(patient["words"]):
            row = {"day": day, "sequence": sequence, "visit": visit, "test": "M", "result": word}
            rows["measurements"].append(who | row)
        for visit, failed in patient["specimens"]:
            rows["specimens"].append(who | {"day": 0, "visit": visit, "specimen": "MARROW", "failed": failed})
    made = {}
    for name, listed in rows.items():
        np.random.default_rng(1).shuffle(listed)
        fields = [(c, KINDS[k]) for c, k in INPUT_COLUMNS[name].items() if k in KINDS]
        made[name] = ibis.memtable(pa.Table.from_pylist(listed, pa.schema(fields)))
    return made


RULES = [
    (
        {"unit": "nmol/L", "convert": {"ng/dL": 0.03467}, "specimen": "Marrow", "at_days": [60, 68]},
        second.Rule("nmol/L", (("ng/dL", 0.03467),), after_days=(60, 68), specimens=True),
    ),
    (
        {"scale": "log", "censored": "zero", "same_visit": "mean"},
        second.Rule(scale="log", censored="zero", same_visit="mean"),
    ),
    (
        {"unit": "nmol/L", "scale": "percent", "censored": "half", "same_visit": "first"},
        second.Rule("nmol/L", scale="percent", censored="half", same_visit="first"),
    ),
    (
        {"unit": "nmol/L", "censored": "exclude", "baseline_days": [-14, 0], "specimen": "marrow"},
        second.Rule("nmol/L", censored="exclude", before_days=(-14, 0), specimens=True),
    ),
]


@pytest.mark.parametrize(("words", "rule"), RULES, ids=lambda v: "-".join(v) if isinstance(v, dict) else "")
def test_every_change_and_every_reason(words: dict[str, Any], rule: second.Rule) -> None:
    entry = {"derive": "paired_change", "measurement": "T", "baseline": "screening", "at": "week_9", **words}
    found = paired_change(**tables(), rule=rule_for(ENTRY.validate_python(entry))).to_pyarrow().to_pylist()
    here = {row["subject"]: row for row in found}
    some = any(p["specimens"] for p in patients())
    reasons: Counter[str] = Counter()
    for number, p in enumerate(patients()):
        before, after = (
            second.visit(p["results"], p["specimens"], some, visit, days, rule)
            for visit, days in (("screening", rule.before_days), ("week_9", rule.after_days))
        )
        change, reason, censored = second.change(before, after, rule)
        row = here[f"{number:06d}"]
        assert (row["reason"], row["evaluable"], row["censored"]) == (reason, change is not None, censored), p
        assert row["change"] == (None if change is None else pytest.approx(change, abs=1e-9)), p
        reasons[reason] += 1
    assert reasons["EVALUABLE"] > 20
    assert len(reasons) >= 5


def test_every_status_and_every_change_of_it() -> None:
    given = tables()
    del given["specimens"]
    entry = {"derive": "marker_status", "measurement": "M", "baseline": "screening", "at": "week_9"}
    found = marker_status(**given, rule=rule_for(ENTRY.validate_python(entry))).to_pyarrow().to_pylist()
    here = {row["subject"]: row["value"] for row in found}
    expected = {
        f"{n:06d}": " to ".join(second.status(p["words"], visit) for visit in ("screening", "week_9"))
        for n, p in enumerate(patients())
    }
    assert here == expected
    assert len(set(here.values())) == 16
