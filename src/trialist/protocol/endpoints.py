"""The words of an `endpoints:` entry. `derive` names the rule; the other words are its options.

Each class is one derivation of `trialist.endpoints`, and holds every option a reader of the result
must know. Thresholds left out come from the named criteria file (`endpoints/criteria/*.yaml`).
`SHAPES` says which shape each derivation gives, so that analyses can be checked before data exist.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.protocol.combined_endpoints import BONE_PRESETS as BONE_PRESETS
from trialist.protocol.combined_endpoints import CombinedResponse as CombinedResponse
from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.exposure_endpoints import DoseIntensity
from trialist.protocol.marker_endpoints import (
    MarkerStatus,
    ReadAtTwoVisits,
    ReadAtVisit,
    RepeatedMeasurement,
    Window,
)
from trialist.protocol.pain_endpoints import CategoryShift, PainProgression, PainResponse, SkeletalEvent
from trialist.protocol.progression_endpoints import Censoring as Censoring
from trialist.protocol.progression_endpoints import ProgressionFreeSurvival as ProgressionFreeSurvival
from trialist.protocol.quantities import Days, Fraction


def _spelt(value: object) -> object:
    """A version that YAML read as a number, as it is written: 5.0 is "5.0", not "5"."""
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


_BASELINE_WINDOW = Field(
    default=None, description="an older value is no baseline; any up to day 0 counts when omitted"
)


class OverallSurvival(EndpointPart):
    """Time to death from any cause. New therapy never censors it, unless an estimand asks for that."""

    derive: Literal["overall_survival"]
    new_therapy: Literal["follow", "censor"] = "follow"


class PsaResponse(EndpointPart):
    derive: Literal["psa_response"]
    criteria: Literal["pcwg1", "pcwg2", "pcwg3", "tropic2010"] = "pcwg3"
    fall: Fraction | None = None
    confirmed: bool = True
    confirm_after: Days | None = None
    confirming: Literal["any_later", "consecutive"] | None = None
    baseline: Literal["last_before_dose", "first", "mean"] = "last_before_dose"
    baseline_window: Days | None = _BASELINE_WINDOW
    minimum_baseline: float | None = Field(default=None, ge=0, description="ng/mL; below it not evaluable")
    same_day: Literal["max", "min", "mean"] = "max"
    below_quantification: Literal["limit", "half", "zero"] = "limit"
    new_therapy: Literal["stop", "ignore"] = "stop"


class PsaProgression(EndpointPart):
    """Time to PSA progression; death is not an event (it competes)."""

    derive: Literal["psa_progression"]
    criteria: Literal["pcwg1", "pcwg2", "pcwg3", "tropic2010"] = "pcwg3"
    early_rise: Literal["no_decline_only", "all", "none"] | None = None
    confirming: Literal["consecutive", "any_later"] | None = None
    early_days: Days | None = Field(
        default=None,
        description="from which day a rise counts without a decline: 84 d in the criteria, less where the "
        "visit of week 12 may come earlier",
    )
    decline: Literal["any_earlier", "at_early_days"] = Field(
        default="any_earlier",
        description="what lets a rise count sooner: any earlier value below baseline, or a value below it "
        "nearest to early_days, at most 10 d away",
    )
    unconfirmed_last: Literal["censor", "event", "last_nonprogressing"] | None = Field(
        default=None,
        description="a rise that no later value could confirm: censored at the last PSA, an event, or "
        "censored at the last PSA before it; as the criteria say when omitted",
    )
    confirm_after: Days | None = None
    baseline: Literal["last_before_dose", "first", "mean"] = "last_before_dose"
    baseline_window: Days | None = _BASELINE_WINDOW
    same_day: Literal["max", "min", "mean"] = "max"
    below_quantification: Literal["limit", "half", "zero"] = "limit"
    new_therapy: Literal["stop", "ignore"] = "stop"


class PsaChange(EndpointPart):
    """Percent change from baseline: the best (lowest later value) or the one nearest a day."""

    derive: Literal["psa_change"]
    what: Literal["best", "at_day"] = "best"
    day: int | None = Field(default=None, description="84 when omitted")
    window: Days | None = Field(default=None, description="around the day; 10 d when omitted")
    baseline: Literal["last_before_dose", "first", "mean"] = "last_before_dose"
    baseline_window: Days | None = _BASELINE_WINDOW
    same_day: Literal["max", "min", "mean"] = "max"
    below_quantification: Literal["limit", "half", "zero"] = "limit"
    new_therapy: Literal["stop", "ignore"] = "stop"


class TumourResponse(EndpointPart):
    """Response at each visit from its lesions: targets, non-targets, new lesions, and all together."""

    derive: Literal["tumour_response"]
    criteria: Literal["recist_1_1"] = "recist_1_1"


class BoneProgression(EndpointPart):
    """Time to progression on bone scans by the 2+2 rule; death is not an event (it competes)."""

    derive: Literal["bone_progression"]
    criteria: Literal["pcwg3", "pcwg2_couaa302", "pcwg2_plain"] = "pcwg3"
    flare_scan: Literal["first_within", "every_within", "first"] | None = Field(
        default=None,
        description="which scans may show a flare: the first after baseline if within flare_days, every scan "
        "within them, or the first whenever it is; as the criteria say when omitted",
    )
    flare_days: Days | None = Field(
        default=None, description="from the reference date; as the criteria say when omitted"
    )
    later_reference: Literal["first_post", "baseline"] | None = Field(
        default=None,
        description="what later scans are compared with: the first scan after baseline, where it is a flare "
        "scan, or baseline; as the criteria say when omitted",
    )
    confirm_after: Days | None = Field(
        default=None, description="sooner scans are passed over; as the criteria say when omitted"
    )
    unresolved: Literal["pdu", "pd"] | None = Field(
        default=None,
        description="progression that no later scan could confirm: none, or progression all the same; as the "
        "criteria say when omitted",
    )
    new_therapy: Literal["stop", "ignore"] = "stop"


class BestResponse(EndpointPart):
    """Best overall response from the overall responses at visits (RECIST 1.1 section 4.4.3)."""

    derive: Literal["best_overall_response"]
    criteria: Literal["recist_1_1", "recist_1_0"] = "recist_1_1"
    confirmed: bool
    confirm_after: Days | None = None
    minimum_stable: Days | None = None
    max_not_evaluable: int | None = Field(default=None, ge=0)
    accept_stable_between: bool | None = None
    missing_as_not_evaluable: bool = False
    read: Literal["reported", "lesions", "combined"] = Field(
        default="reported",
        description="responses as reported (RS), derived from lesions by RECIST 1.1, or from lesions and "
        "bone scans",
    )
    bone: Literal["pcwg3", "pcwg2_couaa302", "pcwg2_plain"] = Field(
        default="pcwg3", description="criteria of bone scans, with read: combined"
    )
    unresolved: Literal["pdu", "pd"] | None = Field(
        default=None,
        description="with read: combined, progression on bone scans that no later scan could confirm: read "
        "as SD, or as progression; as the criteria say when omitted",
    )
    new_therapy: Literal["stop", "ignore"] = "stop"


class OfResponse(EndpointPart):
    """What is read off a best overall response."""

    of: str = Field(description="the best_overall_response endpoint it reads")


class ObjectiveResponse(OfResponse):
    """Yes when the best overall response named by `of` is CR or PR."""

    derive: Literal["objective_response"]


class DiseaseControl(OfResponse):
    """Yes when the best overall response named by `of` is CR, PR, SD or NON-CR/NON-PD."""

    derive: Literal["disease_control"]


class TimeToResponse(OfResponse):
    """Time to the first CR or PR, in those whose best overall response is one."""

    derive: Literal["time_to_response"]


class DurationUntil(OfResponse):
    """A time among those of one best overall response, ended by a progression-free time."""

    until: str = Field(description="the progression_free_survival endpoint that ends it, and censors it")


class DurationOfResponse(DurationUntil):
    """Time from the first CR or PR to progression or death, in those whose best overall response is one."""

    derive: Literal["duration_of_response"]


class DurationOfStableDisease(DurationUntil):
    """Time from the reference date to the end of `until`, in those whose best overall response is SD."""

    derive: Literal["duration_of_stable_disease"]


class BetweenVisits(EndpointPart):
    """One measurement at two visits of the same subject."""

    measurement: str = Field(description="test code of the records (LBTESTCD)")
    unit: str | None = None
    baseline: str = Field(description="visit id")
    at: str = Field(description="visit id")


class PairedChange(BetweenVisits, ReadAtTwoVisits):
    """Change of one measurement between two visits in the same subject."""

    derive: Literal["paired_change"]
    scale: Literal["natural", "log", "percent"] = Field(
        default="natural",
        description="a difference, a difference of natural logarithms, or 100 x difference / baseline",
    )


class CellCountResponse(BetweenVisits):
    """A fall of the circulating tumour cell count: to a favourable count, to none, or by a share."""

    derive: Literal["cell_count_response"]
    what: Literal["conversion", "clearance", "decline"]
    minimum_baseline: float | None = Field(
        default=None, ge=0, description="cells per 7.5 mL; below it not evaluable"
    )
    fall: Fraction | None = Field(default=None, description="of a decline; 30 % when omitted")
    at_days: Window = Field(
        default=None, description="first and last day, from day 0, on which a count at the visit `at` counts"
    )


class LinkedMeasurements(ReadAtVisit):
    """Two measurements of the same subject at one visit, for correlation."""

    derive: Literal["linked_measurements"]
    first: str
    second: str
    at: str
    of: Literal["value", "change", "ratio"] = Field(
        default="value",
        description="the value, or its difference from (ratio to) the last at day 0 or before",
    )


class AdverseEvents(EndpointPart):
    """Subjects with at least one such event."""

    derive: Literal["adverse_event"]
    term: str | None = Field(default=None, description="preferred term; any event when omitted")
    minimum_grade: int = Field(default=1, ge=1, le=5)
    serious: bool = False
    related: bool = False
    treatment_emergent: bool = True
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")


class LaboratoryGrade(EndpointPart):
    """Grade of a laboratory value by CTCAE: that at baseline, and the worst one on treatment."""

    derive: Literal["laboratory_grade"]
    version: Annotated[
        Literal["4.0", "4.01", "4.02", "4.03", "4.3", "5.0", "6.0"], BeforeValidator(_spelt)
    ] = Field(
        description="of CTCAE; grades of one version are not those of another. 4.0 to 4.02 are read as 4.03; "
        "4.3 was never released, is read as 4.03 and told"
    )
    term: str = Field(
        min_length=1, description="CTCAE term as printed, one that is graded by value: Anemia, Hypokalemia"
    )
    window: Days | None = Field(default=None, description="after the last dose; 30 d when omitted")
    tie: Literal["worst", "mild"] = Field(
        default="worst", description="of grades that symptoms alone tell apart, the worst or the mildest"
    )
    require_outside_normal_range: bool = Field(
        default=False, description="a value within its own limits of normal is grade 0, past a cut or not"
    )
    abnormal_baseline: Literal["graded", "ungraded"] = Field(
        default="graded",
        description="what a term graded by multiples of an abnormal baseline makes of the baseline itself: "
        "grade 0, or none",
    )
    creatinine_above_limit: bool = Field(
        default=False, description="4.03: grade 1 by the baseline also asks for a value above the limit"
    )
    unit: Literal["reported", "standard"] = Field(
        default="reported",
        description="graded in the unit that the laboratory reported, where CTCAE prints cuts in it, or "
        "always in the standard unit",
    )
    calcium: Literal["corrected", "total"] = Field(
        default="corrected",
        description="corrected by albumin of the same day where the records hold no corrected value, or as "
        "it was measured",
    )


Endpoint = Annotated[
    OverallSurvival
    | ProgressionFreeSurvival
    | PsaResponse
    | PsaProgression
    | PsaChange
    | TumourResponse
    | CombinedResponse
    | BoneProgression
    | PainResponse
    | PainProgression
    | SkeletalEvent
    | CategoryShift
    | BestResponse
    | ObjectiveResponse
    | DiseaseControl
    | TimeToResponse
    | DurationOfResponse
    | DurationOfStableDisease
    | PairedChange
    | RepeatedMeasurement
    | CellCountResponse
    | LinkedMeasurements
    | MarkerStatus
    | AdverseEvents
    | AdverseEventTable
    | LaboratoryGrade
    | DoseIntensity,
    Field(discriminator="derive"),
]

SHAPES = MappingProxyType(
    {
        "overall_survival": "TimeToEvent",
        "progression_free_survival": "TimeToEvent",
        "psa_progression": "TimeToEvent",
        "bone_progression": "TimeToEvent",
        "pain_progression": "TimeToEvent",
        "skeletal_event": "TimeToEvent",
        "category_shift": "Grade",
        "psa_response": "Response",
        "pain_response": "Response",
        "tumour_response": "Visits",
        "combined_response": "Visits",
        "best_overall_response": "Category",
        "objective_response": "Response",
        "disease_control": "Response",
        "time_to_response": "TimeToEvent",
        "duration_of_response": "TimeToEvent",
        "duration_of_stable_disease": "TimeToEvent",
        "psa_change": "Measurement",
        "paired_change": "Measurement",
        "repeated_measurement": "Repeated",
        "cell_count_response": "Response",
        "linked_measurements": "Pair",
        "marker_status": "Category",
        "adverse_event": "Response",
        "adverse_events": "Occurrence",
        "laboratory_grade": "Grade",
        "dose_intensity": "Exposure",
    }
)

# word of an entry -> (input of its derivation, what the endpoint it names must derive)
READS = MappingProxyType(
    {
        "of": ("best_response", "best_overall_response"),
        "until": ("progression", "progression_free_survival"),
    }
)
