"""What of the store contradicts itself: each rule finds its fault and leaves sound numbers alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trialist.evidence.checks import RULES, check_store, check_trial
from trialist.evidence.checks.found import explanations
from trialist.evidence.model import Store
from trialist.evidence.store import load_store
from trialist.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
ABOUT = """trial: X
about:
  title: A trial
  condition: mcrpc
  enrolled: {n: 200}
  arms:
    a: {treatment: enzalutamide_160, label: A, n: 100, treated: 95}
    b: {treatment: placebo, label: B, n: 100, treated: 98}
  stated: {STATED}
sources: {P: {citation: P}, Q: {citation: Q}}
findings:
"""


def store(folder: Path, *findings: str, stated: str = "planned_n: {P: '200'}") -> Store:
    """The store with one more trial of these findings; what is not given is filled in."""
    lines = []
    for i, text in enumerate(findings, 1):
        source = "Q" if ", source Q" in text else "P"
        how = "digitised" if ", digitised" in text else "read"
        said = text.replace(", source Q", "").replace(", digitised", "")
        lines.append(f"  - {{id: X-{i}, origin: {{source: {source}, reliability: {how}}}, {said}}}\n")
    text = ABOUT.replace("STATED", stated) + "".join(lines or ["  []\nreason: none\n"])
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    made = load_store(folder)
    assert made.problems == ()
    return made


def found(folder: Path, *findings: str, stated: str = "planned_n: {P: '200'}") -> list[Problem]:
    return list(check_trial(store(folder, *findings, stated=stated), "X"))


HR = "endpoint: os, measure: hazard_ratio, groups: [a, b]"
SHARE = "endpoint: psa50, measure: proportion, groups: [a]"
MEDIAN = "endpoint: os, measure: median_time, unit: months"
AE = "measure: proportion, groups: [a], population: safety, endpoint: ae"

FAULTS = {
    "an arm that the card does not have": (
        ["endpoint: os, measure: count, estimate: 1, groups: [c]"],
        ["W610"],
    ),
    "an endpoint without a word": (["endpoint: bliss, measure: count, estimate: 1"], ["W610"]),
    "an estimate outside its interval": (
        [f"{HR}, estimate: 0.95, interval: {{low: 0.51, high: 0.78, level: 0.95}}"],
        ["W611"],
    ),
    "an interval of another estimate": (
        [f"{HR}, estimate: 0.65, interval: {{low: 0.51, high: 0.78, level: 0.95}}"],
        ["W612"],
    ),
    "a p value against its interval": (
        [
            f"{HR}, estimate: 0.8, interval: {{low: 0.70, high: 0.91, level: 0.95}}, "
            "p_value: {value: 0.31, bound: '='}"
        ],
        ["W613"],
    ),
    "a percent that is not its count": (
        [f"{SHARE}, estimate: 0.11, reported: 11%, n: 86, events: 9"],
        ["W614"],
    ),
    "a percent that no count gives": ([f"{SHARE}, estimate: 0.365, reported: 36.5%, n: 60"], ["W614"]),
    "a share below one percent that its count exceeds": (
        [f"{SHARE}, estimate: 0.003, reported: <1%, n: 100, events: 11"],
        ["W614"],
    ),
    "a share whose point was lost": ([f"{SHARE}, estimate: 0.8, reported: 8%"], ["W614"]),
    "a time with digits exchanged": (
        [f"{MEDIAN}, groups: [a], estimate: 72.2, reported: '27.2'"],
        ["W614"],
    ),
    "more events than patients": ([f"{SHARE}, estimate: 1, n: 50, events: 60"], ["W614", "W615"]),
    "more patients counted than the arm has": (
        ["endpoint: death, measure: count, groups: [a], estimate: 105"],
        ["W615"],
    ),
    "more patients at risk than the arm has": (
        ["endpoint: os, measure: n_at_risk, groups: [a], timepoint: '0', estimate: 118"],
        ["W615"],
    ),
    "more patients than the arm has": ([f"{SHARE}, estimate: 0.1, n: 110, events: 11"], ["W615"]),
    "more treated than the arm has": (
        [
            f"{AE}, estimate: 0.1, n: 100, events: 10, "
            "definition: {term: any, grade: any, graded_by: not stated}"
        ],
        ["W615"],
    ),
    "events of arms that are not those of the comparison": (
        [
            f"{HR}, estimate: 0.8, n: 200, events: 150",
            f"{MEDIAN}, estimate: 12.0, groups: [a], n: 100, events: 70",
            f"{MEDIAN}, estimate: 10.0, groups: [b], n: 100, events: 90",
        ],
        ["W617"],
    ),
    "levels with more patients than there are": (
        [f"{HR}, estimate: 0.8, subgroup: 'age: {level}', n: 120" for level in ("<65", ">=65")],
        ["W618"],
    ),
    "levels with fewer patients than there are": (
        [f"{HR}, estimate: 0.8, subgroup: 'age: {level}', n: 90" for level in ("<65", ">=65")],
        ["N618"],
    ),
    "two sources with two estimates": (
        [f"{HR}, estimate: 0.72", f"{HR}, estimate: 0.63, source Q"],
        ["W619"],
    ),
    "two sources with two counts": (
        [
            f"{SHARE}, estimate: 0.46, reported: 46%, n: 100, events: 46",
            "endpoint: psa50, measure: count, groups: [a], estimate: 47, n: 100, source Q",
        ],
        ["W619"],
    ),
    "two sources with two intervals": (
        [
            f"{HR}, estimate: 0.71, interval: {{low: 0.60, high: 0.84, level: 0.95}}",
            f"{HR}, estimate: 0.71, interval: {{low: 0.60, high: 0.85, level: 0.95}}, source Q",
        ],
        ["W620"],
    ),
    "a p value that lost its bound": (
        [
            f"{HR}, estimate: 0.5, p_value: {{value: 0.001, bound: <}}",
            f"{HR}, estimate: 0.5, p_value: {{value: 0.001, bound: '='}}, source Q",
        ],
        ["N619"],
    ),
    "survival that rises": (
        [
            "endpoint: os, measure: survival_probability, groups: [a], "
            f"estimate: {share}, timepoint: {month} months"
            for month, share in ((6, 0.8), (24, 0.55), (12, 0.5))
        ],
        ["W621"],
    ),
    "more severe events than events": (
        [
            f"{AE}, estimate: 0.2, n: 95, events: 19, reported: 20%, "
            "definition: {term: nausea, grade: 3+, graded_by: reported}",
            f"{AE}, estimate: 0.1, n: 95, events: 10, reported: 11%, "
            "definition: {term: nausea, grade: any, graded_by: reported}",
        ],
        ["W622"],
    ),
    "more severe events in one source than events in another": (
        [
            f"{AE}, estimate: 0.2, n: 95, events: 19, reported: 20%, "
            "definition: {term: nausea, grade: 3-4, graded_by: reported}",
            f"{AE}, estimate: 0.1, n: 95, events: 10, reported: 11%, "
            "definition: {term: nausea, grade: 3+, graded_by: reported}, source Q",
        ],
        ["W623"],
    ),
    "the living and the dead": (
        [
            "endpoint: alive, measure: proportion, groups: [a], estimate: 0.6, n: 100, events: 60",
            "endpoint: death, measure: proportion, groups: [a], estimate: 0.3, n: 100, events: 30",
        ],
        ["W625"],
    ),
    "more of the treated than of all": (
        [
            "endpoint: death, measure: proportion, groups: [a], estimate: 0.4, n: 100, events: 40",
            "endpoint: death, measure: proportion, groups: [a], population: safety, reported: 47%, "
            "estimate: 0.47, n: 95, events: 45",
        ],
        ["W626"],
    ),
    "medians against their hazard ratio": (
        [
            f"{HR}, estimate: 0.7, interval: {{low: 0.59, high: 0.83, level: 0.95}}",
            f"{MEDIAN}, estimate: 8.0, groups: [a]",
            f"{MEDIAN}, estimate: 12.0, groups: [b]",
        ],
        ["N611"],
    ),
}


@pytest.mark.parametrize(("findings", "codes"), FAULTS.values(), ids=FAULTS)
def test_each_contradiction_is_found_with_the_findings_on_both_sides(
    tmp_path: Path, findings: list[str], codes: list[str]
) -> None:
    problems = found(tmp_path, *findings)
    assert sorted(p.code for p in problems) == codes
    for problem in problems:
        assert problem.place is not None
        assert problem.place.file == "X"
        assert str(problem.place.record).startswith("X-")


def test_a_reconstruction_is_not_set_against_what_was_published(tmp_path: Path) -> None:
    made = store(tmp_path, f"{HR}, estimate: 0.65", f"{HR}, estimate: 0.74, source Q")
    assert [p.code for p in check_trial(made, "X")] == ["W619"]
    text = (tmp_path / "x.yaml").read_text(encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.yaml").write_text(
        text.replace("source: Q,", "source: Q, kind: reconstructed,"), encoding="utf-8"
    )
    assert check_trial(load_store(tmp_path / "other"), "X") == ()


def test_facts_of_a_design_that_are_stated_in_two_ways_are_found(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, stated="planned_n: {P: '200', Q: '240'}, power: {P: '0.8', Q: '0.8'}")
    assert problem.code == "W624"
    assert "200 (P); 240 (Q)" in problem.message


def test_arms_that_do_not_make_the_trial_are_found(tmp_path: Path) -> None:
    made = store(tmp_path)
    (tmp_path / "other").mkdir()
    text = (tmp_path / "x.yaml").read_text(encoding="utf-8").replace("n: 200", "n: 210", 1)
    (tmp_path / "other" / "x.yaml").write_text(text, encoding="utf-8")
    assert check_trial(made, "X") == ()
    assert [p.code for p in check_trial(load_store(tmp_path / "other"), "X")] == ["W616"]


SOUND = {
    "a p value of another test on the same side": [
        f"{HR}, estimate: 1.01, interval: {{low: 0.85, high: 1.20, level: 0.95}}, "
        "p_value: {value: 0.997, bound: '='}"
    ],
    "an interval at another level": [
        f"{HR}, estimate: 1.024, interval: {{low: 0.886, high: 1.184, level: 0.9778}}"
    ],
    "an interval of a median": [
        f"{MEDIAN}, estimate: 10.0, groups: [a], interval: {{low: 9.5, high: 14.0, level: 0.95}}"
    ],
    "ratios that were rounded": [f"{HR}, estimate: 0.646", f"{HR}, estimate: 0.65, source Q"],
    "two analyses": [
        f"{HR}, estimate: 0.65, method: {{name: cox, options: {{analysis: interim}}}}",
        f"{HR}, estimate: 0.74, method: {{name: cox, options: {{analysis: final}}}}, source Q",
    ],
    "another model": [
        f"{HR}, estimate: 0.65",
        f"{HR}, estimate: 0.74, method: {{name: cox, options: {{not_joined: multivariable model}}}}",
    ],
    "laboratory values and reports": [
        f"{AE}, estimate: 0.8, n: 95, events: 76, definition: {{term: neutropenia, grade: 3+, "
        "graded_by: laboratory}",
        f"{AE}, estimate: 0.2, n: 95, events: 19, definition: {{term: neutropenia, grade: 3+, "
        "graded_by: reported}, source Q",
    ],
    "a curve read from a picture beside a printed share": [
        "endpoint: os, measure: survival_probability, groups: [a], estimate: 0.53, timepoint: 12 months",
        "endpoint: os, measure: survival_probability, groups: [a], estimate: 0.55, timepoint: 12 months, "
        "source Q, digitised",
    ],
    "two tests so far out that both say the same": [
        f"{HR}, estimate: 0.185, interval: {{low: 0.149, high: 0.231, level: 0.95}}, "
        "p_value: {value: 5.6e-62, bound: '='}"
    ],
    "a printed upper bound": [f"{SHARE}, estimate: 0.01, reported: <1%, n: 100, events: 1"],
    "events that are no patients": [
        "endpoint: sae, measure: count, groups: [a], estimate: 120, n: 95, population: safety, "
        "definition: {term: any, grade: any, graded_by: reported, serious: true, counted: events}"
    ],
    "a median that was not reached beside nothing": [
        f"{MEDIAN}, estimate: null, note: not reached, groups: [a]",
    ],
    "overlapping levels": [
        f"{HR}, estimate: 0.8, subgroup: 'marker: {level}', n: {n}"
        for level, n in (("positive", 80), ("negative", 70), ("unknown", 50), ("negative or unknown", 120))
    ],
}


@pytest.mark.parametrize("findings", SOUND.values(), ids=SOUND)
def test_what_can_be_explained_by_rounding_or_by_another_analysis_is_no_contradiction(
    tmp_path: Path, findings: list[str]
) -> None:
    assert found(tmp_path, *findings) == []


def test_every_contradiction_of_the_shipped_store_is_explained() -> None:
    assert {p.code for p in check_store(load_store()) if p.severity != "note"} == set()


def test_no_explanation_is_left_without_its_contradiction() -> None:
    told = [p for p in check_store(load_store()) if p.code == "N610"]
    for each in explanations():
        assert [p for p in told if p.place and p.place.file == each.trial and each.why in p.message], each
        assert each.trial in load_store().trials


def test_the_page_on_contradictions_lists_what_the_checks_find() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from make_contradictions import PAGE, page
    finally:
        sys.path.pop(0)
    assert PAGE.read_text(encoding="utf-8") == page(), "run python docs/make_contradictions.py"


def test_every_rule_says_what_it_gives_and_where_it_is_from() -> None:
    for rule in RULES.values():
        assert rule.gives
        assert rule.source
