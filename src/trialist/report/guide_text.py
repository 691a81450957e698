"""A guide on a terminal, short: its trials, what they found, what does not agree, what is missing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Row, Sentence, Value

_SHORT = ("cannot-say", "comparison", "not-measured", "about")


def guide_text(guide: Guide, *, width: int = 100) -> str:
    """Sentences with the numbers of their references; tables and pictures are on the page."""
    lines = [*_wrapped(guide.title, width), "=" * min(len(guide.title), width)]
    held = guide.dated
    lines += _wrapped(
        f"Store: newest dated source {held.newest}, fingerprint {held.fingerprint}; "
        f"{len(guide.trials)} of {held.trials} trials.",
        width,
    )
    summary = guide.section("summary")
    lines += _sentences(guide, summary.sentences if summary else (), width)
    trials = guide.section("trials")
    if trials:
        lines += ["", "Trials"]
        for row in (row for table in trials.tables for row in table.rows):
            lines += _wrapped(_trial(row), width, "  ", "    ")
    for section in guide.sections:
        if section.id.startswith("endpoint-"):
            said = [each for each in section.sentences if not each.warning]
            if said:
                lines += ["", *_wrapped(section.title, width), *_sentences(guide, said, width)]
    safety = guide.section("safety")
    if safety:
        rows = sum(len(table.rows) for table in safety.tables)
        lines += ["", "Safety", *_sentences(guide, safety.sentences, width)]
        lines += _wrapped(f"{rows} rows by toxicity and grade are on the page (--html).", width, "  ")
    for section in guide.sections:
        if section.id in _SHORT:
            lines += ["", *_wrapped(section.title, width), *_sentences(guide, section.sentences, width)]
    printed = {name for each in guide.sentences() if not each.warning for name in each.cites}
    lines += ["", *_wrapped("References of these sentences (all are on the page)", width)]
    for each in (reference for reference in guide.references if reference.id in printed):
        links = (f"doi:{each.doi}" if each.doi else None, f"PMID {each.pmid}" if each.pmid else None)
        text = ". ".join(part for part in (each.citation, *links) if part)
        lines += _wrapped(f"[{each.number}] {text}", width, "  ", "      ")
    return "\n".join(line.rstrip() for line in lines)


def marked(guide: Guide, item: Sentence | Value) -> str:
    """` [3, in 12; transcribed]`: what is cited, and how it was taken."""
    cited = [str(number) for name in item.cites if (number := guide.number_of(name)) is not None]
    between = " in " if isinstance(item, Value) and item.id else ", "
    said = "; ".join(part for part in (between.join(cited), *item.marks) if part)
    return f" [{said}]" if said else ""


def _sentences(guide: Guide, said: Iterable[Sentence], width: int) -> Iterator[str]:
    for each in said:
        yield from _wrapped(f"{'! ' if each.warning else ''}{each.text}{marked(guide, each)}", width, "  ")


def _trial(row: Row) -> str:
    first, design, line, arms, *_ = row.cells
    given = "; ".join(f"{arm.label or ''} ({arm.behind})" for arm in arms if arm.label)
    parts = (first[0].text, ", ".join(v.text for v in design[:2]), line[0].text, given)
    return ": ".join([parts[0], "; ".join(part for part in parts[1:] if part)])


def _wrapped(text: str, width: int, first: str = "", later: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if later is None else later,
        break_on_hyphens=False,
    )
