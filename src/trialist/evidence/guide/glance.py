"""The randomised trials at a glance: survival and the primary endpoint, each against its own control."""

from __future__ import annotations

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import best
from trialist.evidence.guide.efficacy import NO_RANKING
from trialist.evidence.guide.model import Group, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.results import Line, arm_label, lines, value
from trialist.evidence.model import Store, TrialCard

_SURVIVAL = "os"
_RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")


def glance(store: Store, asked: Asked) -> Section | None:
    """One row a randomised trial; the tables by endpoint hold the rest."""
    rows = tuple(
        _row(store, asked, card) for card in asked.trials if card.randomised and store.of(card.trial)
    )
    if not rows:
        return None
    head = ("Trial and line", "Overall survival", "Primary endpoint")
    warning = Sentence(NO_RANKING, warning=True, cards=tuple(card.trial for card in asked.trials))
    table = Table("The randomised trials at a glance", head, (Group(None, rows),))
    parts = (warning, table) if len(rows) > 1 else (table,)
    return Section("glance", "At a glance", parts)


def _row(store: Store, asked: Asked, card: TrialCard) -> Row:
    words = store.words
    primary = [name for name in card.primary if name != _SURVIVAL]
    others = tuple(each for name in primary for each in _results(store, asked, card, name, named=True))
    if not primary:
        said = "survival is the primary endpoint" if _SURVIVAL in card.primary else "not stated"
        others = (Value(said),)
    elif not others:
        labels = ", ".join(words.label("endpoint", name) for name in primary)
        others = (Value(f"no result held of {labels}"),)
    survival = _results(store, asked, card, _SURVIVAL, named=False) or (Value("no result held"),)
    first = Value(card.trial, None, None, words.label("line", card.line))
    return Row(((first,), survival, others))


def _results(store: Store, asked: Asked, card: TrialCard, endpoint: str, *, named: bool) -> tuple[Value, ...]:
    """Ratios of the comparisons; where there is none, the numbers of the arms."""
    found = [f for f in store.of(card.trial) if f.endpoint == endpoint and f.subgroup is None]
    main = _main(lines(asked, card, found))
    ratios = [
        f
        for line in main
        for f in best(f for f in line.contrasts if f.measure == _first_ratio(line) and f.timepoint is None)
    ]
    shown = ratios or [
        f
        for line in main[:1]
        for measure in ("proportion", "median_time")
        for f in best(f for f in line.arms if f.measure == measure and f.timepoint is None)
    ]
    label = store.words.label("endpoint", endpoint) if named else None
    values = []
    for f in shown:
        made = value(store, f)
        whose = " v ".join(arm_label(card, name) for name in f.groups) or "all patients together"
        parts = (label, whose, printed.measure(f) if f in ratios else None)
        values.append(
            Value(
                made.text,
                made.id,
                ", ".join(part for part in parts if part),
                made.behind,
                made.marks,
                made.cites,
            )
        )
    return tuple(values)


def _first_ratio(line: Line) -> str | None:
    """The measure of a comparison: a ratio of one kind is never taken for one of another."""
    return next((m for m in _RATIOS if any(f.measure == m for f in line.contrasts)), None)


def _main(found: list[Line]) -> list[Line]:
    """The lines of the population that comes first: all patients, where they were counted."""
    return [line for line in found if line.population == found[0].population]
