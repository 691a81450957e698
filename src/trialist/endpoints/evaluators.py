"""One endpoint from the assessments of another evaluator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from trialist.endpoints.derivation import derive_as
from trialist.endpoints.inputs import prepare
from trialist.records.accepted import accepted

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol.endpoints import Endpoint
    from trialist.protocol.model import Protocol
    from trialist.records.model import Records


def by_evaluator(
    records: Records,
    protocol: Protocol,
    name: str,
    endpoint: Endpoint,
    evaluator: str,
    accepted_only: bool,
) -> Table | None:
    """The table of an endpoint as another evaluator's assessments give it.

    Parameters
        name           the endpoint: a best overall response, what is read off one, or a progression-free time
        endpoint       the words that govern it, as the analysis compares them: those of the endpoint or of
                       its estimand
        evaluator      as the records spell it (RSEVAL)
        accepted_only  whether only assessments flagged as accepted (RSACPTFL) count
    Returns   the table of its shape; None where the protocol names no evaluator to compare with, or the
              records hold no assessment of this one
    Problems  none
    Source    FDA guidance, Clinical Trial Endpoints, 2018: investigator and independent assessments compared
    """
    told = protocol.plan.records
    if told is None or told.evaluator is None:
        return None
    changed = told.model_copy(update={"evaluator": evaluator, "accepted_only": accepted_only})
    held = [records.tables[domain] for domain in ("rs", "tr") if domain in records.tables]
    if not any(rows.filter(accepted(rows, changed, by=("evaluator",))).count().execute() for rows in held):
        return None
    other = replace(protocol, plan=protocol.plan.model_copy(update={"records": changed}))
    return derive_as(prepare(records, other), other, name, endpoint)
