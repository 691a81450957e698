"""Overall response at a visit from what soft tissue and bone say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.bone import bone_response
from trialist.endpoints.tumours import tumour_response
from trialist.endpoints.verbs import labelled
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.combined_rules import CombinedResponseRule

SOURCE = (
    "PCWG3, Scher 2016, doi:10.1200/JCO.2015.64.2702; RECIST 1.1, Eisenhauer 2009; "
    "pharmaverse/admiralonco, vignette adrs_pcwg3"
)
_NOT_EVALUABLE = "NE"
_WORST_BONE = ("NE", "NED", "NON-PD", "PDu", "PD")  # of the scans of one visit the rightmost


@entry(
    "combined_response",
    needs=("subjects", "lesions", "bone_scans", "therapies"),
    gives="Visits",
    source=SOURCE,
)
def combined_response(
    *, subjects: Table, lesions: Table, bone_scans: Table, therapies: Table, rule: CombinedResponseRule
) -> Table:
    """The response at each visit after baseline from its lesions and its bone scan.

    Parameters
        subjects    one row per subject: subject, first_dose_day, cutoff_day
        lesions     lesions at visits, as `tumour_response` reads them
        bone_scans  lesions by bone scan, as `bone_response` reads them
        therapies   new anticancer therapies: subject, day
        rule        soft_tissue and bone (the rules of both), overall (soft tissue, bone, target lesions,
                    response), span (days), visit_date (first or last)
    Returns   Visits, one row per subject and visit: response (CR, PR, SD, NON-CR/NON-PD, PD, PDu, NE),
              reason, soft_tissue and bone (null: not assessed at this visit)
    Problems  none: a pair that the table does not know is NE
    Source    PCWG3; the table of pharmaverse/admiralonco, vignette adrs_pcwg3

    A bone scan is of the visit nearest to it, the earlier of two as near, up to `span` days away; without one
    it is a visit of its own. Of two bone scans of one visit the worse one counts.
    """
    soft = tumour_response(subjects=subjects, lesions=lesions, rule=rule.soft_tissue)
    bone = bone_response(subjects=subjects, bone_scans=bone_scans, therapies=therapies, rule=rule.bone)
    scans = _of_visits(bone, soft, rule.span)
    at_visit = scans.filter(scans.visit_day.notnull())
    at_visit = at_visit.group_by("subject", "visit_day").aggregate(
        rank=at_visit["rank"].max(), first_scan=at_visit.day.min(), last_scan=at_visit.day.max()
    )
    visits = soft.select(
        "subject",
        "read_day",
        visit_day="day",
        soft_tissue="response",
        target_lesions=soft.target.notnull(),
    )
    visits = visits.left_join(at_visit, ["subject", "visit_day"]).drop("subject_right", "visit_day_right")
    if rule.visit_date == "first":
        day = ibis.least(visits.visit_day, visits.first_scan.fill_null(visits.visit_day))
    else:
        day = ibis.greatest(visits.read_day, visits.last_scan.fill_null(visits.read_day))
    alone = scans.filter(scans.visit_day.isnull())
    together = ibis.union(
        visits.select("subject", "soft_tissue", "target_lesions", "rank", day=day),
        alone.select(
            "subject",
            "rank",
            "day",
            soft_tissue=ibis.null("string"),
            target_lesions=ibis.null("boolean"),
        ).select("subject", "soft_tissue", "target_lesions", "rank", "day"),
        distinct=False,
    )
    together = together.mutate(
        bone=together["rank"].cases(*enumerate(_WORST_BONE), else_=ibis.null("string"))
    )
    return overall_of_parts(together, rule.overall)


def overall_of_parts(visits: Table, table: tuple[tuple[str, str, str, str], ...]) -> Table:
    """The overall response at each visit, by the table `criteria/pcwg3_overall.yaml`.

    Parameters
        visits  one row per visit: subject, day (days), soft_tissue (CR, PR, SD, PD, NON-CR/NON-PD, NED, NE;
                null: not assessed, which counts as NE), bone (NON-PD, PDu, PD, NED, NE; null likewise),
                target_lesions (whether there were any at baseline, null: not known)
        table   soft tissue, bone, target lesions (Y, N, or empty: any), overall response
    Returns   subject, day, response, reason, soft_tissue, bone; response is NE for a word that the table does
              not know, and where it depends on target lesions of which nothing is known
    Problems  none
    Source    PCWG3, Scher 2016; pharmaverse/admiralonco, vignette adrs_pcwg3: PD of either part is PD, and
              unconfirmed bone progression (PDu) is carried on only where soft tissue shows no disease
    """
    soft, bone = visits.soft_tissue.fill_null(_NOT_EVALUABLE), visits.bone.fill_null(_NOT_EVALUABLE)
    said = [
        ((soft == soft_word) & (bone == bone_word) & _targets(visits, target_lesions), overall)
        for soft_word, bone_word, target_lesions, overall in table
    ]
    rows = visits.mutate(response=ibis.cases(*said, else_=_NOT_EVALUABLE))
    both = (visits.soft_tissue == "PD") & (visits.bone == "PD")
    return rows.select(
        "subject",
        "day",
        "response",
        reason=labelled(
            (both, "SOFT_TISSUE_AND_BONE"),
            (rows.soft_tissue == "PD", "SOFT_TISSUE"),
            (rows.bone == "PD", "BONE"),
            (rows.response == "PDu", "BONE_UNCONFIRMED"),
            (rows.soft_tissue.isnull(), "SOFT_TISSUE_NOT_ASSESSED"),
            (rows.bone.isnull(), "BONE_NOT_ASSESSED"),
            otherwise="BOTH_PARTS",
        ),
        soft_tissue="soft_tissue",
        bone="bone",
    )


def _of_visits(bone: Table, soft: Table, span: int) -> Table:
    """subject, day, rank (of the scan's state), visit_day (the nearest in reach, or null)."""
    rank = bone.response.cases(*((word, i) for i, word in enumerate(_WORST_BONE)), else_=0)
    scans = bone.select("subject", "day", rank=rank)
    near = scans.inner_join(soft.select("subject", visit_day="day"), "subject")
    near = near.mutate(apart=(near.day - near.visit_day).abs())
    near = near.filter(near.apart <= span)
    nearest = ibis.window(group_by=["subject", "day"], order_by=["apart", "visit_day"])
    near = near.mutate(place=ibis.row_number().over(nearest))
    near = near.filter(near.place == 0).select("subject", "day", "visit_day")
    return scans.left_join(near, ["subject", "day"]).drop("subject_right", "day_right")


def _targets(rows: Table, asked: str) -> BooleanValue:
    """Whether the subject is as a row of the table asks: with target lesions (Y), without (N), or any."""
    if not asked:
        return ibis.literal(True)
    return (rows.target_lesions == (asked == "Y")).fill_null(False)
