"""One's own patients against another trial's published result: matching-adjusted and simulated comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialist.individual.comparison import Balance, Comparison, Line, OfOutcome, Options
from trialist.individual.matched_effects import bootstrap, effect_of, share_of, simulated_effect, weights_of
from trialist.individual.matched_findings import line_of
from trialist.individual.matched_told import told
from trialist.individual.own import Floats, Own
from trialist.individual.target import Other, Target
from trialist.kernels.matching import Matched, Weighted, through_common


def compare(
    own: Own, target: Target, other: Other, measure: OfOutcome, options: Options, *, endpoint: str
) -> Comparison:
    """Own treatment against the other trial's, in patients such as the other trial had.

    Anchored where both have a common comparator (its effects are subtracted); else own weighted patients
    against the other trial's one by one.
    Problems  E651 nothing to match, E652 no weights give the published means; W666 no common comparator,
              W667 few patients are left, W668 own patients are simulated or reconstructed, N657
              characteristics that are not matched, N659 means without their spread, N674 conditional
              effects, N675 weights that few carry, N676 bootstrap samples without an effect, E655 weighted
              patients without an effect
    Source    Signorovitch 2010, Pharmacoeconomics 28:935; Phillippo 2016, NICE DSU technical support
    document 18
    """
    made = Comparison(own, target, other, measure, options, endpoint)
    if not target.characteristics:
        return replace(made, problems=told(made, None))
    matched = weights_of(own, target, options)
    if matched.weight is None:
        return replace(made, problems=told(made, matched))
    balance = tuple(_balance(own, target, matched.weight))
    made = replace(made, weight=matched.weight, effective_n=matched.effective_n, balance=balance)
    lines, failed = _lines(made, matched)
    made = replace(made, lines=lines)
    return replace(made, problems=told(made, matched, failed))


def _balance(own: Own, target: Target, weight: Floats) -> list[Balance]:
    rows = []
    for at, each in enumerate(target.characteristics):
        x = own.covariates[:, at]
        before, after, spread = (
            float(x.mean()),
            float(weight @ x / weight.sum()),
            float(x.std(ddof=1)) if x.size > 1 else 0.0,
        )
        apart, left = (None if spread == 0 else (value - each.mean) / spread for value in (before, after))
        rows.append(Balance(each.name, each.own, before, each.mean, after, apart, left))
    return rows


def _lines(made: Comparison, matched: Matched) -> tuple[tuple[Line, ...], int]:
    """All numbers, and how many bootstrap samples gave none."""
    own, other = made.own, made.other
    plain = Matched("ok", np.ones(own.n), float(own.n), np.zeros((own.n, 0)))
    before, after = (effect_of(own, other, m, made.measure, made.options.variance) for m in (plain, matched))
    lines: list[Line] = []
    theirs = Weighted("ok", other.estimate, other.std_err)
    if made.anchored:
        against = f"against {own.arms[1]}"
        lines.append(line_of(made, f"{own.arms[0]} {against}, as observed", "own", before, "observed"))
        lines.append(line_of(made, f"{own.arms[0]} {against}, weighted", "own", after, "maic"))
        lines.append(
            line_of(made, f"{other.arms[0]} against {other.arms[1]}", "other", theirs, "as published")
        )
        before, after = through_common(before, theirs), through_common(after, theirs)
    else:
        lines += _shares(made, plain, matched)
    kind = "bucher" if made.anchored else "naive"
    lines.append(line_of(made, "unadjusted", "comparison", before, kind))
    lines.append(line_of(made, "matched, robust interval", "comparison", after, "maic"))
    ends, failed = bootstrap(made, after.estimate)
    if ends is not None:
        boot = Weighted("ok", after.estimate, ends[2])
        lines.append(line_of(made, "matched, bootstrap interval", "comparison", boot, "maic", ends[:2]))
    if made.anchored:
        found = simulated_effect(made)
        if found is not None:
            lines.append(line_of(made, "simulated", "comparison", through_common(found, theirs), "stc"))
    return tuple(lines), failed


def _shares(made: Comparison, plain: Matched, matched: Matched) -> list[Line]:
    """Who responded on both sides, own patients as they are and weighted; of times nothing."""
    own, other = made.own, made.other
    if own.kind != "responses" or other.outcome is None:
        return []
    theirs = Matched("ok", np.ones(other.outcome.size))
    return [
        line_of(
            made,
            f"{own.arms[0]}, as observed",
            "own",
            share_of(own.outcome, plain),
            "observed",
            measure="proportion",
        ),
        line_of(
            made,
            f"{own.arms[0]}, weighted",
            "own",
            share_of(own.outcome, matched),
            "maic",
            measure="proportion",
        ),
        line_of(
            made,
            other.arms[0],
            "other",
            share_of(other.outcome, theirs),
            "as published",
            measure="proportion",
        ),
    ]
