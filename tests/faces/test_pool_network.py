"""`trialist pool --network`: the treatments of the shipped store in one network."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import app

TAXANES = "docetaxel_75,docetaxel_30_weekly,mitoxantrone_12,cabazitaxel_20,cabazitaxel_25,arta_alternative"


def network(*words: str | Path) -> Result:
    """The command's result; an exception that escapes it fails the test with its traceback."""
    given = ["pool", "--endpoint", "os", "--network", *map(str, words)]
    return CliRunner().invoke(app, given, catch_exceptions=False)


def test_the_worked_example_is_the_five_trials_of_cabazitaxel():
    done = network("--among", TAXANES, "--reference", "mitoxantrone_12", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    (part,) = found["parts"]
    assert set(part["trials"]) == {"TAX327", "TROPIC", "FIRSTANA", "PROSELICA", "CARD"}
    assert set(part["treatments"]) == set(TAXANES.split(","))
    ratio = next(
        f
        for f in part["findings"]
        if f["measure"] == "hazard_ratio" and f["groups"] == ["cabazitaxel_25", "mitoxantrone_12"]
    )
    assert ratio["estimate"] == pytest.approx(0.712, abs=5e-4)
    assert ratio["origin"]["kind"] == "pooled"
    assert "W665" in {problem["code"] for problem in found["problems"]}
    assert {each["trial"] for each in found["left_out"]} >= {"CARD", "TROPIC"}


def test_what_differs_is_printed_before_any_rank():
    text = network("--among", TAXANES).stdout
    assert 0 < text.index("What differs between the trials") < text.index("Ranks, after what differs")
    assert text.index("W665") < text.index("Ranks, after what differs")


def test_a_page_is_written_where_it_is_asked_for(tmp_path):
    page = tmp_path / "network.html"
    assert network("--from", "radium_223_standard_care", "--html", page).exit_code == 0
    assert "radium-223" in page.read_text(encoding="utf-8")


def test_common_effects_have_no_variance_between_trials():
    found = json.loads(network("--among", TAXANES, "--tau2", "common", "--json").stdout)
    options = {f["method"]["options"]["model"] for p in found["parts"] for f in p["findings"]}
    assert options == {"common effects"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--compare", "a", "b"), "--network takes no --compare"),
        (("--tau2", "sj"), "--network takes --tau2"),
        (("--interval", "hk"), "--network takes --interval normal, t"),
        (("--funnel", "x.svg"), "--network takes no --funnel"),
        (("--csv", "x.csv"), "--network takes no --csv"),
    ],
)
def test_words_of_pairs_are_refused(words, said):
    done = network(*words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_words_of_networks_need_a_network():
    done = CliRunner().invoke(app, ["pool", "--endpoint", "os", "--compare", "a", "b", "--from", "a"])
    assert done.exit_code == 2
    assert "--from needs --network" in done.stderr


def test_a_network_needs_an_endpoint():
    assert "give --endpoint" in CliRunner().invoke(app, ["pool", "--network"]).stderr


@pytest.mark.parametrize(
    ("word", "said"),
    [("cabazitaxel", "several treatments"), ("aspirin", "no treatment is called 'aspirin'")],
)
def test_a_treatment_that_is_none_or_several_is_told_with_what_there_is(word, said):
    done = network("--from", word)
    assert done.exit_code == 2
    assert "E622" in done.stderr
    assert said in done.stderr


def test_a_drug_with_one_treatment_stands_for_it():
    found = json.loads(network("--from", "radium-223", "--json").stdout)
    assert [part["trials"] for part in found["parts"]] == [["ALSYMPCA"]]


def test_an_endpoint_that_nobody_compared_has_no_network():
    done = CliRunner().invoke(app, ["pool", "--endpoint", "pcr", "--network"])
    assert done.exit_code == 2
    assert "E660" in done.stderr


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "pool.md"
SHOWN = re.findall(r"^    trialist ((?:.*\\\n)*.*)$", PAGE.read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("line", SHOWN)
def test_the_commands_of_the_how_to_run_and_print_what_it_shows(line, tmp_path, monkeypatch):
    words = shlex.split(line.replace("\\\n", " "))
    (tmp_path / "tests").symlink_to(PAGE.parents[2] / "tests")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    if "--network" in words:
        shown = re.search(r"W665 (?:.*\n)+?\n", PAGE.read_text(encoding="utf-8")).group()
        assert " ".join(shown.split()) in " ".join(done.stdout.split())


def test_the_how_to_shows_commands():
    assert len(SHOWN) == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--reference", "cabazitaxel_25_budesonide"), "is in no trial that answers"),
        (("--from", "cabazitaxel_25", "--reference", "enzalutamide_160"), "is not in the part that holds"),
    ],
)
def test_another_reference_never_takes_the_place_of_the_one_asked_for(tmp_path, words, said):
    page = tmp_path / "network.html"
    done = network(*words, "--html", page)
    assert done.exit_code == 2
    assert done.output.count("E661") == 2  # the problem, and where to read more
    assert said in done.output
    assert not page.exists()
