"""The generated courses as records of a trial, which may be moved in time or told in other units."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from generated_inputs import Row, inputs

from trialist.endpoints.derivation import derive
from trialist.endpoints.inputs import prepare
from trialist.engines.duckdb import connect
from trialist.problems import Place
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.registered import records_from_tables

PLAN: dict[str, Any] = {
    "trial": "MOVED",
    "title": "Records that are moved or told otherwise",
    "condition": "metastatic cancer",
    "randomised": True,
    "arms": {
        name: {"label": name, "give": [{"drug": "drug", "dose": "25 mg/m2", "every": "21 d"}]}
        for name in "ab"
    },
    "allocation": {"method": "simple_random"},
    "schedule": {
        "visits": {
            "screening": {"epoch": "screening", "label": "screening", "day": -14},
            "week_9": {"epoch": "treatment", "label": "week_9", "day": 63},
        }
    },
    "populations": {"itt": {"label": "All", "where": "randomised"}},
}
SIZE = {"HEIGHT": (180.0, "cm"), "WEIGHT": (80.0, "kg")}  # 2 m2
OTHER_UNITS = {"ng/mL": ("ng/L", 1000.0), "mm": ("cm", 0.1), "mg": ("g", 0.001), "cm": ("m", 0.01)}
BASELINE_SCAN = {"lesion": "O1", "result": "NON-TARGET", "imaging": "CT SCAN"}


def records(shift: int = 0, *, other_units: bool = False) -> dict[str, pa.Table]:
    """SDTM records: every date `shift` days later, numbers in their own unit or in another."""

    def told(value: float | None, unit: str, also: bool = True) -> Row:
        name, factor = OTHER_UNITS[unit] if other_units and also and unit in OTHER_UNITS else (unit, 1.0)
        return {"value": None if value is None else value * factor, "unit": name}

    made: dict[str, list[Row]] = {}

    def add(domain: str, row: Row, day: int | None, name: str = "date", **more: Any) -> None:
        start = date(2020, 1, 1) + timedelta(shift + int(row["subject"]))
        rows = made.setdefault(domain, [])
        when = None if day is None else start + timedelta(day)
        dates = {key: None if d is None else start + timedelta(d) for key, d in more.pop("days", {}).items()}
        numbered = {} if domain == "dm" else {"sequence": len(rows) + 1}
        rows.append({"subject": row["subject"], name: when, **numbered, **more, **dates})

    for row in inputs()["subjects"]:
        days = {
            "first_dose": row["first_dose_day"],
            "last_dose": row["last_dose_day"],
            "death": row["death_day"],
        }
        arm = {"arm_code": row["arm"], "actual_arm_code": row["arm"]}
        add("dm", row, 0, "reference_start", **arm, days=days)
        add("ds", row, 0, term="RANDOMIZED")
        for test, (size, unit) in SIZE.items():
            number = told(size, unit, also=test == "HEIGHT")
            add("vs", row, -5, test_code=test, **number)
    for row in inputs()["therapies"]:
        add("cm", row, row["day"], "start", reported_treatment="OTHER", category="ANTICANCER")
    for row in inputs()["psa"]:
        add("lb", row, row["day"], test_code="PSA", **told(row["value"], "ng/mL"))
    for name in ("measurements", "laboratory"):
        for row in inputs()[name]:
            mark = row["comparator"] or ""
            number = told(row["value"], row["unit"], also=False)
            text = {"result": f"{mark}{row['value']:g}", "value": None if mark else number["value"]}
            limits = {"lower_limit": row.get("lower"), "visit": row.get("visit")}
            add("lb", row, row["day"], test_code=row["test"], **(number | text | limits))
            if row["test"] == "A":
                add("lb", row, row["day"], test_code="M", visit=row["visit"], result=row["result"])
    for name, test in (("responses", "OVRLRESP"), ("soft_tissue", "SFTSRESP"), ("bone", "BONERESP")):
        for row in inputs()[name]:
            add("rs", row, row["day"], test_code=test, result=row["response"])
    for row in inputs()["lesions"]:
        target = row["role"] == "TARGET"
        kind = {"test_code": "LDIAM" if target else "TUMSTATE", "lesion": row["lesion"], "group": row["role"]}
        said = {"PRESENT": "PRESENT", "ABSENT": "ABSENT", "WORSE": "UNEQUIVOCAL PROGRESSION"}.get(
            row["state"]
        )
        number = told(row["diameter"], "mm") if target else {"value": None, "unit": None}
        text = None if number["value"] is None else f"{number['value']:g}"
        add("tr", row, row["day"], imaging="CT SCAN", **kind, **number, result=text if target else said)
    for row in inputs()["bone_scans"]:
        shown = {"lesion": row["lesion"], "group": "NEW", "result": "PRESENT" if row["lesion"] else "NONE"}
        if row["day"] < 0:
            tu = {"lesion": row["lesion"], "result": "NON-TARGET", "imaging": "BONE SCAN"}
            add("tu", row, row["day"], **tu)
        else:
            add("tr", row, row["day"], imaging="BONE SCAN", test_code="TUMSTATE", **shown)
    for name in ("pain", "performance"):
        for row in inputs()[name]:
            value = float(row["value"] if name == "pain" else row["ecog"])
            add("qs", row, row["day"], test_code=row["test"], value=value)
    for row in inputs()["radiotherapies"]:
        treated = {"reported_procedure": "EBRT", "category": "RADIOTHERAPY", "indication": row["purpose"]}
        add("pr", row, row["day"], "start", **treated)
    for row in inputs()["skeletal_events"]:
        term = {"FRACTURE": "SYMPTOMATIC PATHOLOGICAL FRACTURE", "COMPRESSION": "SPINAL CORD COMPRESSION"}
        if row["kind"] in term:
            add("ce", row, row["day"], "start", reported_term=term[row["kind"]], term=term[row["kind"]])
    for row in inputs()["doses"]:
        number = told(row["dose"] * 2, "mg")
        given = {"treatment": "DRUG", "dose": number["value"], "dose_unit": number["unit"]}
        add("ex", row, row["day"], "start", **given, days={"end": row["day"]})
    for row in inputs()["adverse_events"]:
        add(
            *("ae", row, row["start_day"], "start"),
            **{"reported_term": row["term"], "term": row["term"], "grade": row["grade"]},
            **{"serious": {True: "Y", False: "N", None: None}[row["serious"]]},
            **{"initial_grade": row["initial_grade"], "days": {"end": row["end_day"]}},
        )
    return {name: table(rows) for name, rows in made.items()}


def table(rows: list[Row]) -> pa.Table:
    """With every column that some row has."""
    columns = dict.fromkeys(column for row in rows for column in row)
    return pa.table({column: [row.get(column) for row in rows] for column in columns})


def called(name: str) -> str:
    """The id of an endpoint."""
    return name.replace(" ", "_").replace(",", "").lower()


def endpoints_of(
    cases: dict[str, dict[str, Any]], shift: int = 0, *, other_units: bool = False
) -> tuple[dict[str, list[Row]], list[str]]:
    """The table of every endpoint, and what was told of the records."""
    named = {
        called(name): {key: word for key, word in words.items() if key != "specimen"}
        for name, words in cases.items()
    }
    named["marker"] = named["marker"] | {"measurement": "M"}
    named |= {"bor": cases["best response, reported"], "pfs": cases["progression, reported"]}
    cut_off = date(2021, 3, 1) + timedelta(shift)
    plan = {**PLAN, "endpoints": named, "dates": {"cut_off": cut_off.isoformat()}}
    protocol = Protocol(TrialProtocol.model_validate(plan), "p.yaml", "0", {(): Place("p.yaml", 1)})
    held = records(shift, other_units=other_units)
    found = prepare(
        records_from_tables(held, origin="simulated", source="a test", connection=connect()), protocol
    )
    tables, problems = derive(found, protocol)
    rows = {name: table.to_pyarrow().to_pylist() for name, table in tables.items()}
    return rows, sorted(f"{p.code} {p.message}" for p in (*found.problems, *problems))
