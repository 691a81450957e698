"""A record of ClinicalTrials.gov (API version 2, JSON) with posted results -> a draft.

Read are the design, participant flow, outcome measures with their analyses, and adverse events. Texts of the
record (eligibility, descriptions) are not copied. What a registry does not code is not guessed: a treatment
of the vocabulary where a title is none of its phrases, the direction of a ratio.
Source: the structure of a study as the registry documents it, https://clinicaltrials.gov/data-api/api.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from trialist.evidence.vocabulary import vocabulary
from trialist.formats.evidence.draft import Draft, left_out, slug
from trialist.formats.evidence.registry_events import adverse_events
from trialist.formats.evidence.registry_outcomes import Outcomes
from trialist.formats.evidence.registry_parts import listed, part, text, texts, titles, whole
from trialist.problems import Place, Problem

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
        module = part(record, "protocolSection", "armsInterventionsModule")
        self.found: dict[str, dict[str, Any]] = {}
        for group in listed(module, "armGroups"):
            arm = self._arm(text(group, "label", "arm"))
            arm["role"] = _ROLES.get(text(group, "type"), "cohort")
            drugs = (vocabulary().find("drug", _drug(name)) for name in texts(group, "interventionNames"))
            give = [{"drug": drug.id} for drug in drugs if drug is not None]
            if give:
                arm["give"] = give
        self.planned = frozenset(self.found)

    def name(self, title: str) -> str:
        """The id of the arm of that title; one of the design where one title holds the other's words."""
        wanted = slug(title)
        if wanted in self.found:
            return wanted
        near = [name for name in self.found if _holds(wanted, name) or _holds(name, wanted)]
        if len(near) == 1:
            return near[0]
        self._arm(title)
        return wanted

    def settle(self, used: Iterable[str], path: Path) -> list[Problem]:
        """Of a record whose results have groups of their own, the arms of the results alone stay (N615)."""
        named = list(dict.fromkeys(used))
        own = [name for name in named if name not in self.planned]
        idle = [name for name in self.planned if name not in named]
        if not own or not idle:
            return []
        for name in idle:
            del self.found[name]
        planned, seen = "', '".join(idle), "', '".join(own)
        message = f"the results have groups '{seen}', which are none of the arms of the design, '{planned}'"
        return [
            Problem("N615", message, "give the arms in the file their treatment and role", Place(str(path)))
        ]

    def _arm(self, title: str) -> dict[str, Any]:
        arm = self.found.setdefault(slug(title), {"label": title, "role": "cohort"})
        treatment = vocabulary().find("treatment", title)
        if treatment is not None:
            arm["treatment"] = treatment.id
        return arm


def registry_record(record: Mapping[str, Any], path: Path) -> tuple[list[Draft], tuple[Problem, ...]]:
    """One draft, named by the acronym of the trial, else by its number."""
    identity = part(record, "protocolSection", "identificationModule")
    number = text(identity, "nctId", path.stem)
    trial = text(identity, "acronym", number)
    arms = Arms(record)
    skipped: Counter[str] = Counter()
    outcomes = Outcomes(number, arms.name, {n for n, a in arms.found.items() if a["role"] == "control"}, path)
    flow = list(_flow(record, number, arms))
    measured = outcomes.read(part(record, "resultsSection", "outcomeMeasuresModule"), skipped)
    events = list(adverse_events(part(record, "resultsSection", "adverseEventsModule"), number, arms.name))
    found = [*measured, *flow, *events]
    told = arms.settle((name for item in found for name in item.get("groups", ())), path)
    about = _about(record, identity, number, arms)
    if about["condition"] not in vocabulary().terms("condition"):
        message = f"the vocabulary knows no condition in '{about['condition']}'"
        remedy = "give the id of a condition (--condition), or add the term in a file of words"
        told.append(Problem("N614", message, remedy, Place(str(path))))
    draft = Draft(trial, about, _source(number, identity), [], path.name)
    draft.findings = [{"id": f"{number}-{place:04d}", **item} for place, item in enumerate(found, 1)]
    return [draft], (*told, *outcomes.problems, *left_out(path, skipped))


def _about(record: Mapping[str, Any], identity: Mapping[str, Any], number: str, arms: Arms) -> dict[str, Any]:
    section = record["protocolSection"]
    design = part(section, "designModule")
    status = part(section, "statusModule")
    info = part(design, "designInfo")
    conditions = texts(part(section, "conditionsModule"), "conditions")
    known = [term for term in (vocabulary().find("condition", name) for name in conditions) if term]
    places = listed(part(section, "contactsLocationsModule"), "locations")
    phases = [phase.removeprefix("PHASE") for phase in texts(design, "phases")]
    enrolled = {
        "from": text(part(status, "startDateStruct"), "date") or None,
        "n": whole(part(design, "enrollmentInfo").get("count")),
    }
    about = {
        "title": text(identity, "briefTitle", number),
        "registered": [number, *_numbers(identity)],
        "phase": "-".join(phases),
        "condition": known[0].id if known else (conditions[0] if conditions else "not stated"),
        "randomised": info.get("allocation") == "RANDOMIZED",
        "blinding": text(part(info, "maskingInfo"), "masking").lower().replace("_", " "),
        "enrolled": {word: value for word, value in enrolled.items() if value is not None},
        "sites": len(places) or None,
        "countries": len({text(place, "country") for place in places} - {""}) or None,
        "arms": arms.found,
        "sources": [number],
    }
    return {word: value for word, value in about.items() if value not in (None, "", [], {})}


def _numbers(identity: Mapping[str, Any]) -> list[str]:
    other = [part(identity, "orgStudyIdInfo"), *listed(identity, "secondaryIdInfos")]
    return [name for name in (text(each, "id") for each in other) if name]


def _source(number: str, identity: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    organisation = text(part(identity, "organization"), "fullName")
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
    module = part(record, "resultsSection", "participantFlowModule")
    named = titles(module)
    found = []
    for period in listed(module, "periods")[:1]:
        started: dict[str, int] = {}
        for milestone in listed(period, "milestones"):
            for each in _of_groups(listed(milestone, "achievements"), named):
                arm, count = (
                    arms.name(named[text(each, "groupId")]),
                    whole(each.get("numSubjects")),
                )
                if milestone.get("type") == "STARTED" and count is not None:
                    started[arm] = count
                    arms.found[arm]["n"] = count
                elif milestone.get("type") == "COMPLETED" and count is not None:
                    found.append(_finding("disposition:completed", arm, count, started.get(arm), number))
        for stopped in listed(period, "dropWithdraws"):
            for each in _of_groups(listed(stopped, "reasons"), named):
                arm, count = (
                    arms.name(named[text(each, "groupId")]),
                    whole(each.get("numSubjects")),
                )
                if count is not None:
                    endpoint = f"disposition:{slug(text(stopped, 'type', 'other'))}"
                    found.append(_finding(endpoint, arm, count, started.get(arm), number))
    return found


def _of_groups(items: Iterable[Mapping[str, Any]], named: Mapping[str, str]) -> list[Mapping[str, Any]]:
    return [each for each in items if text(each, "groupId") in named]


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


def _holds(name: str, part: str) -> bool:
    """Whether an id holds all words of another side by side: `drug_10_mg` holds `drug`, and not `drug_1`."""
    return f"_{part}_" in f"_{name}_"


def _drug(name: str) -> str:
    """`Drug: Docetaxel` -> Docetaxel."""
    return name.partition(": ")[2] or name
