"""What is published of the shipped trials, and how a file of published results is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.evidence.published import read_evidence, read_published
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Interval, PValue
from trialist.protocol.parse import read_protocol
from trialist.trials import shipped

NUMBERS = {
    "tropic": 388,
    "card": 109,
    "prevail": 38,
    "caba-v7": 43,
    "hecog": 10,
    "caba-bm": 0,
    "onco-pilot": 0,
}


def published(trial: str) -> tuple[Finding, ...]:
    findings, problems = read_published(shipped()[trial] / "published.yaml")
    assert problems == ()
    return findings


def one(trial: str, entry: str) -> Finding:
    (finding,) = [f for f in published(trial) if f.origin.entry == entry]
    return finding


@pytest.mark.parametrize(("trial", "number"), NUMBERS.items())
def test_every_published_figure_is_read(trial: str, number: int) -> None:
    assert len(published(trial)) == number


@pytest.mark.parametrize(
    ("trial", "patients", "events", "estimates", "ends", "p_values"),
    [
        ("tropic", 112089, 16908, 17005.4672, 111.267, 9),
        ("card", 10494, 2556, 514.681, 94.1, 19),
        ("prevail", 18082, 6025, 275.715, 362.2, 8),
        ("caba-v7", 1928, 297, 1038.412, 151.3685, 4),
        ("hecog", 631, 53, 104.45, 37.3, 0),
    ],
)
def test_no_figure_has_changed_on_its_way_from_the_registry_of_results(
    trial: str, patients: int, events: int, estimates: float, ends: float, p_values: int
) -> None:
    findings = published(trial)
    intervals = [f.interval for f in findings if f.interval is not None]
    assert sum(f.n or 0 for f in findings) == patients
    assert sum(f.events or 0 for f in findings) == events
    assert sum(f.estimate or 0 for f in findings) == pytest.approx(estimates, abs=1e-6)
    assert sum((i.low or 0) + (i.high or 0) for i in intervals) == pytest.approx(ends, abs=1e-6)
    assert sum(f.p_value is not None for f in findings) == p_values


def test_where_nothing_is_published_the_file_says_why() -> None:
    for trial in ("caba-bm", "onco-pilot"):
        evidence, problems = read_evidence(shipped()[trial] / "published.yaml")
        assert problems == ()
        assert evidence is not None
        assert evidence.reason


@pytest.mark.parametrize(
    ("trial", "entry", "endpoint", "measure", "estimate", "groups"),
    [
        ("card", "CARD-0002", "rpfs", "median_time", 8.0, ("cabazitaxel",)),
        ("card", "CARD-0003", "rpfs", "median_time", 3.7, ("arta",)),
        ("card", "CARD-0004", "rpfs", "hazard_ratio", 0.54, ("cabazitaxel", "arta")),
        ("card", "CARD-0010", "os", "hazard_ratio", 0.64, ("cabazitaxel", "arta")),
        ("card", "CARD-0017", "psa50", "proportion", 0.357, ("cabazitaxel",)),
        ("card", "CARD-0064", "ae_any_g3", "proportion", 0.563, ("cabazitaxel",)),
        ("tropic", "TROPIC-0002", "os", "median_time", 15.1, ("cabazitaxel",)),
        ("tropic", "TROPIC-0004", "os", "hazard_ratio", 0.70, ("cabazitaxel", "mitoxantrone")),
        ("tropic", "TROPIC-0007", "pfs", "hazard_ratio", 0.74, ("cabazitaxel", "mitoxantrone")),
        ("tropic", "TROPIC-0093", "ae_neutropenia_g3", "proportion", 0.82, ("cabazitaxel",)),
        ("prevail", "PREVAIL-0003", "rpfs", "hazard_ratio", 0.19, ("enzalutamide", "placebo")),
        ("prevail", "PREVAIL-0001", "rpfs", "survival_probability", 0.65, ("enzalutamide",)),
        ("caba-v7", "CABA-V7-0001", "psa50", "proportion", 0.12, ("b",)),
        ("hecog", "HECOG-CABA-MBC-0001", "orr", "proportion", 0.226, ("cabazitaxel",)),
    ],
)
def test_a_published_figure_has_its_endpoint_its_groups_and_its_value(
    trial: str, entry: str, endpoint: str, measure: str, estimate: float, groups: tuple[str, ...]
) -> None:
    finding = one(trial, entry)
    assert (finding.endpoint, finding.measure, finding.groups) == (endpoint, measure, groups)
    assert finding.estimate == estimate


def test_a_published_hazard_ratio_keeps_its_interval_p_value_events_and_source() -> None:
    finding = one("card", "CARD-0004")
    assert finding.interval == Interval(0.40, 0.73, 0.95)
    assert finding.p_value == PValue(0.001, "<", 2)
    assert (finding.n, finding.events) == (255, 196)
    assert (finding.origin.kind, finding.origin.source, finding.origin.reliability) == (
        "published",
        "CARD_NEJM",
        "read",
    )


def test_a_median_that_was_not_reached_has_no_estimate_and_says_so() -> None:
    finding = one("tropic", "TROPIC-0015")
    assert finding.estimate is None
    assert finding.note is not None
    assert "not reached" in finding.note


def test_what_was_computed_from_reconstructed_times_is_not_called_published() -> None:
    kinds = {f.origin.kind for f in published("prevail") if f.origin.source == "KMDATA"}
    assert kinds == {"reconstructed"}


def test_recalled_figures_are_marked() -> None:
    recalled = [f for f in published("card") if f.origin.source == "memory"]
    assert len(recalled) == 17
    assert {f.origin.reliability for f in recalled} == {"memory"}


@pytest.mark.parametrize("trial", NUMBERS)
def test_groups_subgroups_and_measures_are_words_of_the_protocol(trial: str) -> None:
    protocol, _ = read_protocol(shipped()[trial] / "protocol.yaml")
    assert protocol is not None
    plan = protocol.plan
    for finding in published(trial):
        assert finding.trial == plan.trial
        assert set(finding.groups) <= set(plan.arms)
        assert finding.measure in MEASURES
        factor, _, level = (finding.subgroup or "").partition(": ")
        if factor in plan.factors and trial != "caba-v7":
            assert level in plan.factors[factor].levels


@pytest.mark.parametrize("trial", ["tropic", "card", "prevail", "caba-v7", "hecog"])
def test_the_results_of_every_estimand_are_found_under_the_protocols_own_names(trial: str) -> None:
    protocol, _ = read_protocol(shipped()[trial] / "protocol.yaml")
    assert protocol is not None
    named = {(f.endpoint, f.population) for f in published(trial)}
    primary = [e for e in protocol.plan.estimands.values() if e.objective == "primary"]
    assert primary
    assert {(e.endpoint, e.population) for e in primary} <= named


@pytest.mark.parametrize("trial", ["tropic", "card", "prevail", "caba-v7", "hecog"])
def test_a_printed_percentage_is_its_events_over_its_patients(trial: str) -> None:
    checked = 0
    for finding in published(trial):
        if (
            finding.measure != "proportion"
            or finding.estimate is None
            or not finding.n
            or finding.events is None
        ):
            continue
        checked += 1
        share = finding.events / finding.n
        printed = finding.reported or ""
        if printed.startswith("<"):
            assert share < float(printed[1:-1]) / 100, finding
            continue
        digits = len(printed.removesuffix("%").partition(".")[2]) + 2 if printed.endswith("%") else 4
        assert abs(share - finding.estimate) <= 0.5 * 10**-digits + 1e-9, finding
    assert checked >= 3


@pytest.mark.parametrize("trial", NUMBERS)
def test_an_estimate_lies_in_its_interval_and_events_do_not_exceed_patients(trial: str) -> None:
    for finding in published(trial):
        ends = finding.interval
        if ends is not None and finding.estimate is not None:
            assert ends.low is None or ends.low <= finding.estimate
            assert ends.high is None or finding.estimate <= ends.high
        if finding.n is not None and finding.events is not None and finding.endpoint != "sae":
            assert finding.events <= finding.n


ITEM = (
    "  - {id: X-1, endpoint: os, measure: hazard_ratio, estimate: 0.7, groups: [a, b], "
    "origin: {source: PAPER, reliability: read}}\n"
)
GOOD = f"trial: X\nsources: {{PAPER: {{citation: A paper}}}}\nfindings:\n{ITEM}"


def read(folder: Path, text: str) -> tuple[tuple[Finding, ...], list[str]]:
    path = folder / "published.yaml"
    path.write_text(text, encoding="utf-8")
    findings, problems = read_published(path)
    assert all(p.place is not None and p.place.file == str(path) for p in problems)
    return findings, [p.code for p in problems]


def test_a_file_without_fault_gives_its_findings(tmp_path: Path) -> None:
    findings, codes = read(tmp_path, GOOD)
    assert codes == []
    assert findings[0].estimate == 0.7
    assert findings[0].origin.entry == "X-1"


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ("estimate: 0.7", "estimate: 70%", "E603"),
        ("measure: hazard_ratio", "measure: hazards", "E603"),
        ("measure: hazard_ratio, ", "", "E602"),
        ("estimate: 0.7", "estimate: null", "E602"),
        ("estimate: 0.7, ", "", "E602"),
        ("id: X-1, ", "", "E602"),
        ("groups: [a, b]", "group: [a, b]", "E602"),
        ("groups: [a, b]", "groups: a", "E603"),
        ("groups: [a, b]", "n: 1.5", "E603"),
        ("groups: [a, b]", "interval: [0.5, 0.9]", "E603"),
        ("groups: [a, b]", "p_value: {bound: <}", "E603"),
        ("groups: [a, b]", "method: cox", "E603"),
        ("groups: [a, b]", "groups: 0", "E603"),
        ("groups: [a, b]", "groups: {}", "E603"),
        ("estimate: 0.7", "estimate: .inf", "E603"),
        ("estimate: 0.7", "estimate: .nan", "E603"),
        ("estimate: 0.7", f"estimate: {'9' * 400}", "E603"),
        ("groups: [a, b]", "p_value: {value: .nan}", "E603"),
        ("groups: [a, b]", "p_value: {value: 5}", "E603"),
        ("groups: [a, b]", "p_value: {value: 0.5, bound: [<]}", "E603"),
        ("groups: [a, b]", "interval: {low: -.inf, high: 0.9}", "E603"),
        ("groups: [a, b]", "interval: {low: 0.5, high: .inf}", "E603"),
        ("groups: [a, b]", "interval: {low: 0.5, high: 0.9, level: 95}", "E603"),
        ("groups: [a, b]", "interval: {low: 0.5, high: 0.9, level: 0}", "E603"),
        ("groups: [a, b]", "interval: {low: 0.5, high: 0.9, level: .nan}", "E603"),
        ("groups: [a, b]", "method: {name: cox, options: {level: .inf}}", "E603"),
        ("reliability: read", "reliability: [read]", "E603"),
        ("reliability: read", "reliability: read, kind: {a: b}", "E603"),
        ("reliability: read", "reliability: read, place: [1, 2]", "E603"),
        ("reliability: read", "reliability: sure", "E603"),
        ("source: PAPER,", "source: OTHER,", "E604"),
        ("source: PAPER, ", "", "E603"),
        ("citation: A paper", "title: A paper", "E603"),
        ("sources: {PAPER: {citation: A paper}}", "sources: [PAPER]", "E603"),
        ("trial: X\n", "trial: X\nstudy: X\n", "E602"),
        ("trial: X\n", "", "E602"),
        ("findings:", "results:", "E602"),
    ],
)
def test_each_fault_is_named_with_its_line(tmp_path: Path, was: str, becomes: str, code: str) -> None:
    assert was in GOOD
    findings, codes = read(tmp_path, GOOD.replace(was, becomes, 1))
    assert code in codes
    if was.startswith(("estimate", "measure", "groups", "reliability")):
        assert findings == ()


def test_a_faulty_finding_is_left_out_and_the_others_are_kept(tmp_path: Path) -> None:
    text = GOOD + ITEM.replace("X-1", "X-2").replace("0.7", "high")
    findings, codes = read(tmp_path, text)
    assert [f.origin.entry for f in findings] == ["X-1"]
    assert codes == ["E603"]


def test_an_id_can_be_given_once(tmp_path: Path) -> None:
    findings, codes = read(tmp_path, GOOD + ITEM)
    assert len(findings) == 1
    assert codes == ["E605"]


def test_no_findings_need_a_reason(tmp_path: Path) -> None:
    assert read(tmp_path, "trial: X\nsources: {}\nfindings: []\n") == ((), ["E602"])
    assert read(tmp_path, "trial: X\nreason: not reported\nsources: {}\nfindings: []\n") == ((), [])


@pytest.mark.parametrize(
    "text",
    ["", "- a list\n", "trial: [open\n", "trial: X\ntrial\n", "trial: 2020-13-45\n", "[" * 5000],
    ids=["empty", "list", "open", "no value", "no date", "deep"],
)
def test_what_is_no_file_of_published_results_is_refused(tmp_path: Path, text: str) -> None:
    findings, codes = read(tmp_path, text)
    assert findings == ()
    assert codes == ["E601"]


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    assert [p.code for p in read_published(tmp_path / "none.yaml")[1]] == ["E601"]
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert [p.code for p in read_published(tmp_path / "binary.yaml")[1]] == ["E601"]
