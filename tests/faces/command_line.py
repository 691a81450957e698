"""The command line called from clauses, and what it leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from trialist.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
XPT_DM = ROOT / "src" / "trialist" / "trials" / "onco_pilot" / "records" / "dm.xpt"


def trialist(*words: str | Path) -> Result:
    """The command's result; an exception that escapes it fails the test with its traceback."""
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def copy_of(trial: str, folder: Path, change: tuple[str, str] | None = None) -> Path:
    """A trial folder with its protocol copied, one piece of its text replaced."""
    text = (ROOT / "src" / "trialist" / "trials" / trial / "protocol.yaml").read_text(encoding="utf-8")
    if change is not None:
        assert change[0] in text, f"the protocol of {trial} no longer holds {change[0]!r}"
        text = text.replace(*change, 1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "protocol.yaml").write_text(text, encoding="utf-8")
    return folder


def few_of(trial: str, folder: Path, *endpoints: str) -> Path:
    """A trial folder whose protocol has these endpoints alone, with what is asked of them: quick to run."""
    plan = yaml.safe_load((copy_of(trial, folder) / "protocol.yaml").read_text(encoding="utf-8"))
    estimands = {k: v for k, v in plan.get("estimands", {}).items() if v["endpoint"] in endpoints}
    analyses = plan["analyses"].items()
    plan["endpoints"] = {name: plan["endpoints"][name] for name in endpoints}
    plan["estimands"] = estimands
    plan["analyses"] = {
        name: said
        for name, said in analyses
        if said.get("endpoint") in endpoints or said.get("estimand") in estimands
    }
    plan["design"] = [said for said in plan.get("design", []) if said["for"] in estimands]
    (folder / "protocol.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
    return folder


def codes(result: Result) -> list[str]:
    """The codes of the problems that a command gave as JSON on standard output."""
    return [problem["code"] for problem in json.loads(result.stdout)["problems"]]


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, with what the files hold."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
