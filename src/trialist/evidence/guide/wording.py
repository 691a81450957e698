"""The store's own words as people write them: subgroups, and what stands after the colon of an endpoint."""

from __future__ import annotations

import re

from trialist.evidence.claims.acronyms import known as known_abbreviations
from trialist.evidence.vocabulary import Vocabulary


def subgroup_label(words: Vocabulary, text: str) -> str:
    """`age: >=65` -> `age in years: ≥65`."""
    factor, colon, value = text.partition(":")
    if not colon:
        return detail(words, text)
    return f"{detail(words, factor)}: {detail(words, value.strip())}"


def endpoint_label(words: Vocabulary, name: str) -> str:
    """`exposure:any_delay` -> `Treatment given: any delay`."""
    return capital(endpoint_words(words, name))


def endpoint_words(words: Vocabulary, name: str) -> str:
    """`exposure:any_delay` -> `treatment given: any delay`."""
    known = words.terms("endpoint")
    if name in known:
        return known[name].label
    family, _, rest = name.partition(":")
    label = words.label("endpoint", family).removesuffix(" of a kind")  # the kind is said behind it
    parts = [detail(words, part) for part in rest.split(":") if part]
    return curated(words, ": ".join((label, *parts)))


def detail(words: Vocabulary, text: str) -> str:
    """The label of a detail; without one the text itself, in signs that are read."""
    known = words.find("detail", text)
    if known is not None:
        return known.label
    return signs(text).replace("_", " ")


def signs(text: str) -> str:
    """`>=18` -> `≥18`."""
    return text.replace(">=", "≥").replace("<=", "≤")


def curated(words: Vocabulary, text: str) -> str:
    """What a curator wrote of a trial: signs that are read, endpoints by their abbreviations."""
    endpoints = words.terms("endpoint")
    written = {short.lower(): short for short in known_abbreviations() if short.lower() in endpoints}
    return re.sub(r"\b[a-z]+\b", lambda found: written.get(found[0], found[0]), signs(text))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(names: list[str], last: str = " and ") -> str:
    """`a, b and c`; with semicolons where a name has a comma of its own."""
    if any("," in name for name in names):
        return "; ".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{last}{names[-1]}"
