"""Two arms' rates of adverse events compared: who is at risk how long, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError
from test_event_tables import ANALYSIS, PEOPLE, occurrences, run

from trialist.findings.model import Finding
from trialist.kernels import rates
from trialist.protocol.parse import parse_protocol
from trialist.report.event_tables import event_tables
from trialist.units import DAYS_PER_YEAR

Engine = Callable[[str, pa.Table], Any]
NAUSEA = "Gut / Nausea, any grade"


def found(table: Any, words: Mapping[str, Any], measure: str = "rate_ratio") -> dict[str, Finding]:
    """Category -> finding of a measure."""
    made = run(table, {"method": "rate_ratio", **words})
    return {str(dict(f.method.options).get("category")): f for f in made if f.measure == measure}


def codes(finding: Finding) -> list[str]:
    return [problem.code for problem in finding.problems]


def test_the_ratio_is_that_of_the_adjusted_rates_of_both_arms(duckdb_tables: Engine) -> None:
    table = occurrences(duckdb_tables)
    ratio, difference = (found(table, {}, measure)[NAUSEA] for measure in ("rate_ratio", "rate_difference"))
    alone = run(table, {"method": "exposure_adjusted_rate"})
    each = {f.groups[0]: f for f in alone if dict(f.method.options).get("category") == NAUSEA}
    assert each["a"].estimate is not None
    assert each["b"].estimate is not None
    assert ratio.estimate == pytest.approx(each["a"].estimate / each["b"].estimate)
    assert difference.estimate == pytest.approx(each["a"].estimate - each["b"].estimate)
    assert difference.unit is None
    options = dict(ratio.method.options)
    assert (options["with_event"], options["interval"], options["test"]) == ((2, 1), "exact", "exact")
    days = tuple(years * DAYS_PER_YEAR for years in options["person_years"])
    exact = rates.rate_ratio((2, 1), days)
    assert ratio.interval is not None
    assert (ratio.interval.low, ratio.interval.high) == pytest.approx((exact.low, exact.high), rel=1e-4)
    assert ratio.p_value is not None
    assert ratio.p_value.value == pytest.approx(rates.rate_test((2, 1), days).p_value, rel=1e-4)


def test_an_arm_without_the_event_has_a_ratio_of_nought_or_none(duckdb_tables: Engine) -> None:
    ratio = found(occurrences(duckdb_tables), {})["Infections / Sepsis, any grade"]  # nobody on b
    assert (ratio.estimate, codes(ratio)) == (None, ["N492"])
    assert ratio.interval is not None
    assert ratio.interval.high is None
    turned = run(occurrences(duckdb_tables), {"method": "rate_ratio", "levels": ["any"], "interval": "wald"})
    assert turned[0].interval is not None


def test_all_events_have_a_robust_interval_for_subjects_may_have_many(duckdb_tables: Engine) -> None:
    made = found(occurrences(duckdb_tables), {"count": "events"})
    whole = made["any event, any grade"]
    options = dict(whole.method.options)
    assert (options["interval"], options["test"], options["with_event"]) == ("robust", "wald", (5, 2))
    assert whole.interval is not None
    assert whole.interval.low is not None
    assert whole.estimate is not None
    assert whole.interval.low < whole.estimate
    plain = found(occurrences(duckdb_tables), {"count": "events", "interval": "wald"})["any event, any grade"]
    assert plain.estimate == whole.estimate
    assert plain.interval != whole.interval


def test_over_strata_the_ratio_is_that_of_mantel_and_haenszel(duckdb_tables: Engine) -> None:
    table = occurrences(duckdb_tables)
    centre = table.subject.isin(["a1", "a2", "b1"]).ifelse("1", "2")
    table = table.mutate(centre=centre)
    ratio = found(table, {"strata": ["centre"]})["any event, any grade"]
    counted = [
        run(table.filter(table.centre == one), {"method": "exposure_adjusted_rate", "levels": ["any"]})
        for one in ("1", "2")
    ]
    events = [[f.events for f in findings] for findings in counted]
    days = [[dict(f.method.options)["person_years"] for f in findings] for findings in counted]
    expected = rates.common_rate_ratio(events, days)
    assert expected is not None
    assert ratio.estimate == pytest.approx(expected.value, rel=1e-3)  # years have five decimals
    assert dict(ratio.method.options)["strata"] == ("centre",)
    missing = table.mutate(centre=(table.subject == "a1").ifelse(None, table.centre))
    assert "N412" in codes(next(iter(found(missing, {"strata": ["centre"]}).values())))


def test_what_can_not_be_compared_says_why(duckdb_tables: Engine) -> None:
    table = occurrences(duckdb_tables)
    assert codes(next(iter(found(table, {"strata": ["site"]}).values()))) == ["E414"]
    one_arm = "\n".join(line for line in PEOPLE.splitlines() if "| b" not in line)
    nobody = found(occurrences(duckdb_tables, people=one_arm), {})
    assert codes(next(iter(nobody.values()))) == ["N401"]


PLAN = """
trial: T
title: Two arms
condition: cancer
randomised: true
arms: {a: {label: New}, b: {label: Old}}
allocation: {method: permuted_blocks, ratio: {a: 1, b: 1}}
endpoints: {e: {derive: adverse_events, label: Adverse events}}
populations: {itt: {label: All, where: randomised}}
"""


def test_the_report_shows_ratio_and_difference_side_by_side_for_each_row(duckdb_tables: Engine) -> None:
    protocol, problems = parse_protocol(PLAN, "p.yaml")
    assert protocol is not None, problems
    findings = run(occurrences(duckdb_tables), {"method": "rate_ratio", "levels": ["any"]})
    table = event_tables(protocol.plan, findings)[0]
    assert table.columns == (
        "New v Old, ratio of rates",
        "New v Old, difference in rates per 100 person-years",
    )
    assert [line.label for line in table.lines] == ["Any event"]
    ratio = table.lines[0].cells[0]
    assert ratio is not None
    assert ratio.behind is not None
    assert ratio.behind.endswith("3 against 2 events")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"strata": ["centre"], "interval": "exact"}, "with `strata` the interval is"),
        ({"strata": ["centre"], "alternative": "less"}, "two_sided"),
        ({"strata": ["centre"], "count": "events"}, "go with `count: subjects`"),
        ({"interval": "mantel_haenszel"}, "goes with `strata`"),
        ({"interval": "robust"}, "goes with `count: events`"),
    ],
)
def test_a_word_that_does_not_fit_is_refused(words: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ANALYSIS.validate_python({"method": "rate_ratio", **words})
