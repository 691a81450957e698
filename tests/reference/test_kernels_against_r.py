"""Every number of a kernel agrees with the number R gives for the same data and options."""

from __future__ import annotations

import pytest
from reference_cases import cases, compare, every_file, label, relative_difference

CASES = [case for file in every_file() for case in cases(file)]


@pytest.mark.parametrize("case", CASES, ids=[f"{i:03d} {label(c)}" for i, c in enumerate(CASES)])
def test_a_kernel_gives_the_number_that_r_gives(case):
    compared = 0
    for quantity, r, ours in compare(case):
        tolerance = 1e-6 if "p_value" in quantity else 1e-8
        assert relative_difference(quantity, r, ours) <= tolerance, f"{quantity}: R {r}, here {ours}"
        compared += 1
    assert compared > 0
