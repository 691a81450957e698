"""The mixed model for repeated measures: SAS, what theory says, and what can not be estimated."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pytest
from analysed import analyse, codes, context, one
from cases_values import codes as coded
from cases_values import complete, table

from trialist.findings.model import from_json
from trialist.kernels.covariance_structures import covariance, parameters
from trialist.kernels.location import two_sample_t
from trialist.kernels.repeated_contrasts import contrast
from trialist.kernels.repeated_measures import repeated_measures

# SAS PROC MIXED on the FEV data, model FEV1 = RACE SEX ARMCD*AVISIT, type=un, ddfm=satterthwaite, REML: least
# squares means and differences (estimate, error, df, ends) as printed in design/SAS/sas_log_reml.txt of
# github.com/openpharma/mmrm (commit ec290b2, Apache License 2.0). SAS stops its search for a covariance when
# the likelihood changes by less than 1e-8 of itself; the last printed digit is then its own
SAS_MEANS = {
    ("VIS1", "PBO"): (33.3318, 0.7554, 148, 31.8391, 34.8245),
    ("VIS1", "TRT"): (37.1063, 0.7626, 143, 35.5990, 38.6137),
    ("VIS2", "PBO"): (38.1715, 0.6117, 147, 36.9626, 39.3803),
    ("VIS2", "TRT"): (41.9037, 0.6023, 144, 40.7131, 43.0942),
    ("VIS3", "PBO"): (43.6740, 0.4617, 130, 42.7605, 44.5875),
    ("VIS3", "TRT"): (46.7546, 0.5086, 130, 45.7484, 47.7608),
    ("VIS4", "PBO"): (48.3855, 1.1886, 134, 46.0346, 50.7364),
    ("VIS4", "TRT"): (52.7841, 1.1877, 133, 50.4347, 55.1334),
}
SAS_DIFFERENCES = {
    "VIS1": (3.7745, 1.0741, 146, 0.0006, 1.6517, 5.8974),
    "VIS2": (3.7322, 0.8588, 145, 0.0001, 2.0348, 5.4296),
    "VIS3": (3.0806, 0.6896, 131, 0.0001, 1.7164, 4.4448),
    "VIS4": (4.3985, 1.6805, 133, 0.0099, 1.0746, 7.7225),
}
# The same data, model FEV1 = ARMCD: error of the arm by Kenward and Roger's method, by its linear form,
# and its degrees of freedom, as SAS gives them, quoted in
# tests/testthat/test-kenwardroger.R of the same commit
SAS_KENWARD_ROGER = {
    "ar1": (0.95865439662225, 0.96058142305176, 188.46934887972),
    "heterogeneous_ar1": (0.7590316099633, 0.75924807546934, 188.225339095373),
    "compound_symmetry": (0.7964696053595, 0.7964696053595, 177.038485931223),
    "heterogeneous_compound_symmetry": (0.67414806011886, 0.67403858183242, 190.737701349941),
    "toeplitz": (0.87839805519623, 0.87839805519623, 160.027408337368),
    "heterogeneous_toeplitz": (0.72543828853831, 0.72537324518435, 180.062730071701),
    "unstructured": (0.66124382270307, 0.66124382270307, 160.733266403768),
}
BOTH = ("TRT", "PBO")


def fev(**changed: Any) -> Any:
    """The FEV data as a Repeated table; rows without a value are not evaluable."""
    data = table("fev")
    value = [float(v) if v else None for v in data["value"]]
    baseline = [float(v) for v in data["baseline"]]
    return ibis.memtable(
        {
            "subject": data["subject"],
            "arm": data["arm"],
            "visit": data["visit"],
            "visit_number": [int(v[-1]) for v in data["visit"]],
            "baseline": baseline,
            "value": value,
            "change": [None if v is None else v - b for v, b in zip(value, baseline, strict=True)],
            "evaluable": [v is not None for v in value],
            "race": data["race"],
            "sex": data["sex"],
            **changed,
        }
    )


@pytest.fixture(scope="module")
def sas_model() -> Any:
    return analyse(
        fev(),
        context(*BOTH, compare=BOTH),
        method="mmrm",
        of="value",
        baseline="none",
        strata=["race", "sex"],
        degrees_of_freedom="satterthwaite",
    )


@pytest.mark.parametrize(("visit", "arm"), SAS_MEANS)
def test_an_adjusted_mean_is_that_of_proc_mixed(sas_model: Any, visit: str, arm: str) -> None:
    found = one(sas_model, "adjusted_mean", timepoint=visit, groups=(arm,))
    estimate, _, df, low, high = SAS_MEANS[visit, arm]
    assert found.estimate == pytest.approx(estimate, abs=2e-4)
    assert found.interval.low == pytest.approx(low, abs=4e-4)
    assert found.interval.high == pytest.approx(high, abs=4e-4)
    assert dict(found.method.options)["df"] == pytest.approx(df, abs=0.6)


@pytest.mark.parametrize("visit", SAS_DIFFERENCES)
def test_a_difference_at_a_visit_is_that_of_proc_mixed(sas_model: Any, visit: str) -> None:
    found = one(sas_model, "mean_difference", timepoint=visit)
    estimate, _, df, p_value, low, high = SAS_DIFFERENCES[visit]
    assert found.estimate == pytest.approx(estimate, abs=2e-4)
    assert found.interval.low == pytest.approx(low, abs=4e-4)
    assert found.interval.high == pytest.approx(high, abs=4e-4)
    assert found.p_value.value == pytest.approx(p_value, abs=1e-4)
    assert dict(found.method.options)["df"] == pytest.approx(df, abs=0.6)
    assert from_json(found.as_json()) == found


@pytest.mark.parametrize("structure", SAS_KENWARD_ROGER)
def test_kenward_and_roger_s_method_is_that_of_sas(structure: Any) -> None:
    data = complete(table("fev"), ["value", "arm", "visit", "subject"])
    x = np.column_stack([np.ones(data["value"].size), data["arm"] == "TRT"])
    fit = repeated_measures(data["value"], x, coded(data["subject"]), coded(data["visit"]), 4, structure)
    error, linear_error, df = SAS_KENWARD_ROGER[structure]
    full = contrast(fit, [0, 1], "kenward_roger")
    linear = contrast(fit, [0, 1], "kenward_roger_linear")
    assert full.std_err == pytest.approx(error, rel=2e-4)
    assert full.df == pytest.approx(df, rel=5e-4)
    # what the second derivatives add does not hang on where the search stopped
    assert full.std_err / linear.std_err == pytest.approx(error / linear_error, rel=1e-6)


def test_sas_s_log_likelihood_and_covariance() -> None:
    # -2 Res Log Likelihood and UN(i,j) of the same print; its visits stand in the order 2, 3, 4, 1
    from trialist.findings.linear_rows import linear_rows
    from trialist.findings.methods.mmrm import fitted

    visits = ("VIS1", "VIS2", "VIS3", "VIS4")
    rows = linear_rows(fev(), BOTH, "value", factors=["race", "sex"], visits=visits, with_baseline=False)
    entry = analysis(baseline="none", of="value", strata=["race", "sex"])
    fit, _ = fitted(rows, 2, 4, entry)
    assert -2 * fit.log_likelihood == pytest.approx(3386.44987722, abs=1e-5)
    assert fit.sigma[1, 1] == pytest.approx(26.5692, rel=2e-4)
    assert fit.sigma[0, 3] == pytest.approx(13.3731, rel=1e-3)


def analysis(**words: Any) -> Any:
    from analysed import ANALYSIS

    return ANALYSIS.validate_python({"method": "mmrm", **words})


def test_between_within_degrees_of_freedom_are_those_of_r_s_mmrm() -> None:
    # vignettes/between_within.Rmd of the same commit: 192 between and 334 within subjects
    found = analyse(
        fev(),
        context(*BOTH, compare=BOTH),
        method="mmrm",
        of="value",
        baseline="none",
        strata=["race", "sex"],
        degrees_of_freedom="between_within",
    )
    assert dict(one(found, "mean_difference", timepoint="VIS1").method.options)["df"] == 192
    data = complete(table("fev"), ["value", "arm", "visit", "subject", "race", "sex"])
    visit, arm = coded(data["visit"]), coded(data["arm"])
    later = np.eye(4)[visit][:, 1:]
    race = np.eye(3)[coded(data["race"])][:, 1:]
    x = np.column_stack([np.ones(visit.size), race, coded(data["sex"]), arm, later, later * arm[:, None]])
    fit = repeated_measures(data["value"], x, coded(data["subject"]), visit, 4)
    # race, sex and arm do not change within a subject, visit and arm by visit do; the constant is put with
    # the first here, with the latter in mmrm
    degrees = [contrast(fit, np.eye(x.shape[1])[k], "between_within").df for k in (1, 3, 4, 5, 8, 10)]
    assert degrees == [192, 192, 192, 334, 334, 334]


# --- what theory says ---------------------------------------------------------------------------------


def complete_visits(n: int = 12, visits: int = 3) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(44001)
    arm = np.arange(n) % 2
    y = rng.normal(size=(n, visits)) @ np.array([[1, 0.5, 0.2], [0, 1, 0.6], [0, 0, 1.3]])[:visits, :visits]
    y = y + arm[:, None] * np.arange(visits)
    return y, arm, np.arange(n)


@pytest.mark.parametrize("how", ["satterthwaite", "kenward_roger", "kenward_roger_linear"])
def test_with_all_visits_seen_a_difference_is_that_of_student_s_t_at_that_visit(how: Any) -> None:
    y, arm, subject = complete_visits()
    n, m = y.shape
    cell = (np.tile(np.arange(m), n) * 2 + np.repeat(arm, m)).astype(int)
    fit = repeated_measures(y.ravel(), np.eye(6)[cell], np.repeat(subject, m), np.tile(np.arange(m), n), m)
    for visit in range(m):
        weights = np.zeros(6)
        weights[2 * visit + 1], weights[2 * visit] = 1, -1
        found = contrast(fit, weights, how)
        student = two_sample_t(y[arm == 1, visit], y[arm == 0, visit], equal_variances=True)
        assert found.estimate == pytest.approx(student.difference)
        assert found.std_err == pytest.approx(student.std_err, rel=1e-9)
        assert found.df == pytest.approx(n - 2, rel=1e-8)
        assert found.p_value == pytest.approx(student.p_value, rel=1e-7)


def test_the_order_of_rows_and_the_unit_of_values_change_nothing() -> None:
    data = complete(table("fev"), ["value", "arm", "visit", "subject"])
    x = np.column_stack([np.ones(data["value"].size), data["arm"] == "TRT"])
    who, when = coded(data["subject"]), coded(data["visit"])
    plain = contrast(repeated_measures(data["value"], x, who, when, 4), [0, 1])
    order = np.random.default_rng(1).permutation(who.size)
    mixed = repeated_measures(data["value"][order], x[order], who[order] * 7 + 3, when[order], 4)
    assert contrast(mixed, [0, 1]).std_err == pytest.approx(plain.std_err, rel=1e-9)
    scaled = contrast(repeated_measures(data["value"] * 1e-6 + 5, x, who, when, 4), [0, 1])
    assert scaled.std_err == pytest.approx(plain.std_err * 1e-6, rel=1e-7)
    assert scaled.df == pytest.approx(plain.df, rel=1e-7)


@pytest.mark.parametrize(
    "structure",
    [
        "unstructured",
        "toeplitz",
        "heterogeneous_toeplitz",
        "ar1",
        "heterogeneous_ar1",
        "compound_symmetry",
        "heterogeneous_compound_symmetry",
    ],
)
@pytest.mark.parametrize("rho", [0.3, 0.0, -0.2])
def test_derivatives_of_a_covariance_are_those_of_small_steps(structure: Any, rho: float) -> None:
    m = 4
    theta = np.full(parameters(structure, m), rho)
    if structure.startswith("heterogeneous") or structure == "unstructured":
        theta[:m] = [1.0, 2.0, 0.7, 3.0]
    else:
        theta[0] = 2.0
    here = covariance(structure, m, theta)
    for h in range(theta.size):
        step = np.zeros(theta.size)
        step[h] = 1e-5
        ahead, behind = (covariance(structure, m, theta + sign * step) for sign in (1, -1))
        assert here.first[h] == pytest.approx((ahead.sigma - behind.sigma) / 2e-5, abs=1e-8)
        bend = (ahead.first - behind.first) / 2e-5
        second = np.zeros_like(bend) if here.second is None else here.second[h]
        assert second == pytest.approx(bend, abs=1e-7)


def test_one_visit_is_a_linear_model() -> None:
    first = fev().filter(ibis._.visit == "VIS4")
    at = context(*BOTH, compare=BOTH)
    words = {"of": "value", "strata": ["race"], "baseline": "main"}
    mixed = one(analyse(first, at, method="mmrm", **words), "mean_difference")
    plain = one(analyse(first, at, method="ancova", **words), "mean_difference")
    assert mixed.estimate == pytest.approx(plain.estimate, rel=1e-10)
    assert mixed.interval.low == pytest.approx(plain.interval.low, rel=1e-8)
    assert mixed.p_value.value == pytest.approx(plain.p_value.value, rel=1e-6)


# --- findings -----------------------------------------------------------------------------------------


def test_every_option_of_the_model_stands_with_the_number() -> None:
    found = one(
        analyse(fev(), context(*BOTH, compare=BOTH), method="mmrm", margin=-1.0, alternative="greater"),
        "mean_difference",
        timepoint="VIS3",
    )
    options = dict(found.method.options)
    assert options["of"] == "change"
    assert options["baseline"] == "by_visit"
    assert options["covariance"] == "unstructured"
    assert options["degrees_of_freedom"] == "kenward_roger"
    assert (options["null"], found.p_value.sides) == (-1.0, 1)
    assert found.note == "263 values not evaluable, left out"
    assert found.groups == BOTH


def test_the_difference_in_change_is_that_in_value_with_the_baseline_in_the_model() -> None:
    at = context(*BOTH, compare=BOTH)
    value, change = (
        one(analyse(fev(), at, method="mmrm", of=of), "mean_difference", timepoint="VIS2")
        for of in ("value", "change")
    )
    assert change.estimate == pytest.approx(value.estimate, rel=1e-8)
    assert change.interval.low == pytest.approx(value.interval.low, rel=1e-7)


def test_an_arm_without_a_value_at_a_visit_has_no_mean_there_and_the_others_stand() -> None:
    data = table("fev")
    gone = [v == "VIS4" and a == "TRT" for v, a in zip(data["visit"], data["arm"], strict=True)]
    kept = [bool(v) and not g for v, g in zip(data["value"], gone, strict=True)]
    found = analyse(fev(evaluable=kept), context(*BOTH, compare=BOTH), method="mmrm", baseline="main")
    lost = one(found, "adjusted_mean", timepoint="VIS4", groups=("TRT",))
    assert (lost.estimate, lost.n, codes(lost)) == (None, 0, ["N434"])
    assert codes(one(found, "mean_difference", timepoint="VIS4")) == ["N434"]
    assert one(found, "adjusted_mean", timepoint="VIS4", groups=("PBO",)).estimate is not None
    assert one(found, "mean_difference", timepoint="VIS1").estimate is not None


def test_a_visit_that_nobody_attended_is_left_out_of_the_model() -> None:
    data = table("fev")
    kept = [bool(v) and at != "VIS2" for v, at in zip(data["value"], data["visit"], strict=True)]
    found = analyse(fev(evaluable=kept), context(*BOTH, compare=BOTH), method="mmrm")
    assert codes(one(found, "mean_difference", timepoint="VIS2")) == ["N434", "N434"]
    assert one(found, "mean_difference", timepoint="VIS3").estimate is not None


@pytest.mark.parametrize(
    ("changed", "words", "told"),
    [
        ({"baseline": [7.0] * 800}, {}, "N430"),
        ({"value": [3.0] * 800, "evaluable": [True] * 800}, {"of": "value", "baseline": "none"}, "N409"),
        ({}, {"strata": ["region"]}, "E414"),
        ({}, {"covariates": ["height"]}, "E437"),
        ({"evaluable": [i < 12 for i in range(800)]}, {}, "N431"),
        ({"evaluable": [i < 60 for i in range(800)]}, {"baseline": "none"}, "N432"),
        ({"arm": ["TRT"] * 800}, {}, "N401"),
        ({"value": [float("inf")] * 800, "evaluable": [True] * 800}, {"of": "value"}, "N401"),
    ],
)
def test_a_model_that_can_not_be_fitted_is_told(changed, words, told):
    found = analyse(fev(**changed), context(*BOTH, compare=BOTH), method="mmrm", **words)
    assert len(found) >= 3
    for finding in found:
        assert (finding.estimate, finding.interval, finding.p_value) == (None, None, None)
        assert codes(finding)[0] == told


def test_a_visit_with_one_value_in_each_arm_has_a_mean_where_the_visits_share_one_variance() -> None:
    data = table("fev")
    last = {arm: next(i for i, row in enumerate(zip(data["arm"], data["visit"], data["value"], strict=True))
                      if row[:2] == (arm, "VIS4") and row[2]) for arm in BOTH}  # fmt: skip
    kept = [bool(v) and (at != "VIS4" or i in last.values())
            for i, (v, at) in enumerate(zip(data["value"], data["visit"], strict=True))]  # fmt: skip
    at = context(*BOTH, compare=BOTH)
    shared = analyse(fev(evaluable=kept), at, method="mmrm", baseline="none", covariance="ar1")
    assert one(shared, "mean_difference", timepoint="VIS4").estimate is not None
    free = analyse(fev(evaluable=kept), at, method="mmrm", baseline="none")
    assert codes(one(free, "mean_difference", timepoint="VIS4"))[0] in ("N432", "E433")


def test_without_an_arm_to_compare_with_or_any_visit_there_is_nothing() -> None:
    assert codes(analyse(fev(), context("TRT"), method="mmrm")[0]) == ["E413"]
    nothing = fev().filter(ibis._.visit == "VIS9")
    assert codes(analyse(nothing, context(*BOTH), method="mmrm")[0]) == ["N401"]


def test_three_arms_are_compared_with_the_last_unless_two_are_named() -> None:
    data = table("fev")
    third = {subject: i % 3 for i, subject in enumerate(dict.fromkeys(data["subject"]))}
    arms = [("a", "b", "c")[third[subject]] for subject in data["subject"]]
    found = analyse(fev(arm=arms), context("a", "b", "c"), method="mmrm")
    pairs = {f.groups for f in found if f.measure == "mean_difference"}
    assert pairs == {("a", "c"), ("b", "c")}
