"""Own patients made comparable with another trial's, beside R: weights, weighted and predicted effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from reference_cases import Pair, _each, data_rows

from trialist.kernels import matching, simulated_comparison

FILES = ("matching",)
Given, Expected = dict[str, Any], dict[str, Any]
ARM_BY_KARNOFSKY = [0]


def patients(columns: list[str]) -> dict[str, np.ndarray]:
    """Veterans with lung cancer: arm, covariates, time, death, and whether they died before day 100."""
    rows = data_rows("veteran")
    found = {key: np.array([float(row[key]) for row in rows]) for key in ("karno", "age", "time", "status")}
    found["before"] = np.array([float(row["prior"]) > 0 for row in rows], dtype=float)
    found["arm"] = np.array([float(row["trt"]) - 1 for row in rows])
    found["early"] = (found["time"] < 100).astype(float)
    found["x"] = np.column_stack([found[column] for column in columns])
    return found


def _matching(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    own = patients(given["columns"])
    matched = matching.match(own["x"], given["means"], given["sds"])
    yield from _each("weight", expect["weight"], matched.weight)
    yield "effective_n", expect["effective_n"], matched.effective_n
    ratio = matching.weighted_hazard_ratio(own["time"], own["status"], own["arm"], matched)
    yield from _each("hazard", expect["hazard"], [ratio.estimate, ratio.std_err])
    for measure in ("odds_ratio", "risk_ratio", "risk_difference", "mean_difference"):
        values = np.log(own["time"]) if measure == "mean_difference" else own["early"]
        for kind in ("fixed", "stacked"):
            found = matching.weighted_difference(values, own["arm"], matched, measure, variance=kind)
            yield from _each(
                f"{measure} {kind}", expect[f"{measure} {kind}"], [found.estimate, found.std_err]
            )


def _at_means(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    own, means = patients(given["columns"]), given["means"]
    one = simulated_comparison.at_means(np.log(own["time"]), own["arm"], own["x"], means, "mean")
    two = simulated_comparison.at_means(
        own["early"], own["arm"], own["x"], means, "response", modifiers=ARM_BY_KARNOFSKY
    )
    three = simulated_comparison.hazard_at_means(
        own["time"], own["status"], own["arm"], own["x"], means, modifiers=ARM_BY_KARNOFSKY
    )
    for key, found in (("mean", one), ("response", two), ("hazard", three)):
        yield from _each(key, expect[key], [found.estimate, found.std_err])


def _standardised(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    own = patients(given["columns"])
    people = own["x"][:: given["every"]]
    found = simulated_comparison.standardised(own["early"], own["arm"], own["x"], people, "response")
    yield "estimate", expect["estimate"], found.estimate
    yield "std_err", expect["std_err"], found.std_err


COMPARE = {
    "matching": _matching,
    "simulated_at_means": _at_means,
    "simulated_standardised": _standardised,
}
TITLES = {
    "matching": "matching-adjusted comparison: weights, effects with robust errors",
    "simulated_at_means": "simulated comparison at another trial's means",
    "simulated_standardised": "simulated comparison standardised over patients",
}
FUNCTIONS = {
    "matching": "coxph, glm; weights and sandwich written out",
    "simulated_at_means": "lm, glm, coxph",
    "simulated_standardised": "glm, averaged; delta method written out",
}
