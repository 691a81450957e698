"""Write docs/explanation/evidence-contradictions.md from what the checks find in the store that ships.

python docs/make_contradictions.py
"""

from __future__ import annotations

from pathlib import Path

from trialist.evidence.checks import check_store
from trialist.evidence.store import load_store
from trialist.problems import Problem

PAGE = Path(__file__).parent / "explanation" / "evidence-contradictions.md"
HEAD = """# Contradictions of the store

Published results contradict each other: reports round, registries change, labels group terms otherwise
than papers. The store keeps both sides; nothing is averaged and nothing is dropped. This page lists
everything that `trialist evidence check` finds in the store that ships. A test compares the two;
`docs/make_contradictions.py` writes the page.

A contradiction whose reason is known is the note N610 with that reason; the reasons stand in
`src/trialist/evidence/checks/explained.yaml`. One without a reason is a warning, and the command ends
with exit code 1: there is none in the store that ships.

What is compared: estimates, intervals and p values; percents and their counts; arms, subgroups and
populations that must add up; two sources on one result (the same endpoint, measure, arms, population,
time and analysis); curves that must fall; grades that are nested; facts of a design. Numbers are read as
ranges of rounding: 0.646 and 0.65 agree.

What is **no** contradiction, though it looks like one: counts of neutropenia by laboratory values and by
reports (`graded_by` tells them apart, they are never compared); grade 3-4 in a label beside grade 3 or
more in a paper (they differ by deaths, and are two endpoints); an interim and a final analysis; a p
value of a log-rank test beside a Wald interval, as long as both are on one side of 0.05 and less than
five times apart; the ratio of two medians beside a hazard ratio.
"""


def page() -> str:
    """The whole page as text."""
    lines = [HEAD]
    trial = None
    for problem in sorted(check_store(load_store()), key=_order):
        place = problem.place
        assert place is not None
        if place.file != trial:
            trial = place.file
            lines.append(f"\n## {trial}\n")
        lines.append(f"- `{problem.code}` {place.record}: {problem.message}.\n")
    return "".join(lines)


def _order(problem: Problem) -> tuple[str, str, str]:
    assert problem.place is not None
    return problem.place.file.casefold(), str(problem.place.record), problem.code


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
