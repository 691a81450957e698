"""In what trials differ that were pooled: their patients, and how their endpoint was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialist.evidence.model import TrialCard
from trialist.evidence.pooling.effects import Effect

NOT_STATED = "not stated"


def moderators(card: TrialCard) -> dict[str, str | float]:
    """What a card says that may explain differences between trials."""
    found: dict[str, str | float] = {"line": card.line, "condition": card.condition}
    if card.enrolled_from and card.enrolled_from[:4].isdigit():
        found["year"] = float(card.enrolled_from[:4])
    for key, value in (
        ("phase", card.phase),
        ("blinding", card.blinding),
        ("growth_factor", card.growth_factor),
    ):
        if value:
            found[key] = value
    if card.n is not None:
        found["n"] = float(card.n)
    return found


def differing(effects: Iterable[Effect]) -> Mapping[str, tuple[str, ...]]:
    """Of condition, line and population those in which the trials differ: name -> values, with their trials.

    A value that is not stated is no difference.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for effect in effects:
        population = effect.findings[0].population if effect.findings else None
        for key in ("condition", "line", "population"):
            value = population if key == "population" else effect.moderators.get(key)
            if value not in (None, NOT_STATED):
                found.setdefault(key, {}).setdefault(str(value), []).append(effect.trial)
    return {
        key: tuple(f"{value} ({', '.join(trials)})" for value, trials in values.items())
        for key, values in found.items()
        if len(values) > 1
    }


def defined_otherwise(effects: Iterable[Effect]) -> dict[str, list[str]]:
    """Parts of the endpoint's definition that differ: name -> values, each with its trials."""
    found: dict[str, dict[str, list[str]]] = {}
    for effect in effects:
        for key, value in effect.findings[0].definition if effect.findings else ():
            if value not in (None, NOT_STATED):
                found.setdefault(key, {}).setdefault(str(value), []).append(effect.trial)
    return {
        key: [f"{value} ({', '.join(trials)})" for value, trials in values.items()]
        for key, values in found.items()
        if len(values) > 1
    }
