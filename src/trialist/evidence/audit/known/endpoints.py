"""The endpoint that a number is of, by order, distance and clauses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trialist.evidence.audit.known.arms import AGAINST
from trialist.evidence.audit.known.own_words import own_words
from trialist.evidence.audit.known.said import GRADE
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.claims.binding import is_anothers
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim

_LED_TO = re.compile(r"\b(?:leading|led) to\s+(?:the\s+)?$", re.I)


def endpoint_of(
    sight: Sight, claim: Claim, mentions: Sequence[Mention], heads: str
) -> tuple[tuple[str, ...], str | None]:
    named = [m for m in mentions if m.kind in ("endpoint", "toxicity") and not only_context(sight, m)]
    named = [m for m in named if m.id != "followup" or _is_followed(sight, claim, m)]
    named = [m for m in named if not is_anothers(sight.text, m, claim.span.end)]
    at = claim.span.start
    number = claim.numbers.get("estimate") or claim.numbers.get("percent") or claim.numbers.get("count")
    if number is not None:
        at = number.start
    table = sight.in_table(claim)
    if table:
        named = [m for m in sight.names.find(heads, 0, len(heads)) if m.kind in ("endpoint", "toxicity")]
        if named and _LED_TO.search(heads[: named[0].start]):
            return ("ae",), "any"  # `leading to death`: its grade
        return what(sight, named[0], claim) if named else ((), None)
    left, right = _edges(sight, claim)
    here = [m for m in named if left <= m.start < right]
    named = here or named
    if claim.kind == "ratio":  # `hazard ratio for death, 0.64`
        inside = [m for m in named if claim.span.start <= m.start < at]
        if inside:
            return what(sight, inside[-1], claim)
    before = [m for m in named if m.end <= at]
    if before and _another_median(sight, claim, before[-1], at):
        return (), None
    behind = _named_for(sight, claim, named) or _named_behind(sight, claim, named, at)
    behind = behind or _named_in_clause(sight, claim, named, at)
    if behind is not None:
        return what(sight, behind, claim)
    if before:
        chosen = before[-1]
        if chosen.id == "any" and len(before) > 1 and before[-2].kind == "toxicity":
            between = sight.text[before[-2].end : chosen.start]
            chosen = chosen if re.search(r"[.;]|\band\b", between) else before[-2]
        listed = _listed(sight, claim, named, before)
        return what(sight, listed or chosen, claim)
    after = [m for m in named if m.start >= at]
    if after:
        gap = sight.text[at : after[0].start]
        if len(gap) < 110 and ";" not in gap:
            return what(sight, after[0], claim)
    return (), None


_AFTER_TIME = re.compile(r"\d[\s-]*(?:months?|mo|years?|yrs?|weeks?)\.?\s+(?:of\s+|median\s+)*$", re.I)


def _is_followed(sight: Sight, claim: Claim, mention: Mention) -> bool:
    """Whether a time is that of a follow-up: the number it stands beside, and those against that one."""
    if claim.kind != "time":
        return False
    if _AFTER_TIME.search(sight.text, claim.sentence.start, mention.start):
        gap = sight.text[claim.span.end : mention.start] if claim.span.end <= mention.start else None
        return gap is not None and re.search(r"\d", gap) is None
    together = own_words(sight, claim).group
    return not any(
        c.kind == "time" and mention.end <= c.span.start < claim.span.start and c not in together
        for c in sight.reading.claims
        if c.sentence == claim.sentence
    )


_FOR = re.compile(r"[\s)\]]*,?\s*(?:for|in|on|in terms of|regarding)\s+(?:the\s+|median\s+)?")


def _named_for(sight: Sight, claim: Claim, named: Sequence[Mention]) -> Mention | None:
    """`0.8 (0.4-1.8) for progression-free survival`."""
    if claim.kind != "ratio":
        return None
    stop = max([claim.span.end, *(n.end for n in claim.numbers.values())])
    return next((m for m in named if m.start >= stop and _FOR.fullmatch(sight.text[stop : m.start])), None)


_NEW_CLAUSE = re.compile(
    r"[\s,;)]*(?:and|while|whereas|but|or)?\s*(?:in\s+|of\s+|the\s+)*"
    r"(?:[\d.]+\s?%?\s*(?:\([^()]*\)\s*)?(?:v\.?|vs\.?|versus|and|against|compared (?:with|to))\s*)?",
    re.I,
)


def _edges(sight: Sight, claim: Claim) -> tuple[int, int]:
    """The stretch between the semicolons around a claim."""
    start, end = claim.sentence.start, claim.sentence.end
    left, right = sight.text.rfind(";", start, claim.span.start), sight.text.find(";", claim.span.end, end)
    return max(left, start), right if right >= 0 else end


def _last_number(sight: Sight, claim: Claim, at: int) -> int | None:
    """Where the last number before a claim ends, that does not stand against it."""
    ends = [
        max([c.span.end, *(n.end for n in c.numbers.values() if n.start < at)])
        for c in sight.reading.claims
        if c.sentence == claim.sentence
        and c.kind in ("ratio", "share", "time")
        and c.span.start < claim.span.start
    ]
    return max((end for end in ends if end <= at), default=None)


_OWN_NOUN = re.compile(r"\b(?:median|mean)\s+(?!of\b|was\b|for\b|in\b|with\b|\d)[a-z-]+", re.I)


def _another_median(sight: Sight, claim: Claim, mention: Mention, at: int) -> bool:
    """`median survival was 11.9 and median treatment 3.4 months`: a number with a noun of its own."""
    last = _last_number(sight, claim, at)
    return last is not None and mention.end <= last and _OWN_NOUN.search(sight.text, last, at) is not None


def _named_in_clause(sight: Sight, claim: Claim, named: Sequence[Mention], at: int) -> Mention | None:
    """`fever in 28 (8%) v 5 (1%), and 18 (5%) v 9 (2%) died`: a clause that begins with its number."""
    last = _last_number(sight, claim, at)
    if claim.kind == "ratio" or last is None or _BEGINS.fullmatch(sight.text[last:at]) is None:
        return None
    after = [m for m in named if m.start >= claim.span.end]
    if not after:
        return None
    gap = sight.text[claim.span.end : after[0].start]
    return after[0] if len(gap) < 70 and not re.search(r"[;.]|,\s*(?:and|while|whereas)\b", gap) else None


_BEGINS = re.compile(
    r"[\s)%]*,?\s*(?:and|while|whereas|but)\s+(?:in\s+)?(?:[\d.,]+\s?(?:\([\d.]+\s?%\)|%)?\s*(?:v|vs\.?|versus|and)\s+)?",
    re.I,
)


def _named_behind(sight: Sight, claim: Claim, named: Sequence[Mention], at: int) -> Mention | None:
    """`54% had a response and 29% a remission`: where the first number stands before its endpoint, all do."""
    like = [c for c in sight.reading.claims if c.sentence == claim.sentence and c.kind in ("share", "time")]
    left, right = _edges(sight, claim)
    starts = sorted(_start(c) for c in like if left <= c.span.start < right)
    if not starts or not named or named[0].start < starts[0] or claim.kind == "ratio":
        return None
    after = [m for m in named if m.start >= claim.span.end]
    before = [m for m in named if m.end <= at]
    if not after or (before and _NEW_CLAUSE.fullmatch(sight.text[before[-1].end : at]) is None):
        return None
    text = sight.text[claim.span.end : after[0].start]
    between = [s for s in starts if at < s < after[0].start]
    joined = all(AGAINST.search(sight.text[claim.sentence.start : s]) for s in between)
    return after[0] if joined and len(text) < 160 and ";" not in text else None


def _start(claim: Claim) -> int:
    number = next((claim.numbers[w] for w in ("estimate", "percent", "count") if w in claim.numbers), None)
    return claim.span.start if number is None else number.start


def of_sentence_before(sight: Sight, claim: Claim) -> tuple[tuple[str, ...], str | None]:
    """The endpoint of the sentence before, where it names one: `the median time to the event was ...`."""
    part = sight.reading.document.part_of(claim.span.start)
    before = [s for s in sight.reading.sentences if part and part.start <= s.start < claim.sentence.start]
    for span in reversed(before[-3:]):
        named = [m for m in sight.mentions(span.start, span.end) if m.kind in ("endpoint", "toxicity")]
        if named:
            words = sight.names.store.words
            ids = {"os" if m.id == "alive" else words.timed(m.id) for m in named}
            told = named[0].kind == "endpoint" or _PRONOUN.search(
                sight.text, claim.sentence.start, claim.span.start
            )
            one = len(ids) == 1 and told
            return what(sight, named[0], claim) if one else ((), None)
    return (), None


_PRONOUN = re.compile(
    r"\b(?:it|they|this|that|figures?|rates?|shares?|percentages?)\s+(?:was|were|is|are|rose|fell)\b", re.I
)


def _listed(
    sight: Sight, claim: Claim, named: Sequence[Mention], before: Sequence[Mention]
) -> Mention | None:
    """`X and Y were 1 and 2, respectively`: the one of the same place in its list."""
    text, sentence = sight.text, claim.sentence
    if not re.search(r"\brespectively\b", text[sentence.start : sentence.end]):
        return None
    group = [before[-1]]
    for one in reversed(before[:-1]):
        gap = text[one.end : group[0].start]
        if re.fullmatch(r"\s*(?:,|and|, and|or|/)\s*(?:median\s+|the\s+)?", gap) is None:
            break
        group.insert(0, one)
    like = [
        c
        for c in sight.reading.claims
        if c.kind == claim.kind and c.sentence == sentence and c.span.start >= group[-1].end
    ]
    if len(group) > 1 and len(like) == len(group) and claim in like:
        return group[like.index(claim)]
    return None


_NO_GROWTH = re.compile(
    r",?\s+(?:and\s+)?(?:(?:were|was|had|with)\s+)?(?:without|free\s+of|no)\s+(?:the\s+|any\s+)?(?:growth|progress|worsening|spread)",
    re.I,
)


_FOLLOWED = re.compile(r"\bfollow(?:ed)?[\s-]?up\s+(?:time\s+)?(?:for|of)\s+(?:the\s+)?$")


_BY_CAUSE = re.compile(r"[^.;:]{0,40}\bby cause\b", re.I)


def only_context(sight: Sight, mention: Mention) -> bool:
    """Whether a name is no result here: `treated until progression`, `without deaths`."""
    if mention.kind == "toxicity" and mention.id == "pain":
        return GRADE.search(sight.text, max(0, mention.start - 30), mention.end + 20) is None
    before = sight.text[max(0, mention.start - 24) : mention.start].casefold()
    if _BY_CAUSE.match(sight.text, mention.end):
        return True  # parts of the deaths
    if re.search(r"\bnot\s+(?:from|by|of|in|on)\s+(?:the\s+)?$", before):
        return True  # `from blood counts, not from adverse event forms`
    if mention.id in ("death", "deaths_total", "alive") and re.search(
        r"\b(?:or|and)\s+(?:had\s+|were\s+)?$", before
    ):
        return True  # `progression or death`: of a composite
    if mention.id in ("os", "alive", "death") and _NO_GROWTH.match(sight.text, mention.end):
        return True  # `lived without growth of the cancer`: of progression
    if mention.id != "followup" and _FOLLOWED.search(before):
        return True  # `follow-up for survival`: of the follow-up
    if _of_composite(sight.text, mention):
        return True
    return before.rstrip().endswith(
        (" until", "leading to", "led to", "history of", "primary endpoint was", "endpoint of")
    )


_COMPOSITE = re.compile(r"\bcomposite\b[^.;:\d]{0,90}(?:\bof\b|\()[^.;:\d)]{0,90}$", re.I)


def _of_composite(text: str, mention: Mention) -> bool:
    """`PFS was a composite (PSA, tumour, pain, death)`: a part of an endpoint, that no number is of."""
    before = text[max(0, mention.start - 180) : mention.start]
    opened = before.rfind("(")
    if opened > before.rfind(")"):
        inside = before[opened + 1 :] + text[mention.start : text.find(")", mention.end)]
        if not re.search(r"[\d;:]", inside) and len(re.findall(r",|\bor\b", inside)) > 1:
            return True
    return _COMPOSITE.search(before) is not None


OF_SHARES = {
    "time_to_factp_deterioration": ("time_to_factp_deterioration", "qol_response"),
    "os": ("os", "alive"),
    "rpfs": ("rpfs", "rpfs_event"),
    "rpfs_event": ("rpfs_event", "rpfs"),
    "time_to_sse": ("sse",),
    "time_to_sre": ("time_to_sre", "sre"),
    "sre": ("sre", "time_to_sre"),
    "time_to_pain_progression": ("time_to_pain_progression", "pain_progression_week13"),
    "death": (
        "death",
        "deaths_total",
        "deaths_within_30d_last_dose",
        "deaths_after_30d",
        "deaths:treatment-related",
        "deaths:on treatment",
        "deaths_within_30d:other than progression",
    ),
}


def what(sight: Sight, mention: Mention, claim: Claim) -> tuple[tuple[str, ...], str | None]:
    if mention.kind == "toxicity":
        return ("ae",), mention.id
    if mention.id.startswith("ae:"):  # `ae:any:serious`: its grade is read beside it
        return ("ae",), mention.id.split(":")[1]
    name, words = mention.id, sight.names.store.words
    if claim.kind in ("share", "count", "value"):
        return OF_SHARES.get(name, (name,)), None
    return tuple(sorted(words.near("endpoint", words.timed(name)))), None
