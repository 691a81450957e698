"""`trialist evidence import`: findings of our own, registry results and tables as curated files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.options import FOLDER, json_option
from trialist.cli.output import expect_room, print_json, print_problems, put, refuse
from trialist.problems import Place, Problem, errors

if TYPE_CHECKING:
    from trialist.formats.evidence import Draft


@click.command("import")
@click.argument("source", metavar="FILE", type=FOLDER)
@click.option(
    "--out", type=FOLDER, required=True, help="Folder for the curated file; give it as --store then."
)
@click.option("--condition", help="Condition of the trial, where the file does not say it.")
@json_option
def command(source: Path, out: Path, condition: str | None, as_json: bool) -> None:
    """Make a curated file of FILE: findings.json, a ClinicalTrials.gov record (JSON), or the table (CSV).

    Look it through: conditions, treatments and directions that the file does not code are left open and told.
    """
    from trialist.formats.evidence import read_drafts

    drafts, problems = read_drafts(source)
    if not drafts and not errors(problems):
        message, remedy = "the file holds no finding that could be imported", "look at what was left out"
        problems = (*problems, Problem("E624", message, remedy))
    if not drafts:
        refuse(problems, as_json=as_json)
    for draft in drafts:
        _complete(draft, condition, as_json)
    if taken := _taken(drafts, source):
        refuse(taken, as_json=as_json)
    expect_room(out, as_json=as_json)
    written, wrong = _write(drafts, source, out, as_json)
    told = (*problems, *wrong)
    if as_json:
        print_json({"written": [str(path) for path in written], "problems": [p.as_json() for p in told]})
        return
    print_problems(told)
    for path, draft in zip(written, drafts, strict=True):
        count = len(draft.findings)
        click.echo(f"{path}: {draft.trial}, {count} finding{'' if count == 1 else 's'}")


def _complete(draft: Draft, condition: str | None, as_json: bool) -> None:
    """The condition that was asked for, and nothing about a trial that the store has a card of."""
    from trialist.evidence.filter import read_filter, trial_named
    from trialist.evidence.store import load_store

    store = load_store()
    known = trial_named(store, draft.trial)
    if known is not None and draft.about is not None:
        arms = store.trials[known].arms
        if set(draft.about.get("arms", {})) <= set(arms):
            draft.trial, draft.about = known, None
            return
    if condition is not None and draft.about is not None:
        wanted, problems = read_filter(store, {"condition": condition})
        if problems:
            refuse(problems, as_json=as_json)
        draft.about["condition"] = wanted.condition


def _taken(drafts: list[Draft], source: Path) -> list[Problem]:
    """Ids that the store that ships has: a file with one of them could not be read beside it."""
    from trialist.evidence.store import load_store

    entries = {finding.origin.entry for finding in load_store().findings}
    return [
        Problem(
            "E620",
            f"the finding '{finding['id']}' stands in the store already",
            "give it an id of its own",
            Place(str(source), draft.lines.get(finding["id"]), None, finding["id"]),
        )
        for draft in drafts
        for finding in draft.findings
        if finding["id"] in entries
    ]


def _write(
    drafts: list[Draft], source: Path, out: Path, as_json: bool
) -> tuple[list[Path], tuple[Problem, ...]]:
    """Each draft as a file that is read again before it is kept; a faulty one ends with exit code 2.

    What is wrong is told where it is in `source`: the file that is made is not there then.
    """
    from trialist.evidence.published import read_evidence
    from trialist.formats.evidence import curated_text, file_names

    wrong: list[Problem] = []
    names = file_names(drafts)

    def fill(folder: Path) -> None:
        for draft, name in zip(drafts, names, strict=True):
            path = folder / name
            path.write_text(curated_text(draft), encoding="utf-8")
            for problem in read_evidence(path)[1]:
                record = problem.place.record if problem.place else None
                place = Place(str(source), draft.lines.get(record or ""), None, record)
                wrong.append(replace(problem, place=place))
        if errors(wrong):
            refuse(wrong, as_json=as_json)

    put(out, fill, as_json=as_json)
    return [out / name for name in names], tuple(wrong)
