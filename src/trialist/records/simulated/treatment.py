"""EX and CM: doses by cycle, supportive treatment, and later anticancer therapy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.draws import spread
from trialist.kernels.replicate_draws import Rng
from trialist.protocol.model import Give, Protocol
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import NEVER, Cohort

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_STUDY = ("treatment", "background")
NEXT_THERAPY_SHARE = 0.6
NEXT_THERAPY_WAIT = (14, 60)
CONFIRMED_AFTER = 22
SURFACE_MEAN, SURFACE_SD = 1.95, 0.2
HEIGHT_MEAN, HEIGHT_SD = 174.0, 7.0


def given(protocol: Protocol, cohort: Cohort) -> list[tuple[Give, NDArray[np.bool_]]]:
    """Each drug of each arm with the subjects who get it: the arm's own, and the chosen alternative."""
    found: list[tuple[Give, NDArray[np.bool_]]] = []
    for number, arm in enumerate(protocol.plan.arms.values()):
        mine = cohort.treated & (cohort.arm == number)
        found += [(give, mine) for give in arm.give]
        found += [(give, mine & (cohort.option == k)) for k, give in enumerate(arm.choose_one)]
    return found


def doses(give: Give, cohort: Cohort, who: NDArray[np.bool_]) -> Integers:
    """Doses (days, when daily) that each subject gets, up to the day before treatment stops."""
    days = cohort.off_treatment - cohort.first_dose - (give.day or 1) + 1
    every = give.every or 0
    count = np.where(days > 0, (days - 1) // max(every, 1) + 1, 0) if every else np.minimum(days.clip(0), 1)
    if give.max_cycles is not None and every > 1:
        count = np.minimum(count, give.max_cycles)
    first = np.where(who, np.maximum(count, 1 if (give.day or 1) == 1 else 0), 0)
    return first.astype(np.int64)


def last_dose(protocol: Protocol, cohort: Cohort) -> Integers:
    """Day of the last dose of study treatment (the first dose when there is no other; NEVER untreated)."""
    last = np.where(cohort.treated, cohort.first_dose, NEVER)
    for give, who in given(protocol, cohort):
        if give.purpose in _STUDY:
            count = doses(give, cohort, who)
            day = cohort.first_dose + (give.day or 1) - 1 + (count - 1) * (give.every or 0)
            last = np.where(who & (count > 0), np.maximum(last, day), last)
    return last


def body_surfaces(cohort: Cohort, rng: Rng) -> Floats:
    """Body surface of each subject, m2: normal (mean 1.95, SD 0.2, 1.4 to 2.6), an assumption."""
    return rng.normal(SURFACE_MEAN, SURFACE_SD, cohort.size).clip(1.4, 2.6)


def by_body_surface(protocol: Protocol) -> bool:
    """Whether a study treatment is dosed in mg/m2."""
    arms = protocol.plan.arms.values()
    return any(
        give.dose is not None and give.dose.unit == "mg/m2" and give.purpose in _STUDY
        for arm in arms
        for give in (*arm.give, *arm.choose_one)
    )


def vital_signs(protocol: Protocol, cohort: Cohort, surface: Floats, rng: Rng) -> pa.Table:
    """VS: height and weight on the day of the first dose, of the body surface that doses are made by.

    Height is normal (mean 174, SD 7, 155 to 195 cm): an assumption. The weight, to 0.1 kg, is the one that
    gives the surface by Mosteller 1987.
    """
    height = np.floor(rng.normal(HEIGHT_MEAN, HEIGHT_SD, cohort.size).clip(155, 195) + 0.5)
    weight = np.floor(36_000 * surface**2 / height + 0.5) / 10
    mine = np.flatnonzero(cohort.treated)
    owner = np.repeat(mine, 2)
    which = np.tile(np.array([0, 1]), len(mine))
    value = np.where(which == 0, height[owner], weight[owner])
    return build(
        "vs",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "test_code": words(["HEIGHT", "WEIGHT"], which),
            "test": words(["Height", "Weight"], which),
            "original": pa.array([f"{v:g}" for v in value]),
            "original_unit": words(["cm", "kg"], which),
            "result": pa.array([f"{v:g}" for v in value]),
            "value": value,
            "unit": words(["cm", "kg"], which),
            "date": cohort.date(owner, cohort.first_dose[owner]),
        },
    )


def exposure(protocol: Protocol, cohort: Cohort, surface: Floats) -> pa.Table:
    """EX: one row per infusion, one per period of a daily drug. mg/m2 doses are given as whole mg.

    Every dose is given in full on its planned day: no delay, reduction or omission is drawn.
    """
    parts: list[tuple[Integers, int, Floats, Integers, Integers, Integers]] = []
    names: list[tuple[str, str | None, str | None, str | None]] = []
    for give, who in given(protocol, cohort):
        if give.purpose not in _STUDY:
            continue
        count = doses(give, cohort, who)
        daily = give.every == 1
        owner, cycle = spread(np.minimum(count, 1) if daily else count)
        start = cohort.first_dose[owner] + (give.day or 1) - 1 + cycle * (give.every or 0)
        end = start + (count[owner] - 1 if daily else 0)
        amount, unit = _amount(give, surface[owner])
        frequency = "QD" if daily else (f"Q{give.every}D" if give.every else "ONCE")
        names.append((give.drug, unit, frequency, give.route.upper() if give.route else None))
        parts.append((owner, len(names) - 1, amount, start, end, cycle))
    if not parts:
        return build("ex", 0, {})
    owner = np.concatenate([p[0] for p in parts])
    which = np.concatenate([np.full(len(p[0]), p[1]) for p in parts])
    amount = np.concatenate([p[2] for p in parts])
    start, end = np.concatenate([p[3] for p in parts]), np.concatenate([p[4] for p in parts])
    cycle = np.concatenate([p[5] for p in parts])
    order = np.lexsort((which, start, owner))
    owner, which, cycle = owner[order], which[order], cycle[order]
    top = int(cycle.max(initial=0)) + 1
    return build(
        "ex",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "treatment": words([n[0].upper() for n in names], which),
            "dose": pa.array(amount[order], mask=np.isnan(amount[order])),
            "dose_unit": words([n[1] for n in names], which),
            "frequency": words([n[2] for n in names], which),
            "route": words([n[3] for n in names], which),
            "visit": words([f"CYCLE {k}" for k in range(1, top + 1)], cycle),
            "start": cohort.date(owner, start[order]),
            "end": cohort.date(owner, end[order]),
        },
    )


def _amount(give: Give, surface: Floats) -> tuple[Floats, str | None]:
    if give.dose is None:
        return np.full(len(surface), np.nan), None
    if give.dose.unit == "mg/m2":
        return np.floor(give.dose.value * surface + 0.5), "mg"
    times = give.times_a_day or 1
    return np.full(len(surface), give.dose.value * times), give.dose.unit


def other_treatment(protocol: Protocol, cohort: Cohort, rng: Rng) -> pa.Table:
    """CM: supportive drugs of the arm, and a new anticancer therapy after progression for 60 % of subjects.

    It starts 14 to 60 days after documented progression, if the subject is then alive and followed;
    never before progression, and not before a progression of PSA or pain has been confirmed. Who crosses
    over starts it on that day.
    """
    chance, wait = rng.random(cohort.size), rng.random(cohort.size)
    low, high = NEXT_THERAPY_WAIT
    begin = cohort.progression + low + np.floor(wait * (high - low + 1)).astype(np.int64)
    for rise in (cohort.psa, np.where(cohort.pain <= cohort.progression, cohort.pain, NEVER)):
        begin = np.maximum(begin, np.where(rise < NEVER, rise + CONFIRMED_AFTER, 0))
    crosses = cohort.crossed < NEVER
    begin = np.where(crosses, cohort.crossed, begin)
    starts_one = (chance < NEXT_THERAPY_SHARE) | crosses
    later = np.flatnonzero(cohort.progressed & starts_one & (begin <= cohort.end))
    names = ["SUBSEQUENT ANTICANCER THERAPY"]
    owners, starts, ends, which = [later], [begin[later]], [cohort.end[later]], [np.zeros(len(later))]
    for give, who in given(protocol, cohort):
        if give.purpose in _STUDY:
            continue
        mine = np.flatnonzero(who)
        names.append(give.drug.upper())
        owners.append(mine)
        starts.append(cohort.first_dose[mine])
        ends.append(np.maximum(cohort.off_treatment[mine], cohort.first_dose[mine]))
        which.append(np.full(len(mine), len(names) - 1))
    owner, start, end = np.concatenate(owners), np.concatenate(starts), np.concatenate(ends)
    kind = np.concatenate(which).astype(np.int64)
    order = np.lexsort((kind, start, owner))
    owner, start, end, kind = owner[order], start[order], end[order], kind[order]
    return build(
        "cm",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "reported_treatment": words(names, kind),
            "treatment": words(names, kind),
            "category": words(["ANTICANCER", "SUPPORTIVE"], np.minimum(kind, 1)),
            "start": cohort.date(owner, start),
            "end": _open_end(cohort, owner, end, kind),
        },
    )


def _open_end(cohort: Cohort, owner: Integers, end: Integers, kind: Integers) -> pa.Array:
    """A later therapy has no recorded end."""
    return pa.array((cohort.date(owner, end)).astype(np.int32), mask=kind == 0)
