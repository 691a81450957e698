"""Endpoints say which criteria they use, and compare different visits."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.problems import Problem
from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.protocol.endpoints import (
    BetweenVisits,
    CellCountResponse,
    LaboratoryGrade,
    ProgressionFreeSurvival,
    PsaChange,
)
from trialist.protocol.laboratory_terms import NEVER_RELEASED, TERMS, resolved
from trialist.protocol.model import Protocol
from trialist.protocol.words import did_you_mean, listed, nearest

# component of a progression-free time -> the word that names its criteria
_CRITERIA = (
    ("soft_tissue", ("radiographic_progression", "soft_tissue_progression")),
    ("bone", ("bone_progression",)),
    ("psa", ("psa_progression",)),
)


def components_name_their_criteria(protocol: Protocol) -> Iterator[Problem]:
    """W231: a component whose criteria are not named, or criteria that nothing reads."""
    for name, endpoint in protocol.plan.endpoints.items():
        if (
            isinstance(endpoint, CellCountResponse)
            and endpoint.fall is not None
            and endpoint.what != "decline"
        ):
            yield Problem(
                "W231",
                f"endpoint '{name}' states a fall, which a {endpoint.what} does not read",
                "write 'what: decline', or remove 'fall:'",
                protocol.place("endpoints", name, "fall"),
            )
        if not isinstance(endpoint, ProgressionFreeSurvival):
            continue
        for word, components in _CRITERIA:
            used = [part for part in endpoint.first_of if part in components]
            if used and getattr(endpoint, word) is None:
                yield Problem(
                    "W231",
                    f"endpoint '{name}' counts {used[0]}, but does not say by which criteria",
                    f"add '{word}:', so that the result can say it",
                    protocol.place("endpoints", name, "first_of"),
                )
        if endpoint.pain is not None and "pain_progression" not in endpoint.first_of:
            yield Problem(
                "W231",
                f"endpoint '{name}' names criteria for pain progression, which is none of its components",
                "add pain_progression to 'first_of', or remove 'pain:'",
                protocol.place("endpoints", name, "pain"),
            )
        if endpoint.psa is not None and "psa_progression" not in endpoint.first_of:
            yield Problem(
                "W231",
                f"endpoint '{name}' names criteria for PSA progression, which is none of its components",
                "add psa_progression to 'first_of', or remove 'psa:'",
                protocol.place("endpoints", name, "psa"),
            )


def changes_are_between_two_times(protocol: Protocol) -> Iterator[Problem]:
    """E232: a change from a visit to itself, or to a day that is not stated."""
    for name, endpoint in protocol.plan.endpoints.items():
        if isinstance(endpoint, BetweenVisits) and endpoint.baseline == endpoint.at:
            yield Problem(
                "E232",
                f"endpoint '{name}' is the change from visit '{endpoint.at}' to itself",
                "name two different visits in 'baseline:' and 'at:'",
                protocol.place("endpoints", name, "at"),
            )
        if isinstance(endpoint, PsaChange) and endpoint.what == "at_day" and endpoint.day is None:
            yield Problem(
                "E232",
                f"endpoint '{name}' is the change at a day, but no day is stated",
                "add 'day:', counted from the reference date",
                protocol.place("endpoints", name, "what"),
            )


def laboratory_terms_are_graded(protocol: Protocol) -> Iterator[Problem]:
    """E237: a term that its version of CTCAE does not grade by a laboratory value."""
    for name, endpoint in protocol.plan.endpoints.items():
        if not isinstance(endpoint, LaboratoryGrade):
            continue
        known = [term for term, entry in TERMS.items() if resolved(endpoint.version) in entry.versions]
        if endpoint.term in known:
            continue
        if endpoint.term in TERMS:
            said = f"CTCAE {endpoint.version} does not grade '{endpoint.term}' by the value alone"
            remedy = (
                f"grade it by version {TERMS[endpoint.term].versions[0]}, or take it from the adverse events"
            )
        else:
            said = f"'{endpoint.term}' is no term that CTCAE {endpoint.version} grades by a laboratory value"
            near = nearest(endpoint.term, known)
            remedy = f"did you mean '{near}'?" if near else f"known are {listed(known, len(known))}"
        yield Problem("E237", f"endpoint '{name}': {said}", remedy, protocol.place("endpoints", name, "term"))


def versions_were_released(protocol: Protocol) -> Iterator[Problem]:
    """W245: a version of CTCAE that was never released."""
    for name, endpoint in protocol.plan.endpoints.items():
        if isinstance(endpoint, LaboratoryGrade) and endpoint.version in NEVER_RELEASED:
            read = resolved(endpoint.version)
            yield Problem(
                "W245",
                f"endpoint '{name}': CTCAE {endpoint.version} was never released; it is read as {read}",
                f"write version: {read}, if that is what was meant",
                protocol.place("endpoints", name, "version"),
            )


def drugs_of_events_are_given(protocol: Protocol) -> Iterator[Problem]:
    """E246: events related to a drug that no arm gives."""
    arms = protocol.plan.arms.values()
    given = sorted({give.drug for arm in arms for give in (*arm.give, *arm.choose_one)})
    known = {name.strip().upper() for name in given}
    for name, endpoint in protocol.plan.endpoints.items():
        drug = endpoint.drug if isinstance(endpoint, AdverseEventTable) else None
        if drug is not None and drug.name.strip().upper() not in known:
            yield Problem(
                "E246",
                f"endpoint '{name}' reads what is told of '{drug.name}', which no arm gives",
                did_you_mean(drug.name, given, "name it as an arm does under 'give:'"),
                protocol.place("endpoints", name, "drug", "name"),
            )
