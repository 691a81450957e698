"""What must not change a verdict, asked of every derivation on one set of generated patients.

The order of rows, the names of patients, who else is in the trial, and (for what has happened) a later
cut-off and whatever is seen after it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from generated_inputs import BOR, PFS, Inputs, Row, by_subject, derived, inputs

from trialist.endpoints import ENDPOINTS

AT_VISITS = {"measurement": "A", "baseline": "screening", "at": "week_9"}
BY_SCANS = {
    "derive": "progression_free_survival",
    "first_of": ["soft_tissue_progression", "bone_progression", "death"],
    "read": "lesions",
    "bone": "pcwg3",
}
CASES: dict[str, dict[str, Any]] = {
    "overall survival": {"derive": "overall_survival"},
    "progression, reported": PFS,
    "progression, followed": {**PFS, "censoring": {"rule": "ema"}},
    "progression, parts": {**PFS, "first_of": ["soft_tissue_progression", "bone_progression", "death"]},
    "progression, scans": BY_SCANS,
    "progression, composite": {
        **PFS,
        "first_of": ["radiographic_progression", "psa_progression", "pain_progression", "death"],
        "pain": "ppi_analgesic",
    },
    "PSA response": {"derive": "psa_response"},
    "PSA progression": {"derive": "psa_progression"},
    "PSA change": {"derive": "psa_change"},
    "tumour response": {"derive": "tumour_response"},
    "combined response": {"derive": "combined_response"},
    "bone progression": {"derive": "bone_progression", "criteria": "pcwg3"},
    "pain response": {"derive": "pain_response", "criteria": "ppi_analgesic"},
    "pain progression": {"derive": "pain_progression", "criteria": "ppi_analgesic"},
    "skeletal event": {"derive": "skeletal_event"},
    "performance": {"derive": "category_shift"},
    "best response, reported": BOR,
    "best response, scans": {**BOR, "confirmed": False, "read": "combined"},
    "objective response": {"derive": "objective_response", "of": "bor"},
    "disease control": {"derive": "disease_control", "of": "bor"},
    "time to response": {"derive": "time_to_response", "of": "bor"},
    "duration of response": {"derive": "duration_of_response", "of": "bor", "until": "pfs"},
    "duration of stable disease": {"derive": "duration_of_stable_disease", "of": "bor", "until": "pfs"},
    "paired change": {"derive": "paired_change", "same_visit": "mean", "specimen": "MARROW", **AT_VISITS},
    "repeated": {"derive": "repeated_measurement", **AT_VISITS, "at": ["week_9", "later"]},
    "cell count": {"derive": "cell_count_response", "what": "decline", **AT_VISITS},
    "linked": {"derive": "linked_measurements", "first": "A", "second": "B", "at": "week_9"},
    "marker": {"derive": "marker_status", **AT_VISITS},
    "adverse event": {"derive": "adverse_event", "minimum_grade": 3},
    "adverse events": {"derive": "adverse_events"},
    "laboratory": {"derive": "laboratory_grade", "version": "5.0", "term": "Anemia"},
    "exposure": {"derive": "dose_intensity", "treatment": "drug"},
}


def named(cases: Iterable[str]) -> pytest.MarkDecorator:
    """One case for each name; what is asked of a derivation shares its verdicts, so one worker asks it."""
    together = [pytest.param(name, marks=pytest.mark.xdist_group(f"verdicts: {name}")) for name in cases]
    return pytest.mark.parametrize("name", together)


every = named(CASES)


def test_every_derivation_is_asked() -> None:
    assert {words["derive"] for words in CASES.values()} == set(ENDPOINTS)


@cache
def verdicts(name: str) -> list[Row]:
    return derived(CASES[name], inputs())


@every
def test_the_verdicts_differ_between_patients(name: str) -> None:
    """Else the other clauses would hold of anything."""
    rows = verdicts(name)
    assert len({tuple(v for k, v in row.items() if k not in ("subject", "day")) for row in rows}) >= 2
    assert len({row["subject"] for row in rows}) > 20


@every
def test_order_of_rows_names_and_the_other_arm_mean_nothing(name: str) -> None:
    """The patients of one arm alone, under other names, their rows in another order."""
    rng = random.Random(5)
    members = {row["subject"] for row in inputs()["subjects"] if row["arm"] == "a"}
    other = {}
    for table, rows in inputs().items():
        mine = [row | {"subject": renamed(row["subject"])} for row in rows if row["subject"] in members]
        other[table] = rng.sample(mine, len(mine))
    found = [row | {"subject": renamed(row["subject"])} for row in derived(CASES[name], other)]
    assert by_subject(found) == [row for row in verdicts(name) if row["subject"] in members]


def renamed(subject: str) -> str:
    """A name that stands elsewhere in the order; renamed twice it is itself."""
    return f"{9999 - int(subject):04d}"


def cut(day: int) -> Inputs:
    """The same records with that cut-off; what a subject is known to have done ends there."""
    people = []
    for row in inputs()["subjects"]:
        last = {
            name: None if row[name] is None else min(row[name], day)
            for name in ("last_dose_day", "last_alive_day")
        }
        people.append(row | last | {"cutoff_day": day})
    return {**inputs(), "subjects": people}


def at_cut_offs(name: str, *days: int) -> list[list[Row]]:
    """The verdicts at each cut-off, from one derivation of all patients at all of them."""
    together: Inputs = {}
    for day in days:
        for table, rows in cut(day).items():
            mine = [row | {"subject": f"{day}/{row['subject']}"} for row in rows]
            together[table] = [*together.get(table, []), *mine]
    found = [(*row["subject"].split("/"), row) for row in derived(CASES[name], together)]
    return [[row | {"subject": who} for at, who, row in found if at == str(day)] for day in days]


RANKS = ["MISSING", "NE", "PD", "NON-CR/NON-PD", "SD", "PR", "CR"]


def kept(name: str, row: Row) -> Any:
    """What of a verdict a later cut-off may not take away, as something that never falls."""
    if "event" in row:
        return row["event"]
    if "responder" in row:
        return bool(row["responder"])
    if "worst" in row:
        return -1 if row["worst"] is None else row["worst"]
    if "cumulative_dose" in row:
        return row["cumulative_dose"] or 0
    if name.startswith("best response"):
        return RANKS.index(row["value"])
    return row["response"] == "PD" if "response" in row else -(row["percent_change"] or 0)


# a mean of a visit may change with its second value; a progression on bone scans that is not confirmed yet
# counts as stable, and dates back once it is; a duration grows until it ends, or its response betters
FREE = (
    *("paired change", "repeated", "cell count", "linked", "marker", "best response, scans"),
    *("duration of response", "duration of stable disease"),
)
ONCE = [name for name in CASES if name not in (*FREE, "adverse events")]
DATED_BACK = ("progression, scans", "progression, composite")  # by a confirmation after another event


@named(ONCE)
def test_a_later_cut_off_takes_away_nothing_that_has_happened(name: str) -> None:
    early, late = at_cut_offs(name, 100, 250)
    of = {(row["subject"], row["day"] if "response" in row else None): row for row in late}
    gained = len(late) - len(early)
    for row in early:
        other = of.get((row["subject"], row["day"] if "response" in row else None))
        assert other is not None, row
        assert kept(name, other) >= kept(name, row), (row, other)
        gained += kept(name, other) > kept(name, row)
        if row.get("event"):
            same = (other["day"], other["reason"]) == (row["day"], row["reason"])
            assert same or (name in DATED_BACK and other["day"] < row["day"])
    assert gained > 3


def test_a_later_cut_off_takes_away_no_adverse_event() -> None:
    early, late = (
        {(r["subject"], r["sequence"]) for r in rows if r["sequence"] is not None}
        for rows in at_cut_offs("adverse events", 90, 300)
    )
    assert early < late


LATER = {
    "deaths": [],
    "therapies": [{"day": 500}],
    "psa": [{"day": d, "value": v, "below": False} for d, v in ((450, 0.5), (480, 500.0), (520, 600.0))],
    "responses": [{"day": d, "response": w} for d, w in ((450, "CR"), (490, "CR"), (530, "PD"))],
    "soft_tissue": [{"day": 450, "response": "PD"}],
    "bone": [{"day": 450, "response": "PD"}],
    "pain": [
        {"day": d, "test": t, "value": v} for d in (450, 480) for t, v in (("PPI", 5.0), ("ANALGES", 50.0))
    ],
    "radiotherapies": [{"day": 450, "purpose": "BONE PAIN"}],
    "skeletal_events": [{"day": 450, "kind": "FRACTURE"}],
    "progressions": [{"day": 450, "kind": "PAIN"}],
}
TIMES = [
    *("progression, reported", "progression, followed", "progression, parts", "progression, composite"),
    *("PSA progression", "bone progression", "pain progression", "skeletal event", "overall survival"),
    *("time to response", "PSA response", "pain response"),
]


@named(TIMES)
def test_what_is_seen_after_an_event_does_not_change_it(name: str) -> None:
    """Visits, therapies and scans long after the event, in everybody who had one."""
    happened = [row for row in verdicts(name) if row.get("event") or row.get("responder")]
    assert len(happened) > 10
    rows = {
        table: [
            *inputs()[table],
            *(
                row | {"subject": r["subject"], "sequence": 900 + i}
                for r in happened
                for i, row in enumerate(more)
            ),
        ]
        for table, more in LATER.items()
    }
    scans = inputs()["bone_scans"] + [
        {"subject": r["subject"], "day": day, "sequence": 900 + i, "lesion": lesion, "readable": True}
        for r in happened
        for day in (450, 510)
        for i, lesion in enumerate("mnop")
    ]
    after = {row["subject"]: row for row in derived(CASES[name], {**inputs(), **rows, "bone_scans": scans})}
    assert [after[row["subject"]] for row in happened] == happened
