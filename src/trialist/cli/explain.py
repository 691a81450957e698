"""`trialist explain`: what a problem code means, or where a finding comes from."""

from __future__ import annotations

import json
import math
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import Place, Problem

_CODE = re.compile(r"[EWN]\d{3}", re.IGNORECASE)


@click.command("explain")
@click.argument("what", metavar="CODE|FINDING", type=NAME)
@click.option(
    "--out",
    type=FOLDER,
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
        missing = Problem("E076", f"there is no problem code {code}", f"known are {', '.join(known)}")
        refuse([missing], as_json=as_json)
    text = page.read_text(encoding="utf-8")
    if as_json:
        print_json({"code": code, "page": text})
    else:
        click.echo(text.rstrip())


def _explain_finding(what: str, out: Path, as_json: bool) -> None:
    damaged: list[Problem] = []
    for file in _results(out):
        findings, problems = read_findings(file)
        damaged.extend(problems)
        for finding in findings:
            if finding["id"] != what:
                continue
            print_problems(damaged)
            if as_json:
                print_json({"file": str(file), **finding})
            else:
                click.echo(_story(finding, file))
            return
    shown = what if len(what) <= 100 else f"{what[:97]}..."
    missing = Problem(
        "E076",
        f"'{shown}' is no problem code, and no findings.json under {out} holds a finding of that id",
        "copy the id from findings.json, or name the folder that holds it with --out",
    )
    refuse([*damaged, missing], as_json=as_json)


def _results(out: Path) -> list[Path]:
    try:
        return sorted(out.rglob("findings.json"))
    except OSError:  # a name that is no path, or a folder that can't be listed
        return []


def read_findings(file: Path) -> tuple[list[dict[str, Any]], tuple[Problem, ...]]:
    """The findings in a findings.json that have an id; W077 when it does not hold findings, or not only."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_number, parse_float=_finite)
    except (OSError, ValueError, RecursionError):
        return [], (_damaged(file, "it is not JSON that can be read"),)
    listed = content.get("findings") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        return [], (_damaged(file, "it holds no list of 'findings'"),)
    whole = [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    if len(whole) < len(listed):
        return whole, (_damaged(file, f"{len(listed) - len(whole)} of its findings have no id"),)
    return whole, ()


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _damaged(file: Path, why: str) -> Problem:
    return Problem(
        "W077",
        f"a file of findings can't be used: {why}",
        "make it again with trialist run, or remove it",
        Place(str(file)),
    )


def _story(finding: dict[str, Any], file: Path) -> str:
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
