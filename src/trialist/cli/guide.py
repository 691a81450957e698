"""`trialist guide`: what is known of a treatment in a condition, as a page, a document or on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli.evidence import opened, store_option, width
from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, refuse
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.evidence.guide import Guide
    from trialist.evidence.model import Store
    from trialist.report.guide_audit import Form


@click.command("guide")
@click.argument("treatment", type=NAME)
@click.option("--condition", type=NAME, help="The disease, with all that are cases of it.")
@click.option("--html", type=FOLDER, help="Write the page to this file.")
@click.option("--docx", type=FOLDER, help="Write a Word document to this file (needs trialist[documents]).")
@store_option
@json_option
def command(
    treatment: str,
    condition: str | None,
    html: Path | None,
    docx: Path | None,
    folders: tuple[Path, ...],
    as_json: bool,
) -> None:
    """A comparative guide of TREATMENT (a drug, a treatment or a class), by rule from the store alone.

    Trials, protocols, efficacy by endpoint, safety by grade, labels, mechanism, what the comparison can say
    and what nobody measured. Every number names its finding, every finding its paper.
    """
    store = opened(folders, as_json=as_json)
    from trialist.evidence.guide import Guide, make_guide

    guide = make_guide(store, treatment, condition)
    if not isinstance(guide, Guide):
        refuse(guide, as_json=as_json)
    from trialist.evidence.guide.second_reading import read_again

    wrong = read_again(guide, store)
    if wrong:
        refuse(wrong, as_json=as_json)
    made = _drawn(guide, html, docx, as_json=as_json)
    for form, content, place in made:
        _audited(form, content, place, store, as_json=as_json)
    for _, content, place in made:
        _write(place, content, as_json=as_json)
    written = [str(place) for _, _, place in made]
    if as_json:
        from trialist.report.guide_json import guide_json

        print_json(guide_json(guide) | {"written": written})
        return
    for file in written:
        click.echo(f"Written: {file}, which passes its own audit")
    if not written:
        from trialist.report.guide_text import guide_text

        click.echo(guide_text(guide, width=width()))


def _drawn(
    guide: Guide, html: Path | None, docx: Path | None, *, as_json: bool
) -> list[tuple[Form, bytes, Path]]:
    """The files that are asked for: form, content, place."""
    made: list[tuple[Form, bytes, Path]] = []
    if html is not None:
        from trialist.report.guide_page import render_guide

        made.append(("html", render_guide(guide).encode(), html))
    if docx is not None:
        from trialist.report.guide_docx import guide_docx

        drawn = guide_docx(guide)
        if isinstance(drawn, Problem):
            refuse([drawn], as_json=as_json)
        made.append(("docx", drawn, docx))
    return made


def _audited(form: Form, content: bytes, file: Path, store: Store, *, as_json: bool) -> None:
    """Nothing is written of a guide that does not pass its own audit."""
    from trialist.report.guide_audit import audit_guide

    found = audit_guide(content, form, store, str(file))
    if found:
        refuse(found, as_json=as_json)


def _write(file: Path, content: bytes, *, as_json: bool) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        message = f"the guide can't be written: {error.strerror}"
        remedy = "name a file in a folder that is there"
        refuse([Problem("E632", message, remedy, Place(str(file)))], as_json=as_json)
