"""Tables of adverse events: who is counted in which row, in whom, and how long everybody was at risk."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from text_tables import rows_in

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.occurrences import adverse_events
from trialist.engines import spark
from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Finding, Origin
from trialist.problems import Place
from trialist.protocol.analyses import Analysis
from trialist.protocol.endpoints import Endpoint
from trialist.records.computed import computed_once

Engine = Callable[[str, pa.Table], Any]
ANALYSIS: TypeAdapter[Any] = TypeAdapter(Analysis)
ENTRY: TypeAdapter[Any] = TypeAdapter(Endpoint)
AT = Context("T", "e", "a", "itt", None, ("a", "b"), ("a", "b"), {}, Origin("observed"), Place("p.yaml", 1))
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}

# seven subjects, four on a and three on b; b3 and a4 have no event, nobody is left out of the denominators
PEOPLE = """
    subject | arm | first_dose_day | last_dose_day | death_day
    a1      | a   | 0              | 60            |
    a2      | a   | 0              | 60            |
    a3      | a   | 0              | 60            | 70
    a4      | a   | 0              | 60            | 200
    b1      | b   | 0              | 60            |
    b2      | b   | 0              | 60            | 40
    b3      | b   | 0              | 60            |
"""
EVENTS = """
    subject|sequence|preferred_term|system_organ_class|grade|serious|related|action|fatal|start_day
    a1 | 1 | Nausea   | Gut        | 1 | no  | yes |             | no  | 3
    a1 | 2 | Nausea   | Gut        | 3 | no  | no  | reduced     | no  | 9   # the worst
    a1 | 3 | Vomiting | Gut        | 2 | yes | yes |             | no  | 9
    a2 | 1 | Nausea   | Gut        |   | no  |     |             | no  | 5   # no grade, no causality
    a3 | 1 | Sepsis   | Infections | 5 | yes | no  | withdrawn   | yes | 65
    b1 | 1 | Nausea   | Gut        | 2 | no  | no  | interrupted | no  | 1
    b2 | 1 | Vomiting | Gut        | 4 | yes | no  |             | no  | 2
"""


WITHIN = "from the first dose to 30 days after the last"


def arrow(text: str, name: str) -> pa.Table:
    kinds = {column: kind for column, kind in INPUT_COLUMNS[name].items() if kind in KINDS}
    said: dict[str, Any] = {"yes": True, "no": False, "": None}
    rows = [
        {
            c: said[row.get(c, "")]
            if kind == "boolean"
            else None
            if row.get(c, "") == ""
            else int(row[c])
            if kind == "int64"
            else row[c]
            for c, kind in kinds.items()
        }
        for row in rows_in(text)
    ]
    return pa.Table.from_pylist(rows, pa.schema([(c, KINDS[k]) for c, k in kinds.items()]))


def occurrences(
    engine: Engine, people: str = PEOPLE, events: str = EVENTS, rule: Mapping[str, Any] | None = None
) -> Any:
    """The events and their subjects as a study keeps them."""
    subjects = engine("event_tables_subjects", arrow(people, "subjects"))
    happened = engine("event_tables_events", arrow(events, "adverse_events"))
    filled = rule_for(ENTRY.validate_python({"derive": "adverse_events", **(rule or {})}))
    made = adverse_events(subjects=subjects, adverse_events=happened, rule=filled)
    return computed_once(made.join(subjects, "subject"))


def analysed(engine: Engine, words: Mapping[str, Any], **given: Any) -> tuple[Finding, ...]:
    """What a method finds in these events, through the derivation."""
    return run(occurrences(engine, **given), words)


def run(table: Any, words: Mapping[str, Any]) -> tuple[Finding, ...]:
    entry = ANALYSIS.validate_python(words)
    return METHODS[entry.method].run(table, entry, AT)


def cells(findings: tuple[Finding, ...]) -> dict[tuple[str, str], str]:
    """(category, arm) -> events/n, in the order of the findings."""
    return {
        (str(dict(f.method.options)["category"]), " ".join(f.groups)): f"{f.events}/{f.n}" for f in findings
    }


def test_a_subject_counts_once_per_row_and_everybody_is_in_the_denominator(duckdb_tables: Engine) -> None:
    found = cells(analysed(duckdb_tables, {"method": "incidence", "grades": ["any"]}))
    assert list(found.items()) == [
        (("any event, any grade", "a"), "3/4"),
        (("any event, any grade", "b"), "2/3"),
        (("Gut, any grade", "a"), "2/4"),  # a1 has three events in it
        (("Gut, any grade", "b"), "2/3"),
        (("Gut / Nausea, any grade", "a"), "2/4"),
        (("Gut / Nausea, any grade", "b"), "1/3"),
        (("Gut / Vomiting, any grade", "a"), "1/4"),
        (("Gut / Vomiting, any grade", "b"), "1/3"),
        (("Infections, any grade", "a"), "1/4"),
        (("Infections, any grade", "b"), "0/3"),
        (("Infections / Sepsis, any grade", "a"), "1/4"),
        (("Infections / Sepsis, any grade", "b"), "0/3"),
    ]


def test_the_worst_grade_of_the_row_counts(duckdb_tables: Engine) -> None:
    grades = ["any", "3_or_more", "3_to_4", 1, 2, 3, 4, 5, "not_graded"]
    found = cells(
        analysed(duckdb_tables, {"method": "incidence", "levels": ["any", "term"], "grades": grades})
    )

    def row(label: str, arm: str) -> list[int]:
        said = [
            "any grade",
            "grade 3 or more",
            "worst grade 3 or 4",
            *(f"worst grade {g}" for g in range(1, 6)),
        ]
        return [int(found[f"{label}, {g}", arm].split("/")[0]) for g in (*said, "not graded")]

    assert row("any event", "a") == [3, 2, 1, 0, 0, 1, 0, 1, 1]  # 3 or more holds the death, 3 to 4 does not
    assert row("any event", "b") == [2, 1, 1, 0, 1, 0, 1, 0, 0]
    assert row("Nausea", "a") == [2, 1, 1, 0, 0, 1, 0, 0, 1]  # grade 1 and 3 of a1: 3 alone


def test_a_missing_grade_may_be_read_as_3(duckdb_tables: Engine) -> None:
    words = {"method": "incidence", "levels": ["any"], "grades": ["3_or_more", "not_graded"]}
    table = occurrences(duckdb_tables)
    found = run(table, {**words, "not_graded": "as_3"})
    assert list(cells(found).values()) == ["3/4", "1/3", "0/4", "0/3"]
    assert [(p.code, p.message.endswith("counted as grade 3")) for p in found[0].problems] == [("N417", True)]
    assert "counted as any grade alone" in run(table, words)[0].problems[0].message


def test_a_cut_hides_rows_that_reach_it_in_no_arm_and_says_so(duckdb_tables: Engine) -> None:
    words = {"method": "incidence", "grades": ["any"], "cut": "30 %"}
    found = analysed(duckdb_tables, words)
    shown = list(dict.fromkeys(category for category, _ in cells(found)))
    # of Vomiting 1 of 3, of Infections 1 of 4
    assert shown == [f"{row}, any grade" for row in ("any event", "Gut", "Gut / Nausea", "Gut / Vomiting")]
    assert dict(found[0].method.options)["cut"] == pytest.approx(0.3)


def test_rows_may_follow_the_alphabet(duckdb_tables: Engine) -> None:
    events = EVENTS + "    b3 | 1 | Cough | Airways | 1 | no | no | | no | 4\n"
    words = {"method": "incidence", "levels": ["system_organ_class", "term"], "grades": ["any"]}

    table = occurrences(duckdb_tables, events=events)

    def order(sort: str) -> list[str]:
        found = cells(run(table, {**words, "sort": sort}))
        return list(dict.fromkeys(category.split(",")[0] for category, _ in found))

    assert order("alphabet") == [
        *("Airways", "Airways / Cough", "Gut", "Gut / Nausea", "Gut / Vomiting"),
        *("Infections", "Infections / Sepsis"),
    ]
    assert order("frequency")[0] == "Gut"


def test_the_overview_asks_each_kind_of_one_event(duckdb_tables: Engine) -> None:
    found = analysed(duckdb_tables, {"method": "overview"})
    assert cells(found) == {
        ("any event", "a"): "3/4",
        ("related", "a"): "2/4",  # a2 has no causality and counts as related
        ("grade 3 or more", "a"): "2/4",
        ("related, grade 3 or more", "a"): "0/4",  # the related events of a1 are of grade 1 and 2
        ("serious", "a"): "2/4",
        ("related, serious", "a"): "1/4",
        ("leading to withdrawal of treatment", "a"): "1/4",
        ("leading to a lower dose", "a"): "1/4",
        ("leading to interruption or delay", "a"): "0/4",
        ("fatal", "a"): "1/4",
        ("any event", "b"): "2/3",
        ("related", "b"): "0/3",
        ("grade 3 or more", "b"): "1/3",
        ("related, grade 3 or more", "b"): "0/3",
        ("serious", "b"): "1/3",
        ("related, serious", "b"): "0/3",
        ("leading to withdrawal of treatment", "b"): "0/3",
        ("leading to a lower dose", "b"): "0/3",
        ("leading to interruption or delay", "b"): "1/3",
        ("fatal", "b"): "0/3",
    }
    assert {problem.code for problem in found[0].problems} == {"N417", "N418", "N421"}


def test_a_rate_divides_by_the_time_to_the_first_event(duckdb_tables: Engine) -> None:
    people = """
        subject | arm | first_dose_day | last_dose_day
        1       | a   | 1              | 84
        2       | a   | 1              | 126
        3       | a   | 1              | 63
        4       | a   | 1              | 210
        5       | b   | 1              | 100
        6       | b   |                |               # never treated
    """
    events = """
        subject | sequence | preferred_term | start_day | end_day
        2       | 1        | Rash           | 30        |
        2       | 2        | Rash           | 90        |           # not the first
        3       | 1        | Rash           | 63        |
        5       | 1        | Rash           | -9        | -3        # over before treatment
    """
    words = {"method": "exposure_adjusted_rate", "levels": ["any", "term"]}
    found = analysed(duckdb_tables, words, people=people, events=events, rule={"window": "0 d"})
    first = found[0]
    assert first.estimate == pytest.approx(188.76, abs=0.005)
    assert dict(first.method.options)["person_years"] == pytest.approx(1.05955, abs=5e-6)
    assert (first.events, first.n) == (2, 4)
    # exact for 2 events: 0.2422 to 7.2247, R poisson.test(2)
    assert first.interval is not None
    assert (first.interval.low, first.interval.high) == (
        pytest.approx(100 * 0.2422093 / 1.05955, rel=1e-5),
        pytest.approx(100 * 7.224688 / 1.05955, rel=1e-5),
    )
    assert [(f.estimate, f.events, f.n) for f in found if f.groups == ("b",)] == [(0.0, 0, 1)] * 2
    assert [problem.code for problem in first.problems] == ["N412"]
    assert [f.estimate for f in found if f.groups == ("a",)] == [first.estimate] * 2


RECURRING = """
    subject | sequence | preferred_term | start_day | end_day | end_latest_day
    a1      | 1        | Rash           | 3         | 8       |
    a1      | 2        | Rash           | 9         | 12      |      # the day after: one event with it
    a1      | 3        | Rash           | 14        | 15      |      # a day free of it
    a1      | 4        | Nausea         | 15        |         |
    a2      | 1        | Rash           | 5         |         | 30   # ended some day of that month
    a2      | 2        | Rash           | 20        | 22      |
    a2      | 3        | Uncoded        | 40        | 40      |
    a2      | 4        | Uncoded        | 41        | 41      |      # nobody knows that it is the same
    a3      | 1        | Rash           | 95        | 96      |      # after its death: no time at risk
    b1      | 1        | Rash           | 5         |         |
    b1      | 2        | Rash           | 50        | 51      |      # the first goes on, as far as is known
"""


def test_events_are_counted_by_the_whole_time_at_risk_and_merged_where_asked(duckdb_tables: Engine) -> None:
    words = {"method": "exposure_adjusted_rate", "levels": ["any", "term"], "count": "events"}

    def rates(**more: Any) -> dict[tuple[str, str], tuple[int | None, int]]:
        found = analysed(duckdb_tables, {**words, **more}, events=RECURRING)
        assert {f.measure for f in found} == {"event_rate"}
        return {
            (str(dict(f.method.options)["term"]), f.groups[0]): (
                f.events,
                round(dict(f.method.options)["person_years"] * 365.25),
            )
            for f in found
        }

    whole = 91 + 91 + 71 + 91  # all days at risk, whenever the events were
    assert rates()["Rash", "a"] == (5, whole)
    assert rates()["None", "a"] == (8, whole)
    merged = rates(merge_gap="1 d")
    assert merged["Rash", "a"] == (3, whole)  # a1: 3 to 12, 14; a2: 5 to 30
    assert merged["Nausea", "a"] == (1, whole)
    assert merged["Uncoded", "a"] == (2, whole)
    assert merged["Rash", "b"] == (1, 91 + 41 + 91)
    assert rates(merge_gap="2 d")["Rash", "a"] == (2, whole)
    found = analysed(duckdb_tables, {**words, "merge_gap": "1 d"}, events=RECURRING)
    assert "N453" in [problem.code for problem in found[0].problems]
    assert "N453" not in [p.code for p in analysed(duckdb_tables, words, events=RECURRING)[0].problems]


def test_a_rate_of_events_allows_for_subjects_who_have_many(duckdb_tables: Engine) -> None:
    people = """
        subject | arm | first_dose_day | last_dose_day
        1       | a   | 1              | 100
        2       | a   | 1              | 100
        3       | a   | 1              | 50
        4       | b   | 1              | 100
    """
    events = "subject | sequence | preferred_term | start_day\n" + "\n".join(
        f"{who} | {number} | Rash | {10 + number}"
        for who, number in (*((1, n) for n in range(1, 5)), (2, 1), (4, 1), (4, 2))
    )
    words = {"method": "exposure_adjusted_rate", "levels": ["any"], "count": "events"}
    a, b = analysed(duckdb_tables, words, people=people, events=events, rule={"window": "0 d"})
    # 5 events in 250 days; expected 2, 2 and 1 of 4, 1 and 0: squares 4 + 1 + 1 = 6, times 3 / 2; root 3 of 5
    assert a.estimate == pytest.approx(100 * 5 / (250 / 365.25))
    assert a.interval is not None
    factor = 2.718281828459045 ** (1.959963984540054 * 3 / 5)
    assert a.interval.low == pytest.approx(a.estimate / factor)
    assert a.interval.high == pytest.approx(a.estimate * factor)
    assert (a.n, a.events, dict(a.method.options)["with_event"]) == (3, 5, 2)
    assert (b.estimate, b.interval) == (pytest.approx(100 * 2 / (100 / 365.25)), None)
    assert [problem.code for problem in b.problems] == ["N408"]


def test_subjects_with_an_event_may_have_an_interval_by_the_normal_approximation(
    duckdb_tables: Engine,
) -> None:
    words = {"method": "exposure_adjusted_rate", "levels": ["any"], "interval": "normal"}
    a, b = analysed(duckdb_tables, words)
    for found, low in ((a, 3 - 1.959963984540054 * 3**0.5), (b, 0.0)):  # 2 - 2.77 is not below 0
        years = dict(found.method.options)["person_years"]
        assert found.interval is not None
        assert found.interval.low == pytest.approx(max(low, 0.0) * 100 / years, abs=1e-3)


@pytest.mark.parametrize(
    "words", [{"merge_gap": "1 d"}, {"count": "events", "interval": "exact"}], ids=lambda w: " ".join(w)
)
def test_options_of_events_and_of_subjects_are_not_mixed(words: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="goes with"):
        ANALYSIS.validate_python({"method": "exposure_adjusted_rate", **words})


def test_death_and_the_cut_off_end_the_time_at_risk(duckdb_tables: Engine) -> None:
    words = {"method": "exposure_adjusted_rate", "levels": ["any"]}
    found = analysed(duckdb_tables, words)
    # a: events on day 3, 5 and 65, a4 to day 90; b: 1 and 2, b3 to day 90; the first dose on day 0
    days = {f.groups[0]: round(dict(f.method.options)["person_years"] * 365.25) for f in found}
    assert days == {"a": 4 + 6 + 66 + 91, "b": 2 + 3 + 91}


def test_a_start_that_is_not_known_is_the_first_dose_and_said(duckdb_tables: Engine) -> None:
    events = "subject | sequence | preferred_term | start_day\n a1 | 1 | Rash |"
    found = analysed(duckdb_tables, {"method": "exposure_adjusted_rate", "levels": ["any"]}, events=events)
    assert found[0].events == 1
    assert round(dict(found[0].method.options)["person_years"] * 365.25) == 1 + 91 + 71 + 91
    assert [problem.code for problem in found[0].problems] == ["N419"]


def test_death_competes_with_the_first_event(duckdb_tables: Engine) -> None:
    people = """
        subject | arm | first_dose_day | last_dose_day | death_day
        1       | a   | 1              | 40            |
        2       | a   | 1              | 40            | 20
        3       | a   | 1              | 40            |
        4       | a   | 1              | 40            |
        5       | b   | 1              | 40            |
    """
    events = """
        subject | sequence | preferred_term | start_day
        1       | 1        | Rash           | 10
        3       | 1        | Rash           | 30
    """
    words = {"method": "cumulative_incidence", "at_months": [0.5, 1, 2, 3]}
    found = analysed(duckdb_tables, words, people=people, events=events)
    # 1/4 by day 10; a death of 3 on day 20; 1 of 2 on day 30: 1/4 + 1/2 x 1/2
    assert [f.estimate for f in found if f.groups == ("a",)] == [0.25, 0.5, 0.5, None]
    assert [f.estimate for f in found if f.groups == ("b",)] == [0.0, 0.0, 0.0, None]
    assert [problem.code for f in found for problem in f.problems] == ["N407", "N407"]  # followed to day 70


def test_a_difference_has_a_score_interval(duckdb_tables: Engine) -> None:
    words = {"method": "risk_difference", "levels": ["any", "term"], "compare": ["a", "b"]}
    found = analysed(duckdb_tables, words)
    by_row = {str(dict(f.method.options)["category"]): f for f in found}
    sepsis = by_row["Sepsis, any grade"]
    assert sepsis.estimate == 0.25
    assert dict(sepsis.method.options)["with_event"] == (1, 0)
    assert dict(sepsis.method.options)["subjects"] == (4, 3)
    assert sepsis.interval is not None
    assert sepsis.interval.low < 0 < sepsis.interval.high
    graded = analysed(duckdb_tables, {**words, "grade": "3_or_more"})
    assert [dict(f.method.options)["term"] for f in graded] == [None, "Nausea", "Sepsis", "Vomiting"]


def test_a_difference_needs_two_arms(duckdb_tables: Engine) -> None:
    entry = ANALYSIS.validate_python({"method": "risk_difference"})
    alone = Context("T", "e", "a", "itt", None, ("a",), (), {}, Origin("observed"), Place("p.yaml", 1))
    (found,) = METHODS["risk_difference"].run(None, entry, alone)
    assert [problem.code for problem in found.problems] == ["E413"]


def test_deaths_are_told_apart_by_time_and_by_fatal_event(duckdb_tables: Engine) -> None:
    found = cells(analysed(duckdb_tables, {"method": "deaths"}))
    assert found == {
        ("all deaths", "a"): "2/4",
        ("from the first dose to 30 days after the last", "a"): "1/4",  # a3
        ("more than 30 days after the last dose", "a"): "1/4",  # a4
        ("never treated, or day of death or last dose not known", "a"): "0/4",
        ("fatal event: Sepsis", "a"): "1/4",
        ("no fatal event recorded", "a"): "1/4",
        ("all deaths", "b"): "1/3",
        ("from the first dose to 30 days after the last", "b"): "1/3",
        ("more than 30 days after the last dose", "b"): "0/3",
        ("never treated, or day of death or last dose not known", "b"): "0/3",
        ("fatal event: Sepsis", "b"): "0/3",
        ("no fatal event recorded", "b"): "1/3",
        (f"fatal event: Sepsis, {WITHIN}", "a"): "1/4",
        (f"no fatal event recorded, {WITHIN}", "a"): "0/4",
        ("no fatal event recorded, more than 30 days after the last dose", "a"): "1/4",
        (f"fatal event: Sepsis, {WITHIN}", "b"): "0/3",
        (f"no fatal event recorded, {WITHIN}", "b"): "1/3",
        ("no fatal event recorded, more than 30 days after the last dose", "b"): "0/3",
    }


def test_the_cause_of_a_death_is_taken_from_every_fatal_event_up_to_the_cut_off(
    duckdb_tables: Engine,
) -> None:
    people = """
        subject | arm | first_dose_day | last_dose_day | death_day | cutoff_day
        a1      | a   | 0              | 60            | 121       | 300
        a2      | a   | 0              | 60            | 130       | 300
        a3      | a   | 0              | 60            | 140       | 300
        b1      | b   | 0              | 60            |           | 300
    """
    events = """
        subject | sequence | preferred_term | fatal | grade | start_day
        a1      | 1        | Sepsis         | yes   | 5     | 110   # long after the last dose
        a2      | 1        | Sepsis         | yes   | 5     | 110
        a2      | 2        | Bleeding       | yes   | 5     | 120
        a3      | 1        | Rash           | no    | 1     | 110
    """
    found = cells(
        analysed(
            duckdb_tables,
            {"method": "deaths"},
            people=people,
            events=events,
            rule={"terms": ["rash"]},  # whatever the endpoint selects
        )
    )
    assert found["fatal event: Sepsis", "a"] == "1/3"
    assert found["fatal events of several terms", "a"] == "1/3"
    assert found["no fatal event recorded", "a"] == "1/3"


def test_nobody_in_an_arm_is_said(duckdb_tables: Engine) -> None:
    one = "subject | arm | first_dose_day | last_dose_day\n a1 | a | 0 | 60"
    table = occurrences(duckdb_tables, people=one)
    for words in (
        {"method": "incidence"},
        {"method": "overview"},
        {"method": "exposure_adjusted_rate"},
        {"method": "cumulative_incidence", "at_months": [1]},
        {"method": "risk_difference"},
        {"method": "deaths"},
    ):
        found = run(table, words)
        empty = [f for f in found if "b" in f.groups]
        assert [f.estimate for f in empty] == [None], words
        assert [p.code for p in empty[0].problems if p.code != "N412"] == ["N401"], words


def test_events_without_a_term_or_a_class_are_said(duckdb_tables: Engine) -> None:
    events = "subject | sequence | preferred_term | start_day\n a1 | 1 | | 4\n a2 | 1 | Rash | 4"
    found = analysed(duckdb_tables, {"method": "incidence", "grades": ["any"]}, events=events)
    assert [problem.code for problem in found[0].problems] == ["N416", "W390"]
    assert ("Uncoded / Uncoded, any grade", "a") in cells(found)


def test_what_nobody_recorded_is_not_counted_as_none(duckdb_tables: Engine) -> None:
    events = "subject | sequence | preferred_term | related | start_day\n a1 | 1 | Rash | no | 4"
    table = occurrences(duckdb_tables, events=events)
    found = run(table, {"method": "overview"})
    unknown = {
        str(dict(f.method.options)["category"]): f.problems[-1].code for f in found if f.estimate is None
    }
    assert unknown == {
        "grade 3 or more": "W391",
        "related, grade 3 or more": "W391",
        "leading to withdrawal of treatment": "W392",
        "leading to a lower dose": "W392",
        "leading to interruption or delay": "W392",
        "serious": "W395",
        "related, serious": "W395",
        "fatal": "W396",
    }
    graded = run(table, {"method": "incidence", "levels": ["any"], "grades": ["any", 3, "not_graded"]})
    assert [f.estimate for f in graded] == [0.25, 0.0, None, None, 0.25, 0.0]
    (apart,) = run(table, {"method": "risk_difference", "levels": ["any"], "grade": "3_or_more"})
    assert [problem.code for problem in apart.problems] == ["W391"]
    as_3 = run(table, {"method": "incidence", "levels": ["any"], "grades": [3], "not_graded": "as_3"})
    assert [f.events for f in as_3] == [1, 0]


# two events, of which nobody recorded anything but their start
BARE = "subject|sequence|preferred_term|system_organ_class|start_day\n a1|1|Rash|Skin|4\n b1|1|Rash|Skin|9"
BY_SELECTION = (
    {"method": "incidence", "grades": ["any"]},
    {"method": "overview"},
    {"method": "risk_difference"},
    {"method": "exposure_adjusted_rate"},
    {"method": "exposure_adjusted_rate", "count": "events", "merge_gap": "1 d"},
    {"method": "cumulative_incidence", "at_months": [1]},
    {"method": "incidence_by_period", "every": "30 d", "periods": 2},
)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"minimum_grade": 3}, "W391"),
        ({"action": "withdrawn"}, "W392"),
        ({"serious": True}, "W395"),
        ({"fatal": True}, "W396"),
    ],
)
def test_an_endpoint_that_asks_what_no_event_tells_has_no_count(
    duckdb_tables: Engine, rule: Mapping[str, Any], code: str
) -> None:
    table = occurrences(duckdb_tables, events=BARE, rule=rule)
    for words in BY_SELECTION:
        (only,) = run(table, words)
        assert (only.estimate, [p.code for p in only.problems]) == (None, [code]), words


@pytest.mark.parametrize(
    ("rule", "code", "events"),
    [
        ({"minimum_grade": 2}, "N417", 1),
        ({"action": "withdrawn"}, "N421", 1),
        ({"serious": True}, "N422", 1),
        ({"fatal": True}, "N423", 1),
        ({"related": True}, "N418", 2),  # a missing causality counts as related
    ],
)
def test_every_method_says_how_many_events_do_not_tell_what_the_endpoint_asks(
    duckdb_tables: Engine, rule: Mapping[str, Any], code: str, events: int
) -> None:
    said = """
        subject|sequence|preferred_term|system_organ_class|grade|serious|related|action|fatal|start_day
        a1 | 1 | Rash | Skin | 5 | yes | yes | withdrawn | yes | 4
        a2 | 1 | Rash | Skin |   |     |     |           |     | 4
        b1 | 1 | Rash | Skin | 1 | no  | no  | other     | no  | 4
    """
    table = occurrences(duckdb_tables, events=said, rule=rule)
    for words in BY_SELECTION:
        found = run(table, words)
        mine = [p for f in found for p in f.problems if p.code == code]
        assert len(mine) == 1, words
        assert mine[0].message.split(": ")[-1].startswith("1 event of 3 have"), words
        assert found[0].events == events, words


def test_an_event_that_another_detail_rules_out_is_not_asked(duckdb_tables: Engine) -> None:
    said = """
        subject|sequence|preferred_term|grade|action|start_day
        a1 | 1 | Rash | 3 | withdrawn | 4
        a2 | 1 | Rash | 1 |           | 4    # its grade is too low, whatever was done
        a3 | 1 | Rash |   | reduced   | 4    # no withdrawal, whatever its grade
    """
    rule = {"minimum_grade": 3, "action": "withdrawn"}
    found = analysed(
        duckdb_tables, {"method": "incidence", "levels": ["any"], "grades": ["any"]}, events=said, rule=rule
    )
    assert [f.events for f in found] == [1, 0]
    assert [p.code for f in found for p in f.problems] == []


def test_no_event_at_all_is_none(duckdb_tables: Engine) -> None:
    found = analysed(
        duckdb_tables,
        {"method": "incidence", "levels": ["any"], "grades": ["any"]},
        events=BARE,
        rule={"terms": ["Fever"], "minimum_grade": 3},
    )
    assert [(f.events, f.problems) for f in found] == [(0, ()), (0, ())]


def test_a_difference_without_a_cut_holds_every_row_of_the_incidence(duckdb_tables: Engine) -> None:
    words = {"method": "risk_difference", "levels": ["term"], "grade": 5}
    found = analysed(duckdb_tables, words)
    assert [dict(f.method.options)["term"] for f in found] == ["Sepsis", "Nausea", "Vomiting"]
    nausea = found[1]
    assert (nausea.estimate, nausea.events) == (0.0, 0)
    assert nausea.interval is not None
    assert nausea.interval.low < 0 < nausea.interval.high
    cut = analysed(duckdb_tables, {**words, "cut": "10 %"})
    assert [dict(f.method.options)["term"] for f in cut] == ["Sepsis"]


def test_periods_say_who_was_never_at_risk(duckdb_tables: Engine) -> None:
    people = PEOPLE + "    b4 | b | | |\n"
    words = {"method": "incidence_by_period", "levels": ["any"], "every": "30 d", "periods": 2}
    found = analysed(duckdb_tables, words, people=people)
    assert [p.code for p in found[0].problems] == ["N412"]


def test_ties_and_gaps_of_grade_leave_one_worst_grade_in_each_class(duckdb_tables: Engine) -> None:
    events = """
        subject|sequence|preferred_term|system_organ_class|grade|start_day
        a1 | 1 | Pain | Gut    | 2 | 4
        a1 | 2 | Pain | Gut    | 2 | 5   # a tie
        a1 | 3 | Pain | Gut    |   | 6
        a1 | 4 | Pain | Nerves |   | 7   # the same term in another class
    """
    words = {"method": "incidence", "grades": [2, "not_graded"]}
    found = cells(analysed(duckdb_tables, words, events=events))
    mine = {category: cell for (category, arm), cell in found.items() if arm == "a"}
    assert mine == {
        "any event, worst grade 2": "1/4",
        "any event, not graded": "0/4",
        "Gut, worst grade 2": "1/4",
        "Gut, not graded": "0/4",
        "Gut / Pain, worst grade 2": "1/4",
        "Gut / Pain, not graded": "0/4",
        "Nerves, worst grade 2": "0/4",
        "Nerves, not graded": "1/4",
        "Nerves / Pain, worst grade 2": "0/4",
        "Nerves / Pain, not graded": "1/4",
    }
    by_term = cells(analysed(duckdb_tables, {**words, "levels": ["term"]}, events=events))
    assert by_term["Pain, worst grade 2", "a"] == "1/4"


def test_an_event_counts_in_the_period_in_which_it_began_of_those_at_risk_in_it(
    duckdb_tables: Engine,
) -> None:
    words = {"method": "incidence_by_period", "levels": ["any", "term"], "every": "30 d", "periods": 3}
    found = analysed(duckdb_tables, words)
    told = {
        (
            str(dict(f.method.options)["category"]).split(",")[0],
            f.groups[0],
            dict(f.method.options)["period"],
        ): (f"{f.events}/{f.n}")
        for f in found
    }
    assert [told["any event", "a", period] for period in (1, 2, 3)] == ["2/4", "0/4", "1/4"]
    assert [told["any event", "b", period] for period in (1, 2, 3)] == [
        "2/3",
        "0/3",
        "0/2",
    ]  # b2 died on day 40
    assert [told["Nausea", "a", period] for period in (1, 2, 3)] == ["2/4", "0/4", "0/4"]
    assert told["Sepsis", "a", 3] == "1/4"  # day 65, after the last dose and within its window
    days = {(dict(f.method.options)["from_day"], dict(f.method.options)["to_day"]) for f in found}
    assert days == {(1, 30), (31, 60), (61, None)}


def test_periods_may_have_any_length_and_ask_for_a_grade(duckdb_tables: Engine) -> None:
    words = {
        "method": "incidence_by_period",
        "levels": ["any"],
        "starts": ["0 d", "5 d"],
        "grade": "3_or_more",
    }
    found = analysed(duckdb_tables, words)
    assert [(f.groups[0], f.events, f.n) for f in found] == [
        ("a", 0, 4),
        ("a", 2, 4),
        ("b", 1, 3),
        ("b", 0, 3),
    ]


def test_the_last_day_of_a_period_is_the_day_before_the_next(duckdb_tables: Engine) -> None:
    events = "subject | sequence | preferred_term | start_day\n a1 | 1 | Rash | 20\n a2 | 1 | Rash | 21"
    words = {"method": "incidence_by_period", "levels": ["any"], "every": "21 d", "periods": 2}
    found = analysed(duckdb_tables, words, events=events)
    assert [f.events for f in found if f.groups == ("a",)] == [1, 1]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"every": "21 d"},
        {"every": "21 d", "periods": 3, "starts": ["0 d"]},
        {"every": "0 d", "periods": 3},
        {"starts": ["1 d", "5 d"]},
        {"starts": ["0 d", "9 d", "5 d"]},
    ],
)
def test_periods_are_stated_in_one_way_from_the_first_dose(words: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"`every`|`starts`"):
        ANALYSIS.validate_python({"method": "incidence_by_period", **words})


ANALYSES = (
    {"method": "incidence", "grades": ["any", "3_or_more", "not_graded"]},
    {"method": "incidence_by_period", "levels": ["term"], "every": "30 d", "periods": 3},
    {"method": "overview"},
    {"method": "exposure_adjusted_rate"},
    {"method": "exposure_adjusted_rate", "count": "events", "merge_gap": "1 d"},
    {"method": "cumulative_incidence", "at_months": [1, 2]},
    {"method": "risk_difference", "levels": ["term"]},
    {"method": "deaths"},
)


@pytest.mark.spark
def test_every_clause_holds_on_spark(duckdb_tables: Engine, spark_tables: Engine | None) -> None:
    if spark_tables is None:
        pytest.skip("needs a Java runtime")
    assert spark.java_found()
    here = occurrences(duckdb_tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about newer pandas versions
        there = occurrences(spark_tables)
        for words in ANALYSES:
            assert run(here, words) == run(there, words), words["method"]
