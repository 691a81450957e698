"""The pictures of adverse events: the dot plot by arm with differences, and the heat map by period."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from trialist.report import dot_plot, heat_map, plot_frame

SVG = "{http://www.w3.org/2000/svg}"
ARMS = {"low": "Low dose", "placebo": "Placebo <b>"}


def elements(svg: str, role: str) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(svg).iter() if node.get("data-role") == role]


def told(element: ElementTree.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


def line(label: str, low: float, placebo: float, difference: bool = True) -> dot_plot.Line:
    dots = (dot_plot.Dot("low", low, f"{low:g}%"), dot_plot.Dot("placebo", placebo, f"{placebo:g}%"))
    change = dot_plot.Difference(low - placebo, low - placebo - 8, low - placebo + 8, f"{low - placebo:+g}")
    return dot_plot.Line(label, dots, change if difference else None)


def centres(svg: str, shape: str) -> list[float]:
    return [float(node.get("cx", "nan")) for e in elements(svg, "dot") for node in e.iter(f"{SVG}{shape}")]


@pytest.mark.parametrize("layout", [plot_frame.WIDE, plot_frame.NARROW], ids=["wide", "narrow"])
def test_each_term_has_a_dot_per_arm_and_its_difference(layout: plot_frame.Layout) -> None:
    rows = [line("Pruritus", 24, 7), line("Diarrhoea", 5, 10), line("Rash", 3, 3, difference=False)]
    svg = dot_plot.dot_plot_svg(rows, ARMS, title="Events", origin="SIMULATED", layout=layout)
    assert [told(e) for e in elements(svg, "dot")] == [
        "Pruritus, Low dose: 24%",
        "Pruritus, Placebo <b>: 7%",
        "Diarrhoea, Low dose: 5%",
        "Diarrhoea, Placebo <b>: 10%",
        "Rash, Low dose: 3%",
        "Rash, Placebo <b>: 3%",
    ]
    assert [told(e) for e in elements(svg, "difference")] == ["difference +17", "difference -5"]
    assert "SIMULATED" in svg


def test_a_larger_share_stands_further_right_and_nothing_leaves_the_picture() -> None:
    rows = [line("Pruritus", 24, 7), line("Diarrhoea", 5, 10), line("Fatigue", 100, 0)]
    found = centres(dot_plot.dot_plot_svg(rows, ARMS, title="Events", origin="OBSERVED"), "circle")
    assert found[1] < found[0] < found[2] <= plot_frame.WIDE.width


def test_arms_are_told_apart_without_colour() -> None:
    first, second = elements(dot_plot.dot_plot_svg([line("Rash", 9, 3)], ARMS, title="E", origin="O"), "dot")
    assert {node.tag for node in first} != {node.tag for node in second}


def test_a_dot_plot_without_differences_uses_the_whole_width_for_shares() -> None:
    def furthest(difference: bool) -> float:
        rows = [line("Rash", 40, 3, difference)]
        return max(centres(dot_plot.dot_plot_svg(rows, ARMS, title="E", origin="O"), "circle"))

    assert furthest(False) > furthest(True)


def test_a_dot_plot_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a share"):
        dot_plot.dot_plot_svg([dot_plot.Line("Rash", ())], ARMS, title="E", origin="O")


def heat(layout: heat_map.Layout, *shares: float | None) -> str:
    cells = tuple((heat_map.Cell(share, "nobody" if share is None else f"{share:g}%"),) for share in shares)
    columns = tuple(str(number) for number in range(1, len(shares) + 1))
    blocks = [heat_map.Block("Low dose", columns, cells)]
    return heat_map.heat_map_svg(["Neutropenia"], blocks, title="Events", origin="SIMULATED", layout=layout)


@pytest.mark.parametrize("layout", [heat_map.WIDE, heat_map.NARROW], ids=["wide", "narrow"])
def test_a_heat_map_tells_each_period_and_crosses_out_those_without_subjects(layout: heat_map.Layout) -> None:
    svg = heat(layout, 45, 0, 0.4, None)
    assert [told(cell) for cell in elements(svg, "cell")] == [
        "Low dose, Neutropenia, 1: 45%",
        "Low dose, Neutropenia, 2: 0%",
        "Low dose, Neutropenia, 3: 0.4%",
        "Low dose, Neutropenia, 4: nobody",
    ]
    shown = [[text.text for text in cell.iter(f"{SVG}text")] for cell in elements(svg, "cell")]
    assert shown == [["45"], [], ["<1"], []]
    assert len(list(elements(svg, "cell")[3].iter(f"{SVG}line"))) == 1


def test_the_larger_share_is_the_darker_cell() -> None:
    def lightness(cell: ElementTree.Element) -> int:
        fill = next(node.get("fill", "") for node in cell.iter(f"{SVG}rect"))
        return sum(int(fill[i : i + 2], 16) for i in (1, 3, 5))

    found = [lightness(cell) for cell in elements(heat(heat_map.WIDE, 50, 20, 5, 0), "cell")]
    assert found == sorted(found)
    assert found[0] < found[-1] == 3 * 255


def test_a_heat_map_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a row and a column"):
        heat_map.heat_map_svg([], [], title="Events", origin="SIMULATED")
