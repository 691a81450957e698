"""What a comparison of these trials can say and what it cannot, computed from their cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from trialist.evidence.guide.asked import Asked, is_treatment
from trialist.evidence.guide.efficacy import endpoints
from trialist.evidence.guide.model import Cell, Group, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.statements import gaps, sentence
from trialist.evidence.guide.trials import NOT_STATED, growth_factor, how_often, names_of_prior, years
from trialist.evidence.model import Store, TrialCard


def comparison(store: Store, asked: Asked) -> Section:
    """Head-to-head comparisons, and the differences between trials that forbid a ranking."""
    return Section(
        "comparison", "What a comparison can say, and what it cannot", tuple(_sentences(store, asked))
    )


def not_measured(store: Store, asked: Asked) -> Section:
    """Endpoints that others measured in this condition and these trials did not, and gaps that are stated."""
    parts: list[Sentence | Table] = [sentence(each) for each in gaps(store, asked)]
    reported: dict[str, list[str]] = {}
    for term in endpoints(store):
        reported[term.id] = [
            card.trial
            for card in asked.trials
            if any(f.endpoint == term.id and f.subgroup is None for f in store.of(card.trial))
        ]
    elsewhere = {
        name: [
            card.trial
            for card in store.trials.values()
            if card.condition in asked.conditions and any(f.endpoint == name for f in store.of(card.trial))
        ]
        for name, by in reported.items()
        if not by
    }
    other = tuple(
        Row(((Value(_capital(store.words.label("endpoint", name))),), (Value(", ".join(by)),)))
        for name, by in elsewhere.items()
        if by
    )
    if other:
        title = f"Reported by other trials in {asked.condition_label}, not by these"
        parts.append(Table(title, ("Endpoint", "Result held of"), (Group(None, other),)))
    silent = [card for card in asked.trials if not store.of(card.trial)]
    for card in silent:
        reason = store.reasons.get(card.trial, "No results were found.")
        parts.append(Sentence(f"{card.trial} has no results in the store. {reason}", cards=(card.trial,)))
    rows = tuple(
        Row(
            (
                (Value(_capital(store.words.label("endpoint", name))),),
                (Value(", ".join(by)),),
                (Value(", ".join(_not_in(asked, store, by)) or "–"),),
            )
        )
        for name, by in reported.items()
        if by
    )
    if rows:
        head = ("Endpoint", "Result held of", "No result held of")
        parts.append(Table("Who reports what", head, (Group(None, rows),), folded=True))
    parts.append(
        Sentence(
            "What is not here may have been measured and reported in pages that could not be read: many "
            "papers were read as abstracts.",
            warning=True,
        )
    )
    return Section("not-measured", "What nobody measured, or is not held", tuple(parts))


def _sentences(store: Store, asked: Asked) -> Iterator[Sentence | Table]:
    words = store.words
    cards = asked.trials
    everyone = tuple(card.trial for card in cards)
    for card in cards:
        arms = [arm.label for arm in card.arms.values()]
        if card.randomised and len(arms) > 1:
            said = "; or ".join(arms) if any("," in arm for arm in arms) else _listed(arms, last=" or ")
            yield Sentence(f"{card.trial} allocated patients by chance to {said}.", cards=(card.trial,))
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
    single = [card.trial for card in cards if not card.randomised]
    if single:
        yield Sentence(
            f"Nobody was allocated by chance in {_listed(single)}: what was seen there is no effect of a "
            f"treatment against another.",
            cards=tuple(single),
        )
    if len(cards) > 1:
        yield Sentence(
            "No arm of one trial was compared with an arm of another. A difference between numbers of two "
            "trials may be one of patients, years, earlier treatment, dose, definition or chance; no ranking "
            "follows.",
            cards=everyone,
            warning=True,
        )
    differing = [(title, cell) for title, cell in _differing(store, asked) if len(cell) > 1]
    if differing:
        named = _listed([title[:1].lower() + title[1:] for title, _ in differing])
        yield Sentence(f"By their cards the trials differ in {named}.", cards=everyone)
        rows = tuple(Row(((Value(title),), cell)) for title, cell in differing)
        yield Table("How the trials differ", ("What", "How, and in which trials"), (Group(None, rows),))
    controls = {
        words.label("treatment", arm.treatment)
        for card in cards
        if card.randomised
        for arm in card.arms.values()
        if arm.treatment and not asked.of_it(arm)
    }
    if len(controls) > 1:
        yield Sentence(
            f"The other arms had {_listed(sorted(controls))}. A ratio against one of them is no ratio "
            f"against another.",
            cards=everyone,
        )


def _differing(store: Store, asked: Asked) -> Iterator[tuple[str, Cell]]:
    """What of the cards differs: each value with the trials that have it; what is not stated is a value."""
    for title, of, unsaid in _differences(store, asked):
        said: dict[str, list[str]] = {}
        for card in asked.trials:
            said.setdefault(of(card) or unsaid, []).append(card.trial)
        listed = sorted(said.items(), key=lambda item: item[0] == unsaid)
        yield title, tuple(Value(value, behind=", ".join(names)) for value, names in listed)


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
            lambda c: ", ".join(words.label("endpoint", name) for name in c.primary) or None,
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


def _listed(names: Iterable[str], last: str = " and ") -> str:
    """`a, b and c`; with semicolons where a name has a comma of its own."""
    kept = list(names)
    if any("," in name for name in kept):
        return "; ".join(kept)
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])}{last}{kept[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
