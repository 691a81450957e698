"""Conditions parse, and use columns that exist where they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trialist.problems import Problem
from trialist.protocol.checks.allocation import BY_CHANCE, NOT_BY_CHANCE
from trialist.protocol.model import BiomarkerRules, Path, Protocol
from trialist.protocol.predicate import Node, parse_condition
from trialist.protocol.remainder import lacks, left_out_ids
from trialist.protocol.words import did_you_mean

SUBJECT_SORTS: Mapping[str, str] = MappingProxyType(
    {
        "subject": "text",
        "arm": "text",
        "actual_arm": "text",
        "sex": "text",
        "age": "number",
        "first_dose_day": "number",
        "last_dose_day": "number",
        "cutoff_day": "number",
        "death_day": "number",
        "last_alive_day": "number",
        "reference_date": "date",
        "randomised": "boolean",
        "treated": "boolean",
    }
)


@dataclass(frozen=True, slots=True)
class Use:
    """A condition of a protocol: where it stands, its text, and the columns it may read.

    `columns` is None where any name may stand: eligibility is asked of a person.
    """

    path: Path
    text: str
    columns: tuple[str, ...] | None


def conditions_can_be_read(protocol: Protocol) -> Iterator[Problem]:
    """E211: a condition that is no SQL boolean expression of the allowed kind."""
    for use in uses(protocol):
        _, message = parse_condition(use.text)
        if message is not None:
            yield Problem(
                "E211",
                f"{shown(use.text)}: {message}",
                "write a comparison such as age >= 18, joined by and, or, not; text in single quotes",
                protocol.place(*use.path),
            )


def conditions_use_known_columns(protocol: Protocol) -> Iterator[Problem]:
    """E212: a condition that reads a column which does not exist where it runs."""
    for use in uses(protocol):
        condition, _ = parse_condition(use.text)
        if condition is None or use.columns is None:
            continue
        for column in sorted(condition.columns - set(use.columns)):
            yield Problem(
                "E212",
                f"{shown(use.text)} uses '{column}', which is no column there",
                did_you_mean(column, use.columns) + _quotes(protocol, column),
                protocol.place(*use.path),
            )


def conditions_compare_with_known_values(protocol: Protocol) -> Iterator[Problem]:
    """E213: a condition that compares an arm or a factor with a value which it never takes."""
    plan = protocol.plan
    arms = () if lacks(protocol, "arms") else (*plan.arms, *left_out_ids(protocol, "arms"))
    values = {"arm": arms, "actual_arm": arms} if arms else {}
    values.update({name: factor.levels for name, factor in plan.factors.items()})
    for use in uses(protocol):
        condition, _ = parse_condition(use.text)
        if condition is None or use.columns is None or use.path[0] == "allocation":
            continue
        for column, value in sorted(condition.compared):
            if column in values and value not in values[column]:
                yield Problem(
                    "E213",
                    f"{shown(use.text)} compares {column} with '{value}', which it never is",
                    did_you_mean(value, values[column], f"declare the levels of '{column}'"),
                    protocol.place(*use.path),
                )


def conditions_can_be_true(protocol: Protocol) -> Iterator[Problem]:
    """W234: a population or subgroup that nobody can be in, whatever the records hold."""
    plan = protocol.plan
    doubtful = plan.allocation.method in (NOT_BY_CHANCE if plan.randomised else BY_CHANCE)
    known = {} if doubtful or lacks(protocol, "randomised") else {"randomised": plan.randomised}
    for use in uses(protocol):
        condition, _ = parse_condition(use.text)
        if condition is None or use.path[0] not in ("populations", "analyses"):
            continue
        if not _asks_if_known(condition.root) and condition.evaluate(known) is False:
            why = _of_everybody(condition.columns, known)
            yield Problem(
                "W234",
                f"{shown(use.text)} is never true, so nobody is in it{why}",
                "correct the condition, or 'randomised:' of the trial",
                protocol.place(*use.path),
            )


def _asks_if_known(node: Node) -> bool:
    """Whether it asks for null, which a column whose value is open must not be taken for."""
    return node.name in ("is_null", "coalesce") or any(_asks_if_known(part) for part in node.parts)


def _of_everybody(columns: Iterable[str], known: Mapping[str, bool]) -> str:
    said = [f"'{column}' is {str(known[column]).lower()}" for column in sorted(columns) if column in known]
    return f" ({', '.join(said)} for everybody in this trial)" if said else ""


def uses(protocol: Protocol) -> Iterator[Use]:
    """Every condition of a protocol."""
    plan = protocol.plan
    known = (*SUBJECT_SORTS, *plan.factors, *left_out_ids(protocol, "factors"))
    subject = None if lacks(protocol, "factors") else known
    for number, criterion in enumerate(plan.eligibility):
        for word, text in (("require", criterion.require), ("exclude", criterion.exclude)):
            if text is not None:
                yield Use(("eligibility", number, word), text, None)
    for name, population in plan.populations.items():
        yield Use(("populations", name, "where"), population.where, subject)
    for name, analysis in plan.analyses.items():
        if analysis.where is not None:
            yield Use(("analyses", name, "where"), analysis.where, subject)
    for name, assessment in plan.schedule.assessments.items():
        if assessment.when is not None:
            yield Use(("schedule", "assessments", name, "when"), assessment.when, None)
    for name, specimen in plan.schedule.specimens.items():
        for number, draw in enumerate(specimen.draws):
            if draw.when is not None:
                yield Use(("schedule", "specimens", name, "draws", number, "when"), draw.when, None)
    if isinstance(plan.allocation, BiomarkerRules):
        yield from _of_rules(plan.allocation)


def _of_rules(allocation: BiomarkerRules) -> Iterator[Use]:
    inputs = tuple(allocation.inputs)
    for number, rule in enumerate(allocation.rules):
        yield Use(("allocation", "rules", number, "when"), rule.when, inputs)
    again = allocation.rescreening
    if again is None:
        return
    more: Iterable[str] = ()
    if again.require is not None:
        yield Use(("allocation", "rescreening", "require"), again.require, None)
        condition, _ = parse_condition(again.require)
        more = sorted(condition.columns) if condition else ()
    for number, rule in enumerate(again.rules):
        yield Use(("allocation", "rescreening", "rules", number, "when"), rule.when, (*inputs, *more))


def _quotes(protocol: Protocol, column: str) -> str:
    """A word that is an arm or a level was meant as text."""
    levels = (level for factor in protocol.plan.factors.values() for level in factor.levels)
    meant = column in protocol.plan.arms or column in set(levels)
    return f"; text is written in single quotes: '{column}'" if meant else ""


def shown(text: str) -> str:
    """A condition as a message quotes it."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:56]}..."'
