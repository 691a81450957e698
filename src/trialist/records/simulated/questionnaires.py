"""QS of all rows, by subject, day and question."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from trialist.protocol.model import Protocol
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.laboratory import Rows


def questionnaires(protocol: Protocol, cohort: Cohort, rows: list[Rows]) -> pa.Table:
    """QS: whole numbers, one row per subject, day and question."""
    if not sum(len(r.owner) for r in rows):
        return build("qs", 0, {})
    owner, day = np.concatenate([r.owner for r in rows]), np.concatenate([r.day for r in rows])
    value = np.concatenate([r.value for r in rows])
    which = np.repeat(np.arange(len(rows)), [len(r.owner) for r in rows])
    starts = np.cumsum([0, *(len(r.names) for r in rows)])
    visit = np.concatenate([r.visit + start for r, start in zip(rows, starts, strict=False)])
    order = np.lexsort((which, day, owner))
    owner, day, value, which = owner[order], day[order], value[order], which[order]
    return build(
        "qs",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "test_code": words([r.test for r in rows], which),
            "value": value,
            "result": pa.array(value.astype(np.int64)).cast(pa.string()),
            "visit": words([name for r in rows for name in r.names], visit[order]),
            "date": cohort.date(owner, day),
        },
    )
