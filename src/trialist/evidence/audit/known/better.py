"""What a sentence calls better: the words, the endpoint, and the arm."""

from __future__ import annotations

import re

from trialist.evidence.audit.known.scenes import Scene
from trialist.evidence.claims.assertions import family
from trialist.evidence.claims.lexicon import Mention

BETTER = re.compile(
    r"\b(?P<not>not\s+(?:\w+\s+)?|no\s+|non-?|neither\s+|nor\s+|without\s+|hardly\s+)?"
    rf"(?:(?P<up>(?:{family('better')})|superior(?:ity)?\s*(?:to|over|in)?"
    rf"|better(?:\s+\w+){0, 3}\s+than|more effective"
    r"|outperform\w*|beats?"
    r"|prolong(?:s|ed|ing)?|improv(?:es?|ed|ing)|extend(?:s|ed|ing)?|lengthen(?:s|ed)|delay(?:s|ed)"
    r"|(?:survival\s+)?(?:gain|benefit|advantage)(?=[^.;]{0,40}\b(?:holds?|applies|extends|seen|true)\b)"
    r"|(?<!or )longer(?!\s+(?:follow|term|period|time|observation))|lived longer|surviv\w+ longer|works "
    r"better"
    r"|reduc(?:es|ed)|prevent(?:s|ed)|lower(?:s|ed)|increas(?:es|ed)|reliev(?:es|ed)|protect(?:s|ed)"
    r"|halv(?:es|ed)|doubl(?:es|ed)"
    r"|(?:caus(?:es|ed)|brings?|brought|gives?|gave|leads? to|led to|results? in|resulted in)\s+"
    r"(?:an?\s+)?(?:better|longer|improved|superior))"
    r"|(?P<for>favou?r(?:s|ed)|in favou?r of)|(?P<down>inferior to|worse than|less effective|shorter))\b",
    re.I,
)
LIFE = re.compile(
    r"\b(?:liv\w+|surviv\w+) (?:\w+ )?longer\b|\boutliv\w+|\blonger li(?:fe|ves)\b|\b(?:length"
    r"|duration) of (?:life|survival)\b|\bmortality\b"
    r"|\b(?:risk|hazard|odds|rate) of (?:death|dying)\b|\b(?:prolong|extend|lengthen|add"
    r"|sav)\w*\s+(?:[\w.-]+\s+){0,4}?(?:life|lives)\b",
    re.I,
)


_FROM_TO = re.compile(r"\bfrom\s+(?:\w+\s+)?\d[^;]*?\bto\s+(?:\w+\s+)?\d", re.I)


def winner_of(one: Scene, found: re.Match[str]) -> str | None:
    """The arm that the sentence calls better."""
    start = one.span.start
    if found["for"]:
        stop = start + found.end()
        return next((m.id for m in one.arms if "|" not in m.id and 0 <= m.start - stop < 8), None)
    arms = [m for m in one.arms if "|" not in m.id]
    if len({m.id for m in arms}) != 2:
        return None
    first = arms[0]
    other = next(m for m in arms if m.id != first.id)
    if re.search(r"\blatter\b", one.text[: found.end()]):
        return other.id
    if found["up"] and _FROM_TO.search(one.text[found.end() : other.start - start]):
        return other.id  # `improved from 4.5 with one to 7.3 with the other`
    if re.search(
        r"\b(?:compared with|compared to|than|over|versus|unlike)\W*(?:the\s+)?$",
        one.text[: first.start - start],
        re.I,
    ):
        first = next(m for m in arms if m.id != first.id)
    if first.start - start > found.start() and found["up"] is not None:
        behind = one.text[found.end() : first.start - start]
        if not re.search(r"\b(?:with|for|on|in)\s+(?:the\s+)?$", behind):
            return None
    if found["down"]:
        return next(m.id for m in arms if m.id != first.id)
    return first.id


def is_time(one: Scene, name: str) -> bool:
    """Whether an endpoint is a time to something, of which arms are compared by hazards."""
    words = one.sight.names.store.words
    term = words.terms("endpoint").get(words.timed(name))
    return term is not None and term.shape == "time" and term.id != "followup"


def endpoint_of(one: Scene, found: re.Match[str]) -> str | None:
    start = one.span.start
    near = one.clause(found.start())
    near = near if any(may_be(near, m) for m in near.of("endpoint", "toxicity")) else one
    named: list[Mention] = [m for m in near.of("endpoint", "toxicity") if may_be(one, m)]
    if LIFE.search(one.text):
        return "os"
    if not named:
        return None
    after = [m for m in named if m.start >= start + found.end()]
    before = [m for m in named if m.end <= start + found.start()]
    chosen = (
        after[0]
        if after and after[0].start - start - found.end() < 40
        else before[-1]
        if before
        else (after or named)[0]
    )
    return f"ae:{chosen.id}" if chosen.kind == "toxicity" else one.sight.names.store.words.timed(chosen.id)


def may_be(one: Scene, mention: Mention) -> bool:
    """Whether arms may be compared on what is named: times by hazards, others by shares."""
    if mention.kind == "toxicity":
        return mention.id != "pain"
    term = one.sight.names.store.words.terms("endpoint").get(mention.id)
    return is_time(one, mention.id) or (term is not None and term.shape == "response")
