"""Harm by toxicity and grade; a count by laboratory values and one of reports never stand in one group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import claim, conflicts
from trialist.evidence.guide.model import Fold, Group, Part, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.results import Line, lines, row
from trialist.evidence.guide.wording import capital, endpoint_label
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding

_COUNTED = {"laboratory": "by laboratory values", "reported": "as reported"}
_NOT_STATED = "grading not stated"
_ORDER = ("by laboratory values", "as reported", _NOT_STATED)
_HEAD = ("Trial", "Patients by arm", "Criteria")
_DEATHS_HEAD = ("Trial", "By arm")
_GRADES = ("any", "1-2", "2-3", "3+", "3-4", "3-5", "3", "4", "4+", "5")
_GRADED = {"any": "any grade", "related": "related to treatment", "events": "events, not patients"}
_SEVERE = ("3+", "3-4", "3-5")
_WORST = ("serious", "leading_to_death", "leading_to_discontinuation")  # of adverse events of any kind
_MOST = 3  # randomised trials that counted a toxicity, so that it is read first
_FEW = 12  # rows of a table that needs no fold
_DEATHS = ("deaths",)
_APART = (
    "Counts by laboratory values, counts of what was reported and counts whose grading is not stated are in "
    "groups of their own: a laboratory finds more than is reported, and the two are not to be compared."
)
_MIXED = "counted in more than one way: laboratory values and reports are not to be compared"
Disputes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of one toxicity and grade, with how it was counted (`as reported`) and by which criteria."""

    grade: str
    counted: str
    criteria: str | None
    card: TrialCard
    line: Line


def safety(store: Store, asked: Asked, disputes: Disputes) -> Section | None:
    """What randomised trials counted of severe toxicities first; every other count is folded."""
    by_term = toxicities(store, asked)
    first = severe(by_term)
    parts: list[Part] = [Sentence(_APART, cards=_trials(by_term), warning=True)] if by_term else []
    if first:
        parts.append(
            _table("Severe toxicities, in randomised trials", store, first, by_term, disputes),
        )
    rest = {name: [c for c in some if c not in first.get(name, ())] for name, some in by_term.items()}
    if any(rest.values()):
        title = "Other counts of adverse events" if first else "Adverse events"
        table = _table(title, store, rest, by_term, disputes)
        parts.append(table if not first and len(table.rows) <= _FEW else Fold(title, (table,)))
    deaths = _deaths(store, asked, disputes)
    if deaths:
        parts.append(Fold(deaths.title, (deaths,)))
    said = (*_criteria(by_term), *_conflicts(store, by_term), *_claims(store, first))
    if said:
        parts.append(Fold("Safety, in sentences: criteria, and severe toxicities by arm", said))
    return Section("safety", "Safety", tuple(parts)) if parts else None


def counted(finding: Finding) -> str:
    """How an adverse event was counted, always said."""
    return _COUNTED.get(str(dict(finding.definition).get("graded_by")), _NOT_STATED)


def toxicities(store: Store, asked: Asked) -> dict[str, list[Counted]]:
    """Every count of adverse events by toxicity, in the order of the vocabulary."""
    found: dict[str, list[Counted]] = {}
    for card in asked.trials:
        kinds: dict[tuple[str, str, str, str | None], list[Finding]] = {}
        for f in store.of(card.trial):
            family, _, rest = f.endpoint.partition(":")
            if family == "ae" and rest:
                term, _, grade = rest.partition(":")
                key = (term, grade, counted(f), dict(f.definition).get("criteria"))
                kinds.setdefault(key, []).append(f)
        for (term, grade, how, criteria), some in kinds.items():
            for line in lines(asked, card, some):
                found.setdefault(term, []).append(Counted(grade, how, criteria, card, line))
    order = {name: place for place, name in enumerate(store.words.terms("toxicity"))}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def severe(by_term: Mapping[str, list[Counted]]) -> dict[str, list[Counted]]:
    """Severe toxicities of randomised comparisons, where enough of the trials counted them."""
    chosen = {term: [c for c in some if _is_severe(term, c)] for term, some in by_term.items()}
    needed = min(_MOST, len(_trials(chosen)))
    return {
        term: some for term, some in chosen.items() if some and len({c.card.trial for c in some}) >= needed
    }


def _is_severe(term: str, c: Counted) -> bool:
    grades = (*_SEVERE, *_WORST) if term == "any" else _SEVERE
    return c.card.randomised and c.grade in grades and not c.line.subgroup and len(c.line.compared) > 1


def _table(
    title: str,
    store: Store,
    shown: Mapping[str, list[Counted]],
    by_term: Mapping[str, list[Counted]],
    disputes: Disputes,
) -> Table:
    groups = tuple(
        group for name in shown for group in _groups(store, name, shown[name], by_term[name], disputes)
    )
    return Table(title, _HEAD, groups)


def _groups(
    store: Store, term: str, some: list[Counted], everywhere: list[Counted], disputes: Disputes
) -> Iterator[Group]:
    """One group for each way of counting. `everywhere`: all counts of the toxicity, shown here or not."""
    kinds = {c.counted for c in everywhere}
    mixed = _ORDER[0] in kinds and len(kinds) > 1
    for how in _ORDER:
        here = sorted((c for c in some if c.counted == how), key=_rank)
        if here:
            rows = tuple(_row(store, term, c, disputes) for c in here)
            heading = f"{capital(toxicity(store, term))}, {how}"
            yield Group(heading, rows, _MIXED if mixed else None)


def toxicity(store: Store, term: str) -> str:
    return "any adverse event" if term == "any" else store.words.label("toxicity", term)


def _row(store: Store, term: str, c: Counted, disputes: Disputes) -> Row:
    made = row(store, c.line, disputes, head=f"{toxicity(store, term)}, {grade_label(c.grade)}")
    criteria = Value(c.criteria or "not stated")
    return Row((made.cells[0], (*made.cells[1], *made.cells[2]), (criteria,)), made.disputed)


def grade_label(grade: str) -> str:
    """`grade ≥3`, `grade 3-4`, `leading to death`."""
    return ", ".join(_GRADED.get(part) or _graded(part) for part in grade.split(":"))


def _graded(part: str) -> str:
    if not part[:1].isdigit():
        return part.replace("_", " ")
    return f"grade ≥{part[:-1]}" if part.endswith("+") else f"grade {part}"


def _rank(c: Counted) -> tuple[bool, int, str]:
    first = c.grade.partition(":")[0]
    place = _GRADES.index(first) if first in _GRADES else len(_GRADES)
    return c.line.subgroup is not None, place, c.grade


def _trials(by_term: Mapping[str, list[Counted]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.card.trial for some in by_term.values() for c in some))


def _criteria(by_term: Mapping[str, list[Counted]]) -> Iterator[Sentence]:
    trials = _trials(by_term)
    criteria: dict[str, list[str]] = {}
    for c in (c for some in by_term.values() for c in some):
        if c.criteria and c.card.trial not in criteria.setdefault(c.criteria, []):
            criteria[c.criteria].append(c.card.trial)
    stated = "; ".join(f"{', '.join(names)} by {name}" for name, names in criteria.items())
    unsaid = [name for name in trials if not any(name in names for names in criteria.values())]
    if stated:
        yield Sentence(f"Criteria, where they are stated: {stated}.", cards=trials)
    if unsaid:
        yield Sentence(
            f"The findings held of {', '.join(unsaid)} do not say by which criteria they were graded.",
            cards=tuple(unsaid),
        )


def _conflicts(store: Store, by_term: Mapping[str, list[Counted]]) -> Iterator[Sentence]:
    for term, some in by_term.items():
        for c in some:
            if c.line.subgroup is None:
                what = f"{toxicity(store, term)}, {grade_label(c.grade)}, {c.counted}"
                yield from conflicts(store, c.line, what)


def _claims(store: Store, first: Mapping[str, list[Counted]]) -> Iterator[Sentence]:
    """Severe toxicities by arm, as sentences."""
    for term, some in first.items():
        for c in (c for c in some if c.grade in _SEVERE):
            said = claim(store, c.line, f"{toxicity(store, term)} of {grade_label(c.grade)} ({c.counted})")
            if said:
                yield said


def _deaths(store: Store, asked: Asked, disputes: Disputes) -> Table | None:
    rows = []
    for card in asked.trials:
        by_endpoint: dict[str, list[Finding]] = {}
        for f in store.of(card.trial):
            if f.endpoint.startswith(_DEATHS):
                by_endpoint.setdefault(f.endpoint, []).append(f)
        for name, some in by_endpoint.items():
            for line in lines(asked, card, some):
                made = row(store, line, disputes, head=endpoint_label(store.words, name))
                rows.append(Row((made.cells[0], (*made.cells[1], *made.cells[2])), made.disputed))
    if not rows:
        return None
    return Table("Deaths, as each trial counted them", _DEATHS_HEAD, (Group(None, tuple(rows)),))
