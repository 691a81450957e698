"""`trialist analyse FILE`: findings from the columns of any table, and the same numbers from every format."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from command_line import ROOT, codes, trialist

import trialist as tl
from trialist.formats import write_table

LUNG = ROOT / "tests" / "reference" / "data" / "lung.csv"
COLON = ROOT / "tests" / "reference" / "data" / "colon.csv"
ASKED = ("--time", "time", "--unit", "days", "--event", "status", "--event-is", "2", "--arm", "sex")


def lung() -> pa.Table:
    table = pa.csv.read_csv(LUNG, convert_options=pa.csv.ConvertOptions(null_values=["NA", ""]))
    return table.select(["time", "status", "sex", "ph.ecog", "age"])


def stored(kind: str, folder: Path) -> tuple[str | Path, ...]:
    """The lung data in a file of that kind, and the words that name it."""
    table = lung()
    file = folder / f"lung.{kind}"
    if kind == "parquet":
        pq.write_table(table, file)
    elif kind == "duckdb":
        with duckdb.connect(str(file)) as connection:
            connection.register("given", table)
            connection.execute("create table trial as select * from given")
            connection.execute("create table other (x integer)")
        return file, "--table", "trial"
    elif kind == "sqlite":
        connection = sqlite3.connect(file)
        connection.execute('create table trial (time, status, sex, "ph.ecog", age)')
        rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
        connection.executemany("insert into trial values (?, ?, ?, ?, ?)", rows)
        connection.commit()
        connection.close()
    elif kind == "csv":
        file.write_bytes(LUNG.read_bytes())
    else:
        names = ["time", "status", "sex", "ecog", "age"]
        assert not write_table(table.rename_columns(names), file, name="LUNG")
    return (file,)


def found(*words: str | Path) -> dict[str, Any]:
    result = trialist("analyse", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def numbers(document: dict[str, Any]) -> list[Any]:
    return [(f["measure"], f["groups"], f["timepoint"], f["estimate"]) for f in document["findings"]]


@pytest.mark.parametrize("kind", ["parquet", "xpt", "json", "duckdb", "sqlite"])
def test_the_same_rows_give_the_same_findings_in_every_format(kind: str, tmp_path: Path) -> None:
    stratum = "ecog" if kind in ("xpt", "json") else "ph.ecog"
    there = found(*stored(kind, tmp_path), *ASKED, "--strata", stratum, "--at", "6,12")
    here = found(LUNG, *ASKED, "--strata", "ph.ecog", "--at", "6,12")
    assert numbers(there) == numbers(here)


def test_a_hazard_ratio_of_a_file_is_that_of_r() -> None:
    # R: coxph(Surv(time, status == 2) ~ I(sex == 2) + strata(ph.ecog), lung), and survdiff of the same
    by = {f["measure"]: f for f in found(LUNG, *ASKED, "--strata", "ph.ecog")["findings"]}
    assert by["hazard_ratio"]["estimate"] == pytest.approx(0.5744372241, rel=1e-8)
    assert by["hazard_ratio"]["groups"] == ["2", "1"]
    assert dict(by["hazard_ratio"]["method"]["options"])["strata"] == ["ph.ecog"]
    assert by["hazard_ratio"]["n"] == 227


def test_the_terminal_shows_every_method_with_its_options_and_what_was_left_out() -> None:
    result = trialist("analyse", LUNG, *ASKED, "--strata", "ph.ecog", "--at", "6")
    assert result.exit_code == 0
    for text in (
        "sex 2 v sex 1  0.57 (0.41–0.80)",
        "interval on the log(−log) scale",
        "ties by Efron's method",
        "stratified by ph.ECOG",
        "70 at risk",
        "N412",
        "observed rows, fingerprint",
    ):
        assert text in result.output


def test_without_a_unit_times_are_months_and_that_is_said() -> None:
    words = [word for word in ASKED if word not in ("--unit", "days")]
    result = trialist("analyse", LUNG, *words, "--json")
    assert codes(result) == ["N424"]
    medians = [f for f in json.loads(result.stdout)["findings"] if f["measure"] == "median_time"]
    assert sorted(f["estimate"] for f in medians) == pytest.approx([270, 426])


def test_censorings_as_in_adtte_count_the_other_way_round(tmp_path: Path) -> None:
    table = lung()
    cnsr = pa.array([2 - s for s in table["status"].to_pylist()])
    pq.write_table(table.append_column("CNSR", cnsr), tmp_path / "adtte.parquet")
    words = ("--time", "time", "--unit", "days", "--arm", "sex")
    there = found(tmp_path / "adtte.parquet", *words, "--censored", "CNSR")
    assert numbers(there) == numbers(found(LUNG, *ASKED))


def test_a_condition_chooses_the_rows() -> None:
    whole = found(COLON, "--time", "time", "--unit", "days", "--event", "status", "--arm", "rx")
    half = found(
        COLON, "--time", "time", "--unit", "days", "--event", "status", "--arm", "rx", "--where", "etype = 2"
    )
    total = sum(f["n"] for f in whole["findings"] if f["measure"] == "median_time")
    assert total == 2 * sum(f["n"] for f in half["findings"] if f["measure"] == "median_time") == 1858


def test_responses_of_three_arms_are_compared_with_the_reference() -> None:
    words = ("--response", "status", "--arm", "rx", "--where", "etype = 2", "--reference", "Obs")
    findings = found(COLON, *words)["findings"]
    pairs = [f["groups"] for f in findings if f["measure"] == "risk_difference"]
    assert pairs == [["Lev", "Obs"], ["Lev+5FU", "Obs"]]
    shares = {f["groups"][0]: f["events"] for f in findings if f["measure"] == "proportion"}
    assert shares == {"Lev": 161, "Lev+5FU": 123, "Obs": 168}


def test_two_columns_of_linked_values_give_change_and_correlation() -> None:
    findings = found(LUNG, "--first", "ph.karno", "--second", "pat.karno")["findings"]
    by = {f["measure"]: f["estimate"] for f in findings}
    # R: t.test(lung$pat.karno, lung$ph.karno, paired = TRUE); cor(..., method = "spearman")
    assert by["mean_change"] == pytest.approx(-2.098214, abs=5e-7)
    assert {"mean_change", "standardised_mean_change", "median_change", "correlation"} <= set(by)


def test_the_figure_and_the_findings_are_written(tmp_path: Path) -> None:
    result = trialist("analyse", LUNG, *ASKED, "--out", tmp_path / "out", "--plot", tmp_path / "km.svg")
    assert result.exit_code == 0
    assert (tmp_path / "out" / "figure.svg").read_text() == (tmp_path / "km.svg").read_text()
    svg = (tmp_path / "km.svg").read_text(encoding="utf-8")
    assert "OBSERVED" in svg
    assert "sex 2" in svg
    assert json.loads((tmp_path / "out" / "findings.json").read_text())["findings"]


BAD = {
    "a column that is not there": (("--time", "tme", "--event", "status"), "E092", "did you mean 'time'?"),
    "a status that is not 0 or 1": (("--time", "time", "--event", "status"), "E094", "'1', '2'"),
    "an event that never comes": (("--time", "time", "--event", "status", "--event-is", "9"), "E094", "'9'"),
    "a condition that can't be read": ((*ASKED, "--where", "sex =="), "E095", "can't be"),
    "nobody left": ((*ASKED, "--where", "sex = 3"), "E096", "no rows"),
    "a reference that is no arm": ((*ASKED, "--reference", "3"), "E097", "the arms are 1, 2"),
    "a subject number for an arm": ((*ASKED[:-1], "time"), "E097", "more than 20"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_with_the_remedy(case: str) -> None:
    words, code, text = BAD[case]
    result = trialist("analyse", LUNG, *words)
    assert result.exit_code == 2
    assert code in result.output
    assert text in result.output
    assert codes(trialist("analyse", LUNG, *words, "--json")) == [code]


def test_a_value_that_is_no_number_is_shown_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("t,e,a\n1,1,x\n2 mo,0,y\n")
    result = trialist("analyse", tmp_path / "t.csv", "--time", "t", "--event", "e", "--arm", "a")
    assert result.exit_code == 2
    assert "'2 mo' (row 2)" in result.output


@pytest.mark.parametrize(("value", "word"), [("-3", "below 0"), ("inf", "infinite")])
def test_impossible_times_give_findings_without_an_estimate(value: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"t,e,a\n1,1,x\n{value},0,y\n4,1,y\n2,1,x\n")
    words = (tmp_path / "t.csv", "--time", "t", "--unit", "days", "--event", "e", "--arm", "a", "--json")
    result = trialist("analyse", *words)
    assert result.exit_code == 2
    findings = json.loads(result.stdout)["findings"]
    assert {f["estimate"] for f in findings} == {None}
    assert {p["code"] for f in findings for p in f["problems"]} == {"E098"}
    assert word in json.loads(result.stdout)["problems"][0]["message"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("1,0,x\n2,0,y\n3,0,x\n", "N403"),  # all censored
        ("1,1,x\n2,1,x\n3,1,x\n4,0,y\n", "N406"),  # nobody of one arm is left at an event
        ("1,1,x\n2,1,x\n3,0,y\n4,0,y\n", "N404"),  # the events of one arm alone
    ],
)
def test_what_can_not_be_estimated_is_a_finding_with_its_reason(rows: str, code: str, tmp_path: Path) -> None:
    if code == "N406":
        rows = "1,1,x\n2,1,x\n3,1,y\n0.5,0,y\n0.5,0,y\n".replace("3,1,y\n", "")
    (tmp_path / "t.csv").write_text(f"t,e,a\n{rows}")
    words = (tmp_path / "t.csv", "--time", "t", "--unit", "months", "--event", "e", "--arm", "a")
    ratio = [f for f in found(*words)["findings"] if f["measure"] == "hazard_ratio"]
    assert [f["estimate"] for f in ratio] == [None]
    assert [p["code"] for p in ratio[0]["problems"]] == [code]


def test_options_that_would_act_on_nothing_are_refused() -> None:
    for words, text in (
        ((LUNG,), "Say what to analyse"),
        ((LUNG, "--time", "time"), "either --event or --censored"),
        ((LUNG, *ASKED, "--response", "status"), "several analyses"),
        ((LUNG, "--first", "age", "--second", "time", "--strata", "sex"), "--strata does not go"),
        ((LUNG, *ASKED, "--interval", "wilson"), "is one of log_log"),
        ((LUNG, *ASKED, "--seed", "3"), "--seed does not go with a file"),
        (("card", *ASKED), "does not go with a trial"),
        ((LUNG, *ASKED, "--at", "six"), "not a list of numbers"),
    ):
        result = trialist("analyse", *words)
        assert result.exit_code == 2, words
        assert text in result.output


def test_databases_tell_which_tables_they_have(tmp_path: Path) -> None:
    file, *_ = stored("duckdb", tmp_path)
    result = trialist("analyse", file, *ASKED)
    assert result.exit_code == 2
    assert "other, trial" in result.output
    assert "E099" in result.output
    assert "no table 'x'" in trialist("analyse", file, *ASKED, "--table", "x").output
    assert "is no database" in trialist("analyse", LUNG, *ASKED, "--table", "x").output
    unreachable = "postgresql://nobody@127.0.0.1:1/none"
    assert "E099" in trialist("analyse", unreachable, *ASKED).output
    assert "nobody@" not in trialist("analyse", unreachable, *ASKED).output


def test_arrays_a_data_frame_and_an_arrow_table_give_the_same_findings() -> None:
    table = lung()
    arrays = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    asked: Any = {"time": "time", "unit": "days", "event": "status", "event_is": 2, "arm": "sex"}
    three = [tl.analyse_times(data, **asked).findings for data in (table, table.to_pandas(), arrays)]
    assert three[0] == three[1] == three[2]
    many = {name: np.tile(values, 100) for name, values in arrays.items()}
    hundred = tl.analyse_times(many, **asked).findings
    assert hundred[0].estimate == three[0][0].estimate
    assert hundred[0].n == 100 * (three[0][0].n or 0)


def test_the_fingerprint_of_rows_does_not_depend_on_their_order_and_does_on_every_value() -> None:
    table = lung()
    asked: Any = {"time": "time", "unit": "days", "event": "status", "event_is": 2, "arm": "sex"}

    def mark(data: Any) -> str | None:
        return tl.analyse_times(data, **asked).findings[0].origin.records

    turned = table.take(list(range(table.num_rows))[::-1])
    other = table.to_pandas()
    other.loc[3, "time"] += 1
    assert mark(table) == mark(turned) != mark(other)
