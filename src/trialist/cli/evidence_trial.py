"""The page of one trial of the store, on the terminal, as JSON or as HTML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.output import print_json, refuse
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.evidence.model import Statement, Store


def show_trial(store: Store, text: str, html: Path | None, *, as_json: bool) -> None:
    """Print the trial that `text` names, and write its page where one is asked for."""
    from trialist.evidence.filter import read_filter

    wanted, problems = read_filter(store, {"trial": text})
    if problems or wanted.trial is None:
        refuse(problems, as_json=as_json)
    card = store.trials[wanted.trial]
    said = statements_on(store, card.trial)
    from trialist.evidence.checks import check_trial

    found = check_trial(store, card.trial)
    if html is not None:
        from trialist.report.evidence_page import render_trial

        page = render_trial(store, card, said, found)
        try:
            html.write_text(page, encoding="utf-8")
        except OSError as error:
            why = f"the page can't be written: {error.strerror}"
            refuse(
                [Problem("E623", why, "name a file in a folder that is there", Place(str(html)))],
                as_json=as_json,
            )
    if as_json:
        from trialist.report.evidence_json import statement_json, trial_json
        from trialist.report.evidence_text import sources_of

        sources = {
            name: store.sources[name].model_dump(mode="json", exclude_none=True)
            for name in sources_of(store, card, said)
        }
        print_json(
            {
                "trial": trial_json(card),
                "findings": [finding.as_json() for finding in store.of(card.trial)],
                "statements": [statement_json(statement) for statement in said],
                "sources": sources,
                "problems": [problem.as_json() for problem in found],
                "written": None if html is None else str(html),
            }
        )
        return
    if html is not None:
        click.echo(f"Written: {html}")
        return
    from trialist.cli.evidence import width
    from trialist.report.evidence_text import trial_text

    click.echo(trial_text(store, card, said, found, width=width()))


def statements_on(store: Store, trial: str) -> tuple[Statement, ...]:
    return tuple(statement for statement in store.statements if trial in statement.about)
