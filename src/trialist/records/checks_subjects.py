"""Who is counted, and from which day: allocated subjects and their reference date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.model import Records
from trialist.records.telling import found, place_of

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, DateValue, StringValue, Table

# arm codes of people who were screened but not allocated, or not treated as allocated (SDTMIG 3.4, DM)
NOT_ALLOCATED = ("SCRNFAIL", "NOTASSGN", "NOTTRT", "UNPLAN")
# disposition terms (CDISC PROTMLST)
_RANDOMISED = ("RANDOMIZED", "RANDOMISED")
_ENROLLED = ("ENROLLED", "INFORMED CONSENT OBTAINED")


def arm_words(protocol: Protocol) -> tuple[str, ...]:
    """Every word that names an arm in the records, in upper case: its id, code and label."""
    arms = protocol.plan.arms.items()
    words = {w.strip().upper() for name, arm in arms for w in (name, arm.code, arm.label) if w}
    return tuple(sorted(words))


def allocated(dm: Table, protocol: Protocol) -> Table:
    """The rows of DM that belong to an arm of the protocol."""
    return dm.filter(_arm_code(dm).isin(list(arm_words(protocol))))


def with_reference(records: Records, protocol: Protocol, dm: Table) -> Table:
    """subject, death, first (dose, in DM or EX) and reference: the date that the protocol counts from."""
    rows = dm.select("subject", "death", "reference_start", "first_dose", "consent")
    rows = _beside(rows, _first_dates(records, _RANDOMISED, "allocated_on"), "allocated_on")
    rows = _beside(rows, _first_dates(records, _ENROLLED, "enrolled_on"), "enrolled_on")
    ex = records.tables.get("ex")
    given = None if ex is None else ex.group_by("subject").aggregate(given=ex.start.min())
    rows = _beside(rows, given, "given")
    first = ibis.coalesce(rows.first_dose, rows.given)
    reference: dict[str, DateValue] = {
        "randomisation": ibis.coalesce(rows.allocated_on, rows.reference_start),
        "first_dose": ibis.coalesce(first, rows.reference_start),
        "enrolment": ibis.coalesce(rows.enrolled_on, rows.consent, rows.reference_start),
    }
    return rows.select("subject", "death", first=first, reference=reference[protocol.plan.reference])


def somebody_allocated(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """N366, E367: who of DM is in no arm."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    code = _arm_code(dm)
    outside: BooleanValue = code.isnull() | code.isin(list(NOT_ALLOCATED))
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


def reference_known(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E364, N365: every allocated subject has a day that its times count from."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    rows = with_reference(records, protocol, allocated(dm, protocol))
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


def _arm_code(dm: Table) -> StringValue:
    return ibis.coalesce(dm.arm_code.strip().nullif(""), dm.arm.strip().nullif("")).upper()


def _first_dates(records: Records, terms: tuple[str, ...], name: str) -> Table | None:
    ds = records.tables.get("ds")
    if ds is None:
        return None
    chosen = ds.filter(ds.term.upper().isin(list(terms)))
    return chosen.group_by("subject").aggregate(**{name: chosen.date.min()})


def _beside(rows: Table, more: Table | None, name: str) -> Table:
    """The rows with one more date of their subject, null where there is none."""
    if more is None:
        return rows.mutate(**{name: ibis.null("date")})
    return rows.left_join(more, "subject").drop("subject_right")
