"""The short answer: what is missing, which did better, and each further part of the question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from trialist.evidence.answers import absence, safety
from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.certainty import conflict_sentences
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.design import enrolled
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import Audience, endpoint_name
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.presumed import other_class, pairs, presumed
from trialist.evidence.answers.results import Result, result_of
from trialist.evidence.answers.stated import as_said
from trialist.evidence.answers.told import chance_sentence, joined, result_sentences, verdict_sentence
from trialist.evidence.answers.views import only_recalled, results_asked, told_in_full
from trialist.evidence.model import Statement, Store


def short_answer(
    choice: Choice,
    store: Store,
    results: list[Result],
    statements: list[Statement],
    audience: Audience,
    room: Any,
) -> Iterator[Sentence]:
    known = choice.words
    question = choice.question
    gone = list(absence.unmeasured(choice, store, audience))
    if question.presumes == "outcome" and gone:
        text = "The question takes for granted what no trial here has shown."
        yield Sentence(
            text
            if audience != "patient"
            else "Your question takes for granted what no study here has shown.",
            gone[0].ids,
        )
    if gone:
        yield from gone
        names = sorted(
            unique(each.endpoint for each in results),
            key=lambda name: (
                choice.endpoints.index(name) if name in choice.endpoints else len(choice.endpoints)
            ),
        )
        if names:
            listed = ", ".join(endpoint_name(known, name, audience) for name in names)
            ids = unique(id_of(f) for each in results for f in each.findings)
            lead = "What was measured instead:" if audience != "patient" else "Studies measured other things:"
            yield Sentence(f"{lead} {listed}.", ids)
        return
    if question.presumes == "class":
        yield from other_class(choice, store, audience)
        return
    if question.presumes in ("better", "worse"):
        yield from presumed(choice, results, audience)
        yield from at_length(choice, results[:1], audience)
    named = question.kind == "dosing" and (question.endpoints or question.toxicities)
    if question.kind in ("mechanism", "dosing") and not named:
        yield from (as_said(each, audience) for each in statements[:2])
        if question.kind == "mechanism":
            return
    if question.kind == "safety":
        apart = [each for each in choice.absent if each.kind == "comparison"]
        for absent in apart:
            yield from list(absence.missing(replace(choice, absent=(absent,)), audience))[:1]
        if apart:
            asked = {name for _, name in question.subjects}
            yield from (as_said(each, audience) for each in statements if len(asked & set(each.about)) > 1)
            return
        for result in results[: max(2, len(question.toxicities))]:
            yield from result_sentences(result, audience)
        yield from _gains(choice, store, audience)
        return
    apart = [each for each in choice.absent if each.kind in ("comparison", "together", "endpoint", "results")]
    for absent in apart:
        yield from list(absence.missing(replace(choice, absent=(absent,)), audience))[:1]
    if "several" in question.analyses:
        yield from conflict_sentences(results[:1], audience)
    full = told_in_full(results, question)
    for result in full:
        yield from result_sentences(result, audience)
    if question.times and results and not full:
        yield _no_share(results, audience)
    yield from _recalled(question, store, audience)
    rest = [each for each in results if each not in full]
    said = list(_verdicts(choice, rest, audience, room["short"]))
    yield from (sentence for _, sentence in said)
    done = {endpoint for endpoint, _ in said} | {each.endpoint for each in full}
    strong = [each for each in results if not each.weak]
    if not said and not full and strong:
        yield from result_sentences(strong[0], audience)
        done.add(strong[0].endpoint)
    elif not strong:
        yield from (as_said(each, audience) for each in statements[:2])
        if choice.head_to_head and audience != "patient":
            yield from (s for card in choice.trials[:1] for s in enrolled(card, question, store, audience))
    yield from _other_parts(choice, store, strong, done, audience)


def _no_share(results: list[Result], audience: Audience) -> Sentence:
    """That the share at the time that is asked for is held of none of the trials."""
    ids = unique(each.card.trial for each in results)
    if audience == "patient":
        return Sentence("Our store does not tell how many reached the time that you ask for.", ids)
    return Sentence(f"No share at the time that is asked for is held of {' and '.join(ids)}.", ids)


def _recalled(question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """That an analysis of a trial that is named is known from memory alone."""
    for trial in question.trials:
        for result in only_recalled(store, store.trials[trial], question):
            name = endpoint_name(store.words, result.endpoint, audience)
            text = f"Of {trial}, {name} ({result.when}), the store has only numbers from memory."
            yield Sentence(f"{text} They carry no answer.", (trial,))


def _verdicts(
    choice: Choice, results: list[Result], audience: Audience, most: int
) -> Iterator[tuple[str, Sentence]]:
    """Which did better, once for each pair of treatments; of each endpoint, where several are named."""
    told: set[tuple[str, ...]] = set()
    named = choice.question.endpoints if len(choice.question.endpoints) > 1 else ()
    for result in results:
        for one, two in pairs(choice, result):
            treatments = tuple(str(result.card.arms[name].treatment) for name in (one, two))
            key = (*treatments, result.endpoint if result.endpoint in named else "")
            sentence = verdict_sentence(result, one, two, audience)
            if sentence is not None and key not in told and len(told) < most + len(named[1:]):
                told.add(key)
                yield result.endpoint, sentence


def _gains(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """The endpoints that a question about side effects names as well, of the first trial that has them."""
    harms = words()["harms"]
    for name in (n for n in choice.question.endpoints if n.partition(":")[0] not in harms):
        found = (each for card in choice.trials for each in results_asked(store, card, name, choice.question))
        result = next((each for each in found if not each.weak), None)
        if result is None:
            continue
        said = [verdict_sentence(result, one, two, audience) for one, two in pairs(choice, result)]
        told = [each for each in said if each is not None]
        yield from told[:1] or result_sentences(result, audience)


def _other_parts(
    choice: Choice, store: Store, results: list[Result], done: set[str], audience: Audience
) -> Iterator[Sentence]:
    """What else a question of several parts names: endpoints that are not told yet, and side effects."""
    question, kin = choice.question, words()["kin"]
    for name in question.endpoints if len(question.endpoints) > 1 else ():
        ways = {name, *words()["wider"].get(name, ()), *kin.get(name, ())}
        if not ways & done:
            found = next((each for each in results if each.endpoint in ways), None)
            yield from () if found is None else result_sentences(found, audience)
    if "ae" in question.endpoints and "ae" not in done:
        yield from _harms(choice, store, audience)
    for toxicity in question.toxicities:
        found_in = (each for card in choice.trials for each in safety.named_results(store, card, (toxicity,)))
        held = next((each for each in found_in if not each.weak), None)
        yield from () if held is None else result_sentences(held, audience)


def _harms(choice: Choice, store: Store, audience: Audience) -> Iterator[Sentence]:
    """The deaths that treatment caused and the leading events, of the first trial that has them."""
    for card in choice.trials:
        dead = [result_of(store, card, name) for name in words()["wider"]["ae:any:leading_to_death"]]
        found = [r for r in (*dead, *safety.leading(store, card, choice, 2)) if r is not None and not r.weak]
        if found:
            yield from (s for result in found[:3] for s in result_sentences(result, audience))
            return


def at_length(choice: Choice, results: list[Result], audience: Audience) -> Iterator[Sentence]:
    """What results say; for a patient with whether chance alone could do it."""
    for result in results:
        chance = (chance_sentence(result, one, two) for one, two in pairs(choice, result))
        told = next((each for each in chance if each is not None), None) if audience == "patient" else None
        for sentence in result_sentences(result, audience):
            yield sentence if told is None else joined((sentence, told))
