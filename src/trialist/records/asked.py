"""What the endpoints of a protocol ask of the records: which tests, at which visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialist.protocol import endpoints as words
from trialist.protocol.laboratory_terms import COMPUTED_FROM, TERMS, TOTAL_CALCIUM
from trialist.protocol.marker_endpoints import MarkerStatus, RepeatedMeasurement
from trialist.protocol.model import Protocol

RESPONSE_TEST_OF = {"responses": "OVRLRESP", "soft_tissue": "SFTSRESP", "bone": "BONERESP"}
_OVERALL = (RESPONSE_TEST_OF["responses"],)
LESION_TESTS = ("LDIAM", "SAXIS", "LPERP", "TUMSTATE")
PSA = "PSA"
_SCANNED = {
    "radiographic_progression": tuple(RESPONSE_TEST_OF.values()),
    "soft_tissue_progression": (RESPONSE_TEST_OF["soft_tissue"],),
    "bone_progression": (RESPONSE_TEST_OF["bone"],),
}
_PSA_ENDPOINTS = (words.PsaResponse, words.PsaProgression, words.PsaChange)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one endpoint reads.

    endpoint  its id
    domains   where its records can be
    tests     test codes, upper case; one of them is enough
    visits    visit ids at each of which a record is needed; none for an endpoint that reads all days
    """

    endpoint: str
    domains: tuple[str, ...]
    tests: tuple[str, ...]
    visits: tuple[str, ...] = ()


def asked(protocol: Protocol) -> tuple[Asked, ...]:
    """What every endpoint asks for, in the protocol's order.

    Radiographic progression is read from overall, soft-tissue and bone responses, so one of them is enough.
    Pain and clinical progression are not asked for: their records exist only where they happened.
    """
    return tuple(
        item for name, endpoint in protocol.plan.endpoints.items() for item in _asked_by(name, endpoint)
    )


def response_tests(protocol: Protocol) -> list[str]:
    """The codes of the response tests (RSTESTCD) that the endpoints read, in order, upper case."""
    return sorted({test for item in asked(protocol) if item.domains == ("rs",) for test in item.tests})


def measured(protocol: Protocol) -> list[str]:
    """The test codes of measurements, as the protocol spells them."""
    found: list[str] = []
    for endpoint in protocol.plan.endpoints.values():
        if isinstance(endpoint, words.BetweenVisits | RepeatedMeasurement):
            found.append(endpoint.measurement)
        elif isinstance(endpoint, words.LinkedMeasurements):
            found += [endpoint.first, endpoint.second]
        elif isinstance(endpoint, MarkerStatus):
            found.append(endpoint.measurement)
    return found


def graded(protocol: Protocol) -> list[str]:
    """The test codes whose values the endpoints grade, in order."""
    found = (e for e in protocol.plan.endpoints.values() if isinstance(e, words.LaboratoryGrade))
    return sorted({_graded_test(e) for e in found if e.term in TERMS})


def _graded_test(endpoint: words.LaboratoryGrade) -> str:
    test = TERMS[endpoint.term].test
    return TOTAL_CALCIUM.get(test, test) if endpoint.calcium == "total" else test


def visit_ids(protocol: Protocol) -> dict[str, str]:
    """How records may name a visit (id or label, upper case, blanks as underscores) -> its id."""
    found: dict[str, str] = {}
    for name, visit in protocol.plan.schedule.visits.items():
        for word in (name, visit.label):
            if word:
                found.setdefault(word.upper().replace(" ", "_"), name)
    return found


def _asked_by(name: str, endpoint: words.Endpoint) -> Iterator[Asked]:
    if isinstance(endpoint, words.TumourResponse | words.CombinedResponse):
        yield Asked(name, ("tr",), LESION_TESTS)
    elif isinstance(endpoint, words.BestResponse):
        lesions = Asked(name, ("tr",), LESION_TESTS)
        yield lesions if endpoint.read != "reported" else Asked(name, ("rs",), _OVERALL)
    elif isinstance(endpoint, _PSA_ENDPOINTS):
        yield Asked(name, ("lb",), (PSA,))
    elif isinstance(endpoint, words.ProgressionFreeSurvival):
        yield from (_scanned(name, part, endpoint) for part in endpoint.first_of if part in _SCANNED)
        if "psa_progression" in endpoint.first_of:
            yield Asked(name, ("lb",), (PSA,))
    elif isinstance(endpoint, words.BetweenVisits):
        visits = (endpoint.baseline, endpoint.at)
        yield Asked(name, ("lb", "qs"), (endpoint.measurement.strip().upper(),), visits)
    elif isinstance(endpoint, RepeatedMeasurement):
        several = (endpoint.baseline, *endpoint.at)
        yield Asked(name, ("lb", "qs"), (endpoint.measurement.strip().upper(),), several)
    elif isinstance(endpoint, words.LinkedMeasurements):
        for test in (endpoint.first, endpoint.second):
            yield Asked(name, ("lb", "qs"), (test.strip().upper(),), (endpoint.at,))
    elif isinstance(endpoint, MarkerStatus):
        both = tuple(visit for visit in (endpoint.baseline, endpoint.at) if visit)
        yield Asked(name, ("lb",), (endpoint.measurement.strip().upper(),), both)
    elif isinstance(endpoint, words.LaboratoryGrade) and endpoint.term in TERMS:
        test = _graded_test(endpoint)
        yield Asked(name, ("lb",), (test, *(parts[0] for parts in COMPUTED_FROM.get(test, ())[:1])))


def _scanned(name: str, part: str, endpoint: words.ProgressionFreeSurvival) -> Asked:
    by_scans = part != "bone_progression" or endpoint.bone in words.BONE_PRESETS
    if endpoint.read == "lesions" and by_scans:
        return Asked(name, ("tr",), LESION_TESTS)
    return Asked(name, ("rs",), _SCANNED[part])
