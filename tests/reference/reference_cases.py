"""Every pinned reference number beside ours: `compare(case)` yields (quantity, reference, trialist).

The cases of a family stand in a module of their own, `cases_<family>.py`, which names its pinned file(s)
(`FILES`), how a case is computed here (`COMPARE`: method -> function of data, options, expected), and what
the table of the docs calls it (`TITLES`, `FUNCTIONS`: method -> words). They are found by their name.
"""

from __future__ import annotations

import csv
import importlib
import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from trialist.kernels import binomial, cox, log_rank, paired, power, rank, survival

HERE = Path(__file__).parent
FILES = ("kaplan_meier", "log_rank", "cox", "proportions", "pairs", "power")
Pair = tuple[str, Any, Any]


def cases(file: str) -> list[dict[str, Any]]:
    return json.loads((HERE / f"{file}.json").read_text())["cases"]


def label(case: dict[str, Any]) -> str:
    """A short name of a case: method, data, and the options that are words or numbers."""
    words = [
        f"{key}={value}" for key, value in case["options"].items() if isinstance(value, str | int | float)
    ]
    words += [
        f"{key}={'+'.join(value)}"
        for key, value in case["options"].items()
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value)
    ]
    return " ".join([case["method"], case["data"], *words])


def compare(case: dict[str, Any]) -> Iterator[Pair]:
    compared = {**_COMPARE, **{key: run for family in families() for key, run in family.COMPARE.items()}}
    yield from compared[case["method"]](case["data"], case["options"], case["expect"])


@cache
def families() -> tuple[Any, ...]:
    """The modules of further families, by name."""
    return tuple(importlib.import_module(path.stem) for path in sorted(HERE.glob("cases_*.py")))


def every_file() -> tuple[str, ...]:
    return (*FILES, *(file for family in families() for file in family.FILES))


def relative_difference(quantity: str, r: float | None, ours: float | None) -> float:
    """|ours - R| / |R|; infinite when only one of them is a number.

    A location whose true value is 0 comes out of R's root search as some 1e-14: the difference itself.
    """
    if r is None or ours is None:
        return 0.0 if r is None and ours is None else math.inf
    apart = abs(ours - r)
    if apart == 0 or ("p_value" not in quantity and abs(r) < 1e-12):
        return apart
    return apart / abs(r)


@cache
def data_rows(name: str) -> list[dict[str, str]]:
    """The rows of a data set that is kept beside the tests."""
    with (HERE / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def _table(name: str) -> dict[str, list[str]]:
    rows = data_rows(name)
    if name == "colon":
        rows = [row for row in rows if row["etype"] == "2"]
    table = {key: [row[key] for row in rows] for key in rows[0]}
    if "event" not in table:
        table["event"] = [str(int(s) - 1) if name == "lung" else s for s in table["status"]]
    return table


def columns(name: str, wanted: list[str]) -> dict[str, np.ndarray]:
    """Complete rows of time, event and the wanted columns: numbers where they are, else text."""
    table = _table(name)
    keys = ["time", "event", *wanted]
    full = [i for i in range(len(table["time"])) if all(table[k][i] not in ("", "NA") for k in keys)]
    found: dict[str, np.ndarray] = {}
    for key in keys:
        values = [table[key][i] for i in full]
        try:
            found[key] = np.array([float(v) for v in values])
        except ValueError:
            found[key] = np.array(values)
    return found


def codes(*factors: np.ndarray) -> np.ndarray:
    """0, 1, ... for the levels (or combinations of levels) in sorted order."""
    code = np.zeros(factors[0].size if factors else 0, dtype=int)
    for factor in factors:
        _, level = np.unique(factor, return_inverse=True)
        code = code * (int(level.max()) + 1) + level
    return code


def _each(name: str, r: list[Any], ours: Any) -> Iterator[Pair]:
    values = np.asarray(ours, dtype=float).ravel().tolist()
    assert len(values) == len(r), name
    for one, other in zip(r, values, strict=True):
        yield name, one, None if math.isnan(other) else other


def _kaplan_meier(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    group = options["group"]
    data = columns(name, [group])
    values = data[group]
    mine = values == (float(options["of"]) if values.dtype.kind == "f" else options["of"])
    curve = survival.kaplan_meier(
        data["time"][mine],
        data["event"][mine],
        1 - data["event"][mine],
        level=options["level"],
        interval=options["interval"],
    )
    yield "steps", expect["steps"], curve.time.size
    at = np.searchsorted(curve.time, np.array(expect["curve"]["time"]) - 1e-9)
    for key in ("time", "at_risk", "survival", "low", "high"):
        yield from _each(f"curve {key}", expect["curve"][key], getattr(curve, key)[at])
    quantiles = expect["quantile"]
    for i, p in enumerate(quantiles["p"]):
        found = survival.quantile(curve, p)
        for key in ("value", "low", "high"):
            yield f"quantile {key}", quantiles[key][i], getattr(found, key)
    for i, time in enumerate(expect["at"]["time"]):
        seen = survival.probability(curve, time)
        yield "probability value", expect["at"]["survival"][i], seen.value
        yield "probability low", expect["at"]["low"][i], seen.low
        yield "probability high", expect["at"]["high"][i], seen.high
        yield "probability std_err", expect["at"]["std_err"][i], seen.std_err
        yield "at_risk", expect["at"]["at_risk"][i], survival.number_at_risk(curve, time)


def _median(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    event = np.array(options["event"])
    found = survival.quantile(survival.kaplan_meier(options["time"], event, 1 - event))
    for key in ("value", "low", "high"):
        yield f"median {key}", expect[key], getattr(found, key)


def _log_rank(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = columns(name, [options["group"], *options["strata"]])
    group = codes(data[options["group"]])
    stratum = codes(*(data[s] for s in options["strata"])) if options["strata"] else None
    found = log_rank.log_rank(
        data["time"], data["event"], 1 - data["event"], group, int(group.max()) + 1, stratum
    )
    yield from _each("observed", expect["observed"], found.observed)
    yield from _each("expected", expect["expected"], found.expected)
    for key in ("chi_square", "df", "p_value"):
        yield key, expect[key], getattr(found, key)
    if found.z is not None:
        yield "z squared", expect["chi_square"], found.z**2


def design_matrix(data: dict[str, np.ndarray], covariates: list[str]) -> np.ndarray:
    """One column per number or per level of a factor but its first, as R's treatment contrasts."""
    found = []
    for covariate in covariates:
        values = data[covariate.removeprefix("factor(").removesuffix(")")]
        if values.dtype.kind == "f":
            found.append(values)
        else:
            found += [(values == level).astype(float) for level in np.unique(values)[1:]]
    return np.column_stack(found)


def _cox(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    plain = [c.removeprefix("factor(").removesuffix(")") for c in options["covariates"]]
    data = columns(name, [*plain, *options["strata"]])
    matrix = design_matrix(data, options["covariates"])
    patterns, pattern = np.unique(matrix, axis=0, return_inverse=True)
    fit = cox.cox(
        data["time"],
        data["event"],
        1 - data["event"],
        pattern.ravel(),
        patterns,
        stratum=codes(*(data[s] for s in options["strata"])) if options["strata"] else None,
        ties=options["ties"],
    )
    assert fit.status == "ok"
    yield "n", expect["n"], fit.n
    yield "events", expect["events"], fit.events
    half = 1.959963984540054 * fit.std_err
    yield from _each("coefficient", expect["coefficient"], fit.coefficient)
    yield from _each("std_err", expect["std_err"], fit.std_err)
    yield from _each("low", expect["low"], fit.coefficient - half)
    yield from _each("high", expect["high"], fit.coefficient + half)
    yield from _each("p_value", expect["p_value"], fit.p_value)
    yield from _each("log_likelihood", expect["log_likelihood"], fit.log_likelihood)
    for test in ("wald", "score", "likelihood_ratio"):
        for key in ("statistic", "df", "p_value"):
            kind = "p_value" if key == "p_value" else key
            yield f"{test} {kind}", expect[test][key], getattr(getattr(fit, test), key)


def _proportion(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    k, n, level = options["responders"], options["n"], options["level"]
    for kind in ("clopper_pearson", "wilson"):
        yield from _each(kind, expect[kind], binomial.proportion_interval(k, n, level, kind))


def _two_proportions(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    k, n = tuple(options["responders"]), tuple(options["n"])
    for kind, correct in (("chi_square", False), ("chi_square_corrected", True)):
        found = binomial.chi_square(k, n, correct=correct)
        yield f"{kind} statistic", expect[kind]["statistic"], found.statistic
        yield f"{kind} p_value", expect[kind]["p_value"], found.p_value
    yield "fisher p_value", expect["fisher_p"], binomial.fisher_exact(k, n).p_value
    yield from _each("risk difference", expect["risk_difference"], binomial.risk_difference(k, n)[1:])
    for key, level in (("odds_ratio", 0.95), ("odds_ratio_90", 0.9)):
        ours = binomial.odds_ratio(k, n, level)
        yield f"{key} is estimated", float(expect[key] is not None), float(ours is not None)
        yield from _each(key, expect[key] or [], ours or [])


def _paired_t(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = paired.paired_t(np.array(options["second"]) - np.array(options["first"]))
    for key, ours in (("mean", found.mean), ("statistic", found.t), ("df", found.df), ("low", found.low)):
        yield key, expect[key], ours
    yield "high", expect["high"], found.high
    yield "p_value", expect["p_value"], found.p_value


def _signed_rank(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = rank.signed_rank(options["change"], exact=options["exact"], correct=options["correct"])
    yield "statistic", expect["statistic"], found.statistic
    yield "p_value", expect["p_value"], found.p_value
    yield "exact", float(expect["is_exact"]), float(found.exact)
    if expect["is_exact"]:
        yield "level", expect["level"], 1 - float(f"{1 - found.level:.2g}")  # R keeps two digits of alpha
        yield "pseudo_median", expect["pseudo_median"], found.pseudo_median
    elif expect["level"] != 0.95:
        return  # R widens alpha until a root exists; here the interval is left out
    yield "low", expect["low"], found.low
    yield "high", expect["high"], found.high


def _spearman(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = rank.spearman(options["first"], options["second"], exact=options["exact"])
    yield "rho", expect["rho"], found.rho
    yield "p_value", expect["p_value"], found.p_value


def _paired_t_power(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield "power", expect["power"], power.paired_t_power(**options)


def _one_proportion_power(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield "power", expect["power"], power.one_proportion_power(**options)


def _two_proportions_power(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    given = dict(options)
    n = given.pop("n")
    yield "power", expect["power"], power.two_proportions_power(n, n, **given)


def _two_exact(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield "power", expect["power"], power.two_proportions_power_exact(**options)


_COMPARE = {
    "kaplan_meier": _kaplan_meier,
    "median": _median,
    "log_rank": _log_rank,
    "cox": _cox,
    "proportion": _proportion,
    "two_proportions": _two_proportions,
    "paired_t": _paired_t,
    "signed_rank": _signed_rank,
    "spearman": _spearman,
    "paired_t_power": _paired_t_power,
    "one_proportion_power": _one_proportion_power,
    "two_proportions_power": _two_proportions_power,
    "two_proportions_power_exact": _two_exact,
}
