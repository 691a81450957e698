"""What a comparison of these trials can say and what it cannot, computed from their cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from trialist.evidence.guide.asked import Asked, is_treatment
from trialist.evidence.guide.efficacy import endpoints
from trialist.evidence.guide.model import Cell, Fold, Group, Part, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.statements import gaps, sentence
from trialist.evidence.guide.trials import NOT_STATED, growth_factor, how_often, names_of_prior, years
from trialist.evidence.guide.wording import capital, endpoint_words, listed
from trialist.evidence.model import Store, TrialCard


def comparison(store: Store, asked: Asked) -> Section | None:
    """Against what each trial compared it, and the differences between trials that forbid a ranking."""
    parts = tuple(_parts(store, asked))
    return Section("comparison", "How the trials differ", parts) if parts else None


def cannot_say(store: Store, asked: Asked) -> Iterator[Sentence]:
    """What these trials can't say: across trials, without chance, of an arm that is a choice; and gaps."""
    cards = asked.trials
    if len(cards) > 1:
        yield Sentence(
            "No arm of one trial was compared with an arm of another. A difference between numbers of two "
            "trials may be one of patients, years, earlier treatment, dose, definition or chance; no ranking "
            "follows.",
            cards=tuple(card.trial for card in cards),
            warning=True,
        )
    single = [card.trial for card in cards if not card.randomised]
    if single:
        yield Sentence(
            f"Nobody was allocated by chance in {listed(single)}: what was seen there is no effect of a "
            f"treatment against another.",
            cards=tuple(single),
            warning=True,
        )
    for card in cards:
        for arm in card.arms.values():
            choices = [given.drug for given in arm.give if given.purpose and is_treatment(given)]
            ours = asked.drugs.intersection(choices)
            if asked.of_it(arm) and ours and ours != set(choices):
                yield Sentence(
                    f"In {card.trial} the arm {arm.label} is a choice: not everybody in it had "
                    f"{asked.label}.",
                    cards=(card.trial,),
                    warning=True,
                )
    yield from (sentence(each) for each in gaps(store, asked))


def not_measured(store: Store, asked: Asked) -> Section | None:
    """Endpoints that others measured in this condition and these did not; trials without results."""
    reported = {
        term.id: [
            card.trial
            for card in asked.trials
            if any(f.endpoint == term.id and f.subgroup is None for f in store.of(card.trial))
        ]
        for term in endpoints(store)
    }
    parts: list[Part] = [*_silent(store, asked)]
    other = tuple(_elsewhere(store, asked, [name for name, by in reported.items() if not by]))
    if other:
        title = f"Reported by other trials in {asked.condition_label}, not by these"
        parts.append(Table(title, ("Endpoint", "Result held of"), (Group(None, other),)))
    rows = tuple(
        Row(
            (
                (Value(capital(store.words.label("endpoint", name))),),
                (Value(", ".join(by)),),
                (Value(", ".join(_not_in(asked, store, by)) or "–"),),
            )
        )
        for name, by in reported.items()
        if by
    )
    if rows:
        title = "Which trial reports which endpoint"
        head = ("Endpoint", "Result held of", "No result held of")
        parts.append(Fold(title, (Table(title, head, (Group(None, rows),)),)))
    return Section("not-measured", "What was not measured, or is not held", tuple(parts)) if parts else None


def _silent(store: Store, asked: Asked) -> Iterator[Sentence]:
    yield Sentence(
        "What is not here may have been measured and reported in pages that could not be read: many papers "
        "were read as abstracts.",
        warning=True,
    )
    for card in (card for card in asked.trials if not store.of(card.trial)):
        reason = store.reasons.get(card.trial, "No results were found.")
        yield Sentence(f"{card.trial} has no results in the store. {reason}", cards=(card.trial,))


def _elsewhere(store: Store, asked: Asked, unreported: list[str]) -> Iterator[Row]:
    """Which other trials of the condition hold a result of an endpoint."""
    for name in unreported:
        by = [
            card.trial
            for card in store.trials.values()
            if card.condition in asked.conditions and any(f.endpoint == name for f in store.of(card.trial))
        ]
        if by:
            yield Row(((Value(capital(store.words.label("endpoint", name))),), (Value(", ".join(by)),)))


def _parts(store: Store, asked: Asked) -> Iterator[Part]:
    words = store.words
    everyone = tuple(card.trial for card in asked.trials)
    differing = [(title, cell) for title, cell in _differing(store, asked) if len(cell) > 1]
    if differing:
        named = listed([title[:1].lower() + title[1:] for title, _ in differing])
        yield Sentence(f"By their cards the trials differ in {named}.", cards=everyone)
        rows = tuple(Row(((Value(title),), cell)) for title, cell in differing)
        yield Table("What differs", ("What", "How, and in which trials"), (Group(None, rows),))
    controls = {
        words.label("treatment", arm.treatment)
        for card in asked.trials
        if card.randomised
        for arm in card.arms.values()
        if arm.treatment and not asked.of_it(arm)
    }
    if len(controls) > 1:
        yield Sentence(
            f"The other arms had {listed(sorted(controls))}. A ratio against one of them is no ratio "
            f"against another.",
            cards=everyone,
        )


def _differing(store: Store, asked: Asked) -> Iterator[tuple[str, Cell]]:
    """What of the cards differs: each value with the trials that have it; what is not stated is a value."""
    for title, of, unsaid in _differences(store, asked):
        said: dict[str, list[str]] = {}
        for card in asked.trials:
            said.setdefault(of(card) or unsaid, []).append(card.trial)
        ordered = sorted(said.items(), key=lambda item: item[0] == unsaid)
        yield title, tuple(Value(", ".join(names), label=value) for value, names in ordered)


def _differences(store: Store, asked: Asked) -> Iterable[tuple[str, Callable[[TrialCard], str | None], str]]:
    words = store.words
    return (
        (
            "Line of treatment",
            lambda c: None if c.line == NOT_STATED else words.label("line", c.line),
            NOT_STATED,
        ),
        (
            "Earlier treatment that patients had had",
            lambda c: ", ".join(names_of_prior(words, c)) or None,
            "none stated",
        ),
        (
            f"Dose of {asked.label}",
            lambda c: ", ".join(_doses(asked, c)) or None,
            "not stated",
        ),
        ("Years of enrolment", years, NOT_STATED),
        ("Growth factor", lambda c: growth_factor(words, c), NOT_STATED),
        (
            "Primary endpoint",
            lambda c: ", ".join(endpoint_words(words, name) for name in c.primary) or None,
            NOT_STATED,
        ),
        ("Condition", lambda c: words.label("condition", c.condition), NOT_STATED),
    )


def _doses(asked: Asked, card: TrialCard) -> list[str]:
    found = [
        " ".join(part for part in (given.dose, how_often(given)) if part)
        for arm in card.arms.values()
        if asked.of_it(arm)
        for given in arm.give
        if given.drug in asked.drugs and is_treatment(given) and given.dose
    ]
    return list(dict.fromkeys(found))


def _not_in(asked: Asked, store: Store, by: list[str]) -> list[str]:
    return [card.trial for card in asked.trials if card.trial not in by and store.of(card.trial)]
