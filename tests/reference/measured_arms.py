"""Measurements of arms as tables, and their pinned references."""

from __future__ import annotations

from typing import Any

import ibis
from reference_cases import cases

AB = ("a", "b")


def arms(change: dict[str, list[float | None]], **columns: list[Any]) -> Any:
    """A Measurement table with baseline 10: arm -> changes (None: not evaluable)."""
    rows = [(arm, value) for arm, values in change.items() for value in values]
    changes = [value for _, value in rows]
    return ibis.memtable(
        {
            "subject": [f"{i:03d}" for i in range(len(rows))],
            "arm": [arm for arm, _ in rows],
            "baseline": [10.0] * len(rows),
            "value": [None if c is None else 10 + c for c in changes],
            "change": changes,
            "percent_change": [None if c is None else 10 * c for c in changes],
            "evaluable": [c is not None for c in changes],
            **columns,
        },
        schema={
            "subject": "string",
            "arm": "string",
            **dict.fromkeys(("baseline", "value", "change", "percent_change"), "float64"),
            "evaluable": "boolean",
            **{name: "float64" if name == "age" else "string" for name in columns},
        },
    )


def pinned(method: str, data: str, **options: Any) -> Any:
    return next(
        c["expect"]
        for c in cases("values")
        if c["method"] == method
        and c["data"] == data
        and all(c["options"][key] == value for key, value in options.items())
    )


def sleep() -> tuple[list[float], list[float]]:
    options = next(c["options"] for c in cases("values") if c["data"] == "sleep")
    return options["first"], options["second"]
