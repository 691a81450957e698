"""Two reports to look at: a simulated two-arm trial beside its publication, and a single-arm one.

Published figures are those of the trial named; everything marked simulated here is drawn from a fixed seed
and means nothing clinically.
"""

from __future__ import annotations

import math
import random

from report_findings import EXACT, KM, SIMULATED, found, published, simulated_here
from report_plans import SINGLE_ARM, TWO_ARMS, protocol

from trialist.problems import Place, Problem
from trialist.report.model import Bar, Curve, DesignRow, Flow, FlowArm, Provenance, ReportData


def curve(
    arm: str, label: str, n: int, median: float, seed: int, cut: tuple[float, float], published: float | None
) -> Curve:
    """Exponential times through a median, censored uniformly in `cut`: a Kaplan-Meier curve by hand."""
    draw = random.Random(seed)
    rows = sorted(
        min((draw.expovariate(math.log(2) / median), True), (draw.uniform(*cut), False)) for _ in range(n)
    )
    survival, variance, left = 1.0, 0.0, n
    points: list[tuple[float, float, float | None, float | None, int]] = []
    for time, event in rows:
        if event and left > 1:
            variance += 1 / (left * (left - 1))
            survival *= (left - 1) / left
        spread = 1.96 * math.sqrt(variance) / abs(math.log(survival)) if 0 < survival < 1 else None
        low = None if spread is None else survival ** math.exp(spread)
        high = None if spread is None else survival ** math.exp(-spread)
        points.append((time, survival, low, high, left))
        left -= 1
    columns = list(zip(*points, strict=True))
    at_half = next((t for t, s, *_ in points if s <= 0.5), None)
    censored = tuple(time for time, event in rows if not event)
    return Curve(arm, label, *columns, censored, at_half, published)


def bars(arm: str, n: int, centre: float, seed: int) -> list[Bar]:
    draw = random.Random(seed)
    made = []
    for i in range(n):
        change = max(-100.0, 100 * (math.exp(draw.gauss(centre, 0.9)) - 1))
        flag = "confirmed response" if change <= -50 and draw.random() < 0.85 else None
        made.append(Bar(f"{arm[:4].upper()}-{i + 1:03d}", arm, change, flag))
    return made


def two_arms(**changes: object) -> ReportData:
    """The two-arm trial: simulated here, published beside it."""
    values = {
        "protocol": protocol(TWO_ARMS),
        "findings": simulated_here(),
        "provenance": Provenance(
            SIMULATED,
            "trialist 0.1.0",
            records_note="Calibrated to the published medians and hazard ratios.",
            records_files={"dm": "out/tropic/records/dm.parquet"},
            command="trialist run tropic --simulate --seed 20101002",
        ),
        "dated": "2026-11-21",
        "published": published(),
        "design": (
            DesignRow("power at 511 events, hazard ratio 0.75", "90%", "90.3%", "agrees", "de_bono_2010"),
            DesignRow("events for 90% power", "511", "508 to 513", "agrees", "de_bono_2010"),
        ),
        "curves": {
            "os_km": (
                curve("cabazitaxel", "cabazitaxel plus prednisone", 378, 15.1, 3, (9, 30), 15.1),
                curve("mitoxantrone", "mitoxantrone plus prednisone", 377, 12.7, 5, (9, 30), 12.7),
            ),
            "pfs_km": (
                curve("cabazitaxel", "cabazitaxel plus prednisone", 378, 2.9, 7, (6, 24), 2.8),
                curve("mitoxantrone", "mitoxantrone plus prednisone", 377, 1.5, 9, (6, 24), 1.4),
            ),
        },
        "waterfalls": {
            "psa_best": tuple(bars("cabazitaxel", 160, -0.6, 11) + bars("mitoxantrone", 150, 0.0, 13))
        },
        "thresholds": {"psa_best": (-50.0,)},
        "flow": Flow(
            enrolled=755,
            screened=907,
            excluded=(("did not meet the criteria", 121), ("withdrew consent", 31)),
            arms=(
                FlowArm(
                    "cabazitaxel",
                    "cabazitaxel plus prednisone",
                    378,
                    371,
                    (("no dose recorded", 7),),
                    (("progression", 180), ("adverse event", 67), ("withdrew", 21)),
                    378,
                    population="ITT",
                ),
                FlowArm(
                    "mitoxantrone",
                    "mitoxantrone plus prednisone",
                    377,
                    371,
                    (("no dose recorded", 6),),
                    (("progression", 267), ("adverse event", 32), ("withdrew", 17)),
                    377,
                    population="ITT",
                ),
            ),
        ),
        "problems": (
            Problem(
                "W118",
                "stated n 720, but the trial reports 755 randomised",
                "state which number the design refers to",
                Place("trials/tropic/protocol.yaml", 88),
            ),
        ),
    }
    return ReportData(**{**values, **changes})


def single_arm(**changes: object) -> ReportData:
    """One arm of 21 patients, a median that is not reached, a name that tries to be markup."""
    reached = Problem(
        "N402",
        "'os_km' (os): the median of cabazitaxel is not reached",
        "report the probability at a time",
        Place("trials/caba_v7/protocol.yaml", 124),
    )
    arm = ("cabazitaxel",)
    values = {
        "protocol": protocol(SINGLE_ARM, "trials/caba_v7/protocol.yaml"),
        "findings": (
            found(
                "psa50",
                "proportion",
                6 / 21,
                (0.113, 0.522),
                groups=arm,
                n=21,
                events=6,
                method=EXACT,
                population="treated",
            ),
            found(
                "os",
                "median_time",
                None,
                (8.1, None),
                groups=arm,
                n=21,
                events=9,
                method=KM,
                population="treated",
                problems=(reached,),
            ),
        ),
        "provenance": Provenance(SIMULATED, "trialist 0.1.0"),
        "dated": "2026-11-21",
        "curves": {"os_km": (curve("cabazitaxel", "cabazitaxel", 21, 30.0, 15, (6, 18), None),)},
        "waterfalls": {
            "psa50": (
                Bar("<script>alert(1)</script>", "cabazitaxel", -72.0, "confirmed response"),
                *bars("cabazitaxel", 20, -0.2, 17),
            )
        },
        "flow": Flow(
            21,
            (FlowArm("cabazitaxel", "cabazitaxel", 21, 21, (), (("progression", 12),), 21),),
            randomised=False,
        ),
    }
    return ReportData(**{**values, **changes})
