"""The words of a pooled answer: options, effects, what each number is."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from trialist.evidence.pooling.effects import Effect, own_interval, scale_of
from trialist.evidence.pooling.matching import LeftOut
from trialist.evidence.pooling.pairwise import Pool
from trialist.evidence.pooling.question import Options, Question
from trialist.evidence.vocabulary import vocabulary
from trialist.findings.model import Finding, Interval, Method, Origin
from trialist.report import numbers, words

TAU2 = MappingProxyType(
    {
        "dersimonian_laird": "DerSimonian and Laird",
        "paule_mandel": "Paule and Mandel",
        "reml": "REML",
        "ml": "maximum likelihood",
        "hedges": "Hedges",
        "sidik_jonkman": "Sidik and Jonkman",
        "empirical_bayes": "empirical Bayes",
    }
)
INTERVALS = MappingProxyType(
    {
        "normal": "normal interval",
        "t": "t interval",
        "hartung_knapp": "interval by Hartung and Knapp",
        "hartung_knapp_adhoc": "interval by Hartung and Knapp, factor 1 at least",
    }
)
TABLES = MappingProxyType(
    {
        "mantel_haenszel": "Mantel and Haenszel",
        "peto": "Peto's one step",
        "exact_conditional": "exact conditional likelihood",
        "binomial_normal": "binomial-normal model",
    }
)
HOW = MappingProxyType(
    {
        "interval": "from its interval",
        "p_value": "from its p value",
        "events": "from the events of both arms",
        "total_events": "from the total of events",
        "medians": "from medians, as if exponential",
        "counts": "from counts",
        "given": "as given",
        "means": "from the means of both arms",
        "curves": "from its patients or curves",
        "o_minus_e": "from O − E and variance",
    }
)
NO_EFFECT = frozenset({"ratio", "difference"})


def title(pool: Pool) -> str:
    """`OS: one drug against another`."""
    asked = pool.question
    if asked is None:
        return words.sentence(words.plain(pool.title))
    head = asked.label or _endpoint(asked.endpoint)
    return f"{words.sentence(head)}: {asked.first.label} against {asked.second.label}"


def _endpoint(name: str) -> str:
    """`ae:neutropenia:3+` -> `neutropenia, grade 3+`; others in plain words."""
    family, *parts = name.split(":")
    if family != "ae" or not parts:
        return words.plain(name)
    return ", ".join("grade " * part[:1].isdigit() + words.plain(part) for part in parts)


def left_out(items: Iterable[LeftOut]) -> list[str]:
    """One line per trial and reason, findings of one reason together; other questions last."""
    found: dict[tuple[bool, str, str], list[str]] = {}
    for each in items:
        why = "subgroups of its patients" if each.why.startswith("subgroup ") else each.why
        name = each.finding.origin.entry or each.finding.id
        found.setdefault((each.elsewhere, each.finding.trial, why), []).append(name)
    lines = []
    for (_, trial, why), names in sorted(found.items(), key=lambda item: item[0][0]):
        shown = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        lines.append(f"{trial}: {why} ({shown})")
    return lines


def model(options: Options) -> str:
    """`random effects, tau² by REML, interval by Hartung and Knapp, 95%`."""
    if options.tables != "inverse_variance":
        return f"{TABLES[options.tables]}, {numbers.level(Interval(None, None, options.level))}"
    parts = (
        ["common effect"] if options.tau2 == "common" else ["random effects", f"tau² by {TAU2[options.tau2]}"]
    )
    return ", ".join([*parts, INTERVALS[options.interval], f"{100 * options.level:g}%"])


def asked_of(question: Question) -> str:
    """In whom, in words: population, line, conditions."""
    known = vocabulary()

    def named(kind: Any, ids: Iterable[str]) -> list[str]:
        labels = {each: term.label for each, term in known.terms(kind).items()}
        return sorted(labels.get(each, each) for each in ids)

    population = named("population", [question.population]) if question.population else ["any population"]
    line = [f"{question.line} line"] if question.line else []
    return ", ".join([*population, *line, *named("condition", question.conditions)])


def null(measure: str) -> float | None:
    """No effect, on the printed scale; None where there is none (a proportion)."""
    if measure == "proportion":
        return None
    return 1.0 if scale_of(measure) == "log" else 0.0


def own(effect: Effect, pool: Pool) -> tuple[float, float, float] | None:
    return own_interval(effect, pool.measure, pool.options.level, pool.options.proportions)


def printed(pool: Pool, values: tuple[float | None, float | None, float | None] | None) -> str:
    """`0.70 (0.59–0.83)` as the measure is printed, without the level, which the heading has."""
    if values is None:
        return "no effect of its own"
    value, low, high = values
    finding = Finding("", "", pool.measure, value, Origin("pooled"), Method(""), interval=Interval(low, high))
    return numbers.with_interval(finding)


def new_trial(pool: Pool) -> Finding | None:
    return next((f for f in pool.findings if f.measure.startswith("predicted_")), None)


def heterogeneity(pool: Pool) -> list[tuple[str, str]]:
    """(what, number) of a pool of several trials."""
    result = pool.result
    if result is None or result.k < 2:
        return []
    found = []
    if result.tau2 is not None:
        found.append(("tau²", _ends(result.tau2, result.tau2_low, result.tau2_high, 4)))
    if result.i2 is not None:
        found.append(("I²", f"{_ends(result.i2, result.i2_low, result.i2_high, 1)} %"))
    if result.h2 is not None:
        found.append(("H²", _ends(result.h2, result.h2_low, result.h2_high, 2)))
    if result.q is not None and result.q_p_value is not None and result.q_df is not None:
        p = "p<0.001" if result.q_p_value < 0.001 else f"p={numbers.fixed(result.q_p_value, 3)}"
        name = "LR" if pool.options.tables == "binomial_normal" else "Q"  # of a likelihood ratio
        found.append((name, f"{numbers.fixed(result.q, 2)} on {result.q_df} df, {p}"))
    return found


def _ends(value: float, low: float | None, high: float | None, decimals: int) -> str:
    shown = numbers.fixed(value, decimals)
    if low is None or high is None:
        return shown
    return f"{shown} ({numbers.fixed(low, decimals)}–{numbers.fixed(high, decimals)})"


def source(effect: Effect) -> str:
    """Where an effect came from: ids and sources of its findings, how the error was made, whether turned."""
    ids = [f"{f.origin.entry or f.id}, {f.origin.source or f.origin.kind}" for f in effect.findings]
    parts = [*ids, HOW.get(effect.how, effect.how), "turned round" if effect.flipped else ""]
    return "; ".join(part for part in parts if part)


def variation_title(kind: str, by: str | None) -> str:
    if kind == "cumulative" and by is None:
        return "Cumulative, in the order given"
    return words.sentence(kind) + (f", by {words.plain(by)}" if by else "")


def moderator_number(finding: Finding) -> str:
    """A coefficient or test of a regression, on the scale of the model."""
    if finding.estimate is None:
        return "not estimable"
    decimals = {"moderator": 4, "intercept": 4, "tau_squared": 4, "filled_in": 0}.get(finding.measure, 2)
    shown = numbers.fixed(finding.estimate, decimals)
    ends = finding.interval
    if ends is not None and ends.low is not None and ends.high is not None:
        shown += f" ({numbers.fixed(ends.low, decimals)} to {numbers.fixed(ends.high, decimals)})"
    return shown + (f", {numbers.p_value(finding.p_value)}" if finding.p_value else "")


def moderator_label(finding: Finding) -> str:
    options = dict(finding.method.options)
    named = {
        "intercept": "intercept",
        "moderator": finding.subgroup or "",
        "model_test": f"all moderators ({options.get('of')} on {options.get('df')} df)",
        "tau_squared": "tau² left",
        "heterogeneity": f"Q left on {options.get('df')} df",
    }
    r2 = options.get("r2_percent")
    explained = f", R² {numbers.fixed(r2, 1)} %" if isinstance(r2, float) else ""
    return named.get(finding.measure, finding.measure) + explained


INFLUENCE = MappingProxyType(
    {
        "cook": "Cook's distance",
        "studentised_residual": "Studentised residual",
        "dffits": "DFFITS",
        "hat": "Hat",
        "covariance_ratio": "Covariance ratio",
    }
)


def influence_cells(finding: Finding) -> tuple[str, list[str], str]:
    """Trial, one number for each of `INFLUENCE`, and whether it stands out."""
    told = {"cook": finding.estimate or 0.0, **dict(finding.method.options)}
    cells = [numbers.fixed(told[key], 3 if key == "cook" else 2) for key in INFLUENCE]
    return (finding.subgroup or "").removeprefix("of "), cells, "stands out" if told["influential"] else ""


def influence_number(finding: Finding) -> str:
    """`0.120; studentised residual −1.40; DFFITS 0.35; ...`, and whether it stands out."""
    _, cells, out = influence_cells(finding)
    named = [name if name.isupper() else name.lower() for name in INFLUENCE.values()]
    parts = [cells[0], *(f"{name} {cell}" for name, cell in list(zip(named, cells, strict=True))[1:])]
    return "; ".join([*parts, *([out] if out else [])])


def line(finding: Finding, kind: str) -> tuple[str, str]:
    """(label, number) of a finding of a variation that is no pooled effect of its own."""
    if kind == "influence":
        return f"Cook's distance {finding.subgroup}", influence_number(finding)
    label = moderator_label(finding) if kind == "regression" else small_study_label(finding)
    return words.sentence(label), moderator_number(finding)


def small_study_label(finding: Finding) -> str:
    options = dict(finding.method.options)
    where = f" on the {options.get('side')}" if finding.estimate else ""
    read = ", the one to read" if options.get("fits") else ""
    return {
        "egger": f"Egger's regression (t){read}",
        "egger_mixed": "Egger's regression with a variance between trials (z)",
        "peters": f"Peters' regression on 1 / patients (t){read}",
        "harbord": f"Harbord's regression of scores (t){read}",
        "by_size": f"regression on 1 / root of patients (t){read}",
        "begg": "Begg's rank test (Kendall's tau)",
        "trim_and_fill": f"trials that trim and fill would add{where}",
    }.get(str(options.get("test")), finding.subgroup or "")
