"""The exact single stage, and Fleming's stages."""

from __future__ import annotations

import math

from trialist.design.model import Design, Number, Sheet, known
from trialist.kernels import single_stage as kernel
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.single_arm_designs import Fleming, SingleStage
from trialist.registry import entry


@entry(
    "single_stage",
    needs=("null", "alternative", "alpha", "power"),
    gives=("subjects", "power", "type_one_error"),
    source="A'Hern 2001, Statistics in Medicine 20:859",
)
def run_single_stage(stated: SingleStage, row: DesignRow) -> Design:
    """The smallest exact single stage, or the exact error rates of the stated one.

    Parameters
        stated  null, alternative, alpha, power, n, least (responders from which it is promising)
        row     the verdict on it
    Returns   subjects, responders needed, type I error and power, all exact
    Problems  W140 error rates that are not kept, W143 no such design
    Source    A'Hern 2001, Statistics in Medicine 20:859
    """
    a = stated
    if a.null is None or a.alternative is None:
        return Design(row)
    best = None
    if a.alpha is not None and a.power is not None:
        best = kernel.single_stage(a.null, a.alternative, a.alpha / a.sides, a.power)
    numbers = [Number("subjects", best.n, note=f"promising from {best.least} responders")] if best else []
    n = a.n or (best.n if best else None)
    if n is None or (a.least is None and a.alpha is None):
        return Design(row, tuple(numbers))
    least = a.least or kernel.fewest(n, a.null, (a.alpha or 0.05) / a.sides)
    for p, measure in ((a.null, "type_one_error"), (a.alternative, "power")):
        numbers.append(Number(measure, kernel.chance(n, least, p), f"proportion {p:g}", note=f"{least}/{n}"))
    return Design(row, tuple(known(numbers)))


@entry(
    "fleming",
    needs=("null", "alternative", "alpha", "sizes"),
    gives=("power", "type_one_error", "expected_subjects"),
    source="Fleming 1982, Biometrics 38:143",
)
def run_fleming(stated: Fleming, row: DesignRow) -> Design:
    """Boundaries of Fleming's stages with their exact error rates and expected size.

    Parameters
        stated  null, alternative, alpha, sizes (cumulative)
        row     the verdict on it
    Returns   type I error, power and expected subjects, and the boundaries of every stage
    Problems  W140 a power that is not reached
    Source    Fleming 1982, Biometrics 38:143
    """
    a = stated
    if a.null is None or a.alpha is None:
        return Design(row)
    design = kernel.fleming(a.null, a.alpha / a.sides, a.sizes)
    numbers = []
    for p, measure in ((a.null, "type_one_error"), (a.alternative, "power")):
        if p is None:
            continue
        found = kernel.stage_chances(design, p)
        numbers.append(Number(measure, math.fsum(found.promising), f"proportion {p:g}"))
        numbers.append(Number("expected_subjects", found.expected, f"proportion {p:g}"))
    rows = tuple(
        (f"{stage}", f"{n}", f"{low}" if low >= 0 else "never", f"{high}")
        for stage, (n, low, high) in enumerate(
            zip(design.sizes, design.accept, design.reject, strict=True), 1
        )
    )
    columns = ("stage", "subjects", "not promising at most", "promising at least")
    return Design(row, tuple(numbers), (Sheet("where the trial ends, in responders", columns, rows),))
