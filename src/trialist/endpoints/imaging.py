"""Which records of lesions are of a bone scan, for soft tissue and for bone alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.records.words import words

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table


def of_bone_scan(method: StringValue) -> BooleanValue:
    """Whether a method is a bone scan; never null."""
    return method.isin(words("bone_scan_methods")).fill_null(False)


def first_imaging(rows: Table) -> Table:
    """How each lesion was first seen.

    Parameters
        rows  records of TU and TR: subject, sequence, lesion, method, place (0: of TU, 1: of TR)
    Returns   subject, lesion, bone_scan_first: the first record that names a method, TU before TR, is of a
              bone scan; no row for a lesion none of whose records names one
    """
    stated = rows.filter(rows.method.notnull() & rows.lesion.notnull())
    order = ibis.window(group_by=["subject", "lesion"], order_by=["place", "sequence", "method"])
    stated = stated.mutate(rank=ibis.row_number().over(order))
    first = stated.filter(stated["rank"] == 0)
    return first.select("subject", "lesion", bone_scan_first=of_bone_scan(first.method))


def without_bone_scans(rows: Table, first: Table) -> Table:
    """The records of soft tissue: not made by a bone scan, nor of a lesion first seen by one.

    Parameters
        rows   records: subject, lesion, linked (the lesion is named by its identifier), method
        first  from `first_imaging`

    Records without an identifier, taken as a group, go each by its own method; without one, by the first of
    the group.
    """
    seen = rows.left_join(first, ["subject", "lesion"]).drop("subject_right", "lesion_right")
    of_bone = seen.bone_scan_first.fill_null(False) & (seen.linked | seen.method.isnull())
    return seen.filter(~(of_bone_scan(seen.method) | of_bone)).drop("bone_scan_first")
