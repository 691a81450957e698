"""Benefit or safety told of patients whom the same text says were left out of the study."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.nulls import results
from trialist.evidence.claims.assertions import Assertion, assertions, plain_words
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.passages import Passage, passages
from trialist.evidence.claims.voice import clause_at, voice
from trialist.evidence.model import Store
from trialist.registry import entry

_OUT = re.compile(
    r"\b(?:exclu(?:d\w+|sion)|ineligible|not (?:eligible|admitted|allowed|enrolled|included"
    r"|recruited|represented|studied|accepted|permitted)"
    r"|le(?:ft|aving) (?:\w+ )?out|barred|kept out|screened out|turned away|disqualif\w+"
    r"|did not (?:admit|enrol\w*|include|recruit|take)"
    r"|could not (?:enter|join|take part)|were not part|(?:none of|nobody"
    r"|no (?:[\w-]+ )?(?:patients?|participants?|men|women|one))\b(?=[^.;]{0,50}\b(?:had|with"
    r"|enrolled|included|recruited)\b))",
    re.I,
)
_IN = re.compile(
    r"\bonly (?:[\w-]+ ){0,4}?(?:patients|men|women|people|those|adults|tumou?rs?|participants"
    r"|cases|disease|were|was)\b|\b(?:enrol|recruit|admit|includ|t[oa]k|test"
    r"|stud)\w* [^.;]{0,60}?\bonly\b|\bonly (?:enrol|recruit|admit|includ|took)\w*"
    r"|\brestricted to\b|\blimited to\b|\bconfined to\b|\beligible\b|\beligibility\b"
    r"|\bhad to (?:have|be)\b|\bmust (?:have|be)\b|\bexclusively\b|\bsolely\b"
    r"|\b(?:all|every|each)\b[^.;]{0,30}\b(?:had|were|was|already)\b|\brecruit(?:ed|s)\b"
    r"|\benrol(?:led|s)\b|\btook in\b|\bincluded\b",
    re.I,
)
_WORD = re.compile(r"[A-Za-z0-9][\w-]*")
_PLAIN = plain_words("of_patients")
_THEM = re.compile(
    r"\b(?:such|these|those)(?: [\w-]+)? (?:men|women|patients|people|cases|tumou?rs|children"
    r"|adults)\b|\b(?:in|for|among|to|help\w*) (?:them|these)\b|\bthey (?:too|also)\b",
    re.I,
)
_NOT_HAD = r"(?:[- ](?:negative|na[iï]ve|untreated|free)|[- ]non-?avid)"
_LACK = (
    r"(?:without|no|never had|not (?:had|received|yet received|been given|had any|express\w*"
    r"|show\w*|carry\w*|taken up)|lack\w*|before|non-?)"
)
_ANOTHER = re.compile(
    r"\b(?:second|another|other|later|separate|different|new|further|subsequent) (?:trials?"
    r"|stud(?:y|ies))\b|\bet al\b|\[\d|\bmeta-analys|\b(?:some|other|these|several|many|most"
    r"|two|three|previous|earlier|recent) (?:\w+ )?(?:studies|trials)\b",
    re.I,
)
_PEOPLE = re.compile(
    r"\b(?:patients?|men|women|people|those|them|they|such|children|adults|adolescents|persons"
    r"|cases|tumou?rs?|disease|cancers?|metastases|too|also|as well|likewise|failure"
    r"|impairment|mutations?)\b",
    re.I,
)
_GAIN = re.compile(
    r"\b(?:benefit\w*|effective|efficacy|safe\w*|surviv\w+|prolong\w*|extend\w*|lengthen\w*"
    r"|improv\w*|works?|helps?|gain\w*|superior|longer|choice)\b",
    re.I,
)
_BEFORE = 8  # passages, in which it is said who was left out
_MINORS = re.compile(r"\b(?:children|adolescents?|teenagers?|minors|infants|boys|girls|pa?ediatric)\b", re.I)
_ADULTS = re.compile(
    r"\b(?:under|below|younger than) 18\b|\b(?:aged )?18(?: years)? (?:or|and) (?:over|older"
    r"|above)\b|\bat least 18\b|\badults\b",
    re.I,
)
_AGE = re.compile(
    r"\b(?:aged? )?(?:\d{2} to |\d{2}-|up to |at most |under |below |younger than "
    r"|no older than )(\d{2})\b(?:[^.;]{0,12}\byears?\b)?",
    re.I,
)
_OLDER = re.compile(
    r"\b(?:older than|over|above|beyond|aged over|past) (\d{2})\b|\b(\d{2}) (?:or"
    r"|and) (?:older|over|above)\b",
    re.I,
)


@entry(
    "words_and_patients",
    needs="sentences",
    gives="stronger than the evidence",
    source="eligibility as the text states it; claims/assertions.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    held = passages(reading)
    for k, one in enumerate(held):
        if one.framed:
            continue
        for said in assertions(one.text, "same_for", "better", "works", "safe", "proof", behind=one.behind):
            if (
                said.voice != "told"
                or not _PEOPLE.search(one.text)
                or _ANOTHER.search(one.text)
                or any(clear for _, clear in results(one))
            ):
                continue
            gain = _GAIN.search(one.text, said.end)
            if said.kind == "proof" and (gain is None or voice(one.text, *gain.span(), one.behind) != "told"):
                continue
            before = reversed(held[max(0, k - _BEFORE) : k])
            found = next((f for p in before if (f := _left_out(p, one, said, p is held[k - 1]))), None)
            if found is not None:
                yield _verdict(reading, one, said, *found)
                break


def _left_out(where: Passage, one: Passage, said: Assertion, next_to: bool) -> tuple[Passage, str] | None:
    """The words by which a passage leaves out the patients that another speaks of."""
    start, end = clause_at(one.text, said.start)
    about = one.text
    if _OUT.search(about[start:end]):
        return None
    for found in _OUT.finditer(where.text):
        first, last = clause_at(where.text, found.start())
        last = len(where.text) if where.text[last : last + 1] == ":" else last  # of a list of exclusions
        if _ADULTS.search(where.text, first, last) and _MINORS.search(about):
            return where, " ".join(where.text[first:last].split())
        named = _named(where.text[first:last])
        if (named & _named(about) and _people(about, named)) or (next_to and named and _THEM.search(about)):
            return where, " ".join(where.text[first:last].split())
    for found in _IN.finditer(where.text):
        first, last = clause_at(where.text, found.start())
        clause = where.text[first:last]
        if _ADULTS.search(clause) and _MINORS.search(about):
            return where, " ".join(clause.split())
        for word in _named(clause):
            if re.search(rf"\b(?:pre|non|un|peri|a)-?{word[:7]}", about, re.I) and len(word) > 5:
                return where, " ".join(clause.split())
            if re.search(rf"\b{word}\w*{_NOT_HAD}|\b{_LACK} (?:\w+ ){{0,2}}{word}", about, re.I):
                return where, " ".join(clause.split())
        top = _AGE.search(clause)
        if top is not None and any(int(m[1] or m[2]) >= int(top[1]) for m in _OLDER.finditer(about)):
            return where, " ".join(clause.split())
    return None


def _named(text: str) -> set[str]:
    """Words that name a kind of patients, without their endings."""
    held = set()
    for word in _WORD.findall(text):
        low = word.lower()
        if (len(low) > 3 or word.isupper()) and low not in _PLAIN and not low[0].isdigit():
            held.add(re.sub(r"(?:es|is|s|ed|ing|ic)$", "", low)[:10])
    return held


def _people(text: str, named: set[str]) -> bool:
    """Whether a passage speaks of patients with what was named, and not only of the thing."""
    body = "|".join(map(re.escape, named))
    return (
        re.search(
            rf"\b(?:in|for|of|to|among|with|when|where|whose|who|people|patients|men|women|those|also)"
            rf"\b[^.;,]{{0,60}}?\b(?:{body})",
            text,
            re.I,
        )
        is not None
        or re.match(rf"\W*(?:\w+\W+){{0,3}}(?:{body})", text, re.I) is not None
    )


def _verdict(reading: Reading, one: Passage, said: Assertion, where: Passage, why: str) -> Verdict:
    return Verdict(
        "words_and_patients",
        "stronger than the evidence",
        "B",
        one.claim(said.start, said.end, reading),
        f"'{said.words}' of patients who were not studied",
        (f"{why} ({where.span})",),
        "name the patients who were studied",
    )
