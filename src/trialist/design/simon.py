"""Simon's two stages: the designs that keep both error rates, what a stated one does, and what follows
after it."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.design.model import Design, Number, Sheet, known
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
        after = _estimates(design, stated, stated.responders, stated.stage)
        numbers += _after(after)
        sheets = (*sheets, _after_sheet(after, stated, design))
    return Design(row, tuple(numbers), sheets)


def _estimates(
    design: two_stage.TwoStage, stated: Simon, responders: int, stage: int
) -> two_stage_estimates.Estimates:
    size, first = stated.stage_two, stated.stage_one
    if size is None or first is None or size == design.n - design.n1:
        return two_stage_estimates.estimates(design, responders, stage, stated.null, stated.level)
    return two_stage_estimates.estimates_of_another_size(
        design, first, size, responders - first, stated.null, stated.level
    )


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
    numbers = [Number("proportion", value, "after the trial", note=note) for value, note in named]
    one_sided = "one-sided, results ordered by stage"
    return list(known([*numbers, Number("p_value", found.p_value, "after the trial", note=one_sided)]))


def _after_sheet(found: two_stage_estimates.Estimates, stated: Simon, design: two_stage.TwoStage) -> Sheet:
    shown = (
        ("responders / subjects (biased)", found.proportion),
        ("unbiased (UMVUE)", found.unbiased),
        ("median unbiased", found.median_unbiased),
        ("adjusted for bias (Whitehead)", found.adjusted),
        (f"exact {100 * stated.level:g}% interval", f"{found.low:.4f} to {found.high:.4f}"),
        ("p, one-sided, ordered by stage", found.p_value),
        *_needed(stated, design),
    )
    rows = tuple(
        (name, value if isinstance(value, str) else f"{value:.4f}")
        for name, value in shown
        if value is not None
    )
    end = f"stage {stated.stage} with {stated.responders} responders"
    if stated.stage_two is not None:
        end += f", {stated.stage_two} subjects in stage 2"
    return Sheet(f"after the trial: ended in {end}", ("estimate", "value"), rows)


def _needed(stated: Simon, design: two_stage.TwoStage) -> Iterator[tuple[str, str]]:
    """What stage 2 had to bring, where its size is not the planned one."""
    if stated.stage_two is None or stated.stage_one is None or stated.null is None:
        return
    least = two_stage_estimates.critical_value(design, stated.stage_one, stated.stage_two, stated.null)
    yield "promising from, in stage 2", "no number" if least is None else f"{least} of {stated.stage_two}"
