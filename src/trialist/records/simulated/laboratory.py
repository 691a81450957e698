"""LB: PSA, the biomarkers an allocation is decided by, and the table of all laboratory rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Rng, of_rows
from trialist.protocol.endpoints import ProgressionFreeSurvival
from trialist.protocol.model import BiomarkerRules, Protocol
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import NEVER, Cohort
from trialist.records.simulated.entry import level_names
from trialist.records.simulated.responders import Rates, seen_twice
from trialist.records.simulated.visits import Calendar, attended, of_tests, with_unscheduled

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PSA_INTERVAL = 21
CONFIRM = 21
SPREAD_OF_BASELINE = 1.3
RESPONDER = (0.10, 0.40)
OTHERS = (0.60, 1.10)
NOISE, NOISE_LIMIT = 0.04, 0.08
FALL_DAYS = 5.0
DOUBLING_MEDIAN, DOUBLING_SPREAD = 90.0, 0.4


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a test, or of a question, before they become a table; `visit` numbers `names`."""

    owner: Integers
    day: Integers
    test: str
    unit: str | None
    value: Floats
    visit: Integers
    names: tuple[str, ...]
    text: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None


def psa_calendar(protocol: Protocol, horizon: int) -> tuple[Calendar, bool]:
    """Visits at which PSA is taken, and whether that is our assumption (every 21 days)."""
    return of_tests(protocol, ("lb",), ("PSA",), horizon, PSA_INTERVAL)


def psa(
    protocol: Protocol,
    progression: str | None,
    calendar: Calendar,
    cohort: Cohort,
    rates: Rates,
    rng: Rng,
    *,
    quiet: bool,
) -> Rows:
    """PSA in ng/mL of each subject. `quiet`: it rises by a law of its own, and not before.

    Baseline is log-normal about the plan's median (SD of log 1.3). Within days PSA settles at a share of
    baseline: 10-40 % in responders, 60-110 % in the others, with 4 % noise cut at 8 %, so that neither a
    missed nor a spurious response arises; then it doubles every 90 days (median) from an onset before
    progression, or from progression itself when PSA is a component of the calibrated endpoint.
    Responders are drawn among those with values 21 days apart, at the rate that gives the plan's share.
    """
    sim = protocol.plan.simulation
    assert sim is not None
    assert sim.psa_baseline_median is not None
    size = cohort.size
    seen = cohort.off_treatment
    owner, occurrence, day = attended(calendar, seen, rng)
    closing = np.flatnonzero(seen > 0)
    begin = np.flatnonzero(cohort.arm >= 0)
    rows = (
        np.concatenate([begin, owner, closing]),
        np.concatenate([np.full(len(begin), -2), occurrence, np.full(len(closing), -1)]),
        np.concatenate([np.zeros(len(begin), dtype=np.int64), day, seen[closing]]),
    )
    owner, occurrence, day = _with_rises(rows, cohort)
    baseline = sim.psa_baseline_median * np.exp(SPREAD_OF_BASELINE * rng.standard_normal(size))
    responder = rates.respond(cohort, able_to_fall(calendar, cohort), rng.random(size))
    floor = np.where(
        responder,
        RESPONDER[0] + rng.random(size) * (RESPONDER[1] - RESPONDER[0]),
        OTHERS[0] + rng.random(size) * (OTHERS[1] - OTHERS[0]),
    )
    level = quiet or _psa_counts(protocol, progression)
    early = np.where(level, 1.0, 0.5 + 0.5 * rng.random(size))
    onset = np.maximum(early * np.minimum(cohort.progression, 3650), np.where(responder, 3 * CONFIRM, 0))
    doubling = DOUBLING_MEDIAN * np.exp(DOUBLING_SPREAD * rng.standard_normal(size))
    drawn = of_rows(rng, owner).standard_normal(len(owner))
    noise = np.exp(np.clip(NOISE * drawn, -NOISE_LIMIT, NOISE_LIMIT))
    low = floor[owner]
    settled = low + (1 - low) * np.exp(-day / FALL_DAYS)
    risen = np.exp2(np.maximum(day - onset[owner], 0) / doubling[owner])
    value = baseline[owner] * np.where(day <= 0, 1.0, settled * risen * noise)
    names = (calendar.baseline, "UNSCHEDULED", *calendar.visit)
    value = _risen(value, baseline, doubling, owner, day, cohort)
    return Rows(owner, day, "PSA", "ng/mL", np.round(value, 2), occurrence + 2, names)


def _with_rises(
    rows: tuple[Integers, Integers, Integers], cohort: Cohort
) -> tuple[Integers, Integers, Integers]:
    """The rows in order, and those that show a PSA progression: below it, at it, and 21 days later."""
    who = np.flatnonzero(cohort.psa <= cohort.end)
    day = cohort.psa[who]
    further = [(who, np.maximum(day // 2, 1)), (who, day), (who, day + CONFIRM)]
    return with_unscheduled(rows, further, cohort.end)


def _risen(
    value: Floats, baseline: Floats, doubling: Floats, owner: Integers, day: Integers, cohort: Cohort
) -> Floats:
    """Values under a planned PSA progression: below baseline before it, then at least 1.5 times the nadir and
    6 ng/mL above it, doubling: past every published limit of progression."""
    planned = cohort.psa[owner] < NEVER
    after = planned & (day >= cohort.psa[owner])
    under = np.where(planned & ~after & (day > 0), np.minimum(value, 0.97 * baseline[owner]), value)
    nadir = np.full(cohort.size, np.inf)
    np.minimum.at(nadir, owner[~after], under[~after])
    low = nadir[owner]
    with np.errstate(invalid="ignore"):
        grown = np.maximum(1.5 * low, low + 6) * np.exp2((day - cohort.psa[owner]) / doubling[owner])
    return np.where(after, grown, under)


def _psa_counts(protocol: Protocol, progression: str | None) -> bool:
    entry = protocol.plan.endpoints.get(progression or "")
    return isinstance(entry, ProgressionFreeSurvival) and "psa_progression" in entry.first_of


def able_to_fall(calendar: Calendar, cohort: Cohort) -> Flags:
    """Who has PSA values 21 days apart after the fall is complete; the last one is on the last day."""
    until = np.minimum(cohort.off_treatment, cohort.psa)
    return seen_twice(
        calendar, round(3 * FALL_DAYS), CONFIRM, until, (cohort.arm >= 0) & (cohort.psa == NEVER)
    )


def biomarkers(protocol: Protocol, cohort: Cohort) -> list[Rows]:
    """What an allocation by rules was decided on, at day 0."""
    method = protocol.plan.allocation
    if not isinstance(method, BiomarkerRules):
        return []
    everyone = np.arange(cohort.size)
    rows = []
    for name in method.inputs:
        if name not in cohort.levels:
            continue
        levels = level_names(protocol, name)
        numbers = np.array([_number(text) for text in levels])
        codes = cohort.levels[name]
        known = np.array([text.strip().lower() not in ("", "missing", "null", "none") for text in levels])
        who = everyone[known[codes]]
        rows.append(
            Rows(
                who,
                np.zeros(len(who), dtype=np.int64),
                name.upper()[:8],
                None,
                numbers[codes[who]],
                np.zeros(len(who), dtype=np.int64),
                ("SCREENING",),
                tuple(levels[k] for k in codes[who]),
            )
        )
    return rows


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _limit(rows: list[Rows], which: Integers, side: int) -> pa.Array:
    """A limit of normal of each row; null for a test that has none."""
    known = np.array([np.nan if r.limits is None else r.limits[side] for r in rows])[which]
    return pa.array(known, mask=np.isnan(known))


def laboratory(protocol: Protocol, cohort: Cohort, rows: list[Rows]) -> pa.Table:
    """LB of all rows, by subject, day and test."""
    rows = [r for r in rows if len(r.owner)]
    if not rows:
        return build("lb", 0, {})
    owner, day = np.concatenate([r.owner for r in rows]), np.concatenate([r.day for r in rows])
    value = np.concatenate([r.value for r in rows])
    which = np.concatenate([np.full(len(r.owner), k) for k, r in enumerate(rows)])
    names: list[str] = []
    visits: list[Integers] = []
    for r in rows:
        visits.append(r.visit + len(names))
        names += r.names
    visit = np.concatenate(visits)
    result = pa.concat_arrays(
        [pa.array(r.text, pa.string()) if r.text else pa.array(r.value).cast(pa.string()) for r in rows]
    )
    order = np.lexsort((which, day, owner))
    o, k = owner[order], which[order]
    missing = np.isnan(value[order])
    result = result.take(pa.array(order))
    return build(
        "lb",
        len(o),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(o),
            "sequence": running_number(o),
            "test_code": words([r.test for r in rows], k),
            "test": words([r.test for r in rows], k),
            "original": result,
            "original_unit": words([r.unit for r in rows], k),
            "result": result,
            "value": pa.array(value[order], mask=missing),
            "unit": words([r.unit for r in rows], k),
            "lower_limit": _limit(rows, k, 0),
            "upper_limit": _limit(rows, k, 1),
            "baseline_flag": words(["Y"], np.where(day[order] <= 0, 0, -1)),
            "visit": words(names, visit[order]),
            "date": cohort.date(o, day[order]),
        },
    )
