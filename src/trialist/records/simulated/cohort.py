"""The subjects of a simulated trial and the days on which the course of each turns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 10**6
"""A day that does not come within the calendar of a trial."""


@dataclass(frozen=True, slots=True)
class Scans:
    """Scans after baseline as the conduct of the trial has them, by subject and day: one row each.

    owner       position of the subject
    occurrence  of the arm's calendar, -1 unscheduled
    progressed  read as progression
    closing     progression is seen on its own day, and who has none is scanned on the last day
    """

    owner: Integers
    occurrence: Integers
    day: Integers
    progressed: Flags
    closing: bool

    def part(self, start: int, stop: int) -> Scans:
        """Those of the subjects start..stop-1."""
        cut = slice(*np.searchsorted(self.owner, [start, stop]))
        return Scans(
            self.owner[cut] - start, self.occurrence[cut], self.day[cut], self.progressed[cut], self.closing
        )


@dataclass(frozen=True, slots=True)
class Cohort:
    """One entry per subject, in order of entry. Days count from the reference date (day 0).

    subject      identifier
    arm          position of the arm in the protocol, -1 not allocated
    entered      days from the first possible entry of its trial
    reference    reference date, days since 1970-01-01
    consent      day of consent (0 or before)
    first_dose   first dose, NEVER when not treated
    progression  documented progression (latent: it may come after `end`), NEVER when death comes first
    death        death (latent)
    psa          PSA progression before documented progression and death, where a law of it is planned
    pain         pain progression (latent), where a law of it is planned; NEVER elsewhere
    skeletal     the first symptomatic skeletal event (latent), likewise
    dropout      end of participation by choice (latent)
    cutoff       the data cut-off
    levels       factor -> level number
    option       which of an arm's alternatives was chosen
    crossed      the start of another arm's treatment (latent), NEVER where there is none
    scans        where the plan's conduct says how scans are made; else they follow from the days above
    looks        one column per interim look: its day; before 0 for who enters after it
    reached      the same, and one of the cut-off: whether its events came by then
    """

    subject: pa.Array
    arm: Integers
    entered: Integers
    reference: Integers
    consent: Integers
    first_dose: Integers
    progression: Integers
    death: Integers
    psa: Integers
    pain: Integers
    skeletal: Integers
    dropout: Integers
    cutoff: Integers
    option: Integers
    levels: dict[str, Integers]
    crossed: Integers
    looks: Integers
    reached: Flags
    scans: Scans | None = None

    @property
    def size(self) -> int:
        return len(self.arm)

    @property
    def end(self) -> Integers:
        """Last day with anything known: death, dropout or cut-off."""
        return np.minimum(np.minimum(self.death, self.dropout), self.cutoff)

    @property
    def progressed(self) -> Flags:
        return self.progression <= self.end

    @property
    def died(self) -> Flags:
        return self.death <= np.minimum(self.dropout, self.cutoff)

    @property
    def treated(self) -> Flags:
        return self.first_dose <= self.end

    @property
    def off_treatment(self) -> Integers:
        """Day on which treatment and assessments stop: progression, or the end; 0 when not allocated."""
        return np.where(self.arm >= 0, np.minimum(self.progression, self.end), 0)

    def part(self, start: int, stop: int) -> Cohort:
        """Subjects start..stop-1."""
        cut = slice(start, stop)
        changed = {
            f.name: getattr(self, f.name)[cut]
            for f in fields(self)
            if f.name not in ("levels", "subject", "scans")
        }
        levels = {factor: codes[cut] for factor, codes in self.levels.items()}
        scans = None if self.scans is None else self.scans.part(start, stop)
        return replace(self, subject=self.subject[start:stop], levels=levels, scans=scans, **changed)

    def of(self, owner: Integers) -> pa.Array:
        """Subject identifiers of rows."""
        return self.subject.take(pa.array(owner))

    def date(self, owner: Integers, day: Integers) -> Integers:
        """Calendar dates of rows, days since 1970-01-01."""
        return self.reference[owner] + day
