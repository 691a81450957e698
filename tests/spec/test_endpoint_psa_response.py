"""PSA response: a fall of a stated share from baseline, with a second such value 3 weeks later."""

from __future__ import annotations

from typing import Any

from trialist.endpoints.psa import psa_response

HALF = {"criteria": "pcwg3", "fall": "50 %"}


def test_a_fall_by_half_counts_when_a_second_value_3_weeks_later_is_as_low(spec: Any) -> None:
    spec(
        psa_response,
        rule=HALF,
        subjects="""
            subject
            R1
            R2
            R3
            R4
            R5
            R6
            R7
            R8
        """,
        psa="""
            subject | day | value
            R1      |   0 | 90
            R1      |  21 | 70
            R1      |  42 | 44     # 44 and 41 are both at most 45, 21 days apart
            R1      |  63 | 41
            R1      |  84 | 47
            R2      |   0 | 90
            R2      |  21 | 44     # never repeated
            R2      |  42 | 50
            R3      |   0 | 90
            R3      |  21 | 44     # the repeat is only 14 days later
            R3      |  35 | 43
            R4      |   0 | 90
            R4      |  21 | 44     # day 63 confirms day 21 although 46 lies between
            R4      |  42 | 46
            R4      |  63 | 45
            R5      |  21 | 44     # no baseline
            R5      |  42 | 40
            R6      |   0 | <0.1   # no decline can be measured
            R6      |  21 | <0.1
            R7      |   0 | 90     # no later value
            R8      |   0 | 90
            R8      |  21 | 9
            R8      |  42 | 8.9
        """,
        gives="""
            subject | responder | day | reason
            R1      | yes       |  42 | RESPONSE
            R2      | no        |     | UNCONFIRMED
            R3      | no        |     | UNCONFIRMED
            R4      | yes       |  21 | RESPONSE
            R5      |           |     | NO_BASELINE
            R6      |           |     | BASELINE_BELOW_QUANTIFICATION
            R7      | no        |     | NO_POSTBASELINE
            R8      | yes       |  21 | RESPONSE
        """,
    )
