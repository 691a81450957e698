"""The faces of a network: what differs stands before any ranking, and nothing is said that is not known."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from networks import card, counted, five_trials, ratio, store

from trialist.evidence.pooling.network import PooledNetwork, pool_network
from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
from trialist.report.network_page import drawn, forest, network_page, ranks
from trialist.report.network_plot import ring
from trialist.report.network_text import network_text

OS = NetworkQuestion("os", reference="mitoxantrone_12")
LABELS = {"os": "overall survival", "mitoxantrone_12": "mitoxantrone <12 mg & weekly>"}


@pytest.fixture(scope="module")
def pooled() -> PooledNetwork:
    return pool_network(five_trials(), OS, NetworkOptions(seed=3, draws=5_000), LABELS)


def headings(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", h) for h in re.findall(r"<h2>(.*?)</h2>", page)]


def test_what_differs_stands_before_any_ranking(pooled):
    found = headings(network_page(pooled))
    assert found[0] == "What differs between the trials"
    assert found.index("Ranks") > found.index("Do the trials agree?") > 0
    text = network_text(pooled)
    assert text.index("What differs between the trials") < text.index("W665") < text.index("P-score")


def test_the_page_says_how_ranks_were_drawn_and_which_trials_went_in(pooled):
    page = network_page(pooled)
    assert "5,000 draws, seed 3" in page
    assert "Pooled from TAX327, TROPIC, PROSELICA, FIRSTANA, CARD." in page
    assert "overall survival" in page.lower()
    assert page.count('data-origin="pooled"') > 20


def test_names_from_files_are_escaped_in_tables_and_pictures(pooled):
    page = network_page(pooled)
    assert "<12 mg" not in page
    assert "mitoxantrone &lt;12 mg &amp; weekly&gt;" in page


@pytest.mark.parametrize("word", ["nan", "None", "inf"])
def test_nothing_that_is_not_known_is_printed(pooled, word):
    alone = pool_network(
        five_trials(), replace(OS, treatments=frozenset({"cabazitaxel_25", "arta_alternative"}))
    )
    for found in (pooled, alone):
        shown = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", network_page(found), flags=re.DOTALL)
        assert not re.search(rf"\b{word}\b", re.sub(r"<[^>]+>", " ", shown))
        assert not re.search(rf"\b{word}\b", network_text(found))


def test_the_league_reads_both_halves_with_the_better_treatment_first(pooled):
    page = network_page(pooled)
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page[page.index('class="league"') :], re.DOTALL)
    first, last = rows[0], next(r for r in rows if r.startswith("abiraterone"))
    assert "0.64" in first  # direct, of the trial that makes the comparison
    assert "0.64" in last  # the network's, by the same trial alone
    assert first.count('class="absent"') == 1  # one of the five others was in no trial with the best


def test_lines_of_the_network_are_its_comparisons_and_trials_of_several_arms_are_shaded(pooled):
    part = pooled.parts[0]
    for picture in (drawn(pooled, part).wide, drawn(pooled, part).narrow):
        assert picture.count("<circle") == len(part.treatments)
        assert picture.count("<line") == len(part.edges) == 8
        assert "TAX327, 3 arms" in picture
        assert "FIRSTANA, PROSELICA" in picture or "PROSELICA, FIRSTANA" in picture


def test_few_lines_cross(pooled):
    part = pooled.parts[0]
    order = ring(part.treatments, part.edges)
    assert sorted(order) == sorted(part.treatments)
    many = tuple(f"t{i}" for i in range(9))
    assert sorted(ring(many, [])) == sorted(many)


def test_pictures_of_what_is_not_there_are_left_out(pooled):
    without_seed = pool_network(five_trials(), OS)
    assert ranks(without_seed, without_seed.parts[0]) is None
    assert ranks(pooled, pooled.parts[0]) is not None
    arms = {"a": ("a", 100), "b": ("b", 100)}
    differences = pool_network(
        store(
            [card("T", arms)], [counted("T", "a", 30, 100, entry="1"), counted("T", "b", 20, 100, entry="2")]
        ),
        NetworkQuestion("os", "risk_difference"),
    )
    assert forest(differences, differences.parts[0]) is None
    assert "0.10" in network_page(differences) or "10.0" in network_page(differences)


def test_parts_have_sections_of_their_own_and_a_question_without_answer_says_so():
    base = five_trials()
    other = card("E", {"e": ("enzalutamide_160", 100), "p": ("placebo", None)})
    whole = replace(
        base,
        trials={**base.trials, "E": other},
        findings=(*base.findings, ratio("E", ("e", "p"), 0.6, 0.5, 0.72)),
    )
    page = network_page(pool_network(whole, NetworkQuestion("os")))
    assert "Part 1: What differs between the trials" in page
    assert "Part 2: Ranks" in page
    assert "N662" in page
    assert "n not stated" in page
    nothing = pool_network(base, NetworkQuestion("quality"))
    assert "E660" in network_page(nothing)
    assert "E660" in network_text(nothing)


def test_the_text_keeps_to_its_width(pooled):
    assert max(len(line) for line in network_text(pooled, width=80).splitlines()) <= 80
