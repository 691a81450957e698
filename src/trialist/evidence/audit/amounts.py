"""Volumes, doses and lengths of cycles are what their parts make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store
from trialist.registry import entry

NEAR = 1.55  # a total further than this from all that its parts make is of something else
OWN = 2.6  # where one amount has its number right beside it and nothing else multiplies it
LIST = 0.35  # of a sum without factors
ROUGH, BODY, UNITS = 0.15, 0.05, 0.09  # `about`; to whole vials; a month is four weeks to some
MOST_FACTORS, MOST_MADE = 6, 4000
Ends = tuple[float, ...]


@entry(
    "amounts", needs="parts, times, total", gives="total that its parts do not make", source="multiplication"
)
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    for claim in reading.of("volume", "dose"):
        if "terms" in claim.said:
            yield from told(claim, "amounts", "total that its parts do not make")


def told(claim: Claim, rule: str, kind: str) -> Iterator[Verdict]:
    """A total with its parts, where they can't make it."""
    wrong = not_made(claim)
    if wrong is None:
        return
    unit, size, terms = str(claim.said["unit"]), float(claim.said["size"]), claim.said["terms"]
    shown = " + ".join(_shown(value / size, own) for value, own in terms)
    times = ", ".join(f"{low:g}" for low, _ in claim.said["factors"])
    total = claim.numbers["total"].text
    yield Verdict(
        rule, kind, "B", claim,
        f"the parts make {wrong / size:.4g}, not {total} {unit}",
        (f"{shown} {unit}" + (f", times as stated: {times}" if times else "") + f"; printed {total}",),
        "correct the total, its parts or how often",
    )  # fmt: skip


def _shown(value: float, own: Ends) -> str:
    return f"{value:g}" if own[0] == 1 else f"{own[0]:g} x {value:g}"


def not_made(claim: Claim) -> float | None:
    """What the parts of a total make that is nearest to it, where nothing that they make is the total."""
    said = claim.said
    terms, factors = said["terms"], said["factors"][:MOST_FACTORS]
    if len(terms) == 1 and max(terms[0][1]) > 1 and factors:  # `three tubes first, then one at each of four`
        factors, terms = (*factors, terms[0][1]), ((terms[0][0], (1.0, 1.0)),)
    held = _products(factors, said["lists"])
    made = _sums(terms, held)
    if len(made) > MOST_MADE:
        return None
    if said["cue"] == "of":  # a whole may have more parts than are named
        least = sum(value * max(own) for value, own in terms)
        return least if least > said["total"][0] * (1 + 1e-9) else None
    composed = [one for one in made if one not in {value for value, own in terms if max(own) == 1}] or []
    if said["cue"] == "body":
        composed = list(made)
    if said["cue"] == "items":  # all of them, or those that the words may mean
        composed = [sum(value for value, _ in terms) * k for k in held]
    if said["cue"] == "cell":  # every cell counts
        made = {sum(value * max(own) for value, own in terms)}
    for total in said["total"]:
        if any(_equal(claim, total, one) for one in made) or (said["each"] and _of_each(total, made)):
            continue
        far = OWN if len(terms) == 1 and max(terms[0][1]) > 1 and not factors else NEAR
        near = [one for one in composed if one and 1 / far <= total / one <= far]
        flat = said["cue"] != "items" and not factors and not said["lists"]
        if len(terms) > 1 and flat and all(max(own) == 1 for _, own in terms):
            whole = sum(value for value, _ in terms)
            near = [whole] if said["cue"] == "cell" or abs(total - whole) <= LIST * whole else []
        if near:
            return min(near, key=lambda one: abs(one - total))
    return None


def _sums(terms: Sequence[tuple[float, Ends]], held: set[float]) -> set[float]:
    made = {0.0}
    for value, own in terms:
        each = {value * often * k for often in own for k in held}
        made |= {have + one for have in made for one in each}
        if len(made) > MOST_MADE:
            break
    return made


def _equal(claim: Claim, total: float, made: float) -> bool:
    """Whether a printed total is what was made, or that rounded."""
    size, decimals = float(claim.said["size"]), claim.numbers["total"].decimals
    slack = {"body": BODY}.get(str(claim.said["cue"]), UNITS if claim.kind == "length" else 0.0)
    slack = max(slack, ROUGH if claim.said["rough"] else 0.0)
    printed, value = total / size, made / size
    whole = abs(value * 10**decimals - round(value * 10**decimals)) < 1e-6
    return abs(printed - value) <= max(1e-6, slack * value, 0.0 if whole else 0.5 * 10**-decimals + 1e-9)


def _of_each(total: float, made: set[float]) -> bool:
    """Whether a total is that of several visits, whose number is not said."""
    return any(one and total > one and abs(total / one - round(total / one)) < 1e-9 for one in made)


def _products(factors: Sequence[Ends], lists: Sequence[int]) -> set[float]:
    """Every product of some of the stated factors, and every sum of some times a product of others."""
    stated = [*(set(ends) for ends in factors), *({float(k)} for k in lists)]
    held = _multiplied(stated)
    for size in range(2, len(factors) + 1):
        for some in combinations(range(len(factors)), size):
            left = [k for place, k in enumerate(stated) if place not in some]
            held |= {sum(min(stated[place]) for place in some) * k for k in _multiplied(left)}
    return held


def _multiplied(stated: Sequence[set[float]]) -> set[float]:
    held = {1.0}
    for ends in stated:
        held |= {one * k for one in held for k in ends}
    return held
