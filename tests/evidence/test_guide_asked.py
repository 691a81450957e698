"""Which guide is made: of words as people write them, of folders of their own, by the command."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from guides import MINE, guide_of, refused

from trialist.cli.main import app
from trialist.evidence.guide import make_guide
from trialist.evidence.store import load_store


def test_a_bad_word_is_told_with_what_is_near() -> None:
    (problem,) = refused("cabazitaxell", "mCRPC")
    assert problem.code == "E630"
    assert "cabazitaxel" in problem.remedy
    (problem,) = refused("cabazitaxel", "mcrcp")
    assert problem.code == "E622"
    assert "mcrpc" in problem.remedy
    assert [p.code for p in refused("nothing known", "nothing known")] == ["E630", "E622"]


def test_a_guide_without_a_condition_names_those_in_which_there_are_trials() -> None:
    (problem,) = refused("cabazitaxel", None)
    assert problem.code == "E635"
    assert "metastatic castration-resistant prostate cancer (" in problem.remedy
    assert "HER2-negative breast cancer" in problem.remedy
    (problem,) = refused("cabazitaxell", None)
    assert problem.code == "E630"
    assert "did you mean cabazitaxel" in problem.remedy
    run = CliRunner().invoke(app, ["guide", "cabazitaxel"])
    assert run.exit_code == 2
    assert "E635" in run.stderr


def test_a_treatment_without_a_trial_in_the_condition_is_refused_with_what_there_is() -> None:
    (problem,) = refused("radium-223", "breast cancer")
    assert problem.code == "E631"
    assert "bone metastases" in problem.remedy
    assert "paclitaxel" in problem.remedy
    (problem,) = refused("prednisone", "mCRPC")
    assert problem.code == "E631"


def test_a_trial_of_a_folder_joins_with_its_numbers_conflicts_and_references(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        MINE.replace("sources: {", "sources: {memory: {citation: recalled, kind: memory}, "), encoding="utf-8"
    )
    guide = guide_of("cabazitaxel 20 mg/m2", "mCRPC", tmp_path)
    assert "MYTRIAL" in guide.trials
    section = guide.section("endpoint-os")
    assert section is not None
    claim = next(s for s in section.sentences if s.text.startswith("In MYTRIAL"))
    assert "13.25 months with low dose and 11.5 months with high dose" in claim.text
    assert "0.815 (95% CI 0.40–1.66)" in claim.text
    assert any(set(s.ids) == {"MY-3", "MY-4"} for s in section.sentences)
    value = next(v for v in guide.values() if v.id == "MY-1")
    assert value.cites == ("MYPAPER", "MYPAGE")
    mine = [each for each in guide.references if each.id in ("MYPAPER", "MYPAGE")]
    assert [each.doi for each in mine] == ["10.1000/mine", None]
    assert not any("MY-5" in sentence.ids for sentence in guide.sentences())
    assert {each.id: each.links for each in mine}["MYPAGE"] == ()
    assert guide.dated.fingerprint != guide_of("cabazitaxel", "mCRPC").dated.fingerprint


def test_the_same_store_gives_the_same_guide() -> None:
    first = make_guide(load_store(), "docetaxel", "mCRPC")
    assert first == make_guide(load_store(), "docetaxel", "mCRPC")


def test_the_command_prints_sentences_json_and_problems(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["guide", "cabazitaxel", "--condition", "mCRPC"])
    assert run.exit_code == 0
    assert "In TROPIC, median overall survival was 15.1 months (95% CI 14.1–16.3)" in " ".join(
        run.output.split()
    )
    run = CliRunner().invoke(app, ["guide", "docetaxel", "--condition", "mCRPC", "--json"])
    told = json.loads(run.output)
    assert told["title"].startswith("Docetaxel")
    parts = {part["part"] for section in told["sections"] for part in section["parts"]}
    assert parts == {"sentence", "table", "forest", "flow", "graph", "fold"}
    run = CliRunner().invoke(app, ["guide", "docetaxol", "--condition", "mCRPC", "--json"])
    assert run.exit_code == 2
    assert json.loads(run.output)["problems"][0]["code"] == "E630"
    nowhere = tmp_path / "missing" / "guide.html"
    run = CliRunner().invoke(app, ["guide", "docetaxel", "--condition", "mCRPC", "--html", str(nowhere)])
    assert run.exit_code == 2
    assert "E632" in run.stderr
