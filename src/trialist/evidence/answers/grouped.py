"""Results in parts of the patients: the answer to a question about the old, the frail or another group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from trialist.evidence.answers import printed
from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.language import WORD, words
from trialist.evidence.answers.named import BETWEEN, Audience, endpoint_name, group_name, part_of
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import Result, excludes, misprint, result_of
from trialist.evidence.answers.told import result_sentences, verdict_sentence
from trialist.evidence.filter import is_endpoint
from trialist.evidence.model import Store
from trialist.findings.model import Finding


def group_results(choice: Choice, store: Store, endpoints: int, most: int) -> list[Result]:
    """Of each trial the results in the parts that are asked about, all sides of a part together.

    The endpoints of the question come first; where a trial has none of them by parts, whichever it has.
    """
    wanted = {part for name in choice.question.groups for part in words()["groups"][name]["parts"]}
    found: list[Result] = []
    for card in choice.trials:
        held = [f for f in store.of(card.trial) if f.subgroup and part_of(f.subgroup) in wanted]
        asked_for = (*choice.endpoints, *choice.question.endpoints)
        asked = [f for f in held if any(is_endpoint(f.endpoint, name) for name in asked_for)]
        named = choice.question.endpoints or choice.question.toxicities or choice.question.kind == "safety"
        held_of = unique(f.endpoint for f in (asked or ([] if named else held)))
        first = sorted(held_of, key=lambda name: _place(name, choice.endpoints))[:endpoints]
        for endpoint in first:
            groups = sorted(
                unique(f.subgroup or "" for f in held if f.endpoint == endpoint),
                key=lambda group: -_likeness(group, choice.question.text),
            )
            results = (result_of(store, card, endpoint, group) for group in groups)
            found += [each for each in results if each is not None and not each.weak]
    return found[:most]


def _place(endpoint: str, wanted: tuple[str, ...]) -> int:
    return next((n for n, name in enumerate(wanted) if is_endpoint(endpoint, name)), len(wanted))


def _likeness(subgroup: str, text: str) -> int:
    """How much of a part's name stands in a question, and whether it is of the side that is asked about."""
    said = set(WORD.findall(text.lower())) | set(re.findall(r"\d+", text))
    name = group_name(subgroup, "clinician").lower()
    own = set(WORD.findall(name)) | set(re.findall(r"\d+", name))
    of_side = any(
        side in subgroup and any(re.search(cue, text, re.I) for cue in cues)
        for side, cues in words()["sides"].items()
    )
    return len(own & said) - len(own - said) + 4 * of_side


def group_sentences(results: list[Result], audience: Audience) -> Iterator[Sentence]:
    """Which side did better in each part, and that this is less sure than what was found in all."""
    for result in results:
        yield from _of_group(result, audience)
    if audience != "patient":
        yield from _planned(results)
    if results:
        ids = unique(id_of(f) for each in results for f in each.findings)
        text = (
            "Subgroups are small and many were looked at: this is less sure than the result in all, and what "
            "is clear in one and not in another is no proof that they differ."
        )
        if audience == "patient":
            text = "Such groups are small, so this is less sure than what the whole study found."
        yield Sentence(text, ids)


def _planned(results: list[Result]) -> Iterator[Sentence]:
    """Whether the parts were foreseen in the plan or looked at afterwards, where the source says so."""
    said: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for finding in result.findings:
            for word in words()["foreseen"]:
                if word in (finding.note or ""):
                    said.setdefault((result.card.trial, word), []).append(id_of(finding))
    for (trial, word), ids in said.items():
        yield Sentence(f"In {trial} this look at parts of the patients was {word}.", unique(ids))


def _of_group(result: Result, audience: Audience) -> Iterator[Sentence]:
    if BETWEEN in (result.subgroup or ""):
        yield from (_between(result, finding, audience) for finding in result.contrasts)
        return
    both = [f.groups for f in result.contrasts if len(f.groups) == 2]
    told = [s for a, b in both for s in [verdict_sentence(result, a, b, audience)] if s]
    if not told and audience != "patient":
        for said in result_sentences(result, audience):
            wrong = any(misprint(f) for f in result.findings)
            text = " The interval that the source prints for it cannot be right and is not given."
            yield replace(said, text=said.text + text * wrong)
        return
    who = group_name(result.subgroup or "", audience)
    size = next((f.n for f in result.contrasts if f.n), None)
    who += f" ({size} patients)" if size and audience != "patient" else ""
    if audience == "patient" and part_of(result.subgroup or "") in words()["told_behind"]:
        yield from (replace(s, text=f"{s.text.removesuffix('.')} ({who}).") for s in told)
        return
    for sentence in told or list(result_sentences(result, audience)):
        lead = f"Among {who}" if audience == "patient" else f"Subgroup {who}"
        yield replace(
            sentence,
            text=f"{lead}: {sentence.text[:1].lower()}{sentence.text[1:]}"
            if sentence.text.startswith(("In ", "On "))
            else f"{lead}: {sentence.text}",
        )


def _between(result: Result, finding: Finding, audience: Audience) -> Sentence:
    """Two parts of the patients, compared with each other and not at random."""
    name = endpoint_name(result.words, result.endpoint, audience)
    who = group_name(result.subgroup or "", audience)
    ids = (id_of(finding), result.card.trial)
    if audience != "patient":
        of = f", of {finding.n} patients" if finding.n else ""
        told = f"{printed.of_contrast(finding)}{of}"
        text = f"{result.card.trial}, {name}, {who}: {told}; the two were not drawn at random."
        return Sentence(text, ids)
    apart = excludes(finding, 1)
    how = "There was a difference" if apart else "There was no clear difference"
    if apart and finding.estimate is not None and finding.measure == "odds_ratio":
        how = f"It was {'less' if finding.estimate < 1 else 'more'} frequent in the first group"
    return Sentence(f"In {result.card.trial}, {who}: {name}. {how}.", ids)
