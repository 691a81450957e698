"""Names of arms, endpoints and trials for an audience."""

from __future__ import annotations

import re
from typing import Any, Literal

from trialist.evidence.answers.choice import compared_drugs
from trialist.evidence.answers.language import words
from trialist.evidence.model import Arm, TrialCard
from trialist.evidence.vocabulary import Vocabulary

Audience = Literal["patient", "clinician", "researcher"]
BETWEEN = " v "  # of a subgroup: its two parts are compared with each other
AUDIENCES: tuple[Audience, ...] = ("patient", "clinician", "researcher")


def arm_name(known: Vocabulary, card: TrialCard, name: str | None, audience: Audience) -> str:
    """The treatment of an arm in the words of the audience; a dose where two arms differ only by it."""
    if name is None or name not in card.arms:
        return "all arms together" if audience != "patient" else "either treatment"
    arm = card.arms[name]
    term = known.terms("treatment").get(arm.treatment or "")
    if term is None:
        return arm.label
    alone = not any(
        o is not arm and set(compared_drugs(known, o)) & set(compared_drugs(known, arm))
        for o in card.arms.values()
    )
    if audience != "patient":
        short = known.label("drug", term.drugs[0].drug) if len(term.drugs) == 1 else arm.label
        return min(short, term.label, key=len) if alone else term.label
    if alone and len(term.drugs) == 1:
        return plain_drug(known, term.drugs[0].drug)
    return term.plain or term.label


def plain_drug(known: Vocabulary, name: str) -> str:
    """The name of a drug as a patient reads it, without what it is."""
    term = known.terms("drug").get(name)
    if term is None:
        return name
    name = (term.plain or term.label).partition(",")[0]
    return term.label if name.startswith(("a ", "an ", "the ")) else name


def subject_name(known: Vocabulary, kind: str, name: str, audience: Audience) -> str:
    """What a question is about: a drug, class or treatment."""
    term = known.terms(kind).get(name) or known.find(kind, name)
    if term is None:
        return name
    if audience == "patient":
        return plain_drug(known, name) if kind == "drug" else term.plain or term.label
    return term.label


def endpoint_name(known: Vocabulary, name: str, audience: Audience) -> str:
    """`overall survival`, or `how long people lived`; side effects with their grade."""
    term = known.terms("endpoint").get(name)
    if term is not None:
        return (term.plain or term.label) if audience == "patient" else term.label
    family, _, rest = name.partition(":")
    if family == "ae":
        return event_name(known, rest, audience)
    label = known.label("endpoint", family)
    rest = words()["details"].get(rest, rest)
    return f"{label}: {rest.replace('_', ' ')}" if rest else name.replace("_", " ")


def event_name(known: Vocabulary, rest: str, audience: Audience) -> str:
    """`neutropenia, grade 3+`; for patients `severe lack of white blood cells`."""
    toxicity, _, grade = rest.partition(":")
    term = known.find("toxicity", toxicity) if toxicity else None
    grade, _, more = grade.partition(":")
    if audience == "patient":
        label = (term.plain or term.label) if term else toxicity
        if toxicity == "any":
            label = "side effect"
            return {
                "any": "any side effect",
                "serious": "a serious side effect",
                "leading_to_discontinuation": "a side effect that made them stop",
                "leading_to_death": "a side effect that led to death",
            }.get(grade, f"a {'severe ' if grade[:1].isdigit() else ''}{label}")
        if grade[:1] == "2":
            return f"{label} (moderate or severe)"
        return f"{label} (severe)" if grade[:1] in ("3", "4", "5") else label
    said = {"any": "any grade", "serious": "serious"}.get(grade) or (
        f"grade {grade}" if grade[:1].isdigit() else grade.replace("_", " ")
    )
    return ", ".join(
        part for part in (term.label if term else toxicity, said, more.replace(":", ", ")) if part
    )


def condition_name(known: Vocabulary, name: str, audience: Audience) -> str:
    term = known.terms("condition").get(name)
    if term is None:
        return name
    return (term.plain or term.label) if audience == "patient" else term.label


def given(known: Vocabulary, arm: Arm) -> str:
    """What an arm was given: `cabazitaxel 25 mg/m2 every 21 d, prednisone 10 mg daily`."""
    said = []
    for each in arm.give:
        every = _how_often(each.every)
        why = f"({each.purpose})" if each.purpose and each.purpose != "background" else None
        parts = (known.label("drug", each.drug), each.dose, every, why)
        said.append(" ".join(part for part in parts if part))
    return ", ".join(said) or arm.label


def _how_often(every: str | None) -> str | None:
    """`daily`, `every 21 d`, `on days 1 and 14 of 28 d`."""
    if not every or every == "1 d":
        return "daily" if every else None
    return f"on {every}" if every.startswith("day") else f"every {every}"


def part_of(subgroup: str) -> str:
    return subgroup.partition(":")[0].strip()


def group_name(subgroup: str, audience: Audience) -> str:
    """`age 70 or over`, `without visceral metastases`; for patients `people of 70 or over`."""
    part, _, value = (each.strip() for each in subgroup.partition(":"))
    known: dict[str, Any] = words()["parts"].get(part, {})
    plain = audience == "patient"
    said = known.get(f"plain_{value}" if plain else value) or known.get("plain" if plain else "label")
    return str(said or subgroup).format(_value(value, known.get("more", "more")))


def _value(value: str, more: str) -> str:
    """`>=4 metastases` as it is said: `4 or more metastases`."""
    text = re.sub(r">=\s*(\d+)", rf"\1 or {more}", value)
    text = re.sub(r"<\s*(\d+)", r"under \1", text)
    return text.replace("-under ", " to under ").replace(BETWEEN, " against ")
