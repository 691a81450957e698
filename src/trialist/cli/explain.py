"""`trialist explain`: what a problem code means, or where a finding comes from."""

from __future__ import annotations

import json
import re
import sys
from importlib.resources import files
from pathlib import Path

import click

from trialist.cli import EXIT_BAD_INPUT
from trialist.cli.output import json_option, print_json

_CODE = re.compile(r"[EWN]\d{3}", re.IGNORECASE)


@click.command("explain")
@click.argument("what", metavar="CODE|FINDING")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Folder of results in which a finding is looked up.",
)
@json_option
def command(what: str, out: Path, as_json: bool) -> None:
    """What a problem code (E203) means and what to do, or where a finding (its id) comes from."""
    if _CODE.fullmatch(what):
        _explain_code(what.upper(), as_json)
    else:
        _explain_finding(what, out, as_json)


def _explain_code(code: str, as_json: bool) -> None:
    page = files("trialist") / "problem_pages" / f"{code}.md"
    if not page.is_file():
        known = sorted(
            p.name[:-3] for p in (files("trialist") / "problem_pages").iterdir() if p.name.endswith(".md")
        )
        _unknown(f"There is no problem code {code}. Known: {', '.join(known)}.", as_json)
    text = page.read_text(encoding="utf-8")
    if as_json:
        print_json({"code": code, "page": text})
    else:
        click.echo(text.rstrip())


def _explain_finding(what: str, out: Path, as_json: bool) -> None:
    for file in sorted(out.rglob("findings.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        for finding in content["findings"]:
            if finding["id"] == what:
                if as_json:
                    print_json({"file": str(file), **finding})
                else:
                    click.echo(_story(finding, file))
                return
    _unknown(
        f"'{what}' is no problem code, and no findings.json under {out}/ holds a finding of that id.", as_json
    )


def _story(finding: dict[str, object], file: Path) -> str:
    lines = [f"{finding['id']}  in {file}"]
    lines += [
        f"  {key:<12}{_shown(value)}"
        for key, value in finding.items()
        if key != "id" and value not in (None, [], {})
    ]
    return "\n".join(lines)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_shown(v)}" for k, v in value.items() if v not in (None, [], {}))
    if isinstance(value, list):
        return "; ".join(_shown(v) for v in value)
    return str(value)


def _unknown(message: str, as_json: bool) -> None:
    if as_json:
        print_json({"error": message})
    else:
        click.echo(message, err=True)
    sys.exit(EXIT_BAD_INPUT)
