"""Named lists of preferred terms, each in a file beside the protocol: a query of the user's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from trialist.problems import Place, Problem
from trialist.protocol.adverse_event_endpoints import AdverseEventTable

if TYPE_CHECKING:
    from trialist.protocol.model import TrialProtocol

Read = Callable[[str], tuple[str | None, str]]
"""The text of a file by its name in the protocol, or None and why there is none."""

COLUMN = "term"


def nothing_read(_: str) -> tuple[str | None, str]:
    """Of a protocol that is a text and no file."""
    return None, "the protocol was given as a text, which has no folder"


def terms_in(text: str) -> tuple[tuple[str, ...], str]:
    """The terms of a list in the order of its lines, each once, and what is wrong with it ('': nothing).

    Parameters
        text  CSV with a column `term`; other columns are not read
    """
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        lines = [[cell.strip() for cell in row] for row in rows]
    except csv.Error as error:
        return (), f"it is no CSV ({error})"
    head = [name.lower() for name in lines[0]] if lines else []
    if COLUMN not in head:
        return (), f"it has no column '{COLUMN}'"
    place = head.index(COLUMN)
    terms = [row[place] for row in lines[1:] if len(row) > place and row[place]]
    once = {term.upper(): term for term in reversed(terms)}
    kept = tuple(dict.fromkeys(once[term.upper()] for term in terms))
    return kept, "" if kept else "it holds no term"


def with_term_lists(
    plan: TrialProtocol, read: Read, place: Callable[..., Place]
) -> tuple[TrialProtocol, dict[str, tuple[str, ...]], tuple[Problem, ...]]:
    """The plan with the terms of each list in the endpoints that name it, the lists, and problems.

    Problems  E247 the file of a list can't be used
    """
    lists: dict[str, tuple[str, ...]] = {}
    problems: list[Problem] = []
    for name, listed in plan.term_lists.items():
        terms, why = _terms_of(listed.file, read)
        if why:
            problems.append(
                Problem(
                    "E247",
                    f"the list of terms '{name}' can't be read from '{listed.file}': {why}",
                    f"give a CSV with a column '{COLUMN}' beside the protocol, one preferred term a line",
                    place("term_lists", name, "file"),
                )
            )
        lists[name] = terms
    endpoints = dict(_filled(plan, lists))
    return plan.model_copy(update={"endpoints": endpoints}), lists, tuple(problems)


def _terms_of(file: str, read: Read) -> tuple[tuple[str, ...], str]:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or "\\" in file:
        return (), "a list stands beside the protocol or in a folder below it"
    text, why = read(file)
    return terms_in(text) if text is not None else ((), why)


def _filled(plan: TrialProtocol, lists: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, object]]:
    for name, endpoint in plan.endpoints.items():
        listed = endpoint.term_list if isinstance(endpoint, AdverseEventTable) else None
        known = lists.get(listed) if listed is not None else None
        yield name, endpoint if known is None else endpoint.model_copy(update={"terms": known})
