"""Kinds that leave nobody out, against the patients of the document: `ECOG was 0 in 29, 1 in 46 and 2 in
16` of 88.

No whole stands beside the parts. Their sum is told where no number of the document is that sum, but it lies
near the number of those who took part (`88 enrolled`): above it, which no kinds can be that exclude one
another, or below it where the kinds leave nobody out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from trialist.evidence.claims.enumerations import LOOSE, labels_of
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import UNNUMBERED, of_one_set, takes_the_rest
from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, printed
from trialist.evidence.claims.population import took_part
from trialist.evidence.claims.wholes import item, numbers_of, same_kind

Stretch = tuple[int, int]
OVER, UNDER = 0.2, 0.12  # of the patients: a sum farther off is of some of them
MOST = 6  # kinds
LINE = 60  # characters of an item of a list

_STEP = (
    r"(?:pre-?)?(?:screened|registered|randomi[sz]ed|enrolled|recruited|included|treated|accrued|entered|analy[sz]ed"
    r"|evaluated|studied|participated|took part|started)\b"
)
_WENT_IN = re.compile(
    rf"(?:\s+[a-z][\w-]*){{0,9}}?\s*\(?{_STEP}|\s+(?:patients|men|women)\s+(?:in|of) the (?:study"
    rf"|trial|cohort)",
    re.I,
)
_BEFORE = re.compile(
    rf"\b{_STEP}\s*(?:a total of\s+|only\s+|:\s*)?$|\b(?:cohort|sample|series) (?:had|of)\s+$", re.I
)
_PLANNED = re.compile(r"\b(?:will|planned|target|aim\w*|expected|required|would|interim)\b", re.I)
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.,])\d+(?![\d,]*\.?\d)")


@dataclass(frozen=True, slots=True)
class _Kinds:
    parts: tuple[Printed, ...]
    full: bool


def everybody(text: str, sentences: Sequence[Stretch], elsewhere: frozenset[int]) -> Iterator[Item]:
    """`sentences`: of the document; `elsewhere`: numbers that stand in tables."""
    read = [numbers_of(text, *one) for one in sentences]
    patients = [
        one
        for stretch, here in zip(sentences, read, strict=True)
        if not _PLANNED.search(text, *stretch)
        for one in here
        if one.value > 19 and same_kind(one.noun, "patients") and _entered(one)
    ]
    if not patients:
        return
    known = elsewhere | {int(m[0].replace(",", "")) for m in _NUMBER.finditer(text)}
    known |= {one.value for here in read for one in here}
    sums = [
        {a.value + b.value for a, b in combinations(here[:8], 2) if min(a.value, b.value) > 9}
        for here in read
    ]
    for place, (stretch, here) in enumerate(zip(sentences, read, strict=True)):
        kinds = [*_graded(text, stretch), *_said(text, here, stretch)]
        if kinds:
            yield from _first(kinds, patients, known.union(*sums[:place], *sums[place + 1 :]))
    for lines in _lists(text, sentences):
        yield from _first(list(_graded(text, lines)), patients, known)


def _first(found: Sequence[_Kinds], patients: Sequence[Count], known: frozenset[int]) -> Iterator[Item]:
    for kinds in found:
        whole = _whole(kinds, patients, known)
        if whole is not None:
            yield item("list", whole.number, kinds.parts)
            return


def _lists(text: str, sentences: Sequence[Stretch]) -> Iterator[Stretch]:
    """Short lines that stand one below the other, with bullets or without."""
    run: list[Stretch] = []
    for one in (*sentences, (0, 0)):
        short = 0 < one[1] - one[0] < LINE and not text[slice(*one)].endswith(".")
        if run and (not short or re.search(r"\w", text[run[-1][1] : one[0]])):
            if len(run) > 1:
                yield run[0][0], run[-1][1]
            run = []
        if short:
            run.append(one)


def _entered(count: Count) -> bool:
    return took_part(count) or bool(_WENT_IN.match(count.behind[:90]) or _BEFORE.search(count.before))


def _whole(kinds: _Kinds, patients: Sequence[Count], known: frozenset[int]) -> Count | None:
    summed = int(sum(one.value for one in kinds.parts))
    starts = {part.start for part in kinds.parts}
    rest = [one for one in patients if one.number.start not in starts]
    if summed in known or not rest or max(one.value for one in kinds.parts) >= max(one.value for one in rest):
        return None
    whole = min(rest, key=lambda one: abs(one.value - summed))
    if kinds.full:
        far = OVER if summed > whole.value else UNDER
        near = abs(summed - whole.value) <= far * whole.value
        return whole if near and not _missing(whole.value - summed, known) else None
    return whole if 0 < summed - max(one.value for one in rest) <= OVER * whole.value else None


def _missing(left: int, known: frozenset[int]) -> bool:
    """Whether those left out are numbered: `not recorded in 3`; one or two may not be told at all."""
    return left > 0 and (left in known or left < 3)


def _said(text: str, here: list[Count], stretch: Stretch) -> Iterator[_Kinds]:
    """Counts of a sentence, one behind the other, whose labels are kinds of one set."""
    said = text[slice(*stretch)]
    if LOOSE.search(said) or UNNUMBERED.search(said) or _OF_SOME.search(said):
        return
    for size in range(min(len(here), MOST), 1, -1):
        for at in range(len(here) - size + 1):
            parts = here[at : at + size]
            stop = here[at + size].start if at + size < len(here) else stretch[1]
            if any(not same_kind(one.noun, "patients") for one in parts):
                continue
            labels = labels_of(text, parts, (parts[0].start, stop))
            kinds = of_one_set(labels)
            if (
                kinds is None
                and size > 2
                and takes_the_rest(labels[-1])
                and of_one_set(labels[:-1]) is not None
            ):
                kinds = "full"
            if kinds is not None:
                yield _Kinds(tuple(one.number for one in parts), kinds == "full")
                return


_OF_SOME = re.compile(r"\b(?:of|among) (?:whom|which|these|those|them|the (?:\d|patients|men|women))", re.I)
_HEAD = (
    r"(?:ECOG|WHO|Karnofsky|performance(?:\s+status)?|\bPS\b|\bKPS\b|stages?|class|risk group|Gleason"
    r"|tumou?r grades?"
    r"|BCLC|FIGO|Child-Pugh|NYHA)"
)
_LEVEL = r"(?:[0-5]|IV|I{1,3}|[A-D])(?:\s?-\s?[0-5])?"
_WHO = r"(?:\s+(?:patients|men|women|people|participants|pts))?"
_N = rf"(?P<n>{COUNT}){_WHO}(?:\s*\(\s*[\d.]+\s*%?\s*\))?"
_IN_EACH = re.compile(  # `0 in 31 patients, 1 in 34`, `ECOG 0: 31; ECOG 1: 34`, `0 (n=31)`
    rf"(?<![\w.-])(?P<l>{_LEVEL})\s*(?:(?:was\s+)?(?:seen\s+|found\s+|recorded\s+)?(?:in|for)\b|:|=|,?\s*\(\s*n\s*="
    rf"|,?\s*\((?=\d+\)))\s*{_N}\)?",
    re.I,
)
_HAD_EACH = re.compile(  # `31 had ECOG 0, 34 had ECOG 1 and 9 ECOG 2`
    rf"(?<![\w.,-]){_N}\s+(?:(?:had|were|was|with|of|in|at)\s+)?(?:an?\s+)?(?:(?:{_HEAD}|status|score|PS|of)\s+)*"
    rf"(?P<l>{_LEVEL})(?!\w|\.\d|\s?%)",
    re.I,
)
_ROW = re.compile(  # `performance status 0/1/2 in 31/34/9`, `ECOG 0, 1 and 2: 31, 34 and 9`
    rf"(?P<ls>{_LEVEL}(?:\s*(?:/|,|,?\s*and)\s*{_LEVEL})+)\s*(?::|=|\bin\b|\bfor\b|\bwas (?:seen"
    rf"|found) in\b)\s*"
    r"(?P<ns>\d+(?:\s*(?:/|,|,?\s*and)\s*\d+)+)\b(?!\s*%)",
    re.I,
)
_CLOSED = re.compile(r"(?:(?!\b(?:rest|others?|remain\w*|missing|unknown)\b)[^\d])*", re.I)
_LINK = re.compile(rf"[\s,;)|*•-]*(?:and\s+)?(?:(?:{_HEAD}|status|score|was|of|grade)\s+)*[\s,;]*", re.I)


def _graded(text: str, stretch: Stretch) -> Iterator[_Kinds]:
    """Grades of a scale of which each patient has one, in their order."""
    head = re.search(rf"\b{_HEAD}\b", text[slice(*stretch)], re.I)
    if head is None or re.search(
        r"\b(?:toxic|adverse|event|neutrop|improv|worsen)\w*", text[slice(*stretch)], re.I
    ):
        return
    for pattern in (_IN_EACH, _HAD_EACH):
        run: list[re.Match[str]] = []
        for m in pattern.finditer(text, *stretch):
            linked = (
                run
                and _LINK.fullmatch(text, run[-1].end(), m.start())
                and m["l"].upper() > run[-1]["l"].upper()
            )
            if run and not linked:
                break
            run.append(m)
        if len(run) > 1:
            closed = _CLOSED.fullmatch(text, run[-1].end(), stretch[1]) is not None
            yield from _kinds(text, [m.span("n") for m in run], [m["l"] for m in run], closed)
    for m in _ROW.finditer(text, *stretch):
        levels = re.findall(_LEVEL, m["ls"])
        numbers = [(m.start("ns") + n.start(), m.start("ns") + n.end()) for n in re.finditer(r"\d+", m["ns"])]
        if len(levels) == len(numbers):
            yield from _kinds(text, numbers, levels, closed=True)


def _kinds(text: str, spans: Sequence[Stretch], levels: Sequence[str], closed: bool) -> Iterator[_Kinds]:
    """`closed`: no other number stands behind them, of one more level."""
    numbers = [printed(text, *one) for one in spans]
    if None not in numbers:
        first = levels[0].upper()
        full = closed and len(levels) > 2 and first[0] in "0I1A"
        yield _Kinds(tuple(one for one in numbers if one is not None), full)
