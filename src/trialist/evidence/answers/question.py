"""A question, read by the words of the vocabulary: what it asks of which treatment, for which disease.

question = read_question("Can this drug clear bone metastases in mCRPC?", store)
then = read_question("And its side effects?", store, before=question)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from trialist.evidence.answers.asked import Question, Subject
from trialist.evidence.answers.concepts import concepts_of
from trialist.evidence.answers.conduct import conduct_asked, endpoints_cued
from trialist.evidence.answers.corrected import corrected
from trialist.evidence.answers.kinds import classified
from trialist.evidence.answers.language import (
    WORD,
    cued,
    groups_asked,
    lexicon_of,
    ordinary,
    store_words,
    words,
)
from trialist.evidence.answers.nicknames import described
from trialist.evidence.answers.personal import advice_asked
from trialist.evidence.claims.lexicon import Lexicon, Mention
from trialist.evidence.model import Store
from trialist.evidence.vocabulary import Vocabulary

_SUBJECTS = ("drug", "class", "treatment")
_DOSES = re.compile(
    r"(?P<one>\d+(?:\.\d+)?)(?:\s*mg(?:/m2|/m²)?)?\s*(?:or|and|to|v|vs\.?|versus|than|against|with|,)\s*"
    r"(?P<two>\d+(?:\.\d+)?)\s*mg|(?P<only>\d+(?:\.\d+)?)\s*mg",
    re.I,
)
_BARE = re.compile(
    r"(?P<one>\d+(?:\.\d+)?)\s*(?:or|and|to|v|vs\.?|versus|than|against|instead of|rather than|/)\s*"
    r"(?P<two>\d+(?:\.\d+)?)(?!\s*(?:%|months?|weeks?|years?|days?|cycles?|arms?|\d))",
    re.I,
)
_APART = re.compile(
    r"(?<![\d.])(\d+)\b[^.?!\d]{1,50}\b(?:than|vs\.?|versus|against) (?:at |on |with )?(\d+)\b", re.I
)
_JOINED = re.compile(r"\s*(?:combined with|together with|with|plus|\+)\s*", re.I)
_HYPHENED = re.compile(r"\b([A-Za-z]{4,})-([A-Za-z]{4,})\b")
_ADDED = re.compile(r"\badd(?:s|ed|ing|ition of)?\s+$", re.I)
_NAMING = re.compile(
    r"\b(?:with|plus|and|or|than|versus|vs\.?|take|taking|add|adding|use|using|of|about|is|does)\s+$", re.I
)


def read_question(text: str, store: Store, before: Question | None = None) -> Question:
    """What a text asks; parts that it does not name are taken from the question before, if there is one."""
    asked = _read(text, store)
    return classified(store, asked if before is None else _followed(asked, before))


def _read(typed: str, store: Store) -> Question:
    known = store.words
    text, spelt = corrected(typed, store)
    text = _drugs_apart(text, lexicon_of(store))
    folded = known.folded(text) if text.isupper() else text
    mentions = _apart(lexicon_of(store).find(folded))
    prior = tuple(m for m in mentions if m.kind in _SUBJECTS and _stands_before(folded, m, mentions))
    groups = groups_asked(folded)
    kept = [
        m for m in mentions if m not in prior and not _parts(m, groups) and not _elsewhere_in_body(folded, m)
    ]
    subjects = _unique((m.kind, m.id) for m in kept if m.kind in _SUBJECTS)
    conditions = _narrowest(known, _of(kept, "condition"))
    sites = tuple(name for name in conditions if not known.terms("condition")[name].parents)
    outcomes = _of(kept, "outcome")
    conduct = conduct_asked(folded)
    kept = [m for m in kept if not conduct.tells(folded, m)]
    lines = tuple(name for name in _of(mentions, "line") if not prior)
    trials = _of(kept, "trial")
    if not (trials or "listed" in conduct.matters):
        trials = described(folded, store, mentions)
    elsewhere = _elsewhere(folded, mentions)
    return Question(
        text=typed,
        kind="efficacy",
        corrected=spelt,
        first=_first(folded, kept),
        groups=tuple(groups),
        concepts=concepts_of(text, kept, store),
        subjects=_dosed(known, folded, _combined(known, folded, kept) or subjects),
        conditions=tuple(name for name in conditions if name not in (*sites, "cancer")),
        sites=tuple(name for name in sites if name != "cancer"),
        endpoints=_endpoints(folded, kept),
        matters=conduct.matters,
        analyses=conduct.analyses,
        times=conduct.times,
        toxicities=_of(kept, "toxicity"),
        trials=trials,
        lines=lines,
        prior=tuple(dict.fromkeys(m.id for m in prior)),
        joined=any(_together(folded, one, two) for one, two in _pairs(kept)),
        markers=_of(kept, "marker"),
        outcome=outcomes[0] if outcomes else None,
        advice=advice_asked(text, of_groups=bool(trials)),
        elsewhere=elsewhere,
        unknown=_unknown(folded, mentions, store, alone=not subjects),
    )


def _drugs_apart(text: str, lexicon: Lexicon) -> str:
    """`X-Y` of two drugs as `X plus Y`, unless the whole is a name of its own."""

    def apart(found: re.Match[str]) -> str:
        whole, *parts = (lexicon.find(each) for each in (found[0], found[1], found[2]))
        of_drugs = all([m.kind for m in part] == ["drug"] for part in parts)
        is_name = any(m.end - m.start == len(found[0]) for m in whole)
        return f"{found[1]} plus {found[2]}" if of_drugs and not is_name else found[0]

    return _HYPHENED.sub(apart, text)


def _first(text: str, mentions: Sequence[Mention]) -> str | None:
    """Whether an endpoint or a side effect is named first."""
    places = [(m.start, m.kind) for m in mentions if m.kind in ("endpoint", "toxicity")]
    places += [(place, "endpoint") for place in endpoints_cued(text).values()]
    return min(places)[1] if places else None


def _followed(asked: Question, before: Question) -> Question:
    """A follow-up: what it does not name is what was spoken of. A new disease or drug elsewhere is not."""
    if asked.elsewhere and not cued("pronoun", asked.text):
        return asked
    taken: dict[str, Any] = {}
    for part in ("subjects", "conditions", "prior", "lines", "markers", "groups"):
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


def _new_matter(asked: Question) -> bool:
    return any(cued(kind, asked.text) for kind in ("dosing", "sequencing", "mechanism", "comparison"))


def _narrowest(known: Vocabulary, conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Conditions without those that another one that is named is a case of."""
    under = known.under
    return tuple(c for c in conditions if not any(o != c and o in under("condition", c) for o in conditions))


def _parts(mention: Mention, groups: Mapping[str, tuple[int, int]]) -> bool:
    """Whether what is named only says in which patients: `men whose pain is worse at the start`."""
    named = mention.kind in ("endpoint", "toxicity", "condition", "class")
    return named and any(start <= mention.start and mention.end <= end for start, end in groups.values())


def _elsewhere_in_body(text: str, mention: Mention) -> bool:
    """Whether a pain that is named is of a place where no cancer is meant: `chest pain` is a side effect."""
    return mention.id == "pain_response" and cued("pain_elsewhere", text[: mention.start])


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
            and re.fullmatch(r"\s*(?:,|and|or|/|,? ?and (?:a|an))\s*", between)
        ):
            return _stands_before(text, other, [m for m in mentions if m != other])
    return False


def _combined(known: Vocabulary, text: str, mentions: Sequence[Mention]) -> tuple[Subject, ...]:
    """The subjects, where two drugs are named as one treatment that a trial gave: `X with Y against Z`."""
    named = [m for m in mentions if m.kind in _SUBJECTS]
    for one, two in _pairs(named):
        if not _together(text, one, two):
            continue
        both = {one.id, two.id}
        whole = [t for t in known.terms("treatment").values() if {g.drug for g in t.drugs} == both]
        if len(whole) == 1 and not whole[0].choice:
            rest = (("treatment", whole[0].id) if m is one else (m.kind, m.id) for m in named if m is not two)
            return _unique(rest)
    return ()


def _endpoints(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The endpoints that are named; who is alive, where survival is named as well, is the same question."""
    named = tuple(dict.fromkeys((*_of(mentions, "endpoint"), *endpoints_cued(text))))
    return tuple(name for name in named if name != "alive" or "os" not in named)


def _pairs(mentions: Sequence[Mention]) -> Iterable[tuple[Mention, Mention]]:
    return pairwise(m for m in mentions if m.kind in _SUBJECTS)


def _together(text: str, one: Mention, two: Mention) -> bool:
    """Whether two are named as given together: `X with Y`, `adding X to Y`."""
    between = text[one.end : two.start]
    added = _ADDED.search(text[: one.start]) and re.fullmatch(r"\s*to\s*", between)
    return bool(added or _JOINED.fullmatch(between))


def _dosed(known: Vocabulary, text: str, subjects: tuple[Subject, ...]) -> tuple[Subject, ...]:
    """A drug at a dose that is named is the treatment with that dose."""
    named: list[str] = []
    for found in _DOSES.finditer(text):
        named += [value for value in found.groups() if value]
    treatments = known.terms("treatment")
    named = named or _bare_doses(known, text, subjects)
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
    if not subjects:
        return _only_drug_at(known, named)
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


def _bare_doses(known: Vocabulary, text: str, subjects: Sequence[Subject]) -> list[str]:
    """Two numbers without a unit, where a drug that is asked about is given at both as doses."""
    drugs = {
        given.drug
        for kind, name in subjects
        for given in (known.terms("treatment")[name].drugs if kind == "treatment" else ())
    } | {name for kind, name in subjects if kind == "drug"}
    held = {
        (term.drugs[0].dose or "").partition(" mg")[0]
        for term in known.terms("treatment").values()
        if len(term.drugs) == 1 and term.drugs[0].drug in drugs
    }
    pairs = (found.groups() for shape in (_BARE, _APART) for found in shape.finditer(text))
    return next((list(pair) for pair in pairs if set(pair) <= held and len(set(pair)) > 1), [])


def _only_drug_at(known: Vocabulary, doses: Sequence[str]) -> tuple[Subject, ...]:
    """The treatments at doses that are named without a drug, where one drug alone is given at all of them."""
    found: dict[str, list[Subject]] = {}
    for term in known.terms("treatment").values():
        if len(term.drugs) == 1:
            given = term.drugs[0]
            if any(re.match(rf"{re.escape(dose)} mg", given.dose or "") for dose in doses):
                found.setdefault(given.drug, []).append(("treatment", term.id))
    return tuple(next(iter(found.values()))) if len(found) == 1 else ()


def _elsewhere(text: str, mentions: Sequence[Mention]) -> tuple[Subject, ...]:
    """Diseases and drugs that the store does not hold: by name, and drugs by the ending of theirs."""
    found = [(m.kind.removeprefix("elsewhere_"), m.id) for m in mentions if m.kind.startswith("elsewhere_")]
    endings = tuple(words()["drug_endings"])
    for match in WORD.finditer(text):
        for part in re.finditer(r"[^-]+", match[0]):
            start, word = match.start() + part.start(), part[0].lower()
            held = any(m.start <= start and start + len(word) <= m.end for m in mentions)
            if not held and len(word) > 6 and word.endswith(endings) and word not in ordinary():
                found.append(("drug", match[0] if part[0] == match[0] else part[0]))
    return _unique(found)


def _unknown(text: str, mentions: Sequence[Mention], store: Store, *, alone: bool) -> tuple[str, ...]:
    """Words in the place of a name that are ordinary in no question and stand nowhere in the store."""
    known = store_words(store) | {w.lower() for said in words()["nations"].values() for w in said}
    return tuple(
        dict.fromkeys(
            match[0]
            for match in WORD.finditer(text)
            if len(match[0]) > 2
            and not match[0].lower().endswith(tuple(words()["drug_endings"]))
            and not any(m.start < match.end() and match.start() < m.end for m in mentions)
            and (
                _NAMING.search(text[: match.start()]) or (match[0][0].isupper() and (alone or match.start()))
            )
            and not {(word := match[0].lower()), word.rstrip("s"), word.removesuffix("'s")}
            & (ordinary() | known)
        )
    )


def _of(mentions: Sequence[Mention], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m.id for m in mentions if m.kind == kind))


def _unique(found: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))
