"""The import of evidence, asked as a caller would, and one finding out of many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from trialist.cli.main import app
from trialist.findings.model import Finding


def evidence(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, ["evidence", *map(str, words)], catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def imported(source: Path, out: Path, *words: str) -> list[dict[str, Any]]:
    """The problems that an import told, as JSON."""
    result = evidence("import", source, "--out", out, "--json", *words)
    assert result.exit_code == 0, result.output
    problems: list[dict[str, Any]] = json.loads(result.stdout)["problems"]
    return problems


def one(findings: tuple[Finding, ...], endpoint: str, measure: str, *groups: str, **more: Any) -> Finding:
    (found,) = [
        f
        for f in findings
        if (f.endpoint, f.measure, f.groups) == (endpoint, measure, groups)
        and all(getattr(f, name) == value for name, value in more.items())
    ]
    return found
