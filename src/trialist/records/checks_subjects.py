"""Who is counted, and from which day: allocated subjects and their reference date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.model import Records
from trialist.records.subjects import allocated, arm_code
from trialist.records.telling import found, place_of
from trialist.records.words import words

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table


def somebody_allocated(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """N366, E367: who of DM is in no arm."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    code = arm_code(dm).upper()
    outside: BooleanValue = code.isnull() | code.isin(words("not_allocated"))
    counted = dm.aggregate(n=dm.count(), outside=outside.cast("int64").sum()).to_pyarrow().to_pylist()[0]
    if counted["n"] == (counted["outside"] or 0):
        yield Problem(
            "E367",
            f"dm: none of {counted['n']} subjects is in an arm of the protocol, so nobody can be counted",
            "fill ARMCD (or ARM) with the codes of the protocol's arms",
            place_of(records, "dm", None),
        )
        return
    yield from found(
        records,
        "dm",
        dm.filter(outside),
        "N366",
        f"{{n}} of {counted['n']} subjects were not allocated (no arm, or a screen failure) and are left out",
        "nothing, if it is so; else fill ARMCD",
    )


def reference_known(records: Records, protocol: Protocol, people: Table) -> Iterator[Problem]:
    """E364, N365: every allocated subject has a day that its times count from."""
    rows = allocated(people, protocol)
    missing = rows.filter(rows.reference.isnull())
    wanted = {
        "randomisation": "date of randomisation (RANDOMIZED in DS, else RFSTDTC in DM)",
        "enrolment": "date of enrolment (ENROLLED in DS, else RFICDTC or RFSTDTC in DM)",
    }
    if protocol.plan.reference == "first_dose":
        yield from found(
            records,
            "dm",
            missing,
            "N365",
            "{n} allocated subjects have no first dose (RFXSTDTC, EXSTDTC, else RFSTDTC), so no times",
            "nothing, if they were not treated; else complete the date",
        )
        return
    yield from found(
        records,
        "dm",
        missing,
        "E364",
        f"{{n}} allocated subjects have no full {wanted[protocol.plan.reference]}",
        "complete the date: without it nothing of these subjects can be counted in time",
    )
