"""Values that the records lack and other tests of the day give: neutrophils, and corrected calcium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.criteria import stated
from trialist.protocol.laboratory_terms import COMPUTED_FROM
from trialist.records.computed import computed_once

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ibis.expr.types import FloatingValue, StringValue, Table

COMPUTED = "COMPUTED"
UNCORRECTED = "UNCORRECTED"
_WHOLE = 100  # percent


def with_computed_values(values: Table, tests: Sequence[str]) -> Table:
    """Values of these tests: those recorded and, of a subject's days without one, those computed.

    Parameters
        values  of the tests and of those that they are computed from, as `laboratory_values` makes them
        tests   that are asked for; the others are left out
    Returns   the same columns; a computed value (made: COMPUTED) has the sequence of the white cells or the
              calcium that it is made of, and is exact. Calcium without albumin that can be read has no
              value (made: UNCORRECTED). Of several values of a day the last by sequence is used.
    Source    criteria/ctcae.yaml
    """
    values = computed_once(values)
    made = {"NEUT": _neutrophils, "CACR": _corrected_calcium}
    found = [values.filter(values.test.isin(list(tests)))]
    for test, compute in made.items():
        if test not in tests:
            continue
        held = (
            values.filter((values.test == test) & values.value.notnull()).select("subject", "day").distinct()
        )
        rows = compute(values)
        found.append(rows.anti_join(held, ["subject", "day"]).select(*values.columns))
    return ibis.union(*found, distinct=False) if len(found) > 1 else found[0]


def spelt_plainly(unit: StringValue) -> StringValue:
    """A unit in lower case, without blanks; empty where there is none."""
    return unit.fill_null("").lower().replace(" ", "")


def canonical(unit: StringValue, names: Mapping[str, Sequence[str]]) -> StringValue:
    """A unit as CTCAE prints it; one that is not known in lower case, without blanks."""
    plain = spelt_plainly(unit)
    return plain.cases(*_printed(names).items(), else_=plain)


def spellings(units: Collection[str], names: Mapping[str, Sequence[str]]) -> list[str]:
    """What `spelt_plainly` makes of everything that `canonical` reads as one of these units."""
    printed = _printed(names)
    return sorted({each for each, one in printed.items() if one in units} | (set(units) - set(printed)))


def _printed(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Spelling -> the unit as CTCAE prints it."""
    return {each: one for one, of in names.items() for each in of}


def _neutrophils(values: Table) -> Table:
    """White cells x (percent of neutrophils + percent of bands) / 100; no limits, for those are of others."""
    whole, cells, bands = COMPUTED_FROM["NEUT"]
    rows = _exact(values, whole)
    for name, tests in (("cells", cells), ("bands", bands)):
        share = _last_of_day(_exact(values, tests), tests)
        sizes = stated("ctcae", "percent_units")
        plain = share.unit.lower().strip()
        size = plain.cases(*((unit, float(one)) for unit, one in sizes.items()), else_=ibis.null("float64"))
        share = share.mutate(percent=share.value * size)
        share = share.filter(share.percent.notnull()).select("subject", "day", **{name: "percent"})
        rows = rows.left_join(share, ["subject", "day"]).drop("subject_right", "day_right")
    rows = rows.filter(rows.cells.notnull())
    share = (rows.cells + rows.bands.fill_null(0.0)) / _WHOLE
    nothing = ibis.null("float64")
    return rows.mutate(
        test=ibis.literal("NEUT"),
        value=rows.value * share,
        reported_value=_exact_report(rows) * share,
        **dict.fromkeys(("lower", "upper", "reported_lower", "reported_upper"), nothing),
        made=ibis.literal(COMPUTED),
    )


def _corrected_calcium(values: Table) -> Table:
    """Calcium corrected by the albumin of its day, in its own unit and with its own limits."""
    calcium, albumin = COMPUTED_FROM["CACR"]
    rows = values.filter(values.test.isin(list(calcium)) & values.value.notnull())
    protein = _last_of_day(_exact(values, albumin), albumin)
    sizes = stated("ctcae", "albumin_units")
    unit = canonical(protein.unit, stated("ctcae", "unit_names"))
    scale = unit.cases(*((name, float(size)) for name, size in sizes.items()), else_=ibis.null("float64"))
    protein = protein.select("subject", "day", grams=protein.value * scale)
    rows = rows.left_join(protein, ["subject", "day"]).drop("subject_right", "day_right")
    value = ibis.ifelse(rows.comparator.isnull(), _corrected(rows.value, rows.unit, rows.grams), None)
    reported = _corrected(_exact_report(rows), rows.reported_unit, rows.grams)
    return rows.mutate(
        test=ibis.literal("CACR"),
        value=value,
        comparator=ibis.null("string"),
        reported_value=ibis.ifelse(value.notnull(), reported, ibis.null("float64")),
        reported_comparator=ibis.null("string"),
        made=ibis.ifelse(value.notnull(), COMPUTED, UNCORRECTED),
    )


def _corrected(calcium: FloatingValue, unit: StringValue, grams: FloatingValue) -> FloatingValue:
    """By albumin in g/L; null in a unit without a stated factor."""
    sizes, plain = stated("ctcae", "albumin_units"), canonical(unit, stated("ctcae", "unit_names"))
    found = [
        (name, calcium + one["factor"] * (one["normal"] - grams / sizes[one["albumin"]]))
        for name, one in stated("ctcae", "corrected_calcium").items()
    ]
    corrected: FloatingValue = plain.cases(*found, else_=ibis.null("float64"))
    return corrected


def _exact(values: Table, tests: Sequence[str]) -> Table:
    """Values of these tests that are known as a number."""
    exact = values.value.notnull() & values.comparator.isnull()
    return values.filter(values.test.isin(list(tests)) & exact)


def _exact_report(rows: Table) -> FloatingValue:
    """The number reported, null where it is only above or below one."""
    exact: FloatingValue = ibis.ifelse(
        rows.reported_comparator.isnull(), rows.reported_value, ibis.null("float64")
    )
    return exact


def _last_of_day(values: Table, tests: Sequence[str]) -> Table:
    """One row per subject and day: of the first of these tests that has a value, the last by sequence."""
    rank = values.test.cases(*((test, place) for place, test in enumerate(tests)), else_=len(tests))
    order = [rank, values.sequence.desc()]
    place = ibis.row_number().over(ibis.window(group_by=["subject", "day"], order_by=order))
    return values.mutate(place=place).filter(lambda t: t.place == 0).drop("place")
