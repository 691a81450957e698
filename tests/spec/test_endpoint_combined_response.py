"""Soft tissue and bone at one visit: PD of either is PD; else soft tissue mostly has its word."""

from __future__ import annotations

import pyarrow as pa
import pytest
from text_tables import rows_in
from text_trial import Engine

from trialist.endpoints.combined import overall_of_parts
from trialist.endpoints.criteria import criteria
from trialist.engines import spark

TABLE = """
        soft_tissue   | bone   | target | overall
        PD            | NON-PD |        | PD
        PD            | PDu    |        | PD
        PD            | PD     |        | PD
        PD            | NED    |        | PD
        PD            | NE     |        | PD
        CR            | PD     |        | PD
        PR            | PD     |        | PD
        SD            | PD     |        | PD
        NON-CR/NON-PD | PD     |        | PD
        NED           | PD     |        | PD
        NE            | PD     |        | PD
        NE            | NON-PD |        | NE
        NE            | PDu    |        | NE
        NE            | NED    |        | NE
        NE            | NE     |        | NE
        NED           | NON-PD |        | NON-CR/NON-PD
        NED           | PDu    |        | PDu
        NED           | NED    |        | NE
        NED           | NE     |        | NE
        SD            | NON-PD |        | SD
        SD            | PDu    |        | SD
        SD            | NED    |        | SD
        SD            | NE     |        | SD
        NON-CR/NON-PD | NON-PD |        | NON-CR/NON-PD
        NON-CR/NON-PD | PDu    |        | NON-CR/NON-PD
        NON-CR/NON-PD | NED    |        | NON-CR/NON-PD
        NON-CR/NON-PD | NE     |        | NON-CR/NON-PD
        PR            | NON-PD |        | PR
        PR            | PDu    |        | PR
        PR            | NED    |        | PR
        PR            | NE     |        | PR
        CR            | NON-PD | yes    | PR
        CR            | NON-PD | no     | NON-CR/NON-PD
        CR            | PDu    | yes    | PR
        CR            | PDu    | no     | NON-CR/NON-PD
        CR            | NE     | yes    | PR
        CR            | NE     | no     | NON-CR/NON-PD
        CR            | NED    |        | CR
"""
OUTSIDE = """
        soft_tissue   | bone   | target | overall
                      | PD     |        | PD         # not assessed is not evaluable
                      | NON-PD | yes    | NE
        SD            |        | yes    | SD
        CR            |        | yes    | PR
        CR            | NON-PD |        | NE         # target lesions not known, and they decide
        CR            | NED    |        | CR         # ... or do not
        PR            | PD     |        | PD
        UNREAD        | NON-PD | yes    | NE         # no word of the table
        PR            | PDU    | yes    | NE
"""
KNOWN = {"": None, "yes": True, "no": False}


@pytest.mark.parametrize(("name", "text"), [("table", TABLE), ("outside", OUTSIDE)])
def test_each_pair_of_responses_has_its_overall_response(engine: Engine, name: str, text: str) -> None:
    cases = rows_in(text)
    visits = pa.table(
        {
            "subject": [str(number) for number, _ in enumerate(cases)],
            "day": pa.array([56] * len(cases), pa.int64()),
            "soft_tissue": pa.array([case["soft_tissue"] or None for case in cases], pa.string()),
            "bone": pa.array([case["bone"] or None for case in cases], pa.string()),
            "target_lesions": pa.array([KNOWN[case["target"]] for case in cases], pa.bool_()),
        }
    )
    found = spark.rows_of(
        overall_of_parts(engine(f"visits_{name}", visits), criteria("pcwg3_overall")["rows"])
    )
    responses = {row["subject"]: row["response"] for row in found.to_pylist()}
    assert [responses[str(number)] for number, _ in enumerate(cases)] == [case["overall"] for case in cases]
    assert set(found.column("day").to_pylist()) == {56}


def test_the_table_has_one_word_for_every_pair_and_every_word_of_it_is_here() -> None:
    printed = criteria("pcwg3_overall")["rows"]
    soft_tissue = {"CR", "PR", "SD", "PD", "NON-CR/NON-PD", "NED", "NE"}
    pairs = {
        (soft, bone, target)
        for soft in soft_tissue
        for bone in ("NON-PD", "PDu", "PD", "NED", "NE")
        for target in ("Y", "N")
    }
    answers = [
        (soft, bone, target)
        for soft, bone, asked, _ in printed
        for target in ("Y", "N")
        if asked in ("", target)
    ]
    assert sorted(answers) == sorted(pairs)
    assert len(rows_in(TABLE)) == len(printed) == 38


def test_progression_of_either_part_is_progression() -> None:
    for soft, bone, _, overall in criteria("pcwg3_overall")["rows"]:
        assert (overall == "PD") == ("PD" in (soft, bone)), (soft, bone)
        assert (overall == "PDu") == ((soft, bone) == ("NED", "PDu")), (soft, bone)
