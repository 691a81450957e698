"""An answer out of findings and statements: what is said in each section, and to whom.

answer = compose(read_question(text, store), store, "patient")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from trialist.evidence.answers import absence, safety
from trialist.evidence.answers.answer import SECTIONS, Answer, Section, Sentence, unique
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.certainty import certainty, conflict_sentences
from trialist.evidence.answers.choice import Choice, arms_of, choose, outcome_of
from trialist.evidence.answers.companions import with_companion
from trialist.evidence.answers.design import designed, second_part, what_is_held
from trialist.evidence.answers.explained import explained
from trialist.evidence.answers.grouped import group_results, group_sentences
from trialist.evidence.answers.labels import label_sentences
from trialist.evidence.answers.language import cued, words
from trialist.evidence.answers.named import Audience, endpoint_name
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.personal import is_own_matter, no_advice, told_first
from trialist.evidence.answers.presumed import pairs
from trialist.evidence.answers.readability import grade
from trialist.evidence.answers.results import Result, result_of, verdict
from trialist.evidence.answers.short import at_length, short_answer
from trialist.evidence.answers.stated import as_said, chosen, fits, on_endpoints, on_outcome
from trialist.evidence.answers.told import (
    result_sentences,
    trial_sentence,
)
from trialist.evidence.answers.views import results_asked
from trialist.evidence.model import Store


def compose(question: Question, store: Store, audience: Audience) -> Answer:
    """The answer to a question for an audience; refused where the store has nothing on it."""
    choice = choose(question, store)
    by_findings = question.kind not in ("definition", "design")
    refused = (by_findings and choice.refused) or _is_for_one(question)
    said = {} if refused else _given(choice, store, audience)
    if refused and question.trials and question.matters and not question.advice:
        said = _of_conduct(choice, store, audience)
        refused = not said
    if not said.get("short"):
        refused = True
        said = _refused(choice, store, audience)
    said["sources"] = list(_sources(said, store, audience))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    made = ((name, tuple(_once(said.get(name, ()), seen))) for name in SECTIONS)
    sections = tuple(Section(name, sentences) for name, sentences in made if sentences)
    read = grade(each.text for section in sections if section.name != "sources" for each in section.sentences)
    return Answer(question, audience, sections, refused=refused, grade=read)


def _of_a_part(question: Question) -> bool:
    return bool(question.groups) or cued("subgroup", question.text)


def _of_conduct(choice: Choice, store: Store, audience: Audience) -> dict[str, list[Sentence]]:
    """Of a question whose results are not held, what is held of the conduct that it asks of as well."""
    held = second_part(choice, store, audience)
    return {"short": [*absence.missing(choice, audience), *held]} if held else {}


def _is_for_one(question: Question) -> bool:
    """Whether what groups did must not be told in the place of an answer for one person."""
    return question.advice in ("urgent", "change") or is_own_matter(question)


def _refused(choice: Choice, store: Store, audience: Audience) -> dict[str, list[Sentence]]:
    said = {
        "short": list(absence.refusal(choice, store, audience)),
        "not_shown": [as_said(s, audience) for s in choice.statements if s.kind == "gap" and fits(s, choice)][
            :2
        ],
        "nearby": list(label_sentences(choice, store, audience))
        or what_is_held(choice, store, audience)
        or list(absence.nearby(choice, store, audience)),
    }
    if choice.question.advice:
        _warned(said["short"], no_advice(_refused_as(choice.question), tuple(store.trials), audience), choice)
    return said


def _refused_as(question: Question) -> Question:
    """Where nothing follows, a choice is told of as any change is."""
    return replace(question, advice="change") if question.advice == "decision" else question


def _given(choice: Choice, store: Store, audience: Audience) -> dict[str, list[Sentence]]:
    question, room = choice.question, words()["room"][audience]
    if question.kind == "definition":
        return explained(question, store, audience)
    if question.kind == "design":
        return designed(question, store, audience)
    results = list(_results(choice, store, audience))
    statements = chosen(choice, results, store, audience)[: room["statements"] + (question.kind == "dosing")]
    if not [each for each in results if not each.weak] and question.kind not in ("mechanism", "dosing"):
        statements = on_endpoints(choice, audience)[: room["statements"]]
    if question.outcome is not None:
        statements = on_outcome(choice, results, store, audience)[: room["statements"]]
    groups = group_results(choice, store, room["parts"], 2 * room["short"]) if question.groups else []
    short = list(group_sentences(groups[: room["short"] + 1], audience))
    whole = list(short_answer(choice, store, results, statements, audience, room))
    short += whole[:2] if groups else whole
    if short and not groups and not question.matters and _of_a_part(question):
        seen = tuple(card.trial for card in choice.trials) or short[0].ids
        short.append(
            Sentence("This tells of all patients together, and not of such a group by itself.", seen)
        )
    short += with_companion(choice, store, audience)
    short += second_part(choice, store, audience)
    if question.advice and short:
        ids = tuple(card.trial for card in choice.trials) or short[0].ids
        _warned(short, no_advice(question, ids, audience), choice)
    shows = [s for each in groups if audience != "patient" for s in result_sentences(each, audience)]
    shows += list(_shows(choice, store, results, audience, room))
    shows += [as_said(each, audience) for each in statements]
    said = {
        "short": short,
        "shows": shows,
        "not_shown": list(_not_shown(choice, store, results, audience)),
        "instead": list(_instead(choice, store, audience, room)),
        "safety": list(safety.safety_sentences(choice, store, audience, room))
        if question.kind not in ("mechanism",)
        else [],
        "certainty": list(certainty(choice, results, statements, store, audience)),
        "misreadings": list(_misreadings(choice, results, store, audience)),
    }
    if not said["short"]:
        said["short"] = said["shows"][:1] or said["not_shown"][:1]
    return said


def _results(choice: Choice, store: Store, audience: Audience) -> Iterator[Result]:
    """The results of the chosen trials: trial by trial, endpoint by endpoint, or what is near to it.

    For a patient one result is enough of what is measured in several ways.
    """
    room = words()["room"][audience]
    if choice.question.kind == "safety":
        yield from safety.results(choice, store, room)
        return
    kin = words()["kin"]
    trials = 0
    for card in choice.trials:
        found: dict[str, list[Result]] = {}
        for name in choice.endpoints:
            if audience == "patient" and found.keys() & set(kin.get(name, ())):
                continue
            ways = (name, *(kin.get(name, ()) if choice.question.endpoints else ()))
            by_way = {near: results_asked(store, card, near, choice.question) for near in ways}
            held_by = [near for near in ways if by_way[near]]
            held_by.sort(key=lambda near: not any(each.when for each in by_way[near]))
            for near in held_by[:1]:
                found.setdefault(near, by_way[near])
        every = [each for of_one in found.values() for each in of_one]
        held = [each for each in every if not each.weak] or every
        yield from held[: room["endpoints"] + len(every) - len(found)]
        trials += bool(held)
        if trials == room["trials"]:
            return


def _shows(
    choice: Choice, store: Store, results: list[Result], audience: Audience, room: Any
) -> Iterator[Sentence]:
    known = choice.words
    spoken: set[str] = set()
    diseases: set[str] = set()
    for result in results:
        if result.weak and audience == "patient":
            continue
        if result.card.trial not in spoken:
            spoken.add(result.card.trial)
            if audience != "patient" or result.card.condition not in diseases:
                yield trial_sentence(known, result.card, audience)
            diseases.add(result.card.condition)
        yield from at_length(choice, [result], audience)
    yield from conflict_sentences(results, audience)
    rest = [card for card in choice.trials if card.trial not in spoken]
    if rest and spoken and audience != "patient":
        names = ", ".join(card.trial for card in rest)
        yield Sentence(f"Also in the store on this: {names}.", tuple(card.trial for card in rest))


def _not_shown(choice: Choice, store: Store, results: list[Result], audience: Audience) -> Iterator[Sentence]:
    known = choice.words
    yield from absence.unmeasured(choice, store, audience)
    yield from absence.missing(choice, audience)
    told: set[tuple[str, str]] = set()
    for result in results:
        for one, two in pairs(choice, result):
            found = verdict(result, one, two)
            place = (result.card.trial, result.endpoint)
            if found and found[0] == "no clear difference" and place not in told:
                told.add(place)
                ids = tuple(map(id_of, found[1]))
                name = endpoint_name(known, result.endpoint, audience)
                text = f"{result.card.trial}: no clear difference in {name} is no proof that there is none."
                if audience == "patient":
                    text = f"{result.card.trial}: no clear difference in {name}. Both need not be the same."
                yield Sentence(text, ids)
                break
    said = {name for sentence in absence.unmeasured(choice, store, audience) for name in sentence.ids}
    gaps = [
        each
        for each in choice.statements
        if each.kind == "gap" and fits(each, choice) and each.id not in said
    ]
    yield from (as_said(each, audience) for each in gaps[:2])
    if choice.trials and results and audience == "patient":
        yield Sentence(
            "No study can say how one person will do.", tuple(unique(each.card.trial for each in results))
        )


def _instead(choice: Choice, store: Store, audience: Audience, room: Any) -> Iterator[Sentence]:
    """What is there for an outcome that was not measured: other treatments of that site, and their tests."""
    known = choice.words
    question = choice.question
    if question.outcome is None:
        if any(each.kind == "comparison" for each in choice.absent):
            yield from absence.nearby(choice, store, audience)
        return
    classes = outcome_of(question)["classes"]
    if not classes or not list(absence.unmeasured(choice, store, audience)):
        return
    drugs = {t.id for t in known.terms("drug").values() if t.drug_class in classes}
    subject = {name for _, name in question.subjects}
    sites = {name for site in question.sites for name in known.under("condition", site)}
    for drug in sorted(
        drugs - subject, key=lambda name: (classes.index(known.terms("drug")[name].drug_class or ""), name)
    ):
        about = [
            s
            for s in store.statements
            if drug in s.about
            and sites & set(s.about)
            and s.kind in ("mechanism", "indication", "definition", "caution")
        ]
        about = [s for s in about if s.plain] if audience == "patient" else about
        yield from (as_said(each, audience) for each in about[: room["statements"]])
    for card in store.trials.values():
        if (
            card.condition in sites
            and arms_of(known, card, [("drug", drug) for drug in drugs])
            and not arms_of(known, card, question.subjects)
        ):
            found = (result_of(store, card, name) for name in (*card.primary, "os"))
            held = next((each for each in found if each is not None and not each.weak), None)
            if held is not None and not any(f.population in words()["reworked"] for f in held.findings):
                yield from result_sentences(held, audience)


def _warned(short: list[Sentence], said: Sentence, choice: Choice) -> None:
    """The sentence that this is no advice, put where it belongs."""
    short.insert(0 if told_first(choice.question) else len(short), said)


def _misreadings(
    choice: Choice, results: list[Result], store: Store, audience: Audience
) -> Iterator[Sentence]:
    """Readings that the endpoints of the answer invite; each judged on the findings of those endpoints."""
    here = {
        "comparison" if len({each.card.trial for each in results}) > 1 else "",
        choice.question.kind,
        choice.question.outcome,
        *(each.endpoint.partition(":")[0] for each in results),
    }
    if choice.question.outcome is None:
        here.discard(None)
    said = 0
    most = words()["room"][audience]["statements"]
    for each in words()["misreadings"]:
        ids = unique(
            id_of(f)
            for result in results
            for f in result.findings
            if result.endpoint.partition(":")[0] in each["needs"] or result.endpoint in each["needs"]
        )
        if here.intersection(each["where"]) and ids and said < most:
            said += 1
            yield Sentence(each["plain" if audience == "patient" else "text"], ids)


def _sources(said: dict[str, list[Sentence]], store: Store, audience: Audience) -> Iterator[Sentence]:
    held = {id_of(finding): finding for finding in store.findings}
    stated = {each.id: each for each in store.statements}
    for name in unique(
        name for sentences in said.values() for sentence in sentences for name in sentence.ids
    ):
        found = held[name].origin.source if name in held else stated[name].source if name in stated else None
        if found is None or found not in store.sources:
            continue
        source = store.sources[found]
        read = f" Read: {source.read}." if source.read and audience != "patient" else ""
        yield Sentence(f"{found}: {source.citation}.{read}", (found,))


def _once(sentences: Iterable[Sentence], seen: set[tuple[str, tuple[str, ...]]]) -> Iterator[Sentence]:
    """Sentences that no section before has said of the same things."""
    for sentence in sentences:
        if (sentence.text, sentence.ids) not in seen:
            seen.add((sentence.text, sentence.ids))
            yield sentence
