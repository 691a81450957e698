"""The trial of what stands over a part: paragraphs and lists before it, headings and titles."""

from __future__ import annotations

import re

from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Part

LONGEST_TITLE = 220  # characters
SUBJECT = 25  # characters before a trial that is the subject of its paragraph


def above(sight: Sight, part: Part) -> str | None:
    """The one trial of the parts over a part, up to its heading; several: None."""
    parts = sight.reading.document.parts
    place = parts.index(part)
    listed = is_item(sight, part)
    for other in reversed(parts[:place]):
        if listed:  # what stands over a list, and the items before, may cite
            found = {
                m.id
                for m in sight.trials(other.start, other.end)
                if not is_item(sight, other) or m.kind == "trial"
            }
            cited = not any(m.kind == "trial" for m in sight.mentions(other.start, other.end))
            first = not is_item(sight, parts[max(parts.index(other) - 1, 0)])
            if len(found) == 1 and (not is_item(sight, other) or (cited and first)):
                return found.pop()
            if not is_item(sight, other) and other.kind != "heading":
                if found or sight.text[other.start : other.end].lstrip().startswith("**"):
                    return None
                listed = False
            if is_item(sight, other):
                continue
        found = {m.id for m in sight.written(other.start, other.end) if _governs(sight, other, m)}
        if found:
            return found.pop() if len(found) == 1 else None
        if other.kind == "heading":
            break
    return None


_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s")


def is_item(sight: Sight, part: Part) -> bool:
    return part.kind == "item" or (part.kind == "text" and _ITEM.match(sight.text, part.start) is not None)


_IN_PASSING = re.compile(
    r"\b(?:than|as|like|unlike|from|to|with|of|by|against|seen in|shown in|observed in|that of|those of"
    r"|figures? of|results? of)"
    r"\s+(?:in\s+)?(?:the\s+)?$",
    re.I,
)


def _governs(sight: Sight, part: Part, trial: Mention) -> bool:
    """Whether what follows a part is of a trial that it names, and not in passing or in an item of a list."""
    if part.kind == "heading":
        return True
    title = _of_title(sight)
    if is_item(sight, part):
        alone = part.end - part.start < 60 and trial.start - part.start < 12
        return alone and title in (None, trial.id)
    before = sight.text[part.start : trial.start]
    if title is not None and title != trial.id and len(before) > SUBJECT:
        return False  # the document is of another trial, and this one is no subject
    return _IN_PASSING.search(before) is None or before.strip().casefold() in (
        "in",
        "of",
        "from",
        "results of",
    )


def _of_title(sight: Sight) -> str | None:
    """The one trial that the first part of a document names, where it is a title."""
    first = sight.reading.document.parts[0]
    if first.kind != "heading" and first.end - first.start > LONGEST_TITLE:
        return None
    found = {m.id for m in sight.written(first.start, first.end)}
    return found.pop() if len(found) == 1 else None


def _level(sight: Sight, part: Part) -> int:
    """How deep a heading stands: 1 for a title, 7 for one without marks, 9 for a part that is no heading.

    One without marks that stands directly over another is above that.
    """
    if part.kind != "heading":
        return 9
    marks = re.match(r"\s*(#+)", sight.text[part.start : part.end])
    parts = sight.reading.document.parts
    over = parts[parts.index(part) + 1 :][:1]
    return len(marks[1]) if marks else 7 - bool(over and over[0].kind == "heading")


_STUDY = re.compile(  # a heading over a study of its own
    r"\ban?\s+(?:[\w-]+,?\s+){0,5}?(?:trial|study|registry|programme|program|cohort|series)\b|\bregistry of\b"
    r"|\b(?:compassionate[ -]use|(?:early|expanded|managed)[ -]access)\b|\bretrospective\b",
    re.I,
)


def title_of(sight: Sight, part: Part) -> str | None:
    """The one trial of the headings under which a part stands, the nearest first; last the first part."""
    parts = sight.reading.document.parts
    place, level = parts.index(part), 9
    for other in reversed(parts[:place]):
        if other.kind == "heading" and _level(sight, other) < level:
            level = _level(sight, other)
            found = {m.id for m in sight.trials(other.start, other.end)}
            if found:
                return found.pop() if len(found) == 1 else None
            if other is not parts[0] and _STUDY.search(sight.text, other.start, other.end):
                return None
    first = parts[0]
    if (
        place
        and first.end - first.start < LONGEST_TITLE
        and not sight.text[first.start : first.end].rstrip().endswith(".")
    ):
        found = {m.id for m in sight.trials(first.start, first.end)}
        return found.pop() if len(found) == 1 else None
    return None


def by_heading(sight: Sight, part: Part) -> bool:
    """Whether the heading over a part names the trial itself."""
    parts = sight.reading.document.parts
    for other in reversed(parts[: parts.index(part)]):
        if other.kind == "heading":
            return bool(sight.trials(other.start, other.end))
    return False
