"""Rates of all events, and values that other tests give, read a second time in plain Python."""

from __future__ import annotations

from typing import Any

from reading_event_tables import counted, end_of_risk, in_row, onset

Patient = dict[str, Any]
Row = tuple[str | None, str | None]


def all_events(patients: list[Patient], row: Row, gap: int | None) -> tuple[int, int, int, float]:
    """(events, days at risk, subjects at risk, sum of squares of events less what the rate expects).

    With a gap, an event of one class and term that begins within it after the end of an earlier one is the
    same event; one without an end goes on.
    """
    each: list[tuple[int, int]] = []
    for patient in patients:
        last = end_of_risk(patient)
        if last is None:
            continue
        mine = [event for event in counted(patient) if in_row(row)(event) and onset(patient, event) <= last]
        each.append((number_of(patient, mine, gap), last - patient["first"] + 1))
    events, days = sum(y for y, _ in each), sum(t for _, t in each)
    rate = events / days
    return events, days, len(each), sum((y - rate * t) ** 2 for y, t in each)


def number_of(patient: Patient, events: list[dict[str, Any]], gap: int | None) -> int:
    if gap is None:
        return len(events)
    open_until: dict[Row, float] = {}
    number = 0
    for event in sorted(events, key=lambda event: onset(patient, event)):
        key = (event["class"], event["term"])
        begun = onset(patient, event)
        over = float("inf") if event["end"] is None else max(event["end"], begun)
        if key not in open_until or begun > open_until[key] + gap:
            number += 1
        open_until[key] = max(over, open_until.get(key, over))
    return number


def neutrophils(day: dict[str, Any]) -> float | None:
    """The measured count of a day, else white cells x (neutrophils % + bands %) / 100."""
    if "NEUT" in day:
        return float(day["NEUT"])
    if "WBC" not in day or "NEUTLE" not in day:
        return None
    return float(day["WBC"] * (day["NEUTLE"] + day.get("NEUTBLE", 0.0)) / 100)


def calcium(day: dict[str, Any]) -> float | None:
    """The corrected value of a day (mmol/L), else calcium + 0.02 x (40 - albumin in g/L)."""
    if "CACR" in day:
        return float(day["CACR"])
    if "CA" not in day or "ALB" not in day:
        return None
    return float(day["CA"] + 0.02 * (40 - day["ALB"]))
