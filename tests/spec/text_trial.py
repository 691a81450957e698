"""A small trial whose records are text: every endpoint, three subjects allocated, two not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table
from text_tables import domain

from trialist.engines import spark
from trialist.problems import Place
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.model import Records, RecordsKind

Engine = Callable[[str, pa.Table], Table]

PLAN: dict[str, Any] = {
    "trial": "EXAMPLE",
    "title": "An example",
    "condition": "mCRPC",
    "randomised": True,
    "dates": {"cut_off": "2021-01-01"},
    "arms": {"new": {"label": "New drug", "code": "N"}, "old": {"label": "Old drug"}},
    "factors": {"ecog": {"levels": ["0-1", "2"], "test": "ECOG"}, "measurable": {"levels": ["Y", "N"]}},
    "allocation": {"method": "simple_random"},
    "schedule": {
        "visits": {
            "screening": {"epoch": "screening", "label": "Screening", "day": -14},
            "week_9": {"epoch": "treatment", "label": "Week 9", "day": 63},
            "scan": {"epoch": "treatment", "day": 56, "every": "8 wk"},
        },
        "assessments": {"ct": {"label": "CT", "domain": "TR", "at": ["scan"]}},
    },
    "records": {
        "origin": "observed",
        "note": "made up",
        "evaluator": "INVESTIGATOR",
        "accepted_only": False,
    },
    "endpoints": {
        "os": {"derive": "overall_survival"},
        "pfs": {"derive": "progression_free_survival", "first_of": ["radiographic_progression", "death"]},
        "psa50": {"derive": "psa_response", "fall": "50 %"},
        "ttpp": {"derive": "psa_progression"},
        "waterfall": {"derive": "psa_change"},
        "orr": {"derive": "objective_response", "of": "bor"},
        "dcr": {"derive": "disease_control", "of": "bor"},
        "ttr": {"derive": "time_to_response", "of": "bor"},
        "dor": {"derive": "duration_of_response", "of": "bor", "until": "pfs"},
        "bor": {"derive": "best_overall_response", "confirmed": False},
        "hb": {
            "derive": "paired_change",
            "measurement": "HGB",
            "baseline": "screening",
            "at": "week_9",
        },
        "link": {"derive": "linked_measurements", "first": "HGB", "second": "PSA", "at": "week_9"},
        "ae": {"derive": "adverse_event", "minimum_grade": 3},
    },
    "populations": {"itt": {"label": "All", "where": "randomised"}},
}

DM = """
    subject | arm_code | reference_start | first_dose | last_dose  | death      | death_text | age | sex
    1       | N        | 2020-01-01      | 2020-01-03 | 2020-05-01 |            |            | 70  | M
    2       | old      | 2020-02-01      | 2020-02-01 | 2020-03-01 | 2020-06-01 | 2020-06-01 | 65  | M
    3       | n        | 2020-03-01      |            |            |            | 2020-07    | 60  | M
    4       | SCRNFAIL | 2020-03-01      |            |            |            |            | 61  | M
    5       | X        | 2020-03-01      |            |            |            |            | 62  | M
"""
DS = """
    subject | sequence | term       | date
    1       | 1        | RANDOMIZED | 2020-01-02
    2       | 1        | RANDOMIZED | 2020-02-01
    3       | 1        | RANDOMIZED | 2020-03-01
    1       | 2        | COMPLETED  | 2020-12-01
    1       | 3        | FOLLOW-UP  | 2021-03-01
    2       | 2        | DEATH      | 2020-06-01
"""
SC = """
    subject | test_code | value
    1       | ECOG      | 0-1
    2       | ECOG      | 2
    1       | MEASURAB  | Y
"""
LB = """
    subject | sequence | test_code | result | value | unit  | visit     | date
    1       | 1        | PSA       | 90     | 90    | ng/mL | Screening | 2020-01-01
    1       | 2        | PSA       | <0.1   |       | ug/L  | WEEK 9    | 2020-03-05
    1       | 3        | PSA       | 20000  | 20000 | ng/L  |           | 2020-04-05
    1       | 4        | HGB       | 12     | 12    | g/dL  | Screening | 2020-01-01
    1       | 5        | HGB       | 11     | 11    | g/dL  | Week 9    | 2020-03-05
    2       | 1        | PSA       | 50     | 50    | ng/mL | Screening | 2020-02-01
    2       | 2        | PSA       | 3      | 3     | IU/L  | Week 9    | 2020-03-05
    2       | 3        | PSA       | 70     | 70    |       | Week 9    | 2020-04-05
    4       | 1        | PSA       | 70     | 70    | ng/mL |           | 2020-04-05
"""
RS = """
    subject | sequence | test_code | result | evaluator    | date
    1       | 1        | OVRLRESP  | PR     | INVESTIGATOR | 2020-02-27
    1       | 2        | OVRLRESP  | PD     | INDEPENDENT  | 2020-02-27
    1       | 3        | OVRLRESP  | Pr     | INVESTIGATOR | 2020-04-23
    2       | 1        | OVRLRESP  | SD     | INVESTIGATOR | 2020-03-28
    2       | 2        | SYMPTDTR  | Y      | INVESTIGATOR | 2020-05-01
"""
CM = """
    subject | sequence | reported_treatment | category   | start
    1       | 1        | X                  | ANTICANCER | 2020-06-01
    1       | 2        | Y                  | OTHER      | 2020-02-01
    2       | 1        | Z                  | ANTICANCER | 2019-01-01
"""
AE = """
    subject | sequence | reported_term | term    | grade | relation  | serious | start      | end
    1       | 1        | low red cells | Anaemia | 3     | UNRELATED | yes     | 2020-01-10 | 2020-01-20
    2       | 1        | tired         |         | 1     |           | no      | 2020-02-10 |
"""
TEXTS = {"dm": DM, "ds": DS, "sc": SC, "lb": LB, "rs": RS, "cm": CM, "ae": AE}


def records(engine: Engine, name: str, texts: Mapping[str, str], shift: int = 0) -> Records:
    tables = {key: engine(f"{name}_{key}", domain(key, text, shift)) for key, text in texts.items()}
    kind: RecordsKind = "reconstructed" if set(texts) == {"xt"} else "observed"
    return Records(tables, kind, "0")


def protocol(**changed: Any) -> Protocol:
    return Protocol(
        TrialProtocol.model_validate({**PLAN, **changed}), "p.yaml", "0", {(): Place("p.yaml", 1)}
    )


def rows(table: Table, *columns: str) -> list[tuple[Any, ...]]:
    found = spark.rows_of(table.select("subject", *columns)).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=str)
