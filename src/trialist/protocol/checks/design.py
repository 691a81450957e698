"""The design's own arithmetic: what each stated number implies about the others.

Exact methods where they exist: noncentral t for pairs, binomial for one proportion, Fisher's test beside the
normal formulas for two. Published event numbers come from Schoenfeld's or Freedman's formula, so events agree
when they lie between the two, rounded outward and widened by 1 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from trialist.kernels import power as kernel
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import (
    Assumption,
    Evaluability,
    LogRankEvents,
    OneProportion,
    PairedT,
    Sequential,
    TwoProportions,
)
from trialist.protocol.checks.design_row import (
    POWER_SLACK,
    SIZE_SLACK,
    DesignRow,
    missing_words,
    power_words,
    sentence,
    stated_power,
    stated_words,
    test_words,
)
from trialist.protocol.checks.digits import in_full, mending
from trialist.protocol.checks.dose_finding_design import dose_finding_row
from trialist.protocol.checks.log_rank_design import log_rank_row
from trialist.protocol.checks.reestimation_design import reestimation_row
from trialist.protocol.checks.sequential_design import sequential_row
from trialist.protocol.checks.single_arm_design import single_arm_row
from trialist.protocol.checks.two_proportions import (
    MOST_EXACT,
    detected_proportion,
    pooled_power,
    two_powers,
)
from trialist.protocol.dose_finding_designs import Boin, Crm, ThreePlusThree
from trialist.protocol.model import Protocol
from trialist.protocol.reestimation_designs import Reestimation

ASSURANCE = 0.80  # below this chance of enough evaluable subjects, the accrual is questioned
MOST_SEARCHED = 20_000


def rows(protocol: Protocol) -> Iterator[tuple[Assumption, DesignRow]]:
    """Every `design:` entry with what follows from it, in the order of the file."""
    for number, assumption in enumerate(protocol.plan.design):
        word = "evaluable" if isinstance(assumption, Evaluability) else "power"
        place, whole = protocol.place("design", number, word), protocol.place("design", number)
        yield assumption, design_row(assumption, place, whole)


def design_table(protocol: Protocol) -> tuple[DesignRow, ...]:
    """What follows from every `design:` entry, in the order of the file."""
    return tuple(row for _, row in rows(protocol))


def the_design_agrees_with_itself(protocol: Protocol) -> Iterator[Problem]:
    """W118-W123: stated power, size, effect or events that the entry's own numbers contradict."""
    for row in design_table(protocol):
        yield from row.problems


def design_row(assumption: Assumption, place: Place, whole: Place) -> DesignRow:
    """The verdict on one entry; `place` is that of its power, `whole` that of the entry."""
    match assumption:
        case LogRankEvents():
            return log_rank_row(assumption, place, whole)
        case Sequential():
            return sequential_row(assumption, place, whole)
        case OneProportion():
            return _one_proportion(assumption, place)
        case TwoProportions():
            return _two_proportions(assumption, place)
        case PairedT():
            return _paired_t(assumption, place)
        case Evaluability():
            return _evaluability(assumption, place)
        case Reestimation():
            return reestimation_row(assumption, whole)
        case ThreePlusThree() | Boin() | Crm():
            return dose_finding_row(assumption)
    return single_arm_row(assumption, whole)


# --- pairs and proportions ---------------------------------------------------------------------------


def _paired_t(a: PairedT, place: Place) -> DesignRow:
    stated = stated_words(
        a, f"{a.pairs} pairs" if a.pairs else None,
        f"effect size {a.effect_size:g}" if a.effect_size else None,
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: paired t test"
    if a.alpha is None or (a.pairs is None) + (a.effect_size is None) + (a.power is None) > 1:
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
    alpha, sides = a.alpha, a.sides
    pairs = kernel.paired_t_pairs(a.effect_size, a.power, alpha, sides) if a.effect_size and a.power else None
    effect = paired_effect(a.pairs, a.power, alpha, sides) if a.pairs and a.power else None

    def mends(size: float) -> bool:
        return _close(kernel.paired_t_power(a.pairs or 2, size, alpha, sides), a.power)

    ways = [
        f"{pairs} pairs reach {in_full(a.power)} at {a.effect_size:g}" if pairs and a.power else None,
        f"{a.pairs} pairs reach {in_full(a.power)} at {mending(effect, mends, upward=True)}"
        if effect and a.power
        else None,
    ]
    if a.pairs is None or a.effect_size is None:
        return DesignRow(label, stated, sentence(ways), "not stated", a.source)
    reached = kernel.paired_t_power(a.pairs, a.effect_size, alpha, sides)
    return _sized(
        a, label, stated, reached, a.pairs, pairs, ways, place, "W118",
        f"{a.pairs} pairs at effect size {a.effect_size:g} give", "paired t", "pairs, effect_size or power",
    )  # fmt: skip


def paired_effect(pairs: int, power: float, alpha: float, sides: int) -> float | None:
    """The effect size that so many pairs detect; None where there is none."""
    try:
        return kernel.paired_t_effect(pairs, power, alpha, sides)
    except ValueError:  # the noncentral t has no value that far out: two pairs at an alpha of 1e-12
        return None


def _one_proportion(a: OneProportion, place: Place) -> DesignRow:
    stated = stated_words(
        a, f"n {a.n}" if a.n else None, f"{a.null:g} against {a.alternative:g}"
        if a.null and a.alternative else (f"null {a.null:g}" if a.null else None),
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: one proportion, exact"
    unknown = (a.n is None) + (a.alternative is None) + (a.power is None)
    if a.alpha is None or a.null is None or unknown > 1:
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
    if a.alternative == a.null:
        return _no_difference("W119", label, stated, a, place)
    n, found = one_proportion_size(a), None
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
        return DesignRow(label, stated, sentence(ways), "not stated", a.source)
    reached = kernel.one_proportion_power(a.n, a.null, a.alternative, a.alpha, a.sides)
    return _sized(
        a, label, stated, reached, a.n, n, ways, place, "W119",
        f"{a.n} subjects at {a.alternative:g} against {a.null:g} give", "exact binomial",
        "n, alternative or power",
    )  # fmt: skip


def one_proportion_size(a: OneProportion) -> int | None:
    """Subjects for the stated power; None when it does not follow, or beyond what is searched exactly."""
    if a.null is None or a.alternative is None or a.power is None or a.alpha is None:
        return None
    if _approximate(a.null, a.alternative, a.power, a.alpha) >= MOST_SEARCHED:
        return None
    return kernel.one_proportion_n(a.null, a.alternative, a.power, a.alpha, a.sides)


def _two_proportions(a: TwoProportions, place: Place) -> DesignRow:
    stated = stated_words(
        a, f"n {a.n}" if a.n else None,
        f"{a.experimental:g} against {a.control:g}" if a.experimental and a.control else None,
    )  # fmt: skip
    label = f"{a.for_ or 'design'}: two proportions"
    unknown = (a.n is None) + (a.experimental is None) + (a.power is None)
    if a.alpha is None or a.control is None or unknown > 1:
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
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
        return DesignRow(label, stated, sentence(ways), "not stated", a.source)
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
        return DesignRow(label, stated, f"power {power_words(reached)}", "not stated", a.source)
    follows = (
        f"power {power_words(reached)}; {sentence(ways)}" if any(ways) else f"power {power_words(reached)}"
    )
    enough = reached >= a.power - POWER_SLACK
    near = reached <= a.power + POWER_SLACK
    rounded = needed is not None and size <= needed + max(1, math.ceil(SIZE_SLACK * needed))
    if enough and (near or rounded or a.power_above):
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        code,
        f"stated power {stated_power(a)}, but {shown} {power_words(reached)} ({test_words(a, method)})",
        f"{sentence(ways)}. Correct {words}" if any(ways) else f"correct {words}",
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
    follows = f"probability {power_words(chance, ASSURANCE)} of at least {a.evaluable}; {ways}"
    label = f"{a.for_ or 'design'}: enough evaluable"
    if chance >= ASSURANCE:
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = Problem(
        "W122",
        f"of {a.accrued} accrued, at least {a.evaluable} are evaluable with probability "
        f"{power_words(chance, ASSURANCE)} when {100 * a.expected:g}% are expected to be (binomial)",
        f"{ways}. Correct accrued, evaluable or expected"
        if ways
        else "correct accrued, evaluable or expected",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _approximate(null: float, alternative: float, power: float, alpha: float) -> float:
    """A size of the right order, to know whether the exact search is short enough."""
    spread = max(null * (1 - null), alternative * (1 - alternative))
    return (kernel.log_rank_events(math.e, power, alpha) / 4) * spread / (null - alternative) ** 2
