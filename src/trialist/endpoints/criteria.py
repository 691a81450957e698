"""Published rules as data: the criteria files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml


@cache
def criteria(name: str) -> Mapping[str, Any]:
    """The criteria file of that name (`pcwg3`, `recist_1_1`, `pfs_censoring` ...), read-only.

    Thresholds are mappings with `value`, `unit` and `source`. Raises KeyError for an unknown name.
    """
    file = files("trialist.endpoints") / "criteria" / f"{name}.yaml"
    if not file.is_file():
        raise KeyError(name)
    frozen: Mapping[str, Any] = _frozen(yaml.safe_load(file.read_text(encoding="utf-8")))
    return frozen


def names() -> tuple[str, ...]:
    """The criteria files there are."""
    folder = files("trialist.endpoints") / "criteria"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def stated(name: str, *path: str) -> Any:
    """The value of one threshold: `stated("pcwg3", "psa_response", "fall")` is 0.5."""
    found: Any = criteria(name)
    for part in path:
        found = found[part]
    return found["value"]


def censoring(reading: str) -> dict[str, str]:
    """What a reading (`fda`, `ema`) does by the rules P1 to P11 that an option decides: option -> value."""
    decided = criteria("pfs_censoring")["rules"].values()
    return {rule["option"]: rule[reading] for rule in decided if "option" in rule}


def first(asked: Any, *where: str) -> Any:
    """What the protocol asks, or where it asks nothing what the criteria state."""
    return stated(*where) if asked is None else asked


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value
