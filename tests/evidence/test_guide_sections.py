"""What stands in the sections of a guide, and under which warning."""

from __future__ import annotations

import re

from guides import by_id, guide_of

from trialist.evidence.guide.model import Fold, Forest, Graph, Table
from trialist.evidence.store import load_store


def test_a_count_by_laboratory_values_and_one_of_reports_are_in_groups_that_say_so() -> None:
    known = by_id(load_store())
    section = guide_of("cabazitaxel", "mCRPC").section("safety")
    assert section is not None
    mixed = 0
    for table in section.tables:
        for group in table.groups:
            found = [known[v.id] for row in group.rows for cell in row.cells for v in cell if v.id in known]
            kinds = {dict(f.definition).get("graded_by") for f in found}
            assert len(kinds) == 1, group.heading
            if "laboratory" in kinds:
                assert group.heading is not None
                assert group.heading.endswith("by laboratory values")
            if group.note:
                assert "not to be compared" in group.note
                mixed += 1
    assert mixed >= 2


def test_a_forest_plot_holds_each_ratio_once_and_says_whom_it_favours() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("endpoint-os")
    assert section is not None
    forest = next(part for part in section.parts if isinstance(part, Forest))
    assert forest.below_one == "first"
    assert len({ratio.id for ratio in forest.ratios}) == len(forest.ratios)
    proselica = next(ratio for ratio in forest.ratios if ratio.trial == "PROSELICA")
    assert proselica.behind == "97.78% interval"


def test_the_summary_has_for_each_randomised_trial_its_arms_survival_and_primary_endpoint() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("summary")
    assert section is not None
    assert guide_of("cabazitaxel", "mCRPC").sections[0] is section
    main = section.tables[0]
    rows = {row.cells[0][0].text: row.cells for row in main.rows}
    assert [v.text for v in rows["TROPIC"][1]] == [
        "cabazitaxel + prednisone, n=378",
        "mitoxantrone + prednisone, n=377",
    ]
    assert [value.id for value in rows["CARD"][2]] == ["CARD-0010"]
    assert [value.id for value in rows["CARD"][3]] == ["CARD-0004"]
    assert [value.id for value in rows["FIRSTANA"][2]] == ["FIRSTANA-0004", "FIRSTANA-0005"]
    assert rows["FIRSTANA"][2][0].label is not None
    assert " v docetaxel 75 mg/m2 + prednisone, hazard ratio" in rows["FIRSTANA"][2][0].label
    assert [value.id for value in rows["TROPIC"][2]] == ["TROPIC-0004"]
    assert rows["TROPIC"][2][0].label == "hazard ratio"
    assert [value.text for value in rows["THERAP"][3]] == ["66%", "37%"]
    assert "FUJI" not in rows


def test_the_summary_shows_severe_toxicities_by_arm_with_grade_and_how_they_were_counted() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("summary")
    assert section is not None
    table = section.tables[1]
    column = next(i for i, name in enumerate(table.head) if name.startswith("Neutropenia"))
    row = next(r for r in table.rows if r.cells[0][0].behind == "mitoxantrone + prednisone")
    (value,) = row.cells[column]
    assert (value.text, value.behind) == ("58%", "215/371; grade ≥3; by laboratory values")


def test_the_summary_says_what_these_trials_can_not_say() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("cannot-say")
    assert section is not None
    said = " ".join(s.text for s in section.sentences)
    assert "No arm of one trial was compared with an arm of another" in said
    assert "Nobody was allocated by chance in FUJI" in said
    assert "disappearance of bone metastases" in said


def test_severe_toxicities_of_several_randomised_trials_are_said_with_how_they_were_counted() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("safety")
    assert section is not None
    said = next(s for s in section.sentences if s.text.startswith("In TROPIC, neutropenia"))
    assert "of grade ≥3 (by laboratory values) was seen in 82% (303/371) with" in said.text
    assert not any("nausea" in s.text for s in section.sentences)


def test_endpoints_stand_under_the_warning_and_those_of_one_trial_that_planned_none_are_folded() -> None:
    guide = guide_of("cabazitaxel", "mCRPC")
    efficacy = guide.section("efficacy")
    assert efficacy is not None
    assert any(s.warning and "not to be ranked" in s.text for s in efficacy.sentences)
    inside = {s.id.removeprefix("endpoint-"): s for s in guide.sections if s.within == "efficacy"}
    assert not inside["os"].folded
    assert not inside["rpfs"].folded  # of one trial, which was planned for it
    assert inside["eq5d_utility"].folded
    for section in inside.values():
        trials = {r.cells[0][0].text for r in section.tables[0].rows}
        assert not section.folded or len(trials) == 1, section.id


def test_medians_and_their_ratio_come_first_and_other_measures_are_folded() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("endpoint-os")
    assert section is not None
    first, *_ = section.parts
    assert isinstance(first, Table)
    (row,) = [r for r in first.rows if r.cells[0][0].text == "THERAP"]
    assert not any("restricted mean" in (v.label or "") for cell in row.cells for v in cell)
    folded = [p for p in section.parts if isinstance(p, Fold) and p.title.endswith("other measures")]
    assert "restricted mean survival" in str(folded)


def test_an_interval_that_is_not_centred_on_its_estimate_is_left_out_and_told() -> None:
    guide = guide_of("enzalutamide", "mCRPC")
    value = next(v for v in guide.values() if v.id == "AFFIRM-0028")
    assert value.text == "0.65"
    assert "left out" in (value.behind or "")
    rows = [r for s in guide.sections for t in s.tables for r in t.rows]
    told = next(r for r in rows if any(v is value for cell in r.cells for v in cell))
    assert any("the interval is not to be used" in why for why in told.disputed)


def test_no_word_of_a_file_is_printed_raw() -> None:
    for treatment in ("cabazitaxel", "enzalutamide", "docetaxel"):
        for value in guide_of(treatment, "mCRPC").values():
            said = f"{value.text} {value.label or ''} {value.behind or ''}"
            assert not re.search(r"[a-z]_[a-z]|>=\d.*:|pct|ecog|\brdi\b", said), said


def test_differences_between_trials_are_computed_from_their_cards() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("comparison")
    assert section is not None
    rows = {row.cells[0][0].text: row.cells[1] for table in section.tables for row in table.rows}
    lines = {value.label: value.text for value in rows["Line of treatment"]}
    assert "FIRSTANA" in lines["first line"]
    assert "CARD" in lines["third line or later"]
    growth = {value.label: value.text for value in rows["Growth factor"]}
    assert "CARD" in growth["primary prophylaxis in every cycle of cabazitaxel"]
    assert "FIRSTANA" in growth["not stated"]


def test_an_arm_that_is_a_choice_says_that_not_everybody_had_the_drug() -> None:
    section = guide_of("enzalutamide", "mCRPC").section("cannot-say")
    assert section is not None
    assert any("not everybody in it had enzalutamide" in s.text for s in section.sentences)


def test_what_is_not_held_names_trials_without_results() -> None:
    guide = guide_of("cabazitaxel", "mCRPC")
    section = guide.section("not-measured")
    assert section is not None
    said = " ".join(s.text for s in section.sentences)
    silent = [problem.message for problem in guide.problems if problem.code == "N630"]
    assert silent
    assert all(
        any(name in message for message in silent) for name in guide.trials if f"{name} has no" in said
    )


def test_every_arrow_of_the_mechanism_stands_on_a_statement_that_is_listed() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("mechanism")
    assert section is not None
    graph = next(part for part in section.parts if isinstance(part, Graph))
    rows = {row.cells[1][0].id: row.cells for table in section.tables for row in table.rows}
    for edge in graph.edges:
        arrows, (statement,) = rows[edge.statement]
        assert any(
            node.label in arrow.text for node in graph.nodes if node.id == edge.end for arrow in arrows
        )
        assert statement.cites or "recalled, not read" in statement.marks
    assert "cabazitaxel" in graph.subjects


def test_a_label_that_was_superseded_says_so_with_its_date_and_place() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("labels")
    assert section is not None
    rows = {row.cells[0][0].id: row for table in section.tables for row in table.rows}
    old = rows["caba-us-dose-2010"]
    assert "superseded" in old.cells[0][0].marks
    assert (old.cells[1][0].text, old.cells[2][0].text) == ("US", "2010")
    assert not any("breast" in (row.cells[0][0].text) for row in rows.values())


def test_a_statement_about_another_disease_is_not_in_it() -> None:
    breast = {i for s in guide_of("cabazitaxel", "breast cancer").sentences() for i in s.ids}
    assert "bone-no-clearing" not in breast
    assert "caba-brain-preclinical" in breast
    assert "caba-breast-label" in breast
    prostate = {i for s in guide_of("cabazitaxel", "mCRPC").sentences() for i in s.ids}
    assert "caba-breast-label" not in prostate


def test_abbreviations_that_are_printed_are_explained_once_unless_they_have_two_meanings() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("about")
    assert section is not None
    (said,) = [s.text for s in section.sentences if s.text.startswith("Abbreviations")]
    assert "CI, confidence interval" in said
    assert "PSA, Prostate-Specific Antigen" in said
    assert "SD," not in said


def test_one_trial_and_several_are_told_in_their_own_words() -> None:
    one, several = (
        guide_of(*asked).sections[0].sentences[0].text
        for asked in (("denosumab", "bone metastases"), ("cabazitaxel", "breast cancer"))
    )
    assert one.startswith(
        "1 trial of the store gave denosumab in bone metastases, with random allocation (1901"
    )
    assert several.startswith("4 trials of the store gave cabazitaxel in breast cancer, 2 of them randomised")
