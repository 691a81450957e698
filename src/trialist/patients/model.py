"""One patient as shown: the dated entries of the records, and each endpoint's verdict with its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Kind = Literal[
    "dose",
    "psa",
    "measurement",
    "response",
    "soft tissue",
    "bone",
    "lesion",
    "bone scan",
    "progression",
    "adverse event",
    "new therapy",
    "last known alive",
    "death",
    "data cut-off",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated line of a patient's records.

    input       the input table that holds it
    day         offset from the reference date, null for a date that is not known in full
    end_day     last day of what lasts (an adverse event, a treatment taken daily)
    what        its name: treatment, response as recorded, test, adverse event term
    value       number with `unit` (a dose, a PSA in ng/mL), null where it has none
    below       the value is the limit of quantification: the true one is below it
    """

    input: str
    kind: Kind
    day: int | None
    what: str
    value: float | None = None
    unit: str | None = None
    end_day: int | None = None
    below: bool = False
    grade: int | None = None
    serious: bool | None = None
    related: bool | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number or reading of a rule. `own`: the protocol states it otherwise than the criteria."""

    option: str
    value: Any
    unit: str | None
    source: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """The line of a criteria file that a reason refers to: `P6`, its situation, what then counts."""

    name: str
    situation: str
    says: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The rule of an endpoint as published.

    says        what the derivation gives, in a sentence
    source      where its definition is published
    criteria    (title, source) of the criteria files it reads
    thresholds  theirs, with the values in force
    options     every other option in force, as (option, value)
    clauses     the lines that the verdict's reason refers to
    read        paragraphs of the endpoints it is read off
    """

    says: str
    source: str
    criteria: tuple[tuple[str, str], ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    clauses: tuple[Clause, ...] = ()
    read: tuple[tuple[str, Paragraph], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an endpoint says of one patient.

    estimand  the estimand whose strategies change the endpoint's rule; null: the endpoint's own rule
    rows     the patient's rows of the endpoint's table: one, several for visits, none where it says nothing
    absent   why the endpoint was not derived at all, else null
    seen     what the records hold on the deciding day, of the inputs that the rule reads
    """

    endpoint: str
    label: str
    derive: str
    shape: str
    rows: tuple[Mapping[str, Any], ...]
    absent: str | None
    seen: tuple[Entry, ...]
    paragraph: Paragraph | None
    estimand: str | None = None

    @property
    def row(self) -> Mapping[str, Any] | None:
        """The only row, or None."""
        return self.rows[0] if len(self.rows) == 1 else None


@dataclass(frozen=True, slots=True)
class Example:
    """A patient who was chosen by rule, and what they are the first of."""

    patient: Patient
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """A mark of a lane: `kind` is response, PSA response, progression or new therapy."""

    day: int
    kind: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One subject of a swimmer plot. `end`: day of death (`dead`), else the last day known alive."""

    subject: str
    arm: str
    end: int
    dead: bool
    doses: tuple[tuple[int, int], ...] = ()
    marks: tuple[Dated, ...] = ()


@dataclass(frozen=True, slots=True)
class Swimmer:
    """Lanes by arm, longest first. `of`: subjects per arm, those left out among them.

    told  kind of mark -> label of the endpoint that it is read off
    """

    lanes: tuple[Lane, ...]
    of: Mapping[str, int]
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spoke:
    """One line of a spider plot: (day, percent change from baseline), from (0, 0) on."""

    subject: str
    arm: str
    points: tuple[tuple[int, float], ...]
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Spider:
    """Lines by arm; `of`: subjects per arm who have one, those left out among them."""

    measure: str
    spokes: tuple[Spoke, ...]
    of: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient of a study.

    person           column of `subjects` -> value: arm, age, sex, the factors, first and last dose day ...
    reference        what day 0 is: the date, and what it is the date of
    entries          in the order of their days; those without a full date last
    reconstructed    a pseudo-patient of a published curve: there are no records, only a time
    """

    subject: str
    arm: str
    person: Mapping[str, Any]
    reference_date: date | None
    entries: tuple[Entry, ...]
    verdicts: tuple[Verdict, ...]
    reconstructed: bool = False

    def of(self, *kinds: Kind) -> tuple[Entry, ...]:
        """The dated entries of these kinds."""
        return tuple(e for e in self.entries if e.kind in kinds and e.day is not None)
