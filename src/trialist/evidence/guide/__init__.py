"""A treatment in a condition: a guide made by rule from the store alone.

found = make_guide(load_store(), "a drug, treatment or class", "a condition")

`Guide` where there is one, else the problems that say why not. Every number of it is one of a finding,
printed as its source printed it; every sentence names the findings, statements or trials that it was made of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from trialist.evidence.checks import check_store
from trialist.evidence.guide import compare, efficacy, glance, safety, statements, trials
from trialist.evidence.guide.asked import Asked, read_asked
from trialist.evidence.guide.model import Dated, Guide, Section, Sentence, Table
from trialist.evidence.guide.printed import id_of
from trialist.evidence.guide.references import references
from trialist.evidence.model import Store
from trialist.problems import Problem

__all__ = ["Guide", "make_guide"]
_CONTRADICTIONS = frozenset({"N610", "N619"})


def make_guide(store: Store, treatment: str, condition: str) -> Guide | tuple[Problem, ...]:
    """The guide of a treatment in a condition.

    Problems (in place of a guide): E630 no such treatment, E622 no such condition, E631 no trial of both.
    In the guide: N630 a trial without results, and the contradictions of its trials (`evidence.checks`).
    """
    asked = read_asked(store, treatment, condition)
    if not isinstance(asked, Asked):
        return asked
    names = [card.trial for card in asked.trials]
    part = replace(
        store,
        trials={name: store.trials[name] for name in names},
        findings=tuple(f for f in store.findings if f.trial in names),
    )
    found = check_store(part)
    disputes = _disputes(found)
    sections = tuple(
        section
        for section in (
            glance.glance(store, asked),
            trials.trials(store, asked),
            trials.protocols(store, asked),
            trials.flows(store, asked),
            *efficacy.efficacy(store, asked, disputes),
            safety.safety(store, asked, disputes),
            trials.conduct(store, asked, disputes),
            statements.labels(store, asked),
            statements.mechanism(store, asked),
            statements.definitions(store, asked),
            compare.comparison(store, asked),
            compare.not_measured(store, asked),
        )
        if section is not None
    )
    sections = (_about(store, asked, sections), *sections)
    silent = tuple(
        Problem(
            "N630",
            f"the store holds no result of {name}, a trial of {asked.label}",
            store.reasons.get(name, "add its results to a folder of the store"),
        )
        for name in names
        if not store.of(name)
    )
    label = asked.label[:1].upper() + asked.label[1:]
    return Guide(
        title=f"{label} in {asked.condition_label}",
        treatment=asked.label,
        condition=asked.condition,
        condition_label=asked.condition_label,
        dated=dated(store),
        trials=tuple(names),
        sections=sections,
        references=references(store, sections),
        problems=(*silent, *found),
    )


def dated(store: Store) -> Dated:
    """The newest date of a statement, what is held, and a fingerprint: another store has another one."""
    newest = max((each.as_of for each in store.statements if each.as_of), default="no date")
    content = [f.id for f in store.findings] + [f"{each.id} {each.text}" for each in store.statements]
    content += [repr(card) for card in store.trials.values()]
    fingerprint = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    return Dated(newest, len(store.trials), len(store.findings), fingerprint)


def _about(store: Store, asked: Asked, sections: tuple[Section, ...]) -> Section:
    held = sum(len(store.of(card.trial)) for card in asked.trials)
    count = len(asked.trials)
    randomised = sum(card.randomised for card in asked.trials)
    cards = tuple(card.trial for card in asked.trials)
    return Section(
        "about",
        "What this is, and what it is not",
        (
            Sentence(
                f"This guide lists what {count} trial{'' if count == 1 else 's'} ({randomised} randomised) "
                f"of {asked.label} in {asked.condition_label} found: {held} findings, each with the source "
                f"that it was read in.",
                cards=cards,
            ),
            *_left_out(asked, store, sections),
            Sentence(
                "It was written by rule from a curated store. Numbers stand as they were printed; where two "
                "sources do not agree both are shown, and nothing is averaged or pooled.",
            ),
            Sentence(
                "It is no systematic review: trials that the store does not hold are not here. It is no "
                "treatment advice, and it ranks nothing.",
                warning=True,
            ),
        ),
    )


def _left_out(asked: Asked, store: Store, sections: tuple[Section, ...]) -> list[Sentence]:
    """What of the trials is not listed, so that nothing goes missing unsaid."""
    shown: set[str] = set()
    for section in sections:
        for part in section.parts:
            if isinstance(part, Table):
                shown |= {v.id for row in part.rows for cell in row.cells for v in cell if v.id}
            else:
                shown |= set(getattr(part, "ids", ()))
    left = {
        id_of(f): card.trial for card in asked.trials for f in store.of(card.trial) if id_of(f) not in shown
    }
    if not left:
        return []
    said = f"Not listed: {len(left)} of them, in which no arm with {asked.label} takes part."
    return [Sentence(said, tuple(left), tuple(dict.fromkeys(left.values())))]


def _disputes(found: tuple[Problem, ...]) -> Mapping[str, tuple[str, ...]]:
    """Id of a finding -> what the checks of the store say against it; a mere note is none."""
    said: dict[str, list[str]] = {}
    for problem in (each for each in found if each.severity == "warning" or each.code in _CONTRADICTIONS):
        for name in (problem.place.record or "").split(", ") if problem.place else ():
            said.setdefault(name, []).append(f"{problem.code}: {problem.message}")
    return {name: tuple(dict.fromkeys(each)) for name, each in said.items()}
