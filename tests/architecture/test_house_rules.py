"""The house rules that a machine can check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trialist.report import numbers, words

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SOURCE = ROOT / "src" / "trialist"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def tracked() -> list[Path]:
    listed = run("git", "ls-files", "-co", "--exclude-standard").stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def test_clauses_on_one_result_are_sent_to_one_worker(request: pytest.FixtureRequest) -> None:
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("one process runs the suite")
    grouped = [item for item in request.session.items if item.get_closest_marker("xdist_group")]
    assert grouped
    assert [item.nodeid for item in grouped if "@" not in item.nodeid] == []


def test_every_module_of_clauses_asks_them_of_spark() -> None:
    """In the module itself, or in one that names the same `CLAUSES_OF`."""
    texts = {path.stem: path.read_text() for path in (ROOT / "tests/spec").glob("test_*.py")}
    of = {name: re.search(r'^CLAUSES_OF = "(\w+)"', text, re.MULTILINE) for name, text in texts.items()}
    kept = {name: found[1] if found else name for name, found in of.items()}
    clauses = {kept[name] for name, text in texts.items() if "(spec: " in text}
    assert clauses
    asked = {kept[name] for name, text in texts.items() if "def test_every_clause_holds_on_spark(" in text}
    assert sorted(clauses - asked) == []


def test_imports_point_down() -> None:
    done = run(str(BIN / "lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_strict() -> None:
    done = run(str(BIN / "mypy"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [("check", "."), ("format", "--check", ".")], ids=["lint", "format"])
def test_ruff_has_nothing_to_say(arguments: tuple[str, ...]) -> None:
    done = run(str(BIN / "ruff"), *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_registry_host_or_machine_path_is_named() -> None:
    hosts = re.compile(r"pypi\.or" r"g|pythonhoste" r"d|registry\.npmj" r"s|deb\.debia" r"n|/wor" r"k/")
    guilty = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".txt", ".R", ".css", ".html", ""}
        and hosts.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert guilty == []


def test_modules_are_named_for_a_subject() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert [str(p) for p in SOURCE.rglob("*.py") if p.stem in vague] == []


def test_modules_are_small_or_say_why_not() -> None:
    long = [
        f"{path.relative_to(ROOT)} ({lines} lines)"
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {path.stem for path in (SOURCE / "problem_pages").glob("*.md")}
    used = {
        code
        for path in SOURCE.rglob("*.py")
        for code in re.findall(r'"([EWN]\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert used - pages == set(), "codes without a page"
    assert pages - used == set(), "pages without a code"


def test_the_engine_knows_no_drug_and_no_trial_by_name() -> None:
    names = re.compile(
        r"cabazitaxel|mitoxantrone|enzalutamide|abiraterone|docetaxel|prednis|xanomeline|"
        r"\b(TROPIC|PREVAIL|HeCOG|CABA-V7|CABA-BM)\b",
        re.IGNORECASE,
    )
    examples = re.compile(r"tropic2010")  # the published name of a set of criteria
    guilty = {}
    for path in SOURCE.rglob("*.py"):
        if SOURCE / "trials" in path.parents:
            continue
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text(encoding="utf-8"))
        found = [m.group() for m in names.finditer(examples.sub("", code))]
        if found:
            guilty[str(path.relative_to(ROOT))] = found
    assert guilty == {}


def test_every_name_that_a_template_asks_of_a_module_is_there() -> None:
    given = {"words": words, "numbers": numbers}
    asked = {
        (module, name)
        for path in (SOURCE / "report" / "templates").glob("*.html")
        for module, name in re.findall(r"\b(words|numbers)\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert asked
    assert sorted(f"{module}.{name}" for module, name in asked if not hasattr(given[module], name)) == []
