"""What the trials are: who took part, what they were given, how it was planned."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from trialist.evidence.guide import printed
from trialist.evidence.guide.asked import Asked
from trialist.evidence.guide.model import Cell, Fold, Group, Part, Row, Section, Table, Value
from trialist.evidence.guide.wording import curated, endpoint_label, signs
from trialist.evidence.model import Arm, Given, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary

NOT_STATED = "not stated"
_HEAD = ("Trial", "Design", "Line and earlier treatment", "Arms", "Primary endpoint", "Growth factor")
_PLAN_HEAD = ("Trial", "Allocation", "Strata", "Planned", "Who could take part")
_FACTS = {
    "target_effect": "effect aimed at",
    "control_assumption": "assumed of the control arm",
    "power": "power",
    "alpha": "alpha",
    "alpha_sides": "sides of alpha",
    "planned_events": "events planned",
    "planned_n": "patients planned",
    "interim": "interim analyses",
    "enrolled_to": "end of enrolment",
}
_DAYS = re.compile(r"(?<=\d) d\b")


def trials(store: Store, asked: Asked) -> Section:
    """The table of trials: design, line, arms with drugs and dose, years, patients, endpoint."""
    return _side_by_side("trials", "The trials", _HEAD, asked, lambda card: _trial(store, asked, card))


def protocols(store: Store, asked: Asked) -> Section:
    """How they were planned, side by side, each fact as its source states it."""
    return _side_by_side(
        "protocols", "Protocols side by side", _PLAN_HEAD, asked, lambda card: _plan(store, card)
    )


def _side_by_side(
    name: str, title: str, head: tuple[str, ...], asked: Asked, row: Callable[[TrialCard], Row]
) -> Section:
    """Randomised trials first; the others folded, where there are both."""
    kinds = [[row(card) for card in asked.trials if card.randomised is kind] for kind in (True, False)]
    first, rest = (tuple(rows) for rows in (kinds if kinds[0] else reversed(kinds)))
    parts: list[Part] = [Table(title, head, (Group(None, first),))]
    if rest:
        other = f"{title}: not randomised"
        parts.append(Fold(other, (Table(other, head, (Group(None, rest),)),)))
    return Section(name, title, tuple(parts))


def names_of_prior(words: Vocabulary, card: TrialCard) -> list[str]:
    return [
        words.label("drug", name) if words.find("drug", name) else words.label("class", name)
        for name in card.prior
    ]


def years(card: TrialCard) -> str | None:
    """`2007–2008`."""
    ends = [end[:4] for end in (card.enrolled_from, card.enrolled_to) if end]
    return printed.EN_DASH.join(dict.fromkeys(ends)) or None


def how_often(given: Given) -> str | None:
    """`every 21 days`, `daily`, `days 1 and 15 of 28 days`."""
    if given.every is None or given.every == "1 d":
        return given.every and "daily"
    said = _DAYS.sub(" days", given.every)
    return f"every {said}" if said[:1].isdigit() else said


def given(words: Vocabulary, arm: Arm) -> str:
    """`drug 25 mg/m2 every 21 days, at most 10 cycles; prednisone 10 mg daily (background)`."""
    said = []
    for each in arm.give:
        parts = (words.label("drug", each.drug), each.dose, how_often(each))
        text = " ".join(part for part in parts if part)
        if each.cycles:
            text += f", at most {each.cycles} cycles"
        said.append(text + (f" ({each.purpose})" if each.purpose else ""))
    return "; ".join(said)


def _trial(store: Store, asked: Asked, card: TrialCard) -> Row:
    words = store.words
    recalled = set(card.recalled)
    design = (
        f"phase {card.phase}" if card.phase and card.phase[:1].isdigit() else card.phase,
        f"randomised{' ' + card.ratio if card.ratio else ''}" if card.randomised else "not randomised",
        card.blinding,
    )
    where = f"{card.countries} countries" if card.countries and card.countries > 1 else None
    taken_part = (
        f"n={card.n}" if card.n is not None else "n not stated",
        years(card) or "years not stated",
        where,
    )
    prior = ", ".join(names_of_prior(words, card))
    first = Value(card.trial, None, None, _about(card), cites=sources_of(store, card))
    design_cell: Cell = (
        Value(_said(design)),
        Value(_said(taken_part)),
        Value(words.label("condition", card.condition), behind=card.setting and signs(card.setting))
        if card.condition != asked.condition
        else Value(signs(card.setting or "")),
    )
    design_cell = tuple(each for each in design_cell if each.text)
    line = Value(
        words.label("line", card.line), behind=f"after {prior}" if prior else "earlier drugs not stated"
    )
    arms = tuple(_arm(words, arm) for arm in card.arms.values()) or (Value(NOT_STATED),)
    primary = ", ".join(endpoint_label(words, name) for name in card.primary) or NOT_STATED
    growth = Value(
        growth_factor(words, card) or NOT_STATED,
        marks=(printed.RECALLED,) if any("growth factor" in word for word in recalled) else (),
    )
    return Row(
        ((first,), design_cell, (line,), arms, (Value(primary),), (growth,)), anchor=f"trial-{card.trial}"
    )


def _about(card: TrialCard) -> str:
    return "; ".join((card.title, *card.registered))


def _recalled(card: TrialCard) -> str | None:
    """Which fields of the card were filled from memory."""
    if not card.recalled:
        return None
    fields = (re.sub(r"(?<=[a-z])_", " ", re.sub(r"(?<=\w)\(", " (", name)) for name in card.recalled)
    return f"{printed.RECALLED}: {', '.join(fields)}"


def growth_factor(words: Vocabulary, card: TrialCard) -> str | None:
    """What the card says of growth factors, else the arms that were given one."""
    if card.growth_factor:
        return card.growth_factor
    known = words.terms("drug")
    given_in = [
        arm.label
        for arm in card.arms.values()
        if any(each.drug in known and known[each.drug].drug_class == "growth_factor" for each in arm.give)
    ]
    return f"given in the arm {' and in '.join(given_in)}" if given_in else None


def _arm(words: Vocabulary, arm: Arm) -> Value:
    counts = (
        f"n={arm.n}" if arm.n is not None else None,
        f"{arm.treated} treated" if arm.treated is not None else None,
    )
    return Value(given(words, arm) or "not stated", None, arm.label, _said((arm.role, *counts)))


def _plan(store: Store, card: TrialCard) -> Row:
    words = store.words
    allocation = _said((card.ratio, card.blinding)) if card.randomised else "not randomised"
    facts = tuple(
        Value(
            curated(words, value),
            None,
            _FACTS.get(name, name.replace("_", " ")),
            marks=(printed.RECALLED,) if source == "memory" else (),
            cites=() if source == "memory" else (source,),
        )
        for name, said in card.stated.items()
        for source, value in said.items()
    )
    eligibility = Value(
        curated(words, card.eligibility or NOT_STATED),
        marks=("partly recalled",) if any("eligibility" in word for word in card.recalled) else (),
    )
    return Row(
        (
            (
                Value(
                    card.trial,
                    None,
                    None,
                    "; ".join(signs(p) for p in (card.note, _recalled(card)) if p) or None,
                ),
            ),
            (Value(allocation or NOT_STATED),),
            (Value(curated(words, "; ".join(card.strata)) or NOT_STATED),),
            facts or (Value(NOT_STATED),),
            (eligibility,),
        )
    )


def sources_of(store: Store, card: TrialCard) -> tuple[str, ...]:
    """The sources of a card, papers first."""
    papers = [name for name in card.sources if name in store.sources and store.sources[name].kind == "paper"]
    return tuple(name for name in dict.fromkeys((*papers, *card.sources)) if name != "memory")


def _said(parts: Iterable[str | None]) -> str:
    return ", ".join(part for part in parts if part)
