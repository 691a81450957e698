"""ADTR: diameters of target lesions (LDIAMn) and their sum (SDIAM) at each visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.filled import read_by_some, tumour_response
from trialist.endpoints.tumour_sizes import lesion_sizes, sums_of_sizes
from trialist.formats.adam.parameters import Source, date_of, text

if TYPE_CHECKING:
    from ibis.expr.types import NumericValue, Table

_OF_SUBJECTS = ("subject", "arm", "actual_arm", "reference_date")
_SORT = ("USUBJID", "PARAMCD", "ADT")


def adtr(source: Source) -> Table | None:
    """The rows of ADTR, None where no endpoint of the protocol reads lesions.

    AVAL is in mm. ABLFL: the record that BASE is of. ANL01FL: the value is whole, no target was unread. CRFL
    and PDFL, of a sum: the targets alone meet complete response, or progression.
    """
    if not read_by_some(source.plan, "lesions"):
        return None
    given = {
        "subjects": source.inputs.tables["subjects"],
        "lesions": source.inputs.tables["lesions"],
        "rule": tumour_response("recist_1_1"),
    }
    sizes, sums = lesion_sizes(**given), sums_of_sizes(**given)
    nothing = ibis.null("string")
    number = sizes.number.cast("string")
    rows = ibis.union(
        sizes.select(
            "subject",
            "day",
            "value",
            "at_baseline",
            "baseline",
            "nadir",
            code=ibis.literal("LDIAM") + number,
            label=ibis.literal("Diameter of target lesion ") + number + " (mm)",
            lesion=sizes.lesion,
            whole=sizes.value.notnull(),
            target=nothing,
        ),
        sums.select(
            "subject",
            "day",
            "value",
            "at_baseline",
            "baseline",
            "nadir",
            code=ibis.literal("SDIAM"),
            label=ibis.literal("Sum of diameters of target lesions (mm)"),
            lesion=nothing,
            whole=sums.complete,
            target=sums.target,
        ),
        distinct=False,
    )
    rows = rows.inner_join(source.subjects.select(*_OF_SUBJECTS), "subject")
    after = rows.whole & ~rows.at_baseline & rows.nadir.notnull()
    return rows.select(
        STUDYID=text(source.plan.trial),
        USUBJID=rows.subject,
        TRTP=source.arm_label(rows.arm),
        TRTPN=source.arm_number(rows.arm),
        TRTA=source.arm_label(rows.actual_arm),
        TRTAN=source.arm_number(rows.actual_arm),
        PARAMCD=rows.code,
        PARAM=rows.label,
        TRLNKID=rows.lesion,
        AVAL=rows.value,
        AVALU=text("mm"),
        BASE=rows.baseline,
        CHG=after.ifelse(rows.value - rows.baseline, ibis.null("float64")),
        PCHG=after.ifelse(_percent(rows.value, rows.baseline), ibis.null("float64")),
        NADIR=rows.nadir,
        CHGNAD=after.ifelse(rows.value - rows.nadir, ibis.null("float64")),
        PCHGNAD=after.ifelse(_percent(rows.value, rows.nadir), ibis.null("float64")),
        ADT=date_of(rows, rows.day),
        ABLFL=rows.at_baseline.ifelse("Y", None),
        ANL01FL=rows.whole.ifelse("Y", None),
        CRFL=(rows.target == "CR").fill_null(False).ifelse("Y", None),
        PDFL=(rows.target == "PD").fill_null(False).ifelse("Y", None),
    ).order_by(*_SORT)


def _percent(value: NumericValue, base: NumericValue) -> NumericValue:
    """Change in percent of the base; null where the base is 0."""
    return 100 * (value - base) / base.nullif(0)
