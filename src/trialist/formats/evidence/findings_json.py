"""findings.json of our own run: what was observed or reconstructed becomes evidence, nothing simulated."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from trialist.evidence.published_values import plain
from trialist.evidence.vocabulary import vocabulary
from trialist.findings.measures import MEASURES
from trialist.formats.evidence.draft import Draft, left_out, slug
from trialist.problems import Problem

_KEPT = ("observed", "reconstructed")
_TEXTS = ("unit", "population", "subgroup", "timepoint")


def own_findings(data: dict[str, Any], path: Path) -> tuple[list[Draft], tuple[Problem, ...]]:
    """One draft: each finding under its own id, with the endpoint's rule and the fingerprints of the run."""
    trial = str(data.get("trial") or path.parent.name or path.stem)
    records = data["records"] if isinstance(data.get("records"), dict) else {}
    source = {
        "citation": f"Own analysis of {trial}, {data.get('software') or 'software not stated'}",
        "kind": "own analysis",
        "read": f"findings.json, records {str(records.get('fingerprint') or 'not stated')[:12]}",
    }
    draft = Draft(trial, None, {"OWN": source}, [], path.name)
    skipped: Counter[str] = Counter()
    arms: dict[str, None] = {}
    for each in data["findings"]:
        why = _why_not(each)
        if why is not None:
            skipped[why] += 1
            continue
        arms |= dict.fromkeys(each.get("groups") or ())
        draft.findings.append(_item(each, trial))
    draft.about = {
        "title": trial,
        "condition": "not stated",
        "arms": {arm: {"label": arm, "role": "cohort"} for arm in arms},
    }
    return [draft] if draft.findings else [], tuple(left_out(path, skipped))


def _why_not(each: Any) -> str | None:
    if not isinstance(each, dict) or not _whole(each):
        return "entries that are no findings"
    if each["origin"].get("kind") not in _KEPT:
        return f"findings that are {each['origin'].get('kind')}, not observed or reconstructed"
    if each.get("measure") not in MEASURES:
        return "findings of a measure that is unknown"
    return "findings without an estimate" if each.get("estimate") is None else None


def _graded(rule: dict[str, Any]) -> dict[str, Any]:
    """The rule of a protocol's adverse event in the words of evidence: term, grade, how graded.

    A rule that does not ask for serious or related events counts all: evidence says neither of them then.
    """
    said = str(rule.pop("term", None) or "any")
    term = vocabulary().find("toxicity", said)
    lowest = rule.get("minimum_grade", 1)
    for word in ("serious", "related"):
        if not rule.get(word):
            rule.pop(word, None)
    return {
        "term": term.id if term else slug(said),
        "grade": "any" if lowest in (None, 1) else f"{lowest}+",
        "graded_by": "reported",
    }


def _whole(each: dict[str, Any]) -> bool:
    """Whether the parts that are looked into are what they should be; the reader looks at the rest."""
    groups = each.get("groups") or []
    parts = (each.get("method") or {}, each.get("definition") or {}, each.get("origin"))
    return (
        isinstance(each.get("endpoint"), str)
        and isinstance(each.get("measure"), str)
        and isinstance(groups, list)
        and all(isinstance(name, str) for name in groups)
        and all(isinstance(part, dict) for part in parts)
        and isinstance(parts[0].get("options") or {}, dict)
    )


def _item(each: dict[str, Any], trial: str) -> dict[str, Any]:
    method = each.get("method") or {}
    options = {key: value for key, value in (method.get("options") or {}).items() if plain(value)}
    definition = {key: value for key, value in (each.get("definition") or {}).items() if plain(value)}
    if definition.get("derive") == "adverse_event":
        definition |= _graded(definition)
    else:
        definition.pop("term", None)
    known = {
        "id": f"{trial}-{each.get('id')}",
        "endpoint": each["endpoint"],
        "measure": each["measure"],
        "estimate": each["estimate"],
        **{word: each.get(word) for word in _TEXTS},
        "groups": each.get("groups"),
        "interval": each.get("interval"),
        "p_value": each.get("p_value"),
        "n": each.get("n"),
        "events": each.get("events"),
        "method": {"name": method.get("name", "as reported")} | ({"options": options} if options else {}),
        "definition": definition,
        "origin": {"kind": each["origin"]["kind"], "source": "OWN", "reliability": "computed"},
        "note": each.get("note"),
    }
    return {word: value for word, value in known.items() if value not in (None, "", [], {})}
