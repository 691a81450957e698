"""Tumour response at a visit from lesions: targets, non-targets, new lesions (RECIST 1.1, section 4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.tumours import tumour_response


def test_the_sum_of_targets_against_baseline_and_nadir(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role   | node | diameter | state
            A1      |  -7 | T1     | TARGET |      | 50       |
            A1      |  -7 | T2     | TARGET |      | 30       |
            A1      |  56 | T1     | TARGET |      | 35       |           # 80 -> 56 is -30 %
            A1      |  56 | T2     | TARGET |      | 21       |
            A2      |  -7 | T1     | TARGET |      | 50       |
            A2      |  -7 | T2     | TARGET |      | 30       |
            A2      |  56 | T1     | TARGET |      | 20       |
            A2      |  56 | T2     | TARGET |      | 20       |
            A2      | 112 | T1     | TARGET |      | 28       |           # 40 -> 48 is +20 % and +8 mm
            A2      | 112 | T2     | TARGET |      | 20       |
            A3      |  -7 | T1     | TARGET |      | 12       |
            A3      |  -7 | T2     | TARGET |      | 10       |
            A3      |  56 | T1     | TARGET |      | 5        |
            A3      |  56 | T2     | TARGET |      | 5        |
            A3      | 112 | T1     | TARGET |      | 7        |           # +30 % but only +3 mm; -41 % of 22
            A3      | 112 | T2     | TARGET |      | 6        |
            A4      |  -7 | T1     | TARGET |      | 20       |
            A4      |  -7 | T2     | TARGET | yes  | 22       |
            A4      |  56 | T1     | TARGET |      |          | ABSENT
            A4      |  56 | T2     | TARGET | yes  | 8        |           # a normal node keeps its size
            A5      |  -7 | T1     | TARGET |      | 50       |
            A5      |  -7 | T2     | TARGET |      | 30       |
            A5      |  56 | T1     | TARGET |      | 45       |
            A5      |  56 | T2     | TARGET |      |          |           # not read
            A6      |  -7 | T1     | TARGET |      | 50       |
            A6      |  -7 | T2     | TARGET |      | 30       |
            A6      |  56 | T1     | TARGET |      | 40       |
            A6      |  56 | T2     | TARGET |      | 20       |
            A6      | 112 | T1     | TARGET |      | 74       |           # alone above 60 x 1.2 and + 5 mm
            A7      |  -7 | T1     | TARGET |      | 50       |
            A7      |  -7 | T2     | TARGET |      | 30       |
            A7      |  56 | T1     | TARGET |      |          | TOO SMALL # 5 mm
            A7      |  56 | T2     | TARGET |      | 0        | TOO SMALL # seen, so not 0
        """,
        gives="""
            subject | day | sum | nadir | baseline | target | response | reason
            A1      |  56 | 56  | 80    | 80       | PR     | PR       | TARGET_FALLEN
            A2      |  56 | 40  | 80    | 80       | PR     | PR       | TARGET_FALLEN
            A2      | 112 | 48  | 40    | 80       | PD     | PD       | TARGET_GROWN
            A3      |  56 | 10  | 22    | 22       | PR     | PR       | TARGET_FALLEN
            A3      | 112 | 13  | 10    | 22       | PR     | PR       | TARGET_FALLEN
            A4      |  56 | 8   | 42    | 42       | CR     | CR       | NO_DISEASE_LEFT
            A5      |  56 | 45  | 80    | 80       | NE     | NE       | TARGET_NOT_READ
            A6      |  56 | 60  | 80    | 80       | SD     | SD       | TARGET_STABLE
            A6      | 112 | 74  | 60    | 80       | PD     | PD       | TARGET_GROWN
            A7      |  56 | 10  | 80    | 80       | PR     | PR       | TARGET_FALLEN
        """,
    )


def test_thresholds_are_closed_in_spite_of_rounding(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role   | node | diameter
            B1      |   0 | T1     | TARGET |      | 33.7
            B1      |  56 | T1     | TARGET |      | 40.44    # 1.2 x 33.7
            B2      |   0 | T1     | TARGET |      | 11.4
            B2      |  56 | T1     | TARGET |      | 16.4     # + 5 mm, though 4.999999999999998 in binary
            B3      |   0 | T1     | TARGET |      | 12.1
            B3      |  56 | T1     | TARGET |      | 17.0     # + 40 % but + 4.9 mm
            B4      |   0 | T1     | TARGET |      | 70.1
            B4      |  56 | T1     | TARGET |      | 49.07    # 0.7 x 70.1
            B5      |   0 | T1     | TARGET |      | 70.1
            B5      |  56 | T1     | TARGET |      | 49.08
            B6      |   0 | T1     | TARGET | yes  | 20
            B6      |  56 | T1     | TARGET | yes  | 10       # a node of 10 mm is not normal
            B7      |   0 | T1     | TARGET | yes  | 20
            B7      |  56 | T1     | TARGET | yes  | 9.9
            B8      |   0 | T1     | TARGET |      | 16.1
            B8      |   0 | T2     | TARGET |      | 27.0
            B8      |  56 | T1     | TARGET |      | 21.1     # 43.1 + 5 mm is + 11.6 %
            B8      |  56 | T2     | TARGET |      | 27.0
        """,
        gives="""
            subject | day | response
            B1      |  56 | PD
            B2      |  56 | PD
            B3      |  56 | SD
            B4      |  56 | PR
            B5      |  56 | SD
            B6      |  56 | PR
            B7      |  56 | CR
            B8      |  56 | SD
        """,
    )


def test_what_comes_back_after_a_complete_response_is_progression(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role       | node | diameter | state
            C1      |   0 | T1     | TARGET     |      | 20       |
            C1      |   0 | T2     | TARGET     | yes  | 22       |
            C1      |  56 | T1     | TARGET     |      |          | ABSENT
            C1      |  56 | T2     | TARGET     | yes  | 9        |
            C1      | 112 | T1     | TARGET     |      |          | ABSENT
            C1      | 112 | T2     | TARGET     | yes  | 10       |        # only + 1 mm
            C2      |   0 | T1     | TARGET     |      | 20       |
            C2      |   0 | N1     | NON-TARGET |      |          | PRESENT
            C2      |  56 | T1     | TARGET     |      |          | ABSENT # no complete response: N1 is left
            C2      |  56 | N1     | NON-TARGET |      |          | PRESENT
            C2      | 112 | T1     | TARGET     |      | 2        |        # from a nadir of 0
            C2      | 112 | N1     | NON-TARGET |      |          | PRESENT
            C3      |   0 | T1     | TARGET     | yes  | 22       |
            C3      |   0 | N1     | NON-TARGET |      |          | PRESENT
            C3      |  56 | T1     | TARGET     | yes  | 9        |
            C3      |  56 | N1     | NON-TARGET |      |          | PRESENT
            C3      | 112 | T1     | TARGET     | yes  | 10       |        # no response had been complete
            C3      | 112 | N1     | NON-TARGET |      |          | PRESENT
            C4      |   0 | T1     | TARGET     | yes  | 22       |
            C4      |  56 | T1     | TARGET     | yes  | 3        |
            C4      | 112 | T1     | TARGET     | yes  | 9        |        # + 200 %, + 6 mm, and still normal
            C5      |   0 | T1     | TARGET     |      | 20       |
            C5      |   0 | T2     | TARGET     |      | 20       |
            C5      |  56 | T1     | TARGET     |      |          | ABSENT
            C5      |  56 | T2     | TARGET     |      |          | ABSENT
            C5      | 112 | T1     | TARGET     |      | 4        |        # T2 not read: back all the same
            C6      |   0 | T1     | TARGET     | yes  | 20       |
            C6      |   0 | T2     | TARGET     |      | 20       |
            C6      |  56 | T1     | TARGET     | yes  | 3        |
            C6      |  56 | T2     | TARGET     |      |          | ABSENT
            C6      | 112 | T1     | TARGET     | yes  | 9        |        # normal: with T2 absent it is CR
            C7      |   0 | T1     | TARGET     |      | 20       |
            C7      |  56 | T1     | TARGET     |      |          | ABSENT
            C7      | 112 | T1     | TARGET     |      |          |
            C7      | 168 | T1     | TARGET     |      |          | TOO SMALL
            C8      |   0 | T1     | TARGET     |      | 20       |
            C8      |  56 | T1     | TARGET     |      |          | ABSENT
            C8      | 112 | T1     | TARGET     |      |          | PRESENT # without a size: back
            C9      |   0 | T1     | TARGET     | yes  | 20       |
            C9      |  56 | T1     | TARGET     | yes  | 8        |
            C9      | 112 | T1     | TARGET     | yes  |          | PRESENT # may still be normal
        """,
        gives="""
            subject | day | target | response | reason
            C1      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C1      | 112 | PD     | PD       | TARGET_RETURNED
            C2      |  56 | CR     | PR       | NON_TARGET_LEFT
            C2      | 112 | PD     | PD       | TARGET_RETURNED
            C3      |  56 | CR     | PR       | NON_TARGET_LEFT
            C3      | 112 | PR     | PR       | TARGET_FALLEN
            C4      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C4      | 112 | CR     | CR       | NO_DISEASE_LEFT
            C5      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C5      | 112 | PD     | PD       | TARGET_RETURNED
            C6      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C6      | 112 | NE     | NE       | TARGET_NOT_READ
            C7      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C7      | 112 | NE     | NE       | TARGET_NOT_READ
            C7      | 168 | PD     | PD       | TARGET_RETURNED
            C8      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C8      | 112 | PD     | PD       | TARGET_RETURNED
            C9      |  56 | CR     | CR       | NO_DISEASE_LEFT
            C9      | 112 | NE     | NE       | TARGET_NOT_READ
        """,
    )


def test_a_visit_that_is_read_in_part_is_no_nadir(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role   | diameter
            D1      |   0 | T1     | TARGET | 50
            D1      |   0 | T2     | TARGET | 30
            D1      |  56 | T1     | TARGET | 40         # T2 not read
            D1      | 112 | T1     | TARGET | 48
            D1      | 112 | T2     | TARGET | 30
        """,
        gives="""
            subject | day | sum | nadir | response
            D1      |  56 | 40  | 80    | NE
            D1      | 112 | 78  | 80    | SD
        """,
    )


def test_parts_of_a_split_lesion_are_added_and_a_merged_lesion_is_measured_once(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role   | node | diameter | state
            E1      |   0 | T1     | TARGET |      | 40       |
            E1      |  56 | T1     | TARGET |      | 18       |         # two parts: 30 mm together
            E1      |  56 | T1     | TARGET |      | 12       |
            E2      |   0 | T1     | TARGET |      | 20       |
            E2      |   0 | T2     | TARGET |      | 20       |
            E2      |  56 | T1     | TARGET |      | 44       |         # the merged mass
            E2      |  56 | T2     | TARGET |      |          | MERGED
            E3      |   0 | T1     | TARGET |      | 40       |
            E3      |  56 | T1     | TARGET |      | 18       |
            E3      |  56 | T1     | TARGET |      |          |         # one part not read
            E4      |   0 | T1     | TARGET | yes  | 20       |
            E4      |  56 | T1     | TARGET | yes  | 6        |         # two normal nodes
            E4      |  56 | T1     | TARGET | yes  | 6        |
        """,
        gives="""
            subject | day | sum | response
            E1      |  56 | 30  | SD
            E2      |  56 | 44  | SD
            E3      |  56 | 18  | NE
            E4      |  56 | 12  | CR
        """,
    )


def test_the_baseline_is_the_last_size_before_treatment(spec: Any) -> None:
    spec(
        tumour_response,
        subjects="""
            subject | first_dose_day | cutoff_day
            F1      | 5              |
            F2      |                |
            F3      |                |
            F4      |                | 60
        """,
        lesions="""
            subject | day | lesion | role   | diameter
            F1      | -20 | T1     | TARGET | 50
            F1      |   3 | T1     | TARGET | 60         # before the first dose
            F1      |  56 | T1     | TARGET | 42
            F2      |   0 | T1     | TARGET | 50
            F2      |  56 | T1     | TARGET | 42
            F2      |  56 | T2     | TARGET | 30         # a target without a baseline
            F3      |  56 | T1     | TARGET | 42
            F4      |   0 | T1     | TARGET | 50
            F4      |  56 | T1     | TARGET | 50
            F4      | 112 | T1     | TARGET | 90         # after the cut-off
        """,
        gives="""
            subject | day | baseline | response | reason
            F1      |  56 | 60       | PR       | TARGET_FALLEN
            F2      |  56 |          | NE       | NO_TARGET_BASELINE
            F3      |  56 |          | NE       | NO_TARGET_BASELINE
            F4      |  56 | 50       | SD       | TARGET_STABLE
        """,
    )


def test_non_targets_alone_never_give_a_partial_response(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role       | node | diameter | state
            G1      |   0 | N1     | NON-TARGET |      |          | PRESENT
            G1      |   0 | N2     | NON-TARGET | yes  | 12       |
            G1      |  56 | N1     | NON-TARGET |      |          | ABSENT
            G1      |  56 | N2     | NON-TARGET | yes  | 11       |
            G1      | 112 | N1     | NON-TARGET |      |          | ABSENT
            G1      | 112 | N2     | NON-TARGET | yes  | 9        |        # normal
            G1      | 168 | N1     | NON-TARGET |      |          | PRESENT # N2 not read
            G1      | 224 | N1     | NON-TARGET |      |          | WORSE
            G2      |   0 | T1     | TARGET     |      | 40       |
            G2      |   0 | N1     | NON-TARGET |      |          | PRESENT
            G2      |  56 | T1     | TARGET     |      |          | ABSENT  # N1 not read
            G2      | 112 | T1     | TARGET     |      |          | ABSENT
            G2      | 112 | N1     | NON-TARGET |      |          | TOO SMALL
            G2      | 168 | T1     | TARGET     |      | 0        |
            G2      | 168 | N1     | NON-TARGET |      |          | ABSENT
            G2      | 224 | T1     | TARGET     |      | 0        |
            G2      | 224 | N1     | NON-TARGET |      |          | WORSE
        """,
        gives="""
            subject | day | target | non_target    | response      | reason
            G1      |  56 |        | NON-CR/NON-PD | NON-CR/NON-PD | NON_TARGET_LEFT
            G1      | 112 |        | CR            | CR            | NO_DISEASE_LEFT
            G1      | 168 |        | PD            | PD            | NON_TARGET_RETURNED
            G1      | 224 |        | PD            | PD            | NON_TARGET_WORSE
            G2      |  56 | CR     | NE            | PR            | NON_TARGET_NOT_READ
            G2      | 112 | CR     | NON-CR/NON-PD | PR            | NON_TARGET_LEFT
            G2      | 168 | CR     | CR            | CR            | NO_DISEASE_LEFT
            G2      | 224 | CR     | PD            | PD            | NON_TARGET_WORSE
        """,
    )


def test_after_a_complete_response_a_non_target_that_is_back_is_progression(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role       | node | diameter | state
            ONLY    |   0 | N1     | NON-TARGET |      |          | PRESENT
            ONLY    |  56 | N1     | NON-TARGET |      |          | ABSENT
            ONLY    | 112 | N1     | NON-TARGET |      |          | EQUIVOCAL
            ONLY    | 168 | N1     | NON-TARGET |      |          | PRESENT
            BOTH    |   0 | T1     | TARGET     |      | 40       |
            BOTH    |   0 | N1     | NON-TARGET | yes  | 12       |
            BOTH    |  56 | T1     | TARGET     |      | 0        |
            BOTH    |  56 | N1     | NON-TARGET | yes  | 9        |
            BOTH    | 112 | T1     | TARGET     |      | 0        |
            BOTH    | 112 | N1     | NON-TARGET | yes  | 10       |
            PARTLY  |   0 | T1     | TARGET     |      | 40       |
            PARTLY  |   0 | N1     | NON-TARGET |      |          | PRESENT
            PARTLY  |  56 | T1     | TARGET     |      | 20       |
            PARTLY  |  56 | N1     | NON-TARGET |      |          | ABSENT  # no CR of the whole
            PARTLY  | 112 | T1     | TARGET     |      | 20       |
            PARTLY  | 112 | N1     | NON-TARGET |      |          | PRESENT
        """,
        gives="""
            subject | day | non_target    | response      | reason
            ONLY    |  56 | CR            | CR            | NO_DISEASE_LEFT
            ONLY    | 112 | NON-CR/NON-PD | NON-CR/NON-PD | NON_TARGET_LEFT
            ONLY    | 168 | PD            | PD            | NON_TARGET_RETURNED
            BOTH    |  56 | CR            | CR            | NO_DISEASE_LEFT
            BOTH    | 112 | PD            | PD            | NON_TARGET_RETURNED
            PARTLY  |  56 | CR            | PR            | TARGET_FALLEN
            PARTLY  | 112 | NON-CR/NON-PD | PR            | TARGET_FALLEN
        """,
    )


def test_a_new_lesion_is_progression_from_the_scan_that_first_showed_it(spec: Any) -> None:
    spec(
        tumour_response,
        lesions="""
            subject | day | lesion | role   | node | diameter | state
            H1      |   0 | T1     | TARGET |      | 40       |
            H1      |  56 | T1     | TARGET |      | 10       |
            H1      |  56 | X1     | NEW    |      |          | PRESENT
            H1      | 112 | T1     | TARGET |      | 10       |           # progression stands
            H2      |   0 | T1     | TARGET |      | 40       |
            H2      |  56 | T1     | TARGET |      | 40       |
            H2      |  56 | X1     | NEW    |      |          | EQUIVOCAL # certain on day 112
            H2      | 112 | T1     | TARGET |      | 40       |
            H2      | 112 | X1     | NEW    |      | 12       |
            H3      |   0 | T1     | TARGET |      | 40       |
            H3      |  56 | T1     | TARGET |      | 40       |
            H3      |  56 | X1     | NEW    |      |          | EQUIVOCAL # never certain
            H4      |   0 | T1     | TARGET |      | 40       |
            H4      |  56 | T1     | TARGET |      | 40       |
            H4      |  56 | X1     | NEW    |      |          | EQUIVOCAL
            H4      |  84 | T1     | TARGET |      | 40       |
            H4      |  84 | X1     | NEW    |      |          | ABSENT    # it had gone
            H4      | 112 | T1     | TARGET |      | 40       |
            H4      | 112 | X1     | NEW    |      |          | PRESENT
            H5      |   0 | T1     | TARGET |      | 40       |
            H5      |  56 | T1     | TARGET |      | 40       |
            H5      |  56 | X1     | NEW    | yes  | 9.5      |           # a normal node
            H5      | 112 | T1     | TARGET |      | 40       |
            H5      | 112 | X1     | NEW    | yes  | 10       |
            H6      |  56 | X1     | NEW    |      |          | PRESENT   # nothing at baseline
            H7      |  56 | X1     | NEW    |      |          | EQUIVOCAL
            H8      |   0 | T1     | TARGET |      | 40       |
            H8      |  56 | X1     | NEW    |      |          | PRESENT   # targets not read
            H9      |   0 | T1     | TARGET |      | 40       |
            H9      |  56 | T1     | TARGET |      | 40       |
            H9      |  56 | X1     | NEW    |      |          | EQUIVOCAL
            H9      |  84 | T1     | TARGET |      | 40       |
            H9      |  84 | X1     | NEW    |      |          |           # not read: still followed
            H9      | 112 | T1     | TARGET |      | 40       |
            H9      | 112 | X1     | NEW    |      |          | PRESENT
        """,
        gives="""
            subject | day | target | new_lesion | response | reason
            H1      |  56 | PR     | yes        | PD       | NEW_LESION
            H1      | 112 | PR     | yes        | PD       | NEW_LESION
            H2      |  56 | SD     | yes        | PD       | NEW_LESION
            H2      | 112 | SD     | yes        | PD       | NEW_LESION
            H3      |  56 | SD     | no         | SD       | TARGET_STABLE
            H4      |  56 | SD     | no         | SD       | TARGET_STABLE
            H4      |  84 | SD     | no         | SD       | TARGET_STABLE
            H4      | 112 | SD     | yes        | PD       | NEW_LESION
            H5      |  56 | SD     | no         | SD       | TARGET_STABLE
            H5      | 112 | SD     | yes        | PD       | NEW_LESION
            H6      |  56 |        | yes        | PD       | NEW_LESION
            H7      |  56 |        | no         | NED      | NO_DISEASE_AT_BASELINE
            H8      |  56 | NE     | yes        | PD       | NEW_LESION
            H9      |  56 | SD     | yes        | PD       | NEW_LESION
            H9      |  84 | SD     | yes        | PD       | NEW_LESION
            H9      | 112 | SD     | yes        | PD       | NEW_LESION
        """,
    )


def test_a_lesion_that_proves_certain_after_the_cut_off_does_not_count(spec: Any) -> None:
    spec(
        tumour_response,
        subjects="""
            subject | cutoff_day
            I1      | 100
        """,
        lesions="""
            subject | day | lesion | role   | diameter | state
            I1      |   0 | T1     | TARGET | 40       |
            I1      |  56 | T1     | TARGET | 40       |
            I1      |  56 | X1     | NEW    |          | EQUIVOCAL
            I1      | 112 | X1     | NEW    |          | PRESENT
        """,
        gives="""
            subject | day | response
            I1      |  56 | SD
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
