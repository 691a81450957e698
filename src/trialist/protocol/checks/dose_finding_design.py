"""The rows of phase I designs: what is stated and the rule that follows. Nothing in them can contradict."""

from __future__ import annotations

from trialist.kernels import continual_reassessment, dose_escalation
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.dose_finding_designs import Boin, Crm, ThreePlusThree


def dose_finding_row(a: ThreePlusThree | Boin | Crm) -> DesignRow:
    """The statement of a phase I design with what it means."""
    truth = f"true DLT probabilities {listed(a.truth)}" if a.truth else None
    if isinstance(a, ThreePlusThree):
        return DesignRow(
            _label(a, "3 + 3"), truth or "", "six subjects at the chosen dose", "not stated", a.source
        )
    treated = a.n // a.cohort * a.cohort
    most = f"{a.n} subjects in cohorts of {a.cohort}" + (f" ({treated} of them)" if treated < a.n else "")
    stated = ", ".join(part for part in (f"target {a.target:g}", most, truth) if part)
    if isinstance(a, Boin):
        rule = dose_escalation.boin(a.target, a.low, a.high, a.cutoff)
        follows = f"go up at a share of DLTs of {rule.up:.3f} or less, down at {rule.down:.3f} or more"
        return DesignRow(_label(a, "BOIN"), stated, follows, "not stated", a.source)
    follows = f"skeleton {listed(skeleton_of(a))}, {a.model} model, prior variance {a.prior_variance:g}"
    return DesignRow(_label(a, "continual reassessment"), stated, follows, "not stated", a.source)


def skeleton_of(a: Crm) -> tuple[float, ...]:
    """As stated, or made of indifference intervals."""
    if a.skeleton:
        return a.skeleton
    return continual_reassessment.skeleton(
        a.target, a.half_width, (a.prior_dose or 1) - 1, a.doses or 2, a.model
    )


def listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _label(a: ThreePlusThree | Boin | Crm, name: str) -> str:
    return f"{a.for_ or 'design'}: {name}"
