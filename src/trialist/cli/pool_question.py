"""The question of `trialist pool`, from words as people write them to ids of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from trialist.evidence.filter import drugs_of, read_filter
from trialist.evidence.pooling.question import Question, Side
from trialist.evidence.vocabulary import Vocabulary, vocabulary
from trialist.problems import Problem

if TYPE_CHECKING:
    from trialist.evidence.model import Store

CONTROL = frozenset({"control", "controls"})
RMST = ("rmst", "RMST")
_ASKED = ("endpoint", "condition", "line", "measure")


def question(store: Store, words: Mapping[str, Any]) -> tuple[Question, tuple[Problem, ...]]:
    """What is asked, in ids of the store.

    Problems  E622 a word that stands for nothing, with what is near it
    """
    known = vocabulary()
    texts = {word: words[word] for word in _ASKED}
    if texts["measure"] in RMST:
        texts["measure"] = "restricted_mean_difference"
    if words["population"] != "any":
        texts["population"] = words["population"]
    wanted, problems = read_filter(store, texts)
    everybody = words["population"] == "any" or (wanted.endpoint or "").startswith("ae:")
    sides = [side(store, known, text) for text in words["compare"]]
    wrong = (*problems, *(each for each in sides if isinstance(each, Problem)))
    first, second = (each if isinstance(each, Side) else Side("none") for each in sides)
    asked = Question(
        wanted.endpoint or words["endpoint"],
        first,
        second,
        conditions=known.under("condition", wanted.condition) if wanted.condition else frozenset(),
        line=wanted.line,
        population=wanted.population or (None if everybody else "itt"),
        timepoint=words["timepoint"],
        recalled=words["recalled"],
        medians=words["medians"],
    )
    term = known.find("endpoint", asked.endpoint)
    measure = wanted.measure or asked.measure
    return replace(asked, label=term.label if term else None, measure=measure), wrong


def side(store: Store, known: Vocabulary, text: str) -> Side | Problem:
    """A treatment, else a drug at any dose, else a class of drugs; `control`: the control arms. E622.

    Ids of a caller's own files, which no vocabulary knows, stand for themselves.
    """
    if text.strip().lower() in CONTROL:
        return Side("control", controls=True)
    treatment = known.find("treatment", text)
    if treatment is not None:
        return Side(treatment.label, frozenset({treatment.id}))
    drug = known.find("drug", text)
    if drug is not None:
        return Side(drug.label, drugs=frozenset({drug.id}))
    of_class = known.find("class", text)
    if of_class is not None:
        return Side(of_class.label, drugs=drugs_of(known, of_class.id))
    arms = [arm for card in store.trials.values() for arm in card.arms.values()]
    own = {arm.treatment for arm in arms} | {drug for arm in arms for drug in arm.drugs}
    if text in own:
        return Side(text, frozenset({text}), frozenset({text}))
    phrases = [*known.phrases("treatment"), *known.phrases("drug"), *known.phrases("class")]
    near = get_close_matches(known.folded(text), phrases, n=3)
    remedy = (
        f"did you mean {', '.join(near)}?"
        if near
        else "name a treatment, a drug, a class of drugs or 'control'"
    )
    return Problem("E622", f"no treatment, drug or class is called '{text}'", remedy)
