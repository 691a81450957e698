"""The worked examples of the pages on designs print what the pages show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import ROOT, trialist

PAGES = sorted((ROOT / "docs" / "explanation" / "statistics").glob("*.md"))
EXAMPLE = re.compile(r"^`trialist (power [^`]+)`\n\n((?:    .*\n|\n(?=    ))+)", re.MULTILINE)
EXAMPLES = [
    pytest.param(command, shown, id=f"{page.stem} {command[:40]}")
    for page in PAGES
    for command, shown in EXAMPLE.findall(page.read_text(encoding="utf-8"))
]


def test_there_are_worked_examples_of_a_two_stage_and_a_phase_one_design() -> None:
    pages = {example.id.split()[0] for example in EXAMPLES if example.id}
    assert {"single-arm", "phase-one"} <= pages


@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_a_worked_example_prints_what_the_page_shows(command: str, shown: str, tmp_path: Path) -> None:
    result = trialist(*shlex.split(command))
    printed = [line.rstrip() for line in result.output.splitlines()]
    assert printed == [line.removeprefix("    ").rstrip() for line in shown.rstrip("\n").splitlines()]
