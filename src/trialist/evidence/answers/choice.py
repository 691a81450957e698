"""Which trials, endpoints and statements answer a question, and which of its parts the store lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from trialist.evidence.answers.about import SAID, statements_about
from trialist.evidence.answers.asked import Question, Subject
from trialist.evidence.answers.language import beyond, cued, words
from trialist.evidence.filter import drugs_of, is_endpoint
from trialist.evidence.model import Arm, Statement, Store, TrialCard
from trialist.evidence.vocabulary import Vocabulary

_OF_FINDINGS = ("efficacy", "comparison", "safety", "misconception", "sequencing")


@dataclass(frozen=True, slots=True)
class Absent:
    """A part of the question that the store lacks. `kind`: drug, condition, endpoint, combination, ..."""

    kind: str
    name: str
    judged_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """What answers a question.

    trials      the best first; sides: of each trial, the arms of each side that is asked about
    endpoints   asked, or those of the kind of the question
    statements  nearest first
    head_to_head  a comparison was asked and a trial has both sides
    """

    question: Question
    words: Vocabulary
    trials: tuple[TrialCard, ...] = ()
    sides: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    endpoints: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()
    absent: tuple[Absent, ...] = ()
    head_to_head: bool = False

    @property
    def refused(self) -> bool:
        """Nothing of what is asked is there: no trial, and no statement of the kind that is asked for."""
        kind = self.question.kind
        weak = words()["never_alone"]
        said = [each for each in self.statements if each.reliability not in weak]
        return kind == "out of store" or not (self.trials or (kind in SAID and said))


def choose(question: Question, store: Store) -> Choice:
    """The trials that tested what is asked in whom it is asked, ranked; and what is missing of it."""
    known = store.words
    if question.kind == "out of store":
        return Choice(question, store.words, absent=_elsewhere(question))
    absent: list[Absent] = [*_elsewhere(question)]
    asked = _sides(known, question)
    cards = tuple(
        card for card in store.trials.values() if not question.trials or card.trial in question.trials
    )
    of_drug = _with(known, cards, asked)
    untested = [
        subject for subject in question.subjects if not _with(known, store.trials.values(), ((subject,),))
    ]
    untested = [s for s in untested if not _supportive(known, s)]
    if asked and (not of_drug or (untested and question.kind in _OF_FINDINGS)):
        of_drug = ()
        absent += [Absent(kind, name, tuple(store.trials)) for kind, name in untested or question.subjects]
    in_whom = _in_whom(known, of_drug, replace(question, prior=()) if question.trials else question)
    if of_drug and not in_whom:
        absent.append(Absent("combination", _whom(known, question), tuple(card.trial for card in of_drug)))
    both = [card for card in in_whom if len(asked) > 1 and _apart(known, card, asked)]
    added = [] if both or len(asked) < 2 else [card for card in in_whom if _added(card, asked)]
    unmet = len(asked) > 1 and in_whom and not (both or added)
    if unmet and question.joined and question.kind != "comparison":
        absent.append(Absent("together", "", _ids(of_drug)))
    elif unmet and not question.trials:
        absent.append(Absent("comparison", " v ".join(name for _, name in question.subjects), _ids(of_drug)))
    wanted = wanted_endpoints(question)
    if question.kind == "sequencing" and len(asked) > 1:
        both += [card for card in in_whom if card not in both and _together(known, card, question)]
    if question.doses:
        both = both or [card for card in in_whom if _doses(known, card, asked) > 1]
    usual = _usual(known, of_drug) if asked and not (question.conditions or question.sites) else None
    kept = sorted(
        both or added or in_whom,
        key=lambda card: (
            usual is not None and broad(known, card.condition) != usual,
            -_rank(card, asked, question, store, wanted),
        ),
    )
    if len(asked) > 1 and not (both or added):
        kept = _in_turn(known, kept, asked)
    if question.outcome and outcome_of(question).get("besides"):
        nearer = (*outcome_of(question)["endpoints"], *outcome_of(question)["instead"])
        kept = [card for card in kept if measures(store, card, nearer)] or kept
    if kept and not any(store.of(card.trial) for card in kept):
        absent.append(Absent("results", ", ".join(_ids(kept)), _ids(kept)))
        kept = []
    if kept and (question.endpoints or question.toxicities):
        parts = (*wanted, *(f"ae:{name}" for name in question.toxicities))
        measured = [card for card in kept if measures(store, card, parts if question.trials else wanted)]
        missing = [name for name in _named(question) if not any(measures(store, card, name) for card in kept)]
        fared = measured and cued("fare", question.text)  # asked in general: some measure of it is enough
        absent += [Absent("endpoint", name[0], _ids(kept)) for name in missing if not fared]
        kept = measured
    statements = statements_about(question, store)
    if question.toxicities and not kept:
        statements = tuple(each for each in statements if set(question.toxicities) & set(each.about))
    if question.kind == "mechanism":
        named = {name for statement in statements for name in statement.about}
        kept = [card for card in kept if card.trial in named]
    return Choice(
        question=question,
        words=store.words,
        trials=tuple(kept),
        sides={card.trial: arms_by_side(known, card, asked) for card in kept},
        endpoints=wanted,
        statements=statements,
        absent=tuple(absent),
        head_to_head=bool(both) and len(asked) > 1,
    )


def wanted_endpoints(question: Question) -> tuple[str, ...]:
    """The endpoints that are asked for, wide words in all their ways; else those of the kind of question."""
    language = words()
    if question.outcome:
        where = outcome_of(question)
        return tuple(dict.fromkeys((*where["endpoints"], *where["instead"], *where.get("besides", ()))))
    if question.kind == "safety":
        events = [f"ae:{name}" for name in question.toxicities]
        named = (name for name in question.endpoints if name.partition(":")[0] in language["harms"])
        harms = [each for name in named for each in _ways(name)]
        return tuple(dict.fromkeys((*events, *(name for name in harms if name != "ae")))) or ("ae",)
    wide: list[str] = []
    for name in question.endpoints:
        wide += language["wider"].get(name, [name])
    return tuple(dict.fromkeys(wide)) or tuple(language["defaults"][question.kind])


def _ways(harm: str) -> list[str]:
    """A harm in all the ways in which it is counted; causes of early deaths are told apart from these."""
    ways: list[str] = words()["wider"].get(harm, [harm]) if harm.startswith("ae:") else [harm]
    return ways


def _named(question: Question) -> tuple[tuple[str, ...], ...]:
    """Each endpoint and side effect that the question names, in all the ways in which it is measured."""
    language = words()
    ways = [tuple(language["wider"].get(name, [name])) for name in question.endpoints]
    near = [tuple(dict.fromkeys((*each, *language["kin"].get(each[0], ())))) for each in ways]
    return (*near, *((f"ae:{name}",) for name in question.toxicities))


def outcome_of(question: Question) -> Mapping[str, list[str]]:
    """What was measured of the outcome that is asked for, where the disease sits there."""
    held = words()["outcomes"][question.outcome]["on"]
    found: Mapping[str, list[str]] = next(
        (held[site] for site in question.sites if site in held), held["any"]
    )
    return found


def compared_drugs(known: Vocabulary, arm: Arm) -> tuple[str, ...]:
    """The drugs that an arm is compared for: those of its treatment, without what goes with them."""
    term = known.terms("treatment").get(arm.treatment or "")
    return tuple(given.drug for given in term.drugs) if term and term.drugs else arm.drugs


def arms_of(known: Vocabulary, card: TrialCard, side: Iterable[Subject]) -> tuple[str, ...]:
    """The arms of a trial that were given one of the subjects."""
    wanted = tuple(side)
    return tuple(
        arm.name for arm in card.arms.values() if any(_is(known, arm, subject) for subject in wanted)
    )


def _is(known: Vocabulary, arm: Arm, subject: Subject) -> bool:
    kind, name = subject
    if kind == "treatment":
        return arm.treatment == name
    drugs = drugs_of(known, name)
    term = known.terms("drug").get(name)
    if term is not None and term.drug_class == "inactive":
        return bool(drugs.intersection(arm.drugs))
    return bool(drugs.intersection(compared_drugs(known, arm)))


def _sides(known: Vocabulary, question: Question) -> tuple[tuple[Subject, ...], ...]:
    """The sides of a comparison: each subject is one; of three and more, those of one class are one."""
    if len(question.subjects) <= 2:
        return tuple((subject,) for subject in question.subjects)
    sides: dict[str, list[Subject]] = {}
    for kind, name in question.subjects:
        term = known.terms("drug").get(name)
        sides.setdefault(term.drug_class if term and term.drug_class else name, []).append((kind, name))
    return tuple(tuple(side) for side in sides.values())


def _supportive(known: Vocabulary, subject: Subject) -> bool:
    """Whether a drug only goes with a treatment, so that no trial need have tested it."""
    term = known.terms("drug").get(subject[1])
    return term is not None and term.drug_class in ("inactive", "supportive", "corticosteroid")


def _with(
    known: Vocabulary, cards: Iterable[TrialCard], sides: tuple[tuple[Subject, ...], ...]
) -> tuple[TrialCard, ...]:
    return tuple(card for card in cards if not sides or any(arms_of(known, card, side) for side in sides))


def arms_by_side(
    known: Vocabulary, card: TrialCard, sides: tuple[tuple[Subject, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """The arms of each side; beside `X with Y`, `X` is the arms without Y."""
    held = [arms_of(known, card, side) for side in sides]
    drugs = [all(kind != "class" for kind, _ in side) for side in sides]
    within = [
        [one for one in held if one and set(one) < set(arms)] if named else []
        for arms, named in zip(held, drugs, strict=True)
    ]
    return tuple(
        tuple(name for name in arms if not any(name in one for one in inner))
        for arms, inner in zip(held, within, strict=True)
    )


def _apart(known: Vocabulary, card: TrialCard, sides: tuple[tuple[Subject, ...], ...]) -> bool:
    """Whether an arm of each side is there, and none of them holds the other side as well."""
    held = [set(arms) for arms in arms_by_side(known, card, sides)]
    return all(arms - set().union(*(other for other in held if other is not arms)) for arms in held)


def _added(card: TrialCard, sides: tuple[tuple[Subject, ...], ...]) -> bool:
    """Whether one arm was given a drug of each side, and another all but one: what is added is tested."""
    held = [{name for kind, name in side if kind == "drug"} for side in sides]
    given = [[bool(drugs & set(arm.drugs)) for drugs in held] for arm in card.arms.values()]
    return any(all(each) for each in given) and any(any(each) and not all(each) for each in given)


def _together(known: Vocabulary, card: TrialCard, question: Question) -> bool:
    """Whether one arm was given all that is asked about, one after another."""
    drugs = {name for kind, name in question.subjects if kind == "drug"}
    return bool(drugs) and any(drugs <= set(compared_drugs(known, arm)) for arm in card.arms.values())


def _doses(known: Vocabulary, card: TrialCard, sides: tuple[tuple[Subject, ...], ...]) -> int:
    """At how many doses a trial gave one drug of what is asked about, and nothing else that is compared."""
    drugs = {name for side in sides for kind, name in side if kind == "drug"}
    treatments = known.terms("treatment")
    held = [
        treatments.get(card.arms[name].treatment or "")
        for side in sides
        for name in arms_of(known, card, side)
    ]
    return len({term.id for term in held if term and len(term.drugs) == 1 and term.drugs[0].drug in drugs})


def _in_whom(known: Vocabulary, cards: Iterable[TrialCard], question: Question) -> tuple[TrialCard, ...]:
    conditions = {name for asked in question.conditions for name in known.under("condition", asked)}
    if question.sites and not (question.subjects or conditions):
        conditions = {name for site in question.sites for name in known.under("condition", site)}
    prior = [_all_of(known, name) for name in question.prior]
    usual = words()["usual_sites"]
    sites = [
        {name for near in (site, *usual.get(site, ())) for name in known.under("condition", near)}
        for site in question.sites
    ]
    return tuple(
        card
        for card in cards
        if (not conditions or card.condition in conditions)
        and all(card.condition in names for names in sites)
        and (
            not question.lines
            or card.line in question.lines
            or (card.line == "any" and "first" not in question.lines)
        )
        and all(_had(known, card, names) for names in prior)
    )


def _all_of(known: Vocabulary, name: str) -> frozenset[str]:
    """A drug, or a class with what stands under it and its drugs."""
    names = {name, *words()["under"].get(name, ())}
    return frozenset(names).union(*(drugs_of(known, each) for each in names))


def _had(known: Vocabulary, card: TrialCard, names: frozenset[str]) -> bool:
    held = {drug for each in card.prior for drug in (*drugs_of(known, each), each)}
    return bool(names & held)


def _in_turn(
    known: Vocabulary, cards: list[TrialCard], sides: tuple[tuple[Subject, ...], ...]
) -> list[TrialCard]:
    """The best trial of each side before the second of one."""
    rows = [[card for card in cards if arms_of(known, card, side)] for side in sides]
    turns = [card for turn in zip_longest(*rows) for card in turn if card is not None]
    return list({card.trial: card for card in turns}.values())


def _rank(
    card: TrialCard,
    sides: tuple[tuple[Subject, ...], ...],
    question: Question,
    store: Store,
    wanted: tuple[str, ...],
) -> float:
    """Randomised and about the subject first, then those that measured what is asked, then the larger."""
    known = store.words
    arms = {name for side in sides for name in arms_of(known, card, side)}
    others = set(card.arms) - arms
    score = 0.0
    if card.randomised and arms and others:
        score += 40 + 20 * any(card.arms[name].role == "experimental" for name in arms)
        score += 30 * (len(sides) == 1 and not _siblings(known, card, arms, others))
    elif card.randomised:
        score += 30 if question.kind == "dosing" or not sides else 20
    if question.doses and len({card.arms[name].treatment for name in arms}) > 1:
        score += 60
        score += 40 * (not others)
    if (
        not sides
        and question.kind != "dosing"
        and len({compared_drugs(known, a) for a in card.arms.values()}) == 1
    ):
        score -= 40  # doses of one drug do not tell which treatment
    if question.kind == "sequencing" and len(question.subjects) > 1:
        score += 60 * _together(known, card, question)
    if cued("routine", question.text):
        score += 100 * (card.phase == "observational")
    if question.markers:
        label = known.label("condition", card.condition).lower()
        names = [each.lower() for marker in question.markers for each in words()["phrases"]["marker"][marker]]
        score += 200 * any(name in label for name in names)
    if question.outcome:
        where = outcome_of(question)
        score += 15 * sum(measures(store, card, [name]) for name in (*where["endpoints"], *where["instead"]))
    score += 30 * measures(store, card, wanted[:1]) + 10 * measures(store, card, wanted)
    return score + min(card.n or 0, 1500) / 150


def _siblings(known: Vocabulary, card: TrialCard, arms: set[str], others: set[str]) -> bool:
    """Whether both sides are of one class: that tells which of two to take, and less whether either works."""
    drugs = known.terms("drug")

    def classes(names: set[str]) -> set[str | None]:
        given = (drug for name in names for drug in compared_drugs(known, card.arms[name]))
        return {drugs[drug].drug_class for drug in given if drug in drugs}

    return bool(classes(arms) & classes(others))


def measures(store: Store, card: TrialCard, wanted: Iterable[str]) -> bool:
    """Whether a trial has a finding of one of the endpoints, or of a family of them (`ae:nausea`)."""
    names = tuple(wanted)
    return any(is_endpoint(finding.endpoint, name) for finding in store.of(card.trial) for name in names)


def _elsewhere(question: Question) -> tuple[Absent, ...]:
    found = [Absent(kind, name) for kind, name in question.elsewhere]
    found += [Absent("matter", name) for name in beyond(question.text)]
    unknown = question.unknown if question.kind == "out of store" else ()
    return (*found, *(Absent("word", name) for name in unknown))


def _whom(known: Vocabulary, question: Question) -> str:
    parts = [known.label("condition", name) for name in (*question.conditions, *question.sites)]
    parts += [known.label("line", name) for name in question.lines]
    parts += [f"after {known.label('drug', name)}" for name in question.prior]
    return ", ".join(parts)


def _usual(known: Vocabulary, cards: Iterable[TrialCard]) -> str | None:
    """The disease of most trials: where a question names none, its trials come first."""
    found = Counter(broad(known, card.condition) for card in cards)
    return found.most_common(1)[0][0] if found else None


def broad(known: Vocabulary, condition: str) -> str:
    """The disease that a condition is a case of: prostate cancer, breast cancer."""
    terms = known.terms("condition")
    parents = terms[condition].parents if condition in terms else ()
    held = [name for name in parents if name in terms and terms[name].parents]
    return broad(known, held[0]) if held else condition


def _ids(cards: Iterable[TrialCard]) -> tuple[str, ...]:
    return tuple(card.trial for card in cards)
