"""Analyses from a landmark on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from analysed import ANALYSIS, analyse, codes, context, times
from pydantic import ValidationError


def test_a_landmark_leaves_out_whose_time_had_ended_and_tells_it():
    rows_ = [("a", 60.875, True), ("a", 182.625, True), ("a", 200, True), ("b", 300, False), ("b", 400, True)]
    found = analyse(times(rows_), context("a", "b", compare=("a", "b")), method="cox_ph", landmark_months=6)[
        0
    ]
    assert found.n == 3  # the death on the landmark itself is not at risk after it
    assert found.subgroup == "at risk at 6 months"
    assert "N460" in codes(found)
    assert "2 of 'a'" in next(p.message for p in found.problems if p.code == "N460")
    assert dict(found.method.options)["landmark_months"] == 6


def test_groups_at_a_landmark_may_be_those_of_a_factor():
    rows_ = [
        ("a", 400, True),
        ("b", 500, True),
        ("a", 300, False),
        ("b", 350, True),
        ("b", 10, True),
        ("a", 380, True),
    ]
    table = times(rows_, response=["yes", "yes", "no", "no", "no", None])
    words: dict[str, Any] = {
        "landmark_months": 6,
        "landmark_by": "response",
        "landmark_levels": ["yes", "no"],
    }
    found = analyse(table, context("a", "b", compare=("a", "b")), method="log_rank", **words)[0]
    assert (found.groups, found.n) == (("yes", "no"), 4)
    assert codes(found) == ["N460", "N412"]
    medians = analyse(table, context("a", "b"), method="kaplan_meier", **words)
    assert [f.groups for f in medians] == [("yes",), ("no",)]
    missing = analyse(table, context("a", "b"), method="kaplan_meier", **{**words, "landmark_by": "psa"})
    assert codes(missing[0]) == ["E414"]


def test_rows_in_memory_start_at_a_landmark_as_an_engines_table_does():
    rows_in_memory = pytest.importorskip("trialist.findings.rows")
    told = [("a", 400.0, True), ("b", 500.0, True), ("a", 300.0, False), ("b", 10.0, True), ("a", -1.0, True)]
    response = ["yes", "no", "no", "yes", None]
    arm, time, event = zip(*told, strict=True)
    columns = {"arm": rows_in_memory.coded(arm), "response": rows_in_memory.coded(response)}
    numbers = {"time_days": np.array(time), "event": np.array(event, dtype=float)}
    memory = rows_in_memory.Rows({**columns, **numbers}, np.ones(5))
    at = context("a", "b", compare=("a", "b"))
    words: dict[str, Any] = {
        "landmark_months": 6,
        "landmark_by": "response",
        "landmark_levels": ["yes", "no"],
    }
    for method in ("kaplan_meier", "log_rank", "rmst"):
        for chosen in ({"landmark_months": 6}, words):
            here = analyse(memory, at, method=method, **chosen)
            assert here == analyse(times(told, response=response), at, method=method, **chosen)


def test_a_landmark_of_a_factor_names_its_levels():
    for words in (
        {"landmark_months": 6, "landmark_by": "response"},
        {"landmark_by": "response", "landmark_levels": ["yes", "no"]},
        {"landmark_months": 6, "landmark_by": "response", "landmark_levels": ["yes", "yes"]},
    ):
        with pytest.raises(ValidationError):
            ANALYSIS.validate_python({"method": "log_rank", **words})


def test_nobody_left_at_the_landmark_is_said():
    table = times([("a", 10, True), ("b", 20, True)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="rmst", landmark_months=6)
    assert {code for f in found for code in codes(f)} == {"N401", "N460"}
