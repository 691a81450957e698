"""Which of the trials that a sentence names a citation is of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from trialist.evidence.audit.known.scenes import Scene
from trialist.evidence.audit.known.sources import Cited
from trialist.evidence.claims.lexicon import Mention

_BRACKETS = re.compile(r"\([^()]*\)")
_LAST_STOP = re.compile(r"(?<=\d);\s*(?:see\s+)?$")  # `0.58-0.83; A et al.`: no other clause begins
_VOLUME = re.compile(r"^;\s*\d+(?:\(\d+\))?:")
NEXT = 50  # characters from a citation to the trial that it is of, behind it


def beside_of(one: Scene, cited: Cited, cites: Sequence[Cited], begin: int) -> set[str]:
    """The trials that a citation is of: the last named before it in its clause, else the next behind it.

    Where another citation or a semicolon stands between it and the trial behind it, that is of the other.
    """
    bare = _BRACKETS.sub(lambda found: " " * len(found[0]), one.sight.text[begin : cited.start])
    opened = begin + bare.rfind("(")
    if "(" in bare and not any(opened < m.start < cited.start for m in one.of("trial")):
        bare = bare[: opened - begin]  # what stands with it in a bracket is of the clause before it
    bare = _LAST_STOP.sub("", bare)
    clause = begin + bare.rfind(";") if ";" in bare else -1
    before = [m for m in one.of("trial") if m.end <= cited.start]
    if clause >= 0 or begin > one.span.start:
        before = [m for m in before if m.start >= max(clause, begin)]
        return {before[-1].id} if before else set()
    if before:
        return _told_together(one, before)
    after = {m.id: m.start for m in reversed(one.of("trial")) if m.start >= cited.end}
    between = {
        trial
        for trial, at in after.items()
        if at - cited.end > NEXT
        or any(cited.end <= other.start < at for other in cites)
        or ";" in _VOLUME.sub("", one.sight.text[cited.end : at])
    }
    return set(after) - between | {m.id for m in one.of("trial") if m.start < cited.end}


def _told_together(one: Scene, before: Sequence[Mention]) -> set[str]:
    """The last of the trials named before a citation, with those that it is joined to (`A and B`)."""
    held = {before[-1].id}
    for first, second in reversed(list(pairwise(before))):
        if not re.fullmatch(r"\s*(?:,|and|&|/|,\s*and)\s*", one.sight.text[first.end : second.start]):
            break
        held.add(first.id)
    return held


_SOURCE = re.compile(
    r"\W*(?:(?:sources?|references?|refs?|see|citation|published|reported|paper|report)\b[\s:.]*"
    r"(?:(?:in|by|as|from)\s+)?)?",
    re.I,
)


def is_alone(one: Scene, last: Scene, at: int) -> bool:
    """Whether a sentence is a citation alone, behind one that names one trial and cites nothing."""
    document = one.sight.reading.document
    text = one.sight.text
    together = document.part_of(one.span.start) == document.part_of(last.span.start)
    alone = _SOURCE.fullmatch(text, one.span.start, at) is not None
    uncited = re.search(r"\bet al\b|\b(?:19|20)\d\d;", last.text) is None
    return together and alone and uncited and len({m.id for m in last.of("trial")}) == 1
