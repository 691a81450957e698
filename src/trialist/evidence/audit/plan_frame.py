"""What all tests of a plan share: alpha and its sides, allocation, the stated power, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from trialist.evidence.audit.plan_scope import Scope
from trialist.evidence.claims.plan_units import Number

LARGEST = 100_000
_ONE = re.compile(r"\b(?:one|1|single)[- ](?:sided|tailed)\b", re.I)
_BOTH = re.compile(r"\b(?:two|2|double)[- ](?:sided|tailed)\b|\bboth sides\b", re.I)
_SHARED = re.compile(r"\b(\d)\s?(?::|to)\s?(\d)\b(?!\d)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all tests share: alpha with sides, allocation, the stated power."""

    scope: Scope
    power: Number
    stated: float
    alphas: tuple[tuple[float, int], ...]
    allocations: tuple[tuple[int, int], ...]
    words: str
    named: tuple[Number, ...]


def frame_of(scope: Scope, power: Number) -> Frame | None:
    stated = power.value if power.role == "power" else 1 - power.value
    words = scope.words()
    alphas = scope.find("alpha")
    own = scope.words(0, 0) if _ONE.search(scope.words(0, 0)) or _BOTH.search(scope.words(0, 0)) else words
    one, both = bool(_ONE.search(own)), bool(_BOTH.search(own))
    sides = (1, 2) if one == both else (1,) if one else (2,)
    levels = tuple(a.value for a in alphas) or ((0.05, 0.025) if one else (0.05,))
    if not alphas and not one:
        sides = (2,)
    shared = _SHARED.search(words)
    ways: tuple[tuple[int, int], ...] = (
        ((int(shared[1]), int(shared[2])),) if shared and "0" not in shared[0] else ((1, 1),)
    )
    if not shared and re.search(r"\b(?:two|three)[- ]to[- ]one\b", words):
        ways = ((2, 1), (3, 1))
    if not 0.4 <= stated < 1:
        return None
    return Frame(scope, power, stated, tuple(product(levels, sides)), ways, words, alphas[:1])


def sizes_of(frame: Frame, *roles: str) -> list[Number]:
    held = frame.scope.own.of(*roles)
    loose = tuple(one for one in frame.scope.own.numbers if one.bare and not one.role and one.value >= 10)
    found = held or loose or frame.scope.find(*roles)
    if any(one.each for one in found):
        found = tuple(one for one in found if one.each is not None)  # `60 (30 per group)`
    return [one for one in found if 3 <= one.value <= LARGEST]


def of_each(size: Number) -> tuple[float, ...]:
    if size.each is None:
        return (size.value, size.value / 2)
    return (size.value,) if size.each else (size.value / 2,)


def both_ways(ways: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple({way for a, b in ways for way in ((a, b), (b, a))})
