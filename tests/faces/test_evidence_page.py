"""The page of a trial of the store in a real browser: quiet, no wider than the screen, no dead link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import trialist

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("trial", ["card", "prevail", "trapeze"])
def test_the_page_of_a_trial_is_quiet_and_no_wider_than_the_screen(
    browser: Any, tmp_path: Path, trial: str, width: int
) -> None:
    file = tmp_path / f"{trial}.html"
    assert trialist("evidence", trial, "--html", file).exit_code == 0
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_load_state()
    assert said == []
    assert asked == [file.as_uri()]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    broken = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById("
        "decodeURIComponent(a.getAttribute('href').slice(1)))).map(a => a.getAttribute('href'))"
    )
    assert broken == []
    page.close()
