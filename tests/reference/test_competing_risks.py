"""Competing events: incidence functions, Gray's test, Fine-Gray and cause-specific ratios of an analysis."""

from __future__ import annotations

import math

import numpy as np
import pytest
from analysed import analyse, codes, context, one, times
from cases_competing_risks import data
from reference_cases import cases

from trialist.kernels import competing, fine_gray, gray
from trialist.kernels.cox import cox
from trialist.kernels.survival import kaplan_meier
from trialist.units import DAYS_PER_MONTH

REASONS = {0: "NO_EVENT", 1: "RELAPSE", 2: "DEATH"}
MELANOMA = {"event_of_interest": ["RELAPSE"]}
AT = context("0", "1", compare=("0", "1"))


def melanoma(kinds=REASONS, **more):
    found = data("Melanoma")
    rows = [
        (str(int(arm)), time, kind > 0)
        for arm, time, kind in zip(found["sex"], found["time"], found["kind"], strict=True)
    ]
    return times(rows, reason=[kinds[kind] for kind in found["kind"].tolist()], **more)


def made(n: int = 60, seed: int = 6, ties: bool = True):
    draw = np.random.default_rng(seed)
    time = draw.exponential(20, n)
    time = np.ceil(time / 3) if ties else time
    return time, draw.choice([0, 1, 2], n, p=[0.3, 0.4, 0.3]), draw.integers(0, 2, n), draw.normal(size=n)


def pinned(method: str, name: str, **options):
    return next(
        c["expect"]
        for c in cases("competing_risks")
        if c["method"] == method
        and c["data"] == name
        and all(c["options"][k] == v for k, v in options.items())
    )


# --- the incidence function ---------------------------------------------------------------------------


def test_without_competing_events_it_is_one_less_the_survival_curve():
    time, kind, _, _ = made()
    alone = np.where(kind == 1, 1, 0)
    curve = competing.aalen_johansen(time, alone, np.ones(time.size))
    km = kaplan_meier(time, alone, 1 - alone)
    assert 1 - curve.probability == pytest.approx(km.survival)
    known = ~np.isnan(km.std_err)
    assert curve.std_err[known] == pytest.approx(km.std_err[known], rel=1e-9)


def test_the_incidences_of_all_kinds_and_being_free_of_them_add_up_to_one():
    time, kind, _, _ = made()
    one_kind = competing.aalen_johansen(time, kind, np.ones(time.size))
    other = competing.aalen_johansen(time, np.array([0, 2, 1])[kind], np.ones(time.size))
    assert one_kind.probability + other.probability + one_kind.free == pytest.approx(
        np.ones(one_kind.time.size)
    )


def test_the_delta_variance_is_the_sum_of_squared_influences_of_the_subjects():
    time, kind, _, _ = made(25)
    n = np.ones(25)
    curve = competing.aalen_johansen(time, kind, n)
    step = 1e-5
    influence = []
    for i in range(25):
        up, down = n.copy(), n.copy()
        up[i], down[i] = 1 + step, 1 - step
        ends = [competing.aalen_johansen(time, kind, w).probability for w in (up, down)]
        influence.append((ends[0] - ends[1]) / (2 * step))
    assert curve.std_err == pytest.approx(np.sqrt(np.sum(np.square(influence), axis=0)), rel=1e-5, abs=1e-9)


def test_an_incidence_at_months_and_the_months_of_an_incidence():
    words = {"method": "cumulative_incidence_function", "at_months": [24, 60], "quantiles": [0.1, 0.9]}
    found = analyse(melanoma(), context("0", "1"), **words, **MELANOMA)
    first = one(found, "cumulative_incidence", groups=("0",), timepoint="60")
    mine = data("Melanoma")["sex"] == 0
    kind = data("Melanoma")["kind"][mine]
    time = data("Melanoma")["time"][mine]
    curve = competing.aalen_johansen(time, kind, np.ones(kind.size))
    assert first.estimate == pytest.approx(competing.incidence_at(curve, 60 * DAYS_PER_MONTH)[0])
    assert first.interval.low < first.estimate < first.interval.high
    assert (first.n, first.events) == (126, int((kind == 1).sum()))
    told = dict(first.method.options)
    assert told["competing"] == "every other event"
    assert told["competing_events"] == int((kind == 2).sum())
    tenth = next(f for f in found if f.measure == "time_to_incidence" and f.groups == ("0",))
    reached = curve.time[np.flatnonzero(curve.probability >= 0.1)[0]] / DAYS_PER_MONTH
    assert tenth.estimate == pytest.approx(reached)
    assert tenth.unit == "months"
    ninth = [f for f in found if f.measure == "time_to_incidence"][1]
    assert (ninth.estimate, codes(ninth)) == (None, ["N402"])


def test_a_time_after_the_last_follow_up_is_not_guessed():
    table = times([("a", 100, True), ("a", 300, False)], reason=["RELAPSE", "NO_EVENT"])
    words = {"method": "cumulative_incidence_function", "at_months": [6, 24], **MELANOMA}
    found = analyse(table, context("a"), **words)
    assert [f.estimate for f in found] == [0.5, None]
    assert codes(found[1]) == ["N407"]


# --- which event is which -----------------------------------------------------------------------------


def test_an_event_of_neither_list_is_taken_as_a_censoring_and_told():
    table = melanoma({0: "NO_EVENT", 1: "RELAPSE", 2: "LOST_LEG"})
    listed = analyse(table, AT, method="gray", competing=["DEATH"], **MELANOMA)[0]
    assert codes(listed) == ["N481"]
    assert "LOST_LEG 14" in listed.problems[0].message
    free = analyse(table, AT, method="gray", **MELANOMA)[0]
    assert codes(free) == []
    assert listed.estimate != pytest.approx(free.estimate, rel=1e-6)


@pytest.mark.parametrize("method", ["cumulative_incidence_function", "gray", "fine_gray", "cause_specific"])
def test_a_reason_that_never_comes_is_told_with_those_that_came(method):
    words = {"at_months": [12]} if method == "cumulative_incidence_function" else {}
    found = analyse(melanoma(), AT, method=method, event_of_interest=["BONE"], **words)[0]
    assert "N480" in codes(found)
    assert "DEATH 14, RELAPSE 57" in found.problems[-1].message
    if method != "cumulative_incidence_function":
        assert found.estimate is None
    twice = analyse(melanoma(), AT, method=method, event_of_interest=["DEATH"], competing=["DEATH"], **words)[
        0
    ]
    assert (twice.estimate, codes(twice)[0]) == (None, "E482")


def test_an_event_without_a_reason_is_left_out_and_counted():
    rows = [
        ("a", 10, True),
        ("a", 20, False),
        ("b", 15, True),
        ("b", 25, True),
        ("b", -2, True),
        ("a", math.inf, True),
    ]
    table = times(rows, reason=["RELAPSE", "NO_EVENT", None, "RELAPSE", "DEATH", "DEATH"])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="gray", **MELANOMA)[0]
    assert found.n == 3
    assert codes(found) == ["N412", "N412"]


# --- tests and ratios of an analysis ------------------------------------------------------------------


def test_gray_s_test_of_the_protocol_gives_the_number_of_cmprsk():
    for rho in (0, 1):
        found = one(analyse(melanoma(), AT, method="gray", rho=rho, **MELANOMA), "gray")
        r = pinned("gray", "Melanoma", group="sex", kind=1, rho=rho)
        assert found.estimate == pytest.approx(r["chi_square"], rel=1e-8)
        assert found.p_value.value == pytest.approx(r["p_value"], rel=1e-6)
    with_strata = one(
        analyse(
            melanoma(ulcer=[str(u) for u in data("Melanoma")["ulcer"]]),
            AT,
            method="gray",
            strata=["ulcer"],
            **MELANOMA,
        ),
        "gray",
    )
    assert dict(with_strata.method.options)["strata"] == ("ulcer",)
    assert with_strata.estimate != found.estimate


def test_a_subdistribution_ratio_of_the_protocol_gives_the_number_of_crr():
    r = pinned("fine_gray", "Melanoma", covariates=["sex"], kind=1, groups=[])
    found = one(analyse(melanoma(), AT, method="fine_gray", **MELANOMA), "subdistribution_hazard_ratio")
    assert math.log(found.estimate) == pytest.approx(-r["coefficient"][0], rel=1e-8)  # 0 against 1 here
    half = (math.log(found.interval.high) - math.log(found.interval.low)) / 2
    assert half == pytest.approx(1.959963984540054 * r["std_err"][0], rel=1e-8)
    assert found.groups == ("0", "1")


def test_covariates_are_findings_of_their_own():
    ulcer = ["yes" if u else "no" for u in data("Melanoma")["ulcer"]]
    table = melanoma(ulcer=ulcer)
    table = table.mutate(decades=table.time_days * 0 + table.subject.cast("int64") % 7)
    words = {"method": "fine_gray", "covariates": ["ulcer", "decades"], **MELANOMA}
    found = analyse(table, AT, **words)
    assert [dict(f.method.options)["term"] for f in found] == [
        "arm",
        "ulcer: yes against no",
        "decades, per unit",
    ]
    r = pinned("fine_gray", "Melanoma", covariates=["sex", "ulcer"], kind=1, groups=["sex"])
    by_arm = analyse(table, AT, method="fine_gray", covariates=["ulcer"], censoring="by_arm", **MELANOMA)
    assert [math.log(f.estimate) for f in by_arm] == pytest.approx(
        [-r["coefficient"][0], r["coefficient"][1]]
    )
    assert codes(analyse(table, AT, method="fine_gray", covariates=["ecog"], **MELANOMA)[0]) == ["E414"]


def test_a_level_that_only_subjects_left_out_have_is_no_term():
    rows = [("ab"[i % 2], 5.0 + i, i % 3 > 0) for i in range(24)]
    reason = [None if i % 3 == 0 else "RELAPSE" if i % 3 == 1 else "DEATH" for i in range(24)]
    centre = ["x" if i < 12 else "y" for i in range(23)] + ["z"]
    ecog = [str(i % 4 // 2) for i in range(23)] + [None]
    table = times(rows, reason=reason, centre=centre, ecog=ecog)
    at = context("a", "b", compare=("a", "b"))
    found = analyse(table, at, method="fine_gray", covariates=["centre", "ecog"], **MELANOMA)
    assert [dict(f.method.options)["term"] for f in found[1:]] == ["centre: y against x", "ecog: 1 against 0"]
    assert codes(found[0]) == ["N412"]


@pytest.mark.parametrize("method", ["cumulative_incidence_function", "gray"])
def test_times_that_tell_no_reasons_are_refused(method):
    table = times([("a", 10, True), ("b", 12, True)])
    words = {"at_months": [1]} if method == "cumulative_incidence_function" else {}
    for found in analyse(table, context("a", "b"), method=method, **words, **MELANOMA):
        assert (found.estimate, codes(found)) == (None, ["N480"])


def test_a_cause_specific_ratio_censors_the_competing_events():
    found = one(analyse(melanoma(), AT, method="cause_specific", **MELANOMA), "cause_specific_hazard_ratio")
    table = data("Melanoma")
    died = (table["kind"] == 1).astype(float)
    fit = cox(table["time"], died, 1 - died, table["sex"].astype(int), [[1.0], [0.0]])
    assert math.log(found.estimate) == pytest.approx(fit.coefficient[0])
    assert dict(found.method.options)["competing_events"] == 14


# --- the model of Fine and Gray -----------------------------------------------------------------------


def test_without_competing_events_fine_gray_is_the_cox_model_with_a_robust_error():
    time, kind, arm, x = made(80, ties=False)
    alone = np.where(kind == 1, 1, 0)
    covariates = np.column_stack([arm, x])
    fit = fine_gray.fine_gray(time, alone, np.ones(80), np.arange(80), covariates)
    plain = cox(time, alone, 1 - alone, np.arange(80), covariates, ties="breslow")
    assert fit.coefficient == pytest.approx(plain.coefficient, rel=1e-8)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood)


def influences(fit, n):
    step, found = 1e-4, []
    for i in range(n):
        ends = []
        for sign in (1, -1):
            weight = np.ones(n)
            weight[i] += sign * step
            ends.append(fit(weight).coefficient)
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("form", ["plain", "strata", "censoring groups"])
def test_its_variance_is_that_of_the_influences_of_the_subjects(form):
    """Reweighting one subject after another moves the estimate by its influence: also through G."""
    n = 60
    time, kind, arm, x = made(n, ties=False)
    covariates = np.column_stack([arm, x])
    groups = arm if form == "censoring groups" else None
    strata = (x > 0).astype(int) if form == "strata" else None

    def fit(weight):
        return fine_gray.fine_gray(
            time, kind, weight, np.arange(n), covariates, stratum=strata, censoring_group=groups
        )

    moved = influences(fit, n)
    assert fit(np.ones(n)).std_err == pytest.approx(np.sqrt((moved**2).sum(axis=0)), rel=1e-2)


def test_cells_of_subjects_give_the_numbers_of_subjects():
    time, kind, arm, _ = made(90)
    keys, inverse, count = np.unique(
        np.column_stack([time, kind, arm]), axis=0, return_inverse=True, return_counts=True
    )
    assert inverse.size == 90
    covariates = [[0.0], [1.0]]
    one_by_one = fine_gray.fine_gray(time, kind, np.ones(90), arm, covariates)
    counted = fine_gray.fine_gray(
        keys[:, 0], keys[:, 1].astype(int), count, keys[:, 2].astype(int), covariates
    )
    assert counted.coefficient == pytest.approx(one_by_one.coefficient, rel=1e-10)
    assert counted.std_err == pytest.approx(one_by_one.std_err, rel=1e-10)
    tests = (
        gray.gray(time, kind, np.ones(90), arm, 2),
        gray.gray(keys[:, 0], keys[:, 1].astype(int), count, keys[:, 2].astype(int), 2),
    )
    assert tests[0].chi_square == pytest.approx(tests[1].chi_square, rel=1e-10)


def test_without_competing_events_gray_s_test_is_near_the_log_rank_test():
    from trialist.kernels.log_rank import log_rank

    time, kind, arm, _ = made(400, ties=False)
    alone = np.where(kind == 1, 1, 0)
    tested = gray.gray(time, alone, np.ones(400), arm, 2)
    plain = log_rank(time, alone, 1 - alone, arm, 2)
    assert tested.score[0] == pytest.approx((plain.observed - plain.expected)[0], rel=1e-9)
    assert tested.chi_square == pytest.approx(plain.chi_square, rel=0.02)


def test_the_order_of_subjects_and_the_unit_of_time_change_nothing():
    time, kind, arm, x = made(70)
    order = np.random.default_rng(0).permutation(70)
    covariates = np.column_stack([arm, x])
    first = fine_gray.fine_gray(time, kind, np.ones(70), np.arange(70), covariates)
    second = fine_gray.fine_gray(time[order] / 30.4375, kind[order], np.ones(70), order, covariates)
    assert first.coefficient == pytest.approx(second.coefficient, rel=1e-9)
    assert first.std_err == pytest.approx(second.std_err, rel=1e-9)


# --- when there is nothing to estimate ----------------------------------------------------------------

METHODS = [
    {"method": "gray"},
    {"method": "fine_gray", "censoring": "by_arm"},
    {"method": "cause_specific"},
]
NOTHING = {
    "no event": ([("a", 10, False), ("b", 12, False)], ["NO_EVENT"] * 2),
    "an empty arm": ([("a", 10, True), ("a", 12, True)], ["RELAPSE"] * 2),
    "nobody": ([], []),
    "one subject": ([("a", 10, True)], ["RELAPSE"]),
    "times that are none": ([("a", -3.0, True), ("b", math.inf, True)], ["RELAPSE"] * 2),
    "competing events only": ([("a", 3.0, True), ("b", 4.0, True)], ["DEATH"] * 2),
    "arms one after the other": ([("a", 1.0, False), ("b", 3.0, True)], ["NO_EVENT", "RELAPSE"]),
    "no time": ([("a", None, True), ("b", 4.0, None)], ["RELAPSE", None]),
}


@pytest.mark.parametrize("words", METHODS, ids=lambda w: w["method"])
@pytest.mark.parametrize("why", NOTHING)
def test_what_can_not_be_estimated_is_a_finding_with_its_reason(words, why):
    rows, reason = NOTHING[why]
    found = analyse(times(rows, reason=reason), context("a", "b", compare=("a", "b")), **words, **MELANOMA)
    for each in found:
        assert each.estimate is None
        assert each.problems


@pytest.mark.parametrize("why", NOTHING)
def test_an_incidence_of_nobody_is_a_finding_with_its_reason(why):
    rows, reason = NOTHING[why]
    words = {"method": "cumulative_incidence_function", "at_months": [1, 2], "quantiles": [0.5], **MELANOMA}
    for found in analyse(times(rows, reason=reason), context("a", "b"), **words):
        assert found.estimate is not None or found.problems


def test_events_of_one_arm_only_give_no_finite_ratio():
    rows = [("a", 40 + i, False) for i in range(8)] + [("b", 10 + i, True) for i in range(8)]
    table = times(rows, reason=["NO_EVENT"] * 8 + ["RELAPSE"] * 7 + ["DEATH"])
    for method in ("fine_gray", "cause_specific"):
        found = analyse(table, context("a", "b", compare=("a", "b")), method=method, **MELANOMA)[0]
        assert (found.estimate, codes(found)) == (None, ["N404"])


def test_a_covariate_that_does_not_vary_is_told():
    table = melanoma(centre=["x"] * 205)
    table = table.mutate(fixed=table.time_days * 0 + 1)
    found = analyse(table, AT, method="fine_gray", covariates=["fixed"], **MELANOMA)[0]
    assert (found.estimate, codes(found)) == (None, ["N406"])
    levels = analyse(table, AT, method="fine_gray", covariates=["centre"], **MELANOMA)
    assert len(levels) == 1  # a factor of one level has nothing to add
