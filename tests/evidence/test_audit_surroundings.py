"""What a number, a dose or a benefit is of, where its sentence leaves it to the words around it."""

from __future__ import annotations

import pytest

from trialist.evidence.audit import audit
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.markdown import document_of

STORE = load_store()
KNOWN = lexicon_of(STORE)


def told(text: str) -> list[str]:
    found = audit(read_claims(document_of(text, "text.md"), KNOWN), STORE)
    return [verdict.rule for verdict in found if verdict.severity != "C"]


@pytest.mark.parametrize(
    "text",
    [
        "In TheraP the hazard ratio for overall survival was 0.97 (0.70 to 1.35); by restricted mean "
        "survival time the arms were alike, P=0.77.",
        "# FIRSTANA\n\n- Tumour response: 32.4% / 41.6% / 30.9% (C25 v D75, nominal P = .037)",
        "In COU-AA-301 median follow-up for survival was 20.2 months.",
        "In CABA-V7 the performance status was 0 in ten and 1 in fifteen of the 25; the median number of "
        "cycles was five.",
        "In CARD men of 70 or older had an OS of 13.9 v 9.4 months (HR 0.66; 0.41-1.06) and younger men of "
        "13.6 v 11.8 months. Neither OS comparison reached significance.",
        "In TROPIC, 47% of men on cabazitaxel had diarrhoea of any grade and 6% had diarrhoea of grade 3 "
        "or more; on mitoxantrone it was 11% and less than 1%.",
        "In TROPIC, 47% of patients on cabazitaxel had diarrhoea. The early access programme of a "
        "country reported diarrhoea in 57% of 86 men.",
        "# Cabazitaxel\n\nThe starting dose on the United States label is 20 mg/m2 every 3 weeks, with "
        "prednisone 10 mg daily.",
        "In ALSYMPCA the benefit in survival holds for men with bone metastases and without lung metastases.",
        "After docetaxel, cabazitaxel with prednisone is a standard treatment.",
    ],
    ids=[
        "the test of a restricted mean",
        "the arms of a test beside three numbers",
        "follow-up for survival",
        "a number before a semicolon",
        "comparisons of parts of the patients",
        "grades in turn",
        "a programme of others",
        "the present dose",
        "the patients studied",
        "the present standard",
    ],
)
def test_what_is_true_is_not_told(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "# Cabazitaxel\n\nThe starting dose on the United States label is 25 mg/m2 every 3 weeks, with "
            "prednisone 10 mg daily.",
            "label_doses",
        ),
        ("In ALSYMPCA the benefit in survival holds for men with lung or liver metastases.", "superiority"),
        (
            "After docetaxel, mitoxantrone with prednisone is still the standard treatment.",
            "standard_of_care",
        ),
        ("In COU-AA-301 median survival with abiraterone was 20.2 months.", "against_findings"),
    ],
    ids=["a dose of before", "patients left out", "a standard of before", "no follow-up"],
)
def test_what_is_not_is_told(text: str, rule: str) -> None:
    found = audit(read_claims(document_of(text, "text.md"), KNOWN), STORE)
    assert any(rule in (verdict.rule, *verdict.also) for verdict in found)
