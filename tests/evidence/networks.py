"""Small stores for the clauses of networks: cards and findings by hand; figures of five trials."""

from __future__ import annotations

from typing import Any

from trialist.evidence.model import Arm, Store, TrialCard
from trialist.findings.model import Finding, Interval, Method, Origin, PValue


def card(trial: str, arms: dict[str, tuple[str, int | None]], **facts: Any) -> TrialCard:
    made = {
        name: Arm(name, f"{name} arm", treatment, "control" if i == len(arms) - 1 else "experimental", n=n)
        for i, (name, (treatment, n)) in enumerate(arms.items())
    }
    facts = {"condition": "mcrpc", "randomised": True, **facts}
    return TrialCard(trial=trial, title=trial, arms=made, **facts)


def ratio(
    trial: str,
    groups: tuple[str, str],
    estimate: float | None,
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
    **more: Any,
) -> Finding:
    p = more.pop("p", None)
    reliability = more.pop("reliability", "read")
    return Finding(
        trial=trial,
        endpoint=more.pop("endpoint", "os"),
        measure=more.pop("measure", "hazard_ratio"),
        estimate=estimate,
        groups=groups,
        interval=None if low is None else Interval(low, high, level),
        p_value=None if p is None else PValue(p),
        origin=Origin(
            "published", trial, reliability=reliability, entry=more.pop("entry", f"{trial}-{groups[0]}")
        ),
        method=Method("as reported"),
        **more,
    )


def counted(trial: str, arm: str, events: int, n: int, **more: Any) -> Finding:
    return ratio(trial, (arm,), events / n, measure="proportion", events=events, n=n, **more)  # type: ignore[arg-type]


def store(cards: list[TrialCard], findings: list[Finding]) -> Store:
    return Store({c.trial: c for c in cards}, tuple(findings), (), {})


def five_trials() -> Store:
    """Overall survival of five trials. One interval is at the level 0.9778."""
    cards = [
        card(
            "TAX327",
            {
                "q3w": ("docetaxel_75", 335),
                "weekly": ("docetaxel_30_weekly", 334),
                "mtx": ("mitoxantrone_12", 337),
            },
            line="first",
            enrolled_from="2000-03",
            enrolled_to="2002-06",
            blinding="open label",
            eligibility="progressing on hormones, KPS>=60",
            n=1006,
        ),
        card(
            "TROPIC",
            {"cbz": ("cabazitaxel_25", 378), "mtx": ("mitoxantrone_12", 377)},
            line="second",
            prior=("docetaxel",),
            enrolled_from="2007-01-02",
            enrolled_to="2008-10-23",
            blinding="open label (masked to the analysis)",
            eligibility="progression after docetaxel; ECOG 0-2",
            n=755,
        ),
        card(
            "FIRSTANA",
            {"c20": ("cabazitaxel_20", 389), "c25": ("cabazitaxel_25", 388), "dtx": ("docetaxel_75", 391)},
            line="first",
            enrolled_from="2011-05",
            n=1168,
        ),
        card(
            "PROSELICA",
            {"c20": ("cabazitaxel_20", 598), "c25": ("cabazitaxel_25", 602)},
            line="second",
            prior=("docetaxel",),
            enrolled_from="2011-04",
            n=1200,
        ),
        card(
            "CARD",
            {"cbz": ("cabazitaxel_25", 129), "arta": ("arta_alternative", 126)},
            line="later",
            prior=("docetaxel", "arta"),
            enrolled_from="2015-11",
            growth_factor="every cycle",
            n=255,
        ),
    ]
    findings = [
        ratio("TAX327", ("q3w", "mtx"), 0.76, 0.62, 0.94),
        ratio("TAX327", ("weekly", "mtx"), 0.91, 0.75, 1.11),
        ratio("TROPIC", ("cbz", "mtx"), 0.70, 0.59, 0.83, events=513),
        ratio("TROPIC", ("cbz", "mtx"), 0.68, 0.57, 0.82, subgroup="ecog: 0-1", entry="TROPIC-24"),
        ratio("FIRSTANA", ("c20", "dtx"), 1.01, 0.85, 1.20),
        ratio("FIRSTANA", ("c25", "dtx"), 0.97, 0.82, 1.16),
        ratio("PROSELICA", ("c20", "c25"), 1.024, 0.886, 1.184, 0.9778),
        ratio("CARD", ("cbz", "arta"), 0.64, 0.46, 0.89, events=153),
        ratio("CARD", ("cbz", "arta"), 0.63, 0.42, 0.94, entry="CARD-60"),
    ]
    return store(cards, findings)
