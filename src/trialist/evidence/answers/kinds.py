"""Of which kind a question is, by its parts and by the cues of `words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from trialist.evidence.answers.asked import Kind, Question, Subject
from trialist.evidence.answers.conduct import conduct_asked
from trialist.evidence.answers.language import beyond, cued, strange, unheld, words
from trialist.evidence.model import Store
from trialist.evidence.vocabulary import Vocabulary

_HOPES = ("disappearance", "cure", "prevention")


def classified(store: Store, asked: Question) -> Question:
    """A question with its kind; one of nothing that is known, or that no trial can tell, is out of store."""
    known, text = store.words, asked.text
    if asked.concepts and asked.advice != "urgent":
        return replace(asked, kind="definition", advice=None, elsewhere=(), unknown=())
    if asked.prior and not (asked.subjects or asked.endpoints) and cued("mechanism", text):
        had = tuple((_kind_of(known, name), name) for name in asked.prior)
        asked = replace(asked, subjects=had, prior=())
    asked = _around_chemotherapy(asked)
    asked = _supposed(known, _without_companions(asked))
    named = asked.subjects or asked.trials or asked.conditions or asked.sites or asked.markers or asked.prior
    nothing = not (asked.subjects or asked.trials or asked.prior or asked.markers)
    if of_design(store, asked):
        return replace(asked, kind="design")
    if not named or asked.elsewhere or (nothing and asked.unknown):
        return replace(asked, kind="out of store")
    if beyond(text):
        return replace(asked, kind="out of store")
    presumes = _presumed(asked)
    kind = "misconception" if presumes else _kind(known, asked)
    found = _between_doses(known, replace(asked, presumes=presumes, kind=kind))
    odd = unheld(text, store) if not found.endpoints else ()
    odd = odd or (() if _is_understood(found) else strange(text, store))
    return replace(found, kind="out of store", unknown=odd) if odd else found


def _is_understood(asked: Question) -> bool:
    """Whether what is asked of a treatment was read, or is asked in general (`does it work`)."""
    read = (
        asked.endpoints, asked.toxicities, asked.matters, asked.outcome, asked.groups, asked.markers,
        asked.prior, asked.advice not in (None, "person"), asked.times, asked.taken, asked.analyses,
    )  # fmt: skip
    return asked.kind != "efficacy" or any(read) or cued("in_all", asked.text)


def of_design(store: Store, asked: Question) -> bool:
    """Whether a question asks of a trial's design and conduct alone, and of no result."""
    if not asked.matters or asked.elsewhere or asked.advice:
        return False
    if "listed" in asked.matters and "primary" in asked.matters and not asked.trials:
        return True
    if asked.trials and not any(store.of(name) for name in asked.trials):
        return True  # nothing of a trial without results can be asked but its design
    told = {*words()["conduct"], "followup"}
    results = [name for name in asked.endpoints if name.partition(":")[0] not in told]
    planned = "planned" in asked.matters
    asks = (
        results,
        asked.toxicities,
        asked.outcome,
        asked.times,
        asked.analyses and not (planned or asked.matters == ("followup",)),
    )
    rest = conduct_asked(asked.text).rest(asked.text)
    return bool(asked.trials or cued("of_a_trial", asked.text)) and not (
        any(asks) or any(re.search(cue, rest, re.I) for cue in words()["result_too"])
    )


def _kind(known: Vocabulary, asked: Question) -> Kind:
    text, several = asked.text, len(asked.subjects) > 1
    harms = [name for name in asked.endpoints if name.partition(":")[0] in words()["harms"]]
    events = asked.toxicities or harms
    if asked.markers and not asked.endpoints and (cued("mechanism", text) or not asked.outcome):
        return "mechanism"
    if asked.outcome in _HOPES:
        return "efficacy"
    if cued("sequencing", text):
        return "sequencing"
    if several and _one_drug(known, asked.subjects):
        return "safety" if asked.toxicities and not asked.endpoints else "dosing"
    reasons = cued("mechanism", text) and not asked.endpoints
    if several and asked.toxicities and not asked.endpoints and not reasons:
        return "safety"
    if several and cued("comparison", text) and not reasons and not asked.groups:
        return "comparison"
    if cued("given_against", text) or cued("kinetics", text):
        return "dosing"
    if events and asked.subjects and cued("why", text):
        return "mechanism"
    if events and not _gain_first(asked):
        return "safety"
    scheduled = cued("dosing", text) and not (asked.trials and asked.endpoints)
    if scheduled or (cued("milligrams", text) and not asked.endpoints and not asked.trials):
        return "dosing"
    return "mechanism" if reasons and not asked.trials and asked.subjects else "efficacy"


def _between_doses(known: Vocabulary, asked: Question) -> Question:
    """Whether doses of one drug are compared; a dose alone then stands for its drug."""
    between = len(asked.subjects) == 1 and cued("between_doses", asked.text)
    if (asked.kind != "dosing" and not between) or any(name.startswith("pk:") for name in asked.endpoints):
        return asked
    treatments = known.terms("treatment")
    drugs = {
        treatments[name].drugs[0].drug
        for kind, name in asked.subjects
        if kind == "treatment" and len(treatments[name].drugs) == 1
    }
    alone = between and len(drugs) == 1
    return replace(asked, doses=True, subjects=(("drug", drugs.pop()),) if alone else asked.subjects)


def _presumed(asked: Question) -> str | None:
    """What a question takes for granted: an outcome, that one is better or worse, what a drug is."""
    if asked.supposed is not None and cued("asks_class", asked.text):
        return "class"
    if not cued("presumes", asked.text):
        return None
    measured = asked.outcome is not None and asked.outcome not in _HOPES
    ways = (
        ("class", asked.supposed is not None),
        ("better", measured and cued("better", asked.text)),
        ("outcome", asked.outcome is not None),
        ("worse", cued("worse", asked.text)),
        ("better", cued("better", asked.text)),
    )
    return next((what for what, found in ways if found), None)


def _around_chemotherapy(asked: Question) -> Question:
    """`After chemotherapy` names no drug: the class of what was had before; `before` it is the first line."""
    if not asked.lines and cued("before_chemotherapy", asked.text):
        return replace(asked, lines=("first",))
    if asked.prior or asked.lines or not cued("after_chemotherapy", asked.text):
        return asked
    return replace(asked, prior=("chemotherapy",))


def _supposed(known: Vocabulary, asked: Question) -> Question:
    """`This drug is a that, right?`: the class is what is supposed, and no side of a comparison."""
    classes = [name for kind, name in asked.subjects if kind == "class"]
    drugs = [subject for subject in asked.subjects if subject[0] == "drug"]
    if len(classes) == 1 and len(drugs) == 1 and len(asked.subjects) == 2 and cued("is_a", asked.text):
        return replace(asked, subjects=tuple(drugs), supposed=classes[0])
    return asked


def _without_companions(asked: Question) -> Question:
    """A drug that parts the patients (prophylaxis or none) is no side where another drug is asked about."""
    rest = tuple(subject for subject in asked.subjects if subject[1] not in asked.groups)
    return replace(asked, subjects=rest) if rest or asked.trials else asked


def _gain_first(asked: Question) -> bool:
    """A question of two parts, the gain named before the harm, is one of efficacy."""
    gains = [name for name in asked.endpoints if name.partition(":")[0] not in words()["harms"]]
    return bool(gains) and cued("two_parts", asked.text) and asked.first == "endpoint"


def _one_drug(known: Vocabulary, subjects: Sequence[Subject]) -> bool:
    """Whether all that is asked about is one drug at several doses."""
    treatments = known.terms("treatment")
    given = {
        tuple(each.drug for each in treatments[name].drugs) for kind, name in subjects if kind == "treatment"
    }
    return len(given) == 1 and all(kind == "treatment" for kind, _ in subjects)


def _kind_of(known: Vocabulary, name: str) -> str:
    return next(kind for kind in ("drug", "class", "treatment") if name in known.terms(kind))
