"""How a trial was planned and run: the answer to a question on its design, from its card.

said = designed(question, store, "clinician")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from trialist.evidence.answers.absence import listed
from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.choice import Choice, arms_of
from trialist.evidence.answers.design_baseline import baseline, causes, followup
from trialist.evidence.answers.design_list import entry, listing
from trialist.evidence.answers.design_plan import planned
from trialist.evidence.answers.language import WORD, words
from trialist.evidence.answers.named import (
    Audience,
    arm_name,
    condition_name,
    endpoint_name,
    given,
    subject_name,
)
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import is_weak
from trialist.evidence.answers.told import trial_sentence
from trialist.evidence.model import Arm, Store, TrialCard

_WITHOUT_RESULTS = ("drawn", "arms", "status")  # what is told of a trial of which nothing else can be
Told = Callable[[TrialCard, Question, Store, Audience], Iterator[Sentence]]


def designed(question: Question, store: Store, audience: Audience) -> dict[str, list[Sentence]]:
    """The sections of an answer on design: what is asked, the trial as a whole, and what is not held."""
    cards = trials_asked(question, store)
    if "listed" in question.matters and not question.trials:
        return {"short": list(listing(question, store, audience))}
    cards = cards[: words()["room"][audience]["trials"]]
    if cards and not any(store.of(card.trial) for card in cards):
        question = replace(question, matters=unique((*question.matters, *_WITHOUT_RESULTS)))
    several = len(cards) > 1 or audience != "patient"

    def which(card: TrialCard) -> tuple[Sentence, ...]:
        """Which trial is spoken of, where the question does not name it."""
        unnamed = several and _letters(card.trial) not in _letters(question.text)
        return (entry(card, store, audience),) if unnamed else ()

    said = {
        "short": [s for card in cards for s in (*which(card), *matters_of(card, question, store, audience))],
        "shows": [trial_sentence(store.words, card, audience) for card in cards],
        "not_shown": [s for card in cards for s in _no_result(card, store, audience)],
    }
    if said["short"]:
        ids = tuple(card.trial for card in cards)
        text = "This tells how a trial was set up, and nothing of what it found."
        if audience == "patient":
            text = "This tells how the study was set up. It does not tell what it found."
        said["certainty"] = [Sentence(text, ids)]
    return said


def second_part(choice: Choice, store: Store, audience: Audience) -> list[Sentence]:
    """What a question about a result asks of the design as well, of the trial that it is about."""
    question = choice.question
    if not question.matters:
        return []
    if {name.partition(":")[0] for name in question.endpoints} & set(words()["conduct"]):
        question = replace(question, matters=tuple(m for m in question.matters if m != "arms"))
    if question.times:  # a share at a time is a result, and no matter of who took part
        question = replace(question, matters=tuple(m for m in question.matters if m != "baseline"))
    named = [store.trials[name] for name in question.trials] or list(choice.trials[:1])
    return [s for card in named[:2] for s in matters_of(card, question, store, audience, held_only=True)]


def matters_of(
    card: TrialCard, question: Question, store: Store, audience: Audience, *, held_only: bool = False
) -> Iterator[Sentence]:
    """What the card of a trial holds of each matter that is asked about, or that it holds nothing."""
    said = {matter: list(_TOLD[matter](card, question, store, audience)) for matter in question.matters}
    for matter, told in said.items():
        yield from told
        if not told and not held_only and not (matter == "baseline" and any(said.values())):
            name = words()["matter_names"][matter]
            text = f"The store holds nothing on {name} of {card.trial}."
            if audience == "patient":
                text = f"Our store does not tell this of {card.trial}: {name}."
            yield Sentence(text, (card.trial,))


def what_is_held(choice: Choice, store: Store, audience: Audience) -> list[Sentence]:
    """Of trials without results that a refused question is about: what they are and were planned to do."""
    ids = unique(name for absent in choice.absent if absent.kind == "results" for name in absent.judged_on)
    said = []
    for card in (store.trials[name] for name in ids[:2]):
        said.append(trial_sentence(store.words, card, audience))
        question = replace(choice.question, matters=("primary", "planned", "status"))
        said += matters_of(card, question, store, audience, held_only=True)
    return said


def trials_asked(question: Question, store: Store) -> list[TrialCard]:
    """The trials that are named; else those of what is asked about whose titles are nearest to the words."""
    if question.trials:
        return [store.trials[name] for name in question.trials]
    known = store.words
    conditions = {name for each in question.conditions for name in known.under("condition", each)}
    cards = [
        card
        for card in store.trials.values()
        if all(arms_of(known, card, [subject]) for subject in question.subjects)
        and (not conditions or card.condition in conditions)
    ]
    said = _stems(question.text) - _stems(words()["asking"])
    near = {card.trial: len(said & _own_words(card)) for card in cards}
    best = max(near.values(), default=0)
    return sorted((c for c in cards if near[c.trial] == best), key=lambda card: -(card.n or 0))


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.lower())


def _own_words(card: TrialCard) -> set[str]:
    text = " ".join((card.title, card.setting or "", *(arm.label for arm in card.arms.values())))
    return _stems(text)


def _stems(text: str) -> set[str]:
    """Words by their beginnings: `chemo` is `chemotherapy`, `breast-cancer` two words."""
    return {word.lower()[:5] for word in WORD.findall(text.replace("-", " "))}


def _published(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    held = [(name, store.sources[name]) for name in card.sources if name in store.sources]
    for name, source in [each for each in held if each[1].kind in ("paper", "abstract")] or held[:1]:
        yield Sentence(f"{card.trial}: {source.citation}.", (card.trial, name))


def _not_held(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    yield from ()


def enrolled(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    plain = audience == "patient"
    drawn = next((f for f in store.of(card.trial) if f.endpoint == "randomised" and f.estimate), None)
    in_all = round(drawn.estimate) if drawn is not None and drawn.estimate else card.n
    arms = [arm for arm in card.arms.values() if arm.n and (len(card.arms) > 1 or arm.n != in_all)]
    if in_all and sum(arm.n or 0 for arm in arms) < in_all:
        arms = []  # the arms that are held are of fewer: they do not make the whole
    said = []
    if in_all:
        people = "people" if plain else "patients"
        said.append(f"{card.trial} {'randomised' if card.randomised else 'had'} {in_all} {people}.")
    if drawn is not None and card.n and card.n != in_all:
        said.append(f"Of them {card.n} were counted.")
    if arms and plain:
        said += [f"{arm.n} got {arm_name(store.words, card, arm.name, audience)}." for arm in arms]
    elif arms:
        said.append(f"By arm: {'; '.join(_size(arm, card, store, audience) for arm in arms)}.")
    treated = [arm for arm in arms if arm.treated and not plain]
    if treated:
        each = (f"{arm_name(store.words, card, arm.name, audience)} {arm.treated}" for arm in treated)
        said.append(f"Treated: {'; '.join(each)}.")
    if said:
        yield Sentence(" ".join(said), (card.trial, *((id_of(drawn),) if drawn else ())))
    if not plain:
        yield from _noted(
            card, r"\d+ (?:\w+ )?(?:screened|randomised|evaluable|treated|eligible)|[Ww]ithdraw"
        )
    if not in_all:
        yield from planned(card, store, audience, only=("planned_n",))


def _size(arm: Arm, card: TrialCard, store: Store, audience: Audience) -> str:
    return f"{arm_name(store.words, card, arm.name, audience)} {arm.n}"


def _sites(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    if not card.sites and not card.countries:
        return
    sites = f"{card.sites} site{'s' * (card.sites != 1)}" if card.sites else ""
    where = f"{card.countries} countr{'ies' if card.countries != 1 else 'y'}" if card.countries else ""
    yield Sentence(f"{card.trial} ran at {' in '.join(p for p in (sites, where) if p)}.", (card.trial,))


def _registered(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    if card.registered:
        yield Sentence(f"{card.trial} is registered as {listed(card.registered)}.", (card.trial,))


def _blinding(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    if card.blinding and audience == "patient":
        yield Sentence(f"{card.trial} was {_plain_blinding(card.blinding)}.", (card.trial,))
    elif card.blinding:
        yield Sentence(f"{card.trial} was {card.blinding}.", (card.trial,))


def _plain_blinding(text: str) -> str:
    told = words()["plain_blinding"]
    return next((f"{text}: {said}" for name, said in told.items() if text.startswith(name)), text)


def _events(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    """How many events a comparison stands on, and what the card tells of them."""
    wanted = [name for name in question.endpoints if name not in ("death", "deaths_total")] or ["os"]
    held = [
        f
        for f in store.of(card.trial)
        if f.endpoint in wanted and len(f.groups) == 2 and f.events and f.subgroup is None and not is_weak(f)
    ]
    if not held and "os" not in wanted:
        return
    for finding in held[:2]:
        analysis = dict(finding.method.options).get("analysis")
        name = endpoint_name(store.words, finding.endpoint, audience)
        text = (
            f"{card.trial}, {name}{f' ({analysis} analysis)' if analysis else ''}: {finding.events} events."
        )
        yield Sentence(text, (id_of(finding), card.trial))
    if not held and audience != "patient":
        yield from _noted(card, r"\bdeaths?\b|\bevents?\b")


def _drawn(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    phase = f", phase {card.phase}" if card.phase and card.phase[0].isdigit() else ""
    if audience == "patient":
        how = "chance decided who got which treatment" if card.randomised else "nobody was drawn by chance"
        yield Sentence(f"{card.trial}{phase}: {how}.", (card.trial,))
        return
    ratio = f" {card.ratio}" if card.ratio else ""
    blinding = f", {card.blinding}" if card.blinding else ""
    how = "randomised" if card.randomised else "not randomised"
    if card.phase and not phase:
        how += f", {card.phase}"
    text = f"{card.trial} was {how}{ratio if card.randomised else ''}{blinding}{phase}"
    yield Sentence(f"{text}{', ' + ratio[1:] if ratio and not card.randomised else ''}.", (card.trial,))
    if card.strata:
        yield Sentence(f"{card.trial} was stratified by {'; '.join(card.strata)}.", (card.trial,))


def _dates(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    people = "people" if audience == "patient" else "patients"
    start, end = card.enrolled_from, card.enrolled_to
    if start or end:
        when = " ".join(p for p in (f"from {start}" if start else "", f"to {end}" if end else "") if p)
        yield Sentence(f"{card.trial} enrolled {people} {when}.", (card.trial,))
    elif "planned start" in card.stated:
        when = next(iter(card.stated["planned start"].values()))
        yield Sentence(f"{card.trial} was planned to start {when}.", (card.trial,))
    if audience != "patient":
        yield from _noted(card, r"enrolment|Start|[Cc]ut-off")


def _status(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    yield from _noted(card, r"[Ww]ithdrawn|[Ss]uccessor|[Rr]eplaced|[Tt]arget recruitment|[Ss]topped")
    yield from _no_result(card, store, audience)
    if not card.note:
        what = "study" if audience == "patient" else "trial"
        yield Sentence(f"The store does not tell whether the {what} {card.trial} still runs.", (card.trial,))
    if store.of(card.trial):
        text = f"The store holds results of {card.trial}."
        yield Sentence(text, (card.trial,))
    others = (c for c in store.trials.values() if c is not card)
    near = [c for c in others if re.search(rf"\b{re.escape(c.trial)}\b", card.note or "")]
    for one in (card, *near):
        yield from _registered(one, question, store, audience)
    if near:
        yield from (trial_sentence(store.words, one, audience) for one in near)


def _eligible(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    known, plain = store.words, audience == "patient"
    whom = condition_name(known, card.condition, audience)
    had = [
        subject_name(known, "class" if name in known.terms("class") else "drug", name, audience)
        for name in card.prior
    ]
    before = f", who had had {listed(had)}" if had else ""
    setting = f" Setting: {card.setting}." if card.setting else ""
    text = f"{card.trial} took patients with {whom}{before}.{setting}"
    if plain:
        text = f"{card.trial} was for {whom}."
        text += f" Before it, people had had {listed(had)}." if had else ""
        text += f" More exactly: {card.setting}." if card.setting else ""
    yield Sentence(text, (card.trial,))
    recalled = " (part of it recalled, not read)" if any("elig" in n for n in card.recalled) else ""
    if card.eligibility and not plain:
        yield Sentence(f"{card.trial}, eligibility{recalled}: {card.eligibility}.", (card.trial,))
    elif not card.eligibility:
        more = "No list of who could take part is in our store." if plain else "No list of criteria is held."
        yield Sentence(f"{card.trial}: {more[:1].lower()}{more[1:]}", (card.trial,))


def _arms(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    known = store.words
    said = []
    for arm in card.arms.values():
        text = given(known, arm)
        cycles = unique(f"up to {each.cycles} cycles" for each in arm.give if each.cycles)
        rule = arm.label if re.search(r"\bif\b", arm.label) else ""
        text = "; ".join(part for part in (rule, text) if part)
        text += f" ({', '.join(cycles)})" if cycles else ""
        who = f"{arm.n} {'people' if audience == 'patient' else 'patients'}: " if arm.n else ""
        said.append(f"{who}{text}")
    if said:
        yield Sentence(f"{card.trial} gave {' | '.join(said)}.", (card.trial,))


def _primary(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    if card.primary:
        known = store.words.terms("endpoint")
        names = [endpoint_name(store.words, n, audience) if n in known else n for n in card.primary]
        what = "Mainly looked at in" if audience == "patient" else "Primary endpoint of"
        yield Sentence(f"{what} {card.trial}: {listed(names)}.", (card.trial,))


def _growth(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    if card.growth_factor:
        yield Sentence(f"{card.trial}, G-CSF: {card.growth_factor}.", (card.trial,))


def _planned(card: TrialCard, question: Question, store: Store, audience: Audience) -> Iterator[Sentence]:
    yield from planned(card, store, audience)


def _no_result(card: TrialCard, store: Store, audience: Audience) -> Iterator[Sentence]:
    if store.of(card.trial):
        return
    why = store.reasons.get(card.trial, "")
    yield Sentence(f"No result of {card.trial} is held{'. ' + why if why else '.'}", (card.trial,))


def _noted(card: TrialCard, of: str) -> Iterator[Sentence]:
    """The note of a card, where it speaks of the matter."""
    if card.note and re.search(of, card.note):
        said = card.note.removesuffix(".").replace("_", " ")
        yield Sentence(f"{card.trial}: {said}.", (card.trial,))


_TOLD: dict[str, Told] = {
    "listed": _not_held,
    "published": _published,
    "funded": _not_held,
    "enrolled": enrolled,
    "sites": _sites,
    "registered": _registered,
    "blinding": _blinding,
    "drawn": _drawn,
    "dates": _dates,
    "planned": _planned,
    "status": _status,
    "eligible": _eligible,
    "arms": _arms,
    "primary": _primary,
    "growth_factor": _growth,
    "events": _events,
    "causes": causes,
    "followup": followup,
    "baseline": baseline,
}
