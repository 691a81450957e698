"""One Chromium for all tests of pages; without it they are skipped and the summary says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("NO CHROMIUM: pages were not looked at in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    missing = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "NO CHROMIUM" in str(getattr(report, "longrepr", ""))
    ]
    if missing:
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True)
        terminalreporter.line(f"{len(missing)} tests of pages were skipped: no Chromium was found.")
