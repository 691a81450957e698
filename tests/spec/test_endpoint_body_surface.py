"""Body surface by a named formula, and the dose made of it: numbers and columns alike."""

from __future__ import annotations

import ibis
import pytest

from trialist.endpoints.body_surface import (
    FORMULAS,
    as_planned,
    body_surface,
    rounded,
    surface_of,
    with_weight_in_force,
)

EXAMPLES = [  # height (cm), weight (kg), formula, cap (m2), surface (m2), mg/m2, mg, whole mg
    ("EX-BSA-1", 170, 70, "mosteller", None, 1.8181, 25, 45.45, 45),
    ("EX-BSA-1", 170, 70, "du_bois", None, 1.8097, 25, 45.24, 45),
    ("EX-BSA-2", 180, 90, "mosteller", None, 2.1213, 20, 42.43, 42),
    ("EX-BSA-2", 180, 90, "du_bois", None, 2.0989, 20, 41.98, 42),
    ("EX-BSA-3", 165, 60, "mosteller", None, 1.6583, 25, 41.46, 41),
    ("EX-BSA-3", 165, 60, "du_bois", None, 1.6587, 25, 41.47, 41),
    ("EX-BSA-4", 188, 120, "mosteller", 2.0, 2.5033, 25, 50.0, 50),
    ("EX-BSA-4", 188, 120, "du_bois", 2.0, 2.4478, 25, 50.0, 50),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e[0]} {e[3]}")
def test_a_dose_by_body_surface(
    example: tuple[str, int, int, str, float | None, float, int, float, int],
) -> None:
    _, height, weight, formula, cap, surface, per_m2, dose, whole = example
    assert round(body_surface(height, weight, formula), 4) == surface
    made = per_m2 * body_surface(height, weight, formula, cap)
    assert round(made, 2) == dose
    assert rounded(made, 1.0) == whole


def test_a_column_gives_what_a_number_gives_for_every_formula() -> None:
    people = [(170.0, 70.0), (188.0, 120.0), (150.5, 41.2)]
    table = ibis.memtable({"height": [h for h, _ in people], "weight": [w for _, w in people]})
    columns = {
        f"{formula}_{cap}": surface_of(table.height, table.weight, formula, cap)
        for formula in FORMULAS
        for cap in (None, 2.0)
    }
    found = table.select("height", "weight", **columns).to_pyarrow().to_pylist()
    assert len(found) == len(people)
    for row in found:
        for formula in FORMULAS:
            for cap in (None, 2.0):
                one = body_surface(row["height"], row["weight"], formula, cap)
                assert row[f"{formula}_{cap}"] == pytest.approx(one, rel=1e-12)


def test_no_surface_without_height_and_weight() -> None:
    table = ibis.memtable({"height": [None, 170.0, 0.0], "weight": [70.0, None, 70.0]}, schema={
        "height": "float64", "weight": "float64"})  # fmt: skip
    assert surface_of(table.height, table.weight, "boyd", None).to_pyarrow().to_pylist() == [None] * 3
    with pytest.raises(ValueError, match="no body surface of 0 cm"):
        body_surface(0, 70)


def test_rounding_is_half_up_and_a_tolerance_holds_both_ends() -> None:
    assert [rounded(x, 1.0) for x in (44.5, 45.5, 45.49)] == [45, 46, 45]
    assert rounded(47.6, 5.0) == 50
    table = ibis.memtable({"given": [23.75, 23.74, 26.25, 26.26], "planned": [25.0] * 4})
    said = table.select(
        ok=as_planned(table.given, table.planned, 0.05),
        wide=as_planned(table.given, table.planned, 0.10),
        mg=rounded(table.given, 0.5),
    )
    found = said.to_pyarrow().to_pydict()
    assert found == {"ok": [True, False, True, False], "wide": [True] * 4, "mg": [24.0, 23.5, 26.5, 26.5]}


def test_the_weight_of_the_first_dose_holds_until_it_changes_enough() -> None:
    rows = [
        *(("less", day, weight, 80.0) for day, weight in enumerate([80.0, 72.1, 72.0, 79.1, 79.3])),
        *(("more", day, weight, 80.0) for day, weight in enumerate([80.0, 88.0])),
        *(("none", day, weight, None) for day, weight in enumerate([None, 80.0, 75.0])),
    ]
    table = ibis.memtable(rows, columns=["subject", "day", "weight", "first_weight"])
    held = with_weight_in_force(table, 0.10, 1e-9).order_by("subject", "day")
    found = held.to_pyarrow()["in_force"].to_pylist()
    assert found == [80.0, 80.0, 72.0, 72.0, 79.3, 80.0, 88.0, None, 80.0, 80.0]
