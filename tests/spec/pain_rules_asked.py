"""What is asked of a course of pain, and under which rule."""

from __future__ import annotations

from typing import Any

from pain_courses import pain_scores

from trialist.endpoints.pain import pain_progression

PPI = {"criteria": "ppi_analgesic"}
BPI = {"criteria": "bpi"}
RULES = {"ppi": (PPI, "PPI"), "bpi": (BPI, "BPI203")}


def progresses(spec: Any, by: str, courses: str, gives: str, /, others: str = "", **tables: str) -> None:
    """`gives`: subject | day | event | reason. Words of the rule in `others`, as `word=value`."""
    rule, score = RULES[by]
    words = dict(pair.split("=", 1) for pair in others.split(";") if pair)
    spec(
        pain_progression,
        rule={**rule, **words},
        pain=pain_scores(courses, score),
        gives="subject | day | event | reason\n" + gives,
        **tables,
    )
