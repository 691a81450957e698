"""Reconstructed times (not an SDTM domain): one row per pseudo-patient of a published curve.

Times and events are close to the trial's, the people are not: subjects of different endpoints are
different rows and can't be linked.
"""

from __future__ import annotations

from trialist.records.domains.domain import SUBJECT, Column, Domain

XT = Domain(
    "xt",
    "Reconstructed times",
    (
        SUBJECT,
        Column("ENDPOINT", "endpoint", "text", "Endpoint id of the protocol", required=True),
        Column("ARMCD", "arm_code", "text", "Arm code", required=True),
        Column("TIME", "time_months", "number", "Time, months", required=True, minimum=0),
        Column("EVENT", "event", "integer", "1 event, 0 censored", required=True, allowed=("0", "1")),
    ),
    key=("subject", "endpoint"),
)
