"""Two versions of a protocol: which results move, by which option, and by how much."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import copy_of, trialist

from trialist.difference import moved
from trialist.findings.model import Finding, Method, Origin

STABLE = (
    "confirmed: false,\n        minimum_stable: 42 d",
    "confirmed: false,\n        minimum_stable: 84 d",
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "hecog"
    assert trialist("simulate", "hecog", "--subjects", "30", "--seed", "1", "--out", out).exit_code == 0
    return out / "records"


def test_a_protocol_moves_nothing_against_itself() -> None:
    result = trialist("diff", "card", "card")
    assert result.exit_code == 0
    assert result.output == "No planned result moves: every option that decides a number is the same.\n"


@pytest.mark.parametrize(
    "change",
    [
        ("label: Best overall response", "label: Best response"),
        (STABLE[0], STABLE[0] + ", max_not_evaluable: 1"),
        ("title: ", "title: An older "),
    ],
    ids=["a label", "a default spelt out", "the title"],
)
def test_words_that_decide_no_number_are_no_difference(change: tuple[str, str], tmp_path: Path) -> None:
    later = copy_of("hecog", tmp_path / "later", change)
    assert trialist("diff", "hecog", later).output.startswith("No planned result moves")


def test_one_option_names_every_analysis_that_reads_it(tmp_path: Path) -> None:
    later = copy_of("hecog", tmp_path / "later", STABLE)
    found = json.loads(trialist("diff", "hecog", later, "--json").stdout)
    assert {name: [c["option"] for c in changes] for name, changes in found["analyses"].items()} == {
        "orr": ["rule: of.minimum_stable"],
        "orr_by_resistance": ["rule: of.minimum_stable"],
        "bor": ["rule: minimum_stable"],
        "dcr": ["rule: of.minimum_stable"],
        "dor": ["rule: of.minimum_stable"],
    }
    assert [(c["before"], c["after"]) for c in found["analyses"]["bor"]] == [(42, 84)]
    assert (found["everywhere"], found["added"], found["removed"]) == ([], [], [])


def test_a_strategy_moves_the_analyses_of_its_estimand_alone(tmp_path: Path) -> None:
    change = (
        "{new_anticancer_therapy: treatment_policy, death: composite}",
        "{new_anticancer_therapy: hypothetical, death: composite}",
    )
    later = copy_of("hecog", tmp_path / "later", change)
    found = json.loads(trialist("diff", "hecog", later, "--json").stdout)
    assert list(found["analyses"]) == ["pfs"]
    assert {c["option"]: (c["before"], c["after"]) for c in found["analyses"]["pfs"]} == {
        "rule: new_therapy": ("follow", "censor")
    }


def test_what_every_result_rests_on_stands_first(tmp_path: Path) -> None:
    later = copy_of("onco_pilot", tmp_path / "later", ("evaluator: INVESTIGATOR", "evaluator: INDEPENDENT"))
    lines = trialist("diff", "onco-pilot", later).output.splitlines()
    assert lines[:2] == [
        "All results may move",
        "  records: evaluator: 'INVESTIGATOR' -> 'INDEPENDENT'",
    ]


def finding(analysis: str, estimate: float | None, **more: Any) -> Finding:
    """A proportion of one arm."""
    about = {"groups": ("a",), "n": 10, "events": 5, **more}
    return Finding(
        "T",
        analysis,
        "proportion",
        estimate,
        Origin("simulated"),
        Method("proportion"),
        analysis=analysis,
        **about,
    )


def test_a_result_moves_when_any_of_its_numbers_does() -> None:
    before = [finding("same", 0.5), finding("estimate", 0.5), finding("n", 0.5), finding("gone", 0.5)]
    after = [
        finding("same", 0.5, note="told otherwise"),
        finding("estimate", 0.6),
        finding("n", 0.5, n=11),
        finding("new", None),
    ]
    rows, same = moved(before, after)
    assert same == 1
    assert [(row.known.analysis, row.before is None, row.after is None) for row in rows] == [
        ("estimate", False, False),
        ("n", False, False),
        ("new", True, False),
        ("gone", False, True),
    ]


def test_categories_of_one_count_are_results_of_their_own() -> None:
    def count(category: str, number: float) -> Finding:
        method = Method("counts", (("category", category),))
        return Finding(
            "T", "bor", "count", number, Origin("simulated"), method, groups=("a",), analysis="bor"
        )

    rows, same = moved([count("CR", 3), count("PR", 4)], [count("CR", 3), count("PR", 5)])
    assert (same, [dict(row.known.method.options)["category"] for row in rows]) == (1, ["PR"])


def test_the_numbers_are_printed_one_beside_the_other_with_their_origin(
    records: Path, tmp_path: Path
) -> None:
    later = copy_of("hecog", tmp_path / "later", STABLE)
    lines = trialist("diff", "hecog", later, "--records", records).output.splitlines()
    assert "  rule: minimum_stable: 42 days -> 84 days" in lines
    assert any(line.startswith("On these records ") for line in lines)
    assert any("dcr, Proportion, cabazitaxel" in line for line in lines)
    assert any("->" in line and line.endswith("simulated, seed 1") for line in lines)
    told = [
        line.split(",")[0].strip()
        for line in lines
        if line.startswith("  ") and ", " in line and "->" not in line
    ]
    assert set(told) == {"bor", "dcr"}  # who responds does not change, nor when


def test_a_version_that_is_no_protocol_is_bad_input(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("trial: X\n", encoding="utf-8")
    result = trialist("diff", "hecog", bad)
    assert result.exit_code == 2
    assert "bad.yaml" in result.output
