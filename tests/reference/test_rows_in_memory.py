"""The same subjects as rows in memory and as an engine's table: the same findings to the last digit."""

from __future__ import annotations

from typing import Any, get_args

import ibis
import numpy as np
import pytest
from analysed import analyse, context

from trialist.findings.methods import METHODS
from trialist.findings.rows import Rows, coded

TYPES = {
    "arm": "string",
    "time_days": "float64",
    "event": "boolean",
    "reason": "string",
    "centre": "string",
    "sex": "string",
    "age": "float64",
}
OF_TIMES: list[dict[str, Any]] = [
    {"method": "kaplan_meier", "at_months": [3, 12], "quantiles": [0.25]},
    {"method": "follow_up", "observed": True},
    {"method": "rmst"},
    {"method": "milestone", "at_months": [6], "landmark_months": 2},
    {"method": "turnbull", "at_months": [6]},
    {"method": "weibull"},
    {"method": "log_rank", "strata": ["centre"], "pairs": "all", "adjust": "holm"},
    {"method": "max_combo", "strata": ["centre"]},
    {"method": "log_rank_trend"},
    {"method": "cox_ph", "covariates": ["age", "sex"], "strata": ["centre"], "test": "likelihood_ratio"},
    {"method": "cox_ph", "cluster": "centre"},
    {"method": "cox_ph", "ties": "discrete"},
    {"method": "proportional_hazards", "covariates": ["age"]},
    {"method": "subgroups", "factors": ["centre", "sex"]},
    {"method": "cumulative_incidence_function", "event_of_interest": ["P"], "at_months": [6]},
    {"method": "gray", "event_of_interest": ["P"], "competing": ["D"], "strata": ["centre"]},
    {"method": "fine_gray", "event_of_interest": ["P"], "covariates": ["age", "sex"]},
    {"method": "cause_specific", "event_of_interest": ["P"], "strata": ["centre"]},
]
OF_THREE_ARMS = {"kaplan_meier", "follow_up", "turnbull", "log_rank", "log_rank_trend"}


def _columns(seed: int) -> dict[str, list[Any]]:
    """Ninety subjects of three arms, many tied, some with a null in one of the columns."""
    draw = np.random.default_rng(seed)
    n = 90
    event = draw.random(n) < 0.6
    reason = draw.choice(["P", "D", "Q"], n, p=[0.6, 0.3, 0.1])
    columns: dict[str, list[Any]] = {
        "arm": draw.choice(["b", "a", "c"], n).tolist(),
        "time_days": (np.ceil(draw.exponential(10, n)) * 30).tolist(),
        "event": event.tolist(),
        "reason": [word if it else None for word, it in zip(reason.tolist(), event, strict=True)],
        "centre": draw.choice(["x", "y"], n).tolist(),
        "sex": draw.choice(["F", "M"], n).tolist(),
        "age": np.round(draw.normal(65, 4, n)).tolist(),
    }
    for place, name in enumerate(columns):
        if name != "arm":
            columns[name][place] = None
    return columns


def _in_memory(columns: dict[str, list[Any]]) -> Rows:
    words = {name: coded(columns[name]) for name in ("arm", "reason", "centre", "sex")}
    numbers = {name: np.array(columns[name], dtype=float) for name in ("time_days", "event", "age")}
    return Rows(words | numbers, np.ones(len(columns["arm"])))


@pytest.mark.parametrize("words", OF_TIMES, ids=lambda words: words["method"])
def test_a_method_of_times_finds_the_same_in_memory_and_in_an_engine(words):
    arms = ("b", "a", "c") if words["method"] in OF_THREE_ARMS else ("b", "a")
    for seed in (1, 2):
        columns = _columns(seed)
        names = {"subject": [str(number) for number in range(90)], **columns}
        table = ibis.memtable(names, schema={"subject": "string", **TYPES})
        at = context(*arms, compare=arms)
        assert analyse(_in_memory(columns), at, **words) == analyse(table, at, **words)


def test_every_method_of_times_is_among_them():
    of_times = {name for name, entry in METHODS.items() if entry.needs == ("TimeToEvent",)}
    assert {words["method"] for words in OF_TIMES} == of_times


def test_models_of_times_and_of_responders_have_the_same_words_for_the_penalty():
    from trialist.protocol.proportion_analyses import Logistic
    from trialist.protocol.time_analyses import CoxPh

    fields = CoxPh.model_fields["firth"], Logistic.model_fields["firth"]
    assert set(get_args(fields[0].annotation)) == set(get_args(fields[1].annotation))
    assert fields[0].default == fields[1].default == "never"
