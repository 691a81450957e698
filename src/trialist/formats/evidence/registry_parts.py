"""Parts of a registry record: what has another shape than the registry documents is empty, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def part(record: Any, *path: str) -> Mapping[str, Any]:
    """The mapping at a path, or an empty one."""
    for word in path:
        record = record.get(word) if isinstance(record, Mapping) else None
    return record if isinstance(record, Mapping) else {}


def listed(record: Mapping[str, Any], word: str) -> list[Mapping[str, Any]]:
    """The mappings of a list, or none."""
    value = record.get(word)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def texts(record: Mapping[str, Any], word: str) -> list[str]:
    """The texts of a list, or none."""
    value = record.get(word)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def text(record: Mapping[str, Any], word: str, otherwise: str = "") -> str:
    value = record.get(word)
    return value if isinstance(value, str) and value.strip() else otherwise


def titles(module: Mapping[str, Any], word: str = "groups") -> dict[str, str]:
    """Id of each group -> its title."""
    return {text(group, "id"): text(group, "title", "arm") for group in listed(module, word)}


def whole(value: Any) -> int | None:
    """A count, given as a number or as text with thousands separated."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if value >= 0 else None
    said = value.replace(",", "").strip() if isinstance(value, str) else ""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(str(value).replace(",", "").strip())
    except ValueError:
        return None
    return found if abs(found) < 1e300 else None
