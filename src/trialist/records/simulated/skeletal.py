"""CE and PR of symptomatic skeletal events: the first one of a subject, on the day that its law gives."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Rng
from trialist.protocol.model import Protocol
from trialist.protocol.pain_endpoints import SkeletalEvent
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import Cohort

Integers = NDArray[np.int64]

_EVENTS = MappingProxyType(
    {
        "pathological_fracture": "SYMPTOMATIC PATHOLOGICAL FRACTURE",
        "spinal_cord_compression": "SPINAL CORD COMPRESSION",
    }
)
_PROCEDURES = MappingProxyType(
    {
        "radiotherapy": "EXTERNAL BEAM RADIOTHERAPY",
        "orthopaedic_surgery": "TUMOUR-RELATED ORTHOPAEDIC SURGERY",
    }
)


def skeletal_events(protocol: Protocol, cohort: Cohort, rng: Rng) -> dict[str, pa.Table]:
    """CE of fractures and compressions, PR of radiotherapy for bone pain and surgery.

    Each kind that the endpoint names is equally frequent, an assumption. A subject has one event at most,
    while follow-up lasts; the tables are there, and empty, where nobody has one.
    """
    named = [e.first_of for e in protocol.plan.endpoints.values() if isinstance(e, SkeletalEvent)]
    kinds = named[0] if named else ()
    drawn = np.floor(rng.random(cohort.size) * len(kinds)).astype(np.int64)
    happened = cohort.skeletal <= cohort.end
    event, procedure = ([kinds.index(k) for k in kinds if k in of] for of in (_EVENTS, _PROCEDURES))
    who = np.flatnonzero(happened & np.isin(drawn, event))
    done = np.flatnonzero(happened & np.isin(drawn, procedure))
    beam = np.array([k == "radiotherapy" for k in kinds], dtype=bool)[drawn[done]]
    terms = words([_EVENTS.get(k) for k in kinds], drawn[who])
    names = words([_PROCEDURES.get(k) for k in kinds], drawn[done])
    return {
        "ce": build(
            "ce",
            len(who),
            _dated(protocol, cohort, who)
            | {"reported_term": terms, "term": terms, "category": "SYMPTOMATIC SKELETAL EVENT"},
        ),
        "pr": build(
            "pr",
            len(done),
            _dated(protocol, cohort, done)
            | {
                "reported_procedure": names,
                "procedure": names,
                "category": words(["RADIOTHERAPY", "SURGERY"], np.where(beam, 0, 1)),
                "indication": words(["BONE PAIN"], np.where(beam, 0, -1)),
            },
        ),
    }


def _dated(protocol: Protocol, cohort: Cohort, who: Integers) -> dict[str, object]:
    return {
        "study": protocol.plan.trial,
        "subject": cohort.of(who),
        "sequence": running_number(who),
        "occurred": words(["Y"], np.zeros(len(who), dtype=np.int64)),
        "start": cohort.date(who, cohort.skeletal[who]),
    }
