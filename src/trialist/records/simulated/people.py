"""DM, SC and DS: who the subjects are and how their participation ended."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Rng
from trialist.protocol.model import Protocol
from trialist.records.simulated.assembly import build, days_null, running_number, words
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.entry import level_names
from trialist.records.simulated.treatment import last_dose

Integers = NDArray[np.int64]


def demographics(protocol: Protocol, cohort: Cohort, rng: Rng) -> pa.Table:
    """DM. Age is normal (mean 66, SD 9 years, 18 to 95), an assumption; sex is unknown."""
    plan = protocol.plan
    labels = [arm.label or name for name, arm in plan.arms.items()]
    codes = [arm.code or name for name, arm in plan.arms.items()]
    everyone = np.arange(cohort.size)
    end = cohort.end
    stop = last_dose(protocol, cohort)
    arm_code, arm = words(codes, cohort.arm), words(labels, cohort.arm)
    if np.any(cohort.arm < 0):
        arm_code, arm = arm_code.fill_null("NOTASSGN"), arm.fill_null("Not Assigned")
    untreated = ~cohort.treated
    actual_code = _where_null(arm_code, untreated, "NOTTRT" if np.any(untreated) else "")
    actual = _where_null(arm, untreated, "Not Treated" if np.any(untreated) else "")
    return build(
        "dm",
        cohort.size,
        {
            "study": plan.trial,
            "subject": cohort.subject,
            "subject_short": pa.array([name.rsplit("-", 1)[-1] for name in cohort.subject.to_pylist()]),
            "reference_start": cohort.reference,
            "reference_end": cohort.date(everyone, end),
            "first_dose": days_null(cohort.reference + cohort.first_dose, untreated),
            "last_dose": days_null(cohort.reference + stop, untreated),
            "consent": cohort.date(everyone, cohort.consent),
            "participation_end": cohort.date(everyone, end),
            "death": days_null(cohort.reference + cohort.death, ~cohort.died),
            "death_flag": words(["Y"], np.where(cohort.died, 0, -1)),
            "age": np.rint(rng.normal(66, 9, cohort.size).clip(18, 95)),
            "sex": "U",
            "arm_code": arm_code,
            "arm": arm,
            "actual_arm_code": actual_code,
            "actual_arm": actual,
        },
    )


def _where_null(values: pa.Array, mask: NDArray[np.bool_], other: str) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(mask), pa.scalar(other), values)


def characteristics(protocol: Protocol, cohort: Cohort) -> pa.Table:
    """SC: one row per subject and factor."""
    factors = [f for f in protocol.plan.factors if f in cohort.levels]
    if not factors:
        return build("sc", 0, {})
    owner = np.repeat(np.arange(cohort.size), len(factors))
    which = np.tile(np.arange(len(factors)), cohort.size)
    codes = [protocol.plan.factors[f].code(f) for f in factors]
    labels = [protocol.plan.factors[f].label or f for f in factors]
    names: list[str] = []
    number = np.empty(len(owner), dtype=np.int64)
    for k, factor in enumerate(factors):
        number[k :: len(factors)] = len(names) + cohort.levels[factor]
        names += level_names(protocol, factor)
    return build(
        "sc",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "test_code": words(codes, which),
            "test": words(labels, which),
            "value": words(names, number),
        },
    )


_TERMS = (
    "RANDOMIZED",
    "ENROLLED",
    "PROGRESSIVE DISEASE",
    "DEATH",
    "WITHDRAWAL BY SUBJECT",
    "COMPLETED",
    "ONGOING",
    "ALIVE",
)
_CATEGORIES = ("PROTOCOL MILESTONE", "DISPOSITION EVENT", "SURVIVAL FOLLOW-UP")


def disposition(protocol: Protocol, cohort: Cohort) -> pa.Table:
    """DS: entry, end of treatment and why, last status (dead, withdrawn, or alive at cut-off)."""
    entered = np.flatnonzero(cohort.arm >= 0)
    start = _TERMS.index("RANDOMIZED" if protocol.plan.randomised else "ENROLLED")
    end = cohort.end
    treated = np.flatnonzero(cohort.treated)
    stop = last_dose(protocol, cohort)
    reason = np.select(
        [cohort.progression <= end, cohort.died, cohort.dropout <= end, stop + 28 < end],
        [2, 3, 4, 5],
        6,
    )
    off = np.where(reason == 5, stop, cohort.off_treatment)
    status = np.select([cohort.died, cohort.dropout < cohort.cutoff], [3, 4], 7)
    owner = np.concatenate([entered, treated, entered])
    term = np.concatenate([np.full(len(entered), start), reason[treated], status[entered]])
    category = np.repeat([0, 1, 2], [len(entered), len(treated), len(entered)])
    day = np.concatenate([np.zeros(len(entered), dtype=np.int64), off[treated], end[entered]])
    ongoing = (category == 1) & (term == 6)
    order = np.lexsort((category, owner))
    order = order[~ongoing[order]]
    owner, term, category, day = owner[order], term[order], category[order], day[order]
    return build(
        "ds",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "reported_term": words(_TERMS, term),
            "term": words(_TERMS, term),
            "category": words(_CATEGORIES, category),
            "date": cohort.date(owner, day),
        },
    )
