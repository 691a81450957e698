"""Numbers of a plan that are products of others: a share of a count, both groups, a design effect, a pace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.audit.accrual_pace import of_pace, told
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.plan_scope import Scope, scopes
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.model import Store
from trialist.registry import entry

NEAR = 0.025
_LINKS = ("loss", "kept", "information", "incidence")
_LEADS = re.compile(
    r"\b(?:so|hence|thus|therefore|i\.e\.|that is|leav\w+|giv\w+|yield\w*|will|would|should|plan\w*"
    r"|need\w*|requir\w*"
    r"|expect\w*|anticipat\w*|allow\w*|inflat\w*|raised?|target|account\w*|offset|find|recruit|enrol"
    r"|after|about|must"
    r"|assum\w*|compensat\w*|equals?|had to|have to|has to|to have)\b|,\s+or\b|=|->|→",
    re.I,
)
_ASIDE = re.compile(
    r"\b(?:in the event|actual\w*|however|instead|in fact|at most|at least|up to|more than|fewer than"
    r"|less than"
    r"|capp\w+|further|additional|rather than|although|though|chose|declin\w*|literature|cluster|as well"
    r"|amend\w*|review"
    r"|observed)\b",
    re.I,
)


@entry("accrual", needs="counts, share", gives="product of other numbers", source="multiplication")
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("plan"):
        for scope in scopes(claim):
            for rule in (_of_share, _of_groups, _of_design_effect, of_pace):
                yield from rule(reading, scope)


def _window(scope: Scope, most: int = 3) -> list[Number]:
    """The numbers of the statement and, where it has a share alone, of those next to it."""
    held = list(scope.own.numbers)
    for place in (scope.place - 1, scope.place + 1, scope.place - 2, scope.place + 2):
        if len(_counts(held)) >= 2 or not 0 <= place < len(scope.statements):
            continue
        more = scope.statements[place].numbers
        if len(_counts([*held, *more])) <= 2 and not any(one.unit == "share" for one in more):
            held += more
    return held


def _counts(numbers: object) -> list[Number]:
    seen: dict[float, Number] = {}
    for one in numbers:  # type: ignore[attr-defined]
        if (one.role in ("people", "events", "pairs") or one.bare) and one.value >= 5:
            seen.setdefault(one.value, one)
    return list(seen.values())


def _of_share(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """A share of those who come in is evaluable, positive, lost, dead; so many come in for so many wanted."""
    shares = [
        one
        for one in scope.own.numbers
        if (one.unit == "share" and one.role not in ("power", "alpha", "beta")) or one.role == "information"
    ]
    if len(shares) != 1 or scope.own.of("power"):
        return
    share = shares[0]
    if re.search(
        r"\w\s*\(\s*$|\d\s*[,;/]\s*$", str(scope.claim.said["text"])[max(0, share.start - 8) : share.start]
    ):
        return  # `28 (8%)` has a whole of its own
    if _WITH_COUNT.match(str(scope.claim.said["text"]), share.end):
        return  # so has `8% of the patients (28)`
    held = _window(scope)
    counts = sorted(_counts(held), key=lambda one: one.value)
    words = scope.words(2, 1)
    if len(counts) == 3 and counts[2].value in (2 * counts[1].value, 2 * counts[0].value):
        counts = [one for one in counts if one.each] if sum(bool(one.each) for one in counts) == 2 else counts
    if (
        len(counts) != 2
        or not _linked(scope, share, counts)
        or not (_LEADS.search(scope.words(1, 1)) or _labelled(scope))
    ):
        return
    if _ASIDE.search(words) or not _one_clause(scope, share, counts):
        return
    few, many = counts
    if few.each and not many.each and many.value % few.value == 0:
        return  # a group and the whole
    loss = share.role == "loss" or (not share.role and bool(_LOST.search(words)))
    ways = {(1 - share.value) if loss else share.value}
    if loss:
        ways.add(share.value)
    if loss and share.value <= ADDED:  # losses that were added in place of divided by
        ways.add(1 / (1 + share.value))
    if any(_near(few, many, way, share) for way in ways):
        return
    way = 1 - share.value if loss else share.value
    yield told(
        reading, scope, [share, few, many],
        f"{100 * way:.3g}% of {many.value:.0f} are {way * many.value:.0f}, not {few.value:.0f}",
        f"{many.value:.0f} x {100 * way:.3g}% = {way * many.value:.1f}; {few.value:.0f} need "
        f"{few.value / way:.1f}",
    )  # fmt: skip


ADDED = 0.25  # up to this share of losses, adding them is nearly the same as dividing by what is left
_WITH_COUNT = re.compile(
    r"\s*%?\s*of\b[^.;,()\d]{0,30}\(\s*\d|[^.;,()\d]{0,24}\(\s*(?:n\s*=\s*)?\d+\s*\)", re.I
)
_PLANNED = re.compile(
    r"\b(?:expect\w*|will|must|should|would|need\w*|plan\w*|anticipat\w*|assum\w*|allow\w*|have to|has to"
    r"|requir\w*)\b",
    re.I,
)
_LOST = re.compile(
    r"\b(?:drop-?out|withdr|lost|loss|attrition|not evaluable|leav\w+ early|leave|unevaluable|fail)", re.I
)
_KEPT = re.compile(
    r"\b(?:evaluable|positive|carr(?:y|ies|ier)|eligible|mutat|complet|event|died"
    r"|have had)",
    re.I,
)


def _linked(scope: Scope, share: Number, counts: list[Number]) -> bool:
    """Whether the share is of one of the counts: by a cue, by `70% of the 440`, or by what is spoken of."""
    if share.role in _LINKS:
        return True
    behind = str(scope.claim.said["text"])[share.end : share.end + 40]
    of = re.match(r"\s*%?\s*of\s+(?:the\s+|these\s+|all\s+)?(?=\d)", behind)
    if not _PLANNED.search(scope.words(0, 0)):
        return False
    if of and any(one.start == share.end + of.end() for one in counts):
        return True
    words = scope.words(1, 1)
    return not share.role and bool(_LOST.search(words)) != bool(_KEPT.search(words))


_LABELLED = re.compile(r"[^:.;]{3,60}:\s*[\d.,]+\s?%?\W*")


def _labelled(scope: Scope) -> bool:
    """Whether the statement is a label and its value, in telegraph style."""
    return _LABELLED.fullmatch(scope.words(0, 0).strip()) is not None


def _one_clause(scope: Scope, share: Number, counts: list[Number]) -> bool:
    """Whether no semicolon parts the share from both counts."""
    text = str(scope.claim.said["text"])
    if text.count(";", scope.own.start, scope.own.end) > 1:
        return True  # telegraph style
    gaps = [text[min(share.end, one.end) : max(share.start, one.start)] for one in counts]
    return any(";" not in gap for gap in gaps)


def _near(few: Number, many: Number, way: float, share: Number) -> bool:
    digits = 10.0**-share.printed.decimals / (200 if share.printed.text.endswith("%") else 2)
    low, high = (way - digits) * many.value, (way + digits) * many.value
    slack = max(1.0, NEAR * few.value, 5.5 if few.value % 10 == 0 and few.value > 100 else 0)
    return low - slack <= few.value <= high + slack


def _of_groups(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """`200 per arm (400 in total)`: the whole is a multiple of each group."""
    numbers = [one for one in scope.own.numbers if one.role in ("people", "") and one.unit == "count"]
    for each, whole in pairwise(numbers):
        text = str(scope.claim.said["text"])[each.end : whole.start]
        if not each.each or whole.each is not False or each.value < 5 or len(text) > 40 or ";" in text:
            continue
        if re.search(r"(?:\d|\bup)\s*(?:-|to)\s*$", str(scope.claim.said["text"])[: each.start]):
            continue  # the end of a range
        if whole.value > each.value and whole.value % each.value == 0:
            continue
        yield told(
            reading, scope, [each, whole], f"groups of {each.value:.0f} do not make {whole.value:.0f}",
            f"2 x {each.value:.0f} = {2 * each.value:.0f}",
        )  # fmt: skip


def _of_design_effect(reading: Reading, scope: Scope) -> Iterator[Verdict]:
    """1 + (size of a cluster - 1) x ICC, and what it makes of the size without clusters."""
    effects, iccs = scope.own.of("design effect"), scope.find("icc")
    if len(effects) != 1:
        return
    effect = effects[0]
    counts = [
        one for near in scope.near()[:3] for one in near.numbers if one.unit == "count" and one.value > 1
    ]
    slack = 0.5 * 10.0**-effect.printed.decimals + 0.02 * effect.value
    if len(iccs) == 1 and counts:
        made = [(1 + (one.value - 1) * iccs[0].value, one) for one in counts]
        if not any(abs(value - effect.value) <= slack for value, _ in made) and not re.search(
            r"\bvar(?:y|ied|ies|iation)|\bunequal|\bdiffer in size", scope.words()
        ):
            value, one = min(made, key=lambda each: abs(each[0] - effect.value))
            yield told(
                reading, scope, [effect, iccs[0], one],
                f"clusters of {one.value:.0f} with {iccs[0].value:g} have a design effect of {value:.2f}, "
                f"not {effect.value:g}",
                f"1 + ({one.value:.0f} - 1) x {iccs[0].value:g} = {value:.3f}",
            )  # fmt: skip
            return
    people = sorted((one for one in counts if one.value >= 50), key=lambda one: one.value)
    if len(people) == 2 and abs(people[0].value * effect.value / people[1].value - 1) > 0.04:
        few, many = people
        yield told(
            reading, scope, [effect, few, many],
            f"{few.value:.0f} times {effect.value:g} is {few.value * effect.value:.0f}, not {many.value:.0f}",
            f"{few.value:.0f} x {effect.value:g} = {few.value * effect.value:.1f}",
        )  # fmt: skip
