"""Whether each number of a guide is one of the finding or statement that it names, read again as text."""

from __future__ import annotations

import re

from trialist.evidence.answers.citations import faults
from trialist.evidence.guide.model import Guide
from trialist.evidence.guide.printed import id_of
from trialist.evidence.model import Store
from trialist.problems import Problem

_P = re.compile(r"\bp([<=>])")
_ENDS = re.compile(r"(?<=CI )(\S+?)(?:\N{EN DASH}| to )(\S+?)(?=\))")


def read_again(guide: Guide, store: Store) -> tuple[Problem, ...]:
    """Problems: E634 a value of a table, or a statement, that says more than what it cites."""
    bounds = {id_of(f): f.reported for f in store.findings if f.reported and f.reported.startswith("<")}
    said = [
        (_plain(value.text.removeprefix(bounds.get(value.id, ""))), (value.id,))
        for value in guide.values()
        if value.id
    ]
    return tuple(
        Problem(
            "E634",
            f"the guide says more than its sources: {fault.what}: '{fault.sentence}'",
            "nothing was written; correct the finding, or report it where it is right",
        )
        for fault in faults(said, store)
    )


def _plain(text: str) -> str:
    """As the second reading of answers expects it: `p < 0.001`, `12% (95% CI 9% to 14%)`."""
    shares = "%" in text.partition("(")[0] or "%)" in text
    ends = _ENDS.sub(r"\1% to \2%" if shares else r"\1 to \2", text)
    return _P.sub(r"p \1 ", ends).replace("/m2", "/m\N{SUPERSCRIPT TWO}")
