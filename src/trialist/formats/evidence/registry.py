"""A record of ClinicalTrials.gov (API version 2, JSON) with posted results -> a draft.

Read are the design, participant flow, outcome measures with their analyses, and adverse events. Texts of the
record (eligibility, descriptions) are not copied. What a registry does not code is not guessed: a treatment
of the vocabulary where a title is none of its phrases, the direction of a ratio.
Source: the structure of a study as the registry documents it, https://clinicaltrials.gov/data-api/api.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import Draft, left_out, slug
from trialist.formats.evidence.registry_events import adverse_events
from trialist.formats.evidence.registry_outcomes import Outcomes
from trialist.problems import Problem

_ROLES = {
    "EXPERIMENTAL": "experimental",
    "ACTIVE_COMPARATOR": "control",
    "PLACEBO_COMPARATOR": "control",
    "SHAM_COMPARATOR": "control",
    "NO_INTERVENTION": "control",
}


class Arms:
    """Groups of the modules of a record as arms of the trial: those of one title are one arm."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        module = _of(record, "protocolSection", "armsInterventionsModule")
        self.found: dict[str, dict[str, Any]] = {}
        for group in module.get("armGroups") or ():
            arm = self._arm(str(group.get("label") or "arm"))
            arm["role"] = _ROLES.get(str(group.get("type")), "cohort")
            drugs = (vocabulary().find("drug", _drug(name)) for name in group.get("interventionNames") or ())
            give = [{"drug": drug.id} for drug in drugs if drug is not None]
            if give:
                arm["give"] = give

    def name(self, title: str) -> str:
        """The id of the arm of that title; arms of the design are found when one title holds the other."""
        wanted = slug(title)
        for name in self.found:
            if wanted == name:
                return name
        near = [name for name in self.found if name in wanted or wanted in name]
        if len(near) == 1:
            return near[0]
        self._arm(title)
        return wanted

    def _arm(self, title: str) -> dict[str, Any]:
        arm = self.found.setdefault(slug(title), {"label": title, "role": "cohort"})
        treatment = vocabulary().find("treatment", title)
        if treatment is not None:
            arm["treatment"] = treatment.id
        return arm


def registry_record(record: Mapping[str, Any], path: Path) -> tuple[list[Draft], tuple[Problem, ...]]:
    """One draft, named by the acronym of the trial, else by its number."""
    identity = _of(record, "protocolSection", "identificationModule")
    number = str(identity.get("nctId") or path.stem)
    trial = str(identity.get("acronym") or number)
    arms = Arms(record)
    skipped: Counter[str] = Counter()
    outcomes = Outcomes(number, arms.name, {n for n, a in arms.found.items() if a["role"] == "control"}, path)
    flow = list(_flow(record, number, arms))
    measured = outcomes.read(_of(record, "resultsSection", "outcomeMeasuresModule"), skipped)
    events = list(adverse_events(_of(record, "resultsSection", "adverseEventsModule"), number, arms.name))
    draft = Draft(trial, _about(record, identity, number, arms), _source(number, identity), [], path.name)
    found = [*measured, *flow, *events]
    draft.findings = [{"id": f"{number}-{place:04d}", **item} for place, item in enumerate(found, 1)]
    return [draft], (*outcomes.problems, *left_out(path, skipped))


def _about(record: Mapping[str, Any], identity: Mapping[str, Any], number: str, arms: Arms) -> dict[str, Any]:
    section = record["protocolSection"]
    design = _of(section, "designModule")
    status = _of(section, "statusModule")
    info = _of(design, "designInfo")
    conditions = [str(name) for name in _of(section, "conditionsModule").get("conditions") or ()]
    known = [term for term in (vocabulary().find("condition", name) for name in conditions) if term]
    places = _of(section, "contactsLocationsModule").get("locations") or ()
    phases = [str(p).removeprefix("PHASE") for p in design.get("phases") or ()]
    enrolled = {
        "from": _of(status, "startDateStruct").get("date"),
        "n": _of(design, "enrollmentInfo").get("count"),
    }
    about = {
        "title": identity.get("briefTitle") or number,
        "registered": [number, *_numbers(identity)],
        "phase": "-".join(phases),
        "condition": known[0].id if known else (conditions[0] if conditions else "not stated"),
        "randomised": info.get("allocation") == "RANDOMIZED",
        "blinding": str(_of(info, "maskingInfo").get("masking") or "").lower().replace("_", " "),
        "enrolled": {word: value for word, value in enrolled.items() if value is not None},
        "sites": len(places) or None,
        "countries": len({place.get("country") for place in places}) or None,
        "arms": arms.found,
        "sources": [number],
    }
    return {word: value for word, value in about.items() if value not in (None, "", [], {})}


def _numbers(identity: Mapping[str, Any]) -> list[str]:
    listed = [_of(identity, "orgStudyIdInfo"), *(identity.get("secondaryIdInfos") or ())]
    return [str(each["id"]) for each in listed if each.get("id")]


def _source(number: str, identity: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    organisation = _of(identity, "organization").get("fullName")
    citation = ". ".join(
        str(p) for p in (organisation, f"ClinicalTrials.gov record and results, {number}") if p
    )
    return {
        number: {
            "citation": citation,
            "url": f"https://clinicaltrials.gov/study/{number}",
            "kind": "registry",
            "read": "record as JSON",
        }
    }


def _flow(record: Mapping[str, Any], number: str, arms: Arms) -> list[dict[str, Any]]:
    """Who started, completed and stopped, by arm; who started the first period is the size of the arm."""
    module = _of(record, "resultsSection", "participantFlowModule")
    titles = {group["id"]: str(group.get("title")) for group in module.get("groups") or ()}
    found = []
    for period in list(module.get("periods") or ())[:1]:
        started: dict[str, int] = {}
        for milestone in period.get("milestones") or ():
            for each in milestone.get("achievements") or ():
                arm, count = (
                    arms.name(titles.get(each.get("groupId"), "arm")),
                    _count(each.get("numSubjects")),
                )
                if milestone.get("type") == "STARTED" and count is not None:
                    started[arm] = count
                    arms.found[arm]["n"] = count
                elif milestone.get("type") == "COMPLETED" and count is not None:
                    found.append(_finding("disposition:completed", arm, count, started.get(arm), number))
        for stopped in period.get("dropWithdraws") or ():
            for each in stopped.get("reasons") or ():
                arm, count = (
                    arms.name(titles.get(each.get("groupId"), "arm")),
                    _count(each.get("numSubjects")),
                )
                if count is not None:
                    endpoint = f"disposition:{slug(str(stopped.get('type')))}"
                    found.append(_finding(endpoint, arm, count, started.get(arm), number))
    return found


def _finding(endpoint: str, arm: str, count: int, n: int | None, number: str) -> dict[str, Any]:
    item = {
        "endpoint": endpoint,
        "measure": "count",
        "estimate": count,
        "population": "itt",
        "groups": [arm],
        "n": n,
        "origin": {"source": number, "place": "participant flow", "reliability": "read"},
    }
    return {word: value for word, value in item.items() if value is not None}


def _count(value: Any) -> int | None:
    text = str(value).replace(",", "")
    return int(text) if text.isdigit() else None


def _drug(name: str) -> str:
    """`Drug: Docetaxel` -> Docetaxel."""
    return name.partition(": ")[2] or name


def _of(record: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """A part of the record, or an empty one."""
    for word in path:
        value = record.get(word)
        if not isinstance(value, Mapping):
            return {}
        record = value
    return record
