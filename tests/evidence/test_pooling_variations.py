"""The same pool without a trial, trial after trial, in subgroups, by moderators; and a caller's own table."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from trialist.evidence.pooling.pairwise import pool_effects
from trialist.evidence.pooling.question import Options
from trialist.evidence.pooling.small_studies import small_studies
from trialist.evidence.pooling.table import read_table
from trialist.evidence.pooling.variations import (
    by_subgroup,
    cumulative,
    influences,
    regressed,
    without_each,
)
from trialist.kernels.meta_analysis import leave_one_out, meta_analysis
from trialist.kernels.meta_influence import influence
from trialist.kernels.meta_regression import meta_regression

DATA = Path(__file__).parents[1] / "reference" / "data"
NORMAL = Options(interval="normal")


def rows(name):
    with (DATA / f"pool_{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def bcg():
    columns = {"events1": "tpos", "n1": "n1", "events2": "cpos", "n2": "n2", "study": "author"}
    given = [
        {
            **row,
            "n1": str(int(row["tpos"]) + int(row["tneg"])),
            "n2": str(int(row["cpos"]) + int(row["cneg"])),
        }
        for row in rows("bcg")
    ]
    read = read_table(given, "bcg.csv", columns=columns)
    assert (read.measure, read.problems, len(read.effects)) == ("risk_ratio", (), 13)
    return pool_effects(read.effects, read.measure, NORMAL, endpoint="tuberculosis")


def test_the_vaccine_trials_have_the_pooled_ratio_that_metafor_prints(bcg):
    """R: metafor::rma, REML: exp(-0.7145)."""
    assert bcg.findings[0].estimate == pytest.approx(math.exp(-0.7145323421581388), rel=1e-12)
    assert bcg.findings[2].measure == "i_squared"
    assert bcg.findings[2].estimate == pytest.approx(0.9222138452126894, rel=1e-12)


def test_leaving_out_each_trial_gives_as_many_findings(bcg):
    found = without_each(bcg)
    y, v = np.array([e.y for e in bcg.effects]), np.array([e.v for e in bcg.effects])
    assert [row.result.estimate for row in found.rows] == [one.estimate for one in leave_one_out(y, v)]
    assert found.findings[0].subgroup == "without Aronson"
    assert len({f.id for f in found.findings}) == 13


def test_a_cumulative_pool_goes_by_year_and_ends_with_the_whole(bcg):
    found = cumulative(bcg)
    years = [e.moderators["year"] for e in bcg.effects]
    assert found.rows[0].label == f"from {bcg.effects[int(np.argmin(years))].trial}"
    assert found.rows[-1].result.estimate == pytest.approx(bcg.result.estimate, rel=1e-12)


def test_subgroups_are_pooled_by_themselves_and_compared(bcg):
    found = by_subgroup(bcg, "alloc")
    chosen = [e for e in bcg.effects if e.moderators["alloc"] == "random"]
    alone = meta_analysis([e.y for e in chosen], [e.v for e in chosen])
    assert found.findings[1].estimate == pytest.approx(math.exp(alone.estimate), rel=1e-12)
    assert [f.subgroup for f in found.findings[:3]] == [
        "alloc: alternate",
        "alloc: random",
        "alloc: systematic",
    ]
    test = found.findings[-1]
    y = np.array([row.result.estimate for row in found.rows])
    w = 1 / np.array([row.result.std_err for row in found.rows]) ** 2
    assert test.measure == "interaction"
    assert test.estimate == pytest.approx(float(w @ (y - w @ y / w.sum()) ** 2))
    assert dict(test.method.options)["df"] == 2


def test_a_regression_gives_each_coefficient_and_what_is_left(bcg):
    found = regressed(bcg, ["ablat", "alloc"])
    assert [f.measure for f in found.findings] == [
        "intercept", "moderator", "moderator", "moderator", "model_test", "tau_squared", "heterogeneity",
    ]  # fmt: skip
    assert [f.subgroup for f in found.findings[:4]] == [
        "intercept",
        "ablat",
        "alloc: random",
        "alloc: systematic",
    ]
    y, v = np.array([e.y for e in bcg.effects]), np.array([e.v for e in bcg.effects])
    plain = regressed(bcg, ["ablat"])
    x = np.column_stack([np.ones(13), [e.moderators["ablat"] for e in bcg.effects]])
    ours = meta_regression(y, v, x)
    assert plain.findings[1].estimate == float(ours.coefficient[1])


def test_moderators_that_can_not_be_used_are_told(bcg):
    assert [p.code for p in regressed(bcg, ["dose"]).problems] == ["E647"]
    assert [p.code for p in by_subgroup(bcg, "dose").problems] == ["E647"]
    assert [p.code for p in regressed(bcg, ["year", "year"]).problems] == ["E645"]


def test_tests_of_small_studies_stand_as_findings(bcg):
    found = small_studies(bcg)
    tests = [dict(f.method.options).get("test") for f in found.findings]
    assert tests[:5] == ["egger", "egger_mixed", "peters", "begg", "trim_and_fill"]
    assert found.findings[0].p_value.value == pytest.approx(0.18870699508197963, rel=1e-9)
    assert [
        dict(f.method.options).get("test") for f in found.findings if dict(f.method.options).get("fits")
    ] == ["peters"]
    assert [p.code for p in found.problems] == ["N678"]


def test_the_influence_of_each_trial_is_that_of_the_kernel(bcg):
    found = influences(bcg)
    y, v = np.array([e.y for e in bcg.effects]), np.array([e.v for e in bcg.effects])
    ours = influence(y, v)
    assert [f.estimate for f in found.findings] == ours.cook.tolist()
    assert [dict(f.method.options)["influential"] for f in found.findings] == list(ours.influential)
    two = read_table([{"yi": "0.1", "vi": "0.1"}, {"yi": "0.3", "vi": "0.1"}], "x.csv")
    assert influences(pool_effects(two.effects, two.measure, NORMAL, endpoint="x")).findings == ()


def test_few_trials_make_such_tests_worthless():
    read = read_table(rows("nielweise"), "x.csv")
    found = small_studies(pool_effects(read.effects, read.measure, NORMAL, endpoint="infection"))
    assert [p.code for p in found.problems] == ["N652"]


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("normand", "mean_difference"),
        ("nielweise", "rate_ratio"),
        ("pignon", "hazard_ratio"),
        ("pritz", "proportion"),
    ],
)
def test_the_columns_of_a_table_say_what_is_pooled(name, measure):
    read = read_table(rows(name), f"{name}.csv")
    assert read.measure == measure
    assert read.problems == ()
    assert len(read.effects) == len(rows(name))


def test_proportions_come_back_between_0_and_1():
    for scale in ("logit", "freeman_tukey", "arcsine", "log", "proportion"):
        options = Options(interval="normal", proportions=scale)
        read = read_table(rows("pritz"), "x.csv", options=options)
        found = pool_effects(read.effects, read.measure, options, endpoint="improved")
        low, high = found.findings[0].interval.low, found.findings[0].interval.high
        assert 0 < low < found.findings[0].estimate < high <= 1
        assert found.findings[-1].measure == "predicted_proportion"


def test_intervals_and_p_values_are_read_as_well():
    given = [
        {"study": "A", "hr": "0.7", "low": "0.5", "high": "0.98", "p": ""},
        {"study": "B", "hr": "0.8", "low": "", "high": "", "p": "0.03"},
        {"study": "B", "hr": "0.9", "low": "0.7", "high": "1.16", "p": "NA"},
    ]
    read = read_table(given, "x.csv")
    assert [(e.trial, e.how) for e in read.effects] == [
        ("A", "interval"),
        ("B", "p_value"),
        ("B (2)", "interval"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"hr": "x", "low": "0.5", "high": "0.9"}, "'hr' is 'x', not a number"),
        ({"hr": "0.4", "low": "0.5", "high": "0.9"}, "the estimate does not lie between low and high"),
        ({"hr": "0.7", "low": "0", "high": "0.9"}, "a number can't be what it should be"),
        ({"hr": "inf", "low": "0.5", "high": "0.9"}, "'hr' is 'inf'"),
        ({"hr": "", "low": "0.5", "high": "0.9"}, "'hr' is empty"),
        ({"hr": "0.7", "low": "0.5", "high": ""}, "it has neither both ends of an interval nor a p value"),
        ({"events1": "3", "n1": "2", "events2": "1", "n2": "5"}, "a count is negative or above its n"),
        ({"events1": "1.5", "n1": "2", "events2": "1", "n2": "5"}, "'events1' is 1.5, not a whole number"),
        ({"yi": "0.1", "vi": "0"}, "its variance is not above 0"),
        ({"yi": "0.1", "vi": "-2"}, "its variance is not above 0"),
        ({"o_minus_e": "3", "v": "0"}, "a number can't be what it should be"),
        ({"events": "5", "n": "0"}, "its numbers give no effect with an error"),
    ],
)
def test_a_row_without_an_effect_is_told_with_its_line(row, message):
    read = read_table([row], "x.csv")
    assert [p.code for p in read.problems] == ["E642"]
    assert message in read.problems[0].message
    assert str(read.problems[0].place) == "x.csv:2"


def test_tables_without_columns_measures_or_rows_are_told():
    assert read_table([{"a": "1"}], "x.csv").problems[0].code == "E641"
    assert read_table([], "x.csv").problems[0].code == "E641"
    good = [{"yi": "1", "vi": "1"}]
    assert read_table(good, "x.csv", columns={"yi": "z"}).problems[0].code == "E649"
    assert read_table(good, "x.csv", columns={"zz": "yi"}).problems[0].code == "E649"
    counts = [{"ai": "1", "n1i": "5", "ci": "2", "n2i": "5"}]
    assert read_table(counts, "x.csv", measure="hazard_ratio").problems[0].code == "E648"
    assert [p.code for p in pool_effects((), "effect", NORMAL, endpoint="x").problems] == ["E640"]


def test_a_trial_without_a_value_is_left_out_of_its_subgroup_and_named():
    given = [
        {"study": s, "yi": y, "vi": "0.1", "dose": d}
        for s, y, d in (("A", "0.1", "low"), ("B", "0.4", "high"), ("C", "0.2", ""))
    ]
    read = read_table(given, "x.csv")
    found = by_subgroup(pool_effects(read.effects, read.measure, NORMAL, endpoint="x"), "dose")
    assert [p.message for p in found.problems] == ["trials without a value of dose are left out of it: C"]
    assert [row.label for row in found.rows] == ["dose: high", "dose: low"]


def test_a_table_of_ratios_and_counts_gives_what_is_asked_of_it():
    row = {
        "study": "A",
        "hr": "0.7",
        "low": "0.5",
        "high": "0.98",
        "ai": "3",
        "n1i": "9",
        "ci": "5",
        "n2i": "9",
    }
    assert read_table([row], "x.csv").measure == "hazard_ratio"
    counted = read_table([row], "x.csv", measure="odds_ratio")
    assert (counted.measure, counted.effects[0].counts) == ("odds_ratio", (3, 9, 5, 9))
    both = {"or": "2", "low": "1", "high": "4", "hr": "0.5", "p": "0.04"}
    assert read_table([both], "x.csv", measure="odds_ratio").effects[0].y == pytest.approx(math.log(2))


def test_moderators_of_tables_go_by_inverse_variance_and_leave_out_what_has_no_effect():
    given = [
        {"study": s, "ai": a, "n1i": "50", "ci": c, "n2i": "50", "dose": d}
        for s, a, c, d in (
            ("A", "3", "5", "1"),
            ("B", "4", "9", "2"),
            ("C", "0", "0", "3"),
            ("D", "6", "7", "5"),
        )
    ]
    options = Options(tables="mantel_haenszel", add=0.0)
    read = read_table(given, "x.csv", options=options)
    found = pool_effects(read.effects, read.measure, options, endpoint="x")
    assert found.result.k == 4
    made = regressed(found, ["dose"])
    assert dict(made.findings[1].method.options)["model"] == "random effects"
    assert made.findings[1].note == "3 trials"
