"""`trialist evidence template`: the table that `trialist evidence import` reads."""

from __future__ import annotations

import click

from trialist.cli.options import json_option
from trialist.cli.output import print_json


@click.command("template")
@json_option
def command(as_json: bool) -> None:
    """A table for published results, one a row: its header and one row as an example (CSV).

    The row with the id `example` is left out by an import.
    """
    from trialist.formats.evidence.table import COLUMNS, template

    if as_json:
        print_json({"columns": list(COLUMNS)})
    else:
        click.echo(template(), nl=False)
