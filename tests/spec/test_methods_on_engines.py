"""An analysis gives the same findings, to the last digit and identity, whichever engine counts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Finding, Origin
from trialist.problems import Place
from trialist.protocol.analyses import Analysis

Engine = Callable[[str, pa.Table], Any]
ANALYSIS: TypeAdapter[Any] = TypeAdapter(Analysis)
AT = Context("T", "e", "a", "itt", None, ("a", "b"), ("a", "b"), {}, Origin("observed"), Place("p.yaml", 1))

ARMS = ["a", "b"] * 8
SUBJECTS = {"subject": [f"{i:02d}" for i in range(16)], "arm": ARMS}
TIMES = pa.table(
    {
        **SUBJECTS,
        "time_days": [5.0, 3.0, 8.0, 3.0, 8.0, 8.0, 13.5, 9.0, 2.0, 2.0, 30.0, 11.0, None, 4.0, 21.0, 1.0],
        "event": [
            True,
            True,
            False,
            True,
            True,
            True,
            True,
            False,
            True,
            True,
            False,
            True,
            None,
            True,
            True,
            True,
        ],
        "centre": ["1", "1", "2", "2", "1", "1", "2", "2", "1", "1", "2", "2", "1", None, "1", "2"],
        "iptw": [1.5, 0.7, 1.0, 2.25, 1.1, 0.4, 1.0, 0.9, 3.0, None, 1.0, 1.25, 1.0, 0.8, 1.6, 1.0],
        "lower_days": [4.0, 1.0, None, 3.0, 6.0, 8.0, 13.5, 9.0, 0.0, 2.0, 30.0, 10.0, None, 4.0, 20.0, 0.5],
        "upper_days": [5.0, 3.0, None, 3.0, 8.0, 9.5, 13.5, None, 2.0, 2.0, None, 11.0, None, 4.5, 21.0, 1.0],
    }
)
INTERVALS = pa.table(
    {
        "subject": [f"{i // 2:02d}" for i in range(16)],
        "arm": ["a", "a", "b", "b"] * 4,
        "start_days": [0.0, 4.0, 0.0, 7.0, 0.0, 2.0, 0.0, 5.0] * 2,
        "time_days": [4.0, 9.0, 7.0, 8.0, 2.0, 11.0, 5.0, 6.0, 4.0, 12.0, 7.0, 10.0, 2.0, 13.0, 5.0, 14.0],
        "event": [False, True, False, True] * 3 + [False, True, False, False],
        "age": [
            50.0,
            50.0,
            61.0,
            61.0,
            47.0,
            47.0,
            70.0,
            70.0,
            66.0,
            66.0,
            58.0,
            58.0,
            53.0,
            53.0,
            49.0,
            49.0,
        ],
    }
)
REASONED = TIMES.append_column(
    "reason",
    pa.array(
        [
            None if not event else "DEATH" if i % 5 == 0 else "BONE"
            for i, event in enumerate(TIMES["event"].to_pylist())
        ]
    ),
)
BONE = {"event_of_interest": ["BONE"]}
RESPONSES = pa.table(
    {
        **SUBJECTS,
        "responder": [True, False, None, True, True, False, False, None] * 2,
        "reason": ["EVALUABLE", "EVALUABLE", "NO_BASELINE", "EVALUABLE", "EVALUABLE", "NO_POSTBASELINE"] * 2
        + ["EVALUABLE", "NO_BASELINE"] * 2,
        "centre": ["1", "1", "2", "2", "1", "2", "1", None, "1", "1", "2", "2", "2", "1", "2", "1"],
        "age": [50.0 + (5 * i) % 13 for i in range(16)],
        "other_responder": [True, True, False, None, False, True, False, True] * 2,
        "other_reason": ["EVALUABLE", "NO_BASELINE"] * 8,
    }
)
CATEGORIES = pa.table({**SUBJECTS, "value": ["CR", "PR", "SD", "PD", "PR", "SD", None, "CR"] * 2})
GRADES = pa.table(
    {
        **SUBJECTS,
        "baseline": [0, 0, None, 1, 2, 0, 1, None] * 2,
        "worst": [0, 3, 2, None, 4, 3, 1, None] * 2,
        "reason": ["GRADED", "GRADED", "GRADED", "UNDETERMINED", *["GRADED"] * 3, "NO_POSTBASELINE"] * 2,
    }
)
FIRST = [1.5, 2.0, 3.25, 4.0, 5.0, 6.5, 7.0, 8.0, 9.0, 1.0, 2.5, 3.0, 4.5, 5.5, 6.0, 7.5]
SECOND = [2.0, 1.0, 4.5, 4.0, 6.75, 9.0, 5.0, 7.5, 9.5, 2.0, 2.0, None, 8.0, 5.25, 6.5, 1.0]
MEASURED = pa.table(
    {
        **SUBJECTS,
        "first": FIRST,
        "second": SECOND,
        "change": [None if b is None else b - a for a, b in zip(FIRST, SECOND, strict=True)],
        "evaluable": [b is not None for b in SECOND],
        "baseline": FIRST,
        "region": ["n", "s", "s", "n"] * 4,
        "grade": ["1", "2", "3", "1", "2", None, "2", "1"] * 2,
    }
)
REPEATED = pa.table(
    {
        "subject": [name for name in SUBJECTS["subject"] for _ in range(2)],
        "arm": [arm for arm in ARMS for _ in range(2)],
        "visit": ["week_3", "week_6"] * 16,
        "visit_number": [1, 2] * 16,
        "baseline": [a for a in FIRST for _ in range(2)],
        "change": [v for a, b in zip(FIRST, SECOND, strict=True) for v in (b, None if b is None else a * b)],
        "evaluable": [b is not None for b in SECOND for _ in range(2)],
    }
)

EXPOSED = pa.table(
    {
        **SUBJECTS,
        "first_day": [None, *range(15)],
        "treatment": [None, *["DRUG"] * 15],
        "unit": [None, "mg", *["mg/m2", "mg"] * 7],
        **{name: [None, *[0, 1, 2] * 5] for name in ("doses", "delays", "reductions", "omitted")},
        **dict.fromkeys(("duration_weeks", "cumulative_dose", "intensity", "relative_dose"), FIRST),
        "relative_dose_intensity": [None, 70.0, 85.0, 100.0, 69.9, 85.1, 100.1, None, *FIRST[:8]],
    }
)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (TIMES, {"method": "kaplan_meier", "at_months": [0.2, 0.5]}),
        (TIMES, {"method": "cox_ph", "strata": ["centre"], "test": "log_rank"}),
        (TIMES, {"method": "cox_ph", "covariates": ["centre"], "firth": "always", "interval": "profile"}),
        (INTERVALS, {"method": "cox_ph", "covariates": ["age"], "cluster": "subject"}),
        (TIMES, {"method": "proportional_hazards", "covariates": ["centre"]}),
        (TIMES, {"method": "subgroups", "factors": ["centre"]}),
        (TIMES, {"method": "log_rank"}),
        (TIMES, {"method": "kaplan_meier", "landmark_months": 0.1, "weights": "iptw"}),
        (TIMES, {"method": "follow_up", "observed": True}),
        (TIMES, {"method": "rmst", "tau_months": 0.3}),
        (TIMES, {"method": "milestone", "at_months": [0.2]}),
        (TIMES, {"method": "turnbull", "at_months": [0.2]}),
        (TIMES, {"method": "weibull"}),
        (TIMES, {"method": "max_combo"}),
        (TIMES, {"method": "log_rank_trend", "strata": ["centre"]}),
        (
            REASONED,
            {"method": "cumulative_incidence_function", "at_months": [0.2], "quantiles": [0.2], **BONE},
        ),
        (REASONED, {"method": "gray", **BONE}),
        (REASONED, {"method": "fine_gray", "covariates": ["centre"], **BONE}),
        (REASONED, {"method": "cause_specific", "strata": ["centre"], **BONE}),
        (RESPONSES, {"method": "proportion", "denominator": "evaluable"}),
        (RESPONSES, {"method": "compare_proportions", "test": "fisher"}),
        (RESPONSES, {"method": "compare_proportions", "strata": ["centre"], "homogeneity": "tarone"}),
        (RESPONSES, {"method": "mcnemar", "against": "other"}),
        (RESPONSES, {"method": "logistic", "covariates": ["age"], "standardised": ["risk_ratio"]}),
        (RESPONSES, {"method": "homogeneity", "test": "cmh", "strata": ["centre"]}),
        (CATEGORIES, {"method": "ordered_categories", "order": ["CR", "PR", "SD", "PD"]}),
        (RESPONSES, {"method": "counts"}),
        (GRADES, {"method": "shift"}),
        (MEASURED, {"method": "paired_t"}),
        (MEASURED, {"method": "wilcoxon_signed_rank"}),
        (MEASURED, {"method": "spearman"}),
        (MEASURED, {"method": "describe"}),
        (MEASURED, {"method": "rank_sum"}),
        (MEASURED, {"method": "ancova", "strata": ["region"], "covariates": ["grade"]}),
        (MEASURED, {"method": "deming"}),
        (REPEATED, {"method": "mmrm"}),
        (EXPOSED, {"method": "exposure"}),
    ],
    ids=lambda value: value["method"] if isinstance(value, dict) else "",
)
@pytest.mark.spark
def test_every_engine_counts_the_same(
    rows: pa.Table, words: dict[str, Any], duckdb_tables: Engine, spark_tables: Engine | None
) -> None:
    if spark_tables is None:
        pytest.skip("needs a Java runtime")
    entry = ANALYSIS.validate_python(words)

    def found(engine: Engine, name: str) -> tuple[Finding, ...]:
        return METHODS[entry.method].run(engine(name, rows), entry, AT)

    here = found(duckdb_tables, f"methods_{entry.method}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about newer pandas versions
        there = found(spark_tables, f"methods_{entry.method}")
    assert here == there
    assert any(finding.estimate is not None for finding in here)
