"""Clauses of the full gear: a batch of replicates is as many trials, each with its own records and result."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from two_arm_simulation import NEVER, TEXT, days, flags, only, owner, protocol

from trialist.design.full_findings import full_findings, true_ratio
from trialist.design.full_gear import Arrays, FullGear, full_gear, replicate_results
from trialist.engines.duckdb import connect
from trialist.findings.model import Finding
from trialist.kernels.batched_times import batched_log_rank, batched_sets
from trialist.kernels.log_rank import log_rank
from trialist.kernels.replicate_draws import Replicates
from trialist.protocol.model import Protocol
from trialist.protocol.parse import read_protocol
from trialist.records.registered import records_from_tables
from trialist.records.simulated.replicates import replicate_model, simulate_replicates
from trialist.study import run_study
from trialist.trials import shipped

PAIN = {"derive": "pain_response", "criteria": "bpi"}
COMPARED = {"population": "itt", "compare": ["chemo", "hormone"], "method": "compare_proportions"}
ANALYSES: dict[str, Any] = {
    "rpfs_hr": {"method": "cox_ph", "estimand": "primary", "strata": ["ecog", "prior"], "test": "log_rank"},
    "rpfs_log_rank": {"method": "log_rank", "estimand": "primary", "strata": ["ecog"]},
    "os_hr": {"method": "cox_ph", "estimand": "survival", "test": "likelihood_ratio", "ties": "breslow"},
    "psa": {**COMPARED, "endpoint": "psa50", "test": "fisher", "denominator": "evaluable"},
    "orr": {**COMPARED, "endpoint": "orr", "test": "chi_square_corrected", "denominator": "all"},
    "pain": {**COMPARED, "endpoint": "pain_response"},
    "by_ecog": {"method": "cox_ph", "estimand": "primary", "by": "ecog"},
    "medians": {"method": "kaplan_meier", "estimand": "primary"},
}
CONDUCT = {
    "progression_seen": "next_scan",
    "missed_assessments": {"chemo": 0.25, "hormone": 0.25},
    "read_early": {"hormone": 0.02},
    "looks": {"rpfs": [60, 120]},
}
BY_REPLICATE = ("last", "rejected", "favours", "futile", "median_days")
SIZE, SEED = 40, 9
WORDS = ("calibrate", "alpha", "sides", "looks", "efficacy", "futility")


def trial(**changes: Any) -> Protocol:
    endpoints = {**yaml.safe_load(TEXT)["endpoints"], "pain_response": PAIN}
    return protocol(analyses=ANALYSES, endpoints=endpoints, **changes)


MADE: dict[str, FullGear] = {}


def gear(analysis: str | None = None, subjects: int | None = SIZE, **changes: Any) -> FullGear:
    """The full gear of an analysis of the two-arm trial with these changes; made once for all clauses."""
    key = repr((analysis, subjects, changes))
    if key not in MADE:
        MADE[key] = new_gear(analysis, subjects, **changes)
    return MADE[key]


def new_gear(analysis: str | None, subjects: int | None, **changes: Any) -> FullGear:
    asked = {name: changes.pop(name) for name in WORDS if name in changes}
    made, problems = full_gear(trial(**changes), connect, analysis=analysis, subjects=subjects, **asked)
    assert made is not None, problems
    return made


def own_tables(of: FullGear, number: int) -> dict[str, pa.Table]:
    """The whole records of one replicate, alone."""
    return simulate_replicates(of.model, Replicates(SEED, (number,), SIZE))[0].tables


@pytest.fixture(scope="module")
def planned() -> FullGear:
    return gear("rpfs_hr")


@pytest.fixture(scope="module")
def conducted() -> FullGear:
    return gear("rpfs_log_rank", simulation__conduct=CONDUCT)


@pytest.fixture(scope="module")
def looked(conducted: FullGear) -> Arrays:
    return replicate_results(conducted, seed=SEED, replicates=5)


class TestReplicates:
    @pytest.mark.parametrize(
        "numbers", [range(1), range(7), range(50), (31, 4, 0)], ids=lambda n: str(len(n))
    )
    def test_a_replicate_has_the_same_records_in_every_batch(self, planned: FullGear, numbers: range) -> None:
        place = len(numbers) - 1
        batch, _ = simulate_replicates(planned.model, Replicates(SEED, tuple(numbers), SIZE))
        alone, _ = simulate_replicates(planned.model, Replicates(SEED, (numbers[place],), SIZE))
        mine = pc.is_in(batch.tables["dm"]["subject"], value_set=alone.subject).to_numpy()
        assert np.flatnonzero(mine).tolist() == list(range(place * SIZE, (place + 1) * SIZE))
        for name, table in alone.tables.items():
            whole = batch.tables[name]
            assert whole.filter(pc.is_in(whole["subject"], value_set=alone.subject)).equals(table), name
        assert batch.cutoff[place] == alone.cutoff[0]

    def test_what_is_not_asked_for_moves_nothing_else(self, planned: FullGear) -> None:
        replicates = Replicates(SEED, (3,), SIZE)
        whole, _ = simulate_replicates(planned.model, replicates)
        scans, _ = simulate_replicates(planned.model, replicates, frozenset({"scans"}))
        assert {"ae", "ex", "qs", "tr"} & set(scans.tables) == set()
        assert all(table.equals(whole.tables[name]) for name, table in scans.tables.items() if name != "lb")

    def test_pain_that_is_not_asked_for_delays_new_therapies_all_the_same(self) -> None:
        card, problems = read_protocol(shipped()["card"] / "protocol.yaml")
        assert card is not None, problems
        model, problems = replicate_model(card, subjects=60)
        assert model is not None, problems
        replicates = Replicates(SEED, (0, 1), 60)
        whole, _ = simulate_replicates(model, replicates)
        lean, _ = simulate_replicates(model, replicates, frozenset({"therapies"}))
        assert lean.tables["cm"].equals(whole.tables["cm"])
        assert "qs" not in lean.tables

    def test_replicates_and_seeds_differ(self, planned: FullGear) -> None:
        tables = [own_tables(planned, number)["rs"] for number in (0, 1)]
        other, _ = simulate_replicates(planned.model, Replicates(SEED + 1, (0,), SIZE))
        assert not tables[0]["date"].equals(tables[1]["date"])
        assert not tables[0]["date"].equals(other.tables["rs"]["date"])

    def test_batches_and_workers_move_no_number(self, conducted: FullGear, looked: Arrays) -> None:
        def elsewhere(task: Callable[[Any], Arrays], batches: Iterable[Any]) -> Iterable[Arrays]:
            """Each batch by a copy of the task, as a process would get it, the last one first."""
            done = {batch: pickle.loads(pickle.dumps(task))(batch) for batch in reversed(list(batches))}
            return [done[batch] for batch in sorted(done)]

        again = replicate_results(conducted, seed=SEED, replicates=5, batch=3, mapped=elsewhere)
        assert looked.keys() == again.keys()
        for name, values in looked.items():
            np.testing.assert_array_equal(values, again[name], err_msg=name)

    def test_each_replicate_is_cut_at_its_own_events(self) -> None:
        whole = gear("rpfs_hr", 255).model
        batch, _ = simulate_replicates(whole, Replicates(1, tuple(range(4)), 255), frozenset({"scans"}))
        event = days(batch.tables["dm"], "death") < NEVER
        event[owner(only(batch.tables["rs"], "result", "PD"), batch.tables)] = True
        assert np.all(np.abs(event.reshape(4, 255).sum(axis=1) - 196) <= 3)
        assert len(set(batch.cutoff.tolist())) == 4

    def test_every_replicate_meets_a_stated_cut_off_date(self) -> None:
        dated = gear("rpfs_hr", dates={"cut_off": "2019-03-27"}).model
        replicates = Replicates(SEED, tuple(range(3)), SIZE)
        batch, _ = simulate_replicates(dated, replicates, frozenset())
        free, _ = simulate_replicates(gear("rpfs_hr").model, replicates, frozenset())
        last = batch.tables["dm"]["reference_end_text"].to_pylist()
        assert [max(last[k * SIZE : (k + 1) * SIZE]) for k in range(3)] == ["2019-03-27"] * 3
        assert batch.cutoff.tolist() == free.cutoff.tolist()


@pytest.fixture(scope="module")
def own(planned: FullGear) -> tuple[Finding, ...]:
    """The findings of replicate 3 from its own records, all domains of them, by the one chain of a study."""
    records = records_from_tables(own_tables(planned, 3), origin="simulated", connection=connect())
    return run_study(trial(), records).findings


class TestSameAsTheTrialsOwnAnalysis:
    @pytest.mark.parametrize("analysis", ["rpfs_hr", "os_hr", "psa", "orr"])
    def test_a_replicate_has_the_finding_of_its_own_records(
        self, own: tuple[Finding, ...], analysis: str
    ) -> None:
        found = gear(analysis).simulate(SEED, 2, 3)
        alone = next(finding for finding in own if finding.analysis == analysis)
        estimate = {
            "hazard_ratio": lambda: math.exp(found["log_hr"][1, -1]),
            "risk_difference": lambda: found["difference"][1, -1],
        }[alone.measure]()
        assert alone.p_value is not None
        assert estimate == pytest.approx(alone.estimate, rel=1e-9)
        assert found["p_value"][1, -1] == pytest.approx(alone.p_value.value, rel=1e-8)
        assert (found["n"][1, -1].sum(), found["events"][1, -1].sum()) == (alone.n, alone.events)


def read_by_hand(tables: dict[str, pa.Table], seen: int | None = None) -> tuple[np.ndarray, ...]:
    """(time, event, arm) of rPFS by a plain reading of dm, rs and cm, of what was dated up to `seen`.

    Rule: first scan that shows progression, or death; censored at the last scan before it where it comes more
    than two intervals of 56 days after that, or where a new therapy came first, or without an event.
    """
    dm, rs, cm = tables["dm"], only(tables["rs"], "test_code", "OVRLRESP"), tables["cm"]
    start, death = days(dm, "reference_start"), days(dm, "death")
    limit = NEVER - 1 if seen is None else seen
    who, when, shown = owner(rs, tables), days(rs, "date"), flags(rs, "result", "PD")
    therapy = np.full(dm.num_rows, NEVER)
    new = only(cm, "category", "ANTICANCER")
    np.minimum.at(therapy, owner(new, tables), days(new, "start"))
    rows = []
    for subject in np.flatnonzero(start <= limit):
        mine = (who == subject) & (when <= limit)
        adequate = sorted((when[mine & ~shown] - start[subject]).tolist())
        events = [*(when[mine & shown]), *([death[subject]] if death[subject] <= limit else [])]
        event = min(events) - start[subject] if events else NEVER
        cut = therapy[subject] - start[subject] if therapy[subject] <= limit else NEVER
        before = max([0, *(day for day in adequate if day <= min(event, cut))])
        happened = event < NEVER and event <= cut and event - before <= 2 * 56 + GRACE
        rows.append((1 + (event if happened else before), happened, subject))
    time, event, subject = (np.array(column) for column in zip(*rows, strict=True))
    arm = np.where(flags(dm, "arm_code", "chemo"), 0, 1)
    sc = only(tables["sc"], "test_code", "ECOG")
    level = flags(sc, "value", "2").astype(np.int64)
    return time, event, arm[subject], level[subject]


GRACE = 14


class TestSecondReading:
    """The records read again by a few lines of plain Python."""

    @pytest.mark.parametrize("number", [0, 2])
    def test_the_final_analysis(self, conducted: FullGear, looked: Arrays, number: int) -> None:
        time, event, arm, level = read_by_hand(own_tables(conducted, number))
        test = log_rank(time, event, ~event, arm, 2, level)
        assert looked["z"][number, -1] == pytest.approx(test.z, rel=1e-10)
        assert looked["events"][number, -1].sum() == event.sum()

    @pytest.mark.parametrize(("number", "look"), [(0, 0), (2, 0), (2, 1)])
    def test_an_interim_look(self, conducted: FullGear, looked: Arrays, number: int, look: int) -> None:
        batch, _ = simulate_replicates(conducted.model, Replicates(SEED, (number,), SIZE))
        tables = batch.tables
        time, event, arm, level = read_by_hand(tables, int(batch.look_date[0, look]))
        test = log_rank(time, event, ~event, arm, 2, level)
        assert looked["z"][number, look] == pytest.approx(test.z, rel=1e-10)
        assert looked["n"][number, look].sum() == len(time) <= SIZE
        assert looked["events"][number, look].sum() == event.sum()


class TestLooks:
    def test_looks_move_nothing_of_the_final_analysis(self, conducted: FullGear, looked: Arrays) -> None:
        words = {word: value for word, value in CONDUCT.items() if word != "looks"}
        without = replicate_results(gear("rpfs_log_rank", simulation__conduct=words), seed=SEED, replicates=5)
        for name, values in without.items():
            one = looked[name] if name in BY_REPLICATE else looked[name][:, -1:]
            if name != "last":
                np.testing.assert_array_equal(values, one, err_msg=name)

    def test_looks_may_be_asked_for_beside_the_protocol(self, conducted: FullGear) -> None:
        words = {word: value for word, value in CONDUCT.items() if word != "looks"}
        asked = gear("rpfs_log_rank", looks={"rpfs": (60, 120)}, simulation__conduct=words)
        replicates = Replicates(SEED, (0, 1), SIZE)
        days = [simulate_replicates(g.model, replicates, frozenset())[0].looks for g in (conducted, asked)]
        np.testing.assert_array_equal(*days)
        assert days[0].shape == (2, 2)

    def test_more_is_known_at_every_look(self, looked: Arrays) -> None:
        for name in ("day", "enrolled", "events", "n"):
            assert np.all(np.diff(looked[name], axis=1) >= 0), name
        assert np.all(looked["n"].sum(axis=2) == looked["enrolled"])
        assert looked["reached"].all()

    def decided(self, looked: Arrays, **boundaries: tuple[float, ...]) -> Arrays:
        return replace(gear("rpfs_log_rank", simulation__conduct=CONDUCT), **boundaries)._decided(looked)

    def test_a_trial_ends_at_the_first_look_that_crosses(self, looked: Arrays) -> None:
        never = self.decided(looked, efficacy=(math.inf, math.inf, 1.0))
        assert set(never["last"].tolist()) == {2}
        np.testing.assert_array_equal(never["rejected"], np.abs(looked["z"][:, 2]) >= 1.0)
        np.testing.assert_array_equal(never["favours"], -looked["z"][:, 2] >= 1.0)
        at_once = self.decided(looked, efficacy=(0.0, 2.0, 2.0))
        assert at_once["rejected"].all()
        assert set(at_once["last"].tolist()) == {0}
        given_up = self.decided(looked, efficacy=(math.inf, 2.0, 2.0), futility=(math.inf, 0.0))
        assert given_up["futile"].all()
        assert not given_up["rejected"].any()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"efficacy": (2.0, 2.0)},
            {"futility": (0.0,)},
            {"analysis": "psa", "efficacy": (3.0, 2.5, 2.0)},
            {"looks": {"rpfs": (50, 40)}},
            {"looks": {"rpfs": (0, 40)}},
            {"looks": {"rpfs": (20,), "os": (20,)}},
        ],
    )
    def test_boundaries_go_with_the_looks(self, wrong: dict[str, Any]) -> None:
        asked = {"analysis": "rpfs_hr", **wrong}
        made, problems = full_gear(trial(simulation__conduct=CONDUCT), connect, subjects=SIZE, **asked)
        assert made is None
        assert [problem.code for problem in problems] == ["E530"]


class TestCharacteristics:
    def test_survival_performs_as_latent_times_drawn_without_records(self) -> None:
        """OS is seen on no visit: exponential times, uniform entry, a cut-off at events give the same."""
        ratio, size, count = 0.6, 80, 150
        made = gear(
            "os_hr",
            size,
            simulation__times={
                "os": {"medians": {"chemo": 10 / ratio, "hormone": 10.0}, "hazard_ratio": ratio,
                       "versus": "hormone", "source": "paper"}
            },
            simulation__cut_at_events={"os": 170},
            simulation__dropout_per_year=0.0,
        )  # fmt: skip
        found = replicate_results(made, seed=2, replicates=count)
        rng, many = np.random.default_rng(5), 4000
        arm = np.tile([0, 1], (many, size // 2))
        month = rng.exponential(np.where(arm == 0, 10 / ratio, 10) / math.log(2), arm.shape)
        entry = rng.random(arm.shape) * 36
        cut = np.sort(entry + month, axis=1)[:, round(170 * size / 255) - 1][:, None]
        died = entry + month <= cut
        time = np.maximum(np.where(died, month, cut - entry), 0)
        kept = entry <= cut
        which = np.broadcast_to(np.arange(many)[:, None], arm.shape)
        cells = (which[kept], 0 * which[kept], time[kept], died[kept], ~died[kept], arm[kept])
        z = batched_log_rank(batched_sets(*cells, many)).z
        ours = found["z"][:, -1]
        error = math.hypot(ours.std() / math.sqrt(count), z.std() / math.sqrt(many))
        assert ours.mean() == pytest.approx(z.mean(), abs=4 * error)
        assert ours.std() == pytest.approx(z.std(), rel=0.25)
        months = found["day"][:, -1] / 30.4375
        assert months.mean() == pytest.approx(cut.mean(), abs=5 * months.std() / math.sqrt(count))
        by_name = {finding.measure: finding for finding in full_findings(made, found, seed=2)}
        bias = by_name["bias_log_hazard_ratio"]
        assert bias.estimate == pytest.approx(0.0, abs=4 * dict(bias.method.options)["monte_carlo_error"])
        assert by_name["power"].estimate == found["rejected"].mean()
        assert by_name["power"].origin.kind == "simulated"
        assert dict(by_name["power"].method.options)["replicates"] == count

    def test_the_truth_is_the_ratio_of_the_latent_times(self, planned: FullGear) -> None:
        assert true_ratio(planned) == pytest.approx(0.54)
        stated = {"for": "primary", "test": "log_rank", "hazard_ratio": 0.67, "control_median_months": 4.0}
        assert true_ratio(gear("rpfs_hr", calibrate="design", design=[stated])) == pytest.approx(0.67)
        assert true_ratio(gear("os_hr", calibrate="null")) == pytest.approx(1.0)
        assert true_ratio(gear("psa")) is None

    def test_an_effect_that_changes_has_no_single_truth(self, looked: Arrays) -> None:
        law = {
            "medians": {"hormone": 4.0},
            "hazard_ratios": [[0, 1.0], [3, 0.5]],
            "versus": "hormone",
            "source": "paper",
        }
        made = gear("rpfs_log_rank", simulation__times={"rpfs": law}, simulation__conduct=CONDUCT)
        found = {f.measure: f for f in full_findings(made, looked, seed=SEED)}
        for measure in ("bias_log_hazard_ratio", "coverage"):
            assert found[measure].estimate is None
            assert [problem.code for problem in found[measure].problems] == ["N531"]

    def test_the_test_is_the_one_that_the_design_plans(self, conducted: FullGear, looked: Arrays) -> None:
        assert (conducted.alpha, conducted.sides) == (0.05, 2)
        two, one = conducted._decided(looked), replace(conducted, alpha=0.025, sides=1)._decided(looked)
        np.testing.assert_array_equal(two["rejected"], looked["p_value"][:, -1] <= 0.05)
        np.testing.assert_array_equal(two["favours"], one["rejected"])

    def test_boundaries_give_the_probability_to_stop_at_each_look(self, looked: Arrays) -> None:
        bounds: dict[str, Any] = {"efficacy": (2.5, 2.0, 1.0), "futility": (-1.0, 0.5)}
        made = gear("rpfs_log_rank", simulation__conduct=CONDUCT, **bounds)
        arrays = {**looked, **made._decided(looked)}
        found = full_findings(made, arrays, seed=SEED)
        shares = {
            (finding.measure, finding.timepoint): finding.estimate
            for finding in found
            if finding.measure.startswith("stop_for")
        }
        assert len(shares) == 6
        for look in range(3):
            here = arrays["last"] == look
            assert shares["stop_for_efficacy", f"look {look + 1}"] == (here & arrays["rejected"]).mean()
            assert shares["stop_for_futility", f"look {look + 1}"] == (here & arrays["futile"]).mean()

    def test_replicates_without_an_estimate_are_told(self, planned: FullGear, looked: Arrays) -> None:
        lost = {name: values.copy() for name, values in looked.items()}
        lost["log_hr"][1] = np.nan
        found = {f.measure: f for f in full_findings(planned, lost, seed=SEED)}
        assert [problem.code for problem in found["hazard_ratio_median"].problems] == ["N530"]
        assert "1 of 5 replicates" in found["hazard_ratio_median"].problems[0].message


class TestProblems:
    def test_the_primary_analysis_is_chosen_where_none_is_named(self) -> None:
        assert gear().one.item.id == "rpfs_hr"

    def test_the_size_is_the_planned_one_where_none_is_named(self) -> None:
        assert gear("rpfs_hr", None).model.size == 255

    @pytest.mark.parametrize("analysis", ["medians", "by_ecog", "no_such"])
    def test_an_analysis_without_a_full_gear_is_a_problem(self, analysis: str) -> None:
        made, problems = full_gear(trial(), connect, analysis=analysis, subjects=SIZE)
        assert made is None
        assert [problem.code for problem in problems] == ["E530"]

    def test_an_endpoint_of_which_nothing_is_simulated_is_a_problem(self) -> None:
        changes: dict[str, Any] = {"simulation__psa_baseline_median": None}
        made, problems = full_gear(trial(**changes), connect, analysis="pain", subjects=SIZE)
        assert made is None
        assert "needs QS" in problems[-1].message

    def test_no_arm_responds_more_often_under_the_null(self) -> None:
        simulation = gear("orr", calibrate="null").model.protocol.plan.simulation
        assert simulation is not None
        assert simulation.objective_response == {"chemo": 0.115, "hormone": 0.115}
        assert simulation.psa_response == {"chemo": 0.135, "hormone": 0.135}

    @pytest.mark.parametrize("subjects", [0, 50_001])
    def test_a_size_that_can_not_be_is_a_problem(self, subjects: int) -> None:
        made, problems = full_gear(trial(), connect, subjects=subjects)
        assert made is None
        assert {problem.code for problem in problems} <= {"E507", "E530"}

    def test_a_protocol_without_a_simulation_is_a_problem(self) -> None:
        model, problems = replicate_model(trial(simulation=None), subjects=SIZE)
        assert model is None
        assert [problem.code for problem in problems] == ["E505"]

    @pytest.mark.parametrize("wrong", [{"replicates": 0}, {"batch": 0}, {"seed": -1}])
    def test_impossible_numbers_are_refused(self, planned: FullGear, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            replicate_results(planned, **{"seed": 1, "replicates": 1, "batch": 1, **wrong})
