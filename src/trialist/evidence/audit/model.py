"""Verdicts: one claim, one rule, what the rule computed, and the findings on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.model import Store

Severity = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a claim.

    rule        the name of the rule; kind: what it found, in a few words
    severity    A can't be; B does not agree with what else is said; C imprecise
    message     one sentence; arithmetic: the lines that show it
    others      claims of the document on the other side
    findings    ids of the store on either side; empty for rules of arithmetic alone
    also        (rule, kind) of further rules that found the same fault, whose arithmetic stands in this one
    """

    rule: str
    kind: str
    severity: Severity
    claim: Claim
    message: str
    arithmetic: tuple[str, ...]
    remedy: str
    others: tuple[Claim, ...] = ()
    findings: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()

    def as_json(self, reading: Reading) -> dict[str, Any]:
        span = self.claim.span
        return {
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "place": {
                "document": span.document, "line": span.line, "page": span.page, "paragraph": span.paragraph,
                "start": span.start, "end": span.end,
            },
            "said": reading.text(span),
            "sentence": reading.text(self.claim.sentence),
            "message": self.message,
            "arithmetic": list(self.arithmetic),
            "remedy": self.remedy,
            "others": [
                {"said": reading.text(c.span), "start": c.span.start, "end": c.span.end} for c in self.others
            ],
            "findings": list(self.findings),
            "also": [{"rule": rule, "kind": kind} for rule, kind in self.also],
            "claim": None if self.claim.finding is None else self.claim.finding.as_json(),
        }  # fmt: skip


Rule = Callable[[Reading, Store | None], Iterable[Verdict]]
