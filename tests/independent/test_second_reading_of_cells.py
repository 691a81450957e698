"""Generated cell counts through the package and through the plain second reading: every record must agree."""

from __future__ import annotations

import random

import ibis
import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from reading_cells import response

from trialist.endpoints.filled import rule_for
from trialist.endpoints.measurements import cell_count_response
from trialist.protocol.endpoints import Endpoint

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
COUNTS = [None, 0, 1, 2, 3, 3.5, 4, 5, 6, 7, 10, 14, 15, 20, 21, 30, 100, 1000]


@pytest.mark.parametrize("what", ["conversion", "clearance", "decline"])
def test_every_pair_of_counts(what: str) -> None:
    patients = [(before, after) for before in COUNTS for after in COUNTS]
    random.Random(1).shuffle(patients)
    rows = [
        {"subject": f"{n:06d}", "day": day, "sequence": day, "visit": visit, "test": "CTC", "value": count}
        for n, counts in enumerate(patients)
        for day, visit, count in ((1, "before", counts[0]), (91, "after", counts[1]))
        if count is not None
    ]
    kinds = [("subject", pa.string()), ("day", pa.int64()), ("sequence", pa.int64())]
    kinds += [("visit", pa.string()), ("test", pa.string()), ("value", pa.float64())]
    kinds += [("comparator", pa.string()), ("unit", pa.string()), ("failed", pa.bool_())]
    measurements = ibis.memtable(pa.Table.from_pylist(rows, pa.schema(kinds)))
    names = [f"{n:06d}" for n in range(len(patients))]
    subjects = ibis.memtable(
        pa.table({"subject": names, "cutoff_day": pa.array([None] * len(names), pa.int64())})
    )
    words = {"derive": "cell_count_response", "what": what, "measurement": "CTC"}
    rule = rule_for(ENTRY.validate_python({**words, "baseline": "before", "at": "after"}))
    found = cell_count_response(subjects=subjects, measurements=measurements, rule=rule).to_pyarrow()
    here = {row["subject"]: row["responder"] for row in found.to_pylist()}
    assert here == {name: response(*patients[n], what) for n, name in enumerate(names)}
