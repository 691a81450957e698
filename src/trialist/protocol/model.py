"""What was planned: the parts of a protocol, frozen, with the place each came from.

The YAML file is the only way in (`protocol.parse`); this module says which words it may hold. Every
class is one block of the file and refuses words it does not know. Durations, percentages, doses and
volumes carry their unit (`21 d`, `50 %`, `25 mg/m2`, `10 mL`). Conditions are SQL boolean expressions
(`protocol.predicate`). Day 0 is the reference date; day offsets are differences of dates.

The classes of endpoints, analyses and design assumptions live in `protocol.endpoints`,
`protocol.analyses` and `protocol.assumptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from trialist.problems import Place
from trialist.protocol.adverse_event_endpoints import TermList
from trialist.protocol.analyses import Analysis, Estimand
from trialist.protocol.assumptions import Assumption
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.multiplicity import Family
from trialist.protocol.part import Part
from trialist.protocol.quantities import (
    Change,
    Days,
    Dose,
    Hours,
    Label,
    Millilitres,
    Months,
    Share,
    Spread,
    Title,
)
from trialist.protocol.records_plan import Curve as Curve
from trialist.protocol.records_plan import RecordsPlan as RecordsPlan
from trialist.protocol.simulated_conduct import ConductPlan
from trialist.protocol.simulated_times import SimulatedTime as SimulatedTime

Path = tuple[str | int, ...]


class Give(Part):
    """One drug as it is given in an arm."""

    drug: str
    dose: Dose | None = None
    route: Literal["intravenous", "oral", "subcutaneous", "intramuscular", "transdermal"] | None = None
    over: Hours | None = None
    every: Days | None = None
    times_a_day: int | None = Field(default=None, ge=1, le=24)
    day: int | None = Field(default=None, description="day of the cycle, 1 is its first day")
    max_cycles: int | None = Field(default=None, ge=1)
    purpose: Literal["treatment", "prophylaxis", "premedication", "supportive", "background"] = "treatment"
    levels: tuple[Dose, ...] = Field(default=(), description="dose levels after reductions, highest first")
    not_public: tuple[str, ...] = Field(default=(), description="facts about it that no public source states")
    note: str | None = None


class Arm(Part):
    """An arm. `code` is its ARMCD in the records (the arm's id when omitted)."""

    label: Label | None = None
    role: Literal["experimental", "control", "single", "by_rule"] | None = None
    code: str | None = None
    give: tuple[Give, ...] = ()
    choose_one: tuple[Give, ...] = ()
    planned_n: int | None = Field(default=None, ge=0)
    allocated_n: int | None = Field(default=None, ge=0, description="published number allocated")
    treated_n: int | None = Field(default=None, ge=0, description="published number treated")
    note: str | None = None


class Criterion(Part):
    """An eligibility criterion. `require` must be true (inclusion), `exclude` must not be (exclusion)."""

    id: str
    text: str
    require: str | None = None
    exclude: str | None = None
    source: str | None = None


class Factor(Part):
    """A baseline variable: a stratification factor or subgroup. `test` is its SCTESTCD in the records."""

    levels: tuple[str, ...]
    label: Label | None = None
    test: str | None = None
    note: str | None = None

    def code(self, name: str) -> str:
        """The SCTESTCD of the factor of this name: as stated, else its first 8 characters."""
        return self.test or name.upper()[:8]


class Rule(Part):
    """One line of a biomarker decision list: the first whose `when` is true decides."""

    when: str
    arm: str | None = None
    outcome: Literal["pending", "not_allocated"] | None = None
    reason: str


class Rescreening(Part):
    """A second screening episode: who may have it, when, and its own decision list."""

    from_arm: str
    on: str = Field(description="the event that opens it, e.g. progression")
    require: str | None = None
    rules: tuple[Rule, ...]
    max_episodes: int = Field(default=2, ge=2)
    enrolled_once: bool = True


class Fixed(Part):
    """One arm, or an allocation that was made outside (`single_arm`, or unspecified random)."""

    method: Literal["single_arm", "simple_random", "dynamic", "not_public"]
    ratio: Mapping[str, int] = Field(default_factory=dict)
    strata: tuple[str, ...] = ()
    note: str | None = None


class PermutedBlocks(Part):
    """Stratified permuted blocks; block sizes are multiples of the ratio's sum."""

    method: Literal["permuted_blocks"]
    ratio: Mapping[str, Annotated[int, Field(ge=1)]]
    block_sizes: tuple[int, ...] = ()
    strata: tuple[str, ...] = ()
    note: str | None = None


class Minimisation(Part):
    """Pocock and Simon 1975 (Biometrics 31:103): range or variance of counts, with probability `p`."""

    method: Literal["minimisation"]
    ratio: Mapping[str, Annotated[int, Field(ge=1)]]
    strata: tuple[str, ...]
    measure: Literal["range", "variance"] = "range"
    p: float = Field(default=0.8, gt=0, le=1)
    weights: Mapping[str, float] = Field(default_factory=dict)
    note: str | None = None


class BiomarkerRules(Part):
    """Allocation by a decision list on biomarkers, with re-screening. Not randomisation."""

    method: Literal["biomarker_rules"]
    inputs: Mapping[str, Literal["number", "text", "boolean"]]
    rules: tuple[Rule, ...]
    rescreening: Rescreening | None = None
    note: str | None = None


Allocation = Annotated[Fixed | PermutedBlocks | Minimisation | BiomarkerRules, Field(discriminator="method")]


class Epoch(Part):
    id: str
    label: Label | None = None


class Visit(Part):
    """A visit, once or repeated.

    `day` counts from `after` (default: the reference date, day 0). `window` is the days allowed
    before and after. With `every` the visit repeats, `times` at most, or until the event `until`.
    Visits of one `timeline` may not overlap; a scan calendar is a timeline of its own.
    """

    epoch: str
    day: int = 0
    after: Literal["reference", "last_dose", "progression", "end_of_infusion", "previous_visit"] = "reference"
    window: tuple[int, int] = Field(default=(0, 0), description="days before and after that still count")
    every: Days | None = None
    times: int | None = Field(default=None, ge=1)
    until: str | None = None
    timeline: str = "visits"
    label: Label | None = None
    cycle_day: int | None = Field(
        default=None, description="for a visit repeated every cycle: its day in the cycle"
    )


class Assessment(Part):
    """Something measured at visits: the domain and test code of its records."""

    label: Label
    domain: str
    test: str | None = None
    at: tuple[str, ...]
    arms: tuple[str, ...] = ()
    when: str | None = None
    note: str | None = None


class Draw(Part):
    """When one specimen kind is taken: visits (or hours after `after` for PK), tubes, and how often."""

    at: str
    tubes: int = Field(default=1, ge=1)
    hours: tuple[float, ...] = Field(default=(), description="nominal hours after the start of infusion")
    times: int | None = Field(
        default=None, ge=1, description="how many such draws; the visit's own number when omitted"
    )
    when: str | None = None


class Specimen(Part):
    """A specimen kind. The stated total is checked against tubes x volume x times."""

    label: Label
    kind: Literal["blood", "bone_marrow", "tissue", "urine", "other"] = "blood"
    purpose: str | None = None
    tube: Millilitres | None = None
    arms: tuple[str, ...] = ()
    draws: tuple[Draw, ...]
    stated_total: Millilitres | None = None
    stated_source: str | None = None
    note: str | None = None


class Schedule(Part):
    epochs: tuple[Epoch, ...] = ()
    cycle: Days | None = None
    visits: Mapping[str, Visit] = Field(default_factory=dict)
    assessments: Mapping[str, Assessment] = Field(default_factory=dict)
    specimens: Mapping[str, Specimen] = Field(default_factory=dict)
    not_public: tuple[str, ...] = ()


class Population(Part):
    """An analysis set: a condition over one row per subject (see `endpoints.inputs` for its columns)."""

    label: Label
    where: str
    by: Literal["planned", "actual"] = Field(
        default="planned", description="arms as allocated, or as treated (safety)"
    )
    note: str | None = None


class Source(Part):
    citation: str
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    kind: str | None = None
    read: str | None = Field(default=None, description="how much of it was read")


class NotPublic(Part):
    """A fact that was looked for and is not public. It is shown as such and never made up."""

    what: str
    note: str | None = None


class StatedOtherwise(Part):
    """The same design fact as different sources state it."""

    what: str
    values: Mapping[str, str] = Field(description="source id -> what it states")
    used: str | None = Field(default=None, description="which of them this file follows, and why")


class SimulationPlan(ConductPlan):
    """What a simulation of this trial assumes. Published values carry a source, the rest is `assumed`."""

    accrual_months: Months
    follow_up_months: Months = Field(description="from the last patient in to the cut-off")
    dropout_per_year: float = Field(default=0.0, ge=0, lt=1)
    cut_at_events: Mapping[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="endpoint -> events at the cut-off"
    )
    times: Mapping[str, SimulatedTime] = Field(default_factory=dict)
    death_before_progression: float = Field(
        default=0.15, ge=0, lt=1, description="share of the death density that strikes before progression"
    )
    psa_response: Mapping[str, Share] = Field(default_factory=dict, description="arm -> proportion")
    psa_baseline_median: float | None = Field(default=None, gt=0, le=1e6, description="ng/mL")
    objective_response: Mapping[str, Share] = Field(default_factory=dict)
    measurable: float | None = Field(default=None, ge=0, le=1)
    adverse_events: Mapping[str, Mapping[str, tuple[Share, Share]]] = Field(
        default_factory=dict, description="term -> arm -> [any grade, grade 3 or more] proportions"
    )
    markers: Mapping[str, tuple[Change, Spread]] = Field(
        default_factory=dict, description="paired marker -> [mean change, SD of change] in its unit"
    )
    evaluable: float | None = Field(default=None, ge=0, le=1)
    factor_levels: Mapping[str, Mapping[str, float]] = Field(
        default_factory=dict, description="factor -> level -> share"
    )
    assumed: tuple[str, ...] = Field(default=(), description="which of these are assumptions of ours")


class TrialProtocol(Part):
    """The whole file."""

    trial: str
    title: Title
    registered: tuple[str, ...] = ()
    phase: str | None = None
    condition: str
    setting: str | None = None
    blinding: Literal["open_label", "single_blind", "double_blind"] | None = None
    randomised: bool
    dates: Mapping[str, str] = Field(
        default_factory=dict, description="first_enrolled, last_enrolled, cut_off, ..."
    )
    reference: Literal["randomisation", "first_dose", "enrolment"] = "randomisation"
    sources: Mapping[str, Source] = Field(default_factory=dict)
    not_public: tuple[NotPublic, ...] = ()
    stated_otherwise: tuple[StatedOtherwise, ...] = ()
    arms: Mapping[str, Arm]
    eligibility: tuple[Criterion, ...] = ()
    factors: Mapping[str, Factor] = Field(default_factory=dict)
    allocation: Allocation
    schedule: Schedule = Field(default_factory=Schedule)
    term_lists: Mapping[str, TermList] = Field(default_factory=dict)
    endpoints: Mapping[str, Endpoint]
    populations: Mapping[str, Population]
    estimands: Mapping[str, Estimand] = Field(default_factory=dict)
    analyses: Mapping[str, Analysis] = Field(default_factory=dict)
    multiplicity: Mapping[str, Family] = Field(
        default_factory=dict, description="families of analyses whose p values are adjusted together"
    )
    design: tuple[Assumption, ...] = ()
    records: RecordsPlan | None = None
    simulation: SimulationPlan | None = None


@dataclass(frozen=True)
class Protocol:
    """A parsed protocol file: the plan, the place of every part of it, and the text's fingerprint.

    `place(*path)` is the place of a part, or of the nearest enclosing part that has one. `left_out` holds
    the blocks with faults when only the remainder of a file is checked (`protocol.remainder`).
    """

    plan: TrialProtocol
    file: str
    fingerprint: str
    places: Mapping[Path, Place] = field(repr=False)
    left_out: frozenset[Path] = frozenset()

    def place(self, *path: str | int) -> Place:
        for end in range(len(path), -1, -1):
            found = self.places.get(path[:end])
            if found is not None:
                return found
        return Place(self.file, 1)
