"""A share and the count and whole that it is said of, in any order of words.

`53 - exactly a quarter -`, `Roughly seven in ten (148 of 211)`, `512 cases, or four out of five`: a share
stands in apposition to a count (brackets, dashes, commas, a colon; `that is`, `a rate of`), and the whole
is the number behind `of`, the one that leads the sentence, or the only one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Share, counts, shares
from trialist.evidence.claims.pairs import Pair, inside, pairs_of, share_item
from trialist.evidence.claims.plain import printed
from trialist.evidence.claims.share_wholes import (
    BREAK,
    LONGEST_GAP,
    OF_SHARE,
    Stretch,
    behind_of,
    broken,
    of_counts,
)

_UNSIGNED = re.compile(
    r"(?<![\w.,/])(?P<x>\d[\d,]*) \((?P<p>\d{1,2}(?:\.\d+)?)\)[^();%]{0,60}\(\s*[nN]\s*=\s*(?P<n>\d[\d,]*)\)"
)


def _unsigned(text: str, start: int, end: int) -> Iterator[Item]:
    """`no. (%): 133 (84.2) in the one group (n = 158)`."""
    if not re.search(r"\(\s*%\s*\)", text[start:end]):
        return
    for m in _UNSIGNED.finditer(text, start, end):
        count, percent, whole = (printed(text, *m.span(name)) for name in ("x", "p", "n"))
        if count is not None and percent is not None and whole is not None and count.value <= whole.value:
            step = 10.0**-percent.decimals
            share = Share(
                percent.start,
                percent.end,
                (percent.value - step) / 100,
                (percent.value + step) / 100,
                f"{percent.text}%",
                percent,
            )
            yield share_item(share, count, whole, m.end())


def fractions(text: str, start: int, end: int, before: Stretch | None = None) -> Iterator[Item]:
    """Shares of a sentence with their counts; `before`: the one before, whose number may be the whole."""
    said = shares(text, start, end)
    if "%" not in text[start:end] and not said:
        return
    yield from _unsigned(text, start, end)
    yield from _therefore(text, said, (start, end), before)
    pairs = [one for one in pairs_of(text, start, end) if not inside(one.start, one.end, said)]
    taken: set[int] = set()
    yield from _two_shares(text, said)
    yield from _respectively(text, said, pairs, taken, start, end)
    yield from _in_a_row(text, said, pairs, taken, start, end)
    yield from _of_pairs(text, said, pairs, taken)
    if len(taken) == len(said):
        return
    lone = [
        one
        for one in counts(text, start, end)
        if not inside(one.start, one.number.end, said)
        and not any(p.start <= one.start < p.end for p in pairs)
    ]
    yield from of_counts(
        text, (start, end), [s for k, s in enumerate(said) if k not in taken], lone, pairs, before
    )


_SAME = re.compile(r"\s*(?:[a-z]+\s+){0,2}\(\s*(?:that is,?\s*|i\.?e\.?,?\s*|or\s+|about\s+)?$", re.I)


def _two_shares(text: str, said: list[Share]) -> Iterator[Item]:
    """`about 1 in 25 people (4%)`: one share said two ways."""
    for one, other in pairwise(said):
        gap = text[one.end : other.start]
        if (
            _SAME.fullmatch(gap)
            and text[other.end : other.end + 1] == ")"
            and (one.number is None) != (other.number is None)
        ):
            told = other.number or one.number
            if told is not None:
                said_of = {"low": one.low, "high": one.high, "share": one.said, "form": "shares"}
                said_of |= {"other": (other.low, other.high)}
                yield Item("fraction", one.start, other.end, one.start, {"percent": told}, said_of)


_SO = re.compile(r"\b(?:therefore|thus|hence|so|that is|this is|which is|corresponds to|amounts to)\b", re.I)


_PROPORTION = re.compile(
    r"\b(?:this|that|which) (?:is|makes|gives|was|means) an? (?:[a-z]+ )?(?:proportion|rate|share) of "
    r"(?:about |only |some )?$",
    re.I,
)


def _therefore(text: str, said: list[Share], sentence: Stretch, before: Stretch | None) -> Iterator[Item]:
    """`132 of the 150 operations. The failure rate is therefore 12%`: the share, or what it leaves."""
    if (
        before is not None
        and len(said) == 1
        and re.match(r"\W*(?:That|This) (?:is|was|makes)\b", text[slice(*sentence)])
    ):
        ahead, lone = counts(text, *before), counts(text, *sentence)
        whole = behind_of(text, said[0], lone)
        if len(ahead) == 1 and whole is not None and len(lone) == 1 and ahead[0].value < whole.value:
            yield share_item(said[0], ahead[0].number, whole.number, whole.number.end)
            return
    if before is not None and len(said) == 1 and _PROPORTION.search(text, sentence[0], said[0].start):
        ahead, lone = counts(text, *before), counts(text, *sentence)
        if len(ahead) == len(lone) == 1 and ahead[0].value != lone[0].value:
            less, more = sorted((ahead[0], lone[0]), key=lambda one: one.value)
            yield share_item(said[0], less.number, more.number, said[0].end)
            return
    if (
        before is None
        or len(said) != 1
        or not _SO.search(text, *sentence)
        or broken(text[slice(*sentence)].rstrip("."))
    ):
        return
    pairs, share = pairs_of(text, *before), said[0]
    if len(pairs) != 1 or counts(text, *sentence) or shares(text, *before):
        return
    value = pairs[0].count.value / pairs[0].whole.value
    if not share.low - 1e-9 <= 1 - value <= share.high + 1e-9:
        yield share_item(share, pairs[0].count, pairs[0].whole, share.end)


def _respectively(
    text: str, said: list[Share], pairs: list[Pair], taken: set[int], start: int, end: int
) -> Iterator[Item]:
    """`45 of 90 and 27 of 88, respectively (50% and 31%)`; `12% in each group (18/150 and 18/149)`."""
    if len(pairs) < 2:
        return
    sentence = text[start:end]
    if len(said) == 1 and re.search(r"\b(?:each|both|either)\b", sentence[said[0].start - start :]):
        taken.add(0)
        for pair in pairs:
            if len(pairs) == 2:
                yield share_item(said[0], pair.count, pair.whole, pair.end)
        return
    percents = [(k, one) for k, one in enumerate(said) if one.number is not None] or list(enumerate(said))
    one_run = bool(percents) and (
        percents[0][1].start > pairs[-1].end or percents[-1][1].end < pairs[0].start
    )
    if len(percents) != len(pairs) or not one_run:
        return
    run = text[percents[0][1].start : percents[-1][1].end]
    words = said[percents[0][0]].number is None
    if not words and not re.fullmatch(r"[\d.\s%,/;]*(?:(?:and|v|vs|versus|or)[\d.\s%,/;]*)*", run):
        return
    for (k, share), pair in zip(percents, pairs, strict=True):
        taken.add(k)
        yield share_item(share, pair.count, pair.whole, max(pair.end, share.end))


def _in_a_row(
    text: str, said: list[Share], pairs: list[Pair], taken: set[int], start: int, end: int
) -> Iterator[Item]:
    """`Among 96 biopsies 60 showed ..., 24 ... and 12 ...; these are 62.5%, 25% and 12.5%`."""
    lone = [one for one in counts(text, start, end) if not inside(one.start, one.number.end, said)]
    if (
        pairs
        or taken
        or len(said) < 2
        or any(one.number is None for one in said)
        or len(lone) != len(said) + 1
    ):
        return
    run = text[said[0].start : said[-1].end]
    if lone[-1].end > said[0].start or lone[0].value <= max(one.value for one in lone[1:]):
        return
    if re.fullmatch(r"[\d.\s%,/;]*(?:(?:and|or)[\d.\s%,/;]*)*", run):
        for k, (share, one) in enumerate(zip(said, lone[1:], strict=True)):
            taken.add(k)
            yield share_item(share, one.number, lone[0].number, share.end)


def _of_pairs(text: str, said: list[Share], pairs: list[Pair], taken: set[int]) -> Iterator[Item]:
    """The pair that stands next to a share, with nothing between that speaks of something else."""
    for k, share in enumerate(said):
        if k in taken:
            continue
        after = [p for p in pairs if p.start >= share.end and not _ITS_OWN.match(text, p.end)]
        ahead = [p for p in pairs if p.end <= share.start]
        choices = []
        if after:
            several = len(after) > 1 and re.search(r"[).;]", text[after[0].end : after[1].start]) is None
            choices += [] if several else [(after[0], text[share.end : after[0].start], True)]
        if ahead:
            choices.append((ahead[-1], text[ahead[-1].end : share.start], False))
        for pair, gap, follows in choices:
            if _tied(gap, follows, text, pair, share):
                taken.add(k)
                yield share_item(share, pair.count, pair.whole, pair.end)
                break


_ITS_OWN = re.compile(r"\s+(?:is|are|makes?|gives?|equals?)\s+\d[\d.]*\s?%")  # `8%, three of 25 is 12%`


def _tied(gap: str, follows: bool, text: str, pair: Pair, share: Share) -> bool:
    gap = OF_SHARE.sub("", gap)
    if len(gap) > LONGEST_GAP or re.search(r"\d", gap) or BREAK.search(gap):
        return False
    if follows:  # the share, then its pair: in brackets or behind a colon
        return _ITS_OWN.match(text, pair.end) is None and (
            re.search(r"[(\[:,-]\s*(?:i\.?e\.?,?\s*|that is,?\s*|n\s*=\s*)?$", gap) is not None
            and gap.count(")") == 0
        )
    if re.match(
        r"\s+of\s+(?:those|these|the|all|whom|them|\d)|\s*,\s*\d[\d.]*\s?%(?!\s*-?\s*CI)|\s+(?!of|in|were|was|had)[a-z]+\)",
        text[share.end :],
    ):
        return False  # the share has a whole, or a word, of its own
    opened = re.search(
        r"[(\[:,=-]\s*(?:i\.?e\.?,?\s*|that is,?\s*|or\s+|(?:a|an)\s+(?:[a-z-]+\s+){1,3}of\s+|which is\s+"
        r"|nearly\s+|about\s+|almost\s+|exactly\s+|(?:just\s+)?(?:over|under)\s+|roughly\s+|more "
        r"than\s+|less than\s+)*$",
        gap,
        re.I,
    )
    return opened is not None
