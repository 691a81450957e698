"""The trial that a claim is of: named beside it, in its paragraph, over it, or alone in the document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trialist.evidence.audit.known.said import APART, STRONG_SUBGROUP
from trialist.evidence.audit.known.sources import cited_in
from trialist.evidence.audit.known.words import Known
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim, Part, Reading, Span

_BEHIND = re.compile(
    r"[\s,)\]]*(?:months?|weeks?|days?|years?|%)?\s*(?:\([^()]*\)"
    r"|\[[^\[\]]*\])?\s*,?\s*(?:of\s+(?:the\s+)?(?:patients|men|women)\s+)?"
    r"(?:(?:who\s+were\s+)?(?:given|treated with|with|on|receiving)\s+[\w +/-]{3,40}?\s+)?"
    r"(?:in|of|from|for|by|during)?\s*(?:the\s+)?\(?(?:patients\s+of\s+)?$"
)
_JOINED = re.compile(r"\s*(?:,|and|, and|or|/|&|v|vs\.?|versus)\s*(?:the\s+)?$")
LONGEST_TITLE = 220  # characters
SUBJECT = 25  # characters before a trial that is the subject of its paragraph
ABOVE = "a paragraph before"
CITED = "a source that is cited elsewhere"
SEVERAL = "paragraph of several trials"
_PLAN = re.compile(
    r"\bsimulat\w+|\bscenario|\bassum\w+|\boperating characteristics|\btruth\b|\brejected\b", re.I
)
_OTHER_TRIAL = re.compile(
    r"\bour\s+(?:own\s+)?(?:cohort|series|study|patients|cent(?:re|er)|institution|analysis|data)\b"
    r"|\bretrospective\b"
    r"|\bthe present (?:study|series|cohort)\b"
    r"|\b(?:another|other|different|separate|previous|earlier)\s+(?:trial|study)\b",
    re.I,
)


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
        for row in part.rows[1:]:
            for place, cell in enumerate(row):
                if cell.start <= claim.span.start < max(cell.end, cell.start + 1):
                    label = self.text[row[0].start : row[0].end] if place else ""
                    heads = part.rows[0]
                    head = self.text[heads[place].start : heads[place].end] if place < len(heads) else ""
                    return f"{label} | {head}"
        return ""


def trial_of(sight: Sight, claim: Claim) -> tuple[str | None, str]:
    part = sight.reading.document.part_of(claim.span.start)
    if part is None:
        return None, ""
    if part.kind == "table":
        return _of_cell(sight, claim, part)
    named, how = _found(sight, claim, part)
    return (named, CITED) if named and not sight.names_some() and how != "sentence" else (named, how)


def _found(sight: Sight, claim: Claim, part: Part) -> tuple[str | None, str]:
    here = sight.trials(claim.sentence.start, claim.sentence.end)
    if here:
        one = _nearest(sight, claim, here)
        written = any(m.kind == "trial" for m in sight.mentions(claim.sentence.start, claim.sentence.end))
        if written or one is None or could(sight, claim.sentence, one):
            return one, "sentence"
    sentence = sight.text[claim.sentence.start : claim.sentence.end]
    if _OTHER_TRIAL.search(sentence) or _stranger(sight, claim):
        return None, ""
    earlier = [s for s in sight.reading.sentences if part.start <= s.start < claim.sentence.start]
    named = [dict.fromkeys(m.id for m in sight.written(span.start, span.end)) for span in earlier]
    several = list(dict.fromkeys(name for found in named for name in found))
    if len(several) > 1:
        one = _by_arms(sight, claim, several)
        if one is not None:
            return one, SEVERAL
    for found in reversed(named):
        if found:
            one = next(iter(found)) if len(found) == 1 else None
            how = "paragraph" if len(several) == 1 else SEVERAL
            return (one, how) if one and could(sight, claim.sentence, one) else (None, "")
    above = _above(sight, part)
    if above is not None:
        how = "heading" if _by_heading(sight, part) else "list" if _is_item(sight, part) else ABOVE
        return (above, how) if could(sight, claim.sentence, above) else (None, "")
    title = _title(sight, part)
    if title is not None and could(sight, claim.sentence, title):
        return title, "heading"
    whole = sight.whole()
    if len(whole) == 1 and could(sight, claim.sentence, whole[0]):
        return whole[0], "document"
    return None, ""


def _by_arms(sight: Sight, claim: Claim, several: list[str]) -> str | None:
    """Of several trials of a paragraph the one of whose arms a sentence names more than of any other."""
    start, end = claim.sentence.start, claim.sentence.end
    counted = {
        name: len({m.id for m in sight.names.arms[name].find(sight.text, start, end) if "|" not in m.id})
        for name in several
    }
    best = max(counted.values())
    top = [name for name, size in counted.items() if size == best]
    return top[0] if best > 0 and len(top) == 1 else None


def _of_cell(sight: Sight, claim: Claim, part: Part) -> tuple[str | None, str]:
    heads = sight.heads(claim)
    found = {m.id for m in sight.names.find(heads, 0, len(heads)) if m.kind == "trial"}
    if len(found) == 1:
        return found.pop(), "table"
    if found:
        return None, ""
    row = {m.id for m in sight.trials(claim.sentence.start, claim.sentence.end)}
    if len(row) == 1:
        return row.pop(), "row"
    whole = {m.id for m in sight.trials(part.start, part.end)}
    labelled = {m.id for row in part.rows[1:] if row for m in sight.trials(row[0].start, row[0].end)}
    if whole & labelled:
        return None, ""  # rows are of trials, and this one names none
    if len(whole) == 1:
        return whole.pop(), "table"
    if whole:
        return None, ""
    above = _above(sight, part)
    if above is not None:
        return above, "heading"
    every = sight.whole()
    return (every[0], "document") if len(every) == 1 else (None, "")


def _nearest(sight: Sight, claim: Claim, here: tuple[Mention, ...]) -> str | None:
    """The trial of several in one sentence that stands behind a number (`13.6 in X`) or last before it."""
    if len({m.id for m in here}) == 1:
        return here[0].id
    end = max([claim.span.end, *(n.end for n in claim.numbers.values())])
    second = _SECOND.match(sight.text, end, claim.sentence.end)
    end = second.end() if second else end
    for mention in here:
        if mention.start >= end and _BEHIND.fullmatch(sight.text[end : mention.start]):
            return mention.id
    before = [m for m in here if m.end <= claim.span.start]
    if not before:
        after = [m for m in here if m.start >= end]
        if after and not any(
            end <= c.span.start < after[0].start and c.kind == claim.kind for c in sight.reading.claims
        ):
            gap = sight.text[end : after[0].start]
            return after[0].id if ";" not in gap else None
        return None
    if len(before) > 1 and before[-1].id != before[-2].id:
        gap = sight.text[before[-2].end : before[-1].start]
        if _JOINED.fullmatch(gap):
            return _in_turn(sight, claim, before[-2:])
    return before[-1].id


_SECOND = re.compile(
    r"\s*(?:months?|%)?\s*(?:v|vs\.?|versus|compared with|against)\s+[\d.]+\s*(?:months?|%)?"
)


def _in_turn(sight: Sight, claim: Claim, pair: list[Mention]) -> str | None:
    """`In X and Y it was 1 and 2`: the trial in the place of the number."""
    like = [
        c
        for c in sight.reading.claims
        if c.kind == claim.kind and c.sentence == claim.sentence and c.span.start >= pair[-1].end
    ]
    if len(like) == 2 and claim in like:
        return pair[like.index(claim)].id
    return None


def _stranger(sight: Sight, claim: Claim) -> bool:
    """Whether the sentence names a trial that the store does not hold."""
    sentence = sight.text[claim.sentence.start : claim.sentence.end]
    for found in re.finditer(
        r"\b([A-Z][A-Za-z]*[A-Z0-9][\w-]*)\s+(?:trial|study)\b|\b(NCT\d{8})\b", sentence
    ):
        if not sight.names.find(found[0], 0, len(found[0])):
            return True
    return False


def _above(sight: Sight, part: Part) -> str | None:
    """The one trial of the parts over a part, up to its heading; several: None."""
    parts = sight.reading.document.parts
    place = parts.index(part)
    listed = _is_item(sight, part)
    for other in reversed(parts[:place]):
        if listed:  # what stands over a list, and the items before, may cite
            found = {
                m.id
                for m in sight.trials(other.start, other.end)
                if not _is_item(sight, other) or m.kind == "trial"
            }
            cited = not any(m.kind == "trial" for m in sight.mentions(other.start, other.end))
            first = not _is_item(sight, parts[max(parts.index(other) - 1, 0)])
            if len(found) == 1 and (not _is_item(sight, other) or (cited and first)):
                return found.pop()
            if not _is_item(sight, other) and other.kind != "heading":
                if found or sight.text[other.start : other.end].lstrip().startswith("**"):
                    return None
                listed = False
            if _is_item(sight, other):
                continue
        found = {m.id for m in sight.written(other.start, other.end) if _governs(sight, other, m)}
        if found:
            return found.pop() if len(found) == 1 else None
        if other.kind == "heading":
            break
    return None


_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s")


def _is_item(sight: Sight, part: Part) -> bool:
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
    if _is_item(sight, part):
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


def _title(sight: Sight, part: Part) -> str | None:
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


def _by_heading(sight: Sight, part: Part) -> bool:
    """Whether the heading over a part names the trial itself."""
    parts = sight.reading.document.parts
    for other in reversed(parts[: parts.index(part)]):
        if other.kind == "heading":
            return bool(sight.trials(other.start, other.end))
    return False


_COMPARED = re.compile(
    r"\b(?:compared (?:with|to)|(?:superior|inferior|equal) to|versus|vs?\.?|than|over|against)\s", re.I
)


def could(sight: Sight, sentence: Span, trial: str) -> bool:
    """Whether a sentence that names no trial may speak of this one: the drugs it names are of its arms."""
    names = sight.names
    card = names.store.trials[trial]
    given = {g.drug for arm in card.arms.values() for g in arm.give} | set(card.prior)
    terms = names.store.words.terms("drug")
    classes = {terms[d].drug_class for d in given if d in terms} | given
    drugs = {m.id for m in sight.mentions(sentence.start, sentence.end) if m.kind == "drug"}
    own = {g.drug for arm in card.arms.values() for g in arm.give}
    if len(drugs) > 1 and len(drugs & own) < 2 and _COMPARED.search(sight.text, sentence.start, sentence.end):
        return False
    return all(
        d in given or (d in terms and terms[d].drug_class in card.prior) or d in classes for d in drugs
    )
