"""The worked examples of the pages on designs print what the pages say.

`TRIALIST_WRITE_PAGES=1` writes the pages anew instead.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialist.cli.main import app

PAGES = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "statistics"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def printed(block: str) -> str:
    """The commands of a block with what they print."""
    said = []
    for line in block.splitlines():
        if line.startswith("$ trialist "):
            done = CliRunner().invoke(app, shlex.split(line.removeprefix("$ trialist ")))
            assert done.exit_code in (0, 1), done.output
            said.append(f"{line}\n{done.output}")
    return "".join(said)


@pytest.mark.parametrize("page", ["design-of-times.md", "sequential.md"])
def test_the_examples_of_a_page_print_what_it_says(page: str) -> None:
    text = (PAGES / page).read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) >= 2
    now = BLOCK.sub(lambda found: f"```console\n{printed(found.group(1))}```", text)
    if os.environ.get("TRIALIST_WRITE_PAGES"):
        (PAGES / page).write_text(now, encoding="utf-8")
    assert now == text or os.environ.get("TRIALIST_WRITE_PAGES")
