"""Values that can be read but mean nothing to the protocol: words, levels, signs, far dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.protocol.predicate import parse_condition
from trialist.records.domains import DOMAINS
from trialist.records.model import Records
from trialist.records.subjects import allocated
from trialist.records.telling import found, words_of
from trialist.records.words import compared

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_TEN_YEARS = 3653
# what a subject had long before the trial is recorded here: earlier therapies, archived specimens
_REACH_BACK = frozenset({"be", "cm"})


def known_words(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W368: words of an open list of terms that are not in it."""
    for name, table in sorted(records.tables.items()):
        for column in DOMAINS[name].columns:
            if not column.known:
                continue
            said = compared(table[column.name])
            other = said.notnull() & ~said.isin(list(column.known))
            if column.known_for:
                other = other & compared(table.test_code).isin(list(column.known_for))
            strange = table.filter(other)
            words = words_of(strange, column.name)
            if words:
                yield from found(
                    records,
                    name,
                    strange,
                    "W368",
                    f"{{n}} records hold a word in {column.cdisc} that is no known term: {words}",
                    f"write the CDISC terms ({', '.join(column.known[:6])} ...); another word counts as not "
                    "evaluable",
                )


def factor_levels(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W369, W370: the factors of allocated subjects."""
    dm, sc = records.tables.get("dm"), records.tables.get("sc")
    if dm is None:
        return
    people = allocated(dm, protocol).select("subject").distinct()
    used = _factors_used(protocol)
    for name, factor in protocol.plan.factors.items():
        code = factor.code(name)
        stated = (
            None if sc is None else sc.filter((compared(sc.test_code) == code.upper()) & sc.value.notnull())
        )
        if stated is not None:
            yield from _other_levels(records, stated.semi_join(people, "subject"), name, factor.levels)
        if name in used:
            without = people if stated is None else people.anti_join(stated, "subject")
            yield from found(
                records,
                "dm",
                without,
                "W370",
                f"{{n}} allocated subjects have no record of the factor '{name}' (SCTESTCD {code})",
                "bring them in with SC: an analysis by this factor leaves these subjects out",
            )


def never_negative(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W372: concentrations and counts below zero; logarithms may be."""
    for name, table in sorted(records.tables.items()):
        for column in DOMAINS[name].columns:
            if not column.positive:
                continue
            logarithm = table.unit.strip().upper().startswith("LOG").fill_null(False)
            tested = compared(table.test_code).isin(list(column.positive))
            below = table.filter((table[column.name] < 0) & tested & ~logarithm)
            below = below.mutate(test_code=compared(below.test_code))
            tests = below.select("test_code").distinct().order_by("test_code").to_pyarrow()["test_code"]
            for test in tests.to_pylist():
                yield from found(
                    records,
                    name,
                    below.filter(below.test_code == test),
                    "W372",
                    f"{{n}} values of {test} are negative ({column.cdisc}), which it can't be",
                    "correct them, or leave them empty: until then they count as they stand",
                )


def far_dates(records: Records, protocol: Protocol, people: Table) -> Iterator[Problem]:
    """W371: what is dated more than ten years from the subject's reference date."""
    references = people.select("subject", "reference")
    for name, table in sorted(records.tables.items()):
        dates = [column for column in DOMAINS[name].columns if column.kind == "date"]
        if not dates:
            continue
        rows = table.inner_join(references, "subject")
        far = {column.name: _far(rows, name, column.name) for column in dates}
        counted = rows.aggregate(**{key: value.cast("int64").sum() for key, value in far.items()})
        counts = counted.to_pyarrow().to_pylist()[0]
        for column in dates:
            if counts[column.name]:
                yield from found(
                    records,
                    name,
                    rows.filter(far[column.name]),
                    "W371",
                    "{n} records are dated more than 10 years from the day that their subject counts from "
                    f"({column.cdisc})",
                    "look at the year: it is most often a typing error",
                )


def _far(rows: Table, name: str, column: str) -> BooleanValue:
    days = rows[column].delta(rows.reference, unit="day")
    return days > _TEN_YEARS if name in _REACH_BACK else (days > _TEN_YEARS) | (days < -_TEN_YEARS)


def _other_levels(records: Records, rows: Table, name: str, levels: tuple[str, ...]) -> Iterator[Problem]:
    other = rows.filter(~rows.value.isin(list(levels)))
    words = words_of(other, "value")
    if words:
        yield from found(
            records,
            "sc",
            other.select("subject").distinct(),
            "W369",
            f"{{n}} subjects have a value of the factor '{name}' that is none of its levels "
            f"({', '.join(levels)}): {words}",
            "write SCORRES as the levels of the protocol are spelt, upper and lower case alike",
        )


def _factors_used(protocol: Protocol) -> frozenset[str]:
    """Factors that the allocation, a population or an analysis asks for."""
    plan = protocol.plan
    used = set(getattr(plan.allocation, "strata", ()))
    conditions = [population.where for population in plan.populations.values()]
    for analysis in plan.analyses.values():
        used.update(getattr(analysis, "strata", ()))
        used.update([analysis.by] if analysis.by else [])
        conditions.append(analysis.where or "")
    for text in conditions:
        condition = parse_condition(text)[0] if text else None
        used.update(condition.columns if condition is not None else ())
    return frozenset(used & set(plan.factors))
