"""An endpoint's rule with every option filled.

A protocol's own word wins over the criteria file; what neither states does not exist.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from trialist.endpoints import rules
from trialist.endpoints.adverse_event_rules import occurrence_rule
from trialist.endpoints.combined_rules import CombinedResponseRule
from trialist.endpoints.criteria import censoring, criteria, first, stated
from trialist.endpoints.exposure_rules import dose_intensity_rule
from trialist.endpoints.marker_rules import marker_rule
from trialist.endpoints.pain_rules import pain_component, pain_progression_rule, pain_response_rule
from trialist.endpoints.palliation_rules import category_shift_rule, skeletal_event_rule
from trialist.endpoints.planned import NOTHING_PLANNED, PlannedScans
from trialist.protocol import endpoints as words
from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.protocol.exposure_endpoints import DoseIntensity
from trialist.protocol.laboratory_terms import TOTAL_CALCIUM, resolved
from trialist.protocol.marker_endpoints import MarkerStatus, RepeatedMeasurement
from trialist.protocol.model import TrialProtocol
from trialist.protocol.pain_endpoints import CategoryShift, PainProgression, PainResponse, SkeletalEvent


def rule_for(endpoint: words.Endpoint, planned: PlannedScans = NOTHING_PLANNED) -> rules.Rule:
    """The rule of a protocol entry, every option filled.

    Parameters
        endpoint  the entry; its own words win over its criteria file
        planned   the scans of the trial's schedule, for an entry that states no interval
    Returns   a frozen rule of `endpoints.rules`
    """
    if isinstance(endpoint, words.PsaResponse):
        return _psa_response(endpoint)
    if isinstance(endpoint, words.PsaProgression):
        return _psa_progression(endpoint)
    if isinstance(endpoint, words.PsaChange):
        return rules.PsaChangeRule(
            **_psa_reading(endpoint),
            what=endpoint.what,
            at=first(endpoint.day, "psa_reading", "change", "day"),
            window=first(endpoint.window, "psa_reading", "change", "window"),
        )
    if isinstance(endpoint, words.BoneProgression):
        return _bone_progression(endpoint)
    if isinstance(endpoint, PainResponse):
        return pain_response_rule(endpoint)
    if isinstance(endpoint, PainProgression):
        return pain_progression_rule(endpoint)
    if isinstance(endpoint, SkeletalEvent):
        return skeletal_event_rule(endpoint)
    if isinstance(endpoint, CategoryShift):
        return category_shift_rule(endpoint)
    if isinstance(endpoint, words.OverallSurvival):
        return rules.OverallSurvivalRule(endpoint.new_therapy)
    if isinstance(endpoint, words.ProgressionFreeSurvival):
        return _progression(endpoint, planned)
    if isinstance(endpoint, words.TumourResponse):
        return tumour_response(endpoint.criteria)
    if isinstance(endpoint, words.CombinedResponse):
        return _combined(endpoint.bone, endpoint.unresolved, endpoint.visit_date)
    if isinstance(endpoint, words.BestResponse):
        return _best_response(endpoint)
    if isinstance(endpoint, words.OfResponse):
        return rules.OfResponseRule(endpoint.of, getattr(endpoint, "until", None))
    if isinstance(
        endpoint, words.PairedChange | RepeatedMeasurement | words.LinkedMeasurements | MarkerStatus
    ):
        return marker_rule(endpoint)
    if isinstance(endpoint, words.CellCountResponse):
        return _cell_count(endpoint)
    if isinstance(endpoint, words.LaboratoryGrade):
        return _laboratory_grade(endpoint)
    if isinstance(endpoint, AdverseEventTable):
        return occurrence_rule(endpoint)
    if isinstance(endpoint, DoseIntensity):
        return dose_intensity_rule(endpoint)
    return rules.AdverseEventRule(
        endpoint.term,
        endpoint.minimum_grade,
        endpoint.serious,
        endpoint.related,
        endpoint.treatment_emergent,
        first(endpoint.window, "treatment_emergent", "window"),
    )


def laboratory_cuts(version: str, term: str) -> tuple[rules.LaboratoryCut, ...]:
    """The rows of the CTCAE table for a term, in the order of the table.

    Raises KeyError where that version does not grade the term by a value: without a row every value would
    have grade 0.
    """
    found = _laboratory_table().get((version, term))
    if found is None:
        raise KeyError(f"CTCAE {version} does not grade '{term}' by a laboratory value")
    return found


def laboratory_direction(term: str) -> str:
    """L for a term of low values, H for one of high ones."""
    return next(row["direction"] for row in _laboratory_rows() if row["term"] == term)


def laboratory_terms() -> tuple[tuple[str, str], ...]:
    """(version, term) of everything that the table grades."""
    return tuple(_laboratory_table())


@cache
def _laboratory_rows() -> tuple[dict[str, str], ...]:
    text = (files("trialist.endpoints") / "criteria" / "ctcae_laboratory.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _laboratory_table() -> Mapping[tuple[str, str], tuple[rules.LaboratoryCut, ...]]:
    table: dict[tuple[str, str], list[rules.LaboratoryCut]] = {}
    for row in _laboratory_rows():
        cut = rules.LaboratoryCut(
            test=row["test"],
            grade=int(row["grade"]) if row["grade"] else None,
            unit=None if row["unit"].startswith("x") else row["unit"],
            condition=row["baseline"],
            lower_op=row["lower_op"],
            lower_basis=row["lower_basis"],
            lower=float(row["lower"]) if row["lower"] else None,
            upper_op=row["upper_op"],
            upper_basis=row["upper_basis"],
            upper=float(row["upper"]) if row["upper"] else None,
        )
        table.setdefault((row["version"], row["term"]), []).append(cut)
    return MappingProxyType({key: tuple(cuts) for key, cuts in table.items()})


def _laboratory_grade(endpoint: words.LaboratoryGrade) -> rules.LaboratoryGradeRule:
    return rules.LaboratoryGradeRule(
        version=resolved(endpoint.version),
        stated_version=endpoint.version,
        term=endpoint.term,
        window=first(endpoint.window, "ctcae", "window"),
        tolerance=stated("ctcae", "tolerance"),
        cuts=tuple(_cut(cut, endpoint) for cut in laboratory_cuts(resolved(endpoint.version), endpoint.term)),
        unit_names=stated("ctcae", "unit_names"),
        conversions=stated("ctcae", "conversions"),
        direction=laboratory_direction(endpoint.term),
        tie=endpoint.tie,
        require_outside_normal_range=endpoint.require_outside_normal_range,
        abnormal_baseline=endpoint.abnormal_baseline,
        creatinine_above_limit=endpoint.creatinine_above_limit,
        unit=endpoint.unit,
        calcium=endpoint.calcium,
    )


def _cut(cut: rules.LaboratoryCut, endpoint: words.LaboratoryGrade) -> rules.LaboratoryCut:
    """A row of the table as the options of the endpoint read it."""
    if endpoint.tie == "mild":
        for version, term, grade, lower, milder in stated("ctcae", "mild"):
            if (version, term, grade, lower) == (
                resolved(endpoint.version),
                endpoint.term,
                cut.grade,
                cut.lower,
            ):
                return replace(cut, grade=milder)
    if endpoint.calcium == "total" and cut.test in TOTAL_CALCIUM:
        return replace(cut, test=TOTAL_CALCIUM[cut.test])
    by_baseline = cut.grade == 1 and cut.lower_basis == "BASE" and cut.condition == "ANY"
    if endpoint.creatinine_above_limit and by_baseline:
        return replace(cut, lower_basis="MAX(BASE,ULN)")
    return cut


def _psa_reading(endpoint: words.PsaResponse | words.PsaProgression | words.PsaChange) -> dict[str, Any]:
    return {
        "baseline": endpoint.baseline,
        "baseline_window": endpoint.baseline_window,
        "same_day": endpoint.same_day,
        "below_factor": stated("psa_reading", "below_factor")[endpoint.below_quantification],
        "new_therapy": endpoint.new_therapy,
        "tolerance": stated("psa_reading", "tolerance"),
    }


def _psa_response(endpoint: words.PsaResponse) -> rules.PsaResponseRule:
    where = (endpoint.criteria, "psa_response")
    return rules.PsaResponseRule(
        **_psa_reading(endpoint),
        fall=first(endpoint.fall, *where, "fall"),
        confirmed=endpoint.confirmed,
        confirm_after=first(endpoint.confirm_after, *where, "confirm_after"),
        confirming=first(endpoint.confirming, *where, "confirming"),
        minimum_baseline=first(endpoint.minimum_baseline, *where, "minimum_baseline"),
    )


def read_by_some(plan: TrialProtocol, need: str) -> bool:
    """Whether some endpoint of the plan reads that input."""
    return any(need in rule_for(endpoint).reads for endpoint in plan.endpoints.values())


def _cell_count(endpoint: words.CellCountResponse) -> rules.CellCountRule:
    where = ("cell_counts", endpoint.what)
    share = stated(*where, "share")
    return rules.CellCountRule(
        endpoint.measurement,
        endpoint.unit,
        endpoint.baseline,
        endpoint.at,
        endpoint.what,
        minimum_baseline=first(endpoint.minimum_baseline, *where, "minimum_baseline"),
        at_most=stated(*where, "at_most"),
        fall=None if share is None else first(endpoint.fall, *where, "share"),
        at_days=endpoint.at_days,
        tolerance=stated("cell_counts", "tolerance"),
    )


def _psa_progression(endpoint: words.PsaProgression) -> rules.PsaProgressionRule:
    where = (endpoint.criteria, "psa_progression")
    return rules.PsaProgressionRule(
        **_psa_reading(endpoint),
        rise_ratio=stated(*where, "rise_ratio"),
        rise_absolute=stated(*where, "rise_absolute"),
        responder_rise_ratio=stated(*where, "responder_rise_ratio"),
        responder_rise_absolute=stated(*where, "responder_rise_absolute"),
        responder_fall=stated(*where, "responder_fall"),
        confirm_after=first(endpoint.confirm_after, *where, "confirm_after"),
        confirming=first(endpoint.confirming, *where, "confirming"),
        early_rise=first(endpoint.early_rise, *where, "early_rise"),
        early_days=first(endpoint.early_days, *where, "early_days"),
        decline=endpoint.decline,
        decline_window=stated("psa_reading", "change", "window"),
        unconfirmed_last=first(endpoint.unconfirmed_last, *where, "unconfirmed_last"),
    )


def _bone_progression(endpoint: words.BoneProgression) -> rules.BoneRule:
    where = (endpoint.criteria, "bone_progression")
    return rules.BoneRule(
        flare_scan=first(endpoint.flare_scan, *where, "flare_scan"),
        flare_days=first(endpoint.flare_days, *where, "flare_days"),
        later_reference=first(endpoint.later_reference, *where, "later_reference"),
        new_lesions=stated(*where, "new_lesions"),
        additional_lesions=stated(*where, "additional_lesions"),
        persisting_lesions=stated(*where, "persisting_lesions"),
        confirm_after=first(endpoint.confirm_after, *where, "confirm_after"),
        unresolved=first(endpoint.unresolved, *where, "unresolved"),
        new_therapy=endpoint.new_therapy,
    )


def _progression(endpoint: words.ProgressionFreeSurvival, planned: PlannedScans) -> rules.ProgressionRule:
    asked = endpoint.censoring
    reading = censoring(asked.rule)
    new_therapy = asked.new_therapy or reading["new_therapy"]
    used: Literal["ignore", "stop"] = "ignore" if new_therapy == "follow" else "stop"
    psa = words.PsaProgression(
        derive="psa_progression",
        criteria=endpoint.psa or "pcwg3",
        new_therapy=used,
    )
    seen = stated("pfs_censoring", "assessments")
    of_part = (asked.soft_tissue_interval, asked.bone_interval)
    own = max((days for days in of_part if days is not None), default=planned.every)
    soft_tissue, bone = _due(endpoint, planned)
    first_of, clinical = endpoint.first_of, asked.clinical or reading["clinical"]
    if "clinical_progression" in first_of:
        clinical = "event"
    elif clinical == "event":
        first_of = (*first_of, "clinical_progression")
    return rules.ProgressionRule(
        first_of=first_of,
        psa=_psa_progression(psa),
        new_therapy=new_therapy,
        missed=asked.missed or reading["missed"],
        no_baseline=asked.no_baseline or reading["no_baseline"],
        clinical=clinical,
        missed_assessments=first(asked.missed_assessments, "pfs_censoring", "missed_assessments"),
        interval=first(own if asked.interval is None else asked.interval, "pfs_censoring", "interval"),
        grace=first(asked.grace, "pfs_censoring", "grace"),
        soft_tissue_interval=soft_tissue,
        bone_interval=bone,
        planned_days=planned.days if all(days is None for days in (asked.interval, *of_part)) else (),
        span=stated("pcwg3_overall", "span"),
        known=seen["known"],
        not_readable=seen["not_readable"],
        progression=seen["progression"],
        order=stated("pfs_censoring", "same_day_order"),
        confirm_first_soft_tissue=stated("pcwg2", "soft_tissue_progression", "confirm_first_after")
        if endpoint.confirm_first_soft_tissue
        else None,
        visit_date=first(endpoint.visit_date, "pfs_censoring", "visit_date"),
        lesions=_lesions(endpoint.read),
        pain=pain_component(endpoint.pain, used) if "pain_progression" in endpoint.first_of else None,
        bone_scans=_bone_scans(endpoint.read, endpoint.bone, endpoint.unresolved),
    )


def _due(endpoint: words.ProgressionFreeSurvival, planned: PlannedScans) -> tuple[int | None, int | None]:
    """Days between scans of soft tissue and of bone, None of a part that is no component."""
    asked, parts = endpoint.censoring, set(endpoint.first_of)
    found = []
    for part, own, by_schedule in (
        ("soft_tissue_progression", asked.soft_tissue_interval, planned.soft_tissue),
        ("bone_progression", asked.bone_interval, planned.bone),
    ):
        counts = bool(parts & {part, "radiographic_progression"})
        found.append((by_schedule if own is None else own) if counts else None)
    return found[0], found[1]


def _bone_scans(read: str, preset: str | None, unresolved: str | None) -> rules.BoneRule | None:
    """The rule for bone scans within a progression-free time, None where bone is read as reported.

    A scan after a new therapy confirms progression that came before it: rule P6 looks at the day of the
    progression.
    """
    if read != "lesions" or preset not in words.BONE_PRESETS:
        return None
    asked = {"derive": "bone_progression", "criteria": preset, "new_therapy": "ignore"}
    return _bone_progression(words.BoneProgression.model_validate({**asked, "unresolved": unresolved}))


def _combined(preset: str, unresolved: str | None, visit_date: str | None) -> CombinedResponseRule:
    bone = _bone_scans("lesions", preset, unresolved)
    if bone is None:
        raise KeyError(preset)
    return CombinedResponseRule(
        soft_tissue=tumour_response("recist_1_1"),
        bone=bone,
        overall=criteria("pcwg3_overall")["rows"],
        span=stated("pcwg3_overall", "span"),
        visit_date=first(visit_date, "pfs_censoring", "visit_date"),
    )


def _best_response(endpoint: words.BestResponse) -> rules.BestResponseRule:
    where = (endpoint.criteria, "best_overall_response")
    return rules.BestResponseRule(
        confirmed=endpoint.confirmed,
        confirm_after=first(endpoint.confirm_after, *where, "confirm_after"),
        minimum_stable=first(endpoint.minimum_stable, *where, "minimum_stable"),
        max_not_evaluable=first(endpoint.max_not_evaluable, *where, "max_not_evaluable"),
        max_stable_between=stated(*where, "max_stable_between"),
        accept_stable_between=first(endpoint.accept_stable_between, *where, "accept_stable_between"),
        missing_as_not_evaluable=endpoint.missing_as_not_evaluable,
        new_therapy=endpoint.new_therapy,
        worst_of_day=stated(*where, "worst_of_day"),
        read_as=stated(*where, "read_as"),
        lesions=_lesions(endpoint.read),
        combined=_combined(endpoint.bone, endpoint.unresolved, "first")
        if endpoint.read == "combined"
        else None,
    )


def tumour_response(name: str) -> rules.TumourResponseRule:
    """How the response at a visit follows from its lesions by the criteria of that name."""
    thresholds = {threshold: item["value"] for threshold, item in criteria(name)["tumour_response"].items()}
    return rules.TumourResponseRule(**thresholds, overall=criteria("overall_response")["rows"])


def _lesions(read: str) -> rules.TumourResponseRule | None:
    return tumour_response("recist_1_1") if read == "lesions" else None
