"""The vectors that ship are those of what ships."""

from __future__ import annotations

import numpy as np
import pytest

from trialist.evidence.answers.embedding import available, embed, fingerprint, shipped
from trialist.evidence.answers.passages import passages
from trialist.evidence.store import load_store


def test_every_passage_and_statement_has_its_vector_and_no_other_is_there() -> None:
    texts = {fingerprint(each.text) for each in passages(load_store())}
    assert texts == set(shipped()), "run validation/make_vectors.py"


def test_a_text_of_a_passage_has_no_figure_of_a_result() -> None:
    said = [each.text for each in passages(load_store()) if each.id.startswith("CARD/os/itt")]
    assert said
    assert not any(number in text for text in said for number in ("13.6", "0.64", "11.0"))


@pytest.mark.skipif(not available(), reason="no model")  # an extra; `make test` installs it
def test_a_vector_that_ships_is_what_the_model_gives() -> None:
    chosen = passages(load_store())[::170]
    made = embed([each.text for each in chosen])
    assert made is not None
    held = np.array([shipped()[fingerprint(each.text)] for each in chosen])
    assert np.allclose(made, held, atol=2e-3)
