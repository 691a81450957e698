"""What the trials found, by endpoint: one row a comparison, ratios on one axis, conflicts as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import claim, conflicts
from trialist.evidence.guide.model import Forest, Group, Part, Ratio, Row, Section, Sentence, Table
from trialist.evidence.guide.results import (
    Line,
    arm_label,
    curves,
    lines,
    row,
    subgroup_label,
    without_curves,
)
from trialist.evidence.model import Store
from trialist.evidence.vocabulary.terms import Term
from trialist.findings.model import Finding

NO_RANKING = (
    "Numbers of different trials stand beside each other to be found, not to be ranked: "
    "no arm of one trial was compared with an arm of another, and the patients differ."
)
_SUBGROUP_HEAD = ("Subgroup", "By arm", "Contrast")
_HEAD = ("Trial and comparison", "By arm", "Contrast")


def efficacy(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> tuple[Section, ...]:
    """One section for each endpoint that the trials report, in the order of the vocabulary."""
    found = []
    for term in endpoints(store):
        parts = tuple(_parts(store, asked, term, disputes))
        if parts:
            title = term.label[:1].upper() + term.label[1:]
            found.append(Section(f"endpoint-{term.id}", title, parts))
    return tuple(found)


def endpoints(store: Store) -> Iterator[Term]:
    """Endpoints of benefit: those of which the vocabulary says which direction is better."""
    for term in store.words.terms("endpoint").values():
        if term.better is not None and term.shape in ("time", "response", "value"):
            yield term


def _parts(store: Store, asked: Asked, term: Term, disputes: Mapping[str, tuple[str, ...]]) -> Iterator[Part]:
    found: list[Line] = []
    points: list[Finding] = []
    for card in asked.trials:
        findings = [f for f in store.of(card.trial) if f.endpoint == term.id]
        found += lines(asked, card, findings)
        kept = set(map(id, without_curves(findings)))
        points += [f for f in findings if id(f) not in kept]
    if not found:
        return
    main = [line for line in found if line.subgroup is None]
    subgroups = [line for line in found if line.subgroup is not None]
    if len({line.trial for line in main}) > 1:
        yield Sentence(NO_RANKING, warning=True, cards=tuple(dict.fromkeys(line.trial for line in main)))
    yield from (said for line in main if (said := claim(store, line, term.label)))
    yield from (said for line in main for said in conflicts(store, line, term.label))
    forest = _forest(store, term, main)
    if forest:
        yield forest
    if main:
        yield Table(f"{term.label}: all patients", _HEAD, (Group(None, _rows(store, main, disputes)),))
    if subgroups:
        groups = tuple(_subgroups(store, subgroups, disputes))
        yield Table(f"{term.label}: subgroups", _SUBGROUP_HEAD, groups, folded=True)
    yield from _curves(points)


def _rows(store: Store, some: Iterable[Line], disputes: Mapping[str, tuple[str, ...]]) -> tuple[Row, ...]:
    return tuple(row(store, line, disputes) for line in some)


def _subgroups(store: Store, some: list[Line], disputes: Mapping[str, tuple[str, ...]]) -> Iterator[Group]:
    """One group a trial and comparison; the subgroup names the row."""
    for trial, compared in dict.fromkeys((line.trial, line.compared) for line in some):
        here = [line for line in some if (line.trial, line.compared) == (trial, compared)]
        arms = " v ".join(arm_label(store.trials[trial], name) for name in compared)
        rows = tuple(
            row(store, line, disputes, head=subgroup_label(line.subgroup or ""), arms_named=False)
            for line in here
        )
        yield Group(", ".join(part for part in (trial, arms) if part), rows)


def _curves(points: list[Finding]) -> Iterator[Sentence]:
    by_trial: dict[str, list[Finding]] = {}
    for finding in points:
        by_trial.setdefault(finding.trial, []).append(finding)
    for trial, some in by_trial.items():
        ids = [printed.id_of(f) for f in some]
        how = ", ".join(dict.fromkeys(mark for f in some for mark in printed.marks(f))) or "read"
        yield Sentence(
            f"The store also holds points of {_few(len(curves(some)))} of {trial} ({how}); "
            f"they are not listed here.",
            tuple(ids),
            (trial,),
            cites=tuple(dict.fromkeys(name for f in some for name in printed.cites(f))),
        )


def _few(count: int) -> str:
    return "a curve" if count == 1 else "curves"


def _forest(store: Store, term: Term, main: Iterable[Line]) -> Forest | None:
    ratios: list[Ratio] = []
    for line in main:
        chosen: dict[tuple[object, ...], Finding] = {}
        for f in line.contrasts:
            if f.measure != "hazard_ratio" or f.estimate is None or f.estimate <= 0:
                continue
            key = (f.groups, f.estimate, printed.analysis(f))
            if key not in chosen or chosen[key].interval is None:
                chosen[key] = f
        card = store.trials[line.trial]
        for f in chosen.values():
            ends = f.interval
            about = (printed.analysis(f), *printed.marks(f), _level(f))
            ratios.append(
                Ratio(
                    trial=line.trial,
                    label=" v ".join(arm_label(card, name) for name in f.groups),
                    id=printed.id_of(f),
                    estimate=f.estimate or 0.0,
                    low=ends.low if ends else None,
                    high=ends.high if ends else None,
                    printed=_short(f),
                    behind="; ".join(part for part in about if part) or None,
                )
            )
    if not ratios:
        return None
    first_is_better = term.shape == "time" and term.better == "higher"
    title = f"Hazard ratios of {term.label}"
    return Forest(term.id, title, tuple(ratios), "first" if first_is_better else None)


def _level(finding: Finding) -> str | None:
    ends = finding.interval
    return None if ends is None or ends.level == 0.95 else f"{ends.level * 100:g}% interval"


def _short(finding: Finding) -> str:
    ends = printed.interval(finding)
    inner = ends.partition("CI ")[2] if ends else ""
    return printed.estimate(finding) + (f" ({inner})" if inner else "")
