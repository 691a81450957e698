"""TU, TR and RS: scans, target lesions and responses that agree by RECIST 1.1 arithmetic.

Progression is documented on the day the law drew, by a scan of its own; event-free subjects are
scanned for the last time on the day their follow-up ends. Censoring at the last adequate scan is then
censoring at the end of follow-up, and no event falls into a gap of scans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.draws import spread
from trialist.kernels.replicate_draws import Rng, of_rows
from trialist.protocol.endpoints import BestResponse, ProgressionFreeSurvival
from trialist.protocol.model import Protocol
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.entry import level_names
from trialist.records.simulated.responders import Rates, seen_twice
from trialist.records.simulated.visits import Calendar, attended, every, planned

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DEFAULT_INTERVAL = 56
BASELINE_WINDOW = 28
LESIONS = (1, 3)
DIAMETER = (15, 60)
RESPONDER = (0.20, 0.62)
OTHERS = (0.75, 1.12)
GROWTH = 1.3
"""Ratios to baseline: responders stay at or below 0.70, others between it and 1.20, even when rounded."""

_RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NON-PD")
_TOTAL = 99
"""Stands for the sum in place of a lesion's number."""
_PR, _SD, _NON, _PD, _NONPD = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What scans of this protocol show."""

    calendar: Calendar
    assumed_calendar: bool
    bone: bool
    measurable: float
    confirm: int
    criteria: str
    evaluator: str


def tumour_plan(protocol: Protocol, progression: str, horizon: int) -> Plan | None:
    """The scan calendar and the criteria of the calibrated endpoint; None when imaging is no part of it."""
    entry = protocol.plan.endpoints[progression]
    assert isinstance(entry, ProgressionFreeSurvival)
    soft = {"radiographic_progression", "soft_tissue_progression"} & set(entry.first_of)
    bone = {"radiographic_progression", "bone_progression"} & set(entry.first_of) and entry.bone is not None
    if not soft and not bone:
        return None
    scans = [
        a.at for a in protocol.plan.schedule.assessments.values() if a.domain.lower() in ("rs", "tu", "tr")
    ]
    calendar = planned(protocol, tuple(dict.fromkeys(v for at in scans for v in at)), horizon)
    assumed = not len(calendar.day)
    if assumed:
        calendar = every(entry.censoring.interval or DEFAULT_INTERVAL, horizon, 7)
    sim, records = protocol.plan.simulation, protocol.plan.records
    assert sim is not None
    measurable = sim.measurable if sim.measurable is not None else (1.0 if sim.objective_response else 0.0)
    best = [e for e in protocol.plan.endpoints.values() if isinstance(e, BestResponse)]
    confirm = max((e.confirm_after or 28 if e.confirmed else 0 for e in best), default=0)
    return Plan(
        calendar,
        assumed,
        bool(bone),
        measurable if soft else 0.0,
        confirm,
        (records.response_category if records else None) or "RECIST 1.1",
        (records.evaluator if records else None) or "INVESTIGATOR",
    )


@dataclass(frozen=True, slots=True)
class _Scans:
    """One row per scan after baseline; `last` marks the documented progression."""

    owner: Integers
    occurrence: Integers
    day: Integers
    shows_progression: Flags


def tumours(
    protocol: Protocol, plan: Plan, cohort: Cohort, rates: Rates, rng: Rng, *, sizes: bool = True
) -> dict[str, pa.Table]:
    """TU, TR and RS of the cohort; without TR where nobody reads `sizes`.

    Responders are drawn among measurable subjects with scans enough to show (and confirm) a response,
    at the rate that gives the arm's planned proportion of all measurable subjects.
    """
    scans = _scans(plan, cohort, rng)
    measurable = _measurable(protocol, plan, cohort, rng)
    responder = rates.respond(cohort, measurable & able_to_respond(plan, cohort), rng.random(cohort.size))
    mode = _mode(plan, measurable, rng)
    ratio = np.where(
        responder,
        RESPONDER[0] + rng.random(cohort.size) * (RESPONDER[1] - RESPONDER[0]),
        OTHERS[0] + rng.random(cohort.size) * (OTHERS[1] - OTHERS[0]),
    )
    low, high = LESIONS
    lesions = np.where(measurable, low + np.floor(rng.random(cohort.size) * (high - low + 1)), 0).astype(
        np.int64
    )
    base_day = -np.floor(rng.random(cohort.size) * BASELINE_WINDOW).astype(np.int64)
    drawn = (lesions, ratio, mode, base_day)
    identified, measured, sums = _lesions(protocol, plan, cohort, scans, drawn, rng, sizes)
    responses = _responses(protocol, plan, cohort, scans, measurable, mode, sums)
    return {"tu": identified, "rs": responses} | ({"tr": measured} if measured is not None else {})


def _scans(plan: Plan, cohort: Cohort, rng: Rng) -> _Scans:
    seen = cohort.off_treatment
    if cohort.scans is None:
        owner, occurrence, day = attended(plan.calendar, seen, rng)
    else:
        made = cohort.scans
        until = seen[made.owner]
        kept = (made.day < until) if made.closing else (made.day <= until)
        owner, day = made.owner[kept], made.day[kept]
        occurrence = np.minimum(made.occurrence[kept], len(plan.calendar.day) - 1)
        if not made.closing:
            return _Scans(owner, occurrence, day, made.progressed[kept])
    closing = np.flatnonzero((cohort.progressed | ~cohort.died) & (seen > 0))
    rows = (
        np.concatenate([owner, closing]),
        np.concatenate([occurrence, np.full(len(closing), -1)]),
        np.concatenate([day, seen[closing]]),
        np.concatenate([np.zeros(len(owner), dtype=bool), cohort.progressed[closing]]),
    )
    order = np.lexsort((rows[2], rows[0]))
    return _Scans(rows[0][order], rows[1][order], rows[2][order], rows[3][order])


def _measurable(protocol: Protocol, plan: Plan, cohort: Cohort, rng: Rng) -> Flags:
    """Who has target lesions: by the factor `measurable` where there is one, else the plan's share."""
    drawn = (rng.random(cohort.size) < plan.measurable) & (cohort.arm >= 0)
    if "measurable" not in cohort.levels or plan.measurable == 0.0:
        return drawn
    yes = [name.lower() in ("yes", "y", "measurable") for name in level_names(protocol, "measurable")]
    if sum(yes) != 1:
        return drawn
    return np.asarray(yes)[cohort.levels["measurable"]] & (cohort.arm >= 0)


def able_to_respond(plan: Plan, cohort: Cohort) -> Flags:
    """Who has scans enough, before progression, to show and confirm a response."""
    closing = ~cohort.progressed & ~cohort.died & (cohort.scans is None or cohort.scans.closing)
    return seen_twice(plan.calendar, 1, plan.confirm, cohort.off_treatment, closing)


def _mode(plan: Plan, measurable: Flags, rng: Rng) -> Integers:
    """How progression shows: 0 growth of targets, 1 a new lesion, 2 bone."""
    u = rng.random(len(measurable))
    with_targets = np.select([u < 0.5, u < 0.8], [0, 1], 2 if plan.bone else 1)
    without = np.where((u < 0.7) & plan.bone, 2, 1)
    if plan.measurable == 0.0 and plan.bone:
        without = np.full(len(measurable), 2)
    return np.where(measurable, with_targets, without).astype(np.int64)


def _lesions(
    protocol: Protocol,
    plan: Plan,
    cohort: Cohort,
    scans: _Scans,
    drawn: tuple[Integers, Floats, Integers, Integers],
    rng: Rng,
    sizes: bool,
) -> tuple[pa.Table, pa.Table | None, Integers]:
    """TU, TR (None without `sizes`), and the sums of target diameters in mm.

    Returns sums as an array (scan rows, then one baseline per subject, then one nadir per subject).
    """
    lesions, ratio, mode, base_day = drawn
    owner, number = spread(lesions)
    chance = of_rows(rng, owner).random(len(owner))
    base = np.floor(DIAMETER[0] + chance * (DIAMETER[1] - DIAMETER[0] + 1)).astype(np.int64)
    stable = np.rint(base * ratio[owner]).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(lesions)])[:-1]
    # one row per scan and lesion
    count = lesions[scans.owner]
    scan, position = spread(count)
    lesion = first[scans.owner[scan]] + position
    growing = scans.shows_progression[scan] & (mode[scans.owner[scan]] == 0)
    # growth is measured from the smallest size seen: the baseline's, when this is the first scan after it
    early = (running_number(scans.owner) == 1)[scan]
    seen = np.where(early, base[lesion], np.minimum(base, stable)[lesion])
    size = np.where(growing, np.ceil(seen * GROWTH).astype(np.int64) + 5, stable[lesion])
    sums = np.bincount(scan, weights=size, minlength=len(scans.owner)).astype(np.int64)
    base_sum = np.bincount(owner, weights=base, minlength=cohort.size).astype(np.int64)
    stable_sum = np.bincount(owner, weights=stable, minlength=cohort.size).astype(np.int64)

    measured = None
    if sizes:
        rows = (
            np.concatenate([owner, scans.owner[scan]]),
            np.concatenate([base_day[owner], scans.day[scan]]),
            np.concatenate([base, size]),
            np.concatenate([number, position]),
            np.concatenate([np.full(len(owner), -2), scans.occurrence[scan]]),
        )
        scanned, with_targets = np.flatnonzero(count > 0), np.flatnonzero(lesions > 0)
        totals = (
            np.concatenate([with_targets, scans.owner[scanned]]),
            np.concatenate([base_day[with_targets], scans.day[scanned]]),
            np.concatenate([base_sum[with_targets], sums[scanned]]),
            np.full(len(with_targets) + len(scanned), _TOTAL),
            np.concatenate([np.full(len(with_targets), -2), scans.occurrence[scanned]]),
        )
        both = (np.concatenate(pair) for pair in zip(rows, totals, strict=True))
        measured = _measured(protocol, plan, cohort, *both)
    fresh = np.flatnonzero(scans.shows_progression & (mode[scans.owner] == 1))
    # who has no target has disease that is followed without being measured
    others = np.flatnonzero((lesions == 0) & (cohort.arm >= 0))
    i_owner = np.concatenate([owner, others, scans.owner[fresh]])
    i_label = np.repeat([0, LESIONS[1], LESIONS[1] + 1], [len(owner), len(others), len(fresh)])
    i_label[: len(owner)] = number
    i_day = np.concatenate([base_day[owner], base_day[others], scans.day[fresh]])
    i_visit = np.repeat([-2, -1], [len(owner) + len(others), len(fresh)])
    order = np.lexsort((i_label, i_day, i_owner))
    o, k, d = i_owner[order], i_label[order], i_day[order]
    identified = build(
        "tu",
        len(o),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(o),
            "sequence": running_number(o),
            "lesion": words([*_labels(), "NT01", "NEW01"], k),
            "test_code": "TUMIDENT",
            "result": words(["TARGET", "NON-TARGET", "NEW"], np.maximum(k - LESIONS[1] + 1, 0)),
            "evaluator": plan.evaluator,
            "accepted": "Y",
            "visit": visit_names(plan.calendar, i_visit[order]),
            "date": cohort.date(o, d),
        },
    )
    return identified, measured, np.concatenate([sums, base_sum, np.minimum(base_sum, stable_sum)])


def _measured(
    protocol: Protocol,
    plan: Plan,
    cohort: Cohort,
    owner: Integers,
    day: Integers,
    value: Integers,
    lesion: Integers,
    visit: Integers,
) -> pa.Table:
    """TR: diameters (mm) of lesions by number, and their sums."""
    order = np.lexsort((lesion, day, owner))
    o, d, v, k = owner[order], day[order], value[order], lesion[order]
    total = k == _TOTAL
    return build(
        "tr",
        len(o),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(o),
            "sequence": running_number(o),
            "group": "TARGET",
            "lesion": words(_labels(), np.where(total, -1, k)),
            "test_code": words(["LDIAM", "SUMDIAM"], total.astype(np.int64)),
            "result": pa.array(v).cast(pa.string()),
            "value": v.astype(float),
            "unit": "mm",
            "evaluator": plan.evaluator,
            "accepted": "Y",
            "visit": visit_names(plan.calendar, visit[order]),
            "date": cohort.date(o, d),
        },
    )


def _labels() -> list[str]:
    return [f"T{n + 1:02d}" for n in range(LESIONS[1])]


def target_response(total: Integers, baseline: Integers, nadir: Integers) -> Integers:
    """PD, PR or SD from the sums (mm), RECIST 1.1 section 4.3.1; no target ever vanishes here, so no CR.

    `nadir` is the smallest earlier sum including baseline. PD: at least 1.2 x nadir and 5 mm more.
    """
    progress = (total * 10 >= nadir * 12) & (total - nadir >= 5)
    return np.select([progress, total * 10 <= baseline * 7], [_PD, _PR], _SD)


def _responses(
    protocol: Protocol,
    plan: Plan,
    cohort: Cohort,
    scans: _Scans,
    measurable: Flags,
    mode: Integers,
    sums: Integers,
) -> pa.Table:
    size, people = len(scans.owner), cohort.size
    total, base, low = sums[:size], sums[size : size + people], sums[size + people :]
    # the first scan after baseline is compared with the baseline, later ones with the nadir
    first = running_number(scans.owner) == 1
    nadir = np.where(first, base[scans.owner], low[scans.owner])
    target = target_response(total, base[scans.owner], nadir)
    has_target = measurable[scans.owner]
    how = mode[scans.owner]
    soft = np.where(has_target, target, _NON)
    soft = np.where(scans.shows_progression & (how == 1), _PD, soft)
    bone = np.where(scans.shows_progression & (how == 2), _PD, _NONPD)
    overall = np.where(scans.shows_progression, _PD, soft)
    tests = [("OVRLRESP", overall, np.ones(size, dtype=bool)), ("TRGRESP", target, has_target)]
    if plan.bone:
        tests += [
            ("SFTSRESP", soft, np.ones(size, dtype=bool)),
            ("BONERESP", bone, np.ones(size, dtype=bool)),
        ]
    rows = [(np.flatnonzero(keep), code, values) for code, (_, values, keep) in enumerate(tests)]
    scan = np.concatenate([r[0] for r in rows])
    test = np.concatenate([np.full(len(r[0]), r[1]) for r in rows])
    result = np.concatenate([r[2][r[0]] for r in rows])
    order = np.lexsort((test, scan))
    scan, test, result = scan[order], test[order], result[order]
    owner = scans.owner[scan]
    return build(
        "rs",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "test_code": words([t[0] for t in tests], test),
            "category": plan.criteria,
            "result": words(_RESPONSES, result),
            "evaluator": plan.evaluator,
            "accepted": "Y",
            "visit": visit_names(plan.calendar, scans.occurrence[scan]),
            "date": cohort.date(owner, scans.day[scan]),
        },
    )


def visit_names(calendar: Calendar, occurrence: Integers) -> pa.Array:
    """Visit of each row: the planned one, UNSCHEDULED for -1, BASELINE for -2."""
    names = [calendar.baseline, "UNSCHEDULED", *calendar.visit]
    return words(names, occurrence + 2)
