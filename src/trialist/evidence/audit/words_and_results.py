"""Better, proved, equal, non-inferior: what a text says beside its own intervals and P values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.audit.model import Severity, Verdict
from trialist.evidence.audit.nulls import all_open, results
from trialist.evidence.claims.assertions import Assertion, assertions, told
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.passages import Passage, passages
from trialist.evidence.model import Store
from trialist.registry import entry

_MAJOR = re.compile(
    r";|,?\s+\b(?:but|whereas|while|although|though|however)\b|,\s+and\b"
    r"|,\s+(?:the\s+)?(?:trial|study)\b",
    re.I,
)
_THUS = re.compile(
    r"\b(?:thus|hence|therefore|so|consequently|accordingly|in other words|which means|that is"
    r"|this means|i\.e|means that"
    r"|because|as a result|it follows)\b",
    re.I,
)
_ENDPOINTS = (
    ("os", r"\boverall survival|\bOS\b|\bliv(?:e[sd]?|ing) longer|\bli(?:fe|ves)\b|\bmortality"
    r"|\bdeaths?\b|\bdie[sd]?\b|\bsurviv(?:e|al)\b"),
    ("pfs", r"\bprogression|\bP?r?PFS\b|\bgrow\w*\b|\brelapse|\brecurrence|\b(?:disease|event"
    r"|metastasis)-free|\bslow\w*\b|\b[DER]FS\b"),
    ("response", r"\brespon[sd]\w*|\bPSA\b|\bORR\b|\bshrink\w*|\bshrank\b|\bremission"),
    ("quality", r"\bquality of life|\bQo?L\b|\bpain\b|\bsymptom|\bFACT|\bEQ-?5D"),
    ("harm", r"\badverse|\btoxicit|\bside effects?|\bneutropeni|\btolerat|\bsafe"),
)  # fmt: skip
_OF_THAT = re.compile(  # words that take up what was just told
    r"^\W*(?:the|this|that|these|it|such)\s+(?:[\w-]+\s+)?(?:trial|study|result|difference"
    r"|finding|data|drug|treatment|outcome|null|hypothesis|effect|gain|arm|group|is|was|means?"
    r"|shows?|proves?)\w*\b"
    r"|\b(?:it|them|this|that)\b[.,;]?$|\b(?:thus|hence|therefore|so|conclu\w+|verdict"
    r"|accordingly|consequently|edge|chance|in other words|endpoint|null hypothesis)\b",
    re.I,
)
_THAT = re.compile(  # `establishes that X lessens Y`
    r"(?:prov|demonstrat|establish|confirm)\w*\s+that\b(?:(?!\b(?:no|not|neither|nor|never"
    r"|none|cannot|did|equal\w*|same|similar)\b|n't\b)[^.;])*[.;]?",
    re.I,
)
_TESTED = re.compile(
    r"\bnon-?inferior|\bmargin\b|\bequivalence (?:test|trial|design|bound|margin)|\bTOST\b", re.I
)
_MARGIN = re.compile(r"\bmargin\b[^.;\d]{0,40}?(\d\.\d+)", re.I)
_UPPER = re.compile(r"\bupper (?:limit|bound|end|confidence limit)\b[^.;\d]{0,40}?(\d\.\d+)", re.I)
_DESCRIPTIVE = re.compile(r"\bbetter tolerat|\bnumerical|\bslight|\bpoint estimate|\bif anything", re.I)
_AT_BASELINE = re.compile(
    r"\b(?:balanced|baseline|at entry|characteristics|arms were|interaction|test\w* for)\b", re.I
)


@entry(
    "words_and_results",
    needs="ratio, difference, p",
    gives="stronger than the evidence",
    source="convention of 0.05, two-sided; claims/assertions.yaml",
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    held = passages(reading)
    for k, one in enumerate(held):
        if one.framed:
            continue
        before = [p for p in held[max(0, k - 2) : k] if p.place == one.place or _one_list(reading, p, one)]
        found = (
            _margin(reading, one, before)
            or _beyond(reading, one, before)
            or _not_equal(reading, one, before)
            or _more_than_asked(reading, one, before)
        )
        if found is not None:
            yield found


def _one_list(reading: Reading, first: Passage, second: Passage) -> bool:
    """Whether two passages are items of one list."""
    kinds = {part.kind for part in reading.document.parts[first.place : second.place + 1]}
    return kinds == {"item"}


def _beyond(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """Better, or chance ruled out, where the results it rests on leave no difference open."""
    if _DESCRIPTIVE.search(one.text):
        return None
    for said in assertions(one.text, "sure", "better", "works", "proof", behind=one.behind):
        if said.kind == "proof" and not _THAT.fullmatch(one.text[said.start :]):
            continue
        if said.voice != "told" or _AT_BASELINE.search(one.text):
            continue
        basis = _basis(one, said, before)
        if all_open(basis):
            claims = tuple(claim for claim, _ in basis)
            return _verdict(
                reading, one, said, claims, "B", "no result that it rests on leaves out no difference"
            )
    return None


def _basis(one: Passage, said: Assertion, before: Sequence[Passage]) -> list[tuple[Claim, bool]]:
    """The results that words rest on: of their clause, else of the sentence, else of the one before."""
    start, end = _clause(one.text, said.start)
    here = results(one, start, end) or results(one)
    if here or not before:
        return here
    if any(claim.numbers for claim in one.claims if claim.kind in ("ratio", "share", "time", "p_value")):
        return []
    last = before[-1]
    mine, theirs = _endpoints(one.text), _endpoints(" ".join(p.text for p in before))
    if not mine and not _OF_THAT.search(one.text):
        return []
    if mine and theirs and not mine <= theirs:
        return []
    return results(last)


def _clause(text: str, at: int) -> tuple[int, int]:
    bare = re.sub(r"\([^()]*\)", lambda m: "_" * len(m[0]), text)
    cuts = [0, *(m.start() for m in _MAJOR.finditer(bare)), len(text)]
    return max(c for c in cuts if c <= at), min((c for c in cuts if c > at), default=len(text))


def _endpoints(text: str) -> set[str]:
    return {name for name, pattern in _ENDPOINTS if re.search(pattern, text, re.I)}


def _not_equal(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """Equality that rests on a difference that was not significant."""
    said = told(one.text, "equal", behind=one.behind)
    around = " ".join(p.text for p in (*before, one))
    if said is None or _TESTED.search(around) or _AT_BASELINE.search(one.text):
        return None
    basis = results(one) or (results(before[-1]) if before else [])
    if all_open(basis):
        claims = tuple(claim for claim, _ in basis)
        return _verdict(
            reading, one, said, claims, "B", "a difference that is not significant is no proof of equality"
        )
    return None


def _more_than_asked(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """Superiority concluded from non-inferiority."""
    said = told(one.text, "better", behind=one.behind)
    if said is None or _DESCRIPTIVE.search(one.text) or any(clear for _, clear in results(one)):
        return None
    inside = _THUS.search(one.text[: said.start]) and re.search(
        r"\bmargin\b|\bnon-?inferior", one.text[: said.start], re.I
    )
    last = before[-1] if before else None
    behind = (
        last is not None
        and told(last.text, "non_inferior") is not None
        and _THUS.search(one.text[: said.start]) is not None
        and not any(clear for _, clear in results(last))
    )
    if inside or behind:
        return _verdict(
            reading, one, said, (), "B", "an upper limit below the margin shows non-inferiority alone"
        )
    return None


def _margin(reading: Reading, one: Passage, before: Sequence[Passage]) -> Verdict | None:
    """Non-inferiority said or denied against the margin and the upper limit that the text gives."""
    for said in assertions(one.text, "non_inferior", behind=one.behind):
        if said.voice not in ("told", "denied") or not re.search(
            r"\b(?:shown|show|showed|established|concluded|met|demonstrated|proven|proved|confirmed"
            r"|was|were|is|declared|claimed|hence|thus)\b",
            one.text, re.I,
        ):  # fmt: skip
            continue
        around = " ".join(p.text for p in (*before, one))
        margins, uppers = (
            {float(m[1]) for m in _MARGIN.finditer(around)},
            {float(m[1]) for m in _UPPER.finditer(around)},
        )
        ratios = [
            c
            for p in (*before, one)
            for c in p.claims
            if "high" in c.numbers and c.kind in ("ratio", "p_value")
        ]
        uppers |= {c.numbers["high"].value for c in ratios} | _bare_upper(around)
        if len(margins) != 1 or len(uppers) != 1 or min(margins) <= 1:
            continue
        margin, upper = margins.pop(), uppers.pop()
        if (upper < margin) == (said.voice == "denied") and upper != margin:
            side = "below" if upper < margin else "above"
            return _verdict(
                reading,
                one,
                said,
                tuple(ratios),
                "A",
                f"the upper limit {upper:g} is {side} the margin {margin:g}",
            )
    return None


_RAN = re.compile(
    r"\bconfidence interval\b[^.;]{0,40}?\b(?:ran|runs|from|was|is|of|went|:)\s*"
    r"(?:from\s+)?(\d\.\d+)\s*(?:to|-|and)\s*(\d\.\d+)",
    re.I,
)


def _bare_upper(text: str) -> set[float]:
    return {float(m[2]) for m in _RAN.finditer(text)}


def _verdict(
    reading: Reading, one: Passage, said: Assertion, others: tuple[Claim, ...], severity: Severity, why: str
) -> Verdict:
    lines = tuple(reading.text(claim.span) for claim in others[:3])
    return Verdict(
        "words_and_results",
        "stronger than the evidence",
        severity,
        one.claim(said.start, said.end, reading),
        f"'{said.words}': {why}",
        lines or (why,),
        "say what the interval allows, and what was tested",
        others=others[:3],
    )
