"""How sure an answer is and why, and findings that contradict each other, with what they differ in."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.answers import printed
from trialist.evidence.answers.absence import trials_named, unmeasured
from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.choice import Choice
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import Audience, arm_name, endpoint_name
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import Conflict, Result, excludes, is_ratio, is_weak, reasons
from trialist.evidence.model import Statement, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding


def certainty(
    choice: Choice, results: list[Result], statements: list[Statement], store: Store, audience: Audience
) -> Iterator[Sentence]:
    """Design, what was read, and what is missing: each of it judged on what it names."""
    plain = audience == "patient"
    yield from _level(choice, results, statements, store, audience)
    cards = tuple({each.card.trial: each.card for each in results}.values())
    drawn = [card for card in cards if card.randomised]
    single = [card for card in cards if not card.randomised]
    if drawn:
        names = trials_named(drawn)
        text = (
            f"In {names}, chance chose who got what, so we can compare." if plain else f"Randomised: {names}."
        )
        yield Sentence(text, tuple(card.trial for card in drawn))
    if single:
        names = trials_named(single)
        text = (
            f"There was no group to compare with in {names}, so this shows less."
            if plain
            else f"Without a randomised comparison: {names}."
        )
        yield Sentence(text, tuple(card.trial for card in single))
    if len(cards) == 1 and results:
        text = "It is one study only." if plain else f"The answer rests on one trial, {cards[0].trial}."
        yield Sentence(text, (cards[0].trial,))
    secondary = [
        each
        for each in results
        if each.endpoint not in each.card.primary and not each.endpoint.startswith("ae:")
    ]
    primary = [each for each in results if each.endpoint in each.card.primary]
    if primary and not plain:
        names = "; ".join(
            f"{each.card.trial}: {endpoint_name(each.words, each.endpoint, audience)}" for each in primary
        )
        yield Sentence(
            f"Primary endpoints among these: {names}.",
            unique(id_of(f) for each in primary for f in each.findings),
        )
    elif secondary and not plain:
        yield Sentence(
            "None of these was the primary endpoint of its trial.",
            unique(id_of(f) for each in secondary for f in each.findings),
        )
    shown = [f for each in results for f in each.findings]
    second = [f for f in shown if f.origin.reliability == "transcribed"]
    weak = [f for f in shown if is_weak(f)]
    if second and not plain:
        yield Sentence(
            "Some figures were transcribed from a paper's tables by a third party.",
            unique(map(id_of, second)),
        )
    if weak:
        text = (
            "Some numbers were only recalled and not read, so they carry no answer."
            if not plain
            else "Some numbers are from memory and may be wrong."
        )
        yield Sentence(text, unique(map(id_of, weak)))
    if not results and statements:
        said = statements
        text = (
            "This rests on what texts state, and not on numbers of a trial."
            if not plain
            else "This is what books and papers say. It is no result of a study."
        )
        yield Sentence(text, tuple(each.id for each in said))
        if any("preclinical" in each.text for each in said):
            ids = tuple(each.id for each in said if "preclinical" in each.text)
            yield Sentence(
                "Part of it is preclinical."
                if not plain
                else "Part of it comes from tests in cells or animals.",
                ids,
            )


def _level(
    choice: Choice, results: list[Result], statements: list[Statement], store: Store, audience: Audience
) -> Iterator[Sentence]:
    """One word for how sure the answer is, by design, comparison and what was read."""
    plain = audience == "patient"
    ids = unique(id_of(f) for each in results for f in each.findings) or tuple(each.id for each in statements)
    if list(unmeasured(choice, store, audience)):
        text = (
            "We do not know the answer to the question itself."
            if plain
            else "Not known: the outcome itself was not measured."
        )
        yield Sentence(text, tuple(card.trial for card in choice.trials))
        return
    if not [each for each in results if not each.weak]:
        results = []
    apart = [each for each in choice.absent if each.kind == "comparison"]
    if apart:
        text = (
            "We do not know: no study compared them."
            if plain
            else "Not known: nothing compares them within one trial."
        )
        yield Sentence(text, ids or apart[0].judged_on or tuple(card.trial for card in choice.trials))
        return
    clear = [
        each
        for each in results
        if each.card.randomised and any(excludes(f, 1) for f in each.contrasts if not is_weak(f))
    ]
    first = [each for each in clear if each.endpoint in each.card.primary]
    drawn = [each for each in results if each.card.randomised]
    if not ids:
        return
    if choice.question.kind == "safety" and results:
        word = "moderate" if drawn else "low"
        why = (
            "events were counted in randomised trials; small counts are uncertain"
            if drawn
            else "events were counted without a comparison"
        )
        told = (
            "Fairly sure: studies counted these events."
            if drawn
            else "Not very sure: there was no group to compare with."
        )
    elif first:
        word, why = "high", "a randomised trial shows it for its primary endpoint"
        told = "Quite sure: a study made to test this found it."
    elif clear:
        word, why = "moderate", "a randomised trial shows it for an endpoint that was not its primary one"
        told = "Fairly sure: a study found it, but was not made just to test this."
    elif drawn:
        word, why = (
            "low to moderate",
            "randomised trials do not tell the treatments apart, or did not test it",
        )
        told = "Less sure: the studies do not tell the treatments apart."
    elif results:
        word, why = "low", "no randomised comparison"
        told = "Not very sure: no study compared two groups for this."
    else:
        word, why = "not graded", "statements and no results of trials"
        told = "This is known from texts, not from counting."
    yield Sentence(told if plain else f"Certainty {word}: {why}.", ids)


def conflict_sentences(results: list[Result], audience: Audience) -> Iterator[Sentence]:
    """Contradictions inside a trial, and one side effect counted very differently in several trials."""
    for result in results:
        kept = [
            c
            for c in result.conflicts
            if (audience == "researcher" or c.other.population not in words()["reworked"])
            and (audience != "patient" or not is_ratio(c.shown))
        ]
        for conflict in kept[: 2 if audience != "researcher" else None]:
            yield _inside(result, conflict, audience)
    if audience == "patient":
        return
    events: dict[str, list[tuple[TrialCard, str, Finding]]] = {}
    for result in results:
        if result.endpoint.startswith("ae:") and not result.endpoint.startswith("ae:any:"):
            toxicity = result.endpoint.split(":")[1]
            for arm, finding in result.arms:
                if arm and finding.estimate is not None:
                    of_any = result.endpoint.endswith(":any")
                    key = f"{toxicity}|{of_any}|{result.card.arms[arm].treatment}"
                    events.setdefault(key, []).append((result.card, arm, finding))
    for held in events.values():
        yield from _between(results[0].words, held, audience)


def _inside(result: Result, conflict: Conflict, audience: Audience) -> Sentence:
    known = result.words
    one, other = conflict.shown, conflict.other
    card = result.card
    ids = (id_of(one), id_of(other))
    name = endpoint_name(known, result.endpoint, audience)
    if audience == "patient":
        return Sentence(
            f"Two reports of {card.trial} differ in {name}: {printed.value(one)} and {printed.value(other)}.",
            ids,
        )
    arms = " against ".join(arm_name(known, card, group, audience) for group in one.groups)
    why = "; ".join(conflict.reasons) or "nothing that the store knows of"
    of = f", {arms}" if arms else ""
    told = f"{printed.value(one)} and {printed.value(other)}"
    return Sentence(f"Conflict in {card.trial}, {name}{of}: {told}. What differs: {why}.", ids)


def _between(
    known: Vocabulary, held: list[tuple[TrialCard, str, Finding]], audience: Audience
) -> Iterator[Sentence]:
    """The lowest and highest share of one event under one treatment, with what differs between the two."""
    trials = {card.trial for card, _, _ in held}
    if len(trials) < 2:
        return
    low = min(held, key=lambda each: each[2].estimate or 0.0)
    high = max(held, key=lambda each: each[2].estimate or 0.0)
    spread = (high[2].interval, low[2].interval)
    if (
        low[0].trial == high[0].trial
        or (high[2].estimate or 0) < 2 * (low[2].estimate or 0) + 0.02
        or None not in spread
    ):
        return
    why = [
        each
        for each in reasons(known, low[2], high[2])
        if not each.startswith(("another trial", "two sources", "one "))
    ]
    if low[0].line != high[0].line:
        why.append(f"line ({low[0].line}, {high[0].line})")
    if low[0].growth_factor != high[0].growth_factor:
        why.append("prophylaxis with growth factor")
    if low[0].randomised != high[0].randomised:
        why.append("a trial and routine care or one group")
    told = []
    for card, arm, f in (low, high):
        name = endpoint_name(known, f.endpoint, audience)
        told.append(f"{name}: {printed.value(f)} with {arm_name(known, card, arm, audience)} in {card.trial}")
    text = f"Trials differ: {'; '.join(told)}. What differs: {'; '.join(why) or 'nothing that is known'}."
    yield Sentence(text, (id_of(low[2]), id_of(high[2]), low[0].trial, high[0].trial))
