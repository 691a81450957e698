"""The first page: what was compared with what, the main results, severe toxicities, what can't be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.claims import best
from trialist.evidence.guide.compare import cannot_say
from trialist.evidence.guide.model import Cell, Fold, Group, Part, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.results import Line, arm_label, lines, value
from trialist.evidence.guide.safety import Counted, counted, grade_label, severe, toxicities, toxicity
from trialist.evidence.guide.wording import capital, endpoint_words
from trialist.evidence.model import Store, TrialCard

_SURVIVAL = "os"
_RATIOS = ("hazard_ratio", "odds_ratio", "risk_ratio")
_OF_ARMS = ("proportion", "median_time")
_HEAD = ("Trial", "Compared", "Overall survival", "Primary endpoint")
_COLUMNS = 4  # toxicities of the summary
_LATER = 5  # sentences on what can't be said; more are folded


def summary(store: Store, asked: Asked) -> tuple[Section, ...]:
    """Randomised trials where there are any, else all, each with its own control; then their limits."""
    randomised = [card for card in asked.trials if card.randomised]
    shown = [card for card in randomised or asked.trials if store.of(card.trial)]
    parts: list[Part] = [_what(store, asked)]
    if shown:
        rows = tuple(_row(store, asked, card) for card in shown)
        title = "Main results of the randomised trials" if randomised else "Main results"
        parts.append(Table(title, _HEAD, (Group(None, rows),)))
    toxic = _toxicities(store, severe(toxicities(store, asked)))
    if toxic is not None:
        parts.append(toxic)
    found = Section("summary", "Summary", tuple(parts))
    return (found, *_cannot(store, asked))


def _cannot(store: Store, asked: Asked) -> Iterator[Section]:
    said = tuple(cannot_say(store, asked))
    more = (Fold("More that these trials can't say", said[_LATER:]),) if said[_LATER:] else ()
    if said:
        yield Section("cannot-say", "What these trials can't say", (*said[:_LATER], *more), "summary")


def _what(store: Store, asked: Asked) -> Sentence:
    """How many trials there are, how many of them randomised, with how many patients."""
    count = len(asked.trials)
    randomised = [card for card in asked.trials if card.randomised]
    people = sum(card.n or 0 for card in randomised)
    held = sum(len(store.of(card.trial)) for card in asked.trials)
    if count == 1:
        kinds = "with random allocation" if randomised else "without random allocation"
    else:
        kinds = f"{len(randomised) or 'none'} of them randomised"
    enrolled = f" ({people} patients in all arms)" if people else ""
    return Sentence(
        f"{count} trial{'' if count == 1 else 's'} of the store gave {asked.label} in "
        f"{asked.condition_label}, {kinds}{enrolled}. {held} finding{' is' if held == 1 else 's are'} held, "
        f"each with the source that it was read in.",
        cards=tuple(card.trial for card in asked.trials),
    )


def _row(store: Store, asked: Asked, card: TrialCard) -> Row:
    words = store.words
    primary = [name for name in card.primary if name != _SURVIVAL]
    others = tuple(each for name in primary for each in _results(store, asked, card, name, named=True))
    if not primary:
        others = (Value("overall survival" if _SURVIVAL in card.primary else "not stated"),)
    elif not others:
        labels = ", ".join(endpoint_words(words, name) for name in primary)
        others = (Value(f"no result held of {labels}"),)
    survival = _results(store, asked, card, _SURVIVAL, named=False) or (Value("no result held"),)
    first = Value(card.trial, None, None, words.label("line", card.line))
    return Row(((first,), _compared(card), survival, others))


def _compared(card: TrialCard) -> Cell:
    """The arms with how many were in them."""
    return tuple(
        Value(f"{arm.label}, n={arm.n}" if arm.n is not None else arm.label) for arm in card.arms.values()
    )


def _results(store: Store, asked: Asked, card: TrialCard, endpoint: str, *, named: bool) -> Cell:
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
        for measure in _OF_ARMS
        for f in best(f for f in line.arms if f.measure == measure and f.timepoint is None)
    ]
    label = store.words.label("endpoint", endpoint) if named else None
    values = []
    for f in shown:
        whose = " v ".join(arm_label(card, name) for name in f.groups) or "all groups together"
        clear = f in ratios and len(card.arms) == len(f.groups)  # its arms are those of the trial
        parts = (label, None if clear else whose, printed.measure(f) if f.measure != "proportion" else None)
        values.append(_briefly(replace(value(store, f), label=", ".join(part for part in parts if part))))
    return tuple(values)


def _briefly(made: Value) -> Value:
    """Without how it was taken, unless it was recalled; the tables by endpoint say it."""
    return replace(made, marks=tuple(mark for mark in made.marks if mark == printed.RECALLED))


def _first_ratio(line: Line) -> str | None:
    """The measure of a comparison: a ratio of one kind is never taken for one of another."""
    return next((m for m in _RATIOS if any(f.measure == m for f in line.contrasts)), None)


def _main(found: list[Line]) -> list[Line]:
    """The lines of the population that comes first: all patients, where they were counted."""
    return [line for line in found if line.population == found[0].population]


def _toxicities(store: Store, by_term: Mapping[str, list[Counted]]) -> Table | None:
    """Shares by arm of the toxicities that most trials counted; each says how it was counted."""
    graded = {
        name: kept for name, some in by_term.items() if (kept := [c for c in some if c.grade[0].isdigit()])
    }
    most = sorted(graded, key=lambda name: -len({c.card.trial for c in graded[name]}))[:_COLUMNS]
    shown = {name: graded[name] for name in graded if name in most}
    if not shown:
        return None
    rows = tuple(_arms(store, shown))
    head = ("Trial and arm", *(f"{capital(toxicity(store, name))}, severe" for name in shown))
    return Table("Severe toxicities, by arm", head, (Group(None, rows),))


def _arms(store: Store, shown: Mapping[str, list[Counted]]) -> Iterator[Row]:
    cards = {c.card.trial: c.card for some in shown.values() for c in some}
    for card in cards.values():
        for arm in card.arms:
            cells = tuple(_shares(store, some, card, arm) for some in shown.values())
            if any(cells):
                yield Row(((Value(card.trial, None, None, arm_label(card, arm)),), *cells))


def _shares(store: Store, some: list[Counted], card: TrialCard, arm: str) -> Cell:
    """The share of one arm, with its grade and how it was counted."""
    found = [
        (c, f)
        for c in some
        if c.card is card
        for f in best(c.line.arms)
        if f.groups == (arm,) and f.measure == "proportion" and f.timepoint is None
    ]
    values = []
    for c, f in {printed.id_of(f): (c, f) for c, f in found}.values():
        said = "; ".join(p for p in (printed.behind(f), grade_label(c.grade), counted(f)) if p)
        values.append(_briefly(replace(value(store, f), label=None, behind=said)))
    return tuple(values)
