"""A whole and its parts by what is said of the parts: the rest, the sum, so many each.

The numbers of a sentence and of the few before it are looked at together; the order of the words does not
matter. `The remaining 193` must be what some number before leaves when others are taken away; `403 in all`
must be the sum of the numbers that the sentence names; `six cohorts of 16` is 96.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count, counts, shares
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD, in_words
from trialist.evidence.claims.pairs import pairs_of

Stretch = tuple[int, int]
BACK = 4  # sentences that a rest may look back
MOST = 7  # numbers of a stretch, beyond which something adds up by chance
NEAR = 0.3  # of the number told: farther off it is of something else

_PEOPLE = re.compile(
    r"^(?:patients|men|women|people|participants|subjects|adults|children|volunteers|persons|individuals|boys|girls"
    r"|residents|nurses|couples|families|responders|carers|workers|members|smokers|veterans|mothers|infants|babies"
    r"|cases|dogs|animals|students|respondents|users|survivors|others|pupils|recruits|enrollees|veterans|males|females)$"
)


def same_kind(first: str | None, second: str | None) -> bool:
    """Whether two nouns may name things of one kind; a number without a noun goes with any."""
    if first is None or second is None or first == second:
        return True
    return bool(_PEOPLE.match(first) and _PEOPLE.match(second))


def wholes(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    """`sentences`: those of one paragraph, or the lines of one list, in order."""
    read = [numbers_of(text, *one) for one in sentences]
    for place, (start, end) in enumerate(sentences):
        first = max(0, place - BACK)
        earlier = [one for held in read[first:place] for one in held]
        yield from _rest(text, read[place], earlier, (start, end))
        yield from _sum(text, read[place], read[place - 1] if place else [], (start, end))
        yield from _each(text, read[place], earlier, (start, end))
        yield from _than(read[place])


def numbers_of(text: str, start: int, end: int) -> list[Count]:
    """Counts of a sentence, without those that are a share; both numbers of `31 of 38` and `31/38`."""
    said = shares(text, start, end)
    held = [
        one
        for one in counts(text, start, end)
        if not any(share.start <= one.start < share.end for share in said)
    ]
    for pair in pairs_of(text, start, end):
        if not any(one.number.start == pair.whole.start for one in held):
            ahead = text[max(start, pair.whole.start - 70) : pair.whole.start]
            held.append(Count(pair.whole, pair.whole.start, pair.end, None, (), ahead, text[pair.end : end]))
    return sorted(held, key=lambda one: one.start)


_REST_BEFORE = re.compile(
    r"\b(?:the|these|for|and|its)\s+(?:other|remaining)\s+$"
    r"|\b(?:the\s+(?:others|rest|remainder)|leaving|which left|that left|left)[\s,:(-]*(?:of\s+"
    r"|n\s*=\s*|just\s+|only\s+|a total of\s+)*$"
    r"|\bremaining\s+$",
    re.I,
)
_SO_THAT = re.compile(r"\b(?:so that|so|which meant that|hence|thus|therefore)\s+$", re.I)
_WENT_ON = re.compile(
    r"(?:\s+[a-z]+){0,2}?\s+(?:were|was|entered|remained)\s*(?:randomi\w+|left|included|allocated|assigned|enrolled|eligible"
    r"|analy[sz]ed|evaluable|treated|available|followed)?\b",
    re.I,
)
_REST_BEHIND = re.compile(
    r"\s+(?:remaining|remained)\b(?!\s+(?:alive|in|on|at|free|under|stable|un\w+))"
    r"|(?:\s+[a-z]+)?\s+(?:did not|were not|was not|had not|do not|have not)\s*(?=[.,;)]|$)",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:among others|more than one|overlap\w*|both|some of (?:them|whom)|at least one|multiple"
    r"|could be)\b",
    re.I,
)


def _rest(text: str, here: list[Count], earlier: list[Count], sentence: Stretch) -> Iterator[Item]:
    for rest in here:
        others = rest.before.endswith("the ") and re.match(r"\s+others\b", rest.behind)
        taken_off = (
            others
            or _REST_BEFORE.search(rest.before[-34:])
            or (_SO_THAT.search(rest.before[-24:]) and _WENT_ON.match(rest.behind))
        )
        if not taken_off and not _REST_BEHIND.match(rest.behind):
            continue
        known = [one for one in (*earlier, *here) if one.end <= rest.start]
        known = [one for one in known if one is not rest][-MOST:]
        if len(known) < 2 or _OPEN.search(text, min(one.start for one in known), sentence[1]):
            continue
        if not any(same_kind(one.noun, rest.noun) for one in known):
            continue
        best = nearest_rest(known, rest.value)
        if best is None:
            continue
        whole, parts = best
        yield item("rest", whole.number, [*(one.number for one in parts), rest.number])


def nearest_rest(known: Sequence[Count], rest: int) -> tuple[Count, tuple[Count, ...]] | None:
    """The whole and the parts that leave nearly a rest; None where some leave just that, or none nearly."""
    found: list[tuple[float, int, Count, tuple[Count, ...]]] = []
    for whole in known:
        others = [one for one in known if one is not whole and one.value < whole.value]
        for size in range(1, min(len(others), 4) + 1):
            for parts in combinations(others, size):
                left = whole.value - sum(one.value for one in parts)
                if left == rest or whole.value == rest:
                    return None
                if left > 0 and same_kind(whole.noun, parts[0].noun):
                    found.append((abs(left - rest) / rest, -size, whole, parts))
    found.sort(key=lambda one: (one[0], one[1]))
    if not found or rest < 3 or (found[0][0] > max(NEAR, 3 / rest) and not _turned(found[0], rest)):
        return None
    return found[0][2], found[0][3]


def _turned(found: tuple[float, int, Count, tuple[Count, ...]], rest: int) -> bool:
    """Whether two numbers differ in one digit, or in their order."""
    return alike(found[2].value - sum(one.value for one in found[3]), rest)


def alike(first: int, second: int) -> bool:
    """Whether one number may be a slip of the other: its digits in another order, or one of them wrong."""
    a, b = str(first), str(second)
    return (
        first != second
        and min(first, second) > 9
        and (
            sorted(a) == sorted(b)
            or (len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1)
        )
    )


_SUM_BEHIND = re.compile(
    r"(?:\s+[a-z-]+){0,3}?\s+(?:in (?:all|total)|all told|altogether|taken together|(?:in the )?both "
    r"(?:groups|arms))\b"
    r"|(?:\s+[a-z-]+){0,2}?\s+total\b",
    re.I,
)
_SUM_BEFORE = re.compile(
    r"(?:\b(?:a |the |grand )?total(?:s|led|ling)?(?:\s+(?:of|was|is|number))*[\s:,(]*(?:of\s+)?"
    r"|\b(?:together|combined|altogether)\b[^.;\d]{0,40}\b(?:make|made|makes|are|were|came to|come to"
    r"|comes to|form|formed|add(?:s|ed)? up to"
    r"|sum to|number|numbered|gives?|gave)\s+(?:up\s+)?"
    r"|\b(?:ma(?:ke|kes|de|king) up|which makes|making|which gives?|giving|brought [^.;\d]{3,40} to"
    r"|adding up to|for a total of|which brought[^.;\d]{3,60} to)\s+"
    r"|\b(?:total|everyone|every one|all) of the\s+|\bbetween them,?\s+)(?:the|these|to|all|about)?\s*$",
    re.I,
)
_IN_ALL = re.compile(r"\b(?:altogether|in all|in total|all told),?\s+$", re.I)
_NOT_ALL = re.compile(
    r"\b(?:including|of whom|of which|of these|of them|among them|at least|more than|such as|mainly"
    r"|from|per|screened"
    r"|excluded|withdrew|dropped|lost|declined|cycles|respond\w*|completed?|some)\b",
    re.I,
)


def _sum(text: str, here: list[Count], before: list[Count], sentence: Stretch) -> Iterator[Item]:
    """A number that is called the sum, and the numbers of its sentence, or of the one before it."""
    for total in here:
        behind_all = _IN_ALL.search(total.before)
        if not (_SUM_BEHIND.match(total.behind) or _SUM_BEFORE.search(total.before) or behind_all):
            continue
        if _HEDGED.search(total.before) or re.match(r"\s+and\s+\d", total.behind):
            continue
        own = [one for one in here if one is not total]
        ahead = [one for one in own if one.start < total.start]
        if ahead:
            own = ahead
        elif behind_all:
            continue
        parts = own or before
        if not 2 <= len(parts) <= 6 or any(
            not same_kind(one.noun, total.noun)
            and not (total.noun == "deaths" and "died" in text[slice(*sentence)])
            for one in parts
        ):
            continue
        begin = min(one.start for one in (*parts, total))
        if _NOT_ALL.search(text, begin, max(sentence[1], total.end)) or any(
            one.value >= total.value for one in parts
        ):
            continue
        if _made_of(total.value, [one.value for one in parts], [one.value for one in before]):
            continue
        summed = sum(one.value for one in parts)
        if abs(summed - total.value) <= NEAR * total.value:
            yield item("sum", total.number, [one.number for one in parts])


def _made_of(total: int, parts: list[int], before: list[int]) -> bool:
    """Whether the parts make the total (some may be parts of a part), or the sentence before does."""
    subtotals = {
        sum(parts) - part for part in parts if any(part == sum(two) for two in combinations(parts, 2))
    }
    runs = {sum(parts[k:]) for k in range(len(parts) - 1)}
    return total in runs | {sum(before), sum(parts) + sum(before), *parts, *before, *subtotals}


_GROUP = (
    r"(?:arms?|groups?|cohorts?|sites?|clinics?|wards?|treatments?|schedules?|cent(?:re|er)s?"
    r"|schools?|villages?|practices?|classes|stages|parts|dose levels|regimens|strategies|sequences"
    r"|periods)"
)
_EACH = re.compile(
    rf"(?:\s+[a-z]+){{0,2}}?\s*(?:each\b(?!\s+[a-z])|(?:per|in each|in either|to each|for each|in every"
    rf"|in both)\s+(?:[a-z]+\s+)?{_GROUP}\b)|(?:\s+[a-z]+)?\s+apiece\b|\s+(?:to|in|on) each of (?:the "
    rf")?(?:{WORD}|\d+)\b",
    re.I,
)
_EACH_BEFORE = re.compile(
    rf"\b(?:each|both|either|every)\s+(?:of\s+(?:the|these|its)\s+)?(?:(?:{WORD}|\d)\s+)?(?:[a-z]+\s+)?{_GROUP}\s+(?:had|has|contained"
    r"|comprised|included|consisted of|with|of|received|enrolled|recruited|was made up of|numbered|held"
    r"|took)\s+(?:a total of\s+)?$"
    rf"|\b(?:{WORD}|\d+)\s+(?:[a-z-]+\s+){{0,2}}{_GROUP}\s+of\s+$",
    re.I,
)
_HEDGED = re.compile(
    r"\b(?:about|approximately|up to|around|at least|roughly|some|median|average|mean|more than|planned"
    r"|every)\s+$",
    re.I,
)
_NAMED = re.compile(
    rf"\beach of (?:the )?(?P<k2>{WORD}|\d+) [a-z]+s\b|\b(?P<k>{WORD}"
    rf"|\d+)\s+(?:[a-z-]+\s+){{0,2}}?{_GROUP}\b",
    re.I,
)
_BOTH = re.compile(
    rf"\b(?:both|either|the two)\s+(?:[a-z]+\s+)?{_GROUP}\b|\b1\s?:\s?1\b(?!\s?:)|\bequally between\b", re.I
)


def _each(text: str, here: list[Count], earlier: list[Count], sentence: Stretch) -> Iterator[Item]:
    """`96 patients in six cohorts of 16`, `45 per arm`, `split equally (144 each)`."""
    for one in here:
        each = _EACH.match(one.behind) or _EACH_BEFORE.search(one.before)
        if not each or _HEDGED.search(one.before) or one.value < 4:
            continue
        others = [c for c in here if c is not one and c.value > one.value and same_kind(c.noun, one.noun)]
        others = (
            others or [c for c in earlier[-2:] if c.value > one.value and same_kind(c.noun, one.noun)][-1:]
        )
        if len(others) != 1 or re.search(
            r"\b(?:screened|approached|of whom|lost|withdr\w+|stratum)\b", text[slice(*sentence)], re.I
        ):
            continue
        whole = others[0]
        near = text[min(whole.start, sentence[0]) : sentence[1]]
        said = {k for m in _NAMED.finditer(near) if (k := _small(m["k"] or m["k2"])) and k > 1}
        if _BOTH.search(near):
            said.add(2)
        times = sorted(said or {round(whole.value / one.value)})
        if any(abs(whole.value - k * one.value) < k for k in (*times, *([2] if not said else []))):
            continue
        k = min(times, key=lambda k: abs(whole.value - k * one.value))
        if k > 1 and abs(whole.value - k * one.value) <= 0.4 * whole.value:
            found = item("each", whole.number, [one.number])
            found.said["times"] = k
            yield found


_THAN = re.compile(r"\s+(?:[a-z]+\s+)?(?P<how>fewer|less|more)\s+than\s+[^\d.;]{3,60}$", re.I)


def _than(here: list[Count]) -> Iterator[Item]:
    """`166 patients, 22 fewer than were randomised (188)`."""
    for first, step, last in zip(here, here[1:], here[2:], strict=False):
        found = _THAN.match(step.behind[: last.start - step.number.end])
        if (
            found is None
            or step.value >= min(first.value, last.value)
            or not same_kind(first.noun, last.noun)
        ):
            continue
        less = found["how"].lower() != "more"
        whole, part = (last, first) if less else (first, last)
        if (
            part.value + step.value != whole.value
            and abs(whole.value - part.value - step.value) <= NEAR * whole.value
        ):
            yield item("rest", whole.number, [part.number, step.number])


def _small(said: str) -> int | None:
    value = int(said) if said.isdigit() else in_words(said)
    return value if value is not None and value < 60 else None


def item(form: str, total: Printed, parts: Sequence[Printed]) -> Item:
    numbers = {"total": total} | {f"part {k}": one for k, one in enumerate(parts, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    return Item("total", first, last, first, numbers, {"form": form, "sure": True})
