"""`trialist evidence`: the trials and findings of the store, one trial's page, what contradicts itself."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse

if TYPE_CHECKING:
    from trialist.evidence.filter import Filter
    from trialist.evidence.model import Store

Decorated = Callable[..., Any]
_OWN = {"check": "check", "import": "import", "template": "template"}


class Evidence(click.Group):
    """Its commands by name; any other word is a trial."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_OWN)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _OWN:
            return None
        found: click.Command = importlib.import_module(f"trialist.cli.evidence_{_OWN[name]}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _OWN and not args[0].startswith("-"):
            return "TRIAL", show, args
        return super().resolve_command(ctx, args)


store_option = click.option(
    "--store",
    "folders",
    type=FOLDER,
    multiple=True,
    help="Folder of curated YAML files that are read beside those that ship; may be given again.",
)


def filter_options(command: Decorated) -> Decorated:
    for name, told in (
        ("reliability", "How the number was taken: read, transcribed, digitised, computed, memory, ..."),
        ("measure", "What is measured: hazard_ratio, median_time, proportion, ..."),
        ("population", "In whom: itt, safety, measurable, ..."),
        ("trial", "A trial by its name or registry number."),
        ("drug", "A drug, or a class of drugs, given in an arm that the finding is of."),
        ("treatment", "The treatment of such an arm: a drug at its dose and schedule."),
        ("line", "Line of treatment: first, second, later, any, none."),
        ("condition", "The disease, with all that are cases of it."),
        ("endpoint", "An endpoint by its id (os, psa50, ae:neutropenia:3+) or its name in words."),
    ):
        command = click.option(f"--{name}", type=NAME, help=told)(command)
    return command


@click.group("evidence", cls=Evidence, invoke_without_command=True, subcommand_metavar="[TRIAL | COMMAND]")
@filter_options
@click.option("--no-subgroups", is_flag=True, help="Findings of all patients only.")
@click.option("--statements", "said", is_flag=True, help="Statements, not findings.")
@store_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    no_subgroups: bool,
    said: bool,
    folders: tuple[Path, ...],
    as_json: bool,
    **texts: str | None,
) -> None:
    """What is published: trials, findings and statements, each with its source and how it was read.

    Alone it lists the trials; with options it lists the findings that are asked for; with the name of a
    TRIAL it shows all that is known of it.
    """
    ctx.obj = folders
    if ctx.invoked_subcommand is not None:
        return
    store = opened(folders, as_json=as_json)
    asked = {kind: text for kind, text in texts.items() if text is not None}
    if not asked and not said:
        _list(store, as_json)
        return
    from dataclasses import replace

    from trialist.evidence.filter import read_filter

    wanted, problems = read_filter(store, asked)
    if problems:
        refuse(problems, as_json=as_json)
    if said:
        _statements(store, wanted, as_json)
    else:
        _findings(store, replace(wanted, subgroups=not no_subgroups), as_json)


def _findings(store: Store, wanted: Filter, as_json: bool) -> None:
    from trialist.evidence.filter import filtered
    from trialist.report.evidence_text import findings_table

    found = filtered(store, wanted)
    if as_json:
        print_json({"findings": [finding.as_json() for finding in found]})
        return
    click.echo(findings_table(store, found, width=width()) if found else "No finding of the store is so.")
    trials = len({finding.trial for finding in found})
    click.echo(f"\n{len(found)} finding{_s(len(found))} of {trials} trial{_s(trials)}", err=True)


def _statements(store: Store, wanted: Filter, as_json: bool) -> None:
    from trialist.evidence.filter import statements_about
    from trialist.report.evidence_json import statement_json
    from trialist.report.evidence_text import statements_text

    found = statements_about(store, wanted)
    if as_json:
        print_json({"statements": [statement_json(statement) for statement in found]})
        return
    click.echo(statements_text(found, width=width()) if found else "No statement of the store is so.")
    click.echo(f"\n{len(found)} statement{_s(len(found))}", err=True)


@click.command("show")
@click.argument("trial", type=NAME)
@click.option("--html", type=FOLDER, help="Write the page to this file.")
@store_option
@json_option
@click.pass_context
def show(ctx: click.Context, trial: str, html: Path | None, folders: tuple[Path, ...], as_json: bool) -> None:
    """All that is known of a TRIAL: what it is, its arms, findings, statements, sources, contradictions."""
    store = opened((*(ctx.obj or ()), *folders), as_json=as_json)
    from trialist.cli.evidence_trial import show_trial

    show_trial(store, trial, html, as_json=as_json)


def opened(folders: tuple[Path, ...], *, as_json: bool) -> Store:
    """The store; ends with exit code 2 when a folder or file of it can't be read."""
    from trialist.evidence.store import load_store
    from trialist.problems import errors

    store = load_store(*dict.fromkeys(folders))
    if errors(store.problems):
        refuse(store.problems, as_json=as_json)
    if not as_json:
        print_problems(store.problems)
    return store


def _list(store: Store, as_json: bool) -> None:
    if as_json:
        from trialist.report.evidence_json import trial_json

        listed = [trial_json(card) | {"findings": len(store.of(name))} for name, card in store.trials.items()]
        print_json({"trials": listed})
        return
    from trialist.report.evidence_text import trials_text

    click.echo(trials_text(store, width=width()))
    click.echo(
        f"\n{len(store.trials)} trials, {len(store.findings)} findings, {len(store.statements)} statements, "
        f"{len(store.sources)} sources",
        err=True,
    )


def width() -> int:
    return max(40, min(shutil.get_terminal_size((110, 24)).columns, 150))


def _s(count: int) -> str:
    return "" if count == 1 else "s"
