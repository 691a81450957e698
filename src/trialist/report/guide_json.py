"""A guide as plain JSON values; a part says its `kind`, and words without a value are left out."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Flow, Fold, Forest, Graph, Sentence, Table
from trialist.problems import Problem

_PARTS = (Sentence, Table, Forest, Flow, Graph, Fold)


def guide_json(guide: Guide) -> dict[str, Any]:
    found: dict[str, Any] = _plain(guide)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Problem):
        return value.as_json()
    if is_dataclass(value) and not isinstance(value, type):
        kind = {"part": type(value).__name__.lower()} if isinstance(value, _PARTS) else {}
        named = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        return kind | {name: plain for name, plain in named.items() if plain not in (None, [], {}, False)}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value
