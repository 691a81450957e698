"""What is seen of the latent days under the trial's conduct: scans made and read, dropout, crossover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Seed, of_rows, streams
from trialist.protocol.model import Protocol
from trialist.protocol.simulated_conduct import SimulatedConduct
from trialist.records.simulated.cohort import NEVER, Scans
from trialist.records.simulated.latent import Course
from trialist.records.simulated.laws import Laws
from trialist.records.simulated.tumours import tumour_plan
from trialist.records.simulated.visits import Calendar, attended, every

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_UNSEEN = 5 * 365
"""Days after which a progression that no scan has shown is no longer looked for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Days of every subject: documented progression, death, PSA progression before it, dropout, crossover.

    scans is None where the conduct says nothing of them.
    """

    progression: Integers
    death: Integers
    rising: Integers
    dropout: Integers
    crossed: Integers
    scans: Scans | None = None


def conducted(
    protocol: Protocol,
    laws: Laws,
    arm: Integers,
    latent: Course,
    dropout: Integers,
    horizon: int,
    seed: Seed,
) -> Seen:
    """The days as they come to be documented.

    Scans are made on the days of the arm's calendar, moved by its delay, within the windows of the schedule,
    until death, dropout or documented progression; a share of them is missed. With `own_day` progression is
    documented on its own day. With `next_scan` it is so at the first scan that shows it: one from that day on
    that is not read late, or one before it that is read early. A share of those whose progression would be
    documented drops out the day before. Crossover starts some days after documented progression and
    multiplies the hazard of death from there on (from progression, where it was read early).
    """
    plan = protocol.plan.simulation
    assert plan is not None
    nobody = np.full(len(arm), NEVER, dtype=np.int64)
    seen = Seen(latent.progression, latent.death, latent.rising, dropout, nobody)
    conduct = plan.conduct
    if conduct is None:
        return seen
    arms = tuple(protocol.plan.arms)
    scan_plan = tumour_plan(protocol, laws.progression, horizon) if laws.progression else None
    if scan_plan is not None and _on_scans(conduct):
        scans = _scans(arms, conduct, scan_plan.calendar, arm, latent, dropout, horizon, seed)
        documented = latent.progression
        if conduct.progression_seen == "next_scan":
            documented = nobody.copy()
            np.minimum.at(documented, scans.owner[scans.progressed], scans.day[scans.progressed])
        seen = replace(seen, progression=documented, scans=scans)
    leaves = _by_arm(arms, conduct.dropout_before_progression)[arm]
    chance = streams(seed, "dropout before progression").random(len(arm))
    gone = (chance < leaves) & (seen.progression < NEVER) & (seen.progression > 1)
    dropout = np.where(gone, np.minimum(dropout, seen.progression - 1), dropout)
    rising = np.where(seen.rising < seen.progression, seen.rising, NEVER)
    seen = replace(seen, dropout=dropout, rising=rising)
    seen = _crossed(arms, conduct, arm, latent, seen, seed)
    return seen if seen.scans is None else replace(seen, scans=_until_documented(seen.scans, seen))


def _on_scans(conduct: SimulatedConduct) -> bool:
    """Whether the conduct says anything of scans."""
    changed = (conduct.missed_assessments, conduct.scan_interval, conduct.scan_delay)
    return conduct.progression_seen == "next_scan" or any(changed)


def _by_arm(arms: Sequence[str], stated: Mapping[str, float]) -> Floats:
    """One number per arm, 0 where nothing is stated; the last is of subjects without an arm."""
    return np.array([*(float(stated.get(name, 0.0)) for name in arms), 0.0])


def _scans(
    arms: Sequence[str],
    conduct: SimulatedConduct,
    calendar: Calendar,
    arm: Integers,
    latent: Course,
    dropout: Integers,
    horizon: int,
    seed: Seed,
) -> Scans:
    """The scans that are made, with how each is read, as long as nobody knows of a progression."""
    last = np.minimum(np.minimum(latent.death, dropout), horizon)
    last = np.minimum(last, latent.progression + _UNSEEN)
    if conduct.progression_seen == "own_day":
        last = np.minimum(last, latent.progression)
    missed = _by_arm(arms, conduct.missed_assessments)
    late, early = _by_arm(arms, conduct.read_late), _by_arm(arms, conduct.read_early)
    rows: list[tuple[Integers, Integers, Integers]] = []
    made: list[NDArray[np.bool_]] = []
    shown: list[NDArray[np.bool_]] = []
    for number, name in enumerate(arms):
        rng = streams(seed, "scans", name)
        own = _of_arm(calendar, name, conduct, horizon)
        owner, occurrence, day = attended(own, np.where(arm == number, last, 0), rng)
        occurrence = occurrence if name not in conduct.scan_interval else np.zeros_like(occurrence)
        draws = of_rows(rng, owner)
        made.append(draws.random(len(owner)) >= missed[number])
        chance = draws.random(len(owner))
        there = day >= latent.progression[owner]
        shown.append(np.where(there, chance >= late[number], chance < early[number]))
        rows.append((owner, occurrence, day))
    owner, occurrence, day = (np.concatenate(column) for column in zip(*rows, strict=True))
    progressed = np.concatenate(shown) & (conduct.progression_seen == "next_scan")
    kept = np.flatnonzero(np.concatenate(made))
    order = kept[np.lexsort((day[kept], owner[kept]))]
    closing = conduct.progression_seen == "own_day"
    return Scans(owner[order], occurrence[order], day[order], progressed[order], closing)


def _of_arm(calendar: Calendar, arm: str, conduct: SimulatedConduct, horizon: int) -> Calendar:
    """The calendar of an arm: its own interval in place of the schedule's, every day moved by its delay."""
    own, days = calendar, conduct.scan_interval.get(arm)
    if days is not None:
        window = int(max(calendar.early.max(initial=0), calendar.late.max(initial=0)))
        own = replace(every(days, horizon, window, *calendar.visit[:1]), baseline=calendar.baseline)
    delay = conduct.scan_delay.get(arm, 0)
    return replace(own, day=own.day + delay) if delay else own


def _crossed(
    arms: Sequence[str], conduct: SimulatedConduct, arm: Integers, latent: Course, seen: Seen, seed: Seed
) -> Seen:
    """Adds who crosses over and when, and moves the death of who does."""
    if not conduct.crossover:
        return seen
    chance = streams(seed, "crossover").random(len(arm))
    crossed, death = seen.crossed.copy(), seen.death.copy()
    for number, name in enumerate(arms):
        law = conduct.crossover.get(name)
        if law is None:
            continue
        day = seen.progression + law.after
        here = (arm == number) & (chance < law.share) & (seen.progression < NEVER)
        who = np.flatnonzero(here & (day < seen.death) & (day <= seen.dropout))
        crossed[who] = day[who]
        from_day = np.maximum(day[who], latent.progression[who])
        able = from_day < seen.death[who]
        who, from_day = who[able], from_day[able]
        hazard = latent.hazard[number]
        inside = from_day < len(hazard) - 1
        who, from_day = who[inside], from_day[inside]
        base = hazard[from_day]
        reached = np.searchsorted(hazard[1:], base + (latent.fatal[who] - base) / law.hazard_ratio, "left")
        death[who] = np.where(reached < len(hazard) - 1, np.maximum(reached, from_day), NEVER)
    return replace(seen, crossed=crossed, death=death)


def _until_documented(scans: Scans, seen: Seen) -> Scans:
    """The scans up to the documented progression and the dropout."""
    last = np.minimum(seen.progression, seen.dropout)[scans.owner]
    keep = scans.day < last + (not scans.closing)
    rows = (scans.owner[keep], scans.occurrence[keep], scans.day[keep])
    return Scans(*rows, scans.progressed[keep], scans.closing)
