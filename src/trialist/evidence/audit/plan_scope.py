"""What a statement of a plan means with what stands around it: its own numbers before those of others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plan_limits import Limit, limits
from trialist.evidence.claims.plan_units import Number
from trialist.evidence.claims.plans import Statement

FAR = 5  # statements before and behind in which a number may stand


@dataclass(frozen=True, slots=True)
class Scope:
    """One statement (`place`) of a passage, and the passage."""

    claim: Claim
    statements: tuple[Statement, ...]
    place: int

    @property
    def own(self) -> Statement:
        return self.statements[self.place]

    def find(self, *roles: str) -> tuple[Number, ...]:
        """The numbers of a role: its own, else of the nearest statement before, else behind."""
        for place in self._places():
            found = self.statements[place].of(*roles)
            if found:
                return found
        return ()

    def _places(self) -> list[int]:
        here = self.place
        before = range(here, max(-1, here - FAR - 1), -1)
        around = [*before, *range(here + 1, min(len(self.statements), here + FAR + 1))]
        return [place for place in around if place == here or not self.statements[place].closed]

    def near(self) -> list[Statement]:
        return [self.statements[place] for place in self._places()]

    def words(self, before: int = 2, behind: int = 1) -> str:
        """The words of the statement and of those next to it."""
        text = str(self.claim.said["text"])
        held = self.statements[max(0, self.place - before) : self.place + behind + 1]
        return " ".join(text[one.start : one.end] for one in held)

    def limits(self) -> list[Limit]:
        """The limits of counts in the nearest statement that has any."""
        text = str(self.claim.said["text"])
        return next((held for s in self.near() if (held := limits(text, s.start, s.end))), [])

    def claimed(self, reading: Reading, numbers: list[Number]) -> Claim:
        """The claim that these numbers make, and the statements that they stand in as its sentence."""
        spots = sorted({one.start: one for one in numbers}.values(), key=lambda one: one.start)
        inside = [s for s in self.statements if any(s.start <= one.start < s.end for one in spots)]
        named = {f"{one.role or one.unit or 'number'} {k}": one.printed for k, one in enumerate(spots, 1)}
        return replace(
            self.claim,
            span=reading.document.span(spots[0].start, spots[-1].end),
            sentence=reading.document.span(inside[0].start, inside[-1].end),
            numbers=named,
        )


_TAKES_UP = re.compile(
    r"\b(?:this|that|such an?|the (?:same|above|assumed|stated|target|specified|postulated|expected"
    r"|hypothesi[sz]ed)) (?:\w+ )?(?:hazard ratio|HR|ratio|effect|differences?|targets?|improvement"
    r"|benefit|gain|size|reduction|increase|alternative|assumptions?)\b"
    r"|\b(?:detect|find|see|show|demonstrate) (?:it|this|that)\b(?! [a-z]+ (?:is|was))"
    r"|\b(?:under|with|on|given) (?:these|this|those|that) (?:assumption|target|hypothesis)\w*",
    re.I,
)


def taken_up(scope: Scope, before: Sequence[Claim]) -> Scope | None:
    """A statement on `this effect` with the statements of the passage before that tells an effect."""
    if not _TAKES_UP.search(scope.words(0, 0)):
        return None
    for claim in reversed(before):
        told: list[Statement] = [
            one for one in claim.said["statements"] if _tells_effect(str(claim.said["text"]), one)
        ][-2:]
        if told:
            return replace(scope, statements=(*told, *scope.statements), place=scope.place + len(told))
    return None


def _tells_effect(text: str, one: Statement) -> bool:
    """Whether a statement has a ratio, a difference, two shares or two medians."""
    shares = [n for n in one.numbers if n.unit == "share" and not n.role]
    times = [n for n in one.numbers if n.unit == "days"]
    medians = bool(times) and re.search(r"\bmedian", text[one.start : one.end], re.I) is not None
    return bool(one.of("ratio", "difference")) or len(shares) == 2 or medians


def scopes(claim: Claim) -> list[Scope]:
    held: tuple[Statement, ...] = claim.said["statements"]
    return [Scope(claim, held, place) for place in range(len(held))]
