"""Whether a printed answer says no more than what it cites: a second reading, apart from `compose`.

Each sentence is read again as text. Names of what it cites are taken away; every number that is left must be
one of a cited finding, statement, trial or source, in the form in which it is printed (a share, a percentage,
an interval, a p value, a count of people); and what follows the name of an arm must be a number of that arm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from trialist.evidence.model import Statement, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding
from trialist.protocol.model import Source

_NUMBER = re.compile(
    r"(?P<low>\d+(?:,\d{3})*(?:\.\d+)?) of (?P<of>\d+(?:,\d{3})*)|p (?P<bound>[=<>]) (?P<p>\d*\.?\d+)|"
    r"(?P<level>\d+(?:\.\d+)?)% CI|(?P<percent>\d+(?:\.\d+)?)%|(?P<grade>grade \d(?:[-+]\d?)?)(?![\d.%])|"
    r"(?P<plain>\d+(?:,\d{3})*(?:\.\d+)?)",
)
_BRACKETS = re.compile(r"\[[^\]]*\]")  # where a figure is from, in the words of its curator
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


_Thing = Finding | Statement | TrialCard | Source


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence that says more than what it cites, and what of it."""

    sentence: str
    what: str


@dataclass(frozen=True, slots=True)
class _Cited:
    findings: tuple[Finding, ...]
    statements: tuple[Statement, ...]
    cards: tuple[TrialCard, ...]
    sources: tuple[Source, ...]


def faults(sentences: Iterable[tuple[str, Sequence[str]]], store: Store) -> tuple[Fault, ...]:
    """What of the sentences, each with its ids, is not borne out by what the ids stand for."""
    held = _held(store)
    return tuple(Fault(text, what) for text, ids in sentences for what in _wrong(text, ids, store, held))


def _wrong(text: str, ids: Sequence[str], store: Store, held: Mapping[str, list[_Thing]]) -> Iterator[str]:
    if not ids:
        yield "it cites nothing"
        return
    yield from (f"'{name}' is no id of the store" for name in ids if name not in held)
    if not any(letter.isdigit() for letter in text):
        return
    found = _cited(thing for name in ids for thing in held.get(name, ()))
    for match in _NUMBER.finditer(_without(text, _names(found, store))):
        if not _borne(match, found):
            yield f"'{match[0]}' is no number of what it cites"
    yield from _arms(_BRACKETS.sub("", text), found, store)


def _held(store: Store) -> dict[str, list[_Thing]]:
    """Whatever an id may stand for; a trial and a source may have one name."""
    held: dict[str, list[_Thing]] = {}
    for name, source in store.sources.items():
        held.setdefault(name, []).append(source)
    for name, card in store.trials.items():
        held.setdefault(name, []).append(card)
    for statement in store.statements:
        held.setdefault(statement.id, []).append(statement)
    for finding in store.findings:
        held.setdefault(finding.origin.entry or finding.id, []).append(finding)
    return held


def _cited(things: Iterable[_Thing]) -> _Cited:
    found = list(things)
    return _Cited(
        tuple(each for each in found if isinstance(each, Finding)),
        tuple(each for each in found if isinstance(each, Statement)),
        tuple(each for each in found if isinstance(each, TrialCard)),
        tuple(each for each in found if isinstance(each, Source)),
    )


def _borne(match: re.Match[str], found: _Cited) -> bool:
    texts = _texts(found)
    if any(_stands(match[0], text) for text in texts):
        return True
    if match["low"]:
        return any(_is_share(match["low"], match["of"], finding) for finding in found.findings)
    if match["p"]:
        return any(
            f.p_value is not None
            and f.p_value.bound == match["bound"]
            and f.p_value.value == float(match["p"])
            for f in found.findings
        )
    if match["level"]:
        return any(
            f.interval is not None and _near(match["level"], 100 * f.interval.level) for f in found.findings
        )
    if match["percent"]:
        return any(_near(match["percent"], 100 * value) for f in found.findings for value in _values(f))
    if match["grade"]:
        grade = match["grade"].removeprefix("grade ")
        if any(re.search(rf"{re.escape(match['grade'])}(?!\d)", text) for text in texts):
            return True
        return any(str(dict(f.definition).get("grade")) == grade for f in found.findings)
    number = match["plain"].replace(",", "")
    exact = [value for f in found.findings for value in (*_values(f), f.n, f.events) if value is not None]
    return any(float(number) == abs(float(value)) for value in exact) or any(
        _stands(number, f"{f.timepoint or ''} {f.reported or ''}") for f in found.findings
    )


def _is_share(count: str, of: str, finding: Finding) -> bool:
    events, n = int(float(count.replace(",", ""))), int(of.replace(",", ""))
    if (finding.events, finding.n) == (events, n) or (finding.estimate == events and finding.n == n):
        return True
    if n not in (100, 1000) or finding.estimate is None or finding.estimate > 1:
        return False
    return abs(events - n * finding.estimate) <= 0.5 + 1e-9


def _values(finding: Finding) -> tuple[float, ...]:
    ends = (finding.interval.low, finding.interval.high) if finding.interval else ()
    return tuple(value for value in (finding.estimate, *ends) if value is not None)


def _near(printed: str, value: float) -> bool:
    """Whether a value is printed so, to the decimals that are printed."""
    decimals = len(printed.partition(".")[2])
    return abs(float(printed) - value) <= 0.5 * 10.0**-decimals + 1e-9


def _texts(found: _Cited) -> list[str]:
    """Texts of what is cited whose numbers may be repeated."""
    texts = [_joined(each) for each in (*found.statements, *found.sources)]
    for card in found.cards:
        texts += [value for said in card.stated.values() for value in said.values()]
        texts += [_joined(card), *(_joined(arm) for arm in card.arms.values())]
        texts += [_joined(given) for arm in card.arms.values() for given in arm.give]
    for finding in found.findings:
        analysis = dict(finding.method.options).get("analysis")
        texts += [
            finding.method.name,
            finding.origin.place or "",
            str(analysis or ""),
            str(dict(finding.method.options).get("cut_off") or ""),
            finding.subgroup or "",
            finding.note or "",
        ]
    return texts


def _joined(thing: Any) -> str:
    if isinstance(thing, Source):
        return " ".join(str(value) for value in thing.model_dump().values() if value is not None)
    return " ".join(
        str(getattr(thing, each.name))
        for each in fields(thing)
        if each.name not in ("arms", "give", "stated", "names")
    )


def _stands(number: str, text: str) -> bool:
    """Whether a number stands in a text as a number of its own."""
    wanted = number.removeprefix("grade ").split(" ")
    held = _DIGITS.findall(text)
    return all(
        part in held or not part[:1].isdigit() for part in (each.strip("%+") for each in wanted)
    ) and any(each[:1].isdigit() for each in wanted)


def _names(found: _Cited, store: Store) -> set[str]:
    """Names of what is cited that have figures in them: arms, drugs, endpoints, trials, sources, ids."""
    known = store.words
    names: set[str] = set()
    cards = [*found.cards, *(store.trials[f.trial] for f in found.findings)]
    for card in cards:
        names |= {card.trial, *card.registered}
        names |= {name for arm in card.arms for name in arm_names(known, card, arm)}
        names |= _of(known, "condition", card.condition)
        for arm in card.arms.values():
            for given in arm.give:
                names |= _of(known, "drug", given.drug)
    if found.cards and not found.findings:  # what a trial has no result on is named all the same
        names |= {name for term in known.terms("endpoint") for name in _of(known, "endpoint", term)}
    for finding in found.findings:
        names |= {finding.origin.entry or finding.id, finding.origin.source or ""}
        names |= _of(known, "endpoint", finding.endpoint.partition(":")[0])
        names |= _of(known, "endpoint", finding.endpoint) | _of(known, "population", finding.population)
        names.add(finding.endpoint.partition(":")[2].replace("_", " "))
        names.add(finding.unit or "")
        names |= _of(known, "toxicity", finding.endpoint.partition(":")[2].partition(":")[0])
    for statement in found.statements:
        for name in statement.about:
            for kind in ("drug", "treatment", "endpoint", "condition"):
                names |= _of(known, kind, name)
    names |= {name for name, source in store.sources.items() if source in found.sources}
    return {name for name in names if name}


def _of(known: Vocabulary, kind: str, name: str) -> set[str]:
    term = known.terms(kind).get(name)
    return (
        {term.label, *([term.plain, term.plain.partition(",")[0]] if term.plain else [])} if term else set()
    )


def arm_names(known: Vocabulary, card: TrialCard, name: str) -> set[str]:
    """What an arm may be called: its label, its treatment, or the drug that it is compared for."""
    arm = card.arms[name]
    names = {arm.label}
    term = known.terms("treatment").get(arm.treatment or "")
    if term is not None:
        names |= {term.label, *([term.plain] if term.plain else [])}
        if len(term.drugs) == 1:
            names |= _of(known, "drug", term.drugs[0].drug)
    return names


def _without(text: str, names: Iterable[str]) -> str:
    return _named(frozenset(name for name in names if _DIGITS.search(name))).sub(" ", text)


@lru_cache(maxsize=512)
def _named(names: frozenset[str]) -> re.Pattern[str]:
    """Any of the names, the longest first; none where there are none."""
    body = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)" if body else r"(?!)", re.I)


def _arms(text: str, found: _Cited, store: Store) -> Iterator[str]:
    """Each arm's finding stands with its arm; the first number behind an arm's name is one of that arm."""
    single = [f for f in found.findings if len(f.groups) == 1]
    by_card = {f.trial for f in found.findings}
    if len(by_card) != 1 or not single:
        return
    card_arms = {f.groups[0] for f in single}
    places = _places(text, found, store)
    if len(found.findings) == 1 and places and not any(single[0].groups[0] in arms for _, _, arms in places):
        yield "it names another arm than that of the number"
    for place, (_, end, arms) in enumerate(places):
        stop = places[place + 1][0] if place + 1 < len(places) else len(text)
        segment = re.split(r"[;\[]|\. |(?:hazard|odds) ratio|[,:] p ", text[end:stop])[0]
        match = _NUMBER.search(segment)
        if match is None or not arms & card_arms or len(found.findings) == 1:
            continue
        of_arm = _Cited(tuple(f for f in single if f.groups[0] in arms), (), (), ())
        if not _borne(match, of_arm):
            yield f"'{match[0]}' is no number of the arm before it"


def _places(text: str, found: _Cited, store: Store) -> list[tuple[int, int, set[str]]]:
    """Where arms are named in a text: start, end and the arms that the name may mean, longest names first."""
    cards = store.trials
    names: dict[str, set[str]] = {}
    for trial in {f.trial for f in found.findings if f.trial in cards}:
        for arm in cards[trial].arms:
            for name in arm_names(store.words, cards[trial], arm):
                names.setdefault(name.lower(), set()).add(arm)
    found_at = _named(frozenset(names)).finditer(text)
    return [(m.start(), m.end(), names[m[0].lower()]) for m in found_at]
