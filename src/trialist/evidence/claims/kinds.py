"""Kinds that exclude one another: what is one of a set is none of its others; some sets leave nobody out."""

from __future__ import annotations

import re
from collections.abc import Sequence

_FULL = (  # every one is of one of these
    r"men|males?|boys|fathers|(?-i:M)", r"women|females?|girls|mothers|(?-i:F)",
), (
    r"positive", r"negative", r"undetermined|indeterminate|inconclusive|unknown|not (?:known|evaluable"
                              r"|tested)|no result",
), (
    r"alive|living|survived|survivors", r"died|dead|deaths?",
), (
    r"did(?! not)|yes|ha[ds](?! not)|were(?! not)", r"did not|no|had not|were not",
), (
    r"never", r"former|ex-?\w*|previous|past", r"current|present|now|still",
), (
    r"mild", r"moderate", r"severe",
), (
    r"low", r"medium|intermediate|middle|moderate", r"high",
), (
    r"urban|town\w*|city", r"rural|country\w*",
), (
    r"resistant", r"sensitive",
), (
    r"left", r"right", r"both|bilateral",
), (
    r"before|earlier", r"after\w*|later|since",
), (
    r"shrank|smaller|regressed", r"stable|same|unchanged", r"grew|larger|progressed",
), (
    r"improved|better", r"same|unchanged|stable", r"worse\w*|deteriorated",
), (
    r"benign", r"malignant", r"inconclusive|uncertain|unclear|borderline",
), (
    r"younger|under|below|less than|<", r"aged? (?:\d\d ?(?:-|to) ?\d\d|between)|\d\d (?:-|to) \d\d",
    r"older|over|above|or more|at least|>",
), (
    r"married|partner\w*", r"single", r"widow\w*|divorced|separated",
)  # fmt: skip
_EXCLUSIVE = (  # nobody is of two of these; some may be of none
    (r"white|caucasian", r"black|african[\w-]*", r"asian", r"hispanic|latin\w+|mixed|other"),
    (
        r"complete|CR",
        r"partial|PR",
        r"stable|SD",
        r"progressi\w+|progressed|PD",
        r"evaluable|assess\w+|NE|unknown",
    ),
    (r"completed|finished", r"did not|not|dropped out|stopped"),
    (r"I", r"II", r"III", r"IV"),
)
_ALL = tuple(tuple(re.compile(rf"\b(?:{word})\b", re.I) for word in one) for one in (*_FULL, *_EXCLUSIVE))
REST = re.compile(
    r"\b(?:the (?:rest|others|remainder|remaining)|(?:the )?remaining|(?:an)?other(?:s|\s+(?:causes?"
    r"|reasons?|kinds?|types?))?\b"
    r"|undetermined|unknown(?:\s+(?:causes?|reasons?|status))?(?=\s*(?:[,.;:()\d]|$|and\b))|indeterminate|inconclusive|un?evaluable|inevaluable|unassessable|missing(?!\s+\w)"
    r"|not (?:be\s+)?(?:evalu\w+|assess\w+|determined|known|tested|available|recorded)|none of these"
    r"|none|nothing|neither|no result)\b",
    re.I,
)


_OWN = re.compile(r"\b[A-Z][\w-]*\d\b|\b[A-Z][A-Z-]+\w*\b")


def of_one_set(labels: Sequence[str]) -> str | None:
    """`full` where labels are the different kinds of one set, every one of it; else `apart`."""
    named = [own for label in labels if (own := set(_OWN.findall(label)))]
    several = len(named) > 1 and not set.intersection(*named)  # `70 PD-L1 positive and 90 HER2 negative`
    for place, kinds in enumerate(_ALL):
        if several and place < len(_FULL):
            continue
        found = []
        for label in labels:
            held = [k for k, kind in enumerate(kinds) if kind.search(label)]
            if len(held) != 1:
                break
            found.append(held[0])
        else:
            if len(set(found)) == len(found) and len(found) > 1:
                return "full" if place < len(_FULL) and len(found) == len(kinds) else "apart"
    return "full" if len(labels) == 2 and _denied(*labels) else None


_WHAT = re.compile(r"\b(?:non-|not )?[a-z]+(?:ant|ive|ent|ary|ated|ible|able|ory)\b", re.I)


def _denied(first: str, second: str) -> bool:
    """`resistant` and `non-resistant`: one adjective and what it denies."""
    one, two = ({word.lower() for word in _WHAT.findall(label)} for label in (first, second))
    ways = ((one, two), (two, one))
    return any(f"non-{word}" in b and f"non-{word}" not in a for a, b in ways for word in a)


UNNUMBERED = re.compile(
    r"\bthe (?:rest|others|remainder)\b(?!\W*(?:\(|of\b|,|:)?\s*\d)", re.I
)  # how many is not said


def takes_the_rest(label: str) -> bool:
    """Whether a kind is of all that the kinds before are not."""
    return REST.search(label) is not None
