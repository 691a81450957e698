"""Adverse events of a registry record: totals and terms, serious and not serious, by arm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trialist.evidence.names import adverse_event_name
from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import slug


def adverse_events(
    module: Mapping[str, Any], number: str, arm: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Findings of the totals, then of each term.

    A registry's "other" events are those that were not serious and more frequent than a threshold: they are
    `not_serious`, never the events of any grade.
    """
    titles = {group["id"]: str(group.get("title")) for group in module.get("eventGroups") or ()}
    threshold = module.get("frequencyThreshold")
    for group in module.get("eventGroups") or ():
        name = arm(str(group.get("title")))
        for word, definition, endpoint in (
            ("serious", {"term": "any", "grade": "any", "graded_by": "reported", "serious": True}, None),
            ("deaths", {}, "death"),
        ):
            affected, at_risk = group.get(f"{word}NumAffected"), group.get(f"{word}NumAtRisk")
            yield from _finding(definition, endpoint, name, affected, at_risk, number, None)
    for key, serious in (("seriousEvents", True), ("otherEvents", False)):
        for event in module.get(key) or ():
            term = vocabulary().find("toxicity", str(event.get("term")))
            definition = {
                "term": term.id if term else slug(str(event.get("term"))),
                "grade": "any",
                "graded_by": "reported",
                "serious": serious,
            }
            if event.get("sourceVocabulary"):
                definition["dictionary"] = str(event["sourceVocabulary"])
            note = None if serious or not threshold else f"not serious, in more than {threshold}% of an arm"
            for stats in event.get("stats") or ():
                name = arm(titles.get(stats.get("groupId"), "arm"))
                yield from _finding(
                    definition, None, name, stats.get("numAffected"), stats.get("numAtRisk"), number, note
                )


def _finding(
    definition: Mapping[str, Any],
    endpoint: str | None,
    arm: str,
    affected: Any,
    at_risk: Any,
    number: str,
    note: str | None,
) -> Iterator[dict[str, Any]]:
    if not isinstance(affected, int) or not isinstance(at_risk, int) or at_risk <= 0:
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
