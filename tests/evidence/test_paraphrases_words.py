"""Words beside the evidence, as many authors write: told where they go too far, silent elsewhere.

The passages of `paraphrases/words.yaml` were written before the rules that read them, in rounds (`part`);
what a round found at first sight stands in docs/explanation/claims-and-audit.md.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from trialist.evidence.audit import audit
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.markdown import document_of

PASSAGES = Path(__file__).parent / "paraphrases" / "words.yaml"
STORE = load_store()
KNOWN = lexicon_of(STORE)


@cache
def _held() -> tuple[dict[Any, str], ...]:
    return tuple(yaml.load(PASSAGES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def _told(text: str) -> list[str]:
    reading = read_claims(document_of(text, "passage.md"), KNOWN)
    return [f"{verdict.rule}: {verdict.message}" for verdict in audit(reading, STORE)]


def test_words_that_go_beyond_the_evidence_are_told() -> None:
    false = [one[False] for one in _held() if False in one]
    missed = [text for text in false if not _told(text)]
    assert len(missed) <= 0.08 * len(false), missed


def test_the_same_passages_told_rightly_and_what_only_looks_wrong_pass() -> None:
    alarms = [
        (text, told)
        for one in _held()
        for text in (one.get(True), one.get("decoy"))
        if text is not None and (told := _told(text))
    ]
    assert len(alarms) <= 3, alarms
