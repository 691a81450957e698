"""Phase I: 3 + 3, BOIN and continual reassessment, with their decision tables and characteristics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trialist.design.model import Design, Number, Sheet
from trialist.kernels import continual_reassessment, dose_escalation
from trialist.kernels.draws import stream
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.checks.dose_finding_design import skeleton_of
from trialist.protocol.dose_finding_designs import Boin, Crm, ThreePlusThree
from trialist.registry import entry


@entry(
    "three_plus_three",
    needs="truth",
    gives=("chosen", "expected_subjects"),
    source="Storer 1989, Biometrics 45:925; Lin and Shih 2001, Biostatistics 2:203",
)
def run_three_plus_three(stated: ThreePlusThree, row: DesignRow) -> Design:
    """Exact characteristics of the 3 + 3 design under true toxicities.

    Parameters
        stated  truth: DLT probabilities by rising dose
        row     what is stated
    Returns   per dose the chance to be chosen, subjects, DLTs: exact, by enumeration
    Problems  none
    Source    Storer 1989, Biometrics 45:925; Lin and Shih 2001, Biostatistics 2:203
    """
    if not stated.truth:
        return Design(row)
    found = dose_escalation.three_plus_three(stated.truth)
    return Design(row, tuple(_numbers(found, "exact")), (_sheet(found, stated.truth, "exact"),))


@entry(
    "boin",
    needs=("target", "n", "cohort"),
    gives=("chosen", "expected_subjects"),
    source="Liu and Yuan 2015, Applied Statistics 64:507",
)
def run_boin(stated: Boin, row: DesignRow) -> Design:
    """The decision table of BOIN, and its characteristics over simulated trials where a truth is stated.

    Parameters
        stated  target, low, high, cutoff, n, cohort; truth, trials, seed
        row     what is stated
    Returns   for every number treated at a dose: go up, go down, give up; per dose chance, subjects, DLTs
    Problems  none
    Source    Liu and Yuan 2015, Applied Statistics 64:507
    """
    rule = dose_escalation.boin(stated.target, stated.low, stated.high, stated.cutoff)
    sizes = range(stated.cohort, stated.n + 1, stated.cohort)
    table = dose_escalation.decisions(rule, sizes)
    rows = tuple(
        (f"{n}", _least_of(up, "at most"), _from(down, n), _from(out, n))
        for n, up, down, out in zip(
            *(x.tolist() for x in (table.n, table.up, table.down, table.out)), strict=True
        )
    )
    columns = ("treated", "go up", "go down", "give the dose up")
    sheets = (Sheet("decisions by the number of DLTs at the dose", columns, rows),)
    if not stated.truth:
        return Design(row, (), sheets)
    rng = stream(stated.seed, "boin")
    found = dose_escalation.boin_characteristics(
        rule, stated.truth, stated.n // stated.cohort, stated.cohort, stated.trials, rng, stated.start - 1
    )
    how = f"{stated.trials:,} simulated trials, seed {stated.seed}"
    return Design(row, tuple(_numbers(found, how)), (*sheets, _sheet(found, stated.truth, how)))


@entry(
    "crm",
    needs=("target", "skeleton", "n", "cohort"),
    gives=("chosen", "expected_subjects"),
    source="O'Quigley 1990, Biometrics 46:33; Lee and Cheung 2009, Clinical Trials 6:227",
)
def run_crm(stated: Crm, row: DesignRow) -> Design:
    """Continual reassessment: skeleton, the next dose after what was seen, characteristics over trials.

    Parameters
        stated  target, skeleton (or doses, prior_dose, half_width), model, prior_variance; toxicities and
                treated so far; truth, n, cohort, trials, seed
        row     what is stated
    Returns   posterior toxicities and the next dose; per dose chance, subjects, DLTs
    Problems  none
    Source    O'Quigley, Pepe and Fisher 1990, Biometrics 46:33; Lee and Cheung 2009, Clinical Trials 6:227
    """
    design = continual_reassessment.Crm(
        stated.target, skeleton_of(stated), stated.model, stated.prior_variance, stated.cutoff
    )
    sheets: tuple[Sheet, ...] = ()
    if stated.treated:
        sheets = (_next(design, stated.toxicities, stated.treated),)
    if not stated.truth:
        return Design(row, (), sheets)
    rng = stream(stated.seed, "crm")
    found = continual_reassessment.crm_characteristics(
        design, stated.truth, stated.n // stated.cohort, stated.cohort, stated.trials, rng, stated.start - 1
    )
    how = f"{stated.trials:,} simulated trials, seed {stated.seed}"
    return Design(row, tuple(_numbers(found, how)), (*sheets, _sheet(found, stated.truth, how)))


def _next(design: continual_reassessment.Crm, toxic: Sequence[int], treated: Sequence[int]) -> Sheet:
    y, n = np.array([toxic]), np.array([treated])
    found = continual_reassessment.posterior(design, y, n)
    tried = np.array([max((i for i, size in enumerate(treated) if size), default=-1)])
    best = int(continual_reassessment.next_dose(design, found, tried)[0])
    rows = tuple(
        (f"{i + 1}", f"{prior:.3f}", f"{k}/{size}", f"{mean:.3f}", "next" if i == best else "")
        for i, (prior, k, size, mean) in enumerate(
            zip(design.skeleton, toxic, treated, found.toxicity[0].tolist(), strict=True)
        )
    )
    stop = "" if best >= 0 else ": stop, the lowest dose is too toxic"
    columns = ("dose", "skeleton", "DLTs", "posterior mean", "")
    return Sheet(f"after what was seen{stop}", columns, rows)


def _numbers(found: dose_escalation.Escalation, how: str) -> Iterator[Number]:
    for dose, chance in enumerate(found.chosen.tolist(), 1):
        yield Number("chosen", chance, f"dose {dose}", note=how)
    yield Number("chosen", float(found.none), "no dose", note=how)
    yield Number("expected_subjects", found.subjects, note=how)


def _sheet(found: dose_escalation.Escalation, truth: Sequence[float], how: str) -> Sheet:
    exact = not bool(found.error.any())
    rows = [
        (f"{i + 1}", f"{p:g}", f"{c:.3f}" + ("" if exact else f" ({e:.3f})"), f"{n:.1f}", f"{y:.2f}")
        for i, (p, c, e, n, y) in enumerate(
            zip(truth, *(x.tolist() for x in (found.chosen, found.error, found.treated, found.toxicities)),
                strict=True)
        )
    ]  # fmt: skip
    rows.append(("none", "", f"{found.none:.3f}", "", ""))
    total = ("all", "", "", f"{found.subjects:.1f}", f"{float(found.toxicities.sum()):.2f}")
    head = "chosen" if exact else "chosen (error)"
    return Sheet(how, ("dose", "true DLT", head, "subjects", "DLTs"), (*rows, total))


def _least_of(k: int, words: str) -> str:
    return f"{words} {k}" if k >= 0 else "never"


def _from(k: int, n: int) -> str:
    return f"from {k}" if k <= n else "never"
