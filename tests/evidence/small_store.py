"""A few made-up trials of drugs that do not exist, for clauses about pooling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trialist.evidence.model import Arm, Given, Store, TrialCard
from trialist.evidence.pooling.question import Question, Side
from trialist.findings.model import Finding, Interval, Method, Origin, PValue


def arm(name: str, treatment: str, drug: str, role: str = "experimental") -> Arm:
    return Arm(
        name, f"{drug} ({treatment})", treatment, role, (Given(drug), Given("steroid", purpose="supportive"))
    )


def card(trial: str, **changes: Any) -> TrialCard:
    arms = {"x": arm("x", "alphamab_10", "alphamab"), "c": arm("c", "betanib", "betanib", "control")}
    whole = TrialCard(trial, trial, "solid", line="second", enrolled_from="2010-01", n=200, arms=arms)
    return replace(whole, **changes)


def ratio(
    trial: str,
    estimate: float | None,
    low: float | None = None,
    high: float | None = None,
    **changes: Any,
) -> Finding:
    whole = Finding(
        trial,
        "os",
        "hazard_ratio",
        estimate,
        Origin("published", "PAPER", None, "read", entry=f"{trial}-1"),
        Method("as reported"),
        groups=("x", "c"),
        interval=None if low is None else Interval(low, high),
        n=200,
        events=100,
    )
    return replace(whole, **changes)


def count(trial: str, group: str, events: int, n: int, **changes: Any) -> Finding:
    changes = {
        "measure": "proportion",
        "endpoint": "orr",
        "groups": (group,),
        "events": events,
        "n": n,
    } | changes
    return ratio(trial, events / n, **changes)


def entry(name: str, **changes: Any) -> Origin:
    return Origin(
        **({"kind": "published", "source": "PAPER", "reliability": "read", "entry": name} | changes)
    )


def store(cards: list[TrialCard], findings: list[Finding]) -> Store:
    return Store({each.trial: each for each in cards}, tuple(findings), (), {})


ALPHA = Side("alphamab", drugs=frozenset({"alphamab"}))
BETA = Side("betanib", frozenset({"betanib"}))


def asked(**changes: Any) -> Question:
    return Question(**({"endpoint": "os", "first": ALPHA, "second": BETA} | changes))


def p(value: float, bound: str = "=") -> PValue:
    return PValue(value, bound)  # type: ignore[arg-type]
