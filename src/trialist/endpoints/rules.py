"""The rules that derivations run under: frozen, every option filled, nothing a hidden default.

`criteria.rule_for` makes them from a protocol entry and the criteria file it names. Days are whole days,
PSA values ng/mL, ratios plain numbers; `tolerance` is the relative slack of closed thresholds.
`reads` names the inputs that a rule looks at: a derivation is handed more tables than one rule needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialist.endpoints.adverse_event_rules import OccurrenceRule
from trialist.endpoints.combined_rules import CombinedResponseRule
from trialist.endpoints.exposure_rules import DoseIntensityRule
from trialist.endpoints.marker_rules import MarkerRule
from trialist.endpoints.pain_rules import PainProgressionRule, PainResponseRule
from trialist.endpoints.palliation_rules import CategoryShiftRule, SkeletalEventRule


@dataclass(frozen=True, slots=True)
class PsaReading:
    """How PSA values are read before any threshold is applied."""

    baseline: str
    baseline_window: int | None
    same_day: str
    below_factor: float
    new_therapy: str
    tolerance: float

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "psa"})


@dataclass(frozen=True, slots=True)
class PsaResponseRule(PsaReading):
    fall: float
    confirmed: bool
    confirm_after: int
    confirming: str
    minimum_baseline: float


@dataclass(frozen=True, slots=True)
class PsaProgressionRule(PsaReading):
    rise_ratio: float
    rise_absolute: float
    responder_rise_ratio: float
    responder_rise_absolute: float
    responder_fall: float
    confirm_after: int
    confirming: str
    early_rise: str
    early_days: int
    decline: str
    decline_window: int
    unconfirmed_last: str

    @property
    def idle(self) -> frozenset[str]:
        """Options that decide nothing under the others."""
        if self.early_rise != "no_decline_only":
            return frozenset({"decline", "decline_window"})
        return frozenset() if self.decline == "at_early_days" else frozenset({"decline_window"})


@dataclass(frozen=True, slots=True)
class PsaChangeRule(PsaReading):
    what: str
    at: int
    window: int


@dataclass(frozen=True, slots=True)
class BoneRule:
    """The 2+2 rule: numbers of lesions, and `flare_days` and `confirm_after` in days."""

    flare_scan: str
    flare_days: int
    later_reference: str
    new_lesions: int
    additional_lesions: int
    persisting_lesions: int
    confirm_after: int
    unresolved: str
    new_therapy: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "bone_scans"})


@dataclass(frozen=True, slots=True)
class OverallSurvivalRule:
    new_therapy: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects"})


@dataclass(frozen=True, slots=True)
class TumourResponseRule:
    """Thresholds in mm, or as fractions; `overall` gives the response for target, non-target, new lesion."""

    partial_fall: float
    progression_rise: float
    progression_absolute: float
    normal_node: float
    too_small: float
    tolerance: float
    overall: tuple[tuple[str, str, str, str], ...]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "lesions"})


@dataclass(frozen=True, slots=True)
class ProgressionRule:
    """Components and censoring of a progression-free time; intervals, `grace` and `span` in days.

    soft_tissue_interval, bone_interval  planned time between scans of that part; None: none is due
    planned_days                         of the assessments, in place of intervals that change by the schedule
    span                                 how far apart the scans of one visit may lie
    confirm_first_soft_tissue            days after which a scan confirms that of the first; None: not asked
    """

    first_of: tuple[str, ...]
    psa: PsaProgressionRule
    new_therapy: str
    missed: str
    no_baseline: str
    clinical: str
    missed_assessments: int
    interval: int
    grace: int
    soft_tissue_interval: int | None
    bone_interval: int | None
    planned_days: tuple[int, ...]
    span: int
    known: tuple[str, ...]
    not_readable: tuple[str, ...]
    progression: tuple[str, ...]
    order: tuple[str, ...]
    confirm_first_soft_tissue: int | None = None
    visit_date: str = "first"
    lesions: TumourResponseRule | None = None
    pain: PainProgressionRule | None = None
    bone_scans: BoneRule | None = None

    @property
    def reads(self) -> frozenset[str]:
        of = {
            "radiographic_progression": (
                "lesions" if self.lesions else "responses",
                *(["bone_scans"] if self.bone_scans else []),
            ),
            "soft_tissue_progression": ("lesions" if self.lesions else "soft_tissue",),
            "bone_progression": ("bone_scans" if self.bone_scans else "bone",),
            "psa_progression": ("psa",),
            "pain_progression": ("pain" if self.pain else "progressions",),
            "clinical_progression": ("progressions",),
            "death": (),
        }
        return frozenset({"subjects"}.union(*(of[part] for part in self.first_of)))


@dataclass(frozen=True, slots=True)
class BestResponseRule:
    confirmed: bool
    confirm_after: int
    minimum_stable: int
    max_not_evaluable: int
    max_stable_between: int
    accept_stable_between: bool
    missing_as_not_evaluable: bool
    new_therapy: str
    worst_of_day: tuple[str, ...]
    read_as: Mapping[str, str]
    lesions: TumourResponseRule | None = None
    combined: CombinedResponseRule | None = None

    @property
    def reads(self) -> frozenset[str]:
        if self.combined is not None:
            return self.combined.reads
        return frozenset({"subjects", "lesions" if self.lesions else "responses"})


@dataclass(frozen=True, slots=True)
class OfResponseRule:
    """What is read off the best overall response `of`; `until`: the endpoint that ends a response."""

    of: str
    until: str | None = None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects"})


@dataclass(frozen=True, slots=True)
class CellCountRule:
    """`at_most` cells, or a fall by `fall` of the baseline, from a baseline of `minimum_baseline` or more."""

    measurement: str
    unit: str | None
    baseline: str
    at: str
    what: str
    minimum_baseline: float
    at_most: float | None
    fall: float | None
    at_days: tuple[int, int] | None
    tolerance: float

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "measurements"})


@dataclass(frozen=True, slots=True)
class AdverseEventRule:
    term: str | None
    minimum_grade: int
    serious: bool
    related: bool
    treatment_emergent: bool
    window: int

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "adverse_events"})


@dataclass(frozen=True, slots=True)
class LaboratoryCut:
    """One row of the table: a value has the grade where the condition and both sides hold.

    unit       as CTCAE prints it; None where the cuts are multiples of references alone
    condition  of the baseline value: ANY, BASE_NORMAL, BASE_ABNORMAL, BASE_LOW, BASE_NOT_LOW
    grade      None: a value that holds is graded by another term, so its grade here is undetermined
    lower      number of the lower side by its basis: ABS, ULN, LLN, BASE, ULN+, BASE+, MAX(BASE,ULN); a
               side without an operator does not bind
    """

    test: str
    grade: int | None
    unit: str | None
    condition: str
    lower_op: str
    lower_basis: str
    lower: float | None
    upper_op: str
    upper_basis: str
    upper: float | None


@dataclass(frozen=True, slots=True)
class LaboratoryGradeRule:
    """`unit_names` and `conversions` say how reported units are read; `window` is in days.

    version         whose cuts are used; stated_version is as the protocol writes it
    direction       L: low values are graded, H: high ones
    unit            reported: a value is graded in the unit that it was reported in, where there are cuts
    `tie`, `creatinine_above_limit` and `calcium` have changed the cuts already.
    """

    version: str
    term: str
    window: int
    tolerance: float
    cuts: tuple[LaboratoryCut, ...]
    unit_names: Mapping[str, tuple[str, ...]]
    conversions: tuple[tuple[str, str, str, float], ...]
    direction: str = "L"
    tie: str = "worst"
    require_outside_normal_range: bool = False
    abnormal_baseline: str = "graded"
    creatinine_above_limit: bool = False
    unit: str = "reported"
    calcium: str = "corrected"
    stated_version: str | None = None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"subjects", "laboratory"})


Rule = (
    PsaResponseRule
    | PsaProgressionRule
    | PsaChangeRule
    | BoneRule
    | PainResponseRule
    | PainProgressionRule
    | SkeletalEventRule
    | CategoryShiftRule
    | OverallSurvivalRule
    | ProgressionRule
    | TumourResponseRule
    | CombinedResponseRule
    | BestResponseRule
    | OfResponseRule
    | CellCountRule
    | MarkerRule
    | AdverseEventRule
    | OccurrenceRule
    | LaboratoryGradeRule
    | DoseIntensityRule
)
