"""Group-sequential tests: boundaries, levels, power and what the looks cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from trialist.design.model import Design, Number, Sheet
from trialist.design.seen_looks import after_looks
from trialist.kernels.sequential import exits
from trialist.kernels.sequential_bounds import Boundaries
from trialist.kernels.sequential_power import Characteristics, characteristics
from trialist.problems import Place
from trialist.protocol.assumptions import Sequential
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.looks import boundaries_of
from trialist.registry import entry

Values = NDArray[np.float64]

NOWHERE = Place("design")


@entry(
    "sequential",
    needs=("looks", "alpha", "boundary", "spending"),
    gives=("critical_value", "significance_level", "alpha_spent", "information_ratio", "power"),
    source="Jennison and Turnbull 2000; Lan and DeMets 1983",
)
def run(stated: Sequential, row: DesignRow) -> Design:
    """Boundaries of a group-sequential test, alpha spent, and what the looks cost at a power.

    Parameters
        stated  looks, boundary or spending or levels, futility, alpha, sides, power
        row     the verdict on it
    Returns   critical values, levels and alpha spent by look; with a power also its drift's probabilities of
              stopping, the maximum and the expected information over that of a test with one look; with what
              was `seen` conditional and predictive power, or the inference at the stop
    Problems  W126, W129, W132 of the row
    Source    Jennison and Turnbull 2000, Group Sequential Methods, chapters 2 to 7
    """
    bounds, _ = boundaries_of(stated, NOWHERE)
    if bounds is None:
        return Design(row)
    cost = characteristics(bounds, stated.power) if stated.power else None
    drift = cost.drift if cost else None
    numbers, sheets = after_looks(bounds, stated.seen, drift) if stated.seen else ((), ())
    return Design(
        row,
        (*boundary_numbers(bounds), *cost_numbers(cost), *numbers),
        (looks_sheet(bounds, drift), *cost_sheets(cost), *sheets),
    )


def boundary_numbers(bounds: Boundaries) -> Iterator[Number]:
    """Critical values, levels, alpha spent and futility bounds, look by look."""
    spent = alpha_spent(bounds)
    for look, (up, low) in enumerate(zip(bounds.upper, bounds.lower, strict=True), 1):
        at, last = f"look {look}", look == len(bounds.upper)
        yield Number("critical_value", _finite(up), at)
        yield Number("significance_level", float(bounds.levels[look - 1]) * bounds.sides, at)
        yield Number("alpha_spent", float(spent[look - 1]), at)
        if bounds.sides == 1 and not last and np.isfinite(low):
            yield Number("futility_bound", float(low), at)


def cost_numbers(cost: Characteristics | None) -> tuple[Number, ...]:
    """What the looks cost: maximum and expected information over that of a test with one look."""
    if cost is None:
        return ()
    notes = (
        "maximum",
        "expected under the effect",
        "expected under half the effect",
        "expected without effect",
    )
    ratios = (cost.inflation, cost.average_alternative, cost.average_halfway, cost.average_null)
    return tuple(
        Number("information_ratio", ratio, note=note) for ratio, note in zip(ratios, notes, strict=True)
    )


def stop_numbers(bounds: Boundaries, drift: float | Values) -> Iterator[Number]:
    """Probabilities of stopping at each look, and the power, under a drift."""
    found = exits(bounds.information, bounds.upper, bounds.lower, drift)
    for look, (above, below) in enumerate(zip(found.above, found.below, strict=True), 1):
        yield Number("stop_for_success", float(above), f"look {look}")
        if bounds.sides == 1 and look < len(found.above):
            yield Number("stop_for_futility", float(below), f"look {look}")


def alpha_spent(bounds: Boundaries) -> Values:
    """Alpha spent up to each look; a lower bound that is not binding is not counted on."""
    low = bounds.lower
    if bounds.sides == 1:
        low = np.append(low[:-1], -np.inf) if bounds.binding else np.full(len(low), -np.inf)
    found = exits(bounds.information, bounds.upper, low)
    spent: Values = np.cumsum(found.above + (found.below if bounds.sides == 2 else 0.0))
    return spent


def looks_sheet(
    bounds: Boundaries,
    drift: float | Values | None,
    more: tuple[tuple[str, Callable[[int], str]], ...] = (),
) -> Sheet:
    """The looks as a table: information, further columns, z, level, alpha spent, chances of stopping."""
    spent = alpha_spent(bounds)
    futile = bounds.sides == 1 and bool(np.any(np.isfinite(bounds.lower[:-1])))
    found = None if drift is None else exits(bounds.information, bounds.upper, bounds.lower, drift)
    columns: dict[str, Callable[[int], str]] = {
        "look": lambda k: f"{k + 1}",
        "information": lambda k: f"{bounds.information[k]:.3f}",
        **dict(more),
        "z": lambda k: _shown(bounds.upper[k]),
        "level": lambda k: f"{bounds.levels[k] * bounds.sides:.5f}",
        "alpha spent": lambda k: f"{spent[k]:.5f}",
    }
    if futile:
        columns["futility z"] = lambda k: _shown(bounds.lower[k])
    if found is not None:
        columns["power so far"] = lambda k: f"{found.above[: k + 1].sum():.3f}"
        if futile:
            columns["stopped in vain"] = lambda k: f"{found.below[: k + 1].sum():.3f}"
    rows = tuple(tuple(say(k) for say in columns.values()) for k in range(len(bounds.upper)))
    return Sheet("looks", tuple(columns), rows)


def cost_sheets(cost: Characteristics | None) -> tuple[Sheet, ...]:
    if cost is None:
        return ()
    rows = tuple((number.note or "", f"{number.estimate:.4f}") for number in cost_numbers(cost))
    return (Sheet("information, where a test with one look has 1", ("", "information"), rows),)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _shown(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else "none"
