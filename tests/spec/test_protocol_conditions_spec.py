"""Conditions: what they say, what they refuse, and what is unknown."""

from __future__ import annotations

import datetime

import pytest

from trialist.protocol.predicate import Condition, parse_condition


def condition(text: str) -> Condition:
    found, message = parse_condition(text)
    assert found is not None, message
    return found


@pytest.mark.parametrize(
    ("text", "row", "answer"),
    [
        ("age >= 18", {"age": 18}, True),
        ("age >= 18", {"age": 17}, False),
        ("age >= 18", {"age": None}, None),
        ("age >= 18", {}, None),
        ("age >= 18 and treated", {"age": None, "treated": False}, False),
        ("age >= 18 or treated", {"age": None, "treated": True}, True),
        ("not (age >= 18)", {"age": None}, None),
        ("age between 18 and 80", {"age": 80}, True),
        ("age not between 18 and 80", {"age": 81}, True),
        ("arm in ('a', 'b')", {"arm": "b"}, True),
        ("arm not in ('a', 'b')", {"arm": "c"}, True),
        ("arm in ('a', null)", {"arm": "c"}, None),
        ("arm in ('a', null)", {"arm": "a"}, True),
        ("count is null", {"count": None}, True),
        ("count is not null", {"count": 0}, True),
        ("count = null", {"count": 3}, None),
        ("count / 0 > 1", {"count": 3}, None),
        ("least(a, b) < 2", {"a": None, "b": 1}, True),
        ("greatest(a, b) < 2", {"a": None, "b": None}, None),
        ("coalesce(a, 5) = 5", {"a": None}, True),
        ("round(a) = 3", {"a": 2.5}, True),
        ("round(a) = -3", {"a": -2.5}, True),
        ("round(a, 1) = 0.3", {"a": 0.25}, True),
        ("abs(a - 10) <= 2.5", {"a": 12.5}, True),
        ("upper(sex) = 'F'", {"sex": "f"}, True),
        ("reference_date >= '2012-06-01'", {"reference_date": datetime.date(2012, 6, 1)}, True),
        ("age >= 18", {"age": "eighteen"}, None),
        ("treated = 1", {"treated": True}, None),
        ("psa > 4", {"psa": float("nan")}, None),
        ('"odd name" = 1', {"odd name": 1}, True),
    ],
)
def test_a_condition_of_one_subject(text: str, row: dict[str, object], answer: bool | None) -> None:
    assert condition(text).evaluate(row) is answer


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the condition is empty"),
        ("age => 18", "can't be read"),
        ("age >= 18;", "semicolons"),
        ("age >= 18 -- adults", "comments"),
        ("length(arm) > 1", "'length' is not allowed"),
        ("mystery(arm) > 1", "'mystery' is not allowed"),
        ("arm like 'a%'", "not allowed"),
        ("case when treated then treated end", "not allowed"),
        ("cast(age as text) = '1'", "not allowed"),
        ("arm in (select arm from other)", "not allowed"),
        ("exists (select 1)", "not allowed"),
        ("subjects.age > 1", "not a column of one row per subject"),
        ("age is true", "only 'null' or 'not null'"),
        ("age + 1", "gives a number"),
        ("'yes'", "gives a text"),
        ("age = 'old' and age > 'x' + 1", "takes numbers"),
        ("1 = 'one'", "can't be compared"),
        ("round(age, 9) > 1", "whole number from 0 to 6"),
        ("(" * 100 + "treated" + ")" * 100, "nested deeper"),
        ("1 + " * 200 + "1 > 0", "nested deeper"),
        ("treated and " * 1000 + "treated", "longer than"),
        (f"age > {'9' * 40}", "digits"),
    ],
)
def test_what_is_no_condition_has_a_reason(text: str, reason: str) -> None:
    found, message = parse_condition(text)
    assert found is None
    assert message is not None
    assert reason in message


def test_a_condition_names_its_columns_and_the_texts_it_compares_with() -> None:
    found = condition("arm in ('a', 'b') and (prior = 'short' or age > 70) and site <> upper('x')")
    assert found.columns == {"arm", "prior", "age", "site"}
    assert found.compared == {("arm", "a"), ("arm", "b"), ("prior", "short")}


def test_a_long_list_of_arms_is_no_deep_condition() -> None:
    found = condition("arm in (" + ", ".join(f"'a{n}'" for n in range(400)) + ")")
    assert found.evaluate({"arm": "a399"}) is True
    assert found.evaluate({"arm": "b"}) is False
