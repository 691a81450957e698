"""The standardised mean change against R: `d <- second - first; mean(d) / sd(d)`, R 4.2.2.

The data are the depression scores of Hollander and Wolfe (1973), the example of R's wilcox.test.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from analysed import analyse, codes, context, measurements, one

FIRST = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
SECOND = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]


def test_the_standardised_mean_change_is_the_mean_over_the_sd_of_the_changes():
    found = analyse(measurements(FIRST, SECOND), context("single"), method="paired_t")
    standardised = one(found, "standardised_mean_change")
    assert standardised.estimate == pytest.approx(-1.0117918052162, rel=1e-12)
    assert (standardised.n, standardised.interval, standardised.p_value) == (9, None, None)
    assert dict(standardised.method.options)["sd_divisor"] == "n - 1"


def test_changes_without_spread_or_a_single_one_have_no_standardised_change():
    for second, why in (([2.0, 3.0], "N409"), ([2.0, None], "N408")):
        found = analyse(measurements([1.0, 2.0], second), context("single"), method="paired_t")
        standardised = one(found, "standardised_mean_change")
        assert (standardised.estimate, codes(standardised)) == (None, [why])


@pytest.mark.parametrize(
    ("rule", "unit"),
    [
        ({"unit": "ng/mL", "scale": "natural"}, "ng/mL"),
        ({"unit": "ng/mL", "scale": "log"}, "ln ng/mL"),
        ({"scale": "log"}, "ln"),
        ({"unit": None, "scale": "natural"}, None),
    ],
)
def test_a_mean_change_is_in_the_unit_of_its_measurement(rule, unit):
    at = replace(context("single"), definition=(*rule.items(), ("at", "week_9"), ("baseline", "day_0")))
    found = analyse(measurements(FIRST, SECOND), at, method="paired_t")
    assert one(found, "mean_change").unit == unit
    assert one(found, "standardised_mean_change").unit is None
    assert dict(one(found, "mean_change").method.options)["change"] == "week_9 minus day_0"
