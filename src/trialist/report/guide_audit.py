"""A guide before it is given out, read by the audit as any other document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from trialist.evidence.audit import audit_together
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.read import read_claims
from trialist.evidence.model import Store
from trialist.formats.documents import Read
from trialist.problems import Place, Problem, errors

Form = Literal["html", "docx"]
_REFUSED = ("A", "B")


def audit_guide(content: bytes, form: Form, store: Store, name: str) -> tuple[Problem, ...]:
    """What the audit says of a guide as it would be written.

    Problems: E634 a verdict of severity A or B, one each; of `formats` where it can't be read.
    """
    documents, problems = _reader(form)(content, name)
    if errors(problems):
        return problems
    known = lexicon_of(store)
    readings = [read_claims(document, known) for document in documents]
    return tuple(
        _problem(reading, verdict)
        for reading, verdicts in zip(readings, audit_together(readings, store), strict=True)
        for verdict in verdicts
        if verdict.severity in _REFUSED
    )


def _reader(form: Form) -> Callable[[bytes, str], Read]:
    from trialist.formats.documents import docx, html

    return {"html": html.read_html, "docx": docx.read_docx}[form]


def _problem(reading: Reading, verdict: Verdict) -> Problem:
    span = verdict.claim.span
    said = reading.text(span)
    return Problem(
        "E634",
        f"the guide fails its audit ({verdict.severity}, {verdict.rule}): {verdict.message}: '{said}'",
        f"{verdict.remedy}; nothing was written",
        Place(str(span)),
    )
