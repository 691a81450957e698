"""Words that promise more than a trial shows: cure, safety without exception, all patients, equality."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    text = files("trialist.evidence.claims").joinpath("overstatements.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, Sequence[str]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    held = {}
    for kind, said in data.items():
        unless = rf"(?!\s+(?:{'|'.join(said['unless'])})\b)" if "unless" in said else ""
        held[kind] = re.compile(rf"(?<![\w-])(?:{'|'.join(said['words'])})(?![\w-]){unless}", re.I)
    return held


DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|can't|n't|without|whether|if|isn't|doesn't|rarely|seldom"
    r"|hardly|may|might|could"
    r"|would|aim\w*|hop\w+|hypothes\w+|proof (?:that|of)|intent\w*|towards?|search for"
    r"|looking for|designed|incurable|than)\b[^.;:]{0,70}$"
    r"|\b(?:no|not one|none of the|neither)\s+(?:published\s+|randomi[sz]ed\s+|clinical\s+)*(?:trials?"
    r"|stud\w+|evidence|data|reports?|finding)\b[^.;]*$"
    r"|\bnon-?$",
    re.I,
)


DENIED_BEHIND = re.compile(
    r"[^.;]{0,90}?\b(?:(?:not|never)\s+(?:been\s+)?(?:studied|shown|proven|tested|known|established|measured|possible|true)"
    r"|un(?:known|proven|clear|tested)|(?:was|is|were)\s+not\s+(?:what|the|an?|claimed|designed|meant)|(?:a\s+)?(?:myth|misconception)|wrong|false|untrue)\b",
    re.I,
)


def overstatements(kind: str, text: str) -> Iterator[re.Match[str]]:
    """Where a sentence promises more, and does not deny it in the same breath."""
    for found in _patterns()[kind].finditer(text):
        if not DENIED.search(text[: found.start()]) and not DENIED_BEHIND.match(text[found.end() :]):
            yield found
