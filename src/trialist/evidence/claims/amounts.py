"""Totals of volumes, doses and lengths with what makes them: every amount, how often, which is the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.measured import (
    Amount,
    Factor,
    amounts_in,
    bodies_in,
    factors_in,
    occasions_in,
)
from trialist.evidence.claims.plain import NUMBER, printed

_STRONG = (
    r"total(?:ling|led|s)?|altogether|(?:all )?in all|sum|cumulative(?:ly)?|together"
    r"|overall(?=\s+(?:dose|volume|amount|exposure|activity)|[\s,:]+\d)|makes?|made|making"
    r"|amount(?:s|ing|ed)? to|com(?:es?|ing) to|came to|aggregate|by the end|in the end|will have"
    r"|add(?:s|ing|ed)? up to|whole"
)
_WEAK = (
    r"that is|an? maximum of|which (?:is|means)|i\.e\.|means|meaning|giving|yield(?:s|ing)?"
    r"|bring(?:s|ing)?|result(?:s|ing) in"
    r"|hence|thus|therefore|so that|correspond(?:s|ing) to|equal(?:s|ling)?(?: to)?|gets"
    r"|(?:daily|weekly|monthly)\s+(?:dose|amount)|dose per (?:day|cycle|week)|per (?:visit|patient"
    r"|cycle|profile):"
)
_STRONG_BEFORE = re.compile(rf"\b(?:{_STRONG})(?=\W)[^.;\d]{{0,60}}$", re.I)
_BEFORE = re.compile(rf"(?:\b(?:{_WEAK})(?=\W)[^.;\d]{{0,60}}|=\s*)$", re.I)
_BEHIND = re.compile(
    r"\s*(?:of\s+(?:blood|plasma|serum)\s*)?,?\s*\(?\s*(?:in total|in all|altogether|overall|total|cumulative"
    r"|together)\b",
    re.I,
)
_PER_DAY = re.compile(r"\s*(?:/\s?d(?:ay)?|daily|a day|per day)\b", re.I)
_DRAWN = re.compile(r"\b(?:blood|sampl|tube|vial|drawn|draw|plasma|serum|urine|collect)", re.I)
_PER_COURSE = re.compile(
    r"\s*(?:per|each|every|for each) (?:cycle|visit|course|patient|year"
    r"|participant|person)\b",
    re.I,
)
_OPEN = re.compile(r"[(,]\s*(?:=\s*|as\s+)?$")
_AS = re.compile(
    r"(?:\s*(?:/|per|a|each)\s*(?:d|day|week|cycle)\b)?\s*(?:[a-z]+\s+){0,3}?(?:,?\s*\("
    r"|\b(?:in|as|over|by|using)\b)\s*(?:[a-z]+\s+){0,2}$",
    re.I,
)
_OF_WHOLE = re.compile(r"(?:^\W*|[,;:(]\s*|\bout\s+)of\s+(?:the|these|those|all|a total of)?\s*$", re.I)
_OTHER = re.compile(
    r"\b(?:median|mean|average|exceed\w*|limit\w*|threshold)\b[^.;\d]{0,40}$"
    r"|\b(?:at least|more than|less than|below|under|above|over)\s+(?:a\s+"
    r"|the\s+)?(?:total\s+(?:of\s+)?)?$|[<>≤≥~]\s*$",
    re.I,
)
_NOT_MADE = re.compile(
    r"\b(?:reduc\w+|withheld|missed|discard\w*|boost\w*|capped|instead|early|escalat\w+|loading|except|median"
    r"|mean|one (?:cycle|dose) of each)\b",
    re.I,
)
_ROUGH = re.compile(
    r"\b(?:about|approximately|some|roughly|around|nearly|almost|just (?:over|under)|ca\.?)\s*$", re.I
)
_EACH = re.compile(
    r"(?:\beach|\bevery|\bper)\s+(?:[a-z]+\s+)?(?:visit|cycle|course|time ?point|week|day|occasion)\b", re.I
)
_OWN_BEFORE = re.compile(
    r"\s*(?:(?:of|at|x|@|with|containing|holding|each|a|the|,|\()\s*)*(?:[a-z-]+\s+of\s+)?$", re.I
)
_OWN_BEHIND = re.compile(
    r"\s*(?:\)|,|each|a|per\s+[a-z]+|q\d+w|on|\s)*(?:(?:given\s+)?in\s+|for\s+|for\s+up\s+to\s+|over\s+)?$",
    re.I,
)
_STOP = re.compile(r"[.;?!]\s+(?=\S)|\s[-*+]\s+(?=[A-Za-z0-9])")
_COURSE = re.compile(r"cycle|course|block|round|infusion|dose", re.I)
MOST_TERMS, FAR = 6, 500


@dataclass(frozen=True, slots=True)
class _Term:
    """An amount, how often by its own words, and the body that it is for (1 without one)."""

    amount: Amount
    own: Factor | None
    body: float = 1.0


_EQUATION = re.compile(
    rf"(?<![\w.,/+-])(?P<left>{NUMBER}(?:\s*(?P<unit>[a-zA-Z]{{1,3}}(?:/m2)?))?(?:\s*[+x]\s*{NUMBER}(?:\s*[a-zA-Z]{{1,3}}(?:/m2)?)?)+)"
    rf"\s*=\s*(?P<t>{NUMBER})(?![\d.]*\d|\s*[%+x]|\s*[a-z]+\s*[+x])"
)


def equations(text: str, start: int, end: int) -> Iterator[Item]:
    """`20 + 20 = 40 mL`, `2 x 10 mL + 5 mL = 25 mL`: sums and products that are written out."""
    for m in _EQUATION.finditer(text, start, end):
        whole = printed(text, *m.span("t"))
        terms = [
            [n for n in (printed(piece, *x.span()) for x in re.finditer(NUMBER, piece)) if n is not None]
            for piece in re.sub(r"/m2|\bm2", "", m["left"]).split("+")
        ]
        if whole is None:
            continue
        said = {
            "total": (whole.value,),
            "terms": tuple((prod(n.value for n in held), (1.0, 1.0)) for held in terms),
            "factors": (), "lists": (), "each": False, "rough": False, "cue": "cell", "unit": "", "size": 1.0,
        }  # fmt: skip
        yield Item("dose", m.start(), m.end("t"), m.start(), {"total": whole}, said)


def amounts(text: str, start: int, end: int, part: tuple[int, int]) -> Iterator[Item]:
    equal = list(equations(text, start, end))
    yield from equal
    held = amounts_in(text, start, end)
    for whole in held:
        cue = cue_of(text, start, end, whole, held)
        if (
            cue is None
            or any(e.start <= whole.start < e.end for e in equal)
            or _OTHER.search(text[max(start, whole.start - 60) : whole.start])
        ):
            continue
        item = _made(text, start, end, part, held, whole, cue)
        if item is not None:
            yield item


def cue_of(text: str, start: int, end: int, whole: Amount, held: Sequence[Amount]) -> str | None:
    """How an amount is marked as one that others make: `strong`, `weak`, `bracket`, `first` or `of`."""
    before, behind = text[max(start, whole.start - 90) : whole.start], text[whole.end : whole.end + 40]
    if _OF_WHOLE.search(before) and any(one.start > whole.end and one.kind == whole.kind for one in held):
        return "of" if sum(one.start > whole.end and one.kind == whole.kind for one in held) > 1 else None
    if _BEHIND.match(behind) or _STRONG_BEFORE.search(before):
        return "strong"
    if _BEFORE.search(before):
        return "weak"
    near = [one for one in held if one.end <= whole.start and one.kind == whole.kind]
    if near and _PER_DAY.match(behind) and not re.search(r"\d", text[near[-1].end : whole.start]):
        return "daily"
    if len(near) > 1 and _PER_COURSE.match(behind):
        return "weak"
    if near and _OPEN.search(before) and text[whole.end : whole.end + 1] in ")," and "(" in before[-4:]:
        return "bracket"
    following = next((one for one in held if one.start > whole.end and one.kind == whole.kind), None)
    flat = [one for one in held if one.measures == whole.measures and not one.per]
    if flat == [whole] and len(bodies_in(text, start, end)) == 1:
        return "body"
    if following is not None and _AS.match(text[whole.end : _first(text, following, whole.end)]):
        return "first"
    return None


def _first(text: str, amount: Amount, after: int) -> int:
    """Where an amount begins with the factor before it."""
    factors = [f for f in factors_in(text, after, amount.start + 40) if f.end <= amount.start]
    near = factors and _OWN_BEFORE.fullmatch(text[factors[-1].end : amount.start])
    return factors[-1].start if factors and near else amount.start


def _made(
    text: str, start: int, end: int, part: tuple[int, int], held: Sequence[Amount], whole: Amount, cue: str
) -> Item | None:
    factors = [f for f in factors_in(text, start, end) if f.end <= whole.start or f.start >= whole.end]
    if whole.measures == "pieces":
        return _pieces(text, start, end, factors, whole)
    bodies = _for_bodies(text, start, end, max(part[0], start - FAR), whole)
    if bodies and (cue == "body" or cue in ("weak", "strong")):
        return _item(text, start, end, bodies, factors, whole, "body")
    if cue == "body":
        return None
    terms = [
        _Term(one, own_factor(text, one, factors))
        for one in held
        if one is not whole and one.kind == whole.kind
    ]
    back: list[_Term] = []
    more: list[Factor] = []
    if (
        cue in ("strong", "weak")
        and whole.measures != "time"
        and not [t for t in terms if t.amount.start < whole.start]
    ):
        back, more = _back(text, max(part[0], start - FAR), start, whole)
        own = any(term.own for term in back)
        summed = whole.measures == "volume" and _DRAWN.search(text, part[0], end)
        if not own and (cue == "weak" or not (more or summed)):
            back = []
        terms = [*back, *terms]
    if not terms or len(terms) > MOST_TERMS or _NOT_MADE.search(text, start, end):
        return None
    if whole.measures == "time" and not any(t.own and _COURSE.search(t.own.noun) for t in terms):
        return None
    if cue == "first":
        terms = [t for t in terms if t.amount.start > whole.start][:1]
    if cue == "weak" and not [t for t in terms if t.amount.start < whole.start]:
        return None
    often = [f for f in factors if f.noun in ("", "times") and f.high > 1 and f.end <= whole.start]
    if cue == "daily" and not often:
        return None
    if cue == "bracket":
        terms = _since_last_sum(text, terms, whole)
    if cue in ("bracket", "first") and not any(term.own for term in terms):
        listed = (
            cue == "bracket" and len(terms) == 1 and not _MORE.search(text, terms[0].amount.end, whole.start)
        )
        if not listed or len(occasions_in(text, terms[0].amount.end, whole.start)) != 1:
            return None
    return _item(text, start, end, terms, [*more, *factors], whole, cue)


_MORE = re.compile(
    r"\b(?:each|every|any|again|if|further|thereafter|then|until|up to|at most|whenever|\d+ to \d+)\b|\d-\d",
    re.I,
)


def _since_last_sum(text: str, terms: Sequence[_Term], whole: Amount) -> list[_Term]:
    """What a sum in brackets adds up: the amounts before it, behind the brackets or the semicolon before."""
    before = [term for term in terms if term.amount.end <= whole.start]
    if not before:
        return []
    cuts = [m.end() for m in re.finditer(r"\)|;", text[before[0].amount.start : whole.start])]
    cut = before[0].amount.start + max(cuts, default=0)
    return [term for term in before if term.amount.start >= cut] or before


def _pieces(text: str, start: int, end: int, factors: Sequence[Factor], whole: Amount) -> Item | None:
    """`two tablets a day for 21 days, 42 tablets`: what counts the pieces makes them."""
    one = Amount(whole.number, None, "pieces", 1.0, "", whole.unit, whole.start, whole.start)
    if len(factors) < 2:
        return None
    item = _item(text, start, end, [_Term(one, None)], factors, whole, "strong")
    item.said["terms"] = ((1.0, (1.0, 1.0)),)
    return item


def own_factor(text: str, amount: Amount, factors: Sequence[Factor]) -> Factor | None:
    """The factor of an amount by its words: `2 x 7.5 mL`, `six cycles at 7.4 GBq`, `5 mg twice`."""
    if amount.listed:
        return None
    for factor in reversed(factors):
        if factor.end <= amount.start and _OWN_BEFORE.fullmatch(text[factor.end : amount.start]):
            return factor
    for factor in factors:
        if factor.start >= amount.end and _OWN_BEHIND.fullmatch(text[amount.end : factor.start]):
            return factor
    return None


def _for_bodies(text: str, start: int, end: int, first: int, whole: Amount) -> list[_Term]:
    """Amounts per surface or weight with the one body that is named, where the whole is for a body."""
    bodies = bodies_in(text, start, end)
    per = [one for one in amounts_in(text, start, end) if one.measures == whole.measures and one.per]
    per = per or [one for one in amounts_in(text, first, start) if one.measures == whole.measures and one.per]
    if whole.per or len(bodies) != 1 or len(per) != 1 or per[0].per != bodies[0][0]:
        return []
    return [_Term(per[0], None, bodies[0][1].value)]


def _back(text: str, first: int, start: int, whole: Amount) -> tuple[list[_Term], list[Factor]]:
    """The amounts of the sentences before, with what multiplies them; of sentences that end with what their
    own amounts make (`2 x 10 mL, 20 mL`) only that."""
    factors = factors_in(text, first, start)
    bare = re.sub(r"\([^()]*\)", lambda m: " " * len(m[0]), text[first:start])
    ends = [first, *(m.end() + first for m in _STOP.finditer(bare)), start]
    pieces = [[one for one in amounts_in(text, a, b) if one.kind == whole.kind] for a, b in pairwise(ends)]
    if not any(len(held) > 1 for held in pieces):
        return [_Term(one, own_factor(text, one, factors)) for held in pieces for one in held], factors
    last = [
        _Term(held[-1], own_factor(text, held[-1], factors) if len(held) == 1 else None)
        for held in pieces
        if held
    ]
    flat = [_Term(one, own_factor(text, one, factors)) for held in pieces for one in held]
    made = any(_ends_with_its_sum(text, held, factors) for held in pieces if len(held) > 1)
    return (last, []) if made and len(last) > 1 else (flat, factors)


def _ends_with_its_sum(text: str, held: Sequence[Amount], factors: Sequence[Factor]) -> bool:
    """Whether the last amount is a multiple of one before it that has its own factor, or the sum of all."""
    whole, parts = held[-1].value, held[:-1]
    own = [one.value * f.low for one in parts if (f := own_factor(text, one, factors)) is not None]
    sums = sum(one.value for one in parts)
    return (len(parts) > 1 and abs(whole - sums) < 1e-9) or any(
        one and abs(whole / one - round(whole / one)) < 1e-9 for one in own
    )


def _item(
    text: str,
    start: int,
    end: int,
    terms: Sequence[_Term],
    factors: Sequence[Factor],
    whole: Amount,
    cue: str,
) -> Item:
    owned = {id(term.own) for term in terms if term.own is not None}
    loose = [f for f in factors if id(f) not in owned and f.high != 1]
    lists = occasions_in(text, start, end) if len(terms) < 3 else []
    numbers = {"total": whole.number} | {f"part {k}": t.amount.number for k, t in enumerate(terms, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    said = {
        "total": tuple(n.value * whole.size for n in (whole.number, whole.upper) if n is not None),
        "terms": tuple(
            (t.amount.value * t.body, (t.own.low, t.own.high) if t.own else (1.0, 1.0)) for t in terms
        ),
        "factors": tuple((f.low, f.high) for f in loose),
        "lists": tuple(lists),
        "each": not any(f.noun == "span" for f in loose)
        and bool(_EACH.search(text, start, whole.start - 20) or _EACH.search(text, whole.end + 20, end)),
        "rough": bool(_ROUGH.search(text[max(start, whole.start - 20) : whole.start])),
        "cue": cue,
        "unit": whole.unit,
        "size": whole.size,
    }
    kind = {"volume": "volume", "time": "length"}.get(whole.measures, "dose")
    return Item(kind, first, last, first, numbers, said)
