"""Whether the parts of a network agree: Q within and between designs, and direct against indirect evidence.

A design is a set of treatments that trials compare. Trials of one design can differ by chance and by
heterogeneity; designs differ from each other also by inconsistency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.network_trials import NetworkTrials
from trialist.kernels.network_weights import components, fitted, inverses, laplacians, relabelled, summed


@dataclass(frozen=True, slots=True)
class Part:
    """A sum of squares with its degrees of freedom; no p value where there are none."""

    q: float
    df: int
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Design:
    """The trials of one set of treatments.

    within    how far its trials differ from each other
    detached  Q between designs when this one goes its own way; None where the rest does not connect all
              treatments
    """

    treatments: tuple[int, ...]
    trials: int
    within: Part
    detached: Part | None


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Q of a network, parted by design, under common effects; and between designs with tau2 inside designs.

    between_random  Q of the full design-by-treatment interaction model with random effects: tau2 is
                    `tau2_within`, by moments from the differences inside designs. With none of them tau2 is 0
    """

    total: Part
    within: Part
    between: Part
    designs: tuple[Design, ...]
    between_random: Part
    tau2_within: float


@dataclass(frozen=True, slots=True)
class Split:
    """One contrast of two treatments from the trials that compare them, and from all others.

    trials       that compare the two
    proportion   share of the network's evidence on this contrast that is direct
    direct, indirect, network   effect of `first` against `second`, each with its standard error
    difference   direct less indirect; None where one of them is missing
    """

    first: int
    second: int
    trials: int
    proportion: float
    network: float
    network_error: float
    direct: float | None = None
    direct_error: float | None = None
    indirect: float | None = None
    indirect_error: float | None = None
    difference: float | None = None
    difference_error: float | None = None
    z: float | None = None
    p_value: float | None = None


def decomposition(trials: NetworkTrials, treatments: int) -> Decomposition:
    """The connected network's Q by design.

    Source: Krahn, Binder and Koenig 2013, BMC Med Res Methodol 13:35; Higgins 2012, Res Synth Methods 3:98
    (the design-by-treatment interaction); Jackson 2012, Stat Med 31:3805 (tau2 by moments)
    """
    groups = list(designs(trials))
    whole = fitted(trials, treatments, 0.0)
    inside, together = _inside(trials, groups, 0.0)
    total = _part(whole.q, whole.rows - (treatments - 1))
    within = _part(sum(p.q for p in inside), sum(p.df for p in inside))
    between = _part(max(total.q - within.q, 0.0), total.df - within.df)
    found = tuple(
        Design(arms, len(rows), part, _detached(together, i, treatments))
        for i, ((arms, rows), part) in enumerate(zip(groups, inside, strict=True))
    )
    tau2 = _tau2_within(trials, groups, within)
    random_inside, _ = _inside(trials, groups, tau2)
    random = fitted(trials, treatments, tau2).q - sum(p.q for p in random_inside)
    return Decomposition(total, within, between, found, _part(max(random, 0.0), between.df), tau2)


def designs(trials: NetworkTrials) -> Iterator[tuple[tuple[int, ...], Integers]]:
    """Each set of treatments with the positions of its trials, in order of the treatments."""
    sets: dict[tuple[int, ...], list[int]] = {}
    for row, arms in enumerate(trials.arms.tolist()):
        sets.setdefault(tuple(sorted(a for a in arms if a >= 0)), []).append(row)
    for arms in sorted(sets, key=lambda a: (len(a), a)):
        yield arms, np.array(sets[arms], dtype=np.int64)


def splits(
    trials: NetworkTrials,
    treatments: int,
    tau2: float = 0.0,
    *,
    method: Literal["back_calculation", "exclusion"] = "back_calculation",
) -> tuple[Split, ...]:
    """Direct against indirect evidence of every two treatments, with one tau2 for all.

    back_calculation  the indirect effect is what the network's needs beside the direct one (netsplit's
                      default)
    exclusion         the indirect effect is that of the network without any trial that compares the two
                      (SIDDE)
    Source: Dias 2010, Stat Med 29:932; Koenig 2013, Stat Med 32:5414; Efthimiou 2019, Stat Med 38:2992
    """
    fit = fitted(trials, treatments, tau2)
    found = []
    for i, j in combinations(range(treatments), 2):
        effect = float(fit.effect[i] - fit.effect[j])
        variance = float(fit.covariance[i, i] + fit.covariance[j, j] - 2 * fit.covariance[i, j])
        with_both = (trials.arms == i).any(axis=1) & (trials.arms == j).any(axis=1)
        direct = _direct(trials.some(with_both), i, j, tau2) if with_both.any() else None
        share = 0.0 if direct is None else variance / direct[1]
        indirect: tuple[float, float] | None = (effect, variance)
        if direct is not None and method == "exclusion":
            indirect = _without(trials.some(~with_both), treatments, i, j, tau2)
        elif direct is not None:
            rest = 1 - share
            indirect = None if rest <= 1e-9 else ((effect - share * direct[0]) / rest, variance / rest)
        found.append(_split(i, j, int(with_both.sum()), share, (effect, variance), direct, indirect))
    return tuple(found)


def _split(
    i: int,
    j: int,
    trials: int,
    share: float,
    network: tuple[float, float],
    direct: tuple[float, float] | None,
    indirect: tuple[float, float] | None,
) -> Split:
    from scipy.special import ndtr

    difference = error = z = p = None
    if direct is not None and indirect is not None:
        difference, error = direct[0] - indirect[0], float(np.sqrt(direct[1] + indirect[1]))
        z = difference / error
        p = 2 * float(ndtr(-abs(z)))
    straight, around = _with_error(direct), _with_error(indirect)
    return Split(
        i,
        j,
        trials,
        min(share, 1.0),
        network[0],
        float(np.sqrt(network[1])),
        *straight,
        *around,
        difference,
        error,
        z,
        p,
    )


def _with_error(pair: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if pair is None else (pair[0], float(np.sqrt(pair[1])))


def _direct(trials: NetworkTrials, i: int, j: int, tau2: float) -> tuple[float, float]:
    """Inverse-variance mean of i against j and its variance; other arms of the trials tell nothing here."""
    effects, variances = pairwise(trials, i, j)
    weight = 1 / (variances + tau2)
    return float(weight @ effects / weight.sum()), float(1 / weight.sum())


def pairwise(trials: NetworkTrials, i: int, j: int) -> tuple[Floats, Floats]:
    """Effects of i against j in trials that have both, with their variances."""
    rows = np.arange(len(trials.trial))
    one, two = (np.argmax(trials.arms == arm, axis=1) for arm in (i, j))
    edges = trials.arms.shape[1]
    full = np.zeros((len(rows), edges, edges))
    full[:, 1:, 1:] = trials.covariance
    variance = full[rows, one, one] + full[rows, two, two] - 2 * full[rows, one, two]
    return trials.effect[rows, one] - trials.effect[rows, two], variance


def _without(
    trials: NetworkTrials, treatments: int, i: int, j: int, tau2: float
) -> tuple[float, float] | None:
    label = components(trials, treatments)
    if label[i] != label[j]:
        return None
    inside = np.flatnonzero(label == label[i])
    mine = trials.some(label[trials.arms[:, 0]] == label[i])
    fit = fitted(relabelled(mine, inside), len(inside), tau2)
    a, b = int(np.searchsorted(inside, i)), int(np.searchsorted(inside, j))
    spread = fit.covariance
    return float(fit.effect[a] - fit.effect[b]), float(spread[a, a] + spread[b, b] - 2 * spread[a, b])


def _inside(
    trials: NetworkTrials, groups: list[tuple[tuple[int, ...], Integers]], tau2: float
) -> tuple[list[Part], NetworkTrials]:
    """Q inside each design, and the designs as if each were one trial."""
    parts = []
    m, most = len(groups), trials.arms.shape[1]
    arms, effect = np.full((m, most), -1, dtype=np.int64), np.zeros((m, most))
    covariance = np.tile(np.eye(most - 1), (m, 1, 1))
    for row, (members, rows) in enumerate(groups):
        k = len(members)
        own = relabelled(trials.some(rows), np.array(members, dtype=np.int64))
        fit = fitted(own, k, tau2)
        parts.append(_part(fit.q, (len(rows) - 1) * (k - 1)))
        arms[row, :k] = members
        effect[row, 1:k] = fit.effect[1:] - fit.effect[0]
        turn = np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])
        covariance[row, : k - 1, : k - 1] = turn @ fit.covariance @ turn.T
    return parts, NetworkTrials(np.arange(m), arms, effect, covariance)


def _detached(together: NetworkTrials, design: int, treatments: int) -> Part | None:
    rest = together.some(np.arange(len(together.trial)) != design)
    if len(rest.trial) == 0 or int(components(rest, treatments).max()) > 0:
        return None
    fit = fitted(rest, treatments, 0.0)
    return _part(fit.q, fit.rows - (treatments - 1))


def _tau2_within(
    trials: NetworkTrials, groups: list[tuple[tuple[int, ...], Integers]], within: Part
) -> float:
    if within.df == 0:
        return 0.0
    inverse, shared = inverses(trials, 0.0)
    turned = laplacians(inverse @ shared @ inverse)
    excess = float(np.einsum("mij,mji->", inverse, shared))
    for members, rows in groups:
        own = relabelled(trials.some(rows), np.array(members, dtype=np.int64))
        spread = fitted(own, len(members), 0.0).covariance
        excess -= float(np.vdot(spread, summed(own, turned[rows], len(members))))
    return max(0.0, (within.q - within.df) / excess)


def _part(q: float, df: int) -> Part:
    from scipy.special import chdtrc

    return Part(q, df, float(chdtrc(df, q)) if df > 0 else None)
