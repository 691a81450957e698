"""Evidence from a caller's table: the template, its rows, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from imports import evidence, imported, one

from trialist.evidence.store import load_store
from trialist.findings.model import Interval


def test_the_template_is_read_back_and_its_example_is_left_out(tmp_path: Path) -> None:
    text = evidence("template").stdout
    table = tmp_path / "table.csv"
    table.write_text(text, encoding="utf-8")
    assert evidence("import", table, "--out", tmp_path / "out").exit_code == 2
    header = text.splitlines()[0].split(",")
    rows: list[dict[str, str]] = [
        {
            **{"trial": "T1", "title": "One", "condition": "mCRPC", "line": "second", "source": "P"},
            **{"citation": "A paper", "endpoint": "overall survival", "measure": "HR", "estimate": "0.7"},
            **{"low": "0.6", "high": "0.8", "p_value": "0.001", "p_bound": "<", "n": "200", "events": "120"},
            **{"arm": "Drug A", "treatment": "cabazitaxel 20", "against": "Placebo"},
        },
        {
            **{"trial": "T1", "endpoint": "neutropenia", "grade": "3+", "graded_by": "laboratory"},
            **{"measure": "proportion", "estimate": "0.5", "n": "100", "events": "50", "arm": "Drug A"},
            **{"population": "safety", "source": "P"},
        },
        {"trial": "T2", "endpoint": "os", "measure": "median", "note": "not reached", "arm": "x"},
    ]
    lines = [",".join(f'"{row.get(name, "")}"' for name in header) for row in rows]
    table.write_text("\n".join([text.splitlines()[0], *lines]) + "\n", encoding="utf-8")
    assert imported(table, tmp_path / "out") == []
    store = load_store(tmp_path / "out")
    assert store.problems == ()
    ratio = one(store.of("T1"), "os", "hazard_ratio", "drug_a", "placebo")
    assert (ratio.n, ratio.events, ratio.interval) == (200, 120, Interval(0.6, 0.8))
    assert [arm.treatment for arm in store.arms(ratio)] == ["cabazitaxel_20", "placebo"]
    assert one(store.of("T1"), "ae:neutropenia:3+", "proportion", "drug_a").definition[2] == (
        "graded_by",
        "laboratory",
    )
    assert store.trials["T1"].condition == "mcrpc"
    assert one(store.of("T2"), "os", "median", "x").estimate is None


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("0.7,", "70%,"),
        (",hazard_ratio,", ",hazards,"),
        (",755,", ",many,"),
        ("MYTRIAL,", ","),
        (",os,", ",,"),
        ("trial,title", "study,title"),
        (",note", ",remark"),
    ],
)
def test_a_row_that_is_no_finding_is_told_with_its_line(tmp_path: Path, was: str, becomes: str) -> None:
    text = evidence("template").stdout.replace(",example,", ",R-1,").replace(",0.70,", ",0.7,")
    assert was in text
    table = tmp_path / "table.csv"
    table.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    result = evidence("import", table, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 2
    (problem, *_) = json.loads(result.stdout)["problems"]
    assert problem["code"] == "E625"
    assert problem["place"]["line"] in (1, 2)
    assert not (tmp_path / "out").exists()


ROW = {
    **{"trial": "T1", "title": "One", "condition": "mCRPC", "source": "P", "citation": "A paper"},
    **{"endpoint": "os", "measure": "HR", "estimate": "0.7", "arm": "Drug A", "against": "Placebo"},
}


def table(folder: Path, *rows: dict[str, str]) -> Path:
    """A table of rows, the first of which is good."""
    header = evidence("template").stdout.splitlines()[0]
    lines = [",".join(f'"{row.get(name, "")}"' for name in header.split(",")) for row in (ROW, *rows)]
    path = folder / "table.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"id": "a", "level": "0", "low": "0.5", "high": "0.9"}, "E603", "interval level is 0"),
        ({"id": "a", "measure": "proportion", "estimate": "39.2"}, "E603", "a proportion is 39.2"),
        ({"id": "a", "p_value": "2"}, "E603", "p value is 2"),
        ({"id": "TROPIC-0001"}, "E620", "stands in the store already"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_row(
    tmp_path: Path, changes: dict[str, str], code: str, said: str
) -> None:
    path = table(tmp_path, ROW | changes)
    result = evidence("import", path, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["code"], problem["place"]["line"], problem["place"]["file"]) == (code, 3, str(path))
    assert said in problem["message"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"against": "drug-A"}, "are one arm"),
        ({"endpoint": "neutropenia", "measure": "proportion"}, "has no grade"),
    ],
)
def test_a_row_that_names_one_arm_twice_or_an_adverse_event_without_a_grade_is_left_out(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    (problem,) = imported(table(tmp_path, ROW | changes), tmp_path / "out")
    assert (problem["code"], problem["place"]["line"]) == ("E625", 3)
    assert said in problem["message"]
    assert len(load_store(tmp_path / "out").of("T1")) == 1


def test_trials_whose_names_differ_in_signs_alone_get_files_of_their_own(tmp_path: Path) -> None:
    assert imported(table(tmp_path, ROW | {"trial": "T-1"}, ROW | {"trial": "T 1"}), tmp_path / "out") == []
    store = load_store(tmp_path / "out")
    assert [len(store.of(trial)) for trial in ("T1", "T-1", "T 1")] == [1, 1, 1]
