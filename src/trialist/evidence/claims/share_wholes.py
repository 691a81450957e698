"""The count and the whole of a lone share: what stands in apposition to it, and what leads the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count, Share, counts
from trialist.evidence.claims.pairs import Pair, share_item

Stretch = tuple[int, int]


BREAK = re.compile(
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
OF_SHARE = re.compile(r"^\s*of (?:those|these|them)\b")  # `one in ten of those on the tablet (31 of 204)`


def of_counts(
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
        whole_of_share = behind_of(text, share, lone)
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


def behind_of(text: str, share: Share, lone: list[Count]) -> Count | None:
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
    """The smaller of two counts of a sentence that ends with `: 33%` or `; that is 6 out of every 100`."""
    less, more = sorted(lone, key=lambda one: one.value)
    ahead = text[share.end : min(less.start, more.start)]
    if share.end <= min(less.start, more.start) and re.match(
        r"\s*:\s*(?:out of|of|in|among)\s+(?:the\s+)?$", ahead
    ):
        return [] if less.value == more.value or broken(text[share.end : sentence[1]].rstrip(".")) else [less]
    span = text[min(less.start, more.start) : share.start]
    ends = re.match(r"\s*[)\]]?\s*[.]?\s*$", text[share.end : sentence[1]])
    if less.value == more.value or share.start < max(less.end, more.end) or ends is None:
        return []
    return [less] if _CONCLUSION.search(span) and not broken(span) else []


def broken(span: str) -> bool:
    """Whether words of a stretch speak of something else; `more than 5 kg` does not."""
    return BREAK.search(re.sub(r"\b[a-z]+er than\b|\b(?:more|less) than\b|; that is", " ", span)) is not None


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
        between = OF_SHARE.sub("", gap[: tail.start()])
        if BREAK.search(between) or len(between) > 40 or re.search(r"[,;:]", between):
            return False
        close = text[count.number.end :]
        if gap[tail.start()] in "([":
            return re.match(rf"(?:\s+{_GLUE_WORD})*\s*[)\]]", close, re.I) is not None
        return re.match(rf"(?:\s+{_GLUE_WORD})*\s*[,)-]", close, re.I) is not None
    noun = text[count.number.end : count.end]
    gap = gap[len(noun) :] if gap.startswith(noun) else gap
    return _GLUE.fullmatch(gap) is not None and _APPOSED.search(gap) is not None


def _whole(text: str, sentence: Stretch, count: Count, lone: list[Count], share: Share) -> Count | None:
    """The number that leads the sentence (`Of the 212 women`), else the only other one marked as a whole."""
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
    return None if broken(span) or span.count("%") > 1 else others[0]


def _marked(text: str, count: Count) -> bool:
    return (text[count.start] in "nN" and "=" in text[count.start : count.number.end]) or bool(
        _WHOLE_BEFORE.search(count.before)
    )


def _from_before(text: str, sentence: Stretch, before: Stretch) -> Count | None:
    """The only count of the sentence before, where this one speaks of `them`, or goes on with `That is`."""
    ahead = counts(text, *before)
    linked = _LINK.search(text, *sentence) or re.match(r"\W*(?:That|This) is\b", text[slice(*sentence)])
    return ahead[0] if len(ahead) == 1 and linked else None
