"""The words of a progression-free time and of its censoring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trialist.protocol.endpoint_part import EndpointPart
from trialist.protocol.part import Part
from trialist.protocol.quantities import Days

_READ = "soft tissue as reported (RS), or derived from its lesions (TU, TR) by RECIST 1.1"


class Censoring(Part):
    """How a progression-free time is censored: rules P1-P11 of `criteria/pfs_censoring.yaml`."""

    rule: Literal["fda", "fda_inclusive", "ema"] = Field(
        default="fda",
        description="FDA 2018: Table A, or its inclusive variant in the manner of Table C; or the EMA",
    )
    missed_assessments: int | None = Field(default=None, ge=1, description="P9; 2 when omitted")
    interval: Days | None = Field(default=None, description="planned time between assessments")
    soft_tissue_interval: Days | None = Field(
        default=None,
        description="planned time between scans of soft tissue: an assessment without one that is due is not "
        "adequate; that of the schedule (SFTSRESP) when omitted",
    )
    bone_interval: Days | None = Field(
        default=None,
        description="the same for bone scans; that of the schedule (BONERESP) when omitted",
    )
    grace: Days | None = Field(default=None, description="added to the missed intervals; 14 d when omitted")
    new_therapy: Literal["censor", "follow", "event"] | None = Field(
        default=None, description="P6; as the rule says when omitted"
    )
    missed: Literal["censor", "event"] | None = Field(
        default=None, description="P9; as the rule says when omitted"
    )
    no_baseline: Literal["censor", "follow"] | None = Field(
        default=None, description="P1; as the rule says when omitted"
    )
    clinical: Literal["censor", "follow", "event"] | None = Field(
        default=None,
        description="P4; an event where clinical_progression is a component; as the rule says when omitted",
    )


class ProgressionFreeSurvival(EndpointPart):
    """First of the named components. With `death` it is a survival, without it a time to progression."""

    derive: Literal["progression_free_survival"]
    first_of: tuple[
        Literal[
            "radiographic_progression",
            "soft_tissue_progression",
            "bone_progression",
            "psa_progression",
            "pain_progression",
            "clinical_progression",
            "death",
        ],
        ...,
    ] = Field(min_length=1)
    soft_tissue: Literal["recist_1_1", "recist_1_0"] | None = None
    bone: Literal["pcwg2", "pcwg3", "pcwg2_couaa302", "pcwg2_plain"] | None = Field(
        default=None,
        description="with read: lesions, bone progression is derived from bone scans by these criteria",
    )
    unresolved: Literal["pdu", "pd"] | None = Field(
        default=None,
        description="progression on bone scans that no later scan could confirm: none, or progression all "
        "the same; as the criteria say when omitted",
    )
    visit_date: Literal["first", "last"] | None = Field(
        default=None,
        description="with read: lesions, where the scans of a visit lie on several days: the day of the "
        "first of them, or of the last that shows the growth (for a new lesion the scan that shows it); "
        "last when omitted",
    )
    confirm_first_soft_tissue: bool = Field(
        default=False,
        description="progression in soft tissue at the first reassessment counts only where a scan 42 d or "
        "more later shows it too (PCWG2)",
    )
    psa: Literal["pcwg1", "pcwg2", "pcwg3", "tropic2010"] | None = None
    pain: Literal["ppi_analgesic", "bpi"] | None = Field(
        default=None,
        description="pain progression from pain scores by these criteria; as recorded (RS) when omitted",
    )
    read: Literal["reported", "lesions"] = Field(default="reported", description=_READ)
    censoring: Censoring = Field(default_factory=Censoring)
