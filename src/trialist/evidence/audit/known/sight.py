"""A reading with the names that stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trialist.evidence.audit.known.said import APART, STRONG_SUBGROUP
from trialist.evidence.audit.known.sources import cited_in
from trialist.evidence.audit.known.words import Known
from trialist.evidence.claims.grid import body, head
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim, Part, Reading

_PLAN = re.compile(
    r"\bsimulat\w+|\bscenario|\bassum\w+|\boperating characteristics|\btruth\b|\brejected\b", re.I
)


_RATIO_ALONE = re.compile(r"\W*(?:HR|hazard ratio)\b(?:\s*\([^)]*\))?\W*", re.I)


@dataclass
class Sight:
    """A reading with the names that stand in it, found once for each stretch."""

    reading: Reading
    text: str
    names: Known
    _found: dict[tuple[int, int], tuple[Mention, ...]] = field(default_factory=dict)
    _trials: dict[tuple[int, int], tuple[Mention, ...]] = field(default_factory=dict)
    _whole: tuple[str, ...] | None = None
    _names_some: bool | None = None
    _blocks: tuple[int, ...] | None = None

    def mentions(self, start: int, end: int) -> tuple[Mention, ...]:
        if (start, end) not in self._found:
            self._found[(start, end)] = self.names.find(self.text, start, end)
        return self._found[(start, end)]

    def trials(self, start: int, end: int) -> tuple[Mention, ...]:
        """Trials named in a stretch, and those that a cited source belongs to alone."""
        if (start, end) not in self._trials:
            named = [m for m in self.mentions(start, end) if m.kind == "trial"]
            if not named:
                named = list(cited_in(self.text, start, end, self.names, self.reading.references))
            self._trials[(start, end)] = tuple(named)
        return self._trials[(start, end)]

    def written(self, start: int, end: int) -> tuple[Mention, ...]:
        """Trials that a stretch names; where the document names none, those of the sources that it cites."""
        named = tuple(m for m in self.mentions(start, end) if m.kind == "trial")
        return named if self.names_some() else self.trials(start, end)

    def names_some(self) -> bool:
        """Whether the document names a trial of the store, beside what it cites."""
        if self._names_some is None:
            parts = self.reading.document.parts
            self._names_some = any(m.kind == "trial" for p in parts for m in self.mentions(p.start, p.end))
        return self._names_some

    def blocks(self) -> tuple[int, ...]:
        """Where blocks begin: at headings and paragraphs that name a trial; an item of a list begins none."""
        if self._blocks is None:
            parts = self.reading.document.parts
            self._blocks = tuple(
                part.start
                for place, part in enumerate(parts)
                if not place
                or part.kind == "heading"
                or (part.kind == "text" and self.written(part.start, part.end))
            )
        return self._blocks

    def whole(self) -> tuple[str, ...]:
        if self._whole is None:
            first = min((entry.start for entry in self.reading.references), default=len(self.text))
            parts = [p for p in self.reading.document.parts if p.start < first]
            named = (m.id for p in parts for m in self.trials(p.start, min(p.end, first)))
            self._whole = tuple(dict.fromkeys(named))
        return self._whole

    def parted(self, claim: Claim) -> bool:
        """Whether the paragraph, the headings over it or the title may speak of a part of the patients."""
        part = self.reading.document.part_of(claim.span.start)
        if part is None:
            return False
        parts, own = self.reading.document.parts, claim.sentence
        around = ((part.start, own.start), (own.end, part.end)) if part.kind != "table" else ()
        before = parts[max(parts.index(part) - 1, 0)]
        over = [(p.start, p.end) for p in (*self._over(part), before) if p is not part]
        return any(STRONG_SUBGROUP.search(self.text, *stretch) for stretch in (*around, *over))

    def apart(self, claim: Claim) -> bool:
        """Whether what stands before in the paragraph, or over it, surely does."""
        part = self.reading.document.part_of(claim.span.start)
        if part is None:
            return False
        over = [(p.start, p.end) for p in self._over(part) if p is not part]
        before = [(part.start, claim.sentence.start)] if part.kind != "table" else []
        return any(APART.search(self.text, *stretch) for stretch in (*before, *over))

    def over(self, claim: Claim) -> str:
        """What stands over a claim: from the heading to its own part, that included, and the title."""
        part = self.reading.document.part_of(claim.span.start)
        if part is None:
            return ""
        heading, title = self._over(part)
        return f"{self.text[title.start : title.end]} {self.text[heading.start : part.end]}"

    def _over(self, part: Part) -> tuple[Part, Part]:
        """The heading over a part, and the title."""
        parts = self.reading.document.parts
        heading = next((p for p in reversed(parts[: parts.index(part)]) if p.kind == "heading"), parts[0])
        return heading, parts[0]

    def of_plan(self, claim: Claim) -> bool:
        """Whether a table stands under words on a simulation, a scenario or a plan."""
        parts = self.reading.document.parts
        part = self.reading.document.part_of(claim.span.start)
        if part is None or part.kind != "table":
            return False
        place = parts.index(part)
        heading = next((p for p in reversed(parts[:place]) if p.kind == "heading"), parts[0])
        heads = part.rows[0] if part.rows else ()
        over = [(p.start, p.end) for p in (heading, parts[max(place - 1, 0)])]
        over += [(cell.start, cell.end) for cell in heads]
        return any(_PLAN.search(self.text, start, end) for start, end in over)

    def in_table(self, claim: Claim) -> bool:
        part = self.reading.document.part_of(claim.span.start)
        return part is not None and part.kind == "table"

    def heads(self, claim: Claim) -> str:
        """What stands over and before a cell: the label of its row, the head of its column."""
        part = self.reading.document.part_of(claim.span.start)
        if part is None or part.kind != "table" or not part.rows:
            return ""
        for row in body(self.text, part):
            for place, cell in enumerate(row):
                if cell.start <= claim.span.start < max(cell.end, cell.start + 1):
                    label = self.text[row[0].start : row[0].end] if place else ""
                    return f"{label} | {head(self.text, part, place)}" + self._only(part, place)
        return ""

    def _only(self, part: Part, place: int) -> str:
        """The endpoint that the heads of a table name alone, for a column of ratios that names none."""
        heads = [head(self.text, part, k) for k in range(len(part.rows[0]))]
        if place >= len(heads) or _RATIO_ALONE.fullmatch(heads[place]) is None:
            return ""
        named = {
            m.id: said for said in heads for m in self.names.find(said, 0, len(said)) if m.kind == "endpoint"
        }
        return f" | {next(iter(named.values()))}" if len(named) == 1 else ""
