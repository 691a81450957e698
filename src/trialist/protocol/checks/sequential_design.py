"""The group-sequential design: whether its words give boundaries, and what those cost."""

from __future__ import annotations

from trialist.kernels.sequential_power import characteristics
from trialist.problems import Place
from trialist.protocol.assumptions import Sequential
from trialist.protocol.checks.design_row import DesignRow, stated_words, unless
from trialist.protocol.checks.looks import boundaries_of


def sequential_row(a: Sequential, place: Place, whole: Place) -> DesignRow:
    """The verdict on one group-sequential design: levels against alpha, and what more it needs."""
    bounds, told = boundaries_of(a, whole)
    label = f"{a.for_ or 'design'}: group-sequential test"
    stated = stated_words(a, f"looks at {', '.join(f'{look:g}' for look in a.looks)}" if a.looks else None)
    if bounds is None:
        lacking = [word for word in ("looks", "alpha") if getattr(a, word) is None]
        follows = f"nothing can be checked without {', '.join(lacking)}" if lacking else "no boundary"
        return DesignRow(label, stated, follows, unless(told, "not stated"), a.source, told)
    last = f"last level {float(bounds.levels[-1]) * a.sides:.4f}"
    cost = characteristics(bounds, a.power) if a.power else None
    follows = f"{last}, {cost.inflation:.4f} times the information of one look" if cost else last
    if a.power and cost is None:
        follows = f"{last}; a power of {a.power:g} is not above the level of the test"
    return DesignRow(
        label, stated, follows, unless(told, "agrees" if a.levels else "not stated"), a.source, told
    )
