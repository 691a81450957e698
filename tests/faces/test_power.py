"""`trialist power`: a trial, or a kind of design with its words as options."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import app
from trialist.design import DESIGNS
from trialist.design.stated import ENTRIES
from trialist.findings.measures import MEASURES
from trialist.findings.model import from_json


def power(*words: str) -> Result:
    return CliRunner().invoke(app, ["power", *words])


def test_every_kind_of_design_has_words_and_a_place_in_the_help() -> None:
    shown = power("--help").output
    assert set(DESIGNS) == set(ENTRIES)
    assert all(f"  {name} " in shown for name in DESIGNS)
    for name, kind in DESIGNS.items():
        assert "--json" in power(name, "--help").output
        assert set(kind.gives) <= set(MEASURES)


def test_a_design_without_a_protocol_is_answered() -> None:
    done = power("log_rank", "--hazard-ratio", "0.67", "--power", "0.8", "--alpha", "0.05")
    assert done.exit_code == 0, done.output
    assert "196 events by Schoenfeld, 202 by Freedman" in done.output
    assert "power over events, hazard ratio 0.67" in done.output


def test_looks_are_a_table() -> None:
    done = power("sequential", "--looks", "0.6,1", "--spending", "obrien_fleming", "--alpha", "0.05")
    assert done.exit_code == 0, done.output
    assert "0.00762" in done.output
    assert "0.04760" in done.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("card",), 0),
        (("tropic",), 0),
        (("prevail",), 0),
        (("caba-bm",), 1),
        (("no-such-trial",), 2),
        (("log_rank", "--hazard-ratio", "-1"), 2),
        (("log_rank", "--hazard-ratio", "wide"), 2),
        (("log_rank", "--accrual-rates", "5,6"), 2),
        (("log_rank", "--looks", "half,1"), 2),
        (("log_rank", "--colour", "red"), 2),
        (("log_rank", "--power", "120 %"), 2),
        (("evaluability",), 2),
        (("log_rank", "--hazard-ratio", "1", "--power", "0.8", "--alpha", "0.05"), 1),
    ],
)
def test_the_exit_code_tells_what_agrees_what_differs_and_what_is_no_design(
    words: tuple[str, ...], code: int
) -> None:
    done = power(*words)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    as_json = power(*words, "--json")
    assert as_json.exit_code == code
    if code < 2:
        assert [bool(problem) for problem in json.loads(as_json.output)["problems"]] == [True] * (
            len(json.loads(as_json.output)["problems"])
        )


def test_the_numbers_of_a_trial_are_findings() -> None:
    document = json.loads(power("tropic", "--json").output)
    (design,) = document["designs"]
    assert design["verdict"] == "agrees"
    found = [from_json(finding) for finding in design["findings"]]
    assert {finding.origin.kind for finding in found} == {"designed"}
    assert {finding.endpoint for finding in found} == {"os"}
    levels = [f.estimate for f in found if f.measure == "significance_level"]
    assert levels == [pytest.approx(0.016), pytest.approx(0.0452)]
    spent = [f.estimate for f in found if f.measure == "alpha_spent"]
    assert spent[-1] == pytest.approx(0.05, abs=5e-4)


def test_a_share_may_be_written_as_a_number_or_a_percentage() -> None:
    words = ("log_rank", "--hazard-ratio", "0.67", "--alpha", "0.05", "--power")
    assert power(*words, "0.8").output == power(*words, "80 %").output


def test_an_accrual_in_steps_is_pairs_of_month_and_rate() -> None:
    words = ("--hazard-ratio", "0.7", "--power", "0.8", "--alpha", "0.05", "--control-median-months", "12")
    done = power("log_rank", *words, "--accrual-rates", "0:5,6:20", "--n", "300", "--allocation", "2:1")
    assert done.exit_code == 0, done.output
    assert "who enter in 19.5 months" in done.output
