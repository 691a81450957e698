"""Generalised least squares of a network: weighted Laplacians of trials, and the fit at a given tau2.

A trial's weights are a Laplacian over its arms; their sum is the network's, whose pseudo-inverse is the
covariance of the treatments' effects (about their mean). A trial with several arms adds tau2 to the variance
of every contrast and half of it to every covariance of contrasts with a common arm, as netmeta does and
metafor's rma.mv with rho 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.network_trials import NetworkTrials


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fit of a connected network at one tau2.

    effect      (n,) effects of the treatments about their mean
    covariance  (n, n) of `effect`: the pseudo-inverse of the Laplacian
    laplacian   (n, n); minus an entry off the diagonal is the weight of all trials between two treatments
    q, rows     weighted sum of squared residuals; contrasts that are free to differ
    """

    effect: Floats
    covariance: Floats
    laplacian: Floats
    q: float
    rows: int


def components(trials: NetworkTrials, treatments: int) -> Integers:
    """(treatments,) number of the part of the network that each treatment belongs to, from 0 in order of
    treatments.

    A treatment of no trial is a part of its own.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first = np.repeat(trials.arms[:, :1], trials.arms.shape[1] - 1, axis=1)
    other = trials.arms[:, 1:]
    edge = other >= 0
    graph = coo_matrix((np.ones(int(edge.sum())), (first[edge], other[edge])), (treatments, treatments))
    _, label = connected_components(graph, directed=False)
    _, start = np.unique(label, return_index=True)
    rank = np.empty(len(start), dtype=np.int64)
    rank[np.argsort(start)] = np.arange(len(start))
    return np.asarray(rank[label], dtype=np.int64)


def inverses(trials: NetworkTrials, tau2: float) -> tuple[Floats, Floats]:
    """Inverse covariances of the trials' contrasts at tau2, and what a unit of tau2 adds to those."""
    edge = trials.arms[:, 1:] >= 0
    both = edge[:, :, None] & edge[:, None, :]
    shared = np.where(both, 0.5 * (1 + np.eye(edge.shape[1])), 0.0)
    return np.where(both, np.linalg.inv(trials.covariance + tau2 * shared), 0.0), shared


def laplacians(inverse: Floats) -> Floats:
    """(m, most, most) Laplacians over the arms, from inverse covariances of contrasts with the first arm."""
    m, edges, _ = inverse.shape
    full = np.zeros((m, edges + 1, edges + 1))
    full[:, 1:, 1:] = inverse
    full[:, 0, 1:] = full[:, 1:, 0] = -inverse.sum(axis=1)
    full[:, 0, 0] = inverse.sum(axis=(1, 2))
    return full


def summed(trials: NetworkTrials, weights: Floats, treatments: int) -> Floats:
    """The trials' Laplacians added up over the treatments."""
    arm = np.maximum(trials.arms, 0)
    place = arm[:, :, None] * treatments + arm[:, None, :]
    flat = np.bincount(place.ravel(), weights=weights.ravel(), minlength=treatments**2)
    return np.asarray(flat.reshape(treatments, treatments), dtype=float)


def added(trials: NetworkTrials, values: Floats, treatments: int) -> Floats:
    """Values of arms (m, most) added up over the treatments."""
    arm = np.maximum(trials.arms, 0)
    return np.bincount(arm.ravel(), weights=values.ravel(), minlength=treatments).astype(float)


def fitted(trials: NetworkTrials, treatments: int, tau2: float) -> Fitted:
    """Weighted least squares; the network must be connected.

    Source: Ruecker 2012, Res Synth Methods 3:312; Gutman and Xiao 2004 (pseudo-inverse of a Laplacian)
    """
    weights = laplacians(inverses(trials, tau2)[0])
    laplacian = summed(trials, weights, treatments)
    covariance = pseudo_inverse(laplacian)
    flow = np.einsum("mij,mj->mi", weights, trials.effect)
    effect = covariance @ added(trials, flow, treatments)
    left = residuals(trials, effect)
    q = float(np.einsum("mi,mij,mj->", left, weights, left))
    return Fitted(effect, covariance, laplacian, max(q, 0.0), int((trials.present - 1).sum()))


def residuals(trials: NetworkTrials, effect: ArrayLike) -> Floats:
    """(m, most) what is left of the arms' effects, up to a constant of each trial; 0 without an arm."""
    fit = np.asarray(effect, dtype=float)[np.maximum(trials.arms, 0)]
    left = trials.effect - (fit - fit[:, :1])
    return np.where(trials.arms >= 0, left, 0.0)


def pseudo_inverse(laplacian: Floats) -> Floats:
    """Of a connected network's Laplacian, whose one null vector is constant."""
    n = len(laplacian)
    size = float(np.trace(laplacian)) / n
    whole = np.linalg.inv(laplacian + size / n) - 1 / (size * n)
    return np.asarray((whole + whole.T) / 2, dtype=float)


def relabelled(trials: NetworkTrials, treatments: Integers) -> NetworkTrials:
    """The trials with the given treatments numbered from 0 in their order; every arm is among them."""
    place = np.full(
        max(int(trials.arms.max(initial=0)), int(treatments.max(initial=0))) + 1, -1, dtype=np.int64
    )
    place[treatments] = np.arange(len(treatments))
    arms = np.where(trials.arms >= 0, place[np.maximum(trials.arms, 0)], -1)
    return NetworkTrials(trials.trial, arms, trials.effect, trials.covariance)
