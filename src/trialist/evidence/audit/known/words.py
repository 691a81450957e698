"""The names by which a store is known in texts: trials, arms of a trial, endpoints, terms, populations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from trialist.evidence.audit.known.made import made_of
from trialist.evidence.claims.lexicon import Lexicon, Mention
from trialist.evidence.claims.references import Described, described
from trialist.evidence.model import Arm, Store, TrialCard
from trialist.findings.model import Finding

_BESIDE = ("background", "prophylaxis", "with ")
_KINDS = ("toxicity", "endpoint", "population", "condition", "class", "drug", "treatment")


_ANY_EVENT = re.compile(
    r"\bgrades?\s*(?:≥|>=)?\s*\d(?:\s*(?:-|to|or|and)\s*(?:\d|higher|above|more|worse))?\s+"
    r"(?:treatment-emergent\s+|treatment-related\s+|drug-related\s+|adverse\s+)*(?P<any>events?"
    r"|toxicit(?:y|ies)|reactions?|side effects)\b"
    r"|\bany\s+(?:AE|event)s?\b|\bevents?\s+(?:leading|led|that led)\s+to\b",
    re.I,
)


@dataclass(frozen=True)
class Known:
    """A store with the names that texts may use for what is in it."""

    store: Store

    @cached_property
    def lexicon(self) -> Lexicon:
        """Trials, endpoints, adverse events, populations, conditions, drugs and classes."""
        return Lexicon({kind: self.store.words.spoken(kind) for kind in _KINDS})

    @cached_property
    def of_trial(self) -> Mapping[str, tuple[Finding, ...]]:
        held: dict[str, list[Finding]] = {name: [] for name in self.store.trials}
        for finding in self.store.findings:
            held[finding.trial].append(finding)
        return {name: (*found, *made_of(found)) for name, found in held.items()}

    @cached_property
    def arms(self) -> Mapping[str, Lexicon]:
        """Of each trial the names of its arms; an id `a|b` is of a name that two arms share."""
        return {
            name: Lexicon({"arm": _arm_names(self.store, card)}) for name, card in self.store.trials.items()
        }

    @cached_property
    def trial_of_source(self) -> Mapping[str, frozenset[str]]:
        """Source -> the trials whose findings or cards cite it."""
        held: dict[str, set[str]] = {}
        for card in self.store.trials.values():
            for source in card.sources:
                held.setdefault(source, set()).add(card.trial)
        for finding in self.store.findings:
            if finding.origin.source:
                held.setdefault(finding.origin.source, set()).add(finding.trial)
        for statement in self.store.statements:
            if statement.source in self.store.sources:
                trials = {name for name in statement.about if name in self.store.trials}
                held.setdefault(statement.source, set()).update(trials)
        return {source: frozenset(trials) for source, trials in held.items()}

    @cached_property
    def cited_as(self) -> Mapping[str, Described]:
        """Source -> author, journal, year and place of its citation."""
        return {name: described(source.citation) for name, source in self.store.sources.items()}

    @cached_property
    def authors(self) -> frozenset[str]:
        return frozenset(said.author for said in self.cited_as.values() if said.author)

    def find(self, text: str, start: int, end: int) -> tuple[Mention, ...]:
        """The names in a stretch of text; a trial's only as it is written."""
        trials = [
            Mention("trial", self._trial_ids[_arabic(found[0])], found.start(), found.end())
            for found in self._trial_names.finditer(text, start, end)
            if sum(c.isupper() for c in found[0]) > 1 or " " in found[0]
        ]
        others = [
            m
            for m in self.lexicon.find(text, start, end)
            if not any(t.start < m.end and m.start < t.end for t in trials)
        ]
        events = [
            Mention("toxicity", "any", *found.span("any" if found["any"] else 0))
            for found in _ANY_EVENT.finditer(text, start, end)
        ]
        others += [e for e in events if not any(m.start < e.end and e.start < m.end for m in others)]
        return tuple(sorted((*trials, *others), key=lambda m: m.start))

    @cached_property
    def _trial_ids(self) -> Mapping[str, str]:
        return {_arabic(said): name for name, card in self.store.trials.items() for said in _said_of(card)}

    @cached_property
    def _trial_names(self) -> re.Pattern[str]:
        """Names and numbers of trials, however their parts are joined (`TAX 327`, `COU AA 301`)."""
        names = {said for card in self.store.trials.values() for said in _said_of(card)}
        parts = [
            r"[\s-]?".join(
                _ROMAN.get(part, re.escape(part)) for part in re.findall(r"[A-Za-z]+|[\d.]+", name)
            )
            for name in sorted(names, key=len, reverse=True)
        ]
        return re.compile(rf"(?<![\w-])(?:{'|'.join(parts) or '(?!)'})(?![\w]|-[A-Za-z])", re.I)


_ROMAN = {"1": "(?:1|I)", "2": "(?:2|II)", "3": "(?:3|III)"}  # `2` is written `II` as well
_HELD: list[Known] = []


def known(store: Store) -> Known:
    """The names of a store, made once for each store that is in use."""
    for one in _HELD:
        if one.store is store:
            return one
    _HELD.append(Known(store))
    del _HELD[:-4]
    return _HELD[-1]


def _said_of(card: TrialCard) -> tuple[str, ...]:
    """A trial's name and numbers; the title of a programme or cohort that is a name itself."""
    titled = (
        not card.randomised and 2 < len(re.findall(r"[\w]+", card.title)) <= _TITLE and card.title.isascii()
    )
    return (card.trial, *card.registered, *((card.title,) if titled else ()))


_TITLE = 5  # words of a title by which a study is spoken of


def _arabic(name: str) -> str:
    return _flat(re.sub(r"(?<=[a-z\s-])(I{1,3})$", lambda found: str(len(found[0])), name, flags=re.I))


def _flat(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def main_drugs(arm: Arm) -> tuple[str, ...]:
    """What an arm is given for the disease, without what goes along in every arm."""
    return tuple(g.drug for g in arm.give if not (g.purpose or "").startswith(_BESIDE))


def _arm_names(store: Store, card: TrialCard) -> dict[str, list[str]]:
    terms = store.words.terms
    held: dict[str, set[str]] = {}

    def say(name: str, arms: Iterable[str]) -> None:
        held.setdefault(name.strip(), set()).update(arms)

    arms = card.arms
    for arm in arms.values():
        for name in (arm.label, arm.name.replace("_", " "), re.sub(r"\s*\(.*\)$", "", arm.label)):
            if len(name) > 2:
                say(name, [arm.name])
        if len(arm.name) == 1:
            say(f"group {arm.name.upper()}", [arm.name])
            say(f"arm {arm.name.upper()}", [arm.name])
        treatment = terms("treatment").get(arm.treatment or "")
        for name in treatment.names if treatment else ():
            say(name, [arm.name])
        for dose in _doses(arm):
            if all(dose not in _doses(other) for other in arms.values() if other is not arm):
                say(dose, [arm.name])
                for drug in main_drugs(arm)[:1]:
                    for name in terms("drug")[drug].names if drug in terms("drug") else (drug,):
                        say(f"{name} {dose}", [arm.name])
                        say(f"{name} at {dose}", [arm.name])
                        say(f"{name} {dose.partition(' ')[0]}", [arm.name])
                    say(f"{dose} of {drug}", [arm.name])
    for drug, of in _by_drug(arms).items():
        alone = [name for name in of if set(main_drugs(arms[name])) == {drug}]
        whose = alone if len(alone) == 1 else of
        term = terms("drug").get(drug)
        for name in (*(term.names if term else (drug,)), drug.split("_")[0]):
            if name not in held and len(name) > 2:
                say(name, whose)
    for given in {g.drug for arm in arms.values() for g in arm.give}:
        whose = [a.name for a in arms.values() if given in a.drugs]
        term = terms("drug").get(given)
        for name in term.names if term and len(whose) == 1 else ():
            if name not in held and len(name) > 2:
                say(name, whose)
    for name, term in terms("class").items():
        drugs = {d.id for d in terms("drug").values() if d.drug_class == name}
        whose = [a.name for a in arms.values() if main_drugs(a) and set(main_drugs(a)) <= drugs]
        if len(whose) == 1 and name not in ("chemotherapy", "inactive", "supportive", "taxane"):
            for said in term.names:
                if said not in held:
                    say(said, whose)
    for every, phrases in _SCHEDULES.items():
        whose = [a.name for a in arms.values() if _every(a) == every]
        if len(whose) == 1:
            for name in phrases:
                say(name, whose)
    for arm in arms.values():
        for drug in main_drugs(arm)[:1]:
            same = [a for a in arms.values() if drug in main_drugs(a)]
            if len(same) > 1 and sum(_every(a) == _every(arm) for a in same) == 1:
                term = terms("drug").get(drug)
                for name, how in product(term.names if term else (drug,), _EVERY.get(_every(arm) or "", ())):
                    say(how.format(name), [arm.name])
                for name in _ADJECTIVES.get(_every(arm) or "", ()):
                    say(name, [arm.name])
    rich = [a for a in arms.values() if all(set(main_drugs(o)) <= set(main_drugs(a)) for o in arms.values())]
    if len(rich) == 1 and len(arms) == 2 and len(main_drugs(rich[0])) > 1:
        for name in (
            "the combination",
            "combination group",
            "combination arm",
            "combination therapy",
            "combined treatment",
        ):
            say(name, [rich[0].name])
        for name in ("single-agent", "single agent", "monotherapy"):
            say(name, [a.name for a in arms.values() if a is not rich[0]])
        for drug in set(main_drugs(rich[0])) & {
            d for a in arms.values() if a is not rich[0] for d in main_drugs(a)
        }:
            say(f"{drug} alone", [a.name for a in arms.values() if a is not rich[0]])
    for arm in arms.values():
        size, main = _size(arm), main_drugs(arm)
        if size is not None and main and size == int(size):
            say(f"{main[0][0].upper()}{int(size)}", [arm.name])
    controls = [a.name for a in arms.values() if a.role == "control"]
    if len(controls) == 1 and len(arms) == 2:
        other = [name for name in arms if name not in controls]
        for name in ("control", "comparator", "control arm", "control group", "comparator arm"):
            say(name, controls)
        for name in ("experimental arm", "investigational arm"):
            say(name, other)
    by_dose = sorted((a for a in arms.values() if _size(a) is not None), key=lambda a: _size(a) or 0)
    two = len(arms) == 2 and len(by_dose) == 2 and _size(by_dose[0]) != _size(by_dose[1])
    if two and main_drugs(by_dose[0]) == main_drugs(by_dose[1]):
        for name in ("lower dose", "reduced dose", "lower-dose arm", "low dose"):
            say(name, [by_dose[0].name])
        for name in ("higher dose", "standard dose", "full dose", "higher-dose arm", "high dose"):
            say(name, [by_dose[1].name])
    found: dict[str, list[str]] = {}
    for name, whose_arms in held.items():
        found.setdefault("|".join(sorted(whose_arms)), []).append(name)
    return found


def _by_drug(arms: Mapping[str, Arm]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for arm in arms.values():
        for drug in dict.fromkeys(main_drugs(arm)):
            held.setdefault(drug, []).append(arm.name)
    return held


def _doses(arm: Arm) -> tuple[str, ...]:
    return tuple(g.dose for g in arm.give if g.dose and not (g.purpose or "").startswith(_BESIDE))[:1]


_EVERY = {
    "21 d": (
        "{} every 3 weeks",
        "{} every three weeks",
        "three-weekly {}",
        "3-weekly {}",
        "{} three-weekly",
        "{} q3w",
    ),
    "7 d": ("weekly {}", "{} weekly", "{} every week", "{} once a week", "{} qw"),
    "14 d": ("{} every 2 weeks", "{} every two weeks", "two-weekly {}", "biweekly {}", "{} q2w"),
}
_ADJECTIVES = {  # of arms of one drug that differ in their schedule
    "21 d": ("three-weekly", "3-weekly", "three-weekly schedule", "three-weekly arm", "three-weekly group"),
    "7 d": ("weekly", "weekly schedule", "weekly arm", "weekly group", "weekly regimen"),
}
_SCHEDULES = {
    "21 d": ("three-weekly schedule", "three-weekly regimen", "three-weekly arm", "3-weekly schedule"),
    "7 d": ("weekly schedule", "weekly regimen", "weekly arm", "weekly dosing"),
    "14 d": ("biweekly schedule", "two-weekly schedule", "biweekly regimen"),
}


def _every(arm: Arm) -> str | None:
    every = next((g.every for g in arm.give if not (g.purpose or "").startswith(_BESIDE)), None)
    return every.partition(",")[0] if every else None


def _size(arm: Arm) -> float | None:
    for dose in _doses(arm):
        found = re.match(r"\d+(?:\.\d+)?", dose)
        if found:
            return float(found[0])
    return None
