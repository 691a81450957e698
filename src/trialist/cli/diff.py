"""`trialist diff`: which results move between two versions of a protocol."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json
from trialist.cli.trial import open_trial

if TYPE_CHECKING:
    from trialist.difference import Change, Difference, Moved
    from trialist.findings.model import Finding
    from trialist.protocol.model import TrialProtocol

WIDTH = 100


@click.command("diff")
@click.argument("before", metavar="BEFORE", type=NAME)
@click.argument("after", metavar="AFTER", type=NAME)
@click.option("--records", type=FOLDER, help="Folder of records: both versions are computed on them.")
@json_option
def command(before: str, after: str, records: Path | None, as_json: bool) -> None:
    """Which planned results move between two versions of a protocol.

    BEFORE and AFTER are trials: shipped ids, folders or protocol files. Compared is every option that decides
    a number, with defaults filled in; with --records the numbers too. Exit code 0, whatever differs.
    """
    from trialist.difference import difference, moved

    first = open_trial(before, as_json=as_json)
    second = open_trial(after, as_json=as_json)
    found = difference(first.protocol, second.protocol)
    numbers: tuple[tuple[Moved, ...], int] | None = None
    if records is not None:
        numbers = moved(_findings(before, records, as_json), _findings(after, records, as_json))
    if as_json:
        print_json(_document(found, numbers))
        return
    for line in _lines(found, second.protocol.plan, numbers):
        click.echo(line)


def _findings(trial: str, records: Path, as_json: bool) -> tuple[Finding, ...]:
    from trialist.cli.pipeline import Settings, compute, prepare_job

    return compute(prepare_job(Settings(trial, records, None, None, None, as_json))).findings


def _document(found: Difference, numbers: tuple[tuple[Moved, ...], int] | None) -> dict[str, Any]:
    document = found.as_json()
    if numbers is not None:
        rows, same = numbers
        document["numbers"] = {
            "same": same,
            "moved": [
                {
                    "before": None if row.before is None else row.before.as_json(),
                    "after": None if row.after is None else row.after.as_json(),
                }
                for row in rows
            ],
        }
    return document


def _lines(
    found: Difference, plan: TrialProtocol, numbers: tuple[tuple[Moved, ...], int] | None
) -> Iterator[str]:
    if found.nothing:
        yield "No planned result moves: every option that decides a number is the same."
    if found.everywhere:
        yield "All results may move"
        yield from _changes(found.everywhere)
    for changes, analyses in _together(found):
        count = f"{len(analyses)} analys{'is' if len(analyses) == 1 else 'es'}"
        yield from textwrap.wrap(f"{count}: {', '.join(analyses)}", WIDTH, subsequent_indent="  ")
        yield from _changes(changes)
    for title, names in (("Only in the later version", found.added), ("No longer planned", found.removed)):
        if names:
            yield from textwrap.wrap(f"{title}: {', '.join(names)}", WIDTH, subsequent_indent="  ")
    if numbers is None:
        if not found.nothing:
            yield "Give --records FOLDER to see by how much."
        return
    rows, same = numbers
    yield f"On these records {len(rows)} result{'' if len(rows) == 1 else 's'} move, {same} stay."
    for row in rows:
        yield from _moved(row, plan)


def _together(found: Difference) -> list[tuple[tuple[Change, ...], list[str]]]:
    """Analyses under the changes that they share, in the order of the plan."""
    groups: dict[str, tuple[tuple[Change, ...], list[str]]] = {}
    for name, changes in found.analyses.items():
        groups.setdefault(repr(changes), (changes, []))[1].append(name)
    return list(groups.values())


def _changes(changes: Iterable[Change]) -> Iterator[str]:
    from trialist.report import rules

    units = rules.units_of_options()

    def said(value: Any, unit: str | None) -> str:
        if value is None:
            return "not set"
        return f"'{value}'" if isinstance(value, str) else rules.said(value, unit)

    for change in changes:
        unit = units.get(change.option.rpartition(" ")[2].rpartition(".")[2])
        yield f"  {change.option}: {said(change.before, unit)} -> {said(change.after, unit)}"


def _moved(row: Moved, plan: TrialProtocol) -> Iterator[str]:
    from trialist.report import words

    finding = row.known
    about = [finding.analysis, words.result(plan, finding)]
    if finding.subgroup:
        about.append(words.subgroup(plan, finding.subgroup))
    category = dict(finding.method.options).get("category")
    if category is not None:
        about.append(str(category))
    yield f"  {', '.join(str(part) for part in about if part)}"
    yield f"    {_shown(row.before)}  ->  {_shown(row.after)}   {finding.origin.label}"


def _shown(finding: Finding | None) -> str:
    """A result with who is behind it; `none` where the version has no such result."""
    from trialist.report import numbers, words

    if finding is None:
        return "none"
    behind = numbers.denominator(finding)
    return words.value_line(finding) + (f" [{behind}]" if behind else "")
