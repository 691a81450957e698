"""The design's own arithmetic: what each stated number implies about the others.

Exact methods where they exist: noncentral t for pairs, binomial for one proportion, Fisher's test beside the
normal formulas for two. Published event numbers come from Schoenfeld's or Freedman's formula, so events agree
when they lie between the two, rounded outward and widened by 1 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trialist.kernels import power as kernel
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import (
    Assumption,
    Evaluability,
    LogRankEvents,
    OneProportion,
    PairedT,
    TwoProportions,
)
from trialist.protocol.checks.digits import apart, in_full, mending
from trialist.protocol.checks.two_proportions import (
    MOST_EXACT,
    detected_proportion,
    pooled_power,
    two_powers,
)
from trialist.protocol.model import Protocol

Verdict = Literal["agrees", "differs", "not stated"]

POWER_SLACK = 0.01  # a power printed as 80 % may be 79.0 to 81.0
SIZE_SLACK = 0.02  # a size is rounded up a little
EVENTS_SLACK = 0.01
ASSURANCE = 0.80  # below this chance of enough evaluable subjects, the accrual is questioned
MOST_SEARCHED = 20_000


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


def design_table(protocol: Protocol) -> tuple[DesignRow, ...]:
    """Every `design:` entry with what follows from it, in the order of the file."""
    return tuple(
        _row(assumption, protocol.place("design", number, word), protocol.place("design", number))
        for number, assumption in enumerate(protocol.plan.design)
        for word in ("evaluable" if isinstance(assumption, Evaluability) else "power",)
    )


def the_design_agrees_with_itself(protocol: Protocol) -> Iterator[Problem]:
    """W118-W123: stated power, size, effect or events that the entry's own numbers contradict."""
    for row in design_table(protocol):
        yield from row.problems


def _row(assumption: Assumption, place: Place, whole: Place) -> DesignRow:
    match assumption:
        case LogRankEvents():
            return _log_rank(assumption, place, whole)
        case OneProportion():
            return _one_proportion(assumption, place)
        case TwoProportions():
            return _two_proportions(assumption, place)
        case PairedT():
            return _paired_t(assumption, place)
    return _evaluability(assumption, place)


# --- log-rank ---------------------------------------------------------------------------------------


def _log_rank(a: LogRankEvents, place: Place, whole: Place) -> DesignRow:
    stated = _stated(
        a, f"hazard ratio {a.hazard_ratio:g}" if a.hazard_ratio else None,
        f"{a.events} events" if a.events else None, f"n {a.n}" if a.n else None,
        f"allocation {a.allocation[0]}:{a.allocation[1]}" if a.allocation != (1, 1) else None,
    )  # fmt: skip
    too_many = _events_beyond_n(a, whole)
    label, options = f"{a.for_ or 'design'}: log-rank test", (a.sides, a.allocation)
    if a.alpha is None or (a.hazard_ratio is None) + (a.power is None) + (a.events is None) > 1:
        return DesignRow(label, stated, _missing(a), _unless(too_many, "not stated"), a.source, too_many)
    if a.hazard_ratio is None and a.events and a.power:
        found = kernel.log_rank_hazard_ratio(a.events, a.power, a.alpha, *options)
        follows = f"hazard ratio {found:.3f} (or {1 / found:.3f}) is detected"
        return DesignRow(label, stated, follows, _unless(too_many, "not stated"), a.source, too_many)
    ratio = a.hazard_ratio or 1.0
    if ratio == 1:
        none = Problem("W121", "a hazard ratio of 1 is no effect: no number of events detects it",
                       "state the hazard ratio that the trial is to detect", place)  # fmt: skip
        return DesignRow(label, stated, "no number of events", "differs", a.source, (none, *too_many))
    if a.power is None:
        reached = kernel.log_rank_power(a.events or 0, ratio, a.alpha, *options)
        return DesignRow(
            label, stated, f"power {_power(reached)}", _unless(too_many, "not stated"), a.source, too_many
        )
    needed = (
        kernel.log_rank_events(ratio, a.power, a.alpha, *options),
        kernel.log_rank_events_freedman(ratio, a.power, a.alpha, *options),
    )
    by_formula = f"{math.ceil(needed[0])} events by Schoenfeld, {math.ceil(needed[1])} by Freedman"
    if a.events is None:
        return DesignRow(label, stated, by_formula, _unless(too_many, "not stated"), a.source, too_many)
    reached = kernel.log_rank_power(a.events, ratio, a.alpha, *options)
    least = math.floor(min(needed)) * (1 - EVENTS_SLACK)
    most = math.inf if a.power_above else math.ceil(max(needed)) * (1 + EVENTS_SLACK)
    follows = f"{by_formula}; {a.events} events give power {_power(reached, a.power)}"
    if least <= a.events <= most:
        return DesignRow(label, stated, follows, _unless(too_many, "agrees"), a.source, too_many)
    detected = kernel.log_rank_hazard_ratio(a.events, a.power, a.alpha, *options)
    detected = detected if ratio < 1 else 1 / detected

    def mends(effect: float) -> bool:
        there = kernel.log_rank_events(effect, a.power or 0.0, a.alpha or 0.0, *options)
        return effect not in (1, ratio) and abs((a.events or 0) / there - 1) <= EVENTS_SLACK / 2

    problem = Problem(
        "W121",
        f"stated {a.events} events for power {_stated_power(a)}, but a hazard ratio of {ratio:g} needs "
        f"{by_formula} ({_test(a, 'log-rank')})",
        f"{a.events} events give power {_power(reached, a.power)} at {ratio:g} and reach {in_full(a.power)} "
        f"at {mending(detected, mends)}; {math.ceil(needed[0])} events reach {in_full(a.power)} at "
        f"{ratio:g}. Correct events, hazard_ratio or power",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem, *too_many))


def _events_beyond_n(a: LogRankEvents, place: Place) -> tuple[Problem, ...]:
    if a.events is None or a.n is None or a.events <= a.n:
        return ()
    message = f"{a.events} events are planned among {a.n} subjects"
    return (Problem("W123", message, "a subject has one event at most: correct events or n", place),)


# --- pairs and proportions --------------------------------------------------------------------------


def _paired_t(a: PairedT, place: Place) -> DesignRow:
    stated = _stated(
        a, f"{a.pairs} pairs" if a.pairs else None,
        f"effect size {a.effect_size:g}" if a.effect_size else None,
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: paired t test"
    if a.alpha is None or (a.pairs is None) + (a.effect_size is None) + (a.power is None) > 1:
        return DesignRow(label, stated, _missing(a), "not stated", a.source)
    alpha, sides = a.alpha, a.sides
    pairs = kernel.paired_t_pairs(a.effect_size, a.power, alpha, sides) if a.effect_size and a.power else None
    effect = _paired_effect(a.pairs, a.power, alpha, sides) if a.pairs and a.power else None

    def mends(size: float) -> bool:
        return _close(kernel.paired_t_power(a.pairs or 2, size, alpha, sides), a.power)

    ways = [
        f"{pairs} pairs reach {in_full(a.power)} at {a.effect_size:g}" if pairs and a.power else None,
        f"{a.pairs} pairs reach {in_full(a.power)} at {mending(effect, mends, upward=True)}"
        if effect and a.power
        else None,
    ]
    if a.pairs is None or a.effect_size is None:
        return DesignRow(label, stated, _sentence(ways), "not stated", a.source)
    reached = kernel.paired_t_power(a.pairs, a.effect_size, alpha, sides)
    return _sized(
        a, label, stated, reached, a.pairs, pairs, ways, place, "W118",
        f"{a.pairs} pairs at effect size {a.effect_size:g} give", "paired t", "pairs, effect_size or power",
    )  # fmt: skip


def _paired_effect(pairs: int, power: float, alpha: float, sides: int) -> float | None:
    try:
        return kernel.paired_t_effect(pairs, power, alpha, sides)
    except ValueError:  # the noncentral t has no value that far out: two pairs at an alpha of 1e-12
        return None


def _one_proportion(a: OneProportion, place: Place) -> DesignRow:
    stated = _stated(
        a, f"n {a.n}" if a.n else None, f"{a.null:g} against {a.alternative:g}"
        if a.null and a.alternative else (f"null {a.null:g}" if a.null else None),
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: one proportion, exact"
    unknown = (a.n is None) + (a.alternative is None) + (a.power is None)
    if a.alpha is None or a.null is None or unknown > 1:
        return DesignRow(label, stated, _missing(a), "not stated", a.source)
    if a.alternative == a.null:
        return _no_difference("W119", label, stated, a, place)
    n, found = None, None
    if a.power and a.alternative and _approximate(a.null, a.alternative, a.power, a.alpha) < MOST_SEARCHED:
        n = kernel.one_proportion_n(a.null, a.alternative, a.power, a.alpha, a.sides)
    if a.n and a.power:
        above = a.alternative is None or a.alternative > a.null
        upward: Literal["greater", "less"] = "greater" if above else "less"
        found = kernel.one_proportion_alternative(a.n, a.null, a.power, a.alpha, a.sides, upward)

    def mends(alternative: float) -> bool:
        sizes = a.n or 1, a.null or 0.5, alternative, a.alpha or 0.05, a.sides
        return 0 < alternative < 1 and _close(kernel.one_proportion_power(*sizes), a.power)

    ways = [
        f"{n} subjects reach {in_full(a.power)} at {a.alternative:g}" if n and a.power else None,
        f"{a.n} subjects reach {in_full(a.power)} at {mending(found, mends, 3)}"
        if found is not None and a.power
        else None,
    ]
    if a.n is None or a.alternative is None:
        return DesignRow(label, stated, _sentence(ways), "not stated", a.source)
    reached = kernel.one_proportion_power(a.n, a.null, a.alternative, a.alpha, a.sides)
    return _sized(
        a, label, stated, reached, a.n, n, ways, place, "W119",
        f"{a.n} subjects at {a.alternative:g} against {a.null:g} give", "exact binomial",
        "n, alternative or power",
    )  # fmt: skip


def _two_proportions(a: TwoProportions, place: Place) -> DesignRow:
    stated = _stated(
        a, f"n {a.n}" if a.n else None,
        f"{a.experimental:g} against {a.control:g}" if a.experimental and a.control else None,
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: two proportions"
    unknown = (a.n is None) + (a.experimental is None) + (a.power is None)
    if a.alpha is None or a.control is None or unknown > 1:
        return DesignRow(label, stated, _missing(a), "not stated", a.source)
    if a.experimental == a.control:
        return _no_difference("W120", label, stated, a, place)
    n = None
    if a.power and a.experimental:
        n = kernel.two_proportions_n(a.control, a.experimental, a.power, a.alpha, a.sides, a.allocation)
    found = detected_proportion(a) if a.n and a.power else None

    def mends(experimental: float) -> bool:
        return 0 < experimental < 1 and _close(pooled_power(a, experimental), a.power)

    ways = [
        f"{n} subjects reach {in_full(a.power)} at {a.experimental:g}" if n and a.power else None,
        f"{a.n} subjects reach {in_full(a.power)} at {mending(found, mends, 3)}"
        if found is not None and a.power
        else None,
    ]
    if a.n is None or a.experimental is None:
        return DesignRow(label, stated, _sentence(ways), "not stated", a.source)
    reached = two_powers(a, a.n, a.experimental)
    closest = min(max(a.power or 0.0, min(reached)), max(reached))
    shown = f"{a.n} subjects at {a.experimental:g} against {a.control:g} give"
    method = "chi-square to Fisher's test" if a.n <= MOST_EXACT else "normal formulas"
    return _sized(
        a, label, stated, closest, a.n, n, ways, place, "W120", shown, method, "n, experimental or power"
    )


def _close(reached: float, power: float | None) -> bool:
    return abs(reached - (power or 0.0)) <= POWER_SLACK / 2


def _sized(
    a: PairedT | OneProportion | TwoProportions, label: str, stated: str, reached: float, size: int,
    needed: int | None, ways: list[str | None], place: Place, code: str, shown: str, method: str, words: str,
) -> DesignRow:  # fmt: skip
    """The verdict on a statement of size, effect and (usually) power."""
    if a.power is None:
        return DesignRow(label, stated, f"power {_power(reached)}", "not stated", a.source)
    follows = f"power {_power(reached)}; {_sentence(ways)}" if any(ways) else f"power {_power(reached)}"
    enough = reached >= a.power - POWER_SLACK
    near = reached <= a.power + POWER_SLACK
    rounded = needed is not None and size <= needed + max(1, math.ceil(SIZE_SLACK * needed))
    if enough and (near or rounded or a.power_above):
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        code,
        f"stated power {_stated_power(a)}, but {shown} {_power(reached)} ({_test(a, method)})",
        f"{_sentence(ways)}. Correct {words}" if any(ways) else f"correct {words}",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _no_difference(
    code: str, label: str, stated: str, a: OneProportion | TwoProportions, place: Place
) -> DesignRow:
    problem = Problem(code, "the two proportions are equal: no number of subjects tells them apart",
                      "state the difference that the trial is to detect", place)  # fmt: skip
    return DesignRow(label, stated, "no number of subjects", "differs", a.source, (problem,))


# --- evaluability -----------------------------------------------------------------------------------


def _evaluability(a: Evaluability, place: Place) -> DesignRow:
    chance = kernel.binomial_tail(a.accrued, a.evaluable, a.expected)
    needed = {level: kernel.accrual_needed(a.evaluable, a.expected, level) for level in (0.80, 0.90)}
    stated = f"{a.accrued} accrued, {a.evaluable} evaluable, {100 * a.expected:g}% expected to be"
    ways = "; ".join(f"{n} accrued reach it with probability {level:.2f}" for level, n in needed.items() if n)
    follows = f"probability {_power(chance, ASSURANCE)} of at least {a.evaluable}; {ways}"
    label = f"{a.for_ or 'design'}: enough evaluable"
    if chance >= ASSURANCE:
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        "W122",
        f"of {a.accrued} accrued, at least {a.evaluable} are evaluable with probability "
        f"{_power(chance, ASSURANCE)} when {100 * a.expected:g}% are expected to be (binomial)",
        f"{ways}. Correct accrued, evaluable or expected"
        if ways
        else "correct accrued, evaluable or expected",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


# --- words ------------------------------------------------------------------------------------------

Sized = LogRankEvents | OneProportion | TwoProportions | PairedT


def _stated(a: Sized, *facts: str | None) -> str:
    power = f"power {_stated_power(a)}" if a.power else None
    alpha = f"{_sides(a)} alpha {a.alpha:g}" if a.alpha else None
    return ", ".join(fact for fact in (power, *facts, alpha) if fact)


def _stated_power(a: Sized) -> str:
    return f"{'above ' if a.power_above else ''}{in_full(a.power or 0.0)}"


def _sides(a: Sized) -> str:
    return "two-sided" if a.sides == 2 else "one-sided"


def _test(a: Sized, name: str) -> str:
    return f"{_sides(a)} {name}, alpha {a.alpha:g}"


def _power(value: float, stated: float | None = None) -> str:
    """A power; with as many digits as tell it from the stated one."""
    if value >= 0.995:
        return "above 0.99"
    if value < 0.005:
        return "below 0.01"
    return f"{value:.2f}" if stated is None else apart(value, stated)


def _sentence(ways: list[str | None]) -> str:
    return "; ".join(way for way in ways if way)


def _missing(a: Sized) -> str:
    names = [
        item.alias or name
        for name, item in type(a).model_fields.items()
        if name in ("power", "alpha", "hazard_ratio", "events", "null", "alternative", "control",
                    "experimental", "n", "pairs", "effect_size")
        and getattr(a, name) is None
        and not (name == "n" and isinstance(a, LogRankEvents))
    ]  # fmt: skip
    return f"nothing can be checked without {', '.join(names)}"


def _unless(problems: tuple[Problem, ...], verdict: Verdict) -> Verdict:
    return "differs" if problems else verdict


def _approximate(null: float, alternative: float, power: float, alpha: float) -> float:
    """A size of the right order, to know whether the exact search is short enough."""
    spread = max(null * (1 - null), alternative * (1 - alternative))
    return (kernel.log_rank_events(math.e, power, alpha) / 4) * spread / (null - alternative) ** 2
