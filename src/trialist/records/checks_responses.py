"""Responses that contradict each other, or come from several readers of whom the protocol names none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import accepted
from trialist.records.asked import response_tests
from trialist.records.model import Records
from trialist.records.telling import found, place_of, words_of
from trialist.records.words import compared

if TYPE_CHECKING:
    from ibis.expr.types import Table


def responses_agree(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W379: different results of one response test on one day by one evaluator, among those read."""
    rows = _read(records, protocol)
    if rows is None:
        return
    rows = rows.filter(rows.date.notnull())
    groups = rows.group_by(["subject", "test_code", "date", "evaluator"])
    counted = groups.aggregate(different=rows.result.nunique())
    yield from found(
        records,
        "rs",
        counted.filter(counted.different > 1),
        "W379",
        "{n} times one subject has different results of one response test on one day by one evaluator",
        "correct the records, or say under 'records:' which count (evaluator, response_category, "
        "accepted_only): until then the worst counts, PD before all others",
    )


def one_reader(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W380: several evaluators, criteria or readers of one response test, and no choice among them."""
    rows = _read(records, protocol)
    if rows is None:
        return
    by_test = rows.group_by("test_code").aggregate(
        evaluator=compared(rows.evaluator).nunique(), category=compared(rows.category).nunique()
    )
    by_evaluator = rows.group_by(["test_code", "evaluator"]).aggregate(
        evaluator_id=compared(rows.evaluator_id).nunique()
    )
    most = by_test.aggregate(evaluator=by_test.evaluator.max(), category=by_test.category.max())
    several = most.to_pyarrow().to_pylist()[0]
    readers = by_evaluator.evaluator_id.max().to_pyarrow().as_py()
    for column, cdisc, remedy in (
        ("evaluator", "RSEVAL", "name the one that counts as 'records: {evaluator: ...}'"),
        ("category", "RSCAT", "name the one that counts as 'records: {response_category: ...}'"),
        (
            "evaluator_id",
            "RSEVALID",
            "mark those that count (RSACPTFL) and write 'records: {accepted_only: true}'",
        ),
    ):
        if ((readers if column == "evaluator_id" else several[column]) or 0) > 1:
            yield Problem(
                "W380",
                f"rs: responses of one test come from several {cdisc}: {words_of(rows, column)}; all are "
                "read together, and of one day the worst counts",
                remedy,
                place_of(records, "rs", None),
            )


def _read(records: Records, protocol: Protocol) -> Table | None:
    """The responses that the protocol's endpoints read, words as they are compared; None when none is."""
    rs = records.tables.get("rs")
    tests = response_tests(protocol)
    if rs is None or not tests:
        return None
    rows = rs.filter(accepted(rs, protocol.plan.records))
    rows = rows.mutate(
        test_code=compared(rows.test_code), result=compared(rows.result), evaluator=compared(rows.evaluator)
    )
    return rows.filter(rows.test_code.isin(tests) & rows.result.notnull())
