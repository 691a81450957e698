"""Overall response at a visit from what soft tissue and bone say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.criteria import criteria

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_NOT_EVALUABLE = "NE"


def combined_response(visits: Table) -> Table:
    """The overall response at each visit, by the table `criteria/pcwg3_overall.yaml`.

    Parameters
        visits  one row per visit: subject, day (days), soft_tissue (CR, PR, SD, PD, NON-CR/NON-PD, NED, NE;
                null: not assessed, which counts as NE), bone (NON-PD, PDu, PD, NED, NE; null likewise),
                target_lesions (whether there were any at baseline, null: not known)
    Returns   subject, day, response, soft_tissue, bone; response is NE for a word that the table does not
              know, and where it depends on target lesions of which nothing is known
    Problems  none
    Source    PCWG3, Scher 2016; pharmaverse/admiralonco, vignette adrs_pcwg3: PD of either part is PD, and
              unconfirmed bone progression (PDu) is carried on only where soft tissue shows no disease
    """
    rows = visits.mutate(
        soft_tissue=visits.soft_tissue.fill_null(_NOT_EVALUABLE), bone=visits.bone.fill_null(_NOT_EVALUABLE)
    )
    said = []
    for soft_tissue, bone, target_lesions, overall in criteria("pcwg3_overall")["rows"]:
        met = (rows.soft_tissue == soft_tissue) & (rows.bone == bone) & _targets(rows, target_lesions)
        said.append((met, overall))
    return rows.select(
        "subject",
        "day",
        response=ibis.cases(*said, else_=_NOT_EVALUABLE),
        soft_tissue="soft_tissue",
        bone="bone",
    )


def _targets(rows: Table, asked: str) -> BooleanValue:
    """Whether the subject is as a row of the table asks: with target lesions (Y), without (N), or any."""
    if not asked:
        return ibis.literal(True)
    return (rows.target_lesions == (asked == "Y")).fill_null(False)
