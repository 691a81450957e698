"""Another trial as it was published: what its patients were like, and what was found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialist.evidence.model import Store, TrialCard
from trialist.evidence.pooling.effects import scale_of
from trialist.evidence.pooling.matching import NEVER_ALONE, rank_finding, unfit
from trialist.evidence.pooling.question import Options, Question, Side
from trialist.evidence.pooling.selection import select
from trialist.findings.model import Finding, Origin
from trialist.kernels.effect_from_reported import from_interval
from trialist.problems import Place, Problem

Floats = NDArray[np.float64]
FAMILY = "baseline:"


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What is matched: `own` (a column, or a condition on columns) to a mean (or share) with its sd.

    name  as it was published
    """

    name: str
    own: str
    mean: float
    sd: float | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The other trial's patients. `unmatched`: published characteristics that are not matched, with the
    reason."""

    trial: str
    characteristics: tuple[Characteristic, ...]
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """The other trial's result: of its treatment against the common comparator, or of its treatment alone.

    estimate, std_err  anchored: on the scale on which effects are pooled
    outcome, event     unanchored: its patients one by one, of counts as 0 and 1, of curves as times
    origin             of its patients, where they are not out of findings
    """

    trial: str
    arms: tuple[str, ...]
    estimate: float | None = None
    std_err: float | None = None
    outcome: Floats | None = None
    event: Floats | None = None
    how: str = "given"
    findings: tuple[Finding, ...] = ()
    origin: Origin | None = None


def target_of_rows(
    rows: Mapping[int, Mapping[str, str]], trial: str, file: str
) -> tuple[Target | None, tuple[Problem, ...]]:
    """A table of characteristics: `covariate` (own column or condition), `mean` or `share`, `sd`,
    `published`.

    Problems  E656 a table without these columns, or a number that can't be
    """
    found: list[Characteristic] = []
    for line, row in rows.items():
        own = row.get("covariate", "").strip()
        text = row.get("mean") or row.get("share") or ""
        try:
            mean, sd = float(text), float(row["sd"]) if row.get("sd") else None
        except ValueError:
            mean, sd = float("nan"), None
        fits = np.isfinite(mean) and (sd is None or (np.isfinite(sd) and sd > 0))
        if row.get("share"):
            fits = fits and 0 <= mean <= 1
        if not own or not fits:
            remedy = "give covariate and mean (with sd where it is known), or share from 0 to 1"
            message = f"the row of '{own or 'no covariate'}' has no mean or share that could be matched"
            return None, (Problem("E656", message, remedy, Place(file, line)),)
        found.append(Characteristic(row.get("published") or own, own, mean, sd))
    return Target(trial, tuple(found)), ()


def target_of_store(
    store: Store, card: TrialCard, arms: Sequence[str], wanted: Sequence[tuple[str, str]]
) -> tuple[Target | None, tuple[Problem, ...]]:
    """The characteristics of these arms together that are `wanted`: (published name, own column or
    condition).

    Shares and counts are added up over arms, means averaged by size. A median is a share of one half above
    it, of one arm only: medians of two arms have no common one.
    Problems  E656 a name that was not published, or not so that it can be matched
    """
    published = _published(store, card, arms)
    found: list[Characteristic] = []
    for name, own in wanted:
        key = name.removeprefix(FAMILY)
        made = _characteristic(key, own, published.get(key, {}), arms)
        if isinstance(made, str):
            known = ", ".join(sorted(published)) or "nothing"
            return None, (Problem("E656", f"{card.trial}: {made}", f"of these arms were published: {known}"),)
        found.append(made)
    taken = {each.name for each in found}
    return Target(card.trial, tuple(found), tuple(sorted(set(published) - taken))), ()


def _published(
    store: Store, card: TrialCard, arms: Sequence[str]
) -> dict[str, dict[str, dict[str, Finding]]]:
    """What was printed of patients: name -> measure -> arm -> finding."""
    found: dict[str, dict[str, dict[str, Finding]]] = {}
    for f in store.of(card.trial):
        if f.endpoint.startswith(FAMILY) and f.subgroup is None and f.origin.reliability not in NEVER_ALONE:
            for arm in f.groups if len(f.groups) == 1 else ():
                if arm in arms and f.estimate is not None:
                    measures = found.setdefault(f.endpoint.removeprefix(FAMILY), {})
                    measures.setdefault(f.measure, {}).setdefault(arm, f)
    return found


def _characteristic(
    name: str, own: str, measures: Mapping[str, Mapping[str, Finding]], arms: Sequence[str]
) -> Characteristic | str:
    of_all = {measure: by_arm for measure, by_arm in measures.items() if set(by_arm) == set(arms)}
    if not of_all:
        return f"'{name}' was not published of every arm that is compared"
    for measure in ("count", "proportion", "mean"):
        by_arm = of_all.get(measure)
        if by_arm is None or any(not f.n for f in by_arm.values()):
            continue
        findings = tuple(by_arm.values())
        n = np.array([float(f.n or 0) for f in findings])
        value = np.array([float(f.estimate or 0.0) for f in findings])
        shares = value / n if measure == "count" else value
        mean = float(shares @ n / n.sum())
        sds = [f.estimate for f in of_all.get("sd", {}).values()]
        sd = None
        if measure == "mean" and len(sds) == len(findings):
            spread = np.array([float(s or 0.0) for s in sds])
            sd = float(np.sqrt((n @ (spread**2 + (shares - mean) ** 2)) / n.sum()))
        return Characteristic(name, own, mean, sd, findings)
    by_arm = of_all.get("median")
    if by_arm is None:
        return f"'{name}' has no number of patients beside it"
    if len(by_arm) > 1:
        return f"'{name}' was published as a median of each arm, and two medians have no common one"
    (finding,) = by_arm.values()
    return Characteristic(f"{name} above its median", f"{own} > {finding.estimate:g}", 0.5, None, (finding,))


def result_of_store(
    store: Store, card: TrialCard, arms: Sequence[str], question: Question, options: Options
) -> Other | Problem:
    """What the trial found of these arms. E654 where it has no such result."""
    if len(arms) == 1:
        return _of_one_arm(store, card, arms[0], question)
    treatments = [card.arms[arm].treatment for arm in arms]
    sides = [Side(arm, frozenset({t} if t else ())) for arm, t in zip(arms, treatments, strict=True)]
    here = replace(store, findings=store.of(card.trial))
    chosen = select(here, replace(question, first=sides[0], second=sides[1]), options)
    if None in treatments or not chosen.effects:
        why = "; ".join(dict.fromkeys(each.why for each in chosen.left_out)) or "it has no such finding"
        return _no_result(card, arms, question, why)
    effect = chosen.effects[0]
    return Other(
        card.trial, tuple(arms), effect.y, float(np.sqrt(effect.v)), how=effect.how, findings=effect.findings
    )


def _of_one_arm(store: Store, card: TrialCard, arm: str, question: Question) -> Other | Problem:
    found = [
        f
        for f in store.of(card.trial)
        if (f.endpoint, f.measure, f.groups) == (question.endpoint, "proportion", (arm,))
        and f.events is not None
        and f.n
        and unfit(f, question) is None
    ]
    if not found:
        return _no_result(card, (arm,), question, "no count of one arm was published")
    best = min(found, key=rank_finding)
    events, n = best.events or 0, best.n or 0
    return of_counts(card.trial, arm, events, n, (best,))


def of_effect(trial: str, arms: Sequence[str], printed: Sequence[float], measure: str) -> Other | Problem:
    """Estimate, low and high (95%) as printed. E654 where they are no effect with its interval."""
    estimate, low, high = printed
    found = from_interval(estimate, low, high, scale=scale_of(measure))
    if found.estimate is None:
        shown = " ".join(f"{value:g}" for value in printed)
        remedy = "give estimate, low and high, with the estimate between them"
        return Problem("E654", f"{shown} is no effect with its interval", remedy)
    return Other(trial, tuple(arms), found.estimate, found.std_err)


def of_counts(trial: str, arm: str, events: int, n: int, findings: tuple[Finding, ...] = ()) -> Other:
    """The patients of one arm, 1 for those who responded."""
    values = np.repeat([1.0, 0.0], [events, n - events])
    return Other(trial, (arm,), outcome=values, event=values, how="counts", findings=findings)


def of_times(trial: str, arm: str, times: Floats, event: Floats, origin: Origin) -> Other:
    """The patients of one arm, as read off its curve or as recorded."""
    return Other(trial, (arm,), outcome=times, event=event, how="curves", origin=origin)


def _no_result(card: TrialCard, arms: Iterable[str], question: Question, why: str) -> Problem:
    named = " against ".join(arms)
    return Problem(
        "E654",
        f"{card.trial} has no {question.measure} of {question.endpoint} for {named}: {why}",
        "name its arms, another population, or give the result with --effect, --count or --curve",
    )
