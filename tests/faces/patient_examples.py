"""Patients by hand, for the drawings: no study is run."""

from __future__ import annotations

from datetime import date

from trialist.patients.model import (
    Clause,
    Dated,
    Entry,
    Example,
    Lane,
    Paragraph,
    Patient,
    Spider,
    Spoke,
    Swimmer,
    Threshold,
    Verdict,
)

ARMS = {"cabazitaxel": "Cabazitaxel", "mitoxantrone": "Mitoxantrone"}
RULE = Paragraph(
    "A fall of PSA from baseline, confirmed or not.",
    "PCWG3",
    (("PCWG3", "Scher 2016"),),
    (Threshold("fall", 0.5, "fraction of baseline", "Scher 2016"),),
    (("confirmed", True),),
    (Clause("P2", "progression documented", "event on the day that shows it"),),
)


def entries() -> tuple[Entry, ...]:
    return (
        Entry("psa", "psa", -3, "PSA", 100.0, "ng/mL"),
        Entry("doses", "dose", 1, "CABAZITAXEL", 50.0, "mg"),
        Entry("doses", "dose", 1, "PREDNISONE", 10.0, "mg", 43),
        Entry("psa", "psa", 21, "PSA", 45.0, "ng/mL"),
        Entry("doses", "dose", 22, "CABAZITAXEL", 40.0, "mg"),
        Entry("adverse_events", "adverse event", 30, "neutropenia <&>", end_day=40, grade=4, serious=True),
        Entry("adverse_events", "adverse event", 44, "fatigue", grade=1),
        Entry("psa", "psa", 49, "PSA", 0.1, "ng/mL", below=True),
        Entry("responses", "response", 56, "PR"),
        Entry("responses", "response", 112, "PD"),
        Entry("therapies", "new therapy", 120, "new anticancer therapy"),
        Entry("subjects", "death", 200, "death"),
        Entry("adverse_events", "adverse event", None, "rash", grade=2),
    )


def patient() -> Patient:
    """Responder, then progression, another therapy and death."""
    found = entries()
    return Patient(
        "P-001",
        "cabazitaxel",
        {"subject": "P-001", "arm": "cabazitaxel", "actual_arm": "cabazitaxel", "age": 71.0, "sex": "M"},
        date(2020, 1, 1),
        found,
        (
            Verdict(
                "os",
                "Overall survival",
                "overall_survival",
                "TimeToEvent",
                ({"subject": "P-001", "day": 200, "time_days": 201.0, "event": True, "reason": "DEATH"},),
                None,
                (found[11],),
                RULE,
            ),
            Verdict(
                "psa50",
                "PSA response",
                "psa_response",
                "Response",
                (
                    {
                        "subject": "P-001",
                        "responder": True,
                        "day": 21,
                        "reason": "RESPONSE",
                        "baseline": 100.0,
                        "limit": 50.0,
                        "value": 45.0,
                        "confirmed_day": 49,
                    },
                ),
                None,
                (found[3],),
                RULE,
            ),
            Verdict("bor", "Best response", "best_overall_response", "Category", (), "no RS", (), RULE),
        ),
    )


def pseudo_patient() -> Patient:
    """A time read off a published curve, and nothing else."""
    time = {"subject": "os-7", "day": None, "time_days": 400.5, "event": False, "reason": "CENSORED"}
    verdict = Verdict("os", "Overall survival", "overall_survival", "TimeToEvent", (time,), None, (), None)
    return Patient("os-7", "cabazitaxel", {"subject": "os-7"}, None, (), (verdict,), reconstructed=True)


def swimmer() -> Swimmer:
    marks = (Dated(56, "response"), Dated(112, "progression"), Dated(120, "new therapy"))
    return Swimmer(
        (
            Lane("P-001", "cabazitaxel", 200, True, ((1, 1), (22, 22), (1, 43)), marks),
            Lane("P-002", "cabazitaxel", 300, False, ((1, 1),), (Dated(21, "PSA response"),)),
            Lane("P-003", "mitoxantrone", 90, False),
        ),
        {"cabazitaxel": 2, "mitoxantrone": 40},
        {"progression": "PFS", "response": "Best response", "PSA response": "PSA fall"},
    )


def spider() -> Spider:
    return Spider(
        "PSA",
        (
            Spoke("P-001", "cabazitaxel", ((0, 0.0), (21, -55.0), (110, 250.0)), "PSA response"),
            Spoke("P-002", "cabazitaxel", ((0, 0.0), (42, -1.0))),
            Spoke("P-003", "mitoxantrone", ((0, 0.0), (42, 30.0))),
        ),
        {"cabazitaxel": 2, "mitoxantrone": 40},
    )


def example() -> Example:
    return Example(patient(), ("os|event|DEATH", "psa50|responder|"))
