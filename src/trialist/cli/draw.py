"""`trialist draw`: schedule of activities, allocation and arms as pictures."""

from __future__ import annotations

from pathlib import Path

import click

from trialist.cli.options import FOLDER, json_option, trial_argument
from trialist.cli.output import expect_room, print_json, put
from trialist.cli.trial import open_trial


@click.command("draw")
@trial_argument
@click.option("--out", type=FOLDER, help="Folder for the pictures. [default: out/TRIAL]")
@json_option
def command(trial: str, out: Path | None, as_json: bool) -> None:
    """Draw the schedule of activities, allocation and re-screening, and the arms (SVG and a page)."""
    from trialist.report.drawings import draw_protocol
    from trialist.report.protocol_page import render_protocol_page

    opened = open_trial(trial, as_json=as_json)
    folder = out or Path("out") / opened.id
    expect_room(folder, as_json=as_json)
    drawings = draw_protocol(opened.protocol)
    page = render_protocol_page(opened.protocol, drawings)

    def fill(place: Path) -> None:
        for name, svg in drawings.items():
            (place / f"{name}.svg").write_text(svg, encoding="utf-8")
        (place / "protocol.html").write_text(page, encoding="utf-8")

    put(folder, fill, as_json=as_json)
    written = [str(folder / f"{name}.svg") for name in drawings] + [str(folder / "protocol.html")]
    if as_json:
        print_json({"written": written})
        return
    for path in written:
        click.echo(path)
