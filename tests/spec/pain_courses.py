"""Courses of pain as clauses write them: `day:pain:analgesic`, one visit after another."""

from __future__ import annotations

HEAD = "subject | day | test | value\n"


def pain_scores(courses: str, score: str = "PPI", analgesic: str = "ANALGES") -> str:
    """The rows of the input `pain`; an empty score or analgesic score is missing."""
    rows = []
    for line in courses.strip().splitlines():
        subject, visits = (part.strip() for part in line.split("#")[0].split("|"))
        for visit in visits.split():
            day, *values = visit.split(":")
            rows += [
                f"{subject} | {day} | {test} | {value}"
                for test, value in zip((score, analgesic), values, strict=True)
                if value
            ]
    return HEAD + "\n".join(rows)
