"""Power and sizes by R's pwr beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trialist.kernels import power_values

FILES = ("sizes",)
Pair = tuple[str, Any, Any]


def _power(name: str, options: dict[str, Any], expect: dict[str, Any], method: str) -> Iterator[Pair]:
    yield "power", expect["power"], getattr(power_values, method)(**options)


def _size(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    effect = options["effect_size"]
    found = power_values.size_of(
        lambda n: power_values.two_sample_t_power(n / 2, n / 2, effect, 0.05), options["power"], 3
    )
    yield "n", expect["n"], found


def _h(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield "h", expect["h"], power_values.effect_h(**options)


POWERS = {
    "two_sample_t_power": ("power of the two-sample t test", "pwr.t2n.test"),
    "correlation_power": ("power of a correlation", "pwr.r.test"),
    "anova_power": ("power of one-way analysis of variance", "pwr.anova.test, dpois, pbeta"),
    "chi_square_power": ("power of a chi-square test", "pwr.chisq.test"),
    "arcsine_power": ("power of two proportions by Cohen's h", "pwr.2p2n.test"),
    "normal_power": ("power of the z test", "pwr.norm.test"),
}


def _of(method: str) -> Any:
    return lambda name, options, expect: _power(name, options, expect, method)


COMPARE = {method: _of(method) for method in POWERS} | {"two_sample_t_size": _size, "effect_h": _h}
TITLES = {method: words[0] for method, words in POWERS.items()} | {
    "two_sample_t_size": "size of the two-sample t test",
    "effect_h": "Cohen's h",
}
FUNCTIONS = {method: words[1] for method, words in POWERS.items()} | {
    "two_sample_t_size": "pwr.t.test",
    "effect_h": "ES.h",
}
