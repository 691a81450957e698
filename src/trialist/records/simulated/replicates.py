"""Records of many replicates of a trial: one set of tables, in which a subject names its replicate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.draws import stream
from trialist.kernels.replicate_draws import Replicates, streams
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.simulated.course import follow, longest
from trialist.records.simulated.laws import Calibration, Laws, laws
from trialist.records.simulated.pain_course import Hazards, pain_hazards, with_pain
from trialist.records.simulated.simulate import (
    CHUNK,
    EVERYTHING,
    Settings,
    assumed,
    domains_of,
    impossible,
    settings_of,
)

Integers = NDArray[np.int64]

REFERENCE = 20_000
"""Subjects of the cohort that rates are worked out in, once for all replicates."""


@dataclass(frozen=True, slots=True)
class Model:
    """What all replicates of a trial share: its laws, calendars and rates; made once.

    size      subjects of each replicate
    pain      what it takes for pain to progress by its law (`pain_course.pain_hazards`)
    """

    protocol: Protocol
    laws: Laws
    settings: Settings
    size: int
    pain: Hazards


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of a batch.

    tables     domain -> table of all replicates
    subject    of every subject, and beside it the number of its `replicate`
    entered    its reference date, days since 1970-01-01
    first_entry  of each replicate, day of its first entry after the first possible one
    cutoff     of each replicate, days from the first possible entry to its cut-off
    looks      a row per replicate: the days of its interim looks, likewise
    reached    a row per replicate: whether the events of each look, and of the cut-off, came by then
    look_date  a row per subject: the dates of the looks of its replicate, days since 1970-01-01
    """

    tables: dict[str, pa.Table]
    subject: pa.Array
    replicate: Integers
    entered: Integers
    first_entry: Integers
    cutoff: Integers
    looks: Integers
    reached: NDArray[np.bool_]
    look_date: Integers


def replicate_model(
    protocol: Protocol, *, subjects: int, calibrate: Calibration = "published"
) -> tuple[Model | None, tuple[Problem, ...]]:
    """What the replicates of a protocol share.

    Parameters
        protocol   with a `simulation:` block
        subjects   of each replicate, 1 to 50,000
        calibrate  `published`, `design`, or `null`: in every arm the times and response proportions of the
                   control
    Returns   the model, or None when an error says why there is none. Where one simulated trial solves a
              rate in its own subjects (so that a planned proportion comes out), the replicates share the rate
              that does so in 20,000 subjects: the proportion then varies between replicates as it would.
    Problems  as of `simulate`; E530 more than 50,000 subjects
    """
    if calibrate == "null":
        protocol = _without_effect(protocol)
    wrong = impossible(protocol, subjects, 0)
    if subjects > CHUNK:
        what = f"a replicate of {subjects} subjects can't be simulated"
        wrong += (Problem("E530", what, f"choose 1 to {CHUNK:,} subjects, or simulate one trial"),)
    if wrong:
        return None, wrong
    chosen, problems = laws(protocol, calibrate)
    if chosen is None:
        return None, problems
    like, trouble = follow(protocol, chosen, REFERENCE, 0)
    if like is None:
        return None, (*problems, *trouble)
    like = with_pain(protocol, chosen, like, stream(0, "pain progression"))
    settings, notes = settings_of(protocol, chosen, like, longest(protocol))
    hazards = pain_hazards(protocol, chosen, like)
    made = Model(protocol, chosen, settings, subjects, hazards)
    return made, (*problems, *trouble, *notes, *assumed(protocol))


def _without_effect(protocol: Protocol) -> Protocol:
    """The protocol with the planned response proportions of the control arm in every arm.

    The control is the arm of that role, else the last. Times have their null by `laws`.
    """
    plan = protocol.plan.simulation
    if plan is None:
        return protocol
    arms = protocol.plan.arms
    control = next((name for name, arm in arms.items() if arm.role == "control"), tuple(arms)[-1])

    def same(stated: Mapping[str, float]) -> Mapping[str, float]:
        return dict.fromkeys(arms, stated[control]) if control in stated else stated

    words = ("psa_response", "objective_response")
    changed: dict[str, Any] = {word: same(getattr(plan, word)) for word in words}
    if plan.pain is not None:
        shares = {word: same(getattr(plan.pain, word)) for word in ("at_baseline", "response")}
        changed["pain"] = plan.pain.model_copy(update=shares)
    simulation = plan.model_copy(update=changed)
    return replace(protocol, plan=protocol.plan.model_copy(update={"simulation": simulation}))


def simulate_replicates(
    model: Model, replicates: Replicates, asked: frozenset[str] = EVERYTHING
) -> tuple[Batch, tuple[Problem, ...]]:
    """Records of these replicates.

    Parameters
        model       from `replicate_model`, with as many subjects as the replicates have
        replicates  seed and numbers; replicate k has the same records in every batch
        asked       the groups of tables to make (see `simulate.EVERYTHING`); DM, SC and DS are always made
    Problems  of the cohort: N502 to N505
    """
    protocol, chosen = model.protocol, model.laws
    cohort, problems = follow(protocol, chosen, replicates.subjects, replicates)
    assert cohort is not None
    cohort = with_pain(protocol, chosen, cohort, streams(replicates, "pain progression"), model.pain)
    tables = domains_of(protocol, chosen, model.settings, cohort, replicates, 0, asked)
    size = replicates.size
    cut = np.where(cohort.arm >= 0, cohort.entered + cohort.cutoff, 0)
    days = cohort.looks + cohort.entered[:, None]
    return Batch(
        tables,
        cohort.subject,
        np.repeat(np.asarray(replicates.numbers, dtype=np.int64), size),
        cohort.reference,
        cohort.entered[::size],
        cut.reshape(-1, size).max(axis=1, initial=0),
        days[::size],
        cohort.reached[::size],
        cohort.reference[:, None] + cohort.looks,
    ), problems
