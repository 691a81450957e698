"""Findings of one trial brought into lines: one a comparison and population, with the numbers of its arms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from trialist.evidence.checks import printed as ranges
from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.model import Row, Value
from trialist.evidence.guide.wording import signs, subgroup_label
from trialist.evidence.model import Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding

POINTS = frozenset({"survival_probability", "n_at_risk"})
_FEW = 4  # points of a curve that are still shown
_WHOLE = ("itt", "all", "safety")
_USUAL = frozenset({"median_time", "proportion", "count"})  # shown before other measures


@dataclass(frozen=True, slots=True)
class Line:
    """What one comparison of one trial showed in one population.

    arms       findings of one arm each, in the order of the arms; without a group: of all arms together
    contrasts  findings of one arm against another
    """

    trial: str
    compared: tuple[str, ...]
    population: str
    subgroup: str | None
    arms: tuple[Finding, ...]
    contrasts: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.arms, *self.contrasts)


def lines(asked: Asked, card: TrialCard, findings: Iterable[Finding], *, ours: bool = True) -> list[Line]:
    """Lines of one endpoint. `ours`: without lines in which what the guide is of takes no part."""
    kept = without_curves(findings)
    found: list[Line] = []
    for where in dict.fromkeys((f.population, f.subgroup) for f in kept):
        here = [f for f in kept if (f.population, f.subgroup) == where]
        compared = [f.groups for f in here if len(f.groups) == 2 and f.measure != "hazard_ratio_prognostic"]
        pairs: list[tuple[str, ...]] = [
            pair
            for pair in dict.fromkeys(compared)
            if any(name in card.arms and asked.of_it(card.arms[name]) for name in pair)
        ]
        in_pairs = {name for pair in pairs for name in pair}
        for pair in pairs:
            arms = [f for f in here if len(f.groups) == 1 and f.groups[0] in pair]
            contrasts = [f for f in here if f.groups == pair]
            found.append(Line(card.trial, pair, *where, _ordered(card, arms), tuple(contrasts)))
        rest = [
            f
            for f in here
            if (len(f.groups) == 1 and f.groups[0] not in in_pairs)
            or len(f.groups) == 0
            or len(f.groups) > 2
            or f.measure == "hazard_ratio_prognostic"
        ]
        if rest:
            names = tuple(name for name in card.arms if any(f.groups == (name,) for f in rest))
            found.append(Line(card.trial, names, *where, _ordered(card, rest), ()))
    if ours:
        found = [line for line in found if _takes_part(asked, card, line)]
    return sorted(found, key=lambda line: (line.subgroup is not None, _rank(line.population)))


def _takes_part(asked: Asked, card: TrialCard, line: Line) -> bool:
    """Whether an arm of what the guide is of is in it; in a whole population others are read beside it."""
    if line.population in _WHOLE and len(line.compared) < 2:
        return True
    named = {name for f in line.findings for name in f.groups if name in card.arms}
    return not named or any(asked.of_it(card.arms[name]) for name in named)


def by_measure(line: Line) -> list[Line]:
    """The line with what is read first (medians, shares, ratios of them), then one for each other measure."""
    arms = [f for f in line.arms if f.measure in _USUAL and f.timepoint is None]
    contrasts = [f for f in line.contrasts if f.timepoint is None]
    rest = [f for f in line.findings if not any(f is kept for kept in (*arms, *contrasts))]
    kinds = dict.fromkeys((f.measure, f.timepoint) for f in rest)
    found = [replace(line, arms=tuple(arms), contrasts=tuple(contrasts))] if arms or contrasts else []
    for kind in kinds:
        some = [f for f in rest if (f.measure, f.timepoint) == kind]
        found.append(
            replace(
                line,
                arms=tuple(f for f in some if f in line.arms),
                contrasts=tuple(f for f in some if f in line.contrasts),
            )
        )
    return found


def without_curves(findings: Iterable[Finding]) -> list[Finding]:
    """Findings without the points of traced curves."""
    kept = list(findings)
    many = {key for key, points in curves(kept).items() if len(points) > _FEW or key[0] == "n_at_risk"}
    return [f for f in kept if _curve_key(f) not in many]


def curves(findings: Iterable[Finding]) -> Mapping[tuple[object, ...], list[Finding]]:
    """Points by curve: one arm, population and source."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = _curve_key(finding)
        if key is not None:
            found.setdefault(key, []).append(finding)
    return found


def _curve_key(finding: Finding) -> tuple[object, ...] | None:
    if finding.measure not in POINTS:
        return None
    return (
        finding.measure,
        finding.endpoint,
        finding.trial,
        finding.groups,
        finding.population,
        finding.subgroup,
        finding.origin.source,
    )


def value(store: Store, finding: Finding) -> Value:
    """A finding as a printed fact; its measure is named where it is no plain share or count."""
    card = store.trials.get(finding.trial)
    arms = " v ".join(arm_label(card, name) for name in finding.groups) or "all groups together"
    measured = printed.measure(finding)
    if len(finding.groups) == 2:
        label = measured
    elif finding.measure not in ("proportion", "count"):
        label = f"{arms}, {measured}"
    elif finding.timepoint:
        label = f"{arms}, at {finding.timepoint}"
    else:
        label = arms
    if finding.measure == "hazard_ratio_prognostic":
        label = "prognostic, not between treatments: hazard ratio"
    parts = (printed.behind(finding), printed.analysis(finding), _note(finding))
    return Value(
        printed.value(finding),
        printed.id_of(finding),
        label,
        "; ".join(dict.fromkeys(part for part in parts if part)) or None,
        printed.marks(finding),
        printed.cites(finding),
    )


def arm_label(card: TrialCard | None, name: str) -> str:
    return card.arms[name].label if card and name in card.arms else name.replace("_", " ")


def row(store: Store, line: Line, disputes: Mapping[str, tuple[str, ...]], *, head: str | None = None) -> Row:
    """A line as a row: trial and who was counted, by arm, contrast. `disputes`: id -> what contradicts it.

    `head`: what was counted, where the table does not say it; else the line of treatment.
    """
    card = store.trials[line.trial]
    told = {name for f in line.arms for name in f.groups}
    compared = [arm_label(card, name) for name in line.compared]
    of_arms = " v ".join(compared) if len(compared) > 1 and not told.issuperset(line.compared) else None
    who = who_was_counted(store.words, line)
    what = head or store.words.label("line", card.line)
    first = Value(line.trial, None, None, "; ".join(p for p in (what, of_arms, who) if p))
    said = dict.fromkeys(why for finding in line.findings for why in disputes.get(printed.id_of(finding), ()))
    arms = tuple(value(store, f) for f in line.arms)
    contrasts = tuple(_contrast(store, line, f, arms_named=len(card.arms) > 2) for f in line.contrasts)
    tested = tuple(each for f in line.arms if (each := _tested(store, f)))
    return Row(((first,), arms, (*contrasts, *tested)), tuple(said))


def _contrast(store: Store, line: Line, finding: Finding, *, arms_named: bool) -> Value:
    """A contrast; its arms are named where the trial has others."""
    made = value(store, finding)
    if not arms_named or len(finding.groups) != 2:
        return made
    pair = " v ".join(arm_label(store.trials[line.trial], name) for name in finding.groups)
    return replace(made, label=f"{made.label}, {pair}")


def _tested(store: Store, finding: Finding) -> Value | None:
    """The p value that stands beside the number of one arm and is against another."""
    other, p = printed.against(finding), printed.p_value(finding)
    if not other or not p or finding.measure == "p_value":
        return None
    card = store.trials.get(finding.trial)
    pair = " against ".join(arm_label(card, name) for name in (*finding.groups, other))
    if finding.measure != "proportion":
        pair = f"{printed.measure(finding)}, {pair}"
    return Value(p, printed.id_of(finding), pair, None, printed.marks(finding), printed.cites(finding))


def who_was_counted(words: Vocabulary, line: Line) -> str:
    """The subgroup and the population, where it is not all patients or all who were treated."""
    population = None if line.population in _WHOLE else words.label("population", line.population)
    named = subgroup_label(words, line.subgroup) if line.subgroup else None
    return "; ".join(p for p in (named, population) if p)


def differing(line: Line) -> list[tuple[tuple[Finding, ...], str]]:
    """Findings of one result that print otherwise, with what they differ in besides the number."""
    found: list[tuple[tuple[Finding, ...], str]] = []
    slots: dict[tuple[object, ...], list[Finding]] = {}
    for f in line.findings:
        key = (f.measure, f.groups, f.timepoint, printed.analysis(f), dict(f.definition).get("graded_by"))
        slots.setdefault(key, []).append(f)
    for same in slots.values():
        if any(not _agree(one, other) for one, other in combinations(same, 2)):
            found.append((tuple(same), _what_differs(same)))
    return found


def _agree(one: Finding, other: Finding) -> bool:
    """Whether two findings may be one number printed twice: with more digits, or with less said."""
    first, second = ranges.estimate(one), ranges.estimate(other)
    if first and second and not ranges.overlap(first, second):
        return False
    if any(
        a is not None and b is not None and a != b for a, b in ((one.n, other.n), (one.events, other.events))
    ):
        return False
    p, q = one.p_value, other.p_value
    if p is None or q is None:
        return True
    return p.bound == q.bound and (p.bound != "=" or p.value == q.value)


def _what_differs(same: Sequence[Finding]) -> str:
    parts = (
        ("the number counted", {f.events for f in same if f.events is not None}),
        ("the denominator", {f.n for f in same if f.n is not None}),
        ("whether p is below a bound or equal to it", {f.p_value.bound for f in same if f.p_value}),
        ("how it was taken", {printed.marks(f) for f in same}),
        ("the source", {printed.cites(f) for f in same}),
    )
    said = [name for name, values in parts if len(values) > 1]
    return " and ".join(said) or "nothing else that the store knows"


def _note(finding: Finding) -> str | None:
    """The note of the curator where the number hangs on it."""
    note = finding.note or ""
    return (
        signs(note)
        if finding.estimate is not None and finding.population not in _WHOLE and len(note) < 90
        else None
    )


def _ordered(card: TrialCard, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    place = {name: i for i, name in enumerate(card.arms)}

    def rank(finding: Finding) -> tuple[bool, int]:
        first = place.get(finding.groups[0], len(place)) if finding.groups else len(place) + 1
        return finding.measure not in _USUAL, first

    return tuple(sorted(findings, key=rank))


def _rank(population: str) -> int:
    return _WHOLE.index(population) if population in _WHOLE else len(_WHOLE)
