"""Published findings of the store as true sentences, each in two or three wordings.

The words of trials, arms, endpoints and terms are those of the store and its vocabulary; nothing of the audit
is used here. What an edited digit makes untrue is decided here too, by `still_true`, from the findings alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.model import Store
from trialist.findings.model import Finding

_MEASURE = {
    "hazard_ratio": "hazard ratio",
    "odds_ratio": "odds ratio",
    "hazard_ratio_prognostic": "hazard ratio",
}
_GRADES = {
    "3+": "grade 3 or higher",
    "3-4": "grade 3-4",
    "3-5": "grade 3-5",
    "2-3": "grade 2-3",
    "any": "any-grade",
    "4": "grade 4",
    "3": "grade 3",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A true sentence: the finding that it states, and where its number stands in it."""

    finding: Finding
    text: str
    number: str
    at: int


def sentences(store: Store) -> Iterator[Sentence]:
    for finding in store.findings:
        if finding.estimate is None:
            continue
        number = _number(finding)
        if number is None:
            continue
        for text in _wordings(store, finding, number):
            yield Sentence(finding, text, number, text.rindex("@"))


def read(sentence: Sentence) -> str:
    return sentence.text.replace("@", sentence.number)


def _number(finding: Finding) -> str | None:
    """As it is printed; of a share the percent."""
    said = (finding.reported or "").rstrip("%")
    estimate = finding.estimate
    if estimate is None:
        return None
    if finding.measure in ("proportion", "survival_probability"):
        share = re.fullmatch(r"\d+(?:\.\d+)?", said)
        if finding.events is not None and finding.n:
            estimate = finding.events / finding.n
        return said if share and (finding.reported or "").endswith("%") else f"{100 * estimate:.1f}"
    if finding.measure in ("hazard_ratio", "odds_ratio", "hazard_ratio_prognostic"):
        ends = (finding.interval.low, finding.interval.high) if finding.interval else ()
        decimals = max(
            2, *(len(f"{v:.4f}".rstrip("0").partition(".")[2]) for v in (estimate, *ends) if v is not None)
        )
        return f"{estimate:.{decimals}f}"
    return said if re.fullmatch(r"\d+(?:\.\d+)?", said) else f"{estimate:g}"


def _arm(store: Store, finding: Finding, place: int = 0) -> str:
    card = store.trials[finding.trial]
    return (
        card.arms[finding.groups[place]].label
        if finding.groups[place] in card.arms
        else finding.groups[place]
    )


def _of(finding: Finding) -> str:
    """Population, subgroup: what part of the patients."""
    subgroup = f" in the subgroup {finding.subgroup}" if finding.subgroup else ""
    return subgroup


def _endpoint(store: Store, finding: Finding) -> str:
    name = finding.endpoint
    if name.startswith("ae:"):
        return store.words.label("toxicity", name.split(":")[1])
    if ":" in name:
        family, _, detail = name.partition(":")
        words = {
            "baseline": f"{detail} at baseline",
            "deaths_within_30d": f"death within 30 days from {detail}",
            "exposure": f"exposure ({detail.replace('_', ' ')})",
            "disposition": detail.replace("_", " "),
            "subsequent": f"subsequent {detail.replace('_', ' ')}",
            "concomitant": f"concomitant {detail}",
            "outcome": f"the outcome {detail}",
            "pk": f"pharmacokinetic {detail}",
            "received": f"received {detail}",
            "deaths": f"{detail} deaths",
        }
        return words.get(family, detail)
    return store.words.label("endpoint", name)


def _wordings(store: Store, finding: Finding, number: str) -> Iterator[str]:
    trial, endpoint, of = finding.trial, _endpoint(store, finding), _of(finding)
    who = f" with {_arm(store, finding)}" if len(finding.groups) == 1 else ""
    measure = finding.measure
    n = f" of {finding.n} patients" if finding.n else ""
    if finding.endpoint.startswith("ae:") and measure == "proportion":
        yield from _adverse(store, finding, endpoint, who, of)
    elif measure == "proportion":
        yield f"In {trial}{of}, the proportion with {endpoint} was @%{who}."
        yield f"{endpoint[0].upper()}{endpoint[1:]} was recorded in @%{n}{who}{of} ({trial})."
        if finding.events is not None and finding.n:
            counted = f"{finding.events} of {finding.n} patients"
            yield f"In {trial}, {endpoint} was seen in {counted} (@%){who}{of}."
    elif measure == "survival_probability":
        yield f"In {trial}, the probability of {endpoint} at {finding.timepoint} was @%{who}{of}."
        yield f"At {finding.timepoint}, {endpoint} stood at @%{who}{of} in {trial}."
    elif measure == "median_time" and finding.unit == "months":
        ends = finding.interval
        both = ends is not None and ends.low is not None and ends.high is not None
        yield f"Median {endpoint} was @ months{who}{of} in {trial}."
        if both and ends is not None:
            shown = f"{100 * ends.level:g}% CI {ends.low:g} to {ends.high:g}"
            yield f"In {trial}, median {endpoint}{who}{of} was @ months ({shown})."
        yield f"{trial} reported a median {endpoint} of @ months{who}{of}."
    elif measure in ("hazard_ratio", "odds_ratio", "hazard_ratio_prognostic"):
        ends, p = finding.interval, finding.p_value
        arms = (
            f" with {_arm(store, finding)} versus {_arm(store, finding, 1)}"
            if len(finding.groups) == 2
            else ""
        )
        name = _MEASURE[measure]
        prognostic = " as a prognostic factor" if measure.endswith("prognostic") else ""
        yield f"In {trial}{of}, the {name} for {endpoint}{arms}{prognostic} was @."
        if ends is not None and ends.low is not None and ends.high is not None:
            shown = f"{100 * ends.level:.4g}% CI {ends.low:g} to {ends.high:g}"
            tail = f"; P {p.bound} {p.value:g}" if p else ""
            what = f"{endpoint[0].upper()}{endpoint[1:]}"
            yield f"{what} in {trial}{of}{arms}{prognostic}: {name} @ ({shown}{tail})."
    elif measure == "count":
        yield f"In {trial}{of}, @ patients had {endpoint}{who}."
    elif measure in ("mean", "median") and not finding.subgroup:
        unit = f" {finding.unit}" if finding.unit else ""
        yield f"In {trial}, the {measure} of {endpoint} was @{unit}{who}."
    elif measure == "n_at_risk":
        yield f"In {trial}, @ patients{who} were at risk for {endpoint} at {finding.timepoint}."


def _adverse(store: Store, finding: Finding, endpoint: str, who: str, of: str) -> Iterator[str]:
    trial = finding.trial
    grade = finding.endpoint.split(":")[2]
    n = f" of {finding.n} patients" if finding.n else ""
    if grade in _GRADES:
        what = f"{_GRADES[grade]} {endpoint}"
        yield f"In {trial}{of}, {what} occurred in @%{who}."
        yield f"{what[0].upper()}{what[1:]} was reported in @%{n}{who}{of} in {trial}."
        if finding.events is not None and finding.n:
            yield f"{what[0].upper()}{what[1:]}: {finding.events}/{finding.n} (@%){who}{of}, {trial}."
    elif grade == "serious":
        yield f"Serious adverse events were seen in @%{who}{of} in {trial}."
    elif grade.startswith("leading_to"):
        ended = grade.removeprefix("leading_to_")
        yield f"In {trial}{of}, adverse events leading to {ended} occurred in @%{who}."
