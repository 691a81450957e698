"""ADAE: one row per adverse event of the records, treatment-emergent or not."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.adverse_event_rules import OccurrenceRule, occurrence_rule
from trialist.endpoints.occurrences import adverse_events
from trialist.formats.adam.parameters import Source, date_of, text
from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.records.columns import column
from trialist.study import planned

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import BooleanValue, StringValue, Table

    from trialist.study import Result

_RECORDED = {"AETERM": "reported_term", "AEREL": "relation", "AEACN": "action", "AEOUT": "outcome"}
_FIRST_OF = {
    "AOCCFL": (),
    "AOCCSFL": ("system_organ_class",),
    "AOCCPFL": ("system_organ_class", "term"),
}


def adae(result: Result) -> tuple[pa.Table, dict[str, Any]] | None:
    """ADAE and what its metadata say; None where no endpoint lists adverse events, or no event is recorded.

    Events are those up to the cut-off, whatever the endpoints select; treatment emergence has the window of
    the first endpoint that lists events. AOCCFL, AOCCSFL and AOCCPFL mark a subject's first emergent event,
    of all, of its class, and of its term in its class, by onset and then by sequence: an onset lies
    on treatment, and of a date known in part it is the earliest day there that it can mean. RELGR1 pools the
    causality of any study drug, ACNGR1 what was done; that of drug n, where an endpoint asks for it, stands
    in RELGR(n + 1) and ACNGR(n + 1). AONDT is the onset by which time at risk ends.
    Source    ADaM Structure for Occurrence Data 1.1 (OCCDS)
    """
    plan, ae = result.protocol.plan, result.records.tables.get("ae")
    asked = [(name, entry) for name, entry in plan.endpoints.items() if isinstance(entry, AdverseEventTable)]
    if not asked or ae is None:
        return None
    name, endpoint = asked[0]
    rule = _of_everything(occurrence_rule(endpoint))
    source = Source(result)
    inputs = {key: result.inputs.tables[key] for key in ("subjects", "adverse_events", "therapies")}
    events = adverse_events(**inputs, rule=rule)
    events = events.filter(events.sequence.notnull()).join(inputs["subjects"], "subject")
    drugs = sorted({entry.drug.column for _, entry in asked if entry.drug is not None})
    told = _RECORDED | {
        f"{cdisc}{n}": f"{plain}_{n}"
        for n in drugs
        for cdisc, plain in (("AEREL", "relation"), ("AEACN", "action"))
    }
    recorded = ae.select(
        "subject", "sequence", **{new: column(ae, old).strip().nullif("") for new, old in told.items()}
    )
    of_drugs = [f"{what}_{n}" for n in drugs for what in ("related", "action")]
    pooled = inputs["adverse_events"].select("subject", "sequence", *of_drugs)
    recorded = recorded.left_join(pooled, ["subject", "sequence"]).drop("subject_right", "sequence_right")
    rows = events.left_join(recorded, ["subject", "sequence"]).drop("subject_right", "sequence_right")
    order = ["onset_day", "sequence"]
    first = {
        flag: ibis.row_number().over(ibis.window(group_by=["subject", "emergent", *by], order_by=order)) == 0
        for flag, by in _FIRST_OF.items()
    }
    rows = rows.mutate(**first)
    made = rows.select(
        STUDYID=text(plan.trial),
        USUBJID=rows.subject,
        TRTP=source.arm_label(rows.arm),
        TRTPN=source.arm_number(rows.arm),
        TRTA=source.arm_label(rows.actual_arm),
        TRTAN=source.arm_number(rows.actual_arm),
        TRTSDT=date_of(rows, rows.first_dose_day),
        TRTEDT=date_of(rows, rows.last_dose_day),
        AESEQ=rows.sequence,
        AETERM=rows.AETERM,
        AEDECOD=rows.term,
        AEBODSYS=rows.system_organ_class,
        ASTDT=date_of(rows, rows.start_day),
        AENDT=date_of(rows, rows.end_day),
        ASTDY=_study_day(rows, "start_day"),
        AENDY=_study_day(rows, "end_day"),
        AONDT=date_of(rows, rows.onset_day),
        AOENDT=date_of(rows, rows.last_day),
        TRTEMFL=_yes(rows.emergent),
        AOCCFL=_yes(rows.emergent & rows.AOCCFL),
        AOCCSFL=_yes(rows.emergent & rows.AOCCSFL),
        AOCCPFL=_yes(rows.emergent & rows.AOCCPFL),
        ATOXGR=rows.grade.cast("string"),
        ATOXGRN=rows.grade.cast("float64"),
        AESER=ibis.cases((rows.serious, "Y"), (~rows.serious, "N")),
        AEREL=rows.AEREL,
        RELGR1=_pooled(rows.related),
        AEACN=rows.AEACN,
        **{name: rows[name] for name in told if name[-1:].isdigit()},
        ACNGR1=rows.action.upper(),
        **{f"RELGR{n + 1}": _pooled(rows[f"related_{n}"]) for n in drugs},
        **{f"ACNGR{n + 1}": rows[f"action_{n}"].upper() for n in drugs},
        AEOUT=rows.AEOUT,
        AESDTH=_yes(rows.fatal),
    )
    table = made.to_pyarrow().sort_by([("USUBJID", "ascending"), ("AESEQ", "ascending")])
    asked_of: dict[str, list[str]] = {item.endpoint: [] for item in planned(result.protocol)}
    for item in planned(result.protocol):
        asked_of[item.endpoint].append(item.id)
    about = {
        "endpoint": name,
        "window": rule.window,
        "lists": [
            {
                "endpoint": other,
                "param": entry.label or other,
                "analyses": asked_of.get(other, []),
                "selection": asdict(occurrence_rule(entry)),
            }
            for other, entry in asked
            if (occurrence_rule(entry).window, entry.new_therapy) == (rule.window, rule.new_therapy)
        ],
        "dictionary": rule.dictionary,
        "dictionary_version": rule.dictionary_version,
    }
    return (table, about) if table.num_rows else None


def _of_everything(rule: OccurrenceRule) -> OccurrenceRule:
    """The rule without its selection: every event stands in ADAE, flags say which count."""
    return replace(
        rule,
        terms=(),
        term_list=None,
        minimum_grade=1,
        serious=False,
        related=False,
        drug=None,
        drug_column=None,
        action=None,
        fatal=False,
        treatment_emergent=False,
    )


def _pooled(related: BooleanValue) -> StringValue:
    """RELATED where nothing is told."""
    return ibis.ifelse(related.fill_null(True), "RELATED", "NOT RELATED")


def _yes(said: BooleanValue) -> StringValue:
    """Y, or null: a flag of ADaM."""
    return ibis.ifelse(said.fill_null(False), ibis.literal("Y"), ibis.null("string"))


def _study_day(rows: Table, day: str) -> Any:
    """Days from the first dose, which is day 1; the day before it is -1."""
    since = rows[day] - rows.first_dose_day
    return ibis.ifelse(since >= 0, since + 1, since).cast("int64")
