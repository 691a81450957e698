"""PSA at the edges: which value is the baseline, values below quantification, a level of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.psa import psa_change, psa_progression, psa_response

BEFORE_DOSE = """
    subject | day | value
    B1      | -14 | 100
    B1      |  -7 | 80
    B1      |   0 | 60     # on the day of the reference date: still before
    B1      |  21 | 40
    B2      |  -7 | 80
    B2      |  21 | 40
"""


@pytest.mark.parametrize(
    ("named", "baseline", "percent"),
    [("last_before_dose", "60", "-33.333333333333"), ("first", "100", "-60"), ("mean", "80", "-50")],
)
def test_the_baseline_is_the_last_the_first_or_the_mean_of_the_values_before_the_dose(
    spec: Any, named: str, baseline: str, percent: str
) -> None:
    spec(
        psa_change,
        rule={"what": "best", "baseline": named},
        psa=BEFORE_DOSE,
        gives=f"""
            subject | baseline   | percent_change
            B1      | {baseline} | {percent}
            B2      | 80         | -50
        """,
    )


@pytest.mark.parametrize(
    ("fall", "responder"), [("30 %", "yes"), ("50 %", "yes"), ("80 %", "yes"), ("81 %", "no"), ("90 %", "no")]
)
def test_a_protocol_may_ask_for_any_level_and_equality_counts(spec: Any, fall: str, responder: str) -> None:
    spec(
        psa_response,
        rule={"criteria": "pcwg3", "fall": fall},
        psa="""
            subject | day | value
            L1      |   0 | 100
            L1      |  21 | 20
            L1      |  42 | 20
        """,
        gives=f"""
            subject | responder
            L1      | {responder}
        """,
    )


@pytest.mark.parametrize(
    ("read", "value", "percent"), [("limit", "4", "-60"), ("half", "2", "-80"), ("zero", "0", "-100")]
)
def test_a_value_below_quantification_is_read_as_the_limit_half_of_it_or_zero(
    spec: Any, read: str, value: str, percent: str
) -> None:
    spec(
        psa_change,
        rule={"what": "best", "below_quantification": read},
        psa="""
            subject | day | value
            Q1      |   0 | 10
            Q1      |  21 | <4
            Q2      |   0 | <4     # whatever it is read as, no decline can be measured
            Q2      |  21 | <4
        """,
        gives=f"""
            subject | value   | percent_change | reason
            Q1      | {value} | {percent}      | EVALUABLE
            Q2      | {value} |                | BASELINE_BELOW_QUANTIFICATION
        """,
    )


@pytest.mark.parametrize(("same_day", "value"), [("max", "60"), ("min", "20"), ("mean", "40")])
def test_two_values_on_one_day_are_one_by_the_named_rule(spec: Any, same_day: str, value: str) -> None:
    spec(
        psa_change,
        rule={"what": "best", "same_day": same_day},
        psa="""
            subject | day | sequence | value
            D1      |   0 |        1 | 80
            D1      |  21 |        2 | 20
            D1      |  21 |        3 | 60
        """,
        gives=f"""
            subject | value   | day
            D1      | {value} | 21
        """,
    )


@pytest.mark.parametrize(
    ("same_day", "taken"),
    [("max", ("3 | no", "6 | no")), ("min", ("3 | no", "2 | yes")), ("mean", ("4 | no", "4 | no"))],
)
def test_whether_a_value_is_below_quantification_goes_with_the_value_taken(
    spec: Any, same_day: str, taken: tuple[str, str]
) -> None:
    """A measured value is the higher one, whatever the limit of the other."""
    spec(
        psa_change,
        rule={"what": "best", "same_day": same_day},
        psa="""
            subject | day | sequence | value
            B1      |   0 |        1 | 80
            B1      |  21 |        2 | <5
            B1      |  21 |        3 | 3
            B2      |   0 |        1 | 80
            B2      |  21 |        2 | <2
            B2      |  21 |        3 | 6
        """,
        gives=f"""
            subject | value | censored
            B1      | {taken[0]}
            B2      | {taken[1]}
        """,
    )


def test_an_unscheduled_repeat_within_3_weeks_confirms_nothing_but_may_lower_the_best(spec: Any) -> None:
    values = """
        subject | day | value
        U1      |   0 | 100
        U1      |  21 | 50
        U1      |  30 | 45
        U2      |   0 | 100
        U2      |  21 | 50
        U2      |  42 | 50     # exactly 21 days
        U3      |   0 | 100
        U3      |  21 | 50
        U3      |  41 | 50     # 20 days
    """
    spec(
        psa_response,
        rule={"criteria": "pcwg3", "fall": "50 %"},
        psa=values,
        gives="""
            subject | responder | day | reason
            U1      | no        |     | UNCONFIRMED
            U2      | yes       |  21 | RESPONSE
            U3      | no        |     | UNCONFIRMED
        """,
    )
    spec(
        psa_change,
        rule={"what": "best"},
        psa=values,
        gives="""
            subject | percent_change | day
            U1      | -55            |  30
            U2      | -50            |  21
            U3      | -50            |  21
        """,
    )


def test_an_early_rise_never_cancels_a_later_response(spec: Any) -> None:
    spec(
        psa_response,
        rule={"criteria": "pcwg3", "fall": "50 %"},
        psa="""
            subject | day | value
            E1      |   0 | 100
            E1      |  21 | 180
            E1      |  42 | 200
            E1      |  63 | 45
            E1      |  84 | 40
        """,
        gives="""
            subject | responder | day
            E1      | yes       |  63
        """,
    )


def test_at_the_edges_of_12_weeks_and_of_the_nadir(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3"},
        subjects="""
            subject
            E1
            E2
            E3
            E4
            E5
            E6
        """,
        psa="""
            subject | day | value
            E1      |   0 | 30
            E1      |  83 | 40      # a rise without a fall before week 12
            E1      | 105 | 41      # ... the next one is late enough but the last
            E2      |   0 | 30
            E2      |  84 | 40      # day 84 is week 12
            E2      | 105 | 41
            E3      |   0 | 30
            E3      |  21 | 30      # the nadir is the baseline: no fall
            E3      |  42 | 40
            E3      |  63 | 40
            E4      |   0 | <0.1    # progression needs no measurable baseline
            E4      |  84 | 2.1
            E4      | 105 | 2.2
            E5      |   0 | 30      # baseline only
            E6      |  21 | 30      # no baseline
            E6      |  42 | 60
            E6      |  63 | 60
        """,
        gives="""
            subject | day | event | reason
            E1      | 105 | no    | UNCONFIRMED
            E2      |  84 | yes   | PSA
            E3      |  63 | no    | NO_EVENT
            E4      |  84 | yes   | PSA
            E5      |   0 | no    | NO_POSTBASELINE
            E6      |   0 | no    | NO_BASELINE
        """,
    )


def test_a_second_value_at_a_nadir_of_zero_is_no_rise(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "tropic2010", "below_quantification": "zero"},
        psa="""
            subject | day | value
            Z1      |   0 | 100
            Z1      |  21 | <0.1
            Z1      |  42 | <0.1    # read as 0, as the nadir is
            Z1      |  63 | <0.1
            Z2      |   0 | 100
            Z2      |  21 | <0.1
            Z2      |  42 | 0.2
            Z2      |  63 | 0.3
        """,
        gives="""
            subject | day | event | reason
            Z1      |  63 | no    | NO_EVENT
            Z2      |  42 | yes   | PSA
        """,
    )


@pytest.mark.parametrize(("window", "baseline"), [("28 d", "80"), ("7 d", "80"), ("6 d", "")])
def test_a_baseline_older_than_the_protocol_allows_is_none(spec: Any, window: str, baseline: str) -> None:
    spec(
        psa_change,
        rule={"what": "best", "baseline_window": window},
        psa="""
            subject | day | value
            W1      | -29 | 100
            W1      |  -7 | 80
            W1      |  21 | 40
        """,
        gives=f"""
            subject | baseline
            W1      | {baseline}
        """,
    )


@pytest.mark.parametrize(
    ("word", "days", "event"),
    [("censor", (83, 84), "no"), ("last_nonprogressing", (42, 0), "no"), ("event", (63, 84), "yes")],
)
def test_a_last_rise_may_be_censored_at_the_value_before_it(
    spec: Any, word: str, days: tuple[int, int], event: str
) -> None:
    """Section 5 of the PSA rules: at the last PSA, or where asked at the value before the rise."""
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "unconfirmed_last": word},
        psa="""
            subject | day | value
            N1      |   0 | 100
            N1      |  42 | 40
            N1      |  63 | 51      # the first of two that are up, 20 days apart
            N1      |  83 | 52
            N2      |   0 | 30
            N2      |  84 | 40      # the first value after baseline
            N3      |   0 | 100
            N3      |  21 | 50
            N3      |  42 | 55      # no rise: nothing waits
        """,
        gives=f"""
            subject | day       | event   | nadir | limit | value
            N1      | {days[0]} | {event} | 40    | 50    | 51
            N2      | {days[1]} | {event} | 30    | 37.5  | 40
            N3      | 42        | no      |       |       |
        """,
    )


def test_week_12_may_come_as_early_as_its_visit_may(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "early_days": "77 d"},
        psa="""
            subject | day | value
            V1      |   0 | 30
            V1      |  77 | 40
            V1      |  98 | 41
            V2      |   0 | 30
            V2      |  76 | 40
            V2      |  97 | 41      # the rise of day 76 does not count
        """,
        gives="""
            subject | day | event | reason
            V1      |  77 | yes   | PSA
            V2      |  97 | no    | UNCONFIRMED
        """,
    )


@pytest.mark.parametrize(("word", "days"), [("any_earlier", (42, 42, 42)), ("at_early_days", (42, 84, 95))])
def test_a_decline_is_any_value_below_baseline_or_that_of_week_12(
    spec: Any, word: str, days: tuple[int, ...]
) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "decline": word},
        psa="""
            subject | day | value
            D1      |   0 | 100
            D1      |  21 | 60
            D1      |  42 | 80      # +33 % over the nadir
            D1      |  63 | 85
            D1      |  84 | 99      # below baseline at week 12
            D1      | 105 | 120
            D2      |   0 | 100
            D2      |  21 | 60
            D2      |  42 | 80
            D2      |  63 | 85
            D2      |  84 | 100     # at baseline again
            D2      | 105 | 120
            D3      |   0 | 100
            D3      |  21 | 60
            D3      |  42 | 80
            D3      |  73 | 85      # no value within 10 days of week 12
            D3      |  95 | 90
            D3      | 116 | 90
        """,
        gives=f"""
            subject | day       | event
            D1      | {days[0]} | yes
            D2      | {days[1]} | yes
            D3      | {days[2]} | yes
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
