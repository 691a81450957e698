"""`trialist power`: what a design's numbers imply about each other, of a protocol or stated on the spot."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from trialist.cli import EXIT_DONE, EXIT_PROBLEMS
from trialist.cli.options import json_option
from trialist.cli.output import print_json, print_problems
from trialist.cli.trial import open_trial
from trialist.problems import Place

if TYPE_CHECKING:
    from trialist.design.model import Design, Sheet
    from trialist.findings.model import Finding
    from trialist.protocol.part import Part

EPILOG = """TRIAL is a shipped trial or a folder with protocol.yaml: trialist power card. A kind of design
takes its words as options: trialist power log_rank --hazard-ratio 0.67 --power 0.8 --alpha 0.05.
Exit code 0 when all that is stated agrees, 1 when something differs, 2 for bad input."""


class Kinds(click.Group):
    """The kinds of design as commands; any other name is a trial."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] == ["--json"] and len(args) > 1:  # it belongs to the trial or the kind
            args = [*args[1:], "--json"]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        from trialist.design import DESIGNS

        return list(DESIGNS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        from trialist.cli.power_options import options_of
        from trialist.design import DESIGNS
        from trialist.design.stated import ENTRIES

        if name not in DESIGNS:
            return _of_trial(name)
        part = ENTRIES[name]
        return click.Command(
            name,
            params=[
                *options_of(part),
                click.Option(["--json", "as_json"], is_flag=True, help="Findings as JSON."),
            ],
            callback=lambda as_json, **words: _of_kind(name, as_json, words),
            help=" ".join((part.__doc__ or name).split()),
            epilog=f"Source: {DESIGNS[name].source}.",
        )


@click.group("power", cls=Kinds, epilog=EPILOG, subcommand_metavar="TRIAL | KIND [OPTIONS]")
@json_option
def command(as_json: bool) -> None:
    """What follows from a design statement, and what would have to change where its numbers disagree."""


def _of_trial(trial: str) -> click.Command:
    @click.command(trial, help="What follows from every design statement of the trial.")
    @json_option
    def run(as_json: bool) -> None:
        from trialist.design.stated import as_findings, of_protocol

        opened = open_trial(trial, as_json=as_json)
        protocol = opened.protocol
        designs = tuple(of_protocol(protocol))
        found = [
            as_findings(stated, design, trial=protocol.plan.trial, protocol=protocol)
            for stated, design in designs
        ]
        _show(protocol.plan.trial, designs, found, as_json)

    return run


def _of_kind(kind: str, as_json: bool, words: dict[str, Any]) -> None:
    from trialist.design.stated import UnusableError, as_findings, of_words

    given = {word: value for word, value in words.items() if value is not None}
    try:
        stated, design = of_words(kind, given, Place("command line"))
    except UnusableError as error:
        told = "; ".join(f"--{word.replace('_', '-')}: {why}" if word else why for word, why in error.faults)
        raise click.UsageError(told) from None
    _show(kind, [(stated, design)], [as_findings(stated, design, trial="no trial", protocol=None)], as_json)


def _show(
    name: str, designs: Iterable[tuple[Part, Design]], found: Iterable[tuple[Finding, ...]], as_json: bool
) -> None:
    designs = tuple(designs)
    problems = tuple(p for _, design in designs for p in design.row.problems)
    if as_json:
        rows = [_row_document(design, findings) for (_, design), findings in zip(designs, found, strict=True)]
        print_json({"trial": name, "designs": rows, "problems": [p.as_json() for p in problems]})
    else:
        if not designs:
            click.echo(f"{name} states no design: add entries under 'design:'.")
        for number, (_, design) in enumerate(designs):
            for line in (*([""] if number else []), *_lines(design)):
                click.echo(line)
        print_problems(problems, err=False)
    sys.exit(EXIT_PROBLEMS if problems else EXIT_DONE)


def _row_document(design: Design, findings: tuple[Finding, ...]) -> dict[str, Any]:
    row = design.row
    return {
        "design": row.label,
        "stated": row.stated,
        "follows": row.follows,
        "verdict": row.verdict,
        "source": row.source,
        "findings": [finding.as_json() for finding in findings],
    }


def _lines(design: Design) -> Iterator[str]:
    row = design.row
    colour = {"agrees": "green", "differs": "yellow"}.get(row.verdict, "cyan")
    yield click.style(row.label, bold=True)
    yield f"  stated   {row.stated or 'nothing'}{f'   [{row.source}]' if row.source else ''}"
    if row.follows:
        yield f"  follows  {row.follows}"
    if row.verdict != "not stated":
        yield f"  verdict  {click.style(row.verdict, fg=colour)}"
    for sheet in design.sheets:
        yield from _table(sheet)


def _table(sheet: Sheet) -> Iterator[str]:
    """A table with aligned columns; the first to the left, numbers to the right."""
    rows = (sheet.columns, *sheet.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(sheet.columns))]
    yield f"  {sheet.title}"
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        line = f"    {'  '.join(cells)}"
        yield click.style(line, dim=True) if number == 0 else line
