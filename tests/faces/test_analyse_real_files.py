"""`trialist analyse FILE` on files as they come: odd columns, subjects twice, clashing options."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from command_line import ROOT, codes, trialist

import trialist as tl

LUNG = ROOT / "tests" / "reference" / "data" / "lung.csv"
ASKED = ("--time", "time", "--unit", "days", "--event", "status", "--event-is", "2", "--arm", "sex")
STATUS = ("--response", "status", "--response-is", "2")


def written(folder: Path, text: str) -> Path:
    file = folder / "t.csv"
    file.write_text(text, encoding="utf-8")
    return file


def found(*words: str | Path) -> dict[str, Any]:
    result = trialist("analyse", *words, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


CLASHES = [
    ((*STATUS, "--covariates", "age"), "--covariates does not go with one group"),
    ((*STATUS, "--test", "fisher"), "--test does not go with one group"),
    ((*ASKED[:-2], "--strata", "ph.ecog"), "--strata does not go with one group"),
    (("--value", "age", "--strata", "sex"), "--strata does not go with one group"),
    ((*ASKED[:-2], "--also", "weibull"), "--also weibull compares arms"),
    ((*ASKED, "--start", "age", "--also", "weibull"), "--also weibull does not go with --start"),
    ((*ASKED, "--start", "age", "--at", "6"), "--at does not go with --start"),
    ((*ASKED[:-2], "--start", "age"), "name --arm or --covariates"),
    ((*STATUS, "--arm", "sex", "--strata", "ph.ecog", "--test", "fisher"), "does not go with --strata"),
    ((*STATUS, "--arm", "sex", "--test", "cmh"), "does not go without --strata"),
    (("--time", "time", "--censored", "status", "--event-is", "1"), "goes with --event"),
    ((*ASKED, "--tau", "nan"), "no finite number"),
    ((*ASKED, "--tau", "inf"), "no finite number"),
    ((*ASKED, "--level", "nan"), "no finite number"),
]


@pytest.mark.parametrize(("words", "text"), CLASHES, ids=[" ".join(words[-2:]) for words, _ in CLASHES])
def test_an_option_that_the_others_rule_out_is_refused(words: tuple[str, ...], text: str) -> None:
    result = trialist("analyse", LUNG, *words)
    assert result.exit_code == 2
    assert text in " ".join(result.output.split())


def test_from_python_too_no_method_reads_rows_with_a_start_as_at_risk_from_0() -> None:
    data = {"a": [0, 1, 2.0], "b": [3, 4, 5.0], "e": [1, 0, 1], "g": ["x", "y", "x"]}
    asked: Any = {"time": "b", "event": "e", "arm": "g", "unit": "days"}
    with pytest.raises(TypeError, match="weibull"):
        tl.analyse_times(data, **asked, start="a", also=["weibull"])
    for wrong in ({"level": 1.0}, {"level": float("nan")}, {"at": [-1.0]}, {"tau": float("inf")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            tl.analyse_times(data, **asked, **wrong)


def test_a_time_of_the_curve_that_is_named_twice_is_told_once() -> None:
    timed = [f["timepoint"] for f in found(LUNG, *ASKED[:-2], "--at", "6,6,12")["findings"]]
    assert timed.count("6") == 2  # the probability and those at risk


def test_a_covariate_that_tells_the_order_of_events_is_told_without_a_warning(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    time = rng.exponential(12, 120).round(1) + 0.1
    rows = "".join(f"{t},{t},{i % 4 > 0:d},{'ab'[i % 2]}\n" for i, t in enumerate(time))
    file = written(tmp_path, "t,x,e,g\n" + rows)
    words = ("--time", "t", "--unit", "months", "--event", "e", "--arm", "g", "--covariates", "x")
    last = found(file, *words)["findings"][-1]
    assert last["estimate"] is None
    assert [p["code"] for p in last["problems"]] in (["N404"], ["E405"])


def events(file: Path, *words: str) -> list[int]:
    return [f["events"] for f in found(file, *words)["findings"]][:1]


def test_true_and_false_are_read_in_any_case_and_numbers_in_any_notation(tmp_path: Path) -> None:
    file = written(tmp_path, "t,b,n\n1,TRUE,1\n2,True,2\n3,true,1.0\n4,False,2\n5,FALSE,2\n")
    timed = ("--time", "t", "--unit", "days")
    assert events(file, *timed, "--event", "b") == [3]
    assert events(file, *timed, "--event", "b", "--event-is", "true") == [3]
    assert events(file, *timed, "--event", "b", "--event-is", "FALSE") == [2]
    assert events(file, *timed, "--censored", "b") == [2]
    assert events(file, *timed, "--event", "n", "--event-is", "1.0") == [2]
    pq.write_table(pa.table({"t": [1, 2, 3], "b": [True, False, True]}), tmp_path / "b.parquet")
    assert events(tmp_path / "b.parquet", *timed, "--event", "b", "--event-is", "True") == [2]


def test_a_status_that_is_not_told_names_the_option_of_its_own_kind(tmp_path: Path) -> None:
    file = written(tmp_path, "t,s,c\n1,Y,yes\n2,y,no\n3,N,no\n")
    for words, text in (
        (("--response", "s"), "--response-is VALUE"),
        (("--time", "t", "--censored", "c"), "0 for an event and another number for a censoring"),
        (("--time", "t", "--event", "s", "--event-is", "Y"), "'Y' and also 'y'"),
    ):
        result = trialist("analyse", file, *words)
        assert result.exit_code == 2
        assert text in " ".join(result.output.split())
        assert codes(trialist("analyse", file, *words, "--json")) == ["E094"]


def test_tables_of_every_schema_of_a_duckdb_file_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "d.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"create schema adam; create table adam.adtte as from read_csv('{LUNG}', nullstr='NA')"
        )
    assert events(file, *ASKED) == events(LUNG, *ASKED)
    with duckdb.connect(str(file)) as connection:
        connection.execute("create view short as select * from adam.adtte where time < 100")
    assert events(file, *ASKED, "--table", "adam.adtte") == events(LUNG, *ASKED)
    assert events(file, *ASKED, "--table", "short") == events(LUNG, *ASKED, "--where", "time < 100")
    result = trialist("analyse", file, *ASKED, "--table", "ADTTE")
    assert "it has short, adam.adtte" in result.output
    assert "did you mean 'adam.adtte'?" in result.output


@pytest.mark.parametrize("column", ["nested", "listed", "bytes"])
@pytest.mark.parametrize("part", ["--arm", "--strata", "--covariates", "--event"])
def test_a_column_of_lists_structures_or_bytes_is_refused(column: str, part: str, tmp_path: Path) -> None:
    odd = {"nested": [{"a": 1}] * 3, "listed": [[1, 2]] * 3, "bytes": [b"\xff"] * 3}
    pq.write_table(
        pa.table({"t": [1, 2, 3], "e": [1, 0, 1], "g": ["x", "y", "x"], **odd}), tmp_path / "o.parquet"
    )
    words = {"--time": "t", "--event": "e", "--arm": "g", part: column}
    result = trialist(
        "analyse", tmp_path / "o.parquet", *(w for pair in words.items() for w in pair), "--json"
    )
    assert result.exit_code == 2
    assert codes(result) == ["E093"]


def test_a_column_of_arms_without_a_value_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "t,e,g\n1,1,\n2,0,NA\n")
    for words in (("--time", "t", "--event", "e"), ("--response", "e"), ("--value", "t")):
        result = trialist("analyse", file, *words, "--arm", "g", "--json")
        assert result.exit_code == 2
        assert codes(result) == ["E096"]


REPEATED = (
    "USUBJID,PARAMCD,a,t,e,g\nS1,OS,0,5,1,x\nS1,PFS,0,3,1,x\nS2,OS,0,4,0,y\nS2,PFS,4,6,0,y\nS3,OS,0,2,1,y\n"
)


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrays"])
@pytest.mark.parametrize(
    "asked", [("--time", "t", "--event", "e", "--unit", "days"), ("--response", "e"), ("--value", "t"),
              ("--first", "a", "--second", "t")],
)  # fmt: skip
def test_a_subject_in_two_rows_is_told(kind: str, asked: tuple[str, ...], tmp_path: Path) -> None:
    file = written(tmp_path, REPEATED)
    if kind == "parquet":
        pq.write_table(pyarrow.csv.read_csv(file), tmp_path / "t.parquet")
        file = tmp_path / "t.parquet"
    if kind == "arrays":
        data = pyarrow.csv.read_csv(file).to_pydict()
        if asked[0] != "--value":
            return
        assert [p.code for p in tl.analyse_values(data, value="t", arm="g").problems] == ["W425"]
        assert not tl.analyse_values(data, value="t", arm="g", where="PARAMCD = 'OS'").problems
        return
    told = found(file, *asked, "--arm", "g")["problems"]
    assert [p["code"] for p in told] == ["W425"]
    assert "2 of 3 subjects (USUBJID) have more than one of the 5 rows" in told[0]["message"]
    assert not found(file, *asked, "--arm", "g", "--where", "PARAMCD = 'OS'")["problems"]


@pytest.mark.parametrize("where", [(), ("--where", "t > 0")])
def test_intervals_of_a_subject_may_be_several_and_are_told_where_they_overlap(
    where: tuple[str, ...], tmp_path: Path
) -> None:
    words = ("--time", "t", "--start", "a", "--event", "e", "--unit", "days", "--arm", "g", *where)
    told = found(written(tmp_path, REPEATED), *words)["problems"]
    assert [p["code"] for p in told] == ["N426", "W427"]
    assert "5 rows of 3 subjects" in told[0]["message"]
    assert told[1]["message"].startswith("1 row begins before")
    apart = written(tmp_path, REPEATED.replace("S1,PFS,0,3", "S1,PFS,5,8"))
    assert [p["code"] for p in found(apart, *words)["problems"]] == ["N426"]


def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    name = "a long name of an arm with a dose of {} mg twice a day"
    rows = "".join(f"{i + 1},{i % 3 > 0:d},{i / 7},{name.format(i % 3)}\n" for i in range(90))
    file = written(tmp_path, "t,e,v,g\n" + rows)
    timed = ("--time", "t", "--event", "e", "--unit", "days", "--at", "1", "--tau", "1")
    for words in (timed, ("--response", "e"), ("--value", "v"), ("--first", "t", "--second", "v")):
        shown = trialist("analyse", file, *words, "--arm", "g").output.splitlines()
        assert max(len(line) for line in shown) <= 60, words
        assert any(line.lstrip().startswith("a long name of an arm") or name[:9] in line for line in shown)


def test_pearsons_correlation_is_not_called_one_of_ranks() -> None:
    shown = trialist("analyse", LUNG, "--first", "ph.karno", "--second", "pat.karno").output
    pearson = shown[shown.index("kind pearson") : shown.index("Spearman rank correlation:")]
    assert "correlation  all  0.520" in pearson
    assert "rank correlation" not in pearson


def test_where_there_is_nothing_to_draw_that_is_said(tmp_path: Path) -> None:
    result = trialist("analyse", LUNG, "--value", "age", "--arm", "sex", "--plot", tmp_path / "f.svg")
    assert result.exit_code == 2
    assert "a figure shows the curves of a time, or hazard and odds ratios" in result.output


def test_a_name_with_a_full_stop_in_a_condition_is_told_how_to_be_written() -> None:
    result = trialist("analyse", LUNG, "--value", "age", "--where", "ph.ecog < 2")
    assert result.exit_code == 2
    assert "write the name 'ph.ecog' between double quotes" in result.output
    assert found(LUNG, "--value", "age", "--where", '"ph.ecog" < 2')["findings"][0]["n"] == 176


def drawn(folder: Path, *words: str | Path) -> str:
    """The texts of a figure, one after the other."""
    assert trialist("analyse", *words, "--plot", folder / "f.svg").exit_code == 0
    return " ".join(re.sub(r"<[^>]+>", " ", (folder / "f.svg").read_text(encoding="utf-8")).split())


def test_the_reference_stands_first_in_the_figure_and_the_other_arms_in_order(tmp_path: Path) -> None:
    words = ("--time", "time", "--event", "status", "--event-is", "2", "--arm", "ph.ecog", "--reference", "0")
    text = drawn(tmp_path, LUNG, *words)
    at_risk = text[text.index("Number at risk") :]
    assert re.findall(r"ph.ecog (\d)", at_risk) == ["0", "1", "2", "3"]


def test_the_ratios_of_a_figure_say_of_which_model_they_are(tmp_path: Path) -> None:
    words = (*ASKED, "--strata", "ph.ecog", "--covariates", "age", "--also", "weibull")
    text = drawn(tmp_path, LUNG, *words)
    assert "Hazard ratio, sex 2 v sex 1 (stratified by ph.ecog) 0.57" in text
    assert "(stratified by ph.ecog; adjusted for age)" in text
    assert "(Weibull model)" in text
    text = drawn(tmp_path, LUNG, *STATUS, "--arm", "sex", "--covariates", "age")
    assert "odds ratio, sex 2 v sex 1" in text
    assert "(logistic regression; adjusted for age)" in text


@pytest.mark.parametrize("arms", [1, 3, 12])
def test_every_curve_has_a_line_of_its_own(arms: int, tmp_path: Path) -> None:
    rows = "".join(f"{1 + i % 17},{i % 5 > 0:d},arm {i % arms}\n" for i in range(360))
    file = written(tmp_path, "t,e,g\n" + rows)
    drawn(tmp_path, file, "--time", "t", "--event", "e", "--arm", "g", "--unit", "months")
    svg = (tmp_path / "f.svg").read_text(encoding="utf-8")
    curves = re.findall(r"<path[^>]*data-role=\"curve\"[^>]*>", svg)
    styles = {tuple(re.findall(r"stroke(?:-dasharray)?=\"[^\"]*\"", curve)) for curve in curves}
    assert len(curves) == len(styles) == arms
    assert svg.count('data-role="band"') == (arms if arms <= 6 else 0)
    assert all(f"arm {arm}<" in svg for arm in range(arms))


def test_arms_written_as_1_and_as_1_point_0_are_one_arm_in_every_format(tmp_path: Path) -> None:
    words = ("--time", "t", "--event", "e", "--unit", "days", "--arm", "g")
    text = "t,e,g\n1,1,1.0\n2,0,2\n3,1,1\n4,1,2.0\n5,1,\n"
    there = found(written(tmp_path, text), *words)
    table = pa.table({"t": [1, 2, 3, 4, 5], "e": [1, 0, 1, 1, 1], "g": [1.0, 2.0, 1.0, 2.0, None]})
    pq.write_table(table, tmp_path / "t.parquet")
    here = found(tmp_path / "t.parquet", *words)
    for key in ("groups", "estimate", "origin"):
        assert [f[key] for f in there["findings"]] == [f[key] for f in here["findings"]]
    for codes_ in ("01", "1.5"):  # a code with a zero before it is no number, and 1.5 stays what it is
        kept = found(written(tmp_path, text.replace("1.0", codes_)), *words, "--reference", codes_)
        assert [codes_] in [f["groups"] for f in kept["findings"]]


def test_one_arm_alone_is_told() -> None:
    told = found(LUNG, *ASKED, "--where", "sex = 1")["problems"]
    assert [p["code"] for p in told] == ["N428"]
    assert not found(LUNG, *ASKED[:-2])["problems"]


def test_names_of_subjects_may_be_numbers_and_texts_in_one_column() -> None:
    data = {"USUBJID": np.array([1, "a", "a", None, 2.5], object), "v": [1.0, 2, 3, 4, 5]}
    assert [p.code for p in tl.analyse_values(data, value="v").problems] == ["W425"]
    assert [p.code for p in tl.analyse_values(pd.DataFrame(data), value="v").problems] == ["W425"]
    assert not tl.analyse_values({**data, "USUBJID": np.arange(5)}, value="v").problems


@pytest.mark.parametrize("missing", ["NA", "N/A", "NaN", "null", ".", " "])
def test_what_means_missing_is_no_arm_in_a_file_and_in_arrays(missing: str, tmp_path: Path) -> None:
    names = ["x", missing, "y ", "x", "y"]
    rows = "".join(f"{i + 1},{i % 2},{name}\n" for i, name in enumerate(names))
    there = found(written(tmp_path, "t,e,g\n" + rows), "--response", "e", "--arm", "g")
    assert [p["code"] for p in there["problems"]] == ["N412"]
    groups = [f["groups"] for f in there["findings"] if f["measure"] == "proportion"]
    assert groups == [["y"], ["x"]]
    arrays = tl.analyse_responses({"e": [0, 1, 0, 1, 0], "g": names}, response="e", arm="g")
    assert [list(f.groups) for f in arrays.findings if f.measure == "proportion"] == groups
