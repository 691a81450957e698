"""`trialist audit`: the claims of documents against arithmetic and against the store."""

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
    from trialist.evidence.model import Store

    Audited = tuple[Reading, tuple[Verdict, ...]]

EPILOG = """FILE is text, Markdown, HTML, PDF, DOCX, BibTeX, CSL-JSON or a registry record
(ClinicalTrials.gov, API version 2). Numbers are held against each other, against all findings of the
store, and against the other documents of the call. A: can't be, or would mislead about a result. B: does
not agree with what else is said. C: imprecise. What the store does not hold is listed, never an alarm.
Exit code 0 when there is nothing to say at or above --fail-on, 1 when there is, 2 when no file can be
read."""
_COLOURS = {"A": "red", "B": "yellow", "C": "cyan"}
EXCERPT = 240
LISTED = 12  # results that the store does not hold, in the terminal


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
@click.option(
    "--store",
    "folders",
    metavar="FOLDER",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Curated files of your own, added to the store.",
)
@click.option("--no-store", is_flag=True, help="Arithmetic alone.")
@json_option
def command(
    files: Sequence[str],
    html: str | None,
    fail_on: str,
    folders: Sequence[Path],
    no_store: bool,
    as_json: bool,
) -> None:
    """What in a document can't be: its numbers against each other and against what is known, line by line."""
    from trialist.cli.evidence import opened
    from trialist.evidence.audit import audit_together
    from trialist.evidence.claims.lexicon import lexicon_of, shipped
    from trialist.evidence.claims.read import read_claims
    from trialist.formats.documents import read_documents

    store = None if no_store else opened(tuple(folders), as_json=as_json)
    known = shipped() if store is None else lexicon_of(store)
    readings: list[Reading] = []
    problems: list[Problem] = []
    for file in files:
        documents, told = read_documents(Path(file))
        problems += told
        readings += [read_claims(document, known) for document in documents]
    if errors(problems) and not readings:
        refuse(problems, as_json=as_json)
    found: list[Audited] = list(zip(readings, audit_together(readings, store), strict=True))
    if html is not None:
        problems += _write(Path(html), found, store)
    if as_json:
        shown = [_document(reading, verdicts, store) for reading, verdicts in found]
        print_json({"documents": shown, "problems": [p.as_json() for p in problems]})
    else:
        print_problems(problems)
        for reading, verdicts in found:
            for line in _lines(reading, verdicts):
                click.echo(line)
        click.echo(_summary(found))
        for line in _left(readings, store):
            click.echo(line)
    failing = [v for _, verdicts in found for v in verdicts if v.severity <= fail_on]
    sys.exit(EXIT_PROBLEMS if failing or errors(problems) else EXIT_DONE)


def _write(path: Path, found: Sequence[Audited], store: Store | None) -> tuple[Problem, ...]:
    from trialist.formats.atomic import write_text
    from trialist.report.audit_page import render_audit

    return write_text(path, render_audit(found, store))


def _document(reading: Reading, verdicts: Sequence[Verdict], store: Store | None) -> dict[str, object]:
    shown: dict[str, object] = {
        "document": reading.document.name,
        "claims": [_claim(reading, claim) for claim in reading.listed],
        "verdicts": [verdict.as_json(reading) for verdict in verdicts],
    }
    if store is not None:
        from trialist.evidence.audit.together import not_in_store, sources_differ, supported

        shown["sources_differ"] = [
            {
                "said": reading.text(claim.span),
                "line": claim.span.line,
                "agrees": a.origin.entry,
                "differs": b.origin.entry,
            }
            for claim, a, b in sources_differ(reading, store)
        ]
        shown["supported"] = [
            {"said": reading.text(claim.span), "line": claim.span.line, "findings": list(ids)}
            for claim, ids in supported(reading, store)
        ]
        shown["not_in_store"] = [
            {"said": reading.text(one.claim.span), "line": one.claim.span.line, "why": one.why}
            for one in not_in_store(reading, store)
        ]
    return shown


def _left(readings: Sequence[Reading], store: Store | None) -> Iterator[str]:
    """Which results were held against the store, and on which it holds nothing."""
    if store is None:
        return
    from trialist.evidence.audit.together import not_in_store, sources_differ, supported

    agreeing = sum(len(supported(reading, store)) for reading in readings)
    unknown = [(reading, one) for reading in readings for one in not_in_store(reading, store)]
    agree = "1 result agrees" if agreeing == 1 else f"{agreeing} results agree"
    yield f"{agree} with findings of the store; on {len(unknown)} it holds nothing."
    for reading in readings:
        for claim, a, b in sources_differ(reading, store):
            sources = f"right by {a.origin.source}; {b.origin.source} gives another number"
            yield f"  {claim.span}: {reading.text(claim.span)}: {sources}"
    for reading, one in unknown[:LISTED]:
        yield f"  {one.claim.span}: {reading.text(one.claim.span)}: {one.why}"
    if len(unknown) > LISTED:
        yield f"  and {len(unknown) - LISTED} more (--json lists them)"


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
        if verdict.findings:
            yield f"  Findings: {', '.join(verdict.findings)}"
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
    claims = sum(len(reading.listed) for reading, _ in found)
    counted: Counter[str] = Counter(verdict.severity for _, verdicts in found for verdict in verdicts)
    shown = ", ".join(f"{counted[severity]} {severity}" for severity in "ABC" if counted[severity])
    documents = f"{len(found)} document{'' if len(found) == 1 else 's'}"
    total = sum(counted.values())
    verdicts = f"{total} verdict{'' if total == 1 else 's'} ({shown})" if total else "nothing to say"
    return f"{documents}, {claims} claim{'' if claims == 1 else 's'} read: {verdicts}."
