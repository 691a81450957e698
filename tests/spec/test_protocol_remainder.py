"""Faults in the words of a file do not hide those in its meaning, and are not told a second time by them."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.protocol.parse import parse_protocol
from trialist.protocol.yaml_text import read_tree

HERE = Path(__file__).parent / "protocols"
TWO_ARMS, BY_RULE = ((HERE / f"{name}.yaml").read_text(encoding="utf-8") for name in ("two_arms", "by_rule"))


def told(good: str, *changes: tuple[str, str]) -> list[tuple[str, int]]:
    """Codes and lines of a changed file, which must be refused."""
    text = good
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    protocol, problems = parse_protocol(text, "p.yaml")
    assert protocol is None
    assert len(set(problems)) == len(problems)
    return [(p.code, (p.place.line or 0) if p.place else 0) for p in problems]


def codes_told(good: str, *changes: tuple[str, str]) -> str:
    """The codes of a changed file in their order."""
    return " ".join(sorted(code for code, _ in told(good, *changes)))


def line_of(text: str, marked: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if marked in line)


def test_six_faults_of_six_sorts_are_told_in_one_run_in_order_of_line() -> None:
    faults = [
        ("E101", "route: intravenous", "rout: intravenous"),
        ("E108", "cycle: 21 d", "cycle: 21"),
        ("W214", "day: -7, window: [7, 6]", "day: -7, window: [7, 7]"),
        ("E201", "of: bor", "of: bors"),
        ("E203", "{method: paired_t, estimand: change}", "{method: kaplan_meier, estimand: change}"),
        ("W121", "events: 196", "events: 90"),
    ]
    found = told(TWO_ARMS, *((old, new) for _, old, new in faults))
    lines = {code: line_of(TWO_ARMS, old) for code, old, _ in faults}
    lines["W214"] = line_of(TWO_ARMS, "    cycle: {epoch: treatment")  # told at the later of the two visits
    assert found == [(code, lines[code]) for code, _, _ in faults]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        # what names a block that can't be read is not dangling
        ("{derive: paired_change, measurement: MARK", "{derive: paired_change, test: MARK", "E101 E102"),
        ("baseline: {epoch: screening, day: -7", "baseline: {epoc: screening, day: -7", "E101 E102"),
        ("{id: screening}", "{ids: screening}", "E101 E102"),
        ("{levels: [short, long]}", "{levels: short}", "E105"),
        ("itt: {label: all randomised, where: randomised}", "itt: {label: all randomised}", "E102"),
        ("{citation: registry record}", "{}", "E102"),
        ("summary: mean_change", "summary: mean", "E106"),
        ("  standard:\n    role: control", "  standard:\n    role: 2", "E106"),
        # nor is what names something in a block whose own word is mistyped
        ("populations:", "population:", "E101 E102"),
        ("factors:", "factor:", "E101"),
        ("  visits:", "  visit:", "E101"),
        ("sources:", "source:", "E101"),
        ("  epochs:", "  epoch:", "E101"),
        # and arithmetic that needs what can't be read is left alone
        ("max_cycles: 10", "max_cycles: ten", "E105"),
        ("{at: cycle, times: 3}", "{at: cycle, time: 3}", "E101"),
        ("randomised: true", "randomised: yes", "E105"),
        ("method: permuted_blocks", "method: permuted", "E103"),
        ('{"0-1": 0.95, "2": 0.05}', '{"0-1": 0.95, "2": five}', "E105"),
        ('{"0-1": 0.95, "2": 0.05}', '{"0-1": 0.95, 2: 0.05}', "E014"),
        ("accrual_months: 36", "accrual_months: long", "E105"),
    ],
)  # fmt: skip
def test_what_only_follows_from_a_fault_is_not_told(old: str, new: str, codes: str) -> None:
    assert codes_told(TWO_ARMS, (old, new)) == codes


def test_what_only_follows_from_a_rule_without_a_reason_is_not_told() -> None:
    assert codes_told(BY_RULE, ("arm: a, reason: TOO_FEW", "arm: a")) == "E102"


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        (("accrual_months: 36", "accrual_months: long"), ("versus: standard", "versus: control"), "E105 E201"),
        (("origin: reconstructed", "origins: reconstructed"), ("of: bor", "of: os"), "E101 E102 E210"),
        (("title: A new drug or the standard\n", ""), ("n: 234", "n: 150"), "E102 W123"),
        (("{id: I1, text: Adult", "{id: I1, txt: Adult"), ("chemotherapy < 21", "chemotherapy << 21"), "E101 E102 E211"),
        (("blinding: open_label", "condition: cancer"), ("by: region", "by: site"), "E012 E201"),
    ],
)  # fmt: skip
def test_a_fault_elsewhere_is_told_beside_it(
    first: tuple[str, str], second: tuple[str, str], codes: str
) -> None:
    assert codes_told(TWO_ARMS, first, second) == codes


def test_an_item_after_one_that_is_left_out_keeps_its_line() -> None:
    found = told(TWO_ARMS, ("hazard_ratio: 0.67", "hazard: 0.67"), ("pairs: 14", "pairs: 30"))
    assert found[-1] == ("W118", line_of(TWO_ARMS, "pairs: 14"))


def test_a_fault_in_any_block_brings_out_nothing_but_itself() -> None:
    """Each block in turn gets a word it does not know; nothing else was wrong with the file."""
    for good in (TWO_ARMS, BY_RULE):
        tree, _ = read_tree(good, "p.yaml")
        assert tree is not None
        lines = good.splitlines()
        flow = [
            (place.line or 0, place.column or 0)
            for path, place in tree.values.items()
            if path and lines[(place.line or 1) - 1][(place.column or 1) - 1 :].startswith("{")
        ]
        assert len(flow) > 15
        for line, column in flow:
            changed = [*lines]
            text = changed[line - 1]
            changed[line - 1] = f"{text[:column]}zzzz: 1, {text[column:]}"
            protocol, problems = parse_protocol("\n".join(changed), "p.yaml")
            if protocol is None:  # where ids stand, any word may: it names a thing of the wrong sort
                assert {p.code for p in problems} <= {"E101", "E105", "E106"}, (changed[line - 1], problems)
