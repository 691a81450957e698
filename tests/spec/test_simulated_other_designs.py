"""Clauses of simulated trials that are not two randomised arms: one arm, paired markers, biomarker rules."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from trialist.problems import Problem
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records.simulated import simulate

BASE: dict[str, Any] = {
    "trial": "OTHER",
    "title": "another design",
    "condition": "advanced cancer",
    "randomised": False,
    "reference": "first_dose",
    "arms": {"single": {"role": "single", "give": [{"drug": "drug a", "dose": "20 mg/m2", "every": "21 d"}]}},
    "allocation": {"method": "single_arm"},
    "endpoints": {"os": {"derive": "overall_survival"}},
    "populations": {"all": {"label": "all", "where": "treated"}},
    "simulation": {"accrual_months": 12, "follow_up_months": 6},
}


def run(
    subjects: int = 2000, seed: int = 1, **blocks: Any
) -> tuple[dict[str, pa.Table] | None, tuple[Problem, ...]]:
    simulation = {**BASE["simulation"], **blocks.pop("simulation", {})}
    plan = TrialProtocol.model_validate({**BASE, **blocks, "simulation": simulation})
    return simulate(Protocol(plan, "other.yaml", "0", {}), subjects=subjects, seed=seed)


def records(**blocks: Any) -> dict[str, pa.Table]:
    tables, problems = run(**blocks)
    assert tables is not None, problems
    return tables


class TestPairedMarkers:
    BLOCKS: ClassVar = {
        "schedule": {
            "epochs": [{"id": "treatment"}],
            "visits": {
                "baseline": {"epoch": "treatment", "day": -3},
                "week_9": {"epoch": "treatment", "day": 63, "window": [7, 7]},
            },
        },
        "endpoints": {
            "drug_level": {
                "derive": "paired_change", "measurement": "MARROWT", "unit": "ng/dL",
                "baseline": "baseline", "at": "week_9",
            },
            "log_psa": {
                "derive": "paired_change", "measurement": "MPSA", "unit": "ng/mL",
                "baseline": "baseline", "at": "week_9", "scale": "log",
            },
            "unknown": {
                "derive": "paired_change", "measurement": "OTHER", "baseline": "baseline", "at": "week_9",
            },
        },
        "simulation": {"markers": {"drug_level": [-0.82, 1.0], "MPSA": [-0.5, 0.6]}, "evaluable": 0.5},
    }  # fmt: skip

    def test_changes_have_the_planned_mean_and_sd(self) -> None:
        rows = records(subjects=8000, **self.BLOCKS)["lb"]
        for test, log, mean, deviation in (("MARROWT", False, -0.82, 1.0), ("MPSA", True, -0.5, 0.6)):
            mine = rows.filter(pc.equal(rows["test_code"], test)).select(["subject", "visit", "value"])
            first = mine.filter(pc.equal(mine["visit"], "baseline"))
            later = mine.filter(pc.equal(mine["visit"], "week_9"))
            both = first.join(later, "subject", join_type="inner", right_suffix="_later")
            before, after = both["value"].to_numpy(), both["value_later"].to_numpy()
            assert np.all(before > 0)
            change = np.log(after / before) if log else after - before
            assert change.mean() == pytest.approx(mean, abs=0.05)
            assert change.std() == pytest.approx(deviation, abs=0.05)

    def test_the_planned_share_is_evaluable(self) -> None:
        rows = records(**self.BLOCKS)["lb"]
        later = rows.filter(pc.and_(pc.equal(rows["test_code"], "MPSA"), pc.equal(rows["visit"], "week_9")))
        assert later.num_rows / 2000 == pytest.approx(0.5, abs=0.04)

    def test_a_marker_without_a_law_is_left_out_and_named(self) -> None:
        problems = run(**self.BLOCKS)[1]
        assert any(p.code == "N502" and "'unknown'" in p.message for p in problems)


class TestOneArm:
    BLOCKS: ClassVar = {
        "endpoints": {
            "pfs": {
                "derive": "progression_free_survival",
                "first_of": ["soft_tissue_progression", "death"],
                "soft_tissue": "recist_1_1",
            },
            "os": {"derive": "overall_survival"},
            "bor": {"derive": "best_overall_response", "confirmed": True},
        },
        "simulation": {
            "times": {"pfs": {"medians": {"single": 5.0}, "source": "paper"}},
            "objective_response": {"single": 0.22},
        },
    }

    def test_the_only_arm_is_exponential_through_its_median(self) -> None:
        tables = records(subjects=20_000, **self.BLOCKS)
        dm, rs = tables["dm"], tables["rs"]
        start = dict(zip(dm["subject"].to_pylist(), dm["reference_start"].to_pylist(), strict=True))
        overall = pc.equal(rs["test_code"], "OVRLRESP")
        progressed = rs.filter(pc.and_(overall, pc.equal(rs["result"], "PD")))
        time = [
            (day - start[subject]).days + 1
            for subject, day in zip(
                progressed["subject"].to_pylist(), progressed["date"].to_pylist(), strict=True
            )
        ]
        # everybody is followed for 6 months at least
        assert np.sum(np.array(time) <= 152) / 20_000 == pytest.approx(1 - 2 ** (-152 / 152.2), abs=0.012)

    def test_bone_is_not_read_where_the_endpoint_does_not_read_it(self) -> None:
        assert set(records(**self.BLOCKS)["rs"]["test_code"].to_pylist()) == {"OVRLRESP", "TRGRESP"}

    def test_survival_without_a_law_has_no_deaths(self) -> None:
        dm = records(**self.BLOCKS)["dm"]
        assert dm["death"].null_count == dm.num_rows

    def test_enrolment_is_not_called_randomisation(self) -> None:
        ds = records(**self.BLOCKS)["ds"]
        assert "ENROLLED" in set(ds["term"].to_pylist())
        assert "RANDOMIZED" not in set(ds["term"].to_pylist())

    def test_the_first_dose_is_the_reference_where_the_protocol_says_so(self) -> None:
        dm = records(**self.BLOCKS)["dm"]
        assert dm["first_dose"].equals(dm["reference_start"])


class TestBiomarkerRules:
    BLOCKS: ClassVar = {
        "arms": {"a": {"code": "A"}, "b": {"code": "B", "give": [{"drug": "drug a", "every": "21 d"}]}},
        "allocation": {
            "method": "biomarker_rules",
            "inputs": {"ctc": "number", "arv7": "text"},
            "rules": [
                {"when": "ctc < 3", "arm": "a", "reason": "CTC_LT_3"},
                {"when": "arv7 = 'NEG'", "arm": "a", "reason": "ARV7_NEG"},
                {"when": "arv7 = 'POS'", "arm": "b", "reason": "ARV7_POS"},
                {"when": "arv7 is null", "outcome": "pending", "reason": "ARV7_MISSING"},
            ],
        },
        "simulation": {
            "factor_levels": {
                "ctc": {"1": 0.3, "10": 0.7},
                "arv7": {"POS": 0.3, "NEG": 0.6, "missing": 0.1},
            }
        },
    }  # fmt: skip

    def test_arms_follow_from_the_biomarkers_of_each_subject(self) -> None:
        tables = records(**self.BLOCKS)
        value: dict[str, dict[str, str]] = {}
        for subject, test, result in zip(
            *(tables["lb"][c].to_pylist() for c in ("subject", "test_code", "result")), strict=True
        ):
            value.setdefault(subject, {})[test] = result
        dm = tables["dm"]
        for subject, code in zip(dm["subject"].to_pylist(), dm["arm_code"].to_pylist(), strict=True):
            cells, variant = float(value[subject]["CTC"]), value[subject].get("ARV7")
            expected = "A" if cells < 3 or variant == "NEG" else "B" if variant == "POS" else "NOTASSGN"
            assert code == expected, subject

    def test_who_is_not_allocated_has_no_treatment_and_no_disposition(self) -> None:
        tables = records(**self.BLOCKS)
        pending = set(
            tables["dm"].filter(pc.equal(tables["dm"]["arm_code"], "NOTASSGN"))["subject"].to_pylist()
        )
        assert 0.04 < len(pending) / 2000 < 0.1
        for domain in ("ex", "ds", "cm"):
            assert pending.isdisjoint(tables[domain]["subject"].to_pylist())

    def test_without_a_distribution_of_the_biomarkers_nobody_can_be_allocated(self) -> None:
        tables, problems = run(**{**self.BLOCKS, "simulation": {"factor_levels": {"ctc": {"1": 1.0}}}})
        assert tables is None
        assert [p.message for p in problems if p.code == "E505"] == [
            "nobody can be allocated: the plan states no distribution of arv7"
        ]


class TestOtherAllocations:
    ARMS: ClassVar = {"x": {"give": [{"drug": "drug x"}]}, "y": {"give": [{"drug": "drug y"}]}}
    FACTORS: ClassVar = {"ecog": {"levels": ["0-1", "2"]}, "site": {"levels": ["1", "2", "3", "4"]}}

    @pytest.mark.parametrize(
        ("allocation", "off"),
        [
            ({"method": "minimisation", "ratio": {"x": 1, "y": 1}, "strata": ["ecog", "site"]}, 20),
            ({"method": "permuted_blocks", "ratio": {"x": 1, "y": 1}, "strata": ["ecog", "site"]}, 24),
            ({"method": "dynamic", "ratio": {"x": 1, "y": 1}, "strata": ["ecog"]}, 6),
            ({"method": "simple_random", "ratio": {"x": 1, "y": 1}}, 150),
            ({"method": "not_public"}, 3),
        ],
    )
    def test_arms_come_out_in_the_ratio(self, allocation: dict[str, Any], off: int) -> None:
        dm = records(arms=self.ARMS, factors=self.FACTORS, allocation=allocation, randomised=True)["dm"]
        counts = {row["values"]: row["counts"] for row in dm["arm_code"].value_counts().to_pylist()}
        assert abs(counts["x"] - counts["y"]) <= off

    def test_an_allocation_that_is_not_public_is_simulated_by_blocks_and_said_so(self) -> None:
        problems = run(arms=self.ARMS, allocation={"method": "not_public"}, randomised=True)[1]
        assert any(p.code == "N503" and "permuted blocks of 4 and 6" in p.message for p in problems)

    def test_two_to_one_is_two_to_one(self) -> None:
        allocation = {"method": "permuted_blocks", "ratio": {"x": 2, "y": 1}, "block_sizes": [6]}
        dm = records(arms=self.ARMS, allocation=allocation, randomised=True, subjects=600)["dm"]
        assert dm.filter(pc.equal(dm["arm_code"], "x")).num_rows == 400
