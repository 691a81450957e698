"""What the trials found, by endpoint: one row a comparison, ratios on one axis, conflicts as such."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import claim, conflicts
from trialist.evidence.guide.model import Fold, Forest, Group, Part, Ratio, Row, Section, Sentence, Table
from trialist.evidence.guide.results import (
    Line,
    arm_label,
    by_measure,
    curves,
    lines,
    row,
    without_curves,
)
from trialist.evidence.guide.wording import capital
from trialist.evidence.model import Store
from trialist.evidence.vocabulary.terms import Term
from trialist.findings.model import Finding

NO_RANKING = "Numbers of different trials stand beside each other to be found, not to be ranked."

_SURVIVAL = "os"
_FEW_RATIOS = 2  # fewer stand in the table and need no picture


def efficacy(store: Store, asked: Asked, disputes: Mapping[str, tuple[str, ...]]) -> tuple[Section, ...]:
    """One section for each endpoint that the trials report, in the order of the vocabulary.

    Survival, what a trial was planned for and what several trials report is read first; the rest is folded.
    """
    primary = {name for card in asked.trials for name in card.primary}
    found = []
    for term in endpoints(store):
        main, parts = _endpoint(store, asked, term, disputes)
        if parts:
            first = term.id == _SURVIVAL or term.id in primary or len({line.trial for line in main}) > 1
            title = capital(term.label)
            found.append(Section(f"endpoint-{term.id}", title, parts, "efficacy", folded=not first))
    if not found:
        return ()
    warning = Sentence(NO_RANKING, warning=True, cards=tuple(card.trial for card in asked.trials))
    parts = (warning,) if len(asked.trials) > 1 else ()
    ordered = sorted(found, key=lambda section: section.folded)
    return (Section("efficacy", "Efficacy, by endpoint", parts), *ordered)


def endpoints(store: Store) -> Iterator[Term]:
    """Endpoints of benefit: those of which the vocabulary says which direction is better."""
    for term in store.words.terms("endpoint").values():
        if term.better is not None and term.shape in ("time", "response", "value"):
            yield term


def _endpoint(
    store: Store, asked: Asked, term: Term, disputes: Mapping[str, tuple[str, ...]]
) -> tuple[list[Line], tuple[Part, ...]]:
    """The lines of all patients, and what is shown of the endpoint."""
    found: list[Line] = []
    points: list[Finding] = []
    for card in asked.trials:
        findings = [f for f in store.of(card.trial) if f.endpoint == term.id]
        found += lines(asked, card, findings)
        kept = set(map(id, without_curves(findings)))
        points += [f for f in findings if id(f) not in kept]
    main = [line for line in found if line.subgroup is None]
    return main, tuple(_parts(store, term, found, points, disputes)) if found else ()


def _parts(
    store: Store,
    term: Term,
    found: list[Line],
    points: list[Finding],
    disputes: Mapping[str, tuple[str, ...]],
) -> Iterator[Part]:
    main = [line for line in found if line.subgroup is None]
    subgroups = [line for line in found if line.subgroup is not None]
    head = ("Trial", f"{capital(term.label)}, by arm", f"{capital(term.label)}, contrast")
    divided = [by_measure(line) for line in main]
    first = [lines[0] for lines in divided]
    rest = [line for lines in divided for line in lines[1:]]
    if first:
        yield Table(capital(term.label), head, (Group(None, _rows(store, first, disputes)),))
    forest = _forest(store, term, main)
    if forest:
        yield forest
    for name, some in (("other measures", rest), ("subgroups", subgroups)):
        if some:
            title = f"{term.label}: {name}"
            yield Fold(title, (Table(title, head, (Group(None, _rows(store, some, disputes)),)),))
    said = [
        *(said for line in main if (said := claim(store, line, term.label))),
        *(said for line in main for said in conflicts(store, line, term.label)),
        *_curves(points),
    ]
    if said:
        yield Fold(f"{term.label}: in sentences", tuple(said))


def _rows(store: Store, some: Iterable[Line], disputes: Mapping[str, tuple[str, ...]]) -> tuple[Row, ...]:
    return tuple(row(store, line, disputes) for line in some)


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
    if len(ratios) < _FEW_RATIOS:
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
