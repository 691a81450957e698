"""A sentence that was read wrongly is no fault of the text."""

from __future__ import annotations

import pytest
from test_audit_store import verdicts


@pytest.mark.parametrize(
    "text",
    [
        "In FUJI median overall survival was 11.9 months; treatment lasted a median 3.4 months.",
        "In TheraP, grade 3-4 adverse events affected 33% of the 98 men treated with lutetium and 53% of the "
        "85 treated with cabazitaxel.",
        "COU-AA-301: at the final look, after 775 deaths and a median 20.2 months, median survival was 15.8 "
        "and 11.2 months.",
        "In CARD, grade 3 or higher events in older men: 58% v 49%.",
        "In TROPIC, median OS was 15.1 v 12.7 months (HR 0.70) and PFS (composite of PSA, tumour, death) "
        "2.8 v 1.4 months (HR 0.74).",
    ],
)
def test_a_number_whose_own_words_say_what_it_is_of_is_no_fault(text: str) -> None:
    assert [v.message for v in verdicts(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "In FUJI median overall survival was 3.4 months.",
        "In TheraP, grade 3-4 adverse events affected 53% of the 98 men treated with lutetium.",
        "In CARD, grade 3 or higher events: 58% v 49%.",
    ],
)
def test_the_same_number_of_what_it_is_not_of_is_told(text: str) -> None:
    assert [v.rule for v in verdicts(text)] != []
