"""Harm by toxicity and grade; a count by laboratory values and one of reports never stand in one group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import claim, conflicts
from trialist.evidence.guide.model import Group, Part, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.results import Line, lines, row
from trialist.evidence.model import Store, TrialCard
from trialist.findings.model import Finding

_COUNTED = {"laboratory": "by laboratory values", "reported": "as reported"}
_NOT_STATED = "how graded not stated"
_ORDER = ("by laboratory values", "as reported", _NOT_STATED)
_HEAD = ("Grade and trial", "Patients by arm", "How it was counted")
_GRADES = ("any", "1-2", "2-3", "3+", "3-4", "3-5", "3", "4", "4+", "5")
_SEVERE = ("3+", "3-4", "3-5")
_MOST = 3  # randomised trials that counted a toxicity, so that sentences say how often
_DEATHS = ("deaths",)


@dataclass(frozen=True, slots=True)
class _Counted:
    grade: str
    counted: str
    criteria: str | None
    card: TrialCard
    line: Line


def safety(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> Section | None:
    """Toxicities in the order of the vocabulary: those of several trials first, those of one trial folded."""
    by_term = _by_term(store, asked)
    several = [name for name, some in by_term.items() if len({c.card.trial for c in some}) > 1]
    single = [name for name in by_term if name not in several]
    parts: list[Part] = []
    if by_term:
        parts += list(_reading(store, by_term))
        parts += list(_claims(store, by_term))
    if several:
        groups = tuple(g for name in several for g in _groups(store, name, by_term[name], disputes))
        parts.append(Table("Toxicities that several trials counted", _HEAD, groups))
    if single:
        groups = tuple(g for name in single for g in _groups(store, name, by_term[name], disputes))
        parts.append(Table("Toxicities that one trial counted", _HEAD, groups, folded=True))
    deaths = _deaths(store, asked, disputes)
    if deaths:
        parts.append(deaths)
    return Section("safety", "Safety", tuple(parts)) if parts else None


def counted(finding: Finding) -> str:
    """How an adverse event was counted, always said."""
    return _COUNTED.get(str(dict(finding.definition).get("graded_by")), _NOT_STATED)


def _by_term(store: Store, asked: Asked) -> dict[str, list[_Counted]]:
    found: dict[str, list[_Counted]] = {}
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
                found.setdefault(term, []).append(_Counted(grade, how, criteria, card, line))
    order = {name: place for place, name in enumerate(store.words.terms("toxicity"))}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _groups(
    store: Store, term: str, some: list[_Counted], disputes: Mapping[str, tuple[str, ...]]
) -> Iterator[Group]:
    label = store.words.label("toxicity", term)
    label = "Any adverse event" if term == "any" else label[:1].upper() + label[1:]
    kinds = [how for how in _ORDER if any(c.counted == how for c in some)]
    for how in kinds:
        here = sorted((c for c in some if c.counted == how), key=_rank)
        mixed = "laboratory" in kinds[0] and len(kinds) > 1
        note = (
            "counted in more than one way: laboratory values and reports are not to be compared"
            if mixed
            else None
        )
        yield Group(f"{label}, {how}", tuple(_row(store, c, disputes) for c in here), note)


def _row(store: Store, c: _Counted, disputes: Mapping[str, tuple[str, ...]]) -> Row:
    made = row(store, c.line, disputes, arms_named=False)
    values = (*made.cells[1], *made.cells[2])
    who = made.cells[0][0].behind
    head = Value(f"{grade_label(c.grade)}, {c.card.trial}", None, None, who)
    how = "; ".join(part for part in (c.criteria, c.counted) if part)
    return Row(((head,), values, (Value(how),)), made.disputed)


def grade_label(grade: str) -> str:
    """`grade 3+`, `leading to death`."""
    words = {"any": "any grade", "related": "related to treatment", "events": "events, not patients"}
    parts = [
        words.get(part) or (f"grade {part}" if part[:1].isdigit() else part.replace("_", " "))
        for part in grade.split(":")
    ]
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _rank(c: _Counted) -> tuple[bool, int, str]:
    first = c.grade.partition(":")[0]
    place = _GRADES.index(first) if first in _GRADES else len(_GRADES)
    return c.line.subgroup is not None, place, c.grade


def _reading(store: Store, by_term: Mapping[str, list[_Counted]]) -> Iterator[Sentence]:
    everything = [c for some in by_term.values() for c in some]
    trials = tuple(dict.fromkeys(c.card.trial for c in everything))
    yield Sentence(
        "Counts by laboratory values, counts of what was reported and counts whose grading is not stated "
        "are in groups of their own: a laboratory finds more than is reported, and the two are not to be "
        "compared.",
        cards=trials,
        warning=True,
    )
    criteria: dict[str, list[str]] = {}
    for c in everything:
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
    for term, some in by_term.items():
        name = store.words.label("toxicity", term)
        for c in some:
            if c.line.subgroup is None:
                what = f"{name}, {grade_label(c.grade).lower()}, {c.counted}"
                yield from conflicts(store, c.line, what)


def _claims(store: Store, by_term: Mapping[str, list[_Counted]]) -> Iterator[Sentence]:
    """Grade 3 and above, by arm, of toxicities that most randomised trials counted, as sentences."""
    severe = {
        term: [
            c
            for c in some
            if c.card.randomised and c.grade in _SEVERE and not c.line.subgroup and len(c.line.compared) > 1
        ]
        for term, some in by_term.items()
    }
    trials = {c.card.trial for some in severe.values() for c in some}
    needed = max(2, min(_MOST, len(trials)))
    for term, some in severe.items():
        if len({c.card.trial for c in some}) < needed:
            continue
        name = "any adverse event" if term == "any" else store.words.label("toxicity", term)
        for c in some:
            said = claim(store, c.line, f"{name} of grade {c.grade} ({c.counted})")
            if said:
                yield said


def _deaths(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> Table | None:
    groups = []
    for card in asked.trials:
        by_endpoint: dict[str, list[Finding]] = {}
        for f in store.of(card.trial):
            if f.endpoint.startswith(_DEATHS):
                by_endpoint.setdefault(f.endpoint, []).append(f)
        rows = [
            row(store, line, disputes, head=_death(store, name), arms_named=False)
            for name, some in by_endpoint.items()
            for line in lines(asked, card, some)
        ]
        if rows:
            cells = tuple(
                Row((each.cells[0], (*each.cells[1], *each.cells[2])), each.disputed) for each in rows
            )
            groups.append(Group(card.trial, cells))
    if not groups:
        return None
    return Table("Deaths, as each trial counted them", ("What was counted", "By arm"), tuple(groups))


def _death(store: Store, name: str) -> str:
    family, _, rest = name.partition(":")
    label = store.words.label("endpoint", family)
    text = f"{label}: {rest}" if rest else label
    return text[:1].upper() + text[1:]
