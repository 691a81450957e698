"""Cumulative incidence, Gray's test and the model of Fine and Gray beside cmprsk and survival."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import reference_cases as shared

from trialist.kernels import competing, fine_gray, gray

FILES = ("competing_risks",)
TITLES = {
    "cumulative_incidence": "cumulative incidence: probability, both variances, intervals",
    "gray": "Gray's test, stratified or not",
    "fine_gray": "Fine-Gray model: coefficients, errors, with strata or censoring groups",
}
FUNCTIONS = {
    "cumulative_incidence": "cuminc (cmprsk), survfit",
    "gray": "cuminc (cmprsk)",
    "fine_gray": "crr (cmprsk), finegray with coxph",
}


@cache
def data(name: str) -> dict[str, np.ndarray]:
    """time, kind (0 censored, 1 first event, 2 the other) and the covariates; NaN where missing."""
    rows = shared.data_rows(name)
    if name == "colon":
        last = {row["id"]: row for row in rows if row["etype"] == "2"}
        rows = [row for row in rows if row["etype"] == "1"]
        rows = [
            row if row["status"] == "1" else {**row, "time": last[row["id"]]["time"],
                                               "status": str(2 * int(last[row["id"]]["status"]))}
            for row in rows
        ]  # fmt: skip

    def column(word: str) -> np.ndarray:
        return np.array([float("nan") if row[word] in ("", "NA") else float(row[word]) for row in rows])

    if name == "Melanoma":
        words = ("time", "sex", "age", "thickness", "ulcer")
        found = {word: column(word) for word in words}
        return {**found, "kind": np.array([0, 1, 0, 2])[column("status").astype(int)]}
    if name == "mgus2":
        found = {word: column(word) for word in ("age", "mspike")}
        progressed = column("pstat") == 1
        found["sex"] = np.array([float(row["sex"] == "M") for row in rows])
        found["decade"] = 10 * (column("dxyr") // 10)
        found["time"] = np.where(progressed, column("ptime"), column("futime"))
        return {**found, "kind": np.where(progressed, 1, 2 * column("death")).astype(int)}
    found = {word: column(word) for word in ("time", "sex", "nodes", "age", "node4")}
    found["rx"] = np.array([row["rx"] for row in rows])
    return {**found, "kind": column("status").astype(int)}


def status(kind: np.ndarray, interest: int) -> np.ndarray:
    return np.where(kind == interest, 1, np.where(kind > 0, 2, 0))


def _incidence(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    table = data(name)
    given = (table["time"], status(table["kind"], options["kind"]), np.ones(table["time"].size))
    curve = competing.aalen_johansen(*given)
    aalen = competing.aalen_johansen(*given, variance="aalen")
    for i, at in enumerate(expect["time"]):
        seen, other = competing.incidence_at(curve, at), competing.incidence_at(aalen, at)
        assert seen is not None
        assert other is not None
        yield "probability", expect["probability"][i], seen[0]
        yield "std_err", expect["std_err"][i], seen[1]
        yield "aalen_variance", expect["aalen_variance"][i], other[1] ** 2
        for kind in ("log_log", "log", "plain"):
            ends = competing.incidence_interval(*seen, kind=kind) if seen[0] > 0 else None
            for place, end in enumerate(("low", "high")):
                if ends is not None:
                    yield f"{kind} {end}", expect[kind][end][i], ends[place]


def _gray(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    table = data(name)
    group = shared.codes(table[options["group"]])
    stratum = shared.codes(*(table[word] for word in options["strata"])) if options["strata"] else None
    found = gray.gray(
        table["time"],
        status(table["kind"], options["kind"]),
        np.ones(group.size),
        group,
        int(group.max()) + 1,
        stratum,
        options["rho"],
    )
    for key in ("chi_square", "df", "p_value"):
        yield key, expect[key], getattr(found, key)


def _fine_gray(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    table = data(name)
    named = [*options["covariates"], *options["strata"], *options["groups"]]
    full = ~np.any([np.isnan(table[word]) for word in named], axis=0)
    strata, groups = options["strata"], options["groups"]
    found = fine_gray.fine_gray(
        table["time"][full],
        status(table["kind"], options["kind"])[full],
        np.ones(int(full.sum())),
        np.arange(int(full.sum())),
        np.column_stack([table[word][full] for word in options["covariates"]]),
        stratum=shared.codes(table[strata[0]][full]) if strata else None,
        censoring_group=table[groups[0]][full] if groups else None,
    )
    assert found.status == "ok"
    ours = {"coefficient": found.coefficient, "std_err": found.std_err, "p_value": found.p_value,
            "covariance": found.covariance, "log_likelihood": found.log_likelihood}  # fmt: skip
    for key, values in expect.items():
        for one, other in zip(values, np.asarray(ours[key]).ravel().tolist(), strict=True):
            yield key, one, other


COMPARE = {"cumulative_incidence": _incidence, "gray": _gray, "fine_gray": _fine_gray}
