"""One result of a trial: an endpoint with the numbers of all arms, their comparison and contradictions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from trialist.evidence.answers.language import words
from trialist.evidence.model import Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding

_MISPRINT = re.compile(r"\binterval\b.*\bdo not use\b")
Verdict = Literal["better", "worse", "no clear difference"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two findings on one thing that differ, and in what they differ otherwise."""

    shown: Finding
    other: Finding
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """An endpoint of a trial. `arms`: a finding of each arm (None: of all together), all of one measure.

    `subgroup`: of a part of the patients; None is all of them. `when`: the analysis that was asked for.
    """

    card: TrialCard
    endpoint: str
    arms: tuple[tuple[str | None, Finding], ...]
    contrasts: tuple[Finding, ...]
    words: Vocabulary
    conflicts: tuple[Conflict, ...] = ()
    subgroup: str | None = None
    when: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*(finding for _, finding in self.arms), *self.contrasts)

    @property
    def weak(self) -> bool:
        """Nothing of it was read: it carries no answer alone."""
        return all(is_weak(finding) for finding in self.findings)

    def of(self, arm: str) -> Finding | None:
        return next((finding for name, finding in self.arms if name == arm), None)

    def contrast(self, one: str, two: str) -> Finding | None:
        return next((each for each in self.contrasts if set(each.groups) == {one, two}), None)


def is_weak(finding: Finding) -> bool:
    return finding.origin.reliability in words()["never_alone"]


def result_of(
    store: Store,
    card: TrialCard,
    endpoint: str,
    subgroup: str | None = None,
    *,
    only: Callable[[Finding], bool] | None = None,
    when: str = "",
) -> Result | None:
    """The preferred findings of an endpoint in all patients or a part of them; None where there are none.

    `only`: which findings may be taken (those of one analysis, of one time). What was read goes before what
    was worked out or recalled, a final analysis before an interim one, and the arms follow the source of
    their comparison.
    """
    parts = subgroup is not None and " v " in subgroup  # two parts against each other, not two arms
    pool = [
        _without_misprint(f)
        for f in store.of(card.trial)
        if f.endpoint == endpoint and f.subgroup == subgroup
        if parts or not dict(f.method.options).get("not_joined")
        if only is None or only(f)
    ]
    language = words()
    compared = [f for f in pool if f.measure in language["contrasts"] and (len(f.groups) == 2 or parts)]
    kinds = [name for name in language["contrasts"] if any(f.measure == name for f in compared)]
    contrasts = _best((f for f in compared if f.measure == kinds[0]), None) if kinds else {}
    lead = next(iter(contrasts.values()), None)
    single = [f for f in pool if f.measure in language["of_one_arm"] and len(f.groups) < 2 and not parts]
    if not single and not contrasts:
        return None
    arms = _of_arms(single, lead)
    shown = (*arms.values(), *contrasts.values())
    order = {name: place for place, name in enumerate(card.arms)}
    return Result(
        card=card,
        endpoint=endpoint,
        arms=tuple(
            sorted(
                ((key[0] if key else None, f) for key, f in arms.items()),
                key=lambda a: order.get(a[0] or "", 99),
            )
        ),
        contrasts=tuple(contrasts.values()),
        words=store.words,
        conflicts=tuple(_conflicts(store.words, shown, pool)),
        subgroup=subgroup,
        when=when,
    )


def _without_misprint(finding: Finding) -> Finding:
    """A finding without the interval that its note says is not to be used."""
    misprinted = finding.interval is not None and _MISPRINT.search(finding.note or "")
    return replace(finding, interval=None) if misprinted else finding


def misprint(finding: Finding) -> bool:
    """Whether the source prints an interval that cannot be right, so that none is told."""
    return finding.interval is None and _MISPRINT.search(finding.note or "") is not None


def _of_arms(single: list[Finding], lead: Finding | None) -> dict[tuple[str, ...], Finding]:
    """Each arm's finding: of the measure that most arms have in what was read."""
    found: dict[tuple[str, ...], Finding] = {}
    best = -1.0
    for place, measure in enumerate(words()["of_one_arm"]):
        of_measure = [f for f in single if f.measure == measure]
        times = list(dict.fromkeys(f.timepoint for f in sorted(of_measure, key=lambda f: _key(f, lead))))
        for when in times[:1]:
            held = _best((f for f in of_measure if f.timepoint == when), lead)
            if any(key for key in held):
                held = {key: f for key, f in held.items() if key}
            score = sum(not is_weak(f) and f.estimate is not None for f in held.values()) - place / 100
            if held and score > best:
                found, best = held, score
    return found


def _best(findings: Iterable[Finding], lead: Finding | None) -> dict[tuple[str, ...], Finding]:
    found: dict[tuple[str, ...], Finding] = {}
    for finding in sorted(findings, key=lambda f: _key(f, lead)):
        if not any(set(finding.groups) == set(held) for held in found):
            found[finding.groups] = finding
    return found


def _key(finding: Finding, lead: Finding | None) -> tuple[object, ...]:
    language = words()
    analysis = str(dict(finding.method.options).get("analysis", ""))
    return (
        language["preferred"].index(finding.origin.reliability or "read")
        if finding.origin.reliability in language["preferred"]
        else 0,
        finding.population in language["reworked"],
        lead is not None
        and finding.origin.source != lead.origin.source
        and dict(finding.method.options) != dict(lead.method.options),
        language["analyses"].index(analysis) if analysis in language["analyses"] else 0,
        lead is not None and finding.origin.source != lead.origin.source,
        finding.estimate is None,
        finding.interval is None,
        finding.n is None,
        finding.origin.entry or "",
    )


def verdict(result: Result, one: str, two: str) -> tuple[Verdict, tuple[Finding, ...]] | None:
    """Whether arm `one` did better than `two`, by interval or p value of their comparison; None untested."""
    better = direction(result.words, result.endpoint)
    found = result.contrast(one, two)
    if found is not None and found.measure == "hazard_ratio" and found.estimate is not None:
        apart = excludes(found, 1)
        if apart is None:
            return None
        gains = (found.estimate < 1) == (found.groups[0] == one)
        return ("no clear difference" if not apart else "better" if gains else "worse"), (found,)
    first, second = result.of(one), result.of(two)
    if first is None or second is None or first.estimate is None or second.estimate is None or better is None:
        return None
    p = next((f.p_value for f, other in ((first, two), (second, one)) if _against(f) == other), None)
    if p is None:
        return None
    if p.value > words()["chance"] or p.bound == ">":
        return "no clear difference", (first, second)
    return ("better" if (first.estimate > second.estimate) == (better == "higher") else "worse"), (
        first,
        second,
    )


def direction(known: Vocabulary, endpoint: str) -> str | None:
    """Which direction is good for the patient: `higher`, `lower`, or None where neither is known to be."""
    family = endpoint.partition(":")[0]
    term = known.terms("endpoint").get(endpoint) or known.terms("endpoint").get(family)
    return term.better if term else None


def _against(finding: Finding) -> str | None:
    if finding.p_value is None:
        return None
    other = dict(finding.method.options).get("p_value_against")
    return None if other is None else str(other)


def excludes(finding: Finding, nothing: float) -> bool | None:
    """Whether the interval (else the p value) excludes that there is no difference."""
    ends = finding.interval
    if ends is not None and ends.low is not None and ends.high is not None:
        return not ends.low <= nothing <= ends.high
    if finding.p_value is not None:
        return finding.p_value.value <= words()["chance"] and finding.p_value.bound != ">"
    return None


def _conflicts(known: Vocabulary, shown: Iterable[Finding], pool: Iterable[Finding]) -> Iterable[Conflict]:
    held = list(pool)
    for one in shown:
        said: set[object] = set()
        for other in held:
            same = (other.measure, frozenset(other.groups), other.timepoint) == (
                one.measure,
                frozenset(one.groups),
                one.timepoint,
            )
            value = (other.estimate, other.origin.source, other.population)
            if other is one or not same or value in said or not differ(one, other):
                continue
            said.add(value)
            yield Conflict(one, other, tuple(reasons(known, one, other)))


def differ(one: Finding, other: Finding) -> bool:
    """Whether two estimates differ by more than their rounding."""
    if one.estimate is None or other.estimate is None:
        return False
    step = max(_step(one), _step(other)) / 2
    if one.groups != other.groups and one.groups:
        return False
    return abs(one.estimate - other.estimate) > float(step) + 1e-9


def _step(finding: Finding) -> Decimal:
    printed = (finding.reported or "").strip().rstrip("%")
    percent = (finding.reported or "").strip().endswith("%")
    try:
        held = Decimal(printed) if printed else Decimal(repr(finding.estimate))
    except ArithmeticError:
        held, percent = Decimal(repr(finding.estimate)), False
    exponent = held.as_tuple().exponent
    places = exponent if isinstance(exponent, int) else 0
    step = Decimal(1).scaleb(min(places, -2) if is_ratio(finding) and not printed else places)
    return step / 100 if percent else step


def reasons(known: Vocabulary, one: Finding, other: Finding) -> Iterable[str]:
    """In what two findings differ beside their number: words for a reader."""
    if one.trial != other.trial:
        yield "another trial"
    if one.population != other.population:
        here, there = (known.label("population", f.population) for f in (one, other))
        yield f"counted in {here} and in {there}"
    a, b = dict(one.definition), dict(other.definition)
    if a.get("graded_by") != b.get("graded_by"):
        here, there = graded_by(a.get("graded_by")), graded_by(b.get("graded_by"))
        yield f"graded by {here} and by {there}"
    if a.get("grade") != b.get("grade"):
        yield f"grade {a.get('grade')} and grade {b.get('grade')}"
    if bool(a.get("related")) != bool(b.get("related")):
        yield "one counts only what was held to be caused by the treatment"
    x, y = (dict(f.method.options).get("analysis") for f in (one, other))
    if x != y:
        yield f"{x or 'another'} analysis and {y or 'another'} analysis"
    if one.interval and other.interval and one.interval.level != other.interval.level:
        yield "intervals of two levels"
    if one.origin.source != other.origin.source:
        yield f"two sources ({one.origin.source}, {other.origin.source})"
    if one.origin.reliability != other.origin.reliability:
        yield f"one {one.origin.reliability}, one {other.origin.reliability}"


def graded_by(rule: object) -> str:
    """By what a grade was given, in words."""
    held = {"laboratory": "laboratory values", "reported": "reports"}
    return held.get(str(rule), "a rule that is not stated")


def is_ratio(finding: Finding) -> bool:
    return MEASURES[finding.measure].scale == "ratio"
