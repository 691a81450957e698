"""Causes, proofs and cures said of a study that, by the text's own words, compared nothing at random."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.audit.known.scenes import scenes
from trialist.evidence.audit.model import Severity, Verdict
from trialist.evidence.audit.nulls import results
from trialist.evidence.claims.assertions import Assertion, assertions, told
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.passages import Passage, passages
from trialist.evidence.claims.voice import voice
from trialist.evidence.model import Store
from trialist.registry import entry

_NEAR = 3  # passages behind the words on the design
_FIRST = 10  # of a document, where the design of all of it is told
ALONE = re.compile(
    r"\b(?:single[\s-]|one-)(?:arm|group)\b|\buncontrolled (?:trial|study|design|series"
    r"|cohort)\b|\bno (?:control|comparison|comparator)(?: group| arm)?s?\b"
    r"|\bwithout (?:an? |any )?(?:control|comparison|comparator)\b|\bnon-?randomi[sz]ed\b"
    r"|\b(?:not|never|nobody|nothing|none|no one)\b[^.;]{0,40}?\b(?:randomi[sz]ed|at random"
    r"|randomly)\b"
    r"|\b(?:had|has|of|with|only) (?:just |only )?(?:one|a single) (?:group|arm)\b"
    r"|\bretrospective(?:ly)?\b(?! registered)|\bchart reviews?\b|\bobservational\b"
    r"|\bcase series\b|\b(?:compassionate|early|expanded)[\s-](?:use|access)\b"
    r"|\bbefore-and-after\b|\bcross-sectional (?:study|survey|design|sample|analysis)\b"
    r"|\b(?:our|the|this|a|national|hospital|cancer|population) (?:[\w-]+ )?registry (?:study"
    r"|data|of|follow\w+|analys\w+|cover\w+|includ\w+|show\w*|cohort)\b|\b(?:in|from) (?:our"
    r"|the|a|this) (?:[\w-]+ )?registry\b"
    r"|\bcohort stud(?:y|ies)\b|\b(?:prospective|historical|consecutive|hospital|birth|this"
    r"|our|the) cohort\b|\ba (?:[\w-]+ )?cohort of\b|\breal[- ]world (?:study|data|cohort"
    r"|series|evidence|patients)\b|\beveryday practice\b|\broutine care\b|\bself-selected\b"
    r"|\b(?:all|each of the|every one of the)(?: of the)?(?: \d+)? (?:participants?|patients"
    r"|men|women|subjects) (?:received|were given|got|took"
    r"|had) (?:the )?(?:\w+ )?(?:combination|drug|treatment|same|study)\b"
    r"|\bleft to the (?:physician|doctor|clinician|patient)s?\b|\bby choice of\b",
    re.I,
)
_AT_RANDOM = re.compile(
    r"(?<!non)(?<!non-)\b(?:randomi[sz]ed(?! (?:comparison|trial is|trials are|evidence))"
    r"|randomly|at random|random allocation|double-blind|placebo-controlled)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\bet al\b|\[\d|\b(?:earlier|previous|other|prior|phase (?:3|III)"
    r"|randomi[sz]ed) (?:trials?|stud(?:y|ies))\b",
    re.I,
)
_HARM = re.compile(
    r"\b(?:discontinu\w+|withdr\w+|stopp\w+|adverse|toxic\w*|side effects?|dose (?:reduc\w+"
    r"|delay\w*)|(?:died|deaths?) (?:of|from|due|because)"
    r"|drop(?:ped)? out|missing|exclud\w+|delay\w* (?:of|in) (?:dose|treatment|cycle)|lost to"
    r"|dose\w* (?:\w+ ){0,2}(?:reduc|delay|interrupt|held)\w*|(?:because of|due to"
    r"|owing to) (?:\w+ )?(?:toxicity|fatigue|progression|infections?|pain|neutropenia|death"
    r"|refusal))\b",
    re.I,
)
_GOOD = re.compile(
    r"\b(?:surviv\w+|li(?:fe|ves|v(?:e|ed|ing) longer)|mortality|relapse\w*|recurrence"
    r"|progress\w+|respon[sd]\w*|improv\w+|reduction|reduced"
    r"|fewer|lower|longer|benefit\w*|protect\w*|prevent\w*|avert\w*|spar\w+|success|remission"
    r"|effect|neutropeni\w+|risk|difference|gain"
    r"|\d+\s?%|that|fall|drop|decline|better)\b",
    re.I,
)
_MARKER = re.compile(
    r"\bpredict(?:s|ed|ive|ing|or)?\b|\b(?:identif|select|pick|singl|tell|show|indicat"
    r"|determin|decid|point)\w*(?: out| to)? (?:[\w-]+ ){0,2}?(?=who|whom|which|those|patients"
    r"|men|women)",
    re.I,
)
_GAIN = re.compile(
    r"\b(?:benefit\w*|works?|helps?|efficacy|effective\w*|who (?:will|should|respond|gain"
    r"|profit)\w*|superior\w*|outcome with)\b",
    re.I,
)
_INTERACTION = re.compile(
    r"\binteraction\b[^.;]{0,40}?[Pp]\s*=\s*0?\.(?!0[0-4])\d|\bno\b[^.;]{0,30}\binteraction\b"
    r"|\balike\b",
    re.I,
)
_SURROGATE = re.compile(
    r"\bPSA\b|\bblood (?:marker|test|value)s?\b|\bmarkers?\b|\brespon(?:se|ses|ded|ders?)\b"
    r"|\b(?:tumou?rs?|lesions?) shr[aiu]nk\w*|\bpathological\w*|\bpCR\b"
    r"|\bprogression-free\b|\bfree of progression\b|\bremission\b|\bCTCs?\b|\bcirculating tumou?r cells\b",
    re.I,
)
_HENCE = re.compile(
    r"\b(?:thus|hence|therefore|so|mean(?:s|ing)?|prov(?:es?|ing)|shows?|showing|tells?"
    r"|implies|which is|consequently|accordingly|in other words|this|that is)\b",
    re.I,
)
_LIFE = re.compile(
    r"\bliv(?:e|es|ed|ing) longer\b|\b(?:prolong|extend"
    r"|lengthen)\w* (?:[\w-]+ ){0,3}(?:li(?:fe|ves)|survival)\b|\blonger li(?:fe|ves)\b",
    re.I,
)
_OF_LIFE = re.compile(r"(?<!progression-free )\bsurvival\b|\bOS\b|\bdeaths?\b|\bmortality\b", re.I)
_OPEN = re.compile(r"\bimmature\b|\bnot (?:yet )?(?:known|mature|reached|available)\b", re.I)
_DEFINED = re.compile(
    r"\b(?:defin\w+|count\w* as|RECIST|disappearance of|intent|setting|curative (?:surgery"
    r"|resection)|cure rates?|incurable|potentially)\b",
    re.I,
)


@entry(
    "words_and_design",
    needs="sentences",
    gives="stronger than the evidence",
    source="design as the text states it; claims/assertions.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    held = passages(reading)
    whole = any(ALONE.search(p.text) for p in held[:_FIRST]) and not any(_random(p.text) for p in held)
    near = () if store is None else (s for s in scenes(reading, store) if s.how in ("sentence", "paragraph"))
    of = {s.span.start: s.trial for s in near}
    for k, one in enumerate(held):
        trial = of.get(one.span.start)
        if one.framed or (store is not None and trial is not None and store.trials[trial].randomised):
            continue
        before = held[:k] if whole else held[max(0, k - _NEAR) : k]
        found = _surrogate(reading, one, [p for p in before if p.place == one.place][-1:]) or _alone(
            reading, one, before
        )
        if found is not None:
            yield found


def _alone(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    marker = _marker(reading, one, before)
    if marker is not None:
        return marker
    scene = (*before, one)
    alone = [p for p in scene if ALONE.search(p.text)]
    if not alone or any(_random(p.text) for p in scene) or _ELSEWHERE.search(one.text):
        return None
    why = f"nothing was compared at random: {' '.join(ALONE.search(alone[-1].text)[0].split())}"  # type: ignore[index]
    for said in assertions(one.text, "cause", "better", behind=one.behind):
        if said.voice == "told" and _is_cause(one.text, said):
            return _verdict(reading, one, said.start, said.end, "B", why)
    return None


def _marker(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """A marker that `predicts who benefits`, where all had the treatment or it worked alike."""
    found = _MARKER.search(one.text)
    if found is None or not _GAIN.search(one.text, found.end()) or _doubted(one, found):
        return None
    around = " ".join(p.text for p in (*before[-2:], one))
    if not (ALONE.search(around) or _INTERACTION.search(around)):
        return None
    return _verdict(
        reading,
        one,
        *found.span(),
        "B",
        "a marker that tells who lives longer does not tell whom a treatment helps",
    )


def _random(text: str) -> bool:
    """Whether a passage says that patients were allocated at random."""
    return any(
        not re.search(
            r"\b(?:not|no|none|never|nobody|without|warrants?|cannot|need\w*)\b[^.;]{0,60}$|\bnon-?$",
            text[: m.start()],
            re.I,
        )
        for m in _AT_RANDOM.finditer(text)
    )


def _is_cause(text: str, said: Assertion) -> bool:
    if said.kind == "better":
        return _transitive(said)
    if _ACTS.fullmatch(said.words):
        return _HARM.search(text) is None
    return _HARM.search(text) is None and _GOOD.search(text.replace(said.words, " ")) is not None


_ACTS = re.compile(
    r"(?:prevent|avert|protect|halv|slash|rescu|cut|reduc|lower|rais|doubl|improv|curb|halt"
    r"|revers|sav|spar)\w*(?: .*)?"
)


def _transitive(said: Assertion) -> bool:
    """`extends survival`, `a survival advantage`: what was observed to be longer is not meant."""
    return (
        re.match(
            r"(?:is|are|was|were) (?:also )?(?:effective|beneficial)|benefit"
            r"|(?:an? )?(?:\w+ )?(?:reduction|improvement|increase|decrease|prolongation|extension"
            r"|delay)\b|(?:liv|surviv)\w* (?:\w+ )?longer|longer|die|better|an? (?:benefit|edge)|clear"
            r"|significant",
            said.words,
        )
        is None
    )


def _doubted(one: Passage, found: re.Match[str]) -> bool:
    return voice(one.text, found.start(), found.end(), one.behind) != "told"


def _surrogate(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """A marker, a response or time without progression, told as cure or as longer life."""
    around = " ".join(p.text for p in (*before, one))
    if _DEFINED.search(one.text):
        return None
    said = told(one.text, "cure", behind=one.behind)
    if said is not None and _SURROGATE.search(around):
        return _verdict(reading, one, said.start, said.end, "A", "what was measured is no cure")
    found = _LIFE.search(one.text)
    if found is None or _doubted(one, found) or not _HENCE.search(one.text[: found.start()]):
        return None
    shown = any(clear for p in (*before, one) if _OF_LIFE.search(p.text) for _, clear in results(p))
    if _SURROGATE.search(around) and (_OPEN.search(around) or not shown):
        return _verdict(reading, one, *found.span(), "B", "length of life was not what was measured")
    return None


def _verdict(reading: Reading, one: Passage, start: int, end: int, severity: Severity, why: str) -> Verdict:
    return Verdict(
        "words_and_design",
        "stronger than the evidence",
        severity,
        one.claim(start, end, reading),
        f"'{' '.join(one.text[start:end].split())}': {why}",
        (why,),
        "say what was observed, and that it was not tested",
    )
