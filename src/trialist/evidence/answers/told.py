"""Sentences about one result, for each audience. Every figure is that of a finding whose id goes with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialist.evidence.answers import printed
from trialist.evidence.answers.answer import Sentence, unique
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import (
    Audience,
    arm_name,
    condition_name,
    endpoint_name,
    given,
    group_name,
)
from trialist.evidence.answers.passages import id_of
from trialist.evidence.answers.results import Result, graded_by, is_weak, verdict
from trialist.evidence.model import TrialCard
from trialist.evidence.vocabulary import Vocabulary
from trialist.findings.model import Finding

_SHARES = ("proportion", "survival_probability", "cumulative_incidence")


def result_sentences(result: Result, audience: Audience) -> Iterator[Sentence]:
    """What a result says, all arms together."""
    if audience != "patient":
        yield _exact(result, audience)
    elif said := tuple(_plain(result)):
        yield joined(said)


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Sentences on one result as one paragraph, with the ids of all."""
    return Sentence(
        " ".join(each.text for each in sentences), unique(n for each in sentences for n in each.ids)
    )


def _exact(result: Result, audience: Audience) -> Sentence:
    known = result.words
    card = result.card
    who = {f.population for f in result.findings} - {"itt", "all", "safety", "treated"}
    whom = f" ({', '.join(known.label('population', name) for name in sorted(who))})" if who else ""
    arms = "; ".join(
        f"{arm_name(known, card, name, audience)} {printed.of_arm(finding)}" for name, finding in result.arms
    )
    between = " v " in (result.subgroup or "")
    compared = "; ".join(
        printed.of_contrast(f, counted=True)
        if between
        else f"{_against(result, f.groups, audience)}: {printed.of_contrast(f, counted=True)}"
        for f in result.contrasts
    )
    tests = "; ".join(
        _tested(result, name, finding, audience)
        for name, finding in result.arms
        if finding.p_value is not None and not result.contrasts
    )
    when = {str(dict(f.method.options).get("analysis", "")) for f in result.findings} - {"", "final"}
    when = {result.when} if result.when else when
    whom += f" ({', '.join(sorted(when))}{'' if result.when else ' analysis'})" if when else ""
    whom += f", subgroup {group_name(result.subgroup, audience)}" if result.subgroup else ""
    against = "; ".join(part for part in (compared, tests) if part)
    if arms and against:
        against = f". {against[:1].upper()}{against[1:]}"
    text = f"{card.trial}, {endpoint_name(known, result.endpoint, audience)}{whom}: {arms}{against}"
    if any(is_weak(f) for f in result.findings):
        text += "; recalled or unreliable: " + ", ".join(id_of(f) for f in result.findings if is_weak(f))
    if any(f.origin.reliability == "digitised" for f in result.findings) and audience != "researcher":
        text += "; digitised from the published curve"
    if audience == "researcher":
        text += " [" + "; ".join(_how(f) for f in result.findings) + "]"
    return Sentence(f"{text}.", tuple(map(id_of, result.findings)))


def _tested(result: Result, name: str | None, finding: Finding, audience: Audience) -> str:
    """A p value that is printed beside an arm, with what the arm was tested against."""
    known = result.words
    other = dict(finding.method.options).get("p_value_against")
    shown = f"{printed.p_value(finding)}"
    if {name, other} == {arm for arm, _ in result.arms}:
        return f"between them {shown}"
    against = arm_name(known, result.card, other, audience) if other in result.card.arms else other
    lead = arm_name(known, result.card, name, audience)
    return f"{lead} against {against}: {shown}" if against else f"{lead}: {shown}"


def _against(result: Result, groups: tuple[str, ...], audience: Audience) -> str:
    known = result.words
    return " against ".join(arm_name(known, result.card, name, audience) for name in groups)


def _how(finding: Finding) -> str:
    """Where a figure is from and how it was made: id, counts, method, reliability, source, place."""
    origin = finding.origin
    counted = [
        f"{finding.events} events" if finding.events is not None else "",
        f"n {finding.n}" if finding.n else "",
    ]
    method = "" if finding.method.name == "as reported" else finding.method.name
    graded = dict(finding.definition).get("graded_by")
    parts = (
        id_of(finding),
        *counted,
        method,
        f"graded by {graded_by(graded)}" if graded in ("laboratory", "reported") else "",
        origin.reliability or origin.kind,
        origin.source or "",
        origin.place or "",
        finding.note or "",
    )
    return ", ".join(part for part in parts if part)


def _plain(result: Result) -> Iterator[Sentence]:
    known = result.words
    card, endpoint = result.card, result.endpoint
    told = words()["told"].get(endpoint, {})
    arms = [(name, f) for name, f in result.arms if not is_weak(f)]
    shares = [(name, f) for name, f in arms if f.measure in _SHARES and f.estimate is not None]
    if shares:
        out_of = printed.denominator([f.estimate for _, f in shares if f.estimate is not None])
        said = told.get("share") or f"had this: {endpoint_name(known, endpoint, 'patient')}"
        if shares[0][1].measure == "survival_probability":
            said = f"were {'alive' if endpoint == 'os' else 'free of this'} at {shares[0][1].timepoint}"
        event = endpoint.startswith("ae:") and not endpoint.startswith("ae:any:")
        for place, (name, f) in enumerate(shares):
            people = printed.of_people(f.estimate or 0.0, out_of)
            arm = arm_name(known, card, name, "patient")
            text = f"In {card.trial}, {people} people on {arm} {said}."
            if place:
                text = f"On {arm} it was {people}."
            elif event:
                what = endpoint_name(known, endpoint, "patient")
                text = f"{what[:1].upper()}{what[1:]}: in {card.trial}, {people} people on {arm}."
            elif endpoint.startswith("ae:any:"):
                what = endpoint_name(known, endpoint, "patient")
                text = f"In {card.trial}, {people} people on {arm} had {what}."
            yield Sentence(text, (id_of(f),))
        return
    if any(f.measure in ("median", "mean") for _, f in arms):
        what = endpoint_name(known, endpoint, "patient")
        for name, f in arms:
            arm, unit = arm_name(known, card, name, "patient"), f" {f.unit}" if f.unit else ""
            text = f"In {card.trial}, {what}: {f.measure} {printed.value(f)}{unit} on {arm}."
            yield Sentence(text, (id_of(f),))
        return
    counts = [(name, f) for name, f in arms if f.measure == "count" and f.n and f.estimate is not None]
    for name, f in counts:
        arm, what = arm_name(known, card, name, "patient"), endpoint_name(known, endpoint, "patient")
        yield Sentence(f"In {card.trial}, {printed.of_arm(f)} people on {arm}: {what}.", (id_of(f),))
    if counts:
        return
    means = [(name, f) for name, f in arms if f.measure == "restricted_mean" and f.estimate is not None]
    for place, (name, f) in enumerate(means):
        arm = arm_name(known, card, name, "patient")
        what = "lived" if endpoint == "os" else f"had until {endpoint_name(known, endpoint, 'patient')}"
        text = f"In {card.trial}, the mean time that people on {arm} {what} within {f.timepoint}:"
        text = f"{text} {printed.value(f)}" if not place else f"On {arm} the mean time was {printed.value(f)}"
        yield Sentence(f"{text} {f.unit}.", (id_of(f),))
    if means:
        return
    times = [(name, f) for name, f in arms if f.measure == "median_time"]
    reached = [each for each in times if each[1].estimate is not None]
    for place, (name, f) in enumerate((*reached, *(each for each in times if each not in reached))):
        arm = arm_name(known, card, name, "patient")
        if f.estimate is None:
            why = "most people had not come to that point"
            if printed.missing(f) != "not reached":
                why = "this time could not be worked out"
            yield Sentence(f"On {arm}, {why} when it was counted.", (id_of(f),))
        elif place == 0:
            said = (
                told.get("half") or f"came to this point ({endpoint_name(known, endpoint, 'patient')}) after"
            )
            yield Sentence(
                f"In {card.trial}, half of the people on {arm} {said} {printed.value(f)} {f.unit}.",
                (id_of(f),),
            )
        else:
            yield Sentence(f"On {arm} it was {printed.value(f)} {f.unit}.", (id_of(f),))


def verdict_sentence(result: Result, one: str, two: str, audience: Audience) -> Sentence | None:
    """Which of two arms did better, as far as the comparison tells; None where it was not tested."""
    known = result.words
    if result.weak:
        return None
    found = verdict(result, one, two)
    if found is None or any(is_weak(f) for f in found[1]):
        return None
    how, findings = found
    card, told = result.card, words()["told"].get(result.endpoint)
    a, b = arm_name(known, card, one, audience), arm_name(known, card, two, audience)
    name = endpoint_name(known, result.endpoint, audience)
    ids = tuple(map(id_of, findings))
    if how == "worse":
        a, b = b, a
    if audience == "patient":
        if how == "no clear difference":
            same = told["same"] if told else name
            return Sentence(f"{card.trial} found no clear difference between {a} and {b} in {same}.", ids)
        gain = told["gain"] if told else f"did better ({name})"
        return Sentence(f"In {card.trial}, people on {a} {gain} than people on {b}.", ids)
    figure = f" ({printed.of_contrast(findings[0], counted=True)})" if len(findings) == 1 else ""
    turned = len(findings) == 1 and findings[0].groups != ((one, two) if how != "worse" else (two, one))
    if turned and how == "no clear difference":
        a, b = b, a
    elif turned:
        figure = f" ({_against(result, findings[0].groups, audience)}: {figure[2:]}"
    who = f"{card.trial} ({whom(known, card)})"
    text = f"In {who} {name} was better with {a} than with {b}{figure}."
    if how == "no clear difference":
        text = f"{who} showed no clear difference in {name} between {a} and {b}{figure}."
    said = Sentence(text, ids)
    return joined((said, _exact(result, audience))) if len(findings) > 1 else said


def chance_sentence(result: Result, one: str, two: str) -> Sentence | None:
    """For a patient: whether chance alone could give such a difference."""
    found = verdict(result, one, two)
    if found is None or any(is_weak(f) for f in found[1]):
        return None
    how, findings = found
    ids = tuple(map(id_of, findings))
    if how == "no clear difference":
        return Sentence("Chance alone could do this.", ids)
    return Sentence("This is more than chance would give.", ids)


def whom(known: Vocabulary, card: TrialCard) -> str:
    """`mCRPC, second line`."""
    term = known.terms("condition").get(card.condition)
    short = min((term.label, *term.synonyms), key=len) if term else card.condition
    line = "" if card.line in ("not stated", "any", "none") else known.label("line", card.line)
    return ", ".join(part for part in (short, line) if part)


def trial_sentence(known: Vocabulary, card: TrialCard, audience: Audience) -> Sentence:
    """Who took part and what was given."""
    if audience == "patient":
        people = condition_name(known, card.condition, "patient")
        return Sentence(f"{card.trial} was a study of {people}.", (card.trial,))
    label = known.label
    design = "randomised" if card.randomised else "one group"
    blinding = f", {card.blinding}" if card.blinding else ""
    had = [label("class" if name in known.terms("class") else "drug", name) for name in card.prior]
    prior = f", after {' and '.join(had)}" if had else ""
    arms = "; ".join(
        f"{given(known, arm)}" + (f" (n = {arm.n})" if arm.n else "") for arm in card.arms.values()
    )
    size = f"; {card.n} patients" if card.n and len(card.arms) > 1 else ""
    return Sentence(
        f"{card.trial} ({design}{blinding}; {whom(known, card)}{prior}{size}) gave {arms}.", (card.trial,)
    )
