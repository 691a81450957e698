"""Adverse events of a registry record: totals and terms, serious and not serious, by arm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trialist.evidence.names import adverse_event_name
from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import slug
from trialist.formats.evidence.registry_parts import listed, text, titles, whole


def adverse_events(
    module: Mapping[str, Any], number: str, arm: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Findings of the totals, then of each term.

    A registry's "other" events are those that were not serious and more frequent than a threshold: they are
    `not_serious`, never the events of any grade.
    """
    named = titles(module, "eventGroups")
    threshold = text(module, "frequencyThreshold")
    for group in listed(module, "eventGroups"):
        name = arm(text(group, "title", "arm"))
        for word, definition, endpoint in (
            ("serious", {"term": "any", "grade": "any", "graded_by": "reported", "serious": True}, None),
            ("deaths", {}, "death"),
        ):
            affected, at_risk = group.get(f"{word}NumAffected"), group.get(f"{word}NumAtRisk")
            yield from _finding(definition, endpoint, name, affected, at_risk, number, None)
    for key, serious in (("seriousEvents", True), ("otherEvents", False)):
        for event in listed(module, key):
            said = text(event, "term", "unnamed")
            term = vocabulary().find("toxicity", said)
            definition = {
                "term": term.id if term else slug(said),
                "grade": "any",
                "graded_by": "reported",
                "serious": serious,
            }
            if text(event, "sourceVocabulary"):
                definition["dictionary"] = text(event, "sourceVocabulary")
            note = None if serious or not threshold else f"not serious, in more than {threshold}% of an arm"
            for stats in listed(event, "stats"):
                if text(stats, "groupId") not in named:
                    continue
                name = arm(named[text(stats, "groupId")])
                yield from _finding(
                    definition, None, name, stats.get("numAffected"), stats.get("numAtRisk"), number, note
                )


def _finding(
    definition: Mapping[str, Any],
    endpoint: str | None,
    arm: str,
    events: Any,
    patients: Any,
    number: str,
    note: str | None,
) -> Iterator[dict[str, Any]]:
    affected, at_risk = whole(events), whole(patients)
    if affected is None or not at_risk or affected > at_risk:
        return
    item = {
        "endpoint": endpoint or adverse_event_name(definition),
        "measure": "proportion",
        "estimate": round(affected / at_risk, 6),
        "population": "safety",
        "groups": [arm],
        "n": at_risk,
        "events": affected,
        "definition": dict(definition),
        "origin": {"source": number, "place": "adverse events", "reliability": "read"},
        "reported": f"{affected}/{at_risk}",
        "note": note,
    }
    yield {word: value for word, value in item.items() if value not in (None, {})}
