"""ADaM names are unique: a PARAMCD names one parameter, a flag one population."""

from __future__ import annotations

from trialist.formats.adam import unique_names


def test_a_name_is_cut_to_its_width() -> None:
    assert unique_names(["OS", "PROGRESSIONFREE"], 8) == ["OS", "PROGRESS"]


def test_names_that_fall_together_are_numbered() -> None:
    assert unique_names(["AEINFECTION", "AEINFECTIONG3", "AEINFECT"], 8) == [
        "AEINFECT",
        "AEINFE02",
        "AEINFE03",
    ]
