"""The arms that a number is of, by what stands behind it, by pairs, and by what was named last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from trialist.evidence.audit.known.other_arms import TO_ARM, WITHOUT_IT, lacking, second_of_none, the_other
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim

if TYPE_CHECKING:
    from trialist.evidence.audit.known.sight import Sight

_TOUCHING = re.compile(r"\s*(?:months?|weeks?|days?|%)?\s*(?:\([^()]*\)\s*)?", re.I)
_WITHOUT = re.compile(
    r"\b(?:without|not (?:given|on|assigned to|receiving)|in those not given)\s+(?:the\s+)?$", re.I
)
_BRACKETED = re.compile(r"[\s)\]]*(?:months?|weeks?|%)?\s*[(\[]\s*$")
AGAINST = re.compile(
    r"\s*[)\]]?\s*(?:months?|weeks?|days?|years?|%|percent)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*,?\s*"
    r"(?:v\.?|vs\.?|versus|compared (?:with|to)|against|and|or|than|to|rather than|,)\s*(?:only\s+"
    r"|just\s+|about\s+)?$",
    re.I,
)
_AGAINST_FIRST = re.compile(
    r"\b(?:compared with|compared to|versus|vs\.?|relative to|rather than|(?<!or )(?<!and )over|than"
    r"|instead of|unlike"
    r"|against)[\s(]*(?:the\s+)?$",
    re.I,
)
_JOINED = re.compile(
    r"\s*(?:\([^()]*\)\s*)?,?\s*(?:v\.?|vs\.?|versus|and|or|compared (?:with|to)|against|over|than"
    r"|rather than"
    r"|relative to)\s+(?:with\s+|for\s+|in\s+|on\s+)?(?:the\s+|those\s+(?:given|on)\s+)?$",
    re.I,
)


PRIOR = re.compile(
    r"\b(?:(?:had|have|having)\s+(?:already\s+|previously\s+)?(?:received|had|been\s+(?:given"
    r"|treated\s+with)|progressed\s+(?:on|during|after))"
    r"|previously\s+(?:received|treated\s+with|given)|after|following|prior|already\s+(?:had|received"
    r"|treated\s+with))\b[^.;:,]{0,60}$",
    re.I,
)


NEAR_DOSE = 32  # characters behind a name that arms share, in which a dose may tell them apart


def arms_of(sight: Sight, claim: Claim, trial: str, heads: str) -> tuple[str, ...]:
    """Arms of a claim, in the order in which they are compared; empty where it can't be told.

    A name that two arms share is of neither alone; where nothing else is said both stay possible.
    """
    lexicon = sight.names.arms[trial]
    begin = claim.sentence.start
    found = lexicon.find(sight.text, begin, claim.sentence.end)
    arms_only = [m for m in found if not PRIOR.search(sight.text[begin : m.start])]
    found = arms_only if any(m.start < claim.span.start for m in arms_only) else found
    found = _of_piece(sight, claim, found)
    if heads:
        found = lexicon.find(heads)
        arms = list(dict.fromkeys(m.id for m in found if "|" not in m.id))
        against = arms and re.search(
            r"\b(?:v\.?|vs\.?|versus|against)\s+(?:the\s+)?$", heads[: found[0].start]
        )
        if len(arms) == 1 and against:  # `v control` over two numbers
            both = tuple(sight.names.store.trials[trial].arms)
            turn = claim.said["pair"] if "pair" in claim.said else pair_of(sight, claim)
            if turn is None or len(both) != 2 or claim.kind == "ratio":
                return ()
            return tuple(arms) if turn else tuple(a for a in both if a != arms[0])
        if not arms and ("pair" in claim.said or claim.kind == "ratio"):
            row = lexicon.find(sight.text, claim.sentence.start, claim.sentence.end)
            beside = list(dict.fromkeys(m.id for m in row if "|" not in m.id))
            if len(beside) == 2:
                return tuple(beside) if claim.kind == "ratio" else (beside[int(claim.said["pair"])],)
        return tuple(arms[:2]) if claim.kind == "ratio" else tuple(arms[:1]) if len(arms) == 1 else ()
    text = sight.text
    sure = [m for m in found if "|" not in m.id]
    ids = list(dict.fromkeys(m.id for m in sure))
    tested = _P_VALUE.search(text, _number(claim), claim.sentence.end)
    if tested is not None and claim.kind in ("share", "time"):
        sure = [m for m in sure if m.start < tested.start()]
        found = [m for m in found if m.start < tested.start()]
        ids = list(dict.fromkeys(m.id for m in sure))
    if claim.kind in ("share", "time"):
        found = _without_tested(sight, claim, found)
        sure = [m for m in sure if m in found]
        ids = list(dict.fromkeys(m.id for m in sure))
    none = second_of_none(text, claim.kind, claim.sentence.start, _number(claim))
    if none and len(ids) == 1 and len(sight.names.store.trials[trial].arms) == 2:
        return tuple(arm for arm in sight.names.store.trials[trial].arms if arm != ids[0])
    if claim.kind in ("ratio", "reduction", "difference"):
        return _compared(text, claim, sure, ids)
    at = _number(claim)
    stop = max([claim.span.end, *(n.end for n in claim.numbers.values())])
    pair = pair_of(sight, claim)
    like = [c for c in sight.reading.claims if c.kind == claim.kind and c.sentence == claim.sentence]
    before = [m for m in sure if m.end <= at]
    after = [m for m in sure if m.start >= stop]
    headed = next((m for m in reversed(sure) if m.end <= at), None)
    alone = len({m.id for m in sure if m.end <= at}) > 1 or len(like) > 1
    if (
        headed is not None
        and alone
        and _HEADED.fullmatch(text[headed.end : at])
        and _each_headed(text, sure, like)
    ):
        return (headed.id,)
    bound = next((m for m in found if m.start >= stop and TO_ARM.fullmatch(text[stop : m.start])), None)
    bound = bound or next(
        (m for m in found if m.start >= stop and _TOUCHING.fullmatch(text[stop : m.start])), None
    )
    none_of = WITHOUT_IT.match(text, stop) and lacking(sight.names.store.trials[trial].arms, before)
    if none_of:
        return (none_of,)
    away = next((m for m in sure if m.start >= stop and _WITHOUT.search(text[stop : m.start])), None)
    if (
        away is not None
        and len(sight.names.store.trials[trial].arms) == 2
        and not _between_numbers(like, claim, away)
    ):
        return tuple(arm for arm in sight.names.store.trials[trial].arms if arm != away.id)
    bound = bound or next(
        (m for m in found if m.start >= stop and _BRACKETED.fullmatch(text[stop : m.start])), None
    )
    if bound is None and len(ids) == 1:
        other = the_other(text, stop, claim.sentence.end, ids[0], tuple(sight.names.store.trials[trial].arms))
        if other is not None:
            return (other,)
    if bound is not None and "|" in bound.id:  # `cabazitaxel at its lower dose, 20 mg/m2`
        own = bound.id.split("|")
        bound = next((m for m in sure if m.id in own and 0 <= m.start - bound.end < NEAR_DOSE), bound)
    if bound is not None and _heads_next(text, bound, like, claim) and any(m.end <= at for m in sure):
        bound = None
    if len(like) > 2 and claim in like and not (bound and all(_taken_by(sight, sure, c) for c in like)):
        ordered = _in_turn(sure, like)
        if ordered is not None:
            return (ordered[like.index(claim)],)
    if bound is not None:
        second = next((m for m in after if m.start >= bound.end), None)
        listed = second is not None and _JOINED.fullmatch(text[bound.end : second.start])
        if pair == 1 and len(ids) == 1 and not listed:
            return ()
        if pair is None or not listed or second is None:
            return () if "|" in bound.id else (bound.id,)
        return ((bound.id, second.id)[pair],)
    gone = {m.id for m in sure if taken(sight, m, like)}
    before = [m for m in before if m.id not in gone]
    if (
        len(ids) == 1
        and not (gone and len(like) > 1)
        and (
            len(like) == 1
            or (before and not after and pair is None and not _between(sight, claim, before[-1]))
        )
    ):
        return (ids[0],)
    if pair is not None and len(ids) >= 2:
        two = _two(text, claim, before, after)
        if two:
            return (two[pair],)
    if pair is None and before and not _between(sight, claim, before[-1]):
        if _AGAINST_FIRST.search(text[max(0, before[-1].start - 24) : before[-1].start]):
            return ()
        return (before[-1].id,)
    return ()


_HEADED = re.compile(r"[\s:=(]*(?:(?:a\s+)?median(?:\s+of)?\s+)?")


def _each_headed(text: str, sure: Sequence[Mention], like: Sequence[Claim]) -> bool:
    """Whether every number of a kind has its arm directly before it: `X 35%; Y 31%; Z 22%`."""
    return all(
        any(m.end <= _number(c) and _HEADED.fullmatch(text[m.end : _number(c)]) for m in sure) for c in like
    )


def _between_numbers(like: Sequence[Claim], claim: Claim, arm: Mention) -> bool:
    return any(claim.span.end <= c.span.start < arm.start for c in like if c is not claim)


_P_VALUE = re.compile(r"\b[Pp](?:[\s-]values?)?\s*(?:[=<>≤:]|of|was)\s*\.?\d")
_TESTED = re.compile(r"[(\[](?P<arms>[^()\[\]]*?)\b[Pp](?:[\s-]values?)?\s*(?:[=<>≤:]|of|was)\s*\.?\d")


def _without_tested(sight: Sight, claim: Claim, found: list[Mention]) -> list[Mention]:
    """Three numbers or more, and a bracket with two arms and a P value: the arms are those of its test."""
    like = [c for c in sight.reading.claims if c.kind == claim.kind and c.sentence == claim.sentence]
    if len(like) < 3:
        return found
    for one in _TESTED.finditer(sight.text, claim.sentence.start, claim.sentence.end):
        first, last = one.span("arms")
        tested = [m for m in found if first <= m.start < last]
        if len(tested) == 2 and not any(first <= c.span.start < last for c in like):
            found = [m for m in found if m not in tested]
    return found


def _of_piece(sight: Sight, claim: Claim, found: list[Mention]) -> list[Mention]:
    """The arms between the semicolons around a claim; another piece with numbers has its own."""
    start, end = claim.sentence.start, claim.sentence.end
    left = max(sight.text.rfind(";", start, claim.span.start), start)
    right = sight.text.find(";", claim.span.end, end)
    right = right if right >= 0 else end
    here = [m for m in found if left <= m.start < right]
    rest = sight.text[right:end]
    return (
        here
        if here or (found and re.search(r"\d|\bnone\b|\bno\b", rest) and not found[0].start < left)
        else found
    )


def _heads_next(text: str, bound: Mention, like: Sequence[Claim], claim: Claim) -> bool:
    """Whether an arm behind a comma heads the next number: `with X 59 weeks, with Y 48`."""
    comma = "," in text[claim.span.end : bound.start] or ";" in text[claim.span.end : bound.start]
    following = next((c for c in like if c.span.start >= bound.end), None)
    if not comma or following is None:
        return False
    gap = text[bound.end : following.span.start]
    return len(gap) < 24 and not re.search(r"[,;.]|\band\b", gap)


def _in_turn(sure: Sequence[Mention], like: Sequence[Claim]) -> list[str] | None:
    """Three or more numbers and as many arms, all behind or all before them: in their order."""
    for arms in (
        [m.id for m in sure if m.start >= like[-1].span.end],
        [m.id for m in sure if m.end <= like[0].span.start],
    ):
        ids = list(dict.fromkeys(arms))
        if len(ids) == len(like):
            return ids
    return None


def _taken_by(sight: Sight, sure: Sequence[Mention], claim: Claim) -> bool:
    """Whether a number has an arm directly behind it: `35% with X, 31% with Y and 22% with Z`."""
    return any(taken(sight, arm, [claim]) for arm in sure)


def taken(sight: Sight, arm: Mention, like: Sequence[Claim]) -> bool:
    """Whether an arm stands directly behind a number and is that number's."""
    for claim in like:
        stop = max([claim.span.end, *(n.end for n in claim.numbers.values())])
        if stop <= arm.start and TO_ARM.fullmatch(sight.text[stop : arm.start]):
            return True
    return False


def _number(claim: Claim) -> int:
    for word in ("estimate", "percent", "count", "n"):
        if word in claim.numbers:
            return claim.numbers[word].start
    return claim.span.start


def _between(sight: Sight, claim: Claim, arm: Mention) -> bool:
    """Whether another number of the kind stands between an arm and a claim."""
    return any(
        c is not claim and c.kind == claim.kind and arm.end <= c.span.start < claim.span.start
        for c in sight.reading.claims
    )


def pair_of(sight: Sight, claim: Claim) -> int | None:
    """0 for the first of two numbers that stand against each other, 1 for the second."""
    like = [c for c in sight.reading.claims if c.kind == claim.kind and c.sentence == claim.sentence]
    place = next((k for k, c in enumerate(like) if c is claim), None)
    text = sight.text
    if place is None:
        return None

    def against(a: Claim, b: Claim) -> bool:
        gap = text[a.span.end : max(a.span.end, b.span.start)]
        return len(gap) < 60 and AGAINST.fullmatch(gap) is not None

    def turned(a: Claim, b: Claim) -> bool:
        """`from 11.3 to 15.3 months`: the first is that without the treatment."""
        before, gap = (
            text[max(0, a.span.start - 20) : a.span.start],
            text[a.span.end : max(a.span.end, b.span.start)],
        )
        return (
            gap.strip().endswith("to")
            and re.search(r"\bfrom\s+(?:a median of\s+|about\s+)?$", before) is not None
        )

    later = place + 1 < len(like) and against(claim, like[place + 1])
    earlier = place > 0 and against(like[place - 1], claim)
    if later and not earlier:
        third = place + 2 < len(like) and against(like[place + 1], like[place + 2])
        return None if third else int(turned(claim, like[place + 1]))
    if earlier and not later:
        third = place > 1 and against(like[place - 2], like[place - 1])
        return None if third else int(not turned(like[place - 1], claim))
    return None


def _two(
    text: str, claim: Claim, before: Sequence[Mention], after: Sequence[Mention]
) -> tuple[str, str] | None:
    """The two arms that a pair of numbers is of, in its order."""
    firsts = list(dict.fromkeys(m.id for m in before))
    if len(firsts) == 2:
        return _ordered(text, before, firsts)
    if len(firsts) > 2:
        last = before[-2:]
        return (last[0].id, last[1].id) if last[0].id != last[1].id else None
    behind = list(dict.fromkeys(m.id for m in after))
    if not firsts and len(behind) >= 2:
        return behind[0], behind[1]
    if len(firsts) == 1 and len(behind) == 1 and firsts != behind:
        return firsts[0], behind[0]
    return None


def _ordered(text: str, before: Sequence[Mention], ids: Sequence[str]) -> tuple[str, str]:
    first = next(m for m in before if m.id == ids[0])
    if _AGAINST_FIRST.search(text[max(0, first.start - 30) : first.start]):
        return ids[1], ids[0]
    return ids[0], ids[1]


_FOR_ARM = re.compile(r"[\s)\];,]*(?:[Pp]\s*[=<>]\s*[\d.]+[\s)\]]*)?(?:for|with|in|on)\s+(?:the\s+)?")


def _compared(text: str, claim: Claim, sure: Sequence[Mention], ids: Sequence[str]) -> tuple[str, ...]:
    stop = max([claim.span.end, *(n.end for n in claim.numbers.values())])
    mine = next((m for m in sure if m.start >= stop and _FOR_ARM.fullmatch(text[stop : m.start])), None)
    rival = [
        m
        for m in sure
        if mine and m.id != mine.id and _AGAINST_FIRST.search(text[max(0, m.start - 30) : m.start])
    ]
    if mine is not None and rival:
        return mine.id, rival[0].id
    before = [m for m in sure if m.end <= claim.span.start]
    firsts = list(dict.fromkeys(m.id for m in before))
    number = claim.numbers.get("estimate")
    at = number.start if number else claim.span.start
    joined = [
        (a, b)
        for a, b in pairwise(sure)
        if a.id != b.id and _JOINED.fullmatch(text[a.end : b.start]) and " and " not in text[a.end : b.start]
    ]
    if joined:
        a, b = next((pair for pair in reversed(joined) if pair[1].end <= at), joined[0])
        return a.id, b.id
    if len(ids) == 2:
        return _ordered(text, sure, ids)
    if len(firsts) == 2:
        return _ordered(text, before, firsts)
    after = list(dict.fromkeys(m.id for m in sure if m.start >= claim.span.end))
    if not firsts and len(after) == 2:
        return after[0], after[1]
    return ()
