"""One fault is told once: of several verdicts on the same numbers the gravest, with all sides in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.model import Claim

_WHOLES = frozenset({"n", "level", "total"})  # that several claims of a sentence share
Stretch = tuple[int, int]


def once(found: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Verdicts in the order given; one that speaks of the numbers of a graver one is told in that."""
    kept: list[Verdict] = []
    for verdict in sorted(found, key=lambda v: v.severity):
        mine = _held((verdict.claim, *verdict.others))
        place = next((k for k, v in enumerate(kept) if _meet(mine, _held((v.claim, *v.others)))), None)
        if place is None:
            kept.append(verdict)
        elif verdict.rule != kept[place].rule:
            kept[place] = _with(kept[place], verdict)
        elif verdict.message != kept[place].message:
            kept.append(verdict)
    return tuple(kept)


def _with(main: Verdict, more: Verdict) -> Verdict:
    others = [c for c in (more.claim, *more.others) if c is not main.claim and c not in main.others]
    return replace(
        main,
        arithmetic=tuple(dict.fromkeys((*main.arithmetic, f"{more.rule}: {more.message}", *more.arithmetic))),
        findings=tuple(dict.fromkeys((*main.findings, *more.findings))),
        also=tuple(dict.fromkeys((*main.also, (more.rule, more.kind), *more.also))),
        others=(*main.others, *(c for c in others if c.numbers and c.span != main.claim.span)),
    )


def _held(claims: Iterable[Claim]) -> set[Stretch]:
    """Where the numbers of claims stand; of a claim without numbers its words."""
    held: set[Stretch] = set()
    for claim in claims:
        numbers = {(n.start, n.end) for word, n in claim.numbers.items() if word not in _WHOLES}
        held |= numbers or {(claim.span.start, claim.span.end)}
    return held


def _meet(first: set[Stretch], second: set[Stretch]) -> bool:
    return any(a < d and c < b for a, b in first for c, d in second)
