"""Analyses run on small tables, as the study chain runs them."""

from __future__ import annotations

from typing import Any

import ibis
from pydantic import TypeAdapter
from reference_cases import columns

from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Finding, Origin
from trialist.problems import Place
from trialist.protocol.analyses import Analysis
from trialist.units import DAYS_PER_MONTH

ANALYSIS = TypeAdapter(Analysis)


def context(*arms: str, compare: tuple[str, ...] = (), endpoint: str = "os") -> Context:
    return Context(
        trial="T",
        endpoint=endpoint,
        analysis="a1",
        population="itt",
        subgroup=None,
        arms=arms,
        compare=compare,
        labels={},
        origin=Origin("reconstructed", "figure 1"),
        place=Place("protocol.yaml", 88),
    )


def analyse(table: Any, at: Context, **words: Any) -> tuple[Finding, ...]:
    entry = ANALYSIS.validate_python(words)
    return METHODS[entry.method].run(table, entry, at)


def one(findings: tuple[Finding, ...], measure: str, **where: Any) -> Finding:
    chosen = [
        f
        for f in findings
        if f.measure == measure and all(getattr(f, name) == value for name, value in where.items())
    ]
    assert len(chosen) == 1, chosen
    return chosen[0]


def codes(finding: Finding) -> list[str]:
    return [problem.code for problem in finding.problems]


def times(rows: list[tuple[str, float | None, bool | None]], **factors: list[str | None]) -> Any:
    """A TimeToEvent table from (arm, days, event)."""
    return ibis.memtable(
        {
            "subject": [f"{i:03d}" for i in range(len(rows))],
            "arm": [row[0] for row in rows],
            "time_days": [row[1] for row in rows],
            "event": [row[2] for row in rows],
            **factors,
        },
        schema={
            "subject": "string",
            "arm": "string",
            "time_days": "float64",
            "event": "boolean",
            **dict.fromkeys(factors, "string"),
        },
    )


def reconstructed(name: str) -> Any:
    """One of the PREVAIL files as a TimeToEvent table: months to days."""
    data = columns(name, ["arm"])
    rows = zip(data["arm"].tolist(), data["time"].tolist(), data["event"].tolist(), strict=True)
    return times([(arm, months * DAYS_PER_MONTH, event == 1) for arm, months, event in rows])


def responses(**arms: tuple[int, int, int]) -> Any:
    """A Response table: arm = (responders, non-responders, not evaluable)."""
    rows = [
        (arm, value)
        for arm, (yes, no, unknown) in arms.items()
        for value in [True] * yes + [False] * no + [None] * unknown
    ]
    return ibis.memtable(
        {
            "subject": [f"{i:03d}" for i in range(len(rows))],
            "arm": [arm for arm, _ in rows],
            "responder": [value for _, value in rows],
            "reason": ["NO_BASELINE" if value is None else "EVALUABLE" for _, value in rows],
        },
        schema={"subject": "string", "arm": "string", "responder": "boolean", "reason": "string"},
    )


def measurements(first: list[float | None], second: list[float | None], arm: str = "single") -> Any:
    """A Measurement (and Pair) table of one arm; a pair with a missing end is not evaluable."""
    full = [a is not None and b is not None for a, b in zip(first, second, strict=True)]
    change = [b - a if ok else None for a, b, ok in zip(first, second, full, strict=True)]
    return ibis.memtable(
        {
            "subject": [f"{i:03d}" for i in range(len(first))],
            "arm": [arm] * len(first),
            "baseline": first,
            "value": second,
            "first": first,
            "second": second,
            "change": change,
            "percent_change": [
                None if c is None else 100 * c / a for a, c in zip(first, change, strict=True)
            ],
            "evaluable": full,
        },
        schema={
            "subject": "string",
            "arm": "string",
            **dict.fromkeys(["baseline", "value", "first", "second", "change", "percent_change"], "float64"),
            "evaluable": "boolean",
        },
    )
