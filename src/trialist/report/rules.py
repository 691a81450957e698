"""The rule of an endpoint in words: every option that the protocol sets or leaves at its default."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from trialist.protocol.endpoints import Censoring, Endpoint
from trialist.protocol.model import TrialProtocol
from trialist.protocol.part import Part
from trialist.report import numbers, words

_UNSAID = frozenset({"derive", "label", "paramcd", "source", "note"})
_EXAMPLE = re.compile(r"[\d.]+ (\S+)")
_LEADING_UNIT = re.compile(r"(\w+/\w+|cells per [\d.]+ mL);")


def rule(plan: TrialProtocol, name: str) -> tuple[tuple[str, str], ...]:
    """The endpoint's derivation with every option, as (name, statement); quantities with their unit."""
    entry = plan.endpoints.get(name)
    if entry is None:
        return ()
    options = ((key, said) for key, said in _options(entry) if key not in _UNSAID)
    return (("derivation", words.plain(entry.derive)), *((words.plain(key), said) for key, said in options))


def _options(part: Part) -> Iterator[tuple[str, str]]:
    schema = type(part).model_json_schema()["properties"]
    for key in type(part).model_fields:
        value = getattr(part, key)
        if isinstance(value, Part):
            inner = "; ".join(f"{words.plain(k)} {said}" for k, said in _options(value))
            if inner:
                yield key, inner
        elif value is not None and value != () and value != {}:
            yield key, said(value, unit(schema[key]))


@cache
def units_of_options() -> Mapping[str, str]:
    """Option of an endpoint, or of its censoring -> its unit (`d`, `%`, `ng/mL`), where it has but one."""
    parts = (*get_args(get_args(Endpoint)[0]), Censoring)
    found: dict[str, set[str]] = {}
    for part in parts:
        for key, schema in part.model_json_schema()["properties"].items():
            if (known := unit(schema)) is not None:
                found.setdefault(key, set()).add(known)
    return {key: known.pop() for key, known in found.items() if len(known) == 1}


def unit(schema: Mapping[str, Any]) -> str | None:
    """The unit of a field: that of the example in its JSON schema (`21 d` -> `d`, `50 %` -> `%`).

    A plain number names its unit first in its description (`ng/mL; ...`). None: it has none.
    """
    for form in (schema, *schema.get("anyOf", ())):
        for example in form.get("examples", ()):
            if found := _EXAMPLE.fullmatch(str(example)):
                return found[1]
    found = _LEADING_UNIT.match(schema.get("description", ""))
    return found[1] if found else None


def said(value: object, unit: str | None = None) -> str:
    """A value as a reader expects it: `yes`, `50%`, `21 days`, `2 ng/mL`; lists joined by commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {said(v, unit)}" for key, v in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(said(v, unit) for v in value)
    if isinstance(value, (int, float)):
        if unit == "%":
            return f"{value * 100:g}%"
        if unit == "d":
            return f"{numbers.count(value)} day{'' if value == 1 else 's'}"
        return f"{value:g} {unit}" if unit else f"{value:g}"
    return words.plain(str(value))
