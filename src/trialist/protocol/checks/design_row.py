"""One design statement checked: the row that every kind of design gives, and the words in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trialist.problems import Problem
from trialist.protocol.assumptions import Assumed, LogRankEvents
from trialist.protocol.checks.digits import apart, in_full

Verdict = Literal["agrees", "differs", "not stated"]

POWER_SLACK = 0.01  # a power printed as 80 % may be 79.0 to 81.0
SIZE_SLACK = 0.02  # a size is rounded up a little
EVENTS_SLACK = 0.01


@dataclass(frozen=True, slots=True)
class DesignRow:
    """One design statement: what it says, what follows from its own assumptions, and whether they agree.

    `verdict` is `not stated` when too little is stated to be checked; `follows` then says what the rest
    implies. `problems` are the warnings for a statement that differs.
    """

    label: str
    stated: str
    follows: str
    verdict: Verdict
    source: str | None = None
    problems: tuple[Problem, ...] = ()


def stated_words(a: Assumed, *facts: str | None) -> str:
    power = f"power {stated_power(a)}" if a.power else None
    alpha = f"{sides_words(a)} alpha {a.alpha:g}" if a.alpha else None
    return ", ".join(fact for fact in (power, *facts, alpha) if fact)


def stated_power(a: Assumed) -> str:
    return f"{'above ' if a.power_above else ''}{in_full(a.power or 0.0)}"


def sides_words(a: Assumed) -> str:
    return "two-sided" if a.sides == 2 else "one-sided"


def test_words(a: Assumed, name: str) -> str:
    return f"{sides_words(a)} {name}, alpha {a.alpha:g}"


def power_words(value: float, stated: float | None = None) -> str:
    """A power; with as many digits as tell it from the stated one."""
    if value >= 0.995:
        return "above 0.99"
    if value < 0.005:
        return "below 0.01"
    return f"{value:.2f}" if stated is None else apart(value, stated)


def sentence(ways: list[str | None]) -> str:
    return "; ".join(way for way in ways if way)


def missing_words(a: Assumed) -> str:
    names = [
        item.alias or name
        for name, item in type(a).model_fields.items()
        if name in ("power", "alpha", "hazard_ratio", "events", "null", "alternative", "control",
                    "experimental", "n", "pairs", "effect_size")
        and getattr(a, name) is None
        and not (name == "n" and isinstance(a, LogRankEvents))
    ]  # fmt: skip
    return f"nothing can be checked without {', '.join(names)}"


def unless(problems: tuple[Problem, ...], verdict: Verdict) -> Verdict:
    return "differs" if problems else verdict
