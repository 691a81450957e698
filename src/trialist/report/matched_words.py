"""The words of a matched comparison, for the terminal and the page."""

from __future__ import annotations

from trialist.individual.comparison import Balance, Comparison, Line
from trialist.report import numbers, words


def title(made: Comparison) -> str:
    """`os: A against B`."""
    return f"{words.plain(made.endpoint)}: {made.sides[0]} against {made.sides[1]}"


def how(made: Comparison) -> str:
    """Through what the two trials are joined."""
    if made.anchored:
        return f"anchored: {made.own.arms[1]} in {made.own.name}, {made.other.arms[1]} in {made.other.trial}"
    return f"UNANCHORED: {made.own.name} and {made.other.trial} have no common comparator"


def origin(made: Comparison) -> str:
    """The label that stands over every number."""
    parts = ["INDIRECT COMPARISON"] if made.anchored else ["UNANCHORED INDIRECT COMPARISON"]
    for word, each in (("OWN", made.own.origin), ("THE OTHER", made.other.origin)):
        if each is not None and each.kind in ("simulated", "reconstructed"):
            parts.append(f"{word} PATIENTS {each.kind.upper()}")
    return ", ".join(parts)


def sizes(made: Comparison) -> str:
    """Own patients, and how many are left."""
    left = "" if made.effective_n is None else numbers.fixed(made.effective_n, 1)
    share = "" if made.effective_n is None else f" ({numbers.fixed(100 * made.effective_n / made.own.n, 0)}%)"
    return f"{made.own.n} own patients, effective sample size {left}{share}"


def balance(row: Balance) -> tuple[str, str, str, str, str]:
    """Name, before, target, after, and how far apart they were in standard deviations."""
    name = row.own if row.own == row.name else f"{row.name} ({row.own})"
    apart = "" if row.apart is None else numbers.fixed(row.apart, 2)
    before, target, after = (
        numbers.fixed(value, 1 if abs(row.target) >= 10 else 3)
        for value in (row.before, row.target, row.after)
    )
    return name, before, target, after, apart


def printed(line: Line) -> str:
    """The estimate with its interval and p value."""
    p = line.finding.p_value
    return numbers.with_interval(line.finding) + (f", {numbers.p_value(p)}" if p else "")


def method(line: Line) -> str:
    """How a line was made."""
    return {
        "observed": "own patients as they are",
        "maic": "weighted (MAIC)",
        "stc": "model at the other trial's means (STC)",
        "bucher": "effects subtracted (Bucher), nothing matched",
        "naive": "arms side by side, nothing matched",
        "as published": "as published",
    }[line.finding.method.name]
