"""P values adjusted together: by hand, by closing, and as a protocol asks for them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from trialist.findings.model import Finding, Method, Origin, PValue
from trialist.findings.multiplicity import adjusted_p_values
from trialist.kernels.multiplicity import adjusted, chain, graphical
from trialist.problems import Place
from trialist.protocol.multiplicity import Family

P = [0.012, 0.003, 0.4, 0.021, 0.018]


def test_the_graph_of_equal_shares_is_holm_s_procedure():
    size = len(P)
    shares = (np.ones((size, size)) - np.eye(size)) / (size - 1)
    assert graphical(P, np.full(size, 1 / size), shares) == pytest.approx(adjusted(P, "holm"))


def test_the_graph_of_a_chain_from_one_hypothesis_is_the_fixed_sequence():
    weights = [1, 0, 0, 0, 0]
    assert graphical(P, weights, chain(5)) == pytest.approx(adjusted(P, "fixed_sequence"))


def test_two_families_of_two_worked_by_hand():
    """Gatekeeping: H1 and H2 share alpha, H1 hands on to H3 and H2 to H4, which hand on to H2 and H1.

    p = 0.01, 0.03, 0.02, 0.5. H1 first: 0.01 / (1/2) = 0.02. Its 1/2 goes to H3: 0.02 / (1/2) = 0.04. H3
    hands its 1/2 to H2, which then holds all: 0.03, but not before H3: 0.04. H2 hands all to H4: 0.5.
    """
    transitions = [[0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0]]
    assert graphical([0.01, 0.03, 0.02, 0.5], [0.5, 0.5, 0, 0], transitions) == pytest.approx(
        [0.02, 0.04, 0.04, 0.5]
    )


def closed(p, weights, transitions):
    """The largest p of all intersections that hold a hypothesis; weights of an intersection by the graph."""
    size = len(p)
    best = np.zeros(size)
    for inside in itertools.product([False, True], repeat=size):
        if not any(inside):
            continue
        w, g = np.array(weights, float), np.array(transitions, float)
        for j in [i for i in range(size) if not inside[i]]:
            new = np.zeros_like(g)
            for a in range(size):
                for b in range(size):
                    if a != b and a != j and b != j and g[a, j] * g[j, a] < 1:
                        new[a, b] = (g[a, b] + g[a, j] * g[j, b]) / (1 - g[a, j] * g[j, a])
            w = w + w[j] * g[j]
            w[j] = 0
            g = new
        least = min((p[i] / w[i] for i in range(size) if inside[i] and w[i] > 0), default=1.0)
        best = np.where(inside, np.maximum(best, min(least, 1.0)), best)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_a_graph_rejects_what_the_closed_test_of_its_weights_rejects(seed):
    draw = np.random.default_rng(seed)
    size = 4
    shares = draw.random((size, size)) * (draw.random((size, size)) < 0.7)
    np.fill_diagonal(shares, 0)
    shares /= np.maximum(shares.sum(axis=1), 1e-9)[:, None] * (1.0 + 0.3 * (seed % 2))
    weights = draw.dirichlet(np.ones(size)) * (1 if seed % 3 else 0.9)
    p = draw.random(size) ** 3
    assert graphical(p, weights, shares) == pytest.approx(closed(p, weights, shares))


def test_no_procedure_makes_a_p_value_smaller_and_hommel_is_the_least_of_its_kin():
    found = {name: adjusted(P, name) for name in ("bonferroni", "holm", "hochberg", "hommel")}
    for weaker, stronger in itertools.pairwise(found):
        assert (found[weaker] >= found[stronger] - 1e-15).all()
    assert (found["hommel"] >= np.array(P)).all()


# --- of a study ---------------------------------------------------------------------------------------

PLACE = Place("protocol.yaml", 7)


def result(analysis, p, sides=2, **more):
    p_value = None if p is None else PValue(p, sides=sides)
    words = {"subgroup": None, "measure": "log_rank"} | more
    return Finding("T", "os", estimate=1.0, origin=Origin("observed"), method=Method("log_rank"),
                   p_value=p_value, analysis=analysis, **words)  # fmt: skip


def run(findings, **words):
    family = Family.model_validate({"analyses": ("a", "b", "c"), "alpha": 0.05, **words})
    return adjusted_p_values("primary", family, findings, PLACE, {"a": None, "b": None, "c": None})


def test_each_analysis_of_a_family_has_its_adjusted_p_and_its_decision():
    found = run([result("a", 0.01), result("b", 0.04), result("c", 0.03)], procedure="holm")
    assert [f.analysis for f in found] == ["a", "b", "c"]
    assert [f.estimate for f in found] == pytest.approx([0.03, 0.06, 0.06])
    assert [dict(f.method.options)["rejected"] for f in found] == [True, False, False]
    assert found[1].p_value.value == pytest.approx(0.06)
    assert dict(found[1].method.options)["p_value"] == 0.04
    assert found[0].measure == "adjusted_p_value"


def test_a_fallback_hands_on_what_it_rejects():
    found = run(
        [result("a", 0.02), result("b", 0.03), result("c", 0.2)],
        procedure="fallback",
        weights={"a": 0.5, "b": 0.25, "c": 0.25},
    )
    assert [f.estimate for f in found] == pytest.approx([0.04, 0.04, 0.2])  # b holds 0.75 once a is rejected
    assert dict(found[0].method.options)["weights"] == (("a", 0.5), ("b", 0.25), ("c", 0.25))


def test_a_fixed_sequence_stops_at_the_first_that_is_not_rejected():
    found = run([result("a", 0.2), result("b", 0.001), result("c", 0.001)], procedure="fixed_sequence")
    assert [dict(f.method.options)["rejected"] for f in found] == [False, False, False]


def test_an_analysis_without_a_p_value_is_not_rejected_and_holds_up_those_after_it():
    found = run([result("a", None), result("b", 0.001), result("c", 0.001)], procedure="fixed_sequence")
    assert (found[0].estimate, [p.code for p in found[0].problems]) == (None, ["N488"])
    assert found[1].estimate == 1.0
    assert found[0].problems[0].place == PLACE


def test_tests_of_one_side_and_of_two_do_not_share_one_alpha():
    found = run([result("a", 0.01), result("b", 0.01, sides=1), result("c", 0.01)], procedure="holm")
    assert {p.code for f in found for p in f.problems} == {"N488"}
    assert all(f.estimate is None for f in found)


def test_the_p_value_is_the_first_in_all_subjects():
    by_level = result("a", 0.9, subgroup="ecog: 0")
    found = run(
        [by_level, result("a", None), result("a", 0.01), result("a", 0.5), result("b", 1), result("c", 1)],
        procedure="bonferroni",
    )
    assert found[0].estimate == pytest.approx(0.03)
