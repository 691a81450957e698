"""A whole and kinds that leave nobody out: `Of 137 men, 40 were positive, 63 negative and 34 undetermined`.

Kinds exclude one another when two of them are opposites, when they are responses of a tumour, or when the
last takes what is left (`undetermined`, `not evaluable`, `the rest`). The words may stand in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import UNNUMBERED
from trialist.evidence.claims.plain import COUNT, printed
from trialist.evidence.claims.shares import WHO
from trialist.evidence.claims.splits import UNIT

_WHOLE = re.compile(
    rf"(?:(?:^|:\s)\W*(?:Of|Among|In)\s+(?:the\s+|all\s+|these\s+|a total of\s+)?(?P<lead>{COUNT})\s+{WHO}"
    rf"|\b(?:of|among|in)\s+(?:the|these|all|all the)\s+(?P<among>{COUNT})(?:\s+{WHO})?"
    rf"|\b(?:of|among)\s+(?P<tail>{COUNT})\s+{WHO}(?=\W*$)"
    rf"|\(\s*[nN]\s*=\s*(?P<n>{COUNT})\s*\)|\btotal of\s+(?P<total>{COUNT})\s+{WHO}(?=\W*$)"
    rf"|(?<![\w.,/:-])(?P<open>{COUNT})\s+{WHO}(?=[^\d.;:,]{{0,40}}(?::|,?\s+of (?:whom|which)\b)))",
    re.I,
)
_PART = re.compile(rf"(?<![\w.,/:≤≥<>-])(?P<x>{COUNT})(?!{UNIT})(?![\w-])", re.I)
_BEHIND_WORD = re.compile(
    r"\b(?:grades?|weeks?|days?|months?|cycles?|stages?|status|score|phases?|version|at least|more than"
    r"|least|or|to)\s+$",
    re.I,
)
_SUBSETS = re.compile(
    r"\b(?:of (?:whom|these|them|which)|among (?:these|them)|including|such as|both|some|either|mainly|mostly"
    r"|more than one|also|as well|before|at baseline|respectively|confirmed|\bversus|vs?)\b|;",
    re.I,
)
_REST = re.compile(
    r"\b(?:undetermined|(?:unknown|missing)(?! \w*(?:event|toxic|effect|cause|reason))"
    r"|indeterminate|inconclusive|un?evaluable|inevaluable|unassessable"
    r"|not (?:be\s+)?(?:evalu\w+|assess\w+|determined|known|tested|available)|the (?:rest|others?|remainder)"
    r"|the remaining)\b",
    re.I,
)
_KIND = re.compile(r"\b(?:complete|partial|stable|progressi(?:ve|on)|progressed)\b", re.I)
_OPPOSITES = (
    ("positive", "negative"), ("men", "women"), ("male", "female"), ("males", "females"),
    ("resistant", "sensitive"), ("alive", "dead"), ("alive", "died"), ("yes", "no"),
)  # fmt: skip
FEWEST_KINDS = 3  # of response, that a row of them is one


_BACK = re.compile(r"\W*(?:Of|Among) (?:these|them)\b", re.I)
_ONLY = re.compile(rf"(?<![\w.,/:-])(?P<only>{COUNT})\s+{WHO}", re.I)
_OWN = re.compile(r"\b[A-Z][\w-]*\d\b|\b(?<=marker )[A-Z]\b|\b[A-Z][A-Z-]+\w*\b")


def partitions(text: str, start: int, end: int, before: tuple[int, int] | None = None) -> Iterator[Item]:
    """`before`: the sentence before, whose only number of patients `Of these` divides."""
    if before is not None and _BACK.match(text[start:end]):
        if len(_PART.findall(text[slice(*before)])) != 1:
            return
        wholes, start = list(_ONLY.finditer(text[before[0] : end]))[:1], before[0]
    else:
        wholes = list(_WHOLE.finditer(text[start:end]))
    if len(wholes) != 1:
        return
    sentence = text[start:end]
    span = wholes[0].span(str(wholes[0].lastgroup))
    bare = re.sub(r"\([^()]*\)", lambda m: " " * len(m[0]), sentence)
    parts = [
        m for m in _PART.finditer(bare)
        if not span[0] <= m.start("x") < span[1]
        if not _BEHIND_WORD.search(bare[max(0, m.start() - 14) : m.start()])
    ]  # fmt: skip
    if not 2 <= len(parts) <= 6 or UNNUMBERED.search(bare, parts[-1].end()):
        return
    if _SUBSETS.search(bare, parts[0].start()) or not _of_one_kind(bare, parts):
        return
    words = set(re.findall(r"[a-z]+", bare[: span[0]].lower() + " " + bare[wholes[0].end() :].lower()))
    kinds = {m[0].lower()[:6] for m in _KIND.finditer(bare)}
    closed = _REST.search(bare, max(0, parts[-1].start() - 30)) is not None and len(parts) > 2
    opposed = any(a in words and b in words for a, b in _OPPOSITES)
    if not (closed or opposed or len(kinds) >= FEWEST_KINDS):
        return
    total = printed(text, start + span[0], start + span[1])
    held = [printed(text, start + m.start("x"), start + m.end("x")) for m in parts]
    if total is None or any(one is None or one.value >= total.value for one in held):
        return
    known = [one for one in held if one is not None]
    all_named = closed or (opposed and len(held) == 2)
    if not all_named and sum(one.value for one in known) <= total.value:
        return  # a kind may not be named
    numbers = {"total": total} | {f"part {k}": one for k, one in enumerate(known, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    names = tuple(sorted(kinds)) or tuple(word for pair in _OPPOSITES for word in pair if word in words)
    said = {"form": "categories", "names": names, "open": ":"}
    yield Item("total", first, last, first, numbers, said)


def _of_one_kind(text: str, parts: list[re.Match[str]]) -> bool:
    """Whether no two parts are of different markers: `70 were PD-L1 positive and 90 HER2 negative`."""
    ends = [m.start() for m in parts[1:]] + [len(text)]
    named = [set(_OWN.findall(text[m.end() : end])) for m, end in zip(parts, ends, strict=True)]
    named = [one for one in named if one]
    return len(named) < 2 or bool(set.intersection(*named))
