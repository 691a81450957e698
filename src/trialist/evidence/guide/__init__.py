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
from trialist.evidence.checks.intervals import intervals
from trialist.evidence.guide import (
    compare,
    conduct,
    efficacy,
    flows,
    printed,
    safety,
    statements,
    summary,
    trials,
)
from trialist.evidence.guide.abbreviations import abbreviations
from trialist.evidence.guide.asked import Asked, read_asked
from trialist.evidence.guide.model import Dated, Guide, Section, Sentence, Table
from trialist.evidence.guide.printed import id_of
from trialist.evidence.guide.references import references, with_numbers
from trialist.evidence.guide.wording import capital
from trialist.evidence.model import Store
from trialist.findings.model import Finding
from trialist.problems import Problem

__all__ = ["Guide", "make_guide"]
_CONTRADICTIONS = frozenset({"N610", "N619"})


def make_guide(store: Store, treatment: str, condition: str | None) -> Guide | tuple[Problem, ...]:
    """The guide of a treatment in a condition.

    Problems (in place of a guide): E630 no such treatment, E635 no condition, E622 none of that name, E631 no
    trial of both.
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
    store = _without_unusable_intervals(store)
    disputes = _disputes(found)
    sections = tuple(
        section
        for section in (
            *summary.summary(store, asked),
            trials.trials(store, asked),
            trials.protocols(store, asked),
            *efficacy.efficacy(store, asked, disputes),
            safety.safety(store, asked, disputes),
            conduct.conduct(store, asked, disputes),
            compare.comparison(store, asked),
            compare.not_measured(store, asked),
            statements.labels(store, asked),
            statements.mechanism(store, asked),
            flows.flows(store, asked),
            statements.definitions(store, asked),
        )
        if section is not None
    )
    sections = (*sections, _about(store, asked, sections))
    silent = tuple(
        Problem(
            "N630",
            f"the store holds no result of {name}, a trial of {asked.label}",
            store.reasons.get(name, "add its results to a folder of the store"),
        )
        for name in names
        if not store.of(name)
    )
    cited = references(store, sections)
    return Guide(
        title=f"{capital(asked.label)} in {asked.condition_label}",
        treatment=asked.label,
        condition=asked.condition,
        condition_label=asked.condition_label,
        dated=dated(store),
        trials=tuple(names),
        sections=with_numbers(sections, cited),
        references=cited,
        problems=(*silent, *found),
    )


def _without_unusable_intervals(store: Store) -> Store:
    """An interval that can't belong to its estimate is not printed beside it; what is wrong is told."""
    wrong = {entry for found in intervals(store) for entry in found.entries}

    def usable(finding: Finding) -> Finding:
        if id_of(finding) not in wrong:
            return finding
        options = (*finding.method.options, ("unusable", printed.UNUSABLE))
        return replace(finding, interval=None, method=replace(finding.method, options=options))

    return replace(store, findings=tuple(usable(finding) for finding in store.findings))


def dated(store: Store) -> Dated:
    """The newest date of a statement, what is held, and a fingerprint: another store has another one."""
    newest = max((each.as_of for each in store.statements if each.as_of), default="no date")
    content = [f.id for f in store.findings] + [f"{each.id} {each.text}" for each in store.statements]
    content += [repr(card) for card in store.trials.values()]
    fingerprint = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    return Dated(newest, len(store.trials), len(store.findings), fingerprint)


def _about(store: Store, asked: Asked, sections: tuple[Section, ...]) -> Section:
    short = abbreviations(sections)
    return Section(
        "about",
        "How this guide was made",
        (
            Sentence(
                "It was written by rule from a curated store. Numbers stand as they were printed; where two "
                "sources do not agree both are shown, and nothing is averaged or pooled.",
            ),
            *_left_out(asked, store, sections),
            Sentence(
                "It is no systematic review: trials that the store does not hold are not here. It is no "
                "treatment advice, and it ranks nothing.",
                warning=True,
            ),
            *((short,) if short else ()),
        ),
    )


def _left_out(asked: Asked, store: Store, sections: tuple[Section, ...]) -> list[Sentence]:
    """What of the trials is not listed, so that nothing goes missing unsaid."""
    shown: set[str] = set()
    for part in (part for section in sections for part in section.all_parts):
        if isinstance(part, Table):
            shown |= {v.id for row in part.rows for cell in row.cells for v in cell if v.id}
        else:
            shown |= set(getattr(part, "ids", ()))
    left = {
        id_of(f): card.trial for card in asked.trials for f in store.of(card.trial) if id_of(f) not in shown
    }
    if not left:
        return []
    said = f"Not listed: {len(left)} findings of its trials, in which no arm with {asked.label} takes part."
    return [Sentence(said, tuple(left), tuple(dict.fromkeys(left.values())))]


def _disputes(found: tuple[Problem, ...]) -> Mapping[str, tuple[str, ...]]:
    """Id of a finding -> what the checks of the store say against it; a mere note is none."""
    said: dict[str, list[str]] = {}
    for problem in (each for each in found if each.severity == "warning" or each.code in _CONTRADICTIONS):
        for name in (problem.place.record or "").split(", ") if problem.place else ():
            said.setdefault(name, []).append(_why(problem))
    return {name: tuple(dict.fromkeys(each)) for name, each in said.items()}


def _why(problem: Problem) -> str:
    """The reason, where it is known, else what the check says."""
    _, explained, reason = problem.message.partition("Explained: ")
    return f"{capital(reason)} ({problem.code})" if explained else f"{problem.message} ({problem.code})"
