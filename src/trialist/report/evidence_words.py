"""The words of the store for a reader: labels of its vocabulary in the place of ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from trialist.evidence.model import Arm, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding
from trialist.report import numbers, words

_GRADES = {"any": "any grade", "serious": "serious", "related": "related to treatment", "events": "events"}
_DESIGN = {
    "target_effect": "effect that the design aimed at",
    "control_assumption": "assumed of the control arm",
    "power": "power",
    "alpha": "alpha",
    "alpha_sides": "sides of alpha",
    "planned_events": "planned events",
    "planned_n": "planned number of patients",
    "interim": "interim analyses",
    "enrolled_to": "end of enrolment",
}
_CURVE = frozenset({"survival_probability", "n_at_risk"})
_FEW = 4  # points of a curve that are still shown one by one


def endpoint(known: Vocabulary, name: str) -> str:
    """`ae:neutropenia:3+` -> Neutropenia, grade 3+; `baseline:age` -> Patients at the start: age."""
    term = known.terms("endpoint").get(name)
    if term is not None:
        return words.sentence(term.label)
    family, _, rest = name.partition(":")
    if family == "ae":
        toxicity, *more = rest.split(":")
        grades = (_GRADES.get(g) or (f"grade {g}" if g[:1].isdigit() else words.plain(g)) for g in more)
        return words.sentence(", ".join([known.label("toxicity", toxicity), *grades]))
    label = known.label("endpoint", family)
    return words.sentence(f"{label}: {words.plain(rest)}" if rest else words.plain(name))


def condition(known: Vocabulary, card: TrialCard) -> str:
    """The shortest name of a condition, for a table: mCRPC."""
    term = known.find("condition", card.condition)
    return min((term.label, *term.synonyms), key=len) if term else card.condition


def population(known: Vocabulary, name: str) -> str:
    return known.label("population", name)


def groups(store: Store, finding: Finding) -> str:
    """`cabazitaxel v placebo`: compared, against."""
    arms = store.arms(finding)
    return " v ".join(each.label for each in arms) if arms else " v ".join(finding.groups)


def given(known: Vocabulary, arm: Arm) -> str:
    """What an arm was given: `prednisone 10 mg daily (background); ...`."""
    said = []
    for each in arm.give:
        every = "daily" if each.every == "1 d" else f"every {each.every}" if each.every else None
        cycles = f"at most {each.cycles} times" if each.cycles else None
        parts = (words.plain(known.label("drug", each.drug)), each.dose, every, cycles)
        purpose = f" ({each.purpose})" if each.purpose else ""
        said.append(" ".join(part for part in parts if part) + purpose)
    return "; ".join(said)


def stated(name: str) -> str:
    """A fact of a design in words."""
    return _DESIGN.get(name, words.plain(name))


def measured(finding: Finding) -> str:
    """`hazard ratio`, `probability at 12 months`."""
    when = words.timepoint(finding.timepoint)
    at = "" if when is None else when if when.startswith(("at ", "(")) else f"at {when}"
    return " ".join(part for part in (words.measure(finding.measure), at) if part)


def whom(store: Store, finding: Finding, *, by_name: bool = False) -> str:
    """Arms (by their label, or by their name in the trial), subgroup and population in one line."""
    parts = (
        (" v ".join(finding.groups) if by_name else groups(store, finding)) or "all arms",
        words.plain(finding.subgroup) if finding.subgroup else None,
        None if finding.population in ("itt", "safety") else population(store.words, finding.population),
    )
    return "; ".join(part for part in parts if part)


def value(finding: Finding) -> str:
    """`15.1 (14.1–16.3) months`, `1.024 (97.78% CI 0.886–1.184), p<0.001`."""
    p = _p_value(finding)
    if finding.measure == "p_value" and p:
        return p
    ratio = MEASURES[finding.measure].scale == "ratio"
    shown = _ratio(finding) if ratio and finding.estimate is not None else words.value_alone(finding)
    unit = f" {finding.unit}" if finding.unit and finding.estimate is not None else ""
    return f"{shown}{unit}" + (f", {p}" if p else "")


def _p_value(finding: Finding) -> str | None:
    """A p value with the digits that it was printed with."""
    if finding.p_value is None:
        return None
    compared = dict(finding.method.options).get("p_value_against")
    shown = f"p{finding.p_value.bound}{Decimal(repr(finding.p_value.value)):f}"
    return f"comparison {shown}" if compared else shown


def _ratio(finding: Finding) -> str:
    """A ratio with the decimals that it was printed with, two at least."""
    assert finding.estimate is not None
    shown, ends = numbers.stated(finding.estimate), finding.interval
    if ends is None or (ends.low is None and ends.high is None):
        return shown
    low, high = ("NE" if end is None else numbers.stated(end) for end in (ends.low, ends.high))
    level = "" if ends.level == 0.95 else f"{numbers.level(ends)} "
    return f"{shown} ({level}{low}{numbers.EN_DASH}{high})"


def source(finding: Finding) -> str:
    """`PAPER, reporting OTHER; transcribed`, with the analysis it is of."""
    origin = finding.origin
    how = words.RECALLED if words.recalled(origin) else origin.reliability
    kind = "" if origin.kind == "published" else origin.kind
    named = ", ".join(p for p in (words.source(origin.source), origin.place) if p and p != words.RECALLED)
    parts = (named, kind, how, graded(finding), words.analysed_when(finding))
    return "; ".join(dict.fromkeys(part for part in parts if part))


def graded(finding: Finding) -> str | None:
    """How an adverse event was graded, where that is stated."""
    definition = dict(finding.definition)
    how = definition.get("graded_by")
    said = {"laboratory": "by laboratory values", "reported": "as reported"}.get(str(how))
    return ", ".join(p for p in (definition.get("criteria"), said) if p) or None


def in_reading_order(known: Vocabulary, findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings by endpoint: those of the vocabulary in its order, families and adverse events by name."""
    order = {name: place for place, name in enumerate(known.terms("endpoint"))}
    toxicities = {name: place for place, name in enumerate(known.terms("toxicity"))}

    def rank(finding: Finding) -> tuple[int, int, str]:
        family, _, rest = finding.endpoint.partition(":")
        return order.get(family, len(order)), toxicities.get(rest.partition(":")[0], 0), finding.endpoint

    kept = sorted(findings, key=rank)
    return [(name, list(some)) for name, some in groupby(kept, key=lambda f: f.endpoint)]


def curves_apart(findings: Sequence[Finding]) -> tuple[list[Finding], list[list[Finding]]]:
    """Findings to show one by one, and the points of curves (probabilities, numbers at risk) of one arm."""
    alone: list[Finding] = []
    curves: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        if finding.measure in _CURVE:
            where = (
                finding.measure,
                finding.groups,
                finding.origin.source,
                finding.population,
                finding.subgroup,
            )
            curves.setdefault(where, []).append(finding)
        else:
            alone.append(finding)
    few = [finding for points in curves.values() if len(points) <= _FEW for finding in points]
    return alone + few, [points for points in curves.values() if len(points) > _FEW]


def points(findings: Sequence[Finding]) -> str:
    """`0: 100%, 6: 92%, ...`: the points of a curve, by month."""
    said = []
    for finding in findings:
        when = (finding.timepoint or "").removesuffix(" months")
        said.append(f"{when}: {numbers.estimate(finding)}")
    return ", ".join(said)


def facts(known: Vocabulary, card: TrialCard) -> list[tuple[str, str]]:
    """What a trial is, for the head of its page: (name, text)."""
    term = known.find("condition", card.condition)
    design = [
        "randomised" if card.randomised else "not randomised",
        card.ratio if card.randomised else None,
        card.blinding,
    ]
    enrolled = " to ".join(p for p in (card.enrolled_from, card.enrolled_to) if p)
    where = [
        f"{card.sites} sites" if card.sites else None,
        f"{card.countries} {'country' if card.countries == 1 else 'countries'}" if card.countries else None,
    ]
    prior = [
        known.label("drug", name) if known.find("drug", name) else known.label("class", name)
        for name in card.prior
    ]
    pairs = (
        ("Registered", ", ".join(card.registered)),
        ("Phase", card.phase),
        (
            "Condition",
            (term.label if term else card.condition) + (f"; {card.setting}" if card.setting else ""),
        ),
        ("Line", known.label("line", card.line)),
        ("Had had", ", ".join(prior)),
        ("Design", ", ".join(p for p in design if p)),
        ("Strata", "; ".join(card.strata)),
        ("Patients", ", ".join(p for p in (numbers.count(card.n) if card.n else None, enrolled) if p)),
        ("Where", ", ".join(p for p in where if p)),
        ("Primary endpoint", "; ".join(endpoint(known, name) for name in card.primary)),
        ("Growth factor", card.growth_factor),
        ("Eligibility", card.eligibility),
        ("Recalled, not read", ", ".join(words.plain(name) for name in card.recalled)),
        ("Note", card.note),
    )
    return [(name, text) for name, text in pairs if text]
