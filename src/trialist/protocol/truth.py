"""A condition run on one row in plain Python, and as an Ibis expression; both give the same answer.

None stands for unknown. Source: SQL's three-valued logic, ISO/IEC 9075-2, 4.5 (boolean types).
"""

from __future__ import annotations

import datetime
import functools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trialist.protocol.predicate import NULL, Node

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def evaluate(node: Node, row: Mapping[str, object]) -> Any:
    """The value of a node on one row; None when unknown."""
    match node.name:
        case "literal":
            return node.value
        case "column":
            return _usable(row.get(node.value))
        case "and" | "or":
            return _joined(node.name, [_truth(evaluate(p, row)) for p in node.parts])
        case "not":
            inner = _truth(evaluate(node.parts[0], row))
            return None if inner is None else not inner
        case "is_null":
            return evaluate(node.parts[0], row) is None
    values = [evaluate(p, row) for p in node.parts]
    match node.name:
        case "coalesce":
            return next((v for v in values if v is not None), None)
        case "least" | "greatest":
            return _extreme(node.name, [v for v in values if v is not None])
        case "lower" | "upper":
            text = values[0]
            return getattr(text, node.name)() if isinstance(text, str) else None
    if node.name in _COMPARE:
        return _compare(node.name, values[0], values[1])
    return _calculated(node, values)


def _calculated(node: Node, values: Sequence[Any]) -> Any:
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) < len(values):
        return None
    try:
        if node.name in _ARITHMETIC:
            return _usable(_ARITHMETIC[node.name](numbers[0], numbers[1]))
        if node.name == "round":
            return _usable(_rounded(numbers[0], node.value))
        return abs(numbers[0]) if node.name == "abs" else -numbers[0]
    except (ZeroDivisionError, OverflowError):
        return None


def _rounded(value: float, places: int) -> float:
    """Halves away from zero, by scaling, as C's round and the engines do."""
    scaled = value * 10**places
    whole = math.trunc(scaled)
    if abs(scaled - whole) >= 0.5:
        whole += 1 if scaled > 0 else -1
    return float(whole / 10**places) if places else whole


def _usable(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _joined(name: str, values: Sequence[bool | None]) -> bool | None:
    decisive = name == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _compare(name: str, first: Any, second: Any) -> bool | None:
    pair = _alike(first, second)
    return None if pair is None else bool(_COMPARE[name](*pair))


def _alike(first: Any, second: Any) -> tuple[Any, Any] | None:
    """Two values of one sort, or None. A date meets text as an ISO date."""
    if isinstance(first, datetime.date) and isinstance(second, str):
        return first, _date(second) if _date(second) else None
    if isinstance(second, datetime.date) and isinstance(first, str):
        return _date(first), second
    for sort in (bool, (int, float), str, datetime.date):
        if isinstance(first, sort):
            return (first, second) if isinstance(second, sort) and _same_truth(first, second) else None
    return None


def _same_truth(first: Any, second: Any) -> bool:
    return isinstance(first, bool) == isinstance(second, bool)


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _extreme(name: str, values: Sequence[Any]) -> Any:
    if not values:
        return None
    smaller = "<" if name == "least" else ">"
    best = values[0]
    for value in values[1:]:
        better = _compare(smaller, value, best)
        if better is None:
            return None
        best = value if better else best
    return best


def to_ibis(node: Node, table: Table) -> BooleanValue:
    """The node over an Ibis table."""
    import ibis

    def build(part: Node) -> Any:
        match part.name:
            case "literal":
                return ibis.literal(part.value)
            case "column":
                return table[part.value]
            case "and" | "or":
                return _balanced(
                    operator.and_ if part.name == "and" else operator.or_, list(map(truth, part.parts))
                )
            case "not":
                return ~truth(part.parts[0])
            case "is_null":
                return build(part.parts[0]).isnull()
        inner = [build(p) for p in part.parts]
        match part.name:
            case "coalesce" | "least" | "greatest":
                return getattr(ibis, part.name)(*inner)
            case "lower" | "upper" | "abs":
                return getattr(inner[0], part.name)()
            case "round":
                return inner[0].round(part.value) if part.value else inner[0].round()
            case "negate":
                return -inner[0]
            case "/":
                return inner[0] / inner[1].nullif(0)
        return (_COMPARE.get(part.name) or _ARITHMETIC[part.name])(inner[0], inner[1])

    def truth(part: Node) -> Any:
        return ibis.null("boolean") if part == NULL else build(part)

    return truth(node)


def _balanced(join: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    """Joined in a balanced tree, so that a long list makes no deep expression."""
    while len(parts) > 8:
        parts = [functools.reduce(join, parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return functools.reduce(join, parts)
