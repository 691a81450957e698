"""`trialist schema`: the JSON Schema of the protocol file, for completion and checks in an editor."""

from __future__ import annotations

import click

from trialist.cli.options import json_option
from trialist.cli.output import print_json


@click.command("schema")
@json_option
def command(as_json: bool) -> None:
    """JSON Schema of the protocol file, for editors.

    Save it beside the protocol and start the protocol with
    `# yaml-language-server: $schema=protocol.schema.json`.
    """
    from trialist.protocol.schema import json_schema

    print_json(json_schema())
