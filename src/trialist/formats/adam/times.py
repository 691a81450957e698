"""ADTTE: times to an event, why each ended, and from which record.

`CENSORINGS` is the code list of CNSR and `EVENTS` the words of an event. A source is named only where it is
certain: SRCSEQ where exactly one record of that day can be meant, none at all for times of a published curve.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.filled import rule_for
from trialist.endpoints.progression import LABELS, RADIOGRAPHIC
from trialist.endpoints.response import RESPONSES
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.formats.adam.parameters import date_of, text
from trialist.protocol.endpoints import TimeToResponse

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.formats.adam.parameters import Parameter, Source
    from trialist.protocol.endpoints import Endpoint

# reason of the endpoint -> (CNSR, EVNTDESC); a code is never given a second meaning, new ones are added last
CENSORINGS = MappingProxyType(
    {
        "NO_EVENT": (1, "No event"),
        "NEW_THERAPY": (2, "New anticancer therapy"),
        "MISSED_ASSESSMENTS": (3, "Event after missed assessments"),
        "CLINICAL_STOP": (4, "Stopped for clinical progression"),
        NO_BASELINE: (5, "No baseline assessment"),
        NO_POSTBASELINE: (6, "No assessment after baseline"),
        "UNCONFIRMED": (7, "Progression not confirmed"),
        "AFTER_CUTOFF": (8, "Event after the data cut-off"),
        "CENSORED": (9, "Censored on a published curve"),
        "BEFORE_RESPONSE": (10, "Ended before the response"),
        "DEATH": (11, "Death, which competes"),
    }
)

EVENTS = MappingProxyType(
    {
        "DEATH": "Death",
        "RADIOGRAPHIC": "Radiographic progression",
        "SOFT_TISSUE": "Progression in soft tissue",
        "BONE": "Progression in bone",
        "PSA": "PSA progression",
        "PAIN": "Pain progression",
        "PAIN_ALONE": "Pain progression, analgesic score missing",
        "ANALGESIC": "Pain progression by the analgesic score",
        "RADIOTHERAPY": "Palliative radiotherapy",
        "FRACTURE": "Symptomatic pathological fracture",
        "COMPRESSION": "Spinal cord compression",
        "SURGERY": "Tumour-related orthopaedic surgery",
        "CLINICAL": "Clinical progression",
        "NEW_THERAPY": "New anticancer therapy",
        "RESPONSE": "Response",
        "EVENT": "Event on a published curve",
    }
)

_ALIVE = (1, 2, 3)  # of the origins of survival: cut-off, last known alive, reference date
_REFERENCE = MappingProxyType(
    {
        "randomisation": ("Randomization", "ADSL", "RANDDT"),
        "first_dose": ("First dose", "ADSL", "TRTSDT"),
        "enrolment": ("Enrolment", None, None),
    }
)


class _Origin(NamedTuple):
    """Where a date comes from, when `holds`; `when` says in words what the date is."""

    holds: Any
    when: str
    domain: str | None
    variable: str | None
    sequence: str | None = None


class _Read(NamedTuple):
    """Records that a time is read off: of the component with that `reason`, or of any assessment (None).

    `single`: whether one of them alone can be the source; `domain` is None where no one domain can be named.
    """

    name: str
    reason: str | None
    domain: str | None
    records: Table
    single: bool = True


def adtte(source: Source, parameter: Parameter) -> Table:
    """The rows of one time to event: AVAL in days, counted inclusively; CNSR 0 for an event."""
    rows = source.joined(parameter)
    rows, events, censored = _with_origins(rows, source, _ends(source, parameter.endpoint))
    codes = [(rows.reason == reason, code) for reason, (code, _) in CENSORINGS.items()]
    words = [(rows.reason == reason, told) for reason, (_, told) in CENSORINGS.items()]
    happened = [(rows.reason == reason, told) for reason, told in EVENTS.items()]
    return rows.select(
        **source.identity(rows, parameter),
        AVAL=rows.time_days,
        AVALU=text("DAYS"),
        STARTDT=date_of(rows, ibis.coalesce(rows.day - rows.time_days.cast("int64") + 1, 0)),
        ADT=date_of(rows, rows.day),
        CNSR=rows.event.ifelse(0, ibis.cases(*codes, else_=None)).cast("int64"),
        EVNTDESC=rows.event.ifelse(ibis.cases(*happened, else_=None), ibis.cases(*words, else_=None)),
        CNSDTDSC=rows.event.ifelse(text(None), _first(censored, lambda o: text(o.when))),
        SRCDOM=_first([*events, *censored], lambda o: text(o.domain)),
        SRCVAR=_first([*events, *censored], lambda o: text(o.variable)),
        SRCSEQ=_first(
            [*events, *censored],
            lambda o: rows[o.sequence] if o.sequence else ibis.null("int64"),
            "int64",
        ),
    )


def _ends(source: Source, endpoint: Endpoint) -> Endpoint:
    """The endpoint whose rule says what a time ended with."""
    until = getattr(endpoint, "until", None)
    return source.plan.endpoints[until] if until is not None else endpoint


def _first(origins: list[_Origin], of: Callable[[_Origin], Any], kind: str = "string") -> Any:
    """What `of` says of the first origin that holds, as `kind`; null where none does."""
    if not origins:
        return ibis.null(kind)
    return ibis.cases(*((origin.holds, of(origin)) for origin in origins), else_=None).cast(kind)


def _with_origins(
    rows: Table, source: Source, endpoint: Endpoint
) -> tuple[Table, list[_Origin], list[_Origin]]:
    """The rows with the sequences of their source records, and the origins of events and of censorings."""
    if source.inputs.reconstructed:
        return rows, [], []
    if endpoint.derive == "overall_survival":
        return rows, *_of_survival(rows, source)
    if endpoint.derive == "bone_progression":
        return rows, [], _of_bone(rows, source)
    if getattr(endpoint, "pain", None) is not None and not _parts(endpoint):
        return (
            rows,
            [_Origin(rows.event & (rows.reason == "DEATH"), "", "ADSL", "DTHDT")],
            _of_scores(rows, source),
        )
    if endpoint.derive == "pain_progression":
        return rows, *_of_pain(rows, source)
    if endpoint.derive == "skeletal_event":
        died = ~rows.event & (rows.reason == "DEATH")
        alive = [_of_survival(rows, source)[1][place] for place in _ALIVE]
        return rows, [], [_Origin(died, "Death", "ADSL", "DTHDT"), *alive]
    reads = _reads(source, endpoint)
    for read in reads:
        rows = _beside_day(rows, read.records, read.name)
    events = [_Origin(rows.event & (rows.reason == "DEATH"), "", "ADSL", "DTHDT")]
    events.append(_Origin(rows.event & (rows.reason == "NEW_THERAPY"), "", "ADSL", "NACTDT"))
    shown = [read for read in reads if read.reason is not None]
    events += [
        _found(rows, read, "", rows.event & (rows.reason == read.reason))
        for read in shown
        if read.domain is not None
    ]
    if endpoint.derive == "time_to_response":  # everybody had the event
        return rows, events, []
    scans = endpoint.derive == "progression_free_survival" and _parts(endpoint)
    words = "Last adequate assessment" if scans else "Last PSA assessment"
    nothing = rows.reason.isin([NO_BASELINE, NO_POSTBASELINE])
    seen = ~rows.event & ~nothing
    censored = [_found(rows, read, words, seen) for read in reads if read.reason is None]
    start = ~rows.event & (rows.day == 0)
    origins = [*censored, _Origin(start, *_REFERENCE[source.plan.reference])]
    return rows, events, [*origins, _Origin(seen, words, None, None)]


def _found(rows: Table, read: _Read, when: str, holds: Any) -> _Origin:
    """The records of that day, where there are any; the one record, where it can only be one."""
    variable = f"{read.domain}DTC" if read.domain else None
    sequence = f"{read.name}_sequence" if read.single else None
    return _Origin(holds & rows[f"{read.name}_n"].notnull(), when, read.domain, variable, sequence)


def _of_survival(rows: Table, source: Source) -> tuple[list[_Origin], list[_Origin]]:
    events = [_Origin(rows.event, "", "ADSL", "DTHDT")]
    alive = ~rows.event
    reference = _REFERENCE[source.plan.reference]
    return events, [
        _Origin(alive & (rows.reason == "NEW_THERAPY"), "Start of new therapy", "ADSL", "NACTDT"),
        _Origin(
            (alive & (rows.reason == "AFTER_CUTOFF")) | (alive & (rows.day < rows.last_alive_day)),
            "Data cut-off",
            "ADSL",
            "DCUTDT",
        ),
        _Origin(alive & (rows.day == rows.last_alive_day), "Last known alive", "ADSL", "LSTALVDT"),
        _Origin(alive & (rows.day == 0), *reference),
    ]


def _of_bone(rows: Table, source: Source) -> list[_Origin]:
    """A scan is many records of TU and TR, so no one of them is named."""
    nothing = rows.reason.isin([NO_BASELINE, NO_POSTBASELINE])
    return [
        _Origin(~rows.event & ~nothing, "Last readable bone scan", None, None),
        _Origin(~rows.event & nothing, *_REFERENCE[source.plan.reference]),
    ]


def _of_scores(rows: Table, source: Source) -> list[_Origin]:
    """Scores of pain, and PSA where it counts too, are the assessments: no one record is named."""
    nothing = rows.reason.isin([NO_BASELINE, NO_POSTBASELINE])
    return [
        _Origin(~rows.event & ~nothing, "Last assessment", None, None),
        _Origin(~rows.event & nothing, *_REFERENCE[source.plan.reference]),
    ]


def _of_pain(rows: Table, source: Source) -> tuple[list[_Origin], list[_Origin]]:
    """A visit is records of two scores, and radiotherapy one of PR or CM: no one record is named."""
    nothing = rows.reason.isin([NO_BASELINE, NO_POSTBASELINE])
    scored = rows.event & rows.reason.isin(["PAIN", "ANALGESIC", "PAIN_ALONE"])
    return [_Origin(scored, "", "QS", "QSDTC")], [
        _Origin(~rows.event & ~nothing, "Last evaluable pain score", "QS", "QSDTC"),
        _Origin(~rows.event & nothing, *_REFERENCE[source.plan.reference]),
    ]


def _parts(endpoint: Endpoint) -> list[str]:
    """The response inputs that a progression-free time reads."""
    named = getattr(endpoint, "first_of", ())
    return sorted({name for part in named for name in RADIOGRAPHIC.get(part, ())})


def _reads(source: Source, endpoint: Endpoint) -> list[_Read]:
    """The records that show each component, then those of any assessment.

    What is read off lesions rests on all lesions of a visit, and RS may say something else of it: TR is named
    and no one record. Bone scans are records of TU and TR, so nothing is named.
    """
    tables, parts = source.inputs.tables, _parts(endpoint)
    if isinstance(endpoint, TimeToResponse):
        response = source.plan.endpoints[endpoint.of]
        if getattr(response, "read", "reported") != "reported":
            return [_Read("RESPONSE", "RESPONSE", "TR", tables["lesions"].select(*_KEY), single=False)]
        responses = tables["responses"]
        shown = responses.filter(responses.response.isin(RESPONSES)).select(*_KEY)
        return [_Read("RESPONSE", "RESPONSE", "RS", shown)]
    found, assessed = [], []
    progressed = stated("pfs_censoring", "assessments")["progression"]
    rule = rule_for(endpoint)
    by_lesions = getattr(rule, "lesions", None) is not None
    by_scans = getattr(rule, "bone_scans", None) is not None
    if by_lesions and parts != ["bone"]:
        lesions = tables["lesions"].select(*_KEY)
        found.append(_Read("SOFT_TISSUE", "SOFT_TISSUE", "TR", lesions, single=False))
        assessed.append(_Read("LESIONS", None, "TR", lesions, single=False))
    if by_scans and "bone" in parts:
        scans = tables["bone_scans"].select(*_KEY)
        assessed.append(_Read("SCANS", None, None, scans, single=False))
    reported = [name for name in parts if not (by_scans if name == "bone" else by_lesions)]
    for name in reported:
        shown = tables[name].filter(tables[name].response.isin(progressed)).select(*_KEY)
        found.append(_Read(LABELS[name], LABELS[name], "RS", shown))
    if endpoint.derive == "psa_progression" or "psa_progression" in getattr(endpoint, "first_of", ()):
        found.append(_Read("PSA", "PSA", "LB", tables["psa"].select(*_KEY)))
    recorded = getattr(endpoint, "pain", None) is None  # else scores and radiotherapy show it
    if recorded and "pain_progression" in getattr(endpoint, "first_of", ()):
        pain = tables["progressions"]
        found.append(_Read("PAIN", "PAIN", "RS", pain.filter(pain.kind == "PAIN").select(*_KEY)))
    if reported:
        read = [tables[name].select(*_KEY) for name in reported]
        every = ibis.union(*read, distinct=False) if len(read) > 1 else read[0]
        assessed.append(_Read("ASSESSED", None, "RS", every))
    if not parts:
        assessed.append(_Read("ASSESSED", None, "LB", tables["psa"].select(*_KEY)))
    return [*found, *assessed]


_KEY = ("subject", "day", "sequence")


def _beside_day(rows: Table, records: Table, name: str) -> Table:
    """Adds `{name}_n`, the records of that subject and day, and `{name}_sequence` where there is just one."""
    counted = records.group_by("subject", "day").aggregate(n=records.count(), last=records.sequence.max())
    counted = counted.select(
        "subject",
        "day",
        **{f"{name}_n": counted.n, f"{name}_sequence": (counted.n == 1).ifelse(counted.last, None)},
    )
    return rows.left_join(counted, ["subject", "day"]).drop("subject_right", "day_right")
