"""Reading and auditing a text in a test."""

from __future__ import annotations

from trialist.evidence.audit import audit
from trialist.evidence.audit.model import Verdict
from trialist.evidence.claims.lexicon import lexicon
from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.read import read_claims
from trialist.formats.documents.markdown import document_of

DRUGS = lexicon({"drug": {"a": ["drug A"], "b": ["drug B"]}, "trial": {"one": ["ONE"], "two": ["TWO"]}})


def reading(text: str) -> Reading:
    return read_claims(document_of(text, "text.md"), DRUGS)


def claims(text: str, kind: str) -> list[Claim]:
    return [claim for claim in reading(text).claims if claim.kind == kind]


def verdicts(text: str) -> list[Verdict]:
    return list(audit(reading(text)))


def rules(text: str) -> list[str]:
    return [verdict.rule for verdict in verdicts(text)]
