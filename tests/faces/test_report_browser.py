"""The pages in a real browser: quiet, no wider than the screen, asking nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import report_examples as examples

from trialist.report.drawings import draw_protocol
from trialist.report.page import render_report
from trialist.report.protocol_page import render_protocol_page

pytestmark = pytest.mark.browser


def protocol_page(plan: dict[str, Any]) -> str:
    protocol = examples.protocol(plan)
    return render_protocol_page(protocol, draw_protocol(protocol))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "two-arms": render_report(examples.two_arms()),
        "single-arm": render_report(examples.single_arm()),
        "protocol": protocol_page(examples.TWO_ARMS),
        "decisions": protocol_page(examples.SINGLE_ARM),
    }
    files = {name: folder / f"{name}.html" for name in made}
    for name, html in made.items():
        files[name].write_text(html, encoding="utf-8")
    return files


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["two-arms", "single-arm", "protocol", "decisions"])
def test_a_page_is_quiet_and_no_wider_than_the_screen(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    page.wait_for_load_state()
    assert said == []
    assert asked == [pages[name].as_uri()]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_text_of_a_figure_is_cut_or_too_small(browser: Any, pages: dict[str, Path], width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(pages["two-arms"].as_uri())
    outside = page.evaluate(
        """() => [...document.querySelectorAll("figure svg")]
            .filter(s => s.getClientRects().length)
            .flatMap(s => {
                const box = s.getBoundingClientRect();
                const wide = b => b.left < box.left - 1 || b.right > box.right + 1;
                const cut = b => wide(b) || b.bottom > box.bottom + 1;
                return [...s.querySelectorAll("text")]
                    .filter(t => cut(t.getBoundingClientRect()) || t.getBoundingClientRect().height < 9)
                    .map(t => s.id + ": " + t.textContent);
            })"""
    )
    assert outside == []
    page.close()


def test_the_results_are_readable_without_script(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(pages["two-arms"].as_uri())
    assert page.locator("tr.joined .num").first.is_visible()
    page.get_by_text("How these numbers were computed").first.click()
    assert page.locator("details.how li").first.is_visible()
    context.close()


def test_print_opens_what_is_folded(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(pages["two-arms"].as_uri())
    assert not page.locator("details.how li").first.is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(page.locator("details").evaluate_all("all => all.map(d => d.open)"))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not any(page.locator("details.how").evaluate_all("all => all.map(d => d.open)"))
    page.close()
