"""Words by which records are recognised: `words.yaml`, each with its unit and its source."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from ibis.expr.types import StringValue


def words(name: str) -> list[str]:
    """The words of that name, in upper case: `words("randomised")` is RANDOMIZED and RANDOMISED."""
    return list(_stated()[name]["value"])


def pairs(name: str) -> dict[str, Any]:
    """Words that stand for something: unit -> factor, test code -> kind."""
    return dict(_stated()[name]["value"])


def compared(column: StringValue) -> StringValue:
    """A recorded word as it is compared: without blanks around it, in upper case; null when it is empty."""
    return column.strip().upper().nullif("")


@cache
def _stated() -> Mapping[str, Mapping[str, Any]]:
    text = (files("trialist.records") / "words.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return MappingProxyType({name: item for name, item in read.items() if isinstance(item, dict)})
