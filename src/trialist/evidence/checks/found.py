"""What a rule finds: numbers that do not agree, the findings on both sides, and why, where that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from trialist.problems import Place, Problem

EXPLAINED = Path(__file__).with_name("explained.yaml")


@dataclass(frozen=True, slots=True)
class Found:
    """A contradiction of one trial.

    entries  ids of the findings on both sides, or words of the card (`planned_n`)
    """

    code: str
    trial: str
    entries: tuple[str, ...]
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why findings do not agree: of some codes, and of every contradiction among `entries` of a trial."""

    trial: str
    codes: tuple[str, ...]
    entries: frozenset[str]
    why: str


@cache
def explanations() -> tuple[Explanation, ...]:
    """The contradictions of the shipped store whose reason is known, in the order of the file."""
    listed: list[Mapping[str, Any]] = yaml.load(EXPLAINED.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return tuple(
        Explanation(each["trial"], tuple(each["codes"]), frozenset(each["entries"]), each["why"])
        for each in listed
    )


def why(found: Found, known: Iterable[Explanation]) -> str | None:
    for each in known:
        if each.trial == found.trial and found.code in each.codes and each.entries >= set(found.entries):
            return each.why
    return None


def told(found: Iterable[Found]) -> Iterator[Problem]:
    """Each contradiction as a problem; one that is explained is the note N610 with its reason."""
    known = explanations()
    for each in found:
        place = Place(each.trial, None, None, ", ".join(each.entries))
        reason = why(each, known)
        if reason is None:
            yield Problem(each.code, each.message, each.remedy, place)
        else:
            remedy = "show both sides, and say which of them is meant"
            yield Problem("N610", f"{each.message}. Explained: {reason}", remedy, place)
