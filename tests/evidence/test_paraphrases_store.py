"""Published numbers in the words of many authors: what is false is told, what is true passes in silence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from trialist.evidence.audit import audit
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.markdown import document_of

STORE = load_store()
KNOWN = lexicon_of(STORE)
FILE = Path(__file__).parent / "paraphrases" / "store.yaml"
ENTRIES = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
PAIRS = [entry for entry in ENTRIES if "wrong" in entry]
DECOYS = [entry for entry in ENTRIES if "decoy" in entry]


@cache
def told(text: str) -> frozenset[tuple[str, str]]:
    reading = read_claims(document_of(text, "passage.md"), KNOWN)
    return frozenset((v.rule, v.message) for v in audit(reading, STORE) if v.severity != "C")


def test_a_false_number_is_told_in_most_of_the_ways_to_say_it() -> None:
    missed = [f"{one['id']}: {one['kind']}" for one in PAIRS if not told(one["wrong"]) - told(one["right"])]
    assert len(PAIRS) > 200
    assert len(missed) <= 0.17 * len(PAIRS), missed


def test_the_same_passages_with_their_true_numbers_pass_in_silence() -> None:
    assert {one["id"]: told(one["right"]) for one in PAIRS if told(one["right"])} == {}


def test_true_passages_with_many_numbers_close_together_pass_in_silence() -> None:
    assert len(DECOYS) > 140
    assert {one["id"]: told(one["decoy"]) for one in DECOYS if told(one["decoy"])} == {}
