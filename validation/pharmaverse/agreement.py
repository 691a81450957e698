"""Writes docs/agreement-pharmaverse.md: ADaM derived here beside the public data sets of pharmaverseadam.

Run from the project's root: python validation/pharmaverse/agreement.py   (`--check` tells whether the page is
up to date). The records are those of README.md in this folder; the plan is that of the shipped trial
onco_pilot, with partial dates read as their last day, as the public derivation reads them.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import ibis
from pydantic import TypeAdapter

from trialist.endpoints import derive
from trialist.endpoints.event_selection import treatment_emergent
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.laboratory import graded_values, with_early
from trialist.endpoints.rules import LaboratoryGradeRule
from trialist.engines.duckdb import connect
from trialist.formats.folder import read_records
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.trials import shipped

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "agreement-pharmaverse.md"
ARGUMENTS = HERE / "arguments.md"
WINDOW = 30  # days after the last dose: the public flag allows 30 too
BY_LESIONS = "OVR by lesions"
NUMBERS = ("AVAL", "BASE", "NADIR", "CNSR")

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
Key = tuple[str, ...]
Records = dict[Key, dict[str, Any]]

# public parameter: the term that this software grades the same test by
TERMS = {
    ("ALB", "ATOXGRL"): "Hypoalbuminemia",
    ("ALKPH", "ATOXGRH"): "Alkaline phosphatase increased",
    ("ALT", "ATOXGRH"): "Alanine aminotransferase increased",
    ("AST", "ATOXGRH"): "Aspartate aminotransferase increased",
    ("BILI", "ATOXGRH"): "Blood bilirubin increased",
    ("CHOLES", "ATOXGRH"): "Cholesterol high",
    ("CK", "ATOXGRH"): "CPK increased",
    ("CREAT", "ATOXGRH"): "Creatinine increased",
    ("GGT", "ATOXGRH"): "GGT increased",
    ("GLUC", "ATOXGRL"): "Hypoglycemia",
    ("GLUC", "ATOXGRH"): "Hyperglycemia",
    ("LYMPH", "ATOXGRL"): "Lymphocyte count decreased",
    ("PHOS", "ATOXGRL"): "Hypophosphatemia",
    ("PLAT", "ATOXGRL"): "Platelet count decreased",
    ("POTAS", "ATOXGRL"): "Hypokalemia",
    ("POTAS", "ATOXGRH"): "Hyperkalemia",
    ("SODIUM", "ATOXGRL"): "Hyponatremia",
    ("SODIUM", "ATOXGRH"): "Hypernatremia",
    ("WBC", "ATOXGRL"): "White blood cell decreased",
    ("WBC", "ATOXGRH"): "Leukocytosis",
}
CHANGES = (
    ("partial_dates: leave ", "partial_dates: last "),
    ("  response_category: RECIST 1.1\n", "\n"),
    (
        "\npopulations:",
        "  cdcr: {derive: disease_control, of: cbor}\n"
        "  tumours: {derive: tumour_response}\n"
        + "".join(
            f'  grade_{n}: {{derive: laboratory_grade, version: "4.03", term: {term}}}\n'
            for n, term in enumerate(TERMS.values())
        )
        + "\npopulations:",
    ),
)
# how the public set words the reasons of this software
EVENTS = {
    "RADIOGRAPHIC": "Disease Progression",
    "DEATH": "Death",
    "NO_BASELINE": "Randomization",
    "NO_POSTBASELINE": "Randomization",
}
CENSORED = {"OS": "Alive", "PFS": "Last Tumor Assessment", "RSD": "Last Tumor Assessment"}
YES_OR_NO = {"RSP": "orr", "CRSP": "corr", "CB": "dcr", "CCB": "cdcr"}
OF_BEST = {"BCP": "bor", "CBCP": "cbor"}


class Compared(NamedTuple):
    """One parameter: records in both, here only, public only, and per column how many agree."""

    data_set: str
    parameter: str
    both: int
    here: int
    public: int
    agree: Mapping[str, int]
    differ: tuple[tuple[Key, str, Any, Any], ...]


def plan() -> Protocol:
    """The shipped plan, with partial dates as the public derivation reads them and every grade asked for."""
    text = (shipped()["onco-pilot"] / "protocol.yaml").read_text(encoding="utf-8")
    for old, new in CHANGES:
        if old not in text:
            raise ValueError(f"the shipped protocol no longer says {old!r}")
        text = text.replace(old, new, 1)
    protocol, problems = parse_protocol(text, "onco_pilot")
    if protocol is None:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return protocol


def public(name: str) -> list[dict[str, Any]]:
    """The rows of one public data set; empty cells are None."""
    with gzip.open(HERE / "adam" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]


def read() -> tuple[Protocol, Inputs]:
    """The plan and its inputs, made from the public records in memory."""
    protocol = plan()
    folder = shipped()["onco-pilot"] / "records"
    files = {name: folder / f"{name}.xpt" for name in ("dm", "ds", "ex", "ae")}
    files |= {name: HERE / "sdtm" / f"{name}.csv.gz" for name in ("rs", "tu", "tr", "lb")}
    records, problems = read_records(
        files, origin="simulated", connection=connect(threads=1), partial_dates="last"
    )
    if records is None:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return protocol, prepare(records, protocol)


def derivations(protocol: Protocol, inputs: Inputs) -> dict[str, list[dict[str, Any]]]:
    """The endpoints of the plan that a public parameter answers."""
    kept = {n: e for n, e in protocol.plan.endpoints.items() if not n.startswith(("grade_", "ae_"))}
    slim = protocol.plan.model_copy(update={"endpoints": kept, "estimands": {}})
    tables, _ = derive(inputs, replace(protocol, plan=slim))
    return {name: rows(table) for name, table in tables.items()}


def rows(table: ibis.expr.types.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in table.to_pyarrow().to_pylist()]


def here(protocol: Protocol, inputs: Inputs) -> dict[tuple[str, str], Records]:
    """(data set, parameter) -> key -> columns, as this software derives them."""
    tables = inputs.tables
    subjects = {row["subject"]: row for row in rows(tables["subjects"])}
    found = derivations(protocol, inputs)

    def at(subject: str, day: int | None) -> str | None:
        start = subjects[subject]["reference_date"]
        return None if day is None else (start + timedelta(days=day)).isoformat()

    made: dict[tuple[str, str], Records] = {
        ("ADSL", "ADSL"): {
            (s,): {
                "RANDDT": at(s, 0),
                "TRTSDT": at(s, row["first_dose_day"]),
                "TRTEDT": at(s, row["last_dose_day"]),
                "LSTALVDT": at(s, row["last_alive_day"]),
                "DTHDT": at(s, row["death_day"]),
                "SAFFL": "Y" if row["treated"] else None,
            }
            for s, row in subjects.items()
        }
    }
    visits = [row for row in rows(tables["responses"]) if row["day"] >= 0]
    made["ADRS", "OVR"] = {
        (r["subject"], at(r["subject"], r["day"]) or ""): {"AVALC": r["response"]} for r in visits
    }
    last = {r["subject"]: r for r in sorted(visits, key=lambda r: (r["day"], r["sequence"]))}
    made["ADRS", "LSTA"] = {(s,): {"ADT": at(s, r["day"]), "AVALC": r["response"]} for s, r in last.items()}
    for code, name in (("BOR", "bor"), ("CBOR", "cbor")):
        made["ADRS", code] = {
            (r["subject"],): {"ADT": at(r["subject"], r["day"]), "AVALC": r["value"]} for r in found[name]
        }
    for code, name in OF_BEST.items():
        made["ADRS", code] = {
            (r["subject"],): (
                {"ADT": at(r["subject"], r["day"]), "AVALC": "Y"}
                if r["value"] in ("CR", "PR")
                else {"ADT": None, "AVALC": "N"}
            )
            for r in found[name]
        }
    for code, name in YES_OR_NO.items():
        made["ADRS", code] = {
            (r["subject"],): {
                "ADT": at(r["subject"], r["day"]),
                "AVALC": {True: "Y", False: "N"}.get(r["responder"]),
            }
            for r in found[name]
        }
    for code, name, reason in (("PD", "pfs", "RADIOGRAPHIC"), ("DEATH", "os", "DEATH")):
        made["ADRS", code] = {
            (r["subject"],): (
                {"ADT": at(r["subject"], r["day"]), "AVALC": "Y"}
                if r["reason"] == reason
                else {"ADT": None, "AVALC": "N"}
            )
            for r in found[name]
        }
    targets = {r["subject"] for r in rows(tables["lesions"]) if r["role"] == "TARGET" and r["day"] <= 0}
    made["ADRS", "MDIS"] = {(s,): {"AVALC": "Y" if s in targets else "N"} for s in subjects}
    for code, name in (("OS", "os"), ("PFS", "pfs"), ("RSD", "dor")):
        made["ADTTE", code] = {
            (r["subject"],): {
                "AVAL": r["time_days"],
                "ADT": at(r["subject"], r["day"]),
                "CNSR": 0.0 if r["event"] else 1.0,
                "EVNTDESC": EVENTS.get(r["reason"], CENSORED[code]),
            }
            for r in found[name]
        }
    made["ADTR", "SDIAM"] = {
        (r["subject"], at(r["subject"], r["day"]) or ""): {
            "AVAL": r["sum"],
            "BASE": r["baseline"],
            "NADIR": r["nadir"],
        }
        for r in found["tumours"]
        if r["sum"] is not None
    }
    made["ADRS", BY_LESIONS] = {
        (r["subject"], at(r["subject"], r["day"]) or ""): {"AVALC": r["response"]} for r in found["tumours"]
    }
    doses = tables["subjects"].select(
        *("subject", "treated", "first_dose_day", "first_dose_earliest_day", "last_dose_day")
    )
    events = tables["adverse_events"].inner_join(doses, "subject")
    emergent = events.select("subject", "sequence", flag=treatment_emergent(events, WINDOW))
    made["ADAE", "ADAE"] = {
        (r["subject"], str(r["sequence"])): {"TRTEMFL": "Y" if r["flag"] else None} for r in rows(emergent)
    }
    return made | _grades(inputs)


def _grades(inputs: Inputs) -> dict[tuple[str, str], Records]:
    """Every laboratory value with its grade; all low terms are graded in one go, and all high ones."""
    made: dict[tuple[str, str], Records] = {("ADLB", f"{code} {side}"): {} for code, side in TERMS}
    codes = {rule_of(term).cuts[0].test: code for (code, _), term in TERMS.items()}
    values = with_early(inputs.tables["laboratory"], inputs.tables["subjects"])
    for side in ("ATOXGRL", "ATOXGRH"):
        rules = [rule_of(term) for (_, of), term in TERMS.items() if of == side]
        cuts = tuple(cut for rule in rules for cut in rule.cuts)
        for row in rows(graded_values(values, replace(rules[0], cuts=cuts))):
            of = made["ADLB", f"{codes[row['test']]} {side}"]
            of[row["subject"], str(row["sequence"])] = {side: row["grade"]}
    return made


def rule_of(term: str) -> LaboratoryGradeRule:
    rule = rule_for(ENTRY.validate_python({"derive": "laboratory_grade", "version": "4.03", "term": term}))
    assert isinstance(rule, LaboratoryGradeRule)
    return rule


def there() -> dict[tuple[str, str], Records]:
    """(data set, parameter) -> key -> columns, of the public data sets."""
    made: dict[tuple[str, str], Records] = {
        ("ADSL", "ADSL"): {(row.pop("USUBJID"),): row for row in public("adsl")},
        ("ADAE", "ADAE"): {(r["USUBJID"], r["AESEQ"]): {"TRTEMFL": r["TRTEMFL"]} for r in public("adae")},
    }
    for name, data_set in (("adrs_onco", "ADRS"), ("adtte_onco", "ADTTE"), ("adtr_onco", "ADTR")):
        for row in public(name):
            dated = data_set == "ADTR" or row["PARAMCD"] == "OVR"
            if (row["PARAMCD"] == "LSTA" and row["ADT"] is None) or row.get("AVISIT") == "BASELINE":
                continue
            key = (row["USUBJID"], row["ADT"]) if dated else (row["USUBJID"],)
            numbers = {k: None if row[k] is None else float(row[k]) for k in NUMBERS if k in row}
            made.setdefault((data_set, row["PARAMCD"]), {})[key] = row | numbers
    made["ADRS", BY_LESIONS] = made["ADRS", "OVR"]
    for row in public("adlb"):
        for side in ("ATOXGRL", "ATOXGRH"):
            if (row["PARAMCD"], side) in TERMS:
                grade = None if row[side] is None else int(row[side])
                of = made.setdefault(("ADLB", f"{row['PARAMCD']} {side}"), {})
                of[row["USUBJID"], row["LBSEQ"]] = {side: grade}
    return made


def compared(
    ours: Mapping[tuple[str, str], Records], theirs: Mapping[tuple[str, str], Records]
) -> list[Compared]:
    """Every parameter of both, in the order of this software's."""
    found = []
    for name, mine in ours.items():
        public_rows = theirs.get(name, {})
        both = sorted(mine.keys() & public_rows.keys())
        columns = list(next(iter(mine.values())))
        differ = tuple(
            (key, column, mine[key][column], public_rows[key].get(column))
            for column in columns
            for key in both
            if not same(mine[key][column], public_rows[key].get(column))
        )
        wrong = Counter(column for _, column, _, _ in differ)
        agree = {column: len(both) - wrong[column] for column in columns}
        here_only, there_only = len(mine) - len(both), len(public_rows) - len(both)
        found.append(Compared(*name, len(both), here_only, there_only, agree, differ))
    return found


def same(mine: Any, public_value: Any) -> bool:
    if isinstance(mine, float) and isinstance(public_value, float):
        return abs(mine - public_value) <= 1e-9 * max(abs(mine), 1.0)
    return bool(mine == public_value)


def counts(found: Iterable[Compared]) -> str:
    """The table of the page."""
    lines = [
        "| data set | parameter | in both | here only | public only | agree |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for item in found:
        agree = ", ".join(f"{column} {n}" for column, n in item.agree.items())
        lines.append(
            f"| {item.data_set} | {item.parameter} | {item.both} | {item.here} | {item.public} | {agree} |"
        )
    return "\n".join(lines)


def page(found: Iterable[Compared]) -> str:
    """The whole page: the arguments as written, and the counts in their place."""
    return ARGUMENTS.read_text(encoding="utf-8").replace("{counts}", counts(found))


def main(arguments: list[str]) -> int:
    made = page(compared(here(*read()), there()))
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != made)
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
