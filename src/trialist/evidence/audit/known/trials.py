"""The trial that a claim is of: named beside it, in its paragraph, over it, or alone in the document."""

from __future__ import annotations

import re

from trialist.evidence.audit.known.over import above, by_heading, is_item, title_of
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim, Part, Span

_BEHIND = re.compile(
    r"[\s,)\]]*(?:months?|weeks?|days?|years?|%)?\s*(?:\([^()]*\)"
    r"|\[[^\[\]]*\])?\s*,?\s*(?:of\s+(?:the\s+)?(?:patients|men|women)\s+)?"
    r"(?:(?:who\s+were\s+)?(?:given|treated with|with|on|receiving)\s+[\w +/-]{3,40}?\s+)?"
    r"(?:in|of|from|for|by|during)?\s*(?:the\s+)?\(?(?:patients\s+of\s+)?$"
)
_JOINED = re.compile(r"\s*(?:,|and|, and|or|/|&|v|vs\.?|versus)\s*(?:the\s+)?$")
ABOVE = "a paragraph before"
CITED = "a source that is cited elsewhere"
SEVERAL = "paragraph of several trials"
OTHER_TRIAL = re.compile(
    r"\bour\s+(?:own\s+)?(?:cohort|series|study|patients|cent(?:re|er)|institution|analysis|data)\b"
    r"|\bretrospective\b|\b(?:daily|clinical|everyday|routine|community)\s+practice\b|\breal[\s-](?:world|life)\b"
    r"|\bthe present (?:study|series|cohort)\b"
    r"|\b(?:another|other|different|separate|previous|earlier)\s+(?:trial|study)\b",
    re.I,
)

_UNLIKE = re.compile(r"\b(?:unlike|in contrast (?:to|with)|as opposed to)\b[^,;]*$", re.I)

_PROGRAMME = re.compile(
    r"\b(?:early|expanded|compassionate)[\s-](?:access|use)\b"
    r"|\b(?:registry|cohort|series)\s+(?:study\s+)?(?:\w+\s+)?(?:reported|found|showed|observed|described)\b",
    re.I,
)


def trial_of(sight: Sight, claim: Claim) -> tuple[str | None, str]:
    part = sight.reading.document.part_of(claim.span.start)
    if part is None:
        return None, ""
    if part.kind == "table":
        return _of_cell(sight, claim, part)
    named, how = _found(sight, claim, part)
    if named is not None and how != "sentence" and _of_programme(sight, claim, named):
        return None, ""
    return (named, CITED) if named and not sight.names_some() and how != "sentence" else (named, how)


def _of_programme(sight: Sight, claim: Claim, trial: str) -> bool:
    """Whether a sentence reports an access programme or a registry, which the trial around it is not."""
    said = _PROGRAMME.search(sight.text, claim.sentence.start, claim.sentence.end)
    return said is not None and _PROGRAMME.search(sight.names.store.trials[trial].title) is None


def _found(sight: Sight, claim: Claim, part: Part) -> tuple[str | None, str]:
    start = claim.sentence.start
    here = tuple(
        m for m in sight.trials(start, claim.sentence.end) if not _UNLIKE.search(sight.text[start : m.start])
    )
    if here:
        one = _nearest(sight, claim, here)
        written = any(m.kind == "trial" for m in sight.mentions(claim.sentence.start, claim.sentence.end))
        if written or one is None or could(sight, claim.sentence, one):
            return one, "sentence"
    sentence = sight.text[claim.sentence.start : claim.sentence.end]
    if OTHER_TRIAL.search(sentence) or _stranger(sight, claim):
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
    one, how = _from_afar(sight, part)
    drugs = (s for s in earlier if any(m.kind == "drug" for m in sight.mentions(s.start, s.end)))
    spans = (claim.sentence, next(drugs, claim.sentence))  # what a paragraph opens with tells of whom it is
    return (one, how) if one is not None and all(could(sight, s, one) for s in spans) else (None, "")


def _from_afar(sight: Sight, part: Part) -> tuple[str | None, str]:
    """The trial of what stands over a part, else that of the titles, else the only one of the document."""
    over = above(sight, part)
    if over is not None:
        return over, "heading" if by_heading(sight, part) else "list" if is_item(sight, part) else ABOVE
    title = title_of(sight, part)
    if title is not None:
        return title, "heading"
    whole = sight.whole()
    return (whole[0], "document") if len(whole) == 1 else (None, "")


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
    section = _section(sight, claim, part)
    if section is not None:
        return section, "row"
    row = {m.id for m in sight.trials(claim.sentence.start, claim.sentence.end)}
    if len(row) == 1:
        return row.pop(), "row"
    whole = {m.id for m in sight.trials(part.start, part.end)}
    labelled = {m.id for row in part.rows[1:] if row for m in sight.trials(row[0].start, row[0].end)}
    columns = part.rows[0][1:] if len(part.rows[0]) > 2 else ()
    headed = {m.id for cell in columns for m in sight.trials(cell.start, cell.end)}
    if whole & (labelled | headed):
        return None, ""  # rows or columns are of trials, and this one names none
    if len(whole) == 1:
        return whole.pop(), "table"
    if whole:
        return None, ""
    return _from_afar(sight, part)


def _section(sight: Sight, claim: Claim, part: Part) -> str | None:
    """The trial that a row of its own, with nothing in its other cells, puts over the rows below."""
    over: str | None = None
    for row in part.rows:
        if row and row[0].start >= claim.sentence.start:
            break
        if len(row) > 1 and all(not sight.text[cell.start : cell.end].strip() for cell in row[1:]):
            named = {m.id for m in sight.trials(row[0].start, row[0].end)}
            over = named.pop() if len(named) == 1 else None
    return over


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
