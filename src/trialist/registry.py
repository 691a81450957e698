"""How methods, endpoints, domains, formats and engines make themselves known.

A part is a function (or class) marked with `@entry(...)` in its own file and named on one line of its
package's catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

Run = TypeVar("Run", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered part.

    name      the word used in a protocol (`cox_ph`, `psa_response`)
    needs     what it must be given: input tables for an endpoint, an endpoint shape for a method
    gives     what comes out: a shape for an endpoint, measures for a method
    source    where the rule or formula is published
    run       the function itself
    """

    name: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    source: str
    run: Callable[..., Any]


def entry(
    name: str,
    *,
    needs: str | Iterable[str],
    gives: str | Iterable[str],
    source: str,
) -> Callable[[Run], Run]:
    """Mark a function as a registered part; the function itself stays a plain function."""

    def mark(run: Run) -> Run:
        run.entry = Entry(  # type: ignore[attr-defined]
            name, _words(needs), _words(gives), source, run
        )
        return run

    return mark


def catalogue(kind: str, parts: Iterable[Callable[..., Any]]) -> Mapping[str, Entry]:
    """Parts by name. Two parts of one name are a bug."""
    found: dict[str, Entry] = {}
    for part in parts:
        made: Entry = part.__dict__["entry"]
        if made.name in found:
            raise ValueError(f"two parts of kind {kind!r} are named {made.name!r}")
        found[made.name] = made
    return MappingProxyType(found)


def _words(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
