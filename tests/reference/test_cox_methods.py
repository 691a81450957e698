"""cox_ph with covariates, proportional_hazards and subgroups: real trials, and where there is no answer."""

from __future__ import annotations

import math
from dataclasses import replace

import ibis
import numpy as np
import pyarrow as pa
import pytest
from analysed import analyse, codes, context, one
from reference_cases import cases, columns
from veteran_models import AT, BOTH, pinned, veteran


@pytest.mark.parametrize(
    ("ties", "word"), [("efron", "efron"), ("breslow", "breslow"), ("exact", "discrete")]
)
def test_ratios_of_arm_and_covariates_are_those_of_one_model(ties, word):
    r = pinned("veteran", ties, ["trt", "karno", "factor(celltype)"])
    found = analyse(
        veteran(), AT, method="cox_ph", ties=word, covariates=["karno", "celltype"], interval="profile",
        test="likelihood_ratio",
    )  # fmt: skip
    arm = one(found, "hazard_ratio")
    assert arm.groups == BOTH
    assert math.log(arm.estimate) == pytest.approx(r["coefficient"][0], rel=1e-9)
    assert math.log(arm.interval.low) == pytest.approx(r["profile"]["low"], rel=1e-8)
    assert math.log(arm.interval.high) == pytest.approx(r["profile"]["high"], rel=1e-8)
    assert arm.p_value.value == pytest.approx(r["without"]["p_value"], rel=1e-6)
    others = [f for f in found if f.measure == "hazard_ratio_prognostic"]
    assert [math.log(f.estimate) for f in others] == pytest.approx(r["coefficient"][1:], rel=1e-8)
    assert [f.note for f in others] == [
        "karno, one more",
        "celltype: large against adeno",
        "celltype: smallcell against adeno",
        "celltype: squamous against adeno",
    ]
    told = dict(others[1].method.options)
    assert (told["covariate"], told["covariate_level"], told["against"]) == ("celltype", "large", "adeno")
    tests = {dict(f.method.options)["term"]: f for f in found if f.measure == "model_test"}
    assert set(tests) == {"celltype", "all"}
    assert tests["all"].estimate == pytest.approx(r["likelihood_ratio"]["statistic"], rel=1e-9)
    assert dict(tests["celltype"].method.options)["df"] == 3
    if ties != "exact":
        assert one(found, "concordance").estimate == pytest.approx(r["concordance"]["estimate"], rel=1e-9)


def test_weights_offset_strata_and_clusters_go_into_the_model():
    r = pinned("veteran", "efron", ["trt", "age"], cluster="group")
    found = one(
        analyse(
            veteran(), AT, method="cox_ph", covariates="age", strata=["celltype"], weights="wt",
            offset="ahead", cluster="group",
        ),
        "hazard_ratio",
    )  # fmt: skip
    assert math.log(found.estimate) == pytest.approx(r["coefficient"][0], rel=1e-9)
    half = 1.959963984540054 * r["robust"]["std_err"][0]
    assert math.log(found.interval.high) == pytest.approx(r["coefficient"][0] + half, rel=1e-9)
    told = dict(found.method.options)
    assert (told["variance"], told["cluster"], told["weights"], told["offset"]) == (
        *("robust", "group", "wt", "ahead"),
    )


def test_the_first_level_is_the_reference_unless_another_is_named_and_a_ratio_is_per_its_unit():
    ordered = replace(AT, levels={"celltype": ("squamous", "smallcell", "adeno", "large")})
    found = analyse(
        veteran(), ordered, method="cox_ph", covariates=["celltype", {"name": "karno", "per": 10}]
    )
    assert [
        dict(f.method.options).get("against") for f in found if f.measure == "hazard_ratio_prognostic"
    ] == [
        *("squamous",) * 3,
        None,
    ]
    named = analyse(
        veteran(), AT, method="cox_ph", covariates=["karno", {"name": "celltype", "reference": "large"}]
    )
    per_ten = next(f for f in found if dict(f.method.options).get("covariate") == "karno")
    per_one = next(f for f in named if dict(f.method.options).get("covariate") == "karno")
    assert per_ten.estimate == pytest.approx(per_one.estimate**10, rel=1e-9)
    assert per_ten.note == "karno, 10 more"
    assert {dict(f.method.options)["against"] for f in named if "large" in (f.note or "")} == {"large"}


def test_several_arms_are_each_held_against_the_last_or_the_reference():
    table = veteran().mutate(arm=ibis._.celltype)
    arms = ("adeno", "large", "squamous")
    at = context(*arms, compare=arms)
    found = [f for f in analyse(table, at, method="cox_ph") if f.measure == "hazard_ratio"]
    assert [f.groups for f in found] == [("adeno", "squamous"), ("large", "squamous")]
    other = analyse(table, at, method="cox_ph", reference="adeno", test="log_rank")
    pair = next(f for f in other if f.groups == ("squamous", "adeno"))
    assert pair.estimate == pytest.approx(1 / found[0].estimate, rel=1e-9)
    two = analyse(table, context("squamous", "adeno", compare=("squamous", "adeno")), method="log_rank")
    assert pair.p_value.value == pytest.approx(one(two, "log_rank").p_value.value, rel=1e-9)
    whole = one(tuple(f for f in other if f.measure == "model_test"), "model_test")
    assert dict(whole.method.options)["df"] == 2


def test_a_model_without_the_arms_tells_of_prognosis_alone():
    found = analyse(veteran(), AT, method="cox_ph", treatment=False, covariates="karno")
    assert [f.measure for f in found] == ["hazard_ratio_prognostic", "concordance"]
    assert dict(found[0].method.options)["treatment"] is False


def test_intervals_of_a_subject_are_followed_and_the_subject_is_counted_once():
    data = columns("heart", ["entry", "id", "age", "surgery", "transplant"])
    table = ibis.memtable(
        pa.table(
            {
                "subject": [f"{i:.0f}" for i in data["id"]],
                "arm": ["later" if t else "waiting" for t in data["transplant"]],
                "start_days": data["entry"],
                "time_days": data["time"],
                "event": data["event"] == 1,
                "age": data["age"],
                "surgery": data["surgery"],
            }
        )
    )
    at = context("later", "waiting", compare=("later", "waiting"))
    r = pinned("heart", "efron", ["age", "surgery", "transplant"])
    found = analyse(table, at, method="cox_ph", covariates=["age", "surgery"], cluster="subject")
    arm = one(found, "hazard_ratio")
    assert math.log(arm.estimate) == pytest.approx(r["coefficient"][2], rel=1e-8)
    half = 1.959963984540054 * r["robust"]["std_err"][2]
    assert math.log(arm.interval.low) == pytest.approx(r["coefficient"][2] - half, rel=1e-8)
    assert (arm.n, arm.events) == (103, 75)
    ranked = analyse(table, at, method="cox_ph", test="log_rank")[0]
    assert codes(ranked) == ["E471"]


def test_the_ratio_of_a_covariate_that_changes_once_is_that_of_the_cut_intervals():
    """The transplant as a change of the subjects' covariate, against the data set's own intervals."""
    data = columns("heart", ["entry", "id", "age", "surgery", "transplant"])
    last = {i: row for row, i in enumerate(data["id"].tolist())}
    change = {i: e for i, e, t in zip(data["id"], data["entry"], data["transplant"], strict=True) if t}
    rows = list(last.values())
    table = ibis.memtable(
        pa.table(
            {
                "subject": [f"{i:.0f}" for i in last],
                "arm": ["all"] * len(rows),
                "time_days": data["time"][rows],
                "event": data["event"][rows] == 1,
                "age": data["age"][rows],
                "surgery": data["surgery"][rows],
                "becomes_transplanted": pa.array([change.get(i) for i in last], pa.float64()),
            }
        )
    )
    words = {
        "treatment": False,
        "covariates": ["age", "surgery"],
        "time_varying": {"transplanted": "transplant"},
    }
    found = analyse(table, context("all"), method="cox_ph", **words)
    r = pinned("heart", "efron", ["age", "surgery", "transplant"])
    ratios = [f for f in found if f.measure == "hazard_ratio_prognostic"]
    assert [math.log(f.estimate) for f in ratios] == pytest.approx(r["coefficient"], rel=1e-8)
    assert (ratios[2].n, ratios[2].events) == (103, 75)
    tested = analyse(table, context("all"), method="proportional_hazards", **words)
    whole = next(f for f in tested if dict(f.method.options)["term"] == "all")
    assert whole.estimate == pytest.approx(r["proportional"]["km"]["statistic"][-1], rel=1e-8)


def test_the_robust_variance_of_a_follow_up_that_was_cut_is_by_subject():
    """Alike subjects counted together, their follow-up cut at a change: as each subject by itself."""
    rng = np.random.default_rng(2)
    n = 120
    day, change = rng.integers(2, 12, n).astype(float), rng.integers(1, 9, n).astype(float)
    event, arm = rng.random(n) < 0.7, np.where(np.arange(n) % 2, "a", "b").tolist()
    columns_ = {"subject": [f"{i:03d}" for i in range(n)], "arm": arm, "time_days": day, "event": event}
    table = ibis.memtable(pa.table(columns_ | {"becomes_late": change}))
    at = context("a", "b", compare=("a", "b"))
    words = {"method": "cox_ph", "time_varying": {"late": "x"}}
    alike = analyse(table, at, variance="robust", **words)
    apart = analyse(table, at, cluster="subject", **words)
    assert [f.interval for f in alike] != [f.interval for f in analyse(table, at, **words)]
    for one_, other in zip(alike, apart, strict=True):
        assert one_.estimate == pytest.approx(other.estimate, rel=1e-10)
        if one_.interval:
            assert one_.interval.high == pytest.approx(other.interval.high, rel=1e-10)
    intervals = ibis.memtable(pa.table(columns_ | {"start_days": np.zeros(n)}))
    told = dict(analyse(intervals, at, method="cox_ph", variance="robust")[0].method.options)
    assert told["cluster"] == "subject"


def test_proportional_hazards_are_tested_per_term_and_for_all():
    r = pinned("veteran", "efron", ["trt", "karno", "factor(celltype)"])["proportional"]
    for transform in ("km", "rank", "identity", "log"):
        found = analyse(
            veteran(),
            AT,
            method="proportional_hazards",
            covariates=["karno", "celltype"],
            transform=transform,
        )
        assert [dict(f.method.options)["term"] for f in found] == ["arm", "karno", "celltype", "all"]
        assert [dict(f.method.options)["df"] for f in found] == [1, 1, 3, 5]
        assert [f.estimate for f in found] == pytest.approx(r[transform]["statistic"], rel=1e-8)
        assert [f.p_value.value for f in found] == pytest.approx(r[transform]["p_value"], rel=1e-6)
    alone = analyse(veteran(), AT, method="proportional_hazards")
    assert [dict(f.method.options)["term"] for f in alone] == ["arm"]


# --- subgroups ---------------------------------------------------------------------------------------


def test_each_level_has_the_ratio_of_its_own_subjects_and_each_factor_its_test():
    table = veteran()
    found = analyse(table, AT, method="subgroups", factors=["celltype", "prior"], strata=["prior"])
    levels = [f for f in found if f.measure == "hazard_ratio"]
    assert [f.subgroup for f in levels] == [
        *("celltype: adeno", "celltype: large", "celltype: smallcell", "celltype: squamous"),
        *("prior: 0", "prior: 10"),
    ]
    for finding in levels:
        factor, level = finding.subgroup.split(": ")
        alone = analyse(table.filter(table[factor] == level), AT, method="cox_ph", strata=["prior"])[0]
        assert finding.estimate == pytest.approx(alone.estimate, rel=1e-12)
        assert finding.interval.low == pytest.approx(alone.interval.low, rel=1e-12)
        assert (finding.n, finding.events) == (alone.n, alone.events)
    assert sum(f.n for f in levels[:4]) == 137
    tests = {
        (o["factor"], o["test"]): f
        for f in found
        if f.measure == "interaction"
        for o in [dict(f.method.options)]
    }
    assert set(tests) == {(a, b) for a in ("celltype", "prior") for b in ("likelihood_ratio", "wald")}


def test_the_interaction_is_that_of_r():
    """R: anova(coxph(y ~ trt + celltype), coxph(y ~ trt * celltype)), and the Wald test of the products."""
    r = next(c["expect"] for c in cases("cox_interaction"))
    found = analyse(veteran(), AT, method="subgroups", factors=["celltype"])
    for finding in found:
        if finding.measure != "interaction":
            continue
        test = dict(finding.method.options)["test"]
        assert finding.estimate == pytest.approx(r[test]["statistic"], rel=1e-8)
        assert finding.p_value.value == pytest.approx(r[test]["p_value"], rel=1e-6)
        assert dict(finding.method.options)["df"] == 3
