"""A caller's folder beside the store: findings, words and cards that it adds, and each fault in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.evidence.checks import check_trial
from trialist.evidence.filter import Filter, filtered, read_filter, trial_named
from trialist.evidence.store import load_store


def test_a_folder_adds_findings_to_a_trial_and_a_trial_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text(
        "trial: CARD\nsources: {OURS: {citation: Ours}}\nfindings:\n"
        "  - {id: OURS-1, endpoint: overall survival, measure: hazard_ratio, estimate: 0.6, "
        "groups: [cabazitaxel, arta], origin: {source: OURS, reliability: read}}\n"
        "  - {id: CARD-0004, endpoint: os, measure: hazard_ratio, estimate: 0.6, "
        "origin: {source: OURS, reliability: read}}\n",
        encoding="utf-8",
    )
    (tmp_path / "new.yaml").write_text(
        "trial: NEW\nabout: {title: New, condition: mcrpc}\nsources: {CARD_NEJM: {citation: Another}}\n"
        "reason: not reported\nfindings: []\n",
        encoding="utf-8",
    )
    (tmp_path / "said.yaml").write_text(
        "statements:\n  - {id: s-1, kind: gap, text: Nothing is known., source: OURS}\n", encoding="utf-8"
    )
    store = load_store(tmp_path)
    assert [p.code for p in store.problems] == ["E620", "W630"]
    assert len(store.findings) == 927
    (ours,) = [f for f in store.of("CARD") if f.origin.entry == "OURS-1"]
    assert ours.endpoint == "os"
    assert [arm.treatment for arm in store.arms(ours)] == ["cabazitaxel_25", "arta_alternative"]
    assert store.trials["CARD"].n == 255
    assert store.trials["NEW"].condition == "mcrpc"
    assert "s-1" in {s.id for s in store.statements}


def test_a_folder_may_add_words_and_its_trials_are_found_by_them(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text(
        "kind: condition\nterms:\n"
        "  melanoma: {label: melanoma of the skin, synonyms: [skin melanoma], parents: [cancer]}\n",
        encoding="utf-8",
    )
    (tmp_path / "x.yaml").write_text(
        "trial: MEL\nabout: {title: A trial, condition: melanoma}\nsources: {P: {citation: P}}\nfindings:\n"
        "  - {id: MEL-1, endpoint: OS, measure: median_time, estimate: 20.0, "
        "origin: {source: P, reliability: read}}\n",
        encoding="utf-8",
    )
    store = load_store(tmp_path)
    assert store.problems == ()
    wanted, problems = read_filter(store, {"condition": "Skin melanoma", "endpoint": "overall survival"})
    assert problems == ()
    assert [f.origin.entry for f in filtered(store, wanted)] == ["MEL-1"]
    assert "MEL" in {f.trial for f in filtered(store, Filter(condition="cancer"))}
    assert check_trial(store, "MEL") == ()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "words.yaml").write_text("kind: condition\nterms: {a: {}}\n", encoding="utf-8")
    assert [p.code for p in load_store(tmp_path / "bad").problems] == ["E611"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert [p.code for p in load_store(tmp_path / "none").problems] == ["E621"]


ABOUT = (
    "trial: X\n"
    "about:\n"
    "  title: A trial\n"
    "  condition: mcrpc\n"
    "  line: second\n"
    "  enrolled: {from: 2007-01-02, to: 2008-10, n: 20}\n"
    "  arms:\n"
    "    a: {treatment: placebo, label: A, role: control, n: 10, give: [{drug: placebo, cycles: 3}]}\n"
    "  stated: {planned_n: {PAPER: '20'}}\n"
    "  sources: [PAPER]\n"
    "sources: {PAPER: {citation: A paper}}\n"
    "reason: not reported\n"
    "findings: []\n"
)


def test_a_card_is_read_with_dates_as_far_as_they_are_known(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(ABOUT, encoding="utf-8")
    store = load_store(tmp_path)
    card = store.trials["X"]
    assert store.problems == ()
    assert (card.enrolled_from, card.enrolled_to, card.n) == ("2007-01-02", "2008-10", 20)
    assert card.arms["a"].give[0].cycles == 3
    assert card.stated == {"planned_n": {"PAPER": "20"}}
    assert trial_named(store, "x") == "X"


@pytest.mark.parametrize(
    ("was", "becomes", "code", "at"),
    [
        ("  title: A trial\n", "", "E602", 2),
        ("  condition: mcrpc", "  condition: [mcrpc]", "E603", 4),
        ("  line: second", "  line: fourth", "E603", 5),
        ("  line: second", "  lines: second", "E602", 5),
        ("n: 20}", "n: many}", "E603", 6),
        ("from: 2007-01-02", "from: [2007]", "E603", 6),
        ("enrolled: {from", "enrolled: {since", "E603", 6),
        ("role: control", "role: main", "E603", 8),
        ("label: A", "name: A", "E603", 8),
        ("n: 10", "n: -1", "E603", 8),
        ("give: [{drug: placebo", "give: [{medicine: placebo", "E603", 8),
        ("cycles: 3", "cycles: three", "E603", 8),
        ("PAPER: '20'", "PAPER: 20", "E603", 9),
        ("planned_n: {PAPER", "planned_n: {OTHER", "E604", 9),
        ("sources: [PAPER]", "sources: [OTHER]", "E604", 10),
        ("sources: [PAPER]", "sources: PAPER", "E603", 10),
    ],
)
def test_each_fault_of_a_card_is_named_with_its_line(
    tmp_path: Path, was: str, becomes: str, code: str, at: int
) -> None:
    assert was in ABOUT
    (tmp_path / "x.yaml").write_text(ABOUT.replace(was, becomes, 1), encoding="utf-8")
    problems = load_store(tmp_path).problems
    assert [(p.code, p.place.line if p.place else None) for p in problems] == [(code, at)]


def test_a_trial_without_about_is_still_there_and_an_about_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    finding = "{id: Y-1, endpoint: os, measure: count, estimate: 1, origin: {source: P, reliability: read}}"
    text = f"trial: Y\nsources: {{P: {{citation: P}}}}\nfindings:\n  - {finding}\n"
    (tmp_path / "y.yaml").write_text(text, encoding="utf-8")
    assert load_store(tmp_path).trials["Y"].condition == "not stated"
    other = tmp_path / "other"
    other.mkdir()
    (other / "y.yaml").write_text(text.replace("sources:", "about: []\nsources:", 1), encoding="utf-8")
    assert [p.code for p in load_store(other).problems] == ["E603"]


@pytest.mark.parametrize(
    "definition",
    ["[term]", "{term: neutropenia}", "{term: neutropenia, grade: '7', graded_by: reported}", "{a: {b: c}}"],
)
def test_a_definition_must_be_plain_and_that_of_an_adverse_event_whole(
    tmp_path: Path, definition: str
) -> None:
    finding = (
        f"{{id: Z-1, endpoint: os, measure: count, estimate: 1, definition: {definition}, "
        "origin: {source: P, reliability: read}}"
    )
    text = f"trial: Z\nsources: {{P: {{citation: P}}}}\nfindings:\n  - {finding}\n"
    (tmp_path / "z.yaml").write_text(text, encoding="utf-8")
    store = load_store(tmp_path)
    assert {p.code for p in store.problems} == {"E603"}
    assert "Z" not in {f.trial for f in store.findings}


SAID = (
    "sources: {P: {citation: P}}\n"
    "statements:\n"
    "  - {id: a, kind: dose, text: A dose., source: P, about: [cabazitaxel], as_of: '2017'}\n"
    "nodes:\n"
    "  x: {label: drug x, kind: drug}\n"
    "edges:\n"
    "  - {from: x, to: x, kind: binds, statement: a}\n"
)


@pytest.mark.parametrize(
    ("was", "becomes", "code", "at"),
    [
        ("", "", None, None),
        ("sources: {P", "sources: [P", "E614", 1),
        ("kind: dose", "kind: advice", "E615", 3),
        ("text: A dose., ", "", "E615", 3),
        ("as_of: '2017'", "as_of: 2017", "E615", 3),
        ("about: [cabazitaxel]", "about: cabazitaxel", "E615", 3),
        ("as_of: '2017'", "since: '2017'", "E615", 3),
        ("source: P,", "source: Q,", "E616", 3),
        ("as_of: '2017'", "superseded_by: b", "E617", 3),
        ("kind: drug}", "kind: pill}", "E615", 5),
        ("from: x", "from: y", "E617", 7),
        ("statement: a", "statement: b", "E617", 7),
        ("kind: binds", "kind: likes", "E615", 7),
        ("sources: {P: {citation: P}}", "sources: {P: {title: P}}", "E615", 1),
    ],
)
def test_each_fault_in_a_file_of_statements_is_named_with_its_line(
    tmp_path: Path, was: str, becomes: str, code: str | None, at: int | None
) -> None:
    (tmp_path / "said.yaml").write_text(SAID.replace(was, becomes, 1), encoding="utf-8")
    problems = load_store(tmp_path).problems
    told = [(p.code, p.place.line if p.place else None) for p in problems]
    assert told[:1] == ([] if code is None else [(code, at)])


def test_a_word_that_is_given_twice_is_told_and_not_read_as_the_last_of_both(tmp_path: Path) -> None:
    head = "trial: X\nabout: {title: T, condition: mcrpc}\nsources: {P: {citation: P}}\nfindings:\n"
    twice = "  - {id: a, endpoint: os, measure: count, estimate: 3, estimate: 4,\n"
    end = "     origin: {source: P, reliability: read}}\n"
    (tmp_path / "x.yml").write_text(head + twice + end, encoding="utf-8")
    (problem,) = load_store(tmp_path).problems
    assert (problem.code, problem.place.line if problem.place else None) == ("E601", 5)
    assert "'estimate' is given twice" in problem.message


def test_a_statement_of_a_folder_may_not_take_the_id_of_one_that_ships(tmp_path: Path) -> None:
    whole = load_store()
    text = "sources: {P: {citation: P}}\nstatements:\n  - {id: ID, kind: gap, text: otherwise, source: P}\n"
    (tmp_path / "said.yaml").write_text(text.replace("ID", whole.statements[0].id), encoding="utf-8")
    (tmp_path / "nodes.yaml").write_text("nodes: {tubulin: {label: t, kind: target}}\n", encoding="utf-8")
    store = load_store(tmp_path)
    assert [problem.code for problem in store.problems] == ["E617", "E617"]
    assert store.statements == whole.statements
    assert store.mechanism == whole.mechanism


@pytest.mark.parametrize(
    ("measure", "estimate"),
    [("proportion", "39.2"), ("proportion", "-0.1"), ("hazard_ratio", "-0.7"), ("median_time", "-2")],
)
def test_a_share_above_one_or_a_time_below_zero_is_refused(
    tmp_path: Path, measure: str, estimate: str
) -> None:
    head = "trial: X\nabout: {title: T, condition: mcrpc}\nsources: {P: {citation: P}}\nfindings:\n"
    finding = f"  - {{id: a, endpoint: os, measure: {measure}, estimate: {estimate},\n"
    (tmp_path / "x.yaml").write_text(
        head + finding + "     origin: {source: P, reliability: read}}\n", encoding="utf-8"
    )
    store = load_store(tmp_path)
    assert [problem.code for problem in store.problems] == ["E603"]
    assert store.of("X") == ()


def test_a_file_whose_parts_stand_for_one_another_is_refused(tmp_path: Path) -> None:
    text = "trial: X\nabout: {title: T, condition: mcrpc}\nsources: {}\nfindings: &all [*all, {id: a}]\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    (problem,) = load_store(tmp_path).problems
    assert (problem.code, problem.place.line if problem.place else None) == ("E601", 4)
