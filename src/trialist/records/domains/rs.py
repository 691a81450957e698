"""Disease response (SDTM RS)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

# CDISC Controlled Terminology, codelist ONCRSR (RECIST, PCWG3, iRECIST, Lugano and haematology), in upper
# case, and the words of a response that was not read
RESPONSES = (
    *("CR", "PR", "SD", "NON-CR/NON-PD", "NON-PD", "PD", "PDU", "NED", "MR", "PRU", "CRU"),
    *("ICR", "IPR", "ISD", "IUPD", "ICPD", "NON-ICR/NON-IUPD"),
    *("CMR", "PMR", "NMR", "PMD", "SCR", "VGPR", "CRH", "CRI"),
    *("NE", "ND", "NA", "NOT EVALUABLE", "NOT DONE", "MISSING"),
)
RESPONSE_TESTS = ("OVRLRESP", "TRGRESP", "NTRGRESP", "SFTSRESP", "BONERESP")

RS = Domain(
    "rs",
    "Disease response",
    (
        STUDY,
        SUBJECT,
        sequence("RS"),
        Column(
            "RSTESTCD",
            "test_code",
            "text",
            "OVRLRESP, TRGRESP, NTRGRESP, SFTSRESP, BONERESP ...",
            required=True,
        ),
        Column("RSCAT", "category", "text", "Response criteria"),
        Column("RSSTRESC", "result", "text", "Response", known=RESPONSES, known_for=RESPONSE_TESTS),
        Column("RSEVAL", "evaluator", "text", "Evaluator"),
        Column("RSEVALID", "evaluator_id", "text", "Evaluator identifier"),
        Column("RSACPTFL", "accepted", "flag", "Accepted record flag"),
        *visit(),
        Column("RSDTC", "date", "date", "Date of assessment"),
    ),
    key=("subject", "sequence"),
)
