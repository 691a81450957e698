"""A number of a matched comparison as a finding, with where it comes from and every option."""

from __future__ import annotations

from typing import Literal

from trialist.evidence.pooling.effects import printer
from trialist.evidence.pooling.pooled_findings import pooled_origin
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.individual.comparison import Comparison, Line
from trialist.individual.matched_told import MADE
from trialist.kernels.effect_from_reported import p_value_of
from trialist.kernels.matching import Weighted
from trialist.kernels.normal import half_width


def line_of(
    made: Comparison,
    label: str,
    kind: Literal["own", "other", "comparison"],
    effect: Weighted,
    method: str,
    ends: tuple[float, float] | None = None,
    measure: str | None = None,
) -> Line:
    """One number. `ends` of the bootstrap; `measure` where it is not that of the comparison."""
    shown_as = measure or made.measure
    own, other, options = made.own, made.other, made.options
    shown = printer(shown_as, (), "logit")
    interval, p = None, None
    if effect.estimate is not None and effect.std_err is not None:
        half = half_width(options.level) * effect.std_err
        low, high = ends or (effect.estimate - half, effect.estimate + half)
        interval = Interval(shown(low), shown(high), options.level)
        if ends is None and shown_as != "proportion":  # that it is one half is nobody's hypothesis
            p = PValue(p_value_of(effect.estimate, effect.std_err))
    groups = {"own": own.arms, "other": other.arms, "comparison": made.sides}[kind]
    trial = {"own": own.name, "other": other.trial, "comparison": f"{own.name} and {other.trial}"}[kind]
    finding = Finding(
        trial=trial,
        endpoint=made.endpoint,
        measure=shown_as,
        estimate=shown(effect.estimate),
        origin=_origin(made, kind),
        method=Method(method, _options(made, method, ends is not None)),
        population="matched" if method in ("maic", "stc") else "as observed",
        groups=tuple(groups),
        interval=interval,
        p_value=p,
        n=own.n if kind == "own" else None,
        definition=_definition(made) if kind != "own" or method == "maic" else (),
        note=label,
    )
    return Line(label, kind, finding)


def _origin(made: Comparison, kind: str) -> Origin:
    """Of own patients, or the other trial's; what was made of simulated or reconstructed ones stays that."""
    own, other = made.own.origin, made.other.origin
    if kind == "own":
        return own
    if kind == "other":
        published = made.other.findings[0].origin if made.other.findings else None
        return other or published or Origin("published", source=made.other.trial)
    for word in MADE:
        found = next((each for each in (own, other) if each is not None and each.kind == word), None)
        if found is not None:
            return found
    return pooled_origin()


def _options(made: Comparison, method: str, bootstrap: bool) -> tuple[tuple[str, object], ...]:
    o = made.options
    common: tuple[tuple[str, object], ...] = (
        ("comparison", f"anchored by {made.own.arms[1]}" if made.anchored else "unanchored"),
        ("level", o.level),
    )
    if method == "maic":
        variance = "fixed" if made.measure == "hazard_ratio" else o.variance
        how = (("bootstrap", o.draws), ("seed", o.seed)) if bootstrap else (("variance", variance),)
        return (*common, *how, ("spread", o.spread), ("effective_n", made.effective_n))
    if method == "stc":
        kind = "conditional at the means" if made.measure == "hazard_ratio" else "marginal"
        return (*common, ("effect", kind), ("modifiers", "all"))
    return common


def _definition(made: Comparison) -> tuple[tuple[str, object], ...]:
    used = (*made.other.findings, *(f for each in made.target.characteristics for f in each.findings))
    return (
        ("trials", (made.own.name, made.other.trial)),
        ("matched_to", tuple(f"{each.own}: {each.mean:g}" for each in made.target.characteristics)),
        ("not_matched", made.target.unmatched or None),
        ("findings", tuple(f.id for f in used) or None),
        ("entries", tuple(f.origin.entry for f in used if f.origin.entry) or None),
    )
