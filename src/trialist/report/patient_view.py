"""What a page shows of one patient: the drawn timeline, every verdict with its rule, the records by day."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from trialist.findings.model import Origin
from trialist.patients.model import Patient, Verdict
from trialist.protocol.model import TrialProtocol
from trialist.report import verdict_words, words
from trialist.report.patient_drawing import timeline_svg
from trialist.report.patient_sheet import NARROW
from trialist.report.patient_text import (
    NO_RECORDS,
    by_day,
    day_zero,
    event_verdicts,
    person,
    plain_verdicts,
    shared_rule,
)
from trialist.report.section_figures import Drawing

Terms = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict in words: `visits` one line each; `rule` as (term, text)."""

    label: str
    endpoint: str
    said: str
    visits: tuple[str, ...]
    values: str
    on_day: str
    rule: Terms


@dataclass(frozen=True, slots=True)
class PatientView:
    """What a page shows of one patient. `note`: why there are no records, of a pseudo-patient."""

    subject: str
    arm: str
    person: str
    day_zero: str
    note: str | None
    drawing: Drawing
    verdicts: tuple[VerdictView, ...]
    events: tuple[VerdictView, ...]
    event_rule: Terms
    timeline: tuple[tuple[str, str], ...]


def patient_view(patient: Patient, plan: TrialProtocol, origin: Origin) -> PatientView:
    """Everything in words, and the drawing in both widths."""
    headline = words.origin_headline(origin)
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in patient.subject)
    counted = event_verdicts(patient)
    rule = counted[0].paragraph if counted else None
    return PatientView(
        subject=patient.subject,
        arm=words.arm(plan, patient.arm),
        person=words.full_stop(person(patient, plan)),
        day_zero="" if patient.reconstructed else day_zero(patient, plan),
        note=NO_RECORDS if patient.reconstructed else None,
        drawing=Drawing(
            Markup(timeline_svg(patient, plan, origin, name=f"patient-{safe}")),
            Markup(timeline_svg(patient, plan, origin, layout=NARROW, name=f"patient-{safe}-narrow")),
            f"Timeline of {patient.subject}.",
            f"Months of 30.4375 days from day 0. {headline.capitalize()}.",
            origin.kind,
        ),
        verdicts=tuple(_view(found, plan) for found in plain_verdicts(patient)),
        events=tuple(_view(found, plan) for found in counted),
        event_rule=tuple(verdict_words.rule_terms(shared_rule(rule))) if rule else (),
        timeline=tuple(
            (
                verdict_words.UNKNOWN_DAY if day is None else verdict_words.day(day),
                "; ".join(dict.fromkeys(verdict_words.entry(item) for item in items)),
            )
            for day, items in by_day(patient.entries)
        ),
    )


def _view(found: Verdict, plan: TrialProtocol) -> VerdictView:
    return VerdictView(
        found.label,
        found.endpoint,
        verdict_words.verdict(plan, found),
        tuple(verdict_words.visits(found)),
        verdict_words.values(found),
        words.sentence(verdict_words.seen(found)),
        tuple(verdict_words.rule_terms(found.paragraph)) if found.paragraph else (),
    )
