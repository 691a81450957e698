"""Simon's two stages: the designs that keep both error rates, what a stated one does, and what follows
after it."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.design.model import Design, Number, Sheet
from trialist.kernels import two_stage, two_stage_estimates
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.single_arm_design import searched, stated_two_stage
from trialist.protocol.single_arm_designs import Simon
from trialist.registry import entry


@entry(
    "simon",
    needs=("null", "alternative", "alpha", "power"),
    gives=("power", "type_one_error", "expected_subjects", "proportion"),
    source="Simon 1989, Controlled Clinical Trials 10:1; Jung 2004, Statistics in Medicine 23:561",
)
def run(stated: Simon, row: DesignRow) -> Design:
    """Optimal, minimax and admissible two-stage designs; exact characteristics; estimates after the trial.

    Parameters
        stated  null, alternative, alpha, power; or r1, n1, r, n; after the trial responders and stage
        row     the verdict on it
    Returns   error rates and expected size of the chosen design, and a table of the others; after the trial
              exact p value and interval, and the estimates without the bias of the early stop
    Problems  W140 error rates that are not kept, W143 no design of the searched sizes
    Source    Simon 1989; Jung and Kim 2004, Statistics in Medicine 23:881; Koyama and Chen 2008,
              Statistics in Medicine 27:3145
    """
    found = searched(stated)
    design = stated_two_stage(stated) or _chosen(stated, found)
    numbers = list(_characteristics(stated, design)) if design is not None else []
    sheets = (_table(found),) if found is not None else ()
    if design is not None and stated.responders is not None and stated.stage is not None:
        after = two_stage_estimates.estimates(
            design, stated.responders, stated.stage, stated.null or 0.0, stated.level
        )
        numbers += _after(after)
        sheets = (*sheets, _after_sheet(after, stated))
    return Design(row, tuple(numbers), sheets)


def _chosen(stated: Simon, found: two_stage.Found | None) -> two_stage.TwoStage | None:
    if found is None:
        return None
    return found.designs[found.minimax if stated.criterion == "minimax" else found.optimal]


def _characteristics(stated: Simon, design: two_stage.TwoStage) -> Iterator[Number]:
    words = f"{design.r1}/{design.n1} then {design.r}/{design.n}"
    for p, measure in ((stated.null, "type_one_error"), (stated.alternative, "power")):
        if p is None:
            continue
        found = two_stage.characteristics(design, p)
        at = f"proportion {p:g}"
        yield Number(measure, found.positive, at, note=words)
        yield Number("stop_probability", found.stopped, at, note=words)
        yield Number("expected_subjects", found.expected, at, note=words)


def _table(found: two_stage.Found) -> Sheet:
    admissible = {index: (low, high) for index, low, high in found.admissible()}
    names = {found.minimax: "minimax", found.optimal: "optimal"}
    rows = []
    for index, (low, high) in sorted(admissible.items()):
        d = found.designs[index]
        rows.append(
            (
                names.get(index, "admissible"),
                f"{d.r1}/{d.n1}",
                f"{d.r}/{d.n}",
                f"{found.alpha[index]:.4f}",
                f"{found.power[index]:.4f}",
                f"{found.stopped[index]:.3f}",
                f"{found.expected[index]:.1f}",
                f"{low:.2f} to {high:.2f}",
            )
        )
    columns = ("design", "r1/n1", "r/n", "alpha", "power", "stops early", "expected n", "weight of n")
    return Sheet("two-stage designs; stops early and expected n under the null", columns, tuple(rows))


def _after(found: two_stage_estimates.Estimates) -> list[Number]:
    named = (
        (found.proportion, "proportion of responders, biased by the early stop"),
        (found.unbiased, "unbiased (UMVUE)"),
        (found.median_unbiased, "median unbiased"),
        (found.adjusted, "adjusted for bias (Whitehead)"),
        (found.low, "lower end of the exact interval"),
        (found.high, "upper end of the exact interval"),
    )
    return [
        *(Number("proportion", value, "after the trial", note=note) for value, note in named),
        Number("p_value", found.p_value, "after the trial", note="one-sided, results ordered by stage"),
    ]


def _after_sheet(found: two_stage_estimates.Estimates, stated: Simon) -> Sheet:
    shown = (
        ("responders / subjects (biased)", f"{found.proportion:.4f}"),
        ("unbiased (UMVUE)", f"{found.unbiased:.4f}"),
        ("median unbiased", f"{found.median_unbiased:.4f}"),
        ("adjusted for bias (Whitehead)", f"{found.adjusted:.4f}"),
        (f"exact {100 * stated.level:g}% interval", f"{found.low:.4f} to {found.high:.4f}"),
        ("p, one-sided, ordered by stage", f"{found.p_value:.4f}"),
    )
    end = f"stage {stated.stage} with {stated.responders} responders"
    return Sheet(f"after the trial: ended in {end}", ("estimate", "value"), shown)
