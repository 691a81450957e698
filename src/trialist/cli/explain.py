"""`trialist explain`: what a problem code means, where a finding comes from, or one patient of a trial."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from trialist.cli import EXIT_PROBLEMS
from trialist.cli.options import FOLDER, NAME, json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from trialist.findings.model import Finding
    from trialist.formats.adam.recount import Opened

_CODE = re.compile(r"[EWN]\d{3}", re.IGNORECASE)


@click.command("explain")
@click.argument("what", metavar="CODE|FINDING|TRIAL", type=NAME)
@click.option(
    "--out",
    type=FOLDER,
    help="Folder of results in which a finding is looked up [default: out]; with --subject, a file "
    "(.html or .svg) for the picture.",
)
@click.option("--subject", type=NAME, help="Id of the patient of a TRIAL to show (USUBJID).")
@click.option("--records", type=FOLDER, help="With --subject: folder of records, not the trial's own.")
@click.option("--subjects", type=int, help="With --subject: subjects, where records are simulated.")
@click.option("--seed", type=int, help="With --subject: seed, where records are simulated. [default: 1]")
@json_option
def command(
    what: str,
    out: Path | None,
    subject: str | None,
    records: Path | None,
    subjects: int | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """What a problem code (E203) means and what to do, or where a finding (its id) comes from.

    A computed finding opens to its rows, which are counted again; a published one to its source. With
    --subject: one patient of a TRIAL, what the records hold, and each endpoint's verdict with its rule.
    """
    if subject is not None:
        from trialist.cli.explained_patient import Asked, explain_patient

        explain_patient(Asked(what, subject, records, subjects, seed, out, as_json))
        return
    if records is not None or subjects is not None or seed is not None:
        raise click.UsageError("--records, --subjects and --seed go with --subject.")
    out = Path("out") if out is None else out
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
    searched = _results(out, "findings.json")
    for file in searched:
        findings, problems = read_findings(file)
        damaged.extend(problems)
        for entry in findings:
            if entry["id"] == what:
                print_problems(damaged)
                _show_computed(entry, file, as_json)
                return
    published = [*_results(out, "published.yaml"), *_shipped()]
    for file in published:
        if _show_published(what, file, as_json):
            return
    shown = what if len(what) <= 100 else f"{what[:97]}..."
    looked = (
        f"{len(searched)} findings.json under {out}" if searched else f"{out}, which holds no findings.json"
    )
    missing = Problem(
        "E076",
        f"'{shown}' is no problem code and no finding; looked in {looked}, and in {len(published)} "
        "published.yaml and curated files, those that ship among them",
        "copy the id from findings.json, or name the folder that holds it with --out",
    )
    refuse([*damaged, missing], as_json=as_json)


def _show_computed(entry: dict[str, Any], file: Path, as_json: bool) -> None:
    """Ends with exit code 1 when counting the rows again gives other numbers than the finding."""
    from trialist.cli.finding_page import finding_page, opened_as_json

    finding = _whole(entry)
    if finding is None:
        if as_json:
            print_json({"file": str(file), **entry})
        else:
            click.echo(_story(entry, file))
        return
    opened, problems = _rows_of(finding, file.parent)
    if as_json:
        rows = opened_as_json(opened, finding) | {"problems": [p.as_json() for p in problems]}
        print_json({"file": str(file), **entry, "rows": rows})
    else:
        click.echo(finding_page(finding, opened, problems, str(file), _width()))
    if any(problem.code == "W078" for problem in problems):
        sys.exit(EXIT_PROBLEMS)


def _rows_of(finding: Finding, folder: Path) -> tuple[Opened | str, tuple[Problem, ...]]:
    """The rows behind a finding, or why there are none, and what is wrong with them."""
    from trialist.formats.adam.recount import open_rows

    if finding.n is None and finding.events is None:
        return "Nothing was counted: the endpoint was not derived. The problems say why.", ()
    if dict(finding.definition).get("derive") == "linked_measurements":
        return "Linked pairs of measurements have no ADaM data set; the records hold them.", ()
    opened = open_rows(finding, folder)
    if isinstance(opened, Problem):
        return "Not found; see the problems.", (opened,)
    problem = opened.disagreement(finding)
    return opened, (problem,) if problem else ()


def _whole(entry: dict[str, Any]) -> Finding | None:
    """The finding of a record, or None when parts of it are missing or of another kind."""
    from trialist.findings.model import OriginKind, from_json

    try:
        finding = from_json(entry)
        finding.origin.label, finding.id  # noqa: B018  (both read every part)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    ends = (finding.interval.low, finding.interval.high) if finding.interval else ()
    numbers = (finding.estimate, finding.n, finding.events, *ends)
    known = finding.origin.kind in get_args(OriginKind)
    return finding if known and all(x is None or isinstance(x, (int, float)) for x in numbers) else None


def _show_published(what: str, file: Path, as_json: bool) -> bool:
    """Print the published result of that id; False when the file holds none."""
    try:
        if what not in file.read_text(encoding="utf-8"):
            return False
    except (OSError, ValueError):
        return False
    from trialist.cli.finding_page import published_page
    from trialist.evidence.published import read_evidence

    evidence, _ = read_evidence(file)
    for finding in evidence.findings if evidence else ():
        if finding.origin.entry != what:
            continue
        source = evidence.sources.get(finding.origin.source or "") if evidence else None
        if as_json:
            told = source.model_dump(mode="json", exclude_none=True) if source else None
            print_json({"file": str(file), **finding.as_json(), "source": told})
        else:
            click.echo(published_page(finding, source, _shown_file(file), _width()))
        return True
    return False


def _shipped() -> list[Path]:
    from trialist.evidence.store import files_of_trials

    return list(files_of_trials())


def _shown_file(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _width() -> int:
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, 100))


def _results(out: Path, name: str) -> list[Path]:
    try:
        return sorted(out.rglob(name))
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
