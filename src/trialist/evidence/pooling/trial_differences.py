"""What differs between the trials of a network: laid out before anything is ranked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trialist.evidence.model import Arm, Given, TrialCard
from trialist.problems import Problem

_PERFORMANCE = re.compile(
    r"\b(?:ECOG|WHO|KPS|Karnofsky)(?: PS)? ?(?:[<>=≤≥]+ ?)?\d+(?: ?(?:-|to) ?\d+)?", re.IGNORECASE
)
COLUMNS = (
    "condition",
    "line of therapy",
    "had before",
    "performance status",
    "growth factor",
    "control",
    "blinding",
    "enrolled",
    "patients",
)
_MATTER = ("condition", "line of therapy", "had before", "performance status", "growth factor", "blinding")
_YEARS_APART = 10


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A trial: the treatments that it compares, and what `COLUMNS` says of it; None is not stated.

    recalled  columns that were filled from memory
    """

    trial: str
    compares: tuple[str, ...]
    values: tuple[str | None, ...]
    recalled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dosing:
    """A drug of one treatment that trials gave otherwise: how -> trials. Not stated is no difference."""

    treatment: str
    drug: str
    given: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Differences:
    """The trials side by side. It is no finding; it says which findings of a network to doubt.

    differing  columns in which trials that both state something state something else
    unknown    columns that matter and that some trial does not state
    doses      drugs of one treatment that were not given alike
    """

    columns: tuple[str, ...]
    rows: tuple[TrialRow, ...]
    differing: tuple[str, ...]
    unknown: tuple[str, ...]
    doses: tuple[Dosing, ...] = ()

    def by_value(self, column: str) -> dict[str, tuple[str, ...]]:
        """What a column says -> the trials that say it."""
        at = self.columns.index(column)
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            value = row.values[at] or "not stated"
            found[value] = (*found.get(value, ()), row.trial)
        return found


def differences(
    trials: Sequence[tuple[str, tuple[str, ...]]],
    cards: Mapping[str, TrialCard],
    labels: Mapping[str, str],
) -> Differences:
    """The trials, each with the treatments that it compares, beside each other."""
    rows = tuple(
        TrialRow(
            name,
            tuple(labels.get(t, t) for t in treatments),
            tuple(_values(cards[name], treatments, labels)),
            tuple(_recalled(cards[name])),
        )
        for name, treatments in trials
    )
    differing, unknown = [], []
    for at, column in enumerate(COLUMNS):
        stated = [row.values[at] for row in rows]
        if column in _MATTER and None in stated:
            unknown.append(column)
        if column in _MATTER and len({v.split(" (")[0] for v in stated if v is not None}) > 1:
            differing.append(column)
    years = [int(y) for row in rows for y in re.findall(r"\b(?:19|20)\d\d\b", row.values[7] or "")]
    if years and max(years) - min(years) >= _YEARS_APART:
        differing.append("enrolled")
    return Differences(COLUMNS, rows, tuple(differing), tuple(unknown), tuple(_doses(trials, cards, labels)))


def _doses(
    trials: Sequence[tuple[str, tuple[str, ...]]], cards: Mapping[str, TrialCard], labels: Mapping[str, str]
) -> Iterator[Dosing]:
    """Dose, interval and number of cycles of each drug of a treatment; prophylaxis has a column."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for name, treatments in trials:
        for arm in cards[name].arms.values():
            for each in arm.give if arm.treatment in treatments else ():
                if each.purpose != "prophylaxis":
                    for given in _given(each):
                        stated = found.setdefault((arm.treatment or "", f"{each.drug} {given[0]}"), {})
                        if name not in stated.setdefault(given[1], []):
                            stated[given[1]].append(name)
    for (treatment, what), by_text in found.items():
        if len(by_text) > 1:
            drug, _, word = what.partition(" ")
            stated_by = {text: tuple(names) for text, names in by_text.items()}
            yield Dosing(labels.get(treatment, treatment), f"{word} of {labels.get(drug, drug)}", stated_by)


def _given(each: Given) -> Iterator[tuple[str, str]]:
    """What a card states of how a drug was given: word, as stated."""
    if each.dose:
        yield "dose", each.dose + (f" every {each.every}" if each.every else "")
    if each.cycles:
        yield "cycles", f"at most {each.cycles}"


def _values(card: TrialCard, treatments: Iterable[str], labels: Mapping[str, str]) -> Iterator[str | None]:
    status = _PERFORMANCE.search(card.eligibility or "")
    control = next((arm for arm in card.arms.values() if arm.role == "control"), None)
    yield labels.get(card.condition, card.condition)
    yield None if card.line == "not stated" else card.line
    yield _before(card, labels)
    yield status.group() if status else None
    yield card.growth_factor or _growth_factor(card.arms.values())
    yield labels.get(control.treatment or "", control.label) if control else None
    yield card.blinding
    ends = [each[:7] for each in (card.enrolled_from, card.enrolled_to) if each]
    yield " to ".join(ends) or None
    yield None if card.n is None else str(card.n)


def _before(card: TrialCard, labels: Mapping[str, str]) -> str | None:
    if card.prior:
        return ", ".join(labels.get(each, each) for each in card.prior)
    return "none" if card.line in ("first", "none") else None


def _growth_factor(arms: Iterable[Arm]) -> str | None:
    given = {g.drug for arm in arms for g in arm.give if g.purpose == "prophylaxis"}
    return ", ".join(sorted(given)) or None


def _recalled(card: TrialCard) -> Iterator[str]:
    fields = {
        "condition": "condition",
        "line": "line of therapy",
        "prior": "had before",
        "eligibility": "performance status",
        "key_eligibility": "performance status",
        "growth_factor": "growth factor",
        "blinding": "blinding",
        "enrolled_from": "enrolled",
        "enrolled_to": "enrolled",
        "n": "patients",
    }
    for field in card.recalled:
        column = fields.get(field)
        if column is not None:
            yield column


def told(found: Differences, indirect: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """W665 lines of therapy differ between trials that are joined; N671 other differences; N679 doses of one
    treatment; N672 what is not stated. `indirect` are the pairs that no trial compares."""
    if "line of therapy" in found.differing:
        only = f"; {len(indirect)} comparisons have no trial of their own" if indirect else ""
        yield Problem(
            "W665",
            "trials of several lines of therapy are joined: "
            + _spelt(found.by_value("line of therapy"))
            + only,
            "read what crosses lines as a hypothesis; ask the network of one line, or the trials themselves",
        )
    others = [c for c in found.differing if c != "line of therapy"]
    if others and len(found.rows) > 1:
        yield Problem(
            "N671",
            "the trials differ in "
            + ", ".join(others)
            + ": an indirect comparison holds only if that does not change effects",
            "look at the table of differences before the ranking",
        )
    for each in found.doses:
        yield Problem(
            "N679",
            f"{each.treatment} was not given alike, {each.drug}: {_spelt(each.given)}",
            "ask whether it is one treatment; where it is not give the arms treatments of their own",
        )
    if found.unknown and len(found.rows) > 1:
        yield Problem(
            "N672",
            f"not every trial states {', '.join(found.unknown)}; what is not stated may differ",
            "add it to the trial's card, with its source",
        )


def _spelt(by_value: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(f"{value}: {', '.join(trials)}" for value, trials in by_value.items())
