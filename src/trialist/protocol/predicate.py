"""Conditions: SQL boolean expressions that run on one subject or on a table of any engine.

Allowed are `and or not`, comparisons, `in`, `between`, `is [not] null`, `+ - * /`, numbers, text in single
quotes, `true`, `false`, `null`, columns, and the functions abs, coalesce, least, greatest, lower, upper,
round. Everything else is refused by name. A missing value is unknown, not false (three-valued logic).

Settled where engines differ: a division by zero is unknown; `least` and `greatest` pass over missing
values; `round` rounds halves away from zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

MAX_LENGTH = 4000
MAX_DEPTH = 60
MAX_DIGITS = 15
Kind = Literal["boolean", "number", "text", "any"]

_FUNCTIONS: dict[str, str] = {
    "Abs": "abs", "Coalesce": "coalesce", "Least": "least", "Greatest": "greatest",
    "Lower": "lower", "Upper": "upper", "Round": "round",
}  # fmt: skip
_COMPARE = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
KNOWN = "abs, coalesce, greatest, least, lower, round, upper"


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, column or literal of a condition; `kind` as far as the text alone tells it."""

    name: str
    parts: tuple[Node, ...] = ()
    value: Any = None
    kind: Kind = "any"


NULL = Node("literal")
_TRUE = Node("literal", (), True, "boolean")


class _RefusedError(Exception):
    """Why a text is no condition."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition: its text, the columns it reads, and two ways to run it."""

    text: str
    columns: frozenset[str]
    root: Node

    @property
    def compared(self) -> frozenset[tuple[str, str]]:
        """Columns with the texts that the condition compares them with by `=`, `<>` or `in`."""
        return frozenset(_compared(self.root))

    def evaluate(self, row: Mapping[str, object]) -> bool | None:
        """True, false, or None when unknown.

        A column that the row lacks is unknown. So is a value of another sort than its use needs (text
        where a number belongs), and a number that is not finite.
        """
        from trialist.protocol.truth import evaluate

        found = evaluate(self.root, row)
        return found if isinstance(found, bool) else None

    def to_ibis(self, table: Table) -> BooleanValue:
        """The same condition over the columns of an Ibis table."""
        from trialist.protocol.truth import to_ibis

        return to_ibis(self.root, table)


@lru_cache(maxsize=512)
def parse_condition(text: str) -> tuple[Condition | None, str | None]:
    """The condition that a text states, or the reason why it states none.

    Source  ISO/IEC 9075-2 (SQL), boolean value expressions; read by sqlglot
    """
    if not text.strip():
        return None, "the condition is empty"
    if len(text) > MAX_LENGTH:
        return None, f"the condition is longer than {MAX_LENGTH} characters"
    try:
        root, columns = _read(text)
    except _RefusedError as reason:
        return None, str(reason)
    except RecursionError:
        return None, f"the condition is nested deeper than {MAX_DEPTH} levels"
    if root.kind not in ("boolean", "any"):
        return None, f"the condition gives {_ARTICLE[root.kind]}, not true or false"
    return Condition(text.strip(), columns, root), None


_ARTICLE = {"number": "a number", "text": "a text", "boolean": "true or false", "any": "a value"}


def _read(text: str) -> tuple[Node, frozenset[str]]:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if _nesting(text) > MAX_DEPTH:
        raise _RefusedError(f"the condition is nested deeper than {MAX_DEPTH} levels")
    if re.search(r"--|/\*|;", re.sub(r"'[^']*'", "", text)):
        raise _RefusedError("comments and semicolons are not allowed in a condition")
    try:
        found = sqlglot.parse_one(text, read="duckdb", into=exp.Condition)
    except SqlglotError as error:
        raise _RefusedError(_parser_words(error)) from None
    return _node(found, 0), frozenset(column.name for column in found.find_all(exp.Column))


def _nesting(text: str) -> int:
    deepest = depth = 0
    for character in re.sub(r"'[^']*'", "", text):
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return max(deepest, len(re.findall(r"\bnot\b", text, re.IGNORECASE)) if "not not" in text.lower() else 0)


def _parser_words(error: Exception) -> str:
    from sqlglot.errors import ParseError

    if isinstance(error, ParseError) and error.errors:
        near = str(error.errors[0].get("highlight") or "").strip()
        return f"the condition can't be read near '{near}'" if near else "the condition is not complete"
    return "the condition can't be read (is a quotation mark open?)"


def _node(part: Any, depth: int) -> Node:
    """The allowed node of a parsed part; raises `_RefusedError` for anything else."""
    if depth > MAX_DEPTH:
        raise _RefusedError(f"the condition is nested deeper than {MAX_DEPTH} levels")
    name = type(part).__name__
    if name == "Paren":
        return _node(part.this, depth + 1)
    if name in ("And", "Or"):
        parts = tuple(_boolean(p, depth + 1) for p in part.flatten())
        return Node(name.lower(), parts, kind="boolean")
    if name == "Not":
        return Node("not", (_boolean(part.this, depth + 1),), kind="boolean")
    if name in _COMPARE:
        return _alike(_COMPARE[name], (part.this, part.expression), depth, "boolean")
    if name in _ARITHMETIC:
        return _numbers(_ARITHMETIC[name], (part.this, part.expression), depth)
    if name == "Neg":
        inner = _node(part.this, depth + 1)
        if inner.name == "literal" and inner.kind == "number":
            return Node("literal", (), -inner.value, "number")
        return _numbers("negate", (part.this,), depth)
    if name == "Between" and not part.args.get("symmetric"):
        ends = part.args["low"], part.args["high"]
        pair = zip((">=", "<="), ends, strict=True)
        return Node(
            "and", tuple(_alike(c, (part.this, e), depth, "boolean") for c, e in pair), kind="boolean"
        )
    if name == "In" and part.args.get("expressions") and not _extra(part, "this", "expressions"):
        equal = tuple(_alike("=", (part.this, e), depth, "boolean") for e in part.expressions)
        return Node("or", equal, kind="boolean")
    if name == "Is":
        if type(part.expression).__name__ != "Null":
            raise _RefusedError("after 'is' only 'null' or 'not null' may stand")
        inner = _node(part.this, depth + 1)
        return _TRUE if inner == NULL else Node("is_null", (inner,), kind="boolean")
    if name == "Column":
        if _extra(part, "this") or type(part.this).__name__ != "Identifier":
            raise _RefusedError(f"'{part.sql()}' is not a column of one row per subject")
        if not part.this.this.isprintable():
            raise _RefusedError("a column's name holds an unprintable character")
        return Node("column", (), part.this.this)
    if name in ("Literal", "Boolean", "Null"):
        return _literal(part, name)
    if name in _FUNCTIONS:
        return _function(part, _FUNCTIONS[name], depth)
    raise _RefusedError(_not_allowed(part))


def _function(part: Any, name: str, depth: int) -> Node:
    arguments = tuple(a for a in (part.this, *part.expressions) if a is not None)
    if name == "round":
        digits = part.args.get("decimals")
        places = 0 if digits is None else _node(digits, depth + 1).value
        if not isinstance(places, int) or not 0 <= places <= 6:
            raise _RefusedError("the second argument of 'round' must be a whole number from 0 to 6")
        inner = _numbers("round", (part.this,), depth)
        return NULL if inner == NULL else Node("round", inner.parts, places, "number")
    if name == "abs":
        return _numbers("abs", arguments, depth)
    if name in ("lower", "upper"):
        inner_node = _node(part.this, depth + 1)
        if inner_node.kind not in ("text", "any"):
            raise _RefusedError(f"'{name}' takes text")
        return NULL if inner_node == NULL else Node(name, (inner_node,), kind="text")
    nodes = tuple(n for n in _alike_nodes(arguments, depth) if n != NULL)
    kinds = [n.kind for n in nodes if n.kind != "any"]
    return Node(name, nodes, kind=kinds[0] if kinds else "any") if nodes else NULL


def _alike(name: str, parts: tuple[Any, ...], depth: int, kind: Kind) -> Node:
    """An operation whose parts must all be of one sort; unknown when one of them is `null`."""
    nodes = _alike_nodes(parts, depth)
    return NULL if NULL in nodes else Node(name, nodes, kind=kind)


def _alike_nodes(parts: tuple[Any, ...], depth: int) -> tuple[Node, ...]:
    nodes = tuple(_node(p, depth + 1) for p in parts)
    kinds = {n.kind for n in nodes} - {"any"}
    if len(kinds) > 1:
        first, second = sorted(kinds)[:2]
        raise _RefusedError(f"{_ARTICLE[first]} can't be compared with {_ARTICLE[second]}")
    return nodes


def _numbers(name: str, parts: tuple[Any, ...], depth: int) -> Node:
    nodes = tuple(_node(p, depth + 1) for p in parts)
    if any(n.kind not in ("number", "any") for n in nodes):
        raise _RefusedError(f"'{name}' takes numbers")
    return NULL if NULL in nodes else Node(name, nodes, kind="number")


def _boolean(part: Any, depth: int) -> Node:
    node = _node(part, depth)
    if node.kind not in ("boolean", "any"):
        raise _RefusedError(f"'{part.sql()[:40]}' is {_ARTICLE[node.kind]}, not true or false")
    return node


def _literal(part: Any, name: str) -> Node:
    if name == "Null":
        return NULL
    if name == "Boolean":
        return Node("literal", (), bool(part.this), "boolean")
    if part.is_string:
        return Node("literal", (), part.this, "text")
    text = str(part.this)
    if len(re.sub(r"\D", "", text)) > MAX_DIGITS:
        raise _RefusedError(f"the number {text[:20]} has more than {MAX_DIGITS} digits")
    try:
        value = int(text) if text.isdigit() else float(text)
    except ValueError:
        raise _RefusedError(f"'{text[:20]}' is no number") from None
    if not math.isfinite(value):
        raise _RefusedError(f"the number {text[:20]} is too large")
    return Node("literal", (), value, "number")


def _extra(part: Any, *used: str) -> bool:
    """Whether the part carries anything beyond what is read of it."""
    return any(value not in (None, False, [], "") for key, value in part.args.items() if key not in used)


def _not_allowed(part: Any) -> str:
    name = type(part).__name__
    if name == "Anonymous":
        return f"the function '{part.this}' is not allowed; allowed are {KNOWN}"
    if name in ("Select", "Subquery", "Union"):
        return "a query is not allowed in a condition"
    if name == "Alias":
        return f"the condition can't be read near '{part.alias}'"
    shown = part.sql()[:40]
    if hasattr(part, "sql_names") and "(" in shown:
        return f"'{shown.partition('(')[0].lower()}' is not allowed; functions allowed are {KNOWN}"
    return f"'{shown}' is not allowed in a condition"


def _compared(node: Node) -> Iterator[tuple[str, str]]:
    if node.name in ("=", "<>"):
        for column, other in (node.parts, node.parts[::-1]):
            if column.name == "column" and other.name == "literal" and other.kind == "text":
                yield column.value, other.value
    for part in node.parts:
        yield from _compared(part)
