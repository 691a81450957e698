"""A question, read by the words of the vocabulary: what it asks of which treatment, for which disease.

question = read_question("Can this drug clear bone metastases in mCRPC?", store)
then = read_question("And its side effects?", store, before=question)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from trialist.evidence.answers.language import cued, lexicon_of, words
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.model import Store
from trialist.evidence.vocabulary import Vocabulary

Kind = Literal[
    "efficacy", "safety", "dosing", "sequencing", "mechanism", "comparison", "misconception", "out of store"
]
Subject = tuple[str, str]  # kind (drug, class, treatment) and id
_SUBJECTS = ("drug", "class", "treatment")
_DOSES = re.compile(
    r"(?P<one>\d+(?:\.\d+)?)(?:\s*mg(?:/m2|/m²)?)?\s*(?:or|and|to|v|vs\.?|versus|than|against|with|,)\s*"
    r"(?P<two>\d+(?:\.\d+)?)\s*mg|(?P<only>\d+(?:\.\d+)?)\s*mg",
    re.I,
)
_NAMING = re.compile(
    r"\b(?:with|plus|and|or|than|versus|vs\.?|take|taking|add|adding|use|using|of|about|is|does)\s+$", re.I
)
_WORD = re.compile(r"[A-Za-z][\w'’-]*\w|[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as ids of the vocabulary and of trials.

    subjects   treatments, drugs and classes that are asked about, in order
    sites      where the disease sits (bone, brain); conditions: which disease
    prior      drugs and classes that patients had had before
    outcome    what is hoped for and may not have been measured: an id of `outcomes` in words.yaml
    advice     somebody asks what to do for one person
    presumes   `outcome`, `better` or `worse`: what the question takes for granted
    elsewhere  names that the store does not hold, by kind (drug, condition)
    unknown    ordinary words that stand nowhere in the store
    taken      which parts were taken from the question before
    """

    text: str
    kind: Kind
    subjects: tuple[Subject, ...] = ()
    conditions: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    toxicities: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    prior: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    outcome: str | None = None
    advice: bool = False
    presumes: str | None = None
    elsewhere: tuple[Subject, ...] = ()
    unknown: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(data: Mapping[str, Any]) -> Question:
    """The question that `as_json` wrote; `ValueError` where it is none."""
    known = {each.name for each in fields(Question)}
    if (
        not isinstance(data.get("text"), str)
        or not isinstance(data.get("kind"), str)
        or not set(data) <= known
    ):
        raise ValueError("this is no question of a thread")
    return Question(**{name: _frozen(value) for name, value in data.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def read_question(text: str, store: Store, before: Question | None = None) -> Question:
    """What a text asks; parts that it does not name are taken from the question before, if there is one."""
    asked = _read(text, store)
    return _classified(store.words, asked if before is None else _followed(asked, before))


def _read(text: str, store: Store) -> Question:
    known = store.words
    folded = known.folded(text) if text.isupper() else text
    mentions = _apart(lexicon_of(store).find(folded))
    prior = tuple(m for m in mentions if m.kind in _SUBJECTS and _stands_before(folded, m, mentions))
    kept = [m for m in mentions if m not in prior]
    subjects = _unique((m.kind, m.id) for m in kept if m.kind in _SUBJECTS)
    conditions = _narrowest(known, _of(kept, "condition"))
    sites = tuple(name for name in conditions if not known.terms("condition")[name].parents)
    outcomes = _of(kept, "outcome")
    lines = tuple(name for name in _of(mentions, "line") if not prior)
    return Question(
        text=text,
        kind="efficacy",
        subjects=_dosed(known, folded, subjects),
        conditions=tuple(name for name in conditions if name not in (*sites, "cancer")),
        sites=tuple(name for name in sites if name != "cancer"),
        endpoints=_of(kept, "endpoint"),
        toxicities=_of(kept, "toxicity"),
        trials=_of(kept, "trial"),
        lines=lines,
        prior=tuple(dict.fromkeys(m.id for m in prior)),
        markers=_of(kept, "marker"),
        outcome=outcomes[0] if outcomes else None,
        advice=cued("advice", text),
        elsewhere=_elsewhere(folded, mentions),
        unknown=_unknown(folded, mentions, store, alone=not subjects),
    )


def _classified(known: Vocabulary, asked: Question) -> Question:
    """The kind of a question by its parts and cues; a question of nothing that is known is out of store."""
    text = asked.text
    if asked.prior and not (asked.subjects or asked.endpoints) and cued("mechanism", text):
        asked = replace(
            asked, subjects=tuple((_kind_of(known, name), name) for name in asked.prior), prior=()
        )
    named = asked.subjects or asked.trials or asked.conditions or asked.sites or asked.markers or asked.prior
    nothing = not (asked.subjects or asked.trials or asked.prior or asked.markers)
    if not named or asked.elsewhere or (nothing and asked.unknown):
        return replace(asked, kind="out of store")
    presumes = None
    if cued("presumes", text):
        for what, found in (
            ("outcome", asked.outcome is not None),
            ("worse", cued("worse", text)),
            ("better", cued("better", text)),
        ):
            presumes = presumes or (what if found else None)
    kind: Kind
    several = len(asked.subjects) > 1
    if presumes:
        kind = "misconception"
    elif asked.markers and not asked.endpoints and (cued("mechanism", text) or not asked.outcome):
        kind = "mechanism"
    elif asked.outcome in ("disappearance", "cure", "prevention"):
        kind = "efficacy"
    elif cued("sequencing", text):
        kind = "sequencing"
    elif several and _one_drug(known, asked.subjects):
        kind = "dosing"
    elif several and cued("comparison", text) and not (cued("mechanism", text) and not asked.endpoints):
        kind = "comparison"
    elif asked.toxicities or any(name.partition(":")[0] == "ae" for name in asked.endpoints):
        kind = "safety"
    elif cued("dosing", text) or (cued("milligrams", text) and not asked.endpoints and not asked.trials):
        kind = "dosing"
    elif cued("mechanism", text) and not asked.endpoints and not asked.trials and asked.subjects:
        kind = "mechanism"
    else:
        kind = "efficacy"
    return replace(asked, kind=kind, presumes=presumes)


def _followed(asked: Question, before: Question) -> Question:
    """A follow-up: what it does not name is what was spoken of. A new disease or drug elsewhere is not."""
    if asked.elsewhere and not cued("pronoun", asked.text):
        return asked
    taken: dict[str, Any] = {}
    for part in ("subjects", "conditions", "prior", "lines"):
        if not getattr(asked, part) and getattr(before, part) and not asked.trials:
            taken[part] = getattr(before, part)
    if asked.subjects and asked.prior and "prior" in taken:
        del taken["prior"]
    if not asked.trials and before.trials and not asked.subjects:
        taken["trials"] = before.trials
    if not (asked.endpoints or asked.toxicities or asked.outcome or asked.markers) and not _new_matter(asked):
        for part in ("endpoints", "toxicities", "sites", "outcome"):
            if getattr(before, part) and not getattr(asked, part):
                taken[part] = getattr(before, part)
    if asked.subjects and len(before.subjects) == 1 and cued("comparison", asked.text):
        taken["subjects"] = _unique((*before.subjects, *asked.subjects))
    return replace(asked, **taken, taken=tuple(taken))


def _kind_of(known: Vocabulary, name: str) -> str:
    return next(kind for kind in _SUBJECTS if name in known.terms(kind))


def _one_drug(known: Vocabulary, subjects: Sequence[Subject]) -> bool:
    """Whether all that is asked about is one drug at several doses."""
    treatments = known.terms("treatment")
    given = {
        tuple(each.drug for each in treatments[name].drugs) for kind, name in subjects if kind == "treatment"
    }
    return len(given) == 1 and all(kind == "treatment" for kind, _ in subjects)


def _new_matter(asked: Question) -> bool:
    return any(cued(kind, asked.text) for kind in ("dosing", "sequencing", "mechanism", "comparison"))


def _narrowest(known: Vocabulary, conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Conditions without those that another one that is named is a case of."""
    under = known.under
    return tuple(c for c in conditions if not any(o != c and o in under("condition", c) for o in conditions))


def _apart(mentions: Sequence[Mention]) -> list[Mention]:
    """Mentions without those that stand inside another."""
    return [
        m
        for m in mentions
        if not any(
            o.start <= m.start and m.end <= o.end and o != m and o.end - o.start > m.end - m.start
            for o in mentions
        )
    ]


def _stands_before(text: str, mention: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a drug is named as one that was given earlier: `after X`, `after X and Y`."""
    lead = text[: mention.start]
    if re.search(words()["cues"]["behind"], text[mention.end :], re.I):
        return True
    if re.search(r"\bbefore or after\s+$", lead, re.I):
        return False
    if re.search(words()["cues"]["before"], lead, re.I):
        return True
    for other in mentions:
        between = text[other.end : mention.start]
        if (
            other.end <= mention.start
            and other.kind in _SUBJECTS
            and re.fullmatch(r"\s*(?:,|and|,? ?and (?:a|an))\s*", between)
        ):
            return _stands_before(text, other, [m for m in mentions if m != other])
    return False


def _dosed(known: Vocabulary, text: str, subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """A drug at a dose that is named is the treatment with that dose."""
    named: list[str] = []
    for found in _DOSES.finditer(text):
        named += [value for value in found.groups() if value]
    treatments = known.terms("treatment")
    schedules = [
        every for every, cues in words()["schedules"].items() if any(re.search(c, text, re.I) for c in cues)
    ]
    if not named and len(schedules) == 1 and len(subjects) == 1 and subjects[0][0] == "drug":
        said = subjects[0][1]
        so = [
            t.id
            for t in treatments.values()
            if len(t.drugs) == 1 and t.drugs[0].drug == said and t.drugs[0].every in schedules
        ]
        return (("treatment", so[0]),) if len(so) == 1 else subjects
    if not named:
        return subjects
    made: list[Subject] = []
    for kind, name in subjects:
        given = treatments[name].drugs if kind == "treatment" else ()
        drug = name if kind == "drug" else given[0].drug if len(given) == 1 else None
        made += [
            ("treatment", term.id)
            for dose in named
            for term in treatments.values()
            if len(term.drugs) == 1
            and term.drugs[0].drug == drug
            and re.match(rf"{re.escape(dose)} mg", term.drugs[0].dose or "")
        ] or [(kind, name)]
    return _unique(made)


def _elsewhere(text: str, mentions: Sequence[Mention]) -> tuple[Subject, ...]:
    """Diseases and drugs that the store does not hold: by name, and drugs by the ending of theirs."""
    found = [(m.kind.removeprefix("elsewhere_"), m.id) for m in mentions if m.kind.startswith("elsewhere_")]
    endings = tuple(words()["drug_endings"])
    for match in _WORD.finditer(text):
        word = match[0].lower()
        held = any(m.start <= match.start() and match.end() <= m.end for m in mentions)
        if not held and len(word) > 6 and word.endswith(endings) and word not in _ordinary():
            found.append(("drug", match[0]))
    return _unique(found)


def _unknown(text: str, mentions: Sequence[Mention], store: Store, *, alone: bool) -> tuple[str, ...]:
    """Words in the place of a name that are ordinary in no question and stand nowhere in the store."""
    known = _store_words(store)
    return tuple(
        dict.fromkeys(
            match[0]
            for match in _WORD.finditer(text)
            if len(match[0]) > 2
            and not match[0].lower().endswith(tuple(words()["drug_endings"]))
            and not any(m.start < match.end() and match.start() < m.end for m in mentions)
            and (
                _NAMING.search(text[: match.start()]) or (match[0][0].isupper() and (alone or match.start()))
            )
            and not {(word := match[0].lower()), word.rstrip("s"), word.removesuffix("'s")}
            & (_ordinary() | known)
        )
    )


def _ordinary() -> frozenset[str]:
    return frozenset(words()["ordinary"].split())


_HELD: dict[int, tuple[Store, frozenset[str]]] = {}  # with the store, so that its id is no other's


def _store_words(store: Store) -> frozenset[str]:
    """Every word of the store's statements, cards and labels."""
    if id(store) not in _HELD:
        texts = [f"{each.text} {each.plain or ''}" for each in store.statements]
        for card in store.trials.values():
            texts += [
                card.title,
                card.setting or "",
                card.eligibility or "",
                *(arm.label for arm in card.arms.values()),
            ]
        for kind in ("endpoint", "toxicity", "population", "condition", "drug", "class"):
            texts += [
                f"{' '.join(term.names)} {term.plain or ''}" for term in store.words.terms(kind).values()
            ]
        found = {match[0].lower() for text in texts for match in _WORD.finditer(text)}
        _HELD[id(store)] = store, frozenset(found | {word.rstrip("s") for word in found})
    return _HELD[id(store)][1]


def _of(mentions: Sequence[Mention], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.id for m in mentions if m.kind == kind))


def _unique(found: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))
