"""None, never and all, beside the counts and shares that the same text gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.assertions import Assertion, absences, assertions, plain_words
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.passages import Passage, passages
from trialist.evidence.claims.plain import COUNT
from trialist.evidence.claims.voice import clause_at
from trialist.evidence.model import Store
from trialist.registry import entry

_NEAR = 4  # passages
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*[A-Za-z]|\b[A-Z]\b|\b\d+\b")
_PLAIN = plain_words("of_counts")
_OTHER = re.compile(
    r"\b(?:new|unexpected|additional|further|other|increas\w+|difference|significant\w*|higher"
    r"|lower|fewer|unless|except|apart from"
    r"|related|due to|because|led to|leading|lost|missing|until|yet|history|prior|previous"
    r"|before|need\w*|required|recover\w+"
    r"|resolv\w+|fatal|died|death|randomi\w+|assigned|allocat\w+)\b",
    re.I,
)
_THUS = re.compile(
    r"\b(?:thus|hence|therefore|so|consequently|accordingly|in other words|that is|this means"
    r"|it follows|as a result|which means)\b",
    re.I,
)
_PRONOUN = re.compile(r"\b(?:it|this|that|which) (?:was|is|has been|happened|occurred)\b", re.I)
_PARTLY = re.compile(
    r"\b(?:(?:about|roughly|nearly|almost|some|around|over) )?(?:an?|one|two|three) (?:third"
    r"|quarter|fifth|tenth|half|minority|majority|handful|few)s?\b(?: of| in)|\bhalf (?:of"
    r"|the)\b|\bmost\b|\bsome (?:patients|men|women|people)\b|\bone in (?:two|three|four|five"
    r"|six|eight|ten)\b",
    re.I,
)
_BOUND = re.compile(
    r"(?:\b(?:at least|more than|less than|over|under|up to|fall of|rise of)|[≥≤<>])\s*$", re.I
)
_KIND = re.compile(
    rf"(?:unknown|absent|negative|missing)\s+(?:in|for)\s+(?:{COUNT})\b", re.I
)  # of its own patients
_DID = re.compile(
    r"\b(?:receiv\w+|given|gave|treated|randomi[sz]ed|enrol\w+|includ\w+|follow\w+|consent\w*"
    r"|analy[sz]ed|assess\w*|evaluat\w+"
    r"|took|used|were (?:on|to)|had (?:had|been|to)|eligib\w+|assigned|allocat\w+|counted"
    r"|screened|will|must)\b",
    re.I,
)


_GRADES = re.compile(r"\b[Gg]rades?\s+(\d)")


@entry(
    "words_and_counts",
    needs="share, count",
    gives="stronger than the evidence",
    source="claims/assertions.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    held = passages(reading)
    for k, one in enumerate(held):
        if one.framed:
            continue
        around = [p for p in held[max(0, k - _NEAR) : k + _NEAR + 1] if p is not one]
        last = held[k - 1] if k and held[k - 1].place == one.place else None
        found = _never(reading, one, around, last) or _all(reading, one, around, last)
        if found is not None:
            yield found


def _never(reading: Reading, one: Passage, around: Sequence[Passage], last: Passage | None) -> Verdict | None:
    for said in absences(one.text, one.behind):
        start, end = clause_at(one.text, said.start)
        if _OTHER.search(one.text, start, end) or _KIND.match(one.text, said.start):
            continue
        words = _terms(_without(one.text, start, end))
        graded = set(_GRADES.findall(one.text[start:end]))
        shares = [
            c
            for p in around
            if words and words <= _terms(p.text) and graded <= set(_GRADES.findall(p.text))
            for c in _some(p)
        ]
        if (
            not words
            and said.kind == "rid"
            and re.search(r"\brisk\b", one.text[start:end])
            and last is not None
        ):
            shares = _some(last)
        if shares:
            return _verdict(reading, one, said, shares, "although the same text counts some")
    return None


def _without(text: str, start: int, end: int) -> str:
    """A stretch without the words that say `none` in it."""
    for said in absences(text):
        text = text[: said.start] + " " * (said.end - said.start) + text[said.end :]
    return text[start:end]


def _all(reading: Reading, one: Passage, around: Sequence[Passage], last: Passage | None) -> Verdict | None:
    for said in assertions(one.text, "every", behind=one.behind):
        start, end = clause_at(one.text, said.start)
        clause = one.text[start:end]
        if (
            said.voice != "told"
            or _DID.search(clause)
            or re.match(r"\s+(?:with|who|whose|whom|that|in|of)\b", one.text[said.end :])
        ):
            continue
        if re.search(r"\d\s*%|\d/\d|\d+ of", clause) and "100" not in said.words:
            continue
        words = _terms(clause.replace(one.text[said.start : said.end], " "))
        shares = [c for p in around if words and words <= _terms(p.text) for c in _part(p)]
        if (
            last is not None
            and not shares
            and (_THUS.search(clause) or _PRONOUN.search(one.text[: said.end]))
        ):
            shares = _part(last) if len(_part(last)) == len(_shares(last)) else []
            partly = _PARTLY.search(last.text) if not shares and not _shares(last) else None
            if partly is not None and _THUS.search(clause):
                return _verdict(reading, one, said, [], f"although the same text says {partly[0]}")
        if shares:
            return _verdict(reading, one, said, shares, "although the same text gives a part of them")
    return None


def _shares(one: Passage) -> list[Claim]:
    """Counts and shares of a passage; a bound (`a fall of at least 30%`) is none."""
    at = one.span.start
    held = [c for c in one.claims if c.kind in ("share", "count")]
    return [c for c in held if not _BOUND.search(one.text[: c.span.start - at])]


def _some(one: Passage) -> list[Claim]:
    """Counts and shares of one passage, where all of them are above nil."""
    held = _shares(one)
    values = [_value(c) for c in held]
    return (
        held
        if values
        and all(v is not None and v > 0 for v in values)
        and not re.search(r"\b(?:no|none|0)\b", one.text)
        else []
    )


def _part(one: Passage) -> list[Claim]:
    return [c for c in _shares(one) if c.kind == "share" and (v := _value(c)) is not None and 0 < v < 0.995]


def _value(claim: Claim) -> float | None:
    n = claim.numbers
    if "count" in n and "n" in n and n["n"].value > 0:
        return n["count"].value / n["n"].value
    if "percent" in n:
        return n["percent"].value / 100
    if claim.kind == "share" and "estimate" in n:
        return n["estimate"].value / 100
    return n["count"].value if "count" in n else None


def _terms(text: str) -> set[str]:
    """Words of a stretch that name something, cut to their stems."""
    return {_stem(word) for word in _WORD.findall(text) if word.lower() not in _PLAIN}


def _stem(word: str) -> str:
    low = word.lower()
    return low if len(low) < 5 else re.sub(r"(?:ies|ia|ic|es|s|ed|ing|y|e)$", "", low)[:8]


def _verdict(reading: Reading, one: Passage, said: Assertion, shares: list[Claim], why: str) -> Verdict:
    return Verdict(
        "words_and_counts",
        "stronger than the evidence",
        "A",
        one.claim(said.start, said.end, reading),
        f"'{said.words}', {why}" + (f": {reading.text(shares[0].span)}" if shares else ""),
        tuple(reading.text(c.span) for c in shares[:3]) or (why,),
        "give the share",
        others=tuple(shares[:2]),
    )
