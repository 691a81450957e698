"""What a plan would need instead, in a line or two of a verdict."""

from __future__ import annotations

import math

from trialist.kernels import power as kernels


def log_rank(ratio: float, events: float, power: float, alpha: float, sides: int) -> tuple[str, ...]:
    need = kernels.log_rank_events(ratio, power, alpha, sides)
    reach = kernels.log_rank_hazard_ratio(events, power, alpha, sides)
    return (
        f"power {power:.3g} at a hazard ratio of {ratio:.3g}, alpha {alpha:g} ({_sided(sides)}): "
        f"{math.ceil(need)} events (Schoenfeld)",
        f"{events:.0f} events have that power at a hazard ratio of {reach:.2f}",
    )


def paired_t(effect: float, pairs: float, power: float, alpha: float, sides: int) -> tuple[str, ...]:
    need = kernels.paired_t_pairs(effect, power, alpha, sides)
    reach = kernels.paired_t_effect(int(pairs), power, alpha, sides)
    lines = (f"{need} pairs reach {power:.3g} at {effect:.3g} (alpha {alpha:g}, {_sided(sides)})",)
    return lines if reach is None else (*lines, f"{pairs:.0f} pairs reach it at {reach:.2f}")


def two_sample_t(effect: float, power: float, alpha: float, sides: int) -> tuple[str, ...]:
    from trialist.kernels.power_values import size_of, two_sample_t_power

    need = size_of(lambda n: two_sample_t_power(n, n, effect, alpha, sides), power, 2.0)
    at = f"power {power:.3g} at {effect:.3g} (alpha {alpha:g}, {_sided(sides)})"
    return () if need is None else (f"{at}: {math.ceil(need)} in each group",)


def two_proportions(first: float, second: float, power: float, alpha: float, sides: int) -> tuple[str, ...]:
    need = kernels.two_proportions_n(first, second, power, alpha, sides)
    return (f"power {power:.3g} at alpha {alpha:g} ({_sided(sides)}): {need} patients in all (1:1)",)


def one_proportion(
    null: float, alternative: float, power: float, alpha: float, sides: int
) -> tuple[str, ...]:
    if abs(alternative - null) < 0.03:
        return ()  # so close that the exact size is not looked for
    need = kernels.one_proportion_n(null, alternative, power, alpha, sides)
    return (f"power {power:.3g} at alpha {alpha:g} ({_sided(sides)}): {need} patients (exact)",)


def _sided(sides: int) -> str:
    return "one-sided" if sides == 1 else "two-sided"
