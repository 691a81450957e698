"""Clauses of simulated records: they follow the protocol, agree with each other, and repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml
from two_arm_simulation import NEVER, TEXT, days, flags, made, only, owner, times

from trialist.records.domains import DOMAINS
from trialist.records.shape import domain_schema


def digest(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    out = {}
    for name, table in tables.items():
        content = hashlib.sha256()
        for column in table.combine_chunks().columns:
            content.update(repr(column.to_pylist()).encode())
        out[name] = content.hexdigest()
    return out


@pytest.fixture(scope="module")
def trial() -> dict[str, pa.Table]:
    return made(4000)


class TestAgreement:
    """What one domain says, the others say too."""

    def test_every_domain_has_its_declared_columns(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            assert table.schema.equals(domain_schema(name))
            for column in DOMAINS[name].columns:
                if column.required:
                    assert table[column.name].null_count == 0, (name, column.name)

    def test_keys_are_unique(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            key = list(DOMAINS[name].key)
            assert table.group_by(key).aggregate([]).num_rows == table.num_rows, name

    def test_dates_do_not_go_backwards(self, trial: dict[str, pa.Table]) -> None:
        for name, table in trial.items():
            for later, earlier in DOMAINS[name].not_before:
                assert np.all(days(table, later) >= days(table, earlier)) or np.all(
                    (days(table, later) >= days(table, earlier)) | (days(table, earlier) == NEVER)
                ), (name, later)

    def test_nothing_is_recorded_after_death_dropout_or_cut_off(self, trial: dict[str, pa.Table]) -> None:
        end = days(trial["dm"], "reference_end")
        for name, column in [
            ("rs", "date"), ("tr", "date"), ("tu", "date"), ("lb", "date"), ("ds", "date"), ("be", "date"),
            ("ex", "start"), ("ex", "end"), ("ae", "start"), ("cm", "start"),
        ]:  # fmt: skip
            table = trial[name]
            assert np.all(days(table, column) <= end[owner(table, trial)]), name

    def test_dates_and_their_text_agree(self, trial: dict[str, pa.Table]) -> None:
        dm = trial["dm"]
        assert dm["reference_start"].cast(pa.string()).equals(dm["reference_start_text"])

    def test_every_subject_has_disease_identified_by_day_0(self, trial: dict[str, pa.Table]) -> None:
        lesions = trial["tu"]
        who = owner(lesions, trial)
        early = days(lesions, "date") <= days(trial["dm"], "reference_start")[who]
        assert len(np.unique(who[early])) == trial["dm"].num_rows
        assert set(np.array(lesions["result"].to_pylist())[~early]) == {"NEW"}

    def test_sums_of_diameters_are_sums(self, trial: dict[str, pa.Table]) -> None:
        rows = trial["tr"].select(["subject", "date", "test_code", "value"])
        each = only(rows, "test_code", "LDIAM").group_by(["subject", "date"]).aggregate([("value", "sum")])
        total = only(rows, "test_code", "SUMDIAM")
        joined = total.join(each, ["subject", "date"])
        assert joined.num_rows == total.num_rows
        assert joined["value"].to_pylist() == joined["value_sum"].to_pylist()

    def test_target_responses_follow_from_the_sums_by_recist_arithmetic(
        self, trial: dict[str, pa.Table]
    ) -> None:
        sums: dict[str, list[tuple[Any, float]]] = {}
        total = only(trial["tr"], "test_code", "SUMDIAM")
        for subject, date, value in zip(
            *(total[c].to_pylist() for c in ("subject", "date", "value")), strict=True
        ):
            sums.setdefault(subject, []).append((date, value))
        expected = {}
        for subject, rows in sums.items():
            rows.sort()
            base = nadir = rows[0][1]
            for date, value in rows[1:]:
                if value >= 1.2 * nadir - 1e-9 and value - nadir >= 5:
                    expected[subject, date] = "PD"
                else:
                    expected[subject, date] = "PR" if value <= 0.7 * base + 1e-9 else "SD"
                nadir = min(nadir, value)
        target = only(trial["rs"], "test_code", "TRGRESP")
        found = dict(
            zip(
                zip(target["subject"].to_pylist(), target["date"].to_pylist(), strict=True),
                target["result"].to_pylist(),
                strict=True,
            )
        )
        assert found == expected

    def test_overall_progression_is_growth_a_new_lesion_or_bone(self, trial: dict[str, pa.Table]) -> None:
        by_scan: dict[tuple[str, Any], dict[str, str]] = {}
        for subject, date, test, result in zip(
            *(trial["rs"][c].to_pylist() for c in ("subject", "date", "test_code", "result")), strict=True
        ):
            by_scan.setdefault((subject, date), {})[test] = result
        for tests in by_scan.values():
            parts = {tests.get("SFTSRESP"), tests.get("BONERESP")}
            assert (tests["OVRLRESP"] == "PD") == ("PD" in parts)

    def test_progression_is_the_last_scan_of_a_subject(self, trial: dict[str, pa.Table]) -> None:
        scans = only(trial["rs"], "test_code", "OVRLRESP")
        who, when = owner(scans, trial), days(scans, "date")
        last = np.full(trial["dm"].num_rows, -1)
        np.maximum.at(last, who, when)
        progressed = flags(scans, "result", "PD")
        assert np.array_equal(when[progressed], last[who[progressed]])
        assert len(np.unique(who[progressed])) == progressed.sum()

    def test_no_gap_between_scans_exceeds_two_planned_intervals(self, trial: dict[str, pa.Table]) -> None:
        scans = only(trial["rs"], "test_code", "OVRLRESP")
        who, when = owner(scans, trial), days(scans, "date")
        gap = np.diff(when)[np.diff(who) == 0]
        assert gap.max() <= 56 + 14
        start = days(trial["dm"], "reference_start")[who]
        first = np.concatenate([[True], np.diff(who) != 0])
        assert (when - start)[first].max() <= 56 + 7

    def test_event_free_subjects_are_scanned_on_their_last_day(self, trial: dict[str, pa.Table]) -> None:
        time, event, _ = times(trial)["rpfs"]
        dm = trial["dm"]
        end = days(dm, "reference_end") - days(dm, "reference_start") + 1
        free = ~event
        assert np.array_equal(time[free], end[free])

    def test_later_therapy_never_starts_before_documented_progression(
        self, trial: dict[str, pa.Table]
    ) -> None:
        later = only(trial["cm"], "category", "ANTICANCER")
        assert later.num_rows > 100
        scans = trial["rs"].filter(
            pc.and_(pc.equal(trial["rs"]["test_code"], "OVRLRESP"), pc.equal(trial["rs"]["result"], "PD"))
        )
        progressed = np.full(trial["dm"].num_rows, NEVER)
        progressed[owner(scans, trial)] = days(scans, "date")
        assert np.all(days(later, "start") > progressed[owner(later, trial)])

    def test_doses_stop_at_progression_and_at_the_maximum_of_cycles(self, trial: dict[str, pa.Table]) -> None:
        doses = only(trial["ex"], "treatment", "DRUG A")
        _, count = np.unique(owner(doses, trial), return_counts=True)
        assert count.max() == 10
        start = days(doses, "start")
        who = owner(doses, trial)
        assert np.all(np.diff(start)[np.diff(who) == 0] == 21)
        body_surface = doses["dose"].to_numpy() / 25
        assert 1.8 < body_surface.mean() < 2.1

    def test_supportive_drugs_are_not_study_treatment(self, trial: dict[str, pa.Table]) -> None:
        assert "GROWTH FACTOR" not in set(trial["ex"]["treatment"].to_pylist())
        assert "GROWTH FACTOR" in set(trial["cm"]["treatment"].to_pylist())

    def test_a_fatal_event_ends_on_the_day_of_death(self, trial: dict[str, pa.Table]) -> None:
        fatal = only(trial["ae"], "fatal", "Y")
        assert fatal.num_rows > 0
        assert set(fatal["grade"].to_pylist()) == {5}
        assert np.array_equal(days(fatal, "end"), days(trial["dm"], "death")[owner(fatal, trial)])

    def test_allocation_is_balanced_within_strata(self, trial: dict[str, pa.Table]) -> None:
        arm = flags(trial["dm"], "arm_code", "chemo")
        level: dict[str, list[str]] = {}
        for subject, value in zip(
            trial["sc"]["subject"].to_pylist(), trial["sc"]["value"].to_pylist(), strict=True
        ):
            level.setdefault(subject, []).append(value)
        strata = np.array(["|".join(level[s]) for s in trial["dm"]["subject"].to_pylist()])
        for stratum in np.unique(strata):
            members = arm[strata == stratum]
            assert abs(2 * members.sum() - len(members)) <= 3

    def test_factor_levels_have_the_planned_shares(self, trial: dict[str, pa.Table]) -> None:
        ecog = only(trial["sc"], "test_code", "ECOG")
        assert flags(ecog, "value", "2").mean() == pytest.approx(0.047, abs=0.01)
        assert set(only(trial["sc"], "test_code", "PRIORTTP")["value"].to_pylist()) == {"short", "long"}

    def test_a_status_closes_every_subject(self, trial: dict[str, pa.Table]) -> None:
        status = only(trial["ds"], "category", "SURVIVAL FOLLOW-UP")
        assert status.num_rows == trial["dm"].num_rows
        died = days(trial["dm"], "death") < NEVER
        assert np.array_equal(flags(status, "term", "DEATH"), died)


class TestRepetition:
    def test_the_same_seed_gives_the_same_records(self) -> None:
        assert digest(made(300, seed=11)) == digest(made(300, seed=11))

    def test_another_seed_gives_other_records(self) -> None:
        once, again = digest(made(300, seed=11)), digest(made(300, seed=12))
        assert all(once[name] != again[name] for name in ("dm", "rs", "lb", "ae"))

    def test_leaving_out_a_domain_shifts_no_other(self) -> None:
        whole, less = digest(made(300)), digest(made(300, simulation__adverse_events=None))
        assert "ae" not in less
        assert {name: whole[name] for name in less} == less

    def test_another_adverse_event_shifts_no_other(self) -> None:
        terms = yaml.safe_load(TEXT)["simulation"]["adverse_events"]
        more = made(300, simulation__adverse_events={**terms, "nausea": {"chemo": [0.3, 0.02]}})["ae"]
        kept = more.filter(pc.not_equal(more["term"], "nausea"))
        before = made(300)["ae"]
        for column in ("subject", "term", "start", "end"):
            assert kept[column].to_pylist() == before[column].to_pylist()


class TestCalendar:
    def test_entry_starts_where_the_protocol_says(self) -> None:
        first = made(2000)["dm"]["reference_start_text"].to_pylist()
        assert min(first)[:7] == "2015-11"

    def test_a_stated_cut_off_date_is_met(self) -> None:
        tables = made(300, dates={"cut_off": "2019-03-27"})
        assert max(tables["dm"]["reference_end_text"].to_pylist()) == "2019-03-27"
