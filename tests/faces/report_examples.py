"""Two reports to look at: a simulated two-arm trial beside its publication, and a single-arm one.

Published figures are those of the trial named; everything marked simulated here is drawn from a fixed seed
and means nothing clinically.
"""

from __future__ import annotations

import math
import random
from types import MappingProxyType

from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.problems import Place, Problem
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.report.model import (
    Bar,
    Curve,
    DesignRow,
    Flow,
    FlowArm,
    Provenance,
    ReportData,
)

SIMULATED = Origin(
    "simulated", source="trialist", seed=20101002, records="9f1c2ab47de05511", protocol="41d0c77ab2f3"
)
TABLE_2 = Origin("published", source="de_bono_2010", place="Table 2", reliability="read")
KM = Method("kaplan_meier", (("interval", "log_log"), ("level", 0.95), ("variance", "greenwood")))
COX = Method("cox_ph", (("ties", "efron"), ("strata", ("ecog",)), ("test", "log_rank"), ("level", 0.95)))
AS_REPORTED = Method("as reported")
EXACT = Method("proportion", (("interval", "clopper_pearson"), ("denominator", "all"), ("level", 0.95)))

TWO_ARMS = {
    "trial": "TROPIC",
    "title": "Cabazitaxel or mitoxantrone, each with prednisone, after docetaxel in metastatic "
    "castration-resistant prostate cancer",
    "registered": ["NCT00417079", "2006-003087-59"],
    "phase": "3",
    "condition": "metastatic castration-resistant prostate cancer",
    "setting": "progression during or after docetaxel",
    "blinding": "open_label",
    "randomised": True,
    "sources": {
        "de_bono_2010": {
            "citation": "de Bono JS et al. Lancet 2010;376:1147-54",
            "doi": "10.1016/S0140-6736(10)61389-X",
            "pmid": "20888992",
        }
    },
    "not_public": [{"what": "number screened", "note": "the report starts at randomisation"}],
    "arms": {
        "cabazitaxel": {
            "label": "cabazitaxel plus prednisone",
            "role": "experimental",
            "give": [
                {
                    "drug": "cabazitaxel",
                    "dose": "25 mg/m2",
                    "route": "intravenous",
                    "over": "1 h",
                    "every": "21 d",
                    "max_cycles": 10,
                    "levels": ["25 mg/m2", "20 mg/m2"],
                },
                {"drug": "prednisone", "dose": "10 mg", "route": "oral", "every": "1 d"},
                {"drug": "antihistamine", "purpose": "premedication", "every": "21 d"},
            ],
        },
        "mitoxantrone": {
            "label": "mitoxantrone plus prednisone",
            "role": "control",
            "give": [
                {
                    "drug": "mitoxantrone",
                    "dose": "12 mg/m2",
                    "route": "intravenous",
                    "over": "30 min",
                    "every": "21 d",
                    "max_cycles": 10,
                },
                {"drug": "prednisone", "dose": "10 mg", "route": "oral", "every": "1 d"},
            ],
        },
    },
    "eligibility": [{"id": "I1", "text": "Adult", "require": "age >= 18"}],
    "factors": {"ecog": {"levels": ["0-1", "2"], "label": "ECOG performance status"}},
    "allocation": {
        "method": "permuted_blocks",
        "ratio": {"cabazitaxel": 1, "mitoxantrone": 1},
        "block_sizes": [4, 6],
        "strata": ["ecog"],
    },
    "schedule": {
        "cycle": "21 d",
        "epochs": [
            {"id": "screening", "label": "Screening"},
            {"id": "treatment", "label": "Treatment"},
            {"id": "follow_up", "label": "Follow-up"},
        ],
        "visits": {
            "baseline": {"epoch": "screening", "day": -7, "window": [14, 6], "label": "Baseline"},
            "cycle": {
                "epoch": "treatment",
                "day": 0,
                "every": "21 d",
                "times": 10,
                "window": [0, 3],
                "label": "Each cycle",
                "cycle_day": 1,
            },
            "day_8": {
                "epoch": "treatment",
                "day": 7,
                "every": "21 d",
                "times": 10,
                "window": [1, 1],
                "label": "Cycle day 8",
                "cycle_day": 8,
            },
            "scan": {
                "epoch": "treatment",
                "day": 42,
                "every": "6 wk",
                "until": "progression",
                "window": [7, 7],
                "timeline": "scans",
                "label": "Scan",
            },
            "end": {
                "epoch": "follow_up",
                "after": "last_dose",
                "day": 30,
                "window": [3, 7],
                "label": "End of treatment",
            },
            "follow": {
                "epoch": "follow_up",
                "after": "last_dose",
                "day": 90,
                "every": "90 d",
                "until": "death",
                "window": [14, 14],
                "label": "Survival follow-up",
            },
        },
        "assessments": {
            "psa": {
                "label": "PSA",
                "domain": "lb",
                "test": "PSA",
                "at": ["baseline", "cycle", "end"],
                "note": "central laboratory",
            },
            "ct": {"label": "CT of chest, abdomen and pelvis", "domain": "tr", "at": ["baseline", "scan"]},
            "bone": {
                "label": "Bone scan",
                "domain": "tu",
                "at": ["baseline", "scan"],
                "when": "bone_disease",
            },
            "blood": {"label": "Blood count", "domain": "lb", "at": ["baseline", "cycle", "day_8", "end"]},
            "lvef": {
                "label": "Left ventricular ejection fraction",
                "domain": "fa",
                "at": ["baseline", "end"],
                "arms": ["mitoxantrone"],
            },
            "pain": {
                "label": "Pain score and analgesics",
                "domain": "qs",
                "at": ["baseline", "cycle", "end"],
            },
            "vital": {"label": "Survival status", "domain": "ds", "at": ["follow"]},
        },
        "specimens": {
            "plasma": {
                "label": "Plasma for pharmacokinetics",
                "tube": "4 mL",
                "arms": ["cabazitaxel"],
                "draws": [{"at": "cycle", "tubes": 1, "hours": [0, 1, 4, 24], "times": 1}],
                "stated_total": "16 mL",
            }
        },
        "not_public": ["exact windows of the scans"],
    },
    "endpoints": {
        "os": {"derive": "overall_survival", "label": "Overall survival"},
        "pfs": {
            "derive": "progression_free_survival",
            "label": "Progression-free survival",
            "first_of": [
                "psa_progression",
                "soft_tissue_progression",
                "pain_progression",
                "clinical_progression",
                "death",
            ],
            "soft_tissue": "recist_1_0",
            "psa": "tropic2010",
        },
        "psa50": {
            "derive": "psa_response",
            "label": "PSA response",
            "criteria": "tropic2010",
            "fall": "50 %",
        },
        "psa_best": {"derive": "psa_change", "label": "Best PSA change", "what": "best"},
        "bor": {"derive": "best_overall_response", "label": "Best overall response", "confirmed": True},
        "neutropenia": {
            "derive": "adverse_event",
            "label": "Neutropenia, grade 3 or more",
            "term": "Neutropenia",
            "minimum_grade": 3,
        },
    },
    "populations": {
        "itt": {"label": "all randomised (ITT)", "where": "randomised"},
        "treated": {"label": "all treated", "where": "treated"},
        "psa_evaluable": {"label": "PSA at least 20 ng/mL at baseline", "where": "treated"},
    },
    "estimands": {
        "primary": {
            "population": "itt",
            "endpoint": "os",
            "compare": ["cabazitaxel", "mitoxantrone"],
            "intercurrent": {
                "new_anticancer_therapy": "treatment_policy",
                "treatment_stop": "treatment_policy",
            },
            "summary": "hazard_ratio",
            "objective": "primary",
        },
        "pfs_ratio": {
            "population": "itt",
            "endpoint": "pfs",
            "compare": ["cabazitaxel", "mitoxantrone"],
            "intercurrent": {"death": "composite", "new_anticancer_therapy": "hypothetical"},
            "summary": "hazard_ratio",
        },
    },
    "analyses": {
        "os_cox": {"estimand": "primary", "method": "cox_ph", "strata": ["ecog"], "test": "log_rank"},
        "os_km": {"endpoint": "os", "population": "itt", "method": "kaplan_meier", "at_months": [12, 24]},
        "os_by_ecog": {"estimand": "primary", "method": "cox_ph", "by": "ecog"},
        "pfs_cox": {"estimand": "pfs_ratio", "method": "cox_ph", "test": "log_rank"},
        "pfs_km": {"endpoint": "pfs", "population": "itt", "method": "kaplan_meier"},
        "psa50": {"endpoint": "psa50", "population": "psa_evaluable", "method": "proportion"},
        "bor": {"endpoint": "bor", "population": "itt", "method": "counts"},
        "neutropenia": {"endpoint": "neutropenia", "population": "treated", "method": "proportion"},
    },
    "design": [
        {
            "for": "primary",
            "test": "log_rank",
            "hazard_ratio": 0.75,
            "events": 511,
            "n": 720,
            "power": "90 %",
            "alpha": 0.05,
            "control_median_months": 12.0,
            "source": "de_bono_2010",
        }
    ],
}


def protocol(plan: dict, file: str = "trials/tropic/protocol.yaml") -> Protocol:
    places = {("analyses", name): Place(file, 120 + 4 * i) for i, name in enumerate(plan.get("analyses", {}))}
    return Protocol(
        TrialProtocol.model_validate(plan), file, "41d0c77ab2f3e8d95f2b", MappingProxyType(places)
    )


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


def found(
    endpoint: str,
    measure: str,
    estimate: float | None,
    ends: tuple[float | None, float | None] | None = None,
    *,
    groups: tuple[str, ...] = ("cabazitaxel", "mitoxantrone"),
    p: PValue | None = None,
    n: int | None = None,
    events: int | None = None,
    method: Method = COX,
    origin: Origin = SIMULATED,
    population: str = "itt",
    **more: object,
) -> Finding:
    return Finding(
        trial="TROPIC",
        endpoint=endpoint,
        measure=measure,
        estimate=estimate,
        origin=origin,
        method=AS_REPORTED if origin.kind == "published" else method,
        population=population,
        groups=groups,
        interval=Interval(*ends) if ends else None,
        p_value=p,
        n=n,
        events=events,
        **more,
    )


def two_arms(**changes: object) -> ReportData:
    """The two-arm trial: simulated here, published beside it."""
    plan = protocol(TWO_ARMS)
    cab, mit = ("cabazitaxel",), ("mitoxantrone",)
    small = PValue(0.0001, "<")
    here = (
        found(
            "os",
            "hazard_ratio",
            0.718,
            (0.606, 0.851),
            p=PValue(0.00013),
            n=755,
            events=539,
            analysis="os_cox",
        ),
        found(
            "os",
            "median_time",
            15.4,
            (14.0, 16.9),
            groups=cab,
            n=378,
            events=252,
            method=KM,
            analysis="os_km",
        ),
        found(
            "os",
            "median_time",
            12.3,
            (11.2, 13.3),
            groups=mit,
            n=377,
            events=287,
            method=KM,
            analysis="os_km",
        ),
        found(
            "os", "survival_probability", 0.606, (0.553, 0.655), groups=cab, n=378, method=KM, timepoint="12"
        ),
        found(
            "os", "survival_probability", 0.512, (0.459, 0.562), groups=mit, n=377, method=KM, timepoint="12"
        ),
        found(
            "os",
            "hazard_ratio",
            0.70,
            (0.58, 0.84),
            n=694,
            events=489,
            subgroup="ecog: 0-1",
            analysis="os_by_ecog",
        ),
        found(
            "os",
            "hazard_ratio",
            0.85,
            (0.50, 1.44),
            n=61,
            events=50,
            subgroup="ecog: 2",
            analysis="os_by_ecog",
        ),
        found(
            "pfs",
            "hazard_ratio",
            0.761,
            (0.655, 0.884),
            p=PValue(0.0004),
            n=755,
            events=721,
            analysis="pfs_cox",
        ),
        found(
            "pfs", "median_time", 2.9, (2.5, 3.2), groups=cab, n=378, events=360, method=KM, analysis="pfs_km"
        ),
        found(
            "pfs", "median_time", 1.5, (1.4, 1.7), groups=mit, n=377, events=361, method=KM, analysis="pfs_km"
        ),
        found(
            "psa50",
            "proportion",
            131 / 329,
            (0.345, 0.453),
            groups=cab,
            n=329,
            events=131,
            method=EXACT,
            population="psa_evaluable",
            analysis="psa50",
        ),
        found(
            "psa50",
            "proportion",
            57 / 325,
            (0.136, 0.221),
            groups=mit,
            n=325,
            events=57,
            method=EXACT,
            population="psa_evaluable",
            analysis="psa50",
        ),
        *(
            found(
                "bor",
                "count",
                float(value),
                groups=arm,
                n=n,
                events=value,
                method=Method("counts", (("category", category), ("denominator", "all"))),
                analysis="bor",
            )
            for arm, n, values in ((cab, 378, (0, 29, 174, 110, 65)), (mit, 377, (0, 9, 142, 148, 78)))
            for category, value in zip(("CR", "PR", "SD", "PD", "NE"), values, strict=True)
        ),
        *(
            found(
                "neutropenia",
                "proportion",
                events / 371,
                ends,
                groups=arm,
                n=371,
                events=events,
                method=EXACT,
                population="treated",
                analysis="neutropenia",
            )
            for arm, events, ends in ((cab, 298, (0.759, 0.843)), (mit, 219, (0.538, 0.641)))
        ),
    )
    published = (
        found("os", "hazard_ratio", 0.70, (0.59, 0.83), p=small, n=755, events=513, origin=TABLE_2),
        found("os", "median_time", 15.1, (14.1, 16.3), groups=cab, n=378, events=234, origin=TABLE_2),
        found("os", "median_time", 12.7, (11.6, 13.7), groups=mit, n=377, events=279, origin=TABLE_2),
        found("os", "hazard_ratio", 0.68, (0.57, 0.82), subgroup="ecog: 0-1", n=694, origin=TABLE_2),
        found("os", "hazard_ratio", 0.81, (0.48, 1.38), subgroup="ecog: 2", n=61, origin=TABLE_2),
        found("pfs", "hazard_ratio", 0.74, (0.64, 0.86), p=small, n=755, origin=TABLE_2),
        found("pfs", "median_time", 2.8, (2.4, 3.0), groups=cab, n=378, origin=TABLE_2),
        found("pfs", "median_time", 1.4, (1.4, 1.7), groups=mit, n=377, origin=TABLE_2),
        found(
            "psa50",
            "proportion",
            0.392,
            (0.339, 0.445),
            groups=cab,
            n=329,
            events=129,
            population="psa_evaluable",
            origin=TABLE_2,
        ),
        found(
            "psa50", "proportion", 0.178, (0.137, 0.22), groups=mit, n=325, population="itt", origin=TABLE_2
        ),
        found("orr", "proportion", 0.144, (0.096, 0.193), groups=cab, n=201, origin=TABLE_2),
        found(
            "ae:neutropenia:grade3+",
            "proportion",
            303 / 371,
            groups=cab,
            n=371,
            events=303,
            population="treated",
            origin=TABLE_2,
        ),
    )
    values = {
        "protocol": plan,
        "findings": here,
        "provenance": Provenance(
            SIMULATED,
            "trialist 0.1.0",
            records_note="Calibrated to the published medians and hazard ratios.",
            records_files={"dm": "out/tropic/records/dm.parquet"},
            command="trialist run tropic --simulate --seed 20101002",
        ),
        "dated": "2026-11-21",
        "published": published,
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


SINGLE_ARM = {
    "trial": "CABA-V7",
    "title": "Cabazitaxel in patients with AR-V7-positive circulating tumour cells",
    "registered": ["NCT03050866"],
    "phase": "2",
    "condition": "metastatic castration-resistant prostate cancer",
    "blinding": "open_label",
    "randomised": False,
    "reference": "first_dose",
    "arms": {
        "cabazitaxel": {
            "label": "cabazitaxel",
            "role": "single",
            "give": [
                {
                    "drug": "cabazitaxel",
                    "dose": "25 mg/m2",
                    "route": "intravenous",
                    "over": "1 h",
                    "every": "21 d",
                    "max_cycles": 10,
                }
            ],
        },
        "observation": {"label": "no study treatment", "role": "by_rule"},
    },
    "allocation": {
        "method": "biomarker_rules",
        "inputs": {"ctc_count": "number", "arv7": "text"},
        "rules": [
            {"when": "ctc_count < 3", "arm": "observation", "reason": "fewer than 3 cells in 7.5 mL"},
            {"when": "arv7 is null", "outcome": "pending", "reason": "AR-V7 not determined yet"},
            {"when": "arv7 = 'POS'", "arm": "cabazitaxel", "reason": "AR-V7 positive"},
            {"when": "true", "arm": "observation", "reason": "AR-V7 negative"},
        ],
        "rescreening": {
            "from_arm": "observation",
            "on": "progression",
            "require": "months_since_first >= 3",
            "rules": [
                {"when": "arv7 = 'POS'", "arm": "cabazitaxel", "reason": "AR-V7 positive at re-screening"},
                {"when": "true", "outcome": "not_allocated", "reason": "still negative"},
            ],
        },
    },
    "schedule": {
        "cycle": "21 d",
        "epochs": [{"id": "screening"}, {"id": "treatment"}],
        "visits": {
            "screen": {"epoch": "screening", "day": -14, "window": [14, 13]},
            "cycle": {"epoch": "treatment", "day": 0, "every": "21 d", "times": 10, "window": [0, 7]},
        },
        "assessments": {"psa": {"label": "PSA", "domain": "lb", "at": ["screen", "cycle"]}},
        "specimens": {
            "ctc": {
                "label": "Blood for circulating tumour cells",
                "tube": "10 mL",
                "draws": [{"at": "screen", "tubes": 2}],
                "stated_total": "20 mL",
            }
        },
    },
    "endpoints": {
        "psa50": {"derive": "psa_response", "label": "Confirmed PSA response", "fall": "50 %"},
        "os": {"derive": "overall_survival", "label": "Overall survival"},
    },
    "populations": {"treated": {"label": "treated with cabazitaxel", "where": "treated"}},
    "estimands": {
        "primary": {
            "population": "treated",
            "endpoint": "psa50",
            "summary": "proportion",
            "objective": "primary",
            "intercurrent": {"new_anticancer_therapy": "composite", "death": "composite"},
        }
    },
    "analyses": {
        "psa50": {"estimand": "primary", "method": "proportion"},
        "os_km": {
            "endpoint": "os",
            "population": "treated",
            "method": "kaplan_meier",
            "arms": ["cabazitaxel"],
        },
    },
    "design": [],
}


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
