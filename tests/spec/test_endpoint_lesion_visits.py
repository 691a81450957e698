"""Which scans make a visit of soft tissue: no bone scan, none after the cut-off, one without a lesion too."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from text_trial import Engine, protocol, records, rows

from trialist.endpoints.derivation import derive_as
from trialist.endpoints.inputs import prepare

SOFT = ["soft_tissue_progression", "death"]
PFS = {"derive": "progression_free_survival", "first_of": SOFT, "read": "lesions"}
ENDPOINTS: dict[str, Any] = {
    "response": {"derive": "tumour_response"},
    "bor": {"derive": "best_overall_response", "confirmed": False, "read": "lesions"},
    "combined": {"derive": "best_overall_response", "confirmed": False, "read": "combined"},
    "pfs": {**PFS, "censoring": {"interval": "63 d"}},
    "first": {**PFS, "visit_date": "first", "censoring": {"interval": "63 d"}},
}
KEPT = {"origin": "observed", "note": "made up", "evaluator": "INV"}
TARGET = "T01 | TARGET | TUMIDENT | LUNG | CT | -12"


def on(day: int) -> str:
    return (datetime.date(2020, 1, 1) + datetime.timedelta(days=day)).isoformat()


def text(head: str, lines: str) -> str:
    """Records whose last column, a day, becomes a date."""
    made = [f"subject | sequence | evaluator | {head} | date"]
    for number, line in enumerate(filter(None, map(str.strip, lines.splitlines())), 1):
        cells, _, day = line.split("#")[0].rpartition("|")
        made.append(f"1 | {number} | INV | {cells} | {on(int(day))}")
    return "\n".join(made)


class Trial:
    """One subject: what is derived from TU, TR, a new therapy, a death and a cut-off."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        tr: str,
        tu: str = TARGET,
        therapy: int | None = None,
        death: int | None = None,
        cutoff: int = 400,
    ) -> None:
        died = "" if death is None else on(death)
        texts = {
            "dm": f"subject | arm_code | reference_start | first_dose | death\n"
            f"1 | N | {on(0)} | {on(0)} | {died}",
            "tu": text("lesion | result | test_code | location | imaging", tu),
            "tr": text("visit | lesion | group | test_code | value | result | imaging", tr),
        }
        if therapy is not None:
            texts["cm"] = f"subject | sequence | category | start\n1 | 1 | ANTICANCER | {on(therapy)}"
        self.protocol = protocol(endpoints=ENDPOINTS, records=KEPT, dates={"cut_off": on(cutoff)})
        self.inputs = prepare(records(engine, name, texts), self.protocol)
        self.codes = [problem.code for problem in self.inputs.problems]

    def __call__(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        table = derive_as(self.inputs, self.protocol, name, self.protocol.plan.endpoints[name])
        assert table is not None
        return [row[1:] for row in rows(table, *columns)]


BASELINE = "SCR | T01 | TARGET | LDIAM | 30 | 30 | CT | -12\n"


@pytest.mark.parametrize("tu", [TARGET, f"{TARGET}\nN01 | NEW | TUMIDENT | BONE | | 54"])
def test_what_only_a_bone_scan_shows_is_no_new_lesion_of_soft_tissue(duckdb_tables: Engine, tu: str) -> None:
    found = Trial(
        duckdb_tables,
        f"bone_{len(tu)}",
        BASELINE
        + """
        W9 | T01 | TARGET | LDIAM    | 30 | 30      | CT        | 54
        W9 | N01 | NEW    | TUMSTATE |    | PRESENT | BONE SCAN | 54
        """,
        tu,
    )
    assert found("response", "day", "response", "new_lesion") == [(54, "SD", False)]


def test_new_lesions_without_an_identifier_go_each_by_its_own_method(duckdb_tables: Engine) -> None:
    found = Trial(
        duckdb_tables,
        "groups",
        BASELINE
        + """
        W9  |     |     | TUMSTATE |    | PRESENT | CT        | 54
        W9  | T01 | TARGET | LDIAM | 30 | 30      | CT        | 54
        W18 |     | NEW | TUMSTATE |    | PRESENT | BONE SCAN | 110
        W18 | T01 | TARGET | LDIAM | 30 | 30      | CT        | 110
        W27 |     | NEW | TUMSTATE |    | PRESENT | CT        | 166
        """,
    )
    assert found("response", "day", "new_lesion") == [(110, False), (166, True), (54, False)]


def test_the_day_of_a_visit_is_that_of_its_scans_of_soft_tissue(duckdb_tables: Engine) -> None:
    visit = """
        W9 | B01 | NON-TARGET | TUMSTATE |    | PRESENT | BONE SCAN | 54
        W9 | T01 | TARGET     | LDIAM    | 10 | 10      | CT        | 64
    """
    found = Trial(duckdb_tables, "days", BASELINE + visit)
    assert found("pfs", "day", "reason") == [(64, "NO_EVENT")]
    assert found("first", "day", "reason") == [(64, "NO_EVENT")]
    stopped = Trial(duckdb_tables, "days_stopped", BASELINE + visit, therapy=60)
    assert found("bor", "value", "day") == [("PR", 64)]
    assert stopped("bor", "value") == [("MISSING",)]


def test_what_is_read_of_a_visit_after_a_new_therapy_is_no_response(duckdb_tables: Engine) -> None:
    two = f"{TARGET}\nT02 | TARGET | TUMIDENT | LIVER | CT | -12"
    tr = """
        SCR | T01 | TARGET | LDIAM | 30 | 30 | CT | -12
        SCR | T02 | TARGET | LDIAM | 30 | 30 | CT | -12
        W9  | T01 | TARGET | LDIAM | 10 | 10 | CT | 58
        W9  | T02 | TARGET | LDIAM | 10 | 10 | CT | 64
    """
    assert Trial(duckdb_tables, "spread", tr, two)("bor", "value", "day") == [("PR", 58)]
    stopped = Trial(duckdb_tables, "spread_stopped", tr, two, therapy=60)
    assert stopped("bor", "value") == [("NE",)]


def test_what_is_read_after_the_cut_off_is_left_out_of_a_visit_that_began_before(
    duckdb_tables: Engine,
) -> None:
    found = Trial(
        duckdb_tables,
        "cutoff",
        BASELINE
        + """
        W9 | T01 | TARGET | LDIAM | 30 | 30 | CT | 60
        W9 | T01 | TARGET | LDIAM | 50 | 50 | CT | 66
        """,
        cutoff=62,
    )
    assert found("bor", "value", "day") == [("SD", 60)]


def test_an_adequate_assessment_has_the_day_that_visit_date_names(duckdb_tables: Engine) -> None:
    found = Trial(
        duckdb_tables,
        "adequate",
        BASELINE
        + """
        W9 | T01 | TARGET | LDIAM | 30 | 30 | CT | 60
        W9 | T01 | TARGET | LDIAM | 29 | 29 | CT | 66
        """,
        death=204,
    )
    assert found("pfs", "day", "reason") == [(204, "DEATH")]  # 204 - 66 = 138
    assert found("first", "day", "reason") == [(60, "MISSED_ASSESSMENTS")]  # 204 - 60 = 144 > 140


def test_a_scan_of_soft_tissue_without_a_lesion_is_an_assessment(duckdb_tables: Engine) -> None:
    visits = "".join(
        f"V{day} | | | TUMSTATE | | NONE | CT | {day}\n"
        f"V{day} | B01 | NON-TARGET | TUMSTATE | | PRESENT | BONE SCAN | {day}\n"
        for day in (56, 112, 168)
    )
    bone = "B01 | NON-TARGET | TUMIDENT | BONE | BONE SCAN | -12"
    found = Trial(duckdb_tables, "without_lesion", visits, bone, death=200)
    assert found("response", "day", "response", "reason") == [
        (day, "NED", "NO_DISEASE_AT_BASELINE") for day in (112, 168, 56)
    ]
    assert found("combined", "value", "day") == [("NON-CR/NON-PD", 56)]
    assert found("pfs", "day", "reason") == [(200, "DEATH")]
    assert "N334" not in found.codes


def test_no_lesion_seen_by_a_method_that_is_not_named_is_told(duckdb_tables: Engine) -> None:
    found = Trial(duckdb_tables, "no_method", BASELINE + "W9 | | | TUMSTATE | | NONE | | 56")
    assert found("response", "day") == []
    assert "N334" in found.codes
