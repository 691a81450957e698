"""`trialist audit`: the claims of documents against arithmetic."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialist.cli import EXIT_DONE, EXIT_PROBLEMS
from trialist.cli.options import json_option
from trialist.cli.output import print_json, print_problems, refuse
from trialist.problems import Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.audit.model import Verdict
    from trialist.evidence.claims.model import Claim, Reading

    Audited = tuple[Reading, tuple[Verdict, ...]]

EPILOG = """FILE is text, Markdown, HTML, PDF, DOCX, BibTeX, CSL-JSON or a registry record
(ClinicalTrials.gov, API version 2). A: can't be. B: does not agree with what else is said. C: imprecise.
Exit code 0 when there is nothing to say at or above --fail-on, 1 when there is, 2 when no file can be
read."""
_COLOURS = {"A": "red", "B": "yellow", "C": "cyan"}
EXCERPT = 240


@click.command("audit", epilog=EPILOG)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--html", "html", metavar="FILE", help="Write a page with the text, its claims and verdicts in place."
)
@click.option(
    "--fail-on",
    type=click.Choice(["A", "B", "C"]),
    default="C",
    show_default=True,
    help="The mildest severity that ends with exit code 1.",
)
@json_option
def command(files: Sequence[str], html: str | None, fail_on: str, as_json: bool) -> None:
    """What in a document can't be: its numbers against each other, line by line, with the arithmetic."""
    from trialist.evidence.audit import audit
    from trialist.evidence.claims.lexicon import shipped
    from trialist.evidence.claims.read import read_claims
    from trialist.formats.documents import read_documents

    known = shipped()
    found: list[Audited] = []
    problems: list[Problem] = []
    for file in files:
        documents, told = read_documents(Path(file))
        problems += told
        for document in documents:
            reading = read_claims(document, known)
            found.append((reading, audit(reading)))
    if errors(problems) and not found:
        refuse(problems, as_json=as_json)
    if html is not None:
        problems += _write(Path(html), found)
    if as_json:
        print_json(
            {"documents": [_document(*one) for one in found], "problems": [p.as_json() for p in problems]}
        )
    else:
        print_problems(problems)
        for reading, verdicts in found:
            for line in _lines(reading, verdicts):
                click.echo(line)
        click.echo(_summary(found))
    failing = [v for _, verdicts in found for v in verdicts if v.severity <= fail_on]
    sys.exit(EXIT_PROBLEMS if failing or errors(problems) else EXIT_DONE)


def _write(path: Path, found: Sequence[Audited]) -> tuple[Problem, ...]:
    from trialist.formats.atomic import write_text
    from trialist.report.audit_page import render_audit

    return write_text(path, render_audit(found))


def _document(reading: Reading, verdicts: Sequence[Verdict]) -> dict[str, object]:
    return {
        "document": reading.document.name,
        "claims": [_claim(reading, claim) for claim in reading.claims],
        "verdicts": [verdict.as_json(reading) for verdict in verdicts],
    }


def _claim(reading: Reading, claim: Claim) -> dict[str, object]:
    span, bound = claim.span, claim.bound
    held = {
        "trial": bound.trial,
        "endpoint": bound.endpoint,
        "population": bound.population,
        "term": bound.term,
    }
    held |= {"subgroup": bound.subgroup, "timepoint": bound.timepoint, "grade": bound.grade}
    return {
        "kind": claim.kind,
        "said": reading.text(span),
        "line": span.line,
        "page": span.page,
        "paragraph": span.paragraph,
        "start": span.start,
        "end": span.end,
        "numbers": {word: number.text for word, number in claim.numbers.items()},
        "bound": {word: value for word, value in held.items() if value is not None}
        | {"groups": list(bound.groups)},
        "finding": None if claim.finding is None else claim.finding.id,
    }


def _lines(reading: Reading, verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        severity = click.style(verdict.severity, fg=_COLOURS[verdict.severity], bold=True)
        yield f"{verdict.claim.span}: {severity} {verdict.message}"
        yield f"  > {excerpt(reading, verdict)}"
        for line in verdict.arithmetic:
            yield f"  {line}"
        yield f"  Remedy: {verdict.remedy}"
        yield ""


def excerpt(reading: Reading, verdict: Verdict) -> str:
    """The sentence of a verdict, the claim set off; a long sentence is cut around the claim."""
    text, span, sentence = reading.document.text, verdict.claim.span, verdict.claim.sentence
    before = " ".join(text[sentence.start : span.start].split())
    said = click.style(" ".join(text[span.start : span.end].split()), bold=True)
    after = " ".join(text[span.end : sentence.end].split())
    room = max(EXCERPT - (span.end - span.start), 60) // 2
    before = before if len(before) <= room else f"…{before[-room:]}"
    after = after if len(after) <= room else f"{after[:room]}…"
    glue = " " if before and text[span.start - 1].isspace() else ""
    behind = " " if after and text[span.end].isspace() else ""
    return f"{before}{glue}{said}{behind}{after}"


def _summary(found: Sequence[Audited]) -> str:
    claims = sum(len(reading.claims) for reading, _ in found)
    counted: Counter[str] = Counter(verdict.severity for _, verdicts in found for verdict in verdicts)
    shown = ", ".join(f"{counted[severity]} {severity}" for severity in "ABC" if counted[severity])
    documents = f"{len(found)} document{'' if len(found) == 1 else 's'}"
    total = sum(counted.values())
    verdicts = f"{total} verdict{'' if total == 1 else 's'} ({shown})" if total else "nothing to say"
    return f"{documents}, {claims} claim{'' if claims == 1 else 's'} read: {verdicts}."
