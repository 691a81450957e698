"""A network of rare events: Mantel-Haenszel odds ratios of designs, joined without corrections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.network import Network, network
from trialist.kernels.network_trials import Block, NetworkTrials, Refused, from_blocks


def mantel_haenszel_network(
    trial: ArrayLike,
    treatment: ArrayLike,
    events: ArrayLike,
    n: ArrayLike,
    treatments: int,
    *,
    level: float = 0.95,
) -> tuple[Network, tuple[Refused, ...]]:
    """Log odds ratios under common effects; one row per arm. Also the trials that tell nothing.

    `q` is that between designs; `trials` those that went in.
    Source: Efthimiou 2019, Stat Med 38:2992
    """
    data, refused = mantel_haenszel_designs(trial, treatment, events, n)
    fit = network(data, treatments, model="common", level=level)
    used = len(np.unique(np.asarray(trial))) - len({r.trial for r in refused})
    return replace(fit, trials=used), refused


def mantel_haenszel_designs(
    trial: ArrayLike, treatment: ArrayLike, events: ArrayLike, n: ArrayLike
) -> tuple[NetworkTrials, tuple[Refused, ...]]:
    """Every design as if it were one trial, with its log odds ratios; and the trials that tell nothing.

    Trials without an event (or where everybody had one) are left out; so is, in a design, a treatment of
    which no trial of the design has an event.
    Source: Greenland 1989, Biometrics 45:183 (several arms); Robins, Breslow and Greenland 1986, Biometrics
    42:311 (variance)
    """
    number, arm = (np.asarray(v, dtype=np.int64) for v in (trial, treatment))
    x, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    refused: list[Refused] = []
    sets: dict[tuple[int, ...], list[Integers]] = {}
    for each in dict.fromkeys(number.tolist()):
        rows = np.flatnonzero(number == each)
        rows = rows[np.argsort(arm[rows], kind="stable")]
        members = tuple(arm[rows].tolist())
        a, whole = x[rows], size[rows]
        if not bool((np.isfinite(a) & np.isfinite(whole) & (whole > 0) & (a >= 0) & (a <= whole)).all()):
            refused.append(Refused(each, "bad_number"))
        elif len(members) < 2:
            refused.append(Refused(each, "one_arm"))
        elif len(set(members)) < len(members):
            refused.append(Refused(each, "same_treatment"))
        elif a.sum() == 0 or a.sum() == whole.sum():
            refused.append(Refused(each, "no_events"))
        else:
            sets.setdefault(members, []).append(rows)
    blocks: list[Block] = []
    for members, groups in sets.items():
        rows = np.stack(groups)
        had, not_had = x[rows], size[rows] - x[rows]
        keep = np.flatnonzero((had.sum(axis=0) > 0) & (not_had.sum(axis=0) > 0))
        found = _design(had[:, keep], not_had[:, keep]) if len(keep) > 1 else None
        if found is None:
            refused += [Refused(int(number[group[0]]), "no_events") for group in groups]
            continue
        blocks.append((len(blocks), [members[k] for k in keep], *found))
    return from_blocks(blocks), tuple(sorted(refused, key=lambda r: r.trial))


def _design(had: Floats, not_had: Floats) -> tuple[Floats, Floats] | None:
    """Log odds ratios of a design's arms (k, arms) against its first and their covariance; None where a pair
    has none."""
    k = had.shape[1]
    total = (had + not_had).sum(axis=1)
    c = had[:, :, None] * not_had[:, None, :] / total[:, None, None]
    d = (had[:, :, None] + not_had[:, None, :]) / total[:, None, None]
    sums = c.sum(axis=0)
    np.fill_diagonal(sums, 1.0)
    if bool((sums <= 0).any()):
        return None
    log = np.log(sums / sums.T)
    back, turn = c.transpose(0, 2, 1), d.transpose(0, 2, 1)
    own = (
        (c * d).sum(0) / sums**2
        + (c * turn + back * d).sum(0) / (sums * sums.T)
        + (back * turn).sum(0) / sums.T**2
    )
    own /= 2
    shared = _shared(had, not_had, total, sums)
    for arm in range(k):
        np.fill_diagonal(shared[arm], own[arm])
        shared[arm, arm, :] = shared[arm, :, arm] = 0
    across = (
        shared.sum(axis=0) - shared.sum(axis=2) - shared.sum(axis=2).T
    )  # covariance of sums of log odds ratios
    for one in range(k):
        for two in range(k):
            if one != two:
                across[one, two] += shared[one, two, two]
    spread = np.where(np.eye(k, dtype=bool), 0.0, across)
    np.fill_diagonal(spread, shared.sum(axis=(1, 2)))
    mean = log.sum(axis=1) / k
    to_first = np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])
    return to_first @ mean, to_first @ (spread / k**2) @ to_first.T


def _shared(had: Floats, not_had: Floats, total: Floats, sums: Floats) -> Floats:
    """[x, y, z] covariance of the log odds ratios of x against y and of x against z (y not z)."""
    whole = had + not_had

    def three(one: Floats, two: Floats, other: Floats) -> Floats:
        return np.asarray(np.einsum("sx,sy,sz->xyz", one / total[:, None] ** 2, two, other), dtype=float)

    ahead, back = sums, sums.T
    return np.asarray(
        (
            three(had, not_had, not_had) / (ahead[:, :, None] * ahead[:, None, :])
            + three(whole, not_had, had) / (ahead[:, :, None] * back[:, None, :])
            + three(whole, had, not_had) / (back[:, :, None] * ahead[:, None, :])
            + three(not_had, had, had) / (back[:, :, None] * back[:, None, :])
        )
        / 3,
        dtype=float,
    )
