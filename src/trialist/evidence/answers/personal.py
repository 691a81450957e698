"""What is said to somebody who asks for one person: of what cannot wait, of a choice, of anything else.

The emergency follows NICE guideline CG151 (recommendations 1.1.1.1 and 1.4.1.1): the statement `unwell`.
"""

from __future__ import annotations

from trialist.evidence.answers.answer import Sentence
from trialist.evidence.answers.asked import Advice
from trialist.evidence.answers.language import cued, words
from trialist.evidence.answers.named import Audience


def advice_asked(text: str) -> Advice | None:
    """What somebody asks for one person, if it is for one: in the order of what must be said first."""
    if not cued("advice", text):
        return None
    if cued("unwell", text) and not cued("in_general", text):
        return "urgent"
    if cued("decide", text):
        return "change" if cued("change", text) else "decision"
    return "person"


def told_first(advice: Advice | None) -> bool:
    """Whether it stands before everything else, or after the short answer."""
    return advice in ("urgent", "decision", "change")


def no_advice(advice: Advice, ids: tuple[str, ...], audience: Audience) -> Sentence:
    """That nothing here is advice, and where it is to be had."""
    held = words()["personal"][advice]
    behind = (held["statement"],) if "statement" in held else ids
    return Sentence(held["plain" if audience == "patient" else "text"], behind)
