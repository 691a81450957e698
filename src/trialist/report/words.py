"""The words of a protocol and of its findings, as a reader of a report expects them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from types import MappingProxyType

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Method, Origin
from trialist.problems import Place
from trialist.protocol.analyses import Estimand
from trialist.protocol.endpoints import PairedChange
from trialist.protocol.model import TrialProtocol
from trialist.report import (
    cox_words,
    curve_words,
    event_words,
    numbers,
    proportion_words,
    time_words,
    value_words,
)

_ABBREVIATIONS = re.compile(
    r"\b(psa|ppi|bpi|recist|pcwg\d?|fda|ema|itt|ecog|ctcae|ct|pd|bor|orr|os|pfs|rpfs)\b"
)
_METHODS = MappingProxyType(
    {
        "kaplan_meier": "Kaplan-Meier",
        **cox_words.METHODS,
        **curve_words.METHODS,
        **proportion_words.METHODS,
        **time_words.METHODS,
        "counts": "counts",
        "shift": "shift from baseline",
        **event_words.METHODS,
        **value_words.METHODS,
        "agreement": "agreement of evaluators",
        "moved": "subjects who moved under another reading",
        "describe": "summary of the distribution",
        "evaluability": "numbers planned, accrued and evaluable",
        "exposure": "extent of exposure",
        "one_proportion": "exact binomial test of one proportion",
        "two_proportions": "test of two proportions",
    }
)
_OPTIONS = MappingProxyType(
    {
        **curve_words.OPTIONS,
        ("interval", "wald"): "Wald interval",
        **event_words.OPTIONS,
        **proportion_words.OPTIONS,
        **cox_words.OPTIONS,
        **value_words.OPTIONS,
        ("test", "wald"): "p value of the Wald test",
        ("test", "score"): "p value of the score test",
        ("test", "likelihood_ratio"): "p value of the likelihood ratio test",
        ("test", "log_rank"): "p value of the log-rank test",
        ("denominator", "all"): "all subjects in the denominator",
        ("denominator", "with_baseline"): "subjects with a baseline in the denominator",
        ("denominator", "evaluable"): "subjects assessed at baseline and after it in the denominator",
        ("correct", True): "continuity corrected",
        ("correct", False): "not continuity corrected",
        ("strata", ()): "unstratified",
        ("statistic", "chi_square"): "chi-square statistic",
        ("of", "change"): "of the changes",
        ("exact", "auto"): "exact p value where the sample allows it",
        ("exact", "yes"): "exact p value",
        ("exact", "no"): "approximate p value",
    }
)
_OF_A_CELL = frozenset({"category", "baseline", "worst"}) | event_words.OF_A_CELL
_CHANGES = frozenset({"mean_change", "standardised_mean_change", "median_change"})
_RESPONSES = MappingProxyType(
    {
        "CR": "Complete response",
        "PR": "Partial response",
        "SD": "Stable disease",
        "NON-CR/NON-PD": "Neither complete response nor progression",
        "PD": "Progressive disease",
        "NE": "Not evaluable",
    }
)
_ORIGINS = MappingProxyType(
    {
        "published": "PUBLISHED",
        "observed": "OBSERVED RECORDS",
        "reconstructed": "RECONSTRUCTED FROM PUBLISHED CURVES",
        "simulated": "SIMULATED",
        "designed": "DESIGN ASSUMPTION",
        "pooled": "POOLED",
        "claimed": "CLAIMED",
    }
)
_SHORT = MappingProxyType(
    {
        "published": "published",
        "observed": "observed",
        "reconstructed": "reconstructed",
        "simulated": "simulated",
        "designed": "assumed",
        "pooled": "pooled",
        "claimed": "claimed",
    }
)
_WARNINGS = MappingProxyType(
    {
        "observed": "The numbers marked observed were computed from the records named under Provenance.",
        "reconstructed": (
            "No patient's own record stands behind these numbers. Times were read back from published "
            "survival curves: results of a single endpoint are close to the published ones, while links "
            "between endpoints, covariates and the assessments themselves are lost."
        ),
        "simulated": (
            "No patient stands behind these numbers. They were drawn at random from the assumptions that the "
            "protocol file lists, and say how the analysis behaves, not how a treatment works."
        ),
    }
)
_SIMULATED_ELSEWHERE = (
    "These records were simulated, at least in part, by their source{source}, not from the assumptions of "
    "the protocol file. The numbers say how the analysis behaves, not how a treatment works."
)
RECALLED = "recalled, not read"
RECALLED_MEANS = (
    "given from memory by whoever compiled the published results; no page that prints it was read. "
    "Look it up before relying on it."
)
_STRATEGIES = MappingProxyType(
    {
        "treatment_policy": "the value counts whether or not it happens",
        "hypothetical": "the value had it not happened",
        "composite": "it is part of the outcome",
        "while_on_treatment": "the value until it happens",
        "principal_stratum": "only subjects in whom it would not happen",
    }
)


def plain(word: str) -> str:
    """`new_anticancer_therapy` -> `new anticancer therapy`; `recist_1_1` -> `RECIST 1.1`."""
    spoken = re.sub(r"(?<=\d) (?=\d)", ".", word.replace("_", " "))
    return _ABBREVIATIONS.sub(lambda match: match.group().upper(), spoken)


def sentence(text: str) -> str:
    """With a capital first letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def full_stop(text: str) -> str:
    """With one full stop at its end."""
    return f"{text.rstrip('.')}."


def category(name: str) -> str:
    """`PR` -> `Partial response (PR)`; a category without a full name as it stands, in lower case words."""
    return f"{_RESPONSES[name]} ({name})" if name in _RESPONSES else sentence(plain(name.lower()))


def described(plan: TrialProtocol, endpoint: str, summaries: Mapping[str, Finding]) -> str:
    """What a table of a distribution describes: `Distribution of the percent change`."""
    of = {str(dict(f.method.options).get("of", "value")) for f in summaries.values()}
    said = change(plan, endpoint, "mean_change") if of == {"change"} else None
    named = f"Distribution of the {' and '.join(plain(o) for o in sorted(of))}"
    return f"{named} {said}" if said else named


def endpoint(plan: TrialProtocol, name: str) -> str:
    """The endpoint's label; a published adverse event `ae:neutropenia:3+` reads as such."""
    entry = plan.endpoints.get(name)
    if entry is not None:
        return entry.label or sentence(plain(name))
    if name.startswith("ae:"):
        _, term, *grade = name.split(":")
        return ", ".join([sentence(plain(term)), *("grade " * g[0].isdigit() + plain(g) for g in grade)])
    return sentence(plain(name.replace(":", ": ")))


def arm(plan: TrialProtocol, name: str) -> str:
    """The arm's label, or its id in words."""
    entry = plan.arms.get(name)
    return (entry.label if entry else None) or plain(name)


def groups(plan: TrialProtocol, names: Iterable[str], measured: str | None = None) -> str:
    """`cabazitaxel v mitoxantrone`: compared, against; `and` where the measure is of both together."""
    together = (known := MEASURES.get(measured or "")) and known.scale in ("time", "proportion")
    return (" and " if together else " v ").join(arm(plan, name) for name in names)


def term(plan: TrialProtocol, finding: Finding) -> str | None:
    """Of a test or ratio of a model's term, which one."""
    return cox_words.term(finding, {name: f.label or plain(name) for name, f in plan.factors.items()})


def population(plan: TrialProtocol, name: str) -> str:
    entry = plan.populations.get(name)
    return entry.label if entry else plain(name)


def measure(name: str) -> str:
    """The measure's label; what it is at a time is said by `timepoint`."""
    known = MEASURES.get(name)
    label = known.label.removesuffix(" at a time") if known else plain(name)
    if name == "standardised_mean_change":
        return f"{label} (mean / SD of the changes)"
    return f"{label}, percentage points" if name in numbers.IN_POINTS else label


def change(plan: TrialProtocol, endpoint: str, measured: str) -> str | None:
    """What was taken from what, and in which unit: `at 9 weeks minus baseline; ln ng/mL`. None: no change."""
    entry = plan.endpoints.get(endpoint)
    if measured not in _CHANGES or not isinstance(entry, PairedChange):
        return None
    at, baseline = (_visit(plan, name) for name in (entry.at, entry.baseline))
    unit = entry.unit or ("" if entry.scale == "log" else "unit not stated")
    if entry.scale == "log":
        unit = f"natural logarithm of {unit}" if unit else "natural logarithm"
    shown = None if measured == "standardised_mean_change" else unit
    return "; ".join(part for part in (f"at {at} minus {baseline}", shown) if part)


def _visit(plan: TrialProtocol, name: str) -> str:
    """A visit's label inside a sentence."""
    entry = plan.schedule.visits.get(name)
    label = (entry.label if entry else None) or plain(name)
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def timepoint(text: str | None) -> str | None:
    """`12` is months; a visit stays as it is."""
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return f"({text})" if text.endswith(" %") else text
    return f"at {value:g} months"


def method(found: Method) -> str:
    """The method with every option in words; an option without words is printed as it stands."""
    parts = []
    for key, value in found.options:
        if value is None or key in _OF_A_CELL or (key == "of" and found.name == "exposure"):
            continue
        value = tuple(value) if isinstance(value, list) else value
        known = _OPTIONS.get((key, value)) if isinstance(value, (str, bool, tuple)) else None
        if known:
            parts.append(known)
        elif key == "strata" and value:
            parts.append(f"stratified by {', '.join(plain(str(v)) for v in value)}")
        elif key == "level" and isinstance(value, float):
            parts.append(f"{value * 100:g}% confidence")
        elif key in event_words.SPOKEN:
            parts.append(event_words.SPOKEN[key](value))
        elif value != ():
            shown = ", ".join(str(v) for v in value) if isinstance(value, tuple) else str(value)
            parts.append(f"{plain(key)} {plain(shown)}")
    name = _METHODS.get(found.name, plain(found.name))
    return f"{name}: {'; '.join(parts)}" if parts else name


def origin_headline(origin: Origin) -> str:
    """The label in capitals that stands at every figure: `SIMULATED, SEED 7`."""
    text = _ORIGINS[origin.kind]
    return f"{text}, SEED {origin.seed}" if origin.kind == "simulated" and origin.seed is not None else text


def recalled(origin: Origin) -> bool:
    """Whether the number was recalled by who compiled the file, and not read anywhere."""
    return origin.reliability == "memory"


def source(name: str | None) -> str | None:
    """A source as named beside a number; what was recalled has none."""
    return RECALLED if name == "memory" else name


def origin_short(origin: Origin) -> str:
    """The words of the tag beside a number."""
    return RECALLED if origin.kind == "published" and recalled(origin) else _SHORT[origin.kind]


def origin_tag(origin: Origin) -> str:
    """The tag beside a number: `simulated, seed 7`, `published`."""
    short = origin_short(origin)
    return f"{short}, seed {origin.seed}" if origin.kind == "simulated" and origin.seed is not None else short


def origin_long(origin: Origin) -> str:
    """The whole label: `published, de Bono 2010, Table 2; transcribed`."""
    label = (
        origin.label if origin.kind != "designed" else f"assumed in the design, {origin.source or 'protocol'}"
    )
    return f"{label}; {origin.reliability}" if origin.reliability else label


def origin_warning(origin: Origin) -> str | None:
    """What a reader must know before reading numbers of this origin."""
    if origin.kind == "simulated" and origin.seed is None:
        return _SIMULATED_ELSEWHERE.format(source=f" ({origin.source})" if origin.source else "")
    return _WARNINGS.get(origin.kind)


def planned_from(origin: Origin) -> str:
    """Where a number of the design was found: `TROPIC_REPO, transcribed`; `recalled, not read`."""
    how = RECALLED if recalled(origin) else origin.reliability
    return ", ".join(dict.fromkeys(part for part in (source(origin.source), how) if part))


def analysed_when(finding: Finding) -> str | None:
    """Which analysis of its trial a published result is of: `analysis: interim`, `cut-off 2009-09-25`."""
    options = dict(finding.method.options)
    said = (("analysis: ", options.get("analysis")), ("cut-off ", options.get("cut_off")))
    return ", ".join(f"{word}{value}" for word, value in said if value) or None


def behind(finding: Finding) -> str:
    """Who is behind a number and when they were analysed: `147/375, cut-off 2009-09-25`."""
    return ", ".join(part for part in (numbers.denominator(finding), analysed_when(finding)) if part)


def p_value(finding: Finding) -> str | None:
    """`p<0.001`; `comparison p<0.001` beside the result of one side that it tests against another."""
    if finding.p_value is None:
        return None
    compared = dict(finding.method.options).get("p_value_against")
    return f"{'comparison ' if compared else ''}{numbers.p_value(finding.p_value)}"


def place(where: Place, folder: PurePath | None = None) -> str:
    """A place without the folders of the machine it was read on: `card/protocol.yaml:61`.

    In the trial's `folder` it is seen from beside that folder (`card/records/rs.xpt`); elsewhere the file and
    the folder that holds it are named.
    """
    file = PurePath(where.file)
    inside = folder is not None and file.is_relative_to(folder)
    parts = (
        (folder.name, *file.relative_to(folder).parts) if folder is not None and inside else file.parts[-2:]
    )
    return str(replace(where, file="/".join(part for part in parts if part)))


def _described(plan: TrialProtocol, planned: Estimand) -> str:
    """The arms that an estimand without a comparison speaks of: those its analyses describe, else all."""
    named = [a for a in plan.analyses.values() if a.estimand and plan.estimands.get(a.estimand) == planned]
    described = list(dict.fromkeys(name for a in named for name in a.arms)) or list(plan.arms)
    return "; ".join(arm(plan, name) for name in described)


def estimand(plan: TrialProtocol, planned: Estimand) -> tuple[tuple[str, str], ...]:
    """The five attributes of ICH E9(R1) A.3.3, in words: (attribute, statement)."""
    where = plan.populations.get(planned.population)
    who = population(plan, planned.population) + (f"; in the records: {where.where}" if where else "")
    events = "; ".join(
        f"{', '.join(plain(e) for e, s in planned.intercurrent.items() if s == strategy)}: "
        f"{plain(strategy)} ({_STRATEGIES[strategy]})"
        for strategy in dict.fromkeys(planned.intercurrent.values())
    )
    return (
        ("Population", who),
        ("Treatments", groups(plan, planned.compare) if planned.compare else _described(plan, planned)),
        ("Variable", endpoint(plan, planned.endpoint)),
        ("Intercurrent events", sentence(events) if events else "none named"),
        ("Summary", sentence(measure(planned.summary))),
    )


def subgroup(plan: TrialProtocol, text: str) -> str:
    """`ecog: 0-1` -> the factor's label and level."""
    factor, colon, value = text.partition(": ")
    entry = plan.factors.get(factor)
    return f"{(entry.label if entry else None) or plain(factor)}: {value}" if colon else plain(text)


def result(plan: TrialProtocol, finding: Finding) -> str:
    """What a finding measures, in one line: `Median, cabazitaxel, at 12 months`."""
    who = groups(plan, finding.groups, finding.measure)
    parts = [sentence(measure(finding.measure)), term(plan, finding), timepoint(finding.timepoint), who]
    return ", ".join(part for part in parts if part)


def value_alone(finding: Finding) -> str:
    """`0.70 (0.59–0.83)`; of a log-rank test its p value."""
    if finding.measure == "log_rank" and finding.p_value:
        return numbers.p_value(finding.p_value)
    return numbers.with_interval(finding)


def value_line(finding: Finding) -> str:
    """`0.70 (0.59–0.83), p<0.001`."""
    shown = value_alone(finding)
    p = p_value(finding)
    return shown if finding.measure == "log_rank" or p is None else f"{shown}, {p}"
