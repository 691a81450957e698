"""The protocols of the two reports to look at: a two-arm trial and a single-arm one."""

from __future__ import annotations

from types import MappingProxyType

from trialist.problems import Place
from trialist.protocol.model import Protocol, TrialProtocol

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


def protocol(plan: dict, file: str = "trials/tropic/protocol.yaml") -> Protocol:
    places = {("analyses", name): Place(file, 120 + 4 * i) for i, name in enumerate(plan.get("analyses", {}))}
    return Protocol(
        TrialProtocol.model_validate(plan), file, "41d0c77ab2f3e8d95f2b", MappingProxyType(places)
    )
