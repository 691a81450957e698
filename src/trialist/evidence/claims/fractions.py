"""A share and the count and whole that it is said of, in any order of words.

`53 - exactly a quarter -`, `Roughly seven in ten (148 of 211)`, `512 cases, or four out of five`: a share stands
in apposition to a count (brackets, dashes, commas, a colon; `that is`, `a rate of`), and the whole is the number
behind `of`, the one that leads the sentence, or the only one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count, Share, counts, shares
from trialist.evidence.claims.pairs import Pair, inside, pairs_of, share_item
from trialist.evidence.claims.plain import printed

Stretch = tuple[int, int]


_BREAK = re.compile(
    r"\b(?:of (?:whom|these|those|which|them)|surviv\w*|median|alive at|kaplan|estimat\w*|adjusted"
    r"|weighted|expected"
    r"|whereas|while|but|although|compared|than|target|planned|required|increase\w*|reduc\w*|higher|lower|fell|rose"
    r"|imput\w*|predicted|cumulative|probabilit\w*|risk|confidence|CI|versus|vs|if|power|other|assum\w*"
    r"|per[- ]protocol"
    r"|another|remaining|half the dose|and (?:in|of|with|had|were|was)|no|not|without|difference)\b|[.;]\s",
    re.I,
)
_RATE_OF = r"an?\s+(?:[a-z-]+\s+){0,3}(?:rate|share|proportion|prevalence|incidence|frequency)\s+of"
_GLUE_WORD = (
    r"(?:that|this|which|i\.?e\.?|is|was|were|or|exactly|precisely|about|around|roughly|approximately|nearly|almost|just"
    r"|some|n|no|a|an|the|rate|rates|share|proportion|percentage|of|them|these|in|all|patients?|people|men|women"
    r"|participants?|children|adults|subjects?|persons?|individuals|cases|responders|events|makes?|making|equals"
    r"|equivalent|to|corresponding|corresponds|giving|gives|only|namely|so|therefore|thus|well|fewer|less|more|over|under"
    r"|response|responses|failure|success|completion|for|with|representing|amounting|being|total|overall|frequency"
    r"|incidence|prevalence|it)"
)
_GLUE = re.compile(rf"[\s,;:()\[\]=~-]*(?:(?:{_RATE_OF}|{_GLUE_WORD})\b[\s,;:()\[\]=~-]*)*", re.I)
_APPOSED = re.compile(r"[(,:\[-]|\b(?:that is|or|i\.?e\.?|which is|making|equals)\b|^\s*=", re.I)
_WHOLE_BEFORE = re.compile(
    r"(?:\b(?:of|among|in|out of|had|all|has|included|comprised|contained|were|was|with|audit of|only"
    r"|total of|cohort of"
    r"|group of)\s+(?:(?:the|these|all|those|our|only|a total of|which had)\s+)*|\b[nN]\s*=\s*"
    r"|\([nN]\s*=\s*|^\W*)$",
    re.I,
)
_LEAD = re.compile(
    r"^\W*(?:Of|Among|Out of|From)\s+(?:(?:the|these|those|all|all the|a total of|our|some)\s+)*$", re.I
)
_OF_ALL = re.compile(r"\b(?:of|among|in)\s+(?:the|these|those|all)\s+$", re.I)
_LINK = re.compile(
    r"\b(?:of (?:them|these|those|the (?:group|cohort|sample|total))|by (?:them|these))\b"
    r"(?=\s*(?:[(,.;:]|$|\d)|\s+(?:had|were|was|did|have|are|two|three|four|five|six|seven|eight|nine|ten|could|would)\b)",
    re.I,
)
LONGEST_GAP = 60


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
    """Shares of a sentence with their counts; `before`: the sentence before, whose only number may be the whole."""
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
    yield from _of_counts(
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
    """`... in 132 of the 150 operations. The failure rate was therefore 12%`: the pair's share, or what it leaves."""
    if (
        before is not None
        and len(said) == 1
        and re.match(r"\W*(?:That|This) (?:is|was|makes)\b", text[slice(*sentence)])
    ):
        ahead, lone = counts(text, *before), counts(text, *sentence)
        whole = _behind_of(text, said[0], lone)
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
        or _broken(text[slice(*sentence)].rstrip("."))
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
        after = [p for p in pairs if p.start >= share.end and not _IS_SHARE.match(text, p.end)]
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


_IS_SHARE = re.compile(r"\s+(?:is|are|makes?|gives?)\s+\d[\d.]*\s?%")  # `8%, three of 25 is 12%`: its own
_OF_SHARE = re.compile(r"^\s*of (?:those|these|them)\b")  # `one in ten of those on the tablet (31 of 204)`


def _tied(gap: str, follows: bool, text: str, pair: Pair, share: Share) -> bool:
    gap = _OF_SHARE.sub("", gap)
    if len(gap) > LONGEST_GAP or re.search(r"\d", gap) or _BREAK.search(gap):
        return False
    if follows:  # the share, then its pair: in brackets or behind a colon
        return (
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


def _of_counts(
    text: str,
    sentence: Stretch,
    said: list[Share],
    lone: list[Count],
    pairs: list[Pair],
    before: Stretch | None,
) -> Iterator[Item]:
    """A lone count beside a share, of the whole that the sentence, or the one before it, names."""
    if pairs and len(lone) != 2:
        return
    for share in said:
        whole_of_share = _behind_of(text, share, lone)
        rest = [one for one in lone if one is not whole_of_share]
        near = [one for one in rest if _apposed(text, one, share, whole_of_share)]
        concluded = (
            _concluded(text, sentence, lone, share) if len(said) == 1 and len(lone) == 2 and not pairs else []
        )
        if concluded:
            yield share_item(
                share, concluded[0].number, max(lone, key=lambda one: one.value).number, share.end
            )
            continue
        if len(near) != 1:
            continue
        count = near[0]
        whole = whole_of_share or _whole(text, sentence, count, lone, share)
        if whole is None and len(lone) == 1 and before is not None and len(said) == 1:
            whole = _from_before(text, sentence, before)
        if whole is not None and whole.value > count.value:
            yield share_item(share, count.number, whole.number, count.number.end)


def _behind_of(text: str, share: Share, lone: list[Count]) -> Count | None:
    """`19% of the 147 participants`, `three quarters of the cohort of 308`."""
    found = re.match(
        r"\s+of\s+(?:(?:the|these|all|those|our|a)\s+)*(?:[a-z]+\s+){0,3}?(?:of\s+)?(?=\d)", text[share.end :]
    )
    spelt = found or re.match(r"\s+of\s+(?:(?:the|these|all|those|our)\s+)+", text[share.end :])
    if spelt is None:
        return None
    at = share.end + spelt.end()
    return next((one for one in lone if one.start == at), None)


_CONCLUSION = re.compile(
    rf"(?:[:(,-]|\b(?:for|giving|making|with|gives|makes|is)\s+{_RATE_OF}|;\s*that is|\b(?:that is"
    rf"|which is|i\.?e\.?|or|a rate of|meaning|in other words))\s*(?:about\s+|nearly\s+"
    r"|roughly\s+|just\s+(?:over|under)\s+|almost\s+|approximately\s+|some\s+|only\s+)?$",
    re.I,
)


def _concluded(text: str, sentence: Stretch, lone: list[Count], share: Share) -> list[Count]:
    """The smaller of the two counts of a sentence that ends with `: 33%` or `; that is 6 out of every 100`."""
    less, more = sorted(lone, key=lambda one: one.value)
    ahead = text[share.end : min(less.start, more.start)]
    if share.end <= min(less.start, more.start) and re.match(
        r"\s*:\s*(?:out of|of|in|among)\s+(?:the\s+)?$", ahead
    ):
        return (
            [] if less.value == more.value or _broken(text[share.end : sentence[1]].rstrip(".")) else [less]
        )
    span = text[min(less.start, more.start) : share.start]
    ends = re.match(r"\s*[)\]]?\s*[.]?\s*$", text[share.end : sentence[1]])
    if less.value == more.value or share.start < max(less.end, more.end) or ends is None:
        return []
    return [less] if _CONCLUSION.search(span) and not _broken(span) else []


def _broken(span: str) -> bool:
    """Whether words of a stretch speak of something else; `more than 5 kg` does not."""
    return _BREAK.search(re.sub(r"\b[a-z]+er than\b|\b(?:more|less) than\b|; that is", " ", span)) is not None


def _apposed(text: str, count: Count, share: Share, whole: Count | None) -> bool:
    """Whether a count and a share are two ways to say one thing; `whole` may stand between them."""
    end = whole.end if whole is not None and share.end < whole.start < count.start else share.end
    first, second = sorted(((count.start, count.number.end), (share.start, end)))
    gap = text[first[1] : second[0]]
    if len(gap) > LONGEST_GAP or re.search(r"\d", gap):
        return False
    if count.start > share.end:  # the share first: its count in brackets or between commas
        tail = re.search(r"[(\[,:-]\s*(?:n\s*=\s*|that is,?\s*|i\.?e\.?,?\s*|or\s+)?$", gap)
        if tail is None or (gap.count("(") <= gap.count(")") and "(" in gap):
            return False
        between = _OF_SHARE.sub("", gap[: tail.start()])
        if _BREAK.search(between) or len(between) > 40 or re.search(r"[,;:]", between):
            return False
        close = text[count.number.end :]
        if gap[tail.start()] in "([":
            return re.match(rf"(?:\s+{_GLUE_WORD})*\s*[)\]]", close, re.I) is not None
        return re.match(rf"(?:\s+{_GLUE_WORD})*\s*[,)-]", close, re.I) is not None
    noun = text[count.number.end : count.end]
    gap = gap[len(noun) :] if gap.startswith(noun) else gap
    return _GLUE.fullmatch(gap) is not None and _APPOSED.search(gap) is not None


def _whole(text: str, sentence: Stretch, count: Count, lone: list[Count], share: Share) -> Count | None:
    """The number that leads the sentence (`Of the 212 women`), else the only other one, if marked as a whole."""
    ahead = [one for one in lone if one.end <= count.start and one.value > count.value]
    if ahead and _LEAD.match(text[sentence[0] : ahead[0].start]):
        between = text[ahead[0].end : count.start]
        if (
            re.search(r"\d|\b(?:of (?:whom|these|those|which|them)|respectively)\b|;(?!\s*that is)", between)
            is None
        ):
            return ahead[0]
        return None
    own = [
        one
        for one in lone
        if one.end <= count.start and _OF_ALL.search(one.before) and one.value > count.value
    ]
    if own and re.search(r"[\d;]", text[own[-1].number.end : count.start]) is None:
        return own[-1]
    if re.match(
        r"(?:\s+[a-z]+)?\s+of (?:them|these|those|which|whom)\b", text[count.number.end : sentence[1]]
    ):
        return ahead[0] if len(ahead) == 1 and len(lone) == 2 else None
    others = [one for one in lone if one is not count]
    if len(others) != 1 or others[0].value <= count.value or not _marked(text, others[0]):
        return None
    span = text[min(count.start, share.start, others[0].start) : max(count.end, share.end, others[0].end)]
    return None if _broken(span) or span.count("%") > 1 else others[0]


def _marked(text: str, count: Count) -> bool:
    return (text[count.start] in "nN" and "=" in text[count.start : count.number.end]) or bool(
        _WHOLE_BEFORE.search(count.before)
    )


def _from_before(text: str, sentence: Stretch, before: Stretch) -> Count | None:
    """The only count of the sentence before, where this one speaks of `them`, or goes on with `That is`."""
    ahead = [one for one in counts(text, *before)]
    linked = _LINK.search(text, *sentence) or re.match(r"\W*(?:That|This) is\b", text[slice(*sentence)])
    return ahead[0] if len(ahead) == 1 and linked else None
