"""The shipped trials, from their protocol file to their findings, through the command line."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
import yaml
from click.testing import CliRunner

from trialist.cli.main import app
from trialist.formats.adam.times import CENSORINGS

Found = list[dict[str, Any]]


def trialist(*words: str | Path) -> Mapping[str, Any]:
    """Standard output of a command with --json, which must end with exit code 0."""
    result = CliRunner().invoke(app, [*(str(w) for w in words), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    content: Mapping[str, Any] = json.loads(result.stdout)
    return content


def pick(findings: Found, **wanted: object) -> dict[str, Any]:
    """The one finding with these values; `groups` may be given as a list."""
    hits = [f for f in findings if all(f[key] == value for key, value in wanted.items())]
    assert len(hits) == 1, f"{len(hits)} findings with {wanted}"
    return hits[0]


def ratio(finding: Mapping[str, Any], digits: int) -> tuple[float, float, float]:
    interval = finding["interval"]
    return tuple(round(v, digits) for v in (finding["estimate"], interval["low"], interval["high"]))  # type: ignore[return-value]


def asking(folder: Path, endpoints: set[str]) -> Path:
    """The trial in a folder, asked for these endpoints and their analyses alone.

    The others cost and say nothing here. The records are as they are, made from the whole protocol.
    """
    plan = yaml.safe_load((folder / "protocol.yaml").read_text(encoding="utf-8"))
    of = {name: entry["endpoint"] for name, entry in plan["estimands"].items()}
    plan["endpoints"] = {name: plan["endpoints"][name] for name in endpoints}
    plan["estimands"] = {name: plan["estimands"][name] for name in of if of[name] in endpoints}
    plan["analyses"] = {
        name: entry
        for name, entry in plan["analyses"].items()
        if (entry.get("endpoint") or of.get(entry.get("estimand"))) in endpoints
    }
    for told in ("simulation", "records"):
        plan.pop(told, None)
    plan["design"] = [entry for entry in plan.get("design", ()) if entry.get("for") in plan["estimands"]]
    (folder / "protocol.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def prevail(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    return trialist("run", "prevail", "--out", tmp_path_factory.mktemp("prevail"))


@pytest.fixture(scope="module")
def onco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("onco")
    trialist("run", "onco-pilot", "--out", out)
    return out


def test_prevail_gives_the_hazard_ratios_of_its_reconstructed_times(prevail: Mapping[str, Any]) -> None:
    findings = prevail["findings"]
    rpfs = pick(findings, endpoint="rpfs", measure="hazard_ratio")
    os_ = pick(findings, endpoint="os", measure="hazard_ratio", subgroup=None)
    assert ratio(rpfs, 3) == (0.185, 0.149, 0.231)
    assert round(os_["estimate"], 3) == 0.725
    assert ratio(os_, 2)[1:] == (0.61, 0.86)
    assert rpfs["origin"]["kind"] == os_["origin"]["kind"] == "reconstructed"


def test_every_number_of_reconstructed_times_says_so(prevail: Mapping[str, Any]) -> None:
    assert {f["origin"]["kind"] for f in prevail["findings"]} == {"reconstructed"}


def test_tropic_medians_come_back_from_the_published_curve(tmp_path: Path) -> None:
    findings = trialist("run", "tropic", "--out", tmp_path)["findings"]
    os_ = pick(findings, endpoint="os", measure="median_time", groups=["cabazitaxel"])
    pfs = pick(findings, endpoint="pfs", measure="median_time", groups=["cabazitaxel"])
    assert 14.1 <= os_["estimate"] <= 16.1
    assert 2.3 <= pfs["estimate"] <= 3.3
    assert os_["origin"]["kind"] == pfs["origin"]["kind"] == "reconstructed"


def test_an_arm_without_records_has_no_number(tmp_path: Path) -> None:
    findings = trialist("run", "tropic", "--out", tmp_path)["findings"]
    ratio_ = pick(findings, endpoint="os", measure="hazard_ratio", subgroup=None)
    assert ratio_["estimate"] is None
    assert ratio_["problems"]


def test_a_calibrated_simulation_gives_back_the_published_results(tmp_path: Path) -> None:
    made = tmp_path / "card"
    trialist("simulate", "card", "--subjects", "20000", "--seed", "1", "--out", made)
    asked = {"rpfs", "os", "pain_response", "time_to_pain_progression", "time_to_sse"}
    findings = trialist(
        "analyse", asking(made, asked), "--records", made / "records", "--out", tmp_path / "out"
    )["findings"]
    published = {
        ("rpfs", "cabazitaxel"): 8.0,
        ("rpfs", "arta"): 3.7,
        ("os", "cabazitaxel"): 13.6,
        ("os", "arta"): 11.0,
    }
    for (endpoint, arm), median in published.items():
        here = pick(findings, endpoint=endpoint, measure="median_time", groups=[arm], population="itt")
        assert here["estimate"] == pytest.approx(median, rel=0.03), (endpoint, arm)
    for endpoint, published_ratio in {"rpfs": 0.54, "os": 0.64}.items():
        here = pick(findings, endpoint=endpoint, measure="hazard_ratio", population="itt", subgroup=None)
        assert here["estimate"] == pytest.approx(published_ratio, rel=0.03), endpoint
    for arm, share in {"cabazitaxel": 0.450, "arta": 0.193}.items():
        relief = pick(findings, endpoint="pain_response", measure="proportion", groups=[arm])
        assert relief["estimate"] == pytest.approx(share, abs=0.015), arm
    for endpoint, median, published_ratio in (
        ("time_to_pain_progression", 8.5, 0.55),
        ("time_to_sse", 16.7, 0.59),
    ):
        control = pick(findings, endpoint=endpoint, measure="median_time", groups=["arta"])
        here = pick(findings, endpoint=endpoint, measure="hazard_ratio")
        assert control["estimate"] == pytest.approx(median, rel=0.06), endpoint
        assert here["estimate"] == pytest.approx(published_ratio, rel=0.09), endpoint
    assert {f["origin"]["kind"] for f in findings} == {"simulated"}
    assert {f["origin"]["seed"] for f in findings} == {1}


def test_simulated_pain_and_blood_counts_give_back_what_the_paper_printed(tmp_path: Path) -> None:
    made = tmp_path / "tropic"
    trialist("simulate", "tropic", "--subjects", "4000", "--seed", "1", "--out", made)
    printed = {  # of 371 and 371 treated: grade 3 or more
        "lab_neutrophils": (0.817, 0.580),
        "lab_leukocytes": (0.682, 0.423),
        "lab_haemoglobin": (0.105, 0.049),
        "lab_platelets": (0.040, 0.016),
    }
    asked = {"pain_response", *printed}
    findings = trialist(
        "analyse", asking(made, asked), "--records", made / "records", "--out", tmp_path / "out"
    )["findings"]
    for arm, share in {"cabazitaxel": 0.092, "mitoxantrone": 0.077}.items():
        relief = pick(findings, endpoint="pain_response", measure="proportion", groups=[arm])
        assert relief["estimate"] == pytest.approx(share, abs=0.03), arm
    for endpoint, shares in printed.items():
        for arm, share in zip(("cabazitaxel", "mitoxantrone"), shares, strict=True):
            cells = [f for f in findings if f["endpoint"] == endpoint and f["groups"] == [arm]]
            severe = sum(f["events"] for f in cells if f["method"]["options"]["worst"] in ("3", "4"))
            assert severe / cells[0]["n"] == pytest.approx(share, abs=0.035), (endpoint, arm)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("first", "second"):
        trialist("simulate", "card", "--subjects", "300", "--seed", "7", "--out", tmp_path / name)
        digests.append(
            {
                str(p.relative_to(tmp_path / name)): hashlib.sha256(p.read_bytes()).hexdigest()
                for p in sorted((tmp_path / name).rglob("*"))
                if p.is_file()
            }
        )
    assert digests[0] == digests[1]
    assert len(digests[0]) > 5


def test_the_public_oncology_data_give_adam_shaped_endpoints(onco: Path) -> None:
    adtte = parquet.read_table(onco / "adam" / "adtte.parquet").to_pylist()
    adrs = parquet.read_table(onco / "adam" / "adrs.parquet").to_pylist()
    subjects = parquet.read_table(onco / "adam" / "adsl.parquet").num_rows
    assert {row["PARAMCD"] for row in adtte} >= {"OS", "PFS"}
    assert {row["PARAMCD"] for row in adrs} >= {"BOR", "CBOR"}
    for parameter, rows in (("OS", adtte), ("PFS", adtte), ("BOR", adrs), ("CBOR", adrs)):
        ids = [row["USUBJID"] for row in rows if row["PARAMCD"] == parameter]
        assert len(ids) == len(set(ids)) == subjects == 254, parameter
    assert all(row["AVAL"] >= 1 for row in adtte)


def test_cnsr_is_0_for_events_and_a_coded_reason_otherwise(onco: Path) -> None:
    adtte = parquet.read_table(onco / "adam" / "adtte.parquet").to_pylist()
    reasons = dict(CENSORINGS.values())
    assert all(row["CNSR"] == 0 or row["EVNTDESC"] == reasons[row["CNSR"]] for row in adtte)
    assert all((row["CNSDTDSC"] is None) == (row["CNSR"] == 0) for row in adtte)
    assert Counter(row["CNSR"] for row in adtte if row["PARAMCD"] == "PFS") == {0: 176, 1: 30, 6: 48}


def test_a_confirmed_response_is_never_better_than_the_unconfirmed(onco: Path) -> None:
    adrs = parquet.read_table(onco / "adam" / "adrs.parquet").to_pylist()
    best = {r["USUBJID"]: r["AVAL"] for r in adrs if r["PARAMCD"] == "BOR"}
    confirmed = {r["USUBJID"]: r["AVAL"] for r in adrs if r["PARAMCD"] == "CBOR"}
    assert all(confirmed[subject] >= value for subject, value in best.items())


def test_adverse_events_are_counted_by_the_treatment_received(onco: Path) -> None:
    """Counted by hand from AE, EX and DM: 12 subjects planned on the high dose received the low one."""
    findings = json.loads((onco / "findings.json").read_text(encoding="utf-8"))["findings"]
    counted = {
        (f["endpoint"], f["groups"][0]): (f["events"], f["n"])
        for f in findings
        if f["population"] == "safety"
    }
    expected = {
        "ae_any": ((65, 86), (84, 96), (68, 72)),
        "ae_any_serious": ((0, 86), (2, 96), (1, 72)),  # by AESER; W398 tells of criteria that say otherwise
        "ae_pruritus": ((8, 86), (21, 96), (25, 72)),
        "ae_erythema": ((8, 86), (14, 96), (14, 72)),
    }
    arms = ("placebo", "xanomeline_low", "xanomeline_high")
    assert {k: tuple(counted[k, arm] for arm in arms) for k in expected} == expected


def test_a_run_leaves_report_findings_and_datasets(onco: Path) -> None:
    assert (onco / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    content = json.loads((onco / "findings.json").read_text(encoding="utf-8"))
    assert content["findings"]
    assert content["records"]["fingerprint"]


def test_a_power_statement_that_cannot_hold_is_reported_with_three_ways_out() -> None:
    result = CliRunner().invoke(app, ["check", "caba_bm"], catch_exceptions=False)
    assert result.exit_code == 1
    for piece in ("W118", "30", "0.82", "0.99", "14 pairs", "0.53"):
        assert piece in result.output, piece


@pytest.mark.parametrize("trial", ["tropic", "card", "caba_v7", "hecog", "caba_bm", "prevail", "onco-pilot"])
def test_no_shipped_protocol_has_an_error(trial: str) -> None:
    result = CliRunner().invoke(app, ["check", trial, "--json"], catch_exceptions=False)
    problems = json.loads(result.stdout)["problems"]
    assert [p for p in problems if p["severity"] == "error"] == []
    assert result.exit_code == (1 if problems else 0)


@pytest.mark.parametrize("trial", ["caba_v7", "hecog", "caba_bm"])
def test_a_trial_without_public_records_runs_on_labelled_simulated_ones(trial: str, tmp_path: Path) -> None:
    content = trialist("run", trial, "--out", tmp_path)
    assert content["findings"]
    assert {f["origin"]["kind"] for f in content["findings"]} == {"simulated"}
    assert "simulated" in (tmp_path / "report.html").read_text(encoding="utf-8").lower()
