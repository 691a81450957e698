"""Syllables and the reading grade, by hand."""

from __future__ import annotations

import pytest

from trialist.evidence.answers.readability import grade, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(
            ("cat", 1),
            ("people", 2),
            ("longer", 2),
            ("lived", 1),
            ("treated", 2),
            ("study", 2),
            ("months", 1),
        ),
        *(("cabazitaxel", 5), ("docetaxel", 4), ("disease", 2), ("table", 2), ("severe", 2), ("radium", 3)),
        *(("cells", 1), ("study", 2), ("100", 3), ("doses", 2), ("times", 1)),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_that_of_flesch_and_kincaid() -> None:
    # 6 words, 6 syllables, 1 sentence: 0.39 * 6 + 11.8 * 1 - 15.59
    assert grade(["The cat sat on the mat."]) == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert grade(["The cat sat.", "The dog ran."]) == pytest.approx(0.39 * 3 + 11.8 - 15.59)
    assert grade([]) is None
