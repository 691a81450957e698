"""To which arm, endpoint and detail a number of a sentence belongs, against the store."""

from __future__ import annotations

import pytest

from trialist.evidence.audit import audit
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents.markdown import document_of

STORE = load_store()
KNOWN = lexicon_of(STORE)
PSA = (
    "In TROPIC among patients evaluable for PSA, PSA response was seen in 39.2% (129/329; 95% CI 33.9–44.5) "
    "with cabazitaxel + prednisone and {} (58/325; 95% CI 13.7–22) with mitoxantrone + prednisone."
)
PAIN = (
    "In TAX327, pain response was seen in {} with docetaxel every 3 weeks, 31% with docetaxel weekly and 22% "
    "with mitoxantrone (p=0.01, docetaxel every 3 weeks against mitoxantrone; p=0.08, docetaxel weekly "
    "against mitoxantrone)."
)
LATER = (
    "| Trial | PSA response, by arm |\n|---|---|\n"
    "| CARD, third line or later; evaluable for PSA | Cabazitaxel + prednisone + G-CSF: {} 41/115 |\n"
)
LEVELS = "In TROPIC the label gives a mean Cmax of 226 ng/mL and a mean AUC of {} ng*h/mL with cabazitaxel."
STOPPED = "In TROPIC {} (67/378) discontinued for an adverse event with cabazitaxel + prednisone."


def severe(text: str) -> list[str]:
    found = audit(read_claims(document_of(text, "text.md"), KNOWN), STORE)
    return [verdict.message for verdict in found if verdict.severity != "C"]


@pytest.mark.parametrize(
    ("sentence", "true", "false"),
    [
        (PSA, "17.8%", "27.8%"),
        (PAIN, "35%", "45%"),
        (LATER, "35.7%", "45.7%"),
        (LEVELS, "991", "791"),
        (STOPPED, "18%", "28%"),
    ],
    ids=["interval before the arm", "arms of p values", "or later", "details listed", "discontinued"],
)
def test_a_number_is_of_what_stands_beside_it(sentence: str, true: str, false: str) -> None:
    assert severe(sentence.format(true)) == []
    assert severe(sentence.format(false)) != []
