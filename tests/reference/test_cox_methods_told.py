"""cox_ph, proportional_hazards and subgroups where there is no answer, and what is told then."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from analysed import analyse, codes, context, one, times
from veteran_models import AT, veteran


def test_a_planned_level_that_nobody_has_is_told_and_one_without_events_has_no_test():
    rows = [("a", 10 + i, i % 3 > 0) for i in range(12)] + [("b", 8 + i, i % 4 > 0) for i in range(12)]
    table = times([*rows, ("a", 9, False), ("b", 9, False), ("b", 3, True)],
                  ecog=["0", "1"] * 12 + ["2", "2", None])  # fmt: skip
    at = replace(context("a", "b", compare=("a", "b")), levels={"ecog": ("0", "1", "2", "3")})
    found = analyse(table, at, method="subgroups", factors=["ecog"])
    by_level = {f.subgroup: f for f in found if f.measure == "hazard_ratio"}
    assert list(by_level) == ["ecog: 0", "ecog: 1", "ecog: 2", "ecog: 3"]
    assert codes(by_level["ecog: 2"]) == ["N403"]
    assert codes(by_level["ecog: 3"]) == ["N401"]
    assert by_level["ecog: 0"].estimate is not None
    for test in (f for f in found if f.measure == "interaction"):
        assert test.estimate is None
        assert codes(test) == ["N474", "N412"]


def separated() -> Any:
    return times(
        [("a", 40 + i, False) for i in range(12)] + [("b", 40.5 + i, i % 3 == 0) for i in range(12)],
        ecog=["0", "1"] * 12,
    )


def test_a_penalised_ratio_stands_in_only_where_it_is_asked_for():
    at = context("a", "b", compare=("a", "b"))
    never = one(analyse(separated(), at, method="cox_ph"), "hazard_ratio")
    assert (never.estimate, codes(never)) == (None, ["N404"])
    asked = {"interval": "profile", "test": "likelihood_ratio"}
    instead = one(analyse(separated(), at, method="cox_ph", firth="when_separated", **asked), "hazard_ratio")
    always = one(analyse(separated(), at, method="cox_ph", firth="always", **asked), "hazard_ratio")
    assert codes(instead) == ["N471"]
    assert instead.estimate == pytest.approx(always.estimate, rel=1e-12)
    assert 0 < instead.interval.low < instead.estimate < 1 < instead.interval.high < 2
    assert codes(always) == []
    whole = one(analyse(veteran(), AT, method="cox_ph", firth="when_separated"), "hazard_ratio")
    plain = one(analyse(veteran(), AT, method="cox_ph"), "hazard_ratio")
    assert whole.estimate == plain.estimate


CONFLICTS = [
    {"ties": "discrete", "cluster": "ecog"},
    {"ties": "marginal", "firth": "always"},
    {"variance": "robust", "interval": "profile"},
    {"cluster": "ecog", "test": "likelihood_ratio"},
    {"firth": "always", "test": "score"},
    {"treatment": False},
]


@pytest.mark.parametrize("words", CONFLICTS, ids=str)
def test_words_that_do_not_go_together_are_told(words):
    found = analyse(separated(), context("a", "b", compare=("a", "b")), method="cox_ph", **words)
    assert [f.estimate for f in found] == [None]
    assert set(codes(found[0])) == {"E471"}


def test_discrete_ties_of_a_registry_are_not_started():
    rng = np.random.default_rng(1)
    n = 60_000
    table = ibis.memtable(
        pa.table(
            {
                "arm": np.where(rng.random(n) < 0.5, "a", "b").tolist(),
                "time_days": np.ceil(rng.exponential(20, n)) * 30,
                "event": (rng.random(n) < 0.7).tolist(),
                "age": rng.normal(60, 9, n),
            }
        )
    )
    at = context("a", "b", compare=("a", "b"))
    more = table.mutate(b=ibis._.age**2, c=ibis._.age.sin(), d=ibis._.age.cos())
    found = analyse(more, at, method="cox_ph", covariates=["age", "b", "c", "d"], ties="discrete")
    assert codes(found[0]) == ["N476"]


def test_what_is_not_there_is_told():
    at = context("a", "b", compare=("a", "b"))
    for words, code in (
        ({"covariates": ["age"]}, "E470"),
        ({"offset": "age"}, "E470"),
        ({"weights": "ecog"}, "E473"),
        ({"time_varying": {"progressed": "pfs"}}, "E470"),
        ({"reference": "c"}, "E472"),
        ({"covariates": [{"name": "ecog", "reference": "2"}]}, "E472"),
    ):
        for method in ("cox_ph", "proportional_hazards"):
            found = analyse(separated(), at, method=method, **words)
            assert (found[0].estimate, codes(found[0])) == (None, [code]), words
    assert codes(analyse(separated(), at, method="subgroups", factors=["age"])[0]) == ["E414"]
    assert codes(analyse(separated(), context("a"), method="subgroups", factors=["ecog"])[0]) == ["E413"]


def test_a_covariate_that_does_not_vary_or_follows_from_others_is_named():
    table = veteran(same=["x"] * 137).mutate(twice=2 * ibis._.age)
    constant = analyse(table, AT, method="cox_ph", covariates=["same"])[0]
    assert codes(constant) == ["N470"]
    assert "'same'" in constant.problems[0].message
    follows = analyse(table, AT, method="cox_ph", covariates=["age", "twice"])[0]
    assert (follows.estimate, codes(follows)) == (None, ["N475"])
    held = analyse(table, AT, method="cox_ph", covariates=["celltype"], strata=["celltype"])[0]
    assert codes(held) == ["N475"]


def test_who_is_left_out_is_told_by_the_first_reason():
    table = ibis.memtable(
        {
            "subject": list("abcdefghijkl"),
            "arm": ["a", "b"] * 6,
            "time_days": [5.0, 3, 8, 9, math.inf, -1, 7, 6, 4, 2, 11, 12],
            "event": [True, True, False, True, True, True, True, True, None, True, True, True],
            "age": [50.0, 61, 55, 70, 44, 66, None, math.nan, 58, 63, 72, 59],
            "wt": [1.0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1],
        },
        schema={
            "subject": "string", "arm": "string", "time_days": "float64", "event": "boolean",
            "age": "float64", "wt": "float64",
        },
    )  # fmt: skip
    at = context("a", "b", compare=("a", "b"))
    found = one(analyse(table, at, method="cox_ph", covariates="age", weights="wt"), "hazard_ratio")
    said = [p.message.split(": ", 1)[1] for p in found.problems if p.code == "N412"]
    assert said == [
        "2 subjects are left out: no time or no status",
        "1 subject is left out: a time below 0",
        "2 subjects are left out: 'age' has no value",
        "1 subject is left out: 'wt' gives no weight above 0",
    ]
    assert found.n == 6
